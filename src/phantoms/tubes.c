/* SPDX-License-Identifier: Apache-2.0 */
/* tubes.c: a scene of tubes of known radius and centre line: straight, curved, joined. */
#include "base/memory.h"
#include "kernels/curves.h"
#include "phantoms/rods.h"
#include "phantoms/scene.h"

static const char *const names[] = { "straight tube", "curved tube", "junction", NULL };
enum { STRAIGHT = 1, CURVED, JUNCTION };

/* x of the middle and radius of the straight tubes, in mm; all lie in the plane y = -12 */
static const double straight[][2] = {
    { -16, 0.6 }, { -13, 0.8 }, { -9.5, 1 }, { -5, 1.5 }, { 1, 2 }, { 9, 3 },
};
enum { STRAIGHTS = sizeof straight / sizeof *straight };

static pel_status line(pel__rods *rods, pel_vec3 a, pel_vec3 b, double radius, int branch)
{
    pel_status s = pel__rods_add(rods, (pel__rod_point){ a, radius, branch, JUNCTION });
    return s != PEL_OK ? s : pel__rods_add(rods, (pel__rod_point){ b, radius, branch, JUNCTION });
}

// a helix about z, and half a circle in the plane y = 2
static pel_status curves(pel__rods *rods, int branch)
{
    enum { STEPS = 160 };
    pel_status s = PEL_OK;
    for (int n = 0; n <= STEPS && s == PEL_OK; n++) {
        double t = n / (double)STEPS, turn = 4 * PEL_PI * t;
        pel_vec3 at = { -10 + 5 * pel__sine(turn + PEL_PI / 2), 6 + 5 * pel__sine(turn),
                        -15 + 30 * t };
        s = pel__rods_add(rods, (pel__rod_point){ at, 1, branch, CURVED });
    }
    for (int n = 0; n <= STEPS && s == PEL_OK; n++) {
        double turn = PEL_PI * n / STEPS;
        pel_vec3 at = { 6 - 8 * pel__sine(turn + PEL_PI / 2), 2, -6 + 8 * pel__sine(turn) };
        s = pel__rods_add(rods, (pel__rod_point){ at, 0.8, branch + 1, CURVED });
    }
    return s;
}

static pel_status make(pel__rods *rods)
{
    pel_status s = PEL_OK;
    for (int n = 0; n < STRAIGHTS && s == PEL_OK; n++)
        for (int end = -1; end <= 1 && s == PEL_OK; end += 2) {
            pel_vec3 at = { straight[n][0], -12, 15.0 * end };
            s = pel__rods_add(rods, (pel__rod_point){ at, straight[n][1], n + 1, STRAIGHT });
        }
    if (s == PEL_OK)
        s = curves(rods, STRAIGHTS + 1);
    // one tube parts into two, and a small one leaves a large one at a right angle
    static const struct {
        pel_vec3 a, b;
        double radius;
    } joined[] = {
        { { 8, 12, -15 }, { 8, 12, 0 }, 1.5 },  { { 8, 12, 0 }, { 3, 12, 12 }, 1.1 },
        { { 8, 12, 0 }, { 13, 12, 12 }, 1.1 },  { { -2, 13, -15 }, { -2, 13, 15 }, 1.2 },
        { { -2, 13, 4 }, { -12, 14, 4 }, 0.7 },
    };
    for (int n = 0; n < (int)(sizeof joined / sizeof *joined) && s == PEL_OK; n++)
        s = line(rods, joined[n].a, joined[n].b, joined[n].radius, STRAIGHTS + 3 + n);
    return s == PEL_OK ? pel__rods_sort(rods) : s;
}

static pel_status prepare(pel__canvas *canvas)
{
    pel__rods *rods;
    pel_status s = pel__alloc_zero(&rods, 1, sizeof *rods, "a scene");
    if (s == PEL_OK)
        canvas->state = rods;
    return s == PEL_OK ? make(rods) : s;
}

static void release(pel__canvas *canvas)
{
    pel__rods_free(canvas->state);
}

static int paint(const pel__canvas *canvas, pel_vec3 at, double *value)
{
    const pel__scene_params *p = canvas->params;
    int kind;
    double d = pel__rods_at(canvas->state, pel__minus(at, canvas->center_mm), &kind);
    double inside = pel__inside(d, canvas->edge_mm);
    *value = p->background + inside * (p->value - p->background);
    return d <= 0 ? kind : 0;
}

static double field(const pel__canvas *canvas, pel_vec3 at, int which)
{
    int kind;
    (void)which;
    return pel__rods_at(canvas->state, pel__minus(at, canvas->center_mm), &kind);
}

static void truth(const pel__canvas *canvas, pel__text *json)
{
    pel__truth_number(json, "value", canvas->params->value);
    pel__truth_number(json, "background", canvas->params->background);
    pel__truth_number(json, "edge_mm", canvas->edge_mm);
    pel__truth_point(json, "center_mm", canvas->center_mm);
}

static void lines(const pel__canvas *canvas, pel__text *csv)
{
    static const char *const kinds[] = { "straight", "curved", "junction" };
    pel_affine world = pel_affine_identity();
    pel__set_column(&world, 3, canvas->center_mm);
    pel__rods_table(canvas->state, world, kinds, csv);
}

static const pel__field fields[] = { { "vessels", false }, { NULL, false } };
static const pel_param table[] = {
    PEL__GRID_ROWS_AT("128,128,128", "0.3", "float32"),
    PEL__SOLID_ROWS,
};
static const pel_schema schema = PEL_SCHEMA(
    pel__scene_params, "tubes", "tubes of radius 0.6 to 3 mm: straight, curved, joined", table);
const pel__scene pel__scene_tubes = {
    .schema = &schema,
    .prepare = prepare,
    .release = release,
    .paint = paint,
    .truth = truth,
    .labels = names,
    .fields = fields,
    .field = field,
    .lines = lines,
};
