/* SPDX-License-Identifier: Apache-2.0 */
/* test_round_trip.c: read(write(x)) = x, for every format, type, meaning, axis order and field. */
#include "check.h"

#include <unistd.h>

enum { NX = 7, NY = 5, NZ = 4 };

static char folder[64];
static const char *const formats[] = { "v.nii", "v.nii.gz", "v.hdr" };
enum { FORMATS = 3 };

static int make_folder(void **state)
{
    (void)state;
    snprintf(folder, sizeof folder, "/tmp/pel-round-XXXXXX");
    return mkdtemp(folder) ? 0 : -1;
}

static int remove_folder(void **state)
{
    (void)state;
    static const char *const names[] = { "v.nii", "v.nii.gz", "v.hdr", "v.img", "v.npy", "w.nii" };
    char path[128];
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        snprintf(path, sizeof path, "%s/%s", folder, names[i]);
        unlink(path);
    }
    return rmdir(folder);
}

static void make_volume(pel_volume *out, pel_dtype dtype, int channels, pel_meaning meaning,
                        int64_t frames)
{
    pel_volume like = {
        .dims = { NX, NY, NZ }, .channels = channels, .meaning = meaning, .frames = frames
    };
    assert_ok(pel_volume_like(out, &like, dtype));
    // every bit pattern but the exponents that make NaN
    uint8_t *bytes = out->data;
    int64_t count = pel_volume_bytes(out), item = pel_dtype_bytes(dtype);
    for (int64_t i = 0; i < count; i++)
        bytes[i] = (uint8_t)(i % item == item - 1 ? i % 61 : i * i * 31 + 7 * i);
    out->oriented = out->unit_known = true;
    out->mm_from_ijk = (pel_affine){
        { { -0.5, 0, 0, 40 }, { 0, 0, 1.25, -30 }, { 0, 2, 0, 12 }, { 0, 0, 0, 1 } }
    };
}

static void write_and_read(pel_volume *out, const pel_volume *in, const char *name, int nifti)
{
    char path[128];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    pel_write_params params = pel_write_defaults();
    params.nifti = nifti;
    assert_ok(pel_write_volume(path, in, NULL, &params));
    assert_ok(pel_read_volume(out, path, NULL));
}

static void assert_same_affine(pel_affine a, pel_affine b, double most)
{
    for (int r = 0; r < 3; r++)
        for (int c = 0; c < 4; c++)
            assert_near(a.m[r][c], b.m[r][c], most);
}

static void assert_same_voxels(const pel_volume *a, const pel_volume *b)
{
    assert_memory_equal(a->dims, b->dims, sizeof a->dims);
    assert_int_equal(a->dtype, b->dtype);
    assert_int_equal(a->meaning, b->meaning);
    assert_int_equal(a->channels ? a->channels : 1, b->channels ? b->channels : 1);
    assert_int_equal(a->frames ? a->frames : 1, b->frames ? b->frames : 1);
    assert_memory_equal(a->data, b->data, (size_t)pel_volume_bytes(a));
}

static void every_type_comes_back_from_every_format(void **state)
{
    (void)state;
    for (int t = 0; t < PEL_DTYPE_COUNT; t++)
        for (int n = 0; n < FORMATS * 4; n++) {
            pel_volume in, out;
            make_volume(&in, (pel_dtype)t, 1, PEL_SCALAR, 1 + n / FORMATS % 2 * 2);
            write_and_read(&out, &in, formats[n % FORMATS], 1 + n / FORMATS / 2);
            assert_same_voxels(&in, &out);
            assert_same_affine(in.mm_from_ijk, out.mm_from_ijk, 0);
            assert_true(out.oriented && out.unit_known);
            pel_volume_free(&in);
            pel_volume_free(&out);
        }
    assert_int_equal(pel_memory_in_use(), 0);
}

static void every_type_comes_back_from_npy(void **state)
{
    (void)state;
    for (int t = 0; t < PEL_DTYPE_COUNT * 2; t++) {
        pel_volume in, out;
        make_volume(&in, (pel_dtype)(t / 2), 1, PEL_SCALAR, 1 + t % 2 * 4);
        write_and_read(&out, &in, "v.npy", 0);
        assert_same_voxels(&in, &out);
        assert_false(out.oriented);
        pel_volume_free(&in);
        pel_volume_free(&out);
    }
}

static void an_array_keeps_the_axes_it_had(void **state)
{
    (void)state;
    static const char *const names[] = { "v.npy", "v.nii" };
    static const struct {
        int64_t dims[3], frames, extra[4];
        int axes;
    } cases[] = { { { NX * NY * NZ, 1, 1 }, 1, { 0 }, 1 },
                  { { NX, NY * NZ, 1 }, 1, { 0 }, 2 },
                  { { NX, NY, NZ }, 1, { 1 }, 4 },
                  { { NX, NY, 1 }, NZ, { 1, NZ, 1, 1 }, 6 } };
    for (int n = 0; n < 8; n++) {
        pel_volume in, out;
        make_volume(&in, PEL_INT16, 1, PEL_SCALAR, 1);
        in.frames = cases[n / 2].frames;
        memcpy(in.dims, cases[n / 2].dims, sizeof in.dims);
        memcpy(in.fields.extra_dims, cases[n / 2].extra, sizeof in.fields.extra_dims);
        in.fields.axes = cases[n / 2].axes;
        write_and_read(&out, &in, names[n % 2], 0);
        assert_same_voxels(&in, &out);
        assert_int_equal(out.fields.axes, in.fields.axes);
        for (int a = 0; a + 3 < in.fields.axes; a++)
            assert_int_equal(out.fields.extra_dims[a], in.fields.extra_dims[a]);
        pel_volume_free(&in);
        pel_volume_free(&out);
    }
}

static void colours_and_complex_numbers_come_back(void **state)
{
    (void)state;
    static const struct {
        pel_dtype dtype;
        int channels;
        pel_meaning meaning;
    } cases[] = { { PEL_UINT8, 3, PEL_RGB },
                  { PEL_UINT8, 4, PEL_RGBA },
                  { PEL_FLOAT32, 2, PEL_COMPLEX },
                  { PEL_FLOAT64, 2, PEL_COMPLEX } };
    for (int c = 0; c < 4; c++)
        for (int n = 0; n <= FORMATS; n++) {
            pel_volume in, out;
            // npy: a colour axis is told from frames only without frames
            make_volume(&in, cases[c].dtype, cases[c].channels, cases[c].meaning,
                        n < FORMATS ? 2 : 1);
            write_and_read(&out, &in, n < FORMATS ? formats[n] : "v.npy", 0);
            assert_same_voxels(&in, &out);
            pel_volume_free(&in);
            pel_volume_free(&out);
        }
}

static void other_channels_become_the_fifth_axis(void **state)
{
    (void)state;
    pel_volume in, out;
    make_volume(&in, PEL_UINT16, 3, PEL_RGB, 2);
    write_and_read(&out, &in, "v.nii.gz", 0);
    assert_int_equal(out.frames, 6);
    assert_int_equal(out.fields.extra_dims[0], 2);
    assert_int_equal(out.fields.extra_dims[1], 3);
    assert_int_equal(out.fields.intent_code, 2003);
    const uint16_t *a = in.data, *b = out.data;
    for (int64_t v = 0; v < NX * NY * NZ * 2; v++)
        for (int c = 0; c < 3; c++)
            assert_int_equal(b[c * NX * NY * NZ * 2 + v], a[3 * v + c]);
    pel_volume_free(&in);
    pel_volume_free(&out);
}

// number n of the 48 ways that axes can lie; from 48 on turned
static pel_affine axis_order(int n)
{
    static const int order[6][3] = { { 0, 1, 2 }, { 0, 2, 1 }, { 1, 0, 2 },
                                     { 1, 2, 0 }, { 2, 0, 1 }, { 2, 1, 0 } };
    static const double spacing[3] = { 0.5, 1.25, 3 };
    pel_affine a = { { { 0, 0, 0, -11 }, { 0, 0, 0, 12 }, { 0, 0, 0, 13 }, { 0, 0, 0, 1 } } };
    for (int c = 0; c < 3; c++)
        a.m[order[n / 8 % 6][c]][c] = (n >> c & 1 ? -1 : 1) * spacing[c];
    pel_affine turn = {
        { { 0.96, -0.28, 0, 5 }, { 0.28, 0.96, 0, -7 }, { 0, 0, 1, 9 }, { 0, 0, 0, 1 } }
    };
    return n < 48 ? a : pel_affine_multiply(turn, a);
}

static void every_axis_order_comes_back(void **state)
{
    (void)state;
    for (int n = 0; n < 96; n++) {
        pel_volume in, out, again;
        make_volume(&in, PEL_UINT8, 1, PEL_SCALAR, 1);
        in.mm_from_ijk = axis_order(n);
        write_and_read(&out, &in, "v.nii", 0);
        assert_same_affine(in.mm_from_ijk, out.mm_from_ijk, n < 48 ? 0 : 1e-6);
        assert_int_equal(out.fields.qform_code, 2);
        assert_same_affine(in.mm_from_ijk, out.fields.qform, 2e-6);
        // from here on nothing changes any more
        write_and_read(&again, &out, "v.nii.gz", 0);
        assert_same_affine(out.mm_from_ijk, again.mm_from_ijk, 0);
        assert_same_affine(out.fields.qform, again.fields.qform, 1e-12);
        pel_volume_free(&in);
        pel_volume_free(&out);
        pel_volume_free(&again);
    }
}

static void a_shear_comes_back_and_an_unknown_side_stays_unknown(void **state)
{
    (void)state;
    pel_volume in, out;
    make_volume(&in, PEL_UINT8, 1, PEL_SCALAR, 1);
    in.mm_from_ijk = axis_order(3);
    in.mm_from_ijk.m[1][2] = 0.75;
    write_and_read(&out, &in, "v.nii", 0);
    assert_same_affine(in.mm_from_ijk, out.mm_from_ijk, 0);
    assert_int_equal(out.fields.qform_code, 0);
    pel_volume_free(&out);
    in.oriented = false;
    write_and_read(&out, &in, "v.nii", 0);
    assert_false(out.oriented);
    assert_near(pel_volume_spacing_mm(&out).y, pel_volume_spacing_mm(&in).y, 1e-6);
    pel_volume_free(&in);
    pel_volume_free(&out);
}

static void every_field_comes_back(void **state)
{
    (void)state;
    uint8_t one[] = "AFNI's words", two[] = { 1, 2, 3 };
    pel_extension extensions[] = { { 4, sizeof one, one }, { 44, sizeof two, two } };
    for (int version = 1; version <= 2; version++) {
        pel_volume in, out;
        make_volume(&in, PEL_INT16, 1, PEL_SCALAR, 6);
        in.slope = version == 1 ? 0.25 : 0.1;
        in.inter = -7.5;
        pel_fields *f = &in.fields;
        snprintf(f->description, sizeof f->description, "%s",
                 "eighty characters, of which these are a few");
        snprintf(f->aux_file, sizeof f->aux_file, "other.txt");
        snprintf(f->intent_name, sizeof f->intent_name, "sixteen letters.");
        f->intent_code = 4;
        f->intent[0] = 3;
        f->intent[1] = 17;
        f->display_lo = -2;
        f->display_hi = 900;
        f->step[0] = 1.5;
        f->step[1] = 0.5;
        f->step_offset = 8;
        f->extra_dims[0] = 2;
        f->extra_dims[1] = 3;
        f->extra_dims[2] = f->extra_dims[3] = 1;
        f->axes = 6;
        f->time_unit = 8;
        f->slice_code = 3;
        f->slice_dim = 3;
        f->freq_dim = 1;
        f->phase_dim = 2;
        f->slice_start = 1;
        f->slice_end = 3;
        f->slice_duration = 0.0625;
        f->extensions = extensions;
        f->extension_count = 2;
        write_and_read(&out, &in, "v.nii.gz", version);
        const pel_fields *g = &out.fields;
        assert_true(out.slope == in.slope && out.inter == in.inter);
        assert_string_equal(g->description, f->description);
        assert_string_equal(g->aux_file, f->aux_file);
        assert_string_equal(g->intent_name, f->intent_name);
        assert_int_equal(g->intent_code, f->intent_code);
        assert_memory_equal(g->intent, f->intent, sizeof f->intent);
        assert_true(g->display_lo == -2 && g->display_hi == 900);
        assert_memory_equal(g->step, f->step, 2 * sizeof f->step[0]);
        assert_true(g->step_offset == 8 && g->slice_duration == 0.0625);
        assert_memory_equal(g->extra_dims, f->extra_dims, 3 * sizeof f->extra_dims[0]);
        assert_int_equal(g->axes, 6);
        assert_int_equal(g->time_unit, 8);
        assert_int_equal(g->slice_code, 3);
        assert_int_equal(g->slice_dim * 100 + g->freq_dim * 10 + g->phase_dim, 312);
        assert_int_equal(g->slice_start, 1);
        assert_int_equal(g->slice_end, 3);
        assert_int_equal(g->extension_count, 2);
        for (int e = 0; e < 2; e++) {
            assert_int_equal(g->extensions[e].code, extensions[e].code);
            // zeros may follow: the format counts in sixteens
            assert_true(g->extensions[e].size >= extensions[e].size);
            assert_memory_equal(g->extensions[e].bytes, extensions[e].bytes,
                                (size_t)extensions[e].size);
        }
        f->extensions = NULL;
        f->extension_count = 0;
        pel_volume_free(&in);
        pel_volume_free(&out);
    }
}

static int count_comments(const pel_volume *v, const char *part)
{
    int count = 0;
    for (int e = 0; e < v->fields.extension_count; e++)
        count += v->fields.extensions[e].code == 6 &&
                 strstr((const char *)v->fields.extensions[e].bytes, part) != NULL;
    return count;
}

static void provenance_replaces_the_older_one_and_learns_the_hash(void **state)
{
    (void)state;
    static const char *const names[] = { "w.nii", "v.nii.gz", "v.hdr" };
    pel_volume in, out;
    make_volume(&in, PEL_INT16, 1, PEL_SCALAR, 1);
    write_and_read(&out, &in, "v.nii", 0);
    pel_volume_free(&out);
    char from[128], path[128];
    snprintf(from, sizeof from, "%s/v.nii", folder);
    for (int n = 0; n < 3; n++) {
        snprintf(path, sizeof path, "%s/%s", folder, names[n]);
        pel_source source;
        assert_ok(pel_open_volume(&source, from, NULL));
        assert_ok(pel_write_source(
            path, &source, "{\"pellucid\":\"x\",\"inputs\":[{\"hash\":\"" PEL_HASH_LATER "\"}]}",
            NULL));
        assert_int_equal(strlen(source.shape.fields.hash), 32);
        assert_ok(pel_read_volume(&out, path, NULL));
        assert_same_voxels(&in, &out);
        assert_int_equal(count_comments(&out, "\"pellucid\":"), 1);
        assert_int_equal(count_comments(&out, source.shape.fields.hash), 1);
        pel_source_close(&source);
        assert_ok(pel_write_volume(path, &out, "{\"pellucid\":\"y\"}", NULL));
        pel_volume_free(&out);
        assert_ok(pel_read_volume(&out, path, NULL));
        assert_int_equal(count_comments(&out, "\"pellucid\":"), 1);
        assert_int_equal(count_comments(&out, "\"y\""), 1);
        pel_volume_free(&out);
    }
    pel_volume_free(&in);
    assert_int_equal(pel_memory_in_use(), 0);
}

static void a_scale_is_applied_where_the_format_has_none(void **state)
{
    (void)state;
    pel_volume in, out;
    for (int t = 0; t < 2; t++) {
        make_volume(&in, t ? PEL_INT32 : PEL_INT16, 1, PEL_SCALAR, 1);
        in.slope = 0.1;
        in.inter = 5;
        write_and_read(&out, &in, "v.npy", 0);
        assert_int_equal(out.dtype, t ? PEL_FLOAT64 : PEL_FLOAT32);
        for (int n = 0; n < NX * NY * NZ; n++) {
            double want =
                0.1 * (t ? (double)((int32_t *)in.data)[n] : (double)((int16_t *)in.data)[n]) + 5;
            if (t)
                assert_true(((double *)out.data)[n] == want);
            else
                assert_true(((float *)out.data)[n] == (float)want);
        }
        pel_volume_free(&in);
        pel_volume_free(&out);
    }
}

static void wide_axes_choose_nifti_two_and_refuse_one(void **state)
{
    (void)state;
    pel_volume like = { .dims = { 40000, 2, 1 } }, in, out;
    char path[128];
    snprintf(path, sizeof path, "%s/v.nii", folder);
    assert_ok(pel_volume_like(&in, &like, PEL_UINT8));
    ((uint8_t *)in.data)[79999] = 9;
    pel_write_params params = pel_write_defaults();
    params.nifti = PEL_NIFTI_1;
    assert_int_equal(pel_write_volume(path, &in, NULL, &params), PEL_EUNSUPPORTED);
    assert_error_says("--nifti 2");
    write_and_read(&out, &in, "v.nii", PEL_NIFTI_AUTO);
    assert_same_voxels(&in, &out);
    pel_volume_free(&in);
    pel_volume_free(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_type_comes_back_from_every_format),
        cmocka_unit_test(every_type_comes_back_from_npy),
        cmocka_unit_test(an_array_keeps_the_axes_it_had),
        cmocka_unit_test(colours_and_complex_numbers_come_back),
        cmocka_unit_test(other_channels_become_the_fifth_axis),
        cmocka_unit_test(every_axis_order_comes_back),
        cmocka_unit_test(a_shear_comes_back_and_an_unknown_side_stays_unknown),
        cmocka_unit_test(every_field_comes_back),
        cmocka_unit_test(provenance_replaces_the_older_one_and_learns_the_hash),
        cmocka_unit_test(a_scale_is_applied_where_the_format_has_none),
        cmocka_unit_test(wide_axes_choose_nifti_two_and_refuse_one),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
