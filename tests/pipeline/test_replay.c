/* SPDX-License-Identifier: Apache-2.0 */
/* test_replay.c: recipes: what provenance says comes back, damage is told, hashes are the readers'.
 */
#include "check.h"

#include <unistd.h>

#include "read/made.h"

static const char whole[] =
    "{\"pellucid\":\"0.1.0\",\"command\":\"slice\",\"params\":{\"axis\":\"x\",\"keep\":[\"a\","
    "\"b\"]},"
    "\"inputs\":[{\"xxh3_128\":\"0123\",\"name\":\"phantom:ramp\",\"params\":{\"crop\":\":5\"}},"
    "{\"xxh3_128\":null,\"role\":\"mask\",\"params\":{}}]}";

static void what_was_said_comes_back(void **state)
{
    (void)state;
    pel_recipe r;
    assert_ok(pel_recipe_parse(&r, whole, "x.png"));
    assert_string_equal(r.command, "slice");
    assert_int_equal(r.own.option_count, 3);
    assert_string_equal(r.own.option[0].value, "x");
    assert_string_equal(r.own.option[2].name, "keep");
    assert_string_equal(r.own.option[2].value, "b");
    assert_int_equal(r.input_count, 2);
    assert_string_equal(r.input[0].name, "phantom:ramp");
    assert_string_equal(r.input[0].option[0].value, ":5");
    assert_null(r.input[0].role);
    assert_string_equal(r.input[1].role, "mask");
    assert_null(r.input[1].hash);
    assert_null(r.layer);
    pel_recipe_free(&r);
    pel_recipe_free(&r);
}

static void it_is_found_inside_what_a_picture_says(void **state)
{
    (void)state;
    char text[1024];
    pel_recipe r;
    snprintf(text, sizeof text, "{\"pellucid\":\"0.1.0\",\"layer\":\"depth\",\"provenance\":%s}",
             whole);
    assert_ok(pel_recipe_parse(&r, text, "x.tif"));
    assert_string_equal(r.command, "slice");
    assert_string_equal(r.layer, "depth");
    pel_recipe_free(&r);
}

static void damage_is_told_and_leaves_nothing(void **state)
{
    static const char *const wrong[] = {
        "",
        "[]",
        "{\"pellucid\":1,\"command\":\"x\"}",
        "{\"pellucid\":\"1\",\"command\":5,\"params\":{},\"inputs\":[]}",
        "{\"pellucid\":\"1\",\"command\":\"x\",\"params\":[],\"inputs\":[]}",
        "{\"pellucid\":\"1\",\"command\":\"x\",\"params\":{\"a\":1},\"inputs\":[]}",
        "{\"pellucid\":\"1\",\"command\":\"x\",\"params\":{\"a\":[1]},\"inputs\":[]}",
        "{\"pellucid\":\"1\",\"command\":\"x\",\"params\":{},\"inputs\":{}}",
        "{\"pellucid\":\"1\",\"command\":\"x\",\"params\":{},\"inputs\":[5]}",
        "{\"pellucid\":\"1\",\"command\":\"x\",\"params\":{},\"inputs\":[{\"xxh3_128\":7}]}",
        "{\"pellucid\":\"1\",\"command\":\"x\",\"params\":{},\"inputs\":[{}]}",
    };
    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        pel_recipe r;
        pel_status s = pel_recipe_parse(&r, wrong[i], "x.png");
        if (s != PEL_EFORMAT && s != PEL_EDATA)
            fail_msg("%s gave %d", wrong[i], s);
        assert_null(r.command);
        assert_int_equal(r.input_count, 0);
    }
    pel_recipe r;
    assert_int_equal(pel_recipe_parse(&r, "{\"pellucid\":\"1\",\"mm_per_pixel\":1}", "x.png"),
                     PEL_EDATA);
    assert_error_says("--provenance none");
}

static void cut_texts_are_no_texts(void **state)
{
    (void)state;
    for (size_t size = 0; size < sizeof whole - 1; size++)
        assert_null(pel__made_find(whole, size));
    char *text = pel__made_find(whole, sizeof whole - 1);
    assert_string_equal(text, whole);
    free(text);
}

static void wrapped_texts_are_unwrapped(void **state)
{
    (void)state;
    // a PDF that is cut short, or has other keywords
    static const char *const none[] = { "%PDF-1.5", "%PDF-1.5 /Keywords ", "%PDF-1.5 /Keywords [",
                                        "%PDF-1.5 /Keywords ({\"pellucid\":\\",
                                        "%PDF-1.5 /Keywords <FEFFxx" };
    for (size_t i = 0; i < sizeof none / sizeof *none; i++)
        assert_null(pel__made_find(none[i], strlen(none[i])));
    static const char gif[] = "GIF89a!\376\014{\"pellucid\":\004\"1\"}\000;";
    static const char svg[] = "<?xml?><svg><metadata>{\"pellucid\":\"a &lt; b\"}</metadata>";
    static const char pdf[] = "%PDF-1.5 /Keywords <FEFF007B002200700065006C006C00750063006900640022"
                              "003A002220AC0022007D> ";
    static const char plain[] = "%PDF-1.5 /Keywords ({\"pellucid\":\"a \\(b\\) \\\\n\"}) ";
    static const char *const want[] = { "{\"pellucid\":\"1\"}", "{\"pellucid\":\"a < b\"}",
                                        "{\"pellucid\":\"\u20ac\"}",
                                        "{\"pellucid\":\"a (b) \\n\"}" };
    char *text[] = { pel__made_find(gif, sizeof gif - 1), pel__made_find(svg, sizeof svg - 1),
                     pel__made_find(pdf, sizeof pdf - 1), pel__made_find(plain, sizeof plain - 1) };
    for (int i = 0; i < 4; i++) {
        assert_non_null(text[i]);
        assert_string_equal(text[i], want[i]);
        free(text[i]);
    }
}

static void hashes_are_those_of_reading(void **state)
{
    static const char *const endings[] = { ".nii", ".nii.gz", ".nrrd", ".mha",  ".mgz",
                                           ".npy", ".tif",    ".hdr",  ".nhdr", ".mhd" };
    (void)state;
    char folder[] = "/tmp/pel-replay-XXXXXX", path[64], hash[33], command[64];
    assert_non_null(mkdtemp(folder));
    for (size_t i = 0; i < sizeof endings / sizeof *endings; i++) {
        pel_volume made, read;
        pel_input_params plain = pel_input_defaults();
        assert_ok(pel_input_read(&made, "phantom:ramp?dims=20,10,9", &plain, false));
        snprintf(path, sizeof path, "%s/a%s", folder, endings[i]);
        assert_ok(pel_write_volume(path, &made, NULL, NULL));
        assert_ok(pel_read_volume(&read, path, NULL));
        assert_ok(pel_input_hash(hash, path, NULL));
        assert_int_equal(strlen(hash), 32);
        if (strcmp(hash, read.fields.hash) != 0)
            fail_msg("%s: %s, read %s", endings[i], hash, read.fields.hash);
        pel_volume_free(&made);
        pel_volume_free(&read);
    }
    snprintf(command, sizeof command, "rm -r %s", folder);
    assert_int_equal(system(command), 0);
    assert_int_equal(pel_input_hash(hash, "/nowhere/a.nii", NULL), PEL_EIO);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_said_comes_back),
        cmocka_unit_test(it_is_found_inside_what_a_picture_says),
        cmocka_unit_test(damage_is_told_and_leaves_nothing),
        cmocka_unit_test(cut_texts_are_no_texts),
        cmocka_unit_test(wrapped_texts_are_unwrapped),
        cmocka_unit_test(hashes_are_those_of_reading),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
