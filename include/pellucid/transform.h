/* SPDX-License-Identifier: Apache-2.0 */
/* transform.h: volume to volume: tone, orient, crop, resize, resample, cast. */
#ifndef PELLUCID_TRANSFORM_H
#define PELLUCID_TRANSFORM_H

#include <pellucid/volume.h>

PEL_BEGIN

/* ---- tone ---- */

/**
 * Tone steps, `;` between them, one after the other on float64 values as numpy would; the result is
 * rounded to float32 once:
 *   normalize       (v - min)/(max - min)
 *   window LO HI    (v - LO)/(HI - LO), kept within 0 to 1
 *   percentile P Q  window between two percentiles (0 to 100, as numpy.percentile)
 *   add A, mul A    v + A, v*A
 *   pow G           v to the power G; NaN for v below 0 unless G is whole
 *   clip LO HI      kept within LO to HI
 *   spread F        mean + F*(v - mean)
 *   invert          min + max - v
 *   log             log(1 + v - min), natural
 *   equalize        share of the values up to v: the cumulative histogram of 256 equal
 *                   bins from min to max, straight lines between the middles of bins
 * min, max and mean are those of the finite values of all frames as they are at that step. `seed`
 * alone names the chain `normalize; add -0.1; clip 0 1; pow 0.4; spread 2; add -0.1; clip 0 1`.
 * Where all values are the same, normalize gives 0.
 *
 * `out` becomes a float32 volume of one channel on the grid of `in`, with as many frames; the
 * caller frees it. NaN stays NaN and counts nowhere. PEL_EDATA for several channels.
 */
PEL_API pel_status pel_tone(pel_volume *out, const pel_volume *in, const char *steps);

/** Check tone steps without data: PEL_EPARAM names the step that is wrong. */
PEL_API pel_status pel_tone_check(const char *steps);

/* ---- orient ---- */

/**
 * Reorder and flip the axes so that they point as `code` says ("RAS", "LPI"...): whole voxels are
 * picked, none is computed, and mm_from_ijk follows, so that nothing moves in the world. An oblique
 * grid stays oblique: its axes are named by the letters nearest to them. PEL_EDATA when the
 * orientation of `in` is unknown. All frames and channels; the caller frees `out`.
 */
PEL_API pel_status pel_orient(pel_volume *out, const pel_volume *in, const char *code);

/* ---- crop ---- */

/**
 * Keep the voxels that numpy slices of the grid keep: ":35,::-1,10:-10" (i, j, k; axes not named
 * stay whole; one index keeps its axis, one voxel long). What stays does not move in the world.
 * PEL_EDATA when nothing stays. All frames and channels; the caller frees `out`.
 */
PEL_API pel_status pel_crop(pel_volume *out, const pel_volume *in, const char *slices);

/* ---- resize ---- */

/**
 * The same box of space in other voxels, float32 values: an axis that shrinks is averaged over what
 * each new voxel covers, one that grows is interpolated linearly between old centres. One number N:
 * N voxels along the longest edge in mm, the others so that voxels become as cubic as whole numbers
 * allow; three: that many along i, j, k. The outer faces stay, spacing is what follows from them.
 * NaN is left out of averages. All frames and channels; the caller frees `out`.
 */
PEL_API pel_status pel_resize(pel_volume *out, const pel_volume *in, const pel_numbers *voxels);

/* ---- resample ---- */

/** What lies between voxels. cubic: Keys 1981, a = -1/2; lanczos: three lobes, weights adding up
 * to 1. */
enum { PEL_NEAREST, PEL_LINEAR, PEL_CUBIC, PEL_LANCZOS };

/** How to resample. Start from pel_resample_defaults(). */
typedef struct pel_resample_params {
    size_t size;
    pel_numbers pixdim; /* mm along i, j, k, or one for all; none: the grid of `like` */
    int interp;         /* PEL_NEAREST... */
} pel_resample_params;

PEL_API extern const pel_schema pel_resample_schema;
PEL_API pel_resample_params pel_resample_defaults(void);

/**
 * Other voxels, either of `pixdim` mm with the same axes and middle (as many as come nearest to the
 * old box; kernels are stretched where voxels grow, so that nothing aliases), or those of the grid
 * of `like` (only its shape is looked at; through world mm, not smoothed beforehand). `like` NULL:
 * none. Nearest keeps stored numbers, type and scale, so labels stay labels; the others give
 * float32 values. Up to half a voxel beyond the border counts as the border; further outside is
 * NaN, in integer types the number nearest to value 0. NaN is left out where other voxels weigh in.
 * All frames and channels; the caller frees `out`. PEL_EDATA when only one of two grids knows its
 * orientation.
 */
PEL_API pel_status pel_resample(pel_volume *out, const pel_volume *in, const pel_volume *like,
                                const pel_resample_params *params);

/** The shape of what pel_resample() would make, for planning; the caller frees it. */
PEL_API pel_status pel_resample_shape(pel_volume *out, const pel_volume *in, const pel_volume *like,
                                      const pel_resample_params *params);

/* ---- mask ---- */

/**
 * Forget the voxels of `volume` where `mask` is 0 or NaN, and those outside of it: they become NaN,
 * in integer types the lowest number there is in the volume. Through world mm, nearest voxel of the
 * mask (with a note when its grid lies askew); voxel by voxel when the orientation of one of them
 * is unknown, and then dims must be the same (PEL_EDATA). All frames and channels.
 */
PEL_API pel_status pel_mask_apply(pel_volume *volume, const pel_volume *mask);

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
