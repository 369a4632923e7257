/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz_dicom.c: one DICOM file. */
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    fuzz_read(data, size, "x.dcm");
    return 0;
}
