/* SPDX-License-Identifier: Apache-2.0 */
/* weigh.h: symmetric weighted sums of rows of floats, built from weigh_tmpl.c once per CPU level.
 */
#ifndef PEL_KERNELS_WEIGH_H
#define PEL_KERNELS_WEIGH_H

#include <pellucid/base.h>

/**
 * out[i] = weight[0]*row[0][i] + sum over t = 1 to reach of weight[t]*(row[-t][i] + row[t][i]), in
 * float32, in this order. `row` points at the middle of 2*reach + 1 pointers.
 */
typedef void pel__weigh(float *out, const float *const *row, const float *weight, int reach,
                        int64_t count);

pel__weigh pel__weigh_c, pel__weigh_avx2, pel__weigh_avx512;

#endif
