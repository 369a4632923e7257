/* SPDX-License-Identifier: Apache-2.0 */
/* bits.h: a mask as one bit a voxel: what morphology, components and shells work on. */
#ifndef PEL_VOLUME_BITS_H
#define PEL_VOLUME_BITS_H

#include <pellucid/volume.h>

/** Rows along i, each starting a new word; bits behind the last voxel of a row are 0. */
typedef struct pel__bits {
    int64_t dims[3];
    int64_t words;  /* of a row */
    uint64_t *word; /* owned; words*dims[1]*dims[2] */
} pel__bits;

/** An empty mask of these dims, all zero; free it. */
pel_status pel__bits_new(pel__bits *out, const int64_t dims[3]);
void pel__bits_free(pel__bits *bits);

/**
 * The voxels of frame 0, channel 0 whose value lies within `range` (outside of it, ends included,
 * when range[0] > range[1]); NULL: those neither zero nor NaN. PEL_EDATA for several channels or
 * frames.
 */
pel_status pel__bits_of_volume(pel__bits *out, const pel_volume *in, const double range[2]);

/** A uint8 volume of 0 and 1 on the grid of `like`. */
pel_status pel__bits_to_volume(pel_volume *out, const pel__bits *bits, const pel_volume *like);

/** Row (j, k). */
static inline uint64_t *pel__bits_row(const pel__bits *bits, int64_t j, int64_t k)
{
    return bits->word + (k * bits->dims[1] + j) * bits->words;
}

/** The bits of a row's last word that are voxels. */
static inline uint64_t pel__bits_tail(const pel__bits *bits)
{
    int64_t used = bits->dims[0] & 63;
    return used ? (UINT64_C(1) << used) - 1 : ~UINT64_C(0);
}

/** Every voxel changes sides. */
pel_status pel__bits_invert(pel__bits *bits);

/**
 * Words of row `here` that stay when voxels with an empty neighbour go: along i within the row, and
 * in the `count` rows beside it (NULL: beyond the grid, empty). `along`: whether i counts.
 */
void pel__bits_inner(uint64_t *out, const pel__bits *bits, const uint64_t *here, bool along,
                     const uint64_t *const *beside, int count);

/** Voxels that are set. */
int64_t pel__bits_count(const pel__bits *bits);

#endif
