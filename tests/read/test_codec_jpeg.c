/* SPDX-License-Identifier: Apache-2.0 */
/* test_codec_jpeg.c: JPEG of every process that is read, against an encoder of the tests' own. */
#include "codecs.h"
#include "jpeg_encode.h"

#include <jpeglib.h>

enum { ROWS = 23, COLUMNS = 41 };

// --- lossless ---

// noise in some rows, so that every category of differences comes
static void *hard_picture(const pel__codec_frame *frame, int precision)
{
    void *numbers = codecs_picture(frame, precision);
    uint32_t random = 99;
    int top = (1 << precision) - 1;
    for (int64_t i = 0; i < pel__codec_count(frame); i++)
        if (i / (frame->columns * frame->samples) % 3 == 1)
            codecs_set(numbers, frame, i, (int)(codecs_random(&random) & (uint32_t)top));
    codecs_set(numbers, frame, 0, 0);
    codecs_set(numbers, frame, frame->samples, 1 << (precision - 1));
    return numbers;
}

static void lossless_comes_back(const pel__codec_frame *frame, const jpeg_way *way)
{
    void *numbers = hard_picture(frame, way->precision);
    codecs_stream stream = jpeg_lossless(frame, numbers, way);
    for (int64_t i = 0; i < pel__codec_count(frame); i++)
        codecs_set(numbers, frame, i, codecs_at(numbers, frame, i) >> way->point << way->point);
    codecs_expect(&pel__codec_jpeg, frame, &stream, numbers);
    free(stream.bytes);
    free(numbers);
}

static void every_predictor_and_precision_comes_back(void **state)
{
    (void)state;
    for (int precision = 2; precision <= 16; precision++)
        for (int selection = 1; selection <= 7; selection++)
            for (int codes = JPEG_SHORT; codes <= JPEG_LONG; codes++) {
                pel__codec_frame frame = { ROWS, COLUMNS, 1, precision > 8 ? 16 : 8 };
                jpeg_way way = { precision, .selection = selection, .codes = (jpeg_codes)codes };
                lossless_comes_back(&frame, &way);
            }
}

static void few_bits_come_into_wide_cells(void **state)
{
    (void)state;
    pel__codec_frame frame = { ROWS, COLUMNS, 1, 16 };
    jpeg_way way = { 8, .selection = 1 };
    lossless_comes_back(&frame, &way);
}

static void bits_left_out_come_back_as_zeros(void **state)
{
    (void)state;
    for (int point = 1; point < 12; point++) {
        pel__codec_frame frame = { ROWS, COLUMNS, 1, 16 };
        jpeg_way way = { 12, .selection = 1 + point % 7, .point = point };
        lossless_comes_back(&frame, &way);
    }
}

static void restarts_and_colours_come_back(void **state)
{
    (void)state;
    for (int samples = 1; samples <= 4; samples++)
        for (int apart = 0; apart < 2; apart++)
            for (int rows = 0; rows <= 3; rows++)
                for (int bits = 8; bits <= 16; bits += 8) {
                    pel__codec_frame frame = { ROWS, COLUMNS, samples, bits };
                    jpeg_way way = { bits, .selection = 1 + (samples + rows) % 7,
                                     .restart = rows * COLUMNS };
                    way.apart = apart;
                    lossless_comes_back(&frame, &way);
                }
}

static void a_single_pixel_comes_back(void **state)
{
    (void)state;
    pel__codec_frame frames[] = { { 1, 1, 1, 16 }, { 1, 9, 1, 16 }, { 9, 1, 1, 16 } };
    for (int i = 0; i < 3; i++)
        for (int selection = 1; selection <= 7; selection++) {
            pel__codec_frame frame = frames[i];
            jpeg_way way = { 16, .selection = selection };
            uint16_t numbers[9] = { 40000, 7, 65535, 1, 2, 3, 0, 32768, 5 };
            codecs_stream stream = jpeg_lossless(&frame, numbers, &way);
            codecs_expect(&pel__codec_jpeg, &frame, &stream, numbers);
            free(stream.bytes);
        }
}

static const pel__codec_frame GREY = { ROWS, COLUMNS, 1, 16 };
static const jpeg_way PLAIN = { 12, .selection = 1 };

static codecs_stream plain_stream(void)
{
    void *numbers = codecs_picture(&GREY, 12);
    codecs_stream stream = jpeg_lossless(&GREY, numbers, &PLAIN);
    free(numbers);
    return stream;
}

// a plain stream with one byte of a segment changed is refused
static void refused_with(int marker, size_t at, int value, const char *says)
{
    codecs_stream stream = plain_stream();
    stream.bytes[jpeg_segment(&stream, marker) + at] = (uint8_t)value;
    codecs_refuse(&pel__codec_jpeg, &GREY, &stream, PEL_EFORMAT, says);
    free(stream.bytes);
}

static void lossless_headers_that_cannot_be_are_refused(void **state)
{
    (void)state;
    refused_with(0xda, 3, 0, "predictor that is not 1 to 7");
    refused_with(0xda, 3, 8, "predictor that is not 1 to 7");
    refused_with(0xda, 5, 12, "shifts away all bits");
    refused_with(0xda, 2, 0x00, "lacks a Huffman table");
    refused_with(0xda, 2, 0x41, "scan of a component");
    refused_with(0xda, 2, 0x14, "scan of a component");
    refused_with(0xda, 1, 99, "scan of a component");
    refused_with(0xda, 0, 0, "scan header");
    refused_with(0xda, 0, 2, "scan header");
    refused_with(0xc3, 0, 1, "less than two bits");
    refused_with(0xc3, 0, 17, "1 samples of 17 bits where the file says 41x23 with 1 of 16");
    refused_with(0xc3, 2, 24, "is 41x24 with");
    refused_with(0xc3, 4, 24, "is 24x23 with");
    refused_with(0xc3, 5, 2, "header that is too short");
    refused_with(0xc3, 7, 0x01, "component that cannot be");
    refused_with(0xc3, 7, 0x10, "component that cannot be");
    refused_with(0xc3, 7, 0x51, "component that cannot be");
    refused_with(0xc3, 7, 0x15, "component that cannot be");
    refused_with(0xc3, 8, 4, "component that cannot be");
    refused_with(0xc4, 0, 0x21, "Huffman table that cannot be");
    refused_with(0xc4, 0, 0x04, "Huffman table that cannot be");
    refused_with(0xc4, 0, 0x11, "lacks a Huffman table");
    // more codes than their lengths have, than there are bytes; a difference of 17 bits
    refused_with(0xc4, 5, 12, "Huffman table that cannot be");
    refused_with(0xc4, 1, 3, "Huffman table that cannot be");
    refused_with(0xc4, 5, 200, "Huffman table that cannot be");
    refused_with(0xc4, 17, 17, "Huffman table that cannot be");
}

// put bytes into a stream before one of its segments
static void insert_before(codecs_stream *stream, int marker, const void *bytes, size_t count)
{
    size_t at = jpeg_segment(stream, marker) - 4, rest = stream->size - at;
    uint8_t *tail = malloc(rest);
    assert_non_null(tail);
    memcpy(tail, stream->bytes + at, rest);
    stream->size = at;
    codecs_put(stream, bytes, count);
    codecs_put(stream, tail, rest);
    free(tail);
}

static void tables_of_too_many_codes_are_refused(void **state)
{
    (void)state;
    // seventeen codes of one bit, of a stream that has them of five bits
    codecs_stream stream = plain_stream();
    size_t table = jpeg_segment(&stream, 0xc4);
    stream.bytes[table + 5] = 0;
    stream.bytes[table + 1] = 17;
    codecs_refuse(&pel__codec_jpeg, &GREY, &stream, PEL_EFORMAT, "Huffman table that cannot be");
    free(stream.bytes);
    // 300 codes, of which each may be
    uint8_t many[4 + 17 + 300] = { 0xff, 0xc4, 1, 0x3f, 0x10 };
    many[4 + 15] = 45;
    many[4 + 16] = 255;
    stream = plain_stream();
    insert_before(&stream, 0xda, many, sizeof many);
    codecs_refuse(&pel__codec_jpeg, &GREY, &stream, PEL_EFORMAT, "Huffman table that cannot be");
    free(stream.bytes);
}

static void segments_beyond_the_end_are_refused(void **state)
{
    (void)state;
    static const uint8_t parts[][6] = {
        { 0xff, 0xd8, 0xff, 0xc4, 0, 1 },
        { 0xff, 0xd8, 0xff, 0xc4, 0xff, 0xff },
        { 0xff, 0xd8, 0xff, 0xe0, 0, 9 },
    };
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        codecs_stream stream = { (uint8_t *)parts[i], 6, 6 };
        codecs_refuse(&pel__codec_jpeg, &GREY, &stream, PEL_EFORMAT, "reaches beyond its end");
        stream.size = 5;
        codecs_refuse(&pel__codec_jpeg, &GREY, &stream, PEL_EFORMAT, "reaches beyond its end");
        stream.size = 3;
        codecs_refuse(&pel__codec_jpeg, &GREY, &stream, PEL_EFORMAT, "ends early");
        stream.size = 1;
        codecs_refuse(&pel__codec_jpeg, &GREY, &stream, PEL_EFORMAT, "does not begin as JPEG");
    }
    static const uint8_t starts[][4] = { { 0xfe, 0xd8 },
                                         { 0xff, 0xd9 },
                                         { 0xff, 0xd8, 0xff, 0xd9 } };
    static const char *const says[] = { "does not begin", "does not begin", "ends early" };
    for (int i = 0; i < 3; i++) {
        codecs_stream stream = { (uint8_t *)starts[i], 4, 4 };
        codecs_refuse(&pel__codec_jpeg, &GREY, &stream, PEL_EFORMAT, says[i]);
    }
}

static void refused_with_more(int marker, const char *bytes, size_t count, const char *says)
{
    codecs_stream stream = plain_stream();
    insert_before(&stream, marker, bytes, count);
    codecs_refuse(&pel__codec_jpeg, &GREY, &stream, PEL_EFORMAT, says);
    free(stream.bytes);
}

static void segments_that_make_no_sense_are_refused(void **state)
{
    (void)state;
    refused_with_more(0xda, "\xff\xdd\0\3\1", 5, "restart interval that cannot be");
    refused_with_more(0xda, "\xff\xdd\0\4\0\x20", 6, "restarts in the middle of a row");
    refused_with_more(0xda, "\xff\xdb\0\3\0", 5, "quantization table that cannot be");
    refused_with_more(0xda, "\xff\xdb\0\3\x20", 5, "quantization table that cannot be");
    refused_with_more(0xda, "\xff\xdb\0\3\4", 5, "quantization table that cannot be");
    refused_with_more(0xda, "\xff\xc4\0\3\0", 5, "Huffman table that cannot be");
    refused_with_more(0xda, "\xff\xc3\0\x0b\x0c\0\x17\0\x29\1\1\x11\0", 13, "two frame headers");
    refused_with_more(0xda, "\xff\xda\0\2", 4, "scan header");
    refused_with_more(0xda, "\xff\xda\0\5\1\x0a\0", 7, "scan header");
    refused_with_more(0xc3, "\xff\xda\0\x08\1\x0a\x11\1\0\0", 10, "scan header");
    refused_with_more(0xc3, "\xff\xc3\0\6\x0c\0\x17\0", 8, "header that is too short");
}

static void a_scan_of_the_same_component_again_is_refused(void **state)
{
    (void)state;
    pel__codec_frame frame = { ROWS, COLUMNS, 3, 8 };
    void *numbers = codecs_picture(&frame, 8);
    jpeg_way way = { 8, .selection = 1, .apart = true };
    codecs_stream stream = jpeg_lossless(&frame, numbers, &way);
    size_t first = jpeg_segment(&stream, 0xda);
    codecs_stream rest = { stream.bytes + first, stream.size - first, 0 };
    size_t second = jpeg_segment(&rest, 0xda);
    rest.bytes[second + 1] = 10;
    codecs_refuse(&pel__codec_jpeg, &frame, &stream, PEL_EFORMAT, "scan of a component");
    free(stream.bytes);
    free(numbers);
}

static void what_means_nothing_is_passed_over(void **state)
{
    (void)state;
    codecs_stream stream = plain_stream();
    uint8_t *want;
    assert_ok(codecs_decode(&pel__codec_jpeg, &GREY, stream.bytes, stream.size, &want));
    // a comment, junk, fill bytes, a marker without a segment
    insert_before(&stream, 0xda, "\xff\xfe\0\4hi\1\2\xff\0\xff\xff\x01", 13);
    insert_before(&stream, 0xda, "\xff\xc8\0\2\xff\xcc\0\2", 8);
    codecs_put(&stream, "\0\0padding", 9);
    codecs_expect(&pel__codec_jpeg, &GREY, &stream, want);
    // the last marker is missing
    stream.size -= 11;
    codecs_expect(&pel__codec_jpeg, &GREY, &stream, want);
    free(want);
    free(stream.bytes);
}

static void bits_that_are_missing_are_noticed(void **state)
{
    (void)state;
    codecs_stream stream = plain_stream();
    size_t scan = jpeg_segment(&stream, 0xda) + 6;
    size_t whole = stream.size;
    // without EOI, the last byte and all before it are needed
    for (size_t cut = scan; cut + 2 < whole; cut++) {
        stream.size = cut;
        codecs_refuse(&pel__codec_jpeg, &GREY, &stream, PEL_EFORMAT, "ends early");
    }
    free(stream.bytes);
}

static void restart_markers_are_needed_in_their_order(void **state)
{
    (void)state;
    void *numbers = codecs_picture(&GREY, 12);
    jpeg_way way = { 12, .selection = 4, .restart = 2 * COLUMNS };
    codecs_stream stream = jpeg_lossless(&GREY, numbers, &way);
    size_t third = jpeg_segment(&stream, 0xd2) - 4;
    stream.bytes[third + 1] = 0xd3;
    codecs_refuse(&pel__codec_jpeg, &GREY, &stream, PEL_EFORMAT, "lacks a restart marker");
    stream.size = third + 1;
    codecs_refuse(&pel__codec_jpeg, &GREY, &stream, PEL_EFORMAT, "lacks a restart marker");
    stream.size = third;
    codecs_refuse(&pel__codec_jpeg, &GREY, &stream, PEL_EFORMAT, "lacks a restart marker");
    stream.size = third - 1;
    codecs_refuse(&pel__codec_jpeg, &GREY, &stream, PEL_EFORMAT, "ends early");
    free(stream.bytes);
    // bytes too many at the end of an interval, then fill bytes, harm nothing
    stream = jpeg_lossless(&GREY, numbers, &way);
    insert_before(&stream, 0xd2, "\1\2\xff\0\xff", 5);
    codecs_expect(&pel__codec_jpeg, &GREY, &stream, numbers);
    free(stream.bytes);
    free(numbers);
}

static void codes_that_are_in_no_table_are_refused(void **state)
{
    (void)state;
    // of 32 short codes, 17 are given
    codecs_stream stream = plain_stream();
    size_t scan = jpeg_segment(&stream, 0xda) + 6;
    stream.bytes[scan] = 0xfa;
    codecs_refuse(&pel__codec_jpeg, &GREY, &stream, PEL_EFORMAT, "a code that its table lacks");
    free(stream.bytes);
}

static void lossless_components_of_different_sizes_are_refused(void **state)
{
    (void)state;
    pel__codec_frame frame = { ROWS, COLUMNS, 3, 8 };
    void *numbers = codecs_picture(&frame, 8);
    for (int wide = 0; wide < 2; wide++) {
        jpeg_way way = { 8, .selection = 1, .h = { wide ? 2 : 1 }, .v = { wide ? 1 : 2 } };
        codecs_stream stream = jpeg_lossless(&frame, numbers, &way);
        codecs_refuse(&pel__codec_jpeg, &frame, &stream, PEL_EUNSUPPORTED, "different sizes");
        free(stream.bytes);
    }
    free(numbers);
}

static void other_processes_are_named_and_refused(void **state)
{
    (void)state;
    static const struct {
        int marker, precision;
        const char *says;
    } cases[] = {
        { 0xc2, 12, "is progressive JPEG of 12 bits" },
        { 0xc0, 12, "is baseline JPEG of 12 bits" },
        { 0xc1, 16, "is extended sequential JPEG of 16 bits" },
        { 0xc5, 8, "is hierarchical sequential JPEG" },
        { 0xc9, 8, "is arithmetic-coded sequential JPEG" },
        { 0xcb, 12, "is arithmetic-coded lossless JPEG" },
        { 0xcf, 12, "is hierarchical arithmetic-coded lossless JPEG" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        codecs_stream stream = plain_stream();
        size_t header = jpeg_segment(&stream, 0xc3);
        stream.bytes[header - 3] = (uint8_t)cases[i].marker;
        stream.bytes[header] = (uint8_t)cases[i].precision;
        codecs_refuse(&pel__codec_jpeg, &GREY, &stream, PEL_EUNSUPPORTED, cases[i].says);
        free(stream.bytes);
    }
    codecs_stream empty = { (uint8_t *)"\xff\xd8\xff\xc3\0\2", 6, 6 };
    codecs_refuse(&pel__codec_jpeg, &GREY, &empty, PEL_EFORMAT, "too short");
    codecs_stream odd = { (uint8_t *)"\xff\xd8\xff\xc0\0\2", 6, 6 };
    codecs_refuse(&pel__codec_jpeg, &GREY, &odd, PEL_EUNSUPPORTED, "of 0 bits");
}

static void cells_of_other_bits_are_not_for_jpeg(void **state)
{
    (void)state;
    codecs_stream stream = plain_stream();
    static const int bits[] = { 12, 24, 32 };
    for (int i = 0; i < 3; i++) {
        // more room than what it would take
        pel__codec_frame frame = { ROWS, COLUMNS, 1, 64 };
        uint8_t *out = malloc(codecs_bytes(&frame));
        assert_non_null(out);
        frame.bits_allocated = bits[i];
        assert_int_equal(
            pel__codec_jpeg.decode(out, &frame, stream.bytes, (int64_t)stream.size, "x.dcm"),
            PEL_EFORMAT);
        assert_error_says(bits[i] == 12 ? "1 of 12" : bits[i] == 24 ? "1 of 24" : "1 of 32");
        free(out);
    }
    free(stream.bytes);
}

static void damage_of_lossless_is_survived(void **state)
{
    (void)state;
    pel__codec_frame frame = { ROWS, COLUMNS, 3, 8 };
    void *numbers = codecs_picture(&frame, 8);
    jpeg_way ways[] = { { 8, .selection = 7, .restart = 5 * COLUMNS, .codes = JPEG_LONG },
                        { 8, .selection = 5, .apart = true } };
    for (int i = 0; i < 2; i++) {
        codecs_stream stream = jpeg_lossless(&frame, numbers, ways + i);
        codecs_survive(&pel__codec_jpeg, &frame, &stream);
        free(stream.bytes);
    }
    free(numbers);
}

// --- sequential of 12 bits ---

static void dct_comes_back(const pel__codec_frame *frame, const jpeg_way *way)
{
    void *numbers = codecs_picture(frame, 12);
    double *want;
    codecs_stream stream = jpeg_dct(frame, numbers, way, &want);
    uint8_t *out;
    assert_ok(codecs_decode(&pel__codec_jpeg, frame, stream.bytes, stream.size, &out));
    // half from rounding samples; where they are spread, half more from rounding the result
    bool spread = false;
    for (int i = 0; i < 4; i++)
        spread |= way->h[i] > 1 || way->v[i] > 1;
    double most = spread ? 1.01 : 0.51;
    for (int64_t i = 0; i < pel__codec_count(frame); i++)
        assert_near(codecs_at(out, frame, i), want[i], most);
    free(out);
    free(want);
    free(stream.bytes);
    free(numbers);
}

static void twelve_bits_are_the_inverse_transform(void **state)
{
    (void)state;
    for (int quantum = 1; quantum < 1000; quantum = quantum * 5 + 2)
        for (int codes = JPEG_SHORT; codes <= JPEG_LONG; codes++)
            for (int restart = 0; restart < 4; restart += 3) {
                pel__codec_frame frame = { ROWS, COLUMNS, 1, 16 };
                jpeg_way way = { 12, .quantum = quantum, .codes = (jpeg_codes)codes };
                way.restart = restart;
                way.wide = quantum > 255;
                dct_comes_back(&frame, &way);
            }
}

static void twelve_bits_of_every_sampling_are_spread(void **state)
{
    (void)state;
    static const int factors[][8] = {
        { 1, 1, 1, 1, 1, 1, 1, 1 }, { 2, 1, 1, 1, 1, 1, 1, 1 }, { 1, 1, 1, 1, 2, 1, 1, 1 },
        { 2, 1, 1, 1, 2, 1, 1, 1 }, { 4, 1, 1, 1, 1, 1, 1, 1 }, { 1, 1, 1, 1, 4, 1, 1, 1 },
        { 2, 2, 1, 1, 2, 1, 2, 1 }, { 4, 2, 1, 1, 1, 1, 1, 1 }, { 3, 3, 1, 1, 1, 1, 1, 1 },
    };
    for (size_t i = 0; i < 2 * sizeof factors / sizeof *factors; i++)
        for (int apart = 0; apart < 2; apart++)
            for (int samples = 1; samples < 4; samples += 2) {
                // a last sample of half the size has a pixel, or two
                pel__codec_frame frame = { ROWS + (int)i % 2, COLUMNS + (int)i % 2, samples, 16 };
                jpeg_way way = { 12, .quantum = 3, .apart = apart };
                memcpy(way.h, factors[i / 2], sizeof way.h);
                memcpy(way.v, factors[i / 2] + 4, sizeof way.v);
                dct_comes_back(&frame, &way);
            }
}

static codecs_stream twelve_stream(const int h[4], bool apart)
{
    pel__codec_frame frame = { ROWS, COLUMNS, 3, 16 };
    void *numbers = codecs_picture(&frame, 12);
    jpeg_way way = { 12, .quantum = 9, .apart = apart, .restart = 2 };
    if (h)
        memcpy(way.h, h, sizeof way.h);
    double *want;
    codecs_stream stream = jpeg_dct(&frame, numbers, &way, &want);
    free(want);
    free(numbers);
    return stream;
}

static const pel__codec_frame COLOUR = { ROWS, COLUMNS, 3, 16 };

static void twelve_refused_with(int marker, size_t at, int value, const char *says)
{
    codecs_stream stream = twelve_stream(NULL, false);
    stream.bytes[jpeg_segment(&stream, marker) + at] = (uint8_t)value;
    codecs_refuse(&pel__codec_jpeg, &COLOUR, &stream, PEL_EFORMAT, says);
    free(stream.bytes);
}

static void headers_of_twelve_bits_that_cannot_be_are_refused(void **state)
{
    (void)state;
    twelve_refused_with(0xda, 2, 0x01, "lacks a Huffman table");
    twelve_refused_with(0xda, 2, 0x10, "lacks a Huffman table");
    twelve_refused_with(0xc1, 8, 1, "lacks a quantization table");
    twelve_refused_with(0xc1, 7, 0x44, "more than ten blocks");
    codecs_stream stream = twelve_stream(NULL, false);
    size_t header = jpeg_segment(&stream, 0xc1);
    stream.bytes[header + 7] = 0x32;
    stream.bytes[header + 10] = 0x21;
    codecs_refuse(&pel__codec_jpeg, &COLOUR, &stream, PEL_EUNSUPPORTED, "sampled 2x1 of 3x2");
    stream.bytes[header + 7] = 0x23;
    stream.bytes[header + 10] = 0x12;
    codecs_refuse(&pel__codec_jpeg, &COLOUR, &stream, PEL_EUNSUPPORTED, "sampled 1x2 of 2x3");
    free(stream.bytes);
}

static void damage_of_twelve_bits_is_survived(void **state)
{
    (void)state;
    static const int h[4] = { 2, 1, 1, 1 };
    for (int apart = 0; apart < 2; apart++) {
        codecs_stream stream = twelve_stream(h, apart);
        codecs_survive(&pel__codec_jpeg, &COLOUR, &stream);
        // any bytes at all as entropy-coded data
        size_t scan = jpeg_segment(&stream, 0xda) + 10;
        uint32_t random = 5;
        for (size_t i = scan; i < stream.size; i++)
            stream.bytes[i] = (uint8_t)(codecs_random(&random) & 0x7f);
        codecs_survive(&pel__codec_jpeg, &COLOUR, &stream);
        free(stream.bytes);
    }
}

static void restarts_of_twelve_bits_are_needed(void **state)
{
    (void)state;
    codecs_stream stream = twelve_stream(NULL, false);
    size_t third = jpeg_segment(&stream, 0xd2) - 4;
    stream.bytes[third + 1] = 0xd4;
    codecs_refuse(&pel__codec_jpeg, &COLOUR, &stream, PEL_EFORMAT, "lacks a restart marker");
    stream.size = third - 1;
    codecs_refuse(&pel__codec_jpeg, &COLOUR, &stream, PEL_EFORMAT, "ends early");
    free(stream.bytes);
    stream = twelve_stream(NULL, true);
    stream.size -= 3;
    codecs_refuse(&pel__codec_jpeg, &COLOUR, &stream, PEL_EFORMAT, "ends early");
    stream.bytes[jpeg_segment(&stream, 0xda) + 6] = 0xfa;
    codecs_refuse(&pel__codec_jpeg, &COLOUR, &stream, PEL_EFORMAT, "a code that its table lacks");
    free(stream.bytes);
}

// --- 8 bits, by libjpeg ---

typedef struct eight {
    int quality, h, v;
    bool progressive, rgb;
    const jpeg_scan_info *script; // NULL: none
    int scans;
} eight;

static codecs_stream encode_8bit(const pel__codec_frame *frame, uint8_t *numbers, const eight *way)
{
    struct jpeg_compress_struct c;
    struct jpeg_error_mgr errors;
    unsigned char *bytes = NULL;
    unsigned long size = 0;
    c.err = jpeg_std_error(&errors);
    jpeg_create_compress(&c);
    jpeg_mem_dest(&c, &bytes, &size);
    c.image_width = (JDIMENSION)frame->columns;
    c.image_height = (JDIMENSION)frame->rows;
    c.input_components = frame->samples;
    c.in_color_space = frame->samples == 1   ? JCS_GRAYSCALE
                       : frame->samples == 4 ? JCS_CMYK
                       : way->rgb            ? JCS_RGB
                                             : JCS_YCbCr;
    jpeg_set_defaults(&c);
    jpeg_set_colorspace(&c, c.in_color_space);
    jpeg_set_quality(&c, way->quality, TRUE);
    c.comp_info[0].h_samp_factor = way->h;
    c.comp_info[0].v_samp_factor = way->v;
    if (way->progressive)
        jpeg_simple_progression(&c);
    if (way->script) {
        c.scan_info = way->script;
        c.num_scans = way->scans;
    }
    jpeg_start_compress(&c, TRUE);
    while (c.next_scanline < c.image_height) {
        JSAMPROW row =
            numbers + (size_t)c.next_scanline * (size_t)(frame->columns * frame->samples);
        jpeg_write_scanlines(&c, &row, 1);
    }
    jpeg_finish_compress(&c);
    jpeg_destroy_compress(&c);
    codecs_stream stream = { 0 };
    codecs_put(&stream, bytes, size);
    free(bytes);
    return stream;
}

static void eight_bits_come_as_they_were_coded(void **state)
{
    (void)state;
    static const struct {
        int samples;
        eight way;
    } cases[] = {
        { 1, { 100, 1, 1, false, false, NULL, 0 } }, { 3, { 100, 1, 1, false, false, NULL, 0 } },
        { 3, { 100, 1, 1, false, true, NULL, 0 } },  { 3, { 100, 1, 1, true, false, NULL, 0 } },
        { 4, { 100, 1, 1, false, false, NULL, 0 } }, { 3, { 100, 2, 1, false, false, NULL, 0 } },
        { 3, { 100, 2, 2, false, false, NULL, 0 } }, { 3, { 100, 1, 2, true, false, NULL, 0 } },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        for (int bits = 8; bits <= 16; bits += 8) {
            pel__codec_frame frame = { ROWS, COLUMNS, cases[i].samples, bits };
            pel__codec_frame narrow = { ROWS, COLUMNS, cases[i].samples, 8 };
            // without noise, so that half the samples tell nearly all
            uint8_t *numbers = malloc(codecs_bytes(&narrow)), *out;
            assert_non_null(numbers);
            for (int64_t n = 0; n < pel__codec_count(&narrow); n++) {
                int64_t pixel = n / narrow.samples, x = pixel % COLUMNS, y = pixel / COLUMNS;
                numbers[n] = (uint8_t)(20 + 2 * x + 3 * y + 25 * (n % narrow.samples));
            }
            codecs_stream stream = encode_8bit(&narrow, numbers, &cases[i].way);
            assert_ok(codecs_decode(&pel__codec_jpeg, &frame, stream.bytes, stream.size, &out));
            for (int64_t n = 0; n < pel__codec_count(&frame); n++)
                assert_near(codecs_at(out, &frame, n), numbers[n],
                            cases[i].way.h * cases[i].way.v > 1 ? 4 : 2);
            free(out);
            free(stream.bytes);
            free(numbers);
        }
}

static const pel__codec_frame NARROW = { ROWS, COLUMNS, 3, 8 };

static codecs_stream eight_stream(bool progressive)
{
    uint8_t *numbers = codecs_picture(&NARROW, 8);
    codecs_stream stream =
        encode_8bit(&NARROW, numbers, &(eight){ 80, 2, 2, progressive, false, NULL, 0 });
    free(numbers);
    return stream;
}

static void eight_bits_cut_short_are_refused(void **state)
{
    (void)state;
    codecs_stream stream = eight_stream(false);
    size_t scan = jpeg_segment(&stream, 0xda), whole = stream.size;
    for (size_t cut = scan; cut + 3 < whole; cut += 7) {
        stream.size = cut;
        codecs_refuse(&pel__codec_jpeg, &NARROW, &stream, PEL_EFORMAT, "cannot be decoded as JPEG");
    }
    free(stream.bytes);
}

static void only_the_last_marker_may_be_missing(void **state)
{
    (void)state;
    codecs_stream stream = eight_stream(false);
    uint8_t *want;
    assert_ok(codecs_decode(&pel__codec_jpeg, &NARROW, stream.bytes, stream.size, &want));
    stream.size -= 2;
    codecs_expect(&pel__codec_jpeg, &NARROW, &stream, want);
    free(want);
    free(stream.bytes);
    // a progressive picture without its last scans is blurred
    stream = eight_stream(true);
    size_t last = 0;
    for (size_t i = 0; i + 1 < stream.size; i++)
        if (stream.bytes[i] == 0xff && stream.bytes[i + 1] == 0xda)
            last = i;
    stream.size = last;
    codecs_refuse(&pel__codec_jpeg, &NARROW, &stream, PEL_EFORMAT, "before its last scan");
    free(stream.bytes);
}

static void another_size_than_the_files_is_refused(void **state)
{
    (void)state;
    codecs_stream stream = eight_stream(false);
    static const pel__codec_frame others[] = { { ROWS + 1, COLUMNS, 3, 8 },
                                               { ROWS, COLUMNS - 1, 3, 8 },
                                               { ROWS, COLUMNS, 1, 8 } };
    for (int i = 0; i < 3; i++)
        codecs_refuse(&pel__codec_jpeg, others + i, &stream, PEL_EFORMAT,
                      "is 41x23 with 3 samples of 8 bits");
    free(stream.bytes);
}

// a script that sends every coefficient alone, at first without its last bit
static int many_scans(jpeg_scan_info script[400])
{
    int count = 0;
    for (int low = 1; low >= 0; low--)
        for (int k = 0; k < 64; k++)
            for (int i = 0; i < (k ? 3 : 1); i++) {
                jpeg_scan_info *scan = script + count++;
                *scan = (jpeg_scan_info){ k ? 1 : 3, { k ? i : 0, 1, 2 }, k, k, 1 - low, low };
            }
    return count;
}

static void hundreds_of_scans_are_refused(void **state)
{
    (void)state;
    jpeg_scan_info script[400];
    eight way = { 80, 1, 1, .script = script, .scans = many_scans(script) };
    assert_true(way.scans > 300);
    uint8_t *numbers = codecs_picture(&NARROW, 8);
    codecs_stream stream = encode_8bit(&NARROW, numbers, &way);
    codecs_refuse(&pel__codec_jpeg, &NARROW, &stream, PEL_EFORMAT, "more than 200 scans");
    free(numbers);
    free(stream.bytes);
}

static void harmless_flaws_of_eight_bits_are_passed_over(void **state)
{
    (void)state;
    codecs_stream stream = eight_stream(false);
    uint8_t *want;
    assert_ok(codecs_decode(&pel__codec_jpeg, &NARROW, stream.bytes, stream.size, &want));
    // JFIF of another version, junk before a marker, an end of the spectrum that is not 63
    stream.bytes[jpeg_segment(&stream, 0xe0) + 5] = 9;
    stream.bytes[jpeg_segment(&stream, 0xda) + 8] = 62;
    insert_before(&stream, 0xda, "junk", 4);

    codecs_expect(&pel__codec_jpeg, &NARROW, &stream, want);
    // a transform of colours that Adobe never had
    stream.bytes[jpeg_segment(&stream, 0xe0) + 3] = 'X';
    insert_before(&stream, 0xdb,
                  "\xff\xee\0\x0e"
                  "Adobe\0d\0\0\0\0\x09",
                  16);
    codecs_expect(&pel__codec_jpeg, &NARROW, &stream, want);
    free(want);
    free(stream.bytes);
}

static void damage_of_eight_bits_is_survived(void **state)
{
    (void)state;
    for (int progressive = 0; progressive < 2; progressive++) {
        codecs_stream stream = eight_stream(progressive);
        codecs_survive(&pel__codec_jpeg, &NARROW, &stream);
        free(stream.bytes);
    }
}

// --- colours ---

static void markers_say_which_colours_they_are(void **state)
{
    (void)state;
    static const struct {
        const char *bytes;
        size_t size;
        pel__codec_colours want;
    } cases[] = {
#define HEADER "\xff\xc0\0\x11\x08\0\1\0\1\3\1\x11\0\2\x11\0\3\x11\0"
#define NAMED  "\xff\xc0\0\x11\x08\0\1\0\1\3R\x11\0G\x11\0B\x11\0"
        { "\xff\xd8" HEADER, 21, PEL__CODEC_UNSAID },
        { "\xff\xd8" NAMED, 21, PEL__CODEC_RGB },
        { "\xff\xd8\xff\xe0\0\7JFIF\0" HEADER, 30, PEL__CODEC_UNSAID },
        { "\xff\xd8\xff\xee\0\x0e"
          "Adobe\0d\0\0\0\0\0" HEADER,
          37, PEL__CODEC_RGB },
        { "\xff\xd8\xff\xee\0\x0e"
          "Adobe\0d\0\0\0\0\1" HEADER,
          37, PEL__CODEC_YBR },
        { "\xff\xd8\xff\xee\0\x0e"
          "adobe\0d\0\0\0\0\1" HEADER,
          37, PEL__CODEC_UNSAID },
        { "\xff\xd8\xff\xee\0\x0d"
          "Adobe\0d\0\0\0\0" HEADER,
          36, PEL__CODEC_UNSAID },
        { "\xff\xd8\xff\xe0\0\7JFIF\0", 11, PEL__CODEC_UNSAID },
        { "\xff\xd8\xff\xc0\0\x11\x08\0\1\0\1\3R\x11\0G\x11\0C\x11\0", 21, PEL__CODEC_UNSAID },
        { "\xff\xd8\xff\xc0\0\x11\x08\0\1\0\1\3R\x11\0H\x11\0B\x11\0", 21, PEL__CODEC_UNSAID },
        { "\xff\xd8\xff\xc0\0\x11\x08\0\1\0\1\4R\x11\0G\x11\0B\x11\0", 21, PEL__CODEC_UNSAID },
        { "\xff\xd8\xff\xc0\0\x0b\x08\0\1\0\1\1R\x11\0", 15, PEL__CODEC_UNSAID },
        { "", 0, PEL__CODEC_UNSAID },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_int_equal(
            pel__codec_jpeg_colours((const uint8_t *)cases[i].bytes, (int64_t)cases[i].size),
            cases[i].want);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_predictor_and_precision_comes_back),
        cmocka_unit_test(few_bits_come_into_wide_cells),
        cmocka_unit_test(bits_left_out_come_back_as_zeros),
        cmocka_unit_test(restarts_and_colours_come_back),
        cmocka_unit_test(a_single_pixel_comes_back),
        cmocka_unit_test(lossless_headers_that_cannot_be_are_refused),
        cmocka_unit_test(tables_of_too_many_codes_are_refused),
        cmocka_unit_test(segments_beyond_the_end_are_refused),
        cmocka_unit_test(segments_that_make_no_sense_are_refused),
        cmocka_unit_test(a_scan_of_the_same_component_again_is_refused),
        cmocka_unit_test(what_means_nothing_is_passed_over),
        cmocka_unit_test(bits_that_are_missing_are_noticed),
        cmocka_unit_test(restart_markers_are_needed_in_their_order),
        cmocka_unit_test(codes_that_are_in_no_table_are_refused),
        cmocka_unit_test(lossless_components_of_different_sizes_are_refused),
        cmocka_unit_test(other_processes_are_named_and_refused),
        cmocka_unit_test(cells_of_other_bits_are_not_for_jpeg),
        cmocka_unit_test(damage_of_lossless_is_survived),
        cmocka_unit_test(twelve_bits_are_the_inverse_transform),
        cmocka_unit_test(twelve_bits_of_every_sampling_are_spread),
        cmocka_unit_test(headers_of_twelve_bits_that_cannot_be_are_refused),
        cmocka_unit_test(damage_of_twelve_bits_is_survived),
        cmocka_unit_test(restarts_of_twelve_bits_are_needed),
        cmocka_unit_test(eight_bits_come_as_they_were_coded),
        cmocka_unit_test(eight_bits_cut_short_are_refused),
        cmocka_unit_test(only_the_last_marker_may_be_missing),
        cmocka_unit_test(another_size_than_the_files_is_refused),
        cmocka_unit_test(hundreds_of_scans_are_refused),
        cmocka_unit_test(harmless_flaws_of_eight_bits_are_passed_over),
        cmocka_unit_test(damage_of_eight_bits_is_survived),
        cmocka_unit_test(markers_say_which_colours_they_are),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
