/* SPDX-License-Identifier: Apache-2.0 */
/* cut_points.c: the points along a cut: new ones where it crosses edges, and old ones near it,
 * which come onto it. */
#include <math.h>
#include <string.h>

#include "surface/cut.h"

#include "base/maths.h"
#include "base/memory.h"
#include "base/status.h"
#include "mesh/mesh.h"

double pel__blade_crossing(const pel__blade *cut, int32_t inner, int32_t outer)
{
    double inside = cut->value[inner], outside = cut->value[outer];
    if (inside <= 0 || isinf(outside))
        return 0;
    if (!cut->is_sphere)
        return inside / (inside - outside);
    pel_vec3 from = pel__minus(pel__mesh_point(cut->mesh, inner), cut->centre_mm);
    pel_vec3 way = pel__minus(pel__mesh_point(cut->mesh, outer), pel__mesh_point(cut->mesh, inner));
    double q = pel__dot(way, way), h = pel__dot(from, way);
    double c = pel__dot(from, from) - cut->radius_mm * cut->radius_mm;
    double t = (-h + sqrt(fmax(h * h - q * c, 0))) / q;
    return t < 0 ? 0 : t > 1 ? 1 : t;
}

void pel__cut_mix(pel_mesh *to, int64_t at, const pel_mesh *from, const int32_t ends[2], double t)
{
    for (int a = 0; a < 3; a++) {
        double p = (double)from->point_mm[ends[0]][a], q = (double)from->point_mm[ends[1]][a];
        to->point_mm[at][a] = (float)(p + t * (q - p));
    }
    for (int n = 0; n < from->arrays; n++) {
        const pel_array *a = &from->array[n];
        for (int c = 0; c < a->channels && !a->per_triangle; c++) {
            double p = pel_array_get(a, ends[0], c), q = pel_array_get(a, ends[1], c);
            double value = p + t * (q - p);
            int64_t i = at * a->channels + c;
            if (a->kind == PEL_ARRAY_LABELS)
                ((int32_t *)to->array[n].data)[i] =
                    ((const int32_t *)a->data)[t > 0.5 ? ends[1] : ends[0]];
            else if (a->kind == PEL_ARRAY_COLOURS)
                ((uint8_t *)to->array[n].data)[i] = (uint8_t)pel__int_from(value, 0, 255);
            else
                ((float *)to->array[n].data)[i] = (float)value;
        }
        if (a->kind == PEL_ARRAY_NORMALS && !a->per_triangle) {
            float *v = (float *)to->array[n].data + 3 * at;
            pel_vec3 u = pel__unit((pel_vec3){ (double)v[0], (double)v[1], (double)v[2] });
            v[0] = (float)u.x;
            v[1] = (float)u.y;
            v[2] = (float)u.z;
        }
    }
}

/* ---- points that come onto the cut ---- */

/* a mesh whose points move */
typedef struct snapping {
    pel_mesh *mesh;
    const pel__blade *cut;
    const int32_t *twin;
    int64_t *first; // triangles around points; owned
    int32_t *around;
} snapping;

/* where the cut crosses an edge */
typedef struct place {
    int32_t ends[2]; // the inner one first
    double t;
} place;

static bool on_border(const snapping *s, int32_t p)
{
    for (int64_t i = s->first[p]; i < s->first[p + 1]; i++)
        for (int32_t h = 3 * s->around[i]; h < 3 * s->around[i] + 3; h++)
            if (s->twin[h] < 0 && (pel__half_from(s->mesh, h) == p ||
                                   pel__half_from(s->mesh, pel__next_half(h)) == p))
                return true;
    return false;
}

// the nearest crossing on an edge of a point; on the border only edges of the border
static bool find_place(place *best, const snapping *s, int32_t p)
{
    static const double NEAR = 0.1;
    double least = NEAR;
    bool inside = s->cut->value[p] > 0, fixed = on_border(s, p);
    for (int64_t i = s->first[p]; i < s->first[p + 1]; i++)
        for (int32_t h = 3 * s->around[i]; h < 3 * s->around[i] + 3; h++) {
            int32_t a = pel__half_from(s->mesh, h), b = pel__half_from(s->mesh, pel__next_half(h));
            int32_t other = a == p ? b : a;
            if ((a != p && b != p) || (fixed && s->twin[h] >= 0) ||
                !(inside ? s->cut->value[other] < 0 : s->cut->value[other] > 0))
                continue;
            double t = inside ? pel__blade_crossing(s->cut, p, other)
                              : pel__blade_crossing(s->cut, other, p);
            if ((inside ? t : 1 - t) < least) {
                least = inside ? t : 1 - t;
                *best = (place){ { inside ? p : other, inside ? other : p }, t };
            }
        }
    return least < NEAR;
}

// do the parts that stay around a point hang together?
static bool is_one_part(const snapping *s, int32_t p)
{
    int count = 0, joined = 0;
    for (int64_t i = s->first[p]; i < s->first[p + 1]; i++) {
        int32_t h = 3 * s->around[i];
        while (pel__half_from(s->mesh, h) != p)
            h++;
        int32_t next = pel__next_half(h), last = pel__next_half(next);
        bool a = s->cut->value[pel__half_from(s->mesh, next)] >= 0,
             b = s->cut->value[pel__half_from(s->mesh, last)] >= 0;
        count += a + (b && s->twin[last] < 0);
        joined += a && b;
    }
    return count - joined <= 1;
}

// also around those that are on the cut already; and no triangle has all its corners there
static bool keeps_together(const snapping *s, int32_t p)
{
    for (int64_t i = s->first[p]; i < s->first[p + 1]; i++) {
        int zeros = 0;
        for (int c = 0; c < 3; c++) {
            int32_t q = s->mesh->triangle[s->around[i]][c];
            zeros += s->cut->value[q] == 0;
            if (s->cut->value[q] == 0 && !is_one_part(s, q))
                return false;
        }
        if (zeros == 3)
            return false;
    }
    return true;
}

// would no triangle that stays turn, or lose half of itself?
static bool keeps_shape(const snapping *s, int32_t p, pel_vec3 to)
{
    for (int64_t i = s->first[p]; i < s->first[p + 1]; i++) {
        const int32_t *corner = s->mesh->triangle[s->around[i]];
        pel_vec3 at[3], before = pel__mesh_cross(s->mesh, s->around[i]);
        bool stays = false;
        for (int c = 0; c < 3; c++) {
            at[c] = corner[c] == p ? to : pel__mesh_point(s->mesh, corner[c]);
            stays = stays || s->cut->value[corner[c]] > 0;
        }
        pel_vec3 after = pel__cross(pel__minus(at[1], at[0]), pel__minus(at[2], at[0]));
        if (stays && pel__dot(after, before) < 0.5 * pel__dot(before, before))
            return false;
    }
    return true;
}

static void snap(const snapping *s, int32_t p)
{
    place at;
    double before = s->cut->value[p];
    if (before == 0 || !find_place(&at, s, p))
        return;
    pel_vec3 from = pel__mesh_point(s->mesh, at.ends[0]),
             way = pel__minus(pel__mesh_point(s->mesh, at.ends[1]), from);
    if (!keeps_shape(s, p, pel__plus(from, pel__scale(way, at.t))))
        return;
    s->cut->value[p] = 0;
    if (keeps_together(s, p))
        pel__cut_mix(s->mesh, p, s->mesh, at.ends, at.t);
    else
        s->cut->value[p] = before;
}

pel_status pel__cut_snap(pel_mesh *mesh, const pel__blade *cut, const int32_t *twin)
{
    snapping s = { .mesh = mesh, .cut = cut, .twin = twin };
    uint8_t *crossed = NULL;
    pel_status status = pel__mesh_around(&s.first, &s.around, mesh);
    if (status == PEL_OK)
        status = pel__alloc_zero(&crossed, mesh->points + 1, 1, "a cut");
    for (int64_t t = 0; t < mesh->triangles && status == PEL_OK; t++) {
        const int32_t *c = mesh->triangle[t];
        bool in[3] = { cut->value[c[0]] >= 0, cut->value[c[1]] >= 0, cut->value[c[2]] >= 0 };
        for (int k = 0; k < 3 && (in[0] != in[1] || in[1] != in[2]); k++)
            crossed[c[k]] = 1;
    }
    for (int64_t p = 0; p < mesh->points && status == PEL_OK; p++)
        if (crossed[p])
            snap(&s, (int32_t)p);
    pel__free(crossed);
    pel__free(s.first);
    pel__free(s.around);
    return status;
}
