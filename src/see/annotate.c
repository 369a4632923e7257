/* SPDX-License-Identifier: Apache-2.0 */
/* annotate.c: what is drawn over a picture: axes, a cube, letters, a scale bar, a colour bar. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include <pellucid/see.h>

#include "base/maths.h"
#include "base/params.h"
#include "base/status.h"
#include "image/axes.h"

static const pel_param table[] = {
    PEL_SWITCH(pel_annotate_params, axes, "draw edges of the scene's box with ticks in mm"),
    PEL_SWITCH(pel_annotate_params, cube, "draw a cube whose faces say which way they look"),
    PEL_SWITCH(pel_annotate_params, scale_bar, "draw a length of so many mm"),
    PEL_SWITCH(pel_annotate_params, colorbar, "draw the colours with their values"),
    PEL_SWITCH(pel_annotate_params, labels, "write R L A P S I at the borders"),
};
const pel_schema pel_annotate_schema =
    PEL_SCHEMA(pel_annotate_params, "annotate", "what is drawn over the picture", table);

static const double SHORT_SIDE_PT = 400, CUBE_PT = 46, BAR_PT = 9, EDGE_PT = 12;
static const double RULE_PT = 0.8;

pel_annotate_params pel_annotate_defaults(void)
{
    pel_annotate_params params;
    pel_schema_defaults(&pel_annotate_schema, &params);
    return params;
}

bool pel_annotate_any(const pel_annotate_params *params)
{
    return params->axes || params->cube || params->scale_bar || params->colorbar || params->labels;
}

/* a picture being drawn over */
typedef struct sheet {
    pel__pen pen;
    const pel_annotate_scene *scene;
    pel_camera camera;
    double pt_per_px, width, height;
} sheet;

/* ---- which way is what ---- */

static double part(pel_vec3 v, int axis)
{
    return axis == 0 ? v.x : axis == 1 ? v.y : v.z;
}

static pel_vec3 unit_along(int axis, double sign)
{
    return (pel_vec3){ axis == 0 ? sign : 0, axis == 1 ? sign : 0, axis == 2 ? sign : 0 };
}

static void name_of(char out[8], const sheet *s, int axis, bool up)
{
    if (s->scene->oriented)
        snprintf(out, 8, "%c", (up ? "RAS" : "LPI")[axis]);
    else
        snprintf(out, 8, "%s%c", up ? "+" : "\u2212", "xyz"[axis]);
}

// the letters of a direction, its greatest part first; parts below a third are left out
static void letters_of(char out[32], const sheet *s, pel_vec3 direction)
{
    bool used[3] = { false };
    *out = 0;
    for (int n = 0; n < 3; n++) {
        int most = -1;
        for (int a = 0; a < 3; a++)
            if (!used[a] && (most < 0 || fabs(part(direction, a)) > fabs(part(direction, most))))
                most = a;
        used[most] = true;
        double size = part(direction, most);
        if (fabs(size) < 0.34)
            break;
        char letter[8];
        name_of(letter, s, most, size > 0);
        strcat(out, letter);
    }
}

/* ---- letters at the borders ---- */

static void draw_labels(sheet *s)
{
    const pel_vec3 ways[4] = { pel__scale(s->camera.right, -1), s->camera.right,
                               pel__scale(s->camera.down, -1), s->camera.down };
    const pel__place places[4] = { { EDGE_PT / 2, s->height / 2, 0, 0.5, 0 },
                                   { s->width - EDGE_PT / 2, s->height / 2, 1, 0.5, 0 },
                                   { s->width / 2, EDGE_PT / 2, 0.5, 0, 0 },
                                   { s->width / 2, s->height - EDGE_PT / 2, 0.5, 1, 0 } };
    for (int n = 0; n < 4; n++) {
        char letters[32];
        letters_of(letters, s, ways[n]);
        pel__pen_bold(&s->pen, places[n], PEL__TITLE_PT, letters, pel__pen_ink(&s->pen));
    }
}

/* ---- the cube ---- */

// a direction on paper, as the camera sees it from afar
static void on_paper(double out[2], const sheet *s, pel_vec3 v, double size)
{
    out[0] = pel__dot(v, s->camera.right) * size;
    out[1] = pel__dot(v, s->camera.down) * size;
}

static void draw_face(sheet *s, const double middle[2], int axis, double sign, double half)
{
    pel_vec3 out = unit_along(axis, sign);
    double facing = -pel__dot(out, s->camera.forward), corner[5][2];
    if (facing < 0.02)
        return;
    for (int n = 0; n < 4; n++) {
        pel_vec3 at = out;
        at = pel__plus(at, unit_along((axis + 1) % 3, n == 1 || n == 2 ? 1 : -1));
        at = pel__plus(at, unit_along((axis + 2) % 3, n >= 2 ? 1 : -1));
        on_paper(corner[n], s, at, half);
        corner[n][0] += middle[0];
        corner[n][1] += middle[1];
    }
    memcpy(corner[4], corner[0], sizeof corner[0]);
    float shade = (float)(0.62 + 0.3 * facing);
    pel__pen_area(&s->pen, (const double(*)[2])corner, 4,
                  (pel_colour){ shade, shade, shade, 1, true });
    for (int n = 0; n < 4; n++)
        pel__pen_line(&s->pen, corner[n][0], corner[n][1], corner[n + 1][0], corner[n + 1][1],
                      RULE_PT);
    char letter[8];
    double at[2];
    name_of(letter, s, axis, sign > 0);
    on_paper(at, s, out, half);
    // a face seen aslant has a smaller letter
    pel__pen_bold(&s->pen, (pel__place){ middle[0] + at[0], middle[1] + at[1], 0.5, 0.5, 0 },
                  half * (0.3 + 0.9 * facing), letter, pel__ink);
}

static void draw_cube(sheet *s)
{
    double half = CUBE_PT / 2 / sqrt(3);
    const double middle[2] = { EDGE_PT + CUBE_PT / 2, s->height - EDGE_PT - CUBE_PT / 2 };
    for (int axis = 0; axis < 3; axis++)
        for (int sign = -1; sign <= 1; sign += 2)
            draw_face(s, middle, axis, sign, half);
}

/* ---- axes ---- */

/* the scene's box along world axes */
typedef struct box {
    double lo[3], hi[3];
    double at[8][2]; // corners on paper; bit a of a corner's number: its end along axis a
    double middle[2];
    bool faces[6]; // 2*axis + end: turned to the viewer
} box;

static bool set_box(box *out, const sheet *s)
{
    for (int a = 0; a < 3; a++) {
        out->lo[a] = INFINITY;
        out->hi[a] = -INFINITY;
        for (int c = 0; c < 8; c++) {
            out->lo[a] = fmin(out->lo[a], part(s->scene->corners_mm[c], a));
            out->hi[a] = fmax(out->hi[a], part(s->scene->corners_mm[c], a));
        }
    }
    pel_vec3 corner[9];
    for (int c = 0; c < 8; c++)
        corner[c] = (pel_vec3){ c & 1 ? out->hi[0] : out->lo[0], c & 2 ? out->hi[1] : out->lo[1],
                                c & 4 ? out->hi[2] : out->lo[2] };
    corner[8] = pel__scale(pel__plus(corner[0], corner[7]), 0.5);
    for (int c = 0; c < 9; c++) {
        double u, v, depth, *to = c < 8 ? out->at[c] : out->middle;
        if (!pel_camera_project(&s->camera, corner[c], &u, &v, &depth))
            return false;
        to[0] = u * s->pt_per_px;
        to[1] = v * s->pt_per_px;
    }
    for (int f = 0; f < 6; f++) {
        pel_vec3 way = unit_along(f / 2, f % 2 ? 1 : -1);
        pel_vec3 from = corner[f % 2 ? 7 : 0];
        pel_vec3 sight =
            s->camera.perspective ? pel__minus(from, s->camera.eye_mm) : s->camera.forward;
        out->faces[f] = pel__dot(way, sight) < 0;
    }
    return true;
}

// of the four edges along an axis the one that bounds the box on paper, lowest or leftmost
static int outer_edge(const box *b, int axis)
{
    int best = -1, p = (axis + 1) % 3, q = (axis + 2) % 3;
    double least = INFINITY;
    for (int n = 0; n < 4; n++) {
        int from = (n & 1) << p | (n >> 1) << q, to = from | 1 << axis;
        if (b->faces[2 * p + (n & 1)] == b->faces[2 * q + (n >> 1)])
            continue;
        double across = fabs(b->at[to][0] - b->at[from][0]);
        double down = fabs(b->at[to][1] - b->at[from][1]);
        double rank =
            across > down ? -(b->at[from][1] + b->at[to][1]) : b->at[from][0] + b->at[to][0];
        if (rank < least) {
            least = rank;
            best = from;
        }
    }
    return best;
}

// where a text stands beside a point, so that it is written away from the box
static pel__place beside(const double at[2], const double way[2], double far)
{
    return (pel__place){ at[0] + way[0] * far, at[1] + way[1] * far, 0.5 - 0.5 * way[0],
                         0.5 - 0.5 * way[1], 0 };
}

// out of the box, square to an edge on paper; false where the axis is looked along
static bool way_out(double way[2], const box *b, const double from[2], const double to[2])
{
    double along[2] = { to[0] - from[0], to[1] - from[1] };
    double length = sqrt(along[0] * along[0] + along[1] * along[1]);
    if (length < 24)
        return false;
    double sign = along[1] * (from[0] + along[0] / 2 - b->middle[0]) -
                              along[0] * (from[1] + along[1] / 2 - b->middle[1]) <
                          0
                      ? -1
                      : 1;
    way[0] = sign * along[1] / length;
    way[1] = -sign * along[0] / length;
    return true;
}

// the place of `mm` on the edge that begins at a corner, on paper
static bool place_on_edge(double out[2], const sheet *s, const box *b, int corner, int axis,
                          double mm)
{
    double at[3], depth;
    for (int a = 0; a < 3; a++)
        at[a] = a == axis ? mm : corner >> a & 1 ? b->hi[a] : b->lo[a];
    if (!pel_camera_project(&s->camera, (pel_vec3){ at[0], at[1], at[2] }, &out[0], &out[1],
                            &depth))
        return false;
    out[0] *= s->pt_per_px;
    out[1] *= s->pt_per_px;
    return true;
}

static void draw_edge(sheet *s, const box *b, int axis)
{
    int first = outer_edge(b, axis);
    double way[2];
    if (first < 0 || !way_out(way, b, b->at[first], b->at[first | 1 << axis]))
        return;
    const double *from = b->at[first], *to = b->at[first | 1 << axis];
    double length =
        sqrt((to[0] - from[0]) * (to[0] - from[0]) + (to[1] - from[1]) * (to[1] - from[1]));
    pel__ticks ticks;
    pel__pen_line(&s->pen, from[0], from[1], to[0], to[1], RULE_PT);
    pel__ticks_fit(&ticks, b->lo[axis], b->hi[axis], (int)(length / 40) + 2);
    for (int n = 0; n < ticks.count; n++) {
        char text[48];
        double at[2];
        if (!place_on_edge(at, s, b, first, axis, pel__ticks_at(&ticks, n)))
            continue;
        pel__pen_line(&s->pen, at[0], at[1], at[0] + way[0] * PEL__TICK_PT,
                      at[1] + way[1] * PEL__TICK_PT, RULE_PT);
        pel__ticks_label(&ticks, n, text);
        pel__pen_text(&s->pen, beside(at, way, PEL__TICK_PT + 2), PEL__TEXT_PT, text,
                      pel__pen_ink(&s->pen));
    }
    // beyond the numbers, and along an axis that rises
    char name[16];
    bool rises = fabs(way[0]) > 0.7;
    double far = PEL__TICK_PT + (rises ? 30 : 16);
    pel__place at =
        beside((const double[2]){ (from[0] + to[0]) / 2, (from[1] + to[1]) / 2 }, way, far);
    snprintf(name, sizeof name, "%c (mm)", "xyz"[axis]);
    if (rises)
        at = (pel__place){ at.x, at.y, 0.5, 0.5, 90 };
    pel__pen_text(&s->pen, at, PEL__LABEL_PT, name, pel__pen_ink(&s->pen));
}

static void draw_axes(sheet *s)
{
    box b;
    if (set_box(&b, s))
        for (int axis = 0; axis < 3; axis++)
            draw_edge(s, &b, axis);
}

/* ---- bars ---- */

static void draw_scale_bar(sheet *s)
{
    double mm_per_pt = s->camera.mm_per_pixel / s->pt_per_px;
    double length = pel__scale_bar_mm(s->width / 4 * mm_per_pt);
    pel__scale_bar_draw(&s->pen, s->width - EDGE_PT, s->height - EDGE_PT, length, mm_per_pt);
}

static void draw_colorbar(sheet *s)
{
    const pel_look *look = s->scene->look;
    if (!look)
        return;
    pel__bar bar = { .look = look, .width_pt = BAR_PT };
    bar.axis = (pel__axis){ .lo = look->window[0],
                            .hi = look->window[1],
                            .length_pt = s->height * 0.45,
                            .vertical = true,
                            .right = true };
    if (look->point_count) {
        bar.axis.lo = look->points[0].value;
        bar.axis.hi = look->points[look->point_count - 1].value;
    }
    pel__bar_draw(&s->pen, &bar, s->width - EDGE_PT - pel__bar_room_pt(&bar),
                  (s->height + bar.axis.length_pt) / 2);
}

/* ---- the figure ---- */

// white ink on pictures whose corners are dark; where they are transparent paper is thought white
static pel_colour choose_ink(const pel_image *picture)
{
    const uint8_t *pixel = picture->data;
    int64_t n = picture->channels, w = picture->width, h = picture->height;
    const int64_t corner[4] = { 0, w - 1, (h - 1) * w, h * w - 1 };
    double light = 0;
    for (int c = 0; c < 4; c++) {
        const uint8_t *p = pixel + corner[c] * n;
        double alpha = n == 4 ? p[3] / 255.0 : 1;
        light += alpha * (0.2126 * p[0] + 0.7152 * p[1] + 0.0722 * p[2]) + (1 - alpha) * 255;
    }
    float ink = light / 4 < 110 ? 1 : 0;
    return (pel_colour){ ink, ink, ink, 1, true };
}

static pel_status check(const pel_image *picture, const pel_annotate_params *params)
{
    if (picture->dtype != PEL_UINT8 || picture->channels < 3)
        return pel__fail(PEL_EPARAM, "numbers are not drawn over: axes, bars and letters are for "
                                     "pictures of 8-bit colours");
    if (!picture->has_camera)
        return pel__fail(PEL_EPARAM, "a picture without a camera has no axes");
    if (params->scale_bar && picture->camera.perspective)
        return pel__fail(PEL_EPARAM, "--scale-bar: in perspective a millimetre has no one length; "
                                     "leave --fov out");
    return PEL_OK;
}

pel_status pel_annotate(pel_figure *out, pel_image *picture, const pel_annotate_scene *scene,
                        const pel_annotate_params *params)
{
    *out = (pel_figure){ 0 };
    pel_status status = pel_schema_check(&pel_annotate_schema, params);
    if (status == PEL_OK)
        status = check(picture, params);
    if (status != PEL_OK)
        return status;
    double shorter = (double)(picture->width < picture->height ? picture->width : picture->height);
    double dpi = picture->dpi > 0 ? picture->dpi : shorter * 72 / SHORT_SIDE_PT;
    sheet s = { .pen = { .figure = out, .ink = choose_ink(picture) },
                .scene = scene,
                .camera = picture->camera,
                .pt_per_px = 72 / dpi };
    s.width = out->width_pt = (double)picture->width * 72 / dpi;
    s.height = out->height_pt = (double)picture->height * 72 / dpi;
    out->dpi = dpi;
    bool scaled = picture->mm_per_pixel > 0;
    out->mm_per_pt = scaled ? picture->mm_per_pixel * dpi / 72 : 0;
    out->provenance = picture->provenance;
    picture->provenance = NULL;
    pel__pen_image(&s.pen, 0, 0, s.width, s.height, picture);
    if (params->axes)
        draw_axes(&s);
    if (params->cube)
        draw_cube(&s);
    if (params->labels)
        draw_labels(&s);
    if (params->scale_bar)
        draw_scale_bar(&s);
    if (params->colorbar)
        draw_colorbar(&s);
    if (s.pen.status != PEL_OK)
        pel_figure_free(out);
    return s.pen.status;
}
