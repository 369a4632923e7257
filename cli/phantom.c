/* SPDX-License-Identifier: Apache-2.0 */
/* phantom.c: the phantom command: scenes made by code, and what is known of them. */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "commands.h"

typedef struct phantom_params {
    size_t size;
    const char *truth; /* folder */
} phantom_params;

static const pel_param table[] = {
    { "truth", PEL_KIND_FILE, offsetof(phantom_params, truth), NULL, 0, 0, NULL, NULL, "FOLDER",
      "also write here what is known: truth.json, labels.nii.gz, and of heads and tubes surfaces, "
      "masks and lines.csv" },
};
static const pel_schema phantom_schema =
    PEL_SCHEMA(phantom_params, "phantom", "make a scene", table);

// "phantom:head" is "head", as commands that read volumes call it
static const char *spec_of(const cli_run *run)
{
    const char *name = run->word[0];
    return strncmp(name, "phantom:", 8) == 0 ? name + 8 : name;
}

// the scene is the input, its words the recipe; malloc'd
static char *provenance(const cli_run *run, const pel_source *source)
{
    size_t room = strlen(spec_of(run)) + 9;
    char *name = malloc(room);
    if (!name)
        return NULL;
    snprintf(name, room, "phantom:%s", spec_of(run));
    pel_made_from from = { .name = name, .hash = source->shape.fields.hash };
    char *text = cli_provenance_more(run, NULL, &from, 1);
    free(name);
    return text;
}

static pel_status write_scene(cli_run *run)
{
    pel_source source;
    pel_status s = pel_phantom_open(&source, spec_of(run));
    if (s != PEL_OK)
        return s;
    cli_step(run, "write");
    char *made = provenance(run, &source);
    s = pel_write_source(run->common.output, &source, made, CLI_PARAMS(run, 1, pel_write_params));
    if (s == PEL_OK) {
        cli_report_output(run, run->common.output);
        s = cli_write_sidecar(run, run->common.output, made);
    }
    free(made);
    pel_source_close(&source);
    return s;
}

static char *path_in(const char *folder, const char *name, const char *ending)
{
    size_t room = strlen(folder) + strlen(name) + strlen(ending) + 2;
    char *path = malloc(room);
    if (path)
        snprintf(path, room, "%s/%s%s", folder, name, ending);
    return path;
}

static pel_status write_text(cli_run *run, const char *folder, const char *name, const char *text)
{
    char *path = path_in(folder, name, "");
    pel_status s = path ? pel_write_text(path, text) : PEL_EMEMORY;
    if (s == PEL_OK)
        cli_report_output(run, path);
    free(path);
    return s;
}

static pel_status write_field(cli_run *run, const char *folder, const char *field)
{
    pel_source source;
    char *path = path_in(folder, field, ".nii.gz");
    pel_status s = path ? pel_phantom_field_open(&source, spec_of(run), field) : PEL_EMEMORY;
    if (s == PEL_OK) {
        s = pel_write_source(path, &source, NULL, NULL);
        pel_source_close(&source);
    }
    if (s == PEL_OK)
        cli_report_output(run, path);
    free(path);
    return s;
}

// volumes and lines first: truth.json names them
static pel_status write_truth(cli_run *run, const char *folder)
{
    char *json = NULL, *csv = NULL;
    const char *field;
    cli_step(run, "truth");
    mkdir(folder, 0777); // where that fails, the first write says why
    pel_status s = PEL_OK;
    for (int n = 0; s == PEL_OK && (field = pel_phantom_field_name(spec_of(run), n)); n++)
        s = write_field(run, folder, field);
    if (s == PEL_OK)
        s = pel_phantom_lines(&csv, spec_of(run));
    if (s == PEL_OK && csv)
        s = write_text(run, folder, "lines.csv", csv);
    if (s == PEL_OK)
        s = pel_phantom_truth(&json, spec_of(run));
    if (s == PEL_OK)
        s = write_text(run, folder, "truth.json", json);
    free(json);
    free(csv);
    return s;
}

static pel_status run(cli_run *run)
{
    const char *folder = CLI_PARAMS(run, 0, phantom_params)->truth;
    pel_status s = write_scene(run);
    return s == PEL_OK && folder ? write_truth(run, folder) : s;
}

// what writing a source holds at most
static double held(const char *path, const pel_source *source)
{
    int64_t bytes = pel_write_memory(path, &source->shape);
    return (double)(source->buffer_bytes + (bytes > 0 ? bytes : 0));
}

static pel_status plan_truth(cli_run *run)
{
    const char *field;
    double most = 0, bytes = 0;
    pel_status s = PEL_OK;
    for (int n = 0; s == PEL_OK && (field = pel_phantom_field_name(spec_of(run), n)); n++) {
        pel_source source;
        s = pel_phantom_field_open(&source, spec_of(run), field);
        if (s != PEL_OK)
            return s;
        double holds = held("field.nii.gz", &source);
        most = holds > most ? holds : most;
        bytes += (double)pel_volume_bytes(&source.shape);
        pel_source_close(&source);
    }
    cli_plan_step(run, "truth", bytes, most);
    return s;
}

static pel_status plan(cli_run *run)
{
    pel_source source;
    pel_status s = pel_phantom_open(&source, spec_of(run));
    if (s != PEL_OK)
        return s;
    const char *path = run->common.output ? run->common.output : "out.nii.gz";
    cli_plan_step(run, "write", (double)pel_volume_bytes(&source.shape), held(path, &source));
    pel_source_close(&source);
    return CLI_PARAMS(run, 0, phantom_params)->truth ? plan_truth(run) : PEL_OK;
}

// the scenes, whose keys help lists
static const pel_schema *scene(int n)
{
    const char *const *names = pel_phantom_names();
    for (int i = 0; i < n && *names; i++)
        names++;
    return *names ? pel_phantom_schema(*names) : NULL;
}

const cli_command cli_phantom = {
    .name = "phantom",
    .room = "phantoms",
    .summary = "make a scene with known truth",
    .description = "NAME is a scene, with keys where its defaults do not fit: "
                   "'sphere?radius=20&noise=5'. Commands that read volumes take the same words "
                   "after phantom: instead of a file. A scene stands in RAS millimetres around the "
                   "origin; keys of the grid change how it is sampled, never where it is.",
    .examples = { "pellucid phantom head -o head.nii.gz",
                  "pellucid phantom 'head?contrast=t2&snr=20&bias=20&spacing=1,1,3&seed=7' "
                  "-o t2.nii.gz --truth t2",
                  "pellucid render 'phantom:craniotomy?contrast=t1gd' -o opened.png",
                  "pellucid phantom 'letters?orientation=LPI' -o letters.nii --truth letters",
                  "pellucid phantom 'torus?dims=128&spacing=0.5&noise=2&seed=7' -o torus.npy",
                  "pellucid render 'phantom:sphere?radius=20' -o sphere.png" },
    .words = { { "NAME", CLI_NAME,
                 "scene[?key=value&key=value...]: head craniotomy tubes letters sphere ramp slab "
                 "cylinder "
                 "torus",
                 false } },
    .output =
        "volume: .nii .nii.gz .hdr .img .nrrd .nhdr .mha .mhd .mgh .mgz .npy .tif; - is NIfTI on "
        "standard output",
    .schemas = { &phantom_schema, &pel_write_schema },
    .named = scene,
    .run = run,
    .plan = plan,
};
