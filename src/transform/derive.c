/* SPDX-License-Identifier: Apache-2.0 */
/* derive.c: Gaussian derivatives as whole numbers, and slices that go through them. */
#include "transform/derive.h"

#include <math.h>
#include <string.h>

#include "base/exact.h"
#include "base/memory.h"
#include "kernels/kernels.h"

static const double FINEST = 0.6; /* voxels; a narrower Gaussian is none */

/* ---- kernels ---- */

int pel__derive_reach(double sigma_voxels)
{
    return (int)ceil(4 * fmax(sigma_voxels, FINEST));
}

// G, G' and G'' at t, but for a common factor
static double bell(double sigma, int t, int order)
{
    double x = t / sigma, g = pel__exp(-0.5 * x * x);
    return order == 0 ? g : order == 1 ? x * g : (x * x - 1) * g;
}

// rounded to whole numbers whose absolute sum is as large as it may be
static void set_weights(int32_t *weight, int reach, double sigma, int order)
{
    double sum = order == 1 ? 0 : fabs(bell(sigma, 0, order));
    for (int t = 1; t <= reach; t++)
        sum += 2 * fabs(bell(sigma, t, order));
    double by = (PEL__HESSIAN_GAIN - 2 * reach - 1) / sum;
    for (int t = 0; t <= reach; t++)
        weight[t] = (int32_t)floor(by * bell(sigma, t, order) + 0.5);
    // a constant has no derivative
    if (order == 2) {
        weight[0] = 0;
        for (int t = 1; t <= reach; t++)
            weight[0] -= 2 * weight[t];
    }
}

// what a constant, a slope of 1 and a curvature of 1 give
static double moment(const int32_t *weight, int reach, int order)
{
    double sum = order == 0 ? weight[0] : 0;
    for (int t = 1; t <= reach; t++)
        sum += order == 0   ? 2.0 * weight[t]
               : order == 1 ? 2.0 * t * weight[t]
                            : (double)t * t * weight[t];
    return sum;
}

static int reach_along(int64_t count, double edge_mm, double sigma_mm)
{
    return count > 1 ? pel__derive_reach(sigma_mm / edge_mm) : 0;
}

pel_status pel__derive_new(pel__derive *out, const int64_t dims[3], const double edge_mm[3],
                           double sigma_mm, double unit)
{
    int reach[3], total = 0;
    double whole[3], slope[3], bend[3];
    *out = (pel__derive){ 0 };
    for (int a = 0; a < 3; a++)
        total += 3 * ((reach[a] = reach_along(dims[a], edge_mm[a], sigma_mm)) + 1);
    pel_status s = pel__alloc_zero(&out->weights, total, sizeof *out->weights, "weights");
    if (s != PEL_OK)
        return s;
    int32_t *weight = out->weights;
    for (int a = 0; a < 3; a++) {
        double sigma = fmax(sigma_mm / edge_mm[a], FINEST), by[3];
        out->axis[a].reach = reach[a];
        for (int order = 0; order < 3; order++) {
            out->axis[a].weight[order] = weight;
            if (reach[a])
                set_weights(weight, reach[a], sigma, order);
            else
                weight[0] = order == 0;
            by[order] = moment(weight, reach[a], order);
            weight += reach[a] + 1;
        }
        whole[a] = 1 / by[0];
        slope[a] = by[1] > 0 ? 1 / (by[1] * edge_mm[a]) : 0;
        bend[a] = by[2] > 0 ? 1 / (by[2] * edge_mm[a] * edge_mm[a]) : 0;
    }
    double by = unit * sigma_mm * sigma_mm;
    for (int m = 0; m < 3; m++) {
        int a = (m + 1) % 3, b = (m + 2) % 3;
        out->scale[m] = by * (bend[m] * (whole[a] * whole[b]));
        // 3: ij, 4: ik, 5: jk
        out->scale[5 - m] = by * (whole[m] * (slope[a] * slope[b]));
    }
    return s;
}

void pel__derive_free(pel__derive *derive)
{
    pel__free(derive->weights);
    *derive = (pel__derive){ 0 };
}

/* ---- a slice ---- */

/* columns first_i to first_i + wide - 1 of a slice go through; rows lie in a ring */
typedef struct slice_work {
    const pel__derive *derive;
    const pel__levels *levels;
    int64_t k, first_i, wide;
    int64_t stride, ring, next; // next: row to come
    int32_t *rows;              // ring * 3 * stride
    double *sums, *out;         // 6 rows each, out's without borders
    const int16_t **level_tap;
    const int32_t **row_tap[3];
} slice_work;

static int64_t mirrored(int64_t at, int64_t count)
{
    int64_t period = 2 * count;
    at %= period;
    at = at < 0 ? at + period : at;
    return at < count ? at : period - 1 - at;
}

static int64_t padded(int64_t count)
{
    return (count + 2 * PEL__HESSIAN_PAD - 1) / PEL__HESSIAN_PAD * PEL__HESSIAN_PAD;
}

static int64_t ring_of(const int64_t dims[3], int reach)
{
    return 2 * (int64_t)reach + 1 < dims[1] ? 2 * (int64_t)reach + 1 : dims[1];
}

int64_t pel__derive_bytes(const int64_t dims[3], const int reach[3])
{
    int64_t stride = padded(dims[0] + 2 * (int64_t)reach[0]);
    return ring_of(dims, reach[1]) * 3 * stride * 4 + 12 * stride * 8 +
           (2 * (int64_t)reach[2] + 1) * 8 + 3 * (2 * (int64_t)reach[1] + 1) * 8 + 1024;
}

static pel_status work_new(slice_work *w)
{
    const pel__derivatives *axis = w->derive->axis;
    w->stride = padded(w->levels->dims[0] + 2 * (int64_t)axis[0].reach);
    w->ring = ring_of(w->levels->dims, axis[1].reach);
    pel_status s = pel__alloc_zero(&w->rows, w->ring * 3 * w->stride, sizeof *w->rows, "rows");
    if (s == PEL_OK)
        s = pel__alloc_zero(&w->sums, 6 * w->stride, sizeof *w->sums, "rows");
    if (s == PEL_OK)
        s = pel__alloc_zero(&w->out, 6 * w->stride, sizeof *w->out, "rows");
    if (s == PEL_OK)
        s = pel__alloc(&w->level_tap, 2 * axis[2].reach + 1, sizeof *w->level_tap, "rows");
    for (int n = 0; n < 3 && s == PEL_OK; n++)
        s = pel__alloc(&w->row_tap[n], 2 * axis[1].reach + 1, sizeof *w->row_tap[n], "rows");
    return s;
}

static void work_free(slice_work *w)
{
    pel__free(w->rows);
    pel__free(w->sums);
    pel__free(w->out);
    pel__free(w->level_tap);
    for (int n = 0; n < 3; n++)
        pel__free(w->row_tap[n]);
}

static int32_t *ring_row(const slice_work *w, int64_t j, int order)
{
    return w->rows + (j % w->ring * 3 + order) * w->stride;
}

// orders 0, 1, 2 along k of row j
static void across_slices(slice_work *w, int64_t j)
{
    const int64_t *n = w->levels->dims;
    const pel__derivatives *k = &w->derive->axis[2];
    int32_t *out[3];
    for (int order = 0; order < 3; order++)
        out[order] = ring_row(w, j, order);
    for (int t = -k->reach; t <= k->reach; t++)
        w->level_tap[t + k->reach] =
            w->levels->level + (mirrored(w->k + t, n[2]) * n[1] + j) * n[0] + w->first_i;
    pel__kernels_get()->hessian.levels(out, w->level_tap + k->reach, k, w->wide);
}

// then along j; the row goes on as its mirror image where it is the volume that ends
static void across_rows(slice_work *w, int64_t j)
{
    const int64_t *n = w->levels->dims;
    const pel__derivatives *along = &w->derive->axis[1];
    int64_t reach = w->derive->axis[0].reach;
    const int32_t *const *tap[3];
    double *out[6];
    for (int t = -along->reach; t <= along->reach; t++)
        for (int order = 0; order < 3; order++)
            w->row_tap[order][t + along->reach] = ring_row(w, mirrored(j + t, n[1]), order);
    for (int order = 0; order < 3; order++)
        tap[order] = w->row_tap[order] + along->reach;
    for (int m = 0; m < 6; m++)
        out[m] = w->sums + m * w->stride + reach;
    pel__kernels_get()->hessian.rows(out, tap, along, w->wide);
    for (int64_t t = 1; t <= reach; t++)
        for (int m = 0; m < 6; m++) {
            if (w->first_i == 0)
                out[m][-t] = out[m][mirrored(-t, n[0])];
            if (w->first_i + w->wide == n[0])
                out[m][w->wide - 1 + t] = out[m][mirrored(n[0] - 1 + t, n[0]) - w->first_i];
        }
}

// and along i, voxels first to first + count - 1
static void along_columns(slice_work *w, double *const out[6], int64_t first, int64_t count)
{
    // sums come as orders (j,k) 00 10 20 01 11 02, and become ii jj kk ij ik jk
    static const struct {
        int from, order;
    } sum[] = { { 0, 2 }, { 2, 0 }, { 5, 0 }, { 1, 1 }, { 3, 1 }, { 4, 0 } };
    const pel__derivatives *along = &w->derive->axis[0];
    for (int m = 0; m < 6; m++)
        pel__kernels_get()->hessian.along(
            out[m], w->sums + sum[m].from * w->stride + along->reach + (first - w->first_i), along,
            sum[m].order, count);
}

// first and one past the last voxel of the region in a row; false when there is none
static bool span_of_row(const pel__levels *levels, int64_t j, int64_t k, int64_t span[2])
{
    const int64_t *n = levels->dims;
    span[0] = 0;
    span[1] = n[0];
    if (!levels->inside)
        return true;
    const uint8_t *inside = levels->inside + (k * n[1] + j) * n[0];
    while (span[0] < n[0] && !inside[span[0]])
        span[0]++;
    while (span[1] > span[0] && !inside[span[1] - 1])
        span[1]--;
    return span[0] < span[1];
}

// the box of the region in a slice: columns and rows, ends excluded
static bool box_of_slice(const pel__levels *levels, int64_t k, int64_t box[2][2])
{
    int64_t span[2];
    box[0][0] = levels->dims[0];
    box[1][0] = levels->dims[1];
    box[0][1] = box[1][1] = 0;
    for (int64_t j = 0; j < levels->dims[1]; j++)
        if (span_of_row(levels, j, k, span)) {
            box[0][0] = span[0] < box[0][0] ? span[0] : box[0][0];
            box[0][1] = span[1] > box[0][1] ? span[1] : box[0][1];
            box[1][0] = j < box[1][0] ? j : box[1][0];
            box[1][1] = j + 1;
        }
    return box[0][0] < box[0][1];
}

pel_status pel__derive_slice(const pel__derive *derive, const pel__levels *levels, int64_t k,
                             pel__derive_row *take, void *user)
{
    int64_t box[2][2], span[2], reach_i = derive->axis[0].reach, reach_j = derive->axis[1].reach;
    if (!box_of_slice(levels, k, box))
        return PEL_OK;
    const int64_t *n = levels->dims;
    slice_work w = { .derive = derive, .levels = levels, .k = k };
    int64_t last_i = box[0][1] + reach_i < n[0] ? box[0][1] + reach_i : n[0];
    w.first_i = box[0][0] > reach_i ? box[0][0] - reach_i : 0;
    w.wide = last_i - w.first_i;
    pel_status s = work_new(&w);
    // all rows stay where one reflection may not be enough
    w.next = w.ring == n[1] || box[1][0] < reach_j ? 0 : box[1][0] - reach_j;
    double *out[6];
    for (int m = 0; m < 6; m++)
        out[m] = w.out + m * w.stride;
    for (int64_t j = box[1][0]; s == PEL_OK && j < box[1][1]; j++) {
        int64_t end = w.ring == n[1] || j + reach_j + 1 > n[1] ? n[1] : j + reach_j + 1;
        for (; w.next < end; w.next++)
            across_slices(&w, w.next);
        if (!span_of_row(levels, j, k, span))
            continue;
        across_rows(&w, j);
        along_columns(&w, out, span[0], span[1] - span[0]);
        take(user, out, span[0], span[1] - span[0], k * n[1] + j);
    }
    work_free(&w);
    return s;
}
