/* SPDX-License-Identifier: Apache-2.0 */
/* grey.c: values made greatest or least within a ball; morphology of pictures that are no masks. */
#include <math.h>
#include <string.h>

#include <pellucid/transform.h>

#include "base/job.h"
#include "base/memory.h"
#include "base/params.h"
#include "base/status.h"
#include "transform/ball.h"
#include "volume/volume.h"

static const pel_param table[] = {
    PEL_CHOICE(pel_grey_params, operation, "tophat", "erode|dilate|open|close|tophat|blackhat",
               "what is done to the values"),
    PEL_LENGTH(pel_grey_params, radius, "1vx", 0, 1e6, "of the ball"),
};
static int64_t plan(const void *params, const pel_volume *shape);
static int64_t halo(const void *params);
const pel_schema pel_grey_schema = { .name = "grey",
                                     .summary = "values made greatest or least within a ball",
                                     .params_size = sizeof(pel_grey_params),
                                     .params = table,
                                     .count = (int)(sizeof table / sizeof *table),
                                     .halo = halo,
                                     .plan = plan };

pel_grey_params pel_grey_defaults(void)
{
    pel_grey_params params;
    pel_schema_defaults(&pel_grey_schema, &params);
    return params;
}

/* ---- the greatest: rows widened by h, gathered over all rows the ball meets at that h ---- */

typedef struct growing {
    float *out;
    float *wide, *narrow; // the values' greatest within h, and within h - 1, along i
    int64_t dims[3];
    const pel__ball *shape;
    int64_t h;
} growing;

static pel_status widen_slice(void *user, int64_t k)
{
    const growing *g = user;
    int64_t nx = g->dims[0];
    for (int64_t row = k * g->dims[1]; row < (k + 1) * g->dims[1]; row++) {
        const float *in = g->narrow + row * nx;
        float *out = g->wide + row * nx;
        memcpy(out, in, (size_t)nx * sizeof *out);
        for (int64_t i = 1; i < nx; i++)
            out[i] = in[i - 1] > out[i] ? in[i - 1] : out[i];
        for (int64_t i = 0; i + 1 < nx; i++)
            out[i] = in[i + 1] > out[i] ? in[i + 1] : out[i];
    }
    return PEL_OK;
}

static void gather_row(const growing *g, int64_t j, int64_t k)
{
    const pel__ball *b = g->shape;
    int64_t nx = g->dims[0], n = 0;
    float *out = g->out + (k * g->dims[1] + j) * nx;
    for (int64_t z = k - b->radius[2]; z <= k + b->radius[2]; z++)
        for (int64_t y = j - b->radius[1]; y <= j + b->radius[1]; y++, n++) {
            if (b->reach[n] != g->h || y < 0 || z < 0 || y >= g->dims[1] || z >= g->dims[2])
                continue;
            const float *in = g->wide + (z * g->dims[1] + y) * nx;
            for (int64_t i = 0; i < nx; i++)
                out[i] = in[i] > out[i] ? in[i] : out[i];
        }
}

static pel_status gather_slice(void *user, int64_t k)
{
    const growing *g = user;
    for (int64_t j = 0; j < g->dims[1]; j++)
        gather_row(g, j, k);
    return PEL_OK;
}

static pel_status grow(growing *g)
{
    pel_status s = PEL_OK;
    for (g->h = 0; s == PEL_OK && g->h <= g->shape->radius[0]; g->h++) {
        if (g->h) {
            float *wider = g->narrow;
            g->narrow = g->wide;
            g->wide = wider;
            s = pel__parallel(g->dims[2], widen_slice, g, NULL);
        }
        if (s == PEL_OK)
            s = pel__parallel(g->dims[2], gather_slice, g, NULL);
        if (s == PEL_OK)
            s = pel__progress("grey", (double)g->h / (double)(g->shape->radius[0] + 1));
    }
    return s;
}

// the greatest of sign * value within the ball; NaN counts nowhere and stays
static pel_status extreme(float *value, const pel_volume *grid, const pel__ball *shape, float sign)
{
    int64_t count = pel_volume_count(grid);
    growing g = { .out = value, .shape = shape };
    memcpy(g.dims, grid->dims, sizeof g.dims);
    uint8_t *known = NULL;
    pel_status s = pel__alloc(&g.wide, count, sizeof *g.wide, "values within a ball");
    if (s == PEL_OK)
        s = pel__alloc(&g.narrow, count, sizeof *g.narrow, "values within a ball");
    if (s == PEL_OK)
        s = pel__alloc(&known, count, 1, "values within a ball");
    for (int64_t n = 0; s == PEL_OK && n < count; n++) {
        known[n] = (uint8_t)!isnan(value[n]);
        g.wide[n] = known[n] ? sign * value[n] : -INFINITY;
        value[n] = -INFINITY;
    }
    if (s == PEL_OK)
        s = grow(&g);
    for (int64_t n = 0; s == PEL_OK && n < count; n++)
        value[n] = known[n] ? sign * value[n] : NAN;
    pel__free(g.wide);
    pel__free(g.narrow);
    pel__free(known);
    return s;
}

/* ---- the operations ---- */

static pel_status operate(float *value, const pel_volume *grid, const pel__ball *shape,
                          int operation)
{
    bool shrinks = operation == PEL_ERODE || operation == PEL_OPEN || operation == PEL_TOPHAT;
    pel_status s = extreme(value, grid, shape, shrinks ? -1 : 1);
    if (s == PEL_OK && operation >= PEL_OPEN)
        s = extreme(value, grid, shape, shrinks ? 1 : -1);
    return s;
}

static pel_status leave_rest(float *value, const pel_volume *grid, const pel__ball *shape,
                             int operation)
{
    int64_t count = pel_volume_count(grid);
    float *before = NULL, sign = operation == PEL_TOPHAT ? 1 : -1;
    pel_status s = pel__alloc(&before, count, sizeof *before, "values");
    if (s == PEL_OK) {
        memcpy(before, value, (size_t)count * sizeof *before);
        s = operate(value, grid, shape, operation);
    }
    for (int64_t n = 0; s == PEL_OK && n < count; n++)
        value[n] = sign * (before[n] - value[n]);
    pel__free(before);
    return s;
}

pel_status pel_grey(pel_volume *out, const pel_volume *in, const pel_grey_params *params)
{
    pel__ball shape = { 0 };
    double slope, inter;
    *out = (pel_volume){ 0 };
    pel_status s = pel_schema_check(&pel_grey_schema, params);
    if (s == PEL_OK)
        s = pel__volume_check_single(in, "a volume");
    if (s == PEL_OK)
        s = pel__ball_set(&shape, params->radius, in);
    if (s == PEL_OK)
        s = pel_volume_like(out, in, PEL_FLOAT32);
    if (s == PEL_OK) {
        pel__volume_scale(in, &slope, &inter);
        pel_values_from_stored(out->data, in->data, in->dtype, pel_volume_count(in), slope, inter);
        bool rest = params->operation == PEL_TOPHAT || params->operation == PEL_BLACKHAT;
        s = (rest ? leave_rest : operate)(out->data, in, &shape, params->operation);
    }
    pel__free(shape.reach);
    if (s != PEL_OK)
        pel_volume_free(out);
    return s;
}

static int64_t halo(const void *params)
{
    const pel_grey_params *p = params;
    int64_t reach = p->radius.unit == PEL_VX ? (int64_t)p->radius.value : -1;
    return p->operation >= PEL_OPEN ? 2 * reach : reach;
}

// the result, two widened copies, what was known, and for a rest what was there
static int64_t plan(const void *params, const pel_volume *shape)
{
    const pel_grey_params *p = params;
    pel__ball b = { 0 };
    pel_status s = pel__ball_set(&b, p->radius, shape);
    pel__free(b.reach);
    if (s != PEL_OK)
        return -1;
    int64_t each = p->operation == PEL_TOPHAT || p->operation == PEL_BLACKHAT ? 17 : 13;
    return each * shape->dims[0] * shape->dims[1] * shape->dims[2] + b.rows * 2;
}
