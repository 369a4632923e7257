/* SPDX-License-Identifier: Apache-2.0 */
/* curves.h: sine, logarithm and power from arithmetic alone: the same bits on every machine. */
#ifndef PEL_KERNELS_CURVES_H
#define PEL_KERNELS_CURVES_H

#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

/** sin(x) for |x| below 1e5; absolute error below 1e-15 there. */
static inline double pel__sine(double x)
{
    // fold to half a period around zero, where sin is odd and its series is short
    double turns = x * 0.318309886183790671538;
    int64_t n = (int64_t)(turns < 0 ? turns - 0.5 : turns + 0.5);
    // pi in two parts, the first short enough for its products with n to be exact
    double r = (x - (double)n * 3.14159265346825122834) - (double)n * 1.21542010130123844986e-10;
    double q = r * r;
    static const double series[] = { 1,
                                     -1.0 / 6,
                                     1.0 / 120,
                                     -1.0 / 5040,
                                     1.0 / 362880,
                                     -1.0 / 39916800,
                                     1.0 / 6227020800,
                                     -1.0 / 1307674368000,
                                     1.0 / 355687428096000,
                                     -1.0 / 121645100408832000 };
    double s = series[9];
    for (int i = 8; i >= 0; i--)
        s = series[i] + q * s;
    return n & 1 ? -r * s : r * s;
}

/** log2(x) for finite x above 0; relative error below 1e-15 away from 1. */
static inline double pel__log2(double x)
{
    int64_t power = 0;
    if (x < 2.3e-308) {
        x *= 18014398509481984.0; // 2^54: bring a denormal into range
        power = -54;
    }
    // x = m 2^power with m from sqrt(1/2) to sqrt(2); log(m) by the series of atanh
    uint64_t bits;
    memcpy(&bits, &x, sizeof bits);
    power += (int64_t)(bits >> 52) - 1023;
    bits = (bits & 0xfffffffffffffu) | 0x3ff0000000000000u;
    double m;
    memcpy(&m, &bits, sizeof m);
    if (m > 1.4142135623730951) {
        m *= 0.5;
        power++;
    }
    double s = (m - 1) / (m + 1), q = s * s, sum = 0;
    for (int i = 12; i >= 0; i--)
        sum = 1.0 / (2 * i + 1) + q * sum;
    return (double)power + 2 * 1.4426950408889634 * s * sum;
}

/** log(1 + x) for x above -1 (NaN below, -infinity at -1); relative error below 1e-14. */
static inline double pel__log1p(double x)
{
    if (!(x > -1) || isinf(x))
        return x == -1 ? -INFINITY : x > 0 ? x : NAN;
    // what rounding 1 + x lost comes back as a first order term (Kahan's way)
    double sum = 1 + x, lost = fabs(x) < 1 ? x - (sum - 1) : 1 - (sum - x);
    if (sum == 1)
        return x;
    return 0.6931471805599453 * pel__log2(sum) + lost / sum;
}

/** 2^x; 0 or infinity where it does not fit; relative error below 1e-15 for |x| below 1000. */
static inline double pel__exp2(double x)
{
    if (x < -1022)
        return 0;
    if (x >= 1024)
        return INFINITY;
    int64_t n = (int64_t)(x < 0 ? x - 0.5 : x + 0.5);
    double r = (x - (double)n) * 0.6931471805599453, sum = 1;
    for (int i = 14; i > 0; i--)
        sum = 1 + sum * r / i;
    // in two halves, so that 2^1023.9 and 2^-1022 are reached without leaving the range
    int64_t half = n / 2;
    uint64_t a = (uint64_t)(half + 1023) << 52, b = (uint64_t)(n - half + 1023) << 52;
    double fa, fb;
    memcpy(&fa, &a, sizeof fa);
    memcpy(&fb, &b, sizeof fb);
    return sum * fa * fb;
}

/** x to the power g as C's pow() has it (NaN for x below 0 unless g is whole). */
static inline double pel__pow(double x, double g)
{
    if (g == 1 || isnan(x))
        return g == 0 ? 1 : x;
    if (g == 0 || x == 1)
        return 1;
    bool whole = fabs(g) >= 9007199254740992.0 || g == (double)(int64_t)g;
    bool odd = whole && fabs(g) < 9007199254740992.0 && ((int64_t)g & 1);
    if (x < 0 && !whole && !isinf(x))
        return NAN;
    double size = fabs(x), power;
    if (size == 0)
        power = g > 0 ? 0 : INFINITY;
    else if (isinf(size))
        power = g > 0 ? INFINITY : 0;
    else
        power = g == 2 ? size * size : pel__exp2(g * pel__log2(size));
    return odd && signbit(x) ? -power : power;
}

#endif
