/* SPDX-License-Identifier: Apache-2.0 */
/* json.c: looks and cameras as JSON text and back; wraps jansson for this room. */
#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/maths.h"
#include "base/memory.h"
#include "base/status.h"
#include "base/text.h"
#include "image/look.h"

static void add_text(pel__text *to, const char *key, const char *value)
{
    json_t *string = json_string(value);
    char *quoted = string ? json_dumps(string, JSON_ENCODE_ANY) : NULL;
    pel__text_add(to, "  \"%s\": %s,\n", key, quoted ? quoted : "null");
    free(quoted);
    json_decref(string);
}

static void add_number(pel__text *to, double value)
{
    char number[32];
    pel__format_number(number, value);
    pel__text_add(to, "%s", number);
}

static void add_points(pel__text *to, const char *key, const pel_look_point *points, int count,
                       int channels)
{
    pel__text_add(to, "  \"%s\": [", key);
    for (int i = 0; i < count; i++) {
        pel__text_add(to, i ? ", [" : "[");
        add_number(to, points[i].value);
        for (int c = 0; c < channels; c++) {
            pel__text_add(to, ", ");
            add_number(to, points[i].v[c]);
        }
        pel__text_add(to, "]");
    }
    pel__text_add(to, "],\n");
}

char *pel_look_to_json(const pel_look *look)
{
    pel__text text = { 0 };
    pel__text_add(&text, "{\n");
    if (*look->name)
        add_text(&text, "name", look->name);
    add_text(&text, "tone", look->tone);
    if (!isnan(look->window[0])) {
        pel__text_add(&text, "  \"window\": [");
        add_number(&text, look->window[0]);
        pel__text_add(&text, ", ");
        add_number(&text, look->window[1]);
        pel__text_add(&text, "],\n");
    }
    add_text(&text, "colormap", look->colormap);
    if (look->point_count)
        add_points(&text, "points", look->points, look->point_count, 4);
    if (look->opacity_count)
        add_points(&text, "opacity", look->opacity, look->opacity_count, 1);
    if (look->gradient_count)
        add_points(&text, "gradient_opacity", look->gradient, look->gradient_count, 1);
    if (look->opacity_in_window)
        pel__text_add(&text, "  \"opacity_in_window\": true,\n");
    if (look->opacity_per_voxel)
        pel__text_add(&text, "  \"opacity_per_voxel\": true,\n");
    if (look->in_hounsfield)
        pel__text_add(&text, "  \"in_hounsfield\": true,\n");
    if (look->window_in_hounsfield)
        pel__text_add(&text, "  \"window_in_hounsfield\": true,\n");
    if (look->labels)
        pel__text_add(&text, "  \"labels\": true,\n");
    pel__text_add(&text, "  \"lighting\": {\"unlit\": %s", look->unlit ? "true" : "false");
    const double number[] = { look->ambient, look->diffuse, look->specular, look->power };
    static const char *const key[] = { "ambient", "diffuse", "specular", "power" };
    for (int i = 0; i < 4; i++) {
        pel__text_add(&text, ", \"%s\": ", key[i]);
        add_number(&text, number[i]);
    }
    pel__text_add(&text, ", \"light\": \"%s\"}\n}\n", look->light);
    if (text.failed)
        pel__text_free(&text);
    return text.text;
}

/* ---- back ---- */

static pel_status wants(const char *key, const char *what)
{
    return pel__fail(PEL_EFORMAT, "the look's \"%s\" wants %s", key, what);
}

static pel_status take_text(char *to, size_t room, const char *key, json_t *value)
{
    const char *text = json_string_value(value);
    if (!text || strlen(text) >= room)
        return wants(key, "a text of moderate length");
    strcpy(to, text);
    return PEL_OK;
}

static pel_status take_number(double *to, const char *key, json_t *value, double lo, double hi)
{
    double v = json_number_value(value);
    if (!json_is_number(value) || !(v >= lo && v <= hi)) {
        char a[32], b[32];
        pel__format_number(a, lo);
        pel__format_number(b, hi);
        return pel__fail(PEL_EFORMAT, "the look's \"%s\" wants a number from %s to %s", key, a, b);
    }
    *to = v;
    return PEL_OK;
}

static pel_status take_switch(bool *to, const char *key, json_t *value)
{
    if (!json_is_boolean(value))
        return wants(key, "true or false");
    *to = json_is_true(value);
    return PEL_OK;
}

static pel_status take_points(pel_look_point *to, int *count, int channels, const char *key,
                              json_t *value)
{
    const char *shape = channels == 4 ? "a list of [value, r, g, b, opacity], at most 64"
                                      : "a list of [value, number], at most 64";
    if (!json_is_array(value) || json_array_size(value) > PEL_LOOK_POINTS)
        return wants(key, shape);
    *count = (int)json_array_size(value);
    for (int i = 0; i < *count; i++) {
        json_t *row = json_array_get(value, (size_t)i);
        if (!json_is_array(row) || json_array_size(row) != (size_t)channels + 1)
            return wants(key, shape);
        for (int c = 0; c <= channels; c++) {
            json_t *number = json_array_get(row, (size_t)c);
            if (!json_is_number(number))
                return wants(key, shape);
            *(c ? &to[i].v[c - 1] : &to[i].value) = json_number_value(number);
        }
    }
    return PEL_OK;
}

static pel_status take_window(pel_look *look, const char *key, json_t *value)
{
    if (json_is_null(value))
        return PEL_OK;
    if (!json_is_array(value) || json_array_size(value) != 2)
        return wants(key, "two numbers, [lo, hi]");
    for (int i = 0; i < 2; i++) {
        pel_status s =
            take_number(&look->window[i], key, json_array_get(value, (size_t)i), -1e300, 1e300);
        if (s != PEL_OK)
            return s;
    }
    return PEL_OK;
}

static pel_status take_lighting(pel_look *look, const char *key, json_t *value)
{
    if (!json_is_object(value))
        return wants(key, "an object");
    const char *name;
    json_t *item;
    json_object_foreach(value, name, item)
    {
        pel_status s;
        if (strcmp(name, "unlit") == 0)
            s = take_switch(&look->unlit, name, item);
        else if (strcmp(name, "ambient") == 0)
            s = take_number(&look->ambient, name, item, 0, 1);
        else if (strcmp(name, "diffuse") == 0)
            s = take_number(&look->diffuse, name, item, 0, 2);
        else if (strcmp(name, "specular") == 0)
            s = take_number(&look->specular, name, item, 0, 2);
        else if (strcmp(name, "power") == 0)
            s = take_number(&look->power, name, item, 1, 1000);
        else if (strcmp(name, "light") == 0)
            s = take_text(look->light, sizeof look->light, name, item);
        else
            s = pel__fail(PEL_EFORMAT,
                          "the look's lighting has no key \"%s\"; it knows unlit "
                          "ambient diffuse specular power light",
                          name);
        if (s != PEL_OK)
            return s;
    }
    return PEL_OK;
}

static pel_status take_key(pel_look *look, const char *key, json_t *value)
{
    if (strcmp(key, "name") == 0)
        return take_text(look->name, sizeof look->name, key, value);
    if (strcmp(key, "tone") == 0)
        return take_text(look->tone, sizeof look->tone, key, value);
    if (strcmp(key, "window") == 0)
        return take_window(look, key, value);
    if (strcmp(key, "colormap") == 0)
        return take_text(look->colormap, sizeof look->colormap, key, value);
    if (strcmp(key, "points") == 0)
        return take_points(look->points, &look->point_count, 4, key, value);
    if (strcmp(key, "opacity") == 0)
        return take_points(look->opacity, &look->opacity_count, 1, key, value);
    if (strcmp(key, "gradient_opacity") == 0)
        return take_points(look->gradient, &look->gradient_count, 1, key, value);
    if (strcmp(key, "opacity_in_window") == 0)
        return take_switch(&look->opacity_in_window, key, value);
    if (strcmp(key, "opacity_per_voxel") == 0)
        return take_switch(&look->opacity_per_voxel, key, value);
    if (strcmp(key, "in_hounsfield") == 0)
        return take_switch(&look->in_hounsfield, key, value);
    if (strcmp(key, "window_in_hounsfield") == 0)
        return take_switch(&look->window_in_hounsfield, key, value);
    if (strcmp(key, "labels") == 0)
        return take_switch(&look->labels, key, value);
    if (strcmp(key, "lighting") == 0)
        return take_lighting(look, key, value);
    return pel__fail(PEL_EFORMAT,
                     "a look has no key \"%s\"; it knows name tone window colormap points opacity "
                     "gradient_opacity opacity_in_window opacity_per_voxel in_hounsfield "
                     "window_in_hounsfield labels lighting",
                     key);
}

pel_status pel_look_from_json(pel_look *out, const char *json)
{
    json_error_t error;
    json_t *root = json_loads(json, JSON_REJECT_DUPLICATES, &error);
    pel__look_builtin(out, "gray");
    out->name[0] = 0;
    pel_status s = PEL_OK;
    if (!root)
        s = pel__fail(PEL_EFORMAT, "is no JSON: line %d: %s", error.line, error.text);
    else if (!json_is_object(root))
        s = pel__fail(PEL_EFORMAT, "a look is a JSON object, {\"window\": ...}");
    const char *key;
    json_t *value;
    if (s == PEL_OK)
        json_object_foreach(root, key, value)
        {
            s = take_key(out, key, value);
            if (s != PEL_OK)
                break;
        }
    json_decref(root);
    if (s == PEL_OK)
        s = pel__look_check(out);
    if (s != PEL_OK)
        *out = (pel_look){ 0 };
    return s;
}

/* ---- cameras ---- */

static void add_numbers(pel__text *to, const char *key, const double *value, int count)
{
    pel__text_add(to, ", \"%s\": ", key);
    if (count > 1)
        pel__text_add(to, "[");
    for (int i = 0; i < count; i++) {
        if (i)
            pel__text_add(to, ", ");
        if (isfinite(value[i]))
            add_number(to, value[i]);
        else
            pel__text_add(to, "null");
    }
    if (count > 1)
        pel__text_add(to, "]");
}

char *pel_camera_to_json(const pel_camera *c)
{
    const double eye[] = { c->eye_mm.x, c->eye_mm.y, c->eye_mm.z };
    const double right[] = { c->right.x, c->right.y, c->right.z };
    const double down[] = { c->down.x, c->down.y, c->down.z };
    const double forward[] = { c->forward.x, c->forward.y, c->forward.z };
    pel__text text = { 0 };
    pel__text_add(&text, "{\"width\": %lld, \"height\": %lld, \"perspective\": %s",
                  (long long)c->width, (long long)c->height, c->perspective ? "true" : "false");
    add_numbers(&text, "eye_mm", eye, 3);
    add_numbers(&text, "right", right, 3);
    add_numbers(&text, "down", down, 3);
    add_numbers(&text, "forward", forward, 3);
    add_numbers(&text, "mm_per_pixel", &c->mm_per_pixel, 1);
    add_numbers(&text, "focal_px", &c->focal_px, 1);
    if (c->has_lens) {
        add_numbers(&text, "focal_y_px", &c->focal_y_px, 1);
        add_numbers(&text, "principal_px", c->principal_px, 2);
        add_numbers(&text, "distortion", c->distortion, 8);
    }
    pel__text_add(&text, "}");
    if (text.failed)
        pel__text_free(&text);
    return text.text;
}

static pel_status camera_wants(const char *key, const char *what)
{
    return pel__fail(PEL_EFORMAT, "the camera's \"%s\" wants %s", key, what);
}

// numbers of a list, or of a list of lists, row by row; how many, -1: not all are numbers
static int flat_numbers(double *out, int most, json_t *list)
{
    int count = 0;
    for (size_t i = 0; i < json_array_size(list); i++) {
        json_t *item = json_array_get(list, i);
        if (json_is_array(item)) {
            int more = flat_numbers(out + count, most - count, item);
            if (more < 0)
                return -1;
            count += more;
        } else {
            if (!json_is_number(item) || count == most)
                return -1;
            out[count++] = json_number_value(item);
        }
    }
    return count;
}

static pel_status take_numbers(double *out, int count, json_t *root, const char *key,
                               const char *what)
{
    return flat_numbers(out, count, json_object_get(root, key)) == count ? PEL_OK
                                                                         : camera_wants(key, what);
}

static pel_status take_vector(pel_vec3 *out, json_t *root, const char *key)
{
    double v[3];
    pel_status s = take_numbers(v, 3, root, key, "three numbers");
    if (s == PEL_OK)
        *out = (pel_vec3){ v[0], v[1], v[2] };
    return s;
}

// width and height, or size or image_size as a list of them
static pel_status take_size(pel_camera *out, json_t *root)
{
    static const char *const keys[] = { "size", "image_size" };
    double size[2] = { json_number_value(json_object_get(root, "width")),
                       json_number_value(json_object_get(root, "height")) };
    for (int i = 0; i < 2; i++)
        if (json_object_get(root, keys[i]) &&
            flat_numbers(size, 2, json_object_get(root, keys[i])) != 2)
            return camera_wants(keys[i], "the picture's width and height");
    for (int i = 0; i < 2; i++)
        if (!(size[i] >= 1 && size[i] <= 1 << 20) || size[i] != floor(size[i]))
            return pel__fail(PEL_EFORMAT, "a camera wants the size of its picture in pixels, as "
                                          "\"width\" and \"height\" or \"size\": [width, height]");
    out->width = (int64_t)size[0];
    out->height = (int64_t)size[1];
    return PEL_OK;
}

// 4, 5 or 8 of them, in OpenCV's order: k1 k2 p1 p2 k3 k4 k5 k6
static pel_status take_distortion(pel_camera *out, json_t *root)
{
    static const char *const keys[] = { "distortion", "dist" };
    for (int i = 0; i < 2; i++) {
        json_t *list = json_object_get(root, keys[i]);
        if (!list || json_is_null(list))
            continue;
        int count = json_is_array(list) ? flat_numbers(out->distortion, 8, list) : -1;
        if (count != 0 && count != 4 && count != 5 && count != 8)
            return camera_wants(keys[i], "4, 5 or 8 numbers: k1 k2 p1 p2 k3 k4 k5 k6 as OpenCV has "
                                         "them (thin prisms and tilts are not known)");
    }
    return PEL_OK;
}

static pel_status take_focal(pel_camera *out, json_t *root)
{
    static const char *const keys[] = { "fx", "fy", "cx", "cy" };
    json_t *k = json_object_get(root, "K");
    double v[9], n[4];
    if (json_is_array(k)) {
        if (flat_numbers(v, 9, k) != 9 || v[3] != 0 || v[6] != 0 || v[7] != 0 || v[8] != 1)
            return camera_wants("K", "three rows: [fx, 0, cx], [0, fy, cy], [0, 0, 1]");
        if (v[1] != 0)
            return pel__fail(PEL_EUNSUPPORTED,
                             "the camera's \"K\" is skewed (%g); OpenCV knows no "
                             "skew, and neither does this",
                             v[1]);
        const double of_matrix[] = { v[0], v[4], v[2], v[5] };
        memcpy(n, of_matrix, sizeof n);
    } else
        for (int i = 0; i < 4; i++) {
            json_t *number = json_object_get(json_is_object(k) ? k : root, keys[i]);
            if (!json_is_number(number))
                return camera_wants(keys[i], "a number; or give \"K\", a matrix of 3x3");
            n[i] = json_number_value(number);
        }
    if (!(n[0] > 0 && n[1] > 0))
        return pel__fail(PEL_EFORMAT,
                         "the camera's focal lengths are %g and %g pixels; they are "
                         "above 0",
                         n[0], n[1]);
    out->focal_px = n[0];
    out->focal_y_px = n[1];
    // pixel centres are whole numbers there and half ones here
    out->principal_px[0] = n[2] + 0.5;
    out->principal_px[1] = n[3] + 0.5;
    return PEL_OK;
}

static pel_status check_axes(pel_camera *c)
{
    pel_vec3 axis[3] = { c->right, c->down, c->forward };
    for (int a = 0; a < 3; a++)
        for (int b = 0; b <= a; b++)
            if (!(fabs(pel__dot(axis[a], axis[b]) - (a == b)) < 1e-3))
                return pel__fail(PEL_EFORMAT,
                                 "the camera's axes (or \"R\") are not of length 1 and "
                                 "at right angles");
    // digits that were cut off in writing them
    c->forward = pel__unit(c->forward);
    c->right =
        pel__unit(pel__minus(c->right, pel__scale(c->forward, pel__dot(c->right, c->forward))));
    pel_vec3 down = pel__cross(c->forward, c->right);
    c->down = pel__dot(down, c->down) > 0 ? down : pel__scale(down, -1);
    return PEL_OK;
}

// K, distortion, R and t: a point in camera axes is R*world + t
static pel_status take_photograph(pel_camera *out, json_t *root)
{
    double r[9], t[3];
    out->perspective = out->has_lens = true;
    out->mm_per_pixel = NAN;
    pel_status s = take_focal(out, root);
    if (s == PEL_OK)
        s = take_distortion(out, root);
    if (s == PEL_OK)
        s = take_numbers(r, 9, root, "R",
                         "a rotation of 3x3 from the world (RAS mm) to the camera "
                         "(right, down, forward)");
    if (s == PEL_OK)
        s = take_numbers(t, 3, root, "t", "three numbers in mm: the world's origin in camera axes");
    if (s != PEL_OK)
        return s;
    out->right = (pel_vec3){ r[0], r[1], r[2] };
    out->down = (pel_vec3){ r[3], r[4], r[5] };
    out->forward = (pel_vec3){ r[6], r[7], r[8] };
    s = check_axes(out);
    if (s == PEL_OK && pel__dot(pel__cross(out->right, out->down), out->forward) < 0)
        s = camera_wants("R", "a rotation, not a mirror image");
    out->eye_mm =
        pel__scale(pel__plus(pel__plus(pel__scale(out->right, t[0]), pel__scale(out->down, t[1])),
                             pel__scale(out->forward, t[2])),
                   -1);
    return s;
}

static double number_or_nan(json_t *root, const char *key)
{
    json_t *number = json_object_get(root, key);
    return json_is_number(number) ? json_number_value(number) : NAN;
}

// as pel_camera_to_json() writes it
static pel_status take_own(pel_camera *out, json_t *root)
{
    out->perspective = json_is_true(json_object_get(root, "perspective"));
    out->mm_per_pixel = number_or_nan(root, "mm_per_pixel");
    out->focal_px = number_or_nan(root, "focal_px");
    out->focal_y_px = number_or_nan(root, "focal_y_px");
    out->has_lens = out->focal_y_px > 0;
    pel_status s = take_vector(&out->eye_mm, root, "eye_mm");
    if (s == PEL_OK)
        s = take_vector(&out->right, root, "right");
    if (s == PEL_OK)
        s = take_vector(&out->down, root, "down");
    if (s == PEL_OK)
        s = take_vector(&out->forward, root, "forward");
    if (s == PEL_OK && out->has_lens)
        s = take_numbers(out->principal_px, 2, root, "principal_px", "two numbers");
    if (s == PEL_OK && out->has_lens)
        s = take_distortion(out, root);
    if (s == PEL_OK && !((out->perspective ? out->focal_px : out->mm_per_pixel) > 0))
        s = camera_wants(out->perspective ? "focal_px" : "mm_per_pixel", "a number above 0");
    return s == PEL_OK ? check_axes(out) : s;
}

pel_status pel_camera_from_json(pel_camera *out, const char *json)
{
    json_error_t error;
    json_t *root = json_loads(json, JSON_REJECT_DUPLICATES, &error), *camera = root;
    *out = (pel_camera){ 0 };
    pel_status s = PEL_OK;
    // of a report, and of what a picture says of itself, the camera
    if (json_is_object(json_object_get(root, "camera")))
        camera = json_object_get(root, "camera");
    if (!root)
        s = pel__fail(PEL_EFORMAT, "is no JSON: line %d: %s", error.line, error.text);
    else if (!json_is_object(camera))
        s = pel__fail(PEL_EFORMAT,
                      "a camera is a JSON object, {\"K\": ..., \"R\": ..., \"t\": ...}");
    if (s == PEL_OK)
        s = take_size(out, camera);
    if (s == PEL_OK)
        s = json_object_get(camera, "eye_mm") ? take_own(out, camera)
                                              : take_photograph(out, camera);
    json_decref(root);
    const double all[] = { out->eye_mm.x, out->eye_mm.y, out->eye_mm.z };
    for (int i = 0; i < 3 && s == PEL_OK; i++)
        if (!isfinite(all[i]))
            s = camera_wants("t", "finite numbers");
    if (s != PEL_OK)
        *out = (pel_camera){ 0 };
    return s;
}
