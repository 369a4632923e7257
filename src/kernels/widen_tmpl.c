/* SPDX-License-Identifier: Apache-2.0 */
/* widen_tmpl.c: voxels of one type as doubles; the build compiles it once per type with VOXEL and
 * SUFFIX. */
#include "kernels/widen.h"

#define JOIN_(a, b) a##b
#define JOIN(a, b)  JOIN_(a, b)

void JOIN(pel__widen_c_, SUFFIX)(double *out, const void *in, int64_t count)
{
    const VOXEL *x = in;
    for (int64_t i = 0; i < count; i++)
        out[i] = (double)x[i];
}
