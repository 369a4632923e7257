/* SPDX-License-Identifier: Apache-2.0 */
/* vessel_mask.c: from a response to a mask of vessels, and what a plain threshold would give. */
#include <pellucid/pipeline.h>

#include <math.h>
#include <stdlib.h>

#include "base/job.h"
#include "base/params.h"
#include "base/status.h"
#include "volume/volume.h"

static const pel_param table[] = {
    PEL_TEXT(pel_vessel_mask_params, hysteresis, "0.2:0.9", "LO:HI",
             "responses of the mask: parts above LO that reach HI"),
    PEL_NUMBER(pel_vessel_mask_params, least, "5", 0, 1e9, "mm3", "smaller parts are left out"),
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
    double slope, inter, sign, threshold, level[2];
    int64_t slice; // voxels
    float *to;
    uint8_t *mask[2];
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

// values where the response is high enough, NaN elsewhere
static pel_status choose_slice(void *user, int64_t k)
{
    const slices *w = user;
    const float *value = (const float *)w->values->data + k * w->slice;
    const float *high = (const float *)w->response->data + k * w->slice;
    float *to = w->to + k * w->slice, level = (float)w->level[0];
    for (int64_t n = 0; n < w->slice; n++)
        to[n] = high[n] >= level ? value[n] : NAN;
    return PEL_OK;
}

// Otsu's threshold of the values where the response is at least so high; NaN where there is none
static pel_status split(double *threshold, const pel_volume *values, const pel_volume *response,
                        double level)
{
    pel_volume some;
    pel_source source;
    pel_stats stats = { .min = NAN, .max = NAN };
    *threshold = NAN;
    pel_status s = pel_volume_like(&some, values, PEL_FLOAT32);
    if (s != PEL_OK)
        return s;
    slices w = slices_of(values, response);
    w.to = some.data;
    w.level[0] = level;
    s = pel__parallel(values->dims[2], choose_slice, &w, NULL);
    if (s == PEL_OK)
        s = pel_source_of_volume(&source, &some);
    if (s == PEL_OK) {
        s = pel_source_stats(&stats, &source);
        pel_source_close(&source);
    }
    if (s == PEL_OK && stats.min < stats.max)
        s = pel_otsu(threshold, &some, 2);
    else if (stats.min == stats.max)
        *threshold = stats.min - 1;
    pel_volume_free(&some);
    return s;
}

// beyond the threshold; and responding by the one level, and by the other
static pel_status mark_slice(void *user, int64_t k)
{
    const slices *w = user;
    const float *value = (const float *)w->values->data + k * w->slice;
    for (int m = 0; m < 2 && w->mask[m]; m++) {
        const float *high = w->response ? (const float *)w->response->data + k * w->slice : NULL;
        uint8_t *to = w->mask[m] + k * w->slice;
        float level = (float)w->level[m];
        // a number that is not there is beyond nothing
        for (int64_t n = 0; n < w->slice; n++)
            to[n] = (double)value[n] > w->threshold;
        for (int64_t n = 0; n < w->slice && high; n++)
            to[n] = to[n] & (high[n] >= level);
    }
    return PEL_OK;
}

static pel_status grow(pel_volume *out, const pel_volume *values, const pel_volume *response,
                       const double range[2], double threshold, double least_voxels)
{
    pel_volume weak = { 0 }, strong = { 0 };
    slices w = slices_of(values, response);
    w.threshold = threshold;
    w.level[0] = range[0];
    w.level[1] = range[1];
    pel_status s = pel_volume_like(&weak, values, PEL_UINT8);
    if (s == PEL_OK)
        s = pel_volume_like(&strong, values, PEL_UINT8);
    w.mask[0] = weak.data;
    w.mask[1] = strong.data;
    if (s == PEL_OK)
        s = pel__parallel(values->dims[2], mark_slice, &w, NULL);
    if (s == PEL_OK)
        s = pel_hysteresis(out, &weak, &strong, least_voxels);
    pel_volume_free(&weak);
    pel_volume_free(&strong);
    return s;
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
static pel_status compare_plain(pel_vessel_mask_found *found, const pel_volume *mask,
                                const pel_volume *values, double sign)
{
    pel_volume plain = { 0 };
    slices w = slices_of(values, NULL);
    pel_status s = pel_otsu(&w.threshold, values, 2);
    if (s == PEL_OK)
        s = pel_volume_like(&plain, values, PEL_UINT8);
    w.mask[0] = plain.data;
    if (s == PEL_OK)
        s = pel__parallel(values->dims[2], mark_slice, &w, NULL);
    if (s == PEL_OK)
        s = measure(&found->plain, &plain, sign * w.threshold);
    if (s == PEL_OK)
        found->dice = 2 * (double)shared(mask, &plain) /
                      (double)(found->vessels.voxels + found->plain.voxels);
    pel_volume_free(&plain);
    return s;
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
    pel_volume region = { 0 }, values = { 0 };
    double range[2], threshold, sign = polarity == PEL_POLARITY_DARK ? -1 : 1;
    *out = (pel_volume){ 0 };
    *found = (pel_vessel_mask_found){ 0 };
    pel_status s = check(in, response, range, params);
    if (s == PEL_OK && within)
        s = pel_mask_on_grid(&region, within, in);
    if (s == PEL_OK)
        s = turned_values(&values, in, &region, sign);
    pel_volume_free(&region);
    if (s == PEL_OK)
        s = split(&threshold, &values, response, 0.5 * (range[0] + range[1]));
    pel_vec3 mm = pel_volume_spacing_mm(in);
    if (s == PEL_OK)
        s = grow(out, &values, response, range, threshold, params->least / (mm.x * mm.y * mm.z));
    if (s == PEL_OK)
        s = measure(&found->vessels, out, sign * threshold);
    if (s == PEL_OK)
        s = compare_plain(found, out, &values, sign);
    pel_volume_free(&values);
    if (s != PEL_OK)
        pel_volume_free(out);
    return s;
}

// values, some of them, masks, and what their parts take
static int64_t plan(const void *params, const pel_volume *shape)
{
    (void)params;
    pel_components_params all = pel_components_defaults();
    int64_t voxels = shape->dims[0] * shape->dims[1] * shape->dims[2];
    return 4 * voxels + (8 << 20) + 3 * voxels + pel_components_schema.plan(&all, shape);
}
