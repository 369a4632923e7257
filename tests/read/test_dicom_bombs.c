/* SPDX-License-Identifier: Apache-2.0 */
/* test_dicom_bombs.c: small DICOM files that promise much, and what they may make of memory. */
#include "make_dicom.h"

#include <sys/stat.h>

static int enter(void **state)
{
    (void)state;
    make_enter();
    return 0;
}

static int leave(void **state)
{
    (void)state;
    pel_job_use(NULL);
    assert_int_equal(pel_memory_in_use(), 0);
    make_leave();
    return 0;
}

static void limit_memory(pel_job *job, int64_t bytes)
{
    *job = pel_job_defaults();
    job->threads = 1;
    job->memory_bytes = bytes;
    pel_job_use(job);
}

static uint8_t *at_tag(uint8_t *bytes, size_t size, const char tag[4])
{
    for (size_t i = 132; i + 4 < size; i++)
        if (memcmp(bytes + i, tag, 4) == 0)
            return bytes + i;
    fail_msg("there is no such tag");
    return NULL;
}

// write a file with `count` more bytes before its pixels; the set ends
static void write_with(const char *path, make_set *set, const char *head, size_t head_size,
                       const uint8_t *more, size_t count)
{
    size_t size = make_dicom(make_whole, set, MAKE_EXPLICIT);
    make_set_free(set);
    size_t before = (size_t)(at_tag(make_whole, size, "\xe0\x7f\x10\0") - make_whole);
    uint8_t *all = malloc(size + head_size + count);
    uint32_t length = (uint32_t)count;
    assert_non_null(all);
    memcpy(all, make_whole, before);
    memcpy(all + before, head, head_size - 4);
    memcpy(all + before + head_size - 4, &length, 4);
    memcpy(all + before + head_size, more, count);
    memcpy(all + before + head_size + count, make_whole + before, size - before);
    make_file(path, all, size + head_size + count);
    free(all);
}

static uint8_t *empty_items(size_t count)
{
    uint8_t *items = malloc(8 * count);
    assert_non_null(items);
    for (size_t i = 0; i < count; i++)
        memcpy(items + 8 * i, "\xfe\xff\0\xe0\0\0\0\0", 8);
    return items;
}

static void empty_items_for_frames_cost_no_more_than_the_file(void **state)
{
    (void)state;
    enum { ITEMS = 200000 };
    uint8_t *items = empty_items(ITEMS);
    pel_job job;
    pel_volume v;
    // more of them than frames do not count
    make_set s = make_frames(2);
    write_with("a.dcm", &s, "\0\x52\x30\x92SQ\0\0\0\0\0\0", 12, items, (size_t)8 * ITEMS);
    limit_memory(&job, 8 << 20);
    assert_ok(pel_read_volume(&v, "a.dcm", NULL));
    assert_int_equal(v.frames, 2);
    pel_volume_free(&v);
    // as many as frames, which so small a file cannot describe
    s = make_frames(2);
    make_text(&s, 0x00280008, "IS", "200000");
    write_with("a.dcm", &s, "\0\x52\x30\x92SQ\0\0\0\0\0\0", 12, items, (size_t)8 * ITEMS);
    limit_memory(&job, 24 << 20);
    assert_int_equal(pel_read_volume(&v, "a.dcm", NULL), PEL_EFORMAT);
    assert_error_says("its header is damaged");
    free(items);
}

static void a_table_of_places_is_as_long_as_there_are_frames(void **state)
{
    (void)state;
    enum { COUNT = 4 << 20 };
    uint8_t *text = malloc(COUNT);
    assert_non_null(text);
    memset(text, '\\', COUNT);
    memcpy(text, "0\\3", 3);
    make_set s = make_frames(2);
    write_with("a.dcm", &s, "\x04\x30\x0c\0UT\0\0\0\0\0\0", 12, text, COUNT);
    free(text);
    pel_job job;
    pel_volume v;
    limit_memory(&job, 10 << 20);
    assert_ok(pel_read_volume(&v, "a.dcm", NULL));
    assert_near(v.mm_from_ijk.m[2][2], 3, 1e-12);
    pel_volume_free(&v);
    // shorter than the frames are many; of a file that does not say how many
    s = make_frames(3);
    make_text(&s, 0x3004000c, "DS", "0\\7");
    make_must_fail(&s, MAKE_EXPLICIT, "missing");
    s = make_frames(1);
    make_remove(&s, 0x00280008);
    make_text(&s, 0x3004000c, "DS", "0\\3");
    v = make_must_read(&s, MAKE_EXPLICIT);
    assert_int_equal(v.dims[2], 1);
    pel_volume_free(&v);
}

static void empty_fragments_are_passed_over(void **state)
{
    (void)state;
    enum { ITEMS = 400000 };
    make_set s = make_rle_image(1);
    size_t size = make_dicom(make_whole, &s, MAKE_RLE);
    make_set_free(&s);
    uint8_t *items = empty_items(ITEMS), *all = malloc(size + (size_t)8 * ITEMS);
    assert_non_null(all);
    memcpy(all, make_whole, size - 8);
    memcpy(all + size - 8, items, (size_t)8 * ITEMS);
    memcpy(all + size - 8 + 8 * ITEMS, make_whole + size - 8, 8);
    make_file("a.dcm", all, size + (size_t)8 * ITEMS);
    free(items);
    free(all);
    pel_job job;
    pel_volume v;
    limit_memory(&job, 3 << 20);
    assert_ok(pel_read_volume(&v, "a.dcm", NULL));
    make_check_ramp(&v, 300);
    pel_volume_free(&v);
}

static void a_frame_larger_than_its_bytes_can_be_is_refused(void **state)
{
    (void)state;
    pel_job job;
    pel_source source;
    make_set s = make_rle_image(1);
    make_short(&s, 0x00280010, 65535);
    make_short(&s, 0x00280011, 65535);
    make_dicom_file("a.dcm", &s, MAKE_RLE);
    limit_memory(&job, 64 << 20);
    assert_int_equal(pel_open_volume(&source, "a.dcm", NULL), PEL_EFORMAT);
    assert_error_says("cannot hold");
    // of a folder, too
    mkdir("s", 0777);
    s = make_rle_image(1);
    make_short(&s, 0x00280010, 65535);
    make_short(&s, 0x00280011, 65535);
    make_dicom_file("s/a.dcm", &s, MAKE_RLE);
    assert_int_equal(pel_open_volume(&source, "s", NULL), PEL_EFORMAT);
    assert_error_says("cannot hold");
    assert_int_equal(system("rm -r s"), 0);
}

static void a_frame_much_smaller_than_its_bytes_is_refused(void **state)
{
    (void)state;
    enum { COUNT = 1 << 20 };
    make_set s = make_rle_image(1);
    size_t size = make_dicom(make_whole, &s, MAKE_RLE);
    make_set_free(&s);
    uint8_t *all = calloc(1, size + 8 + COUNT);
    assert_non_null(all);
    memcpy(all, make_whole, size - 8);
    memcpy(all + size - 8, "\xfe\xff\0\xe0\0\0\x10\0", 8);
    memcpy(all + size + COUNT, make_whole + size - 8, 8);
    make_file("a.dcm", all, size + 8 + COUNT);
    free(all);
    pel_volume v;
    assert_int_equal(pel_read_volume(&v, "a.dcm", NULL), PEL_EFORMAT);
    assert_error_says("for a frame of 24 bytes");
}

// 256 x 512 numbers
static void write_large(const char *path, int instance, int frames, bool gzip)
{
    enum { BYTES = 256 * 512 * 2, ROOM = 3 * BYTES };
    uint8_t *pixels = malloc(ROOM), *packed = malloc(ROOM + 65536);
    assert_true(pixels && packed);
    for (int i = 0; i < ROOM; i++)
        pixels[i] = (uint8_t)((unsigned)i * 2654435761U >> 13);
    make_set s = make_image(instance);
    char text[16];
    snprintf(text, sizeof text, "%d", frames);
    make_text(&s, 0x00280008, "IS", text);
    make_short(&s, 0x00280010, 512);
    make_short(&s, 0x00280011, 256);
    make_remove(&s, 0x7fe00010);
    size_t size = make_dicom(make_whole, &s, MAKE_EXPLICIT), count = (size_t)frames * BYTES;
    make_set_free(&s);
    uint32_t length = (uint32_t)count;
    memcpy(packed, make_whole, size);
    memcpy(packed + size, "\xe0\x7f\x10\0OW\0\0", 8);
    memcpy(packed + size + 8, &length, 4);
    memcpy(packed + size + 12, pixels, count);
    size += 12 + count;
    if (gzip) {
        uint8_t *zipped = malloc(size + 65536);
        assert_non_null(zipped);
        make_file(path, zipped, make_gzip(zipped, size + 65536, packed, size));
        free(zipped);
    } else
        make_file(path, packed, size);
    free(pixels);
    free(packed);
}

// what a source says it needs beside the volume is enough
static void the_plan_of_compressed_files_holds(void **state)
{
    (void)state;
    for (int kind = 0; kind < 3; kind++) {
        mkdir("s", 0777);
        for (int n = 0; n < (kind == 2 ? 1 : 4); n++) {
            char path[32];
            snprintf(path, sizeof path, "s/%d.dcm.gz", n);
            write_large(path, n, kind == 2 ? 3 : 1, kind > 0);
        }
        pel_job job;
        pel_source source;
        pel_volume v;
        limit_memory(&job, 64 << 20);
        assert_ok(pel_open_volume(&source, "s", NULL));
        int64_t bytes = pel_volume_bytes(&source.shape);
        limit_memory(&job, bytes + source.buffer_bytes);
        assert_ok(pel_source_read(&v, &source));
        pel_volume_free(&v);
        pel_source_close(&source);
        assert_int_equal(system("rm -r s"), 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(empty_items_for_frames_cost_no_more_than_the_file, enter,
                                        leave),
        cmocka_unit_test_setup_teardown(a_table_of_places_is_as_long_as_there_are_frames, enter,
                                        leave),
        cmocka_unit_test_setup_teardown(empty_fragments_are_passed_over, enter, leave),
        cmocka_unit_test_setup_teardown(a_frame_larger_than_its_bytes_can_be_is_refused, enter,
                                        leave),
        cmocka_unit_test_setup_teardown(a_frame_much_smaller_than_its_bytes_is_refused, enter,
                                        leave),
        cmocka_unit_test_setup_teardown(the_plan_of_compressed_files_holds, enter, leave),
    };
    return cmocka_run_group_tests_name("read/dicom_bombs", tests, NULL, NULL);
}
