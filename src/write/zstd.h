/* SPDX-License-Identifier: Apache-2.0 */
/* zstd.h: bytes as one Zstandard frame. */
#ifndef PEL_WRITE_ZSTD_H
#define PEL_WRITE_ZSTD_H

#include <pellucid/base.h>

/** Pack bytes into `room` bytes, at least pel__zstd_room(size); `level` 1 fast to 12 small. */
pel_status pel__zstd_pack(int64_t *length, void *out, int64_t room, const void *bytes, int64_t size,
                          int level);
int64_t pel__zstd_room(int64_t size);

#endif
