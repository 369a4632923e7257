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

/* ---- cast ---- */

/**
 * Voxels of another type: value = slope*stored + inter, for an integer type rounded to the nearest
 * (ties to even), for float32 rounded once; `out` has slope 1. When `dtype` is what `in` has,
 * voxels and scale are kept. A value that the type cannot hold (out of range; NaN or infinity in an
 * integer) is PEL_EDATA, and the message counts them and names a type that would do; a note counts
 * those that were rounded. All frames and channels; the caller frees `out`.
 */
PEL_API pel_status pel_cast(pel_volume *out, const pel_volume *in, pel_dtype dtype);

/**
 * As pel_cast(), slab by slab. `out` takes `in` over, which becomes empty; on failure it does not.
 */
PEL_API pel_status pel_cast_source(pel_source *out, pel_source *in, pel_dtype dtype);

PEL_END

#endif
