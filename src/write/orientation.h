/* SPDX-License-Identifier: Apache-2.0 */
/* orientation.h: a grid in the world as NIfTI says it: a quaternion, a matrix, and a code for each.
 */
#ifndef PEL_WRITE_ORIENTATION_H
#define PEL_WRITE_ORIENTATION_H

#include <pellucid/volume.h>

typedef struct pel__quaternion {
    double a, bcd[3], offset[3];
    double handed; /* pixdim[0]: -1 when k points the other way than the rotation's third axis */
} pel__quaternion;

typedef struct pel__orientation {
    int qform_code, sform_code; /* 0: absent */
    pel__quaternion q;
    pel_vec3 spacing_mm; /* pixdim 1 to 3 */
    pel_affine sform;
} pel__orientation;

/** As pel_write_source() promises; a shape that is not oriented has neither form. */
pel__orientation pel__orientation_of(const pel_volume *shape);

/** The quaternion of a grid, scale left out; false when the axes are not at right angles. */
bool pel__quaternion_of(pel__quaternion *out, pel_affine mm_from_ijk);

/**
 * The quaternion in float32. A half turn (a = 0) is rounded so that a reader finds a = 0 again: a
 * is what b, c, d leave of 1, and rounding them down leaves 2e-4.
 */
void pel__quaternion_round(float bcd[3], const pel__quaternion *q);

#endif
