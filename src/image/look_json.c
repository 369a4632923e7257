/* SPDX-License-Identifier: Apache-2.0 */
/* look_json.c: looks as JSON text and back; wraps jansson for this room. */
#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

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
    if (strcmp(key, "labels") == 0)
        return take_switch(&look->labels, key, value);
    if (strcmp(key, "lighting") == 0)
        return take_lighting(look, key, value);
    return pel__fail(PEL_EFORMAT,
                     "a look has no key \"%s\"; it knows name tone window colormap points opacity "
                     "gradient_opacity opacity_in_window opacity_per_voxel labels lighting",
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
