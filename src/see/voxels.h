/* SPDX-License-Identifier: Apache-2.0 */
/* voxels.h: what drawing cubes is made of: matplotlib's view, the lattice, its cells, and rays. */
#ifndef PEL_SEE_VOXELS_H
#define PEL_SEE_VOXELS_H

#include <pellucid/see.h>

#include "image/axes.h"

/* ---- the view ---- */

/**
 * matplotlib's 3D projection. Data coordinates are what axes show; box coordinates are
 * (data - lo)*scale, in which the axes box has the sides of the box aspect and the eye looks at its
 * middle from a distance of 10. Places on paper are points, y down.
 */
typedef struct pel__view {
    bool perspective;
    double lo[3], hi[3], scale[3];
    double toward[3], right[3], up[3]; /* unit vectors in box coordinates */
    double eye[3];                     /* in box coordinates */
    double x0_pt, y0_pt, scale_pt;     /* paper = x0 + scale*X, y0 - scale*Y */
    double axes_pt;                    /* width of the square the axes lie in */
} pel__view;

/** Distances along a ray between which it can meet anything. */
typedef struct pel__span {
    double near, far;
} pel__span;

/** A ray in box coordinates; `direction` goes one unit away from the viewer. */
typedef struct pel__sight {
    double origin[3], direction[3];
    pel__span span;
} pel__sight;

enum { PEL__PERSP, PEL__ORTHO };

/**
 * The view of an axes box lo..hi of the given aspect in a figure of `width_pt` x `height_pt`.
 * matplotlib: azimuth and elevation in degrees, roll clockwise turns of the camera.
 */
void pel__view_aim(pel__view *view, const pel_voxels_params *params, const double aspect[3],
                   double width_pt, double height_pt);

/** Where a point in data coordinates lies on paper; returns its distance from the eye along the
 * view. */
double pel__view_place(const pel__view *view, const double data[3], double place_pt[2]);

/** The ray through a place on paper, of any length. */
pel__sight pel__view_ray(const pel__view *view, double x_pt, double y_pt);

/** How many box units a point of paper is at a distance along the ray: base + slope*distance. */
void pel__view_unit(const pel__view *view, double *base, double *slope);

/* ---- the lattice and its cells ---- */

/** A cell: its colour and alpha. Zero is empty. */
typedef struct pel__cell {
    float alpha;
    uint32_t rgb; /* ten bits each, red lowest; PEL__FILLED */
} pel__cell;

enum { PEL__FILLED = 1 << 30, PEL__BITS = 3, PEL__BLOCK = 1 << PEL__BITS };

/** Planes along one axis and what lies between them. */
typedef struct pel__planes {
    int64_t count; /* of intervals; planes are one more */
    double *edge;  /* rising; data coordinates until pel__cubes_to_box() */
    int64_t *at;   /* of an interval: its offset among the cells; PEL__NOTHING: none is there */
    int64_t first, end; /* intervals that hold, or lie beside, something drawn */
    double per_unit;    /* intervals in one box unit there, about */
} pel__planes;

#define PEL__NOTHING (INT64_MIN / 4)

typedef struct pel__cubes {
    int64_t dims[3]; /* of the cells */
    pel__cell *cell; /* i fastest */
    pel__planes axis[3];
    int64_t blocks[3];
    uint8_t *block; /* of 8^3 intervals: blocks to the nearest with something in or beside it */
    double lo[3], hi[3];
} pel__cubes;

/** Colours and alpha of every cell, what --keep leaves of them. */
pel_status pel__cubes_cells(pel__cubes *grid, const pel_voxels_input *in,
                            const pel_voxels_params *params);

/** Where cells lie: in their own or the whole grid, apart by `explode`, or by corners. */
pel_status pel__cubes_planes(pel__cubes *grid, const pel_voxels_input *in,
                             const pel_voxels_params *params);

/** Planes into box coordinates, and the blocks that can be skipped. */
pel_status pel__cubes_to_box(pel__cubes *grid, const pel__view *view);
void pel__cubes_free(pel__cubes *grid);

/** Corners that are no lattice of planes: X, Y, Z, each (m+1)(n+1)(p+1), i fastest. */
typedef struct pel__corners {
    int64_t dims[3]; /* of cells */
    double *at[3];   /* data coordinates */
} pel__corners;

pel_status pel__corners_read(pel__corners *out, const pel_voxels_input *in);
void pel__corners_free(pel__corners *corners);

/** True when they are planes, which then are those of `grid`. */
pel_status pel__corners_to_planes(bool *are, pel__cubes *grid, const pel__corners *corners);

/* ---- pictures ---- */

/** What is drawn on each face and edge. */
typedef struct pel__style {
    bool hide, edges;
    pel_colour edge;
    double edge_pt;
    float shade[3][2]; /* of a face across an axis whose outside is at lower, higher coordinates */
} pel__style;

/** Light gathered along a ray, front to back: premultiplied, ten-bit colours, and what is let
 * through. */
typedef struct pel__gathered {
    float r, g, b, through;
} pel__gathered;

/** Composite a face or line of this colour (0 to 1023) and alpha. */
static inline void pel__gather(pel__gathered *to, float r, float g, float b, float alpha)
{
    float w = to->through * alpha;
    to->r += w * r;
    to->g += w * g;
    to->b += w * b;
    to->through -= w;
}

/** What a ray through the lattice meets; `blur` is the half-width of an edge line's soft end, pt.
 */
void pel__walk(pel__gathered *out, const pel__cubes *grid, const pel__style *style,
               const pel__view *view, const pel__sight *ray, double blur_pt);

/** A rectangle of pixels of the page. */
typedef struct pel__raster {
    int64_t left, top, width, height;
    double pixel_pt;
} pel__raster;

enum { PEL__TILE = 32 };

/** Pixels of one tile, and where in each its ray goes. */
typedef struct pel__patch {
    int64_t tile, x0, y0, x1, y1; /* of the raster */
    double dx, dy;                /* of the ray within its pixel, 0 to 1 */
    double blur;                  /* half-width of a line's soft end, pixels */
    const uint8_t *wanted;        /* of pixel (x,y): (y-y0)*PEL__TILE + x-x0; NULL: all */
} pel__patch;

/** What the rays of a patch meet, into `out` (as `wanted`). */
typedef pel_status (*pel__patch_drawer)(void *user, const pel__patch *patch, pel__gathered *out);

/** Draw tiles into a new RGBA picture of 16 bits. */
pel_status pel__raster_draw(pel_image *out, const pel__raster *raster, pel__patch_drawer drawer,
                            void *user);

/** Draw the lattice, or the cells between corners. */
pel_status pel__voxels_draw(pel_image *out, const pel__cubes *grid, const pel__style *style,
                            const pel__view *view, const pel__raster *raster);
pel_status pel__hexahedra_draw(pel_image *out, const pel__cubes *grid, const pel__corners *corners,
                               const pel__style *style, const pel__view *view,
                               const pel__raster *raster);

/** Bytes that corners and pel__hexahedra_draw() hold at most beside the picture. */
double pel__hexahedra_bytes(const int64_t dims[3]);

/** Panes, grid lines, axes, ticks and labels behind the cubes; `unit` is what one voxel
 * or mm takes in data coordinates. */
void pel__voxels_axes(pel__pen *pen, const pel__view *view, const pel_voxels_params *params,
                      double unit);

#endif
