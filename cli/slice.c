/* SPDX-License-Identifier: Apache-2.0 */
/* slice.c: the slice command: a figure, or the numbers of one slice. */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "commands.h"
#include "slice_film.h"

enum { SLICE = CLI_SLICE, MOST_OVERLAYS = 8 };

/* how an overlay was shown, for provenance; its file is told by its hash */
typedef struct shown_params {
    size_t size;
    const char *as;
} shown_params;

static const pel_param shown_table[] = {
    PEL_TEXT(shown_params, as, NULL, "LOOK[,LO:HI]", "how the overlay is shown"),
};
static const pel_schema shown_schema =
    PEL_SCHEMA(shown_params, "overlay", "an overlay", shown_table);

typedef struct layers {
    int count;
    pel_overlay overlay[MOST_OVERLAYS];
    pel_volume volume[MOST_OVERLAYS];
    char *file[MOST_OVERLAYS];
    shown_params shown[MOST_OVERLAYS];
} layers;

static bool is_data(const char *output)
{
    return !pel_can_write_figure(output) && pel_can_write_image(output);
}

// what can be told before anything is read
static pel_status check_outputs(cli_run *run)
{
    const char *output = run->common.output;
    const pel_slice_params *params = CLI_PARAMS(run, SLICE, pel_slice_params);
    if (params->overlay.count > MOST_OVERLAYS)
        return cli_refuse(run, "at most 8 overlays can be drawn");
    if (!output)
        return cli_check_save_look(run, 0);
    const cli_sweep *sweep = CLI_PARAMS(run, CLI_SWEEP, cli_sweep);
    if (cli_slice_is_film(output))
        return cli_slice_check_film(run, params, sweep, CLI_PARAMS(run, CLI_FILM, pel_film_params));
    if (sweep->frames)
        return cli_refuse(run, "--frames is for films: -o sweep.mp4, .webm .gif .webp .apng, or "
                               "frames/%03d.png");
    if (!pel_can_write_figure(output) && !is_data(output))
        return cli_refuse(run,
                          "-o wants a figure: .png .svg .pdf, data: .tif .npy .nii .nii.gz, or a "
                          "film through the slices: .mp4 .webm .gif .webp .apng");
    if (is_data(output) && (params->ortho || params->mosaic || params->sweep))
        return cli_refuse(run, "data is one slice; --ortho, --mosaic and --sweep make figures");
    if (is_data(output) && params->overlay.count)
        return cli_refuse(run, "data is the values of one volume; --overlay makes figures");
    return cli_check_save_look(run, 0);
}

// a file name beside a colour bar can name a patient: only on request, as in provenance
static pel_status parse_overlays(layers *out, const cli_run *run, const pel_slice_params *params)
{
    pel_status s = PEL_OK;
    for (int i = 0; i < params->overlay.count && s == PEL_OK; i++) {
        const char *text = params->overlay.item[i];
        s = pel_overlay_parse(&out->overlay[i], &out->file[i], text);
        out->count = i + 1;
        if (s == PEL_OK)
            out->shown[i] = (shown_params){ sizeof(shown_params), text + strlen(out->file[i]) + 1 };
        if (s == PEL_OK && run->common.provenance != CLI_PROVENANCE_FULL)
            snprintf(out->overlay[i].label, sizeof out->overlay[i].label,
                     params->overlay.count > 1 ? "overlay %d" : "overlay", i + 1);
    }
    return s;
}

static pel_status read_overlays(layers *with)
{
    pel_status s = PEL_OK;
    for (int i = 0; i < with->count && s == PEL_OK; i++) {
        pel_input_params input = pel_input_defaults();
        s = pel_input_read(&with->volume[i], with->file[i], &input, false);
        with->overlay[i].volume = &with->volume[i];
    }
    return s;
}

static void free_layers(layers *with)
{
    for (int i = 0; i < with->count; i++) {
        pel_volume_free(&with->volume[i]);
        free(with->file[i]);
    }
}

// overlays are inputs too: by their hashes, never by name unless asked
static char *provenance(cli_run *run, const char *hash, const layers *with)
{
    pel_slice_params *params = CLI_PARAMS(run, SLICE, pel_slice_params);
    const char *hashes[] = { *hash ? hash : NULL };
    pel_made_from from[MOST_OVERLAYS];
    for (int i = 0; i < with->count; i++)
        from[i] = (pel_made_from){ .name = with->file[i],
                                   .hash = with->volume[i].fields.hash,
                                   .with = { { &shown_schema, &with->shown[i] } },
                                   .role = "overlay" };
    int count = params->overlay.count;
    params->overlay.count = 0;
    char *text = cli_provenance_more(run, hashes, from, with->count);
    params->overlay.count = count;
    return text;
}

static void report_slices(cli_run *run, const pel_slice_plane *planes, int count, bool oriented)
{
    size_t room = 192 * (size_t)count + 3, length = 1;
    char *text = malloc(room);
    if (!text)
        return;
    strcpy(text, "[");
    for (int i = 0; i < count; i++) {
        const pel_slice_plane *p = &planes[i];
        const long long index = p->index, width = p->width, height = p->height;
        const double mm = p->at_mm;
        length += (size_t)snprintf(
            text + length, room - length,
            "%s{\"axis\":\"%c\",\"voxel_axis\":\"%c\",\"index\":%lld,\"mm\":%.17g,\"width\":%lld,"
            "\"height\":%lld}",
            i ? "," : "", (oriented ? "xyz" : "ijk")[p->world], "ijk"[p->axis], index, mm, width,
            height);
    }
    snprintf(text + length, room - length, "]");
    cli_report_json(run, "slices", text);
    free(text);
}

static pel_status report_planes(cli_run *run, const pel_volume *in)
{
    pel_slice_plane *planes;
    int count;
    pel_status s = pel_slice_planes(&planes, &count, in, CLI_PARAMS(run, SLICE, pel_slice_params));
    if (s == PEL_OK)
        report_slices(run, planes, count, in->oriented);
    free(planes);
    return s;
}

static pel_status write_figure(cli_run *run, const pel_volume *in, const pel_look *look,
                               const layers *with)
{
    const pel_slice_params *params = CLI_PARAMS(run, SLICE, pel_slice_params);
    pel_figure figure;
    cli_step(run, "draw");
    pel_status s = pel_slice(&figure, in, look, with->overlay, with->count, params);
    if (s != PEL_OK)
        return s;
    figure.provenance = provenance(run, in->fields.hash, with);
    bool scaled = figure.mm_per_pt > 0;
    cli_report_number(run, "mm_per_pixel", scaled ? figure.mm_per_pt * 72 / figure.dpi : NAN);
    cli_report_number(run, "mm_per_pt", scaled ? figure.mm_per_pt : NAN);
    cli_report_numbers(run, "window", look->window, 2);
    cli_report_text(run, "colormap", look->colormap);
    cli_step(run, "write");
    s = pel_write_figure(run->common.output, &figure);
    if (s == PEL_OK) {
        cli_report_output(run, run->common.output);
        s = cli_write_sidecar(run, run->common.output, figure.provenance);
    }
    pel_figure_free(&figure);
    return s;
}

static bool is_picture(const char *output)
{
    static const char *const endings[] = { ".npy", ".tif", ".tiff" };
    size_t length = strlen(output);
    for (int i = 0; i < 3; i++)
        if (length > strlen(endings[i]) &&
            strcasecmp(output + length - strlen(endings[i]), endings[i]) == 0)
            return true;
    return false;
}

// .npy and .tif are the picture's values as it shows them; NIfTI is the slice where it is in the
// world
static pel_status write_data(cli_run *run, const pel_volume *in)
{
    const layers none = { 0 };
    pel_slice_plane *planes;
    int count;
    cli_step(run, "write");
    pel_status s = pel_slice_planes(&planes, &count, in, CLI_PARAMS(run, SLICE, pel_slice_params));
    if (s != PEL_OK)
        return s;
    char *made = provenance(run, in->fields.hash, &none);
    if (is_picture(run->common.output)) {
        pel_image values;
        s = pel_slice_values(&values, in, planes);
        if (s == PEL_OK && made)
            values.provenance = strdup(made);
        if (s == PEL_OK)
            s = pel_write_image(run->common.output, &values);
        pel_image_free(&values);
    } else {
        pel_volume slice;
        s = pel_slice_volume(&slice, in, planes);
        if (s == PEL_OK)
            s = pel_write_volume(run->common.output, &slice, made, NULL);
        pel_volume_free(&slice);
    }
    if (s == PEL_OK) {
        cli_report_output(run, run->common.output);
        s = cli_write_sidecar(run, run->common.output, made);
    }
    free(made);
    free(planes);
    return s;
}

static pel_status write_film(cli_run *run, const pel_volume *in, const pel_look *look,
                             const layers *with)
{
    char *made = provenance(run, in->fields.hash, with);
    pel_status s = cli_slice_film(run, in, look, with->overlay, with->count, made);
    free(made);
    return s;
}

// where no colours were asked for: labels in theirs, all else grey
static pel_status fit_look(cli_run *run, pel_look *look, const pel_volume *in)
{
    const pel_look_params *given = run->input[0].params[CLI_LOOK];
    if (given->look || given->colormap)
        return pel_look_fit(look, in);
    pel_look_params gray = *given;
    pel_look fitted = *look;
    pel_status s = pel_look_fit(&fitted, in);
    if (s == PEL_OK && fitted.labels) {
        *look = fitted;
        return s;
    }
    gray.look = "gray";
    if (s == PEL_OK)
        s = pel_look_choose(look, &gray);
    return s == PEL_OK ? pel_look_fit(look, in) : s;
}

static pel_status run(cli_run *run)
{
    pel_volume volume = { 0 };
    layers with = { 0 };
    pel_look look;
    pel_status s = check_outputs(run);
    if (s == PEL_OK)
        s = pel_look_choose(&look, run->input[0].params[CLI_LOOK]);
    if (s == PEL_OK)
        s = parse_overlays(&with, run, CLI_PARAMS(run, SLICE, pel_slice_params));
    if (s == PEL_OK)
        s = cli_read_toned(run, 0, &look, &volume);
    if (s == PEL_OK)
        s = read_overlays(&with);
    bool film = cli_slice_is_film(run->common.output);
    if (s == PEL_OK && !film)
        s = report_planes(run, &volume);
    if (s == PEL_OK)
        s = fit_look(run, &look, &volume);
    if (s == PEL_OK)
        s = film                          ? write_film(run, &volume, &look, &with)
            : is_data(run->common.output) ? write_data(run, &volume)
                                          : write_figure(run, &volume, &look, &with);
    if (s == PEL_OK)
        s = cli_save_look(run, 0, &look);
    free_layers(&with);
    pel_volume_free(&volume);
    return s;
}

// overlays are held beside the volume
static pel_status plan_overlays(cli_run *run, const layers *with, double *held)
{
    pel_status s = PEL_OK;
    for (int i = 0; i < with->count && s == PEL_OK; i++) {
        pel_input_cost cost;
        pel_input_params input = pel_input_defaults();
        s = pel_input_plan(&cost, with->file[i], &input, false);
        if (s != PEL_OK)
            break;
        cli_plan_step(run, "overlay", (double)cost.read_bytes, *held + (double)cost.memory_bytes);
        *held += (double)pel_volume_bytes(&cost.shape);
        pel_volume_free(&cost.shape);
    }
    return s;
}

static pel_status plan(cli_run *run)
{
    pel_input_cost cost = { 0 };
    layers with = { 0 };
    pel_look look;
    const pel_slice_params *params = CLI_PARAMS(run, SLICE, pel_slice_params);
    pel_status s = check_outputs(run);
    if (s == PEL_OK)
        s = pel_look_choose(&look, run->input[0].params[CLI_LOOK]);
    if (s == PEL_OK)
        s = parse_overlays(&with, run, params);
    if (s == PEL_OK)
        s = cli_plan_toned(run, 0, &look, &cost);
    if (s == PEL_OK) {
        double held = (double)pel_volume_bytes(&cost.shape);
        cli_plan_step(run, "read", (double)cost.read_bytes, (double)cost.memory_bytes);
        s = plan_overlays(run, &with, &held);
        int64_t drawing = s == PEL_OK ? pel_slice_schema.plan(params, &cost.shape) : 0;
        // a frame is at most what drawing one holds
        if (cli_slice_is_film(run->common.output) && drawing > 0)
            held += cli_film_memory(run, drawing / 4, 1, 4, NULL,
                                    CLI_PARAMS(run, CLI_FILM, pel_film_params));
        cli_plan_step(run, "draw", (double)drawing, held + (double)drawing);
        s = drawing < 0 ? PEL_EPARAM : s;
    }
    pel_volume_free(&cost.shape);
    free_layers(&with);
    return s;
}

const cli_command cli_slice = {
    .name = "slice",
    .room = "see",
    .summary = "slices as a figure with axes in mm, or as data",
    .description =
        "Slices are slices of the voxel grid, along the voxel axis nearest to the axis asked for; "
        "every voxel is an exact rectangle of its size in mm. Axial views have anterior up, "
        "coronal and sagittal ones superior up; x and y grow to the right: the patient's left is "
        "on the picture's left unless --radiological, anterior on the right. Grey unless a look or "
        "a "
        "colour map is given, labels in their colours. Where a file does not "
        "say which way its axes point, the array is shown as it is, with i, j, k and no letters. "
        "--sweep is a row of seven evenly spaced slices, --mosaic a page of them, in the order of "
        "rising mm. .npy and .tif hold the values as the picture shows them, rows from the top, "
        "float32; "
        ".nii holds the stored numbers where they are in the world, one voxel thick.",
    .examples = { "pellucid slice head.nii.gz -o axial.png",
                  "pellucid slice head.nii.gz -o three.pdf --ortho --at 0,-20,15 --scale-bar",
                  "pellucid slice head.nii.gz -o page.png --mosaic 6x4 --size 17cm --dpi 300",
                  "pellucid slice head.nii.gz -o map.png --overlay t.nii.gz,coolwarm,2.3:6 "
                  "--colorbar",
                  "pellucid slice ct.nii.gz -o lung.svg --axis y --window -1000,200",
                  "pellucid slice head.nii.gz -o z80.npy --index 80",
                  "pellucid slice head.nii.gz -o sweep.gif --axis y --frames 20 --dpi 120" },
    .words = { { "IN", CLI_VOLUME_IN, "volume to show", false } },
    .output =
        "figure: .png .svg .pdf; data: .tif .npy .nii .nii.gz; film through the slices: .mp4 .webm "
        ".gif .webp .apng, frames/%03d.png",
    .schemas = { &pel_slice_schema, &cli_sweep_schema, &pel_film_schema },
    .input_schemas = { &pel_input_schema, &pel_look_schema },
    .run = run,
    .plan = plan,
};
