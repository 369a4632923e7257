/* SPDX-License-Identifier: Apache-2.0 */
/* vessels.c: the vessels command: a response, a mask, and both beside plain thresholding. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "commands.h"

enum { VESSELS, MASK, BESIDE, WRITE };

/* where, and what else is written */
typedef struct beside_params {
    size_t size;
    const char *within, *mask_out, *skeleton, *scale_out;
} beside_params;

static const pel_param table[] = {
    PEL_FILE(beside_params, within, "look within this mask only; its edge makes no vessels"),
    { "mask_out", PEL_KIND_FILE, offsetof(beside_params, mask_out), NULL, 0, 0, NULL, NULL,
      "VOLUME", "also write the vessels as a mask, 0 and 1" },
    { "skeleton", PEL_KIND_FILE, offsetof(beside_params, skeleton), NULL, 0, 0, NULL, NULL, "LINES",
      "also write centre lines with radius and length: .csv, or .ply with edges" },
    { "scale_out", PEL_KIND_FILE, offsetof(beside_params, scale_out), NULL, 0, 0, NULL, NULL,
      "VOLUME", "also write the scale in mm that answered best: 0.7 of a tube's radius" },
};
static const pel_schema beside_schema =
    PEL_SCHEMA(beside_params, "beside", "where, and what else is written", table);

/* what the work is done with and gives */
typedef struct work {
    pel_volume in, within, response, scale_mm, mask;
    pel_vessel_mask_found found;
    pel_lines lines;
} work;

static void work_free(work *w)
{
    pel_volume_free(&w->in);
    pel_volume_free(&w->within);
    pel_volume_free(&w->response);
    pel_volume_free(&w->scale_mm);
    pel_volume_free(&w->mask);
    pel_lines_free(&w->lines);
}

static const beside_params *beside_of(const cli_run *run)
{
    return CLI_PARAMS(run, BESIDE, beside_params);
}

// what can be told before anything is read
static pel_status check(cli_run *run)
{
    const beside_params *beside = beside_of(run);
    const char *const files[] = { run->common.output, beside->mask_out, beside->scale_out };
    static const char *const options[] = { "-o", "--mask-out", "--scale-out" };
    for (int i = 0; i < 3; i++)
        if (files[i] && !pel_can_write_volume(files[i])) {
            snprintf(run->error, sizeof run->error,
                     "%s wants a volume: .nii.gz .nrrd .mha .npy .tif", options[i]);
            return PEL_EPARAM;
        }
    if (beside->skeleton && !pel_can_write_lines(beside->skeleton)) {
        snprintf(run->error, sizeof run->error, "--skeleton wants lines: .csv .ply");
        return PEL_EPARAM;
    }
    pel_status s = pel_vessels_check(CLI_PARAMS(run, VESSELS, pel_vessels_params));
    if (s == PEL_OK && beside->skeleton)
        s = cli_refuse_input(run, beside->skeleton, "--skeleton");
    for (int i = 1; i < 3 && s == PEL_OK; i++)
        if (files[i])
            s = cli_refuse_input(run, files[i], options[i]);
    return s;
}

static pel_status read_all(cli_run *run, work *w)
{
    const char *within = beside_of(run)->within;
    pel_input_params plain = pel_input_defaults();
    pel_status s = cli_read_input(run, 0, &w->in);
    return s == PEL_OK && within ? pel_input_read(&w->within, within, &plain, false) : s;
}

static pel_status find(cli_run *run, work *w)
{
    const pel_vessels_params *params = CLI_PARAMS(run, VESSELS, pel_vessels_params);
    const pel_volume *within = w->within.data ? &w->within : NULL;
    cli_step(run, "vessels");
    pel_status s = pel_vessels(&w->response, beside_of(run)->scale_out ? &w->scale_mm : NULL,
                               &w->in, within, params);
    cli_step(run, "mask");
    if (s == PEL_OK)
        s = pel_vessel_mask(&w->mask, &w->found, &w->in, &w->response, within, params->polarity,
                            CLI_PARAMS(run, MASK, pel_vessel_mask_params));
    cli_step(run, "skeleton");
    if (s == PEL_OK && beside_of(run)->skeleton)
        s = pel_vessel_lines(&w->lines, &w->in, &w->mask, w->found.vessels.threshold,
                             params->polarity);
    return s;
}

/* ---- what is told ---- */

static void report_one(cli_run *run, const char *name, const pel_mask_measure *m)
{
    const struct {
        const char *key;
        double value;
    } all[] = { { "threshold", m->threshold },
                { "voxels", (double)m->voxels },
                { "volume_mm3", m->volume_mm3 },
                { "components", (double)m->components },
                { "largest_voxels", (double)m->largest } };
    for (int i = 0; i < 5; i++) {
        char key[64];
        snprintf(key, sizeof key, "%s.%s", name, all[i].key);
        cli_report_number(run, key, all[i].value);
    }
}

static void print_one(const char *name, const pel_mask_measure *m)
{
    printf("  %-16s %10.4g %12lld %14.6g %8lld %10.0f%%\n", name, m->threshold,
           (long long)m->voxels, m->volume_mm3, (long long)m->components,
           m->voxels ? 100 * (double)m->largest / (double)m->voxels : 0);
}

static double length_of(const pel_lines *lines)
{
    double sum = 0;
    for (int64_t b = 0; b < lines->branches; b++)
        sum += lines->branch[b].length_mm;
    return sum;
}

// weighted by length
static double radius_of(const pel_lines *lines)
{
    double sum = 0;
    for (int64_t b = 0; b < lines->branches; b++)
        sum += lines->branch[b].length_mm * lines->branch[b].radius_mm;
    return sum / length_of(lines);
}

static void report(cli_run *run, const work *w)
{
    bool lines = beside_of(run)->skeleton;
    report_one(run, "vessels", &w->found.vessels);
    report_one(run, "plain", &w->found.plain);
    cli_report_number(run, "dice", w->found.dice);
    if (lines) {
        cli_report_integer(run, "skeleton.branches", w->lines.branches);
        cli_report_integer(run, "skeleton.nodes", w->lines.nodes);
        cli_report_number(run, "skeleton.length_mm", length_of(&w->lines));
        cli_report_number(run, "skeleton.radius_mm", radius_of(&w->lines));
    }
    if (run->common.json || run->common.quiet || strcmp(run->common.output, "-") == 0)
        return;
    printf("  %-16s %10s %12s %14s %8s %11s\n", "", "above", "voxels", "mm3", "parts", "largest");
    print_one("vessels", &w->found.vessels);
    print_one("plain threshold", &w->found.plain);
    printf("  they share %.0f%% (Dice)\n", 100 * w->found.dice);
    if (lines && w->lines.branches == 0)
        puts("  no branches");
    else if (lines)
        printf("  %lld branches, %.6g mm long, mean radius %.3g mm\n", (long long)w->lines.branches,
               length_of(&w->lines), radius_of(&w->lines));
}

/* ---- outputs: what -o names last, so that the others are then there ---- */

static pel_status write_one(cli_run *run, const char *path, const pel_volume *volume,
                            const char *made)
{
    if (!path)
        return PEL_OK;
    pel_status s = pel_write_volume(path, volume, made, CLI_PARAMS(run, WRITE, pel_write_params));
    if (s == PEL_OK)
        cli_report_output(run, path);
    return s;
}

static pel_status write_all(cli_run *run, const work *w)
{
    const beside_params *beside = beside_of(run);
    const char *hashes[] = { *w->in.fields.hash ? w->in.fields.hash : NULL };
    char *made = cli_provenance(run, hashes);
    cli_step(run, "write");
    pel_status s = write_one(run, beside->scale_out, &w->scale_mm, made);
    if (s == PEL_OK && beside->skeleton) {
        s = pel_write_lines(beside->skeleton, &w->lines, made);
        if (s == PEL_OK)
            cli_report_output(run, beside->skeleton);
    }
    if (s == PEL_OK)
        s = write_one(run, beside->mask_out, &w->mask, made);
    if (s == PEL_OK)
        s = write_one(run, run->common.output, &w->response, made);
    if (s == PEL_OK)
        s = cli_write_sidecar(run, run->common.output, made);
    free(made);
    return s;
}

static pel_status run(cli_run *run)
{
    work w = { 0 };
    pel_status s = check(run);
    if (s == PEL_OK)
        s = read_all(run, &w);
    if (s == PEL_OK)
        s = find(run, &w);
    if (s == PEL_OK)
        s = write_all(run, &w);
    if (s == PEL_OK)
        report(run, &w);
    work_free(&w);
    return s;
}

/* ---- plan ---- */

// the other mask is read whole
static pel_status plan_within(cli_run *run, double *bytes, double *held)
{
    pel_input_params plain = pel_input_defaults();
    pel_input_cost cost = { 0 };
    *bytes = *held = 0;
    if (!beside_of(run)->within)
        return PEL_OK;
    pel_status s = pel_input_plan(&cost, beside_of(run)->within, &plain, false);
    if (s == PEL_OK) {
        *bytes = (double)cost.read_bytes;
        *held = (double)cost.memory_bytes;
    }
    pel_volume_free(&cost.shape);
    return s;
}

static pel_status plan(cli_run *run)
{
    pel_input_cost cost = { 0 };
    double within_bytes, within;
    pel_status s = check(run);
    if (s == PEL_OK)
        s = pel_input_plan(&cost, run->input[0].path, run->input[0].params[0], false);
    if (s == PEL_OK)
        s = plan_within(run, &within_bytes, &within);
    if (s == PEL_OK) {
        const pel_volume *shape = &cost.shape;
        double voxels = (double)pel_volume_count(shape), in = (double)pel_volume_bytes(shape);
        int64_t finding =
            pel_vessels_schema.plan(CLI_PARAMS(run, VESSELS, pel_vessels_params), shape);
        int64_t masking =
            pel_vessel_mask_schema.plan(CLI_PARAMS(run, MASK, pel_vessel_mask_params), shape);
        double kept = in + within + (beside_of(run)->scale_out ? 8 : 4) * voxels;
        const char *path = run->common.output ? run->common.output : "-";
        pel_volume response = *shape;
        response.dtype = PEL_FLOAT32;
        int64_t writing = pel_write_memory(path, &response);
        cli_plan_step(run, "read", (double)cost.read_bytes + within_bytes,
                      (double)cost.memory_bytes + within);
        cli_plan_step(run, "vessels", in, in + within + (double)finding);
        cli_plan_step(run, "mask", in, kept + (double)masking);
        if (beside_of(run)->skeleton)
            cli_plan_step(run, "skeleton", voxels,
                          kept + voxels + (double)pel_vessel_lines_memory(shape));
        cli_plan_step(run, "write", 4 * voxels,
                      kept + voxels + (double)(writing > 0 ? writing : 0));
        s = finding < 0 ? PEL_EPARAM : PEL_OK;
    }
    pel_volume_free(&cost.shape);
    return s;
}

const cli_command cli_vessels = {
    .name = "vessels",
    .room = "transform",
    .summary = "vessels, or sheets such as sulci, found by their shape over scales in mm",
    .description =
        "The output says of each voxel how much it looks like part of a tube: 0 not at all, 1 "
        "fully, whatever its brightness. --scales are widths in mm: a tube of radius r shows best "
        "at 0.7 r, so 0.4:2.5 finds radii from 0.6 to 3.5 mm; voxels may be flat. --within (a "
        "brain mask, dilated by some mm) keeps skull and scalp out; its edge, and that of a "
        "stripped brain, is then no edge. --mask-out writes the vessels as a mask: the response "
        "says where they are (--hysteresis), brightness where they end, --least drops small parts. "
        "What this gives is always told beside what a plain threshold (Otsu's, in the same region) "
        "would give: their volume, parts, and how much of the whole the largest part is. Where "
        "both agree, the threshold will do. --skeleton writes the centre lines of the mask: "
        "branches between nodes, each point with its radius. --shape sheet --polarity dark finds "
        "sulci on FLAIR and "
        "T1.",
    .examples = { "pellucid vessels t1gd.nii.gz -o vessels.nii.gz --mask-out veins.nii.gz",
                  "pellucid vessels head.nii.gz --within brain.nii.gz -o v.nii.gz --scales 0.6:2",
                  "pellucid vessels flair.nii.gz -o sulci.nii.gz --shape sheet --polarity dark",
                  "pellucid vessels mra.nii.gz -o v.nii.gz --skeleton tree.csv --json",
                  "pellucid vessels mra.nii.gz -o flux.nii.gz --method oof --skeleton tree.ply",
                  "pellucid vessels head.nii.gz -o frangi.nii.gz --method frangi --scales 1" },
    .words = { { "IN", CLI_VOLUME_IN, "volume", false } },
    .output = "response, float32: .nii .nii.gz .nrrd .mha .mgz .npy .tif",
    .schemas = { &pel_vessels_schema, &pel_vessel_mask_schema, &beside_schema, &pel_write_schema },
    .input_schemas = { &pel_input_schema },
    .run = run,
    .plan = plan,
};
