/* SPDX-License-Identifier: Apache-2.0 */
/* options.c: a command's options as one flat list, and the words help has for each. */
#include <math.h>
#include <string.h>

#include "help.h"

const char *const cli_about_inputs =
    "An input is a file (.nii .nii.gz .hdr .img .nrrd .nhdr .mha .mhd .mgh .mgz .dcm .tif "
    ".tiff .png .jpg .npy), a folder of DICOM or of TIFF, PNG or JPEG slices or a quoted pattern "
    "('scan/*.tif'), a member of an archive "
    "(scan.zip::folder/name.hdr; a zip with one volume or DICOM series needs no member), - for "
    "standard input, or "
    "a built-in scene (phantom:NAME?key=value&...).";

const char *const cli_about_exit =
    "0: done. 1: the work failed, and standard error says why. 2: the command line is wrong.";

static bool listed(const cli_option *options, int count, const char *name)
{
    for (int i = 0; i < count; i++)
        if (strcmp(options[i].param->name, name) == 0)
            return true;
    return false;
}

// what only an output gives a meaning
static bool needs_output(const pel_param *param)
{
    return !strcmp(param->name, "output") || !strcmp(param->name, "sidecar") ||
           !strcmp(param->name, "provenance");
}

static int add_schema(cli_option *out, int count, const cli_command *command,
                      const pel_schema *schema, cli_group group)
{
    bool first = true;
    for (int i = 0; i < schema->count && count < CLI_OPTIONS; i++) {
        const pel_param *param = &schema->params[i];
        if (listed(out, count, param->name) ||
            (group == CLI_OF_ALL && !command->output && needs_output(param)))
            continue;
        out[count++] = (cli_option){ schema, param, group, first };
        first = false;
    }
    return count;
}

int cli_options(cli_option out[CLI_OPTIONS], const cli_command *command)
{
    int count = 0;
    for (int i = 0; i < CLI_SCHEMAS && command->schemas[i]; i++)
        count = add_schema(out, count, command, command->schemas[i], CLI_OF_COMMAND);
    for (int i = 0; i < CLI_SCHEMAS && command->input_schemas[i]; i++)
        count = add_schema(out, count, command, command->input_schemas[i], CLI_OF_INPUT);
    return add_schema(out, count, command, &cli_common_schema, CLI_OF_ALL);
}

// the same row, whatever name it follows
static bool shared(const cli_command *command, const pel_param *param)
{
    for (int n = 0; command->named(n); n++) {
        const pel_param *other = pel_schema_find(command->named(n), param->name);
        if (!other || !other->def != !param->def || (param->def && strcmp(other->def, param->def)))
            return false;
    }
    return true;
}

int cli_keys(cli_option out[CLI_OPTIONS], const cli_command *command)
{
    int count = 0;
    for (int n = -1; command->named && command->named(n < 0 ? 0 : n); n++) {
        const pel_schema *schema = command->named(n < 0 ? 0 : n);
        bool first = true;
        for (int i = 0; i < schema->count && count < CLI_OPTIONS; i++) {
            if (shared(command, &schema->params[i]) != (n < 0))
                continue;
            out[count++] =
                (cli_option){ n < 0 ? NULL : schema, &schema->params[i], CLI_OF_KEY, first };
            first = false;
        }
    }
    return count;
}

void cli_option_label(char out[64], const cli_option *option)
{
    if (option->group == CLI_OF_KEY)
        snprintf(out, 64, "%s=", option->param->name);
    else
        cli_option_name(out, option->param);
}

void cli_option_heading(char out[CLI_TEXT], const cli_option *option, const cli_command *command)
{
    const pel_schema *schema = option->schema;
    if (option->group == CLI_OF_KEY && !schema)
        snprintf(out, CLI_TEXT, "keys of every %s", command->words[0].name);
    else if (option->group == CLI_OF_KEY)
        snprintf(out, CLI_TEXT, "%s: %s", schema->name, schema->summary);
    else if (option->group == CLI_OF_INPUT)
        snprintf(out, CLI_TEXT,
                 "%s (before the first input they hold for all, after an input for that one)",
                 schema->summary);
    else if (schema == command->schemas[0])
        snprintf(out, CLI_TEXT, "options");
    else
        snprintf(out, CLI_TEXT, "%s", schema->summary);
}

void cli_option_name(char out[64], const pel_param *param)
{
    if (param == &cli_common_schema.params[0]) {
        snprintf(out, 64, "-o");
        return;
    }
    snprintf(out, 64, "--%s", param->name);
    for (char *c = out; *c; c++)
        if (*c == '_')
            *c = '-';
}

// choices that fit stand for themselves; longer lists go into the facts
static bool choices_fit(const pel_param *param)
{
    return param->choices && strlen(param->choices) <= 24;
}

void cli_option_value(char out[64], const pel_param *param)
{
    if (param->kind == PEL_KIND_SWITCH)
        *out = 0;
    else if (param->kind == PEL_KIND_CHOICE)
        snprintf(out, 64, "%s", choices_fit(param) ? param->choices : "WORD");
    else
        snprintf(out, 64, "%s", param->value ? param->value : "VALUE");
}

const char *cli_option_help(const cli_option *option, const cli_command *command)
{
    bool output = option->param == &cli_common_schema.params[0];
    return output && command->output ? command->output : option->param->help;
}

bool cli_bounded(double end)
{
    return isfinite(end) && fabs(end) < 1e6;
}

static void add(char out[CLI_TEXT], const char *between, const char *text)
{
    size_t length = strlen(out);
    snprintf(out + length, CLI_TEXT - length, "%s%s", length ? between : "", text);
}

static void add_range(char out[CLI_TEXT], const pel_param *param)
{
    char text[96];
    bool low = cli_bounded(param->lo) && param->lo != 1e-9, high = cli_bounded(param->hi);
    if (low && high)
        snprintf(text, sizeof text, "%.15g to %.15g", param->lo, param->hi);
    else if (low)
        snprintf(text, sizeof text, "at least %.15g", param->lo);
    else if (high)
        snprintf(text, sizeof text, "at most %.15g", param->hi);
    else
        return;
    add(out, ", ", text);
}

void cli_option_facts(char out[CLI_TEXT], const pel_param *param)
{
    *out = 0;
    bool ranged = param->kind == PEL_KIND_INTEGER || param->kind == PEL_KIND_NUMBER ||
                  param->kind == PEL_KIND_NUMBERS || param->kind == PEL_KIND_LENGTH;
    if (param->unit)
        add(out, ", ", param->unit);
    if (ranged)
        add_range(out, param);
    if (param->kind == PEL_KIND_CHOICE && !choices_fit(param)) {
        add(out, "; ", "one of ");
        size_t at = strlen(out);
        for (const char *c = param->choices; *c && at + 3 < CLI_TEXT; c++) {
            out[at++] = *c == '|' ? ',' : *c;
            if (*c == '|')
                out[at++] = ' ';
        }
        out[at] = 0;
    }
    if (param->kind == PEL_KIND_TEXTS)
        add(out, "; ", "may be given again");
    if (param->def && *param->def && param->kind != PEL_KIND_SWITCH) {
        add(out, "; ", "default ");
        add(out, "", param->def);
    }
}

void cli_usage(char out[CLI_TEXT], const cli_command *command)
{
    snprintf(out, CLI_TEXT, "pellucid %s", command->name);
    for (int i = 0; i < 4 && command->words[i].name; i++) {
        add(out, " ", command->words[i].name);
        if (command->words[i].many)
            add(out, "", "...");
    }
    if (command->output)
        add(out, " ", command->output_optional ? "[-o OUTPUT]" : "-o OUTPUT");
    add(out, " ", "[options]");
}
