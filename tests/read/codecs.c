/* SPDX-License-Identifier: Apache-2.0 */
/* codecs.c: what the tests of the decoders share. */
#include "codecs.h"

enum { FLIPS = 300, CUTS = 400 };

void codecs_put(codecs_stream *to, const void *bytes, size_t count)
{
    if (to->size + count > to->room) {
        to->room = 2 * (to->size + count);
        to->bytes = realloc(to->bytes, to->room);
        assert_non_null(to->bytes);
    }
    if (count)
        memcpy(to->bytes + to->size, bytes, count);
    to->size += count;
}

void codecs_put_byte(codecs_stream *to, int value)
{
    uint8_t byte = (uint8_t)value;
    codecs_put(to, &byte, 1);
}

void codecs_put_be16(codecs_stream *to, int value)
{
    codecs_put_byte(to, value >> 8);
    codecs_put_byte(to, value);
}

size_t codecs_bytes(const pel__codec_frame *frame)
{
    return (size_t)(pel__codec_count(frame) * (frame->bits_allocated / 8));
}

pel_status codecs_decode(const pel__codec *codec, const pel__codec_frame *frame, const void *bytes,
                         size_t size, uint8_t **out)
{
    uint8_t *copy = malloc(size ? size : 1);
    assert_non_null(copy);
    if (size)
        memcpy(copy, bytes, size);
    *out = malloc(codecs_bytes(frame));
    assert_non_null(*out);
    memset(*out, 0x5a, codecs_bytes(frame));
    int64_t before = pel_memory_in_use();
    pel_status s = codec->decode(*out, frame, copy, (int64_t)size, "x.dcm");
    assert_int_equal(pel_memory_in_use(), before);
    free(copy);
    return s;
}

void codecs_expect(const pel__codec *codec, const pel__codec_frame *frame,
                   const codecs_stream *stream, const void *want)
{
    uint8_t *out;
    assert_ok(codecs_decode(codec, frame, stream->bytes, stream->size, &out));
    assert_memory_equal(out, want, codecs_bytes(frame));
    free(out);
}

void codecs_refuse(const pel__codec *codec, const pel__codec_frame *frame,
                   const codecs_stream *stream, pel_status status, const char *says)
{
    uint8_t *out;
    pel_status s = codecs_decode(codec, frame, stream->bytes, stream->size, &out);
    free(out);
    if (s != status)
        fail_msg("status %d where %d was wanted: %s", s, status, pel_error());
    assert_error_says("x.dcm: ");
    assert_error_says(says);
}

static void try_damaged(const pel__codec *codec, const pel__codec_frame *frame,
                        const uint8_t *bytes, size_t size)
{
    uint8_t *out;
    pel_status s = codecs_decode(codec, frame, bytes, size, &out);
    free(out);
    if (s == PEL_OK)
        return;
    assert_error_says("x.dcm: ");
    assert_null(strchr(pel_error(), '\n'));
}

// as fuzz/fuzz_codec.h has it
static void leave_seed(const pel__codec_frame *frame, const codecs_stream *stream)
{
    static int number;
    const char *folder = getenv("PELLUCID_SEEDS");
    char path[512];
    if (!folder)
        return;
    snprintf(path, sizeof path, "%s/seed_%d", folder, number++);
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    int cell = frame->bits_allocated / 8;
    fputc((int)frame->rows - 1, file);
    fputc((int)frame->columns - 1, file);
    fputc((frame->samples - 1) | (cell - 1) << 2, file);
    fwrite(stream->bytes, 1, stream->size, file);
    fclose(file);
}

void codecs_survive(const pel__codec *codec, const pel__codec_frame *frame,
                    const codecs_stream *stream)
{
    leave_seed(frame, stream);
    size_t step = stream->size / CUTS + 1;
    for (size_t cut = 0; cut < stream->size; cut += step)
        try_damaged(codec, frame, stream->bytes, cut);
    uint32_t random = 1;
    for (int i = 0; i < FLIPS; i++) {
        uint8_t *bytes = malloc(stream->size);
        assert_non_null(bytes);
        memcpy(bytes, stream->bytes, stream->size);
        // half of them near the start, where the headers are
        size_t reach = i % 2 && stream->size > 256 ? 256 : stream->size;
        for (int flip = 0; flip <= i % 3; flip++) {
            uint32_t r = codecs_random(&random);
            bytes[(r >> 3) % reach] ^= (uint8_t)(1 << (r & 7));
        }
        try_damaged(codec, frame, bytes, stream->size);
        free(bytes);
    }
}

uint32_t codecs_random(uint32_t *state)
{
    *state = *state * 1664525 + 1013904223;
    return *state >> 8;
}

int codecs_at(const void *numbers, const pel__codec_frame *frame, int64_t i)
{
    return frame->bits_allocated == 8 ? ((const uint8_t *)numbers)[i]
                                      : ((const uint16_t *)numbers)[i];
}

void codecs_set(void *numbers, const pel__codec_frame *frame, int64_t i, int value)
{
    if (frame->bits_allocated == 8)
        ((uint8_t *)numbers)[i] = (uint8_t)value;
    else
        ((uint16_t *)numbers)[i] = (uint16_t)value;
}

void *codecs_picture(const pel__codec_frame *frame, int bits)
{
    void *numbers = malloc(codecs_bytes(frame));
    assert_non_null(numbers);
    uint32_t random = 7;
    double top = (1 << bits) - 1;
    for (int64_t i = 0; i < pel__codec_count(frame); i++) {
        int64_t pixel = i / frame->samples, sample = i % frame->samples;
        double x = (double)(pixel % frame->columns), y = (double)(pixel / frame->columns);
        double wave = 0.5 + 0.45 * sin(0.11 * x + 0.7 * (double)sample) * cos(0.07 * y);
        double noise = 0.03 * (codecs_random(&random) % 1000) / 1000;
        codecs_set(numbers, frame, i, (int)(top * (wave + noise)));
    }
    return numbers;
}
