/* SPDX-License-Identifier: Apache-2.0 */
/* main.c: find the command, parse, plan, run, report; the one place that prints and exits. */
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>
#include <unistd.h>

#include "cli.h"

const char *cli_parse_error(void);

static pel_job job; // global for the signal handler

typedef struct screen {
    bool quiet, bar, lines;
    const char *command;
    double start, last; // seconds
    bool drawn;
} screen;

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static void clear_bar(screen *s)
{
    if (s->drawn)
        fputs("\r\033[K", stderr);
    s->drawn = false;
}

// a bar on a terminal after half a second; lines when asked and piped
static void show_progress(void *user, const char *step, double fraction)
{
    screen *s = user;
    double t = now();
    if (t - s->start < 0.5 || (t - s->last < (s->bar ? 0.05 : 1) && fraction < 1))
        return;
    s->last = t;
    int percent = (int)(100 * fraction);
    if (s->lines)
        fprintf(stderr, "pellucid: %s: %s %d%%\n", s->command, step, percent);
    if (!s->bar)
        return;
    char cells[31];
    for (int i = 0; i < 30; i++)
        cells[i] = i < percent * 30 / 100 ? '#' : '.';
    cells[30] = 0;
    fprintf(stderr, "\r\033[K%-12s [%s] %3d%%", step, cells, percent);
    s->drawn = true;
}

static void show_note(void *user, const char *text)
{
    screen *s = user;
    if (s->quiet)
        return;
    clear_bar(s);
    fprintf(stderr, "pellucid: %s: note: %s\n", s->command, text);
}

static void stop(int signal_number)
{
    (void)signal_number;
    pel_job_cancel(&job);
}

static void catch_signals(void)
{
    // a second Ctrl-C ends at once; temporaries are hidden files and never half an output
    struct sigaction action = { .sa_handler = stop, .sa_flags = (int)SA_RESETHAND };
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    sigaction(SIGHUP, &action, NULL);
    signal(SIGPIPE, SIG_IGN);
}

// "8G", "512M", "1.5e9"
static bool parse_memory(int64_t *out, const char *text)
{
    char *end;
    double value = strtod(text, &end);
    static const char units[] = "kmgt";
    if (end == text || !(value > 0))
        return false;
    for (int u = 0; *end && units[u]; u++)
        if (strncasecmp(end, &units[u], 1) == 0) {
            for (int i = 0; i <= u; i++)
                value *= 1024;
            end++;
            break;
        }
    if (strcasecmp(end, "b") == 0 || strcasecmp(end, "ib") == 0)
        end += strlen(end);
    if (*end || !(value < 9e18))
        return false;
    *out = (int64_t)value;
    return true;
}

static bool reads_standard_input(const cli_run *run)
{
    for (int i = 0; i < run->input_count; i++)
        if (strcmp(run->input[i].path, "-") == 0)
            return true;
    return false;
}

// `pellucid ... > /dev/full` must not look like success
static pel_status flush_output(void)
{
    return fflush(stdout) == 0 && !ferror(stdout) ? PEL_OK : PEL_EIO;
}

static pel_status plan_and_run(cli_run *run, int64_t limit)
{
    const cli_command *command = run->command;
    bool plans = command->plan && !reads_standard_input(run);
    if (run->common.plan || (plans && limit > 0)) {
        pel_status s = plans ? command->plan(run) : PEL_OK;
        if (s != PEL_OK || run->common.plan) {
            if (s == PEL_OK)
                cli_report_print(run, true);
            return s;
        }
    }
    pel_status s = command->run(run);
    if (s == PEL_OK)
        cli_report_print(run, false);
    return s;
}

static int run_command(const cli_command *command, int count, char **words)
{
    cli_run run;
    screen out = { .command = command->name, .start = now() };
    if (cli_parse(&run, command, count, words) != PEL_OK) {
        fprintf(stderr, "pellucid: %s: %s\n", command->name, cli_parse_error());
        cli_run_free(&run);
        return 2;
    }
    bool terminal = isatty(STDERR_FILENO);
    out.quiet = run.common.quiet;
    out.bar = terminal && !out.quiet && run.common.progress != CLI_PROGRESS_NEVER;
    out.lines = !terminal && run.common.progress == CLI_PROGRESS_ALWAYS;
    job = pel_job_defaults();
    job.threads = (int)run.common.threads;
    job.progress = show_progress;
    job.note = show_note;
    job.user = &out;
    if (run.common.memory && !parse_memory(&job.memory_bytes, run.common.memory)) {
        fprintf(stderr, "pellucid: %s: --memory is '%s'; it wants a size such as 512M or 8G\n",
                command->name, run.common.memory);
        cli_run_free(&run);
        return 2;
    }
    pel_job_use(&job);
    catch_signals();
    run.report = cli_report_new(&run);
    pel_status s = run.report ? plan_and_run(&run, job.memory_bytes) : PEL_EMEMORY;
    clear_bar(&out);
    if (s != PEL_OK)
        fprintf(stderr, "pellucid: %s: %s\n", command->name,
                *pel_error() ? pel_error() : pel_status_text(s));
    else if (flush_output() != PEL_OK) {
        fprintf(stderr, "pellucid: %s: standard output: write failed\n", command->name);
        s = PEL_EIO;
    }
    cli_run_free(&run);
    return s == PEL_OK ? 0 : s == PEL_EPARAM ? 2 : 1;
}

static bool asks_for_help(int count, char **words)
{
    for (int i = 0; i < count; i++)
        if (strcmp(words[i], "--help") == 0 || strcmp(words[i], "-h") == 0)
            return true;
    return false;
}

int main(int count, char **words)
{
    if (count < 2) {
        cli_help_all(stderr);
        return 2;
    }
    if (strcmp(words[1], "--version") == 0) {
        printf("pellucid %s\n", pel_version());
        return flush_output() == PEL_OK ? 0 : 1;
    }
    if (strcmp(words[1], "help") == 0 || strcmp(words[1], "--help") == 0 ||
        strcmp(words[1], "-h") == 0)
        return cli_help_main(count - 2, words + 2);
    const cli_command *command = cli_command_find(words[1]);
    if (!command) {
        fprintf(stderr, "pellucid: '%s' is no command; see pellucid help\n", words[1]);
        return 2;
    }
    if (asks_for_help(count - 2, words + 2)) {
        cli_help_command(stdout, command);
        return flush_output() == PEL_OK ? 0 : 1;
    }
    return run_command(command, count - 2, words + 2);
}
