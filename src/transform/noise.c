/* SPDX-License-Identifier: Apache-2.0 */
/* noise.c: how much a volume's values scatter, from differences that edges hardly show in. */
#include <math.h>
#include <string.h>

#include <pellucid/transform.h>

#include "base/job.h"
#include "base/memory.h"
#include "base/status.h"
#include "volume/volume.h"

static const double MEDIAN_OF_BELL = 0.6744897501960817; /* of |x|, x normal with sigma 1 */

typedef struct measuring {
    const pel_volume *in;
    const uint8_t *inside; // NULL: everywhere
    double slope, inter;
    float *to; // |second differences along all axes|; NaN: not known
} measuring;

static pel_status values_of(float **out, const measuring *m, int64_t first, int64_t count)
{
    int64_t slice = m->in->dims[0] * m->in->dims[1];
    const char *data = m->in->data;
    pel_status s = pel__alloc(out, count * slice, sizeof **out, "slices");
    if (s == PEL_OK)
        pel_values_from_stored(*out, data + first * slice * (int64_t)pel_dtype_bytes(m->in->dtype),
                               m->in->dtype, count * slice, m->slope, m->inter);
    return s;
}

// adds a row of one slice, its second differences along i; NaN where a voxel is not known
static void add_row(double *to, const float *row, const uint8_t *inside, int64_t count, int weight)
{
    for (int64_t i = 1; i + 1 < count; i++) {
        bool known = !inside || (inside[i - 1] && inside[i] && inside[i + 1]);
        double bend = (double)row[i - 1] + (double)row[i + 1] - 2 * (double)row[i];
        to[i] += known ? weight * bend : (double)NAN;
    }
}

static pel_status measure_slice(void *user, int64_t k)
{
    static const int weight[] = { 1, -2, 1 };
    const measuring *m = user;
    const int64_t *n = m->in->dims, slice = n[0] * n[1];
    int64_t deep = n[2] > 1, first = k - deep, count = 1 + 2 * deep;
    float *to = m->to + k * slice, *value;
    double *sum;
    for (int64_t at = 0; at < slice; at++)
        to[at] = NAN;
    if (first < 0 || first + count > n[2])
        return PEL_OK;
    pel_status s = values_of(&value, m, first, count);
    if (s != PEL_OK)
        return s;
    s = pel__alloc(&sum, n[0], sizeof *sum, "a row");
    for (int64_t j = 1; s == PEL_OK && j + 1 < n[1]; j++) {
        memset(sum, 0, (size_t)n[0] * sizeof *sum);
        for (int64_t z = 0; z < count; z++)
            for (int y = 0; y < 3; y++) {
                int64_t row = z * slice + (j + y - 1) * n[0];
                add_row(sum, value + row, m->inside ? m->inside + first * slice + row : NULL, n[0],
                        weight[y] * (deep ? weight[z] : 1));
            }
        // nothing at all is where a background was set to 0
        for (int64_t i = 1; i + 1 < n[0]; i++)
            to[j * n[0] + i] = sum[i] != 0 && isfinite(sum[i]) ? (float)fabs(sum[i]) : NAN;
    }
    pel__free(sum);
    pel__free(value);
    return s;
}

pel_status pel_noise(double *out, const pel_volume *in, const pel_volume *within)
{
    pel_volume region = { 0 }, bend = { 0 };
    pel_source source;
    pel_stats stats;
    double half = 0.5, median = 0;
    *out = 0;
    pel_status s = pel__volume_check_shape(in, "a volume");
    if (s == PEL_OK && within)
        s = pel_mask_on_grid(&region, within, in);
    if (s == PEL_OK)
        s = pel_volume_like(&bend, in, PEL_FLOAT32);
    measuring m = { .in = in, .inside = region.data, .to = bend.data };
    pel__volume_scale(in, &m.slope, &m.inter);
    if (s == PEL_OK)
        s = pel__parallel(in->dims[2], measure_slice, &m, NULL);
    if (s == PEL_OK)
        s = pel_source_of_volume(&source, &bend);
    if (s == PEL_OK) {
        s = pel_source_quantiles(&stats, &median, &half, 1, &source);
        pel_source_close(&source);
    }
    // weights 1 -2 1 along each axis; squares add up to 6 each
    double gain = in->dims[2] > 1 ? sqrt(216) : 6;
    *out = s == PEL_OK && !isnan(median) ? median / (MEDIAN_OF_BELL * gain) : 0;
    pel_volume_free(&bend);
    pel_volume_free(&region);
    return s;
}
