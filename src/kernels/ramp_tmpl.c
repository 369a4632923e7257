/* SPDX-License-Identifier: Apache-2.0 */
/* ramp_tmpl.c: the ramp of one voxel type; the build compiles it once per type with VOXEL and
 * SUFFIX. */
#include "kernels/ramp.h"

#define JOIN_(a, b) a##b
#define JOIN(a, b)  JOIN_(a, b)

void JOIN(pel__ramp_c_, SUFFIX)(float *out, const void *in, int64_t count, double scale,
                                double offset)
{
    const VOXEL *x = in;
    for (int64_t i = 0; i < count; i++)
        out[i] = (float)(scale * (double)x[i] + offset);
}
