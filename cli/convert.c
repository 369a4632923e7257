/* SPDX-License-Identifier: Apache-2.0 */
/* convert.c: the convert command: any volume to any volume file, streamed where it can be. */
#include <stdlib.h>
#include <string.h>

#include "commands.h"

typedef struct convert_params {
    size_t size;
    int dtype; /* 0: as it is; else 1 + pel_dtype */
    const char *like;
} convert_params;

static const pel_param table[] = {
    PEL_CHOICE(convert_params, dtype, "same",
               "same|uint8|int8|uint16|int16|uint32|int32|uint64|int64|float32|float64",
               "voxel type; values that it cannot hold are refused"),
    PEL_FILE(convert_params, like, "resample onto the grid of this volume"),
};
static const pel_schema convert_schema =
    PEL_SCHEMA(convert_params, "convert", "convert a volume", table);

enum { CONVERT, RESAMPLE, WRITE };

static bool resamples(const cli_run *run)
{
    return CLI_PARAMS(run, CONVERT, convert_params)->like ||
           CLI_PARAMS(run, RESAMPLE, pel_resample_params)->pixdim.count;
}

// the grid of --like; an empty shape without it
static pel_status open_like(cli_run *run, pel_volume *out)
{
    const char *like = CLI_PARAMS(run, CONVERT, convert_params)->like;
    *out = (pel_volume){ 0 };
    if (!like)
        return PEL_OK;
    pel_input_params plain = pel_input_defaults();
    pel_source source;
    pel_status s = pel_input_open(&source, like, &plain);
    if (s == PEL_OK)
        s = pel_volume_copy_shape(out, &source.shape);
    pel_source_close(&source);
    return s;
}

// `like` of pel_resample()
static const pel_volume *given(const pel_volume *like)
{
    return like->dims[0] ? like : NULL;
}

static pel_status check_options(cli_run *run)
{
    if (resamples(run) || CLI_PARAMS(run, RESAMPLE, pel_resample_params)->interp == PEL_LINEAR)
        return PEL_OK;
    snprintf(run->error, sizeof run->error,
             "--interp says how to resample; say onto what with --pixdim or --like");
    return PEL_EPARAM;
}

static pel_status cast(cli_run *run, pel_source *out, pel_source *in)
{
    int dtype = CLI_PARAMS(run, CONVERT, convert_params)->dtype;
    return pel_cast_source(out, in, dtype ? (pel_dtype)(dtype - 1) : in->shape.dtype);
}

static pel_status resample_input(cli_run *run, pel_source *out)
{
    pel_volume like, in = { 0 }, made = { 0 };
    pel_status s = open_like(run, &like);
    if (s == PEL_OK)
        s = pel_input_read(&in, run->input[0].path, run->input[0].params[0], true);
    cli_step(run, "resample");
    if (s == PEL_OK)
        s = pel_resample(&made, &in, given(&like), CLI_PARAMS(run, RESAMPLE, pel_resample_params));
    pel_volume_free(&in);
    if (s == PEL_OK)
        s = pel_source_take(out, &made);
    pel_volume_free(&made);
    pel_volume_free(&like);
    return s;
}

static pel_status write_output(cli_run *run, pel_source *source)
{
    const char *path = run->common.output;
    char *provenance = cli_provenance(run, NULL);
    if (!provenance && run->common.provenance != CLI_PROVENANCE_NONE)
        return PEL_EMEMORY;
    pel_status s =
        pel_write_source(path, source, provenance, CLI_PARAMS(run, WRITE, pel_write_params));
    free(provenance);
    // a value that does not fit is the input's, which only this command can name
    if (s == PEL_EDATA)
        snprintf(run->error, sizeof run->error, "%s: %s", run->input[0].path, pel_error());
    if (s != PEL_OK)
        return s;
    cli_report_output(run, path);
    // by now the whole source has been read, and its hash is known
    const char *hashes[] = { *source->shape.fields.hash ? source->shape.fields.hash : NULL };
    provenance = cli_provenance(run, hashes);
    s = cli_write_sidecar(run, path, provenance);
    free(provenance);
    return s;
}

static pel_status run(cli_run *run)
{
    pel_source in = { 0 }, out = { 0 };
    pel_status s = check_options(run);
    cli_step(run, "read");
    if (s == PEL_OK)
        s = resamples(run) ? resample_input(run, &in)
                           : pel_input_open(&in, run->input[0].path, run->input[0].params[0]);
    cli_step(run, "write");
    if (s == PEL_OK)
        s = cast(run, &out, &in);
    if (s == PEL_OK)
        s = write_output(run, &out);
    pel_source_close(&in);
    pel_source_close(&out);
    return s;
}

static pel_status plan_resample(cli_run *run, pel_input_cost *cost)
{
    pel_volume like, made = { 0 };
    pel_status s = open_like(run, &like);
    if (s == PEL_OK)
        s = pel_resample_shape(&made, &cost->shape, given(&like),
                               CLI_PARAMS(run, RESAMPLE, pel_resample_params));
    if (s == PEL_OK) {
        double before = (double)pel_volume_bytes(&cost->shape);
        double after = (double)pel_volume_bytes(&made);
        cli_plan_step(run, "read", (double)cost->read_bytes, (double)cost->memory_bytes);
        // and the stacks of workers
        cli_plan_step(run, "resample", before, before + after + (1 << 20));
        pel_volume_free(&cost->shape);
        cost->shape = made;
        cost->in_memory = true;
    }
    pel_volume_free(&like);
    return s;
}

// what the writer pulls from, as far as a plan needs it
static pel_status plan_write(cli_run *run, pel_input_cost *cost)
{
    const char *path = run->common.output ? run->common.output : "-";
    pel_source in = { .shape = cost->shape, .buffer_bytes = cost->buffer_bytes }, out = { 0 };
    if (cost->in_memory)
        in.buffer_bytes = pel_volume_bytes(&cost->shape);
    cost->shape = (pel_volume){ 0 };
    double bytes = (double)pel_volume_bytes(&in.shape);
    pel_status s = cast(run, &out, &in);
    if (s == PEL_OK) {
        int64_t held = pel_write_memory(path, &out.shape);
        cli_plan_step(run, "write", bytes, (double)(out.buffer_bytes + (held > 0 ? held : 0)));
    }
    pel_source_close(&in);
    pel_source_close(&out);
    return s;
}

static pel_status plan(cli_run *run)
{
    pel_input_cost cost;
    pel_status s = check_options(run);
    if (s != PEL_OK)
        return s;
    s = pel_input_plan(&cost, run->input[0].path, run->input[0].params[0], true);
    if (s == PEL_OK && resamples(run))
        s = plan_resample(run, &cost);
    else if (s == PEL_OK && cost.in_memory)
        cli_plan_step(run, "read", (double)cost.read_bytes, (double)cost.open_bytes);
    if (s == PEL_OK)
        s = plan_write(run, &cost);
    pel_volume_free(&cost.shape);
    return s;
}

const cli_command cli_convert = {
    .name = "convert",
    .room = "write",
    .summary = "convert a volume to another format, type, grid or axis order",
    .description = "All that the file says is kept: every frame, scale, orientation, units, "
                   "description and extensions. Cropping, resizing and changing the type "
                   "stream: their memory does not grow with the volume. What a format cannot hold "
                   "is said, and what a type cannot hold is refused.",
    .examples = { "pellucid convert head.hdr -o head.nii.gz",
                  "pellucid convert ct.nii.gz -o ct1mm.nii.gz --pixdim 1 --interp cubic",
                  "pellucid convert labels.nii.gz -o labels_on_t1.nii.gz --like t1.nii.gz --interp "
                  "nearest",
                  "pellucid convert ct.nii.gz -o bone.nii.gz --tone 'window 0 2000; mul 255' "
                  "--dtype uint8",
                  "pellucid convert scan.nii.gz -o slices/slice_%04d.tif",
                  "pellucid convert scan.nii --orient RAS --crop '10:-10' -o ras.nii.gz" },
    .words = { { "IN", CLI_VOLUME_IN, "volume to read", false } },
    .output =
        "volume: .nii .nii.gz .hdr .img .nrrd .nhdr .mha .mhd .mgh .mgz .npy .tif; a folder of "
        "slices: folder/ or folder/slice_%04d.png; - is NIfTI on standard output",
    .schemas = { &convert_schema, &pel_resample_schema, &pel_write_schema },
    .input_schemas = { &pel_input_schema },
    .run = run,
    .plan = plan,
};
