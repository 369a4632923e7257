/* SPDX-License-Identifier: Apache-2.0 */
/* test_analyze.c: Analyze 7.5 pairs: spacing but no side, and SPM's scale. */
#include <sys/stat.h>
#include <unistd.h>

#include "make.h"

static uint8_t header[MAKE_MOST];
static uint8_t data[96];

static void put_float(int at, float value)
{
    memcpy(header + at, &value, 4);
}

static void put_short(int at, int value)
{
    header[at] = (uint8_t)value;
    header[at + 1] = (uint8_t)(value >> 8);
}

// a 4 x 3 x 2 int16 header: NIfTI's without its magic, and without the fields that differ
static void make_header(void)
{
    make_nifti_spec spec = make_nifti_defaults();
    spec.pair = true;
    spec.sform_code = 0;
    memset(spec.srow, 0, sizeof spec.srow);
    make_nifti(header, &spec);
    memset(header + 344, 0, 8);
    for (int i = 0; i < 96; i++)
        data[i] = make_byte(i);
}

static pel_status read_pair(pel_volume *out)
{
    make_file("x.hdr", header, 348);
    make_file("x.img", data, sizeof data);
    return pel_read_volume(out, "x.hdr", NULL);
}

static void a_pair_has_spacing_and_no_side(void **state)
{
    (void)state;
    make_enter();
    make_header();
    memcpy(header + 148, "a head", 6);
    pel_volume v;
    assert_ok(read_pair(&v));
    assert_string_equal(v.fields.format, "Analyze 7.5");
    assert_string_equal(v.fields.description, "a head");
    assert_false(v.oriented);
    assert_true(v.unit_known);
    assert_near(pel_volume_spacing_mm(&v).y, 2, 0);
    assert_memory_equal(v.data, data, 48);
    pel_volume_free(&v);
    make_leave();
}

static void values_are_scaled_as_spm_does(void **state)
{
    (void)state;
    static const struct {
        float slope, inter, cal_max, cal_min;
        int gl_max, gl_min;
        double want_slope, want_inter;
    } cases[] = {
        { 0.25f, 0, 0, 0, 0, 0, 0.25, 0 }, { 0.25f, 7, 1, 0, 9, 0, 0.25, 7 },
        { 2, NAN, 0, 0, 0, 0, 2, 0 },      { 0, 7, 0, 0, 0, 0, 1, 0 },
        { NAN, 0, 3, 1, 20, 10, 0.2, -1 }, { INFINITY, 0, 3, 1, 10, 10, 1, 0 },
        { 0, 0, NAN, 1, 20, 10, 1, 0 },
    };
    make_enter();
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        make_header();
        put_float(112, cases[i].slope);
        put_float(116, cases[i].inter);
        put_float(124, cases[i].cal_max);
        put_float(128, cases[i].cal_min);
        put_short(140, cases[i].gl_max);
        put_short(144, cases[i].gl_min);
        pel_volume v;
        assert_ok(read_pair(&v));
        assert_near(v.slope, cases[i].want_slope, 1e-12);
        assert_near(v.inter, cases[i].want_inter, 1e-12);
        pel_volume_free(&v);
    }
    make_leave();
}

static void extra_axes_of_zero_count_as_one(void **state)
{
    (void)state;
    make_enter();
    make_header();
    put_short(40, 4);
    put_short(48, 0);
    pel_volume v;
    assert_ok(read_pair(&v));
    assert_int_equal(v.frames, 1);
    pel_volume_free(&v);
    put_short(48, 2);
    assert_ok(read_pair(&v));
    assert_int_equal(v.frames, 2);
    assert_near(v.fields.step[0], 1, 0);
    pel_volume_free(&v);
    put_short(44, 0);
    assert_int_equal(read_pair(&v), PEL_EFORMAT);
    assert_error_says("dim[2] 0");
    make_leave();
}

static void seven_axes_are_kept(void **state)
{
    (void)state;
    make_enter();
    make_header();
    put_short(40, 7);
    for (int a = 4; a < 8; a++)
        put_float(76 + 4 * a, (float)a);
    put_short(54, 2);
    pel_volume v;
    assert_ok(read_pair(&v));
    assert_int_equal(v.frames, 2);
    assert_int_equal(v.fields.extra_dims[3], 2);
    for (int a = 4; a < 8; a++)
        assert_near(v.fields.step[a - 4], a, 0);
    pel_volume_free(&v);
    make_leave();
}

static void missing_halves_are_named(void **state)
{
    (void)state;
    make_enter();
    make_header();
    pel_volume v;
    make_file("x.hdr", header, 348);
    assert_int_equal(pel_read_volume(&v, "x.hdr", NULL), PEL_EIO);
    assert_error_says("data file x.img is not there");
    make_file("head", header, 348);
    assert_int_equal(pel_read_volume(&v, "head", NULL), PEL_EIO);
    assert_error_says("data file .img is not there");
    make_file("y.img", data, sizeof data);
    assert_int_equal(pel_read_volume(&v, "y.img", NULL), PEL_EIO);
    assert_error_says("header y.hdr is not there");
    assert_int_equal(pel_read_volume_bytes(&v, data, sizeof data, "y.img"), PEL_EIO);
    assert_error_says("header .hdr is not there");
    // a folder is no data file
    assert_int_equal(mkdir("x.img", 0700), 0);
    assert_int_equal(pel_read_volume(&v, "x.hdr", NULL), PEL_EUNSUPPORTED);
    assert_error_says("x.img: is a folder");
    assert_int_equal(rmdir("x.img"), 0);
    make_leave();
    assert_int_equal(pel_memory_in_use(), 0);
}

static void spm_types_are_known(void **state)
{
    (void)state;
    static const struct {
        int code;
        pel_dtype dtype;
    } cases[] = { { 130, PEL_INT8 }, { 132, PEL_UINT16 }, { 136, PEL_UINT32 } };
    make_enter();
    for (int i = 0; i < 3; i++) {
        make_header();
        put_short(70, cases[i].code);
        pel_volume v;
        assert_ok(read_pair(&v));
        assert_int_equal(v.dtype, cases[i].dtype);
        pel_volume_free(&v);
    }
    make_leave();
}

static void damaged_pairs_are_refused(void **state)
{
    (void)state;
    make_enter();
    pel_volume v;
    static const float offsets[] = { -1, NAN, 1e30f, 80 };
    for (int i = 0; i < 4; i++) {
        make_header();
        put_float(108, offsets[i]);
        assert_int_equal(read_pair(&v), PEL_EFORMAT);
        assert_error_says(i < 3 ? "vox_offset" : "promises");
    }
    make_header();
    put_short(70, 77);
    assert_int_equal(read_pair(&v), PEL_EFORMAT);
    assert_error_says("datatype");
    for (int cut = 0; cut < 348; cut++) {
        make_file("x.hdr", header, (size_t)cut);
        assert_true(pel_read_volume(&v, "x.hdr", NULL) != PEL_OK);
    }
    make_leave();
    assert_int_equal(pel_memory_in_use(), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_pair_has_spacing_and_no_side),
        cmocka_unit_test(values_are_scaled_as_spm_does),
        cmocka_unit_test(extra_axes_of_zero_count_as_one),
        cmocka_unit_test(seven_axes_are_kept),
        cmocka_unit_test(missing_halves_are_named),
        cmocka_unit_test(spm_types_are_known),
        cmocka_unit_test(damaged_pairs_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
