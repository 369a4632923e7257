/* SPDX-License-Identifier: Apache-2.0 */
/* raycast_fast.h: one volume's pictures by packets of rays and fixed point. */
#ifndef PEL_SEE_RAYCAST_FAST_H
#define PEL_SEE_RAYCAST_FAST_H

#include <math.h>

#include "kernels/cast.h"
#include "see/raycast.h"

enum { PEL__FAST_TABLE = 4096, PEL__FAST_WEIGHT = 1 << PEL__CAST_WEIGHT_BITS };

/** A body made ready for the kernels. */
struct pel__fast {
    pel__caster cast;
    pel__cast_way way;
    float (*rgba)[4]; /* owned, as all that follow: entries from 0 to PEL__FAST_TABLE */
    float *thickness;
    float *power, *factor;
    uint8_t *distance; /* composite: per cell, see pel__caster */
    float *bound;      /* mip, minip */
};

/** NULL where only the float path can draw what is asked for. */
pel_status pel__fast_new(pel__fast **out, const pel_scene *scene, const pel__body *body);
void pel__fast_free(pel__fast *fast);

/** Bytes of all that for a volume of this shape, at most. */
int64_t pel__fast_bytes(const pel_volume *shape);

/** Can the kernels draw all of a scene, one volume and meshes between? Then it has no layers. */
bool pel__fast_is_for(const pel_scene *scene);

/** What the rays of `count` picture points, at most PEL__CAST_LANES and best side by side, find;
 * see pel__sight for the footprint. */
void pel__fast_cast(pel__found *out, const pel_scene *scene, const pel_camera *camera,
                    const double (*uv)[2], int count, double footprint);

/** Draw pixels x0 to x1 - 1 of rows y0 to y1 - 1; adds to the number of samples. */
void pel__fast_tile(pel_image *image, const pel_scene *scene, const pel_camera *camera,
                    const int64_t box[4], int64_t *samples);

/** The value that a number of the kernels stands for. */
static inline double pel__fast_value(const pel__field *f, double number)
{
    if (f->kind == PEL__KIND_F32)
        return number;
    return f->slope * (number / PEL__FAST_WEIGHT + f->bias) + f->inter;
}

/** Value per number. */
static inline double pel__fast_unit(const pel__field *f)
{
    return f->kind == PEL__KIND_F32 ? 1 : f->slope / PEL__FAST_WEIGHT;
}

/** How a gradient by indices, twice too long and in numbers, becomes one in the world. */
static inline double pel__fast_gradient_unit(const pel__field *f)
{
    return 0.5 * fabs(pel__fast_unit(f));
}

#endif
