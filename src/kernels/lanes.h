/* SPDX-License-Identifier: Apache-2.0 */
/* lanes.h: PEL__LANES numbers at a time, the same results for any number of them. */
#ifndef PEL_KERNELS_LANES_H
#define PEL_KERNELS_LANES_H

#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

/* constants of a call become those of its own copy */
#define LANES_INLINE static inline __attribute__((always_inline))

typedef int32_t lane_i __attribute__((vector_size(4 * PEL__LANES)));
typedef float lane_f __attribute__((vector_size(4 * PEL__LANES)));

LANES_INLINE lane_i lanes_int(int32_t x)
{
    return (lane_i){ 0 } + x;
}

LANES_INLINE lane_f lanes_float(float x)
{
    return (lane_f){ 0 } + x;
}

LANES_INLINE lane_i lanes_load_int(const int32_t *in)
{
    lane_i out;
    memcpy(&out, in, sizeof out);
    return out;
}

LANES_INLINE lane_f lanes_load(const float *in)
{
    lane_f out;
    memcpy(&out, in, sizeof out);
    return out;
}

LANES_INLINE void lanes_store_int(int32_t *out, lane_i x)
{
    memcpy(out, &x, sizeof x);
}

LANES_INLINE void lanes_store(float *out, lane_f x)
{
    memcpy(out, &x, sizeof x);
}

LANES_INLINE lane_f lanes_to_float(lane_i x)
{
    return __builtin_convertvector(x, lane_f);
}

/** Towards zero; x must fit. */
LANES_INLINE lane_i lanes_to_int(lane_f x)
{
    return __builtin_convertvector(x, lane_i);
}

/** Where the mask (0 or -1 a lane) is set, x, else 0. */
LANES_INLINE lane_f lanes_keep(lane_i mask, lane_f x)
{
    return (lane_f)(mask & (lane_i)x);
}

LANES_INLINE lane_f lanes_pick(lane_i mask, lane_f yes, lane_f no)
{
    return (lane_f)((mask & (lane_i)yes) | (~mask & (lane_i)no));
}

LANES_INLINE lane_f lanes_abs(lane_f x)
{
    return (lane_f)((lane_i)x & 0x7fffffff);
}

LANES_INLINE lane_f lanes_mix(lane_f a, lane_f b, lane_f t)
{
    return a + t * (b - a);
}

#if defined(__SSE4_1__)
#include "kernels/x86/lanes_x86.h"
#else

/** Greater and less of two, the second where one is NaN. */
LANES_INLINE lane_f lanes_max(lane_f a, lane_f b)
{
    return lanes_pick(a > b, a, b);
}

LANES_INLINE lane_f lanes_min(lane_f a, lane_f b)
{
    return lanes_pick(a < b, a, b);
}

LANES_INLINE lane_i lanes_max_int(lane_i a, lane_i b)
{
    lane_i more = a > b;
    return (a & more) | (b & ~more);
}

LANES_INLINE lane_i lanes_min_int(lane_i a, lane_i b)
{
    lane_i less = a < b;
    return (a & less) | (b & ~less);
}

LANES_INLINE lane_f lanes_sqrt(lane_f x)
{
    for (int l = 0; l < PEL__LANES; l++)
        x[l] = sqrtf(x[l]);
    return x;
}

LANES_INLINE bool lanes_any(lane_i mask)
{
    int32_t all = 0;
    for (int l = 0; l < PEL__LANES; l++)
        all |= mask[l];
    return all != 0;
}

/** Per lane: product of the lower signed 16 bits plus that of the upper. */
LANES_INLINE lane_i lanes_dot16(lane_i a, lane_i b)
{
    return ((a << 16) >> 16) * ((b << 16) >> 16) + (a >> 16) * (b >> 16);
}

#endif

LANES_INLINE int32_t lanes_least_int(lane_i x)
{
    int32_t least = x[0];
    for (int l = 1; l < PEL__LANES; l++)
        least = x[l] < least ? x[l] : least;
    return least;
}

#if defined(__SSE4_1__) && PEL__LANES < 16
#include "kernels/x86/lanes_window_x86.h"
#else
#define LANES_WINDOW 0

/* no window: each lane loads for itself */
typedef struct lane_window {
    const char *at;
} lane_window;

typedef lane_i lane_lowest;

LANES_INLINE lane_lowest lanes_lowest(lane_i x)
{
    return x;
}

LANES_INLINE bool lanes_near(int32_t low[3], lane_i way[3], const lane_i i[3],
                             const lane_lowest lowest[3])
{
    (void)low, (void)way, (void)i, (void)lowest;
    return false;
}

LANES_INLINE void lanes_window_set(lane_window *out, const char *at, const lane_i way[3])
{
    (void)out, (void)at, (void)way;
}

LANES_INLINE void lanes_window_rows(lane_i out[], const char *at, int32_t row_bytes, int count)
{
    (void)at, (void)row_bytes;
    for (int y = 0; y < count; y++)
        out[y] = (lane_i){ 0 };
}

LANES_INLINE lane_i lanes_window_pairs(const lane_window *w, int x, lane_i low, lane_i high)
{
    (void)w, (void)x, (void)low, (void)high;
    return (lane_i){ 0 };
}

#endif

#if PEL__LANES < 16 || !defined(__AVX512F__)

/* a place in memory for each lane */
typedef struct lane_places {
    const char *at[PEL__LANES];
} lane_places;

LANES_INLINE lane_places lanes_places(char *const *base, lane_i number, lane_i offset)
{
    lane_places out;
    for (int l = 0; l < PEL__LANES; l++)
        out.at[l] = base[number[l]] + offset[l];
    return out;
}

LANES_INLINE lane_i lanes_bytes(const uint8_t *table, lane_i index)
{
    lane_i out = { 0 };
    for (int l = 0; l < PEL__LANES; l++)
        out[l] = table[index[l]];
    return out;
}

#endif

#if defined(__SSE4_1__) && PEL__LANES >= 8
#include "kernels/x86/lanes_loads_x86.h"
#else

LANES_INLINE lane_f lanes_floats(const float *table, lane_i index)
{
    lane_f out = { 0 };
    for (int l = 0; l < PEL__LANES; l++)
        out[l] = table[index[l]];
    return out;
}

/** Two neighbours as the lower and upper 16 bits. */
LANES_INLINE lane_i lanes_pairs_u8(const lane_places *p, int32_t offset)
{
    lane_i out = { 0 };
    for (int l = 0; l < PEL__LANES; l++) {
        const uint8_t *v = (const uint8_t *)p->at[l] + offset;
        out[l] = v[0] | v[1] << 16;
    }
    return out;
}

LANES_INLINE lane_i lanes_pairs_i16(const lane_places *p, int32_t offset)
{
    lane_i out = { 0 };
    for (int l = 0; l < PEL__LANES; l++) {
        uint16_t v[2];
        memcpy(v, p->at[l] + offset, sizeof v);
        out[l] = (int32_t)(v[0] | (uint32_t)v[1] << 16);
    }
    return out;
}

LANES_INLINE void lanes_pairs_f32(lane_f out[2], const lane_places *p, int32_t offset)
{
    lane_f a = { 0 }, b = { 0 };
    for (int l = 0; l < PEL__LANES; l++) {
        float v[2];
        memcpy(v, p->at[l] + offset, sizeof v);
        a[l] = v[0];
        b[l] = v[1];
    }
    out[0] = a;
    out[1] = b;
}

/** Four columns of a table. */
LANES_INLINE void lanes_rows(lane_f out[4], const float (*table)[4], lane_i index)
{
    for (int c = 0; c < 4; c++) {
        lane_f column = { 0 };
        for (int l = 0; l < PEL__LANES; l++)
            column[l] = table[index[l]][c];
        out[c] = column;
    }
}

#endif

#endif
