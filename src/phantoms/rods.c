/* SPDX-License-Identifier: Apache-2.0 */
/* rods.c: rods along lines of points with a radius each, found fast. */
#include "phantoms/rods.h"

#include <string.h>

#include "base/memory.h"

static const double cell_mm = 4;

pel_status pel__rods_add(pel__rods *rods, pel__rod_point point)
{
    if (rods->count == rods->room) {
        int64_t room = 2 * rods->room + 256;
        pel__rod_point *more = NULL;
        pel_status s = pel__alloc(&more, room, sizeof *more, "vessels of a phantom");
        if (s != PEL_OK)
            return s;
        if (rods->count)
            memcpy(more, rods->point, (size_t)rods->count * sizeof *more);
        pel__free(rods->point);
        rods->point = more;
        rods->room = room;
    }
    rods->point[rods->count++] = point;
    return PEL_OK;
}

void pel__rods_free(pel__rods *rods)
{
    pel__free(rods->point);
    pel__free(rods->first);
    pel__free(rods->rod);
    pel__free(rods->reach_mm);
    *rods = (pel__rods){ 0 };
}

static int64_t cells(const pel__rods *t)
{
    return t->n[0] * t->n[1] * t->n[2];
}

static double axis_of(pel_vec3 p, int axis)
{
    return axis == 0 ? p.x : axis == 1 ? p.y : p.z;
}

// the box over all points, with room around
static void find_box(pel__rods *t)
{
    double lo[3] = { 1e9, 1e9, 1e9 }, hi[3] = { -1e9, -1e9, -1e9 };
    for (int64_t i = 0; i < t->count; i++)
        for (int a = 0; a < 3; a++) {
            double at = axis_of(t->point[i].at_mm, a),
                   room = t->point[i].radius_mm + PEL__RODS_REACH;
            lo[a] = pel__smaller(lo[a], at - room);
            hi[a] = pel__larger(hi[a], at + room);
        }
    t->origin_mm = (pel_vec3){ lo[0], lo[1], lo[2] };
    for (int a = 0; a < 3; a++)
        t->n[a] = t->count ? (int64_t)((hi[a] - lo[a]) / cell_mm) + 1 : 0;
}

static bool is_rod(const pel__rods *t, int64_t i)
{
    return i + 1 < t->count && t->point[i].branch == t->point[i + 1].branch;
}

// counts, or lists when `rod` is there, the cells that a rod's box reaches
static void put_rod(pel__rods *t, int64_t i, int32_t *next)
{
    const pel__rod_point *a = &t->point[i], *b = a + 1;
    double room = pel__larger(a->radius_mm, b->radius_mm) + PEL__RODS_REACH;
    int64_t lo[3], hi[3];
    for (int x = 0; x < 3; x++) {
        double p = axis_of(a->at_mm, x), q = axis_of(b->at_mm, x), o = axis_of(t->origin_mm, x);
        lo[x] = (int64_t)pel__larger(0, (pel__smaller(p, q) - room - o) / cell_mm);
        hi[x] =
            (int64_t)pel__smaller((double)(t->n[x] - 1), (pel__larger(p, q) + room - o) / cell_mm);
    }
    for (int64_t k = lo[2]; k <= hi[2]; k++)
        for (int64_t j = lo[1]; j <= hi[1]; j++)
            for (int64_t c = lo[0]; c <= hi[0]; c++) {
                int64_t cell = (k * t->n[1] + j) * t->n[0] + c;
                if (t->rod)
                    t->rod[next[cell]] = (int32_t)i;
                next[cell]++;
            }
}

pel_status pel__rods_sort(pel__rods *t)
{
    find_box(t);
    int32_t *next = NULL;
    int64_t n = cells(t);
    pel_status s = pel__alloc_zero(&t->first, n + 1, sizeof(int32_t), "vessels of a phantom");
    if (s == PEL_OK)
        s = pel__alloc_zero(&next, n + 1, sizeof(int32_t), "vessels of a phantom");
    if (s == PEL_OK)
        s = pel__alloc(&t->reach_mm, t->count + 1, sizeof(double), "vessels of a phantom");
    if (s == PEL_OK) {
        for (int64_t i = 0; i < t->count; i++)
            if (is_rod(t, i)) {
                const pel__rod_point *a = &t->point[i], *b = a + 1;
                t->reach_mm[i] = pel__length(pel__minus(b->at_mm, a->at_mm)) +
                                 pel__larger(a->radius_mm, b->radius_mm);
                put_rod(t, i, next);
            }
        int32_t sum = 0;
        for (int64_t c = 0; c <= n; c++) {
            t->first[c] = sum;
            sum += next[c];
            next[c] = t->first[c];
        }
        s = pel__alloc(&t->rod, sum + 1, sizeof(int32_t), "vessels of a phantom");
    }
    for (int64_t i = 0; s == PEL_OK && i < t->count; i++)
        if (is_rod(t, i))
            put_rod(t, i, next);
    pel__free(next);
    return s;
}

double pel__rods_at(const pel__rods *t, pel_vec3 at, int *kind)
{
    double nearest = PEL__RODS_REACH;
    pel_vec3 p = pel__scale(pel__minus(at, t->origin_mm), 1 / cell_mm);
    *kind = 0;
    if (!(p.x >= 0 && p.y >= 0 && p.z >= 0 && p.x < (double)t->n[0] && p.y < (double)t->n[1] &&
          p.z < (double)t->n[2]))
        return nearest;
    int64_t cell = ((int64_t)p.z * t->n[1] + (int64_t)p.y) * t->n[0] + (int64_t)p.x;
    for (int32_t i = t->first[cell]; i < t->first[cell + 1]; i++) {
        const pel__rod_point *a = &t->point[t->rod[i]], *b = a + 1;
        pel_vec3 from = pel__minus(at, a->at_mm);
        double most = nearest + t->reach_mm[t->rod[i]];
        if (most <= 0 || pel__dot(from, from) > most * most)
            continue;
        double d = pel__rod(at, a->at_mm, a->radius_mm, b->at_mm, b->radius_mm);
        if (d < nearest) {
            nearest = d;
            *kind = a->kind;
        }
    }
    return nearest;
}

void pel__rods_table(const pel__rods *t, pel_affine world_from_mm, const char *const *kinds,
                     pel__text *csv)
{
    pel__text_add(csv, "x_mm,y_mm,z_mm,radius_mm,branch,kind\n");
    for (int64_t i = 0; i < t->count; i++) {
        pel_vec3 at = pel_affine_point(world_from_mm, t->point[i].at_mm);
        pel__text_add(csv, "%.4f,%.4f,%.4f,%.4f,%d,%s\n", at.x, at.y, at.z, t->point[i].radius_mm,
                      t->point[i].branch, kinds[t->point[i].kind - 1]);
    }
}
