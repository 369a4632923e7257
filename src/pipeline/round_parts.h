/* SPDX-License-Identifier: Apache-2.0 */
/* round_parts.h: labels on a picture without the corners of voxels. */
#ifndef PEL_PIPELINE_ROUND_PARTS_H
#define PEL_PIPELINE_ROUND_PARTS_H

#include <pellucid/image.h>

/**
 * Parts drawn on a float picture (numbers above 0; 0 is background, NaN nothing) lose the corners
 * of the voxels they come from: a pixel belongs to a part where at least half of what lies around
 * it does, weighed by two boxes of four fifths of a voxel, one after the other. Straight edges stay
 * where they are and what is a voxel wide stays whole. Whole numbers, so the same on any machine.
 */
pel_status pel__round_parts(pel_image *parts, double voxel_mm);

#endif
