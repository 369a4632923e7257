/* SPDX-License-Identifier: Apache-2.0 */
/* isometric.h: the flat map whose distances are those along the surface, as nearly as can be. */
#ifndef PEL_FLATTEN_ISOMETRIC_H
#define PEL_FLATTEN_ISOMETRIC_H

#include "flatten/pairs.h"
#include "flatten/sparse.h"

/** What weighs how much; steps at most. */
typedef struct pel__isometric_with {
    double shape;                /* weight of the triangles' own strain against that of distances */
    int64_t steps;               /* at most */
    double enough;               /* see pel__descent */
    const pel__sparse *smoother; /* of pel__isometric_smoother() */
} pel__isometric_with;

/** The factorised Laplacian that stands for the second derivatives; pel__sparse_free() it. */
pel_status pel__isometric_smoother(pel__sparse **out, const pel__patch *patch, double shape);

/**
 * Move `uv`, a map without turned triangles, to where the mean square of the relative errors of the
 * pairs' distances, plus `shape` times the symmetric Dirichlet energy (Smith and Schaefer 2015; 0
 * where nothing is strained), is least. It stays without turned triangles.
 */
pel_status pel__isometric(double (*uv)[2], const pel__patch *patch, const pel__surface_walk *walk,
                          const pel__pairs *pairs, const pel__isometric_with *with);

#endif
