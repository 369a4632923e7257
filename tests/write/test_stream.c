/* SPDX-License-Identifier: Apache-2.0 */
/* test_stream.c: gzip members: the same bytes for any thread count, and a head that can change. */
#include "check.h"

#include <libdeflate.h>
#include <unistd.h>

#include "write/stream.h"

enum { BYTES = 20 << 20 };

static char path[64];

static int name_file(void **state)
{
    (void)state;
    snprintf(path, sizeof path, "/tmp/pel-stream-%d", (int)getpid());
    return 0;
}

static int remove_file(void **state)
{
    (void)state;
    unlink(path);
    return 0;
}

static uint8_t *make_bytes(void)
{
    uint8_t *bytes = malloc(BYTES);
    assert_non_null(bytes);
    uint64_t seed = 1;
    for (int i = 0; i < BYTES; i++) {
        seed = seed * 6364136223846793005u + 1442695040888963407u;
        bytes[i] = (uint8_t)(seed >> 62 ? (uint64_t)i >> 10 : seed >> 40);
    }
    return bytes;
}

static uint8_t *read_file(int64_t *size)
{
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    fseek(file, 0, SEEK_END);
    *size = ftell(file);
    rewind(file);
    uint8_t *bytes = malloc((size_t)*size);
    assert_non_null(bytes);
    assert_int_equal(fread(bytes, 1, (size_t)*size, file), *size);
    fclose(file);
    return bytes;
}

// written in parts of `part` bytes, by `threads`
static uint8_t *coded(const uint8_t *bytes, int64_t count, int64_t part, int threads, int64_t *size)
{
    pel_job job = pel_job_defaults();
    job.threads = threads;
    pel_job *before = pel_job_use(&job);
    pel__stream to;
    assert_ok(pel__stream_open(&to, path, 1, count));
    assert_ok(pel__stream_head(&to, "????head", 8));
    for (int64_t at = 0; at < count; at += part)
        assert_ok(pel__stream_write(&to, bytes + at, at + part < count ? part : count - at));
    assert_ok(pel__stream_end(&to));
    assert_ok(pel__stream_rehead(&to, "the head", 8));
    assert_ok(pel__stream_commit(&to));
    pel__stream_close(&to);
    pel_job_use(before);
    assert_int_equal(pel_memory_in_use(), 0);
    return read_file(size);
}

static void any_thread_count_and_any_parts_give_the_same_bytes(void **state)
{
    (void)state;
    uint8_t *bytes = make_bytes();
    int64_t size, other;
    uint8_t *first = coded(bytes, BYTES, BYTES, 1, &size);
    static const struct {
        int threads;
        int64_t part;
    } cases[] = { { 2, BYTES }, { 7, BYTES }, { 1, 100003 }, { 7, 300000 } };
    for (int i = 0; i < 4; i++) {
        uint8_t *again = coded(bytes, BYTES, cases[i].part, cases[i].threads, &other);
        assert_int_equal(other, size);
        assert_memory_equal(first, again, (size_t)size);
        free(again);
    }
    free(first);
    free(bytes);
}

static void each_member_stands_alone_and_says_its_length(void **state)
{
    (void)state;
    enum { COUNT = 700000 };
    uint8_t *bytes = make_bytes(), *back = malloc(COUNT + 8);
    assert_non_null(back);
    int64_t size, at = 0, total = 0;
    int members = 0;
    uint8_t *file = coded(bytes, COUNT, 1000, 2, &size);
    struct libdeflate_decompressor *decoder = libdeflate_alloc_decompressor();
    for (; at < size; members++) {
        uint32_t length;
        size_t got;
        memcpy(&length, file + at + 16, 4);
        assert_int_equal(libdeflate_gzip_decompress(decoder, file + at, length, back + total,
                                                    (size_t)(COUNT + 8 - total), &got),
                         LIBDEFLATE_SUCCESS);
        at += length;
        total += (int64_t)got;
    }
    libdeflate_free_decompressor(decoder);
    assert_int_equal(at, size);
    assert_int_equal(members, 4);
    assert_int_equal(total, COUNT + 8);
    assert_memory_equal(back, "the head", 8);
    assert_memory_equal(back + 8, bytes, COUNT);
    free(file);
    free(back);
    free(bytes);
}

static void nothing_written_is_an_empty_file_and_the_head(void **state)
{
    (void)state;
    int64_t size;
    uint8_t *file = coded(NULL, 0, 1, 1, &size);
    assert_int_equal(size, 20 + 8 + 5 + 8);
    free(file);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(any_thread_count_and_any_parts_give_the_same_bytes),
        cmocka_unit_test(each_member_stands_alone_and_says_its_length),
        cmocka_unit_test(nothing_written_is_an_empty_file_and_the_head),
    };
    return cmocka_run_group_tests(tests, name_file, remove_file);
}
