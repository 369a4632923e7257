/* SPDX-License-Identifier: Apache-2.0 */
/* glb.c: glTF 2.0 in its binary form: positions stay mm, and a node turns them to metres, y up. */
#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "base/status.h"
#include "mesh/mesh.h"
#include "write/meshes.h"

enum {
    JSON = 0x4e4f534a,
    BIN = 0x004e4942,
    MOST_VIEWS = 300,
    FLOATS = 5126,
    BYTES = 5121,
    WHOLE = 5125,
    LARGEST_LABEL = 1 << 24
};

/* a run of numbers in the binary chunk */
typedef struct view {
    const pel_array *array; // NULL: positions, then corners
    int64_t items, bytes;   // bytes: a multiple of four
    int channels;
} view;

static bool is_kept(const pel_array *a)
{
    return !a->per_triangle && a->channels <= 4;
}

static void add_string(pel__text *to, const char *text)
{
    pel__text_add(to, "\"");
    for (; *text; text++)
        if (*text == '"' || *text == '\\')
            pel__text_add(to, "\\%c", *text);
        else if ((unsigned char)*text < ' ')
            pel__text_add(to, "\\u%04x", *text);
        else
            pel__text_add_bytes(to, text, 1);
    pel__text_add(to, "\"");
}

static void add_name(pel__text *to, const pel_array *a)
{
    char name[80];
    const char *text = a->kind == PEL_ARRAY_COLOURS   ? "COLOR_0"
                       : a->kind == PEL_ARRAY_NORMALS ? "NORMAL"
                                                      : NULL;
    snprintf(name, sizeof name, "%s%s", a->kind == PEL_ARRAY_LABELS ? "_LABELS_" : "_", a->name);
    add_string(to, text ? text : name);
}

// only one of these kinds has a name of its own
static bool is_second(const pel_mesh *mesh, const pel_array *a)
{
    bool once = a->kind == PEL_ARRAY_COLOURS || a->kind == PEL_ARRAY_NORMALS;
    for (const pel_array *b = mesh->array; once && b < a; b++)
        if (b->kind == a->kind && is_kept(b))
            return true;
    return false;
}

static int list_views(view out[MOST_VIEWS], const pel_mesh *mesh)
{
    int count = 0;
    out[count++] = (view){ NULL, mesh->points, 12 * mesh->points, 3 };
    if (mesh->triangles)
        out[count++] = (view){ NULL, 3 * mesh->triangles, 12 * mesh->triangles, 1 };
    for (int i = 0; i < mesh->arrays; i++) {
        const pel_array *a = &mesh->array[i];
        if (!is_kept(a) || is_second(mesh, a))
            continue;
        // bytes of a colour are four, or three and one of padding
        int row = a->kind == PEL_ARRAY_COLOURS ? 4 : 4 * a->channels;
        out[count++] = (view){ a, mesh->points, row * mesh->points, a->channels };
    }
    return count;
}

static void add_bounds(pel__text *to, const pel_mesh *mesh)
{
    pel_vec3 lo, hi;
    pel_mesh_bounds(mesh, &lo, &hi);
    const double all[2][3] = { { lo.x, lo.y, lo.z }, { hi.x, hi.y, hi.z } };
    for (int n = 0; n < 2; n++) {
        pel__text_add(to, ",\"%s\":[", n ? "max" : "min");
        for (int a = 0; a < 3; a++) {
            char number[PEL__NUMBER];
            pel__print_float(number, (float)all[n][a]);
            pel__text_add(to, "%s%s", a ? "," : "", number);
        }
        pel__text_add(to, "]");
    }
}

static void add_accessor(pel__text *to, const pel_mesh *mesh, const view *v, int index)
{
    static const char *const types[] = { "SCALAR", "VEC2", "VEC3", "VEC4" };
    bool corners = !v->array && index == 1;
    bool bytes = v->array && v->array->kind == PEL_ARRAY_COLOURS;
    pel__text_add(to, "%s{\"bufferView\":%d,\"componentType\":%d,\"count\":%lld,\"type\":\"%s\"%s",
                  index ? "," : "", index,
                  corners ? WHOLE
                  : bytes ? BYTES
                          : FLOATS,
                  (long long)v->items, types[v->channels - 1], bytes ? ",\"normalized\":true" : "");
    if (index == 0)
        add_bounds(to, mesh);
    pel__text_add(to, "}");
}

static void add_views(pel__text *to, const view *views, int count)
{
    int64_t offset = 0;
    for (int n = 0; n < count; n++) {
        bool stride = views[n].array && views[n].array->kind == PEL_ARRAY_COLOURS;
        pel__text_add(to, "%s{\"buffer\":0,\"byteOffset\":%lld,\"byteLength\":%lld%s}",
                      n ? "," : "", (long long)offset, (long long)views[n].bytes,
                      stride ? ",\"byteStride\":4" : "");
        offset += views[n].bytes;
    }
}

static void add_asset(pel__text *to, pel__mesh_writing *w)
{
    pel__text lines = { 0 };
    pel__mesh_lines(&lines, "", w->mesh, NULL);
    pel__text_add(to, "{\"asset\":{\"version\":\"2.0\",\"generator\":\"pellucid %s\",\"extras\":{",
                  pel_version());
    if (w->mesh->oriented)
        pel__text_add(to, "\"coordinates\":\"" PEL_MESH_COORDINATES "\",");
    pel__text_add(to, "\"comment\":");
    add_string(to, lines.text ? lines.text : "");
    if (w->provenance)
        pel__text_add(to, ",\"made\":%s", w->provenance);
    pel__text_add(to, "}},");
    to->failed = to->failed || lines.failed;
    pel__text_free(&lines);
}

static void add_json(pel__text *to, pel__mesh_writing *w, const view *views, int count)
{
    const pel_mesh *mesh = w->mesh;
    int64_t total = 0;
    add_asset(to, w);
    pel__text_add(to, "\"scene\":0,\"scenes\":[{\"nodes\":[0]}],\"nodes\":[{\"mesh\":0,\"matrix\":"
                      "[0.001,0,0,0,0,0,-0.001,0,0,0.001,0,0,0,0,0,1]}],\"meshes\":[{"
                      "\"primitives\":[{\"attributes\":{\"POSITION\":0");
    for (int n = 1; n < count; n++)
        if (views[n].array) {
            pel__text_add(to, ",");
            add_name(to, views[n].array);
            pel__text_add(to, ":%d", n);
        }
    pel__text_add(to, "}");
    if (mesh->triangles)
        pel__text_add(to, ",\"indices\":1");
    pel__text_add(to, ",\"mode\":%d}]}],\"accessors\":[", mesh->triangles ? 4 : 0);
    for (int n = 0; n < count; n++) {
        add_accessor(to, mesh, &views[n], n);
        total += views[n].bytes;
    }
    pel__text_add(to, "],\"bufferViews\":[");
    add_views(to, views, count);
    pel__text_add(to, "],\"buffers\":[{\"byteLength\":%lld}]}", (long long)total);
    while (to->length % 4)
        pel__text_add(to, " ");
}

static void put_view(pel__mesh_writing *w, const view *v, int index)
{
    const pel_array *a = v->array;
    const void *data = a       ? a->data
                       : index ? (const void *)w->mesh->triangle
                               : (const void *)w->mesh->point_mm;
    for (int64_t i = 0; i < v->items && w->to->status == PEL_OK; i++)
        for (int c = 0; c < v->channels; c++) {
            int64_t at = i * v->channels + c;
            if (!a && index)
                pel__sink_i32(w->to, ((const int32_t *)data)[at], false);
            else if (a && a->kind == PEL_ARRAY_COLOURS) {
                pel__sink_u8(w->to, ((const uint8_t *)data)[at]);
                if (c == 2 && v->channels == 3)
                    pel__sink_u8(w->to, 0);
            } else if (a && a->kind == PEL_ARRAY_LABELS)
                pel__sink_f32(w->to, (float)((const int32_t *)data)[at], false);
            else
                pel__sink_f32(w->to, ((const float *)data)[at], false);
        }
}

// labels are floats there, which hold whole numbers only so far
static pel_status check_labels(const pel__mesh_writing *w)
{
    for (int i = 0; i < w->mesh->arrays; i++) {
        const pel_array *a = &w->mesh->array[i];
        const int32_t *label = a->data;
        for (int64_t n = 0; a->kind == PEL_ARRAY_LABELS && !a->per_triangle && n < w->mesh->points;
             n++)
            if (label[n] > LARGEST_LABEL || label[n] < -LARGEST_LABEL)
                return pel__fail(PEL_EDATA,
                                 "%s: label %d of '%s' is beyond 2^24, which .glb cannot hold; use "
                                 ".ply, .gii or .vtp",
                                 w->path, label[n], a->name);
    }
    return PEL_OK;
}

static pel_status write(pel__mesh_writing *w)
{
    view views[MOST_VIEWS];
    pel__text json = { 0 };
    int count = list_views(views, w->mesh);
    int64_t binary = 0;
    pel_status s = w->mesh->points
                       ? check_labels(w)
                       : pel__fail(PEL_EDATA, "%s: a .glb has one point at least", w->path);
    if (s != PEL_OK)
        return s;
    add_json(&json, w, views, count);
    for (int n = 0; n < count; n++)
        binary += views[n].bytes;
    int64_t total = 12 + 8 + (int64_t)json.length + 8 + binary;
    if (total > UINT32_MAX) {
        pel__text_free(&json);
        return pel__fail(PEL_EUNSUPPORTED, "%s: is above 4 GB, which .glb cannot hold", w->path);
    }
    pel__sink_bytes(w->to, "glTF\x02\0\0\0", 8);
    pel__sink_i32(w->to, (int32_t)(uint32_t)total, false);
    pel__sink_i32(w->to, (int32_t)(uint32_t)json.length, false);
    pel__sink_i32(w->to, JSON, false);
    pel__sink_all(w->to, &json);
    pel__sink_i32(w->to, (int32_t)(uint32_t)binary, false);
    pel__sink_i32(w->to, BIN, false);
    for (int n = 0; n < count; n++)
        put_view(w, &views[n], n);
    return w->to->status;
}

const pel__mesh_writer pel__write_glb = {
    "GLB", { ".glb" }, PEL__HOLDS_POINT_ARRAYS | PEL__HOLDS_CLOUDS | PEL__HOLDS_MADE, write
};
