/* SPDX-License-Identifier: Apache-2.0 */
/* labels.h: the arrays of a net of labels. */
#ifndef PEL_SURFACE_LABELS_H
#define PEL_SURFACE_LABELS_H

#include <pellucid/surface.h>

/* per triangle: the label it faces away from, the one it faces, and the parity of the places of the
 * two voxels that it lies between: three bits for the one inside, three for the other */
#define PEL__NET_SIDES "voxels"
enum { PEL__NET_INSIDE, PEL__NET_OUTSIDE, PEL__NET_VOXELS };

/** Whether a mesh is a net of labels. */
bool pel__is_net(const pel_mesh *mesh);

/** Number the walls of a net: per triangle (room for all) that of its pair of labels; how many. */
pel_status pel__net_walls(int32_t *wall, int64_t *count, const pel_mesh *net);

/**
 * Mark the points (one byte each) of triangles at edges where a label may meet itself: such a
 * triangle tells by its voxels which others are its neighbours, and stays as it is.
 */
pel_status pel__net_hold(uint8_t *held, const pel_mesh *net);

#endif
