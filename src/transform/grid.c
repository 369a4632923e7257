/* SPDX-License-Identifier: Apache-2.0 */
/* grid.c: pick voxels along each axis, and keep millimetres and header true. */
#include "transform/grid.h"

#include <stdlib.h>
#include <string.h>

#include "base/job.h"
#include "base/memory.h"
#include "base/status.h"
#include "volume/volume.h"

pel_status pel__grid_shape(pel_volume *out, const pel_volume *in, const int64_t dims[3],
                           pel_affine old_from_new)
{
    pel_status s = pel_volume_copy_shape(out, in);
    if (s != PEL_OK)
        return s;
    memcpy(out->dims, dims, sizeof out->dims);
    out->mm_from_ijk = pel_affine_multiply(pel__volume_affine(in), old_from_new);
    pel_fields *f = &out->fields;
    if (f->qform_code > 0)
        f->qform = pel_affine_multiply(f->qform, old_from_new);
    if (f->sform_code > 0)
        f->sform = pel_affine_multiply(f->sform, old_from_new);
    return pel__volume_check_shape(out, "the new grid");
}

static void forget_slice_times(pel_fields *f)
{
    f->slice_code = 0;
    f->slice_start = f->slice_end = 0;
    f->slice_duration = 0;
}

void pel__grid_values(pel_volume *shape)
{
    shape->dtype = PEL_FLOAT32;
    shape->slope = 1;
    shape->inter = 0;
    forget_slice_times(&shape->fields);
}

// the old axis a header names (1 to 3) by its new place
static int new_place(const pel__pick picks[3], int old)
{
    for (int a = 0; a < 3; a++)
        if (picks[a].axis == old - 1)
            return a + 1;
    return 0;
}

pel_status pel__pick_shape(pel_volume *out, const pel_volume *in, const pel__pick picks[3])
{
    pel_affine old_from_new = { 0 };
    int64_t dims[3];
    old_from_new.m[3][3] = 1;
    for (int a = 0; a < 3; a++) {
        old_from_new.m[picks[a].axis][a] = (double)picks[a].step;
        old_from_new.m[picks[a].axis][3] = (double)picks[a].start;
        dims[a] = picks[a].count;
    }
    pel_status s = pel__grid_shape(out, in, dims, old_from_new);
    if (s != PEL_OK)
        return s;
    pel_fields *f = &out->fields;
    f->freq_dim = new_place(picks, f->freq_dim);
    f->phase_dim = new_place(picks, f->phase_dim);
    f->slice_dim = new_place(picks, f->slice_dim);
    for (int a = 0; a < 3; a++)
        if (a == f->slice_dim - 1 &&
            (picks[a].step != 1 || picks[a].count != in->dims[picks[a].axis]))
            forget_slice_times(f);
    return PEL_OK;
}

// `count` items of `size` bytes, `stride` bytes apart
static void copy_strided(char *out, const char *in, int64_t count, int64_t stride, int64_t size)
{
    if (stride == size) {
        memcpy(out, in, (size_t)(count * size));
        return;
    }
    switch (size) {
    case 1:
        for (int64_t n = 0; n < count; n++)
            out[n] = in[n * stride];
        break;
    case 2:
        for (int64_t n = 0; n < count; n++)
            memcpy(out + 2 * n, in + n * stride, 2);
        break;
    case 4:
        for (int64_t n = 0; n < count; n++)
            memcpy(out + 4 * n, in + n * stride, 4);
        break;
    case 8:
        for (int64_t n = 0; n < count; n++)
            memcpy(out + 8 * n, in + n * stride, 8);
        break;
    default:
        for (int64_t n = 0; n < count; n++)
            memcpy(out + n * size, in + n * stride, (size_t)size);
    }
}

/* how far apart in bytes neighbours along each new axis lie in the old data */
typedef struct picking {
    const pel_volume *in, *out;
    int64_t stride[3], start;
    int64_t voxel, in_frame, out_frame; // bytes
} picking;

static picking make_picking(const pel_volume *out, const pel_volume *in, const pel__pick picks[3])
{
    int64_t voxel = pel__volume_channels(in) * pel_dtype_bytes(in->dtype);
    int64_t old[3] = { voxel, voxel * in->dims[0], voxel * in->dims[0] * in->dims[1] };
    picking p = { .in = in, .out = out, .voxel = voxel, .in_frame = old[2] * in->dims[2] };
    p.out_frame = voxel;
    for (int a = 0; a < 3; a++) {
        p.stride[a] = picks[a].step * old[picks[a].axis];
        p.start += picks[a].start * old[picks[a].axis];
        p.out_frame *= picks[a].count;
    }
    return p;
}

static pel_status pick_slice_task(void *user, int64_t slice)
{
    const picking *p = user;
    const int64_t *n = p->out->dims;
    int64_t frame = slice / n[2], k = slice % n[2], row = n[0] * p->voxel;
    const char *from =
        (const char *)p->in->data + frame * p->in_frame + p->start + k * p->stride[2];
    char *to = (char *)p->out->data + frame * p->out_frame + k * n[1] * row;
    for (int64_t j = 0; j < n[1]; j++)
        copy_strided(to + j * row, from + j * p->stride[1], n[0], p->stride[0], p->voxel);
    return PEL_OK;
}

pel_status pel__pick_volume(pel_volume *out, const pel_volume *in, const pel__pick picks[3])
{
    *out = (pel_volume){ 0 };
    pel_status s = pel__pick_shape(out, in, picks);
    if (s == PEL_OK)
        s = pel__alloc(&out->data, pel_volume_bytes(out), 1, "a volume");
    if (s == PEL_OK) {
        picking p = make_picking(out, in, picks);
        s = pel__parallel(out->dims[2] * pel__volume_frames(out), pick_slice_task, &p, NULL);
    }
    if (s != PEL_OK)
        pel_volume_free(out);
    return s;
}

void pel__pick_slice(void *out, const void *slice, const pel_volume *old, const pel__pick picks[3])
{
    picking p = make_picking(old, old, picks);
    const char *from =
        (const char *)slice + picks[0].start * p.voxel + picks[1].start * p.voxel * old->dims[0];
    for (int64_t j = 0; j < picks[1].count; j++)
        copy_strided((char *)out + j * picks[0].count * p.voxel, from + j * p.stride[1],
                     picks[0].count, p.stride[0], p.voxel);
}
