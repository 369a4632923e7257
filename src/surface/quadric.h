/* SPDX-License-Identifier: Apache-2.0 */
/* quadric.h: sums of squared distances from planes (Garland and Heckbert 1997), inline. */
#ifndef PEL_SURFACE_QUADRIC_H
#define PEL_SURFACE_QUADRIC_H

#include "base/maths.h"

/** Sum of squared distances from planes, weighted by area, of what lies x from a point: x'Ax + 2b'x
 * + c, in mm^4; around the point itself numbers are small, and float32 does. Zeroed: no plane. */
typedef struct pel__quadric {
    float a[6], b[3], c; /* a: xx xy xz yy yz zz */
} pel__quadric;

/** Of a plane through the point itself. */
static inline void pel__quadric_plane(pel__quadric *q, pel_vec3 n, double weight)
{
    const double v[3] = { n.x, n.y, n.z };
    for (int i = 0, at = 0; i < 3; i++)
        for (int j = i; j < 3; j++)
            q->a[at++] += (float)(weight * v[i] * v[j]);
}

/** Half its slope at x. */
static inline pel_vec3 pel__quadric_slope(const pel__quadric *q, pel_vec3 x)
{
    const float *a = q->a;
    return (
        pel_vec3){ (double)a[0] * x.x + (double)a[1] * x.y + (double)a[2] * x.z + (double)q->b[0],
                   (double)a[1] * x.x + (double)a[3] * x.y + (double)a[4] * x.z + (double)q->b[1],
                   (double)a[2] * x.x + (double)a[4] * x.y + (double)a[5] * x.z + (double)q->b[2] };
}

/** Its value at x, where half its slope is known. */
static inline double pel__quadric_value(const pel__quadric *q, pel_vec3 x, pel_vec3 half_slope)
{
    const pel_vec3 b = { (double)q->b[0], (double)q->b[1], (double)q->b[2] };
    return pel__dot(x, pel__plus(half_slope, b)) + (double)q->c;
}

/** Add that of a point which lies -x from the one of `to`. */
static inline void pel__quadric_add(pel__quadric *to, const pel__quadric *from, pel_vec3 x)
{
    pel_vec3 b = pel__quadric_slope(from, x);
    double value = pel__quadric_value(from, x, b);
    // a sum of squares that rounding may bring below 0
    to->c += value > 0 ? (float)value : 0;
    to->b[0] += (float)b.x;
    to->b[1] += (float)b.y;
    to->b[2] += (float)b.z;
    for (int n = 0; n < 6; n++)
        to->a[n] += from->a[n];
}

#endif
