/* SPDX-License-Identifier: Apache-2.0 */
/* lanes_x86.h: what of lanes.h has an instruction, for 4, 8 and 16 lanes. */
#ifndef PEL_KERNELS_LANES_X86_H
#define PEL_KERNELS_LANES_X86_H

#include <immintrin.h>

#if PEL__LANES == 16
#define LANES_OP(name, kind) _mm512_##name##_##kind
#define LANES_VECTOR_I(x)    ((__m512i)(x))
#define LANES_VECTOR_F(x)    ((__m512)(x))
#define LANES_ANY(x)         (_mm512_test_epi32_mask((__m512i)(x), (__m512i)(x)) != 0)
#elif PEL__LANES == 8
#define LANES_OP(name, kind) _mm256_##name##_##kind
#define LANES_VECTOR_I(x)    ((__m256i)(x))
#define LANES_VECTOR_F(x)    ((__m256)(x))
#define LANES_ANY(x)         (_mm256_testz_si256((__m256i)(x), (__m256i)(x)) == 0)
#else
#define LANES_OP(name, kind) _mm_##name##_##kind
#define LANES_VECTOR_I(x)    ((__m128i)(x))
#define LANES_VECTOR_F(x)    ((__m128)(x))
#define LANES_ANY(x)         (_mm_testz_si128((__m128i)(x), (__m128i)(x)) == 0)
#endif

LANES_INLINE lane_f lanes_max(lane_f a, lane_f b)
{
    return (lane_f)LANES_OP(max, ps)(LANES_VECTOR_F(a), LANES_VECTOR_F(b));
}

LANES_INLINE lane_f lanes_min(lane_f a, lane_f b)
{
    return (lane_f)LANES_OP(min, ps)(LANES_VECTOR_F(a), LANES_VECTOR_F(b));
}

LANES_INLINE lane_i lanes_max_int(lane_i a, lane_i b)
{
    return (lane_i)LANES_OP(max, epi32)(LANES_VECTOR_I(a), LANES_VECTOR_I(b));
}

LANES_INLINE lane_i lanes_min_int(lane_i a, lane_i b)
{
    return (lane_i)LANES_OP(min, epi32)(LANES_VECTOR_I(a), LANES_VECTOR_I(b));
}

LANES_INLINE lane_f lanes_sqrt(lane_f x)
{
    return (lane_f)LANES_OP(sqrt, ps)(LANES_VECTOR_F(x));
}

LANES_INLINE bool lanes_any(lane_i mask)
{
    return LANES_ANY(mask);
}

LANES_INLINE lane_i lanes_dot16(lane_i a, lane_i b)
{
    return (lane_i)LANES_OP(madd, epi16)(LANES_VECTOR_I(a), LANES_VECTOR_I(b));
}

#endif
