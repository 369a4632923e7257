/* SPDX-License-Identifier: Apache-2.0 */
/* histogram.c: the histogram command: coloured bars, or a table. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "commands.h"

enum { HISTOGRAM };

static bool is_csv(const char *output)
{
    size_t length = strlen(output);
    return strcmp(output, "-") == 0 || (length > 4 && strcmp(output + length - 4, ".csv") == 0);
}

static pel_status check_outputs(cli_run *run)
{
    const char *output = run->common.output;
    if (!output || is_csv(output) || pel_can_write_figure(output))
        return cli_check_save_look(run, 0);
    snprintf(run->error, sizeof run->error, "-o wants a figure: .png .svg .pdf, or a table: .csv");
    return PEL_EPARAM;
}

// where nothing was asked for, the colours of viridis from the first bin to the last
static pel_status choose_look(cli_run *run, pel_look *look)
{
    pel_look_params params = *(const pel_look_params *)run->input[0].params[CLI_LOOK];
    if (!params.look && !params.colormap)
        params.colormap = "viridis";
    return pel_look_choose(look, &params);
}

static pel_status fit_look(cli_run *run, pel_look *look, const pel_volume *in, const pel_bins *bins)
{
    const pel_look_params *params = run->input[0].params[CLI_LOOK];
    if (!params->look && !params->window.count) {
        look->window[0] = bins->edges[0];
        look->window[1] = bins->edges[bins->count];
    }
    return pel_look_fit(look, in);
}

static void report_bins(cli_run *run, const pel_bins *bins)
{
    int64_t fullest = 0;
    for (int64_t b = 0; b < bins->count; b++)
        if (bins->counts[b] > bins->counts[fullest])
            fullest = b;
    const double range[] = { bins->edges[0], bins->edges[bins->count] };
    const double mode[] = { bins->edges[fullest], bins->edges[fullest + 1] };
    cli_report_integer(run, "bins", bins->count);
    cli_report_numbers(run, "range", range, 2);
    cli_report_numbers(run, "fullest_bin", mode, 2);
    cli_report_integer(run, "counted", bins->total);
    cli_report_integer(run, "nan_count", bins->nan_count);
    cli_report_integer(run, "outside", bins->outside);
}

static pel_status write_figure(cli_run *run, const pel_bins *bins, const pel_look *look,
                               const char *made)
{
    pel_figure figure;
    cli_step(run, "draw");
    pel_status s =
        pel_histogram_figure(&figure, bins, look, CLI_PARAMS(run, HISTOGRAM, pel_histogram_params));
    if (s != PEL_OK)
        return s;
    figure.provenance = made ? strdup(made) : NULL;
    cli_step(run, "write");
    s = pel_write_figure(run->common.output, &figure);
    pel_figure_free(&figure);
    return s;
}

static pel_status write_table(cli_run *run, const pel_bins *bins)
{
    char *text;
    cli_step(run, "write");
    pel_status s = pel_bins_csv(&text, bins);
    if (s == PEL_OK)
        s = pel_write_text(run->common.output, text);
    free(text);
    return s;
}

static pel_status write_output(cli_run *run, const pel_bins *bins, const pel_look *look,
                               const char *hash)
{
    const char *hashes[] = { *hash ? hash : NULL };
    char *made = cli_provenance(run, hashes);
    pel_status s =
        is_csv(run->common.output) ? write_table(run, bins) : write_figure(run, bins, look, made);
    if (s == PEL_OK) {
        cli_report_output(run, run->common.output);
        s = cli_write_sidecar(run, run->common.output, made);
    }
    free(made);
    return s;
}

static pel_status run(cli_run *run)
{
    pel_volume volume = { 0 };
    pel_bins bins = { 0 };
    pel_look look;
    pel_status s = check_outputs(run);
    if (s == PEL_OK)
        s = choose_look(run, &look);
    if (s == PEL_OK)
        s = cli_read_toned(run, 0, &look, &volume);
    cli_step(run, "count");
    if (s == PEL_OK)
        s = pel_histogram(&bins, &volume, CLI_PARAMS(run, HISTOGRAM, pel_histogram_params));
    if (s == PEL_OK)
        s = fit_look(run, &look, &volume, &bins);
    if (s == PEL_OK) {
        report_bins(run, &bins);
        s = write_output(run, &bins, &look, volume.fields.hash);
    }
    if (s == PEL_OK)
        s = cli_save_look(run, 0, &look);
    pel_bins_free(&bins);
    pel_volume_free(&volume);
    return s;
}

static pel_status plan(cli_run *run)
{
    pel_input_cost cost = { 0 };
    pel_look look;
    const pel_histogram_params *params = CLI_PARAMS(run, HISTOGRAM, pel_histogram_params);
    pel_status s = check_outputs(run);
    if (s == PEL_OK)
        s = choose_look(run, &look);
    if (s == PEL_OK)
        s = cli_plan_toned(run, 0, &look, &cost);
    if (s == PEL_OK) {
        double voxels = (double)pel_volume_bytes(&cost.shape);
        int64_t held = pel_histogram_schema.plan(params, &cost.shape);
        cli_plan_step(run, "read", (double)cost.read_bytes, (double)cost.memory_bytes);
        cli_plan_step(run, "count", 2 * voxels, voxels + (double)held);
        s = held < 0 ? PEL_EPARAM : PEL_OK;
    }
    pel_volume_free(&cost.shape);
    return s;
}

const cli_command cli_histogram = {
    .name = "histogram",
    .room = "see",
    .summary = "how often each value occurs, as coloured bars or a table",
    .description = "Bins and counts are those of numpy.histogram on the values as float64: equal "
                   "bins from the lowest to the highest value, each holding lo <= value < hi, the "
                   "last one its upper end too. NaN is left out. Bars have the colours their "
                   "values have in pictures: viridis over the bins unless a look, colour map or "
                   "window is given. .csv has the columns lo,hi,count,density.",
    .examples = { "pellucid histogram head.nii.gz -o values.png",
                  "pellucid histogram head.nii.gz -o values.pdf --bins 100 --log",
                  "pellucid histogram ct.nii.gz -o soft.png --range -200:300 --density",
                  "pellucid histogram head.nii.gz -o values.csv --bins 256" },
    .words = { { "IN", CLI_VOLUME_IN, "volume to count", false } },
    .output = "figure: .png .svg .pdf; table: .csv, - on standard output",
    .schemas = { &pel_histogram_schema },
    .input_schemas = { &pel_input_schema, &pel_look_schema },
    .run = run,
    .plan = plan,
};
