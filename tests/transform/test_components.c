/* SPDX-License-Identifier: Apache-2.0 */
#include "grids.h"

enum { NX = 131, NY = 11, NZ = 40, N = NX * NY * NZ };

static pel_volume mask_of(uint8_t *voxels, int64_t nx, int64_t ny, int64_t nz)
{
    pel_volume v = { .dims = { nx, ny, nz }, .dtype = PEL_UINT8, .data = voxels };
    v.mm_from_ijk = pel_affine_identity();
    return v;
}

static void scatter(uint8_t *voxels, int count, uint32_t one_in)
{
    uint32_t seed = 5;
    for (int n = 0; n < count; n++) {
        seed = seed * 1664525u + 1013904223u;
        voxels[n] = (seed >> 8) % one_in == 0;
    }
}

/* an independent way: numbers flow to neighbours until nothing changes */
static int flood(uint32_t label[N], const uint8_t *voxels, int connectivity)
{
    int most = connectivity == 6 ? 1 : connectivity == 18 ? 2 : 3, count = 0;
    int *stack = malloc(N * sizeof *stack);
    memset(label, 0, N * sizeof *label);
    for (int n = 0; n < N; n++) {
        if (!voxels[n] || label[n])
            continue;
        int depth = 0;
        label[n] = (uint32_t)++count;
        stack[depth++] = n;
        while (depth) {
            int at = stack[--depth], i = at % NX, j = at / NX % NY, k = at / (NX * NY);
            for (int d = 0; d < 27; d++) {
                int x = d % 3 - 1, y = d / 3 % 3 - 1, z = d / 9 - 1;
                int to = at + x + NX * (y + NY * z);
                if (abs(x) + abs(y) + abs(z) > most || i + x < 0 || i + x >= NX || j + y < 0 ||
                    j + y >= NY || k + z < 0 || k + z >= NZ || !voxels[to] || label[to])
                    continue;
                label[to] = (uint32_t)count;
                stack[depth++] = to;
            }
        }
    }
    free(stack);
    return count;
}

static void parts_are_those_a_flood_finds_numbered_in_scan_order(void **state)
{
    (void)state;
    static uint8_t voxels[N];
    static uint32_t want[N];
    static const int kinds[] = { 6, 18, 26 };
    int before = N;
    for (int c = 0; c < 3; c++) {
        scatter(voxels, N, c ? 9 : 4);
        pel_volume mask = mask_of(voxels, NX, NY, NZ), labels;
        pel_components_params p = pel_components_defaults();
        p.connectivity = c;
        pel_component *list;
        int64_t count;
        assert_ok(pel_components(&labels, &list, &count, &mask, &p));
        assert_int_equal(count, flood(want, voxels, kinds[c]));
        assert_memory_equal(labels.data, want, sizeof want);
        int64_t voxels_of_first = 0;
        double i_of_first = 0;
        for (int n = 0; n < N; n++)
            if (want[n] == 1) {
                voxels_of_first++;
                i_of_first += n % NX;
            }
        assert_int_equal(list[0].voxels, voxels_of_first);
        assert_near(list[0].centre_ijk.x, i_of_first / (double)voxels_of_first, 1e-9);
        if (c)
            assert_true(count < before);
        before = (int)count;
        free(list);
        pel_volume_free(&labels);
    }
}

static void the_largest_are_kept_and_of_equal_ones_the_first(void **state)
{
    (void)state;
    // runs of 1, 3, 2, 3 voxels
    uint8_t row[] = { 1, 0, 1, 1, 1, 0, 1, 1, 0, 1, 1, 1 }, want[3][12] = {
        { 0, 0, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0 },
        { 0, 0, 1, 1, 1, 0, 0, 0, 0, 1, 1, 1 },
        { 0, 0, 1, 1, 1, 0, 1, 1, 0, 1, 1, 1 },
    };
    pel_volume mask = mask_of(row, 12, 1, 1), out;
    for (int n = 1; n <= 3; n++) {
        pel_components_params p = pel_components_defaults();
        p.largest = n;
        assert_ok(pel_keep_components(&out, &mask, &p));
        assert_memory_equal(out.data, want[n - 1], 12);
        pel_volume_free(&out);
    }
    pel_components_params p = pel_components_defaults();
    p.least = 2;
    p.most = 2;
    assert_ok(pel_keep_components(&out, &mask, &p));
    assert_memory_equal(out.data, ((uint8_t[]){ 0, 0, 0, 0, 0, 0, 1, 1, 0, 0, 0, 0 }), 12);
    pel_volume_free(&out);
}

static void a_hole_is_filled_and_a_bay_is_not(void **state)
{
    (void)state;
    // a box with a hollow; a tunnel from the face to the hollow opens it
    static uint8_t box[7 * 7 * 7];
    for (int tunnel = 0; tunnel < 2; tunnel++) {
        memset(box, 1, sizeof box);
        for (int k = 3; k <= (tunnel ? 6 : 3); k++)
            box[(k * 7 + 3) * 7 + 3] = 0;
        // joined to the outside by an edge alone: still a hole
        box[(3 * 7 + 0) * 7 + 0] = 0;
        box[(3 * 7 + 1) * 7 + 1] = 0;
        pel_volume mask = mask_of(box, 7, 7, 7), out;
        assert_ok(pel_fill_holes(&out, &mask));
        const uint8_t *v = out.data;
        assert_int_equal(v[(3 * 7 + 3) * 7 + 3], !tunnel);
        assert_int_equal(v[(3 * 7 + 1) * 7 + 1], 1);
        assert_int_equal(v[3 * 7 * 7], 0);
        pel_volume_free(&out);
    }
}

static void an_empty_mask_has_no_parts(void **state)
{
    (void)state;
    uint8_t none[20] = { 0 };
    pel_volume mask = mask_of(none, 5, 2, 2), labels;
    pel_components_params p = pel_components_defaults();
    pel_component *list;
    int64_t count;
    assert_ok(pel_components(&labels, &list, &count, &mask, &p));
    assert_int_equal(count, 0);
    free(list);
    pel_volume_free(&labels);
    mask.frames = 2;
    assert_int_equal(pel_components(&labels, &list, &count, &mask, &p), PEL_EDATA);
    assert_int_equal(pel_memory_in_use(), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parts_are_those_a_flood_finds_numbered_in_scan_order),
        cmocka_unit_test(the_largest_are_kept_and_of_equal_ones_the_first),
        cmocka_unit_test(a_hole_is_filled_and_a_bay_is_not),
        cmocka_unit_test(an_empty_mask_has_no_parts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
