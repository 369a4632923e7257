/* SPDX-License-Identifier: Apache-2.0 */
/* test_bytes.c: streams at their edges, names that cannot be, and archives that lie. */
#include "read/bytes.h"

#include <libdeflate.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zip.h>

#include "make.h"
#include "read/coding.h"
#include "read/zip.h"

static uint8_t file[MAKE_MOST], packed[MAKE_MOST];

static size_t make_default(void)
{
    make_nifti_spec spec = make_nifti_defaults();
    return make_nifti(file, &spec);
}

static void refuses(const char *path, pel_status status, const char *says)
{
    pel_volume v;
    assert_int_equal(pel_read_volume(&v, path, NULL), status);
    assert_error_says(says);
    assert_int_equal(pel_memory_in_use(), 0);
}

/* ---- gzip ---- */

typedef pel_status (*open_coded)(pel__bytes **out, pel__bytes *inner);

// one byte at a time the decompressor stops and goes on at every place it can
static pel_status read_bytewise(open_coded open, size_t small, size_t size, size_t *done)
{
    pel__bytes *inner, *b;
    assert_ok(pel__bytes_open_memory(&inner, packed, small, "x.gz", NULL));
    *done = 0;
    pel_status s = open(&b, inner);
    int64_t got = 1;
    for (uint8_t byte; s == PEL_OK && got;) {
        s = pel__bytes_read(b, &byte, 1, &got);
        if (s == PEL_OK && got) {
            assert_true(*done < size);
            assert_int_equal(byte, file[*done]);
            ++*done;
        }
    }
    pel__bytes_close(b);
    return s;
}

// every byte in a stored block of its own, with empty blocks of both kinds between
static size_t make_blocks(size_t size)
{
    uint8_t *at = packed;
    memcpy(at, "\x1f\x8b\x08\0\0\0\0\0\0\xff", 10);
    at += 10;
    for (size_t i = 0; i < size; i++) {
        memcpy(at, "\0\1\0\xfe\xff", 5);
        at[5] = file[i];
        // two empty fixed blocks, then an empty stored one to the next whole byte
        memcpy(at + 6, "\x02\x08\0\0\0\xff\xff", 7);
        at += 13;
    }
    memcpy(at, "\3\0", 2);
    uint32_t crc = libdeflate_crc32(0, file, size);
    for (int i = 0; i < 4; i++) {
        at[2 + i] = (uint8_t)(crc >> 8 * i);
        at[6 + i] = (uint8_t)(size >> 8 * i);
    }
    return (size_t)(at + 10 - packed);
}

static size_t make_zlib(size_t size)
{
    struct libdeflate_compressor *c = libdeflate_alloc_compressor(6);
    size_t small = libdeflate_zlib_compress(c, file, size, packed, MAKE_MOST);
    libdeflate_free_compressor(c);
    return small;
}

static void a_stream_cut_anywhere_and_read_bytewise_is_cut_short(void **state)
{
    (void)state;
    enum { SIZE = 1500 };
    for (int kind = 0; kind < 4; kind++) {
        for (int i = 0; i < SIZE; i++)
            file[i] = kind ? make_byte(i * i >> 4) : 0;
        size_t size = kind == 2 ? 30 : SIZE, done;
        size_t small = kind == 3   ? make_zlib(size)
                       : kind == 2 ? make_blocks(size)
                                   : make_gzip(packed, MAKE_MOST, file, size);
        open_coded open = kind == 3 ? pel__bytes_unzlib : pel__bytes_gunzip;
        assert_ok(read_bytewise(open, small, size, &done));
        assert_int_equal(done, size);
        for (size_t cut = 3; cut<small; cut += size> 100 && cut + 30 < small ? 7 : 1) {
            assert_int_equal(read_bytewise(open, cut, size, &done), PEL_EFORMAT);
            assert_error_says("ends in the middle");
        }
    }
    assert_int_equal(pel_memory_in_use(), 0);
}

static void what_is_wrong_with_a_member_is_told(void **state)
{
    (void)state;
    size_t size = make_default(), one = make_gzip(packed, MAKE_MOST, file, 200);
    size_t two = one + make_gzip(packed + one, MAKE_MOST - one, file + 200, size - 200);
    pel_volume v;
    for (size_t at = 1; at <= 2; at++) {
        packed[one + at] ^= 3;
        assert_int_equal(pel_read_volume_bytes(&v, packed, two, "x.nii.gz"), PEL_EFORMAT);
        assert_error_says("the header of its compressed data is wrong");
        packed[one + at] ^= 3;
    }
    // half of a magic number is none
    assert_int_equal(pel_read_volume_bytes(&v, "\x1f\x9d\x90 compress", 12, "x.Z"), PEL_EFORMAT);
    assert_error_says("--raw");
    assert_int_equal(pel_memory_in_use(), 0);
}

static void skipping_to_the_voxels_notices_damage(void **state)
{
    (void)state;
    make_default();
    float offset = 60000;
    memcpy(file + 108, &offset, 4);
    for (int i = 352; i < MAKE_MOST; i++)
        file[i] = make_byte((int64_t)i * i >> 5);
    size_t small = make_gzip(packed, MAKE_MOST, file, 60048);
    pel_volume v;
    assert_ok(pel_read_volume_bytes(&v, packed, small, "x.nii.gz"));
    assert_memory_equal(v.data, file + 60000, 48);
    pel_volume_free(&v);
    assert_int_equal(pel_read_volume_bytes(&v, packed, small / 2, "x.nii.gz"), PEL_EFORMAT);
    assert_error_says("ends in the middle of its compressed data");
    assert_int_equal(pel_memory_in_use(), 0);
}

/* ---- names ---- */

static void names_that_cannot_be_are_refused(void **state)
{
    (void)state;
    static char longest[5000];
    memset(longest, 'x', 4200);
    make_enter();
    refuses(longest, PEL_EPARAM, "the name is too long");
    pel_volume v;
    assert_int_equal(pel_read_volume_bytes(&v, "", 0, longest), PEL_EPARAM);
    memcpy(longest + 4200, "::y.nii", 8);
    refuses(longest, PEL_EPARAM, "the name is too long");
    refuses("::y.nii", PEL_EIO, "::y.nii: cannot be opened");
    // a file may have colons in its name
    make_file("a::b.nii", file, make_default());
    assert_ok(pel_read_volume(&v, "a::b.nii", NULL));
    pel_volume_free(&v);
    // parameters that nobody filled
    pel_read_params params = { 0 };
    assert_int_equal(pel_read_volume(&v, "a::b.nii", &params), PEL_EPARAM);
    assert_error_says("pel_read_defaults()");
    static char part[200];
    memset(part, '1', 64);
    strcpy(part + 64, ",uint8,le");
    params = pel_read_defaults();
    params.raw = part;
    assert_int_equal(pel_read_volume(&v, "a::b.nii", &params), PEL_EPARAM);
    assert_error_says("too few or too many parts");
    make_leave();
    assert_int_equal(pel_memory_in_use(), 0);
}

static void devices_and_pipes_are_streams(void **state)
{
    (void)state;
    refuses("/dev/null", PEL_EFORMAT, "is empty");
    pel_volume v;
    assert_int_equal(pel_read_volume_bytes(&v, "two\nlines\n", 10, "x"), PEL_EFORMAT);
    assert_error_says("is text");
}

// the hash of several files is that of one after the other
static void files_of_one_volume_are_hashed_in_turn(void **state)
{
    (void)state;
    static const char head[] = "NRRD0004\ntype: uint8\ndimension: 3\nsizes: 4 3 2\n"
                               "encoding: raw\ndata file: LIST\na.raw\nb.raw\n";
    uint8_t all[sizeof head - 1 + 24];
    memcpy(all, head, sizeof head - 1);
    for (int i = 0; i < 24; i++)
        all[sizeof head - 1 + (size_t)i] = make_byte(i);
    make_enter();
    make_file("x.nhdr", head, sizeof head - 1);
    make_file("a.raw", all + sizeof head - 1, 12);
    make_file("b.raw", all + sizeof head - 1 + 12, 12);
    pel_volume v;
    assert_ok(pel_read_volume(&v, "x.nhdr", NULL));
    assert_memory_equal(v.data, all + sizeof head - 1, 24);
    assert_int_equal(v.fields.bytes, sizeof all);
    pel__hash *hash;
    char want[33];
    assert_ok(pel__hash_new(&hash));
    pel__hash_add(hash, all, sizeof all);
    pel__hash_text(hash, want);
    pel__hash_free(hash);
    assert_string_equal(v.fields.hash, want);
    pel_volume_free(&v);
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
    zip_t *archive = zip_open(path, ZIP_CREATE | ZIP_TRUNCATE, NULL);
    assert_non_null(archive);
    for (int i = 0; i < count; i++) {
        zip_source_t *source = zip_source_buffer(archive, entries[i].bytes, entries[i].size, 0);
        assert_true(zip_file_add(archive, entries[i].name, source, ZIP_FL_ENC_UTF_8) >= 0);
    }
    assert_int_equal(zip_close(archive), 0);
}

static void odd_members_are_no_volumes(void **state)
{
    (void)state;
    make_enter();
    size_t size = make_default();
    static char longest[4200];
    memset(longest, 'x', 4100);
    strcpy(longest + 4100, ".nii");
    const entry odd[] = { { "folder.nii/", "", 0 },
                          { "__MACOSX/head.nii", file, size },
                          { "deep/._head.nii", file, size },
                          { longest, file, size },
                          { "head.nii", file, size } };
    make_zip("odd.zip", odd, 5);
    make_zip("none.zip", odd, 4);
    const entry twice[] = { { "two.nii", file, size }, { "two.npy", file, size } };
    make_zip("twice.zip", twice, 2);
    pel_volume v;
    assert_ok(pel_read_volume(&v, "odd.zip", NULL));
    pel_volume_free(&v);
    assert_ok(pel_read_volume(&v, "odd.zip::", NULL));
    pel_volume_free(&v);
    refuses("none.zip", PEL_EUNSUPPORTED, "among its 4 entries");
    refuses("none.zip::y.nii", PEL_EIO, "its volumes are: none");
    refuses("twice.zip::two", PEL_EPARAM, "write the whole name");
    FILE *in = fopen("odd.zip", "rb");
    size_t bytes = fread(file, 1, MAKE_MOST, in);
    fclose(in);
    make_file("odd.zip.gz", packed, make_gzip(packed, MAKE_MOST, file, bytes));
    refuses("odd.zip.gz", PEL_EFORMAT, "--raw");
    pel__zip *zip;
    pel__bytes *member;
    assert_ok(pel__zip_open_file(&zip, "odd.zip"));
    assert_int_equal(pel__zip_member(&member, zip, 5, NULL), PEL_EFORMAT);
    assert_error_says("an entry of the archive cannot be read");
    pel__zip_close(zip);
    make_leave();
    assert_int_equal(pel_memory_in_use(), 0);
}

static void a_list_of_long_names_is_cut(void **state)
{
    (void)state;
    make_enter();
    size_t size = make_default();
    static char names[4][600];
    static const int lengths[] = { 300, 180, 300, 10 };
    entry many[4];
    for (int i = 0; i < 4; i++) {
        memset(names[i], 'a' + i, (size_t)lengths[i]);
        strcpy(names[i] + lengths[i], ".nii");
        many[i] = (entry){ names[i], file, size };
    }
    make_zip("x.zip", many, 4);
    refuses("x.zip", PEL_EPARAM, "b.nii, ...");
    assert_null(strstr(pel_error(), "..., "));
    memset(names[0], 'a', 550);
    strcpy(names[0] + 550, ".nii");
    make_zip("x.zip", many, 2);
    refuses("x.zip", PEL_EPARAM, "holds 2 volumes; name one as x.zip::MEMBER, of ...");
    make_leave();
}

static void put(uint8_t *at, int bytes, uint64_t value)
{
    for (int i = 0; i < bytes; i++)
        at[i] = (uint8_t)(value >> 8 * i);
}

// one stored member "h.nii" whose central entry claims these sizes in zip64
static size_t make_zip64(uint8_t *out, size_t size, uint64_t claimed, uint64_t claimed_packed)
{
    uint32_t crc = libdeflate_crc32(0, file, size);
    uint8_t *central = out + 35 + size, *end = central + 46 + 5 + 20;
    memset(out, 0, 35 + size + 200);
    put(out, 4, 0x04034b50);
    put(out + 4, 2, 45);
    put(out + 14, 4, crc);
    put(out + 18, 4, size);
    put(out + 22, 4, size);
    put(out + 26, 2, 5);
    memcpy(out + 30, "h.nii", 5);
    memcpy(out + 35, file, size);
    put(central, 4, 0x02014b50);
    put(central + 4, 2, 45);
    put(central + 6, 2, 45);
    put(central + 16, 4, crc);
    put(central + 20, 8, UINT64_MAX);
    put(central + 28, 2, 5);
    put(central + 30, 2, 20);
    memcpy(central + 46, "h.nii", 5);
    put(central + 51, 2, 1);
    put(central + 53, 2, 16);
    put(central + 55, 8, claimed);
    put(central + 63, 8, claimed_packed);
    put(end, 4, 0x06054b50);
    put(end + 8, 2, 1);
    put(end + 10, 2, 1);
    put(end + 12, 4, (uint64_t)(end - central));
    put(end + 16, 4, 35 + size);
    return (size_t)(end + 22 - out);
}

static void members_are_read_again_from_their_start(void **state)
{
    (void)state;
    enum { SLICE = 20000 };
    make_enter();
    make_nifti_spec spec = make_nifti_defaults();
    spec.dims[1] = 100;
    spec.dims[2] = 100;
    size_t size = make_nifti(file, &spec);
    make_file("x.zip", packed, make_zip64(packed, size, size, size));
    pel_source source;
    static uint8_t slab[SLICE];
    assert_ok(pel_open_volume(&source, "x.zip", NULL));
    for (int k = 1; k >= 0; k--) {
        assert_ok(source.read_slab(&source, slab, k, 1));
        for (int i = 0; i < SLICE; i++)
            assert_int_equal(slab[i], make_byte(SLICE * k + i));
    }
    // the archive is lost between two readings
    assert_ok(source.read_slab(&source, slab, 1, 1));
    assert_int_equal(truncate("x.zip", 10), 0);
    assert_int_equal(source.read_slab(&source, slab, 0, 1), PEL_EFORMAT);
    assert_error_says("cannot be taken out of its archive");
    assert_true(source.read_slab(&source, slab, 1, 1) != PEL_OK);
    pel_source_close(&source);
    make_leave();
    assert_int_equal(pel_memory_in_use(), 0);
}

static void sizes_an_archive_claims_are_not_believed(void **state)
{
    (void)state;
    static const uint64_t claims[][2] = { { 400, 400 },
                                          { (uint64_t)1 << 60, 400 },
                                          { (uint64_t)1 << 60, (uint64_t)1 << 60 },
                                          { UINT64_MAX, UINT64_MAX },
                                          { 10, 400 } };
    size_t size = make_default();
    for (int i = 0; i < 5; i++) {
        size_t bytes = make_zip64(packed, size, claims[i][0], claims[i][1]);
        pel_volume v;
        pel_status s = pel_read_volume_bytes(&v, packed, bytes, "x.zip");
        if (i == 0)
            assert_ok(s);
        if (s == PEL_OK)
            assert_memory_equal(v.data, file + 352, 48);
        else
            assert_true(strlen(pel_error()) > 10);
        pel_volume_free(&v);
        assert_int_equal(pel_memory_in_use(), 0);
    }
    // a header that promises more than its archive can hold gets no memory
    memset(file + 42, 0x7f, 4);
    size_t bytes = make_zip64(packed, size, (uint64_t)1 << 60, 400);
    pel_volume v;
    assert_int_equal(pel_read_volume_bytes(&v, packed, bytes, "x.zip"), PEL_EFORMAT);
    assert_int_equal(pel_memory_in_use(), 0);
}

static void hash_of(char out[33], const void *bytes, size_t size)
{
    pel__hash *hash;
    assert_ok(pel__hash_new(&hash));
    pel__hash_add(hash, bytes, size);
    pel__hash_text(hash, out);
    pel__hash_free(hash);
}

static void bytes_are_hashed_once_whoever_reads_them(void **state)
{
    (void)state;
    uint8_t bytes[1000], got[1000];
    for (int i = 0; i < 1000; i++)
        bytes[i] = (uint8_t)(i * 7 >> 2);
    char want[33], is[33];
    hash_of(want, bytes, sizeof bytes);
    pel__hash *hash;
    pel__bytes *b;
    int64_t size;
    assert_ok(pel__hash_new(&hash));
    assert_ok(pel__bytes_open_memory(&b, bytes, sizeof bytes, "x", hash));
    assert_ok(pel__bytes_need_at(b, 300, got, 200, "a part"));
    assert_memory_equal(got, bytes + 300, 200);
    // what was read after a gap, what lies before it, what is known already, and beyond the end
    assert_ok(pel__bytes_hash_to(b, 500, got, 300));
    assert_ok(pel__bytes_hash_to(b, 400, NULL, 0));
    assert_ok(pel__bytes_hash_to(b, 600, got, 600));
    assert_ok(pel__bytes_hash_to(b, 700, bytes + 550, 550));
    assert_ok(pel__bytes_finish(b, &size));
    assert_int_equal(size, 1000);
    pel__hash_text(hash, is);
    assert_string_equal(is, want);
    assert_ok(pel__bytes_hash_to(b, 2000, bytes, 1500));
    assert_int_equal(pel__bytes_need_at(b, 900, got, 200, "a part"), PEL_EFORMAT);
    assert_error_says("ends after 1000 bytes, in the middle of a part");
    pel__bytes_close(b);
    pel__hash_free(hash);
    assert_ok(pel__bytes_open_memory(&b, bytes, sizeof bytes, "x", NULL));
    assert_ok(pel__bytes_hash_to(b, 500, NULL, 0));
    pel__bytes_close(b);
    assert_int_equal(pel_memory_in_use(), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_stream_cut_anywhere_and_read_bytewise_is_cut_short),
        cmocka_unit_test(what_is_wrong_with_a_member_is_told),
        cmocka_unit_test(skipping_to_the_voxels_notices_damage),
        cmocka_unit_test(names_that_cannot_be_are_refused),
        cmocka_unit_test(devices_and_pipes_are_streams),
        cmocka_unit_test(files_of_one_volume_are_hashed_in_turn),
        cmocka_unit_test(odd_members_are_no_volumes),
        cmocka_unit_test(a_list_of_long_names_is_cut),
        cmocka_unit_test(members_are_read_again_from_their_start),
        cmocka_unit_test(sizes_an_archive_claims_are_not_believed),
        cmocka_unit_test(bytes_are_hashed_once_whoever_reads_them),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
