/* SPDX-License-Identifier: Apache-2.0 */
/* axes.h: what figures are made of: a pen that remembers failing, axes, colour bars, scale bars. */
#ifndef PEL_IMAGE_AXES_H
#define PEL_IMAGE_AXES_H

#include <pellucid/image.h>

#include "image/ticks.h"

/** Type sizes and gaps of all figures, pt. */
enum {
    PEL__TEXT_PT = 8,  /* tick labels */
    PEL__LABEL_PT = 9, /* axis labels, letters */
    PEL__TITLE_PT = 10,
    PEL__TICK_PT = 3,
    PEL__GAP_PT = 3,
    PEL__MARGIN_PT = 8
};

extern const pel_colour pel__ink, pel__paper;

/** Draws on a figure until the first failure, which `status` keeps. */
typedef struct pel__pen {
    pel_figure *figure;
    pel_status status;
    pel_colour ink; /* of lines and words; not set: black */
} pel__pen;

/** What the pen writes with. */
pel_colour pel__pen_ink(const pel__pen *pen);

void pel__pen_line(pel__pen *pen, double x0, double y0, double x1, double y1, double width_pt);
void pel__pen_frame(pel__pen *pen, double x, double y, double width, double height);
void pel__pen_area(pel__pen *pen, const double (*points)[2], int count, pel_colour colour);
void pel__pen_box(pel__pen *pen, double x, double y, double width, double height,
                  pel_colour colour);

/** Where a text stands: the point, which point of the text lies on it, and how it is turned. */
typedef struct pel__place {
    double x, y, anchor_x, anchor_y, turn;
} pel__place;

void pel__pen_text(pel__pen *pen, pel__place at, double size_pt, const char *text,
                   pel_colour colour);
void pel__pen_bold(pel__pen *pen, pel__place at, double size_pt, const char *text,
                   pel_colour colour);

/** Takes the image (it becomes empty, failure or not). */
void pel__pen_image(pel__pen *pen, double x, double y, double width, double height,
                    pel_image *image);

/** Room a text takes, near enough to lay out: DejaVu Sans, a little generous. */
double pel__text_width_pt(const char *text, double size_pt);

/** An axis: `lo` at the left or lower end of a length in pt, `hi` (which may be less) at the
 * other. */
typedef struct pel__axis {
    double lo, hi;
    double length_pt;
    bool vertical;     /* grows upwards, labels to its left or right; else rightwards, below */
    bool right;        /* vertical: ticks and labels to its right */
    bool log;          /* ticks at powers of ten; lo and hi are above zero */
    const char *label; /* NULL: none */
} pel__axis;

/** Room the axis takes beside its line: ticks, labels, label; pt. */
double pel__axis_room_pt(const pel__axis *axis);

/** Draw from its low end at x, y. */
void pel__axis_draw(pel__pen *pen, const pel__axis *axis, double x, double y);

/** A colour bar: the look's colours over lo to hi upwards in a box `width` wide, its axis to the
 * right. */
typedef struct pel__bar {
    const pel_look *look;
    pel__axis axis;
    double width_pt;
    double hidden; /* values nearer to zero than this are not shown: grey; 0: none */
} pel__bar;

double pel__bar_room_pt(const pel__bar *bar);
void pel__bar_draw(pel__pen *pen, const pel__bar *bar, double x, double y);

/** The length in mm of a scale bar at most `most_mm` long: 1, 2 or 5 times a power of ten. */
double pel__scale_bar_mm(double most_mm);

/** A scale bar ending at x on the right, its line at y, with its length written left of it. */
void pel__scale_bar_draw(pel__pen *pen, double x, double y, double length_mm, double mm_per_pt);

/** Room to the left of x that the bar and its text take. */
double pel__scale_bar_room_pt(double length_mm, double mm_per_pt);

#endif
