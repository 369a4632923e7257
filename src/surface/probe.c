/* SPDX-License-Identifier: Apache-2.0 */
/* probe.c: what a volume holds at the points of a mesh, or in a band along their normals. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <pellucid/surface.h>

#include "base/job.h"
#include "base/maths.h"
#include "base/memory.h"
#include "base/params.h"
#include "base/status.h"
#include "base/text.h"
#include "mesh/mesh.h"
#include "volume/volume.h"

enum { BLOCK = 4096, MOST_SAMPLES = 4096, MOST_STATS = 8, INTENT_LABEL = 1002 };

static const pel_param table[] = {
    PEL_TEXT(pel_probe_params, depth, NULL, "D0:D1[:STEP]",
             "mm along the normal, outside positive; without a step half a voxel"),
    PEL_TEXT(pel_probe_params, stat, "mean", "STAT",
             "of the depths: mean, max, min, median, p95 (any percentile), argmax (its depth in "
             "mm); several with , between them"),
};
const pel_schema pel_probe_schema =
    PEL_SCHEMA(pel_probe_params, "probe", "values of volumes on a mesh", table);

static const pel_param as_table[] = {
    PEL_TEXT(pel_probe_as_params, name, NULL, "NAME",
             "what its array is called; else value, value2..."),
    PEL_SWITCH(pel_probe_as_params, labels,
               "it holds labels: nearest voxels, of a band the most frequent"),
};
const pel_schema pel_probe_as_schema =
    PEL_SCHEMA(pel_probe_as_params, "probed volume", "how its values are taken", as_table);

pel_probe_params pel_probe_defaults(void)
{
    pel_probe_params params;
    pel_schema_defaults(&pel_probe_schema, &params);
    return params;
}

pel_probe_as_params pel_probe_as_defaults(void)
{
    pel_probe_as_params params;
    pel_schema_defaults(&pel_probe_as_schema, &params);
    return params;
}

/* ---- what is asked ---- */

typedef enum stat_kind { MEAN, MAX, MIN, PERCENTILE, ARGMAX } stat_kind;

typedef struct stat {
    stat_kind kind;
    double percent;
    char name[32];
} stat;

typedef struct stats {
    stat item[MOST_STATS];
    int count;
} stats;

static bool parse_stat(stat *out, const char *text, size_t length)
{
    static const struct {
        const char *name;
        stat_kind kind;
    } words[] = { { "mean", MEAN },
                  { "max", MAX },
                  { "min", MIN },
                  { "median", PERCENTILE },
                  { "argmax", ARGMAX } };
    char *end;
    if (length == 0 || length >= sizeof out->name)
        return false;
    memcpy(out->name, text, length);
    out->name[length] = 0;
    out->percent = 50;
    for (size_t n = 0; n < sizeof words / sizeof *words; n++)
        if (strcmp(out->name, words[n].name) == 0) {
            out->kind = words[n].kind;
            return true;
        }
    if (out->name[0] != 'p' || !out->name[1])
        return false;
    out->kind = PERCENTILE;
    out->percent = pel__strtod(out->name + 1, &end);
    return *end == 0 && out->percent >= 0 && out->percent <= 100;
}

static pel_status parse_stats(stats *out, const char *text)
{
    *out = (stats){ 0 };
    for (const char *at = text;; at++) {
        size_t length = strcspn(at, ",");
        if (out->count == MOST_STATS || !parse_stat(&out->item[out->count++], at, length))
            return pel__fail(PEL_EPARAM,
                             "stat is '%s'; it is mean, max, min, median, argmax or a percentile "
                             "such as p95, at most %d of them with , between them",
                             text, MOST_STATS);
        at += length;
        if (!*at)
            return PEL_OK;
    }
}

/* depths of the samples: first + n*step */
typedef struct band {
    double first, step;
    int count;
} band;

// `voxel_mm` 0: only the text is checked
static pel_status parse_depth(band *out, const char *text, double voxel_mm)
{
    double d[3];
    int parts = 0;
    const char *at = text;
    *out = (band){ .count = 1 };
    if (!text)
        return PEL_OK;
    for (char *end; parts < 3; at = end + 1) {
        d[parts] = pel__strtod(at, &end);
        bool right = end != at && isfinite(d[parts]) && (*end == ':' || *end == 0);
        parts += right;
        if (!right || !*end) {
            parts = right ? parts : 0;
            break;
        }
        parts = parts == 3 ? 0 : parts;
    }
    double step = parts == 3 ? d[2] : voxel_mm / 2, steps = (d[1] - d[0]) / step;
    if (parts < 2 || d[0] > d[1] || (parts == 3 && !(step > 0)))
        return pel__fail(PEL_EPARAM,
                         "depth is '%s'; it is D0:D1 or D0:D1:STEP in mm, the lower end first",
                         text);
    out->first = d[0];
    if (d[0] == d[1] || (voxel_mm == 0 && parts == 2))
        return PEL_OK;
    if (!(steps < MOST_SAMPLES - 1))
        return pel__fail(PEL_EPARAM, "depth '%s' means %.0f samples; at most %d", text, steps,
                         MOST_SAMPLES - 1);
    // without a step both ends are met; with one the last sample is the last that fits
    int whole = (int)(parts == 3 ? floor(steps + 1e-9) : ceil(steps - 1e-9));
    out->step = parts == 3 ? step : (d[1] - d[0]) / whole;
    out->count = whole + 1;
    return PEL_OK;
}

pel_status pel_probe_check(const pel_probe_params *params)
{
    stats asked;
    band depths;
    pel_status s = pel_schema_check(&pel_probe_schema, params);
    if (s == PEL_OK)
        s = parse_stats(&asked, params->stat);
    return s == PEL_OK ? parse_depth(&depths, params->depth, 0) : s;
}

/* ---- sampling ---- */

typedef struct probing {
    const pel_mesh *mesh;
    const pel_volume *volume;
    pel_affine ijk_from_mm;
    const float (*normal)[3]; // NULL: no band
    stats asked;
    band depths;
    float *value[MOST_STATS]; // per stat
    bool labels;
    int32_t *label; // instead of them
} probing;

static int rising(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

// numpy's linear rule; `sorted` rises
static double percentile(const double *sorted, int count, double percent)
{
    double at = percent / 100 * (count - 1);
    int low = (int)at, high = low + 1 < count ? low + 1 : low;
    return sorted[low] + (at - low) * (sorted[high] - sorted[low]);
}

static double reduce(const stat *what, const double *value, const double *sorted,
                     const double *depth, int count)
{
    double sum = 0;
    int best = 0;
    if (count == 0)
        return NAN;
    if (what->kind == MIN || what->kind == MAX || what->kind == PERCENTILE)
        return percentile(sorted, count,
                          what->kind == MIN   ? 0
                          : what->kind == MAX ? 100
                                              : what->percent);
    for (int n = 0; n < count; n++) {
        sum += value[n];
        best = value[n] > value[best] ? n : best;
    }
    return what->kind == MEAN ? sum / count : depth[best];
}

static pel_vec3 sample_at(const probing *p, int64_t point, int n, double *depth)
{
    pel_vec3 mm = pel__mesh_point(p->mesh, point);
    *depth = p->depths.first + n * p->depths.step;
    if (p->normal) {
        const float *along = p->normal[point];
        mm = pel__plus(
            mm,
            pel__scale((pel_vec3){ (double)along[0], (double)along[1], (double)along[2] }, *depth));
    }
    return pel_affine_point(p->ijk_from_mm, mm);
}

static void probe_values(const probing *p, int64_t point, double *value, double *sorted,
                         double *depth)
{
    int count = 0;
    for (int n = 0; n < p->depths.count; n++) {
        value[count] = pel_volume_sample(p->volume, sample_at(p, point, n, &depth[count]));
        count += !isnan(value[count]);
    }
    memcpy(sorted, value, (size_t)count * sizeof *sorted);
    qsort(sorted, (size_t)count, sizeof *sorted, rising);
    for (int i = 0; i < p->asked.count; i++)
        p->value[i][point] = (float)reduce(&p->asked.item[i], value, sorted, depth, count);
}

// the most frequent label of the nearest voxels, of equals the lowest; 0 outside
static void probe_label(const probing *p, int64_t point, double *sorted, double *depth)
{
    int count = 0, most = 0;
    double label = 0;
    for (int n = 0; n < p->depths.count; n++) {
        pel_vec3 ijk = sample_at(p, point, n, depth);
        // half a voxel beyond the last centre still is its voxel
        if (!(fabs(ijk.x) < 1e15 && fabs(ijk.y) < 1e15 && fabs(ijk.z) < 1e15))
            continue;
        double v = pel_volume_at(p->volume, (int64_t)floor(ijk.x + 0.5),
                                 (int64_t)floor(ijk.y + 0.5), (int64_t)floor(ijk.z + 0.5));
        if (!isnan(v))
            sorted[count++] = v;
    }
    qsort(sorted, (size_t)count, sizeof *sorted, rising);
    for (int i = 0, j; i < count; i = j) {
        for (j = i; j < count && sorted[j] == sorted[i];)
            j++;
        if (j - i > most) {
            most = j - i;
            label = sorted[i];
        }
    }
    p->label[point] = (int32_t)pel__int_from(label, INT32_MIN, INT32_MAX);
}

static pel_status probe_block(void *user, int64_t block)
{
    const probing *p = user;
    int64_t end = (block + 1) * BLOCK < p->mesh->points ? (block + 1) * BLOCK : p->mesh->points;
    double *room;
    pel_status s = pel__alloc(&room, 3 * (int64_t)p->depths.count, sizeof *room, "samples");
    for (int64_t point = block * BLOCK; s == PEL_OK && point < end; point++)
        if (p->label)
            probe_label(p, point, room, room + p->depths.count);
        else
            probe_values(p, point, room, room + p->depths.count, room + 2 * p->depths.count);
    pel__free(room);
    return s;
}

/* ---- the whole ---- */

// NAME, or NAME_STAT where there are several
static void array_name(char out[128], const probing *p, const char *name, int n)
{
    bool alone = p->asked.count == 1 || p->labels;
    snprintf(out, 128, "%s%s%s", name, alone ? "" : "_", alone ? "" : p->asked.item[n].name);
}

// value, value2... : the first that is free
static void choose_name(char out[64], const probing *p, const pel_mesh *mesh, const char *name)
{
    char full[128];
    snprintf(out, 64, "%s", name ? name : "value");
    array_name(full, p, out, 0);
    for (int n = 2; !name && pel_mesh_find(mesh, full); n++) {
        snprintf(out, 64, "value%d", n);
        array_name(full, p, out, 0);
    }
}

static pel_status add_arrays(probing *p, pel_mesh *mesh, const char *given)
{
    char name[64], full[128];
    pel_status s = PEL_OK;
    choose_name(name, p, mesh, given);
    if (p->labels)
        return pel_mesh_add_array(mesh, name, PEL_ARRAY_LABELS, false, 1, &p->label);
    for (int n = 0; n < p->asked.count && s == PEL_OK; n++) {
        array_name(full, p, name, n);
        s = pel_mesh_add_array(mesh, full, PEL_ARRAY_VALUES, false, 1, &p->value[n]);
    }
    return s;
}

// own normals, turned outward where the mesh is closed and faces inward
static pel_status find_normals(pel_mesh *view, const pel_mesh *mesh)
{
    pel_topology t;
    *view = (pel_mesh){ .points = mesh->points,
                        .triangles = mesh->triangles,
                        .point_room = mesh->points,
                        .triangle_room = mesh->triangles,
                        .point_mm = mesh->point_mm,
                        .triangle = mesh->triangle };
    if (mesh->triangles == 0)
        return pel__fail(PEL_EDATA, "a cloud of points has no inside to measure depth from");
    pel_status s = pel_mesh_normals(view);
    if (s == PEL_OK)
        s = pel_mesh_topology(&t, mesh);
    if (s != PEL_OK || !t.closed || !t.oriented || pel_mesh_volume_mm3(mesh) >= 0)
        return s;
    pel__note("the mesh faces inward; its normals are turned round");
    float *normal = pel_mesh_find(view, "normals")->data;
    for (int64_t n = 0; n < 3 * mesh->points; n++)
        normal[n] = -normal[n];
    return s;
}

static void free_normals(pel_mesh *view)
{
    view->point_mm = NULL;
    view->triangle = NULL;
    pel_mesh_free(view);
}

static pel_status open_probing(probing *p, const pel_mesh *mesh, const pel_volume *in,
                               const pel_probe_params *params)
{
    pel_vec3 mm = pel_volume_spacing_mm(in);
    *p = (probing){ .mesh = mesh, .volume = in };
    pel_status s = pel_schema_check(&pel_probe_schema, params);
    if (s == PEL_OK)
        s = pel__volume_check_single(in, "a volume");
    if (s == PEL_OK)
        s = parse_stats(&p->asked, params->stat);
    if (s == PEL_OK)
        s = parse_depth(&p->depths, params->depth, fmin(mm.x, fmin(mm.y, mm.z)));
    if (s == PEL_OK && !pel_affine_invert(&p->ijk_from_mm, pel__volume_affine(in)))
        s = pel__fail(PEL_EDATA, "the volume's grid is flat; it has no place in the world");
    return s;
}

pel_status pel_probe(pel_mesh *mesh, const pel_volume *in, const pel_probe_params *params,
                     const pel_probe_as_params *as)
{
    probing p = { 0 };
    pel_mesh view = { 0 };
    pel_status s = pel_schema_check(&pel_probe_as_schema, as);
    if (s == PEL_OK)
        s = open_probing(&p, mesh, in, params);
    const pel_array *given = mesh->triangles ? NULL : pel_mesh_find(mesh, "normals");
    if (s == PEL_OK && params->depth && given && given->kind == PEL_ARRAY_NORMALS)
        p.normal = given->data; // a cloud knows no others
    else if (s == PEL_OK && params->depth) {
        s = find_normals(&view, mesh);
        if (s == PEL_OK)
            p.normal = pel_mesh_find(&view, "normals")->data;
    }
    int before = mesh->arrays;
    p.labels = as->labels || in->fields.intent_code == INTENT_LABEL;
    if (s == PEL_OK)
        s = add_arrays(&p, mesh, as->name);
    if (s == PEL_OK)
        s = pel__parallel((mesh->points + BLOCK - 1) / BLOCK, probe_block, &p, "probing");
    free_normals(&view);
    while (s != PEL_OK && mesh->arrays > before)
        pel__free(mesh->array[--mesh->arrays].data);
    return pel__during(s, "probe");
}
