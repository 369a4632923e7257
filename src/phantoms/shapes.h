/* SPDX-License-Identifier: Apache-2.0 */
/* shapes.h: solids as signed distances in mm, below 0 inside, and how they join. Formulas of
 * rounded unions after Quilez, "Distance functions". */
#ifndef PEL_PHANTOMS_SHAPES_H
#define PEL_PHANTOMS_SHAPES_H

#include "base/maths.h"

static inline double pel__smaller(double a, double b)
{
    return a < b ? a : b;
}

static inline double pel__larger(double a, double b)
{
    return a > b ? a : b;
}

static inline double pel__within(double x, double lo, double hi)
{
    return x < lo ? lo : x > hi ? hi : x;
}

/** 0 below lo, 1 above hi, smooth between. */
static inline double pel__rise(double x, double lo, double hi)
{
    double t = pel__within((x - lo) * (1 / (hi - lo)), 0, 1);
    return t * t * (3 - 2 * t);
}

/** The union of two shapes with a fillet of about `round` mm. */
static inline double pel__join(double a, double b, double round)
{
    double h = pel__within(0.5 + (b - a) * (0.5 / round), 0, 1);
    return b + (a - b) * h - round * h * (1 - h);
}

/** What is left of `a` without what is inside of `b`. */
static inline double pel__carve(double a, double b, double round)
{
    return -pel__join(-a, b, round);
}

/** A sine for shapes: the same bits everywhere, within 4e-6, for |x| below 1e6. */
static inline double pel__wave(double x)
{
    double turns = x * 0.318309886183790671538;
    int64_t n = (int64_t)(turns < 0 ? turns - 0.5 : turns + 0.5);
    double r = x - (double)n * 3.14159265358979323846, q = r * r;
    double s =
        r * (1 + q * (-0.16666657 + q * (0.0083328780 + q * (-0.00019800897 + q * 2.5904885e-6))));
    return n & 1 ? -s : s;
}

/** First order: exact at the surface, good near it. */
static inline double pel__ellipsoid(pel_vec3 p, double x, double y, double z, pel_vec3 radii)
{
    // radii are nearly always constants, and so are what they divide
    pel_vec3 by = { 1 / radii.x, 1 / radii.y, 1 / radii.z };
    pel_vec3 q = { (p.x - x) * by.x, (p.y - y) * by.y, (p.z - z) * by.z };
    pel_vec3 g = { q.x * by.x, q.y * by.y, q.z * by.z };
    double k = pel__length(q), slope = pel__length(g);
    return slope > 0 ? k * (k - 1) / slope : -pel__smaller(radii.x, pel__smaller(radii.y, radii.z));
}

static inline double pel__ball(pel_vec3 p, double x, double y, double z, double radius)
{
    return pel__length((pel_vec3){ p.x - x, p.y - y, p.z - z }) - radius;
}

/** A rod with round ends whose radius changes evenly from a to b. */
static inline double pel__rod(pel_vec3 p, pel_vec3 a, double radius_a, pel_vec3 b, double radius_b)
{
    pel_vec3 ab = pel__minus(b, a), ap = pel__minus(p, a);
    double t = pel__within(pel__dot(ap, ab) * (1 / pel__dot(ab, ab)), 0, 1);
    return pel__length(pel__minus(ap, pel__scale(ab, t))) - radius_a - t * (radius_b - radius_a);
}

#endif
