/* SPDX-License-Identifier: Apache-2.0 */
/* exact.c: series in plain arithmetic after an exact reduction of the argument. */
#include "base/exact.h"

#include <math.h>

#include "base/maths.h"

double pel__exp(double x)
{
    if (!(x >= -708))
        return isnan(x) ? x : 0;
    if (x > 709)
        return INFINITY;
    // x = n ln 2 + r, ln 2 in two parts so that r is good to the last bit
    double n = floor(x * 1.4426950408889634 + 0.5);
    double r = (x - n * 0x1.62e42fee00000p-1) - n * 0x1.a39ef35793c76p-33;
    double sum = 1;
    for (int i = 14; i > 0; i--)
        sum = 1 + r * sum / i;
    return ldexp(sum, (int)n);
}

double pel__log(double x)
{
    int n;
    double m = frexp(x, &n);
    if (m < 0.70710678118654752) {
        m *= 2;
        n--;
    }
    // ln m = 2 artanh((m-1)/(m+1))
    double s = (m - 1) / (m + 1), s2 = s * s, sum = 0;
    for (int i = 23; i > 0; i -= 2)
        sum = 1.0 / i + s2 * sum;
    return n * 0x1.a39ef35793c76p-33 + (2 * s * sum + n * 0x1.62e42fee00000p-1);
}

double pel__pow(double x, double y)
{
    if (y == 0)
        return 1;
    return x > 0 ? pel__exp(y * pel__log(x)) : 0;
}

// both series, for an angle within 45 degrees
static void sin_cos(double degrees, double *sine, double *cosine)
{
    double a = degrees * (PEL_PI / 180), a2 = a * a;
    double s = 1, c = 1;
    for (int i = 18; i > 0; i -= 2) {
        s = 1 - a2 * s / (i * (i + 1));
        c = 1 - a2 * c / (i * (i - 1));
    }
    *sine = a * s;
    *cosine = c;
}

double pel__sin_degrees(double degrees)
{
    double turn = fmod(degrees, 360), quarter = floor(turn / 90 + 0.5), s, c;
    sin_cos(turn - 90 * quarter, &s, &c);
    switch ((int)quarter & 3) {
    case 0:
        return s;
    case 1:
        return c;
    case 2:
        return -s;
    default:
        return -c;
    }
}

double pel__cos_degrees(double degrees)
{
    return pel__sin_degrees(degrees < 0 ? 90 + degrees : 90 - degrees);
}

double pel__angle(double cosine, double sine)
{
    double times = 1;
    for (int i = 0; i < 6; i++) {
        // half the angle: the sum with the axis
        cosine += sqrt(cosine * cosine + sine * sine);
        times *= 2;
        double length = sqrt(cosine * cosine + sine * sine);
        if (!(length > 0))
            return PEL_PI;
        cosine /= length;
        sine /= length;
    }
    double t = sine / cosine, t2 = t * t;
    return times * t * (1 - t2 * (1.0 / 3 - t2 * (1.0 / 5 - t2 * (1.0 / 7 - t2 / 9))));
}
