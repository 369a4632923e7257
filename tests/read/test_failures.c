/* SPDX-License-Identifier: Apache-2.0 */
/* test_failures.c: whatever fails while reading, it is an error with a message, and nothing leaks.
 */
#include "check.h"

#include <errno.h>
#include <unistd.h>

#include <bzlib.h>
#include <zip.h>

#include "base/text.h"
#include "inject.h"

enum { NX = 40, NY = 30, NZ = 20 };

static char folder[64];
static uint8_t *want;

// how a file comes to the reader
typedef enum way { BY_PATH, BY_STDIN, BY_MEMORY } way;

static const struct {
    const char *name, *raw;
    way way;
} inputs[] = {
    { "v.nii", NULL, BY_PATH },
    { "v.nii.gz", NULL, BY_PATH },
    { "v.hdr", NULL, BY_PATH },
    { "v.npy", NULL, BY_PATH },
    { "v.tif", NULL, BY_PATH },
    { "c.npy", NULL, BY_PATH },
    { "v.raw", "40x30x20,uint16,le", BY_PATH },
    { "v.nrrd", NULL, BY_PATH },
    { "v.nhdr", NULL, BY_PATH },
    { "v.mha", NULL, BY_PATH },
    { "v.mhd", NULL, BY_PATH },
    { "b.nrrd", NULL, BY_PATH },
    { "t.nrrd", NULL, BY_PATH },
    { "h.nrrd", NULL, BY_PATH },
    { "l.nhdr", NULL, BY_PATH },
    { "v.img", NULL, BY_PATH },
    { "v.zip", NULL, BY_PATH },
    { "pair.zip::v.hdr", NULL, BY_PATH },
    { "v.nii.gz", NULL, BY_STDIN },
    { "c.npy", NULL, BY_STDIN },
    { "v.nii.gz", NULL, BY_MEMORY },
    { "v.zip", NULL, BY_MEMORY },
};
// files that the library itself opens and reads; libzip does so with archives
enum { INPUTS = sizeof inputs / sizeof *inputs, FILES = 16 };

// what the reader is given when it is not a path
static uint8_t given[1 << 17];
static size_t given_size;

static void path_of(char out[128], const char *name)
{
    snprintf(out, 128, "%s/%s", folder, name);
}

static void write_bytes(const char *name, const char *head, size_t head_size, const void *bytes,
                        size_t size)
{
    char path[128];
    path_of(path, name);
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    fwrite(head, 1, head_size, file);
    fwrite(bytes, 1, size, file);
    fclose(file);
}

// files of the folder into a new archive
static void write_zip(const char *name, const char *const *members, int count)
{
    char path[128], member[128];
    path_of(path, name);
    zip_t *archive = zip_open(path, ZIP_CREATE | ZIP_TRUNCATE, NULL);
    assert_non_null(archive);
    for (int i = 0; i < count; i++) {
        path_of(member, members[i]);
        zip_source_t *source = zip_source_file(archive, member, 0, 0);
        assert_true(zip_file_add(archive, members[i], source, 0) >= 0);
    }
    assert_int_equal(zip_close(archive), 0);
}

// the same numbers as NRRD in every encoding but gzip, and in two files
static void write_text_headers(const pel_volume *v, size_t bytes)
{
    static const char head[] = "NRRD0004\ntype: uint16\ndimension: 3\nsizes: 40 30 20\n"
                               "endian: little\nencoding: ";
    char path[128], text[256];
    for (int i = 0; i < 4; i++) {
        path_of(path, (const char *const[]){ "v.nrrd", "v.nhdr", "v.mha", "v.mhd" }[i]);
        assert_ok(pel_write_volume(path, v, NULL, NULL));
    }
    unsigned packed_size = (unsigned)bytes * 2 + 1000;
    char *packed = malloc(packed_size);
    assert_int_equal(
        BZ2_bzBuffToBuffCompress(packed, &packed_size, (char *)want, (unsigned)bytes, 1, 0, 0),
        BZ_OK);
    snprintf(text, sizeof text, "%sbzip2\n\n", head);
    write_bytes("b.nrrd", text, strlen(text), packed, packed_size);
    free(packed);
    pel__text digits = { 0 }, hex = { 0 };
    for (size_t i = 0; i < bytes / 2; i++)
        pel__text_add(&digits, "%d%c", want[2 * i] | want[2 * i + 1] << 8, i % 10 ? ' ' : '\n');
    for (size_t i = 0; i < bytes; i++)
        pel__text_add(&hex, "%02x", want[i]);
    snprintf(text, sizeof text, "%sascii\n\n", head);
    write_bytes("t.nrrd", text, strlen(text), digits.text, digits.length);
    snprintf(text, sizeof text, "%shex\n\n", head);
    write_bytes("h.nrrd", text, strlen(text), hex.text, hex.length);
    pel__text_free(&digits);
    pel__text_free(&hex);
    snprintf(text, sizeof text, "%sraw\ndata file: l%%d.raw 0 1 1\n", head);
    write_bytes("l.nhdr", text, strlen(text), "", 0);
    write_bytes("l0.raw", "", 0, want, bytes / 2);
    write_bytes("l1.raw", "", 0, want + bytes / 2, bytes / 2);
}

static int make_files(void **state)
{
    (void)state;
    snprintf(folder, sizeof folder, "/tmp/pel-reading-XXXXXX");
    if (!mkdtemp(folder))
        return -1;
    static uint8_t note[] = "an extension";
    static pel_extension extension = { 6, sizeof note, note };
    pel_volume v = { .dims = { NX, NY, NZ }, .dtype = PEL_UINT16, .oriented = true };
    size_t bytes = (size_t)pel_volume_bytes(&v);
    want = malloc(bytes);
    for (size_t i = 0; i < bytes; i++)
        want[i] = (uint8_t)(i * i >> 3);
    v.data = want;
    v.fields.extensions = &extension;
    v.fields.extension_count = 1;
    char path[128];
    for (int i = 0; i < 5; i++) {
        path_of(path, inputs[i].name);
        assert_ok(pel_write_volume(path, &v, NULL, NULL));
    }
    write_text_headers(&v, bytes);
    // the same numbers in C order: a[i,j,k] with k fastest
    uint16_t *turned = malloc(bytes);
    for (int k = 0; k < NZ; k++)
        for (int j = 0; j < NY; j++)
            for (int i = 0; i < NX; i++)
                turned[(i * NY + j) * NZ + k] = ((uint16_t *)(void *)want)[(k * NY + j) * NX + i];
    char head[128];
    memset(head, ' ', sizeof head);
    memcpy(head, "\x93NUMPY\1\0\x76\0", 10);
    int written =
        snprintf(head + 10, 100,
                 "{'descr': '<u2', 'fortran_order': False, 'shape': (%d, %d, %d), }", NX, NY, NZ);
    head[10 + written] = ' ';
    head[127] = '\n';
    write_bytes("c.npy", head, sizeof head, turned, bytes);
    free(turned);
    write_bytes("v.raw", "", 0, want, bytes);
    write_zip("v.zip", (const char *const[]){ "v.nii" }, 1);
    write_zip("pair.zip", (const char *const[]){ "v.hdr", "v.img" }, 2);
    return 0;
}

static int remove_files(void **state)
{
    (void)state;
    inject_nothing();
    static const char *const names[] = { "v.nii",  "v.nii.gz", "v.hdr",    "v.img",  "v.npy",
                                         "v.tif",  "c.npy",    "v.raw",    "v.zip",  "pair.zip",
                                         "v.nrrd", "v.nhdr",   "v.raw.gz", "v.mha",  "v.mhd",
                                         "v.zraw", "b.nrrd",   "t.nrrd",   "h.nrrd", "l.nhdr",
                                         "l0.raw", "l1.raw" };
    char path[128];
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        path_of(path, names[i]);
        unlink(path);
    }
    free(want);
    return rmdir(folder);
}

static void give(int n)
{
    char path[128];
    path_of(path, inputs[n].name);
    if (inputs[n].way == BY_PATH)
        return;
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    given_size = fread(given, 1, sizeof given, file);
    fclose(file);
    assert_true(given_size > 0 && given_size < sizeof given);
    if (inputs[n].way == BY_STDIN)
        assert_non_null(freopen(path, "rb", stdin));
}

static pel_status read_input(int n, pel_volume *out)
{
    char path[128];
    path_of(path, inputs[n].name);
    pel_read_params params = pel_read_defaults();
    params.raw = inputs[n].raw;
    if (inputs[n].way == BY_MEMORY)
        return pel_read_volume_bytes(out, given, given_size, inputs[n].name);
    lseek(STDIN_FILENO, 0, SEEK_SET);
    return pel_read_volume(out, inputs[n].way == BY_STDIN ? "-" : path, &params);
}

// let call 0, 1, 2... fail until one run makes no failing call
static void fail_each(int n, inject_call call, int error, bool on)
{
    give(n);
    for (int64_t at = 0;; at++) {
        pel_volume out;
        inject(call, at, error, on);
        pel_status s = read_input(n, &out);
        bool struck = inject_failures() > 0;
        inject_nothing();
        if (struck && s == PEL_OK)
            fail_msg("%s: failing call %d of kind %d went unnoticed", inputs[n].name, (int)at,
                     (int)call);
        if (!struck) {
            assert_ok(s);
            assert_memory_equal(out.data, want, NX * NY * NZ * 2);
        } else
            assert_true(strlen(pel_error()) > 10);
        pel_volume_free(&out);
        assert_int_equal(pel_memory_in_use(), 0);
        assert_true(struck || at > 0 || n >= FILES);
        if (!struck)
            return;
    }
}

static void no_memory_is_an_error(void **state)
{
    (void)state;
    for (int n = 0; n < INPUTS; n++) {
        fail_each(n, INJECT_MEMORY, ENOMEM, false);
        fail_each(n, INJECT_MEMORY, ENOMEM, true);
    }
}

static void a_broken_disk_is_an_error(void **state)
{
    (void)state;
    for (int n = 0; n < INPUTS; n++) {
        fail_each(n, INJECT_READ, EIO, false);
        fail_each(n, INJECT_READ, EIO, true);
    }
}

static void a_file_that_cannot_be_opened_is_an_error(void **state)
{
    (void)state;
    for (int n = 0; n < INPUTS; n++)
        fail_each(n, INJECT_OPEN, EACCES, true);
    for (int n = 0; n < FILES; n++)
        fail_each(n, INJECT_STAT, EIO, false);
}

static void short_reads_give_the_same_voxels(void **state)
{
    (void)state;
    for (int n = 0; n < INPUTS; n++)
        for (int most = 1; most < 2000; most = most * 3 + 1) {
            pel_volume out;
            give(n);
            inject_short(most);
            pel_status s = read_input(n, &out);
            inject_nothing();
            assert_ok(s);
            assert_memory_equal(out.data, want, NX * NY * NZ * 2);
            pel_volume_free(&out);
        }
}

static void interrupted_reads_are_tried_again(void **state)
{
    (void)state;
    for (int n = 0; n < 4; n++)
        for (int at = 0; at < 3; at++) {
            pel_volume out;
            inject(INJECT_READ, at, EINTR, false);
            pel_status s = read_input(n, &out);
            inject_nothing();
            assert_ok(s);
            assert_memory_equal(out.data, want, NX * NY * NZ * 2);
            pel_volume_free(&out);
        }
}

static void a_cancelled_job_ends_interrupted_reads(void **state)
{
    (void)state;
    pel_job job = pel_job_defaults();
    pel_job_use(&job);
    pel_job_cancel(&job);
    pel_volume out;
    inject(INJECT_READ, 0, EINTR, true);
    pel_status s = read_input(0, &out);
    inject_nothing();
    pel_job_use(NULL);
    assert_int_equal(s, PEL_ECANCELLED);
    assert_int_equal(pel_memory_in_use(), 0);
}

/* ---- libzip failing by itself: it allocates out of reach of inject.c ---- */

static bool zip_has_no_memory;

zip_source_t *__real_zip_source_buffer_create(const void *bytes, zip_uint64_t size, int free_it,
                                              zip_error_t *error);
zip_source_t *__wrap_zip_source_buffer_create(const void *bytes, zip_uint64_t size, int free_it,
                                              zip_error_t *error);
zip_source_t *__wrap_zip_source_buffer_create(const void *bytes, zip_uint64_t size, int free_it,
                                              zip_error_t *error)
{
    if (!zip_has_no_memory)
        return __real_zip_source_buffer_create(bytes, size, free_it, error);
    zip_error_set(error, ZIP_ER_MEMORY, 0);
    return NULL;
}

const char *__real_zip_get_name(zip_t *archive, zip_uint64_t index, zip_flags_t flags);
const char *__wrap_zip_get_name(zip_t *archive, zip_uint64_t index, zip_flags_t flags);
const char *__wrap_zip_get_name(zip_t *archive, zip_uint64_t index, zip_flags_t flags)
{
    return zip_has_no_memory ? NULL : __real_zip_get_name(archive, index, flags);
}

static void an_archive_without_memory_is_an_error(void **state)
{
    (void)state;
    pel_volume out;
    for (int n = 0; n < INPUTS; n++)
        if (strcmp(inputs[n].name, "v.zip") == 0) {
            give(n);
            zip_has_no_memory = true;
            assert_true(read_input(n, &out) != PEL_OK);
            zip_has_no_memory = false;
            assert_error_says(inputs[n].way == BY_PATH ? "holds no volume" : "no readable zip");
            assert_int_equal(pel_memory_in_use(), 0);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_memory_is_an_error),
        cmocka_unit_test(a_broken_disk_is_an_error),
        cmocka_unit_test(a_file_that_cannot_be_opened_is_an_error),
        cmocka_unit_test(short_reads_give_the_same_voxels),
        cmocka_unit_test(interrupted_reads_are_tried_again),
        cmocka_unit_test(a_cancelled_job_ends_interrupted_reads),
        cmocka_unit_test(an_archive_without_memory_is_an_error),
    };
    return cmocka_run_group_tests(tests, make_files, remove_files);
}
