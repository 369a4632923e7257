/* SPDX-License-Identifier: Apache-2.0 */
/* test_orientation.c: quaternions against NIfTI's own formula, and which form is written when. */
#include "check.h"

#include "write/orientation.h"

// the grid as method 2 of nifti1.h rebuilds it: from float32 b, c, d alone
static pel_affine rebuilt(const pel__orientation *o)
{
    float q[3];
    pel__quaternion_round(q, &o->q);
    double b = q[0], c = q[1], d = q[2], left = 1 - (b * b + c * c + d * d);
    double a = left > 0 ? sqrt(left) : 0;
    double r[3][3] = {
        { a * a + b * b - c * c - d * d, 2 * b * c - 2 * a * d, 2 * b * d + 2 * a * c },
        { 2 * b * c + 2 * a * d, a * a + c * c - b * b - d * d, 2 * c * d - 2 * a * b },
        { 2 * b * d - 2 * a * c, 2 * c * d + 2 * a * b, a * a + d * d - c * c - b * b },
    };
    double scale[3] = { o->spacing_mm.x, o->spacing_mm.y, o->spacing_mm.z * o->q.handed };
    pel_affine out = pel_affine_identity();
    for (int i = 0; i < 3; i++) {
        for (int j = 0; j < 3; j++)
            out.m[i][j] = r[i][j] * scale[j];
        out.m[i][3] = o->q.offset[i];
    }
    return out;
}

static void assert_same_affine(pel_affine a, pel_affine b, double most)
{
    for (int r = 0; r < 3; r++)
        for (int c = 0; c < 4; c++)
            assert_near(a.m[r][c], b.m[r][c], most);
}

// number n of the 48 ways that axes can lie
static pel_affine axis_order(int n)
{
    static const int order[6][3] = { { 0, 1, 2 }, { 0, 2, 1 }, { 1, 0, 2 },
                                     { 1, 2, 0 }, { 2, 0, 1 }, { 2, 1, 0 } };
    static const double spacing[3] = { 0.5, 1.25, 3 };
    pel_affine a = { { { 0, 0, 0, -11 }, { 0, 0, 0, 12 }, { 0, 0, 0, 13 }, { 0, 0, 0, 1 } } };
    for (int c = 0; c < 3; c++)
        a.m[order[n / 8][c]][c] = (n >> c & 1 ? -1 : 1) * spacing[c];
    return a;
}

static pel_affine turn(double z, double x)
{
    pel_affine about_z = {
        { { cos(z), -sin(z), 0, 0 }, { sin(z), cos(z), 0, 0 }, { 0, 0, 1, 0 }, { 0, 0, 0, 1 } }
    };
    pel_affine about_x = {
        { { 1, 0, 0, 0 }, { 0, cos(x), -sin(x), 0 }, { 0, sin(x), cos(x), 0 }, { 0, 0, 0, 1 } }
    };
    return pel_affine_multiply(about_z, about_x);
}

static void every_axis_order_comes_back_from_its_quaternion(void **state)
{
    (void)state;
    for (int n = 0; n < 48; n++) {
        pel_volume v = { .mm_from_ijk = axis_order(n), .oriented = true };
        pel__orientation o = pel__orientation_of(&v);
        assert_int_equal(o.qform_code, 2);
        assert_int_equal(o.sform_code, 2);
        assert_same_affine(rebuilt(&o), v.mm_from_ijk, 2e-6);
        assert_same_affine(o.sform, v.mm_from_ijk, 0);
    }
}

static void oblique_grids_come_back_from_their_quaternion(void **state)
{
    (void)state;
    for (int n = 0; n < 48 * 20; n++) {
        pel_volume v = { .oriented = true };
        v.mm_from_ijk = pel_affine_multiply(turn(0.3 * n, 0.17 * n), axis_order(n % 48));
        pel__orientation o = pel__orientation_of(&v);
        assert_int_equal(o.qform_code, 2);
        // near half turns float32 leaves up to 3e-4 of a radian
        assert_same_affine(rebuilt(&o), v.mm_from_ijk, fabs(o.q.a) > 0.01 ? 3e-5 : 2e-3);
    }
}

static void a_sheared_grid_has_the_matrix_alone(void **state)
{
    (void)state;
    pel_volume v = { .mm_from_ijk = axis_order(0), .oriented = true };
    v.mm_from_ijk.m[1][2] = 0.4;
    pel__orientation o = pel__orientation_of(&v);
    assert_int_equal(o.qform_code, 0);
    assert_int_equal(o.sform_code, 2);
    assert_near(o.spacing_mm.z, sqrt(9.16), 1e-12);
}

static void an_unknown_side_stays_unknown(void **state)
{
    (void)state;
    pel_volume v = { .mm_from_ijk = axis_order(0) };
    pel__orientation o = pel__orientation_of(&v);
    assert_int_equal(o.qform_code, 0);
    assert_int_equal(o.sform_code, 0);
    assert_near(o.spacing_mm.y, 1.25, 0);
}

static void forms_that_still_hold_are_kept_as_they_were(void **state)
{
    (void)state;
    pel_volume v = { .mm_from_ijk = axis_order(5), .oriented = true };
    v.fields.sform_code = 4;
    v.fields.sform = v.mm_from_ijk;
    v.fields.qform_code = 1;
    v.fields.qform = axis_order(9);
    pel__orientation o = pel__orientation_of(&v);
    assert_int_equal(o.qform_code, 1);
    assert_int_equal(o.sform_code, 4);
    assert_same_affine(rebuilt(&o), v.fields.qform, 2e-6);
    v.fields.sform_code = 0;
    v.mm_from_ijk = v.fields.qform;
    o = pel__orientation_of(&v);
    assert_int_equal(o.qform_code, 1);
    assert_int_equal(o.sform_code, 0);
}

// cropping from voxel (2,3,4) on moves both forms by the same voxels, each in its own world
static void both_forms_follow_a_crop(void **state)
{
    (void)state;
    pel_affine crop = pel_affine_identity();
    crop.m[0][3] = 2;
    crop.m[1][3] = 3;
    crop.m[2][3] = 4;
    pel_volume v = { .oriented = true };
    v.fields.sform_code = 4;
    v.fields.sform = axis_order(5);
    v.fields.qform_code = 1;
    v.fields.qform = axis_order(9);
    v.mm_from_ijk = pel_affine_multiply(v.fields.sform, crop);
    pel__orientation o = pel__orientation_of(&v);
    assert_int_equal(o.qform_code, 1);
    assert_int_equal(o.sform_code, 4);
    assert_same_affine(o.sform, v.mm_from_ijk, 0);
    assert_same_affine(rebuilt(&o), pel_affine_multiply(v.fields.qform, crop), 1e-5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_axis_order_comes_back_from_its_quaternion),
        cmocka_unit_test(oblique_grids_come_back_from_their_quaternion),
        cmocka_unit_test(a_sheared_grid_has_the_matrix_alone),
        cmocka_unit_test(an_unknown_side_stays_unknown),
        cmocka_unit_test(forms_that_still_hold_are_kept_as_they_were),
        cmocka_unit_test(both_forms_follow_a_crop),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
