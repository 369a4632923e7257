/* SPDX-License-Identifier: Apache-2.0 */
/* stl.c: STL (3D Systems 1989), binary and text: triangles alone; corners of one place become one
 * point. */
#include <stdio.h>
#include <string.h>

#include "base/job.h"
#include "base/memory.h"
#include "base/status.h"
#include "base/text.h"
#include "read/columns.h"
#include "read/meshes.h"

enum { HEAD = 84, TITLE = 80, ROW = 50, FIRST_SLOTS = 1024 };

/* points by their place: open addressing in a table of a power of two */
typedef struct welder {
    pel_mesh *mesh;
    int32_t *slot; // index of a point, -1: free; owned
    int64_t slots;
    uint64_t seed;
} welder;

static bool is_text(const uint8_t *head, int64_t count)
{
    // programs write "solid" into binary files too: text has a facet soon
    return count >= 5 && memcmp(head, "solid", 5) == 0 &&
           (memmem(head, (size_t)count, "facet", 5) ||
            memmem(head, (size_t)count, "endsolid", 8)) &&
           !memchr(head, 0, (size_t)count);
}

static bool is(const char *path, const uint8_t *head, int64_t count)
{
    return is_text(head, count) || (pel__ends_with(path, ".stl") && count >= HEAD);
}

static uint64_t hash_of(const welder *w, const float point[3])
{
    uint32_t bits[3];
    memcpy(bits, point, sizeof bits);
    uint64_t h = w->seed;
    for (int a = 0; a < 3; a++) {
        h = (h ^ bits[a]) * 0x9e3779b97f4a7c15u;
        h ^= h >> 29;
    }
    h *= 0xbf58476d1ce4e5b9u;
    return h ^ h >> 32;
}

static int64_t find_slot(const welder *w, const float point[3])
{
    int64_t at = (int64_t)(hash_of(w, point) & (uint64_t)(w->slots - 1));
    while (w->slot[at] >= 0 &&
           memcmp(w->mesh->point_mm[w->slot[at]], point, 3 * sizeof *point) != 0)
        at = (at + 1) & (w->slots - 1);
    return at;
}

// at most half full
static pel_status make_room(welder *w)
{
    if (2 * (w->mesh->points + 1) <= w->slots)
        return PEL_OK;
    int64_t slots = w->slots ? 2 * w->slots : FIRST_SLOTS;
    pel__free(w->slot);
    w->slot = NULL;
    pel_status s = pel__alloc(&w->slot, slots, sizeof *w->slot, "a table of points");
    if (s != PEL_OK)
        return s;
    w->slots = slots;
    // where the block lies differs from run to run: no file knows which points collide
    w->seed = (uint64_t)(uintptr_t)w->slot;
    memset(w->slot, 0xff, (size_t)slots * sizeof *w->slot);
    for (int64_t i = 0; i < w->mesh->points; i++)
        w->slot[find_slot(w, w->mesh->point_mm[i])] = (int32_t)i;
    return PEL_OK;
}

static pel_status weld(welder *w, int32_t *out, const float given[3])
{
    pel_mesh *mesh = w->mesh;
    // + 0 makes one of -0 and 0
    const float point[3] = { given[0] + 0.0f, given[1] + 0.0f, given[2] + 0.0f };
    pel_status s = make_room(w);
    if (s != PEL_OK)
        return s;
    int64_t slot = find_slot(w, point);
    if (w->slot[slot] < 0) {
        s = pel__mesh_resize(mesh, mesh->points + 1, mesh->triangles);
        if (s != PEL_OK)
            return s;
        memcpy(mesh->point_mm[mesh->points - 1], point, sizeof point);
        w->slot[slot] = (int32_t)(mesh->points - 1);
    }
    *out = w->slot[slot];
    return PEL_OK;
}

static pel_status add_triangle(welder *w, const float corner[3][3])
{
    int32_t index[3];
    pel_status s = PEL_OK;
    for (int c = 0; c < 3 && s == PEL_OK; c++)
        s = weld(w, &index[c], corner[c]);
    if (s == PEL_OK)
        s = pel__mesh_resize(w->mesh, w->mesh->points, w->mesh->triangles + 1);
    if (s == PEL_OK)
        memcpy(w->mesh->triangle[w->mesh->triangles - 1], index, sizeof index);
    return s == PEL_OK && w->mesh->triangles % 65536 == 0 ? pel__cancelled() : s;
}

/* ---- binary ---- */

static pel_status read_count(const pel__bytes *bytes, const uint8_t head[HEAD], int64_t *count)
{
    *count = (int64_t)pel__item_get(head + TITLE, PEL__ITEM_U32, false);
    int64_t needed = HEAD + *count * ROW;
    if (needed > bytes->most)
        return pel__fail(PEL_EFORMAT,
                         "%s: promises %lld triangles, which are %lld bytes, but has at most %lld; "
                         "the file is cut short or no STL",
                         bytes->name, (long long)*count, (long long)needed, (long long)bytes->most);
    return PEL_OK;
}

static pel_status read_binary(welder *w, pel__bytes *bytes)
{
    enum { ROWS = 512 };
    uint8_t head[HEAD], rows[ROWS * ROW];
    int64_t count = 0;
    pel_status s = pel__bytes_need(bytes, head, HEAD, "the header");
    if (s == PEL_OK)
        s = read_count(bytes, head, &count);
    if (s == PEL_OK)
        s = pel__mesh_say(w->mesh, (char *)head, (int64_t)strnlen((char *)head, TITLE));
    for (int64_t first = 0; first < count && s == PEL_OK; first += ROWS) {
        int64_t here = count - first < ROWS ? count - first : ROWS;
        s = pel__bytes_need(bytes, rows, here * ROW, "the triangles");
        for (int64_t t = 0; t < here && s == PEL_OK; t++) {
            float corner[3][3];
            for (int i = 0; i < 9; i++)
                corner[i / 3][i % 3] =
                    (float)pel__item_get(rows + t * ROW + 12 + 4 * i, PEL__ITEM_F32, false);
            s = add_triangle(w, corner);
        }
    }
    return s;
}

/* ---- text ---- */

static pel_status damaged(const pel__whole *file, const char *word)
{
    return pel__fail(PEL_EFORMAT, "%s: '%.40s' where STL has no such word; the file is damaged",
                     file->name, word);
}

static pel_status read_vertices(welder *w, pel__whole *file, float corner[3][3], int *corners)
{
    double *number;
    pel_status s = pel__whole_numbers(&number, file, 3, "a vertex");
    if (s != PEL_OK)
        return s;
    for (int a = 0; a < 3; a++)
        corner[*corners][a] = (float)number[a];
    pel__free(number);
    *corners += 1;
    if (*corners < 3)
        return PEL_OK;
    *corners = 0;
    return add_triangle(w, corner);
}

// words other than these stand between vertices and mean nothing more
static bool is_word(const char *word)
{
    static const char *const words[] = { "facet",  "outer",    "loop",  "endloop",
                                         "normal", "endfacet", "solid", NULL };
    for (int i = 0; words[i]; i++)
        if (strcmp(word, words[i]) == 0)
            return true;
    return false;
}

static pel_status read_text(welder *w, pel__whole *file)
{
    float corner[3][3];
    int corners = 0;
    double number;
    pel_status s = PEL_OK;
    char *line = pel__whole_line(file); // solid NAME
    s = pel__mesh_say(w->mesh, line + 5 + strspn(line + 5, " "),
                      (int64_t)strlen(line + 5 + strspn(line + 5, " ")));
    bool ended = false;
    for (char *word; s == PEL_OK && (word = pel__whole_word(file));) {
        ended = strcmp(word, "endsolid") == 0;
        if (ended) {
            // a name, and perhaps another solid
            pel__whole_line(file);
        } else if (strcmp(word, "vertex") == 0)
            s = read_vertices(w, file, corner, &corners);
        else if (strcmp(word, "solid") == 0)
            pel__whole_line(file);
        else if (!is_word(word) && !pel__word_number(&number, word))
            s = damaged(file, word);
    }
    if (s == PEL_OK && (corners || !ended))
        s = pel__whole_short(file, "its triangles");
    return s;
}

static pel_status read(pel_mesh *out, pel__bytes *bytes)
{
    const uint8_t *head;
    int64_t count;
    welder w = { .mesh = out };
    pel__whole file = { 0 };
    pel_status s = pel__bytes_peek(bytes, &head, &count);
    if (s == PEL_OK && !is_text(head, count))
        s = read_binary(&w, bytes);
    else if (s == PEL_OK) {
        s = pel__whole_read(&file, bytes);
        if (s == PEL_OK)
            s = read_text(&w, &file);
        pel__whole_free(&file);
    }
    pel__free(w.slot);
    return s;
}

const pel__mesh_format pel__stl = { "STL", { ".stl" }, is, read, NULL, 1 };
