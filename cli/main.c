/* SPDX-License-Identifier: Apache-2.0 */
/* main.c: find the command, parse, plan, run, report; the one place that prints and exits. */
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>
#include <unistd.h>

#include "help.h"

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
    // a closed pipe and a size limit are errors of the write that meets them
    signal(SIGPIPE, SIG_IGN);
    signal(SIGXFSZ, SIG_IGN);
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

// what is known to need more than --memory is refused before it starts
static pel_status refuse_memory(cli_run *run, int64_t limit)
{
    double needs = cli_plan_memory(run);
    if (needs <= (double)limit)
        return PEL_OK;
    snprintf(run->error, sizeof run->error,
             "%s: needs up to %.1f MB, beyond --memory %s; raise it, or work on less with --crop "
             "or --resize (--plan shows the steps)",
             run->input_count ? run->input[0].path : run->command->name, needs / 1e6,
             run->common.memory);
    return PEL_EMEMORY;
}

static pel_status plan_and_run(cli_run *run, int64_t limit)
{
    const cli_command *command = run->command;
    pel_status s = PEL_OK;
    if (run->common.plan) {
        s = command->plan ? command->plan(run) : PEL_OK;
        if (s == PEL_OK)
            cli_report_print(run, true);
        return s;
    }
    if (command->plan && limit > 0 && !reads_standard_input(run)) {
        s = command->plan(run);
        if (s == PEL_OK)
            s = refuse_memory(run, limit);
    }
    if (s == PEL_OK)
        s = command->run(run);
    if (s == PEL_OK)
        cli_report_print(run, false);
    return s;
}

static void set_up(screen *out, const cli_run *run)
{
    bool terminal = isatty(STDERR_FILENO);
    out->quiet = run->common.quiet;
    out->bar = terminal && !out->quiet && run->common.progress != CLI_PROGRESS_NEVER;
    out->lines = !terminal && run->common.progress == CLI_PROGRESS_ALWAYS;
    job.threads = (int)run->common.threads;
    job.progress = show_progress;
    job.note = show_note;
    job.user = out;
    pel_job_use(&job);
    catch_signals();
}

static int fail(cli_run *run, pel_status status)
{
    fprintf(stderr, "pellucid: %s: %s\n", run->command->name,
            *run->error    ? run->error
            : *pel_error() ? pel_error()
                           : pel_status_text(status));
    return status == PEL_EPARAM ? 2 : 1;
}

static int run_command(const cli_command *command, int count, char **words)
{
    cli_run run;
    screen out = { .command = command->name, .start = now() };
    job = pel_job_defaults();
    pel_status s = cli_parse(&run, command, count, words);
    if (s == PEL_OK && run.common.memory && !parse_memory(&job.memory_bytes, run.common.memory)) {
        snprintf(run.error, sizeof run.error,
                 "--memory is '%s'; it wants a size such as 512M or 8G", run.common.memory);
        s = PEL_EPARAM;
    }
    if (s == PEL_OK) {
        set_up(&out, &run);
        run.report = cli_report_new(&run);
        s = run.report ? plan_and_run(&run, job.memory_bytes) : PEL_EMEMORY;
        clear_bar(&out);
    }
    if (s == PEL_OK && flush_output() != PEL_OK) {
        snprintf(run.error, sizeof run.error,
                 "standard output: write failed; is the disk full or the pipe closed?");
        s = PEL_EIO;
    }
    int status = s == PEL_OK ? 0 : fail(&run, s);
    cli_run_free(&run);
    return status;
}

static int finish_output(int status)
{
    if (status != 0 || flush_output() == PEL_OK)
        return status;
    fputs("pellucid: standard output: write failed; is the disk full or the pipe closed?\n",
          stderr);
    return 1;
}

static int no_command(const char *word)
{
    const char *near = cli_nearest_command(word);
    if (near)
        fprintf(stderr, "pellucid: there is no command '%s'; did you mean %s?\n", word, near);
    else if (access(word, F_OK) == 0)
        fprintf(stderr, "pellucid: '%s' is a file; the command comes first: pellucid info %s\n",
                word, word);
    else
        fprintf(stderr, "pellucid: there is no command '%s'; see pellucid help\n", word);
    return 2;
}

static bool asks_for_help(int count, char **words)
{
    for (int i = 0; i < count && strcmp(words[i], "--") != 0; i++)
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
        return finish_output(0);
    }
    if (strcmp(words[1], "help") == 0 || strcmp(words[1], "--help") == 0 ||
        strcmp(words[1], "-h") == 0)
        return finish_output(cli_help_main(count - 2, words + 2));
    const cli_command *command = cli_command_find(words[1]);
    if (!command)
        return no_command(words[1]);
    if (asks_for_help(count - 2, words + 2)) {
        cli_help_command(stdout, command);
        return finish_output(0);
    }
    return run_command(command, count - 2, words + 2);
}
