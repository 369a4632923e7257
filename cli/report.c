/* SPDX-License-Identifier: Apache-2.0 */
/* report.c: --json, --plan and the clock; wraps jansson for the program. */
#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#include "cli.h"

enum { MOST_STEPS = 160 };

typedef struct plan_step {
    const char *name;
    double bytes, memory;
} plan_step;

struct cli_report {
    json_t *root;
    json_t *outputs;
    double start, step_start;
    const char *step;
    int step_count;
    plan_step plan[MOST_STEPS];
    double base_bytes; // the program itself before any work
};

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

// the kernel's high-water mark; rusage's survives exec, and would count the parent's memory as ours
static double peak_bytes(void)
{
    FILE *file = fopen("/proc/self/status", "r");
    char line[128];
    long long kib = 0;
    while (file && fgets(line, sizeof line, file))
        if (sscanf(line, "VmHWM: %lld kB", &kib) == 1)
            break;
    if (file)
        fclose(file);
    struct rusage use;
    if (kib == 0 && getrusage(RUSAGE_SELF, &use) == 0)
        kib = use.ru_maxrss;
    return (double)kib * 1024;
}

static json_t *number_or_null(double value)
{
    return isfinite(value) ? json_real(value) : json_null();
}

// the object a dotted key ends in, and its last part; of a list its last object
static json_t *parent(json_t *root, const char *key, const char **last)
{
    const char *dot;
    while ((dot = strchr(key, '.'))) {
        char name[64];
        snprintf(name, sizeof name, "%.*s", (int)(dot - key), key);
        json_t *inner = json_object_get(root, name);
        if (!inner) {
            inner = json_object();
            json_object_set_new(root, name, inner);
        }
        if (json_is_array(inner) && json_array_size(inner))
            inner = json_array_get(inner, json_array_size(inner) - 1);
        root = inner;
        key = dot + 1;
    }
    *last = key;
    return root;
}

static void set(cli_run *run, const char *key, json_t *value)
{
    const char *last;
    json_t *object = parent(run->report->root, key, &last);
    json_object_set_new(object, last, value);
}

cli_report *cli_report_new(const cli_run *run)
{
    cli_report *report = calloc(1, sizeof *report);
    if (!report)
        return NULL;
    report->root = json_object();
    report->outputs = json_array();
    report->start = report->step_start = now();
    report->base_bytes = peak_bytes();
    json_object_set_new(report->root, "command", json_string(run->command->name));
    json_object_set_new(report->root, "version", json_string(pel_version()));
    json_t *inputs = json_array();
    for (int i = 0; i < run->input_count; i++)
        json_array_append_new(inputs, json_string(run->input[i].path));
    json_object_set_new(report->root, "inputs", inputs);
    json_object_set_new(report->root, "outputs", report->outputs);
    json_t *seconds = json_object();
    json_object_set_new(seconds, "total", json_real(0));
    json_object_set_new(seconds, "read", json_real(0));
    json_object_set_new(seconds, "write", json_real(0));
    json_object_set_new(report->root, "seconds", seconds);
    return report;
}

void cli_report_free(cli_report *report)
{
    if (!report)
        return;
    json_decref(report->root);
    free(report);
}

void cli_step(cli_run *run, const char *step)
{
    cli_report *report = run->report;
    double t = now();
    if (report->step) {
        json_t *seconds = json_object_get(report->root, "seconds");
        double before = json_number_value(json_object_get(seconds, report->step));
        json_object_set_new(seconds, report->step, json_real(before + t - report->step_start));
    }
    report->step = step;
    report->step_start = t;
}

void cli_report_number(cli_run *run, const char *key, double value)
{
    set(run, key, number_or_null(value));
}

void cli_report_integer(cli_run *run, const char *key, int64_t value)
{
    set(run, key, json_integer(value));
}

void cli_report_text(cli_run *run, const char *key, const char *value)
{
    json_t *text = value ? json_string(value) : NULL;
    set(run, key, text ? text : json_null());
}

void cli_report_numbers(cli_run *run, const char *key, const double *value, int count)
{
    json_t *list = json_array();
    for (int i = 0; i < count; i++)
        json_array_append_new(list, number_or_null(value[i]));
    set(run, key, list);
}

void cli_report_texts(cli_run *run, const char *key, const char *text, size_t stride, int count)
{
    json_t *list = json_array();
    for (int i = 0; i < count; i++)
        json_array_append_new(list, json_string(text + (size_t)i * stride));
    set(run, key, list);
}

void cli_report_json(cli_run *run, const char *key, const char *json)
{
    json_t *value = json ? json_loads(json, JSON_DECODE_ANY, NULL) : NULL;
    set(run, key, value ? value : json_null());
}

void cli_report_item(cli_run *run, const char *key)
{
    const char *last;
    json_t *object = parent(run->report->root, key, &last);
    json_t *list = json_object_get(object, last);
    if (!list) {
        list = json_array();
        json_object_set_new(object, last, list);
    }
    json_array_append_new(list, json_object());
}

void cli_report_output(cli_run *run, const char *path)
{
    json_array_append_new(run->report->outputs, json_string(path));
}

void cli_plan_step(cli_run *run, const char *step, double bytes, double memory_bytes)
{
    cli_report *report = run->report;
    if (report->step_count < MOST_STEPS)
        report->plan[report->step_count++] = (plan_step){ step, bytes, memory_bytes };
}

double cli_plan_memory(const cli_run *run)
{
    double most = 0;
    for (int i = 0; i < run->report->step_count; i++)
        most = fmax(most, run->report->plan[i].memory);
    return run->report->base_bytes + most;
}

static void print_plan_words(const cli_run *run)
{
    const cli_report *report = run->report;
    for (int i = 0; i < report->step_count; i++)
        printf("%-10s %10.1f MB to go through, %10.1f MB held\n", report->plan[i].name,
               report->plan[i].bytes / 1e6, report->plan[i].memory / 1e6);
    printf("memory     at most %.1f MB\n", cli_plan_memory(run) / 1e6);
}

static void add_plan(cli_run *run)
{
    json_t *steps = json_array();
    for (int i = 0; i < run->report->step_count; i++) {
        const plan_step *step = &run->report->plan[i];
        json_array_append_new(steps, json_pack("{s:s,s:f,s:f}", "step", step->name, "bytes",
                                               step->bytes, "memory_bytes", step->memory));
    }
    set(run, "plan.steps", steps);
    set(run, "plan.memory_bytes", json_real(cli_plan_memory(run)));
}

void cli_report_print(cli_run *run, bool plan)
{
    cli_step(run, NULL);
    if (plan && !run->common.json) {
        print_plan_words(run);
        return;
    }
    if (!run->common.json)
        return;
    if (plan)
        add_plan(run);
    set(run, "seconds.total", json_real(now() - run->report->start));
    set(run, "peak_memory", json_integer((json_int_t)peak_bytes()));
    char *text = json_dumps(run->report->root, JSON_INDENT(2) | JSON_REAL_PRECISION(17));
    if (text)
        puts(text);
    free(text);
}
