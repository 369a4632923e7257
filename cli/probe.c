/* SPDX-License-Identifier: Apache-2.0 */
/* probe.c: the probe command: values of volumes on a mesh. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "commands.h"

enum { PROBE, FILE_AS };
enum { INPUT, AS };

static pel_status check(cli_run *run)
{
    const char *output = run->common.output;
    if (output && !pel_can_write_mesh(output)) {
        snprintf(run->error, sizeof run->error,
                 "-o wants a mesh: .ply .stl .obj .off .gii .vtk .vtp .glb");
        return PEL_EPARAM;
    }
    if (run->input_count < 2) {
        snprintf(run->error, sizeof run->error, "probe wants a mesh and at least one volume");
        return PEL_EPARAM;
    }
    return pel_probe_check(CLI_PARAMS(run, PROBE, pel_probe_params));
}

// of the array's numbers: least, greatest, mean, and how many points lie outside
static void report_array(cli_run *run, const pel_mesh *mesh, const pel_array *a)
{
    double lo = INFINITY, hi = -INFINITY, sum = 0;
    int64_t count = 0;
    char key[96];
    for (int64_t n = 0; n < mesh->points; n++) {
        double v = pel_array_get(a, n, 0);
        if (isnan(v))
            continue;
        lo = fmin(lo, v);
        hi = fmax(hi, v);
        sum += v;
        count++;
    }
    snprintf(key, sizeof key, "arrays.%s.min", a->name);
    cli_report_number(run, key, lo);
    snprintf(key, sizeof key, "arrays.%s.max", a->name);
    cli_report_number(run, key, hi);
    snprintf(key, sizeof key, "arrays.%s.mean", a->name);
    cli_report_number(run, key, count ? sum / (double)count : NAN);
    snprintf(key, sizeof key, "arrays.%s.outside", a->name);
    cli_report_integer(run, key, mesh->points - count);
}

static pel_status probe_volume(cli_run *run, int n, pel_mesh *mesh, char hash[33])
{
    pel_volume in = { 0 };
    int before = mesh->arrays;
    pel_status s = cli_read_input(run, n, &in);
    cli_step(run, "probe");
    if (s == PEL_OK)
        s = pel_probe(mesh, &in, CLI_PARAMS(run, PROBE, pel_probe_params),
                      run->input[n].params[AS]);
    for (int a = before; s == PEL_OK && a < mesh->arrays; a++)
        report_array(run, mesh, &mesh->array[a]);
    memcpy(hash, in.fields.hash, 33);
    pel_volume_free(&in);
    return s;
}

static pel_status write_mesh(cli_run *run, const pel_mesh *mesh, char (*hash)[33])
{
    const char *hashes[CLI_INPUTS];
    for (int n = 0; n < run->input_count; n++)
        hashes[n] = *hash[n] ? hash[n] : NULL;
    return cli_write_mesh(run, mesh, hashes, CLI_PARAMS(run, FILE_AS, pel_mesh_write_params));
}

static pel_status run(cli_run *run)
{
    pel_mesh mesh = { 0 };
    char hash[CLI_INPUTS][33];
    pel_status s = check(run);
    cli_step(run, "read");
    if (s == PEL_OK)
        s = pel_read_mesh(&mesh, run->input[0].path);
    memcpy(hash[0], mesh.hash, sizeof mesh.hash);
    for (int n = 1; n < run->input_count && s == PEL_OK; n++)
        s = probe_volume(run, n, &mesh, hash[n]);
    if (s == PEL_OK) {
        cli_report_integer(run, "vertices", mesh.points);
        cli_report_integer(run, "triangles", mesh.triangles);
    }
    cli_step(run, "write");
    if (s == PEL_OK)
        s = write_mesh(run, &mesh, hash);
    pel_mesh_free(&mesh);
    return s;
}

static pel_status plan(cli_run *run)
{
    pel_mesh_cost mesh;
    pel_status s = check(run);
    if (s == PEL_OK)
        s = pel_plan_mesh(&mesh, run->input[0].path);
    if (s != PEL_OK)
        return s;
    double held = (double)mesh.memory_bytes;
    cli_plan_step(run, "read", (double)mesh.read_bytes, held);
    // normals, and what tells whether the mesh is closed
    double beside = (double)mesh.points * (12 + 24 + 16) + (double)mesh.triangles * 48;
    for (int n = 1; n < run->input_count && s == PEL_OK; n++) {
        pel_input_cost cost = { 0 };
        s = pel_input_plan(&cost, run->input[n].path, run->input[n].params[INPUT], false);
        if (s == PEL_OK) {
            held += 8 * 4 * (double)mesh.points;
            cli_plan_step(run, "probe", (double)cost.read_bytes,
                          held + (double)cost.memory_bytes + beside);
        }
        pel_volume_free(&cost.shape);
    }
    return s;
}

const cli_command cli_probe = {
    .name = "probe",
    .room = "surface",
    .summary = "values of volumes on a mesh, at its points or in a band along its normals",
    .description =
        "Each volume, on its own grid, gives the mesh an array of numbers on its points: the "
        "value there, linear between voxels, or with --depth the mean, or another --stat, of "
        "what lies between two depths along the normal; outside is positive, so 0:2 looks up to "
        "2 mm above the surface and -3:0 into it. Where the volume does not reach the number is "
        "NaN. Arrays are called value, value2 and so on; --name after a volume names its own, and "
        "--labels says that it holds labels. Several stats, max,argmax, give an array each.",
    .examples = { "pellucid probe brain.ply t1.nii.gz -o brain_t1.ply",
                  "pellucid probe brain.ply mra.nii.gz -o veins.ply --depth 0:2 --stat max",
                  "pellucid probe brain.ply t1.nii.gz --name t1 aseg.nii.gz --labels --name aseg "
                  "-o "
                  "both.ply" },
    .words = { { "MESH", CLI_FILE_IN, "mesh of any format that is read; coordinates in mm", false },
               { "VOLUME", CLI_VOLUME_IN, "volumes", true } },
    .output = "mesh: .ply .stl .obj .off .gii .vtk .vtp .glb, FreeSurfer surfaces",
    .schemas = { &pel_probe_schema, &pel_mesh_write_schema },
    .input_schemas = { &pel_input_schema, &pel_probe_as_schema },
    .run = run,
    .plan = plan,
};
