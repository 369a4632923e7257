/* SPDX-License-Identifier: Apache-2.0 */
/* vtp.c: VTK's XML format of polygons: text, base64 or appended, also packed by zlib. */
#include <stdio.h>
#include <string.h>

#include "base/job.h"
#include "base/memory.h"
#include "base/status.h"
#include "base/text.h"
#include "read/coding.h"
#include "read/columns.h"
#include "read/meshes.h"
#include "read/xml.h"

enum { MOST_ARRAYS = 1024, WORD = 64, MOST_CHANNELS = 4096, DEEPEST = 64 };

/* the elements that hold arrays */
typedef enum section {
    NOWHERE,
    POINT_DATA,
    CELL_DATA,
    POINTS,
    VERTS,
    LINES,
    STRIPS,
    POLYS,
    SECTIONS
} section;

static const char *const section_names[SECTIONS] = { "",      "PointData", "CellData", "Points",
                                                     "Verts", "Lines",     "Strips",   "Polys" };

typedef struct data_array {
    section of;
    char name[WORD];
    pel__item item, declared;
    int channels;
    bool is_text, is_normals;
    int64_t offset; // of appended data; -1: inline
    uint8_t *bytes; // owned
    int64_t count;  // numbers
} data_array;

typedef struct vtp {
    pel_mesh *mesh;
    pel__whole file;
    bool head_only, big_endian, packed, raw;
    int header; // bytes of a length
    int64_t points, cells[SECTIONS];
    int pieces, depth;
    section section;
    char normals[WORD]; // the name of the active array
    data_array *array;  // owned
    int arrays;
    bool in_array, in_space;
    int array_depth;
    char *data; // text of an array; owned
    int64_t data_count, data_room;
    int64_t appended; // where its data begin in the file; 0: none
} vtp;

static bool is(const char *path, const uint8_t *head, int64_t count)
{
    (void)path;
    return memmem(head, (size_t)count, "<VTKFile", 8) && memmem(head, (size_t)count, "PolyData", 8);
}

static pel_status refuse(const vtp *v, const char *why)
{
    return pel__fail(PEL_EUNSUPPORTED, "%s: %s", v->file.name, why);
}

static pel_status damaged(const vtp *v, const char *what)
{
    return pel__fail(PEL_EFORMAT, "%s: the array '%.60s' is damaged or cut short", v->file.name,
                     what);
}

/* ---- elements ---- */

static bool says(const char *const *attributes, const char *name, const char *value)
{
    const char *text = pel__xml_attribute(attributes, name);
    return text && strcmp(text, value) == 0;
}

static bool number_of(int64_t *out, const char *const *attributes, const char *name)
{
    const char *text = pel__xml_attribute(attributes, name);
    *out = 0;
    return !text || pel__parse_integer(out, text, 0, INT64_MAX / 2);
}

static pel_status start_file(vtp *v, const char *const *attributes)
{
    const char *compressor = pel__xml_attribute(attributes, "compressor");
    v->big_endian = says(attributes, "byte_order", "BigEndian");
    v->header = says(attributes, "header_type", "UInt64") ? 8 : 4;
    v->packed = compressor && *compressor;
    if (v->packed && strcmp(compressor, "vtkZLibDataCompressor") != 0)
        return refuse(v, "its numbers are packed by another compressor than zlib; write it again "
                         "with zlib");
    return PEL_OK;
}

static pel_status start_piece(vtp *v, const char *const *attributes)
{
    static const char *const counts[] = { "NumberOfVerts", "NumberOfLines", "NumberOfStrips",
                                          "NumberOfPolys" };
    bool good = number_of(&v->points, attributes, "NumberOfPoints");
    for (int n = 0; n < 4; n++)
        good = good && number_of(&v->cells[VERTS + n], attributes, counts[n]);
    if (!good || v->points > INT32_MAX || v->cells[POLYS] > INT32_MAX)
        return pel__fail(PEL_EFORMAT, "%s: its piece has no sensible numbers of points and cells",
                         v->file.name);
    return v->pieces++ ? refuse(v, "has several pieces; join them into one") : PEL_OK;
}

static pel__item item_of(const char *word)
{
    static const struct {
        const char *word;
        pel__item item;
    } all[] = { { "Int8", PEL__ITEM_I8 },     { "UInt8", PEL__ITEM_U8 },
                { "Int16", PEL__ITEM_I16 },   { "UInt16", PEL__ITEM_U16 },
                { "Int32", PEL__ITEM_I32 },   { "UInt32", PEL__ITEM_U32 },
                { "Int64", PEL__ITEM_I64 },   { "UInt64", PEL__ITEM_U64 },
                { "Float32", PEL__ITEM_F32 }, { "Float64", PEL__ITEM_F64 } };
    for (size_t i = 0; word && i < sizeof all / sizeof *all; i++)
        if (strcmp(word, all[i].word) == 0)
            return all[i].item;
    return PEL__ITEM_NONE;
}

static pel_status start_array(vtp *v, const char *const *attributes)
{
    int64_t channels;
    const char *name = pel__xml_attribute(attributes, "Name");
    if (v->arrays == MOST_ARRAYS)
        return refuse(v, "has more than 1024 arrays");
    pel_status s = pel__realloc(&v->array, v->arrays + 1, sizeof *v->array, "the arrays of VTP");
    if (s != PEL_OK)
        return s;
    data_array *a = &v->array[v->arrays++];
    *a = (data_array){ .of = v->section, .offset = -1 };
    snprintf(a->name, WORD, "%.63s", name ? name : "");
    a->item = a->declared = item_of(pel__xml_attribute(attributes, "type"));
    if (!number_of(&channels, attributes, "NumberOfComponents") || channels > MOST_CHANNELS)
        return damaged(v, a->name);
    a->channels = channels ? (int)channels : 1;
    a->is_text = says(attributes, "format", "ascii");
    a->is_normals = v->section == POINT_DATA && *v->normals && strcmp(a->name, v->normals) == 0;
    if (says(attributes, "format", "appended") && !number_of(&a->offset, attributes, "offset"))
        return damaged(v, a->name);
    v->in_array = true;
    v->array_depth = v->depth;
    v->data_count = 0;
    return PEL_OK;
}

static pel_status start(void *user, const char *name, const char *const *attributes)
{
    vtp *v = user;
    if (++v->depth > DEEPEST)
        return refuse(v, "its XML is nested too deep");
    if (pel__xml_is(name, "VTKFile"))
        return start_file(v, attributes);
    if (pel__xml_is(name, "Piece"))
        return start_piece(v, attributes);
    if (pel__xml_is(name, "AppendedData"))
        v->raw = says(attributes, "encoding", "raw");
    for (int n = 1; n < SECTIONS; n++)
        if (pel__xml_is(name, section_names[n])) {
            const char *normals = pel__xml_attribute(attributes, "Normals");
            v->section = (section)n;
            if (n == POINT_DATA)
                snprintf(v->normals, WORD, "%.63s", normals ? normals : "");
        }
    // arrays of the file as a whole, and those within keys, are nobody's
    if (pel__xml_is(name, "DataArray") && v->section != NOWHERE && !v->in_array)
        return start_array(v, attributes);
    return PEL_OK;
}

static pel_status text(void *user, const char *bytes, int64_t count)
{
    vtp *v = user;
    if (!v->in_array || v->depth != v->array_depth || v->head_only)
        return PEL_OK;
    if (v->data_count + count + 1 > v->data_room) {
        int64_t room = (v->data_count + count + 1) / 2 * 3 + 4096;
        pel_status s = pel__realloc(&v->data, room, 1, "the data of an array");
        if (s != PEL_OK)
            return s;
        v->data_room = room;
    }
    memcpy(v->data + v->data_count, bytes, (size_t)count);
    v->data_count += count;
    v->data[v->data_count] = 0;
    return PEL_OK;
}

/* ---- numbers ---- */

static uint64_t length_at(const vtp *v, const uint8_t *bytes)
{
    pel__item item = v->header == 8 ? PEL__ITEM_U64 : PEL__ITEM_U32;
    return (uint64_t)pel__item_get(bytes, item, v->big_endian);
}

static pel_status inflate(const vtp *v, data_array *a, int64_t at, const uint8_t *packed,
                          int64_t size, int64_t wanted)
{
    pel__bytes *inner, *plain = NULL;
    pel_status s = pel__bytes_open_memory(&inner, packed, (size_t)size, v->file.name, NULL);
    if (s == PEL_OK)
        s = pel__bytes_unzlib(&plain, inner);
    // room grows block by block, each of which has come
    if (s == PEL_OK)
        s = pel__realloc(&a->bytes, at + wanted, 1, "an array");
    if (s == PEL_OK)
        s = pel__bytes_need(plain, a->bytes + at, wanted, "an array");
    pel__bytes_close(plain);
    return s;
}

// the number of blocks, their size, that of a shorter last one, how long each is packed
static pel_status unpack(const vtp *v, data_array *a, const uint8_t *bytes, int64_t size)
{
    enum { MOST_BLOCK = 1 << 30, MOST_RATIO = 1032 };
    uint64_t blocks = size >= v->header ? length_at(v, bytes) : 0;
    if (blocks == 0)
        return PEL_OK;
    if (blocks > (uint64_t)(size / v->header) || size / v->header < 3 + (int64_t)blocks)
        return damaged(v, a->name);
    uint64_t block = length_at(v, bytes + v->header), rest = length_at(v, bytes + 2 * v->header);
    int64_t at = (3 + (int64_t)blocks) * v->header, done = 0;
    pel_status s = PEL_OK;
    for (uint64_t b = 0; b < blocks && s == PEL_OK; b++) {
        uint64_t packed = length_at(v, bytes + (3 + (int64_t)b) * v->header);
        uint64_t plain = b + 1 == blocks && rest ? rest : block;
        if (packed > (uint64_t)(size - at) || plain > MOST_BLOCK ||
            plain > (packed + 1) * MOST_RATIO)
            return damaged(v, a->name);
        s = inflate(v, a, done, bytes + at, (int64_t)packed, (int64_t)plain);
        at += (int64_t)packed;
        done += (int64_t)plain;
        if (s == PEL_OK)
            s = pel__cancelled();
    }
    a->count = done / pel__item_bytes(a->item);
    return s;
}

static pel_status take_bytes(const vtp *v, data_array *a, const uint8_t *bytes, int64_t size)
{
    if (v->packed)
        return unpack(v, a, bytes, size);
    if (size == 0)
        return PEL_OK;
    uint64_t length = size >= v->header ? length_at(v, bytes) : 0;
    if (size < v->header || length > (uint64_t)(size - v->header))
        return damaged(v, a->name);
    pel_status s = pel__alloc(&a->bytes, (int64_t)length + 1, 1, "an array");
    if (s == PEL_OK)
        memcpy(a->bytes, bytes + v->header, length);
    a->count = (int64_t)length / pel__item_bytes(a->item);
    return s;
}

static int64_t count_words(const char *text)
{
    int64_t count = 0;
    for (bool blank = true; *text; text++) {
        bool now = *text == ' ' || (*text >= '\t' && *text <= '\r');
        count += blank && !now;
        blank = now;
    }
    return count;
}

static pel_status parse_digits(const vtp *v, data_array *a)
{
    double *number;
    pel__whole words = { .bytes = (uint8_t *)v->data, .size = v->data_count, .name = v->file.name };
    a->count = v->data_count ? count_words(v->data) : 0;
    if (a->count == 0)
        return PEL_OK;
    pel_status s = pel__whole_numbers(&number, &words, a->count, "an array");
    a->bytes = (uint8_t *)number;
    a->item = PEL__ITEM_F64;
    return s;
}

static pel_status end_array(vtp *v)
{
    data_array *a = &v->array[v->arrays - 1];
    if (v->head_only || a->offset >= 0 || a->declared == PEL__ITEM_NONE)
        return PEL_OK;
    if (a->is_text)
        return parse_digits(v, a);
    int64_t size = pel__base64_decode(v->data, v->data_count);
    if (size < 0)
        return damaged(v, a->name);
    return take_bytes(v, a, (const uint8_t *)v->data, size);
}

static pel_status end(void *user, const char *name)
{
    vtp *v = user;
    pel_status s = PEL_OK;
    if (v->in_array && v->depth == v->array_depth) {
        s = end_array(v);
        v->in_array = false;
    }
    v->depth--;
    if (v->section && pel__xml_is(name, section_names[v->section]))
        v->section = NOWHERE;
    return s;
}

/* ---- appended data ---- */

static pel_status take_appended(const vtp *v, data_array *a)
{
    int64_t left = v->appended ? v->file.size - v->appended - a->offset : -1;
    if (left < 0)
        return damaged(v, a->name);
    const uint8_t *at = v->file.bytes + v->appended + a->offset;
    if (v->raw)
        return take_bytes(v, a, at, left);
    // as far as its base64 goes; what follows belongs to the next array
    char *text;
    int64_t length = 0;
    const uint8_t *tail = memchr(at, '<', (size_t)left);
    left = tail ? tail - at : left;
    pel_status s = pel__alloc(&text, left + 1, 1, "the data of an array");
    if (s != PEL_OK)
        return s;
    memcpy(text, at, (size_t)left);
    length = pel__base64_decode(text, left);
    s = length < 0 ? damaged(v, a->name) : take_bytes(v, a, (const uint8_t *)text, length);
    pel__free(text);
    return s;
}

static pel_status take_all_appended(vtp *v)
{
    pel_status s = PEL_OK;
    for (int i = 0; i < v->arrays && s == PEL_OK; i++)
        if (v->array[i].offset >= 0 && v->array[i].declared != PEL__ITEM_NONE)
            s = take_appended(v, &v->array[i]);
    return s;
}

/* ---- from arrays to a mesh ---- */

static const data_array *find(const vtp *v, section of, const char *name)
{
    for (int i = 0; i < v->arrays; i++)
        if (v->array[i].of == of && (!name || strcmp(v->array[i].name, name) == 0) &&
            v->array[i].declared != PEL__ITEM_NONE)
            return &v->array[i];
    return NULL;
}

static bool is_big(const vtp *v, const data_array *a)
{
    return a->is_text ? __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__ : v->big_endian;
}

static double get(const vtp *v, const data_array *a, int64_t i)
{
    return pel__item_get(a->bytes + i * pel__item_bytes(a->item), a->item, is_big(v, a));
}

static pel__numbers column_of(const vtp *v, const data_array *a)
{
    return (pel__numbers){ .name = a->name,
                           .role = a->is_normals ? PEL__COLUMN_NORMALS : PEL__COLUMN_NUMBERS,
                           .per_triangle = a->of == CELL_DATA,
                           .channels = a->channels,
                           .items = a->count / a->channels,
                           .bytes = a->bytes,
                           .item = a->item,
                           .declared = a->declared,
                           .big_endian = is_big(v, a) };
}

static pel_status add_points(vtp *v)
{
    const data_array *a = find(v, POINTS, NULL);
    if (v->points == 0)
        return PEL_OK;
    if (!a || a->count < 3 * v->points)
        return damaged(v, "Points");
    pel__numbers c = column_of(v, a);
    c.channels = 3;
    c.items = v->points;
    return pel__mesh_set_points(v->mesh, &c);
}

// a strip as triangles, every other one turned
static pel_status add_strip(vtp *v, pel__faces *f, const data_array *corners,
                            const int64_t range[2], int64_t row)
{
    pel_status s = PEL_OK;
    for (int64_t i = range[0] + 2; i < range[1] && s == PEL_OK; i++) {
        int64_t odd = (i - range[0]) & 1;
        const int64_t corner[] = { i - 2 + odd, i - 1 - odd, i };
        pel__faces_begin(f);
        for (int c = 0; c < 3 && s == PEL_OK; c++)
            s = pel__faces_corner(f, get(v, corners, corner[c]), row);
    }
    return s;
}

static pel_status add_face(vtp *v, pel__faces *f, const data_array *corners, const int64_t range[2],
                           int64_t row)
{
    pel_status s = PEL_OK;
    pel__faces_begin(f);
    for (int64_t i = range[0]; i < range[1] && s == PEL_OK; i++)
        s = pel__faces_corner(f, get(v, corners, i), row);
    pel__faces_end(f);
    return s;
}

static pel_status add_faces(vtp *v, pel__faces *f, section of, int64_t first_row)
{
    const data_array *corners = find(v, of, "connectivity"), *ends = find(v, of, "offsets");
    int64_t range[2] = { 0, 0 }, count = v->cells[of];
    pel_status s = PEL_OK;
    if (count && (!corners || !ends || ends->count < count))
        return damaged(v, section_names[of]);
    for (int64_t n = 0; n < count && s == PEL_OK; n++) {
        double end = get(v, ends, n);
        if (!(end >= (double)range[0] && end <= (double)corners->count))
            return damaged(v, "offsets");
        range[1] = (int64_t)end;
        s = of == STRIPS ? add_strip(v, f, corners, range, first_row + n)
                         : add_face(v, f, corners, range, first_row + n);
        range[0] = range[1];
        if (s == PEL_OK && n % 65536 == 0)
            s = pel__cancelled();
    }
    return s;
}

// data of cells count points first, then lines, strips as VTK has them behind polygons
static pel_status add_cells(vtp *v, pel__faces *f)
{
    int64_t before = v->cells[VERTS] + v->cells[LINES];
    if (before < 0 || before > INT32_MAX)
        return damaged(v, "Verts");
    pel_status s = add_faces(v, f, POLYS, before);
    if (s == PEL_OK)
        s = add_faces(v, f, STRIPS, before + v->cells[POLYS]);
    if (s == PEL_OK && before && v->mesh->triangles)
        pel__note("%s: lines and single points are left out; its triangles are read", v->file.name);
    return s;
}

static pel_status add_numbers(vtp *v, const pel__faces *f)
{
    pel_status s = PEL_OK;
    for (int i = 0; i < v->arrays && s == PEL_OK; i++) {
        const data_array *a = &v->array[i];
        bool is_data = a->of == POINT_DATA || (a->of == CELL_DATA && v->mesh->triangles);
        if (!is_data || a->declared == PEL__ITEM_NONE)
            continue;
        pel__numbers c = column_of(v, a);
        if (c.per_triangle)
            c.row = f->row;
        s = pel__mesh_add_column(v->mesh, &c, v->file.name);
    }
    return s;
}

static pel_status parse(vtp *v, pel__bytes *bytes)
{
    const pel__xml calls = { v, start, end, text };
    pel_status s = pel__whole_read(&v->file, bytes);
    if (s != PEL_OK)
        return s;
    // bytes as they are follow the mark _, which XML must not see
    uint8_t *tail = memmem(v->file.bytes, (size_t)v->file.size, "<AppendedData", 13);
    uint8_t *mark = tail ? memchr(tail, '_', (size_t)(v->file.bytes + v->file.size - tail)) : NULL;
    int64_t size = mark ? mark - v->file.bytes : v->file.size;
    v->appended = mark ? size + 1 : 0;
    s = pel__xml_parse(&calls, v->file.bytes, size, !mark, v->file.name);
    if (s == PEL_OK && v->pieces == 0)
        s = pel__fail(PEL_EFORMAT, "%s: holds no piece of polygons", v->file.name);
    return s;
}

// our own words are a comment of lines
static pel_status read_words(vtp *v)
{
    const char *text =
        memmem(v->file.bytes, (size_t)(v->file.size < 4096 ? v->file.size : 4096), "<!--\n", 5);
    int64_t left = text ? v->file.size - (text + 5 - (const char *)v->file.bytes) : 0;
    const char *end = text ? memmem(text + 5, (size_t)left, "-->", 3) : NULL;
    return end ? pel__mesh_say(v->mesh, text + 5, end - text - 5) : PEL_OK;
}

static void free_all(vtp *v)
{
    for (int i = 0; i < v->arrays; i++)
        pel__free(v->array[i].bytes);
    pel__free(v->array);
    pel__free(v->data);
    pel__whole_free(&v->file);
}

static pel_status read(pel_mesh *out, pel__bytes *bytes)
{
    vtp v = { .mesh = out, .header = 4 };
    pel_status s = parse(&v, bytes);
    pel__faces faces = { .mesh = out, .file = v.file.name };
    if (s == PEL_OK)
        s = read_words(&v);
    if (s == PEL_OK)
        s = take_all_appended(&v);
    if (s == PEL_OK)
        s = add_points(&v);
    if (s == PEL_OK)
        s = add_cells(&v, &faces);
    if (s == PEL_OK)
        s = add_numbers(&v, &faces);
    pel__faces_free(&faces);
    free_all(&v);
    return s;
}

static pel_status head(pel_mesh *out, pel__bytes *bytes, int64_t *points, int64_t *faces)
{
    vtp v = { .mesh = out, .header = 4, .head_only = true };
    pel_status s = parse(&v, bytes);
    *points = v.points;
    *faces = v.cells[POLYS];
    for (int i = 0; i < v.arrays && s == PEL_OK; i++) {
        const data_array *a = &v.array[i];
        char name[WORD];
        snprintf(name, sizeof name, "%d", i);
        if ((a->of == POINT_DATA || a->of == CELL_DATA) && i < 256)
            s = pel_mesh_add_array(out, name, PEL_ARRAY_VALUES, a->of == CELL_DATA, a->channels,
                                   NULL);
    }
    free_all(&v);
    return s;
}

const pel__mesh_format pel__vtp = { "VTP", { ".vtp" }, is, read, head, 5 };
