/* SPDX-License-Identifier: Apache-2.0 */
/* shell.c: the shell command: the outer layer of an object as a cloud of points, and its outlines.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "commands.h"

enum { SHELL, CONTOURS };

typedef struct contours_params {
    size_t size;
    const char *contours;
    bool ascii;
} contours_params;

static const pel_param table[] = {
    { "contours", PEL_KIND_FILE, offsetof(contours_params, contours), NULL, 0, 0, NULL, NULL,
      "OUTLINES", "also write the object's outline in each slice: .csv, .svg" },
    PEL_SWITCH(contours_params, ascii, "points as text instead of binary"),
};
static const pel_schema contours_schema =
    PEL_SCHEMA(contours_params, "contours", "outlines", table);

/* where points and outlines go */
typedef struct files {
    pel_cloud *cloud;
    pel_outlines *outlines;
} files;

static const pel_shell_params *shell_params(const cli_run *run)
{
    return CLI_PARAMS(run, SHELL, pel_shell_params);
}

static bool in_pixels(const cli_run *run)
{
    return !isnan(shell_params(run)->slice_thickness) || !isnan(shell_params(run)->xy_scale);
}

static bool is_ply(const char *path)
{
    size_t length = strlen(path);
    return length > 4 && strcasecmp(path + length - 4, ".ply") == 0;
}

static pel_status check(cli_run *run)
{
    const char *output = run->common.output,
               *contours = CLI_PARAMS(run, CONTOURS, contours_params)->contours;
    const char *wrong = NULL;
    if (output && strcmp(output, "-") == 0)
        wrong = "the number of points is written last, so they cannot go to standard output; name "
                "a file with -o";
    else if (output && !is_ply(output))
        wrong = "-o wants a cloud of points: .ply";
    else if (contours && !pel_can_write_outlines(contours))
        wrong = "--contours wants .csv or .svg";
    if (wrong) {
        snprintf(run->error, sizeof run->error, "%s", wrong);
        return PEL_EPARAM;
    }
    return contours ? cli_refuse_input(run, contours, "--contours") : PEL_OK;
}

static pel_status take_points(void *user, const pel_mesh *cloud)
{
    return pel_cloud_add(((files *)user)->cloud, cloud);
}

static pel_status take_contour(void *user, const pel_contour *c)
{
    return pel_outlines_add(((files *)user)->outlines, c->slice, c->hole, c->point, c->points);
}

// what the comment of the file says of its numbers
static const char *coordinates(const cli_run *run, const pel_volume *shape)
{
    if (in_pixels(run))
        return "coordinates: pixels, x column, y row (from the top), z slice, times the scales "
               "asked for";
    if (!shape->oriented)
        return shape->unit_known ? "coordinates: mm of the array's grid, orientation unknown"
                                 : "coordinates: of the array's grid, unit and orientation unknown";
    return PEL_MESH_COORDINATES;
}

// the box of the pixels in the frame of the points
static void box_of(double lo[2], double hi[2], const cli_run *run, const pel_volume *shape)
{
    const pel_shell_params *params = shell_params(run);
    for (int a = 0; a < 2; a++) {
        lo[a] = INFINITY;
        hi[a] = -INFINITY;
    }
    for (int c = 0; c < 8; c++) {
        pel_vec3 at = { c & 1 ? (double)shape->dims[0] - 0.5 : -0.5,
                        c & 2 ? (double)shape->dims[1] - 0.5 : -0.5,
                        c & 4 ? (double)shape->dims[2] - 1 : 0 };
        double scale = isnan(params->xy_scale) ? 1 : params->xy_scale;
        pel_vec3 to = in_pixels(run) ? (pel_vec3){ at.x * scale, at.y * scale, at.z }
                                     : pel_affine_point(shape->mm_from_ijk, at);
        lo[0] = fmin(lo[0], to.x);
        hi[0] = fmax(hi[0], to.x);
        lo[1] = fmin(lo[1], to.y);
        hi[1] = fmax(hi[1], to.y);
    }
}

static pel_status open_files(files *out, cli_run *run, const pel_volume *shape)
{
    const char *contours = CLI_PARAMS(run, CONTOURS, contours_params)->contours;
    char *made = cli_provenance(run, NULL);
    double lo[2], hi[2];
    pel_mesh_write_params as = pel_mesh_write_defaults();
    as.ascii = CLI_PARAMS(run, CONTOURS, contours_params)->ascii;
    pel_status s =
        pel_cloud_open(&out->cloud, run->common.output, coordinates(run, shape), made, &as);
    free(made);
    box_of(lo, hi, run, shape);
    if (s == PEL_OK && contours)
        s = pel_outlines_open(&out->outlines, contours, lo, hi, in_pixels(run) ? "px" : "mm");
    return s;
}

static pel_status commit_files(files *out, cli_run *run, const char *hash)
{
    const char *hashes[] = { *hash ? hash : NULL };
    pel_status s = out->outlines ? pel_outlines_commit(out->outlines) : PEL_OK;
    if (s == PEL_OK && out->outlines)
        cli_report_output(run, CLI_PARAMS(run, CONTOURS, contours_params)->contours);
    if (s == PEL_OK)
        s = pel_cloud_commit(out->cloud, hash);
    if (s != PEL_OK)
        return s;
    cli_report_output(run, run->common.output);
    char *made = cli_provenance(run, hashes);
    s = cli_write_sidecar(run, run->common.output, made);
    free(made);
    return s;
}

static void report(cli_run *run, const pel_shell_found *found, const pel_volume *shape)
{
    pel_vec3 mm = pel_volume_spacing_mm(shape);
    cli_report_integer(run, "points", found->points);
    cli_report_integer(run, "layer", found->layer);
    cli_report_integer(run, "voxels", found->voxels);
    cli_report_number(run, "volume_mm3", (double)found->voxels * mm.x * mm.y * mm.z);
    if (CLI_PARAMS(run, CONTOURS, contours_params)->contours) {
        cli_report_integer(run, "contours", found->contours);
        cli_report_integer(run, "holes", found->holes);
    }
}

static pel_status run(cli_run *run)
{
    pel_source in = { 0 };
    files to = { 0 };
    pel_shell_found found;
    pel_shell_sink sink = { &to, take_points, NULL };
    pel_status s = check(run);
    cli_step(run, "read");
    if (s == PEL_OK)
        s = pel_input_open_scalar(&in, run->input[0].path, run->input[0].params[0]);
    if (s == PEL_OK)
        s = open_files(&to, run, &in.shape);
    cli_step(run, "shell");
    if (to.outlines)
        sink.contour = take_contour;
    if (s == PEL_OK)
        s = pel_shell(&found, &in, shell_params(run), &sink);
    if (s == PEL_EUNSUPPORTED && shell_params(run)->thin)
        snprintf(run->error, sizeof run->error,
                 "--thin reads the input twice: %s; convert it to a file first", pel_error());
    cli_step(run, "write");
    if (s == PEL_OK)
        s = commit_files(&to, run, in.shape.fields.hash);
    if (s == PEL_OK)
        report(run, &found, &in.shape);
    pel_outlines_close(to.outlines);
    pel_cloud_close(to.cloud);
    pel_source_close(&in);
    return s;
}

static pel_status plan(cli_run *run)
{
    pel_input_cost cost = { 0 };
    pel_status s = check(run);
    if (s == PEL_OK)
        s = pel_input_plan(&cost, run->input[0].path, run->input[0].params[0], false);
    if (s == PEL_OK) {
        double held =
            cost.in_memory ? (double)pel_volume_bytes(&cost.shape) : (double)cost.buffer_bytes;
        int64_t window = pel_shell_memory(shell_params(run), &cost.shape);
        if (cost.in_memory)
            cli_plan_step(run, "read", (double)cost.read_bytes, (double)cost.open_bytes);
        cli_plan_step(run, "shell", (double)pel_volume_bytes(&cost.shape),
                      held + (double)window + (1 << 20));
    }
    pel_volume_free(&cost.shape);
    return s;
}

const cli_command cli_shell = {
    .name = "shell",
    .room = "surface",
    .summary = "the outer layer of an object as a point cloud, slice by slice",
    .description =
        "The voxels of the object, which --range chooses by value, that share a face with one "
        "outside of it; what lies beyond the volume is outside. A few slices are in memory at a "
        "time, so that a stack larger than memory can be read. Points are RAS mm, or with "
        "--slice-thickness or --xy-scale pixels (column, row from the top, slice) times these; "
        "the file's comment says which. They are ordered by slice, row, column. --normals and "
        "--intensity add what surface reconstruction wants, --thin chooses so many of them "
        "evenly, --contours adds each slice's outline along its pixels' edges, holes marked.",
    .examples = { "pellucid shell head.nii.gz -o head.ply --range 200:",
                  "pellucid shell stack.nii.gz -o points.ply --range 0:100 --slice-thickness 4 "
                  "--ascii",
                  "pellucid shell head.nii.gz -o head.ply --range 200: --normals --intensity "
                  "--thin "
                  "50000 --contours head.svg" },
    .words = { { "IN", CLI_VOLUME_IN, "volume, mask or slices", false } },
    .output = "points: .ply",
    .schemas = { &pel_shell_schema, &contours_schema },
    .input_schemas = { &pel_input_schema },
    .run = run,
    .plan = plan,
};
