/* SPDX-License-Identifier: Apache-2.0 */
/* skeleton.c: centre lines with radii: chains of a thinned mask, brought to the middle between the
 * walls that the values show. */
#include <math.h>
#include <stdlib.h>

#include <pellucid/surface.h>

#include "base/exact.h"
#include "base/job.h"
#include "base/maths.h"
#include "base/memory.h"
#include "base/status.h"
#include "surface/graph.h"
#include "volume/volume.h"

enum { PAIRS = 8, PASSES = 3, FEWEST = 4 }; /* of rays across, one each way; those that must meet */

typedef struct tracing {
    const pel_skeleton_input *in;
    pel_affine ijk_from_mm;
    double edge_mm; // the smallest
    double sign;    // -1 where vessels are dark
    pel__graph graph;
    pel_lines *lines;
    pel_vec3 *turned; // as many as points: where they go next
} tracing;

static pel_vec3 at_of(const pel_line_point *p)
{
    return (pel_vec3){ p->mm[0], p->mm[1], p->mm[2] };
}

static void put(pel_line_point *p, pel_vec3 at)
{
    p->mm[0] = at.x;
    p->mm[1] = at.y;
    p->mm[2] = at.z;
}

/* ---- from voxels to points ---- */

static pel_vec3 voxel_mm(const tracing *t, int64_t n)
{
    const int64_t *d = t->graph.dims, place = t->graph.voxel[n];
    pel_vec3 ijk = { (double)(place % d[0]), (double)(place / d[0] % d[1]),
                     (double)(place / d[0] / d[1]) };
    return pel_affine_point(pel__volume_affine(t->in->thin), ijk);
}

// the middle of each node's voxels
static pel_status node_middles(const tracing *t, pel_vec3 **out)
{
    const pel__graph *g = &t->graph;
    double *count;
    pel_status s = pel__alloc_zero(out, g->nodes + 1, sizeof **out, "a skeleton");
    if (s != PEL_OK)
        return s;
    s = pel__alloc_zero(&count, g->nodes + 1, sizeof *count, "a skeleton");
    for (int64_t n = 0; s == PEL_OK && n < g->count; n++)
        if (g->alive[n] && g->node[n] >= 0) {
            (*out)[g->node[n]] = pel__plus((*out)[g->node[n]], voxel_mm(t, n));
            count[g->node[n]]++;
        }
    for (int64_t n = 0; s == PEL_OK && n < g->nodes; n++)
        if (count[n] > 0)
            (*out)[n] = pel__scale((*out)[n], 1 / count[n]);
    pel__free(count);
    return s;
}

// nodes that are left, from 0 on
static pel_status number_nodes(const pel__graph *g, int64_t **out, int64_t *nodes)
{
    pel_status s = pel__alloc(out, g->nodes + 1, sizeof **out, "a skeleton");
    *nodes = 0;
    for (int64_t n = 0; s == PEL_OK && n < g->nodes; n++)
        (*out)[n] = -1;
    for (int64_t c = 0; s == PEL_OK && c < g->chains; c++) {
        int64_t ends[] = { g->chain[c].from, g->chain[c].to };
        for (int e = 0; e < 2; e++)
            if ((*out)[ends[e]] < 0)
                (*out)[ends[e]] = (*nodes)++;
    }
    return s;
}

static pel_status fill_points(tracing *t)
{
    const pel__graph *g = &t->graph;
    const float *radius = t->in->distance_mm->data;
    pel_vec3 *middle = NULL;
    int64_t *number = NULL, points = 0, nodes;
    for (int64_t c = 0; c < g->chains; c++)
        points += g->chain[c].count;
    pel_status s = pel_lines_new(t->lines, points, g->chains);
    if (s == PEL_OK)
        s = node_middles(t, &middle);
    if (s == PEL_OK)
        s = number_nodes(g, &number, &nodes);
    points = 0;
    for (int64_t c = 0; s == PEL_OK && c < g->chains; c++) {
        const pel__chain_of *chain = &g->chain[c];
        pel_branch *b = &t->lines->branch[c];
        *b = (pel_branch){ .first = points,
                           .count = chain->count,
                           .from = number[chain->from],
                           .to = number[chain->to] };
        for (int64_t n = 0; n < chain->count; n++) {
            int64_t voxel = g->list[chain->first + n];
            pel_line_point *p = &t->lines->point[points++];
            bool end = n == 0 || n + 1 == chain->count;
            put(p, end ? middle[n ? chain->to : chain->from] : voxel_mm(t, voxel));
            // from the middle of a voxel to the wall, not to the middle of the next one outside
            p->radius_mm =
                fmax((double)radius[g->voxel[voxel]] - 0.5 * t->edge_mm, 0.5 * t->edge_mm);
        }
    }
    t->lines->nodes = s == PEL_OK ? nodes : 0;
    t->lines->oriented = t->in->thin->oriented;
    pel__free(middle);
    pel__free(number);
    return s;
}

/* ---- to the middle ---- */

static double value_at(const tracing *t, pel_vec3 at)
{
    pel_vec3 ijk = pel_affine_point(t->ijk_from_mm, at);
    return t->sign * pel_volume_sample(t->in->values, ijk);
}

// how far the wall is along a ray; NaN: not within `most`
static double wall(const tracing *t, pel_vec3 from, pel_vec3 way, double most)
{
    double step = 0.25 * t->edge_mm, level = t->sign * t->in->level;
    double before = value_at(t, from) - level;
    for (double far = step; before > 0 && far <= most; far += step) {
        double now = value_at(t, pel__plus(from, pel__scale(way, far))) - level;
        if (!(now > 0))
            return isnan(now) ? NAN : far - step * now / (now - before);
        before = now;
    }
    return NAN;
}

static void across(pel_vec3 along, pel_vec3 *u, pel_vec3 *v)
{
    double x = fabs(along.x), y = fabs(along.y), z = fabs(along.z);
    pel_vec3 least = { x <= y && x <= z, !(x <= y && x <= z) && y <= z,
                       !(x <= y && x <= z) && y > z };
    *u = pel__unit(pel__cross(along, least));
    *v = pel__cross(along, *u);
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return x < y ? -1 : x > y;
}

// pairs of rays that meet walls on both sides: half their width is the radius (the middle one of
// all), half their difference is how far off the middle this is
static bool look_across(const tracing *t, const pel_line_point *p, pel_vec3 along, pel_vec3 *shift,
                        double *radius)
{
    double half[PAIRS], most = 2.5 * p->radius_mm + 2 * t->edge_mm;
    pel_vec3 u, v, at = at_of(p);
    int met = 0;
    across(along, &u, &v);
    *shift = (pel_vec3){ 0 };
    for (int r = 0; r < PAIRS; r++) {
        double degrees = 180.0 * r / PAIRS;
        pel_vec3 way = pel__plus(pel__scale(u, pel__cos_degrees(degrees)),
                                 pel__scale(v, pel__sin_degrees(degrees)));
        double there = wall(t, at, way, most), back = wall(t, at, pel__scale(way, -1), most);
        if (isnan(there) || isnan(back))
            continue;
        *shift = pel__plus(*shift, pel__scale(way, there - back));
        half[met++] = 0.5 * (there + back);
    }
    if (met < FEWEST)
        return false;
    *shift = pel__scale(*shift, 1.0 / met);
    qsort(half, (size_t)met, sizeof *half, by_value);
    *radius = 0.5 * (half[(met - 1) / 2] + half[met / 2]);
    return true;
}

// where no walls are met, as by veins thinner than a voxel: to the tops of parabolas across
static pel_vec3 look_up(const tracing *t, pel_vec3 at, pel_vec3 along)
{
    pel_vec3 way[2], shift = { 0 };
    double h = t->edge_mm, here = value_at(t, at);
    across(along, &way[0], &way[1]);
    for (int r = 0; r < 2; r++) {
        double there = value_at(t, pel__plus(at, pel__scale(way[r], h)));
        double back = value_at(t, pel__minus(at, pel__scale(way[r], h)));
        double bend = 2 * here - there - back;
        if (bend > 0)
            shift = pel__plus(
                shift,
                pel__scale(way[r], fmin(fmax(0.5 * h * (there - back) / bend, -0.5 * h), 0.5 * h)));
    }
    return shift;
}

static pel_vec3 direction(const pel_line_point *p, int64_t n, int64_t count)
{
    int64_t a = n > 2 ? n - 2 : 0, b = n + 2 < count ? n + 2 : count - 1;
    return pel__unit(pel__minus(at_of(&p[b]), at_of(&p[a])));
}

// all points of a branch but those of its nodes
static pel_status centre_branch(void *user, int64_t number)
{
    const tracing *t = user;
    const pel_branch *b = &t->lines->branch[number];
    pel_line_point *p = t->lines->point + b->first;
    pel_vec3 *turned = t->turned + b->first, shift;
    for (int pass = 0; pass < PASSES; pass++) {
        for (int64_t n = 1; n + 1 < b->count; n++) {
            turned[n] = at_of(&p[n]);
            pel_vec3 along = direction(p, n, b->count);
            double radius, far;
            // once, as beside brighter tissue there is no top to come to
            if (look_across(t, &p[n], along, &shift, &radius))
                p[n].radius_mm = radius;
            else
                shift = pass == 0 ? look_up(t, turned[n], along) : (pel_vec3){ 0 };
            far = pel__length(shift);
            shift = far > t->edge_mm ? pel__scale(shift, t->edge_mm / far) : shift;
            turned[n] = pel__plus(turned[n], shift);
        }
        for (int64_t n = 1; n + 1 < b->count; n++)
            put(&p[n], turned[n]);
    }
    return PEL_OK;
}

// a node goes as far as the points next to it have gone, on the average
static pel_status move_nodes(const tracing *t)
{
    const pel__graph *g = &t->graph;
    pel_vec3 *way;
    double *count;
    pel_status s = pel__alloc_zero(&way, t->lines->nodes + 1, sizeof *way, "a skeleton");
    if (s != PEL_OK)
        return s;
    s = pel__alloc_zero(&count, t->lines->nodes + 1, sizeof *count, "a skeleton");
    for (int pass = 0; pass < 2 && s == PEL_OK; pass++)
        for (int64_t n = 0; n < t->lines->branches; n++) {
            const pel_branch *b = &t->lines->branch[n];
            pel_line_point *p = t->lines->point + b->first;
            for (int end = 0; end < 2; end++) {
                int64_t node = end ? b->to : b->from, next = end ? b->count - 2 : 1;
                pel_line_point *at = &p[end ? b->count - 1 : 0];
                if (pass == 1 && count[node] > 0)
                    put(at, pel__plus(at_of(at), pel__scale(way[node], 1 / count[node])));
                if (pass == 1 || b->count < 3)
                    continue;
                pel_vec3 was = voxel_mm(t, g->list[g->chain[n].first + next]);
                way[node] = pel__plus(way[node], pel__minus(at_of(&p[next]), was));
                count[node]++;
            }
        }
    pel__free(way);
    pel__free(count);
    return s;
}

// a quarter, a half, a quarter: noise of single points goes, bends stay
static pel_status smooth_branch(void *user, int64_t number)
{
    const tracing *t = user;
    const pel_branch *b = &t->lines->branch[number];
    pel_line_point *p = t->lines->point + b->first;
    pel_vec3 *turned = t->turned + b->first;
    double before = b->count > 2 ? p[1].radius_mm : 0;
    for (int64_t n = 1; n + 1 < b->count; n++) {
        pel_vec3 sides = pel__plus(at_of(&p[n - 1]), at_of(&p[n + 1]));
        turned[n] = pel__plus(pel__scale(at_of(&p[n]), 0.5), pel__scale(sides, 0.25));
    }
    for (int64_t n = 1; n + 1 < b->count; n++) {
        put(&p[n], turned[n]);
        double next = n + 2 < b->count ? p[n + 1].radius_mm : p[n].radius_mm;
        double here = p[n].radius_mm;
        p[n].radius_mm = 0.25 * (before + next) + 0.5 * here;
        before = here;
    }
    // at a node nothing can be measured across
    if (b->count > 2) {
        p[0].radius_mm = p[1].radius_mm;
        p[b->count - 1].radius_mm = p[b->count - 2].radius_mm;
    }
    return PEL_OK;
}

/* ---- all of it ---- */

static pel_status check(const pel_skeleton_input *in)
{
    const pel_volume *all[] = { in->thin, in->distance_mm, in->values };
    pel_status s = PEL_OK;
    for (int n = 0; n < 3 && s == PEL_OK; n++) {
        s = pel__volume_check_shape(all[n], "a volume");
        for (int a = 0; a < 3 && s == PEL_OK; a++)
            if (all[n]->dims[a] != in->thin->dims[a])
                s = pel__fail(PEL_EPARAM, "the volumes of a skeleton have different grids");
    }
    if (s == PEL_OK && (in->thin->dtype != PEL_UINT8 || in->distance_mm->dtype != PEL_FLOAT32))
        s = pel__fail(PEL_EPARAM, "a skeleton wants what pel_thin() and pel_distance() made");
    return s;
}

pel_status pel_skeleton(pel_lines *out, const pel_skeleton_input *in)
{
    tracing t = { .in = in, .sign = in->dark ? -1 : 1, .lines = out };
    *out = (pel_lines){ 0 };
    pel_status s = check(in);
    if (s != PEL_OK)
        return s;
    pel_vec3 mm = pel_volume_spacing_mm(in->thin);
    t.edge_mm = fmin(mm.x, fmin(mm.y, mm.z));
    if (!pel_affine_invert(&t.ijk_from_mm, pel__volume_affine(in->thin)))
        return pel__fail(PEL_EDATA, "its voxels have no size; set --spacing");
    s = pel__graph_of(&t.graph, in->thin);
    if (s == PEL_OK)
        s = pel__graph_prune(&t.graph, in->distance_mm);
    if (s == PEL_OK)
        s = fill_points(&t);
    if (s == PEL_OK)
        s = pel__alloc(&t.turned, out->points + 1, sizeof *t.turned, "a skeleton");
    if (s == PEL_OK)
        s = pel__parallel(out->branches, centre_branch, &t, "centre lines");
    if (s == PEL_OK)
        s = move_nodes(&t);
    if (s == PEL_OK)
        s = pel__parallel(out->branches, smooth_branch, &t, NULL);
    pel__graph_free(&t.graph);
    pel__free(t.turned);
    if (s == PEL_OK)
        pel_lines_measure(out);
    else
        pel_lines_free(out);
    return s;
}
