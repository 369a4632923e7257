/* SPDX-License-Identifier: Apache-2.0 */
/* surface.c: the surface command: a watertight surface of a volume, and what can be told of it. */
#include <math.h>
#include <stdlib.h>

#include "commands.h"
#include "surface.h"

static const pel_param table[] = {
    { "receipt", PEL_KIND_FILE, offsetof(cli_receipt_params, receipt), NULL, 0, 0, NULL, NULL,
      "JSON",
      "also write how true the surface is: its topology, its distance from the volume's own" },
};
static const pel_schema receipt_schema =
    PEL_SCHEMA(cli_receipt_params, "receipt", "what else is written", table);

static pel_status check(cli_run *run)
{
    const char *output = run->common.output;
    if (output && !pel_can_write_mesh(output)) {
        snprintf(run->error, sizeof run->error,
                 "-o wants a mesh: .ply .stl .obj .off .gii .vtk .vtp .glb");
        return PEL_EPARAM;
    }
    const char *receipt = CLI_PARAMS(run, CLI_SURFACE_RECEIPT, cli_receipt_params)->receipt;
    pel_status s = pel_surface_check(CLI_PARAMS(run, CLI_SURFACE, pel_surface_params));
    return s == PEL_OK && receipt ? cli_refuse_input(run, receipt, "--receipt") : s;
}

void cli_report_smoothed(cli_run *run, const char *name, const pel_smoothed *moved)
{
    char key[64];
    snprintf(key, sizeof key, "%s.mean_shift_mm", name);
    cli_report_number(run, key, moved->mean_shift_mm);
    snprintf(key, sizeof key, "%s.max_shift_mm", name);
    cli_report_number(run, key, moved->most_shift_mm);
    snprintf(key, sizeof key, "%s.volume_ratio", name);
    cli_report_number(run, key, moved->volume_ratio);
}

void cli_report_reduced(cli_run *run, const pel_surface_found *found)
{
    const pel_reduced *r = &found->reduced;
    char text[256];
    if (r->triangles_after != found->triangles)
        cli_report_number(run, "reduction_error_mm", r->error_mm);
    // each time two triangles go
    if (r->triangles_wanted == 0 || r->triangles_after <= r->triangles_wanted + 1)
        return;
    snprintf(text, sizeof text,
             "%lld triangles are left, not %lld: no more can go without a fold, another topology "
             "or a greater error; --largest leaves out small bodies, --smooth takes noise off",
             (long long)r->triangles_after, (long long)r->triangles_wanted);
    cli_report_text(run, "reduction_stopped", text);
}

static pel_status report(cli_run *run, const pel_mesh *mesh, const pel_surface_found *found)
{
    cli_report_number(run, "level", found->level);
    pel_status s = cli_report_mesh(run, mesh);
    if (s != PEL_OK)
        return s;
    if (CLI_PARAMS(run, CLI_SURFACE, pel_surface_params)->genus_0) {
        cli_report_integer(run, "topology.voxels_added", found->genus.added);
        cli_report_integer(run, "topology.voxels_removed", found->genus.removed);
        cli_report_number(run, "topology.added_mm3", found->genus.added_mm3);
        cli_report_number(run, "topology.removed_mm3", found->genus.removed_mm3);
    }
    if (found->mask)
        cli_report_smoothed(run, "mask_stairs", &found->unstairs);
    if (CLI_PARAMS(run, CLI_SURFACE, pel_surface_params)->smooth)
        cli_report_smoothed(run, "smoothing", &found->smoothed);
    cli_report_reduced(run, found);
    return s;
}

static pel_status write_out(cli_run *run, const pel_mesh *mesh, const char *hash)
{
    const char *hashes[] = { *hash ? hash : NULL };
    return cli_write_mesh(run, mesh, hashes,
                          CLI_PARAMS(run, CLI_SURFACE_FILE_AS, pel_mesh_write_params));
}

static pel_status write_receipt(cli_run *run, const pel_mesh *mesh, const pel_surface_found *found,
                                const pel_volume *in)
{
    const char *path = CLI_PARAMS(run, CLI_SURFACE_RECEIPT, cli_receipt_params)->receipt;
    char *text = path ? pel_surface_receipt(mesh, found, in) : NULL;
    if (!path)
        return PEL_OK;
    pel_status s = text ? pel_write_text(path, text) : PEL_EMEMORY;
    if (s == PEL_OK)
        cli_report_output(run, path);
    free(text);
    return s;
}

static pel_status make(cli_run *run, const pel_volume *in)
{
    pel_mesh mesh = { 0 };
    pel_surface_found found = { 0 };
    cli_step(run, "surface");
    pel_status s = pel_surface(&mesh, &found, in, CLI_PARAMS(run, CLI_SURFACE, pel_surface_params));
    cli_step(run, "measure");
    if (s == PEL_OK)
        s = report(run, &mesh, &found);
    if (s == PEL_OK)
        s = write_receipt(run, &mesh, &found, in);
    cli_step(run, "write");
    if (s == PEL_OK)
        s = write_out(run, &mesh, in->fields.hash);
    pel_mesh_free(&mesh);
    return s;
}

static pel_status run(cli_run *run)
{
    pel_volume in = { 0 };
    pel_status s = check(run);
    if (s == PEL_OK)
        s = cli_read_input(run, 0, &in);
    if (s == PEL_OK && pel_surface_is_labels(&in, CLI_PARAMS(run, CLI_SURFACE, pel_surface_params)))
        s = cli_surface_labels(run, &in);
    else if (s == PEL_OK)
        s = make(run, &in);
    pel_volume_free(&in);
    return s;
}

static pel_status plan(cli_run *run)
{
    pel_input_cost cost = { 0 };
    pel_status s = check(run);
    if (s == PEL_OK)
        s = pel_input_plan(&cost, run->input[0].path, run->input[0].params[0], false);
    if (s == PEL_OK) {
        double held = (double)pel_volume_bytes(&cost.shape);
        int64_t mesh =
            pel_surface_schema.plan(CLI_PARAMS(run, CLI_SURFACE, pel_surface_params), &cost.shape);
        cli_plan_step(run, "read", (double)cost.read_bytes, (double)cost.memory_bytes);
        cli_plan_step(run, "surface", held, held + (double)mesh);
    }
    pel_volume_free(&cost.shape);
    return s;
}

const cli_command cli_surface = {
    .name = "surface",
    .room = "pipeline",
    .summary = "a watertight surface of a volume or mask",
    .description =
        "The surface on which the volume, linear between its voxels, has the value --level; what "
        "is above it lies inside. It is a closed manifold, faces outward, and has the topology of "
        "the volume in between its voxels: no holes, no edges of three triangles, whatever the "
        "values. At the border of the volume it is closed half a voxel beyond the outermost "
        "voxels, or with --open ends there. The level auto is Otsu's, of whole numbers half-way to "
        "the next, or half-way where there are only two values; such a mask's surface has no "
        "stairs, and lies within half a voxel of "
        "the edge of its voxels. --smooth takes small waves off without shrinking, "
        "--keep-fraction and --max-error leave fewer triangles, by a bound that holds both ways; "
        "values, topology and borders stay. --genus-0 makes the largest part a ball as far as "
        "topology goes, cutting handles or filling tunnels by few voxels, and says how many. "
        "--receipt writes how true it all is. Coordinates are RAS mm. The same bytes at any number "
        "of threads. "
        "A label image (--as labels, or NIfTI's intent) gives a surface of each label: neighbours "
        "share their wall, point for point, smoothed and reduced or not. -o out_%d.ply writes one "
        "file per label, any other name one file of all, whose array label tells them apart. "
        "--json adds vertices, triangles, euler, components, genus, holes, area_mm2 and "
        "volume_mm3.",
    .examples = { "pellucid surface head.nii.gz -o head.ply --level 60 --largest --fill",
                  "pellucid surface mask.nii.gz -o brain.ply --receipt brain.json",
                  "pellucid surface labels.nii.gz -o part_%d.ply --as labels",
                  "pellucid surface ct.nii.gz -o bone.stl --level 300 --smooth 20 --max-error "
                  "0.2" },
    .words = { { "IN", CLI_VOLUME_IN, "volume or mask", false } },
    .output = "mesh: .ply .stl .obj .off .gii .vtk .vtp .glb, FreeSurfer surfaces",
    .schemas = { &pel_surface_schema, &receipt_schema, &pel_mesh_write_schema },
    .input_schemas = { &pel_input_schema },
    .run = run,
    .plan = plan,
};
