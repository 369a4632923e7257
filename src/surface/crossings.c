/* SPDX-License-Identifier: Apache-2.0 */
/* crossings.c: pairs of triangles that pass through each other, counted without a rounding error.
 */
#include <math.h>
#include <stdlib.h>

#include <pellucid/surface.h>

#include "base/job.h"
#include "base/maths.h"
#include "base/memory.h"
#include "base/status.h"
#include "mesh/mesh.h"
#include "surface/crossings.h"
#include "surface/tree.h"

enum { BLOCK = 256, LATTICE_BITS = 30 };

typedef pel__spot spot;
typedef __int128 wide;

typedef struct counting {
    const pel_mesh *mesh;
    pel__tree tree;
    int32_t (*at)[3]; // points on the lattice
    int64_t *found;   // per block
    uint8_t *mark;    // per triangle: it passes through another one; NULL: not asked for
    bool *any;        // whether there is one at all, and then no more are looked for; NULL: all are
} counting;

/* what rounding leaves of a sum of three products of float64, as a share of their sizes */
#define ROUNDING 0x1p-50

static int sign_of(wide x)
{
    return (x > 0) - (x < 0);
}

static spot minus(spot a, spot b)
{
    return (spot){ { a.x[0] - b.x[0], a.x[1] - b.x[1], a.x[2] - b.x[2] } };
}

static spot cross(spot a, spot b)
{
    return (spot){ { a.x[1] * b.x[2] - a.x[2] * b.x[1], a.x[2] * b.x[0] - a.x[0] * b.x[2],
                     a.x[0] * b.x[1] - a.x[1] * b.x[0] } };
}

// exact: float64 where rounding cannot turn the sign, which is nearly always
static int sign_of_dot(spot a, spot b)
{
    double x = (double)a.x[0] * (double)b.x[0], y = (double)a.x[1] * (double)b.x[1],
           z = (double)a.x[2] * (double)b.x[2], sum = x + y + z;
    if (fabs(sum) > ROUNDING * (fabs(x) + fabs(y) + fabs(z)))
        return sum > 0 ? 1 : -1;
    return sign_of((wide)a.x[0] * b.x[0] + (wide)a.x[1] * b.x[1] + (wide)a.x[2] * b.x[2]);
}

static spot normal_of(const spot p[3])
{
    return cross(minus(p[1], p[0]), minus(p[2], p[0]));
}

static bool is_null(spot n)
{
    return n.x[0] == 0 && n.x[1] == 0 && n.x[2] == 0;
}

// on which side of the plane of a, b, c the point d lies
static int side(spot a, spot b, spot c, spot d)
{
    const spot p[3] = { a, b, c };
    return sign_of_dot(normal_of(p), minus(d, a));
}

static bool same(spot a, spot b)
{
    return a.x[0] == b.x[0] && a.x[1] == b.x[1] && a.x[2] == b.x[2];
}

/* ---- within one plane ---- */

// the two axes along which a triangle is seen widest
static void widest(int axes[2], const spot p[3])
{
    spot n = normal_of(p);
    int most = 0;
    for (int a = 1; a < 3; a++)
        most = llabs(n.x[a]) > llabs(n.x[most]) ? a : most;
    axes[0] = most == 0 ? 1 : 0;
    axes[1] = most == 2 ? 1 : 2;
}

static int turn(spot a, spot b, spot c, const int axes[2])
{
    int u = axes[0], v = axes[1];
    return sign_of((wide)(b.x[u] - a.x[u]) * (c.x[v] - a.x[v]) -
                   (wide)(b.x[v] - a.x[v]) * (c.x[u] - a.x[u]));
}

// of points on one line
static bool is_between(spot a, spot b, spot p, const int axes[2])
{
    bool within = true;
    for (int n = 0; n < 2; n++) {
        int64_t lo = a.x[axes[n]] < b.x[axes[n]] ? a.x[axes[n]] : b.x[axes[n]],
                hi = a.x[axes[n]] + b.x[axes[n]] - lo;
        within &= p.x[axes[n]] >= lo && p.x[axes[n]] <= hi;
    }
    return within;
}

static bool lines_meet(spot a, spot b, spot c, spot d, const int axes[2])
{
    int s[4] = { turn(a, b, c, axes), turn(a, b, d, axes), turn(c, d, a, axes),
                 turn(c, d, b, axes) };
    if (s[0] * s[1] < 0 && s[2] * s[3] < 0)
        return true;
    return (s[0] == 0 && is_between(a, b, c, axes)) || (s[1] == 0 && is_between(a, b, d, axes)) ||
           (s[2] == 0 && is_between(c, d, a, axes)) || (s[3] == 0 && is_between(c, d, b, axes));
}

static bool meets_in_plane(spot a, spot b, const spot p[3])
{
    int axes[2], s[3];
    widest(axes, p);
    for (int n = 0; n < 3; n++) {
        if (lines_meet(a, b, p[n], p[(n + 1) % 3], axes))
            return true;
        s[n] = turn(p[n], p[(n + 1) % 3], a, axes);
    }
    return s[0] == s[1] && s[1] == s[2];
}

/* ---- in space ---- */

// the line from a to b and the triangle p have a point in common
static bool meets(spot a, spot b, const spot p[3])
{
    int from = side(p[0], p[1], p[2], a), to = side(p[0], p[1], p[2], b), s[3];
    if (from * to > 0)
        return false;
    if (from == 0 && to == 0)
        return meets_in_plane(a, b, p);
    for (int n = 0; n < 3; n++)
        s[n] = side(a, b, p[n], p[(n + 1) % 3]);
    return (s[0] >= 0 && s[1] >= 0 && s[2] >= 0) || (s[0] <= 0 && s[1] <= 0 && s[2] <= 0);
}

static bool edges_meet(const spot p[3], const spot q[3])
{
    for (int n = 0; n < 3; n++)
        if (meets(p[n], p[(n + 1) % 3], q) || meets(q[n], q[(n + 1) % 3], p))
            return true;
    return false;
}

// turned round so that what they share comes first; returns how many points that is
static int line_up(spot p[3], spot q[3])
{
    int shared = 0;
    for (int i = 0; i < 3; i++)
        for (int j = shared; j < 3; j++)
            if (i >= shared && same(p[i], q[j])) {
                spot a = p[i], b = q[j];
                p[i] = p[shared];
                q[j] = q[shared];
                p[shared] = a;
                q[shared++] = b;
                break;
            }
    return shared;
}

// q lies on one side of the plane of p, which goes through `at` along `normal`
static bool is_beside(spot normal, spot at, const spot q[3])
{
    int first = sign_of_dot(normal, minus(q[0], at));
    return first && first == sign_of_dot(normal, minus(q[1], at)) &&
           first == sign_of_dot(normal, minus(q[2], at));
}

// of triangles that share their first points: the others of q lie on one side of the plane of p
static bool is_beside_shared(spot normal, const spot q[3])
{
    int first = sign_of_dot(normal, minus(q[1], q[0]));
    return first && first == sign_of_dot(normal, minus(q[2], q[0]));
}

bool pel__pass_through(pel__spot p[3], pel__spot q[3])
{
    spot n = normal_of(p), m = normal_of(q);
    if (is_null(n) || is_null(m))
        return false;
    switch (line_up(p, q)) {
    case 0:
        return !is_beside(n, p[0], q) && !is_beside(m, q[0], p) && edges_meet(p, q);
    case 1:
        return !is_beside_shared(n, q) && !is_beside_shared(m, p) &&
               (meets(p[1], p[2], q) || meets(q[1], q[2], p));
    case 2:
        // folded onto each other
        return sign_of_dot(n, minus(q[2], q[0])) == 0 &&
               sign_of_dot(normal_of(p), normal_of(q)) > 0;
    default:
        return true;
    }
}

/* ---- the whole ---- */

typedef struct block {
    const counting *of;
    int64_t found;
} block;

static void take(spot out[3], const counting *w, int32_t t)
{
    for (int c = 0; c < 3; c++)
        for (int a = 0; a < 3; a++)
            out[c].x[a] = w->at[w->mesh->triangle[t][c]][a];
}

static void try_pair(void *user, int32_t t, int32_t other)
{
    block *b = user;
    spot p[3], q[3];
    take(p, b->of, t);
    take(q, b->of, other);
    if (!pel__pass_through(p, q))
        return;
    b->found++;
    if (b->of->any)
        __atomic_store_n(b->of->any, true, __ATOMIC_RELAXED);
    // several threads may mark one triangle
    if (b->of->mark) {
        __atomic_store_n(&b->of->mark[t], 1, __ATOMIC_RELAXED);
        __atomic_store_n(&b->of->mark[other], 1, __ATOMIC_RELAXED);
    }
}

static pel_status count_block(void *user, int64_t number)
{
    const counting *w = user;
    block b = { .of = w };
    int64_t leaves = w->tree.count[0],
            end = (number + 1) * BLOCK < leaves ? (number + 1) * BLOCK : leaves;
    for (int64_t n = number * BLOCK;
         n < end && !(w->any && __atomic_load_n(w->any, __ATOMIC_RELAXED)); n++)
        pel__tree_pairs(&w->tree, n, try_pair, &b);
    w->found[number] = b.found;
    return pel__cancelled();
}

void pel__put_on_lattice(int32_t (*at)[3], const pel_mesh *mesh)
{
    pel_vec3 lo, hi;
    pel_mesh_bounds(mesh, &lo, &hi);
    double size = fmax(hi.x - lo.x, fmax(hi.y - lo.y, hi.z - lo.z));
    const double from[3] = { lo.x, lo.y, lo.z },
                 by = size > 0 ? (double)(1 << LATTICE_BITS) / size : 0;
    for (int64_t p = 0; p < mesh->points; p++)
        for (int a = 0; a < 3; a++)
            at[p][a] = (int32_t)pel__int_from(((double)mesh->point_mm[p][a] - from[a]) * by, 0,
                                              1 << LATTICE_BITS);
}

static pel_status count_pairs(int64_t *pairs, uint8_t *mark, bool *any, const pel_mesh *mesh)
{
    counting w = { .mesh = mesh, .mark = mark, .any = any };
    *pairs = 0;
    if (mesh->triangles == 0)
        return PEL_OK;
    pel_status s = pel__alloc(&w.at, mesh->points, sizeof *w.at, "self-intersections");
    if (s == PEL_OK)
        s = pel__tree_new(&w.tree, mesh);
    int64_t blocks = (w.tree.count[0] + BLOCK - 1) / BLOCK;
    if (s == PEL_OK)
        s = pel__alloc_zero(&w.found, blocks, sizeof *w.found, "self-intersections");
    if (s == PEL_OK) {
        pel__put_on_lattice(w.at, mesh);
        s = pel__parallel(blocks, count_block, &w, "self-intersections");
    }
    for (int64_t n = 0; s == PEL_OK && n < blocks; n++)
        *pairs += w.found[n];
    pel__free(w.at);
    pel__free(w.found);
    pel__tree_free(&w.tree);
    return pel__during(s, "self-intersections");
}

pel_status pel__mark_crossings(int64_t *pairs, uint8_t *mark, const pel_mesh *mesh)
{
    return count_pairs(pairs, mark, NULL, mesh);
}

pel_status pel__any_crossing(bool *any, const pel_mesh *mesh)
{
    int64_t some;
    *any = false;
    return count_pairs(&some, NULL, any, mesh);
}

pel_status pel_mesh_crossings(int64_t *pairs, const pel_mesh *mesh)
{
    *pairs = 0;
    pel_status s = pel_mesh_check(mesh);
    return s == PEL_OK ? pel__mark_crossings(pairs, NULL, mesh)
                       : pel__during(s, "self-intersections");
}
