/* SPDX-License-Identifier: Apache-2.0 */
/* hessian_tmpl.c: derivatives, eigenvalues and responses; the build compiles it once per CPU level
 * with SUFFIX and LANES, the 32-bit numbers of its registers. */
#include <math.h>
#include <string.h>

#include "kernels/hessian.h"

#define JOIN_(a, b) a##b
#define JOIN(a, b)  JOIN_(a, b)

#define VECTOR(type, lanes)                                                                        \
    __attribute__((vector_size((lanes) * sizeof(type)), aligned(sizeof(type)), may_alias)) type

typedef VECTOR(int16_t, LANES) shorts;
typedef VECTOR(int32_t, LANES) ints;
typedef VECTOR(uint32_t, LANES) uints;
typedef VECTOR(int32_t, LANES / 2) pair_ints; // as many as doubles
typedef VECTOR(double, LANES / 2) doubles;

static ints widened(const int16_t *at)
{
    return __builtin_convertvector(*(const shorts *)at, ints);
}

static void derive_levels(int32_t *const out[3], const int16_t *const *row,
                          const pel__derivatives *along, int64_t count)
{
    const int32_t *flat = along->weight[0], *slope = along->weight[1], *bend = along->weight[2];
    for (int64_t i = 0; i < count; i += LANES) {
        ints here = widened(row[0] + i);
        ints a = flat[0] * here, b = 0 * here, c = bend[0] * here;
        for (int t = 1; t <= along->reach; t++) {
            ints before = widened(row[-t] + i), after = widened(row[t] + i);
            ints even = before + after;
            a += flat[t] * even;
            b += slope[t] * (after - before);
            c += bend[t] * even;
        }
        *(ints *)(out[0] + i) = a;
        *(ints *)(out[1] + i) = b;
        *(ints *)(out[2] + i) = c;
    }
}

static doubles both(const int32_t *const *row, int t, int64_t i)
{
    const pair_ints *before = (const pair_ints *)(row[-t] + i);
    const pair_ints *after = (const pair_ints *)(row[t] + i);
    return __builtin_convertvector(*before + *after, doubles);
}

static doubles apart(const int32_t *const *row, int t, int64_t i)
{
    const pair_ints *before = (const pair_ints *)(row[-t] + i);
    const pair_ints *after = (const pair_ints *)(row[t] + i);
    return __builtin_convertvector(*after - *before, doubles);
}

static void derive_rows(double *const out[6], const int32_t *const *const row[3],
                        const pel__derivatives *along, int64_t count)
{
    const int32_t *flat = along->weight[0], *slope = along->weight[1], *bend = along->weight[2];
    for (int64_t i = 0; i < count; i += LANES / 2) {
        doubles sum[6];
        for (int n = 0; n < 3; n++) {
            doubles here = __builtin_convertvector(*(const pair_ints *)(row[n][0] + i), doubles);
            static const int whole[] = { 0, 3, 5 };
            sum[whole[n]] = (double)flat[0] * here;
            if (n == 0) {
                sum[2] = (double)bend[0] * here;
                sum[1] = sum[4] = 0 * here;
            }
        }
        for (int t = 1; t <= along->reach; t++) {
            double f = flat[t], s = slope[t], b = bend[t];
            doubles even0 = both(row[0], t, i);
            sum[0] += f * even0;
            sum[1] += s * apart(row[0], t, i);
            sum[2] += b * even0;
            sum[3] += f * both(row[1], t, i);
            sum[4] += s * apart(row[1], t, i);
            sum[5] += f * both(row[2], t, i);
        }
        for (int n = 0; n < 6; n++)
            *(doubles *)(out[n] + i) = sum[n];
    }
}

// the voxel behind counts with `sign`
static inline void along_row(double *out, const double *at, const int32_t *weight, int reach,
                             double sign, int64_t count)
{
    for (int64_t i = 0; i < count; i += 2 * LANES) {
        const doubles *here = (const doubles *)(at + i);
        double w = sign > 0 ? weight[0] : 0;
        doubles a = w * here[0], b = w * here[1], c = w * here[2], d = w * here[3];
        for (int t = 1; t <= reach; t++) {
            const doubles *before = (const doubles *)(at + i - t);
            const doubles *after = (const doubles *)(at + i + t);
            w = weight[t];
            a += w * (after[0] + sign * before[0]);
            b += w * (after[1] + sign * before[1]);
            c += w * (after[2] + sign * before[2]);
            d += w * (after[3] + sign * before[3]);
        }
        doubles *to = (doubles *)(out + i);
        to[0] = a;
        to[1] = b;
        to[2] = c;
        to[3] = d;
    }
}

static void derive_along(double *out, const double *at, const pel__derivatives *along, int order,
                         int64_t count)
{
    if (order == 1)
        along_row(out, at, along->weight[1], along->reach, -1, count);
    else
        along_row(out, at, along->weight[order], along->reach, 1, count);
}

// behind the row lies what nobody uses, and it may grow beyond its type
static void add_runs(int32_t *sum, const int32_t *before, const int32_t *after, int times,
                     int64_t count)
{
    for (int64_t i = 0; i < count; i += LANES) {
        uints run = *(const uints *)(after + i) - *(const uints *)(before + i);
        *(uints *)(sum + i) += (uint32_t)times * run;
    }
}

/* ---- eigenvalues ---- */

static inline double least(double a, double b)
{
    return a < b ? a : b;
}

static inline double most(double a, double b)
{
    return a > b ? a : b;
}

// numbers in rising order, so that what is made of them does not know which axis they came from
static inline void sort(double *a, double *b, double *c)
{
    double lo = least(*a, *b), hi = most(*a, *b);
    double middle = most(lo, *c);
    *a = least(lo, *c);
    *b = least(hi, middle);
    *c = most(hi, middle);
}

static inline double sum_of(double a, double b, double c)
{
    sort(&a, &b, &c);
    return (a + c) + b;
}

// cos(2/3 acos(h)) for h from 0 to 1, within 4e-15: Chebyshev interpolation
static inline double cosine_of_third(double h)
{
    static const double series[] = {
        0.7660444431189778,      0.24740906632285478,     -0.015509188436454784,
        0.002466352814990682,    -0.000504124691839966,   0.00011642545444532826,
        -2.891992900911969e-05,  7.541067667578942e-06,   -2.0359112167362155e-06,
        5.64193747346795e-07,    -1.5940675642636246e-07, 4.576478012926314e-08,
        -1.3612239662937723e-08, 4.0544795123615146e-09,  -8.911612033108733e-10,
        2.646150900737239e-10,   -2.6710423346804955e-10, 6.242005742694203e-11,
        2.6806159631202095e-11,
    };
    double x = 2 * h - 1, square = x * x, even = series[18], odd = series[17];
    for (int n = 16; n > 0; n -= 2) {
        even = series[n] + square * even;
        odd = series[n - 1] + square * odd;
    }
    return series[0] + (square * even + x * odd);
}

enum { BLOCK = PEL__HESSIAN_PAD };

// a block in arrays of its own, which the compiler knows to be apart
static void eigen_block(double value[3][BLOCK], const double sum[6][BLOCK], const double scale[6])
{
    double s0 = scale[0], s1 = scale[1], s2 = scale[2], s3 = scale[3], s4 = scale[4], s5 = scale[5];
    for (int n = 0; n < BLOCK; n++) {
        double a = s0 * sum[0][n], b = s1 * sum[1][n], c = s2 * sum[2][n];
        double d = s3 * sum[3][n], e = s4 * sum[4][n], f = s5 * sum[5][n];
        // A = mean + B; B has no trace
        double mean = sum_of(a, b, c) * (1.0 / 3);
        a -= mean;
        b -= mean;
        c -= mean;
        double dd = d * d, ee = e * e, ff = f * f;
        double square = (sum_of(a * a, b * b, c * c) + 2 * sum_of(dd, ee, ff)) * (1.0 / 6);
        double size = sqrt(square);
        double sign = copysign(1.0, d) * copysign(1.0, e) * copysign(1.0, f);
        double crossed = sum_of(a * ff, b * ee, c * dd);
        double x = fabs(d), y = fabs(e), z = fabs(f);
        sort(&x, &y, &z);
        sort(&a, &b, &c);
        double half = 0.5 * (((a * c) * b + 2 * sign * ((x * z) * y)) - crossed);
        double cube = size * square;
        double r = cube > 0 ? half / cube : 0;
        r = least(most(r, -1), 1);
        double up = cosine_of_third(sqrt(0.5 + 0.5 * r));
        double down = cosine_of_third(sqrt(0.5 - 0.5 * r));
        value[0][n] = mean - 2 * size * down;
        value[1][n] = mean + 2 * size * (down - up);
        value[2][n] = mean + 2 * size * up;
    }
}

static void eigenvalues(double *const value[3], const double *const sum[6], const double scale[6],
                        int64_t count)
{
    double in[6][BLOCK], out[3][BLOCK];
    for (int64_t n = 0; n < count; n += BLOCK) {
        for (int m = 0; m < 6; m++)
            memcpy(in[m], sum[m] + n, sizeof in[m]);
        eigen_block(out, (const double(*)[BLOCK])in, scale);
        for (int m = 0; m < 3; m++)
            memcpy(value[m] + n, out[m], sizeof out[m]);
    }
}

/* ---- responses ---- */

// e^x for x up to 0, within 1e-12; below -100 it stays
static inline double fall(double x)
{
    const double magic = 6755399441055744.0; // 1.5 * 2^52: adding it rounds to a whole number
    double t = most(x, -100) * 1.4426950408889634 + magic, n = t - magic;
    double r = (most(x, -100) - n * 0x1.62e42fee00000p-1) - n * 0x1.a39ef35793c76p-33;
    double sum = 1;
    for (int i = 11; i > 0; i--)
        sum = 1 + r * sum * (1.0 / i);
    uint64_t bits;
    memcpy(&bits, &t, sizeof bits);
    bits = (bits + 1023) << 52;
    double power;
    memcpy(&power, &bits, sizeof power);
    return sum * power;
}

// what is next to nothing is nothing: numbers that small are slow
static inline float shown(bool so, double v)
{
    return (float)(so && v > 1e-30 ? v : 0);
}

// Jerman, Pernus, Likar, Spiclin 2016: volume ratio, with the largest curvature held up by `size`
static void jerman(float *restrict out, const double *const value[3], double size, int64_t count)
{
    const double *restrict low = value[0], *restrict middle = value[1], *restrict high = value[2];
    for (int64_t n = 0; n < count; n++) {
        double b = middle[n], c = most(high[n], size), w = 3 / (b + c);
        double v = b * b * (c - b) * (w * w * w);
        v = 2 * b >= c ? 1 : v;
        out[n] = shown((b > 0) & (fabs(low[n]) <= b), v);
    }
}

// what second is to first, of a sheet: one curvature alone
static void jerman_sheet(float *restrict out, const double *const value[3], double size,
                         int64_t count)
{
    const double *restrict low = value[0], *restrict middle = value[1], *restrict high = value[2];
    for (int64_t n = 0; n < count; n++) {
        double second = most(fabs(low[n]), fabs(middle[n]));
        double v = (high[n] - second) / most(high[n], size);
        out[n] = shown(true, v);
    }
}

// Frangi, Niessen, Vincken, Viergever 1998, alpha = beta = 1/2
static void frangi(float *restrict out, const double *const value[3], double size, int64_t count)
{
    const double *restrict low = value[0], *restrict middle = value[1], *restrict high = value[2];
    double by = -0.5 / (size * size);
    for (int64_t n = 0; n < count; n++) {
        double a = low[n], b = middle[n], c = high[n];
        double sheet = b / c, blob = a * a / (b * c), norm = a * a + b * b + c * c;
        double v = (1 - fall(-2 * sheet * sheet)) * fall(-2 * blob) * (1 - fall(by * norm));
        out[n] = shown((b > 0) & (fabs(a) <= b), v);
    }
}

// Descoteaux, Audette, Chinzei, Siddiqi 2005, alpha = beta = 1/2
static void frangi_sheet(float *restrict out, const double *const value[3], double size,
                         int64_t count)
{
    const double *restrict low = value[0], *restrict middle = value[1], *restrict high = value[2];
    double by = -0.5 / (size * size);
    for (int64_t n = 0; n < count; n++) {
        double x = fabs(low[n]), y = fabs(middle[n]), c = high[n];
        double second = most(x, y), norm = x * x + y * y + c * c;
        double sheet = second / c, blob = (2 * c - x - y) / c;
        double v = fall(-2 * sheet * sheet) * (1 - fall(-2 * blob * blob)) * (1 - fall(by * norm));
        out[n] = shown((c > 0) & (second <= c), v);
    }
}

// Law and Chung 2008: the geometric mean of the two larger fluxes
static void flux(float *restrict out, const double *const value[3], double size, int64_t count)
{
    const double *restrict low = value[0], *restrict middle = value[1], *restrict high = value[2];
    double by = 1 / size;
    for (int64_t n = 0; n < count; n++) {
        double b = most(middle[n], 0), v = sqrt(b * high[n]) * by;
        out[n] = shown((b > 0) & (fabs(low[n]) <= b), v);
    }
}

static void flux_sheet(float *restrict out, const double *const value[3], double size,
                       int64_t count)
{
    const double *restrict low = value[0], *restrict middle = value[1], *restrict high = value[2];
    double by = 1 / size;
    for (int64_t n = 0; n < count; n++) {
        double v = (high[n] - most(fabs(low[n]), fabs(middle[n]))) * by;
        out[n] = shown(true, v);
    }
}

void JOIN(pel__hessian_init_, SUFFIX)(pel__hessian_set *out)
{
    *out = (pel__hessian_set){ .levels = derive_levels,
                               .rows = derive_rows,
                               .along = derive_along,
                               .eigen = eigenvalues,
                               .runs = add_runs };
    out->ridge[PEL__RIDGE_JERMAN] = jerman;
    out->ridge[PEL__RIDGE_FRANGI] = frangi;
    out->ridge[PEL__RIDGE_FLUX] = flux;
    out->ridge[PEL__RIDGE_JERMAN_SHEET] = jerman_sheet;
    out->ridge[PEL__RIDGE_FRANGI_SHEET] = frangi_sheet;
    out->ridge[PEL__RIDGE_FLUX_SHEET] = flux_sheet;
}
