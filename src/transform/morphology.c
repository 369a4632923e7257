/* SPDX-License-Identifier: Apache-2.0 */
/* morphology.c: masks grown and shrunk by a ball, 64 voxels at a time. */
#include <math.h>
#include <string.h>

#include <pellucid/transform.h>

#include "base/job.h"
#include "base/memory.h"
#include "base/params.h"
#include "base/status.h"
#include "transform/ball.h"
#include "volume/bits.h"
#include "volume/volume.h"

static const pel_param table[] = {
    PEL_CHOICE(pel_morphology_params, operation, "erode", "erode|dilate|open|close|tophat|blackhat",
               "what is done to the mask"),
    PEL_LENGTH(pel_morphology_params, radius, "1vx", 0, 1e6, "of the ball"),
};
static int64_t plan(const void *params, const pel_volume *shape);
static int64_t halo(const void *params);
const pel_schema pel_morphology_schema = { .name = "morphology",
                                           .summary = "a mask grown or shrunk by a ball",
                                           .params_size = sizeof(pel_morphology_params),
                                           .params = table,
                                           .count = (int)(sizeof table / sizeof *table),
                                           .halo = halo,
                                           .plan = plan };

pel_morphology_params pel_morphology_defaults(void)
{
    pel_morphology_params params;
    pel_schema_defaults(&pel_morphology_schema, &params);
    return params;
}

/* ---- growing: rows widened by h voxels, gathered over all rows the ball meets at that h ---- */

typedef struct growing {
    pel__bits *out;
    const pel__bits *in;
    pel__bits wide[2]; // `in` widened by h, and by h - 1
    const pel__ball *shape;
    int64_t h;
    bool outside; // what lies beyond the grid
} growing;

static pel_status widen_slice(void *user, int64_t k)
{
    const growing *g = user;
    const pel__bits *from = &g->wide[1];
    int64_t words = from->words;
    uint64_t edge = g->outside ? ~UINT64_C(0) : 0, tail = pel__bits_tail(from);
    for (int64_t j = 0; j < from->dims[1]; j++) {
        const uint64_t *in = pel__bits_row(from, j, k);
        uint64_t *out = pel__bits_row(&g->wide[0], j, k);
        for (int64_t w = 0; w < words; w++) {
            uint64_t here = in[w], below = w ? in[w - 1] : edge,
                     above = w + 1 < words ? in[w + 1] : edge;
            // beyond the last voxel of a row lies the outside
            if (w + 1 == words)
                here |= edge & ~tail;
            out[w] = here | here << 1 | below >> 63 | here >> 1 | above << 63;
        }
        out[words - 1] &= tail;
    }
    return PEL_OK;
}

static void add_row(uint64_t *out, const uint64_t *in, int64_t words)
{
    for (int64_t w = 0; w < words; w++)
        out[w] |= in[w];
}

static void add_rows_of_ball(const growing *g, int64_t j, int64_t k)
{
    const pel__ball *b = g->shape;
    const pel__bits *wide = &g->wide[0];
    uint64_t *out = pel__bits_row(g->out, j, k);
    int64_t n = 0;
    for (int64_t z = k - b->radius[2]; z <= k + b->radius[2]; z++)
        for (int64_t y = j - b->radius[1]; y <= j + b->radius[1]; y++, n++) {
            if (b->reach[n] != g->h)
                continue;
            if (y >= 0 && z >= 0 && y < wide->dims[1] && z < wide->dims[2])
                add_row(out, pel__bits_row(wide, y, z), wide->words);
            else if (g->outside) {
                memset(out, 0xff, (size_t)wide->words * sizeof *out);
                out[wide->words - 1] &= pel__bits_tail(wide);
            }
        }
}

static pel_status gather_slice(void *user, int64_t k)
{
    const growing *g = user;
    for (int64_t j = 0; j < g->out->dims[1]; j++)
        add_rows_of_ball(g, j, k);
    return PEL_OK;
}

static pel_status widen(growing *g)
{
    pel__bits narrow = g->wide[0];
    g->wide[0] = g->wide[1];
    g->wide[1] = narrow;
    return pel__parallel(g->in->dims[2], widen_slice, g, NULL);
}

static pel_status copy_bits(pel__bits *out, const pel__bits *in)
{
    pel_status s = pel__bits_new(out, in->dims);
    if (s == PEL_OK)
        memcpy(out->word, in->word,
               (size_t)(in->words * in->dims[1] * in->dims[2]) * sizeof *in->word);
    return s;
}

// `outside` tells whether what lies beyond the grid grows into it
static pel_status grow(pel__bits *out, const pel__bits *in, const pel__ball *shape, bool outside)
{
    growing g = { .out = out, .in = in, .shape = shape, .outside = outside };
    pel_status s = pel__bits_new(out, in->dims);
    if (s == PEL_OK)
        s = copy_bits(&g.wide[0], in);
    if (s == PEL_OK)
        s = pel__bits_new(&g.wide[1], in->dims);
    for (g.h = 0; s == PEL_OK && g.h <= shape->radius[0]; g.h++) {
        if (g.h)
            s = widen(&g);
        if (s == PEL_OK)
            s = pel__parallel(in->dims[2], gather_slice, &g, NULL);
        if (s == PEL_OK)
            s = pel__progress("morphology", (double)g.h / (double)(shape->radius[0] + 1));
    }
    pel__bits_free(&g.wide[0]);
    pel__bits_free(&g.wide[1]);
    if (s != PEL_OK)
        pel__bits_free(out);
    return s;
}

// what is not reached when all that is not there grows
static pel_status shrink(pel__bits *out, pel__bits *in, const pel__ball *shape)
{
    pel_status s = pel__bits_invert(in);
    if (s == PEL_OK)
        s = grow(out, in, shape, true);
    if (s == PEL_OK)
        s = pel__bits_invert(out);
    return s;
}

/* ---- the operations ---- */

// in a grid wide enough for what grows beyond this one; whole words along i
static pel_status pad(pel__bits *out, const pel__bits *in, const pel__ball *shape, bool back)
{
    int64_t words = (shape->radius[0] + 63) / 64, y = shape->radius[1], z = shape->radius[2];
    int64_t dims[3] = { in->dims[0] + 128 * words, in->dims[1] + 2 * y, in->dims[2] + 2 * z };
    if (!back) {
        pel_status s = pel__bits_new(out, dims);
        for (int64_t k = 0; s == PEL_OK && k < in->dims[2]; k++)
            for (int64_t j = 0; j < in->dims[1]; j++)
                memcpy(pel__bits_row(out, j + y, k + z) + words, pel__bits_row(in, j, k),
                       (size_t)in->words * sizeof *in->word);
        return s;
    }
    for (int64_t k = 0; k < out->dims[2]; k++)
        for (int64_t j = 0; j < out->dims[1]; j++) {
            uint64_t *row = pel__bits_row(out, j, k);
            memcpy(row, pel__bits_row(in, j + y, k + z) + words,
                   (size_t)out->words * sizeof *in->word);
            row[out->words - 1] &= pel__bits_tail(out);
        }
    return PEL_OK;
}

static pel_status close_gaps(pel__bits *out, const pel__bits *in, const pel__ball *shape,
                             bool leave_rest)
{
    pel__bits wide = { 0 }, grown = { 0 }, shrunk = { 0 };
    pel_status s = pad(&wide, in, shape, false);
    if (s == PEL_OK)
        s = grow(&grown, &wide, shape, false);
    pel__bits_free(&wide);
    if (s == PEL_OK)
        s = shrink(&shrunk, &grown, shape);
    pel__bits_free(&grown);
    if (s == PEL_OK)
        s = pel__bits_new(out, in->dims);
    if (s == PEL_OK)
        s = pad(out, &shrunk, shape, true);
    int64_t words = in->words * in->dims[1] * in->dims[2];
    for (int64_t w = 0; s == PEL_OK && leave_rest && w < words; w++)
        out->word[w] &= ~in->word[w];
    pel__bits_free(&shrunk);
    return s;
}

static pel_status open_gaps(pel__bits *out, pel__bits *in, const pel__ball *shape, bool leave_rest)
{
    pel__bits shrunk = { 0 }, whole = { 0 };
    pel_status s = leave_rest ? copy_bits(&whole, in) : PEL_OK;
    if (s == PEL_OK)
        s = shrink(&shrunk, in, shape);
    if (s == PEL_OK)
        s = grow(out, &shrunk, shape, false);
    int64_t words = in->words * in->dims[1] * in->dims[2];
    for (int64_t w = 0; s == PEL_OK && leave_rest && w < words; w++)
        out->word[w] = whole.word[w] & ~out->word[w];
    pel__bits_free(&shrunk);
    pel__bits_free(&whole);
    return s;
}

pel_status pel_morphology(pel_volume *out, const pel_volume *mask,
                          const pel_morphology_params *params)
{
    pel__bits in = { 0 }, made = { 0 };
    pel__ball shape = { 0 };
    *out = (pel_volume){ 0 };
    pel_status s = pel_schema_check(&pel_morphology_schema, params);
    if (s == PEL_OK)
        s = pel__bits_of_volume(&in, mask, NULL);
    if (s == PEL_OK)
        s = pel__ball_set(&shape, params->radius, mask);
    if (s == PEL_OK && params->operation == PEL_ERODE)
        s = shrink(&made, &in, &shape);
    else if (s == PEL_OK && params->operation == PEL_DILATE)
        s = grow(&made, &in, &shape, false);
    else if (s == PEL_OK && (params->operation == PEL_CLOSE || params->operation == PEL_BLACKHAT))
        s = close_gaps(&made, &in, &shape, params->operation == PEL_BLACKHAT);
    else if (s == PEL_OK)
        s = open_gaps(&made, &in, &shape, params->operation == PEL_TOPHAT);
    pel__bits_free(&in);
    pel__free(shape.reach);
    if (s == PEL_OK)
        s = pel__bits_to_volume(out, &made, mask);
    pel__bits_free(&made);
    return s;
}

/* ---- the outer layer ---- */

typedef struct peeling {
    const pel__bits *in;
    pel__bits *out;
    int axis;
} peeling;

static const uint64_t *row_or_null(const pel__bits *bits, int64_t j, int64_t k)
{
    bool there = j >= 0 && k >= 0 && j < bits->dims[1] && k < bits->dims[2];
    return there ? pel__bits_row(bits, j, k) : NULL;
}

static pel_status peel_slice(void *user, int64_t k)
{
    const peeling *p = user;
    for (int64_t j = 0; j < p->in->dims[1]; j++) {
        const uint64_t *here = pel__bits_row(p->in, j, k), *beside[4];
        uint64_t *out = pel__bits_row(p->out, j, k);
        int count = 0;
        for (int side = -1; side <= 1; side += 2) {
            if (p->axis != 1)
                beside[count++] = row_or_null(p->in, j + side, k);
            if (p->axis != 2)
                beside[count++] = row_or_null(p->in, j, k + side);
        }
        pel__bits_inner(out, p->in, here, p->axis != 0, beside, count);
        for (int64_t w = 0; w < p->in->words; w++)
            out[w] = here[w] & ~out[w];
    }
    return PEL_OK;
}

pel_status pel_outer_layer(pel_volume *out, const pel_volume *mask, int axis)
{
    pel__bits in = { 0 }, layer = { 0 };
    peeling p = { &in, &layer, axis };
    *out = (pel_volume){ 0 };
    if (axis < -1 || axis > 2)
        return pel__fail(PEL_EPARAM, "an axis is 0, 1 or 2, or -1 for all");
    pel_status s = pel__bits_of_volume(&in, mask, NULL);
    if (s == PEL_OK)
        s = pel__bits_new(&layer, in.dims);
    if (s == PEL_OK)
        s = pel__parallel(in.dims[2], peel_slice, &p, NULL);
    if (s == PEL_OK)
        s = pel__bits_to_volume(out, &layer, mask);
    pel__bits_free(&in);
    pel__bits_free(&layer);
    return s;
}

static int64_t halo(const void *params)
{
    const pel_morphology_params *p = params;
    int64_t reach = p->radius.unit == PEL_VX ? (int64_t)p->radius.value : -1;
    return p->operation >= PEL_OPEN ? 2 * reach : reach;
}

// bits of the mask, the result and two widened copies, and padding of close; then the volume
static int64_t plan(const void *params, const pel_volume *shape)
{
    const pel_morphology_params *p = params;
    pel__ball b = { 0 };
    pel_status s = pel__ball_set(&b, p->radius, shape);
    pel__free(b.reach);
    if (s != PEL_OK)
        return -1;
    bool padded = p->operation == PEL_CLOSE || p->operation == PEL_BLACKHAT;
    int64_t side[3];
    for (int a = 0; a < 3; a++)
        side[a] = shape->dims[a] + (padded ? 2 * b.radius[a] : 0);
    int64_t bits = ((side[0] + 63) / 64 + (padded ? 2 : 0)) * 8 * side[1] * side[2];
    return 5 * bits + b.rows * 2 + shape->dims[0] * shape->dims[1] * shape->dims[2];
}
