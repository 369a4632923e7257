/* SPDX-License-Identifier: Apache-2.0 */
/* replay.c: the replay command: what a file says of how it was made, as a run of that command. */
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "commands.h"

enum { MOST_WORDS = 1024 };

typedef struct replay_params {
    size_t size;
    pel_texts input;
    bool changed;
} replay_params;

static const pel_param table[] = {
    PEL_TEXTS(replay_params, input, "NAME=PATH",
              "where an input is now: by the name that the file keeps, or its number from 1"),
    PEL_SWITCH(replay_params, changed,
               "make it from inputs that are not what they were; the result then differs"),
};
static const pel_schema replay_schema = PEL_SCHEMA(replay_params, "replay", "make again", table);

/* the words of the run to be; all malloc'd */
typedef struct words {
    int count;
    char *word[MOST_WORDS];
    bool failed;
} words;

static pel_status refuse(cli_run *run, pel_status status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
static pel_status refuse(cli_run *run, pel_status status, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vsnprintf(run->error, sizeof run->error, format, args);
    va_end(args);
    return status;
}

static void add(words *to, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void add(words *to, const char *format, ...)
{
    char *text = NULL;
    va_list args;
    va_start(args, format);
    if (to->count == MOST_WORDS || vasprintf(&text, format, args) < 0)
        to->failed = true;
    else
        to->word[to->count++] = text;
    va_end(args);
}

static void free_words(words *all)
{
    for (int i = 0; i < all->count; i++)
        free(all->word[i]);
}

/* ---- where inputs are ---- */

static bool is_scene(const pel_recipe_input *input)
{
    return input->name && strncmp(input->name, "phantom:", 8) == 0;
}

// --input NAME=PATH, NAME as kept or a number from 1
static const char *given_by_name(const replay_params *params, const pel_recipe_input *input, int n)
{
    char number[16];
    snprintf(number, sizeof number, "%d", n + 1);
    for (int i = 0; i < params->input.count; i++) {
        const char *text = params->input.item[i], *equals = strchr(text, '=');
        size_t length = equals ? (size_t)(equals - text) : 0;
        bool named =
            input->name && strlen(input->name) == length && strncmp(text, input->name, length) == 0;
        bool counted = strlen(number) == length && strncmp(text, number, length) == 0;
        if (equals && (named || counted))
            return equals + 1;
    }
    return NULL;
}

static pel_status missing(cli_run *run, const pel_recipe_input *input, int n)
{
    return refuse(run, PEL_EDATA,
                  "%s: was made from a file that must be named: input %d%s%s%s%s (hash %s); put it "
                  "behind %s, or say --input %d=PATH",
                  run->input[0].path, n + 1, input->name ? " " : "", input->name ? input->name : "",
                  input->role ? ", its " : "", input->role ? input->role : "",
                  input->hash ? input->hash : "not kept", run->input[0].path, n + 1);
}

// the place of each input: a scene's recipe, what --input says, the next word, the name kept
static pel_status find_inputs(cli_run *run, const pel_recipe *recipe, const char **place)
{
    const replay_params *params = CLI_PARAMS(run, 0, replay_params);
    int next = 1;
    for (int n = 0; n < recipe->input_count; n++) {
        const pel_recipe_input *input = &recipe->input[n];
        place[n] = given_by_name(params, input, n);
        if (!place[n] && is_scene(input))
            place[n] = input->name;
        if (!place[n] && next < run->input_count)
            place[n] = run->input[next++].path;
        if (!place[n] && input->name && access(input->name, R_OK) == 0)
            place[n] = input->name;
        if (!place[n])
            return missing(run, input, n);
    }
    if (next < run->input_count)
        return refuse(run, PEL_EPARAM, "%s: was made from fewer inputs than are named here",
                      run->input[next].path);
    return PEL_OK;
}

/* ---- the words ---- */

static bool has_role(const pel_recipe *recipe, const char *name)
{
    for (int n = 0; n < recipe->input_count; n++)
        if (recipe->input[n].role && strcmp(recipe->input[n].role, name) == 0)
            return true;
    return false;
}

static bool is_operand(const pel_recipe_input *input)
{
    return input->role && strcmp(input->role, CLI_OPERAND) == 0;
}

// steps with the places of their files
static void add_steps(words *to, const pel_recipe *recipe, const char *steps,
                      const char *const *place)
{
    char *text = strdup("");
    for (int n = 0; text && *steps; steps++) {
        while (*steps == '@' && n < recipe->input_count && !is_operand(&recipe->input[n]))
            n++;
        bool is_file = *steps == '@' && n < recipe->input_count;
        char *longer = NULL;
        if (asprintf(&longer, "%s%.*s", text, is_file ? 4096 : 1, is_file ? place[n++] : steps) < 0)
            longer = NULL;
        free(text);
        text = longer;
    }
    to->failed = to->failed || !text;
    add(to, "--steps=%s", text ? text : "");
    free(text);
}

// an option that names a file comes from its role
static void add_options(words *to, const pel_recipe *recipe, const pel_recipe_input *from,
                        const char *const *place)
{
    for (int i = 0; i < from->option_count; i++)
        if (strcmp(from->option[i].name, "steps") == 0 && has_role(recipe, CLI_OPERAND))
            add_steps(to, recipe, from->option[i].value, place);
        else if (!has_role(recipe, from->option[i].name))
            add(to, "--%s=%s", from->option[i].name, from->option[i].value);
}

static bool is_corners(const pel_recipe_input *input)
{
    return input->role && strcmp(input->role, CLI_CORNERS) == 0;
}

// three files of one option, which is written at the first of them
static void add_corners(words *to, const pel_recipe *recipe, int n, const char *const *places)
{
    if (n > 0 && is_corners(&recipe->input[n - 1]))
        return;
    if (n + 3 <= recipe->input_count && is_corners(&recipe->input[n + 2]))
        add(to, "--%s=%s,%s,%s", CLI_CORNERS, places[n], places[n + 1], places[n + 2]);
}

static void add_input(words *to, const pel_recipe *recipe, int n, const char *const *places)
{
    const pel_recipe_input *input = &recipe->input[n];
    const char *place = places[n];
    const cli_command *command = cli_command_find(recipe->command);
    bool scene = command && command->words[0].kind == CLI_NAME;
    if (!input->role) {
        add(to, "%s", scene && is_scene(input) ? place + 8 : place);
        add_options(to, recipe, input, places);
    } else if (is_operand(input))
        return;
    else if (is_corners(input))
        add_corners(to, recipe, n, places);
    else if (input->option_count)
        add(to, "--%s=%s,%s", input->role, place, input->option[0].value);
    else
        add(to, "--%s=%s", input->role, place);
}

static void make_words(words *to, const pel_recipe *recipe, const char *const *place)
{
    for (int n = 0; n < recipe->input_count; n++)
        add_input(to, recipe, n, place);
    add_options(to, recipe, &recipe->own, place);
}

static bool keeps_names(const pel_recipe *recipe)
{
    for (int n = 0; n < recipe->input_count; n++)
        if (recipe->input[n].name && !is_scene(&recipe->input[n]))
            return true;
    return false;
}

/* ---- what has changed ---- */

// input options of the n-th positional input of the run to be
static const pel_input_params *params_of(const cli_run *again, int positional)
{
    bool reads = again->command->input_schemas[0] == &pel_input_schema;
    return reads && positional < again->input_count ? again->input[positional].params[0] : NULL;
}

static pel_status check_input(cli_run *run, const pel_recipe_input *input, const char *place,
                              const pel_input_params *params)
{
    char hash[33];
    if (!input->hash || strlen(input->hash) != 32 || strcmp(place, "-") == 0)
        return PEL_OK;
    pel_status s = pel_input_hash(hash, place, input->role ? NULL : params);
    if (s != PEL_OK || strcmp(hash, input->hash) == 0)
        return s;
    if (CLI_PARAMS(run, 0, replay_params)->changed) {
        if (!run->common.quiet)
            fprintf(stderr, "pellucid: replay: note: %s has changed: its hash is %s and was %s\n",
                    place, hash, input->hash);
        return PEL_OK;
    }
    return refuse(run, PEL_EDATA,
                  "%s: has changed since, or is another file: its hash is %s and was %s; find the "
                  "one it was made from, or take this one with --changed",
                  place, hash, input->hash);
}

static pel_status check_inputs(cli_run *run, const cli_run *again, const pel_recipe *recipe,
                               const char *const *place)
{
    pel_status s = PEL_OK;
    int positional = 0;
    for (int n = 0; n < recipe->input_count && s == PEL_OK; n++) {
        const pel_recipe_input *input = &recipe->input[n];
        s = check_input(run, input, place[n], params_of(again, positional));
        positional += !input->role;
    }
    return s;
}

/* ---- the run ---- */

static void print_quoted(const char *word)
{
    bool plain = *word && !word[strspn(word, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                             "0123456789-_=./:,+%@")];
    if (plain) {
        printf(" %s", word);
        return;
    }
    fputs(" '", stdout);
    for (; *word; word++)
        fputs(*word == '\'' ? "'\\''" : (char[]){ *word, 0 }, stdout);
    fputc('\'', stdout);
}

// without -o: what would make it; the last word is our own
static void print_words(const cli_run *run, const pel_recipe *recipe, const words *all)
{
    if (run->common.json)
        return;
    printf("pellucid %s", recipe->command);
    for (int i = 0; i + 1 < all->count; i++)
        print_quoted(all->word[i]);
    printf(" -o OUTPUT\n");
}

static void report(cli_run *run, const pel_recipe *recipe)
{
    cli_report_text(run, "made_by", recipe->version);
    cli_report_text(run, "made_with", recipe->command);
}

static pel_status prepare(cli_run *run, cli_run *again, const pel_recipe *recipe, words *all)
{
    const cli_command *command = cli_command_find(recipe->command);
    if (!command || !command->output)
        return refuse(run, PEL_EUNSUPPORTED, "%s: was made by '%s', which this version has not",
                      run->input[0].path, recipe->command);
    if (run->common.output)
        add(all, "--output=%s", run->common.output);
    else
        add(all, "--plan");
    if (all->failed)
        return PEL_EMEMORY;
    pel_status s = cli_parse(again, command, all->count, all->word);
    if (s != PEL_OK)
        return refuse(run, s, "%s: %s", run->input[0].path,
                      *again->error ? again->error : "its words are not understood");
    again->replays = true;
    again->common.provenance = keeps_names(recipe) ? CLI_PROVENANCE_FULL : CLI_PROVENANCE_HASH;
    again->common.sidecar = run->common.sidecar;
    again->common.quiet = run->common.quiet;
    again->only_layer = recipe->layer;
    return PEL_OK;
}

static pel_status run_again(cli_run *run, cli_run *again, const pel_recipe *recipe)
{
    if (strcmp(recipe->version, pel_version()) != 0 && !run->common.quiet)
        fprintf(stderr,
                "pellucid: replay: note: it was made by version %s, and this is %s; the "
                "bytes may differ\n",
                recipe->version, pel_version());
    again->report = run->report;
    pel_status s = again->command->run(again);
    again->report = NULL;
    if (s != PEL_OK && *again->error)
        refuse(run, s, "%s: %s", recipe->command, again->error);
    return s;
}

// from headers alone what the run would do
static pel_status plan_again(cli_run *run, cli_run *again)
{
    again->report = run->report;
    pel_status s = again->command->plan ? again->command->plan(again) : PEL_OK;
    again->report = NULL;
    return s;
}

static pel_status replay(cli_run *run, const pel_recipe *recipe, words *all, bool planning)
{
    const char *place[CLI_INPUTS];
    cli_run again = { 0 };
    pel_status s = find_inputs(run, recipe, place);
    if (s != PEL_OK)
        return s;
    make_words(all, recipe, place);
    s = prepare(run, &again, recipe, all);
    if (s == PEL_OK && planning)
        s = plan_again(run, &again);
    if (s == PEL_OK && !planning)
        s = check_inputs(run, &again, recipe, place);
    if (s == PEL_OK)
        report(run, recipe);
    if (s == PEL_OK && !planning && run->common.output)
        s = run_again(run, &again, recipe);
    else if (s == PEL_OK && !planning)
        print_words(run, recipe, all);
    cli_run_free(&again);
    return s;
}

static pel_status work(cli_run *run, bool planning)
{
    pel_recipe recipe;
    words *all = calloc(1, sizeof *all);
    if (!all)
        return PEL_EMEMORY;
    pel_status s = pel_recipe_read(&recipe, run->input[0].path);
    if (s == PEL_OK)
        s = replay(run, &recipe, all, planning);
    pel_recipe_free(&recipe);
    free_words(all);
    free(all);
    return s;
}

static pel_status run(cli_run *run)
{
    return work(run, false);
}

static pel_status plan(cli_run *run)
{
    return work(run, true);
}

const cli_command cli_replay = {
    .name = "replay",
    .room = "pipeline",
    .summary = "make a picture, film or volume again from what it carries",
    .description =
        "Every output says how it was made: the version, the options, and a hash of each input. "
        "replay runs that again, to the same bytes when version, libraries and inputs are the same "
        "and the output has the same ending. File names are not kept (unless by --provenance "
        "full), so the inputs are named behind FILE in the order in which they were read: volume, "
        "its mask, overlays. An input that is not the one it was made from is told by its hash and "
        "refused, unless --changed. Without -o it checks the inputs and prints the command line. "
        "Formats without room for it (.npy, .csv) are replayed from their sidecar, OUTPUT.json.",
    .examples = { "pellucid render phantom:head -o head.png --size 300",
                  "pellucid replay head.png -o again.png",
                  "pellucid slice scan.nii.gz -o slices.png --ortho",
                  "pellucid replay slices.png scan.nii.gz -o again.png",
                  "pellucid replay slices.png scan.nii.gz" },
    .words = { { "FILE", CLI_FILE_IN, "what to make again, then its inputs", true } },
    .output = "the same again; its ending as FILE's",
    .output_optional = true,
    .schemas = { &replay_schema },
    .run = run,
    .plan = plan,
};
