/* SPDX-License-Identifier: Apache-2.0 */
/* mapfigure.c: a flat map as a figure in its own size: picture, contours, scale bar, its errors. */
#include <math.h>
#include <stdio.h>

#include <pellucid/flatten.h>

#include "base/status.h"

static const double PT_PER_MM = 72 / 25.4, MARGIN = 12, LINE = 13, SIZE = 9;
enum { MOST_LEVELS = 100 };

static const pel_colour ink = { 0, 0, 0, 1, true };

/* ---- contours ---- */

typedef struct tracing {
    pel_figure *figure;
    const float *area;
    int64_t width;
    double pt; // of a pixel
} tracing;

static pel_colour level_colour(double level)
{
    return level > 0   ? (pel_colour){ 0.8f, 0.15f, 0.1f, 1, true }
           : level < 0 ? (pel_colour){ 0.1f, 0.3f, 0.8f, 1, true }
                       : (pel_colour){ 1, 1, 1, 1, true };
}

// where a level crosses the borders of the square between four pixels' middles (Lorensen's
// squares); a saddle is cut by its order around
static pel_status trace_square(const tracing *t, int64_t column, int64_t row, double level)
{
    static const int corner[5][2] = { { 0, 0 }, { 1, 0 }, { 1, 1 }, { 0, 1 }, { 0, 0 } };
    double value[5], cut[4][2];
    int cuts = 0;
    for (int k = 0; k < 5; k++)
        value[k] = (double)t->area[(row + corner[k][1]) * t->width + column + corner[k][0]];
    for (int k = 0; k < 4; k++) {
        if ((value[k] >= level) == (value[k + 1] >= level))
            continue;
        double part = (level - value[k]) / (value[k + 1] - value[k]);
        for (int r = 0; r < 2; r++)
            cut[cuts][r] = MARGIN + t->pt * ((double)(r ? row : column) + 0.5 + corner[k][r] +
                                             part * (corner[k + 1][r] - corner[k][r]));
        cuts++;
    }
    pel_status s = PEL_OK;
    for (int k = 0; k + 1 < cuts && s == PEL_OK; k += 2)
        s = pel_figure_line(t->figure, (const double(*)[2])(cut + k), 2, 0.5, level_colour(level));
    return s;
}

static pel_status trace(const tracing *t, int64_t height, double step)
{
    pel_status s = PEL_OK;
    for (int64_t row = 0; row + 1 < height && s == PEL_OK; row++)
        for (int64_t column = 0; column + 1 < t->width && s == PEL_OK; column++) {
            const float *a = t->area + row * t->width + column, *b = a + t->width;
            double lo = (double)fminf(fminf(a[0], a[1]), fminf(b[0], b[1]));
            double hi = (double)fmaxf(fmaxf(a[0], a[1]), fmaxf(b[0], b[1]));
            if (isnan(a[0]) || isnan(a[1]) || isnan(b[0]) || isnan(b[1]))
                continue;
            double from = ceil(lo / step), to = fmin(floor(hi / step), from + MOST_LEVELS);
            for (double k = from; k <= to && s == PEL_OK; k++)
                s = trace_square(t, column, row, k * step);
        }
    return s;
}

/* ---- below the picture ---- */

// 1, 2 or 5 times a power of ten, near a third of the width
static double bar_mm(double width_mm)
{
    double mm = 1;
    while (mm > width_mm / 3)
        mm /= 10;
    while (mm * 10 <= width_mm / 3)
        mm *= 10;
    return mm * 5 <= width_mm / 3 ? mm * 5 : mm * 2 <= width_mm / 3 ? mm * 2 : mm;
}

static pel_status add_bar(pel_figure *figure, double y, double mm)
{
    const double right = MARGIN + mm * PT_PER_MM;
    const double bar[4][2] = { { MARGIN, y - 3 }, { MARGIN, y }, { right, y }, { right, y - 3 } };
    char text[32];
    snprintf(text, sizeof text, "%g mm", mm);
    pel_status s = pel_figure_line(figure, bar, 4, 1, ink);
    return s == PEL_OK ? pel_figure_text(figure, right + 5, y, text, SIZE, 0, 0.7, 0, ink) : s;
}

static pel_status add_errors(pel_figure *figure, double y, const pel_flat_report *r)
{
    char text[160], bound[48] = "";
    snprintf(text, sizeof text, "distances off by %.1f %% on the average; %lld triangles turned",
             100 * r->distance_mean, (long long)r->flips);
    pel_status s = pel_figure_text(figure, MARGIN, y, text, SIZE, 0, 0.7, 0, ink);
    if (isfinite(r->bound))
        snprintf(bound, sizeof bound, "; a cap so curved cannot go below %.3f", r->bound);
    snprintf(text, sizeof text, "ln of most over least stretch %.3f%s", r->spread, bound);
    return s == PEL_OK ? pel_figure_text(figure, MARGIN, y + LINE, text, SIZE, 0, 0.7, 0, ink) : s;
}

pel_status pel_flatmap_figure(pel_figure *out, pel_image *shaded, const pel_image *map,
                              const pel_flat_report *report, const pel_flatmap_params *params)
{
    double pt = map->mm_per_pixel * PT_PER_MM, width = pt * (double)map->width,
           height = pt * (double)map->height, below = MARGIN + height + LINE;
    const tracing t = { out, pel_image_layer(map, "area"), map->width, pt };
    *out = (pel_figure){ .width_pt = fmax(width, 300) + 2 * MARGIN,
                         .height_pt = below + 3 * LINE + MARGIN,
                         .dpi = 300,
                         .background = { 1, 1, 1, 1, true },
                         .mm_per_pt = 1 / PT_PER_MM };
    if (!t.area)
        return pel__fail(PEL_EPARAM, "the picture is none of pel_flatmap()");
    pel_status s = pel_figure_image(out, MARGIN, MARGIN, width, height, shaded);
    if (s == PEL_OK && params->contours > 0)
        s = trace(&t, map->height, params->contours);
    if (s == PEL_OK)
        s = add_bar(out, below, bar_mm(map->mm_per_pixel * (double)map->width));
    if (s == PEL_OK && report)
        s = add_errors(out, below + LINE, report);
    if (s != PEL_OK)
        pel_figure_free(out);
    return s;
}
