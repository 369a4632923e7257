/* SPDX-License-Identifier: Apache-2.0 */
/* info_picture.c: what a picture made by pellucid says of itself, and of one of its pixels. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "commands.h"
#include "info.h"

static const pel_param table[] = {
    PEL_NUMBERS(cli_info_params, pixel, NULL, 0, 1 << 20, "pixels", "U,V",
                "of a picture made by pellucid: tell mm, voxel and value at this pixel, by column "
                "and row (0,0 is top left); fractions name points, whose centres are at .5"),
    PEL_TEXTS(cli_info_params, layer, "NAME=FILE",
              "a layer of the picture (position voxel value depth ...), read at --pixel"),
};
const pel_schema cli_info_schema =
    PEL_SCHEMA(cli_info_params, "info", "what to tell of a picture", table);

enum { MOST_CHANNELS = 4 };

static void print_row(const char *name)
{
    printf("  %-13s", name);
}

static void print_numbers(const char *name, const double *v, int count, const char *unit)
{
    print_row(name);
    for (int i = 0; i < count; i++)
        printf("%s%.9g", i ? ", " : "", v[i]);
    printf("%s%s\n", *unit ? " " : "", unit);
}

static pel_status refuse(cli_run *run, const char *file, const char *why)
{
    snprintf(run->error, sizeof run->error, "%s: %s", file, why);
    return PEL_EPARAM;
}

pel_status cli_info_check(cli_run *run)
{
    const cli_info_params *params = CLI_PARAMS(run, 0, cli_info_params);
    if (params->pixel.count != 0 && params->pixel.count != 2)
        return refuse(run, "--pixel", "wants two numbers, U,V: the column and the row");
    if (params->layer.count && params->pixel.count == 0)
        return refuse(run, "--layer", "is read at a pixel; give --pixel U,V");
    for (int i = 0; i < params->layer.count; i++)
        if (!strchr(params->layer.item[i], '='))
            return refuse(run, "--layer", "wants NAME=FILE, such as position=pos.tif");
    return PEL_OK;
}

bool cli_info_made(cli_run *run)
{
    char *made;
    pel_camera camera;
    if (pel_read_made(&made, run->input[0].path) != PEL_OK)
        return false;
    bool has_camera = pel_camera_from_json(&camera, made) == PEL_OK;
    char *view = has_camera ? pel_camera_to_json(&camera) : NULL;
    cli_report_json(run, "made", made);
    if (has_camera) {
        cli_report_number(run, "mm_per_pixel", camera.mm_per_pixel);
        cli_report_json(run, "camera", view);
    }
    if (!run->common.json && has_camera) {
        print_row("picture");
        printf("%lld x %lld pixels, ", (long long)camera.width, (long long)camera.height);
        if (isfinite(camera.mm_per_pixel))
            printf("%.17g mm per pixel\n", camera.mm_per_pixel);
        else
            printf("in perspective\n");
        print_row("camera");
        printf("%s\n", view);
    }
    if (!run->common.json) {
        print_row("made");
        printf("%s\n", made);
    }
    free(view);
    free(made);
    return true;
}

/* ---- a pixel ---- */

// the numbers of a picture file at column u, row v; how many
static pel_status read_numbers(cli_run *run, const char *file, int64_t u, int64_t v, double *out,
                               int *count)
{
    pel_volume p;
    pel_status s = pel_read_volume(&p, file, NULL);
    if (s != PEL_OK)
        return s;
    // npy holds rows first, its channels as a further axis; all others columns first
    bool rows_first = strcmp(p.fields.format, "npy") == 0;
    int64_t width = rows_first ? p.dims[1] : p.dims[0], height = rows_first ? p.dims[0] : p.dims[1];
    int64_t channels = p.channels ? p.channels : 1, deep = channels > 1 ? channels : p.dims[2];
    // NIfTI keeps channels as frames
    if (deep == 1 && p.frames > 1)
        deep = p.frames;
    *count = (int)(deep < MOST_CHANNELS ? deep : MOST_CHANNELS);
    if (u >= width || v >= height)
        s = refuse(run, file, "has no such pixel; it is smaller than that");
    for (int c = 0; c < *count && s == PEL_OK; c++) {
        int64_t i = rows_first ? v : u, j = rows_first ? u : v;
        int64_t at =
            channels > 1 ? (j * p.dims[0] + i) * channels + c : (c * p.dims[1] + j) * p.dims[0] + i;
        float value;
        double slope = isfinite(p.slope) && p.slope != 0 ? p.slope : 1;
        double inter = isfinite(p.slope) && p.slope != 0 ? p.inter : 0;
        pel_values_from_stored(&value, (const char *)p.data + at * pel_dtype_bytes(p.dtype),
                               p.dtype, 1, slope, inter);
        out[c] = (double)value;
    }
    pel_volume_free(&p);
    return s;
}

static void tell(cli_run *run, const char *key, const double *v, int count, const char *unit)
{
    char path[64];
    snprintf(path, sizeof path, "pixel.%s", key);
    if (count == 1)
        cli_report_number(run, path, v[0]);
    else
        cli_report_numbers(run, path, v, count);
    if (!run->common.json)
        print_numbers(key, v, count, unit);
}

static void tell_layer(cli_run *run, const char *name, const double *v, int count)
{
    static const struct {
        const char *name, *key, *unit;
    } words[] = { { "position", "mm", "mm, in the world" }, { "depth", "depth_mm", "mm" } };
    for (int w = 0; w < 2; w++)
        if (strcmp(name, words[w].name) == 0) {
            tell(run, words[w].key, v, count, words[w].unit);
            return;
        }
    tell(run, name, v, count, "");
}

static pel_status tell_layers(cli_run *run, int64_t u, int64_t v)
{
    const pel_texts *layers = &CLI_PARAMS(run, 0, cli_info_params)->layer;
    pel_status s = PEL_OK;
    for (int i = 0; i < layers->count && s == PEL_OK; i++) {
        const char *text = layers->item[i], *file = strchr(text, '=') + 1;
        char name[32];
        double numbers[MOST_CHANNELS];
        int count;
        snprintf(name, sizeof name, "%.*s", (int)(file - text) - 1, text);
        s = read_numbers(run, file, u, v, numbers, &count);
        if (s == PEL_OK)
            tell_layer(run, name, numbers, count);
    }
    return s;
}

// what the file itself shows: one layer, or else a value or a colour
static pel_status tell_own(cli_run *run, const char *made, int64_t u, int64_t v)
{
    const char *path = run->input[0].path;
    double numbers[MOST_CHANNELS];
    int count;
    pel_status s = read_numbers(run, path, u, v, numbers, &count);
    if (s != PEL_OK)
        return s;
    pel_recipe recipe;
    bool is_layer = pel_recipe_parse(&recipe, made, path) == PEL_OK && recipe.layer;
    tell_layer(run, is_layer ? recipe.layer : count == 1 ? "value" : "colour", numbers, count);
    pel_recipe_free(&recipe);
    return PEL_OK;
}

// without a layer the picture knows the line of sight alone, not how far along it something was
// seen
static void tell_ray(cli_run *run, const pel_camera *camera, double u, double v)
{
    pel_vec3 o, d;
    pel_camera_ray(camera, u, v, &o, &d);
    tell(run, "ray_from_mm", (double[]){ o.x, o.y, o.z }, 3, "mm: any point there is on");
    tell(run, "ray_along", (double[]){ d.x, d.y, d.z }, 3, "this line, at its depth from it");
}

pel_status cli_info_pixel(cli_run *run)
{
    const cli_info_params *params = CLI_PARAMS(run, 0, cli_info_params);
    const char *path = run->input[0].path;
    double at[2];
    int64_t whole[2];
    bool named = params->pixel.value[0] == floor(params->pixel.value[0]) &&
                 params->pixel.value[1] == floor(params->pixel.value[1]);
    for (int a = 0; a < 2; a++) {
        whole[a] = (int64_t)params->pixel.value[a];
        at[a] = params->pixel.value[a] + (named ? 0.5 : 0);
    }
    char *made;
    pel_camera camera;
    pel_status s = pel_read_made(&made, path);
    if (s != PEL_OK)
        return s;
    if (pel_camera_from_json(&camera, made) != PEL_OK)
        s = refuse(run, path, "is no picture with a camera, so its pixels have no place in mm");
    else if (whole[0] >= camera.width || whole[1] >= camera.height)
        s = refuse(run, path, "--pixel lies outside the picture");
    if (s == PEL_OK) {
        tell(run, "uv_px", at, 2, "");
        tell_ray(run, &camera, at[0], at[1]);
        s = tell_own(run, made, whole[0], whole[1]);
    }
    free(made);
    return s == PEL_OK ? tell_layers(run, whole[0], whole[1]) : s;
}
