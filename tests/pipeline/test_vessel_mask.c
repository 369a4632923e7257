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

/* a wide vessel, and a vein that fills a voxel to three quarters, or two to less than half of them
 */
static void draw_vein(pel_volume *v, pel_volume *response)
{
    enum { N = 30 };
    pel_volume shape = { .dims = { N, N, N }, .mm_from_ijk = pel_affine_identity() };
    assert_ok(pel_volume_like(v, &shape, PEL_FLOAT32));
    assert_ok(pel_volume_like(response, &shape, PEL_FLOAT32));
    for (int k = 0; k < N; k++)
        for (int j = 0; j < N; j++)
            for (int i = 0; i < N; i++) {
                double off = fabs(j - 18 - 0.3 * i), vein = k == 15 ? fmax(0, 1 - off) * 0.75 : 0;
                double rise = abs(j - 7) <= 2 && abs(k - 15) <= 2 ? 1 : vein;
                int64_t at = ((int64_t)k * N + j) * N + i;
                ((float *)v->data)[at] = (float)(20 + 80 * rise);
                ((float *)response->data)[at] = rise > 0;
            }
}

// whether some voxel of the vein belongs to a mask, in how many places
static int places_of_vein(const pel_volume *mask)
{
    int places = 0;
    for (int i = 0; i < 30; i++) {
        const uint8_t *row = (uint8_t *)mask->data + (15 * 30 + 18 + (3 * i) / 10) * 30 + i;
        places += row[0] || row[30];
    }
    return places;
}

static void a_vein_thinner_than_a_voxel_is_whole_when_thin_ones_are_asked_for(void **state)
{
    (void)state;
    pel_volume in, response, mask, with_thin;
    pel_vessel_mask_params p = pel_vessel_mask_defaults();
    pel_vessel_mask_found found, found_thin;
    draw_vein(&in, &response);
    p.least = 1;
    assert_ok(pel_vessel_mask(&mask, &found, &in, &response, NULL, PEL_POLARITY_BRIGHT, &p));
    p.thin = true;
    assert_ok(
        pel_vessel_mask(&with_thin, &found_thin, &in, &response, NULL, PEL_POLARITY_BRIGHT, &p));
    assert_in_range(places_of_vein(&mask), 12, 24);
    assert_int_equal(places_of_vein(&with_thin), 30);
    assert_true(found.vessels.components > 5);
    assert_int_equal(found_thin.vessels.components, 2);
    // a full vessel is as wide as before
    for (int64_t at = 0; at < 15 * 30 * 30; at++)
        assert_int_equal(((uint8_t *)mask.data)[at], ((uint8_t *)with_thin.data)[at]);
    pel_volume_free(&mask);
    pel_volume_free(&with_thin);
    pel_volume_free(&in);
    pel_volume_free(&response);
    assert_int_equal(pel_memory_in_use(), 0);
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
        cmocka_unit_test(a_vein_thinner_than_a_voxel_is_whole_when_thin_ones_are_asked_for),
        cmocka_unit_test(dark_tubes_lie_below_their_threshold),
        cmocka_unit_test(
            a_response_below_what_a_mask_must_reach_is_told_with_levels_that_find_some),
        cmocka_unit_test(what_does_not_fit_is_told_and_nothing_found_is_empty),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
