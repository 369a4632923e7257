/* SPDX-License-Identifier: Apache-2.0 */
/* help.c: help for people at a terminal, from the tables; and the help command. */
#include <string.h>

#include "help.h"

enum { WIDTH = 88, COLUMN = 26 };

// words of `text` from column `at` on, wrapped; later lines start at `indent`
static void wrap(FILE *to, const char *text, int indent, int at)
{
    bool first = true;
    while (*text) {
        if (*text == '\n') {
            fprintf(to, "\n%*s", indent, "");
            at = indent;
            first = true;
            text++;
            continue;
        }
        int length = (int)strcspn(text, " \n");
        if (!first && at + 1 + length > WIDTH) {
            fprintf(to, "\n%*s", indent, "");
            at = indent;
            first = true;
        }
        fprintf(to, "%s%.*s", first ? "" : " ", length, text);
        at += length + !first;
        first = false;
        text += length;
        while (*text == ' ')
            text++;
    }
    fputc('\n', to);
}

// "  left      text", with the text wrapped in its column
static void print_row(FILE *to, const char *left, const char *text)
{
    int length = (int)strlen(left);
    fprintf(to, "  %s", left);
    if (length + 4 > COLUMN)
        fprintf(to, "\n%*s", COLUMN, "");
    else
        fprintf(to, "%*s", COLUMN - 2 - length, "");
    wrap(to, text, COLUMN, COLUMN);
}

static void print_option(FILE *to, const cli_option *option, const cli_command *command)
{
    char name[64], value[64], facts[CLI_TEXT], left[140], text[2 * CLI_TEXT];
    cli_option_label(name, option);
    cli_option_value(value, option->param);
    cli_option_facts(facts, option->param);
    bool spaced = *value && option->group != CLI_OF_KEY;
    snprintf(left, sizeof left, "%s%s%s", name, spaced ? " " : "", value);
    snprintf(text, sizeof text, "%s%s%s%s", cli_option_help(option, command), *facts ? " (" : "",
             facts, *facts ? ")" : "");
    print_row(to, left, text);
}

void cli_help_command(FILE *to, const cli_command *command)
{
    char text[CLI_TEXT];
    fprintf(to, "pellucid %s: %s\n\n", command->name, command->summary);
    cli_usage(text, command);
    fprintf(to, "usage: %s\n\n", text);
    bool volumes = false;
    for (int i = 0; i < 4 && command->words[i].name; i++) {
        print_row(to, command->words[i].name, command->words[i].help);
        volumes |= command->words[i].kind == CLI_VOLUME_IN;
    }
    if (command->description) {
        fputc('\n', to);
        wrap(to, command->description, 0, 0);
    }
    if (volumes) {
        fputc('\n', to);
        wrap(to, cli_about_inputs, 0, 0);
    }
    cli_option options[CLI_OPTIONS];
    int count = cli_options(options, command);
    for (int i = 0; i < count; i++) {
        if (options[i].first) {
            cli_option_heading(text, &options[i], command);
            fprintf(to, "\n%s:\n", text);
        }
        print_option(to, &options[i], command);
    }
    count = cli_keys(options, command);
    for (int i = 0; i < count; i++) {
        if (options[i].first) {
            cli_option_heading(text, &options[i], command);
            fprintf(to, "\n%s%s\n", text, options[i].schema ? "" : ":");
        }
        print_option(to, &options[i], command);
    }
    for (int i = 0; i < 8 && command->examples[i]; i++)
        fprintf(to, "%s  %s\n", i ? "" : "\nexamples:\n", command->examples[i]);
}

void cli_help_all(FILE *to)
{
    fputs("pellucid turns volumetric images (MRI, CT, stacks) into pictures.\n\n"
          "usage: pellucid COMMAND INPUT... [-o OUTPUT] [options]\n"
          "       pellucid help COMMAND\n\ncommands:\n",
          to);
    for (int i = 0; cli_commands[i]; i++)
        print_row(to, cli_commands[i]->name, cli_commands[i]->summary);
    print_row(to, "help [COMMAND]",
              "this list, or all about one command; also --json, and "
              "--format man|markdown|bash|zsh|fish");
    fputc('\n', to);
    wrap(to, cli_about_inputs, 0, 0);
    fputs("\nexit status: ", to);
    wrap(to, cli_about_exit, 13, 13);
}

static int wrong(const char *what, const char *word, const char *remedy)
{
    fprintf(stderr, "pellucid: help: %s '%s'; %s\n", what, word, remedy);
    return 2;
}

static int print_format(const char *format, const cli_command *command)
{
    if (strcmp(format, "man") == 0)
        cli_man(stdout, command);
    else if (strcmp(format, "markdown") == 0)
        cli_markdown(stdout, command);
    else if (!cli_completion(stdout, format))
        return wrong("there is no format", format, "it is man, markdown, bash, zsh or fish");
    return 0;
}

int cli_help_main(int count, char **words)
{
    const char *format = NULL;
    const cli_command *command = NULL;
    bool json = false;
    for (int i = 0; i < count; i++) {
        const char *word = words[i];
        if (strcmp(word, "--json") == 0)
            json = true;
        else if (strcmp(word, "--format") == 0 && i + 1 < count)
            format = words[++i];
        else if (strncmp(word, "--format=", 9) == 0)
            format = word + 9;
        else if (*word == '-')
            return wrong("there is no option", word, "it takes --json and --format FORMAT");
        else if (strcmp(word, "help") != 0 && !(command = cli_command_find(word))) {
            const char *near = cli_nearest_command(word);
            fprintf(stderr, "pellucid: help: there is no command '%s'; %s%s%s\n", word,
                    near ? "did you mean " : "see pellucid help", near ? near : "",
                    near ? "?" : "");
            return 2;
        }
    }
    if (json)
        cli_help_json(stdout);
    else if (format)
        return print_format(format, command);
    else if (command)
        cli_help_command(stdout, command);
    else
        cli_help_all(stdout);
    return 0;
}
