/* SPDX-License-Identifier: Apache-2.0 */
/* cut.h: a cut along numbers, and the points along it. */
#ifndef PEL_SURFACE_CUT_H
#define PEL_SURFACE_CUT_H

#include <pellucid/surface.h>

/** What a cut is: numbers that are more than 0 within, of points or of places between two. */
typedef struct pel__blade {
    const pel_mesh *mesh;
    double *value;  /* of each point */
    bool is_sphere; /* the crossing of an edge is that of a sphere */
    pel_vec3 centre_mm;
    double radius_mm;
} pel__blade;

/** How far from the inner end `inner` of an edge towards `outer` the cut is: 0 to 1. */
double pel__blade_crossing(const pel__blade *cut, int32_t inner, int32_t outer);

/** Point `at` of `to` becomes what lies at `t` from ends[0] to ends[1], arrays too. */
void pel__cut_mix(pel_mesh *to, int64_t at, const pel_mesh *from, const int32_t ends[2], double t);

/**
 * Points that lie within a tenth of an edge of the cut move along that edge onto it, and their
 * numbers become 0: a cut through their edges would leave splinters. A point stays where triangles
 * would become half as large, where parts on two sides of it would meet in it alone, and where it
 * would leave the border of `mesh`.
 */
pel_status pel__cut_snap(pel_mesh *mesh, const pel__blade *cut, const int32_t *twin);

/** Keep where `value`, of each point and linear between, is 0 or more; triangles are split. */
pel_status pel__cut_where(pel_mesh *mesh, double *value);

#endif
