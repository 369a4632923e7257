/* SPDX-License-Identifier: Apache-2.0 */
/* measure.h: the way back from a flat map. */
#ifndef PEL_FLATTEN_MEASURE_H
#define PEL_FLATTEN_MEASURE_H

#include <pellucid/flatten.h>

/** The arrays that hold where point p was: in one of three channels, or in three of one. */
typedef struct pel__way_back {
    const pel_array *array[3];
    int channel[3];
} pel__way_back;

/** PEL_EDATA when a mesh has none. */
pel_status pel__way_back_of(pel__way_back *out, const pel_mesh *flat);

/** Where point p was, in world mm. */
static inline pel_vec3 pel__way_back_point(const pel__way_back *way, int64_t p)
{
    return (pel_vec3){ pel_array_get(way->array[0], p, way->channel[0]),
                       pel_array_get(way->array[1], p, way->channel[1]),
                       pel_array_get(way->array[2], p, way->channel[2]) };
}

/** The surface of a flat map: its triangles over the points in space; no arrays. */
pel_status pel__surface_of(pel_mesh *out, const pel_mesh *flat);

#endif
