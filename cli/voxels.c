/* SPDX-License-Identifier: Apache-2.0 */
/* voxels.c: the voxels command: every voxel as a cube, a figure. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "commands.h"

enum { VOXELS, CORNERS = 3 };

/* the files beside the input */
typedef struct files {
    pel_volume colours, opacity, corner[CORNERS];
    char *corner_file[CORNERS];
} files;

static bool is_opacity_file(const char *opacity)
{
    char *end;
    if (!opacity || strcmp(opacity, "value") == 0)
        return false;
    strtod(opacity, &end);
    return end == opacity || *end != 0;
}

static void free_files(files *with)
{
    pel_volume_free(&with->colours);
    pel_volume_free(&with->opacity);
    for (int a = 0; a < CORNERS; a++) {
        pel_volume_free(&with->corner[a]);
        free(with->corner_file[a]);
    }
}

// X.npy,Y.npy,Z.npy
static pel_status parse_corners(cli_run *run, files *with)
{
    const char *at = CLI_PARAMS(run, VOXELS, pel_voxels_params)->corners;
    for (int a = 0; at && a < CORNERS; a++) {
        size_t length = strcspn(at, ",");
        if (length == 0 || (at[length] == ',') != (a < CORNERS - 1))
            return cli_refuse(run, "--corners wants three files, X.npy,Y.npy,Z.npy");
        with->corner_file[a] = strndup(at, length);
        if (!with->corner_file[a])
            return cli_refuse(run, "no memory for the names of --corners");
        at += length + 1;
    }
    return PEL_OK;
}

// what can be told before anything is read
static pel_status check_words(cli_run *run, files *with)
{
    const char *output = run->common.output;
    if (output && !pel_can_write_figure(output))
        return cli_refuse(run, "-o wants a figure: .png .svg .pdf");
    pel_status s = parse_corners(run, with);
    for (int a = 0; a < CORNERS && s == PEL_OK && output && with->corner_file[a]; a++)
        if (strcmp(with->corner_file[a], output) == 0)
            s = cli_refuse(run, "-o is also a file of --corners; write to another name");
    return s == PEL_OK ? cli_check_save_look(run, 0) : s;
}

// where nothing was asked for, viridis from the lowest to the highest value
static pel_status choose_look(cli_run *run, pel_look *look)
{
    pel_look_params params = *(const pel_look_params *)run->input[0].params[CLI_LOOK];
    if (!params.look && !params.colormap)
        params.colormap = "viridis";
    return pel_look_choose(look, &params);
}

/* the whole grid, and what --crop leaves of it: places and colours are those of the whole */
typedef struct grids {
    pel_volume whole, part;
    bool cropped;
} grids;

static const pel_volume *drawn(const grids *g)
{
    return g->cropped ? &g->part : &g->whole;
}

static void free_grids(grids *g)
{
    pel_volume_free(&g->whole);
    pel_volume_free(&g->part);
}

// RGB(A) is read as it is unless a channel or frame of it is asked for
static pel_status reads_colours(bool *out, const cli_run *run, const pel_input_params *params)
{
    pel_input_cost cost;
    *out = false;
    if (params->channel >= 0 || params->frame >= 0)
        return PEL_OK;
    pel_status s = pel_input_plan(&cost, run->input[0].path, params, true);
    *out = s == PEL_OK && pel_voxels_is_colour(&cost.shape);
    pel_volume_free(&cost.shape);
    return s;
}

static pel_status read_whole(cli_run *run, const pel_look *look, pel_volume *out)
{
    pel_input_params *input = run->input[0].params[CLI_INPUT];
    const char *crop = input->crop;
    bool colours;
    input->crop = NULL;
    pel_status s = reads_colours(&colours, run, input);
    cli_step(run, "read");
    if (s == PEL_OK)
        s = colours ? pel_input_read(out, run->input[0].path, input, true)
                    : cli_read_toned(run, 0, look, out);
    input->crop = crop;
    return s;
}

static pel_status read_grids(cli_run *run, const pel_look *look, grids *out)
{
    const pel_input_params *input = run->input[0].params[CLI_INPUT];
    pel_status s = read_whole(run, look, &out->whole);
    if (s == PEL_OK && input->crop) {
        s = pel_crop(&out->part, &out->whole, input->crop);
        out->cropped = s == PEL_OK;
    }
    return s;
}

static bool same_dims(const pel_volume *a, const pel_volume *b)
{
    return memcmp(a->dims, b->dims, sizeof a->dims) == 0;
}

// a file on the grid before --crop is cropped as that is
static pel_status read_beside(cli_run *run, const char *file, bool colours, const grids *g,
                              pel_volume *out)
{
    const char *crop = ((const pel_input_params *)run->input[0].params[CLI_INPUT])->crop;
    pel_input_params plain = pel_input_defaults();
    pel_status s = pel_input_read(out, file, &plain, colours);
    if (s != PEL_OK || !g->cropped || same_dims(out, &g->part) || !same_dims(out, &g->whole))
        return s;
    pel_volume whole = *out;
    s = pel_crop(out, &whole, crop);
    pel_volume_free(&whole);
    return s;
}

static pel_status read_files(cli_run *run, const grids *g, files *with)
{
    const pel_voxels_params *params = CLI_PARAMS(run, VOXELS, pel_voxels_params);
    pel_status s = PEL_OK;
    if (params->colors)
        s = read_beside(run, params->colors, true, g, &with->colours);
    if (s == PEL_OK && is_opacity_file(params->opacity))
        s = read_beside(run, params->opacity, false, g, &with->opacity);
    pel_input_params plain = pel_input_defaults();
    for (int a = 0; a < CORNERS && s == PEL_OK && with->corner_file[a]; a++)
        s = pel_input_read(&with->corner[a], with->corner_file[a], &plain, false);
    return s;
}

// files are told by their hashes, never by name unless asked; that of --colors by its option
static char *made_how(cli_run *run, const grids *g, const files *with)
{
    pel_voxels_params *params = CLI_PARAMS(run, VOXELS, pel_voxels_params), given = *params;
    const char *hash = g->whole.fields.hash, *hashes[] = { *hash ? hash : NULL };
    pel_made_from from[1 + CORNERS];
    int count = 0;
    if (with->opacity.data) {
        from[count++] = (pel_made_from){ .name = params->opacity,
                                         .hash = with->opacity.fields.hash,
                                         .role = "opacity" };
        params->opacity = NULL;
    }
    for (int a = 0; a < CORNERS && with->corner[a].data; a++)
        from[count++] = (pel_made_from){ .name = with->corner_file[a],
                                         .hash = with->corner[a].fields.hash,
                                         .role = CLI_CORNERS };
    params->corners = NULL;
    char *text = cli_provenance_more(run, hashes, from, count);
    *params = given;
    return text;
}

static void report(cli_run *run, const pel_volume *volume, const pel_look *look)
{
    const double dims[] = { (double)volume->dims[0], (double)volume->dims[1],
                            (double)volume->dims[2] };
    cli_report_numbers(run, "dims", dims, 3);
    cli_report_numbers(run, "window", look->window, 2);
    cli_report_text(run, "colormap", look->colormap);
}

static pel_status draw(cli_run *run, const grids *g, const files *with, const pel_look *look)
{
    pel_voxels_input in = { .values = drawn(g), .whole = &g->whole, .look = look };
    pel_figure figure;
    if (with->colours.data)
        in.colours = &with->colours;
    if (with->opacity.data)
        in.opacity = &with->opacity;
    for (int a = 0; a < CORNERS && with->corner[a].data; a++)
        in.corners[a] = &with->corner[a];
    cli_step(run, "draw");
    pel_status s = pel_voxels(&figure, &in, CLI_PARAMS(run, VOXELS, pel_voxels_params));
    if (s != PEL_OK)
        return s;
    report(run, in.values, look);
    figure.provenance = made_how(run, g, with);
    cli_step(run, "write");
    s = pel_write_figure(run->common.output, &figure);
    if (s == PEL_OK) {
        cli_report_output(run, run->common.output);
        s = cli_write_sidecar(run, run->common.output, figure.provenance);
    }
    pel_figure_free(&figure);
    return s;
}

static pel_status run(cli_run *run)
{
    grids g = { .cropped = false };
    files with = { .corner_file = { NULL } };
    pel_look look;
    pel_status s = check_words(run, &with);
    if (s == PEL_OK)
        s = choose_look(run, &look);
    if (s == PEL_OK)
        s = read_grids(run, &look, &g);
    if (s == PEL_OK)
        s = read_files(run, &g, &with);
    if (s == PEL_OK)
        s = pel_voxels_fit(&look, &g.whole);
    if (s == PEL_OK)
        s = draw(run, &g, &with, &look);
    if (s == PEL_OK)
        s = cli_save_look(run, 0, &look);
    free_files(&with);
    free_grids(&g);
    return s;
}

// bytes of the files beside the input, told from their headers
static pel_status plan_files(const cli_run *run, const files *with, double *bytes)
{
    const pel_voxels_params *params = CLI_PARAMS(run, VOXELS, pel_voxels_params);
    const char *opacity = is_opacity_file(params->opacity) ? params->opacity : NULL;
    const char *file[] = { params->colors, opacity, with->corner_file[0], with->corner_file[1],
                           with->corner_file[2] };
    pel_input_params plain = pel_input_defaults();
    pel_status s = PEL_OK;
    for (int i = 0; i < 2 + CORNERS && s == PEL_OK; i++) {
        pel_input_cost cost;
        if (!file[i])
            continue;
        s = pel_input_plan(&cost, file[i], &plain, i == 0);
        if (s == PEL_OK)
            *bytes += (double)cost.memory_bytes * (i < 2 ? 2 : 1);
        pel_volume_free(&cost.shape);
    }
    return s;
}

static pel_status plan_grids(cli_run *run, const pel_look *look, pel_input_cost *out)
{
    pel_input_params *input = run->input[0].params[CLI_INPUT];
    const char *crop = input->crop;
    bool colours;
    input->crop = NULL;
    pel_status s = reads_colours(&colours, run, input);
    if (s == PEL_OK)
        s = colours ? pel_input_plan(out, run->input[0].path, input, true)
                    : cli_plan_toned(run, 0, look, out);
    input->crop = crop;
    return s;
}

static pel_status plan(cli_run *run)
{
    pel_input_cost cost = { 0 };
    files with = { .corner_file = { NULL } };
    pel_look look;
    double beside = 0;
    const pel_input_params *input = run->input[0].params[CLI_INPUT];
    pel_status s = check_words(run, &with);
    if (s == PEL_OK)
        s = choose_look(run, &look);
    if (s == PEL_OK)
        s = plan_grids(run, &look, &cost);
    if (s == PEL_OK)
        s = plan_files(run, &with, &beside);
    if (s == PEL_OK) {
        double voxels = (double)pel_volume_bytes(&cost.shape) * (input->crop ? 2 : 1);
        int64_t held = pel_voxels_schema.plan(run->params[VOXELS], &cost.shape);
        cli_plan_step(run, "read", (double)cost.read_bytes, (double)cost.memory_bytes + beside);
        cli_plan_step(run, "draw", voxels, voxels + beside + (double)held);
        s = held < 0 ? PEL_EPARAM : PEL_OK;
    }
    pel_volume_free(&cost.shape);
    free_files(&with);
    return s;
}

const cli_command cli_voxels = {
    .name = "voxels",
    .room = "see",
    .summary = "every voxel as a cube, as matplotlib's voxels, right and fast",
    .description =
        "Cubes in the projection, angles and axes box of matplotlib's 3D axes, drawn exactly: a "
        "ray for each pixel meets every face in its true order, so the inside of a translucent "
        "block is seen. Colours are viridis from the lowest to the highest value, and so is the "
        "opacity, unless --face, --colors, --opacity, a look or a window says otherwise. The input "
        "may be a bool or RGBA array (.npy). --crop and --keep take voxels away and leave the "
        "others where they are; --hidden hide draws no face between two filled voxels, as "
        "matplotlib. Axes count voxels of the array, not sides of a patient.",
    .examples = { "pellucid voxels head.nii.gz -o head.png --resize 50,50,50",
                  "pellucid voxels head.nii.gz -o cut.png --tone seed --resize 50,50,50 --keep "
                  "'x < 25 or y < 25 or z < 25'",
                  "pellucid voxels head.nii.gz -o part.png --resize 25,25,25 --crop ':18,::-1,:12' "
                  "--edge '#0004'",
                  "pellucid voxels phantom:sphere?dims=9 -o blocks.svg --resize 9 --explode 0.5 "
                  "--face '#1f77b4' --opacity 0.2" },
    .words = { { "IN", CLI_VOLUME_IN, "volume to draw", false } },
    .output = "figure: .png .svg .pdf",
    .schemas = { &pel_voxels_schema },
    .input_schemas = { &pel_input_schema, &pel_look_schema },
    .run = run,
    .plan = plan,
};
