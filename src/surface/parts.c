/* SPDX-License-Identifier: Apache-2.0 */
/* parts.c: which parts of a surface stay: the largest, and none that lies within another. */
#include <math.h>

#include <pellucid/surface.h>

#include "base/maths.h"
#include "base/memory.h"
#include "base/params.h"
#include "base/status.h"
#include "mesh/mesh.h"

static const pel_param table[] = {
    PEL_SWITCH(pel_parts_params, largest, "keep the part that encloses most"),
    PEL_SWITCH(pel_parts_params, fill, "leave out cavities, and what lies within them"),
};
const pel_schema pel_parts_schema =
    PEL_SCHEMA(pel_parts_params, "parts", "which parts of a surface stay", table);

pel_parts_params pel_parts_defaults(void)
{
    pel_parts_params params;
    pel_schema_defaults(&pel_parts_schema, &params);
    return params;
}

/* one part of the surface */
typedef struct part {
    double volume_mm3; // below 0: it faces inward, around a cavity
    int32_t point;     // one of its own
    bool gone, odd;    // odd: a line has met it an odd number of times
} part;

static void measure(part *parts, const pel_mesh *mesh, const int32_t *part_of)
{
    for (int64_t t = 0; t < mesh->triangles; t++) {
        const int32_t *c = mesh->triangle[t];
        part *p = &parts[part_of[c[0]]];
        if (p->point < 0)
            p->point = c[0];
        // from a point of the part, so that small parts far away keep their digits
        pel_vec3 from = pel__mesh_point(mesh, p->point);
        p->volume_mm3 +=
            pel__dot(pel__minus(pel__mesh_point(mesh, c[0]), from), pel__mesh_cross(mesh, t)) / 6;
    }
}

// whether a ray from `at` along x passes through triangle t; edges belong to one of two triangles
static bool ray_meets(const pel_mesh *mesh, int64_t t, const double at[3])
{
    bool inside = false;
    pel_vec3 n = pel__mesh_cross(mesh, t), p = pel__mesh_point(mesh, mesh->triangle[t][0]);
    for (int c = 0; c < 3; c++) {
        const float *a = mesh->point_mm[mesh->triangle[t][c]],
                    *b = mesh->point_mm[mesh->triangle[t][(c + 1) % 3]];
        double ay = (double)a[1], az = (double)a[2], by = (double)b[1], bz = (double)b[2];
        if ((az > at[2]) != (bz > at[2]))
            inside ^= at[1] < ay + (at[2] - az) / (bz - az) * (by - ay);
    }
    // the plane's x where the ray's line meets it
    return inside && n.x != 0 && p.x - (n.y * (at[1] - p.y) + n.z * (at[2] - p.z)) / n.x > at[0];
}

/* ---- what lies within what ---- */

/* the triangles that lines along x may meet, by bins of y and z */
typedef struct bins {
    double from_mm[2], per_mm[2];
    int32_t side;   // bins along y and along z
    int64_t *first; // of bin b: list[first[b]] to list[first[b + 1] - 1]
    int32_t *list;
} bins;

static int32_t bin_at(const bins *b, int axis, double mm)
{
    return (int32_t)pel__int_from((mm - b->from_mm[axis]) * b->per_mm[axis], 0, b->side - 1);
}

// counts two places up when `list` is not there yet, else fills
static void put_in_bins(bins *b, const pel_mesh *mesh)
{
    for (int64_t t = 0; t < mesh->triangles; t++) {
        int32_t lo[2], hi[2];
        for (int a = 0; a < 2; a++) {
            const int32_t *c = mesh->triangle[t];
            double p = (double)mesh->point_mm[c[0]][a + 1], q = (double)mesh->point_mm[c[1]][a + 1],
                   r = (double)mesh->point_mm[c[2]][a + 1];
            lo[a] = bin_at(b, a, fmin(p, fmin(q, r)));
            hi[a] = bin_at(b, a, fmax(p, fmax(q, r)));
        }
        for (int32_t z = lo[1]; z <= hi[1]; z++)
            for (int32_t y = lo[0]; y <= hi[0]; y++) {
                int64_t *at = &b->first[(int64_t)z * b->side + y + 1];
                if (b->list)
                    b->list[(*at)++] = (int32_t)t;
                else
                    at[1]++;
            }
    }
}

static pel_status new_bins(bins *b, const pel_mesh *mesh)
{
    pel_vec3 lo, hi;
    pel_mesh_bounds(mesh, &lo, &hi);
    *b = (bins){ .from_mm = { lo.y, lo.z }, .side = 1 };
    while (b->side < 1024 && (int64_t)b->side * b->side * 4 < mesh->triangles)
        b->side *= 2;
    b->per_mm[0] = hi.y > lo.y ? b->side / (hi.y - lo.y) : 0;
    b->per_mm[1] = hi.z > lo.z ? b->side / (hi.z - lo.z) : 0;
    int64_t count = (int64_t)b->side * b->side;
    pel_status s = pel__alloc_zero(&b->first, count + 2, sizeof *b->first, "parts within parts");
    if (s != PEL_OK)
        return s;
    put_in_bins(b, mesh);
    for (int64_t n = 0; n < count; n++)
        b->first[n + 2] += b->first[n + 1];
    s = pel__alloc(&b->list, b->first[count + 1], sizeof *b->list, "parts within parts");
    if (s == PEL_OK)
        put_in_bins(b, mesh);
    return s;
}

/* a mesh, and which part each point is of */
typedef struct nest {
    const pel_mesh *mesh;
    const int32_t *part_of;
    part *parts;
    bins bins;
} nest;

/* what a point lies within: so many parts, so many of them cavities, and the one asked for or not
 */
typedef struct around {
    int64_t count, cavities;
    bool has;
} around;

// a line from a point of part m meets each wall that it lies within an odd number of times
static around look_around(const nest *w, int64_t m, int64_t part_wanted)
{
    const float *p = w->mesh->point_mm[w->parts[m].point];
    const double at[3] = { (double)p[0], (double)p[1], (double)p[2] };
    int64_t bin = (int64_t)bin_at(&w->bins, 1, at[2]) * w->bins.side + bin_at(&w->bins, 0, at[1]);
    around out = { 0 };
    for (int64_t n = w->bins.first[bin]; n < w->bins.first[bin + 1]; n++) {
        int32_t t = w->bins.list[n];
        int64_t other = w->part_of[w->mesh->triangle[t][0]];
        if (other == m || !ray_meets(w->mesh, t, at))
            continue;
        part *o = &w->parts[other];
        o->odd = !o->odd;
        int64_t by = o->odd ? 1 : -1;
        out.count += by;
        out.cavities += o->volume_mm3 < 0 ? by : 0;
        out.has ^= other == part_wanted;
    }
    // as it was, for the next
    for (int64_t n = w->bins.first[bin]; n < w->bins.first[bin + 1]; n++)
        w->parts[w->part_of[w->mesh->triangle[w->bins.list[n]][0]]].odd = false;
    return out;
}

// cavities go; and bodies inside of a cavity
static void drop_inner(const nest *w, int64_t count)
{
    for (int64_t n = 0; n < count; n++)
        w->parts[n].gone = w->parts[n].volume_mm3 < 0 || look_around(w, n, -1).cavities > 0;
}

static void keep_largest(part *parts, int64_t count)
{
    int64_t best = 0;
    for (int64_t n = 1; n < count; n++)
        if (fabs(parts[n].volume_mm3) > fabs(parts[best].volume_mm3))
            best = n;
    for (int64_t n = 0; n < count; n++)
        parts[n].gone |= n != best;
}

// cavities of the largest part are parts of their own: they stay with it unless filled
static void keep_with_cavities(const nest *w, int64_t count)
{
    int64_t best = 0;
    for (int64_t n = 1; n < count; n++)
        if (w->parts[n].volume_mm3 > w->parts[best].volume_mm3)
            best = n;
    for (int64_t n = 0; n < count; n++) {
        if (n == best)
            continue;
        w->parts[n].gone = true;
        if (w->parts[n].volume_mm3 >= 0)
            continue;
        // within another part too, it is that one's cavity
        around a = look_around(w, n, best);
        w->parts[n].gone = !a.has || a.count > 1;
    }
}

static pel_status choose(const pel_mesh *mesh, const int32_t *part_of, part *parts, int64_t count,
                         const pel_parts_params *params)
{
    nest w = { .mesh = mesh, .part_of = part_of, .parts = parts };
    if (params->largest && params->fill) {
        keep_largest(parts, count);
        return PEL_OK;
    }
    pel_status s = new_bins(&w.bins, mesh);
    if (s == PEL_OK && params->largest)
        keep_with_cavities(&w, count);
    else if (s == PEL_OK)
        drop_inner(&w, count);
    pel__free(w.bins.first);
    pel__free(w.bins.list);
    return s;
}

static pel_status leave_out(pel_mesh *mesh, const part *parts, const int32_t *part_of)
{
    uint8_t *points = NULL, *triangles = NULL;
    int32_t *number = NULL;
    pel_status s = pel__alloc_zero(&points, mesh->points, 1, "points that stay");
    if (s == PEL_OK)
        s = pel__alloc(&triangles, mesh->triangles, 1, "triangles that stay");
    if (s == PEL_OK)
        s = pel__alloc(&number, mesh->points, sizeof *number, "points that stay");
    if (s == PEL_OK) {
        for (int64_t p = 0; p < mesh->points; p++)
            points[p] = part_of[p] >= 0 && !parts[part_of[p]].gone;
        for (int64_t t = 0; t < mesh->triangles; t++)
            triangles[t] = points[mesh->triangle[t][0]];
        pel__mesh_keep(mesh, points, triangles, number);
        s = pel__mesh_resize(mesh, mesh->points, mesh->triangles);
    }
    pel__free(points);
    pel__free(triangles);
    pel__free(number);
    return s;
}

pel_status pel_parts(pel_mesh *mesh, const pel_parts_params *params)
{
    int32_t *part_of = NULL;
    part *parts = NULL;
    int64_t count;
    pel_status s = pel_schema_check(&pel_parts_schema, params);
    if (s != PEL_OK || mesh->triangles == 0 || (!params->largest && !params->fill))
        return s;
    s = pel__alloc(&part_of, mesh->points, sizeof *part_of, "the parts of a mesh");
    if (s == PEL_OK)
        s = pel_mesh_parts(part_of, &count, mesh);
    if (s == PEL_OK)
        s = pel__alloc_zero(&parts, count, sizeof *parts, "the parts of a mesh");
    if (s == PEL_OK) {
        for (int64_t n = 0; n < count; n++)
            parts[n].point = -1;
        measure(parts, mesh, part_of);
        s = choose(mesh, part_of, parts, count, params);
    }
    if (s == PEL_OK)
        s = leave_out(mesh, parts, part_of);
    pel__free(part_of);
    pel__free(parts);
    return pel__during(s, "parts");
}
