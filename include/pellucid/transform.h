/* SPDX-License-Identifier: Apache-2.0 */
/* transform.h: volume to volume: tone, orient, crop, resize, resample, masks, gaussian, vessels,
 * cast. */
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

/**
 * The same test as a mask of its own: uint8 on the grid of `like`, 1 where `mask` is neither 0 nor
 * NaN. The caller frees `out`.
 */
PEL_API pel_status pel_mask_on_grid(pel_volume *out, const pel_volume *mask,
                                    const pel_volume *like);

/* ---- threshold ---- */

/**
 * A mask, uint8 0 and 1, of the voxels whose value lies within lo to hi, both included; infinite
 * ends are allowed. NaN lies nowhere. One frame of one channel (PEL_EDATA); the caller frees `out`.
 */
PEL_API pel_status pel_threshold(pel_volume *out, const pel_volume *in, double lo, double hi);

/** Most classes of pel_otsu(). */
enum { PEL_MOST_CLASSES = 8 };

/**
 * The `classes` - 1 thresholds, rising, that part the values into classes with the greatest
 * variance between them (Otsu 1979; several: Liao, Chen, Chung 2001, searched whole); a value
 * belongs to the class above a threshold when it is greater. Integers that span up to 65536 values
 * (256 for several thresholds) are counted one by one, others in 4096 (256) equal bins. NaN is left
 * out. PEL_EDATA when there are too few values, or several frames or channels.
 */
PEL_API pel_status pel_otsu(double *thresholds, const pel_volume *in, int classes);

/**
 * The threshold of least cross entropy (Li and Tam 1998), found by fixed-point iteration from the
 * mean of the values, counted as of pel_otsu(), in 65536 bins. Values count from the lowest one.
 */
PEL_API pel_status pel_li(double *threshold, const pel_volume *in);

/* ---- morphology ---- */

enum { PEL_ERODE, PEL_DILATE, PEL_OPEN, PEL_CLOSE, PEL_TOPHAT, PEL_BLACKHAT };

/** What is done to a mask. Start from pel_morphology_defaults(). */
typedef struct pel_morphology_params {
    size_t size;
    int operation;     /* PEL_ERODE... */
    pel_length radius; /* mm: a ball in space, whatever the voxels; vx: a ball of voxels */
} pel_morphology_params;

PEL_API extern const pel_schema pel_morphology_schema;
PEL_API pel_morphology_params pel_morphology_defaults(void);

/**
 * Grow or shrink a mask (what is neither 0 nor NaN is set) by a ball: offsets whose length is at
 * most the radius. What lies beyond the grid is empty: it erodes, and close and open do as if the
 * grid went on, so that close never takes from a mask. tophat is what open takes away, blackhat
 * what close adds. `out` is uint8 0 and 1 on the same grid; the caller frees it. One frame of one
 * channel (PEL_EDATA).
 */
PEL_API pel_status pel_morphology(pel_volume *out, const pel_volume *mask,
                                  const pel_morphology_params *params);

/* ---- grey ---- */

/** What is done to values. Start from pel_grey_defaults(). */
typedef struct pel_grey_params {
    size_t size;
    int operation;     /* PEL_ERODE... */
    pel_length radius; /* mm: a ball in space; vx: a ball of voxels; of a picture a disk */
} pel_grey_params;

PEL_API extern const pel_schema pel_grey_schema;
PEL_API pel_grey_params pel_grey_defaults(void);

/**
 * Grey morphology by a flat ball (Serra 1982): erode is the least value within the ball, dilate the
 * greatest; open dilates what erode left, and takes what is bright and thinner than the ball; close
 * the other way round; tophat is what open takes away, bright lines on uneven ground; blackhat what
 * close adds, dark ones. What lies beyond the grid, and NaN, counts nowhere; NaN stays NaN. `out`
 * is float32 on the same grid; the caller frees it. One frame of one channel (PEL_EDATA).
 */
PEL_API pel_status pel_grey(pel_volume *out, const pel_volume *in, const pel_grey_params *params);

/**
 * The outer layer of a mask: its voxels that share a face with one outside of it; with `axis` 0 to
 * 2 only neighbours within the slice across that voxel axis count, which is its outline; -1: all.
 * Beyond the grid is outside. uint8 0 and 1; the caller frees `out`.
 */
PEL_API pel_status pel_outer_layer(pel_volume *out, const pel_volume *mask, int axis);

/* ---- distance ---- */

enum { PEL_INSIDE, PEL_OUTSIDE, PEL_SIGNED };

/** What is measured. Start from pel_distance_defaults(). */
typedef struct pel_distance_params {
    size_t size;
    int side;    /* PEL_INSIDE... */
    bool voxels; /* in voxels along each axis, not mm */
} pel_distance_params;

PEL_API extern const pel_schema pel_distance_schema;
PEL_API pel_distance_params pel_distance_defaults(void);

/**
 * The exact Euclidean distance, float32, from each voxel of the mask (neither 0 nor NaN) to the
 * nearest voxel centre outside of it, 0 outside; `outside` the other way round; signed: inside less
 * outside. Beyond the grid is nothing: it is no outside. Where there is no voxel to measure to,
 * infinity. Separable lower envelopes (Felzenszwalb and Huttenlocher 2012). The caller frees `out`.
 */
PEL_API pel_status pel_distance(pel_volume *out, const pel_volume *mask,
                                const pel_distance_params *params);

/* ---- components ---- */

/** How parts hang together and which are kept. Start from pel_components_defaults(). */
typedef struct pel_components_params {
    size_t size;
    int connectivity;   /* 0: 6, 1: 18, 2: 26 */
    int64_t largest;    /* keep the N largest (of equal ones the first in scan order); 0: all */
    double least, most; /* keep those of that many voxels; NaN: any */
} pel_components_params;

PEL_API extern const pel_schema pel_components_schema;
PEL_API pel_components_params pel_components_defaults(void);

/** One connected part of a mask. */
typedef struct pel_component {
    int64_t voxels;
    pel_vec3 centre_ijk; /* mean of its voxels */
} pel_component;

/**
 * Number the connected parts of a mask (neither 0 nor NaN) that are kept from 1 on, in the order of
 * their first voxels: `labels`, uint32, the caller frees it; `list`, malloc'd, one entry each.
 * Either may be NULL. The same for any number of threads.
 */
PEL_API pel_status pel_components(pel_volume *labels, pel_component **list, int64_t *count,
                                  const pel_volume *mask, const pel_components_params *params);

/** The parts that are kept as a mask, uint8 0 and 1; the caller frees `out`. */
PEL_API pel_status pel_keep_components(pel_volume *out, const pel_volume *mask,
                                       const pel_components_params *params);

/**
 * A mask with its holes filled: what is empty and not joined by faces to the border of the grid (of
 * a single slice: to the border of the slice). uint8 0 and 1; the caller frees `out`.
 */
PEL_API pel_status pel_fill_holes(pel_volume *out, const pel_volume *mask);

/* ---- genus ---- */

/** What pel_genus_zero() changed in the largest part. */
typedef struct pel_genus_found {
    int64_t added, removed; /* voxels */
    double added_mm3, removed_mm3;
} pel_genus_found;

/**
 * The largest part of a mask as a body without handles, tunnels and cavities: joined by faces, and
 * what is outside by faces and edges. A ball of voxels grows from the deepest one on, the deepest
 * first, and the outside from the border of the grid, the farthest first, by simple points only
 * (Bertrand and Malandain 1994); what neither reaches would cut handles or fill tunnels. Of these
 * changes the smallest are made first, each that rids the mask of one; what is left is cut. uint8 0
 * and 1; the caller frees `out`; `found` may be NULL. PEL_EDATA: the mask is empty. The same bits
 * on any machine.
 */
PEL_API pel_status pel_genus_zero(pel_volume *out, pel_genus_found *found, const pel_volume *mask);

/** Bytes that pel_genus_zero() holds beside the mask and its result. */
PEL_API int64_t pel_genus_zero_memory(const pel_volume *shape);

/* ---- gaussian ---- */

/** How wide. Start from pel_gaussian_defaults(). */
typedef struct pel_gaussian_params {
    size_t size;
    pel_length sigma; /* mm in space, or voxels along each axis */
} pel_gaussian_params;

PEL_API extern const pel_schema pel_gaussian_schema;
PEL_API pel_gaussian_params pel_gaussian_defaults(void);

/**
 * Values smoothed by a Gaussian, float32: sampled at the voxel centres, cut at four sigma, adding
 * up to 1; the volume goes on beyond its faces as its mirror image, as scipy.ndimage's `reflect`.
 * NaN spreads. All frames; one channel (PEL_EDATA). The caller frees `out`.
 */
PEL_API pel_status pel_gaussian(pel_volume *out, const pel_volume *in,
                                const pel_gaussian_params *params);

/* ---- thin ---- */

/**
 * A mask thinned to lines one voxel wide, as far as its topology allows: parts, holes and cavities
 * stay (26 neighbours inside, 6 outside), and so do the ends of lines. Voxels go in layers of their
 * distance in mm from the outside, so that lines run in the middle, and in each from six sides in
 * turn, as of Palagyi and Kuba 1998. Simple points by Bertrand and Malandain 1994. uint8 0 and 1;
 * one frame of one channel (PEL_EDATA). The caller frees `out`.
 */
PEL_API pel_status pel_thin(pel_volume *out, const pel_volume *mask);

/** Bytes that pel_thin() holds at most, its result counted. */
PEL_API int64_t pel_thin_memory(const pel_volume *shape);

/* ---- hysteresis ---- */

/**
 * The parts of `weak` (voxels that share a corner hang together) that hold at least one voxel of
 * `strong`, and at least `least_voxels` of their own: uint8 0 and 1 on the grid of `weak`.
 * PEL_EDATA when their grids have other dims. The caller frees `out`.
 */
PEL_API pel_status pel_hysteresis(pel_volume *out, const pel_volume *weak, const pel_volume *strong,
                                  double least_voxels);

/** The most bytes that pel_hysteresis() takes beside its masks. */
PEL_API int64_t pel_hysteresis_memory(const pel_volume *shape);

/* ---- noise ---- */

/**
 * The standard deviation of a volume's noise, in values: the median of second differences along all
 * axes at once, which vanish on straight edges (after Immerkaer 1996), by that of a normal
 * distribution; robust to whatever covers less than half of the voxels. Where neighbours are all
 * alike, as in air set to 0, nothing is counted. Whole numbers read up to 10 % high where noise is
 * a few levels. `within` (may be NULL): of which voxels. 0 when nothing can be said. Noise of
 * magnitude images is Rician in air; ask within the head.
 */
PEL_API pel_status pel_noise(double *out, const pel_volume *in, const pel_volume *within);

/* ---- denoise ---- */

enum { PEL_NOISE_GAUSS, PEL_NOISE_RICIAN };

/** How noise is taken out. Start from pel_denoise_defaults(). */
typedef struct pel_denoise_params {
    size_t size;
    double strength; /* h over sigma; 0: nothing is done */
    double noise;    /* sigma, in values; NaN: measured in the brighter part by pel_noise() */
    int64_t search;  /* voxels to each side */
    int law;         /* PEL_NOISE_... */
} pel_denoise_params;

PEL_API extern const pel_schema pel_denoise_schema;
PEL_API pel_denoise_params pel_denoise_defaults(void);

/**
 * Noise taken out by non-local means (Buades, Coll, Morel 2005; in volumes Coupe et al. 2008): each
 * voxel becomes the mean of those within `search` voxels, weighed by e^(-max(d^2 - 2 sigma^2,
 * 0)/h^2), where d^2 is the mean square difference of the 3x3x3 voxels around both and h = strength
 * sigma; the exponential is (1 - x/16)^16, which is 0 for what is unlike. Edges and vessels stay,
 * since they are averaged with their like. rician: squares are averaged, less 2 sigma^2
 * (Wiest-Daessle et al. 2008). Beyond its faces the volume is its mirror image. Float32 on the grid
 * of `in`; the caller frees it. NaN stays, and counts as 0 for its neighbours' likeness. `noise`
 * (may be NULL): the sigma used. One frame of one channel (PEL_EDATA). The same bits for any number
 * of threads.
 */
PEL_API pel_status pel_denoise(pel_volume *out, double *noise, const pel_volume *in,
                               const pel_denoise_params *params);

/* ---- bias ---- */

/** How uneven brightness is found. Start from pel_bias_defaults(). */
typedef struct pel_bias_params {
    size_t size;
    int64_t levels;     /* pieces of the field per axis: 2 to the power of levels - 1 */
    int64_t iterations; /* of each level, at most */
    double grid;        /* mm from voxel to voxel that the field is fitted to */
} pel_bias_params;

PEL_API extern const pel_schema pel_bias_schema;
PEL_API pel_bias_params pel_bias_defaults(void);

/**
 * Uneven brightness, as of MRI coils, taken out: N4 (Tustison et al. 2010, "N4ITK: improved N3 bias
 * correction"): the histogram of log values is sharpened (Sled, Zijdenbos, Evans 1998: width 0.15,
 * Wiener noise 0.01, 200 bins), what that moves is fitted by cubic B-splines (Lee, Wolberg, Shin
 * 1997) over the volume's box, and so on, from one piece per axis to finer ones. `out` is `in`
 * divided by `field` (may be NULL), both float32 on its grid, above 0 and of geometric mean 1 over
 * what was looked at, so that brightness stays. `within` (may be NULL: what is brighter than Otsu's
 * threshold) says where to look; the field goes on beyond it. NaN stays, and counts nowhere. One
 * frame of one channel; PEL_EDATA where there is too little to see. The caller frees both. The same
 * bits for any number of threads.
 */
PEL_API pel_status pel_bias(pel_volume *out, pel_volume *field, const pel_volume *in,
                            const pel_volume *within, const pel_bias_params *params);

/* ---- vessels ---- */

enum { PEL_SHAPE_TUBE, PEL_SHAPE_SHEET };
enum { PEL_POLARITY_BRIGHT, PEL_POLARITY_DARK };
enum { PEL_VESSELS_JERMAN, PEL_VESSELS_FRANGI, PEL_VESSELS_OOF };

/** What is looked for. Start from pel_vessels_defaults(). */
typedef struct pel_vessels_params {
    size_t size;
    const char *scales; /* "LO:HI[:N]" or one number, sigma in mm; steps of at most 1.25 */
    int shape;          /* PEL_SHAPE_... */
    int polarity;       /* PEL_POLARITY_... */
    int method;         /* PEL_VESSELS_... */
    double contrast;    /* of a full vessel, in values; NaN: from 1 in 10000 to the median */
} pel_vessels_params;

PEL_API extern const pel_schema pel_vessels_schema;
PEL_API pel_vessels_params pel_vessels_defaults(void);

/**
 * How much each voxel looks like part of a tube, or a sheet: float32 from 0 (not at all) to 1, the
 * greatest over all scales, by the eigenvalues of sigma^2 times the Hessian of the values smoothed
 * by a Gaussian of sigma mm (of no less than 0.6 voxels along any axis; a tube of radius r answers
 * best at sigma = r/sqrt(2)). Of a picture of one slice: lines.
 * jerman: Jerman, Pernus, Likar, Spiclin 2016, tau = 1/2 of what a tube of full contrast has, not
 * of the volume's maximum, so that scales without vessels stay dark; sheets: the largest curvature
 * less the second, over the largest. frangi: Frangi, Niessen, Vincken, Viergever 1998, alpha = beta
 * = 1/2, c half the norm of a tube of full contrast; sheets: Descoteaux et al. 2005. oof: flux of
 * the gradient through spheres of radius sqrt(2) sigma (Law and Chung 2008), the geometric mean of
 * the two larger ones, 1 for a tube of that radius and full contrast.
 *
 * `within` (may be NULL): look only where it is neither 0 nor NaN (pel_mask_on_grid()); what lies
 * outside does not count, since values go on from the region's edge, so that the edge of a stripped
 * brain is none. NaN lies outside too. Outside the result is 0. `scale_mm` (may be NULL): the sigma
 * that answered best, 0 where none did. One frame of one channel (PEL_EDATA). The caller frees
 * both.
 *
 * Values count as 65535 levels; sums of levels are exact, so turning the volume by 90 degrees or
 * swapping its axes turns the result and changes no bit.
 */
PEL_API pel_status pel_vessels(pel_volume *out, pel_volume *scale_mm, const pel_volume *in,
                               const pel_volume *within, const pel_vessels_params *params);

/** Check scales without data. */
PEL_API pel_status pel_vessels_check(const pel_vessels_params *params);

/* ---- brain ---- */

/** Whether the fluid around the brain belongs to the mask. */
enum { PEL_CSF_OUT, PEL_CSF_IN };

/** How a brain is masked. Start from pel_brain_defaults(). */
typedef struct pel_brain_params {
    size_t size;
    double border; /* mm the edge is moved outward; inward below 0 */
    int csf;       /* PEL_CSF_OUT... */
} pel_brain_params;

/** What was found. */
typedef struct pel_brain_found {
    double score;      /* 0 to 1: how sure; below 0.75 look at it */
    double edge;       /* share of the surface, within the grid, that has an edge of its own */
    double structure;  /* variation within the brain over its brightness */
    double volume_mm3; /* of the mask */
    bool stripped;     /* there is nothing around the brain: the mask is the foreground */
    bool cut;          /* part of the brain lies beyond the grid */
} pel_brain_found;

PEL_API extern const pel_schema pel_brain_schema;
PEL_API pel_brain_params pel_brain_defaults(void);

/**
 * A mask of the brain (with its sulci and ventricles, cerebellum and stem) in an image of a head,
 * of any MRI contrast or CT in Hounsfield units: uint8 0 and 1 on the grid of `in`; the caller
 * frees it. The usual brain is laid into the head where its edge is clearest, whichever way the
 * head is turned (of a volume whose axes nobody knows, any way); each point of its surface then
 * moves to where the brain turns dark (the edges of Smith 2002, "Fast robust automated brain
 * extraction", sought outside in). Near it, tissue is grown from thick to thin, and the mask is its
 * hull. `prior` (NULL: none): a rough mask to start from instead. NaN counts as air. One
 * frame of one channel, at least 40 mm along each axis. PEL_EDATA where there is no brain to find,
 * or `prior` is elsewhere or empty. A note tells when the score is low. The same for any number of
 * threads.
 */
PEL_API pel_status pel_brain(pel_volume *out, pel_brain_found *found, const pel_volume *in,
                             const pel_volume *prior, const pel_brain_params *params);

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
