/* SPDX-License-Identifier: Apache-2.0 */
/* head.h: the head scene inside: brush, scalp and skull, brain, vessels. */
#ifndef PEL_PHANTOMS_HEAD_H
#define PEL_PHANTOMS_HEAD_H

#include "phantoms/brain.h"
#include "phantoms/rods.h"
#include "phantoms/scene.h"
#include "phantoms/tissue.h"

/** Lays one tissue over another; edges are smooth ramps, so a voxel holds what it
 * covers of each, seen through a scanner. */
typedef struct pel__brush {
    const double *of_tissue; /* values */
    double edge;             /* width of the ramps, in usual mm */
    double cover;            /* distance to what all that is laid must stay inside of */
    double value;
    int label;
} pel__brush;

static inline void pel__lay(pel__brush *b, double distance, int tissue)
{
    distance = pel__larger(distance, b->cover);
    double part = pel__inside(distance, b->edge);
    if (part > 0)
        b->value += part * part * (3 - 2 * part) * (b->of_tissue[tissue] - b->value);
    if (distance <= 0)
        b->label = tissue;
}

/* in what follows `p` is a point in usual mm and `m` the same with x made positive */

double pel__skin_at(pel_vec3 p, pel_vec3 m);
double pel__cavity_at(pel_vec3 p, pel_vec3 m); /* the inside of the skull */

/** Skin, fat, muscle, skull and face; not the inside of the skull. False: the point is in air. */
bool pel__lay_scalp(pel__brush *b, const pel__person *who, pel_vec3 p, double cavity);

#endif
