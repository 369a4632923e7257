/* SPDX-License-Identifier: Apache-2.0 */
/* info.h: the parts of the info command. */
#ifndef PELLUCID_CLI_INFO_H
#define PELLUCID_CLI_INFO_H

#include "cli.h"

/** What info is asked of pictures. */
typedef struct cli_info_params {
    size_t size;
    pel_numbers pixel; /* U,V; none: no pixel is asked about */
    pel_texts layer;   /* NAME=FILE */
} cli_info_params;

extern const pel_schema cli_info_schema;

/** The shape of a file of text that says nothing else: false when the file is no picture of ours.
 * Tells what it says of how it was made. */
bool cli_info_made(cli_run *run);

/** With --pixel: where its ray runs, and what is there. */
pel_status cli_info_pixel(cli_run *run);

/** With --pixel: what is asked can be answered. */
pel_status cli_info_check(cli_run *run);

/** All of info for a mesh; and its plan. */
pel_status cli_info_mesh(cli_run *run);
pel_status cli_info_plan_mesh(cli_run *run);

#endif
