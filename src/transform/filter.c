/* SPDX-License-Identifier: Apache-2.0 */
/* filter.c: kernels, their weights along an axis, and the weighted sums of voxels. */
#include "transform/filter.h"

#include <math.h>
#include <string.h>

#include "base/job.h"
#include "base/maths.h"
#include "base/memory.h"
#include "kernels/curves.h"
#include "volume/volume.h"

/* what is left of the weights where the others met NaN, below which a voxel is unknown */
static const double least_weight = 1e-3;

int pel__interp_taps(int interp)
{
    static const int taps[] = { 1, 2, 4, 6 };
    return taps[interp];
}

static double sinc(double x)
{
    return fabs(x) < 1e-9 ? 1 : pel__sine(PEL_PI * x) / (PEL_PI * x);
}

// cubic: Keys 1981 with a = -1/2; lanczos: three lobes (Duchon 1979)
static double kernel_at(int interp, double x)
{
    x = fabs(x);
    switch (interp) {
    case PEL_NEAREST:
        return x <= 0.5;
    case PEL_LINEAR:
        return x < 1 ? 1 - x : 0;
    case PEL_CUBIC:
        return x < 1 ? 1 + x * x * (1.5 * x - 2.5) : x < 2 ? 2 + x * (-4 + x * (2.5 - 0.5 * x)) : 0;
    default:
        return x < 3 ? sinc(x) * sinc(x / 3) : 0;
    }
}

static void make_sum_one(double *weight, int64_t count)
{
    double sum = 0;
    for (int64_t i = 0; i < count; i++)
        sum += weight[i];
    for (int64_t i = 0; i < count; i++)
        weight[i] /= sum;
}

int64_t pel__interp_weights(double weight[PEL__MOST_TAPS], int interp, double position)
{
    int taps = pel__interp_taps(interp);
    if (interp == PEL_NEAREST) {
        weight[0] = 1;
        return (int64_t)floor(position + 0.5);
    }
    int64_t first = (int64_t)floor(position) - taps / 2 + 1;
    for (int i = 0; i < taps; i++)
        weight[i] = kernel_at(interp, position - (double)(first + i));
    if (interp == PEL_LANCZOS)
        make_sum_one(weight, taps);
    return first;
}

static pel_status filter_new(pel__filter *out, int64_t count, int64_t taps)
{
    *out = (pel__filter){ .count = count, .taps = taps };
    pel_status s = pel__alloc_zero(&out->first, count, sizeof *out->first, "weights");
    if (s == PEL_OK)
        s = pel__alloc_zero(&out->weight, count, taps * (int64_t)sizeof *out->weight, "weights");
    if (s != PEL_OK)
        pel__filter_free(out);
    return s;
}

void pel__filter_free(pel__filter *filter)
{
    pel__free(filter->first);
    pel__free(filter->weight);
    *filter = (pel__filter){ 0 };
}

pel_status pel__filter_box(pel__filter *out, int64_t old_count, int64_t count)
{
    double ratio = (double)old_count / (double)count;
    if (count >= old_count)
        return pel__filter_kernel(out, PEL_LINEAR, old_count, count, 0.5 * ratio - 0.5, ratio);
    pel_status s = filter_new(out, count, (int64_t)ceil(ratio) + 1);
    for (int64_t n = 0; s == PEL_OK && n < count; n++) {
        double lo = (double)n * ratio, hi = (double)(n + 1) * ratio;
        int64_t first = (int64_t)lo;
        double *weight = out->weight + n * out->taps;
        out->first[n] = first;
        for (int64_t i = 0; i < out->taps && first + i < old_count; i++) {
            double from = fmax(lo, (double)(first + i)), to = fmin(hi, (double)(first + i + 1));
            weight[i] = to > from ? to - from : 0;
        }
        make_sum_one(weight, out->taps);
    }
    return s;
}

pel_status pel__filter_kernel(pel__filter *out, int interp, int64_t old_count, int64_t count,
                              double origin, double step)
{
    double stretch = interp == PEL_NEAREST || step < 1 ? 1 : step;
    double reach = interp == PEL_NEAREST ? 0 : stretch * pel__interp_taps(interp) / 2;
    int64_t taps = (int64_t)ceil(2 * reach) + 1;
    taps = taps < old_count ? taps : old_count;
    pel_status s = filter_new(out, count, taps);
    for (int64_t n = 0; s == PEL_OK && n < count; n++) {
        double at = origin + (double)n * step;
        int64_t from = (int64_t)ceil(at - reach - 1e-9), to = (int64_t)floor(at + reach + 1e-9);
        if (interp == PEL_NEAREST)
            from = to = (int64_t)floor(at + 0.5);
        // the window of old voxels, kept inside the axis
        int64_t first = from < 0 ? 0 : from;
        first = first > old_count - taps ? old_count - taps : first;
        out->first[n] = first;
        double *weight = out->weight + n * taps;
        for (int64_t i = from; i <= to; i++) {
            int64_t place = i < 0 ? 0 : i >= old_count ? old_count - 1 : i;
            place = place - first < taps ? place - first : taps - 1;
            weight[place] +=
                interp == PEL_NEAREST ? 1 : kernel_at(interp, ((double)i - at) / stretch);
        }
        make_sum_one(weight, taps);
    }
    return s;
}

/* ---- weighted sums ---- */

typedef struct applying {
    const pel_volume *in;
    pel_volume *out;
    const pel__filter *filters;
    double slope, inter;
    int64_t channels;
} applying;

typedef struct sum {
    double value, weight;
} sum;

// one row of old voxels, `taps` of them
static sum sum_row(const applying *a, int64_t at, const double *weight, int64_t taps)
{
    sum s = { 0 };
    for (int64_t i = 0; i < taps; i++) {
        // a weight of zero may stand for a voxel beyond the end
        if (weight[i] == 0)
            continue;
        double v = pel__stored_get(a->in->data, a->in->dtype, at + i * a->channels);
        if (!isnan(v)) {
            s.value += weight[i] * v;
            s.weight += weight[i];
        }
    }
    return s;
}

static float sum_box(const applying *a, const int64_t ijk[3], int64_t frame, int64_t channel)
{
    const int64_t *n = a->in->dims;
    const pel__filter *f = a->filters;
    const double *w[3];
    int64_t first[3];
    for (int x = 0; x < 3; x++) {
        w[x] = f[x].weight + ijk[x] * f[x].taps;
        first[x] = f[x].first[ijk[x]];
    }
    sum all = { 0 };
    for (int64_t k = 0; k < f[2].taps; k++)
        for (int64_t j = 0; w[2][k] != 0 && j < f[1].taps; j++) {
            double weight = w[2][k] * w[1][j];
            if (weight == 0)
                continue;
            int64_t row = ((frame * n[2] + first[2] + k) * n[1] + first[1] + j) * n[0] + first[0];
            sum s = sum_row(a, row * a->channels + channel, w[0], f[0].taps);
            all.value += weight * s.value;
            all.weight += weight * s.weight;
        }
    if (!(all.weight > least_weight))
        return NAN;
    return (float)(a->slope * (all.value / all.weight) + a->inter);
}

static pel_status apply_row(void *user, int64_t row)
{
    const applying *a = user;
    const int64_t *n = a->out->dims;
    int64_t k = row / n[1] % n[2], frame = row / (n[1] * n[2]);
    float *out = (float *)a->out->data + row * n[0] * a->channels;
    for (int64_t i = 0; i < n[0]; i++)
        for (int64_t c = 0; c < a->channels; c++)
            *out++ = sum_box(a, (int64_t[3]){ i, row % n[1], k }, frame, c);
    return PEL_OK;
}

pel_status pel__filter_apply(pel_volume *out, const pel_volume *in, const pel__filter filters[3])
{
    applying a = { .in = in, .out = out, .filters = filters };
    a.channels = pel__volume_channels(in);
    pel__volume_scale(in, &a.slope, &a.inter);
    int64_t rows = out->dims[1] * out->dims[2] * pel__volume_frames(out);
    return pel__parallel(rows, apply_row, &a, "resampling");
}
