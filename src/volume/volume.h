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

/** Check that dims are positive and counts fit; the message names `name`. */
pel_status pel__volume_check_shape(const pel_volume *shape, const char *name);

/** Free and forget the fields' owned parts; deep copy (`to` is overwritten). */
void pel__fields_free(pel_fields *fields);
pel_status pel__fields_copy(pel_fields *to, const pel_fields *from);

/** The eight corners of the box of voxel faces (-0.5 to n-0.5), in world mm. */
void pel__volume_corners_mm(const pel_volume *volume, pel_vec3 out[8]);

/** One stored number as double, without slope. */
double pel__stored_get(const void *data, pel_dtype dtype, int64_t index);

#endif
