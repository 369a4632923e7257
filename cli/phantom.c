/* SPDX-License-Identifier: Apache-2.0 */
/* phantom.c: the phantom command. */
#include "commands.h"

static pel_status run(cli_run *run)
{
    (void)run;
    return PEL_EUNSUPPORTED;
}

const cli_command cli_phantom = {
    .name = "phantom",
    .room = "phantoms",
    .summary = "phantom",
    .words = { { "IN", CLI_VOLUME_IN, "volume to read", false } },
    .input_schemas = { &pel_input_schema },
    .run = run,
};
