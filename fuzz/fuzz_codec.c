/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz_codec.c: what the targets of the decoders of frames share. */
#include "fuzz_codec.h"

#include <stdlib.h>
#include <string.h>

#include <pellucid/pellucid.h>

void fuzz_codec(const pel__codec *codec, const uint8_t *data, size_t size)
{
    if (size < 3)
        return;
    pel__codec_frame frame = { data[0] + 1, data[1] + 1, (data[2] & 3) + 1,
                               8 * ((data[2] >> 2 & 7) + 1) };
    // exact sizes, so that one byte too far is seen
    size_t count = size - 3;
    uint8_t *bytes = malloc(count ? count : 1);
    uint8_t *out = malloc((size_t)(pel__codec_count(&frame) * (frame.bits_allocated / 8)));
    if (!bytes || !out)
        abort();
    memcpy(bytes, data + 3, count);
    pel_status s = codec->decode(out, &frame, bytes, (int64_t)count, "x.dcm");
    if (s != PEL_OK && (!*pel_error() || strchr(pel_error(), '\n')))
        abort();
    if (pel_memory_in_use() != 0)
        abort();
    pel__codec_jpeg_colours(bytes, (int64_t)count);
    free(bytes);
    free(out);
}
