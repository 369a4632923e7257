/* SPDX-License-Identifier: Apache-2.0 */
/* shapes.h: surfaces whose flat maps are known. */
#ifndef PELLUCID_TESTS_FLATTEN_SHAPES_H
#define PELLUCID_TESTS_FLATTEN_SHAPES_H

#include <pellucid/flatten.h>

/** Where a point of the flat sheet goes in space. */
typedef pel_vec3 (*shape_bend)(double x, double y);

/**
 * A sheet of w x h mm in nx x ny cells of two triangles, whose inner points are moved by up to a
 * fifth of a cell when `uneven`; `flat` (may be NULL) becomes its points in the plane, malloc'd.
 */
pel_mesh shape_sheet(const double size[2], const int cells[2], bool uneven, shape_bend bend,
                     double (**flat)[2]);

/** Rolled on a cylinder and a cone, creased and crumpled; each along its own lines. */
pel_vec3 shape_cylinder(double x, double y);
pel_vec3 shape_cone(double x, double y);
pel_vec3 shape_crumple(double x, double y);
pel_vec3 shape_plane(double x, double y);

/** Where a point of the sheet lies when the cone is cut open. */
void shape_sector(double flat[2]);

/** Bumps and dents as steep as a cortex. */
pel_vec3 shape_rough(double x, double y);

/** The lengths of a mesh's half-edges in the plane, malloc'd. */
double *shape_edges(const pel_mesh *mesh, const double (*flat)[2]);

/**
 * A cap of geodesic radius r on a ball of radius R around 0, seen from +z, of `rings` rings of
 * triangles; `flat` (may be NULL) becomes its azimuthal equidistant map, malloc'd.
 */
pel_mesh shape_cap(double r, double ball, int rings, double (**flat)[2]);

/** A closed ellipsoid of these half axes, of `rings` rings between two poles. */
pel_mesh shape_ellipsoid(const double half[3], int rings);

/** A map of a mesh with the points at `uv`, and the way back. */
pel_mesh shape_laid_out(const pel_mesh *mesh, const double (*uv)[2]);

#endif
