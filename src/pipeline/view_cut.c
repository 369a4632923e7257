/* SPDX-License-Identifier: Apache-2.0 */
/* view_cut.c: the part of a surface that a camera sees. */
#include <math.h>
#include <stdio.h>

#include <pellucid/pipeline.h>
#include <pellucid/see.h>
#include <pellucid/surface.h>

#include "base/maths.h"
#include "base/memory.h"
#include "base/status.h"
#include "mesh/mesh.h"

// the triangle of each pixel, as a layer of a picture
static pel_status look_at(pel_image *out, const pel_mesh *mesh, const pel_camera *camera)
{
    char size[64];
    pel_scene *scene = NULL;
    pel_raycast_params params = pel_raycast_defaults();
    pel_sheet_params sheet = pel_sheet_defaults();
    pel_look look;
    snprintf(size, sizeof size, "%lldx%lld", (long long)camera->width, (long long)camera->height);
    params.picture = size;
    params.layer.item[params.layer.count++] = "triangle";
    pel_status s = pel_look_load(&look, "gray");
    if (s == PEL_OK)
        s = pel_scene_new(&scene, NULL, NULL, &params);
    if (s == PEL_OK)
        s = pel_scene_add_mesh(scene, mesh, &look, &sheet);
    if (s == PEL_OK)
        s = pel_scene_frame(out, scene, camera, NULL);
    pel_scene_free(scene);
    return s;
}

static void mark_seen(uint8_t *seen, const pel_image *picture)
{
    for (int l = 0; l < picture->layer_count; l++)
        for (int64_t i = 0; i < picture->width * picture->height; i++) {
            float t = ((const float *)picture->layer[l].data)[i];
            if (!isnan(t))
                seen[(int64_t)t] = 1;
        }
}

// parts of what is not seen, by twins; each its area
static pel_status part_rest(int32_t *part, double *area, int64_t *parts, const pel_mesh *mesh,
                            const uint8_t *seen)
{
    int32_t *twin, *stack = NULL;
    pel_status s = pel__mesh_twins(&twin, mesh);
    if (s == PEL_OK)
        s = pel__alloc(&stack, mesh->triangles + 1, sizeof *stack, "a cut");
    *parts = 0;
    for (int64_t t = 0; t < mesh->triangles && s == PEL_OK; t++)
        part[t] = -1;
    for (int64_t t = 0; t < mesh->triangles && s == PEL_OK; t++) {
        if (seen[t] || part[t] >= 0)
            continue;
        int64_t count = 0;
        area[*parts] = 0;
        part[t] = (int32_t)*parts;
        stack[count++] = (int32_t)t;
        while (count) {
            int32_t here = stack[--count];
            area[*parts] += pel__length(pel__mesh_cross(mesh, here));
            for (int c = 0; c < 3; c++) {
                int32_t other = twin[3 * here + c] >= 0 ? twin[3 * here + c] / 3 : here;
                if (seen[other] || part[other] >= 0)
                    continue;
                part[other] = (int32_t)*parts;
                stack[count++] = other;
            }
        }
        ++*parts;
    }
    pel__free(twin);
    pel__free(stack);
    return s;
}

// all that is not seen but the largest part lies between what is: walls of furrows, small triangles
static pel_status fill_gaps(uint8_t *seen, const pel_mesh *mesh)
{
    int32_t *part;
    double *area = NULL;
    int64_t parts, largest = 0;
    pel_status s = pel__alloc(&part, mesh->triangles + 1, sizeof *part, "a cut");
    if (s == PEL_OK)
        s = pel__alloc(&area, mesh->triangles + 1, sizeof *area, "a cut");
    if (s == PEL_OK)
        s = part_rest(part, area, &parts, mesh, seen);
    for (int64_t p = 1; s == PEL_OK && p < parts; p++)
        largest = area[p] > area[largest] ? p : largest;
    for (int64_t t = 0; s == PEL_OK && t < mesh->triangles; t++)
        seen[t] = seen[t] || part[t] != largest;
    pel__free(part);
    pel__free(area);
    return s;
}

// where what is seen touches itself at a point alone, all around that point is taken
static pel_status join_touching(uint8_t *seen, const pel_mesh *mesh, bool *more)
{
    int32_t *twin;
    uint8_t *rims = NULL;
    pel_status s = pel__mesh_twins(&twin, mesh);
    *more = false;
    if (s == PEL_OK)
        s = pel__alloc_zero(&rims, mesh->points + 1, 1, "a cut");
    for (int32_t h = 0; s == PEL_OK && h < 3 * mesh->triangles; h++)
        if (seen[h / 3] && (twin[h] < 0 || !seen[twin[h] / 3]))
            rims[pel__half_from(mesh, h)] |= (uint8_t)(1 + 2 * rims[pel__half_from(mesh, h)]);
    for (int64_t t = 0; s == PEL_OK && t < mesh->triangles; t++)
        for (int c = 0; c < 3 && !seen[t]; c++)
            if (rims[mesh->triangle[t][c]] > 1) {
                seen[t] = 1;
                *more = true;
            }
    pel__free(twin);
    pel__free(rims);
    return s;
}

pel_status pel_view_cut(pel_mesh *mesh, const pel_camera *camera)
{
    pel_image picture = { 0 };
    uint8_t *seen = NULL;
    bool any = false;
    pel_status s = look_at(&picture, mesh, camera);
    if (s == PEL_OK)
        s = pel__alloc_zero(&seen, mesh->triangles + 1, 1, "a cut");
    if (s == PEL_OK)
        mark_seen(seen, &picture);
    for (int64_t t = 0; s == PEL_OK && t < mesh->triangles; t++)
        any = any || seen[t];
    if (s == PEL_OK && !any)
        s = pel__fail(PEL_EDATA, "the camera sees nothing of the mesh");
    for (bool more = true; more && s == PEL_OK;) {
        s = fill_gaps(seen, mesh);
        if (s == PEL_OK)
            s = join_touching(seen, mesh, &more);
    }
    if (s == PEL_OK)
        s = pel_cut_triangles(mesh, seen);
    pel__free(seen);
    pel_image_free(&picture);
    return s;
}
