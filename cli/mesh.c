/* SPDX-License-Identifier: Apache-2.0 */
/* mesh.c: the mesh command: a mesh is converted, cut, measured, or made a mask again. */
#include <math.h>
#include <stdlib.h>

#include "commands.h"

enum { EDIT, CUT, SMOOTH, REDUCE, FILE_AS };

typedef struct edit_params {
    size_t size;
    pel_texts add;
    const char *patch;
    bool curvature, sulcal_depth;
    const char *to_mask;
} edit_params;

static const pel_param table[] = {
    PEL_TEXTS(edit_params, add, "FILE",
              "add the numbers of another file of as many points: .curv .annot .gii ..."),
    PEL_FILE(edit_params, patch, "keep what a FreeSurfer patch of this surface names"),
    PEL_SWITCH(edit_params, curvature,
               "add curvature_mean and curvature_gaussian; above zero is bulging outward"),
    PEL_SWITCH(edit_params, sulcal_depth,
               "add sulcal_depth: mm below the hull that bridges the folds"),
    { "to_mask", PEL_KIND_FILE, offsetof(edit_params, to_mask), NULL, 0, 0, NULL, NULL, "LIKE",
      "write the voxels within the mesh, on the grid of this volume" },
};
static const pel_schema edit_schema = PEL_SCHEMA(edit_params, "edit", "edit a mesh", table);

static const edit_params *edit_of(const cli_run *run)
{
    return CLI_PARAMS(run, EDIT, edit_params);
}

static const pel_cut_params *cut_of(const cli_run *run)
{
    return CLI_PARAMS(run, CUT, pel_cut_params);
}

static pel_status check(cli_run *run)
{
    const char *output = run->common.output, *wrong = NULL;
    if (output && edit_of(run)->to_mask && !pel_can_write_volume(output))
        wrong = "--to-mask wants a volume after -o: .nii.gz .nii .nrrd .mha .npy .tif";
    else if (output && !edit_of(run)->to_mask && !pel_can_write_mesh(output))
        wrong = "-o wants a mesh: .ply .stl .obj .off .gii .vtk .vtp .glb, or FreeSurfer's lh.NAME "
                ".curv .annot .patch";
    if (wrong) {
        snprintf(run->error, sizeof run->error, "%s", wrong);
        return PEL_EPARAM;
    }
    return pel_cut_check(cut_of(run));
}

/* ---- editing ---- */

static pel_status add_numbers(const cli_run *run, pel_mesh *mesh)
{
    const pel_texts *files = &edit_of(run)->add;
    pel_status s = PEL_OK;
    for (int i = 0; i < files->count && s == PEL_OK; i++) {
        pel_mesh more;
        s = pel_read_mesh(&more, files->item[i]);
        if (s == PEL_OK)
            s = pel_mesh_move_arrays(mesh, &more);
        pel_mesh_free(&more);
    }
    return s;
}

static pel_status take_patch(const cli_run *run, pel_mesh *mesh)
{
    pel_mesh patch = { 0 };
    if (!edit_of(run)->patch)
        return PEL_OK;
    pel_status s = pel_read_mesh(&patch, edit_of(run)->patch);
    if (s == PEL_OK)
        s = pel_patch(mesh, &patch);
    pel_mesh_free(&patch);
    return s;
}

static pel_status cut_by_files(const cli_run *run, pel_mesh *mesh)
{
    const pel_cut_params *cut = cut_of(run);
    pel_mesh corners = { 0 };
    pel_camera camera;
    pel_status s = PEL_OK;
    if (cut->cut_loop) {
        s = pel_read_points(&corners, cut->cut_loop);
        if (s == PEL_OK)
            s = pel_cut_loop(mesh, &corners);
    }
    if (s == PEL_OK && cut->cut_view)
        s = pel_camera_load(&camera, cut->cut_view);
    if (s == PEL_OK && cut->cut_view)
        s = pel_view_cut(mesh, &camera);
    pel_mesh_free(&corners);
    return s;
}

static pel_status cut_mesh(const cli_run *run, pel_mesh *mesh, pel_cut_found *found)
{
    const pel_cut_params *cut = cut_of(run);
    const pel_numbers *round = cut->cut_geodesic.count ? &cut->cut_geodesic : &cut->cut_sphere;
    pel_vec3 middle = { round->value[0], round->value[1], round->value[2] };
    pel_status s = pel_cut(mesh, found, cut);
    if (s == PEL_OK)
        s = cut_by_files(run, mesh);
    return s == PEL_OK ? pel_cut_one(mesh, found, round->count ? &middle : NULL) : s;
}

static pel_status smooth_and_reduce(const cli_run *run, pel_mesh *mesh)
{
    const pel_smooth_params *smooth = CLI_PARAMS(run, SMOOTH, pel_smooth_params);
    const pel_reduce_params *reduce = CLI_PARAMS(run, REDUCE, pel_reduce_params);
    pel_smoothed moved;
    pel_reduced reduced;
    pel_status s = smooth->smooth ? pel_smooth(mesh, &moved, smooth) : PEL_OK;
    if (s == PEL_OK && (!isnan(reduce->keep_fraction) || !isnan(reduce->max_error)))
        s = pel_reduce(mesh, &reduced, reduce);
    return s;
}

static pel_status edit(const cli_run *run, pel_mesh *mesh, pel_cut_found *found)
{
    pel_status s = add_numbers(run, mesh);
    if (s == PEL_OK)
        s = take_patch(run, mesh);
    // before a cut, so that its border is measured as the rest is
    if (s == PEL_OK && edit_of(run)->sulcal_depth)
        s = pel_sulcal_depth(mesh);
    if (s == PEL_OK && edit_of(run)->curvature)
        s = pel_curvature(mesh);
    if (s == PEL_OK)
        s = smooth_and_reduce(run, mesh);
    if (s == PEL_OK && pel_cut_any(cut_of(run)))
        s = cut_mesh(run, mesh, found);
    return s;
}

/* ---- what it is now ---- */

static pel_status report(cli_run *run, const pel_mesh *mesh, const pel_cut_found *found)
{
    cli_report_text(run, "format", mesh->format);
    pel_status s = cli_report_mesh(run, mesh);
    if (s != PEL_OK || !pel_cut_any(cut_of(run)))
        return s;
    cli_report_json(run, "disk", found->is_disk ? "true" : "false");
    cli_report_integer(run, "left_out", found->left_out);
    return s;
}

/* ---- writing ---- */

static pel_status write_mask(cli_run *run, const pel_mesh *mesh, const char *made)
{
    pel_source like = { 0 };
    pel_volume mask = { 0 };
    const pel_input_params as = pel_input_defaults();
    pel_status s = pel_input_open(&like, edit_of(run)->to_mask, &as);
    if (s == PEL_OK)
        s = pel_solid(&mask, mesh, &like.shape);
    if (s == PEL_OK) {
        int64_t inside = 0, count = pel_volume_count(&mask);
        for (int64_t i = 0; i < count; i++)
            inside += ((const uint8_t *)mask.data)[i];
        cli_report_integer(run, "voxels", inside);
        s = pel_write_volume(run->common.output, &mask, made, NULL);
    }
    pel_volume_free(&mask);
    pel_source_close(&like);
    return s;
}

static pel_status write_out(cli_run *run, const pel_mesh *mesh)
{
    const char *path = run->common.output, *hashes[] = { *mesh->hash ? mesh->hash : NULL };
    if (!edit_of(run)->to_mask)
        return cli_write_mesh(run, mesh, hashes, CLI_PARAMS(run, FILE_AS, pel_mesh_write_params));
    char *made = cli_provenance(run, hashes);
    pel_status s = write_mask(run, mesh, made);
    if (s == PEL_OK) {
        cli_report_output(run, path);
        s = cli_write_sidecar(run, path, made);
    }
    free(made);
    return s;
}

static pel_status run(cli_run *run)
{
    pel_mesh mesh = { 0 };
    pel_cut_found found = { 0 };
    pel_status s = check(run);
    cli_step(run, "read");
    if (s == PEL_OK)
        s = pel_read_mesh(&mesh, run->input[0].path);
    cli_step(run, "mesh");
    if (s == PEL_OK)
        s = edit(run, &mesh, &found);
    if (s == PEL_OK)
        s = report(run, &mesh, &found);
    cli_step(run, "write");
    if (s == PEL_OK)
        s = write_out(run, &mesh);
    pel_mesh_free(&mesh);
    return s;
}

// reading, a second mesh while cutting, what twins and fronts hold
static pel_status plan(cli_run *run)
{
    enum { CUT_BYTES = 64, WORK = 4 << 20, HULL_BYTES = 160 << 20 };
    pel_mesh_cost cost;
    pel_input_cost like = { 0 };
    pel_status s = check(run);
    if (s == PEL_OK)
        s = pel_plan_mesh(&cost, run->input[0].path);
    if (s == PEL_OK && edit_of(run)->to_mask) {
        const pel_input_params as = pel_input_defaults();
        s = pel_input_plan(&like, edit_of(run)->to_mask, &as, false);
    }
    if (s != PEL_OK)
        return s;
    double held = (double)cost.memory_bytes, items = (double)(cost.points + cost.triangles);
    double work = 2 * (double)cost.array_bytes + items * (CUT_BYTES + 48) + WORK;
    // quadrics, neighbours and a heap
    work += items * 400;
    if (edit_of(run)->sulcal_depth)
        work += HULL_BYTES;
    if (edit_of(run)->to_mask)
        work += (double)pel_solid_memory(&like.shape) + (double)like.open_bytes +
                (double)pel_write_memory(run->common.output ? run->common.output : "x.nii.gz",
                                         &like.shape);
    cli_plan_step(run, "read", (double)cost.read_bytes, held);
    cli_plan_step(run, "mesh", 0, held + work);
    pel_volume_free(&like.shape);
    return PEL_OK;
}

const cli_command cli_mesh = {
    .name = "mesh",
    .room = "surface",
    .summary = "convert, cut and measure a mesh, or make a mask of it",
    .description =
        "Reads a mesh of any format and writes it as the ending of -o says: .ply .stl .obj .off "
        ".gii .vtk .vtp .glb, FreeSurfer surfaces (lh.NAME), .curv, .annot and patches. Points, "
        "triangles and numbers stay as they are; what a format has no room for is told. "
        "Coordinates "
        "are RAS mm, and the file says so where it can; 3D Slicer's LPS files and FreeSurfer's own "
        "coordinates are turned to RAS. Numbers without points (.curv .annot .func.gii) go to a "
        "surface by --add. A cut splits the triangles that it crosses, keeps one part (round cuts: "
        "the one at their centre, else the largest), and tells whether that is a disk; if not, its "
        "Euler number and why. --to-mask gives the voxels whose centres lie within.",
    .examples = { "pellucid surface head.nii.gz -o head.ply --level 60 --largest --fill",
                  "pellucid mesh head.ply -o head.glb",
                  "pellucid mesh head.ply -o patch.gii --cut-geodesic 0,90,40,40 --curvature",
                  "pellucid mesh head.ply -o bent.curv --curvature --scalar curvature_mean",
                  "pellucid mesh head.ply -o bent.gii --add bent.curv",
                  "pellucid mesh head.ply -o inside.nii.gz --to-mask head.nii.gz" },
    .words = { { "IN", CLI_VOLUME_IN, "mesh to read", false } },
    .output = "mesh: .ply .stl .obj .off .gii .vtk .vtp .glb ...; volume with --to-mask",
    .schemas = { &edit_schema, &pel_cut_schema, &pel_smooth_schema, &pel_reduce_schema,
                 &pel_mesh_write_schema },
    .run = run,
    .plan = plan,
};
