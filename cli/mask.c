/* SPDX-License-Identifier: Apache-2.0 */
/* mask.c: the mask command: a threshold and steps; and what can be told of the mask. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "commands.h"

enum { MASK, BESIDE, WRITE };

/* what else is written */
typedef struct beside_params {
    size_t size;
    const char *qc, *distance, *parts, *values;
} beside_params;

static const pel_param table[] = {
    { "qc", PEL_KIND_FILE, offsetof(beside_params, qc), NULL, 0, 0, NULL, NULL, "FIGURE",
      "also draw the mask's outline over a mosaic of slices: .png .svg .pdf" },
    { "distance", PEL_KIND_FILE, offsetof(beside_params, distance), NULL, 0, 0, NULL, NULL,
      "VOLUME", "also write the distance in mm from the mask's edge, negative outside" },
    { "parts", PEL_KIND_FILE, offsetof(beside_params, parts), NULL, 0, 0, NULL, NULL, "VOLUME",
      "also write the numbers of connected parts, from 1" },
    { "values", PEL_KIND_FILE, offsetof(beside_params, values), NULL, 0, 0, NULL, NULL, "VOLUME",
      "also write the values that the threshold was found in, after --smooth and --grey" },
};
static const pel_schema beside_schema =
    PEL_SCHEMA(beside_params, "beside", "what else is written", table);

enum { EXTRAS = 4 };

static const char *const *extras(const cli_run *run, const char *files[EXTRAS])
{
    const beside_params *beside = CLI_PARAMS(run, BESIDE, beside_params);
    files[0] = beside->qc;
    files[1] = beside->distance;
    files[2] = beside->parts;
    files[3] = beside->values;
    return files;
}

static pel_status refuse(cli_run *run, const char *option, const char *wants)
{
    snprintf(run->error, sizeof run->error, "%s wants %s", option, wants);
    return PEL_EPARAM;
}

// what can be told before anything is read
static pel_status check(cli_run *run)
{
    static const char *const options[] = { "--qc", "--distance", "--parts", "--values" };
    const pel_mask_params *params = CLI_PARAMS(run, MASK, pel_mask_params);
    const char *output = run->common.output, *files[EXTRAS];
    extras(run, files);
    if (output && !pel_can_write_volume(output) && !pel_can_write_image(output))
        return refuse(run, "-o", "a volume: .nii.gz .nrrd .mha .npy .tif .mgz, or a picture: .png");
    if (files[0] && !pel_can_write_figure(files[0]))
        return refuse(run, "--qc", "a figure: .png .svg .pdf");
    if (files[3] && isnan(params->smooth.value) && !params->grey)
        return refuse(run, "--values", "--smooth or --grey; without them they are the input's own");
    for (int i = 1; i < EXTRAS; i++)
        if (files[i] && !pel_can_write_volume(files[i]))
            return refuse(run, options[i], "a volume: .nii.gz .nrrd .mha .npy .tif");
    pel_status s = pel_mask_check(params);
    for (int i = 0; i < EXTRAS && s == PEL_OK; i++)
        if (files[i])
            s = cli_refuse_input(run, files[i], options[i]);
    return s;
}

/* ---- the mask is told of ---- */

static pel_status report(cli_run *run, const pel_volume *mask, const pel_mask_found *found)
{
    pel_components_params all = pel_components_defaults();
    all.connectivity = CLI_PARAMS(run, MASK, pel_mask_params)->connectivity;
    pel_component *list;
    int64_t count, voxels = 0;
    pel_status s = pel_components(NULL, &list, &count, mask, &all);
    if (s != PEL_OK)
        return s;
    for (int64_t c = 0; c < count; c++)
        voxels += list[c].voxels;
    pel_vec3 mm = pel_volume_spacing_mm(mask);
    cli_report_integer(run, "voxels", voxels);
    cli_report_number(run, "volume_mm3", (double)voxels * mm.x * mm.y * mm.z);
    cli_report_integer(run, "components", count);
    cli_report_numbers(run, "thresholds", found->threshold, found->count);
    free(list);
    return s;
}

/* ---- outputs ---- */

// white where the mask is; classes evenly from black to white
static pel_status write_picture(const char *path, const pel_volume *mask, const char *made)
{
    pel_image picture;
    pel_vec3 mm = pel_volume_spacing_mm(mask);
    if (mask->dims[2] != 1)
        return pel_write_volume(path, mask, made, NULL); // which says what it writes
    pel_status s = pel_image_new(&picture, mask->dims[0], mask->dims[1], 1, PEL_UINT8);
    if (s != PEL_OK)
        return s;
    const uint8_t *from = mask->data;
    uint8_t *to = picture.data, most = 1;
    int64_t count = mask->dims[0] * mask->dims[1];
    for (int64_t n = 0; n < count; n++)
        most = from[n] > most ? from[n] : most;
    for (int64_t n = 0; n < count; n++)
        to[n] = (uint8_t)(from[n] * 255 / most);
    picture.mm_per_pixel = mask->unit_known && mm.x == mm.y ? mm.x : NAN;
    picture.provenance = made ? strdup(made) : NULL;
    s = pel_write_image(path, &picture);
    pel_image_free(&picture);
    return s;
}

static pel_status write_mask(cli_run *run, const pel_volume *mask, const char *made)
{
    const char *path = run->common.output;
    pel_status s =
        pel_can_write_volume(path)
            ? pel_write_volume(path, mask, made, CLI_PARAMS(run, WRITE, pel_write_params))
            : write_picture(path, mask, made);
    if (s == PEL_OK) {
        cli_report_output(run, path);
        s = cli_write_sidecar(run, path, made);
    }
    return s;
}

static pel_status write_distance(cli_run *run, const pel_volume *mask, const char *made)
{
    const char *path = CLI_PARAMS(run, BESIDE, beside_params)->distance;
    pel_distance_params params = pel_distance_defaults();
    params.side = PEL_SIGNED;
    pel_volume distance = { 0 };
    pel_status s = pel_distance(&distance, mask, &params);
    if (s == PEL_OK)
        s = pel_write_volume(path, &distance, made, CLI_PARAMS(run, WRITE, pel_write_params));
    if (s == PEL_OK)
        cli_report_output(run, path);
    pel_volume_free(&distance);
    return s;
}

static pel_status write_parts(cli_run *run, const pel_volume *mask, const char *made)
{
    const char *path = CLI_PARAMS(run, BESIDE, beside_params)->parts;
    pel_components_params params = pel_components_defaults();
    params.connectivity = CLI_PARAMS(run, MASK, pel_mask_params)->connectivity;
    pel_volume labels = { 0 };
    int64_t count;
    pel_status s = pel_components(&labels, NULL, &count, mask, &params);
    if (s == PEL_OK)
        s = pel_write_volume(path, &labels, made, CLI_PARAMS(run, WRITE, pel_write_params));
    if (s == PEL_OK)
        cli_report_output(run, path);
    pel_volume_free(&labels);
    return s;
}

static pel_status write_values(cli_run *run, const pel_volume *values, const char *made)
{
    const char *path = CLI_PARAMS(run, BESIDE, beside_params)->values;
    pel_status s = pel_write_volume(path, values, made, CLI_PARAMS(run, WRITE, pel_write_params));
    if (s == PEL_OK)
        cli_report_output(run, path);
    return s;
}

/* the files that steps name, as provenance lists them */
typedef struct operands {
    int count;
    char name[CLI_INPUTS][1024], hash[CLI_INPUTS][33];
    pel_made_from from[CLI_INPUTS];
} operands;

// where the file of a step stands; NULL: it names none
static const char *file_of_step(const char *step)
{
    static const char *const words[] = { "and", "or", "xor", "minus" };
    step += strspn(step, " \t\n");
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        size_t length = strlen(words[i]);
        if (strncasecmp(step, words[i], length) == 0 && strchr(" \t\n", step[length]))
            return step + length + strspn(step + length, " \t\n");
    }
    return NULL;
}

// steps without the names of files: each is an input by its hash, and @ stands for it
static char *take_operands(operands *out, const char *steps)
{
    char *text = malloc(strlen(steps) + 2), *to = text;
    for (const char *at = steps; text && *at;) {
        size_t length = strcspn(at, ";");
        const char *file = file_of_step(at);
        size_t before = file && file < at + length ? (size_t)(file - at) : length;
        memcpy(to, at, before);
        to += before;
        if (before < length && out->count < CLI_INPUTS) {
            int n = out->count++, end = (int)(length - before);
            while (end && strchr(" \t\n", file[end - 1]))
                end--;
            snprintf(out->name[n], sizeof out->name[n], "%.*s", end, file);
            bool known = pel_input_hash(out->hash[n], out->name[n], NULL) == PEL_OK;
            out->from[n] = (pel_made_from){ .name = out->name[n],
                                            .hash = known ? out->hash[n] : NULL,
                                            .role = CLI_OPERAND };
            *to++ = '@';
        }
        at += length;
        if (*at)
            *to++ = *at++;
    }
    if (text)
        *to = 0;
    return text;
}

static char *made_how(cli_run *run, const pel_volume *in)
{
    const char *hashes[] = { *in->fields.hash ? in->fields.hash : NULL };
    pel_mask_params *params = CLI_PARAMS(run, MASK, pel_mask_params), given = *params;
    operands *with = calloc(1, sizeof *with);
    char *steps = with && params->steps ? take_operands(with, params->steps) : NULL, *made = NULL;
    if (steps)
        params->steps = steps;
    if (with && (steps || !given.steps))
        made = cli_provenance_more(run, hashes, with->from, with->count);
    *params = given;
    free(steps);
    free(with);
    return made;
}

// the mask last: what stands beside it is then there
static pel_status write_all(cli_run *run, const pel_volume *in, const pel_volume *values,
                            const pel_volume *mask)
{
    const beside_params *beside = CLI_PARAMS(run, BESIDE, beside_params);
    char *made = made_how(run, in);
    pel_status s = PEL_OK;
    cli_step(run, "write");
    if (beside->qc)
        s = cli_write_qc(run, beside->qc, in, mask, made);
    if (s == PEL_OK && beside->distance)
        s = write_distance(run, mask, made);
    if (s == PEL_OK && beside->parts)
        s = write_parts(run, mask, made);
    if (s == PEL_OK && beside->values)
        s = write_values(run, values, made);
    if (s == PEL_OK)
        s = write_mask(run, mask, made);
    free(made);
    return s;
}

static pel_status run(cli_run *run)
{
    pel_volume in = { 0 }, values = { 0 }, mask = { 0 };
    pel_mask_found found = { 0 };
    pel_mask_params params = *CLI_PARAMS(run, MASK, pel_mask_params);
    pel_status s = check(run);
    if (s == PEL_OK)
        s = cli_read_input(run, 0, &in);
    cli_step(run, "mask");
    if (s == PEL_OK)
        s = pel_mask_values(&values, &in, &params);
    params.smooth.value = NAN;
    params.grey = NULL;
    if (s == PEL_OK)
        s = pel_mask(&mask, &found, values.data ? &values : &in, &params);
    if (s == PEL_OK)
        s = report(run, &mask, &found);
    if (s == PEL_OK)
        s = write_all(run, &in, &values, &mask);
    pel_volume_free(&mask);
    pel_volume_free(&values);
    pel_volume_free(&in);
    return s;
}

// what is written beside the mask is made one after the other
static int64_t plan_beside(const cli_run *run, const pel_volume *shape)
{
    const beside_params *beside = CLI_PARAMS(run, BESIDE, beside_params);
    pel_distance_params distance = pel_distance_defaults();
    pel_components_params components = pel_components_defaults();
    distance.side = PEL_SIGNED;
    int64_t most = 0, bytes;
    if (beside->distance && (bytes = pel_distance_schema.plan(&distance, shape)) > most)
        most = bytes;
    if (beside->parts && (bytes = pel_components_schema.plan(&components, shape)) > most)
        most = bytes;
    if (beside->qc && (bytes = pel_brain_check_memory(shape)) > most)
        most = bytes;
    return most;
}

static pel_status plan(cli_run *run)
{
    pel_input_cost cost = { 0 };
    pel_mask_params params = *CLI_PARAMS(run, MASK, pel_mask_params), before = pel_mask_defaults();
    bool made = !isnan(params.smooth.value) || params.grey;
    // values first, which are then kept
    before.smooth = params.smooth;
    before.grey = params.grey;
    params.smooth.value = NAN;
    params.grey = NULL;
    pel_status s = check(run);
    if (s == PEL_OK)
        s = pel_input_plan(&cost, run->input[0].path, run->input[0].params[0], false);
    if (s == PEL_OK) {
        double held = (double)pel_volume_bytes(&cost.shape);
        double mask = (double)pel_volume_count(&cost.shape);
        int64_t masking = pel_mask_schema.plan(&params, &cost.shape);
        int64_t values = made ? pel_mask_schema.plan(&before, &cost.shape) : 0;
        const char *path = run->common.output ? run->common.output : "-";
        int64_t writing = pel_write_memory(path, &cost.shape);
        cli_plan_step(run, "read", (double)cost.read_bytes, (double)cost.memory_bytes);
        if (made)
            cli_plan_step(run, "values", held, held + (double)values);
        held += made ? 4 * mask : 0;
        cli_plan_step(run, "mask", held, held + (double)masking);
        cli_plan_step(run, "beside", mask, held + mask + (double)plan_beside(run, &cost.shape));
        cli_plan_step(run, "write", mask, held + mask + (double)(writing > 0 ? writing : 0));
        s = masking < 0 || values < 0 ? PEL_EPARAM : PEL_OK;
    }
    pel_volume_free(&cost.shape);
    return s;
}

const cli_command cli_mask = {
    .name = "mask",
    .room = "pipeline",
    .summary = "a mask of a volume or picture: a threshold, then steps",
    .description =
        "The voxels in --range, or above a threshold found by --otsu or --li, or without any of "
        "them those that are not zero; then --steps in the order given, with ; between them: "
        "erode, dilate, open, close, tophat by a ball of a radius in mm (2mm) or voxels (2vx; "
        "without a number one voxel), blackhat (what close adds); fill holes; largest, or largest "
        "N parts; keep >100mm3 or "
        "keep <50vx by size; area 5mm2 drops smaller ones; skeleton thins to lines; invert; and "
        "FILE, or FILE, xor FILE, minus FILE with another mask, "
        "which may have another grid. --grey acts on the values before the threshold in the same "
        "way: tophat leaves what is brighter than its surroundings and thinner than the ball. What "
        "lies beyond the volume is empty. The result is 0 and "
        "1, uint8; of a picture also .png, black and white. --json adds voxels, volume_mm3, "
        "components and thresholds.",
    .examples = { "pellucid mask head.nii.gz -o head_mask.nii.gz --otsu --steps 'open 2mm; "
                  "largest; close 3mm; fill'",
                  "pellucid mask ct.nii.gz -o bone.nii.gz --range 300: --steps 'keep >100mm3' --qc "
                  "bone.png",
                  "pellucid mask t1.nii.gz -o tissues.nii.gz --otsu 4",
                  "pellucid mask stack.mha -o object.tif --range 40:255 --steps 'largest; fill'",
                  "pellucid mask map.tif -o lines.tif --grey 'tophat 1mm' --otsu --steps 'area "
                  "5mm2; skeleton'",
                  "pellucid mask mask.nii.gz -o band.nii.gz --steps 'dilate 4mm; minus "
                  "mask.nii.gz'" },
    .words = { { "IN", CLI_VOLUME_IN, "volume or picture", false } },
    .output = "mask: .nii .nii.gz .nrrd .mha .mgz .npy .tif; of a picture also .png",
    .schemas = { &pel_mask_schema, &beside_schema, &pel_write_schema },
    .input_schemas = { &pel_input_schema },
    .run = run,
    .plan = plan,
};
