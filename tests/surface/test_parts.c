/* SPDX-License-Identifier: Apache-2.0 */
/* Parts of surfaces: balls, hollow and one within another. */
#include "check.h"

#include "base/maths.h"

// a ball of radius 12 with a cavity of radius 8, in which lies a ball of radius 4 with a cavity of
// radius 2; beside it a ball of radius 5
static pel_mesh nested(void)
{
    pel_volume shape = { .dims = { 48, 30, 30 } }, v;
    assert_ok(pel_volume_like(&v, &shape, PEL_FLOAT32));
    float *to = v.data;
    for (int k = 0; k < 30; k++)
        for (int j = 0; j < 30; j++)
            for (int i = 0; i < 48; i++) {
                double r = sqrt((i - 14) * (i - 14) + (j - 14) * (j - 14) + (k - 14) * (k - 14)),
                       s = sqrt((i - 38) * (i - 38) + (j - 14) * (j - 14) + (k - 14) * (k - 14));
                *to++ = (float)fmax(fmax(5 - s, fmin(4 - r, r - 2)), fmin(12 - r, r - 8));
            }
    pel_isosurface_params params = pel_isosurface_defaults();
    pel_mesh m;
    params.level = 0;
    assert_ok(pel_isosurface(&m, &v, &params));
    pel_volume_free(&v);
    return m;
}

static double ball(double radius)
{
    return 4 * PEL_PI / 3 * radius * radius * radius;
}

static void each_choice_keeps_its_parts(void **state)
{
    (void)state;
    const struct {
        bool largest, fill;
        int parts;
        double volume;
    } cases[] = {
        { false, false, 5, ball(12) - ball(8) + ball(4) - ball(2) + ball(5) },
        { true, false, 2, ball(12) - ball(8) },
        { false, true, 2, ball(12) + ball(5) },
        { true, true, 1, ball(12) },
    };
    for (int n = 0; n < 4; n++) {
        pel_mesh m = nested();
        pel_topology t;
        assert_ok(pel_mesh_normals(&m));
        pel_parts_params params = pel_parts_defaults();
        params.largest = cases[n].largest;
        params.fill = cases[n].fill;
        assert_ok(pel_parts(&m, &params));
        assert_ok(pel_mesh_check(&m));
        assert_ok(pel_mesh_topology(&t, &m));
        assert_int_equal(t.components, cases[n].parts);
        assert_int_equal(t.points, m.points);
        assert_true(t.closed && t.oriented);
        assert_near(pel_mesh_volume_mm3(&m) / cases[n].volume, 1, 0.01);
        // arrays went along: normals still point away from the triangles
        float(*normal)[3] = pel_mesh_find(&m, "normals")->data;
        float before[3] = { normal[m.points - 1][0], normal[m.points - 1][1],
                            normal[m.points - 1][2] };
        assert_ok(pel_mesh_normals(&m));
        for (int a = 0; a < 3; a++)
            assert_near(normal[m.points - 1][a], before[a], 1e-5);
        pel_mesh_free(&m);
    }
    assert_int_equal(pel_memory_in_use(), 0);
}

static void an_empty_mesh_has_nothing_to_leave_out(void **state)
{
    (void)state;
    pel_mesh m = { 0 };
    pel_parts_params params = pel_parts_defaults();
    params.largest = true;
    assert_ok(pel_parts(&m, &params));
    assert_int_equal(m.points, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_choice_keeps_its_parts),
        cmocka_unit_test(an_empty_mesh_has_nothing_to_leave_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
