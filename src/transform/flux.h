/* SPDX-License-Identifier: Apache-2.0 */
/* flux.h: oriented flux through spheres (Law and Chung 2008), without a Fourier transform: the
 * flux of the gradient through a sphere is the integral of the second derivatives over its ball. */
#ifndef PEL_TRANSFORM_FLUX_H
#define PEL_TRANSFORM_FLUX_H

#include "transform/levels.h"

/** The Gaussian that makes derivatives: a fifth of the radius, at least the finest edge. */
double pel__flux_sigma_mm(const double edge_mm[3], double radius_mm);

/**
 * Means over balls of a radius, weights falling to 0 within a voxel at their surface; levels of
 * their own unit, rounded one by one, the same for axes in any order. Shares `inside`; free it.
 */
pel_status pel__flux_balls(pel__levels *out, const pel__levels *in, const double edge_mm[3],
                           double radius_mm);
void pel__flux_balls_free(pel__levels *balls);

/**
 * sigma^2 times the second derivative across a tube of this radius and contrast 1 in voxels that
 * are means, smoothed by a Gaussian of pel__flux_sigma_mm() and averaged over the ball of
 * pel__flux_balls() of the tube's radius at its axis.
 */
double pel__flux_of_tube(const double edge_mm[3], double radius_mm);

#endif
