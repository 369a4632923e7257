/* SPDX-License-Identifier: Apache-2.0 */
/* near.h: the triangles of a mesh by place, kept while corners change, to see what a new one would
 * pass through. */
#ifndef PEL_SURFACE_NEAR_H
#define PEL_SURFACE_NEAR_H

#include <pellucid/surface.h>

/* one entry of a cell's list */
typedef struct pel__near_node {
    int32_t triangle, next;
} pel__near_node;

enum { PEL__NEAR_MOST = 64 /* new triangles at once */ };

/** Cells of a power of two of the lattice's steps (pel__put_on_lattice()), each with the triangles
 * whose boxes meet it; points never move. Triangles whose first corner is below 0 are gone. It
 * borrows the mesh. */
typedef struct pel__near {
    const pel_mesh *mesh;
    int32_t (*at)[3]; /* points on the lattice */
    int32_t *head;    /* of each cell's list; -1: empty */
    pel__near_node *node;
    int64_t used, room; /* nodes */
    int32_t spare;      /* list of nodes that are free again; -1: none */
    int32_t *seen, now; /* per triangle: the last search that met it */
    int64_t cells;      /* room for as many heads */
    int32_t most[3];    /* greatest place along each axis */
    int64_t dims[3];
    int shift; /* a cell is 2^shift steps wide */
} pel__near;

pel_status pel__near_new(pel__near *out, const pel_mesh *mesh);
void pel__near_free(pel__near *near);

/** Bytes it holds. */
int64_t pel__near_memory(int64_t points, int64_t triangles);

/** The corners of a triangle have changed from `old`. */
void pel__near_add(pel__near *near, int32_t triangle, const int32_t old[3]);

/** Whether any of `count` new triangles would pass through one that is there and has not the corner
 * `without`. */
bool pel__near_meets(pel__near *near, const int32_t (*corner)[3], int count, int32_t without);

#endif
