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
    double lo_mm[3], hi_mm[3];
    int32_t point; // one of its own
    bool gone;
} part;

static void measure(part *parts, const pel_mesh *mesh, const int32_t *part_of)
{
    for (int64_t t = 0; t < mesh->triangles; t++) {
        const int32_t *c = mesh->triangle[t];
        part *p = &parts[part_of[c[0]]];
        if (p->point < 0) {
            p->point = c[0];
            for (int a = 0; a < 3; a++)
                p->lo_mm[a] = p->hi_mm[a] = (double)mesh->point_mm[c[0]][a];
        }
        // from a point of the part, so that small parts far away keep their digits
        pel_vec3 from = pel__mesh_point(mesh, p->point);
        p->volume_mm3 +=
            pel__dot(pel__minus(pel__mesh_point(mesh, c[0]), from), pel__mesh_cross(mesh, t)) / 6;
        for (int n = 0; n < 3; n++)
            for (int a = 0; a < 3; a++) {
                double x = (double)mesh->point_mm[c[n]][a];
                p->lo_mm[a] = fmin(p->lo_mm[a], x);
                p->hi_mm[a] = fmax(p->hi_mm[a], x);
            }
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

static bool box_holds(const part *p, const double at[3])
{
    for (int a = 0; a < 3; a++)
        if (at[a] < p->lo_mm[a] || at[a] > p->hi_mm[a])
            return false;
    return true;
}

// cavities go; and bodies inside of a cavity
static void drop_inner(part *parts, int64_t count, const pel_mesh *mesh, const int32_t *part_of)
{
    for (int64_t n = 0; n < count; n++) {
        if (parts[n].volume_mm3 >= 0)
            continue;
        parts[n].gone = true;
        for (int64_t m = 0; m < count; m++) {
            const float *p = mesh->point_mm[parts[m].point];
            double at[3] = { (double)p[0], (double)p[1], (double)p[2] };
            int meets = 0;
            if (parts[m].gone || m == n || !box_holds(&parts[n], at))
                continue;
            for (int64_t t = 0; t < mesh->triangles; t++)
                if (part_of[mesh->triangle[t][0]] == n)
                    meets += ray_meets(mesh, t, at);
            parts[m].gone = meets & 1;
        }
    }
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
static void keep_with_cavities(part *parts, int64_t count, const pel_mesh *mesh,
                               const int32_t *part_of)
{
    int64_t best = 0;
    for (int64_t n = 1; n < count; n++)
        if (parts[n].volume_mm3 > parts[best].volume_mm3)
            best = n;
    for (int64_t n = 0; n < count; n++) {
        const float *p = mesh->point_mm[parts[n].point];
        double at[3] = { (double)p[0], (double)p[1], (double)p[2] };
        int meets = 0;
        if (n == best)
            continue;
        parts[n].gone = true;
        if (parts[n].volume_mm3 >= 0 || !box_holds(&parts[best], at))
            continue;
        for (int64_t t = 0; t < mesh->triangles; t++)
            if (part_of[mesh->triangle[t][0]] == best)
                meets += ray_meets(mesh, t, at);
        parts[n].gone = !(meets & 1);
    }
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
        if (params->largest && params->fill)
            keep_largest(parts, count);
        else if (params->largest)
            keep_with_cavities(parts, count, mesh, part_of);
        else
            drop_inner(parts, count, mesh, part_of);
        s = leave_out(mesh, parts, part_of);
    }
    pel__free(part_of);
    pel__free(parts);
    return pel__during(s, "parts");
}
