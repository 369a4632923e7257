/* SPDX-License-Identifier: Apache-2.0 */
/* threshold.c: values on one side of a limit, and where that limit lies. */
#include <math.h>
#include <string.h>

#include <pellucid/transform.h>

#include "base/exact.h"
#include "base/memory.h"
#include "base/status.h"
#include "transform/measure.h"
#include "volume/bits.h"
#include "volume/volume.h"

enum {
    EXACT = 65536, /* whole values in a row that are counted one by one */
    FINE = 4096,   /* bins of anything else */
    COARSE = 256,  /* bins of more than one threshold */
};

pel_status pel_threshold(pel_volume *out, const pel_volume *in, double lo, double hi)
{
    pel__bits bits = { 0 };
    const double range[2] = { lo, hi };
    *out = (pel_volume){ 0 };
    if (!(lo <= hi))
        return pel__fail(PEL_EPARAM, "a range from %g to %g holds nothing; it is written LO:HI", lo,
                         hi);
    pel_status s = pel__bits_of_volume(&bits, in, range);
    if (s == PEL_OK)
        s = pel__bits_to_volume(out, &bits, in);
    pel__bits_free(&bits);
    return s;
}

/* ---- how often values occur ---- */

typedef struct counts {
    int bins;
    double lo, width; // bin b has its middle at lo + b*width
    double *share;    // owned; of all finite values
} counts;

// whole values of a narrow type get a bin each, up to `exact` of them; others `bins` equal ones
static pel_status count_values(counts *out, const pel_volume *in, int exact, int bins)
{
    *out = (counts){ 0 };
    const pel__chain values = { 0 };
    pel__moments m;
    double slope, inter;
    pel__volume_scale(in, &slope, &inter);
    pel_status s = pel__measure_moments(&m, &values, in);
    if (s == PEL_OK && !(m.max > m.min))
        s = pel__fail(PEL_EDATA, "all values are the same, so there is no threshold between them; "
                                 "give one with --range");
    if (s != PEL_OK)
        return s;
    double step = fabs(slope), whole = (m.max - m.min) / step;
    bool counted = !pel_dtype_is_float(in->dtype) && whole + 1 <= exact;
    out->bins = counted ? (int)(whole + 1.5) : bins;
    out->width = counted ? step : (m.max - m.min) / bins;
    out->lo = counted ? m.min : m.min + 0.5 * out->width;
    int64_t *bin = NULL;
    s = pel__alloc(&bin, out->bins, sizeof *bin, "a histogram");
    if (s == PEL_OK)
        s = pel__alloc(&out->share, out->bins, sizeof *out->share, "a histogram");
    double from = out->lo - 0.5 * out->width;
    if (s == PEL_OK)
        s = pel__measure_histogram(bin, out->bins, from, from + out->bins * out->width, &values,
                                   in);
    for (int b = 0; s == PEL_OK && b < out->bins; b++)
        out->share[b] = (double)bin[b] / (double)m.count;
    pel__free(bin);
    return s;
}

static double middle(const counts *c, int bin)
{
    return c->lo + bin * c->width;
}

/* ---- Otsu ---- */

/* sums over bins up to each, of shares and of shares times values */
typedef struct sums {
    double *share, *value;
} sums;

static pel_status add_up(sums *out, const counts *c)
{
    *out = (sums){ 0 };
    pel_status s = pel__alloc_zero(&out->share, c->bins + 1, sizeof *out->share, "a histogram");
    if (s == PEL_OK)
        s = pel__alloc_zero(&out->value, c->bins + 1, sizeof *out->value, "a histogram");
    for (int b = 0; s == PEL_OK && b < c->bins; b++) {
        out->share[b + 1] = out->share[b] + c->share[b];
        // counted from the first bin, which loses the fewest digits
        out->value[b + 1] = out->value[b] + c->share[b] * b;
    }
    return s;
}

// what bins a to b - 1, as one class, add to the variance between classes
static double gain(const sums *s, int a, int b)
{
    double share = s->share[b] - s->share[a], value = s->value[b] - s->value[a];
    return share > 0 ? value * value / share : 0;
}

// best[k][b]: the most that bins before b can add as k + 1 classes, and where the last one begins
static void best_splits(double *best, int *begins, const sums *s, int bins, int classes)
{
    int row = bins + 1;
    for (int b = 1; b <= bins; b++)
        best[b] = gain(s, 0, b);
    for (int k = 1; k < classes; k++)
        for (int b = k + 1; b <= bins; b++) {
            double most = -1;
            for (int a = k; a < b; a++) {
                double sum = best[(k - 1) * row + a] + gain(s, a, b);
                if (sum > most) {
                    most = sum;
                    begins[k * row + b] = a;
                }
            }
            best[k * row + b] = most;
        }
}

static pel_status split(double *threshold, const counts *c, int classes)
{
    sums s;
    double *best = NULL;
    int *begins = NULL;
    int row = c->bins + 1;
    pel_status status = add_up(&s, c);
    if (status == PEL_OK)
        status = pel__alloc_zero(&best, (int64_t)row * classes, sizeof *best, "classes");
    if (status == PEL_OK)
        status = pel__alloc_zero(&begins, (int64_t)row * classes, sizeof *begins, "classes");
    if (status == PEL_OK) {
        best_splits(best, begins, &s, c->bins, classes);
        for (int k = classes - 1, b = c->bins; k > 0; k--) {
            b = begins[k * row + b];
            threshold[k - 1] = middle(c, b - 1);
        }
    }
    pel__free(s.share);
    pel__free(s.value);
    pel__free(best);
    pel__free(begins);
    return status;
}

// two classes need no table: bins may be many
static pel_status split_in_two(double *threshold, const counts *c)
{
    sums s;
    pel_status status = add_up(&s, c);
    double most = -1;
    for (int b = 1; status == PEL_OK && b < c->bins; b++) {
        double sum = gain(&s, 0, b) + gain(&s, b, c->bins);
        if (sum > most) {
            most = sum;
            *threshold = middle(c, b - 1);
        }
    }
    pel__free(s.share);
    pel__free(s.value);
    return status;
}

pel_status pel_otsu(double *thresholds, const pel_volume *in, int classes)
{
    counts c = { 0 };
    if (classes < 2 || classes > PEL_MOST_CLASSES)
        return pel__fail(PEL_EPARAM, "Otsu's method makes 2 to %d classes", PEL_MOST_CLASSES);
    pel_status s = pel__volume_check_single(in, "a volume");
    if (s == PEL_OK)
        s = classes == 2 ? count_values(&c, in, EXACT, FINE) : count_values(&c, in, COARSE, COARSE);
    if (s == PEL_OK && c.bins < classes)
        s = pel__fail(PEL_EDATA, "has %d values, which do not make %d classes", c.bins, classes);
    if (s == PEL_OK)
        s = classes == 2 ? split_in_two(thresholds, &c) : split(thresholds, &c, classes);
    pel__free(c.share);
    return s;
}

/* ---- Li ---- */

// mean of the values on each side of a threshold
static void means(double out[2], const counts *c, double threshold)
{
    double share[2] = { 0 }, sum[2] = { 0 };
    for (int b = 0; b < c->bins; b++) {
        double v = middle(c, b);
        int side = v > threshold;
        share[side] += c->share[b];
        sum[side] += c->share[b] * v;
    }
    for (int side = 0; side < 2; side++)
        out[side] = share[side] > 0 ? sum[side] / share[side] : threshold;
}

pel_status pel_li(double *threshold, const pel_volume *in)
{
    enum { MOST_ROUNDS = 1000 };
    counts c = { 0 };
    pel_status s = pel__volume_check_single(in, "a volume");
    if (s == PEL_OK)
        s = count_values(&c, in, EXACT, EXACT);
    if (s != PEL_OK)
        return s;
    // values above zero, as the logarithm wants them
    double lowest = middle(&c, 0), at = 0, before = INFINITY;
    c.lo = 0;
    for (int b = 0; b < c.bins; b++)
        at += c.share[b] * middle(&c, b);
    for (int round = 0; round < MOST_ROUNDS && fabs(at - before) > 0.5 * c.width; round++) {
        double mean[2];
        means(mean, &c, at);
        before = at;
        // nothing lies below: the lowest value is the limit
        at = mean[0] <= 0 ? 0 : (mean[1] - mean[0]) / (pel__log(mean[1]) - pel__log(mean[0]));
    }
    *threshold = at + lowest;
    pel__free(c.share);
    return PEL_OK;
}
