/* SPDX-License-Identifier: Apache-2.0 */
/* cortex.c: from a head to flat maps of its cortex, step by step into a folder. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pipeline/cortex.h"

#include "base/memory.h"
#include "base/params.h"
#include "base/status.h"
#include "base/text.h"

static const pel_param table[] = {
    PEL_NUMBERS(pel_cortex_params, at, NULL, -1e6, 1e6, "mm", "X,Y,Z",
                "middle of the patch: the point of the surface nearest to this (RAS)"),
    PEL_CHOICE(pel_cortex_params, view, "auto", "auto|front|back|left|right|top|bottom",
               "or what is seen from there; auto: the middle of the left, and the whole of a "
               "--surface that has a border"),
    PEL_NUMBER(pel_cortex_params, radius, "0", 0, 1000, "mm",
               "how far the patch goes from its middle, along the surface; 0: 50 mm, and by --view "
               "all that is seen"),
    PEL_FILE(pel_cortex_params, mask, "a mask of the brain, in place of finding it"),
    PEL_FILE(pel_cortex_params, surface,
             "a surface to map, in place of the brain's hull: of any mesh format, RAS mm"),
    PEL_CHOICE(pel_cortex_params, csf, "out", "out|in",
               "the surface runs on the cortex, or outside of the fluid around it"),
    PEL_NUMBER(pel_cortex_params, border, "0", -20, 50, "mm",
               "move the edge of the brain outward, or inward when negative"),
    PEL_NUMBER(pel_cortex_params, bridge, "8", 0, 50, "mm",
               "the surface runs over furrows up to twice this wide"),
    PEL_TEXT(pel_cortex_params, depth, "-4:-1", "D0:D1[:STEP]",
             "what maps and views show lies so deep along the normal, mm, outside positive"),
    PEL_TEXT(pel_cortex_params, stat, "mean", "STAT",
             "of the depths: mean, max, min, median, p95 (any percentile)"),
    PEL_NUMBER(pel_cortex_params, pixel, "0.2", 0.01, 10, "mm",
               "edge of a pixel of maps and views"),
    PEL_CHOICE(pel_cortex_params, method, "auto", "auto|isometric|minimax|conformal|area|plane",
               "how it is laid flat: see flatten"),
    PEL_CHOICE(pel_cortex_params, up, "auto",
               "auto|anterior|posterior|superior|inferior|right|left",
               "what points up on the map, on the average; auto: superior, on top and below "
               "anterior"),
    PEL_INTEGER(pel_cortex_params, vessels, "-1", -1, PEL_MOST_HEADS, NULL,
                "the volume, counted from 1, whose vessels are mapped; 0: none; -1: the first, "
                "unless what is found there is tissue"),
    PEL_TEXT(pel_cortex_params, scales, "0.4:1.4", "LO:HI[:N]",
             "widths of vessels looked at (sigma, mm): a radius r shows best at 0.7 r"),
    PEL_CHOICE(pel_cortex_params, polarity, "bright", "bright|dark",
               "vessels are brighter or darker than what is around them"),
    PEL_TEXT(pel_cortex_params, vessel_depth, "-4:3", "D0:D1",
             "vessels are mapped from so deep along the normal, mm"),
};
static int64_t plan(const void *params, const pel_volume *shape)
{
    return pel_cortex_memory(params, shape);
}
const pel_schema pel_cortex_schema = { .name = "cortex",
                                       .summary = "from a head to flat maps of its cortex",
                                       .params_size = sizeof(pel_cortex_params),
                                       .params = table,
                                       .count = (int)(sizeof table / sizeof *table),
                                       .plan = plan };

pel_cortex_params pel_cortex_defaults(void)
{
    pel_cortex_params params;
    pel_schema_defaults(&pel_cortex_schema, &params);
    return params;
}

/* ---- before anything is read ---- */

static pel_status check_depth(const pel_cortex_params *params)
{
    double band[2];
    pel_probe_params probe = pel_probe_defaults();
    probe.depth = params->depth;
    probe.stat = params->stat;
    pel_status s = pel_probe_check(&probe);
    if (s == PEL_OK && strchr(params->stat, ','))
        return pel__fail(PEL_EPARAM, "--stat is '%s'; a map shows one of them", params->stat);
    return s == PEL_OK ? pel__parse_range(band, params->vessel_depth, "vessel-depth", false) : s;
}

pel_status pel_cortex_check(const pel_cortex_params *params, int count)
{
    pel_vessels_params vessels = pel_vessels_defaults();
    pel_status s = pel_schema_check(&pel_cortex_schema, params);
    if (s != PEL_OK)
        return s;
    if (count < 1 || count > PEL_MOST_HEADS)
        return pel__fail(PEL_EPARAM, "%d volumes; cortex takes 1 to %d at once", count,
                         PEL_MOST_HEADS);
    if (params->at.count && params->at.count != 3)
        return pel__fail(PEL_EPARAM, "--at wants three numbers, X,Y,Z in mm");
    if (params->at.count && params->view)
        return pel__fail(PEL_EPARAM, "--at and --view both say where the patch is; leave one out");
    if (params->vessels > count)
        return pel__fail(PEL_EPARAM, "--vessels %lld: there %s %d", (long long)params->vessels,
                         count == 1 ? "is only volume" : "are only volumes 1 to", count);
    if (params->surface && params->mask && params->csf)
        return pel__fail(PEL_EPARAM, "--csf has no use with --surface");
    vessels.scales = params->scales;
    s = pel_vessels_check(&vessels);
    return s == PEL_OK ? check_depth(params) : s;
}

bool pel__cortex_oriented(const pel__cortex *w)
{
    return pel__stages_value(&w->stages, "flat", "oriented") != 0;
}

double pel__cortex_radius(const pel_cortex_params *params)
{
    static const double DISC_MM = 50;
    return params->radius > 0 ? params->radius : params->view ? 0 : DISC_MM;
}

int pel__cortex_vessel_volume(const pel_cortex_params *params)
{
    return params->vessels < 0 ? 0 : (int)params->vessels - 1;
}

static void edges_mm(double out[3], const pel_volume *shape)
{
    pel_vec3 mm = pel_volume_spacing_mm(shape);
    out[0] = mm.x * (double)shape->dims[0];
    out[1] = mm.y * (double)shape->dims[1];
    out[2] = mm.z * (double)shape->dims[2];
}

// pixels of a map: of a disc on a hull at most 1.1 times as wide as it would be flat, on a surface
// with folds 1.3 times; of a view, half a ball, 1.4 times as wide as the volume's two longer sides
static int64_t pixels_of(const pel_cortex_params *params, const pel_volume *shape)
{
    double side = (params->surface ? 2.6 : 2.2) * pel__cortex_radius(params), most = 0, edge[3];
    edges_mm(edge, shape);
    for (int a = 0; a < 3; a++)
        most = fmax(most, edge[a] * edge[(a + 1) % 3]);
    double mm2 = side > 0 ? side * side : 2 * most;
    return (int64_t)fmin(mm2 / (params->pixel * params->pixel), 4e9);
}

// the part of a volume that vessels are looked for in
static pel_volume near_shape(const pel_cortex_params *params, const pel_volume *shape)
{
    static const double AROUND_MM = 9;
    double band[2] = { 0, 0 }, radius = pel__cortex_radius(params);
    pel_volume near = *shape;
    pel_vec3 mm = pel_volume_spacing_mm(shape);
    const double edge[3] = { mm.x, mm.y, mm.z };
    pel_status s = pel__parse_range(band, params->vessel_depth, "vessel-depth", false);
    double side = 2 * (radius + AROUND_MM + fmax(fabs(band[0]), fabs(band[1])));
    for (int a = 0; a < 3 && s == PEL_OK && radius > 0; a++)
        near.dims[a] = (int64_t)fmin((double)near.dims[a], side / edge[a] + 4);
    return near;
}

// the hull on its own grid of 2 mm and its mesh, or the surface that was given, and what laying
// that flat takes
static int64_t surface_memory(const pel_cortex_params *params, const pel_volume *shape)
{
    static const double CELL_MM = 2, MARGIN_MM = 8, CELL_BYTES = 44;
    static const int64_t MESH = 16 << 20;
    pel_mesh_cost cost;
    pel_flatten_params flat = pel_flatten_defaults();
    double edge[3], cells = 1;
    flat.method = params->method;
    edges_mm(edge, shape);
    for (int a = 0; a < 3; a++)
        cells *= fmin((edge[a] + 2 * (params->bridge + MARGIN_MM)) / CELL_MM + 1, 2048);
    if (!params->surface || pel_plan_mesh(&cost, params->surface) != PEL_OK)
        return MESH + (int64_t)(CELL_BYTES * cells);
    return 3 * cost.memory_bytes + pel_flatten_memory(&flat, cost.points, cost.triangles);
}

// of the step that holds most: one volume, a mask, and what finding brain or vessels takes
int64_t pel_cortex_memory(const pel_cortex_params *params, const pel_volume *shape)
{
    pel_brain_params brain = pel_brain_defaults();
    pel_vessels_params vessels = pel_vessels_defaults();
    pel_vessel_mask_params cut = pel_vessel_mask_defaults();
    const pel_volume near = near_shape(params, shape);
    int64_t voxels = pel_volume_count(shape), most = 0,
            part = params->vessels ? pel_volume_bytes(&near) + pel_volume_count(&near) : 0;
    vessels.scales = params->scales;
    const int64_t steps[] = {
        params->mask || params->surface ? 0 : pel_brain_schema.plan(&brain, shape),
        pel_brain_check_memory(shape),
        surface_memory(params, shape),
        part ? part + pel_vessels_schema.plan(&vessels, &near) : 0,
        part ? 5 * part + pel_vessel_mask_schema.plan(&cut, &near) : 0,
        part ? 5 * part + pel_vessel_lines_memory(&near) : 0,
        5 * part + 2 * pel_flatmap_memory(pixels_of(params, shape)),
    };
    for (int i = 0; i < (int)(sizeof steps / sizeof *steps); i++)
        most = steps[i] > most ? steps[i] : most;
    // a mask, and the meshes
    return most + voxels + (8 << 20);
}

/* ---- files ---- */

static void tell_file(const pel__cortex *w, const char *name)
{
    char *path = w->sink && w->sink->file ? pel__stages_path(&w->stages, name) : NULL;
    if (path)
        w->sink->file(w->sink->user, path);
    free(path);
}

pel_status pel__cortex_wrote(pel__cortex *w, const char *name)
{
    pel_status s = pel__stages_file(&w->stages, name);
    if (s == PEL_OK)
        tell_file(w, name);
    return s;
}

// where a file goes; NULL and a message when memory ran out
static char *path_of(pel_status *s, const pel__cortex *w, const char *name)
{
    char *path = pel__stages_path(&w->stages, name);
    *s = path ? PEL_OK : pel__fail(PEL_EMEMORY, "%s: no memory for its name", name);
    return path;
}

static pel_status wrote(pel__cortex *w, const char *name, char *path, pel_status s)
{
    free(path);
    return s == PEL_OK ? pel__cortex_wrote(w, name) : s;
}

pel_status pel__cortex_write_volume(pel__cortex *w, const char *name, const pel_volume *volume)
{
    pel_status s;
    char *path = path_of(&s, w, name);
    return wrote(w, name, path, path ? pel_write_volume(path, volume, w->provenance, NULL) : s);
}

pel_status pel__cortex_write_mesh(pel__cortex *w, const char *name, const pel_mesh *mesh)
{
    pel_status s;
    char *path = path_of(&s, w, name);
    return wrote(w, name, path, path ? pel_write_mesh(path, mesh, w->provenance, NULL) : s);
}

static void set_made(pel_image *image, const pel__cortex *w)
{
    if (!image->provenance && w->provenance)
        image->provenance = pel__strdup(w->provenance);
}

pel_status pel__cortex_write_image(pel__cortex *w, const char *name, pel_image *image)
{
    pel_status s;
    char *path = path_of(&s, w, name);
    set_made(image, w);
    return wrote(w, name, path, path ? pel_write_image(path, image) : s);
}

pel_status pel__cortex_write_layer(pel__cortex *w, const char *name, pel_image *image,
                                   const char *layer)
{
    pel_status s;
    char *path = path_of(&s, w, name);
    set_made(image, w);
    return wrote(w, name, path, path ? pel_write_layer(path, image, layer) : s);
}

pel_status pel__cortex_write_figure(pel__cortex *w, const char *name, pel_figure *figure)
{
    pel_status s;
    char *path = path_of(&s, w, name);
    figure->provenance = w->provenance ? pel__strdup(w->provenance) : NULL;
    s = wrote(w, name, path, path ? pel_write_figure(path, figure) : s);
    pel_figure_free(figure);
    return s;
}

pel_status pel__cortex_write_text(pel__cortex *w, const char *name, const char *text)
{
    pel_status s;
    char *path = path_of(&s, w, name);
    return wrote(w, name, path, path ? pel_write_text(path, text) : s);
}

/* ---- what steps need ---- */

pel_status pel__cortex_head(pel__cortex *w, int n)
{
    if (w->loaded == n + 1)
        return PEL_OK;
    pel_volume_free(&w->head);
    w->loaded = 0;
    pel_status s = pel_input_read(&w->head, w->heads[n].path, w->heads[n].params, false);
    w->loaded = s == PEL_OK ? n + 1 : 0;
    return s;
}

static pel_status read_volume(pel_volume *out, const pel__cortex *w, const char *name)
{
    pel_status s;
    char *path = out->data ? NULL : path_of(&s, w, name);
    if (out->data)
        return PEL_OK;
    if (path)
        s = pel_read_volume(out, path, NULL);
    free(path);
    return s;
}

static pel_status read_mesh(pel_mesh *out, const pel__cortex *w, const char *name)
{
    pel_status s;
    char *path = out->points ? NULL : path_of(&s, w, name);
    if (out->points)
        return PEL_OK;
    if (path)
        s = pel_read_mesh(out, path);
    free(path);
    return s;
}

// there is none with an open surface of the user's
pel_status pel__cortex_mask(pel__cortex *w)
{
    bool none = pel__stages_value(&w->stages, "brain", "volume_mm3") == 0;
    return none ? PEL_OK : read_volume(&w->mask, w, "brain_mask.nii.gz");
}

pel_status pel__cortex_surface(pel__cortex *w)
{
    return read_mesh(&w->surface, w, "surface.ply");
}

pel_status pel__cortex_flat(pel__cortex *w)
{
    return read_mesh(&w->flat, w, "flat.ply");
}

pel_status pel__cortex_response(pel__cortex *w)
{
    return read_volume(&w->response, w, "vessels.nii.gz");
}

pel_status pel__cortex_vessels(pel__cortex *w)
{
    return read_volume(&w->vessels, w, "vessels_mask.nii.gz");
}

pel_status pel__cortex_begin(pel__cortex *w, const char *name, const char *step, const char *key,
                             bool *done)
{
    pel_status s = pel__stages_begin(&w->stages, name, key, done);
    if (s != PEL_OK)
        return s;
    if (w->sink && w->sink->step)
        w->sink->step(w->sink->user, step, !*done);
    const pel__stage *stage = &w->stages.stage[w->stages.count - 1];
    for (int i = 0; *done && i < stage->files; i++)
        tell_file(w, stage->file[i].name);
    return PEL_OK;
}

/* ---- brain ---- */

static double volume_of(const pel_volume *mask)
{
    pel_vec3 mm = pel_volume_spacing_mm(mask);
    double count = 0;
    for (int64_t i = 0; i < pel_volume_count(mask); i++)
        count += ((const uint8_t *)mask->data)[i] != 0;
    return count * mm.x * mm.y * mm.z;
}

static pel_status find_brain(pel__cortex *w)
{
    pel_brain_params params = pel_brain_defaults();
    pel_brain_found found;
    params.csf = w->params->csf;
    params.border = w->params->border;
    pel_status s = pel_brain(&w->mask, &found, &w->head, NULL, &params);
    if (s != PEL_OK)
        return pel__during(s, "%s", w->heads[0].path);
    pel__stages_number(&w->stages, "score", found.score);
    pel__stages_word(&w->stages, "stripped", found.stripped ? "yes" : "no");
    pel__stages_word(&w->stages, "cut", found.cut ? "yes" : "no");
    return PEL_OK;
}

static pel_status take_mask(pel__cortex *w)
{
    pel_volume given = { 0 };
    pel_input_params plain = pel_input_defaults();
    pel_status s = pel_input_read(&given, w->params->mask, &plain, false);
    if (s == PEL_OK)
        s = pel_mask_on_grid(&w->mask, &given, &w->head);
    pel_volume_free(&given);
    return s == PEL_OK ? PEL_OK : pel__during(s, "--mask %s", w->params->mask);
}

// within the user's surface, where that is closed
static pel_status fill_surface(pel__cortex *w)
{
    pel_topology topology;
    pel_status s = pel__cortex_surface(w);
    if (s == PEL_OK)
        s = pel_mesh_topology(&topology, &w->surface);
    return s == PEL_OK && topology.closed ? pel_solid(&w->mask, &w->surface, &w->head) : s;
}

static pel_status make_mask(pel__cortex *w)
{
    pel_figure figure;
    pel_status s = pel__cortex_head(w, 0);
    if (s == PEL_OK)
        s = w->params->mask ? take_mask(w) : w->params->surface ? fill_surface(w) : find_brain(w);
    if (s != PEL_OK)
        return s;
    double volume = w->mask.data ? volume_of(&w->mask) : 0;
    pel__stages_number(&w->stages, "volume_mm3", volume);
    if (!w->mask.data)
        return PEL_OK;
    if (volume == 0)
        return pel__fail(PEL_EDATA, "%s: the mask of the brain is empty there; are they aligned?",
                         w->heads[0].path);
    s = pel__cortex_write_volume(w, "brain_mask.nii.gz", &w->mask);
    if (s == PEL_OK)
        s = pel_brain_check(&figure, &w->head, &w->mask);
    return s == PEL_OK ? pel__cortex_write_figure(w, "brain_check.png", &figure) : s;
}

static pel_status run_brain(pel__cortex *w, const char *surface_key, char key[33])
{
    char given[33] = "";
    bool done;
    pel_status s = w->params->mask ? pel_input_hash(given, w->params->mask, NULL) : PEL_OK;
    if (s == PEL_OK)
        s = pel__stages_key(key, "brain 1 %s %s %s %d %.17g", w->key[0], given, surface_key,
                            w->params->csf, w->params->border);
    if (s == PEL_OK)
        s = pel__cortex_begin(w, "brain", "brain", key, &done);
    if (s != PEL_OK || done)
        return s;
    s = make_mask(w);
    return s == PEL_OK ? pel__stages_end(&w->stages) : s;
}

/* ---- surface ---- */

static pel_status make_surface(pel__cortex *w)
{
    pel_topology t;
    pel_status s = PEL_OK;
    if (w->params->surface) {
        s = pel_read_mesh(&w->surface, w->params->surface);
        if (s == PEL_OK)
            s = pel__cortex_head(w, 0);
        // it is said to be in the head's space, so it has the head's sides
        w->surface.oriented = w->surface.oriented || w->head.oriented;
    } else {
        s = pel__cortex_mask(w);
        if (s == PEL_OK)
            s = pel__cortex_hull(&w->surface, &w->mask, w->params->bridge);
    }
    if (s == PEL_OK && !w->surface.triangles)
        s = pel__fail(PEL_EDATA, "--surface %s: has no triangles; a surface is wanted, not points",
                      w->params->surface);
    if (s == PEL_OK)
        s = pel_mesh_topology(&t, &w->surface);
    if (s == PEL_OK)
        s = pel__cortex_write_mesh(w, "surface.ply", &w->surface);
    if (s != PEL_OK)
        return s;
    pel__stages_number(&w->stages, "vertices", (double)w->surface.points);
    pel__stages_number(&w->stages, "triangles", (double)w->surface.triangles);
    pel__stages_number(&w->stages, "euler", (double)t.euler);
    pel__stages_number(&w->stages, "area_mm2", pel_mesh_area_mm2(&w->surface));
    return pel__stages_end(&w->stages);
}

static pel_status run_surface(pel__cortex *w, const char *from, char key[33])
{
    bool done;
    pel_status s = pel__stages_key(key, "surface 1 %s %.17g", from,
                                   w->params->surface ? 0 : w->params->bridge);
    if (s == PEL_OK)
        s = pel__cortex_begin(w, "surface", "surface", key, &done);
    return s != PEL_OK || done ? s : make_surface(w);
}

// of the user's, before the brain, which is what it encloses; or else of the brain
static pel_status run_solid(pel__cortex *w, char mask_key[33], char surface_key[33])
{
    char given[33] = "";
    pel_status s = PEL_OK;
    if (w->params->surface) {
        s = pel_input_hash(given, w->params->surface, NULL);
        if (s == PEL_OK)
            s = run_surface(w, given, surface_key);
        return s == PEL_OK ? run_brain(w, surface_key, mask_key) : s;
    }
    s = run_brain(w, "", mask_key);
    return s == PEL_OK ? run_surface(w, mask_key, surface_key) : s;
}

/* ---- patch and flat map ---- */

static void tell_flat(pel__cortex *w, pel_vec3 middle, const pel_flat_report *r)
{
    pel__stages *to = &w->stages;
    pel__stages_number(to, "oriented", w->surface.oriented);
    pel__stages_number(to, "x_mm", middle.x);
    pel__stages_number(to, "y_mm", middle.y);
    pel__stages_number(to, "z_mm", middle.z);
    pel__stages_number(to, "triangles", (double)r->triangles);
    pel__stages_number(to, "area_mm2", r->area_mm2);
    pel__stages_number(to, "flat_mm2", r->flat_mm2);
    pel__stages_number(to, "flips", (double)r->flips);
    pel__stages_number(to, "overlap_mm2", r->overlap_mm2);
    pel__stages_number(to, "distance_mean_error", r->distance_mean);
    pel__stages_number(to, "distance_bias", r->distance_bias);
    pel__stages_number(to, "distance_worst", r->distance.worst);
    pel__stages_number(to, "area_rms", r->area.rms);
    pel__stages_number(to, "area_worst", r->area.worst);
    pel__stages_number(to, "angle_rms", r->angle.rms);
    pel__stages_number(to, "least_stretch", r->least_stretch);
    pel__stages_number(to, "most_stretch", r->most_stretch);
    pel__stages_number(to, "stretch_spread", r->spread);
    pel__stages_number(to, "stretch_spread_bound", r->bound);
}

static pel_status make_flat(pel__cortex *w)
{
    pel_mesh patch = { 0 };
    pel_vec3 middle;
    pel_flat_report report;
    pel_flatten_params params = pel_flatten_defaults();
    pel_status s = pel__cortex_surface(w);
    if (s == PEL_OK)
        s = pel__cortex_patch(&patch, &middle, &w->surface, w->params);
    params.method = w->params->method;
    params.up = w->params->up ? w->params->up : pel__cortex_up(&patch);
    if (s == PEL_OK)
        s = pel_flatten(&w->flat, &patch, NULL, &params);
    if (s == PEL_OK)
        s = pel_flat_measure(&report, &w->flat);
    if (s == PEL_OK)
        s = pel__cortex_write_mesh(w, "patch.ply", &patch);
    if (s == PEL_OK)
        s = pel__cortex_write_mesh(w, "flat.ply", &w->flat);
    if (s == PEL_OK)
        tell_flat(w, middle, &report);
    pel_mesh_free(&patch);
    return s == PEL_OK ? pel__stages_end(&w->stages) : s;
}

static pel_status run_flat(pel__cortex *w, const char *surface_key, char key[33])
{
    const pel_cortex_params *p = w->params;
    bool done;
    pel_status s =
        pel__stages_key(key, "flat 4 %s %d %.17g,%.17g,%.17g %d %.17g %d %d", surface_key,
                        p->at.count, p->at.value[0], p->at.value[1], p->at.value[2], p->view,
                        pel__cortex_radius(p), p->method, p->up);
    if (s == PEL_OK)
        s = pel__cortex_begin(w, "flat", "flatten", key, &done);
    return s != PEL_OK || done ? s : make_flat(w);
}

/* ---- what all maps share ---- */

static pel_status add_normals(pel_image *map, const pel_mesh *places)
{
    const float *normal = pel_mesh_find(places, "normals")->data;
    const int32_t *pixel = pel_mesh_find(places, "pixel")->data;
    float *to;
    pel_status s = pel_image_add_layer(map, "normal", 3, &to);
    for (int64_t n = 0; n < places->points && s == PEL_OK; n++)
        memcpy(to + 3 * (int64_t)pixel[n], normal + 3 * n, 3 * sizeof *to);
    return s;
}

static pel_status draw_distortion(pel__cortex *w, pel_image *map)
{
    pel_figure figure;
    pel__cortex_figure what = { .title = "area on the map over area on the surface, less 1",
                                .unit = "%",
                                .oriented = pel__cortex_oriented(w) };
    float *value = map->data;
    const float *area = pel_image_layer(map, "area");
    double most = 1;
    for (int64_t at = 0; area && at < map->width * map->height; at++) {
        value[at] = (float)(100 * expm1((double)area[at]));
        if (fabs((double)value[at]) > most)
            most = fabs((double)value[at]);
    }
    pel_status s = pel_look_load(&what.look, "gray");
    strcpy(what.look.colormap, "coolwarm");
    what.look.window[0] = -fmin(most, 50);
    what.look.window[1] = fmin(most, 50);
    pel_volume all = { .dims = { map->width, map->height, 1 }, .dtype = PEL_FLOAT32 };
    all.data = map->data;
    if (s == PEL_OK)
        s = pel_look_fit(&what.look, &all);
    if (s == PEL_OK)
        s = pel__cortex_draw(&figure, map, &what);
    return s == PEL_OK ? pel__cortex_write_figure(w, "distortion.png", &figure) : s;
}

static pel_status make_place(pel__cortex *w)
{
    pel_image view = { 0 }, place = { 0 };
    pel_mesh places = { 0 };
    pel_camera camera;
    pel_status s = pel__cortex_surface(w);
    if (s == PEL_OK)
        s = pel__cortex_camera(&camera, &w->flat, w->params->pixel);
    if (s == PEL_OK)
        s = pel__cortex_sight(&view, &places, &w->surface, &camera);
    if (s == PEL_OK)
        s = pel__cortex_write_layer(w, "view_position.tif", &view, "position");
    if (s == PEL_OK)
        s = pel__cortex_place(&place, &w->surface, &w->flat, &camera);
    if (s == PEL_OK)
        s = pel__cortex_write_image(w, "place.png", &place);
    pel_image_free(&view);
    pel_image_free(&place);
    pel_mesh_free(&places);
    return s;
}

static pel_status make_grid(pel__cortex *w)
{
    static const char *const layers[] = { "position", "normal", "area", "angle" };
    pel_image map = { 0 };
    pel_mesh places = { 0 };
    pel_flatmap_params params = pel_flatmap_defaults();
    params.pixel = w->params->pixel;
    pel_status s = pel__cortex_flat(w);
    if (s == PEL_OK)
        s = pel_flatmap(&map, &places, &w->flat, &params);
    if (s == PEL_OK)
        s = add_normals(&map, &places);
    for (int i = 0; i < 4 && s == PEL_OK; i++) {
        char name[48];
        snprintf(name, sizeof name, "%s.tif", layers[i]);
        s = pel__cortex_write_layer(w, name, &map, layers[i]);
    }
    if (s == PEL_OK)
        s = draw_distortion(w, &map);
    if (s == PEL_OK) {
        pel__stages_number(&w->stages, "width", (double)map.width);
        pel__stages_number(&w->stages, "height", (double)map.height);
        pel__stages_number(&w->stages, "mm_per_pixel", map.mm_per_pixel);
        s = make_place(w);
    }
    pel_mesh_free(&places);
    pel_image_free(&map);
    return s == PEL_OK ? pel__stages_end(&w->stages) : s;
}

static pel_status run_grid(pel__cortex *w, const char *flat_key, char key[33])
{
    bool done;
    pel_status s = pel__stages_key(key, "grid 1 %s %.17g", flat_key, w->params->pixel);
    if (s == PEL_OK)
        s = pel__cortex_begin(w, "grid", "grid", key, &done);
    return s != PEL_OK || done ? s : make_grid(w);
}

/* ---- report ---- */

static pel_status run_report(pel__cortex *w, char **report)
{
    char key[33];
    bool done;
    *report = pel__cortex_json(w);
    if (!*report)
        return pel__fail(PEL_EMEMORY, "no memory for the report");
    pel_status s = pel__stages_key(key, "report 3 %s", *report);
    if (s == PEL_OK)
        s = pel__cortex_begin(w, "report", "report", key, &done);
    if (s != PEL_OK || done)
        return s;
    s = pel__cortex_html(w, "report.html");
    if (s == PEL_OK)
        s = pel__cortex_write_text(w, "report.json", *report);
    return s == PEL_OK ? pel__stages_end(&w->stages) : s;
}

/* ---- all of it ---- */

static pel_status key_of_head(char out[33], const pel_cortex_head *head)
{
    char hash[33];
    pel__text text = { 0 };
    pel_status s = pel_input_hash(hash, head->path, head->params);
    // how it is read counts too, and of a file that a parameter names what is in it
    for (int i = 0; i < pel_input_schema.count && s == PEL_OK; i++) {
        const pel_param *param = &pel_input_schema.params[i];
        if (pel_schema_is_default(&pel_input_schema, head->params, param))
            continue;
        char *value = pel_schema_get(&pel_input_schema, head->params, param), inside[33] = "";
        if (value && param->kind == PEL_KIND_FILE)
            s = pel_input_hash(inside, value, NULL);
        pel__text_add(&text, " %s=%s", param->name, *inside ? inside : value ? value : "");
        free(value);
    }
    if (s == PEL_OK)
        s = pel__stages_key(out, "head %s %s%s", PEL_VERSION, hash, text.text ? text.text : "");
    pel__text_free(&text);
    return s;
}

static pel_status run(pel__cortex *w, char **report)
{
    char mask_key[33], surface_key[33], flat_key[33], grid_key[33];
    pel_status s = PEL_OK;
    for (int n = 0; n < w->count && s == PEL_OK; n++)
        s = key_of_head(w->key[n], &w->heads[n]);
    if (s == PEL_OK)
        s = run_solid(w, mask_key, surface_key);
    if (s == PEL_OK)
        s = run_flat(w, surface_key, flat_key);
    if (s == PEL_OK)
        s = run_grid(w, flat_key, grid_key);
    if (s == PEL_OK)
        s = pel__cortex_maps(w, grid_key);
    if (s == PEL_OK)
        s = pel__cortex_vessel_maps(w, flat_key, grid_key, mask_key);
    if (s == PEL_OK)
        s = run_report(w, report);
    return s == PEL_OK ? pel__stages_finish(&w->stages) : s;
}

pel_status pel_cortex(char **report, const char *folder, const pel_cortex_head *heads, int count,
                      const pel_cortex_params *params, const char *provenance,
                      const pel_cortex_sink *sink)
{
    pel__cortex w = {
        .params = params, .heads = heads, .count = count, .provenance = provenance, .sink = sink
    };
    *report = NULL;
    pel_status s = pel_cortex_check(params, count);
    if (s == PEL_OK)
        s = pel__stages_open(&w.stages, folder);
    if (s == PEL_OK)
        s = run(&w, report);
    pel__stages_close(&w.stages);
    pel_volume_free(&w.head);
    pel_volume_free(&w.mask);
    pel_volume_free(&w.near);
    pel_volume_free(&w.response);
    pel_volume_free(&w.vessels);
    pel_lines_free(&w.lines);
    pel_mesh_free(&w.surface);
    pel_mesh_free(&w.flat);
    if (s != PEL_OK) {
        free(*report);
        *report = NULL;
    }
    return s;
}
