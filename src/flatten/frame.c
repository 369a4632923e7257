/* SPDX-License-Identifier: Apache-2.0 */
/* frame.c: turns flat maps so that runs and subjects compare; planes and cameras. */
#include "flatten/frame.h"

#include <math.h>

#include "base/maths.h"
#include "base/status.h"
#include "mesh/mesh.h"

static const pel_vec3 axis_of_up[] = {
    [PEL_UP_ANTERIOR] = { 0, 1, 0 }, [PEL_UP_POSTERIOR] = { 0, -1, 0 },
    [PEL_UP_SUPERIOR] = { 0, 0, 1 }, [PEL_UP_INFERIOR] = { 0, 0, -1 },
    [PEL_UP_RIGHT] = { 1, 0, 0 },    [PEL_UP_LEFT] = { -1, 0, 0 },
};

// mean over the map's area of how the height along an axis rises, per mm
static void mean_rise(double out[2], const double (*uv)[2], const pel__patch *patch, pel_vec3 axis)
{
    double area = 0;
    out[0] = out[1] = 0;
    for (int64_t t = 0; t < patch->mesh.triangles; t++) {
        const int32_t *c = patch->mesh.triangle[t];
        double h[3];
        for (int k = 0; k < 3; k++)
            h[k] = pel__dot(axis, pel__mesh_point(&patch->mesh, c[k]));
        const double *p = uv[c[0]], *q = uv[c[1]], *r = uv[c[2]];
        // area times gradient: heights times the opposite edges, turned by a quarter
        out[0] += 0.5 * (h[0] * (q[1] - r[1]) + h[1] * (r[1] - p[1]) + h[2] * (p[1] - q[1]));
        out[1] += 0.5 * (h[0] * (r[0] - q[0]) + h[1] * (p[0] - r[0]) + h[2] * (q[0] - p[0]));
        area += 0.5 * ((q[0] - p[0]) * (r[1] - p[1]) - (q[1] - p[1]) * (r[0] - p[0]));
    }
    if (area > 0) {
        out[0] /= area;
        out[1] /= area;
    }
}

static void centre(double (*uv)[2], const pel__patch *patch)
{
    double sum[2] = { 0, 0 };
    for (int64_t t = 0; t < patch->mesh.triangles; t++)
        for (int k = 0; k < 3; k++)
            for (int r = 0; r < 2; r++)
                sum[r] += patch->area[t] / 3 * uv[patch->mesh.triangle[t][k]][r];
    for (int64_t p = 0; p < patch->mesh.points; p++)
        for (int r = 0; r < 2; r++)
            uv[p][r] -= sum[r] / patch->area_mm2;
}

void pel__frame_turn(double (*uv)[2], const pel__patch *patch, int up)
{
    static const int tried[] = { PEL_UP_ANTERIOR, PEL_UP_SUPERIOR, PEL_UP_RIGHT };
    double rise[2] = { 0, 1 }, length = 0;
    centre(uv, patch);
    for (int i = 0; i < (up == PEL_UP_AUTO ? 3 : 1) && length < 0.1; i++) {
        mean_rise(rise, (const double(*)[2])uv, patch,
                  axis_of_up[up == PEL_UP_AUTO ? tried[i] : up]);
        length = sqrt(rise[0] * rise[0] + rise[1] * rise[1]);
    }
    if (!(length > 1e-9))
        return;
    double c = rise[1] / length, s = rise[0] / length;
    for (int64_t p = 0; p < patch->mesh.points; p++) {
        double x = uv[p][0], y = uv[p][1];
        uv[p][0] = c * x - s * y;
        uv[p][1] = s * x + c * y;
    }
}

/* ---- planes ---- */

// one turn of Jacobi's method (1846): the entry (p, q) of a symmetric matrix becomes 0
static void rotate(double a[3][3], double v[3][3], int p, int q)
{
    if (a[p][q] == 0)
        return;
    double theta = (a[q][q] - a[p][p]) / (2 * a[p][q]);
    double t = (theta >= 0 ? 1 : -1) / (fabs(theta) + sqrt(theta * theta + 1));
    double c = 1 / sqrt(t * t + 1), s = t * c;
    for (int k = 0; k < 3; k++) {
        double x = a[k][p], y = a[k][q];
        a[k][p] = c * x - s * y;
        a[k][q] = s * x + c * y;
    }
    for (int k = 0; k < 3; k++) {
        double x = a[p][k], y = a[q][k], vx = v[k][p], vy = v[k][q];
        a[p][k] = c * x - s * y;
        a[q][k] = s * x + c * y;
        v[k][p] = c * vx - s * vy;
        v[k][q] = s * vx + c * vy;
    }
}

// the direction of least spread about the middle, triangles weighing their area
static pel_vec3 best_normal(const pel__patch *patch)
{
    double a[3][3] = { { 0 } }, v[3][3] = { { 1, 0, 0 }, { 0, 1, 0 }, { 0, 0, 1 } };
    pel_vec3 middle = { 0 }, outside = { 0 };
    for (int pass = 0; pass < 2; pass++)
        for (int64_t t = 0; t < patch->mesh.triangles; t++) {
            const int32_t *c = patch->mesh.triangle[t];
            double weight = patch->area[t] / (3 * patch->area_mm2);
            outside = pel__plus(outside, pel__mesh_cross(&patch->mesh, t));
            for (int k = 0; k < 3; k++) {
                pel_vec3 p = pel__mesh_point(&patch->mesh, c[k]);
                if (pass == 0) {
                    middle = pel__plus(middle, pel__scale(p, weight));
                    continue;
                }
                p = pel__minus(p, middle);
                const double d[3] = { p.x, p.y, p.z };
                for (int i = 0; i < 9; i++)
                    a[i / 3][i % 3] += weight * d[i / 3] * d[i % 3];
            }
        }
    for (int sweep = 0; sweep < 12; sweep++) {
        rotate(a, v, 0, 1);
        rotate(a, v, 0, 2);
        rotate(a, v, 1, 2);
    }
    int least = a[0][0] < a[1][1] ? 0 : 1;
    least = a[2][2] < a[least][least] ? 2 : least;
    pel_vec3 normal = { v[0][least], v[1][least], v[2][least] };
    return pel__dot(normal, outside) < 0 ? pel__scale(normal, -1) : normal;
}

void pel__frame_plane(double (*uv)[2], double *height_mm, const pel__patch *patch,
                      const pel_numbers *normal)
{
    pel_vec3 n = normal->count == 3
                     ? (pel_vec3){ normal->value[0], normal->value[1], normal->value[2] }
                     : best_normal(patch);
    n = pel__unit(n);
    pel_vec3 aside = fabs(n.x) < 0.6 ? (pel_vec3){ 1, 0, 0 } : (pel_vec3){ 0, 1, 0 };
    pel_vec3 y = pel__unit(pel__cross(n, aside)), x = pel__cross(y, n);
    for (int64_t p = 0; p < patch->mesh.points; p++) {
        pel_vec3 at = pel__mesh_point(&patch->mesh, p);
        uv[p][0] = pel__dot(at, x);
        uv[p][1] = pel__dot(at, y);
        height_mm[p] = pel__dot(at, n);
    }
}

pel_status pel__frame_view(double (*uv)[2], double *height_mm, const pel__patch *patch,
                           const pel_camera *camera)
{
    pel_vec3 lo, hi;
    double u, v, far, mm_per_pixel = camera->mm_per_pixel;
    pel_mesh_bounds(&patch->mesh, &lo, &hi);
    if (camera->perspective) {
        pel_vec3 middle = pel__scale(pel__plus(lo, hi), 0.5);
        far = pel__dot(pel__minus(middle, camera->eye_mm), camera->forward);
        mm_per_pixel = far / camera->focal_px;
    }
    for (int64_t p = 0; p < patch->mesh.points; p++) {
        if (!pel_camera_project(camera, pel__mesh_point(&patch->mesh, p), &u, &v, &far))
            return pel__fail(PEL_EDATA, "reaches behind the camera's eye; move the camera away");
        uv[p][0] = (u - 0.5 * (double)camera->width) * mm_per_pixel;
        uv[p][1] = -(v - 0.5 * (double)camera->height) * mm_per_pixel;
        height_mm[p] = -far;
    }
    return PEL_OK;
}
