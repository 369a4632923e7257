/* SPDX-License-Identifier: Apache-2.0 */
/* raycast.c: the operation: its parameters, a scene made ready, frames drawn tile by tile. */
#include "see/raycast.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/job.h"
#include "base/maths.h"
#include "base/memory.h"
#include "base/params.h"
#include "base/status.h"
#include "image/look.h"
#include "see/raycast_pixels.h"
#include "volume/volume.h"

enum { TILE = 32, MOST_PIXELS = 1 << 20 };

static const pel_param table[] = {
    PEL_CHOICE(pel_raycast_params, mode, "composite", "composite|mip|minip|mean",
               "what of a ray is shown: all of it, its greatest, least or mean value"),
    { "size", PEL_KIND_TEXT, offsetof(pel_raycast_params, picture), "1024x1024", 0, 0, NULL, NULL,
      "WxH|N|LENGTH", "picture in pixels, or its width in cm or in (30cm, 12x8in)" },
    PEL_NUMBER(pel_raycast_params, dpi, NULL, 1, 10000, "pixels per inch",
               "print density; default 300 when the size is in cm or in"),
    PEL_CHOICE(pel_raycast_params, quality, "normal", "draft|normal|reference",
               "distance of samples: 1vx, 0.5vx or 0.25vx"),
    PEL_LENGTH(pel_raycast_params, step, NULL, 1e-9, 1e9,
               "distance of samples along a ray (vx: shortest edge); wins over --quality"),
    PEL_TEXTS(pel_raycast_params, keep, "EXPR",
              "show only where this holds: 'z < x - y + 5' in voxel indices, 'mm: x > 0', and, or"),
    PEL_TEXT(pel_raycast_params, clip_box, NULL, "X0:X1,Y0:Y1,Z0:Z1",
             "show only this box, in voxel indices, or in mm after mm:"),
    PEL_COLOUR(pel_raycast_params, background, NULL,
               "behind it all, or transparent; default white, black in mip minip mean"),
    PEL_CHOICE(pel_raycast_params, bits, "8", "8|16|32",
               "bits of a number: 16 and 32 hold data in mip minip mean, RGBA in composite"),
    PEL_TEXTS(pel_raycast_params, layer, "NAME=FILE",
              "also write value depth position voxel normal or opacity of each pixel"),
    PEL_NUMBER(pel_raycast_params, layer_at, "0.5", 1e-6, 1, NULL,
               "accumulated opacity where composite takes its layers"),
};

static int64_t plan(const void *params, const pel_volume *shape);

const pel_schema pel_raycast_schema = { .name = "raycast",
                                        .summary = "a picture of a volume by casting rays",
                                        .params_size = sizeof(pel_raycast_params),
                                        .params = table,
                                        .count = (int)(sizeof table / sizeof *table),
                                        .plan = plan };

pel_raycast_params pel_raycast_defaults(void)
{
    pel_raycast_params params;
    pel_schema_defaults(&pel_raycast_schema, &params);
    return params;
}

/* ---- the picture's size ---- */

static pel_status wrong_size(const char *text, const char *why)
{
    return pel__fail(PEL_EPARAM, "--size is '%s': %s; it wants 1024x768, 1024, 30cm or 12x8in",
                     text, why);
}

// "30cm", "12x8in", "1024x768": one or two lengths, a unit after the last holding for both
static bool parse_lengths(pel_length out[2], const char *text)
{
    char first[64];
    const char *cross = strchr(text, 'x');
    // the x of px is no cross
    if (cross && cross > text && cross[-1] == 'p')
        cross = strchr(cross + 1, 'x');
    if (!cross)
        return pel__parse_length(&out[0], text) && (out[1] = out[0], true);
    if (cross - text >= (int)sizeof first)
        return false;
    snprintf(first, sizeof first, "%.*s", (int)(cross - text), text);
    if (!pel__parse_length(&out[0], first) || !pel__parse_length(&out[1], cross + 1))
        return false;
    if (out[0].unit == PEL_MM)
        out[0].unit = out[1].unit;
    return true;
}

pel_status pel_raycast_size(const pel_raycast_params *params, int64_t *width, int64_t *height,
                            double *dpi)
{
    *width = *height = 0;
    *dpi = 0;
    pel_status s = pel_schema_check(&pel_raycast_schema, params);
    if (s != PEL_OK)
        return s;
    pel_length length[2];
    if (!params->picture || !parse_lengths(length, params->picture))
        return wrong_size(params->picture ? params->picture : "", "no size");
    double pixels[2];
    *dpi = isnan(params->dpi) ? 0 : params->dpi;
    for (int a = 0; a < 2; a++) {
        pel_unit unit = length[a].unit;
        if (unit == PEL_VX)
            return wrong_size(params->picture, "a picture is not measured in voxels");
        bool paper = unit == PEL_CM || unit == PEL_IN;
        if (paper && *dpi == 0)
            *dpi = 300;
        double per_inch = unit == PEL_CM ? length[a].value / 2.54 : length[a].value;
        pixels[a] = paper ? floor(per_inch * *dpi + 0.5) : length[a].value;
        if (!(pixels[a] >= 1 && pixels[a] <= MOST_PIXELS) || pixels[a] != floor(pixels[a]))
            return wrong_size(params->picture, "pixels are whole, from 1 to 1048576");
    }
    *width = (int64_t)pixels[0];
    *height = (int64_t)pixels[1];
    return PEL_OK;
}

/* ---- scene ---- */

static double step_mm(const pel_raycast_params *params, const pel_volume *shape)
{
    static const double of_quality[] = { 1, 0.5, 0.25 };
    pel_vec3 edge = pel_volume_spacing_mm(shape);
    double shortest = fmin(edge.x, fmin(edge.y, edge.z));
    if (isnan(params->step.value))
        return of_quality[params->quality] * shortest;
    return pel__length_mm(params->step, shortest);
}

static pel_status set_step(pel_scene *scene)
{
    pel_vec3 corners[8];
    pel__volume_corners_mm(&scene->shape, corners);
    double across = pel__length(pel__minus(corners[7], corners[0]));
    scene->step_mm = step_mm(&scene->params, &scene->shape);
    if (!(scene->step_mm > 0))
        return pel__fail(PEL_EPARAM, "--step wants mm, or voxels as 0.5vx");
    if (across / scene->step_mm > 1e6)
        return pel__fail(PEL_EPARAM,
                         "--step makes more than a million samples along a ray; take a longer one");
    // the face's share falls to nothing over three of the shortest voxel edges
    pel_vec3 edge = pel_volume_spacing_mm(&scene->shape);
    double reach = 3 * fmin(edge.x, fmin(edge.y, edge.z));
    scene->cut_fading = reach > 0 ? (float)(scene->step_mm / reach) : 1;
    return PEL_OK;
}

static pel_status set_keep(pel_scene *scene)
{
    const pel_raycast_params *params = &scene->params;
    pel_affine mm_from_ijk = pel__volume_affine(&scene->shape);
    pel__keep_all(&scene->keep);
    pel_status s = PEL_OK;
    for (int i = 0; i < params->keep.count && s == PEL_OK; i++)
        s = pel__keep_add(&scene->keep, params->keep.item[i], mm_from_ijk);
    if (s == PEL_OK && params->clip_box)
        s = pel__keep_add_box(&scene->keep, params->clip_box, mm_from_ijk);
    return s;
}

static pel_status set_shape(pel_scene *scene, const pel_volume *volume)
{
    pel_status s = pel__volume_check_shape(volume, "the volume");
    if (s != PEL_OK)
        return s;
    if (!volume->data)
        return pel__fail(PEL_EPARAM, "a volume without voxels cannot be drawn");
    scene->shape = *volume;
    scene->shape.data = NULL;
    scene->shape.fields = (pel_fields){ 0 };
    if (!pel_affine_invert(&scene->ijk_from_mm, pel__volume_affine(volume)))
        return pel__fail(PEL_EDATA, "the volume's axes lie in one plane (its affine is singular), "
                                    "so it has no shape in mm; set --spacing");
    for (int a = 0; a < 3; a++)
        if (volume->dims[a] > 1 << 20)
            return pel__fail(PEL_EUNSUPPORTED, "more than a million voxels along one axis");
    return PEL_OK;
}

// left to itself, a picture of values is grey: opacity and light do not count in it
static pel_status set_look(pel_scene *scene, const pel_look *look, const pel_volume *volume)
{
    scene->look = *look;
    pel_status s = PEL_OK;
    bool window_open = isnan(look->window[0]);
    if (scene->params.mode != PEL_COMPOSITE && strcmp(look->name, "auto") == 0) {
        s = pel_look_load(&scene->look, "gray");
        memcpy(scene->look.window, look->window, sizeof look->window);
        if (*look->colormap)
            memcpy(scene->look.colormap, look->colormap, sizeof look->colormap);
    }
    if (s == PEL_OK)
        s = pel_look_fit(&scene->look, volume);
    // a mean is of tissue and air together: it lies in the lower two thirds of values
    if (s == PEL_OK && window_open && scene->params.mode == PEL_MEAN &&
        scene->look.point_count == 0)
        scene->look.window[1] -= (scene->look.window[1] - scene->look.window[0]) / 3;
    if (s == PEL_OK)
        s = pel__look_light(&scene->light, scene->look.light);
    return s;
}

static void set_background(pel_scene *scene)
{
    scene->background = scene->params.background;
    if (!scene->background.set) {
        float v = scene->params.mode == PEL_COMPOSITE ? 1 : 0;
        scene->background = (pel_colour){ v, v, v, 1, true };
    }
}

pel_status pel_scene_new(pel_scene **out, const pel_volume *volume, const pel_look *look,
                         const pel_raycast_params *params)
{
    *out = NULL;
    pel_scene *scene;
    pel_status s = pel__alloc_zero(&scene, 1, sizeof *scene, "a scene");
    if (s != PEL_OK)
        return s;
    scene->params = *params;
    scene->skip = true;
    s = pel_raycast_size(params, &scene->width, &scene->height, &scene->dpi);
    if (s == PEL_OK)
        s = set_shape(scene, volume);
    if (s == PEL_OK)
        s = set_step(scene);
    if (s == PEL_OK)
        s = set_keep(scene);
    if (s == PEL_OK)
        s = pel__layers_choose(scene);
    if (s == PEL_OK)
        s = set_look(scene, look, volume);
    if (s == PEL_OK)
        s = pel__field_new(&scene->field, volume);
    if (s == PEL_OK)
        s = pel__transfer_new(&scene->transfer, &scene->look, &scene->field, scene->step_mm);
    if (s != PEL_OK) {
        pel_scene_free(scene);
        return s;
    }
    set_background(scene);
    *out = scene;
    return PEL_OK;
}

void pel_scene_free(pel_scene *scene)
{
    if (!scene)
        return;
    pel__field_free(&scene->field);
    pel__transfer_free(&scene->transfer);
    pel__free(scene);
}

const pel_look *pel_scene_look(const pel_scene *scene)
{
    return &scene->look;
}

static pel_vec3 mirrored(pel_vec3 v)
{
    return (pel_vec3){ -v.x, v.y, v.z };
}

// where no side is known the picture follows the array, as slices do: of a left-handed grid (a flat
// NIfTI file's, whose x falls) the camera is the mirror image of the one that sees a right-handed
// one
static pel_status aim_at_array(pel_camera *out, const pel_scene *scene,
                               const pel_camera_params *params, const pel_vec3 corners_mm[8])
{
    pel_camera_params seen = *params;
    pel_vec3 corners[8];
    for (int c = 0; c < 8; c++)
        corners[c] = mirrored(corners_mm[c]);
    if (seen.center.count == 3)
        seen.center.value[0] = -seen.center.value[0];
    pel_status s = pel_camera_aim(out, &seen, scene->width, scene->height, corners, false);
    out->eye_mm = mirrored(out->eye_mm);
    out->right = mirrored(out->right);
    out->down = mirrored(out->down);
    out->forward = mirrored(out->forward);
    return s;
}

pel_status pel_scene_aim(pel_camera *out, const pel_scene *scene, const pel_camera_params *params)
{
    pel_vec3 corners[8];
    pel__volume_corners_mm(&scene->shape, corners);
    bool oriented = scene->shape.oriented;
    if (!oriented && pel__determinant(pel__volume_affine(&scene->shape)) < 0)
        return aim_at_array(out, scene, params, corners);
    return pel_camera_aim(out, params, scene->width, scene->height, corners, oriented);
}

/* ---- frame ---- */

typedef struct frame {
    const pel_scene *scene;
    const pel_camera *camera;
    pel_image *image;
    int64_t tiles_across;
    int64_t *samples; // per tile
} frame;

static void to_floats(float out[3], pel_vec3 v)
{
    out[0] = (float)v.x;
    out[1] = (float)v.y;
    out[2] = (float)v.z;
}

static pel_vec3 in_world(const pel_camera *camera, pel_vec3 in_picture)
{
    pel_vec3 flat =
        pel__minus(pel__scale(camera->right, in_picture.x), pel__scale(camera->down, in_picture.y));
    return pel__minus(flat, pel__scale(camera->forward, in_picture.z));
}

// where the ray is within the box of voxel faces, counted in steps
static pel__run through_box(const pel__ray *ray, const int64_t dims[3])
{
    pel__run run = { 0, INFINITY, { 0 } };
    for (int a = 0; a < 3; a++) {
        double lo = -0.5 - ray->origin[a], hi = (double)dims[a] - 0.5 - ray->origin[a];
        if (ray->step[a] == 0) {
            if (lo > 0 || hi < 0)
                return (pel__run){ 1, 0, { 0 } };
            continue;
        }
        double t0 = lo / ray->step[a], t1 = hi / ray->step[a];
        if (fmin(t0, t1) > run.lo) {
            run = (pel__run){ fmin(t0, t1), run.hi, { 0 } };
            run.face[a] = 1;
        }
        run.hi = fmin(run.hi, fmax(t0, t1));
    }
    return run;
}

static void set_ray(pel__ray *ray, const pel_scene *scene, const pel_camera *camera, double u,
                    double v)
{
    pel_camera_ray(camera, u, v, &ray->origin_mm, &ray->direction);
    pel_vec3 o = pel_affine_point(scene->ijk_from_mm, ray->origin_mm);
    pel_vec3 d =
        pel__scale(pel_affine_direction(scene->ijk_from_mm, ray->direction), scene->step_mm);
    const double origin[3] = { o.x, o.y, o.z }, step[3] = { d.x, d.y, d.z };
    memcpy(ray->origin, origin, sizeof origin);
    memcpy(ray->step, step, sizeof step);
    pel_vec3 to_eye = pel__scale(ray->direction, -1);
    bool head = scene->light.x == 0 && scene->light.y == 0;
    pel_vec3 light = head ? to_eye : in_world(camera, scene->light);
    to_floats(ray->light, light);
    to_floats(ray->half, pel__unit(pel__plus(light, to_eye)));
    ray->run[0] = through_box(ray, scene->shape.dims);
    ray->runs = 1;
    if (ray->run[0].lo <= ray->run[0].hi)
        ray->runs += pel__keep_runs(ray->run + 1, &scene->keep, origin, step, ray->run[0]);
}

static pel_status draw_tile(void *user, int64_t tile)
{
    const frame *f = user;
    int64_t x0 = tile % f->tiles_across * TILE, y0 = tile / f->tiles_across * TILE;
    int64_t x1 = x0 + TILE < f->image->width ? x0 + TILE : f->image->width;
    int64_t y1 = y0 + TILE < f->image->height ? y0 + TILE : f->image->height;
    int64_t samples = 0;
    for (int64_t y = y0; y < y1; y++)
        for (int64_t x = x0; x < x1; x++) {
            pel__ray ray;
            pel__found found;
            set_ray(&ray, f->scene, f->camera, (double)x + 0.5, (double)y + 0.5);
            pel__march(&found, f->scene, &ray);
            pel__pixel_put(f->image, f->scene, &ray, &found, y * f->image->width + x);
            samples += found.samples;
        }
    f->samples[tile] = samples;
    return PEL_OK;
}

pel_status pel_scene_frame(pel_image *out, const pel_scene *scene, const pel_camera *camera,
                           int64_t *samples)
{
    frame f = { .scene = scene, .camera = camera, .image = out };
    f.tiles_across = (camera->width + TILE - 1) / TILE;
    int64_t tiles = f.tiles_across * ((camera->height + TILE - 1) / TILE);
    pel_status s = pel__pixels_new(out, scene, camera);
    if (s == PEL_OK)
        s = pel__alloc_zero(&f.samples, tiles, sizeof *f.samples, "the counts of tiles");
    if (s == PEL_OK)
        s = pel__parallel(tiles, draw_tile, &f, "rendering");
    if (samples)
        *samples = 0;
    for (int64_t t = 0; s == PEL_OK && samples && t < tiles; t++)
        *samples += f.samples[t];
    pel__free(f.samples);
    if (s != PEL_OK)
        pel_image_free(out);
    return s;
}

pel_status pel_raycast(pel_image *out, const pel_volume *volume, const pel_look *look,
                       const pel_camera_params *camera, const pel_raycast_params *params)
{
    *out = (pel_image){ 0 };
    pel_scene *scene;
    pel_camera aimed;
    pel_status s = pel_scene_new(&scene, volume, look, params);
    if (s == PEL_OK)
        s = pel_scene_aim(&aimed, scene, camera);
    if (s == PEL_OK)
        s = pel_scene_frame(out, scene, &aimed, NULL);
    pel_scene_free(scene);
    return pel__during(s, "raycast");
}

static int64_t plan(const void *params, const pel_volume *shape)
{
    pel_scene scene = { .params = *(const pel_raycast_params *)params };
    if (pel_raycast_size(&scene.params, &scene.width, &scene.height, &scene.dpi) != PEL_OK ||
        pel__volume_check_shape(shape, "the volume") != PEL_OK ||
        pel__layers_choose(&scene) != PEL_OK)
        return -1;
    set_background(&scene);
    int64_t tables = (PEL__TABLE + 1) * (int64_t)(5 * sizeof(float)) + (int64_t)sizeof scene;
    return pel__field_bytes(shape->dims) + pel__pixels_bytes(&scene) + tables;
}
