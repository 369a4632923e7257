/* SPDX-License-Identifier: Apache-2.0 */
/* cortex.c: the cortex command: from a head to flat maps of its cortex in one go. */
#include <stdlib.h>
#include <string.h>

#include "commands.h"

enum { CORTEX };

static const pel_cortex_params *params_of(const cli_run *run)
{
    return CLI_PARAMS(run, CORTEX, pel_cortex_params);
}

static pel_status check(cli_run *run)
{
    const char *output = run->common.output;
    if (output && strcmp(output, "-") == 0)
        return cli_refuse(run, "-o wants a folder, which gets maps, pictures and a report");
    return pel_cortex_check(params_of(run), run->input_count);
}

/* ---- while it works ---- */

static void tell_step(void *user, const char *step, bool redone)
{
    cli_run *run = user;
    cli_step(run, step);
    if (!redone && !run->common.json && !run->common.quiet)
        printf("%-10s as it was\n", step);
}

static void tell_file(void *user, const char *path)
{
    cli_report_output(user, path);
}

/* ---- and then ---- */

static pel_status hash_inputs(cli_run *run, char (*hash)[33], const char **hashes)
{
    pel_status s = PEL_OK;
    cli_step(run, "read");
    for (int n = 0; n < run->input_count && s == PEL_OK; n++) {
        s = pel_input_hash(hash[n], run->input[n].path, run->input[n].params[0]);
        hashes[n] = *hash[n] ? hash[n] : NULL;
    }
    return s;
}

static pel_status run(cli_run *run)
{
    pel_cortex_head heads[CLI_INPUTS];
    char hash[CLI_INPUTS][33], *report = NULL, *made = NULL;
    const char *hashes[CLI_INPUTS];
    const pel_cortex_sink sink = { run, tell_step, tell_file };
    pel_status s = check(run);
    for (int n = 0; n < run->input_count; n++)
        heads[n] = (pel_cortex_head){ run->input[n].path, run->input[n].params[0] };
    if (s == PEL_OK)
        s = hash_inputs(run, hash, hashes);
    if (s == PEL_OK) {
        made = cli_provenance(run, hashes);
        s = pel_cortex(&report, run->common.output, heads, run->input_count, params_of(run), made,
                       &sink);
    }
    if (s == PEL_OK) {
        cli_report_output(run, run->common.output);
        cli_report_json(run, "cortex", report);
        s = cli_write_sidecar(run, run->common.output, made);
    }
    if (s == PEL_OK && !run->common.json && !run->common.quiet)
        printf("%s%sreport.html\n", run->common.output,
               cli_ends_in(run->common.output, "/") ? "" : "/");
    free(report);
    free(made);
    return s;
}

static pel_status plan(cli_run *run)
{
    pel_status s = check(run);
    for (int n = 0; n < run->input_count && s == PEL_OK; n++) {
        pel_input_cost cost = { 0 };
        s = pel_input_plan(&cost, run->input[n].path, run->input[n].params[0], false);
        if (s == PEL_OK) {
            double held = (double)pel_volume_bytes(&cost.shape);
            cli_plan_step(run, "read", (double)cost.read_bytes, (double)cost.memory_bytes);
            cli_plan_step(run, n ? "map" : "cortex", held,
                          held + (double)pel_cortex_memory(params_of(run), &cost.shape));
        }
        pel_volume_free(&cost.shape);
    }
    return s;
}

const cli_command cli_cortex = {
    .name = "cortex",
    .room = "pipeline",
    .summary = "from a head to flat maps of its cortex and vessels, in one command",
    .description =
        "Finds the brain, wraps it in a smooth surface, cuts a patch out of that (50 mm around "
        "--at, or around the middle of a --view), lays it flat, and maps what lies just below it: "
        "of each volume, on its own grid, the values as float .tif in known mm per pixel, a "
        "picture with a scale, and the same seen straight from outside, unlit; of one of them the "
        "vessels, found in three dimensions. Layers say where each pixel was in mm and in voxels, "
        "and what flattening did there. report.html in the folder shows all of it, report.json "
        "holds every number. What an earlier run into the folder has done and no option, volume "
        "or file has changed is not done again; a run that was stopped goes on where it was. "
        "Volumes must be aligned already. A stripped brain is known as one.",
    .examples = { "pellucid cortex head.nii.gz -o maps --radius 30 --pixel 0.5",
                  "pellucid cortex head.nii.gz -o maps --radius 30 --pixel 0.5 --depth -6:-2",
                  "pellucid cortex t1gd.nii.gz flair.nii.gz -o both --view top --radius 20 --pixel "
                  "0.5 --mask brain.nii.gz" },
    .words = { { "HEAD", CLI_VOLUME_IN, "volumes of one head, aligned", true } },
    .output = "folder, new or of an earlier run",
    .schemas = { &pel_cortex_schema },
    .input_schemas = { &pel_input_schema },
    .run = run,
    .plan = plan,
};
