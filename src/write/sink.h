/* SPDX-License-Identifier: Apache-2.0 */
/* sink.h: small pieces on their way to a file: bytes, words and numbers, gathered. */
#ifndef PEL_WRITE_SINK_H
#define PEL_WRITE_SINK_H

#include "base/outfile.h"

enum { PEL__SINK = 1 << 16, PEL__NUMBER = 32 };

/** A file that gathers what it is given. The first failure is kept, and nothing is taken after it.
 */
typedef struct pel__sink {
    pel__outfile file;
    pel_status status;
    int64_t total; /* bytes taken */
    int used;
    char buffer[PEL__SINK];
} pel__sink;

pel_status pel__sink_open(pel__sink *out, const char *path);

void pel__sink_bytes(pel__sink *to, const void *bytes, int64_t count);
__attribute__((format(printf, 2, 3))) void pel__sink_text(pel__sink *to, const char *format, ...);

/** Numbers as bytes: little-endian, or big-endian. */
void pel__sink_u8(pel__sink *to, uint8_t value);
void pel__sink_u16(pel__sink *to, uint16_t value, bool big);
void pel__sink_i32(pel__sink *to, int32_t value, bool big);
void pel__sink_f32(pel__sink *to, float value, bool big);

/** A number as text that reads back as the same float, with a point in any locale. */
int pel__print_float(char out[PEL__NUMBER], float value);
void pel__sink_float(pel__sink *to, float value);

/** Hand on what is gathered; everything so far is in the file's own hands then. */
pel_status pel__sink_flush(pel__sink *to);

/** Flush and put the file in place. */
pel_status pel__sink_commit(pel__sink *to);

/** Drop what was not committed; harmless afterwards. */
void pel__sink_close(pel__sink *to);

/** Bytes as base64 (RFC 4648), in one line. */
void pel__sink_base64(pel__sink *to, const void *bytes, int64_t count);

#endif
