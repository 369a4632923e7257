/* SPDX-License-Identifier: Apache-2.0 */
/* raycast_first.h: where a ray first meets a level, and values around that. */
#ifndef PEL_SEE_RAYCAST_FIRST_H
#define PEL_SEE_RAYCAST_FIRST_H

#include "see/raycast.h"

/** Where a ray meets the surface of a body. */
typedef struct pel__hit {
    double at;       /* in steps; INFINITY: nowhere */
    int64_t ijk[3];  /* the voxel (labels), or the lower corner of the cell */
    bool is_face;    /* the ray begins there, inside: a cut, or the volume's own face */
    float facing;    /* light on that face */
    bool has_normal; /* unit, world, from high to low values; of a face, towards the eye */
    float normal[3];
    int64_t cells; /* visited */
} pel__hit;

/**
 * The first point along a ray where the interpolated value is body->level or more; of labels, where
 * a voxel is none of 0. Exact to rounding: depends on no step. False: there is none.
 */
bool pel__first(pel__hit *out, const pel__body *body, const pel__ray *ray);

/** Value of a body `at` steps along a ray; NaN where nothing is, or what is there is cut away. */
float pel__value_at(const pel__body *body, const pel__ray *ray, double at);

/** The value that a hit shows: the level, the label, or what a face lays open. */
float pel__hit_value(const pel__body *body, const pel__ray *ray, const pel__hit *hit);

/** The scene's statistic of values in its band of depths behind `at`; NaN: no value is there. */
float pel__band(const pel_scene *scene, const pel__body *body, const pel__ray *ray, double at,
                int64_t *samples);

#endif
