/* SPDX-License-Identifier: Apache-2.0 */
/* denoise.c: non-local means: voxels averaged with those whose surroundings look alike. */
#include <math.h>
#include <string.h>

#include <pellucid/transform.h>

#include "base/job.h"
#include "base/memory.h"
#include "base/params.h"
#include "base/status.h"
#include "kernels/kernels.h"
#include "volume/volume.h"

enum { TALL = 16, DEEP = 4 }; /* rows and slices of a tile */

static const pel_param table[] = {
    PEL_NUMBER(pel_denoise_params, strength, "1", 0, 10, NULL,
               "how unlike surroundings may be, in standard deviations of the noise"),
    PEL_NUMBER(pel_denoise_params, noise, NULL, 0, 1e30, "value",
               "standard deviation of the noise; default: measured"),
    PEL_INTEGER(pel_denoise_params, search, "3", 1, 10, "voxels",
                "how far to each side voxels are looked for"),
    PEL_CHOICE(pel_denoise_params, law, "gauss", "gauss|rician",
               "of the noise; rician: of MRI magnitude, whose dark parts it brightens"),
};
static int64_t plan(const void *params, const pel_volume *shape);
const pel_schema pel_denoise_schema = { .name = "denoise",
                                        .summary = "noise taken out by non-local means",
                                        .params_size = sizeof(pel_denoise_params),
                                        .params = table,
                                        .count = (int)(sizeof table / sizeof *table),
                                        .plan = plan };

pel_denoise_params pel_denoise_defaults(void)
{
    pel_denoise_params params;
    pel_schema_defaults(&pel_denoise_schema, &params);
    return params;
}

/* the volume with a rim of its mirror image on all sides */
typedef struct averaging {
    const pel_volume *in;
    int64_t dims[3], rim[3], stride[2];
    int64_t reach[3], patch[3]; // of the search, and of what is compared
    float *value;
    float offset_scale[2]; // a square difference to how much of the weight it leaves
    double slope, inter, sigma;
    bool rician;
    float *out;
    int64_t tiles_j;
} averaging;

static int64_t mirrored(int64_t at, int64_t count)
{
    int64_t period = 2 * count;
    at %= period;
    at = at < 0 ? at + period : at;
    return at < count ? at : period - 1 - at;
}

static float *row_of(const averaging *a, int64_t j, int64_t k)
{
    return a->value + (k + a->rim[2]) * a->stride[1] + (j + a->rim[1]) * a->stride[0] + a->rim[0];
}

// one slice of the volume with its rim; what is not a number counts as 0
static pel_status fill_slice(void *user, int64_t slice)
{
    const averaging *a = user;
    int64_t size = a->dims[0] * a->dims[1], k = mirrored(slice - a->rim[2], a->dims[2]);
    float *value;
    pel_status s = pel__alloc(&value, size, sizeof *value, "a slice");
    if (s != PEL_OK)
        return s;
    pel_values_from_stored(
        value, (const char *)a->in->data + k * size * (int64_t)pel_dtype_bytes(a->in->dtype),
        a->in->dtype, size, a->slope, a->inter);
    for (int64_t j = -a->rim[1]; j < a->dims[1] + a->rim[1]; j++) {
        const float *from = value + mirrored(j, a->dims[1]) * a->dims[0];
        float *to = row_of(a, j, slice - a->rim[2]);
        for (int64_t i = -a->rim[0]; i < a->dims[0] + a->rim[0]; i++) {
            float v = from[mirrored(i, a->dims[0])];
            to[i] = isfinite(v) ? v : 0;
        }
    }
    pel__free(value);
    return PEL_OK;
}

/* what a tile of rows works in */
typedef struct tile {
    int64_t j, k, tall, deep, wide; // wide: of a row of results
    float *apart;                   // squares of differences, summed along i; rows with a rim
    float *flat;                    // and along j
    float *sum, *weight;
    float *square, *nothing; // rows
} tile;

// (v(x) - v(x + shift))^2 summed along i over a patch
static void compare(tile *t, const averaging *a, const int64_t shift[3])
{
    int64_t rows = t->tall + 2 * a->patch[1];
    for (int64_t z = 0; z < t->deep + 2 * a->patch[2]; z++)
        for (int64_t y = 0; y < rows; y++) {
            int64_t j = t->j + y - a->patch[1], k = t->k + z - a->patch[2];
            pel__kernels_get()->likeness.compare(
                t->apart + (z * rows + y) * t->wide, row_of(a, j, k) - 1,
                row_of(a, j + shift[1], k + shift[2]) + shift[0] - 1, t->square, a->dims[0]);
        }
}

// rows before, here and after; of a picture there is none beside
static void three_rows(const float *row[3], const tile *t, const float *at, int64_t step, bool flat)
{
    row[0] = flat ? t->nothing : at;
    row[1] = flat ? at : at + step;
    row[2] = flat ? t->nothing : at + 2 * step;
}

static void sum_rows(tile *t, const averaging *a)
{
    int64_t rows = t->tall + 2 * a->patch[1], wide = t->wide;
    const float *row[3];
    for (int64_t z = 0; z < t->deep + 2 * a->patch[2]; z++)
        for (int64_t y = 0; y < t->tall; y++) {
            three_rows(row, t, t->apart + (z * rows + y) * wide, wide, !a->patch[1]);
            pel__kernels_get()->likeness.add_three(t->flat + (z * t->tall + y) * wide, row, wide);
        }
}

// squares are averaged where noise is Rician
static void weigh(tile *t, const averaging *a, const int64_t shift[3])
{
    const pel__likeness_set *like = &pel__kernels_get()->likeness;
    pel__weigh_like *add = a->rician ? like->weigh_squares : like->weigh;
    int64_t plane = t->tall * t->wide;
    const float *row[3];
    for (int64_t z = 0; z < t->deep; z++)
        for (int64_t y = 0; y < t->tall; y++) {
            int64_t at = (z * t->tall + y) * t->wide;
            three_rows(row, t, t->flat + at, plane, !a->patch[2]);
            add(t->sum + at, t->weight + at, row,
                row_of(a, t->j + y + shift[1], t->k + z + shift[2]) + shift[0], a->offset_scale,
                t->wide);
        }
}

static void write_tile(const tile *t, const averaging *a)
{
    float bias = (float)(2 * a->sigma * a->sigma);
    for (int64_t z = 0; z < t->deep; z++)
        for (int64_t y = 0; y < t->tall; y++) {
            int64_t at = (z * t->tall + y) * t->wide;
            float *to = a->out + ((t->k + z) * a->dims[1] + t->j + y) * a->dims[0];
            for (int64_t i = 0; i < a->dims[0]; i++) {
                float mean = t->sum[at + i] / t->weight[at + i];
                to[i] = a->rician ? sqrtf(fmaxf(mean - bias, 0)) : mean;
            }
        }
}

static pel_status tile_new(tile *t, const averaging *a)
{
    int64_t rim = (t->tall + 2 * a->patch[1]) * (t->deep + 2 * a->patch[2]);
    t->wide = a->dims[0];
    pel_status s = pel__alloc(&t->apart, rim * t->wide, sizeof *t->apart, "a tile");
    if (s == PEL_OK)
        s = pel__alloc(&t->flat, t->tall * (t->deep + 2 * a->patch[2]) * t->wide, sizeof *t->flat,
                       "a tile");
    if (s == PEL_OK)
        s = pel__alloc_zero(&t->sum, t->tall * t->deep * t->wide, sizeof *t->sum, "a tile");
    if (s == PEL_OK)
        s = pel__alloc_zero(&t->weight, t->tall * t->deep * t->wide, sizeof *t->weight, "a tile");
    if (s == PEL_OK)
        s = pel__alloc(&t->square, t->wide + 2, sizeof *t->square, "a row");
    if (s == PEL_OK)
        s = pel__alloc_zero(&t->nothing, t->wide, sizeof *t->nothing, "a row");
    return s;
}

static void tile_free(tile *t)
{
    pel__free(t->apart);
    pel__free(t->flat);
    pel__free(t->sum);
    pel__free(t->weight);
    pel__free(t->square);
    pel__free(t->nothing);
}

static int64_t lesser(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static pel_status average_tile(void *user, int64_t number)
{
    const averaging *a = user;
    tile t = { .j = number % a->tiles_j * TALL, .k = number / a->tiles_j * DEEP };
    t.tall = lesser(TALL, a->dims[1] - t.j);
    t.deep = lesser(DEEP, a->dims[2] - t.k);
    int64_t shift[3];
    pel_status s = tile_new(&t, a);
    for (shift[2] = -a->reach[2]; s == PEL_OK && shift[2] <= a->reach[2]; shift[2]++)
        for (shift[1] = -a->reach[1]; shift[1] <= a->reach[1]; shift[1]++)
            for (shift[0] = -a->reach[0]; shift[0] <= a->reach[0]; shift[0]++) {
                compare(&t, a, shift);
                sum_rows(&t, a);
                weigh(&t, a, shift);
            }
    if (s == PEL_OK)
        write_tile(&t, a);
    tile_free(&t);
    return s;
}

/* ---- all of it ---- */

static void set_sizes(averaging *a, const pel_volume *in, int64_t search)
{
    for (int n = 0; n < 3; n++) {
        a->dims[n] = in->dims[n];
        a->patch[n] = n == 0 || in->dims[n] > 1;
        a->reach[n] = in->dims[n] > 1 ? search : 0;
        a->rim[n] = a->patch[n] + a->reach[n];
    }
    a->stride[0] = a->dims[0] + 2 * a->rim[0];
    a->stride[1] = a->stride[0] * (a->dims[1] + 2 * a->rim[1]);
    a->tiles_j = (a->dims[1] + TALL - 1) / TALL;
}

// of the brighter part, where the noise of magnitude images is nearly normal
static pel_status measure(double *sigma, const pel_volume *in)
{
    double otsu;
    pel_volume bright = { 0 };
    pel_status s = pel_otsu(&otsu, in, 2);
    if (s == PEL_OK)
        s = pel_threshold(&bright, in, otsu, INFINITY);
    if (s == PEL_OK)
        s = pel_noise(sigma, in, &bright);
    pel_volume_free(&bright);
    return s;
}

// two patches of the same lie 2 sigma^2 apart in the mean; what is more than that counts
static void set_weights(averaging *a, double strength)
{
    double voxels = 1, h = strength * a->sigma;
    for (int n = 0; n < 3; n++)
        voxels *= (double)(2 * a->patch[n] + 1);
    double by = h > 0 ? 1 / (16 * h * h) : 0;
    a->offset_scale[1] = (float)(by / voxels);
    a->offset_scale[0] = (float)(1 + 2 * a->sigma * a->sigma * by);
}

static pel_status average(averaging *a)
{
    int64_t deep = a->dims[2] + 2 * a->rim[2],
            tiles = a->tiles_j * ((a->dims[2] + DEEP - 1) / DEEP);
    pel_status s = pel__alloc(&a->value, deep * a->stride[1], sizeof *a->value, "values");
    if (s == PEL_OK)
        s = pel__parallel(deep, fill_slice, a, NULL);
    if (s == PEL_OK)
        s = pel__parallel(tiles, average_tile, a, "denoise");
    pel__free(a->value);
    return s;
}

// what is not a number stays so
static pel_status restore_slice(void *user, int64_t k)
{
    const averaging *a = user;
    int64_t size = a->dims[0] * a->dims[1];
    float *value, *to = a->out + k * size;
    pel_status s = pel__alloc(&value, size, sizeof *value, "a slice");
    if (s != PEL_OK)
        return s;
    pel_values_from_stored(
        value, (const char *)a->in->data + k * size * (int64_t)pel_dtype_bytes(a->in->dtype),
        a->in->dtype, size, a->slope, a->inter);
    for (int64_t n = 0; n < size; n++)
        to[n] = a->sigma > 0 && isfinite(value[n]) ? to[n] : value[n];
    pel__free(value);
    return PEL_OK;
}

static pel_status check(const pel_volume *in, const pel_denoise_params *params)
{
    pel_status s = pel_schema_check(&pel_denoise_schema, params);
    if (s == PEL_OK)
        s = pel__volume_check_single(in, "a volume");
    return s;
}

pel_status pel_denoise(pel_volume *out, double *noise, const pel_volume *in,
                       const pel_denoise_params *params)
{
    averaging a = { .in = in, .sigma = 0 };
    *out = (pel_volume){ 0 };
    pel_status s = check(in, params);
    if (s == PEL_OK && isnan(params->noise))
        s = measure(&a.sigma, in);
    else if (s == PEL_OK)
        a.sigma = params->noise;
    if (s == PEL_OK)
        s = pel_volume_like(out, in, PEL_FLOAT32);
    if (s == PEL_OK) {
        a.out = out->data;
        a.rician = params->law == PEL_NOISE_RICIAN;
        pel__volume_scale(in, &a.slope, &a.inter);
        set_sizes(&a, in, params->search);
        set_weights(&a, params->strength);
        if (a.sigma > 0 && params->strength > 0)
            s = average(&a);
        else
            a.sigma = 0;
    }
    if (s == PEL_OK)
        s = pel__parallel(in->dims[2], restore_slice, &a, NULL);
    if (noise)
        *noise = a.sigma;
    if (s != PEL_OK)
        pel_volume_free(out);
    return s;
}

// the result, the values with their rim, tiles; before that the noise
static int64_t plan(const void *params, const pel_volume *shape)
{
    const pel_denoise_params *p = params;
    averaging a = { 0 };
    set_sizes(&a, shape, p->search);
    int64_t voxels = shape->dims[0] * shape->dims[1] * shape->dims[2];
    int64_t rim = 4 * a.stride[1] * (a.dims[2] + 2 * a.rim[2]);
    int64_t tile =
        4 * (a.dims[0] + 2) * ((TALL + 2) * (DEEP + 2) + TALL * (DEEP + 2) + 2 * TALL * DEEP + 2);
    int64_t slice = 4 * a.dims[0] * a.dims[1];
    int64_t averaging_bytes = 4 * voxels + rim + pel__threads() * (tile > slice ? tile : slice);
    int64_t measuring = 6 * voxels + (10 << 20) + pel__threads() * 3 * slice;
    return (averaging_bytes > measuring ? averaging_bytes : measuring) + (1 << 20);
}
