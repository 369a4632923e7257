/* SPDX-License-Identifier: Apache-2.0 */
/* qc.c: a mask's outline over a mosaic of slices, to be looked at. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"

// red, solid
static pel_status red_look(pel_look *out)
{
    pel_status s = pel_look_load(out, "gray");
    out->point_count = 2;
    for (int p = 0; p < 2; p++)
        out->points[p] = (pel_look_point){ p, { 1, 0.15, 0.1, 1 } };
    return s;
}

// outlines within axial slices
static pel_status draw_qc(pel_figure *out, const pel_volume *in, const pel_volume *mask)
{
    pel_slice_params params = pel_slice_defaults();
    pel_overlay red = { .lo = NAN, .hi = NAN };
    pel_volume outline = { 0 };
    pel_slice_plane *planes = NULL;
    pel_look gray;
    int count;
    params.axis = 2;
    params.mosaic = in->dims[2] == 1 ? NULL : "6x4";
    params.overlay_opacity = 1;
    pel_status s = pel_slice_planes(&planes, &count, in, &params);
    if (s == PEL_OK)
        s = pel_outer_layer(&outline, mask, planes[0].axis);
    free(planes);
    if (s == PEL_OK)
        s = pel_look_load(&gray, "gray");
    if (s == PEL_OK)
        s = pel_look_fit(&gray, in);
    if (s == PEL_OK)
        s = red_look(&red.look);
    if (s == PEL_OK)
        s = pel_look_fit(&red.look, &outline);
    red.volume = &outline;
    if (s == PEL_OK)
        s = pel_slice(out, in, &gray, &red, 1, &params);
    pel_volume_free(&outline);
    return s;
}

pel_status cli_write_qc(cli_run *run, const char *path, const pel_volume *in,
                        const pel_volume *mask, const char *made)
{
    pel_figure figure;
    pel_status s = draw_qc(&figure, in, mask);
    if (s != PEL_OK)
        return s;
    figure.provenance = made ? strdup(made) : NULL;
    s = pel_write_figure(path, &figure);
    if (s == PEL_OK)
        cli_report_output(run, path);
    pel_figure_free(&figure);
    return s;
}

int64_t cli_plan_qc(const pel_volume *shape)
{
    pel_slice_params slices = pel_slice_defaults();
    slices.axis = 2;
    slices.mosaic = shape->dims[2] == 1 ? NULL : "6x4";
    return pel_slice_schema.plan(&slices, shape);
}
