/* SPDX-License-Identifier: Apache-2.0 */
/* measure.c: how wrong a flat map is, from the map and its way back alone. */
#include "flatten/measure.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/exact.h"
#include "base/job.h"
#include "base/maths.h"
#include "base/memory.h"
#include "base/orient.h"
#include "base/status.h"
#include "base/text.h"
#include "flatten/pairs.h"
#include "flatten/raster.h"
#include "flatten/strain.h"
#include "mesh/mesh.h"

/* ---- the way back ---- */

pel_status pel__way_back_of(pel__way_back *out, const pel_mesh *flat)
{
    const pel_array *whole = pel_mesh_find(flat, PEL_FLAT_SURFACE);
    for (int c = 0; c < 3; c++) {
        char name[64];
        snprintf(name, sizeof name, "%s_%d", PEL_FLAT_SURFACE, c);
        bool one = whole && whole->channels == 3;
        out->array[c] = one ? whole : pel_mesh_find(flat, name);
        out->channel[c] = one ? c : 0;
        if (!out->array[c] || out->array[c]->per_triangle)
            return pel__fail(
                PEL_EDATA,
                "is no flat map: its points do not say where they were (" PEL_FLAT_SURFACE
                "); make it "
                "with pellucid flatten");
    }
    return PEL_OK;
}

pel_status pel__surface_of(pel_mesh *out, const pel_mesh *flat)
{
    pel__way_back way;
    *out = (pel_mesh){ 0 };
    pel_status s = pel__way_back_of(&way, flat);
    if (s == PEL_OK)
        s = pel_mesh_new(out, flat->points, flat->triangles);
    if (s != PEL_OK)
        return s;
    memcpy(out->triangle, flat->triangle, (size_t)flat->triangles * sizeof *flat->triangle);
    for (int64_t p = 0; p < flat->points; p++) {
        pel_vec3 at = pel__way_back_point(&way, p);
        out->point_mm[p][0] = (float)at.x;
        out->point_mm[p][1] = (float)at.y;
        out->point_mm[p][2] = (float)at.z;
    }
    return PEL_OK;
}

/* ---- spreads ---- */

typedef struct weighted {
    double value, weight;
} weighted;

static int by_value(const void *a, const void *b)
{
    double x = ((const weighted *)a)->value, y = ((const weighted *)b)->value;
    return (x > y) - (x < y);
}

static void spread_of(pel_flat_spread *out, weighted *list, int64_t count)
{
    static const double part[5] = { 0.05, 0.25, 0.5, 0.75, 0.95 };
    double weight = 0, square = 0, passed = 0;
    int next = 0;
    *out = (pel_flat_spread){ NAN, NAN, { NAN, NAN, NAN, NAN, NAN } };
    if (count == 0)
        return;
    qsort(list, (size_t)count, sizeof *list, by_value);
    for (int64_t i = 0; i < count; i++) {
        weight += list[i].weight;
        square += list[i].weight * list[i].value * list[i].value;
    }
    for (int64_t i = 0; i < count; i++) {
        passed += list[i].weight;
        while (next < 5 && (passed >= part[next] * weight || i == count - 1))
            out->percentile[next++] = list[i].value;
    }
    out->rms = sqrt(square / weight);
    double lo = list[0].value, hi = list[count - 1].value;
    out->worst = -lo > hi ? lo : hi;
}

/* ---- triangles ---- */

typedef struct measuring {
    const pel_mesh *flat;
    pel__patch patch; // of the surface
    pel__surface_walk walk;
    bool round; // on a sphere
    double radius_mm;
    pel_flat_report *out;
} measuring;

static pel_vec3 flat_point(const measuring *m, int64_t p)
{
    return pel__mesh_point(m->flat, m->patch.from[p]);
}

// a triangle of the map laid into its own plane, and whether it is turned over
static bool flat_map(double map[4], const measuring *m, int64_t t)
{
    const int32_t *c = m->patch.mesh.triangle[t];
    pel_vec3 a = flat_point(m, c[0]), b = flat_point(m, c[1]), d = flat_point(m, c[2]);
    const double pa[2] = { a.x, a.y }, pb[2] = { b.x, b.y }, pd[2] = { d.x, d.y };
    if (!m->round) {
        pel__strain_map(map, m->patch.frame[t], pa, pb, pd);
        return pel__orient(pa, pb, pd) <= 0;
    }
    pel_vec3 ab = pel__minus(b, a), ad = pel__minus(d, a), across = pel__cross(ab, ad);
    double length = pel__length(ab), along = length > 0 ? pel__dot(ab, ad) / length : 0;
    const double qa[2] = { 0, 0 }, qb[2] = { length, 0 },
                 qd[2] = { along, length > 0 ? pel__length(across) / length : 0 };
    pel__strain_map(map, m->patch.frame[t], qa, qb, qd);
    return pel__dot(across, a) <= 0;
}

static void measure_triangles(measuring *m, weighted *area, weighted *angle)
{
    pel_flat_report *r = m->out;
    double lowest = INFINITY, highest = 0;
    for (int64_t t = 0; t < r->triangles; t++) {
        double map[4], stretch[2], weight = m->patch.area[t];
        r->flips += flat_map(map, m, t);
        pel__strain_stretch(stretch, map);
        // a turned triangle is measured as its mirror image; one without an area by its least
        double least = fmax(fabs(stretch[1]), 1e-12), most = fmax(stretch[0], 1e-12);
        area[t] = (weighted){ pel__log(least * most), weight };
        angle[t] = (weighted){ pel__log(most / least), weight };
        r->flat_mm2 += least * most * weight;
        lowest = fmin(lowest, least);
        highest = fmax(highest, most);
    }
    r->least_stretch = lowest;
    r->most_stretch = highest;
    r->spread = pel__log(highest / lowest);
    spread_of(&r->area, area, r->triangles);
    spread_of(&r->angle, angle, r->triangles);
}

static double flat_distance(const measuring *m, int64_t p, int64_t q)
{
    pel_vec3 a = flat_point(m, p), b = flat_point(m, q);
    if (!m->round)
        return pel__length(pel__minus(a, b));
    return m->radius_mm * pel__angle(pel__dot(a, b), pel__length(pel__cross(a, b)));
}

static void measure_edges(measuring *m, weighted *list)
{
    int64_t count = 0;
    for (int64_t h = 0; h < 3 * m->out->triangles; h++) {
        int32_t p = pel__half_from(&m->patch.mesh, (int32_t)h),
                q = pel__half_from(&m->patch.mesh, pel__next_half((int32_t)h));
        double mm = pel__length(pel__minus(flat_point(m, p), flat_point(m, q)));
        list[count++] = (weighted){ mm / m->patch.edge[h] - 1, 1 };
    }
    spread_of(&m->out->edge, list, count);
}

static pel_status measure_distances(measuring *m)
{
    pel__pairs pairs;
    weighted *list = NULL;
    int64_t count = 0;
    pel_flat_report *r = m->out;
    // seed 2: other pairs than those the map was made with
    const pel__pairs_draw draw = { 5, 25, 20, 100000 + 20 * r->points, 2 };
    pel_status s = pel__pairs_new(&pairs, &m->patch, &m->walk, &draw);
    if (s == PEL_OK)
        s = pel__alloc(&list, pairs.count, sizeof *list, "distances");
    double mean = 0, bias = 0;
    for (int64_t p = 0; s == PEL_OK && p < r->points; p++)
        for (int64_t i = pairs.first[p]; i < pairs.first[p + 1]; i++) {
            if (pairs.other[i] < p)
                continue;
            double off = flat_distance(m, p, pairs.other[i]) / pairs.mm[i] - 1;
            list[count++] = (weighted){ off, 1 };
            mean += fabs(off);
            bias += off;
        }
    if (s == PEL_OK) {
        spread_of(&r->distance, list, count);
        r->distance_pairs = count;
        r->distance_mean = count > 0 ? mean / (double)count : NAN;
        r->distance_bias = count > 0 ? bias / (double)count : NAN;
    }
    pel__free(list);
    pel__pairs_free(&pairs);
    return s;
}

/* ---- overlap ---- */

typedef struct coverage {
    int64_t width;
    uint8_t *times; // owned; 0, 1, 2: more
} coverage;

static void cover(void *user, int64_t t, int64_t column, int64_t row)
{
    (void)t;
    coverage *c = user;
    uint8_t *times = &c->times[row * c->width + column];
    *times = (uint8_t)(*times < 2 ? *times + 1 : 2);
}

static pel_status measure_overlap(measuring *m)
{
    pel_vec3 lo, hi;
    coverage c = { 0 };
    int64_t twice = 0;
    pel_mesh_bounds(m->flat, &lo, &hi);
    double box = fmax((hi.x - lo.x) * (hi.y - lo.y), 1e-12);
    pel__raster grid = pel__raster_around(m->flat, sqrt(box / 1e6) + 1e-9);
    c.width = grid.width;
    pel_status s = pel__alloc_zero(&c.times, grid.width * grid.height, 1, "the overlap's grid");
    if (s == PEL_OK)
        s = pel__raster_mesh(&grid, m->flat, cover, &c, "overlap");
    for (int64_t i = 0; s == PEL_OK && i < grid.width * grid.height; i++)
        twice += c.times[i] == 2;
    m->out->overlap_mm2 = (double)twice * grid.pixel_mm * grid.pixel_mm;
    pel__free(c.times);
    return s;
}

/* ---- what geometry allows ---- */

// the ln of most over least stretch that a cap of a sphere of this curvature in all cannot go below
// (Milnor 1969); below 0 the cap of the hyperbolic plane
static double bound_of(double total_curvature)
{
    double cosine = 1 - total_curvature / (2 * PEL_PI);
    if (cosine < -1)
        return INFINITY;
    if (fabs(1 - cosine) < 1e-12)
        return 0;
    if (cosine > 1) {
        double sine = sqrt(cosine * cosine - 1);
        return pel__log(sine / pel__log(cosine + sine));
    }
    double sine = sqrt(fmax(0, 1 - cosine * cosine));
    return sine > 0 ? pel__log(pel__angle(cosine, sine) / sine) : INFINITY;
}

static bool is_round(const pel_mesh *flat, double *radius_mm)
{
    double most = 0;
    for (int64_t p = 0; p < flat->points; p++) {
        most = fmax(most, fabs((double)flat->point_mm[p][2]));
        *radius_mm = pel__length(pel__mesh_point(flat, p));
    }
    return most > 0;
}

static pel_status measure_all(measuring *m)
{
    pel_flat_report *r = m->out;
    weighted *list = NULL;
    r->points = m->patch.mesh.points;
    r->triangles = m->patch.mesh.triangles;
    r->area_mm2 = m->patch.area_mm2;
    r->total_curvature = m->patch.total_curvature;
    r->bound = m->round ? 0 : bound_of(r->total_curvature);
    r->overlap_mm2 = NAN;
    pel_status s = pel__alloc(&list, 3 * r->triangles, sizeof *list, "a report");
    if (s == PEL_OK) {
        measure_triangles(m, list, list + r->triangles);
        measure_edges(m, list);
    }
    pel__free(list);
    if (s == PEL_OK)
        s = measure_distances(m);
    if (s == PEL_OK && !m->round)
        s = measure_overlap(m);
    return s;
}

pel_status pel_flat_measure(pel_flat_report *out, const pel_mesh *flat)
{
    measuring m = { .flat = flat, .out = out };
    pel_mesh surface;
    *out = (pel_flat_report){ 0 };
    m.round = is_round(flat, &m.radius_mm);
    pel_status s = pel__surface_of(&surface, flat);
    if (s == PEL_OK)
        s = pel__patch_new(&m.patch, &surface, NULL);
    if (s == PEL_OK)
        s = pel__surface_walk_new(&m.walk, &m.patch.mesh, m.patch.edge);
    if (s == PEL_OK)
        s = measure_all(&m);
    pel__surface_walk_free(&m.walk);
    pel__patch_free(&m.patch);
    pel_mesh_free(&surface);
    return s;
}

/* ---- as text ---- */

static void add_number(pel__text *to, const char *key, double value, const char *after)
{
    char text[32] = "null";
    if (isfinite(value))
        pel__format_number(text, value);
    pel__text_add(to, "\"%s\": %s%s", key, text, after);
}

static void add_spread(pel__text *to, const char *key, const pel_flat_spread *spread)
{
    static const char *const name[5] = { "p5", "p25", "p50", "p75", "p95" };
    pel__text_add(to, "\"%s\": {", key);
    add_number(to, "rms", spread->rms, ", ");
    add_number(to, "worst", spread->worst, ", ");
    for (int i = 0; i < 5; i++)
        add_number(to, name[i], spread->percentile[i], i < 4 ? ", " : "},\n ");
}

char *pel_flat_report_json(const pel_flat_report *r)
{
    pel__text to = { 0 };
    pel__text_add(&to, "{\"points\": %lld, \"triangles\": %lld, \"flips\": %lld,\n ",
                  (long long)r->points, (long long)r->triangles, (long long)r->flips);
    add_number(&to, "area_mm2", r->area_mm2, ", ");
    add_number(&to, "flat_mm2", r->flat_mm2, ", ");
    add_number(&to, "overlap_mm2", r->overlap_mm2, ",\n ");
    add_spread(&to, "area_log_ratio", &r->area);
    add_spread(&to, "angle_log_ratio", &r->angle);
    add_spread(&to, "edge_error", &r->edge);
    add_spread(&to, "distance_error", &r->distance);
    pel__text_add(&to, "\"distance_mm\": [5, 25], \"distance_pairs\": %lld, ",
                  (long long)r->distance_pairs);
    add_number(&to, "distance_mean_error", r->distance_mean, ", ");
    add_number(&to, "distance_bias", r->distance_bias, ",\n ");
    add_number(&to, "least_stretch", r->least_stretch, ", ");
    add_number(&to, "most_stretch", r->most_stretch, ", ");
    add_number(&to, "stretch_spread", r->spread, ", ");
    add_number(&to, "stretch_spread_bound", r->bound, ", ");
    add_number(&to, "total_curvature", r->total_curvature, "}");
    if (to.failed)
        pel__text_free(&to);
    return to.text;
}
