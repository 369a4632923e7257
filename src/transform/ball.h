/* SPDX-License-Identifier: Apache-2.0 */
/* ball.h: a ball as rows of voxels: what masks and values are grown and shrunk by. */
#ifndef PEL_TRANSFORM_BALL_H
#define PEL_TRANSFORM_BALL_H

#include <pellucid/volume.h>

/* for each row that a ball meets, how far it reaches along i */
typedef struct pel__ball {
    int64_t radius[3]; /* voxels */
    int16_t *reach;    /* owned; of row (dj, dk), from (-radius[1], -radius[2]); -1: not met */
    int64_t rows;
} pel__ball;

/**
 * The ball of a radius (mm or voxels) on a grid; pel__free() its reach. PEL_EPARAM: another unit,
 * or wider than 30000 voxels.
 */
pel_status pel__ball_set(pel__ball *out, pel_length radius, const pel_volume *grid);

#endif
