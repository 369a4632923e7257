/* SPDX-License-Identifier: Apache-2.0 */
/* nifti_image.c: a picture as a NIfTI volume of one slice. */
#include <math.h>
#include <stdlib.h>

#include "base/status.h"
#include "write/write.h"

pel_status pel__write_nifti_image(const char *path, const pel_image *image)
{
    bool scale_known = isfinite(image->mm_per_pixel) && image->mm_per_pixel > 0;
    double mm = scale_known ? image->mm_per_pixel : 1;
    bool bytes = image->dtype == PEL_UINT8;
    pel_volume shape = { .dims = { image->width, image->height, 1 },
                         .channels = image->channels,
                         .meaning = bytes && image->channels == 3   ? PEL_RGB
                                    : bytes && image->channels == 4 ? PEL_RGBA
                                                                    : PEL_SCALAR,
                         .dtype = image->dtype,
                         .slope = image->scalar ? image->slope : 1,
                         .inter = image->scalar ? image->inter : 0,
                         .mm_from_ijk = pel_affine_identity(),
                         .unit_known = scale_known,
                         .data = image->data };
    for (int a = 0; a < 3; a++)
        shape.mm_from_ijk.m[a][a] = mm;
    char *metadata = pel__image_metadata(image);
    if (!metadata)
        return pel__fail(PEL_EMEMORY, "%s: no memory for its metadata", path);
    pel_status s = pel_write_volume(path, &shape, metadata, NULL);
    free(metadata);
    return s;
}
