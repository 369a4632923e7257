/* SPDX-License-Identifier: Apache-2.0 */
/* lanes_window_x86.h: voxels of lanes that lie close together: a few rows are loaded once for all,
 * and shuffles give every lane its own; for 4 and 8 lanes, KIND 0 (uint8) and 1 (int16). */
#ifndef PEL_KERNELS_LANES_WINDOW_X86_H
#define PEL_KERNELS_LANES_WINDOW_X86_H

#include <immintrin.h>

#define LANES_WINDOW (KIND < 2)

/* rows of eight bytes around the lowest corner of all lanes */
typedef struct lane_window {
    const char *at;
    lane_i pick;  // bytes of a lane's voxels -1 and 0, of two rows
    lane_i upper; // -1: the lane's rows lie a plane further
} lane_window;

// least of the lanes, each from -1 to 65533
LANES_INLINE int32_t lanes_least(lane_i x)
{
    x += 1;
#if PEL__LANES == 8
    __m128i low = _mm256_castsi256_si128((__m256i)x);
    __m128i words = _mm_packus_epi32(low, _mm256_extracti128_si256((__m256i)x, 1));
#else
    __m128i words = _mm_packus_epi32((__m128i)x, (__m128i)x);
#endif
    return (_mm_cvtsi128_si32(_mm_minpos_epu16(words)) & 0xffff) - 1;
}

LANES_INLINE bool lanes_near(int32_t low[3], lane_i way[3], const lane_i i[3])
{
    for (int a = 0; a < 3; a++) {
        low[a] = lanes_least(i[a]);
        way[a] = i[a] - low[a];
    }
    return !lanes_any((way[0] | way[1] | way[2]) & ~1);
}

LANES_INLINE void lanes_window_set(lane_window *out, const char *at, const lane_i way[3])
{
    lane_i first = (way[1] << 3) + (way[0] << KIND);
    out->at = at;
    // of bytes, the upper halves of 16 bits are nothing
    out->pick = KIND == 0 ? first * 0x10001 + (int32_t)0x80018000 : first * 0x1010101 + 0x3020100;
    out->upper = -way[2];
}

// rows y and y+1, in every 16 bytes
LANES_INLINE lane_i lanes_two_rows(const char *at, int32_t row_bytes)
{
    long long a, b;
    memcpy(&a, at, sizeof a);
    memcpy(&b, at + row_bytes, sizeof b);
#if PEL__LANES == 8
    return (lane_i)_mm256_blend_epi32(_mm256_set1_epi64x(a), _mm256_set1_epi64x(b), 0xcc);
#else
    return (lane_i)_mm_set_epi64x(b, a);
#endif
}

/** Voxels x and x+1 (x -1, 0 or 1) of each lane's row, `row` bytes from its own. */
LANES_INLINE lane_i lanes_window_pairs(const lane_window *w, int x, int32_t row, int32_t row_bytes,
                                       int32_t plane_bytes)
{
    // eight bytes are voxels -1 to 6, or of 16 bits -1 to 2 or 1 to 4
    int start = KIND == 1 && x == 1 ? 1 : -1;
    const char *at = w->at + row + start * (1 << KIND);
    lane_i pick = w->pick + ((x - start) << KIND) * (KIND == 0 ? 0x10001 : 0x1010101);
    lane_i rows[2] = { lanes_two_rows(at, row_bytes), lanes_two_rows(at + plane_bytes, row_bytes) };
    for (int k = 0; k < 2; k++)
        rows[k] = (lane_i)LANES_OP(shuffle, epi8)(LANES_VECTOR_I(rows[k]), LANES_VECTOR_I(pick));
    return (lane_i)LANES_OP(blendv, epi8)(LANES_VECTOR_I(rows[0]), LANES_VECTOR_I(rows[1]),
                                          LANES_VECTOR_I(w->upper));
}

#endif
