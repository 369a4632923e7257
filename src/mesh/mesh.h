/* SPDX-License-Identifier: Apache-2.0 */
/* mesh.h: helpers of the noun that other rooms may use. */
#ifndef PEL_MESH_MESH_H
#define PEL_MESH_MESH_H

#include <pellucid/mesh.h>

#include "base/maths.h"

/** Bytes of one item of an array. */
int64_t pel__array_item(pel_array_kind kind, int channels);

/** Point `i` as doubles. */
static inline pel_vec3 pel__mesh_point(const pel_mesh *mesh, int64_t i)
{
    const float *p = mesh->point_mm[i];
    return (pel_vec3){ (double)p[0], (double)p[1], (double)p[2] };
}

/** Twice the area vector of triangle `t`: (b - a) x (c - a). */
static inline pel_vec3 pel__mesh_cross(const pel_mesh *mesh, int64_t t)
{
    const int32_t *corner = mesh->triangle[t];
    pel_vec3 a = pel__mesh_point(mesh, corner[0]);
    return pel__cross(pel__minus(pel__mesh_point(mesh, corner[1]), a),
                      pel__minus(pel__mesh_point(mesh, corner[2]), a));
}

/**
 * Change the numbers of points and triangles, arrays with them; what is new is not set. Room grows
 * by halves, so a reader may ask for a little more again and again.
 */
pel_status pel__mesh_resize(pel_mesh *mesh, int64_t points, int64_t triangles);

/* ---- half-edges: half-edge h = 3*t + c runs from corner c of triangle t to its next corner ----
 */

/** Instead of a twin: no other triangle; more than one, or one that runs the same way. */
enum { PEL__BORDER = -1, PEL__TANGLED = -2, PEL__TURNED = -3 };

/** Most triangles whose half-edges have numbers. */
enum { PEL__MOST_HALVES = INT32_MAX / 3 };

/**
 * The half-edge that runs the other way along each half-edge, or one of the three above; free it
 * with pel__free(). Triangles must name points there are (pel_mesh_check()).
 */
pel_status pel__mesh_twins(int32_t **twin, const pel_mesh *mesh);

static inline int32_t pel__next_half(int32_t h)
{
    return h % 3 == 2 ? h - 2 : h + 1;
}

static inline int32_t pel__last_half(int32_t h)
{
    return h % 3 == 0 ? h + 2 : h - 1;
}

/** The point a half-edge starts from. */
static inline int32_t pel__half_from(const pel_mesh *mesh, int32_t h)
{
    return mesh->triangle[h / 3][h % 3];
}

/**
 * The triangles around each point: those of point p are list[first[p]] to list[first[p + 1] - 1],
 * rising. Free both with pel__free().
 */
pel_status pel__mesh_around(int64_t **first, int32_t **list, const pel_mesh *mesh);

/**
 * Keep the points and triangles whose byte is not 0, in their order, arrays with them; triangles
 * that stay name points that stay. `number` (room for all points) becomes their new numbers, -1 for
 * those that go.
 */
void pel__mesh_keep(pel_mesh *mesh, const uint8_t *points, const uint8_t *triangles,
                    int32_t *number);

#endif
