/* SPDX-License-Identifier: Apache-2.0 */
/* maths.h: vectors of three, inline. */
#ifndef PEL_BASE_MATHS_H
#define PEL_BASE_MATHS_H

#include <pellucid/base.h>

#include <math.h>

#define PEL_PI 3.14159265358979323846

static inline pel_vec3 pel__plus(pel_vec3 a, pel_vec3 b)
{
    return (pel_vec3){ a.x + b.x, a.y + b.y, a.z + b.z };
}

static inline pel_vec3 pel__minus(pel_vec3 a, pel_vec3 b)
{
    return (pel_vec3){ a.x - b.x, a.y - b.y, a.z - b.z };
}

static inline pel_vec3 pel__scale(pel_vec3 a, double s)
{
    return (pel_vec3){ a.x * s, a.y * s, a.z * s };
}

static inline double pel__dot(pel_vec3 a, pel_vec3 b)
{
    return a.x * b.x + a.y * b.y + a.z * b.z;
}

static inline pel_vec3 pel__cross(pel_vec3 a, pel_vec3 b)
{
    return (pel_vec3){ a.y * b.z - a.z * b.y, a.z * b.x - a.x * b.z, a.x * b.y - a.y * b.x };
}

static inline double pel__length(pel_vec3 a)
{
    return sqrt(pel__dot(a, a));
}

/** a / |a|; a zero vector stays zero. */
static inline pel_vec3 pel__unit(pel_vec3 a)
{
    double length = pel__length(a);
    return length > 0 ? pel__scale(a, 1 / length) : a;
}

/** Column c (0 to 3) of a map: where axis c goes; 3 is the translation. */
static inline pel_vec3 pel__column(pel_affine a, int c)
{
    return (pel_vec3){ a.m[0][c], a.m[1][c], a.m[2][c] };
}

static inline void pel__set_column(pel_affine *a, int c, pel_vec3 v)
{
    a->m[0][c] = v.x;
    a->m[1][c] = v.y;
    a->m[2][c] = v.z;
}

/** Of the 3x3 part. */
double pel__determinant(pel_affine a);

#endif
