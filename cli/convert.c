/* SPDX-License-Identifier: Apache-2.0 */
/* convert.c: the convert command. */
#include "commands.h"

static pel_status run(cli_run *run)
{
    (void)run;
    return PEL_EUNSUPPORTED;
}

const cli_command cli_convert = {
    .name = "convert",
    .room = "write",
    .summary = "convert",
    .words = { { "IN", CLI_VOLUME_IN, "volume to read", false } },
    .input_schemas = { &pel_input_schema },
    .run = run,
};
