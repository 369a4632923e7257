/* SPDX-License-Identifier: Apache-2.0 */
/* Bodies without handles: whatever the mask, one ball is left; thin rings are cut, small holes
 * filled, and nothing else is touched. */
#include "check.h"

#include "surface/oracle.h"

enum { N = 24 };

static pel_volume new_mask(void)
{
    pel_volume shape = { .dims = { N, N, N } }, v;
    assert_ok(pel_volume_like(&v, &shape, PEL_UINT8));
    return v;
}

static uint8_t *at(const pel_volume *v, int i, int j, int k)
{
    return (uint8_t *)v->data + (k * N + j) * N + i;
}

// one body joined by faces, one outside joined by faces and edges, no handle
static void check_ball(const pel_volume *v)
{
    oracle_grid g = { { N + 2, N + 2, N + 2 }, calloc((N + 2) * (N + 2) * (N + 2), 1) };
    int euler, pairs = 0;
    for (int k = 0; k < N; k++)
        for (int j = 0; j < N; j++)
            for (int i = 0; i < N; i++)
                g.in[((k + 1) * (N + 2) + j + 1) * (N + 2) + i + 1] = *at(v, i, j, k);
    euler = oracle_euler(&g, false);
    for (int k = 0; k + 1 < N + 2; k++)
        for (int j = 0; j + 1 < N + 2; j++)
            for (int i = 0; i + 1 < N + 2; i++) {
                int out = 0;
                for (int c = 0; c < 8; c++)
                    out |= !oracle_at(&g, i + (c & 1), j + (c >> 1 & 1), k + (c >> 2)) << c;
                pairs += out == 0x81 || out == 0x42 || out == 0x24 || out == 0x18;
            }
    assert_int_equal(euler + pairs, 1);
    assert_int_equal(oracle_parts(&g, true, 1), 1);
    assert_int_equal(oracle_parts(&g, false, 2), 1);
    free(g.in);
}

static pel_genus_found mend(const pel_volume *v)
{
    pel_genus_found found;
    pel_volume out;
    int64_t added = 0, removed = 0;
    assert_ok(pel_genus_zero(&out, &found, v));
    check_ball(&out);
    for (int64_t i = 0; i < pel_volume_count(v); i++) {
        int was = ((uint8_t *)v->data)[i] != 0, now = ((uint8_t *)out.data)[i];
        added += now && !was;
        removed += was && !now;
    }
    // parts that are left out may lie where it is filled
    assert_true(found.added >= added);
    assert_true(found.removed <= removed);
    pel_volume_free(&out);
    return found;
}

static void any_mask_becomes_one_ball(void **state)
{
    (void)state;
    uint32_t seed = 11;
    for (int n = 0; n < (is_sanitized() ? 4 : 20); n++) {
        pel_volume v = new_mask();
        // a little cohesion, or none
        for (int64_t i = 0; i < pel_volume_count(&v); i++) {
            seed = seed * 1664525u + 1013904223u;
            uint8_t *to = (uint8_t *)v.data + i;
            *to = seed >> 24 < (n % 2 ? 150 : 90) || (i > N && to[-1] + to[-N] > 1 && n % 3);
        }
        mend(&v);
        pel_volume_free(&v);
    }
    assert_int_equal(pel_memory_in_use(), 0);
}

static void a_thin_ring_is_cut_and_a_small_hole_is_filled(void **state)
{
    (void)state;
    pel_volume v = new_mask();
    for (int k = 0; k < N; k++)
        for (int j = 0; j < N; j++)
            for (int i = 0; i < N; i++) {
                double x = i - 11.6, y = j - 11.4, r = sqrt(x * x + y * y) - 8, z = k - 11.5;
                *at(&v, i, j, k) = r * r + z * z < 2.5 * 2.5;
            }
    pel_genus_found found = mend(&v);
    assert_int_equal(found.added, 0);
    assert_true(found.removed > 5 && found.removed < 40);
    // a plate with a hole of one voxel
    for (int k = 0; k < N; k++)
        for (int j = 0; j < N; j++)
            for (int i = 0; i < N; i++)
                *at(&v, i, j, k) =
                    i > 2 && i < 20 && j > 2 && j < 20 && k > 8 && k < 12 && !(i == 9 && j == 10);
    found = mend(&v);
    assert_int_equal(found.removed, 0);
    assert_int_equal(found.added, 1);
    // and both in one, with a cavity and a crumb
    for (int k = 8; k < 24; k++)
        for (int j = 4; j < 6; j++)
            for (int i = 0; i < N; i++) {
                double x = i - 11, z = k - 12, r = sqrt(x * x + z * z) - 6;
                *at(&v, i, j, k) |= fabs(r) < 1;
            }
    *at(&v, 15, 15, 10) = 0;
    *at(&v, 22, 22, 22) = 1;
    found = mend(&v);
    assert_int_equal(found.added, 2);
    assert_true(found.removed > 1 && found.removed < 12);
    pel_volume_free(&v);
}

static void a_ball_stays_as_it_is_and_nothing_is_refused(void **state)
{
    (void)state;
    pel_volume v = new_mask(), out;
    assert_int_equal(pel_genus_zero(&out, NULL, &v), PEL_EDATA);
    assert_error_says("empty");
    for (int k = 0; k < N; k++)
        for (int j = 0; j < N; j++)
            for (int i = 0; i < N; i++)
                *at(&v, i, j, k) = (i - 11) * (i - 11) + (j - 12) * (j - 12) + k * k < 90;
    pel_genus_found found = mend(&v);
    assert_int_equal(found.added + found.removed, 0);
    pel_volume_free(&v);
    assert_int_equal(pel_memory_in_use(), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(any_mask_becomes_one_ball),
        cmocka_unit_test(a_thin_ring_is_cut_and_a_small_hole_is_filled),
        cmocka_unit_test(a_ball_stays_as_it_is_and_nothing_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
