/* SPDX-License-Identifier: Apache-2.0 */
/* image.c: make and free pictures and their layers. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <pellucid/image.h>

#include "base/memory.h"
#include "base/status.h"

enum { MOST_LAYERS = sizeof(((pel_image *)0)->layer) / sizeof(pel_layer) };

pel_status pel_image_new(pel_image *out, int64_t width, int64_t height, int channels,
                         pel_dtype dtype)
{
    *out = (pel_image){ 0 };
    int64_t count;
    if (width < 1 || height < 1 || channels < 1 || channels > 4 ||
        !pel__multiply(&count, width, height) || !pel__multiply(&count, count, channels))
        return pel__fail(PEL_EPARAM, "a picture of %lldx%lld pixels cannot be made",
                         (long long)width, (long long)height);
    pel_status s = pel__alloc_zero(&out->data, count, pel_dtype_bytes(dtype), "the picture");
    if (s != PEL_OK)
        return s;
    out->width = width;
    out->height = height;
    out->channels = channels;
    out->dtype = dtype;
    out->slope = 1;
    out->mm_per_pixel = NAN;
    return PEL_OK;
}

void pel_image_free(pel_image *image)
{
    pel__free(image->data);
    for (int i = 0; i < image->layer_count; i++)
        pel__free(image->layer[i].data);
    free(image->provenance);
    *image = (pel_image){ 0 };
}

pel_status pel_image_add_layer(pel_image *image, const char *name, int channels, float **data)
{
    if (image->layer_count == MOST_LAYERS)
        return pel__fail(PEL_EPARAM, "a picture holds %d layers", MOST_LAYERS);
    pel_layer *layer = &image->layer[image->layer_count];
    int64_t count = image->width * image->height * channels;
    pel_status s = pel__alloc(&layer->data, count, sizeof *layer->data, "a picture layer");
    if (s != PEL_OK)
        return s;
    for (int64_t i = 0; i < count; i++)
        layer->data[i] = NAN;
    snprintf(layer->name, sizeof layer->name, "%s", name);
    layer->channels = channels;
    image->layer_count++;
    *data = layer->data;
    return PEL_OK;
}

const float *pel_image_layer(const pel_image *image, const char *name)
{
    for (int i = 0; i < image->layer_count; i++)
        if (strcmp(image->layer[i].name, name) == 0)
            return image->layer[i].data;
    return NULL;
}
