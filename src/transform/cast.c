/* SPDX-License-Identifier: Apache-2.0 */
/* cast.c: voxels of another type; what does not fit is counted and refused, never bent. */
#include <float.h>
#include <math.h>
#include <string.h>

#include <pellucid/transform.h>

#include "base/job.h"
#include "base/memory.h"
#include "base/status.h"
#include "volume/volume.h"

enum { BLOCK = 1 << 16 };

// what happened to numbers on the way
typedef struct tally {
    int64_t count, unfit, rounded;
    double lo, hi;  // of the values, NaN left out
    bool fractions; // some value is no integer
} tally;

typedef struct cast {
    pel_dtype from, to;
    double slope, inter;
    const void *in;
    void *out;
    int64_t count;
    tally *blocks; // owned by the caller; one per block
} cast;

static void add(tally *to, const tally *from)
{
    to->count += from->count;
    to->unfit += from->unfit;
    to->rounded += from->rounded;
    to->lo = fmin(to->lo, from->lo);
    to->hi = fmax(to->hi, from->hi);
    to->fractions = to->fractions || from->fractions;
}

// the first value beyond an integer type: exact in a double, which its largest may not be
static double beyond(pel_dtype dtype)
{
    double lo, hi;
    pel_dtype_range(dtype, &lo, &hi);
    return pel_dtype_bytes(dtype) == 8 ? (lo < 0 ? 0x1p63 : 0x1p64) : hi + 1;
}

static void store(void *out, pel_dtype dtype, int64_t i, double value)
{
    switch (dtype) {
    case PEL_UINT8:
        ((uint8_t *)out)[i] = (uint8_t)value;
        break;
    case PEL_INT8:
        ((int8_t *)out)[i] = (int8_t)value;
        break;
    case PEL_UINT16:
        ((uint16_t *)out)[i] = (uint16_t)value;
        break;
    case PEL_INT16:
        ((int16_t *)out)[i] = (int16_t)value;
        break;
    case PEL_UINT32:
        ((uint32_t *)out)[i] = (uint32_t)value;
        break;
    case PEL_INT32:
        ((int32_t *)out)[i] = (int32_t)value;
        break;
    case PEL_UINT64:
        ((uint64_t *)out)[i] = (uint64_t)value;
        break;
    case PEL_INT64:
        ((int64_t *)out)[i] = (int64_t)value;
        break;
    case PEL_FLOAT32:
        ((float *)out)[i] = (float)value;
        break;
    default:
        ((double *)out)[i] = value;
    }
}

// beyond 2^53 a double is not enough for integers that only change their type
static bool stays_wide(const cast *c)
{
    bool wide = c->from == PEL_UINT64 || c->from == PEL_INT64;
    bool wide_out = c->to == PEL_UINT64 || c->to == PEL_INT64;
    return wide && wide_out && c->slope == 1 && c->inter == 0;
}

// uint64 and int64 hold each other's numbers below 2^63: the bits are the same
static void cast_wide(const cast *c, int64_t first, int64_t end, tally *t)
{
    const int64_t *in = c->in;
    for (int64_t i = first; i < end; i++) {
        double value = pel__stored_get(c->in, c->from, i);
        t->lo = fmin(t->lo, value);
        t->hi = fmax(t->hi, value);
        t->unfit += c->from != c->to && in[i] < 0;
        ((int64_t *)c->out)[i] = in[i];
    }
}

static void cast_to_integer(const cast *c, int64_t first, int64_t end, tally *t)
{
    double lo, hi, past = beyond(c->to);
    pel_dtype_range(c->to, &lo, &hi);
    for (int64_t i = first; i < end; i++) {
        double value = c->slope * pel__stored_get(c->in, c->from, i) + c->inter;
        double whole = nearbyint(value);
        bool fits = whole >= lo && whole < past;
        t->lo = fmin(t->lo, value);
        t->hi = fmax(t->hi, value);
        t->unfit += !fits;
        t->rounded += fits && whole != value;
        t->fractions = t->fractions || (whole != value && value == value);
        store(c->out, c->to, i, fits ? whole : 0);
    }
}

static void cast_to_float(const cast *c, int64_t first, int64_t end, tally *t)
{
    bool narrow = c->to == PEL_FLOAT32;
    bool exact = !pel_dtype_is_float(c->from) && c->slope == 1 && c->inter == 0;
    for (int64_t i = first; i < end; i++) {
        double value = c->slope * pel__stored_get(c->in, c->from, i) + c->inter;
        t->lo = fmin(t->lo, value);
        t->hi = fmax(t->hi, value);
        // the largest float32 and half a step: from there on it would become infinity
        bool fits = !narrow || !isfinite(value) || fabs(value) < 0x1.ffffffp127;
        t->unfit += !fits;
        double stored = fits ? (narrow ? (double)(float)value : value) : 0;
        t->rounded += exact && stored != value;
        store(c->out, c->to, i, stored);
    }
}

static pel_status cast_block(void *user, int64_t block)
{
    const cast *c = user;
    int64_t first = block * BLOCK, end = first + BLOCK < c->count ? first + BLOCK : c->count;
    tally *t = &c->blocks[block];
    *t = (tally){ .count = end - first, .lo = INFINITY, .hi = -INFINITY };
    if (stays_wide(c))
        cast_wide(c, first, end, t);
    else if (pel_dtype_is_float(c->to))
        cast_to_float(c, first, end, t);
    else
        cast_to_integer(c, first, end, t);
    return PEL_OK;
}

static pel_status cast_all(cast *c, tally *sum)
{
    int64_t blocks = c->count / BLOCK + 1;
    pel_status s = pel__alloc_zero(&c->blocks, blocks, sizeof *c->blocks, "a count of voxels");
    if (s == PEL_OK)
        s = pel__parallel(c->count / BLOCK + (c->count % BLOCK != 0), cast_block, c, NULL);
    for (int64_t b = 0; s == PEL_OK && b < blocks; b++)
        if (c->blocks[b].count)
            add(sum, &c->blocks[b]);
    pel__free(c->blocks);
    return s;
}

// the smallest type that would take the values as they are
static pel_dtype fitting_type(const tally *t)
{
    static const pel_dtype order[] = { PEL_UINT8,  PEL_INT8,  PEL_UINT16, PEL_INT16,
                                       PEL_UINT32, PEL_INT32, PEL_INT64 };
    for (size_t i = 0; i < sizeof order / sizeof *order && !t->fractions; i++) {
        double lo, hi;
        pel_dtype_range(order[i], &lo, &hi);
        if (t->lo >= lo && t->hi < beyond(order[i]))
            return order[i];
    }
    return fmax(-t->lo, t->hi) < FLT_MAX ? PEL_FLOAT32 : PEL_FLOAT64;
}

static pel_status refuse(const tally *t, pel_dtype to)
{
    double lo, hi;
    pel_dtype_range(to, &lo, &hi);
    if (pel_dtype_is_float(to))
        return pel__fail(PEL_EDATA, "%lld of %lld numbers are too large for %s; use float64",
                         (long long)t->unfit, (long long)t->count, pel_dtype_name(to));
    if (!(t->hi - t->lo < INFINITY) || (t->lo >= lo && t->hi < beyond(to)))
        return pel__fail(PEL_EDATA,
                         "%lld of %lld numbers are NaN or infinite, which %s cannot hold; use "
                         "float32",
                         (long long)t->unfit, (long long)t->count, pel_dtype_name(to));
    return pel__fail(
        PEL_EDATA,
        "%lld of %lld numbers do not fit %s (%.9g to %.9g): they go from %.9g to "
        "%.9g; use %s, or bring them in range with tone steps: 'window LO HI; mul %.9g'",
        (long long)t->unfit, (long long)t->count, pel_dtype_name(to), lo, hi, t->lo, t->hi,
        pel_dtype_name(fitting_type(t)), hi);
}

static void note_rounding(const tally *t, pel_dtype to)
{
    if (t->rounded)
        pel__note("%lld of %lld numbers were rounded to %s", (long long)t->rounded,
                  (long long)t->count, pel_dtype_name(to));
}

pel_status pel_cast(pel_volume *out, const pel_volume *in, pel_dtype dtype)
{
    pel_source from = { 0 }, to = { 0 };
    *out = (pel_volume){ 0 };
    pel_status s = pel_source_of_volume(&from, in);
    if (s == PEL_OK)
        s = pel_cast_source(&to, &from, dtype);
    if (s == PEL_OK)
        s = pel_source_read(out, &to);
    pel_source_close(&to);
    pel_source_close(&from);
    return s;
}

// ---- slab by slab ----

typedef struct casting {
    pel_source from;
    void *slab; // owned; stored numbers before the cast
    int64_t slab_bytes;
    tally sum;
} casting;

static pel_status cast_slab(casting *state, pel_source *source, void *out, int64_t first,
                            int64_t count)
{
    const pel_volume *shape = &state->from.shape;
    int64_t bytes = count * pel_source_slice_bytes(&state->from);
    pel_status s = PEL_OK;
    if (bytes > state->slab_bytes)
        s = pel__realloc(&state->slab, bytes, 1, "a few slices");
    if (s != PEL_OK)
        return s;
    state->slab_bytes = bytes > state->slab_bytes ? bytes : state->slab_bytes;
    s = state->from.read_slab(&state->from, state->slab, first, count);
    if (s != PEL_OK)
        return s;
    cast c = { .from = shape->dtype,
               .to = source->shape.dtype,
               .in = state->slab,
               .out = out,
               .count = bytes / pel_dtype_bytes(shape->dtype) };
    pel__volume_scale(shape, &c.slope, &c.inter);
    return cast_all(&c, &state->sum);
}

// once a number does not fit, the rest is read only to tell how many do not
static pel_status read_cast(pel_source *source, void *out, int64_t first, int64_t count)
{
    casting *state = source->state;
    if (first == 0)
        state->sum = (tally){ .lo = INFINITY, .hi = -INFINITY };
    pel_status s = cast_slab(state, source, out, first, count);
    if (s != PEL_OK || state->sum.unfit == 0)
        return s;
    int64_t slices = pel_source_slices(source);
    for (int64_t at = first + count; s == PEL_OK && at < slices; at += count)
        s = cast_slab(state, source, out, at, at + count < slices ? count : slices - at);
    return s == PEL_ECANCELLED ? s : refuse(&state->sum, source->shape.dtype);
}

static pel_status finish_cast(pel_source *source)
{
    casting *state = source->state;
    note_rounding(&state->sum, source->shape.dtype);
    pel_status s = state->from.finish ? state->from.finish(&state->from) : PEL_OK;
    memcpy(source->shape.fields.hash, state->from.shape.fields.hash,
           sizeof source->shape.fields.hash);
    source->shape.fields.bytes = state->from.shape.fields.bytes;
    return s;
}

static void close_cast(pel_source *source)
{
    casting *state = source->state;
    pel_source_close(&state->from);
    pel__free(state->slab);
    pel__free(state);
}

// of stored numbers while slabs are as large as readers and writers ask for
static int64_t slab_bytes(const pel_source *out, const pel_source *from)
{
    return pel__source_window(&out->shape) * pel_source_slice_bytes(from);
}

pel_status pel_cast_source(pel_source *out, pel_source *in, pel_dtype dtype)
{
    *out = (pel_source){ 0 };
    if (dtype == in->shape.dtype) {
        *out = *in;
        *in = (pel_source){ 0 };
        return PEL_OK;
    }
    casting *state;
    pel_status s = pel__alloc_zero(&state, 1, sizeof *state, "a cast");
    if (s == PEL_OK)
        s = pel_volume_copy_shape(&out->shape, &in->shape);
    if (s != PEL_OK) {
        pel__free(state);
        return s;
    }
    state->from = *in;
    *in = (pel_source){ 0 };
    out->shape.dtype = dtype;
    out->buffer_bytes = state->from.buffer_bytes + slab_bytes(out, &state->from);
    out->shape.slope = 1;
    out->shape.inter = 0;
    out->read_slab = read_cast;
    out->finish = finish_cast;
    out->close = close_cast;
    out->seekable = state->from.seekable;
    out->unproven = state->from.unproven;
    out->state = state;
    return PEL_OK;
}
