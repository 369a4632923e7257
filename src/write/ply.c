/* SPDX-License-Identifier: Apache-2.0 */
/* ply.c: PLY, the Stanford format of polygons (Turk 1994): meshes at once, clouds part by part. */
#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/job.h"
#include "base/memory.h"
#include "base/outfile.h"
#include "base/params.h"
#include "base/status.h"
#include "base/text.h"
#include "mesh/mesh.h"
#include "write/write.h"

enum { BUFFER = 1 << 16, LONGEST_NUMBER = 32, COUNT_DIGITS = 19 };

static const pel_param table[] = {
    PEL_SWITCH(pel_mesh_write_params, ascii, "PLY as text instead of binary"),
};
const pel_schema pel_mesh_write_schema =
    PEL_SCHEMA(pel_mesh_write_params, "mesh file", "write a mesh", table);

pel_mesh_write_params pel_mesh_write_defaults(void)
{
    pel_mesh_write_params params;
    pel_schema_defaults(&pel_mesh_write_schema, &params);
    return params;
}

bool pel_can_write_mesh(const char *path)
{
    return pel__ends_with(path, ".ply");
}

/* a file on its way */
struct pel_cloud {
    pel__outfile file;
    bool ascii, begun;
    char *coordinates, *provenance; // owned
    pel_mesh layout;                // arrays without items
    int64_t points, triangles;
    int used;
    char buffer[BUFFER];
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

// what an earlier writing said of itself is not said again
static bool is_ours(const char *line)
{
    return strncmp(line, "pellucid ", 9) == 0 || strncmp(line, "coordinates: ", 13) == 0 ||
           strncmp(line, "{\"pellucid\"", 11) == 0;
}

// each line of a text behind the word comment
static void add_comments(pel__text *to, const char *text, bool all)
{
    while (text && *text) {
        size_t length = strcspn(text, "\n\r");
        if (length && (all || !is_ours(text)))
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
    add_comments(to, c->coordinates, true);
    add_comments(to, c->layout.comment, false);
    pel__text_add(to, "comment pellucid %s%*s\n", pel_version(), COUNT_DIGITS - (int)strlen(count),
                  "");
    add_comments(to, provenance, true);
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
        s = pel__fail(PEL_EMEMORY, "%s: no memory for its header", c->file.path);
    else
        s = again ? pel__outfile_patch(&c->file, 0, head.text, (int64_t)head.length)
                  : pel__outfile_write(&c->file, head.text, (int64_t)head.length);
    free(provenance);
    pel__text_free(&head);
    return s;
}

/* ---- rows ---- */

static pel_status flush(pel_cloud *c)
{
    pel_status s = pel__outfile_write(&c->file, c->buffer, c->used);
    c->used = 0;
    return s;
}

static pel_status make_room(pel_cloud *c, int bytes)
{
    return c->used + bytes > BUFFER ? flush(c) : PEL_OK;
}

// exact, short for whole numbers, with a point in any locale
static int print_float(char out[LONGEST_NUMBER], float value)
{
    if (value == floorf(value) && fabsf(value) < 1e6f)
        return snprintf(out, LONGEST_NUMBER, "%d", (int)value);
    if (isnan(value))
        return snprintf(out, LONGEST_NUMBER, "nan");
    int length = snprintf(out, LONGEST_NUMBER, "%.9g", (double)value);
    char *comma = strchr(out, ',');
    if (comma)
        *comma = '.';
    return length;
}

static pel_status put_text(pel_cloud *c, const char *text, int length, bool first)
{
    pel_status s = make_room(c, length + 1);
    if (s != PEL_OK)
        return s;
    if (!first)
        c->buffer[c->used++] = ' ';
    memcpy(c->buffer + c->used, text, (size_t)length);
    c->used += length;
    return PEL_OK;
}

static pel_status put_bytes(pel_cloud *c, const void *bytes, int count)
{
    pel_status s = make_room(c, count);
    if (s != PEL_OK)
        return s;
    memcpy(c->buffer + c->used, bytes, (size_t)count);
    c->used += count;
    return PEL_OK;
}

static pel_status put_float(pel_cloud *c, float value, bool first)
{
    char text[LONGEST_NUMBER];
    if (!c->ascii)
        return put_bytes(c, &value, 4);
    return put_text(c, text, print_float(text, value), first);
}

static pel_status put_integer(pel_cloud *c, int32_t value, int bytes, bool first)
{
    char text[LONGEST_NUMBER];
    uint8_t small = (uint8_t)value;
    if (!c->ascii)
        return bytes == 1 ? put_bytes(c, &small, 1) : put_bytes(c, &value, 4);
    return put_text(c, text, snprintf(text, sizeof text, "%d", (int)value), first);
}

static pel_status put_array(pel_cloud *c, const pel_array *a, int64_t item)
{
    pel_status s = PEL_OK;
    int64_t at = item * a->channels;
    for (int n = 0; n < a->channels && s == PEL_OK; n++)
        if (a->kind == PEL_ARRAY_COLOURS)
            s = put_integer(c, ((const uint8_t *)a->data)[at + n], 1, false);
        else if (a->kind == PEL_ARRAY_LABELS)
            s = put_integer(c, ((const int32_t *)a->data)[at + n], 4, false);
        else
            s = put_float(c, ((const float *)a->data)[at + n], false);
    return s;
}

static pel_status put_arrays(pel_cloud *c, const pel_mesh *mesh, bool per_triangle, int64_t item)
{
    pel_status s = PEL_OK;
    for (int n = 0; n < mesh->arrays && s == PEL_OK; n++)
        if (mesh->array[n].per_triangle == per_triangle)
            s = put_array(c, &mesh->array[n], item);
    return s == PEL_OK && c->ascii ? put_bytes(c, "\n", 1) : s;
}

static pel_status put_points(pel_cloud *c, const pel_mesh *mesh)
{
    pel_status s = PEL_OK;
    for (int64_t n = 0; n < mesh->points && s == PEL_OK; n++) {
        for (int a = 0; a < 3 && s == PEL_OK; a++)
            s = put_float(c, mesh->point_mm[n][a], a == 0);
        if (s == PEL_OK)
            s = put_arrays(c, mesh, false, n);
        if (s == PEL_OK && n % 65536 == 0)
            s = pel__cancelled();
    }
    return s;
}

static pel_status put_triangles(pel_cloud *c, const pel_mesh *mesh)
{
    pel_status s = PEL_OK;
    for (int64_t n = 0; n < mesh->triangles && s == PEL_OK; n++) {
        s = put_integer(c, 3, 1, true);
        for (int a = 0; a < 3 && s == PEL_OK; a++)
            s = put_integer(c, mesh->triangle[n][a], 4, false);
        if (s == PEL_OK)
            s = put_arrays(c, mesh, true, n);
        if (s == PEL_OK && n % 65536 == 0)
            s = pel__cancelled();
    }
    return s;
}

/* ---- clouds ---- */

static pel_status refuse_name(const char *path)
{
    return pel__fail(PEL_EPARAM, "%s: its ending is none that a mesh is written to; use .ply",
                     path);
}

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
        s = pel__outfile_open(&c->file, path);
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
    if (!pel_can_write_mesh(path))
        return refuse_name(path);
    pel_status s = open_file(out, path, coordinates, provenance, params);
    if (s == PEL_OK && !(*out)->file.temporary) {
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
        s = pel__fail(PEL_EPARAM, "%s: the parts of a cloud have different arrays", c->file.path);
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
        s = flush(c);
    if (s == PEL_OK)
        s = put_head(c, hash, true);
    return s == PEL_OK ? pel__outfile_commit(&c->file) : s;
}

void pel_cloud_close(pel_cloud *c)
{
    if (!c)
        return;
    pel__outfile_close(&c->file);
    pel_mesh_free(&c->layout);
    free(c->coordinates);
    free(c->provenance);
    pel__free(c);
}

/* ---- meshes ---- */

pel_status pel_write_mesh(const char *path, const pel_mesh *mesh, const char *provenance,
                          const pel_mesh_write_params *params)
{
    pel_cloud *c;
    if (!pel_can_write_mesh(path) && strcmp(path, "-") != 0)
        return refuse_name(path);
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
        s = flush(c);
    if (s == PEL_OK)
        s = pel__outfile_commit(&c->file);
    pel_cloud_close(c);
    return s;
}
