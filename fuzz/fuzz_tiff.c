/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz_tiff.c: TIFF files. */
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    fuzz_read(data, size, "x.tif");
    return 0;
}
