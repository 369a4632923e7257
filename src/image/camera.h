/* SPDX-License-Identifier: Apache-2.0 */
/* camera.h: what else the library knows of cameras. */
#ifndef PEL_IMAGE_CAMERA_H
#define PEL_IMAGE_CAMERA_H

#include <pellucid/image.h>

/**
 * What shows a box as large as fits, 2 % of the picture free on each side: mm per pixel
 * (orthographic), or how far before `centre_mm` the eye is (perspective).
 */
double pel__camera_fit(const pel_camera *camera, pel_vec3 centre_mm, const pel_vec3 corners_mm[8]);

#endif
