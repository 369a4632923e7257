/* SPDX-License-Identifier: Apache-2.0 */
/* surface.h: what the two files of the surface command share. */
#ifndef PELLUCID_CLI_SURFACE_H
#define PELLUCID_CLI_SURFACE_H

#include "cli.h"

/** Schemas of the command, in this order. */
enum { CLI_SURFACE, CLI_SURFACE_RECEIPT, CLI_SURFACE_FILE_AS };

typedef struct cli_receipt_params {
    size_t size;
    const char *receipt;
} cli_receipt_params;

/** The shifts of smoothing, under `name`. */
void cli_report_smoothed(cli_run *run, const char *name, const pel_smoothed *moved);

/** How far reduction has moved the surface, and why it stopped where it did. */
void cli_report_reduced(cli_run *run, const pel_surface_found *found);

/** A label image's surfaces: made, reported and written, one file or one per label. */
pel_status cli_surface_labels(cli_run *run, const pel_volume *in);

#endif
