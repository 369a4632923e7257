/* SPDX-License-Identifier: Apache-2.0 */
/* mask.c: keep only the voxels where another volume is not zero. */
#include <math.h>
#include <string.h>

#include "base/job.h"
#include "base/memory.h"
#include "base/status.h"
#include "transform/grid.h"
#include "volume/volume.h"

/* a mask as seen from the grid of a volume */
typedef struct seen {
    const pel_volume *volume, *mask;
    pel_affine mask_from_ijk;
    double slope, inter; // of the mask
} seen;

typedef struct masking {
    seen mask;
    pel_volume *volume;
    int64_t voxel;    // bytes
    char nothing[64]; // what a masked voxel holds
} masking;

// the map of voxels to voxels, when it sends each to a voxel and not between them
static bool is_whole(pel_affine a)
{
    for (int r = 0; r < 3; r++)
        for (int c = 0; c < 4; c++)
            if (fabs(a.m[r][c] - floor(a.m[r][c] + 0.5)) > 1e-3)
                return false;
    return true;
}

static pel_status find_map(seen *m)
{
    const pel_volume *v = m->volume, *mask = m->mask;
    bool same_dims = memcmp(v->dims, mask->dims, sizeof v->dims) == 0;
    m->mask_from_ijk = pel_affine_identity();
    if (!v->oriented || !mask->oriented) {
        if (same_dims)
            return PEL_OK;
        return pel__fail(PEL_EDATA,
                         "--mask: it has %lldx%lldx%lld voxels, the volume %lldx%lldx%lld, and "
                         "without a known orientation they cannot be brought together",
                         (long long)mask->dims[0], (long long)mask->dims[1],
                         (long long)mask->dims[2], (long long)v->dims[0], (long long)v->dims[1],
                         (long long)v->dims[2]);
    }
    pel_affine ijk_from_mm;
    if (!pel_affine_invert(&ijk_from_mm, pel__volume_affine(mask)))
        return pel__fail(PEL_EDATA, "--mask: its affine is singular");
    m->mask_from_ijk = pel_affine_multiply(ijk_from_mm, pel__volume_affine(v));
    if (!is_whole(m->mask_from_ijk))
        pel__note("--mask is on another grid than the volume; its nearest voxels are used");
    return PEL_OK;
}

static pel_status see_mask(seen *out, const pel_volume *mask, const pel_volume *volume)
{
    *out = (seen){ .volume = volume, .mask = mask };
    if (pel__volume_channels(mask) != 1 || pel__volume_frames(mask) != 1)
        return pel__fail(PEL_EDATA, "--mask wants one frame of one channel");
    pel__volume_scale(mask, &out->slope, &out->inter);
    return find_map(out);
}

static bool is_kept(const seen *m, int64_t i, int64_t j, int64_t k)
{
    const int64_t *n = m->mask->dims;
    pel_vec3 at = pel_affine_point(m->mask_from_ijk, (pel_vec3){ (double)i, (double)j, (double)k });
    double x = floor(at.x + 0.5), y = floor(at.y + 0.5), z = floor(at.z + 0.5);
    if (!(x >= 0 && y >= 0 && z >= 0 && x < (double)n[0] && y < (double)n[1] && z < (double)n[2]))
        return false;
    int64_t index = ((int64_t)z * n[1] + (int64_t)y) * n[0] + (int64_t)x;
    double value = m->slope * pel__stored_get(m->mask->data, m->mask->dtype, index) + m->inter;
    return value != 0 && !isnan(value);
}

static pel_status mask_row(void *user, int64_t row)
{
    const masking *m = user;
    const int64_t *n = m->volume->dims;
    int64_t j = row % n[1], k = row / n[1], frames = pel__volume_frames(m->volume);
    for (int64_t i = 0; i < n[0]; i++) {
        if (is_kept(&m->mask, i, j, k))
            continue;
        for (int64_t frame = 0; frame < frames; frame++) {
            int64_t voxel = ((frame * n[2] + k) * n[1] + j) * n[0] + i;
            memcpy((char *)m->volume->data + voxel * m->voxel, m->nothing, (size_t)m->voxel);
        }
    }
    return PEL_OK;
}

typedef struct lowest {
    const pel_volume *volume;
    double *of_slice;
} lowest;

static pel_status lowest_of_slice(void *user, int64_t slice)
{
    const lowest *l = user;
    int64_t count = l->volume->dims[0] * l->volume->dims[1] * pel__volume_channels(l->volume);
    double least = INFINITY;
    for (int64_t n = 0; n < count; n++) {
        double v = pel__stored_get(l->volume->data, l->volume->dtype, slice * count + n);
        least = v < least ? v : least;
    }
    l->of_slice[slice] = least;
    return PEL_OK;
}

// NaN in float; in integers the number of the lowest value there is
static pel_status make_nothing(masking *m)
{
    const pel_volume *v = m->volume;
    int64_t slices = v->dims[2] * pel__volume_frames(v), whole = 0;
    float f = NAN;
    double d = NAN, slope, inter;
    pel__volume_scale(v, &slope, &inter);
    if (!pel_dtype_is_float(v->dtype)) {
        lowest l = { .volume = v };
        pel_status s = pel__alloc(&l.of_slice, slices, sizeof *l.of_slice, "lowest values");
        if (s == PEL_OK)
            s = pel__parallel(slices, lowest_of_slice, &l, NULL);
        double least = INFINITY;
        for (int64_t n = 0; s == PEL_OK && n < slices; n++)
            least = l.of_slice[n] < least ? l.of_slice[n] : least;
        pel__free(l.of_slice);
        if (s != PEL_OK)
            return s;
        whole = pel__int_from(least, INT64_MIN, INT64_MAX);
    }
    const void *from = v->dtype == PEL_FLOAT32   ? (const void *)&f
                       : v->dtype == PEL_FLOAT64 ? (const void *)&d
                                                 : (const void *)&whole;
    int64_t size = pel_dtype_bytes(v->dtype);
    for (int64_t c = 0; c < pel__volume_channels(v); c++)
        memcpy(m->nothing + c * size, from, (size_t)size);
    return PEL_OK;
}

pel_status pel_mask_apply(pel_volume *volume, const pel_volume *mask)
{
    masking m = { .volume = volume };
    m.voxel = pel__volume_channels(volume) * pel_dtype_bytes(volume->dtype);
    if (m.voxel > (int64_t)sizeof m.nothing)
        return pel__fail(PEL_EDATA, "a volume of more than %d bytes a voxel cannot be masked",
                         (int)sizeof m.nothing);
    pel_status s = see_mask(&m.mask, mask, volume);
    if (s == PEL_OK)
        s = make_nothing(&m);
    if (s == PEL_OK)
        s = pel__parallel(volume->dims[1] * volume->dims[2], mask_row, &m, NULL);
    return s;
}

/* ---- the mask itself, on another grid ---- */

typedef struct drawing {
    seen mask;
    uint8_t *out;
} drawing;

static pel_status draw_row(void *user, int64_t row)
{
    const drawing *d = user;
    const int64_t *n = d->mask.volume->dims;
    for (int64_t i = 0; i < n[0]; i++)
        d->out[row * n[0] + i] = is_kept(&d->mask, i, row % n[1], row / n[1]);
    return PEL_OK;
}

pel_status pel_mask_on_grid(pel_volume *out, const pel_volume *mask, const pel_volume *like)
{
    drawing d;
    pel_volume shape = *like;
    shape.frames = shape.channels = 1;
    shape.meaning = PEL_SCALAR;
    *out = (pel_volume){ 0 };
    pel_status s = see_mask(&d.mask, mask, like);
    if (s == PEL_OK)
        s = pel_volume_like(out, &shape, PEL_UINT8);
    d.out = out->data;
    if (s == PEL_OK)
        s = pel__parallel(like->dims[1] * like->dims[2], draw_row, &d, NULL);
    if (s != PEL_OK)
        pel_volume_free(out);
    return s;
}
