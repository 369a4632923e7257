/* SPDX-License-Identifier: Apache-2.0 */
/* span_tmpl.c: least and greatest of rows of one type; the build compiles it once per type with
 * VOXEL and SUFFIX. */
#include "kernels/span.h"

#define JOIN_(a, b) a##b
#define JOIN(a, b)  JOIN_(a, b)

void JOIN(pel__span_c_, SUFFIX)(void *lo, void *hi, const void *in, int64_t count)
{
    VOXEL *least = lo, *most = hi;
    const VOXEL *x = in;
    for (int64_t i = 0; i < count; i++) {
        // written so that NaN falls through both
        least[i] = x[i] < least[i] ? x[i] : least[i];
        most[i] = x[i] > most[i] ? x[i] : most[i];
    }
}
