/* SPDX-License-Identifier: Apache-2.0 */
/* help_man.c: man pages from the tables. */
#include "help.h"

// hyphens that stay hyphens, backslashes that stay, no line that troff would take for itself
static void put(FILE *to, const char *text)
{
    bool start = true;
    for (; *text; text++) {
        if (start && (*text == '.' || *text == '\''))
            fputs("\\&", to);
        if (*text == '-')
            fputs("\\-", to);
        else if (*text == '\\')
            fputs("\\e", to);
        else
            fputc(*text, to);
        start = *text == '\n';
    }
}

static void put_line(FILE *to, const char *before, const char *text)
{
    fputs(before, to);
    put(to, text);
    fputc('\n', to);
}

static void put_option(FILE *to, const cli_option *option, const cli_command *command)
{
    char name[64], value[64], facts[CLI_TEXT];
    cli_option_label(name, option);
    cli_option_value(value, option->param);
    cli_option_facts(facts, option->param);
    fputs(".TP\n\\fB", to);
    put(to, name);
    fputs("\\fR", to);
    if (*value) {
        fputs(option->group == CLI_OF_KEY ? "\\fI" : " \\fI", to);
        put(to, value);
        fputs("\\fR", to);
    }
    fputc('\n', to);
    put(to, cli_option_help(option, command));
    if (*facts) {
        fputs(" (", to);
        put(to, facts);
        fputc(')', to);
    }
    fputc('\n', to);
}

static void put_title(FILE *to, const char *name, const char *of)
{
    fprintf(to, ".TH %s 1 \"\" \"pellucid %s\" \"%s\"\n", name, pel_version(), of);
}

static void man_program(FILE *to)
{
    put_title(to, "PELLUCID", "pellucid manual");
    put_line(to, ".SH NAME\n", "pellucid - volumetric images into pictures");
    put_line(to, ".SH SYNOPSIS\n", "pellucid COMMAND INPUT... [-o OUTPUT] [options]");
    put_line(to, ".SH INPUTS\n", cli_about_inputs);
    fputs(".SH COMMANDS\n", to);
    for (int i = 0; cli_commands[i]; i++) {
        fprintf(to, ".TP\n\\fB%s\\fR\n", cli_commands[i]->name);
        put_line(to, "", cli_commands[i]->summary);
    }
    put_line(to, ".TP\n\\fBhelp\\fR\n", "the list of commands, or all about one");
    put_line(to, ".SH EXIT STATUS\n", cli_about_exit);
    fputs(".SH SEE ALSO\n", to);
    for (int i = 0; cli_commands[i]; i++)
        fprintf(to, ".BR pellucid\\-%s (1)%s\n", cli_commands[i]->name,
                cli_commands[i + 1] ? "," : "");
}

void cli_man(FILE *to, const cli_command *command)
{
    if (!command) {
        man_program(to);
        return;
    }
    char text[CLI_TEXT];
    fprintf(to, ".TH PELLUCID\\-%s 1 \"\" \"pellucid %s\" \"pellucid manual\"\n", command->name,
            pel_version());
    fprintf(to, ".SH NAME\npellucid\\-%s \\- ", command->name);
    put_line(to, "", command->summary);
    cli_usage(text, command);
    put_line(to, ".SH SYNOPSIS\n", text);
    fputs(".SH DESCRIPTION\n", to);
    bool volumes = false;
    for (int i = 0; i < 4 && command->words[i].name; i++) {
        fprintf(to, ".TP\n\\fI%s\\fR\n", command->words[i].name);
        put_line(to, "", command->words[i].help);
        volumes |= command->words[i].kind == CLI_VOLUME_IN;
    }
    if (command->description)
        put_line(to, ".PP\n", command->description);
    if (volumes)
        put_line(to, ".PP\n", cli_about_inputs);
    cli_option options[CLI_OPTIONS];
    int count = cli_options(options, command);
    fputs(".SH OPTIONS\n", to);
    for (int i = 0; i < count; i++) {
        if (options[i].first) {
            cli_option_heading(text, &options[i], command);
            put_line(to, ".SS ", text);
        }
        put_option(to, &options[i], command);
    }
    count = cli_keys(options, command);
    for (int i = 0; i < count; i++) {
        if (options[i].first) {
            cli_option_heading(text, &options[i], command);
            put_line(to, ".SS ", text);
        }
        put_option(to, &options[i], command);
    }
    put_line(to, ".SH EXIT STATUS\n", cli_about_exit);
    for (int i = 0; i < 8 && command->examples[i]; i++) {
        fputs(i ? "" : ".SH EXAMPLES\n.nf\n", to);
        put_line(to, "", command->examples[i]);
    }
    fputs(command->examples[0] ? ".fi\n" : "", to);
    fputs(".SH SEE ALSO\n.BR pellucid (1)\n", to);
}
