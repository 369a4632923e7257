/* SPDX-License-Identifier: Apache-2.0 */
/* voxels_axes.c: the box that cubes stand in, laid out as matplotlib's mplot3d does: panes at the
 * back, grid lines on them, three axes with ticks and labels. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "see/voxels.h"

/* matplotlib 3.6, axis3d: panes lie outside the limits by a share of the range; ticks and labels
 * are placed by twelfths of it */
static const double part = 1.0 / 12, outside = 0.25, tick_out = 0.1, tick_in = 0.2;
static const double points_factor = 48, number_pt = 11.5, label_pt = 25;
static const double line_pt = 0.8;
enum { TEXT_PT = 10, WANTED_TICKS = 7 };

static const pel_colour panes[3] = { { 0.95f, 0.95f, 0.95f, 0.5f, true },
                                     { 0.9f, 0.9f, 0.9f, 0.5f, true },
                                     { 0.925f, 0.925f, 0.925f, 0.5f, true } };
static const pel_colour grid_grey = { 0.69f, 0.69f, 0.69f, 1, true };

typedef struct frame {
    pel__pen *pen;
    const pel__view *view;
    double low[3], high[3], centre[3], delta[3];
    double back[3], front[3]; // of each axis: where its pane at the back is, and opposite
    bool high_is_back[3];
    double per_point; // share of delta that stands for a point of paper
} frame;

static void set_backs(frame *f)
{
    const double *toward = f->view->toward;
    bool edge_on[3];
    int edges = 0, facing = 0;
    for (int a = 0; a < 3; a++) {
        edge_on[a] = toward[a] == 0;
        edges += edge_on[a];
        facing = edge_on[a] ? facing : a;
        f->high_is_back[a] = toward[a] < 0;
    }
    // where one pane is seen face on, its neighbours are chosen as matplotlib has them
    for (int a = 0; a < 3 && edges == 2; a++)
        if (edge_on[a])
            f->high_is_back[a] = facing == 2 || (facing == 1 && a == 0);
    for (int a = 0; a < 3; a++) {
        f->back[a] = f->high_is_back[a] ? f->high[a] : f->low[a];
        f->front[a] = f->high_is_back[a] ? f->low[a] : f->high[a];
    }
}

static void place(const frame *f, const double at[3], double out[2])
{
    pel__view_place(f->view, at, out);
}

static void line(const frame *f, const double (*at)[3], int count, pel_colour colour)
{
    double points[3][2];
    for (int i = 0; i < count; i++)
        place(f, at[i], points[i]);
    if (f->pen->status == PEL_OK)
        f->pen->status = pel_figure_line(f->pen->figure, points, count, line_pt, colour);
}

static void draw_pane(const frame *f, int a)
{
    int b = (a + 1) % 3, c = (a + 2) % 3;
    double corner[4][2];
    for (int n = 0; n < 4; n++) {
        double at[3];
        at[a] = f->back[a];
        at[b] = n == 1 || n == 2 ? f->high[b] : f->low[b];
        at[c] = n >= 2 ? f->high[c] : f->low[c];
        place(f, at, corner[n]);
    }
    pel__pen_area(f->pen, corner, 4, panes[a]);
}

// moved away from the middle, but along axis a
static void move_out(const frame *f, double at[3], int a, double points)
{
    for (int c = 0; c < 3; c++)
        if (c != a)
            at[c] += (at[c] < f->centre[c] ? -1 : 1) * points * f->per_point * f->delta[c];
}

// the ends of an axis: x and y along the lower front, z at the side
static void ends(const frame *f, int a, double first[3], double last[3])
{
    memcpy(first, f->back, sizeof f->back);
    first[a == 0 ? 1 : 0] = f->front[a == 0 ? 1 : 0];
    memcpy(last, first, sizeof f->back);
    last[a] = f->front[a];
}

static void draw_label(const frame *f, int a, const double first[3], const double last[3],
                       const char *text)
{
    double at[3], p0[2], p1[2], where[2];
    for (int c = 0; c < 3; c++)
        at[c] = (first[c] + last[c]) / 2;
    move_out(f, at, a, label_pt);
    place(f, first, p0);
    place(f, last, p1);
    place(f, at, where);
    // long labels run along their axis, and never on their heads
    double turn = atan2(p0[1] - p1[1], p1[0] - p0[0]) * 180 / 3.14159265358979323846;
    turn = turn > 90 ? turn - 180 : turn < -90 ? turn + 180 : turn;
    pel__pen_text(f->pen, (pel__place){ where[0], where[1], 0.5, 0.5, strlen(text) > 4 ? turn : 0 },
                  TEXT_PT, text, pel__ink);
}

static void draw_tick(const frame *f, int a, const double on_axis[3], const char *text)
{
    int along = a == 0 ? 1 : 0;
    double delta = f->high_is_back[along] ? f->delta[along] : -f->delta[along];
    double ends_at[2][3], at[3], where[2];
    memcpy(ends_at[0], on_axis, sizeof at);
    memcpy(ends_at[1], on_axis, sizeof at);
    memcpy(at, on_axis, sizeof at);
    ends_at[0][along] += tick_out * delta;
    ends_at[1][along] -= tick_in * delta;
    line(f, ends_at, 2, pel__ink);
    move_out(f, at, a, number_pt);
    place(f, at, where);
    pel__pen_text(f->pen, (pel__place){ where[0], where[1], 0.5, 0.5, 0 }, TEXT_PT, text, pel__ink);
}

// voxels are counted in whole ones
static void fit_ticks(pel__ticks *ticks, double lo, double hi, bool whole)
{
    pel__ticks_fit(ticks, lo, hi, WANTED_TICKS);
    if (!whole || ticks->step == floor(ticks->step))
        return;
    ticks->step = ceil(ticks->step);
    ticks->first = (int64_t)ceil(lo / ticks->step);
    ticks->count = (int)(floor(hi / ticks->step) - (double)ticks->first) + 1;
    ticks->decimals = 0;
}

static void draw_axis(const frame *f, int a, const pel_voxels_params *params, double unit)
{
    static const char *const names[2][3] = { { "x", "y", "z" }, { "x, mm", "y, mm", "z, mm" } };
    const char *name = names[params->units][a];
    bool grid = params->grid == 0, whole = params->units == 0;
    double axis[2][3];
    char label[96], exponent[48];
    ends(f, a, axis[0], axis[1]);
    line(f, axis, 2, pel__ink);
    pel__ticks ticks;
    fit_ticks(&ticks, f->view->lo[a] / unit, f->view->hi[a] / unit, whole);
    pel__exponent_text(ticks.exponent, exponent);
    snprintf(label, sizeof label, "%s%s%s", name, *exponent ? " " : "", exponent);
    draw_label(f, a, axis[0], axis[1], label);
    for (int n = 0; n < ticks.count; n++) {
        double at[3], value = pel__ticks_at(&ticks, n) * unit;
        char text[48];
        memcpy(at, axis[0], sizeof at);
        at[a] = value;
        if (grid) {
            int b = (a + 1) % 3, c = (a + 2) % 3;
            double bent[3][3];
            for (int p = 0; p < 3; p++) {
                memcpy(bent[p], f->back, sizeof at);
                bent[p][a] = value;
            }
            bent[0][b] = f->front[b];
            bent[2][c] = f->front[c];
            line(f, bent, 3, grid_grey);
        }
        pel__ticks_label(&ticks, n, text);
        draw_tick(f, a, at, text);
    }
}

void pel__voxels_axes(pel__pen *pen, const pel__view *view, const pel_voxels_params *params,
                      double unit)
{
    frame f = { .pen = pen, .view = view };
    // width and height of the square the axes lie in, as matplotlib estimates it
    f.per_point = points_factor / (2 * view->axes_pt);
    for (int a = 0; a < 3; a++) {
        f.delta[a] = (view->hi[a] - view->lo[a]) * part;
        f.centre[a] = (view->hi[a] + view->lo[a]) / 2;
        f.low[a] = view->lo[a] - outside * f.delta[a];
        f.high[a] = view->hi[a] + outside * f.delta[a];
    }
    set_backs(&f);
    for (int a = 0; a < 3; a++)
        draw_pane(&f, a);
    for (int a = 0; a < 3; a++)
        draw_axis(&f, a, params, unit);
}
