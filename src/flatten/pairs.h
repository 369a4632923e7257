/* SPDX-License-Identifier: Apache-2.0 */
/* pairs.h: pairs of points and how far apart they are along the surface. */
#ifndef PEL_FLATTEN_PAIRS_H
#define PEL_FLATTEN_PAIRS_H

#include "flatten/patch.h"
#include "mesh/geodesic.h"

/** Other points of each point: those of p are other[first[p]] to other[first[p + 1] - 1]. */
typedef struct pel__pairs {
    int64_t count;  /* of pairs; each stands with both of its points */
    int64_t *first; /* owned */
    int32_t *other; /* owned */
    double *mm;     /* owned; distance along the surface */
} pel__pairs;

/** How pairs are drawn. */
typedef struct pel__pairs_draw {
    double least_mm, reach_mm; /* distances that count */
    int64_t a_point;           /* pairs wanted for each point, on the average */
    int64_t most_visits;       /* points that the walks may come by, together */
    uint64_t seed;             /* another one draws other pairs */
} pel__pairs_draw;

/**
 * Draw pairs evenly over a patch: from some of the points, one of each equal share of them in their
 * order, to some of the points in reach. Left out are pairs whose way bends around a border: they
 * do not tell how far apart points lie in the plane. The same pairs for any number of threads.
 */
pel_status pel__pairs_new(pel__pairs *out, const pel__patch *patch, const pel__surface_walk *walk,
                          const pel__pairs_draw *draw);
void pel__pairs_free(pel__pairs *pairs);

#endif
