/* SPDX-License-Identifier: Apache-2.0 */
/* test_stream.c: gzip members, archives, standard input, raw data, and names that lead to them. */
#include <unistd.h>
#include <zip.h>

#include "make.h"

static uint8_t file[MAKE_MOST], packed[MAKE_MOST], other[MAKE_MOST];

static size_t make_default(void)
{
    make_nifti_spec spec = make_nifti_defaults();
    return make_nifti(file, &spec);
}

static void check_voxels(pel_volume *v)
{
    for (int i = 0; i < 48; i++)
        assert_int_equal(((uint8_t *)v->data)[i], make_byte(i));
    pel_volume_free(v);
    assert_int_equal(pel_memory_in_use(), 0);
}

/* ---- gzip ---- */

static void members_and_padding_are_one_stream(void **state)
{
    (void)state;
    size_t size = make_default();
    for (size_t cut = 1; cut < size; cut += 7) {
        size_t a = make_gzip(packed, MAKE_MOST, file, cut);
        a += make_gzip(packed + a, MAKE_MOST - a, "", 0);
        a += make_gzip(packed + a, MAKE_MOST - a, file + cut, size - cut);
        memset(packed + a, 0, 100);
        pel_volume v;
        assert_ok(pel_read_volume_bytes(&v, packed, a + cut % 100, "x.nii.gz"));
        check_voxels(&v);
    }
}

static void what_follows_the_stream_is_told(void **state)
{
    (void)state;
    size_t size = make_gzip(packed, MAKE_MOST, file, make_default());
    memcpy(packed + size, "hello", 5);
    pel_volume v;
    make_listen();
    assert_ok(pel_read_volume_bytes(&v, packed, size + 5, "x.nii.gz"));
    make_quiet();
    assert_non_null(strstr(make_notes, "not gzip follows"));
    check_voxels(&v);
}

static void checksum_and_length_of_every_member_are_verified(void **state)
{
    (void)state;
    size_t size = make_default(), a = make_gzip(packed, MAKE_MOST, file, 200);
    size_t b = a + make_gzip(packed + a, MAKE_MOST - a, file + 200, size - 200);
    const size_t trailers[] = { a, b };
    for (int t = 0; t < 2; t++)
        for (size_t back = 1; back <= 8; back++) {
            packed[trailers[t] - back] ^= 0x10;
            pel_volume v;
            assert_int_equal(pel_read_volume_bytes(&v, packed, b, "x.nii.gz"), PEL_EFORMAT);
            assert_error_says("checksum");
            packed[trailers[t] - back] ^= 0x10;
        }
}

static void any_flipped_bit_is_noticed_or_harmless(void **state)
{
    (void)state;
    size_t size = make_gzip(packed, MAKE_MOST, file, make_default());
    int refused = 0;
    for (size_t bit = 8 * 10; bit < 8 * size; bit++) {
        packed[bit / 8] ^= (uint8_t)(1 << bit % 8);
        pel_volume v;
        if (pel_read_volume_bytes(&v, packed, size, "x.nii.gz") == PEL_OK)
            check_voxels(&v);
        else
            refused++;
        packed[bit / 8] ^= (uint8_t)(1 << bit % 8);
    }
    assert_true(refused > 1000);
}

// a megabyte of zeros after the voxels is not inflated
static void a_bomb_stops_at_the_promised_size(void **state)
{
    (void)state;
    enum { ZEROS = 32 << 20 };
    size_t size = make_default();
    uint8_t *large = calloc(1, size + ZEROS);
    assert_non_null(large);
    memcpy(large, file, size);
    size_t small = make_gzip(packed, MAKE_MOST, large, size + ZEROS);
    pel_volume v;
    make_listen();
    assert_ok(pel_read_volume_bytes(&v, packed, small, "x.nii.gz"));
    make_quiet();
    assert_non_null(strstr(make_notes, "goes on after the last voxel"));
    check_voxels(&v);
    free(large);
}

static void standard_input_is_read_once(void **state)
{
    (void)state;
    make_enter();
    size_t size = make_default();
    for (int gz = 0; gz < 2; gz++) {
        size_t bytes = gz ? make_gzip(packed, MAKE_MOST, file, size) : size;
        make_file("in", gz ? packed : file, bytes);
        assert_non_null(freopen("in", "rb", stdin));
        int pipes[2];
        assert_int_equal(pipe(pipes), 0);
        assert_int_equal(write(pipes[1], gz ? packed : file, bytes), (ssize_t)bytes);
        close(pipes[1]);
        int before = dup(STDIN_FILENO);
        assert_int_equal(dup2(pipes[0], STDIN_FILENO), STDIN_FILENO);
        pel_source source;
        pel_volume v;
        uint8_t slice[24];
        assert_ok(pel_open_volume(&source, "-", NULL));
        assert_true(source.unproven);
        assert_ok(pel_source_read(&v, &source));
        assert_int_equal(source.read_slab(&source, slice, 0, 1), PEL_EUNSUPPORTED);
        assert_error_says("cannot be read twice");
        pel_source_close(&source);
        check_voxels(&v);
        dup2(before, STDIN_FILENO);
        close(before);
        close(pipes[0]);
    }
    make_leave();
}

/* ---- archives ---- */

typedef struct entry {
    const char *name;
    const void *bytes;
    size_t size;
} entry;

static void make_zip(const char *path, const entry *entries, int count)
{
    int code;
    zip_t *archive = zip_open(path, ZIP_CREATE | ZIP_TRUNCATE, &code);
    assert_non_null(archive);
    for (int i = 0; i < count; i++) {
        zip_source_t *source = zip_source_buffer(archive, entries[i].bytes, entries[i].size, 0);
        assert_true(zip_file_add(archive, entries[i].name, source, 0) >= 0);
    }
    assert_int_equal(zip_close(archive), 0);
}

static void archives_give_their_volume_and_its_partner(void **state)
{
    (void)state;
    make_enter();
    size_t size = make_default(), small = make_gzip(packed, MAKE_MOST, file, size);
    make_nifti_spec spec = make_nifti_defaults();
    spec.pair = true;
    size_t header = make_nifti(other, &spec);
    const entry one[] = { { "readme.txt", "hi", 2 },
                          { "__MACOSX/._head.nii", "x", 1 },
                          { "a/head.nii.gz", packed, small } };
    const entry pair[] = { { "a/head.img", file + 352, 48 },
                           { "b/head.hdr", other, header },
                           { "b/head.img", file + 352, 48 },
                           { "c/head.nii", file, size } };
    make_zip("one.zip", one, 3);
    make_zip("pair.zip", pair + 1, 2);
    make_zip("many.zip", pair, 4);
    make_zip("none.zip", one, 2);
    static const char *const good[] = { "one.zip",
                                        "one.zip::a/head.nii.gz",
                                        "pair.zip",
                                        "pair.zip::b/head.img",
                                        "pair.zip::b/head",
                                        "many.zip::c/head.nii",
                                        "many.zip::b/head.hdr" };
    pel_volume v;
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        assert_ok(pel_read_volume(&v, good[i], NULL));
        check_voxels(&v);
    }
    static const struct {
        const char *path, *says;
    } bad[] = {
        { "many.zip", "b/head.hdr, c/head.nii" },
        { "many.zip::x.nii", "has no member 'x.nii'; its volumes are: a/head.img" },
        { "many.zip::a/head.img", "a/head.hdr is not there" },
        { "none.zip", "holds no volume" },
        { "one.zip::readme.txt", "is text" },
        { "gone.zip::x.nii", "gone.zip" },
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        assert_true(pel_read_volume(&v, bad[i].path, NULL) != PEL_OK);
        assert_error_says(bad[i].says);
    }
    make_leave();
    assert_int_equal(pel_memory_in_use(), 0);
}

static void a_long_list_of_volumes_is_cut(void **state)
{
    (void)state;
    make_enter();
    size_t size = make_default();
    static char names[12][300];
    entry many[12];
    for (int i = 0; i < 12; i++) {
        snprintf(names[i], sizeof names[i], "%02d%*s.nii", i, i < 6 ? 4 : 200, "x");
        many[i] = (entry){ names[i], file, size };
    }
    make_zip("many.zip", many, 12);
    pel_volume v;
    assert_int_equal(pel_read_volume(&v, "many.zip", NULL), PEL_EPARAM);
    assert_error_says("holds 12 volumes");
    assert_error_says("05   x.nii");
    assert_error_says(", ...");
    assert_null(strstr(pel_error(), "..., ..."));
    make_zip("none.zip", many, 0);
    assert_true(pel_read_volume(&v, "none.zip", NULL) != PEL_OK);
    make_leave();
}

static void an_archive_cut_or_flipped_never_gives_other_voxels(void **state)
{
    (void)state;
    make_enter();
    size_t size = make_default();
    const entry one[] = { { "head.nii", file, size } };
    make_zip("x.zip", one, 1);
    FILE *in = fopen("x.zip", "rb");
    size_t bytes = fread(other, 1, MAKE_MOST, in);
    fclose(in);
    pel_volume v;
    assert_ok(pel_read_volume_bytes(&v, other, bytes, "x.zip"));
    check_voxels(&v);
    for (size_t cut = 0; cut < bytes; cut++)
        assert_true(pel_read_volume_bytes(&v, other, cut, "x.zip") != PEL_OK);
    for (size_t bit = 0; bit < 8 * bytes; bit += 3) {
        other[bit / 8] ^= (uint8_t)(1 << bit % 8);
        if (pel_read_volume_bytes(&v, other, bytes, "x.zip") == PEL_OK)
            check_voxels(&v);
        other[bit / 8] ^= (uint8_t)(1 << bit % 8);
    }
    make_leave();
    assert_int_equal(pel_memory_in_use(), 0);
}

/* ---- raw, names, strangers ---- */

static void raw_data_is_what_the_person_says(void **state)
{
    (void)state;
    make_enter();
    uint8_t bytes[64];
    for (int i = 0; i < 64; i++)
        bytes[i] = make_byte(i);
    make_file("x.raw", bytes, sizeof bytes);
    make_file("x.raw.gz", packed, make_gzip(packed, MAKE_MOST, bytes, sizeof bytes));
    static const struct {
        const char *raw, *says;
    } cases[] = {
        { "4x3x2,int16,le,16", NULL },
        { "4x3x2,int16,be,16", NULL },
        { "64,uint8,le", NULL },
        { "2x2x2x2x2x2,uint8,le", NULL },
        { "4x3x2,int16", "too few" },
        { "4x3x2,int16,le,1,2", "too few" },
        { "4xx2,int16,le", "shape" },
        { "4.5x3,int16,le", "whole numbers" },
        { "0x3,int16,le", "whole numbers" },
        { "4x3,int12,le", "int12" },
        { "4x3,int16,xe", "neither" },
        { "4x3,int16,le,-1", "offset" },
        { "1x1x1x1x1x1x1x1,uint8,le", "shape" },
        { "33x1,int16,le", "promises" },
        { "4x3x2,int16,le,17", "promises" },
        { "999999999x999999999x999999999,int16,le", "63 bits" },
    };
    for (int gz = 0; gz < 2; gz++)
        for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
            pel_read_params params = pel_read_defaults();
            params.raw = cases[i].raw;
            pel_volume v;
            pel_status s = pel_read_volume(&v, gz ? "x.raw.gz" : "x.raw", &params);
            if (!cases[i].says) {
                assert_ok(s);
                int64_t n = pel_volume_bytes(&v);
                for (int64_t b = 0; b < n; b++)
                    assert_int_equal(((uint8_t *)v.data)[i == 1 ? b ^ 1 : b],
                                     make_byte(b + (i < 2 ? 16 : 0)));
                assert_false(v.oriented);
                pel_volume_free(&v);
            } else {
                assert_true(s != PEL_OK);
                if (!gz || strcmp(cases[i].says, "promises") != 0)
                    assert_error_says(cases[i].says);
            }
        }
    make_listen();
    pel_read_params params = pel_read_defaults();
    params.raw = "4x4,uint8,le";
    pel_volume v;
    assert_ok(pel_read_volume(&v, "x.raw", &params));
    make_quiet();
    assert_non_null(strstr(make_notes, "48 bytes more"));
    pel_volume_free(&v);
    make_leave();
}

static void names_lead_to_the_file_they_mean(void **state)
{
    (void)state;
    make_enter();
    size_t size = make_default(), small = make_gzip(packed, MAKE_MOST, file, size);
    make_file("a.nii.gz", packed, small);
    make_file("wrong.img", file, size);
    make_file("plain.nii.gz", file, size);
    make_file("two.nii", file, size);
    make_file("two.nii.gz", packed, small);
    static const char *const good[] = { "a.nii.gz",     "a.nii",   "a",         "wrong.img",
                                        "plain.nii.gz", "two.nii", "two.nii.gz" };
    pel_volume v;
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        assert_ok(pel_read_volume(&v, good[i], NULL));
        check_voxels(&v);
    }
    assert_int_equal(pel_read_volume(&v, "two", NULL), PEL_EPARAM);
    assert_error_says("write the whole name");
    assert_int_equal(pel_read_volume(&v, "gone.nii", NULL), PEL_EIO);
    assert_error_says("gone.nii: cannot be opened");
    assert_int_equal(pel_read_volume(&v, ".", NULL), PEL_EDATA);
    assert_error_says("folder");
    make_leave();
}

static void strangers_are_named_with_what_converts_them(void **state)
{
    (void)state;
    static const struct {
        const char *name, *bytes;
        size_t size;
        const char *says;
    } cases[] = {
        { "x", "\x89PNG\r\n", 6, "PNG" },
        { "x.mgz", "abc", 3, "MGH" },
        { "x", "NRRD0009\n", 9, "NRRD" },
        { "x", "CDF\001", 4, "mnc2nii" },
        { "x+orig.HEAD", "type = string-attribute\n", 24, "3dAFNItoNIFTI" },
        { "x.mha", "ObjectType = Image\n", 19, "NDims" },
        { "x.par", "# === DATA DESCRIPTION FILE", 27, "parrec2nii" },
        { "x", "", 0, "empty" },
        { "x.nii", "hello, I am text", 16, "text" },
        { "x", "\1\2\3\4\5", 5, "--raw" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        pel_volume v;
        assert_true(pel_read_volume_bytes(&v, cases[i].bytes, cases[i].size, cases[i].name) !=
                    PEL_OK);
        assert_error_says(cases[i].says);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(members_and_padding_are_one_stream),
        cmocka_unit_test(what_follows_the_stream_is_told),
        cmocka_unit_test(checksum_and_length_of_every_member_are_verified),
        cmocka_unit_test(any_flipped_bit_is_noticed_or_harmless),
        cmocka_unit_test(a_bomb_stops_at_the_promised_size),
        cmocka_unit_test(standard_input_is_read_once),
        cmocka_unit_test(archives_give_their_volume_and_its_partner),
        cmocka_unit_test(a_long_list_of_volumes_is_cut),
        cmocka_unit_test(an_archive_cut_or_flipped_never_gives_other_voxels),
        cmocka_unit_test(raw_data_is_what_the_person_says),
        cmocka_unit_test(names_lead_to_the_file_they_mean),
        cmocka_unit_test(strangers_are_named_with_what_converts_them),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
