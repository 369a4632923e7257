/* SPDX-License-Identifier: Apache-2.0 */
/* test_series_odd.c: folders and patterns of files that are odd, change, or do not belong. */
#include "make.h"

#include <sys/stat.h>
#include <unistd.h>

// one slice (or stack) of uint8 numbers, all `value`, in the folder d
static void write_file(const char *name, int width, int height, int slices, uint8_t value)
{
    static uint8_t bytes[1 << 16];
    char path[300];
    pel_volume v = { .dims = { width, height, slices }, .dtype = PEL_UINT8, .data = bytes };
    memset(bytes, value, sizeof bytes);
    bool png = strstr(name, ".png");
    if (png) {
        // a folder of its own, whose one slice is taken out
        assert_ok(pel_write_volume("one/%d.png", &v, NULL, NULL));
        snprintf(path, sizeof path, "d/%s", name);
        assert_int_equal(rename("one/0.png", path), 0);
        assert_int_equal(rmdir("one"), 0);
        return;
    }
    snprintf(path, sizeof path, "d/%s", name);
    assert_ok(pel_write_volume(path, &v, NULL, NULL));
}

static void empty(void)
{
    assert_int_equal(system("rm -rf d && mkdir d"), 0);
}

static pel_status read_as(pel_volume *out, const char *path, const char *allow)
{
    pel_read_params params = pel_read_defaults();
    params.allow = allow;
    *make_notes = 0;
    return pel_read_volume(out, path, &params);
}

static void assert_refused(const char *path, const char *allow, const char *says)
{
    pel_volume v;
    if (read_as(&v, path, allow) == PEL_OK)
        fail_msg("%s is read, though %s", path, says);
    assert_error_says(says);
    assert_int_equal(pel_memory_in_use(), 0);
}

static void assert_slices(const char *path, const char *allow, int64_t count, const char *note)
{
    pel_volume v;
    assert_ok(read_as(&v, path, allow));
    assert_int_equal(v.dims[2], count);
    if (!strstr(make_notes, note))
        fail_msg("the notes '%s' do not say '%s'", make_notes, note);
    pel_volume_free(&v);
    assert_int_equal(pel_memory_in_use(), 0);
}

static void nothing_to_read_is_said(void **state)
{
    (void)state;
    char name[5000];
    empty();
    assert_refused("d", NULL, "holds no slices");
    assert_refused("d/*.tif", NULL, "names no slices");
    write_file("a.nii", 3, 2, 1, 1);
    assert_refused("d/*.nii", NULL, "names no slices");
    assert_refused("d/a*::b", NULL, "no readable zip archive");
    memset(name, 'd', sizeof name);
    memcpy(name, "*", 1);
    name[sizeof name - 1] = 0;
    assert_refused(name, NULL, "too long");
}

static void many_files_and_any_way_to_name_them(void **state)
{
    (void)state;
    char name[32];
    empty();
    for (int n = 0; n < 300; n++) {
        snprintf(name, sizeof name, "s%d.tif", n);
        write_file(name, 3, 2, 1, (uint8_t)n);
    }
    pel_volume v;
    assert_ok(read_as(&v, "d", NULL));
    assert_int_equal(v.dims[2], 300);
    for (int k = 0; k < 300; k++)
        assert_int_equal(((uint8_t *)v.data)[6 * k], (uint8_t)k);
    pel_volume_free(&v);
    assert_slices("d/", NULL, 300, "s0.tif to s299.tif");
    assert_slices("d/s29?.tif", NULL, 10, "s290.tif to s299.tif");
    assert_int_equal(chdir("d"), 0);
    assert_slices("s1[0-2].tif", NULL, 3, "s10.tif to s12.tif");
    assert_int_equal(chdir(".."), 0);
    fclose(fopen("d/readme.txt", "w"));
    assert_slices("d", NULL, 300, "1 other files are left out");
    assert_slices("d/*", NULL, 300, "1 other files are left out");
}

static void names_that_do_not_count_are_refused(void **state)
{
    (void)state;
    static const char *const pairs[][2] = {
        { "a.tif", "a.tiff" },    { "a.tif", "b.tif" },
        { "s1b.tif", "s2c.tif" }, { "s1234567890123456789012.tif", "s1234567890123456789013.tif" },
        { "s1.tif", "sx.tif" },
    };
    for (int n = 0; n < 5; n++) {
        empty();
        for (int i = 0; i < 2; i++)
            write_file(pairs[n][i], 3, 2, 1, 1);
        assert_refused("d", NULL, "do not belong to one series");
        assert_slices("d", "mixed", 2, "2 slices of 2 files");
    }
    empty();
    write_file("s1.tif", 3, 2, 1, 1);
    write_file("s2.png", 3, 2, 1, 1);
    assert_refused("d", NULL, "files of two types");
    assert_slices("d", "mixed", 1, "1 other files are left out");
}

static void a_file_of_another_kind_is_named(void **state)
{
    (void)state;
    pel_volume v = { .dims = { 3, 2, 1 }, .dtype = PEL_UINT8 };
    static uint8_t bytes[64];
    v.data = bytes;
    for (int n = 0; n < 5; n++) {
        empty();
        pel_volume odd = v;
        write_file("s0.tif", 3, 2, 1, 1);
        odd.dims[1] += n == 0;
        odd.dtype = n == 1 ? PEL_INT8 : PEL_UINT8;
        odd.channels = n == 2 ? 2 : n == 3 ? 3 : 1;
        odd.meaning = n == 3 ? PEL_RGB : PEL_SCALAR;
        odd.frames = n == 4 ? 2 : 1;
        assert_ok(pel_write_volume("d/s1.tif", &odd, NULL, NULL));
        write_file("s2.tif", 3, 2, 1, 1);
        assert_refused("d", NULL, n == 4 ? "has several frames" : "s1.tif: is 3x");
        assert_slices("d", "mixed,gaps", 2, "1 files of another size or type");
    }
    // colours of three channels are not three channels
    empty();
    v.channels = 3;
    v.meaning = PEL_RGB;
    assert_ok(pel_write_volume("d/s0.tif", &v, NULL, NULL));
    v.meaning = PEL_SCALAR;
    assert_ok(pel_write_volume("d/s1.tif", &v, NULL, NULL));
    assert_refused("d", NULL, "s1.tif: is 3x2");
    // the first sets what the others must be, so it cannot be left out itself
    empty();
    v.frames = 2;
    v.channels = 1;
    assert_ok(pel_write_volume("d/s0.tif", &v, NULL, NULL));
    assert_refused("d", "mixed", "has several frames");
}

static void the_distance_of_slices_is_told_when_it_is_not_said(void **state)
{
    (void)state;
    pel_volume v = { .dims = { 3, 2, 4 }, .dtype = PEL_UINT8, .unit_known = true }, out;
    static uint8_t bytes[24];
    v.data = bytes;
    v.mm_from_ijk = pel_affine_identity();
    v.mm_from_ijk.m[2][2] = 3;
    assert_int_equal(system("rm -rf d"), 0);
    assert_ok(pel_write_volume("d/s%d.png", &v, NULL, NULL));
    assert_ok(read_as(&out, "d", NULL));
    assert_true(out.unit_known);
    assert_near(pel_volume_spacing_mm(&out).z, 3, 0);
    pel_volume_free(&out);
    pel_read_params params = pel_read_defaults();
    params.slices = "::2";
    assert_ok(pel_read_volume(&out, "d", &params));
    assert_near(pel_volume_spacing_mm(&out).z, 6, 0);
    pel_volume_free(&out);
    // one slice needs no distance
    params.slices = "1:2";
    assert_ok(pel_read_volume(&out, "d", &params));
    assert_int_equal(out.dims[2], 1);
    pel_volume_free(&out);
    // stacks in a row are as far apart as they say
    empty();
    assert_ok(pel_write_volume("d/s0.tif", &v, NULL, NULL));
    assert_ok(pel_write_volume("d/s1.tif", &v, NULL, NULL));
    assert_ok(read_as(&out, "d", NULL));
    assert_int_equal(out.dims[2], 8);
    assert_true(out.unit_known);
    pel_volume_free(&out);
}

static void stacks_in_a_folder_are_read_in_any_order(void **state)
{
    (void)state;
    empty();
    write_file("s0.tif", 3, 2, 2, 1);
    write_file("s1.tif", 3, 2, 1, 2);
    write_file("s2.tif", 3, 2, 3, 3);
    static const uint8_t values[] = { 1, 1, 2, 3, 3, 3 };
    pel_source source;
    uint8_t out[36];
    assert_ok(pel_open_volume(&source, "d", NULL));
    for (int count = 1; count <= 6; count++)
        for (int first = 6 - count; first >= 0; first--) {
            memset(out, 99, sizeof out);
            assert_ok(source.read_slab(&source, out, first, count));
            for (int k = 0; k < count; k++)
                assert_int_equal(out[6 * k], values[first + k]);
        }
    assert_ok(source.finish(&source));
    assert_int_equal(strlen(source.shape.fields.hash), 32);
    pel_source_close(&source);
    // the hash of what was not read
    pel_volume v;
    assert_ok(read_as(&v, "d", NULL));
    assert_ok(pel_open_volume(&source, "d", NULL));
    assert_ok(source.read_slab(&source, out, 1, 1));
    assert_ok(source.finish(&source));
    assert_string_equal(source.shape.fields.hash, v.fields.hash);
    assert_int_equal(source.shape.fields.bytes, v.fields.bytes);
    pel_source_close(&source);
    pel_volume_free(&v);
}

static void files_that_change_while_they_are_read_are_an_error(void **state)
{
    (void)state;
    for (int n = 0; n < 4; n++) {
        empty();
        pel_source source;
        uint8_t out[64];
        write_file("s0.tif", 3, 2, n < 2 ? 1 : 2, 1);
        write_file("s1.tif", 3, 2, n < 2 ? 1 : 2, 1);
        assert_ok(pel_open_volume(&source, "d", NULL));
        if (n % 2)
            unlink("d/s1.tif");
        else
            write_file("s1.tif", 3, 3, n < 2 ? 1 : 3, 1);
        assert_true(source.read_slab(&source, out, 0, n < 2 ? 2 : 4) != PEL_OK);
        assert_error_says("s1.tif");
        if (n % 2)
            assert_true(source.finish(&source) != PEL_OK);
        pel_source_close(&source);
        assert_int_equal(pel_memory_in_use(), 0);
    }
}

static int enter(void **state)
{
    (void)state;
    make_enter();
    make_listen();
    return 0;
}

static int leave(void **state)
{
    (void)state;
    make_quiet();
    assert_int_equal(system("rm -rf d one"), 0);
    make_leave();
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_to_read_is_said),
        cmocka_unit_test(many_files_and_any_way_to_name_them),
        cmocka_unit_test(names_that_do_not_count_are_refused),
        cmocka_unit_test(a_file_of_another_kind_is_named),
        cmocka_unit_test(the_distance_of_slices_is_told_when_it_is_not_said),
        cmocka_unit_test(stacks_in_a_folder_are_read_in_any_order),
        cmocka_unit_test(files_that_change_while_they_are_read_are_an_error),
    };
    return cmocka_run_group_tests(tests, enter, leave);
}
