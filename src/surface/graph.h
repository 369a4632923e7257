/* SPDX-License-Identifier: Apache-2.0 */
/* graph.h: a thinned mask as chains of voxels between nodes. */
#ifndef PEL_SURFACE_GRAPH_H
#define PEL_SURFACE_GRAPH_H

#include <pellucid/volume.h>

/** Voxels `first` to `first + count - 1` of the list, from one node to another; both ends lie in
 * nodes. */
typedef struct pel__chain_of {
    int64_t first, count, from, to;
} pel__chain_of;

typedef struct pel__graph {
    int64_t dims[3];
    double edge_mm[3];
    int64_t *voxel; /* owned; places of those that are set, rising */
    int64_t count;
    uint8_t *alive;       /* owned; not pruned */
    int32_t *node;        /* owned; of voxels that are nodes their number; -1: within a chain */
    int64_t nodes;        /* nodes are clusters of voxels that touch */
    int64_t *list;        /* owned; voxels of chains, as places in `voxel` */
    int64_t listed, room; /* of the list */
    pel__chain_of *chain; /* owned */
    int64_t chains, chain_room;
} pel__graph;

/** All that is set in a mask that pel_thin() made. */
pel_status pel__graph_of(pel__graph *out, const pel_volume *thin);

/**
 * Take away what ends freely and is shorter than the vessel is wide where it leaves (`radius_mm`,
 * float32 on the same grid: distances within the vessels), shortest first, as long as two others
 * meet there; then join chains where only two meet.
 */
pel_status pel__graph_prune(pel__graph *graph, const pel_volume *radius_mm);

void pel__graph_free(pel__graph *graph);

#endif
