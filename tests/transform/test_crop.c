/* SPDX-License-Identifier: Apache-2.0 */
#include "grids.h"

/* what list(range(7))[...] gives in Python; one index keeps its axis */
static const struct {
    const char *slice;
    int count, kept[7];
} cases[] = {
    { "::", 7, { 0, 1, 2, 3, 4, 5, 6 } },
    { "2:", 5, { 2, 3, 4, 5, 6 } },
    { "-3:", 3, { 4, 5, 6 } },
    { ":-3", 4, { 0, 1, 2, 3 } },
    { "1:6:2", 3, { 1, 3, 5 } },
    { "::2", 4, { 0, 2, 4, 6 } },
    { "::-2", 4, { 6, 4, 2, 0 } },
    { "5:1:-1", 4, { 5, 4, 3, 2 } },
    { "-1:-4:-1", 3, { 6, 5, 4 } },
    { "100::-3", 3, { 6, 3, 0 } },
    { "-100:100:3", 3, { 0, 3, 6 } },
    { ":100", 7, { 0, 1, 2, 3, 4, 5, 6 } },
    { "3", 1, { 3 } },
    { "-1", 1, { 6 } },
    { "3:4", 1, { 3 } },
    { "6:2:-3", 2, { 6, 3 } },
    { "::-7", 1, { 6 } },
    { "-2::-1", 6, { 5, 4, 3, 2, 1, 0 } },
    { ":2:-1", 4, { 6, 5, 4, 3 } },
    { "2:-2", 3, { 2, 3, 4 } },
    { "0:7:6", 2, { 0, 6 } },
};

static void slices_keep_what_numpy_keeps(void **state)
{
    (void)state;
    double data[7] = { 0, 1, 2, 3, 4, 5, 6 };
    for (int axis = 0; axis < 3; axis++)
        for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
            pel_volume in = { .dims = { 1, 1, 1 }, .dtype = PEL_FLOAT64, .data = data }, out;
            char text[64];
            in.dims[axis] = 7;
            snprintf(text, sizeof text, "%s%s%s", axis > 0 ? ":," : "", axis > 1 ? " : , " : "",
                     cases[c].slice);
            assert_ok(pel_crop(&out, &in, text));
            assert_int_equal(out.dims[axis], cases[c].count);
            for (int n = 0; n < cases[c].count; n++) {
                pel_vec3 at = { 0 };
                assert_near(((const double *)out.data)[n], cases[c].kept[n], 0);
                (&at.x)[axis] = n;
                at = pel_affine_point(out.mm_from_ijk, at);
                assert_near((&at.x)[axis], cases[c].kept[n], 0);
            }
            pel_volume_free(&out);
        }
}

static void what_stays_does_not_move(void **state)
{
    (void)state;
    pel_volume in = scene("ramp?gradient=1,10,100&dims=9,8,7&spacing=1,2,3&rotate=12,7,-20&"
                          "dtype=float64&orientation=PIR"),
               out;
    assert_ok(pel_crop(&out, &in, "1:-1:2,::-1,4"));
    assert_int_equal(out.dims[0], 4 - 1 + 0);
    assert_int_equal(out.dims[1], in.dims[1]);
    assert_int_equal(out.dims[2], 1);
    assert_nothing_moved(&out, &in);
    pel_volume_free(&out);
    pel_volume_free(&in);
}

static void wrong_slices_are_refused(void **state)
{
    (void)state;
    static const struct {
        const char *slices, *says;
        pel_status status;
    } wrong[] = {
        { "", "numpy slices", PEL_EPARAM },
        { ":,:,:,:", "numpy slices", PEL_EPARAM },
        { "a:", "numpy slices", PEL_EPARAM },
        { "1:2:3:4", "numpy slices", PEL_EPARAM },
        { ":,,:", "numpy slices", PEL_EPARAM },
        { "::0", "step along i is 0", PEL_EPARAM },
        { "5:5", "nothing stays along i", PEL_EDATA },
        { ":,4:1", "along j", PEL_EDATA },
        { "9", "no voxel 9", PEL_EDATA },
        { "-9", "no voxel -9", PEL_EDATA },
        { "1.5:", "numpy slices", PEL_EPARAM },
        { "99999999999999999999:", "numpy", PEL_EPARAM },
    };
    pel_volume in = scene("sphere?dims=7"), out;
    for (size_t n = 0; n < sizeof wrong / sizeof *wrong; n++) {
        assert_int_equal(pel_crop(&out, &in, wrong[n].slices), wrong[n].status);
        assert_error_says(wrong[n].says);
        assert_null(out.data);
    }
    pel_volume_free(&in);
    assert_int_equal(pel_memory_in_use(), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(slices_keep_what_numpy_keeps),
        cmocka_unit_test(what_stays_does_not_move),
        cmocka_unit_test(wrong_slices_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
