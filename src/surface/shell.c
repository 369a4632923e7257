/* SPDX-License-Identifier: Apache-2.0 */
/* shell.c: the outer layer of an object as points, a few slices at a time. */
#include <math.h>
#include <string.h>

#include "base/job.h"
#include "base/memory.h"
#include "base/params.h"
#include "base/status.h"
#include "kernels/pack.h"
#include "surface/contours.h"
#include "volume/volume.h"

static const pel_param table[] = {
    PEL_TEXT(pel_shell_params, range, NULL, "LO:HI",
             "values of the object, both included; without: what is not zero"),
    PEL_NUMBER(pel_shell_params, slice_thickness, NULL, 1e-12, 1e12, NULL,
               "points in pixels, z = slice number x this"),
    PEL_NUMBER(pel_shell_params, xy_scale, NULL, 1e-12, 1e12, NULL,
               "points in pixels, x and y = column and row x this"),
    PEL_SWITCH(pel_shell_params, normals, "add unit normals, out of the object"),
    PEL_SWITCH(pel_shell_params, intensity, "add the voxel's value"),
    PEL_SWITCH(pel_shell_params, label, "add the voxel's value as a whole number"),
    PEL_INTEGER(pel_shell_params, thin, "0", 0, 1e15, "points", "evenly chosen, so many; 0: all"),
};
const pel_schema pel_shell_schema =
    PEL_SCHEMA(pel_shell_params, "shell", "the outer layer of an object as points", table);

pel_shell_params pel_shell_defaults(void)
{
    pel_shell_params params;
    pel_schema_defaults(&pel_shell_schema, &params);
    return params;
}

/* a window of slices: one before, those worked on, one after */
typedef struct shell {
    const pel_shell_params *params;
    const pel_shell_sink *sink; // NULL: only count
    pel_source *source;
    pel_shell_found *found;
    int64_t row_bytes, slice_bytes;
    double line[2], range[2];
    pel_affine out_from_ijk;
    double edge[3];  // of a voxel, in the frame of the points
    int64_t most;    // slices worked on at once
    char *stored;    // most + 2 slices
    pel__bits bits;  // of those
    pel__bits layer; // of those worked on
    int64_t first;   // number of the first slice worked on
    int64_t count;   // of those
    int64_t total;   // points of the whole layer, when thinning
    int64_t met;     // points of the layer so far
    pel__outlines outlines;
} shell;

static int64_t slices_at_once(const pel_volume *shape)
{
    int64_t bytes = shape->dims[0] * shape->dims[1] * pel_dtype_bytes(shape->dtype);
    int64_t count = (4 << 20) / (bytes > 0 ? bytes : 1);
    count = count < 1 ? 1 : count;
    return count < shape->dims[2] ? count : shape->dims[2];
}

/* ---- the frame of the points ---- */

static bool in_pixels(const pel_shell_params *params)
{
    return !isnan(params->slice_thickness) || !isnan(params->xy_scale);
}

static void set_frame(shell *s)
{
    const pel_shell_params *p = s->params;
    pel_vec3 mm = pel_volume_spacing_mm(&s->source->shape);
    s->out_from_ijk = pel__volume_affine(&s->source->shape);
    s->edge[0] = mm.x;
    s->edge[1] = mm.y;
    s->edge[2] = mm.z;
    if (!in_pixels(p))
        return;
    s->edge[0] = s->edge[1] = isnan(p->xy_scale) ? 1 : p->xy_scale;
    s->edge[2] = isnan(p->slice_thickness) ? 1 : p->slice_thickness;
    s->out_from_ijk = pel_affine_identity();
    for (int a = 0; a < 3; a++)
        s->out_from_ijk.m[a][a] = s->edge[a];
}

/* ---- slices ---- */

static pel_status open_window(shell *s)
{
    const pel_volume *shape = &s->source->shape;
    pel_status status = pel__volume_check_shape(shape, "the volume");
    if (status == PEL_OK && pel__volume_channels(shape) != 1)
        status = pel__fail(PEL_EDATA, "has several channels; choose one with --channel");
    if (status == PEL_OK && s->params->range)
        status = pel__parse_range(s->range, s->params->range, "--range", true);
    if (status != PEL_OK)
        return status;
    s->row_bytes = shape->dims[0] * pel_dtype_bytes(shape->dtype);
    s->slice_bytes = s->row_bytes * shape->dims[1];
    s->most = slices_at_once(shape);
    pel__volume_scale(shape, &s->line[0], &s->line[1]);
    set_frame(s);
    const int64_t dims[3] = { shape->dims[0], shape->dims[1], s->most + 2 };
    status = pel__alloc_zero(&s->stored, s->most + 2, s->slice_bytes, "slices");
    if (status == PEL_OK)
        status = pel__bits_new(&s->bits, dims);
    return status == PEL_OK ? pel__bits_new(&s->layer, dims) : status;
}

static void close_window(shell *s)
{
    pel__free(s->stored);
    pel__bits_free(&s->bits);
    pel__bits_free(&s->layer);
    pel__outlines_free(&s->outlines);
}

static pel_status pack_slice(void *user, int64_t at)
{
    const shell *s = user;
    int64_t k = at + 2;
    for (int64_t j = 0; j < s->bits.dims[1]; j++)
        pel__pack_all[s->source->shape.dtype](pel__bits_row(&s->bits, j, k),
                                              s->stored + k * s->slice_bytes + j * s->row_bytes,
                                              s->bits.dims[0], s->line, s->range);
    return PEL_OK;
}

static void forget_slice(shell *s, int64_t k)
{
    memset(pel__bits_row(&s->bits, 0, k), 0,
           (size_t)(s->bits.words * s->bits.dims[1]) * sizeof(uint64_t));
}

static void move_slice(shell *s, int64_t to, int64_t from)
{
    memcpy(s->stored + to * s->slice_bytes, s->stored + from * s->slice_bytes,
           (size_t)s->slice_bytes);
    memcpy(pel__bits_row(&s->bits, 0, to), pel__bits_row(&s->bits, 0, from),
           (size_t)(s->bits.words * s->bits.dims[1]) * sizeof(uint64_t));
}

// slices `next` on behind the two that are kept; what lies behind the last one is empty
static pel_status read_window(shell *s, int64_t next)
{
    int64_t left = s->source->shape.dims[2] - next, count = left < s->most ? left : s->most;
    pel_status status = PEL_OK;
    if (count > 0)
        status = s->source->read_slab(s->source, s->stored + 2 * s->slice_bytes, next, count);
    if (status == PEL_OK && count > 0)
        status = pel__parallel(count, pack_slice, s, NULL);
    // the last slice is worked on when the empty one behind it has come
    s->first = next - 1;
    s->count = count > 0 ? count : 1;
    if (count <= 0)
        forget_slice(s, 2);
    return status;
}

static pel_status peel_slice(void *user, int64_t at)
{
    const shell *s = user;
    const pel__bits *b = &s->bits;
    int64_t k = at + 1;
    for (int64_t j = 0; j < b->dims[1]; j++) {
        const uint64_t *here = pel__bits_row(b, j, k);
        const uint64_t *beside[4] = { pel__bits_row(b, j, k - 1), pel__bits_row(b, j, k + 1),
                                      j > 0 ? here - b->words : NULL,
                                      j + 1 < b->dims[1] ? here + b->words : NULL };
        uint64_t *out = pel__bits_row(&s->layer, j, at);
        pel__bits_inner(out, b, here, true, beside, 4);
        for (int64_t w = 0; w < b->words; w++)
            out[w] = here[w] & ~out[w];
    }
    return PEL_OK;
}

/* ---- points ---- */

// a hash of a whole number (SplitMix64, Steele, Lea, Flood 2014)
static uint64_t hash_of(uint64_t n)
{
    n += UINT64_C(0x9e3779b97f4a7c15);
    n = (n ^ n >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    n = (n ^ n >> 27) * UINT64_C(0x94d049bb133111eb);
    return n ^ n >> 31;
}

// of `total` points in `thin` equal shares, whether point n is the one chosen of its share
static bool is_chosen(const shell *s, int64_t n)
{
    int64_t thin = s->params->thin, total = s->total;
    if (thin == 0 || total <= thin)
        return true;
    int64_t share = (int64_t)((__int128)n * thin / total);
    int64_t from = (int64_t)(((__int128)share * total + thin - 1) / thin);
    int64_t to = (int64_t)(((__int128)(share + 1) * total + thin - 1) / thin);
    return n - from == (int64_t)(hash_of((uint64_t)share) % (uint64_t)(to - from));
}

static bool is_set(const shell *s, int64_t i, int64_t j, int64_t k)
{
    const int64_t *n = s->bits.dims;
    return i >= 0 && j >= 0 && i < n[0] && j < n[1] &&
           (pel__bits_row(&s->bits, j, k)[i >> 6] >> (i & 63) & 1);
}

// value at a place of the window; beyond the volume, and where there is none, `instead`
static double value_at(const shell *s, int64_t i, int64_t j, int64_t k, double instead)
{
    const int64_t *n = s->bits.dims;
    int64_t slice = s->first + k - 1;
    if (i < 0 || j < 0 || i >= n[0] || j >= n[1] || slice < 0 || slice >= s->source->shape.dims[2])
        return instead;
    double v = s->line[0] * pel__stored_get(s->stored + k * s->slice_bytes, s->source->shape.dtype,
                                            j * n[0] + i) +
               s->line[1];
    return isfinite(v) ? v : instead;
}

// differences over the 27 voxels around, nearer ones weighing more, per voxel of each axis
static void differences(double of_value[3], double of_object[3], const shell *s, int64_t i,
                        int64_t j, int64_t k)
{
    double here = value_at(s, i, j, k, 0);
    memset(of_value, 0, 3 * sizeof *of_value);
    memset(of_object, 0, 3 * sizeof *of_object);
    for (int n = 0; n < 27; n++) {
        const int d[3] = { n % 3 - 1, n / 3 % 3 - 1, n / 9 - 1 };
        int far = d[0] * d[0] + d[1] * d[1] + d[2] * d[2];
        if (far == 0)
            continue;
        double weight = 1 / sqrt(far);
        double value = value_at(s, i + d[0], j + d[1], k + d[2], here);
        double object = is_set(s, i + d[0], j + d[1], k + d[2]);
        for (int a = 0; a < 3; a++) {
            of_value[a] += d[a] * weight * value;
            of_object[a] += d[a] * weight * object;
        }
    }
}

// a gradient by voxels turned into the frame of the points; false when it is flat
static bool to_normal(float out[3], const shell *s, const double g[3])
{
    double v[3], length = 0;
    for (int r = 0; r < 3; r++) {
        v[r] = 0;
        for (int a = 0; a < 3; a++)
            v[r] += s->out_from_ijk.m[r][a] / (s->edge[a] * s->edge[a]) * g[a];
        length += v[r] * v[r];
    }
    length = sqrt(length);
    for (int r = 0; r < 3; r++)
        out[r] = length > 0 ? (float)(v[r] / length) : 0;
    return length > 0;
}

static void set_normal(float out[3], const shell *s, int64_t i, int64_t j, int64_t k)
{
    double of_value[3], of_object[3];
    differences(of_value, of_object, s, i, j, k);
    double along = 0;
    for (int a = 0; a < 3; a++)
        along += of_value[a] / s->edge[a] * (of_object[a] / s->edge[a]);
    // values may rise or fall out of the object; normals point out of it
    const double *g = along == 0 ? of_object : of_value;
    double turn = along < 0 ? 1 : -1, turned[3];
    for (int a = 0; a < 3; a++)
        turned[a] = turn * g[a];
    to_normal(out, s, turned);
}

/* the arrays of a cloud's part */
typedef struct part {
    pel_mesh cloud;
    float (*normal)[3], *intensity;
    int32_t *label;
    int64_t used;
} part;

static pel_status part_new(part *out, const shell *s, int64_t points)
{
    *out = (part){ 0 };
    pel_status status = pel_mesh_new(&out->cloud, points, 0);
    if (status == PEL_OK && s->params->normals)
        status =
            pel_mesh_add_array(&out->cloud, "normals", PEL_ARRAY_NORMALS, false, 3, &out->normal);
    if (status == PEL_OK && s->params->intensity)
        status = pel_mesh_add_array(&out->cloud, "intensity", PEL_ARRAY_VALUES, false, 1,
                                    &out->intensity);
    if (status == PEL_OK && s->params->label)
        status = pel_mesh_add_array(&out->cloud, "label", PEL_ARRAY_LABELS, false, 1, &out->label);
    return status;
}

static void add_point(part *to, const shell *s, int64_t i, int64_t j, int64_t k)
{
    int64_t n = to->used++;
    pel_vec3 at = pel_affine_point(s->out_from_ijk,
                                   (pel_vec3){ (double)i, (double)j, (double)(s->first + k - 1) });
    to->cloud.point_mm[n][0] = (float)at.x;
    to->cloud.point_mm[n][1] = (float)at.y;
    to->cloud.point_mm[n][2] = (float)at.z;
    if (to->normal)
        set_normal(to->normal[n], s, i, j, k);
    double value = to->intensity || to->label ? value_at(s, i, j, k, NAN) : 0;
    if (to->intensity)
        to->intensity[n] = (float)value;
    if (to->label)
        to->label[n] = (int32_t)pel__int_from(value, INT32_MIN, INT32_MAX);
}

// points of slice `at` of the layer
static void add_slice(part *to, shell *s, int64_t at)
{
    for (int64_t j = 0; j < s->layer.dims[1]; j++) {
        const uint64_t *row = pel__bits_row(&s->layer, j, at);
        for (int64_t w = 0; w < s->layer.words; w++)
            for (uint64_t left = row[w]; left; left &= left - 1)
                if (is_chosen(s, s->met++))
                    add_point(to, s, w * 64 + __builtin_ctzll(left), j, at + 1);
    }
}

static int64_t count_slices(const pel__bits *bits, int64_t k, int64_t count)
{
    pel__bits some = *bits;
    some.word = pel__bits_row(bits, 0, k);
    some.dims[2] = count;
    return pel__bits_count(&some);
}

static pel_status hand_points(shell *s, int64_t layer)
{
    part p;
    pel_status status = part_new(&p, s, layer);
    for (int64_t at = 0; status == PEL_OK && at < s->count; at++)
        add_slice(&p, s, at);
    if (status == PEL_OK) {
        // thinned: the first ones hold all
        p.cloud.points = p.used;
        s->found->points += p.used;
        status = s->sink->points(s->sink->user, &p.cloud);
    }
    pel_mesh_free(&p.cloud);
    return status;
}

/* ---- the way through the volume ---- */

static pel_status work(shell *s)
{
    pel_status status = pel__parallel(s->count, peel_slice, s, NULL);
    if (status != PEL_OK)
        return status;
    int64_t layer = count_slices(&s->layer, 0, s->count);
    s->found->layer += layer;
    s->found->voxels += count_slices(&s->bits, 1, s->count);
    if (s->sink && s->sink->points && layer)
        status = hand_points(s, layer);
    for (int64_t at = 0; s->sink && s->sink->contour && status == PEL_OK && at < s->count; at++)
        status = pel__outlines_walk(&s->outlines, &s->bits, at + 1, s->first + at, &s->out_from_ijk,
                                    s->sink, s->found);
    return status;
}

// the window stands before the volume: two empty slices
static pel_status go_through(shell *s, const char *step)
{
    int64_t slices = s->source->shape.dims[2];
    *s->found = (pel_shell_found){ 0 };
    s->met = 0;
    forget_slice(s, 0);
    forget_slice(s, 1);
    pel_status status = PEL_OK;
    for (int64_t next = 0; status == PEL_OK && next <= slices;) {
        status = read_window(s, next);
        if (status == PEL_OK)
            status = work(s);
        int64_t came = s->count;
        // the last two slices are the first two of the next window
        move_slice(s, 0, came);
        move_slice(s, 1, came + 1);
        next += next < slices ? came : 1;
        if (status == PEL_OK)
            status = pel__progress(step, (double)(next < slices ? next : slices) / (double)slices);
    }
    return status;
}

pel_status pel_shell(pel_shell_found *found, pel_source *source, const pel_shell_params *params,
                     const pel_shell_sink *sink)
{
    pel_shell_found counted = { 0 };
    shell s = { .params = params, .source = source, .range = { 0x1p-1074, -0x1p-1074 } };
    *found = (pel_shell_found){ 0 };
    pel_status status = pel_schema_check(&pel_shell_schema, params);
    if (status == PEL_OK)
        status = open_window(&s);
    if (status == PEL_OK && params->thin) {
        s.found = &counted;
        status = go_through(&s, "counting");
        s.total = counted.layer;
    }
    s.found = found;
    s.sink = sink;
    if (status == PEL_OK)
        status = go_through(&s, "shell");
    if (status == PEL_OK && source->finish)
        status = source->finish(source);
    if (status == PEL_OK && found->voxels == 0)
        pel__note("the cloud is empty: %s",
                  params->range ? "no value is in --range" : "all values are 0");
    close_window(&s);
    return status;
}

int64_t pel_shell_memory(const pel_shell_params *params, const pel_volume *shape)
{
    int64_t slices = slices_at_once(shape) + 2, row = (shape->dims[0] + 63) / 64 * 8;
    int64_t slice = shape->dims[0] * shape->dims[1];
    int64_t each =
        12 + (params->normals ? 12 : 0) + (params->intensity ? 4 : 0) + (params->label ? 4 : 0);
    // at the worst all voxels of a window lie in the layer
    return slices * (slice * pel_dtype_bytes(shape->dtype) + 2 * row * shape->dims[1]) +
           slices * slice * each;
}
