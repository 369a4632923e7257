/* SPDX-License-Identifier: Apache-2.0 */
/* ply.c: PLY, the Stanford format of polygons (Turk 1994): meshes at once, clouds part by part. */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/status.h"
#include "base/text.h"
#include "mesh/mesh.h"
#include "write/meshes.h"
#include "write/write.h"

enum { COUNT_DIGITS = 19 };

/* a file on its way */
struct pel_cloud {
    pel__sink to;
    bool ascii, begun;
    char *coordinates, *provenance; // owned
    pel_mesh layout;                // arrays without items
    int64_t points, triangles;
};

/* ---- header ---- */

static void add_name(pel__text *to, const pel_array *a, int channel)
{
    static const char *const of_normals[] = { "nx", "ny", "nz" };
    static const char *const of_colours[] = { "red", "green", "blue", "alpha" };
    if (a->kind == PEL_ARRAY_NORMALS)
        pel__text_add(to, "%s", of_normals[channel]);
    else if (a->kind == PEL_ARRAY_COLOURS)
        pel__text_add(to, "%s", of_colours[channel]);
    else {
        for (const char *c = a->name; *c; c++)
            pel__text_add_bytes(to, isspace((unsigned char)*c) ? "_" : c, 1);
        if (a->channels > 1)
            pel__text_add(to, "_%d", channel);
    }
    pel__text_add(to, "\n");
}

static void add_arrays(pel__text *to, const pel_mesh *layout, bool per_triangle)
{
    for (int n = 0; n < layout->arrays; n++) {
        const pel_array *a = &layout->array[n];
        for (int c = 0; a->per_triangle == per_triangle && c < a->channels; c++) {
            pel__text_add(to, "property %s ",
                          a->kind == PEL_ARRAY_COLOURS  ? "uchar"
                          : a->kind == PEL_ARRAY_LABELS ? "int"
                                                        : "float");
            add_name(to, a, c);
        }
    }
}

// each line of a text behind the word comment
static void add_comments(pel__text *to, const char *text, bool all, bool oriented)
{
    while (text && *text) {
        size_t length = strcspn(text, "\n\r");
        if (length && (all || !pel__mesh_line_is_ours(text, oriented)))
            pel__text_add(to, "comment %.*s\n", (int)length, text);
        text += length + (text[length] != 0);
    }
}

// of one length whatever the number of points and the hash: a comment takes the digits not needed
static void add_head(pel__text *to, const pel_cloud *c, const char *provenance)
{
    char count[32];
    snprintf(count, sizeof count, "%lld", (long long)c->points);
    pel__text_add(to, "ply\nformat %s 1.0\n", c->ascii ? "ascii" : "binary_little_endian");
    bool oriented = strcmp(c->coordinates, PEL_MESH_COORDINATES) == 0;
    add_comments(to, c->coordinates, true, oriented);
    // by which 3D Slicer tells RAS from its own LPS
    add_comments(to, oriented ? "SPACE=RAS" : "", true, oriented);
    add_comments(to, c->layout.comment, false, oriented);
    pel__text_add(to, "comment pellucid %s%*s\n", pel_version(), COUNT_DIGITS - (int)strlen(count),
                  "");
    add_comments(to, provenance, true, oriented);
    pel__text_add(to, "element vertex %s\nproperty float x\nproperty float y\nproperty float z\n",
                  count);
    add_arrays(to, &c->layout, false);
    if (c->triangles) {
        pel__text_add(to, "element face %lld\nproperty list uchar int vertex_indices\n",
                      (long long)c->triangles);
        add_arrays(to, &c->layout, true);
    }
    pel__text_add(to, "end_header\n");
}

static pel_status put_head(pel_cloud *c, const char *hash, bool again)
{
    pel__text head = { 0 };
    char *provenance = c->provenance && hash ? pel__provenance_with_hash(c->provenance, hash)
                                             : pel__strdup(c->provenance);
    add_head(&head, c, provenance);
    pel_status s;
    if (head.failed || (c->provenance && !provenance))
        s = pel__fail(PEL_EMEMORY, "%s: no memory for its header", c->to.file.path);
    else
        s = again ? pel__outfile_patch(&c->to.file, 0, head.text, (int64_t)head.length)
                  : (pel__sink_bytes(&c->to, head.text, (int64_t)head.length), c->to.status);
    free(provenance);
    pel__text_free(&head);
    return s;
}

/* ---- rows ---- */

static void put_blank(pel_cloud *c, bool first)
{
    if (c->ascii && !first)
        pel__sink_u8(&c->to, ' ');
}

static void put_float(pel_cloud *c, float value, bool first)
{
    put_blank(c, first);
    if (c->ascii)
        pel__sink_float(&c->to, value);
    else
        pel__sink_f32(&c->to, value, false);
}

static void put_integer(pel_cloud *c, int32_t value, int bytes, bool first)
{
    put_blank(c, first);
    if (c->ascii)
        pel__sink_text(&c->to, "%d", (int)value);
    else if (bytes == 1)
        pel__sink_u8(&c->to, (uint8_t)value);
    else
        pel__sink_i32(&c->to, value, false);
}

static void put_array(pel_cloud *c, const pel_array *a, int64_t item)
{
    int64_t at = item * a->channels;
    for (int n = 0; n < a->channels; n++)
        if (a->kind == PEL_ARRAY_COLOURS)
            put_integer(c, ((const uint8_t *)a->data)[at + n], 1, false);
        else if (a->kind == PEL_ARRAY_LABELS)
            put_integer(c, ((const int32_t *)a->data)[at + n], 4, false);
        else
            put_float(c, ((const float *)a->data)[at + n], false);
}

static void put_arrays(pel_cloud *c, const pel_mesh *mesh, bool per_triangle, int64_t item)
{
    for (int n = 0; n < mesh->arrays; n++)
        if (mesh->array[n].per_triangle == per_triangle)
            put_array(c, &mesh->array[n], item);
    if (c->ascii)
        pel__sink_u8(&c->to, '\n');
}

static pel_status put_points(pel_cloud *c, const pel_mesh *mesh)
{
    for (int64_t n = 0; n < mesh->points && c->to.status == PEL_OK; n++) {
        for (int a = 0; a < 3; a++)
            put_float(c, mesh->point_mm[n][a], a == 0);
        put_arrays(c, mesh, false, n);
    }
    return c->to.status;
}

static pel_status put_triangles(pel_cloud *c, const pel_mesh *mesh)
{
    for (int64_t n = 0; n < mesh->triangles && c->to.status == PEL_OK; n++) {
        put_integer(c, 3, 1, true);
        for (int a = 0; a < 3; a++)
            put_integer(c, mesh->triangle[n][a], 4, false);
        put_arrays(c, mesh, true, n);
    }
    return c->to.status;
}

/* ---- clouds ---- */

static pel_status open_file(pel_cloud **out, const char *path, const char *coordinates,
                            const char *provenance, const pel_mesh_write_params *params)
{
    *out = NULL;
    pel_cloud *c;
    pel_status s = params ? pel_schema_check(&pel_mesh_write_schema, params) : PEL_OK;
    if (s == PEL_OK)
        s = pel__alloc_zero(&c, 1, sizeof *c, "a file of points");
    if (s != PEL_OK)
        return s;
    c->ascii = params && params->ascii;
    c->coordinates = pel__strdup(coordinates);
    c->provenance = pel__strdup(provenance);
    if (!c->coordinates || (provenance && !c->provenance))
        s = pel__fail(PEL_EMEMORY, "%s: no memory for its header", path);
    if (s == PEL_OK)
        s = pel__sink_open(&c->to, path);
    if (s != PEL_OK) {
        pel_cloud_close(c);
        return s;
    }
    *out = c;
    return PEL_OK;
}

pel_status pel_cloud_open(pel_cloud **out, const char *path, const char *coordinates,
                          const char *provenance, const pel_mesh_write_params *params)
{
    *out = NULL;
    if (!pel__ends_with(path, ".ply"))
        return pel__fail(PEL_EPARAM, "%s: a cloud of points is written to no such ending; use .ply",
                         path);
    pel_status s = open_file(out, path, coordinates, provenance, params);
    if (s == PEL_OK && !(*out)->to.file.temporary) {
        pel_cloud_close(*out);
        *out = NULL;
        s = pel__fail(PEL_EPARAM,
                      "%s: the number of points is written last, which only a plain file allows",
                      path);
    }
    return s;
}

// which arrays there are, without what they hold
static pel_status begin(pel_cloud *c, const pel_mesh *mesh)
{
    pel_status s = PEL_OK;
    for (int n = 0; n < mesh->arrays && s == PEL_OK; n++) {
        const pel_array *a = &mesh->array[n];
        s = pel_mesh_add_array(&c->layout, a->name, a->kind, a->per_triangle, a->channels, NULL);
    }
    c->begun = s == PEL_OK;
    return s == PEL_OK ? put_head(c, NULL, false) : s;
}

static bool same_arrays(const pel_mesh *a, const pel_mesh *b)
{
    if (a->arrays != b->arrays)
        return false;
    for (int n = 0; n < a->arrays; n++)
        if (strcmp(a->array[n].name, b->array[n].name) != 0 ||
            a->array[n].kind != b->array[n].kind || a->array[n].channels != b->array[n].channels)
            return false;
    return true;
}

pel_status pel_cloud_add(pel_cloud *c, const pel_mesh *part)
{
    pel_status s = c->begun ? PEL_OK : begin(c, part);
    if (s == PEL_OK && !same_arrays(&c->layout, part))
        s = pel__fail(PEL_EPARAM, "%s: the parts of a cloud have different arrays",
                      c->to.file.path);
    if (s == PEL_OK)
        s = put_points(c, part);
    c->points += part->points;
    return s;
}

pel_status pel_cloud_commit(pel_cloud *c, const char *hash)
{
    const pel_mesh none = { 0 };
    pel_status s = c->begun ? PEL_OK : begin(c, &none);
    if (s == PEL_OK)
        s = pel__sink_flush(&c->to);
    if (s == PEL_OK)
        s = put_head(c, hash, true);
    return s == PEL_OK ? pel__sink_commit(&c->to) : s;
}

void pel_cloud_close(pel_cloud *c)
{
    if (!c)
        return;
    pel__sink_close(&c->to);
    pel_mesh_free(&c->layout);
    free(c->coordinates);
    free(c->provenance);
    pel__free(c);
}

/* ---- meshes ---- */

pel_status pel__write_ply(const char *path, const pel_mesh *mesh, const char *provenance,
                          const pel_mesh_write_params *params)
{
    pel_cloud *c;
    pel_status s =
        open_file(&c, path, mesh->oriented ? PEL_MESH_COORDINATES : "", provenance, params);
    if (s != PEL_OK)
        return s;
    c->points = mesh->points;
    c->triangles = mesh->triangles;
    c->layout.comment = pel__strdup(mesh->comment);
    s = begin(c, mesh);
    if (s == PEL_OK)
        s = put_points(c, mesh);
    if (s == PEL_OK)
        s = put_triangles(c, mesh);
    if (s == PEL_OK)
        s = pel__sink_commit(&c->to);
    pel_cloud_close(c);
    return s;
}
