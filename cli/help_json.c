/* SPDX-License-Identifier: Apache-2.0 */
/* help_json.c: every command and option as JSON, for programs that drive this one. */
#include <math.h>
#include <string.h>

#include "help.h"

static void put_text(FILE *to, const char *text)
{
    if (!text) {
        fputs("null", to);
        return;
    }
    fputc('"', to);
    for (const unsigned char *c = (const unsigned char *)text; *c; c++) {
        if (*c == '"' || *c == '\\')
            fprintf(to, "\\%c", *c);
        else if (*c < 32)
            fprintf(to, "\\u%04x", *c);
        else
            fputc(*c, to);
    }
    fputc('"', to);
}

static void put_field(FILE *to, const char *key, const char *text)
{
    fprintf(to, "\"%s\": ", key);
    put_text(to, text);
    fputs(", ", to);
}

static const char *kind_name(pel_kind kind)
{
    static const char *const names[] = { "switch", "integer", "number",  "choice", "text",
                                         "file",   "texts",   "numbers", "length", "colour" };
    return names[kind];
}

static void put_end(FILE *to, double end)
{
    if (isfinite(end))
        fprintf(to, "%.17g", end);
    else
        fputs("null", to);
}

static void put_range(FILE *to, const pel_param *param)
{
    if (param->kind != PEL_KIND_INTEGER && param->kind != PEL_KIND_NUMBER &&
        param->kind != PEL_KIND_NUMBERS && param->kind != PEL_KIND_LENGTH) {
        fputs("\"range\": null, ", to);
        return;
    }
    fputs("\"range\": [", to);
    put_end(to, param->lo);
    fputs(", ", to);
    put_end(to, param->hi);
    fputs("], ", to);
}

static void put_choices(FILE *to, const char *choices)
{
    if (!choices) {
        fputs("null", to);
        return;
    }
    char one[64];
    const char *between = "";
    fputc('[', to);
    while (choices) {
        snprintf(one, sizeof one, "%.*s", (int)strcspn(choices, "|"), choices);
        fputs(between, to);
        put_text(to, one);
        between = ", ";
        choices = strchr(choices, '|');
        choices = choices ? choices + 1 : NULL;
    }
    fputc(']', to);
}

// numbers and switches as such, the rest as people type it
static void put_default(FILE *to, const pel_param *param)
{
    if (param->kind == PEL_KIND_SWITCH)
        fputs("false", to);
    else if (param->def && (param->kind == PEL_KIND_INTEGER || param->kind == PEL_KIND_NUMBER))
        fputs(param->def, to);
    else
        put_text(to, param->def);
}

static void put_option(FILE *to, const cli_option *option, const cli_command *command)
{
    static const char *const groups[] = { "command", "input", "common", "key" };
    const pel_param *param = option->param;
    char name[64], value[64];
    cli_option_label(name, option);
    cli_option_value(value, param);
    fputs("        {", to);
    put_field(to, "name", name);
    put_field(to, "parameter", param->name);
    put_field(to, "group", groups[option->group]);
    put_field(to, "schema", option->schema ? option->schema->name : NULL);
    put_field(to, "kind", kind_name(param->kind));
    put_field(to, "value", *value ? value : NULL);
    put_field(to, "unit", param->unit);
    put_range(to, param);
    fputs("\"default\": ", to);
    put_default(to, param);
    fputs(", \"choices\": ", to);
    put_choices(to, param->choices);
    fprintf(to,
            ", \"repeatable\": %s, \"help\": ", param->kind == PEL_KIND_TEXTS ? "true" : "false");
    put_text(to, cli_option_help(option, command));
    fputc('}', to);
}

static void put_words(FILE *to, const cli_command *command)
{
    static const char *const kinds[] = { "volume", "file", "name" };
    fputs("      \"words\": [", to);
    for (int i = 0; i < 4 && command->words[i].name; i++) {
        const cli_word *word = &command->words[i];
        fputs(i ? ", {" : "{", to);
        put_field(to, "name", word->name);
        put_field(to, "kind", kinds[word->kind]);
        put_field(to, "help", word->help);
        fprintf(to, "\"many\": %s}", word->many ? "true" : "false");
    }
    fputs("],\n", to);
}

static void put_command(FILE *to, const cli_command *command)
{
    char usage[CLI_TEXT];
    cli_usage(usage, command);
    fputs("    {\n      ", to);
    put_field(to, "name", command->name);
    put_field(to, "room", command->room);
    put_field(to, "usage", usage);
    put_field(to, "summary", command->summary);
    fputs("\n      ", to);
    put_field(to, "description", command->description);
    put_field(to, "output", command->output);
    fprintf(to, "\"output_optional\": %s,\n",
            !command->output || command->output_optional ? "true" : "false");
    put_words(to, command);
    fputs("      \"examples\": [", to);
    for (int i = 0; i < 8 && command->examples[i]; i++) {
        fputs(i ? ", " : "", to);
        put_text(to, command->examples[i]);
    }
    fputs("],\n      \"options\": [\n", to);
    cli_option options[CLI_OPTIONS];
    int count = cli_options(options, command);
    for (int i = 0; i < count; i++) {
        put_option(to, &options[i], command);
        fputs(i + 1 < count ? ",\n" : "\n", to);
    }
    fputs("      ],\n      \"keys\": [\n", to);
    count = cli_keys(options, command);
    for (int i = 0; i < count; i++) {
        put_option(to, &options[i], command);
        fputs(i + 1 < count ? ",\n" : "\n", to);
    }
    fputs("      ]\n    }", to);
}

void cli_help_json(FILE *to)
{
    fputs("{\n  ", to);
    put_field(to, "program", "pellucid");
    put_field(to, "version", pel_version());
    fputs("\n  \"commands\": [\n", to);
    for (int i = 0; cli_commands[i]; i++) {
        put_command(to, cli_commands[i]);
        fputs(cli_commands[i + 1] ? ",\n" : "\n", to);
    }
    fputs("  ]\n}\n", to);
}
