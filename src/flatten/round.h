/* SPDX-License-Identifier: Apache-2.0 */
/* round.h: a map to the sphere made better: angles first, then areas. */
#ifndef PEL_FLATTEN_ROUND_H
#define PEL_FLATTEN_ROUND_H

#include "flatten/patch.h"

/**
 * Move the points `xyz`, on a sphere around 0 of the patch's area, along it to where the triangles'
 * angles are those of the surface as nearly as can be, and with that, much weaker, their areas. No
 * triangle is turned over, before and after.
 */
pel_status pel__round(double (*xyz)[3], const pel__patch *patch);

#endif
