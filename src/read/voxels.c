/* SPDX-License-Identifier: Apache-2.0 */
/* voxels.c: a source over bytes that hold voxels: byte order, odd types, other orders of axes. */
#include <string.h>

#include "base/job.h"
#include "base/memory.h"
#include "base/status.h"
#include "read/formats.h"
#include "volume/volume.h"

enum { CHUNK = 256 << 10, BLOCK = 32 << 20, CACHE_LINE = 64 };

typedef struct voxels {
    pel__opening from;
    pel__layout layout;
    int item;      // bytes of a number in the file
    int64_t bytes; // of all voxels in the file
    int axes;      // of another order; 0: the order of pel_volume
    int64_t size[9], stride[9];
    char *all; // every voxel, of another order, once one was asked for
} voxels;

int pel__layout_item(const pel__layout *layout, pel_dtype dtype)
{
    return layout->convert == PEL__HALF   ? 2
           : layout->convert == PEL__QUAD ? 16
                                          : (int)pel_dtype_bytes(dtype);
}

static uint16_t load_16(const uint8_t *p, bool big)
{
    return (uint16_t)(big ? p[0] << 8 | p[1] : p[1] << 8 | p[0]);
}

static uint64_t load_64(const uint8_t *p, bool big)
{
    uint64_t v;
    memcpy(&v, p, 8);
    return big == (__BYTE_ORDER__ == __ORDER_BIG_ENDIAN__) ? v : __builtin_bswap64(v);
}

// every float16 is a float32
static float half_value(uint16_t h)
{
    uint32_t sign = (uint32_t)(h & 0x8000) << 16, exponent = h >> 10 & 31, part = h & 1023, bits;
    if (exponent == 31)
        bits = sign | 0x7f800000 | part << 13;
    else if (exponent)
        bits = sign | (exponent + 112) << 23 | part << 13;
    else {
        float tiny = (float)part * 0x1p-24f;
        memcpy(&bits, &tiny, 4);
        bits |= sign;
    }
    float out;
    memcpy(&out, &bits, 4);
    return out;
}

// IEEE binary128 to binary64, to nearest, ties to even
static double quad_value(uint64_t high, uint64_t low)
{
    int exponent = (int)(high >> 48 & 0x7fff) - 16383;
    uint64_t sign = high & 0x8000000000000000u, part = high & 0xffffffffffffu, bits;
    if (exponent == 16384)
        bits = sign | 0x7ff0000000000000u | (part || low ? 0x8000000000000u : 0);
    else if (exponent > 1023)
        bits = sign | 0x7ff0000000000000u;
    else if (exponent < -1075)
        bits = sign;
    else {
        // the 113 bits of the significand, cut to what a double of this exponent keeps
        unsigned __int128 m = (unsigned __int128)(part | 0x1000000000000u) << 64 | low;
        int drop = exponent >= -1022 ? 60 : 60 + (-1022 - exponent);
        unsigned __int128 rest = m & (((unsigned __int128)1 << drop) - 1),
                          half = (unsigned __int128)1 << (drop - 1);
        uint64_t kept = (uint64_t)(m >> drop);
        kept += rest > half || (rest == half && (kept & 1));
        bits = sign + kept + (exponent >= -1022 ? (uint64_t)(exponent + 1022) << 52 : 0);
    }
    double out;
    memcpy(&out, &bits, 8);
    return out;
}

static void swap_16(uint16_t *x, int64_t count)
{
    for (int64_t i = 0; i < count; i++)
        x[i] = __builtin_bswap16(x[i]);
}

static void swap_32(uint32_t *x, int64_t count)
{
    for (int64_t i = 0; i < count; i++)
        x[i] = __builtin_bswap32(x[i]);
}

static void swap_64(uint64_t *x, int64_t count)
{
    for (int64_t i = 0; i < count; i++)
        x[i] = __builtin_bswap64(x[i]);
}

void pel__layout_convert(const pel__layout *layout, pel_dtype dtype, void *out, const void *in,
                         int64_t count)
{
    const uint8_t *bytes = in;
    bool big = layout->big_endian;
    if (layout->convert == PEL__HALF) {
        for (int64_t i = 0; i < count; i++)
            ((float *)out)[i] = half_value(load_16(bytes + 2 * i, big));
        return;
    }
    if (layout->convert == PEL__QUAD) {
        for (int64_t i = 0; i < count; i++)
            ((double *)out)[i] = quad_value(load_64(bytes + 16 * i + (big ? 0 : 8), big),
                                            load_64(bytes + 16 * i + (big ? 8 : 0), big));
        return;
    }
    int64_t item = pel_dtype_bytes(dtype);
    if (big == (__BYTE_ORDER__ == __ORDER_BIG_ENDIAN__))
        return;
    if (item == 2)
        swap_16(out, count);
    else if (item == 4)
        swap_32(out, count);
    else if (item == 8)
        swap_64(out, count);
}

// read `count` numbers that follow and convert them
static pel_status read_numbers(voxels *v, pel_dtype dtype, void *out, int64_t count)
{
    pel__bytes *b = v->from.bytes;
    if (v->layout.convert == PEL__AS_IS) {
        pel_status s = pel__bytes_need(b, out, count * v->item, "the voxels");
        if (s == PEL_OK)
            pel__layout_convert(&v->layout, dtype, out, out, count);
        return s;
    }
    void *chunk;
    int64_t at_once = CHUNK / v->item;
    pel_status s = pel__alloc(&chunk, CHUNK, 1, "a buffer");
    for (int64_t done = 0; s == PEL_OK && done < count; done += at_once) {
        int64_t n = count - done < at_once ? count - done : at_once;
        s = pel__bytes_need(b, chunk, n * v->item, "the voxels");
        if (s == PEL_OK)
            pel__layout_convert(&v->layout, dtype, (char *)out + done * pel_dtype_bytes(dtype),
                                chunk, n);
    }
    pel__free(chunk);
    return s;
}

static pel_status read_slab(pel_source *source, void *out, int64_t first, int64_t count)
{
    voxels *v = source->state;
    int64_t numbers = pel_source_slice_bytes(source) / pel_dtype_bytes(source->shape.dtype);
    pel_status s = pel__bytes_seek(v->from.bytes, v->layout.offset + first * numbers * v->item);
    if (s == PEL_OK)
        s = read_numbers(v, source->shape.dtype, out, count * numbers);
    if (s == PEL_OK && first + count == pel_source_slices(source))
        s = pel__bytes_end(v->from.bytes);
    return s;
}

static pel_status finish(pel_source *source)
{
    voxels *v = source->state;
    return pel__opening_finish(&v->from, &source->shape.fields);
}

static void close_voxels(pel_source *source)
{
    voxels *v = source->state;
    pel__opening_free(&v->from);
    pel__free(v->all);
    pel__free(v);
}

static pel_status check_promise(const pel_source *source, const pel__opening *from,
                                const pel__layout *layout, int64_t *bytes)
{
    const pel_volume *shape = &source->shape;
    const pel__bytes *b = from->bytes;
    pel_status s = pel__volume_check_shape(shape, b->name);
    if (s != PEL_OK)
        return s;
    int64_t numbers = pel_volume_bytes(shape) / pel_dtype_bytes(shape->dtype), end;
    if (!pel__multiply(bytes, numbers, pel__layout_item(layout, shape->dtype)) ||
        !pel__add(&end, *bytes, layout->offset))
        return pel__fail(PEL_EFORMAT, "%s: its size does not fit 63 bits", b->name);
    if (b->size >= 0 && end > b->size)
        return pel__fail(PEL_EFORMAT,
                         "%s: its header promises %lld bytes of voxels from byte %lld, but the "
                         "file ends at byte %lld; it is cut short or its header is damaged",
                         b->name, (long long)*bytes, (long long)layout->offset, (long long)b->size);
    if (end > b->most)
        return pel__fail(PEL_EFORMAT,
                         "%s: its header promises %lld bytes of voxels, more than so small a "
                         "compressed file can hold; its header is damaged",
                         b->name, (long long)*bytes);
    return PEL_OK;
}

pel_status pel__voxels_open(pel_source *out, pel__opening *opening, const pel__layout *layout)
{
    voxels *v;
    int64_t bytes;
    pel_status s = check_promise(out, opening, layout, &bytes);
    if (s == PEL_OK)
        s = pel__alloc_zero(&v, 1, sizeof *v, "a reader");
    if (s != PEL_OK)
        return s;
    v->layout = *layout;
    v->item = pel__layout_item(layout, out->shape.dtype);
    v->bytes = bytes;
    out->unproven = opening->bytes->size < 0;
    out->seekable = opening->bytes->jumps;
    out->buffer_bytes = opening->bytes->buffer_bytes + (layout->convert == PEL__AS_IS ? 0 : CHUNK);
    out->read_slab = read_slab;
    out->finish = finish;
    out->close = close_voxels;
    out->state = v;
    v->from = *opening;
    *opening = (pel__opening){ 0 };
    return PEL_OK;
}

/* ---- another order of axes ---- */

// place `rows` x `count` numbers of the file, whose first is number `at` of row `first`
static void scatter(const voxels *v, int64_t item, const char *in, int64_t first, int64_t rows,
                    int64_t at, int64_t count)
{
    // the odometer of the axes inside a row
    int64_t index[9] = { 0 }, to = first * v->stride[0], left = at;
    for (int a = v->axes - 1; a > 0; a--) {
        index[a] = left % v->size[a];
        left /= v->size[a];
        to += index[a] * v->stride[a];
    }
    for (int64_t n = 0; n < count; n++) {
        const char *from = in + n * item;
        char *target = v->all + to * item;
        for (int64_t r = 0; r < rows; r++)
            switch (item) {
            case 1:
                target[r * v->stride[0]] = from[r * count];
                break;
            case 2:
                memcpy(target + 2 * r * v->stride[0], from + 2 * r * count, 2);
                break;
            case 4:
                memcpy(target + 4 * r * v->stride[0], from + 4 * r * count, 4);
                break;
            default:
                memcpy(target + 8 * r * v->stride[0], from + 8 * r * count, 8);
            }
        for (int a = v->axes - 1; a > 0; a--) {
            to += v->stride[a];
            if (++index[a] < v->size[a])
                break;
            to -= v->size[a] * v->stride[a];
            index[a] = 0;
        }
    }
}

// several rows together, so that what lies beside each other in memory is written together
static pel_status read_rows(voxels *v, pel_dtype dtype, char *block, int64_t row)
{
    int64_t item = pel_dtype_bytes(dtype), at_once = CACHE_LINE / item;
    if (at_once * row * item > BLOCK)
        at_once = 1;
    int64_t piece = row * item > BLOCK ? BLOCK / item : row;
    pel_status s = PEL_OK;
    for (int64_t first = 0; s == PEL_OK && first < v->size[0]; first += at_once) {
        int64_t rows = v->size[0] - first < at_once ? v->size[0] - first : at_once;
        for (int64_t at = 0; s == PEL_OK && at < row; at += piece) {
            int64_t count = row - at < piece ? row - at : piece;
            s = read_numbers(v, dtype, block, rows * count);
            if (s == PEL_OK)
                scatter(v, item, block, first, rows, at, count);
        }
        if (s == PEL_OK)
            s = pel__progress("reading", (double)(first + rows) / (double)v->size[0]);
    }
    return s;
}

static pel_status reorder(voxels *v, pel_dtype dtype, int64_t total)
{
    int64_t item = pel_dtype_bytes(dtype), row = total / item / v->size[0];
    int64_t block_bytes = CACHE_LINE / item * row * item;
    char *block = NULL;
    pel_status s = pel__alloc(&block, block_bytes < BLOCK ? block_bytes : BLOCK, 1, "a buffer");
    if (s == PEL_OK)
        s = pel__alloc(&v->all, total, 1, "the voxels in another order");
    if (s == PEL_OK)
        s = read_rows(v, dtype, block, row);
    pel__free(block);
    return s;
}

// a stream may be shorter than its header says: it is read before room is made for the result
static pel_status reorder_stream(voxels *v, pel_dtype dtype, int64_t total)
{
    pel__bytes *stream = v->from.bytes, *copy = NULL;
    uint8_t *raw;
    pel_status s = pel__bytes_need_new(stream, &raw, v->bytes, "the voxels");
    if (s == PEL_OK)
        s = pel__bytes_open_memory(&copy, raw, (size_t)v->bytes, stream->name, NULL);
    if (s == PEL_OK) {
        v->from.bytes = copy;
        s = reorder(v, dtype, total);
        v->from.bytes = stream;
    }
    pel__bytes_close(copy);
    pel__free(raw);
    return s;
}

static pel_status read_all(pel_source *source)
{
    voxels *v = source->state;
    int64_t total = pel_volume_bytes(&source->shape);
    pel_status s = pel__bytes_seek(v->from.bytes, v->layout.offset);
    if (s == PEL_OK)
        s = (source->unproven ? reorder_stream : reorder)(v, source->shape.dtype, total);
    if (s == PEL_OK)
        s = pel__bytes_end(v->from.bytes);
    if (s != PEL_OK) {
        pel__free(v->all);
        v->all = NULL;
    }
    return s;
}

static pel_status read_strided(pel_source *source, void *out, int64_t first, int64_t count)
{
    voxels *v = source->state;
    pel_status s = v->all ? PEL_OK : read_all(source);
    int64_t bytes = pel_source_slice_bytes(source);
    if (s == PEL_OK)
        memcpy(out, v->all + first * bytes, (size_t)(count * bytes));
    return s;
}

pel_status pel__voxels_open_strided(pel_source *out, pel__opening *opening,
                                    const pel__layout *layout, int count, const int64_t *size,
                                    const int64_t *stride)
{
    pel_status s = pel__voxels_open(out, opening, layout);
    if (s != PEL_OK)
        return s;
    voxels *v = out->state;
    v->axes = count;
    memcpy(v->size, size, sizeof *size * (size_t)count);
    memcpy(v->stride, stride, sizeof *stride * (size_t)count);
    out->read_slab = read_strided;
    out->seekable = true;
    out->buffer_bytes += pel_volume_bytes(&out->shape) + (out->unproven ? v->bytes : 0) + BLOCK;
    return PEL_OK;
}
