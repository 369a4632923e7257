/* SPDX-License-Identifier: Apache-2.0 */
/* relax.h: flat maps that make a measure of every triangle's strain small. */
#ifndef PEL_FLATTEN_RELAX_H
#define PEL_FLATTEN_RELAX_H

#include "flatten/patch.h"
#include "mesh/geodesic.h"

/** What is made small: angles with a touch of area, area with a touch of angles, the worst stretch.
 */
typedef enum pel__relax_kind {
    PEL__RELAX_CONFORMAL,
    PEL__RELAX_AREA,
    PEL__RELAX_MINIMAX
} pel__relax_kind;

/**
 * Move `uv`, a map without turned triangles, to the least of the area-weighted mean of: s/t + t/s
 * (s, t: a triangle's most and least stretch) and st + 1/(st), weighted 1 to 1/1000 or the other
 * way; or s^p + t^p + s^-p + t^-p for rising p. Newton's method with second derivatives made
 * positive mode by mode (Smith, de Goes and Kim 2019). It stays without turned triangles.
 */
pel_status pel__relax(double (*uv)[2], const pel__patch *patch, const pel__surface_walk *walk,
                      pel__relax_kind kind);

#endif
