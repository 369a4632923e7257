/* SPDX-License-Identifier: Apache-2.0 */
/* derive.h: second derivatives of levels at one scale: kernels of whole numbers, and their row by
 * row use. */
#ifndef PEL_TRANSFORM_DERIVE_H
#define PEL_TRANSFORM_DERIVE_H

#include "kernels/hessian.h"
#include "transform/levels.h"

/** Gaussian derivatives at one scale along all axes. */
typedef struct pel__derive {
    pel__derivatives axis[3];
    int32_t *weights; /* owned */
    double scale[6];  /* makes sums value per mm^2, times sigma^2; ii jj kk ij ik jk */
} pel__derive;

/** Voxels that a kernel of this many voxels reaches to each side. */
int pel__derive_reach(double sigma_voxels);

/**
 * Kernels of `sigma_mm`, or of 0.6 voxels along axes whose voxels are coarser; moments are exact:
 * of a parabola comes its curvature. Axes of one voxel have no derivatives. Free it.
 */
pel_status pel__derive_new(pel__derive *out, const int64_t dims[3], const double edge_mm[3],
                           double sigma_mm, double unit);
void pel__derive_free(pel__derive *derive);

/** Takes the six sums of voxels `first` to `first + count - 1` of a row; room for PAD more. */
typedef void pel__derive_row(void *user, double *const sum[6], int64_t first, int64_t count,
                             int64_t row);

/** All rows of slice k that the region meets, from its first to its last voxel there. */
pel_status pel__derive_slice(const pel__derive *derive, const pel__levels *levels, int64_t k,
                             pel__derive_row *take, void *user);

/** Bytes that one slice's work holds. */
int64_t pel__derive_bytes(const int64_t dims[3], const int reach[3]);

#endif
