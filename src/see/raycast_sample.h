/* SPDX-License-Identifier: Apache-2.0 */
/* raycast_sample.h: what a body's field is at a point: value, gradient, cell; float32 throughout.
 */
#ifndef PEL_SEE_RAYCAST_SAMPLE_H
#define PEL_SEE_RAYCAST_SAMPLE_H

#include <math.h>

#include "see/raycast.h"

/** Where a sample lies among the voxels. */
typedef struct pel__spot {
    int64_t ijk[3]; /* the lower corner */
    float t[3];     /* way to the upper one */
    const char *at; /* the lower corner in its brick */
} pel__spot;

/** The spot at a position, counted from PEL__PAD voxels before the first one; returns its cell. */
static inline int64_t pel__locate(pel__spot *out, const pel__field *f, const float p[3])
{
    for (int a = 0; a < 3; a++) {
        int i = (int)p[a];
        out->ijk[a] = i - PEL__PAD;
        out->t[a] = p[a] - (float)i;
    }
    out->at = pel__field_at(f, out->ijk);
    return pel__field_cell(f, out->ijk);
}

static inline float pel__mix(float a, float b, float t)
{
    return a + t * (b - a);
}

static inline float pel__trilinear(const pel__field *f, const pel__spot *at)
{
    float v[4][2];
    for (int r = 0; r < 4; r++)
        pel__field_row(v[r], f, at->at, (r & 1 ? f->row : 0) + (r & 2 ? f->plane : 0), 2);
    const float *t = at->t;
    float a = pel__mix(pel__mix(v[0][0], v[0][1], t[0]), pel__mix(v[1][0], v[1][1], t[0]), t[1]);
    float b = pel__mix(pel__mix(v[2][0], v[2][1], t[0]), pel__mix(v[3][0], v[3][1], t[0]), t[1]);
    return pel__mix(a, b, t[2]);
}

static inline float pel__nearest(const pel__field *f, const pel__spot *at)
{
    float v;
    pel__field_row(&v, f, at->at,
                   (at->t[0] >= 0.5f) + (at->t[1] >= 0.5f) * f->row + (at->t[2] >= 0.5f) * f->plane,
                   1);
    return v;
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
    float around[4][4][4];
    for (int z = 0; z < 4; z++)
        for (int y = 0; y < 4; y++)
            pel__field_row(around[z][y], f, at->at, (z - 1) * f->plane + (y - 1) * f->row - 1, 4);
    const float *v = &around[1][1][1];
    float g[3] = { pel__slope_along(v, 1, 4, 16, at->t[0], at->t[1], at->t[2]),
                   pel__slope_along(v, 4, 1, 16, at->t[1], at->t[0], at->t[2]),
                   pel__slope_along(v, 16, 1, 4, at->t[2], at->t[0], at->t[1]) };
    pel__to_world(out, body, g);
}

// a cubic B-spline and its slope at the four voxels around
static inline void pel__spline(float w[4], float slope[4], float t)
{
    float u = 1 - t;
    w[0] = u * u * u / 6;
    w[1] = (3 * t * t * t - 6 * t * t + 4) / 6;
    w[2] = (3 * u * u * u - 6 * u * u + 4) / 6;
    w[3] = t * t * t / 6;
    slope[0] = -u * u / 2;
    slope[1] = (3 * t * t - 4 * t) / 2;
    slope[2] = (4 * u - 3 * u * u) / 2;
    slope[3] = t * t / 2;
}

// the gradient of where this label is, smoothed by a cubic B-spline: labels have sharp edges and
// smooth light
static inline void pel__mask_gradient(float out[3], const pel__body *body, const pel__spot *at,
                                      float label)
{
    const pel__field *f = &body->field;
    float w[3][4], slope[3][4], row[4], g[3] = { 0 };
    for (int a = 0; a < 3; a++)
        pel__spline(w[a], slope[a], at->t[a]);
    for (int z = 0; z < 4; z++)
        for (int y = 0; y < 4; y++) {
            float along = 0, across = 0;
            pel__field_row(row, f, at->at, (z - 1) * f->plane + (y - 1) * f->row - 1, 4);
            for (int x = 0; x < 4; x++) {
                along += row[x] == label ? slope[0][x] : 0;
                across += row[x] == label ? w[0][x] : 0;
            }
            g[0] += along * w[1][y] * w[2][z];
            g[1] += across * slope[1][y] * w[2][z];
            g[2] += across * w[1][y] * slope[2][z];
        }
    pel__to_world(out, body, g);
}

/** Light on the face a run begins at, never less than half so that the data stay legible; 0: no
 * face. */
static inline float pel__face_light(const pel__body *body, const pel__ray *ray, const pel__run *run)
{
    float face[3], normal[3] = { (float)run->face[0], (float)run->face[1], (float)run->face[2] };
    pel__to_world(face, body, normal);
    float length = sqrtf(pel__dot3(face, face));
    return length > 0 ? 0.5f + 0.5f * fabsf(pel__dot3(face, ray->light.to_light)) / length : 0;
}

#endif
