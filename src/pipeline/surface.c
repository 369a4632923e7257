/* SPDX-License-Identifier: Apache-2.0 */
/* surface.c: from a volume to a finished surface: level, isosurface, parts. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <pellucid/pipeline.h>

#include "base/maths.h"
#include "base/params.h"
#include "base/status.h"
#include "base/text.h"
#include "mesh/mesh.h"
#include "surface/smooth.h"
#include "volume/volume.h"

/* the membrane that takes the stairs off a mask, and how far a point may go, in voxels */
enum { STAIR_STEPS = 120, INTENT_LABEL = 1002 };
#define STAIR_REACH 0.5

/* points of a net start where eight voxels meet, further from a slanting wall */
#define NET_REACH 0.75

/* what a voxel may cost at the most: noise gives two points and four triangles */
enum { POINTS_PER_VOXEL = 2, TRIANGLES_PER_VOXEL = 4 };

static int64_t plan(const void *params, const pel_volume *shape)
{
    const pel_surface_params *p = params;
    // beside the mesh: its topology; smoothing's neighbours and steps; reducing's quadrics and
    // lists
    int64_t point = 12 + 16, triangle = 12 + 36;
    if (p->smooth || p->as != PEL_SURFACE_VOLUME)
        point += 5 * 12 + 8 + 32, triangle += 16;
    if (!isnan(p->keep_fraction) || !isnan(p->max_error))
        point += 40 + 48 + 12 + 8, triangle += 8 + 12 + 2 * (44 + 8) + 16;
    int64_t genus = p->genus_0 ? 5 * pel_volume_count(shape) + pel_genus_zero_memory(shape) : 0;
    return genus +
           (POINTS_PER_VOXEL * point + TRIANGLES_PER_VOXEL * triangle) * pel_volume_count(shape);
}

static const pel_param table[] = {
    PEL_TEXT(pel_surface_params, level, "auto", "V|auto",
             "the surface lies where values cross this"),
    PEL_CHOICE(pel_surface_params, as, "auto", "auto|volume|mask|labels",
               "what it is; auto: two values are a mask, whose surface has no stairs; labels when "
               "NIfTI's intent says so"),
    PEL_NUMBERS(pel_surface_params, labels, NULL, -2147483647, 2147483647, NULL, "L,...",
                "a label image, and of its labels these"),
    PEL_SWITCH(pel_surface_params, open,
               "leave it open at the border of the volume instead of closing it there"),
    PEL_SWITCH(pel_surface_params, largest,
               "keep the part that encloses most, with its cavities: --fill leaves those out"),
    PEL_SWITCH(pel_surface_params, fill, "leave out cavities, and what lies within them"),
    PEL_SWITCH(
        pel_surface_params, genus_0,
        "the largest part without handles, tunnels and cavities: the least is cut or filled"),
    PEL_INTEGER(pel_surface_params, smooth, "0", 0, 1000, "steps",
                "smooth by a low-pass filter of so many steps; 20 is usual"),
    PEL_LENGTH(
        pel_surface_params, max_shift, "0.25vx", 0, 1e9,
        "of --smooth: no point moves farther, and on average a fifth of it along the normal"),
    { "keep_fraction", PEL_KIND_NUMBER, offsetof(pel_surface_params, keep_fraction), NULL, 0, 1,
      NULL, NULL, "F", "reduce to this fraction of the triangles, 0 to 1" },
    { "max_error", PEL_KIND_NUMBER, offsetof(pel_surface_params, max_error), NULL, 0, 1e9, "mm",
      NULL, "MM", "reduce, but keep either surface within this distance of the other" },
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
    *level = NAN;
    if (strcmp(text, "auto") == 0 || (pel__parse_number(level, text) && isfinite(*level)))
        return PEL_OK;
    return pel__fail(PEL_EPARAM, "level is '%s'; it is a number, or auto", text);
}

pel_status pel_surface_check(const pel_surface_params *params)
{
    double level;
    pel_status s = pel_schema_check(&pel_surface_schema, params);
    if (s == PEL_OK && isnan(pel__length_mm(params->max_shift, 1)))
        s = pel__fail(PEL_EPARAM, "--max-shift wants mm, or voxels as 0.25vx");
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

// between two grey levels no voxel meets it, so that no triangle shrinks to a needle
static double between_greys(double level, const pel_volume *in)
{
    double slope, inter;
    pel__volume_scale(in, &slope, &inter);
    double step = fabs(slope);
    if (pel_dtype_is_float(in->dtype) || !(step > 0))
        return level;
    // Otsu's is the last grey below, but for the last bits of slope and intercept
    return inter + (floor((level - inter) / step + 1e-6) + 0.5) * step;
}

// the level, and whether the volume is a mask
static pel_status find_level(pel_surface_found *found, const pel_volume *in,
                             const pel_surface_params *params)
{
    pel_stats stats;
    pel_status s = parse_level(&found->level, params->level);
    bool automatic = isnan(found->level);
    if (s == PEL_OK)
        s = stats_of(&stats, in);
    if (s != PEL_OK)
        return s;
    if (automatic && !(stats.min < stats.max))
        return pel__fail(PEL_EDATA, "all values are %g, so there is no surface between them",
                         stats.min);
    bool two =
        (automatic || params->as == PEL_SURFACE_AUTO) && has_two_values(in, stats.min, stats.max);
    found->mask = params->as == PEL_SURFACE_MASK || (params->as == PEL_SURFACE_AUTO && two);
    if (automatic && two)
        found->level = stats.min + (stats.max - stats.min) / 2;
    else if (automatic && found->mask)
        found->level = 0.5;
    else if (automatic) {
        s = pel_otsu(&found->level, in, 2);
        found->level = between_greys(found->level, in);
    }
    return s;
}

static pel_status take_stairs_off(pel_mesh *mesh, pel_surface_found *found, const pel_volume *in,
                                  double voxels)
{
    pel_smooth_params params = pel_smooth_defaults();
    pel__smooth_reach reach = { .voxels = voxels };
    params.smooth = STAIR_STEPS;
    if (!pel_affine_invert(&reach.ijk_from_mm, pel__volume_affine(in)))
        return PEL_OK;
    return pel__smooth_within(mesh, &found->unstairs, &params, &reach);
}

static pel_status smooth_and_reduce(pel_mesh *mesh, pel_surface_found *found, const pel_volume *in,
                                    const pel_surface_params *params)
{
    pel_smooth_params smooth = pel_smooth_defaults();
    pel_reduce_params reduce = pel_reduce_defaults();
    pel_vec3 edge = pel_volume_spacing_mm(in);
    smooth.smooth = params->smooth;
    smooth.max_shift = pel__length_mm(params->max_shift, fmin(edge.x, fmin(edge.y, edge.z)));
    reduce.keep_fraction = params->keep_fraction;
    reduce.max_error = params->max_error;
    pel_status s = pel_smooth(mesh, &found->smoothed, &smooth);
    return s == PEL_OK ? pel_reduce(mesh, &found->reduced, &reduce) : s;
}

static pel_status keep_parts(pel_mesh *mesh, const pel_surface_params *params)
{
    pel_parts_params parts = pel_parts_defaults();
    parts.largest = params->largest;
    parts.fill = params->fill;
    return pel_parts(mesh, &parts);
}

static pel_status finish(pel_mesh *mesh, pel_surface_found *found, const pel_volume *in,
                         const pel_surface_params *params)
{
    pel_status s = keep_parts(mesh, params);
    found->triangles = mesh->triangles;
    if (s == PEL_OK && found->mask)
        s = take_stairs_off(mesh, found, in, STAIR_REACH);
    return s == PEL_OK ? smooth_and_reduce(mesh, found, in, params) : s;
}

// values on the side of the level where the mended mask has them
static void mirror(pel_volume *volume, const uint8_t *mended, double level)
{
    float *value = volume->data;
    double scale, offset;
    pel__volume_scale(volume, &scale, &offset);
    volume->slope = volume->inter = 0;
    for (int64_t i = 0; i < pel_volume_count(volume); i++) {
        value[i] = (float)(scale * (double)value[i] + offset);
        bool above = (double)value[i] > level;
        if (above == (mended[i] != 0))
            continue;
        double other = 2 * level - (double)value[i];
        if ((other > level) == above || isnan(other))
            other = (double)nextafterf((float)level, above ? -INFINITY : INFINITY);
        value[i] = (float)other;
        // the level may lie between two floats
        if (((double)value[i] > level) == above)
            value[i] = nextafterf(value[i], above ? -INFINITY : INFINITY);
    }
}

// the volume with its topology mended, float32
static pel_status mend_topology(pel_volume *out, pel_surface_found *found, const pel_volume *in)
{
    pel_volume mask = { 0 }, mended = { 0 };
    *out = (pel_volume){ 0 };
    pel_status s = pel_threshold(&mask, in, nextafter(found->level, INFINITY), INFINITY);
    if (s == PEL_OK)
        s = pel_genus_zero(&mended, &found->genus, &mask);
    if (s == PEL_OK)
        s = pel_cast(out, in, PEL_FLOAT32);
    if (s == PEL_OK)
        mirror(out, mended.data, found->level);
    pel_volume_free(&mask);
    pel_volume_free(&mended);
    return s;
}

pel_status pel_surface(pel_mesh *out, pel_surface_found *found, const pel_volume *in,
                       const pel_surface_params *params)
{
    pel_isosurface_params isosurface = pel_isosurface_defaults();
    pel_surface_found here = { 0 };
    pel_volume mended = { 0 };
    *out = (pel_mesh){ 0 };
    pel_status s = pel_schema_check(&pel_surface_schema, params);
    if (s == PEL_OK && pel_surface_is_labels(in, params))
        s = pel__fail(PEL_EPARAM, "a label image has a surface of each label");
    if (s == PEL_OK)
        s = find_level(&here, in, params);
    isosurface.level = here.level;
    isosurface.open = params->open;
    isosurface.by_faces = params->genus_0 || here.mask;
    if (s == PEL_OK && params->genus_0)
        s = mend_topology(&mended, &here, in);
    if (s == PEL_OK)
        s = pel_isosurface(out, params->genus_0 ? &mended : in, &isosurface);
    pel_volume_free(&mended);
    if (s == PEL_OK)
        s = refuse_nothing(out, isosurface.level, in);
    if (s == PEL_OK)
        s = finish(out, &here, in, params);
    if (found)
        *found = here;
    if (s != PEL_OK)
        pel_mesh_free(out);
    return s;
}

/* ---- labels ---- */

bool pel_surface_is_labels(const pel_volume *in, const pel_surface_params *params)
{
    return params->as == PEL_SURFACE_LABELS || params->labels.count ||
           (params->as == PEL_SURFACE_AUTO && strcmp(params->level, "auto") == 0 &&
            in->fields.intent_code == INTENT_LABEL);
}

pel_status pel_surface_net(pel_mesh *net, pel_surface_found *found, const pel_volume *in,
                           const pel_surface_params *params)
{
    pel_surface_found here = { .level = NAN };
    *net = (pel_mesh){ 0 };
    pel_status s = pel_surface_check(params);
    if (s == PEL_OK)
        s = pel_label_net(net, in, params->open);
    if (s == PEL_OK && net->triangles == 0)
        s = pel__fail(PEL_EDATA, "there is no label but 0");
    here.triangles = net->triangles;
    if (s == PEL_OK)
        s = take_stairs_off(net, &here, in, NET_REACH);
    if (s == PEL_OK)
        s = smooth_and_reduce(net, &here, in, params);
    if (found)
        *found = here;
    if (s != PEL_OK)
        pel_mesh_free(net);
    return s;
}

// `more` after what is there, its points under its label
static pel_status append(pel_mesh *to, const pel_mesh *more, int32_t label)
{
    int64_t points = to->points, triangles = to->triangles;
    pel_status s = PEL_OK;
    if (to->arrays == 0)
        s = pel_mesh_add_array(to, "label", PEL_ARRAY_LABELS, false, 1, NULL);
    if (s == PEL_OK)
        s = pel__mesh_resize(to, points + more->points, triangles + more->triangles);
    if (s != PEL_OK)
        return s;
    int32_t *of = to->array[0].data;
    for (int64_t p = 0; p < more->points; p++) {
        memcpy(to->point_mm[points + p], more->point_mm[p], sizeof *more->point_mm);
        of[points + p] = label;
    }
    for (int64_t t = 0; t < more->triangles; t++)
        for (int c = 0; c < 3; c++)
            to->triangle[triangles + t][c] = more->triangle[t][c] + (int32_t)points;
    return PEL_OK;
}

pel_status pel_surface_labels(pel_mesh *out, const pel_mesh *net, const int32_t *labels,
                              int64_t count, const pel_surface_params *params)
{
    pel_status s = PEL_OK;
    *out = (pel_mesh){ .oriented = net->oriented };
    for (int64_t n = 0; n < count && s == PEL_OK; n++) {
        pel_mesh one;
        s = pel_label_mesh(&one, net, labels[n]);
        if (s == PEL_OK)
            s = keep_parts(&one, params);
        if (s == PEL_OK && count == 1) {
            *out = one;
            return PEL_OK;
        }
        if (s == PEL_OK)
            s = append(out, &one, labels[n]);
        pel_mesh_free(&one);
    }
    if (s != PEL_OK)
        pel_mesh_free(out);
    return s;
}

/* ---- receipt ---- */

static void add_number(pel__text *to, const char *name, double value)
{
    char number[32] = "null";
    if (isfinite(value))
        pel__format_number(number, value);
    pel__text_add(to, "\"%s\": %s", name, number);
}

static void add_smoothed(pel__text *to, const char *name, const pel_smoothed *moved)
{
    pel__text_add(to, ",\n  \"%s\": {", name);
    add_number(to, "mean_shift_mm", moved->mean_shift_mm);
    pel__text_add(to, ", ");
    add_number(to, "max_shift_mm", moved->most_shift_mm);
    pel__text_add(to, ", ");
    add_number(to, "volume_ratio", moved->volume_ratio);
    pel__text_add(to, "}");
}

static void add_topology(pel__text *to, const pel_mesh *mesh, const pel_topology *t)
{
    pel__text_add(to,
                  "  \"vertices\": %lld, \"triangles\": %lld, \"euler\": %lld, \"components\": "
                  "%lld, \"genus\": %lld, \"holes\": %lld,\n  \"manifold\": %s, \"watertight\": "
                  "%s,\n  ",
                  (long long)mesh->points, (long long)mesh->triangles, (long long)t->euler,
                  (long long)t->components, (long long)t->genus, (long long)t->border_loops,
                  t->manifold ? "true" : "false", t->closed && t->oriented ? "true" : "false");
    add_number(to, "area_mm2", pel_mesh_area_mm2(mesh));
    pel__text_add(to, ", ");
    add_number(to, "volume_mm3", t->closed ? pel_mesh_volume_mm3(mesh) : NAN);
    pel__text_add(to, ",\n  ");
}

char *pel_surface_receipt(const pel_mesh *mesh, const pel_surface_found *found,
                          const pel_volume *in)
{
    pel__text text = { 0 };
    pel_topology t;
    int64_t crossings;
    pel_distances d = { .mean_mm = NAN, .most_mm = NAN };
    if (pel_mesh_topology(&t, mesh) != PEL_OK || pel_mesh_crossings(&crossings, mesh) != PEL_OK ||
        (in && pel_surface_distance(&d, mesh, in, found->level) != PEL_OK))
        return NULL;
    pel__text_add(&text, "{\n");
    add_topology(&text, mesh, &t);
    pel__text_add(&text, "\"self_intersections\": %lld, ", (long long)crossings);
    add_number(&text, "level", found->level);
    pel__text_add(&text, ", \"mask\": %s,\n  \"distance_from_isosurface\": {",
                  found->mask ? "true" : "false");
    add_number(&text, "mean_mm", d.mean_mm);
    pel__text_add(&text, ", ");
    add_number(&text, "max_mm", d.most_mm);
    pel__text_add(&text, ", \"samples\": %lld, \"unknown\": %lld}", (long long)d.samples,
                  (long long)d.unknown);
    pel__text_add(&text, ",\n  \"topology\": {\"voxels_added\": %lld, \"voxels_removed\": %lld, ",
                  (long long)found->genus.added, (long long)found->genus.removed);
    add_number(&text, "added_mm3", found->genus.added_mm3);
    pel__text_add(&text, ", ");
    add_number(&text, "removed_mm3", found->genus.removed_mm3);
    pel__text_add(&text, "}");
    add_smoothed(&text, "mask_stairs", &found->unstairs);
    add_smoothed(&text, "smoothing", &found->smoothed);
    pel__text_add(&text, ",\n  \"reduction\": {\"triangles_before\": %lld, ",
                  (long long)found->triangles);
    pel__text_add(&text, "\"triangles_wanted\": %lld, ",
                  (long long)found->reduced.triangles_wanted);
    add_number(&text, "error_bound_mm", found->reduced.error_mm);
    pel__text_add(&text, "}\n}\n");
    if (text.failed)
        pel__text_free(&text);
    return text.text;
}
