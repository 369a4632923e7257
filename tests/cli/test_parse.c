/* SPDX-License-Identifier: Apache-2.0 */
#include "check.h"

#include "cli.h"

typedef struct bake_params {
    size_t size;
    double heat;
    bool slowly;
} bake_params;

static const pel_param bake_table[] = {
    PEL_NUMBER(bake_params, heat, "180", 0, 300, "degrees", "of the oven"),
    PEL_SWITCH(bake_params, slowly, "take your time"),
};
static const pel_schema bake_schema = PEL_SCHEMA(bake_params, "bake", "bake", bake_table);

static const cli_command bake = {
    .name = "bake",
    .room = "tests",
    .summary = "bake",
    .words = { { "STYLE", CLI_NAME, "how", false }, { "IN", CLI_VOLUME_IN, "volumes", true } },
    .output = "a cake",
    .schemas = { &bake_schema },
    .input_schemas = { &pel_input_schema },
};
const cli_command *const cli_commands[] = { &bake, NULL };

static cli_run run;

static pel_status parse(int count, char **words)
{
    cli_run_free(&run);
    return cli_parse(&run, &bake, count, words);
}
#define PARSE(...)                                                                                 \
    parse((int)(sizeof((const char *[]){ __VA_ARGS__ }) / sizeof(char *)),                         \
          (char *[]){ __VA_ARGS__ })

static const pel_input_params *input(int n)
{
    return run.input[n].params[0];
}

static void an_option_after_an_input_belongs_to_that_input(void **state)
{
    (void)state;
    assert_int_equal(PARSE("plain", "--tone", "invert", "a.nii", "--crop", ":5", "b.nii", "--frame",
                           "2", "--crop", ":7", "c.nii", "-o", "cake"),
                     PEL_OK);
    assert_int_equal(run.input_count, 3);
    assert_string_equal(run.word[0], "plain");
    assert_string_equal(run.input[1].path, "b.nii");
    assert_string_equal(input(0)->crop, ":5");
    assert_string_equal(input(1)->crop, ":7");
    assert_null(input(2)->crop);
    assert_int_equal(input(0)->frame, -1);
    assert_int_equal(input(1)->frame, 2);
    // what stood before the first input holds for all
    for (int n = 0; n < 3; n++)
        assert_string_equal(input(n)->tone, "invert");
}

static void options_of_the_command_and_of_all_stand_anywhere(void **state)
{
    (void)state;
    assert_int_equal(PARSE("--heat=200", "plain", "--slowly", "a.nii", "--threads", "3", "-o", "x",
                           "--quiet", "b.nii"),
                     PEL_OK);
    assert_near(CLI_PARAMS(&run, 0, bake_params)->heat, 200, 0);
    assert_true(CLI_PARAMS(&run, 0, bake_params)->slowly);
    assert_int_equal(run.common.threads, 3);
    assert_true(run.common.quiet);
    assert_string_equal(run.common.output, "x");
}

static void a_negative_number_is_a_value_and_no_option(void **state)
{
    (void)state;
    assert_int_equal(PARSE("plain", "a.nii", "-o", "x", "--heat", "-5"), PEL_EPARAM);
    assert_non_null(strstr(run.error, "--heat is -5; it goes from 0 to 300 degrees"));
}

static void words_after_two_dashes_are_no_options(void **state)
{
    (void)state;
    assert_int_equal(PARSE("plain", "-o", "x", "--", "--slowly", "-"), PEL_OK);
    assert_string_equal(run.input[0].path, "--slowly");
    assert_string_equal(run.input[1].path, "-");
    assert_false(CLI_PARAMS(&run, 0, bake_params)->slowly);
}

static void wrong_lines_say_what_is_wrong(void **state)
{
    (void)state;
    static const struct {
        char *words[5];
        const char *says;
    } cases[] = {
        { { "plain" }, "IN is missing" },
        { { "plain", "a.nii" }, "-o FILE is missing" },
        { { "plain", "a.nii", "-o" }, "-o wants a file name" },
        { { "plain", "a.nii", "-o", "" }, "-o is an empty name" },
        { { "plain", "", "-o", "x" }, "an input is an empty name" },
        { { "plain", "a.nii", "-x" }, "-x is no option of bake" },
        { { "plain", "a.nii", "--haet", "5" }, "did you mean --heat?" },
        { { "plain", "a.nii", "--slow" }, "did you mean --slowly?" },
        { { "plain", "a.nii", "--heat" }, "--heat wants a value: of the oven" },
        { { "plain", "a.nii", "--heat", "--slowly" }, "--heat wants a value" },
        { { "plain", "a.nii", "--slowly=maybe" }, "yes or no" },
        { { "plain", "-", "-", "-o", "x" }, "read only once" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        int count = 0;
        while (count < 5 && cases[i].words[count])
            count++;
        assert_int_equal(parse(count, (char **)cases[i].words), PEL_EPARAM);
        if (!strstr(run.error, cases[i].says))
            fail_msg("'%s' does not say '%s'", run.error, cases[i].says);
    }
}

static int free_run(void **state)
{
    (void)state;
    cli_run_free(&run);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_option_after_an_input_belongs_to_that_input),
        cmocka_unit_test(options_of_the_command_and_of_all_stand_anywhere),
        cmocka_unit_test(a_negative_number_is_a_value_and_no_option),
        cmocka_unit_test(words_after_two_dashes_are_no_options),
        cmocka_unit_test(wrong_lines_say_what_is_wrong),
    };
    return cmocka_run_group_tests(tests, NULL, free_run);
}
