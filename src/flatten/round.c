/* SPDX-License-Identifier: Apache-2.0 */
/* round.c: conjugate gradients on the sphere, preconditioned by the surface's Laplacian. */
#include "flatten/round.h"

#include <math.h>
#include <string.h>

#include "base/job.h"
#include "base/maths.h"
#include "base/memory.h"
#include "flatten/laplace.h"

enum { MOST_STEPS = 400, WINDOW = 10, REFRESH = 40 };
static const double AREAS = 0.001, ENOUGH = 5e-4; // the areas' weight; least gain of WINDOW steps

typedef double point[3];

typedef struct rounding {
    const pel__patch *patch;
    pel__sparse *smoother;                        // owned
    double (*element)[6];                         // owned; of the smoother
    point *x, *slope, *better, *move, *to, *next; // owned
    double (*two)[2], *one;                       // owned; right-hand sides
    double radius, value, step;
} rounding;

static pel_vec3 vector(const point p)
{
    return (pel_vec3){ p[0], p[1], p[2] };
}

static void add(point to, pel_vec3 what)
{
    to[0] += what.x;
    to[1] += what.y;
    to[2] += what.z;
}

static double dot(const point *a, const point *b, int64_t points)
{
    double sum = 0;
    for (int64_t p = 0; p < points; p++)
        sum += a[p][0] * b[p][0] + a[p][1] * b[p][1] + a[p][2] * b[p][2];
    return sum;
}

/* ---- what is made small ---- */

// most over least stretch and back, and AREAS times area and back, less their least; J's columns
// are where the triangle's own axes go
static double triangle(point *slope, const point *x, const pel__patch *patch, int64_t t)
{
    const int32_t *c = patch->mesh.triangle[t];
    const double *f = patch->frame[t], weight = patch->area[t] / patch->area_mm2;
    pel_vec3 a = vector(x[c[0]]), u = pel__scale(pel__minus(vector(x[c[1]]), a), 1 / f[0]);
    pel_vec3 v = pel__minus(pel__minus(vector(x[c[2]]), a), pel__scale(u, f[1]));
    v = pel__scale(v, 1 / f[2]);
    pel_vec3 across = pel__cross(u, v);
    double grown = pel__length(across), square = pel__dot(u, u) + pel__dot(v, v);
    if (!(pel__dot(across, a) > 0))
        return INFINITY;
    pel_vec3 n = pel__scale(across, 1 / grown);
    double keep = 2 * weight / grown;
    double turn = weight * (AREAS * (1 - 1 / (grown * grown)) - square / (grown * grown));
    pel_vec3 by_u = pel__plus(pel__scale(u, keep), pel__scale(pel__cross(v, n), turn));
    pel_vec3 by_v = pel__plus(pel__scale(v, keep), pel__scale(pel__cross(n, u), turn));
    pel_vec3 third = pel__scale(by_v, 1 / f[2]);
    pel_vec3 second = pel__scale(pel__minus(by_u, pel__scale(third, f[1])), 1 / f[0]);
    add(slope[c[2]], third);
    add(slope[c[1]], second);
    add(slope[c[0]], pel__scale(pel__plus(second, third), -1));
    return weight * (square / grown - 2 + AREAS * (grown + 1 / grown - 2));
}

// what of `v` lies along the sphere
static void flatten_all(point *v, const point *x, double radius, int64_t points)
{
    for (int64_t p = 0; p < points; p++)
        add(v[p],
            pel__scale(vector(x[p]), -pel__dot(vector(v[p]), vector(x[p])) / (radius * radius)));
}

static double value_of(point *slope, const point *x, const rounding *r)
{
    double sum = 0;
    int64_t points = r->patch->mesh.points;
    memset(slope, 0, (size_t)points * sizeof *slope);
    for (int64_t t = 0; t < r->patch->mesh.triangles; t++)
        sum += triangle(slope, x, r->patch, t);
    flatten_all(slope, x, r->radius, points);
    return sum;
}

/* ---- the smoother ---- */

// where the map is small, a step must be small too
static pel_status refresh(rounding *r)
{
    const pel__patch *patch = r->patch;
    for (int64_t t = 0; t < patch->mesh.triangles; t++) {
        const int32_t *c = patch->mesh.triangle[t];
        pel_vec3 a = vector(r->x[c[0]]), b = pel__minus(vector(r->x[c[1]]), a),
                 d = pel__minus(vector(r->x[c[2]]), a);
        double grown = 0.5 * pel__length(pel__cross(b, d)) / patch->area[t];
        pel__laplace_element(r->element[t], patch->frame[t]);
        for (int k = 0; k < 6; k++)
            r->element[t][k] *= 2 / (patch->area_mm2 * fmax(grown, 1e-3));
    }
    const double *value = *r->element;
    return pel__sparse_factor(r->smoother, value, 1e-9 * pel__sparse_scale(r->smoother, value));
}

/* ---- steps ---- */

// the slope as the Laplacian's inverse makes it
static pel_status smoothen(point *out, const point *slope, rounding *r)
{
    int64_t points = r->patch->mesh.points;
    for (int64_t p = 0; p < points; p++) {
        r->two[p][0] = slope[p][0];
        r->two[p][1] = slope[p][1];
        r->one[p] = slope[p][2];
    }
    pel_status s = pel__sparse_solve(r->smoother, *r->two, 2);
    if (s == PEL_OK)
        s = pel__sparse_solve(r->smoother, r->one, 1);
    for (int64_t p = 0; p < points; p++) {
        out[p][0] = r->two[p][0];
        out[p][1] = r->two[p][1];
        out[p][2] = r->one[p];
    }
    flatten_all(out, r->x, r->radius, points);
    return s;
}

// as far along the move as gains enough; `next` becomes the slope there
static bool search(rounding *r)
{
    int64_t points = r->patch->mesh.points;
    double down = dot(r->slope, r->move, points), value;
    double t = fmin(1, 2 * r->step);
    for (int tries = 0; down < 0 && tries < 30; tries++, t *= 0.4) {
        for (int64_t p = 0; p < points; p++) {
            pel_vec3 at = pel__unit(pel__plus(vector(r->x[p]), pel__scale(vector(r->move[p]), t)));
            r->to[p][0] = r->radius * at.x;
            r->to[p][1] = r->radius * at.y;
            r->to[p][2] = r->radius * at.z;
        }
        value = value_of(r->next, r->to, r);
        if (!(value <= r->value + 1e-4 * t * down))
            continue;
        memcpy(r->x, r->to, (size_t)points * sizeof *r->x);
        r->value = value;
        r->step = t;
        return true;
    }
    return false;
}

// Polak and Ribiere's part of the last move; none where it would not go down
static pel_status turn(rounding *r)
{
    int64_t points = r->patch->mesh.points;
    double before = dot(r->slope, r->better, points), after;
    pel_status s = PEL_OK;
    double cross = dot(r->next, r->better, points);
    memcpy(r->slope, r->next, (size_t)points * sizeof *r->slope);
    s = smoothen(r->better, r->slope, r);
    after = dot(r->slope, r->better, points);
    double part = before > 0 ? fmax(0, (after - cross) / before) : 0;
    flatten_all(r->move, r->x, r->radius, points);
    for (int64_t p = 0; p < points; p++)
        for (int k = 0; k < 3; k++)
            r->move[p][k] = part * r->move[p][k] - r->better[p][k];
    return s;
}

static void start_afresh(rounding *r)
{
    for (int64_t p = 0; p < r->patch->mesh.points; p++)
        for (int k = 0; k < 3; k++)
            r->move[p][k] = -r->better[p][k];
}

static pel_status descend(rounding *r)
{
    double before[WINDOW];
    bool fresh = true;
    r->value = value_of(r->slope, r->x, r);
    r->step = 0.5;
    pel_status s = PEL_OK;
    for (int i = 0; s == PEL_OK && i < MOST_STEPS; i++) {
        if (i >= WINDOW && before[i % WINDOW] - r->value <= ENOUGH * r->value)
            break;
        before[i % WINDOW] = r->value;
        if (i % REFRESH == 0 || fresh) {
            s = refresh(r);
            if (s == PEL_OK)
                s = smoothen(r->better, r->slope, r);
            start_afresh(r);
            fresh = true;
        }
        if (s != PEL_OK)
            break;
        bool gained = search(r);
        if (!gained && fresh)
            break;
        fresh = !gained;
        if (gained)
            s = turn(r);
        if (s == PEL_OK)
            s = pel__progress("flatten", (double)(i + 1) / MOST_STEPS);
    }
    return s;
}

pel_status pel__round(double (*xyz)[3], const pel__patch *patch)
{
    rounding r = { .patch = patch, .x = xyz };
    int64_t points = patch->mesh.points;
    point **own[5] = { &r.slope, &r.better, &r.move, &r.to, &r.next };
    r.radius = sqrt(patch->area_mm2 / (4 * PEL_PI));
    const pel_mesh *m = &patch->mesh;
    pel_status s = pel__sparse_new(&r.smoother, points, 1, m->triangle[0], 3, m->triangles);
    if (s == PEL_OK)
        s = pel__alloc(&r.element, m->triangles, sizeof *r.element, "a sphere");
    for (int i = 0; s == PEL_OK && i < 5; i++)
        s = pel__alloc(own[i], points, sizeof(point), "a sphere");
    if (s == PEL_OK)
        s = pel__alloc(&r.two, points, sizeof *r.two, "a sphere");
    if (s == PEL_OK)
        s = pel__alloc(&r.one, points, sizeof *r.one, "a sphere");
    if (s == PEL_OK)
        s = descend(&r);
    for (int i = 0; i < 5; i++)
        pel__free(*own[i]);
    pel__free(r.two);
    pel__free(r.one);
    pel__free(r.element);
    pel__sparse_free(r.smoother);
    return s;
}
