/* SPDX-License-Identifier: Apache-2.0 */
/* ramp_avx2.c: the ramp of 8- and 16-bit integers and of floats, eight voxels at a time. */
#include "kernels/x86/x86.h"

#include <immintrin.h>

#include "kernels/ramp.h"

// in double, rounded to float once, as the reference: no fused multiply-add
static inline __m128 four(__m256d x, __m256d scale, __m256d offset)
{
    return _mm256_cvtpd_ps(_mm256_add_pd(_mm256_mul_pd(scale, x), offset));
}

static inline void eight_ints(float *out, __m256i x, __m256d scale, __m256d offset)
{
    __m128 lo = four(_mm256_cvtepi32_pd(_mm256_castsi256_si128(x)), scale, offset);
    __m128 hi = four(_mm256_cvtepi32_pd(_mm256_extracti128_si256(x, 1)), scale, offset);
    _mm_storeu_ps(out, lo);
    _mm_storeu_ps(out + 4, hi);
}

static void ramp_u8(float *out, const void *in, int64_t count, double scale, double offset)
{
    const uint8_t *x = in;
    __m256d s = _mm256_set1_pd(scale), o = _mm256_set1_pd(offset);
    int64_t i = 0;
    for (; i + 8 <= count; i += 8)
        eight_ints(out + i, _mm256_cvtepu8_epi32(_mm_loadl_epi64((const __m128i *)(x + i))), s, o);
    pel__ramp_c_u8(out + i, x + i, count - i, scale, offset);
}

static void ramp_u16(float *out, const void *in, int64_t count, double scale, double offset)
{
    const uint16_t *x = in;
    __m256d s = _mm256_set1_pd(scale), o = _mm256_set1_pd(offset);
    int64_t i = 0;
    for (; i + 8 <= count; i += 8)
        eight_ints(out + i, _mm256_cvtepu16_epi32(_mm_loadu_si128((const __m128i *)(x + i))), s, o);
    pel__ramp_c_u16(out + i, x + i, count - i, scale, offset);
}

static void ramp_i16(float *out, const void *in, int64_t count, double scale, double offset)
{
    const int16_t *x = in;
    __m256d s = _mm256_set1_pd(scale), o = _mm256_set1_pd(offset);
    int64_t i = 0;
    for (; i + 8 <= count; i += 8)
        eight_ints(out + i, _mm256_cvtepi16_epi32(_mm_loadu_si128((const __m128i *)(x + i))), s, o);
    pel__ramp_c_i16(out + i, x + i, count - i, scale, offset);
}

static void ramp_f32(float *out, const void *in, int64_t count, double scale, double offset)
{
    const float *x = in;
    __m256d s = _mm256_set1_pd(scale), o = _mm256_set1_pd(offset);
    int64_t i = 0;
    for (; i + 4 <= count; i += 4)
        _mm_storeu_ps(out + i, four(_mm256_cvtps_pd(_mm_loadu_ps(x + i)), s, o));
    pel__ramp_c_f32(out + i, x + i, count - i, scale, offset);
}

void pel__ramp_init_avx2(pel__kernels *out)
{
    out->ramp[0] = ramp_u8;
    out->ramp[2] = ramp_u16;
    out->ramp[3] = ramp_i16;
    out->ramp[8] = ramp_f32;
}
