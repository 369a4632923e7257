/* SPDX-License-Identifier: Apache-2.0 */
/* levels.h: a volume as whole numbers within a region, going on smoothly outside of it. */
#ifndef PEL_TRANSFORM_LEVELS_H
#define PEL_TRANSFORM_LEVELS_H

#include <pellucid/volume.h>

/** Values as numbers from -32767 to 32767, rounded one by one: what is summed of them exactly does
 * not depend on any order. */
typedef struct pel__levels {
    int64_t dims[3];
    int16_t *level;        /* owned; PEL__HESSIAN_PAD more than there are voxels */
    uint8_t *inside;       /* owned; 1 within the region; NULL: all voxels are */
    double unit;           /* value of one level */
    double lo, median, hi; /* values that 1/10000, a half and 9999/10000 of the region lie below */
} pel__levels;

/**
 * Frame 0 of a volume of one channel; the region are the voxels of `within` (uint8 on the same
 * grid; NULL: all) that are not NaN. Values beyond a wide range (four times the one that holds all
 * but 2 in 1000) count as its ends, unless they are integers of 16 bits. PEL_EDATA when the region
 * is empty.
 */
pel_status pel__levels_of(pel__levels *out, const pel_volume *in, const pel_volume *within);
void pel__levels_free(pel__levels *levels);

/**
 * What lies outside of the region, `reach` voxels far, takes the mean of its neighbours that are
 * known, layer by layer: the region's edge is then no edge. `inside` stays.
 */
pel_status pel__levels_extend(pel__levels *levels, int reach);

#endif
