/* SPDX-License-Identifier: Apache-2.0 */
/* off.c: OFF (Geomview), as text: points with normals and colours, polygons with colours. */
#include <string.h>

#include "base/job.h"
#include "base/memory.h"
#include "base/status.h"
#include "base/text.h"
#include "read/columns.h"
#include "read/meshes.h"

enum { MOST_COLUMNS = 12 };

typedef struct off {
    pel__whole file;
    pel_mesh *mesh;
    pel__faces faces;
    bool textured, coloured, normals;
    int64_t points, face_count;
    uint8_t (*face_colour)[4]; // owned
    int face_channels;         // 0: none
} off;

// prefixes of the word OFF that say what a point has: st, c, n
static bool parse_word(off *o, const char *word)
{
    o->textured = strncmp(word, "ST", 2) == 0;
    word += o->textured ? 2 : 0;
    o->coloured = *word == 'C';
    word += o->coloured;
    o->normals = *word == 'N';
    word += o->normals;
    return strcmp(word, "OFF") == 0;
}

static bool is(const char *path, const uint8_t *head, int64_t count)
{
    (void)path;
    char word[9] = { 0 };
    off o = { 0 };
    for (int i = 0; i < 8 && i < count && head[i] > ' '; i++)
        word[i] = (char)head[i];
    return parse_word(&o, word);
}

// the next line that says something, comments cut off and kept
static pel_status next_line(off *o, char **out)
{
    pel_status s = PEL_OK;
    do {
        *out = pel__whole_line(&o->file);
        char *comment = *out ? strchr(*out, '#') : NULL;
        if (comment) {
            *comment++ = 0;
            comment += strspn(comment, " ");
            s = pel__mesh_say(o->mesh, comment, (int64_t)strlen(comment));
        }
    } while (s == PEL_OK && *out && !(*out)[strspn(*out, " \t")]);
    return s;
}

static pel_status read_head(off *o)
{
    char *line, *word = NULL;
    int64_t count[2];
    pel_status s = next_line(o, &line);
    if (s == PEL_OK)
        word = pel__cut_word(&line);
    if (s != PEL_OK || !parse_word(o, word ? word : ""))
        return s != PEL_OK ? s : pel__fail(PEL_EFORMAT, "%s: is no OFF", o->file.name);
    word = pel__cut_word(&line);
    if (word && strcmp(word, "BINARY") == 0)
        return pel__fail(PEL_EUNSUPPORTED,
                         "%s: is OFF with binary numbers, which is not read; save it as text",
                         o->file.name);
    for (int i = 0; i < 2 && s == PEL_OK; i++) {
        if (!word) {
            s = i == 0 ? next_line(o, &line) : PEL_OK;
            word = s == PEL_OK && line ? pel__cut_word(&line) : NULL;
        }
        if (s == PEL_OK && (!word || !pel__parse_integer(&count[i], word, 0, INT32_MAX)))
            return pel__fail(PEL_EFORMAT, "%s: its second line has no numbers of points and faces",
                             o->file.name);
        word = s == PEL_OK ? pel__cut_word(&line) : NULL;
    }
    o->points = s == PEL_OK ? count[0] : 0;
    o->face_count = s == PEL_OK ? count[1] : 0;
    // a point has three numbers, a face one at least
    if (s == PEL_OK && 6 * o->points + 2 * o->face_count > o->file.size - o->file.at + 2)
        return pel__whole_short(&o->file, "the points and faces its header promises");
    return s;
}

static bool has_point(const char *text)
{
    return strpbrk(text, ".eE");
}

// numbers of a line; `*fraction` when one of the last `tail` is written with a point
static int cut_numbers(double out[MOST_COLUMNS], char *line, int from, bool *fraction)
{
    int count = 0;
    for (char *word; count < MOST_COLUMNS && (word = pel__cut_word(&line)); count++) {
        if (!pel__word_number(&out[count], word))
            return -1;
        *fraction = *fraction || (count >= from && has_point(word));
    }
    return count;
}

static uint8_t colour(double value, bool fraction)
{
    return (uint8_t)pel__int_from(fraction ? 255 * value : value, 0, 255);
}

static pel_status damaged(const off *o, const char *what, int64_t row)
{
    return pel__fail(PEL_EFORMAT, "%s: %s %lld is damaged or not there", o->file.name, what,
                     (long long)row);
}

static pel_status read_points(off *o)
{
    pel_mesh *mesh = o->mesh;
    float(*normal)[3] = NULL;
    uint8_t *colours = NULL;
    int first = o->normals ? 6 : 3, channels = 0;
    pel_status s = pel__mesh_resize(mesh, o->points, 0);
    if (s == PEL_OK && o->normals)
        s = pel_mesh_add_array(mesh, "normals", PEL_ARRAY_NORMALS, false, 3, &normal);
    for (int64_t i = 0; i < o->points && s == PEL_OK; i++) {
        char *line;
        double number[MOST_COLUMNS];
        bool fraction = false;
        s = next_line(o, &line);
        int count = s == PEL_OK && line ? cut_numbers(number, line, first, &fraction) : -1;
        if (s == PEL_OK && count < first + (o->coloured ? 3 : 0))
            s = damaged(o, "point", i);
        if (s == PEL_OK && o->coloured && i == 0) {
            channels = count > first + 3 ? 4 : 3;
            s = pel_mesh_add_array(mesh, "colours", PEL_ARRAY_COLOURS, false, channels, &colours);
        }
        for (int a = 0; a < 3 && s == PEL_OK; a++) {
            mesh->point_mm[i][a] = (float)number[a];
            if (normal)
                normal[i][a] = (float)number[3 + a];
        }
        for (int c = 0; c < channels && s == PEL_OK; c++)
            colours[i * channels + c] =
                first + c < count ? colour(number[first + c], fraction) : UINT8_MAX;
        if (s == PEL_OK && i % 65536 == 0)
            s = pel__cancelled();
    }
    return s;
}

// three or four numbers behind the corners are a colour; one alone is of a map of colours
static void keep_colour(off *o, int64_t row, char *rest)
{
    double number[MOST_COLUMNS];
    bool fraction = false;
    int count = cut_numbers(number, rest, 0, &fraction);
    memset(o->face_colour[row], 0xff, sizeof *o->face_colour);
    if (count < 3)
        return;
    if (o->face_channels < count)
        o->face_channels = count > 3 ? 4 : 3;
    for (int c = 0; c < 4 && c < count; c++)
        o->face_colour[row][c] = colour(number[c], fraction);
}

static pel_status read_face(off *o, int64_t row)
{
    char *line, *word;
    int64_t corners;
    double corner;
    pel_status s = next_line(o, &line);
    word = s == PEL_OK && line ? pel__cut_word(&line) : NULL;
    if (s == PEL_OK && (!word || !pel__parse_integer(&corners, word, 0, INT32_MAX)))
        s = damaged(o, "face", row);
    if (s != PEL_OK)
        return s;
    pel__faces_begin(&o->faces);
    for (int64_t c = 0; c < corners && s == PEL_OK; c++) {
        word = pel__cut_word(&line);
        s = word && pel__word_number(&corner, word) ? pel__faces_corner(&o->faces, corner, row)
                                                    : damaged(o, "face", row);
    }
    pel__faces_end(&o->faces);
    if (s == PEL_OK)
        keep_colour(o, row, line);
    return s == PEL_OK && row % 65536 == 0 ? pel__cancelled() : s;
}

static pel_status read_faces(off *o)
{
    pel_status s =
        pel__alloc(&o->face_colour, o->face_count + 1, sizeof *o->face_colour, "face colours");
    for (int64_t row = 0; row < o->face_count && s == PEL_OK; row++)
        s = read_face(o, row);
    if (s != PEL_OK || o->face_channels == 0)
        return s;
    uint8_t *data;
    int channels = o->face_channels;
    s = pel_mesh_add_array(o->mesh, "colours", PEL_ARRAY_COLOURS, true, channels, &data);
    for (int64_t t = 0; t < o->mesh->triangles && s == PEL_OK; t++)
        memcpy(data + t * channels, o->face_colour[o->faces.row[t]], (size_t)channels);
    return s;
}

static pel_status read(pel_mesh *out, pel__bytes *bytes)
{
    off o = { .mesh = out };
    pel_status s = pel__whole_read(&o.file, bytes);
    o.faces = (pel__faces){ .mesh = out, .file = o.file.name };
    if (s == PEL_OK)
        s = read_head(&o);
    if (s == PEL_OK)
        s = read_points(&o);
    if (s == PEL_OK)
        s = read_faces(&o);
    pel__faces_free(&o.faces);
    pel__free(o.face_colour);
    pel__whole_free(&o.file);
    return s;
}

const pel__mesh_format pel__off = { "OFF", { ".off", ".coff" }, is, read, NULL, 2 };
