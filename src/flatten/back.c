/* SPDX-License-Identifier: Apache-2.0 */
/* back.c: from a flat map to the surface and the volume it came from, and from there to the map. */
#include <math.h>
#include <string.h>

#include <pellucid/flatten.h>

#include "base/maths.h"
#include "base/memory.h"
#include "base/orient.h"
#include "base/status.h"
#include "flatten/measure.h"
#include "mesh/mesh.h"

static int32_t label_at(const pel_volume *drawn, int64_t column, int64_t row)
{
    double v = pel_volume_at(drawn, column, row, 0);
    return (int32_t)pel__int_from(floor(v + 0.5), INT32_MIN, INT32_MAX);
}

static pel_status check_size(const pel_volume *drawn, int64_t width, int64_t height)
{
    if (drawn->dims[0] == width && drawn->dims[1] == height && drawn->dims[2] == 1)
        return PEL_OK;
    return pel__fail(PEL_EDATA,
                     "the drawing has %lld x %lld x %lld pixels, the map %lld x %lld; draw on the "
                     "map's own picture and give the same --pixel",
                     (long long)drawn->dims[0], (long long)drawn->dims[1],
                     (long long)drawn->dims[2], (long long)width, (long long)height);
}

pel_status pel_flatmap_to_surface(pel_mesh *out, const pel_mesh *flat, const pel_volume *drawn,
                                  const pel_flatmap_grid *grid)
{
    int32_t *label;
    *out = (pel_mesh){ 0 };
    pel_status s = check_size(drawn, grid->width, grid->height);
    if (s == PEL_OK)
        s = pel__surface_of(out, flat);
    if (s == PEL_OK)
        s = pel_mesh_add_array(out, "label", PEL_ARRAY_LABELS, false, 1, &label);
    for (int64_t p = 0; s == PEL_OK && p < flat->points; p++) {
        double x = ((double)flat->point_mm[p][0] - grid->left_mm) / grid->pixel_mm;
        double y = (grid->top_mm - (double)flat->point_mm[p][1]) / grid->pixel_mm;
        label[p] = label_at(drawn, pel__int_from(floor(x), 0, grid->width - 1),
                            pel__int_from(floor(y), 0, grid->height - 1));
    }
    out->oriented = true;
    if (s != PEL_OK)
        pel_mesh_free(out);
    return s;
}

// set the voxel that holds a point, if there is one without a label yet
static void set_voxel(pel_volume *out, pel_affine ijk_from_mm, pel_vec3 mm, int32_t label)
{
    const int64_t *n = out->dims;
    pel_vec3 at = pel_affine_point(ijk_from_mm, mm);
    int64_t i = pel__int_from(floor(at.x + 0.5), -1, n[0]),
            j = pel__int_from(floor(at.y + 0.5), -1, n[1]),
            k = pel__int_from(floor(at.z + 0.5), -1, n[2]);
    if (i < 0 || j < 0 || k < 0 || i >= n[0] || j >= n[1] || k >= n[2])
        return;
    int32_t *to = (int32_t *)out->data + (k * n[1] + j) * n[0] + i;
    *to = *to == 0 ? label : *to;
}

pel_status pel_flatmap_to_volume(pel_volume *out, const pel_mesh *places, const pel_volume *drawn,
                                 const pel_volume *like, const double depth_mm[2])
{
    pel_affine ijk_from_mm;
    const pel_array *pixel = pel_mesh_find(places, "pixel"),
                    *normals = pel_mesh_find(places, "normals");
    pel_vec3 edge = pel_volume_spacing_mm(like);
    *out = (pel_volume){ 0 };
    if (!pixel || !normals)
        return pel__fail(PEL_EPARAM, "the cloud is none of pel_flatmap()");
    pel_status s = pel_volume_like(out, like, PEL_INT32);
    if (s == PEL_OK && !pel_affine_invert(&ijk_from_mm, out->mm_from_ijk))
        s = pel__fail(PEL_EDATA, "the volume's grid is flat; it has no place in the world");
    double from = depth_mm ? depth_mm[0] : 0, to = depth_mm ? depth_mm[1] : 0;
    double steps = ceil((to - from) / (0.4 * fmin(edge.x, fmin(edge.y, edge.z))));
    for (int64_t p = 0; s == PEL_OK && p < places->points; p++) {
        int64_t at = ((const int32_t *)pixel->data)[p];
        int32_t label = label_at(drawn, at % drawn->dims[0], at / drawn->dims[0]);
        const float *n = (const float *)normals->data + 3 * p;
        const pel_vec3 along = { (double)n[0], (double)n[1], (double)n[2] };
        for (double step = 0; label != 0 && step <= steps; step++) {
            double depth = steps > 0 ? from + (to - from) * step / steps : from;
            set_voxel(out, ijk_from_mm,
                      pel__plus(pel__mesh_point(places, p), pel__scale(along, depth)), label);
        }
    }
    if (s != PEL_OK)
        pel_volume_free(out);
    return s;
}

/* ---- points ---- */

static pel_vec3 way_back_mix(const pel__way_back *way, const int32_t corner[3],
                             const double part[3])
{
    pel_vec3 sum = { 0 };
    for (int k = 0; k < 3; k++)
        sum = pel__plus(sum, pel__scale(pel__way_back_point(way, corner[k]), part[k]));
    return sum;
}

// parts of the corners at a point of the plane; false where the triangle does not cover it
static bool parts_within(double part[3], const pel_mesh *flat, int64_t t, const double at[2])
{
    const int32_t *c = flat->triangle[t];
    double p[3][2], sum = 0;
    for (int k = 0; k < 3; k++)
        for (int r = 0; r < 2; r++)
            p[k][r] = (double)flat->point_mm[c[k]][r];
    int side = pel__orient(p[0], p[1], p[2]);
    if (side == 0 || side * pel__orient(p[0], p[1], at) < 0 ||
        side * pel__orient(p[1], p[2], at) < 0 || side * pel__orient(p[2], p[0], at) < 0)
        return false;
    for (int k = 0; k < 3; k++) {
        const double *a = p[(k + 1) % 3], *b = p[(k + 2) % 3];
        part[k] = (a[0] - at[0]) * (b[1] - at[1]) - (a[1] - at[1]) * (b[0] - at[0]);
        sum += part[k];
    }
    for (int k = 0; k < 3; k++)
        part[k] /= sum;
    return true;
}

bool pel_flat_point_mm(pel_vec3 *out_mm, const pel_mesh *flat, double x_mm, double y_mm)
{
    pel__way_back way;
    const pel_array *height = pel_mesh_find(flat, PEL_FLAT_HEIGHT);
    const double at[2] = { x_mm, y_mm };
    double part[3], highest = -INFINITY;
    bool found = false;
    if (pel__way_back_of(&way, flat) != PEL_OK)
        return false;
    for (int64_t t = 0; t < flat->triangles; t++) {
        const int32_t *c = flat->triangle[t];
        if ((found && !height) || !parts_within(part, flat, t, at))
            continue;
        double here = 0;
        for (int k = 0; k < 3 && height; k++)
            here += part[k] * pel_array_get(height, c[k], 0);
        if (!found || here > highest) {
            *out_mm = way_back_mix(&way, c, part);
            highest = here;
        }
        found = true;
    }
    return found;
}

// parts of the corners at the point of a triangle nearest to p (Ericson 2005, by its regions)
static void nearest_parts(double part[3], pel_vec3 a, pel_vec3 b, pel_vec3 c, pel_vec3 p)
{
    pel_vec3 ab = pel__minus(b, a), ac = pel__minus(c, a), ap = pel__minus(p, a),
             bp = pel__minus(p, b), cp = pel__minus(p, c);
    double d1 = pel__dot(ab, ap), d2 = pel__dot(ac, ap), d3 = pel__dot(ab, bp),
           d4 = pel__dot(ac, bp), d5 = pel__dot(ab, cp), d6 = pel__dot(ac, cp);
    double va = d3 * d6 - d5 * d4, vb = d5 * d2 - d1 * d6, vc = d1 * d4 - d3 * d2, v = 0, w = 0;
    if (d1 <= 0 && d2 <= 0)
        v = w = 0;
    else if (d3 >= 0 && d4 <= d3)
        v = 1;
    else if (d6 >= 0 && d5 <= d6)
        w = 1;
    else if (vc <= 0 && d1 >= 0 && d3 <= 0)
        v = d1 / (d1 - d3);
    else if (vb <= 0 && d2 >= 0 && d6 <= 0)
        w = d2 / (d2 - d6);
    else if (va <= 0 && d4 - d3 >= 0 && d5 - d6 >= 0) {
        w = (d4 - d3) / ((d4 - d3) + (d5 - d6));
        v = 1 - w;
    } else {
        v = vb / (va + vb + vc);
        w = vc / (va + vb + vc);
    }
    part[0] = 1 - v - w;
    part[1] = v;
    part[2] = w;
}

pel_status pel_flat_nearest(double xy_mm[2], double *off_mm, const pel_mesh *flat,
                            pel_vec3 point_mm)
{
    pel__way_back way;
    pel_status s = pel__way_back_of(&way, flat);
    *off_mm = INFINITY;
    xy_mm[0] = xy_mm[1] = NAN;
    for (int64_t t = 0; s == PEL_OK && t < flat->triangles; t++) {
        const int32_t *c = flat->triangle[t];
        double part[3];
        nearest_parts(part, pel__way_back_point(&way, c[0]), pel__way_back_point(&way, c[1]),
                      pel__way_back_point(&way, c[2]), point_mm);
        double off = pel__length(pel__minus(way_back_mix(&way, c, part), point_mm));
        if (!(off < *off_mm))
            continue;
        *off_mm = off;
        for (int r = 0; r < 2; r++)
            xy_mm[r] = (double)flat->point_mm[c[0]][r] * part[0] +
                       (double)flat->point_mm[c[1]][r] * part[1] +
                       (double)flat->point_mm[c[2]][r] * part[2];
    }
    return s;
}
