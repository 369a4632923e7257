/* SPDX-License-Identifier: Apache-2.0 */
/* test_provenance.c: what an output says of how it was made, and what it never says. */
#include "check.h"

typedef struct sample {
    size_t size;
    double level;
    const char *look, *mask;
    pel_texts layer, overlay;
} sample;

static const pel_param table[] = {
    PEL_NUMBER(sample, level, "1", 0, 10, NULL, "a level"),
    PEL_TEXT(sample, look, NULL, "NAME|FILE", "a look"),
    PEL_FILE(sample, mask, "a mask"),
    PEL_TEXTS(sample, layer, "NAME=FILE", "a layer"),
    PEL_TEXTS(sample, overlay, "FILE,LOOK[,LO:HI]", "an overlay"),
};
static const pel_schema schema = PEL_SCHEMA(sample, "sample", "for this test", table);

static sample filled(void)
{
    sample p;
    pel_schema_defaults(&schema, &p);
    p.level = 2.5;
    p.look = "/home/anna/anna-smith.json";
    p.mask = "/home/anna/mask-smith.nii";
    p.layer = (pel_texts){ 1, { "depth=/home/anna/depth-smith.npy" } };
    p.overlay = (pel_texts){ 1, { "smith/pet-smith.nii,hot,2:8.5" } };
    return p;
}

static char *made(const sample *p, bool names)
{
    pel_made_with with = { &schema, p };
    pel_made_from from = { .name = "/home/anna/smith.nii", .hash = "0123" };
    return pel_provenance("sample", &with, 1, &from, 1, names);
}

static void no_file_name_is_kept_unless_asked_for(void **state)
{
    (void)state;
    sample p = filled();
    char *text = made(&p, false);
    assert_null(strstr(text, "smith"));
    assert_null(strstr(text, "anna"));
    assert_non_null(strstr(text, "\"layer\":[\"depth\"]"));
    assert_non_null(strstr(text, "\"overlay\":[\"?,hot,2:8.5\"]"));
    assert_non_null(strstr(text, "\"level\":\"2.5\""));
    assert_non_null(strstr(text, "\"xxh3_128\":\"0123\""));
    free(text);
}

static void names_asked_for_have_no_folders_and_no_outputs(void **state)
{
    (void)state;
    sample p = filled();
    char *text = made(&p, true);
    assert_null(strstr(text, "/home"));
    assert_null(strstr(text, "depth-smith"));
    assert_non_null(strstr(text, "\"look\":\"anna-smith.json\""));
    // a file that an option names is an input with a role
    assert_null(strstr(text, "mask-smith"));
    assert_non_null(strstr(text, "\"overlay\":[\"pet-smith.nii,hot,2:8.5\"]"));
    assert_non_null(strstr(text, "\"name\":\"smith.nii\""));
    free(text);
}

static void words_and_json_are_no_file_names(void **state)
{
    (void)state;
    sample p;
    pel_schema_defaults(&schema, &p);
    p.look = "mr-head";
    char *text = made(&p, false);
    assert_non_null(strstr(text, "\"look\":\"mr-head\""));
    free(text);
    p.look = "{\"name\": \"v1.2\"}";
    text = made(&p, false);
    assert_non_null(strstr(text, "v1.2"));
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_file_name_is_kept_unless_asked_for),
        cmocka_unit_test(names_asked_for_have_no_folders_and_no_outputs),
        cmocka_unit_test(words_and_json_are_no_file_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
