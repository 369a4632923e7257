/* SPDX-License-Identifier: Apache-2.0 */
/* sulcal_depth.c: how deep a point of a folded surface lies below the hull that closes its folds.
 */
#include <math.h>

#include <pellucid/pipeline.h>
#include <pellucid/surface.h>

#include "base/maths.h"
#include "base/memory.h"
#include "base/status.h"

enum { GRID_MM = 1, CLOSE_MM = 15, MARGIN = CLOSE_MM + 3, MOST_AXIS = 2048 };

// an empty grid of 1 mm around a mesh
static pel_status grid_around(pel_volume *out, const pel_mesh *mesh)
{
    pel_vec3 lo, hi;
    *out = (pel_volume){ .dtype = PEL_UINT8, .mm_from_ijk = pel_affine_identity() };
    if (!pel_mesh_bounds(mesh, &lo, &hi))
        return pel__fail(PEL_EDATA, "the mesh has no points");
    const double from[] = { lo.x, lo.y, lo.z }, to[] = { hi.x, hi.y, hi.z };
    for (int a = 0; a < 3; a++) {
        double size = ceil((to[a] - from[a]) / GRID_MM) + 2 * MARGIN + 1;
        if (!(size < MOST_AXIS))
            return pel__fail(PEL_EDATA,
                             "the mesh is %.0f mm long, too large for depths of folds in steps of "
                             "1 mm; are its coordinates mm?",
                             size);
        out->dims[a] = (int64_t)size;
        out->mm_from_ijk.m[a][3] = from[a] - MARGIN;
    }
    return PEL_OK;
}

// how far within the hull each voxel lies
static pel_status depths(pel_volume *out, const pel_mesh *mesh)
{
    pel_volume grid, solid = { 0 }, hull = { 0 };
    pel_morphology_params close = pel_morphology_defaults();
    pel_distance_params inside = pel_distance_defaults();
    close.operation = PEL_CLOSE;
    close.radius = (pel_length){ CLOSE_MM, PEL_MM };
    inside.side = PEL_INSIDE;
    *out = (pel_volume){ 0 };
    pel_status s = grid_around(&grid, mesh);
    if (s == PEL_OK)
        s = pel_solid(&solid, mesh, &grid);
    if (s == PEL_OK)
        s = pel_morphology(&hull, &solid, &close);
    pel_volume_free(&solid);
    if (s == PEL_OK)
        s = pel_distance(out, &hull, &inside);
    pel_volume_free(&hull);
    return s;
}

pel_status pel_sulcal_depth(pel_mesh *mesh)
{
    pel_volume depth = { 0 };
    pel_affine ijk_from_mm;
    float *to = NULL;
    pel_array *there = pel_mesh_find(mesh, "sulcal_depth");
    pel_status s = depths(&depth, mesh);
    if (s == PEL_OK && there && there->kind == PEL_ARRAY_VALUES && there->channels == 1)
        to = there->data;
    else if (s == PEL_OK)
        s = pel_mesh_add_array(mesh, "sulcal_depth", PEL_ARRAY_VALUES, false, 1, &to);
    if (s == PEL_OK)
        pel_affine_invert(&ijk_from_mm, depth.mm_from_ijk);
    for (int64_t i = 0; i < mesh->points && s == PEL_OK; i++) {
        const float *p = mesh->point_mm[i];
        pel_vec3 at = { (double)p[0], (double)p[1], (double)p[2] };
        double mm = pel_volume_sample(&depth, pel_affine_point(ijk_from_mm, at));
        // distances count to centres of voxels, half a voxel beyond the hull
        to[i] = (float)fmax(mm - 0.5 * GRID_MM, 0);
    }
    pel_volume_free(&depth);
    return s;
}
