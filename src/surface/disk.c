/* SPDX-License-Identifier: Apache-2.0 */
/* disk.c: the triangles around a point, and how far a fan in their place lies from them. */
#include "surface/disk.h"

#include <math.h>

#include "base/maths.h"

/* a disk that rises by more than this share of its radius is not drawn flat */
#define STEEPEST 0.5

static double larger(double a, double b)
{
    return a > b ? a : b;
}

static double cross2(double ax, double ay, double bx, double by)
{
    return ax * by - ay * bx;
}

bool pel__disk_look(pel__disk *out, const pel_vec3 *ring, int count)
{
    pel_vec3 normal = { 0, 0, 0 };
    out->count = count;
    for (int n = 0; n < count; n++)
        normal = pel__plus(normal, pel__cross(ring[n], ring[n + 1 < count ? n + 1 : 0]));
    normal = pel__unit(normal);
    pel_vec3 aside = fabs(normal.x) < 0.6 ? (pel_vec3){ 1, 0, 0 } : (pel_vec3){ 0, 1, 0 };
    pel_vec3 right = pel__unit(pel__cross(aside, normal)), up = pel__cross(normal, right);
    int turns = 0;
    for (int n = 0; n < count; n++) {
        out->x[n] = pel__dot(ring[n], right);
        out->y[n] = pel__dot(ring[n], up);
        out->z[n] = pel__dot(ring[n], normal);
    }
    // every triangle faces the eye, and the ring goes round once
    for (int n = 0; n < count; n++) {
        int m = n + 1 < count ? n + 1 : 0;
        if (!(cross2(out->x[n], out->y[n], out->x[m], out->y[m]) > 0))
            return false;
        turns += out->y[n] <= 0 && out->y[m] > 0;
    }
    return turns == 1;
}

// the new triangle n of the fan around ring point 0, and whether it is a sound one
static bool is_sound(const pel__disk *s, int n)
{
    double ax = s->x[n] - s->x[0], ay = s->y[n] - s->y[0], az = s->z[n] - s->z[0];
    double bx = s->x[n + 1] - s->x[0], by = s->y[n + 1] - s->y[0], bz = s->z[n + 1] - s->z[0];
    double flat = cross2(ax, ay, bx, by), nx = ay * bz - az * by, ny = az * bx - ax * bz;
    double longest = larger(ax * ax + ay * ay, bx * bx + by * by);
    return flat > 1e-3 * longest && flat > 0.3 * sqrt(nx * nx + ny * ny);
}

// height over the point of the new triangle that hides it; NaN: it does not
static double height_over(const pel__disk *s, int n)
{
    double u = cross2(s->x[n], s->y[n], s->x[n + 1], s->y[n + 1]),
           v = cross2(s->x[n + 1], s->y[n + 1], s->x[0], s->y[0]),
           t = cross2(s->x[0], s->y[0], s->x[n], s->y[n]), sum = u + v + t;
    if (u < 0 || v < 0 || t < 0 || !(sum > 0))
        return NAN;
    return (u * s->z[0] + v * s->z[n] + t * s->z[n + 1]) / sum;
}

double pel__disk_lift(const pel__disk *s)
{
    double most = -1, reach = 0;
    for (int n = 0; n < s->count; n++)
        reach = larger(reach, s->x[n] * s->x[n] + s->y[n] * s->y[n]);
    for (int n = 1; n + 1 < s->count; n++) {
        double height = height_over(s, n);
        if (!is_sound(s, n))
            return NAN;
        most = isnan(height) ? most : larger(most, fabs(height));
    }
    if (most < 0)
        return NAN;
    for (int j = 2; j + 1 < s->count; j++) {
        double wx = s->x[j] - s->x[0], wy = s->y[j] - s->y[0], wz = s->z[j] - s->z[0];
        double first_turn = cross2(s->x[0], s->y[0], wx, wy);
        for (int i = 1; i < s->count; i++) {
            double turn = cross2(s->x[i], s->y[i], wx, wy);
            double along = first_turn, across = cross2(s->x[0], s->y[0], s->x[i], s->y[i]);
            // both shares of the way lie between 0 and 1
            double side = turn < 0 ? -1 : 1;
            if (side * along > 0 && side * across > 0 && side * along < side * turn &&
                side * across < side * turn)
                most = larger(most, fabs((along * s->z[i] - across * wz) / turn - s->z[0]));
        }
    }
    return most <= STEEPEST * sqrt(reach) ? most : NAN;
}
