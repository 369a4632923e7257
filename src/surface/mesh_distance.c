/* SPDX-License-Identifier: Apache-2.0 */
/* mesh_distance.c: how far two surfaces lie from each other, both ways, bounded. */
#include <math.h>
#include <string.h>

#include <pellucid/surface.h>

#include "base/job.h"
#include "base/maths.h"
#include "base/memory.h"
#include "base/status.h"
#include "mesh/mesh.h"
#include "surface/tree.h"

enum { BLOCK = 1024, SOME = 16, MOST_CORNERS = 16, MOST_HALVINGS = 14, MOST_CUTS = 64 };

/* a bound this much above what was found is good enough */
#define ENOUGH 1.25

typedef struct looking {
    const pel_mesh *mesh; // from here
    pel__tree tree;       // to there
    int32_t *nearest;     // triangle there, of each point here
    float *found;         // per triangle: its farthest corner; per point on the way: its distance
    float *bound;         // per triangle
    const float *known;   // bounds from elsewhere, per triangle; NULL: none
    double most;          // any bound up to here is good enough
    int64_t stride;       // points that are looked at; above 1 some, the first time
    double enough;        // squared: of others any triangle as near as this is taken
} looking;

// greatest distance of three points from a triangle: no point between them is farther, since the
// distance from what is convex is convex
static double from_one(const pel_vec3 p[3], const pel_mesh *mesh, int32_t t)
{
    pel_vec3 q[3];
    double most = 0;
    pel__tree_corners(q, mesh, t);
    for (int c = 0; c < 3; c++) {
        pel_vec3 way = pel__minus(pel__nearest_in(q, p[c]), p[c]);
        most = fmax(most, pel__dot(way, way));
    }
    return sqrt(most);
}

static pel_status nearest_block(void *user, int64_t block)
{
    const looking *l = user;
    int64_t end = (block + 1) * BLOCK < l->mesh->points ? (block + 1) * BLOCK : l->mesh->points;
    int32_t last = -1;
    // points in a row lie near each other
    for (int64_t p = block * BLOCK; p < end; p += l->stride) {
        double squared;
        last =
            pel__tree_nearest_to(&l->tree, pel__mesh_point(l->mesh, p), last, l->enough, &squared);
        l->nearest[p] = last;
    }
    return pel__cancelled();
}

// from the triangles there that are nearest to the corners
static pel_status bound_block(void *user, int64_t block)
{
    const looking *l = user;
    int64_t end =
        (block + 1) * BLOCK < l->mesh->triangles ? (block + 1) * BLOCK : l->mesh->triangles;
    for (int64_t t = block * BLOCK; t < end; t++) {
        pel_vec3 p[3], q[3];
        double bound = l->known ? (double)l->known[t] : INFINITY, found = 0;
        pel__tree_corners(p, l->mesh, t);
        for (int c = 0; c < 3; c++) {
            int32_t there = l->nearest[l->mesh->triangle[t][c]];
            bound = fmin(bound, from_one(p, l->tree.mesh, there));
            pel__tree_corners(q, l->tree.mesh, there);
            found = fmax(found, pel__length(pel__minus(pel__nearest_in(q, p[c]), p[c])));
        }
        l->bound[t] = nextafterf((float)bound, INFINITY);
        l->found[t] = nextafterf((float)found, 0);
    }
    return pel__cancelled();
}

/* ---- finer ---- */

/* a flat convex piece of a triangle, and how often it was halved and cut */
typedef struct piece {
    int corners, halvings, cuts;
    pel_vec3 at[MOST_CORNERS];
} piece;

static pel_vec3 middle_of(const piece *p)
{
    pel_vec3 sum = { 0, 0, 0 };
    for (int c = 0; c < p->corners; c++)
        sum = pel__plus(sum, p->at[c]);
    return pel__scale(sum, 1.0 / p->corners);
}

// as from_one()
static double farthest(const piece *p, const pel_vec3 q[3])
{
    double most = 0;
    for (int c = 0; c < p->corners; c++) {
        pel_vec3 way = pel__minus(pel__nearest_in(q, p->at[c]), p->at[c]);
        most = fmax(most, pel__dot(way, way));
    }
    return sqrt(most);
}

// by the plane through `at`: what lies on the side of `normal`, and the rest; false: all is on one
// side, or has too many corners
static bool cut(piece *beyond, piece *rest, const piece *p, pel_vec3 at, pel_vec3 normal)
{
    double side[MOST_CORNERS], most = 0, least = 0;
    for (int c = 0; c < p->corners; c++) {
        side[c] = pel__dot(pel__minus(p->at[c], at), normal);
        most = fmax(most, side[c]);
        least = fmin(least, side[c]);
    }
    *beyond = *rest = (piece){ .halvings = p->halvings, .cuts = p->cuts };
    // a sliver is not worth a cut
    if (p->corners + 1 >= MOST_CORNERS || fmin(most, -least) < 1e-6 * (most - least))
        return false;
    for (int c = 0; c < p->corners; c++) {
        int next = c + 1 < p->corners ? c + 1 : 0;
        if (side[c] >= 0)
            beyond->at[beyond->corners++] = p->at[c];
        if (side[c] <= 0)
            rest->at[rest->corners++] = p->at[c];
        if ((side[c] < 0 && side[next] > 0) || (side[c] > 0 && side[next] < 0)) {
            double share = side[c] / (side[c] - side[next]);
            pel_vec3 way = pel__minus(p->at[next], p->at[c]);
            pel_vec3 there = pel__plus(p->at[c], pel__scale(way, share));
            beyond->at[beyond->corners++] = there;
            rest->at[rest->corners++] = there;
        }
    }
    return true;
}

static double refine(const looking *l, const piece *p, int32_t guess);

// across its longest way from a corner to another
static double refine_halves(const looking *l, const piece *p, int32_t guess)
{
    pel_vec3 longest = { 0, 0, 0 };
    piece half[2];
    for (int c = 0; c < p->corners; c++)
        for (int d = 0; d < c; d++) {
            pel_vec3 way = pel__minus(p->at[c], p->at[d]);
            longest = pel__dot(way, way) > pel__dot(longest, longest) ? way : longest;
        }
    if (p->halvings == MOST_HALVINGS || !cut(&half[0], &half[1], p, middle_of(p), longest))
        return INFINITY;
    half[0].halvings = half[1].halvings = p->halvings + 1;
    double first = refine(l, &half[0], guess);
    return fmax(first, refine(l, &half[1], guess));
}

// what lies over the triangle nearest to the middle is as far from it as its corners are; what lies
// beyond its edges is looked at alone
static double refine(const looking *l, const piece *p, int32_t guess)
{
    pel_vec3 q[3];
    double squared, finer = 0;
    pel__tree_corners(q, l->tree.mesh, guess);
    double by_guess = farthest(p, q);
    if (by_guess <= l->most)
        return by_guess;
    int32_t there = pel__tree_nearest_to(&l->tree, middle_of(p), guess, 0, &squared);
    pel__tree_corners(q, l->tree.mesh, there);
    double bound = farthest(p, q);
    if (bound <= l->most)
        return bound;
    pel_vec3 normal = pel__cross(pel__minus(q[1], q[0]), pel__minus(q[2], q[0]));
    piece rest = *p, beyond, within;
    for (int e = 0; e < 3 && p->cuts < MOST_CUTS; e++) {
        pel_vec3 outward = pel__cross(pel__minus(q[(e + 1) % 3], q[e]), normal);
        if (!cut(&beyond, &within, &rest, q[e], outward))
            continue;
        beyond.cuts = within.cuts = p->cuts + 1;
        finer = fmax(finer, refine(l, &beyond, there));
        rest = within;
    }
    double of_rest = farthest(&rest, q);
    if (of_rest > l->most)
        of_rest = fmin(of_rest, refine_halves(l, &rest, there));
    return fmin(bound, fmax(finer, of_rest));
}

static pel_status refine_block(void *user, int64_t block)
{
    const looking *l = user;
    int64_t end =
        (block + 1) * BLOCK < l->mesh->triangles ? (block + 1) * BLOCK : l->mesh->triangles;
    for (int64_t t = block * BLOCK; t < end; t++) {
        piece p = { .corners = 3 };
        if ((double)l->bound[t] <= l->most)
            continue;
        pel__tree_corners(p.at, l->mesh, t);
        double finer = refine(l, &p, l->nearest[l->mesh->triangle[t][0]]);
        l->bound[t] = fminf(l->bound[t], nextafterf((float)finer, INFINITY));
    }
    return pel__cancelled();
}

/* ---- both ways ---- */

static pel_status new_looking(looking *l, const pel_mesh *from, const pel_mesh *to)
{
    *l = (looking){ .mesh = from };
    pel_status s = pel__tree_new(&l->tree, to);
    if (s == PEL_OK)
        s = pel__alloc(&l->nearest, from->points, sizeof *l->nearest, "distances");
    if (s == PEL_OK)
        s = pel__alloc(&l->found, from->triangles, sizeof *l->found, "distances");
    if (s == PEL_OK)
        s = pel__alloc(&l->bound, from->triangles, sizeof *l->bound, "distances");
    return s;
}

static void free_looking(looking *l)
{
    pel__tree_free(&l->tree);
    pel__free(l->nearest);
    pel__free(l->found);
    pel__free(l->bound);
}

static pel_status find_nearest(looking *l, int64_t stride, double enough)
{
    l->stride = stride;
    l->enough = enough;
    return pel__parallel((l->mesh->points + BLOCK - 1) / BLOCK, nearest_block, l, "measuring");
}

// of some points, exactly
static double farthest_of_some(const looking *l)
{
    double most = 0;
    for (int64_t p = 0; p < l->mesh->points; p += SOME) {
        pel_vec3 at = pel__mesh_point(l->mesh, p), q[3];
        pel__tree_corners(q, l->tree.mesh, l->nearest[p]);
        most = fmax(most, pel__length(pel__minus(pel__nearest_in(q, at), at)));
    }
    return most;
}

// of triangles from the nearest ones of their corners
static pel_status look(looking *l, pel_mesh_apart *out)
{
    pel_status s =
        pel__parallel((l->mesh->triangles + BLOCK - 1) / BLOCK, bound_block, l, "measuring");
    double sum = 0, area = 0;
    for (int64_t t = 0; s == PEL_OK && t < l->mesh->triangles; t++) {
        double here = pel__length(pel__mesh_cross(l->mesh, t));
        out->found_mm = fmax(out->found_mm, (double)l->found[t]);
        sum += here * (double)l->found[t];
        area += here;
    }
    if (s == PEL_OK)
        out->mean_mm = fmax(out->mean_mm, area > 0 ? sum / area : 0);
    return s;
}

// the most alone: most points lie nearer than a few do, and need not know their nearest triangle
// (after Taha and Hanbury 2015)
static pel_status look_for_most(looking way[2], pel_mesh_apart *out)
{
    double found = 0;
    pel_status s = PEL_OK;
    for (int n = 0; n < 2 && s == PEL_OK; n++) {
        s = find_nearest(&way[n], SOME, 0);
        found = s == PEL_OK ? fmax(found, farthest_of_some(&way[n])) : 0;
    }
    for (int n = 0; n < 2 && s == PEL_OK; n++)
        s = find_nearest(&way[n], 1, found * found / 4);
    for (int n = 0; n < 2 && s == PEL_OK; n++)
        s = look(&way[n], out);
    out->mean_mm = 0;
    return s;
}

static pel_status look_at_all(looking way[2], pel_mesh_apart *out)
{
    pel_status s = PEL_OK;
    for (int n = 0; n < 2 && s == PEL_OK; n++) {
        s = find_nearest(&way[n], 1, 0);
        if (s == PEL_OK)
            s = look(&way[n], out);
    }
    return s;
}

static pel_status bound_all(looking *l, pel_mesh_apart *out)
{
    // nothing is worth a step finer than float32 has
    l->most = fmax(ENOUGH * out->found_mm, 1e-6 * sqrt(pel_mesh_area_mm2(l->mesh)));
    pel_status s =
        pel__parallel((l->mesh->triangles + BLOCK - 1) / BLOCK, refine_block, l, "measuring");
    for (int64_t t = 0; s == PEL_OK && t < l->mesh->triangles; t++)
        out->most_mm = fmax(out->most_mm, (double)l->bound[t]);
    return s;
}

static pel_status measure(pel_mesh_apart *out, const pel_mesh *a, const pel_mesh *b,
                          const float *known, bool most_alone)
{
    looking way[2] = { 0 };
    *out = (pel_mesh_apart){ 0 };
    pel_status s = pel_mesh_check(a);
    if (s == PEL_OK)
        s = pel_mesh_check(b);
    if (s == PEL_OK && (a->triangles == 0 || b->triangles == 0))
        s = pel__fail(PEL_EDATA, "a mesh without triangles is nowhere");
    if (s == PEL_OK)
        s = new_looking(&way[0], a, b);
    way[0].known = known;
    if (s == PEL_OK)
        s = new_looking(&way[1], b, a);
    if (s == PEL_OK)
        s = most_alone ? look_for_most(way, out) : look_at_all(way, out);
    for (int n = 0; n < 2; n++) {
        if (s == PEL_OK)
            s = bound_all(&way[n], out);
        free_looking(&way[n]);
    }
    if (s != PEL_OK)
        *out = (pel_mesh_apart){ 0 };
    return pel__during(s, "distance of meshes");
}

pel_status pel_mesh_distance(pel_mesh_apart *out, const pel_mesh *a, const pel_mesh *b)
{
    return measure(out, a, b, NULL, false);
}

pel_status pel__mesh_distance(pel_mesh_apart *out, const pel_mesh *a, const pel_mesh *b,
                              const float *known)
{
    return measure(out, a, b, known, true);
}
