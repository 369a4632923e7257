/* SPDX-License-Identifier: Apache-2.0 */
/* reduce.c: fewer triangles: points are drawn into neighbours, cheapest first, in rounds; each
 * time the distance between the surface before and after is bounded, and bounds add up. */
#include <math.h>
#include <string.h>

#include <pellucid/surface.h>

#include "base/job.h"
#include "base/maths.h"
#include "base/memory.h"
#include "base/params.h"
#include "base/status.h"
#include "mesh/mesh.h"
#include "surface/crossings.h"
#include "surface/labels.h"
#include "surface/near.h"
#include "surface/tree.h"

enum { BLOCK = 4096, MOST_RING = 48, BUCKET_BITS = 16, ROUNDS = 200, MORE_PASSES = 2 };

/* points that are looked at side by side before those of them that may go do */
enum { CHUNK = 1 << 15, SLICE = 1 << 9 };

/* instead of a neighbour: stays; has gone into GONE - this */
enum { STAYS = -1, GONE = -2 };

/* a disk that rises by more than this share of its radius is not drawn flat */
#define STEEPEST 0.5

static const pel_param table[] = {
    { "keep_fraction", PEL_KIND_NUMBER, offsetof(pel_reduce_params, keep_fraction), NULL, 0, 1,
      NULL, NULL, "F", "reduce to this fraction of the triangles, 0 to 1" },
    { "max_error", PEL_KIND_NUMBER, offsetof(pel_reduce_params, max_error), NULL, 0, 1e9, "mm",
      NULL, "MM",
      "reduce, but keep every point of either surface within this distance of the other" },
    PEL_SWITCH(
        pel_reduce_params, sum_errors,
        "of --keep-fraction: bound the error by sums, not measured; faster, too large on noise"),
};
const pel_schema pel_reduce_schema =
    PEL_SCHEMA(pel_reduce_params, "reduce", "fewer triangles", table);

pel_reduce_params pel_reduce_defaults(void)
{
    pel_reduce_params params;
    pel_schema_defaults(&pel_reduce_schema, &params);
    return params;
}

/* sum of squared distances from planes, weighted by area, of what lies x from a point: x'Ax + 2b'x
 * + c; around the point itself numbers are small, and float32 does */
typedef struct quadric {
    float a[6], b[3], c; // a: xx xy xz yy yz zz
} quadric;

typedef struct work {
    pel_mesh *mesh;
    quadric *of;
    int64_t *first; // triangles around points, of those that are left
    int32_t *list;
    uint8_t *fixed;   // on a border, or not a plain disk around the point
    uint8_t *touched; // in this round
    uint8_t *changed; // what it would cost to go is to be found again
    float *tried;     // ways that cost less have failed, until something near it changes
    int8_t *tried_at; // of those that cost as much the triangles around it up to this one
    int8_t *at;       // the triangle around it that goes the way it would
    float *error;     // of each triangle: how far the first surface may lie from it
    int32_t *into;    // per point: the neighbour it would go into, or -1
    float *cost;
    int32_t *order;
    float *sum;       // of each point of a chunk: the bound after it went; NaN: it does not go
    int64_t from, to; // the chunk, in the order
    double most;      // it may cost
    int32_t *triangle, *point; // those that are left
    int64_t listed, points;    // how many
    int64_t alive;             // triangles
    double max_error;
    uint8_t *watch; // points around which triangles may pass through others; NULL: not known yet
    pel__near near; // triangles by place, when points are watched
} work;

/* ---- quadrics ---- */

// of a plane through the point itself
static void add_plane(quadric *q, pel_vec3 n, double weight)
{
    double v[3] = { n.x, n.y, n.z };
    for (int i = 0, at = 0; i < 3; i++)
        for (int j = i; j < 3; j++)
            q->a[at++] += (float)(weight * v[i] * v[j]);
}

// half its slope there
static pel_vec3 slope(const quadric *q, pel_vec3 x)
{
    const float *a = q->a;
    return (
        pel_vec3){ (double)a[0] * x.x + (double)a[1] * x.y + (double)a[2] * x.z + (double)q->b[0],
                   (double)a[1] * x.x + (double)a[3] * x.y + (double)a[4] * x.z + (double)q->b[1],
                   (double)a[2] * x.x + (double)a[4] * x.y + (double)a[5] * x.z + (double)q->b[2] };
}

static double distance(const quadric *q, pel_vec3 x, pel_vec3 half_slope)
{
    const pel_vec3 b = { (double)q->b[0], (double)q->b[1], (double)q->b[2] };
    return pel__dot(x, pel__plus(half_slope, b)) + (double)q->c;
}

// that of a point which lies -x from the one that it is added to
static void add_quadric(quadric *to, const quadric *from, pel_vec3 x)
{
    pel_vec3 b = slope(from, x);
    to->c += (float)distance(from, x, b);
    to->b[0] += (float)b.x;
    to->b[1] += (float)b.y;
    to->b[2] += (float)b.z;
    for (int n = 0; n < 6; n++)
        to->a[n] += from->a[n];
}

/* ---- the ring around a point ---- */

typedef struct ring {
    int count;
    int32_t point[MOST_RING]; // counter-clockwise
} ring;

// false: not a plain disk
static bool find_ring(ring *out, const work *w, int32_t p, int32_t start)
{
    int32_t from[MOST_RING], to[MOST_RING];
    int64_t count = w->first[p + 1] - w->first[p];
    if (count < 3 || count > MOST_RING)
        return false;
    for (int n = 0; n < count; n++) {
        const int32_t *c = w->mesh->triangle[w->list[w->first[p] + n]];
        int at = c[0] == p ? 0 : c[1] == p ? 1 : 2;
        from[n] = c[(at + 1) % 3];
        to[n] = c[(at + 2) % 3];
    }
    out->count = 0;
    int32_t at = start < 0 ? from[0] : start, begin = at;
    do {
        int n = 0;
        while (n < count && from[n] != at)
            n++;
        if (n == count || out->count == count)
            return false;
        out->point[out->count++] = at;
        at = to[n];
    } while (at != begin);
    return out->count == count;
}

/* ---- what a collapse costs ---- */

// of equal planes the shortest edge
static double cost_of(const work *w, int32_t p, int32_t to)
{
    pel_vec3 edge = pel__minus(pel__mesh_point(w->mesh, to), pel__mesh_point(w->mesh, p));
    double cost = distance(&w->of[p], edge, slope(&w->of[p], edge)) + (double)w->of[to].c;
    return fmax(cost, 0) + 1e-6 * pel__dot(edge, edge);
}

// the cheapest way that has not been tried
static void judge(work *w, int32_t p)
{
    float least = INFINITY;
    int count = (int)(w->first[p + 1] - w->first[p]);
    w->into[p] = STAYS;
    for (int n = 0; n < count; n++) {
        const int32_t *c = w->mesh->triangle[w->list[w->first[p] + n]];
        int32_t to = c[c[0] == p ? 1 : c[1] == p ? 2 : 0];
        float cost = (float)cost_of(w, p, to);
        bool again = cost < w->tried[p] || (cost == w->tried[p] && n <= w->tried_at[p]);
        if (cost < least && !again) {
            least = cost;
            w->into[p] = to;
            w->at[p] = (int8_t)n;
        }
    }
    w->cost[p] = least;
}

static pel_status judge_block(void *user, int64_t block)
{
    work *w = user;
    int64_t end = (block + 1) * BLOCK < w->points ? (block + 1) * BLOCK : w->points;
    for (int64_t n = block * BLOCK; n < end; n++) {
        int32_t p = w->point[n];
        if (w->changed[p] && !w->fixed[p])
            judge(w, p);
        w->changed[p] = 0;
    }
    return PEL_OK;
}

/* a ring seen along the normal of what it holds: x, y, and the height z; the point is at 0 */
typedef struct seen {
    int count;
    double x[MOST_RING], y[MOST_RING], z[MOST_RING];
} seen;

static double cross2(double ax, double ay, double bx, double by)
{
    return ax * by - ay * bx;
}

static bool look(seen *out, const work *w, int32_t p, const ring *r)
{
    pel_vec3 origin = pel__mesh_point(w->mesh, p), at[MOST_RING], normal = { 0, 0, 0 };
    out->count = r->count;
    for (int n = 0; n < r->count; n++)
        at[n] = pel__minus(pel__mesh_point(w->mesh, r->point[n]), origin);
    for (int n = 0; n < r->count; n++)
        normal = pel__plus(normal, pel__cross(at[n], at[(n + 1) % r->count]));
    normal = pel__unit(normal);
    pel_vec3 aside = fabs(normal.x) < 0.6 ? (pel_vec3){ 1, 0, 0 } : (pel_vec3){ 0, 1, 0 };
    pel_vec3 right = pel__unit(pel__cross(aside, normal)), up = pel__cross(normal, right);
    int turns = 0;
    for (int n = 0; n < r->count; n++) {
        out->x[n] = pel__dot(at[n], right);
        out->y[n] = pel__dot(at[n], up);
        out->z[n] = pel__dot(at[n], normal);
    }
    // every triangle faces the eye, and the ring goes round once
    for (int n = 0; n < r->count; n++) {
        int m = (n + 1) % r->count;
        if (!(cross2(out->x[n], out->y[n], out->x[m], out->y[m]) > 0))
            return false;
        turns += out->y[n] <= 0 && out->y[m] > 0;
    }
    return turns == 1;
}

// the new triangle n of the fan around ring point 0, and whether it is a sound one
static bool is_sound(const seen *s, int n)
{
    double ax = s->x[n] - s->x[0], ay = s->y[n] - s->y[0], az = s->z[n] - s->z[0];
    double bx = s->x[n + 1] - s->x[0], by = s->y[n + 1] - s->y[0], bz = s->z[n + 1] - s->z[0];
    double flat = cross2(ax, ay, bx, by), nx = ay * bz - az * by, ny = az * bx - ax * bz;
    double longest = fmax(ax * ax + ay * ay, bx * bx + by * by);
    return flat > 1e-3 * longest && flat > 0.3 * sqrt(nx * nx + ny * ny);
}

// height over the point of the new triangle that hides it; NaN: it does not
static double height_over(const seen *s, int n)
{
    double u = cross2(s->x[n], s->y[n], s->x[n + 1], s->y[n + 1]),
           v = cross2(s->x[n + 1], s->y[n + 1], s->x[0], s->y[0]),
           t = cross2(s->x[0], s->y[0], s->x[n], s->y[n]), sum = u + v + t;
    if (u < 0 || v < 0 || t < 0 || !(sum > 0))
        return NAN;
    return (u * s->z[0] + v * s->z[n] + t * s->z[n + 1]) / sum;
}

// the greatest height between the disk before and after, which lie over each other: at the point,
// or where an old edge crosses a new one. NaN: they do not, or a triangle is a bad one
static double lift(const seen *s)
{
    double most = -1, reach = 0;
    for (int n = 0; n < s->count; n++)
        reach = fmax(reach, s->x[n] * s->x[n] + s->y[n] * s->y[n]);
    for (int n = 1; n + 1 < s->count; n++) {
        double height = height_over(s, n);
        if (!is_sound(s, n))
            return NAN;
        most = isnan(height) ? most : fmax(most, fabs(height));
    }
    if (most < 0)
        return NAN;
    for (int j = 2; j + 1 < s->count; j++) {
        double wx = s->x[j] - s->x[0], wy = s->y[j] - s->y[0], wz = s->z[j] - s->z[0];
        double first_turn = cross2(s->x[0], s->y[0], wx, wy);
        for (int i = 1; i < s->count; i++) {
            double turn = cross2(s->x[i], s->y[i], wx, wy);
            double along = first_turn, across = cross2(s->x[0], s->y[0], s->x[i], s->y[i]);
            // both shares of the way lie between 0 and 1
            double side = turn < 0 ? -1 : 1;
            if (side * along > 0 && side * across > 0 && side * along < side * turn &&
                side * across < side * turn)
                most = fmax(most, fabs((along * s->z[i] - across * wz) / turn - s->z[0]));
        }
    }
    return most <= STEEPEST * sqrt(reach) ? most : NAN;
}

// the link condition: the ends of the edge have only the two opposite corners as common neighbours
static bool keeps_topology(const work *w, int32_t into, const ring *r)
{
    for (int64_t n = w->first[into]; n < w->first[into + 1]; n++) {
        const int32_t *c = w->mesh->triangle[w->list[n]];
        int hits = 0;
        for (int i = 0; i < 3; i++)
            for (int m = 2; m + 1 < r->count; m++)
                if (c[i] == r->point[m])
                    return false;
        // a lid that is there already
        for (int i = 0; i < 3 && r->count == 3; i++)
            hits += c[i] == r->point[1] || c[i] == r->point[2];
        if (hits == 2)
            return false;
    }
    return true;
}

static void collapse(work *w, int32_t p, int32_t into, const ring *r, float error)
{
    for (int64_t n = w->first[p]; n < w->first[p + 1]; n++) {
        int32_t *c = w->mesh->triangle[w->list[n]];
        const int32_t old[3] = { c[0], c[1], c[2] };
        bool goes = c[0] == into || c[1] == into || c[2] == into;
        for (int i = 0; i < 3 && !goes; i++)
            c[i] = c[i] == p ? into : c[i];
        w->error[w->list[n]] = error;
        if (goes) {
            c[0] = -1;
            w->alive--;
        } else if (w->watch) {
            pel__near_add(&w->near, w->list[n], old);
        }
    }
    add_quadric(&w->of[into], &w->of[p],
                pel__minus(pel__mesh_point(w->mesh, into), pel__mesh_point(w->mesh, p)));
    w->into[p] = GONE - into;
    w->touched[p] = 1;
    for (int n = 0; n < r->count; n++) {
        w->touched[r->point[n]] = 1;
        w->changed[r->point[n]] = 1;
        w->tried[r->point[n]] = -1;
    }
    // what lies around them sees their quadrics
    for (int64_t n = w->first[into]; n < w->first[into + 1]; n++) {
        const int32_t *corner = w->mesh->triangle[w->list[n]];
        for (int c = 0; c < 3 && corner[0] >= 0; c++)
            w->changed[corner[c]] = 1;
    }
}

// where points are watched: the new triangles go through none that is there
static bool is_clear(work *w, int32_t p, const ring *r)
{
    int32_t corner[MOST_RING][3];
    bool watched = w->watch && w->watch[p];
    for (int n = 0; w->watch && n < r->count; n++)
        watched |= w->watch[r->point[n]];
    if (!watched)
        return true;
    for (int n = 1; n + 1 < r->count; n++)
        memcpy(corner[n - 1], ((int32_t[]){ r->point[0], r->point[n], r->point[n + 1] }), 12);
    return !pel__near_meets(&w->near, (const int32_t(*)[3])corner, r->count - 2, p);
}

// the bound after p went its way; NaN: it may not
static float sum_after(const work *w, int32_t p, float error)
{
    ring r;
    seen s;
    if (!find_ring(&r, w, p, w->into[p]) || !keeps_topology(w, w->into[p], &r) ||
        !look(&s, w, p, &r))
        return NAN;
    // rounded up, so that the sum stays a bound
    float sum = nextafterf((float)((double)error + lift(&s)), INFINITY);
    return (double)sum <= w->max_error ? sum : NAN;
}

static void give_up_way(work *w, int32_t p)
{
    w->tried[p] = w->cost[p];
    w->tried_at[p] = w->at[p];
    judge(w, p);
}

// the cheapest way that it may go; NaN: none that costs no more than the most
static float find_way(work *w, int32_t p)
{
    float error = 0;
    for (int64_t n = w->first[p]; n < w->first[p + 1]; n++)
        error = fmaxf(error, w->error[w->list[n]]);
    while (w->into[p] >= 0 && (double)w->cost[p] <= w->most && !w->touched[w->into[p]]) {
        float sum = sum_after(w, p, error);
        if (!isnan(sum))
            return sum;
        give_up_way(w, p);
    }
    return NAN;
}

// what is found stays true until something around p or where it goes is touched
static pel_status find_ways(void *user, int64_t slice)
{
    work *w = user;
    int64_t from = w->from + slice * SLICE, to = from + SLICE < w->to ? from + SLICE : w->to;
    for (int64_t n = from; n < to; n++) {
        int32_t p = w->order[n];
        w->sum[n - w->from] = w->touched[p] ? NAN : find_way(w, p);
    }
    return PEL_OK;
}

static bool go(work *w, int32_t p, float sum)
{
    ring r;
    if (isnan(sum) || w->touched[p] || w->touched[w->into[p]] || !find_ring(&r, w, p, w->into[p]))
        return false;
    if (!is_clear(w, p, &r)) {
        give_up_way(w, p);
        return false;
    }
    collapse(w, p, w->into[p], &r, sum);
    return true;
}

// the first `count` points in order, where they may cost no more than `most`; how many went
static pel_status collapse_first(work *w, int64_t *gone, int64_t count, int64_t target)
{
    pel_status s = PEL_OK;
    for (w->from = 0; w->from < count && s == PEL_OK && w->alive > target; w->from = w->to) {
        w->to = w->from + CHUNK < count ? w->from + CHUNK : count;
        s = pel__parallel((w->to - w->from + SLICE - 1) / SLICE, find_ways, w, NULL);
        for (int64_t n = w->from; s == PEL_OK && n < w->to && w->alive > target; n++)
            *gone += go(w, w->order[n], w->sum[n - w->from]);
    }
    return s;
}

/* ---- rounds ---- */

// those that went leave the lists
static void shorten_lists(work *w)
{
    int64_t triangles = 0, points = 0;
    for (int64_t n = 0; n < w->listed; n++)
        if (w->mesh->triangle[w->triangle[n]][0] >= 0)
            w->triangle[triangles++] = w->triangle[n];
    w->listed = triangles;
    for (int64_t n = 0; n < w->points; n++)
        if (w->into[w->point[n]] > GONE)
            w->point[points++] = w->point[n];
    w->points = points;
}

static void list_triangles(work *w)
{
    const pel_mesh *mesh = w->mesh;
    int64_t *at = w->first + 1;
    memset(w->first, 0, (size_t)(mesh->points + 2) * sizeof *w->first);
    for (int64_t n = 0; n < w->listed; n++)
        for (int c = 0; c < 3; c++)
            at[mesh->triangle[w->triangle[n]][c] + 1]++;
    for (int64_t p = 0; p < mesh->points; p++)
        at[p + 1] += at[p];
    for (int64_t n = 0; n < w->listed; n++)
        for (int c = 0; c < 3; c++)
            w->list[at[mesh->triangle[w->triangle[n]][c]]++] = w->triangle[n];
}

static uint32_t bucket_of(float cost)
{
    uint32_t bits;
    memcpy(&bits, &cost, sizeof bits);
    return bits >> (31 - BUCKET_BITS);
}

// points that may go, cheapest bucket first; returns how many
static int64_t sort_points(work *w, int64_t *bucket)
{
    int64_t count = 0;
    memset(bucket, 0, ((size_t)1 << BUCKET_BITS) * sizeof *bucket);
    for (int64_t n = 0; n < w->points; n++)
        if (w->into[w->point[n]] >= 0)
            bucket[bucket_of(w->cost[w->point[n]])]++;
    for (int64_t b = 0; b < 1 << BUCKET_BITS; b++) {
        int64_t here = bucket[b];
        bucket[b] = count;
        count += here;
    }
    for (int64_t n = 0; n < w->points; n++) {
        int32_t p = w->point[n];
        if (w->into[p] >= 0)
            w->order[bucket[bucket_of(w->cost[p])]++] = p;
    }
    return count;
}

// one round: what is cheap, far enough apart; how many points went
static pel_status collapse_some(work *w, int64_t *gone, int64_t count, int64_t target)
{
    int64_t wanted = (w->alive - target + 1) / 2;
    // dear ones wait until the cheap ones around them are gone
    int64_t some = count < wanted * 3 / 2 ? count : wanted * 3 / 2;
    some = some < count / 3 ? some : count / 3;
    w->most = some < count ? (double)w->cost[w->order[some]] : INFINITY;
    *gone = 0;
    pel_status s = collapse_first(w, gone, some, target);
    // when little gives, all are asked
    if (s != PEL_OK || *gone >= count / 64)
        return s;
    w->most = INFINITY;
    return collapse_first(w, gone, count, target);
}

static pel_status do_rounds(work *w, int64_t target)
{
    int64_t *bucket, start = w->alive, gone = w->points;
    pel_status s =
        pel__alloc(&bucket, (int64_t)1 << BUCKET_BITS, sizeof *bucket, "reducing a mesh");
    // a thousandth of what is left is not worth a round
    for (int round = 0;
         s == PEL_OK && round < ROUNDS && w->alive > target && gone > w->points / 1000; round++) {
        shorten_lists(w);
        list_triangles(w);
        memset(w->touched, 0, (size_t)w->mesh->points);
        s = pel__parallel((w->points + BLOCK - 1) / BLOCK, judge_block, w, NULL);
        if (s == PEL_OK)
            s = collapse_some(w, &gone, sort_points(w, bucket), target);
        if (s == PEL_OK)
            s = pel__progress("reducing", (double)(start - w->alive) /
                                              (double)(start - (target < 0 ? 0 : target)));
    }
    pel__free(bucket);
    return s;
}

/* ---- the whole ---- */

static void free_work(work *w)
{
    void *const owned[] = { w->of,       w->first, w->list,     w->fixed, w->touched, w->changed,
                            w->triangle, w->point, w->error,    w->into,  w->cost,    w->order,
                            w->watch,    w->tried, w->tried_at, w->at,    w->sum };
    for (size_t n = 0; n < sizeof owned / sizeof *owned; n++)
        pel__free(owned[n]);
    pel__near_free(&w->near);
}

static pel_status new_work(work *w)
{
    int64_t points = w->mesh->points, triangles = w->mesh->triangles;
    pel_status s = pel__alloc(&w->of, points, sizeof *w->of, "quadrics");
    if (s == PEL_OK)
        s = pel__alloc(&w->first, points + 2, sizeof *w->first, "reducing a mesh");
    if (s == PEL_OK)
        s = pel__alloc(&w->list, 3 * triangles, sizeof *w->list, "reducing a mesh");
    if (s == PEL_OK)
        s = pel__alloc_zero(&w->fixed, points, 1, "reducing a mesh");
    if (s == PEL_OK)
        s = pel__alloc(&w->touched, points, 1, "reducing a mesh");
    if (s == PEL_OK)
        s = pel__alloc(&w->changed, points, 1, "reducing a mesh");
    if (s == PEL_OK)
        s = pel__alloc(&w->tried, points, sizeof *w->tried, "reducing a mesh");
    if (s == PEL_OK)
        s = pel__alloc(&w->tried_at, points, 1, "reducing a mesh");
    if (s == PEL_OK)
        s = pel__alloc(&w->at, points, 1, "reducing a mesh");
    if (s == PEL_OK)
        s = pel__alloc(&w->sum, CHUNK, sizeof *w->sum, "reducing a mesh");
    if (s == PEL_OK)
        s = pel__alloc(&w->triangle, triangles, sizeof *w->triangle, "reducing a mesh");
    if (s == PEL_OK)
        s = pel__alloc(&w->point, points, sizeof *w->point, "reducing a mesh");
    if (s == PEL_OK)
        s = pel__alloc_zero(&w->error, triangles, sizeof *w->error, "reducing a mesh");
    if (s == PEL_OK)
        s = pel__alloc(&w->into, points, sizeof *w->into, "reducing a mesh");
    if (s == PEL_OK)
        s = pel__alloc(&w->cost, points, sizeof *w->cost, "reducing a mesh");
    if (s == PEL_OK)
        s = pel__alloc(&w->order, points, sizeof *w->order, "reducing a mesh");
    return s;
}

// whether a point lies in a plain disk, and the planes of that
static pel_status start_block(void *user, int64_t block)
{
    work *w = user;
    ring r;
    int64_t end = (block + 1) * BLOCK < w->points ? (block + 1) * BLOCK : w->points;
    for (int32_t p = (int32_t)(block * BLOCK); p < end; p++) {
        w->point[p] = p;
        w->into[p] = STAYS;
        w->tried[p] = -1;
        w->fixed[p] |= !find_ring(&r, w, p, -1);
        w->of[p] = (quadric){ .c = 0 };
        for (int64_t n = w->first[p]; n < w->first[p + 1]; n++) {
            pel_vec3 area = pel__mesh_cross(w->mesh, w->list[n]);
            double length = pel__length(area);
            if (length > 0)
                add_plane(&w->of[p], pel__scale(area, 1 / length), length / 2);
        }
    }
    return PEL_OK;
}

static pel_status start_work(work *w)
{
    const pel_mesh *mesh = w->mesh;
    memset(w->changed, 1, (size_t)mesh->points);
    memset(w->error, 0, (size_t)mesh->triangles * sizeof *w->error);
    w->alive = w->listed = mesh->triangles;
    w->points = mesh->points;
    for (int64_t t = 0; t < mesh->triangles; t++)
        w->triangle[t] = (int32_t)t;
    list_triangles(w);
    return pel__parallel((w->points + BLOCK - 1) / BLOCK, start_block, w, NULL);
}

// what is left, in the order it had
static pel_status pack(work *w)
{
    pel_mesh *mesh = w->mesh;
    uint8_t *triangles;
    pel_status s = pel__alloc(&triangles, mesh->triangles, 1, "reducing a mesh");
    if (s != PEL_OK)
        return s;
    memset(w->touched, 0, (size_t)mesh->points);
    for (int64_t t = 0; t < mesh->triangles; t++) {
        triangles[t] = mesh->triangle[t][0] >= 0;
        for (int c = 0; c < 3 && triangles[t]; c++)
            w->touched[mesh->triangle[t][c]] = 1;
    }
    pel__mesh_keep(mesh, w->touched, triangles, w->order);
    pel__free(triangles);
    return pel_mesh_find(mesh, "normals") ? pel_mesh_normals(mesh) : PEL_OK;
}

/* what a pass leaves: sums that bound how far each triangle lies from the mesh before it */
typedef struct bounds {
    float *error; // owned
    double most;
} bounds;

// of the triangles that are left, which keep their order
static void take_bounds(bounds *out, work *w)
{
    int64_t count = 0;
    out->most = 0;
    for (int64_t t = 0; t < w->mesh->triangles; t++)
        if (w->mesh->triangle[t][0] >= 0) {
            out->most = fmax(out->most, (double)w->error[t]);
            w->error[count++] = w->error[t];
        }
    out->error = w->error;
    w->error = NULL;
}

// the points that have gone into where triangles pass through others are watched; `more`: new ones
static pel_status watch_crossings(work *w, bool *more)
{
    pel_mesh left = *w->mesh;
    uint8_t *mark = NULL;
    int64_t pairs;
    *more = false;
    left.triangle = NULL;
    left.triangles = 0;
    pel_status s = pel__alloc(&left.triangle, w->alive, sizeof *left.triangle, "reducing a mesh");
    if (s == PEL_OK)
        s = pel__alloc_zero(&mark, w->alive, 1, "reducing a mesh");
    for (int64_t t = 0; s == PEL_OK && t < w->mesh->triangles; t++)
        if (w->mesh->triangle[t][0] >= 0)
            memcpy(left.triangle[left.triangles++], w->mesh->triangle[t], sizeof *left.triangle);
    if (s == PEL_OK)
        s = pel__mark_crossings(&pairs, mark, &left);
    if (s == PEL_OK && !w->watch && pairs)
        s = pel__alloc_zero(&w->watch, w->mesh->points, 1, "reducing a mesh");
    memset(w->touched, 0, (size_t)w->mesh->points);
    for (int64_t t = 0; s == PEL_OK && t < left.triangles; t++)
        for (int c = 0; c < 3 && mark[t]; c++)
            w->touched[left.triangle[t][c]] = 1;
    for (int32_t p = 0; s == PEL_OK && pairs && p < w->mesh->points; p++) {
        int32_t at = p;
        while (w->into[at] <= GONE)
            at = GONE - w->into[at];
        *more |= w->touched[at] && !w->watch[p];
        w->watch[p] |= w->touched[at];
    }
    pel__free(left.triangle);
    pel__free(mark);
    return s;
}

static pel_status is_clean(bool *clean, const pel_mesh *mesh, int32_t (*triangle)[3])
{
    pel_mesh whole = *mesh;
    bool crosses;
    whole.triangle = triangle;
    pel_status s = pel__any_crossing(&crosses, &whole);
    *clean = !crosses;
    return s;
}

// down to `target` triangles, and again from the start where triangles then pass through others,
// with an eye on these
static pel_status pass_and_watch(work *w, int64_t target)
{
    int32_t(*start)[3];
    size_t bytes = (size_t)w->mesh->triangles * sizeof *start;
    pel_status s = pel__alloc(&start, w->mesh->triangles, sizeof *start, "reducing a mesh");
    bool more = true;
    if (s == PEL_OK)
        memcpy(start, w->mesh->triangle, bytes);
    for (int n = 0; s == PEL_OK && more && n <= MORE_PASSES; n++) {
        memcpy(w->mesh->triangle, start, bytes);
        pel__near_free(&w->near);
        if (w->watch)
            s = pel__near_new(&w->near, w->mesh);
        if (s == PEL_OK)
            s = start_work(w);
        if (s == PEL_OK)
            s = do_rounds(w, target);
        if (s == PEL_OK)
            s = watch_crossings(w, &more);
        // a mesh that passes through itself from the start, as noise does, will not get clean
        if (s == PEL_OK && more && n == 0)
            s = is_clean(&more, w->mesh, start);
    }
    if (s != PEL_OK && start)
        memcpy(w->mesh->triangle, start, bytes);
    pel__free(start);
    return s;
}

// once through, down to `target` triangles or as far as `max_error` lets
static pel_status pass(pel_mesh *mesh, bounds *out, int64_t target, double max_error)
{
    work w = { .mesh = mesh, .max_error = max_error };
    pel_status s = new_work(&w);
    if (s == PEL_OK && pel__is_net(mesh))
        s = pel__net_hold(w.fixed, mesh);
    if (s == PEL_OK)
        s = pass_and_watch(&w, target);
    if (s == PEL_OK) {
        take_bounds(out, &w);
        s = pack(&w);
    }
    free_work(&w);
    return s;
}

static pel_status copy_shape(pel_mesh *out, const pel_mesh *mesh)
{
    pel_status s = pel_mesh_new(out, mesh->points, mesh->triangles);
    if (s == PEL_OK) {
        memcpy(out->point_mm, mesh->point_mm, (size_t)mesh->points * sizeof *mesh->point_mm);
        memcpy(out->triangle, mesh->triangle, (size_t)mesh->triangles * sizeof *mesh->triangle);
    }
    return s;
}

// sums bound far more than is there, on noise above all: it is measured
static pel_status measured_pass(pel_mesh *mesh, double *error_mm, int64_t target)
{
    pel_mesh first = { 0 };
    pel_mesh_apart apart = { 0 };
    bounds sums = { 0 };
    pel_status s = copy_shape(&first, mesh);
    if (s == PEL_OK)
        s = pass(mesh, &sums, target, INFINITY);
    if (s == PEL_OK)
        s = pel__mesh_distance(&apart, mesh, &first, sums.error);
    *error_mm = fmin(sums.most, apart.most_mm);
    pel__free(sums.error);
    pel_mesh_free(&first);
    return s;
}

pel_status pel_reduce(pel_mesh *mesh, pel_reduced *found, const pel_reduce_params *params)
{
    bool by_error = !isnan(params->max_error), by_count = params->keep_fraction < 1;
    double max_error = by_error ? params->max_error : INFINITY;
    pel_reduced done = { .triangles_before = mesh->triangles };
    pel_status s = pel_schema_check(&pel_reduce_schema, params);
    if (s == PEL_OK)
        s = pel_mesh_check(mesh);
    if (s == PEL_OK && mesh->triangles > PEL__MOST_HALVES)
        s = pel__fail(PEL_EUNSUPPORTED, "more than %d triangles", PEL__MOST_HALVES);
    if (s == PEL_OK && mesh->triangles && (by_error || by_count)) {
        int64_t target =
            by_count ? (int64_t)ceil(params->keep_fraction * (double)mesh->triangles) : 0;
        if (by_error || params->sum_errors) {
            bounds sums = { 0 };
            s = pass(mesh, &sums, target, max_error);
            done.error_mm = sums.most;
            pel__free(sums.error);
        } else {
            s = measured_pass(mesh, &done.error_mm, target);
        }
    }
    done.triangles_after = mesh->triangles;
    if (found)
        *found = done;
    return pel__during(s, "reduce");
}
