/* SPDX-License-Identifier: Apache-2.0 */
/* surface.c: from a volume to a finished surface: level, isosurface, parts. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <pellucid/pipeline.h>

#include "base/params.h"
#include "base/status.h"

/* what a voxel may cost at the most: noise gives two points and four triangles */
enum { BYTES_PER_VOXEL = 2 * 12 + 4 * 12 };

static int64_t plan(const void *params, const pel_volume *shape)
{
    (void)params;
    return BYTES_PER_VOXEL * pel_volume_count(shape);
}

static const pel_param table[] = {
    PEL_TEXT(pel_surface_params, level, "auto", "V|auto",
             "the surface lies where values cross this"),
    PEL_SWITCH(pel_surface_params, open,
               "leave it open at the border of the volume instead of closing it there"),
    PEL_SWITCH(pel_surface_params, largest, "keep the part that encloses most"),
    PEL_SWITCH(pel_surface_params, fill, "leave out cavities, and what lies within them"),
};
const pel_schema pel_surface_schema = {
    .name = "surface",
    .summary = "a watertight surface of what a volume shows",
    .params_size = sizeof(pel_surface_params),
    .params = table,
    .count = sizeof table / sizeof *table,
    .plan = plan,
};

pel_surface_params pel_surface_defaults(void)
{
    pel_surface_params params;
    pel_schema_defaults(&pel_surface_schema, &params);
    return params;
}

// NaN: auto
static pel_status parse_level(double *level, const char *text)
{
    char *end;
    *level = NAN;
    if (strcmp(text, "auto") == 0)
        return PEL_OK;
    *level = strtod(text, &end);
    if (*text && *end == 0 && isfinite(*level))
        return PEL_OK;
    return pel__fail(PEL_EPARAM, "level is '%s'; it is a number, or auto", text);
}

pel_status pel_surface_check(const pel_surface_params *params)
{
    double level;
    pel_status s = pel_schema_check(&pel_surface_schema, params);
    return s == PEL_OK ? parse_level(&level, params->level) : s;
}

static bool has_two_values(const pel_volume *in, double lo, double hi)
{
    for (int64_t k = 0; k < in->dims[2]; k++)
        for (int64_t j = 0; j < in->dims[1]; j++)
            for (int64_t i = 0; i < in->dims[0]; i++) {
                double v = pel_volume_at(in, i, j, k);
                if (v != lo && v != hi && !isnan(v))
                    return false;
            }
    return true;
}

static pel_status find_level(double *level, const pel_volume *in, const pel_stats *stats)
{
    if (!(stats->min < stats->max))
        return pel__fail(PEL_EDATA, "all values are %g, so there is no surface between them",
                         stats->min);
    if (has_two_values(in, stats->min, stats->max)) {
        *level = stats->min + (stats->max - stats->min) / 2;
        return PEL_OK;
    }
    return pel_otsu(level, in, 2);
}

static pel_status stats_of(pel_stats *out, const pel_volume *in)
{
    pel_source source;
    pel_status s = pel_source_of_volume(&source, in);
    if (s == PEL_OK)
        s = pel_source_stats(out, &source);
    pel_source_close(&source);
    return s;
}

static pel_status refuse_nothing(const pel_mesh *mesh, double level, const pel_volume *in)
{
    pel_stats stats;
    if (mesh->triangles)
        return PEL_OK;
    pel_status s = stats_of(&stats, in);
    return s != PEL_OK
               ? s
               : pel__fail(PEL_EDATA, "no value crosses the level %g; they go from %g to %g", level,
                           stats.min, stats.max);
}

pel_status pel_surface(pel_mesh *out, pel_surface_found *found, const pel_volume *in,
                       const pel_surface_params *params)
{
    pel_isosurface_params isosurface = pel_isosurface_defaults();
    pel_parts_params parts = pel_parts_defaults();
    pel_stats stats;
    *out = (pel_mesh){ 0 };
    pel_status s = pel_schema_check(&pel_surface_schema, params);
    if (s == PEL_OK)
        s = parse_level(&isosurface.level, params->level);
    if (s == PEL_OK && isnan(isosurface.level)) {
        s = stats_of(&stats, in);
        if (s == PEL_OK)
            s = find_level(&isosurface.level, in, &stats);
    }
    isosurface.open = params->open;
    if (s == PEL_OK)
        s = pel_isosurface(out, in, &isosurface);
    if (s == PEL_OK)
        s = refuse_nothing(out, isosurface.level, in);
    parts.largest = params->largest;
    parts.fill = params->fill;
    if (s == PEL_OK)
        s = pel_parts(out, &parts);
    if (found)
        *found = (pel_surface_found){ .level = isosurface.level };
    if (s != PEL_OK)
        pel_mesh_free(out);
    return s;
}
