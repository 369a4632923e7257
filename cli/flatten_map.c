/* SPDX-License-Identifier: Apache-2.0 */
/* flatten_map.c: flatten's pictures: volumes on the map, layers, and the way back. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "flatten.h"

static const pel_probe_params *probe_params(const cli_run *run)
{
    return CLI_PARAMS(run, FLATTEN_PROBE, pel_probe_params);
}

static const pel_flatmap_params *map_params(const cli_run *run)
{
    return CLI_PARAMS(run, FLATTEN_MAP, pel_flatmap_params);
}

static bool is_figure(const char *path)
{
    return pel_can_write_figure(path) && !cli_ends_in(path, ".png");
}

/* ---- before anything is read ---- */

static pel_status check_layers(cli_run *run)
{
    const cli_flatten_outputs *p = cli_flatten_params(run);
    for (int i = 0; i < p->layer.count; i++) {
        const char *file = strchr(p->layer.item[i], '=');
        if (!file && run->replays)
            continue;
        if (!file || !pel_can_write_image(file + 1) || cli_ends_in(file, ".png"))
            return cli_refuse(
                run, "--layer wants NAME=FILE with FILE ending in .tif .npy .exr .nii or .nii.gz");
        if (cli_refuse_input(run, file + 1, "--layer") != PEL_OK)
            return PEL_EPARAM;
        bool taken = (p->image && !strcmp(file + 1, p->image)) ||
                     (run->common.output && !strcmp(file + 1, run->common.output));
        for (int other = 0; other < i; other++)
            taken = taken || !strcmp(file, strchr(p->layer.item[other], '='));
        if (taken)
            return cli_refuse(run,
                              "two outputs have one name; give each --layer a file of its own");
    }
    return PEL_OK;
}

static pel_status check_back(cli_run *run)
{
    const cli_flatten_outputs *p = cli_flatten_params(run);
    const char *out = run->common.output;
    if (p->image || p->report || p->layer.count)
        return cli_refuse(run,
                          "--back goes the other way: no --image, --layer or --report with it");
    bool points = cli_ends_in(p->back, ".csv");
    if (out && points != cli_ends_in(out, ".csv"))
        return cli_refuse(run, points ? "points of a .csv go back into a .csv; name it with -o"
                                      : "labels go back into a mesh or a volume, not into a .csv");
    if (out && !points && !pel_can_write_mesh(out) && !pel_can_write_volume(out))
        return cli_refuse(run, "-o wants a mesh such as .ply, or a volume such as .nii.gz");
    if (out && !points && !pel_can_write_mesh(out) && p->sample.count == 0)
        return cli_refuse(run, "which grid shall the labels have? name a volume with --sample");
    return PEL_OK;
}

static pel_status check_image(cli_run *run, const cli_flatten_outputs *p)
{
    bool png = cli_ends_in(p->image, ".png");
    if (!pel_can_write_image(p->image) && !is_figure(p->image))
        return cli_refuse(run, "--image wants .png .svg .pdf, or .tif .npy .exr .nii .nii.gz for "
                               "data");
    if (p->bits == 2 && !png)
        return cli_refuse(run, "--bits 16 is of --image FILE.png");
    if (!png && !is_figure(p->image) && !p->sample.count)
        return cli_refuse(run, "what shall the data picture hold? name a volume with --sample");
    return cli_refuse_input(run, p->image, "--image");
}

pel_status cli_flatten_check_map(cli_run *run)
{
    const cli_flatten_outputs *p = cli_flatten_params(run);
    pel_status s = pel_probe_check(probe_params(run));
    if (s != PEL_OK || p->back)
        return s == PEL_OK ? check_back(run) : s;
    if (CLI_PARAMS(run, FLATTEN_FLATTEN, pel_flatten_params)->method == PEL_FLATTEN_SPHERE &&
        (p->image || p->layer.count))
        return cli_refuse(run,
                          "a sphere is no picture; draw it with render, or take another method");
    if (!p->image && !p->layer.count && (p->sample.count || probe_params(run)->depth))
        return cli_refuse(run, "--sample and --depth are of the map's picture; add --image FILE");
    if (p->bits == 2 && !p->image)
        return cli_refuse(run, "--bits 16 is of --image FILE.png");
    if (p->image && (s = check_image(run, p)) != PEL_OK)
        return s;
    if (p->sample.count > 6)
        return cli_refuse(run, "--sample: at most six volumes at once");
    for (int i = 0; i < p->sample.count; i++)
        if (p->image && strcmp(p->sample.item[i], p->image) == 0)
            return cli_refuse(run, "--image is also a --sample; write to another name");
    return check_layers(run);
}

/* ---- pictures ---- */

static bool wants_layer(const cli_run *run, const char *name)
{
    const pel_texts *layer = &cli_flatten_params(run)->layer;
    size_t length = strlen(name);
    for (int i = 0; i < layer->count; i++)
        if (!strncmp(layer->item[i], name, length) &&
            (layer->item[i][length] == '=' || !layer->item[i][length]))
            return true;
    return false;
}

static pel_status sample(cli_run *run, int n, pel_image *map, pel_mesh *places, char hash[33])
{
    pel_input_params input = pel_input_defaults();
    pel_probe_as_params as = pel_probe_as_defaults();
    pel_volume in = { 0 };
    int before = places->arrays;
    cli_step(run, "read");
    pel_status s = pel_input_read(&in, cli_flatten_params(run)->sample.item[n], &input, false);
    cli_step(run, "map");
    memcpy(hash, in.fields.hash, 33);
    if (s == PEL_OK)
        s = pel_probe(places, &in, probe_params(run), &as);
    if (s == PEL_OK && n == 0)
        s = pel_flatmap_fill(map, places, &places->array[before], NULL);
    for (int a = before; s == PEL_OK && a < places->arrays; a++)
        if (wants_layer(run, places->array[a].name))
            s = pel_flatmap_fill(map, places, &places->array[a], places->array[a].name);
    if (s == PEL_OK && n == 0 && wants_layer(run, "voxel"))
        s = pel_flatmap_voxels(map, &in);
    pel_volume_free(&in);
    return s;
}

static pel_status write_layers(cli_run *run, const pel_image *map)
{
    const pel_texts *layers = &cli_flatten_params(run)->layer;
    pel_status s = PEL_OK;
    for (int i = 0; i < layers->count && s == PEL_OK; i++) {
        char name[64];
        const char *text = layers->item[i], *file = strchr(text, '=');
        if (!file)
            continue;
        snprintf(name, sizeof name, "%.*s", (int)(file - text), text);
        s = pel_write_layer(file + 1, map, name);
        if (s == PEL_OK)
            cli_report_output(run, file + 1);
    }
    return s;
}

static pel_status write_figure(cli_run *run, const pel_image *map, const pel_mesh *flat,
                               const pel_flat_report *report)
{
    pel_flatmap_params plain = *map_params(run);
    pel_figure figure = { 0 };
    pel_image shaded;
    plain.contours = 0;
    pel_status s = pel_flatmap_shade(&shaded, map, flat, &plain);
    if (s == PEL_OK)
        s = pel_flatmap_figure(&figure, &shaded, map, report, map_params(run));
    pel_image_free(&shaded);
    if (s == PEL_OK) {
        figure.provenance = map->provenance ? strdup(map->provenance) : NULL;
        s = pel_write_figure(cli_flatten_params(run)->image, &figure);
    }
    if (s == PEL_OK)
        cli_report_output(run, cli_flatten_params(run)->image);
    pel_figure_free(&figure);
    return s;
}

static pel_status write_image(cli_run *run, pel_image *map, const pel_mesh *flat)
{
    const cli_flatten_outputs *p = cli_flatten_params(run);
    pel_image shaded = { 0 };
    bool people = p->image && cli_ends_in(p->image, ".png") && p->bits != 2;
    pel_status s = PEL_OK;
    if (s == PEL_OK && people) {
        s = pel_flatmap_shade(&shaded, map, flat, map_params(run));
        shaded.provenance = map->provenance ? strdup(map->provenance) : NULL;
    } else if (s == PEL_OK && p->bits == 2)
        s = pel_flatmap_pack(map);
    if (s == PEL_OK && p->image) {
        s = pel_write_image(p->image, people ? &shaded : map);
        if (s == PEL_OK)
            cli_report_output(run, p->image);
    }
    pel_image_free(&shaded);
    return s;
}

static void report_grid(cli_run *run, const pel_mesh *flat)
{
    pel_flatmap_grid grid;
    if (pel_flatmap_grid_of(&grid, flat, map_params(run)) != PEL_OK)
        return;
    cli_report_number(run, "map.left_mm", grid.left_mm);
    cli_report_number(run, "map.top_mm", grid.top_mm);
    cli_report_number(run, "map.pixel_mm", grid.pixel_mm);
    cli_report_integer(run, "map.width", grid.width);
    cli_report_integer(run, "map.height", grid.height);
}

pel_status cli_flatten_map(cli_run *run, const pel_mesh *flat, const pel_flat_report *report,
                           const char *hash)
{
    const cli_flatten_outputs *p = cli_flatten_params(run);
    const char *hashes[] = { *hash ? hash : NULL };
    pel_made_from more[8] = { 0 };
    char sampled[8][33] = { "" };
    pel_image map = { 0 };
    pel_mesh places = { 0 };
    if (!p->image && !p->layer.count)
        return PEL_OK;
    cli_step(run, "map");
    report_grid(run, flat);
    pel_status s = pel_flatmap(&map, &places, flat, map_params(run));
    for (int n = 0; n < p->sample.count && s == PEL_OK; n++) {
        s = sample(run, n, &map, &places, sampled[n]);
        more[n] = (pel_made_from){ .name = p->sample.item[n],
                                   .hash = *sampled[n] ? sampled[n] : NULL,
                                   .role = "sample" };
    }
    cli_step(run, "write");
    if (s == PEL_OK) {
        map.provenance = cli_provenance_more(run, hashes, more, p->sample.count);
        s = write_layers(run, &map);
    }
    if (s == PEL_OK)
        s = p->image && is_figure(p->image) ? write_figure(run, &map, flat, report)
                                            : write_image(run, &map, flat);
    pel_mesh_free(&places);
    pel_image_free(&map);
    return s;
}

pel_status cli_flatten_plan_map(cli_run *run, double held, int64_t points)
{
    const cli_flatten_outputs *p = cli_flatten_params(run);
    pel_status s = PEL_OK;
    if (!p->image && !p->layer.count && !p->back)
        return s;
    // a mesh of points about as far apart as voxels, 1 mm, on a square half empty
    double edge = map_params(run)->pixel;
    double pixels = fmin(4 * (double)points / (edge * edge), 2e9);
    held += 2 * held + (double)pel_flatmap_memory((int64_t)pixels);
    cli_plan_step(run, "map", pixels, held);
    for (int n = 0; n < p->sample.count && s == PEL_OK; n++) {
        pel_input_params input = pel_input_defaults();
        pel_input_cost cost = { 0 };
        s = pel_input_plan(&cost, p->sample.item[n], &input, false);
        cli_plan_step(run, "sample", (double)cost.read_bytes, held + (double)cost.memory_bytes);
        pel_volume_free(&cost.shape);
    }
    return s;
}

/* ---- and back ---- */

static pel_status write_surface(cli_run *run, const pel_mesh *flat, const pel_volume *drawn,
                                const pel_flatmap_grid *grid, const char *made)
{
    pel_mesh surface;
    pel_status s = pel_flatmap_to_surface(&surface, flat, drawn, grid);
    cli_step(run, "write");
    if (s == PEL_OK)
        s = pel_write_mesh(run->common.output, &surface, made,
                           CLI_PARAMS(run, FLATTEN_FILE_AS, pel_mesh_write_params));
    pel_mesh_free(&surface);
    return s;
}

static pel_status write_labels(cli_run *run, const pel_mesh *flat, const pel_volume *drawn,
                               const char *made)
{
    pel_input_params input = pel_input_defaults();
    pel_volume like = { 0 }, labels = { 0 };
    pel_image map = { 0 };
    pel_mesh places = { 0 };
    double depth[2] = { 0, 0 };
    const char *text = probe_params(run)->depth;
    char *end;
    if (text) {
        depth[0] = strtod(text, &end);
        depth[1] = strtod(end + 1, NULL);
    }
    pel_status s = pel_input_read(&like, cli_flatten_params(run)->sample.item[0], &input, false);
    if (s == PEL_OK)
        s = pel_flatmap(&map, &places, flat, map_params(run));
    if (s == PEL_OK && (drawn->dims[0] != map.width || drawn->dims[1] != map.height)) {
        pel_flatmap_grid grid = { .width = map.width, .height = map.height, .pixel_mm = 1 };
        pel_mesh_free(&places);
        s = pel_flatmap_to_surface(&places, flat, drawn, &grid); // says what is wrong
    }
    if (s == PEL_OK)
        s = pel_flatmap_to_volume(&labels, &places, drawn, &like, depth);
    cli_step(run, "write");
    if (s == PEL_OK)
        s = pel_write_volume(run->common.output, &labels, made, NULL);
    pel_image_free(&map);
    pel_mesh_free(&places);
    pel_volume_free(&like);
    pel_volume_free(&labels);
    return s;
}

// one line of points: pixels to mm, or mm to pixels
static pel_status convert_point(FILE *out, const pel_mesh *flat, const pel_flatmap_grid *g,
                                const double in[3], bool pixels)
{
    pel_vec3 mm = { in[0], in[1], in[2] };
    double xy[2], off;
    if (pixels) {
        bool there = pel_flat_point_mm(&mm, flat, g->left_mm + in[0] * g->pixel_mm,
                                       g->top_mm - in[1] * g->pixel_mm);
        fprintf(out, "%.9g,%.9g,", in[0], in[1]);
        fprintf(out, there ? "%.9g,%.9g,%.9g\n" : "nan,nan,nan\n", mm.x, mm.y, mm.z);
        return PEL_OK;
    }
    pel_status s = pel_flat_nearest(xy, &off, flat, mm);
    fprintf(out, "%.9g,%.9g,%.9g,%.9g,%.9g,%.9g\n", mm.x, mm.y, mm.z,
            (xy[0] - g->left_mm) / g->pixel_mm, (g->top_mm - xy[1]) / g->pixel_mm, off);
    return s;
}

static pel_status convert_points(cli_run *run, const pel_mesh *flat, const pel_flatmap_grid *grid)
{
    const char *path = cli_flatten_params(run)->back;
    char line[256], *text = NULL;
    size_t size = 0;
    FILE *in = fopen(path, "r"), *out = open_memstream(&text, &size);
    pel_status s = PEL_OK;
    bool pixels = false, right = in && out && fgets(line, sizeof line, in);
    if (right) {
        pixels = strncmp(line, "u,v", 3) == 0;
        right = pixels || strncmp(line, "x,y,z", 5) == 0;
        fputs(pixels ? "u,v,x,y,z\n" : "x,y,z,u,v,off_mm\n", out);
    }
    while (right && s == PEL_OK && fgets(line, sizeof line, in)) {
        double at[3] = { 0 };
        int count = sscanf(line, "%lf,%lf,%lf", &at[0], &at[1], &at[2]);
        if (count <= 0 && strspn(line, " \r\n") == strlen(line))
            continue;
        right = count >= (pixels ? 2 : 3);
        if (right)
            s = convert_point(out, flat, grid, at, pixels);
    }
    if (in)
        fclose(in);
    if (out)
        fclose(out);
    if (!right) {
        snprintf(run->error, sizeof run->error,
                 "%s: wants a first line u,v or x,y,z and lines of so many numbers", path);
        s = PEL_EFORMAT;
    }
    if (s == PEL_OK)
        s = pel_write_text(run->common.output, text);
    free(text);
    return s;
}

pel_status cli_flatten_back(cli_run *run, const pel_mesh *flat, const char *hash)
{
    const char *path = cli_flatten_params(run)->back, *hashes[] = { *hash ? hash : NULL };
    pel_flatmap_grid grid;
    pel_volume drawn = { 0 };
    cli_step(run, "back");
    pel_status s = pel_flatmap_grid_of(&grid, flat, map_params(run));
    if (s == PEL_OK && cli_ends_in(path, ".csv")) {
        s = convert_points(run, flat, &grid);
        if (s == PEL_OK)
            cli_report_output(run, run->common.output);
        return s;
    }
    char *made = cli_provenance(run, hashes);
    if (s == PEL_OK)
        s = pel_read_volume(&drawn, path, NULL);
    if (s == PEL_OK && pel_can_write_mesh(run->common.output))
        s = write_surface(run, flat, &drawn, &grid, made);
    else if (s == PEL_OK)
        s = write_labels(run, flat, &drawn, made);
    if (s == PEL_OK) {
        cli_report_output(run, run->common.output);
        s = cli_write_sidecar(run, run->common.output, made);
    }
    pel_volume_free(&drawn);
    free(made);
    return s;
}
