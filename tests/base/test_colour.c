/* SPDX-License-Identifier: Apache-2.0 */
#include "check.h"

static void colours_are_read_as_css_writes_them(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int r, g, b, a;
    } cases[] = {
        { "#f80", 255, 136, 0, 255 },           { "#F80C", 255, 136, 0, 204 },
        { "#0a141e", 10, 20, 30, 255 },         { "#0a141e28", 10, 20, 30, 40 },
        { "rebeccapurple", 102, 51, 153, 255 }, { "AliceBlue", 240, 248, 255, 255 },
        { "yellowgreen", 154, 205, 50, 255 },   { "transparent", 0, 0, 0, 0 },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        pel_colour c;
        assert_ok(pel_colour_parse(&c, cases[i].text));
        assert_true(c.set);
        assert_near(c.r * 255, cases[i].r, 1e-4);
        assert_near(c.g * 255, cases[i].g, 1e-4);
        assert_near(c.b * 255, cases[i].b, 1e-4);
        assert_near(c.a * 255, cases[i].a, 1e-4);
    }
}

static void what_is_no_colour_is_refused_and_leaves_none(void **state)
{
    (void)state;
    static const char *const wrong[] = { "",         "#",    "#12", "#12345",
                                         "#1234567", "#ggg", "blu", "#123 " };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        pel_colour c = { 1, 1, 1, 1, true };
        assert_int_equal(pel_colour_parse(&c, wrong[i]), PEL_EPARAM);
        assert_false(c.set);
        assert_error_says("CSS name");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(colours_are_read_as_css_writes_them),
        cmocka_unit_test(what_is_no_colour_is_refused_and_leaves_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
