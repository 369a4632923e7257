/* SPDX-License-Identifier: Apache-2.0 */
/* codec.c: what the decoders of compressed frames share. */
#include <string.h>

#include "base/status.h"
#include "read/codec.h"

int64_t pel__codec_count(const pel__codec_frame *frame)
{
    return frame->rows * frame->columns * frame->samples;
}

pel_status pel__codec_same(const pel__codec_frame *frame, int64_t rows, int64_t columns,
                           int samples, int bits, const char *what, const char *name)
{
    // a cell of 1 or 12 bits is none of theirs, and they would write past it
    bool cells = frame->bits_allocated == 8 || frame->bits_allocated == 16;
    if (cells && rows == frame->rows && columns == frame->columns && samples == frame->samples &&
        bits <= frame->bits_allocated)
        return PEL_OK;
    return pel__fail(PEL_EFORMAT,
                     "%s: a %s frame is %lldx%lld with %d samples of %d bits where the file says "
                     "%lldx%lld with %d of %d: the file is damaged or was put together wrongly",
                     name, what, (long long)columns, (long long)rows, samples, bits,
                     (long long)frame->columns, (long long)frame->rows, frame->samples,
                     frame->bits_allocated);
}

void pel__codec_widen(void *out, int64_t count)
{
    const uint8_t *from = out;
    uint8_t *to = out;
    // from the end, so that nothing is overwritten before it was read
    for (int64_t i = count; i-- > 0;) {
        uint16_t wide = from[i];
        memcpy(to + 2 * i, &wide, sizeof wide);
    }
}
