/* SPDX-License-Identifier: Apache-2.0 */
#include "grids.h"

/* a mask with a few voxels set, 70 wide so that rows have two words */
enum { NX = 70, NY = 12, NZ = 9, N = NX * NY * NZ };

static pel_volume mask_of(uint8_t voxels[N], double dx, double dy, double dz)
{
    pel_volume v = { .dims = { NX, NY, NZ }, .dtype = PEL_UINT8, .data = voxels };
    v.mm_from_ijk = pel_affine_identity();
    v.mm_from_ijk.m[0][0] = dx;
    v.mm_from_ijk.m[1][1] = dy;
    v.mm_from_ijk.m[2][2] = dz;
    return v;
}

static void scatter(uint8_t voxels[N], uint32_t seed, uint32_t one_in)
{
    for (int n = 0; n < N; n++) {
        seed = seed * 1664525u + 1013904223u;
        voxels[n] = (seed >> 8) % one_in == 0;
    }
}

static bool set_at(const uint8_t *voxels, int i, int j, int k)
{
    return i >= 0 && j >= 0 && k >= 0 && i < NX && j < NY && k < NZ &&
           voxels[(k * NY + j) * NX + i];
}

/* by the definition: is there a set (or, for `clear`, an empty) voxel within the ball */
static bool near(const uint8_t *voxels, int n, const double edge[3], double radius, bool clear)
{
    int i = n % NX, j = n / NX % NY, k = n / (NX * NY);
    int ri = (int)(radius / edge[0]) + 1, rj = (int)(radius / edge[1]) + 1,
        rk = (int)(radius / edge[2]) + 1;
    for (int z = -rk; z <= rk; z++)
        for (int y = -rj; y <= rj; y++)
            for (int x = -ri; x <= ri; x++) {
                double dx = x * edge[0], dy = y * edge[1], dz = z * edge[2];
                if (dx * dx + dy * dy + dz * dz <= radius * radius * (1 + 1e-9) &&
                    set_at(voxels, i + x, j + y, k + z) != clear)
                    return true;
            }
    return false;
}

static const struct {
    pel_length radius;
    double edge[3]; // of the ball's own grid
} balls[] = {
    { { 1, PEL_VX }, { 1, 1, 1 } },          { { 2.5, PEL_VX }, { 1, 1, 1 } },
    { { 0, PEL_VX }, { 1, 1, 1 } },          { { 3, PEL_MM }, { 0.3, 1, 2.5 } },
    { { 0.9, PEL_MM }, { 0.3, 0.45, 0.9 } }, { { 30, PEL_VX }, { 1, 1, 1 } },
};
enum { BALLS = sizeof balls / sizeof *balls };

static void erosion_and_dilation_are_what_their_definition_says(void **state)
{
    (void)state;
    uint8_t voxels[N];
    for (int b = 0; b < BALLS; b++)
        for (uint32_t dense = 0; dense < 2; dense++) {
            scatter(voxels, 7 + (uint32_t)b, 60);
            for (int n = 0; n < N && dense; n++)
                voxels[n] = !voxels[n];
            const double *e = balls[b].edge;
            pel_volume in = mask_of(voxels, e[0], e[1], e[2]), out;
            pel_morphology_params p = pel_morphology_defaults();
            p.radius = balls[b].radius;
            p.operation = dense ? PEL_ERODE : PEL_DILATE;
            assert_ok(pel_morphology(&out, &in, &p));
            for (int n = 0; n < N; n++) {
                bool met = near(voxels, n, e, p.radius.value, dense);
                assert_int_equal(((uint8_t *)out.data)[n], dense ? !met : met);
            }
            pel_volume_free(&out);
        }
}

static void morph(uint8_t out[N], const uint8_t in[N], int operation, double radius_vx)
{
    uint8_t copy[N];
    memcpy(copy, in, N);
    pel_volume mask = mask_of(copy, 1, 1, 1), made;
    pel_morphology_params p = pel_morphology_defaults();
    p.operation = operation;
    p.radius = (pel_length){ radius_vx, PEL_VX };
    assert_ok(pel_morphology(&made, &mask, &p));
    memcpy(out, made.data, N);
    pel_volume_free(&made);
}

static void close_adds_open_takes_and_doing_it_twice_changes_nothing(void **state)
{
    (void)state;
    uint8_t in[N], closed[N], opened[N], hat[N], again[N];
    // more at the border than anywhere, where a close is easily wrong
    scatter(in, 3, 3);
    morph(closed, in, PEL_CLOSE, 2);
    morph(opened, in, PEL_OPEN, 1);
    morph(hat, in, PEL_TOPHAT, 1);
    int added = 0, taken = 0;
    for (int n = 0; n < N; n++) {
        assert_true(closed[n] >= in[n]);
        assert_true(opened[n] <= in[n]);
        assert_int_equal(hat[n], in[n] && !opened[n]);
        added += closed[n] != in[n];
        taken += opened[n] != in[n];
    }
    assert_true(added > 100 && taken > 100);
    morph(again, closed, PEL_CLOSE, 2);
    assert_memory_equal(again, closed, N);
    morph(again, opened, PEL_OPEN, 1);
    assert_memory_equal(again, opened, N);
}

static void the_outer_layer_is_the_mask_less_its_erosion(void **state)
{
    (void)state;
    uint8_t voxels[N], eroded[N];
    scatter(voxels, 5, 9);
    for (int n = 0; n < N; n++)
        voxels[n] = !voxels[n];
    morph(eroded, voxels, PEL_ERODE, 1);
    pel_volume mask = mask_of(voxels, 1, 1, 1), out;
    assert_ok(pel_outer_layer(&out, &mask, -1));
    for (int n = 0; n < N; n++)
        assert_int_equal(((uint8_t *)out.data)[n], voxels[n] && !eroded[n]);
    pel_volume_free(&out);
    // within slices across k only four neighbours count
    assert_ok(pel_outer_layer(&out, &mask, 2));
    for (int n = 0; n < N; n++) {
        int i = n % NX, j = n / NX % NY, k = n / (NX * NY);
        bool inner = set_at(voxels, i - 1, j, k) && set_at(voxels, i + 1, j, k) &&
                     set_at(voxels, i, j - 1, k) && set_at(voxels, i, j + 1, k);
        assert_int_equal(((uint8_t *)out.data)[n], voxels[n] && !inner);
    }
    pel_volume_free(&out);
    assert_int_equal(pel_outer_layer(&out, &mask, 3), PEL_EPARAM);
}

static void what_no_ball_can_be_is_refused(void **state)
{
    (void)state;
    uint8_t voxels[N] = { 0 };
    pel_volume mask = mask_of(voxels, 1, 1, 1), out;
    pel_morphology_params p = pel_morphology_defaults();
    p.radius = (pel_length){ 3, PEL_CM };
    assert_int_equal(pel_morphology(&out, &mask, &p), PEL_EPARAM);
    assert_error_says("mm, or in voxels");
    p.radius = (pel_length){ 1e5, PEL_VX };
    assert_int_equal(pel_morphology(&out, &mask, &p), PEL_EPARAM);
    mask.channels = 3;
    p = pel_morphology_defaults();
    assert_int_equal(pel_morphology(&out, &mask, &p), PEL_EDATA);
    assert_error_says("one channel");
    assert_int_equal(pel_memory_in_use(), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(erosion_and_dilation_are_what_their_definition_says),
        cmocka_unit_test(close_adds_open_takes_and_doing_it_twice_changes_nothing),
        cmocka_unit_test(the_outer_layer_is_the_mask_less_its_erosion),
        cmocka_unit_test(what_no_ball_can_be_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
