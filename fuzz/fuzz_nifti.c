/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz_nifti.c: NIfTI single files of both versions. */
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    fuzz_read(data, size, "x.nii");
    return 0;
}
