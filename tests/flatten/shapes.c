/* SPDX-License-Identifier: Apache-2.0 */
#include "shapes.h"

#include "check.h"

#define PI 3.14159265358979323846

static double noise(uint64_t *seed)
{
    *seed = *seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (double)(*seed >> 33) / 2147483648.0 - 0.5;
}

static void set_point(pel_mesh *m, int64_t p, pel_vec3 at)
{
    m->point_mm[p][0] = (float)at.x;
    m->point_mm[p][1] = (float)at.y;
    m->point_mm[p][2] = (float)at.z;
}

pel_mesh shape_sheet(const double size[2], const int cells[2], bool uneven, shape_bend bend,
                     double (**flat)[2])
{
    pel_mesh m;
    int nx = cells[0], ny = cells[1];
    uint64_t seed = 1;
    assert_ok(pel_mesh_new(&m, (nx + 1) * (ny + 1), 2 * nx * ny));
    double(*uv)[2] = malloc((size_t)m.points * sizeof *uv);
    for (int i = 0; i <= nx; i++)
        for (int j = 0; j <= ny; j++) {
            int64_t p = i * (ny + 1) + j;
            bool inner = uneven && i > 0 && j > 0 && i < nx && j < ny;
            double dx = noise(&seed), dy = noise(&seed);
            uv[p][0] = (i + (inner ? 0.4 * dx : 0)) * size[0] / nx;
            uv[p][1] = (j + (inner ? 0.4 * dy : 0)) * size[1] / ny;
            set_point(&m, p, bend(uv[p][0], uv[p][1]));
        }
    int32_t(*to)[3] = m.triangle;
    for (int i = 0; i < nx; i++)
        for (int j = 0; j < ny; j++) {
            int32_t a = i * (ny + 1) + j, b = a + ny + 1, c = b + 1, d = a + 1;
            const int32_t cell[2][2][3] = { { { a, b, c }, { a, c, d } },
                                            { { a, b, d }, { b, c, d } } };
            memcpy(to, cell[(i + j) % 2], sizeof cell[0]);
            to += 2;
        }
    if (flat)
        *flat = uv;
    else
        free(uv);
    return m;
}

pel_vec3 shape_plane(double x, double y)
{
    return (pel_vec3){ x, y, 0 };
}

pel_vec3 shape_cylinder(double x, double y)
{
    return (pel_vec3){ 10 * cos(x / 10), 10 * sin(x / 10), y };
}

// a sector of 4.5 rad, from 10 mm on, closes into a cone
pel_vec3 shape_cone(double x, double y)
{
    double k = 4.5 / (2 * PI), far = 10 + y, turn = x / 60 * 4.5;
    return (pel_vec3){ k * far * cos(turn / k), k * far * sin(turn / k), sqrt(1 - k * k) * far };
}

void shape_sector(double flat[2])
{
    double far = 10 + flat[1], turn = flat[0] / 60 * 4.5;
    flat[0] = far * cos(turn);
    flat[1] = far * sin(turn);
}

// pleats along y of cells of 2 mm, tilted up and down by uneven angles
pel_vec3 shape_crumple(double x, double y)
{
    double at = 0, up = 0;
    uint64_t seed = 5;
    for (double from = 0; from < x; from += 2) {
        double step = fmin(2, x - from), tilt = (1.2 + noise(&seed)) * (fmod(from, 4) < 2 ? 1 : -1);
        at += step * cos(tilt);
        up += step * sin(tilt);
    }
    return (pel_vec3){ at, y, up };
}

pel_vec3 shape_rough(double x, double y)
{
    double z = 4 * sin(x * 0.7) * cos(y * 0.6) + 2 * sin(x * 1.9 + y);
    return (pel_vec3){ x - 0.4 * z, y, z };
}

double *shape_edges(const pel_mesh *mesh, const double (*flat)[2])
{
    double *edge = malloc((size_t)(3 * mesh->triangles) * sizeof *edge);
    for (int64_t h = 0; h < 3 * mesh->triangles; h++) {
        const double *a = flat[mesh->triangle[h / 3][h % 3]],
                     *b = flat[mesh->triangle[h / 3][(h + 1) % 3]];
        edge[h] = hypot(a[0] - b[0], a[1] - b[1]);
    }
    return edge;
}

// point number `at` around ring k
static int32_t ring_point(int k, int at)
{
    return k == 0 ? 0 : (int32_t)(1 + 3 * k * (k - 1) + at % (6 * k));
}

pel_mesh shape_cap(double r, double ball, int rings, double (**flat)[2])
{
    pel_mesh m;
    assert_ok(pel_mesh_new(&m, 1 + 3 * rings * (rings + 1), 6 * rings * rings));
    double(*uv)[2] = calloc((size_t)m.points, sizeof *uv);
    int32_t(*to)[3] = m.triangle;
    set_point(&m, 0, (pel_vec3){ 0, 0, ball });
    for (int k = 1; k <= rings; k++)
        for (int i = 0; i < 6 * k; i++) {
            double turn = 2 * PI * i / (6 * k), far = r * k / rings, angle = far / ball;
            int32_t p = ring_point(k, i), next = ring_point(k, i + 1);
            int side = i / k, along = i % k;
            int32_t in = ring_point(k - 1, side * (k - 1) + along),
                    in_next = ring_point(k - 1, side * (k - 1) + along + 1);
            uv[p][0] = far * cos(turn);
            uv[p][1] = far * sin(turn);
            set_point(&m, p,
                      (pel_vec3){ ball * sin(angle) * cos(turn), ball * sin(angle) * sin(turn),
                                  ball * cos(angle) });
            memcpy(to++, (int32_t[]){ in, p, next }, sizeof *to);
            if (along < k - 1)
                memcpy(to++, (int32_t[]){ in, next, in_next }, sizeof *to);
        }
    assert_int_equal(to - m.triangle, m.triangles);
    if (flat)
        *flat = uv;
    else
        free(uv);
    return m;
}

pel_mesh shape_ellipsoid(const double half[3], int rings)
{
    pel_mesh m;
    int around = 2 * rings;
    assert_ok(pel_mesh_new(&m, 2 + rings * around, 2 * rings * around));
    int32_t(*to)[3] = m.triangle, south = (int32_t)m.points - 1;
    set_point(&m, 0, (pel_vec3){ 0, 0, half[2] });
    set_point(&m, south, (pel_vec3){ 0, 0, -half[2] });
    for (int32_t r = 0; r < rings; r++)
        for (int32_t i = 0; i < around; i++) {
            double down = PI * (r + 1) / (rings + 1), turn = 2 * PI * i / around;
            int32_t a = 1 + r * around + i, b = 1 + r * around + (i + 1) % around;
            set_point(&m, a,
                      (pel_vec3){ half[0] * sin(down) * cos(turn), half[1] * sin(down) * sin(turn),
                                  half[2] * cos(down) });
            bool last = r == rings - 1;
            int32_t below = last ? south : a + around, beside = last ? south : b + around;
            if (r == 0)
                memcpy(to++, (int32_t[]){ 0, a, b }, sizeof *to);
            memcpy(to++, (int32_t[]){ a, below, b }, sizeof *to);
            if (!last)
                memcpy(to++, (int32_t[]){ b, below, beside }, sizeof *to);
        }
    assert_int_equal(to - m.triangle, m.triangles);
    return m;
}

pel_mesh shape_laid_out(const pel_mesh *mesh, const double (*uv)[2])
{
    pel_mesh flat;
    float(*surface)[3];
    assert_ok(pel_mesh_new(&flat, mesh->points, mesh->triangles));
    memcpy(flat.triangle, mesh->triangle, (size_t)mesh->triangles * sizeof *mesh->triangle);
    assert_ok(pel_mesh_add_array(&flat, PEL_FLAT_SURFACE, PEL_ARRAY_VALUES, false, 3, &surface));
    memcpy(surface, mesh->point_mm, (size_t)mesh->points * sizeof *surface);
    for (int64_t p = 0; p < mesh->points; p++)
        for (int r = 0; r < 2; r++)
            flat.point_mm[p][r] = (float)uv[p][r];
    return flat;
}
