/* SPDX-License-Identifier: Apache-2.0 */
#include "grids.h"

static const char CLEAN[] = "sphere?dims=40&spacing=1&radius=12&value=200&background=80";
static const char NOISY[] = "sphere?dims=40&spacing=1&radius=12&value=200&background=80&noise=10";

static double rms(const pel_volume *a, const pel_volume *b)
{
    double sum = 0;
    const int64_t *n = a->dims;
    for (int64_t at = 0; at < pel_volume_count(a); at++) {
        int64_t i = at % n[0], j = at / n[0] % n[1], k = at / n[0] / n[1];
        double off = pel_volume_at(a, i, j, k) - pel_volume_at(b, i, j, k);
        sum += off * off;
    }
    return sqrt(sum / (double)pel_volume_count(a));
}

static void noise_goes_and_edges_stay(void **state)
{
    (void)state;
    pel_volume clean = scene(CLEAN), in = scene(NOISY), out;
    pel_denoise_params p = pel_denoise_defaults();
    double noise;
    assert_ok(pel_denoise(&out, &noise, &in, &p));
    assert_near(noise, 10, 1);
    assert_near(rms(&in, &clean), 10, 0.3);
    // smoothing that much would cost more at the edge
    if (rms(&out, &clean) > 4)
        fail_msg("%g are left", rms(&out, &clean));
    double inner = pel_volume_at(&out, 20 + 10, 20, 20),
           outer = pel_volume_at(&out, 20 + 14, 20, 20);
    assert_true(inner - outer > 105);
    pel_volume_free(&out);
    p.strength = 0;
    assert_ok(pel_denoise(&out, NULL, &in, &p));
    assert_near(rms(&out, &in), 0, 0);
    pel_volume_free(&out);
    pel_volume_free(&in);
    pel_volume_free(&clean);
    assert_int_equal(pel_memory_in_use(), 0);
}

static double at_mirrored(const pel_volume *v, int64_t i, int64_t j, int64_t k)
{
    int64_t at[3] = { i, j, k };
    for (int a = 0; a < 3; a++)
        at[a] = at[a] < 0 ? -1 - at[a] : at[a] >= v->dims[a] ? 2 * v->dims[a] - 1 - at[a] : at[a];
    return pel_volume_at(v, at[0], at[1], at[2]);
}

/* the method as it is written down, at one voxel */
static double by_the_book(const pel_volume *v, const int64_t at[3], int reach, double sigma,
                          double h)
{
    double sum = 0, weights = 0;
    for (int z = -reach; z <= reach; z++)
        for (int y = -reach; y <= reach; y++)
            for (int x = -reach; x <= reach; x++) {
                double apart = 0;
                for (int n = 0; n < 27; n++) {
                    int64_t i = at[0] + n % 3 - 1, j = at[1] + n / 3 % 3 - 1, k = at[2] + n / 9 - 1;
                    double off = at_mirrored(v, i, j, k) - at_mirrored(v, i + x, j + y, k + z);
                    apart += off * off / 27;
                }
                double far = fmax(apart - 2 * sigma * sigma, 0) / (h * h);
                double weight = pow(fmax(1 - far / 16, 0), 16);
                weights += weight;
                sum += weight * at_mirrored(v, at[0] + x, at[1] + y, at[2] + z);
            }
    return sum / weights;
}

static void every_voxel_is_the_mean_that_the_method_says(void **state)
{
    (void)state;
    pel_volume in = scene("tubes?dims=31,37,23&spacing=1&noise=9&value=120&background=40"), out;
    pel_denoise_params p = pel_denoise_defaults();
    static const int64_t places[][3] = { { 0, 0, 0 },  { 30, 36, 22 }, { 15, 16, 3 },
                                         { 7, 15, 4 }, { 29, 1, 11 },  { 12, 32, 20 } };
    p.noise = 9;
    p.search = 2;
    p.strength = 1.3;
    assert_ok(pel_denoise(&out, NULL, &in, &p));
    for (int n = 0; n < 6; n++) {
        const int64_t *at = places[n];
        assert_near(pel_volume_at(&out, at[0], at[1], at[2]), by_the_book(&in, at, 2, 9, 1.3 * 9),
                    2e-3);
    }
    pel_volume_free(&out);
    pel_volume_free(&in);
}

static void pictures_and_numbers_that_are_none(void **state)
{
    (void)state;
    pel_volume in = scene("ramp?dims=30,20,1&noise=3"), out;
    pel_denoise_params p = pel_denoise_defaults();
    ((float *)in.data)[77] = NAN;
    p.noise = 3;
    assert_ok(pel_denoise(&out, NULL, &in, &p));
    for (int64_t n = 0; n < 600; n++)
        assert_int_equal(isnan(((float *)out.data)[n]), n == 77);
    pel_volume_free(&out);
    // the length of a vector of two parts with noise of 10, none of them with a signal
    for (int64_t n = 0; n < 600; n++) {
        double u = ((double)((uint64_t)(n + 1) * 0x9e3779b97f4a7c15u >> 40) + 1) / 16777217;
        ((float *)in.data)[n] = (float)(10 * sqrt(-2 * log(u)));
    }
    p.noise = 10;
    p.strength = 3;
    double mean[2] = { 0, 0 };
    for (p.law = PEL_NOISE_GAUSS; p.law <= PEL_NOISE_RICIAN; p.law++) {
        assert_ok(pel_denoise(&out, NULL, &in, &p));
        for (int64_t n = 0; n < 600; n++)
            mean[p.law] += (double)((float *)out.data)[n] / 600;
        pel_volume_free(&out);
    }
    assert_true(mean[0] > 11 && mean[1] < 5);
    pel_volume_free(&in);
    assert_int_equal(pel_memory_in_use(), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(noise_goes_and_edges_stay),
        cmocka_unit_test(every_voxel_is_the_mean_that_the_method_says),
        cmocka_unit_test(pictures_and_numbers_that_are_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
