/* SPDX-License-Identifier: Apache-2.0 */
/* reduce.c: fewer triangles, in rounds: points are parted into lots by place, anew each round, and
 * in each lot those that are cheap enough are drawn into neighbours. */
#include <math.h>
#include <string.h>

#include <pellucid/surface.h>

#include "base/job.h"
#include "base/maths.h"
#include "base/memory.h"
#include "base/params.h"
#include "base/status.h"
#include "mesh/mesh.h"
#include "surface/collapse.h"
#include "surface/crossings.h"
#include "surface/labels.h"
#include "surface/near.h"
#include "surface/tree.h"

enum {
    CELL_BITS = 6,
    CELLS = 1 << 3 * CELL_BITS,
    HALF_CELLS = 1 << (CELL_BITS - 1),
    BUCKET_BITS = 16,
    BUCKETS = 1 << BUCKET_BITS
};

/* points of a lot are 2^this, fewer where there would be few lots: small enough for the cache */
enum { LARGEST_LOT = 13, SMALLEST_LOT = 11, LOTS = 16 };

enum { ROUNDS = 200, MORE_PASSES = 2 };

/* dear points wait until the cheap ones around them are gone: of all, this share is asked in a
 * round, and of those that may go this many times as many as should */
#define SHARE 0.97
#define AMPLE 3

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

typedef pel__reducing work;

/* ---- lots ---- */

/* what rounds need beside: cells of points, starts of cells, points in another order */
typedef struct sorting {
    uint32_t *cell;
    int64_t *start;
    int32_t *order;
    int shift; // points of a lot are 2^shift
    pel_vec3 lo;
    double by; // cells per mm
} sorting;

static uint32_t spread(uint32_t x)
{
    x = (x | x << 8) & 0x0f00f;
    x = (x | x << 4) & 0xc30c3;
    return (x | x << 2) & 0x249249;
}

// cells of a lattice that each round moves, in an order that keeps near what is near (Morton 1966);
// what is watched comes behind the last of them
static void set_cells(sorting *o, const work *w, const uint8_t *apart, int round)
{
    // by the golden section: no two rounds part it alike
    double moved = 0.61803398875 * round, shift = HALF_CELLS * (moved - floor(moved));
    const double from[3] = { o->lo.x, o->lo.y, o->lo.z };
    for (int64_t n = 0; n < w->points; n++) {
        const float *at = w->mesh->point_mm[w->point[n]];
        o->cell[n] = 0;
        for (int a = 0; a < 3; a++)
            o->cell[n] |= spread((uint32_t)(((double)at[a] - from[a]) * o->by + shift)) << a;
        if (apart && apart[w->point[n]])
            o->cell[n] = CELLS;
    }
}

static void sort_points(sorting *o, work *w)
{
    memset(o->start, 0, (CELLS + 2) * sizeof *o->start);
    for (int64_t n = 0; n < w->points; n++)
        o->start[o->cell[n] + 1]++;
    for (int64_t c = 0; c <= CELLS; c++)
        o->start[c + 1] += o->start[c];
    for (int64_t n = 0; n < w->points; n++) {
        int64_t to = o->start[o->cell[n]]++;
        o->order[to] = w->point[n];
        w->place[w->point[n]] = (int32_t)to;
    }
    int32_t *swap = w->point;
    w->point = o->order;
    o->order = swap;
}

static void set_lots(sorting *o, work *w)
{
    // ends of cells have become starts of the next
    int64_t plain = o->start[CELLS - 1];
    o->shift = LARGEST_LOT;
    while (o->shift > SMALLEST_LOT && plain >> o->shift < LOTS)
        o->shift--;
    w->watched = (plain + ((int64_t)1 << o->shift) - 1) >> o->shift;
    w->lots = w->watched + (plain < w->points);
    for (int64_t n = 0; n < w->watched; n++)
        w->from[n] = n << o->shift;
    w->from[w->watched] = plain;
    w->from[w->lots] = w->points;
}

// the lots of a triangle's corners, each once; how many
static int lots_of(int64_t lot[3], const sorting *o, const work *w, int32_t t)
{
    int count = 0;
    for (int c = 0; c < 3; c++) {
        int64_t place = w->place[w->mesh->triangle[t][c]];
        int64_t here = place < w->from[w->watched] ? place >> o->shift : w->watched;
        lot[count] = here;
        count += (count < 1 || lot[0] != here) && (count < 2 || lot[1] != here);
    }
    return count;
}

static pel_status list_triangles(const sorting *o, work *w)
{
    int64_t lot[3], *at = w->first + 1;
    memset(w->first, 0, (size_t)(w->lots + 2) * sizeof *w->first);
    for (int64_t n = 0; n < w->listed; n++)
        for (int i = lots_of(lot, o, w, w->triangle[n]); i > 0; i--)
            at[lot[i - 1] + 1]++;
    for (int64_t n = 0; n < w->lots; n++)
        at[n + 1] += at[n];
    pel__free(w->list);
    pel_status s = pel__alloc(&w->list, at[w->lots], sizeof *w->list, "reducing a mesh");
    for (int64_t n = 0; n < w->listed && s == PEL_OK; n++)
        for (int i = lots_of(lot, o, w, w->triangle[n]); i > 0; i--)
            w->list[at[lot[i - 1]]++] = w->triangle[n];
    return s;
}

// those that went leave the lists
static void shorten_lists(work *w)
{
    int64_t triangles = 0, points = 0;
    for (int64_t n = 0; n < w->listed; n++)
        if (w->mesh->triangle[w->triangle[n]][0] >= 0)
            w->triangle[triangles++] = w->triangle[n];
    w->listed = triangles;
    for (int64_t n = 0; n < w->points; n++)
        if (w->goer[w->point[n]].into == PEL__STAYS)
            w->point[points++] = w->point[n];
    w->points = points;
}

// what is watched, and all within two triangles of it, so that it may go too
static pel_status set_apart(uint8_t **apart, const work *w)
{
    *apart = NULL;
    if (!w->watch)
        return PEL_OK;
    pel_status s = pel__alloc(apart, w->mesh->points, 1, "reducing a mesh");
    if (s == PEL_OK)
        memcpy(*apart, w->watch, (size_t)w->mesh->points);
    for (int round = 1; round <= 2 && s == PEL_OK; round++)
        for (int64_t n = 0; n < w->listed; n++) {
            const int32_t *c = w->mesh->triangle[w->triangle[n]];
            // 1: watched; then one more than what it is next to
            for (int i = 0; i < 3; i++)
                for (int j = 0; j < 3; j++)
                    if ((*apart)[c[i]] == round && !(*apart)[c[j]])
                        (*apart)[c[j]] = (uint8_t)(round + 1);
        }
    return s;
}

static pel_status divide(sorting *o, work *w, int round)
{
    uint8_t *apart;
    shorten_lists(w);
    pel_status s = set_apart(&apart, w);
    if (s == PEL_OK) {
        set_cells(o, w, apart, round);
        sort_points(o, w);
        set_lots(o, w);
        s = list_triangles(o, w);
    }
    pel__free(apart);
    return s;
}

/* ---- rounds ---- */

static uint32_t bucket_of(float cost)
{
    uint32_t bits;
    memcpy(&bits, &cost, sizeof bits);
    return bits >> (31 - BUCKET_BITS);
}

static float most_of(uint32_t bucket)
{
    float most;
    uint32_t bits = ((bucket + 1) << (31 - BUCKET_BITS)) - 1;
    memcpy(&most, &bits, sizeof most);
    return isfinite(most) ? most : INFINITY;
}

// the bucket that holds the point of this rank, by cost; and how many lie below that bucket
static uint32_t bucket_of_rank(int64_t *below, const int64_t *count, int64_t rank)
{
    uint32_t bucket = 0;
    *below = 0;
    while (bucket + 1 < BUCKETS && *below + count[bucket] <= rank)
        *below += count[bucket++];
    return bucket;
}

// how much a collapse may cost, and how many points may go in each lot: by the costs of all
static void set_limits(work *w, int64_t *count, int64_t wanted, bool all)
{
    int64_t below, points = 0;
    memset(count, 0, BUCKETS * sizeof *count);
    for (int64_t n = 0; n < w->points; n++) {
        bool goes = w->cost[w->point[n]] < INFINITY;
        count[bucket_of(w->cost[w->point[n]])] += goes;
        points += goes;
    }
    int64_t some = (int64_t)(SHARE * (double)points);
    some = some / AMPLE > wanted ? AMPLE * wanted : some;
    w->most = all ? INFINITY : most_of(bucket_of_rank(&below, count, some));
    uint32_t last = bucket_of_rank(&below, count, wanted);
    for (int64_t l = 0, left = wanted - below; l < w->lots; l++) {
        w->quota[l] = 0;
        for (int64_t n = w->from[l]; n < w->from[l + 1]; n++) {
            uint32_t bucket = bucket_of(w->cost[w->point[n]]);
            bool tie = bucket == last && left > 0;
            left -= tie;
            w->quota[l] += bucket < last || tie;
        }
    }
}

static pel_status run_watched(work *w)
{
    pel__near near = { 0 };
    if (w->watched == w->lots)
        return PEL_OK;
    pel_status s = pel__near_new(&near, w->mesh);
    w->near = &near;
    if (s == PEL_OK)
        s = pel__lot_run(w, w->watched);
    w->near = NULL;
    pel__near_free(&near);
    return s;
}

// how many points went
static pel_status run_lots(work *w, int64_t *gone)
{
    pel_status s = pel__parallel(w->watched, pel__lot_run, w, NULL);
    if (s == PEL_OK)
        s = run_watched(w);
    *gone = 0;
    for (int64_t n = 0; n < w->lots && s == PEL_OK; n++)
        *gone += w->gone[n];
    w->alive -= 2 * *gone;
    return s;
}

static pel_status start_work(work *w, sorting *o)
{
    const pel_mesh *mesh = w->mesh;
    memset(w->error, 0, (size_t)mesh->triangles * sizeof *w->error);
    w->alive = w->listed = mesh->triangles;
    w->points = mesh->points;
    for (int64_t t = 0; t < mesh->triangles; t++)
        w->triangle[t] = (int32_t)t;
    for (int64_t p = 0; p < mesh->points; p++) {
        w->point[p] = (int32_t)p;
        w->goer[p].into = PEL__STAYS;
    }
    pel_status s = divide(o, w, 0);
    return s == PEL_OK ? pel__parallel(w->lots, pel__lot_start, w, NULL) : s;
}

static void free_sorting(sorting *o)
{
    pel__free(o->cell);
    pel__free(o->start);
    pel__free(o->order);
}

static pel_status new_sorting(sorting *o, const pel_mesh *mesh)
{
    pel_vec3 lo, hi;
    pel_mesh_bounds(mesh, &lo, &hi);
    int64_t points = mesh->points;
    double size = fmax(fmax(hi.x - lo.x, hi.y - lo.y), fmax(hi.z - lo.z, 1e-30));
    *o = (sorting){ .lo = lo, .by = (HALF_CELLS - 1) / size };
    pel_status s = pel__alloc(&o->cell, points, sizeof *o->cell, "reducing a mesh");
    if (s == PEL_OK)
        s = pel__alloc(&o->start, CELLS + 2, sizeof *o->start, "reducing a mesh");
    if (s == PEL_OK)
        s = pel__alloc(&o->order, points, sizeof *o->order, "reducing a mesh");
    return s;
}

static pel_status do_rounds(work *w, int64_t target)
{
    sorting o;
    bool all = false;
    int64_t *count = NULL, gone = w->mesh->points;
    pel_status s = new_sorting(&o, w->mesh);
    if (s == PEL_OK)
        s = pel__alloc(&count, BUCKETS, sizeof *count, "reducing a mesh");
    if (s == PEL_OK)
        s = start_work(w, &o);
    int64_t start = w->alive;
    for (int round = 1; s == PEL_OK && round < ROUNDS && w->alive > target; round++) {
        s = divide(&o, w, round);
        if (s != PEL_OK)
            break;
        set_limits(w, count, (w->alive - target + 1) / 2, all);
        s = run_lots(w, &gone);
        // a thousandth of what is left is not worth a round
        if (all && gone <= w->points / 1000)
            break;
        // when little gives, all are asked
        all = gone < w->points / 64 && gone < (w->alive + 2 * gone - target + 1) / 4;
        if (s == PEL_OK)
            s = pel__progress("reducing", (double)(start - w->alive) /
                                              (double)(start - (target < 0 ? 0 : target)));
    }
    shorten_lists(w);
    pel__free(count);
    free_sorting(&o);
    return s;
}

/* ---- the whole ---- */

static void free_work(work *w)
{
    void *const owned[] = { w->goer,     w->cost, w->held,  w->watch, w->error, w->point, w->place,
                            w->triangle, w->from, w->first, w->list,  w->quota, w->gone,  w->mark };
    for (size_t n = 0; n < sizeof owned / sizeof *owned; n++)
        pel__free(owned[n]);
}

static pel_status new_work(work *w)
{
    int64_t points = w->mesh->points, triangles = w->mesh->triangles;
    int64_t lots = (points >> SMALLEST_LOT) + 4;
    const struct {
        void *to;
        int64_t count, size;
    } wanted[] = {
        { &w->goer, points, sizeof *w->goer },
        { &w->cost, points, sizeof *w->cost },
        { &w->mark, points, sizeof *w->mark },
        { &w->point, points, sizeof *w->point },
        { &w->place, points, sizeof *w->place },
        { &w->error, triangles, sizeof *w->error },
        { &w->triangle, triangles, sizeof *w->triangle },
        { &w->from, lots, sizeof *w->from },
        { &w->first, lots, sizeof *w->first },
        { &w->quota, lots, sizeof *w->quota },
        { &w->gone, lots, sizeof *w->gone },
    };
    pel_status s = pel__alloc_zero(&w->held, points, 1, "reducing a mesh");
    for (size_t n = 0; n < sizeof wanted / sizeof *wanted && s == PEL_OK; n++)
        s = pel__alloc(wanted[n].to, wanted[n].count, wanted[n].size, "reducing a mesh");
    return s;
}

// what is left, in the order it had
static pel_status pack(work *w)
{
    pel_mesh *mesh = w->mesh;
    uint8_t *triangles, *points = w->mark;
    pel_status s = pel__alloc(&triangles, mesh->triangles, 1, "reducing a mesh");
    if (s != PEL_OK)
        return s;
    memset(points, 0, (size_t)mesh->points);
    for (int64_t t = 0; t < mesh->triangles; t++) {
        triangles[t] = mesh->triangle[t][0] >= 0;
        for (int c = 0; c < 3 && triangles[t]; c++)
            points[mesh->triangle[t][c]] = 1;
    }
    pel__mesh_keep(mesh, points, triangles, w->place);
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
    memset(w->mark, 0, (size_t)w->mesh->points);
    for (int64_t t = 0; s == PEL_OK && t < left.triangles; t++)
        for (int c = 0; c < 3 && mark[t]; c++)
            w->mark[left.triangle[t][c]] = 1;
    for (int32_t p = 0; s == PEL_OK && pairs && p < w->mesh->points; p++) {
        int32_t at = p;
        while (w->goer[at].into != PEL__STAYS)
            at = w->goer[at].into;
        *more |= w->mark[at] && !w->watch[p];
        w->watch[p] |= w->mark[at];
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
        s = pel__net_hold(w.held, mesh);
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

// each time two triangles go
static void tell_stop(const pel_reduced *r)
{
    if (r->triangles_wanted > 0 && r->triangles_after > r->triangles_wanted + 1)
        pel__note("reducing stops at %lld triangles instead of %lld: no more can go without a "
                  "fold, another topology or a greater error; fewer small bodies, or a smoother "
                  "surface, can be reduced further",
                  (long long)r->triangles_after, (long long)r->triangles_wanted);
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
        done.triangles_wanted = target;
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
    if (s == PEL_OK)
        tell_stop(&done);
    if (found)
        *found = done;
    return pel__during(s, "reduce");
}
