/* SPDX-License-Identifier: Apache-2.0 */
/* raycast_field.c: voxels become bricks, slab by slab, and cells that know their values' range. */
#include "see/raycast_field.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/job.h"
#include "base/memory.h"
#include "base/status.h"
#include "kernels/span.h"
#include "volume/volume.h"

enum { MOST_BITS = 6, LEAST_BITS = 4, MOST_SHARED = 64, CELL = 1 << PEL__CELL_BITS };
enum { WIDEST = (1 << MOST_BITS) + 2 * PEL__APRON, SPARE = 64 };

static int64_t clamped(int64_t i, int64_t n)
{
    return i < 0 ? 0 : i < n ? i : n - 1;
}

/* ---- shape ---- */

static int64_t brick_size(int64_t dim, int bits)
{
    int64_t most = (int64_t)1 << bits;
    return (dim < most ? dim : most) + 2 * PEL__APRON;
}

static int64_t brick_count(int64_t dim, int bits)
{
    return ((dim - 1) >> bits) + 1;
}

// the last bricks along z end with the volume
static int64_t brick_slices(const pel__field *f, int64_t bz)
{
    int64_t left = f->dims[2] - (bz << f->bits);
    return brick_size(left, f->bits);
}

// numbers in all bricks; as a double, since any dims may be asked about
static double numbers(const int64_t dims[3], int bits)
{
    double all = (double)(dims[2] + brick_count(dims[2], bits) * 2 * PEL__APRON);
    for (int a = 0; a < 2; a++)
        all *= (double)(brick_count(dims[a], bits) * brick_size(dims[a], bits));
    return all;
}

static pel__kind kind_of(pel_dtype dtype, int *bias)
{
    *bias = dtype == PEL_INT8 ? -128 : dtype == PEL_UINT16 ? 32768 : 0;
    if (dtype == PEL_UINT8 || dtype == PEL_INT8)
        return PEL__KIND_U8;
    return dtype == PEL_UINT16 || dtype == PEL_INT16 ? PEL__KIND_I16 : PEL__KIND_F32;
}

static void set_shape(pel__field *f, const pel_volume *shape)
{
    *f = (pel__field){ .slope = 1, .lo = INFINITY, .hi = -INFINITY, .bits = MOST_BITS };
    f->kind = kind_of(shape->dtype, &f->bias);
    if (f->kind != PEL__KIND_F32)
        pel__volume_scale(shape, &f->slope, &f->inter);
    memcpy(f->dims, shape->dims, sizeof f->dims);
    for (int bits = MOST_BITS - 1; bits >= LEAST_BITS; bits--)
        if (numbers(f->dims, bits) < numbers(f->dims, f->bits))
            f->bits = bits;
    for (int a = 0; a < 3; a++) {
        f->bricks[a] = brick_count(f->dims[a], f->bits);
        f->cells[a] = brick_count(f->dims[a], PEL__CELL_BITS);
    }
    f->row = brick_size(f->dims[0], f->bits);
    f->plane = f->row * brick_size(f->dims[1], f->bits);
}

static int64_t count_of(const int64_t n[3])
{
    return n[0] * n[1] * n[2];
}

int64_t pel__field_bytes(const pel_volume *shape)
{
    pel__field f;
    set_shape(&f, shape);
    int64_t bricks = count_of(f.bricks);
    double bytes = numbers(f.dims, f.bits) * (double)pel__kind_bytes(f.kind);
    return (int64_t)bytes + count_of(f.cells) * (int64_t)(2 * sizeof(float) + 1) +
           bricks * (int64_t)(2 * sizeof(char *) + 2 * SPARE + sizeof(uint8_t)) +
           MOST_SHARED * (int64_t)sizeof(char *) + 8 * SPARE;
}

/* ---- filling ---- */

/* slices `first` to `last` of a volume, on their way into bricks */
typedef struct filling {
    pel__field *field;
    const pel_volume *shape;
    const char *slab;
    int64_t first, last, layer; /* layer: first layer of bricks that takes some of it */
    uint8_t *constant;          /* per brick: holds one number alone */
    const char *step;           /* of progress; NULL: reading tells its own */
    double slope, inter;        /* of what becomes float32 */
} filling;

// numbers from..to - 1 of a row whose first voxel is stored at `in`
static void convert(char *out, const filling *f, const char *in, int64_t from, int64_t to)
{
    const pel_volume *v = f->shape;
    int64_t channels = pel__volume_channels(v), size = pel_dtype_bytes(v->dtype), n = to - from;
    in += from * channels * size;
    if (f->field->kind == PEL__KIND_F32) {
        float *values = (float *)(void *)out;
        if (channels == 1)
            pel_values_from_stored(values, in, v->dtype, n, f->slope, f->inter);
        else
            for (int64_t i = 0; i < n; i++)
                pel_values_from_stored(values + i, in + i * channels * size, v->dtype, 1, f->slope,
                                       f->inter);
        return;
    }
    if (channels == 1)
        memcpy(out, in, (size_t)(n * size));
    else
        for (int64_t i = 0; i < n; i++)
            memcpy(out + i * size, in + i * channels * size, (size_t)size);
    // the sign bit turns over: a number minus its bias
    if (v->dtype == PEL_INT8 || v->dtype == PEL_UINT16)
        for (int64_t i = size - 1; i < n * size; i += size)
            out[i] = (char)((uint8_t)out[i] ^ 0x80);
}

static void repeat(char *out, const char *number, int64_t count, int64_t size)
{
    for (int64_t i = 0; i < count; i++)
        memcpy(out + i * size, number, (size_t)size);
}

// a row of a brick, from voxel x0 on; the border repeated outside the volume
static void fill_row(char *out, const filling *f, const char *in, int64_t x0)
{
    int64_t n = f->field->dims[0], width = f->field->row, size = pel__kind_bytes(f->field->kind);
    int64_t before = x0 < 0 ? -x0 : 0, from = x0 + before;
    int64_t to = x0 + width < n ? x0 + width : n, after = x0 + width - to;
    convert(out + before * size, f, in, from, to);
    repeat(out, out + before * size, before, size);
    repeat(out + (width - after) * size, out + (width - after - 1) * size, after, size);
}

static void fill_brick(char *block, const filling *f, const int64_t b[3])
{
    const pel__field *field = f->field;
    const int64_t *n = field->dims;
    int64_t size = pel__kind_bytes(field->kind), rows = field->plane / field->row;
    int64_t in_row = n[0] * pel__volume_channels(f->shape) * pel_dtype_bytes(f->shape->dtype);
    for (int64_t z = 0; z < brick_slices(field, b[2]); z++) {
        int64_t k = clamped((b[2] << field->bits) + z - PEL__APRON, n[2]);
        if (k < f->first || k > f->last)
            continue;
        for (int64_t y = 0; y < rows; y++) {
            int64_t j = clamped((b[1] << field->bits) + y - PEL__APRON, n[1]);
            fill_row(block + (z * field->plane + y * field->row) * size, f,
                     f->slab + ((k - f->first) * n[1] + j) * in_row,
                     (b[0] << field->bits) - PEL__APRON);
        }
    }
}

/* ---- cells ---- */

static pel__span *const spans[] = { pel__span_c_u8, pel__span_c_i16, pel__span_c_f32 };

/* numbers of any kind, side by side */
typedef union numbers_of {
    uint8_t u8[WIDEST];
    int16_t i16[WIDEST];
    float f32[WIDEST];
} numbers_of;

// the ends of a kind, so that any number changes them
static void start_span(numbers_of *lo, numbers_of *hi, pel__kind kind)
{
    for (int i = 0; i < WIDEST; i++)
        if (kind == PEL__KIND_U8) {
            lo->u8[i] = UINT8_MAX;
            hi->u8[i] = 0;
        } else if (kind == PEL__KIND_I16) {
            lo->i16[i] = INT16_MAX;
            hi->i16[i] = INT16_MIN;
        } else {
            lo->f32[i] = INFINITY;
            hi->f32[i] = -INFINITY;
        }
}

// cells along x, from the least and greatest of all rows they see
static void set_cells(pel__field *f, const numbers_of *lo, const numbers_of *hi, int64_t width,
                      int64_t cell)
{
    float low[WIDEST], high[WIDEST];
    bool falls = f->slope < 0;
    pel__field_row(falls ? high : low, f, (const char *)lo, 0, (int)width);
    pel__field_row(falls ? low : high, f, (const char *)hi, 0, (int)width);
    for (int64_t x = 0; x + 1 < width; x += CELL, cell++) {
        float least = INFINITY, most = -INFINITY;
        for (int64_t i = x; i <= x + CELL && i < width; i++) {
            least = low[i] < least ? low[i] : least;
            most = high[i] > most ? high[i] : most;
        }
        f->cell_lo[cell] = least;
        f->cell_hi[cell] = most;
    }
}

static void measure_cells(const char *origin, pel__field *f, const int64_t b[3])
{
    int64_t size = pel__kind_bytes(f->kind), reach[3], first[3];
    for (int a = 0; a < 3; a++) {
        int64_t left = f->dims[a] - (b[a] << f->bits), most = (int64_t)1 << f->bits;
        reach[a] = (left < most ? left : most) + 1;
        first[a] = b[a] << (f->bits - PEL__CELL_BITS);
    }
    numbers_of lo, hi;
    for (int64_t z = 0; z + 1 < reach[2]; z += CELL)
        for (int64_t y = 0; y + 1 < reach[1]; y += CELL) {
            start_span(&lo, &hi, f->kind);
            for (int64_t k = z; k <= z + CELL && k < reach[2]; k++)
                for (int64_t j = y; j <= y + CELL && j < reach[1]; j++)
                    spans[f->kind](&lo, &hi, origin + (k * f->plane + j * f->row) * size, reach[0]);
            int64_t row = (first[2] + z / CELL) * f->cells[1] + first[1] + y / CELL;
            set_cells(f, &lo, &hi, reach[0], row * f->cells[0] + first[0]);
        }
}

/* ---- bricks ---- */

static bool is_constant(const char *block, int64_t count, int64_t size)
{
    return memcmp(block, block + size, (size_t)((count - 1) * size)) == 0;
}

static int64_t origin_of(const pel__field *f)
{
    return PEL__APRON * (f->plane + f->row + 1) * pel__kind_bytes(f->kind);
}

static pel_status take_slab(void *user, int64_t item)
{
    const filling *f = user;
    pel__field *field = f->field;
    int64_t at = f->layer * field->bricks[0] * field->bricks[1] + item;
    const int64_t b[3] = { at % field->bricks[0], at / field->bricks[0] % field->bricks[1],
                           at / field->bricks[0] / field->bricks[1] };
    int64_t size = pel__kind_bytes(field->kind);
    int64_t count = field->plane * brick_slices(field, b[2]);
    if (!field->block[at]) {
        pel_status s = pel__alloc(&field->block[at], count * size + SPARE, 1, "the bricks");
        if (s != PEL_OK)
            return s;
        memset(field->block[at] + count * size, 0, SPARE);
    }
    fill_brick(field->block[at], f, b);
    if (f->last <
        clamped((b[2] << field->bits) + brick_slices(field, b[2]) - PEL__APRON - 1, field->dims[2]))
        return PEL_OK;
    field->brick[at] = field->block[at] + origin_of(field);
    measure_cells(field->brick[at], field, b);
    f->constant[at] = is_constant(field->block[at], count, size);
    return PEL_OK;
}

// one copy of every constant brick, of the height all have, is enough
static void share(pel__field *f, int64_t at)
{
    int64_t size = pel__kind_bytes(f->kind);
    int s = 0;
    while (s < f->shared_count && memcmp(f->shared[s], f->block[at], (size_t)size) != 0)
        s++;
    if (s == MOST_SHARED)
        return;
    if (s == f->shared_count)
        f->shared[f->shared_count++] = f->block[at];
    else
        pel__free(f->block[at]);
    f->brick[at] = f->shared[s] + origin_of(f);
    f->block[at] = NULL;
}

static pel_status add_slab(filling *f, const char *slab, int64_t first, int64_t count)
{
    pel__field *field = f->field;
    f->slab = slab;
    f->first = first;
    f->last = first + count - 1;
    int64_t layers = field->bricks[2], across = field->bricks[0] * field->bricks[1];
    f->layer = clamped((first - PEL__APRON) >> field->bits, layers);
    int64_t end = clamped((f->last + PEL__APRON) >> field->bits, layers);
    int64_t from = f->layer * across;
    pel_status s = pel__parallel((end - f->layer + 1) * across, take_slab, f, f->step);
    // the last layer is lower than the others and keeps its own
    for (int64_t at = from; s == PEL_OK && at < (layers - 1) * across && at < (end + 1) * across;
         at++)
        if (f->constant[at] && field->block[at])
            share(field, at);
    return s;
}

static pel_status start(filling *f, pel__field *out, const pel_volume *shape)
{
    set_shape(out, shape);
    *f = (filling){ .field = out, .shape = shape };
    pel__volume_scale(shape, &f->slope, &f->inter);
    int64_t bricks = count_of(out->bricks), cells = count_of(out->cells);
    pel_status s = pel__alloc_zero(&out->brick, bricks, sizeof(char *), "the bricks");
    if (s == PEL_OK)
        s = pel__alloc_zero(&out->block, bricks, sizeof(char *), "the bricks");
    if (s == PEL_OK)
        s = pel__alloc_zero(&out->shared, MOST_SHARED, sizeof(char *), "the bricks");
    if (s == PEL_OK)
        s = pel__alloc_zero(&f->constant, bricks, 1, "the bricks");
    if (s == PEL_OK)
        s = pel__alloc(&out->cell_lo, cells, sizeof(float), "the cells");
    if (s == PEL_OK)
        s = pel__alloc(&out->cell_hi, cells, sizeof(float), "the cells");
    return s;
}

static pel_status finish(filling *f, pel_status s)
{
    pel__field *out = f->field;
    pel__free(f->constant);
    if (s != PEL_OK) {
        pel__field_free(out);
        return s;
    }
    for (int64_t c = 0; c < count_of(out->cells); c++)
        if (out->cell_lo[c] <= out->cell_hi[c]) {
            out->lo = fminf(out->lo, out->cell_lo[c]);
            out->hi = fmaxf(out->hi, out->cell_hi[c]);
            // interpolation may round past the ends by a few last bits
            float slack = 2e-6f * fmaxf(fabsf(out->cell_lo[c]), fabsf(out->cell_hi[c]));
            out->cell_lo[c] -= slack;
            out->cell_hi[c] += slack;
        }
    return PEL_OK;
}

pel_status pel__field_new(pel__field *out, const pel_volume *volume)
{
    filling f;
    pel_status s = start(&f, out, volume);
    f.step = "preparing";
    if (s == PEL_OK)
        s = add_slab(&f, volume->data, 0, volume->dims[2]);
    return finish(&f, s);
}

/* two slabs: one is read while the other goes into bricks */
typedef struct reading {
    filling filling;
    char *slab[2]; // owned
    int64_t first[2], count[2];
} reading;

// slices of a slab: half a window, and no fewer than keep every worker of a source busy
static int64_t slab_slices(const pel_volume *shape)
{
    int64_t window = pel__source_window(shape), half = (window + 1) / 2, threads = pel__threads();
    return half > threads ? half : threads < window ? threads : window;
}

int64_t pel__field_slab_bytes(const pel_volume *shape)
{
    int64_t slices = shape->dims[2] * pel__volume_frames(shape);
    return 2 * pel_volume_bytes(shape) / (slices > 0 ? slices : 1) * slab_slices(shape);
}

static pel_status fill_slab(void *user, int64_t which)
{
    reading *r = user;
    return add_slab(&r->filling, r->slab[which], r->first[which], r->count[which]);
}

// slabs are read here, so that a source has the caller's thread, and filled in aside
static pel_status read_slabs(reading *r, pel_source *source)
{
    int64_t slices = source->shape.dims[2], at_once = slab_slices(&source->shape);
    pel__aside filling = { 0 };
    pel_status s = PEL_OK;
    int which = 0;
    for (int64_t z = 0; z < slices && s == PEL_OK; z += at_once, which ^= 1) {
        int64_t count = z + at_once < slices ? at_once : slices - z;
        r->first[which] = z;
        r->count[which] = count;
        s = source->read_slab(source, r->slab[which], z, count);
        if (s == PEL_OK)
            s = pel__aside_end(&filling);
        if (s == PEL_OK)
            s = pel__aside_start(&filling, fill_slab, r, which);
        if (s == PEL_OK)
            s = pel__progress("reading", (double)(z + count) / (double)slices);
    }
    // the first failure stands, with its message
    char said[1024];
    snprintf(said, sizeof said, "%s", pel_error());
    pel_status last = pel__aside_end(&filling);
    if (s != PEL_OK)
        pel__error_set(said);
    return s == PEL_OK ? last : s;
}

pel_status pel__field_read(pel__field *out, pel_source *source)
{
    reading r = { .slab = { NULL } };
    int64_t bytes = pel_source_slice_bytes(source) * slab_slices(&source->shape);
    pel_status s = start(&r.filling, out, &source->shape);
    for (int i = 0; i < 2 && s == PEL_OK; i++)
        s = pel__alloc(&r.slab[i], bytes, 1, "a slab of slices");
    if (s == PEL_OK)
        s = read_slabs(&r, source);
    pel__free(r.slab[0]);
    pel__free(r.slab[1]);
    if (s == PEL_OK && source->finish)
        s = source->finish(source);
    return finish(&r.filling, s);
}

void pel__field_free(pel__field *field)
{
    for (int64_t b = 0; field->block && b < count_of(field->bricks); b++)
        pel__free(field->block[b]);
    for (int i = 0; i < field->shared_count; i++)
        pel__free(field->shared[i]);
    pel__free(field->brick);
    pel__free(field->block);
    pel__free(field->shared);
    pel__free(field->cell_lo);
    pel__free(field->cell_hi);
    *field = (pel__field){ 0 };
}
