/* SPDX-License-Identifier: Apache-2.0 */
/* parse.c: words to a run; an option after an input belongs to that input. */
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"

/* where an option's value goes */
typedef struct target {
    const pel_schema *schema;
    const pel_param *param;
    void *params;
} target;

static char parse_error[512];

static pel_status complain(const char *format, ...) __attribute__((format(printf, 1, 2)));
static pel_status complain(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vsnprintf(parse_error, sizeof parse_error, format, args);
    va_end(args);
    return PEL_EPARAM;
}

const char *cli_parse_error(void)
{
    return *parse_error ? parse_error : pel_error();
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
static pel_status make_params(void **out, const pel_schema *const *schemas, void *const *like)
{
    for (int i = 0; i < schema_count(schemas); i++) {
        out[i] = calloc(1, schemas[i]->params_size);
        if (!out[i])
            return complain("no memory for the options");
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
        return complain("'%s' is one word too many; see pellucid %s --help", word,
                        run->command->name);
    if (before == CLI_INPUTS)
        return complain("more than %d inputs", CLI_INPUTS);
    if (place[at].kind == CLI_NAME) {
        run->word[run->word_count++] = word;
        return PEL_OK;
    }
    cli_input *input = &run->input[run->input_count++];
    input->path = word;
    return make_params(input->params, run->command->input_schemas, for_all);
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
        return complain("--%s is no option of %s; see pellucid %s --help", name, run->command->name,
                        run->command->name);
    const char *value = equals ? equals + 1 : NULL;
    if (!value && to.param->kind == PEL_KIND_SWITCH)
        value = "yes";
    if (!value) {
        if (!next)
            return complain("--%s wants a value: %s", name, to.param->help);
        value = next;
        *used = true;
    }
    return pel_schema_set(to.schema, to.params, name, value);
}

static pel_status check_words(const cli_run *run)
{
    int given = run->word_count + run->input_count, wanted = 0;
    while (run->command->words[wanted].name)
        wanted++;
    if (given < wanted)
        return complain("%s is missing; see pellucid %s --help", run->command->words[given].name,
                        run->command->name);
    if (run->command->output && !run->command->output_optional && !run->common.output &&
        !run->common.plan)
        return complain("-o FILE is missing: where should the result go?");
    if (run->common.json && run->common.output && strcmp(run->common.output, "-") == 0)
        return complain("--json and -o - both want standard output; write to a file");
    return PEL_OK;
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
            if (!next)
                return complain("-o wants a file name");
            run->common.output = next;
            used = true;
        } else if (options && strncmp(word, "--", 2) == 0)
            s = set_option(run, mine, word, next, &used);
        else if (options && word[0] == '-' && word[1])
            s = complain("%s is no option of %s; see pellucid %s --help", word, run->command->name,
                         run->command->name);
        else
            s = add_word(run, for_all, word);
        i += used;
    }
    return s;
}

pel_status cli_parse(cli_run *run, const cli_command *command, int count, char **words)
{
    *run = (cli_run){ .command = command };
    *parse_error = 0;
    pel_schema_defaults(&cli_common_schema, &run->common);
    void *for_all[CLI_SCHEMAS] = { 0 };
    pel_status s = make_params(run->params, command->schemas, NULL);
    if (s == PEL_OK)
        s = make_params(for_all, command->input_schemas, NULL);
    if (s == PEL_OK)
        s = parse_words(run, for_all, count, words);
    if (s == PEL_OK)
        s = check_words(run);
    for (int i = 0; i < CLI_SCHEMAS; i++)
        free(for_all[i]);
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
