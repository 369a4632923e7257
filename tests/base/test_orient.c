/* SPDX-License-Identifier: Apache-2.0 */
#include "check.h"

#include "base/orient.h"

static void a_turn_has_its_sign(void **state)
{
    (void)state;
    const double a[2] = { 0, 0 }, b[2] = { 1, 0 }, c[2] = { 0, 1 };
    assert_int_equal(pel__orient(a, b, c), 1);
    assert_int_equal(pel__orient(b, a, c), -1);
    assert_int_equal(pel__orient(a, a, c), 0);
    const double nowhere[2] = { NAN, 0 };
    assert_int_equal(pel__orient(a, b, nowhere), 0);
}

// points of a fine grid near a line: whole numbers tell what the sign is
static void the_last_bit_counts(void **state)
{
    (void)state;
    int differs = 0;
    for (int i = -40; i <= 40; i++)
        for (int j = -40; j <= 40; j++) {
            const double a[2] = { 0.5 + i * 0x1p-53, 0.5 + j * 0x1p-53 };
            const double b[2] = { 12, 12 }, c[2] = { 24, 24 };
            // a below 1/2 has a unit of 2^-54, so i and j may be halved: read back what was kept
            double x = (a[0] - 0.5) * 0x1p54, y = (a[1] - 0.5) * 0x1p54;
            int want = (x < y) - (x > y);
            assert_int_equal(pel__orient(a, b, c), want);
            double rounded = (a[0] - c[0]) * (b[1] - c[1]) - (a[1] - c[1]) * (b[0] - c[0]);
            differs += ((rounded > 0) - (rounded < 0)) != want;
        }
    // plain arithmetic gets many of them wrong: the test asks for more than it can
    assert_true(differs > 100);
}

static void all_turns_of_three_points_agree(void **state)
{
    (void)state;
    uint64_t seed = 7;
    for (int n = 0; n < 20000; n++) {
        double p[3][2];
        for (int i = 0; i < 6; i++) {
            seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
            p[i / 2][i % 2] = (double)(seed >> 60) * 0.1 + (i < 2 ? 1e-17 : 0);
        }
        int side = pel__orient(p[0], p[1], p[2]);
        assert_int_equal(pel__orient(p[1], p[2], p[0]), side);
        assert_int_equal(pel__orient(p[2], p[0], p[1]), side);
        assert_int_equal(pel__orient(p[1], p[0], p[2]), -side);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_turn_has_its_sign),
        cmocka_unit_test(the_last_bit_counts),
        cmocka_unit_test(all_turns_of_three_points_agree),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
