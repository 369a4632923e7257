/* SPDX-License-Identifier: Apache-2.0 */
/* cortex_figure.c: a map for people: values in grey, a scale, letters, parts in colours. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/maths.h"
#include "base/memory.h"
#include "base/status.h"
#include "image/axes.h"
#include "pipeline/cortex.h"

/* one pixel of the map is one of the figure */
static const double DPI = 144, PT_PER_PX = 0.5;
static const double BAR_PT = 9, GAP_PT = 10, SIDE_PT = 16, LINE_PT = 13;

/* ---- colours ---- */

static int by_size(const void *a, const void *b)
{
    float x = *(const float *)a, y = *(const float *)b;
    return (x > y) - (x < y);
}

pel_status pel__cortex_look(pel_look *out, const pel_image *image, double lo, double hi)
{
    int64_t count = image->width * image->height, n = 0;
    const float *value = image->data;
    float *sorted = NULL;
    pel_volume all = { .dims = { image->width, image->height, 1 }, .dtype = PEL_FLOAT32 };
    all.data = image->data;
    pel_status s = pel__alloc(&sorted, count, sizeof *sorted, "a map's window");
    for (int64_t i = 0; s == PEL_OK && i < count; i++)
        if (isfinite(value[i]))
            sorted[n++] = value[i];
    if (s == PEL_OK)
        s = pel_look_load(out, "gray");
    if (s == PEL_OK && n > 0) {
        qsort(sorted, (size_t)n, sizeof *sorted, by_size);
        out->window[0] = (double)sorted[(int64_t)(lo * (double)(n - 1))];
        out->window[1] = (double)sorted[(int64_t)(hi * (double)(n - 1))];
    }
    if (s == PEL_OK && (n == 0 || !(out->window[1] > out->window[0]))) {
        out->window[0] = n > 0 ? out->window[0] - 0.5 : 0;
        out->window[1] = out->window[0] + 1;
    }
    pel__free(sorted);
    return s == PEL_OK ? pel_look_fit(out, &all) : s;
}

static void put(uint8_t rgba[4], const float rgb[3], const float over[3], double part)
{
    for (int c = 0; c < 3; c++)
        rgba[c] = (uint8_t)pel__int_from(
            255 * ((1 - part) * (double)rgb[c] + part * (double)over[c]) + 0.5, 0, 255);
    rgba[3] = 255;
}

static int64_t clamp(int64_t at, int64_t count)
{
    return at < 0 ? 0 : at < count ? at : count - 1;
}

// how much of a pixel and those around it is there, nearer ones more: along an edge less than 1
static double part_there(const uint8_t *rgba, int64_t width, int64_t height, int64_t at,
                         double sum[3])
{
    static const double weight[2] = { 0.5, 0.25 };
    double there = 0;
    for (int64_t n = 0; n < 9; n++) {
        int64_t dx = n % 3 - 1, dy = n / 3 - 1;
        int64_t x = clamp(at % width + dx, width), y = clamp(at / width + dy, height);
        const uint8_t *from = rgba + 4 * (y * width + x);
        if (from[3] != 255)
            continue;
        double w = weight[dx != 0] * weight[dy != 0];
        there += w;
        for (int c = 0; c < 3; c++)
            sum[c] += w * from[c];
    }
    return there;
}

// no stairs along edges: pixels there fade
static pel_status soften(pel_image *image)
{
    int64_t count = image->width * image->height;
    uint8_t *rgba = image->data, *alpha;
    pel_status s = pel__alloc(&alpha, count, 1, "a figure");
    for (int64_t at = 0; at < count && s == PEL_OK; at++) {
        double sum[3] = { 0 }, there = part_there(rgba, image->width, image->height, at, sum);
        alpha[at] = (uint8_t)(255 * there + 0.5);
        for (int c = 0; c < 3 && there > 0 && rgba[4 * at + 3] == 0; c++)
            rgba[4 * at + c] = (uint8_t)(sum[c] / there + 0.5);
    }
    for (int64_t at = 0; at < count && s == PEL_OK; at++)
        rgba[4 * at + 3] = alpha[at];
    pel__free(alpha);
    return s;
}

static pel_status colour_map(pel_image *out, const pel_image *image, const pel__cortex_figure *what)
{
    static const double OVER = 0.62;
    float rgb[3], opacity, colours[256][3];
    const float *value = image->data;
    pel_status s = pel_image_new(out, image->width, image->height, 4, PEL_UINT8);
    if (s == PEL_OK && what->parts)
        s = pel_colormap(colours, "labels");
    for (int64_t at = 0; s == PEL_OK && at < image->width * image->height; at++) {
        float part = what->parts ? what->parts[at] : 0;
        if (!isfinite(value[at]))
            continue;
        pel_look_colour(&what->look, (double)value[at], rgb, &opacity);
        put((uint8_t *)out->data + 4 * at, rgb, part > 0 ? colours[(int64_t)part % 256] : rgb,
            part > 0 ? OVER : 0);
    }
    return s == PEL_OK ? soften(out) : s;
}

/* ---- letters ---- */

// the mean place of what a quarter of the picture holds: left, right, top, bottom
static pel_vec3 mean_place(const pel_image *image, const float *position, int side)
{
    pel_vec3 sum = { 0, 0, 0 };
    double count = 0;
    for (int64_t row = 0; row < image->height; row++)
        for (int64_t column = 0; column < image->width; column++) {
            const float *p = position + 3 * (row * image->width + column);
            double x = ((double)column + 0.5) / (double)image->width,
                   y = ((double)row + 0.5) / (double)image->height;
            const bool in[4] = { x<0.25, x> 0.75, y<0.25, y> 0.75 };
            if (!in[side] || isnan(p[0]))
                continue;
            sum = pel__plus(sum, (pel_vec3){ (double)p[0], (double)p[1], (double)p[2] });
            count++;
        }
    return pel__scale(sum, 1 / fmax(count, 1));
}

// the letters of a direction, its greatest part first; parts below a third are left out
static void letters_of(char out[8], pel_vec3 way)
{
    double part[3] = { way.x, way.y, way.z };
    int used = 0;
    for (int n = 0; n < 3; n++) {
        int most = 0;
        for (int a = 1; a < 3; a++)
            most = fabs(part[a]) > fabs(part[most]) ? a : most;
        if (fabs(part[most]) >= 0.34)
            out[used++] = (part[most] > 0 ? "RAS" : "LPI")[most];
        part[most] = 0;
    }
    out[used] = 0;
}

static void draw_letters(pel__pen *pen, const pel_image *image, const double box[4])
{
    const float *position = pel_image_layer(image, "position");
    const double x = box[0], y = box[1], w = box[2], h = box[3], off = SIDE_PT / 2;
    const pel__place at[4] = { { x - off, y + h / 2, 0.5, 0.5, 0 },
                               { x + w + off, y + h / 2, 0.5, 0.5, 0 },
                               { x + w / 2, y - off, 0.5, 0.5, 0 },
                               { x + w / 2, y + h + off, 0.5, 0.5, 0 } };
    for (int side = 0; position && side < 4; side++) {
        char letters[8];
        pel_vec3 here = mean_place(image, position, side),
                 there = mean_place(image, position, side ^ 1);
        letters_of(letters, pel__unit(pel__minus(here, there)));
        pel__pen_bold(pen, at[side], PEL__LABEL_PT, letters, pel__ink);
    }
}

/* ---- the sheet ---- */

static double most_of(double a, double b)
{
    return a > b ? a : b;
}

pel_status pel__cortex_draw(pel_figure *out, const pel_image *image, const pel__cortex_figure *what)
{
    double w = (double)image->width * PT_PER_PX, h = (double)image->height * PT_PER_PX;
    double mm_per_pt = image->mm_per_pixel / PT_PER_PX,
           scale = pel__scale_bar_mm(w * mm_per_pt / 4);
    pel__bar bar = { .look = &what->look,
                     .axis = { what->look.window[0], what->look.window[1], h * 0.6,
                               .vertical = true, .right = true, .label = what->unit },
                     .width_pt = BAR_PT };
    static const double BOLD = 1.18; // as wide as plain letters
    double caption = what->caption ? pel__text_width_pt(what->caption, PEL__TEXT_PT) : 0;
    double title = BOLD * pel__text_width_pt(what->title, PEL__TITLE_PT);
    double body = w + 2 * SIDE_PT + GAP_PT + pel__bar_room_pt(&bar);
    double x = PEL__MARGIN_PT + SIDE_PT, y = PEL__MARGIN_PT + LINE_PT + SIDE_PT;
    *out = (pel_figure){ .dpi = DPI,
                         .background = { 1, 1, 1, 1, true },
                         .mm_per_pt = mm_per_pt,
                         .width_pt = 2 * PEL__MARGIN_PT + most_of(body, most_of(title, caption)),
                         .height_pt = y + h + SIDE_PT + 2 * LINE_PT + PEL__MARGIN_PT };
    pel__pen pen = { .figure = out };
    pel_image colours = { 0 };
    const double box[4] = { x, y, w, h };
    pen.status = colour_map(&colours, image, what);
    pel__pen_image(&pen, x, y, w, h, &colours);
    pel__pen_bold(&pen, (pel__place){ PEL__MARGIN_PT, PEL__MARGIN_PT, 0, 0, 0 }, PEL__TITLE_PT,
                  what->title, pel__ink);
    if (what->oriented)
        draw_letters(&pen, image, box);
    pel__bar_draw(&pen, &bar, x + w + SIDE_PT + GAP_PT, y + h * 0.8);
    pel__scale_bar_draw(&pen, x + w, y + h + SIDE_PT + LINE_PT / 2, scale, mm_per_pt);
    if (what->caption)
        pel__pen_text(&pen,
                      (pel__place){ PEL__MARGIN_PT, out->height_pt - PEL__MARGIN_PT, 0, 1, 0 },
                      PEL__TEXT_PT, what->caption, pel__ink);
    if (pen.status != PEL_OK)
        pel_figure_free(out);
    return pen.status;
}
