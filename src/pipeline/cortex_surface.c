/* SPDX-License-Identifier: Apache-2.0 */
/* cortex_surface.c: the hull of a brain, and the part of it that is laid flat. */
#include <math.h>

#include "base/maths.h"
#include "base/memory.h"
#include "base/status.h"
#include "mesh/mesh.h"
#include "pipeline/cortex.h"
#include "pipeline/even_border.h"
#include "volume/volume.h"

/* the hull's own grid, and how wide it is smoothed, so that flat maps are not folded by the noise
 * of a mask */
static const double GRID_MM = 2, SMOOTH_MM = 2, SPIKE_MM = 3;
/* what waves shorter than about 15 mm are taken off by: the terraces of a mask's voxels */
static const double PASS_BAND = 0.03;
enum { WAVE_STEPS = 60, MARGIN = 6, MOST_AXIS = 2048 };

/* ---- hull ---- */

// the box of the voxels that are set, in world mm
static pel_status box_of(double lo[3], double hi[3], const pel_volume *mask)
{
    double from[3] = { INFINITY, INFINITY, INFINITY }, to[3] = { -1, -1, -1 };
    for (int64_t k = 0; k < mask->dims[2]; k++)
        for (int64_t j = 0; j < mask->dims[1]; j++)
            for (int64_t i = 0; i < mask->dims[0]; i++) {
                double v = pel_volume_at(mask, i, j, k);
                const double at[3] = { (double)i, (double)j, (double)k };
                for (int a = 0; a < 3 && v != 0 && !isnan(v); a++) {
                    from[a] = fmin(from[a], at[a]);
                    to[a] = fmax(to[a], at[a]);
                }
            }
    if (to[0] < 0)
        return pel__fail(PEL_EDATA, "the mask of the brain is empty; give another one by --mask");
    for (int a = 0; a < 3; a++)
        lo[a] = INFINITY, hi[a] = -INFINITY;
    for (int c = 0; c < 8; c++) {
        pel_vec3 p = pel_affine_point(pel__volume_affine(mask),
                                      (pel_vec3){ c & 1 ? to[0] + 0.5 : from[0] - 0.5,
                                                  c & 2 ? to[1] + 0.5 : from[1] - 0.5,
                                                  c & 4 ? to[2] + 0.5 : from[2] - 0.5 });
        const double at[3] = { p.x, p.y, p.z };
        for (int a = 0; a < 3; a++) {
            lo[a] = fmin(lo[a], at[a]);
            hi[a] = fmax(hi[a], at[a]);
        }
    }
    return PEL_OK;
}

// cubes along the world's axes around what is set
static pel_status grid_around(pel_volume *out, const pel_volume *mask, double margin_mm)
{
    double lo[3], hi[3];
    *out =
        (pel_volume){ .dtype = PEL_UINT8, .mm_from_ijk = pel_affine_identity(), .oriented = true };
    pel_status s = box_of(lo, hi, mask);
    for (int a = 0; a < 3 && s == PEL_OK; a++) {
        double size = ceil((hi[a] - lo[a] + 2 * margin_mm) / GRID_MM) + 1;
        if (!(size < MOST_AXIS))
            s = pel__fail(PEL_EDATA,
                          "the brain is %.0f mm long; are its coordinates mm? say so "
                          "by --spacing",
                          hi[a] - lo[a]);
        else
            out->dims[a] = (int64_t)size;
        out->mm_from_ijk.m[a][a] = GRID_MM;
        out->mm_from_ijk.m[a][3] = lo[a] - margin_mm;
    }
    return s;
}

static pel_status morph(pel_volume *mask, int operation, double radius_mm)
{
    pel_volume out = { 0 };
    pel_morphology_params params = pel_morphology_defaults();
    params.operation = operation;
    params.radius = (pel_length){ radius_mm, PEL_MM };
    if (!(radius_mm > 0))
        return PEL_OK;
    pel_status s = pel_morphology(&out, mask, &params);
    pel_volume_free(mask);
    *mask = out;
    return s;
}

// furrows bridged, holes filled, spikes such as nerves taken off
static pel_status bridge(pel_volume *solid, double bridge_mm)
{
    pel_volume out = { 0 };
    pel_status s = morph(solid, PEL_CLOSE, bridge_mm);
    if (s == PEL_OK)
        s = pel_fill_holes(&out, solid);
    pel_volume_free(solid);
    *solid = out;
    return s == PEL_OK ? morph(solid, PEL_OPEN, SPIKE_MM) : s;
}

// how far within the solid a point lies, smoothed: 0 at a smooth surface
static pel_status smooth_depth(pel_volume *out, const pel_volume *solid)
{
    pel_volume depth = { 0 };
    pel_distance_params far = pel_distance_defaults();
    pel_gaussian_params blur = pel_gaussian_defaults();
    far.side = PEL_SIGNED;
    blur.sigma = (pel_length){ SMOOTH_MM, PEL_MM };
    pel_status s = pel_distance(&depth, solid, &far);
    if (s == PEL_OK)
        s = pel_gaussian(out, &depth, &blur);
    pel_volume_free(&depth);
    return s;
}

pel_status pel__cortex_hull(pel_mesh *out, const pel_volume *mask, double bridge_mm)
{
    pel_volume grid, solid = { 0 }, depth = { 0 }, placed = *mask;
    pel_resample_params nearest = pel_resample_defaults();
    pel_isosurface_params at_edge = pel_isosurface_defaults();
    pel_parts_params largest = pel_parts_defaults();
    at_edge.level = 0;
    pel_smooth_params waves = pel_smooth_defaults();
    largest.largest = largest.fill = true;
    waves.smooth = WAVE_STEPS;
    waves.pass_band = PASS_BAND;
    nearest.interp = PEL_NEAREST;
    *out = (pel_mesh){ 0 };
    // the grid is the hull's own, so it stands as the mask does whatever its axes are called
    placed.oriented = true;
    pel_status s = grid_around(&grid, mask, bridge_mm + MARGIN);
    if (s == PEL_OK)
        s = pel_resample(&solid, &placed, &grid, &nearest);
    if (s == PEL_OK)
        s = bridge(&solid, bridge_mm);
    if (s == PEL_OK)
        s = smooth_depth(&depth, &solid);
    pel_volume_free(&solid);
    if (s == PEL_OK)
        s = pel_isosurface(out, &depth, &at_edge);
    pel_volume_free(&depth);
    if (s == PEL_OK)
        s = pel_parts(out, &largest);
    if (s == PEL_OK)
        s = pel_smooth(out, NULL, &waves);
    out->oriented = mask->oriented;
    if (s == PEL_OK && out->triangles == 0)
        s = pel__fail(PEL_EDATA,
                      "the mask of the brain is thinner than %g mm everywhere; give "
                      "another one by --mask",
                      2 * SPIKE_MM);
    if (s != PEL_OK)
        pel_mesh_free(out);
    return s;
}

/* ---- patch ---- */

enum { VIEW_AUTO, VIEW_LEFT = 3 };

static const double UPPER = 0.6;
/* half as wide as what hangs on to a view's patch without being of it */
static const double TONGUE_MM = 10;

// out of the head, to who looks at it: front back left right top bottom
static const pel_vec3 toward[] = { { 0, 0, 0 }, { 0, 1, 0 }, { 0, -1, 0 }, { -1, 0, 0 },
                                   { 1, 0, 0 }, { 0, 0, 1 }, { 0, 0, -1 } };

// where the line from the middle towards the viewer comes out
static pel_vec3 foremost(const pel_mesh *surface, pel_vec3 way)
{
    pel_vec3 lo, hi, best = { 0, 0, 0 };
    double most = -INFINITY;
    pel_mesh_bounds(surface, &lo, &hi);
    pel_vec3 middle = pel__scale(pel__plus(lo, hi), 0.5);
    // cerebellum and stem hang below what is looked for from the side
    if (way.z == 0)
        middle.z = lo.z + UPPER * (hi.z - lo.z);
    for (int64_t n = 0; n < surface->points; n++) {
        pel_vec3 p = pel__mesh_point(surface, n), d = pel__minus(p, middle);
        double along = pel__dot(d, way);
        double beside = pel__length(pel__minus(d, pel__scale(way, along)));
        if (along - 2 * beside > most) {
            most = along - 2 * beside;
            best = p;
        }
    }
    return best;
}

static pel_status find_middle(pel_vec3 *out, const pel_mesh *surface,
                              const pel_cortex_params *params)
{
    int64_t triangle;
    if (params->at.count) {
        *out = (pel_vec3){ params->at.value[0], params->at.value[1], params->at.value[2] };
        return pel_mesh_nearest(out, &triangle, surface, *out);
    }
    if (!surface->oriented && params->view != VIEW_AUTO)
        return pel__fail(PEL_EDATA, "which side is left is not known, so the patch must be named: "
                                    "--at X,Y,Z, or declare the axes, such as --assume LAS");
    if (!surface->oriented)
        pel__note("which side is left is not known: the patch is where the first axis begins, and "
                  "maps have no letters; name it by --at X,Y,Z, or declare the axes, such as "
                  "--assume LAS");
    *out = foremost(surface, toward[params->view == VIEW_AUTO ? VIEW_LEFT : params->view]);
    return PEL_OK;
}

static pel_status copy_surface(pel_mesh *out, const pel_mesh *in)
{
    pel_status s = pel_mesh_new(out, in->points, in->triangles);
    for (int64_t n = 0; n < in->points && s == PEL_OK; n++)
        for (int r = 0; r < 3; r++)
            out->point_mm[n][r] = in->point_mm[n][r];
    for (int64_t t = 0; t < in->triangles && s == PEL_OK; t++)
        for (int c = 0; c < 3; c++)
            out->triangle[t][c] = in->triangle[t][c];
    out->oriented = in->oriented;
    return s;
}

// the middle of a patch that is taken whole
static pel_vec3 middle_of(const pel_mesh *mesh)
{
    pel_vec3 sum = { 0, 0, 0 };
    for (int64_t n = 0; n < mesh->points; n++)
        sum = pel__plus(sum, pel__mesh_point(mesh, n));
    return pel__scale(sum, 1 / fmax((double)mesh->points, 1));
}

// what is seen from a side, with what lies between that, without tongues and threads
static pel_status cut_view(pel_mesh *patch, pel_cut_found *found, int view)
{
    enum { SIDE_PX = 1024 };
    pel_vec3 lo, hi, corners[8];
    pel_camera camera;
    pel_camera_params from = pel_camera_defaults();
    from.view = view;
    pel_mesh_bounds(patch, &lo, &hi);
    for (int c = 0; c < 8; c++)
        corners[c] = (pel_vec3){ c & 1 ? hi.x : lo.x, c & 2 ? hi.y : lo.y, c & 4 ? hi.z : lo.z };
    pel_status s = pel_camera_aim(&camera, &from, SIDE_PX, SIDE_PX, corners, patch->oriented);
    if (s == PEL_OK)
        s = pel_view_cut(patch, &camera);
    if (s == PEL_OK)
        s = pel__even_border(patch, TONGUE_MM);
    return s == PEL_OK ? pel_cut_one(patch, found, NULL) : s;
}

static pel_status cut_disc(pel_mesh *patch, pel_cut_found *found, pel_vec3 middle, double radius)
{
    pel_cut_params cut = pel_cut_defaults();
    cut.cut_geodesic =
        (pel_numbers){ .count = 4, .value = { middle.x, middle.y, middle.z, radius } };
    pel_status s = pel_cut(patch, found, &cut);
    return s == PEL_OK ? pel_cut_one(patch, found, &middle) : s;
}

pel_status pel__cortex_patch(pel_mesh *patch, pel_vec3 *middle_mm, const pel_mesh *surface,
                             const pel_cortex_params *params)
{
    double radius = pel__cortex_radius(params);
    pel_cut_found found;
    pel_topology topology;
    int64_t triangle;
    pel_status s = pel_mesh_topology(&topology, surface);
    if (s == PEL_OK)
        s = copy_surface(patch, surface);
    if (s == PEL_OK && !topology.closed && !params->at.count && params->view == VIEW_AUTO) {
        *middle_mm = middle_of(patch);
        return pel_mesh_nearest(middle_mm, &triangle, patch, *middle_mm);
    }
    if (s == PEL_OK)
        s = find_middle(middle_mm, surface, params);
    if (s != PEL_OK)
        return s;
    s = radius > 0 ? cut_disc(patch, &found, *middle_mm, radius)
                   : cut_view(patch, &found, params->view);
    if (s == PEL_OK && !found.topology.border_edges)
        s = pel__fail(PEL_EDATA,
                      "a patch of %g mm is the whole surface, which has no border to "
                      "be laid flat by; take a smaller --radius",
                      radius);
    return s;
}
