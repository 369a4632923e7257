/* SPDX-License-Identifier: Apache-2.0 */
/* flatten.h: the parts of the flatten command. */
#ifndef PELLUCID_CLI_FLATTEN_H
#define PELLUCID_CLI_FLATTEN_H

#include "cli.h"

/* its schemas, in this order */
enum {
    FLATTEN_FLATTEN,
    FLATTEN_CAMERA,
    FLATTEN_OUTPUTS,
    FLATTEN_FILE_AS,
    FLATTEN_PROBE,
    FLATTEN_MAP
};

/** What is written beside the flat mesh, and what comes back. */
typedef struct cli_flatten_outputs {
    size_t size;
    const char *report, *image, *back;
    int bits; /* 0 auto, 1: 8, 2: 16 */
    pel_texts sample, layer;
} cli_flatten_outputs;

static inline const cli_flatten_outputs *cli_flatten_params(const cli_run *run)
{
    return CLI_PARAMS(run, FLATTEN_OUTPUTS, cli_flatten_outputs);
}

/** What can be told of the map's options before anything is read. */
pel_status cli_flatten_check_map(cli_run *run);

/** Draw and write the pictures that were asked for. */
pel_status cli_flatten_map(cli_run *run, const pel_mesh *flat, const pel_flat_report *report,
                           const char *hash);

/** Take what --back names from the map to -o. */
pel_status cli_flatten_back(cli_run *run, const pel_mesh *flat, const char *hash);

/** Plan the pictures; how large a map will be is not known from a mesh's header. */
pel_status cli_flatten_plan_map(cli_run *run, double held, int64_t points);

#endif
