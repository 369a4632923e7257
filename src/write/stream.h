/* SPDX-License-Identifier: Apache-2.0 */
/* stream.h: bytes of a format on their way to a file, plain or as gzip members. */
#ifndef PEL_WRITE_STREAM_H
#define PEL_WRITE_STREAM_H

#include "base/outfile.h"

/**
 * A file being written, with a head that can be written again once more is known. Zeroed is closed.
 * Plain bytes go through as they come. With gzip they are cut into blocks of 256 KB whatever the
 * sizes given, each becomes a gzip member of its own, and a batch of them is coded in parallel.
 * Each member says how long it is in an extra field (PL, 4 bytes), so that a reader may decode ours
 * in parallel too.
 */
typedef struct pel__stream {
    pel__outfile file;
    int level;      /* 0: plain */
    int64_t blocks; /* of a batch */
    uint8_t *in;    /* owned; a batch of blocks, and how full it is */
    int64_t filled;
    uint8_t *out;     /* owned; room for each block's member */
    int64_t *lengths; /* owned; of the members */
} pel__stream;

/** `bytes`: about how many will come, which bounds the memory; `level` 1 to 12, 0: no gzip. */
pel_status pel__stream_open(pel__stream *out, const char *path, int level, int64_t bytes);

/** The first bytes, as a member that is stored, not packed, so that it can be replaced. */
pel_status pel__stream_head(pel__stream *to, const void *bytes, int64_t size);

/** Replace the head by another of the same size; PEL_EUNSUPPORTED on a pipe. */
pel_status pel__stream_rehead(pel__stream *to, const void *bytes, int64_t size);

pel_status pel__stream_write(pel__stream *to, const void *bytes, int64_t size);

/** Code what is left; the file is then complete, and not yet in place. */
pel_status pel__stream_end(pel__stream *to);

/** Put the file in place. */
pel_status pel__stream_commit(pel__stream *to);

/** Drop what was not committed; harmless afterwards. */
void pel__stream_close(pel__stream *to);

/** Pack bytes as one zlib stream (RFC 1950) into `room` bytes, at least pel__zlib_room(size). */
pel_status pel__zlib_pack(int64_t *length, void *out, int64_t room, const void *bytes, int64_t size,
                          int level);
int64_t pel__zlib_room(int64_t size);

/** The `size` bytes of a zlib stream of our own. */
pel_status pel__zlib_unpack(void *out, int64_t size, const void *bytes, int64_t packed);

/** CRC-32 as gzip and PNG have it. */
uint32_t pel__crc32(const void *bytes, int64_t size);

/** Bytes that a stream holds. */
int64_t pel__stream_memory(int level, int64_t bytes);

#endif
