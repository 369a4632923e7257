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

/* which lane is the lowest along an axis, as the control of a shuffle */
typedef lane_i lane_lowest;

LANES_INLINE lane_lowest lanes_lowest(lane_i x)
{
    int32_t at = 0;
    for (int l = 1; l < PEL__LANES; l++)
        at = x[l] < x[at] ? l : at;
#if PEL__LANES == 8
    return lanes_int(at);
#else
    return lanes_int(at * 0x4040404 + 0x3020100);
#endif
}

// what that lane has, for all
LANES_INLINE lane_i lanes_of_lowest(lane_i x, lane_lowest at)
{
#if PEL__LANES == 8
    return (lane_i)_mm256_permutevar8x32_epi32((__m256i)x, (__m256i)at);
#else
    return (lane_i)_mm_shuffle_epi8((__m128i)x, (__m128i)at);
#endif
}

LANES_INLINE bool lanes_near(int32_t low[3], lane_i way[3], const lane_i i[3],
                             const lane_lowest lowest[3])
{
    for (int a = 0; a < 3; a++) {
        lane_i least = lanes_of_lowest(i[a], lowest[a]);
        low[a] = least[0];
        way[a] = i[a] - least;
    }
    return !lanes_any((way[0] | way[1] | way[2]) & ~1);
}

LANES_INLINE void lanes_window_set(lane_window *out, const char *at, const lane_i way[3])
{
    lane_i first = (way[1] << 3) + (way[0] << KIND), spread;
    // the lowest byte of each lane, four times
    for (int l = 0; l < PEL__LANES; l++)
        spread[l] = l % 4 * 0x4040404;
    out->at = at;
    out->pick = (lane_i)LANES_OP(shuffle, epi8)(LANES_VECTOR_I(first), LANES_VECTOR_I(spread));
    // of bytes, the upper halves of 16 bits are nothing
    out->pick = KIND == 0 ? (out->pick & 0xff00ff) + (int32_t)0x80018000 : out->pick + 0x3020100;
    out->upper = -way[2];
}

/** Rows y and y+1 of a plane, for each y from 0 to `count` - 1, in every 16 bytes; the first eight
 * bytes are voxels -1 to 6, or of 16 bits -1 to 2. */
LANES_INLINE void lanes_window_rows(lane_i out[], const char *at, int32_t row_bytes, int count)
{
    lane_i row = { 0 }, next;
    for (int y = 0; y <= count; y++) {
        long long eight;
        memcpy(&eight, at + (int64_t)y * row_bytes - (1 << KIND), sizeof eight);
#if PEL__LANES == 8
        next = (lane_i)_mm256_set1_epi64x(eight);
        if (y)
            out[y - 1] = (lane_i)_mm256_blend_epi32((__m256i)row, (__m256i)next, 0xcc);
#else
        next = (lane_i)_mm_set1_epi64x(eight);
        if (y)
            out[y - 1] = (lane_i)_mm_blend_epi16((__m128i)row, (__m128i)next, 0xf0);
#endif
        row = next;
    }
}

/** Voxels x and x+1 of each lane's row, of these two planes; x from -1, to 1 for 8 bits, else to
 * 0. */
LANES_INLINE lane_i lanes_window_pairs(const lane_window *w, int x, lane_i low, lane_i high)
{
    lane_i pick = w->pick + ((x + 1) << KIND) * (KIND == 0 ? 0x10001 : 0x1010101);
    low = (lane_i)LANES_OP(shuffle, epi8)(LANES_VECTOR_I(low), LANES_VECTOR_I(pick));
    high = (lane_i)LANES_OP(shuffle, epi8)(LANES_VECTOR_I(high), LANES_VECTOR_I(pick));
    return (lane_i)LANES_OP(blendv, epi8)(LANES_VECTOR_I(low), LANES_VECTOR_I(high),
                                          LANES_VECTOR_I(w->upper));
}

#endif
