/* SPDX-License-Identifier: Apache-2.0 */
/* raster.h: which pixels of a grid each flat triangle covers. */
#ifndef PEL_FLATTEN_RASTER_H
#define PEL_FLATTEN_RASTER_H

#include <pellucid/mesh.h>

/** A grid over the plane: the middle of pixel (column, row) is at (left + (column + 0.5) * pixel,
 * top - (row + 0.5) * pixel). */
typedef struct pel__raster {
    double left_mm, top_mm, pixel_mm;
    int64_t width, height;
} pel__raster;

/** The smallest grid of such pixels, aligned to whole pixels from 0, around all triangles. */
pel__raster pel__raster_around(const pel_mesh *flat, double pixel_mm);

/** Called for each pixel that triangle `t` covers. */
typedef void (*pel__raster_hit)(void *user, int64_t t, int64_t column, int64_t row);

/**
 * Call `hit` for all triangles and pixels whose middle they cover; of triangles that share an edge
 * one covers what lies on it, by exact arithmetic. Bands of rows run at once; each pixel's calls
 * come in the order of triangles. Turned triangles cover as others do.
 */
pel_status pel__raster_mesh(const pel__raster *grid, const pel_mesh *flat, pel__raster_hit hit,
                            void *user, const char *step);

#endif
