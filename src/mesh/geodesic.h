/* SPDX-License-Identifier: Apache-2.0 */
/* geodesic.h: distances along a mesh from one point, as far as a reach. */
#ifndef PEL_MESH_GEODESIC_H
#define PEL_MESH_GEODESIC_H

#include <pellucid/mesh.h>

/** What many walks over one surface share; `triangle` and `edge` are borrowed. */
typedef struct pel__surface_walk {
    int64_t points, triangles;
    const int32_t (*triangle)[3];
    const double *edge; /* of half-edge 3*t + c: from corner c to the next one, mm */
    int64_t *first;    /* owned; triangles around point p: list[first[p]] to list[first[p + 1]-1] */
    int32_t *list;     /* owned */
    uint8_t *border;   /* owned; per point: it lies on a border */
    double longest_mm; /* of all edges */
    double (*apex)[3]; /* owned; of half-edge h: the corner across, along the edge and off it, and
                          half the inverse of its length */
} pel__surface_walk;

/** `mesh` gives the triangles; points may be anywhere. */
pel_status pel__surface_walk_new(pel__surface_walk *out, const pel_mesh *mesh, const double *edge);
void pel__surface_walk_free(pel__surface_walk *walk);

/** The length of every half-edge of a mesh, by its points; free it with pel__free(). */
pel_status pel__mesh_edges_mm(double **out, const pel_mesh *mesh);

/** One worker's walk: what it found, and the heap it found it with. Zeroed is empty. */
typedef struct pel__geodesic {
    double *mm;    /* owned; per point, infinite where the walk did not come */
    uint8_t *bent; /* owned; per point: the way bends around a border */
    int64_t count;
    int32_t *found; /* owned; the points reached, in the order they were first met */
    int64_t heaped;
    int32_t *heap, *place; /* owned; place: of each point in the heap, -1 */
} pel__geodesic;

pel_status pel__geodesic_new(pel__geodesic *out, int64_t points);
void pel__geodesic_free(pel__geodesic *g);

/**
 * Distances from `source` to all points within `reach_mm`: Dijkstra's walk in which a distance also
 * comes straight through a triangle from the two before it, whose circles tell where the source
 * lies in its plane (Novotni and Klein 2002). Exact where the surface is developable and the way
 * does not bend, within 0.1 % on smooth surfaces, up to 2 % too long where it bends sharply. A
 * point is taken up again when a shorter way comes later, so obtuse triangles do no harm. The walk
 * goes on beyond the reach by two edges, three tenths of the reach at most, since what lies there
 * helps others: such points are found too, and their distances may be too long.
 */
void pel__geodesic_from(pel__geodesic *g, const pel__surface_walk *walk, int32_t source,
                        double reach_mm);

/** Distances of all points from the nearest of those that `sources` marks, as far as it goes. */
void pel__geodesic_from_all(pel__geodesic *g, const pel__surface_walk *walk,
                            const uint8_t *sources);

#endif
