/* SPDX-License-Identifier: Apache-2.0 */
/* geodesic.c: distances along a mesh by a walk that unfolds triangles. */
#include "mesh/geodesic.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/maths.h"
#include "base/memory.h"
#include "mesh/mesh.h"

/* ---- what walks share ---- */

static void mark_borders(uint8_t *border, const pel_mesh *mesh, const int32_t *twin)
{
    for (int32_t h = 0; h < 3 * mesh->triangles; h++)
        if (twin[h] < 0)
            border[pel__half_from(mesh, h)] = border[pel__half_from(mesh, pel__next_half(h))] = 1;
}

static void lay_apexes(pel__surface_walk *walk)
{
    for (int64_t h = 0; h < 3 * walk->triangles; h++) {
        const double *edge = walk->edge + h / 3 * 3;
        double pq = edge[h % 3], qr = edge[(h + 1) % 3], rp = edge[(h + 2) % 3];
        double half = 0.5 / pq, x = (rp * rp - qr * qr + pq * pq) * half, y2 = rp * rp - x * x;
        walk->apex[h][0] = x;
        walk->apex[h][1] = y2 > 0 ? sqrt(y2) : 0;
        walk->apex[h][2] = half;
        walk->longest_mm = fmax(walk->longest_mm, pq);
    }
}

pel_status pel__surface_walk_new(pel__surface_walk *out, const pel_mesh *mesh, const double *edge)
{
    int32_t *twin = NULL;
    *out = (pel__surface_walk){ .points = mesh->points,
                                .triangles = mesh->triangles,
                                .triangle = (const int32_t(*)[3])mesh->triangle,
                                .edge = edge };
    pel_status s = pel__mesh_around(&out->first, &out->list, mesh);
    if (s == PEL_OK)
        s = pel__alloc_zero(&out->border, mesh->points, 1, "the border of a mesh");
    if (s == PEL_OK)
        s = pel__mesh_twins(&twin, mesh);
    if (s == PEL_OK)
        s = pel__alloc(&out->apex, 3 * mesh->triangles, sizeof *out->apex, "triangles of a mesh");
    if (s == PEL_OK)
        lay_apexes(out);
    if (s == PEL_OK)
        mark_borders(out->border, mesh, twin);
    pel__free(twin);
    if (s != PEL_OK)
        pel__surface_walk_free(out);
    return s;
}

void pel__surface_walk_free(pel__surface_walk *walk)
{
    pel__free(walk->first);
    pel__free(walk->list);
    pel__free(walk->border);
    pel__free(walk->apex);
    *walk = (pel__surface_walk){ 0 };
}

pel_status pel__mesh_edges_mm(double **out, const pel_mesh *mesh)
{
    pel_status s = pel__alloc(out, 3 * mesh->triangles, sizeof **out, "edges of a mesh");
    for (int64_t t = 0; s == PEL_OK && t < mesh->triangles; t++)
        for (int c = 0; c < 3; c++)
            (*out)[3 * t + c] =
                pel__length(pel__minus(pel__mesh_point(mesh, mesh->triangle[t][(c + 1) % 3]),
                                       pel__mesh_point(mesh, mesh->triangle[t][c])));
    return s;
}

/* ---- a heap of points by distance, ties by number ---- */

pel_status pel__geodesic_new(pel__geodesic *out, int64_t points)
{
    *out = (pel__geodesic){ 0 };
    pel_status s = pel__alloc(&out->mm, points, sizeof *out->mm, "distances along a mesh");
    if (s == PEL_OK)
        s = pel__alloc_zero(&out->bent, points, 1, "distances along a mesh");
    if (s == PEL_OK)
        s = pel__alloc(&out->found, points, sizeof *out->found, "distances along a mesh");
    if (s == PEL_OK)
        s = pel__alloc(&out->heap, points, sizeof *out->heap, "distances along a mesh");
    if (s == PEL_OK)
        s = pel__alloc(&out->place, points, sizeof *out->place, "distances along a mesh");
    for (int64_t p = 0; s == PEL_OK && p < points; p++) {
        out->mm[p] = INFINITY;
        out->place[p] = -1;
    }
    if (s != PEL_OK)
        pel__geodesic_free(out);
    return s;
}

void pel__geodesic_free(pel__geodesic *g)
{
    pel__free(g->mm);
    pel__free(g->bent);
    pel__free(g->found);
    pel__free(g->heap);
    pel__free(g->place);
    *g = (pel__geodesic){ 0 };
}

static bool nearer(const pel__geodesic *g, int32_t a, int32_t b)
{
    return g->mm[a] < g->mm[b] || (g->mm[a] == g->mm[b] && a < b);
}

static void set_place(pel__geodesic *g, int64_t at, int32_t p)
{
    g->heap[at] = p;
    g->place[p] = (int32_t)at;
}

static void rise(pel__geodesic *g, int64_t at)
{
    int32_t p = g->heap[at];
    for (; at > 0 && nearer(g, p, g->heap[(at - 1) / 4]); at = (at - 1) / 4)
        set_place(g, at, g->heap[(at - 1) / 4]);
    set_place(g, at, p);
}

static void sink(pel__geodesic *g, int64_t at)
{
    int32_t p = g->heap[at];
    for (int64_t child; (child = 4 * at + 1) < g->heaped; at = child) {
        for (int64_t c = child + 1; c < 4 * at + 5 && c < g->heaped; c++)
            if (nearer(g, g->heap[c], g->heap[child]))
                child = c;
        if (!nearer(g, g->heap[child], p))
            break;
        set_place(g, at, g->heap[child]);
    }
    set_place(g, at, p);
}

static int32_t take_nearest(pel__geodesic *g)
{
    int32_t p = g->heap[0];
    g->place[p] = -1;
    if (--g->heaped > 0) {
        set_place(g, 0, g->heap[g->heaped]);
        sink(g, 0);
    }
    return p;
}

/* ---- the walk ---- */

// a way of length `mm` to p; one hardly shorter is rounding
static void offer(pel__geodesic *g, int32_t p, double mm, bool bent, double reach_mm)
{
    if (!(mm < g->mm[p] * (1 - 1e-11)) || mm > reach_mm)
        return;
    if (isinf(g->mm[p]))
        g->found[g->count++] = p;
    g->mm[p] = mm;
    g->bent[p] = bent;
    if (g->place[p] < 0)
        set_place(g, g->heaped++, p);
    rise(g, g->place[p]);
}

/* an edge from p to q, and r across it: where along it from p, and how far off */
typedef struct across {
    double pq, half, x, y;
} across;

/*
 * The square of r's distance from a source that is `p` and `q` away from the ends of an edge and
 * lies on its other side; infinite when the way does not cross the edge.
 */
static double through(double p, double q, across e)
{
    double along = (p * p - q * q + e.pq * e.pq) * e.half, below2 = p * p - along * along;
    if (!(below2 >= 0) || !(e.y > 0))
        return INFINITY;
    double below = sqrt(below2), crossing = along * e.y + e.x * below;
    if (crossing < 0 || crossing > e.pq * (below + e.y))
        return INFINITY;
    return (e.x - along) * (e.x - along) + (e.y + below) * (e.y + below);
}

// what p and a point q give to r; a distance still in the heap may be too long, which would place
// the source wrongly
static void unfold(pel__geodesic *g, int32_t p, int32_t q, int32_t r, across e, double reach_mm)
{
    if (!(g->mm[p] > 0) || isinf(g->mm[q]) || g->place[q] >= 0)
        return;
    double square = through(g->mm[p], g->mm[q], e);
    if (square < g->mm[r] * g->mm[r])
        offer(g, r, sqrt(square), g->bent[p] || g->bent[q], reach_mm);
}

// what p gives to the other corners of one triangle, c being its corner there
static void spread(pel__geodesic *g, const pel__surface_walk *walk, int32_t t, int c,
                   double reach_mm)
{
    const int32_t *corner = walk->triangle[t];
    int64_t out = 3 * (int64_t)t + c, in = 3 * (int64_t)t + (c + 2) % 3;
    int32_t p = corner[c], next = corner[(c + 1) % 3], last = corner[(c + 2) % 3];
    double to_next = walk->edge[out], to_last = walk->edge[in];
    const double *over_next = walk->apex[out], *over_last = walk->apex[in];
    bool turns = g->bent[p] || (walk->border[p] && g->mm[p] > 0);
    offer(g, next, g->mm[p] + to_next, turns, reach_mm);
    offer(g, last, g->mm[p] + to_last, turns, reach_mm);
    unfold(g, p, next, last, (across){ to_next, over_next[2], over_next[0], over_next[1] },
           reach_mm);
    unfold(g, p, last, next,
           (across){ to_last, over_last[2], to_last - over_last[0], over_last[1] }, reach_mm);
}

static void forget(pel__geodesic *g)
{
    for (int64_t i = 0; i < g->count; i++) {
        g->mm[g->found[i]] = INFINITY;
        g->bent[g->found[i]] = 0;
        g->place[g->found[i]] = -1;
    }
    g->count = g->heaped = 0;
}

static void start_at(pel__geodesic *g, int32_t source)
{
    g->mm[source] = 0;
    g->found[g->count++] = source;
    set_place(g, g->heaped++, source);
}

static void walk_on(pel__geodesic *g, const pel__surface_walk *walk, double reach_mm)
{
    reach_mm += fmin(2 * walk->longest_mm, 0.3 * reach_mm);
    while (g->heaped > 0) {
        int32_t p = take_nearest(g);
        for (int64_t i = walk->first[p]; i < walk->first[p + 1]; i++) {
            int32_t t = walk->list[i];
            int c = walk->triangle[t][0] == p ? 0 : walk->triangle[t][1] == p ? 1 : 2;
            spread(g, walk, t, c, reach_mm);
        }
    }
}

void pel__geodesic_from(pel__geodesic *g, const pel__surface_walk *walk, int32_t source,
                        double reach_mm)
{
    forget(g);
    start_at(g, source);
    walk_on(g, walk, reach_mm);
}

void pel__geodesic_from_all(pel__geodesic *g, const pel__surface_walk *walk, const uint8_t *sources)
{
    forget(g);
    for (int64_t p = 0; p < walk->points; p++)
        if (sources[p])
            start_at(g, (int32_t)p);
    walk_on(g, walk, INFINITY);
}
