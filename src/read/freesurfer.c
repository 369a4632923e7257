/* SPDX-License-Identifier: Apache-2.0 */
/* freesurfer.c: files of FreeSurfer, all big-endian: surfaces of triangles, values per point (curv,
 * sulc, thickness ...), annotations, patches. */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/job.h"
#include "base/maths.h"
#include "base/memory.h"
#include "base/status.h"
#include "base/text.h"
#include "read/columns.h"
#include "read/meshes.h"

enum { TAG_REAL_RAS = 2, TAG_GEOMETRY = 20, TAG_TABLE = 1, MOST_ENTRIES = 1 << 20, NAME = 4096 };

/* where the volume that a surface was made of lies */
typedef struct geometry {
    bool valid;
    double axis[3][3]; // columns as rows: where x, y, z of the volume go
    double centre[3];
} geometry;

static bool take_integer(pel__whole *file, int64_t *out)
{
    const uint8_t *at = pel__whole_take(file, 4);
    *out = at ? (int64_t)pel__item_get(at, PEL__ITEM_I32, true) : 0;
    return at;
}

// a text of bytes, its length before it, cut to `room`
static bool take_text(pel__whole *file, char *out, int room)
{
    int64_t length;
    const uint8_t *at = take_integer(file, &length) ? pel__whole_take(file, length) : NULL;
    snprintf(out, (size_t)room, "%.*s", at ? (int)(length < room ? length : room) : 0,
             at ? (const char *)at : "");
    return at;
}

static bool starts(const uint8_t *head, int64_t count, const char *with, int length)
{
    return count >= length && memcmp(head, with, (size_t)length) == 0;
}

/* ---- surfaces ---- */

static bool is_surface(const char *path, const uint8_t *head, int64_t count)
{
    (void)path;
    return starts(head, count, "\xff\xff\xfe", 3);
}

static void parse_geometry(geometry *g, char *line)
{
    static const char *const names[] = { "xras", "yras", "zras", "cras" };
    char *value = strchr(line, '=');
    double row[3];
    if (!value)
        return;
    *value++ = 0;
    char *name = pel__cut_word(&line);
    if (name && strcmp(name, "valid") == 0)
        g->valid = value[strspn(value, " ")] == '1';
    for (int n = 0; name && n < 4; n++) {
        char *at = value;
        if (strcmp(name, names[n]) != 0)
            continue;
        for (int a = 0; a < 3; a++) {
            char *word = pel__cut_word(&at);
            if (!word || !pel__word_number(&row[a], word) || !isfinite(row[a]))
                return;
        }
        memcpy(n < 3 ? g->axis[n] : g->centre, row, sizeof row);
    }
}

// what follows the triangles: tags, of which two matter
static void read_tags(geometry *g, bool *real_ras, pel__whole *file)
{
    for (int64_t tag, value; take_integer(file, &tag);) {
        if (tag == TAG_REAL_RAS)
            *real_ras = take_integer(file, &value) && value == 1;
        else if (tag == TAG_GEOMETRY) {
            for (int n = 0; n < 8; n++) {
                char *line = pel__whole_line(file);
                if (line)
                    parse_geometry(g, line);
            }
        } else {
            const uint8_t *length = pel__whole_take(file, 8);
            double high = length ? pel__item_get(length, PEL__ITEM_U32, true) : 0;
            // no file is that long
            if (!length || high > INT32_MAX ||
                !pel__whole_take(file, (int64_t)high << 32 |
                                           (int64_t)pel__item_get(length + 4, PEL__ITEM_U32, true)))
                return;
        }
    }
}

// surface coordinates lie along the axes -x, -z, y of a volume around its centre
static void to_scanner(pel_mesh *mesh, const geometry *g)
{
    double m[3][3];
    for (int r = 0; r < 3; r++) {
        m[r][0] = -g->axis[0][r];
        m[r][1] = g->axis[2][r];
        m[r][2] = -g->axis[1][r];
    }
    for (int64_t i = 0; i < mesh->points; i++) {
        const double p[3] = { (double)mesh->point_mm[i][0], (double)mesh->point_mm[i][1],
                              (double)mesh->point_mm[i][2] };
        for (int r = 0; r < 3; r++)
            mesh->point_mm[i][r] =
                (float)(m[r][0] * p[0] + m[r][1] * p[1] + m[r][2] * p[2] + g->centre[r]);
    }
}

static pel_status place(pel_mesh *mesh, pel__whole *file)
{
    geometry g = { .axis = { { -1, 0, 0 }, { 0, 0, -1 }, { 0, 1, 0 } } };
    static const char own[] = "coordinates: FreeSurfer surface RAS mm (tkregister)";
    read_tags(&g, &mesh->oriented, file);
    if (mesh->oriented)
        return PEL_OK;
    mesh->oriented = g.valid;
    if (!g.valid)
        return pel__mesh_say(mesh, own, (int64_t)strlen(own));
    to_scanner(mesh, &g);
    return PEL_OK;
}

static pel_status read_lines_of_surface(pel_mesh *out, pel__whole *file)
{
    pel__whole_take(file, 3);
    char *line = pel__whole_line(file);
    pel_status s = line ? pel__mesh_say(out, line, (int64_t)strlen(line)) : PEL_OK;
    if (file->at < file->size && file->bytes[file->at] == '\n')
        file->at++;
    return s;
}

static pel_status read_surface_bytes(pel_mesh *out, pel__whole *file)
{
    int64_t points, triangles;
    pel_status s = read_lines_of_surface(out, file);
    if (s != PEL_OK)
        return s;
    bool there = take_integer(file, &points) && take_integer(file, &triangles);
    const uint8_t *at = there && points >= 0 ? pel__whole_items(file, points, 12) : NULL;
    const uint8_t *corners = at && triangles >= 0 ? pel__whole_items(file, triangles, 12) : NULL;
    if (!corners)
        return pel__whole_short(file, "the points and triangles that its header promises");
    pel__numbers c = {
        .channels = 3, .items = points, .bytes = at, .item = PEL__ITEM_F32, .big_endian = true
    };
    s = pel__mesh_set_points(out, &c);
    if (s == PEL_OK)
        s = pel__mesh_resize(out, points, triangles);
    for (int64_t t = 0; t < triangles && s == PEL_OK; t++)
        for (int n = 0; n < 3; n++)
            out->triangle[t][n] =
                (int32_t)pel__item_get(corners + 12 * t + 4 * n, PEL__ITEM_I32, true);
    return s == PEL_OK ? place(out, file) : s;
}

static pel_status read_by(pel_mesh *out, pel__bytes *bytes,
                          pel_status (*read)(pel_mesh *out, pel__whole *file))
{
    pel__whole file;
    pel_status s = pel__whole_read(&file, bytes);
    if (s == PEL_OK)
        s = read(out, &file);
    pel__whole_free(&file);
    return s;
}

static pel_status read_surface(pel_mesh *out, pel__bytes *bytes)
{
    return read_by(out, bytes, read_surface_bytes);
}

const pel__mesh_format pel__fs_surface = {
    "FreeSurfer", { ".white", ".pial", ".inflated", ".sphere", ".surf" },
    is_surface,   read_surface,
    NULL,         1
};

/* ---- values ---- */

static bool is_curv(const char *path, const uint8_t *head, int64_t count)
{
    (void)path;
    return starts(head, count, "\xff\xff\xff", 3) && count >= 4 && head[3] != 0xff;
}

// "lh.curv" is of curv
static void name_of(char out[64], const char *file)
{
    const char *slash = strrchr(file, '/'), *name = slash ? slash + 1 : file;
    if (strncmp(name, "lh.", 3) == 0 || strncmp(name, "rh.", 3) == 0)
        name += 3;
    snprintf(out, 64, "%.50s", name);
    char *dot = strrchr(out, '.');
    if (dot && dot > out && (pel__same_word(dot, ".curv") || pel__same_word(dot, ".annot")))
        *dot = 0;
}

static pel_status make_placeless(pel_mesh *out, int64_t points)
{
    pel_status s = pel__mesh_resize(out, points, 0);
    if (s == PEL_OK && points)
        memset(out->point_mm, 0, (size_t)points * sizeof *out->point_mm);
    out->placeless = true;
    return s;
}

static pel_status read_curv_bytes(pel_mesh *out, pel__whole *file)
{
    int64_t points, faces, channels;
    char name[64];
    pel__whole_take(file, 3);
    bool there =
        take_integer(file, &points) && take_integer(file, &faces) && take_integer(file, &channels);
    if (!there || points < 0 || channels != 1)
        return pel__fail(PEL_EUNSUPPORTED,
                         "%s: is no FreeSurfer file of one value per point; surfaces of "
                         "quadrangles become triangles by mris_convert",
                         file->name);
    const uint8_t *values = pel__whole_items(file, points, 4);
    if (!values)
        return pel__whole_short(file, "the values that its header promises");
    name_of(name, file->name);
    pel__numbers c = { name,   PEL__COLUMN_VALUES, false,         1,    points,
                       values, PEL__ITEM_F32,      PEL__ITEM_F32, true, NULL };
    pel_status s = make_placeless(out, points);
    return s == PEL_OK ? pel__mesh_add_column(out, &c, file->name) : s;
}

static pel_status read_curv(pel_mesh *out, pel__bytes *bytes)
{
    return read_by(out, bytes, read_curv_bytes);
}

const pel__mesh_format pel__fs_curv = {
    "FreeSurfer curv", { ".curv", ".sulc", ".thickness", ".area" }, is_curv, read_curv, NULL, 1
};

/* ---- annotations ---- */

static bool is_annot(const char *path, const uint8_t *head, int64_t count)
{
    return pel__ends_with(path, ".annot") && count >= 4 && head[0] < 0x80;
}

static pel_status read_entry(pel_mesh *out, pel__whole *file, int64_t key)
{
    char name[64];
    int64_t part[4];
    bool there = take_text(file, name, sizeof name);
    for (int c = 0; c < 4; c++)
        there = there && take_integer(file, &part[c]);
    if (!there || key < 0 || key > INT32_MAX)
        return pel__whole_short(file, "its table of colours");
    // the fourth is how much shines through
    const uint8_t rgba[] = { (uint8_t)part[0], (uint8_t)part[1], (uint8_t)part[2],
                             (uint8_t)(255 - part[3]) };
    return pel_mesh_add_label(out, (int32_t)key, name, rgba);
}

// names and colours; the old form counts entries, the new one is of version 2
static pel_status read_table(pel_mesh *out, pel__whole *file)
{
    int64_t first, entries, key, most;
    char origin[8];
    bool there = take_integer(file, &first);
    bool versioned = there && first < 0;
    entries = first;
    if (versioned)
        there = first == -2 && take_integer(file, &most);
    there = there && take_text(file, origin, sizeof origin);
    if (versioned)
        there = there && take_integer(file, &entries);
    if (!there || entries < 0 || entries > MOST_ENTRIES)
        return pel__whole_short(file, "its table of colours");
    pel_status s = PEL_OK;
    for (int64_t n = 0; n < entries && s == PEL_OK; n++) {
        key = n;
        if (versioned && !take_integer(file, &key))
            return pel__whole_short(file, "its table of colours");
        s = read_entry(out, file, key);
    }
    return s;
}

static uint64_t value_of(const pel_label *label)
{
    return (uint64_t)label->rgba[0] | (uint64_t)label->rgba[1] << 8 |
           (uint64_t)label->rgba[2] << 16;
}

static int by_value(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

// the first entry of a colour; -1: none
static int32_t key_of(const pel_mesh *mesh, const uint64_t *sorted, int32_t value)
{
    uint64_t wanted = (uint64_t)(uint32_t)value << 32;
    int lo = 0, hi = mesh->label_count;
    while (lo < hi) {
        int middle = lo + (hi - lo) / 2;
        if (sorted[middle] < wanted)
            lo = middle + 1;
        else
            hi = middle;
    }
    bool found = lo < mesh->label_count && sorted[lo] >> 32 == wanted >> 32;
    return found ? mesh->label[sorted[lo] & UINT32_MAX].key : -1;
}

// points hold colours, which stand for labels
static pel_status name_colours(pel_mesh *mesh, int32_t *labels)
{
    uint64_t *sorted;
    pel_status s =
        pel__alloc(&sorted, mesh->label_count + 1, sizeof *sorted, "the colours of labels");
    if (s != PEL_OK)
        return s;
    for (int n = 0; n < mesh->label_count; n++)
        sorted[n] = value_of(&mesh->label[n]) << 32 | (uint64_t)n;
    qsort(sorted, (size_t)mesh->label_count, sizeof *sorted, by_value);
    for (int64_t i = 0; i < mesh->points; i++)
        labels[i] = key_of(mesh, sorted, labels[i]);
    pel__free(sorted);
    return PEL_OK;
}

static pel_status read_annot_bytes(pel_mesh *out, pel__whole *file)
{
    int64_t points = 0, point, value, tag;
    char name[64];
    int32_t *labels;
    take_integer(file, &points);
    const uint8_t *pairs = points >= 0 ? pel__whole_items(file, points, 8) : NULL;
    if (!pairs)
        return pel__whole_short(file, "the labels that its header promises");
    name_of(name, file->name);
    pel_status s = make_placeless(out, points);
    if (s == PEL_OK)
        s = pel_mesh_add_array(out, name, PEL_ARRAY_LABELS, false, 1, &labels);
    for (int64_t i = 0; i < points && s == PEL_OK; i++) {
        point = (int64_t)pel__item_get(pairs + 8 * i, PEL__ITEM_I32, true);
        value = (int64_t)pel__item_get(pairs + 8 * i + 4, PEL__ITEM_I32, true);
        if (point < 0 || point >= points)
            s = pel__fail(PEL_EFORMAT, "%s: names point %lld of %lld; the file is damaged",
                          file->name, (long long)point, (long long)points);
        else
            labels[point] = (int32_t)value;
    }
    bool has_table = s == PEL_OK && take_integer(file, &tag) && tag == TAG_TABLE &&
                     take_integer(file, &value) && value != 0;
    if (!has_table)
        return s;
    file->at -= 4;
    s = read_table(out, file);
    return s == PEL_OK ? name_colours(out, labels) : s;
}

static pel_status read_annot(pel_mesh *out, pel__bytes *bytes)
{
    return read_by(out, bytes, read_annot_bytes);
}

const pel__mesh_format pel__fs_annot = { "FreeSurfer annot", { ".annot" }, is_annot,
                                         read_annot,         NULL,         1 };

/* ---- patches ---- */

static bool is_patch(const char *path, const uint8_t *head, int64_t count)
{
    (void)path;
    return starts(head, count, "\xff\xff\xff\xff", 4);
}

// points of a surface by their number from one, those on the edge negative
static pel_status read_patch_bytes(pel_mesh *out, pel__whole *file)
{
    int64_t points;
    int32_t *vertex, *border;
    pel__whole_take(file, 4);
    bool there = take_integer(file, &points) && points >= 0;
    const uint8_t *rows = there ? pel__whole_items(file, points, 16) : NULL;
    if (!rows)
        return pel__whole_short(file, "the points that its header promises");
    pel_status s = pel__mesh_resize(out, points, 0);
    if (s == PEL_OK)
        s = pel_mesh_add_array(out, "vertex", PEL_ARRAY_LABELS, false, 1, &vertex);
    if (s == PEL_OK)
        s = pel_mesh_add_array(out, "border", PEL_ARRAY_LABELS, false, 1, &border);
    for (int64_t i = 0; i < points && s == PEL_OK; i++) {
        int64_t number = (int64_t)pel__item_get(rows + 16 * i, PEL__ITEM_I32, true);
        border[i] = number < 0;
        vertex[i] = (int32_t)((number < 0 ? -number : number) - 1);
        for (int a = 0; a < 3; a++)
            out->point_mm[i][a] =
                (float)pel__item_get(rows + 16 * i + 4 + 4 * a, PEL__ITEM_F32, true);
        if (vertex[i] < 0)
            s = pel__fail(PEL_EFORMAT, "%s: numbers its points from one, and has a zero",
                          file->name);
    }
    return s;
}

static pel_status read_patch(pel_mesh *out, pel__bytes *bytes)
{
    return read_by(out, bytes, read_patch_bytes);
}

const pel__mesh_format pel__fs_patch = {
    "FreeSurfer patch", { ".3d", ".patch" }, is_patch, read_patch, NULL, 1
};
