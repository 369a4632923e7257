/* SPDX-License-Identifier: Apache-2.0 */
/* filter.c: kernels, and their weights along an axis. */
#include "transform/filter.h"

#include <math.h>

#include "base/maths.h"
#include "base/memory.h"
#include "kernels/curves.h"

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
