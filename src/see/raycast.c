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
#include "see/raycast_fast.h"
#include "see/raycast_pixels.h"
#include "volume/volume.h"

enum { TILE = PEL__TILE, MOST_PIXELS = 1 << 20 };

static const pel_param table[] = {
    PEL_CHOICE(
        pel_raycast_params, mode, "composite", "composite|mip|minip|mean|first|band",
        "what of a ray is shown: all of it; its greatest, least or mean value; where it first "
        "meets --level; values in a band behind that"),
    PEL_NUMBER(pel_raycast_params, level, NULL, -1e30, 1e30, "intensity",
               "first and band meet the surface where values reach this; default Otsu's threshold"),
    PEL_TEXT(pel_raycast_params, depth, "0:5", "D0:D1",
             "of band: from and to so many mm behind the surface (negative: before it)"),
    PEL_CHOICE(pel_raycast_params, stat, "max", "min|mean|max", "of band: what of its values"),
    { "size", PEL_KIND_TEXT, offsetof(pel_raycast_params, picture), "1024x1024", 0, 0, NULL, NULL,
      "WxH|N|LENGTH", "picture in pixels, or its width in cm or in (30cm, 12x8in)" },
    PEL_NUMBER(pel_raycast_params, dpi, NULL, 1, 10000, "pixels per inch",
               "print density; default 300 when the size is in cm or in"),
    PEL_SWITCH(
        pel_raycast_params, preintegrate,
        "composite by the mean of the look over the values between two samples: no bands from "
        "sharp looks"),
    PEL_CHOICE(pel_raycast_params, quality, "normal", "draft|normal|reference",
               "samples 1vx or 0.5vx apart, in fixed point; reference: 0.5vx, in float32"),
    PEL_LENGTH(pel_raycast_params, step, NULL, 1e-9, 1e9,
               "distance of samples along a ray (vx: shortest edge); wins over --quality"),
    PEL_TEXTS(pel_raycast_params, keep, "EXPR",
              "show only where this holds: 'z < x - y + 5' in voxel indices, 'mm: x > 0', and, or"),
    PEL_TEXT(pel_raycast_params, clip_box, NULL, "X0:X1,Y0:Y1,Z0:Z1",
             "show only this box, in voxel indices, or in mm after mm:"),
    PEL_COLOUR(pel_raycast_params, background, NULL,
               "behind it all, or transparent; default white, black in mip minip mean band"),
    PEL_CHOICE(
        pel_raycast_params, antialias, "auto", "auto|on|off",
        "smooth outlines, by more rays where colours change; auto: of lit meshes and points. "
        "Never data, nor layers"),
    PEL_CHOICE(pel_raycast_params, bits, "8", "8|16|32",
               "bits of a number: 16 and 32 hold RGBA in composite, values in other modes"),
    PEL_TEXTS(
        pel_raycast_params, layer, "NAME=FILE",
        "also write value depth position voxel normal opacity triangle or label of each pixel"),
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

/* ---- frame ---- */

typedef struct frame {
    const pel_scene *scene;
    const pel_camera *camera;
    pel_image *image;
    int64_t tiles_across;
    int64_t *samples; // per tile
    bool smooth;
} frame;

static pel_status draw_tile(void *user, int64_t tile)
{
    const frame *f = user;
    int64_t x0 = tile % f->tiles_across * TILE, y0 = tile / f->tiles_across * TILE;
    int64_t x1 = x0 + TILE < f->image->width ? x0 + TILE : f->image->width;
    int64_t y1 = y0 + TILE < f->image->height ? y0 + TILE : f->image->height;
    int64_t samples = 0;
    const int64_t box[] = { x0, y0, x1, y1 };
    bool fast = pel__fast_is_for(f->scene);
    if (f->smooth)
        pel__smooth_tile(f->image, f->scene, f->camera, box, &samples);
    else if (fast)
        pel__fast_tile(f->image, f->scene, f->camera, box, &samples);
    for (int64_t y = y0; y < y1 && !fast && !f->smooth; y++)
        for (int64_t x = x0; x < x1; x++) {
            pel__sight sight;
            pel__found found;
            pel__sight_set(&sight, f->scene, f->camera, (double)x + 0.5, (double)y + 0.5);
            pel__cast(&found, f->scene, &sight);
            pel__pixel_put(f->image, f->scene, &sight, &found, y * f->image->width + x);
            samples += found.samples;
        }
    f->samples[tile] = samples;
    return PEL_OK;
}

pel_status pel_scene_frame(pel_image *out, const pel_scene *scene, const pel_camera *camera,
                           int64_t *samples)
{
    frame f = { .scene = scene, .camera = camera, .image = out };
    f.smooth = pel__smooth_is_asked(scene);
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
    pel__scene_background(&scene);
    int64_t tables = (PEL__TABLE + 1) * (int64_t)(5 * sizeof(float)) +
                     (int64_t)(sizeof scene + sizeof(pel__body));
    return pel__field_bytes(shape) + pel__field_slab_bytes(shape) + pel__fast_bytes(shape) +
           pel__pixels_bytes(&scene) + tables;
}
