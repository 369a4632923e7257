/* SPDX-License-Identifier: Apache-2.0 */
/* flatten.h: mesh to plane: flat maps that say how wrong they are, and the way back. */
#ifndef PELLUCID_FLATTEN_H
#define PELLUCID_FLATTEN_H

#include <pellucid/image.h>
#include <pellucid/mesh.h>

PEL_BEGIN

/* ---- flatten ---- */

enum {
    PEL_FLATTEN_AUTO, /* isometric */
    PEL_FLATTEN_ISOMETRIC,
    PEL_FLATTEN_MINIMAX,
    PEL_FLATTEN_CONFORMAL,
    PEL_FLATTEN_AREA,
    PEL_FLATTEN_PLANE,
    PEL_FLATTEN_SPHERE,
    PEL_FLATTEN_VIEW,
};

enum {
    PEL_UP_AUTO, /* anterior; superior where that has no direction on the map */
    PEL_UP_ANTERIOR,
    PEL_UP_POSTERIOR,
    PEL_UP_SUPERIOR,
    PEL_UP_INFERIOR,
    PEL_UP_RIGHT,
    PEL_UP_LEFT,
};

/** How a surface is laid flat. Start from pel_flatten_defaults(). */
typedef struct pel_flatten_params {
    size_t size;
    int method;         /* PEL_FLATTEN_... */
    int up;             /* PEL_UP_...: what points up on the map, on the average */
    double reach;       /* isometric: distances as far as this count, mm */
    double shape;       /* isometric: weight of every triangle's own strain */
    pel_numbers normal; /* plane: seen along it, RAS; none: the best fit */
} pel_flatten_params;

PEL_API extern const pel_schema pel_flatten_schema;
PEL_API pel_flatten_params pel_flatten_defaults(void);

/** Arrays that a flat map carries beside those of its mesh: the way back to the surface. */
#define PEL_FLAT_SURFACE "surface_mm" /* values, 3 channels: where each point was */
#define PEL_FLAT_POINT   "point"      /* labels: its number in the mesh it came from */
#define PEL_FLAT_HEIGHT                                                                            \
    "height_mm" /* values, plane and view: towards who looks; what is higher hides what is lower   \
                 */

/**
 * Lay a surface flat: `out` becomes a mesh of the points that triangles use, in their order, at (x,
 * y, 0) in mm, seen from outside of the surface, y up; with the arrays of `in` and the two above.
 * The caller frees it. `camera` is for the method view alone, and may be NULL else.
 *
 * - isometric: the mean square of the relative errors of distances within `reach` is least, of
 *   pairs sampled evenly, with a barrier that keeps triangles from turning over; started from
 *   Tutte's map, by L-BFGS that a factorised Laplacian preconditions.
 * - minimax: the worst stretch of any triangle is as near to 1 as can be.
 * - conformal: angles are kept, and with that areas as well as can be; the border is free.
 * - area: areas are kept, and with that angles as well as can be.
 * - plane: seen along the normal of the plane that fits best, or along `normal`.
 * - view: as `camera` sees it; in perspective, mm at the distance of the surface's middle.
 * - sphere: a closed surface without handles on the sphere of its area, around 0, in three
 *   dimensions; angles are kept as well as can be, and with that, much weaker, areas.
 *
 * The border is free and nothing is pinned; lengths are mm; no triangle is turned over, in float32
 * as written, but of plane and view, where pel_flat_measure() counts them. Holes that are small
 * against the border are filled for the start only. The same bits for any number of threads.
 *
 * PEL_EDATA: not one connected oriented surface with a border (sphere: without one); the message
 * says what it is and what to do. PEL_EMEMORY: the factor of its Laplacian does not fit.
 */
PEL_API pel_status pel_flatten(pel_mesh *out, const pel_mesh *in, const pel_camera *camera,
                               const pel_flatten_params *params);

/** An upper bound of the bytes that pel_flatten() holds beside its mesh. */
PEL_API int64_t pel_flatten_memory(const pel_flatten_params *params, int64_t points,
                                   int64_t triangles);

/* ---- how wrong it is ---- */

/** How something is spread: root mean square, worst, and percentiles 5, 25, 50, 75, 95. */
typedef struct pel_flat_spread {
    double rms, worst, percentile[5];
} pel_flat_spread;

/** What a flat map does to a surface. NaN: there was nothing to measure. */
typedef struct pel_flat_report {
    int64_t points, triangles;
    double area_mm2;          /* of the surface */
    double flat_mm2;          /* of the map */
    pel_flat_spread area;     /* ln of a triangle's area on the map over that on the surface */
    pel_flat_spread angle;    /* ln of its most stretch over its least: 0 keeps angles */
    double least_stretch;     /* of all triangles and directions; 1 keeps lengths */
    double most_stretch;      /* of all */
    double spread;            /* ln of most over least */
    double bound;             /* what the spread of a cap of the same total curvature cannot be
                                 below (Milnor 1969); 0 where the surface could lie flat as it is */
    double total_curvature;   /* integral of Gaussian curvature, radian */
    pel_flat_spread edge;     /* relative error of the triangles' edges */
    pel_flat_spread distance; /* relative error of distances, 5 to 25 mm along the surface */
    double distance_mean;     /* mean of its absolute value */
    double distance_bias;     /* mean of it with its sign */
    int64_t distance_pairs;   /* how many were measured */
    int64_t flips;            /* triangles turned over or without an area */
    double overlap_mm2;       /* area of the plane that is covered more than once */
} pel_flat_report;

/**
 * Measure a flat map (made by pel_flatten(), or any flat mesh with the array PEL_FLAT_SURFACE).
 * Spreads weigh triangles by their area on the surface. Distances are measured between points drawn
 * evenly, others than those pel_flatten() worked with; pairs whose way bends around the border are
 * left out. The overlap is counted on a grid of a million cells; of the sphere it is NaN.
 * PEL_EDATA when there is no way back to the surface.
 */
PEL_API pel_status pel_flat_measure(pel_flat_report *out, const pel_mesh *flat);

/** The report as JSON text, malloc'd; NULL when memory ran out. */
PEL_API char *pel_flat_report_json(const pel_flat_report *report);

/* ---- maps as pictures ---- */

/** How a flat map becomes pixels. Start from pel_flatmap_defaults(). */
typedef struct pel_flatmap_params {
    size_t size;
    double pixel; /* mm */
    double
        contours; /* shaded pictures: lines where ln of the area ratio passes a multiple; 0: none */
} pel_flatmap_params;

PEL_API extern const pel_schema pel_flatmap_schema;
PEL_API pel_flatmap_params pel_flatmap_defaults(void);

/** Where a map's pixels lie: the middle of pixel (column, row) is at x = left + (column + 1/2)
 * pixel, y = top - (row + 1/2) pixel, mm on the map. */
typedef struct pel_flatmap_grid {
    double left_mm, top_mm, pixel_mm;
    int64_t width, height;
} pel_flatmap_grid;

/** The smallest grid around a map, its edges at whole pixels from 0. */
PEL_API pel_status pel_flatmap_grid_of(pel_flatmap_grid *out, const pel_mesh *flat,
                                       const pel_flatmap_params *params);

/**
 * Draw a flat map: `out` becomes a float32 picture of one channel, NaN, with the layers position
 * (mm, 3 channels), triangle (its number), area and angle (ln of the area ratio and of most over
 * least stretch, averaged at points, linear between) and overlap (how many triangles cover the
 * pixel), all NaN outside of the map. Of several triangles at a pixel the one nearest to who looks
 * counts (PEL_FLAT_HEIGHT); without that array the one of the lowest number. `places` becomes a
 * cloud of the covered pixels' places on the surface, row by row, with "normals" (outward) and
 * "pixel" (labels: row * width + column): probe volumes there, and give the numbers to
 * pel_flatmap_fill(). The caller frees both. PEL_EDATA: no flat map.
 */
PEL_API pel_status pel_flatmap(pel_image *out, pel_mesh *places, const pel_mesh *flat,
                               const pel_flatmap_params *params);

/** Put numbers of `places` into the picture: into its own pixels, or a new layer `layer`. */
PEL_API pel_status pel_flatmap_fill(pel_image *image, const pel_mesh *places,
                                    const pel_array *array, const char *layer);

/** Add the layer "voxel": where in a volume's grid each pixel lies, 3 channels. */
PEL_API pel_status pel_flatmap_voxels(pel_image *image, const pel_volume *grid);

/**
 * A picture for people: RGBA, transparent outside of the map. Grey by the picture's numbers (black
 * and white at the 1st and 99th percentile); without any, by how the surface bends: dark in folds,
 * bright on ridges. Contours of the area ratio: blue where the map is smaller, red where larger.
 */
PEL_API pel_status pel_flatmap_shade(pel_image *out, const pel_image *image, const pel_mesh *flat,
                                     const pel_flatmap_params *params);

/**
 * The map as a figure in its own size, 1 mm of it 1 mm of paper: what pel_flatmap_shade() made
 * (taken, it becomes empty; make it without contours), contours of `params` as lines, a scale bar,
 * and from `report` (may be NULL) how wrong it is, beside Milnor's bound. The caller frees `out`.
 */
PEL_API pel_status pel_flatmap_figure(pel_figure *out, pel_image *shaded, const pel_image *map,
                                      const pel_flat_report *report,
                                      const pel_flatmap_params *params);

/** Turn the picture's numbers into uint16 with slope and inter; 0 is nothing there. */
PEL_API pel_status pel_flatmap_pack(pel_image *image);

/** Bytes that a map of so many pixels and its places hold. */
PEL_API int64_t pel_flatmap_memory(int64_t pixels);

/* ---- and back ---- */

/**
 * Labels drawn on a map go to its surface: `out` becomes the surface, its points in the order of
 * the map's, with the array "label": of the pixel each point lies in. `drawn` is a picture on the
 * map's grid (dims width, height, 1). PEL_EDATA when the sizes differ.
 */
PEL_API pel_status pel_flatmap_to_surface(pel_mesh *out, const pel_mesh *flat,
                                          const pel_volume *drawn, const pel_flatmap_grid *grid);

/**
 * Labels drawn on a map go into a volume on the grid of `like`: every voxel that a labelled pixel's
 * place, or with `depth_mm` its band from depth_mm[0] to [1] along the normal, meets; of several
 * labels the lowest pixel's. int32, 0 where none is.
 */
PEL_API pel_status pel_flatmap_to_volume(pel_volume *out, const pel_mesh *places,
                                         const pel_volume *drawn, const pel_volume *like,
                                         const double depth_mm[2]);

/** Where a point of a map was on the surface, where triangles overlap as pel_flatmap() has it;
 * false where the map is not. */
PEL_API bool pel_flat_point_mm(pel_vec3 *out_mm, const pel_mesh *flat, double x_mm, double y_mm);

/** Where on a map the point of its surface that is nearest to `point_mm` lies, and how far off. */
PEL_API pel_status pel_flat_nearest(double xy_mm[2], double *off_mm, const pel_mesh *flat,
                                    pel_vec3 point_mm);

PEL_END

#endif
