/* SPDX-License-Identifier: Apache-2.0 */
/* axes.c: axes, colour bars and scale bars as items of a drawing list. */
#include "image/axes.h"

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

const pel_colour pel__ink = { 0, 0, 0, 1, true };
const pel_colour pel__paper = { 1, 1, 1, 1, true };

static const double hairline = 0.6;

/* ---- the pen ---- */

pel_colour pel__pen_ink(const pel__pen *pen)
{
    return pen->ink.set ? pen->ink : pel__ink;
}

void pel__pen_line(pel__pen *pen, double x0, double y0, double x1, double y1, double width_pt)
{
    double points[2][2] = { { x0, y0 }, { x1, y1 } };
    if (pen->status == PEL_OK)
        pen->status = pel_figure_line(pen->figure, points, 2, width_pt, pel__pen_ink(pen));
}

void pel__pen_frame(pel__pen *pen, double x, double y, double width, double height)
{
    // the line lies outside what it frames
    double h = hairline / 2;
    double points[5][2] = { { x - h, y - h },
                            { x + width + h, y - h },
                            { x + width + h, y + height + h },
                            { x - h, y + height + h },
                            { x - h, y - h } };
    if (pen->status == PEL_OK)
        pen->status = pel_figure_line(pen->figure, points, 5, hairline, pel__pen_ink(pen));
}

void pel__pen_area(pel__pen *pen, const double (*points)[2], int count, pel_colour colour)
{
    if (pen->status == PEL_OK)
        pen->status = pel_figure_area(pen->figure, points, count, colour);
}

void pel__pen_box(pel__pen *pen, double x, double y, double width, double height, pel_colour colour)
{
    double points[4][2] = {
        { x, y }, { x + width, y }, { x + width, y + height }, { x, y + height }
    };
    pel__pen_area(pen, points, 4, colour);
}

void pel__pen_text(pel__pen *pen, pel__place at, double size_pt, const char *text,
                   pel_colour colour)
{
    if (pen->status == PEL_OK && *text)
        pen->status = pel_figure_text(pen->figure, at.x, at.y, text, size_pt, at.anchor_x,
                                      at.anchor_y, at.turn, colour);
}

void pel__pen_bold(pel__pen *pen, pel__place at, double size_pt, const char *text,
                   pel_colour colour)
{
    pel__pen_text(pen, at, size_pt, text, colour);
    if (pen->status == PEL_OK && *text)
        pen->figure->item[pen->figure->count - 1].bold = true;
}

void pel__pen_image(pel__pen *pen, double x, double y, double width, double height,
                    pel_image *image)
{
    if (pen->status == PEL_OK)
        pen->status = pel_figure_image(pen->figure, x, y, width, height, image);
    pel_image_free(image);
}

// advance of a character in DejaVu Sans, in thousandths of the size, rounded up
static int advance(uint32_t c)
{
    if (c >= '0' && c <= '9')
        return 637;
    if (c == ' ' || c == '.' || c == ',' || c == ':' || c == '|')
        return 340;
    if (strchr("ijlI'", (int)c) && c < 128)
        return 300;
    if (strchr("ftr()-[]", (int)c) && c < 128)
        return 412;
    if (strchr("mMwW", (int)c) && c < 128)
        return 975;
    if (c >= 'A' && c <= 'Z')
        return 700;
    return c == 0x2212 || c == 0xd7 || c == '=' ? 838 : c >= 0x2070 && c < 0x208f ? 420 : 640;
}

double pel__text_width_pt(const char *text, double size_pt)
{
    int64_t total = 0;
    for (const unsigned char *c = (const unsigned char *)text; *c;) {
        uint32_t code = *c++;
        if (code >= 0xc0) {
            code &= code >= 0xe0 ? 0x0f : 0x1f;
            while ((*c & 0xc0) == 0x80)
                code = code << 6 | (*c++ & 0x3f);
        }
        total += advance(code);
    }
    return (double)total * size_pt / 1000;
}

/* ---- axes ---- */

// ticks of an axis, either round numbers or powers of ten
typedef struct tick_set {
    pel__ticks ticks;
    bool log;
    int first, step, count; /* log: exponents */
} tick_set;

static int wanted_ticks(const pel__axis *axis)
{
    // a label every 34 pt upwards, every 46 pt along the bottom
    double n = axis->length_pt / (axis->vertical ? 34 : 46) + 1;
    return n < 2 ? 2 : n > 12 ? 12 : (int)n;
}

static void fit_log(tick_set *out, const pel__axis *axis)
{
    int lo = (int)ceil(log10(axis->lo) - 1e-9), hi = (int)floor(log10(axis->hi) + 1e-9);
    out->log = true;
    out->first = lo;
    out->step = 1 + (hi - lo) / wanted_ticks(axis);
    out->count = hi < lo ? 0 : (hi - lo) / out->step + 1;
}

static double widest_label(const tick_set *set);

static void fit(tick_set *out, const pel__axis *axis)
{
    *out = (tick_set){ 0 };
    if (axis->log) {
        fit_log(out, axis);
        return;
    }
    // fewer ticks where labels along the bottom would touch
    for (int wanted = wanted_ticks(axis); wanted >= 2; wanted--) {
        double lo = fmin(axis->lo, axis->hi), hi = fmax(axis->lo, axis->hi);
        pel__ticks_fit(&out->ticks, lo, hi, wanted);
        out->count = out->ticks.count;
        double apart = out->ticks.step / (hi - lo) * axis->length_pt;
        if (axis->vertical || out->count < 2 || apart > widest_label(out) + 4)
            break;
    }
}

static double tick_at(const tick_set *set, int n)
{
    return set->log ? pel__power_of_ten(set->first + n * set->step) : pel__ticks_at(&set->ticks, n);
}

static void tick_text(const tick_set *set, int n, char out[48])
{
    if (!set->log) {
        pel__ticks_label(&set->ticks, n, out);
        return;
    }
    int exponent = set->first + n * set->step;
    pel__exponent_text(exponent, out);
    // "10³", not "×10³"
    if (exponent == 0)
        snprintf(out, 48, "1");
    else
        memmove(out, out + 2, strlen(out + 2) + 1);
}

static double widest_label(const tick_set *set)
{
    double widest = 0;
    for (int n = 0; n < set->count; n++) {
        char text[48];
        tick_text(set, n, text);
        widest = fmax(widest, pel__text_width_pt(text, PEL__TEXT_PT));
    }
    return widest;
}

static double line_pt(double size_pt)
{
    return 1.17 * size_pt;
}

// the label, with the power of ten its numbers are divided by
static void label_text(const pel__axis *axis, const tick_set *set, char out[192])
{
    char exponent[48];
    pel__exponent_text(set->log ? 0 : set->ticks.exponent, exponent);
    const char *label = axis->label ? axis->label : "";
    snprintf(out, 192, "%.120s%s%s", label, *label && *exponent ? " " : "", exponent);
}

double pel__axis_room_pt(const pel__axis *axis)
{
    tick_set set;
    char label[192];
    fit(&set, axis);
    label_text(axis, &set, label);
    double beside = axis->vertical ? widest_label(&set) : line_pt(PEL__TEXT_PT);
    double room = PEL__TICK_PT + 2 + beside;
    return *label ? room + PEL__GAP_PT + line_pt(PEL__LABEL_PT) : room;
}

static double fraction(const pel__axis *axis, double value)
{
    if (axis->log)
        return log10(value / axis->lo) / log10(axis->hi / axis->lo);
    return (value - axis->lo) / (axis->hi - axis->lo);
}

static void draw_tick(pel__pen *pen, const pel__axis *axis, const char *text, double x, double y)
{
    double side = axis->right ? 1 : -1;
    if (axis->vertical) {
        pel__pen_line(pen, x, y, x + side * PEL__TICK_PT, y, hairline);
        pel__pen_text(pen,
                      (pel__place){ x + side * (PEL__TICK_PT + 2), y, axis->right ? 0 : 1, 0.5, 0 },
                      PEL__TEXT_PT, text, pel__pen_ink(pen));
    } else {
        pel__pen_line(pen, x, y, x, y + PEL__TICK_PT, hairline);
        pel__pen_text(pen, (pel__place){ x, y + PEL__TICK_PT + 2, 0.5, 0, 0 }, PEL__TEXT_PT, text,
                      pel__pen_ink(pen));
    }
}

void pel__axis_draw(pel__pen *pen, const pel__axis *axis, double x, double y)
{
    tick_set set;
    char text[192];
    fit(&set, axis);
    for (int n = 0; n < set.count; n++) {
        double along = fraction(axis, tick_at(&set, n)) * axis->length_pt;
        char number[48];
        tick_text(&set, n, number);
        draw_tick(pen, axis, number, axis->vertical ? x : x + along,
                  axis->vertical ? y - along : y);
    }
    label_text(axis, &set, text);
    double room = pel__axis_room_pt(axis), middle = axis->length_pt / 2;
    if (!axis->vertical)
        pel__pen_text(pen, (pel__place){ x + middle, y + room, 0.5, 1, 0 }, PEL__LABEL_PT, text,
                      pel__pen_ink(pen));
    else
        pel__pen_text(
            pen,
            (pel__place){ axis->right ? x + room : x - room, y - middle, 0.5, axis->right, 90 },
            PEL__LABEL_PT, text, pel__pen_ink(pen));
}

/* ---- colour bar ---- */

double pel__bar_room_pt(const pel__bar *bar)
{
    return bar->width_pt + pel__axis_room_pt(&bar->axis);
}

// one pixel wide, highest value on top
static pel_status bar_image(pel_image *out, const pel__bar *bar)
{
    enum { ROWS = 256 };
    pel_status s = pel_image_new(out, 1, ROWS, 3, PEL_UINT8);
    if (s != PEL_OK)
        return s;
    uint8_t *pixel = out->data;
    for (int row = 0; row < ROWS; row++, pixel += 3) {
        double t = (ROWS - 0.5 - row) / ROWS;
        double value = bar->axis.lo + t * (bar->axis.hi - bar->axis.lo);
        float rgb[3] = { 0.75f, 0.75f, 0.75f }, opacity;
        if (!(fabs(value) < bar->hidden))
            pel_look_colour(bar->look, value, rgb, &opacity);
        for (int c = 0; c < 3; c++)
            pixel[c] = (uint8_t)(rgb[c] * 255 + 0.5f);
    }
    return PEL_OK;
}

void pel__bar_draw(pel__pen *pen, const pel__bar *bar, double x, double y)
{
    pel_image image = { 0 };
    double height = bar->axis.length_pt;
    if (pen->status == PEL_OK)
        pen->status = bar_image(&image, bar);
    pel__pen_image(pen, x, y - height, bar->width_pt, height, &image);
    pel__pen_frame(pen, x, y - height, bar->width_pt, height);
    pel__axis_draw(pen, &bar->axis, x + bar->width_pt + hairline, y);
}

/* ---- scale bar ---- */

double pel__scale_bar_mm(double most_mm)
{
    static const double round_numbers[3] = { 5, 2, 1 };
    if (!(most_mm > 0) || !isfinite(most_mm))
        return 0;
    for (int order = (int)ceil(log10(most_mm));; order--)
        for (int i = 0; i < 3; i++) {
            double length = round_numbers[i] * pel__power_of_ten(order);
            if (length <= most_mm)
                return length;
        }
}

static void scale_bar_text(double length_mm, char out[64])
{
    char number[48];
    const char *unit = length_mm >= 0.1 ? "mm" : length_mm >= 1e-4 ? "\u00b5m" : "nm";
    pel__number_text(length_mm * (length_mm >= 0.1 ? 1 : length_mm >= 1e-4 ? 1e3 : 1e6), 6, number);
    snprintf(out, 64, "%s %s", number, unit);
}

double pel__scale_bar_room_pt(double length_mm, double mm_per_pt)
{
    char text[64];
    scale_bar_text(length_mm, text);
    return length_mm / mm_per_pt + PEL__GAP_PT + 1 + pel__text_width_pt(text, PEL__TEXT_PT);
}

void pel__scale_bar_draw(pel__pen *pen, double x, double y, double length_mm, double mm_per_pt)
{
    char text[64];
    double length = length_mm / mm_per_pt;
    scale_bar_text(length_mm, text);
    pel__pen_line(pen, x - length, y, x, y, 2);
    pel__pen_text(pen, (pel__place){ x - length - PEL__GAP_PT - 1, y, 1, 0.5, 0 }, PEL__TEXT_PT,
                  text, pel__pen_ink(pen));
}
