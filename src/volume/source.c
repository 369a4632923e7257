/* SPDX-License-Identifier: Apache-2.0 */
/* source.c: a volume as a promise: read all of it, serve one from memory, measure it in passing. */
#include <math.h>
#include <string.h>

#include "base/job.h"
#include "base/memory.h"
#include "base/status.h"
#include "volume/volume.h"

int64_t pel_source_slices(const pel_source *source)
{
    return source->shape.dims[2] * pel__volume_frames(&source->shape);
}

int64_t pel_source_slice_bytes(const pel_source *source)
{
    const pel_volume *shape = &source->shape;
    return shape->dims[0] * shape->dims[1] * pel__volume_channels(shape) *
           pel_dtype_bytes(shape->dtype);
}

// slices to ask for at once: about 4 MB, never none
static int64_t slices_at_once(const pel_source *source)
{
    int64_t bytes = pel_source_slice_bytes(source), count = bytes > 0 ? (4 << 20) / bytes : 1;
    return count < 1 ? 1 : count;
}

pel_status pel_source_read(pel_volume *out, pel_source *source)
{
    *out = (pel_volume){ 0 };
    pel_status s = pel__volume_check_shape(&source->shape, "volume");
    if (s == PEL_OK)
        s = pel_volume_copy_shape(out, &source->shape);
    if (s == PEL_OK)
        s = pel__alloc(&out->data, pel_volume_bytes(out), 1, "the volume");
    int64_t slices = pel_source_slices(source), step = slices_at_once(source);
    int64_t bytes = pel_source_slice_bytes(source);
    for (int64_t first = 0; s == PEL_OK && first < slices; first += step) {
        int64_t count = first + step < slices ? step : slices - first;
        s = source->read_slab(source, (char *)out->data + first * bytes, first, count);
        if (s == PEL_OK)
            s = pel__progress("reading", (double)(first + count) / (double)slices);
    }
    if (s == PEL_OK && source->finish)
        s = source->finish(source);
    if (s == PEL_OK) {
        memcpy(out->fields.hash, source->shape.fields.hash, sizeof out->fields.hash);
        out->fields.bytes = source->shape.fields.bytes;
    } else
        pel_volume_free(out);
    return s;
}

static pel_status read_memory(pel_source *source, void *out, int64_t first, int64_t count)
{
    int64_t bytes = pel_source_slice_bytes(source);
    const pel_volume *volume = source->state;
    memcpy(out, (const char *)volume->data + first * bytes, (size_t)(count * bytes));
    return PEL_OK;
}

pel_status pel_source_of_volume(pel_source *out, const pel_volume *volume)
{
    *out = (pel_source){ .read_slab = read_memory,
                         .state = (void *)(uintptr_t)volume,
                         .seekable = true };
    return pel_volume_copy_shape(&out->shape, volume);
}

static void close_taken(pel_source *source)
{
    pel_volume_free(source->state);
    pel__free(source->state);
}

pel_status pel_source_take(pel_source *out, pel_volume *volume)
{
    *out = (pel_source){ 0 };
    pel_volume *own;
    pel_status s = pel__alloc_zero(&own, 1, sizeof *own, "a volume");
    if (s != PEL_OK)
        return s;
    s = pel_source_of_volume(out, volume);
    if (s != PEL_OK) {
        pel__free(own);
        *out = (pel_source){ 0 };
        return s;
    }
    *own = *volume;
    *volume = (pel_volume){ 0 };
    out->state = own;
    out->close = close_taken;
    out->buffer_bytes = pel_volume_bytes(own);
    return PEL_OK;
}

void pel_source_close(pel_source *source)
{
    if (source->close)
        source->close(source);
    pel__fields_free(&source->shape.fields);
    *source = (pel_source){ 0 };
}

typedef struct running {
    pel_stats stats;
    double sum, lost; // Neumaier's compensated sum
} running;

static void add_value(running *r, double v)
{
    if (isnan(v)) {
        r->stats.nan_count++;
        return;
    }
    r->stats.min = v < r->stats.min ? v : r->stats.min;
    r->stats.max = v > r->stats.max ? v : r->stats.max;
    double t = r->sum + v;
    r->lost += fabs(r->sum) >= fabs(v) ? (r->sum - t) + v : (v - t) + r->sum;
    r->sum = t;
}

pel_status pel_source_stats(pel_stats *out, pel_source *source)
{
    running r = { .stats = { INFINITY, -INFINITY, NAN, 0, 0 } };
    const pel_volume *shape = &source->shape;
    double slope, inter;
    pel__volume_scale(shape, &slope, &inter);
    int64_t bytes = pel_source_slice_bytes(source), slices = pel_source_slices(source),
            step = slices_at_once(source);
    step = step < slices ? step : slices;
    void *slab;
    pel_status s = pel__alloc(&slab, step, bytes, "a few slices");
    for (int64_t first = 0; s == PEL_OK && first < slices; first += step) {
        int64_t count = first + step < slices ? step : slices - first;
        s = source->read_slab(source, slab, first, count);
        int64_t numbers = s == PEL_OK ? count * bytes / pel_dtype_bytes(shape->dtype) : 0;
        for (int64_t n = 0; n < numbers; n++)
            add_value(&r, slope * pel__stored_get(slab, shape->dtype, n) + inter);
        r.stats.count += numbers;
        if (s == PEL_OK)
            s = pel__progress("reading", (double)(first + count) / (double)slices);
    }
    pel__free(slab);
    int64_t seen = r.stats.count - r.stats.nan_count;
    r.stats.mean = seen ? (r.sum + r.lost) / (double)seen : NAN;
    if (!seen)
        r.stats.min = r.stats.max = NAN;
    *out = r.stats;
    return s;
}
