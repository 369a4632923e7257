/* SPDX-License-Identifier: Apache-2.0 */
#include "grids.h"

static void noise_is_that_of_the_scene_whatever_its_edges(void **state)
{
    (void)state;
    static const struct {
        const char *spec;
        double noise;
    } cases[] = { { "ramp?dims=60&noise=12", 12 },
                  { "sphere?dims=60&noise=40&value=900&background=300", 40 },
                  { "ramp?dims=60&noise=3", 3 } };
    for (int n = 0; n < 3; n++) {
        pel_volume in = scene(cases[n].spec);
        double noise;
        assert_ok(pel_noise(&noise, &in, NULL));
        assert_near(noise / cases[n].noise, 1, 0.06);
        pel_volume_free(&in);
    }
    assert_int_equal(pel_memory_in_use(), 0);
}

static void what_is_flat_or_left_out_does_not_count(void **state)
{
    (void)state;
    pel_volume in = scene("ramp?dims=40&noise=6"), within;
    float *value = in.data;
    double noise;
    assert_int_equal(in.dtype, PEL_FLOAT32);
    assert_ok(pel_volume_like(&within, &in, PEL_UINT8));
    for (int64_t n = 0; n < pel_volume_count(&in); n++) {
        bool left = n % 40 < 20;
        ((uint8_t *)within.data)[n] = left;
        value[n] *= left ? 1 : 50;
    }
    assert_ok(pel_noise(&noise, &in, &within));
    assert_near(noise, 6, 0.3);
    // air set to 0 has none, though it is more than half
    for (int64_t n = 0; n < pel_volume_count(&in); n++)
        value[n] = n % 40 < 16 ? value[n] : n % 40 < 20 ? NAN : 0;
    assert_ok(pel_noise(&noise, &in, NULL));
    assert_near(noise, 6, 0.3);
    for (int64_t n = 0; n < pel_volume_count(&in); n++)
        value[n] = 7;
    assert_ok(pel_noise(&noise, &in, NULL));
    assert_near(noise, 0, 0);
    pel_volume_free(&in);
    pel_volume_free(&within);
    assert_int_equal(pel_memory_in_use(), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(noise_is_that_of_the_scene_whatever_its_edges),
        cmocka_unit_test(what_is_flat_or_left_out_does_not_count),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
