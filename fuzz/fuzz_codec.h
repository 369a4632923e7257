/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz_codec.h: what the targets of the decoders of frames share. */
#ifndef PELLUCID_FUZZ_CODEC_H
#define PELLUCID_FUZZ_CODEC_H

#include "fuzz.h"

#include "read/codec.h"

/** Decode one frame: three bytes say how large it is (rows - 1, columns - 1; samples - 1 in bits 0
 * and 1, bytes of a cell - 1 in bits 2 to 4), the rest is the codestream. */
void fuzz_codec(const pel__codec *codec, const uint8_t *data, size_t size);

#endif
