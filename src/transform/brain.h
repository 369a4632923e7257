/* SPDX-License-Identifier: Apache-2.0 */
/* brain.h: what finding a brain is made of: a head on a grid in mm, a closed surface that moves in
 * it, levels of brightness. */
#ifndef PEL_TRANSFORM_BRAIN_H
#define PEL_TRANSFORM_BRAIN_H

#include <pellucid/transform.h>

#include "base/maths.h"

/** Values with their grid as the space: voxel (i, j, k) lies at (i, j, k) times `mm`. */
typedef struct pel__head {
    const float *value;
    int64_t n[3];
    double mm[3];
} pel__head;

static inline pel__head pel__head_of(const pel_volume *v)
{
    pel_vec3 mm = pel_volume_spacing_mm(v);
    return (pel__head){ v->data, { v->dims[0], v->dims[1], v->dims[2] }, { mm.x, mm.y, mm.z } };
}

/** Linear between voxels; beyond the grid the value of its border goes on. */
static inline double pel__head_at(const pel__head *head, pel_vec3 at_mm)
{
    const double p[3] = { at_mm.x, at_mm.y, at_mm.z };
    int64_t low[3], step[3] = { 1, head->n[0], head->n[0] * head->n[1] };
    double part[3];
    for (int a = 0; a < 3; a++) {
        double x = p[a] / head->mm[a], last = (double)(head->n[a] - 1);
        x = x > 0 ? x < last ? x : last : 0;
        low[a] = (int64_t)x;
        part[a] = x - (double)low[a];
        step[a] = part[a] > 0 ? step[a] : 0;
    }
    const float *v = head->value + (low[2] * head->n[1] + low[1]) * head->n[0] + low[0];
    double row[4];
    for (int r = 0; r < 4; r++) {
        const float *q = v + (r & 1) * step[1] + (r >> 1) * step[2];
        row[r] = (double)q[0] + part[0] * (double)(q[step[0]] - q[0]);
    }
    double near = row[0] + part[1] * (row[1] - row[0]), far = row[2] + part[1] * (row[3] - row[2]);
    return near + part[2] * (far - near);
}

/** A closed surface of triangles, from an icosahedron: every point has five or six neighbours. */
typedef struct pel__balloon {
    int64_t points, faces;
    pel_vec3 *at, *normal; /* mm; owned */
    int (*near)[6]; /* neighbours in order around the point, the last one -1 if five; owned */
    int (*face)[3]; /* seen from outside against the clock; owned */
} pel__balloon;

/** A sphere whose faces were parted `parts` times into four: 10*4^parts + 2 points. */
pel_status pel__balloon_new(pel__balloon *out, int parts, pel_vec3 centre_mm, double radius_mm);
void pel__balloon_free(pel__balloon *balloon);

/** The same surface with every face parted into four. */
pel_status pel__balloon_refine(pel__balloon *balloon);

/** Outward normals from where the points are. */
void pel__balloon_normals(pel__balloon *balloon);

/** Bytes that a balloon parted that often holds. */
int64_t pel__balloon_bytes(int parts);

/** What is inside as a mask: uint8 0 and 1 in `out`, n[0]*n[1]*n[2] voxels, all written. Where the
 * surface crosses itself, inside is what it goes around at least once. */
pel_status pel__balloon_fill(uint8_t *out, const int64_t n[3], const double mm[3],
                             const pel__balloon *balloon);

/** Every point goes to the mean of itself and its neighbours, so many times. */
void pel__balloon_relax(pel__balloon *balloon, int times);

/** Brightness: robust least and most of all, where the head begins, median within the brain. */
typedef struct pel__levels {
    double least, most, head, middle;
} pel__levels;

/** A head and where its brain is looked for. */
typedef struct pel__place {
    pel__head head;     /* a little smoothed */
    pel__head depth;    /* mm below the head's surface, on the same grid; no values: not known */
    pel_vec3 centre_mm; /* of the largest ball in the head */
    double radius_mm;
} pel__place;

/**
 * A balloon of the usual brain (a few ellipsoids, of two kinds), shifted, turned and scaled until
 * bright meets dark at its points as clearly as may be, with room for skull and scalp above; parts
 * of it beyond the grid count nothing. Started from 27 turns about the centre; `head_from_ras` says
 * how the axes of the grid lie, NULL: any way. `usual_from_mm`: places in the usual brain (RAS mm
 * about its middle) of those of the head.
 */
pel_status pel__shape_fit(pel__balloon *out, pel_affine *usual_from_mm, const pel__place *place,
                          const pel__levels *levels, const pel_affine *head_from_ras);

/** What the fluid around the brain looks like. */
enum { PEL__FLUID_DARK, PEL__FLUID_BRIGHT, PEL__FLUID_ALIKE };

/** What the edge of the brain looks like. */
typedef struct pel__edge {
    int fluid;                /* PEL__FLUID_DARK... */
    double brain;             /* brightness well inside */
    double rim;               /* of the brightest tenth just below the surface */
    bool with_fluid;          /* the edge is where the fluid ends */
    double beyond_mm;         /* so far around tissue in dark fluid the brain goes */
    bool is_sharp;            /* nothing smears into what is beside it */
    bool is_placed;           /* it is known where in the usual brain things lie */
    pel_affine usual_from_mm; /* RAS mm about its middle, of mm of the grid */
} pel__edge;

/** What brain and fluid are like below a surface that is near the brain's. */
pel_status pel__edge_learn(pel__edge *out, const pel__head *head, const pel__balloon *balloon);

/** How far along its normal an edge is sought, in mm; how often shifts are evened out. */
typedef struct pel__reach {
    double in_mm, out_mm;
    int even;
} pel__reach;

/** Move every point along its normal to where it turns dark: of the edges around it the upper ones,
 * so that sulci are passed over. `seen` (may be NULL): per point, whether it had an edge of its
 * own. */
pel_status pel__edge_seek(pel__balloon *balloon, bool *seen, const pel__head *head,
                          pel__reach reach);

/** Values on blocks of voxels of a grid. */
typedef struct pel__blocks {
    pel_volume level; /* float32, a voxel for each block */
    int64_t step[3];  /* voxels along a block */
} pel__blocks;

/** Zeros on blocks of about that edge over the grid of `image`; to be freed: `level`. */
pel_status pel__blocks_new(pel__blocks *out, const pel_volume *image, double block_mm);

/** Linear between the middles of blocks, at a voxel. */
double pel__blocks_at(const pel__blocks *blocks, const int64_t at[3]);

/** A Gaussian over the volume itself. */
pel_status pel__soften(pel_volume *v, double sigma_mm);

/**
 * Shift the outline, depth 0, along its normals to `beyond_mm` around where tissue in dark fluid
 * ends in `image`, on the same grid: half-way from the dark to the brightest near below it, between
 * voxels, and below a bright film that is dura. Sulci are passed over; shifts change slowly.
 */
pel_status pel__border_settle(pel_volume *depth_mm, const pel_volume *image, double beyond_mm);

/**
 * How deep within the brain, in mm, 0 at its edge and below 0 outside: float32 on the part of the
 * grid that begins at voxel `low`; the caller frees it. Near `balloon` tissue is what is about as
 * bright as the brain is there (its brightness changes slowly from place to place), lies within, or
 * hangs on by something thick; its hull goes over sulci. Where fluid is bright, tissue is looked
 * for below its outer edge; where fluid is like brain, the edge is that of the fluid.
 */
pel_status pel__tissue_find(pel_volume *out_mm, int64_t low[3], const pel__head *head,
                            const pel__levels *levels, const pel__edge *edge,
                            const pel__balloon *balloon);

#endif
