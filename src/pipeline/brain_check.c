/* SPDX-License-Identifier: Apache-2.0 */
/* brain_check.c: a mask's outline over a mosaic of slices, to be looked at. */
#include <math.h>
#include <stdlib.h>

#include <pellucid/pipeline.h>
#include <pellucid/see.h>

// axial slices
static pel_slice_params mosaic_of(const pel_volume *shape)
{
    pel_slice_params params = pel_slice_defaults();
    params.axis = 2;
    params.mosaic = shape->dims[2] == 1 ? NULL : "6x4";
    params.overlay_opacity = 1;
    return params;
}

// red, solid
static pel_status red_look(pel_look *out)
{
    pel_status s = pel_look_load(out, "gray");
    out->point_count = 2;
    for (int p = 0; p < 2; p++)
        out->points[p] = (pel_look_point){ p, { 1, 0.15, 0.1, 1 } };
    return s;
}

pel_status pel_brain_check(pel_figure *out, const pel_volume *in, const pel_volume *mask)
{
    pel_slice_params params = mosaic_of(in);
    pel_overlay red = { .lo = NAN, .hi = NAN };
    pel_volume outline = { 0 };
    pel_slice_plane *planes = NULL;
    pel_look gray;
    int count;
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

int64_t pel_brain_check_memory(const pel_volume *shape)
{
    pel_slice_params slices = mosaic_of(shape);
    return pel_slice_schema.plan(&slices, shape);
}
