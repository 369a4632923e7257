/* SPDX-License-Identifier: Apache-2.0 */
/* solids.c: scenes of one solid or one formula, whose truth is a line of school geometry. */
#include "base/maths.h"
#include "base/memory.h"
#include "phantoms/scene.h"

static const char *const inside_label[] = { "inside", NULL };

// a solid is known by its signed distance; an edge is a ramp across distance 0
static int paint_solid(const pel__canvas *canvas, double distance_mm, double *value)
{
    const pel__scene_params *p = canvas->params;
    double inside = pel__inside(distance_mm, canvas->edge_mm);
    *value = inside == 0   ? p->background
             : inside == 1 ? p->value
                           : p->background + inside * (p->value - p->background);
    return distance_mm <= 0;
}

static void truth_solid(const pel__canvas *canvas, pel__text *json)
{
    pel__truth_number(json, "value", canvas->params->value);
    pel__truth_number(json, "background", canvas->params->background);
    pel__truth_number(json, "edge_mm", canvas->edge_mm);
    pel__truth_point(json, "center_mm", canvas->center_mm);
}

/* ---- sphere ---- */

static int paint_sphere(const pel__canvas *canvas, pel_vec3 at, double *value)
{
    double r = pel__length(pel__minus(at, canvas->center_mm));
    return paint_solid(canvas, r - canvas->params->radius, value);
}

static void truth_sphere(const pel__canvas *canvas, pel__text *json)
{
    double r = canvas->params->radius;
    truth_solid(canvas, json);
    pel__truth_number(json, "radius_mm", r);
    pel__truth_number(json, "volume_mm3", 4.0 / 3 * PEL_PI * r * r * r);
    pel__truth_number(json, "area_mm2", 4 * PEL_PI * r * r);
    pel__text_add(json, ",\"chord_mm\":\"2*sqrt(radius_mm^2 - d^2), d: distance of the ray from "
                        "center_mm\"");
}

static const pel_param sphere_table[] = {
    PEL__GRID_ROWS("96,96,96", "float32"),
    PEL_NUMBER(pel__scene_params, radius, "30", 0, 1e6, "mm", "of the sphere"),
    PEL__SOLID_ROWS,
};
static const pel_schema sphere_schema =
    PEL_SCHEMA(pel__scene_params, "sphere", "a ball", sphere_table);
const pel__scene pel__scene_sphere = {
    .schema = &sphere_schema, .paint = paint_sphere, .truth = truth_sphere, .labels = inside_label
};

/* ---- ramp ---- */

static pel_vec3 gradient_of(const pel__canvas *canvas)
{
    const double *g = canvas->params->gradient.value;
    return (pel_vec3){ g[0], g[1], g[2] };
}

static int paint_ramp(const pel__canvas *canvas, pel_vec3 at, double *value)
{
    *value = canvas->params->offset + pel__dot(gradient_of(canvas), at);
    return 0;
}

static void truth_ramp(const pel__canvas *canvas, pel__text *json)
{
    pel__truth_number(json, "offset", canvas->params->offset);
    pel__truth_point(json, "gradient_per_mm", gradient_of(canvas));
    pel__text_add(json, ",\"value_at\":\"offset + gradient_per_mm . (x, y, z)\"");
}

static const char *const no_labels[] = { NULL };

static const pel_param ramp_table[] = {
    PEL__GRID_ROWS("64,64,64", "float32"),
    PEL_NUMBERS(pel__scene_params, gradient, "1,0,0", -1e12, 1e12, "per mm", "GX,GY,GZ",
                "growth of the value along x, y, z"),
    PEL_NUMBER(pel__scene_params, offset, "0", -1e12, 1e12, NULL, "value at the origin"),
};
static const pel_schema ramp_schema =
    PEL_SCHEMA(pel__scene_params, "ramp", "values that grow evenly along a direction", ramp_table);
const pel__scene pel__scene_ramp = {
    .schema = &ramp_schema, .paint = paint_ramp, .truth = truth_ramp, .labels = no_labels
};

/* ---- slab ---- */

static int paint_slab(const pel__canvas *canvas, pel_vec3 at, double *value)
{
    double along = pel__dot(canvas->axis, pel__minus(at, canvas->center_mm));
    return paint_solid(canvas, fabs(along) - canvas->params->thickness / 2, value);
}

static void truth_slab(const pel__canvas *canvas, pel__text *json)
{
    truth_solid(canvas, json);
    pel__truth_number(json, "thickness_mm", canvas->params->thickness);
    pel__truth_point(json, "normal", canvas->axis);
    pel__text_add(json,
                  ",\"chord_mm\":\"thickness_mm/|normal . d|, d: unit direction of the ray\"");
}

static const pel_param slab_table[] = {
    PEL__GRID_ROWS("64,64,64", "float32"),
    PEL_NUMBER(pel__scene_params, thickness, "20", 0, 1e6, "mm", "from face to face"),
    PEL_NUMBERS(pel__scene_params, axis, "0,0,1", -1e6, 1e6, NULL, "X,Y,Z",
                "direction across the slab"),
    PEL__SOLID_ROWS,
};
static const pel_schema slab_schema =
    PEL_SCHEMA(pel__scene_params, "slab", "an endless plate", slab_table);
const pel__scene pel__scene_slab = {
    .schema = &slab_schema, .paint = paint_slab, .truth = truth_slab, .labels = inside_label
};

/* ---- cylinder ---- */

// distance to a box in the half-plane (from the axis, along the axis)
static double box_distance(double x, double y)
{
    double ox = x > 0 ? x : 0, oy = y > 0 ? y : 0, most = x > y ? x : y;
    return sqrt(ox * ox + oy * oy) + (most < 0 ? most : 0);
}

static void around_axis(const pel__canvas *canvas, pel_vec3 at, double *from, double *along)
{
    pel_vec3 q = pel__minus(at, canvas->center_mm);
    *along = pel__dot(canvas->axis, q);
    *from = pel__length(pel__minus(q, pel__scale(canvas->axis, *along)));
}

static int paint_cylinder(const pel__canvas *canvas, pel_vec3 at, double *value)
{
    const pel__scene_params *p = canvas->params;
    double from, along;
    around_axis(canvas, at, &from, &along);
    return paint_solid(canvas, box_distance(from - p->radius, fabs(along) - p->length / 2), value);
}

static void truth_cylinder(const pel__canvas *canvas, pel__text *json)
{
    double r = canvas->params->radius, h = canvas->params->length;
    truth_solid(canvas, json);
    pel__truth_number(json, "radius_mm", r);
    pel__truth_number(json, "length_mm", h);
    pel__truth_point(json, "axis", canvas->axis);
    pel__truth_number(json, "volume_mm3", PEL_PI * r * r * h);
    pel__truth_number(json, "area_mm2", 2 * PEL_PI * r * (r + h));
}

static const pel_param cylinder_table[] = {
    PEL__GRID_ROWS("96,96,96", "float32"),
    PEL_NUMBER(pel__scene_params, radius, "20", 0, 1e6, "mm", "of the cylinder"),
    PEL_NUMBER(pel__scene_params, length, "60", 0, 1e6, "mm", "along its axis"),
    PEL_NUMBERS(pel__scene_params, axis, "0,0,1", -1e6, 1e6, NULL, "X,Y,Z",
                "direction of the axis"),
    PEL__SOLID_ROWS,
};
static const pel_schema cylinder_schema =
    PEL_SCHEMA(pel__scene_params, "cylinder", "a rod with flat ends", cylinder_table);
const pel__scene pel__scene_cylinder = { .schema = &cylinder_schema,
                                         .paint = paint_cylinder,
                                         .truth = truth_cylinder,
                                         .labels = inside_label };

/* ---- torus ---- */

static int paint_torus(const pel__canvas *canvas, pel_vec3 at, double *value)
{
    const pel__scene_params *p = canvas->params;
    double from, along;
    around_axis(canvas, at, &from, &along);
    double ring = from - p->radius;
    return paint_solid(canvas, sqrt(ring * ring + along * along) - p->tube, value);
}

static void truth_torus(const pel__canvas *canvas, pel__text *json)
{
    double r = canvas->params->radius, t = canvas->params->tube;
    truth_solid(canvas, json);
    pel__truth_number(json, "radius_mm", r);
    pel__truth_number(json, "tube_mm", t);
    pel__truth_point(json, "axis", canvas->axis);
    pel__truth_number(json, "volume_mm3", 2 * PEL_PI * PEL_PI * r * t * t);
    pel__truth_number(json, "area_mm2", 4 * PEL_PI * PEL_PI * r * t);
    pel__text_add(json, ",\"genus\":1");
}

static const pel_param torus_table[] = {
    PEL__GRID_ROWS("96,96,48", "float32"),
    PEL_NUMBER(pel__scene_params, radius, "28", 0, 1e6, "mm", "of the ring's middle line"),
    PEL_NUMBER(pel__scene_params, tube, "12", 0, 1e6, "mm", "radius of the tube"),
    PEL_NUMBERS(pel__scene_params, axis, "0,0,1", -1e6, 1e6, NULL, "X,Y,Z", "axis of the ring"),
    PEL__SOLID_ROWS,
};
static const pel_schema torus_schema =
    PEL_SCHEMA(pel__scene_params, "torus", "a ring", torus_table);
const pel__scene pel__scene_torus = {
    .schema = &torus_schema, .paint = paint_torus, .truth = truth_torus, .labels = inside_label
};
