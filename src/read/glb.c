/* SPDX-License-Identifier: Apache-2.0 */
/* glb.c: glTF 2.0 in its binary form (Khronos 2017): triangles and points of its scene, with
 * normals, colours and numbers; wraps jansson for this room. */
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "base/job.h"
#include "base/maths.h"
#include "base/memory.h"
#include "base/status.h"
#include "read/columns.h"
#include "read/meshes.h"

enum {
    HEAD = 12,
    CHUNK = 8,
    JSON = 0x4e4f534a,
    BIN = 0x004e4942,
    DEEPEST = 64,
    MOST_NODES = 100000
};

typedef struct glb {
    pel_mesh *mesh;
    const char *file;
    json_t *root;          // owned
    const uint8_t *binary; // borrowed
    int64_t size;          // of it
    int nodes;             // gone through
    bool ours;             // positions are RAS mm before any node moves them
    json_t *first;         // the first primitive, whose numbers are kept when it is the only one
    int primitives;
} glb;

static bool is(const char *path, const uint8_t *head, int64_t count)
{
    (void)path;
    return count >= 4 && memcmp(head, "glTF", 4) == 0;
}

static pel_status damaged(const glb *g, const char *what)
{
    return pel__fail(PEL_EFORMAT, "%s: %s; the file is damaged or cut short", g->file, what);
}

static pel_status refuse(const glb *g, const char *what)
{
    return pel__fail(PEL_EUNSUPPORTED, "%s: %s", g->file, what);
}

/* ---- JSON ---- */

static int64_t integer(const json_t *of, const char *key, int64_t otherwise)
{
    const json_t *value = json_object_get(of, key);
    return json_is_integer(value) ? (int64_t)json_integer_value(value) : otherwise;
}

static json_t *item(const glb *g, const char *list, int64_t index)
{
    const json_t *all = json_object_get(g->root, list);
    return index >= 0 && (uint64_t)index < json_array_size(all) ? json_array_get(all, (size_t)index)
                                                                : NULL;
}

/* numbers in the binary chunk */
typedef struct accessor {
    pel__item item;
    int channels;
    bool normalized;
    int64_t count, stride;
    const uint8_t *bytes; // NULL: all zero
} accessor;

static pel__item item_of(int64_t type)
{
    switch (type) {
    case 5120:
        return PEL__ITEM_I8;
    case 5121:
        return PEL__ITEM_U8;
    case 5122:
        return PEL__ITEM_I16;
    case 5123:
        return PEL__ITEM_U16;
    case 5125:
        return PEL__ITEM_U32;
    case 5126:
        return PEL__ITEM_F32;
    default:
        return PEL__ITEM_NONE;
    }
}

static int channels_of(const char *type)
{
    static const char *const names[] = { "SCALAR", "VEC2", "VEC3", "VEC4" };
    for (int n = 0; type && n < 4; n++)
        if (strcmp(type, names[n]) == 0)
            return n + 1;
    return 0;
}

static pel_status find_accessor(accessor *out, const glb *g, int64_t index)
{
    const json_t *about = item(g, "accessors", index);
    *out = (accessor){ 0 };
    out->item = item_of(integer(about, "componentType", 0));
    out->channels = channels_of(json_string_value(json_object_get(about, "type")));
    out->count = integer(about, "count", -1);
    out->normalized = json_is_true(json_object_get(about, "normalized"));
    if (!about || out->item == PEL__ITEM_NONE || out->channels == 0 || out->count < 0 ||
        out->count > INT32_MAX)
        return damaged(g, "an accessor is not understood");
    if (json_object_get(about, "sparse"))
        return refuse(g, "has sparse numbers, which are not read");
    const json_t *view = item(g, "bufferViews", integer(about, "bufferView", -1));
    if (!view || integer(view, "buffer", 0) != 0)
        return refuse(g, "its numbers lie outside of the file, or are packed; export it as plain "
                         ".glb");
    int64_t row = out->channels * pel__item_bytes(out->item);
    int64_t start = integer(view, "byteOffset", 0), length = integer(view, "byteLength", 0);
    int64_t within = integer(about, "byteOffset", 0);
    out->stride = integer(view, "byteStride", row);
    bool sensible = start >= 0 && length >= 0 && within >= 0 && start <= g->size &&
                    length <= g->size - start && within <= length && out->stride >= row &&
                    out->stride <= 4096;
    if (!sensible || (out->count && (out->count - 1) * out->stride + row > length - within))
        return damaged(g, "an accessor reaches beyond its bytes");
    out->bytes = g->binary + start + within;
    return PEL_OK;
}

static double get(const accessor *a, int64_t i, int channel)
{
    const uint8_t *at = a->bytes + i * a->stride + channel * pel__item_bytes(a->item);
    double value = pel__item_get(at, a->item, false);
    static const double scale[] = { 127, 255, 32767, 65535, 0, 4294967295.0 };
    return a->normalized && a->item < PEL__ITEM_U64 && a->item != PEL__ITEM_I32
               ? fmax(value / scale[a->item], -1)
               : value;
}

/* ---- nodes ---- */

static const pel_affine identity = { { { 1, 0, 0, 0 }, { 0, 1, 0, 0 }, { 0, 0, 1, 0 } } };

static bool numbers(double *out, const json_t *of, const char *key, size_t count)
{
    const json_t *list = json_object_get(of, key);
    if (json_array_size(list) != count)
        return false;
    for (size_t i = 0; i < count; i++)
        out[i] = json_number_value(json_array_get(list, i));
    return true;
}

// columns first; or scale, then turn, then shift
static pel_affine matrix_of(const json_t *node)
{
    double m[16], q[4] = { 0, 0, 0, 1 }, scale[3] = { 1, 1, 1 }, shift[3] = { 0 };
    pel_affine out = identity;
    if (numbers(m, node, "matrix", 16)) {
        for (int r = 0; r < 3; r++)
            for (int c = 0; c < 4; c++)
                out.m[r][c] = m[4 * c + r];
        return out;
    }
    numbers(q, node, "rotation", 4);
    numbers(scale, node, "scale", 3);
    numbers(shift, node, "translation", 3);
    const double x = q[0], y = q[1], z = q[2], w = q[3];
    const double turn[3][3] = {
        { 1 - 2 * (y * y + z * z), 2 * (x * y - z * w), 2 * (x * z + y * w) },
        { 2 * (x * y + z * w), 1 - 2 * (x * x + z * z), 2 * (y * z - x * w) },
        { 2 * (x * z - y * w), 2 * (y * z + x * w), 1 - 2 * (x * x + y * y) }
    };
    for (int r = 0; r < 3; r++) {
        for (int c = 0; c < 3; c++)
            out.m[r][c] = turn[r][c] * scale[c];
        out.m[r][3] = shift[r];
    }
    return out;
}

// metres with y up become mm with z up
static pel_affine to_mm(pel_affine a)
{
    pel_affine out;
    for (int c = 0; c < 4; c++) {
        out.m[0][c] = 1000 * a.m[0][c];
        out.m[1][c] = -1000 * a.m[2][c];
        out.m[2][c] = 1000 * a.m[1][c];
    }
    return out;
}

static pel_affine chain(pel_affine a, pel_affine b)
{
    pel_affine out;
    for (int r = 0; r < 3; r++)
        for (int c = 0; c < 4; c++)
            out.m[r][c] = a.m[r][0] * b.m[0][c] + a.m[r][1] * b.m[1][c] + a.m[r][2] * b.m[2][c] +
                          (c == 3 ? a.m[r][3] : 0);
    return out;
}

static bool is_identity(pel_affine a)
{
    for (int r = 0; r < 3; r++)
        for (int c = 0; c < 4; c++)
            if (!(fabs(a.m[r][c] - identity.m[r][c]) < 1e-9))
                return false;
    return true;
}

/* ---- primitives ---- */

static pel_status add_points(glb *g, const accessor *a, pel_affine mm)
{
    pel_mesh *mesh = g->mesh;
    int64_t first = mesh->points;
    bool as_is = g->ours || is_identity(mm);
    pel_status s = pel__mesh_resize(mesh, first + a->count, mesh->triangles);
    for (int64_t i = 0; i < a->count && s == PEL_OK; i++) {
        pel_vec3 p = { get(a, i, 0), get(a, i, 1), get(a, i, 2) };
        if (!as_is)
            p = pel_affine_point(mm, p);
        mesh->point_mm[first + i][0] = (float)p.x;
        mesh->point_mm[first + i][1] = (float)p.y;
        mesh->point_mm[first + i][2] = (float)p.z;
    }
    return s;
}

// without a list of corners every three points are a triangle; a mirror turns them round
static pel_status add_triangles(glb *g, const json_t *primitive, int64_t first, bool mirrored)
{
    pel_mesh *mesh = g->mesh;
    accessor corners = { .count = mesh->points - first };
    bool listed = json_object_get(primitive, "indices");
    pel_status s = listed ? find_accessor(&corners, g, integer(primitive, "indices", -1)) : PEL_OK;
    int64_t before = mesh->triangles;
    if (s == PEL_OK)
        s = pel__mesh_resize(mesh, mesh->points, before + corners.count / 3);
    for (int64_t i = 0; i < corners.count / 3 * 3 && s == PEL_OK; i++) {
        double at = (double)first + (listed ? get(&corners, i, 0) : (double)i);
        int64_t c = mirrored && i % 3 ? 3 - i % 3 : i % 3;
        mesh->triangle[before + i / 3][c] = (int32_t)pel__int_from(at, -1, INT32_MAX);
    }
    return s;
}

static pel_status add_primitive(glb *g, json_t *primitive, pel_affine metres)
{
    int64_t mode = integer(primitive, "mode", 4), first = g->mesh->points;
    const json_t *attributes = json_object_get(primitive, "attributes");
    accessor position;
    if (mode != 0 && mode != 4) {
        pel__note("%s: lines, strips and fans are left out", g->file);
        return PEL_OK;
    }
    if (json_object_get(json_object_get(primitive, "extensions"), "KHR_draco_mesh_compression"))
        return refuse(g, "its triangles are packed by Draco; export it without");
    pel_affine mm = to_mm(metres);
    pel_status s = find_accessor(&position, g, integer(attributes, "POSITION", -1));
    if (s == PEL_OK && position.channels != 3)
        s = damaged(g, "its positions have no three coordinates");
    if (s == PEL_OK)
        s = add_points(g, &position, mm);
    if (s == PEL_OK && mode == 4)
        s = add_triangles(g, primitive, first, !g->ours && pel__determinant(mm) < 0);
    if (g->primitives++ == 0)
        g->first = primitive;
    return s;
}

static pel_status add_node(glb *g, int64_t index, pel_affine from, int depth)
{
    const json_t *node = item(g, "nodes", index);
    if (!node || depth > DEEPEST || ++g->nodes > MOST_NODES)
        return damaged(g, "its nodes name ones that are not there, or never end");
    pel_affine metres = chain(from, matrix_of(node));
    const json_t *mesh = item(g, "meshes", integer(node, "mesh", -1));
    const json_t *children = json_object_get(node, "children");
    pel_status s = PEL_OK;
    size_t n;
    json_t *one;
    json_array_foreach(json_object_get(mesh, "primitives"), n, one)
    {
        s = s == PEL_OK ? add_primitive(g, one, metres) : s;
    }
    json_array_foreach(children, n, one)
    {
        if (s == PEL_OK)
            s = add_node(g, json_is_integer(one) ? (int64_t)json_integer_value(one) : -1, metres,
                         depth + 1);
    }
    return s == PEL_OK ? pel__cancelled() : s;
}

static pel_status add_scene(glb *g)
{
    const json_t *scene = item(g, "scenes", integer(g->root, "scene", 0));
    const json_t *nodes = json_object_get(scene, "nodes"), *one;
    size_t n;
    pel_status s = PEL_OK;
    json_array_foreach(nodes, n, one)
    {
        if (s == PEL_OK)
            s = add_node(g, json_is_integer(one) ? (int64_t)json_integer_value(one) : -1, identity,
                         0);
    }
    if (s == PEL_OK && g->primitives == 0)
        s = pel__fail(PEL_EDATA, "%s: its scene has no triangles and no points", g->file);
    return s;
}

/* ---- numbers on points ---- */

// plain floats or bytes in a row, as the other formats have them
static pel_status add_attribute(glb *g, const char *name, int64_t index)
{
    accessor a;
    float *packed;
    bool colours = strcmp(name, "COLOR_0") == 0, normals = strcmp(name, "NORMAL") == 0;
    bool labels = strncmp(name, "_LABELS_", 8) == 0;
    pel_status s = find_accessor(&a, g, index);
    if (s != PEL_OK || a.count != g->mesh->points || (!colours && !normals && *name != '_'))
        return s;
    s = pel__alloc(&packed, a.count * a.channels + 1, sizeof *packed, "the numbers of points");
    for (int64_t i = 0; i < a.count * a.channels && s == PEL_OK; i++)
        packed[i] = (float)get(&a, i / a.channels, (int)(i % a.channels));
    pel__numbers c = { .name = colours   ? "colours"
                               : normals ? "normals"
                                         : name + (labels ? 8 : 1) };
    c.role = colours ? PEL__COLUMN_COLOURS : normals ? PEL__COLUMN_NORMALS : PEL__COLUMN_NUMBERS;
    c.channels = a.channels;
    c.items = a.count;
    c.bytes = (const uint8_t *)packed;
    c.item = PEL__ITEM_F32;
    c.declared = labels ? PEL__ITEM_I32 : PEL__ITEM_F32;
    if (s == PEL_OK)
        s = pel__mesh_add_column(g->mesh, &c, g->file);
    pel__free(packed);
    return s;
}

static pel_status add_attributes(glb *g)
{
    const char *name;
    json_t *value;
    pel_status s = PEL_OK;
    if (g->primitives > 1)
        pel__note("%s: several parts are joined; their colours and numbers are left out", g->file);
    json_t *all = g->primitives == 1 ? json_object_get(g->first, "attributes") : NULL;
    json_object_foreach(all, name, value)
    {
        if (s == PEL_OK && json_is_integer(value))
            s = add_attribute(g, name, (int64_t)json_integer_value(value));
    }
    return s;
}

static pel_status say_coordinates(glb *g)
{
    static const char foreign[] = "coordinates: glTF's metres, y up, turned to mm, z up";
    const json_t *extras = json_object_get(json_object_get(g->root, "asset"), "extras");
    const char *comment = json_string_value(json_object_get(extras, "comment"));
    g->mesh->oriented = g->ours;
    pel_status s = comment ? pel__mesh_say(g->mesh, comment, (int64_t)strlen(comment)) : PEL_OK;
    return g->ours || s != PEL_OK ? s : pel__mesh_say(g->mesh, foreign, (int64_t)strlen(foreign));
}

static pel_status parse(glb *g, pel__whole *file)
{
    const uint8_t *head = pel__whole_take(file, HEAD + CHUNK);
    if (!head || pel__item_get(head + 4, PEL__ITEM_U32, false) != 2)
        return refuse(g, "is no glTF of version 2");
    int64_t size = (int64_t)pel__item_get(head + HEAD, PEL__ITEM_U32, false);
    bool is_json = pel__item_get(head + HEAD + 4, PEL__ITEM_U32, false) == JSON;
    const uint8_t *text = is_json ? pel__whole_take(file, size) : NULL;
    if (!text)
        return damaged(g, "it has no chunk of JSON");
    json_error_t error;
    g->root = json_loadb((const char *)text, (size_t)size, 0, &error);
    if (!json_is_object(g->root))
        return pel__fail(PEL_EFORMAT, "%s: its JSON is damaged: %.100s", g->file, error.text);
    const uint8_t *chunk = pel__whole_take(file, CHUNK);
    size = chunk ? (int64_t)pel__item_get(chunk, PEL__ITEM_U32, false) : 0;
    if (chunk && pel__item_get(chunk + 4, PEL__ITEM_U32, false) == BIN) {
        g->binary = pel__whole_take(file, size);
        g->size = g->binary ? size : 0;
    }
    const json_t *extras = json_object_get(json_object_get(g->root, "asset"), "extras");
    const char *coordinates = json_string_value(json_object_get(extras, "coordinates"));
    g->ours = coordinates && strcmp(coordinates, PEL_MESH_COORDINATES) == 0;
    return PEL_OK;
}

static pel_status read(pel_mesh *out, pel__bytes *bytes)
{
    glb g = { .mesh = out, .file = bytes->name };
    pel__whole file;
    pel_status s = pel__whole_read(&file, bytes);
    if (s == PEL_OK)
        s = parse(&g, &file);
    if (s == PEL_OK)
        s = add_scene(&g);
    if (s == PEL_OK)
        s = add_attributes(&g);
    if (s == PEL_OK)
        s = say_coordinates(&g);
    json_decref(g.root);
    pel__whole_free(&file);
    return s;
}

const pel__mesh_format pel__glb = { "GLB", { ".glb" }, is, read, NULL, 2 };
