/* SPDX-License-Identifier: Apache-2.0 */
/* pack_tmpl.c: voxels of one type as bits; the build compiles it once per type with VOXEL and
 * SUFFIX. */
#include <string.h>

#include "kernels/pack.h"

#define JOIN_(a, b) a##b
#define JOIN(a, b)  JOIN_(a, b)

// 64 bytes of 0 or 1 as 64 bits: each product gathers eight of them in its top byte
static inline uint64_t gather(const uint8_t hit[64])
{
    uint64_t word = 0;
    for (int k = 0; k < 8; k++) {
        uint64_t bytes;
        memcpy(&bytes, hit + 8 * k, 8);
        word |= bytes * UINT64_C(0x0102040810204080) >> 56 << 8 * k;
    }
    return word;
}

static inline void compare(uint8_t hit[64], const VOXEL *x, int64_t count, const double line[2],
                           const double range[2])
{
    double scale = line[0], offset = line[1], lo = range[0], hi = range[1];
    if (lo <= hi)
        for (int64_t i = 0; i < count; i++) {
            double v = scale * (double)x[i] + offset;
            hit[i] = (uint8_t)((v >= lo) & (v <= hi));
        }
    else
        for (int64_t i = 0; i < count; i++) {
            double v = scale * (double)x[i] + offset;
            hit[i] = (uint8_t)((v >= lo) | (v <= hi));
        }
}

void JOIN(pel__pack_c_, SUFFIX)(uint64_t *out, const void *in, int64_t count, const double line[2],
                                const double range[2])
{
    const VOXEL *x = in;
    uint8_t hit[64] = { 0 };
    int64_t i = 0;
    for (; i + 64 <= count; i += 64) {
        compare(hit, x + i, 64, line, range);
        *out++ = gather(hit);
    }
    if (i == count)
        return;
    memset(hit, 0, sizeof hit);
    compare(hit, x + i, count - i, line, range);
    *out = gather(hit);
}

void JOIN(pel__pack_from_c_, SUFFIX)(uint64_t *out, const void *in, int64_t count, double from,
                                     bool rising)
{
    const VOXEL *x = in;
    VOXEL bound = (VOXEL)from;
    uint8_t hit[64];
    for (int64_t i = 0; i < count; i += 64) {
        int here = count - i < 64 ? (int)(count - i) : 64;
        if (here < 64)
            memset(hit, 0, sizeof hit);
        if (here == 64 && rising)
            for (int n = 0; n < 64; n++)
                hit[n] = x[i + n] >= bound;
        else
            for (int n = 0; n < here; n++)
                hit[n] = rising ? x[i + n] >= bound : x[i + n] <= bound;
        *out++ = gather(hit);
    }
}
