/* SPDX-License-Identifier: Apache-2.0 */
/* Curvature of a sphere and of a tube; distances along a sphere; the voxels within it. */
#include "ball.h"

static void a_sphere_bends_by_its_radius(void **state)
{
    (void)state;
    for (int turned = 0; turned < 2; turned++) {
        pel_mesh m = make_ball(8, 4, 1, 2, 3);
        for (int64_t t = 0; t < m.triangles && turned; t++) {
            int32_t c = m.triangle[t][1];
            m.triangle[t][1] = m.triangle[t][2];
            m.triangle[t][2] = c;
        }
        assert_ok(pel_curvature(&m));
        const float *mean = pel_mesh_find(&m, "curvature_mean")->data;
        const float *gauss = pel_mesh_find(&m, "curvature_gaussian")->data;
        for (int64_t i = 0; i < m.points; i++) {
            assert_near(mean[i], (turned ? -1 : 1) / 8.0, 0.002);
            assert_near(gauss[i], 1 / 64.0, 0.0006);
        }
        // again it is renewed, not added
        assert_ok(pel_curvature(&m));
        assert_int_equal(m.arrays, 2);
        pel_mesh_free(&m);
    }
}

static void a_tube_bends_one_way_only(void **state)
{
    (void)state;
    enum { AROUND = 60, ALONG = 20 };
    pel_mesh m;
    assert_ok(pel_mesh_new(&m, AROUND * ALONG, 2 * AROUND * (ALONG - 1)));
    for (int k = 0; k < ALONG; k++)
        for (int n = 0; n < AROUND; n++) {
            double a = 2 * 3.14159265358979 * n / AROUND;
            float *p = m.point_mm[k * AROUND + n];
            p[0] = (float)(5 * cos(a));
            p[1] = (float)(5 * sin(a));
            p[2] = (float)k * 0.5f;
        }
    int64_t t = 0;
    for (int k = 0; k + 1 < ALONG; k++)
        for (int n = 0; n < AROUND; n++) {
            int32_t a = k * AROUND + n, b = k * AROUND + (n + 1) % AROUND;
            memcpy(m.triangle[t++], (int32_t[]){ a, b, b + AROUND }, 3 * sizeof(int32_t));
            memcpy(m.triangle[t++], (int32_t[]){ a, b + AROUND, a + AROUND }, 3 * sizeof(int32_t));
        }
    assert_ok(pel_curvature(&m));
    for (int64_t i = 5 * AROUND; i < (ALONG - 5) * AROUND; i++) {
        assert_near(pel_array_get(&m.array[0], i, 0), 0.1, 0.001);
        assert_near(pel_array_get(&m.array[1], i, 0), 0, 0.0005);
    }
    pel_mesh_free(&m);
}

static void distances_along_a_sphere_are_arcs(void **state)
{
    (void)state;
    pel_mesh m = make_ball(10, 4, 0, 0, 0);
    double *mm = malloc((size_t)m.points * sizeof *mm), sum = 0;
    // a start off the surface, over no corner of it
    pel_vec3 from = { 3, 4, 30 };
    double length = sqrt(9 + 16 + 900);
    assert_ok(pel_geodesic(mm, &m, from, INFINITY));
    for (int64_t i = 0; i < m.points; i++) {
        double along = ((double)m.point_mm[i][0] * from.x + (double)m.point_mm[i][1] * from.y +
                        (double)m.point_mm[i][2] * from.z) /
                       (10 * length);
        double arc = 10 * acos(fmin(1, fmax(-1, along)));
        assert_near(mm[i], arc, 0.015 * arc + 0.05);
        sum += mm[i] - arc;
    }
    assert_near(sum / (double)m.points, 0, 0.2);
    // what is farther than asked for is not told
    assert_ok(pel_geodesic(mm, &m, from, 5));
    for (int64_t i = 0; i < m.points; i++)
        assert_true(mm[i] <= 5 || isinf(mm[i]));
    free(mm);
    pel_mesh_free(&m);
}

static void a_solid_sphere_has_the_voxels_within(void **state)
{
    (void)state;
    pel_mesh m = make_ball(9, 4, 3, -4, 5);
    // a sheared, mirrored grid with voxels of other sizes along each axis
    pel_volume like = { .dims = { 40, 30, 50 }, .dtype = PEL_INT16 }, out;
    const pel_affine grid = {
        { { -0.8, 0.1, 0, 20 }, { 0, 1.1, 0.05, -20 }, { 0.02, 0, 0.6, -8 }, { 0, 0, 0, 1 } }
    };
    int64_t wrong = 0, inside = 0;
    like.mm_from_ijk = grid;
    assert_ok(pel_solid(&out, &m, &like));
    for (int64_t k = 0; k < 50; k++)
        for (int64_t j = 0; j < 30; j++)
            for (int64_t i = 0; i < 40; i++) {
                pel_vec3 p = pel_affine_point(grid, (pel_vec3){ (double)i, (double)j, (double)k });
                double x = p.x - 3, y = p.y + 4, z = p.z - 5;
                double r = sqrt(x * x + y * y + z * z);
                bool is = ((const uint8_t *)out.data)[(k * 30 + j) * 40 + i];
                inside += is;
                // between the triangles and the sphere it may be either
                wrong += is != (r < 9) && fabs(r - 8.98) > 0.03;
            }
    assert_int_equal(wrong, 0);
    assert_true(inside > 5000);
    pel_volume_free(&out);
    pel_mesh_free(&m);
}

static void a_cube_whose_faces_meet_centres_leaks_nowhere(void **state)
{
    (void)state;
    static const float corner[8][3] = { { 2, 2, 2 }, { 6, 2, 2 }, { 2, 6, 2 }, { 6, 6, 2 },
                                        { 2, 2, 6 }, { 6, 2, 6 }, { 2, 6, 6 }, { 6, 6, 6 } };
    static const int32_t face[12][3] = { { 0, 2, 1 }, { 1, 2, 3 }, { 4, 5, 6 }, { 5, 7, 6 },
                                         { 0, 1, 4 }, { 1, 5, 4 }, { 2, 6, 3 }, { 3, 6, 7 },
                                         { 0, 4, 2 }, { 2, 4, 6 }, { 1, 3, 5 }, { 3, 7, 5 } };
    pel_mesh m;
    pel_volume like = { .dims = { 9, 9, 9 }, .dtype = PEL_UINT8 }, out;
    assert_ok(pel_mesh_new(&m, 8, 12));
    memcpy(m.point_mm, corner, sizeof corner);
    memcpy(m.triangle, face, sizeof face);
    assert_ok(pel_solid(&out, &m, &like));
    int64_t count = 0;
    const uint8_t *voxel = out.data;
    for (int64_t i = 0; i < 729; i++)
        count += voxel[i];
    // a half-open cube of 4 voxels a side, wherever its half-open sides are
    assert_int_equal(count, 64);
    for (int64_t k = 3; k < 6; k++)
        for (int64_t j = 3; j < 6; j++)
            for (int64_t i = 3; i < 6; i++)
                assert_int_equal(voxel[(k * 9 + j) * 9 + i], 1);
    pel_volume_free(&out);
    m.triangles = 0;
    assert_int_equal(pel_solid(&out, &m, &like), PEL_EDATA);
    m.triangles = 12;
    pel_mesh_free(&m);
    assert_int_equal(pel_memory_in_use(), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_sphere_bends_by_its_radius),
        cmocka_unit_test(a_tube_bends_one_way_only),
        cmocka_unit_test(distances_along_a_sphere_are_arcs),
        cmocka_unit_test(a_solid_sphere_has_the_voxels_within),
        cmocka_unit_test(a_cube_whose_faces_meet_centres_leaks_nowhere),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
