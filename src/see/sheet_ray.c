/* SPDX-License-Identifier: Apache-2.0 */
/* sheet_ray.c: where a ray meets a mesh, in double and without gaps. */
#include <math.h>
#include <string.h>

#include "see/sheet.h"

enum { DEEPEST = 128 };

/* a ray turned so that it runs along the third of its axes (Woop et al. 2013) */
typedef struct slant {
    double origin[3], direction[3], inverse[3];
    int axis[3];
    double shear[3];
    const pel__sight *sight;
    double line_least; /* of a pixel that a line must cover to be met where there are lines alone */
} slant;

static void set_slant(slant *out, const pel_scene *scene, const pel__sight *sight)
{
    const double o[3] = { sight->origin_mm.x, sight->origin_mm.y, sight->origin_mm.z };
    const double d[3] = { sight->direction.x, sight->direction.y, sight->direction.z };
    int k = fabs(d[0]) > fabs(d[1]) ? 0 : 1;
    k = fabs(d[2]) > fabs(d[k]) ? 2 : k;
    memcpy(out->origin, o, sizeof o);
    memcpy(out->direction, d, sizeof d);
    for (int a = 0; a < 3; a++)
        out->inverse[a] = 1 / d[a];
    out->axis[0] = (k + 1) % 3;
    out->axis[1] = (k + 2) % 3;
    out->axis[2] = k;
    out->shear[0] = d[out->axis[0]] / d[k];
    out->shear[1] = d[out->axis[1]] / d[k];
    out->shear[2] = 1 / d[k];
    out->sight = sight;
    out->line_least = scene->params.mode == PEL_COMPOSITE ? 1e-3 : 0.5;
}

// a point as the ray sees it: right, up, and along the ray
static void turn(double out[3], const slant *ray, const float point[3])
{
    double p[3];
    for (int a = 0; a < 3; a++)
        p[a] = (double)point[ray->axis[a]] - ray->origin[ray->axis[a]];
    out[0] = p[0] - ray->shear[0] * p[2];
    out[1] = p[1] - ray->shear[1] * p[2];
    out[2] = ray->shear[2] * p[2];
}

// twice the signed area of the ray and an edge from p to q; the other way round its exact negative
static double beside(const double p[3], const double q[3])
{
    return p[0] * q[1] - p[1] * q[0];
}

// is the ray on the inner side of an edge that has the triangle on its left? An edge through the
// ray counts for one of its two triangles: the one for which it rises
static bool is_left(double area, const double p[3], const double q[3])
{
    return area > 0 || (area == 0 && (q[1] > p[1] || (q[1] == p[1] && q[0] < p[0])));
}

static bool meets_triangle(pel__fragment *out, const slant *ray, const pel__sheet *sheet,
                           int64_t place)
{
    const int32_t *corner = sheet->corner[place];
    double p[3][3], area[3];
    for (int c = 0; c < 3; c++)
        turn(p[c], ray, sheet->point[corner[c]]);
    for (int c = 0; c < 3; c++)
        area[c] = beside(p[(c + 1) % 3], p[(c + 2) % 3]);
    double all = area[0] + area[1] + area[2];
    if (all == 0)
        return false;
    for (int c = 0; c < 3; c++) {
        const double *from = p[(c + 1) % 3], *to = p[(c + 2) % 3];
        if (!(all > 0 ? is_left(area[c], from, to) : is_left(-area[c], to, from)))
            return false;
    }
    out->mm = 0;
    for (int c = 0; c < 3; c++) {
        out->share[c] = area[c] / all;
        out->mm += out->share[c] * p[c][2];
    }
    out->place = place;
    return !sheet->lines_alone || pel__line_share(sheet, ray->sight, out) >= ray->line_least;
}

static bool meets(pel__fragment *out, const slant *ray, const pel__sheet *sheet, int64_t place)
{
    out->triangle = sheet->number[place];
    return sheet->corner ? meets_triangle(out, ray, sheet, place)
                         : pel__point_meets(out, sheet, ray->sight, place);
}

/* what of a sheet is searched for */
typedef struct span {
    double lo, hi; /* along the ray, mm */
    double reach;  /* of items beyond their boxes */
} span;

// where the ray is within a box, cut to what is asked for; false: nowhere
static bool enters(double *from, const slant *ray, const pel__node *node, span within)
{
    double lo = within.lo, hi = within.hi;
    for (int a = 0; a < 3; a++) {
        double below = (double)node->lo[a] - within.reach - ray->origin[a];
        double above = (double)node->hi[a] + within.reach - ray->origin[a];
        if (ray->direction[a] == 0) {
            if (below > 0 || above < 0)
                return false;
            continue;
        }
        bool forward = ray->direction[a] > 0;
        double t0 = (forward ? below : above) * ray->inverse[a];
        double t1 = (forward ? above : below) * ray->inverse[a];
        lo = t0 > lo ? t0 : lo;
        hi = t1 < hi ? t1 : hi;
    }
    *from = lo;
    return lo <= hi;
}

static bool is_behind(const pel__fragment *a, const pel__fragment *b)
{
    if (a->mm != b->mm)
        return a->mm > b->mm;
    return a->sheet != b->sheet ? a->sheet > b->sheet : a->triangle > b->triangle;
}

static void try_leaf(pel__fragment *best, const slant *ray, const pel__sheet *sheet,
                     const pel__node *node, const pel__fragment *after)
{
    for (int32_t i = 0; i < node->leaf_count; i++) {
        pel__fragment found = { .sheet = best->sheet };
        if (meets(&found, ray, sheet, node->second + i) && is_behind(&found, after) &&
            is_behind(best, &found))
            *best = found;
    }
}

static void search(pel__fragment *best, const slant *ray, const pel__sheet *sheet,
                   const pel__fragment *after)
{
    struct {
        int32_t node;
        double from;
    } stack[DEEPEST];
    int count = 0;
    double from;
    span within = { after->mm, best->mm, 0 };
    if (!sheet->corner)
        within.reach = pel__point_reach(sheet, ray->sight->camera);
    if (enters(&from, ray, &sheet->node[0], within)) {
        stack[count].node = 0;
        stack[count++].from = from;
    }
    while (count) {
        count--;
        const pel__node *node = &sheet->node[stack[count].node];
        if (stack[count].from > best->mm)
            continue;
        if (node->leaf_count) {
            try_leaf(best, ray, sheet, node, after);
            within.hi = best->mm;
            continue;
        }
        const int32_t child[2] = { (int32_t)(node - sheet->node) + 1, node->second };
        double near[2];
        bool there[2];
        for (int c = 0; c < 2; c++)
            there[c] = enters(&near[c], ray, &sheet->node[child[c]], within);
        // the nearer one last, so that it comes first
        int first = there[0] && there[1] && near[0] < near[1] ? 1 : 0;
        for (int i = 0; i < 2; i++) {
            int c = i ? 1 - first : first;
            if (there[c]) {
                stack[count].node = child[c];
                stack[count++].from = near[c];
            }
        }
    }
}

static bool is_kept(const pel__sight *sight, double at)
{
    for (int r = 0; r < sight->kept_runs; r++)
        if (sight->kept[r].lo <= at && at <= sight->kept[r].hi)
            return true;
    return false;
}

bool pel__sheet_next(pel__fragment *out, const pel_scene *scene, const pel__sight *sight,
                     const pel__fragment *after)
{
    slant ray;
    pel__fragment from = *after;
    if (scene->sheets == 0 || sight->kept_runs == 0)
        return false;
    set_slant(&ray, scene, sight);
    do {
        *out = (pel__fragment){ .mm = INFINITY, .sheet = scene->sheets };
        for (int s = 0; s < scene->sheets; s++) {
            pel__fragment best = { .mm = out->mm, .sheet = s, .triangle = INT64_MAX };
            search(&best, &ray, scene->sheet[s], &from);
            if (is_behind(out, &best))
                *out = best;
        }
        out->at = out->mm / scene->step_mm;
        from = *out;
    } while (out->mm < INFINITY && !is_kept(sight, out->at));
    return out->mm < INFINITY;
}
