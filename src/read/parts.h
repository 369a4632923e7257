/* SPDX-License-Identifier: Apache-2.0 */
/* parts.h: voxels that a text header keeps behind itself, in another file, or in many. */
#ifndef PEL_READ_PARTS_H
#define PEL_READ_PARTS_H

#include "read/coding.h"
#include "read/formats.h"
#include "read/lines.h"

/** Where the voxels are, as a header says it. Zeroed: behind the header, raw. */
typedef struct pel__parts {
    pel__coding coding;
    int64_t skip_lines; /* of each file before its voxels, */
    int64_t skip_bytes; /* then bytes, of what a compressed file decodes to; -1: the voxels are the
                           last bytes of a raw file */
    int64_t count;      /* of files; 0: behind the header */
    pel__text names;    /* one after the other, each ended by 0; owned */
} pel__parts;

/** One more file. */
pel_status pel__parts_add(pel__parts *parts, const char *name, const char *header);

/** The files that the rest of the header names, one a line. */
pel_status pel__parts_list(pel__parts *parts, pel__lines *lines);

/** `pattern` with one %d (%03d...) filled with min, min + step... up to max. */
pel_status pel__parts_pattern(pel__parts *parts, const char *pattern, double min, double max,
                              double step, const char *header);

void pel__parts_free(pel__parts *parts);

/**
 * Exchange the header in `opening`, read to where its voxels begin, for the bytes of the voxels:
 * `bytes` of them as they are in memory, `dtype` for text; `*offset` is where they begin. Files are
 * found beside the header, or in the header's archive, and nowhere else: no absolute path, no ..,
 * no link that leads out of the folder.
 */
pel_status pel__parts_open(pel__opening *opening, const pel__parts *parts, pel_dtype dtype,
                           int64_t bytes, int64_t *offset);

#endif
