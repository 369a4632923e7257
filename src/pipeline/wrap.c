/* SPDX-License-Identifier: Apache-2.0 */
/* wrap.c: sources over a source: one frame, one channel, picked voxels, slice by slice. */
#include "pipeline/wrap.h"

#include <math.h>
#include <string.h>

#include "base/memory.h"
#include "base/status.h"
#include "volume/volume.h"

/* what a wrapping source keeps */
typedef struct wrap {
    pel_source inner;
    int64_t first;      // inner slice that is slice 0 here
    int64_t channel;    // the one taken
    pel__pick picks[3]; // voxels taken
    void *slices;       // some inner slices
    int64_t room;       // how many
} wrap;

// what the inner source learnt of the file is known here too
static pel_status finish_wrap(pel_source *source)
{
    wrap *w = source->state;
    pel_status s = w->inner.finish ? w->inner.finish(&w->inner) : PEL_OK;
    memcpy(source->shape.fields.hash, w->inner.shape.fields.hash, sizeof source->shape.fields.hash);
    source->shape.fields.bytes = w->inner.shape.fields.bytes;
    return s;
}

static void close_wrap(pel_source *source)
{
    wrap *w = source->state;
    pel_source_close(&w->inner);
    pel__free(w->slices);
    pel__free(w);
}

// inner slices from `at` on, `left` of them or as many as there is room for
static pel_status fetch(wrap *w, int64_t at, int64_t left, int64_t *got)
{
    *got = left < w->room ? left : w->room;
    return w->inner.read_slab(&w->inner, w->slices, at, *got);
}

// `shape` (taken) is what the wrapping source will give; `room` for inner slices, or 0
static pel_status wrap_source(pel_source *source, pel_volume *shape, const wrap *like, int64_t room,
                              pel_status (*read)(pel_source *, void *, int64_t, int64_t))
{
    wrap *w;
    pel_status s = pel__alloc_zero(&w, 1, sizeof *w, "a source");
    if (s == PEL_OK) {
        *w = *like;
        w->room = room;
        if (room)
            s = pel__alloc(&w->slices, room, pel_source_slice_bytes(source), "slices");
        if (s != PEL_OK)
            pel__free(w);
    }
    if (s != PEL_OK) {
        pel_volume_free(shape);
        return s;
    }
    w->inner = *source;
    *source = (pel_source){
        .shape = *shape,
        .read_slab = read,
        .finish = finish_wrap,
        .close = close_wrap,
        .state = w,
        .seekable = w->inner.seekable,
        .unproven = w->inner.unproven,
        .buffer_bytes = w->inner.buffer_bytes + room * pel_source_slice_bytes(&w->inner),
    };
    *shape = (pel_volume){ 0 };
    return PEL_OK;
}

/* ---- one frame ---- */

static pel_status read_frame(pel_source *source, void *out, int64_t first, int64_t count)
{
    wrap *w = source->state;
    return w->inner.read_slab(&w->inner, out, w->first + first, count);
}

pel_status pel__wrap_frame(pel_source *source, int64_t frame)
{
    int64_t frames = pel__volume_frames(&source->shape);
    if (frame < 0 || frame >= frames)
        return pel__fail(PEL_EDATA, "--frame is %lld; there are %lld frames, counted from 0",
                         (long long)frame, (long long)frames);
    pel_volume shape;
    pel_status s = pel_volume_copy_shape(&shape, &source->shape);
    if (s != PEL_OK)
        return s;
    shape.frames = 1;
    memset(shape.fields.extra_dims, 0, sizeof shape.fields.extra_dims);
    shape.fields.axes = shape.fields.axes > 3 ? 3 : shape.fields.axes;
    wrap w = { .first = frame * shape.dims[2] };
    return wrap_source(source, &shape, &w, 0, read_frame);
}

/* ---- one channel ---- */

static pel_status read_channel(pel_source *source, void *out, int64_t first, int64_t count)
{
    wrap *w = source->state;
    int64_t size = pel_dtype_bytes(source->shape.dtype), bytes = pel_source_slice_bytes(source);
    int64_t voxel = size * pel__volume_channels(&w->inner.shape);
    const char *from = (const char *)w->slices + w->channel * size;
    for (int64_t slice = 0, got; slice < count; slice += got) {
        pel_status s = fetch(w, first + slice, count - slice, &got);
        if (s != PEL_OK)
            return s;
        char *to = (char *)out + slice * bytes;
        for (int64_t n = 0; n < got * bytes / size; n++)
            memcpy(to + n * size, from + n * voxel, (size_t)size);
    }
    return PEL_OK;
}

pel_status pel__wrap_channel(pel_source *source, int64_t channel)
{
    int64_t channels = pel__volume_channels(&source->shape);
    if (channel < 0 || channel >= channels)
        return pel__fail(PEL_EDATA, "--channel is %lld; there are %lld channels, counted from 0",
                         (long long)channel, (long long)channels);
    pel_volume shape;
    pel_status s = pel_volume_copy_shape(&shape, &source->shape);
    if (s != PEL_OK)
        return s;
    shape.channels = 1;
    shape.meaning = PEL_SCALAR;
    wrap w = { .channel = channel };
    return wrap_source(source, &shape, &w, pel__source_window(&source->shape), read_channel);
}

/* ---- colour and complex numbers as one number ---- */

static float scalar_of(const pel_volume *shape, const void *slice, int64_t voxel)
{
    double c[4] = { 0 }, slope, inter;
    int64_t channels = pel__volume_channels(shape);
    pel__volume_scale(shape, &slope, &inter);
    for (int64_t n = 0; n < channels && n < 4; n++)
        c[n] = slope * pel__stored_get(slice, shape->dtype, voxel * channels + n) + inter;
    if (shape->meaning == PEL_COMPLEX)
        return (float)sqrt(c[0] * c[0] + c[1] * c[1]);
    return (float)(0.2126 * c[0] + 0.7152 * c[1] + 0.0722 * c[2]);
}

static pel_status read_scalar(pel_source *source, void *out, int64_t first, int64_t count)
{
    wrap *w = source->state;
    int64_t voxels = source->shape.dims[0] * source->shape.dims[1];
    float *to = out;
    for (int64_t slice = 0, got; slice < count; slice += got) {
        pel_status s = fetch(w, first + slice, count - slice, &got);
        if (s != PEL_OK)
            return s;
        for (int64_t n = 0; n < got * voxels; n++)
            *to++ = scalar_of(&w->inner.shape, w->slices, n);
    }
    return PEL_OK;
}

pel_status pel__wrap_scalar(pel_source *source)
{
    pel_volume shape;
    pel_status s = pel_volume_copy_shape(&shape, &source->shape);
    if (s != PEL_OK)
        return s;
    shape.channels = 1;
    shape.meaning = PEL_SCALAR;
    shape.dtype = PEL_FLOAT32;
    shape.slope = 1;
    shape.inter = 0;
    wrap w = { 0 };
    return wrap_source(source, &shape, &w, pel__source_window(&source->shape), read_scalar);
}

/* ---- picked voxels ---- */

static pel_status read_picks(pel_source *source, void *out, int64_t first, int64_t count)
{
    wrap *w = source->state;
    int64_t bytes = pel_source_slice_bytes(source), slices = source->shape.dims[2];
    int64_t inner_bytes = pel_source_slice_bytes(&w->inner);
    for (int64_t slice = 0, got; slice < count; slice += got) {
        int64_t frame = (first + slice) / slices, k = (first + slice) % slices;
        int64_t at = frame * w->inner.shape.dims[2] + w->picks[2].start + k * w->picks[2].step;
        int64_t run = slices - k < count - slice ? slices - k : count - slice;
        pel_status s = fetch(w, at, w->picks[2].step == 1 ? run : 1, &got);
        if (s != PEL_OK)
            return s;
        for (int64_t n = 0; n < got; n++)
            pel__pick_slice((char *)out + (slice + n) * bytes,
                            (const char *)w->slices + n * inner_bytes, &w->inner.shape, w->picks);
    }
    return PEL_OK;
}

pel_status pel__wrap_picks(pel_source *source, const pel__pick picks[3])
{
    pel_volume shape;
    pel_status s = pel__pick_shape(&shape, &source->shape, picks);
    if (s != PEL_OK)
        return s;
    wrap w = { 0 };
    memcpy(w.picks, picks, sizeof w.picks);
    int64_t room = picks[2].step == 1 ? pel__source_window(&source->shape) : 1;
    return wrap_source(source, &shape, &w, room, read_picks);
}
