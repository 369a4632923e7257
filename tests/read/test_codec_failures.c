/* SPDX-License-Identifier: Apache-2.0 */
/* test_codec_failures.c: with whatever allocation missing, a frame is refused or decoded as it is,
 * and nothing leaks. Its frames are seeds of the fuzz targets: CODEC FILE... */
#include "codecs.h"

#include <errno.h>

#include "inject.h"

static char **words;
static int count;

static const pel__codec *codec_of(const char *path)
{
    return strstr(path, "codec_rle/")      ? &pel__codec_rle
           : strstr(path, "codec_jpegls/") ? &pel__codec_jpegls
           : strstr(path, "codec_jpeg/")   ? &pel__codec_jpeg
                                           : &pel__codec_jpeg2000;
}

// how many allocations there are to fail
static int fail_each(const pel__codec *codec, const pel__codec_frame *frame, const uint8_t *bytes,
                     size_t size)
{
    size_t room = codecs_bytes(frame);
    uint8_t *want = malloc(room), *out = malloc(room);
    assert_true(want && out);
    // some seeds are damaged
    bool whole = codec->decode(want, frame, bytes, (int64_t)size, "x.dcm") == PEL_OK;
    int at = 0;
    for (; whole; at++) {
        memset(out, 0, room);
        inject(INJECT_MEMORY, at, ENOMEM, false);
        pel_status s = codec->decode(out, frame, bytes, (int64_t)size, "x.dcm");
        bool failed = inject_failures() > 0;
        inject_nothing();
        assert_int_equal(pel_memory_in_use(), 0);
        if (!failed) {
            assert_int_equal(s, PEL_OK);
            assert_memory_equal(out, want, room);
            break;
        }
        assert_int_equal(s, PEL_EMEMORY);
        assert_error_says("the system has no");
    }
    free(want);
    free(out);
    return at;
}

static void every_allocation_may_fail(void **state)
{
    (void)state;
    static uint8_t bytes[1 << 16];
    int allocations = 0;
    for (int i = 1; i < count; i++) {
        FILE *file = fopen(words[i], "rb");
        assert_non_null(file);
        size_t size = fread(bytes, 1, sizeof bytes, file);
        fclose(file);
        assert_true(size >= 3);
        if (size == 3)
            continue; // the empty seed
        pel__codec_frame frame = { bytes[0] + 1, bytes[1] + 1, (bytes[2] & 3) + 1,
                                   8 * ((bytes[2] >> 2 & 7) + 1) };
        allocations += fail_each(codec_of(words[i]), &frame, bytes + 3, size - 3);
    }
    assert_true(allocations >= 10);
}

int main(int argc, char **argv)
{
    words = argv;
    count = argc;
    const struct CMUnitTest tests[] = { cmocka_unit_test(every_allocation_may_fail) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
