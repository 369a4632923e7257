/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz_codec_jpeg.c: one frame of DICOM. */
#include "fuzz_codec.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    fuzz_codec(&pel__codec_jpeg, data, size);
    return 0;
}
