/* SPDX-License-Identifier: Apache-2.0 */
/* common.c: the options every command takes, and what commands share. */
#include <stdlib.h>
#include <string.h>

#include "cli.h"

static const pel_param table[] = {
    PEL_TEXT(cli_common, output, NULL, "FILE",
             "output; its ending chooses the format, - is standard output"),
    PEL_SWITCH(cli_common, json, "print a machine-readable report on standard output"),
    PEL_INTEGER(cli_common, threads, "0", 0, 256, NULL, "worker threads; 0: one per core"),
    PEL_TEXT(cli_common, memory, NULL, "SIZE",
             "refuse to hold more than this (8G); default 3/4 of free memory"),
    PEL_SWITCH(cli_common, plan, "print steps and an upper bound of memory, and do nothing"),
    PEL_SWITCH(cli_common, quiet, "say nothing but errors"),
    PEL_CHOICE(cli_common, progress, "auto", "auto|always|never", "progress on standard error"),
    PEL_CHOICE(cli_common, provenance, "hash", "hash|full|none",
               "what the output says of how it was made"),
    PEL_SWITCH(cli_common, sidecar, "also write OUTPUT.json"),
};
const pel_schema cli_common_schema =
    PEL_SCHEMA(cli_common, "common", "options of every command", table);

pel_status cli_read_input(cli_run *run, int n, pel_volume *out)
{
    cli_step(run, "read");
    return pel_input_read(out, run->input[n].path, run->input[n].params[0], false);
}

char *cli_provenance(const cli_run *run, const char *const *hashes)
{
    if (run->common.provenance == CLI_PROVENANCE_NONE)
        return NULL;
    pel_made_with with[CLI_SCHEMAS];
    pel_made_from from[CLI_INPUTS];
    int with_count = 0;
    for (; with_count < CLI_SCHEMAS && run->command->schemas[with_count]; with_count++)
        with[with_count] =
            (pel_made_with){ run->command->schemas[with_count], run->params[with_count] };
    for (int i = 0; i < run->input_count; i++)
        from[i] = (pel_made_from){ run->input[i].path,
                                   hashes ? hashes[i] : PEL_HASH_LATER,
                                   { run->command->input_schemas[0], run->input[i].params[0] } };
    return pel_provenance(run->command->name, with, with_count, from, run->input_count,
                          run->common.provenance == CLI_PROVENANCE_FULL);
}
