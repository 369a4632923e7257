/* SPDX-License-Identifier: Apache-2.0 */
/* lanes_loads_x86.h: loads of lanes.h from a place per lane, for 8 and 16 lanes. */
#ifndef PEL_KERNELS_LANES_LOADS_X86_H
#define PEL_KERNELS_LANES_LOADS_X86_H

#include <immintrin.h>

#if PEL__LANES == 16

// addresses of lanes 0 to 7 and 8 to 15
typedef struct lane_places {
    __m512i at[2];
} lane_places;

LANES_INLINE lane_places lanes_places(char *const *base, lane_i number, lane_i offset)
{
    lane_places out;
    for (int h = 0; h < 2; h++) {
        __m256i n = h ? _mm512_extracti64x4_epi64((__m512i)number, 1)
                      : _mm512_castsi512_si256((__m512i)number);
        __m256i o = h ? _mm512_extracti64x4_epi64((__m512i)offset, 1)
                      : _mm512_castsi512_si256((__m512i)offset);
        out.at[h] = _mm512_add_epi64(_mm512_i32gather_epi64(n, base, 8), _mm512_cvtepi32_epi64(o));
    }
    return out;
}

// 32 bits at each place
LANES_INLINE __m512i lanes_words(const lane_places *p, int32_t offset)
{
    const void *from = (const void *)(intptr_t)offset;
    __m256i lo = _mm512_i64gather_epi32(p->at[0], from, 1);
    __m256i hi = _mm512_i64gather_epi32(p->at[1], from, 1);
    return _mm512_inserti64x4(_mm512_castsi256_si512(lo), hi, 1);
}

LANES_INLINE lane_i lanes_pairs_u8(const lane_places *p, int32_t offset)
{
    lane_i x = (lane_i)lanes_words(p, offset);
    return (x & 0xff) | ((x & 0xff00) << 8);
}

LANES_INLINE lane_i lanes_pairs_i16(const lane_places *p, int32_t offset)
{
    return (lane_i)lanes_words(p, offset);
}

LANES_INLINE void lanes_pairs_f32(lane_f out[2], const lane_places *p, int32_t offset)
{
    out[0] = (lane_f)lanes_words(p, offset);
    out[1] = (lane_f)lanes_words(p, offset + 4);
}

LANES_INLINE lane_i lanes_bytes(const uint8_t *table, lane_i index)
{
    return (lane_i)_mm512_i32gather_epi32((__m512i)index, table, 1) & 0xff;
}

LANES_INLINE lane_f lanes_floats(const float *table, lane_i index)
{
    return (lane_f)_mm512_i32gather_ps((__m512i)index, table, 4);
}

LANES_INLINE void lanes_rows(lane_f out[4], const float (*table)[4], lane_i index)
{
    for (int c = 0; c < 4; c++)
        out[c] = (lane_f)_mm512_i32gather_ps((__m512i)(index << 2), &table[0][c], 4);
}

#elif PEL__LANES == 8

// scalar loads beat the gather instruction here, and are not slowed by its repairs
LANES_INLINE int lanes_word(const char *at)
{
    int x;
    memcpy(&x, at, sizeof x);
    return x;
}

LANES_INLINE short lanes_short(const char *at)
{
    short x;
    memcpy(&x, at, sizeof x);
    return x;
}

LANES_INLINE lane_i lanes_pairs_u8(const lane_places *p, int32_t o)
{
    __m128i x = _mm_cvtsi32_si128((uint16_t)lanes_short(p->at[0] + o));
    x = _mm_insert_epi16(x, lanes_short(p->at[1] + o), 1);
    x = _mm_insert_epi16(x, lanes_short(p->at[2] + o), 2);
    x = _mm_insert_epi16(x, lanes_short(p->at[3] + o), 3);
    __m128i y = _mm_cvtsi32_si128((uint16_t)lanes_short(p->at[4] + o));
    y = _mm_insert_epi16(y, lanes_short(p->at[5] + o), 1);
    y = _mm_insert_epi16(y, lanes_short(p->at[6] + o), 2);
    y = _mm_insert_epi16(y, lanes_short(p->at[7] + o), 3);
    return (lane_i)_mm256_cvtepu8_epi16(_mm_unpacklo_epi64(x, y));
}

LANES_INLINE lane_i lanes_pairs_i16(const lane_places *p, int32_t o)
{
    __m128i x = _mm_cvtsi32_si128(lanes_word(p->at[0] + o));
    x = _mm_insert_epi32(x, lanes_word(p->at[1] + o), 1);
    x = _mm_insert_epi32(x, lanes_word(p->at[2] + o), 2);
    x = _mm_insert_epi32(x, lanes_word(p->at[3] + o), 3);
    __m128i y = _mm_cvtsi32_si128(lanes_word(p->at[4] + o));
    y = _mm_insert_epi32(y, lanes_word(p->at[5] + o), 1);
    y = _mm_insert_epi32(y, lanes_word(p->at[6] + o), 2);
    y = _mm_insert_epi32(y, lanes_word(p->at[7] + o), 3);
    return (lane_i)_mm256_inserti128_si256(_mm256_castsi128_si256(x), y, 1);
}

// eight bytes of two lanes
LANES_INLINE __m128i lanes_two(const char *a, const char *b)
{
    return _mm_castps_si128(
        _mm_loadh_pi(_mm_castsi128_ps(_mm_loadl_epi64((const __m128i *)(const void *)a)),
                     (const __m64 *)(const void *)b));
}

LANES_INLINE void lanes_pairs_f32(lane_f out[2], const lane_places *p, int32_t o)
{
    __m256i a =
        _mm256_inserti128_si256(_mm256_castsi128_si256(lanes_two(p->at[0] + o, p->at[1] + o)),
                                lanes_two(p->at[4] + o, p->at[5] + o), 1);
    __m256i b =
        _mm256_inserti128_si256(_mm256_castsi128_si256(lanes_two(p->at[2] + o, p->at[3] + o)),
                                lanes_two(p->at[6] + o, p->at[7] + o), 1);
    out[0] = (lane_f)_mm256_shuffle_ps((__m256)a, (__m256)b, 0x88);
    out[1] = (lane_f)_mm256_shuffle_ps((__m256)a, (__m256)b, 0xdd);
}

// numbers of lanes by way of memory: half the work of taking them out one by one
LANES_INLINE void lanes_spill(uint32_t out[8], lane_i x)
{
    memcpy(out, &x, sizeof x);
    // or the compiler sees through it
    __asm__("" : "+m"(*(uint32_t(*)[8])out));
}

LANES_INLINE lane_f lanes_floats(const float *table, lane_i index)
{
    uint32_t i[8];
    lanes_spill(i, index);
    return (lane_f)_mm256_set_ps(table[i[7]], table[i[6]], table[i[5]], table[i[4]], table[i[3]],
                                 table[i[2]], table[i[1]], table[i[0]]);
}

LANES_INLINE void lanes_rows(lane_f out[4], const float (*table)[4], lane_i index)
{
    __m256 row[4];
    uint32_t bytes[8];
    lanes_spill(bytes, index << 4);
    const char *from = (const char *)table;
    for (int l = 0; l < 4; l++) {
        const float *low = (const float *)(const void *)(from + bytes[l]);
        const float *high = (const float *)(const void *)(from + bytes[l + 4]);
        row[l] =
            _mm256_insertf128_ps(_mm256_castps128_ps256(_mm_load_ps(low)), _mm_load_ps(high), 1);
    }
    // a transposition of 4x4 in each half
    __m256 a = _mm256_unpacklo_ps(row[0], row[1]), b = _mm256_unpacklo_ps(row[2], row[3]);
    __m256 c = _mm256_unpackhi_ps(row[0], row[1]), d = _mm256_unpackhi_ps(row[2], row[3]);
    out[0] = (lane_f)_mm256_shuffle_ps(a, b, 0x44);
    out[1] = (lane_f)_mm256_shuffle_ps(a, b, 0xee);
    out[2] = (lane_f)_mm256_shuffle_ps(c, d, 0x44);
    out[3] = (lane_f)_mm256_shuffle_ps(c, d, 0xee);
}

#endif

#endif
