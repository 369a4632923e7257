/* SPDX-License-Identifier: Apache-2.0 */
/* tree.c: boxes around the triangles of a mesh, four around four. */
#include "surface/tree.h"

#include <math.h>
#include <string.h>

#include "base/maths.h"
#include "base/memory.h"
#include "base/status.h"
#include "mesh/mesh.h"

enum { AXIS_BITS = 16, DIGIT = 1 << 16, STACK = 4 * PEL__TREE_LEVELS };

/* ---- order ---- */

typedef struct keyed {
    uint64_t key;
    int32_t triangle;
} keyed;

static uint64_t spread(uint64_t x)
{
    x = (x | x << 32) & UINT64_C(0x001f00000000ffff);
    x = (x | x << 16) & UINT64_C(0x001f0000ff0000ff);
    x = (x | x << 8) & UINT64_C(0x100f00f00f00f00f);
    x = (x | x << 4) & UINT64_C(0x10c30c30c30c30c3);
    return (x | x << 2) & UINT64_C(0x1249249249249249);
}

static void set_keys(keyed *list, const pel_mesh *mesh)
{
    pel_vec3 lo, hi;
    pel_mesh_bounds(mesh, &lo, &hi);
    double size = fmax(fmax(hi.x - lo.x, hi.y - lo.y), fmax(hi.z - lo.z, 1e-30));
    double by = ((1 << AXIS_BITS) - 1) / size;
    for (int64_t t = 0; t < mesh->triangles; t++) {
        pel_vec3 p[3];
        pel__tree_corners(p, mesh, t);
        pel_vec3 middle =
            pel__minus(pel__scale(pel__plus(pel__plus(p[0], p[1]), p[2]), 1.0 / 3), lo);
        const double at[3] = { middle.x * by, middle.y * by, middle.z * by };
        list[t] = (keyed){ 0, (int32_t)t };
        for (int a = 0; a < 3; a++)
            list[t].key |= spread((uint64_t)pel__int_from(at[a], 0, (1 << AXIS_BITS) - 1)) << a;
    }
}

// by 16 bits at a time; equal keys keep their order
static pel_status sort_keys(keyed *list, int64_t count)
{
    keyed *other = NULL;
    int64_t *start = NULL;
    pel_status s = pel__alloc(&other, count, sizeof *other, "triangles in order");
    if (s == PEL_OK)
        s = pel__alloc(&start, DIGIT + 1, sizeof *start, "triangles in order");
    keyed *from = list, *to = other;
    for (int shift = 0; s == PEL_OK && shift < 64; shift += 16) {
        memset(start, 0, (DIGIT + 1) * sizeof *start);
        for (int64_t n = 0; n < count; n++)
            start[(from[n].key >> shift & (DIGIT - 1)) + 1]++;
        for (int64_t d = 0; d < DIGIT; d++)
            start[d + 1] += start[d];
        for (int64_t n = 0; n < count; n++)
            to[start[from[n].key >> shift & (DIGIT - 1)]++] = from[n];
        keyed *swap = from;
        from = to;
        to = swap;
    }
    pel__free(other);
    pel__free(start);
    return s;
}

/* ---- boxes ---- */

static const pel__box nothing = { { INFINITY, INFINITY, INFINITY },
                                  { -INFINITY, -INFINITY, -INFINITY } };

static void widen(pel__box *box, const float lo[3], const float hi[3])
{
    for (int a = 0; a < 3; a++) {
        box->lo[a] = lo[a] < box->lo[a] ? lo[a] : box->lo[a];
        box->hi[a] = hi[a] > box->hi[a] ? hi[a] : box->hi[a];
    }
}

static pel__box box_of(const pel_mesh *mesh, int64_t t)
{
    const int32_t *c = mesh->triangle[t];
    const float *p = mesh->point_mm[c[0]];
    pel__box box = { { p[0], p[1], p[2] }, { p[0], p[1], p[2] } };
    widen(&box, mesh->point_mm[c[1]], mesh->point_mm[c[1]]);
    widen(&box, mesh->point_mm[c[2]], mesh->point_mm[c[2]]);
    return box;
}

static int64_t count_boxes(pel__tree *tree, int64_t triangles)
{
    int64_t all = 0, below = triangles;
    tree->levels = 0;
    while (tree->levels == 0 || below > 1) {
        below = (below + PEL__TREE_FAN - 1) / PEL__TREE_FAN;
        tree->first[tree->levels] = all;
        tree->count[tree->levels++] = below;
        all += below;
    }
    return all;
}

static void set_boxes(pel__tree *tree)
{
    int64_t triangles = tree->mesh->triangles;
    for (int64_t n = 0; n < tree->count[0]; n++) {
        tree->box[n] = nothing;
        for (int64_t i = 4 * n; i < 4 * n + 4 && i < triangles; i++) {
            pel__box box = box_of(tree->mesh, tree->order[i]);
            widen(&tree->box[n], box.lo, box.hi);
        }
    }
    for (int l = 1; l < tree->levels; l++)
        for (int64_t n = 0; n < tree->count[l]; n++) {
            pel__box *to = &tree->box[tree->first[l] + n];
            *to = nothing;
            for (int64_t i = 4 * n; i < 4 * n + 4 && i < tree->count[l - 1]; i++) {
                const pel__box *from = &tree->box[tree->first[l - 1] + i];
                widen(to, from->lo, from->hi);
            }
        }
}

int64_t pel__tree_memory(int64_t triangles)
{
    return triangles * (2 * (int64_t)sizeof(keyed) + 4 + 8) + (1 << 20);
}

pel_status pel__tree_new(pel__tree *out, const pel_mesh *mesh)
{
    keyed *list = NULL;
    *out = (pel__tree){ .mesh = mesh };
    if (mesh->triangles == 0)
        return PEL_OK;
    pel_status s = pel__alloc(&list, mesh->triangles, sizeof *list, "triangles in order");
    if (s == PEL_OK) {
        set_keys(list, mesh);
        s = sort_keys(list, mesh->triangles);
    }
    if (s == PEL_OK)
        s = pel__alloc(&out->order, mesh->triangles, sizeof *out->order, "triangles in order");
    for (int64_t n = 0; s == PEL_OK && n < mesh->triangles; n++)
        out->order[n] = list[n].triangle;
    pel__free(list);
    int64_t boxes = count_boxes(out, mesh->triangles);
    if (s == PEL_OK)
        s = pel__alloc(&out->box, boxes, sizeof *out->box, "boxes around triangles");
    if (s == PEL_OK)
        set_boxes(out);
    else
        pel__tree_free(out);
    return s;
}

void pel__tree_free(pel__tree *tree)
{
    pel__free(tree->order);
    pel__free(tree->box);
    *tree = (pel__tree){ 0 };
}

/* ---- nearest ---- */

void pel__tree_corners(pel_vec3 out[3], const pel_mesh *mesh, int64_t t)
{
    for (int c = 0; c < 3; c++)
        out[c] = pel__mesh_point(mesh, mesh->triangle[t][c]);
}

static double beyond(double x, double lo, double hi)
{
    return x < lo ? lo - x : x > hi ? x - hi : 0;
}

static double from_box(const pel__box *box, pel_vec3 at)
{
    double x = beyond(at.x, (double)box->lo[0], (double)box->hi[0]),
           y = beyond(at.y, (double)box->lo[1], (double)box->hi[1]),
           z = beyond(at.z, (double)box->lo[2], (double)box->hi[2]);
    return x * x + y * y + z * z;
}

/* a box that waits, and how far it is */
typedef struct waiting {
    double squared;
    int64_t n;
    int level;
} waiting;

// the boxes within one, the nearest on top
static int push_nearest(waiting *stack, int depth, const pel__tree *tree, const waiting *of,
                        pel_vec3 at)
{
    int bottom = depth, level = of->level - 1;
    for (int64_t n = 4 * of->n; n < 4 * of->n + 4 && n < tree->count[level]; n++) {
        waiting w = { from_box(&tree->box[tree->first[level] + n], at), n, level };
        int i = depth++;
        for (; i > bottom && stack[i - 1].squared < w.squared; i--)
            stack[i] = stack[i - 1];
        stack[i] = w;
    }
    return depth;
}

static double squared_from(const pel_mesh *mesh, int32_t triangle, pel_vec3 at)
{
    pel_vec3 p[3];
    pel__tree_corners(p, mesh, triangle);
    pel_vec3 way = pel__minus(pel__nearest_in(p, at), at);
    return pel__dot(way, way);
}

int32_t pel__tree_nearest(const pel__tree *tree, pel_vec3 at, double *squared)
{
    return pel__tree_nearest_to(tree, at, -1, 0, squared);
}

int32_t pel__tree_nearest_to(const pel__tree *tree, pel_vec3 at, int32_t guess, double enough,
                             double *squared)
{
    waiting stack[STACK];
    int depth = 0;
    int32_t best = guess;
    *squared = guess < 0 ? INFINITY : squared_from(tree->mesh, guess, at);
    if (tree->levels)
        stack[depth++] = (waiting){ 0, 0, tree->levels - 1 };
    while (depth > 0 && *squared > enough) {
        waiting w = stack[--depth];
        if (w.squared >= *squared)
            continue;
        if (w.level > 0) {
            depth = push_nearest(stack, depth, tree, &w, at);
            continue;
        }
        for (int64_t n = 4 * w.n; n < 4 * w.n + 4 && n < tree->mesh->triangles; n++) {
            double here = squared_from(tree->mesh, tree->order[n], at);
            if (here < *squared) {
                *squared = here;
                best = tree->order[n];
            }
        }
    }
    return best;
}

// by the regions of its plane (Ericson 2005)
pel_vec3 pel__nearest_in(const pel_vec3 p[3], pel_vec3 at)
{
    pel_vec3 ab = pel__minus(p[1], p[0]), ac = pel__minus(p[2], p[0]), ap = pel__minus(at, p[0]);
    double d1 = pel__dot(ab, ap), d2 = pel__dot(ac, ap);
    if (d1 <= 0 && d2 <= 0)
        return p[0];
    pel_vec3 bp = pel__minus(at, p[1]), cp = pel__minus(at, p[2]);
    double d3 = pel__dot(ab, bp), d4 = pel__dot(ac, bp);
    double d5 = pel__dot(ab, cp), d6 = pel__dot(ac, cp);
    if (d3 >= 0 && d4 <= d3)
        return p[1];
    if (d6 >= 0 && d5 <= d6)
        return p[2];
    double vc = d1 * d4 - d3 * d2, vb = d5 * d2 - d1 * d6, va = d3 * d6 - d5 * d4;
    if (vc <= 0 && d1 >= 0 && d3 <= 0)
        return pel__plus(p[0], pel__scale(ab, d1 / (d1 - d3)));
    if (vb <= 0 && d2 >= 0 && d6 <= 0)
        return pel__plus(p[0], pel__scale(ac, d2 / (d2 - d6)));
    if (va <= 0 && d4 - d3 >= 0 && d5 - d6 >= 0)
        return pel__plus(p[1],
                         pel__scale(pel__minus(p[2], p[1]), (d4 - d3) / ((d4 - d3) + (d5 - d6))));
    double all = va + vb + vc;
    if (!(all != 0))
        return p[0];
    return pel__plus(p[0], pel__plus(pel__scale(ab, vb / all), pel__scale(ac, vc / all)));
}

/* ---- meeting ---- */

static bool boxes_meet(const pel__box *a, const pel__box *b)
{
    return (a->lo[0] <= b->hi[0]) & (b->lo[0] <= a->hi[0]) & (a->lo[1] <= b->hi[1]) &
           (b->lo[1] <= a->hi[1]) & (a->lo[2] <= b->hi[2]) & (b->lo[2] <= a->hi[2]);
}

/* a leaf: four triangles, fewer at the end */
typedef struct leaf {
    int64_t first;
    int count;
    pel__box box[PEL__TREE_FAN];
} leaf;

static leaf leaf_of(const pel__tree *tree, int64_t n)
{
    leaf l;
    l.first = PEL__TREE_FAN * n;
    int64_t left = tree->mesh->triangles - l.first;
    l.count = left < PEL__TREE_FAN ? (int)left : PEL__TREE_FAN;
    for (int i = 0; i < l.count; i++)
        l.box[i] = box_of(tree->mesh, tree->order[l.first + i]);
    return l;
}

static void meet_leaf(const pel__tree *tree, const leaf *a, int64_t n, pel__each_pair *each,
                      void *user)
{
    const leaf b = leaf_of(tree, n);
    for (int i = 0; i < a->count; i++)
        for (int j = a->first == b.first ? i + 1 : 0; j < b.count; j++)
            if (boxes_meet(&a->box[i], &b.box[j]))
                each(user, tree->order[a->first + i], tree->order[b.first + j]);
}

void pel__tree_pairs(const pel__tree *tree, int64_t n, pel__each_pair *each, void *user)
{
    waiting stack[STACK];
    int depth = 0;
    const leaf here = leaf_of(tree, n);
    const pel__box box = tree->box[n];
    stack[depth++] = (waiting){ 0, 0, tree->levels - 1 };
    while (depth > 0) {
        waiting w = stack[--depth];
        // leaves before this one have met it
        if ((w.n + 1) << (2 * w.level) <= n ||
            !boxes_meet(&tree->box[tree->first[w.level] + w.n], &box))
            continue;
        if (w.level == 0) {
            meet_leaf(tree, &here, w.n, each, user);
            continue;
        }
        int64_t end = tree->count[w.level - 1];
        for (int64_t i = 4 * w.n; i < 4 * w.n + 4 && i < end; i++)
            stack[depth++] = (waiting){ 0, i, w.level - 1 };
    }
}
