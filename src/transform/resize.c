/* SPDX-License-Identifier: Apache-2.0 */
/* resize.c: a grid of other dims over the same box of space. */
#include <math.h>

#include "base/memory.h"
#include "base/status.h"
#include "transform/filter.h"
#include "transform/grid.h"
#include "volume/volume.h"

// one number: that many voxels along the longest edge in mm, as cubic as whole numbers allow
static pel_status new_dims(int64_t dims[3], const pel_volume *in, const pel_numbers *voxels)
{
    if (voxels->count != 1 && voxels->count != 3)
        return pel__fail(PEL_EPARAM, "--resize has %d numbers; it wants N or NX,NY,NZ",
                         voxels->count);
    for (int a = 0; a < voxels->count; a++)
        if (voxels->value[a] != floor(voxels->value[a]) || voxels->value[a] < 1)
            return pel__fail(PEL_EPARAM, "--resize wants whole numbers of voxels, at least 1");
    pel_vec3 mm = pel_volume_spacing_mm(in);
    double edge[3] = { mm.x * (double)in->dims[0], mm.y * (double)in->dims[1],
                       mm.z * (double)in->dims[2] };
    double longest = fmax(edge[0], fmax(edge[1], edge[2]));
    for (int a = 0; a < 3; a++) {
        double n = voxels->count == 3 ? voxels->value[a]
                                      : floor(voxels->value[0] * edge[a] / longest + 0.5);
        dims[a] = n < 1 ? 1 : (int64_t)n;
    }
    return PEL_OK;
}

pel_status pel__resize_shape(pel_volume *out, const pel_volume *in, const pel_numbers *voxels)
{
    int64_t dims[3];
    *out = (pel_volume){ 0 };
    pel_status s = new_dims(dims, in, voxels);
    if (s != PEL_OK)
        return s;
    // the outer faces of the box stay where they are
    pel_affine old_from_new = pel_affine_identity();
    for (int a = 0; a < 3; a++) {
        double ratio = (double)in->dims[a] / (double)dims[a];
        old_from_new.m[a][a] = ratio;
        old_from_new.m[a][3] = 0.5 * ratio - 0.5;
    }
    s = pel__grid_shape(out, in, dims, old_from_new);
    if (s == PEL_OK)
        pel__grid_values(out);
    return s;
}

static pel_status boxes(pel__filter filters[3], const pel_volume *in, const pel_volume *out)
{
    pel_status s = PEL_OK;
    for (int a = 0; a < 3 && s == PEL_OK; a++)
        s = pel__filter_box(&filters[a], in->dims[a], out->dims[a]);
    return s;
}

pel_status pel_resize(pel_volume *out, const pel_volume *in, const pel_numbers *voxels)
{
    pel__filter filters[3] = { 0 };
    pel_status s = pel__resize_shape(out, in, voxels);
    if (s == PEL_OK)
        s = boxes(filters, in, out);
    if (s == PEL_OK)
        s = pel__alloc(&out->data, pel_volume_bytes(out), 1, "a volume");
    if (s == PEL_OK)
        s = pel__filter_apply(out, in, filters);
    for (int a = 0; a < 3; a++)
        pel__filter_free(&filters[a]);
    if (s != PEL_OK)
        pel_volume_free(out);
    return s;
}

pel_status pel__resize_source(pel_source *source, const pel_numbers *voxels)
{
    pel__filter filters[3] = { 0 };
    pel_volume shape;
    pel_status s = pel__resize_shape(&shape, &source->shape, voxels);
    if (s == PEL_OK)
        s = boxes(filters, &source->shape, &shape);
    if (s == PEL_OK)
        return pel__filter_source(source, &shape, filters);
    for (int a = 0; a < 3; a++)
        pel__filter_free(&filters[a]);
    pel_volume_free(&shape);
    return s;
}
