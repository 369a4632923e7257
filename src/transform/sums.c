/* SPDX-License-Identifier: Apache-2.0 */
/* sums.c: weighted sums of voxels, one new slice after the other, over a few old ones at a time. */
#include <math.h>
#include <string.h>

#include "base/job.h"
#include "base/memory.h"
#include "kernels/widen.h"
#include "transform/filter.h"
#include "volume/volume.h"

/* what is left of the weights where the others met NaN, below which a voxel is unknown */
static const double least_weight = 1e-3;

typedef struct sums {
    pel_source inner;
    pel__filter filter[3]; // owned
    int64_t dims[3];       // of the new grid
    double slope, inter;
    int64_t channels;
    uint8_t *window;        // owned; old slices first to first + held - 1
    int64_t first, held;    // of all frames
    int64_t room, keep;     // slices it has room for; those that the next new slice may want again
    double *value, *weight; // owned; of one new slice
} sums;

static void sums_free(sums *f)
{
    for (int a = 0; a < 3; a++)
        pel__filter_free(&f->filter[a]);
    pel__free(f->window);
    pel__free(f->value);
    pel__free(f->weight);
}

static int64_t numbers_in_slice(const sums *f)
{
    return f->dims[0] * f->dims[1] * f->channels;
}

// neighbours share one old slice when the axis shrinks, all but one of their taps when it grows
static int64_t slices_shared(const pel__filter *f)
{
    int64_t most = 0;
    for (int64_t n = 1; n < f->count; n++) {
        int64_t shared = f->first[n - 1] + f->taps - f->first[n];
        most = shared > most ? shared : most;
    }
    return most;
}

static pel_status sums_open(sums *f)
{
    const pel_volume *in = &f->inner.shape;
    f->channels = pel__volume_channels(in);
    pel__volume_scale(in, &f->slope, &f->inter);
    for (int a = 0; a < 3; a++)
        f->dims[a] = f->filter[a].count;
    f->keep = slices_shared(&f->filter[2]);
    f->room = f->keep + pel__source_window(in);
    pel_status s = pel__alloc(&f->window, f->room, pel_source_slice_bytes(&f->inner), "slices");
    if (s == PEL_OK)
        s = pel__alloc(&f->value, numbers_in_slice(f), sizeof *f->value, "a slice of sums");
    if (s == PEL_OK)
        s = pel__alloc(&f->weight, numbers_in_slice(f), sizeof *f->weight, "a slice of sums");
    return s;
}

// what sums_open() holds, with what its workers do
static int64_t sums_bytes(const sums *f)
{
    int64_t rows = f->inner.shape.dims[0] * f->channels * (int64_t)sizeof(double);
    int64_t weights = 0;
    for (int a = 0; a < 3; a++)
        weights += f->filter[a].count * (f->filter[a].taps + 1) * (int64_t)sizeof(double);
    return f->room * pel_source_slice_bytes(&f->inner) +
           2 * numbers_in_slice(f) * (int64_t)sizeof(double) + pel__threads() * rows + weights;
}

/* ---- old slices ---- */

// have old slice `wanted`, and read ahead to before `end`
static pel_status fetch(sums *f, int64_t wanted, int64_t end)
{
    int64_t bytes = pel_source_slice_bytes(&f->inner), kept = 0;
    if (wanted >= f->first && wanted < f->first + f->held)
        return PEL_OK;
    if (wanted == f->first + f->held) {
        kept = f->held < f->keep ? f->held : f->keep;
        memmove(f->window, f->window + (f->held - kept) * bytes, (size_t)(kept * bytes));
    }
    f->first = wanted - kept;
    f->held = kept;
    int64_t count = f->room - kept < end - wanted ? f->room - kept : end - wanted;
    pel_status s = f->inner.read_slab(&f->inner, f->window + kept * bytes, wanted, count);
    f->held = s == PEL_OK ? kept + count : 0;
    return s;
}

/* ---- sums ---- */

/* old slices from to end - 1, in the window, on their way into new slice k of `frame` */
typedef struct part {
    sums *f;
    int64_t k, base; // base: the old slice of the first tap
    int64_t from, end;
    bool starts, ends; // the new slice
    float *out;
} part;

typedef struct sum {
    double value, weight;
} sum;

// `taps` old voxels of a row; a weight of zero may stand for one beyond the end
static sum sum_row(const double *row, int64_t channels, const double *weight, int64_t taps)
{
    sum s = { 0 };
    for (int64_t i = 0; i < taps; i++) {
        if (weight[i] == 0)
            continue;
        double v = row[i * channels];
        if (!isnan(v)) {
            s.value += weight[i] * v;
            s.weight += weight[i];
        }
    }
    return s;
}

static void add_row(const sums *f, const double *row, double weight, double *value, double *weights)
{
    const pel__filter *x = &f->filter[0];
    for (int64_t i = 0; i < f->dims[0]; i++)
        for (int64_t c = 0; c < f->channels; c++) {
            sum s = sum_row(row + x->first[i] * f->channels + c, f->channels,
                            x->weight + i * x->taps, x->taps);
            *value++ += weight * s.value;
            *weights++ += weight * s.weight;
        }
}

static void finish_row(const part *p, int64_t j)
{
    const sums *f = p->f;
    int64_t count = f->dims[0] * f->channels;
    const double *value = f->value + j * count, *weight = f->weight + j * count;
    for (int64_t i = 0; i < count; i++)
        p->out[j * count + i] =
            weight[i] > least_weight ? (float)(f->slope * (value[i] / weight[i]) + f->inter) : NAN;
}

static pel_status sum_row_of_slice(void *user, int64_t j)
{
    const part *p = user;
    sums *f = p->f;
    const pel__filter *y = &f->filter[1], *z = &f->filter[2];
    const pel_volume *in = &f->inner.shape;
    int64_t count = in->dims[0] * f->channels, bytes = count * pel_dtype_bytes(in->dtype);
    int64_t new_count = f->dims[0] * f->channels;
    double *row, *value = f->value + j * new_count, *weights = f->weight + j * new_count;
    pel_status s = pel__alloc(&row, count, sizeof *row, "a row");
    if (s != PEL_OK)
        return s;
    if (p->starts) {
        memset(value, 0, (size_t)new_count * sizeof *value);
        memset(weights, 0, (size_t)new_count * sizeof *weights);
    }
    for (int64_t slice = p->from; slice < p->end; slice++)
        for (int64_t t = 0; t < y->taps; t++) {
            double weight =
                z->weight[p->k * z->taps + slice - p->base] * y->weight[j * y->taps + t];
            if (weight == 0)
                continue;
            int64_t at = (slice - f->first) * in->dims[1] + y->first[j] + t;
            pel__widen_all[in->dtype](row, f->window + at * bytes, count);
            add_row(f, row, weight, value, weights);
        }
    if (p->ends)
        finish_row(p, j);
    pel__free(row);
    return PEL_OK;
}

// new slice `n` of all frames; old ones may be fetched to before `end`
static pel_status sum_slice(sums *f, float *out, int64_t n, int64_t end)
{
    const pel__filter *z = &f->filter[2];
    int64_t k = n % f->dims[2], first = 0, last = z->taps;
    const double *weight = z->weight + k * z->taps;
    while (first < last - 1 && weight[first] == 0)
        first++;
    while (last > first + 1 && weight[last - 1] == 0)
        last--;
    part p = { .f = f, .k = k, .starts = true, .out = out };
    p.base = n / f->dims[2] * f->inner.shape.dims[2] + z->first[k];
    pel_status s = PEL_OK;
    for (int64_t slice = p.base + first; slice < p.base + last && s == PEL_OK; slice = p.end) {
        s = fetch(f, slice, end);
        p.from = slice;
        p.end = f->first + f->held < p.base + last ? f->first + f->held : p.base + last;
        p.ends = p.end == p.base + last;
        if (s == PEL_OK)
            s = pel__parallel(f->dims[1], sum_row_of_slice, &p, NULL);
        p.starts = false;
    }
    return s;
}

// past the last old slice that new slice `n` sums
static int64_t end_of(const sums *f, int64_t n)
{
    const pel__filter *z = &f->filter[2];
    int64_t k = n % f->dims[2], last = z->taps, old = f->inner.shape.dims[2];
    while (last > 1 && z->weight[k * z->taps + last - 1] == 0)
        last--;
    return n / f->dims[2] * old + z->first[k] + last;
}

static pel_status sum_slices(sums *f, float *out, int64_t first, int64_t count)
{
    pel_status s = PEL_OK;
    for (int64_t n = 0; n < count && s == PEL_OK; n++)
        s = sum_slice(f, out + n * numbers_in_slice(f), first + n, end_of(f, first + count - 1));
    return s;
}

pel_status pel__filter_apply(pel_volume *out, const pel_volume *in, const pel__filter filters[3])
{
    sums f = { .filter = { filters[0], filters[1], filters[2] } };
    pel_status s = pel_source_of_volume(&f.inner, in);
    if (s == PEL_OK)
        s = sums_open(&f);
    int64_t slices = out->dims[2] * pel__volume_frames(out);
    for (int64_t n = 0; n < slices && s == PEL_OK; n++) {
        s = sum_slice(&f, (float *)out->data + n * numbers_in_slice(&f), n, end_of(&f, n));
        if (s == PEL_OK)
            s = pel__progress("resampling", (double)(n + 1) / (double)slices);
    }
    pel_source_close(&f.inner);
    memset(f.filter, 0, sizeof f.filter); // the caller's
    sums_free(&f);
    return s;
}

/* ---- as a source ---- */

static pel_status read_sums(pel_source *source, void *out, int64_t first, int64_t count)
{
    return sum_slices(source->state, out, first, count);
}

static pel_status finish_sums(pel_source *source)
{
    sums *f = source->state;
    pel_status s = f->inner.finish ? f->inner.finish(&f->inner) : PEL_OK;
    memcpy(source->shape.fields.hash, f->inner.shape.fields.hash, sizeof source->shape.fields.hash);
    source->shape.fields.bytes = f->inner.shape.fields.bytes;
    return s;
}

static void close_sums(pel_source *source)
{
    sums *f = source->state;
    pel_source_close(&f->inner);
    sums_free(f);
    pel__free(f);
}

pel_status pel__filter_source(pel_source *source, pel_volume *shape, pel__filter filters[3])
{
    sums *f, plain = { .filter = { filters[0], filters[1], filters[2] }, .inner = *source };
    memset(filters, 0, 3 * sizeof *filters);
    pel_status s = pel__alloc_zero(&f, 1, sizeof *f, "a source");
    if (s == PEL_OK)
        s = sums_open(&plain);
    if (s != PEL_OK) {
        sums_free(&plain);
        pel__free(f);
        pel_volume_free(shape);
        return s;
    }
    *f = plain;
    *source = (pel_source){ .shape = *shape,
                            .read_slab = read_sums,
                            .finish = finish_sums,
                            .close = close_sums,
                            .state = f,
                            .seekable = f->inner.seekable,
                            .unproven = f->inner.unproven,
                            .buffer_bytes = f->inner.buffer_bytes + sums_bytes(f) };
    *shape = (pel_volume){ 0 };
    return PEL_OK;
}
