/* SPDX-License-Identifier: Apache-2.0 */
/* test_figure.c: a drawing list on paper: exact pixels, the same bytes always, whole or absent. */
#include "check.h"

#include <png.h>
#include <unistd.h>

#include "base/text.h"

static char png_path[64], svg_path[64], pdf_path[64];

static int name_files(void **state)
{
    (void)state;
    snprintf(png_path, sizeof png_path, "/tmp/pel-figure-%d.png", (int)getpid());
    snprintf(svg_path, sizeof svg_path, "/tmp/pel-figure-%d.svg", (int)getpid());
    snprintf(pdf_path, sizeof pdf_path, "/tmp/pel-figure-%d.pdf", (int)getpid());
    return 0;
}

static int remove_files(void **state)
{
    (void)state;
    unlink(png_path);
    unlink(svg_path);
    unlink(pdf_path);
    return 0;
}

static const pel_colour white = { 1, 1, 1, 1, true }, black = { 0, 0, 0, 1, true };
static const pel_colour red = { 1, 0, 0, 1, true };

static const uint8_t pixels[2][3][4] = {
    { { 255, 0, 0, 255 }, { 0, 255, 0, 255 }, { 0, 0, 255, 255 } },
    { { 10, 20, 30, 255 }, { 1, 2, 3, 0 }, { 200, 100, 50, 255 } },
};

// 100 x 80 pixels at 144 dpi: a picture of 3x2 pixels, each 10x15, at (20,10), and a black bar
static void make(pel_figure *out)
{
    *out = (pel_figure){
        .width_pt = 50, .height_pt = 40, .dpi = 144, .background = white, .mm_per_pt = 0.125
    };
    pel_image image;
    assert_ok(pel_image_new(&image, 3, 2, 4, PEL_UINT8));
    memcpy(image.data, pixels, sizeof pixels);
    assert_ok(pel_figure_image(out, 10, 5, 15, 15, &image));
    double area[4][2] = { { 30, 5 }, { 40, 5 }, { 40, 10 }, { 30, 10 } };
    assert_ok(pel_figure_area(out, area, 4, black));
    double line[2][2] = { { 30, 20 }, { 45, 20 } };
    assert_ok(pel_figure_line(out, line, 2, 1, red));
    assert_ok(pel_figure_text(out, 5, 38, "\u22121.5 \u00b5m & <L>", 6, 0, 1, 0, black));
    char json[] = "{\"pellucid\":\"0.1.0\",\"params\":{\"title\":\"<a & b>\"}}";
    out->provenance = strdup(json);
}

static void write_all(void)
{
    pel_figure figure;
    make(&figure);
    assert_ok(pel_write_figure(png_path, &figure));
    assert_ok(pel_write_figure(svg_path, &figure));
    assert_ok(pel_write_figure(pdf_path, &figure));
    pel_figure_free(&figure);
}

static size_t read_file(char *out, size_t room, const char *path)
{
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    size_t size = fread(out, 1, room - 1, file);
    fclose(file);
    assert_true(size > 0 && size < room - 1);
    out[size] = 0;
    return size;
}

typedef struct raster {
    int width, height;
    uint8_t rgb[200 * 200 * 3];
} raster;

static void read_png(raster *out)
{
    png_image image = { .version = PNG_IMAGE_VERSION };
    assert_true(png_image_begin_read_from_file(&image, png_path));
    image.format = PNG_FORMAT_RGB;
    out->width = (int)image.width;
    out->height = (int)image.height;
    assert_true(PNG_IMAGE_SIZE(image) <= sizeof out->rgb);
    assert_true(png_image_finish_read(&image, NULL, out->rgb, 0, NULL));
}

static const uint8_t *pixel(const raster *r, int x, int y)
{
    return r->rgb + 3 * (y * r->width + x);
}

static void every_pixel_of_a_picture_is_an_exact_rectangle(void **state)
{
    (void)state;
    static raster r;
    write_all();
    read_png(&r);
    assert_int_equal(r.width, 100);
    assert_int_equal(r.height, 80);
    for (int y = 0; y < 30; y++)
        for (int x = 0; x < 30; x++) {
            const uint8_t *want = pixels[y / 15][x / 10], *got = pixel(&r, 20 + x, 10 + y);
            for (int c = 0; c < 3; c++)
                assert_int_equal(got[c], want[3] ? want[c] : 255);
        }
    // and nothing beyond its edges
    for (int i = 0; i < 30; i++) {
        assert_int_equal(pixel(&r, 19, 10 + i)[0] & pixel(&r, 19, 10 + i)[2], 255);
        assert_int_equal(pixel(&r, 50, 10 + i)[0] & pixel(&r, 50, 10 + i)[2], 255);
        assert_int_equal(pixel(&r, 20 + i, 9)[1] & pixel(&r, 20 + i, 40)[1], 255);
    }
}

static void straight_lines_and_boxes_are_sharp(void **state)
{
    (void)state;
    static raster r;
    write_all();
    read_png(&r);
    for (int y = 5; y < 25; y++)
        for (int x = 55; x < 85; x++) {
            bool inside = x >= 60 && x < 80 && y >= 10 && y < 20;
            assert_int_equal(pixel(&r, x, y)[1], inside ? 0 : 255);
        }
    // 1 pt is 2 pixels
    int rows = 0;
    for (int y = 30; y < 50; y++) {
        assert_true(pixel(&r, 75, y)[1] == 0 || pixel(&r, 75, y)[1] == 255);
        rows += pixel(&r, 75, y)[1] == 0;
    }
    assert_int_equal(rows, 2);
}

static void what_fits_no_pixel_still_has_hard_edges(void **state)
{
    (void)state;
    static raster r;
    pel_figure figure = { .width_pt = 50, .height_pt = 50, .dpi = 72, .background = white };
    pel_image image;
    assert_ok(pel_image_new(&image, 7, 7, 1, PEL_UINT8));
    for (int i = 0; i < 49; i++)
        ((uint8_t *)image.data)[i] = (uint8_t)(i % 2 ? 0 : 200);
    assert_ok(pel_figure_image(&figure, 3.3, 3.3, 31.7, 31.7, &image));
    double area[4][2] = { { 36.4, 3.3 }, { 47.7, 3.3 }, { 47.7, 12.6 }, { 36.4, 12.6 } };
    assert_ok(pel_figure_area(&figure, area, 4, black));
    assert_ok(pel_write_figure(png_path, &figure));
    pel_figure_free(&figure);
    read_png(&r);
    for (int i = 0; i < 50 * 50; i++)
        assert_true(r.rgb[3 * i] == 0 || r.rgb[3 * i] == 200 || r.rgb[3 * i] == 255);
}

static void the_same_figure_gives_the_same_bytes(void **state)
{
    (void)state;
    static char first[3][200000], again[200000];
    const char *paths[3] = { png_path, svg_path, pdf_path };
    size_t size[3];
    pel_job job = pel_job_defaults();
    pel_job_use(&job);
    for (job.threads = 1; job.threads < 8; job.threads += 3) {
        write_all();
        for (int i = 0; i < 3; i++) {
            if (job.threads == 1) {
                size[i] = read_file(first[i], sizeof first[i], paths[i]);
                continue;
            }
            assert_int_equal(read_file(again, sizeof again, paths[i]), size[i]);
            assert_memory_equal(again, first[i], size[i]);
        }
    }
    pel_job_use(NULL);
}

static void each_format_carries_scale_and_provenance(void **state)
{
    (void)state;
    static char text[200000];
    write_all();
    size_t size = read_file(text, sizeof text, png_path);
    // 0.125 mm per pt at 144 dpi; print density 144 dpi is 5669 per metre
    assert_non_null(memmem(text, size, "\"mm_per_pixel\":0.0625", 21));
    assert_non_null(memmem(text, size, "pHYs\0\0\x16\x25\0\0\x16\x25\1", 13));
    read_file(text, sizeof text, svg_path);
    assert_non_null(strstr(text, "\"mm_per_pt\":0.125"));
    assert_non_null(strstr(text, "&lt;a &amp; b&gt;"));
    assert_non_null(strstr(text, "image-rendering:pixelated"));
    assert_null(strstr(text, "surface-"));
    size = read_file(text, sizeof text, pdf_path);
    assert_non_null(memmem(text, size, "pellucid 0.1.0", 14));
    assert_non_null(memmem(text, size, "/Interpolate false", 18));
    assert_non_null(memmem(text, size, "DejaVuSans", 10));
    assert_non_null(memmem(text, size, "/FontFile", 9));
    // no time of day
    assert_non_null(memmem(text, size, "20000101000000", 14));
}

static void ids_in_svg_refer_to_what_is_there(void **state)
{
    (void)state;
    static char text[200000];
    write_all();
    read_file(text, sizeof text, svg_path);
    int found = 0;
    for (const char *at = text; (at = strstr(at, "href=\"#")); found++) {
        char id[64];
        at += 7;
        snprintf(id, sizeof id, "id=\"%.*s\"", (int)strcspn(at, "\""), at);
        assert_non_null(strstr(text, id));
    }
    assert_true(found > 3);
}

static void a_transparent_background_stays_so(void **state)
{
    (void)state;
    pel_figure figure;
    make(&figure);
    figure.background = (pel_colour){ 0 };
    double area[4][2] = { { 0, 5 }, { 5, 5 }, { 5, 10 }, { 0, 10 } };
    assert_ok(pel_figure_area(&figure, area, 4, (pel_colour){ 1, 0.5f, 0, 0.4f, true }));
    assert_ok(pel_write_figure(png_path, &figure));
    pel_figure_free(&figure);
    png_image image = { .version = PNG_IMAGE_VERSION };
    static uint8_t rgba[100 * 80 * 4];
    assert_true(png_image_begin_read_from_file(&image, png_path));
    assert_true(image.format & PNG_FORMAT_FLAG_ALPHA);
    image.format = PNG_FORMAT_RGBA;
    assert_true(png_image_finish_read(&image, NULL, rgba, 0, NULL));
    assert_int_equal(rgba[3], 0);
    assert_memory_equal(rgba + 4 * (10 * 100 + 20), pixels[0][0], 4);
    // colours are not premultiplied
    const uint8_t *veil = rgba + 4 * (15 * 100 + 5);
    assert_near(veil[0], 255, 1);
    assert_near(veil[1], 127, 2);
    assert_near(veil[3], 102, 1);
}

static void what_cannot_be_written_is_refused_and_leaves_nothing(void **state)
{
    (void)state;
    pel_figure figure;
    make(&figure);
    static const char *const paths[] = { "/nowhere/a.png", "/nowhere/a.svg", "/nowhere/a.pdf" };
    for (int i = 0; i < 3; i++) {
        assert_int_equal(pel_write_figure(paths[i], &figure), PEL_EIO);
        assert_error_says("/nowhere/a.");
    }
    assert_int_equal(pel_write_figure("a.gif", &figure), PEL_EPARAM);
    assert_error_says(".svg");
    figure.width_pt = 1e7;
    assert_int_equal(pel_write_figure(png_path, &figure), PEL_EPARAM);
    pel_figure_free(&figure);
    assert_int_equal(pel_write_figure(png_path, &figure), PEL_EPARAM);
    assert_int_equal(access(png_path, F_OK), -1);
    assert_int_equal(pel_memory_in_use(), 0);
}

#define with_files(test) cmocka_unit_test_setup_teardown(test, name_files, remove_files)

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_files(every_pixel_of_a_picture_is_an_exact_rectangle),
        with_files(straight_lines_and_boxes_are_sharp),
        with_files(what_fits_no_pixel_still_has_hard_edges),
        with_files(the_same_figure_gives_the_same_bytes),
        with_files(each_format_carries_scale_and_provenance),
        with_files(ids_in_svg_refer_to_what_is_there),
        with_files(a_transparent_background_stays_so),
        with_files(what_cannot_be_written_is_refused_and_leaves_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
