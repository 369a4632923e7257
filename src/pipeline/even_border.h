/* SPDX-License-Identifier: Apache-2.0 */
/* even_border.h: an even border for what a view sees. */
#ifndef PEL_PIPELINE_EVEN_BORDER_H
#define PEL_PIPELINE_EVEN_BORDER_H

#include <pellucid/surface.h>

/**
 * Take off a patch what is narrower than twice `radius_mm` along it (an opening), and the teeth of
 * triangles along its border with that: the new one is a smooth line close within the old. A patch
 * that is narrow everywhere stays as it is.
 */
pel_status pel__even_border(pel_mesh *mesh, double radius_mm);

#endif
