/* SPDX-License-Identifier: Apache-2.0 */
/* zstd.c: wraps libzstd for this room. */
#include "write/zstd.h"

#include <zstd.h>

#include "base/status.h"

int64_t pel__zstd_room(int64_t size)
{
    return (int64_t)ZSTD_compressBound((size_t)size);
}

pel_status pel__zstd_pack(int64_t *length, void *out, int64_t room, const void *bytes, int64_t size,
                          int level)
{
    size_t packed = ZSTD_compress(out, (size_t)room, bytes, (size_t)size, level);
    if (ZSTD_isError(packed))
        return pel__fail(PEL_EMEMORY, "Zstandard: %s", ZSTD_getErrorName(packed));
    *length = (int64_t)packed;
    return PEL_OK;
}
