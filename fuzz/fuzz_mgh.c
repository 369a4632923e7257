/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz_mgh.c: x.mgh, header and voxels in one file. */
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    fuzz_read(data, size, "x.mgh");
    return 0;
}
