/* SPDX-License-Identifier: Apache-2.0 */
/* vessel_mask.c: from a response to a mask of vessels, and what a plain threshold would give. */
#include <pellucid/pipeline.h>

#include <math.h>
#include <stdlib.h>

#include "base/memory.h"
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

/* values that rise towards vessels, NaN outside of the region */
static pel_status turned_values(pel_volume *out, const pel_volume *in, const pel_volume *region,
                                bool dark)
{
    double slope, inter;
    pel_status s = pel_volume_like(out, in, PEL_FLOAT32);
    if (s != PEL_OK)
        return s;
    pel__volume_scale(in, &slope, &inter);
    float *value = out->data;
    const uint8_t *inside = region->data;
    int64_t count = pel_volume_count(out);
    pel_values_from_stored(value, in->data, in->dtype, count, slope, inter);
    for (int64_t n = 0; n < count; n++)
        value[n] = inside && !inside[n] ? NAN : dark ? -value[n] : value[n];
    return PEL_OK;
}

// Otsu's threshold of the values where the response is at least so high; NaN where there is none
static pel_status split(double *threshold, const pel_volume *values, const pel_volume *response,
                        double level)
{
    pel_volume some;
    *threshold = NAN;
    pel_status s = pel_volume_like(&some, values, PEL_FLOAT32);
    if (s != PEL_OK)
        return s;
    const float *from = values->data, *high = response->data;
    float *to = some.data, lo = INFINITY, hi = -INFINITY;
    for (int64_t n = 0; n < pel_volume_count(values); n++) {
        to[n] = (double)high[n] >= level ? from[n] : NAN;
        lo = to[n] < lo ? to[n] : lo;
        hi = to[n] > hi ? to[n] : hi;
    }
    if (lo < hi)
        s = pel_otsu(threshold, &some, 2);
    else if (lo == hi)
        *threshold = (double)lo - 1;
    pel_volume_free(&some);
    return s;
}

static pel_status at_least(pel_volume *out, const pel_volume *values, double threshold,
                           const pel_volume *response, double level)
{
    pel_status s = pel_volume_like(out, values, PEL_UINT8);
    if (s != PEL_OK)
        return s;
    const float *value = values->data, *high = response ? response->data : NULL;
    uint8_t *to = out->data;
    for (int64_t n = 0; n < pel_volume_count(out); n++)
        to[n] = (double)value[n] > threshold && (!high || (double)high[n] >= level);
    return PEL_OK;
}

static pel_status grow(pel_volume *out, const pel_volume *values, const pel_volume *response,
                       const double range[2], double threshold, double least_voxels)
{
    pel_volume weak = { 0 }, strong = { 0 };
    pel_status s = at_least(&weak, values, threshold, response, range[0]);
    if (s == PEL_OK)
        s = at_least(&strong, values, threshold, response, range[1]);
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
    const uint8_t *voxel = mask->data;
    pel_vec3 mm = pel_volume_spacing_mm(mask);
    *out = (pel_mask_measure){ .threshold = threshold };
    pel_status s = pel_components(NULL, &list, &out->components, mask, &all);
    for (int64_t n = 0; s == PEL_OK && n < pel_volume_count(mask); n++)
        out->voxels += voxel[n] != 0;
    for (int64_t c = 0; s == PEL_OK && c < out->components; c++)
        out->largest = list[c].voxels > out->largest ? list[c].voxels : out->largest;
    out->volume_mm3 = (double)out->voxels * mm.x * mm.y * mm.z;
    free(list);
    return s;
}

// twice what both have over what each has
static double dice(const pel_volume *a, const pel_volume *b)
{
    const uint8_t *x = a->data, *y = b->data;
    int64_t both = 0, each = 0;
    for (int64_t n = 0; n < pel_volume_count(a); n++) {
        both += x[n] && y[n];
        each += (x[n] != 0) + (y[n] != 0);
    }
    return each ? 2 * (double)both / (double)each : NAN;
}

// Otsu in the whole region, as one would without a response
static pel_status compare_plain(pel_vessel_mask_found *found, const pel_volume *mask,
                                const pel_volume *values, double sign)
{
    double threshold;
    pel_volume plain = { 0 };
    pel_status s = pel_otsu(&threshold, values, 2);
    if (s == PEL_OK)
        s = at_least(&plain, values, threshold, NULL, 0);
    if (s == PEL_OK)
        s = measure(&found->plain, &plain, sign * threshold);
    if (s == PEL_OK)
        found->dice = dice(mask, &plain);
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
        s = turned_values(&values, in, &region, sign < 0);
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
