/* SPDX-License-Identifier: Apache-2.0 */
/* test_codec_jpegls.c: JPEG-LS against the encoder of CharLS. */
#include "codecs.h"

#include <charls/charls.h>

enum { ROWS = 31, COLUMNS = 45 };

typedef struct way {
    int bits, near;
    charls_interleave_mode mode;
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
        codecs_stream stream = encode(&frame, numbers, &(way){ bits, 0, 0 });
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
                    encode(&frame, numbers, &(way){ bits, 0, (charls_interleave_mode)mode });
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
            encode(&frame, numbers, &(way){ 8, 0, (charls_interleave_mode)mode });
        assert_ok(codecs_decode(&pel__codec_jpegls, &wide, stream.bytes, stream.size, &out));
        for (int64_t i = 0; i < pel__codec_count(&frame); i++)
            assert_int_equal(codecs_at(out, &wide, i), numbers[i]);
        free(out);
        free(stream.bytes);
    }
    free(numbers);
}

static void near_lossless_is_as_near_as_it_says(void **state)
{
    (void)state;
    pel__codec_frame frame = { ROWS, COLUMNS, 1, 16 };
    void *numbers = codecs_picture(&frame, 12);
    for (int near = 1; near <= 100; near = near * 3 + 1) {
        codecs_stream stream = encode(&frame, numbers, &(way){ 12, near, 0 });
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

static const pel__codec_frame GREY = { ROWS, COLUMNS, 1, 16 };

static codecs_stream plain_stream(void)
{
    void *numbers = codecs_picture(&GREY, 12);
    codecs_stream stream = encode(&GREY, numbers, &(way){ 12, 0, 0 });
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

static void damage_is_survived(void **state)
{
    (void)state;
    pel__codec_frame frame = { ROWS, COLUMNS, 3, 8 };
    void *numbers = codecs_picture(&frame, 8);
    for (int mode = 0; mode <= 2; mode++) {
        codecs_stream stream =
            encode(&frame, numbers, &(way){ 8, mode, (charls_interleave_mode)mode });
        codecs_survive(&pel__codec_jpegls, &frame, &stream);
        free(stream.bytes);
    }
    free(numbers);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_precision_comes_back),
        cmocka_unit_test(every_order_of_samples_comes_back),
        cmocka_unit_test(few_bits_come_into_wide_cells),
        cmocka_unit_test(near_lossless_is_as_near_as_it_says),
        cmocka_unit_test(another_size_than_the_files_is_refused),
        cmocka_unit_test(a_stream_cut_short_is_refused),
        cmocka_unit_test(damage_is_survived),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
