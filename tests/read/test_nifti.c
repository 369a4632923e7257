/* SPDX-License-Identifier: Apache-2.0 */
/* test_nifti.c: NIfTI headers and voxels, made byte by byte. */
#include "base/hash.h"
#include "make.h"

static uint8_t file[MAKE_MOST], packed[MAKE_MOST];

static pel_status read_spec(pel_volume *out, const make_nifti_spec *spec)
{
    size_t size = make_nifti(file, spec);
    return pel_read_volume_bytes(out, file, size, "x.nii");
}

static void refuses(const make_nifti_spec *spec, pel_status status, const char *says)
{
    pel_volume v;
    assert_int_equal(read_spec(&v, spec), status);
    assert_error_says(says);
    assert_null(v.data);
    assert_int_equal(pel_memory_in_use(), 0);
}

static void every_type_comes_back_in_both_byte_orders_and_versions(void **state)
{
    (void)state;
    static const struct {
        int code, bits, channels;
        pel_dtype dtype;
        pel_meaning meaning;
    } types[] = {
        { 2, 8, 1, PEL_UINT8, PEL_SCALAR },      { 256, 8, 1, PEL_INT8, PEL_SCALAR },
        { 4, 16, 1, PEL_INT16, PEL_SCALAR },     { 512, 16, 1, PEL_UINT16, PEL_SCALAR },
        { 8, 32, 1, PEL_INT32, PEL_SCALAR },     { 768, 32, 1, PEL_UINT32, PEL_SCALAR },
        { 1024, 64, 1, PEL_INT64, PEL_SCALAR },  { 1280, 64, 1, PEL_UINT64, PEL_SCALAR },
        { 16, 32, 1, PEL_FLOAT32, PEL_SCALAR },  { 64, 64, 1, PEL_FLOAT64, PEL_SCALAR },
        { 32, 64, 2, PEL_FLOAT32, PEL_COMPLEX }, { 1792, 128, 2, PEL_FLOAT64, PEL_COMPLEX },
        { 128, 24, 3, PEL_UINT8, PEL_RGB },      { 2304, 32, 4, PEL_UINT8, PEL_RGBA },
    };
    for (size_t t = 0; t < sizeof types / sizeof *types; t++)
        for (int way = 0; way < 4; way++) {
            make_nifti_spec spec = make_nifti_defaults();
            spec.code = types[t].code;
            spec.bits = types[t].bits;
            spec.big = way & 1;
            spec.version = 1 + way / 2;
            pel_volume v;
            assert_ok(read_spec(&v, &spec));
            assert_int_equal(v.dtype, types[t].dtype);
            assert_int_equal(v.channels, types[t].channels);
            assert_int_equal(v.meaning, types[t].meaning);
            assert_int_equal(pel_volume_bytes(&v), make_voxel_bytes(&spec));
            int64_t item = pel_dtype_bytes(v.dtype);
            for (int64_t i = 0; i < pel_volume_bytes(&v); i++) {
                int64_t from = spec.big ? i / item * item + item - 1 - i % item : i;
                assert_int_equal(((uint8_t *)v.data)[i], make_byte(from));
            }
            pel_volume_free(&v);
        }
    assert_int_equal(pel_memory_in_use(), 0);
}

static void quads_are_rounded_to_the_nearest_double(void **state)
{
    (void)state;
    static const struct {
        uint64_t high, low;
        double want;
    } cases[] = {
        { 0x3fff000000000000, 0, 1 },
        { 0xc000400000000000, 0, -2.5 },
        { 0x3fff000000000000, 0x0800000000000000, 1 },           // a tie goes to even
        { 0x3fff000000000000, 0x0800000000000001, 1 + 0x1p-52 }, // just above it
        { 0x3fff000000000000, 0x1800000000000000, 1 + 0x1p-51 }, // a tie goes up to even
        { 0x3fffffffffffffff, 0xffffffffffffffff, 2 },           // carries
        { 0x43feffffffffffff, 0xffffffffffffffff, INFINITY },    // past the largest
        { 0x43ff000000000000, 0, INFINITY },
        { 0x7fff000000000000, 0, INFINITY },
        { 0xffff000000000000, 0, -INFINITY },
        { 0x7fff800000000000, 0, NAN },
        { 0x7fff000000000000, 1, NAN },
        { 0x3bcd000000000000, 0, 0x1p-1074 }, // the smallest
        { 0x3bcc000000000000, 0, 0 },         // half of it: to even
        { 0x3bcc000000000000, 1, 0x1p-1074 },
        { 0x3bcb000000000000, 0, 0 },
        { 0x3c00800000000000, 0, 0x1.8p-1023 },
        { 0x8000000000000000, 0, -0.0 },
        { 0x0000000000000000, 7, 0 },
    };
    enum { N = sizeof cases / sizeof *cases };
    for (int big = 0; big < 2; big++) {
        make_nifti_spec spec = make_nifti_defaults();
        spec.code = 1536;
        spec.bits = 128;
        spec.big = big;
        spec.dims[0] = 1;
        spec.dims[1] = N;
        size_t size = make_nifti(file, &spec);
        for (int i = 0; i < N; i++)
            for (int b = 0; b < 16; b++) {
                uint64_t half = b < 8 ? cases[i].low : cases[i].high;
                file[352 + 16 * i + (big ? 15 - b : b)] = (uint8_t)(half >> 8 * (b % 8));
            }
        pel_volume v;
        make_listen();
        assert_ok(pel_read_volume_bytes(&v, file, size, "x.nii"));
        make_quiet();
        assert_non_null(strstr(make_notes, "rounded to float64"));
        assert_int_equal(v.dtype, PEL_FLOAT64);
        for (int i = 0; i < N; i++) {
            double got = ((double *)v.data)[i];
            if (isnan(cases[i].want))
                assert_true(isnan(got));
            else
                assert_memory_equal(&got, &cases[i].want, 8);
        }
        pel_volume_free(&v);
    }
}

static void a_slope_of_zero_or_no_number_scales_nothing(void **state)
{
    (void)state;
    static const struct {
        double slope, inter, want_slope, want_inter;
        const char *note;
    } cases[] = {
        { 0, 5, 1, 0, NULL },          { 0.5, -3, 0.5, -3, NULL },
        { NAN, 5, 1, 0, "scl_slope" }, { INFINITY, 5, 1, 0, "scl_slope" },
        { 2, NAN, 2, 0, "scl_inter" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        make_nifti_spec spec = make_nifti_defaults();
        spec.slope = cases[i].slope;
        spec.inter = cases[i].inter;
        pel_volume v;
        make_listen();
        assert_ok(read_spec(&v, &spec));
        make_quiet();
        assert_near(v.slope, cases[i].want_slope, 0);
        assert_near(v.inter, cases[i].want_inter, 0);
        assert_true(cases[i].note ? strstr(make_notes, cases[i].note) != NULL : !*make_notes);
        pel_volume_free(&v);
    }
}

static void a_quaternion_longer_than_one_is_shortened(void **state)
{
    (void)state;
    make_nifti_spec spec = make_nifti_defaults();
    spec.sform_code = 0;
    spec.qform_code = 1;
    spec.quatern[0] = 1.5;
    pel_volume v;
    make_listen();
    assert_ok(read_spec(&v, &spec));
    assert_non_null(strstr(make_notes, "longer than 1"));
    char letters[8];
    pel_volume_orientation(&v, letters);
    assert_string_equal(letters, "RPI"); // half a turn about x
    pel_volume_free(&v);
    *make_notes = 0;
    spec.quatern[0] = NAN;
    assert_ok(read_spec(&v, &spec));
    make_quiet();
    assert_non_null(strstr(make_notes, "qform is not finite"));
    assert_false(v.oriented);
    pel_volume_free(&v);
}

static void an_offset_of_zero_means_after_the_header(void **state)
{
    (void)state;
    for (int version = 1; version <= 2; version++) {
        make_nifti_spec spec = make_nifti_defaults();
        spec.version = version;
        size_t size = make_nifti(file, &spec);
        memset(file + (version == 1 ? 108 : 168), 0, version == 1 ? 4 : 8);
        pel_volume v;
        make_listen();
        assert_ok(pel_read_volume_bytes(&v, file, size, "x.nii"));
        make_quiet();
        assert_non_null(strstr(make_notes, "vox_offset is 0"));
        assert_int_equal(((uint8_t *)v.data)[0], make_byte(0));
        pel_volume_free(&v);
    }
    make_nifti_spec spec = make_nifti_defaults();
    size_t size = make_nifti(file, &spec);
    float inside = 300;
    memcpy(file + 108, &inside, 4);
    pel_volume v;
    assert_int_equal(pel_read_volume_bytes(&v, file, size, "x.nii"), PEL_EFORMAT);
    assert_error_says("inside its own header");
}

static void the_sform_wins_and_a_qform_that_disagrees_is_told(void **state)
{
    (void)state;
    make_nifti_spec spec = make_nifti_defaults();
    spec.qform_code = 1;
    spec.qoffset[0] = -4;
    spec.qoffset[1] = -5;
    spec.qoffset[2] = -6.1;
    pel_volume v;
    make_listen();
    assert_ok(read_spec(&v, &spec));
    assert_string_equal(make_notes, ""); // a tenth of a millimetre is not worth a word
    pel_volume_free(&v);
    spec.qoffset[2] = -8;
    assert_ok(read_spec(&v, &spec));
    make_quiet();
    assert_non_null(strstr(make_notes, "disagree by up to 2 mm; the sform is used"));
    assert_near(v.mm_from_ijk.m[2][3], -6, 0);
    assert_near(v.fields.qform.m[2][3], -8, 0);
    assert_true(v.oriented);
    pel_volume_free(&v);
}

static void a_quaternion_turns_the_axes_as_the_standard_says(void **state)
{
    (void)state;
    // a quarter turn about z takes i to +y and j to -x; qfac -1 turns k over
    make_nifti_spec spec = make_nifti_defaults();
    spec.sform_code = 0;
    spec.qform_code = 1;
    spec.pixdim[0] = -1;
    spec.quatern[2] = sqrt(0.5);
    spec.qoffset[0] = 10;
    pel_volume v;
    assert_ok(read_spec(&v, &spec));
    static const double want[3][4] = { { 0, -2, 0, 10 }, { 1.5, 0, 0, 0 }, { 0, 0, -2.5, 0 } };
    for (int r = 0; r < 3; r++)
        for (int c = 0; c < 4; c++)
            assert_near(v.mm_from_ijk.m[r][c], want[r][c], 3e-7);
    char letters[8];
    pel_volume_orientation(&v, letters);
    assert_string_equal(letters, "ALI");
    pel_volume_free(&v);
}

static void without_a_code_the_side_is_unknown(void **state)
{
    (void)state;
    make_nifti_spec spec = make_nifti_defaults();
    spec.sform_code = 0;
    pel_volume v;
    make_listen();
    assert_ok(read_spec(&v, &spec));
    make_quiet();
    assert_false(v.oriented);
    assert_non_null(strstr(make_notes, "--assume"));
    static const double want[3][4] = { { -1.5, 0, 0, 2.25 },
                                       { 0, 2, 0, -2 },
                                       { 0, 0, 2.5, -1.25 } };
    for (int r = 0; r < 3; r++)
        for (int c = 0; c < 4; c++)
            assert_near(v.mm_from_ijk.m[r][c], want[r][c], 0);
    pel_volume_free(&v);
}

static void metres_and_micrometres_become_millimetres(void **state)
{
    (void)state;
    static const struct {
        int units;
        double spacing;
        bool known;
    } cases[] = { { 0, 1.5, false }, { 1, 1500, true }, { 2, 1.5, true }, { 3, 0.0015, true } };
    for (int i = 0; i < 4; i++) {
        make_nifti_spec spec = make_nifti_defaults();
        spec.units = cases[i].units | 8;
        pel_volume v;
        assert_ok(read_spec(&v, &spec));
        assert_near(pel_volume_spacing_mm(&v).x, cases[i].spacing, 1e-12);
        assert_int_equal(v.unit_known, cases[i].known);
        assert_int_equal(v.fields.time_unit, 8);
        pel_volume_free(&v);
    }
}

static void odd_voxel_sizes_are_told_and_replaced(void **state)
{
    (void)state;
    static const double odd[] = { 0, NAN, INFINITY, -2 }, want[] = { 1, 1, 1, 2 };
    for (int i = 0; i < 4; i++) {
        make_nifti_spec spec = make_nifti_defaults();
        spec.sform_code = 0;
        spec.qform_code = 1;
        spec.pixdim[2] = odd[i];
        pel_volume v;
        make_listen();
        assert_ok(read_spec(&v, &spec));
        make_quiet();
        assert_non_null(strstr(make_notes, "voxel size along axis 2"));
        assert_near(pel_volume_spacing_mm(&v).y, want[i], 0);
        pel_volume_free(&v);
    }
}

static void a_singular_sform_gives_way_to_the_qform(void **state)
{
    (void)state;
    make_nifti_spec spec = make_nifti_defaults();
    memset(spec.srow, 0, sizeof spec.srow);
    spec.qform_code = 1;
    pel_volume v;
    make_listen();
    assert_ok(read_spec(&v, &spec));
    make_quiet();
    assert_non_null(strstr(make_notes, "singular"));
    assert_true(v.oriented);
    assert_near(pel_volume_spacing_mm(&v).z, 2.5, 0);
    pel_volume_free(&v);
}

static void header_extensions_are_kept(void **state)
{
    (void)state;
    static const uint8_t two[] = { 16, 0, 0, 0, 6, 0, 0, 0, 'h', 'e', 'l', 'l', 'o', 0, 0, 0,
                                   32, 0, 0, 0, 4, 0, 0, 0, 1,   2,   3,   4,   5,   6, 7, 8,
                                   1,  2, 3, 4, 5, 6, 7, 8, 1,   2,   3,   4,   5,   6, 7, 8 };
    make_nifti_spec spec = make_nifti_defaults();
    spec.extension = two;
    spec.extension_bytes = sizeof two;
    pel_volume v;
    assert_ok(read_spec(&v, &spec));
    assert_int_equal(v.fields.extension_count, 2);
    assert_int_equal(v.fields.extensions[0].code, 6);
    assert_int_equal(v.fields.extensions[0].size, 8);
    assert_memory_equal(v.fields.extensions[0].bytes, "hello", 6);
    assert_int_equal(v.fields.extensions[1].size, 24);
    assert_int_equal(((uint8_t *)v.data)[0], make_byte(0));
    pel_volume_free(&v);
    // a length that runs past the voxels is no reason to lose them
    size_t size = make_nifti(file, &spec);
    file[352] = 200;
    make_listen();
    assert_ok(pel_read_volume_bytes(&v, file, size, "x.nii"));
    make_quiet();
    assert_non_null(strstr(make_notes, "extension"));
    assert_int_equal(v.fields.extension_count, 0);
    assert_int_equal(((uint8_t *)v.data)[0], make_byte(0));
    pel_volume_free(&v);
}

static void a_file_cut_anywhere_is_refused(void **state)
{
    (void)state;
    for (int version = 1; version <= 2; version++) {
        make_nifti_spec spec = make_nifti_defaults();
        spec.version = version;
        size_t size = make_nifti(file, &spec), small = make_gzip(packed, MAKE_MOST, file, size);
        pel_volume v;
        for (size_t cut = 0; cut < size; cut++)
            assert_true(pel_read_volume_bytes(&v, file, cut, "x.nii") != PEL_OK && !v.data);
        for (size_t cut = 0; cut < small; cut++)
            assert_true(pel_read_volume_bytes(&v, packed, cut, "x.nii.gz") != PEL_OK && !v.data);
        assert_ok(pel_read_volume_bytes(&v, packed, small, "x.nii.gz"));
        pel_volume_free(&v);
    }
    assert_int_equal(pel_memory_in_use(), 0);
}

static void hostile_headers_are_refused(void **state)
{
    (void)state;
    make_nifti_spec spec = make_nifti_defaults();
    spec.dims[2] = -3;
    refuses(&spec, PEL_EFORMAT, "dim[2]");
    spec = make_nifti_defaults();
    spec.dims[0] = 8; // one more than there can be
    refuses(&spec, PEL_EFORMAT, "dim[0]");
    spec = make_nifti_defaults();
    spec.code = 9999;
    refuses(&spec, PEL_EFORMAT, "datatype is 9999");
    spec.code = 1;
    refuses(&spec, PEL_EUNSUPPORTED, "bits packed");
    for (int i = 0; i < 3; i++) {
        static const double offsets[] = { -1, NAN, 1e30 };
        spec = make_nifti_defaults();
        spec.offset = offsets[i];
        size_t size = 416;
        make_nifti_spec good = make_nifti_defaults();
        make_nifti(file, &good);
        float bad = (float)offsets[i];
        memcpy(file + 108, &bad, 4);
        pel_volume v;
        assert_int_equal(pel_read_volume_bytes(&v, file, size, "x.nii"), PEL_EFORMAT);
        assert_error_says("vox_offset");
    }
}

// a header that promises terabytes costs nothing, compressed or not
static void promises_beyond_the_bytes_get_no_memory(void **state)
{
    (void)state;
    make_nifti_spec spec = make_nifti_defaults();
    size_t size = make_nifti(file, &spec);
    static const uint8_t huge[16] = { 7, 0, 255, 127, 255, 127, 255, 127, 255, 127 };
    for (int axes = 3; axes <= 4; axes++) {
        memcpy(file + 40, huge, 10);
        file[40] = (uint8_t)axes;
        pel_volume v;
        assert_int_equal(pel_read_volume_bytes(&v, file, size, "x.nii"), PEL_EFORMAT);
        assert_error_says("promises");
        size_t small = make_gzip(packed, MAKE_MOST, file, size);
        assert_int_equal(pel_read_volume_bytes(&v, packed, small, "x.nii.gz"), PEL_EFORMAT);
        assert_error_says("so small a compressed file");
        assert_int_equal(pel_memory_in_use(), 0);
    }
}

static void a_pair_is_found_from_either_name_and_hashed_header_first(void **state)
{
    (void)state;
    make_enter();
    make_nifti_spec spec = make_nifti_defaults();
    spec.pair = true;
    size_t header = make_nifti(file, &spec);
    uint8_t data[48];
    for (int i = 0; i < 48; i++)
        data[i] = make_byte(i);
    make_file("scan.hdr", file, header);
    make_file("scan.img.gz", packed, make_gzip(packed, MAKE_MOST, data, sizeof data));
    make_file("BIG.HDR", file, header);
    make_file("BIG.IMG", data, sizeof data);
    make_file("alone.hdr", file, header);
    make_file("data.img", data, sizeof data);
    static const char *const names[] = { "scan.hdr",    "scan.img", "scan",
                                         "scan.img.gz", "BIG.HDR",  "BIG.IMG" };
    for (int i = 0; i < 6; i++) {
        pel_volume v;
        assert_ok(pel_read_volume(&v, names[i], NULL));
        assert_memory_equal(v.data, data, sizeof data);
        if (i >= 4) {
            pel__hash *hash;
            char text[33];
            assert_ok(pel__hash_new(&hash));
            pel__hash_add(hash, file, header);
            pel__hash_add(hash, data, sizeof data);
            pel__hash_text(hash, text);
            pel__hash_free(hash);
            assert_string_equal(v.fields.hash, text);
            assert_int_equal(v.fields.bytes, header + sizeof data);
        }
        pel_volume_free(&v);
    }
    pel_volume v;
    assert_int_equal(pel_read_volume(&v, "alone.hdr", NULL), PEL_EIO);
    assert_error_says("alone.img");
    assert_int_equal(pel_read_volume(&v, "data.img", NULL), PEL_EIO);
    assert_error_says("data.hdr");
    assert_int_equal(pel_read_volume_bytes(&v, file, header, "x.hdr"), PEL_EUNSUPPORTED);
    make_leave();
    assert_int_equal(pel_memory_in_use(), 0);
}

static void a_plain_file_gives_slabs_in_any_order(void **state)
{
    (void)state;
    make_enter();
    make_nifti_spec spec = make_nifti_defaults();
    make_file("x.nii", file, make_nifti(file, &spec));
    make_file("x.nii.gz", packed, make_gzip(packed, MAKE_MOST, file, 400));
    for (int gz = 0; gz < 2; gz++) {
        pel_source source;
        uint8_t slice[24];
        assert_ok(pel_open_volume(&source, gz ? "x.nii.gz" : "x.nii", NULL));
        assert_int_equal(source.seekable, !gz);
        assert_int_equal(source.unproven, gz);
        for (int s = 1; s >= 0; s--) {
            assert_ok(source.read_slab(&source, slice, s, 1));
            for (int i = 0; i < 24; i++)
                assert_int_equal(slice[i], make_byte(24 * s + i));
        }
        assert_ok(source.finish(&source));
        pel_volume v;
        assert_ok(pel_read_volume(&v, gz ? "x.nii.gz" : "x.nii", NULL));
        assert_string_equal(source.shape.fields.hash, v.fields.hash);
        pel_volume_free(&v);
        pel_source_close(&source);
    }
    make_leave();
}

static void freesurfer_vectors_have_their_true_length(void **state)
{
    (void)state;
    make_nifti_spec spec = make_nifti_defaults();
    int dims[8] = { 3, 27307, 1, 6, 1, 1, 1, 1 };
    memcpy(spec.dims, dims, sizeof dims);
    spec.code = 2;
    spec.bits = 8;
    uint8_t *large = calloc(1, 352 + 163842);
    assert_non_null(large);
    make_nifti_spec small = spec;
    small.dims[1] = 1;
    make_nifti(file, &small);
    memcpy(large, file, 352);
    large[42] = 27307 & 255;
    large[43] = 27307 >> 8;
    pel_volume v;
    assert_ok(pel_read_volume_bytes(&v, large, 352 + 163842, "x.nii"));
    assert_int_equal(v.dims[0], 163842);
    assert_int_equal(v.dims[2], 1);
    pel_volume_free(&v);
    large[42] = large[43] = 255;
    large[44 + 2] = 1;
    large[144] = 100;
    assert_ok(pel_read_volume_bytes(&v, large, 452, "x.nii"));
    assert_int_equal(v.dims[0], 100);
    pel_volume_free(&v);
    free(large);
}

static void freesurfer_rules_need_every_condition(void **state)
{
    (void)state;
    // dim 1 to 3, and the first of them that is read; 0: refused
    static const struct {
        int dims[4], glmin, want;
    } cases[] = {
        { { 3, -1, 1, 1 }, 5, 5 }, { { 3, -1, 1, 1 }, 0, 0 },        { { 3, -1, 1, 2 }, 5, 0 },
        { { 3, -1, 2, 1 }, 5, 0 }, { { 2, -1, 1, 1 }, 5, 0 },        { { 3, 4, 1, 6 }, 5, 4 },
        { { 3, 4, 1, 1 }, 5, 4 },  { { 3, 27307, 1, 5 }, 5, 27307 },
    };
    static uint8_t large[352 + 27307 * 5];
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        make_nifti_spec spec = make_nifti_defaults();
        spec.code = 2;
        spec.bits = 8;
        make_nifti(file, &spec);
        for (int a = 0; a < 4; a++) {
            file[40 + 2 * a] = (uint8_t)cases[i].dims[a];
            file[41 + 2 * a] = (uint8_t)(cases[i].dims[a] >> 8);
        }
        file[144] = (uint8_t)cases[i].glmin;
        memcpy(large, file, 352);
        pel_volume v;
        pel_status s = pel_read_volume_bytes(&v, large, sizeof large, "x.nii");
        assert_int_equal(s, cases[i].want ? PEL_OK : PEL_EFORMAT);
        assert_int_equal(v.dims[0], cases[i].want);
        pel_volume_free(&v);
    }
    assert_int_equal(pel_memory_in_use(), 0);
}

static void form_codes_and_units_out_of_range_are_unknown(void **state)
{
    (void)state;
    make_nifti_spec spec = make_nifti_defaults();
    spec.version = 2;
    spec.sform_code = spec.qform_code = 40000;
    spec.units = 5;
    pel_volume v;
    assert_ok(read_spec(&v, &spec));
    assert_false(v.oriented);
    assert_false(v.unit_known);
    assert_int_equal(v.fields.sform_code, 0);
    assert_int_equal(v.fields.qform_code, 0);
    pel_volume_free(&v);
}

static void damaged_magic_and_size_are_told(void **state)
{
    (void)state;
    make_nifti_spec spec = make_nifti_defaults();
    pel_volume v;
    for (int version = 1; version <= 2; version++) {
        spec.version = version;
        size_t size = make_nifti(file, &spec);
        file[0]++;
        assert_int_equal(pel_read_volume_bytes(&v, file, size, "x.nii"), PEL_EFORMAT);
        assert_error_says(version == 1 ? "sizeof_hdr is 349" : "sizeof_hdr is 541");
        file[0]--;
        file[version == 1 ? 344 : 4] = 'x';
        assert_int_equal(pel_read_volume_bytes(&v, file, size, "x.nii"), PEL_EFORMAT);
        assert_error_says("its magic is 'x+");
    }
    spec.version = 1;
    make_nifti(file, &spec);
    file[0] = 0;
    file[1] = 0;
    assert_int_equal(pel_read_volume_bytes(&v, file, 4, "x.nii"), PEL_EFORMAT);
    // a pair of the second version
    spec.version = 2;
    spec.pair = true;
    size_t size = make_nifti(file, &spec);
    assert_int_equal(pel_read_volume_bytes(&v, file, size, "x.hdr"), PEL_EUNSUPPORTED);
    assert_error_says("header of a pair");
}

static void a_bitpix_that_disagrees_is_told(void **state)
{
    (void)state;
    make_nifti_spec spec = make_nifti_defaults();
    size_t size = make_nifti(file, &spec);
    file[72] = 8;
    pel_volume v;
    make_listen();
    assert_ok(pel_read_volume_bytes(&v, file, size, "x.nii"));
    make_quiet();
    assert_non_null(strstr(make_notes, "bitpix is 8"));
    assert_int_equal(((uint8_t *)v.data)[47], make_byte(47));
    pel_volume_free(&v);
}

static void put_64(uint8_t *at, int64_t value)
{
    for (int i = 0; i < 8; i++)
        at[i] = (uint8_t)(value >> 8 * i);
}

static void sizes_beyond_63_bits_are_refused(void **state)
{
    (void)state;
    static const struct {
        int64_t dims[8];
        int code;
        int64_t offset;
    } cases[] = {
        { { 5, 1, 1, 1, (int64_t)1 << 40, (int64_t)1 << 40, 1, 1 }, 2, 544 },
        { { 3, (int64_t)1 << 40, (int64_t)1 << 40, 1, 1, 1, 1, 1 }, 2, 544 },
        // as float64 it would fit, as the float128 of the file it does not
        { { 3, (int64_t)1 << 30, (int64_t)1 << 29, 1, 1, 1, 1, 1 }, 1536, 544 },
        { { 3, ((int64_t)1 << 62) + 1, 1, 1, 1, 1, 1, 1 }, 2, ((int64_t)1 << 62) - 1 },
        { { 3, INT64_MAX, 1, 1, 1, 1, 1, 1 }, 2, 544 },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        make_nifti_spec spec = make_nifti_defaults();
        spec.version = 2;
        spec.code = cases[i].code;
        size_t size = make_nifti(file, &spec);
        for (int a = 0; a < 8; a++)
            put_64(file + 16 + 8 * a, cases[i].dims[a]);
        put_64(file + 168, cases[i].offset);
        pel_volume v;
        assert_int_equal(pel_read_volume_bytes(&v, file, size, "x.nii"), PEL_EFORMAT);
        assert_error_says(i == 3 ? "where no voxels can be" : "63 bits");
        assert_int_equal(pel_memory_in_use(), 0);
    }
    // no axes at all
    make_nifti_spec spec = make_nifti_defaults();
    spec.dims[0] = 0;
    refuses(&spec, PEL_EFORMAT, "dim[0] 0");
}

static void few_axes_have_an_affine_too(void **state)
{
    (void)state;
    make_nifti_spec spec = make_nifti_defaults();
    spec.sform_code = 0;
    spec.dims[0] = 1;
    pel_volume v;
    assert_ok(read_spec(&v, &spec));
    pel_vec3 spacing = pel_volume_spacing_mm(&v);
    assert_near(spacing.x, 1.5, 0);
    assert_near(spacing.y, 1, 0);
    assert_near(spacing.z, 1, 0);
    pel_volume_free(&v);
}

// what is wrong with extensions never costs the voxels
static void odd_extensions_end_the_list(void **state)
{
    (void)state;
    enum { MOST = 4096 };
    static uint8_t many[(MOST + 1) * 8];
    for (int i = 0; i <= MOST; i++)
        many[8 * i] = 8;
    make_nifti_spec spec = make_nifti_defaults();
    spec.extension = many;
    spec.extension_bytes = sizeof many;
    pel_volume v;
    assert_ok(read_spec(&v, &spec));
    assert_int_equal(v.fields.extension_count, MOST);
    assert_int_equal(((uint8_t *)v.data)[47], make_byte(47));
    pel_volume_free(&v);
    // shorter than its own head
    spec.extension_bytes = 16;
    size_t size = make_nifti(file, &spec);
    file[352] = 7;
    make_listen();
    assert_ok(pel_read_volume_bytes(&v, file, size, "x.nii"));
    make_quiet();
    assert_non_null(strstr(make_notes, "extension is 7 bytes long"));
    assert_int_equal(v.fields.extension_count, 0);
    pel_volume_free(&v);
    // no room for the flag between header and voxels
    spec = make_nifti_defaults();
    spec.offset = 350;
    assert_ok(read_spec(&v, &spec));
    assert_int_equal(v.fields.extension_count, 0);
    pel_volume_free(&v);
}

// of a compressed pair nobody knows where the header file ends
static void a_compressed_header_ends_where_it_ends(void **state)
{
    (void)state;
    static const uint8_t one[16] = { 16, 0, 0, 0, 6, 0, 0, 0, 'h', 'i' };
    make_nifti_spec spec = make_nifti_defaults();
    spec.pair = true;
    spec.extension = one;
    spec.extension_bytes = sizeof one;
    size_t size = make_nifti(file, &spec);
    uint8_t voxels[48] = { 1, 2, 3 };
    make_enter();
    make_file("x.img", voxels, sizeof voxels);
    // whole; in the head of a second extension; without; in the flag; nothing after the header
    static const struct {
        size_t bytes;
        int extensions;
    } cases[] = { { 368, 1 }, { 372, 1 }, { 352, 0 }, { 350, 0 }, { 348, 0 } };
    pel_volume v;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        memset(file + size, 0, 8);
        make_file("x.hdr.gz", packed, make_gzip(packed, MAKE_MOST, file, cases[i].bytes));
        assert_ok(pel_read_volume(&v, "x.hdr.gz", NULL));
        assert_int_equal(v.fields.extension_count, cases[i].extensions);
        assert_memory_equal(v.data, voxels, 48);
        pel_volume_free(&v);
    }
    // cut between two extensions, past what was looked at to know the format
    static uint8_t large[4096] = { 4096 & 255, 4096 >> 8, 0, 0, 6 };
    for (int i = 8; i < 4096; i++)
        large[i] = make_byte(i * i >> 6);
    spec.extension = large;
    spec.extension_bytes = sizeof large;
    size = make_nifti(file, &spec);
    size_t whole = make_gzip(packed, MAKE_MOST, file, size);
    for (size_t cut = whole - 20; cut < whole; cut++) {
        make_file("x.hdr.gz", packed, cut);
        assert_int_equal(pel_read_volume(&v, "x.hdr.gz", NULL), PEL_EFORMAT);
        assert_int_equal(pel_memory_in_use(), 0);
    }
    make_nifti_spec few = make_nifti_defaults();
    few.pair = true;
    make_nifti(file, &few);
    // damaged in the flag, and in the head of the second extension
    for (size_t cut = 344; cut <= 372; cut += 2) {
        size_t small = make_gzip(packed, MAKE_MOST, file, cut);
        packed[small - 6] ^= 1;
        make_file("x.hdr.gz", packed, small);
        assert_int_equal(pel_read_volume(&v, "x.hdr.gz", NULL), PEL_EFORMAT);
        assert_int_equal(pel_memory_in_use(), 0);
    }
    make_leave();
}

static void quads_cut_short_are_refused(void **state)
{
    (void)state;
    make_nifti_spec spec = make_nifti_defaults();
    spec.code = 1536;
    spec.bits = 128;
    size_t size = make_nifti(file, &spec);
    size_t small = make_gzip(packed, MAKE_MOST, file, size - 8);
    pel_volume v;
    assert_int_equal(pel_read_volume_bytes(&v, packed, small, "x.nii.gz"), PEL_EFORMAT);
    assert_error_says("cut short");
    assert_int_equal(pel_memory_in_use(), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_type_comes_back_in_both_byte_orders_and_versions),
        cmocka_unit_test(quads_are_rounded_to_the_nearest_double),
        cmocka_unit_test(a_slope_of_zero_or_no_number_scales_nothing),
        cmocka_unit_test(a_quaternion_longer_than_one_is_shortened),
        cmocka_unit_test(an_offset_of_zero_means_after_the_header),
        cmocka_unit_test(the_sform_wins_and_a_qform_that_disagrees_is_told),
        cmocka_unit_test(a_quaternion_turns_the_axes_as_the_standard_says),
        cmocka_unit_test(without_a_code_the_side_is_unknown),
        cmocka_unit_test(metres_and_micrometres_become_millimetres),
        cmocka_unit_test(odd_voxel_sizes_are_told_and_replaced),
        cmocka_unit_test(a_singular_sform_gives_way_to_the_qform),
        cmocka_unit_test(header_extensions_are_kept),
        cmocka_unit_test(a_file_cut_anywhere_is_refused),
        cmocka_unit_test(hostile_headers_are_refused),
        cmocka_unit_test(promises_beyond_the_bytes_get_no_memory),
        cmocka_unit_test(a_pair_is_found_from_either_name_and_hashed_header_first),
        cmocka_unit_test(a_plain_file_gives_slabs_in_any_order),
        cmocka_unit_test(freesurfer_vectors_have_their_true_length),
        cmocka_unit_test(freesurfer_rules_need_every_condition),
        cmocka_unit_test(form_codes_and_units_out_of_range_are_unknown),
        cmocka_unit_test(damaged_magic_and_size_are_told),
        cmocka_unit_test(a_bitpix_that_disagrees_is_told),
        cmocka_unit_test(sizes_beyond_63_bits_are_refused),
        cmocka_unit_test(few_axes_have_an_affine_too),
        cmocka_unit_test(odd_extensions_end_the_list),
        cmocka_unit_test(a_compressed_header_ends_where_it_ends),
        cmocka_unit_test(quads_cut_short_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
