/* SPDX-License-Identifier: Apache-2.0 */
/* sheet.h: a mesh as the ray caster holds it: triangles in a tree of boxes, and how they look. */
#ifndef PEL_SEE_SHEET_H
#define PEL_SEE_SHEET_H

#include "see/raycast.h"

enum { PEL__LEAF = 4, PEL__ITEM_BYTES = 16 }; /* ITEM: of a triangle being sorted */

/** A box of triangles; its first child follows it, the second is at `second`. */
typedef struct pel__node {
    float lo[3], hi[3];
    int32_t second;     /* of a leaf: its first triangle */
    int32_t leaf_count; /* 0: no leaf */
} pel__node;

typedef struct pel__sheet {
    int64_t points, triangles;
    float (*point)[3];         /* owned; world mm */
    int32_t (*corner)[3];      /* owned; triangles in the order of the tree */
    int32_t *number;           /* owned; of each in the mesh */
    pel__node *node;           /* owned */
    float (*normal)[3];        /* owned; per point */
    pel_array colours, values; /* data owned; NULL: none */
    pel_look look;
    double lo, hi;          /* of the values; lo > hi: none */
    pel_vec3 light;         /* in picture axes */
    pel__transfer transfer; /* what lights it */
    float face[3], opacity;
    pel_vec3 lo_mm, hi_mm;
} pel__sheet;

pel_status pel__sheet_new(pel__sheet **out, const pel_mesh *mesh, const pel_look *look,
                          const pel_sheet_params *params);
void pel__sheet_free(pel__sheet *sheet);

/** Fill `corner`, `number` and `node` from the mesh: by Morton codes, the same for any machine. */
pel_status pel__sheet_tree(pel__sheet *sheet, const pel_mesh *mesh);

/** Where a ray meets a triangle. */
typedef struct pel__fragment {
    double mm, at;    /* along the ray; in steps */
    int sheet;        /* -1: before all */
    int64_t triangle; /* of the mesh */
    int64_t place;    /* of it in the tree's order */
    double share[3];  /* of its corners; sum 1 */
} pel__fragment;

/**
 * The first one behind `after`, by distance, then sheet, then triangle; false: there is none.
 * Neighbours leave no gap and meet no ray twice: edges are decided exactly (Woop et al. 2013),
 * those on the ray by a rule that one side has.
 */
bool pel__sheet_next(pel__fragment *out, const pel_scene *scene, const pel__sight *sight,
                     const pel__fragment *after);

/** Colour (not premultiplied) and alpha, unit normal of the triangle and value (NaN: none) there.
 */
void pel__sheet_shade(float rgba[4], float normal[3], float *value, const pel_scene *scene,
                      const pel__sight *sight, const pel__fragment *at);

#endif
