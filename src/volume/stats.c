/* SPDX-License-Identifier: Apache-2.0 */
/* stats.c: range, mean and quantiles of a source, slab by slab in bounded memory. */
#include <math.h>
#include <string.h>

#include "base/job.h"
#include "base/memory.h"
#include "base/status.h"
#include "kernels/widen.h"
#include "volume/volume.h"

enum { BLOCK = 4096, LANES = 8, COARSE_BITS = 20, FINE_BITS = 12 };
enum { COARSE = 1 << COARSE_BITS, FINE = 1 << FINE_BITS, NARROW = 1 << 16 };

/* stored numbers, one block of BLOCK at a time, in file order: the same sums whoever counts */
typedef struct tally {
    double min, max;
    int64_t count, nan_count;
    double sum, lost; // Neumaier's compensated sum of the blocks' sums
} tally;

static void add_block(tally *t, const double *x, int64_t count)
{
    double sum[LANES] = { 0 }, min[LANES], max[LANES];
    int64_t nans = 0, i = 0;
    for (int l = 0; l < LANES; l++) {
        min[l] = INFINITY;
        max[l] = -INFINITY;
    }
    // comparisons with NaN are false, so it changes nothing but its count
    for (; i < count; i++) {
        int l = (int)(i % LANES);
        nans += x[i] != x[i];
        sum[l] += x[i] == x[i] ? x[i] : 0;
        min[l] = x[i] < min[l] ? x[i] : min[l];
        max[l] = x[i] > max[l] ? x[i] : max[l];
    }
    double block = 0;
    for (int l = 0; l < LANES; l++) {
        block += sum[l];
        t->min = min[l] < t->min ? min[l] : t->min;
        t->max = max[l] > t->max ? max[l] : t->max;
    }
    double all = t->sum + block;
    t->lost += fabs(t->sum) >= fabs(block) ? (t->sum - all) + block : (block - all) + t->sum;
    t->sum = all;
    t->count += count;
    t->nan_count += nans;
}

/* ---- counting: 8 and 16 bits one bin per number, others by the leading bits of a float32 ---- */

typedef struct counter {
    bool narrow;
    double lowest; // number of bin 0, narrow
    int64_t *bins; // NARROW or COARSE
    uint8_t *slot; // second pass: 1 + which of `fine` a coarse bin has; NULL: first pass
    int64_t (*fine)[FINE];
} counter;

// floats as integers in the same order
static uint32_t key_of(double value)
{
    float f = (float)value;
    uint32_t bits;
    memcpy(&bits, &f, 4);
    return bits & 0x80000000u ? ~bits : bits | 0x80000000u;
}

static double value_of(uint32_t key)
{
    uint32_t bits = key & 0x80000000u ? key & 0x7fffffffu : ~key;
    float f;
    memcpy(&f, &bits, 4);
    return (double)f;
}

static void count_block(counter *c, const double *x, int64_t count)
{
    if (c->narrow) {
        for (int64_t i = 0; i < count; i++)
            c->bins[(int)(x[i] - c->lowest)]++;
        return;
    }
    for (int64_t i = 0; i < count; i++) {
        if (x[i] != x[i])
            continue;
        uint32_t key = key_of(x[i]);
        if (!c->slot)
            c->bins[key >> FINE_BITS]++;
        else if (c->slot[key >> FINE_BITS])
            c->fine[c->slot[key >> FINE_BITS] - 1][key & (FINE - 1)]++;
    }
}

// everything once through `tally` (may be NULL) and `counter` (may be NULL)
static pel_status go_through(pel_source *source, tally *t, counter *c)
{
    pel_dtype dtype = source->shape.dtype;
    int64_t bytes = pel_source_slice_bytes(source), slices = pel_source_slices(source);
    int64_t step = pel__source_slices_at_once(source), item = pel_dtype_bytes(dtype);
    double block[BLOCK];
    step = step < slices ? step : slices;
    char *slab;
    pel_status s = pel__alloc(&slab, step, bytes, "a few slices");
    for (int64_t first = 0; s == PEL_OK && first < slices; first += step) {
        int64_t n = first + step < slices ? step : slices - first;
        s = source->read_slab(source, slab, first, n);
        int64_t numbers = s == PEL_OK ? n * bytes / item : 0;
        for (int64_t at = 0; at < numbers; at += BLOCK) {
            int64_t count = numbers - at < BLOCK ? numbers - at : BLOCK;
            pel__widen_all[dtype](block, slab + at * item, count);
            if (t)
                add_block(t, block, count);
            if (c)
                count_block(c, block, count);
        }
        if (s == PEL_OK)
            s = pel__progress("reading", (double)(first + n) / (double)slices);
    }
    pel__free(slab);
    return s;
}

/* ---- quantiles ---- */

// the bin that holds the number of this rank; `*before` becomes the numbers in earlier bins
static int64_t bin_of_rank(const int64_t *bins, int64_t rank, int64_t *before)
{
    int64_t b = 0;
    for (*before = 0; *before + bins[b] <= rank; b++)
        *before += bins[b];
    return b;
}

// second pass: which number of its coarse bin a rank is
static pel_status refine(counter *c, pel_source *source, const int64_t *rank, double *number,
                         int count)
{
    int64_t before[2 * PEL_MOST_QUANTILES], bin[2 * PEL_MOST_QUANTILES];
    int slots = 0;
    pel_status s = pel__alloc_zero(&c->slot, COARSE, 1, "bins");
    if (s == PEL_OK)
        s = pel__alloc_zero(&c->fine, count, sizeof *c->fine, "bins");
    for (int i = 0; s == PEL_OK && i < count; i++) {
        bin[i] = bin_of_rank(c->bins, rank[i], &before[i]);
        if (!c->slot[bin[i]])
            c->slot[bin[i]] = (uint8_t)++slots;
    }
    bool again = s == PEL_OK;
    if (again)
        s = go_through(source, NULL, c);
    // a stream that is gone leaves the middle of the bin
    if (again && s == PEL_EUNSUPPORTED) {
        again = false;
        s = PEL_OK;
    }
    for (int i = 0; s == PEL_OK && i < count; i++) {
        int64_t rest, low = FINE / 2;
        if (again)
            low = bin_of_rank(c->fine[c->slot[bin[i]] - 1], rank[i] - before[i], &rest);
        number[i] = value_of((uint32_t)(bin[i] << FINE_BITS | low));
    }
    pel__free(c->slot);
    pel__free(c->fine);
    return s;
}

static pel_status find_numbers(counter *c, pel_source *source, const int64_t *rank, double *number,
                               int count)
{
    if (!c->narrow)
        return refine(c, source, rank, number, count);
    for (int i = 0; i < count; i++) {
        int64_t before;
        number[i] = c->lowest + (double)bin_of_rank(c->bins, rank[i], &before);
    }
    return PEL_OK;
}

// numpy's linear rule, which is exact at both ends
static double between(double a, double b, double t)
{
    return t < 0.5 ? a + (b - a) * t : b - (b - a) * (1 - t);
}

static pel_status quantiles(double *out, const double *fraction, int count, pel_source *source,
                            counter *c, const tally *t)
{
    int64_t rank[2 * PEL_MOST_QUANTILES], last = t->count - t->nan_count - 1;
    double number[2 * PEL_MOST_QUANTILES], part[PEL_MOST_QUANTILES], slope, inter;
    // a falling scale turns the order of values
    pel__volume_scale(&source->shape, &slope, &inter);
    for (int i = 0; i < count; i++) {
        double at = (slope < 0 ? 1 - fraction[i] : fraction[i]) * (double)last;
        rank[2 * i] = (int64_t)floor(at);
        rank[2 * i + 1] = rank[2 * i] < last ? rank[2 * i] + 1 : last;
        part[i] = at - floor(at);
        out[i] = NAN;
    }
    if (last < 0)
        return PEL_OK;
    pel_status s = find_numbers(c, source, rank, number, 2 * count);
    for (int i = 0; s == PEL_OK && i < count; i++) {
        double a = number[2 * i], b = number[2 * i + 1];
        double v = a == b ? a : between(a, b, part[i]);
        v = v < t->min ? t->min : v > t->max ? t->max : v;
        out[i] = slope * v + inter;
    }
    return s;
}

static void stats_from(pel_stats *out, const tally *t, const pel_volume *shape)
{
    double slope, inter;
    pel__volume_scale(shape, &slope, &inter);
    int64_t seen = t->count - t->nan_count;
    *out = (pel_stats){ NAN, NAN, NAN, t->count, t->nan_count };
    if (!seen)
        return;
    double a = slope * t->min + inter, b = slope * t->max + inter;
    out->min = a < b ? a : b;
    out->max = a < b ? b : a;
    out->mean = slope * ((t->sum + t->lost) / (double)seen) + inter;
}

pel_status pel_source_stats(pel_stats *out, pel_source *source)
{
    tally t = { .min = INFINITY, .max = -INFINITY };
    pel_status s = go_through(source, &t, NULL);
    stats_from(out, &t, &source->shape);
    return s;
}

pel_status pel_source_quantiles(pel_stats *stats, double *out, const double *fraction, int count,
                                pel_source *source)
{
    *stats = (pel_stats){ NAN, NAN, NAN, 0, 0 };
    if (count < 0 || count > PEL_MOST_QUANTILES)
        return pel__fail(PEL_EPARAM, "%d quantiles were asked for; at most %d are told", count,
                         PEL_MOST_QUANTILES);
    for (int i = 0; i < count; i++)
        if (!(fraction[i] >= 0 && fraction[i] <= 1))
            return pel__fail(PEL_EPARAM, "a quantile at %g was asked for; fractions go from 0 to 1",
                             fraction[i]);
    tally t = { .min = INFINITY, .max = -INFINITY };
    counter c = { .narrow = pel_dtype_bytes(source->shape.dtype) <= 2 };
    double highest;
    pel_dtype_range(source->shape.dtype, &c.lowest, &highest);
    pel_status s = pel__alloc_zero(&c.bins, c.narrow ? NARROW : COARSE, sizeof *c.bins, "bins");
    if (s == PEL_OK)
        s = go_through(source, &t, &c);
    stats_from(stats, &t, &source->shape);
    if (s == PEL_OK)
        s = quantiles(out, fraction, count, source, &c, &t);
    pel__free(c.bins);
    return s;
}
