/* SPDX-License-Identifier: Apache-2.0 */
/* frame.h: where a flat map lies in its plane, and maps that are only seen from somewhere. */
#ifndef PEL_FLATTEN_FRAME_H
#define PEL_FLATTEN_FRAME_H

#include <pellucid/flatten.h>

#include "flatten/patch.h"

/**
 * Turn a map about its middle (of area), which comes to 0, so that on the average over its area the
 * world direction `up` (PEL_UP_...) points up.
 */
void pel__frame_turn(double (*uv)[2], const pel__patch *patch, int up);

/**
 * See the patch along `normal` (of three numbers), or along that of the plane that fits best;
 * `height_mm` becomes what lies towards who looks.
 */
void pel__frame_plane(double (*uv)[2], double *height_mm, const pel__patch *patch,
                      const pel_numbers *normal);

/** See the patch as a camera does, in mm; PEL_EDATA for a point behind the eye. */
pel_status pel__frame_view(double (*uv)[2], double *height_mm, const pel__patch *patch,
                           const pel_camera *camera);

#endif
