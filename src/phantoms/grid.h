/* SPDX-License-Identifier: Apache-2.0 */
/* grid.h: a smooth function kept on a coarse grid, asked for between its nodes. */
#ifndef PEL_PHANTOMS_GRID_H
#define PEL_PHANTOMS_GRID_H

#include <pellucid/base.h>

typedef struct pel__grid {
    int64_t n[3];
    pel_vec3 origin_mm; /* of node 0,0,0 */
    double step_mm;
    float *value; /* pel__alloc() */
} pel__grid;

/** A grid over the box lo..hi, all zero. */
pel_status pel__grid_new(pel__grid *out, pel_vec3 lo_mm, pel_vec3 hi_mm, double step_mm);
void pel__grid_free(pel__grid *grid);

pel_vec3 pel__grid_node(const pel__grid *grid, int64_t node);

/** The uniform cubic B-spline of the nodes and its gradient per mm; beyond the grid its edge. */
double pel__grid_at(const pel__grid *grid, pel_vec3 at_mm, pel_vec3 *gradient);

/** Blur by a Gaussian, zero outside of the grid. `scratch` is of the same size. */
pel_status pel__grid_blur(const pel__grid *grid, float *scratch, double sigma_mm);

#endif
