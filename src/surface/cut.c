/* SPDX-License-Identifier: Apache-2.0 */
/* cut.c: a part of a surface: triangles that a cut crosses are split along it, so that the border
 * is where it was asked for. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "surface/cut.h"

#include "base/job.h"
#include "base/maths.h"
#include "base/memory.h"
#include "base/params.h"
#include "base/status.h"
#include "base/text.h"
#include "mesh/mesh.h"

static const pel_param table[] = {
    PEL_NUMBERS(pel_cut_params, cut_plane, NULL, -1e9, 1e9, "mm", "X,Y,Z,NX,NY,NZ",
                "keep the side of a plane to which its normal N points; X,Y,Z lies on it"),
    PEL_TEXT(pel_cut_params, cut_box, NULL, "X0:X1,Y0:Y1,Z0:Z1",
             "keep what lies within a box, in mm; any end may be left out"),
    PEL_NUMBERS(pel_cut_params, cut_sphere, NULL, -1e9, 1e9, "mm", "X,Y,Z,R",
                "keep what lies within a sphere"),
    PEL_NUMBERS(pel_cut_params, cut_geodesic, NULL, -1e9, 1e9, "mm", "X,Y,Z,R",
                "keep what lies within R along the surface from its point nearest to X,Y,Z"),
    PEL_FILE(
        pel_cut_params, cut_loop,
        "keep what lies within a closed line: its corners as X,Y,Z (mm), one a line, or points "
        "of a mesh file"),
    PEL_FILE(pel_cut_params, cut_view, "keep what a camera sees: a file as of --save-camera"),
    PEL_SWITCH(pel_cut_params, cut_whole,
               "keep triangles whole, so that points are those there "
               "were"),
};
const pel_schema pel_cut_schema = PEL_SCHEMA(pel_cut_params, "cut", "cut a surface", table);

pel_cut_params pel_cut_defaults(void)
{
    pel_cut_params params;
    pel_schema_defaults(&pel_cut_schema, &params);
    return params;
}

/* ---- one cut ---- */

static void copy_item(pel_mesh *to, int64_t at, const pel_mesh *from, int64_t item,
                      bool per_triangle)
{
    for (int n = 0; n < from->arrays; n++) {
        const pel_array *a = &from->array[n];
        size_t bytes = (size_t)pel__array_item(a->kind, a->channels);
        if (a->per_triangle == per_triangle)
            memcpy((uint8_t *)to->array[n].data + (size_t)at * bytes,
                   (const uint8_t *)a->data + (size_t)item * bytes, bytes);
    }
}

/* a mesh being made of another one */
typedef struct cutting {
    const pel__blade *cut;
    pel_mesh *to;
    int32_t *twin;   // of the old half-edges; owned
    int32_t *split;  // the new point on each, -1: none; owned
    int32_t *number; // the new number of each old point, -1: none; owned
} cutting;

static pel_status keep_point(cutting *c, int32_t *out, int32_t point)
{
    const pel_mesh *from = c->cut->mesh;
    *out = c->number[point];
    if (*out >= 0)
        return PEL_OK;
    pel_status s = pel__mesh_resize(c->to, c->to->points + 1, c->to->triangles);
    if (s != PEL_OK)
        return s;
    *out = c->number[point] = (int32_t)(c->to->points - 1);
    memcpy(c->to->point_mm[*out], from->point_mm[point], sizeof *from->point_mm);
    copy_item(c->to, *out, from, point, false);
    return PEL_OK;
}

// the point where the cut crosses a half-edge; as good as at its inner end it is that end
static pel_status cross_half(cutting *c, int32_t *out, int32_t half)
{
    const double as_good_as_there = 1e-5;
    const pel_mesh *from = c->cut->mesh;
    int32_t ends[2] = { pel__half_from(from, half), pel__half_from(from, pel__next_half(half)) };
    if (c->cut->value[ends[0]] < 0) {
        int32_t other = ends[0];
        ends[0] = ends[1];
        ends[1] = other;
    }
    double t = pel__blade_crossing(c->cut, ends[0], ends[1]);
    if (t < as_good_as_there)
        return keep_point(c, out, ends[0]);
    *out = c->split[half];
    if (*out >= 0)
        return PEL_OK;
    pel_status s = pel__mesh_resize(c->to, c->to->points + 1, c->to->triangles);
    if (s != PEL_OK)
        return s;
    *out = c->split[half] = (int32_t)(c->to->points - 1);
    if (c->twin[half] >= 0)
        c->split[c->twin[half]] = *out;
    pel__cut_mix(c->to, *out, from, ends, t);
    return PEL_OK;
}

static pel_status add_triangle(cutting *c, int64_t of, int32_t a, int32_t b, int32_t d)
{
    if (a == b || b == d || d == a)
        return PEL_OK;
    pel_status s = pel__mesh_resize(c->to, c->to->points, c->to->triangles + 1);
    if (s != PEL_OK)
        return s;
    int64_t at = c->to->triangles - 1;
    c->to->triangle[at][0] = a;
    c->to->triangle[at][1] = b;
    c->to->triangle[at][2] = d;
    copy_item(c->to, at, c->cut->mesh, of, true);
    return PEL_OK;
}

static double distance(const pel_mesh *mesh, int32_t a, int32_t b)
{
    return pel__length(pel__minus(pel__mesh_point(mesh, a), pel__mesh_point(mesh, b)));
}

// the corners that stay and the crossings between them, in order around the triangle
static pel_status cut_triangle(cutting *c, int64_t t)
{
    const int32_t *corner = c->cut->mesh->triangle[t];
    int32_t ring[4] = { 0 };
    int count = 0, from = 0;
    pel_status s = PEL_OK;
    for (int n = 0; n < 3 && s == PEL_OK; n++) {
        bool here = c->cut->value[corner[n]] >= 0;
        bool next = c->cut->value[corner[(n + 1) % 3]] >= 0;
        if (here)
            s = keep_point(c, &ring[count++], corner[n]);
        if (s == PEL_OK && here != next)
            s = cross_half(c, &ring[count++], (int32_t)(3 * t + n));
    }
    if (s == PEL_OK && count == 4)
        from = distance(c->to, ring[1], ring[3]) < distance(c->to, ring[0], ring[2]);
    if (s == PEL_OK && count >= 3)
        s = add_triangle(c, t, ring[from], ring[from + 1], ring[from + 2]);
    if (s == PEL_OK && count == 4)
        s = add_triangle(c, t, ring[from], ring[from + 2], ring[(from + 3) % 4]);
    return s;
}

static pel_status like(pel_mesh *out, const pel_mesh *in)
{
    pel_status s = pel_mesh_new(out, 0, 0);
    for (int n = 0; n < in->arrays && s == PEL_OK; n++) {
        const pel_array *a = &in->array[n];
        s = pel_mesh_add_array(out, a->name, a->kind, a->per_triangle, a->channels, NULL);
    }
    return s;
}

// what is no array moves along
static void take_over(pel_mesh *to, pel_mesh *from)
{
    pel_mesh old = *from;
    *from = *to;
    from->label = old.label;
    from->label_count = old.label_count;
    from->comment = old.comment;
    from->oriented = old.oriented;
    from->bytes = old.bytes;
    memcpy(from->format, old.format, sizeof old.format);
    memcpy(from->hash, old.hash, sizeof old.hash);
    old.label = NULL;
    old.comment = NULL;
    pel_mesh_free(&old);
    *to = (pel_mesh){ 0 };
}

static pel_status split(pel_mesh *mesh, const pel__blade *cut)
{
    pel_mesh out = { 0 };
    cutting c = { .cut = cut, .to = &out };
    int64_t halves = 3 * mesh->triangles;
    pel_status s = like(&out, mesh);
    if (s == PEL_OK)
        s = pel__mesh_twins(&c.twin, mesh);
    if (s == PEL_OK)
        s = pel__cut_snap(mesh, cut, c.twin);
    if (s == PEL_OK)
        s = pel__alloc(&c.split, halves + 1, sizeof *c.split, "a cut");
    if (s == PEL_OK)
        s = pel__alloc(&c.number, mesh->points + 1, sizeof *c.number, "a cut");
    if (s == PEL_OK) {
        memset(c.split, 0xff, (size_t)halves * sizeof *c.split);
        memset(c.number, 0xff, (size_t)mesh->points * sizeof *c.number);
    }
    for (int64_t t = 0; t < mesh->triangles && s == PEL_OK; t++) {
        s = cut_triangle(&c, t);
        if (s == PEL_OK && t % 65536 == 0)
            s = pel__cancelled();
    }
    if (s == PEL_OK)
        take_over(&out, mesh);
    pel_mesh_free(&out);
    pel__free(c.twin);
    pel__free(c.split);
    pel__free(c.number);
    return s;
}

// points that no triangle is left of go too
static pel_status keep(pel_mesh *mesh, const uint8_t *triangles)
{
    uint8_t *points;
    int32_t *number = NULL;
    pel_status s = pel__alloc_zero(&points, mesh->points + 1, 1, "a cut");
    if (s == PEL_OK)
        s = pel__alloc(&number, mesh->points + 1, sizeof *number, "a cut");
    for (int64_t t = 0; t < mesh->triangles && s == PEL_OK; t++)
        for (int c = 0; c < 3 && triangles[t]; c++)
            points[mesh->triangle[t][c]] = 1;
    if (s == PEL_OK)
        pel__mesh_keep(mesh, points, triangles, number);
    pel__free(points);
    pel__free(number);
    return s;
}

pel_status pel_cut_triangles(pel_mesh *mesh, const uint8_t *triangles)
{
    return keep(mesh, triangles);
}

static pel_status keep_whole(pel_mesh *mesh, const double *value)
{
    uint8_t *stays;
    pel_status s = pel__alloc(&stays, mesh->triangles + 1, 1, "a cut");
    for (int64_t t = 0; t < mesh->triangles && s == PEL_OK; t++) {
        const int32_t *c = mesh->triangle[t];
        stays[t] = value[c[0]] >= 0 && value[c[1]] >= 0 && value[c[2]] >= 0;
    }
    if (s == PEL_OK)
        s = keep(mesh, stays);
    pel__free(stays);
    return s;
}

static pel_status apply(pel_mesh *mesh, const pel__blade *cut, bool whole)
{
    return whole ? keep_whole(mesh, cut->value) : split(mesh, cut);
}

pel_status pel__cut_where(pel_mesh *mesh, double *value)
{
    const pel__blade cut = { .mesh = mesh, .value = value };
    return split(mesh, &cut);
}

/* ---- the kinds of cuts ---- */

static pel_status cut_plane(pel_mesh *mesh, pel_vec3 at_mm, pel_vec3 normal, bool whole)
{
    double *value;
    pel_vec3 n = pel__unit(normal);
    if (!(pel__length(n) > 0))
        return pel__fail(PEL_EPARAM, "the normal of a plane has no length");
    pel_status s = pel__alloc(&value, mesh->points + 1, sizeof *value, "a cut");
    for (int64_t i = 0; i < mesh->points && s == PEL_OK; i++)
        value[i] = pel__dot(pel__minus(pel__mesh_point(mesh, i), at_mm), n);
    pel__blade cut = { .mesh = mesh, .value = value };
    if (s == PEL_OK)
        s = apply(mesh, &cut, whole);
    pel__free(value);
    return s;
}

static pel_status cut_box(pel_mesh *mesh, const double box[3][2], bool whole)
{
    pel_status s = PEL_OK;
    for (int a = 0; a < 3; a++)
        for (int e = 0; e < 2 && s == PEL_OK; e++) {
            double at[3] = { 0 }, normal[3] = { 0 };
            if (isnan(box[a][e]))
                continue;
            at[a] = box[a][e];
            normal[a] = e ? -1 : 1;
            s = cut_plane(mesh, (pel_vec3){ at[0], at[1], at[2] },
                          (pel_vec3){ normal[0], normal[1], normal[2] }, whole);
        }
    return s;
}

static pel_status cut_sphere(pel_mesh *mesh, pel_vec3 centre_mm, double radius_mm, bool whole)
{
    double *value;
    pel_status s = pel__alloc(&value, mesh->points + 1, sizeof *value, "a cut");
    for (int64_t i = 0; i < mesh->points && s == PEL_OK; i++)
        value[i] = radius_mm - pel__length(pel__minus(pel__mesh_point(mesh, i), centre_mm));
    pel__blade cut = { mesh, value, true, centre_mm, radius_mm };
    if (s == PEL_OK)
        s = apply(mesh, &cut, whole);
    pel__free(value);
    return s;
}

static pel_status cut_geodesic(pel_mesh *mesh, pel_vec3 from_mm, double radius_mm, bool whole)
{
    double *value;
    pel_status s = pel__alloc(&value, mesh->points + 1, sizeof *value, "a cut");
    // the front goes on far enough to know both ends of every edge that is cut
    if (s == PEL_OK)
        s = pel_geodesic(value, mesh, from_mm, INFINITY);
    for (int64_t i = 0; i < mesh->points && s == PEL_OK; i++)
        value[i] = radius_mm - value[i];
    pel__blade cut = { .mesh = mesh, .value = value };
    if (s == PEL_OK)
        s = apply(mesh, &cut, whole);
    pel__free(value);
    return s;
}

/* ---- within a line ---- */

static int32_t nearest_point(const pel_mesh *mesh, pel_vec3 at)
{
    int32_t best = 0;
    double least = INFINITY;
    for (int64_t i = 0; i < mesh->points; i++) {
        pel_vec3 way = pel__minus(pel__mesh_point(mesh, i), at);
        if (pel__dot(way, way) < least) {
            least = pel__dot(way, way);
            best = (int32_t)i;
        }
    }
    return best;
}

/* a line along edges */
typedef struct line {
    const pel_mesh *mesh;
    const int64_t *first;
    const int32_t *around, *twin;
    double *mm;     // borrowed; distances of one stretch
    uint8_t *fence; // of each half-edge: is it part of the line?; borrowed
} line;

static void set_fence(line *l, int32_t a, int32_t b)
{
    for (int64_t i = l->first[a]; i < l->first[a + 1]; i++)
        for (int c = 0; c < 3; c++) {
            int32_t half = 3 * l->around[i] + c, from = pel__half_from(l->mesh, half);
            int32_t to = pel__half_from(l->mesh, pel__next_half(half));
            if ((from == a && to == b) || (from == b && to == a))
                l->fence[half] = 1;
        }
}

// back along the neighbours that are nearest to the start
static pel_status draw_stretch(line *l, int32_t from, int32_t to)
{
    pel_status s = pel_geodesic(l->mm, l->mesh, pel__mesh_point(l->mesh, from), INFINITY);
    if (s == PEL_OK && isinf(l->mm[to]))
        return pel__fail(PEL_EDATA,
                         "two corners of the line lie on different parts of the surface");
    while (s == PEL_OK && to != from) {
        int32_t next = to;
        for (int64_t i = l->first[to]; i < l->first[to + 1]; i++)
            for (int c = 0; c < 3; c++) {
                int32_t point = l->mesh->triangle[l->around[i]][c];
                if (l->mm[point] < l->mm[next] || point == from)
                    next = next == from ? next : point;
            }
        if (next == to)
            return pel__fail(PEL_EDATA, "the line has no way along the surface");
        set_fence(l, to, next);
        to = next;
    }
    return s;
}

// triangles that a way without crossing the fence reaches; returns their area
static double flood(uint8_t *side, int32_t *stack, const line *l, int64_t start, uint8_t mark)
{
    double area = 0;
    int64_t count = 0;
    side[start] = mark;
    stack[count++] = (int32_t)start;
    while (count) {
        int32_t t = stack[--count];
        area += 0.5 * pel__length(pel__mesh_cross(l->mesh, t));
        for (int c = 0; c < 3; c++) {
            int32_t other = l->twin[3 * t + c];
            if (l->fence[3 * t + c] || other < 0 || side[other / 3])
                continue;
            side[other / 3] = mark;
            stack[count++] = other / 3;
        }
    }
    return area;
}

// the smaller of the two sides beside the line
static pel_status keep_within(pel_mesh *mesh, line *l)
{
    uint8_t *side = NULL;
    int32_t *stack = NULL;
    double area[3] = { 0, INFINITY, INFINITY };
    uint8_t marks = 0, inner;
    pel_status s = pel__alloc_zero(&side, mesh->triangles + 1, 1, "a cut");
    if (s == PEL_OK)
        s = pel__alloc(&stack, mesh->triangles + 1, sizeof *stack, "a cut");
    for (int64_t h = 0; h < 3 * mesh->triangles && s == PEL_OK; h++)
        if (l->fence[h] && !side[h / 3]) {
            uint8_t mark = marks < 2 ? (uint8_t)(marks + 1) : 3;
            double here = flood(side, stack, l, h / 3, mark);
            if (mark < 3)
                area[mark] = here;
            marks++;
        }
    if (s == PEL_OK && marks < 2)
        s = pel__fail(PEL_EDATA, "the line does not part the surface; it needs three corners or "
                                 "more that go around something");
    inner = area[1] <= area[2] ? 1 : 2;
    for (int64_t t = 0; t < mesh->triangles && s == PEL_OK; t++)
        side[t] = side[t] == inner;
    if (s == PEL_OK)
        s = keep(mesh, side);
    pel__free(side);
    pel__free(stack);
    return s;
}

pel_status pel_cut_loop(pel_mesh *mesh, const pel_mesh *corners)
{
    line l = { .mesh = mesh };
    int64_t *first = NULL;
    int32_t *around = NULL, *twin = NULL;
    pel_status s = corners->points >= 3
                       ? PEL_OK
                       : pel__fail(PEL_EDATA, "a closed line has three corners at least");
    if (s == PEL_OK)
        s = pel_mesh_check(mesh);
    if (s == PEL_OK && mesh->triangles == 0)
        s = pel__fail(PEL_EDATA, "the mesh has no triangles to cut");
    if (s == PEL_OK)
        s = pel__mesh_around(&first, &around, mesh);
    if (s == PEL_OK)
        s = pel__mesh_twins(&twin, mesh);
    if (s == PEL_OK)
        s = pel__alloc(&l.mm, mesh->points + 1, sizeof *l.mm, "a cut");
    if (s == PEL_OK)
        s = pel__alloc_zero(&l.fence, 3 * mesh->triangles + 1, 1, "a cut");
    l.first = first;
    l.around = around;
    l.twin = twin;
    for (int64_t i = 0; i < corners->points && s == PEL_OK; i++) {
        int64_t next = (i + 1) % corners->points;
        s = draw_stretch(&l, nearest_point(mesh, pel__mesh_point(corners, i)),
                         nearest_point(mesh, pel__mesh_point(corners, next)));
    }
    if (s == PEL_OK)
        s = keep_within(mesh, &l);
    pel__free(l.mm);
    pel__free(l.fence);
    pel__free(first);
    pel__free(around);
    pel__free(twin);
    return s;
}

/* ---- one part ---- */

// the part that has the point, or else the one of most area
static pel_status keep_part(pel_mesh *mesh, pel_cut_found *found, const pel_vec3 *at_mm)
{
    int32_t *part = NULL;
    double *area = NULL;
    uint8_t *stays = NULL;
    int64_t parts = 0, best = 0;
    pel_status s = pel__alloc(&part, mesh->points + 1, sizeof *part, "parts");
    if (s == PEL_OK)
        s = pel_mesh_parts(part, &parts, mesh);
    found->left_out = parts > 1 ? parts - 1 : 0;
    if (s == PEL_OK && parts > 1)
        s = pel__alloc_zero(&area, parts, sizeof *area, "parts");
    if (s == PEL_OK && parts > 1)
        s = pel__alloc(&stays, mesh->triangles, 1, "parts");
    if (s == PEL_OK && parts > 1) {
        for (int64_t t = 0; t < mesh->triangles; t++)
            area[part[mesh->triangle[t][0]]] += pel__length(pel__mesh_cross(mesh, t));
        for (int64_t p = 1; p < parts; p++)
            best = area[p] > area[best] ? p : best;
        pel_vec3 there;
        int64_t triangle;
        if (at_mm && pel_mesh_nearest(&there, &triangle, mesh, *at_mm) == PEL_OK)
            best = part[mesh->triangle[triangle][0]];
        for (int64_t t = 0; t < mesh->triangles; t++)
            stays[t] = part[mesh->triangle[t][0]] == best;
        s = keep(mesh, stays);
    }
    pel__free(part);
    pel__free(area);
    pel__free(stays);
    return s;
}

// which point of the whole each one is, so that a patch can be written
static pel_status number_points(pel_mesh *mesh)
{
    int32_t *vertex;
    if (pel_mesh_find(mesh, "vertex"))
        return PEL_OK;
    pel_status s = pel_mesh_add_array(mesh, "vertex", PEL_ARRAY_LABELS, false, 1, &vertex);
    for (int64_t i = 0; i < mesh->points && s == PEL_OK; i++)
        vertex[i] = (int32_t)i;
    return s;
}

// why a part is no disk
static const char *flaw(const pel_topology *t)
{
    return !t->manifold           ? "it is no manifold"
           : !t->oriented         ? "its triangles do not face one way"
           : t->border_loops == 0 ? "it is closed: the cut does not touch it"
           : t->border_loops > 1  ? "it has holes: borders beside the outer one"
                                  : "it has a handle";
}

static void tell(const pel_cut_found *found)
{
    const pel_topology *t = &found->topology;
    if (found->left_out)
        pel__note("the cut gave %lld parts; one is kept", (long long)found->left_out + 1);
    if (!found->is_disk)
        pel__note("the part is no disk: Euler number %lld, %lld borders; %s", (long long)t->euler,
                  (long long)t->border_loops, flaw(t));
}

pel_status pel_cut_one(pel_mesh *mesh, pel_cut_found *found, const pel_vec3 *at_mm)
{
    pel_status s = mesh->triangles ? keep_part(mesh, found, at_mm)
                                   : pel__fail(PEL_EDATA, "nothing of the mesh is left by the cut");
    if (s == PEL_OK)
        s = pel_mesh_topology(&found->topology, mesh);
    const pel_topology *t = &found->topology;
    found->is_disk = s == PEL_OK && t->components == 1 && t->manifold && t->oriented &&
                     t->border_loops == 1 && t->euler == 1;
    if (s == PEL_OK)
        tell(found);
    return s;
}

static pel_status parse_box(double box[3][2], const char *text)
{
    const char *at = text;
    for (int a = 0; a < 3; a++)
        for (int e = 0; e < 2; e++) {
            char word[64];
            size_t length = strcspn(at, e ? "," : ":");
            snprintf(word, sizeof word, "%.*s", (int)length, at);
            bool last = a == 2 && e == 1;
            bool good = length < sizeof word && at[length] == (last ? 0 : e ? ',' : ':');
            box[a][e] = NAN;
            if (!good || (*word && !pel__parse_number(&box[a][e], word)))
                return pel__fail(PEL_EPARAM,
                                 "--cut-box is '%s'; it wants X0:X1,Y0:Y1,Z0:Z1 in mm, any end of "
                                 "them left out",
                                 text);
            at += length + !last;
        }
    return PEL_OK;
}

static pel_status check_count(const pel_numbers *n, int count, const char *what)
{
    if (n->count == 0 || n->count == count)
        return PEL_OK;
    return pel__fail(PEL_EPARAM, "%s takes %d numbers and has %d", what, count, n->count);
}

pel_status pel_cut_check(const pel_cut_params *p)
{
    double box[3][2];
    pel_status s = pel_schema_check(&pel_cut_schema, p);
    if (s == PEL_OK)
        s = check_count(&p->cut_plane, 6, "--cut-plane");
    if (s == PEL_OK)
        s = check_count(&p->cut_sphere, 4, "--cut-sphere");
    if (s == PEL_OK)
        s = check_count(&p->cut_geodesic, 4, "--cut-geodesic");
    if (s == PEL_OK && ((p->cut_sphere.count && !(p->cut_sphere.value[3] > 0)) ||
                        (p->cut_geodesic.count && !(p->cut_geodesic.value[3] > 0))))
        s = pel__fail(PEL_EPARAM, "the radius of a cut is above zero");
    return s == PEL_OK && p->cut_box ? parse_box(box, p->cut_box) : s;
}

bool pel_cut_any(const pel_cut_params *p)
{
    return p->cut_plane.count || p->cut_box || p->cut_sphere.count || p->cut_geodesic.count ||
           p->cut_loop || p->cut_view;
}

static pel_vec3 vector(const double *v)
{
    return (pel_vec3){ v[0], v[1], v[2] };
}

pel_status pel_cut(pel_mesh *mesh, pel_cut_found *found, const pel_cut_params *p)
{
    double box[3][2];
    const double *plane = p->cut_plane.value, *sphere = p->cut_sphere.value,
                 *geodesic = p->cut_geodesic.value;
    *found = (pel_cut_found){ 0 };
    pel_status s = pel_cut_check(p);
    if (s == PEL_OK)
        s = pel_mesh_check(mesh);
    if (s == PEL_OK && mesh->triangles == 0)
        s = pel__fail(PEL_EDATA, "the mesh has no triangles to cut");
    if (s == PEL_OK && p->cut_whole)
        s = number_points(mesh);
    if (s == PEL_OK && p->cut_plane.count)
        s = cut_plane(mesh, vector(plane), vector(plane + 3), p->cut_whole);
    if (s == PEL_OK && p->cut_box && parse_box(box, p->cut_box) == PEL_OK)
        s = cut_box(mesh, (const double(*)[2])box, p->cut_whole);
    if (s == PEL_OK && p->cut_sphere.count)
        s = cut_sphere(mesh, vector(sphere), sphere[3], p->cut_whole);
    if (s == PEL_OK && p->cut_geodesic.count && mesh->triangles)
        s = cut_geodesic(mesh, vector(geodesic), geodesic[3], p->cut_whole);
    return s;
}
