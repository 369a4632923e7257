/* SPDX-License-Identifier: Apache-2.0 */
/* see.h: volume to image: slice, histogram, raycast. */
#ifndef PELLUCID_SEE_H
#define PELLUCID_SEE_H

#include <pellucid/image.h>
#include <pellucid/mesh.h>
#include <pellucid/volume.h>

PEL_BEGIN

/* ---- slice ---- */

/* ---- histogram ---- */

/* ---- raycast ---- */

PEL_END

#endif
