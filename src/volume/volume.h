/* SPDX-License-Identifier: Apache-2.0 */
/* volume.h: helpers of the noun that other rooms may use. */
#ifndef PEL_VOLUME_VOLUME_H
#define PEL_VOLUME_VOLUME_H

#include <pellucid/volume.h>

/** The scale that is applied: slope 0 (or not finite) counts as 1 with inter 0. */
void pel__volume_scale(const pel_volume *volume, double *slope, double *inter);

/** mm_from_ijk, or the identity when it is all zero. */
pel_affine pel__volume_affine(const pel_volume *volume);

/** Frames and channels, zero counting as one. */
int64_t pel__volume_frames(const pel_volume *volume);
int64_t pel__volume_channels(const pel_volume *volume);

/**
 * The grid with its frames as an array: as many axes as the file had, if that is enough for those
 * longer than one; axes 4 to 7 as in the file where they still give the frames, else one. Returns
 * how many; those behind are 1.
 */
int pel__volume_axes(const pel_volume *volume, int64_t dims[7]);

/** Check that dims are positive and counts fit; the message names `name`. */
pel_status pel__volume_check_shape(const pel_volume *shape, const char *name);

/** As pel__volume_check_shape(), and that there is one frame of one channel. */
pel_status pel__volume_check_single(const pel_volume *shape, const char *name);

/** Free and forget the fields' owned parts; deep copy (`to` is overwritten). */
void pel__fields_free(pel_fields *fields);
pel_status pel__fields_copy(pel_fields *to, const pel_fields *from);

/** The eight corners of the box of voxel faces (-0.5 to n-0.5), in world mm. */
void pel__volume_corners_mm(const pel_volume *volume, pel_vec3 out[8]);

/** Axes i, j, k as letters say them: axis a runs along world axis `world[a]`, upwards when
 * `sign[a]` is 1, downwards when -1. */
typedef struct pel__axes {
    int world[3], sign[3];
} pel__axes;

/** "RAS", "lpi"...: three letters, one of each pair; PEL_EPARAM otherwise. */
pel_status pel__orientation_parse(pel__axes *out, const char *code);

/** mm_from_ijk of these axes with voxels of `spacing_mm` along i, j, k; voxel 0,0,0 at the origin.
 */
pel_affine pel__orientation_affine(const pel__axes *axes, const double spacing_mm[3]);

/** Slices to ask a source for at once: about 4 MB, never none. */
int64_t pel__source_slices_at_once(const pel_source *source);

/**
 * Slices that keep every worker of a source busy: 4 MB of them, or one per worker as far as 64 MB
 * reach. It depends on the threads, so no result may depend on it.
 */
int64_t pel__source_window(const pel_volume *shape);

/** One stored number as double, without slope. */
double pel__stored_get(const void *data, pel_dtype dtype, int64_t index);

#endif
