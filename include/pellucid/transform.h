/* SPDX-License-Identifier: Apache-2.0 */
/* transform.h: volume to volume: tone, orient, crop, resize, resample, cast. */
#ifndef PELLUCID_TRANSFORM_H
#define PELLUCID_TRANSFORM_H

#include <pellucid/volume.h>

PEL_BEGIN

/**
 * Tone steps, `;` between them, in float64 as numpy would: normalize, window LO HI, percentile P Q,
 * add A, mul A, pow G, clip LO HI, spread F, invert, log, equalize; `seed` names the chain
 * `normalize; add -0.1; clip 0 1; pow 0.4; spread 2; add -0.1; clip 0 1`.
 * `out` becomes a float32 scalar volume on the grid of `in`; NaN stays NaN and counts nowhere.
 */
PEL_API pel_status pel_tone(pel_volume *out, const pel_volume *in, const char *steps);

/** Check tone steps without data: PEL_EPARAM names the step that is wrong. */
PEL_API pel_status pel_tone_check(const char *steps);

PEL_END

#endif
