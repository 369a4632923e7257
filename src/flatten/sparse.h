/* SPDX-License-Identifier: Apache-2.0 */
/* sparse.h: systems that are sums of small element matrices, factorised once and solved often. */
#ifndef PEL_FLATTEN_SPARSE_H
#define PEL_FLATTEN_SPARSE_H

#include <pellucid/base.h>

/** A symmetric positive definite system of `n` unknowns. Zeroed is empty. */
typedef struct pel__sparse pel__sparse;

/**
 * Plan a system whose elements touch `nodes` points each, element e those of node[nodes*e ...],
 * with `freedoms` (1 or 2) unknowns a point: those of point p are freedoms*p and on. Ordered for
 * little fill (AMD) and analysed here, once. PEL_EMEMORY when the factor would not fit.
 */
pel_status pel__sparse_new(pel__sparse **out, int64_t points, int freedoms, const int32_t *node,
                           int nodes, int64_t elements);
void pel__sparse_free(pel__sparse *s);

/**
 * Set the values: `value` holds per element the upper triangle, row by row, of its matrix over its
 * unknowns (node by node, freedoms together), and `shift` is added to the diagonal. Then factorise.
 * PEL_EDATA when the matrix is not positive definite.
 */
pel_status pel__sparse_factor(pel__sparse *s, const double *value, double shift);

/** Solve in place for `sides` (1 or 2) right-hand sides, those of unknown i at x[sides*i]. */
pel_status pel__sparse_solve(const pel__sparse *s, double *x, int sides);

/** Mean of the diagonal that the values of the last pel__sparse_factor() gave. */
double pel__sparse_scale(const pel__sparse *s, const double *value);

/** About the bytes a system of a triangle mesh takes: a bound from experience with AMD. */
int64_t pel__sparse_memory(int64_t points, int freedoms);

#endif
