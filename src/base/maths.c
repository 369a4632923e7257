/* SPDX-License-Identifier: Apache-2.0 */
/* maths.c: small matrices in float64. */
#include "base/maths.h"

#include <math.h>

pel_affine pel_affine_identity(void)
{
    return (pel_affine){ { { 1, 0, 0, 0 }, { 0, 1, 0, 0 }, { 0, 0, 1, 0 }, { 0, 0, 0, 1 } } };
}

pel_affine pel_affine_multiply(pel_affine a, pel_affine b)
{
    pel_affine out;
    for (int r = 0; r < 4; r++)
        for (int c = 0; c < 4; c++) {
            double sum = 0;
            for (int i = 0; i < 4; i++)
                sum += a.m[r][i] * b.m[i][c];
            out.m[r][c] = sum;
        }
    return out;
}

double pel__determinant(pel_affine a)
{
    pel_vec3 x = pel__column(a, 0), y = pel__column(a, 1), z = pel__column(a, 2);
    return pel__dot(pel__cross(x, y), z);
}

bool pel_affine_invert(pel_affine *out, pel_affine a)
{
    *out = pel_affine_identity();
    pel_vec3 x = pel__column(a, 0), y = pel__column(a, 1), z = pel__column(a, 2);
    double det = pel__determinant(a);
    double size = pel__length(x) * pel__length(y) * pel__length(z);
    if (!isfinite(det) || !(fabs(det) > 1e-12 * size))
        return false;
    pel_vec3 row[3] = { pel__cross(y, z), pel__cross(z, x), pel__cross(x, y) };
    pel_vec3 t = pel__column(a, 3);
    for (int r = 0; r < 3; r++) {
        pel_vec3 v = pel__scale(row[r], 1 / det);
        out->m[r][0] = v.x;
        out->m[r][1] = v.y;
        out->m[r][2] = v.z;
        out->m[r][3] = -pel__dot(v, t);
    }
    return true;
}

pel_vec3 pel_affine_point(pel_affine a, pel_vec3 p)
{
    return (pel_vec3){
        a.m[0][0] * p.x + a.m[0][1] * p.y + a.m[0][2] * p.z + a.m[0][3],
        a.m[1][0] * p.x + a.m[1][1] * p.y + a.m[1][2] * p.z + a.m[1][3],
        a.m[2][0] * p.x + a.m[2][1] * p.y + a.m[2][2] * p.z + a.m[2][3],
    };
}

pel_vec3 pel_affine_direction(pel_affine a, pel_vec3 d)
{
    return (pel_vec3){
        a.m[0][0] * d.x + a.m[0][1] * d.y + a.m[0][2] * d.z,
        a.m[1][0] * d.x + a.m[1][1] * d.y + a.m[1][2] * d.z,
        a.m[2][0] * d.x + a.m[2][1] * d.y + a.m[2][2] * d.z,
    };
}
