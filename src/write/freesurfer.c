/* SPDX-License-Identifier: Apache-2.0 */
/* freesurfer.c: files of FreeSurfer, all big-endian: surfaces, values per point, annotations,
 * patches. */
#include <string.h>

#include "base/memory.h"
#include "base/status.h"
#include "mesh/mesh.h"
#include "write/meshes.h"

enum { TAG_TABLE = 1, TAG_REAL_RAS = 2, TAG_COMMAND = 3, TAG_GEOMETRY = 20, VERSION = 2 };

/* ---- surfaces ---- */

// a volume around the origin: its surface coordinates are scanner coordinates
static void put_geometry(pel__sink *to)
{
    static const char text[] = "valid = 1  # volume info valid\nfilename = none\n"
                               "volume = 256 256 256\nvoxelsize = 1 1 1\nxras   = -1 0 0\n"
                               "yras   = 0 0 -1\nzras   = 0 1 0\ncras   = 0 0 0\n";
    pel__sink_i32(to, TAG_REAL_RAS, true);
    pel__sink_i32(to, 0, true);
    pel__sink_i32(to, TAG_GEOMETRY, true);
    pel__sink_bytes(to, text, sizeof text - 1);
}

static pel_status write_surface(pel__mesh_writing *w)
{
    const pel_mesh *mesh = w->mesh;
    pel__sink_bytes(w->to, "\xff\xff\xfe", 3);
    pel__sink_text(w->to, "created by pellucid %s\n\n", pel_version());
    pel__sink_i32(w->to, (int32_t)mesh->points, true);
    pel__sink_i32(w->to, (int32_t)mesh->triangles, true);
    for (int64_t i = 0; i < mesh->points && w->to->status == PEL_OK; i++)
        for (int a = 0; a < 3; a++)
            pel__sink_f32(w->to, mesh->point_mm[i][a], true);
    for (int64_t t = 0; t < mesh->triangles && w->to->status == PEL_OK; t++)
        for (int c = 0; c < 3; c++)
            pel__sink_i32(w->to, mesh->triangle[t][c], true);
    if (mesh->oriented)
        put_geometry(w->to);
    if (w->provenance) {
        int32_t length = (int32_t)strlen(w->provenance) + 1;
        pel__sink_i32(w->to, TAG_COMMAND, true);
        pel__sink_i32(w->to, 0, true);
        pel__sink_i32(w->to, length, true);
        pel__sink_bytes(w->to, w->provenance, length);
    }
    return w->to->status;
}

const pel__mesh_writer pel__write_fs_surface = { "a FreeSurfer surface",
                                                 { ".white", ".pial", ".inflated", ".sphere",
                                                   ".smoothwm", ".orig", ".surf" },
                                                 PEL__HOLDS_MADE,
                                                 write_surface };

/* ---- one array ---- */

// the array of this kind that is named, or the only one
static pel_status choose(const pel_array **out, const pel__mesh_writing *w, pel_array_kind kind)
{
    pel__text names = { 0 };
    int count = 0;
    *out = NULL;
    for (int i = 0; i < w->mesh->arrays; i++) {
        const pel_array *a = &w->mesh->array[i];
        if (a->kind != kind || a->per_triangle || a->channels != 1)
            continue;
        pel__text_add(&names, "%s%s", names.length ? ", " : "", a->name);
        count++;
        if (!w->params->scalar || strcmp(w->params->scalar, a->name) == 0)
            *out = a;
    }
    pel_status s = PEL_OK;
    if (!*out || (count > 1 && !w->params->scalar))
        s = pel__fail(PEL_EPARAM, "%s: holds one array of %s on points; %s%s", w->path,
                      kind == PEL_ARRAY_LABELS ? "labels" : "values",
                      count ? "choose by --scalar: " : "there is none", count ? names.text : "");
    pel__text_free(&names);
    return s;
}

static pel_status write_curv(pel__mesh_writing *w)
{
    const pel_array *a;
    pel_status s = choose(&a, w, PEL_ARRAY_VALUES);
    if (s != PEL_OK)
        return s;
    pel__sink_bytes(w->to, "\xff\xff\xff", 3);
    pel__sink_i32(w->to, (int32_t)w->mesh->points, true);
    pel__sink_i32(w->to, (int32_t)w->mesh->triangles, true);
    pel__sink_i32(w->to, 1, true);
    for (int64_t i = 0; i < w->mesh->points && w->to->status == PEL_OK; i++)
        pel__sink_f32(w->to, ((const float *)a->data)[i], true);
    return w->to->status;
}

const pel__mesh_writer pel__write_fs_curv = { "a FreeSurfer curv file",
                                              { ".curv", ".sulc", ".thickness", ".area" },
                                              PEL__HOLDS_VALUES | PEL__HOLDS_NO_POINTS |
                                                  PEL__HOLDS_CLOUDS,
                                              write_curv };

/* ---- annotations ---- */

static int32_t value_of(const pel_label *label)
{
    return label->rgba[0] | label->rgba[1] << 8 | label->rgba[2] << 16;
}

// points name their label by its colour, so that no two may have one
static pel_status check_table(const pel__mesh_writing *w)
{
    const pel_mesh *mesh = w->mesh;
    enum { MOST = 20000 };
    if (mesh->label_count == 0 || mesh->label_count > MOST)
        return pel__fail(PEL_EDATA,
                         "%s: an annotation names its labels by colours, and the mesh has %s",
                         w->path, mesh->label_count ? "too many" : "no table of them");
    for (int i = 0; i < mesh->label_count; i++) {
        if (mesh->label[i].key < 0)
            return pel__fail(PEL_EDATA, "%s: label %d is below zero, which no annotation has",
                             w->path, mesh->label[i].key);
        for (int j = 0; j < i; j++)
            if (value_of(&mesh->label[i]) == value_of(&mesh->label[j]))
                return pel__fail(PEL_EDATA,
                                 "%s: the labels %s and %s have one colour, by which an annotation "
                                 "tells them apart",
                                 w->path, mesh->label[i].name, mesh->label[j].name);
    }
    return PEL_OK;
}

static void put_text(pel__sink *to, const char *text)
{
    pel__sink_i32(to, (int32_t)strlen(text) + 1, true);
    pel__sink_bytes(to, text, (int64_t)strlen(text) + 1);
}

static void put_table(pel__mesh_writing *w)
{
    const pel_mesh *mesh = w->mesh;
    int32_t most = 0;
    for (int i = 0; i < mesh->label_count; i++)
        most = mesh->label[i].key >= most ? mesh->label[i].key + 1 : most;
    pel__sink_i32(w->to, TAG_TABLE, true);
    pel__sink_i32(w->to, -VERSION, true);
    pel__sink_i32(w->to, most, true);
    put_text(w->to, "pellucid");
    pel__sink_i32(w->to, mesh->label_count, true);
    for (int i = 0; i < mesh->label_count; i++) {
        const pel_label *label = &mesh->label[i];
        pel__sink_i32(w->to, label->key, true);
        put_text(w->to, label->name);
        for (int c = 0; c < 4; c++)
            pel__sink_i32(w->to, c < 3 ? label->rgba[c] : 255 - label->rgba[c], true);
    }
}

static pel_status write_annot(pel__mesh_writing *w)
{
    const pel_array *a;
    pel_status s = choose(&a, w, PEL_ARRAY_LABELS);
    if (s == PEL_OK)
        s = check_table(w);
    if (s != PEL_OK)
        return s;
    pel__sink_i32(w->to, (int32_t)w->mesh->points, true);
    for (int64_t i = 0; i < w->mesh->points && w->to->status == PEL_OK; i++) {
        const pel_label *label = pel_mesh_label(w->mesh, ((const int32_t *)a->data)[i]);
        pel__sink_i32(w->to, (int32_t)i, true);
        pel__sink_i32(w->to, label ? value_of(label) : 0, true);
    }
    put_table(w);
    return w->to->status;
}

const pel__mesh_writer pel__write_fs_annot = { "a FreeSurfer annotation",
                                               { ".annot" },
                                               PEL__HOLDS_LABELS | PEL__HOLDS_NAMES |
                                                   PEL__HOLDS_NO_POINTS | PEL__HOLDS_CLOUDS,
                                               write_annot };

/* ---- patches ---- */

static const int32_t *labels_named(const pel_mesh *mesh, const char *name)
{
    const pel_array *a = pel_mesh_find(mesh, name);
    return a && a->kind == PEL_ARRAY_LABELS && !a->per_triangle ? a->data : NULL;
}

// points along the borders: as the mesh's array says, or as its triangles do
static pel_status mark_border(uint8_t *marked, const pel_mesh *mesh)
{
    const int32_t *border = labels_named(mesh, "border");
    int32_t *twin;
    for (int64_t p = 0; border && p < mesh->points; p++)
        marked[p] = border[p] != 0;
    if (border)
        return PEL_OK;
    pel_status s = pel__mesh_twins(&twin, mesh);
    for (int32_t h = 0; s == PEL_OK && h < 3 * mesh->triangles; h++)
        if (twin[h] < 0)
            marked[pel__half_from(mesh, h)] = marked[pel__half_from(mesh, pel__next_half(h))] = 1;
    pel__free(twin);
    return s;
}

static pel_status put_patch(pel__mesh_writing *w, const int32_t *vertex, const uint8_t *border)
{
    pel__sink_i32(w->to, -1, true);
    pel__sink_i32(w->to, (int32_t)w->mesh->points, true);
    for (int64_t i = 0; i < w->mesh->points && w->to->status == PEL_OK; i++) {
        if (vertex[i] < 0 || vertex[i] == INT32_MAX)
            return pel__fail(PEL_EDATA, "%s: point %lld is of vertex %d, which no surface has",
                             w->path, (long long)i, vertex[i]);
        pel__sink_i32(w->to, border[i] ? -vertex[i] - 1 : vertex[i] + 1, true);
        for (int a = 0; a < 3; a++)
            pel__sink_f32(w->to, w->mesh->point_mm[i][a], true);
    }
    return w->to->status;
}

static pel_status write_patch(pel__mesh_writing *w)
{
    const int32_t *vertex = labels_named(w->mesh, "vertex");
    uint8_t *border;
    if (!vertex)
        return pel__fail(PEL_EDATA,
                         "%s: a patch names points of a whole surface, and the mesh has no labels "
                         "'vertex' that say which; mesh --cut-whole keeps them",
                         w->path);
    pel_status s = pel__alloc_zero(&border, w->mesh->points + 1, 1, "a patch");
    if (s == PEL_OK)
        s = mark_border(border, w->mesh);
    if (s == PEL_OK)
        s = put_patch(w, vertex, border);
    pel__free(border);
    return s;
}

const pel__mesh_writer pel__write_fs_patch = { "a FreeSurfer patch",
                                               { ".patch", ".patch.3d", ".patch.flat", ".3d" },
                                               PEL__HOLDS_LABELS | PEL__HOLDS_CLOUDS,
                                               write_patch };
