/* SPDX-License-Identifier: Apache-2.0 */
/* test_png.c: pictures come back from libpng's own reader, with scale and words. */
#include "check.h"

#include <png.h>
#include <unistd.h>

enum { W = 37, H = 23 };

static char path[64];

static int name_file(void **state)
{
    (void)state;
    snprintf(path, sizeof path, "/tmp/pel-png-%d.png", (int)getpid());
    return 0;
}

static int remove_file(void **state)
{
    (void)state;
    unlink(path);
    return 0;
}

// what a reader finds
typedef struct found {
    int bits, kind;
    uint8_t pixels[W * H * 8];
    uint32_t per_metre;
    int srgb;
    char text[2000];
} found;

static void read_png(found *out)
{
    *out = (found){ 0 };
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    png_structp png = png_create_read_struct(PNG_LIBPNG_VER_STRING, NULL, NULL, NULL);
    png_infop info = png_create_info_struct(png);
    png_init_io(png, file);
    png_read_png(png, info, PNG_TRANSFORM_SWAP_ENDIAN, NULL);
    assert_int_equal(png_get_image_width(png, info), W);
    assert_int_equal(png_get_image_height(png, info), H);
    out->bits = png_get_bit_depth(png, info);
    out->kind = png_get_color_type(png, info);
    png_bytepp rows = png_get_rows(png, info);
    size_t row_bytes = png_get_rowbytes(png, info);
    for (size_t y = 0; y < H; y++)
        memcpy(out->pixels + y * row_bytes, rows[y], row_bytes);
    out->per_metre = png_get_pixels_per_meter(png, info);
    out->srgb = png_get_valid(png, info, PNG_INFO_sRGB) != 0;
    png_textp text;
    int texts;
    png_get_text(png, info, &text, &texts);
    assert_int_equal(texts, 1);
    assert_string_equal(text[0].key, "pellucid");
    snprintf(out->text, sizeof out->text, "%s", text[0].text);
    png_destroy_read_struct(&png, &info, NULL);
    fclose(file);
}

static void make_picture(pel_image *out, int channels, pel_dtype dtype)
{
    assert_ok(pel_image_new(out, W, H, channels, dtype));
    uint8_t *bytes = out->data;
    for (int i = 0; i < W * H * channels * (int)pel_dtype_bytes(dtype); i++)
        bytes[i] = (uint8_t)(i * i * 7 + i);
}

static void every_kind_of_pixel_comes_back(void **state)
{
    (void)state;
    static const int kinds[] = { 0, PNG_COLOR_TYPE_GRAY, PNG_COLOR_TYPE_GRAY_ALPHA,
                                 PNG_COLOR_TYPE_RGB, PNG_COLOR_TYPE_RGB_ALPHA };
    for (int n = 0; n < 8; n++) {
        int channels = 1 + n % 4;
        pel_image image;
        found got;
        make_picture(&image, channels, n < 4 ? PEL_UINT8 : PEL_UINT16);
        assert_ok(pel_write_image(path, &image));
        read_png(&got);
        assert_int_equal(got.bits, n < 4 ? 8 : 16);
        assert_int_equal(got.kind, kinds[channels]);
        assert_true(got.srgb);
        assert_memory_equal(got.pixels, image.data,
                            (size_t)(W * H * channels * pel_dtype_bytes(image.dtype)));
        pel_image_free(&image);
    }
}

static void the_scale_is_exact_in_words_and_rounded_in_pixels_per_metre(void **state)
{
    (void)state;
    pel_image image;
    found got;
    make_picture(&image, 1, PEL_UINT16);
    image.scalar = true;
    image.slope = 0.1;
    image.inter = -1024;
    image.mm_per_pixel = 0.3;
    assert_ok(pel_write_image(path, &image));
    read_png(&got);
    assert_int_equal(got.per_metre, 3333);
    assert_false(got.srgb);
    assert_non_null(strstr(got.text, "\"mm_per_pixel\":0.29999999999999999"));
    assert_non_null(strstr(got.text, "\"slope\":0.10000000000000001"));
    assert_non_null(strstr(got.text, "\"intercept\":-1024"));
    image.dpi = 300;
    assert_ok(pel_write_image(path, &image));
    read_png(&got);
    assert_int_equal(got.per_metre, 11811);
    assert_non_null(strstr(got.text, "\"mm_per_pixel\":0.29999999999999999"));
    pel_image_free(&image);
}

static void an_unknown_scale_is_null_and_has_no_pixels_per_metre(void **state)
{
    (void)state;
    pel_image image;
    found got;
    make_picture(&image, 3, PEL_UINT8);
    image.has_camera = true;
    image.camera = (pel_camera){ .perspective = true, .mm_per_pixel = NAN, .focal_px = 500 };
    image.provenance = malloc(40);
    assert_non_null(image.provenance);
    snprintf(image.provenance, 40, "{\"pellucid\":\"x\",\"name\":\"caf\xc3\xa9\"}");
    assert_ok(pel_write_image(path, &image));
    read_png(&got);
    assert_int_equal(got.per_metre, 0);
    assert_non_null(strstr(got.text, "\"mm_per_pixel\":null"));
    assert_non_null(strstr(got.text, "\"focal_px\":500"));
    assert_non_null(
        strstr(got.text, "\"provenance\":{\"pellucid\":\"x\",\"name\":\"caf\\u00E9\"}"));
    pel_image_free(&image);
}

static void floats_are_refused_with_a_remedy(void **state)
{
    (void)state;
    pel_image image;
    assert_ok(pel_image_new(&image, W, H, 1, PEL_FLOAT32));
    assert_int_equal(pel_write_image(path, &image), PEL_EUNSUPPORTED);
    assert_error_says(".npy");
    pel_image_free(&image);
}

static void a_cancelled_picture_is_not_written(void **state)
{
    (void)state;
    pel_image image;
    unlink(path);
    make_picture(&image, 3, PEL_UINT8);
    pel_job job = pel_job_defaults();
    pel_job *before = pel_job_use(&job);
    pel_job_cancel(&job);
    assert_int_equal(pel_write_image(path, &image), PEL_ECANCELLED);
    pel_job_use(before);
    assert_int_equal(access(path, F_OK), -1);
    pel_image_free(&image);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_kind_of_pixel_comes_back),
        cmocka_unit_test(the_scale_is_exact_in_words_and_rounded_in_pixels_per_metre),
        cmocka_unit_test(an_unknown_scale_is_null_and_has_no_pixels_per_metre),
        cmocka_unit_test(floats_are_refused_with_a_remedy),
        cmocka_unit_test(a_cancelled_picture_is_not_written),
    };
    return cmocka_run_group_tests(tests, name_file, remove_file);
}
