/* SPDX-License-Identifier: Apache-2.0 */
/* volume.c: make, copy, free, ask a volume. */
#include "volume/volume.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/maths.h"
#include "base/memory.h"
#include "base/status.h"
#include "base/text.h"
#include "kernels/kernels.h"

_Static_assert((int)PEL_DTYPE_COUNT == (int)PEL__RAMP_TYPES, "a ramp for each voxel type");

static const struct {
    const char *name;
    int64_t bytes;
} dtypes[] = {
#define DTYPE_ROW(name, text, bytes) { text, bytes },
    PEL_DTYPE_LIST(DTYPE_ROW)
#undef DTYPE_ROW
};

const char *pel_dtype_name(pel_dtype dtype)
{
    return dtypes[dtype].name;
}

int64_t pel_dtype_bytes(pel_dtype dtype)
{
    return dtypes[dtype].bytes;
}

bool pel_dtype_is_float(pel_dtype dtype)
{
    return dtype == PEL_FLOAT32 || dtype == PEL_FLOAT64;
}

void pel_dtype_range(pel_dtype dtype, double *lo, double *hi)
{
    static const struct {
        double lo, hi;
    } range[] = {
        { 0, UINT8_MAX },          { INT8_MIN, INT8_MAX },
        { 0, UINT16_MAX },         { INT16_MIN, INT16_MAX },
        { 0, UINT32_MAX },         { INT32_MIN, INT32_MAX },
        { 0, (double)UINT64_MAX }, { (double)INT64_MIN, (double)INT64_MAX },
    };
    bool real = pel_dtype_is_float(dtype);
    *lo = real ? -INFINITY : range[dtype].lo;
    *hi = real ? INFINITY : range[dtype].hi;
}

pel_status pel_dtype_parse(pel_dtype *out, const char *name)
{
    for (int i = 0; i < PEL_DTYPE_COUNT; i++)
        if (pel__same_word(name, dtypes[i].name)) {
            *out = (pel_dtype)i;
            return PEL_OK;
        }
    return pel__fail(
        PEL_EPARAM,
        "'%s' is no voxel type; one of uint8 int8 uint16 int16 uint32 int32 uint64 int64 "
        "float32 float64",
        name);
}

int64_t pel__volume_frames(const pel_volume *volume)
{
    return volume->frames ? volume->frames : 1;
}

int64_t pel__volume_channels(const pel_volume *volume)
{
    return volume->channels ? volume->channels : 1;
}

int pel__volume_axes(const pel_volume *volume, int64_t dims[7])
{
    int64_t frames = pel__volume_frames(volume), product = 1;
    for (int a = 0; a < 7; a++) {
        int64_t extra = a < 3 ? 1 : volume->fields.extra_dims[a - 3];
        dims[a] = a < 3 ? volume->dims[a] : extra > 0 ? extra : 1;
        if (a >= 3 && !pel__multiply(&product, product, dims[a]))
            product = -1;
    }
    for (int a = 3; a < 7 && product != frames; a++)
        dims[a] = a == 3 ? frames : 1;
    int said = volume->fields.axes, longest = 0;
    for (int a = 0; a < 7; a++)
        longest = dims[a] > 1 ? a + 1 : longest;
    int least = said >= 1 && said <= 7 ? said : 3;
    return longest > least ? longest : least;
}

int64_t pel_volume_count(const pel_volume *volume)
{
    int64_t count = pel__volume_frames(volume);
    for (int a = 0; a < 3; a++)
        if (!pel__multiply(&count, count, volume->dims[a]))
            return -1;
    return count;
}

int64_t pel_volume_bytes(const pel_volume *volume)
{
    int64_t bytes = pel_volume_count(volume);
    if (!pel__multiply(&bytes, bytes, pel__volume_channels(volume)) ||
        !pel__multiply(&bytes, bytes, pel_dtype_bytes(volume->dtype)))
        return -1;
    return bytes;
}

pel_status pel__volume_check_shape(const pel_volume *shape, const char *name)
{
    for (int a = 0; a < 3; a++)
        if (shape->dims[a] < 1)
            return pel__fail(PEL_EFORMAT,
                             "%s: has %lld voxels along axis %d; there must be at least 1", name,
                             (long long)shape->dims[a], a + 1);
    if (shape->frames < 0 || shape->channels < 0 || pel_volume_bytes(shape) < 0)
        return pel__fail(PEL_EFORMAT, "%s: its size does not fit 63 bits", name);
    return PEL_OK;
}

pel_status pel__volume_check_single(const pel_volume *shape, const char *name)
{
    pel_status s = pel__volume_check_shape(shape, name);
    if (s == PEL_OK && (pel__volume_channels(shape) != 1 || pel__volume_frames(shape) != 1))
        s = pel__fail(PEL_EDATA,
                      "%s must be one frame of one channel; choose with --frame, --channel", name);
    return s;
}

void pel__volume_scale(const pel_volume *volume, double *slope, double *inter)
{
    bool given = isfinite(volume->slope) && volume->slope != 0 && isfinite(volume->inter);
    *slope = given ? volume->slope : 1;
    *inter = given ? volume->inter : 0;
}

pel_affine pel__volume_affine(const pel_volume *volume)
{
    for (int r = 0; r < 3; r++)
        for (int c = 0; c < 4; c++)
            if (volume->mm_from_ijk.m[r][c] != 0)
                return volume->mm_from_ijk;
    return pel_affine_identity();
}

pel_vec3 pel_volume_spacing_mm(const pel_volume *volume)
{
    pel_affine a = pel__volume_affine(volume);
    return (pel_vec3){ pel__length(pel__column(a, 0)), pel__length(pel__column(a, 1)),
                       pel__length(pel__column(a, 2)) };
}

// the rotation nearest to the directions of the columns (Higham's iteration for the polar factor);
// singular maps keep their directions
static pel_affine nearest_rotation(pel_affine a)
{
    for (int c = 0; c < 3; c++)
        pel__set_column(&a, c, pel__unit(pel__column(a, c)));
    pel__set_column(&a, 3, (pel_vec3){ 0, 0, 0 });
    for (int step = 0; step < 20; step++) {
        pel_affine inverse;
        if (!pel_affine_invert(&inverse, a))
            break;
        for (int r = 0; r < 3; r++)
            for (int c = r; c < 3; c++) {
                double across = a.m[c][r] + inverse.m[r][c];
                a.m[r][c] = (a.m[r][c] + inverse.m[c][r]) / 2;
                if (r != c)
                    a.m[c][r] = across / 2;
            }
    }
    return a;
}

// as nibabel.io_orientation: each axis in turn takes the nearest world axis that is left
void pel_volume_orientation(const pel_volume *volume, char out[8])
{
    static const char letters[3][2] = { { 'L', 'R' }, { 'P', 'A' }, { 'I', 'S' } };
    snprintf(out, 8, "unknown");
    if (!volume->oriented)
        return;
    pel_affine r = nearest_rotation(pel__volume_affine(volume));
    bool taken[3] = { false };
    for (int c = 0; c < 3; c++) {
        int world = -1;
        for (int w = 0; w < 3; w++)
            if (!taken[w] && (world < 0 || fabs(r.m[w][c]) > fabs(r.m[world][c])))
                world = w;
        taken[world] = true;
        out[c] = letters[world][r.m[world][c] >= 0];
    }
    out[3] = 0;
}

void pel__fields_free(pel_fields *fields)
{
    for (int i = 0; i < fields->extension_count; i++)
        pel__free(fields->extensions[i].bytes);
    pel__free(fields->extensions);
    fields->extensions = NULL;
    fields->extension_count = 0;
}

pel_status pel__fields_copy(pel_fields *to, const pel_fields *from)
{
    *to = *from;
    to->extensions = NULL;
    to->extension_count = 0;
    if (from->extension_count == 0)
        return PEL_OK;
    pel_status s = pel__alloc_zero(&to->extensions, from->extension_count, sizeof *to->extensions,
                                   "header extensions");
    for (int i = 0; s == PEL_OK && i < from->extension_count; i++) {
        pel_extension *e = &to->extensions[i];
        *e = (pel_extension){ from->extensions[i].code, from->extensions[i].size, NULL };
        to->extension_count = i + 1;
        s = pel__alloc(&e->bytes, e->size, 1, "a header extension");
        if (s == PEL_OK && e->size)
            memcpy(e->bytes, from->extensions[i].bytes, (size_t)e->size);
    }
    if (s != PEL_OK)
        pel__fields_free(to);
    return s;
}

pel_status pel_volume_copy_shape(pel_volume *out, const pel_volume *in)
{
    pel_volume copy = *in;
    copy.data = NULL;
    pel_status s = pel__fields_copy(&copy.fields, &in->fields);
    *out = s == PEL_OK ? copy : (pel_volume){ 0 };
    return s;
}

pel_status pel_volume_like(pel_volume *out, const pel_volume *like, pel_dtype dtype)
{
    pel_status s = pel_volume_copy_shape(out, like);
    if (s != PEL_OK)
        return s;
    out->dtype = dtype;
    out->slope = 1;
    out->inter = 0;
    s = pel__volume_check_shape(out, "volume");
    if (s == PEL_OK)
        s = pel__alloc_zero(&out->data, pel_volume_bytes(out), 1, "a volume");
    if (s != PEL_OK)
        pel_volume_free(out);
    return s;
}

void pel_volume_free(pel_volume *volume)
{
    pel__free(volume->data);
    pel__fields_free(&volume->fields);
    *volume = (pel_volume){ 0 };
}

double pel__stored_get(const void *data, pel_dtype dtype, int64_t index)
{
    switch (dtype) {
    case PEL_UINT8:
        return ((const uint8_t *)data)[index];
    case PEL_INT8:
        return ((const int8_t *)data)[index];
    case PEL_UINT16:
        return ((const uint16_t *)data)[index];
    case PEL_INT16:
        return ((const int16_t *)data)[index];
    case PEL_UINT32:
        return ((const uint32_t *)data)[index];
    case PEL_INT32:
        return ((const int32_t *)data)[index];
    case PEL_UINT64:
        return (double)((const uint64_t *)data)[index];
    case PEL_INT64:
        return (double)((const int64_t *)data)[index];
    case PEL_FLOAT32:
        return (double)((const float *)data)[index];
    case PEL_FLOAT64:
        return ((const double *)data)[index];
    default:
        return NAN;
    }
}

double pel_volume_at(const pel_volume *volume, int64_t i, int64_t j, int64_t k)
{
    const int64_t *n = volume->dims;
    if (!volume->data || i < 0 || j < 0 || k < 0 || i >= n[0] || j >= n[1] || k >= n[2])
        return NAN;
    double slope, inter;
    pel__volume_scale(volume, &slope, &inter);
    int64_t index = ((k * n[1] + j) * n[0] + i) * pel__volume_channels(volume);
    return slope * pel__stored_get(volume->data, volume->dtype, index) + inter;
}

// where a coordinate falls between two voxels; half a voxel outside counts as the border
static bool bracket(double x, int64_t n, int64_t *lo, int64_t *hi, double *t)
{
    if (!(x >= -0.5 && x <= (double)n - 0.5))
        return false;
    double clamped = x < 0 ? 0 : x > (double)(n - 1) ? (double)(n - 1) : x;
    *lo = (int64_t)clamped;
    *hi = *lo + 1 < n ? *lo + 1 : *lo;
    *t = clamped - (double)*lo;
    return true;
}

double pel_volume_sample(const pel_volume *volume, pel_vec3 ijk)
{
    int64_t lo[3], hi[3];
    double t[3], at[3] = { ijk.x, ijk.y, ijk.z };
    for (int a = 0; a < 3; a++)
        if (!bracket(at[a], volume->dims[a], &lo[a], &hi[a], &t[a]))
            return NAN;
    double plane[2];
    for (int z = 0; z < 2; z++) {
        double row[2];
        for (int y = 0; y < 2; y++) {
            int64_t j = y ? hi[1] : lo[1], k = z ? hi[2] : lo[2];
            double a = pel_volume_at(volume, lo[0], j, k), b = pel_volume_at(volume, hi[0], j, k);
            row[y] = t[0] > 0 ? a + t[0] * (b - a) : a;
        }
        plane[z] = t[1] > 0 ? row[0] + t[1] * (row[1] - row[0]) : row[0];
    }
    return t[2] > 0 ? plane[0] + t[2] * (plane[1] - plane[0]) : plane[0];
}

void pel_values_from_stored(float *out, const void *in, pel_dtype dtype, int64_t count,
                            double slope, double inter)
{
    pel__kernels_get()->ramp[dtype](out, in, count, slope, inter);
}

void pel__volume_corners_mm(const pel_volume *volume, pel_vec3 out[8])
{
    pel_affine a = pel__volume_affine(volume);
    for (int c = 0; c < 8; c++) {
        pel_vec3 ijk = { c & 1 ? (double)volume->dims[0] - 0.5 : -0.5,
                         c & 2 ? (double)volume->dims[1] - 0.5 : -0.5,
                         c & 4 ? (double)volume->dims[2] - 0.5 : -0.5 };
        out[c] = pel_affine_point(a, ijk);
    }
}
