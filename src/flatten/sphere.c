/* SPDX-License-Identifier: Apache-2.0 */
/* sphere.c: conformalised mean curvature flow of a closed surface (Kazhdan, Solomon and Ben-Chen
 * 2012), and what makes it a map. */
#include "flatten/sphere.h"

#include <math.h>
#include <string.h>

#include "base/job.h"
#include "base/maths.h"
#include "base/memory.h"
#include "base/status.h"
#include "flatten/laplace.h"
#include "flatten/round.h"
#include "mesh/mesh.h"

enum { MOST_STEPS = 40, MOST_PASSES = 500 };

static pel_vec3 at(const double (*xyz)[3], int32_t p)
{
    return (pel_vec3){ xyz[p][0], xyz[p][1], xyz[p][2] };
}

static double area_of(const double (*xyz)[3], const int32_t c[3])
{
    pel_vec3 a = at(xyz, c[0]);
    return 0.5 *
           pel__length(pel__cross(pel__minus(at(xyz, c[1]), a), pel__minus(at(xyz, c[2]), a)));
}

// the middle of area to 0 and the area to that of the unit sphere
static void normalise(double (*xyz)[3], const pel_mesh *m)
{
    double middle[3] = { 0 }, all = 0;
    for (int64_t t = 0; t < m->triangles; t++) {
        double area = area_of((const double(*)[3])xyz, m->triangle[t]);
        all += area;
        for (int k = 0; k < 9; k++)
            middle[k % 3] += area / 3 * xyz[m->triangle[t][k / 3]][k % 3];
    }
    double scale = sqrt(4 * PEL_PI / all);
    for (int64_t p = 0; p < m->points; p++)
        for (int r = 0; r < 3; r++)
            xyz[p][r] = (xyz[p][r] - middle[r] / all) * scale;
}

/* ---- the flow ---- */

typedef struct flow {
    const pel__patch *patch;
    pel__sparse *system;
    double (*stiff)[6], (*value)[6]; // owned; elements of the Laplacian, and of each step
    double *mass, (*x)[2], *z;       // owned
} flow;

static pel_status flow_new(flow *f)
{
    const pel_mesh *m = &f->patch->mesh;
    pel_status s = pel__alloc(&f->stiff, m->triangles, sizeof *f->stiff, "a flow");
    if (s == PEL_OK)
        s = pel__alloc(&f->value, m->triangles, sizeof *f->value, "a flow");
    if (s == PEL_OK)
        s = pel__alloc(&f->mass, m->points, sizeof *f->mass, "a flow");
    if (s == PEL_OK)
        s = pel__alloc(&f->x, m->points, sizeof *f->x, "a flow");
    if (s == PEL_OK)
        s = pel__alloc(&f->z, m->points, sizeof *f->z, "a flow");
    for (int64_t t = 0; s == PEL_OK && t < m->triangles; t++)
        pel__laplace_element(f->stiff[t], f->patch->frame[t]);
    if (s == PEL_OK)
        s = pel__sparse_new(&f->system, m->points, 1, m->triangle[0], 3, m->triangles);
    return s;
}

static void flow_free(flow *f)
{
    pel__free(f->stiff);
    pel__free(f->value);
    pel__free(f->mass);
    pel__free(f->x);
    pel__free(f->z);
    pel__sparse_free(f->system);
}

// (mass + step * Laplacian) new = mass old
static pel_status flow_step(flow *f, double (*xyz)[3], double step)
{
    const pel_mesh *m = &f->patch->mesh;
    static const int diagonal[3] = { 0, 3, 5 };
    memset(f->mass, 0, (size_t)m->points * sizeof *f->mass);
    for (int64_t t = 0; t < m->triangles; t++) {
        double third = area_of((const double(*)[3])xyz, m->triangle[t]) / 3;
        for (int k = 0; k < 6; k++)
            f->value[t][k] = step * f->stiff[t][k];
        for (int k = 0; k < 3; k++) {
            f->mass[m->triangle[t][k]] += third;
            f->value[t][diagonal[k]] += third;
        }
    }
    for (int64_t p = 0; p < m->points; p++) {
        f->x[p][0] = f->mass[p] * xyz[p][0];
        f->x[p][1] = f->mass[p] * xyz[p][1];
        f->z[p] = f->mass[p] * xyz[p][2];
    }
    pel_status s = pel__sparse_factor(f->system, *f->value, 1e-12);
    if (s == PEL_OK)
        s = pel__sparse_solve(f->system, *f->x, 2);
    if (s == PEL_OK)
        s = pel__sparse_solve(f->system, f->z, 1);
    for (int64_t p = 0; s == PEL_OK && p < m->points; p++) {
        xyz[p][0] = f->x[p][0];
        xyz[p][1] = f->x[p][1];
        xyz[p][2] = f->z[p];
    }
    return s;
}

// by how much the farthest point is farther than the nearest one
static double roundness(const double (*xyz)[3], int64_t points)
{
    double near = INFINITY, far = 0;
    for (int64_t p = 0; p < points; p++) {
        double r = pel__length(at(xyz, (int32_t)p));
        near = fmin(near, r);
        far = fmax(far, r);
    }
    return near > 0 ? far / near - 1 : INFINITY;
}

static pel_status flow_to_sphere(double (*xyz)[3], const pel__patch *patch)
{
    flow f = { .patch = patch };
    pel_status s = flow_new(&f);
    for (int64_t p = 0; s == PEL_OK && p < patch->mesh.points; p++) {
        pel_vec3 from = pel__mesh_point(&patch->mesh, p);
        xyz[p][0] = from.x;
        xyz[p][1] = from.y;
        xyz[p][2] = from.z;
    }
    if (s == PEL_OK)
        normalise(xyz, &patch->mesh);
    // steps against the sphere's area: small first, while thin parts shrink
    for (int i = 0; s == PEL_OK && i < MOST_STEPS; i++) {
        s = flow_step(&f, xyz, i < 20 ? 0.01 : 0.1);
        normalise(xyz, &patch->mesh);
        if (s == PEL_OK)
            s = pel__progress("flatten", (double)(i + 1) / MOST_STEPS);
        if (roundness((const double(*)[3])xyz, patch->mesh.points) < 1e-3)
            break;
    }
    flow_free(&f);
    return s;
}

/* ---- no triangle turned over ---- */

static void to_unit(double p[3])
{
    double length = sqrt(p[0] * p[0] + p[1] * p[1] + p[2] * p[2]);
    for (int r = 0; r < 3; r++)
        p[r] = length > 0 ? p[r] / length : r == 2;
}

// as float32, as they are written
static bool is_turned(const double (*xyz)[3], const int32_t c[3])
{
    double p[3][3];
    for (int k = 0; k < 9; k++)
        p[k / 3][k % 3] = (double)(float)xyz[c[k / 3]][k % 3];
    const double(*q)[3] = (const double(*)[3])p;
    pel_vec3 a = at(q, 0), ab = pel__minus(at(q, 1), a), ac = pel__minus(at(q, 2), a);
    return pel__dot(a, pel__cross(ab, ac)) <= 0;
}

static int64_t mark_turned(uint8_t *near, const double (*xyz)[3], const pel_mesh *m)
{
    int64_t turned = 0;
    memset(near, 0, (size_t)m->points);
    for (int64_t t = 0; t < m->triangles; t++)
        if (is_turned(xyz, m->triangle[t])) {
            turned++;
            for (int k = 0; k < 3; k++)
                near[m->triangle[t][k]] = 2;
        }
    // and their neighbours, which must make room
    for (int64_t t = 0; turned && t < m->triangles; t++)
        for (int k = 0; k < 9; k++)
            if (near[m->triangle[t][k % 3]] == 2 && !near[m->triangle[t][k / 3]])
                near[m->triangle[t][k / 3]] = 1;
    return turned;
}

static pel_status even_out(double (*xyz)[3], const pel_mesh *m)
{
    double(*sum)[3] = NULL;
    uint8_t *near = NULL;
    int64_t turned = 1;
    pel_status s = pel__alloc(&sum, m->points, sizeof *sum, "a sphere");
    if (s == PEL_OK)
        s = pel__alloc(&near, m->points, 1, "a sphere");
    for (int pass = 0; s == PEL_OK && pass < MOST_PASSES; pass++) {
        turned = mark_turned(near, (const double(*)[3])xyz, m);
        if (turned == 0)
            break;
        memset(sum, 0, (size_t)m->points * sizeof *sum);
        for (int64_t t = 0; t < m->triangles; t++)
            for (int k = 0; k < 9; k++)
                sum[m->triangle[t][k / 3]][k % 3] += xyz[m->triangle[t][(k / 3 + 1) % 3]][k % 3];
        for (int64_t p = 0; p < m->points; p++)
            if (near[p]) {
                memcpy(xyz[p], sum[p], sizeof *xyz);
                to_unit(xyz[p]);
            }
        s = pel__cancelled();
    }
    if (s == PEL_OK && turned > 0)
        s = pel__fail(PEL_EDATA,
                      "%lld triangles stay turned over on the sphere; smooth the surface "
                      "or reduce it first",
                      (long long)turned);
    pel__free(sum);
    pel__free(near);
    return s;
}

/* ---- as the surface lies ---- */

static void transpose_inverse(double out[3][3], const double a[3][3])
{
    for (int i = 0; i < 9; i++) {
        int r = i / 3, c = i % 3, r1 = (r + 1) % 3, r2 = (r + 2) % 3, c1 = (c + 1) % 3,
            c2 = (c + 2) % 3;
        out[r][c] = a[r1][c1] * a[r2][c2] - a[r1][c2] * a[r2][c1];
    }
    double det = a[0][0] * out[0][0] + a[0][1] * out[0][1] + a[0][2] * out[0][2];
    for (int i = 0; i < 9; i++)
        out[i / 3][i % 3] /= det;
}

// the turn that brings the sphere's points nearest to the surface's (its polar factor: Higham 1986)
static void turn_as_surface(double (*xyz)[3], const pel__patch *patch)
{
    const pel_mesh *m = &patch->mesh;
    double c[3][3] = { { 0 } }, other[3][3], middle[3] = { 0 };
    for (int pass = 0; pass < 2; pass++)
        for (int64_t t = 0; t < m->triangles; t++)
            for (int k = 0; k < 3; k++) {
                const float *from = m->point_mm[m->triangle[t][k]];
                double weight = patch->area[t] / (3 * patch->area_mm2);
                for (int i = 0; i < 9 && pass == 1; i++)
                    c[i / 3][i % 3] += weight * ((double)from[i / 3] - middle[i / 3]) *
                                       xyz[m->triangle[t][k]][i % 3];
                for (int r = 0; r < 3 && pass == 0; r++)
                    middle[r] += weight * (double)from[r];
            }
    for (int i = 0; i < 30; i++) {
        transpose_inverse(other, (const double(*)[3])c);
        for (int k = 0; k < 9; k++)
            c[k / 3][k % 3] = 0.5 * (c[k / 3][k % 3] + other[k / 3][k % 3]);
    }
    double det = c[0][0] * (c[1][1] * c[2][2] - c[1][2] * c[2][1]) -
                 c[0][1] * (c[1][0] * c[2][2] - c[1][2] * c[2][0]) +
                 c[0][2] * (c[1][0] * c[2][1] - c[1][1] * c[2][0]);
    // a mirror image, or a surface without three extents, stays as the flow left it
    if (!(fabs(det - 1) < 1e-6))
        return;
    for (int64_t p = 0; p < m->points; p++) {
        const double q[3] = { xyz[p][0], xyz[p][1], xyz[p][2] };
        for (int r = 0; r < 3; r++)
            xyz[p][r] = c[r][0] * q[0] + c[r][1] * q[1] + c[r][2] * q[2];
    }
}

static void grow(double (*xyz)[3], int64_t points, double factor)
{
    for (int64_t p = 0; p < points; p++)
        for (int r = 0; r < 3; r++)
            xyz[p][r] *= factor;
}

pel_status pel__sphere(double (*xyz)[3], const pel__patch *patch)
{
    pel_topology t;
    pel_status s = pel_mesh_topology(&t, &patch->mesh);
    if (s == PEL_OK && !t.closed)
        s = pel__fail(PEL_EDATA, "has a border, and the method sphere wants a closed surface; fill "
                                 "its holes, or take another method");
    if (s == PEL_OK && t.genus > 0)
        s = pel__fail(PEL_EDATA, "has %lld handles and fits no sphere; fill or cut them first",
                      (long long)t.genus);
    if (s == PEL_OK)
        s = flow_to_sphere(xyz, patch);
    for (int64_t p = 0; s == PEL_OK && p < patch->mesh.points; p++)
        to_unit(xyz[p]);
    double radius = sqrt(patch->area_mm2 / (4 * PEL_PI));
    if (s == PEL_OK)
        s = even_out(xyz, &patch->mesh);
    if (s == PEL_OK) {
        grow(xyz, patch->mesh.points, radius);
        s = pel__round(xyz, patch);
        grow(xyz, patch->mesh.points, 1 / radius);
    }
    if (s == PEL_OK) {
        turn_as_surface(xyz, patch);
        s = even_out(xyz, &patch->mesh);
    }
    grow(xyz, patch->mesh.points, radius);
    return s;
}
