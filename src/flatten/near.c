/* SPDX-License-Identifier: Apache-2.0 */
/* near.c: a patch renumbered so that what lies close together is stored close together. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "flatten/patch.h"

enum { KEY_BITS = 21 };

typedef struct placed {
    uint64_t key; // of a curve that fills space (Morton 1966)
    int32_t number;
} placed;

static int by_key(const void *a, const void *b)
{
    const placed *x = a, *y = b;
    if (x->key != y->key)
        return x->key < y->key ? -1 : 1;
    return (x->number > y->number) - (x->number < y->number);
}

static uint64_t key_of(const float *p, pel_vec3 lo, double scale)
{
    const double corner[3] = { lo.x, lo.y, lo.z };
    uint64_t cell[3], key = 0;
    for (int r = 0; r < 3; r++)
        cell[r] = (uint64_t)(((double)p[r] - corner[r]) * scale);
    for (int bit = KEY_BITS - 1; bit >= 0; bit--)
        for (int r = 0; r < 3; r++)
            key = key << 1 | (cell[r] >> bit & 1);
    return key;
}

static void sort_points(placed *order, const pel_mesh *m)
{
    pel_vec3 lo, hi;
    pel_mesh_bounds(m, &lo, &hi);
    double side = fmax(hi.x - lo.x, fmax(hi.y - lo.y, hi.z - lo.z));
    double scale = side > 0 ? ((1 << KEY_BITS) - 1) / side : 0;
    for (int64_t p = 0; p < m->points; p++)
        order[p] = (placed){ key_of(m->point_mm[p], lo, scale), (int32_t)p };
    qsort(order, (size_t)m->points, sizeof *order, by_key);
}

// triangles by their first point
static void sort_triangles(placed *order, const pel_mesh *m, const int32_t *number)
{
    for (int64_t t = 0; t < m->triangles; t++) {
        int32_t least = INT32_MAX;
        for (int c = 0; c < 3; c++) {
            int32_t p = number[m->triangle[t][c]];
            least = p < least ? p : least;
        }
        order[t] = (placed){ (uint64_t)least, (int32_t)t };
    }
    qsort(order, (size_t)m->triangles, sizeof *order, by_key);
}

static pel_status make_room(pel__patch *out, const pel__patch *in)
{
    const int64_t points = in->mesh.points, triangles = in->mesh.triangles;
    pel_status s = pel_mesh_new(&out->mesh, points, triangles);
    if (s == PEL_OK)
        s = pel__alloc(&out->from, points, sizeof *out->from, "points of a patch");
    if (s == PEL_OK)
        s = pel__alloc(&out->edge, 3 * triangles, sizeof *out->edge, "triangles of a patch");
    if (s == PEL_OK)
        s = pel__alloc(&out->frame, triangles, sizeof *out->frame, "triangles of a patch");
    if (s == PEL_OK)
        s = pel__alloc(&out->area, triangles, sizeof *out->area, "triangles of a patch");
    if (s == PEL_OK)
        s = pel__alloc(&out->loop_first, in->loops + 1, sizeof *out->loop_first, "borders");
    if (s == PEL_OK)
        s = pel__alloc(&out->loop, in->loop_first[in->loops] + 1, sizeof *out->loop, "borders");
    return s;
}

static void take_over(pel__patch *out, const pel__patch *in, placed *order, int32_t *number)
{
    sort_points(order, &in->mesh);
    for (int64_t p = 0; p < in->mesh.points; p++) {
        int32_t from = out->from[p] = order[p].number;
        number[from] = (int32_t)p;
        memcpy(out->mesh.point_mm[p], in->mesh.point_mm[from], sizeof *out->mesh.point_mm);
    }
    sort_triangles(order, &in->mesh, number);
    for (int64_t t = 0; t < in->mesh.triangles; t++) {
        int32_t from = order[t].number;
        for (int c = 0; c < 3; c++) {
            out->mesh.triangle[t][c] = number[in->mesh.triangle[from][c]];
            out->edge[3 * t + c] = in->edge[3 * from + c];
        }
        memcpy(out->frame[t], in->frame[from], sizeof *out->frame);
        out->area[t] = in->area[from];
    }
    memcpy(out->loop_first, in->loop_first, (size_t)(in->loops + 1) * sizeof *out->loop_first);
    for (int64_t i = 0; i < in->loop_first[in->loops]; i++)
        out->loop[i] = number[in->loop[i]];
}

pel_status pel__patch_near(pel__patch *out, const pel__patch *in)
{
    placed *order = NULL;
    int32_t *number = NULL;
    int64_t points = in->mesh.points, triangles = in->mesh.triangles;
    *out = (pel__patch){ .area_mm2 = in->area_mm2,
                         .thickened_mm = in->thickened_mm,
                         .loops = in->loops,
                         .outer = in->outer,
                         .outer_mm = in->outer_mm,
                         .holes_mm = in->holes_mm,
                         .total_curvature = in->total_curvature };
    pel_status s = make_room(out, in);
    if (s == PEL_OK)
        s = pel__alloc(&order, points > triangles ? points : triangles, sizeof *order,
                       "the order of a patch");
    if (s == PEL_OK)
        s = pel__alloc(&number, points, sizeof *number, "the order of a patch");
    if (s == PEL_OK)
        take_over(out, in, order, number);
    else
        pel__patch_free(out);
    pel__free(order);
    pel__free(number);
    return s;
}
