/* SPDX-License-Identifier: Apache-2.0 */
/* obj.c: OBJ (Wavefront 1990s), as text: points with colours, normals, polygons. */
#include <string.h>

#include "base/job.h"
#include "base/memory.h"
#include "base/status.h"
#include "base/text.h"
#include "read/columns.h"
#include "read/meshes.h"

enum { MOST_NUMBERS = 8 };

typedef struct obj {
    pel__whole file;
    pel_mesh *mesh;
    pel__faces faces;
    float (*colour)[3]; // per point, once any has one; owned
    float (*normal)[3]; // in the order of the file; owned
    int64_t normals, normal_room, colour_room;
    int32_t *normal_of; // of each point, -1: none yet; owned
    int64_t normal_of_room;
    bool mixed; // points with several normals
    bool coloured, textured, lines;
    int64_t row; // faces so far
} obj;

static bool starts_line(const uint8_t *head, int64_t count, const char *word)
{
    int64_t length = (int64_t)strlen(word);
    for (int64_t at = 0; at + length <= count; at++)
        if ((at == 0 || head[at - 1] == '\n') && memcmp(head + at, word, (size_t)length) == 0)
            return true;
    return false;
}

static bool is(const char *path, const uint8_t *head, int64_t count)
{
    return pel__ends_with(path, ".obj") && count > 0 && !memchr(head, 0, (size_t)count) &&
           (starts_line(head, count, "v ") || starts_line(head, count, "#") ||
            starts_line(head, count, "mtllib") || starts_line(head, count, "o ") ||
            starts_line(head, count, "g "));
}

static pel_status damaged(const obj *o, const char *what, const char *word)
{
    return pel__fail(PEL_EFORMAT, "%s: %s has '%.40s'; the file is damaged", o->file.name, what,
                     word ? word : "nothing where a number belongs");
}

static pel_status row_of_numbers(const obj *o, double out[MOST_NUMBERS], int least, char *line,
                                 int *count)
{
    *count = 0;
    for (char *word; *count < MOST_NUMBERS && (word = pel__cut_word(&line)); ++*count)
        if (!pel__word_number(&out[*count], word))
            return damaged(o, "a point or normal", word);
    return *count < least ? damaged(o, "a point or normal", NULL) : PEL_OK;
}

// room by halves for one more of three floats
static pel_status grow(float (**block)[3], int64_t *room, int64_t count)
{
    if (count < *room)
        return PEL_OK;
    *room = count < 64 ? 64 : count + count / 2;
    return pel__realloc(block, *room, sizeof **block, "the normals and colours of a mesh");
}

// x y z, then r g b, or w, or w r g b
static pel_status add_point(obj *o, char *line)
{
    double number[MOST_NUMBERS];
    int count;
    pel_mesh *mesh = o->mesh;
    int64_t at = mesh->points;
    pel_status s = row_of_numbers(o, number, 3, line, &count);
    if (s == PEL_OK)
        s = pel__mesh_resize(mesh, at + 1, mesh->triangles);
    if (s == PEL_OK)
        s = grow(&o->colour, &o->colour_room, at);
    if (s != PEL_OK)
        return s;
    for (int a = 0; a < 3; a++) {
        mesh->point_mm[at][a] = (float)number[a];
        o->colour[at][a] = count >= 6 ? (float)number[count - 3 + a] : 1;
    }
    o->coloured = o->coloured || count >= 6;
    return PEL_OK;
}

static pel_status add_normal(obj *o, char *line)
{
    double number[MOST_NUMBERS];
    int count;
    pel_status s = row_of_numbers(o, number, 3, line, &count);
    if (s == PEL_OK)
        s = grow(&o->normal, &o->normal_room, o->normals);
    for (int a = 0; a < 3 && s == PEL_OK; a++)
        o->normal[o->normals][a] = (float)number[a];
    o->normals += s == PEL_OK;
    return s;
}

// from 1 up, or from -1 down for the last ones; -1 in `out`: no such one
static bool index_of(int64_t *out, const char *text, int64_t count)
{
    if (!pel__parse_integer(out, text, -INT32_MAX, INT32_MAX) || *out == 0)
        return false;
    *out = *out > 0 ? *out - 1 : count + *out;
    return *out >= 0;
}

static pel_status keep_normal(obj *o, int64_t point, int64_t normal)
{
    if (point >= o->mesh->points)
        return PEL_OK; // the check of the mesh tells
    if (o->normal_of_room < o->mesh->points) {
        int64_t before = o->normal_of_room;
        pel_status s = pel__realloc(&o->normal_of, o->mesh->point_room, sizeof *o->normal_of,
                                    "the normals of a mesh");
        if (s != PEL_OK)
            return s;
        o->normal_of_room = o->mesh->point_room;
        memset(o->normal_of + before, 0xff,
               (size_t)(o->normal_of_room - before) * sizeof *o->normal_of);
    }
    if (o->normal_of[point] >= 0 && o->normal_of[point] != normal)
        o->mixed = true;
    o->normal_of[point] = (int32_t)normal;
    return PEL_OK;
}

// point, point/texture, point//normal, point/texture/normal
static pel_status add_corner(obj *o, char *word)
{
    char *texture = strchr(word, '/'), *normal = texture ? strchr(texture + 1, '/') : NULL;
    int64_t point, of_normal;
    if (texture)
        *texture = 0;
    o->textured = o->textured || (texture && texture[1] && texture[1] != '/');
    if (!index_of(&point, word, o->mesh->points))
        return damaged(o, "a face", word);
    pel_status s = pel__faces_corner(&o->faces, (double)point, o->row);
    if (s != PEL_OK || !normal || !normal[1])
        return s;
    if (!index_of(&of_normal, normal + 1, o->normals) || of_normal >= o->normals)
        return damaged(o, "a face", normal + 1);
    return keep_normal(o, point, of_normal);
}

static pel_status add_face(obj *o, char *line)
{
    pel_status s = PEL_OK;
    pel__faces_begin(&o->faces);
    for (char *word; s == PEL_OK && (word = pel__cut_word(&line));)
        s = add_corner(o, word);
    pel__faces_end(&o->faces);
    o->row++;
    return s;
}

static pel_status read_line(obj *o, char *line)
{
    if (*line == '#')
        return pel__mesh_say(o->mesh, line + 1 + strspn(line + 1, " "),
                             (int64_t)strlen(line + 1 + strspn(line + 1, " ")));
    char *word = pel__cut_word(&line);
    if (!word)
        return PEL_OK;
    if (strcmp(word, "v") == 0)
        return add_point(o, line);
    if (strcmp(word, "vn") == 0)
        return add_normal(o, line);
    if (strcmp(word, "f") == 0)
        return add_face(o, line);
    o->lines = o->lines || strcmp(word, "l") == 0 || strcmp(word, "curv") == 0;
    return PEL_OK; // materials, groups and such
}

// a line that ends in \ goes on in the next
static void join_lines(pel__whole *file)
{
    for (int64_t i = 0; i + 1 < file->size; i++)
        if (file->bytes[i] == '\\' && (file->bytes[i + 1] == '\n' || file->bytes[i + 1] == '\r')) {
            file->bytes[i] = ' ';
            if (file->bytes[i + 1] == '\r' && i + 2 < file->size)
                file->bytes[i + 2] = ' ';
            file->bytes[i + 1] = ' ';
        }
}

static pel_status add_arrays(obj *o)
{
    pel_mesh *mesh = o->mesh;
    pel__numbers colours = {
        "colours",     PEL__COLUMN_COLOURS, false, 3,   mesh->points, (const uint8_t *)o->colour,
        PEL__ITEM_F32, PEL__ITEM_F32,       false, NULL
    };
    pel_status s = o->coloured ? pel__mesh_add_column(mesh, &colours, o->file.name) : PEL_OK;
    float(*normal)[3];
    bool has_normals = o->normal_of || (mesh->triangles == 0 && o->normals == mesh->points);
    if (s != PEL_OK || !has_normals || o->normals == 0)
        return s;
    if (o->mixed) {
        pel__note("%s: points have several normals, which are left out", o->file.name);
        return PEL_OK;
    }
    s = pel_mesh_add_array(mesh, "normals", PEL_ARRAY_NORMALS, false, 3, &normal);
    for (int64_t i = 0; i < mesh->points && s == PEL_OK; i++) {
        int64_t from = !o->normal_of ? i : i < o->normal_of_room ? o->normal_of[i] : -1;
        if (from >= 0)
            memcpy(normal[i], o->normal[from], sizeof normal[i]);
    }
    return s;
}

static pel_status read_lines(obj *o)
{
    pel_status s = PEL_OK;
    int64_t lines = 0;
    join_lines(&o->file);
    for (char *line; s == PEL_OK && (line = pel__whole_line(&o->file)); lines++) {
        s = read_line(o, line);
        if (s == PEL_OK && lines % 65536 == 0)
            s = pel__cancelled();
    }
    if (s == PEL_OK)
        s = add_arrays(o);
    if (s == PEL_OK && (o->textured || o->lines))
        pel__note("%s: %s%s%s are left out", o->file.name, o->textured ? "textures" : "",
                  o->textured && o->lines ? " and " : "", o->lines ? "lines" : "");
    return s;
}

static pel_status read(pel_mesh *out, pel__bytes *bytes)
{
    obj o = { .mesh = out };
    pel_status s = pel__whole_read(&o.file, bytes);
    o.faces = (pel__faces){ .mesh = out, .file = o.file.name };
    if (s == PEL_OK)
        s = read_lines(&o);
    pel__faces_free(&o.faces);
    pel__free(o.colour);
    pel__free(o.normal);
    pel__free(o.normal_of);
    pel__whole_free(&o.file);
    return s;
}

const pel__mesh_format pel__obj = { "OBJ", { ".obj" }, is, read, NULL, 3 };
