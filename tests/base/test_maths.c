/* SPDX-License-Identifier: Apache-2.0 */
#include "check.h"

#include "base/maths.h"

// an oblique, scaled, mirrored map with a translation
static const pel_affine map = {
    { { -1.5, 0.2, 0.1, 90 }, { 0.3, 2, -0.4, -126 }, { 0.1, 0.5, 3, -72 }, { 0, 0, 0, 1 } }
};

static void a_map_and_its_inverse_bring_points_home(void **state)
{
    (void)state;
    pel_affine back;
    assert_true(pel_affine_invert(&back, map));
    pel_affine one = pel_affine_multiply(back, map);
    for (int r = 0; r < 4; r++)
        for (int c = 0; c < 4; c++)
            assert_near(one.m[r][c], r == c, 1e-14);
    pel_vec3 p = { 12, -7, 3.5 }, home = pel_affine_point(back, pel_affine_point(map, p));
    assert_near(home.x, p.x, 1e-12);
    assert_near(home.y, p.y, 1e-12);
    assert_near(home.z, p.z, 1e-12);
}

static void directions_do_not_move_and_points_do(void **state)
{
    (void)state;
    pel_vec3 origin = pel_affine_point(map, (pel_vec3){ 0 });
    assert_near(origin.x, 90, 0);
    pel_vec3 along = pel_affine_direction(map, (pel_vec3){ 1, 0, 0 });
    assert_near(along.x, -1.5, 0);
    assert_near(along.y, 0.3, 0);
    assert_near(along.z, 0.1, 0);
}

static void a_flat_map_has_no_inverse(void **state)
{
    (void)state;
    pel_affine flat = map, out;
    for (int c = 0; c < 3; c++)
        flat.m[2][c] = flat.m[0][c] + flat.m[1][c];
    assert_false(pel_affine_invert(&out, flat));
    assert_near(out.m[0][0], 1, 0);
    assert_near(out.m[0][3], 0, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_map_and_its_inverse_bring_points_home),
        cmocka_unit_test(directions_do_not_move_and_points_do),
        cmocka_unit_test(a_flat_map_has_no_inverse),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
