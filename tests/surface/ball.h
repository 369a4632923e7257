/* SPDX-License-Identifier: Apache-2.0 */
/* ball.h: a sphere of even triangles, whose truth is known. */
#ifndef PELLUCID_TESTS_BALL_H
#define PELLUCID_TESTS_BALL_H

#include "check.h"

/* the number of a corner, which may be there already */
static int32_t ball_corner(pel_mesh *mesh, const double p[3])
{
    for (int64_t i = 0; i < mesh->points; i++)
        if (fabs((double)mesh->point_mm[i][0] - p[0]) < 1e-6 &&
            fabs((double)mesh->point_mm[i][1] - p[1]) < 1e-6 &&
            fabs((double)mesh->point_mm[i][2] - p[2]) < 1e-6)
            return (int32_t)i;
    for (int a = 0; a < 3; a++)
        mesh->point_mm[mesh->points][a] = (float)p[a];
    return (int32_t)mesh->points++;
}

static void ball_split(pel_mesh *mesh, const double p[3][3], int times)
{
    double m[3][3];
    if (times == 0) {
        for (int c = 0; c < 3; c++)
            mesh->triangle[mesh->triangles][c] = ball_corner(mesh, p[c]);
        mesh->triangles++;
        return;
    }
    for (int c = 0; c < 3; c++) {
        double length = 0;
        for (int a = 0; a < 3; a++) {
            m[c][a] = p[c][a] + p[(c + 1) % 3][a];
            length += m[c][a] * m[c][a];
        }
        for (int a = 0; a < 3; a++)
            m[c][a] /= sqrt(length);
    }
    double parts[4][3][3];
    for (int a = 0; a < 3; a++)
        for (int c = 0; c < 3; c++) {
            parts[c][0][a] = p[c][a];
            parts[c][1][a] = m[c][a];
            parts[c][2][a] = m[(c + 2) % 3][a];
            parts[3][c][a] = m[c][a];
        }
    for (int n = 0; n < 4; n++)
        ball_split(mesh, (const double(*)[3])parts[n], times - 1);
}

/** A sphere of 20 * 4^times triangles around a point. */
static pel_mesh make_ball(double radius, int times, double x, double y, double z)
{
    const double g = 0.5 + sqrt(1.25), n = sqrt(1 + g * g);
    const double corner[12][3] = { { -1, g, 0 }, { 1, g, 0 }, { -1, -g, 0 }, { 1, -g, 0 },
                                   { 0, -1, g }, { 0, 1, g }, { 0, -1, -g }, { 0, 1, -g },
                                   { g, 0, -1 }, { g, 0, 1 }, { -g, 0, -1 }, { -g, 0, 1 } };
    static const int face[20][3] = { { 0, 11, 5 },  { 0, 5, 1 },  { 0, 1, 7 },  { 0, 7, 10 },
                                     { 0, 10, 11 }, { 1, 5, 9 },  { 5, 11, 4 }, { 11, 10, 2 },
                                     { 10, 7, 6 },  { 7, 1, 8 },  { 3, 9, 4 },  { 3, 4, 2 },
                                     { 3, 2, 6 },   { 3, 6, 8 },  { 3, 8, 9 },  { 4, 9, 5 },
                                     { 2, 4, 11 },  { 6, 2, 10 }, { 8, 6, 7 },  { 9, 8, 1 } };
    pel_mesh mesh;
    int64_t triangles = 20 << 2 * times;
    assert_ok(pel_mesh_new(&mesh, triangles / 2 + 2, triangles));
    mesh.points = mesh.triangles = 0;
    for (int f = 0; f < 20; f++) {
        double p[3][3];
        for (int c = 0; c < 3; c++)
            for (int a = 0; a < 3; a++)
                p[c][a] = corner[face[f][c]][a] / n;
        ball_split(&mesh, (const double(*)[3])p, times);
    }
    const double centre[] = { x, y, z };
    for (int64_t i = 0; i < mesh.points; i++)
        for (int a = 0; a < 3; a++)
            mesh.point_mm[i][a] = (float)(radius * (double)mesh.point_mm[i][a] + centre[a]);
    mesh.oriented = true;
    return mesh;
}

#endif
