/* SPDX-License-Identifier: Apache-2.0 */
/* histogram.c: the histogram command. */
#include "commands.h"

static pel_status run(cli_run *run)
{
    (void)run;
    return PEL_EUNSUPPORTED;
}

const cli_command cli_histogram = {
    .name = "histogram",
    .room = "see",
    .summary = "histogram",
    .words = { { "IN", CLI_VOLUME_IN, "volume to read", false } },
    .input_schemas = { &pel_input_schema },
    .run = run,
};
