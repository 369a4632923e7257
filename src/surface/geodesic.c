/* SPDX-License-Identifier: Apache-2.0 */
/* geodesic.c: distances along a surface, by a front that marches over its triangles. */
#include <math.h>

#include <pellucid/surface.h>

#include "base/job.h"
#include "base/maths.h"
#include "base/memory.h"
#include "base/status.h"
#include "mesh/mesh.h"
#include "surface/tree.h"

/* points by distance, the nearest first; of equal ones the lowest number */
typedef struct front {
    const pel_mesh *mesh;
    double *mm;     // borrowed; of each point
    int32_t *heap;  // owned
    int32_t *place; // owned; of each point in it, -1: not there, -2: done
    int64_t count;
    int64_t *first; // owned; triangles around points
    int32_t *around;
} front;

enum { NOT_THERE = -1, DONE = -2 };

static bool is_before(const front *f, int32_t a, int32_t b)
{
    return f->mm[a] != f->mm[b] ? f->mm[a] < f->mm[b] : a < b;
}

static void put(front *f, int64_t at, int32_t point)
{
    f->heap[at] = point;
    f->place[point] = (int32_t)at;
}

static void rise(front *f, int64_t at)
{
    int32_t point = f->heap[at];
    while (at && is_before(f, point, f->heap[(at - 1) / 2])) {
        put(f, at, f->heap[(at - 1) / 2]);
        at = (at - 1) / 2;
    }
    put(f, at, point);
}

static int32_t take_first(front *f)
{
    int32_t first = f->heap[0], last = f->heap[--f->count];
    int64_t at = 0;
    for (int64_t child; (child = 2 * at + 1) < f->count; at = child) {
        if (child + 1 < f->count && is_before(f, f->heap[child + 1], f->heap[child]))
            child++;
        if (!is_before(f, f->heap[child], last))
            break;
        put(f, at, f->heap[child]);
    }
    if (f->count)
        put(f, at, last);
    f->place[first] = DONE;
    return first;
}

// a point that is done is taken up again when a better way to it turns up
static void offer(front *f, int32_t point, double mm)
{
    const double worth_it = 1 - 1e-9;
    if (!(mm < f->mm[point] * worth_it))
        return;
    f->mm[point] = mm;
    if (f->place[point] < 0)
        put(f, f->count++, point);
    rise(f, f->place[point]);
}

// from two corners at known distances to the third, as if they came from one point in the
// triangle's plane; along an edge where the way would leave the triangle
static double across(pel_vec3 a, pel_vec3 b, pel_vec3 c, double to_a, double to_b)
{
    pel_vec3 ab = pel__minus(b, a), ac = pel__minus(c, a);
    double length = pel__length(ab);
    double along_edges = fmin(to_a + pel__length(ac), to_b + pel__length(pel__minus(c, b)));
    if (!(length > 0))
        return along_edges;
    // the source s lies at (x, -y), the corner c at (u, v) in the plane whose first axis is ab
    double x = (length * length + to_a * to_a - to_b * to_b) / (2 * length);
    double below = to_a * to_a - x * x;
    double u = pel__dot(ac, ab) / length;
    double v = sqrt(fmax(pel__dot(ac, ac) - u * u, 0));
    double y = sqrt(fmax(below, 0)), cut = x + (u - x) * y / (y + v);
    if (!(v > 0) || !(cut >= 0) || !(cut <= length))
        return along_edges;
    return fmin(along_edges, sqrt((u - x) * (u - x) + (v + y) * (v + y)));
}

// what the new distance of `point` means for the two other corners
static void update_triangle(front *f, int64_t t, int32_t point)
{
    const int32_t *corner = f->mesh->triangle[t];
    pel_vec3 p[3];
    for (int c = 0; c < 3; c++)
        p[c] = pel__mesh_point(f->mesh, corner[c]);
    for (int c = 0; c < 3; c++) {
        int a = (c + 1) % 3, b = (c + 2) % 3;
        if (corner[c] == point)
            continue;
        int known = corner[a] == point ? a : b;
        double to_a = f->mm[corner[a]], to_b = f->mm[corner[b]];
        offer(f, corner[c],
              isfinite(to_a) && isfinite(to_b)
                  ? across(p[a], p[b], p[c], to_a, to_b)
                  : f->mm[point] + pel__length(pel__minus(p[c], p[known])));
    }
}

static pel_status march(front *f, double most_mm)
{
    pel_status s = PEL_OK;
    for (int64_t n = 0; f->count && s == PEL_OK; n++) {
        int32_t point = take_first(f);
        if (f->mm[point] > most_mm)
            break;
        for (int64_t i = f->first[point]; i < f->first[point + 1]; i++)
            update_triangle(f, f->around[i], point);
        if (n % 65536 == 0)
            s = pel__cancelled();
    }
    return s;
}

/* ---- the nearest point of a surface ---- */

pel_status pel_mesh_nearest(pel_vec3 *point_mm, int64_t *triangle, const pel_mesh *mesh,
                            pel_vec3 at_mm)
{
    double best = INFINITY;
    *triangle = -1;
    *point_mm = at_mm;
    for (int64_t t = 0; t < mesh->triangles; t++) {
        pel_vec3 p[3];
        for (int c = 0; c < 3; c++)
            p[c] = pel__mesh_point(mesh, mesh->triangle[t][c]);
        pel_vec3 here = pel__nearest_in(p, at_mm), way = pel__minus(here, at_mm);
        double distance = pel__dot(way, way);
        if (distance < best) {
            best = distance;
            *triangle = t;
            *point_mm = here;
        }
    }
    return *triangle >= 0 ? PEL_OK : pel__fail(PEL_EDATA, "the mesh has no triangles");
}

pel_status pel_geodesic(double *mm, const pel_mesh *mesh, pel_vec3 from_mm, double most_mm)
{
    front f = { .mesh = mesh, .mm = mm };
    int64_t triangle;
    pel_vec3 start;
    pel_status s = pel_mesh_check(mesh);
    if (s == PEL_OK)
        s = pel_mesh_nearest(&start, &triangle, mesh, from_mm);
    if (s == PEL_OK)
        s = pel__mesh_around(&f.first, &f.around, mesh);
    if (s == PEL_OK)
        s = pel__alloc(&f.heap, mesh->points, sizeof *f.heap, "the front of distances");
    if (s == PEL_OK)
        s = pel__alloc(&f.place, mesh->points, sizeof *f.place, "the front of distances");
    for (int64_t i = 0; i < mesh->points && s == PEL_OK; i++) {
        mm[i] = INFINITY;
        f.place[i] = NOT_THERE;
    }
    for (int c = 0; c < 3 && s == PEL_OK; c++) {
        int32_t corner = mesh->triangle[triangle][c];
        offer(&f, corner, pel__length(pel__minus(pel__mesh_point(mesh, corner), start)));
    }
    if (s == PEL_OK)
        s = march(&f, most_mm);
    // what the front only saw is not known
    for (int64_t i = 0; i < mesh->points && s == PEL_OK; i++)
        if (f.place[i] != DONE || mm[i] > most_mm)
            mm[i] = INFINITY;
    pel__free(f.heap);
    pel__free(f.place);
    pel__free(f.first);
    pel__free(f.around);
    return s;
}
