/* SPDX-License-Identifier: Apache-2.0 */
/* levels.c: values to whole numbers; the region's surroundings filled from its edge. */
#include "transform/levels.h"

#include <math.h>
#include <string.h>

#include "base/job.h"
#include "base/memory.h"
#include "base/status.h"
#include "kernels/hessian.h"
#include "volume/volume.h"

enum { BINS = 65536, SLAB = 16 }; /* slices counted as one item */

static const double WIDE = 4; /* times the range that holds nearly all */

void pel__levels_free(pel__levels *levels)
{
    pel__free(levels->level);
    pel__free(levels->inside);
    *levels = (pel__levels){ 0 };
}

typedef struct reading {
    pel__levels *levels;
    const pel_volume *in;
    const uint8_t *within; // NULL: everywhere
    double slope, inter;
    double lo, hi;
    double (*range)[2]; // per slice: least and greatest; lo above hi when there is none
    bool *holes;        // per slice: there is NaN
    int64_t *bin;       // of the whole region
    uint32_t **counted; // per slab
} reading;

static void values_of(const reading *r, float *value, int64_t k)
{
    int64_t slice = r->in->dims[0] * r->in->dims[1];
    const char *data = r->in->data;
    pel_values_from_stored(value, data + k * slice * pel_dtype_bytes(r->in->dtype), r->in->dtype,
                           slice, r->slope, r->inter);
}

static pel_status slice_new(const reading *r, float **value)
{
    return pel__alloc(value, r->in->dims[0] * r->in->dims[1], sizeof **value, "a slice");
}

static pel_status measure_slice(void *user, int64_t k)
{
    const reading *r = user;
    int64_t slice = r->in->dims[0] * r->in->dims[1];
    const uint8_t *within = r->within ? r->within + k * slice : NULL;
    float *value, lo = INFINITY, hi = -INFINITY;
    bool holes = false;
    pel_status s = slice_new(r, &value);
    if (s != PEL_OK)
        return s;
    values_of(r, value, k);
    for (int64_t n = 0; n < slice; n++) {
        float v = value[n];
        bool known = isfinite(v);
        holes |= !known;
        if (known && (!within || within[n])) {
            lo = v < lo ? v : lo;
            hi = v > hi ? v : hi;
        }
    }
    pel__free(value);
    r->range[k][0] = (double)lo;
    r->range[k][1] = (double)hi;
    r->holes[k] = holes;
    return PEL_OK;
}

/* ---- how often values are ---- */

static pel_status count_slab(void *user, int64_t slab)
{
    const reading *r = user;
    int64_t slice = r->in->dims[0] * r->in->dims[1], end = (slab + 1) * SLAB;
    double by = BINS / (r->hi - r->lo);
    uint32_t *bin;
    float *value;
    pel_status s = slice_new(r, &value);
    if (s == PEL_OK)
        s = pel__alloc_zero(&bin, BINS, sizeof *bin, "a histogram");
    for (int64_t k = slab * SLAB; s == PEL_OK && k < end && k < r->in->dims[2]; k++) {
        const uint8_t *within = r->within ? r->within + k * slice : NULL;
        values_of(r, value, k);
        for (int64_t n = 0; n < slice; n++)
            if (isfinite(value[n]) && (!within || within[n])) {
                double at = ((double)value[n] - r->lo) * by;
                bin[at < 0 ? 0 : at >= BINS ? BINS - 1 : (int)at]++;
            }
    }
    pel__free(value);
    if (s == PEL_OK)
        r->counted[slab] = bin;
    return s;
}

static pel_status add_slab(void *user, int64_t slab)
{
    const reading *r = user;
    for (int b = 0; b < BINS; b++)
        r->bin[b] += r->counted[slab][b];
    pel__free(r->counted[slab]);
    r->counted[slab] = NULL;
    return PEL_OK;
}

// the upper end of the bin in which `share` of the count is reached
static double quantile(const reading *r, double share, int64_t total)
{
    int64_t below = 0;
    int b = 0;
    while (b < BINS - 1 && (double)(below += r->bin[b]) < share * (double)total)
        b++;
    return r->lo + (b + 1) * ((r->hi - r->lo) / BINS);
}

static pel_status count_values(reading *r)
{
    int64_t slabs = (r->in->dims[2] + SLAB - 1) / SLAB;
    memset(r->bin, 0, BINS * sizeof *r->bin);
    return pel__parallel_in_order(slabs, count_slab, add_slab, r, NULL);
}

// outliers stretch the range a thousand times at most before a count leaves them out
static pel_status choose_range(reading *r)
{
    bool whole = !pel_dtype_is_float(r->in->dtype) && pel_dtype_bytes(r->in->dtype) <= 2;
    for (int pass = 0;; pass++) {
        pel_status s = count_values(r);
        if (s != PEL_OK)
            return s;
        int64_t total = 0;
        for (int b = 0; b < BINS; b++)
            total += r->bin[b];
        pel__levels *l = r->levels;
        l->lo = quantile(r, 1e-4, total);
        l->median = quantile(r, 0.5, total);
        l->hi = quantile(r, 1 - 1e-4, total);
        double lo = quantile(r, 1e-3, total), hi = quantile(r, 1 - 1e-3, total);
        double more = WIDE * (hi - lo);
        if (whole || pass == 4 || !(more > 0) || (lo - more <= r->lo && hi + more >= r->hi))
            return PEL_OK;
        r->lo = lo - more > r->lo ? lo - more : r->lo;
        r->hi = hi + more < r->hi ? hi + more : r->hi;
    }
}

/* ---- values to levels ---- */

static pel_status level_slice(void *user, int64_t k)
{
    const reading *r = user;
    int64_t slice = r->in->dims[0] * r->in->dims[1];
    int16_t *level = r->levels->level + k * slice;
    uint8_t *inside = r->levels->inside ? r->levels->inside + k * slice : NULL;
    double middle = 0.5 * (r->lo + r->hi), by = 1 / r->levels->unit;
    float *value;
    pel_status s = slice_new(r, &value);
    if (s != PEL_OK)
        return s;
    values_of(r, value, k);
    for (int64_t n = 0; n < slice; n++) {
        double at = ((double)value[n] - middle) * by;
        bool known = isfinite(value[n]);
        at = !known ? 0 : at < -32767 ? -32767 : at > 32767 ? 32767 : at;
        level[n] = (int16_t)floor(at + 0.5);
        if (inside)
            inside[n] = known && (!r->within || r->within[k * slice + n]);
    }
    pel__free(value);
    return PEL_OK;
}

// least and greatest of the region; false when it is empty
static bool merge_slices(reading *r, bool *holes)
{
    r->lo = INFINITY;
    r->hi = -INFINITY;
    *holes = false;
    for (int64_t k = 0; k < r->in->dims[2]; k++) {
        r->lo = fmin(r->lo, r->range[k][0]);
        r->hi = fmax(r->hi, r->range[k][1]);
        *holes = *holes || r->holes[k];
    }
    return r->lo <= r->hi;
}

static pel_status read_levels(reading *r)
{
    pel__levels *l = r->levels;
    int64_t voxels = l->dims[0] * l->dims[1] * l->dims[2];
    bool holes = false;
    pel_status s = pel__parallel(r->in->dims[2], measure_slice, r, NULL);
    if (s == PEL_OK && !merge_slices(r, &holes))
        s = pel__fail(PEL_EDATA, "has no voxel with a value in the region; check --within");
    if (s == PEL_OK && r->hi > r->lo)
        s = choose_range(r);
    else
        l->lo = l->median = l->hi = r->lo;
    l->unit = r->hi > r->lo ? (r->hi - r->lo) / 65534 : 1;
    if (s == PEL_OK)
        s = pel__alloc(&l->level, voxels + PEL__HESSIAN_PAD, sizeof *l->level, "levels");
    if (s == PEL_OK && (holes || r->within))
        s = pel__alloc(&l->inside, voxels, 1, "the region");
    if (s == PEL_OK) {
        memset(l->level + voxels, 0, PEL__HESSIAN_PAD * sizeof *l->level);
        s = pel__parallel(r->in->dims[2], level_slice, r, NULL);
    }
    return s;
}

pel_status pel__levels_of(pel__levels *out, const pel_volume *in, const pel_volume *within)
{
    const int64_t *n = in->dims;
    int64_t slabs = (n[2] + SLAB - 1) / SLAB;
    *out = (pel__levels){ .dims = { n[0], n[1], n[2] } };
    reading r = { .levels = out, .in = in, .within = within ? within->data : NULL };
    pel__volume_scale(in, &r.slope, &r.inter);
    pel_status s = pel__alloc(&r.range, n[2], sizeof *r.range, "levels");
    if (s == PEL_OK)
        s = pel__alloc(&r.holes, n[2], sizeof *r.holes, "levels");
    if (s == PEL_OK)
        s = pel__alloc(&r.bin, BINS, sizeof *r.bin, "a histogram");
    if (s == PEL_OK)
        s = pel__alloc_zero(&r.counted, slabs, sizeof *r.counted, "a histogram");
    if (s == PEL_OK)
        s = read_levels(&r);
    for (int64_t slab = 0; r.counted && slab < slabs; slab++)
        pel__free(r.counted[slab]);
    pel__free(r.counted);
    pel__free(r.bin);
    pel__free(r.holes);
    pel__free(r.range);
    if (s != PEL_OK)
        pel__levels_free(out);
    return s;
}

/* ---- beyond the region ---- */

typedef struct growing {
    pel__levels *levels;
    uint8_t *layer;  // 0: not known; 1: of the region; more: filled in that layer before this one
    uint8_t *beside; // a row: some voxel in the rows around is known
    int now;
} growing;

static int64_t clipped(int64_t at, int64_t count)
{
    return at < 0 ? 0 : at < count ? at : count - 1;
}

// the mean of known neighbours, rounded to the nearest, halves away from zero
static int16_t mean_around(const growing *g, int64_t i, int64_t j, int64_t k)
{
    const int64_t *n = g->levels->dims;
    int64_t sum = 0, count = 0;
    for (int64_t z = clipped(k - 1, n[2]); z <= clipped(k + 1, n[2]); z++)
        for (int64_t y = clipped(j - 1, n[1]); y <= clipped(j + 1, n[1]); y++)
            for (int64_t x = clipped(i - 1, n[0]); x <= clipped(i + 1, n[0]); x++) {
                int64_t at = (z * n[1] + y) * n[0] + x;
                if (g->layer[at] && g->layer[at] <= g->now) {
                    sum += g->levels->level[at];
                    count++;
                }
            }
    return (int16_t)((2 * sum + (sum < 0 ? -count : count)) / (2 * count));
}

// voxels of a row that touch what is known; false when there is none
static bool grow_row(const growing *g, int64_t j, int64_t k)
{
    const int64_t *n = g->levels->dims;
    uint8_t *layer = g->layer + (k * n[1] + j) * n[0], *beside = g->beside, now = (uint8_t)g->now;
    bool any = false;
    memset(beside, 0, (size_t)n[0] + 2);
    for (int64_t z = clipped(k - 1, n[2]); z <= clipped(k + 1, n[2]); z++)
        for (int64_t y = clipped(j - 1, n[1]); y <= clipped(j + 1, n[1]); y++) {
            const uint8_t *row = g->layer + (z * n[1] + y) * n[0];
            for (int64_t i = 0; i < n[0]; i++)
                beside[i + 1] |= (uint8_t)((uint8_t)(row[i] - 1) < now);
        }
    for (int64_t i = 0; i < n[0]; i++)
        if (!layer[i] && (beside[i] | beside[i + 1] | beside[i + 2])) {
            g->levels->level[(k * n[1] + j) * n[0] + i] = mean_around(g, i, j, k);
            layer[i] = (uint8_t)(now + 1);
            any = true;
        }
    return any;
}

pel_status pel__levels_extend(pel__levels *levels, int reach)
{
    enum { MOST = 250 };
    const int64_t *n = levels->dims;
    if (!levels->inside)
        return PEL_OK;
    int64_t voxels = n[0] * n[1] * n[2];
    growing g = { .levels = levels };
    pel_status s = pel__alloc(&g.layer, voxels, 1, "the region");
    if (s == PEL_OK)
        s = pel__alloc(&g.beside, n[0] + 2, 1, "the region");
    if (s == PEL_OK)
        memcpy(g.layer, levels->inside, (size_t)voxels);
    bool any = true;
    for (g.now = 1; s == PEL_OK && any && g.now <= reach && g.now < MOST; g.now++) {
        any = false;
        for (int64_t k = 0; k < n[2]; k++)
            for (int64_t j = 0; j < n[1]; j++)
                any |= grow_row(&g, j, k);
        s = pel__cancelled();
    }
    pel__free(g.layer);
    pel__free(g.beside);
    return s;
}
