/* SPDX-License-Identifier: Apache-2.0 */
/* test_codec_jpegls.c: JPEG-LS against the encoder of CharLS. */
#include "codecs.h"

#include <charls/charls.h>

enum { ROWS = 31, COLUMNS = 45 };

typedef struct way {
    int bits, near;
    charls_interleave_mode mode;
    const charls_jpegls_pc_parameters *presets; // NULL: the default
} way;

// samples of a pixel together become planes
static uint8_t *apart(const pel__codec_frame *frame, const uint8_t *numbers)
{
    size_t cell = (size_t)frame->bits_allocated / 8,
           pixels = (size_t)(frame->rows * frame->columns);
    size_t samples = (size_t)frame->samples;
    uint8_t *planes = malloc(codecs_bytes(frame));
    assert_non_null(planes);
    for (size_t i = 0; i < pixels * samples; i++)
        memcpy(planes + (i % samples * pixels + i / samples) * cell, numbers + i * cell, cell);
    return planes;
}

// numbers of a frame whose cells are as wide as its bits need
static codecs_stream encode(const pel__codec_frame *frame, const uint8_t *numbers, const way *w)
{
    charls_jpegls_encoder *encoder = charls_jpegls_encoder_create();
    charls_frame_info info = { (uint32_t)frame->columns, (uint32_t)frame->rows, w->bits,
                               frame->samples };
    size_t room = 2 * codecs_bytes(frame) + 4096, size;
    uint8_t *bytes = malloc(room), *planes = NULL;
    assert_true(encoder && bytes);
    if (w->mode == CHARLS_INTERLEAVE_MODE_NONE)
        numbers = planes = apart(frame, numbers);
    assert_int_equal(charls_jpegls_encoder_set_frame_info(encoder, &info), 0);
    assert_int_equal(charls_jpegls_encoder_set_near_lossless(encoder, w->near), 0);
    assert_int_equal(charls_jpegls_encoder_set_interleave_mode(encoder, w->mode), 0);
    if (w->presets)
        assert_int_equal(charls_jpegls_encoder_set_preset_coding_parameters(encoder, w->presets),
                         0);
    assert_int_equal(charls_jpegls_encoder_set_destination_buffer(encoder, bytes, room), 0);
    assert_int_equal(
        charls_jpegls_encoder_encode_from_buffer(encoder, numbers, codecs_bytes(frame), 0), 0);
    assert_int_equal(charls_jpegls_encoder_get_bytes_written(encoder, &size), 0);
    charls_jpegls_encoder_destroy(encoder);
    codecs_stream stream = { 0 };
    codecs_put(&stream, bytes, size);
    free(planes);
    free(bytes);
    return stream;
}

static void every_precision_comes_back(void **state)
{
    (void)state;
    for (int bits = 2; bits <= 16; bits++) {
        pel__codec_frame frame = { ROWS, COLUMNS, 1, bits > 8 ? 16 : 8 };
        void *numbers = codecs_picture(&frame, bits);
        codecs_stream stream = encode(&frame, numbers, &(way){ bits, 0, 0, NULL });
        codecs_expect(&pel__codec_jpegls, &frame, &stream, numbers);
        free(stream.bytes);
        free(numbers);
    }
}

static void noise_comes_back(void **state)
{
    (void)state;
    // its errors have every size, and corrections grow to their ends
    for (int bits = 2; bits <= 16; bits++) {
        pel__codec_frame frame = { 200, 200, 1, bits > 8 ? 16 : 8 };
        void *numbers = codecs_picture(&frame, bits);
        uint32_t random = 4;
        for (int64_t i = 0; i < pel__codec_count(&frame); i++) {
            unsigned noise = (codecs_random(&random) & ((1U << bits) - 1));
            // steps up from the left, in one half; more often small than large in the other
            int64_t x = i % 200;
            codecs_set(numbers, &frame, i,
                       x < 100 ? (int)((unsigned)x * noise / 100) : (int)(noise * noise >> bits));
        }
        codecs_stream stream = encode(&frame, numbers, &(way){ bits, 0, 0, NULL });
        codecs_expect(&pel__codec_jpegls, &frame, &stream, numbers);
        free(stream.bytes);
        free(numbers);
    }
}

static void every_order_of_samples_comes_back(void **state)
{
    (void)state;
    for (int mode = 0; mode <= 2; mode++)
        for (int bits = 8; bits <= 16; bits += 8)
            for (int samples = 3; samples <= 4; samples++) {
                pel__codec_frame frame = { ROWS, COLUMNS, samples, bits };
                void *numbers = codecs_picture(&frame, bits);
                codecs_stream stream =
                    encode(&frame, numbers, &(way){ bits, 0, (charls_interleave_mode)mode, NULL });
                codecs_expect(&pel__codec_jpegls, &frame, &stream, numbers);
                free(stream.bytes);
                free(numbers);
            }
}

static void few_bits_come_into_wide_cells(void **state)
{
    (void)state;
    pel__codec_frame frame = { ROWS, COLUMNS, 3, 8 }, wide = { ROWS, COLUMNS, 3, 16 };
    uint8_t *numbers = codecs_picture(&frame, 8), *out;
    for (int mode = 0; mode <= 2; mode++) {
        codecs_stream stream =
            encode(&frame, numbers, &(way){ 8, 0, (charls_interleave_mode)mode, NULL });
        assert_ok(codecs_decode(&pel__codec_jpegls, &wide, stream.bytes, stream.size, &out));
        for (int64_t i = 0; i < pel__codec_count(&frame); i++)
            assert_int_equal(codecs_at(out, &wide, i), numbers[i]);
        free(out);
        free(stream.bytes);
    }
    free(numbers);
}

static void near_lossless_of_few_bits_is_near_too(void **state)
{
    (void)state;
    for (int bits = 3; bits <= 8; bits++) {
        pel__codec_frame frame = { ROWS, COLUMNS, 1, 8 };
        uint8_t *numbers = codecs_picture(&frame, bits), *out;
        int near = ((1 << bits) - 1) / 2;
        codecs_stream stream = encode(&frame, numbers, &(way){ bits, near, 0, NULL });
        assert_ok(codecs_decode(&pel__codec_jpegls, &frame, stream.bytes, stream.size, &out));
        for (int64_t i = 0; i < pel__codec_count(&frame); i++)
            assert_near(out[i], numbers[i], near);
        free(out);
        free(stream.bytes);
        free(numbers);
    }
}

static const pel__codec_frame GREY = { ROWS, COLUMNS, 1, 16 };

static void near_lossless_is_as_near_as_it_says(void **state)
{
    (void)state;
    pel__codec_frame frame = { ROWS, COLUMNS, 1, 16 };
    void *numbers = codecs_picture(&frame, 12);
    for (int near = 1; near <= 100; near = near * 3 + 1) {
        codecs_stream stream = encode(&frame, numbers, &(way){ 12, near, 0, NULL });
        uint8_t *out;
        assert_ok(codecs_decode(&pel__codec_jpegls, &frame, stream.bytes, stream.size, &out));
        bool differs = false;
        for (int64_t i = 0; i < pel__codec_count(&frame); i++) {
            assert_near(codecs_at(out, &frame, i), codecs_at(numbers, &frame, i), near);
            differs |= codecs_at(out, &frame, i) != codecs_at(numbers, &frame, i);
        }
        assert_true(differs);
        free(out);
        free(stream.bytes);
    }
    free(numbers);
}

static codecs_stream plain_stream(void)
{
    void *numbers = codecs_picture(&GREY, 12);
    codecs_stream stream = encode(&GREY, numbers, &(way){ 12, 0, 0, NULL });
    free(numbers);
    return stream;
}

static void another_size_than_the_files_is_refused(void **state)
{
    (void)state;
    codecs_stream stream = plain_stream();
    static const pel__codec_frame others[] = { { ROWS + 1, COLUMNS, 1, 16 },
                                               { ROWS, COLUMNS - 1, 1, 16 },
                                               { ROWS, COLUMNS, 3, 16 },
                                               { ROWS, COLUMNS, 1, 8 } };
    for (int i = 0; i < 4; i++)
        codecs_refuse(&pel__codec_jpegls, others + i, &stream, PEL_EFORMAT,
                      "a JPEG-LS frame is 45x31 with 1 samples of 12 bits where the file says");
    free(stream.bytes);
}

static void a_stream_cut_short_is_refused(void **state)
{
    (void)state;
    codecs_stream stream = plain_stream();
    size_t whole = stream.size;
    for (size_t cut = 0; cut + 2 < whole; cut++) {
        stream.size = cut;
        codecs_refuse(&pel__codec_jpegls, &GREY, &stream, PEL_EFORMAT, "a JPEG-LS frame ");
    }
    free(stream.bytes);
}

static void long_runs_come_back(void **state)
{
    (void)state;
    // one value all over makes the longest runs there are
    pel__codec_frame frame = { 8, 65535, 1, 8 };
    uint8_t *numbers = malloc(codecs_bytes(&frame));
    assert_non_null(numbers);
    memset(numbers, 77, codecs_bytes(&frame));
    // and then an error that has the longest code
    numbers[65535 * 3 + 40000] = 255;
    numbers[65535 * 5 + 10000] = 78;
    numbers[65535 * 7 + 65534] = 0;
    codecs_stream stream = encode(&frame, numbers, &(way){ 8, 0, 0, NULL });
    codecs_expect(&pel__codec_jpegls, &frame, &stream, numbers);
    free(stream.bytes);
    free(numbers);
}

static void other_coding_parameters_come_back(void **state)
{
    (void)state;
    static const charls_jpegls_pc_parameters presets[] = { { 4095, 5, 50, 500, 31 },
                                                           { 0, 0, 0, 0, 3 },
                                                           { 0, 4095, 4095, 4095, 255 } };
    void *numbers = codecs_picture(&GREY, 12);
    for (int i = 0; i < 3; i++) {
        codecs_stream stream = encode(&GREY, numbers, &(way){ 12, 0, 0, presets + i });
        codecs_expect(&pel__codec_jpegls, &GREY, &stream, numbers);
        free(stream.bytes);
    }
    free(numbers);
}

// where the payload of the first segment with this marker begins
static size_t segment_of(const codecs_stream *stream, int marker)
{
    for (size_t i = 0; i + 4 <= stream->size; i++)
        if (stream->bytes[i] == 0xff && stream->bytes[i + 1] == marker)
            return i + 4;
    fail_msg("no marker %x", marker);
    return 0;
}

enum { SOS = 0xda };

static codecs_stream stream_with(const codecs_stream *stream, const void *bytes, size_t count)
{
    codecs_stream to = { 0 };
    size_t at = segment_of(stream, SOS) - 4;
    codecs_put(&to, stream->bytes, at);
    codecs_put(&to, bytes, count);
    codecs_put(&to, stream->bytes + at, stream->size - at);
    return to;
}

static void thresholds_may_be_given_in_part(void **state)
{
    (void)state;
    // the first is above the second's default, which then is the first
    codecs_stream plain = plain_stream(), streams[2];
    static const char *const given[] = { "\xff\xf8\0\x0d\1\0\0\1\xf4\0\0\0\0\0\0",
                                         "\xff\xf8\0\x0d\1\0\0\1\xf4\1\xf4\1\xf4\0\x40" };
    uint8_t *out[2];
    for (int i = 0; i < 2; i++) {
        streams[i] = stream_with(&plain, given[i], 15);
        assert_ok(
            codecs_decode(&pel__codec_jpegls, &GREY, streams[i].bytes, streams[i].size, out + i));
    }
    assert_memory_equal(out[0], out[1], codecs_bytes(&GREY));
    for (int i = 0; i < 2; i++) {
        free(out[i]);
        free(streams[i].bytes);
    }
    free(plain.bytes);
}

// strips that were encoded alone are the intervals between restarts
static codecs_stream in_intervals(const void *numbers, int rows, const char *restart, size_t count)
{
    codecs_stream whole = encode(&GREY, numbers, &(way){ 12, 0, 0, NULL });
    size_t scan = segment_of(&whole, SOS) + 6;
    codecs_stream cut = { whole.bytes, scan, 0 }, to = stream_with(&cut, restart, count);
    for (int y = 0; y < ROWS; y += rows) {
        pel__codec_frame strip = { ROWS - y < rows ? ROWS - y : rows, COLUMNS, 1, 16 };
        codecs_stream part =
            encode(&strip, (const uint8_t *)numbers + 2 * y * COLUMNS, &(way){ 12, 0, 0, NULL });
        if (y > 0) {
            codecs_put_byte(&to, 0xff);
            codecs_put_byte(&to, 0xd0 + (y / rows - 1) % 8);
        }
        size_t begin = segment_of(&part, SOS) + 6;
        codecs_put(&to, part.bytes + begin, part.size - begin - 2);
        free(part.bytes);
    }
    codecs_put(&to, "\xff\xd9", 2);
    free(whole.bytes);
    return to;
}

static void restarts_come_back(void **state)
{
    (void)state;
    void *numbers = codecs_picture(&GREY, 12);
    codecs_stream stream = in_intervals(numbers, 3, "\xff\xdd\0\4\0\3", 6);
    codecs_expect(&pel__codec_jpegls, &GREY, &stream, numbers);
    size_t first = segment_of(&stream, 0xd0) - 4;
    stream.bytes[first + 1] = 0xd1;
    codecs_refuse(&pel__codec_jpegls, &GREY, &stream, PEL_EFORMAT, "lacks a restart marker");
    free(stream.bytes);
    stream = in_intervals(numbers, 3, "\xff\xdd\0\5\0\0\3", 7);
    codecs_expect(&pel__codec_jpegls, &GREY, &stream, numbers);
    free(stream.bytes);
    // an interval beyond the last row
    stream = in_intervals(numbers, ROWS, "\xff\xdd\0\6\0\1\0\0", 8);
    codecs_expect(&pel__codec_jpegls, &GREY, &stream, numbers);
    free(stream.bytes);
    free(numbers);
}

static void refused_with_more(const char *bytes, size_t count, pel_status status, const char *says)
{
    codecs_stream stream = plain_stream(), to = stream_with(&stream, bytes, count);
    codecs_refuse(&pel__codec_jpegls, &GREY, &to, status, says);
    free(to.bytes);
    free(stream.bytes);
}

static void segments_that_make_no_sense_are_refused(void **state)
{
    (void)state;
    refused_with_more("\xff\xdd\0\3\1", 5, PEL_EFORMAT, "restart interval that cannot be");
    refused_with_more("\xff\xdd\0\7\0\0\0\0\1", 9, PEL_EFORMAT, "restart interval that cannot be");
    refused_with_more("\xff\xf8\0\2", 4, PEL_EFORMAT, "coding parameters");
    refused_with_more("\xff\xf8\0\3\5", 5, PEL_EFORMAT, "coding parameters");
    refused_with_more("\xff\xf8\0\4\1\0", 6, PEL_EFORMAT, "coding parameters");
    refused_with_more("\xff\xf8\0\3\2", 5, PEL_EUNSUPPORTED, "mapping tables");
    // larger than the precision, a reset of 2, thresholds that fall, that are too large
    refused_with_more("\xff\xf8\0\x0d\1\x10\0\0\0\0\0\0\0\0\0", 15, PEL_EFORMAT,
                      "coding parameters");
    refused_with_more("\xff\xf8\0\x0d\1\0\0\0\0\0\0\0\0\0\2", 15, PEL_EFORMAT, "coding parameters");
    refused_with_more("\xff\xf8\0\x0d\1\0\0\0\x20\0\x10\0\x40\0\0", 15, PEL_EFORMAT,
                      "coding parameters");
    refused_with_more("\xff\xf8\0\x0d\1\0\0\0\0\0\0\x10\0\0\0", 15, PEL_EFORMAT,
                      "coding parameters");
    refused_with_more("\xff\xe8\0\7mrfx\1", 9, PEL_EUNSUPPORTED, "colours transformed");
    refused_with_more("\xff\xda\0\3\0", 5, PEL_EFORMAT, "scan header");
}

static void what_means_nothing_is_passed_over(void **state)
{
    (void)state;
    codecs_stream stream = plain_stream();
    uint8_t *want;
    assert_ok(codecs_decode(&pel__codec_jpegls, &GREY, stream.bytes, stream.size, &want));
    codecs_stream to =
        stream_with(&stream, "\xff\xe8\0\7mrfx\0\xff\xe8\0\7mrfy\1\xff\xe8\0\3\0\xff\xfe\0\3c", 28);
    codecs_put(&to, "\0", 1);
    codecs_expect(&pel__codec_jpegls, &GREY, &to, want);
    free(to.bytes);
    free(want);
    free(stream.bytes);
}

static void refused_with(const pel__codec_frame *frame, size_t at, int value, pel_status status,
                         const char *says)
{
    void *numbers = codecs_picture(frame, 8);
    codecs_stream stream = encode(frame, numbers, &(way){ 8, 0, frame->samples > 1, NULL });
    stream.bytes[segment_of(&stream, SOS) + at] = (uint8_t)value;
    codecs_refuse(&pel__codec_jpegls, frame, &stream, status, says);
    free(stream.bytes);
    free(numbers);
}

static void scans_that_cannot_be_are_refused(void **state)
{
    (void)state;
    static const pel__codec_frame grey = { ROWS, COLUMNS, 1, 8 }, colour = { ROWS, COLUMNS, 3, 8 };
    refused_with(&grey, 4, 3, PEL_EFORMAT, "samples in an order that cannot be");
    refused_with(&colour, 8, 0, PEL_EFORMAT, "samples in an order that cannot be");
    refused_with(&grey, 2, 1, PEL_EUNSUPPORTED, "mapped, shifted or smaller");
    refused_with(&grey, 2, 0x10, PEL_EUNSUPPORTED, "mapped, shifted or smaller");
    refused_with(&grey, 5, 1, PEL_EUNSUPPORTED, "mapped, shifted or smaller");
    refused_with(&grey, 3, 128, PEL_EFORMAT, "coding parameters that cannot be");
    for (int wide = 0; wide < 2; wide++) {
        void *numbers = codecs_picture(&colour, 8);
        codecs_stream stream = encode(&colour, numbers, &(way){ 8, 0, 1, NULL });
        stream.bytes[segment_of(&stream, 0xf7) + 7] = wide ? 0x21 : 0x12;
        codecs_refuse(&pel__codec_jpegls, &colour, &stream, PEL_EUNSUPPORTED, "smaller");
        free(stream.bytes);
        free(numbers);
    }
}

// bits into bytes, where one of seven bits follows 0xff
static void put_bits(codecs_stream *to, int *free_bits, int value, int bits)
{
    for (int i = bits - 1; i >= 0; i--) {
        if (*free_bits == 0) {
            *free_bits = to->size && to->bytes[to->size - 1] == 0xff ? 7 : 8;
            codecs_put_byte(to, 0);
        }
        to->bytes[to->size - 1] |= (uint8_t)((value >> i & 1) << --*free_bits);
    }
}

static void errors_beyond_the_range_are_refused(void **state)
{
    (void)state;
    // by T.87: a run of none, its end as far off as can be; another far off; then 640 of 512
    static const struct {
        int zeros, value, bits;
    } codes[] = { { 0, 0, 0 }, { 22, 255, 8 }, { 23, 255, 8 }, { 5, 0, 7 } };
    pel__codec_frame frame = { 1, 9, 1, 8 };
    codecs_stream stream = { 0 };
    codecs_put(&stream, "\xff\xd8\xff\xf7\0\x0b\x08\0\1\0\x09\1\1\x11\0", 15);
    codecs_put(&stream, "\xff\xda\0\x08\1\1\0\0\0\0", 10);
    int free_bits = 0;
    put_bits(&stream, &free_bits, 0, 1);
    for (int i = 1; i < 4; i++) {
        put_bits(&stream, &free_bits, 1, codes[i].zeros + 1);
        put_bits(&stream, &free_bits, codes[i].value, codes[i].bits);
    }
    for (int i = 0; i < 16; i++)
        put_bits(&stream, &free_bits, 0x55, 8);
    codecs_refuse(&pel__codec_jpegls, &frame, &stream, PEL_EFORMAT, "has a code that cannot be");
    free(stream.bytes);
}

static void damage_is_survived(void **state)
{
    (void)state;
    pel__codec_frame frame = { ROWS, COLUMNS, 3, 8 };
    void *numbers = codecs_picture(&frame, 8);
    for (int mode = 0; mode <= 2; mode++) {
        codecs_stream stream =
            encode(&frame, numbers, &(way){ 8, mode, (charls_interleave_mode)mode, NULL });
        codecs_survive(&pel__codec_jpegls, &frame, &stream);
        free(stream.bytes);
    }
    free(numbers);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_precision_comes_back),
        cmocka_unit_test(noise_comes_back),
        cmocka_unit_test(every_order_of_samples_comes_back),
        cmocka_unit_test(few_bits_come_into_wide_cells),
        cmocka_unit_test(near_lossless_is_as_near_as_it_says),
        cmocka_unit_test(near_lossless_of_few_bits_is_near_too),
        cmocka_unit_test(another_size_than_the_files_is_refused),
        cmocka_unit_test(a_stream_cut_short_is_refused),
        cmocka_unit_test(long_runs_come_back),
        cmocka_unit_test(other_coding_parameters_come_back),
        cmocka_unit_test(thresholds_may_be_given_in_part),
        cmocka_unit_test(restarts_come_back),
        cmocka_unit_test(segments_that_make_no_sense_are_refused),
        cmocka_unit_test(what_means_nothing_is_passed_over),
        cmocka_unit_test(scans_that_cannot_be_are_refused),
        cmocka_unit_test(errors_beyond_the_range_are_refused),
        cmocka_unit_test(damage_is_survived),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
