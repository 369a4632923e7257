/* SPDX-License-Identifier: Apache-2.0 */
/* patch.h: a surface with one outer border, ready to be laid flat. */
#ifndef PEL_FLATTEN_PATCH_H
#define PEL_FLATTEN_PATCH_H

#include <pellucid/mesh.h>

/** A patch: the points that triangles use, in the mesh's order. Zeroed is empty. */
typedef struct pel__patch {
    pel_mesh mesh;       /* owned; only what triangles use, with the arrays */
    int32_t *from;       /* owned; of each point: its number in the mesh it came from */
    double *edge;        /* owned; of half-edge 3*t + c, mm */
    double (*frame)[3];  /* owned; corner b at (frame[0], 0), c at (frame[1], frame[2]), a at 0 */
    double *area;        /* owned; of each triangle, mm2 */
    double area_mm2;     /* of all */
    double thickened_mm; /* added to every edge so that no triangle is without an area */
    int64_t loops;       /* borders */
    int64_t *loop_first; /* owned; loop l: loop[loop_first[l]] to loop[loop_first[l + 1] - 1] */
    int32_t *loop;       /* owned; points along the borders, the patch on the left */
    int64_t outer;       /* which loop is the longest */
    double outer_mm;     /* its length */
    double holes_mm;     /* length of the others */
    double total_curvature; /* integral of Gaussian curvature, by angles, inner points only */
} pel__patch;

/**
 * Take the surface out of a mesh. PEL_EDATA when it is not one connected, oriented manifold.
 * `edge` (may be NULL; half-edges of `in`) stands for the lengths of its edges.
 */
pel_status pel__patch_new(pel__patch *out, const pel_mesh *in, const double *edge);
void pel__patch_free(pel__patch *patch);

/**
 * The same patch with points and triangles numbered along a curve that fills space, without arrays:
 * work on it finds in the cache what it needs. `from` is of each point its number in `in`.
 */
pel_status pel__patch_near(pel__patch *out, const pel__patch *in);

/**
 * PEL_EDATA when the patch is no disk: closed, with handles, or a tube, whose holes are too long to
 * be filled. Says what to do.
 */
pel_status pel__patch_check_disk(const pel__patch *patch);

#endif
