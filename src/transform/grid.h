/* SPDX-License-Identifier: Apache-2.0 */
/* grid.h: a volume on another grid: picked voxels, and what its header must then say. */
#ifndef PEL_TRANSFORM_GRID_H
#define PEL_TRANSFORM_GRID_H

#include <pellucid/transform.h>

/** Where the voxels of one new axis come from: start, start + step... along old axis `axis`. */
typedef struct pel__pick {
    int axis;
    int64_t start, step, count;
} pel__pick;

/** `in` without data on a grid of other dims: mm_from_ijk, qform and sform follow, so that world
 * positions stay; what the header says of the order of acquisition is dropped where it no longer
 * holds. */
pel_status pel__grid_shape(pel_volume *out, const pel_volume *in, const int64_t dims[3],
                           pel_affine old_from_new);

/** Make a shape one of float32 values whose slices are no longer those that were acquired. */
void pel__grid_values(pel_volume *shape);

/** The shape that pel_resize() gives. */
pel_status pel__resize_shape(pel_volume *out, const pel_volume *in, const pel_numbers *voxels);

/** `source` becomes one of what pel_resize() gives, made slice by slice; it stays on failure. */
pel_status pel__resize_source(pel_source *source, const pel_numbers *voxels);

/** The shape that picking gives; the voxels are still to be copied. */
pel_status pel__pick_shape(pel_volume *out, const pel_volume *in, const pel__pick picks[3]);

/** A new volume of the voxels picked, all frames and channels of them. */
pel_status pel__pick_volume(pel_volume *out, const pel_volume *in, const pel__pick picks[3]);

/** Copy the picked voxels of one new slice (j by i) from the old slice that holds them. Axes stay.
 */
void pel__pick_slice(void *out, const void *slice, const pel_volume *old, const pel__pick picks[3]);

/** ":35,::-1,:25" for a grid of `dims`, as numpy understands it; axes not named stay whole. */
pel_status pel__crop_parse(pel__pick picks[3], const char *slices, const int64_t dims[3]);

/** The picks that bring the axes of `in` to `code`; PEL_EDATA when its orientation is unknown. */
pel_status pel__orient_picks(pel__pick picks[3], const pel_volume *in, const char *code);

#endif
