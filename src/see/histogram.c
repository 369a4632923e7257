/* SPDX-License-Identifier: Apache-2.0 */
/* histogram.c: how often each value occurs: counted as numpy does, drawn in the look's colours. */
#include <math.h>
#include <stdlib.h>

#include <pellucid/see.h>

#include "base/job.h"
#include "base/memory.h"
#include "base/params.h"
#include "base/status.h"
#include "base/text.h"
#include "image/axes.h"
#include "see/paper.h"
#include "volume/volume.h"

enum { BLOCK = 1 << 18 }; /* values of one parallel item */

static const double default_width = 340, golden = 0.66, bar_gap = 0.5;

static const pel_param table[] = {
    PEL_INTEGER(pel_histogram_params, bins, "50", 1, 1e6, NULL, "how many bins"),
    PEL_TEXT(pel_histogram_params, range, NULL, "LO:HI",
             "values to count; default lowest to highest"),
    PEL_SWITCH(pel_histogram_params, density, "draw density (area 1) instead of counts"),
    PEL_SWITCH(pel_histogram_params, log, "logarithmic counts"),
    PEL_TEXT(pel_histogram_params, title, NULL, "TEXT", "a line above the figure"),
    { "size", PEL_KIND_TEXT, offsetof(pel_histogram_params, picture), NULL, 0, 0, NULL, NULL,
      "SIZE", "of the figure: 16cm, 6in, 1200px or 1200x800; default 12cm" },
    PEL_NUMBER(pel_histogram_params, dpi, "300", 10, 10000, "per inch", "print density of PNG"),
};

// what counting holds, a table for each worker, or drawing does: pixels twice, fonts
static int64_t plan(const void *params, const pel_volume *shape)
{
    enum { FONTS = 12 << 20 };
    const pel_histogram_params *p = params;
    int64_t blocks = pel_volume_count(shape) * pel__volume_channels(shape) / BLOCK + 1;
    int64_t counting = (p->bins + 1) * 8 * (3 + pel__threads()) + blocks * 64;
    double width, height;
    if (pel__paper_size(&width, &height, p->picture, p->dpi) != PEL_OK)
        return -1;
    width = isnan(width) ? default_width : width;
    height = isnan(height) ? golden * width : height;
    double drawing = FONTS + 8 * width * height * p->dpi * p->dpi / (72 * 72) +
                     (double)p->bins * (sizeof(pel_draw) + 128);
    return drawing < 9e18 ? counting + (int64_t)drawing : -1;
}

const pel_schema pel_histogram_schema = {
    .name = "histogram",
    .summary = "how often each value occurs",
    .params_size = sizeof(pel_histogram_params),
    .params = table,
    .count = sizeof table / sizeof *table,
    .plan = plan,
};

pel_histogram_params pel_histogram_defaults(void)
{
    pel_histogram_params params;
    pel_schema_defaults(&pel_histogram_schema, &params);
    return params;
}

/* ---- counting ---- */

/* of one block of values */
typedef struct extent {
    double lo, hi; // of the finite ones
    int64_t nan_count, infinite;
} extent;

typedef struct tally {
    const pel_volume *in;
    int64_t values; // in all
    double slope, inter;
    extent *extent;
    pel_bins *bins;
    double norm; // bins per unit of value
} tally;

static double value_at(const tally *t, int64_t index)
{
    return t->slope * pel__stored_get(t->in->data, t->in->dtype, index) + t->inter;
}

static int64_t block_end(const tally *t, int64_t block)
{
    int64_t end = (block + 1) * BLOCK;
    return end < t->values ? end : t->values;
}

static pel_status measure_block(void *user, int64_t block)
{
    const tally *t = user;
    extent e = { INFINITY, -INFINITY, 0, 0 };
    for (int64_t i = block * BLOCK; i < block_end(t, block); i++) {
        double x = value_at(t, i);
        if (isfinite(x)) {
            e.lo = x < e.lo ? x : e.lo;
            e.hi = x > e.hi ? x : e.hi;
        } else if (isnan(x))
            e.nan_count++;
        else
            e.infinite++;
    }
    t->extent[block] = e;
    return PEL_OK;
}

// the bin by proportion, then one step where rounding put it beyond an edge: numpy's rule
static int64_t bin_of(const tally *t, double x)
{
    const double *edges = t->bins->edges;
    int64_t last = t->bins->count - 1, bin = (int64_t)((x - edges[0]) * t->norm);
    bin = bin > last ? last : bin;
    if (x < edges[bin])
        return bin - 1;
    return x >= edges[bin + 1] && bin != last ? bin + 1 : bin;
}

static pel_status count_block(void *user, int64_t block)
{
    const tally *t = user;
    const pel_bins *bins = t->bins;
    int64_t *counts;
    pel_status s = pel__alloc_zero(&counts, bins->count, sizeof *counts, "the bins");
    if (s != PEL_OK)
        return s;
    double lo = bins->edges[0], hi = bins->edges[bins->count];
    for (int64_t i = block * BLOCK; i < block_end(t, block); i++) {
        double x = value_at(t, i);
        if (x >= lo && x <= hi)
            counts[bin_of(t, x)]++;
    }
    // whole numbers: the order of adding does not matter
    for (int64_t b = 0; b < bins->count; b++)
        if (counts[b])
            __atomic_fetch_add(&bins->counts[b], counts[b], __ATOMIC_RELAXED);
    pel__free(counts);
    return PEL_OK;
}

static pel_status make_edges(pel_bins *bins, double lo, double hi)
{
    if (lo == hi) {
        lo -= 0.5;
        hi += 0.5;
    }
    double step = (hi - lo) / (double)bins->count;
    if (!isfinite(step) || !(lo + step > lo) || !(hi - step < hi))
        return pel__fail(PEL_EDATA,
                         "values from %g to %g cannot be told apart in %lld bins; ask for fewer, "
                         "or name a --range",
                         lo, hi, (long long)bins->count);
    for (int64_t b = 0; b <= bins->count; b++)
        bins->edges[b] = (double)b * step + lo;
    bins->edges[bins->count] = hi;
    return PEL_OK;
}

static pel_status choose_edges(tally *t, const pel_histogram_params *params, int64_t blocks)
{
    extent all = { INFINITY, -INFINITY, 0, 0 };
    for (int64_t b = 0; b < blocks; b++) {
        all.lo = fmin(all.lo, t->extent[b].lo);
        all.hi = fmax(all.hi, t->extent[b].hi);
        all.nan_count += t->extent[b].nan_count;
        all.infinite += t->extent[b].infinite;
    }
    t->bins->nan_count = all.nan_count;
    if (params->range) {
        double ends[2];
        pel_status s = pel__parse_range(ends, params->range, "--range", false);
        if (s != PEL_OK)
            return s;
        all.lo = ends[0];
        all.hi = ends[1];
    } else if (!(all.lo <= all.hi))
        return pel__fail(PEL_EDATA, "there is no finite value to count");
    else if (all.infinite)
        pel__note("%lld infinite values lie in no bin", (long long)all.infinite);
    return make_edges(t->bins, all.lo, all.hi);
}

static pel_status make_bins(pel_bins *out, int64_t count)
{
    *out = (pel_bins){ .count = count };
    pel_status s = pel__alloc_zero(&out->edges, count + 1, sizeof *out->edges, "the bins");
    if (s == PEL_OK)
        s = pel__alloc_zero(&out->counts, count, sizeof *out->counts, "the bins");
    if (s == PEL_OK)
        s = pel__alloc_zero(&out->density, count, sizeof *out->density, "the bins");
    return s;
}

static void add_up(pel_bins *bins, int64_t values)
{
    for (int64_t b = 0; b < bins->count; b++)
        bins->total += bins->counts[b];
    bins->outside = values - bins->nan_count - bins->total;
    for (int64_t b = 0; b < bins->count; b++)
        if (bins->total)
            bins->density[b] = (double)bins->counts[b] / (bins->edges[b + 1] - bins->edges[b]) /
                               (double)bins->total;
}

pel_status pel_histogram(pel_bins *out, const pel_volume *in, const pel_histogram_params *params)
{
    *out = (pel_bins){ 0 };
    pel_status s = pel_schema_check(&pel_histogram_schema, params);
    if (s == PEL_OK)
        s = pel__volume_check_shape(in, "histogram");
    if (s == PEL_OK && !in->data)
        s = pel__fail(PEL_EPARAM, "histogram of a volume without voxels");
    if (s != PEL_OK)
        return s;
    tally t = { .in = in, .bins = out };
    t.values = pel_volume_count(in) * pel__volume_channels(in);
    pel__volume_scale(in, &t.slope, &t.inter);
    int64_t blocks = (t.values + BLOCK - 1) / BLOCK;
    s = pel__alloc(&t.extent, blocks, sizeof *t.extent, "ranges of values");
    if (s == PEL_OK)
        s = make_bins(out, params->bins);
    if (s == PEL_OK)
        s = pel__parallel(blocks, measure_block, &t, "measuring");
    if (s == PEL_OK)
        s = choose_edges(&t, params, blocks);
    if (s == PEL_OK) {
        t.norm = (double)out->count / (out->edges[out->count] - out->edges[0]);
        s = pel__parallel(blocks, count_block, &t, "counting");
    }
    pel__free(t.extent);
    if (s == PEL_OK)
        add_up(out, t.values);
    else
        pel_bins_free(out);
    return s;
}

void pel_bins_free(pel_bins *bins)
{
    pel__free(bins->edges);
    pel__free(bins->counts);
    pel__free(bins->density);
    *bins = (pel_bins){ 0 };
}

pel_status pel_bins_csv(char **out, const pel_bins *bins)
{
    pel__text text = { 0 };
    pel__text_add(&text, "lo,hi,count,density\n");
    for (int64_t b = 0; b < bins->count; b++) {
        char lo[32], hi[32], density[32];
        pel__format_number(lo, bins->edges[b]);
        pel__format_number(hi, bins->edges[b + 1]);
        pel__format_number(density, bins->density[b]);
        pel__text_add(&text, "%s,%s,%lld,%s\n", lo, hi, (long long)bins->counts[b], density);
    }
    *out = text.failed ? NULL : text.text;
    if (*out)
        return PEL_OK;
    pel__text_free(&text);
    return pel__fail(PEL_EMEMORY, "no memory for the text of %lld bins", (long long)bins->count);
}

/* ---- drawing ---- */

static double height_of(const pel_bins *bins, const pel_histogram_params *params, int64_t bin)
{
    return params->density ? bins->density[bin] : (double)bins->counts[bin];
}

// where the upward axis begins and ends
static void upward_range(pel__axis *axis, const pel_bins *bins, const pel_histogram_params *params)
{
    double most = 0, least = INFINITY;
    for (int64_t b = 0; b < bins->count; b++) {
        double h = height_of(bins, params, b);
        most = fmax(most, h);
        least = h > 0 ? fmin(least, h) : least;
    }
    axis->lo = 0;
    axis->hi = most > 0 ? 1.04 * most : 1;
    axis->log = params->log && most > 0;
    if (axis->log) {
        axis->lo = 0.6 * least;
        axis->hi = 1.3 * most;
    }
}

static double along(const pel__axis *axis, double value)
{
    double t = axis->log ? log10(value / axis->lo) / log10(axis->hi / axis->lo)
                         : (value - axis->lo) / (axis->hi - axis->lo);
    return t * axis->length_pt;
}

static void draw_bars(pel__pen *pen, const pel_bins *bins, const pel_look *look,
                      const pel_histogram_params *params, const pel__axis axes[2],
                      const double origin[2])
{
    double wide = axes[0].length_pt / (double)bins->count, space = wide >= 3 ? bar_gap : 0;
    for (int64_t b = 0; b < bins->count; b++) {
        double h = height_of(bins, params, b);
        if (!(h > 0))
            continue;
        float rgb[3], opacity;
        pel_look_colour(look, 0.5 * (bins->edges[b] + bins->edges[b + 1]), rgb, &opacity);
        double x = origin[0] + (double)b * wide, up = along(&axes[1], h), rim = 0;
        // what is nearly white needs a rim on white paper
        if (0.2126f * rgb[0] + 0.7152f * rgb[1] + 0.0722f * rgb[2] > 0.9f) {
            rim = fmin(0.5, 0.2 * wide);
            pel__pen_box(pen, x + space / 2, origin[1] - up, wide - space, up,
                         (pel_colour){ 0.6f, 0.6f, 0.6f, 1, true });
        }
        pel__pen_box(pen, x + space / 2 + rim, origin[1] - up + rim, wide - space - 2 * rim,
                     fmax(0, up - rim), (pel_colour){ rgb[0], rgb[1], rgb[2], 1, true });
    }
}

pel_status pel_histogram_figure(pel_figure *out, const pel_bins *bins, const pel_look *look,
                                const pel_histogram_params *params)
{
    *out = (pel_figure){ 0 };
    double width, height;
    pel_status s = pel__paper_size(&width, &height, params->picture, params->dpi);
    if (s != PEL_OK)
        return s;
    width = isnan(width) ? default_width : width;
    height = isnan(height) ? golden * width : height;
    pel__axis axes[2] = { { .label = "value" }, { .vertical = true } };
    axes[0].lo = bins->edges[0];
    axes[0].hi = bins->edges[bins->count];
    axes[1].label = params->density ? "density" : "voxels";
    upward_range(&axes[1], bins, params);

    // rooms depend a little on the lengths; the second round has them right
    double head = PEL__MARGIN_PT + (params->title ? 1.17 * PEL__TITLE_PT + PEL__GAP_PT : 0);
    double left = 0, below = 0, end = 2 * PEL__MARGIN_PT;
    for (int round = 0; round < 2; round++) {
        axes[0].length_pt = width - end - left - PEL__MARGIN_PT;
        axes[1].length_pt = height - head - below - PEL__MARGIN_PT;
        if (!(axes[0].length_pt > 20 && axes[1].length_pt > 20))
            return pel__fail(PEL_EPARAM,
                             "--size %s leaves no room beside the axes; choose a larger",
                             params->picture);
        left = pel__axis_room_pt(&axes[1]);
        below = pel__axis_room_pt(&axes[0]);
    }
    axes[0].length_pt = width - end - left - PEL__MARGIN_PT;
    axes[1].length_pt = height - head - below - PEL__MARGIN_PT;

    *out = (pel_figure){
        .width_pt = width, .height_pt = height, .dpi = params->dpi, .background = pel__paper
    };
    pel__pen pen = { .figure = out };
    const double origin[2] = { PEL__MARGIN_PT + left, height - PEL__MARGIN_PT - below };
    draw_bars(&pen, bins, look, params, axes, origin);
    pel__pen_line(&pen, origin[0], origin[1], origin[0] + axes[0].length_pt, origin[1], 0.6);
    pel__pen_line(&pen, origin[0], origin[1], origin[0], origin[1] - axes[1].length_pt, 0.6);
    pel__axis_draw(&pen, &axes[0], origin[0], origin[1]);
    pel__axis_draw(&pen, &axes[1], origin[0], origin[1]);
    if (params->title)
        pel__pen_bold(&pen, (pel__place){ origin[0], PEL__MARGIN_PT, 0, 0, 0 }, PEL__TITLE_PT,
                      params->title, pel__ink);
    if (pen.status != PEL_OK)
        pel_figure_free(out);
    return pen.status;
}
