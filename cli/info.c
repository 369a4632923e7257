/* SPDX-License-Identifier: Apache-2.0 */
/* info.c: the info command: what a volume is, and what its values are, in bounded memory; what a
 * mesh is. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "commands.h"
#include "info.h"

enum { PERCENTILES = 7, MOST_WARNINGS = 32, WARNING = 512, MOST_AXES = 7 };

static const double percents[PERCENTILES] = { 1, 5, 25, 50, 75, 95, 99 };

/* notes on their way to the screen are kept: they are the file's warnings */
typedef struct listener {
    pel_job *job, before;
    int count;
    char text[MOST_WARNINGS][WARNING];
} listener;

// a file that is looked at twice says it once
static void hear_note(void *user, const char *text)
{
    listener *l = user;
    for (int i = 0; i < l->count; i++)
        if (strncmp(l->text[i], text, WARNING - 1) == 0)
            return;
    if (l->count < MOST_WARNINGS)
        snprintf(l->text[l->count++], WARNING, "%s", text);
    if (l->before.note)
        l->before.note(l->before.user, text);
}

static void hear_progress(void *user, const char *step, double fraction)
{
    listener *l = user;
    if (l->before.progress)
        l->before.progress(l->before.user, step, fraction);
}

static void listen(listener *l)
{
    l->count = 0;
    l->job = pel_job_use(NULL);
    pel_job_use(l->job);
    if (!l->job)
        return;
    l->before = *l->job;
    l->job->user = l;
    l->job->note = hear_note;
    l->job->progress = hear_progress;
}

static void stop_listening(listener *l)
{
    if (!l->job)
        return;
    l->job->user = l->before.user;
    l->job->note = l->before.note;
    l->job->progress = l->before.progress;
}

/* what is told */
typedef struct facts {
    const pel_volume *shape;
    pel_stats stats;
    double percentile[PERCENTILES];
    double dims[MOST_AXES]; /* as the file lists its axes */
    int axes;
} facts;

// the file's own axes where they are still those of the volume
static void list_axes(facts *f)
{
    const pel_volume *v = f->shape;
    const int64_t *extra = v->fields.extra_dims;
    int64_t product = 1;
    for (int a = 0; a < 4; a++)
        product *= extra[a] ? extra[a] : 1;
    f->axes = v->fields.axes;
    while (f->axes > 3 && !extra[f->axes - 4]) // chosen away by --frame
        f->axes--;
    if (f->axes > 3 && product != v->frames)
        f->axes = v->frames > 1 ? 4 : 3;
    for (int a = f->axes; a < 3; a++)
        if (f->axes < 1 || v->dims[a] > 1)
            f->axes = a + 1;
    if (f->axes <= 3 && v->frames > 1)
        f->axes = 4;
    for (int a = 0; a < f->axes; a++)
        f->dims[a] = a < 3 ? (double)v->dims[a] : extra[a - 3] ? (double)extra[a - 3] : 1;
    if (f->axes > 3 && product != v->frames)
        f->dims[3] = (double)v->frames;
}

static const char *meaning_name(const pel_volume *v)
{
    static const char *const names[] = { "scalar", "RGB", "RGBA", "complex" };
    return names[v->meaning];
}

static const char *unit_name(const pel_volume *v)
{
    return v->unit_known ? "mm" : "unknown";
}

static const char *time_name(const pel_volume *v)
{
    static const struct {
        int code;
        const char *name;
    } units[] = { { 8, "s" }, { 16, "ms" }, { 24, "us" }, { 32, "Hz" }, { 40, "ppm" } };
    for (size_t i = 0; i < sizeof units / sizeof *units; i++)
        if (units[i].code == v->fields.time_unit)
            return units[i].name;
    return v->fields.time_unit == 48 ? "rad/s" : "";
}

static bool is_scaled(const pel_volume *v)
{
    return isfinite(v->slope) && v->slope != 0 && (v->slope != 1 || v->inter != 0);
}

/* ---- --json ---- */

static void report_grid(cli_run *run, const facts *f)
{
    const pel_volume *v = f->shape;
    pel_vec3 spacing = pel_volume_spacing_mm(v);
    char orientation[8], text[1024], *at = text;
    pel_volume_orientation(v, orientation);
    cli_report_text(run, "format", v->fields.format);
    *at++ = '[';
    for (int a = 0; a < f->axes; a++)
        at += snprintf(at, 32, "%s%.0f", a ? "," : "", f->dims[a]);
    snprintf(at, 2, "]");
    cli_report_json(run, "dims", text);
    cli_report_numbers(run, "spacing_mm", (double[]){ spacing.x, spacing.y, spacing.z }, 3);
    cli_report_text(run, "dtype", pel_dtype_name(v->dtype));
    at = text;
    for (int r = 0; r < 4; r++)
        at +=
            snprintf(at, 160, "%s[%.17g,%.17g,%.17g,%.17g]", r ? "," : "[", v->mm_from_ijk.m[r][0],
                     v->mm_from_ijk.m[r][1], v->mm_from_ijk.m[r][2], v->mm_from_ijk.m[r][3]);
    snprintf(at, 2, "]");
    cli_report_json(run, "mm_from_ijk", text);
    cli_report_text(run, "orientation", orientation);
    cli_report_text(run, "units", unit_name(v));
    cli_report_integer(run, "frames", v->frames ? v->frames : 1);
    cli_report_integer(run, "channels", v->channels ? v->channels : 1);
    cli_report_text(run, "meaning", meaning_name(v));
}

static void report_values(cli_run *run, const facts *f)
{
    const pel_volume *v = f->shape;
    cli_report_number(run, "slope", is_scaled(v) ? v->slope : 1);
    cli_report_number(run, "inter", is_scaled(v) ? v->inter : 0);
    cli_report_number(run, "min", f->stats.min);
    cli_report_number(run, "max", f->stats.max);
    cli_report_number(run, "mean", f->stats.mean);
    cli_report_integer(run, "nan_count", f->stats.nan_count);
    for (int i = 0; i < PERCENTILES; i++) {
        char key[32];
        snprintf(key, sizeof key, "percentiles.%.0f", percents[i]);
        cli_report_number(run, key, f->percentile[i]);
    }
}

static void report_fields(cli_run *run, const pel_fields *fields)
{
    cli_report_text(run, "description", fields->description);
    cli_report_integer(run, "qform_code", fields->qform_code);
    cli_report_integer(run, "sform_code", fields->sform_code);
    cli_report_text(run, "hash", *fields->hash ? fields->hash : NULL);
    cli_report_integer(run, "bytes", fields->bytes);
}

/* ---- words ---- */

static void print_row(const char *name)
{
    printf("  %-13s", name);
}

static void print_extent(const facts *f)
{
    const pel_volume *v = f->shape;
    pel_vec3 s = pel_volume_spacing_mm(v);
    print_row("voxel");
    printf("%.6g x %.6g x %.6g mm%s\n", s.x, s.y, s.z,
           v->unit_known ? "" : " (the file does not say that these are mm)");
    print_row("extent");
    printf("%.6g x %.6g x %.6g mm\n", s.x * (double)v->dims[0], s.y * (double)v->dims[1],
           s.z * (double)v->dims[2]);
}

static void print_grid(const cli_run *run, const facts *f)
{
    const pel_volume *v = f->shape;
    char orientation[8];
    pel_volume_orientation(v, orientation);
    printf("%s\n", run->input[0].path);
    print_row("format");
    printf("%s, %s", v->fields.format, pel_dtype_name(v->dtype));
    if (v->channels > 1)
        printf(", %d channels (%s)", v->channels, meaning_name(v));
    printf("\n");
    print_row("dims");
    for (int a = 0; a < f->axes; a++)
        printf("%s%.0f", a ? " x " : "", f->dims[a]);
    printf("\n");
    print_extent(f);
    if (v->frames > 1 && v->fields.step[0] > 0) {
        print_row("frames");
        printf("%lld, %.6g %s apart\n", (long long)v->frames, v->fields.step[0], time_name(v));
    }
    print_row("orientation");
    printf("%s\n", v->oriented ? orientation : "unknown (--assume LAS declares it)");
    for (int r = 0; r < 3; r++) {
        print_row(r ? "" : "mm_from_ijk");
        for (int c = 0; c < 4; c++)
            printf(" %11.6g", v->mm_from_ijk.m[r][c] + 0.0);
        printf("\n");
    }
}

static void print_values(const facts *f)
{
    const pel_volume *v = f->shape;
    if (is_scaled(v)) {
        print_row("scale");
        printf("value = %.9g x stored %c %.9g\n", v->slope, v->inter < 0 ? '-' : '+',
               fabs(v->inter));
    }
    print_row("values");
    if (f->stats.nan_count == f->stats.count)
        printf("all %lld are NaN\n", (long long)f->stats.count);
    else {
        printf("%.9g to %.9g, mean %.6g, ", f->stats.min, f->stats.max, f->stats.mean);
        if (f->stats.nan_count)
            printf("%lld of %lld are NaN\n", (long long)f->stats.nan_count,
                   (long long)f->stats.count);
        else
            printf("no NaN\n");
        print_row("percentiles");
        for (int i = 0; i < PERCENTILES; i++)
            printf("%s%.0f%%: %.6g", i ? "   " : "", percents[i], f->percentile[i]);
        printf("\n");
    }
    if (*v->fields.description) {
        print_row("description");
        printf("%s\n", v->fields.description);
    }
}

/* ---- run and plan ---- */

static pel_status measure(cli_run *run, facts *f, pel_source *source)
{
    double fraction[PERCENTILES];
    for (int i = 0; i < PERCENTILES; i++)
        fraction[i] = percents[i] / 100;
    pel_status s = pel_source_quantiles(&f->stats, f->percentile, fraction, PERCENTILES, source);
    if (s == PEL_OK && source->finish)
        s = source->finish(source);
    (void)run;
    return s;
}

static pel_status describe_volume(cli_run *run)
{
    pel_source source = { 0 };
    facts f = { .shape = &source.shape };
    pel_status s = pel_input_open(&source, run->input[0].path, run->input[0].params[0]);
    if (s == PEL_OK)
        s = measure(run, &f, &source);
    cli_step(run, "report");
    if (s == PEL_OK) {
        list_axes(&f);
        report_grid(run, &f);
        report_values(run, &f);
        report_fields(run, &source.shape.fields);
        if (!run->common.json) {
            print_grid(run, &f);
            print_values(&f);
        }
    }
    pel_source_close(&source);
    return s;
}

// figures hold no voxels: they say how they were made
static bool is_figure(const char *path)
{
    const char *dot = strrchr(path, '.');
    return dot && (strcmp(dot, ".pdf") == 0 || strcmp(dot, ".svg") == 0);
}

static pel_status describe(cli_run *run)
{
    const char *path = run->input[0].path;
    if (is_figure(path)) {
        if (!run->common.json)
            printf("%s\n", path);
        return PEL_OK;
    }
    return pel_can_read_mesh(path) ? cli_info_mesh(run) : describe_volume(run);
}

static pel_status run(cli_run *run)
{
    if (cli_info_check(run) != PEL_OK)
        return PEL_EPARAM;
    listener *heard = calloc(1, sizeof *heard);
    if (!heard)
        return PEL_EMEMORY;
    cli_step(run, "read");
    listen(heard);
    pel_status s = describe(run);
    cli_report_texts(run, "warnings", heard->text[0], WARNING, heard->count);
    if (s == PEL_OK && !cli_info_made(run) && is_figure(run->input[0].path))
        s = PEL_EDATA;
    stop_listening(heard);
    free(heard);
    if (s == PEL_OK && CLI_PARAMS(run, 0, cli_info_params)->pixel.count)
        s = cli_info_pixel(run);
    return s;
}

static pel_status plan(cli_run *run)
{
    pel_input_cost cost;
    if (pel_can_read_mesh(run->input[0].path))
        return cli_info_plan_mesh(run);
    pel_status s = pel_input_plan(&cost, run->input[0].path, run->input[0].params[0], true);
    if (s != PEL_OK)
        return s;
    // a slab of about 4 MB, at least a slice, and the bins of the percentiles
    const pel_volume *v = &cost.shape;
    double slice =
        (double)pel_volume_bytes(v) / ((double)v->dims[2] * (double)(v->frames ? v->frames : 1));
    double work = fmax(slice, 4 << 20) + (10 << 20);
    double held = cost.in_memory ? (double)pel_volume_bytes(v) : (double)cost.buffer_bytes;
    cli_plan_step(run, "read", (double)cost.read_bytes, fmax((double)cost.open_bytes, held + work));
    pel_volume_free(&cost.shape);
    return PEL_OK;
}

const cli_command cli_info = {
    .name = "info",
    .room = "pipeline",
    .summary = "tell what a volume or a mesh is: size, place, values",
    .description =
        "Prints the axes, the size of a voxel in mm, the voxel type, where voxels lie in world "
        "millimetres (RAS+), which way the axes point (\"unknown\" when the file does not say), "
        "and range, mean and percentiles of the values, scale applied. Odd things in the file are "
        "told as notes, and listed under \"warnings\" with --json. The voxels are read in slabs: "
        "memory does not grow with the file. Percentiles follow numpy's linear rule. Of a mesh or "
        "a "
        "cloud of points it tells how many points and triangles there are, where they lie, area, "
        "volume (where it is watertight), Euler number, genus, components, and the range of every "
        "array of numbers. Of a picture made by pellucid it also tells how it was made, its scale "
        "and camera; --pixel tells the line "
        "of "
        "sight through a pixel, and with --layer position=FILE the point in mm that is seen there.",
    .examples = { "pellucid info head.nii.gz", "pellucid info scan.zip --json",
                  "pellucid info skin.ply",
                  "pellucid info head.png --pixel 512,400 --layer position=pos.npy",
                  "pellucid info ct.raw --raw 512x512x60,int16,le --spacing 0.5,0.5,3" },
    .words = { { "IN", CLI_VOLUME_IN, "volume, mesh or picture", false } },
    .schemas = { &cli_info_schema },
    .input_schemas = { &pel_input_schema },
    .run = run,
    .plan = plan,
};
