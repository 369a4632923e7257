/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz_vtp.c: VTP meshes. */
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    fuzz_read_mesh(data, size, "x.vtp");
    return 0;
}
