/* SPDX-License-Identifier: Apache-2.0 */
/* collapse.h: what a reduction knows of a mesh, and the collapses within one lot of its points. */
#ifndef PEL_SURFACE_COLLAPSE_H
#define PEL_SURFACE_COLLAPSE_H

#include <pellucid/surface.h>

#include "surface/near.h"
#include "surface/quadric.h"

/* instead of the point that a point has gone into */
enum { PEL__STAYS = -1 };

/** A point on its way. */
typedef struct pel__goer {
    pel__quadric of;
    float at[3];      /* mm */
    float tried;      /* ways that cost less have failed, until something near it changes; -1 */
    int32_t tried_to; /* and of those that cost as much the ones to points up to this */
    int32_t into;     /* the point it has gone into, or PEL__STAYS */
    int32_t half;     /* of a lot: a half-edge that starts here */
    int32_t next;     /* of a lot: the one behind it in its bucket */
    float cost;       /* of its cheapest way, mm^4; INFINITY: there is none */
    uint8_t stale;    /* the cost may have changed */
    uint8_t kind;     /* of a lot */
    uint8_t held;     /* stays, whatever lies around it */
} pel__goer;

/** A mesh on its way. Points that are left are parted into lots; what has all its corners in one
 * lot changes with that lot alone, so lots go side by side. Owned, but for the mesh. */
typedef struct pel__reducing {
    pel_mesh *mesh;  /* a triangle whose first corner is below 0 has gone */
    pel__goer *goer; /* per point */
    float *cost;     /* per point, once more, close together */
    uint8_t *held;   /* per point: stays from the start */
    uint8_t *watch;  /* per point: around it triangles may pass through others; NULL: not known */
    uint8_t *mark;   /* per point: scratch */
    /* per triangle: how far the first surface may lie from it, mm */
    float *error;
    /* what is left, lot after lot */
    int32_t *point, *place; /* points; of each where it stands there */
    int64_t points;
    int32_t *triangle; /* triangles, in the order they had */
    int64_t listed, alive;
    int64_t lots, watched; /* lots; those from `watched` on hold what is watched */
    int64_t *from;         /* of each lot the first point in the list, and the end of the last */
    int64_t *first;        /* and the first of its triangles in `list` */
    int32_t *list;         /* triangles of lots, those with corners in several in each */
    int64_t *quota, *gone; /* of each lot: points that may go, that have gone */
    float most;            /* mm^4 that a collapse may cost */
    double max_error;      /* mm */
    pel__near *near;       /* triangles by place, while a watched lot goes */
} pel__reducing;

/** The planes around each point of a lot that lies in a plain disk, and what it costs to go; a task
 * of pel__parallel(). */
pel_status pel__lot_start(void *reducing, int64_t number);

/** Collapses within a lot, cheapest first, until its quota is met or they cost too much; a task of
 * pel__parallel(). */
pel_status pel__lot_run(void *reducing, int64_t number);

#endif
