/* SPDX-License-Identifier: Apache-2.0 */
/* weigh_tmpl.c: sums of rows; the build compiles it once per CPU level with SUFFIX and LANES, the
 * floats of its registers. */
#include "kernels/weigh.h"

#define JOIN_(a, b) a##b
#define JOIN(a, b)  JOIN_(a, b)

typedef float lanes __attribute__((vector_size(LANES * sizeof(float)), aligned(4), may_alias));

void JOIN(pel__weigh_, SUFFIX)(float *out, const float *const *row, const float *weight, int reach,
                               int64_t count)
{
    int64_t i = 0;
    // four sums at once, so that none waits for its last addition
    for (; i + 4 * LANES <= count; i += 4 * LANES) {
        const lanes *here = (const lanes *)(row[0] + i);
        lanes a = weight[0] * here[0], b = weight[0] * here[1];
        lanes c = weight[0] * here[2], d = weight[0] * here[3];
        for (int t = 1; t <= reach; t++) {
            const lanes *before = (const lanes *)(row[-t] + i);
            const lanes *after = (const lanes *)(row[t] + i);
            a += weight[t] * (before[0] + after[0]);
            b += weight[t] * (before[1] + after[1]);
            c += weight[t] * (before[2] + after[2]);
            d += weight[t] * (before[3] + after[3]);
        }
        lanes *to = (lanes *)(out + i);
        to[0] = a;
        to[1] = b;
        to[2] = c;
        to[3] = d;
    }
    for (; i < count; i++) {
        float sum = weight[0] * row[0][i];
        for (int t = 1; t <= reach; t++)
            sum += weight[t] * (row[-t][i] + row[t][i]);
        out[i] = sum;
    }
}
