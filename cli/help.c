/* SPDX-License-Identifier: Apache-2.0 */
/* help.c: help, from the tables. */
#include "cli.h"

void cli_help_all(FILE *to)
{
    fprintf(to, "usage: pellucid COMMAND INPUT... [-o OUTPUT] [options]\n");
}

void cli_help_command(FILE *to, const cli_command *command)
{
    fprintf(to, "pellucid %s: %s\n", command->name, command->summary);
}

void cli_help_json(FILE *to)
{
    fprintf(to, "{}\n");
}

int cli_help_main(int count, char **words)
{
    (void)count;
    (void)words;
    cli_help_all(stdout);
    return 0;
}
