/* SPDX-License-Identifier: Apache-2.0 */
/* codec_jpeg2000_none.c: a build without OpenJPEG says so. */
#include "base/status.h"
#include "read/codec.h"

static pel_status decode(void *out, const pel__codec_frame *frame, const uint8_t *bytes,
                         int64_t size, const char *name)
{
    (void)out;
    (void)frame;
    (void)bytes;
    (void)size;
    return pel__fail(
        PEL_EUNSUPPORTED,
        "%s: is JPEG 2000, and this pellucid was built without OpenJPEG: build it with "
        "libopenjp2-7-dev, or decompress the file with gdcmconv",
        name);
}

const pel__codec pel__codec_jpeg2000 = { "JPEG 2000", decode, 0, 1 << 24 };
