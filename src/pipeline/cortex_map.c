/* SPDX-License-Identifier: Apache-2.0 */
/* cortex_map.c: the steps that put numbers on a flat map: volumes, vessels. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/maths.h"
#include "base/memory.h"
#include "base/params.h"
#include "base/status.h"
#include "base/text.h"
#include "flatten/measure.h"
#include "mesh/mesh.h"
#include "pipeline/cortex.h"
#include "pipeline/round_parts.h"
#include "volume/volume.h"

/* percentiles that become black and white */
static const double DARK = 0.01, BRIGHT = 0.995;

static pel_flatmap_params map_params(const pel__cortex *w)
{
    pel_flatmap_params params = pel_flatmap_defaults();
    params.pixel = w->params->pixel;
    return params;
}

static pel_status add_values(pel_mesh *places, const pel_volume *in, const char *depth,
                             const char *stat)
{
    pel_probe_params probe = pel_probe_defaults();
    pel_probe_as_params as = pel_probe_as_defaults();
    probe.depth = depth;
    probe.stat = stat;
    return pel_probe(places, in, &probe, &as);
}

pel_status pel__cortex_fill(pel_image *image, pel_mesh *places, const pel_volume *in,
                            const pel_cortex_params *params)
{
    int before = places->arrays;
    pel_status s = add_values(places, in, params->depth, params->stat);
    return s == PEL_OK ? pel_flatmap_fill(image, places, &places->array[before], NULL) : s;
}

/* ---- volumes ---- */

static void tell_values(pel__cortex *w, const pel_image *image)
{
    const float *value = image->data;
    double lo = INFINITY, hi = -INFINITY, sum = 0, count = 0;
    for (int64_t at = 0; at < image->width * image->height; at++)
        if (isfinite(value[at])) {
            lo = fmin(lo, (double)value[at]);
            hi = fmax(hi, (double)value[at]);
            sum += (double)value[at];
            count++;
        }
    pel__stages_number(&w->stages, "pixels", count);
    pel__stages_number(&w->stages, "min", count > 0 ? lo : NAN);
    pel__stages_number(&w->stages, "max", count > 0 ? hi : NAN);
    pel__stages_number(&w->stages, "mean", sum / count);
}

// what a flat map is worth, in words
static void caption_of(char out[192], const pel__cortex *w)
{
    snprintf(out, 192,
             "%g mm per pixel; distances of 5 to 25 mm are wrong by %.1f%% on average; "
             "%lld turned triangles",
             w->params->pixel, 100 * pel__stages_value(&w->stages, "flat", "distance_mean_error"),
             (long long)pel__stages_value(&w->stages, "flat", "flips"));
}

static pel_status draw(pel__cortex *w, const char *name, pel_image *image, const char *title,
                       const pel_look *look, const float *parts, const char *caption)
{
    pel_figure figure;
    const pel__cortex_figure what = { .title = title,
                                      .caption = caption,
                                      .unit = "value",
                                      .look = *look,
                                      .oriented = pel__cortex_oriented(w),
                                      .parts = parts };
    pel_status s = pel__cortex_draw(&figure, image, &what);
    return s == PEL_OK ? pel__cortex_write_figure(w, name, &figure) : s;
}

static void title_of(char out[128], const pel__cortex *w, int n, const char *what)
{
    snprintf(out, 128, "%s, volume %d: %s over %s mm", what, n + 1, w->params->stat,
             w->params->depth);
}

static pel_status flat_map(pel__cortex *w, int n, pel_look *look)
{
    pel_image map = { 0 };
    pel_mesh places = { 0 };
    pel_flatmap_params params = map_params(w);
    char name[48], title[128], caption[192];
    pel_status s = pel_flatmap(&map, &places, &w->flat, &params);
    if (s == PEL_OK)
        s = pel__cortex_fill(&map, &places, &w->head, w->params);
    if (s == PEL_OK)
        s = pel_flatmap_voxels(&map, &w->head);
    if (s == PEL_OK)
        s = pel__cortex_look(look, &map, DARK, BRIGHT);
    title_of(title, w, n, "flat map");
    caption_of(caption, w);
    snprintf(name, sizeof name, "map%d_voxel.tif", n + 1);
    if (s == PEL_OK)
        s = pel__cortex_write_layer(w, name, &map, "voxel");
    snprintf(name, sizeof name, "map%d.tif", n + 1);
    if (s == PEL_OK)
        s = pel__cortex_write_image(w, name, &map);
    snprintf(name, sizeof name, "map%d.png", n + 1);
    if (s == PEL_OK)
        s = draw(w, name, &map, title, look, NULL, caption);
    if (s == PEL_OK)
        tell_values(w, &map);
    pel_mesh_free(&places);
    pel_image_free(&map);
    return s;
}

// the same values, as seen
static pel_status seen_map(pel__cortex *w, int n, const pel_look *look)
{
    pel_image view = { 0 };
    pel_mesh places = { 0 };
    pel_camera camera;
    char name[48], title[128], caption[96];
    pel_status s = pel__cortex_camera(&camera, &w->flat, w->params->pixel);
    if (s == PEL_OK)
        s = pel__cortex_sight(&view, &places, &w->surface, &camera);
    if (s == PEL_OK)
        s = pel__cortex_fill(&view, &places, &w->head, w->params);
    title_of(title, w, n, "seen from outside, unlit");
    snprintf(caption, sizeof caption, "%g mm per pixel where the surface faces the viewer",
             w->params->pixel);
    snprintf(name, sizeof name, "view%d.tif", n + 1);
    if (s == PEL_OK)
        s = pel__cortex_write_image(w, name, &view);
    snprintf(name, sizeof name, "view%d.png", n + 1);
    if (s == PEL_OK)
        s = draw(w, name, &view, title, look, NULL, caption);
    pel_mesh_free(&places);
    pel_image_free(&view);
    return s;
}

static pel_status map_volume(pel__cortex *w, int n, const char *patch_key)
{
    char key[33], name[24];
    pel_look look;
    bool done;
    snprintf(name, sizeof name, "map%d", n + 1);
    pel_status s = pel__stages_key(key, "map 1 %s %s %s %s", patch_key, w->key[n], w->params->depth,
                                   w->params->stat);
    if (s == PEL_OK)
        s = pel__cortex_begin(w, name, "map", key, &done);
    if (s != PEL_OK || done)
        return s;
    s = pel__cortex_head(w, n);
    if (s == PEL_OK)
        s = pel__cortex_surface(w);
    if (s == PEL_OK)
        s = pel__cortex_flat(w);
    if (s == PEL_OK)
        s = flat_map(w, n, &look);
    if (s == PEL_OK)
        s = seen_map(w, n, &look);
    return s == PEL_OK ? pel__stages_end(&w->stages) : s;
}

pel_status pel__cortex_maps(pel__cortex *w, const char *patch_key)
{
    pel_status s = PEL_OK;
    for (int n = 0; n < w->count && s == PEL_OK; n++)
        s = map_volume(w, n, patch_key);
    return s;
}

/* ---- vessels ---- */

// voxels of the patch's box, and so far around it that its border does not show
static void slices_of(char out[128], const pel_volume *in, const pel_mesh *surface, double mm)
{
    static const double MARGIN_MM = 8;
    pel_affine ijk_from_mm;
    double lo[3] = { INFINITY, INFINITY, INFINITY }, hi[3] = { -INFINITY, -INFINITY, -INFINITY };
    pel_vec3 spacing = pel_volume_spacing_mm(in);
    const double edge[3] = { spacing.x, spacing.y, spacing.z };
    pel_affine_invert(&ijk_from_mm, pel__volume_affine(in));
    for (int64_t n = 0; n < surface->points; n++) {
        pel_vec3 p = pel_affine_point(ijk_from_mm, pel__mesh_point(surface, n));
        const double at[3] = { p.x, p.y, p.z };
        for (int a = 0; a < 3; a++) {
            lo[a] = fmin(lo[a], at[a]);
            hi[a] = fmax(hi[a], at[a]);
        }
    }
    size_t used = 0;
    for (int a = 0; a < 3; a++) {
        double more = (mm + MARGIN_MM) / edge[a];
        int64_t from = pel__int_from(floor(lo[a] - more), 0, in->dims[a] - 1),
                to = pel__int_from(ceil(hi[a] + more) + 1, from + 1, in->dims[a]);
        used += (size_t)snprintf(out + used, 128 - used, "%s%lld:%lld", a ? "," : "",
                                 (long long)from, (long long)to);
    }
}

pel_status pel__cortex_near(pel__cortex *w)
{
    pel_mesh surface = { 0 };
    double band[2];
    char slices[128];
    if (w->near.data)
        return PEL_OK;
    pel_status s = pel__parse_range(band, w->params->vessel_depth, "vessel-depth", false);
    if (s == PEL_OK)
        s = pel__cortex_head(w, pel__cortex_vessel_volume(w->params));
    if (s == PEL_OK)
        s = pel__cortex_flat(w);
    if (s == PEL_OK)
        s = pel__surface_of(&surface, &w->flat);
    if (s == PEL_OK) {
        slices_of(slices, &w->head, &surface, fmax(fabs(band[0]), fabs(band[1])));
        s = pel_crop(&w->near, &w->head, slices);
    }
    pel_mesh_free(&surface);
    return s;
}

// where vessels are looked for: the brain and what lies on it
static pel_status region_of(pel_volume *out, pel__cortex *w, double reach_mm)
{
    pel_volume here = { 0 };
    pel_resample_params nearest = pel_resample_defaults();
    pel_morphology_params grow = pel_morphology_defaults();
    nearest.interp = PEL_NEAREST;
    grow.operation = PEL_DILATE;
    grow.radius = (pel_length){ reach_mm, PEL_MM };
    pel_status s = pel_resample(&here, &w->mask, &w->near, &nearest);
    if (s == PEL_OK && reach_mm > 0)
        s = pel_morphology(out, &here, &grow);
    else if (s == PEL_OK) {
        *out = here;
        return PEL_OK;
    }
    pel_volume_free(&here);
    return s;
}

pel_status pel__cortex_lines(pel__cortex *w)
{
    if (w->lines.point)
        return PEL_OK;
    pel_status s = pel__cortex_near(w);
    if (s == PEL_OK)
        s = pel__cortex_vessels(w);
    return s == PEL_OK ? pel_vessel_lines(&w->lines, &w->near, &w->vessels,
                                          pel__stages_value(&w->stages, "vessels", "threshold"),
                                          w->params->polarity)
                       : s;
}

static pel_status write_lines(pel__cortex *w)
{
    double length = 0;
    pel_status s = pel__cortex_lines(w);
    char *path = s == PEL_OK ? pel__stages_path(&w->stages, "vessels_lines.csv") : NULL;
    if (path)
        s = pel_write_lines(path, &w->lines, w->provenance);
    if (path && s == PEL_OK)
        s = pel__cortex_wrote(w, "vessels_lines.csv");
    for (int64_t b = 0; b < w->lines.branches; b++)
        length += w->lines.branch[b].length_mm;
    pel__stages_number(&w->stages, "length_mm", length);
    free(path);
    return s;
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

// the share of the brain that is as bright (or as dark) as the middle one of the vessels' voxels:
// where it is not small they are as tissue is
static pel_status share_beyond(double *share, const pel__cortex *w, const pel_volume *brain)
{
    const uint8_t *vessel = w->vessels.data, *inside = brain->data;
    double *value = NULL, sign = w->params->polarity == PEL_POLARITY_DARK ? -1 : 1, n = 0,
           beyond = 0;
    const int64_t *dims = w->near.dims, all = pel_volume_count(&w->near);
    int64_t count = 0;
    pel_status s = pel__alloc(&value, all, sizeof *value, "values of vessels");
    *share = NAN;
    if (s != PEL_OK)
        return s;
    for (int64_t at = 0; at < all; at++)
        if (vessel[at] && inside[at])
            value[count++] = sign * pel_volume_at(&w->near, at % dims[0], at / dims[0] % dims[1],
                                                  at / dims[0] / dims[1]);
    qsort(value, (size_t)count, sizeof *value, by_value);
    for (int64_t at = 0; at < all && count; at++) {
        if (!inside[at] || vessel[at])
            continue;
        beyond += sign * pel_volume_at(&w->near, at % dims[0], at / dims[0] % dims[1],
                                       at / dims[0] / dims[1]) >=
                  value[count / 2];
        n++;
    }
    if (count)
        *share = beyond / fmax(n, 1);
    pel__free(value);
    return PEL_OK;
}

// whether what was found is shown: not by itself where it is rather tissue
static pel_status judge(bool *shown, pel__cortex *w)
{
    static const double MUCH = 0.1;
    pel_volume brain = { 0 };
    double share = NAN;
    pel_status s = w->mask.data ? region_of(&brain, w, 0) : PEL_OK;
    if (s == PEL_OK && brain.data)
        s = share_beyond(&share, w, &brain);
    *shown = w->params->vessels > 0 || !(share > MUCH);
    pel__stages_number(&w->stages, "tissue_beyond", share);
    pel__stages_number(&w->stages, "shown", *shown);
    if (share > MUCH)
        pel__note("%s: %.0f%% of the brain is %s than what was found as vessels%s. Name a volume "
                  "that shows vessels by --vessels (0: none), or change --scales or --polarity",
                  w->heads[pel__cortex_vessel_volume(w->params)].path, 100 * share,
                  w->params->polarity == PEL_POLARITY_DARK ? "darker" : "brighter",
                  *shown ? ": it may be tissue" : ": taken as tissue, no vessels are shown");
    pel_volume_free(&brain);
    return s;
}

static pel_status tell_vessels(pel__cortex *w, const pel_vessel_mask_found *found)
{
    pel__stages_number(&w->stages, "threshold", found->vessels.threshold);
    pel__stages_number(&w->stages, "volume_mm3", found->vessels.volume_mm3);
    pel__stages_number(&w->stages, "parts", (double)found->vessels.components);
    pel_status s = pel__cortex_write_volume(w, "vessels_mask.nii.gz", &w->vessels);
    return s == PEL_OK ? write_lines(w) : s;
}

static pel_status find_vessels(pel__cortex *w, double reach_mm)
{
    pel_volume within = { 0 };
    pel_vessels_params params = pel_vessels_defaults();
    pel_vessel_mask_params cut = pel_vessel_mask_defaults();
    pel_vessel_mask_found found;
    params.scales = w->params->scales;
    params.polarity = w->params->polarity;
    cut.thin = true;
    pel_status s = pel__cortex_near(w);
    if (s == PEL_OK)
        s = pel__cortex_mask(w);
    bool masked = w->mask.data != NULL, shown = false;
    if (s == PEL_OK && masked)
        s = region_of(&within, w, reach_mm);
    if (s == PEL_OK)
        s = pel_vessels(&w->response, NULL, &w->near, masked ? &within : NULL, &params);
    if (s == PEL_OK)
        s = pel_vessel_mask(&w->vessels, &found, &w->near, &w->response, masked ? &within : NULL,
                            params.polarity, &cut);
    pel_volume_free(&within);
    if (s == PEL_OK)
        s = pel__cortex_write_volume(w, "vessels.nii.gz", &w->response);
    if (s == PEL_OK)
        s = judge(&shown, w);
    return s == PEL_OK && shown ? tell_vessels(w, &found) : s;
}

/* ---- parts on the map ---- */

// parts numbered by their size: the largest is 1
static pel_status number_parts(pel_volume *labels, int64_t *count, const pel_volume *mask)
{
    pel_components_params all = pel_components_defaults();
    pel_component *list = NULL;
    pel_status s = pel_components(labels, &list, count, mask, &all);
    uint32_t *rank = NULL, *label = labels->data;
    if (s == PEL_OK)
        s = pel__alloc(&rank, *count + 1, sizeof *rank, "parts");
    for (int64_t c = 0; c < *count && s == PEL_OK; c++) {
        rank[c + 1] = 1;
        for (int64_t other = 0; other < *count; other++)
            rank[c + 1] += list[other].voxels > list[c].voxels ||
                           (list[other].voxels == list[c].voxels && other < c);
    }
    for (int64_t i = 0; s == PEL_OK && i < pel_volume_count(labels); i++)
        label[i] = label[i] ? rank[label[i]] : 0;
    pel__free(rank);
    free(list);
    return s;
}

// of the voxels along the normal the outermost that is of a part: what is seen from outside
static float part_at(const pel_volume *labels, pel_affine ijk_from_mm, const pel_mesh *places,
                     int64_t n, const double band[2])
{
    static const double STEP_MM = 0.25;
    const float *p = places->point_mm[n],
                *normal = (const float *)pel_mesh_find(places, "normals")->data + 3 * n;
    for (double depth = band[1]; depth >= band[0] - 1e-9; depth -= STEP_MM) {
        pel_vec3 at =
            pel_affine_point(ijk_from_mm, (pel_vec3){ (double)p[0] + depth * (double)normal[0],
                                                      (double)p[1] + depth * (double)normal[1],
                                                      (double)p[2] + depth * (double)normal[2] });
        double part = pel_volume_at(labels, pel__int_from(floor(at.x + 0.5), -1, INT32_MAX),
                                    pel__int_from(floor(at.y + 0.5), -1, INT32_MAX),
                                    pel__int_from(floor(at.z + 0.5), -1, INT32_MAX));
        if (part > 0)
            return (float)part;
    }
    return 0;
}

static pel_status parts_map(pel_image *map, const pel_mesh *places, const pel_volume *labels,
                            const double band[2])
{
    pel_affine ijk_from_mm;
    const int32_t *pixel = pel_mesh_find(places, "pixel")->data;
    if (!pel_affine_invert(&ijk_from_mm, pel__volume_affine(labels)))
        return pel__fail(PEL_EDATA, "the volume's grid is flat");
    for (int64_t n = 0; n < places->points; n++)
        ((float *)map->data)[pixel[n]] = part_at(labels, ijk_from_mm, places, n, band);
    return PEL_OK;
}

/* ---- centre lines on the map ---- */

/* a flat map, for points near its surface */
typedef struct ground {
    const pel_mesh *flat, *places;
    const pel_image *map;
    pel_flatmap_grid grid;
    int64_t *place_of; // per pixel; -1: none
    pel_vec3 lo, hi;   // the surface's box, with what lies above and below
    double band[2];
} ground;

static bool is_near(const ground *g, pel_vec3 p)
{
    return p.x >= g->lo.x && p.y >= g->lo.y && p.z >= g->lo.z && p.x <= g->hi.x && p.y <= g->hi.y &&
           p.z <= g->hi.z;
}

// the pixel that a point is straight above or below, and by how much; false: beyond map or band
static bool find_place(double uv[2], double *depth, const ground *g, pel_vec3 p)
{
    static const double ASIDE_MM = 0.5;
    double xy[2], off;
    if (!is_near(g, p) || pel_flat_nearest(xy, &off, g->flat, p) != PEL_OK)
        return false;
    uv[0] = (xy[0] - g->grid.left_mm) / g->grid.pixel_mm;
    uv[1] = (g->grid.top_mm - xy[1]) / g->grid.pixel_mm;
    int64_t column = pel__int_from(floor(uv[0]), -1, g->grid.width),
            row = pel__int_from(floor(uv[1]), -1, g->grid.height);
    if (column < 0 || row < 0 || column >= g->grid.width || row >= g->grid.height)
        return false;
    int64_t n = g->place_of[row * g->grid.width + column];
    if (n < 0)
        return false;
    const float *normal = (const float *)pel_mesh_find(g->places, "normals")->data + 3 * n;
    pel_vec3 unit = { (double)normal[0], (double)normal[1], (double)normal[2] };
    pel_vec3 way = pel__minus(p, pel__mesh_point(g->places, n));
    *depth = pel__dot(way, unit);
    // beyond the border the nearest place is not below
    double aside = pel__length(pel__minus(way, pel__scale(unit, *depth)));
    return *depth >= g->band[0] && *depth <= g->band[1] && aside <= ASIDE_MM;
}

static char *lines_text(const pel_lines *lines, const ground *g, double *length_mm)
{
    pel__text text = { 0 };
    pel__text_add(&text, "branch,u,v,x_mm,y_mm,z_mm,depth_mm,radius_mm\n");
    *length_mm = 0;
    for (int64_t b = 0; b < lines->branches; b++) {
        const pel_branch *branch = &lines->branch[b];
        double before = NAN;
        for (int64_t i = branch->first; i < branch->first + branch->count; i++) {
            const pel_line_point *p = &lines->point[i];
            double uv[2], depth;
            if (!find_place(uv, &depth, g, (pel_vec3){ p->mm[0], p->mm[1], p->mm[2] })) {
                before = NAN;
                continue;
            }
            *length_mm += isnan(before) ? 0 : p->along_mm - before;
            before = p->along_mm;
            pel__text_add(&text, "%lld,%.9g,%.9g,%.9g,%.9g,%.9g,%.6g,%.6g\n", (long long)b, uv[0],
                          uv[1], p->mm[0], p->mm[1], p->mm[2], depth, p->radius_mm);
        }
    }
    if (text.failed)
        pel__text_free(&text);
    return text.text;
}

static pel_status open_ground(ground *g, const pel__cortex *w, const pel_image *map,
                              const pel_mesh *places)
{
    pel_flatmap_params params = map_params(w);
    pel_mesh surface = { 0 };
    double out = fmax(fabs(g->band[0]), fabs(g->band[1])) + 1;
    int64_t pixels = map->width * map->height;
    g->flat = &w->flat;
    g->map = map;
    g->places = places;
    pel_status s = pel_flatmap_grid_of(&g->grid, &w->flat, &params);
    if (s == PEL_OK)
        s = pel__surface_of(&surface, &w->flat);
    if (s == PEL_OK)
        s = pel__alloc(&g->place_of, pixels, sizeof *g->place_of, "a map");
    pel_mesh_bounds(&surface, &g->lo, &g->hi);
    g->lo = pel__minus(g->lo, (pel_vec3){ out, out, out });
    g->hi = pel__plus(g->hi, (pel_vec3){ out, out, out });
    for (int64_t at = 0; at < pixels && s == PEL_OK; at++)
        g->place_of[at] = -1;
    for (int64_t n = 0; n < places->points && s == PEL_OK; n++)
        g->place_of[((const int32_t *)pel_mesh_find(places, "pixel")->data)[n]] = n;
    pel_mesh_free(&surface);
    return s;
}

static pel_status lines_map(pel__cortex *w, const pel_image *map, const pel_mesh *places,
                            const double band[2])
{
    ground g = { .band = { band[0], band[1] } };
    double length = 0;
    pel_status s = open_ground(&g, w, map, places);
    if (s == PEL_OK)
        s = pel__cortex_lines(w);
    char *text = s == PEL_OK ? lines_text(&w->lines, &g, &length) : NULL;
    if (s == PEL_OK)
        s = text ? pel__cortex_write_text(w, "map_lines.csv", text) : PEL_EMEMORY;
    pel__stages_number(&w->stages, "length_mm", length);
    free(text);
    pel__free(g.place_of);
    return s;
}

/* ---- their map ---- */

static pel_status draw_parts(pel__cortex *w, pel_mesh *places, pel_image *map, const float *parts)
{
    pel_look look;
    char title[128], caption[192];
    snprintf(title, sizeof title, "vessels, volume %d: from %s mm, in colours by part",
             pel__cortex_vessel_volume(w->params) + 1, w->params->vessel_depth);
    caption_of(caption, w);
    pel_status s = pel__cortex_fill(map, places, &w->head, w->params);
    if (s == PEL_OK)
        s = pel__cortex_look(&look, map, DARK, BRIGHT);
    return s == PEL_OK ? draw(w, "map_vessels.png", map, title, &look, parts, caption) : s;
}

static pel_status copy_values(float **out, const pel_image *map)
{
    int64_t count = map->width * map->height;
    pel_status s = pel__alloc(out, count, sizeof **out, "a map");
    if (s == PEL_OK)
        memcpy(*out, map->data, (size_t)count * sizeof **out);
    return s;
}

static void tell_cover(pel__cortex *w, const float *parts, const pel_image *map)
{
    double covered = 0, mm2 = map->mm_per_pixel * map->mm_per_pixel;
    for (int64_t at = 0; at < map->width * map->height; at++)
        covered += parts[at] > 0;
    pel__stages_number(&w->stages, "area_mm2", covered * mm2);
}

// parts and lines of what was found
static pel_status map_parts(pel__cortex *w, pel_image *map, pel_mesh *places, const double band[2])
{
    pel_volume labels = { 0 };
    float *parts = NULL;
    int64_t count = 0;
    pel_status s = pel__cortex_vessels(w);
    if (s == PEL_OK)
        s = number_parts(&labels, &count, &w->vessels);
    if (s == PEL_OK)
        s = parts_map(map, places, &labels, band);
    pel_vec3 mm = pel_volume_spacing_mm(&labels);
    if (s == PEL_OK)
        s = pel__round_parts(map, (mm.x + mm.y + mm.z) / 3);
    pel_volume_free(&labels);
    if (s == PEL_OK)
        s = pel__cortex_write_image(w, "map_vessels.tif", map);
    if (s == PEL_OK)
        s = copy_values(&parts, map);
    if (s == PEL_OK)
        tell_cover(w, parts, map);
    if (s == PEL_OK)
        s = lines_map(w, map, places, band);
    if (s == PEL_OK)
        s = draw_parts(w, places, map, parts);
    pel__free(parts);
    return s;
}

static pel_status map_vessels(pel__cortex *w, const double band[2])
{
    pel_image map = { 0 };
    pel_mesh places = { 0 };
    pel_flatmap_params params = map_params(w);
    pel_look look;
    int before = 0;
    pel_status s = pel__cortex_response(w);
    if (s == PEL_OK)
        s = pel_flatmap(&map, &places, &w->flat, &params);
    before = places.arrays;
    if (s == PEL_OK)
        s = add_values(&places, &w->response, w->params->vessel_depth, "max");
    if (s == PEL_OK)
        s = pel_flatmap_fill(&map, &places, &places.array[before], NULL);
    if (s == PEL_OK)
        s = pel__cortex_write_image(w, "map_vesselness.tif", &map);
    if (s == PEL_OK)
        s = pel__cortex_look(&look, &map, 0, 1);
    if (s == PEL_OK)
        s = draw(w, "map_vesselness.png", &map, "how much it looks like a vessel", &look, NULL,
                 NULL);
    if (s == PEL_OK && pel__stages_value(&w->stages, "vessels", "shown") != 0)
        s = map_parts(w, &map, &places, band);
    pel_mesh_free(&places);
    pel_image_free(&map);
    return s;
}

pel_status pel__cortex_vessel_maps(pel__cortex *w, const char *flat_key, const char *grid_key,
                                   const char *mask_key)
{
    char key[33], map_key[33];
    double band[2];
    bool done;
    int n = pel__cortex_vessel_volume(w->params);
    if (n < 0)
        return PEL_OK;
    pel_status s = pel__parse_range(band, w->params->vessel_depth, "vessel-depth", false);
    if (s == PEL_OK)
        s = pel__stages_key(key, "vessels 5 %s %s %s %s %d %.17g %.17g %d", w->key[n], mask_key,
                            flat_key, w->params->scales, w->params->polarity, band[0], band[1],
                            w->params->vessels > 0);
    if (s == PEL_OK)
        s = pel__cortex_begin(w, "vessels", "vessels", key, &done);
    if (s == PEL_OK && !done) {
        s = find_vessels(w, fmax(band[1], 0) + 1);
        if (s == PEL_OK)
            s = pel__stages_end(&w->stages);
    }
    if (s == PEL_OK)
        s = pel__stages_key(map_key, "vessel map 2 %s %s %s %s", key, grid_key, w->params->depth,
                            w->params->stat);
    if (s == PEL_OK)
        s = pel__cortex_begin(w, "vessel_map", "vessel map", map_key, &done);
    if (s != PEL_OK || done)
        return s;
    s = pel__cortex_head(w, n);
    if (s == PEL_OK)
        s = pel__cortex_flat(w);
    if (s == PEL_OK)
        s = map_vessels(w, band);
    return s == PEL_OK ? pel__stages_end(&w->stages) : s;
}
