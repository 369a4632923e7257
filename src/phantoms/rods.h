/* SPDX-License-Identifier: Apache-2.0 */
/* rods.h: rods along lines of points with a radius each, found fast. */
#ifndef PEL_PHANTOMS_RODS_H
#define PEL_PHANTOMS_RODS_H

#include "base/text.h"
#include "phantoms/shapes.h"

/** One point of a centre line; consecutive points of one branch are joined by a rod. */
typedef struct pel__rod_point {
    pel_vec3 at_mm;
    double radius_mm;
    int branch, kind;
} pel__rod_point;

typedef struct pel__rods {
    pel__rod_point *point; /* branch after branch */
    int64_t count, room;
    /* the rods near each cell of a grid, made by pel__rods_sort() */
    pel_vec3 origin_mm;
    int64_t n[3];
    int32_t *first, *rod; /* rod i joins points i and i + 1 */
    double *reach_mm;     /* of rod i, from point i to its farthest skin */
} pel__rods;

pel_status pel__rods_add(pel__rods *rods, pel__rod_point point);

/** To be called once, after the last point. */
pel_status pel__rods_sort(pel__rods *rods);
void pel__rods_free(pel__rods *rods);

/** Signed distance to the nearest tube, exact within PEL__RODS_REACH of one, else that or more;
 * and its kind. */
double pel__rods_at(const pel__rods *rods, pel_vec3 at_mm, int *kind);
#define PEL__RODS_REACH 3.0

/** A table: x,y,z (RAS mm of the world), radius, branch, kind by name (that of 1 first); one line
 * per point. */
void pel__rods_table(const pel__rods *rods, pel_affine world_from_mm, const char *const *kinds,
                     pel__text *csv);

#endif
