/* SPDX-License-Identifier: Apache-2.0 */
/* raycast_fast.c: a body made ready for the kernels that cast rays: tables and maps. */
#include "see/raycast_fast.h"

#include <math.h>
#include <string.h>

#include "base/memory.h"
#include "kernels/kernels.h"
#include "see/raycast_pixels.h"
#include "see/raycast_sample.h"
#include "see/raycast_shade.h"

enum { FAR = 255, MOST_FRACTION = 22, LEAST_FRACTION = 16, REFERENCE = 2, BITS_8 = 0, BITS_16 = 1 };

static const float FAINT = 1.0f / 400;

/* ---- what can be drawn so ---- */

// whole voxels and their parts of 2^-fraction fit 31 bits; 0: they do not
static int fraction_bits(const pel__field *f)
{
    int64_t longest = f->dims[0];
    for (int a = 1; a < 3; a++)
        longest = f->dims[a] > longest ? f->dims[a] : longest;
    int bits = MOST_FRACTION;
    while (bits >= LEAST_FRACTION && (longest + 16) >= (int64_t)1 << (31 - bits))
        bits--;
    return bits >= LEAST_FRACTION ? bits : 0;
}

// positions are sums of rounded steps: they may drift by a hundredth of a voxel
static bool drifts(const pel_scene *scene, const pel__body *body, int fraction)
{
    double across = 0;
    pel_vec3 edge = pel_volume_spacing_mm(&body->shape);
    const double edges[3] = { edge.x, edge.y, edge.z };
    for (int a = 0; a < 3; a++)
        across += edges[a] * (double)body->shape.dims[a];
    return ldexp(across / scene->step_mm, -fraction - 1) > 0.01;
}

// data and layers are made of original values, in float32
static bool wants_data(const pel_scene *scene)
{
    int bits = scene->params.bits;
    bool composite = scene->params.mode == PEL_COMPOSITE;
    return scene->layer_count > 0 || !(bits == BITS_8 || (composite && bits == BITS_16));
}

static bool is_for(const pel_scene *scene, const pel__body *body)
{
    int fraction = fraction_bits(&body->field);
    int64_t cells = body->field.cells[0] * body->field.cells[1] * body->field.cells[2];
    int64_t bricks = body->field.bricks[0] * body->field.bricks[1] * body->field.bricks[2];
    return scene->params.quality != REFERENCE && !wants_data(scene) && !body->look.labels &&
           !scene->params.preintegrate && scene->params.mode <= PEL_MEAN && fraction > 0 &&
           !drifts(scene, body, fraction) && cells < INT32_MAX && bricks < INT32_MAX &&
           isfinite(body->field.slope);
}

/* ---- tables ---- */

// a value as the kernels have it
static double number_of(const pel__field *f, double value)
{
    if (f->kind == PEL__KIND_F32)
        return value;
    return ((value - f->inter) / f->slope - f->bias) * PEL__FAST_WEIGHT;
}

static void fill_tables(pel__fast *out, const pel__transfer *t, const pel__field *f)
{
    enum { PART = PEL__TABLE / PEL__FAST_TABLE };
    for (int i = 0; i <= PEL__FAST_TABLE; i++) {
        memcpy(out->rgba[i], t->rgba[PART * i], sizeof *out->rgba);
        out->thickness[i] = t->thickness[PART * i];
        float c = (float)i * (float)PEL__POWER_TABLE / PEL__FAST_TABLE;
        int at = c < PEL__POWER_TABLE ? (int)c : PEL__POWER_TABLE - 1;
        out->power[i] = pel__mix(t->power[at], t->power[at + 1], c - (float)at);
    }
    pel__caster *c = &out->cast;
    double scale = (double)t->scale / PART;
    c->scale = (float)(scale * pel__fast_unit(f));
    c->shift = (float)(scale * (pel__fast_value(f, 0) - (double)t->lo) + 0.5);
    c->top = PEL__FAST_TABLE;
    c->rgba = (const float(*)[4])out->rgba;
    c->thickness = out->thickness;
    c->lit = t->lit;
    c->ambient = t->ambient;
    c->diffuse = t->diffuse;
    c->specular = t->specular;
    c->power = out->power;
    c->power_top = PEL__FAST_TABLE;
    if (!t->gradient_count)
        return;
    double longest = (double)t->gradient[t->gradient_count - 1][0];
    longest = longest > 0 ? longest : 1;
    for (int i = 0; i <= PEL__FAST_TABLE; i++)
        out->factor[i] = pel__gradient_factor(t, (float)(i * longest / PEL__FAST_TABLE));
    c->factor = out->factor;
    c->factor_scale = (float)(PEL__FAST_TABLE / longest);
    c->factor_top = PEL__FAST_TABLE;
}

static void set_metric(pel__caster *out, const pel__body *body)
{
    static const int pairs[6][2] = { { 0, 0 }, { 1, 1 }, { 2, 2 }, { 0, 1 }, { 0, 2 }, { 1, 2 } };
    double unit = pel__fast_gradient_unit(&body->field);
    for (int i = 0; i < 6; i++) {
        double sum = 0;
        for (int r = 0; r < 3; r++)
            sum += body->ijk_from_mm.m[pairs[i][0]][r] * body->ijk_from_mm.m[pairs[i][1]][r];
        out->metric[i] = (float)(sum * unit * unit * (i < 3 ? 1 : 2));
    }
}

/* ---- maps ---- */

// entries from..to that a cell's samples may look up, a little more for rounding
static void entries_of(int64_t out[2], const pel__fast *fast, const pel__field *f, int64_t cell)
{
    double lo = number_of(f, (double)f->cell_lo[cell]), hi = number_of(f, (double)f->cell_hi[cell]);
    double scale = (double)fast->cast.scale, shift = (double)fast->cast.shift;
    double a = scale * lo + shift, b = scale * hi + shift;
    double spare = 1 + (fabs(lo) + fabs(hi)) * fabs(scale) * 0x1p-20;
    out[0] = pel__int_from(floor(fmin(a, b) - spare), 0, PEL__FAST_TABLE);
    out[1] = pel__int_from(floor(fmax(a, b) + spare), 0, PEL__FAST_TABLE);
}

static void find_occupied(pel__fast *out, const pel__field *f)
{
    int32_t before[PEL__FAST_TABLE + 2] = { 0 };
    for (int i = 0; i <= PEL__FAST_TABLE; i++)
        before[i + 1] = before[i] + (out->thickness[i] > 0);
    int64_t cells = f->cells[0] * f->cells[1] * f->cells[2];
    for (int64_t c = 0; c < cells; c++) {
        out->distance[c] = FAR;
        if (!(f->cell_lo[c] <= f->cell_hi[c]))
            continue;
        int64_t at[2];
        entries_of(at, out, f, c);
        if (before[at[1] + 1] > before[at[0]])
            out->distance[c] = 0;
    }
}

// least distance of the neighbours that a sweep has passed: a plane, a row, a cell
static int passed(const pel__fast *fast, const int64_t n[3], const int64_t at[3], int sign)
{
    int least = FAR;
    for (int i = 0; i < 13; i++) {
        // the 13 of 27 that come before the middle, in raster order
        int64_t x = at[0] + sign * (i % 3 - 1), y = at[1] + sign * (i / 3 % 3 - 1),
                z = at[2] + sign * (i / 9 - 1);
        if (x < 0 || y < 0 || z < 0 || x >= n[0] || y >= n[1] || z >= n[2])
            continue;
        int d = fast->distance[(z * n[1] + y) * n[0] + x];
        least = d < least ? d : least;
    }
    return least;
}

// chessboard distance in two sweeps (Rosenfeld and Pfaltz 1966)
static void sweep(pel__fast *out, const int64_t n[3], int sign)
{
    int64_t cells = n[0] * n[1] * n[2];
    for (int64_t i = 0; i < cells; i++) {
        int64_t c = sign > 0 ? i : cells - 1 - i;
        const int64_t at[3] = { c % n[0], c / n[0] % n[1], c / n[0] / n[1] };
        int d = out->distance[c], other = d > 0 ? passed(out, n, at, sign) + 1 : 0;
        out->distance[c] = (uint8_t)(other < d ? other : d);
    }
}

static void set_bounds(pel__fast *out, const pel__field *f)
{
    int64_t cells = f->cells[0] * f->cells[1] * f->cells[2];
    bool greatest = (out->cast.sign > 0) == (f->slope > 0 || f->kind == PEL__KIND_F32);
    const float *ends = greatest ? f->cell_hi : f->cell_lo;
    for (int64_t c = 0; c < cells; c++) {
        double bound = (double)out->cast.sign * number_of(f, (double)ends[c]);
        out->bound[c] = (float)(bound + fabs(bound) * 0x1p-20);
    }
}

/* ---- made ready ---- */

static void set_field(pel__caster *out, const pel__field *f)
{
    int64_t size = pel__kind_bytes(f->kind);
    out->brick = f->brick;
    out->bits = f->bits;
    out->depth = (int32_t)f->dims[2];
    out->row = (int32_t)(f->row * size);
    out->plane = (int32_t)(f->plane * size);
    out->fraction = fraction_bits(f);
    for (int a = 0; a < 3; a++) {
        out->bricks[a] = (int32_t)f->bricks[a];
        out->cells[a] = (int32_t)f->cells[a];
    }
}

static pel_status allocate(pel__fast *out, int64_t cells)
{
    int64_t entries = PEL__FAST_TABLE + 1;
    bool map = out->way == PEL__CAST_UNLIT || out->way == PEL__CAST_LIT;
    pel_status s = pel__alloc(&out->rgba, entries, sizeof *out->rgba, "a table");
    if (s == PEL_OK)
        s = pel__alloc(&out->thickness, entries, sizeof(float), "a table");
    if (s == PEL_OK)
        s = pel__alloc(&out->power, entries, sizeof(float), "a table");
    if (s == PEL_OK)
        s = pel__alloc(&out->factor, entries, sizeof(float), "a table");
    // loads of four bytes may reach three further
    if (s == PEL_OK && map)
        s = pel__alloc(&out->distance, cells + 3, 1, "the cells");
    if (s == PEL_OK && out->way == PEL__CAST_EXTREME)
        s = pel__alloc(&out->bound, cells, sizeof(float), "the cells");
    return s;
}

static pel__cast_way way_of(const pel_scene *scene, const pel__body *body)
{
    if (scene->params.mode == PEL_COMPOSITE)
        return body->transfer.lit || body->transfer.gradient_count ? PEL__CAST_LIT
                                                                   : PEL__CAST_UNLIT;
    return scene->params.mode == PEL_MEAN ? PEL__CAST_MEAN : PEL__CAST_EXTREME;
}

// light of samples half a voxel apart hardly differs; opacity by gradient needs every gradient
static float faint_of(const pel_scene *scene, const pel__body *body, const pel__caster *cast)
{
    pel_vec3 edge = pel_volume_spacing_mm(&body->shape);
    double least = fmin(edge.x, fmin(edge.y, edge.z));
    return !cast->factor && scene->step_mm <= 0.501 * least ? FAINT : 0;
}

pel_status pel__fast_new(pel__fast **out, const pel_scene *scene, const pel__body *body)
{
    *out = NULL;
    if (!is_for(scene, body))
        return PEL_OK;
    const pel__field *f = &body->field;
    pel__fast *fast;
    pel_status s = pel__alloc_zero(&fast, 1, sizeof *fast, "a scene");
    if (s != PEL_OK)
        return s;
    fast->way = way_of(scene, body);
    s = allocate(fast, f->cells[0] * f->cells[1] * f->cells[2]);
    if (s != PEL_OK) {
        pel__fast_free(fast);
        return s;
    }
    set_field(&fast->cast, f);
    fill_tables(fast, &body->transfer, f);
    set_metric(&fast->cast, body);
    fast->cast.fading = body->cut_fading;
    fast->cast.faint = faint_of(scene, body, &fast->cast);
    fast->cast.least_left = scene->params.bits == BITS_16 ? 0x1p-17f : 0x1p-10f;
    fast->cast.sign = (scene->params.mode == PEL_MINIP) == (pel__fast_unit(f) > 0) ? -1 : 1;
    if (fast->distance) {
        find_occupied(fast, f);
        sweep(fast, f->cells, 1);
        sweep(fast, f->cells, -1);
        fast->cast.distance = fast->distance;
    }
    if (fast->bound) {
        set_bounds(fast, f);
        fast->cast.bound = fast->bound;
    }
    *out = fast;
    return PEL_OK;
}

void pel__fast_free(pel__fast *fast)
{
    if (!fast)
        return;
    pel__free(fast->rgba);
    pel__free(fast->thickness);
    pel__free(fast->power);
    pel__free(fast->factor);
    pel__free(fast->distance);
    pel__free(fast->bound);
    pel__free(fast);
}

int64_t pel__fast_bytes(const pel_volume *shape)
{
    double cells = 1;
    for (int a = 0; a < 3; a++)
        cells *= (double)((shape->dims[a] + 7) / 8);
    return (int64_t)(cells * sizeof(float)) + 7 * (PEL__FAST_TABLE + 1) * (int64_t)sizeof(float) +
           (int64_t)sizeof(pel__fast) + 1024;
}
