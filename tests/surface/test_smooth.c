/* SPDX-License-Identifier: Apache-2.0 */
/* Smoothing: waves go, balls stay, borders stay on their line, and the shift is the one measured.
 */
#include "check.h"

#include "base/maths.h"
#include "mesh/mesh.h"
#include "surface/smooth.h"

// points of a ball of radius r in voxels of 1 mm, rough by so much
static pel_mesh rough_ball(double r, double rough)
{
    int n = (int)(2 * r) + 7;
    pel_volume shape = { .dims = { n, n, n } }, v;
    pel_isosurface_params params = pel_isosurface_defaults();
    pel_mesh m;
    uint32_t seed = 5;
    assert_ok(pel_volume_like(&v, &shape, PEL_FLOAT32));
    float *to = v.data;
    for (int k = 0; k < n; k++)
        for (int j = 0; j < n; j++)
            for (int i = 0; i < n; i++) {
                double x = i - n / 2.0, y = j - n / 2.0, z = k - n / 2.0;
                seed = seed * 1664525u + 1013904223u;
                *to++ = (float)(r - sqrt(x * x + y * y + z * z) +
                                rough * ((seed >> 8) / 8388608.0 - 1));
            }
    params.level = 0;
    assert_ok(pel_isosurface(&m, &v, &params));
    pel_volume_free(&v);
    for (int64_t p = 0; p < m.points; p++)
        for (int a = 0; a < 3; a++)
            m.point_mm[p][a] -= (float)(n / 2.0);
    return m;
}

static double roughness(const pel_mesh *m, double *mean)
{
    double sum = 0, squares = 0;
    for (int64_t p = 0; p < m->points; p++) {
        double r = pel__length(pel__mesh_point(m, p));
        sum += r;
        squares += r * r;
    }
    *mean = sum / (double)m->points;
    return sqrt(fmax(0, squares / (double)m->points - *mean * *mean));
}

static void a_ball_stays_and_its_roughness_goes(void **state)
{
    (void)state;
    pel_mesh m = rough_ball(20, 0.4);
    pel_smooth_params params = pel_smooth_defaults();
    pel_smoothed moved;
    double mean, rough = roughness(&m, &mean), after;
    params.smooth = 20;
    params.pass_band = 0.1;
    assert_ok(pel_smooth(&m, &moved, &params));
    assert_true(roughness(&m, &after) < 0.5 * rough);
    assert_near(after, mean, 0.02);
    assert_near(moved.volume_ratio, 1, 0.001);
    assert_true(moved.mean_shift_mm > 0.03 && moved.mean_shift_mm < rough);
    assert_true(moved.most_shift_mm < 1.5);
    assert_int_equal(m.arrays, 0);
    pel_mesh_free(&m);
}

static void a_smooth_surface_moves_by_less_than_a_twentieth_of_a_voxel(void **state)
{
    (void)state;
    pel_mesh m = rough_ball(30, 0);
    pel_smooth_params params = pel_smooth_defaults();
    pel_smoothed moved;
    params.smooth = 20;
    assert_ok(pel_mesh_normals(&m));
    assert_ok(pel_smooth(&m, &moved, &params));
    print_message("mean shift %g, most %g\n", moved.mean_shift_mm, moved.most_shift_mm);
    assert_true(moved.mean_shift_mm < 0.05);
    assert_near(moved.volume_ratio, 1, 0.001);
    // normals are those of the new points
    float(*normal)[3] = pel_mesh_find(&m, "normals")->data;
    for (int64_t p = 0; p < m.points; p += 17) {
        pel_vec3 out = pel__unit(pel__mesh_point(&m, p));
        assert_true(out.x * (double)normal[p][0] + out.y * (double)normal[p][1] +
                        out.z * (double)normal[p][2] >
                    0.99);
    }
    pel_mesh_free(&m);
}

// a sheet of 20x20 points whose border is a square, with a bump
static void borders_stay_on_their_line(void **state)
{
    (void)state;
    enum { N = 20 };
    pel_mesh m;
    assert_ok(pel_mesh_new(&m, N * N, 2 * (N - 1) * (N - 1)));
    for (int i = 0; i < N; i++)
        for (int j = 0; j < N; j++) {
            float *to = m.point_mm[i * N + j];
            to[0] = (float)i;
            to[1] = (float)j;
            to[2] = i > 0 && j > 0 && i < N - 1 && j < N - 1 ? (float)((i + j) % 2) : 0;
        }
    int64_t t = 0;
    for (int i = 0; i + 1 < N; i++)
        for (int j = 0; j + 1 < N; j++) {
            int32_t a = i * N + j, b = a + N;
            memcpy(m.triangle[t++], ((int32_t[]){ a, b, b + 1 }), 12);
            memcpy(m.triangle[t++], ((int32_t[]){ a, b + 1, a + 1 }), 12);
        }
    pel_smooth_params params = pel_smooth_defaults();
    params.smooth = 30;
    params.pass_band = 0.5;
    assert_ok(pel_smooth(&m, NULL, &params));
    for (int i = 6; i + 6 < N; i++) {
        assert_near(m.point_mm[i][0], 0, 0.05);
        assert_near(m.point_mm[i][2], 0, 1e-6);
    }
    assert_near(m.point_mm[10 * N + 10][2], 0.5, 0.1);
    pel_mesh_free(&m);
}

static void no_point_leaves_its_reach(void **state)
{
    (void)state;
    pel_mesh m = rough_ball(12, 1), was = rough_ball(12, 1);
    pel_smooth_params params = pel_smooth_defaults();
    pel__smooth_reach reach = { pel_affine_identity(), 0.25 };
    pel_smoothed moved;
    reach.ijk_from_mm.m[2][2] = 0.5; // voxels 2 mm high
    params.smooth = 20;
    params.pass_band = 0.02;
    assert_ok(pel__smooth_within(&m, &moved, &params, &reach));
    double most = 0;
    for (int64_t p = 0; p < m.points; p++) {
        pel_vec3 move = pel__minus(pel__mesh_point(&m, p), pel__mesh_point(&was, p));
        move.z /= 2;
        most = fmax(most, pel__length(move));
    }
    assert_true(most < 0.25 + 1e-5 && most > 0.2);
    pel_mesh_free(&m);
    pel_mesh_free(&was);
    assert_int_equal(pel_memory_in_use(), 0);
}

static void no_point_goes_beyond_the_greatest_shift_and_their_mean_is_a_fifth_of_it(void **state)
{
    (void)state;
    pel_mesh m = rough_ball(20, 1), was = rough_ball(20, 1);
    pel_smooth_params params = pel_smooth_defaults();
    pel_smoothed moved, free;
    params.smooth = 20;
    assert_ok(pel_smooth(&m, &free, &params));
    pel_mesh_free(&m);
    m = rough_ball(20, 1);
    params.max_shift = 0.25;
    assert_ok(pel_smooth(&m, &moved, &params));
    double most = 0;
    for (int64_t p = 0; p < m.points; p++)
        most =
            fmax(most, pel__length(pel__minus(pel__mesh_point(&m, p), pel__mesh_point(&was, p))));
    assert_true(most <= 0.25 + 1e-5);
    assert_true(free.most_shift_mm > 0.5 && free.mean_shift_mm > 0.1);
    assert_true(moved.mean_shift_mm <= 0.05 && moved.mean_shift_mm > 0.04);
    assert_near(moved.volume_ratio, 1, 0.001);
    pel_mesh_free(&m);
    pel_mesh_free(&was);
}

static void no_triangle_comes_to_face_backward_and_few_to_pass_through_others(void **state)
{
    (void)state;
    pel_mesh m = rough_ball(20, 4), was = rough_ball(20, 4);
    pel_smooth_params params = pel_smooth_defaults();
    int64_t before, after;
    params.smooth = 20;
    params.max_shift = 0.25;
    assert_ok(pel_mesh_crossings(&before, &m));
    assert_ok(pel_smooth(&m, NULL, &params));
    assert_ok(pel_mesh_crossings(&after, &m));
    print_message("%d before, %d after, of %d\n", (int)before, (int)after, (int)m.triangles);
    for (int64_t t = 0; t < m.triangles; t++)
        assert_true(pel__dot(pel__mesh_cross(&m, t), pel__mesh_cross(&was, t)) >= 0);
    assert_true(after <= before + m.triangles / 1000);
    pel_mesh_free(&m);
    pel_mesh_free(&was);
    assert_int_equal(pel_memory_in_use(), 0);
}

static void any_number_of_threads_gives_the_same_points(void **state)
{
    (void)state;
    pel_job job = pel_job_defaults();
    pel_mesh m[2];
    pel_smooth_params params = pel_smooth_defaults();
    params.smooth = 7;
    for (int n = 0; n < 2; n++) {
        m[n] = rough_ball(30, 0.3);
        job.threads = 1 + 4 * n;
        pel_job_use(&job);
        assert_ok(pel_smooth(&m[n], NULL, &params));
        pel_job_use(NULL);
    }
    assert_memory_equal(m[0].point_mm, m[1].point_mm, (size_t)m[0].points * 12);
    pel_mesh_free(&m[0]);
    pel_mesh_free(&m[1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_ball_stays_and_its_roughness_goes),
        cmocka_unit_test(a_smooth_surface_moves_by_less_than_a_twentieth_of_a_voxel),
        cmocka_unit_test(borders_stay_on_their_line),
        cmocka_unit_test(no_point_leaves_its_reach),
        cmocka_unit_test(no_point_goes_beyond_the_greatest_shift_and_their_mean_is_a_fifth_of_it),
        cmocka_unit_test(no_triangle_comes_to_face_backward_and_few_to_pass_through_others),
        cmocka_unit_test(any_number_of_threads_gives_the_same_points),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
