/* SPDX-License-Identifier: Apache-2.0 */
/* Self-intersections and distances of surfaces, against what is known and against every pair. */
#include "check.h"

#include "base/maths.h"
#include "mesh/mesh.h"
#include "surface/tree.h"

static int64_t crossings_of(const float (*point)[3], int points, const int32_t (*triangle)[3],
                            int triangles)
{
    pel_mesh m;
    int64_t pairs;
    assert_ok(pel_mesh_new(&m, points, triangles));
    memcpy(m.point_mm, point, (size_t)points * 12);
    memcpy(m.triangle, triangle, (size_t)triangles * 12);
    assert_ok(pel_mesh_crossings(&pairs, &m));
    pel_mesh_free(&m);
    return pairs;
}

static void two_triangles_meet_or_not_whatever_they_share(void **state)
{
    (void)state;
    const struct {
        float p[6][3];
        int32_t t[2][3];
        int meet;
    } cases[] = {
        // through each other; beside; touching with a corner; with an edge
        { { { 0, 0, 0 }, { 4, 0, 0 }, { 0, 4, 0 }, { 1, 1, -1 }, { 1, 1, 1 }, { 9, 9, 0 } },
          { { 0, 1, 2 }, { 3, 4, 5 } },
          1 },
        { { { 0, 0, 0 }, { 4, 0, 0 }, { 0, 4, 0 }, { 3, 3, -1 }, { 3, 3, 1 }, { 9, 9, 0 } },
          { { 0, 1, 2 }, { 3, 4, 5 } },
          0 },
        { { { 0, 0, 0 }, { 4, 0, 0 }, { 0, 4, 0 }, { 1, 1, 0 }, { 1, 1, 1 }, { 2, 2, 1 } },
          { { 0, 1, 2 }, { 3, 4, 5 } },
          1 },
        { { { 0, 0, 0 }, { 4, 0, 0 }, { 0, 4, 0 }, { 1, 1, 1e-6f }, { 1, 1, 1 }, { 2, 2, 1 } },
          { { 0, 1, 2 }, { 3, 4, 5 } },
          0 },
        // in one plane: within, apart, overlapping
        { { { 0, 0, 0 }, { 9, 0, 0 }, { 0, 9, 0 }, { 1, 1, 0 }, { 2, 1, 0 }, { 1, 2, 0 } },
          { { 0, 1, 2 }, { 3, 4, 5 } },
          1 },
        { { { 0, 0, 0 }, { 4, 0, 0 }, { 0, 4, 0 }, { 4, 4, 0 }, { 5, 4, 0 }, { 4, 5, 0 } },
          { { 0, 1, 2 }, { 3, 4, 5 } },
          0 },
        // one point shared: apart, and through
        { { { 0, 0, 0 }, { 4, 0, 0 }, { 0, 4, 0 }, { -4, 0, 1 }, { 0, -4, 1 } },
          { { 0, 1, 2 }, { 0, 3, 4 } },
          0 },
        { { { 0, 0, 0 }, { 4, 0, 0 }, { 0, 4, 0 }, { 1, 1, 1 }, { 1, 1, -1 } },
          { { 0, 1, 2 }, { 0, 3, 4 } },
          1 },
        // an edge shared: a fold, flat, shut, and shut within one plane
        { { { 0, 0, 0 }, { 4, 0, 0 }, { 0, 4, 0 }, { 0, 4, 1 } }, { { 0, 1, 2 }, { 1, 0, 3 } }, 0 },
        { { { 0, 0, 0 }, { 4, 0, 0 }, { 0, 4, 0 }, { 0, -4, 0 } },
          { { 0, 1, 2 }, { 1, 0, 3 } },
          0 },
        { { { 0, 0, 0 }, { 4, 0, 0 }, { 0, 4, 0 }, { 2, 2, 0 } }, { { 0, 1, 2 }, { 1, 0, 3 } }, 1 },
        // the same place under other numbers is shared; one triangle twice is not
        { { { 0, 0, 0 }, { 4, 0, 0 }, { 0, 4, 0 }, { 0, 0, 0 }, { -4, 0, 1 }, { 0, -4, 1 } },
          { { 0, 1, 2 }, { 3, 4, 5 } },
          0 },
        { { { 0, 0, 0 }, { 4, 0, 0 }, { 0, 4, 0 } }, { { 0, 1, 2 }, { 1, 2, 0 } }, 1 },
        // without an area
        { { { 0, 0, 0 }, { 4, 0, 0 }, { 0, 4, 0 }, { 1, 1, -1 }, { 1, 1, 1 }, { 1, 1, 2 } },
          { { 0, 1, 2 }, { 3, 4, 5 } },
          0 },
    };
    for (size_t n = 0; n < sizeof cases / sizeof *cases; n++)
        for (int turned = 0; turned < 6; turned++) {
            int32_t t[2][3];
            for (int i = 0; i < 2; i++)
                for (int c = 0; c < 3; c++)
                    t[i ^ (turned & 1)][c] = cases[n].t[i][(c + turned) % 3];
            int64_t found = crossings_of(cases[n].p, 6, (const int32_t(*)[3])t, 2);
            if (found != cases[n].meet)
                fail_msg("case %d turned by %d: %lld", (int)n, turned, (long long)found);
        }
}

// a ball of radius r around x, in voxels of 1 mm
static pel_mesh ball(double r, double x)
{
    enum { N = 40 };
    pel_volume shape = { .dims = { N, N, N } }, v;
    pel_isosurface_params params = pel_isosurface_defaults();
    pel_mesh m;
    assert_ok(pel_volume_like(&v, &shape, PEL_FLOAT32));
    float *to = v.data;
    for (int k = 0; k < N; k++)
        for (int j = 0; j < N; j++)
            for (int i = 0; i < N; i++) {
                double a = i - x, b = j - 19.6, c = k - 19.3;
                *to++ = (float)(r - sqrt(a * a + b * b + c * c));
            }
    params.level = 0;
    assert_ok(pel_isosurface(&m, &v, &params));
    pel_volume_free(&v);
    return m;
}

static void a_ball_has_none_and_two_that_overlap_have_a_ring_of_them(void **state)
{
    (void)state;
    pel_mesh a = ball(9, 15), b = ball(9, 23.37), both;
    int64_t pairs, again;
    pel_job job = pel_job_defaults();
    assert_ok(pel_mesh_crossings(&pairs, &a));
    assert_int_equal(pairs, 0);
    assert_ok(pel_mesh_new(&both, a.points + b.points, a.triangles + b.triangles));
    memcpy(both.point_mm, a.point_mm, (size_t)a.points * 12);
    memcpy(both.point_mm + a.points, b.point_mm, (size_t)b.points * 12);
    for (int64_t t = 0; t < both.triangles; t++)
        for (int c = 0; c < 3; c++)
            both.triangle[t][c] = t < a.triangles
                                      ? a.triangle[t][c]
                                      : b.triangle[t - a.triangles][c] + (int32_t)a.points;
    assert_ok(pel_mesh_crossings(&pairs, &both));
    print_message("%lld pairs\n", (long long)pairs);
    // a circle of radius 8, some two or three triangles of each per mm
    assert_true(pairs > 2 * 50 && pairs < 8 * 50);
    job.threads = 5;
    pel_job_use(&job);
    assert_ok(pel_mesh_crossings(&again, &both));
    pel_job_use(NULL);
    assert_int_equal(again, pairs);
    pel_mesh_free(&a);
    pel_mesh_free(&b);
    pel_mesh_free(&both);
    assert_int_equal(pel_memory_in_use(), 0);
}

static void the_nearest_triangle_is_that_of_every_one_tried(void **state)
{
    (void)state;
    pel_mesh m = ball(7, 20);
    pel__tree tree;
    uint32_t seed = 3;
    assert_ok(pel__tree_new(&tree, &m));
    for (int n = 0; n < 60; n++) {
        double at[3], squared, best = INFINITY;
        for (int a = 0; a < 3; a++) {
            seed = seed * 1664525u + 1013904223u;
            at[a] = (seed >> 8) / 16777216.0 * 40;
        }
        pel_vec3 p = { at[0], at[1], at[2] };
        for (int64_t t = 0; t < m.triangles; t++) {
            pel_vec3 q[3];
            pel__tree_corners(q, &m, t);
            pel_vec3 way = pel__minus(pel__nearest_in(q, p), p);
            best = fmin(best, pel__dot(way, way));
        }
        assert_true(pel__tree_nearest(&tree, p, &squared) >= 0);
        assert_true(squared == best);
    }
    pel__tree_free(&tree);
    pel_mesh_free(&m);
}

static void balls_one_within_the_other_lie_apart_by_their_radii(void **state)
{
    (void)state;
    pel_mesh a = ball(9, 19.7), b = ball(12, 19.7), c = ball(9, 21.7);
    pel_mesh_apart d;
    assert_ok(pel_mesh_distance(&d, &a, &a));
    assert_near(d.most_mm, 0, 1e-4);
    assert_ok(pel_mesh_distance(&d, &a, &b));
    print_message("found %g, bound %g, mean %g\n", d.found_mm, d.most_mm, d.mean_mm);
    assert_near(d.found_mm, 3, 0.05);
    assert_near(d.mean_mm, 3, 0.05);
    assert_true(d.most_mm >= d.found_mm && d.most_mm <= 1.26 * d.found_mm);
    assert_ok(pel_mesh_distance(&d, &c, &a));
    assert_near(d.found_mm, 2, 0.05);
    assert_true(d.most_mm >= d.found_mm && d.most_mm <= 1.26 * d.found_mm);
    // a triangle that spans a hollow lies far from it in its middle only
    pel_mesh lid;
    assert_ok(pel_mesh_new(&lid, 3, 1));
    const float corner[3][3] = { { 19.7f + 9, 19.6f, 19.3f },
                                 { 19.7f - 9, 19.6f, 19.3f },
                                 { 19.7f, 19.6f + 9, 19.3f } };
    memcpy(lid.point_mm, corner, sizeof corner);
    memcpy(lid.triangle[0], ((int32_t[]){ 0, 1, 2 }), 12);
    assert_ok(pel_mesh_distance(&d, &lid, &a));
    const pel_vec3 middle = { 19.7, 19.6, 19.3 };
    pel_vec3 nearest;
    int64_t triangle;
    assert_ok(pel_mesh_nearest(&nearest, &triangle, &a, middle));
    double far = pel__length(pel__minus(nearest, middle));
    print_message("%g mm, bound %g\n", far, d.most_mm);
    assert_near(far, 9, 0.05);
    assert_true(d.most_mm >= far && d.most_mm <= 1.26 * far);
    lid.triangles = 0;
    assert_int_equal(pel_mesh_distance(&d, &lid, &a), PEL_EDATA);
    pel_mesh_free(&lid);
    pel_mesh_free(&a);
    pel_mesh_free(&b);
    pel_mesh_free(&c);
    assert_int_equal(pel_memory_in_use(), 0);
}

// the corners of a lid lie on the sheet, all the sheet lies on the lid; only the hole is far from
// one
static void a_hole_in_a_sheet_is_far_from_its_lid_in_the_middle_alone(void **state)
{
    (void)state;
    enum { N = 9 };
    pel_mesh sheet, lid;
    pel_mesh_apart d;
    int64_t t = 0;
    assert_ok(pel_mesh_new(&sheet, (N + 1) * (N + 1), 2 * (N * N - 1)));
    assert_ok(pel_mesh_new(&lid, 4, 2));
    for (int n = 0; n < (N + 1) * (N + 1); n++)
        for (int a = 0; a < 3; a++)
            sheet.point_mm[n][a] = (float)(a == 0 ? n % (N + 1) : a == 1 ? n / (N + 1) : 0);
    for (int n = 0; n < N * N; n++) {
        int32_t p = n / N * (N + 1) + n % N, q = p + N + 1;
        if (n == N * N / 2)
            continue;
        memcpy(sheet.triangle[t++], ((int32_t[]){ p, p + 1, q + 1 }), 12);
        memcpy(sheet.triangle[t++], ((int32_t[]){ p, q + 1, q }), 12);
    }
    for (int n = 0; n < 4; n++)
        for (int a = 0; a < 3; a++)
            lid.point_mm[n][a] = (float)(a == 2 ? 0 : (n >> a & 1) * N);
    memcpy(lid.triangle[0], ((int32_t[]){ 0, 1, 3 }), 12);
    memcpy(lid.triangle[1], ((int32_t[]){ 0, 3, 2 }), 12);
    assert_ok(pel_mesh_distance(&d, &lid, &sheet));
    assert_true(d.found_mm == 0);
    assert_true(d.most_mm >= 0.5 && d.most_mm < 0.53);
    pel_mesh_free(&sheet);
    pel_mesh_free(&lid);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(two_triangles_meet_or_not_whatever_they_share),
        cmocka_unit_test(a_ball_has_none_and_two_that_overlap_have_a_ring_of_them),
        cmocka_unit_test(the_nearest_triangle_is_that_of_every_one_tried),
        cmocka_unit_test(balls_one_within_the_other_lie_apart_by_their_radii),
        cmocka_unit_test(a_hole_in_a_sheet_is_far_from_its_lid_in_the_middle_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
