/* SPDX-License-Identifier: Apache-2.0 */
/* disk.h: the triangles around a point, and how far a fan in their place lies from them. */
#ifndef PEL_SURFACE_DISK_H
#define PEL_SURFACE_DISK_H

#include <pellucid/base.h>

enum { PEL__MOST_RING = 48 };

/** A ring seen along the normal of what it holds: x, y, and the height z; its point is at 0. */
typedef struct pel__disk {
    int count;
    double x[PEL__MOST_RING], y[PEL__MOST_RING], z[PEL__MOST_RING];
} pel__disk;

/** Look at a ring of `count` points, counter-clockwise, each given as seen from its point; false
 * where a triangle turns away from the eye, or the ring does not go round once. */
bool pel__disk_look(pel__disk *out, const pel_vec3 *ring, int count);

/** The greatest height between the disk and the fan around its first ring point, mm: they lie over
 * each other, and it is at the point, or where an old edge crosses a new one. NaN: they do not, the
 * fan is too steep, or one of its triangles is a bad one. */
double pel__disk_lift(const pel__disk *disk);

#endif
