/* SPDX-License-Identifier: Apache-2.0 */
/* grid.c: a smooth function kept on a coarse grid: cubic splines between nodes, blurring. */
#include "phantoms/grid.h"

#include <string.h>

#include "base/job.h"
#include "base/memory.h"
#include "kernels/curves.h"
#include "phantoms/shapes.h"

pel_status pel__grid_new(pel__grid *out, pel_vec3 lo_mm, pel_vec3 hi_mm, double step_mm)
{
    const double span[] = { hi_mm.x - lo_mm.x, hi_mm.y - lo_mm.y, hi_mm.z - lo_mm.z };
    *out = (pel__grid){ .origin_mm = lo_mm, .step_mm = step_mm };
    for (int a = 0; a < 3; a++)
        out->n[a] = (int64_t)(span[a] / step_mm) + 2;
    return pel__alloc_zero(&out->value, out->n[0] * out->n[1] * out->n[2], sizeof(float),
                           "a grid of a phantom");
}

void pel__grid_free(pel__grid *grid)
{
    pel__free(grid->value);
    *grid = (pel__grid){ 0 };
}

pel_vec3 pel__grid_node(const pel__grid *grid, int64_t node)
{
    int64_t i = node % grid->n[0], j = node / grid->n[0] % grid->n[1],
            k = node / grid->n[0] / grid->n[1];
    return (pel_vec3){ grid->origin_mm.x + grid->step_mm * (double)i,
                       grid->origin_mm.y + grid->step_mm * (double)j,
                       grid->origin_mm.z + grid->step_mm * (double)k };
}

/* the four weights of a cubic B-spline along an axis, of its slope, and the first node */
typedef struct taps {
    float w[4], d[4];
    int64_t first;
} taps;

static taps taps_at(double at, int64_t n)
{
    at = pel__within(at, 1, (double)(n - 3) - 1e-9);
    int64_t cell = (int64_t)at;
    float t = (float)(at - (double)cell), u = 1 - t;
    return (taps){
        .w = { u * u * u / 6, (4 - 6 * t * t + 3 * t * t * t) / 6,
               (4 - 6 * u * u + 3 * u * u * u) / 6, t * t * t / 6 },
        .d = { -u * u / 2, (3 * t * t - 4 * t) / 2, (4 * u - 3 * u * u) / 2, t * t / 2 },
        .first = cell - 1,
    };
}

double pel__grid_at(const pel__grid *grid, pel_vec3 at_mm, pel_vec3 *gradient)
{
    double scale = 1 / grid->step_mm;
    taps x = taps_at((at_mm.x - grid->origin_mm.x) * scale, grid->n[0]),
         y = taps_at((at_mm.y - grid->origin_mm.y) * scale, grid->n[1]),
         z = taps_at((at_mm.z - grid->origin_mm.z) * scale, grid->n[2]);
    float value = 0, gx = 0, gy = 0, gz = 0;
    for (int k = 0; k < 4; k++) {
        const float *row =
            grid->value + ((z.first + k) * grid->n[1] + y.first) * grid->n[0] + x.first;
        // along x for four rows at once, then along y
        float v = 0, vx = 0, vy = 0;
        for (int j = 0; j < 4; j++, row += grid->n[0]) {
            float a = row[0] * x.w[0] + row[1] * x.w[1] + row[2] * x.w[2] + row[3] * x.w[3];
            float b = row[0] * x.d[0] + row[1] * x.d[1] + row[2] * x.d[2] + row[3] * x.d[3];
            v += a * y.w[j];
            vy += a * y.d[j];
            vx += b * y.w[j];
        }
        value += v * z.w[k];
        gz += v * z.d[k];
        gx += vx * z.w[k];
        gy += vy * z.w[k];
    }
    *gradient = (pel_vec3){ scale * (double)gx, scale * (double)gy, scale * (double)gz };
    return (double)value;
}

/* ---- blur ---- */

enum { MOST_TAPS = 16 };

typedef struct pass {
    const float *in;
    float *out;
    int64_t n[3], stride; // of the axis
    int axis, reach;
    float w[MOST_TAPS + 1];
} pass;

static pel_status blur_row(void *user, int64_t row)
{
    const pass *p = user;
    int64_t base = row * p->n[0];
    const int64_t at[3] = { 0, row % p->n[1], row / p->n[1] };
    float *out = p->out + base;
    const float *in = p->in + base;
    for (int64_t i = 0; i < p->n[0]; i++)
        out[i] = in[i] * p->w[0];
    for (int t = 1; t <= p->reach; t++) {
        int64_t from = p->axis ? 0 : t, to = p->n[0] - (p->axis ? 0 : t);
        bool below = p->axis == 0 || at[p->axis] >= t,
             above = p->axis == 0 || at[p->axis] + t < p->n[p->axis];
        for (int64_t i = from; below && i < p->n[0]; i++)
            out[i] += p->w[t] * in[i - t * p->stride];
        for (int64_t i = 0; above && i < to; i++)
            out[i] += p->w[t] * in[i + t * p->stride];
    }
    return PEL_OK;
}

pel_status pel__grid_blur(const pel__grid *grid, float *scratch, double sigma_mm)
{
    pass p = { .n = { grid->n[0], grid->n[1], grid->n[2] } };
    double sigma = sigma_mm / grid->step_mm, sum = 0, w[MOST_TAPS + 1];
    p.reach = (int)pel__smaller(3 * sigma + 1, MOST_TAPS);
    for (int t = 0; t <= p.reach; t++) {
        w[t] = pel__exp2(-0.72134752044 * t * t / (sigma * sigma)); // log2(e)/2
        sum += t ? 2 * w[t] : w[t];
    }
    for (int t = 0; t <= p.reach; t++)
        p.w[t] = (float)(w[t] / sum);
    const int64_t stride[] = { 1, p.n[0], p.n[0] * p.n[1] };
    pel_status s = PEL_OK;
    float *from = grid->value, *to = scratch;
    for (p.axis = 0; p.axis < 3 && s == PEL_OK; p.axis++) {
        p.in = from;
        p.out = to;
        p.stride = stride[p.axis];
        s = pel__parallel(p.n[1] * p.n[2], blur_row, &p, NULL);
        float *swap = from;
        from = to;
        to = swap;
    }
    // three passes end in the scratch
    memcpy(grid->value, scratch, (size_t)(p.n[0] * p.n[1] * p.n[2]) * sizeof(float));
    return s;
}
