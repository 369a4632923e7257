/* SPDX-License-Identifier: Apache-2.0 */
/* parse.c: words to a run; an option after an input belongs to that input. */
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "help.h"

/* where an option's value goes */
typedef struct target {
    const pel_schema *schema;
    const pel_param *param;
    void *params;
} target;

static pel_status complain(cli_run *run, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
static pel_status complain(cli_run *run, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vsnprintf(run->error, sizeof run->error, format, args);
    va_end(args);
    return PEL_EPARAM;
}

static int schema_count(const pel_schema *const *schemas)
{
    int count = 0;
    while (count < CLI_SCHEMAS && schemas[count])
        count++;
    return count;
}

static bool find(target *out, cli_run *run, void *const *input_params, const char *name)
{
    const cli_command *command = run->command;
    for (int i = 0; i < schema_count(command->schemas); i++)
        if ((out->param = pel_schema_find(command->schemas[i], name))) {
            *out = (target){ command->schemas[i], out->param, run->params[i] };
            return true;
        }
    for (int i = 0; i < schema_count(command->input_schemas); i++)
        if ((out->param = pel_schema_find(command->input_schemas[i], name))) {
            *out = (target){ command->input_schemas[i], out->param, input_params[i] };
            return true;
        }
    if ((out->param = pel_schema_find(&cli_common_schema, name))) {
        *out = (target){ &cli_common_schema, out->param, &run->common };
        return true;
    }
    return false;
}

// params structs of the schemas, with their defaults, or copied from `like`
static pel_status make_params(cli_run *run, void **out, const pel_schema *const *schemas,
                              void *const *like)
{
    for (int i = 0; i < schema_count(schemas); i++) {
        out[i] = calloc(1, schemas[i]->params_size);
        if (!out[i])
            return complain(run, "no memory for the options");
        if (like)
            memcpy(out[i], like[i], schemas[i]->params_size);
        else
            pel_schema_defaults(schemas[i], out[i]);
    }
    return PEL_OK;
}

static pel_status add_word(cli_run *run, void *const *for_all, const char *word)
{
    const cli_word *place = run->command->words;
    int before = run->word_count + run->input_count, at = 0;
    while (at < before && place[at + 1].name)
        at++;
    if (!place[at].name || (before > at && !place[at].many))
        return complain(run, "'%s' is one word too many; see pellucid %s --help", word,
                        run->command->name);
    if (before == CLI_INPUTS)
        return complain(run, "more than %d inputs", CLI_INPUTS);
    if (place[at].kind == CLI_NAME) {
        run->word[run->word_count++] = word;
        return PEL_OK;
    }
    cli_input *input = &run->input[run->input_count++];
    input->path = word;
    return make_params(run, input->params, run->command->input_schemas, for_all);
}

// the command that has an option of this name, for people who mix them up
static const cli_command *owner(const char *name)
{
    for (int c = 0; cli_commands[c]; c++)
        for (int i = 0; i < CLI_SCHEMAS && cli_commands[c]->schemas[i]; i++)
            if (pel_schema_find(cli_commands[c]->schemas[i], name))
                return cli_commands[c];
    return NULL;
}

static pel_status unknown_option(cli_run *run, const char *name)
{
    const char *command = run->command->name;
    char near[64];
    if (cli_nearest_option(near, run->command, name))
        return complain(run, "--%s is no option of %s; did you mean %s?", name, command, near);
    const cli_command *other = owner(name);
    if (other)
        return complain(run, "--%s is no option of %s but of %s; see pellucid %s --help", name,
                        command, other->name, command);
    return complain(run, "--%s is no option of %s; see pellucid %s --help", name, command, command);
}

// a value that is itself an option was forgotten
static bool is_option(cli_run *run, void *const *input_params, const char *word)
{
    target to;
    char name[64];
    snprintf(name, sizeof name, "%.*s", (int)strcspn(word, "="), word);
    return strcmp(word, "-o") == 0 ||
           (strncmp(word, "--", 2) == 0 && word[2] && find(&to, run, input_params, name + 2));
}

// `--otsu` alone: its value may be left out, and the next word is none
static bool stands_alone(const pel_param *param, const char *next)
{
    return param->value && param->value[0] == '[' && (!next || !strchr("0123456789+", next[0]));
}

// --name value, --name=value, --switch; `used` says whether the next word was taken
static pel_status set_option(cli_run *run, void *const *input_params, char *word, const char *next,
                             bool *used)
{
    char name[64];
    const char *equals = strchr(word, '=');
    snprintf(name, sizeof name, "%.*s", equals ? (int)(equals - word) - 2 : 60, word + 2);
    *used = false;
    target to;
    if (!find(&to, run, input_params, name))
        return unknown_option(run, name);
    const char *value = equals ? equals + 1 : NULL;
    char lowest[32];
    if (!value && to.param->kind == PEL_KIND_SWITCH)
        value = "yes";
    if (!value && stands_alone(to.param, next)) {
        snprintf(lowest, sizeof lowest, "%.15g", to.param->lo);
        value = lowest;
    }
    if (!value) {
        if (!next || is_option(run, input_params, next))
            return complain(run, "--%s wants a value: %s", name, to.param->help);
        value = next;
        *used = true;
    }
    return pel_schema_set(to.schema, to.params, name, value);
}

// options that would have no effect are mistakes
static pel_status check_output(cli_run *run)
{
    const cli_command *command = run->command;
    const cli_common *common = &run->common;
    bool streams = common->output && strcmp(common->output, "-") == 0;
    if (common->output && !command->output)
        return complain(run, "-o has no use here: %s only prints; redirect it with > FILE",
                        command->name);
    if (command->output && !command->output_optional && !common->output && !common->plan)
        return complain(run, "-o FILE is missing: where should the result go?");
    if (common->output && !*common->output)
        return complain(run, "-o is an empty name; where should the result go?");
    if (common->json && streams)
        return complain(run, "--json and -o - both want standard output; write to a file");
    if (common->sidecar && (!common->output || streams))
        return complain(run, "--sidecar writes beside an output file; name one with -o FILE");
    if (common->sidecar && common->provenance == CLI_PROVENANCE_NONE)
        return complain(run, "--sidecar holds the provenance, and --provenance none wants none");
    return common->output ? cli_refuse_input(run, common->output, "-o") : PEL_OK;
}

static pel_status check_words(cli_run *run)
{
    int given = run->word_count + run->input_count, wanted = 0, streams = 0;
    while (wanted < 4 && run->command->words[wanted].name)
        wanted++;
    if (given < wanted)
        return complain(run, "%s is missing; see pellucid %s --help",
                        run->command->words[given].name, run->command->name);
    for (int i = 0; i < run->input_count; i++) {
        streams += strcmp(run->input[i].path, "-") == 0;
        if (!*run->input[i].path)
            return complain(run, "an input is an empty name");
    }
    if (streams > 1)
        return complain(run, "standard input (-) can be read only once");
    return check_output(run);
}

static pel_status parse_words(cli_run *run, void *const *for_all, int count, char **words)
{
    pel_status s = PEL_OK;
    bool options = true;
    for (int i = 0; i < count && s == PEL_OK; i++) {
        char *word = words[i], *next = i + 1 < count ? words[i + 1] : NULL;
        void *const *mine = run->input_count ? run->input[run->input_count - 1].params : for_all;
        bool used = false;
        if (options && strcmp(word, "--") == 0)
            options = false;
        else if (options && strcmp(word, "-o") == 0) {
            if (!next || is_option(run, mine, next))
                return complain(run, "-o wants a file name");
            run->common.output = next;
            used = true;
        } else if (options && strncmp(word, "--", 2) == 0)
            s = set_option(run, mine, word, next, &used);
        else if (options && word[0] == '-' && word[1])
            s = complain(run, "%s is no option of %s; see pellucid %s --help", word,
                         run->command->name, run->command->name);
        else
            s = add_word(run, for_all, word);
        i += used;
    }
    return s;
}

pel_status cli_parse(cli_run *run, const cli_command *command, int count, char **words)
{
    *run = (cli_run){ .command = command };
    pel_schema_defaults(&cli_common_schema, &run->common);
    void *for_all[CLI_SCHEMAS] = { 0 };
    pel_status s = make_params(run, run->params, command->schemas, NULL);
    if (s == PEL_OK)
        s = make_params(run, for_all, command->input_schemas, NULL);
    if (s == PEL_OK)
        s = parse_words(run, for_all, count, words);
    if (s == PEL_OK)
        s = check_words(run);
    for (int i = 0; i < CLI_SCHEMAS; i++)
        free(for_all[i]);
    if (s != PEL_OK && !*run->error)
        complain(run, "%s", pel_error());
    return s;
}

void cli_run_free(cli_run *run)
{
    for (int i = 0; i < CLI_SCHEMAS; i++)
        free(run->params[i]);
    for (int n = 0; n < run->input_count; n++)
        for (int i = 0; i < CLI_SCHEMAS; i++)
            free(run->input[n].params[i]);
    cli_report_free(run->report);
    *run = (cli_run){ 0 };
}
