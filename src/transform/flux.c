/* SPDX-License-Identifier: Apache-2.0 */
/* flux.c: means over balls by runs of rows, and what a tube then gives. */
#include "transform/flux.h"

#include <math.h>

#include "base/exact.h"
#include "base/job.h"
#include "base/maths.h"
#include "base/memory.h"
#include "base/status.h"
#include "kernels/kernels.h"

enum { SOFT = 4, MOST_TAPS = 65535 }; /* balls of four radii make one with a soft surface */

/* voxels -half to half of the row `j` rows and `k` slices away, `times` times */
typedef struct ball_run {
    int j, k, half, times;
} ball_run;

typedef struct ball {
    int reach[3], runs;
    int32_t taps; // voxels, with how often they count
    ball_run *run;
} ball;

double pel__flux_sigma_mm(const double edge_mm[3], double radius_mm)
{
    return fmax(0.2 * radius_mm, fmin(edge_mm[0], fmin(edge_mm[1], edge_mm[2])));
}

/* ---- the ball ---- */

static bool is_inside(const double edge_mm[3], int i, int j, int k, double radius_mm)
{
    double x = i * edge_mm[0], y = j * edge_mm[1], z = k * edge_mm[2];
    x *= x;
    y *= y;
    z *= z;
    // smallest first, so that axes in another order give the same sum
    double least = fmin(x, fmin(y, z)), most = fmax(x, fmax(y, z));
    double middle = fmax(fmin(x, y), fmin(fmax(x, y), z));
    return least + middle + most <= radius_mm * radius_mm;
}

// the runs of one row, equal ones as one
static void add_row(ball *b, const double edge_mm[3], int j, int k, const double radius_mm[SOFT])
{
    for (int r = 0; r < SOFT; r++) {
        int half = -1;
        while (half < b->reach[0] && is_inside(edge_mm, half + 1, j, k, radius_mm[r]))
            half++;
        if (half < 0)
            continue;
        b->taps += 2 * half + 1;
        if (b->runs && b->run[b->runs - 1].j == j && b->run[b->runs - 1].k == k &&
            b->run[b->runs - 1].half == half)
            b->run[b->runs - 1].times++;
        else
            b->run[b->runs++] = (ball_run){ j, k, half, 1 };
    }
}

static pel_status make_ball(ball *out, const pel__levels *in, const double edge_mm[3],
                            double radius_mm)
{
    double finest = pel__flux_sigma_mm(edge_mm, 0), radii[SOFT], voxels = SOFT * 4.2;
    *out = (ball){ 0 };
    for (int r = 0; r < SOFT; r++)
        radii[r] = fmax(radius_mm + finest * ((r + 0.5) / SOFT - 0.5), 0);
    for (int a = 0; a < 3; a++) {
        double reach = in->dims[a] > 1 ? floor(radii[SOFT - 1] / edge_mm[a]) : 0;
        voxels *= reach + 1;
        out->reach[a] = (int)fmin(reach, 1000);
    }
    if (voxels > MOST_TAPS)
        return pel__fail(PEL_EPARAM, "--method oof takes scales of up to 10 voxels; take smaller "
                                     "ones, or fewer voxels with --resize");
    int64_t rows = (2 * (int64_t)out->reach[1] + 1) * (2 * (int64_t)out->reach[2] + 1);
    pel_status s = pel__alloc(&out->run, SOFT * rows, sizeof *out->run, "a ball");
    for (int k = -out->reach[2]; s == PEL_OK && k <= out->reach[2]; k++)
        for (int j = -out->reach[1]; j <= out->reach[1]; j++)
            add_row(out, edge_mm, j, k, radii);
    return s;
}

/* ---- means ---- */

typedef struct averaging {
    const ball *ball;
    const pel__levels *in;
    pel__levels *out;
} averaging;

/* sums of rows from their beginning, in a ring of rows and all slices of the ball */
typedef struct prefix {
    int32_t *sum;
    int64_t stride, slices, ring, next;
} prefix;

static int64_t mirrored(int64_t at, int64_t count)
{
    int64_t period = 2 * count;
    at %= period;
    at = at < 0 ? at + period : at;
    return at < count ? at : period - 1 - at;
}

static int32_t *prefix_row(const prefix *p, int64_t j, int64_t slice)
{
    return p->sum + (j % p->ring * p->slices + slice) * p->stride;
}

// entry n: the sum of voxels before n - reach, mirrored at the ends
static void sum_row(int32_t *sum, const int16_t *level, int64_t count, int reach)
{
    sum[0] = 0;
    for (int64_t n = 0; n < count + 2 * reach; n++) {
        int64_t at = n - reach;
        at = at >= 0 && at < count ? at : mirrored(at, count);
        sum[n + 1] = sum[n] + level[at];
    }
}

static void sum_rows(prefix *p, const averaging *a, int64_t k, int64_t j)
{
    const int64_t *n = a->in->dims;
    const int *reach = a->ball->reach;
    for (int64_t s = 0; s < p->slices; s++)
        sum_row(prefix_row(p, j, s),
                a->in->level + (mirrored(k + s - reach[2], n[2]) * n[1] + j) * n[0], n[0],
                reach[0]);
}

static void average_row(int16_t *out, int32_t *sum, const prefix *p, const averaging *a, int64_t j)
{
    const ball *b = a->ball;
    int64_t count = a->in->dims[0];
    double by = 1.0 / b->taps;
    for (int64_t i = 0; i < count; i++)
        sum[i] = 0;
    for (int r = 0; r < b->runs; r++) {
        const ball_run *run = &b->run[r];
        const int32_t *row =
            prefix_row(p, mirrored(j + run->j, a->in->dims[1]), run->k + b->reach[2]);
        pel__kernels_get()->hessian.runs(sum, row + b->reach[0] - run->half,
                                         row + b->reach[0] + run->half + 1, run->times, count);
    }
    for (int64_t i = 0; i < count; i++)
        out[i] = (int16_t)floor(sum[i] * by + 0.5);
}

static pel_status average_slice(void *user, int64_t k)
{
    const averaging *a = user;
    const int64_t *n = a->in->dims;
    const int *reach = a->ball->reach;
    int32_t *sum;
    prefix p = { .stride = n[0] + 2 * (int64_t)reach[0] + 1 + PEL__HESSIAN_PAD,
                 .slices = 2 * (int64_t)reach[2] + 1,
                 .ring = 2 * (int64_t)reach[1] + 1 };
    p.ring = p.ring < n[1] ? p.ring : n[1];
    pel_status s = pel__alloc_zero(&p.sum, p.ring * p.slices * p.stride, sizeof *p.sum, "rows");
    if (s == PEL_OK)
        s = pel__alloc_zero(&sum, n[0] + PEL__HESSIAN_PAD, sizeof *sum, "rows");
    for (int64_t j = 0; s == PEL_OK && j < n[1]; j++) {
        int64_t end = p.ring == n[1] || j + reach[1] + 1 > n[1] ? n[1] : j + reach[1] + 1;
        for (; p.next < end; p.next++)
            sum_rows(&p, a, k, p.next);
        average_row(a->out->level + (k * n[1] + j) * n[0], sum, &p, a, j);
    }
    pel__free(p.sum);
    if (s == PEL_OK)
        pel__free(sum);
    return s;
}

pel_status pel__flux_balls(pel__levels *out, const pel__levels *in, const double edge_mm[3],
                           double radius_mm)
{
    ball b;
    int64_t voxels = in->dims[0] * in->dims[1] * in->dims[2];
    *out = *in;
    out->level = NULL;
    pel_status s = make_ball(&b, in, edge_mm, radius_mm);
    if (s == PEL_OK)
        s = pel__alloc_zero(&out->level, voxels + PEL__HESSIAN_PAD, sizeof *out->level, "levels");
    averaging a = { &b, in, out };
    if (s == PEL_OK)
        s = pel__parallel(in->dims[2], average_slice, &a, "balls");
    pel__free(b.run);
    if (s != PEL_OK)
        pel__flux_balls_free(out);
    return s;
}

void pel__flux_balls_free(pel__levels *balls)
{
    pel__free(balls->level);
    *balls = (pel__levels){ 0 };
}

/* ---- a tube ---- */

enum { PARTS = 200 }; /* of an integral */

// e^-x I1(x), I1 the modified Bessel function: its integral over half a turn
static double bessel(double x)
{
    double sum = 0;
    for (int n = 0; n < PARTS; n++) {
        double c = pel__cos_degrees(180 * (n + 0.5) / PARTS);
        sum += pel__exp(x * (c - 1)) * c;
    }
    return sum / PARTS;
}

// the smoothed disc falls by (R/s^2) e^(-(p-R)^2/2s^2) e^-x I1(x), x = pR/s^2, at p from its
// middle; partial integration leaves that slope over the angle at which a sphere has radius p
double pel__flux_of_tube(const double edge_mm[3], double radius_mm)
{
    double sigma_mm = pel__flux_sigma_mm(edge_mm, radius_mm);
    double finest = pel__flux_sigma_mm(edge_mm, 0);
    // voxels are means, are in the ball or not, and its surface is as soft as one is wide
    double blurred_mm = sqrt(sigma_mm * sigma_mm + 3 * finest * finest / 12);
    double sum = 0, ratio = radius_mm / blurred_mm, share = sigma_mm / blurred_mm;
    for (int n = 0; n < PARTS; n++) {
        double sine = pel__sin_degrees(90 * (n + 0.5) / PARTS), off = ratio * (1 - sine);
        sum += sine * sine * pel__exp(-0.5 * off * off) * bessel(ratio * ratio * sine);
    }
    return 1.5 * share * share * sum * (0.5 * PEL_PI / PARTS);
}
