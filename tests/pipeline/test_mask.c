/* SPDX-License-Identifier: Apache-2.0 */
#include <unistd.h>

#include "check.h"

static pel_volume scene(const char *spec)
{
    pel_volume v;
    assert_ok(pel_phantom(&v, spec));
    return v;
}

static pel_volume masked(const pel_volume *in, const char *range, const char *steps)
{
    pel_mask_params p = pel_mask_defaults();
    pel_volume out;
    p.range = range;
    p.steps = steps;
    assert_ok(pel_mask(&out, NULL, in, &p));
    return out;
}

static int64_t set(const pel_volume *mask)
{
    int64_t count = 0;
    for (int64_t n = 0; n < pel_volume_count(mask); n++)
        count += ((uint8_t *)mask->data)[n];
    return count;
}

static void a_ball_of_the_phantom_has_its_volume_and_grows_by_mm(void **state)
{
    (void)state;
    // r = 20 mm in voxels of 1 x 1 x 2 mm
    pel_volume in = scene("sphere?dims=64,64,40&spacing=1,1,2&radius=20");
    pel_volume ball = masked(&in, "50:", NULL), grown = masked(&in, "50:", "dilate 5mm");
    double pi = 3.14159265358979;
    assert_near((double)set(&ball) * 2, 4 * pi / 3 * 8000, 0.01 * 4 * pi / 3 * 8000);
    assert_near((double)set(&grown) * 2, 4 * pi / 3 * 15625, 0.03 * 4 * pi / 3 * 15625);
    pel_volume_free(&grown);
    grown = masked(&in, "50:", "dilate 5mm; erode 5mm");
    assert_memory_equal(grown.data, ball.data, (size_t)pel_volume_count(&ball));
    pel_volume_free(&grown);
    pel_volume_free(&ball);
    pel_volume_free(&in);
}

static void steps_act_in_the_order_given(void **state)
{
    (void)state;
    pel_volume in = scene("sphere?dims=40,40,40&radius=10");
    pel_volume a = masked(&in, "50:", "invert; erode 2vx"),
               b = masked(&in, "50:", "erode 2vx; invert");
    assert_true(set(&a) < set(&b));
    pel_volume_free(&a);
    pel_volume_free(&b);
    pel_volume_free(&in);
}

static char said[256];

static void keep_note(void *user, const char *text)
{
    (void)user;
    snprintf(said, sizeof said, "%s", text);
}

static void an_empty_mask_says_so(void **state)
{
    (void)state;
    static const char *const ranges[] = { "500:", "50:" };
    pel_volume in = scene("sphere?dims=20&radius=5");
    pel_job job = pel_job_defaults();
    job.note = keep_note;
    pel_job *before = pel_job_use(&job);
    for (int n = 0; n < 2; n++) {
        *said = 0;
        pel_volume mask = masked(&in, ranges[n], NULL);
        assert_true((set(&mask) == 0) == (strstr(said, "empty") != NULL));
        pel_volume_free(&mask);
    }
    pel_job_use(before);
    pel_volume_free(&in);
}

static void a_mask_in_a_file_joins_through_the_world(void **state)
{
    (void)state;
    // half of space, on another grid
    char steps[128], path[64];
    snprintf(path, sizeof path, "/tmp/pellucid_mask_%d.nii", (int)getpid());
    pel_volume in = scene("sphere?dims=40,40,40&radius=10"),
               half = scene("ramp?dims=21,21,21&spacing=2");
    for (int64_t n = 0; n < pel_volume_count(&half); n++)
        ((float *)half.data)[n] = 0;
    assert_int_equal(half.dtype, PEL_FLOAT32);
    for (int64_t n = 0; n < pel_volume_count(&half); n++)
        ((float *)half.data)[n] = n % 21 < 10;
    assert_ok(pel_write_volume(path, &half, NULL, NULL));
    int64_t parts[2];
    static const char *const words[] = { "and", "minus" };
    for (int w = 0; w < 2; w++) {
        snprintf(steps, sizeof steps, "%s %s", words[w], path);
        pel_volume part = masked(&in, "50:", steps);
        parts[w] = set(&part);
        pel_volume_free(&part);
    }
    pel_volume whole = masked(&in, "50:", NULL);
    assert_int_equal(parts[0] + parts[1], set(&whole));
    assert_true(parts[0] > set(&whole) / 3 && parts[1] > set(&whole) / 3);
    unlink(path);
    pel_volume_free(&whole);
    pel_volume_free(&half);
    pel_volume_free(&in);
}

static void small_areas_go_and_bars_become_lines(void **state)
{
    (void)state;
    // a picture of 0.5 mm pixels: a bar of 30 by 5, and a spot of 4 by 4 pixels, which is 4 mm2
    static float pixels[40 * 30];
    pel_volume in = { .dims = { 40, 30, 1 }, .dtype = PEL_FLOAT32, .data = pixels };
    in.mm_from_ijk = pel_affine_identity();
    in.mm_from_ijk.m[0][0] = in.mm_from_ijk.m[1][1] = 0.5;
    for (int n = 0; n < 40 * 30; n++) {
        int x = n % 40, y = n / 40;
        pixels[n] =
            (x >= 5 && x < 35 && y >= 8 && y < 13) || (x >= 5 && x < 9 && y >= 20 && y < 24);
    }
    static const struct {
        const char *steps;
        int64_t least, most;
    } cases[] = { { "area 4mm2", 166, 166 },
                  { "area 4.01mm2", 150, 150 },
                  { "area 17vx", 150, 150 },
                  { "area 17vx; skeleton", 26, 38 } };
    for (int c = 0; c < 4; c++) {
        pel_volume out = masked(&in, "1:", cases[c].steps);
        assert_true(set(&out) >= cases[c].least && set(&out) <= cases[c].most);
        pel_volume_free(&out);
    }
}

static void a_grey_top_hat_finds_lines_on_a_slope(void **state)
{
    (void)state;
    // a ramp of 200 with lines of 30, two pixels wide; nothing beyond column 35
    static float pixels[40 * 30];
    pel_volume in = { .dims = { 40, 30, 1 }, .dtype = PEL_FLOAT32, .data = pixels }, out;
    in.mm_from_ijk = pel_affine_identity();
    for (int n = 0; n < 40 * 30; n++) {
        int x = n % 40, y = n / 40;
        pixels[n] = x > 35 ? NAN : (float)(5 * x + (y % 10 < 2 ? 30 : 0));
    }
    pel_mask_params p = pel_mask_defaults();
    pel_mask_found found;
    p.grey = "tophat 2.5vx";
    p.otsu = 2;
    assert_ok(pel_mask(&out, &found, &in, &p));
    for (int n = 0; n < 40 * 30; n++)
        assert_int_equal(((uint8_t *)out.data)[n], n % 40 <= 35 && n / 40 % 10 < 2);
    assert_true(found.threshold[0] > 0 && found.threshold[0] < 30);
    pel_volume_free(&out);
    p.grey = "tophat 2vx; fill";
    assert_int_equal(pel_mask_check(&p), PEL_EPARAM);
    assert_error_says("--grey: 'fill' is no step of values; one of erode [R]");
    p.grey = "tophat x";
    assert_int_equal(pel_mask_check(&p), PEL_EPARAM);
    assert_error_says("--grey: 'tophat x': tophat wants a radius");
    assert_int_equal(pel_memory_in_use(), 0);
}

static void what_is_wrong_is_named(void **state)
{
    (void)state;
    static const struct {
        const char *range, *steps, *says;
    } wrong[] = {
        { "5", NULL, "LO:HI" },
        { "9:3", NULL, "LO:HI" },
        { "a:3", NULL, "LO:HI" },
        { NULL, "shrink 2vx", "'shrink' is no step; one of erode [R]" },
        { NULL, "erode 2cm", "erode wants a radius" },
        { NULL, "erode -1", "erode wants a radius" },
        { NULL, "fill 3", "fill wants nothing behind it" },
        { NULL, "largest 1.5", "whole number" },
        { NULL, "largest 0", "whole number" },
        { NULL, "keep 100", "keep wants a size" },
        { NULL, "keep >x", "keep wants a size" },
        { NULL, "keep >-1", "keep wants a size" },
        { NULL, "area >5", "area wants a size" },
        { NULL, "skeleton 2", "nothing behind it" },
        { NULL, "and", "and wants the file" },
        { NULL, "erode; ; close; oven", "'oven'" },
    };
    for (size_t n = 0; n < sizeof wrong / sizeof *wrong; n++) {
        pel_mask_params p = pel_mask_defaults();
        p.range = wrong[n].range;
        p.steps = wrong[n].steps;
        assert_int_equal(pel_mask_check(&p), PEL_EPARAM);
        assert_error_says(wrong[n].says);
    }
    pel_mask_params p = pel_mask_defaults();
    p.li = true;
    p.otsu = 2;
    assert_int_equal(pel_mask_check(&p), PEL_EPARAM);
    assert_error_says("one of them");
    p = pel_mask_defaults();
    p.otsu = 3;
    p.steps = "fill";
    assert_int_equal(pel_mask_check(&p), PEL_EPARAM);
    assert_error_says("--range 2:2");
    pel_volume in = scene("sphere?dims=9"), out;
    p = pel_mask_defaults();
    p.steps = "erode; and /nowhere/mask.nii";
    assert_int_equal(pel_mask(&out, NULL, &in, &p), PEL_EIO);
    assert_error_says("/nowhere/mask.nii");
    assert_null(out.data);
    pel_volume_free(&in);
    assert_int_equal(pel_memory_in_use(), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_ball_of_the_phantom_has_its_volume_and_grows_by_mm),
        cmocka_unit_test(steps_act_in_the_order_given),
        cmocka_unit_test(a_grey_top_hat_finds_lines_on_a_slope),
        cmocka_unit_test(an_empty_mask_says_so),
        cmocka_unit_test(a_mask_in_a_file_joins_through_the_world),
        cmocka_unit_test(small_areas_go_and_bars_become_lines),
        cmocka_unit_test(what_is_wrong_is_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
