/* SPDX-License-Identifier: Apache-2.0 */
#include "grids.h"

enum { NX = 45, NY = 31, NZ = 27, N = NX * NY * NZ };

static pel_volume floats(float *voxels, double dx, double dy, double dz)
{
    pel_volume v = { .dims = { NX, NY, NZ }, .dtype = PEL_FLOAT32, .data = voxels };
    v.mm_from_ijk = pel_affine_identity();
    v.mm_from_ijk.m[0][0] = dx;
    v.mm_from_ijk.m[1][1] = dy;
    v.mm_from_ijk.m[2][2] = dz;
    return v;
}

static pel_volume smooth(const pel_volume *in, double sigma, pel_unit unit)
{
    pel_gaussian_params p = pel_gaussian_defaults();
    pel_volume out;
    p.sigma = (pel_length){ sigma, unit };
    assert_ok(pel_gaussian(&out, in, &p));
    return out;
}

/* weights of one axis by the definition, cut at four sigma */
static double bell(double sigma, int t)
{
    int reach = (int)(4 * sigma + 0.5);
    double sum = 0;
    for (int s = -reach; s <= reach; s++)
        sum += exp(-0.5 * s * s / (sigma * sigma));
    return abs(t) > reach ? 0 : exp(-0.5 * t * t / (sigma * sigma)) / sum;
}

static void a_point_becomes_a_bell_as_wide_in_mm_as_asked(void **state)
{
    (void)state;
    static float voxels[N];
    int ci = 22, cj = 15, ck = 13;
    memset(voxels, 0, sizeof voxels);
    voxels[(ck * NY + cj) * NX + ci] = 1000;
    pel_volume in = floats(voxels, 0.5, 1, 2), out = smooth(&in, 2, PEL_MM);
    for (int n = 0; n < N; n++) {
        int i = n % NX - ci, j = n / NX % NY - cj, k = n / (NX * NY) - ck;
        assert_near(((float *)out.data)[n], 1000 * bell(4, i) * bell(2, j) * bell(1, k), 1e-5);
    }
    pel_volume_free(&out);
}

static void a_constant_stays_and_the_mean_is_kept_up_to_the_border(void **state)
{
    (void)state;
    static float voxels[N];
    for (int n = 0; n < N; n++)
        voxels[n] = 7.25f;
    pel_volume in = floats(voxels, 1, 1, 1), out = smooth(&in, 3, PEL_VX);
    for (int n = 0; n < N; n++)
        assert_near(((float *)out.data)[n], 7.25, 1e-5);
    pel_volume_free(&out);
    double sum = 0, sum_out = 0;
    for (int n = 0; n < N; n++) {
        voxels[n] = (float)((n * 7919) % 251);
        sum += (double)voxels[n];
    }
    out = smooth(&in, 2.5, PEL_VX);
    for (int n = 0; n < N; n++)
        sum_out += (double)((float *)out.data)[n];
    assert_near(sum_out / N, sum / N, 1e-4);
    pel_volume_free(&out);
}

static void wider_than_the_volume_is_its_mirror_image_on_and_on(void **state)
{
    (void)state;
    // two voxels 0 and 1 along i: 0 1 1 0 0 1 1 0 ...
    float two[] = { 0, 1 };
    pel_volume in = { .dims = { 2, 1, 1 }, .dtype = PEL_FLOAT32, .data = two };
    in.mm_from_ijk = pel_affine_identity();
    pel_volume out = smooth(&in, 3, PEL_VX);
    double want = 0;
    for (int t = -12; t <= 12; t++)
        want += bell(3, t) * (((t % 4) + 4) % 4 == 1 || ((t % 4) + 4) % 4 == 2);
    assert_near(((float *)out.data)[0], want, 1e-6);
    pel_volume_free(&out);
}

static void nan_spreads_and_zero_width_changes_nothing(void **state)
{
    (void)state;
    static float voxels[N];
    for (int n = 0; n < N; n++)
        voxels[n] = (float)n;
    voxels[(13 * NY + 15) * NX + 22] = NAN;
    pel_volume in = floats(voxels, 1, 1, 1), out = smooth(&in, 0, PEL_VX);
    assert_memory_equal(out.data, voxels, sizeof voxels);
    pel_volume_free(&out);
    out = smooth(&in, 1, PEL_VX);
    assert_true(isnan(pel_volume_at(&out, 22 + 4, 15, 13)));
    assert_true(!isnan(pel_volume_at(&out, 22 + 5, 15, 13)));
    pel_volume_free(&out);
    pel_gaussian_params p = pel_gaussian_defaults();
    p.sigma = (pel_length){ 5000, PEL_VX };
    assert_int_equal(pel_gaussian(&out, &in, &p), PEL_EPARAM);
    assert_int_equal(pel_memory_in_use(), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_point_becomes_a_bell_as_wide_in_mm_as_asked),
        cmocka_unit_test(a_constant_stays_and_the_mean_is_kept_up_to_the_border),
        cmocka_unit_test(wider_than_the_volume_is_its_mirror_image_on_and_on),
        cmocka_unit_test(nan_spreads_and_zero_width_changes_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
