/* SPDX-License-Identifier: Apache-2.0 */
/* Labels drawn by voxels on a finer picture: their corners go, their edges stay. */
#include "check.h"

#include "pipeline/round_parts.h"

enum { SIDE = 121, VOXEL = 5 }; // pixels

// which part a place in voxels is of
typedef int (*shape)(double x, double y);

// as voxels show it: each pixel what the middle of its voxel is
static pel_image by_voxels(shape of)
{
    pel_image image;
    assert_ok(pel_image_new(&image, SIDE, SIDE, 1, PEL_FLOAT32));
    image.mm_per_pixel = 0.2;
    for (int at = 0; at < SIDE * SIDE; at++)
        ((float *)image.data)[at] =
            (float)of(at % SIDE / VOXEL + 0.5, floor((double)at / SIDE / VOXEL) + 0.5);
    return image;
}

// pixels that are not what they should be
static int wrong(const pel_image *image, shape of)
{
    int count = 0;
    for (int at = 0; at < SIDE * SIDE; at++)
        count += ((float *)image->data)[at] !=
                 (float)of((at % SIDE + 0.5) / VOXEL, (floor((double)at / SIDE) + 0.5) / VOXEL);
    return count;
}

static int disk(double x, double y)
{
    return 3 * ((x - 12) * (x - 12) + (y - 11.5) * (y - 11.5) < 64);
}

// a voxel wide, beside a half-plane
static int bar(double x, double y)
{
    return x >= 6 && x < 7 ? 2 : y >= 10 && x >= 12 ? 5 : 0;
}

static void a_disk_of_voxels_becomes_rounder(void **state)
{
    (void)state;
    pel_image image = by_voxels(disk);
    int before = wrong(&image, disk);
    assert_ok(pel__round_parts(&image, 1));
    assert_true(wrong(&image, disk) < 0.8 * before);
    pel_image_free(&image);
}

static void straight_edges_and_what_is_a_voxel_wide_stay(void **state)
{
    (void)state;
    pel_image image = by_voxels(bar);
    assert_int_equal(wrong(&image, bar), 0);
    assert_ok(pel__round_parts(&image, 1));
    // but the corner of the half-plane
    assert_true(wrong(&image, bar) < VOXEL * VOXEL / 2);
    pel_image_free(&image);
}

static int stairs(double x, double y)
{
    return floor(x) == floor(y) ? 7 : 0;
}

static void voxels_that_touch_by_corners_stay_joined(void **state)
{
    (void)state;
    pel_image image = by_voxels(stairs);
    assert_ok(pel__round_parts(&image, 1));
    for (int at = 0; at < SIDE; at++)
        assert_near(((float *)image.data)[at * SIDE + at], 7, 0);
    pel_image_free(&image);
}

static void what_is_not_on_the_map_stays_away_and_takes_nothing_off(void **state)
{
    (void)state;
    pel_image image = by_voxels(bar);
    float *value = image.data;
    for (int at = 0; at < SIDE * SIDE; at++)
        value[at] = at / SIDE < 33 ? NAN : value[at];
    assert_ok(pel__round_parts(&image, 1));
    for (int at = 0; at < SIDE * SIDE; at++) {
        assert_true(isnan(value[at]) == (at / SIDE < 33));
        if (at / SIDE >= 33 && at % SIDE / VOXEL == 6)
            assert_near(value[at], 2, 0);
    }
    pel_image_free(&image);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_disk_of_voxels_becomes_rounder),
        cmocka_unit_test(straight_edges_and_what_is_a_voxel_wide_stay),
        cmocka_unit_test(voxels_that_touch_by_corners_stay_joined),
        cmocka_unit_test(what_is_not_on_the_map_stays_away_and_takes_nothing_off),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
