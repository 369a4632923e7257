/* SPDX-License-Identifier: Apache-2.0 */
#include "check.h"

#include <float.h>

#include "kernels/curves.h"

static void sine_is_that_of_the_c_library(void **state)
{
    (void)state;
    for (int i = -200000; i <= 200000; i++)
        assert_near(pel__sine(i * 1e-4), sin(i * 1e-4), 2e-15);
    for (int i = -1000; i <= 1000; i++)
        assert_near(pel__sine(i * 99.9), sin(i * 99.9), 2e-15);
}

static void logarithm_and_power_are_those_of_the_c_library(void **state)
{
    (void)state;
    for (int i = 1; i < 20000; i++) {
        double x = i * 0.00137, most = 4e-16 * fabs(log2(x)) + 2e-16;
        assert_near(pel__log2(x), log2(x), most);
        assert_near(pel__log1p(x - 0.9), log1p(x - 0.9), 1e-14 * fabs(log1p(x - 0.9)) + 1e-16);
        assert_near(pel__pow(x, 0.4), pow(x, 0.4), 4e-15 * pow(x, 0.4));
        assert_near(pel__pow(x, -3), pow(x, -3), 2e-14 * pow(x, -3));
    }
    for (int i = -1000; i < 1000; i++)
        assert_near(pel__exp2(i * 1.01), exp2(i * 1.01), 1e-15 * exp2(i * 1.01));
    assert_near(pel__log2(DBL_MIN / 1024), -1032, 0);
    assert_near(pel__log1p(1e-20), 1e-20, 0);
}

static void powers_at_the_edges_are_those_of_the_standard(void **state)
{
    (void)state;
    static const double x[] = { 0, -0.0, 1, -1, 2, -2, 0.5, -0.5, INFINITY, -INFINITY, NAN };
    static const double g[] = { 0, 1, -1, 2, 3, -3, 0.5, -0.5, 1e300, 400.25 };
    for (size_t i = 0; i < sizeof x / sizeof *x; i++)
        for (size_t j = 0; j < sizeof g / sizeof *g; j++) {
            double is = pel__pow(x[i], g[j]), should = pow(x[i], g[j]);
            assert_near(is, should, 1e-13 * fabs(should));
        }
    assert_near(pel__exp2(-1023.5), 0, 0);
    assert_near(pel__exp2(1024), INFINITY, 0);
    assert_true(isnan(pel__log1p(-1.5)) && pel__log1p(-1) == -INFINITY);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sine_is_that_of_the_c_library),
        cmocka_unit_test(logarithm_and_power_are_those_of_the_c_library),
        cmocka_unit_test(powers_at_the_edges_are_those_of_the_standard),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
