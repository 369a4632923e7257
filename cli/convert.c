/* SPDX-License-Identifier: Apache-2.0 */
/* convert.c: the convert command: any volume to any volume file, streamed where it can be. */
#include <stdlib.h>
#include <string.h>

#include "commands.h"

typedef struct convert_params {
    size_t size;
    int dtype; /* 0: as it is; else 1 + pel_dtype */
} convert_params;

static const pel_param table[] = {
    PEL_CHOICE(convert_params, dtype, "same",
               "same|uint8|int8|uint16|int16|uint32|int32|uint64|int64|float32|float64",
               "voxel type; values that it cannot hold are refused"),
};
static const pel_schema convert_schema =
    PEL_SCHEMA(convert_params, "convert", "convert a volume", table);

enum { CONVERT, WRITE };

// the input as it will be written
static pel_status open_input(cli_run *run, pel_source *out)
{
    const convert_params *params = CLI_PARAMS(run, CONVERT, convert_params);
    pel_source in = { 0 };
    pel_status s = pel_input_open(&in, run->input[0].path, run->input[0].params[0]);
    if (s == PEL_OK)
        s = params->dtype ? pel_cast_source(out, &in, (pel_dtype)(params->dtype - 1)) : PEL_OK;
    if (s == PEL_OK && !params->dtype) {
        *out = in;
        in = (pel_source){ 0 };
    }
    pel_source_close(&in);
    return s;
}

static pel_status write_output(cli_run *run, pel_source *source)
{
    const char *path = run->common.output;
    char *provenance = cli_provenance(run, NULL);
    pel_status s =
        pel_write_source(path, source, provenance, CLI_PARAMS(run, WRITE, pel_write_params));
    free(provenance);
    if (s != PEL_OK)
        return s;
    cli_report_output(run, path);
    if (!run->common.sidecar)
        return PEL_OK;
    // by now the whole source has been read, and its hash is known
    const char *hashes[] = { *source->shape.fields.hash ? source->shape.fields.hash : NULL };
    provenance = cli_provenance(run, hashes);
    s = cli_write_sidecar(run, path, provenance);
    free(provenance);
    return s;
}

static pel_status run(cli_run *run)
{
    pel_source source = { 0 };
    cli_step(run, "read");
    pel_status s = open_input(run, &source);
    cli_step(run, "write");
    if (s == PEL_OK)
        s = write_output(run, &source);
    pel_source_close(&source);
    return s;
}

static pel_status plan(cli_run *run)
{
    pel_source source = { 0 };
    pel_status s = open_input(run, &source);
    const char *path = run->common.output ? run->common.output : "out.nii.gz";
    if (s == PEL_OK) {
        int64_t held = pel_write_memory(path, &source.shape);
        cli_plan_step(run, "write", (double)pel_volume_bytes(&source.shape),
                      (double)(source.buffer_bytes + (held > 0 ? held : 0)));
    }
    pel_source_close(&source);
    return s;
}

const cli_command cli_convert = {
    .name = "convert",
    .room = "write",
    .summary = "convert a volume to another format, type, grid or axis order",
    .description = "Everything the file says is kept: all frames, scale, orientation, units, "
                   "description and extensions. A conversion to the same type streams: memory does "
                   "not grow with the volume. What a format cannot hold is said, never dropped in "
                   "silence.",
    .examples = { "pellucid convert head.hdr -o head.nii.gz",
                  "pellucid convert ct.nii.gz -o bone.nii.gz --tone 'window 0 2000; mul 255' "
                  "--dtype "
                  "uint8",
                  "pellucid convert scan.nii --orient RAS --crop '10:-10' -o ras.nii.gz" },
    .words = { { "IN", CLI_VOLUME_IN, "volume to read", false } },
    .output = "volume: .nii .nii.gz .hdr .img .npy; - is NIfTI on standard output",
    .schemas = { &convert_schema, &pel_write_schema },
    .input_schemas = { &pel_input_schema },
    .run = run,
    .plan = plan,
};
