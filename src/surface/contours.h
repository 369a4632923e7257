/* SPDX-License-Identifier: Apache-2.0 */
/* contours.h: outlines of one slice of a mask along its pixels' edges. */
#ifndef PEL_SURFACE_CONTOURS_H
#define PEL_SURFACE_CONTOURS_H

#include <pellucid/surface.h>

#include "volume/bits.h"

/** A walk around a slice; zeroed is empty. */
typedef struct pel__outlines {
    pel__bits walked;   /* pixels whose side towards the row before was walked along */
    int64_t room;       /* of points */
    double (*point)[3]; /* owned */
} pel__outlines;

/** Hand every outline of slice k of `bits` to the sink, `slice` being its number there. */
pel_status pel__outlines_walk(pel__outlines *with, const pel__bits *bits, int64_t k, int64_t slice,
                              const pel_affine *out_from_ijk, const pel_shell_sink *sink,
                              pel_shell_found *found);
void pel__outlines_free(pel__outlines *with);

#endif
