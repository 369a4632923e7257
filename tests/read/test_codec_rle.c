/* SPDX-License-Identifier: Apache-2.0 */
/* test_codec_rle.c: run lengths of DICOM against an encoder of the test's own. */
#include "codecs.h"

enum { ROWS = 19, COLUMNS = 37, PIXELS = ROWS * COLUMNS };

// PackBits: runs of three or more are repeats, all else is literal
static void pack(codecs_stream *to, const uint8_t *bytes, size_t count)
{
    for (size_t i = 0; i < count;) {
        size_t run = 1;
        while (i + run < count && run < 128 && bytes[i + run] == bytes[i])
            run++;
        if (run > 2) {
            codecs_put_byte(to, (int)(257 - run));
            codecs_put_byte(to, bytes[i]);
            i += run;
            continue;
        }
        size_t start = i, length = 0;
        while (i < count && length < 128 &&
               !(i + 2 < count && bytes[i] == bytes[i + 1] && bytes[i] == bytes[i + 2])) {
            i++;
            length++;
        }
        codecs_put_byte(to, (int)length - 1);
        codecs_put(to, bytes + start, length);
    }
}

static void put_le32(codecs_stream *to, size_t at, uint32_t value)
{
    for (int i = 0; i < 4; i++)
        to->bytes[at + (size_t)i] = (uint8_t)(value >> 8 * i);
}

static codecs_stream encode(const pel__codec_frame *frame, const uint8_t *numbers)
{
    codecs_stream to = { 0 };
    uint8_t header[64] = { 0 }, plane[PIXELS];
    size_t cell = (size_t)frame->bits_allocated / 8, step = cell * (size_t)frame->samples;
    codecs_put(&to, header, sizeof header);
    put_le32(&to, 0, (uint32_t)step);
    for (size_t segment = 0; segment < step; segment++) {
        // this test runs where the least significant byte lies first
        size_t byte = segment / cell * cell + cell - 1 - segment % cell;
        for (size_t i = 0; i < PIXELS; i++)
            plane[i] = numbers[i * step + byte];
        put_le32(&to, 4 * segment + 4, (uint32_t)to.size);
        pack(&to, plane, PIXELS);
        if (to.size % 2)
            codecs_put_byte(&to, 0);
    }
    return to;
}

static void every_width_and_count_of_samples_comes_back(void **state)
{
    (void)state;
    for (int bits = 8; bits <= 64; bits += 8)
        for (int samples = 1; samples <= 4 && samples * bits / 8 <= 15; samples++) {
            pel__codec_frame frame = { ROWS, COLUMNS, samples, bits };
            size_t size = codecs_bytes(&frame);
            uint8_t *numbers = malloc(size);
            assert_non_null(numbers);
            uint32_t random = 3;
            for (size_t i = 0; i < size; i++)
                numbers[i] = (uint8_t)(codecs_random(&random) % 5 ? i / 300 : random >> 8);
            codecs_stream stream = encode(&frame, numbers);
            codecs_expect(&pel__codec_rle, &frame, &stream, numbers);
            free(stream.bytes);
            free(numbers);
        }
}

// a codestream of one segment for 2 rows of 3 bytes
static codecs_stream small(const char *segment, size_t size)
{
    codecs_stream to = { 0 };
    uint8_t header[64] = { 1, 0, 0, 0, 64 };
    codecs_put(&to, header, sizeof header);
    codecs_put(&to, segment, size);
    return to;
}

static const pel__codec_frame SIX = { 2, 3, 1, 8 };

static void the_example_of_packbits_is_unpacked(void **state)
{
    (void)state;
    // three literal bytes, nothing, three times 7
    codecs_stream stream = small("\x02\x01\x02\x03\x80\xfe\x07", 7);
    codecs_expect(&pel__codec_rle, &SIX, &stream, "\1\2\3\7\7\7");
    free(stream.bytes);
}

static void what_goes_beyond_the_frame_is_padding(void **state)
{
    (void)state;
    codecs_stream stream = small("\x01\x01\x02\xf0\x09", 5);
    codecs_expect(&pel__codec_rle, &SIX, &stream, "\1\2\x9\x9\x9\x9");
    free(stream.bytes);
    stream = small("\x07\x01\x02\x03\x04\x05\x06", 7);
    codecs_expect(&pel__codec_rle, &SIX, &stream, "\1\2\3\4\5\6");
    free(stream.bytes);
}

static void too_few_pixels_are_refused(void **state)
{
    (void)state;
    static const struct {
        const char *bytes;
        size_t size;
    } cut[] = { { "", 0 },         { "\xfb", 1 },           { "\x05\1\2\3", 4 },
                { "\xfc\x07", 2 }, { "\x04\1\2\3\4\5", 6 }, { "\x05\1\2\3\4\5", 6 } };
    for (size_t i = 0; i < sizeof cut / sizeof *cut; i++) {
        codecs_stream stream = small(cut[i].bytes, cut[i].size);
        codecs_refuse(&pel__codec_rle, &SIX, &stream, PEL_EFORMAT, "fewer pixels");
        free(stream.bytes);
    }
}

static void headers_that_cannot_be_are_refused(void **state)
{
    (void)state;
    codecs_stream stream = small("\x05\1\2\3\4\5\6", 7);
    codecs_stream cut = { stream.bytes, 63, 63 };
    codecs_refuse(&pel__codec_rle, &SIX, &cut, PEL_EFORMAT, "shorter than its header");
    pel__codec_frame wide = { 2, 3, 1, 16 }, odd = { 2, 3, 1, 12 };
    codecs_refuse(&pel__codec_rle, &odd, &stream, PEL_EUNSUPPORTED, "RLE of 12 bits");
    codecs_refuse(&pel__codec_rle, &wide, &stream, PEL_EFORMAT,
                  "1 segments; 1 samples of 16 bits have 2");
    pel__codec_frame wider = { 2, 3, 4, 64 };
    put_le32(&stream, 0, 32);
    codecs_refuse(&pel__codec_rle, &wider, &stream, PEL_EFORMAT, "32 segments");
    put_le32(&stream, 0, 2);
    static const uint32_t starts[][2] = {
        { 63, 65 }, { 66, 65 }, { 64, 72 }, { 64, 63 }, { 0xffffffff, 65 },
    };
    for (size_t i = 0; i < sizeof starts / sizeof *starts; i++) {
        put_le32(&stream, 4, starts[i][0]);
        put_le32(&stream, 8, starts[i][1]);
        codecs_refuse(&pel__codec_rle, &wide, &stream, PEL_EFORMAT, "outside of itself");
    }
    free(stream.bytes);
}

static void damage_is_survived(void **state)
{
    (void)state;
    pel__codec_frame frame = { ROWS, COLUMNS, 1, 16 };
    uint8_t *numbers = codecs_picture(&frame, 12);
    codecs_stream stream = encode(&frame, numbers);
    codecs_survive(&pel__codec_rle, &frame, &stream);
    free(stream.bytes);
    free(numbers);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_width_and_count_of_samples_comes_back),
        cmocka_unit_test(the_example_of_packbits_is_unpacked),
        cmocka_unit_test(what_goes_beyond_the_frame_is_padding),
        cmocka_unit_test(too_few_pixels_are_refused),
        cmocka_unit_test(headers_that_cannot_be_are_refused),
        cmocka_unit_test(damage_is_survived),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
