/* SPDX-License-Identifier: Apache-2.0 */
/* test_compose.c: pictures fading into each other and laid on a sheet. */
#include "check.h"

static void picture(pel_image *out, int64_t width, int64_t height, int channels,
                    const uint8_t *bytes)
{
    assert_ok(pel_image_new(out, width, height, channels, PEL_UINT8));
    memcpy(out->data, bytes, (size_t)(width * height * channels));
}

static void numbers_are_mixed_by_their_parts(void **state)
{
    (void)state;
    static const uint8_t a[] = { 0, 100, 255 }, b[] = { 255, 101, 0 };
    static const uint8_t third[] = { 85, 100, 170 };
    pel_image x, y;
    picture(&x, 1, 1, 3, a);
    picture(&y, 1, 1, 3, b);
    assert_ok(pel_image_blend(&x, &y, 1, 3));
    assert_memory_equal(x.data, third, 3);
    assert_ok(pel_image_blend(&x, &y, 3, 3));
    assert_memory_equal(x.data, b, 3);
    assert_ok(pel_image_blend(&x, &y, 0, 1));
    assert_memory_equal(x.data, b, 3);
    pel_image_free(&x);
    pel_image_free(&y);
}

static void a_transparent_colour_does_not_tint(void **state)
{
    (void)state;
    static const uint8_t a[] = { 200, 50, 10, 255 }, b[] = { 0, 255, 0, 0 };
    static const uint8_t half[] = { 200, 50, 10, 128 };
    pel_image x, y;
    picture(&x, 1, 1, 4, a);
    picture(&y, 1, 1, 4, b);
    assert_ok(pel_image_blend(&x, &y, 1, 2));
    assert_memory_equal(x.data, half, 4);
    pel_image_free(&x);
    pel_image_free(&y);
}

static void a_tile_lands_where_it_is_laid(void **state)
{
    (void)state;
    static const uint8_t tile[] = { 1, 2, 3, 4 };
    static const uint8_t want[] = { 0, 0, 0, 0, 1, 2, 0, 3, 4 };
    pel_image sheet, small;
    assert_ok(pel_image_new(&sheet, 3, 3, 1, PEL_UINT8));
    picture(&small, 2, 2, 1, tile);
    assert_ok(pel_image_paste(&sheet, &small, 1, 1));
    assert_memory_equal(sheet.data, want, 9);
    assert_int_equal(pel_image_paste(&sheet, &small, 2, 0), PEL_EPARAM);
    assert_int_equal(pel_image_paste(&sheet, &small, -1, 0), PEL_EPARAM);
    pel_image_free(&sheet);
    pel_image_free(&small);
}

static void pictures_unlike_each_other_are_refused(void **state)
{
    (void)state;
    pel_image a, b;
    assert_ok(pel_image_new(&a, 3, 3, 3, PEL_UINT8));
    assert_ok(pel_image_new(&b, 3, 3, 4, PEL_UINT8));
    assert_int_equal(pel_image_blend(&a, &b, 1, 2), PEL_EPARAM);
    assert_int_equal(pel_image_blend(&a, &a, 3, 2), PEL_EPARAM);
    assert_int_equal(pel_image_paste(&a, &b, 0, 0), PEL_EPARAM);
    pel_image_free(&a);
    pel_image_free(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_are_mixed_by_their_parts),
        cmocka_unit_test(a_transparent_colour_does_not_tint),
        cmocka_unit_test(a_tile_lands_where_it_is_laid),
        cmocka_unit_test(pictures_unlike_each_other_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
