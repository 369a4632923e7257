/* SPDX-License-Identifier: Apache-2.0 */
/* raycast_pixels.c: what a ray found becomes a pixel and its layers. */
#include "see/raycast_pixels.h"

#include <math.h>
#include <string.h>

#include "base/maths.h"
#include "base/status.h"
#include "see/sheet.h"

enum { BITS_8, BITS_16, BITS_32 };

static const struct {
    const char *name;
    int channels;
} layers[] = {
    [PEL__LAYER_VALUE] = { "value", 1 },       [PEL__LAYER_DEPTH] = { "depth", 1 },
    [PEL__LAYER_POSITION] = { "position", 3 }, [PEL__LAYER_VOXEL] = { "voxel", 3 },
    [PEL__LAYER_NORMAL] = { "normal", 3 },     [PEL__LAYER_OPACITY] = { "opacity", 1 },
    [PEL__LAYER_TRIANGLE] = { "triangle", 1 }, [PEL__LAYER_LABEL] = { "label", 1 },
};
enum { LAYERS = sizeof layers / sizeof *layers };

static pel_status choose_layer(pel_scene *scene, const char *text)
{
    size_t length = strcspn(text, "=");
    int kind = 0;
    while (kind < LAYERS &&
           (strlen(layers[kind].name) != length || strncmp(layers[kind].name, text, length) != 0))
        kind++;
    if (kind == LAYERS)
        return pel__fail(PEL_EPARAM,
                         "--layer is '%s'; it wants NAME=FILE with NAME one of value depth "
                         "position voxel normal opacity triangle label",
                         text);
    if (scene->params.mode == PEL_MEAN && kind != PEL__LAYER_VALUE && kind != PEL__LAYER_OPACITY)
        return pel__fail(PEL_EPARAM,
                         "--layer %s: a mean is taken nowhere in particular; it has only value "
                         "and opacity",
                         layers[kind].name);
    for (int i = 0; i < scene->layer_count; i++)
        if (scene->layer[i].kind == kind)
            return pel__fail(PEL_EPARAM, "--layer %s is given twice", layers[kind].name);
    strcpy(scene->layer[scene->layer_count].name, layers[kind].name);
    scene->layer[scene->layer_count].kind = kind;
    scene->layer[scene->layer_count++].channels = layers[kind].channels;
    return PEL_OK;
}

pel_status pel__layers_choose(pel_scene *scene)
{
    pel_status s = PEL_OK;
    for (int i = 0; i < scene->params.layer.count && s == PEL_OK; i++)
        s = choose_layer(scene, scene->params.layer.item[i]);
    return s;
}

/* what the pixels of a scene are */
typedef struct form {
    bool scalar;
    int channels;
    pel_dtype dtype;
} form;

static form form_of(const pel_scene *scene)
{
    static const pel_dtype dtypes[] = { PEL_UINT8, PEL_UINT16, PEL_FLOAT32 };
    form f = { .dtype = dtypes[scene->params.bits] };
    f.scalar = scene->params.mode != PEL_COMPOSITE && scene->params.bits != BITS_8;
    bool see_through = scene->params.bits == BITS_32 || scene->background.a < 1;
    f.channels = f.scalar ? 1 : see_through ? 4 : 3;
    return f;
}

int64_t pel__pixels_bytes(const pel_scene *scene)
{
    form f = form_of(scene);
    int64_t bytes = f.channels * pel_dtype_bytes(f.dtype);
    for (int i = 0; i < scene->layer_count; i++)
        bytes += scene->layer[i].channels * (int64_t)sizeof(float);
    return bytes * scene->width * scene->height;
}

pel_status pel__pixels_new(pel_image *out, const pel_scene *scene, const pel_camera *camera)
{
    form f = form_of(scene);
    pel_status s = pel_image_new(out, camera->width, camera->height, f.channels, f.dtype);
    if (s != PEL_OK)
        return s;
    out->scalar = f.scalar;
    out->mm_per_pixel = camera->mm_per_pixel;
    out->dpi = scene->dpi;
    out->has_camera = true;
    out->camera = *camera;
    if (f.scalar && f.dtype == PEL_UINT16) {
        // stored 1 to 65535 from the least to the greatest value, 0 where nothing is
        double lo = INFINITY, hi = -INFINITY;
        for (int b = 0; b < scene->bodies; b++) {
            lo = fmin(lo, (double)scene->body[b]->field.lo);
            hi = fmax(hi, (double)scene->body[b]->field.hi);
        }
        for (int i = 0; i < scene->sheets; i++) {
            lo = fmin(lo, scene->sheet[i]->lo);
            hi = fmax(hi, scene->sheet[i]->hi);
        }
        out->slope = lo < hi ? (hi - lo) / 65534 : 1;
        out->inter = lo <= hi ? lo - out->slope : 0;
    }
    for (int i = 0; i < scene->layer_count && s == PEL_OK; i++) {
        float *data;
        s = pel_image_add_layer(out, scene->layer[i].name, scene->layer[i].channels, &data);
    }
    if (s != PEL_OK)
        pel_image_free(out);
    return s;
}

/* ---- one pixel ---- */

static void store(pel_image *image, int64_t at, float v)
{
    float clamped = v > 0 ? v < 1 ? v : 1 : 0;
    if (image->dtype == PEL_UINT8)
        ((uint8_t *)image->data)[at] = (uint8_t)(clamped * 255 + 0.5f);
    else if (image->dtype == PEL_UINT16)
        ((uint16_t *)image->data)[at] = (uint16_t)(clamped * 65535 + 0.5f);
    else
        ((float *)image->data)[at] = v;
}

static void put_scalar(pel_image *image, const pel__found *found, int64_t at)
{
    if (image->dtype == PEL_FLOAT32) {
        ((float *)image->data)[at] = found->value;
        return;
    }
    double stored = ((double)found->value - image->inter) / image->slope;
    stored = stored > 1 ? stored < 65535 ? stored : 65535 : 1;
    ((uint16_t *)image->data)[at] = isnan(found->value) ? 0 : (uint16_t)(stored + 0.5);
}

static bool shows_values(int mode)
{
    return mode == PEL_MIP || mode == PEL_MINIP || mode == PEL_MEAN;
}

// of values that of the look, else what was gathered
static void own_colour(float rgba[4], const pel_scene *scene, const pel__found *found)
{
    memcpy(rgba, found->rgb, sizeof found->rgb);
    rgba[3] = found->alpha;
    if (shows_values(scene->params.mode) && !isnan(found->value)) {
        float opacity;
        pel_look_colour(&scene->body[found->body]->look, (double)found->value, rgba, &opacity);
        rgba[3] = 1;
    }
}

void pel__pixel_colour(float rgba[4], const pel_scene *scene, const pel__found *found)
{
    own_colour(rgba, scene, found);
    const pel_colour *b = &scene->background;
    const float behind[3] = { b->r, b->g, b->b }, share = (1 - rgba[3]) * b->a;
    for (int c = 0; c < 3; c++)
        rgba[c] += share * behind[c];
    rgba[3] += share;
}

void pel__pixel_put_colour(pel_image *image, const float rgba[4], int64_t at)
{
    bool parts = image->channels == 4 && rgba[3] > 0;
    for (int c = 0; c < image->channels; c++)
        store(image, at * image->channels + c, parts && c < 3 ? rgba[c] / rgba[3] : rgba[c]);
}

// data pictures keep the colour alone
static void put_colour(pel_image *image, const pel_scene *scene, const pel__found *found,
                       int64_t at)
{
    float rgba[4];
    if (image->dtype == PEL_FLOAT32)
        own_colour(rgba, scene, found);
    else
        pel__pixel_colour(rgba, scene, found);
    pel__pixel_put_colour(image, rgba, at);
}

// indices of the volume that is seen; of a mesh those of the first volume
static void put_voxel(float *out, const pel_scene *scene, const pel__sight *sight,
                      const pel__found *found)
{
    if (scene->bodies == 0)
        return;
    const pel__ray *ray = &sight->ray[found->body < 0 ? 0 : found->body];
    for (int a = 0; a < 3; a++)
        out[a] = (float)(ray->origin[a] + found->at * ray->step[a]);
}

static void put_normal(float *out, const pel_scene *scene, const pel__sight *sight,
                       const pel__found *found)
{
    float normal[3];
    if (found->has_normal)
        memcpy(out, found->normal, sizeof found->normal);
    else if (found->body >= 0 &&
             pel__normal_at(normal, scene->body[found->body], &sight->ray[found->body], found->at))
        memcpy(out, normal, sizeof normal);
}

static void put_layer(float *out, int kind, const pel_scene *scene, const pel__sight *sight,
                      const pel__found *found)
{
    double k = found->at, depth = k * scene->step_mm;
    if (kind == PEL__LAYER_OPACITY) {
        if (scene->params.mode != PEL_COMPOSITE)
            *out = isnan(found->value) ? NAN : 1;
        else if (found->met)
            *out = found->alpha;
    } else if (kind == PEL__LAYER_VALUE)
        *out = found->value;
    else if (found->at < 0)
        return;
    else if (kind == PEL__LAYER_DEPTH)
        *out = (float)depth;
    else if (kind == PEL__LAYER_POSITION) {
        pel_vec3 p = pel__plus(sight->origin_mm, pel__scale(sight->direction, depth));
        out[0] = (float)p.x;
        out[1] = (float)p.y;
        out[2] = (float)p.z;
    } else if (kind == PEL__LAYER_VOXEL)
        put_voxel(out, scene, sight, found);
    else if (kind == PEL__LAYER_NORMAL)
        put_normal(out, scene, sight, found);
    else if (kind == PEL__LAYER_TRIANGLE)
        *out = found->body < 0 ? (float)found->triangle : NAN;
    else
        *out = found->body >= 0 && scene->body[found->body]->look.labels ? found->value : NAN;
}

void pel__pixel_put(pel_image *image, const pel_scene *scene, const pel__sight *sight,
                    const pel__found *found, int64_t at)
{
    if (image->scalar)
        put_scalar(image, found, at);
    else
        put_colour(image, scene, found, at);
    for (int i = 0; i < image->layer_count; i++)
        put_layer(image->layer[i].data + at * image->layer[i].channels, scene->layer[i].kind, scene,
                  sight, found);
}
