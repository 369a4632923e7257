/* SPDX-License-Identifier: Apache-2.0 */
/* vessels.c: how much each voxel looks like a tube, or a sheet, over scales in mm. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include <pellucid/transform.h>

#include "base/exact.h"
#include "base/job.h"
#include "base/maths.h"
#include "base/memory.h"
#include "base/params.h"
#include "base/status.h"
#include "base/text.h"
#include "kernels/kernels.h"
#include "transform/derive.h"
#include "transform/flux.h"
#include "volume/volume.h"

enum { MOST_SCALES = 32, MOST_REACH = 200 };

static const double STEP = 1.25;     /* from scale to scale, at most */
static const double STEP_FLUX = 1.1; /* flux knows radii better */
static const double FINEST = 0.6;    /* of the smallest voxel edge: a finer scale sees no more */
static const double HELD_UP = 0.5;   /* tau of Jerman 2016 */

/* curvature times sigma^2 that a tube, or a sheet, of contrast 1 has at its best scale:
 * exp(-1), and 2 exp(-1/2)/sqrt(2 pi) */
static const double TUBE = 0.36787944117144233, SHEET = 0.48394144903828673;

static const pel_param table[] = {
    PEL_TEXT(pel_vessels_params, scales, "0.4:2.5", "LO:HI[:N]",
             "widths in mm (sigma) looked at: a tube of radius r shows best at 0.7 r"),
    PEL_CHOICE(pel_vessels_params, shape, "tube", "tube|sheet", "vessels, or sheets such as sulci"),
    PEL_CHOICE(pel_vessels_params, polarity, "bright", "bright|dark",
               "whether they are brighter or darker than what is around them"),
    PEL_CHOICE(pel_vessels_params, method, "jerman", "jerman|frangi|oof",
               "Jerman 2016, Frangi 1998, or oriented flux (Law and Chung 2008)"),
    PEL_NUMBER(pel_vessels_params, contrast, NULL, 1e-30, 1e30, "value",
               "of a full vessel over its surroundings; default: from the region's values"),
};
static int64_t plan(const void *params, const pel_volume *shape);
const pel_schema pel_vessels_schema = { .name = "vessels",
                                        .summary = "tubes and sheets over scales in mm",
                                        .params_size = sizeof(pel_vessels_params),
                                        .params = table,
                                        .count = (int)(sizeof table / sizeof *table),
                                        .plan = plan };

pel_vessels_params pel_vessels_defaults(void)
{
    pel_vessels_params params;
    pel_schema_defaults(&pel_vessels_schema, &params);
    return params;
}

/* ---- scales ---- */

typedef struct scales {
    int count;
    double sigma_mm[MOST_SCALES];
} scales;

static pel_status wrong_scales(const char *text)
{
    return pel__fail(PEL_EPARAM,
                     "--scales '%s' wants LO:HI in mm, such as 0.4:2.5, one number, or LO:HI:N "
                     "with N up to %d",
                     text, MOST_SCALES);
}

// lo, hi and how many (0: as many as it takes)
static pel_status parse_scales(double range[2], int64_t *count, const char *text)
{
    char copy[100], *colon, *second = NULL, *third = NULL;
    if (!text || strlen(text) >= sizeof copy)
        return wrong_scales(text ? text : "");
    strcpy(copy, text);
    if ((colon = strchr(copy, ':'))) {
        *colon = 0;
        second = colon + 1;
        if ((colon = strchr(second, ':'))) {
            *colon = 0;
            third = colon + 1;
        }
    }
    *count = second ? 0 : 1;
    bool good = pel__parse_number(&range[0], copy) &&
                pel__parse_number(&range[1], second ? second : copy) &&
                (!third || pel__parse_integer(count, third, 1, MOST_SCALES));
    good = good && range[0] > 0 && range[1] >= range[0] && range[1] < 1e6;
    return good ? PEL_OK : wrong_scales(text);
}

static pel_status set_scales(scales *out, const pel_vessels_params *params, const double edge_mm[3])
{
    double range[2], finest = FINEST * fmin(edge_mm[0], fmin(edge_mm[1], edge_mm[2]));
    int64_t count;
    pel_status s = parse_scales(range, &count, params->scales);
    double step = params->method == PEL_VESSELS_OOF ? STEP_FLUX : STEP;
    if (s != PEL_OK)
        return s;
    if (count != 1 && range[0] < finest)
        range[0] = fmin(finest, range[1]);
    double octaves = pel__log(range[1] / range[0]);
    if (count == 0)
        count = 1 + (int64_t)ceil(octaves / pel__log(step) - 1e-9);
    out->count = (int)(count < MOST_SCALES ? count : MOST_SCALES);
    for (int n = 0; n < out->count; n++)
        out->sigma_mm[n] =
            out->count == 1 ? range[0] : range[0] * pel__exp(octaves * n / (out->count - 1));
    return PEL_OK;
}

// of the largest scale, along each axis
static void reach_of(int reach[3], const int64_t dims[3], const double edge_mm[3], double sigma_mm)
{
    for (int a = 0; a < 3; a++) {
        double voxels = sigma_mm / edge_mm[a];
        reach[a] = dims[a] == 1 ? 0 : voxels < MOST_REACH ? pel__derive_reach(voxels) : INT32_MAX;
    }
}

static pel_status set_edges(double edge_mm[3], const pel_volume *in)
{
    pel_vec3 mm = pel_volume_spacing_mm(in);
    edge_mm[0] = mm.x;
    edge_mm[1] = mm.y;
    edge_mm[2] = mm.z;
    for (int a = 0; a < 3; a++)
        if (!(edge_mm[a] > 1e-9 && edge_mm[a] < 1e9))
            return pel__fail(PEL_EDATA, "vessels want voxels with a size; set --spacing");
    return PEL_OK;
}

static pel_status check_reach(const int reach[3])
{
    for (int a = 0; a < 3; a++)
        if (reach[a] > MOST_REACH)
            return pel__fail(PEL_EPARAM,
                             "--scales go to more than %d voxels; take smaller ones, or fewer "
                             "voxels with --resize",
                             MOST_REACH / 4);
    return PEL_OK;
}

/* ---- one scale ---- */

typedef struct finding {
    const pel_vessels_params *params;
    const pel__levels *levels; // the volume's, or balls' means of them
    pel__derive derive;
    double size; // curvature that counts as full
    int64_t slices, width;
    float *best;    // of all scales so far
    uint8_t *which; // 1 + the scale it came from; NULL: nobody asks
    uint8_t number; // of this scale
} finding;

/* rows of one slice's work */
typedef struct row_work {
    const finding *f;
    double *values; // 3 rows
    float *response;
    int64_t stride;
} row_work;

static int kind_of(const finding *f)
{
    static const int kinds[2][3] = { { PEL__RIDGE_JERMAN, PEL__RIDGE_FRANGI, PEL__RIDGE_FLUX },
                                     { PEL__RIDGE_JERMAN_SHEET, PEL__RIDGE_FRANGI_SHEET,
                                       PEL__RIDGE_FLUX_SHEET } };
    // across a picture a line has one curvature, as a sheet has across a volume
    bool flat = f->slices == 1;
    return kinds[flat || f->params->shape == PEL_SHAPE_SHEET][f->params->method];
}

static void take_row(void *user, double *const sum[6], int64_t first, int64_t count, int64_t row)
{
    const row_work *w = user;
    const finding *f = w->f;
    double *value[3];
    for (int m = 0; m < 3; m++)
        value[m] = w->values + m * w->stride;
    pel__kernels_get()->hessian.eigen(value, (const double *const *)sum, f->derive.scale, count);
    pel__kernels_get()->hessian.ridge[kind_of(f)](w->response, (const double *const *)value,
                                                  f->size, count);
    int64_t at = row * f->width + first;
    const uint8_t *inside = f->levels->inside ? f->levels->inside + at : NULL;
    for (int64_t n = 0; n < count; n++)
        if (w->response[n] > f->best[at + n] && (!inside || inside[n])) {
            f->best[at + n] = w->response[n];
            if (f->which)
                f->which[at + n] = f->number;
        }
}

static pel_status find_slice(void *user, int64_t k)
{
    const finding *f = user;
    row_work w = { .f = f, .stride = (f->width / PEL__HESSIAN_PAD + 1) * PEL__HESSIAN_PAD };
    pel_status s = pel__alloc(&w.values, 3 * w.stride, sizeof *w.values, "rows");
    if (s == PEL_OK)
        s = pel__alloc(&w.response, w.stride, sizeof *w.response, "rows");
    if (s == PEL_OK)
        s = pel__derive_slice(&f->derive, f->levels, k, take_row, &w);
    pel__free(w.values);
    pel__free(w.response);
    return s;
}

static double contrast_of(const pel__levels *levels, const pel_vessels_params *params)
{
    if (!isnan(params->contrast))
        return params->contrast;
    return params->polarity == PEL_POLARITY_DARK ? levels->median - levels->lo
                                                 : levels->hi - levels->median;
}

// Frangi's c is half the norm of a full tube's curvatures; a flat volume has no size
static double size_of(const pel_vessels_params *params, double contrast)
{
    bool sheet = params->shape == PEL_SHAPE_SHEET;
    double full = contrast * (sheet ? SHEET : TUBE);
    if (params->method == PEL_VESSELS_FRANGI)
        full *= sheet ? 0.5 : 0.5 * sqrt(2);
    else
        full *= HELD_UP;
    return full > 0 ? full : 1;
}

static pel_status one_scale(finding *f, double sigma_mm, const double edge_mm[3])
{
    double sign = f->params->polarity == PEL_POLARITY_DARK ? 1 : -1;
    pel_status s =
        pel__derive_new(&f->derive, f->levels->dims, edge_mm, sigma_mm, sign * f->levels->unit);
    char step[40];
    snprintf(step, sizeof step, "scale %.2f mm", sigma_mm);
    if (s == PEL_OK)
        s = pel__parallel(f->slices, find_slice, f, step);
    pel__derive_free(&f->derive);
    return s;
}

// flux through spheres whose radius is that of the tube: the curvature of balls' means
static pel_status one_radius(finding *f, double radius_mm, const double edge_mm[3])
{
    const pel__levels *levels = f->levels;
    double sigma_mm = pel__flux_sigma_mm(edge_mm, radius_mm), size = f->size;
    pel__levels balls;
    pel_status s = pel__flux_balls(&balls, levels, edge_mm, radius_mm);
    if (s != PEL_OK)
        return s;
    f->levels = &balls;
    f->size = pel__flux_of_tube(edge_mm, radius_mm) * size;
    s = one_scale(f, sigma_mm, edge_mm);
    f->levels = levels;
    f->size = size;
    pel__flux_balls_free(&balls);
    return s;
}

/* ---- all of them ---- */

static pel_status all_scales(finding *f, const scales *all, const double edge_mm[3])
{
    pel_status s = PEL_OK;
    for (int n = 0; n < all->count && s == PEL_OK; n++) {
        f->number = (uint8_t)(n + 1);
        s = f->params->method == PEL_VESSELS_OOF
                ? one_radius(f, sqrt(2) * all->sigma_mm[n], edge_mm)
                : one_scale(f, all->sigma_mm[n], edge_mm);
    }
    return s;
}

static pel_status write_scales(pel_volume *scale_mm, const pel_volume *like, const uint8_t *which,
                               const scales *all)
{
    pel_status s = pel_volume_like(scale_mm, like, PEL_FLOAT32);
    float *out = scale_mm->data;
    int64_t count = s == PEL_OK ? pel_volume_count(scale_mm) : 0;
    for (int64_t n = 0; n < count; n++)
        out[n] = which[n] ? (float)all->sigma_mm[which[n] - 1] : 0;
    return s;
}

static pel_status prepare(pel__levels *levels, scales *all, double edge_mm[3], const pel_volume *in,
                          const pel_volume *within, const pel_vessels_params *params)
{
    pel_volume region = { 0 };
    int reach[3];
    pel_status s = set_edges(edge_mm, in);
    if (s == PEL_OK)
        s = set_scales(all, params, edge_mm);
    if (s == PEL_OK) {
        reach_of(reach, in->dims, edge_mm, all->sigma_mm[all->count - 1]);
        s = check_reach(reach);
    }
    if (s == PEL_OK && within)
        s = pel_mask_on_grid(&region, within, in);
    if (s == PEL_OK)
        s = pel__levels_of(levels, in, within ? &region : NULL);
    pel_volume_free(&region);
    if (s == PEL_OK)
        s = pel__levels_extend(levels, reach[0] > reach[1]
                                           ? reach[0] > reach[2] ? reach[0] : reach[2]
                                       : reach[1] > reach[2] ? reach[1]
                                                             : reach[2]);
    return s;
}

static pel_status check(const pel_volume *in, const pel_vessels_params *params)
{
    pel_status s = pel_schema_check(&pel_vessels_schema, params);
    if (s == PEL_OK)
        s = pel__volume_check_single(in, "a volume");
    return s;
}

pel_status pel_vessels(pel_volume *out, pel_volume *scale_mm, const pel_volume *in,
                       const pel_volume *within, const pel_vessels_params *params)
{
    pel__levels levels = { 0 };
    scales all;
    double edge_mm[3];
    finding f = { .params = params, .levels = &levels };
    *out = (pel_volume){ 0 };
    if (scale_mm)
        *scale_mm = (pel_volume){ 0 };
    pel_status s = check(in, params);
    if (s == PEL_OK)
        s = prepare(&levels, &all, edge_mm, in, within, params);
    if (s == PEL_OK)
        s = pel_volume_like(out, in, PEL_FLOAT32);
    if (s == PEL_OK && scale_mm)
        s = pel__alloc_zero(&f.which, pel_volume_count(out), 1, "scales");
    if (s == PEL_OK) {
        f.slices = in->dims[2];
        f.width = in->dims[0];
        f.best = out->data;
        f.size = params->method == PEL_VESSELS_OOF ? contrast_of(&levels, params)
                                                   : size_of(params, contrast_of(&levels, params));
        s = all_scales(&f, &all, edge_mm);
    }
    pel__levels_free(&levels);
    if (s == PEL_OK && scale_mm)
        s = write_scales(scale_mm, out, f.which, &all);
    pel__free(f.which);
    if (s != PEL_OK)
        pel_volume_free(out);
    return s;
}

pel_status pel_vessels_check(const pel_vessels_params *params)
{
    double range[2];
    int64_t count;
    pel_status s = pel_schema_check(&pel_vessels_schema, params);
    return s == PEL_OK ? parse_scales(range, &count, params->scales) : s;
}

// levels, the region and its layers, the response, the scales; balls
static int64_t plan(const void *params, const pel_volume *shape)
{
    const pel_vessels_params *p = params;
    int64_t voxels = shape->dims[0] * shape->dims[1] * shape->dims[2];
    double edge_mm[3];
    scales all;
    int reach[3];
    if (set_edges(edge_mm, shape) != PEL_OK || set_scales(&all, p, edge_mm) != PEL_OK)
        return -1;
    reach_of(reach, shape->dims, edge_mm, all.sigma_mm[all.count - 1]);
    if (check_reach(reach) != PEL_OK)
        return -1;
    int64_t slice = shape->dims[0] * shape->dims[1];
    int64_t reading = pel__threads() * (4 * slice + (1 << 18)) + (1 << 20);
    int64_t each = pel__derive_bytes(shape->dims, reach) + 32 * (shape->dims[0] + 64);
    int64_t balls = p->method == PEL_VESSELS_OOF ? 2 * voxels + pel__threads() * 16 * slice : 0;
    int64_t finding = 4 * voxels + 5 * voxels + balls + pel__threads() * (each + (1 << 16));
    return 2 * voxels + 2 * voxels + (reading > finding ? reading : finding);
}
