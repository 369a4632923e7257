/* SPDX-License-Identifier: Apache-2.0 */
/* filter.h: sums of weighted voxels along the three axes: what resize and resample have in common.
 */
#ifndef PEL_TRANSFORM_FILTER_H
#define PEL_TRANSFORM_FILTER_H

#include <pellucid/transform.h>

enum { PEL__MOST_TAPS = 6 };

/** Weights of `taps` old voxels around a position; nearest linear cubic lanczos as of
 * pel_resample_params. Returns the first old voxel, which may lie outside. They add up to 1. */
int64_t pel__interp_weights(double weight[PEL__MOST_TAPS], int interp, double position);

/** Old voxels a kernel takes: 1, 2, 4, 6. */
int pel__interp_taps(int interp);

/** For each new voxel of one axis, which old ones it sums and with what weights. */
typedef struct pel__filter {
    int64_t count;  /* new voxels */
    int64_t *first; /* per new voxel: the first old one */
    int64_t taps;   /* weights per new voxel, zero where fewer are needed */
    double *weight; /* count * taps */
} pel__filter;

/** New voxels are means over the part of the old axis they cover; between old centres, linear. */
pel_status pel__filter_box(pel__filter *out, int64_t old_count, int64_t count);

/**
 * New voxel n lies at old position origin + n*step. A kernel is stretched by the step where that is
 * above 1, so that shrinking does not alias; weights beyond the ends go to the last voxel.
 */
pel_status pel__filter_kernel(pel__filter *out, int interp, int64_t old_count, int64_t count,
                              double origin, double step);
void pel__filter_free(pel__filter *filter);

/**
 * Fill `out` (float32, values) by the filters of the three axes. NaN is left out, the other weights
 * then growing to add up to 1; NaN where all were NaN or what is left weighs next to nothing.
 */
pel_status pel__filter_apply(pel_volume *out, const pel_volume *in, const pel__filter filters[3]);

/**
 * The same as a source of `shape` over `source`: old slices are read once, in order, a few at a
 * time. Takes over `source`, `shape` and the filters; on failure `source` stays as it was and the
 * others are freed.
 */
pel_status pel__filter_source(pel_source *source, pel_volume *shape, pel__filter filters[3]);

#endif
