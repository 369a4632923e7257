/* SPDX-License-Identifier: Apache-2.0 */
/* test_series.c: the order of names, and folders of PNG slices that libpng wrote. */
#include "check.h"

#include <png.h>
#include <sys/stat.h>
#include <unistd.h>

#include "read/series.h"

enum { W = 5, H = 3 };

static char folder[64];

// row j, column i of slice `number` is 1000*number + 10*j + i
static void write_slice(const char *name, int number, int width)
{
    char path[256];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    uint16_t pixels[H * 8];
    for (int j = 0; j < H; j++)
        for (int i = 0; i < width; i++)
            pixels[j * width + i] = (uint16_t)(1000 * number + 10 * j + i);
    const struct {
        uint32_t width;
    } image = { (uint32_t)width };
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, NULL, NULL, NULL);
    png_infop info = png_create_info_struct(png);
    png_init_io(png, file);
    png_set_IHDR(png, info, image.width, H, 16, PNG_COLOR_TYPE_GRAY, 0, 0, 0);
    png_write_info(png, info);
    png_set_swap(png);
    for (int j = 0; j < H; j++)
        png_write_row(png, (png_const_bytep)&pixels[j * width]);
    png_write_end(png, info);
    png_destroy_write_struct(&png, &info);
    fclose(file);
}

static int make_folder(void **state)
{
    (void)state;
    snprintf(folder, sizeof folder, "/tmp/pel-series-%d", (int)getpid());
    return mkdir(folder, 0700);
}

static int remove_folder(void **state)
{
    (void)state;
    char command[128];
    snprintf(command, sizeof command, "rm -r %s", folder);
    return system(command);
}

static void names_are_ordered_by_the_value_of_their_numbers(void **state)
{
    (void)state;
    static const char *const order[] = { "a",   "a1b",   "a2",     "a2b", "a02c",
                                         "a10", "a10_2", "a10_12", "b" };
    enum { N = sizeof order / sizeof *order };
    for (int i = 0; i < N; i++)
        for (int j = 0; j < N; j++) {
            int got = pel__natural_order(order[i], order[j]);
            assert_int_equal((got > 0) - (got < 0), (i > j) - (i < j));
        }
    assert_true(pel__natural_order("a9999999999999999999998", "a9999999999999999999999") < 0);
    assert_true(pel__natural_order("a1", "a01") != 0);
}

static void read_check(const pel_read_params *p, const int *numbers, int count)
{
    pel_volume v;
    assert_ok(pel_read_volume(&v, folder, p));
    assert_int_equal(v.dims[0], W);
    assert_int_equal(v.dims[1], H);
    assert_int_equal(v.dims[2], count);
    assert_int_equal(v.dtype, PEL_UINT16);
    assert_false(v.oriented);
    for (int k = 0; k < count; k++)
        for (int j = 0; j < H; j++)
            for (int i = 0; i < W; i++)
                assert_int_equal(((uint16_t *)v.data)[(k * H + j) * W + i],
                                 1000 * numbers[k] + 10 * j + i);
    assert_int_equal(strlen(v.fields.hash), 32);
    pel_volume_free(&v);
    assert_int_equal(pel_memory_in_use(), 0);
}

static void refused(const pel_read_params *p, const char *why, const char *file)
{
    pel_source source;
    assert_int_equal(pel_open_volume(&source, folder, p), PEL_EDATA);
    assert_error_says(why);
    assert_error_says(file);
    assert_int_equal(pel_memory_in_use(), 0);
}

static void a_folder_is_a_volume_in_natural_order(void **state)
{
    (void)state;
    for (int n = 1; n <= 12; n++) {
        char name[32];
        snprintf(name, sizeof name, "slice%d.png", n);
        write_slice(name, n, W);
    }
    const int all[] = { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12 };
    const int third[] = { 2, 5, 8, 11 }, backwards[] = { 12, 11, 10 };
    pel_read_params p = pel_read_defaults();
    read_check(&p, all, 12);
    p.slices = "1::3";
    read_check(&p, third, 4);
    p.slices = ":-4:-1";
    read_check(&p, backwards, 3);
}

static void gaps_doubles_and_strangers_are_refused_by_name(void **state)
{
    (void)state;
    pel_read_params p = pel_read_defaults();
    char path[256], other[256];
    const int without[] = { 1, 2, 3, 4, 5, 6, 8, 9, 10, 11, 12 };
    snprintf(path, sizeof path, "%s/slice7.png", folder);
    unlink(path);
    refused(&p, "missing", "slice6.png");
    p.allow = "gaps";
    read_check(&p, without, 11);
    p.allow = NULL;
    write_slice("slice7.png", 7, W);

    snprintf(other, sizeof other, "%s/slice007.png", folder);
    write_slice("slice007.png", 7, W);
    refused(&p, "same number", "slice007.png");
    unlink(other);

    write_slice("slice13.png", 13, W - 1);
    refused(&p, "4x3", "slice13.png");
    p.allow = "mixed";
    const int all[] = { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12 };
    read_check(&p, all, 12);
    p.allow = NULL;
    snprintf(other, sizeof other, "%s/slice13.png", folder);
    unlink(other);

    write_slice("stack1.png", 1, W);
    refused(&p, "do not belong", "stack1.png");
    snprintf(other, sizeof other, "%s/stack1.png", folder);
    unlink(other);

    snprintf(other, sizeof other, "%s/slice13.tif", folder);
    FILE *file = fopen(other, "wb");
    fclose(file);
    refused(&p, "two types", "slice13.tif");
    unlink(other);
}

static void a_cut_slice_is_named(void **state)
{
    (void)state;
    char path[256];
    snprintf(path, sizeof path, "%s/slice3.png", folder);
    assert_int_equal(truncate(path, 60), 0);
    pel_volume v;
    assert_int_equal(pel_read_volume(&v, folder, NULL), PEL_EFORMAT);
    assert_error_says("slice3.png");
    assert_null(v.data);
    assert_int_equal(pel_memory_in_use(), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_are_ordered_by_the_value_of_their_numbers),
        cmocka_unit_test(a_folder_is_a_volume_in_natural_order),
        cmocka_unit_test(gaps_doubles_and_strangers_are_refused_by_name),
        cmocka_unit_test(a_cut_slice_is_named),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
