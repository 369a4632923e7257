/* SPDX-License-Identifier: Apache-2.0 */
/* strain.c: steps that turn no triangle over. */
#include "flatten/strain.h"

#include "base/job.h"
#include "base/memory.h"
#include "base/orient.h"

enum { BLOCK = 4096 };

typedef struct stepping {
    const pel__patch *patch;
    const double (*uv)[2], (*move)[2];
    double most, *of_block;
} stepping;

// the first t > 0 where a + b t + c t^2 comes to 0 from above
static double first_root(double a, double b, double c)
{
    double inside = b * b - 4 * a * c;
    if (a <= 0)
        return 0;
    if (inside < 0 || (b >= 0 && c >= 0))
        return INFINITY;
    double root = sqrt(inside);
    // the form that takes no difference of like numbers
    if (b < 0)
        return 2 * a / (root - b);
    return c < 0 ? (-b - root) / (2 * c) : INFINITY;
}

static pel_status step_block(void *user, int64_t block)
{
    const stepping *s = user;
    const pel_mesh *m = &s->patch->mesh;
    int64_t to = (block + 1) * BLOCK < m->triangles ? (block + 1) * BLOCK : m->triangles;
    double least = s->most;
    for (int64_t t = block * BLOCK; t < to; t++) {
        const int32_t *c = m->triangle[t];
        double e[2][2], d[2][2];
        for (int k = 0; k < 2; k++)
            for (int r = 0; r < 2; r++) {
                e[k][r] = s->uv[c[k + 1]][r] - s->uv[c[0]][r];
                d[k][r] = s->move[c[k + 1]][r] - s->move[c[0]][r];
            }
        double a = e[0][0] * e[1][1] - e[0][1] * e[1][0];
        double b = e[0][0] * d[1][1] + d[0][0] * e[1][1] - e[0][1] * d[1][0] - d[0][1] * e[1][0];
        double q = d[0][0] * d[1][1] - d[0][1] * d[1][0];
        least = fmin(least, first_root(a, b, q));
    }
    s->of_block[block] = least;
    return PEL_OK;
}

pel_status pel__strain_free_step(double *out, const pel__patch *patch, const double (*uv)[2],
                                 const double (*move)[2], double most)
{
    stepping s = { patch, uv, move, most, NULL };
    int64_t blocks = (patch->mesh.triangles + BLOCK - 1) / BLOCK;
    pel_status status = pel__alloc(&s.of_block, blocks, sizeof *s.of_block, "steps");
    if (status == PEL_OK)
        status = pel__parallel(blocks, step_block, &s, NULL);
    *out = most;
    for (int64_t b = 0; status == PEL_OK && b < blocks; b++)
        *out = fmin(*out, s.of_block[b]);
    pel__free(s.of_block);
    return status;
}

int64_t pel__strain_flips(const pel__patch *patch, const double (*uv)[2])
{
    int64_t flips = 0;
    for (int64_t t = 0; t < patch->mesh.triangles; t++) {
        const int32_t *c = patch->mesh.triangle[t];
        flips += pel__orient(uv[c[0]], uv[c[1]], uv[c[2]]) <= 0;
    }
    return flips;
}
