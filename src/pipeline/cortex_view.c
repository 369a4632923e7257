/* SPDX-License-Identifier: Apache-2.0 */
/* cortex_view.c: a patch as seen straight from outside, in values, and where it lies. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <pellucid/see.h>

#include "base/maths.h"
#include "base/memory.h"
#include "base/status.h"
#include "flatten/measure.h"
#include "mesh/mesh.h"
#include "pipeline/cortex.h"

/* a rim around the patch; how far above the surface it is drawn to be seen */
static const double RIM = 1.06, LIFT_MM = 0.4;
enum { PLACE_PX = 480, MOST_PX = 8192 };

/* ---- camera ---- */

static pel_vec3 mean_normal(const pel_mesh *surface)
{
    pel_vec3 sum = { 0, 0, 0 };
    for (int64_t t = 0; t < surface->triangles; t++)
        sum = pel__plus(sum, pel__mesh_cross(surface, t));
    return pel__unit(sum);
}

int pel__cortex_up(const pel_mesh *patch)
{
    return fabs(mean_normal(patch).z) < 0.75 ? PEL_UP_SUPERIOR : PEL_UP_ANTERIOR;
}

// where the map's y grows to on the surface, square to the normal
static pel_vec3 up_of(const pel_mesh *surface, const pel_mesh *flat, pel_vec3 normal)
{
    pel_vec3 mean = { 0, 0, 0 }, up = { 0, 0, 0 };
    double y = 0, count = fmax((double)flat->points, 1);
    for (int64_t p = 0; p < flat->points; p++) {
        mean = pel__plus(mean, pel__scale(pel__mesh_point(surface, p), 1 / count));
        y += (double)flat->point_mm[p][1] / count;
    }
    for (int64_t p = 0; p < flat->points; p++)
        up = pel__plus(up, pel__scale(pel__minus(pel__mesh_point(surface, p), mean),
                                      (double)flat->point_mm[p][1] - y));
    return pel__unit(pel__minus(up, pel__scale(normal, pel__dot(up, normal))));
}

// the box of the patch as the camera sees it: right, down, forward
static void extent_of(double lo[3], double hi[3], const pel_mesh *surface, const pel_camera *c)
{
    const pel_vec3 way[3] = { c->right, c->down, c->forward };
    for (int a = 0; a < 3; a++) {
        lo[a] = INFINITY;
        hi[a] = -INFINITY;
        for (int64_t p = 0; p < surface->points; p++) {
            double at = pel__dot(pel__mesh_point(surface, p), way[a]);
            lo[a] = fmin(lo[a], at);
            hi[a] = fmax(hi[a], at);
        }
    }
}

static int64_t pixels_of(double mm, double pixel_mm)
{
    double count = ceil(mm * RIM / pixel_mm);
    return count > MOST_PX ? MOST_PX : count < 1 ? 1 : (int64_t)count;
}

pel_status pel__cortex_camera(pel_camera *out, const pel_mesh *flat, double pixel_mm)
{
    pel_mesh surface;
    double lo[3], hi[3];
    *out = (pel_camera){ .mm_per_pixel = pixel_mm, .focal_px = NAN };
    pel_status s = pel__surface_of(&surface, flat);
    if (s != PEL_OK)
        return s;
    pel_vec3 normal = mean_normal(&surface);
    out->forward = pel__scale(normal, -1);
    out->down = pel__scale(up_of(&surface, flat, normal), -1);
    out->right = pel__cross(out->down, out->forward);
    extent_of(lo, hi, &surface, out);
    out->width = pixels_of(hi[0] - lo[0], pixel_mm);
    out->height = pixels_of(hi[1] - lo[1], pixel_mm);
    // before everything that may stand before the patch
    out->eye_mm = pel__plus(pel__scale(out->right, (lo[0] + hi[0]) / 2),
                            pel__plus(pel__scale(out->down, (lo[1] + hi[1]) / 2),
                                      pel__scale(out->forward, lo[2] - 256)));
    pel_mesh_free(&surface);
    return PEL_OK;
}

/* ---- what it sees ---- */

static pel_status see(pel_image *out, const pel_mesh *const *mesh, const pel_colour *face,
                      int count, const pel_camera *camera, bool layers)
{
    char size[64];
    pel_scene *scene = NULL;
    pel_raycast_params params = pel_raycast_defaults();
    pel_look look;
    snprintf(size, sizeof size, "%lldx%lld", (long long)camera->width, (long long)camera->height);
    params.picture = size;
    if (layers) {
        params.layer.item[params.layer.count++] = "position";
        params.layer.item[params.layer.count++] = "triangle";
    }
    pel_status s = pel_look_load(&look, "gray");
    if (s == PEL_OK)
        s = pel_scene_new(&scene, NULL, NULL, &params);
    for (int n = 0; n < count && s == PEL_OK; n++) {
        pel_sheet_params sheet = pel_sheet_defaults();
        sheet.face = face[n];
        s = pel_scene_add_mesh(scene, mesh[n], &look, &sheet);
    }
    if (s == PEL_OK)
        s = pel_scene_frame(out, scene, camera, NULL);
    pel_scene_free(scene);
    return s;
}

// the normal at a point of a triangle, between those of its corners
static void normal_at(float out[3], const pel_mesh *surface, int64_t t, const float *at)
{
    const float *normal = pel_mesh_find(surface, "normals")->data;
    const int32_t *c = surface->triangle[t];
    pel_vec3 p = { (double)at[0], (double)at[1], (double)at[2] }, sum = { 0, 0, 0 };
    pel_vec3 face = pel__mesh_cross(surface, t);
    for (int k = 0; k < 3; k++) {
        pel_vec3 a = pel__minus(pel__mesh_point(surface, c[(k + 1) % 3]), p);
        pel_vec3 b = pel__minus(pel__mesh_point(surface, c[(k + 2) % 3]), p);
        const float *n = normal + 3 * c[k];
        sum = pel__plus(sum, pel__scale((pel_vec3){ (double)n[0], (double)n[1], (double)n[2] },
                                        pel__dot(pel__cross(a, b), face)));
    }
    sum = pel__unit(sum);
    out[0] = (float)sum.x;
    out[1] = (float)sum.y;
    out[2] = (float)sum.z;
}

static pel_status gather(pel_mesh *places, const pel_image *image, const pel_mesh *surface)
{
    const float *position = pel_image_layer(image, "position"),
                *triangle = pel_image_layer(image, "triangle");
    int64_t count = image->width * image->height, seen = 0, n = 0;
    float *normal;
    int32_t *pixel;
    for (int64_t at = 0; at < count; at++)
        seen += !isnan(triangle[at]);
    pel_status s = pel_mesh_new(places, seen, 0);
    if (s == PEL_OK)
        s = pel_mesh_add_array(places, "normals", PEL_ARRAY_NORMALS, false, 3, &normal);
    if (s == PEL_OK)
        s = pel_mesh_add_array(places, "pixel", PEL_ARRAY_LABELS, false, 1, &pixel);
    for (int64_t at = 0; at < count && s == PEL_OK; at++) {
        if (isnan(triangle[at]))
            continue;
        memcpy(places->point_mm[n], position + 3 * at, 3 * sizeof(float));
        normal_at(normal + 3 * n, surface, (int64_t)triangle[at], position + 3 * at);
        pixel[n++] = (int32_t)at;
    }
    return s;
}

pel_status pel__cortex_sight(pel_image *out, pel_mesh *places, const pel_mesh *surface,
                             const pel_camera *camera)
{
    pel_image seen = { 0 };
    pel_mesh bare = { .points = surface->points,
                      .triangles = surface->triangles,
                      .point_room = surface->points,
                      .triangle_room = surface->triangles,
                      .point_mm = surface->point_mm,
                      .triangle = surface->triangle };
    const pel_mesh *all[] = { surface };
    const pel_colour face[] = { { 1, 1, 1, 1, true } };
    float *position;
    *out = (pel_image){ 0 };
    *places = (pel_mesh){ 0 };
    pel_status s = see(&seen, all, face, 1, camera, true);
    if (s == PEL_OK)
        s = pel_mesh_normals(&bare);
    if (s == PEL_OK)
        s = gather(places, &seen, &bare);
    if (s == PEL_OK)
        s = pel_image_new(out, seen.width, seen.height, 1, PEL_FLOAT32);
    if (s == PEL_OK)
        s = pel_image_add_layer(out, "position", 3, &position);
    if (s == PEL_OK) {
        int64_t count = seen.width * seen.height;
        memcpy(position, pel_image_layer(&seen, "position"), (size_t)count * 3 * sizeof(float));
        for (int64_t at = 0; at < count; at++)
            ((float *)out->data)[at] = NAN;
        out->scalar = true;
        out->slope = 1;
        out->mm_per_pixel = camera->mm_per_pixel;
        out->has_camera = true;
        out->camera = *camera;
    }
    pel_image_free(&seen);
    // the points are the surface's own
    bare.point_mm = NULL;
    bare.triangle = NULL;
    pel_mesh_free(&bare);
    return s;
}

/* ---- where the patch lies ---- */

// just above the surface, so that it is seen
static pel_status lift(pel_mesh *mesh)
{
    pel_status s = pel_mesh_normals(mesh);
    const float *normal = s == PEL_OK ? pel_mesh_find(mesh, "normals")->data : NULL;
    for (int64_t p = 0; p < mesh->points && s == PEL_OK; p++)
        for (int r = 0; r < 3; r++)
            mesh->point_mm[p][r] += (float)LIFT_MM * normal[3 * p + r];
    return s;
}

pel_status pel__cortex_place(pel_image *out, const pel_mesh *surface, const pel_mesh *flat,
                             const pel_camera *camera)
{
    static const pel_colour face[] = { { 0.90f, 0.86f, 0.80f, 1, true },
                                       { 0.36f, 0.60f, 0.85f, 1, true } };
    pel_mesh patch;
    double lo[3], hi[3], sides[2];
    pel_camera c = *camera;
    pel_status s = pel__surface_of(&patch, flat);
    if (s != PEL_OK)
        return s;
    extent_of(lo, hi, surface, &c);
    sides[0] = hi[0] - lo[0];
    sides[1] = hi[1] - lo[1];
    c.mm_per_pixel = fmax(sides[0], sides[1]) * RIM / PLACE_PX;
    c.width = pixels_of(sides[0], c.mm_per_pixel);
    c.height = pixels_of(sides[1], c.mm_per_pixel);
    c.eye_mm = pel__plus(
        pel__scale(c.right, (lo[0] + hi[0]) / 2),
        pel__plus(pel__scale(c.down, (lo[1] + hi[1]) / 2), pel__scale(c.forward, lo[2] - 256)));
    const pel_mesh *all[] = { surface, &patch };
    s = lift(&patch);
    if (s == PEL_OK)
        s = see(out, all, face, 2, &c, false);
    pel_mesh_free(&patch);
    return s;
}
