/* SPDX-License-Identifier: Apache-2.0 */
#include "grids.h"

/* the brain of a head scene, and its truth from the part=brain scene: what is not background */
static pel_volume find(const char *spec, const pel_brain_params *params, pel_brain_found *found)
{
    pel_volume in = scene(spec), mask;
    assert_ok(pel_brain(&mask, found, &in, NULL, params));
    pel_volume_free(&in);
    return mask;
}

static pel_volume truth(const char *keys)
{
    char spec[256];
    snprintf(spec, sizeof spec, "head?part=brain&softness=0&vessels=0&contrast=t1&%s", keys);
    pel_volume in = scene(spec), mask;
    assert_ok(pel_threshold(&mask, &in, 1, INFINITY));
    pel_volume_free(&in);
    return mask;
}

static double dice(const pel_volume *a, const pel_volume *b)
{
    const uint8_t *p = a->data, *q = b->data;
    int64_t both = 0, sum = 0;
    for (int64_t i = 0; i < pel_volume_count(a); i++) {
        both += p[i] && q[i];
        sum += (p[i] != 0) + (q[i] != 0);
    }
    return 2 * (double)both / (double)sum;
}

static void the_brain_of_a_head_is_found_in_contrasts_of_dark_and_bright_fluid(void **state)
{
    (void)state;
    static const char *const contrasts[] = { "t1", "flair", "t2star" };
    pel_brain_params params = pel_brain_defaults();
    pel_brain_found found;
    pel_volume want = truth("spacing=2.5&seed=11");
    for (int c = 0; c < 3; c++) {
        char spec[128];
        snprintf(spec, sizeof spec, "head?spacing=2.5&seed=11&snr=30&bias=20&contrast=%s",
                 contrasts[c]);
        pel_volume mask = find(spec, &params, &found);
        assert_true(dice(&mask, &want) > 0.92);
        assert_true(found.score > 0.6);
        assert_false(found.stripped);
        pel_volume_free(&mask);
    }
    pel_volume_free(&want);
}

static void a_head_may_be_turned(void **state)
{
    (void)state;
    pel_brain_params params = pel_brain_defaults();
    pel_brain_found found;
    const char *keys = "spacing=2.5&seed=12&turn=40,0,0&fov=220";
    char spec[128];
    snprintf(spec, sizeof spec, "head?%s", keys);
    pel_volume want = truth(keys), mask = find(spec, &params, &found);
    assert_true(dice(&mask, &want) > 0.92);
    pel_volume_free(&mask);
    pel_volume_free(&want);
}

static void where_there_is_no_brain_it_says_so(void **state)
{
    (void)state;
    static const char *const scenes[] = { "sphere?dims=80&spacing=2.5&radius=75",
                                          "sphere?dims=70&spacing=2.5&radius=0&noise=30",
                                          "head?part=empty&spacing=2.5" };
    pel_brain_params params = pel_brain_defaults();
    pel_brain_found found;
    for (int n = 0; n < 3; n++) {
        pel_volume in = scene(scenes[n]), mask;
        assert_int_equal(pel_brain(&mask, &found, &in, NULL, &params), PEL_EDATA);
        assert_null(mask.data);
        pel_volume_free(&in);
    }
}

static void a_stripped_brain_is_known_and_its_foreground_given(void **state)
{
    (void)state;
    pel_brain_params params = pel_brain_defaults();
    pel_brain_found found;
    pel_volume in = scene("head?part=brain&spacing=2.5&seed=3&contrast=t2"), mask;
    assert_ok(pel_brain(&mask, &found, &in, NULL, &params));
    assert_true(found.stripped);
    const uint8_t *set = mask.data;
    for (int64_t i = 0; i < pel_volume_count(&in); i++)
        assert_true(set[i] || pel_volume_at(&in, i % in.dims[0], i / in.dims[0] % in.dims[1],
                                            i / in.dims[0] / in.dims[1]) == 0);
    pel_volume_free(&mask);
    pel_volume_free(&in);
}

static void the_border_and_the_fluid_move_the_edge_outward(void **state)
{
    (void)state;
    pel_brain_params params = pel_brain_defaults();
    pel_brain_found plain, wide, wet;
    const char *spec = "head?spacing=2.5&seed=11&contrast=t2";
    pel_volume mask = find(spec, &params, &plain);
    pel_volume_free(&mask);
    params.border = 3;
    mask = find(spec, &params, &wide);
    pel_volume_free(&mask);
    params.border = 0;
    params.csf = PEL_CSF_IN;
    mask = find(spec, &params, &wet);
    pel_volume_free(&mask);
    assert_true(wide.volume_mm3 > 1.05 * plain.volume_mm3);
    assert_true(wet.volume_mm3 > 1.05 * plain.volume_mm3);
}

static void a_prior_elsewhere_or_empty_is_refused(void **state)
{
    (void)state;
    pel_brain_params params = pel_brain_defaults();
    pel_brain_found found;
    pel_volume in = scene("head?spacing=2.5"), mask;
    pel_volume prior = scene("sphere?dims=30&radius=5"), empty = scene("sphere?dims=30&radius=0");
    assert_int_equal(pel_brain(&mask, &found, &in, &empty, &params), PEL_EDATA);
    assert_non_null(strstr(pel_error(), "--prior"));
    prior.mm_from_ijk.m[0][3] += 1000;
    assert_int_equal(pel_brain(&mask, &found, &in, &prior, &params), PEL_EDATA);
    pel_volume_free(&prior);
    // the truth as a prior leads to the truth
    prior = truth("spacing=2.5");
    assert_ok(pel_brain(&mask, &found, &in, &prior, &params));
    assert_true(dice(&mask, &prior) > 0.93);
    pel_volume_free(&mask);
    pel_volume_free(&prior);
    pel_volume_free(&empty);
    pel_volume_free(&in);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_brain_of_a_head_is_found_in_contrasts_of_dark_and_bright_fluid),
        cmocka_unit_test(a_head_may_be_turned),
        cmocka_unit_test(where_there_is_no_brain_it_says_so),
        cmocka_unit_test(a_stripped_brain_is_known_and_its_foreground_given),
        cmocka_unit_test(the_border_and_the_fluid_move_the_edge_outward),
        cmocka_unit_test(a_prior_elsewhere_or_empty_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
