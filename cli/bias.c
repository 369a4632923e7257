/* SPDX-License-Identifier: Apache-2.0 */
/* bias.c: the bias command: a volume with even brightness. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "commands.h"

enum { BIAS, BESIDE, WRITE };

/* where, and what else is written */
typedef struct beside_params {
    size_t size;
    const char *within, *field;
} beside_params;

static const pel_param table[] = {
    PEL_FILE(beside_params, within, "look within this mask only, such as a brain's"),
    { "field", PEL_KIND_FILE, offsetof(beside_params, field), NULL, 0, 0, NULL, NULL, "VOLUME",
      "also write what brightness was divided by" },
};
static const pel_schema beside_schema =
    PEL_SCHEMA(beside_params, "beside", "where, and what else is written", table);

static const beside_params *beside_of(const cli_run *run)
{
    return CLI_PARAMS(run, BESIDE, beside_params);
}

static pel_status check(cli_run *run)
{
    const char *const files[] = { run->common.output, beside_of(run)->field };
    static const char *const options[] = { "-o", "--field" };
    for (int n = 0; n < 2; n++)
        if (files[n] && !pel_can_write_volume(files[n])) {
            snprintf(run->error, sizeof run->error,
                     "%s wants a volume: .nii.gz .nrrd .mha .npy .tif .mgz", options[n]);
            return PEL_EPARAM;
        }
    return files[1] ? cli_refuse_input(run, files[1], "--field") : PEL_OK;
}

static pel_status write_one(cli_run *run, const char *path, const pel_volume *volume,
                            const char *made)
{
    pel_status s = pel_write_volume(path, volume, made, CLI_PARAMS(run, WRITE, pel_write_params));
    if (s == PEL_OK)
        cli_report_output(run, path);
    return s;
}

// how far the field goes from its darkest to its brightest
static void report(cli_run *run, const pel_volume *field)
{
    const float *value = field->data;
    float lo = value[0], hi = value[0];
    for (int64_t n = 0; n < pel_volume_count(field); n++) {
        lo = value[n] < lo ? value[n] : lo;
        hi = value[n] > hi ? value[n] : hi;
    }
    cli_report_number(run, "field_min", (double)lo);
    cli_report_number(run, "field_max", (double)hi);
    if (!run->common.json && !run->common.quiet && strcmp(run->common.output, "-") != 0)
        printf("divided by %.3g to %.3g\n", (double)lo, (double)hi);
}

static pel_status run(cli_run *run)
{
    pel_volume in = { 0 }, within = { 0 }, out = { 0 }, field = { 0 };
    pel_input_params plain = pel_input_defaults();
    const beside_params *beside = beside_of(run);
    pel_status s = check(run);
    if (s == PEL_OK)
        s = cli_read_input(run, 0, &in);
    if (s == PEL_OK && beside->within)
        s = pel_input_read(&within, beside->within, &plain, false);
    cli_step(run, "bias");
    if (s == PEL_OK)
        s = pel_bias(&out, &field, &in, beside->within ? &within : NULL,
                     CLI_PARAMS(run, BIAS, pel_bias_params));
    if (s == PEL_OK) {
        const char *hashes[] = { *in.fields.hash ? in.fields.hash : NULL };
        char *made = cli_provenance(run, hashes);
        cli_step(run, "write");
        if (beside->field)
            s = write_one(run, beside->field, &field, made);
        if (s == PEL_OK)
            s = write_one(run, run->common.output, &out, made);
        if (s == PEL_OK)
            s = cli_write_sidecar(run, run->common.output, made);
        free(made);
    }
    if (s == PEL_OK)
        report(run, &field);
    pel_volume_free(&field);
    pel_volume_free(&out);
    pel_volume_free(&within);
    pel_volume_free(&in);
    return s;
}

static pel_status plan(cli_run *run)
{
    pel_input_cost cost = { 0 };
    double within = 0;
    pel_status s = check(run);
    if (s == PEL_OK)
        s = pel_input_plan(&cost, run->input[0].path, run->input[0].params[0], false);
    if (s == PEL_OK)
        s = cli_plan_beside(&within, beside_of(run)->within);
    if (s == PEL_OK) {
        double held = (double)pel_volume_bytes(&cost.shape) + within;
        double out = 4 * (double)pel_volume_count(&cost.shape);
        const char *path = run->common.output ? run->common.output : "-";
        int64_t writing = pel_write_memory(path, &cost.shape);
        cli_plan_step(run, "read", (double)cost.read_bytes, (double)cost.memory_bytes + within);
        cli_plan_step(run, "bias", held,
                      held + (double)pel_bias_schema.plan(CLI_PARAMS(run, BIAS, pel_bias_params),
                                                          &cost.shape));
        cli_plan_step(run, "write", out, held + 2 * out + 4 * (double)(writing > 0 ? writing : 0));
    }
    pel_volume_free(&cost.shape);
    return s;
}

const cli_command cli_bias = {
    .name = "bias",
    .room = "transform",
    .summary = "uneven brightness of MRI taken out (N4)",
    .description =
        "The same tissue should be as bright everywhere; coils make it brighter near them. The "
        "field that does is found from the image alone, smooth and above 0, and taken out; on "
        "average brightness stays. --within (a brain mask) says which voxels to look at, else "
        "those above Otsu's threshold; the field goes on beyond them. --field writes it. Windows, "
        "thresholds and flat maps then mean the same all over.",
    .examples = { "pellucid bias head.nii.gz -o even.nii.gz",
                  "pellucid bias head.nii.gz -o even.nii.gz --within brain.nii.gz --field "
                  "f.nii.gz" },
    .words = { { "IN", CLI_VOLUME_IN, "MRI volume", false } },
    .output = "volume, float32: .nii .nii.gz .nrrd .mha .mgz .npy .tif",
    .schemas = { &pel_bias_schema, &beside_schema, &pel_write_schema },
    .input_schemas = { &pel_input_schema },
    .run = run,
    .plan = plan,
};
