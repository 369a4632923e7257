/* SPDX-License-Identifier: Apache-2.0 */
/* cell.h: the ways in which a trilinear surface passes through a cell of eight voxels, as
 * triangles.
 */
#ifndef PEL_SURFACE_CELL_H
#define PEL_SURFACE_CELL_H

#include <pellucid/base.h>

/*
 * Corner c lies at x = c & 1, y = c >> 1 & 1, z = c >> 2. Edges 0 to 3 run along x at y + 2z, 4 to
 * 7 along y at x + 2z, 8 to 11 along z at x + 2y. Face 2a + s is that across axis a at s.
 */
enum {
    PEL__CELL_INNER = 12,   /* the first point within the cell; those before lie on its edges */
    PEL__CELL_MOST = 4,     /* most points within */
    PEL__CELL_SIGNS = 256,  /* bit c: corner c is above the level */
    PEL__CELL_STATES = 656, /* signs and decided faces */
    PEL__CELL_WAYS = 1080,
    PEL__CELL_TRIANGLES = 9284
};

/** One way: its triangles, counter-clockwise as seen from below the level. */
typedef struct pel__cell_way {
    uint16_t first;               /* triangle */
    uint8_t triangles;            /* how many */
    uint8_t inner;                /* points within the cell */
    uint16_t rim[PEL__CELL_MOST]; /* edges whose mean each of them is, as bits */
} pel__cell_way;

/** Signs and decided faces: the parts of the cell's boundary, and the ways they leave open. */
typedef struct pel__cell_state {
    uint16_t way;      /* the one without a tunnel; those with one follow */
    uint8_t tunnels;   /* how many */
    uint8_t region[8]; /* of each corner: the lowest corner it is joined to on the boundary */
} pel__cell_state;

typedef struct pel__cells {
    uint16_t state[PEL__CELL_SIGNS]; /* the first of these signs */
    uint8_t unsure[PEL__CELL_SIGNS]; /* bit f: face f has to be decided */
    uint8_t sure[PEL__CELL_SIGNS];   /* one state with one way */
    pel__cell_state states[PEL__CELL_STATES];
    pel__cell_way ways[PEL__CELL_WAYS];
    uint8_t joins[PEL__CELL_WAYS][2]; /* of a way with a tunnel: the regions it joins */
    uint8_t triangle[PEL__CELL_TRIANGLES][3];
    int state_count, way_count, triangle_count;
} pel__cells;

/** Corners of edge e, the lower first. */
static inline int pel__cell_low(int e)
{
    static const uint8_t low[12] = { 0, 2, 4, 6, 0, 1, 4, 5, 0, 1, 2, 3 };
    return low[e];
}

static inline int pel__cell_high(int e)
{
    return pel__cell_low(e) | 1 << e / 4;
}

/** Fill the tables; the caller owns `out`, and frees it with pel__free(). */
pel_status pel__cells_new(pel__cells **out);

/**
 * The way of a cell whose corners lie `above` the level by so much (0 or less: below; finite), for
 * its signs. Faces by the value at their saddle (Nielson and Hamann 1991), the inside by whether
 * regions meet on a slice between two faces: for diagonal corners that is a quadratic in the height
 * of the slice (after Chernyaev 1995), and one axis tells all.
 */
const pel__cell_way *pel__cell_find(const pel__cells *cells, int signs, const double above[8]);

#endif
