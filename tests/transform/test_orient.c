/* SPDX-License-Identifier: Apache-2.0 */
#include "grids.h"

static const char spec[] =
    "ramp?gradient=1,10,100&dims=5,4,3&spacing=1,2,3&rotate=12,7,-20&dtype=float64";

static void code_of(char out[4], int n)
{
    static const int order[6][3] = { { 0, 1, 2 }, { 0, 2, 1 }, { 1, 0, 2 },
                                     { 1, 2, 0 }, { 2, 0, 1 }, { 2, 1, 0 } };
    static const char letter[3][2] = { { 'R', 'L' }, { 'A', 'P' }, { 'S', 'I' } };
    for (int a = 0; a < 3; a++)
        out[a] = letter[order[n / 8][a]][n >> a & 1];
    out[3] = 0;
}

static void the_48_orders_move_nothing_and_come_back(void **state)
{
    (void)state;
    pel_volume in = scene(spec);
    in.fields.sform_code = 2;
    in.fields.sform = in.mm_from_ijk;
    in.fields.slice_dim = 3;
    for (int n = 0; n < 48; n++) {
        char code[4], is[8];
        pel_volume out, back;
        code_of(code, n);
        assert_ok(pel_orient(&out, &in, code));
        pel_volume_orientation(&out, is);
        assert_string_equal(is, code);
        assert_nothing_moved(&out, &in);
        assert_memory_equal(&out.fields.sform, &out.mm_from_ijk, sizeof out.mm_from_ijk);
        assert_int_equal(out.dims[out.fields.slice_dim - 1], 3);
        assert_ok(pel_orient(&back, &out, "RAS"));
        assert_memory_equal(back.data, in.data, (size_t)pel_volume_bytes(&in));
        for (int r = 0; r < 3; r++)
            for (int c = 0; c < 4; c++)
                assert_near(back.mm_from_ijk.m[r][c], in.mm_from_ijk.m[r][c], 1e-12);
        pel_volume_free(&out);
        pel_volume_free(&back);
    }
    pel_volume_free(&in);
    assert_int_equal(pel_memory_in_use(), 0);
}

static void channels_and_frames_go_along(void **state)
{
    (void)state;
    uint8_t data[2 * 3 * 2 * 3], *got;
    for (int n = 0; n < 36; n++)
        data[n] = (uint8_t)n;
    pel_volume in = { .dims = { 2, 3, 1 },
                      .frames = 2,
                      .channels = 3,
                      .meaning = PEL_RGB,
                      .dtype = PEL_UINT8,
                      .oriented = true,
                      .data = data,
                      .mm_from_ijk = pel_affine_identity() };
    pel_volume out;
    assert_ok(pel_orient(&out, &in, "ALS"));
    got = out.data;
    assert_int_equal(out.dims[0], 3);
    for (int f = 0; f < 2; f++)
        for (int j = 0; j < 2; j++)
            for (int i = 0; i < 3; i++)
                for (int c = 0; c < 3; c++)
                    assert_int_equal(got[((f * 2 + j) * 3 + i) * 3 + c],
                                     data[((f * 3 + i) * 2 + 1 - j) * 3 + c]);
    pel_volume_free(&out);
}

static void what_nobody_knows_is_not_reordered(void **state)
{
    (void)state;
    pel_volume in = scene("sphere?dims=4&orientation=unknown"), out;
    assert_int_equal(pel_orient(&out, &in, "RAS"), PEL_EDATA);
    assert_error_says("--assume");
    assert_null(out.data);
    in.oriented = true;
    assert_int_equal(pel_orient(&out, &in, "RAR"), PEL_EPARAM);
    assert_error_says("RAR");
    pel_volume_free(&in);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_48_orders_move_nothing_and_come_back),
        cmocka_unit_test(channels_and_frames_go_along),
        cmocka_unit_test(what_nobody_knows_is_not_reordered),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
