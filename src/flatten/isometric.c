/* SPDX-License-Identifier: Apache-2.0 */
/* isometric.c: the stress of sampled distances and the strain of triangles, and their slopes. */
#include "flatten/isometric.h"

#include <math.h>

#include "base/job.h"
#include "base/memory.h"
#include "flatten/descend.h"
#include "flatten/laplace.h"
#include "flatten/strain.h"

enum { BLOCK = 2048 }; // points or triangles of one item of work
/* splinters weigh as this part of a mean triangle: pairs pull at their corners as at all others */
static const double LEAST_SHARE = 0.25;

typedef struct energy {
    const pel__patch *patch;
    const pel__surface_walk *walk;
    const pel__pairs *pairs;
    double shape;
    const double (*uv)[2];
    double (*slope)[2];
    double (*corner)[3][2]; // owned; slopes of the triangles' part by their corners
    double *of_block;       // owned; sums of pairs, then of triangles
    int64_t point_blocks, triangle_blocks;
} energy;

// a triangle's |J|^2 + |J^-1|^2 - 4, and its slopes by the corners, times `weight`
static double strain(double corner[3][2], const energy *e, int64_t t, double weight)
{
    const int32_t *c = e->patch->mesh.triangle[t];
    const double *frame = e->patch->frame[t];
    double m[4], by_map[4];
    pel__strain_map(m, frame, e->uv[c[0]], e->uv[c[1]], e->uv[c[2]]);
    double grown = pel__strain_area(m);
    double square = m[0] * m[0] + m[1] * m[1] + m[2] * m[2] + m[3] * m[3];
    if (!(grown > 0))
        return INFINITY;
    double inverse = 1 / (grown * grown), keep = 2 * (1 + inverse) * weight,
           turn = -2 * square * inverse / grown * weight;
    by_map[0] = keep * m[0] + turn * m[3];
    by_map[1] = keep * m[1] - turn * m[2];
    by_map[2] = keep * m[2] - turn * m[1];
    by_map[3] = keep * m[3] + turn * m[0];
    pel__strain_corners(corner, frame, by_map);
    return weight * (square * (1 + inverse) - 4);
}

static pel_status strain_block(void *user, int64_t block)
{
    energy *e = user;
    int64_t triangles = e->patch->mesh.triangles, to = (block + 1) * BLOCK;
    double sum = 0, least = LEAST_SHARE * e->patch->area_mm2 / (double)triangles;
    for (int64_t t = block * BLOCK; t < to && t < triangles; t++)
        sum += strain(e->corner[t], e, t,
                      e->shape * fmax(e->patch->area[t], least) / e->patch->area_mm2);
    e->of_block[e->point_blocks + block] = sum;
    return PEL_OK;
}

// a point's pairs, and the corners that lie on it; a pair's value is halved, it comes twice
static double stress(double slope[2], const energy *e, int64_t p, double weight)
{
    const double *at = e->uv[p];
    double sum = 0;
    for (int64_t i = e->pairs->first[p]; i < e->pairs->first[p + 1]; i++) {
        const double *to = e->uv[e->pairs->other[i]];
        double inverse = 1 / e->pairs->mm[i], x = at[0] - to[0], y = at[1] - to[1];
        double far = sqrt(x * x + y * y), off = far * inverse - 1;
        double pull = far > 0 ? 2 * weight * off * inverse / far : 0;
        sum += off * off;
        slope[0] += pull * x;
        slope[1] += pull * y;
    }
    return 0.5 * weight * sum;
}

static pel_status stress_block(void *user, int64_t block)
{
    energy *e = user;
    int64_t points = e->patch->mesh.points, to = (block + 1) * BLOCK;
    double weight = e->pairs->count > 0 ? 1 / (double)e->pairs->count : 0, sum = 0;
    for (int64_t p = block * BLOCK; p < to && p < points; p++) {
        pel__strain_gather(e->slope[p], e->walk, (const double(*)[3][2])e->corner, p);
        sum += stress(e->slope[p], e, p, weight);
    }
    e->of_block[block] = sum;
    return PEL_OK;
}

static pel_status value(void *user, double *out, double (*slope)[2], const double (*uv)[2])
{
    energy *e = user;
    e->uv = uv;
    e->slope = slope;
    pel_status s = pel__parallel(e->triangle_blocks, strain_block, e, NULL);
    if (s == PEL_OK)
        s = pel__parallel(e->point_blocks, stress_block, e, NULL);
    *out = 0;
    for (int64_t b = 0; s == PEL_OK && b < e->point_blocks + e->triangle_blocks; b++)
        *out += e->of_block[b];
    return s;
}

// near the least value the strain weighs as eight Laplacians
pel_status pel__isometric_smoother(pel__sparse **out, const pel__patch *patch, double shape)
{
    return pel__laplace_new(out, patch, 8 * shape / patch->area_mm2);
}

pel_status pel__isometric(double (*uv)[2], const pel__patch *patch, const pel__surface_walk *walk,
                          const pel__pairs *pairs, const pel__isometric_with *with)
{
    energy e = { .patch = patch, .walk = walk, .pairs = pairs, .shape = with->shape };
    double least;
    e.point_blocks = (patch->mesh.points + BLOCK - 1) / BLOCK;
    e.triangle_blocks = (patch->mesh.triangles + BLOCK - 1) / BLOCK;
    pel_status s = pel__alloc(&e.corner, patch->mesh.triangles, sizeof *e.corner, "strain");
    if (s == PEL_OK)
        s = pel__alloc(&e.of_block, e.point_blocks + e.triangle_blocks, sizeof *e.of_block,
                       "strain");
    const pel__descent descent = { .patch = patch,
                                   .user = &e,
                                   .value = value,
                                   .smoother = with->smoother,
                                   .most = (int)with->steps,
                                   .enough = with->enough,
                                   .step = "flatten" };
    if (s == PEL_OK)
        s = pel__descend(uv, &descent, &least);
    pel__free(e.corner);
    pel__free(e.of_block);
    return s;
}
