/* SPDX-License-Identifier: Apache-2.0 */
/* test_codec_jpeg2000.c: JPEG 2000 against the encoder of OpenJPEG. */
#include "codecs.h"

#include <openjpeg.h>

enum { ROWS = 61, COLUMNS = 75 };

typedef struct way {
    int bits;
    bool is_signed, lossy, mct;
    int layers, resolutions, tile, block, precinct, style; // 0: as OpenJPEG has it
} way;

static void on_message(const char *text, void *user)
{
    fprintf(stderr, "%s%s", (const char *)user, text);
}

static void ignore(const char *text, void *user)
{
    (void)text;
    (void)user;
}

static OPJ_SIZE_T write_bytes(void *bytes, OPJ_SIZE_T count, void *user)
{
    codecs_put(user, bytes, count);
    return count;
}

// OpenJPEG goes back to fill in lengths only where it may; it may not here
static OPJ_OFF_T skip_bytes(OPJ_OFF_T count, void *user)
{
    for (OPJ_OFF_T i = 0; i < count; i++)
        codecs_put_byte(user, 0);
    return count;
}

static int number_of(const pel__codec_frame *frame, const void *numbers, int64_t i, bool is_signed)
{
    int v = codecs_at(numbers, frame, i);
    if (!is_signed)
        return v;
    return frame->bits_allocated == 8 ? (int8_t)v : (int16_t)v;
}

static opj_image_t *image_of(const pel__codec_frame *frame, const void *numbers, const way *w)
{
    opj_image_cmptparm_t about[4] = { 0 };
    for (int c = 0; c < frame->samples; c++)
        about[c] = (opj_image_cmptparm_t){ .dx = 1,
                                           .dy = 1,
                                           .w = (OPJ_UINT32)frame->columns,
                                           .h = (OPJ_UINT32)frame->rows,
                                           .prec = (OPJ_UINT32)w->bits,
                                           .sgnd = w->is_signed };
    opj_image_t *image = opj_image_create((OPJ_UINT32)frame->samples, about,
                                          frame->samples == 3 ? OPJ_CLRSPC_SRGB : OPJ_CLRSPC_GRAY);
    assert_non_null(image);
    image->x1 = (OPJ_UINT32)frame->columns;
    image->y1 = (OPJ_UINT32)frame->rows;
    for (int64_t i = 0; i < pel__codec_count(frame); i++)
        image->comps[i % frame->samples].data[i / frame->samples] =
            number_of(frame, numbers, i, w->is_signed);
    return image;
}

static codecs_stream encode(const pel__codec_frame *frame, const void *numbers, const way *w)
{
    codecs_stream to = { 0 };
    opj_cparameters_t p;
    opj_set_default_encoder_parameters(&p);
    p.irreversible = w->lossy;
    p.tcp_mct = w->mct;
    p.tcp_numlayers = w->layers ? w->layers : 1;
    p.cp_disto_alloc = 1;
    for (int i = 0; i < p.tcp_numlayers; i++)
        p.tcp_rates[i] = i + 1 < p.tcp_numlayers ? (float)(20 * (p.tcp_numlayers - i))
                         : w->lossy              ? 4
                                                 : 0;
    p.numresolution = w->resolutions ? w->resolutions : 4;
    p.mode = w->style;
    if (w->tile) {
        p.tile_size_on = OPJ_TRUE;
        p.cp_tdx = p.cp_tdy = w->tile;
    }
    if (w->block)
        p.cblockw_init = p.cblockh_init = w->block;
    if (w->precinct) {
        p.csty |= 1;
        p.res_spec = 1;
        p.prcw_init[0] = p.prch_init[0] = w->precinct;
    }
    opj_codec_t *codec = opj_create_compress(OPJ_CODEC_J2K);
    opj_image_t *image = image_of(frame, numbers, w);
    opj_stream_t *stream = opj_stream_create(1 << 20, OPJ_FALSE);
    assert_true(codec && stream);
    opj_set_error_handler(codec, on_message, (void *)"OpenJPEG: ");
    opj_set_warning_handler(codec, ignore, NULL);
    opj_set_info_handler(codec, ignore, NULL);
    opj_stream_set_write_function(stream, write_bytes);
    opj_stream_set_skip_function(stream, skip_bytes);
    opj_stream_set_user_data(stream, &to, NULL);
    assert_true(opj_setup_encoder(codec, &p, image));
    assert_true(opj_start_compress(codec, image, stream));
    assert_true(opj_encode(codec, stream));
    assert_true(opj_end_compress(codec, stream));
    opj_stream_destroy(stream);
    opj_destroy_codec(codec);
    opj_image_destroy(image);
    return to;
}

static void comes_back(const pel__codec_frame *frame, const way *w)
{
    void *numbers = codecs_picture(frame, w->bits);
    if (w->is_signed)
        for (int64_t i = 0; i < pel__codec_count(frame); i++)
            codecs_set(numbers, frame, i, codecs_at(numbers, frame, i) - (1 << (w->bits - 1)));
    codecs_stream stream = encode(frame, numbers, w);
    codecs_expect(&pel__codec_jpeg2000, frame, &stream, numbers);
    free(stream.bytes);
    free(numbers);
}

static void every_precision_and_sign_comes_back(void **state)
{
    (void)state;
    for (int bits = 2; bits <= 16; bits++)
        for (int is_signed = 0; is_signed <= 1; is_signed++) {
            pel__codec_frame frame = { ROWS, COLUMNS, 1, bits > 8 ? 16 : 8 };
            comes_back(&frame, &(way){ .bits = bits, .is_signed = is_signed });
        }
    pel__codec_frame wide = { ROWS, COLUMNS, 1, 16 };
    comes_back(&wide, &(way){ .bits = 8 });
    comes_back(&wide, &(way){ .bits = 8, .is_signed = true });
}

static void colours_tiles_layers_and_styles_come_back(void **state)
{
    (void)state;
    pel__codec_frame colour = { ROWS, COLUMNS, 3, 8 }, four = { ROWS, COLUMNS, 4, 16 };
    pel__codec_frame grey = { ROWS, COLUMNS, 1, 16 };
    comes_back(&colour, &(way){ .bits = 8, .mct = true });
    comes_back(&colour, &(way){ .bits = 8 });
    comes_back(&four, &(way){ .bits = 16 });
    comes_back(&grey, &(way){ .bits = 12, .tile = 32 });
    comes_back(&grey, &(way){ .bits = 12, .layers = 5 });
    comes_back(&grey, &(way){ .bits = 12, .precinct = 32, .block = 16 });
    for (int bit = 0; bit < 6; bit++)
        comes_back(&grey, &(way){ .bits = 12, .style = 1 << bit });
    pel__codec_frame one = { 1, 1, 1, 16 };
    comes_back(&one, &(way){ .bits = 16, .resolutions = 1 });
}

static void lossy_is_near(void **state)
{
    (void)state;
    pel__codec_frame frame = { ROWS, COLUMNS, 1, 16 };
    void *numbers = codecs_picture(&frame, 12);
    codecs_stream stream = encode(&frame, numbers, &(way){ .bits = 12, .lossy = true });
    uint8_t *out;
    assert_ok(codecs_decode(&pel__codec_jpeg2000, &frame, stream.bytes, stream.size, &out));
    double sum = 0;
    for (int64_t i = 0; i < pel__codec_count(&frame); i++) {
        double d = codecs_at(out, &frame, i) - codecs_at(numbers, &frame, i);
        sum += d * d;
    }
    // noise of 3 percent of 4095 is 35; four bits for a pixel keep most of it
    assert_true(sqrt(sum / (double)pel__codec_count(&frame)) < 25);
    free(out);
    free(stream.bytes);
    free(numbers);
}

static const pel__codec_frame GREY = { ROWS, COLUMNS, 1, 16 };

static codecs_stream stream_of(const way *w)
{
    void *numbers = codecs_picture(&GREY, w->bits);
    codecs_stream stream = encode(&GREY, numbers, w);
    free(numbers);
    return stream;
}

static const way PLAIN = { .bits = 12 };

static void another_size_than_the_files_is_refused(void **state)
{
    (void)state;
    codecs_stream stream = stream_of(&PLAIN);
    static const pel__codec_frame others[] = { { ROWS + 1, COLUMNS, 1, 16 },
                                               { ROWS, COLUMNS - 1, 1, 16 },
                                               { ROWS, COLUMNS, 3, 16 },
                                               { ROWS, COLUMNS, 1, 8 } };
    for (int i = 0; i < 4; i++)
        codecs_refuse(&pel__codec_jpeg2000, others + i, &stream, PEL_EFORMAT,
                      "a JPEG 2000 frame is 75x61 with 1 samples of 12 bits where the file says");
    free(stream.bytes);
}

static void a_stream_cut_short_is_refused(void **state)
{
    (void)state;
    static const way ways[] = { { .bits = 12 },
                                { .bits = 12, .tile = 32 },
                                { .bits = 12, .layers = 4 } };
    for (int i = 0; i < 3; i++) {
        codecs_stream stream = stream_of(ways + i);
        size_t whole = stream.size;
        for (size_t cut = 0; cut + 2 < whole; cut += 13) {
            stream.size = cut;
            codecs_refuse(&pel__codec_jpeg2000, &GREY, &stream, PEL_EFORMAT, "JPEG 2000");
        }
        free(stream.bytes);
    }
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

static void refused_with(const way *w, int marker, int at, int value, pel_status status,
                         const char *says)
{
    codecs_stream stream = stream_of(w);
    stream.bytes[(int)segment_of(&stream, marker) + at] = (uint8_t)value;
    codecs_refuse(&pel__codec_jpeg2000, &GREY, &stream, status, says);
    free(stream.bytes);
}

enum { SIZ = 0x51, COD = 0x52, QCD = 0x5c, SOT = 0x90 };

static void sizes_that_cannot_be_are_refused(void **state)
{
    (void)state;
    refused_with(&PLAIN, SIZ, -6, 0, PEL_EFORMAT, "does not begin as JPEG 2000");
    refused_with(&PLAIN, SIZ, -3, 0x64, PEL_EFORMAT, "does not begin with its sizes");
    refused_with(&PLAIN, SIZ, -1, 37, PEL_EFORMAT, "does not begin with its sizes");
    refused_with(&PLAIN, SIZ, -1, 40, PEL_EFORMAT, "does not begin with its sizes");
    refused_with(&PLAIN, SIZ, 35, 0, PEL_EFORMAT, "does not begin with its sizes");
    refused_with(&PLAIN, SIZ, -4, 0x52 - 0x100, PEL_EFORMAT, "where a marker should be");
    refused_with(&PLAIN, SIZ, 0, 0x40, PEL_EUNSUPPORTED, "HTJ2K");
    refused_with(&PLAIN, SIZ, 36, 16, PEL_EFORMAT, "of 17 bits");
    refused_with(&PLAIN, SIZ, 37, 2, PEL_EUNSUPPORTED, "components of different sizes");
    refused_with(&PLAIN, SIZ, 38, 2, PEL_EUNSUPPORTED, "components of different sizes");
    refused_with(&PLAIN, SIZ, 13, 1, PEL_EFORMAT, "is 74x61");
    refused_with(&PLAIN, SIZ, 17, 1, PEL_EFORMAT, "is 75x60");
    // tiles of no width, of no height, that begin right of the image, below it
    refused_with(&PLAIN, SIZ, 21, 0, PEL_EFORMAT, "tiles that cannot be");
    refused_with(&PLAIN, SIZ, 25, 0, PEL_EFORMAT, "tiles that cannot be");
    refused_with(&PLAIN, SIZ, 29, 1, PEL_EFORMAT, "tiles that cannot be");
    refused_with(&PLAIN, SIZ, 33, 1, PEL_EFORMAT, "tiles that cannot be");
    // tiles that end before the image begins
    codecs_stream stream = stream_of(&(way){ .bits = 12, .tile = 32 });
    size_t sizes = segment_of(&stream, SIZ);
    stream.bytes[sizes + 5] += 40;
    stream.bytes[sizes + 13] = 40;
    codecs_refuse(&pel__codec_jpeg2000, &GREY, &stream, PEL_EFORMAT, "tiles that cannot be");
    stream.bytes[sizes + 5] -= 40;
    stream.bytes[sizes + 13] = 0;
    stream.bytes[sizes + 9] += 40;
    stream.bytes[sizes + 17] = 40;
    codecs_refuse(&pel__codec_jpeg2000, &GREY, &stream, PEL_EFORMAT, "tiles that cannot be");
    free(stream.bytes);
}

static void coding_styles_that_cannot_be_are_refused(void **state)
{
    (void)state;
    refused_with(&PLAIN, COD, 5, 33, PEL_EFORMAT, "coding style that cannot be");
    refused_with(&PLAIN, COD, 6, 9, PEL_EFORMAT, "coding style that cannot be");
    refused_with(&PLAIN, COD, 7, 9, PEL_EFORMAT, "coding style that cannot be");
    refused_with(&PLAIN, COD, 7, 5, PEL_EFORMAT, "coding style that cannot be");
    refused_with(&PLAIN, COD, 0, 1, PEL_EFORMAT, "coding style that cannot be");
    refused_with(&PLAIN, COD, 8, 0x40, PEL_EUNSUPPORTED, "HTJ2K");
}

// put a segment before another
static codecs_stream stream_with(const way *w, int before, const void *bytes, size_t count)
{
    codecs_stream stream = stream_of(w), to = { 0 };
    size_t at = segment_of(&stream, before) - 4;
    codecs_put(&to, stream.bytes, at);
    codecs_put(&to, bytes, count);
    codecs_put(&to, stream.bytes + at, stream.size - at);
    free(stream.bytes);
    return to;
}

static void refused_with_more(int before, const char *bytes, size_t count, pel_status status,
                              const char *says)
{
    codecs_stream stream = stream_with(&PLAIN, before, bytes, count);
    codecs_refuse(&pel__codec_jpeg2000, &GREY, &stream, status, says);
    free(stream.bytes);
}

static void segments_that_make_no_sense_are_refused(void **state)
{
    (void)state;
    refused_with_more(QCD, "\xff\x50\0\x08\0\2\0\0\0\0", 10, PEL_EUNSUPPORTED, "HTJ2K");
    refused_with_more(QCD, "\xff\x4f", 2, PEL_EFORMAT, "marker out of its place");
    refused_with_more(QCD, "\xff\xd9", 2, PEL_EFORMAT, "marker out of its place");
    refused_with_more(QCD, "\xff\x93", 2, PEL_EFORMAT, "marker out of its place");
    refused_with_more(QCD, "\xff\x64\0\1", 4, PEL_EFORMAT, "reaches beyond its end");
    refused_with_more(QCD, "\xff\x64\xff\xff", 4, PEL_EFORMAT, "reaches beyond its end");
    refused_with_more(QCD, "\xff\x52\0\6\0\0\0\1", 8, PEL_EFORMAT, "coding style");
    refused_with_more(QCD, "\xff\x53\0\3\0", 5, PEL_EFORMAT, "coding style");
    refused_with_more(QCD, "\xff\x53\0\x08\0\0\5\4\4\0", 10, PEL_EFORMAT, "coding style");
    refused_with_more(SOT, "\xff\x90\0\x09\0\0\0\0\0\0\0", 11, PEL_EFORMAT, "tile that cannot be");
    refused_with_more(SOT, "\xff\x90\0\x0a\0\0\0\0\0\x10\0\1", 12, PEL_EFORMAT,
                      "marker out of its place");
}

static void tile_parts_that_cannot_be_are_refused(void **state)
{
    (void)state;
    static const way tiled = { .bits = 12, .tile = 32 };
    refused_with(&tiled, SOT, 1, 6, PEL_EFORMAT, "tile that cannot be");
    refused_with(&tiled, SOT, 1, 1, PEL_EFORMAT, "parts of a tile out of order");
    refused_with(&tiled, SOT, 6, 1, PEL_EFORMAT, "parts of a tile out of order");
    refused_with(&tiled, SOT, 7, 2, PEL_EFORMAT, "lacks some of its tiles");
    refused_with(&tiled, SOT, 2, 1, PEL_EFORMAT, "a tile that reaches beyond its end");
    refused_with(&PLAIN, SOT, 2, 1, PEL_EFORMAT, "a tile that reaches beyond its end");
    // a length that ends in its own header, or between two markers
    codecs_stream stream = stream_of(&PLAIN);
    size_t part = segment_of(&stream, SOT);
    memcpy(stream.bytes + part + 2, "\0\0\0\5", 4);
    codecs_refuse(&pel__codec_jpeg2000, &GREY, &stream, PEL_EFORMAT, "reaches beyond its end");
    memcpy(stream.bytes + part + 2, "\0\0\0\x10", 4);
    codecs_refuse(&pel__codec_jpeg2000, &GREY, &stream, PEL_EFORMAT, "JPEG 2000");
    free(stream.bytes);
    // the tile that lacks is the last
    stream = stream_of(&tiled);
    size_t last = 0;
    for (size_t i = 0; i + 4 < stream.size; i++)
        if (memcmp(stream.bytes + i, "\xff\x90\0\x0a", 4) == 0)
            last = i;
    stream.size = last;
    codecs_refuse(&pel__codec_jpeg2000, &GREY, &stream, PEL_EFORMAT, "lacks some of its tiles");
    free(stream.bytes);
}

static void more_parts_than_can_be_counted_are_refused(void **state)
{
    (void)state;
    codecs_stream stream = stream_of(&PLAIN), to = { 0 };
    codecs_put(&to, stream.bytes, segment_of(&stream, SOT) - 4);
    for (int i = 0; i < 256; i++) {
        codecs_put(&to, "\xff\x90\0\x0a\0\0\0\0\0\x0e", 10);
        codecs_put_byte(&to, i);
        codecs_put(&to, "\0\xff\x93", 3);
    }
    codecs_refuse(&pel__codec_jpeg2000, &GREY, &to, PEL_EFORMAT, "parts of a tile out of order");
    free(to.bytes);
    // something else between the last part and the end
    stream.size -= 2;
    codecs_put(&stream, "\xff\x64\0\2\xff\xd9", 6);
    codecs_refuse(&pel__codec_jpeg2000, &GREY, &stream, PEL_EFORMAT, "marker out of its place");
    free(stream.bytes);
}

static void a_part_may_reach_to_the_end(void **state)
{
    (void)state;
    codecs_stream stream = stream_of(&PLAIN);
    uint8_t *want;
    assert_ok(codecs_decode(&pel__codec_jpeg2000, &GREY, stream.bytes, stream.size, &want));
    memset(stream.bytes + segment_of(&stream, SOT) + 2, 0, 4);
    codecs_expect(&pel__codec_jpeg2000, &GREY, &stream, want);
    // a byte that makes the size even, and none of the last marker
    codecs_put_byte(&stream, 0);
    codecs_expect(&pel__codec_jpeg2000, &GREY, &stream, want);
    codecs_put_byte(&stream, 0);
    codecs_expect(&pel__codec_jpeg2000, &GREY, &stream, want);
    stream.size -= 4;
    codecs_expect(&pel__codec_jpeg2000, &GREY, &stream, want);
    free(want);
    free(stream.bytes);
}

static void the_last_marker_may_be_missing(void **state)
{
    (void)state;
    codecs_stream stream = stream_of(&PLAIN);
    uint8_t *want;
    assert_ok(codecs_decode(&pel__codec_jpeg2000, &GREY, stream.bytes, stream.size, &want));
    stream.size -= 2;
    codecs_expect(&pel__codec_jpeg2000, &GREY, &stream, want);
    free(want);
    free(stream.bytes);
}

static void a_codestream_in_boxes_is_found(void **state)
{
    (void)state;
    static const char head[] = "\0\0\0\x0cjP  \x0d\x0a\x87\x0a\0\0\0\x0c"
                               "ftypjp2 ";
    static const struct {
        const char *box;
        size_t size;
        pel_status status;
    } boxes[] = {
        { "\0\0\0\0jp2c", 8, PEL_OK },
        { "\0\0\0\x0e"
          "uuid hijk\0\0\0\0\0jp2c",
          22, PEL_OK },
        { "\0\0\0\x0e"
          "uuid hijk\0\0\0\0jp2c",
          21, PEL_EFORMAT },
        { "\0\0\0\x0d"
          "uuid hijk\0\0\0\0jp2c",
          21, PEL_OK },
        { "\0\0\0\7jp2c", 8, PEL_EFORMAT },
        { "\0\0\0\1jp2c\0\0\0\0\0\0\0\x0f", 16, PEL_EFORMAT },
        { "\0\0\0\1jp2c\xff\0\0\0\0\0\0\x0f", 16, PEL_EFORMAT },
        { "\xff\0\0\0jp2c", 8, PEL_EFORMAT },
        { "\0\0\0\0uuid", 8, PEL_EFORMAT },
    };
    codecs_stream stream = stream_of(&PLAIN);
    uint8_t *want;
    assert_ok(codecs_decode(&pel__codec_jpeg2000, &GREY, stream.bytes, stream.size, &want));
    for (size_t i = 0; i < sizeof boxes / sizeof *boxes; i++) {
        codecs_stream to = { 0 };
        codecs_put(&to, head, sizeof head - 1);
        codecs_put(&to, boxes[i].box, boxes[i].size);
        codecs_put(&to, stream.bytes, stream.size);
        if (boxes[i].status == PEL_OK)
            codecs_expect(&pel__codec_jpeg2000, &GREY, &to, want);
        else
            codecs_refuse(&pel__codec_jpeg2000, &GREY, &to, PEL_EFORMAT,
                          "no codestream in its boxes");
        free(to.bytes);
    }
    // a length of 64 bits, and boxes behind the codestream
    codecs_stream to = { 0 };
    codecs_put(&to, head, sizeof head - 1);
    codecs_put(&to, "\0\0\0\1jp2c\0\0\0\0\0\0", 14);
    codecs_put_be16(&to, (int)stream.size + 16);
    codecs_put(&to, stream.bytes, stream.size);
    codecs_put(&to, "\0\0\0\x08uuid", 8);
    codecs_expect(&pel__codec_jpeg2000, &GREY, &to, want);
    to.size = sizeof head - 1 + 12;
    codecs_refuse(&pel__codec_jpeg2000, &GREY, &to, PEL_EFORMAT, "no codestream in its boxes");
    free(to.bytes);
    free(want);
    free(stream.bytes);
}

static void bombs_are_refused_before_they_go_off(void **state)
{
    (void)state;
    // a large frame of which only the headers are there
    pel__codec_frame large = { 4096, 4096, 1, 16 };
    void *grey = malloc(codecs_bytes(&large));
    assert_non_null(grey);
    // nothing but empty packets is the middle of the range
    for (int64_t i = 0; i < pel__codec_count(&large); i++)
        codecs_set(grey, &large, i, 2048);
    static const char head[] = "\xff\x4f\xff\x51\0\x29\0\0\0\0\x10\0\0\0\x10\0\0\0\0\0\0\0\0\0"
                               "\0\0\x10\0\0\0\x10\0\0\0\0\0\0\0\0\0\0\1\x0b\1\1";
    static const char coding[] = "\xff\x52\0\x12\1\0\0\1\0\5\4\4\0\1\x77\x77\x77\x77\x77\x77";
    static const char rest[] =
        "\xff\x5c\0\4\x40\0\xff\x90\0\x0a\0\0\0\0\0\0\0\1\xff\x93\0\0\xff\xd9";
    static const struct {
        int at, value;
        const char *says;
    } cases[] = {
        { 0, 0xff, NULL },
        { 19, 0x00, "so many pieces" },
        { 19, 0x11, "so many pieces" },
        { 18, 0x11, "so many pieces" },
        { 6, 0xff, "so many pieces" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        codecs_stream stream = { 0 };
        codecs_put(&stream, head, sizeof head - 1);
        codecs_put(&stream, coding, sizeof coding - 1);
        stream.bytes[sizeof head - 1 + (size_t)cases[i].at] = (uint8_t)cases[i].value;
        codecs_put(&stream, rest, sizeof rest - 1);
        if (!cases[i].says)
            codecs_expect(&pel__codec_jpeg2000, &large, &stream, grey);
        else
            codecs_refuse(&pel__codec_jpeg2000, &large, &stream, PEL_EFORMAT, cases[i].says);
        free(stream.bytes);
    }
    free(grey);
    // tiles: more than have numbers, and thousands in a small frame
    static const struct {
        uint8_t size, tile;
        const char *says;
    } tiles[] = { { 0x10, 1, "more tiles than can be numbered" }, { 4, 8, "so many pieces" } };
    for (int i = 0; i < 2; i++) {
        pel__codec_frame frame = { tiles[i].size * 256, tiles[i].size * 256, 1, 16 };
        codecs_stream stream = { 0 };
        codecs_put(&stream, head, sizeof head - 1);
        stream.bytes[10] = stream.bytes[14] = tiles[i].size;
        memcpy(stream.bytes + 24, (uint8_t[]){ 0, 0, 0, tiles[i].tile, 0, 0, 0, 16 }, 8);
        codecs_put(&stream, coding, sizeof coding - 1);
        for (int tile = 0; tile < 128 * 64; tile++) {
            codecs_put(&stream, "\xff\x90\0\x0a", 4);
            codecs_put_be16(&stream, tile);
            codecs_put(&stream, "\0\0\0\x0e\0\1\xff\x93", 8);
        }
        codecs_refuse(&pel__codec_jpeg2000, &frame, &stream, PEL_EFORMAT, tiles[i].says);
        free(stream.bytes);
    }
}

static void damage_is_survived(void **state)
{
    (void)state;
    static const way ways[] = { { .bits = 12 },
                                { .bits = 12, .tile = 32, .layers = 3 },
                                { .bits = 12, .style = 0x3d, .precinct = 32, .block = 8 } };
    for (int i = 0; i < 3; i++) {
        codecs_stream stream = stream_of(ways + i);
        codecs_survive(&pel__codec_jpeg2000, &GREY, &stream);
        free(stream.bytes);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_precision_and_sign_comes_back),
        cmocka_unit_test(colours_tiles_layers_and_styles_come_back),
        cmocka_unit_test(lossy_is_near),
        cmocka_unit_test(another_size_than_the_files_is_refused),
        cmocka_unit_test(a_stream_cut_short_is_refused),
        cmocka_unit_test(sizes_that_cannot_be_are_refused),
        cmocka_unit_test(coding_styles_that_cannot_be_are_refused),
        cmocka_unit_test(segments_that_make_no_sense_are_refused),
        cmocka_unit_test(tile_parts_that_cannot_be_are_refused),
        cmocka_unit_test(more_parts_than_can_be_counted_are_refused),
        cmocka_unit_test(a_part_may_reach_to_the_end),
        cmocka_unit_test(the_last_marker_may_be_missing),
        cmocka_unit_test(a_codestream_in_boxes_is_found),
        cmocka_unit_test(bombs_are_refused_before_they_go_off),
        cmocka_unit_test(damage_is_survived),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
