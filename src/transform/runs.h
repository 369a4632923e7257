/* SPDX-License-Identifier: Apache-2.0 */
/* runs.h: a mask as runs of voxels along i, joined into connected components. */
#ifndef PEL_TRANSFORM_RUNS_H
#define PEL_TRANSFORM_RUNS_H

#include "volume/bits.h"

/** Voxels first to last of one row. */
typedef struct pel__run_of_row {
    int32_t first, last;
} pel__run_of_row;

/** Runs in scan order, and which component each belongs to. */
typedef struct pel__runs {
    int64_t dims[3];
    int64_t *start;       /* of row r the first run; rows + 1 entries */
    pel__run_of_row *run; /* owned */
    uint32_t *component;  /* owned; per run: components count from 0 in scan order */
    int64_t count;        /* of runs */
    int64_t components;
    int64_t *voxels; /* owned; per component */
} pel__runs;

/**
 * The components of a mask: voxels that share a face (6), also an edge (18), or also a corner (26).
 * Two-pass labelling of runs with union-find (Wu, Otoo, Suzuki 2009); slabs of slices are joined in
 * parallel, then at their borders. The same for any number of threads. Free it.
 */
pel_status pel__runs_of_bits(pel__runs *out, const pel__bits *bits, int connectivity);
void pel__runs_free(pel__runs *runs);

/** Set or clear the voxels of one run. */
void pel__runs_draw(pel__bits *bits, int64_t row, pel__run_of_row run, bool set);

#endif
