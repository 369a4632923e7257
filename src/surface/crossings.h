/* SPDX-License-Identifier: Apache-2.0 */
/* crossings.h: whether two triangles pass through each other, without a rounding error. */
#ifndef PEL_SURFACE_CROSSINGS_H
#define PEL_SURFACE_CROSSINGS_H

#include <pellucid/surface.h>

/** A point on the lattice; differences have 31 bits, so that exact sums fit in 128. */
typedef struct pel__spot {
    int64_t x[3];
} pel__spot;

/** Points of a mesh on a lattice of 2^30 steps along the longest side of its box: no coarser than
 * float32 is where the box begins at 0. */
void pel__put_on_lattice(int32_t (*at)[3], const pel_mesh *mesh);

/**
 * Whether two triangles have a point in common that is none of the corners, or no part of the edge,
 * that they share (corners in one place are shared). Those without an area meet none. The order of
 * the corners may change.
 */
bool pel__pass_through(pel__spot p[3], pel__spot q[3]);

/** As pel_mesh_crossings() of a mesh that was checked; `mark` (per triangle, zeroed, may be NULL)
 * becomes 1 where a triangle passes through another one. */
pel_status pel__mark_crossings(int64_t *pairs, uint8_t *mark, const pel_mesh *mesh);

/** Whether any triangle passes through another one: sooner known than how many do. */
pel_status pel__any_crossing(bool *any, const pel_mesh *mesh);

#endif
