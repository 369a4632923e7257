/* SPDX-License-Identifier: Apache-2.0 */
#include "grids.h"

enum { NX = 23, NY = 18, NZ = 14, N = NX * NY * NZ };

static pel_volume scattered(uint8_t voxels[N], uint32_t one_in, double dx, double dy, double dz)
{
    uint32_t seed = 11;
    for (int n = 0; n < N; n++) {
        seed = seed * 1664525u + 1013904223u;
        voxels[n] = (seed >> 8) % one_in != 0;
    }
    pel_volume v = { .dims = { NX, NY, NZ }, .dtype = PEL_UINT8, .data = voxels };
    v.mm_from_ijk = pel_affine_identity();
    v.mm_from_ijk.m[0][0] = dx;
    v.mm_from_ijk.m[1][1] = dy;
    v.mm_from_ijk.m[2][2] = dz;
    return v;
}

/* to the nearest voxel that is `other`, by looking at all */
static double brute(const uint8_t voxels[N], int n, const double edge[3], uint8_t other)
{
    double least = INFINITY;
    for (int m = 0; m < N; m++) {
        if (voxels[m] != other)
            continue;
        double x = (m % NX - n % NX) * edge[0], y = (m / NX % NY - n / NX % NY) * edge[1],
               z = (m / (NX * NY) - n / (NX * NY)) * edge[2];
        least = fmin(least, x * x + y * y + z * z);
    }
    return sqrt(least);
}

static void distances_are_those_found_by_looking_at_all_voxels(void **state)
{
    (void)state;
    static const double edges[][3] = { { 1, 1, 1 }, { 0.7, 1.3, 3.1 } };
    uint8_t voxels[N];
    for (int e = 0; e < 2; e++) {
        const double *edge = edges[e];
        pel_volume mask = scattered(voxels, 200, edge[0], edge[1], edge[2]), out;
        pel_distance_params p = pel_distance_defaults();
        p.side = PEL_SIGNED;
        assert_ok(pel_distance(&out, &mask, &p));
        const float *d = out.data;
        for (int n = 0; n < N; n++)
            assert_near(d[n], voxels[n] ? brute(voxels, n, edge, 0) : -brute(voxels, n, edge, 1),
                        1e-6 * fabs((double)d[n]));
        pel_volume_free(&out);
    }
}

static void squares_of_whole_voxels_are_whole(void **state)
{
    (void)state;
    uint8_t voxels[N];
    pel_volume mask = scattered(voxels, 500, 0.9, 0.9, 0.9), out;
    pel_distance_params p = pel_distance_defaults();
    p.voxels = true;
    assert_ok(pel_distance(&out, &mask, &p));
    for (int n = 0; n < N; n++) {
        float square =
            (float)floor((double)((float *)out.data)[n] * (double)((float *)out.data)[n] + 0.5);
        assert_true(((float *)out.data)[n] == sqrtf(square));
    }
    pel_volume_free(&out);
}

static void inside_and_outside_are_each_others_mirror(void **state)
{
    (void)state;
    uint8_t voxels[N], flipped[N];
    pel_volume mask = scattered(voxels, 3, 1, 2, 1), in, out;
    pel_distance_params p = pel_distance_defaults();
    p.side = PEL_OUTSIDE;
    assert_ok(pel_distance(&out, &mask, &p));
    for (int n = 0; n < N; n++)
        flipped[n] = !voxels[n];
    mask.data = flipped;
    p.side = PEL_INSIDE;
    assert_ok(pel_distance(&in, &mask, &p));
    assert_memory_equal(in.data, out.data, N * sizeof(float));
    pel_volume_free(&in);
    pel_volume_free(&out);
}

static void a_full_mask_is_infinitely_deep_and_an_empty_one_nowhere(void **state)
{
    (void)state;
    uint8_t voxels[N];
    pel_volume mask = scattered(voxels, 2, 1, 1, 1), out;
    pel_distance_params p = pel_distance_defaults();
    for (int full = 0; full < 2; full++) {
        memset(voxels, full, N);
        assert_ok(pel_distance(&out, &mask, &p));
        for (int n = 0; n < N; n++)
            assert_true(full ? isinf(((float *)out.data)[n]) : ((float *)out.data)[n] == 0);
        pel_volume_free(&out);
    }
    assert_int_equal(pel_memory_in_use(), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(distances_are_those_found_by_looking_at_all_voxels),
        cmocka_unit_test(squares_of_whole_voxels_are_whole),
        cmocka_unit_test(inside_and_outside_are_each_others_mirror),
        cmocka_unit_test(a_full_mask_is_infinitely_deep_and_an_empty_one_nowhere),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
