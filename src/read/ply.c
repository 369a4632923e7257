/* SPDX-License-Identifier: Apache-2.0 */
/* ply.c: PLY, the Stanford format of polygons (Turk 1994): ascii, binary of both byte orders. */
#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/job.h"
#include "base/memory.h"
#include "base/status.h"
#include "mesh/mesh.h"
#include "read/columns.h"
#include "read/lines.h"
#include "read/meshes.h"

enum { MOST_ELEMENTS = 32, MOST_PROPERTIES = 128, NAME = 64, INPUT = 64 << 10, LONGEST = 400 };

typedef enum type { NO_TYPE, I8, U8, I16, U16, I32, U32, F32, F64 } type;

static const struct {
    const char *names[2];
    int bytes;
} types[] = {
    [NO_TYPE] = { { "", "" }, 0 },          [I8] = { { "char", "int8" }, 1 },
    [U8] = { { "uchar", "uint8" }, 1 },     [I16] = { { "short", "int16" }, 2 },
    [U16] = { { "ushort", "uint16" }, 2 },  [I32] = { { "int", "int32" }, 4 },
    [U32] = { { "uint", "uint32" }, 4 },    [F32] = { { "float", "float32" }, 4 },
    [F64] = { { "double", "float64" }, 8 },
};
enum { TYPES = sizeof types / sizeof *types };

/* where a property goes */
enum { NOWHERE = -1, POSITION = -2, CORNERS = -3 };

typedef struct property {
    char name[NAME];
    type type, count_type; /* count_type: of a list; NO_TYPE: no list */
    int array, channel;    /* index of the mesh's array, or one of the above */
} property;

typedef struct element {
    char name[NAME];
    int64_t count;
    int properties;
    property property[MOST_PROPERTIES];
} element;

typedef struct ply {
    pel__bytes *bytes;
    pel_mesh *mesh;
    bool ascii, big_endian, ended; /* ended: the header */
    int elements;
    element element[MOST_ELEMENTS];
    int64_t odd_faces; /* of fewer than three corners */
    int used, count;   /* of the input */
    uint8_t input[INPUT];
} ply;

static bool is(const char *path, const uint8_t *head, int64_t count)
{
    (void)path;
    return count >= 4 && memcmp(head, "ply", 3) == 0 && (head[3] == '\n' || head[3] == '\r');
}

/* ---- header ---- */

static pel_status wrong_line(const ply *p, const char *line, const char *why)
{
    return pel__fail(PEL_EFORMAT, "%s: its PLY header has the line '%.60s': %s", p->bytes->name,
                     line, why);
}

static type type_of(const char *word)
{
    for (int t = 1; t < TYPES; t++)
        if (strcmp(word, types[t].names[0]) == 0 || strcmp(word, types[t].names[1]) == 0)
            return (type)t;
    return NO_TYPE;
}

static pel_status read_format_line(ply *p, const char *line, const char *rest)
{
    char word[NAME];
    if (!pel__next_word(word, sizeof word, rest))
        return wrong_line(p, line, "no format");
    p->ascii = strcmp(word, "ascii") == 0;
    p->big_endian = strcmp(word, "binary_big_endian") == 0;
    if (!p->ascii && !p->big_endian && strcmp(word, "binary_little_endian") != 0)
        return wrong_line(p, line, "a format is ascii, binary_little_endian or binary_big_endian");
    return PEL_OK;
}

static pel_status read_element(ply *p, const char *line, const char *rest)
{
    char count[NAME];
    if (p->elements == MOST_ELEMENTS)
        return wrong_line(p, line, "more than 32 elements");
    element *e = &p->element[p->elements];
    rest = pel__next_word(e->name, sizeof e->name, rest);
    if (!rest || !pel__next_word(count, sizeof count, rest) ||
        !pel__parse_integer(&e->count, count, 0, INT64_MAX))
        return wrong_line(p, line, "an element has a name and how many there are");
    for (int i = 0; i < p->elements; i++)
        if (strcmp(p->element[i].name, e->name) == 0)
            return wrong_line(p, line, "this element was there before");
    p->elements++;
    return PEL_OK;
}

static pel_status read_property(ply *p, const char *line, const char *rest)
{
    char word[NAME];
    if (p->elements == 0)
        return wrong_line(p, line, "no element before it");
    element *e = &p->element[p->elements - 1];
    if (e->properties == MOST_PROPERTIES)
        return wrong_line(p, line, "more than 128 properties");
    property *q = &e->property[e->properties];
    q->array = NOWHERE;
    rest = pel__next_word(word, sizeof word, rest);
    if (rest && strcmp(word, "list") == 0) {
        rest = pel__next_word(word, sizeof word, rest);
        q->count_type = rest ? type_of(word) : NO_TYPE;
        if (q->count_type == NO_TYPE || q->count_type >= F32)
            return wrong_line(p, line, "the count of a list is a whole number");
        rest = pel__next_word(word, sizeof word, rest);
    }
    q->type = rest ? type_of(word) : NO_TYPE;
    if (q->type == NO_TYPE)
        return wrong_line(p, line, "a type is char uchar short ushort int uint float or double");
    if (!pel__next_word(q->name, sizeof q->name, rest))
        return wrong_line(p, line, "a property has a name of up to 63 bytes");
    for (int i = 0; i < e->properties; i++)
        if (strcmp(e->property[i].name, q->name) == 0)
            return wrong_line(p, line, "this property was there before");
    e->properties++;
    return PEL_OK;
}

static const char *after_blanks(const char *at)
{
    return at + strspn(at, " \t");
}

static pel_status read_line(ply *p, const char *line)
{
    static const struct {
        const char *word;
        pel_status (*read)(ply *p, const char *line, const char *rest);
    } all[] = { { "format", read_format_line },
                { "element", read_element },
                { "property", read_property } };
    char word[NAME];
    const char *rest = pel__next_word(word, sizeof word, line);
    if (!rest)
        return *after_blanks(line) ? wrong_line(p, line, "a word too long") : PEL_OK;
    if (strcmp(word, "comment") == 0 || strcmp(word, "obj_info") == 0)
        return pel__mesh_say(p->mesh, after_blanks(rest), (int64_t)strlen(after_blanks(rest)));
    p->ended = strcmp(word, "end_header") == 0;
    for (int i = 0; i < 3; i++)
        if (strcmp(word, all[i].word) == 0)
            return all[i].read(p, line, rest);
    return p->ended ? PEL_OK : wrong_line(p, line, "no word of a PLY header");
}

static pel_status read_header(ply *p)
{
    pel__lines lines = { .bytes = p->bytes };
    const char *line;
    bool has_format = false;
    pel_status s = pel__lines_next(&lines, &line); // "ply"
    while (s == PEL_OK && !p->ended) {
        s = pel__lines_next(&lines, &line);
        if (s == PEL_OK && !line)
            s = pel__fail(PEL_EFORMAT, "%s: its PLY header does not end; the file is cut short",
                          p->bytes->name);
        if (s == PEL_OK) {
            has_format = has_format || strncmp(line, "format", 6) == 0;
            s = read_line(p, line);
        }
    }
    pel__lines_free(&lines);
    if (s == PEL_OK && !has_format)
        s = pel__fail(PEL_EFORMAT, "%s: its PLY header names no format", p->bytes->name);
    return s;
}

/* ---- where properties go ---- */

static property *find(element *e, const char *name)
{
    for (int i = 0; i < e->properties; i++)
        if (strcmp(e->property[i].name, name) == 0 && e->property[i].count_type == NO_TYPE)
            return &e->property[i];
    return NULL;
}

// all the names of a set must be there for it to be one; the fourth may be missing
static pel_status add_set(ply *p, element *e, bool faces, const char *const names[4],
                          pel_array_kind kind)
{
    property *q[4] = { 0 };
    int count = 0;
    for (int c = 0; c < 4 && names[c]; c++)
        if ((q[c] = find(e, names[c])) && q[c]->array == NOWHERE)
            count++;
    const char *name = kind == PEL_ARRAY_COLOURS ? "colours" : "normals";
    bool is_there =
        pel_mesh_find(p->mesh, name) && pel_mesh_find(p->mesh, name)->per_triangle == faces;
    if (!q[0] || !q[1] || !q[2] || is_there)
        return PEL_OK;
    for (int c = 0; c < count; c++) {
        q[c]->array = p->mesh->arrays;
        q[c]->channel = c;
    }
    return pel_mesh_add_array(p->mesh, name, kind, faces, count, NULL);
}

static pel_status add_sets(ply *p, element *e, bool faces)
{
    static const char *const sets[][4] = {
        { "red", "green", "blue", "alpha" },
        { "diffuse_red", "diffuse_green", "diffuse_blue", NULL },
        { "r", "g", "b", "a" },
        { "nx", "ny", "nz", NULL },
    };
    pel_status s = PEL_OK;
    for (int i = 0; i < 4 && s == PEL_OK; i++)
        s = add_set(p, e, faces, sets[i], i < 3 ? PEL_ARRAY_COLOURS : PEL_ARRAY_NORMALS);
    return s;
}

// whole numbers stay whole, where int32 holds them
static pel_status add_array(ply *p, property *q, bool faces)
{
    bool whole = q->type < U32;
    q->array = p->mesh->arrays;
    return pel_mesh_add_array(p->mesh, q->name, whole ? PEL_ARRAY_LABELS : PEL_ARRAY_VALUES, faces,
                              1, NULL);
}

static bool is_corners(const property *q)
{
    return q->count_type != NO_TYPE && q->type < F32 &&
           (strcmp(q->name, "vertex_indices") == 0 || strcmp(q->name, "vertex_index") == 0);
}

static pel_status place_properties(ply *p, element *e, bool faces)
{
    static const char *const axes[] = { "x", "y", "z" };
    bool has_corners = false;
    for (int i = 0; i < e->properties; i++) {
        property *q = &e->property[i];
        for (int a = 0; a < 3 && !faces; a++)
            if (q->count_type == NO_TYPE && strcmp(q->name, axes[a]) == 0) {
                q->array = POSITION;
                q->channel = a;
            }
        if (faces && !has_corners && is_corners(q)) {
            q->array = CORNERS;
            has_corners = true;
        }
    }
    if (faces && !has_corners)
        return pel__fail(PEL_EFORMAT, "%s: its faces have no list vertex_indices", p->bytes->name);
    for (int a = 0; a < 3 && !faces; a++)
        if (!find(e, axes[a]))
            return pel__fail(PEL_EFORMAT, "%s: its vertices have no %s", p->bytes->name, axes[a]);
    pel_status s = add_sets(p, e, faces);
    for (int i = 0; i < e->properties && s == PEL_OK; i++)
        if (e->property[i].array == NOWHERE && e->property[i].count_type == NO_TYPE)
            s = add_array(p, &e->property[i], faces);
    return s;
}

/* ---- numbers ---- */

static pel_status cut_short(const ply *p, const element *e, int64_t row)
{
    return pel__fail(PEL_EFORMAT,
                     "%s: ends in %s %lld, but its header promises %lld; the file is cut short",
                     p->bytes->name, e->name, (long long)row, (long long)e->count);
}

// keep what was not used, and read on
static pel_status refill(ply *p)
{
    int64_t got;
    int kept = p->count - p->used;
    memmove(p->input, p->input + p->used, (size_t)kept);
    pel_status s = pel__bytes_read(p->bytes, p->input + kept, INPUT - kept, &got);
    p->used = 0;
    p->count = kept + (s == PEL_OK ? (int)got : 0);
    return s == PEL_OK ? pel__cancelled() : s;
}

// the next word of text, "" at the end
static pel_status next_word(ply *p, char word[LONGEST])
{
    int length = 0;
    for (;;) {
        if (p->used == p->count) {
            pel_status s = refill(p);
            if (s != PEL_OK)
                return s;
            if (p->count == 0)
                break;
        }
        uint8_t c = p->input[p->used++];
        if (!isspace(c) && length < LONGEST - 1)
            word[length++] = (char)c;
        else if (length)
            break;
    }
    word[length] = 0;
    return PEL_OK;
}

static double number_of(const uint8_t *b, type type)
{
    int8_t i8;
    int16_t i16;
    uint16_t u16;
    int32_t i32;
    uint32_t u32;
    float f32;
    double f64;
    switch (type) {
    case I8:
        return memcpy(&i8, b, 1), i8;
    case U8:
        return *b;
    case I16:
        return memcpy(&i16, b, 2), i16;
    case U16:
        return memcpy(&u16, b, 2), u16;
    case I32:
        return memcpy(&i32, b, 4), i32;
    case U32:
        return memcpy(&u32, b, 4), u32;
    case F32:
        return memcpy(&f32, b, 4), (double)f32;
    default:
        return memcpy(&f64, b, 8), f64;
    }
}

// `*there` is false at the end of the file
static pel_status next_binary(ply *p, type type, double *out, bool *there)
{
    int size = types[type].bytes;
    if (p->count - p->used < size) {
        pel_status s = refill(p);
        if (s != PEL_OK)
            return s;
    }
    *there = p->count - p->used >= size;
    if (!*there)
        return PEL_OK;
    uint8_t turned[8], *at = p->input + p->used;
    p->used += size;
    if (p->big_endian != (__BYTE_ORDER__ == __ORDER_BIG_ENDIAN__)) {
        for (int i = 0; i < size; i++)
            turned[i] = at[size - 1 - i];
        at = turned;
    }
    *out = number_of(at, type);
    return PEL_OK;
}

static pel_status next_number(ply *p, type type, double *out, bool *there)
{
    char word[LONGEST];
    if (!p->ascii)
        return next_binary(p, type, out, there);
    pel_status s = next_word(p, word);
    *there = *word != 0;
    if (s == PEL_OK && *there && !pel__parse_number(out, word))
        s = pel__fail(PEL_EFORMAT, "%s: '%.40s' is no number; the file is damaged", p->bytes->name,
                      word);
    return s;
}

static pel_status need_number(ply *p, const element *e, int64_t row, type type, double *out)
{
    bool there = false;
    pel_status s = next_number(p, type, out, &there);
    return s == PEL_OK && !there ? cut_short(p, e, row) : s;
}

/* ---- rows ---- */

static uint8_t colour_of(double value, type type)
{
    double scaled = type >= F32 ? value * 255 : type == U16 ? value / 257 : value;
    return (uint8_t)pel__int_from(scaled, 0, 255);
}

static void store(ply *p, const property *q, int64_t item, double value)
{
    if (q->array == POSITION) {
        p->mesh->point_mm[item][q->channel] = (float)value;
        return;
    }
    if (q->array < 0)
        return;
    const pel_array *a = &p->mesh->array[q->array];
    int64_t at = item * a->channels + q->channel;
    if (a->kind == PEL_ARRAY_COLOURS)
        ((uint8_t *)a->data)[at] = colour_of(value, q->type);
    else if (a->kind == PEL_ARRAY_LABELS)
        ((int32_t *)a->data)[at] = (int32_t)pel__int_from(value, INT32_MIN, INT32_MAX);
    else
        ((float *)a->data)[at] = (float)value;
}

static pel_status list_length(ply *p, const element *e, int64_t row, const property *q,
                              int64_t *length)
{
    double count;
    pel_status s = need_number(p, e, row, q->count_type, &count);
    if (s == PEL_OK && !(count >= 0 && count <= INT32_MAX && count == floor(count)))
        s = pel__fail(PEL_EFORMAT, "%s: %s %lld has a list of %g numbers; the file is damaged",
                      p->bytes->name, e->name, (long long)row, count);
    *length = s == PEL_OK ? (int64_t)count : 0;
    return s;
}

static pel_status skip_list(ply *p, const element *e, int64_t row, const property *q)
{
    int64_t length;
    double number;
    pel_status s = list_length(p, e, row, q, &length);
    for (int64_t i = 0; i < length && s == PEL_OK; i++)
        s = need_number(p, e, row, q->type, &number);
    return s;
}

// a polygon as a fan around its first corner: right for convex ones
static pel_status read_corners(ply *p, const element *e, int64_t row, const property *q)
{
    int64_t length;
    pel_mesh *mesh = p->mesh;
    int32_t corner[3] = { 0 };
    pel_status s = list_length(p, e, row, q, &length);
    p->odd_faces += length < 3;
    for (int64_t i = 0; i < length && s == PEL_OK; i++) {
        double number;
        s = need_number(p, e, row, q->type, &number);
        if (s != PEL_OK)
            break;
        if (!(number >= 0 && number < INT32_MAX))
            return pel__fail(PEL_EFORMAT, "%s: %s %lld names vertex %g; the file is damaged",
                             p->bytes->name, e->name, (long long)row, number);
        corner[i < 2 ? i : 2] = (int32_t)number;
        if (i < 2)
            continue;
        s = pel__mesh_resize(mesh, mesh->points, mesh->triangles + 1);
        if (s == PEL_OK)
            memcpy(mesh->triangle[mesh->triangles - 1], corner, sizeof corner);
        corner[1] = corner[2];
    }
    return s;
}

static pel_status read_face(ply *p, const element *e, int64_t row)
{
    double values[MOST_PROPERTIES];
    int64_t first = p->mesh->triangles;
    pel_status s = PEL_OK;
    for (int i = 0; i < e->properties && s == PEL_OK; i++) {
        const property *q = &e->property[i];
        if (q->array == CORNERS)
            s = read_corners(p, e, row, q);
        else if (q->count_type != NO_TYPE)
            s = skip_list(p, e, row, q);
        else
            s = need_number(p, e, row, q->type, &values[i]);
    }
    for (int i = 0; i < e->properties && s == PEL_OK; i++)
        for (int64_t t = first; t < p->mesh->triangles && e->property[i].array >= 0; t++)
            store(p, &e->property[i], t, values[i]);
    return s;
}

static pel_status read_vertex(ply *p, const element *e, int64_t row)
{
    pel_status s = pel__mesh_resize(p->mesh, row + 1, p->mesh->triangles);
    for (int i = 0; i < e->properties && s == PEL_OK; i++) {
        const property *q = &e->property[i];
        double number;
        if (q->count_type != NO_TYPE)
            s = skip_list(p, e, row, q);
        else
            s = need_number(p, e, row, q->type, &number);
        if (s == PEL_OK && q->count_type == NO_TYPE)
            store(p, q, row, number);
    }
    return s;
}

static pel_status skip_row(ply *p, const element *e, int64_t row)
{
    pel_status s = PEL_OK;
    for (int i = 0; i < e->properties && s == PEL_OK; i++) {
        double number;
        s = e->property[i].count_type != NO_TYPE
                ? skip_list(p, e, row, &e->property[i])
                : need_number(p, e, row, e->property[i].type, &number);
    }
    return s;
}

/* ---- elements ---- */

// the fewest bytes that all rows can have: a digit and a blank for a number of text
static pel_status check_promise(const ply *p, const element *e)
{
    int64_t row = 0, all, most = p->bytes->most < INT64_MAX / 2 ? p->bytes->most : INT64_MAX / 2;
    int64_t left = most - pel__bytes_at(p->bytes) + 1 + (p->count - p->used);
    for (int i = 0; i < e->properties; i++) {
        type t =
            e->property[i].count_type != NO_TYPE ? e->property[i].count_type : e->property[i].type;
        row += p->ascii ? 2 : types[t].bytes;
    }
    if (!pel__multiply(&all, e->count, row) || all > left)
        return pel__fail(PEL_EFORMAT,
                         "%s: its header promises %lld of %s, but at most %lld bytes are left; the "
                         "file is cut short or damaged",
                         p->bytes->name, (long long)e->count, e->name, (long long)left);
    return PEL_OK;
}

// of a file whose size is known the promise is as good as kept: room for all at once
static pel_status reserve(ply *p, const element *e, bool faces)
{
    pel_mesh *mesh = p->mesh;
    if (p->bytes->size < 0 || e->count > INT32_MAX)
        return PEL_OK;
    int64_t points = mesh->points, triangles = mesh->triangles;
    pel_status s = pel__mesh_resize(mesh, faces ? points : e->count, faces ? e->count : triangles);
    if (s == PEL_OK) {
        mesh->points = points;
        mesh->triangles = triangles;
    }
    return s;
}

static pel_status read_rows(ply *p, element *e)
{
    bool vertices = strcmp(e->name, "vertex") == 0, faces = strcmp(e->name, "face") == 0;
    pel_status s = check_promise(p, e);
    if (s == PEL_OK && (vertices || faces))
        s = place_properties(p, e, faces);
    if (s == PEL_OK && (vertices || faces))
        s = reserve(p, e, faces);
    if (s == PEL_OK && !vertices && !faces && e->count)
        pel__note("%s: %lld of element %s are left out; vertex and face are read", p->bytes->name,
                  (long long)e->count, e->name);
    for (int64_t row = 0; e->properties && row < e->count && s == PEL_OK; row++)
        s = vertices ? read_vertex(p, e, row) : faces ? read_face(p, e, row) : skip_row(p, e, row);
    return s;
}

static pel_status read_all(ply *p)
{
    bool has_vertices = false;
    pel_status s = read_header(p);
    for (int i = 0; i < p->elements; i++)
        has_vertices = has_vertices || strcmp(p->element[i].name, "vertex") == 0;
    if (s == PEL_OK && !has_vertices)
        s = pel__fail(PEL_EFORMAT, "%s: its PLY header has no element vertex", p->bytes->name);
    for (int i = 0; i < p->elements && s == PEL_OK; i++)
        s = read_rows(p, &p->element[i]);
    if (s == PEL_OK && p->odd_faces)
        pel__note("%s: %lld faces of fewer than three corners are left out", p->bytes->name,
                  (long long)p->odd_faces);
    return s;
}

static pel_status read_head(ply *p, int64_t *points, int64_t *faces)
{
    pel_status s = read_header(p);
    *points = *faces = 0;
    for (int i = 0; i < p->elements && s == PEL_OK; i++) {
        element *e = &p->element[i];
        bool is_vertex = strcmp(e->name, "vertex") == 0, is_face = strcmp(e->name, "face") == 0;
        if (!is_vertex && !is_face)
            continue;
        *(is_vertex ? points : faces) = e->count;
        s = check_promise(p, e);
        if (s == PEL_OK)
            s = place_properties(p, e, is_face);
    }
    return s;
}

static pel_status start(ply **out, pel_mesh *mesh, pel__bytes *bytes)
{
    pel_status s = pel__alloc_zero(out, 1, sizeof **out, "a reader of PLY");
    if (s != PEL_OK)
        return s;
    (*out)->bytes = bytes;
    (*out)->mesh = mesh;
    return PEL_OK;
}

static pel_status read(pel_mesh *out, pel__bytes *bytes)
{
    ply *p;
    pel_status s = start(&p, out, bytes);
    if (s != PEL_OK)
        return s;
    s = read_all(p);
    pel__free(p);
    return s;
}

static pel_status head(pel_mesh *out, pel__bytes *bytes, int64_t *points, int64_t *faces)
{
    ply *p;
    pel_status s = start(&p, out, bytes);
    if (s != PEL_OK)
        return s;
    s = read_head(p, points, faces);
    pel__free(p);
    return s;
}

const pel__mesh_format pel__ply = { "PLY", { ".ply" }, is, read, head, 0 };
