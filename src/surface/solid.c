/* SPDX-License-Identifier: Apache-2.0 */
/* solid.c: the voxels whose centres lie within a surface: lines of voxels, and where triangles
 * cross them. */
#include <math.h>

#include <pellucid/surface.h>

#include "base/job.h"
#include "base/maths.h"
#include "base/memory.h"
#include "base/status.h"
#include "mesh/mesh.h"

/* what a line of voxels along k crosses: how often more in than out, from voxel k on */
typedef struct crossing {
    int32_t *turns; // of each voxel: how much changes there
    int64_t dims[3];
} crossing;

// twice the signed area of the line and an edge; the other way round its exact negative
static double beside(const double p[2], const double q[2])
{
    return p[0] * q[1] - p[1] * q[0];
}

// an edge through the line counts for one of its two triangles: the one for which it rises
static bool is_left(double area, const double p[2], const double q[2])
{
    return area > 0 || (area == 0 && (q[1] > p[1] || (q[1] == p[1] && q[0] < p[0])));
}

// where the line (i, j) meets a triangle, in k; `*way` 1 when it runs in there, -1 out
static bool meets(double *k, int *way, const pel_vec3 corner[3], double i, double j)
{
    double p[3][2], area[3], depth[3];
    for (int c = 0; c < 3; c++) {
        p[c][0] = corner[c].x - i;
        p[c][1] = corner[c].y - j;
        depth[c] = corner[c].z;
    }
    for (int c = 0; c < 3; c++)
        area[c] = beside(p[(c + 1) % 3], p[(c + 2) % 3]);
    double all = area[0] + area[1] + area[2];
    if (all == 0)
        return false;
    for (int c = 0; c < 3; c++) {
        const double *from = p[(c + 1) % 3], *to = p[(c + 2) % 3];
        if (!(all > 0 ? is_left(area[c], from, to) : is_left(-area[c], to, from)))
            return false;
    }
    *k = (area[0] * depth[0] + area[1] * depth[1] + area[2] * depth[2]) / all;
    *way = all > 0 ? -1 : 1;
    return true;
}

static void cross(crossing *c, const pel_vec3 corner[3])
{
    double lo[2], hi[2];
    for (int a = 0; a < 2; a++) {
        const double x[3] = { a ? corner[0].y : corner[0].x, a ? corner[1].y : corner[1].x,
                              a ? corner[2].y : corner[2].x };
        lo[a] = fmax(ceil(fmin(x[0], fmin(x[1], x[2]))), 0);
        hi[a] = fmin(floor(fmax(x[0], fmax(x[1], x[2]))), (double)c->dims[a] - 1);
    }
    for (double j = lo[1]; j <= hi[1]; j++)
        for (double i = lo[0]; i <= hi[0]; i++) {
            double k;
            int way;
            if (!meets(&k, &way, corner, i, j) || k > (double)c->dims[2] - 1)
                continue;
            int64_t first = k <= 0 ? 0 : (int64_t)ceil(k);
            c->turns[((int64_t)first * c->dims[1] + (int64_t)j) * c->dims[0] + (int64_t)i] += way;
        }
}

static pel_status cross_all(crossing *c, const pel_mesh *mesh, pel_affine ijk_from_mm)
{
    pel_status s = PEL_OK;
    for (int64_t t = 0; t < mesh->triangles && s == PEL_OK; t++) {
        pel_vec3 corner[3];
        for (int n = 0; n < 3; n++)
            corner[n] = pel_affine_point(ijk_from_mm, pel__mesh_point(mesh, mesh->triangle[t][n]));
        cross(c, corner);
        if (t % 4096 == 0)
            s = pel__cancelled();
    }
    return s;
}

// what turns add up to from the first voxel of each line on
static bool fill(uint8_t *out, const crossing *c)
{
    bool any = false;
    int64_t plane = c->dims[0] * c->dims[1];
    for (int64_t k = 0; k < c->dims[2]; k++)
        for (int64_t n = 0; n < plane; n++) {
            if (k)
                c->turns[k * plane + n] += c->turns[(k - 1) * plane + n];
            out[k * plane + n] = c->turns[k * plane + n] != 0;
            any = any || out[k * plane + n];
        }
    return any;
}

pel_status pel_solid(pel_volume *out, const pel_mesh *mesh, const pel_volume *like)
{
    *out = (pel_volume){ 0 };
    crossing c = { .dims = { like->dims[0], like->dims[1], like->dims[2] } };
    pel_volume shape = *like;
    shape.frames = shape.channels = 1;
    pel_affine ijk_from_mm, mm_from_ijk = like->mm_from_ijk;
    if (mm_from_ijk.m[3][3] == 0)
        mm_from_ijk = pel_affine_identity();
    pel_status s = pel_mesh_check(mesh);
    if (s == PEL_OK && mesh->triangles == 0)
        s = pel__fail(PEL_EDATA, "the mesh has no triangles, so nothing lies within it");
    if (s == PEL_OK && !pel_affine_invert(&ijk_from_mm, mm_from_ijk))
        s = pel__fail(PEL_EDATA, "the grid of the volume has no extent along an axis");
    if (s == PEL_OK)
        s = pel_volume_like(out, &shape, PEL_UINT8);
    if (s == PEL_OK)
        s = pel__alloc_zero(&c.turns, pel_volume_count(out), sizeof *c.turns, "a solid");
    if (s == PEL_OK)
        s = cross_all(&c, mesh, ijk_from_mm);
    if (s == PEL_OK && !fill(out->data, &c))
        pel__note("no voxel lies within the mesh: are both in one space?");
    pel__free(c.turns);
    if (s != PEL_OK)
        pel_volume_free(out);
    return s;
}

int64_t pel_solid_memory(const pel_volume *like)
{
    int64_t voxels = like->dims[0] * like->dims[1] * like->dims[2];
    return voxels * (int64_t)(sizeof(int32_t) + 1);
}
