/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz_obj.c: OBJ meshes. */
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    fuzz_read_mesh(data, size, "x.obj");
    return 0;
}
