/* SPDX-License-Identifier: Apache-2.0 */
/* flatten.c: the flatten command: a flat map of a surface, and how wrong it is. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "commands.h"
#include "flatten.h"

static const pel_param table[] = {
    { "report", PEL_KIND_FILE, offsetof(cli_flatten_outputs, report), NULL, 0, 0, NULL, NULL,
      "REPORT", "also write what the map does to areas, angles and distances: .json" },
    { "image", PEL_KIND_FILE, offsetof(cli_flatten_outputs, image), NULL, 0, 0, NULL, NULL, "IMAGE",
      "also draw the map: .tif .npy .exr .nii for data, .png for people; .svg .pdf a figure in its "
      "own size, with contours as lines, a scale bar and its errors" },
    PEL_CHOICE(
        cli_flatten_outputs, bits, "auto", "auto|8|16",
        "of a .png: 8 to look at; 16: data, slope and inter in its metadata, 0 nothing there"),
    PEL_TEXTS(cli_flatten_outputs, sample, "FILE",
              "a volume whose values the map shows; again for more, the layers value2, value3"),
    PEL_TEXTS(cli_flatten_outputs, layer, "NAME=FILE",
              "also write position, voxel, triangle, area, angle, overlap, or value, value2..."),
    PEL_FILE(cli_flatten_outputs, back,
             "labels drawn on the map's picture, or a .csv of points, go back: -o is then the "
             "surface with them, a volume on the grid of --sample, or a .csv"),
};
static const pel_schema outputs_schema =
    PEL_SCHEMA(cli_flatten_outputs, "outputs", "what else is written", table);

static const pel_flatten_params *flatten_params(const cli_run *run)
{
    return CLI_PARAMS(run, FLATTEN_FLATTEN, pel_flatten_params);
}

static bool any_camera(const cli_run *run)
{
    for (int i = 0; i < pel_camera_schema.count; i++)
        if (!pel_schema_is_default(&pel_camera_schema, run->params[FLATTEN_CAMERA],
                                   &pel_camera_schema.params[i]))
            return true;
    return false;
}

static pel_status check(cli_run *run)
{
    const char *output = run->common.output;
    const char *report = cli_flatten_params(run)->report;
    const pel_flatten_params *params = flatten_params(run);
    const char *back = cli_flatten_params(run)->back;
    if (output && !back && !pel_can_write_mesh(output) && strcmp(output, "-") != 0)
        return cli_refuse(run, "-o wants a mesh, such as .ply");
    if (report && !cli_ends_in(report, ".json"))
        return cli_refuse(run, "--report wants a name that ends in .json");
    if (any_camera(run) && params->method != PEL_FLATTEN_VIEW)
        return cli_refuse(run, "angles, views and cameras are of --method view; add it");
    if (CLI_PARAMS(run, FLATTEN_CAMERA, pel_camera_params)->save_camera)
        return cli_refuse(run, "--save-camera is of render");
    if (params->normal.count > 0 && params->method != PEL_FLATTEN_PLANE)
        return cli_refuse(run, "--normal is of --method plane; add it");
    if (report && cli_refuse_input(run, report, "--report") != PEL_OK)
        return PEL_EPARAM;
    return cli_flatten_check_map(run);
}

// the camera of --method view, aimed at the surface
static pel_status aim(pel_camera *out, const cli_run *run, const pel_mesh *mesh)
{
    const pel_camera_params *params = CLI_PARAMS(run, FLATTEN_CAMERA, pel_camera_params);
    pel_vec3 lo, hi, corner[8];
    int64_t width = 1024, height = 1024;
    pel_camera saved;
    pel_status s = PEL_OK;
    if (params->camera && (s = pel_camera_load(&saved, params->camera)) == PEL_OK) {
        width = saved.width;
        height = saved.height;
    }
    if (s != PEL_OK)
        return s;
    pel_mesh_bounds(mesh, &lo, &hi);
    for (int c = 0; c < 8; c++)
        corner[c] = (pel_vec3){ c & 1 ? hi.x : lo.x, c & 2 ? hi.y : lo.y, c & 4 ? hi.z : lo.z };
    return pel_camera_aim(out, params, width, height, corner, mesh->oriented);
}

static pel_status lay_flat(cli_run *run, pel_mesh *out, const pel_mesh *mesh)
{
    pel_camera camera;
    bool viewed = flatten_params(run)->method == PEL_FLATTEN_VIEW;
    cli_step(run, "flatten");
    pel_status s = viewed ? aim(&camera, run, mesh) : PEL_OK;
    return s == PEL_OK ? pel_flatten(out, mesh, viewed ? &camera : NULL, flatten_params(run)) : s;
}

static pel_status measure(pel_flat_report *report, cli_run *run, const pel_mesh *flat)
{
    const char *path = cli_flatten_params(run)->report;
    cli_step(run, "measure");
    pel_status s = pel_flat_measure(report, flat);
    if (s != PEL_OK)
        return s;
    char *json = pel_flat_report_json(report);
    cli_report_integer(run, "flips", report->flips);
    cli_report_number(run, "overlap_mm2", report->overlap_mm2);
    cli_report_number(run, "distance_mean_error", report->distance_mean);
    cli_report_json(run, "distortion", json);
    cli_step(run, "write");
    if (path)
        s = json ? pel_write_text(path, json) : PEL_EMEMORY;
    if (path && s == PEL_OK)
        cli_report_output(run, path);
    free(json);
    return s;
}

static pel_status write_flat(cli_run *run, const pel_mesh *flat, const char *hash)
{
    const char *hashes[] = { *hash ? hash : NULL };
    cli_step(run, "write");
    return cli_write_mesh(run, flat, hashes,
                          CLI_PARAMS(run, FLATTEN_FILE_AS, pel_mesh_write_params));
}

// a flat map of a mesh, or the mesh itself where it is one and no method was asked for
static pel_status take_flat(cli_run *run, pel_mesh *out, char hash[33])
{
    pel_mesh mesh = { 0 };
    pel_status s = pel_read_mesh(&mesh, run->input[0].path);
    memcpy(hash, mesh.hash, sizeof mesh.hash);
    bool is_map =
        pel_mesh_find(&mesh, PEL_FLAT_SURFACE) || pel_mesh_find(&mesh, PEL_FLAT_SURFACE "_0");
    if (s == PEL_OK && is_map && flatten_params(run)->method == PEL_FLATTEN_AUTO) {
        *out = mesh;
        return PEL_OK;
    }
    if (s == PEL_OK)
        s = lay_flat(run, out, &mesh);
    pel_mesh_free(&mesh);
    return s;
}

static pel_status run(cli_run *run)
{
    pel_mesh flat = { 0 };
    pel_flat_report report;
    char hash[33] = "";
    pel_status s = check(run);
    cli_step(run, "read");
    if (s == PEL_OK)
        s = take_flat(run, &flat, hash);
    if (s == PEL_OK && cli_flatten_params(run)->back)
        s = cli_flatten_back(run, &flat, hash);
    else if (s == PEL_OK) {
        s = measure(&report, run, &flat);
        if (s == PEL_OK)
            s = cli_flatten_map(run, &flat, &report, hash);
        if (s == PEL_OK)
            s = write_flat(run, &flat, hash);
    }
    pel_mesh_free(&flat);
    return s;
}

static pel_status plan(cli_run *run)
{
    pel_mesh_cost cost;
    pel_status s = check(run);
    if (s == PEL_OK)
        s = pel_plan_mesh(&cost, run->input[0].path);
    if (s != PEL_OK)
        return s;
    double held = (double)cost.memory_bytes;
    cli_plan_step(run, "read", (double)cost.read_bytes, held);
    cli_plan_step(run, "flatten", held,
                  held +
                      (double)pel_flatten_memory(flatten_params(run), cost.points, cost.triangles));
    return cli_flatten_plan_map(run, held, cost.points);
}

const cli_command cli_flatten = {
    .name = "flatten",
    .room = "flatten",
    .summary = "a flat map of a surface, and how wrong it is",
    .description =
        "Lays a patch of a surface flat, in mm, without a turned triangle; its border is free. "
        "isometric (auto) keeps distances up to --reach along the surface as nearly as can be, "
        "minimax makes the worst stretch least, conformal keeps angles, area keeps areas; plane, "
        "view and sphere are projections and need no border. The map is a mesh whose points say "
        "where on the surface they were (surface_mm) and what their number was (point). --report "
        "and --json tell what it does to areas, angles and distances, how many triangles are "
        "turned, what overlaps, and what the surface's curvature makes unavoidable. A map is "
        "turned so that the anterior side is up, or as --up says, so that maps compare. --image "
        "draws it, pixels of --pixel mm, with the values of --sample in a band of --depth along "
        "the normals; in .png for people without --sample the folds are dark. A flat map as MESH "
        "is taken as it is. --back takes what was drawn on such a picture (labels: whole numbers, "
        "0 is nothing; or a .csv of points with the columns u,v in pixels, or x,y,z in mm) the "
        "other way.",
    .examples = { "pellucid flatten patch.ply -o flat.ply --report flat.json",
                  "pellucid flatten patch.ply -o flat.ply --method minimax --up superior",
                  "pellucid flatten patch.ply -o seen.ply --method view --elev 20 --azim 60",
                  "pellucid flatten patch.ply -o flat.ply --image map.tif --pixel 0.5 --sample "
                  "head.nii.gz --depth -2:2 --stat max --layer position=where.tif",
                  "pellucid flatten patch.ply -o flat.ply --image map.png --pixel 0.5 --contours "
                  "0.02" },
    .words = { { "MESH", CLI_FILE_IN, "a surface with a border: .ply", false } },
    .output = "flat mesh; with --back a surface, a volume, or points: .csv",
    .schemas = { &pel_flatten_schema, &pel_camera_schema, &outputs_schema, &pel_mesh_write_schema,
                 &pel_probe_schema, &pel_flatmap_schema },
    .run = run,
    .plan = plan,
};
