/* SPDX-License-Identifier: Apache-2.0 */
/* hessian.h: second derivatives of whole numbers by sums that are exact, their eigenvalues, and
 * how much they look like a tube or a sheet; built once per CPU level. */
#ifndef PEL_KERNELS_HESSIAN_H
#define PEL_KERNELS_HESSIAN_H

#include <pellucid/base.h>

/** Rows of results have room for a multiple of this, and rows that are read go on as far. */
enum { PEL__HESSIAN_PAD = 32 };

/** Largest sum of the absolute weights of one kernel: with levels within +-2^15 every sum of three
 * passes stays below 2^53, so float64 holds it exactly and no order of additions shows. */
enum { PEL__HESSIAN_GAIN = 4096 };

/**
 * Kernels of one axis as whole numbers, by the order of the derivative: [t] of the voxels t away,
 * the one behind with a minus where the order is 1. All sums lie within PEL__HESSIAN_GAIN.
 */
typedef struct pel__derivatives {
    int reach;
    const int32_t *weight[3]; /* reach + 1 each */
} pel__derivatives;

/** Orders 0, 1, 2 across rows of levels; `row` points at the middle of 2*reach + 1 pointers. */
typedef void pel__derive_levels(int32_t *const out[3], const int16_t *const *row,
                                const pel__derivatives *along, int64_t count);

/**
 * Rows that have order 0, 1, 2 of one axis, derived across another: out of these two axes orders
 * (0,0), (1,0), (2,0), (0,1), (1,1), (0,2), the axis at hand first.
 */
typedef void pel__derive_rows(double *const out[6], const int32_t *const *const row[3],
                              const pel__derivatives *along, int64_t count);

/** One order along a row; `at` has `reach` voxels more on both sides. */
typedef void pel__derive_along(double *out, const double *at, const pel__derivatives *along,
                               int order, int64_t count);

/**
 * Eigenvalues, rising, of symmetric matrices scale[m]*sum[m]; m: ii jj kk ij ik jk. Closed form
 * (Smith 1961); the cosine of a third of an angle is a polynomial. Permuting axes, or turning one
 * of them round, changes no bit; turning all signs turns signs and order.
 */
typedef void pel__eigenvalues(double *const value[3], const double *const sum[6],
                              const double scale[6], int64_t count);

enum {
    PEL__RIDGE_JERMAN,
    PEL__RIDGE_FRANGI,
    PEL__RIDGE_FLUX,
    PEL__RIDGE_JERMAN_SHEET,
    PEL__RIDGE_FRANGI_SHEET,
    PEL__RIDGE_FLUX_SHEET,
    PEL__RIDGE_KINDS
};

/** Eigenvalues of a bright thing's negative Hessian, rising, to a response from 0 up; `size` is
 * the curvature that counts as full. */
typedef void pel__ridge(float *out, const double *const value[3], double size, int64_t count);

/** sum[i] += times*(after[i] - before[i]): a run of voxels, given sums from the row's beginning. */
typedef void pel__add_runs(int32_t *sum, const int32_t *before, const int32_t *after, int times,
                           int64_t count);

typedef struct pel__hessian_set {
    pel__derive_levels *levels;
    pel__derive_rows *rows;
    pel__derive_along *along;
    pel__eigenvalues *eigen;
    pel__ridge *ridge[PEL__RIDGE_KINDS];
    pel__add_runs *runs;
} pel__hessian_set;

typedef void pel__hessian_init(pel__hessian_set *out);
pel__hessian_init pel__hessian_init_c, pel__hessian_init_avx2, pel__hessian_init_avx512;

#endif
