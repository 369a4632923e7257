/* SPDX-License-Identifier: Apache-2.0 */
#include "check.h"

#include "see/keep.h"

// whether a point is kept, by a ray of length 0
static bool kept(const pel__keep *keep, double x, double y, double z)
{
    pel__run runs[PEL__KEEP_PIECES];
    const double o[3] = { x, y, z }, d[3] = { 0, 0, 0 };
    return pel__keep_runs(runs, keep, o, d, (pel__run){ 0, 0, { 0 } }) > 0;
}

static void expressions_mean_what_they_say(void **state)
{
    (void)state;
    pel__keep *keep = malloc(sizeof *keep);
#define AGREES(text, expression)                                                                   \
    do {                                                                                           \
        pel__keep_all(keep);                                                                       \
        assert_ok(pel__keep_add(keep, text, pel_affine_identity()));                               \
        for (int i = 0; i < 1000; i++) {                                                           \
            double x = i % 10 - 2.5, y = i / 10 % 10 - 3.25, z = i / 100 - 4.75;                   \
            if (kept(keep, x, y, z) != (expression))                                               \
                fail_msg("%s at %g %g %g", text, x, y, z);                                         \
        }                                                                                          \
    } while (0)
    AGREES("z < x - y + 5", z < x - y + 5);
    AGREES("x > 2", x > 2);
    AGREES("2*x - 3 y/2 >= -(z - 1)*4 + 1e0", 2 * x - 3 * y / 2 >= -(z - 1) * 4 + 1);
    AGREES("x > 1 and y > 1 or z > 1", (x > 1 && y > 1) || z > 1);
    AGREES("x > 1 and (y > 1 or z > 1)", x > 1 && (y > 1 || z > 1));
    AGREES("(x > 1 or y > 1) and (z > 0 or x < 0)", (x > 1 || y > 1) && (z > 0 || x < 0));
    AGREES("(x + y)*2 < 3", (x + y) * 2 < 3);
    AGREES("((x + 1)) < (2) and ((y < 1))", x + 1 < 2 && y < 1);
    AGREES("-1 < x <= 2.5", -1 < x && x <= 2.5);
    AGREES("Z<X-Y+5 AND X<4", z < x - y + 5 && x < 4);
    AGREES("x>0 and y>0 and z>0 and x<4 and y<4 and z<3 and x+y+z<7",
           x > 0 && y > 0 && z > 0 && x < 4 && y < 4 && z < 3 && x + y + z < 7);
    AGREES("0 < 1 and x < 1", x < 1);
    AGREES("1 < 0 or x < 1", x < 1);
#undef AGREES
    free(keep);
}

static void several_expressions_must_all_hold(void **state)
{
    (void)state;
    pel__keep *keep = malloc(sizeof *keep);
    pel__keep_all(keep);
    assert_ok(pel__keep_add(keep, "x > 1 or y > 1", pel_affine_identity()));
    assert_ok(pel__keep_add(keep, "z > 1", pel_affine_identity()));
    assert_true(kept(keep, 2, 0, 2));
    assert_false(kept(keep, 2, 0, 0));
    assert_false(kept(keep, 0, 0, 2));
    free(keep);
}

static void millimetres_follow_the_affine(void **state)
{
    (void)state;
    pel__keep *keep = malloc(sizeof *keep);
    pel_affine a = pel_affine_identity();
    a.m[0][0] = 0;
    a.m[0][1] = -2;
    a.m[0][3] = 7; // mm x = 7 - 2 j
    pel__keep_all(keep);
    assert_ok(pel__keep_add(keep, "mm: x < 3", a));
    assert_true(kept(keep, 0, 2.1, 0));
    assert_false(kept(keep, 0, 1.9, 0));
    pel__keep_all(keep);
    assert_ok(pel__keep_add_box(keep, "mm:1:3,:,0:", a));
    assert_true(kept(keep, 0, 2.5, 1));
    assert_false(kept(keep, 0, 3.5, 1));
    assert_false(kept(keep, 0, 2.5, -1));
    free(keep);
}

static void what_is_not_linear_or_not_understood_is_refused(void **state)
{
    (void)state;
    static const char *const wrong[] = {
        "",
        "x",
        "x <",
        "x < y z",
        "x*y < 1",
        "1/x < 1",
        "x < 1 and",
        "x == 1",
        "x < 1)",
        "(x < 1",
        "w < 1",
        "x < 1 nor y < 1",
        "x < inf",
        "x < nan",
        "x/0 < 1",
        "x < 1e999",
        "x << 1",
        "mm",
        "< 1",
        "and x < 1",
        "x < 1 or or",
        "1 2 < x < 3 x < 4",
    };
    pel__keep *keep = malloc(sizeof *keep);
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        pel__keep_all(keep);
        if (pel__keep_add(keep, wrong[i], pel_affine_identity()) != PEL_EPARAM)
            fail_msg("'%s' was taken", wrong[i]);
        assert_error_says("--keep");
    }
    static const char *const wrong_boxes[] = {
        "", "1:2", "1:2,3:4", "2:1,:,:", "1:2,3:4,5:6,7:8", "a:b,:,:", "1:2 3:4 5:6"
    };
    for (size_t i = 0; i < sizeof wrong_boxes / sizeof *wrong_boxes; i++) {
        pel__keep_all(keep);
        assert_int_equal(pel__keep_add_box(keep, wrong_boxes[i], pel_affine_identity()),
                         PEL_EPARAM);
    }
    // a thousand brackets, and too many planes
    char deep[4000];
    memset(deep, '(', sizeof deep - 1);
    deep[sizeof deep - 1] = 0;
    assert_int_equal(pel__keep_add(keep, deep, pel_affine_identity()), PEL_EPARAM);
    pel__keep_all(keep);
    pel_status s = PEL_OK;
    for (int i = 0; i < 100 && s == PEL_OK; i++)
        s = pel__keep_add(keep, "x > 0 or y > 0", pel_affine_identity());
    assert_int_equal(s, PEL_EPARAM);
    free(keep);
}

static void runs_along_a_ray_are_exact_ascending_and_apart(void **state)
{
    (void)state;
    pel__keep *keep = malloc(sizeof *keep);
    pel__run runs[PEL__KEEP_PIECES];
    const double o[3] = { 0, 0, 0 }, d[3] = { 0.5, 0, 0 };
    const pel__run whole = { 0, 100, { 0 } };
    pel__keep_all(keep);
    assert_int_equal(pel__keep_runs(runs, keep, o, d, whole), 1);
    assert_near(runs[0].lo, 0, 0);
    assert_near(runs[0].hi, 100, 0);
    assert_ok(pel__keep_add(keep, "30 <= x <= 40 or 5 < x < 10 or x > 39 or 8 < x < 11",
                            pel_affine_identity()));
    assert_int_equal(pel__keep_runs(runs, keep, o, d, whole), 2);
    assert_near(runs[0].lo, 10, 2e-9);
    assert_near(runs[0].hi, 22, 2e-9);
    assert_true(runs[0].lo > 10 && runs[0].hi < 22);
    assert_near(runs[1].lo, 60, 2e-9);
    assert_true(runs[1].lo < 60);
    assert_near(runs[1].hi, 100, 0);
    // the face that was cut: x grows inward
    assert_near(fabs(runs[0].face[0]), 1, 0);
    free(keep);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(expressions_mean_what_they_say),
        cmocka_unit_test(several_expressions_must_all_hold),
        cmocka_unit_test(millimetres_follow_the_affine),
        cmocka_unit_test(what_is_not_linear_or_not_understood_is_refused),
        cmocka_unit_test(runs_along_a_ray_are_exact_ascending_and_apart),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
