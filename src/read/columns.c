/* SPDX-License-Identifier: Apache-2.0 */
/* columns.c: numbers of a file become points, triangles and arrays of a mesh. */
#include "read/columns.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/status.h"

static const uint8_t *place(const pel__numbers *c, int64_t item, int channel)
{
    return c->bytes + (item * c->channels + channel) * pel__item_bytes(c->item);
}

static double get(const pel__numbers *c, int64_t item, int channel)
{
    return pel__item_get(place(c, item, channel), c->item, c->big_endian);
}

static int64_t count_of(const pel_mesh *mesh, const pel__numbers *c)
{
    return c->per_triangle ? mesh->triangles : mesh->points;
}

static bool fits_labels(const pel__numbers *c)
{
    if (c->channels != 1 || !pel__item_is_whole(c->declared))
        return false;
    if (c->declared < PEL__ITEM_U32)
        return true;
    for (int64_t i = 0; i < c->items; i++)
        if (!(fabs(get(c, i, 0)) <= INT32_MAX))
            return false;
    return true;
}

static pel_array_kind kind_of(const pel__numbers *c)
{
    bool colours = c->channels == 3 || c->channels == 4;
    if (c->role == PEL__COLUMN_NORMALS && c->channels == 3)
        return PEL_ARRAY_NORMALS;
    if (colours && (c->role == PEL__COLUMN_COLOURS ||
                    (c->role == PEL__COLUMN_NUMBERS && c->declared == PEL__ITEM_U8)))
        return PEL_ARRAY_COLOURS;
    return c->role == PEL__COLUMN_NUMBERS && fits_labels(c) ? PEL_ARRAY_LABELS : PEL_ARRAY_VALUES;
}

// bytes are as they are, 16 bits lose their lower half, floats go from 0 to 1
static uint8_t colour_of(const pel__numbers *c, double value)
{
    double scaled = !pel__item_is_whole(c->declared) ? 255 * value
                    : c->declared == PEL__ITEM_U16   ? value / 257
                                                     : value;
    return (uint8_t)pel__int_from(scaled, 0, 255);
}

static bool taken(const pel_mesh *mesh, const char *name, bool per_triangle)
{
    for (int i = 0; i < mesh->arrays; i++)
        if (mesh->array[i].per_triangle == per_triangle && strcmp(mesh->array[i].name, name) == 0)
            return true;
    return false;
}

static void name_array(char out[64], const pel_mesh *mesh, const pel__numbers *c,
                       pel_array_kind kind)
{
    char clean[56];
    int length = 0;
    for (const char *at = c->name ? c->name : ""; *at && length < 55; at++)
        if (isprint((unsigned char)*at) || *at & 0x80)
            clean[length++] = *at;
    clean[length] = 0;
    const char *name = kind == PEL_ARRAY_NORMALS ? "normals" : length ? clean : "values";
    snprintf(out, 64, "%s", name);
    for (int n = 2; taken(mesh, out, c->per_triangle); n++)
        snprintf(out, 64, "%s_%d", name, n);
}

static void store(const pel__numbers *c, pel_array_kind kind, void *data, int64_t count)
{
    for (int64_t i = 0; i < count; i++)
        for (int n = 0; n < c->channels; n++) {
            double value = get(c, c->row ? c->row[i] : i, n);
            int64_t at = i * c->channels + n;
            if (kind == PEL_ARRAY_COLOURS)
                ((uint8_t *)data)[at] = colour_of(c, value);
            else if (kind == PEL_ARRAY_LABELS)
                ((int32_t *)data)[at] = (int32_t)pel__int_from(value, INT32_MIN, INT32_MAX);
            else
                ((float *)data)[at] = (float)value;
        }
}

pel_status pel__mesh_add_column(pel_mesh *mesh, const pel__numbers *c, const char *file)
{
    char name[64];
    void *data;
    pel_array_kind kind = kind_of(c);
    int64_t count = count_of(mesh, c), needed = c->row ? 0 : count;
    for (int64_t i = 0; c->row && i < count; i++)
        needed = c->row[i] >= needed ? c->row[i] + 1 : needed;
    name_array(name, mesh, c, kind);
    if (c->items < needed)
        return pel__fail(PEL_EFORMAT,
                         "%s: its array '%.60s' has %lld items for %lld %s; the file is damaged",
                         file, name, (long long)c->items, (long long)needed,
                         c->per_triangle ? "faces" : "points");
    pel_status s = pel_mesh_add_array(mesh, name, kind, c->per_triangle, c->channels, &data);
    if (s != PEL_OK)
        return pel__during(s, "%s", file);
    if (count)
        store(c, kind, data, count);
    return PEL_OK;
}

pel_status pel__mesh_set_points(pel_mesh *mesh, const pel__numbers *c)
{
    pel_status s = pel__mesh_resize(mesh, c->items, mesh->triangles);
    for (int64_t i = 0; i < c->items && s == PEL_OK; i++)
        for (int a = 0; a < 3; a++)
            mesh->point_mm[i][a] = (float)get(c, i, a);
    return s;
}

/* ---- faces ---- */

void pel__faces_begin(pel__faces *f)
{
    f->count = 0;
}

static pel_status add_row(pel__faces *f, int64_t row)
{
    int64_t at = f->mesh->triangles - 1;
    pel_status s = PEL_OK;
    if (at >= f->room) {
        f->room = at < 64 ? 64 : at + at / 2;
        s = pel__realloc(&f->row, f->room, sizeof *f->row, "the faces of a mesh");
    }
    if (s == PEL_OK)
        f->row[at] = (int32_t)row;
    return s;
}

pel_status pel__faces_corner(pel__faces *f, double corner, int64_t row)
{
    if (!(corner >= 0 && corner < INT32_MAX) || corner != floor(corner) || row > INT32_MAX)
        return pel__fail(PEL_EFORMAT, "%s: face %lld names point %g; the file is damaged", f->file,
                         (long long)row, corner);
    int32_t last = (int32_t)corner;
    if (f->count < 2) {
        f->corner[f->count++] = last;
        return PEL_OK;
    }
    pel_mesh *mesh = f->mesh;
    pel_status s = pel__mesh_resize(mesh, mesh->points, mesh->triangles + 1);
    if (s != PEL_OK)
        return s;
    int32_t *to = mesh->triangle[mesh->triangles - 1];
    to[0] = f->corner[0];
    to[1] = f->corner[1];
    to[2] = last;
    f->corner[1] = last;
    f->count++;
    return add_row(f, row);
}

void pel__faces_end(pel__faces *f)
{
    f->odd += f->count < 3;
}

void pel__faces_free(pel__faces *f)
{
    if (f->odd)
        pel__note("%s: %lld faces of fewer than three corners are left out", f->file,
                  (long long)f->odd);
    pel__free(f->row);
    *f = (pel__faces){ 0 };
}

pel_status pel__mesh_say(pel_mesh *mesh, const char *line, int64_t length)
{
    size_t before = mesh->comment ? strlen(mesh->comment) : 0;
    while (length > 0 && isspace((unsigned char)line[length - 1]))
        length--;
    if (length == 0)
        return PEL_OK;
    char *text = realloc(mesh->comment, before + (size_t)length + 2);
    if (!text)
        return pel__fail(PEL_EMEMORY, "no memory for the comment of a mesh");
    // a zero would end it
    for (int64_t i = 0; i < length; i++)
        text[before + (size_t)i] = line[i] ? line[i] : ' ';
    memcpy(text + before + length, "\n", 2);
    mesh->comment = text;
    return PEL_OK;
}
