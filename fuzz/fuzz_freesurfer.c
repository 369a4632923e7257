/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz_freesurfer.c: surfaces, values and patches of FreeSurfer, which begin with 255, and
 * annotations, which have an ending. */
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    fuzz_read_mesh(data, size, size && data[0] == 0xff ? "lh.x" : "lh.x.annot");
    return 0;
}
