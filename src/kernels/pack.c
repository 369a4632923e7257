/* SPDX-License-Identifier: Apache-2.0 */
/* pack.c: the packers by voxel type, and bits to bytes. */
#include "kernels/pack.h"

#include <string.h>

pel__pack *const pel__pack_all[10] = { pel__pack_c_u8,  pel__pack_c_i8,  pel__pack_c_u16,
                                       pel__pack_c_i16, pel__pack_c_u32, pel__pack_c_i32,
                                       pel__pack_c_u64, pel__pack_c_i64, pel__pack_c_f32,
                                       pel__pack_c_f64 };

pel__pack_from *const pel__pack_from_all[10] = { pel__pack_from_c_u8,  pel__pack_from_c_i8,
                                                 pel__pack_from_c_u16, pel__pack_from_c_i16,
                                                 pel__pack_from_c_u32, pel__pack_from_c_i32,
                                                 pel__pack_from_c_u64, pel__pack_from_c_i64,
                                                 pel__pack_from_c_f32, pel__pack_from_c_f64 };

// eight bits spread over eight bytes: each byte keeps its own bit, which then becomes 1
static inline uint64_t spread(uint64_t bits)
{
    uint64_t apart = (bits & 0xff) * UINT64_C(0x0101010101010101) & UINT64_C(0x8040201008040201);
    return (apart + UINT64_C(0x7f7f7f7f7f7f7f7f)) >> 7 & UINT64_C(0x0101010101010101);
}

void pel__unpack(uint8_t *out, const uint64_t *in, int64_t count)
{
    int64_t i = 0;
    for (; i + 8 <= count; i += 8) {
        uint64_t bytes = spread(in[i >> 6] >> (i & 63));
        memcpy(out + i, &bytes, 8);
    }
    for (; i < count; i++)
        out[i] = in[i >> 6] >> (i & 63) & 1;
}
