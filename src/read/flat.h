/* SPDX-License-Identifier: Apache-2.0 */
/* flat.h: single pictures as volumes of one slice: what PNG and JPEG share. */
#ifndef PEL_READ_FLAT_H
#define PEL_READ_FLAT_H

#include "read/formats.h"

/** Decode the whole file into `out`, which holds the slice that was promised. */
typedef pel_status (*pel__flat_decode)(const pel_volume *shape, const uint8_t *bytes, int64_t size,
                                       const char *name, void *out);

/** All bytes of a stream from its start; free with pel__free(). Memory grows with what arrives. */
pel_status pel__bytes_all(pel__bytes *bytes, uint8_t **out, int64_t *size, const char *what);

/**
 * Finish a source whose shape is filled by a file of one picture. A file that has less than one
 * byte for `ratio` bytes of pixels is refused. Takes over what `opening` owns when it succeeds.
 */
pel_status pel__flat_open(pel_source *out, pel__opening *opening, pel__flat_decode decode,
                          int64_t ratio);

/** Fill a shape of one slice. `channels` 3 and 4 are colours. */
void pel__flat_shape(pel_volume *shape, int64_t width, int64_t height, int channels,
                     pel_dtype dtype, const char *format);

extern const pel__format pel__png_format, pel__jpeg_format;

#endif
