/* SPDX-License-Identifier: Apache-2.0 */
/* vessels.h: the vessels of the head scene. */
#ifndef PEL_PHANTOMS_VESSELS_H
#define PEL_PHANTOMS_VESSELS_H

#include "phantoms/brain.h"
#include "phantoms/rods.h"
#include "phantoms/tissue.h"

/** Trees over the cortex, sinuses and the great arteries, in millimetres of the person; kinds are
 * those of tissue.h. `radius_mm` is that of a vein where it leaves for the sinus. */
pel_status pel__vessels_make(pel__rods *out, const pel__brain *brain, int64_t seed,
                             double radius_mm);

#endif
