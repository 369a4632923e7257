/* SPDX-License-Identifier: Apache-2.0 */
/* brain.c: the brain command: a mask of the brain, the brain itself, and a picture to judge it by.
 */
#include <stdlib.h>

#include "commands.h"

enum { BRAIN, BESIDE, WRITE };

/* where to start, and what else is written */
typedef struct beside_params {
    size_t size;
    const char *prior, *brain, *qc;
} beside_params;

static const pel_param table[] = {
    PEL_FILE(beside_params, prior, "a rough mask of the brain to start from, in the same space"),
    { "brain", PEL_KIND_FILE, offsetof(beside_params, brain), NULL, 0, 0, NULL, NULL, "VOLUME",
      "also write the image with all but the brain taken away" },
    { "qc", PEL_KIND_FILE, offsetof(beside_params, qc), NULL, 0, 0, NULL, NULL, "FIGURE",
      "also draw the brain's outline over a mosaic of slices: .png .svg .pdf" },
};
static const pel_schema beside_schema =
    PEL_SCHEMA(beside_params, "beside", "where to start, and what else is written", table);

static const beside_params *beside_of(const cli_run *run)
{
    return CLI_PARAMS(run, BESIDE, beside_params);
}

static pel_status refuse(cli_run *run, const char *option, const char *wants)
{
    snprintf(run->error, sizeof run->error, "%s wants %s", option, wants);
    return PEL_EPARAM;
}

// what can be told before anything is read
static pel_status check(cli_run *run)
{
    const beside_params *beside = beside_of(run);
    if (run->common.output && !pel_can_write_volume(run->common.output))
        return refuse(run, "-o", "a volume: .nii.gz .nrrd .mha .npy .tif .mgz");
    if (beside->brain && !pel_can_write_volume(beside->brain))
        return refuse(run, "--brain", "a volume: .nii.gz .nrrd .mha .npy .tif .mgz");
    if (beside->qc && !pel_can_write_figure(beside->qc))
        return refuse(run, "--qc", "a figure: .png .svg .pdf");
    pel_status s = PEL_OK;
    if (beside->brain)
        s = cli_refuse_input(run, beside->brain, "--brain");
    if (s == PEL_OK && beside->qc)
        s = cli_refuse_input(run, beside->qc, "--qc");
    return s;
}

static void report(cli_run *run, const pel_brain_found *found)
{
    cli_report_number(run, "volume_mm3", found->volume_mm3);
    cli_report_number(run, "score", found->score);
    cli_report_number(run, "edge", found->edge);
    cli_report_number(run, "structure", found->structure);
    cli_report_text(run, "stripped", found->stripped ? "yes" : "no");
    cli_report_text(run, "cut", found->cut ? "yes" : "no");
    if (!run->common.json && !run->common.quiet)
        printf("brain %.0f ml, score %.2f\n", found->volume_mm3 / 1000, found->score);
}

static pel_status write_volume(cli_run *run, const char *path, const pel_volume *volume,
                               const char *made)
{
    pel_status s = pel_write_volume(path, volume, made, CLI_PARAMS(run, WRITE, pel_write_params));
    if (s == PEL_OK)
        cli_report_output(run, path);
    return s;
}

// the mask last: what stands beside it is then there
static pel_status write_all(cli_run *run, pel_volume *in, const pel_volume *mask)
{
    const beside_params *beside = beside_of(run);
    const char *hashes[] = { *in->fields.hash ? in->fields.hash : NULL };
    char *made = cli_provenance(run, hashes);
    pel_status s = PEL_OK;
    cli_step(run, "write");
    if (beside->qc)
        s = cli_write_qc(run, beside->qc, in, mask, made);
    if (s == PEL_OK && beside->brain) {
        s = pel_mask_apply(in, mask);
        if (s == PEL_OK)
            s = write_volume(run, beside->brain, in, made);
    }
    if (s == PEL_OK)
        s = write_volume(run, run->common.output, mask, made);
    if (s == PEL_OK)
        s = cli_write_sidecar(run, run->common.output, made);
    free(made);
    return s;
}

static pel_status run(cli_run *run)
{
    pel_volume in = { 0 }, prior = { 0 }, mask = { 0 };
    pel_brain_found found = { 0 };
    pel_input_params plain = pel_input_defaults();
    const char *rough = beside_of(run)->prior;
    pel_status s = check(run);
    if (s == PEL_OK)
        s = cli_read_input(run, 0, &in);
    if (s == PEL_OK && rough)
        s = pel_input_read(&prior, rough, &plain, false);
    cli_step(run, "brain");
    if (s == PEL_OK)
        s = pel_brain(&mask, &found, &in, rough ? &prior : NULL,
                      CLI_PARAMS(run, BRAIN, pel_brain_params));
    if (s == PEL_OK)
        report(run, &found);
    if (s == PEL_OK)
        s = write_all(run, &in, &mask);
    pel_volume_free(&mask);
    pel_volume_free(&prior);
    pel_volume_free(&in);
    return s;
}

static pel_status plan(cli_run *run)
{
    pel_input_cost cost = { 0 };
    double prior;
    pel_status s = check(run);
    if (s == PEL_OK)
        s = pel_input_plan(&cost, run->input[0].path, run->input[0].params[0], false);
    if (s == PEL_OK)
        s = cli_plan_beside(&prior, beside_of(run)->prior);
    if (s == PEL_OK) {
        double held = (double)pel_volume_bytes(&cost.shape) + prior;
        double mask = (double)pel_volume_count(&cost.shape);
        const char *path = beside_of(run)->brain ? beside_of(run)->brain : run->common.output;
        double writing = (double)pel_write_memory(path ? path : "-", &cost.shape);
        cli_plan_step(run, "read", (double)cost.read_bytes, (double)cost.memory_bytes + prior);
        cli_plan_step(run, "brain", held,
                      held + (double)pel_brain_schema.plan(CLI_PARAMS(run, BRAIN, pel_brain_params),
                                                           &cost.shape));
        double drawing =
            beside_of(run)->qc ? (double)pel_brain_check_memory(&cost.shape) + mask : 0;
        double most = writing > drawing ? writing : drawing;
        cli_plan_step(run, "write", mask, held + mask + most);
    }
    pel_volume_free(&cost.shape);
    return s;
}

const cli_command cli_brain = {
    .name = "brain",
    .room = "transform",
    .summary = "a mask of the brain in an image of a head, without a network",
    .description =
        "Skull stripping: the brain with its sulci, ventricles, cerebellum and stem, in MRI of any "
        "contrast or CT, whichever way the head lies. The edge hugs the cortex; --csf in takes "
        "the fluid around it along (where fluid is as dark as bone, its usual 1.8 mm). A score "
        "from 0 to 1 tells how sure it is: below 0.75 a note asks to look at --qc, and where no "
        "brain is found the command fails. An image that is stripped already gives its "
        "foreground. --json adds volume_mm3, score, edge, structure, stripped and cut.",
    .examples = { "pellucid brain head.nii.gz -o brain_mask.nii.gz --qc check.png",
                  "pellucid brain head.nii.gz -o brain_mask.nii.gz --brain brain.nii.gz --border 1",
                  "pellucid brain head.nii.gz -o better.nii.gz --prior brain_mask.nii.gz" },
    .words = { { "IN", CLI_VOLUME_IN, "image of a head", false } },
    .output = "mask, 0 and 1: .nii .nii.gz .nrrd .mha .mgz .npy .tif",
    .schemas = { &pel_brain_schema, &beside_schema, &pel_write_schema },
    .input_schemas = { &pel_input_schema },
    .run = run,
    .plan = plan,
};
