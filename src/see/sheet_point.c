/* SPDX-License-Identifier: Apache-2.0 */
/* sheet_point.c: a point as a ball or a disc: how large, and where a ray meets it. */
#include <math.h>
#include <stdlib.h>

#include "base/maths.h"
#include "base/memory.h"
#include "see/sheet.h"

enum { DEEPEST = 128, SAMPLES = 1024 };

/* ---- how large ---- */

static double radius(const pel__sheet *sheet, const pel_camera *camera, pel_vec3 at)
{
    double half = 0.5 * sheet->point_size.value;
    return sheet->point_size.unit == PEL_PX ? half * pel__pixel_mm(camera, at) : half;
}

// pixels are widest where the sheet is farthest along the camera's axis
double pel__point_reach(const pel__sheet *sheet, const pel_camera *camera)
{
    const pel_vec3 *lo = &sheet->lo_mm, *hi = &sheet->hi_mm, f = camera->forward;
    pel_vec3 far = { f.x > 0 ? hi->x : lo->x, f.y > 0 ? hi->y : lo->y, f.z > 0 ? hi->z : lo->z };
    return fmax(0, radius(sheet, camera, far)) * (1 + 1e-9);
}

static double square_to_box(const pel__node *node, const float p[3])
{
    double sum = 0;
    for (int a = 0; a < 3; a++) {
        double d =
            fmax(fmax((double)node->lo[a] - (double)p[a], (double)p[a] - (double)node->hi[a]), 0);
        sum += d * d;
    }
    return sum;
}

static double square_apart(const float p[3], const float q[3])
{
    double sum = 0;
    for (int a = 0; a < 3; a++)
        sum += ((double)p[a] - (double)q[a]) * ((double)p[a] - (double)q[a]);
    return sum;
}

// to the nearest point that lies elsewhere; infinite: there is none
static double to_nearest(const pel__sheet *sheet, const float p[3])
{
    int32_t stack[DEEPEST];
    int count = 0;
    double best = INFINITY;
    stack[count++] = 0;
    while (count) {
        int32_t n = stack[--count];
        const pel__node *node = &sheet->node[n];
        if (square_to_box(node, p) >= best)
            continue;
        for (int32_t i = 0; i < node->leaf_count; i++) {
            double d = square_apart(sheet->point[sheet->number[node->second + i]], p);
            best = d > 0 && d < best ? d : best;
        }
        if (node->leaf_count)
            continue;
        // the nearer one last, so that it comes first
        bool first =
            square_to_box(&sheet->node[n + 1], p) < square_to_box(&sheet->node[node->second], p);
        stack[count++] = first ? node->second : n + 1;
        stack[count++] = first ? n + 1 : node->second;
    }
    return sqrt(best);
}

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

double pel__sheet_spacing(const pel__sheet *sheet)
{
    double apart[SAMPLES];
    int64_t stride = (sheet->items + SAMPLES - 1) / SAMPLES;
    int count = 0;
    for (int64_t i = 0; i < sheet->items; i += stride) {
        double d = to_nearest(sheet, sheet->point[sheet->number[i]]);
        if (d < INFINITY)
            apart[count++] = d;
    }
    qsort(apart, (size_t)count, sizeof *apart, by_size);
    return count ? apart[count / 2] : 1;
}

/* ---- where it is met ---- */

static pel_vec3 own_normal(const pel__sheet *sheet, const pel__sight *sight, int64_t point)
{
    pel_vec3 none = { 0, 0, 0 };
    if (!sheet->normal)
        return pel__scale(sight->direction, -1);
    const float *n = sheet->normal[point];
    pel_vec3 own = pel__unit((pel_vec3){ (double)n[0], (double)n[1], (double)n[2] });
    return pel__dot(own, own) > 0 ? own : pel__minus(none, sight->direction);
}

static bool meets_ball(double *mm, pel_vec3 middle, double along, double radius_mm,
                       const pel__sight *sight)
{
    pel_vec3 beside = pel__minus(middle, pel__scale(sight->direction, along));
    double square = radius_mm * radius_mm - pel__dot(beside, beside);
    *mm = along - sqrt(fmax(square, 0));
    return square >= 0;
}

static bool meets_disc(double *mm, pel_vec3 middle, pel_vec3 normal, double radius_mm,
                       const pel__sight *sight)
{
    double steep = pel__dot(normal, sight->direction);
    if (fabs(steep) < 1e-9)
        return false;
    *mm = pel__dot(normal, middle) / steep;
    pel_vec3 beside = pel__minus(pel__scale(sight->direction, *mm), middle);
    return pel__dot(beside, beside) <= radius_mm * radius_mm;
}

bool pel__point_meets(pel__fragment *out, const pel__sheet *sheet, const pel__sight *sight,
                      int64_t place)
{
    int64_t point = sheet->number[place];
    pel_vec3 at = pel__sheet_point(sheet, point);
    double radius_mm = radius(sheet, sight->camera, at);
    pel_vec3 middle = pel__minus(at, sight->origin_mm);
    double along = pel__dot(middle, sight->direction);
    out->place = place;
    out->triangle = point;
    if (!(radius_mm > 0))
        return false;
    if (sheet->is_disc)
        return meets_disc(&out->mm, middle, own_normal(sheet, sight, point), radius_mm, sight);
    return meets_ball(&out->mm, middle, along, radius_mm, sight);
}

void pel__point_normal(float out[3], const pel__sheet *sheet, const pel__sight *sight,
                       const pel__fragment *at)
{
    pel_vec3 hit = pel__plus(sight->origin_mm, pel__scale(sight->direction, at->mm));
    pel_vec3 n = sheet->is_disc ? own_normal(sheet, sight, at->triangle)
                                : pel__unit(pel__minus(hit, pel__sheet_point(sheet, at->triangle)));
    out[0] = (float)n.x;
    out[1] = (float)n.y;
    out[2] = (float)n.z;
}
