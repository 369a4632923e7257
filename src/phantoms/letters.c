/* SPDX-License-Identifier: Apache-2.0 */
/* letters.c: a cube that says which side is which, and marks 50 mm apart to measure pictures by. */
#include "base/maths.h"
#include "phantoms/scene.h"

/* mm: half the cube's edge, how far letters stand out, where those inside lie, and so on */
static const double half_cube = 40, round_edge = 3, relief = 4, inner_depth = 26, inner_half = 3,
                    inner_scale = 0.7, stroke = 4, mark_radius = 3, mark_half = 25, mark_edge = 44;

enum { BODY = 1, LETTER, INNER, MARK };
static const char *const names[] = { "body", "letter", "inner letter", "mark", NULL };

/* ---- letters as strokes, mm to the right and up from the middle of a face ---- */

typedef double stroke_point[2];

/* strokes end with a point beyond PEN_UP; a full stop at the lower right tells a mirrored I or A */
#define PEN_UP                                                                                     \
    {                                                                                              \
        99, 0                                                                                      \
    }
#define STOP { 23, -22 }, PEN_UP
#define STEM                                                                                       \
    { -12, -22 },                                                                                  \
    {                                                                                              \
        -12, 22                                                                                    \
    }
#define BOWL                                                                                       \
    { 2, 22 }, { 7.5, 20.53 }, { 11.53, 16.5 }, { 13, 11 }, { 11.53, 5.5 }, { 7.5, 1.47 },         \
        { 2, 0 },                                                                                  \
    {                                                                                              \
        -12, 0                                                                                     \
    }

static const stroke_point letter_l[] = { { -12, 22 }, { -12, -22 }, { 12, -22 }, PEN_UP, STOP };
static const stroke_point letter_r[] = { STEM, BOWL, PEN_UP, { 1, 0 }, { 13, -22 }, PEN_UP, STOP };
static const stroke_point letter_a[] = { { -13, -22 }, { 0, 22 }, { 13, -22 }, PEN_UP,
                                         { -9, -8 },   { 9, -8 }, PEN_UP,      STOP };
static const stroke_point letter_p[] = { STEM, BOWL, PEN_UP, STOP };
static const stroke_point letter_s[] = { { 9.53, 16.5 },
                                         { 5.5, 20.53 },
                                         { 0, 22 },
                                         { -5.5, 20.53 },
                                         { -9.53, 16.5 },
                                         { -11, 11 },
                                         { -9.53, 5.5 },
                                         { -5.5, 1.47 },
                                         { 0, 0 },
                                         { 5.5, -1.47 },
                                         { 9.53, -5.5 },
                                         { 11, -11 },
                                         { 9.53, -16.5 },
                                         { 5.5, -20.53 },
                                         { 0, -22 },
                                         { -5.5, -20.53 },
                                         { -9.53, -16.5 },
                                         PEN_UP,
                                         STOP };
static const stroke_point letter_i[] = { { 0, 22 }, { 0, -22 },  PEN_UP,     { -7, 22 }, { 7, 22 },
                                         PEN_UP,    { -7, -22 }, { 7, -22 }, PEN_UP,     STOP };

/* a face: how its letter stands when seen from outside, and as slices are shown */
typedef struct face {
    char letter;
    const stroke_point *points;
    int count;
    pel_vec3 normal, right, up; /* from outside */
    pel_vec3 slice_right;       /* slices: patient's left to the left, anterior to the right */
} face;

#define POINTS(letter) letter, (int)(sizeof letter / sizeof *letter)

static const face faces[] = {
    { 'L', POINTS(letter_l), { -1, 0, 0 }, { 0, -1, 0 }, { 0, 0, 1 }, { 0, 1, 0 } },
    { 'R', POINTS(letter_r), { 1, 0, 0 }, { 0, 1, 0 }, { 0, 0, 1 }, { 0, 1, 0 } },
    { 'P', POINTS(letter_p), { 0, -1, 0 }, { 1, 0, 0 }, { 0, 0, 1 }, { 1, 0, 0 } },
    { 'A', POINTS(letter_a), { 0, 1, 0 }, { -1, 0, 0 }, { 0, 0, 1 }, { 1, 0, 0 } },
    { 'I', POINTS(letter_i), { 0, 0, -1 }, { -1, 0, 0 }, { 0, 1, 0 }, { 1, 0, 0 } },
    { 'S', POINTS(letter_s), { 0, 0, 1 }, { 1, 0, 0 }, { 0, 1, 0 }, { 1, 0, 0 } },
};
enum { FACES = sizeof faces / sizeof *faces };

/* two marks on an axis-parallel line: mark_half to either side of `middle` along `axis` */
static const struct {
    char axis;
    pel_vec3 along, middle; // middle: in units of mark_edge
} pairs[] = {
    { 'x', { 1, 0, 0 }, { 0, 1, 1 } },  { 'x', { 1, 0, 0 }, { 0, -1, -1 } },
    { 'y', { 0, 1, 0 }, { 1, 0, -1 } }, { 'y', { 0, 1, 0 }, { -1, 0, 1 } },
    { 'z', { 0, 0, 1 }, { 1, 1, 0 } },  { 'z', { 0, 0, 1 }, { -1, -1, 0 } },
};
enum { PAIRS = sizeof pairs / sizeof *pairs };

static double segment_distance(double u, double v, const stroke_point a, const stroke_point b)
{
    double x = b[0] - a[0], y = b[1] - a[1], length = x * x + y * y;
    double t = length > 0 ? ((u - a[0]) * x + (v - a[1]) * y) / length : 0;
    t = t < 0 ? 0 : t > 1 ? 1 : t;
    double du = u - a[0] - t * x, dv = v - a[1] - t * y;
    return sqrt(du * du + dv * dv);
}

// to the edge of the strokes of a letter, in its plane
static double letter_distance(const face *f, double u, double v)
{
    double nearest = 1e9;
    for (int n = 0; n < f->count; n++) {
        const double *a = f->points[n], *b = n + 1 < f->count ? f->points[n + 1] : a;
        if (a[0] > 90)
            continue;
        double d = segment_distance(u, v, a, b[0] > 90 ? a : b);
        nearest = d < nearest ? d : nearest;
    }
    return nearest - stroke;
}

static double extruded(double in_plane, double along)
{
    double x = in_plane > 0 ? in_plane : 0, y = along > 0 ? along : 0;
    double most = in_plane > along ? in_plane : along;
    return sqrt(x * x + y * y) + (most < 0 ? most : 0);
}

static double cube_distance(pel_vec3 at)
{
    double x = fabs(at.x) - half_cube + round_edge, y = fabs(at.y) - half_cube + round_edge,
           z = fabs(at.z) - half_cube + round_edge;
    double most = x > y ? x : y;
    most = most > z ? most : z;
    x = x > 0 ? x : 0;
    y = y > 0 ? y : 0;
    z = z > 0 ? z : 0;
    return sqrt(x * x + y * y + z * z) + (most < 0 ? most : 0) - round_edge;
}

static double marks_distance(pel_vec3 at)
{
    double nearest = 1e9;
    for (int n = 0; n < PAIRS; n++) {
        pel_vec3 from = pel__minus(at, pel__scale(pairs[n].middle, mark_edge));
        double along = fabs(pel__dot(from, pairs[n].along)) - mark_half;
        double across =
            pel__dot(from, from) - pel__dot(from, pairs[n].along) * pel__dot(from, pairs[n].along);
        double d = sqrt((across > 0 ? across : 0) + along * along) - mark_radius;
        nearest = d < nearest ? d : nearest;
    }
    return nearest;
}

// one thing over what was painted before
static void paint_over(const pel__canvas *canvas, double distance, double value, int label,
                       double *now, int *now_label)
{
    *now += pel__inside(distance, canvas->edge_mm) * (value - *now);
    if (distance <= 0)
        *now_label = label;
}

static int paint(const pel__canvas *canvas, pel_vec3 at, double *value)
{
    const double reach = 2 * canvas->edge_mm + 1;
    double now = canvas->params->background;
    int label = 0;
    paint_over(canvas, cube_distance(at), 90, BODY, &now, &label);
    for (int n = 0; n < FACES; n++) {
        const face *f = &faces[n];
        double w = pel__dot(at, f->normal), v = pel__dot(at, f->up);
        double outer = fabs(w - half_cube) - relief, inner = fabs(w - inner_depth) - inner_half;
        if (outer < reach) {
            double d = letter_distance(f, pel__dot(at, f->right), v);
            paint_over(canvas, extruded(d, outer), 220, LETTER, &now, &label);
        }
        if (inner < reach) {
            double u = pel__dot(at, f->slice_right);
            double d = inner_scale * letter_distance(f, u / inner_scale, v / inner_scale);
            paint_over(canvas, extruded(d, inner), 170, INNER, &now, &label);
        }
    }
    paint_over(canvas, marks_distance(at), 255, MARK, &now, &label);
    *value = now;
    return label;
}

static void truth(const pel__canvas *canvas, pel__text *json)
{
    pel__truth_number(json, "edge_mm", canvas->edge_mm);
    pel__truth_number(json, "cube_edge_mm", 2 * half_cube);
    pel__truth_number(json, "mark_radius_mm", mark_radius);
    pel__text_add(json, ",\"values\":{\"body\":90,\"letter\":220,\"inner letter\":170,"
                        "\"mark\":255},\"faces\":[");
    for (int n = 0; n < FACES; n++) {
        const face *f = &faces[n];
        pel__text_add(json, "%s{\"letter\":\"%c\"", n ? "," : "", f->letter);
        pel__truth_point(json, "normal", f->normal);
        pel__truth_point(json, "right", f->right);
        pel__truth_point(json, "up", f->up);
        pel__truth_point(json, "slice_at_mm", pel__scale(f->normal, inner_depth));
        pel__truth_point(json, "slice_right", f->slice_right);
        pel__text_add(json, "}");
    }
    pel__text_add(json, "],\"marks\":[");
    for (int n = 0; n < PAIRS; n++) {
        pel_vec3 middle = pel__scale(pairs[n].middle, mark_edge),
                 half = pel__scale(pairs[n].along, mark_half);
        pel__text_add(json, "%s{\"axis\":\"%c\"", n ? "," : "", pairs[n].axis);
        pel__truth_point(json, "a_mm", pel__minus(middle, half));
        pel__truth_point(json, "b_mm", pel__plus(middle, half));
        pel__truth_number(json, "distance_mm", 2 * mark_half);
        pel__text_add(json, "}");
    }
    pel__text_add(json, "]");
}

static const pel_param table[] = {
    PEL__GRID_ROWS("112,112,112", "uint8"),
    PEL_NUMBER(pel__scene_params, background, "0", -1e30, 1e30, NULL, "value outside"),
    PEL_LENGTH(pel__scene_params, softness, "1vx", 0, 1e6, "width of an edge; 0: hard"),
};
static const pel_schema schema = PEL_SCHEMA(
    pel__scene_params, "letters", "a cube with L R P A I S on its sides, and marks", table);
const pel__scene pel__scene_letters = {
    .schema = &schema, .paint = paint, .truth = truth, .labels = names
};
