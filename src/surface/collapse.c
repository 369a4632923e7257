/* SPDX-License-Identifier: Apache-2.0 */
/* collapse.c: points of one lot are drawn into neighbours, cheapest first; each time the distance
 * between the surface before and after is bounded, and bounds add up. */
#include "surface/collapse.h"

#include <math.h>
#include <string.h>

#include "base/memory.h"
#include "mesh/mesh.h"
#include "surface/disk.h"

enum { BUCKETS = 1 << 12, MOST_AROUND = 64, DEAD = INT32_MIN };

/* what a point of a lot is */
enum { MOVES = 1, ODD = 2, WAITS = 4, GONE = 8 };

/* a lot of its own, small enough for the cache: half-edge 4*t + c runs from corner c of its
 * triangle t to the next; twins are half-edges, or as of pel__mesh_twins() */
typedef struct lot {
    pel__reducing *all;
    int32_t points, triangles;
    const int32_t *name;     // of its points in the mesh
    const int32_t *triangle; // of its triangles
    pel__goer *goer;
    float *error;
    int32_t *corner;       // per half-edge: the point it starts from; not below `points`: outside
    int32_t *twin;         // per half-edge
    int32_t *first, *list; // half-edges that start from each point, at the start
    int32_t *head;         // of each bucket of points that wait
    int32_t lowest;
    int64_t gone;
} lot;

static int32_t next_half(int32_t h)
{
    return (h & 3) == 2 ? h - 2 : h + 1;
}

static int32_t last_half(int32_t h)
{
    return (h & 3) == 0 ? h + 2 : h - 1;
}

static bool is_here(const lot *l, int32_t p)
{
    return (uint32_t)p < (uint32_t)l->points;
}

static pel_vec3 point_at(const lot *l, int32_t p)
{
    return (pel_vec3){ (double)l->goer[p].at[0], (double)l->goer[p].at[1],
                       (double)l->goer[p].at[2] };
}

/* ---- a lot out of the mesh ---- */

static void free_lot(lot *l)
{
    void *const owned[] = { l->goer, l->error, l->corner, l->twin, l->list, l->first, l->head };
    for (size_t n = 0; n < sizeof owned / sizeof *owned; n++)
        pel__free(owned[n]);
}

static pel_status new_lot(lot *l, pel__reducing *all, int64_t number)
{
    int64_t points = all->from[number + 1] - all->from[number],
            triangles = all->first[number + 1] - all->first[number];
    *l = (lot){ .all = all,
                .points = (int32_t)points,
                .triangles = (int32_t)triangles,
                .name = all->point + all->from[number],
                .triangle = all->list + all->first[number] };
    const struct {
        void *to;
        int64_t count, size;
    } wanted[] = {
        { &l->goer, points, sizeof *l->goer },
        { &l->first, points + 2, sizeof *l->first },
        { &l->list, 3 * triangles, sizeof *l->list },
        { &l->error, triangles, sizeof *l->error },
        { &l->corner, 4 * triangles, sizeof *l->corner },
        { &l->twin, 4 * triangles, sizeof *l->twin },
        { &l->head, BUCKETS, sizeof *l->head },
    };
    pel_status s = PEL_OK;
    for (size_t n = 0; n < sizeof wanted / sizeof *wanted && s == PEL_OK; n++)
        s = pel__alloc(wanted[n].to, wanted[n].count, wanted[n].size, "reducing a mesh");
    if (s != PEL_OK)
        free_lot(l);
    return s;
}

// with the half-edges that start from each point
static void take_triangles(lot *l, int64_t number)
{
    const pel__reducing *all = l->all;
    int32_t from = (int32_t)all->from[number], *at = l->first + 1;
    memset(l->first, 0, (size_t)(l->points + 2) * sizeof *l->first);
    for (int32_t t = 0; t < l->triangles; t++) {
        l->error[t] = all->error[l->triangle[t]];
        for (int c = 0; c < 3; c++) {
            int32_t p = all->place[all->mesh->triangle[l->triangle[t]][c]] - from;
            l->corner[4 * t + c] = p;
            l->twin[4 * t + c] = PEL__TANGLED;
            if (is_here(l, p))
                at[p + 1]++;
        }
    }
    for (int32_t p = 0; p < l->points; p++)
        at[p + 1] += at[p];
    for (int32_t h = 0; h < 4 * l->triangles; h++)
        if ((h & 3) != 3 && is_here(l, l->corner[h]))
            l->list[at[l->corner[h]]++] = h;
}

/* half-edges around a point: those that start there, where they end, and where the others, that end
 * there, come from */
typedef struct around {
    int count;
    int32_t half[MOST_AROUND], to[MOST_AROUND], from[MOST_AROUND];
} around;

static bool look_around(around *out, const lot *l, int32_t p)
{
    int32_t count = l->first[p + 1] - l->first[p];
    out->count = 0;
    if (count > MOST_AROUND)
        return false;
    for (int32_t n = l->first[p]; n < l->first[p + 1]; n++) {
        int32_t h = l->list[n], at = out->count++;
        out->half[at] = h;
        out->to[at] = l->corner[next_half(h)];
        out->from[at] = l->corner[last_half(h)];
    }
    return count > 0;
}

// how often a point is in a list, and where it is last
static int find_point(const int32_t *list, int count, int32_t p, int *where)
{
    int found = 0;
    for (int n = 0; n < count; n++)
        if (list[n] == p) {
            found++;
            *where = n;
        }
    return found;
}

// of a plain disk each half-edge that starts there has its twin among those that end there
static bool pair_disk(lot *l, const around *a)
{
    uint64_t paired = 0;
    for (int n = 0; n < a->count; n++) {
        int other = 0;
        while (other < a->count && a->from[other] != a->to[n])
            other++;
        if (other == a->count)
            return false;
        paired |= (uint64_t)1 << other;
        l->twin[a->half[n]] = last_half(a->half[other]);
        l->twin[last_half(a->half[other])] = a->half[n];
    }
    return paired == UINT64_MAX >> (64 - a->count);
}

// the same where there are borders; false: edges of many triangles
static bool pair_others(lot *l, const around *a)
{
    bool plain = true;
    for (int n = 0; n < a->count; n++) {
        int other = 0, out = find_point(a->to, a->count, a->to[n], &other),
            in = find_point(a->from, a->count, a->to[n], &other);
        bool paired = out == 1 && in == 1;
        plain &= out == 1 && in <= 1;
        l->twin[a->half[n]] = paired                ? last_half(a->half[other])
                              : in == 0 && out == 1 ? PEL__BORDER
                                                    : PEL__TANGLED;
        if (paired)
            l->twin[last_half(a->half[other])] = a->half[n];
        out = find_point(a->to, a->count, a->from[n], &other);
        in = find_point(a->from, a->count, a->from[n], &other);
        plain &= in == 1;
        if (out != 1 || in != 1)
            l->twin[last_half(a->half[n])] = in == 1 && out == 0 ? PEL__BORDER : PEL__TANGLED;
    }
    return plain;
}

// points of the fan of triangles around a point; -1: too many
static int find_fan(int32_t *to, const lot *l, int32_t p)
{
    int count = 0;
    int32_t start = l->goer[p].half, h = start;
    do {
        if (count == MOST_AROUND)
            return -1;
        to[count++] = l->corner[next_half(h)];
        int32_t end = last_half(h);
        h = l->twin[end];
        if (h < 0)
            to[count++] = l->corner[end];
    } while (h >= 0 && h != start);
    // at a border: the other way too
    for (int32_t back = l->twin[start]; h < 0 && back >= 0; back = l->twin[next_half(back)]) {
        if (count >= MOST_AROUND)
            return -1;
        to[count++] = l->corner[last_half(back)];
    }
    return count;
}

// whether a point lies in a plain disk of this lot, at a border, or where triangles are entangled
static void sort_out(lot *l, int32_t p)
{
    around a;
    int32_t to[MOST_AROUND + 2];
    l->goer[p].kind = ODD;
    l->goer[p].half = l->first[p] < l->first[p + 1] ? l->list[l->first[p]] : -1;
    if (!look_around(&a, l, p) || !(pair_disk(l, &a) || pair_others(l, &a)))
        return;
    int count = find_fan(to, l, p), borders = 0;
    bool inside = true;
    for (int n = 0; n < a.count; n++) {
        borders += l->twin[a.half[n]] < 0;
        inside &= is_here(l, a.to[n]);
    }
    if (count != a.count + borders || borders > 1)
        return;
    bool plain = borders == 0 && a.count >= 3 && a.count <= PEL__MOST_RING;
    l->goer[p].kind = plain && inside && !l->goer[p].held ? MOVES : 0;
}

static void take_lot(lot *l, int64_t number)
{
    take_triangles(l, number);
    for (int32_t p = 0; p < l->points; p++) {
        l->goer[p] = l->all->goer[l->name[p]];
        sort_out(l, p);
    }
}

/* ---- what a collapse costs ---- */

// of equal planes the shortest edge
static double cost_of(const pel__quadric *of, pel_vec3 edge)
{
    double cost = pel__quadric_value(of, edge, pel__quadric_slope(of, edge));
    return (cost > 0 ? cost : 0) + 1e-6 * pel__dot(edge, edge);
}

// costs are divided by the fourth root of the planes' area: undivided, small bodies lose their tips
// to what large ones gain; divided by more of it, the mean error grows
static double share_of(const pel__quadric *of)
{
    double area = (double)of->a[0] + (double)of->a[3] + (double)of->a[5];
    return area > 0 ? 1 / sqrt(sqrt(area)) : 1;
}

static bool is_tried(const lot *l, const pel__goer *g, float cost, int32_t to)
{
    return cost < g->tried || (cost == g->tried && l->name[to] <= g->tried_to);
}

// the cheapest way that has not been tried
static void judge(lot *l, int32_t p)
{
    pel__goer *g = &l->goer[p];
    pel_vec3 from = point_at(l, p);
    double share = share_of(&g->of);
    int32_t h = g->half;
    g->cost = INFINITY;
    g->into = PEL__STAYS;
    g->stale = 0;
    do {
        int32_t to = l->corner[next_half(h)];
        double whole = cost_of(&g->of, pel__minus(point_at(l, to), from));
        float cost = (float)((whole + (double)l->goer[to].of.c) * share);
        bool first =
            cost < g->cost || (cost == g->cost && g->into >= 0 && l->name[to] < l->name[g->into]);
        if (first && !is_tried(l, g, cost, to)) {
            g->cost = cost;
            g->into = to;
        }
        h = l->twin[last_half(h)];
    } while (h != g->half);
}

/* ---- points that wait ---- */

static int32_t bucket_of(float cost)
{
    uint32_t bits;
    memcpy(&bits, &cost, sizeof bits);
    return (int32_t)(bits >> 19);
}

static void wait(lot *l, int32_t p)
{
    if (!(l->goer[p].kind & MOVES) || l->goer[p].cost > l->all->most || l->goer[p].cost == INFINITY)
        return;
    int32_t b = bucket_of(l->goer[p].cost);
    l->goer[p].kind |= WAITS;
    l->goer[p].next = l->head[b];
    l->head[b] = p;
    l->lowest = b < l->lowest ? b : l->lowest;
}

// the cheapest of those that wait; -1: none does
static int32_t take_cheapest(lot *l)
{
    while (l->lowest < BUCKETS && l->head[l->lowest] < 0)
        l->lowest++;
    if (l->lowest == BUCKETS)
        return -1;
    int32_t p = l->head[l->lowest];
    l->head[l->lowest] = l->goer[p].next;
    l->goer[p].kind &= (uint8_t)~WAITS;
    return p;
}

/* ---- one collapse ---- */

typedef struct ring {
    int count;
    int32_t half[PEL__MOST_RING], point[PEL__MOST_RING]; // counter-clockwise
} ring;

// around a point that moves, from the one it goes into
static bool find_ring(ring *out, const lot *l, int32_t p)
{
    int32_t start = l->goer[p].half;
    for (int n = 0; l->corner[next_half(start)] != l->goer[p].into; n++) {
        if (n == PEL__MOST_RING)
            return false;
        start = l->twin[last_half(start)];
    }
    int32_t h = start;
    out->count = 0;
    do {
        if (out->count == PEL__MOST_RING)
            return false;
        out->half[out->count] = h;
        out->point[out->count++] = l->corner[next_half(h)];
        h = l->twin[last_half(h)];
    } while (h != start);
    return true;
}

// whether one of the ring's points, but for the first `from` and those next to it, is in a list
static bool any_in(const ring *r, const int32_t *list, int count)
{
    for (int m = 2; m + 1 < r->count; m++)
        for (int n = 0; n < count; n++)
            if (list[n] == r->point[m])
                return true;
    return false;
}

// the link condition: the ends of the edge have only the two opposite corners as common neighbours
static bool keeps_topology(const lot *l, int32_t into, const ring *r)
{
    int32_t to[MOST_AROUND + 2];
    if (r->count == 3) {
        // a lid that is there already
        int32_t beyond = l->twin[next_half(r->half[1])];
        if (beyond == PEL__TANGLED || (beyond >= 0 && l->corner[last_half(beyond)] == into))
            return false;
    }
    if (!(l->goer[into].kind & ODD)) {
        int count = find_fan(to, l, into);
        return count > 0 && count + r->count <= MOST_AROUND && !any_in(r, to, count);
    }
    for (int m = 2; m + 1 < r->count; m++) {
        int count = l->goer[r->point[m]].kind & ODD ? -1 : find_fan(to, l, r->point[m]);
        if (count < 0)
            return false;
        for (int n = 0; n < count; n++)
            if (to[n] == into)
                return false;
    }
    return true;
}

// how far the surface moves, mm; NaN: not that way
static double lift_of(const lot *l, int32_t p, const ring *r)
{
    pel__disk disk;
    pel_vec3 at[PEL__MOST_RING], from = point_at(l, p);
    for (int n = 0; n < r->count; n++)
        at[n] = pel__minus(point_at(l, r->point[n]), from);
    return pel__disk_look(&disk, at, r->count) ? pel__disk_lift(&disk) : NAN;
}

// where points are watched: the new triangles go through none that is there
static bool is_clear(const lot *l, int32_t p, const ring *r)
{
    const uint8_t *watch = l->all->watch;
    int32_t corner[PEL__MOST_RING][3];
    bool watched = watch && watch[l->name[p]];
    for (int n = 0; watch && n < r->count; n++)
        watched |= watch[l->name[r->point[n]]];
    if (!watched)
        return true;
    for (int n = 1; n + 1 < r->count; n++) {
        const int32_t point[3] = { r->point[0], r->point[n], r->point[n + 1] };
        for (int c = 0; c < 3; c++)
            corner[n - 1][c] = l->name[point[c]];
    }
    return !pel__near_meets(l->all->near, (const int32_t(*)[3])corner, r->count - 2, l->name[p]);
}

// the bound after p went its way; NaN: it may not
static float sum_after(const lot *l, int32_t p, const ring *r)
{
    float error = 0;
    if (!keeps_topology(l, l->goer[p].into, r))
        return NAN;
    for (int n = 0; n < r->count; n++)
        error = l->error[r->half[n] / 4] > error ? l->error[r->half[n] / 4] : error;
    // rounded up, so that the sum stays a bound
    float sum = nextafterf((float)((double)error + lift_of(l, p, r)), INFINITY);
    return (double)sum <= l->all->max_error && is_clear(l, p, r) ? sum : NAN;
}

static void join(lot *l, int32_t a, int32_t b)
{
    l->twin[a] = b;
    if (b >= 0)
        l->twin[b] = a;
}

// two triangles go, the others have another corner
static void draw_in(lot *l, int32_t into, const ring *r)
{
    int last = r->count - 1;
    int32_t right = r->half[1], left = last_half(r->half[last - 1]);
    join(l, right, l->twin[next_half(r->half[0])]);
    join(l, left, l->twin[next_half(r->half[last])]);
    for (int n = 1; n < last; n++)
        l->corner[r->half[n]] = into;
    l->corner[r->half[0] & ~3] = l->corner[r->half[last] & ~3] = DEAD;
    l->goer[into].half = right;
    l->goer[r->point[1]].half = next_half(right);
    l->goer[r->point[last]].half = left;
}

// the mesh itself, while what lies near is looked at
static void tell_mesh(const lot *l, const ring *r)
{
    for (int n = 0; n < r->count; n++) {
        int32_t t = l->triangle[r->half[n] / 4], *c = l->all->mesh->triangle[t];
        const int32_t old[3] = { c[0], c[1], c[2] };
        int32_t into = l->corner[r->half[n] & ~3] == DEAD ? -1 : l->name[l->corner[r->half[n]]];
        c[into < 0 ? 0 : r->half[n] & 3] = into;
        if (into >= 0)
            pel__near_add(l->all->near, t, old);
    }
}

static void collapse(lot *l, int32_t p, const ring *r, float sum)
{
    int32_t into = l->goer[p].into, to[MOST_AROUND + 2];
    draw_in(l, into, r);
    if (l->all->near)
        tell_mesh(l, r);
    for (int n = 0; n < r->count; n++)
        l->error[r->half[n] / 4] = sum;
    pel__quadric_add(&l->goer[into].of, &l->goer[p].of,
                     pel__minus(point_at(l, into), point_at(l, p)));
    l->goer[p].kind = GONE;
    l->gone++;
    // what lies around it sees its quadric
    int count = l->goer[into].kind & ODD ? 0 : find_fan(to, l, into);
    for (int n = 0; n < count; n++)
        if (is_here(l, to[n]))
            l->goer[to[n]].stale = 1;
    for (int n = 0; n < r->count; n++) {
        int32_t near = r->point[n];
        bool again = l->goer[near].tried >= 0 && !(l->goer[near].kind & WAITS);
        l->goer[near].stale = 1;
        l->goer[near].tried = -1;
        if (again && l->goer[near].kind & MOVES) {
            judge(l, near);
            wait(l, near);
        }
    }
}

// its way, or else the next one is looked for
static void go(lot *l, int32_t p)
{
    ring r;
    float sum = l->goer[p].into >= 0 && find_ring(&r, l, p) ? sum_after(l, p, &r) : NAN;
    if (!isnan(sum)) {
        collapse(l, p, &r, sum);
        return;
    }
    if (l->goer[p].into < 0)
        return;
    l->goer[p].tried = l->goer[p].cost;
    l->goer[p].tried_to = l->name[l->goer[p].into];
    judge(l, p);
    wait(l, p);
}

static void collapse_cheapest(lot *l, int64_t quota)
{
    l->lowest = BUCKETS;
    memset(l->head, 0xff, BUCKETS * sizeof *l->head);
    for (int32_t p = l->points - 1; p >= 0; p--)
        wait(l, p);
    while (l->gone < quota) {
        int32_t p = take_cheapest(l), bucket = l->lowest;
        if (p < 0)
            break;
        if (l->goer[p].into < 0 || l->goer[p].stale)
            judge(l, p);
        if (l->goer[p].cost <= l->all->most && bucket_of(l->goer[p].cost) <= bucket)
            go(l, p);
        else
            wait(l, p);
    }
}

/* ---- a lot back into the mesh ---- */

static void put_points(const lot *l)
{
    for (int32_t p = 0; p < l->points; p++) {
        pel__goer *to = &l->all->goer[l->name[p]];
        bool gone = l->goer[p].kind & GONE;
        *to = l->goer[p];
        to->into = gone ? l->name[to->into] : PEL__STAYS;
        l->all->cost[l->name[p]] = to->cost;
    }
}

// those with all corners in it
static void put_triangles(const lot *l)
{
    for (int32_t t = 0; t < l->triangles; t++) {
        int32_t *to = l->all->mesh->triangle[l->triangle[t]];
        const int32_t *from = l->corner + 4 * t;
        bool dead = from[0] == DEAD;
        if (!dead && !(is_here(l, from[0]) && is_here(l, from[1]) && is_here(l, from[2])))
            continue;
        l->all->error[l->triangle[t]] = l->error[t];
        for (int c = 0; c < 3; c++)
            to[c] = dead ? -1 : l->name[from[c]];
    }
}

/* ---- the whole ---- */

static void add_planes(lot *l, int32_t p)
{
    l->goer[p].of = (pel__quadric){ .c = 0 };
    for (int32_t n = l->first[p]; n < l->first[p + 1]; n++) {
        pel_vec3 area = pel__mesh_cross(l->all->mesh, l->triangle[l->list[n] / 4]);
        double length = pel__length(area);
        if (length > 0)
            pel__quadric_plane(&l->goer[p].of, pel__scale(area, 1 / length), length / 2);
    }
}

// no plane around a neighbour is off the neighbour itself yet
static float judge_first(const lot *l, int32_t p)
{
    const pel_mesh *mesh = l->all->mesh;
    pel_vec3 from = point_at(l, p);
    double share = share_of(&l->goer[p].of);
    float least = INFINITY;
    for (int32_t n = l->first[p]; n < l->first[p + 1]; n++) {
        int32_t h = next_half(l->list[n]);
        pel_vec3 to = pel__mesh_point(mesh, mesh->triangle[l->triangle[h / 4]][h & 3]);
        float cost = (float)(cost_of(&l->goer[p].of, pel__minus(to, from)) * share);
        least = cost < least ? cost : least;
    }
    return least;
}

pel_status pel__lot_start(void *reducing, int64_t number)
{
    lot l;
    pel__reducing *all = reducing;
    pel_status s = new_lot(&l, all, number);
    if (s != PEL_OK)
        return s;
    take_triangles(&l, number);
    for (int32_t p = 0; p < l.points; p++) {
        pel__goer *g = &l.goer[p];
        *g = (pel__goer){ .tried = -1, .tried_to = -1, .into = PEL__STAYS, .stale = 1 };
        memcpy(g->at, all->mesh->point_mm[l.name[p]], sizeof g->at);
        add_planes(&l, p);
        g->held = all->held[l.name[p]];
        g->cost = all->cost[l.name[p]] = judge_first(&l, p);
        all->goer[l.name[p]] = *g;
    }
    free_lot(&l);
    return PEL_OK;
}

pel_status pel__lot_run(void *reducing, int64_t number)
{
    lot l;
    pel__reducing *all = reducing;
    pel_status s = new_lot(&l, all, number);
    if (s != PEL_OK)
        return s;
    take_lot(&l, number);
    collapse_cheapest(&l, all->quota[number]);
    put_points(&l);
    put_triangles(&l);
    all->gone[number] = l.gone;
    free_lot(&l);
    return PEL_OK;
}
