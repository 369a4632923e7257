/* SPDX-License-Identifier: Apache-2.0 */
/* vessel_mask.c: from a response to a mask of vessels, and what a plain threshold would give. */
#include <pellucid/pipeline.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/job.h"
#include "base/memory.h"
#include "base/params.h"
#include "base/status.h"
#include "volume/volume.h"

static const pel_param table[] = {
    PEL_TEXT(pel_vessel_mask_params, hysteresis, "0.2:0.9", "LO:HI",
             "responses of the mask: parts above LO that reach HI"),
    PEL_NUMBER(pel_vessel_mask_params, least, "5", 0, 1e9, "mm3", "smaller parts are left out"),
    PEL_SWITCH(
        pel_vessel_mask_params, thin,
        "also veins thinner than a voxel: a vessel ends at half of its own crest, not at half "
        "of a full vessel"),
};
static int64_t plan(const void *params, const pel_volume *shape);
const pel_schema pel_vessel_mask_schema = { .name = "vessel-mask",
                                            .summary = "a mask of vessels from their response",
                                            .params_size = sizeof(pel_vessel_mask_params),
                                            .params = table,
                                            .count = (int)(sizeof table / sizeof *table),
                                            .plan = plan };

pel_vessel_mask_params pel_vessel_mask_defaults(void)
{
    pel_vessel_mask_params params;
    pel_schema_defaults(&pel_vessel_mask_schema, &params);
    return params;
}

/* loops over slices */
typedef struct slices {
    const pel_volume *in, *values, *response;
    const uint8_t *inside; // NULL: everywhere
    double slope, inter, sign, threshold;
    double vessel, around; // values of a full vessel, and of what is not
    double apart, noise;   // what parts those that respond; standard deviation of neighbours
    double level[3];       // responses of the mask, of what it must hold, and of what is around
    bool below, thin;
    int64_t slice; // voxels
    float *to;
    uint8_t *mask[2]; // the second what `thin` makes of the first; then what responds most
    int16_t *rise;    // of the way from around to vessel, where the response is high enough
} slices;

static slices slices_of(const pel_volume *values, const pel_volume *response)
{
    return (slices){ .values = values,
                     .response = response,
                     .slice = values->dims[0] * values->dims[1] };
}

// values that rise towards vessels, NaN outside of the region
static pel_status turn_slice(void *user, int64_t k)
{
    const slices *w = user;
    const char *data = w->in->data;
    float *to = w->to + k * w->slice, sign = (float)w->sign;
    const uint8_t *inside = w->inside ? w->inside + k * w->slice : NULL;
    pel_values_from_stored(to, data + k * w->slice * pel_dtype_bytes(w->in->dtype), w->in->dtype,
                           w->slice, w->slope, w->inter);
    for (int64_t n = 0; n < w->slice; n++)
        to[n] = inside && !inside[n] ? NAN : sign * to[n];
    return PEL_OK;
}

static pel_status turned_values(pel_volume *out, const pel_volume *in, const pel_volume *region,
                                double sign)
{
    pel_status s = pel_volume_like(out, in, PEL_FLOAT32);
    if (s != PEL_OK)
        return s;
    slices w = slices_of(out, NULL);
    w.in = in;
    w.inside = region->data;
    w.sign = sign;
    w.to = out->data;
    pel__volume_scale(in, &w.slope, &w.inter);
    return pel__parallel(in->dims[2], turn_slice, &w, NULL);
}

// values where the response is high enough (or below that), NaN elsewhere
static pel_status choose_slice(void *user, int64_t k)
{
    const slices *w = user;
    const float *value = (const float *)w->values->data + k * w->slice;
    const float *high = (const float *)w->response->data + k * w->slice;
    float *to = w->to + k * w->slice, level = (float)w->level[0];
    for (int64_t n = 0; n < w->slice; n++)
        to[n] = (high[n] >= level) != w->below ? value[n] : NAN;
    return PEL_OK;
}

// the mean and a quantile of the values where the response is at least (or below) a level
static pel_status choose(pel_volume *some, double out[2], slices *w, double level, bool below,
                         double fraction)
{
    pel_source source;
    pel_stats stats = { .mean = NAN };
    pel_status s = pel_volume_like(some, w->values, PEL_FLOAT32);
    if (s != PEL_OK)
        return s;
    w->to = some->data;
    w->level[0] = level;
    w->below = below;
    s = pel__parallel(some->dims[2], choose_slice, w, NULL);
    if (s == PEL_OK)
        s = pel_source_of_volume(&source, some);
    if (s == PEL_OK) {
        s = pel_source_quantiles(&stats, &out[1], &fraction, 1, &source);
        pel_source_close(&source);
    }
    out[0] = stats.mean;
    return s;
}

static pel_status tell_values(double out[2], slices *w, double level, bool below, double fraction)
{
    pel_volume some;
    pel_status s = choose(&some, out, w, level, below, fraction);
    pel_volume_free(&some);
    return s;
}

// Otsu's threshold of the values where the response is at least so high
static pel_status split(double *threshold, slices *w, double level)
{
    pel_volume some;
    double values[2];
    pel_status s = choose(&some, values, w, level, false, 0);
    *threshold = values[0];
    // the least of them is 0 of the way
    if (s == PEL_OK && values[1] < values[0])
        s = pel_otsu(threshold, &some, 2);
    pel_volume_free(&some);
    return s;
}

// what is a full vessel, what lies around vessels, and half-way between
static pel_status know_values(slices *w, const double range[2])
{
    static const double FULL = 0.98, ABOVE = 2.0537; // where noise of 1 lies below so often
    double vessel[2], around[2];
    pel_status s = pel_noise(&w->noise, w->values, NULL);
    if (s == PEL_OK)
        s = tell_values(vessel, w, range[1], false, FULL);
    if (s == PEL_OK)
        s = tell_values(around, w, 0.5 * (range[0] + range[1]), true, 0.5);
    w->vessel = vessel[1] - ABOVE * w->noise;
    w->around = isnan(around[0]) ? w->vessel - 1 : around[0];
    w->threshold = 0.5 * (w->vessel + w->around);
    return s == PEL_OK ? split(&w->apart, w, 0.5 * (range[0] + range[1])) : s;
}

/* ---- half-way from what is around a voxel ---- */

/* whole numbers, so that the order of sums does not show: of the way from around to vessel */
enum { SIDE = 2, WHOLE = 4096, FAR = 8 * WHOLE };

static const double CLEAR = 5;  /* standard deviations above what is around */
static const double RARE = 2.7; /* log of how many voxels respond for one of a vessel */

static const int bell[SIDE + 1] = { 6, 4, 1 }; // over 16: a Gaussian of one voxel

static int64_t share_of(const slices *w, double value)
{
    double share = (value - w->around) / (w->vessel - w->around) * WHOLE;
    return (int64_t)floor(fmin(fmax(share, -FAR), FAR) + 0.5);
}

// one row of what is around, added where it is no vessel
static void add_around(int64_t *sum, int64_t *count, const slices *w, int64_t row, int weight)
{
    int64_t wide = w->values->dims[0];
    const float *value = (const float *)w->values->data + row * wide;
    const float *high = (const float *)w->response->data + row * wide;
    float most = (float)w->level[2];
    for (int64_t i = 0; i < wide; i++) {
        bool around = high[i] < most && !isnan(value[i]);
        sum[i] += around ? weight * share_of(w, (double)value[i]) : 0;
        count[i] += around ? weight : 0;
    }
}

// tells, where the response is high enough, how far a value rises above what is around it, and
// marks what is beyond half-way, or brighter than what parts those that respond and clear of noise
static void rise_of_row(const slices *w, int64_t row, const int64_t *sum, const int64_t *count)
{
    // of all weights: where there is nothing but vessels around, what is around elsewhere counts
    static const int64_t ELSEWHERE = 82;
    double apart = (double)share_of(w, w->apart);
    double noise = (double)share_of(w, w->around + w->noise);
    int64_t wide = w->values->dims[0];
    const float *value = (const float *)w->values->data + row * wide;
    const float *high = (const float *)w->response->data + row * wide;
    for (int64_t i = 0; i < wide; i++) {
        if (!(high[i] >= (float)w->level[0]) || isnan(value[i]))
            continue;
        int64_t all = 0, weights = ELSEWHERE;
        for (int t = -SIDE; t <= SIDE; t++)
            if (i + t >= 0 && i + t < wide) {
                all += bell[abs(t)] * sum[i + t];
                weights += bell[abs(t)] * count[i + t];
            }
        double here = (double)share_of(w, (double)value[i]);
        double around = (double)all / (double)weights, way = WHOLE - around, rise = here - around;
        if (way > 0)
            w->rise[row * wide + i] = (int16_t)(fmin(fmax(rise / way, 0), 1) * WHOLE);
        w->mask[0][row * wide + i] = (way > 0 && rise > 0.5 * way + RARE * noise * noise / way) ||
                                     (here > apart && rise > CLEAR * noise);
    }
}

static bool responds(const slices *w, int64_t row)
{
    int64_t wide = w->values->dims[0];
    const float *high = (const float *)w->response->data + row * wide;
    for (int64_t i = 0; i < wide; i++)
        if (high[i] >= (float)w->level[0])
            return true;
    return false;
}

static pel_status rise_slice(void *user, int64_t k)
{
    const slices *w = user;
    const int64_t *n = w->values->dims;
    int64_t *sum;
    pel_status s = pel__alloc(&sum, 2 * n[0], sizeof *sum, "rows");
    for (int64_t j = 0; s == PEL_OK && j < n[1]; j++) {
        if (!responds(w, k * n[1] + j))
            continue;
        memset(sum, 0, (size_t)(2 * n[0]) * sizeof *sum);
        for (int z = -SIDE; z <= SIDE; z++)
            for (int y = -SIDE; y <= SIDE; y++)
                if (k + z >= 0 && k + z < n[2] && j + y >= 0 && j + y < n[1])
                    add_around(sum, sum + n[0], w, (k + z) * n[1] + j + y,
                               bell[abs(z)] * bell[abs(y)]);
        rise_of_row(w, k * n[1] + j, sum, sum + n[0]);
    }
    pel__free(sum);
    return s;
}

// the greatest rise of what is marked, here and next to here
static int crest_at(const slices *w, int64_t i, int64_t j, int64_t k)
{
    const int64_t *n = w->values->dims;
    int crest = 0;
    for (int64_t z = k > 0 ? k - 1 : 0; z <= k + 1 && z < n[2]; z++)
        for (int64_t y = j > 0 ? j - 1 : 0; y <= j + 1 && y < n[1]; y++)
            for (int64_t x = i > 0 ? i - 1 : 0; x <= i + 1 && x < n[0]; x++) {
                int64_t at = (z * n[1] + y) * n[0] + x;
                if (w->mask[0][at] && w->rise[at] > crest)
                    crest = w->rise[at];
            }
    return crest;
}

// a vessel thinner than a voxel ends where it has fallen to half of its own crest
static pel_status thin_slice(void *user, int64_t k)
{
    const slices *w = user;
    const int64_t *n = w->values->dims;
    for (int64_t j = 0; j < n[1]; j++)
        for (int64_t i = 0; i < n[0]; i++) {
            int64_t at = (k * n[1] + j) * n[0] + i;
            int crest = w->rise[at] > 0 ? crest_at(w, i, j, k) : 0;
            w->mask[1][at] = w->mask[0][at] || (crest > 0 && 2 * w->rise[at] > crest);
        }
    return PEL_OK;
}

// of what may be a vessel what responds most
static pel_status strong_slice(void *user, int64_t k)
{
    const slices *w = user;
    const float *high = (const float *)w->response->data + k * w->slice;
    const uint8_t *weak = w->mask[w->thin] + k * w->slice;
    uint8_t *to = w->mask[!w->thin] + k * w->slice;
    for (int64_t n = 0; n < w->slice; n++)
        to[n] = weak[n] && high[n] >= (float)w->level[1];
    return PEL_OK;
}

static pel_status mark(slices *w)
{
    int64_t count = w->values->dims[2];
    pel_status s = pel__parallel(count, rise_slice, w, NULL);
    if (s == PEL_OK && w->thin)
        s = pel__parallel(count, thin_slice, w, NULL);
    return s == PEL_OK ? pel__parallel(count, strong_slice, w, NULL) : s;
}

static pel_status grow(pel_volume *out, slices *w, const double range[2], double least_voxels)
{
    pel_volume mask[2] = { 0 };
    w->level[0] = range[0];
    w->level[1] = range[1];
    w->level[2] = 0.5 * (range[0] + range[1]);
    pel_status s = PEL_OK;
    for (int n = 0; n < 2 && s == PEL_OK; n++) {
        s = pel_volume_like(&mask[n], w->values, PEL_UINT8);
        w->mask[n] = mask[n].data;
    }
    if (s == PEL_OK)
        s = pel__alloc_zero(&w->rise, pel_volume_count(w->values), sizeof *w->rise, "rises");
    if (s == PEL_OK && w->vessel > w->around)
        s = mark(w);
    pel__free(w->rise);
    if (s == PEL_OK)
        s = pel_hysteresis(out, &mask[w->thin], &mask[!w->thin], least_voxels);
    for (int n = 0; n < 2; n++)
        pel_volume_free(&mask[n]);
    return s;
}

// beyond a threshold
static pel_status mark_slice(void *user, int64_t k)
{
    const slices *w = user;
    const float *value = (const float *)w->values->data + k * w->slice;
    uint8_t *to = w->mask[0] + k * w->slice;
    // a number that is not there is beyond nothing
    for (int64_t n = 0; n < w->slice; n++)
        to[n] = (double)value[n] > w->threshold;
    return PEL_OK;
}

/* ---- what is told ---- */

static pel_status measure(pel_mask_measure *out, const pel_volume *mask, double threshold)
{
    pel_components_params all = pel_components_defaults();
    pel_component *list = NULL;
    pel_vec3 mm = pel_volume_spacing_mm(mask);
    *out = (pel_mask_measure){ .threshold = threshold };
    pel_status s = pel_components(NULL, &list, &out->components, mask, &all);
    for (int64_t c = 0; s == PEL_OK && c < out->components; c++) {
        out->voxels += list[c].voxels;
        out->largest = list[c].voxels > out->largest ? list[c].voxels : out->largest;
    }
    out->volume_mm3 = (double)out->voxels * mm.x * mm.y * mm.z;
    free(list);
    return s;
}

static int64_t shared(const pel_volume *a, const pel_volume *b)
{
    const uint8_t *x = a->data, *y = b->data;
    int64_t both = 0, count = pel_volume_count(a);
    for (int64_t n = 0; n < count; n++)
        both += x[n] & y[n];
    return both;
}

// Otsu in the whole region, as one would without a response
static pel_status plain_mask(pel_volume *plain, double *threshold, const pel_volume *values)
{
    slices w = slices_of(values, NULL);
    pel_status s = pel_otsu(&w.threshold, values, 2);
    if (s == PEL_OK)
        s = pel_volume_like(plain, values, PEL_UINT8);
    w.mask[0] = plain->data;
    *threshold = w.threshold;
    return s == PEL_OK ? pel__parallel(values->dims[2], mark_slice, &w, NULL) : s;
}

static pel_status compare(pel_vessel_mask_found *found, const pel_volume *mask,
                          const pel_volume *plain, const double threshold[2])
{
    pel_status s = measure(&found->vessels, mask, threshold[0]);
    if (s == PEL_OK)
        s = measure(&found->plain, plain, threshold[1]);
    if (s == PEL_OK)
        found->dice =
            2 * (double)shared(mask, plain) / (double)(found->vessels.voxels + found->plain.voxels);
    return s;
}

// nothing was found: whether that is for want of a response
static void note_none(const pel_volume *response, const double range[2])
{
    const float *high = response->data;
    double most = 0;
    for (int64_t n = 0; n < pel_volume_count(response); n++)
        most = fmax(most, (double)high[n]);
    if (most > 0 && most < range[1])
        pel__note("nothing responds as much as %g, the most is %.2g; --hysteresis %.2g:%.2g finds "
                  "what responds best",
                  range[1], most, 0.2 * most, 0.7 * most);
}

static pel_status check(const pel_volume *in, const pel_volume *response, double range[2],
                        const pel_vessel_mask_params *params)
{
    pel_status s = pel_schema_check(&pel_vessel_mask_schema, params);
    if (s == PEL_OK)
        s = pel__parse_range(range, params->hysteresis, "--hysteresis", false);
    bool same = response->dtype == PEL_FLOAT32 && response->data;
    for (int a = 0; a < 3; a++)
        same = same && in->dims[a] == response->dims[a];
    if (s == PEL_OK && !same)
        s = pel__fail(PEL_EPARAM, "the response is not one of this volume");
    return s;
}

pel_status pel_vessel_mask(pel_volume *out, pel_vessel_mask_found *found, const pel_volume *in,
                           const pel_volume *response, const pel_volume *within, int polarity,
                           const pel_vessel_mask_params *params)
{
    pel_volume region = { 0 }, values = { 0 }, plain = { 0 };
    double range[2], threshold[2] = { 0 }, sign = polarity == PEL_POLARITY_DARK ? -1 : 1;
    *out = (pel_volume){ 0 };
    *found = (pel_vessel_mask_found){ 0 };
    pel_status s = check(in, response, range, params);
    if (s == PEL_OK && within)
        s = pel_mask_on_grid(&region, within, in);
    if (s == PEL_OK)
        s = turned_values(&values, in, &region, sign);
    pel_volume_free(&region);
    slices w = slices_of(&values, response);
    w.thin = params->thin;
    if (s == PEL_OK)
        s = know_values(&w, range);
    pel_vec3 mm = pel_volume_spacing_mm(in);
    if (s == PEL_OK)
        s = grow(out, &w, range, params->least / (mm.x * mm.y * mm.z));
    if (s == PEL_OK)
        s = plain_mask(&plain, &threshold[1], &values);
    // parts take the room that values leave
    pel_volume_free(&values);
    threshold[0] = sign * w.threshold;
    threshold[1] *= sign;
    if (s == PEL_OK)
        s = compare(found, out, &plain, threshold);
    if (s == PEL_OK && found->vessels.voxels == 0)
        note_none(response, range);
    pel_volume_free(&plain);
    if (s != PEL_OK)
        pel_volume_free(out);
    return s;
}

// values and some of them; or masks and the rise; or masks and what parts take beside them
static int64_t plan(const void *params, const pel_volume *shape)
{
    (void)params;
    pel_components_params all = pel_components_defaults();
    int64_t voxels = shape->dims[0] * shape->dims[1] * shape->dims[2];
    int64_t parts = pel_components_schema.plan(&all, shape) - 4 * voxels;
    int64_t grown = 4 * voxels + 2 * voxels + pel_hysteresis_memory(shape);
    int64_t told = 2 * voxels + parts;
    // what counts values for a quantile has bins, marks of them, and some slices
    int64_t chosen = 4 * voxels + 4 * voxels + (8 << 20) + (1 << 20) + (2 << 20);
    return chosen > grown ? chosen : grown > told ? grown : told;
}
