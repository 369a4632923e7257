/* SPDX-License-Identifier: Apache-2.0 */
/* ticks.c: round numbers along an axis: extended Wilkinson. */
#include "image/ticks.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

enum { NICE = 6, MOST_SKIP = 4, MOST_TICKS = 60 };

// the round numbers, best first, and what the four wishes weigh
static const double nice[NICE] = { 1, 5, 2, 2.5, 4, 3 };
static const double weight_simple = 0.25, weight_cover = 0.2, weight_dense = 0.5,
                    weight_legible = 0.05;

double pel__power_of_ten(int exponent)
{
    char text[16];
    snprintf(text, sizeof text, "1e%d", exponent);
    return pel__strtod(text, NULL);
}

static int order_of(double value)
{
    int order = (int)floor(log10(value));
    // log10 may be off by one at exact powers
    while (pel__power_of_ten(order) > value)
        order--;
    while (pel__power_of_ten(order + 1) <= value)
        order++;
    return order;
}

/* one way to label the range */
typedef struct plan {
    int nice, skip, count;
    int64_t first;
    double step, score;
} plan;

static double simplicity(const plan *p)
{
    int64_t last = p->first + p->count - 1;
    bool zero = p->first <= 0 && last >= 0;
    return 1 - (double)p->nice / (NICE - 1) - p->skip + 1 + (zero ? 1 : 0);
}

static double coverage(double lo, double hi, double first, double last)
{
    double range = 0.1 * (hi - lo);
    return 1 - 0.5 * ((hi - last) * (hi - last) + (lo - first) * (lo - first)) / (range * range);
}

static double density(int count, int wanted, double lo, double hi, double first, double last)
{
    double have = (count - 1) / (last - first);
    double want = (wanted - 1) / (fmax(hi, last) - fmin(lo, first));
    return 2 - fmax(have / want, want / have);
}

// the ticks of this step that lie inside, and how good they are
static bool judge(plan *p, double lo, double hi, int wanted)
{
    double slack = 1e-10 * (hi - lo);
    p->first = (int64_t)ceil((lo - slack) / p->step);
    int64_t last = (int64_t)floor((hi + slack) / p->step);
    if (last - p->first < 1 || last - p->first >= MOST_TICKS)
        return false;
    p->count = (int)(last - p->first) + 1;
    double a = (double)p->first * p->step, b = (double)last * p->step;
    p->score = weight_simple * simplicity(p) + weight_cover * coverage(lo, hi, a, b) +
               weight_dense * density(p->count, wanted, lo, hi, a, b) + weight_legible;
    return true;
}

// decimals that write every multiple of the step
static int decimals_of(double step)
{
    for (int d = 0; d < 15; d++) {
        double shifted = step * pel__power_of_ten(d);
        if (fabs(shifted - rint(shifted)) < 1e-6 * shifted)
            return d;
    }
    return 15;
}

static void label_scale(pel__ticks *out)
{
    double most = fmax(fabs(pel__ticks_at(out, 0)), fabs(pel__ticks_at(out, out->count - 1)));
    int order = most > 0 ? order_of(most) : 0;
    if (order >= 5 || order <= -4)
        out->exponent = order >= 0 ? order / 3 * 3 : -((2 - order) / 3 * 3);
    out->decimals = decimals_of(out->step * pel__power_of_ten(-out->exponent));
}

void pel__ticks_fit(pel__ticks *out, double lo, double hi, int wanted)
{
    *out = (pel__ticks){ 0 };
    double range = hi - lo;
    // a range too small beside its place has no round numbers a double can tell apart
    if (!isfinite(range) || !(range > 1e-9 * fmax(fabs(lo), fabs(hi))) || !(range > 1e-300) ||
        range > 1e300)
        return;
    wanted = wanted < 2 ? 2 : wanted;
    plan best = { .score = -INFINITY };
    int order = order_of(range);
    for (int skip = 1; skip <= MOST_SKIP; skip++)
        for (int q = 0; q < NICE; q++)
            for (int z = order - 3; z <= order; z++) {
                plan p = { .nice = q, .skip = skip };
                p.step = nice[q] * skip * pel__power_of_ten(z);
                if (judge(&p, lo, hi, wanted) && p.score > best.score)
                    best = p;
            }
    if (best.count == 0)
        return;
    out->first = best.first;
    out->step = best.step;
    out->count = best.count;
    label_scale(out);
}

double pel__ticks_at(const pel__ticks *ticks, int n)
{
    return ticks->step * (double)(ticks->first + n);
}

// the minus of typography, and no minus before zero
static void copy_with_minus(char out[48], const char *number)
{
    bool zero = strspn(number, "-0.") == strlen(number);
    bool negative = number[0] == '-';
    snprintf(out, 48, "%s%.40s", negative && !zero ? "\u2212" : "", number + negative);
    for (char *c = out; *c; c++)
        if (*c == ',')
            *c = '.';
}

void pel__ticks_label(const pel__ticks *ticks, int n, char out[48])
{
    char number[400];
    snprintf(number, sizeof number, "%.*f", ticks->decimals,
             pel__ticks_at(ticks, n) * pel__power_of_ten(-ticks->exponent));
    copy_with_minus(out, number);
}

void pel__exponent_text(int exponent, char out[48])
{
    static const char *const raised[10] = { "\u2070", "\u00b9", "\u00b2", "\u00b3", "\u2074",
                                            "\u2075", "\u2076", "\u2077", "\u2078", "\u2079" };
    *out = 0;
    if (exponent == 0)
        return;
    char digits[16];
    snprintf(digits, sizeof digits, "%d", abs(exponent));
    int at = snprintf(out, 48, "\u00d710%s", exponent < 0 ? "\u207b" : "");
    for (char *d = digits; *d; d++)
        at += snprintf(out + at, (size_t)(48 - at), "%s", raised[*d - '0']);
}

void pel__number_text(double value, int digits, char out[48])
{
    char number[48];
    snprintf(number, sizeof number, "%.*g", digits, value);
    copy_with_minus(out, number);
}
