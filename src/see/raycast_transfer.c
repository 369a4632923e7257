/* SPDX-License-Identifier: Apache-2.0 */
/* raycast_transfer.c: a look becomes tables, so that no sample calls a function of libm. */
#include <math.h>

#include "base/exact.h"
#include "base/memory.h"
#include "see/raycast.h"

// beyond its outermost points a look is constant: the table spans what both have
static void set_range(pel__transfer *out, const pel_look *look, const pel__field *field)
{
    double lo = INFINITY, hi = -INFINITY;
    if (look->point_count) {
        lo = look->points[0].value;
        hi = look->points[look->point_count - 1].value;
    } else {
        lo = look->window[0];
        hi = look->window[1];
        if (look->opacity_count) {
            lo = fmin(lo, look->opacity[0].value);
            hi = fmax(hi, look->opacity[look->opacity_count - 1].value);
        }
    }
    if (field->lo <= field->hi) {
        lo = fmax(lo, (double)field->lo);
        hi = fmin(hi, (double)field->hi);
    }
    if (!(lo < hi))
        hi = lo + fmax(1, fabs(lo) * 1e-3);
    if (look->labels) {
        lo = 0;
        hi = PEL__TABLE;
    }
    out->lo = (float)lo;
    out->scale = (float)(PEL__TABLE / (hi - lo));
}

static void fill(pel__transfer *out, const pel_look *look, double step_mm)
{
    for (int i = 0; i <= PEL__TABLE; i++) {
        double value = (double)out->lo + i / (double)out->scale;
        float opacity;
        pel_look_colour(look, value, out->rgba[i], &opacity);
        double thickness = (double)opacity * step_mm;
        out->thickness[i] = (float)thickness;
        out->rgba[i][3] = (float)(1 - pel__exp(-thickness));
    }
}

static int64_t table_cell(const pel__transfer *t, float value)
{
    float x = (value - t->lo) * t->scale;
    return x > 0 ? x < PEL__TABLE ? (int64_t)x : PEL__TABLE : 0;
}

// a cell is empty when the look gives no opacity to any value it can show
static pel_status find_occupied(pel__transfer *out, const pel__field *field)
{
    int32_t *before;
    pel_status s = pel__alloc(&before, PEL__TABLE + 2, sizeof *before, "a table");
    if (s != PEL_OK)
        return s;
    before[0] = 0;
    for (int i = 0; i <= PEL__TABLE; i++)
        before[i + 1] = before[i] + (out->thickness[i] > 0);
    int64_t cells = field->cells[0] * field->cells[1] * field->cells[2];
    for (int64_t c = 0; c < cells; c++) {
        out->occupied[c] = 0;
        if (!(field->cell_lo[c] <= field->cell_hi[c]))
            continue;
        int64_t lo = table_cell(out, field->cell_lo[c]) - 1;
        int64_t hi = table_cell(out, field->cell_hi[c]) + 2;
        lo = lo < 0 ? 0 : lo;
        hi = hi > PEL__TABLE ? PEL__TABLE : hi;
        out->occupied[c] = before[hi + 1] > before[lo];
    }
    pel__free(before);
    return PEL_OK;
}

void pel__transfer_light(pel__transfer *out, const pel_look *look)
{
    *out = (pel__transfer){ .labels = look->labels,
                            .lit = !look->unlit,
                            .ambient = (float)look->ambient,
                            .diffuse = (float)look->diffuse,
                            .specular = (float)look->specular };
    for (int i = 0; i <= PEL__POWER_TABLE; i++)
        out->power[i] = (float)pel__pow(i / (double)PEL__POWER_TABLE, look->power);
}

pel_status pel__transfer_new(pel__transfer *out, const pel_look *look, const pel__field *field,
                             double step_mm)
{
    pel__transfer_light(out, look);
    out->gradient_count = look->gradient_count;
    int64_t cells = field->cells[0] * field->cells[1] * field->cells[2];
    pel_status s = pel__alloc(&out->rgba, PEL__TABLE + 1, sizeof *out->rgba, "a table");
    if (s == PEL_OK)
        s = pel__alloc(&out->thickness, PEL__TABLE + 1, sizeof(float), "a table");
    if (s == PEL_OK)
        s = pel__alloc(&out->occupied, cells, 1, "the cells");
    if (s == PEL_OK) {
        set_range(out, look, field);
        fill(out, look, step_mm);
        s = find_occupied(out, field);
    }
    if (s != PEL_OK) {
        pel__transfer_free(out);
        return s;
    }
    for (int i = 0; i < look->gradient_count; i++) {
        out->gradient[i][0] = (float)look->gradient[i].value;
        out->gradient[i][1] = (float)look->gradient[i].v[0];
    }
    return PEL_OK;
}

pel_status pel__transfer_integrate(pel__transfer *t)
{
    if (t->labels)
        return PEL_OK;
    pel_status s = pel__alloc_zero(&t->integral, PEL__TABLE + 1, sizeof *t->integral, "a table");
    if (s != PEL_OK)
        return s;
    // trapezoids; a change of colour or opacity at one value has no width in them
    for (int i = 1; i <= PEL__TABLE; i++)
        for (int c = 0; c < 4; c++) {
            double a = (double)t->thickness[i - 1], b = (double)t->thickness[i];
            a *= c < 3 ? (double)t->rgba[i - 1][c] : 1;
            b *= c < 3 ? (double)t->rgba[i][c] : 1;
            t->integral[i][c] = t->integral[i - 1][c] + 0.5 * (a + b);
        }
    return PEL_OK;
}

void pel__transfer_free(pel__transfer *transfer)
{
    pel__free(transfer->rgba);
    pel__free(transfer->thickness);
    pel__free(transfer->occupied);
    pel__free(transfer->integral);
    *transfer = (pel__transfer){ 0 };
}
