/* SPDX-License-Identifier: Apache-2.0 */
/* denoise.c: the denoise command: a volume without its noise. */
#include <stdlib.h>
#include <string.h>

#include "commands.h"

enum { DENOISE, WRITE };

static pel_status check(cli_run *run)
{
    if (!run->common.output || pel_can_write_volume(run->common.output))
        return PEL_OK;
    snprintf(run->error, sizeof run->error, "-o wants a volume: .nii.gz .nrrd .mha .npy .tif .mgz");
    return PEL_EPARAM;
}

static pel_status run(cli_run *run)
{
    pel_volume in = { 0 }, out = { 0 };
    double noise = 0;
    pel_status s = check(run);
    if (s == PEL_OK)
        s = cli_read_input(run, 0, &in);
    cli_step(run, "denoise");
    if (s == PEL_OK)
        s = pel_denoise(&out, &noise, &in, CLI_PARAMS(run, DENOISE, pel_denoise_params));
    if (s == PEL_OK) {
        const char *hashes[] = { *in.fields.hash ? in.fields.hash : NULL };
        char *made = cli_provenance(run, hashes);
        pel_volume_free(&in);
        cli_step(run, "write");
        s = pel_write_volume(run->common.output, &out, made,
                             CLI_PARAMS(run, WRITE, pel_write_params));
        if (s == PEL_OK)
            cli_report_output(run, run->common.output);
        if (s == PEL_OK)
            s = cli_write_sidecar(run, run->common.output, made);
        free(made);
    }
    if (s == PEL_OK) {
        cli_report_number(run, "noise", noise);
        if (!run->common.json && !run->common.quiet && strcmp(run->common.output, "-") != 0)
            printf("noise of %.4g taken out\n", noise);
    }
    pel_volume_free(&out);
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
        double in = (double)pel_volume_bytes(&cost.shape);
        double out = 4 * (double)pel_volume_count(&cost.shape);
        const char *path = run->common.output ? run->common.output : "-";
        int64_t writing = pel_write_memory(path, &cost.shape);
        cli_plan_step(run, "read", (double)cost.read_bytes, (double)cost.memory_bytes);
        cli_plan_step(run, "denoise", in,
                      in + (double)pel_denoise_schema.plan(
                               CLI_PARAMS(run, DENOISE, pel_denoise_params), &cost.shape));
        cli_plan_step(run, "write", out, out + 4 * (double)(writing > 0 ? writing : 0));
    }
    pel_volume_free(&cost.shape);
    return s;
}

const cli_command cli_denoise = {
    .name = "denoise",
    .room = "transform",
    .summary = "noise taken out, edges and vessels kept (non-local means)",
    .description =
        "Each voxel becomes the mean of those nearby whose surroundings look alike, so that edges "
        "and thin vessels stay sharp. The noise is measured, and told; --noise overrules. "
        "--strength 0.5 is gentle, 1.5 strong. MRI magnitude whose dark parts matter: --law "
        "rician. A larger --search takes out more, and its cube of time.",
    .examples = { "pellucid denoise head.nii.gz -o clean.nii.gz",
                  "pellucid denoise head.nii.gz -o clean.nii.gz --law rician --strength 0.7" },
    .words = { { "IN", CLI_VOLUME_IN, "volume", false } },
    .output = "volume, float32: .nii .nii.gz .nrrd .mha .mgz .npy .tif",
    .schemas = { &pel_denoise_schema, &pel_write_schema },
    .input_schemas = { &pel_input_schema },
    .run = run,
    .plan = plan,
};
