/* SPDX-License-Identifier: Apache-2.0 */
/* laplace.c: cotangent weights, and Tutte's embedding by one sparse solve. */
#include "flatten/laplace.h"

#include <math.h>
#include <string.h>

#include "base/exact.h"
#include "base/maths.h"
#include "base/memory.h"
#include "base/status.h"
#include "flatten/strain.h"
#include "mesh/mesh.h"

/* of an edge: half the cotangent of the corner across, at least so much and at most its inverse */
enum { LEAST_WEIGHT = 1000 };

static void corner_cotangents(double out[3], const double frame[3])
{
    double twice = frame[0] * frame[2], x = frame[1], b = frame[0], y = frame[2];
    out[0] = b * x / twice;
    out[1] = b * (b - x) / twice;
    out[2] = (x * (x - b) + y * y) / twice;
    for (int c = 0; c < 3; c++)
        out[c] = fmin(fmax(0.5 * out[c], 1.0 / LEAST_WEIGHT), LEAST_WEIGHT);
}

// the upper triangle of an element, by the weights of the edges across from its corners
static void fill_element(double value[6], const double weight[3])
{
    value[0] = weight[1] + weight[2];
    value[1] = -weight[2];
    value[2] = -weight[1];
    value[3] = weight[2] + weight[0];
    value[4] = -weight[0];
    value[5] = weight[0] + weight[1];
}

void pel__laplace_element(double value[6], const double frame[3])
{
    double weight[3];
    corner_cotangents(weight, frame);
    fill_element(value, weight);
}

pel_status pel__laplace_new(pel__sparse **out, const pel__patch *patch, double factor)
{
    const pel_mesh *m = &patch->mesh;
    double(*value)[6] = NULL;
    *out = NULL;
    pel_status s = pel__alloc(&value, m->triangles, sizeof *value, "a Laplacian");
    for (int64_t t = 0; s == PEL_OK && t < m->triangles; t++) {
        pel__laplace_element(value[t], patch->frame[t]);
        for (int k = 0; k < 6; k++)
            value[t][k] *= factor;
    }
    if (s == PEL_OK)
        s = pel__sparse_new(out, m->points, 1, m->triangle[0], 3, m->triangles);
    if (s == PEL_OK)
        s = pel__sparse_factor(*out, *value, 1e-9 * pel__sparse_scale(*out, *value));
    pel__free(value);
    if (s != PEL_OK) {
        pel__sparse_free(*out);
        *out = NULL;
    }
    return s;
}

/* ---- Tutte ---- */

/* triangles of the patch and those that fill its holes, and the border held by stiff springs */
typedef struct filled {
    int64_t points, triangles;
    int32_t (*triangle)[3]; // owned
    double (*weight)[3];    // owned
} filled;

static void add_hole(filled *f, const pel__patch *patch, int64_t loop)
{
    int64_t from = patch->loop_first[loop], to = patch->loop_first[loop + 1];
    int32_t middle = (int32_t)f->points++;
    for (int64_t i = from; i < to; i++) {
        int32_t *c = f->triangle[f->triangles];
        c[0] = patch->loop[i + 1 < to ? i + 1 : from];
        c[1] = patch->loop[i];
        c[2] = middle;
        for (int k = 0; k < 3; k++)
            f->weight[f->triangles][k] = 0.5;
        f->triangles++;
    }
}

static pel_status fill_holes(filled *f, const pel__patch *patch)
{
    const pel_mesh *m = &patch->mesh;
    int64_t most = m->triangles + patch->loop_first[patch->loops];
    pel_status s = pel__alloc(&f->triangle, most, sizeof *f->triangle, "a disk");
    if (s == PEL_OK)
        s = pel__alloc(&f->weight, most, sizeof *f->weight, "a disk");
    if (s != PEL_OK)
        return s;
    f->points = m->points;
    f->triangles = m->triangles;
    memcpy(f->triangle, m->triangle, (size_t)m->triangles * sizeof *m->triangle);
    for (int64_t t = 0; t < m->triangles; t++) {
        corner_cotangents(f->weight[t], patch->frame[t]);
        // a ratio of weights that is too large costs digits
        for (int c = 0; c < 3; c++)
            f->weight[t][c] = fmin(fmax(f->weight[t][c], 0.1), 10);
    }
    for (int64_t l = 0; l < patch->loops; l++)
        if (l != patch->outer)
            add_hole(f, patch, l);
    return PEL_OK;
}

// where the border lies: on a circle of the patch's area, spaced by length
static pel_status place_border(double (*at)[2], uint8_t *held, const pel__patch *patch)
{
    const int64_t from = patch->loop_first[patch->outer], to = patch->loop_first[patch->outer + 1];
    double radius = sqrt(patch->area_mm2 / PEL_PI), all = 0, mm = 0;
    for (int pass = 0; pass < 2; pass++)
        for (int64_t i = from; i < to; i++) {
            int32_t p = patch->loop[i], next = patch->loop[i + 1 < to ? i + 1 : from];
            if (pass) {
                at[p][0] = radius * pel__cos_degrees(360 * mm / all);
                at[p][1] = radius * pel__sin_degrees(360 * mm / all);
                held[p] = 1;
            }
            double step = pel__length(
                pel__minus(pel__mesh_point(&patch->mesh, next), pel__mesh_point(&patch->mesh, p)));
            *(pass ? &mm : &all) += step + 1e-6 * radius;
        }
    return PEL_OK;
}

// the border's rows become the identity; what it pulls at goes to the right
static void solve_for(double (*value)[6], double (*x)[2], const filled *f, const uint8_t *held,
                      const double (*at)[2])
{
    static const int row[6] = { 0, 0, 0, 1, 1, 2 }, col[6] = { 0, 1, 2, 1, 2, 2 };
    for (int64_t t = 0; t < f->triangles; t++) {
        fill_element(value[t], f->weight[t]);
        for (int k = 0; k < 6; k++) {
            int32_t p = f->triangle[t][row[k]], q = f->triangle[t][col[k]];
            if (row[k] == col[k] || !(held[p] || held[q]))
                continue;
            for (int r = 0; r < 2; r++) {
                if (!held[p])
                    x[p][r] -= value[t][k] * at[q][r];
                if (!held[q])
                    x[q][r] -= value[t][k] * at[p][r];
            }
            value[t][k] = 0;
        }
        for (int k = 0; k < 6; k++)
            if (row[k] == col[k] && held[f->triangle[t][row[k]]])
                value[t][k] = 1;
    }
}

static pel_status solve_disk(double (*uv)[2], const filled *f, const uint8_t *held,
                             const double (*at)[2], int64_t points)
{
    double(*value)[6] = NULL, (*x)[2] = NULL;
    pel__sparse *system = NULL;
    pel_status s = pel__alloc(&value, f->triangles, sizeof *value, "a disk");
    if (s == PEL_OK)
        s = pel__alloc_zero(&x, f->points, sizeof *x, "a disk");
    if (s == PEL_OK) {
        solve_for(value, x, f, held, at);
        s = pel__sparse_new(&system, f->points, 1, f->triangle[0], 3, f->triangles);
    }
    if (s == PEL_OK)
        s = pel__sparse_factor(system, *value, 0);
    if (s == PEL_OK)
        s = pel__sparse_solve(system, *x, 2);
    for (int64_t p = 0; s == PEL_OK && p < points; p++)
        for (int r = 0; r < 2; r++)
            uv[p][r] = held[p] ? at[p][r] : x[p][r];
    pel__sparse_free(system);
    pel__free(value);
    pel__free(x);
    return s;
}

pel_status pel__tutte(double (*uv)[2], const pel__patch *patch)
{
    filled f = { 0 };
    uint8_t *held = NULL;
    double(*at)[2] = NULL;
    int64_t points = patch->mesh.points + patch->loops;
    pel_status s = pel__alloc_zero(&held, points, 1, "a disk");
    if (s == PEL_OK)
        s = pel__alloc_zero(&at, points, sizeof *at, "a disk");
    if (s == PEL_OK)
        s = place_border(at, held, patch);
    if (s == PEL_OK)
        s = fill_holes(&f, patch);
    if (s == PEL_OK)
        s = solve_disk(uv, &f, held, (const double(*)[2])at, patch->mesh.points);
    if (s == PEL_OK && pel__strain_flips(patch, (const double(*)[2])uv) > 0)
        s = pel__fail(PEL_EDATA, "closes in on itself so far that its points cannot be told apart "
                                 "on a disk; cut a smaller patch, or cut it open");
    pel__free(f.triangle);
    pel__free(f.weight);
    pel__free(held);
    pel__free(at);
    return s;
}
