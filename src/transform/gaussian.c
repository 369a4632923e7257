/* SPDX-License-Identifier: Apache-2.0 */
/* gaussian.c: a volume smoothed by a Gaussian, axis by axis. */
#include <math.h>
#include <string.h>

#include <pellucid/transform.h>

#include "base/exact.h"
#include "base/job.h"
#include "base/memory.h"
#include "base/params.h"
#include "base/status.h"
#include "kernels/kernels.h"
#include "volume/volume.h"

static const pel_param table[] = {
    PEL_LENGTH(pel_gaussian_params, sigma, "1vx", 0, 1e6, "standard deviation"),
};
static int64_t plan(const void *params, const pel_volume *shape);
static int64_t halo(const void *params);
const pel_schema pel_gaussian_schema = { .name = "gaussian",
                                         .summary = "a volume smoothed by a Gaussian",
                                         .params_size = sizeof(pel_gaussian_params),
                                         .params = table,
                                         .count = (int)(sizeof table / sizeof *table),
                                         .halo = halo,
                                         .plan = plan };

pel_gaussian_params pel_gaussian_defaults(void)
{
    pel_gaussian_params params;
    pel_schema_defaults(&pel_gaussian_schema, &params);
    return params;
}

/* weights of one axis: [0] of the middle, [t] of both voxels t away; reach 0: nothing to do */
typedef struct bell {
    int reach;
    float *weight; // owned
} bell;

typedef struct smoothing {
    const pel_volume *in;
    float *out;
    double slope, inter;
    bell bell[3];
} smoothing;

static const double MOST_SIGMA = 2000; /* voxels */

static int reach_of(double sigma)
{
    return (int)(4 * sigma + 0.5);
}

// sampled at the voxel centres, cut at four sigma, adding up to 1
static pel_status set_bell(bell *out, double sigma)
{
    out->reach = reach_of(sigma);
    pel_status s = pel__alloc(&out->weight, out->reach + 1, sizeof *out->weight, "weights");
    if (s != PEL_OK)
        return s;
    double sum = 0;
    for (int pass = 0; pass < 2; pass++)
        for (int t = 0; t <= out->reach; t++) {
            double w = out->reach ? pel__exp(-0.5 * t * t / (sigma * sigma)) : 1;
            if (pass)
                out->weight[t] = (float)(w / sum);
            else
                sum += t ? 2 * w : w;
        }
    return PEL_OK;
}

static pel_status set_bells(smoothing *m, pel_length sigma)
{
    pel_vec3 mm = pel_volume_spacing_mm(m->in);
    const double edge[3] = { mm.x, mm.y, mm.z };
    if (sigma.unit != PEL_MM && sigma.unit != PEL_VX)
        return pel__fail(PEL_EPARAM, "a Gaussian has a width in mm, or in voxels as 2vx");
    pel_status s = PEL_OK;
    for (int a = 0; a < 3 && s == PEL_OK; a++) {
        double voxels = sigma.unit == PEL_VX ? sigma.value : sigma.value / edge[a];
        if (!(voxels >= 0 && voxels <= MOST_SIGMA))
            return pel__fail(PEL_EPARAM,
                             "a Gaussian of more than %g voxels, or of voxels without "
                             "a size; take a smaller one",
                             MOST_SIGMA);
        s = set_bell(&m->bell[a], m->in->dims[a] > 1 ? voxels : 0);
    }
    return s;
}

// place `at` of an axis that goes on beyond its ends as its mirror image, end voxels twice
static int64_t mirrored(int64_t at, int64_t count)
{
    int64_t period = 2 * count;
    at %= period;
    at = at < 0 ? at + period : at;
    return at < count ? at : period - 1 - at;
}

/* ---- along i ---- */

static void smooth_row(float *out, float *wide, const float **tap, const bell *b, int64_t count)
{
    for (int64_t i = 0; i < count; i++)
        wide[b->reach + i] = out[i];
    for (int64_t t = 1; t <= b->reach; t++) {
        wide[b->reach - t] = out[mirrored(-t, count)];
        wide[b->reach + count - 1 + t] = out[mirrored(count - 1 + t, count)];
    }
    for (int t = 0; t <= 2 * b->reach; t++)
        tap[t] = wide + t;
    pel__kernels_get()->weigh(out, tap + b->reach, b->weight, b->reach, count);
}

/* ---- along j and k: rows of a sheet are summed as wholes ---- */

// `rows` rows of `count` floats, `stride` apart, each smoothed over its neighbours
static void smooth_sheet(float *sheet, float *copy, const float **tap, const bell *b, int64_t rows,
                         int64_t count, int64_t stride)
{
    for (int64_t r = 0; r < rows; r++)
        memcpy(copy + r * count, sheet + r * stride, (size_t)count * sizeof *copy);
    for (int64_t r = 0; r < rows; r++) {
        for (int t = -b->reach; t <= b->reach; t++)
            tap[t + b->reach] = copy + mirrored(r + t, rows) * count;
        pel__kernels_get()->weigh(sheet + r * stride, tap + b->reach, b->weight, b->reach, count);
    }
}

static pel_status scratch(float **copy, const float ***tap, int64_t floats, int reach)
{
    *copy = NULL;
    *tap = NULL;
    pel_status s = pel__alloc(copy, floats, sizeof **copy, "smoothing");
    return s == PEL_OK ? pel__alloc(tap, 2 * (int64_t)reach + 1, sizeof **tap, "smoothing") : s;
}

static int64_t slice_scratch(const int64_t dims[3], const bell *i)
{
    int64_t row = dims[0] + 2 * (int64_t)i->reach, slice = dims[0] * dims[1];
    return row > slice ? row : slice;
}

// a slice becomes values, then smooth along i and j
static pel_status smooth_slice(void *user, int64_t s)
{
    const smoothing *m = user;
    const int64_t *n = m->in->dims;
    const bell *bi = &m->bell[0], *bj = &m->bell[1];
    int64_t count = n[0] * n[1];
    float *slice = m->out + s * count, *copy;
    const float **tap;
    pel_status status =
        scratch(&copy, &tap, slice_scratch(n, bi), bi->reach > bj->reach ? bi->reach : bj->reach);
    if (status == PEL_OK) {
        const char *in = (const char *)m->in->data + s * count * pel_dtype_bytes(m->in->dtype);
        pel_values_from_stored(slice, in, m->in->dtype, count, m->slope, m->inter);
        for (int64_t j = 0; j < n[1] && bi->reach; j++)
            smooth_row(slice + j * n[0], copy, tap, bi, n[0]);
        if (bj->reach)
            smooth_sheet(slice, copy, tap, bj, n[1], n[0], n[0]);
    }
    pel__free(copy);
    pel__free(tap);
    return status;
}

static pel_status smooth_across(void *user, int64_t item)
{
    const smoothing *m = user;
    const int64_t *n = m->in->dims;
    float *copy;
    const float **tap;
    int64_t frame = item / n[1], j = item % n[1];
    pel_status s = scratch(&copy, &tap, n[0] * n[2], m->bell[2].reach);
    if (s == PEL_OK)
        smooth_sheet(m->out + (frame * n[2] * n[1] + j) * n[0], copy, tap, &m->bell[2], n[2], n[0],
                     n[0] * n[1]);
    pel__free(copy);
    pel__free(tap);
    return s;
}

pel_status pel_gaussian(pel_volume *out, const pel_volume *in, const pel_gaussian_params *params)
{
    smoothing m = { .in = in };
    *out = (pel_volume){ 0 };
    pel_status s = pel_schema_check(&pel_gaussian_schema, params);
    if (s == PEL_OK)
        s = pel__volume_check_shape(in, "a volume");
    if (s == PEL_OK && pel__volume_channels(in) != 1)
        s = pel__fail(PEL_EDATA, "has several channels; choose one with --channel");
    if (s == PEL_OK)
        s = set_bells(&m, params->sigma);
    if (s == PEL_OK)
        s = pel_volume_like(out, in, PEL_FLOAT32);
    if (s == PEL_OK) {
        m.out = out->data;
        pel__volume_scale(in, &m.slope, &m.inter);
        s = pel__parallel(in->dims[2] * pel__volume_frames(in), smooth_slice, &m, "smoothing");
    }
    if (s == PEL_OK && m.bell[2].reach)
        s = pel__parallel(in->dims[1] * pel__volume_frames(in), smooth_across, &m, "smoothing");
    for (int a = 0; a < 3; a++)
        pel__free(m.bell[a].weight);
    if (s != PEL_OK)
        pel_volume_free(out);
    return s;
}

static int64_t halo(const void *params)
{
    const pel_gaussian_params *p = params;
    return p->sigma.unit == PEL_VX ? reach_of(p->sigma.value) : -1;
}

static int64_t plan(const void *params, const pel_volume *shape)
{
    const pel_gaussian_params *p = params;
    pel_vec3 mm = pel_volume_spacing_mm(shape);
    double sigma =
        p->sigma.unit == PEL_VX ? p->sigma.value : p->sigma.value / fmin(mm.x, fmin(mm.y, mm.z));
    if (!(sigma >= 0 && sigma <= MOST_SIGMA))
        return -1;
    bell b = { reach_of(sigma), NULL };
    int64_t along = slice_scratch(shape->dims, &b), across = shape->dims[0] * shape->dims[2];
    int64_t each = 4 * (along > across ? along : across) + 16 * ((int64_t)b.reach + 1);
    return 4 * pel_volume_count(shape) + pel__threads() * each;
}
