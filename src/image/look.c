/* SPDX-License-Identifier: Apache-2.0 */
/* look.c: one look for every picture: chosen, changed by flags, asked for the colour of a value. */
#include "image/look.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/maths.h"
#include "base/memory.h"
#include "base/params.h"
#include "base/status.h"
#include "base/text.h"

static const pel_param table[] = {
    PEL_TEXT(pel_look_params, look, NULL, "NAME|FILE",
             "colours, opacity and light: auto gray mr-head mr-brain ct-bone ct-skin ct-soft "
             "vessels xray labels seed, or a .json file; default auto"),
    PEL_TEXT(pel_look_params, colormap, NULL, "NAME|FILE", "colour map instead of the look's"),
    PEL_NUMBERS(pel_look_params, window, NULL, -1e300, 1e300, NULL, "LO,HI",
                "values at the ends of the colour map; default from the data"),
    PEL_SWITCH(pel_look_params, unlit, "no light: a colour tells the value and nothing else"),
    PEL_NUMBER(pel_look_params, ambient, NULL, 0, 1, NULL, "light from everywhere"),
    PEL_NUMBER(pel_look_params, diffuse, NULL, 0, 2, NULL, "light by the angle of the surface"),
    PEL_NUMBER(pel_look_params, specular, NULL, 0, 2, NULL, "strength of highlights"),
    PEL_NUMBER(pel_look_params, power, NULL, 1, 1000, NULL, "sharpness of highlights"),
    PEL_TEXT(pel_look_params, light, NULL, "head|X,Y,Z",
             "where the light is: at the eye, or to the right, up and near by X,Y,Z"),
    { "save_look", PEL_KIND_FILE, offsetof(pel_look_params, save_look), NULL, 0, 0, NULL, NULL,
      "OUT.json", "write the look as used to this file" },
};
const pel_schema pel_look_schema =
    PEL_SCHEMA(pel_look_params, "look", "how values become colours", table);

pel_look_params pel_look_defaults(void)
{
    pel_look_params params;
    pel_schema_defaults(&pel_look_schema, &params);
    return params;
}

static pel_status no_such_look(const char *name)
{
    pel__text list = { 0 };
    for (const char *const *n = pel_look_names(); *n; n++)
        pel__text_add(&list, " %s", *n);
    pel_status s = pel__fail(PEL_EPARAM, "%s: there is no such look; one of%s, or a .json file",
                             name, list.text ? list.text : "");
    pel__text_free(&list);
    return s;
}

pel_status pel__text_file(char **out, const char *path, const char *noun)
{
    enum { MOST = 1 << 20 };
    *out = NULL;
    FILE *file = fopen(path, "rb");
    if (!file)
        return pel__fail(PEL_EIO, "%s: cannot be opened; does the %s file exist?", path, noun);
    char *text = malloc(MOST + 1);
    size_t length = text ? fread(text, 1, MOST + 1, file) : 0;
    bool failed = ferror(file) != 0;
    fclose(file);
    pel_status s = PEL_OK;
    if (!text)
        s = pel__fail(PEL_EMEMORY, "%s: no memory for a %s file", path, noun);
    else if (failed)
        s = pel__fail(PEL_EIO, "%s: cannot be read", path);
    else if (length > MOST || memchr(text, 0, length))
        s = pel__fail(PEL_EFORMAT, "%s: is no %s: a %s is JSON text of less than 1 MB", path, noun,
                      noun);
    if (s != PEL_OK) {
        free(text);
        return s;
    }
    text[length] = 0;
    *out = text;
    return PEL_OK;
}

pel_status pel_look_load(pel_look *out, const char *name_or_file)
{
    *out = (pel_look){ 0 };
    if (*name_or_file == '{')
        return pel_look_from_json(out, name_or_file);
    if (!pel__ends_with(name_or_file, ".json"))
        return pel__look_builtin(out, name_or_file) ? PEL_OK : no_such_look(name_or_file);
    char *text;
    pel_status s = pel__text_file(&text, name_or_file, "look");
    if (s == PEL_OK)
        s = pel__during(pel_look_from_json(out, text), "%s", name_or_file);
    free(text);
    return s;
}

static pel_status copy_word(char *to, size_t room, const char *from, const char *option)
{
    if (strlen(from) >= room)
        return pel__fail(PEL_EPARAM, "%s is longer than %zu bytes", option, room - 1);
    strcpy(to, from);
    return PEL_OK;
}

void pel__look_to_map(pel_look *look)
{
    for (int i = 0; i < look->point_count; i++)
        look->opacity[i] = (pel_look_point){ look->points[i].value, { look->points[i].v[3] } };
    if (look->point_count)
        look->opacity_count = look->point_count;
    look->point_count = 0;
}

pel_status pel_look_choose(pel_look *out, const pel_look_params *params)
{
    *out = (pel_look){ 0 };
    pel_status s = pel_schema_check(&pel_look_schema, params);
    if (s == PEL_OK)
        s = pel_look_load(out, params->look ? params->look : "auto");
    if (s == PEL_OK && params->colormap)
        s = copy_word(out->colormap, sizeof out->colormap, params->colormap, "--colormap");
    if (s == PEL_OK && params->colormap)
        pel__look_to_map(out);
    if (s == PEL_OK && params->light)
        s = copy_word(out->light, sizeof out->light, params->light, "--light");
    if (s == PEL_OK && params->window.count) {
        if (params->window.count != 2 || !(params->window.value[0] < params->window.value[1]))
            return pel__fail(PEL_EPARAM, "--window wants two numbers LO,HI with LO below HI");
        out->window[0] = params->window.value[0];
        out->window[1] = params->window.value[1];
        out->window_in_hounsfield = false;
    }
    if (s != PEL_OK)
        return s;
    out->unlit |= params->unlit;
    if (!isnan(params->ambient))
        out->ambient = params->ambient;
    if (!isnan(params->diffuse))
        out->diffuse = params->diffuse;
    if (!isnan(params->specular))
        out->specular = params->specular;
    if (!isnan(params->power))
        out->power = params->power;
    return pel__look_check(out);
}

pel_status pel__look_light(pel_vec3 *out, const char *light)
{
    *out = (pel_vec3){ 0, 0, 1 };
    if (strcmp(light, "head") == 0)
        return PEL_OK;
    pel_numbers n;
    if (pel__parse_numbers(&n, light, ',') && n.count == 3) {
        pel_vec3 d = { n.value[0], n.value[1], n.value[2] };
        double length = pel__length(d);
        if (isfinite(length) && length > 0) {
            *out = pel__scale(d, 1 / length);
            return PEL_OK;
        }
    }
    return pel__fail(PEL_EPARAM,
                     "light is '%s'; it wants head, or three numbers X,Y,Z (to the "
                     "right, up, near) that are not all 0",
                     light);
}

static pel_status check_points(const pel_look_point *points, int count, int channels,
                               const char *name)
{
    for (int i = 0; i < count; i++) {
        if (!isfinite(points[i].value) || (i && points[i].value < points[i - 1].value))
            return pel__fail(PEL_EPARAM, "%s: values must be finite and ascend", name);
        for (int c = 0; c < channels; c++) {
            bool colour = channels == 4 && c < 3;
            if (!(points[i].v[c] >= 0 && points[i].v[c] <= (colour ? 1 : 1e6)))
                return pel__fail(PEL_EPARAM, "%s: %s", name,
                                 colour ? "colours go from 0 to 1"
                                        : "opacities and factors go from 0 to 1e6");
        }
    }
    return PEL_OK;
}

pel_status pel__look_check(const pel_look *look)
{
    pel_vec3 light;
    pel_status s = check_points(look->points, look->point_count, 4, "points");
    if (s == PEL_OK)
        s = check_points(look->opacity, look->opacity_count, 1, "opacity");
    if (s == PEL_OK)
        s = check_points(look->gradient, look->gradient_count, 1, "gradient_opacity");
    if (s == PEL_OK && !isnan(look->window[0]) && !(look->window[0] < look->window[1]))
        s = pel__fail(PEL_EPARAM, "window: the first value must be below the second");
    return s == PEL_OK ? pel__look_light(&light, look->light) : s;
}

void pel__look_piecewise(double *out, const pel_look_point *points, int count, int channels,
                         double value)
{
    // the last point at or below the value
    int at = -1;
    while (at + 1 < count && points[at + 1].value <= value)
        at++;
    const pel_look_point *a = &points[at < 0 ? 0 : at],
                         *b = &points[at + 1 < count ? at + 1 : count - 1];
    double span = b->value - a->value, t = span > 0 ? (value - a->value) / span : 0;
    for (int c = 0; c < channels; c++)
        out[c] = a->v[c] + t * (b->v[c] - a->v[c]);
}

static void map_colour(const pel_look *look, double value, float rgb[3])
{
    double at = 255 * (value - look->window[0]) / (look->window[1] - look->window[0]);
    at = at > 0 ? at < 255 ? at : 255 : 0;
    int lo = (int)at, hi = lo < 255 ? lo + 1 : 255;
    for (int c = 0; c < 3; c++) {
        double a = (double)look->map[lo][c], b = (double)look->map[hi][c];
        rgb[c] = (float)(a + (at - lo) * (b - a));
    }
}

void pel_look_colour(const pel_look *look, double value, float rgb[3], float *opacity_per_mm)
{
    rgb[0] = rgb[1] = rgb[2] = *opacity_per_mm = 0;
    if (isnan(value))
        return;
    double v[4];
    if (look->point_count && !look->labels) {
        pel__look_piecewise(v, look->points, look->point_count, 4, value);
        for (int c = 0; c < 3; c++)
            rgb[c] = (float)v[c];
        *opacity_per_mm = (float)v[3];
        return;
    }
    if (look->labels)
        memcpy(rgb, look->map[pel__int_from(floor(value + 0.5), INT64_MIN, INT64_MAX) & 255],
               3 * sizeof *rgb);
    else
        map_colour(look, value, rgb);
    if (look->opacity_count)
        pel__look_piecewise(v, look->opacity, look->opacity_count, 1, value);
    else {
        double t = (value - look->window[0]) / (look->window[1] - look->window[0]);
        v[0] = 0.05 * (t > 0 ? t < 1 ? t : 1 : 0);
    }
    *opacity_per_mm = (float)v[0];
}
