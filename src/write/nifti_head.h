/* SPDX-License-Identifier: Apache-2.0 */
/* nifti_head.h: what goes before the voxels of a NIfTI file. */
#ifndef PEL_WRITE_NIFTI_HEAD_H
#define PEL_WRITE_NIFTI_HEAD_H

#include <pellucid/volume.h>

#include "base/text.h"

enum { PEL__NIFTI_SINGLE = 1, PEL__NIFTI_PAIR = 2 };

/** How a volume lies in a NIfTI file. */
typedef struct pel__nifti_layout {
    int version;      /* 1 or 2 */
    int files;        /* PEL__NIFTI_SINGLE or PEL__NIFTI_PAIR */
    int datatype;     /* NIfTI code */
    int bits;         /* of a voxel */
    bool planar;      /* channels go along axis 5, each of them after the other */
    int64_t dims[8];  /* dims[0]: how many */
    int64_t extended; /* bytes of the extensions */
} pel__nifti_layout;

/**
 * Choose header and type: `version` 0: 2 for long axes and what came as 2, else 1.
 * `provenance`: the extension that will be written, or NULL.
 */
pel_status pel__nifti_lay_out(pel__nifti_layout *out, const pel_volume *shape,
                              const char *provenance, int version, int files);

/** Header, provenance and the flag before it: the part that may be written again. */
void pel__nifti_head(pel__text *out, const pel__nifti_layout *layout, const pel_volume *shape,
                     const char *provenance);

/** The other extensions, and zeros up to the voxels. */
void pel__nifti_rest(pel__text *out, const pel_volume *shape);

#endif
