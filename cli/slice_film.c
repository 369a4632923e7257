/* SPDX-License-Identifier: Apache-2.0 */
/* slice_film.c: films of the slice command: through all slices along an axis. */
#include <stdlib.h>
#include <string.h>

#include "slice_film.h"

static const pel_param table[] = {
    PEL_INTEGER(cli_sweep, frames, "0", 0, 100000, NULL,
                "of a film through the slices, evenly spaced; 0: every slice"),
};
const pel_schema cli_sweep_schema = PEL_SCHEMA(cli_sweep, "sweep", "a film of slices", table);

typedef struct shots {
    const pel_volume *in;
    const pel_look *look;
    const pel_overlay *overlay;
    int overlays;
    pel_slice_params params; // of one slice
    int64_t slices, frames;
    bool falls; // mm fall as the index grows
} shots;

bool cli_slice_is_film(const char *output)
{
    return output && pel_can_write_film(output) &&
           (!pel_can_write_image(output) || (strchr(output, '%') && pel_can_write_figure(output)));
}

pel_status cli_slice_check_film(cli_run *run, const pel_slice_params *params,
                                const cli_sweep *sweep, const pel_film_params *film)
{
    if (params->ortho || params->mosaic || params->at.count || params->index.count)
        return cli_refuse(run,
                          "a film goes through all slices of one axis; choose it with --axis, a "
                          "part of it with --crop, and leave out --ortho, --mosaic, --at and "
                          "--index");
    return cli_film_check(run, sweep->frames ? sweep->frames : 1, NULL, film);
}

static int64_t index_of(const shots *all, int64_t n)
{
    int64_t last = all->slices - 1, steps = all->frames > 1 ? all->frames - 1 : 1;
    int64_t at = (2 * n * last + steps) / (2 * steps);
    return all->falls ? last - at : at;
}

static pel_status draw(void *user, int64_t n, pel_image *out)
{
    shots *all = user;
    pel_figure figure;
    all->params.index = (pel_numbers){ 1, { (double)index_of(all, n) } };
    pel_status s =
        pel_slice(&figure, all->in, all->look, all->overlay, all->overlays, &all->params);
    if (s == PEL_OK)
        s = pel_write_raster(out, &figure);
    pel_figure_free(&figure);
    return s;
}

static pel_status plane_at(pel_slice_plane *out, const shots *all, int64_t index)
{
    pel_slice_params params = all->params;
    pel_slice_plane *planes;
    int count;
    params.index = (pel_numbers){ 1, { (double)index } };
    pel_status s = pel_slice_planes(&planes, &count, all->in, &params);
    if (s == PEL_OK)
        *out = planes[0];
    free(planes);
    return s;
}

// slices in the order of rising mm
static pel_status count_slices(cli_run *run, shots *all, int64_t frames)
{
    pel_slice_plane first, last;
    pel_status s = plane_at(&first, all, 0);
    if (s != PEL_OK)
        return s;
    all->slices = all->in->dims[first.axis];
    all->frames = frames ? frames : all->slices;
    s = plane_at(&last, all, all->slices - 1);
    all->falls = s == PEL_OK && last.at_mm < first.at_mm;
    if (s == PEL_OK && all->frames > all->slices)
        return cli_refuse(run, "--frames is more than there are slices; none is shown twice");
    return s;
}

pel_status cli_slice_film(cli_run *run, const pel_volume *in, const pel_look *look,
                          const pel_overlay *overlays, int overlay_count, const char *provenance)
{
    shots all = { .in = in, .look = look, .overlay = overlays, .overlays = overlay_count };
    all.params = *CLI_PARAMS(run, CLI_SLICE, pel_slice_params);
    all.params.sweep = false;
    pel_status s = count_slices(run, &all, CLI_PARAMS(run, CLI_SWEEP, cli_sweep)->frames);
    const cli_film film = {
        .frames = all.frames, .draw = draw, .user = &all, .provenance = provenance
    };
    return s == PEL_OK
               ? cli_film_write(run, &film, NULL, CLI_PARAMS(run, CLI_FILM, pel_film_params))
               : s;
}
