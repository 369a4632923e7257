/* SPDX-License-Identifier: Apache-2.0 */
#include "check.h"

#include "base/params.h"

typedef struct sample {
    size_t size;
    bool on;
    int64_t index, count;
    double level;
    int method;
    const char *word;
    pel_numbers spacing;
    pel_length step;
    pel_colour paint;
    pel_texts keep;
} sample;

static const pel_param table[] = {
    PEL_SWITCH(sample, on, "a switch"),
    PEL_INTEGER(sample, index, NULL, 0, 10, NULL, "a number that may be missing"),
    PEL_INTEGER(sample, count, "3", 0, 10, NULL, "a count"),
    PEL_NUMBER(sample, level, NULL, -1, 1, NULL, "a level"),
    PEL_CHOICE(sample, method, "linear", "nearest|linear|cubic", "a choice"),
    PEL_TEXT(sample, word, NULL, "WORD", "a word"),
    PEL_NUMBERS(sample, spacing, NULL, 0, 100, "mm", "X,Y,Z", "numbers"),
    PEL_LENGTH(sample, step, "0.5vx", 0, 1e6, "a length"),
    PEL_COLOUR(sample, paint, "tomato", "a colour"),
    PEL_TEXTS(sample, keep, "EXPR", "again and again"),
};
static const pel_schema schema = PEL_SCHEMA(sample, "sample", "for this test", table);

static void defaults_come_from_the_table(void **state)
{
    (void)state;
    sample p;
    pel_schema_defaults(&schema, &p);
    assert_int_equal(p.size, sizeof p);
    assert_false(p.on);
    assert_int_equal(p.index, -1);
    assert_null(pel_schema_get(&schema, &p, pel_schema_find(&schema, "index")));
    assert_int_equal(p.count, 3);
    assert_true(isnan(p.level));
    assert_int_equal(p.method, 1);
    assert_null(p.word);
    assert_near(p.step.value, 0.5, 0);
    assert_int_equal(p.step.unit, PEL_VX);
    assert_near(p.paint.r, 1, 0);
    assert_near(p.paint.g, 99 / 255.0, 1e-7);
    assert_ok(pel_schema_check(&schema, &p));
}

static void values_out_of_range_are_refused_with_the_range(void **state)
{
    (void)state;
    sample p;
    pel_schema_defaults(&schema, &p);
    assert_int_equal(pel_schema_set(&schema, &p, "count", "11"), PEL_EPARAM);
    assert_error_says("0 to 10");
    assert_int_equal(pel_schema_set(&schema, &p, "level", "nan"), PEL_EPARAM);
    assert_int_equal(pel_schema_set(&schema, &p, "level", "1e400"), PEL_EPARAM);
    assert_int_equal(pel_schema_set(&schema, &p, "spacing", "1,2,101"), PEL_EPARAM);
    assert_int_equal(pel_schema_set(&schema, &p, "method", "quintic"), PEL_EPARAM);
    assert_error_says("nearest, linear, cubic");
    assert_int_equal(pel_schema_set(&schema, &p, "count", "3x"), PEL_EPARAM);
    p.count = 12;
    assert_int_equal(pel_schema_check(&schema, &p), PEL_EPARAM);
}

static void a_struct_without_its_defaults_is_refused(void **state)
{
    (void)state;
    sample p = { 0 };
    assert_int_equal(pel_schema_check(&schema, &p), PEL_EPARAM);
    assert_error_says("pel_sample_defaults");
}

static void every_value_comes_back_from_its_text(void **state)
{
    (void)state;
    static const char *const given[][2] = {
        { "on", "yes" },        { "index", "0" },      { "count", "7" },
        { "level", "0.1" },     { "method", "cubic" }, { "word", "a b" },
        { "spacing", "1,2.5" }, { "step", "30cm" },    { "paint", "#01020304" },
    };
    sample p;
    pel_schema_defaults(&schema, &p);
    for (size_t i = 0; i < sizeof given / sizeof *given; i++) {
        const pel_param *param = pel_schema_find(&schema, given[i][0]);
        assert_true(pel_schema_is_default(&schema, &p, param));
        assert_ok(pel_schema_set(&schema, &p, given[i][0], given[i][1]));
        assert_false(pel_schema_is_default(&schema, &p, param));
        char *text = pel_schema_get(&schema, &p, param);
        assert_string_equal(text, given[i][1]);
        free(text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(defaults_come_from_the_table),
        cmocka_unit_test(values_out_of_range_are_refused_with_the_range),
        cmocka_unit_test(a_struct_without_its_defaults_is_refused),
        cmocka_unit_test(every_value_comes_back_from_its_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
