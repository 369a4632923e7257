/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz_zip.c: zip archives with volumes inside. */
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    fuzz_read(data, size, "x.zip");
    return 0;
}
