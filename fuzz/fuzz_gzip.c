/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz_gzip.c: gzip streams with NIfTI inside. */
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    fuzz_read(data, size, "x.nii.gz");
    return 0;
}
