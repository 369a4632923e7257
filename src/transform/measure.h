/* SPDX-License-Identifier: Apache-2.0 */
/* measure.h: formulas applied one after the other to the values of a volume, and what the values
 * then are. */
#ifndef PEL_TRANSFORM_MEASURE_H
#define PEL_TRANSFORM_MEASURE_H

#include <pellucid/volume.h>

enum { PEL__BLOCK = 4096 }; /* voxels worked on at once; never depends on the number of threads */

typedef enum pel__tone_kind {
    PEL__TONE_LINE,   /* a + b*v */
    PEL__TONE_SCALE,  /* (v - a)/b; 0 when b is 0 */
    PEL__TONE_WINDOW, /* the same, kept within 0 to 1 */
    PEL__TONE_CLIP,   /* kept within a to b */
    PEL__TONE_POW,    /* v to the power a */
    PEL__TONE_SPREAD, /* a + b*(v - a) */
    PEL__TONE_LOG,    /* log(1 + v - a) */
    PEL__TONE_TABLE, /* a table over bins of width b from a, straight lines between their middles */
} pel__tone_kind;

typedef struct pel__tone_op {
    pel__tone_kind kind;
    double a, b;
    double *table; /* owned */
    int count;
} pel__tone_op;

typedef struct pel__chain {
    const pel__tone_op *ops;
    int count;
} pel__chain;

/** Blocks of a volume. */
int64_t pel__chain_blocks(const pel_volume *in);

/** The values of one block after the chain; returns how many, and the number of the first. */
int64_t pel__chain_block(double value[PEL__BLOCK], const pel__chain *chain, const pel_volume *in,
                         int64_t block, int64_t *first);

typedef struct pel__moments {
    double min, max, mean; /* of finite values; 0 when there is none */
    int64_t count;
} pel__moments;

pel_status pel__measure_moments(pel__moments *out, const pel__chain *chain, const pel_volume *in);

/** Two percentiles (0 to 100) as numpy.percentile's: straight lines between ranks. */
pel_status pel__measure_percentiles(double value[2], const double percent[2],
                                    const pel__chain *chain, const pel_volume *in);

/** Counts of equal bins from lo to hi, as numpy.histogram's: the last one is closed. */
pel_status pel__measure_histogram(int64_t *bin, int bins, double lo, double hi,
                                  const pel__chain *chain, const pel_volume *in);

#endif
