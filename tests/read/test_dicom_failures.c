/* SPDX-License-Identifier: Apache-2.0 */
/* test_dicom_failures.c: whatever fails while DICOM is read, it is an error, or harms nothing. */
#include "make_dicom.h"

#include <errno.h>
#include <sys/stat.h>

#include <zip.h>

#include "inject.h"

static const char *const inputs[] = { "s",         "s/*.dcm", "frames.dcm", "deflated.dcm",
                                      "rle.dcm",   "palette", "mosaic",     "dose.dcm",
                                      "packed.gz", "a.zip",   "split",      "planes",
                                      "big.dcm",   "big.gz",  "m",          "loose.dcm",
                                      "csa.dcm",   "many.gz" };
enum { INPUTS = sizeof inputs / sizeof *inputs };

static uint8_t want[1 << 16];
static int64_t want_bytes;

static void write_zip(void)
{
    zip_t *archive = zip_open("a.zip", ZIP_CREATE | ZIP_TRUNCATE, NULL);
    assert_non_null(archive);
    for (int n = 0; n < 3; n++) {
        char path[32];
        snprintf(path, sizeof path, "s/%d.dcm", n);
        assert_true(zip_file_add(archive, path, zip_source_file(archive, path, 0, 0), 0) >= 0);
    }
    assert_int_equal(zip_close(archive), 0);
}

static make_set mosaic(void)
{
    make_set s = make_image(1);
    uint8_t csa[104] = "SV10\4\3\2\1\1\0\0\0\115";
    memcpy(csa + 16, "NumberOfImagesInMosaic", 22);
    csa[16 + 76] = 0;
    make_short(&s, 0x0019100a, 4);
    make_bytes(&s, 0x00291010, "OB", csa, sizeof csa);
    make_text(&s, 0x00080008, "CS", "ORIGINAL\\PRIMARY\\M\\MOSAIC");
    int64_t value[16];
    for (int i = 0; i < 16; i++)
        value[i] = i;
    make_short(&s, 0x00280010, 4);
    make_pixels(&s, 16, value, 16);
    return s;
}

static int make_files(void **state)
{
    (void)state;
    make_enter();
    mkdir("s", 0777);
    for (int n = 0; n < 3; n++) {
        char path[32];
        make_set s = make_image(n);
        snprintf(path, sizeof path, "s/%d.dcm", n);
        make_dicom_file(path, &s, MAKE_EXPLICIT);
    }
    make_set s = make_frames(3), item = { 0 };
    for (int n = 0; n < 3; n++) {
        make_text(&item, 0x00200013, "IS", "1");
        make_item(&s, 0x52009230, &item, true);
    }
    make_dicom_file("frames.dcm", &s, MAKE_IMPLICIT);
    s = make_image(1);
    make_dicom_file("deflated.dcm", &s, MAKE_DEFLATED);
    s = make_rle_image(3);
    make_dicom_file("rle.dcm", &s, MAKE_RLE);
    s = make_palette(16, 0, false);
    make_dicom_file("palette", &s, MAKE_EXPLICIT);
    s = mosaic();
    make_dicom_file("mosaic", &s, MAKE_EXPLICIT);
    s = make_frames(2);
    make_text(&s, 0x3004000c, "DS", "0\\3");
    make_dicom_file("dose.dcm", &s, MAKE_EXPLICIT);
    s = make_image(1);
    size_t size = make_dicom(make_whole, &s, MAKE_EXPLICIT);
    make_set_free(&s);
    static uint8_t packed[MAKE_MOST];
    make_file("packed.gz", packed, make_gzip(packed, sizeof packed, make_whole, size));
    write_zip();
    // a table of offsets
    uint8_t coded[256], numbers[24] = { 0 };
    size_t whole = make_rle(coded, numbers, 12, 2);
    uint32_t offset[2] = { 0, (uint32_t)whole + 16 };
    s = make_frames(2);
    make_fragment(&s, offset, 8);
    for (int f = 0; f < 2; f++) {
        make_fragment(&s, coded, 32);
        make_fragment(&s, coded + 32, whole - 32);
    }
    make_dicom_file("split", &s, MAKE_RLE);
    int64_t colours[36] = { 1, 2, 3 };
    s = make_image(1);
    make_short(&s, 0x00280002, 3);
    make_short(&s, 0x00280006, 1);
    make_text(&s, 0x00280004, "CS", "RGB");
    make_pixels(&s, 8, colours, 36);
    make_dicom_file("planes", &s, MAKE_EXPLICIT);
    // a header longer than any buffer
    static uint8_t block[40000];
    s = make_image(1);
    make_bytes(&s, 0x00091010, "OB", block, sizeof block);
    make_bytes(&s, 0x00291010, "OB", block, 20000);
    size = make_dicom(make_whole, &s, MAKE_EXPLICIT);
    make_set_free(&s);
    make_file("big.dcm", make_whole, size);
    make_file("big.gz", packed, make_gzip(packed, sizeof packed, make_whole, size));
    // two files of two frames, images without a place, pixels longer than any buffer
    mkdir("m", 0777);
    for (int n = 0; n < 2; n++) {
        char path[32];
        s = make_frames(2);
        snprintf(path, sizeof path, "0\\0\\%d", 4 * n);
        make_text(&s, 0x00200032, "DS", path);
        snprintf(path, sizeof path, "1.2.3.%d", n);
        make_text(&s, 0x00080018, "UI", path);
        // bytes behind the pixels are hashed, too
        make_bytes(&s, 0xfffcfffc, "OB", block, sizeof block);
        snprintf(path, sizeof path, "m/%d.dcm", n);
        make_dicom_file(path, &s, MAKE_EXPLICIT);
    }
    static const uint8_t csa[60000];
    s = make_image(1);
    make_bytes(&s, 0x00291010, "OB", csa, sizeof csa);
    make_dicom_file("csa.dcm", &s, MAKE_EXPLICIT);
    s = make_frames(3);
    make_remove(&s, 0x00200032);
    make_dicom_file("loose.dcm", &s, MAKE_EXPLICIT);
    static int64_t value[12 * 2000];
    s = make_frames(1);
    make_pixels(&s, 16, value, 12 * 2000);
    make_text(&s, 0x00280008, "IS", "2000");
    size = make_dicom(make_whole, &s, MAKE_EXPLICIT);
    make_set_free(&s);
    make_file("many.gz", packed, make_gzip(packed, sizeof packed, make_whole, size));
    return 0;
}

static int remove_files(void **state)
{
    (void)state;
    inject_nothing();
    assert_int_equal(system("rm -r s m"), 0);
    make_leave();
    return 0;
}

static pel_status read_input(int n, pel_volume *out)
{
    pel_job job = pel_job_defaults();
    job.threads = 1;
    pel_job_use(&job);
    pel_read_params params = pel_read_defaults();
    params.slices = "::1";
    pel_status s = pel_read_volume(out, inputs[n], &params);
    pel_job_use(NULL);
    return s;
}

static void learn(int n)
{
    pel_volume v;
    assert_ok(read_input(n, &v));
    want_bytes = pel_volume_bytes(&v);
    assert_true(want_bytes <= (int64_t)sizeof want);
    memcpy(want, v.data, (size_t)want_bytes);
    pel_volume_free(&v);
}

// let call 0, 1, 2... fail until one run makes no failing call; of the thousands of calls that the
// last input makes, one for each of its frames, every 97th
static void fail_each(int n, inject_call call, int error, bool on)
{
    learn(n);
    for (int64_t at = 0;; at += n == INPUTS - 1 && at >= 150 ? 97 : 1) {
        pel_volume out;
        inject(call, at, error, on);
        pel_status s = read_input(n, &out);
        bool struck = inject_failures() > 0;
        inject_nothing();
        if (s == PEL_OK) {
            assert_int_equal(pel_volume_bytes(&out), want_bytes);
            assert_memory_equal(out.data, want, (size_t)want_bytes);
        } else
            assert_true(strlen(pel_error()) > 10);
        pel_volume_free(&out);
        assert_int_equal(pel_memory_in_use(), 0);
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
        fail_each(n, INJECT_OPEN, EACCES, false);
        fail_each(n, INJECT_OPEN, EACCES, true);
        fail_each(n, INJECT_STAT, EIO, false);
    }
}

static void short_reads_give_the_same_voxels(void **state)
{
    (void)state;
    for (int n = 0; n < INPUTS; n++) {
        learn(n);
        for (int most = n == INPUTS - 1 ? 40 : 1; most < 2000; most = most * 3 + 1) {
            pel_volume out;
            inject_short(most);
            pel_status s = read_input(n, &out);
            inject_nothing();
            assert_ok(s);
            assert_memory_equal(out.data, want, (size_t)want_bytes);
            pel_volume_free(&out);
        }
    }
}

// a job is cancelled at its first, second... question
static void a_cancelled_job_ends(void **state)
{
    (void)state;
    for (int n = 0; n < INPUTS; n++) {
        pel_job job = pel_job_defaults();
        pel_volume out;
        pel_job_use(&job);
        pel_job_cancel(&job);
        assert_int_equal(pel_read_volume(&out, inputs[n], NULL), PEL_ECANCELLED);
        pel_job_use(NULL);
        assert_int_equal(pel_memory_in_use(), 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_memory_is_an_error),
        cmocka_unit_test(a_broken_disk_is_an_error),
        cmocka_unit_test(short_reads_give_the_same_voxels),
        cmocka_unit_test(a_cancelled_job_ends),
    };
    return cmocka_run_group_tests_name("read/dicom_failures", tests, make_files, remove_files);
}
