/* SPDX-License-Identifier: Apache-2.0 */
/* test_colormap.c: the colours of the maps, and maps from files. */
#include "check.h"

#include <unistd.h>

static void assert_colour(const float rgb[3], int r, int g, int b)
{
    assert_near(rgb[0], r / 255.0, 1.001 / 255);
    assert_near(rgb[1], g / 255.0, 1.001 / 255);
    assert_near(rgb[2], b / 255.0, 1.001 / 255);
}

// as matplotlib 3.6 gives them: colormaps[name]([0, 64, 128, 200, 255], bytes=True)
static void built_in_maps_are_matplotlibs(void **state)
{
    (void)state;
    static const int at[5] = { 0, 64, 128, 200, 255 };
    static const struct {
        const char *name;
        int rgb[5][3];
    } wanted[] = {
        { "viridis",
          { { 68, 1, 84 },
            { 58, 82, 139 },
            { 32, 144, 140 },
            { 112, 206, 86 },
            { 253, 231, 36 } } },
        { "magma",
          { { 0, 0, 3 },
            { 80, 18, 123 },
            { 182, 54, 121 },
            { 253, 151, 104 },
            { 251, 252, 191 } } },
        { "inferno",
          { { 0, 0, 3 }, { 87, 15, 109 }, { 187, 55, 84 }, { 251, 157, 6 }, { 252, 254, 164 } } },
        { "plasma",
          { { 12, 7, 134 },
            { 126, 3, 167 },
            { 203, 71, 119 },
            { 250, 160, 57 },
            { 239, 248, 33 } } },
        { "cividis",
          { { 0, 34, 77 },
            { 67, 78, 107 },
            { 124, 123, 120 },
            { 196, 180, 104 },
            { 253, 231, 55 } } },
        { "turbo",
          { { 48, 18, 59 }, { 40, 187, 235 }, { 164, 252, 59 }, { 244, 101, 22 }, { 122, 4, 2 } } },
        { "gray",
          { { 0, 0, 0 },
            { 64, 64, 64 },
            { 128, 128, 128 },
            { 200, 200, 200 },
            { 255, 255, 255 } } },
        { "hot",
          { { 10, 0, 0 }, { 178, 0, 0 }, { 255, 91, 0 }, { 255, 255, 38 }, { 255, 255, 255 } } },
        { "bone",
          { { 0, 0, 0 },
            { 56, 55, 77 },
            { 112, 123, 143 },
            { 179, 206, 206 },
            { 255, 255, 255 } } },
        { "coolwarm",
          { { 58, 76, 192 },
            { 141, 175, 253 },
            { 221, 220, 219 },
            { 240, 139, 109 },
            { 179, 3, 38 } } },
    };
    for (size_t m = 0; m < sizeof wanted / sizeof *wanted; m++) {
        float rgb[256][3];
        assert_ok(pel_colormap(rgb, wanted[m].name));
        for (int i = 0; i < 5; i++)
            assert_colour(rgb[at[i]], wanted[m].rgb[i][0], wanted[m].rgb[i][1],
                          wanted[m].rgb[i][2]);
    }
}

static void every_listed_name_is_a_map(void **state)
{
    (void)state;
    for (const char *const *name = pel_colormap_names(); *name; name++) {
        float rgb[256][3];
        assert_ok(pel_colormap(rgb, *name));
        for (int i = 0; i < 256; i++)
            for (int c = 0; c < 3; c++)
                assert_true(rgb[i][c] >= 0 && rgb[i][c] <= 1);
    }
}

static void a_name_with_r_behind_it_runs_backwards(void **state)
{
    (void)state;
    float rgb[256][3], back[256][3];
    assert_ok(pel_colormap(rgb, "magma"));
    assert_ok(pel_colormap(back, "magma_r"));
    for (int i = 0; i < 256; i++)
        assert_memory_equal(rgb[i], back[255 - i], sizeof rgb[i]);
}

static void labels_that_follow_each_other_differ_at_a_glance(void **state)
{
    (void)state;
    float rgb[256][3];
    assert_ok(pel_colormap(rgb, "labels"));
    for (int i = 0; i < 40; i++)
        for (int j = i + 1; j < i + 8; j++) {
            double d = 0;
            for (int c = 0; c < 3; c++)
                d += pow(rgb[i][c] - rgb[j][c], 2);
            assert_true(sqrt(d) > 0.25);
        }
}

static void write_file(const char *path, const char *text)
{
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs(text, file);
    fclose(file);
}

static void a_file_of_few_colours_is_joined_by_lines(void **state)
{
    (void)state;
    char path[] = "/tmp/pellucid-map-XXXXXX";
    assert_true(mkstemp(path) >= 0);
    float rgb[256][3];
    write_file(path, "# ends\n0 0 0\n255, 51, 0\n");
    assert_ok(pel_colormap(rgb, path));
    assert_near(rgb[0][0], 0, 0);
    assert_near(rgb[51][0], 0.2, 1e-6);
    assert_near(rgb[255][1], 0.2, 1e-6);
    write_file(path, "0 0 0\n0.5 1 0\n1 1 1\n");
    assert_ok(pel_colormap(rgb, path));
    assert_near(rgb[255][2], 1, 0);
    unlink(path);
}

static void a_damaged_map_names_the_line_and_the_remedy(void **state)
{
    (void)state;
    char path[] = "/tmp/pellucid-map-XXXXXX";
    assert_true(mkstemp(path) >= 0);
    float rgb[256][3];
    write_file(path, "0 0 0\n0 blue 0\n");
    assert_int_equal(pel_colormap(rgb, path), PEL_EFORMAT);
    assert_error_says("line 2");
    write_file(path, "0 0 0\n");
    assert_int_equal(pel_colormap(rgb, path), PEL_EFORMAT);
    write_file(path, "0 0 300\n1 1 1\n");
    assert_int_equal(pel_colormap(rgb, path), PEL_EFORMAT);
    unlink(path);
    assert_int_equal(pel_colormap(rgb, "virids"), PEL_EPARAM);
    assert_error_says("viridis");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(built_in_maps_are_matplotlibs),
        cmocka_unit_test(every_listed_name_is_a_map),
        cmocka_unit_test(a_name_with_r_behind_it_runs_backwards),
        cmocka_unit_test(labels_that_follow_each_other_differ_at_a_glance),
        cmocka_unit_test(a_file_of_few_colours_is_joined_by_lines),
        cmocka_unit_test(a_damaged_map_names_the_line_and_the_remedy),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
