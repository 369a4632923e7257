/* SPDX-License-Identifier: Apache-2.0 */
/* test_codings.c: what undoes bzip2, text and hex, streams within streams, lines and words, each by
 * itself: odd input, ends in odd places, going back. */
#include <bzlib.h>

#include "base/status.h"
#include "make.h"
#include "read/coding.h"
#include "read/comment.h"
#include "read/lines.h"

static uint8_t packed[1 << 16];

static pel__bytes *memory(const void *bytes, size_t size)
{
    pel__bytes *b;
    assert_ok(pel__bytes_open_memory(&b, bytes, size, "x.nrrd", NULL));
    return b;
}

static pel__bytes *decoded(const void *bytes, size_t size, pel__coding coding, pel_dtype dtype)
{
    pel__bytes *b;
    assert_ok(pel__bytes_decode(&b, memory(bytes, size), coding, dtype));
    return b;
}

/* what flows through the pipe below */
static struct {
    const char *bytes;
    int64_t left;
} flow;

static pel_status next_of_pipe(pel__bytes *b, void *out, int64_t most, int64_t *got)
{
    (void)b;
    *got = flow.left < most ? flow.left : most;
    memcpy(out, flow.bytes, (size_t)*got);
    flow.bytes += *got;
    flow.left -= *got;
    return PEL_OK;
}

// a stream that cannot go back, and does not know how long it is
static pel__bytes *piped(const void *bytes, size_t size)
{
    pel__bytes *b;
    assert_ok(pel__bytes_new(&b, "x.nrrd", NULL));
    flow.bytes = bytes;
    flow.left = (int64_t)size;
    b->next = next_of_pipe;
    b->size = -1;
    b->most = INT64_MAX;
    return b;
}

static size_t pack(uint8_t *out, const void *bytes, size_t size)
{
    unsigned room = (unsigned)(sizeof packed - (size_t)(out - packed));
    assert_int_equal(BZ2_bzBuffToBuffCompress((char *)out, &room, (char *)(uintptr_t)bytes,
                                              (unsigned)size, 1, 0, 0),
                     BZ_OK);
    return room;
}

static void assert_reads(pel__bytes *b, const void *want, int64_t size, int64_t step)
{
    uint8_t out[256];
    int64_t done = 0;
    for (int64_t got = 1; got; done += got) {
        assert_ok(pel__bytes_read(b, out + done, step, &got));
        assert_true(done + got <= size);
    }
    assert_int_equal(done, size);
    assert_memory_equal(out, want, (size_t)size);
}

// sooner or later, read in pieces
static void assert_fails(pel__bytes *b, const char *says)
{
    uint8_t out[3];
    int64_t got = 1;
    pel_status s = PEL_OK;
    for (int i = 0; i < 400 && s == PEL_OK && got > 0; i++)
        s = pel__bytes_read(b, out, sizeof out, &got);
    assert_int_equal(s, PEL_EFORMAT);
    assert_error_says(says);
    pel__bytes_close(b);
    assert_int_equal(pel_memory_in_use(), 0);
}

static void bzip2_of_several_streams_is_one(void **state)
{
    (void)state;
    size_t first = pack(packed, "seven, ", 7), both = first + pack(packed + first, "eight", 5);
    for (int64_t step = 1; step < 40; step += 6) {
        pel__bytes *b = decoded(packed, both, PEL__BZIP2, PEL_UINT8);
        assert_reads(b, "seven, eight", 12, step);
        // and back, before its end and at it
        assert_ok(pel__bytes_seek(b, 0));
        assert_reads(b, "seven, eight", 12, 2 * step);
        pel__bytes_close(b);
    }
    // one of them may be empty
    uint8_t *next = packed + both;
    size_t empty = pack(next, "", 0), all = empty + pack(next + empty, "nine", 4);
    pel__bytes *b = decoded(next, all, PEL__BZIP2, PEL_UINT8);
    assert_reads(b, "nine", 4, 3);
    pel__bytes_close(b);
    // what follows is none of ours, and is told
    make_listen();
    memcpy(packed + both, "rest", 4);
    b = decoded(packed, both + 4, PEL__BZIP2, PEL_UINT8);
    assert_reads(b, "seven, eight", 12, 20);
    pel__bytes_close(b);
    assert_non_null(strstr(make_notes, "follows the compressed data"));
    make_quiet();
    // a stream of a pipe
    assert_ok(pel__bytes_decode(&b, piped(packed, both), PEL__BZIP2, PEL_UINT8));
    assert_int_equal(b->most, INT64_MAX);
    assert_null(b->rewind);
    assert_reads(b, "seven, eight", 12, 20);
    pel__bytes_close(b);
    assert_int_equal(pel_memory_in_use(), 0);
}

static void damaged_bzip2_is_refused_wherever_it_ends(void **state)
{
    (void)state;
    size_t size = pack(packed, "seven, ", 7);
    for (size_t cut = 0; cut < size; cut++)
        assert_fails(decoded(packed, cut, PEL__BZIP2, PEL_UINT8), "the middle of its compressed");
    packed[20] ^= 0x10;
    assert_fails(decoded(packed, size, PEL__BZIP2, PEL_UINT8), "bzip2 data is damaged");
}

static void no_memory_undoes_no_bzip2(void **state)
{
    (void)state;
    // blocks of 900 KB: the decompressor itself asks for more than is allowed
    static char text[200];
    unsigned room = sizeof packed;
    assert_int_equal(BZ2_bzBuffToBuffCompress((char *)packed, &room, text, sizeof text, 9, 0, 0),
                     BZ_OK);
    pel_job job = pel_job_defaults();
    job.memory_bytes = 1 << 20;
    pel_job_use(&job);
    pel__bytes *b = decoded(packed, room, PEL__BZIP2, PEL_UINT8);
    uint8_t out[200];
    int64_t got;
    assert_int_equal(pel__bytes_read(b, out, sizeof out, &got), PEL_EMEMORY);
    pel__bytes_close(b);
    pel_job_use(NULL);
    assert_int_equal(pel_memory_in_use(), 0);
}

static void whole_numbers_fit_their_type(void **state)
{
    (void)state;
    static const struct {
        const char *word;
        pel_dtype dtype;
        bool good;
        int64_t value;
    } cases[] = {
        { "255", PEL_UINT8, true, 255 },
        { "256", PEL_UINT8, false, 0 },
        { "+7", PEL_UINT8, true, 7 },
        { "-0", PEL_UINT8, true, 0 },
        { "-1", PEL_UINT8, false, 0 },
        { "-128", PEL_INT8, true, -128 },
        { "127", PEL_INT8, true, 127 },
        { "128", PEL_INT8, false, 0 },
        { "-129", PEL_INT8, false, 0 },
        { "-32768", PEL_INT16, true, -32768 },
        { "65535", PEL_UINT16, true, 65535 },
        { "-2147483648", PEL_INT32, true, INT32_MIN },
        { "4294967295", PEL_UINT32, true, 4294967295 },
        { "9223372036854775807", PEL_INT64, true, INT64_MAX },
        { "9223372036854775808", PEL_INT64, false, 0 },
        { "18446744073709551615", PEL_UINT64, true, -1 },
        { "18446744073709551616", PEL_UINT64, false, 0 },
        { "99999999999999999999999", PEL_UINT64, false, 0 },
        { "5.0", PEL_INT16, true, 5 },
        { "-5e3", PEL_INT16, true, -5000 },
        { "5.5", PEL_INT16, false, 0 },
        { "5x", PEL_INT16, false, 0 },
        { "5e-1", PEL_INT16, false, 0 },
        { "1e300", PEL_INT64, false, 0 },
        { "-1e300", PEL_INT64, false, 0 },
        { "x5", PEL_INT16, false, 0 },
        { "-", PEL_INT16, false, 0 },
        { ".5", PEL_INT16, false, 0 },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        pel__bytes *b = decoded(cases[i].word, strlen(cases[i].word), PEL__DIGITS, cases[i].dtype);
        if (cases[i].good)
            assert_reads(b, &cases[i].value, pel_dtype_bytes(cases[i].dtype), 3);
        else {
            assert_fails(b, "among its voxels");
            continue;
        }
        pel__bytes_close(b);
    }
    assert_int_equal(pel_memory_in_use(), 0);
}

static void real_numbers_are_numbers_with_commas_or_blanks_between(void **state)
{
    (void)state;
    const float single[3] = { 1.5F, -2e10F, 0 };
    const double twice[3] = { 1.5, -2e10, 0 };
    static const char text[] = " 1.5,\t-2e10\n\n,0 ";
    pel__bytes *b = decoded(text, sizeof text - 1, PEL__DIGITS, PEL_FLOAT32);
    assert_reads(b, single, sizeof single, 5);
    assert_ok(pel__bytes_seek(b, 0));
    assert_reads(b, single, sizeof single, 64);
    pel__bytes_close(b);
    b = decoded(text, sizeof text - 1, PEL__DIGITS, PEL_FLOAT64);
    assert_reads(b, twice, sizeof twice, 7);
    pel__bytes_close(b);
    assert_fails(decoded("1.5 two", 7, PEL__DIGITS, PEL_FLOAT32), "'two', which is no float32");
    assert_fails(decoded("1.5 \xff", 5, PEL__DIGITS, PEL_FLOAT64), "which is no float64");
    // a word without end is cut, and is no number
    static char endless[1000];
    memset(endless, 'x', sizeof endless);
    assert_fails(decoded(endless, sizeof endless, PEL__DIGITS, PEL_FLOAT64), "'xxx");
    // of a pipe nobody knows how many there are
    assert_ok(pel__bytes_decode(&b, piped(text, sizeof text - 1), PEL__DIGITS, PEL_FLOAT32));
    assert_null(b->rewind);
    assert_reads(b, single, sizeof single, 64);
    pel__bytes_close(b);
    assert_int_equal(pel_memory_in_use(), 0);
}

static void hex_digits_are_of_either_case(void **state)
{
    (void)state;
    static const uint8_t want[] = { 0x09, 0xaf, 0xAF, 0x10 };
    static const char text[] = "09 a\nfA F10\n";
    pel__bytes *b = decoded(text, sizeof text - 1, PEL__HEX, PEL_UINT8);
    assert_reads(b, want, sizeof want, 3);
    assert_ok(pel__bytes_seek(b, 0));
    assert_reads(b, want, sizeof want, 1);
    pel__bytes_close(b);
    // half a byte at the end is none
    b = decoded("0a1", 3, PEL__HEX, PEL_UINT8);
    assert_reads(b, "\x0a", 1, 3);
    pel__bytes_close(b);
    static const char *const wrong[] = { "/0", ":0", "@0", "G0", "`0", "g0", "0g" };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        assert_fails(decoded(wrong[i], 2, PEL__HEX, PEL_UINT8), "which is no hexadecimal number");
}

static pel_status does_not_rewind(pel__bytes *b)
{
    return pel__fail(PEL_EIO, "%s: the tape is torn", b->name);
}

static void what_goes_back_does_so_through_others(void **state)
{
    (void)state;
    // gzip goes back, but does not jump; a torn tape does neither
    static uint8_t twice[1 << 12];
    char text[] = "7 8 9";
    size_t size = pack(packed, text, 5);
    for (int kind = 0; kind < 2; kind++) {
        pel__bytes *b, *inner;
        pel__coding coding = kind ? PEL__DIGITS : PEL__BZIP2;
        const void *coded = kind ? (const void *)text : packed;
        const char *want = kind ? "\x07\x08\x09" : text;
        int64_t length = kind ? 3 : 5;
        size = kind ? 5 : size;
        size_t zipped = make_gzip(twice, sizeof twice, coded, size);
        assert_ok(pel__bytes_gunzip(&inner, memory(twice, zipped)));
        assert_ok(pel__bytes_decode(&b, inner, coding, PEL_UINT8));
        assert_reads(b, want, length, 2);
        assert_ok(pel__bytes_seek(b, 0));
        assert_reads(b, want, length, 2);
        pel__bytes_close(b);
        inner = piped(coded, size);
        inner->rewind = does_not_rewind;
        assert_ok(pel__bytes_decode(&b, inner, coding, PEL_UINT8));
        assert_reads(b, want, length, 2);
        assert_int_equal(pel__bytes_seek(b, 0), PEL_EIO);
        pel__bytes_close(b);
    }
    assert_int_equal(pel_memory_in_use(), 0);
}

static void the_rest_of_a_stream_is_a_stream(void **state)
{
    (void)state;
    static const char text[] = "headrest";
    for (int kind = 0; kind < 3; kind++) {
        pel__bytes *inner = kind ? piped(text, 8) : memory(text, 8), *b;
        char head[4];
        if (kind == 2)
            inner->most = 2;
        assert_ok(pel__bytes_need(inner, head, 4, "its head"));
        assert_ok(pel__bytes_rest(&b, inner));
        assert_int_equal(b->size, kind ? -1 : 4);
        assert_int_equal(b->most, kind == 0 ? 4 : kind == 1 ? INT64_MAX : 0);
        assert_reads(b, "rest", 4, 3);
        pel__bytes_close(b);
    }
    // that starts where the stream ends
    pel__bytes *b, *inner = memory(text, 8);
    char all[8];
    assert_ok(pel__bytes_need(inner, all, 8, "all"));
    assert_ok(pel__bytes_rest(&b, inner));
    assert_int_equal(b->size, 0);
    assert_reads(b, "", 0, 3);
    pel__bytes_close(b);
    assert_int_equal(pel_memory_in_use(), 0);
}

static void gzip_that_is_none_is_refused_by_name(void **state)
{
    (void)state;
    static const char *const heads[] = { "", "\x1f", "\x1f\x8b", "\x1f\x8cx", "plain" };
    static const size_t sizes[] = { 0, 1, 2, 3, 5 };
    for (int i = 0; i < 5; i++) {
        pel__bytes *b;
        assert_int_equal(pel__bytes_decode(&b, memory(heads[i], sizes[i]), PEL__GZIP, PEL_UINT8),
                         PEL_EFORMAT);
        assert_error_says("no gzip data is there");
        assert_null(b);
    }
    pel__bytes *b;
    assert_ok(pel__bytes_decode(&b, memory("plain", 5), PEL__RAW, PEL_UINT8));
    assert_reads(b, "plain", 5, 2);
    pel__bytes_close(b);
    assert_int_equal(pel_memory_in_use(), 0);
}

static void comments_that_say_nothing_are_none(void **state)
{
    (void)state;
    pel_volume v = { .dims = { 1, 1, 1 } };
    assert_ok(pel__keep_comment(&v.fields, NULL, "x"));
    assert_ok(pel__keep_comment(&v.fields, "", "x"));
    assert_int_equal(v.fields.extension_count, 0);
    assert_ok(pel__keep_comment(&v.fields, "one", "x"));
    assert_ok(pel__keep_comment(&v.fields, "another", "x"));
    assert_int_equal(v.fields.extension_count, 2);
    assert_int_equal(v.fields.extensions[1].size, 7);
    pel_volume_free(&v);
    assert_int_equal(pel_memory_in_use(), 0);
}

static void rows_of_numbers_end_at_what_is_none(void **state)
{
    (void)state;
    double row[3];
    assert_int_equal(pel__parse_row(row, 3, " 1 -2.5e1\t3 "), 3);
    assert_near(row[1], -25, 0);
    assert_int_equal(pel__parse_row(row, 3, "1,2"), 2);
    assert_int_equal(pel__parse_row(row, 3, ""), 0);
    static const char *const wrong[] = { "1 2 3 4", "1 two", "1x 2", "x" };
    for (int i = 0; i < 4; i++)
        assert_int_equal(pel__parse_row(row, 3, wrong[i]), -1);
}

static void words_end_at_blanks_and_fit_their_room(void **state)
{
    (void)state;
    char word[4];
    const char *at = pel__next_word(word, sizeof word, "  abc d");
    assert_non_null(at);
    assert_string_equal(word, "abc");
    at = pel__next_word(word, sizeof word, at);
    assert_non_null(at);
    assert_string_equal(word, "d");
    assert_null(pel__next_word(word, sizeof word, at));
    assert_null(pel__next_word(word, sizeof word, "abcd"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bzip2_of_several_streams_is_one),
        cmocka_unit_test(damaged_bzip2_is_refused_wherever_it_ends),
        cmocka_unit_test(no_memory_undoes_no_bzip2),
        cmocka_unit_test(whole_numbers_fit_their_type),
        cmocka_unit_test(real_numbers_are_numbers_with_commas_or_blanks_between),
        cmocka_unit_test(hex_digits_are_of_either_case),
        cmocka_unit_test(what_goes_back_does_so_through_others),
        cmocka_unit_test(the_rest_of_a_stream_is_a_stream),
        cmocka_unit_test(gzip_that_is_none_is_refused_by_name),
        cmocka_unit_test(comments_that_say_nothing_are_none),
        cmocka_unit_test(rows_of_numbers_end_at_what_is_none),
        cmocka_unit_test(words_end_at_blanks_and_fit_their_room),
    };
    return cmocka_run_group_tests_name("read/codings", tests, NULL, NULL);
}
