/* SPDX-License-Identifier: Apache-2.0 */
/* metadata.c: what a picture carries beside its pixels; wraps jansson for this room. */
#include <jansson.h>
#include <math.h>
#include <stdlib.h>

#include "write/film.h"
#include "write/write.h"

static json_t *number(double value)
{
    return isfinite(value) ? json_real(value) : json_null();
}

static json_t *camera(const pel_camera *c)
{
    char *text = pel_camera_to_json(c);
    json_t *object = text ? json_loads(text, 0, NULL) : NULL;
    free(text);
    return object;
}

static char *text_of(json_t *root, int missing)
{
    char *text = missing
                     ? NULL
                     : json_dumps(root, JSON_COMPACT | JSON_ENSURE_ASCII | JSON_REAL_PRECISION(17));
    json_decref(root);
    return text;
}

static json_t *cameras(const pel_film *film)
{
    json_t *list = json_array();
    for (int64_t n = 0; n < film->frames; n++)
        json_array_append_new(list, camera(&film->cameras[n]));
    return list;
}

char *pel__film_metadata(const pel_film *film)
{
    json_t *root = json_object();
    const char *provenance = film->like.provenance;
    int missing = json_object_set_new(root, "pellucid", json_string(pel_version())) |
                  json_object_set_new(root, "frames", json_integer(film->shown)) |
                  json_object_set_new(root, "fps", json_real(film->params.fps)) |
                  json_object_set_new(root, "mm_per_pixel", number(film->like.mm_per_pixel));
    if (film->cameras)
        missing |= json_object_set_new(root, "cameras", cameras(film));
    if (provenance)
        missing |= json_object_set_new(root, "provenance", json_loads(provenance, 0, NULL));
    return text_of(root, missing);
}

char *pel__image_metadata(const pel_image *image)
{
    json_t *root = json_object();
    int missing = json_object_set_new(root, "pellucid", json_string(pel_version())) |
                  json_object_set_new(root, "mm_per_pixel", number(image->mm_per_pixel));
    if (image->has_camera)
        missing |= json_object_set_new(root, "camera", camera(&image->camera));
    if (image->scalar)
        missing |= json_object_set_new(root, "slope", number(image->slope)) |
                   json_object_set_new(root, "intercept", number(image->inter));
    if (image->layer_count == 1 && !image->layer[0].data)
        missing |= json_object_set_new(root, "layer", json_string(image->layer[0].name));
    if (image->provenance)
        missing |= json_object_set_new(root, "provenance", json_loads(image->provenance, 0, NULL));
    return text_of(root, missing);
}
