/* SPDX-License-Identifier: Apache-2.0 */
/* vtk.c: VTK's legacy format of polygons (versions 1 to 5.1), text and binary. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/job.h"
#include "base/memory.h"
#include "base/status.h"
#include "base/text.h"
#include "read/columns.h"
#include "read/meshes.h"

enum { MOST_CHANNELS = 4096 };

typedef enum cells { VERTS, LINES, POLYGONS, STRIPS, CELL_KINDS } cells;

typedef struct vtk {
    pel__whole file;
    pel_mesh *mesh;
    pel__faces faces; // of polygons and strips; rows count all cells
    bool ascii, has_points;
    int64_t cells;         // so far, of all kinds
    bool left_out;         // points and lines as cells
    bool of_cells, of_any; // which data follow
    int64_t items;         // of them
} vtk;

/* a block of numbers: as they lie in a binary file, as doubles of a text */
typedef struct block {
    const uint8_t *bytes;
    double *owned;
    pel__item item, declared;
    bool big_endian;
} block;

static bool is(const char *path, const uint8_t *head, int64_t count)
{
    (void)path;
    return count > 24 && memcmp(head, "# vtk DataFile Version", 22) == 0;
}

static pel_status damaged(const vtk *v, const char *what)
{
    return pel__fail(PEL_EFORMAT, "%s: its line '%.60s' is not understood; the file is damaged",
                     v->file.name, what);
}

static pel__item item_of(const char *word)
{
    static const struct {
        const char *word;
        pel__item item;
    } all[] = { { "char", PEL__ITEM_I8 },          { "unsigned_char", PEL__ITEM_U8 },
                { "short", PEL__ITEM_I16 },        { "unsigned_short", PEL__ITEM_U16 },
                { "int", PEL__ITEM_I32 },          { "unsigned_int", PEL__ITEM_U32 },
                { "long", PEL__ITEM_I64 },         { "unsigned_long", PEL__ITEM_U64 },
                { "vtktypeint64", PEL__ITEM_I64 }, { "vtktypeuint64", PEL__ITEM_U64 },
                { "vtkIdType", PEL__ITEM_I32 },    { "float", PEL__ITEM_F32 },
                { "double", PEL__ITEM_F64 },       { "signed_char", PEL__ITEM_I8 } };
    for (size_t i = 0; word && i < sizeof all / sizeof *all; i++)
        if (pel__same_word(word, all[i].word))
            return all[i].item;
    return PEL__ITEM_NONE;
}

static pel_status take_block(block *out, vtk *v, int64_t count, pel__item item, const char *what)
{
    *out = (block){ .item = item, .declared = item, .big_endian = true };
    if (item == PEL__ITEM_NONE)
        return pel__fail(PEL_EUNSUPPORTED, "%s: the type of %s is none that is read", v->file.name,
                         what);
    if (!v->ascii) {
        out->bytes = pel__whole_items(&v->file, count, pel__item_bytes(item));
        return out->bytes ? PEL_OK : pel__whole_short(&v->file, what);
    }
    pel_status s = pel__whole_numbers(&out->owned, &v->file, count, what);
    out->bytes = (const uint8_t *)out->owned;
    out->item = PEL__ITEM_F64;
    out->big_endian = __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__;
    return s;
}

static double get(const block *b, int64_t i)
{
    return pel__item_get(b->bytes + i * pel__item_bytes(b->item), b->item, b->big_endian);
}

static bool cut_count(int64_t *out, char **line, int64_t most)
{
    char *word = pel__cut_word(line);
    return word && pel__parse_integer(out, word, 0, most);
}

/* ---- points and cells ---- */

static pel_status read_points(vtk *v, char *line)
{
    int64_t count, numbers;
    block b;
    if (v->has_points || !cut_count(&count, &line, INT32_MAX) || !pel__multiply(&numbers, count, 3))
        return damaged(v, "POINTS");
    pel_status s = take_block(&b, v, numbers, item_of(pel__cut_word(&line)), "the points");
    if (s == PEL_OK) {
        pel__numbers c = { .channels = 3,
                           .items = count,
                           .bytes = b.bytes,
                           .item = b.item,
                           .big_endian = b.big_endian };
        s = pel__mesh_set_points(v->mesh, &c);
        v->has_points = true;
    }
    pel__free(b.owned);
    return s;
}

// a strip is a triangle for each corner from the third on, every other one turned
static pel_status add_strip(vtk *v, const block *b, int64_t first, int64_t count, int64_t row)
{
    pel_status s = PEL_OK;
    for (int64_t i = 2; i < count && s == PEL_OK; i++) {
        const int64_t corner[] = { first + i - 2 + (i & 1), first + i - 1 - (i & 1), first + i };
        pel__faces_begin(&v->faces);
        for (int c = 0; c < 3 && s == PEL_OK; c++)
            s = pel__faces_corner(&v->faces, get(b, corner[c]), row);
    }
    return s;
}

static pel_status add_cell(vtk *v, cells kind, const block *b, int64_t first, int64_t count)
{
    pel_status s = PEL_OK;
    int64_t row = v->cells++;
    if (kind == STRIPS)
        return add_strip(v, b, first, count, row);
    if (kind != POLYGONS)
        return PEL_OK;
    pel__faces_begin(&v->faces);
    for (int64_t i = 0; i < count && s == PEL_OK; i++)
        s = pel__faces_corner(&v->faces, get(b, first + i), row);
    pel__faces_end(&v->faces);
    return s;
}

// each cell is its number of corners, and these
static pel_status read_counted(vtk *v, cells kind, int64_t count, int64_t size)
{
    block b;
    int64_t at = 0;
    pel_status s = take_block(&b, v, size, PEL__ITEM_I32, "the cells");
    for (int64_t n = 0; n < count && s == PEL_OK; n++) {
        double corners = at < size ? get(&b, at) : -1;
        if (!(corners >= 0 && corners <= (double)(size - at - 1)))
            s = pel__whole_short(&v->file, "the cells");
        else
            s = add_cell(v, kind, &b, at + 1, (int64_t)corners);
        at += s == PEL_OK ? (int64_t)corners + 1 : 0;
        if (s == PEL_OK && n % 65536 == 0)
            s = pel__cancelled();
    }
    pel__free(b.owned);
    return s;
}

// "OFFSETS type" and numbers
static pel_status take_named(block *out, vtk *v, const char *name, int64_t count)
{
    *out = (block){ 0 };
    char *line = pel__whole_line(&v->file);
    while (line && !line[strspn(line, " ")])
        line = pel__whole_line(&v->file);
    char *word = line ? pel__cut_word(&line) : NULL;
    if (!word || !pel__same_word(word, name))
        return damaged(v, name);
    return take_block(out, v, count, item_of(pel__cut_word(&line)), "the cells");
}

// since 5.1: where each cell's corners begin, one number more than cells, and all corners
static pel_status read_offset(vtk *v, cells kind, int64_t offsets, int64_t size)
{
    block begin, corner = { 0 };
    pel_status s = take_named(&begin, v, "OFFSETS", offsets);
    if (s == PEL_OK)
        s = take_named(&corner, v, "CONNECTIVITY", size);
    for (int64_t n = 0; n + 1 < offsets && s == PEL_OK; n++) {
        double from = get(&begin, n), to = get(&begin, n + 1);
        if (!(from >= 0 && from <= to && to <= (double)size))
            s = pel__fail(PEL_EFORMAT, "%s: the offsets of its cells do not rise within them",
                          v->file.name);
        else
            s = add_cell(v, kind, &corner, (int64_t)from, (int64_t)to - (int64_t)from);
        if (s == PEL_OK && n % 65536 == 0)
            s = pel__cancelled();
    }
    pel__free(begin.owned);
    pel__free(corner.owned);
    return s;
}

static pel_status read_cells(vtk *v, cells kind, char *line)
{
    int64_t count, size;
    if (v->of_any || !cut_count(&count, &line, INT32_MAX) ||
        !cut_count(&size, &line, INT64_MAX / 8))
        return damaged(v, "of cells");
    v->left_out = v->left_out || (count && (kind == VERTS || kind == LINES));
    // which of the two it is shows in the next line
    int64_t at = v->file.at;
    while (at < v->file.size && isspace(v->file.bytes[at]))
        at++;
    bool offsets = v->file.size - at > 7 && memcmp(v->file.bytes + at, "OFFSETS", 7) == 0;
    return offsets ? read_offset(v, kind, count, size) : read_counted(v, kind, count, size);
}

/* ---- data ---- */

// names have their blanks as %20
static void decode_name(char *name)
{
    char *to = name;
    for (const char *at = name; *at; at++) {
        char hex[3] = { 0 };
        if (*at == '%' && isxdigit((unsigned char)at[1]) && isxdigit((unsigned char)at[2])) {
            memcpy(hex, at + 1, 2);
            *to++ = (char)strtol(hex, NULL, 16);
            at += 2;
        } else
            *to++ = *at;
    }
    *to = 0;
}

static pel_status add_data(vtk *v, char *name, pel__column_role role, int channels, const block *b)
{
    // of what belongs to neither points nor triangles nothing is kept
    if (!v->of_any || (v->of_cells && v->mesh->triangles == 0))
        return PEL_OK;
    decode_name(name);
    pel__numbers c = { name,     role,    v->of_cells, channels,      v->items,
                       b->bytes, b->item, b->declared, b->big_endian, NULL };
    if (v->of_cells)
        c.row = v->faces.row;
    return pel__mesh_add_column(v->mesh, &c, v->file.name);
}

static pel_status read_numbers(vtk *v, char *name, pel__column_role role, int64_t channels,
                               pel__item item)
{
    int64_t count;
    block b = { 0 };
    if (!name || channels < 1 || channels > MOST_CHANNELS ||
        !pel__multiply(&count, v->items, channels))
        return damaged(v, name ? name : "of an array without a name");
    pel_status s = take_block(&b, v, count, item, name);
    if (s == PEL_OK)
        s = add_data(v, name, role, (int)channels, &b);
    pel__free(b.owned);
    return s;
}

// SCALARS name type [channels], and a line LOOKUP_TABLE name
static pel_status read_scalars(vtk *v, char *line)
{
    char *name = pel__cut_word(&line), *type = pel__cut_word(&line);
    int64_t channels = 1;
    char *word = pel__cut_word(&line);
    if (word && !pel__parse_integer(&channels, word, 1, 4))
        return damaged(v, "SCALARS");
    if (v->file.size - v->file.at > 12 &&
        memcmp(v->file.bytes + v->file.at, "LOOKUP_TABLE", 12) == 0)
        pel__whole_line(&v->file);
    return read_numbers(v, name, PEL__COLUMN_NUMBERS, channels, item_of(type));
}

static pel_status read_vectors(vtk *v, char *line, pel__column_role role, int64_t channels)
{
    char *name = pel__cut_word(&line), *type = pel__cut_word(&line);
    return read_numbers(v, name, role, channels, item_of(type));
}

// bytes in a binary file, 0 to 1 in a text
static pel_status read_colours(vtk *v, char *line)
{
    char *name = pel__cut_word(&line);
    int64_t channels;
    if (!cut_count(&channels, &line, 4))
        return damaged(v, "COLOR_SCALARS");
    return read_numbers(v, name, PEL__COLUMN_COLOURS, channels,
                        v->ascii ? PEL__ITEM_F32 : PEL__ITEM_U8);
}

static pel_status skip_table(vtk *v, char *line)
{
    int64_t count;
    block b = { 0 };
    pel__cut_word(&line);
    if (!cut_count(&count, &line, INT32_MAX))
        return damaged(v, "LOOKUP_TABLE");
    pel_status s =
        take_block(&b, v, 4 * count, v->ascii ? PEL__ITEM_F32 : PEL__ITEM_U8, "a table of colours");
    pel__free(b.owned);
    return s;
}

static pel_status skip_coordinates(vtk *v, char *line)
{
    int64_t channels;
    pel__cut_word(&line);
    if (!cut_count(&channels, &line, 3))
        return damaged(v, "TEXTURE_COORDINATES");
    block b = { 0 };
    pel_status s = take_block(&b, v, channels * v->items, item_of(pel__cut_word(&line)),
                              "texture coordinates");
    pel__free(b.owned);
    return s;
}

// lines up to a blank one
static void skip_metadata(vtk *v)
{
    for (char *line; (line = pel__whole_line(&v->file)) && line[strspn(line, " ")];)
        ;
}

// a line each; those of our own are the words of the file
static pel_status read_strings(vtk *v, int64_t count, bool ours)
{
    char *line;
    pel_status s = PEL_OK;
    for (int64_t i = 0; i < count && s == PEL_OK && (line = pel__whole_line(&v->file)); i++)
        s = ours ? pel__mesh_say(v->mesh, line, (int64_t)strlen(line)) : PEL_OK;
    return s;
}

static pel_status read_field_array(vtk *v, char *line)
{
    char *name = pel__cut_word(&line);
    int64_t channels, items, count;
    if (!name || !cut_count(&channels, &line, MOST_CHANNELS) ||
        !cut_count(&items, &line, INT32_MAX) || !pel__multiply(&count, channels, items))
        return damaged(v, "of an array");
    char *type = pel__cut_word(&line);
    if (type && strcmp(type, "string") == 0 && v->ascii)
        return read_strings(v, count, strcmp(name, "pellucid") == 0);
    block b = { 0 };
    pel_status s = take_block(&b, v, count, item_of(type), name);
    if (s == PEL_OK && !v->ascii && strcmp(name, "pellucid") == 0 && b.item == PEL__ITEM_U8)
        s = pel__mesh_say(v->mesh, (const char *)b.bytes, count);
    // of the file as a whole, or of another number than the data: not an array of the mesh
    if (s == PEL_OK && items == v->items && channels)
        s = add_data(v, name, PEL__COLUMN_NUMBERS, (int)channels, &b);
    pel__free(b.owned);
    return s;
}

static pel_status read_field(vtk *v, char *line)
{
    int64_t arrays;
    pel__cut_word(&line);
    if (!cut_count(&arrays, &line, 4096))
        return damaged(v, "FIELD");
    pel_status s = PEL_OK;
    for (int64_t i = 0; i < arrays && s == PEL_OK;) {
        char *next = pel__whole_line(&v->file);
        if (!next)
            return pel__whole_short(&v->file, "its field");
        if (!next[strspn(next, " ")])
            continue;
        if (strncmp(next, "METADATA", 8) == 0) {
            skip_metadata(v);
            continue;
        }
        s = read_field_array(v, next);
        i++;
    }
    return s;
}

static pel_status begin_data(vtk *v, char *line, bool of_cells)
{
    if (!cut_count(&v->items, &line, INT32_MAX))
        return damaged(v, of_cells ? "CELL_DATA" : "POINT_DATA");
    v->of_any = true;
    v->of_cells = of_cells;
    int64_t there = of_cells ? v->cells : v->mesh->points;
    if (v->items != there)
        return pel__fail(PEL_EFORMAT, "%s: has data for %lld %s, but %lld of them; it is damaged",
                         v->file.name, (long long)v->items, of_cells ? "cells" : "points",
                         (long long)there);
    return PEL_OK;
}

static pel_status check_dataset(const vtk *v, char *line)
{
    char *kind = pel__cut_word(&line);
    if (kind && pel__same_word(kind, "POLYDATA"))
        return PEL_OK;
    return pel__fail(PEL_EUNSUPPORTED,
                     "%s: holds %.40s; of VTK files POLYDATA is read: extract the surface first",
                     v->file.name, kind ? kind : "nothing");
}

static pel_status read_section(vtk *v, char *line)
{
    const char *word = pel__cut_word(&line);
    // a line of nothing but white space
    if (!word)
        return PEL_OK;
    static const char *const kinds[] = { "VERTICES", "LINES", "POLYGONS", "TRIANGLE_STRIPS" };
    for (int k = 0; k < CELL_KINDS; k++)
        if (pel__same_word(word, kinds[k]))
            return read_cells(v, (cells)k, line);
    static const struct {
        const char *word;
        pel_status (*read)(vtk *v, char *line);
    } all[] = { { "POINTS", read_points },
                { "SCALARS", read_scalars },
                { "COLOR_SCALARS", read_colours },
                { "LOOKUP_TABLE", skip_table },
                { "TEXTURE_COORDINATES", skip_coordinates },
                { "FIELD", read_field } };
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        if (pel__same_word(word, all[i].word))
            return all[i].read(v, line);
    if (pel__same_word(word, "DATASET"))
        return check_dataset(v, line);
    if (pel__same_word(word, "POINT_DATA"))
        return begin_data(v, line, false);
    if (pel__same_word(word, "CELL_DATA"))
        return begin_data(v, line, true);
    if (pel__same_word(word, "NORMALS"))
        return read_vectors(v, line, PEL__COLUMN_NORMALS, 3);
    if (pel__same_word(word, "VECTORS"))
        return read_vectors(v, line, PEL__COLUMN_VALUES, 3);
    if (pel__same_word(word, "TENSORS"))
        return read_vectors(v, line, PEL__COLUMN_VALUES, 9);
    if (pel__same_word(word, "METADATA")) {
        skip_metadata(v);
        return PEL_OK;
    }
    return damaged(v, word);
}

static pel_status read_head(vtk *v)
{
    pel__whole_line(&v->file);
    char *title = pel__whole_line(&v->file), *line = title ? pel__whole_line(&v->file) : NULL;
    char *word = line ? pel__cut_word(&line) : NULL;
    if (!word || (!pel__same_word(word, "ASCII") && !pel__same_word(word, "BINARY")))
        return pel__fail(PEL_EFORMAT, "%s: its third line is neither ASCII nor BINARY",
                         v->file.name);
    v->ascii = pel__same_word(word, "ASCII");
    return pel__mesh_say(v->mesh, title, (int64_t)strlen(title));
}

static pel_status read_sections(vtk *v)
{
    pel_status s = read_head(v);
    while (s == PEL_OK) {
        char *line = pel__whole_line(&v->file);
        if (!line)
            break;
        if (line[strspn(line, " \t")])
            s = read_section(v, line);
        if (s == PEL_OK)
            s = pel__cancelled();
    }
    if (s == PEL_OK && !v->has_points)
        s = pel__fail(PEL_EFORMAT, "%s: has no POINTS", v->file.name);
    if (s == PEL_OK && v->left_out && v->mesh->triangles)
        pel__note("%s: lines and single points are left out; its triangles are read", v->file.name);
    return s;
}

static pel_status read(pel_mesh *out, pel__bytes *bytes)
{
    vtk v = { .mesh = out };
    pel_status s = pel__whole_read(&v.file, bytes);
    v.faces = (pel__faces){ .mesh = out, .file = v.file.name };
    if (s == PEL_OK)
        s = read_sections(&v);
    pel__faces_free(&v.faces);
    pel__whole_free(&v.file);
    return s;
}

const pel__mesh_format pel__vtk = { "VTK", { ".vtk" }, is, read, NULL, 5 };
