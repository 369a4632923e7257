/* SPDX-License-Identifier: Apache-2.0 */
/* test_cast.c: values of another type, against plain C in the test itself. */
#include "check.h"

#include <float.h>

enum { N = 8 };

static char noted[1000];

static void keep_note(void *user, const char *text)
{
    (void)user;
    snprintf(noted, sizeof noted, "%s", text);
}

static pel_status cast_numbers(pel_volume *out, const double *values, pel_dtype from, pel_dtype to,
                               double slope, double inter)
{
    static double room[N];
    for (int i = 0; i < N; i++)
        switch (from) {
        case PEL_INT16:
            ((int16_t *)room)[i] = (int16_t)values[i];
            break;
        case PEL_INT32:
            ((int32_t *)room)[i] = (int32_t)values[i];
            break;
        case PEL_FLOAT32:
            ((float *)room)[i] = (float)values[i];
            break;
        default:
            room[i] = values[i];
        }
    pel_volume in = {
        .dims = { 2, 2, 2 }, .dtype = from, .slope = slope, .inter = inter, .data = room
    };
    pel_job job = pel_job_defaults();
    job.note = keep_note;
    *noted = 0;
    pel_job *before = pel_job_use(&job);
    pel_status s = pel_cast(out, &in, to);
    pel_job_use(before);
    return s;
}

static void integers_that_fit_are_exact(void **state)
{
    (void)state;
    static const double values[N] = { 0, 1, 2, 255, 254, 128, 127, 3 };
    pel_volume out;
    assert_ok(cast_numbers(&out, values, PEL_INT16, PEL_UINT8, 1, 0));
    assert_int_equal(out.dtype, PEL_UINT8);
    for (int i = 0; i < N; i++)
        assert_int_equal(((uint8_t *)out.data)[i], (int)values[i]);
    assert_string_equal(noted, "");
    pel_volume_free(&out);
    assert_int_equal(pel_memory_in_use(), 0);
}

static void what_does_not_fit_is_counted_and_refused(void **state)
{
    (void)state;
    static const double values[N] = { 0, 1, 256, 255, -1, 1000, 127, 3 };
    pel_volume out;
    assert_int_equal(cast_numbers(&out, values, PEL_INT16, PEL_UINT8, 1, 0), PEL_EDATA);
    assert_error_says("3 of 8 numbers do not fit uint8");
    assert_error_says("from -1 to 1000; use int16");
    assert_null(out.data);
    assert_int_equal(pel_memory_in_use(), 0);
}

static void the_scale_is_applied(void **state)
{
    (void)state;
    static const double values[N] = { 0, 1, 2, 3, 4, 5, 6, 1000 };
    pel_volume out;
    assert_ok(cast_numbers(&out, values, PEL_INT16, PEL_FLOAT32, 0.1, -3));
    for (int i = 0; i < N; i++)
        assert_true(((float *)out.data)[i] == (float)(0.1 * values[i] - 3));
    assert_true(out.slope == 1 && out.inter == 0);
    assert_string_equal(noted, "");
    pel_volume_free(&out);
}

static void the_same_type_keeps_its_scale(void **state)
{
    (void)state;
    static const double values[N] = { 0, 1, 2, 3, 4, 5, 6, 1000 };
    pel_volume out;
    assert_ok(cast_numbers(&out, values, PEL_INT16, PEL_INT16, 0.1, -3));
    assert_true(out.slope == 0.1 && out.inter == -3);
    assert_int_equal(((int16_t *)out.data)[7], 1000);
    pel_volume_free(&out);
}

static void fractions_round_to_even_and_are_told(void **state)
{
    (void)state;
    static const double values[N] = { 0.5, 1.5, 2.5, -0.5, -1.5, 3, 126.5, 0.49 };
    static const int want[N] = { 0, 2, 2, 0, -2, 3, 126, 0 };
    pel_volume out;
    assert_ok(cast_numbers(&out, values, PEL_FLOAT64, PEL_INT8, 1, 0));
    for (int i = 0; i < N; i++)
        assert_int_equal(((int8_t *)out.data)[i], want[i]);
    assert_string_equal(noted, "7 of 8 numbers were rounded to int8");
    pel_volume_free(&out);
}

static void nan_and_infinity_are_no_integers(void **state)
{
    (void)state;
    static const double values[N] = { NAN, INFINITY, 0, 0, 0, 0, 0, 0 };
    static const double one[N] = { NAN, 0, 0, 0, 0, 0, 0, 0 };
    pel_volume out;
    assert_int_equal(cast_numbers(&out, values, PEL_FLOAT64, PEL_INT64, 1, 0), PEL_EDATA);
    assert_error_says("2 of 8 numbers are NaN or infinite");
    assert_int_equal(cast_numbers(&out, one, PEL_FLOAT32, PEL_UINT8, 1, 0), PEL_EDATA);
    assert_error_says("1 of 8 numbers are NaN");
}

static void float32_takes_what_rounds_to_a_finite_number(void **state)
{
    (void)state;
    static const double fits[N] = { NAN,      INFINITY, -INFINITY, FLT_MAX,
                                    -FLT_MAX, 1e-50,    0.1,       0x1.fffffefp127 };
    static const double too_large[N] = { 0, 0x1.ffffffp127, 1e39, -1e300, 0, 0, 0, 0 };
    pel_volume out;
    assert_ok(cast_numbers(&out, fits, PEL_FLOAT64, PEL_FLOAT32, 1, 0));
    for (int i = 0; i < N; i++)
        assert_near(((float *)out.data)[i], (float)fits[i], 0);
    pel_volume_free(&out);
    assert_int_equal(cast_numbers(&out, too_large, PEL_FLOAT64, PEL_FLOAT32, 1, 0), PEL_EDATA);
    assert_error_says("3 of 8");
}

static void large_integers_in_float32_are_told(void **state)
{
    (void)state;
    static const double values[N] = { 16777216, 16777217, 16777218, 2147483647, 0, 1, 2, 3 };
    pel_volume out;
    assert_ok(cast_numbers(&out, values, PEL_INT32, PEL_FLOAT32, 1, 0));
    assert_string_equal(noted, "2 of 8 numbers were rounded to float32");
    pel_volume_free(&out);
}

static void the_ends_of_sixty_four_bits_are_exact(void **state)
{
    (void)state;
    int64_t wide[8] = { INT64_MAX, 9007199254740993, 0, 1, 2, 3, 4, 5 };
    pel_volume in = { .dims = { 2, 2, 2 }, .dtype = PEL_INT64, .data = wide }, out;
    assert_ok(pel_cast(&out, &in, PEL_UINT64));
    assert_memory_equal(out.data, wide, sizeof wide);
    pel_volume_free(&out);
    wide[3] = -1;
    assert_int_equal(pel_cast(&out, &in, PEL_UINT64), PEL_EDATA);
    assert_error_says("1 of 8");
    // 2^63 is beyond int64, though the double next to INT64_MAX
    double large[8] = { 0x1p63 };
    in = (pel_volume){ .dims = { 2, 2, 2 }, .dtype = PEL_FLOAT64, .data = large };
    assert_int_equal(pel_cast(&out, &in, PEL_INT64), PEL_EDATA);
    large[0] = -0x1p63;
    assert_ok(pel_cast(&out, &in, PEL_INT64));
    assert_true(((int64_t *)out.data)[0] == INT64_MIN);
    pel_volume_free(&out);
}

static void a_misfit_in_the_last_slice_is_found_and_all_are_counted(void **state)
{
    (void)state;
    pel_volume like = { .dims = { 512, 512, 40 } }, in, out;
    assert_ok(pel_volume_like(&in, &like, PEL_INT16));
    ((int16_t *)in.data)[512 * 512] = -5;
    ((int16_t *)in.data)[512 * 512 * 40 - 1] = 300;
    assert_int_equal(pel_cast(&out, &in, PEL_UINT8), PEL_EDATA);
    assert_error_says("2 of 10485760 numbers");
    pel_volume_free(&in);
    assert_int_equal(pel_memory_in_use(), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(integers_that_fit_are_exact),
        cmocka_unit_test(what_does_not_fit_is_counted_and_refused),
        cmocka_unit_test(the_scale_is_applied),
        cmocka_unit_test(the_same_type_keeps_its_scale),
        cmocka_unit_test(fractions_round_to_even_and_are_told),
        cmocka_unit_test(nan_and_infinity_are_no_integers),
        cmocka_unit_test(float32_takes_what_rounds_to_a_finite_number),
        cmocka_unit_test(large_integers_in_float32_are_told),
        cmocka_unit_test(the_ends_of_sixty_four_bits_are_exact),
        cmocka_unit_test(a_misfit_in_the_last_slice_is_found_and_all_are_counted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
