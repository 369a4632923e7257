/* SPDX-License-Identifier: Apache-2.0 */
/* mesh.h: helpers of the noun that other rooms may use. */
#ifndef PEL_MESH_MESH_H
#define PEL_MESH_MESH_H

#include <pellucid/mesh.h>

/** Bytes of one item of an array. */
int64_t pel__array_item(pel_array_kind kind, int channels);

/** Point `i` as doubles. */
pel_vec3 pel__mesh_point(const pel_mesh *mesh, int64_t i);

/** Twice the area vector of triangle `t`: (b - a) x (c - a). */
pel_vec3 pel__mesh_cross(const pel_mesh *mesh, int64_t t);

/**
 * Change the numbers of points and triangles, arrays with them; what is new is not set. Room grows
 * by halves, so a reader may ask for a little more again and again.
 */
pel_status pel__mesh_resize(pel_mesh *mesh, int64_t points, int64_t triangles);

#endif
