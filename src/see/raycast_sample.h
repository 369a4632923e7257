/* SPDX-License-Identifier: Apache-2.0 */
/* raycast_sample.h: what a body's field is at a point: value, gradient, cell; float32 throughout.
 */
#ifndef PEL_SEE_RAYCAST_SAMPLE_H
#define PEL_SEE_RAYCAST_SAMPLE_H

#include "see/raycast.h"

/** Where a sample lies among the voxels. */
typedef struct pel__spot {
    int64_t voxel; /* index of the lower corner */
    float t[3];    /* way to the upper one */
} pel__spot;

/** The spot at a padded position; returns its cell. */
static inline int64_t pel__locate(pel__spot *out, const pel__field *f, const float p[3])
{
    int i[3];
    for (int a = 0; a < 3; a++) {
        i[a] = (int)p[a];
        out->t[a] = p[a] - (float)i[a];
    }
    out->voxel = i[2] * f->plane + i[1] * f->row + i[0];
    return ((int64_t)(i[2] >> PEL__CELL_BITS) * f->cells[1] + (i[1] >> PEL__CELL_BITS)) *
               f->cells[0] +
           (i[0] >> PEL__CELL_BITS);
}

static inline float pel__mix(float a, float b, float t)
{
    return a + t * (b - a);
}

static inline float pel__trilinear(const pel__field *f, const pel__spot *at)
{
    const float *v = f->value + at->voxel, *y = v + f->row, *z = v + f->plane, *yz = z + f->row;
    float a = pel__mix(pel__mix(v[0], v[1], at->t[0]), pel__mix(y[0], y[1], at->t[0]), at->t[1]);
    float b = pel__mix(pel__mix(z[0], z[1], at->t[0]), pel__mix(yz[0], yz[1], at->t[0]), at->t[1]);
    return pel__mix(a, b, at->t[2]);
}

static inline float pel__nearest(const pel__field *f, const pel__spot *at)
{
    return f->value[at->voxel + (at->t[0] >= 0.5f) + (at->t[1] >= 0.5f) * f->row +
                    (at->t[2] >= 0.5f) * f->plane];
}

static inline float pel__dot3(const float a[3], const float b[3])
{
    return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
}

// the difference of the interpolated field one voxel to each side, by the corners' own lines
static inline float pel__slope_along(const float *v, int64_t along, int64_t u, int64_t w,
                                     const float t, const float tu, const float tw)
{
    float corner[4];
    for (int c = 0; c < 4; c++) {
        const float *p = v + (c & 1 ? u : 0) + (c & 2 ? w : 0);
        corner[c] = pel__mix(p[along], p[2 * along], t) - pel__mix(p[-along], p[0], t);
    }
    return 0.5f *
           pel__mix(pel__mix(corner[0], corner[1], tu), pel__mix(corner[2], corner[3], tu), tw);
}

// a gradient by voxel indices as one by world mm
static inline void pel__to_world(float out[3], const pel__body *body, const float g[3])
{
    for (int r = 0; r < 3; r++) {
        out[r] = 0;
        for (int a = 0; a < 3; a++)
            out[r] += (float)body->ijk_from_mm.m[a][r] * g[a];
    }
}

// gradient in world axes, value per mm
static inline void pel__gradient(float out[3], const pel__body *body, const pel__spot *at)
{
    const pel__field *f = &body->field;
    const float *v = f->value + at->voxel;
    float g[3] = { pel__slope_along(v, 1, f->row, f->plane, at->t[0], at->t[1], at->t[2]),
                   pel__slope_along(v, f->row, 1, f->plane, at->t[1], at->t[0], at->t[2]),
                   pel__slope_along(v, f->plane, 1, f->row, at->t[2], at->t[0], at->t[1]) };
    pel__to_world(out, body, g);
}

#endif
