/* SPDX-License-Identifier: Apache-2.0 */
/* tree.h: boxes around the triangles of a mesh, to find those near a point or a box. */
#ifndef PEL_SURFACE_TREE_H
#define PEL_SURFACE_TREE_H

#include <pellucid/surface.h>

enum { PEL__TREE_FAN = 4, PEL__TREE_LEVELS = 17 };

typedef struct pel__box {
    float lo[3], hi[3];
} pel__box;

/** Triangles in the order of a curve that fills space (Morton 1966), boxes around every four of
 * them, and around every four of those. Zeroed is valid and empty; it borrows the mesh. */
typedef struct pel__tree {
    const pel_mesh *mesh;
    int32_t *order; /* triangles */
    pel__box *box;  /* of level 0 (four triangles each) first */
    int64_t first[PEL__TREE_LEVELS], count[PEL__TREE_LEVELS];
    int levels;
} pel__tree;

pel_status pel__tree_new(pel__tree *out, const pel_mesh *mesh);
void pel__tree_free(pel__tree *tree);

/** Bytes it holds, and while it is made. */
int64_t pel__tree_memory(int64_t triangles);

/** The point of triangle p[0..2] that is nearest to `at`. */
pel_vec3 pel__nearest_in(const pel_vec3 p[3], pel_vec3 at);

/** The corners of triangle t. */
void pel__tree_corners(pel_vec3 out[3], const pel_mesh *mesh, int64_t t);

/** The triangle nearest to a point, of equals the first found; its squared distance. -1: none. */
int32_t pel__tree_nearest(const pel__tree *tree, pel_vec3 at, double *squared);

/** The same, sooner where `guess` (a triangle; -1: none) lies near; of equals it comes first. Or
 * any triangle of which the squared distance is no more than `enough`. */
int32_t pel__tree_nearest_to(const pel__tree *tree, pel_vec3 at, int32_t guess, double enough,
                             double *squared);

/** Called with two triangles. */
typedef void pel__each_pair(void *user, int32_t t, int32_t other);

/** Call `each` with every pair of triangles whose boxes meet, one of them in leaf n (of
 * tree->count[0]), the other there or in a later leaf: over all leaves, every pair once. */
void pel__tree_pairs(const pel__tree *tree, int64_t n, pel__each_pair *each, void *user);

/**
 * As pel_mesh_distance() without the mean, which is left 0, and so much faster; with bounds of how
 * far the triangles of `a` lie from b.
 */
pel_status pel__mesh_distance(pel_mesh_apart *out, const pel_mesh *a, const pel_mesh *b,
                              const float *known);

#endif
