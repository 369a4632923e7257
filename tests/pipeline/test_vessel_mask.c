/* SPDX-License-Identifier: Apache-2.0 */
#include "check.h"

static pel_volume scene(const char *spec, const char *field)
{
    pel_source source;
    pel_volume v;
    if (field)
        assert_ok(pel_phantom_field_open(&source, spec, field));
    else
        assert_ok(pel_phantom_open(&source, spec));
    assert_ok(pel_source_read(&v, &source));
    pel_source_close(&source);
    return v;
}

/* twice what a mask shares with the tubes, whose distance is below 0, over what both have */
static double f1(const pel_volume *mask, const pel_volume *distance)
{
    double both = 0, each = 0;
    for (int64_t n = 0; n < pel_volume_count(mask); n++) {
        bool a = ((uint8_t *)mask->data)[n], b = ((float *)distance->data)[n] < 0;
        both += a && b;
        each += a + b;
    }
    return 2 * both / each;
}

static const char TUBES[] = "tubes?dims=76&spacing=0.5&noise=12&value=100&background=30";

static pel_volume find(pel_vessel_mask_found *found, const pel_volume *in, int polarity)
{
    pel_vessels_params look = pel_vessels_defaults();
    pel_vessel_mask_params cut = pel_vessel_mask_defaults();
    pel_volume response, mask;
    look.polarity = polarity;
    look.scales = "0.5:2.2";
    assert_ok(pel_vessels(&response, NULL, in, NULL, &look));
    assert_ok(pel_vessel_mask(&mask, found, in, &response, NULL, polarity, &cut));
    pel_volume_free(&response);
    return mask;
}

static void the_mask_is_that_of_the_tubes_in_noise(void **state)
{
    (void)state;
    pel_volume in = scene(TUBES, NULL), truth = scene(TUBES, "vessels");
    pel_vessel_mask_found found;
    pel_volume mask = find(&found, &in, PEL_POLARITY_BRIGHT);
    assert_true(f1(&mask, &truth) > 0.93);
    // and ends half-way between the tubes and what is around them
    assert_near(found.vessels.threshold, 65, 10);
    assert_near(found.vessels.volume_mm3, (double)found.vessels.voxels / 8, 1e-6);
    assert_true(found.vessels.components >= 6 && found.vessels.components < 16);
    assert_true(found.plain.voxels > 0 && found.dice > 0 && found.dice <= 1);
    pel_volume_free(&mask);
    pel_volume_free(&in);
    pel_volume_free(&truth);
    assert_int_equal(pel_memory_in_use(), 0);
}

static void dark_tubes_lie_below_their_threshold(void **state)
{
    (void)state;
    pel_volume in = scene("tubes?dims=76&spacing=0.5&noise=5&value=10&background=90", NULL);
    pel_volume truth = scene(TUBES, "vessels");
    pel_vessel_mask_found found;
    pel_volume mask = find(&found, &in, PEL_POLARITY_DARK);
    assert_true(f1(&mask, &truth) > 0.93);
    assert_near(found.vessels.threshold, 50, 6);
    pel_volume_free(&mask);
    pel_volume_free(&in);
    pel_volume_free(&truth);
}

static char said[256];

static void keep_note(void *user, const char *text)
{
    (void)user;
    snprintf(said, sizeof said, "%s", text);
}

static void a_response_below_what_a_mask_must_reach_is_told_with_levels_that_find_some(void **state)
{
    (void)state;
    pel_volume in = scene("ramp?dims=20", NULL), weak, mask;
    pel_vessel_mask_params p = pel_vessel_mask_defaults();
    pel_vessel_mask_found found;
    pel_job job = pel_job_defaults();
    assert_ok(pel_volume_like(&weak, &in, PEL_FLOAT32));
    ((float *)weak.data)[777] = 0.5f;
    job.note = keep_note;
    pel_job *before = pel_job_use(&job);
    assert_ok(pel_vessel_mask(&mask, &found, &in, &weak, NULL, PEL_POLARITY_BRIGHT, &p));
    pel_job_use(before);
    assert_int_equal(found.vessels.voxels, 0);
    assert_non_null(strstr(said, "--hysteresis 0.1:0.35"));
    pel_volume_free(&mask);
    pel_volume_free(&weak);
    pel_volume_free(&in);
}

static void what_does_not_fit_is_told_and_nothing_found_is_empty(void **state)
{
    (void)state;
    pel_volume in = scene("ramp?dims=20", NULL), none, mask;
    pel_vessel_mask_params p = pel_vessel_mask_defaults();
    pel_vessel_mask_found found;
    assert_ok(pel_volume_like(&none, &in, PEL_FLOAT32));
    assert_ok(pel_vessel_mask(&mask, &found, &in, &none, NULL, PEL_POLARITY_BRIGHT, &p));
    assert_int_equal(found.vessels.voxels, 0);
    assert_true(isnan(found.vessels.threshold));
    pel_volume_free(&mask);
    p.hysteresis = "0.9:0.1";
    assert_int_equal(pel_vessel_mask(&mask, &found, &in, &none, NULL, 0, &p), PEL_EPARAM);
    p = pel_vessel_mask_defaults();
    none.dims[0] = 10;
    assert_int_equal(pel_vessel_mask(&mask, &found, &in, &none, NULL, 0, &p), PEL_EPARAM);
    pel_volume_free(&in);
    pel_volume_free(&none);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_mask_is_that_of_the_tubes_in_noise),
        cmocka_unit_test(dark_tubes_lie_below_their_threshold),
        cmocka_unit_test(
            a_response_below_what_a_mask_must_reach_is_told_with_levels_that_find_some),
        cmocka_unit_test(what_does_not_fit_is_told_and_nothing_found_is_empty),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
