/* SPDX-License-Identifier: Apache-2.0 */
/* commands.h: one table per command, each in the file of its name. */
#ifndef PELLUCID_COMMANDS_H
#define PELLUCID_COMMANDS_H

#include "cli.h"

extern const cli_command cli_info, cli_convert, cli_slice, cli_histogram, cli_render, cli_voxels,
    cli_mask;
extern const cli_command cli_surface, cli_mesh, cli_probe;
extern const cli_command cli_vessels;
extern const cli_command cli_shell, cli_flatten, cli_cortex, cli_phantom, cli_replay;

extern const cli_command cli_denoise;
extern const cli_command cli_bias;
extern const cli_command cli_brain;

#endif
