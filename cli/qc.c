/* SPDX-License-Identifier: Apache-2.0 */
/* qc.c: a mask's outline over a mosaic of slices, to be looked at. */
#include <string.h>

#include "cli.h"

pel_status cli_write_qc(cli_run *run, const char *path, const pel_volume *in,
                        const pel_volume *mask, const char *made)
{
    pel_figure figure;
    pel_status s = pel_brain_check(&figure, in, mask);
    if (s != PEL_OK)
        return s;
    figure.provenance = made ? strdup(made) : NULL;
    s = pel_write_figure(path, &figure);
    if (s == PEL_OK)
        cli_report_output(run, path);
    pel_figure_free(&figure);
    return s;
}
