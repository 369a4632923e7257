/* SPDX-License-Identifier: Apache-2.0 */
/* look.h: looks inside the library: built-in ones, piecewise functions. */
#ifndef PEL_IMAGE_LOOK_H
#define PEL_IMAGE_LOOK_H

#include <pellucid/image.h>

/** The built-in look of this name; false when there is none. */
bool pel__look_builtin(pel_look *out, const char *name);

/** The first `channels` numbers of a piecewise linear function; count > 0. */
void pel__look_piecewise(double *out, const pel_look_point *points, int count, int channels,
                         double value);

/** Make opacity points of `points`, so that the colours come from the colour map. */
void pel__look_to_map(pel_look *look);

/** The direction to the light in picture axes (right, up, near), a unit vector; the eye's for
 * "head". PEL_EPARAM when `light` is neither. */
pel_status pel__look_light(pel_vec3 *out, const char *light);

/** All of a text file of less than 1 MB that is a `noun`; malloc'd. */
pel_status pel__text_file(char **out, const char *path, const char *noun);

/** Check what no table checks: ascending points, finite numbers, ranges, the light's words. */
pel_status pel__look_check(const pel_look *look);

/** Value of a voxel, counted in file order. */
typedef double pel__look_value(const void *user, int64_t voxel);

/** As pel_look_fit() for voxels that lie elsewhere than in `shape`. */
pel_status pel__look_fit_to(pel_look *look, const pel_volume *shape, pel__look_value *value,
                            const void *user);

#endif
