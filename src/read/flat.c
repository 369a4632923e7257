/* SPDX-License-Identifier: Apache-2.0 */
/* flat.c: single pictures as volumes of one slice: what PNG and JPEG share. */
#include "read/flat.h"

#include <stdio.h>

#include "base/job.h"
#include "base/memory.h"
#include "base/status.h"
#include "volume/volume.h"

enum { FIRST_ROOM = 1 << 16 };

typedef struct flat {
    pel__opening from;
    pel__flat_decode decode;
} flat;

pel_status pel__bytes_all(pel__bytes *bytes, uint8_t **out, int64_t *size, const char *what)
{
    int64_t room = bytes->size > 0 ? bytes->size + 1 : FIRST_ROOM, got = 1;
    *out = NULL;
    *size = 0;
    pel_status s = pel__bytes_seek(bytes, 0);
    if (s == PEL_OK)
        s = pel__alloc(out, room, 1, what);
    while (s == PEL_OK && got) {
        if (*size == room) {
            room *= 2;
            s = pel__realloc(out, room, 1, what);
        }
        if (s == PEL_OK)
            s = pel__bytes_read(bytes, *out + *size, room - *size, &got);
        *size += s == PEL_OK ? got : 0;
        if (s == PEL_OK)
            s = pel__cancelled();
    }
    if (s != PEL_OK) {
        pel__free(*out);
        *out = NULL;
    }
    return s;
}

static pel_status read_slab(pel_source *source, void *out, int64_t first, int64_t count)
{
    (void)first;
    (void)count;
    flat *f = source->state;
    uint8_t *bytes;
    int64_t size;
    pel_status s = pel__bytes_all(f->from.bytes, &bytes, &size, "a picture file");
    if (s == PEL_OK)
        s = f->decode(&source->shape, bytes, size, f->from.bytes->name, out);
    pel__free(bytes);
    return s;
}

static pel_status finish(pel_source *source)
{
    flat *f = source->state;
    return pel__opening_finish(&f->from, &source->shape.fields);
}

static void close_flat(pel_source *source)
{
    flat *f = source->state;
    pel__opening_free(&f->from);
    pel__free(f);
}

pel_status pel__flat_open(pel_source *out, pel__opening *opening, pel__flat_decode decode,
                          int64_t ratio)
{
    const pel__bytes *b = opening->bytes;
    int64_t most;
    pel_status s = pel__volume_check_shape(&out->shape, b->name);
    if (s != PEL_OK)
        return s;
    int64_t bytes = pel_volume_bytes(&out->shape), there = b->size >= 0 ? b->size : b->most;
    if (pel__multiply(&most, there, ratio) && bytes > most)
        return pel__fail(PEL_EFORMAT,
                         "%s: its header promises %lld bytes of pixels, more than so small a file "
                         "can hold; it is cut short or its header is damaged",
                         b->name, (long long)bytes);
    flat *f;
    s = pel__alloc_zero(&f, 1, sizeof *f, "a reader");
    if (s != PEL_OK)
        return s;
    f->decode = decode;
    out->unproven = true;
    out->seekable = b->jumps;
    // its bytes, and what the decoder holds
    out->buffer_bytes = (b->size >= 0 ? b->size : bytes) + bytes / 4 + (1 << 20);
    out->read_slab = read_slab;
    out->finish = finish;
    out->close = close_flat;
    out->state = f;
    f->from = *opening;
    *opening = (pel__opening){ 0 };
    return PEL_OK;
}

void pel__flat_shape(pel_volume *shape, int64_t width, int64_t height, int channels,
                     pel_dtype dtype, const char *format)
{
    *shape = (pel_volume){ .dims = { width, height, 1 },
                           .frames = 1,
                           .channels = channels,
                           .meaning = channels == 3   ? PEL_RGB
                                      : channels == 4 ? PEL_RGBA
                                                      : PEL_SCALAR,
                           .dtype = dtype,
                           .slope = 1,
                           .mm_from_ijk = pel_affine_identity() };
    shape->fields.axes = 2;
    snprintf(shape->fields.format, sizeof shape->fields.format, "%s", format);
}
