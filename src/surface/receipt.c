/* SPDX-License-Identifier: Apache-2.0 */
/* receipt.c: how far a mesh lies from the surface on which its volume has the level. */
#include <math.h>

#include <pellucid/surface.h>

#include "base/job.h"
#include "base/maths.h"
#include "base/memory.h"
#include "base/status.h"
#include "mesh/mesh.h"
#include "volume/volume.h"

enum { BLOCK = 2048, MOST_SAMPLES = 100000, STEPS = 24, HALVINGS = 30 };

/* one sample of a mesh is looked at from here */
#define REACH_VX 3.0

typedef struct looking {
    const pel_mesh *mesh;
    const pel_volume *volume;
    pel_affine ijk_from_mm, mm_from_ijk;
    double level;
    int64_t count, stride; // of samples: points, then middles of triangles
    float *distance;       // of each; NaN: none in reach
} looking;

static pel_vec3 sample_of(const looking *l, int64_t n)
{
    const pel_mesh *m = l->mesh;
    if (n < m->points)
        return pel__mesh_point(m, n);
    const int32_t *c = m->triangle[n - m->points];
    pel_vec3 sum = pel__plus(pel__mesh_point(m, c[0]), pel__mesh_point(m, c[1]));
    return pel__scale(pel__plus(sum, pel__mesh_point(m, c[2])), 1.0 / 3);
}

// beyond the volume, and where nothing is known, it is as far below the level as near it above
static double above(const looking *l, pel_vec3 ijk)
{
    return pel_volume_sample(l->volume, ijk) - l->level;
}

static pel_vec3 slope(const looking *l, pel_vec3 p)
{
    const double h = 0.05;
    pel_vec3 g = {
        above(l, (pel_vec3){ p.x + h, p.y, p.z }) - above(l, (pel_vec3){ p.x - h, p.y, p.z }),
        above(l, (pel_vec3){ p.x, p.y + h, p.z }) - above(l, (pel_vec3){ p.x, p.y - h, p.z }),
        above(l, (pel_vec3){ p.x, p.y, p.z + h }) - above(l, (pel_vec3){ p.x, p.y, p.z - h })
    };
    // steepest in mm: the gradient there, as a way through the grid
    const double(*m)[4] = l->ijk_from_mm.m;
    pel_vec3 mm = { m[0][0] * g.x + m[1][0] * g.y + m[2][0] * g.z,
                    m[0][1] * g.x + m[1][1] * g.y + m[2][1] * g.z,
                    m[0][2] * g.x + m[1][2] * g.y + m[2][2] * g.z };
    return pel__unit(pel_affine_direction(l->ijk_from_mm, mm));
}

// the crossing on the way from p along d, in voxels; NaN: none within reach
static double crossing(const looking *l, pel_vec3 p, double value, pel_vec3 d)
{
    double from = 0;
    for (int n = 1; n <= STEPS; n++) {
        double to = REACH_VX * n / STEPS, next = above(l, pel__plus(p, pel__scale(d, to)));
        if (isnan(next))
            return NAN;
        if ((next > 0) != (value > 0)) {
            for (int i = 0; i < HALVINGS; i++) {
                double middle = (from + to) / 2;
                bool same = (above(l, pel__plus(p, pel__scale(d, middle))) > 0) == (value > 0);
                from = same ? middle : from;
                to = same ? to : middle;
            }
            return to;
        }
        from = to;
    }
    return NAN;
}

// the least of the ways along the gradient and the axes, in mm
static double nearest(const looking *l, pel_vec3 p)
{
    double value = above(l, p), best = NAN;
    if (value == 0)
        return 0;
    for (int n = 0; n < 7; n++) {
        double side = (n & 1) == (value > 0) ? -1 : 1;
        pel_vec3 d = n == 6 ? slope(l, p)
                            : (pel_vec3){ n / 2 == 0 ? side : 0, n / 2 == 1 ? side : 0,
                                          n / 2 == 2 ? side : 0 };
        // uphill from below, downhill from above
        if (n == 6)
            d = pel__scale(d, value > 0 ? -1 : 1);
        double along = crossing(l, p, value, d);
        best = fmin(best, pel__length(pel_affine_direction(l->mm_from_ijk, pel__scale(d, along))));
    }
    return best;
}

static pel_status look_block(void *user, int64_t block)
{
    const looking *l = user;
    int64_t end = (block + 1) * BLOCK < l->count ? (block + 1) * BLOCK : l->count;
    for (int64_t n = block * BLOCK; n < end; n++) {
        pel_vec3 p = pel_affine_point(l->ijk_from_mm, sample_of(l, n * l->stride));
        l->distance[n] = (float)nearest(l, p);
    }
    return PEL_OK;
}

pel_status pel_surface_distance(pel_distances *out, const pel_mesh *mesh, const pel_volume *in,
                                double level)
{
    looking l = { .mesh = mesh, .volume = in, .level = level };
    int64_t all = mesh->points + mesh->triangles;
    *out = (pel_distances){ 0 };
    pel_status s = pel__volume_check_shape(in, "a volume");
    l.mm_from_ijk = pel__volume_affine(in);
    if (s == PEL_OK && !pel_affine_invert(&l.ijk_from_mm, l.mm_from_ijk))
        s = pel__fail(PEL_EDATA, "the volume's grid is flat");
    if (s != PEL_OK || all == 0)
        return s;
    l.stride = (all + MOST_SAMPLES - 1) / MOST_SAMPLES;
    l.count = (all + l.stride - 1) / l.stride;
    s = pel__alloc(&l.distance, l.count, sizeof *l.distance, "distances");
    if (s == PEL_OK)
        s = pel__parallel((l.count + BLOCK - 1) / BLOCK, look_block, &l, "measuring");
    double sum = 0;
    for (int64_t n = 0; s == PEL_OK && n < l.count; n++) {
        if (isnan(l.distance[n])) {
            out->unknown++;
            continue;
        }
        out->samples++;
        sum += (double)l.distance[n];
        out->most_mm = fmax(out->most_mm, (double)l.distance[n]);
    }
    out->mean_mm = out->samples ? sum / (double)out->samples : NAN;
    pel__free(l.distance);
    return s;
}
