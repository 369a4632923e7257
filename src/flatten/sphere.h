/* SPDX-License-Identifier: Apache-2.0 */
/* sphere.h: a closed surface on a sphere. */
#ifndef PEL_FLATTEN_SPHERE_H
#define PEL_FLATTEN_SPHERE_H

#include "flatten/patch.h"

/**
 * Map a closed surface without handles onto the sphere of its area around 0, angles kept roughly:
 * mean curvature flow with the Laplacian of the start (Kazhdan, Solomon and Ben-Chen
 * 2012), then turned so that it lies as the surface does. No triangle is turned over: where the
 * flow left some, their neighbourhoods are evened out. PEL_EDATA: not closed, handles, or triangles
 * that stay turned.
 */
pel_status pel__sphere(double (*xyz)[3], const pel__patch *patch);

#endif
