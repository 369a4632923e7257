/* SPDX-License-Identifier: Apache-2.0 */
/* smooth.h: smoothing that stays near where points were. */
#ifndef PEL_SURFACE_SMOOTH_H
#define PEL_SURFACE_SMOOTH_H

#include <pellucid/surface.h>

/** How far a point may move, in voxels of a grid. */
typedef struct pel__smooth_reach {
    pel_affine ijk_from_mm;
    double voxels;
} pel__smooth_reach;

/**
 * As pel_smooth() of params that were checked; with `reach` (may be NULL) as a membrane instead,
 * each step half-way to the mean of the neighbours, and no point ever further from its start than
 * that.
 */
pel_status pel__smooth_within(pel_mesh *mesh, pel_smoothed *found, const pel_smooth_params *params,
                              const pel__smooth_reach *reach);

#endif
