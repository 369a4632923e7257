/* SPDX-License-Identifier: Apache-2.0 */
/* patch.c: a part of a surface that a list of its points names. */
#include <string.h>

#include <pellucid/surface.h>

#include "base/memory.h"
#include "base/status.h"
#include "mesh/mesh.h"

static const int32_t *labels(const pel_mesh *mesh, const char *name)
{
    const pel_array *a = pel_mesh_find(mesh, name);
    return a && a->kind == PEL_ARRAY_LABELS && !a->per_triangle ? a->data : NULL;
}

static pel_status mark_points(uint8_t *stays, int32_t *of, const pel_mesh *mesh,
                              const pel_mesh *patch, const int32_t *vertex)
{
    for (int64_t i = 0; i < patch->points; i++) {
        if (vertex[i] < 0 || vertex[i] >= mesh->points)
            return pel__fail(PEL_EDATA,
                             "the patch names point %d, but the surface has %lld; it is of another "
                             "surface",
                             vertex[i], (long long)mesh->points);
        stays[vertex[i]] = 1;
        of[vertex[i]] = (int32_t)i;
    }
    return PEL_OK;
}

static void set_numbers(pel_mesh *mesh, const int32_t *of, const int32_t *number,
                        int64_t old_points, const pel_mesh *patch)
{
    const int32_t *border = labels(patch, "border");
    int32_t *vertex = pel_mesh_find(mesh, "vertex")->data;
    pel_array *edge = pel_mesh_find(mesh, "border");
    for (int64_t i = 0; i < old_points; i++) {
        int32_t at = number[i];
        if (at < 0)
            continue;
        vertex[at] = (int32_t)i;
        ((int32_t *)edge->data)[at] = border ? border[of[i]] : 0;
        memcpy(mesh->point_mm[at], patch->point_mm[of[i]], sizeof *mesh->point_mm);
    }
}

// a flat map keeps where its points are on the surface
static pel_status keep_places(pel_mesh *mesh, const pel_mesh *patch)
{
    float(*place)[3];
    bool flat = patch->points > 0;
    for (int64_t i = 0; i < patch->points && flat; i++)
        flat = patch->point_mm[i][2] == 0;
    if (!flat || pel_mesh_find(mesh, "surface_mm"))
        return PEL_OK;
    pel_status s = pel_mesh_add_array(mesh, "surface_mm", PEL_ARRAY_VALUES, false, 3, &place);
    if (s == PEL_OK)
        memcpy(place, mesh->point_mm, (size_t)mesh->points * sizeof *place);
    return s;
}

pel_status pel_patch(pel_mesh *mesh, const pel_mesh *patch)
{
    const int32_t *vertex = labels(patch, "vertex");
    uint8_t *stays = NULL, *triangles = NULL;
    int32_t *of = NULL, *number = NULL;
    int64_t old_points = mesh->points;
    pel_status s = vertex ? pel_mesh_check(mesh)
                          : pel__fail(PEL_EDATA, "the patch has no labels 'vertex' that say which "
                                                 "points of the surface it is of");
    if (s == PEL_OK)
        s = pel__alloc_zero(&stays, mesh->points + 1, 1, "a patch");
    if (s == PEL_OK)
        s = pel__alloc_zero(&triangles, mesh->triangles + 1, 1, "a patch");
    if (s == PEL_OK)
        s = pel__alloc_zero(&of, mesh->points + 1, sizeof *of, "a patch");
    if (s == PEL_OK)
        s = pel__alloc(&number, mesh->points + 1, sizeof *number, "a patch");
    if (s == PEL_OK)
        s = mark_points(stays, of, mesh, patch, vertex);
    if (s == PEL_OK)
        s = keep_places(mesh, patch);
    if (s == PEL_OK && !labels(mesh, "vertex"))
        s = pel_mesh_add_array(mesh, "vertex", PEL_ARRAY_LABELS, false, 1, NULL);
    if (s == PEL_OK && !labels(mesh, "border"))
        s = pel_mesh_add_array(mesh, "border", PEL_ARRAY_LABELS, false, 1, NULL);
    for (int64_t t = 0; t < mesh->triangles && s == PEL_OK; t++) {
        const int32_t *c = mesh->triangle[t];
        triangles[t] = stays[c[0]] && stays[c[1]] && stays[c[2]];
    }
    if (s == PEL_OK) {
        pel__mesh_keep(mesh, stays, triangles, number);
        set_numbers(mesh, of, number, old_points, patch);
    }
    pel__free(stays);
    pel__free(triangles);
    pel__free(of);
    pel__free(number);
    return s;
}
