/* SPDX-License-Identifier: Apache-2.0 */
/* codecs.h: what the tests of the decoders share: exact-size copies, pictures, damage. */
#ifndef PELLUCID_TESTS_READ_CODECS_H
#define PELLUCID_TESTS_READ_CODECS_H

#include "check.h"

#include "read/codec.h"

/** A codestream being made. */
typedef struct codecs_stream {
    uint8_t *bytes;
    size_t size, room;
} codecs_stream;

void codecs_put(codecs_stream *to, const void *bytes, size_t count);
void codecs_put_byte(codecs_stream *to, int value);
void codecs_put_be16(codecs_stream *to, int value);

/** Bytes of a decoded frame. */
size_t codecs_bytes(const pel__codec_frame *frame);

/** Decode an exact-size copy into `*out`, a malloc'd block of the exact size (also on failure). */
pel_status codecs_decode(const pel__codec *codec, const pel__codec_frame *frame, const void *bytes,
                         size_t size, uint8_t **out);

/** The codestream must give exactly the numbers `want`. */
void codecs_expect(const pel__codec *codec, const pel__codec_frame *frame,
                   const codecs_stream *stream, const void *want);

/** The codestream must be refused with this status and these words. */
void codecs_refuse(const pel__codec *codec, const pel__codec_frame *frame,
                   const codecs_stream *stream, pel_status status, const char *says);

/** Every beginning of the codestream, and many with bits turned over: a picture or an error with a
 * message of one line, and no memory kept. In the folder that PELLUCID_SEEDS names, it leaves the
 * codestream as a seed for fuzzing. */
void codecs_survive(const pel__codec *codec, const pel__codec_frame *frame,
                    const codecs_stream *stream);

/** The next of a fixed sequence of random numbers. */
uint32_t codecs_random(uint32_t *state);

/** Smooth shapes with some noise in `bits` bits, in cells of bits_allocated; malloc'd. */
void *codecs_picture(const pel__codec_frame *frame, int bits);

/** Number `i` of a frame of 8 or 16 bits. */
int codecs_at(const void *numbers, const pel__codec_frame *frame, int64_t i);
void codecs_set(void *numbers, const pel__codec_frame *frame, int64_t i, int value);

#endif
