/* SPDX-License-Identifier: Apache-2.0 */
/* laplace.h: the factorised Laplacian of a patch, and the map onto a disk that starts the others.
 */
#ifndef PEL_FLATTEN_LAPLACE_H
#define PEL_FLATTEN_LAPLACE_H

#include "flatten/patch.h"
#include "flatten/sparse.h"

/**
 * The cotangent Laplacian (Pinkall and Polthier 1993) of a patch, times `factor`, factorised:
 * weights below a small positive one are raised to it, and a touch of the identity makes it
 * definite. Free it with pel__sparse_free().
 */
pel_status pel__laplace_new(pel__sparse **out, const pel__patch *patch, double factor);

/** The Laplacian of one triangle: the upper triangle of its matrix, row by row. */
void pel__laplace_element(double value[6], const double frame[3]);

/**
 * Tutte's map (1963) with the outer border on a circle of the patch's area, spaced by length, and
 * holes filled by a point in their middle: every point is the mean of its neighbours, weighted by
 * cotangents where they are positive enough. PEL_EDATA when points come to lie too close for
 * numbers to keep apart.
 */
pel_status pel__tutte(double (*uv)[2], const pel__patch *patch);

#endif
