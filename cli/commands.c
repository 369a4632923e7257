/* SPDX-License-Identifier: Apache-2.0 */
/* commands.c: the list of commands. A new one: its file, its line here, its name in meson.build. */
#include <string.h>

#include "cli.h"
#include "commands.h"

const cli_command *const cli_commands[] = {
    &cli_info,    &cli_convert, &cli_slice,  &cli_histogram, &cli_render,  &cli_voxels, &cli_mask,
    &cli_denoise, &cli_bias,    &cli_brain,  &cli_vessels,   &cli_surface, &cli_mesh,   &cli_probe,
    &cli_shell,   &cli_flatten, &cli_cortex, &cli_phantom,   &cli_replay,  NULL,
};

const cli_command *cli_command_find(const char *name)
{
    for (int i = 0; cli_commands[i]; i++)
        if (strcmp(cli_commands[i]->name, name) == 0)
            return cli_commands[i];
    return NULL;
}
