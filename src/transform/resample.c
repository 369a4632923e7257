/* SPDX-License-Identifier: Apache-2.0 */
/* resample.c: a volume at other voxel sizes, or on the grid of another one. */
#include <math.h>
#include <string.h>

#include "base/job.h"
#include "base/memory.h"
#include "base/status.h"
#include "transform/filter.h"
#include "transform/grid.h"
#include "volume/volume.h"

static const pel_param table[] = {
    PEL_NUMBERS(pel_resample_params, pixdim, NULL, 1e-6, 1e6, "mm", "D|DX,DY,DZ",
                "resample to voxels of this size along i, j, k"),
    PEL_CHOICE(pel_resample_params, interp, "linear", "nearest|linear|cubic|lanczos",
               "between voxels, when resampling; nearest keeps labels and the voxel type"),
};
const pel_schema pel_resample_schema =
    PEL_SCHEMA(pel_resample_params, "resample", "other voxels over the same space", table);

pel_resample_params pel_resample_defaults(void)
{
    pel_resample_params params;
    pel_schema_defaults(&pel_resample_schema, &params);
    return params;
}

// the middle of the grid stays, voxels are of exactly the size asked for
static pel_status pixdim_shape(pel_volume *out, const pel_volume *in, const pel_numbers *pixdim)
{
    if (pixdim->count != 1 && pixdim->count != 3)
        return pel__fail(PEL_EPARAM, "--pixdim has %d numbers; it wants D or DX,DY,DZ",
                         pixdim->count);
    pel_vec3 mm = pel_volume_spacing_mm(in);
    double old[3] = { mm.x, mm.y, mm.z };
    int64_t dims[3];
    pel_affine old_from_new = pel_affine_identity();
    for (int a = 0; a < 3; a++) {
        double ratio = pixdim->value[pixdim->count == 3 ? a : 0] / old[a];
        double count = floor((double)in->dims[a] / ratio + 0.5);
        if (!(count < 9e15))
            return pel__fail(PEL_EPARAM, "--pixdim: %g voxels along axis %d are too many", count,
                             a + 1);
        dims[a] = count < 1 ? 1 : (int64_t)count;
        old_from_new.m[a][a] = ratio;
        old_from_new.m[a][3] =
            0.5 * (double)(in->dims[a] - 1) - 0.5 * ratio * (double)(dims[a] - 1);
    }
    return pel__grid_shape(out, in, dims, old_from_new);
}

static pel_status like_shape(pel_volume *out, const pel_volume *in, const pel_volume *like)
{
    if (in->oriented != like->oriented)
        return pel__fail(PEL_EDATA,
                         "the orientation of %s is unknown, so the two grids cannot be brought "
                         "together; declare it with --assume",
                         in->oriented ? "the grid's file" : "the volume");
    pel_status s = pel_volume_copy_shape(out, in);
    if (s != PEL_OK)
        return s;
    memcpy(out->dims, like->dims, sizeof out->dims);
    out->mm_from_ijk = pel__volume_affine(like);
    out->unit_known = in->unit_known && like->unit_known;
    pel_fields *f = &out->fields;
    f->qform_code = like->fields.qform_code;
    f->sform_code = like->fields.sform_code;
    f->qform = like->fields.qform;
    f->sform = like->fields.sform;
    f->slice_dim = f->freq_dim = f->phase_dim = 0;
    return pel__volume_check_shape(out, "the grid");
}

pel_status pel_resample_shape(pel_volume *out, const pel_volume *in, const pel_volume *like,
                              const pel_resample_params *params)
{
    *out = (pel_volume){ 0 };
    pel_status s = pel_schema_check(&pel_resample_schema, params);
    if (s == PEL_OK && like && params->pixdim.count)
        s = pel__fail(PEL_EPARAM, "--pixdim and --like both choose the grid; give one of them");
    if (s == PEL_OK && !like && !params->pixdim.count)
        s = pel__fail(PEL_EPARAM, "resampling wants --pixdim or --like");
    if (s == PEL_OK)
        s = like ? like_shape(out, in, like) : pixdim_shape(out, in, &params->pixdim);
    if (s != PEL_OK) {
        pel_volume_free(out);
        return s;
    }
    pel_dtype dtype = in->dtype;
    double slope = in->slope, inter = in->inter;
    pel__grid_values(out);
    if (params->interp == PEL_NEAREST) {
        out->dtype = dtype;
        out->slope = slope;
        out->inter = inter;
    }
    return PEL_OK;
}

/* ---- voxels by position ---- */

typedef struct moving {
    const pel_volume *in;
    pel_volume *out;
    pel_affine old_from_new;
    int interp;
    double slope, inter;
    int64_t channels, voxel; // voxel: bytes
    char outside[64];        // a voxel of nothing, for nearest
} moving;

// within half a voxel of the border the border counts; a hair more allows for rounding
static bool is_inside(const int64_t n[3], pel_vec3 at)
{
    const double p[3] = { at.x, at.y, at.z };
    for (int a = 0; a < 3; a++)
        if (!(p[a] >= -0.5 - 1e-6 && p[a] <= (double)n[a] - 0.5 + 1e-6))
            return false;
    return true;
}

static int64_t clamp_index(int64_t i, int64_t n)
{
    return i < 0 ? 0 : i >= n ? n - 1 : i;
}

static void take_nearest(const moving *m, char *out, pel_vec3 at, int64_t frame)
{
    const int64_t *n = m->in->dims;
    if (!is_inside(n, at)) {
        memcpy(out, m->outside, (size_t)m->voxel);
        return;
    }
    int64_t i = clamp_index((int64_t)floor(at.x + 0.5), n[0]),
            j = clamp_index((int64_t)floor(at.y + 0.5), n[1]),
            k = clamp_index((int64_t)floor(at.z + 0.5), n[2]);
    const char *from = m->in->data;
    memcpy(out, from + (((frame * n[2] + k) * n[1] + j) * n[0] + i) * m->voxel, (size_t)m->voxel);
}

static float interpolate(const moving *m, pel_vec3 at, int64_t frame, int64_t channel)
{
    const int64_t *n = m->in->dims;
    if (!is_inside(n, at))
        return NAN;
    double w[3][PEL__MOST_TAPS], value = 0, weight = 0;
    const double p[3] = { at.x, at.y, at.z };
    int64_t index[3][PEL__MOST_TAPS];
    int taps = pel__interp_taps(m->interp);
    for (int a = 0; a < 3; a++) {
        int64_t first = pel__interp_weights(w[a], m->interp, p[a]);
        for (int i = 0; i < taps; i++)
            index[a][i] = clamp_index(first + i, n[a]);
    }
    for (int k = 0; k < taps; k++)
        for (int j = 0; j < taps; j++) {
            int64_t row = ((frame * n[2] + index[2][k]) * n[1] + index[1][j]) * n[0];
            double wjk = w[2][k] * w[1][j];
            for (int i = 0; wjk != 0 && i < taps; i++) {
                double v = pel__stored_get(m->in->data, m->in->dtype,
                                           (row + index[0][i]) * m->channels + channel);
                if (w[0][i] != 0 && !isnan(v)) {
                    value += wjk * w[0][i] * v;
                    weight += wjk * w[0][i];
                }
            }
        }
    return weight > 1e-3 ? (float)(m->slope * (value / weight) + m->inter) : NAN;
}

static pel_status move_row(void *user, int64_t row)
{
    const moving *m = user;
    const int64_t *n = m->out->dims;
    int64_t j = row % n[1], k = row / n[1] % n[2], frame = row / (n[1] * n[2]);
    char *out = (char *)m->out->data;
    for (int64_t i = 0; i < n[0]; i++) {
        pel_vec3 at =
            pel_affine_point(m->old_from_new, (pel_vec3){ (double)i, (double)j, (double)k });
        int64_t voxel = row * n[0] + i;
        if (m->interp == PEL_NEAREST)
            take_nearest(m, out + voxel * m->voxel, at, frame);
        else
            for (int64_t c = 0; c < m->channels; c++)
                ((float *)(void *)out)[voxel * m->channels + c] = interpolate(m, at, frame, c);
    }
    return PEL_OK;
}

// NaN in float, otherwise the stored number nearest to value 0
static void make_outside(moving *m)
{
    double lo, hi;
    pel_dtype_range(m->in->dtype, &lo, &hi);
    double zero = -m->inter / m->slope;
    int64_t whole = pel__int_from(zero < lo ? lo : zero > hi ? hi : zero, INT64_MIN, INT64_MAX);
    int64_t size = pel_dtype_bytes(m->in->dtype);
    float f = NAN;
    double d = NAN;
    const void *from = m->in->dtype == PEL_FLOAT32   ? (const void *)&f
                       : m->in->dtype == PEL_FLOAT64 ? (const void *)&d
                                                     : (const void *)&whole;
    for (int64_t c = 0; c < m->channels; c++)
        memcpy(m->outside + c * size, from, (size_t)size);
}

static pel_status resample_by_position(pel_volume *out, const pel_volume *in, int interp)
{
    moving m = { .in = in, .out = out, .interp = interp, .channels = pel__volume_channels(in) };
    pel_affine ijk_from_mm;
    m.voxel = m.channels * pel_dtype_bytes(in->dtype);
    if (m.voxel > (int64_t)sizeof m.outside)
        return pel__fail(PEL_EUNSUPPORTED, "voxels of %lld channels cannot be resampled",
                         (long long)m.channels);
    if (!pel_affine_invert(&ijk_from_mm, pel__volume_affine(in)))
        return pel__fail(PEL_EDATA, "the volume's affine is singular: it has no grid in space");
    m.old_from_new = pel_affine_multiply(ijk_from_mm, pel__volume_affine(out));
    pel__volume_scale(in, &m.slope, &m.inter);
    make_outside(&m);
    return pel__parallel(out->dims[1] * out->dims[2] * pel__volume_frames(out), move_row, &m,
                         "resampling");
}

// axes stay parallel, so weights are known per axis
static pel_status resample_by_axes(pel_volume *out, const pel_volume *in, int interp,
                                   const pel_numbers *pixdim)
{
    pel__filter filters[3] = { 0 };
    pel_vec3 mm = pel_volume_spacing_mm(in);
    double old[3] = { mm.x, mm.y, mm.z };
    pel_status s = PEL_OK;
    for (int a = 0; a < 3 && s == PEL_OK; a++) {
        double step = pixdim->value[pixdim->count == 3 ? a : 0] / old[a];
        double origin = 0.5 * (double)(in->dims[a] - 1) - 0.5 * step * (double)(out->dims[a] - 1);
        s = pel__filter_kernel(&filters[a], interp, in->dims[a], out->dims[a], origin, step);
    }
    if (s == PEL_OK)
        s = pel__filter_apply(out, in, filters);
    for (int a = 0; a < 3; a++)
        pel__filter_free(&filters[a]);
    return s;
}

pel_status pel_resample(pel_volume *out, const pel_volume *in, const pel_volume *like,
                        const pel_resample_params *params)
{
    pel_status s = pel_resample_shape(out, in, like, params);
    if (s == PEL_OK)
        s = pel__alloc(&out->data, pel_volume_bytes(out), 1, "a volume");
    if (s == PEL_OK)
        s = like || params->interp == PEL_NEAREST
                ? resample_by_position(out, in, params->interp)
                : resample_by_axes(out, in, params->interp, &params->pixdim);
    if (s != PEL_OK)
        pel_volume_free(out);
    return s;
}
