/* SPDX-License-Identifier: Apache-2.0 */
/* likeness.h: how alike rows of floats are, and means weighed by it; built from likeness_tmpl.c
 * once per CPU level. */
#ifndef PEL_KERNELS_LIKENESS_H
#define PEL_KERNELS_LIKENESS_H

#include <pellucid/base.h>

/**
 * out[i] = (s(i) + s(i+1)) + s(i+2) with s(n) = (a[n] - b[n])^2; `square` has room for count + 2,
 * as many as are read of a and b.
 */
typedef void pel__compare_rows(float *out, const float *a, const float *b, float *square,
                               int64_t count);

/** out[i] = (a[i] + b[i]) + c[i]. */
typedef void pel__add_three(float *out, const float *const row[3], int64_t count);

/**
 * x = least(offset - scale*((a[i] + b[i]) + c[i]), 1)^16, 0 from 1/64 down; weight[i] += x and
 * sum[i] += x*there[i]; of squares: x*there[i]^2.
 */
typedef void pel__weigh_like(float *sum, float *weight, const float *const row[3],
                             const float *there, const float offset_scale[2], int64_t count);

typedef struct pel__likeness_set {
    pel__compare_rows *compare;
    pel__add_three *add_three;
    pel__weigh_like *weigh, *weigh_squares;
} pel__likeness_set;

typedef void pel__likeness_init(pel__likeness_set *out);
pel__likeness_init pel__likeness_init_c, pel__likeness_init_avx2, pel__likeness_init_avx512;

#endif
