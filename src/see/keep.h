/* SPDX-License-Identifier: Apache-2.0 */
/* keep.h: which part of space is there: half-spaces joined by `and` and `or`, and a ray's way
 * through them. */
#ifndef PEL_SEE_KEEP_H
#define PEL_SEE_KEEP_H

#include <pellucid/base.h>

enum { PEL__KEEP_PLANES = 24, PEL__KEEP_PIECES = 32 };

/** n.(x,y,z) + d < 0, or <= 0. */
typedef struct pel__plane {
    double n[3], d;
    bool strict;
} pel__plane;

/** A convex piece of space: all of its planes hold; none: everywhere. */
typedef struct pel__piece {
    int count;
    pel__plane plane[PEL__KEEP_PLANES];
} pel__piece;

/** A union of convex pieces. */
typedef struct pel__keep {
    int count;
    pel__piece piece[PEL__KEEP_PIECES];
} pel__keep;

/** All of space. */
void pel__keep_all(pel__keep *out);

/**
 * Keep only what also satisfies `text`: linear inequalities in x y z (< <= > >=, chains as
 * 2 < x < 5) joined by `and`, `or` and brackets; `and` binds closer. Voxel indices, or world mm
 * after a leading "mm:", which `mm_from_ijk` turns into indices.
 */
pel_status pel__keep_add(pel__keep *keep, const char *text, pel_affine mm_from_ijk);

/** Keep only what lies in "X0:X1,Y0:Y1,Z0:Z1", ends included and optional; "mm:" as above. */
pel_status pel__keep_add_box(pel__keep *keep, const char *text, pel_affine mm_from_ijk);

/** True when the text begins with mm:. */
bool pel__keep_in_mm(const char *text);

/** The same part of space in other coordinates: `from_to` turns those of `out` into those of `in`.
 */
void pel__keep_moved(pel__keep *out, const pel__keep *in, pel_affine from_to);

/** A run of a ray, from lo to hi; it begins at a face with this normal (of indices; 0: at none). */
typedef struct pel__run {
    double lo, hi;
    double face[3];
} pel__run;

/**
 * The runs of origin + t*direction, t within `whole`, that are kept: ascending, apart, at most
 * PEL__KEEP_PIECES. Ends at <= planes are let out and at < planes taken in by 1e-9.
 */
int pel__keep_runs(pel__run *out, const pel__keep *keep, const double origin[3],
                   const double direction[3], pel__run whole);

#endif
