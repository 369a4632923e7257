/* SPDX-License-Identifier: Apache-2.0 */
/* nrrd.h: the fields of a NRRD header. */
#ifndef PEL_READ_NRRD_H
#define PEL_READ_NRRD_H

#include "read/parts.h"

enum { PEL__NRRD_AXES = 16 };

/** What the header says of one axis. Numbers not given are NaN. */
typedef struct pel__nrrd_axis {
    int64_t size;
    double spacing, min, max;
    bool node;           /* centering: samples at both ends; else in the middle of cells */
    bool has_direction;  /* of `direction`; false: none, or not given */
    double direction[4]; /* in the header's space, from one sample to the next */
    char kind[32], unit[32];
} pel__nrrd_axis;

/** A header, as it is written. */
typedef struct pel__nrrd {
    const char *name; /* of the file, for messages */
    int axes;         /* 0 until `dimension` was seen */
    pel__nrrd_axis axis[PEL__NRRD_AXES];
    bool has_type, has_sizes, has_encoding, has_endian, has_directions, has_origin, has_old_range;
    pel_dtype dtype;
    bool big_endian;
    char space[40]; /* "" when it has no name */
    int space_axes; /* 0: no space */
    double origin[4];
    bool has_space_units;
    char space_unit[4][32];
    pel__parts parts;
    bool detached; /* the voxels are elsewhere */
    char content[81];
    pel__text keys;       /* key:=value lines and fields there is no other place for; owned */
    pel__text provenance; /* what pellucid wrote; owned */
} pel__nrrd;

/** Read the lines from the magic to the blank line (or the end of a detached header). */
pel_status pel__nrrd_fields(pel__nrrd *out, pel__bytes *bytes);

void pel__nrrd_free(pel__nrrd *nrrd);

#endif
