/* SPDX-License-Identifier: Apache-2.0 */
/* topology.c: what a mesh is as a surface: half-edges and their twins, parts, borders, genus. */
#include <stdlib.h>
#include <string.h>

#include "base/maths.h"
#include "base/memory.h"
#include "base/status.h"
#include "mesh/mesh.h"

static pel_status check_halves(const pel_mesh *mesh)
{
    if (mesh->triangles > PEL__MOST_HALVES)
        return pel__fail(PEL_EUNSUPPORTED, "%lld triangles; edges are counted of at most %d",
                         (long long)mesh->triangles, PEL__MOST_HALVES);
    for (int64_t t = 0; t < mesh->triangles; t++)
        for (int c = 0; c < 3; c++)
            if (mesh->triangle[t][c] < 0 || mesh->triangle[t][c] >= mesh->points)
                return pel__fail(PEL_EDATA, "triangle %lld names point %d, but there are %lld",
                                 (long long)t, mesh->triangle[t][c], (long long)mesh->points);
    return PEL_OK;
}

/* ---- twins ---- */

static void ends(const pel_mesh *mesh, int32_t h, int32_t *lo, int32_t *hi)
{
    int32_t a = pel__half_from(mesh, h), b = pel__half_from(mesh, pel__next_half(h));
    *lo = a < b ? a : b;
    *hi = a < b ? b : a;
}

/* a half-edge and the higher end of its edge */
typedef struct half {
    int32_t hi, h;
} half;

static int by_end(const void *a, const void *b)
{
    const half *x = a, *y = b;
    return x->hi != y->hi ? (x->hi > y->hi) - (x->hi < y->hi) : (x->h > y->h) - (x->h < y->h);
}

static void sort_halves(half *list, int64_t count)
{
    if (count > 24) {
        qsort(list, (size_t)count, sizeof *list, by_end);
        return;
    }
    for (int64_t i = 1; i < count; i++) {
        half x = list[i];
        int64_t j = i;
        for (; j > 0 && by_end(&list[j - 1], &x) > 0; j--)
            list[j] = list[j - 1];
        list[j] = x;
    }
}

// the half-edges of one edge learn of each other
static void pair(int32_t *twin, const pel_mesh *mesh, const half *of_edge, int64_t count)
{
    int32_t a = of_edge[0].h, b = count > 1 ? of_edge[1].h : PEL__BORDER;
    int32_t from = pel__half_from(mesh, a);
    bool loop = from == of_edge[0].hi && from == pel__half_from(mesh, pel__next_half(a));
    if (count == 2 && !loop) {
        bool turned = from == pel__half_from(mesh, b);
        twin[a] = turned ? PEL__TURNED : b;
        twin[b] = turned ? PEL__TURNED : a;
        return;
    }
    for (int64_t n = 0; n < count; n++)
        twin[of_edge[n].h] = count == 1 && !loop ? PEL__BORDER : PEL__TANGLED;
}

// chains of half-edges by the lower end of their edge: the first of each point, and where its twin
// will be told the next one
static void chain(int32_t *first, int32_t *next, const pel_mesh *mesh)
{
    int32_t lo, hi;
    memset(first, 0xff, (size_t)mesh->points * sizeof *first);
    for (int32_t h = (int32_t)(3 * mesh->triangles) - 1; h >= 0; h--) {
        ends(mesh, h, &lo, &hi);
        next[h] = first[lo];
        first[lo] = h;
    }
}

/* the half-edges of one point's chain */
typedef struct taken {
    half *list; // owned
    int64_t count, room;
} taken;

static pel_status take(taken *out, const int32_t *next, const pel_mesh *mesh, int32_t first)
{
    int32_t lo;
    out->count = 0;
    for (int32_t h = first; h >= 0; h = next[h])
        out->count++;
    if (out->count > out->room) {
        out->room = 2 * out->count;
        pel_status s = pel__realloc(&out->list, out->room, sizeof *out->list, "edges of a mesh");
        if (s != PEL_OK)
            return s;
    }
    for (int64_t n = 0; n < out->count; n++, first = next[first]) {
        out->list[n].h = first;
        ends(mesh, first, &lo, &out->list[n].hi);
    }
    sort_halves(out->list, out->count);
    return PEL_OK;
}

pel_status pel__mesh_twins(int32_t **twin, const pel_mesh *mesh)
{
    int32_t *first = NULL;
    taken at = { 0 };
    *twin = NULL;
    pel_status s = check_halves(mesh);
    if (s == PEL_OK)
        s = pel__alloc(twin, 3 * mesh->triangles, sizeof **twin, "the half-edges of a mesh");
    if (s == PEL_OK)
        s = pel__alloc(&first, mesh->points, sizeof *first, "the edges of a mesh");
    if (s == PEL_OK)
        chain(first, *twin, mesh);
    for (int64_t p = 0; p < mesh->points && s == PEL_OK; p++) {
        s = take(&at, *twin, mesh, first[p]);
        for (int64_t i = 0, j; i < at.count && s == PEL_OK; i = j) {
            for (j = i + 1; j < at.count && at.list[j].hi == at.list[i].hi;)
                j++;
            pair(*twin, mesh, at.list + i, j - i);
        }
    }
    pel__free(first);
    pel__free(at.list);
    if (s != PEL_OK) {
        pel__free(*twin);
        *twin = NULL;
    }
    return s;
}

pel_status pel__mesh_around(int64_t **first, int32_t **list, const pel_mesh *mesh)
{
    *first = NULL;
    *list = NULL;
    pel_status s = check_halves(mesh);
    if (s == PEL_OK)
        s = pel__alloc_zero(first, mesh->points + 2, sizeof **first, "triangles around points");
    if (s == PEL_OK)
        s = pel__alloc(list, 3 * mesh->triangles, sizeof **list, "triangles around points");
    if (s != PEL_OK) {
        pel__free(*first);
        *first = NULL;
        return s;
    }
    // counted two places up, so that filling ends with every bound in its place
    int64_t *at = *first + 1;
    for (int64_t t = 0; t < mesh->triangles; t++)
        for (int c = 0; c < 3; c++)
            at[mesh->triangle[t][c] + 1]++;
    for (int64_t p = 0; p < mesh->points; p++)
        at[p + 1] += at[p];
    for (int64_t t = 0; t < mesh->triangles; t++)
        for (int c = 0; c < 3; c++)
            (*list)[at[mesh->triangle[t][c]]++] = (int32_t)t;
    return PEL_OK;
}

/* ---- parts ---- */

static int32_t root(int32_t *up, int32_t p)
{
    while (up[p] != p) {
        up[p] = up[up[p]];
        p = up[p];
    }
    return p;
}

// the lower number becomes the root
static void join(int32_t *up, int32_t a, int32_t b)
{
    a = root(up, a);
    b = root(up, b);
    if (a < b)
        up[b] = a;
    else
        up[a] = b;
}

// roots become -2 - number, in the order of first triangles
static int64_t number_parts(int32_t *up, const pel_mesh *mesh)
{
    int64_t count = 0;
    for (int64_t t = 0; t < mesh->triangles; t++)
        for (int c = 0; c < 3; c++) {
            int32_t p = mesh->triangle[t][c], r = p;
            while (up[r] >= 0 && up[r] != r)
                r = up[r];
            if (up[r] >= 0)
                up[r] = (int32_t)(-2 - count++);
            if (r != p)
                up[p] = up[r];
        }
    return count;
}

pel_status pel_mesh_parts(int32_t *part, int64_t *count, const pel_mesh *mesh)
{
    int32_t *up = part;
    *count = 0;
    pel_status s = check_halves(mesh);
    if (s == PEL_OK && !part)
        s = pel__alloc(&up, mesh->points, sizeof *up, "the parts of a mesh");
    if (s != PEL_OK)
        return s;
    for (int64_t p = 0; p < mesh->points; p++)
        up[p] = (int32_t)p;
    for (int64_t t = 0; t < mesh->triangles; t++)
        for (int c = 1; c < 3; c++)
            join(up, mesh->triangle[t][0], mesh->triangle[t][c]);
    *count = number_parts(up, mesh);
    for (int64_t p = 0; p < mesh->points; p++)
        up[p] = up[p] < 0 ? -2 - up[p] : -1;
    if (!part)
        pel__free(up);
    return PEL_OK;
}

/* ---- counting ---- */

static void count_edges(pel_topology *out, const int32_t *twin)
{
    // each edge is counted by one of its half-edges, or by all of them in part
    int64_t whole = 0, turned = 0;
    for (int32_t h = 0; h < 3 * out->triangles; h++) {
        out->border_edges += twin[h] == PEL__BORDER;
        turned += twin[h] == PEL__TURNED;
        whole += twin[h] > h;
    }
    out->turned_edges = turned / 2;
    out->edges = out->border_edges + out->turned_edges + whole;
}

// tangled half-edges, sorted by their ends, tell how many edges they are
static pel_status count_tangled(pel_topology *out, const pel_mesh *mesh, const int32_t *twin)
{
    typedef struct edge {
        int32_t lo, hi;
    } edge;
    edge *list = NULL;
    int64_t count = 0, n = 0;
    for (int32_t h = 0; h < 3 * mesh->triangles; h++)
        count += twin[h] == PEL__TANGLED;
    if (count == 0)
        return PEL_OK;
    pel_status s = pel__alloc(&list, count, sizeof *list, "edges of many triangles");
    if (s != PEL_OK)
        return s;
    for (int32_t h = 0; h < 3 * mesh->triangles; h++)
        if (twin[h] == PEL__TANGLED) {
            ends(mesh, h, &list[n].lo, &list[n].hi);
            n++;
        }
    _Static_assert(sizeof(edge) == sizeof(half), "sorted as pairs");
    qsort(list, (size_t)count, sizeof *list, by_end);
    for (int64_t i = 0; i < count; i++)
        out->tangled_edges +=
            i == 0 || list[i].lo != list[i - 1].lo || list[i].hi != list[i - 1].hi;
    out->edges += out->tangled_edges;
    pel__free(list);
    return PEL_OK;
}

// go around a point from one of its corners; marks what it passes, and tells whether at all
static bool walk_fan(uint8_t *seen, const int32_t *twin, int32_t h)
{
    if (seen[h])
        return false;
    int32_t at = h;
    do {
        seen[at] = 1;
        at = twin[pel__last_half(at)];
    } while (at >= 0 && !seen[at]);
    // at a border: the other way too
    for (at = twin[h]; at >= 0 && !seen[pel__next_half(at)]; at = twin[at]) {
        at = pel__next_half(at);
        seen[at] = 1;
    }
    return true;
}

static pel_status count_fans(pel_topology *out, const pel_mesh *mesh, const int32_t *twin)
{
    uint8_t *seen = NULL, *fans = NULL;
    pel_status s = pel__alloc_zero(&seen, 3 * mesh->triangles, 1, "corners of a mesh");
    if (s == PEL_OK)
        s = pel__alloc_zero(&fans, mesh->points, 1, "fans of a mesh");
    // a turned edge parts fans that are one: its ends are not judged
    for (int32_t h = 0; s == PEL_OK && h < 3 * mesh->triangles; h++)
        if (twin[h] == PEL__TURNED)
            fans[pel__half_from(mesh, h)] = fans[pel__half_from(mesh, pel__next_half(h))] = 3;
    for (int32_t h = 0; s == PEL_OK && h < 3 * mesh->triangles; h++) {
        uint8_t *of_point = &fans[pel__half_from(mesh, h)];
        if (walk_fan(seen, twin, h) && *of_point < 2)
            (*of_point)++;
    }
    for (int64_t p = 0; s == PEL_OK && p < mesh->points; p++) {
        out->points += fans[p] > 0;
        out->pinched_points += fans[p] == 2;
    }
    pel__free(seen);
    pel__free(fans);
    return s;
}

// the border half-edge that goes on where h ends; -1: the way is tangled
static int32_t next_border(const int32_t *twin, int32_t h)
{
    int32_t at = pel__next_half(h);
    while (twin[at] >= 0)
        at = pel__next_half(twin[at]);
    return twin[at] == PEL__BORDER ? at : -1;
}

static pel_status count_loops(pel_topology *out, const pel_mesh *mesh, const int32_t *twin)
{
    uint8_t *seen = NULL;
    if (out->border_edges == 0)
        return PEL_OK;
    pel_status s = pel__alloc_zero(&seen, 3 * mesh->triangles, 1, "borders of a mesh");
    for (int32_t h = 0; s == PEL_OK && h < 3 * mesh->triangles; h++) {
        if (twin[h] != PEL__BORDER || seen[h])
            continue;
        out->border_loops++;
        for (int32_t at = h; at >= 0 && !seen[at]; at = next_border(twin, at))
            seen[at] = 1;
    }
    pel__free(seen);
    return s;
}

static void count_folded(pel_topology *out, const pel_mesh *mesh)
{
    for (int64_t t = 0; t < mesh->triangles; t++) {
        const int32_t *c = mesh->triangle[t];
        out->folded_triangles += c[0] == c[1] || c[1] == c[2] || c[2] == c[0];
    }
}

pel_status pel_mesh_topology(pel_topology *out, const pel_mesh *mesh)
{
    int32_t *twin;
    *out = (pel_topology){ .triangles = mesh->triangles };
    pel_status s = pel__mesh_twins(&twin, mesh);
    if (s != PEL_OK)
        return s;
    count_folded(out, mesh);
    count_edges(out, twin);
    s = count_tangled(out, mesh, twin);
    if (s == PEL_OK)
        s = count_fans(out, mesh, twin);
    if (s == PEL_OK)
        s = count_loops(out, mesh, twin);
    pel__free(twin);
    if (s == PEL_OK)
        s = pel_mesh_parts(NULL, &out->components, mesh);
    if (s != PEL_OK) {
        *out = (pel_topology){ 0 };
        return s;
    }
    out->euler = out->points - out->edges + out->triangles;
    out->manifold =
        out->tangled_edges == 0 && out->pinched_points == 0 && out->folded_triangles == 0;
    out->oriented = out->turned_edges == 0;
    out->closed = out->manifold && out->border_edges == 0;
    out->genus = out->manifold && out->oriented
                     ? (2 * out->components - out->euler - out->border_loops) / 2
                     : -1;
    return PEL_OK;
}

double pel_mesh_volume_mm3(const pel_mesh *mesh)
{
    // from a point of the mesh, so that a body far away loses no digits
    double sum = 0;
    if (mesh->points == 0)
        return 0;
    pel_vec3 centre = pel__mesh_point(mesh, 0);
    for (int64_t t = 0; t < mesh->triangles; t++) {
        const int32_t *c = mesh->triangle[t];
        sum += pel__dot(pel__minus(pel__mesh_point(mesh, c[0]), centre), pel__mesh_cross(mesh, t));
    }
    return sum / 6;
}

/* ---- leaving out ---- */

static void keep_items(pel_mesh *mesh, bool per_triangle, const uint8_t *stays, int64_t count)
{
    for (int n = 0; n < mesh->arrays; n++) {
        pel_array *a = &mesh->array[n];
        size_t item = (size_t)pel__array_item(a->kind, a->channels), to = 0;
        char *data = a->data;
        for (int64_t i = 0; a->per_triangle == per_triangle && i < count; i++)
            if (stays[i])
                memmove(data + item * to++, data + item * (size_t)i, item);
    }
}

void pel__mesh_keep(pel_mesh *mesh, const uint8_t *points, const uint8_t *triangles,
                    int32_t *number)
{
    int32_t kept = 0;
    int64_t n = 0;
    keep_items(mesh, false, points, mesh->points);
    keep_items(mesh, true, triangles, mesh->triangles);
    for (int64_t p = 0; p < mesh->points; p++) {
        number[p] = points[p] ? kept : -1;
        if (points[p])
            memmove(mesh->point_mm[kept++], mesh->point_mm[p], sizeof *mesh->point_mm);
    }
    for (int64_t t = 0; t < mesh->triangles; t++)
        if (triangles[t]) {
            for (int c = 0; c < 3; c++)
                mesh->triangle[n][c] = number[mesh->triangle[t][c]];
            n++;
        }
    mesh->points = kept;
    mesh->triangles = n;
}
