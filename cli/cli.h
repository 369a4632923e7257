/* SPDX-License-Identifier: Apache-2.0 */
/* cli.h: a command is one table; parsing, help, man page, completion and JSON come from it. */
#ifndef PELLUCID_CLI_H
#define PELLUCID_CLI_H

#include <stdio.h>

#include <pellucid/pellucid.h>

enum { CLI_SCHEMAS = 6, CLI_INPUTS = 64 };

/** What a word on the command line stands for. */
typedef enum cli_word_kind { CLI_VOLUME_IN, CLI_FILE_IN, CLI_NAME } cli_word_kind;

typedef struct cli_word {
    const char *name; /* as help shows it: IN */
    cli_word_kind kind;
    const char *help;
    bool many; /* one or more; the last word only */
} cli_word;

/** What every command takes. */
typedef struct cli_common {
    size_t size;
    const char *output; /* -o */
    bool json, plan, quiet, sidecar;
    int64_t threads;
    const char *memory; /* "8G" */
    int progress;       /* CLI_PROGRESS_... */
    int provenance;     /* CLI_PROVENANCE_... */
} cli_common;

enum { CLI_PROGRESS_AUTO, CLI_PROGRESS_ALWAYS, CLI_PROGRESS_NEVER };
enum { CLI_PROVENANCE_HASH, CLI_PROVENANCE_FULL, CLI_PROVENANCE_NONE };

extern const pel_schema cli_common_schema;

/** One input: its path and one params struct per input schema of the command, in that order. */
typedef struct cli_input {
    const char *path;
    void *params[CLI_SCHEMAS];
} cli_input;

typedef struct cli_report cli_report;
typedef struct cli_command cli_command;

/** One run of a command, parsed. */
typedef struct cli_run {
    const cli_command *command;
    cli_common common;
    void *params[CLI_SCHEMAS]; /* one struct per schema of the command */
    int word_count;
    const char *word[CLI_INPUTS]; /* positional words that are no inputs */
    int input_count;
    cli_input input[CLI_INPUTS];
    cli_report *report;
    bool replays;           /* words come from what a file says: layers have no files */
    const char *only_layer; /* a replay of this layer of a picture; NULL: of the picture */
    char error[1024];       /* what is wrong with the command line; "": pel_error() tells */
} cli_run;

struct cli_command {
    const char *name, *room;
    const char *summary;     /* one line, for lists */
    const char *description; /* a paragraph or more for help, man and docs; may be NULL */
    const char *examples[8]; /* whole command lines, ended by NULL */
    cli_word words[4];       /* ended by a NULL name */
    const char *output; /* what -o is, for help ("picture: .png"); NULL: the command has no -o */
    bool output_optional;
    const pel_schema *schemas[CLI_SCHEMAS];       /* options of the command, ended by NULL */
    const pel_schema *input_schemas[CLI_SCHEMAS]; /* options of each input, ended by NULL */
    /* what its name may stand for, whose key=value follow the name; NULL past the n-th, or none */
    const pel_schema *(*named)(int n);
    pel_status (*run)(cli_run *run);
    /* headers only: cli_plan_step() for each step; NULL: nothing worth planning */
    pel_status (*plan)(cli_run *run);
};

/** All commands, in the order help lists them, ended by NULL. */
extern const cli_command *const cli_commands[];

const cli_command *cli_command_find(const char *name);

/** Parse the words after the command's name; on failure the exit status is 2 and `error` says why.
 */
pel_status cli_parse(cli_run *run, const cli_command *command, int count, char **words);
void cli_run_free(cli_run *run);

/** Params of the n-th schema. */
#define CLI_PARAMS(run, n, type) ((type *)(run)->params[n])

/* ---- report: --json, --plan, timing ---- */

cli_report *cli_report_new(const cli_run *run);
void cli_report_free(cli_report *report);

/** From now on time counts as this step ("read", "write", "render"...), in seconds.STEP. */
void cli_step(cli_run *run, const char *step);

/** Put a number (NaN and infinity become null), a text, numbers, or ready JSON under a dotted key.
 */
void cli_report_number(cli_run *run, const char *key, double value);
void cli_report_integer(cli_run *run, const char *key, int64_t value);
void cli_report_text(cli_run *run, const char *key, const char *value);
void cli_report_numbers(cli_run *run, const char *key, const double *value, int count);
/* `count` texts, the n-th at text + n*stride */
void cli_report_texts(cli_run *run, const char *key, const char *text, size_t stride, int count);
void cli_report_json(cli_run *run, const char *key, const char *json);

/** Begin another object of the list under a key; KEY.NAME then puts things into it. */
void cli_report_item(cli_run *run, const char *key);

/** Name an output that was written. */
void cli_report_output(cli_run *run, const char *path);

/** One step of the plan: `bytes` it works through, and what it holds at its peak beyond the program
 * itself. */
void cli_plan_step(cli_run *run, const char *step, double bytes, double memory_bytes);

/** The highest memory of the planned steps, the program itself counted. */
double cli_plan_memory(const cli_run *run);

/** Print the report (run) or the plan on standard output, as JSON or words. */
void cli_report_print(cli_run *run, bool plan);

/* ---- what commands share ---- */

/** Read input `n` as its options say: one scalar frame in memory. Counts as step "read". */
pel_status cli_read_input(cli_run *run, int n, pel_volume *out);

/** Memory that a volume named by an option takes when it is read whole; NULL: 0. */
pel_status cli_plan_beside(double *bytes, const char *path);

/** Input schemas of commands that take a look, in this order. */
enum { CLI_INPUT, CLI_LOOK, CLI_SHEET };

/** As cli_read_input(), by the look's tone unless --tone was given; as a source; the plan. */
pel_status cli_read_toned(cli_run *run, int n, const pel_look *look, pel_volume *out);
pel_status cli_open_toned(cli_run *run, int n, const pel_look *look, pel_source *out);
pel_status cli_plan_toned(cli_run *run, int n, const pel_look *look, pel_input_cost *out);

/** --save-look: its name is right; the look as used, with its tone, is written. */
pel_status cli_check_save_look(cli_run *run, int n);
pel_status cli_save_look(cli_run *run, int n, const pel_look *look);

/** True for the name of a look's file. */
bool cli_is_look_file(const char *name);

enum { CLI_LOOKS = 64 };

/** A text of a run that names a look's file, while it stands as the JSON in that file. */
typedef struct cli_look_text {
    const char **field, *before;
    char *text; /* owned */
} cli_look_text;

typedef struct cli_looks {
    int count;
    cli_look_text item[CLI_LOOKS];
} cli_looks;

/** Put the JSON of looks in the place of their files' names, for provenance; and undo it. */
bool cli_looks_inline(cli_looks *out, const cli_run *run);
void cli_looks_restore(cli_looks *looks);

/** Provenance JSON of this run as --provenance says (NULL: none), malloc'd. `hashes`: one per
 * input; NULL: later. */
char *cli_provenance(const cli_run *run, const char *const *hashes);

/** The role of an input that stands as @ in the option `steps`, the n-th for the n-th of them. */
#define CLI_OPERAND "operand"
#define CLI_CORNERS "corners" /* of three files that one option names */

/** The same with `count` more inputs, which came by other ways than the command's words. */
char *cli_provenance_more(const cli_run *run, const char *const *hashes, const pel_made_from *more,
                          int count);

/**
 * PEL_EPARAM when `output` is also an input or another file named on the command line; checked of
 * -o already. `option` names it in the message.
 */
pel_status cli_refuse_input(cli_run *run, const char *output, const char *option);

/** Draw the outline of a mask within axial slices of `in`; told in the report. */
pel_status cli_write_qc(cli_run *run, const char *path, const pel_volume *in,
                        const pel_volume *mask, const char *made);

/** With --sidecar write OUTPUT.json holding the provenance. */
pel_status cli_write_sidecar(cli_run *run, const char *output, const char *provenance);

/** Write the mesh to -o, with how it was made. `hashes` are those of the inputs. */
pel_status cli_write_mesh(cli_run *run, const pel_mesh *mesh, const char *const *hashes,
                          const pel_mesh_write_params *as);

/** Tell what a mesh is as a surface; with `prefix` before each key ("labels.17."). */
pel_status cli_report_mesh(cli_run *run, const pel_mesh *mesh);
pel_status cli_report_mesh_as(cli_run *run, const char *prefix, const pel_mesh *mesh);

/** PEL_EPARAM, for this reason. */
pel_status cli_refuse(cli_run *run, const char *why);

bool cli_ends_in(const char *name, const char *ending);

/* ---- help ---- */

void cli_help_all(FILE *to);
void cli_help_command(FILE *to, const cli_command *command);
void cli_help_json(FILE *to);

/** The help command: words are --json, --format man|markdown|bash|zsh|fish, COMMAND. */
int cli_help_main(int count, char **words);

#endif
