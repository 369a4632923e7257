/* SPDX-License-Identifier: Apache-2.0 */
/* flatten.c: lays a surface flat by the method asked for, and keeps the way back. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/job.h"
#include "base/memory.h"
#include "base/orient.h"
#include "base/status.h"
#include "flatten/flatten.h"
#include "flatten/frame.h"
#include "flatten/isometric.h"
#include "flatten/laplace.h"
#include "flatten/relax.h"
#include "flatten/sphere.h"
#include "flatten/strain.h"
#include "mesh/mesh.h"

static const pel_param table[] = {
    PEL_CHOICE(pel_flatten_params, method, "auto",
               "auto|isometric|minimax|conformal|area|plane|sphere|view",
               "what is kept: distances (isometric, auto), the worst stretch, angles, areas; or a "
               "plane, a sphere, a camera's view"),
    PEL_CHOICE(pel_flatten_params, up, "auto",
               "auto|anterior|posterior|superior|inferior|right|left",
               "what points up on the map; auto: anterior"),
    PEL_NUMBER(pel_flatten_params, reach, "25", 1e-6, 1e6, "mm",
               "isometric: distances as far as this are kept"),
    PEL_NUMBER(pel_flatten_params, shape, "0.2", 1e-3, 1e3, NULL,
               "isometric: weight of each triangle's own shape against distances"),
    PEL_NUMBERS(pel_flatten_params, normal, NULL, -1e9, 1e9, NULL, "X,Y,Z",
                "plane: seen along this direction; else the best fit"),
};
const pel_schema pel_flatten_schema =
    PEL_SCHEMA(pel_flatten_params, "flatten", "a flat map of a surface", table);

pel_flatten_params pel_flatten_defaults(void)
{
    pel_flatten_params params;
    pel_schema_defaults(&pel_flatten_schema, &params);
    return params;
}

static pel_status check(const pel_camera *camera, const pel_flatten_params *p)
{
    pel_status s = pel_schema_check(&pel_flatten_schema, p);
    if (s != PEL_OK)
        return s;
    const double *n = p->normal.value;
    if (p->normal.count > 0 && p->method != PEL_FLATTEN_PLANE)
        return pel__fail(PEL_EPARAM, "--normal is of the method plane; add --method plane");
    if (p->normal.count > 0 &&
        (p->normal.count != 3 || n[0] * n[0] + n[1] * n[1] + n[2] * n[2] == 0))
        return pel__fail(PEL_EPARAM, "--normal wants a direction X,Y,Z that is not 0,0,0");
    if ((p->method == PEL_FLATTEN_VIEW) != (camera != NULL))
        return pel__fail(PEL_EPARAM, camera ? "a camera is of the method view; add --method view"
                                            : "the method view wants a camera: --view or --camera");
    return PEL_OK;
}

/* ---- methods without a turned triangle ---- */

static pel_status relax(double (*uv)[2], const pel__patch *patch, const pel__surface_walk *walk,
                        int method)
{
    switch (method) {
    case PEL_FLATTEN_MINIMAX:
        return pel__relax(uv, patch, walk, PEL__RELAX_MINIMAX);
    case PEL_FLATTEN_CONFORMAL:
        return pel__relax(uv, patch, walk, PEL__RELAX_CONFORMAL);
    case PEL_FLATTEN_AREA:
        return pel__relax(uv, patch, walk, PEL__RELAX_AREA);
    default:
        return PEL_OK;
    }
}

/* what the descent starts from; one factorisation each */
typedef struct start {
    double (*uv)[2];
    const pel__patch *patch;
    double shape;
    pel__sparse *smoother; // owned
} start;

static pel_status start_item(void *user, int64_t item)
{
    start *s = user;
    return item == 0 ? pel__tutte(s->uv, s->patch)
                     : pel__isometric_smoother(&s->smoother, s->patch, s->shape);
}

// the finer the mesh, the fewer pairs a point needs
static pel__pairs_draw draw_of(const pel_flatten_params *params, int64_t points)
{
    int64_t a_point = 300000 / points;
    a_point = a_point > 30 ? 30 : a_point < 10 ? 10 : a_point;
    return (pel__pairs_draw){ 0, params->reach, a_point, 200000 + 8 * a_point * points / 3, 1 };
}

// distances first: every other method starts best from there
static pel_status unfold(double (*uv)[2], const pel__patch *patch, const pel_flatten_params *params)
{
    pel__surface_walk walk = { 0 };
    pel__pairs pairs = { 0 };
    start from = { uv, patch, params->shape, NULL };
    const pel__pairs_draw draw = draw_of(params, patch->mesh.points);
    pel_status s = pel__parallel(2, start_item, &from, NULL);
    if (s == PEL_OK)
        s = pel__surface_walk_new(&walk, &patch->mesh, patch->edge);
    if (s == PEL_OK)
        s = pel__pairs_new(&pairs, patch, &walk, &draw);
    const pel__isometric_with with = { params->shape, 500, 1e-4, from.smoother };
    if (s == PEL_OK)
        s = pel__isometric(uv, patch, &walk, &pairs, &with);
    pel__pairs_free(&pairs);
    pel__sparse_free(from.smoother);
    if (s == PEL_OK)
        s = relax(uv, patch, &walk, params->method);
    pel__surface_walk_free(&walk);
    return s;
}

pel_status pel__unfold(double (*uv)[2], const pel__patch *patch, const pel_flatten_params *params)
{
    pel__patch near = { 0 };
    double(*at)[2] = NULL;
    pel_status s = pel__patch_check_disk(patch);
    if (s == PEL_OK)
        s = pel__patch_near(&near, patch);
    if (s == PEL_OK)
        s = pel__alloc(&at, patch->mesh.points, sizeof *at, "a flat map");
    if (s == PEL_OK)
        s = unfold(at, &near, params);
    for (int64_t p = 0; p < near.mesh.points && s == PEL_OK; p++)
        memcpy(uv[near.from[p]], at[p], sizeof *uv);
    pel__free(at);
    pel__patch_free(&near);
    return s;
}

/* ---- as float32, still without a turned triangle ---- */

static bool is_turned(const pel_mesh *m, int64_t t)
{
    double at[3][2];
    for (int k = 0; k < 3; k++)
        for (int r = 0; r < 2; r++)
            at[k][r] = (double)m->point_mm[m->triangle[t][k]][r];
    return pel__orient(at[0], at[1], at[2]) <= 0;
}

static int64_t turned_around(const pel_mesh *m, const int64_t *first, const int32_t *list,
                             int32_t p)
{
    int64_t count = 0;
    for (int64_t i = first[p]; i < first[p + 1]; i++)
        count += is_turned(m, list[i]);
    return count;
}

// does point p, moved to (x, y), turn fewer triangles than `count`? else it goes back
static bool moves_to(pel_mesh *m, const int64_t *first, const int32_t *list, int32_t p,
                     const float xy[2], int64_t count)
{
    float *at = m->point_mm[p];
    const float before[2] = { at[0], at[1] };
    memcpy(at, xy, sizeof before);
    if (turned_around(m, first, list, p) < count)
        return true;
    memcpy(at, before, sizeof before);
    return false;
}

static float step_float(float x, int steps)
{
    for (int n = 0; n < abs(steps); n++)
        x = nextafterf(x, steps > 0 ? INFINITY : -INFINITY);
    return x;
}

// towards the middle of its neighbours, as little as it takes; or by a few of float32's own steps
static bool nudge(pel_mesh *m, const int64_t *first, const int32_t *list, int32_t p)
{
    enum { FEW = 4 };
    double middle[2] = { 0, 0 };
    const float at[2] = { m->point_mm[p][0], m->point_mm[p][1] };
    int64_t count = turned_around(m, first, list, p), corners = 3 * (first[p + 1] - first[p]);
    for (int64_t i = first[p]; i < first[p + 1]; i++)
        for (int k = 0; k < 3; k++)
            for (int r = 0; r < 2; r++)
                middle[r] += (double)m->point_mm[m->triangle[list[i]][k]][r] / (double)corners;
    for (double part = 1.0 / 1024; part < 1.5; part *= 2) {
        float to[2];
        for (int r = 0; r < 2; r++)
            to[r] = (float)((1 - part) * (double)at[r] + part * middle[r]);
        if (moves_to(m, first, list, p, to, count))
            return true;
    }
    for (int n = 0; n < (2 * FEW + 1) * (2 * FEW + 1); n++) {
        const float to[2] = { step_float(at[0], n % (2 * FEW + 1) - FEW),
                              step_float(at[1], n / (2 * FEW + 1) - FEW) };
        if (moves_to(m, first, list, p, to, count))
            return true;
    }
    return false;
}

static pel_status settle(pel_mesh *m)
{
    int64_t *first = NULL, turned = 0;
    int32_t *list = NULL;
    pel_status s = pel__mesh_around(&first, &list, m);
    for (int pass = 0; s == PEL_OK && pass < 20; pass++) {
        turned = 0;
        for (int64_t t = 0; t < m->triangles; t++)
            for (int k = 0; k < 3 && is_turned(m, t); k++)
                turned += nudge(m, first, list, m->triangle[t][k]) || k == 2;
        if (turned == 0)
            break;
    }
    if (s == PEL_OK && turned > 0)
        s = pel__fail(PEL_EDATA, "has triangles too small to stay apart in 32-bit numbers; clean "
                                 "or reduce the mesh first");
    pel__free(first);
    pel__free(list);
    return s;
}

/* ---- the flat mesh ---- */

static pel_status add_way_back(pel_mesh *m, const pel__patch *patch)
{
    float(*surface)[3];
    int32_t *point;
    pel_status s = pel_mesh_add_array(m, PEL_FLAT_SURFACE, PEL_ARRAY_VALUES, false, 3, &surface);
    if (s == PEL_OK)
        s = pel_mesh_add_array(m, PEL_FLAT_POINT, PEL_ARRAY_LABELS, false, 1, &point);
    for (int64_t p = 0; s == PEL_OK && p < m->points; p++) {
        memcpy(surface[p], m->point_mm[p], sizeof *surface);
        point[p] = patch->from[p];
    }
    return s;
}

static const char comment[] =
    "flat map: mm, x right, y up; " PEL_FLAT_SURFACE ": the place on the surface, RAS mm\n";
static const char round_comment[] =
    "sphere: mm, around 0; " PEL_FLAT_SURFACE ": the place on the surface, RAS mm\n";

// the patch's mesh becomes the map, its points those of `at`, which has `numbers` each
static pel_status lay_down(pel_mesh *out, pel__patch *patch, const double *at, int numbers)
{
    pel_mesh *m = &patch->mesh;
    pel_status s = add_way_back(m, patch);
    if (s != PEL_OK)
        return s;
    for (int64_t p = 0; p < m->points; p++)
        for (int r = 0; r < 3; r++)
            m->point_mm[p][r] = r < numbers ? (float)at[numbers * p + r] : 0;
    m->oriented = false;
    m->comment = pel__strdup(numbers == 3 ? round_comment : comment);
    *out = *m;
    *m = (pel_mesh){ 0 };
    return out->comment ? PEL_OK : pel__fail(PEL_EMEMORY, "no memory for a comment");
}

static pel_status make_round(pel_mesh *out, pel__patch *patch)
{
    double(*xyz)[3] = NULL;
    pel_status s = pel__alloc(&xyz, patch->mesh.points, sizeof *xyz, "a sphere");
    if (s == PEL_OK)
        s = pel__sphere(xyz, patch);
    if (s == PEL_OK)
        s = lay_down(out, patch, xyz[0], 3);
    pel__free(xyz);
    return s;
}

// as it is seen, and what hides what
static pel_status see_patch(double (*uv)[2], pel__patch *patch, const pel_camera *camera,
                            const pel_flatten_params *params)
{
    double *height_mm = NULL;
    float *kept;
    int64_t points = patch->mesh.points;
    pel_status s = pel__alloc(&height_mm, points, sizeof *height_mm, "a flat map");
    if (s == PEL_OK && params->method == PEL_FLATTEN_VIEW)
        s = pel__frame_view(uv, height_mm, patch, camera);
    else if (s == PEL_OK)
        pel__frame_plane(uv, height_mm, patch, &params->normal);
    if (s == PEL_OK)
        s = pel_mesh_add_array(&patch->mesh, PEL_FLAT_HEIGHT, PEL_ARRAY_VALUES, false, 1, &kept);
    for (int64_t p = 0; s == PEL_OK && p < points; p++)
        kept[p] = (float)height_mm[p];
    pel__free(height_mm);
    return s;
}

static pel_status flatten_patch(pel_mesh *out, pel__patch *patch, const pel_camera *camera,
                                const pel_flatten_params *params)
{
    double(*uv)[2] = NULL;
    bool seen = params->method == PEL_FLATTEN_PLANE || params->method == PEL_FLATTEN_VIEW;
    pel_status s = pel__alloc(&uv, patch->mesh.points, sizeof *uv, "a flat map");
    if (s == PEL_OK && seen)
        s = see_patch(uv, patch, camera, params);
    else if (s == PEL_OK)
        s = pel__unfold(uv, patch, params);
    if (s == PEL_OK && params->method != PEL_FLATTEN_VIEW)
        pel__frame_turn(uv, patch, params->up);
    if (s == PEL_OK)
        s = lay_down(out, patch, uv[0], 2);
    if (s == PEL_OK && !seen)
        s = settle(out);
    pel__free(uv);
    return s;
}

pel_status pel_flatten(pel_mesh *out, const pel_mesh *in, const pel_camera *camera,
                       const pel_flatten_params *params)
{
    pel__patch patch = { 0 };
    *out = (pel_mesh){ 0 };
    pel_status s = check(camera, params);
    if (s == PEL_OK)
        s = pel__patch_new(&patch, in, NULL);
    if (s == PEL_OK && params->method == PEL_FLATTEN_SPHERE)
        s = make_round(out, &patch);
    else if (s == PEL_OK)
        s = flatten_patch(out, &patch, camera, params);
    pel__patch_free(&patch);
    if (s != PEL_OK)
        pel_mesh_free(out);
    return s;
}

int64_t pel_flatten_memory(const pel_flatten_params *params, int64_t points, int64_t triangles)
{
    bool newton = params->method == PEL_FLATTEN_MINIMAX || params->method == PEL_FLATTEN_AREA ||
                  params->method == PEL_FLATTEN_CONFORMAL;
    int64_t border = 4 << 20, factor = pel__sparse_memory(points, 1), patch = 260 * triangles;
    int64_t a_point = draw_of(params, points > 0 ? points : 1).a_point;
    if (params->method == PEL_FLATTEN_PLANE || params->method == PEL_FLATTEN_VIEW)
        return border + patch + 300 * points;
    if (params->method == PEL_FLATTEN_SPHERE)
        return border + patch + factor + 300 * points;
    // two factors to start from; then one, pairs twice over or a descent's steps
    int64_t pairs = (12 * a_point + (16 * a_point > 304 ? 16 * a_point : 304)) * points;
    int64_t first = patch + factor + 100 * points + (factor > pairs ? factor : pairs);
    int64_t second = 560 * triangles + 300 * points + pel__sparse_memory(points, 2);
    return border + (newton && second > first ? second : first);
}
