/* SPDX-License-Identifier: Apache-2.0 */
/* Cuts of a sphere, whose parts have known areas and borders. */
#include "ball.h"

enum { RADIUS = 20 };

static pel_mesh ball(void)
{
    pel_mesh m = make_ball(RADIUS, 4, 5, -3, 2);
    float *x;
    int32_t *side;
    uint8_t *colour;
    assert_ok(pel_mesh_add_array(&m, "x", PEL_ARRAY_VALUES, false, 1, &x));
    assert_ok(pel_mesh_add_array(&m, "side", PEL_ARRAY_LABELS, false, 1, &side));
    assert_ok(pel_mesh_add_array(&m, "colours", PEL_ARRAY_COLOURS, true, 3, &colour));
    for (int64_t i = 0; i < m.points; i++) {
        x[i] = m.point_mm[i][0];
        side[i] = m.point_mm[i][2] > 2 ? 7 : -7;
    }
    for (int64_t t = 0; t < m.triangles; t++)
        colour[3 * t] = (uint8_t)t;
    m.comment = strdup("kept\n");
    return m;
}

static void numbers(pel_numbers *out, int count, const double *value)
{
    out->count = count;
    memcpy(out->value, value, (size_t)count * sizeof *value);
}

// every border point satisfies the cut's equation, and arrays that are linear stay so
static void assert_border(const pel_mesh *m, double (*off)(const float p[3]), double most)
{
    pel_topology t;
    int64_t on_cut = 0;
    const float *x = pel_mesh_find(m, "x")->data;
    const int32_t *side = pel_mesh_find(m, "side")->data;
    assert_ok(pel_mesh_topology(&t, m));
    for (int64_t i = 0; i < m->points; i++) {
        assert_true(off(m->point_mm[i]) > -most);
        on_cut += fabs(off(m->point_mm[i])) < most;
        assert_near(x[i], m->point_mm[i][0], 1e-4);
        assert_true(side[i] == 7 || side[i] == -7);
    }
    assert_true(on_cut >= t.border_edges);
    assert_string_equal(m->comment, "kept\n");
}

static double above_plane(const float p[3])
{
    return (double)p[2] - 8;
}

static void a_plane_leaves_a_cap_of_the_right_area(void **state)
{
    (void)state;
    pel_mesh m = ball();
    pel_cut_params p = pel_cut_defaults();
    pel_cut_found found;
    numbers(&p.cut_plane, 6, (double[]){ 1, 1, 8, 0, 0, 3 });
    assert_ok(pel_cut(&m, &found, &p));
    assert_ok(pel_cut_one(&m, &found, NULL));
    assert_true(found.is_disk);
    assert_int_equal(found.topology.euler, 1);
    assert_int_equal(found.left_out, 0);
    // a cap of height h has an area of 2 pi r h
    assert_near(pel_mesh_area_mm2(&m), 2 * 3.14159265 * RADIUS * (RADIUS - 6), 15);
    assert_border(&m, above_plane, 1e-4);
    pel_mesh_free(&m);
}

static double within_sphere(const float p[3])
{
    double x = (double)p[0] - 25, y = (double)p[1] + 3, z = (double)p[2] - 2;
    return 9 - sqrt(x * x + y * y + z * z);
}

// the least height of a triangle over its longest edge
static double thinnest(const pel_mesh *m)
{
    double least = INFINITY;
    for (int64_t t = 0; t < m->triangles; t++) {
        double edge[3][3], longest = 0;
        for (int k = 0; k < 3; k++) {
            const float *p = m->point_mm[m->triangle[t][k]],
                        *q = m->point_mm[m->triangle[t][(k + 1) % 3]];
            for (int a = 0; a < 3; a++)
                edge[k][a] = (double)q[a] - (double)p[a];
            longest = fmax(longest, edge[k][0] * edge[k][0] + edge[k][1] * edge[k][1] +
                                        edge[k][2] * edge[k][2]);
        }
        double n[3], twice = 0;
        for (int a = 0; a < 3; a++) {
            int b = (a + 1) % 3, c = (a + 2) % 3;
            n[a] = edge[0][b] * edge[1][c] - edge[0][c] * edge[1][b];
            twice += n[a] * n[a];
        }
        least = fmin(least, sqrt(twice) / longest);
    }
    return least;
}

static void cuts_close_by_points_leave_no_splinters_and_lie_where_they_should(void **state)
{
    (void)state;
    // the points of one ring of latitude and more lie about here
    for (double z = 7.5; z < 8.5; z += is_sanitized() ? 0.4 : 0.04) {
        pel_mesh m = ball();
        pel_cut_params p = pel_cut_defaults();
        pel_cut_found found;
        int64_t on_cut = 0;
        numbers(&p.cut_plane, 6, (double[]){ 1, 1, z, 0, 0, 3 });
        numbers(&p.cut_sphere, 4, (double[]){ 8, 10, 20, 12 });
        assert_ok(pel_cut(&m, &found, &p));
        assert_ok(pel_cut_one(&m, &found, NULL));
        assert_true(found.is_disk);
        assert_true(thinnest(&m) > 0.02);
        for (int64_t i = 0; i < m.points; i++) {
            double x[3], far;
            for (int a = 0; a < 3; a++)
                x[a] = (double)m.point_mm[i][a];
            far = sqrt((x[0] - 8) * (x[0] - 8) + (x[1] - 10) * (x[1] - 10) +
                       (x[2] - 20) * (x[2] - 20));
            assert_true(x[2] > z - 1e-4 && far < 12 + 1e-4);
            on_cut += x[2] < z + 1e-4 || far > 12 - 1e-4;
        }
        assert_true(on_cut >= found.topology.border_edges);
        pel_mesh_free(&m);
    }
}

static void a_sphere_cuts_where_it_is(void **state)
{
    (void)state;
    pel_mesh m = ball();
    pel_cut_params p = pel_cut_defaults();
    pel_cut_found found;
    numbers(&p.cut_sphere, 4, (double[]){ 25, -3, 2, 9 });
    assert_ok(pel_cut(&m, &found, &p));
    assert_ok(pel_cut_one(&m, &found, NULL));
    assert_true(found.is_disk);
    // a sphere around a point of another one cuts out pi R^2, whatever its own radius
    assert_near(pel_mesh_area_mm2(&m), 3.14159265 * 81, 1.5);
    assert_border(&m, within_sphere, 1e-4);
    pel_mesh_free(&m);
}

static void a_box_leaves_one_part_and_says_of_the_others(void **state)
{
    (void)state;
    pel_mesh m = ball(), copy;
    pel_cut_params p = pel_cut_defaults();
    pel_cut_found found;
    // a rod through the ball: two caps, of which the wider one stays
    p.cut_box = "-1:11,-9:3,:";
    assert_ok(pel_cut(&m, &found, &p));
    assert_ok(pel_cut_one(&m, &found, NULL));
    assert_true(found.is_disk);
    assert_int_equal(found.left_out, 1);
    pel_mesh_free(&m);
    // a belt has two borders and is no disk
    copy = ball();
    p.cut_box = ":,:,-3:7";
    assert_ok(pel_cut(&copy, &found, &p));
    assert_ok(pel_cut_one(&copy, &found, NULL));
    assert_false(found.is_disk);
    assert_int_equal(found.topology.euler, 0);
    assert_int_equal(found.topology.border_loops, 2);
    assert_near(pel_mesh_area_mm2(&copy), 2 * 3.14159265 * RADIUS * 10, 12);
    pel_mesh_free(&copy);
}

static void a_geodesic_disk_is_a_cap(void **state)
{
    (void)state;
    pel_mesh m = ball();
    pel_cut_params p = pel_cut_defaults();
    pel_cut_found found;
    numbers(&p.cut_geodesic, 4, (double[]){ 5, -3, 99, 12 });
    assert_ok(pel_cut(&m, &found, &p));
    assert_ok(pel_cut_one(&m, &found, NULL));
    assert_true(found.is_disk);
    double height = RADIUS * (1 - cos(12.0 / RADIUS));
    assert_near(pel_mesh_area_mm2(&m) / (2 * 3.14159265 * RADIUS * height), 1, 0.02);
    pel_mesh_free(&m);
}

static void whole_triangles_keep_the_numbers_of_their_points(void **state)
{
    (void)state;
    pel_mesh m = ball(), all = ball();
    pel_cut_params p = pel_cut_defaults();
    pel_cut_found found;
    numbers(&p.cut_plane, 6, (double[]){ 0, 0, 8, 0, 0, 1 });
    p.cut_whole = true;
    assert_ok(pel_cut(&m, &found, &p));
    assert_ok(pel_cut_one(&m, &found, NULL));
    assert_true(found.is_disk);
    const int32_t *vertex = pel_mesh_find(&m, "vertex")->data;
    for (int64_t i = 0; i < m.points; i++)
        assert_memory_equal(m.point_mm[i], all.point_mm[vertex[i]], sizeof *m.point_mm);
    // what such a cut gives is a patch of the whole
    assert_ok(pel_patch(&all, &m));
    assert_int_equal(all.points, m.points);
    assert_int_equal(all.triangles, m.triangles);
    assert_memory_equal(all.triangle, m.triangle, (size_t)m.triangles * sizeof *m.triangle);
    pel_mesh_free(&m);
    pel_mesh_free(&all);
}

static void a_line_around_a_pole_keeps_the_cap_within(void **state)
{
    (void)state;
    pel_mesh m = ball(), corners;
    pel_cut_found found = { 0 };
    enum { CORNERS = 12 };
    assert_ok(pel_mesh_new(&corners, CORNERS, 0));
    for (int n = 0; n < CORNERS; n++) {
        double a = 2 * 3.14159265 * n / CORNERS;
        corners.point_mm[n][0] = (float)(5 + 16 * cos(a));
        corners.point_mm[n][1] = (float)(-3 + 16 * sin(a));
        corners.point_mm[n][2] = 2 + 12;
    }
    assert_ok(pel_cut_loop(&m, &corners));
    assert_ok(pel_cut_one(&m, &found, NULL));
    assert_true(found.is_disk);
    assert_near(pel_mesh_area_mm2(&m) / (2 * 3.14159265 * RADIUS * 8), 1, 0.12);
    corners.points = 2;
    assert_int_equal(pel_cut_loop(&m, &corners), PEL_EDATA);
    pel_mesh_free(&corners);
    pel_mesh_free(&m);
}

static void what_is_wrong_with_a_cut_is_told(void **state)
{
    (void)state;
    pel_mesh m = ball();
    pel_cut_params p = pel_cut_defaults();
    pel_cut_found found;
    numbers(&p.cut_plane, 5, (double[]){ 0, 0, 0, 0, 1 });
    assert_int_equal(pel_cut(&m, &found, &p), PEL_EPARAM);
    assert_error_says("--cut-plane takes 6 numbers and has 5");
    p = pel_cut_defaults();
    p.cut_box = "0:1,2:3";
    assert_int_equal(pel_cut(&m, &found, &p), PEL_EPARAM);
    assert_error_says("X0:X1,Y0:Y1,Z0:Z1");
    p = pel_cut_defaults();
    numbers(&p.cut_sphere, 4, (double[]){ 0, 0, 0, -1 });
    assert_int_equal(pel_cut(&m, &found, &p), PEL_EPARAM);
    numbers(&p.cut_sphere, 4, (double[]){ 900, 0, 0, 1 });
    assert_ok(pel_cut(&m, &found, &p));
    assert_int_equal(pel_cut_one(&m, &found, NULL), PEL_EDATA);
    assert_error_says("nothing");
    pel_mesh_free(&m);
    assert_int_equal(pel_memory_in_use(), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_plane_leaves_a_cap_of_the_right_area),
        cmocka_unit_test(cuts_close_by_points_leave_no_splinters_and_lie_where_they_should),
        cmocka_unit_test(a_sphere_cuts_where_it_is),
        cmocka_unit_test(a_box_leaves_one_part_and_says_of_the_others),
        cmocka_unit_test(a_geodesic_disk_is_a_cap),
        cmocka_unit_test(whole_triangles_keep_the_numbers_of_their_points),
        cmocka_unit_test(a_line_around_a_pole_keeps_the_cap_within),
        cmocka_unit_test(what_is_wrong_with_a_cut_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
