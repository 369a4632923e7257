/* SPDX-License-Identifier: Apache-2.0 */
/* sheet.h: a mesh as the ray caster holds it: triangles or points in a tree of boxes, and how they
 * look. */
#ifndef PEL_SEE_SHEET_H
#define PEL_SEE_SHEET_H

#include "base/maths.h"
#include "see/raycast.h"

enum { PEL__LEAF = 4, PEL__ITEM_BYTES = 16 }; /* ITEM: of what is being sorted */

/** A box of items, which are triangles or points; its first child follows it, the second is at
 * `second`. */
typedef struct pel__node {
    float lo[3], hi[3];
    int32_t second;     /* of a leaf: its first item */
    int32_t leaf_count; /* 0: no leaf */
} pel__node;

typedef struct pel__sheet {
    int64_t points, items;
    float (*point)[3];    /* owned; world mm */
    int32_t (*corner)[3]; /* owned; triangles in the order of the tree; NULL: items are points */
    int32_t *number;      /* owned; of each item in the mesh */
    int32_t (*across)[3]; /* owned; where there are lines: behind the edge opposite each corner the
                             third point of the triangle there; -1: none */
    pel__node *node;      /* owned; boxes of triangles, or of the middles of points */
    float (*normal)[3];   /* owned; per point; NULL: points without */
    pel_array colours, values; /* data owned; NULL: none */
    pel_look look;
    double lo, hi;          /* of the values; lo > hi: none */
    pel_vec3 light;         /* in picture axes */
    pel__transfer transfer; /* what lights it */
    float face[3], opacity;
    bool is_disc;
    pel_length point_size; /* across; mm or px */
    bool has_lines, lines_alone;
    pel_length line_width; /* mm or px */
    pel_colour line;       /* not set: as the face there */
    pel_vec3 lo_mm, hi_mm;
} pel__sheet;

pel_status pel__sheet_new(pel__sheet **out, const pel_mesh *mesh, const pel_look *look,
                          const pel_sheet_params *params);
void pel__sheet_free(pel__sheet *sheet);

/**
 * Fill `number` and `node` for `items` triangles, and `corner`, or points where `is_cloud`; by
 * Morton codes, the same for any machine.
 */
pel_status pel__sheet_tree(pel__sheet *sheet, const pel_mesh *mesh, bool is_cloud);

/** How far points lie from their nearest neighbours, in the median of up to a thousand; 1 where all
 * lie at one place. After pel__sheet_tree(). */
double pel__sheet_spacing(const pel__sheet *sheet);

/** Where a ray meets a triangle or a point. */
typedef struct pel__fragment {
    double mm, at;    /* along the ray; in steps */
    int sheet;        /* -1: before all */
    int64_t triangle; /* of the mesh; of a cloud the point */
    int64_t place;    /* of it in the tree's order */
    double share[3];  /* of its corners; sum 1 */
} pel__fragment;

/**
 * The first one behind `after`, by distance, then sheet, then triangle; false: there is none.
 * Neighbours leave no gap and meet no ray twice: edges are decided exactly (Woop et al. 2013),
 * those on the ray by a rule that one side has. A ball is met where the ray enters it.
 */
bool pel__sheet_next(pel__fragment *out, const pel_scene *scene, const pel__sight *sight,
                     const pel__fragment *after);

/** Does the ray meet the ball or the disc of a point? */
bool pel__point_meets(pel__fragment *out, const pel__sheet *sheet, const pel__sight *sight,
                      int64_t place);

/** Unit normal of a point's own shape where it is met. */
void pel__point_normal(float out[3], const pel__sheet *sheet, const pel__sight *sight,
                       const pel__fragment *at);

/** How far from its middle a point reaches at most, in mm. */
double pel__point_reach(const pel__sheet *sheet, const pel_camera *camera);

/** How much of the pixel the lines along a triangle's edges cover, 0 to 1. */
double pel__line_share(const pel__sheet *sheet, const pel__sight *sight, const pel__fragment *at);

/** Colour (not premultiplied) and alpha, unit normal of the triangle and value (NaN: none) there.
 */
void pel__sheet_shade(float rgba[4], float normal[3], float *value, const pel_scene *scene,
                      const pel__sight *sight, const pel__fragment *at);

/** How wide a pixel is at a place, across the way there, in mm. */
static inline double pel__pixel_mm(const pel_camera *camera, pel_vec3 at)
{
    return camera->perspective
               ? pel__dot(pel__minus(at, camera->eye_mm), camera->forward) / camera->focal_px
               : camera->mm_per_pixel;
}

static inline pel_vec3 pel__sheet_point(const pel__sheet *sheet, int64_t point)
{
    const float *p = sheet->point[point];
    return (pel_vec3){ (double)p[0], (double)p[1], (double)p[2] };
}

#endif
