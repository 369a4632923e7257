/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz_stl.c: STL meshes. */
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    fuzz_read_mesh(data, size, "x.stl");
    return 0;
}
