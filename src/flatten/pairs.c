/* SPDX-License-Identifier: Apache-2.0 */
/* pairs.c: draws pairs of points by walks over the surface from some of them. */
#include "flatten/pairs.h"

#include <math.h>
#include <string.h>

#include "base/job.h"
#include "base/maths.h"
#include "base/memory.h"

enum { SHARES = 64 }; // walks are shared out in this many lots, whatever the threads

typedef struct pair {
    int32_t from, to;
    double mm;
} pair;

typedef struct drawing {
    const pel__patch *patch;
    const pel__surface_walk *walk;
    const pel__pairs_draw *draw;
    int64_t sources, each; // walks, and pairs wanted of each
    pair *list[SHARES];    // owned
    int64_t count[SHARES], room[SHARES];
} drawing;

// a hash of two whole numbers (SplitMix64, Steele, Lea, Flood 2014)
static uint64_t hash_of(uint64_t a, uint64_t b)
{
    uint64_t n = a * UINT64_C(0xd1342543de82ef95) + b + UINT64_C(0x9e3779b97f4a7c15);
    n = (n ^ n >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    n = (n ^ n >> 27) * UINT64_C(0x94d049bb133111eb);
    return n ^ n >> 31;
}

// the point chosen of share n of all points
static int32_t source_of(const drawing *d, int64_t n)
{
    int64_t points = d->patch->mesh.points;
    int64_t from = n * points / d->sources, to = (n + 1) * points / d->sources;
    return (int32_t)(from + (int64_t)(hash_of(d->draw->seed, (uint64_t)n) % (uint64_t)(to - from)));
}

static pel_status add_pair(drawing *d, int64_t lot, pair p)
{
    if (d->count[lot] == d->room[lot]) {
        int64_t room = d->room[lot] ? 2 * d->room[lot] : 1024;
        pel_status s = pel__realloc(&d->list[lot], room, sizeof(pair), "pairs of points");
        if (s != PEL_OK)
            return s;
        d->room[lot] = room;
    }
    d->list[lot][d->count[lot]++] = p;
    return PEL_OK;
}

static bool counts(const drawing *d, const pel__geodesic *g, int32_t source, int32_t p)
{
    return p != source && !g->bent[p] && g->mm[p] >= d->draw->least_mm &&
           g->mm[p] <= d->draw->reach_mm;
}

// each point in reach is taken with the same chance
static pel_status take(drawing *d, int64_t lot, const pel__geodesic *g, int32_t source)
{
    pel_status s = PEL_OK;
    int64_t can = 0;
    for (int64_t i = 0; i < g->count; i++)
        can += counts(d, g, source, g->found[i]);
    double chance = can > 0 ? (double)d->each / (double)can : 0;
    for (int64_t i = 0; i < g->count && s == PEL_OK; i++) {
        int32_t p = g->found[i];
        if (!counts(d, g, source, p))
            continue;
        uint64_t lot_of_pair = hash_of(hash_of(d->draw->seed, (uint64_t)source), (uint64_t)p);
        if ((double)(lot_of_pair >> 11) * 0x1p-53 < chance)
            s = add_pair(d, lot, (pair){ source, p, g->mm[p] });
    }
    return s;
}

static pel_status walk_lot(void *user, int64_t lot)
{
    drawing *d = user;
    pel__geodesic g;
    pel_status s = pel__geodesic_new(&g, d->patch->mesh.points);
    int64_t from = lot * d->sources / SHARES, to = (lot + 1) * d->sources / SHARES;
    for (int64_t n = from; s == PEL_OK && n < to; n++) {
        int32_t source = source_of(d, n);
        pel__geodesic_from(&g, d->walk, source, d->draw->reach_mm);
        s = take(d, lot, &g, source);
        if (s == PEL_OK)
            s = pel__cancelled();
    }
    pel__geodesic_free(&g);
    return s;
}

// how many walks: as many as the visits they may cost allow
static void plan_walks(drawing *d)
{
    const pel__patch *p = d->patch;
    double points = (double)p->mesh.points, reach = d->draw->reach_mm;
    double visits = points * fmin(1, PEL_PI * reach * reach / p->area_mm2) + 10;
    double sources = fmin(points, floor((double)d->draw->most_visits / visits));
    d->sources = (int64_t)fmax(sources, fmin(points, 64));
    d->each = (int64_t)ceil((double)d->draw->a_point * points / (2 * (double)d->sources));
}

static pel_status sort_out(pel__pairs *out, const drawing *d)
{
    int64_t points = d->patch->mesh.points;
    for (int lot = 0; lot < SHARES; lot++)
        out->count += d->count[lot];
    pel_status s = pel__alloc_zero(&out->first, points + 2, sizeof *out->first, "pairs of points");
    if (s == PEL_OK)
        s = pel__alloc(&out->other, 2 * out->count, sizeof *out->other, "pairs of points");
    if (s == PEL_OK)
        s = pel__alloc(&out->mm, 2 * out->count, sizeof *out->mm, "pairs of points");
    if (s != PEL_OK)
        return s;
    // counted two places up, so that filling ends with every bound in its place
    int64_t *at = out->first + 1;
    for (int lot = 0; lot < SHARES; lot++)
        for (int64_t i = 0; i < d->count[lot]; i++) {
            at[d->list[lot][i].from + 1]++;
            at[d->list[lot][i].to + 1]++;
        }
    for (int64_t p = 0; p < points; p++)
        at[p + 1] += at[p];
    for (int lot = 0; lot < SHARES; lot++)
        for (int64_t i = 0; i < d->count[lot]; i++) {
            const pair *p = &d->list[lot][i];
            int64_t one = at[p->from]++, two = at[p->to]++;
            out->other[one] = p->to;
            out->other[two] = p->from;
            out->mm[one] = out->mm[two] = p->mm;
        }
    return PEL_OK;
}

pel_status pel__pairs_new(pel__pairs *out, const pel__patch *patch, const pel__surface_walk *walk,
                          const pel__pairs_draw *draw)
{
    drawing *d = NULL;
    *out = (pel__pairs){ 0 };
    pel_status s = pel__alloc_zero(&d, 1, sizeof *d, "pairs of points");
    if (s != PEL_OK)
        return s;
    *d = (drawing){ .patch = patch, .walk = walk, .draw = draw };
    plan_walks(d);
    s = pel__parallel(SHARES, walk_lot, d, "distances");
    if (s == PEL_OK)
        s = sort_out(out, d);
    for (int lot = 0; lot < SHARES; lot++)
        pel__free(d->list[lot]);
    pel__free(d);
    if (s != PEL_OK)
        pel__pairs_free(out);
    return s;
}

void pel__pairs_free(pel__pairs *pairs)
{
    pel__free(pairs->first);
    pel__free(pairs->other);
    pel__free(pairs->mm);
    *pairs = (pel__pairs){ 0 };
}
