/* SPDX-License-Identifier: Apache-2.0 */
#include "grids.h"

static pel_volume row(void *data, pel_dtype dtype, int64_t count)
{
    pel_volume v = { .dims = { count, 1, 1 }, .dtype = dtype, .data = data };
    v.mm_from_ijk = pel_affine_identity();
    return v;
}

static void both_ends_of_a_range_belong_to_it(void **state)
{
    (void)state;
    double values[] = { -INFINITY, 1.9999, 2, 3, 5, 5.0001, INFINITY, NAN };
    const uint8_t inside[] = { 0, 0, 1, 1, 1, 0, 0, 0 }, from[] = { 0, 0, 1, 1, 1, 1, 1, 0 };
    pel_volume in = row(values, PEL_FLOAT64, 8), out;
    assert_ok(pel_threshold(&out, &in, 2, 5));
    assert_memory_equal(out.data, inside, 8);
    pel_volume_free(&out);
    assert_ok(pel_threshold(&out, &in, 2, INFINITY));
    assert_memory_equal(out.data, from, 8);
    pel_volume_free(&out);
    assert_int_equal(pel_threshold(&out, &in, 5, 2), PEL_EPARAM);
    assert_int_equal(pel_threshold(&out, &in, NAN, 2), PEL_EPARAM);
}

static void a_range_is_of_values_not_of_stored_numbers(void **state)
{
    (void)state;
    // rows of more and fewer voxels than a word has bits; a scale that falls
    for (int count = 1; count < 140; count++) {
        int16_t stored[140];
        for (int n = 0; n < count; n++)
            stored[n] = (int16_t)(n * 37 % 100 - 50);
        pel_volume in = row(stored, PEL_INT16, count), out;
        in.slope = -0.5;
        in.inter = 10;
        assert_ok(pel_threshold(&out, &in, 0, 20));
        for (int n = 0; n < count; n++)
            assert_int_equal(((uint8_t *)out.data)[n], stored[n] >= -20 && stored[n] <= 20);
        pel_volume_free(&out);
    }
}

/* variance between the classes that `t` thresholds make, by the definition */
static double between(const uint8_t *v, int count, const double *t, int thresholds)
{
    double sum[9] = { 0 }, number[9] = { 0 }, mean = 0, variance = 0;
    for (int n = 0; n < count; n++) {
        int c = 0;
        while (c < thresholds && v[n] > t[c])
            c++;
        sum[c] += v[n];
        number[c]++;
        mean += (double)v[n] / count;
    }
    for (int c = 0; c <= thresholds; c++)
        if (number[c] > 0)
            variance += number[c] / count * pow(sum[c] / number[c] - mean, 2);
    return variance;
}

static void otsu_has_the_greatest_variance_between_classes(void **state)
{
    (void)state;
    enum { N = 3000 };
    static uint8_t v[N];
    for (int n = 0; n < N; n++)
        v[n] = (uint8_t)((n % 3) * 20 + (n * n * 31) % 23 + 3);
    pel_volume in = row(v, PEL_UINT8, N);
    double one, two[2], best = 0, best_two = 0;
    assert_ok(pel_otsu(&one, &in, 2));
    assert_ok(pel_otsu(two, &in, 3));
    for (int a = 0; a < 70; a++) {
        best = fmax(best, between(v, N, (double[]){ a }, 1));
        for (int b = a + 1; b < 70; b++)
            best_two = fmax(best_two, between(v, N, (double[]){ a, b }, 2));
    }
    assert_near(between(v, N, &one, 1), best, 1e-9 * best);
    assert_near(between(v, N, two, 2), best_two, 1e-9 * best_two);
    assert_true(two[0] < two[1]);
}

static void otsu_and_li_part_two_peaks_of_floats(void **state)
{
    (void)state;
    float v[400];
    for (int n = 0; n < 400; n++)
        v[n] = (n % 2 ? -3 : 5) + 0.001f * (float)(n % 40);
    v[0] = NAN;
    pel_volume in = row(v, PEL_FLOAT32, 400);
    double t;
    assert_ok(pel_otsu(&t, &in, 2));
    assert_true(t > -2.97 && t < 5);
    assert_ok(pel_li(&t, &in));
    assert_true(t > -2.97 && t < 5);
    // the fixed point: (m1 - m0) / (log m1 - log m0), means counted from the lowest value
    double m0 = 0.0195, m1 = 8.0195;
    assert_near(t + 3, (m1 - m0) / (log(m1) - log(m0)), 0.05);
}

static void no_threshold_is_found_where_there_is_none(void **state)
{
    (void)state;
    uint8_t same[9] = { 0 }, two[9] = { 1, 2, 1, 2, 1, 2, 1, 2, 1 };
    double t[8];
    pel_volume in = row(same, PEL_UINT8, 9);
    assert_int_equal(pel_otsu(t, &in, 2), PEL_EDATA);
    assert_error_says("all values are the same");
    assert_int_equal(pel_li(t, &in), PEL_EDATA);
    in.data = two;
    assert_ok(pel_otsu(t, &in, 2));
    assert_near(t[0], 1, 0);
    assert_int_equal(pel_otsu(t, &in, 3), PEL_EDATA);
    assert_int_equal(pel_otsu(t, &in, 1), PEL_EPARAM);
    assert_int_equal(pel_otsu(t, &in, 9), PEL_EPARAM);
    assert_int_equal(pel_memory_in_use(), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(both_ends_of_a_range_belong_to_it),
        cmocka_unit_test(a_range_is_of_values_not_of_stored_numbers),
        cmocka_unit_test(otsu_has_the_greatest_variance_between_classes),
        cmocka_unit_test(otsu_and_li_part_two_peaks_of_floats),
        cmocka_unit_test(no_threshold_is_found_where_there_is_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
