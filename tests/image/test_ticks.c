/* SPDX-License-Identifier: Apache-2.0 */
/* test_ticks.c: ticks are round, inside, and labelled so that the label is the value. */
#include "check.h"

#include "base/text.h"
#include "image/ticks.h"

// what a label says, its typographic minus and its power of ten undone
static double label_value(const pel__ticks *ticks, int n)
{
    char label[48], plain[64];
    pel__ticks_label(ticks, n, label);
    bool negative = strncmp(label, "\u2212", 3) == 0;
    snprintf(plain, sizeof plain, "%s%s", negative ? "-" : "", label + (negative ? 3 : 0));
    double value;
    if (!pel__parse_number(&value, plain))
        fail_msg("label '%s' is no number", label);
    return value * pel__power_of_ten(ticks->exponent);
}

static bool is_round(double step)
{
    double order = pel__power_of_ten((int)floor(log10(step) + 1e-9));
    static const double digits[] = { 1, 1.2, 1.5, 1.6, 2, 2.5, 3, 4, 5, 6, 7.5, 8, 9 };
    for (size_t i = 0; i < sizeof digits / sizeof *digits; i++)
        if (fabs(step / order - digits[i]) < 1e-6)
            return true;
    return false;
}

static void ticks_lie_inside_at_round_numbers_that_labels_say(void **state)
{
    (void)state;
    uint32_t random = 1;
    for (int i = 0; i < 3000; i++) {
        double u[3];
        for (int k = 0; k < 3; k++) {
            random = random * 1664525u + 1013904223u;
            u[k] = random / 4294967296.0;
        }
        double size = pow(10, 24 * u[0] - 12), lo = size * (u[1] - 0.5),
               hi = lo + size * (0.05 + u[2]);
        pel__ticks t;
        pel__ticks_fit(&t, lo, hi, 3 + i % 6);
        assert_in_range(t.count, 2, 60);
        assert_true(is_round(t.step));
        for (int n = 0; n < t.count; n++) {
            double at = pel__ticks_at(&t, n);
            assert_true(at >= lo - 1e-9 * (hi - lo) && at <= hi + 1e-9 * (hi - lo));
            assert_near(label_value(&t, n), at, 1e-9 * fmax(fabs(lo), fabs(hi)));
        }
        // no room for one more at either end
        assert_true(pel__ticks_at(&t, -1) < lo && pel__ticks_at(&t, t.count) > hi);
    }
}

static void assert_ticks(double lo, double hi, int wanted, double first, double step, int count)
{
    pel__ticks t;
    pel__ticks_fit(&t, lo, hi, wanted);
    assert_near(pel__ticks_at(&t, 0), first, 1e-12 * fabs(step));
    assert_near(t.step, step, 1e-12 * step);
    assert_int_equal(t.count, count);
}

static void familiar_ranges_have_the_ticks_one_would_draw(void **state)
{
    (void)state;
    assert_ticks(0, 100, 5, 0, 25, 5);
    assert_ticks(-120, 120, 5, -100, 50, 5);
    assert_ticks(0, 1, 6, 0, 0.2, 6);
    assert_ticks(0, 255, 6, 0, 50, 6);
}

static void ranges_that_cannot_be_labelled_have_no_ticks(void **state)
{
    (void)state;
    static const double ranges[][2] = {
        { 1, 1 }, { 2, 1 }, { NAN, 1 }, { 0, INFINITY }, { 1e9, 1e9 + 1e-3 }, { 0, 1e-310 }
    };
    for (size_t i = 0; i < sizeof ranges / sizeof *ranges; i++) {
        pel__ticks t;
        pel__ticks_fit(&t, ranges[i][0], ranges[i][1], 5);
        assert_int_equal(t.count, 0);
    }
}

static void numbers_carry_a_true_minus_and_zero_none(void **state)
{
    (void)state;
    char text[48];
    pel__number_text(-12.5, 4, text);
    assert_string_equal(text, "\u221212.5");
    pel__number_text(-0.0, 4, text);
    assert_string_equal(text, "0");
    pel__exponent_text(-6, text);
    assert_string_equal(text, "\u00d710\u207b\u2076");
    pel__exponent_text(0, text);
    assert_string_equal(text, "");
}

static void large_and_small_numbers_share_a_power_of_ten(void **state)
{
    (void)state;
    pel__ticks t;
    char text[48];
    pel__ticks_fit(&t, 0, 6e6, 4);
    assert_int_equal(t.exponent, 6);
    pel__ticks_label(&t, 1, text);
    assert_string_equal(text, "2");
    pel__ticks_fit(&t, 0, 4e-5, 5);
    assert_int_equal(t.exponent, -6);
    pel__ticks_label(&t, 1, text);
    assert_string_equal(text, "10");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ticks_lie_inside_at_round_numbers_that_labels_say),
        cmocka_unit_test(familiar_ranges_have_the_ticks_one_would_draw),
        cmocka_unit_test(ranges_that_cannot_be_labelled_have_no_ticks),
        cmocka_unit_test(numbers_carry_a_true_minus_and_zero_none),
        cmocka_unit_test(large_and_small_numbers_share_a_power_of_ten),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
