/* SPDX-License-Identifier: Apache-2.0 */
#include "check.h"

#include <locale.h>

#include "base/params.h"
#include "base/text.h"

// any locale that writes a comma; false when the machine has none
static bool use_comma(void)
{
    static const char *const names[] = { "de_DE.UTF-8", "de_DE.utf8", "fr_FR.UTF-8", "fr_FR.utf8",
                                         "de_DE",       "fr_FR",      "pel_COMMA" };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (setlocale(LC_NUMERIC, names[i]) && *localeconv()->decimal_point == ',')
            return true;
    return false;
}

static void check_numbers(void)
{
    double value = 0;
    char text[32];
    assert_true(pel__parse_number(&value, "0.25"));
    assert_near(value, 0.25, 0);
    assert_false(pel__parse_number(&value, "0,25"));
    assert_true(pel__parse_number(&value, "-1e-3"));
    assert_near(value, -1e-3, 0);
    pel__format_number(text, 0.1);
    assert_string_equal(text, "0.1");
    pel__format_number(text, 1e-9);
    assert_string_equal(text, "1e-09");
    pel_numbers numbers;
    assert_true(pel__parse_numbers(&numbers, "0.5,1.5,2", ','));
    assert_int_equal(numbers.count, 3);
    assert_near(numbers.value[1], 1.5, 0);
    pel_length length;
    assert_true(pel__parse_length(&length, "0.5vx"));
    assert_near(length.value, 0.5, 0);
    assert_int_equal(length.unit, PEL_VX);
}

static void numbers_have_a_point_in_the_plain_locale(void **state)
{
    (void)state;
    check_numbers();
}

static void numbers_have_a_point_in_a_comma_locale(void **state)
{
    (void)state;
    if (!use_comma()) {
        print_message("no locale with a comma here\n");
        skip();
    }
    check_numbers();
    setlocale(LC_NUMERIC, "C");
}

static void a_number_comes_back_from_its_shortest_text(void **state)
{
    (void)state;
    static const double values[] = { 0,     -0.0, 1.0 / 3,  1e15, 123456789.125, 5e-324,
                                     1e308, 0.1,  -2.5e-17, M_PI, INFINITY,      -INFINITY };
    char text[32];
    double back;
    for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
        pel__format_number(text, values[i]);
        assert_true(pel__parse_number(&back, text));
        assert_true(back == values[i]);
    }
    pel__format_number(text, NAN);
    assert_true(pel__parse_number(&back, text));
    assert_true(isnan(back));
}

static void half_numbers_are_no_numbers(void **state)
{
    (void)state;
    static const char *const wrong[] = { "", " 1", "1 ", "1x", "--1", "1,2", "0x", "e5" };
    double value;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        assert_false(pel__parse_number(&value, wrong[i]));
    int64_t whole;
    assert_true(pel__parse_integer(&whole, "-12", -100, 100));
    assert_int_equal(whole, -12);
    assert_false(pel__parse_integer(&whole, "1.5", -100, 100));
    assert_false(pel__parse_integer(&whole, "101", -100, 100));
    assert_false(pel__parse_integer(&whole, "99999999999999999999", INT64_MIN, INT64_MAX));
    assert_false(pel__parse_integer(&whole, "", -100, 100));
    pel_numbers numbers;
    assert_false(pel__parse_numbers(&numbers, "1,,2", ','));
    assert_false(pel__parse_numbers(&numbers, "1,2,", ','));
    assert_false(pel__parse_numbers(&numbers, "1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1", ','));
}

static void endings_and_words_ignore_case(void **state)
{
    (void)state;
    assert_true(pel__ends_with("HEAD.NII.GZ", ".nii.gz"));
    assert_false(pel__ends_with(".gz", ".nii.gz"));
    assert_true(pel__same_word("mm_per_pixel", "MM-per-pixel"));
    assert_false(pel__same_word("mm_per", "mm_per_pixel"));
}

static void a_growing_text_keeps_all_that_was_added(void **state)
{
    (void)state;
    pel__text text = { 0 };
    for (int i = 0; i < 1000; i++)
        pel__text_add(&text, "%d,", i % 10);
    pel__text_add_bytes(&text, "end", 3);
    assert_false(text.failed);
    assert_int_equal(text.length, 2003);
    assert_string_equal(text.text + 1996, "8,9,end");
    pel__text_free(&text);
    assert_null(text.text);
}

// what is read the short way has the bits and the end that strtod has in the C locale
static void short_numbers_have_the_bits_of_strtod(void **state)
{
    (void)state;
    static const char *const texts[] = { "0",
                                         "-0",
                                         "+1.5",
                                         ".5",
                                         "5.",
                                         "1e22",
                                         "1e-22",
                                         "1e23",
                                         "123456789012345",
                                         "1234567890123456",
                                         "0.1",
                                         "-3.7e5",
                                         "1e",
                                         "1e+",
                                         "0x1p3",
                                         "1.5.2",
                                         "2,5",
                                         "7e05",
                                         "7e005" };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        char *end, *want_end;
        double got = pel__strtod(texts[i], &end), want = strtod(texts[i], &want_end);
        assert_memory_equal(&got, &want, sizeof got);
        assert_ptr_equal(end, want_end);
    }
    uint64_t seed = 1;
    for (int i = 0; i < 200000; i++) {
        char text[64], *end, *want_end;
        seed = seed * 6364136223846793005u + 1442695040888963407u;
        int64_t digits = (int64_t)(seed >> 14) % 1000000000000000;
        int after = (int)(seed >> 59) % 16, power = (int)(seed >> 50) % 30 - 15;
        snprintf(text, sizeof text, i & 1 ? "%.*fe%d" : "%.*f", after, (double)digits / 1e9, power);
        double got = pel__strtod(text, &end), want = strtod(text, &want_end);
        assert_memory_equal(&got, &want, sizeof got);
        assert_ptr_equal(end, want_end);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(short_numbers_have_the_bits_of_strtod),
        cmocka_unit_test(numbers_have_a_point_in_the_plain_locale),
        cmocka_unit_test(numbers_have_a_point_in_a_comma_locale),
        cmocka_unit_test(a_number_comes_back_from_its_shortest_text),
        cmocka_unit_test(half_numbers_are_no_numbers),
        cmocka_unit_test(endings_and_words_ignore_case),
        cmocka_unit_test(a_growing_text_keeps_all_that_was_added),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
