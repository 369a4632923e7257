/* SPDX-License-Identifier: Apache-2.0 */
/* help_markdown.c: the pages of docs/commands from the tables. */
#include "help.h"

// a cell of a table: its bars would end it
static void put_cell(FILE *to, const char *text)
{
    for (; *text; text++) {
        if (*text == '|')
            fputc('\\', to);
        fputc(*text == '\n' ? ' ' : *text, to);
    }
}

static void put_option(FILE *to, const cli_option *option, const cli_command *command)
{
    char name[64], value[64], facts[CLI_TEXT];
    cli_option_label(name, option);
    cli_option_value(value, option->param);
    cli_option_facts(facts, option->param);
    fprintf(to, "| `%s%s", name, *value && option->group != CLI_OF_KEY ? " " : "");
    put_cell(to, value);
    fputs("` | ", to);
    put_cell(to, cli_option_help(option, command));
    if (*facts) {
        fputs(" (", to);
        put_cell(to, facts);
        fputc(')', to);
    }
    fputs(" |\n", to);
}

static void markdown_list(FILE *to)
{
    fputs("# Commands\n\n| command | what it does |\n|---|---|\n", to);
    for (int i = 0; cli_commands[i]; i++) {
        fprintf(to, "| [`%s`](%s.md) | ", cli_commands[i]->name, cli_commands[i]->name);
        put_cell(to, cli_commands[i]->summary);
        fputs(" |\n", to);
    }
    fprintf(to, "\n%s\n\nExit status: %s\n", cli_about_inputs, cli_about_exit);
}

void cli_markdown(FILE *to, const cli_command *command)
{
    if (!command) {
        markdown_list(to);
        return;
    }
    char text[CLI_TEXT];
    cli_usage(text, command);
    fprintf(to, "# pellucid %s\n\n%s\n\n```\n%s\n```\n\n", command->name, command->summary, text);
    bool volumes = false;
    for (int i = 0; i < 4 && command->words[i].name; i++) {
        fprintf(to, "- `%s`: %s\n", command->words[i].name, command->words[i].help);
        volumes |= command->words[i].kind == CLI_VOLUME_IN;
    }
    if (command->description)
        fprintf(to, "\n%s\n", command->description);
    if (volumes)
        fprintf(to, "\n%s\n", cli_about_inputs);
    if (command->examples[0])
        fputs("\n## Examples\n\n```\n", to);
    for (int i = 0; i < 8 && command->examples[i]; i++)
        fprintf(to, "%s\n", command->examples[i]);
    if (command->examples[0])
        fputs("```\n", to);
    cli_option options[CLI_OPTIONS];
    int count = cli_options(options, command);
    for (int i = 0; i < count; i++) {
        if (options[i].first) {
            cli_option_heading(text, &options[i], command);
            fprintf(to, "\n## %s\n\n| option | meaning |\n|---|---|\n", text);
        }
        put_option(to, &options[i], command);
    }
    count = cli_keys(options, command);
    for (int i = 0; i < count; i++) {
        if (options[i].first) {
            cli_option_heading(text, &options[i], command);
            fprintf(to, "\n## %s\n\n| key | meaning |\n|---|---|\n", text);
        }
        put_option(to, &options[i], command);
    }
}
