/* SPDX-License-Identifier: Apache-2.0 */
/* help.h: a command's options as one flat list, from which every kind of help is written. */
#ifndef PELLUCID_CLI_HELP_H
#define PELLUCID_CLI_HELP_H

#include "cli.h"

enum { CLI_OPTIONS = 256, CLI_TEXT = 1024 };

typedef enum cli_group { CLI_OF_COMMAND, CLI_OF_INPUT, CLI_OF_ALL, CLI_OF_KEY } cli_group;

/** One option as the command line takes it. */
typedef struct cli_option {
    const pel_schema *schema;
    const pel_param *param;
    cli_group group;
    bool first; /* of its heading */
} cli_option;

/** All options of a command in help's order, at most CLI_OPTIONS; what it would refuse is left out.
 */
int cli_options(cli_option out[CLI_OPTIONS], const cli_command *command);

/**
 * The keys that may follow a command's name, as name?key=value: those that all names share, then
 * the own ones of each.
 */
int cli_keys(cli_option out[CLI_OPTIONS], const cli_command *command);

/** The heading over the options of one schema. */
void cli_option_heading(char out[CLI_TEXT], const cli_option *option, const cli_command *command);

/** "--mm-per-pixel"; of the output "-o". */
void cli_option_name(char out[64], const pel_param *param);

/** The same for any option of a list: a key is "key=". */
void cli_option_label(char out[64], const cli_option *option);

/** What stands for its value: "MM", "a|b|c"; "" for a switch. */
void cli_option_value(char out[64], const pel_param *param);

/** Its help line for this command: of the output what the command writes. */
const char *cli_option_help(const cli_option *option, const cli_command *command);

/** "mm, 0 to 10; default 3"; "" when there is nothing to say. */
void cli_option_facts(char out[CLI_TEXT], const pel_param *param);

/** "pellucid render IN... -o OUTPUT [options]". */
void cli_usage(char out[CLI_TEXT], const cli_command *command);

/** What an input may be, for people. */
extern const char *const cli_about_inputs, *const cli_about_exit;

/** True when the n-th end of a range is a limit people should know. */
bool cli_bounded(double end);

void cli_man(FILE *to, const cli_command *command);      /* NULL: of the program */
void cli_markdown(FILE *to, const cli_command *command); /* NULL: the list of commands */
bool cli_completion(FILE *to, const char *shell);        /* false: no such shell */

/** The word of a list most like `word`, NULL when none is near. `words` end with NULL. */
const char *cli_nearest(const char *word, const char *const *words);

/** The same among commands, and among the options of a command (in `out`, with dashes). */
const char *cli_nearest_command(const char *word);
bool cli_nearest_option(char out[64], const cli_command *command, const char *word);

#endif
