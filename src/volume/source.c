/* SPDX-License-Identifier: Apache-2.0 */
/* source.c: a volume as a promise: read all of it, serve one from memory. */
#include <string.h>

#include "base/job.h"
#include "base/memory.h"
#include "base/status.h"
#include "volume/volume.h"

enum { FIRST_ROOM = 16 << 20, WINDOW = 4 << 20, MOST_WINDOW = 64 << 20 };

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

int64_t pel__source_slices_at_once(const pel_source *source)
{
    int64_t bytes = pel_source_slice_bytes(source), count = bytes > 0 ? (4 << 20) / bytes : 1;
    return count < 1 ? 1 : count;
}

int64_t pel__source_window(const pel_volume *shape)
{
    int64_t bytes = shape->dims[0] * shape->dims[1] * pel__volume_channels(shape) *
                    pel_dtype_bytes(shape->dtype);
    int64_t all = shape->dims[2] * pel__volume_frames(shape);
    int64_t few = bytes > 0 ? WINDOW / bytes : 1, many = bytes > 0 ? MOST_WINDOW / bytes : 1;
    int64_t count = pel__threads() < many ? pel__threads() : many;
    count = few > count ? few : count;
    return count < 1 ? 1 : count < all ? count : all;
}

// make room for the first `needed` bytes: what is not proven to come gets room as it comes
static pel_status make_room(pel_volume *out, int64_t *room, int64_t needed, bool unproven)
{
    int64_t total = pel_volume_bytes(out), most = unproven ? 2 * *room : total;
    if (needed <= *room)
        return PEL_OK;
    most = most < FIRST_ROOM && unproven ? FIRST_ROOM : most;
    most = most < needed ? needed : most;
    *room = most < total ? most : total;
    return pel__realloc(&out->data, *room, 1, "the volume");
}

pel_status pel_source_read(pel_volume *out, pel_source *source)
{
    *out = (pel_volume){ 0 };
    pel_status s = pel__volume_check_shape(&source->shape, "volume");
    if (s == PEL_OK)
        s = pel_volume_copy_shape(out, &source->shape);
    int64_t room = 0, slices = pel_source_slices(source);
    int64_t step = source->slab ? source->slab : pel__source_window(&source->shape);
    int64_t bytes = pel_source_slice_bytes(source);
    for (int64_t first = 0; s == PEL_OK && first < slices; first += step) {
        int64_t count = first + step < slices ? step : slices - first;
        s = make_room(out, &room, (first + count) * bytes, source->unproven);
        if (s == PEL_OK)
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
