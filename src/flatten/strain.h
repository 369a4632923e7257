/* SPDX-License-Identifier: Apache-2.0 */
/* strain.h: how a flat triangle is stretched against its shape in space. */
#ifndef PEL_FLATTEN_STRAIN_H
#define PEL_FLATTEN_STRAIN_H

#include <math.h>

#include "flatten/patch.h"
#include "mesh/geodesic.h"

/** The map of a triangle from its own plane to the flat one: row major, m[0] m[1]; m[2] m[3]. */
static inline void pel__strain_map(double m[4], const double frame[3], const double a[2],
                                   const double b[2], const double c[2])
{
    m[0] = (b[0] - a[0]) / frame[0];
    m[2] = (b[1] - a[1]) / frame[0];
    m[1] = (c[0] - a[0] - frame[1] * m[0]) / frame[2];
    m[3] = (c[1] - a[1] - frame[1] * m[2]) / frame[2];
}

/** By how much area grows; negative when it is turned over. */
static inline double pel__strain_area(const double m[4])
{
    return m[0] * m[3] - m[1] * m[2];
}

static inline double pel__strain_norm(double x, double y)
{
    return sqrt(x * x + y * y);
}

/** The most and the least stretch (singular values); the least is negative when turned over. */
static inline void pel__strain_stretch(double out[2], const double m[4])
{
    double q = pel__strain_norm(0.5 * (m[0] + m[3]), 0.5 * (m[2] - m[1]));
    double r = pel__strain_norm(0.5 * (m[0] - m[3]), 0.5 * (m[2] + m[1]));
    out[0] = q + r;
    out[1] = q - r;
}

/**
 * Derivatives by corners b and c from those by the map: what moving corner b (0) and c (1) along u
 * and v does; corner a has minus their sum.
 */
static inline void pel__strain_corners(double corner[3][2], const double frame[3],
                                       const double by_map[4])
{
    for (int r = 0; r < 2; r++) {
        corner[2][r] = by_map[2 * r + 1] / frame[2];
        corner[1][r] = (by_map[2 * r] - frame[1] * corner[2][r]) / frame[0];
        corner[0][r] = -corner[1][r] - corner[2][r];
    }
}

/** The slope by point p: the sum over the corners that lie on it. */
static inline void pel__strain_gather(double slope[2], const pel__surface_walk *walk,
                                      const double (*corner)[3][2], int64_t p)
{
    slope[0] = slope[1] = 0;
    for (int64_t i = walk->first[p]; i < walk->first[p + 1]; i++) {
        const int32_t *c = walk->triangle[walk->list[i]];
        int k = c[0] == p ? 0 : c[1] == p ? 1 : 2;
        slope[0] += corner[walk->list[i]][k][0];
        slope[1] += corner[walk->list[i]][k][1];
    }
}

/**
 * The longest step along `move` that no triangle turns over on, at most `most` (Smith and Schaefer
 * 2015).
 */
pel_status pel__strain_free_step(double *out, const pel__patch *patch, const double (*uv)[2],
                                 const double (*move)[2], double most);

/** How many triangles are turned over or without an area, by exact arithmetic. */
int64_t pel__strain_flips(const pel__patch *patch, const double (*uv)[2]);

#endif
