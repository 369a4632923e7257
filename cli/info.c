/* SPDX-License-Identifier: Apache-2.0 */
/* info.c: the info command. */
#include "commands.h"

static pel_status run(cli_run *run)
{
    (void)run;
    return PEL_EUNSUPPORTED;
}

const cli_command cli_info = {
    .name = "info",
    .room = "volume",
    .summary = "info",
    .words = { { "IN", CLI_VOLUME_IN, "volume to read", false } },
    .input_schemas = { &pel_input_schema },
    .run = run,
};
