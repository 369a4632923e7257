/* SPDX-License-Identifier: Apache-2.0 */
/* flatten.h: the methods without a turned triangle, in doubles. */
#ifndef PEL_FLATTEN_FLATTEN_H
#define PEL_FLATTEN_FLATTEN_H

#include <pellucid/flatten.h>

#include "flatten/patch.h"

/**
 * Lay a disk flat by isometric, minimax, conformal or area: `uv` (room for its points) in mm, where
 * it happens to lie.
 */
pel_status pel__unfold(double (*uv)[2], const pel__patch *patch, const pel_flatten_params *params);

#endif
