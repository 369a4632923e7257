/* SPDX-License-Identifier: Apache-2.0 */
/* likeness_tmpl.c: rows compared, and means weighed; the build compiles it once per CPU level with
 * SUFFIX. Each number is made from its own place alone, so that lanes do not show. */
#include "kernels/likeness.h"

#define JOIN_(a, b) a##b
#define JOIN(a, b)  JOIN_(a, b)

static void compare(float *restrict out, const float *restrict a, const float *restrict b,
                    float *restrict square, int64_t count)
{
    for (int64_t i = 0; i < count + 2; i++)
        square[i] = (a[i] - b[i]) * (a[i] - b[i]);
    for (int64_t i = 0; i < count; i++)
        out[i] = (square[i] + square[i + 1]) + square[i + 2];
}

static void add_three(float *restrict out, const float *const row[3], int64_t count)
{
    const float *restrict a = row[0], *restrict b = row[1], *restrict c = row[2];
    for (int64_t i = 0; i < count; i++)
        out[i] = (a[i] + b[i]) + c[i];
}

// (1 - x/16)^16 for e^-x: nothing of what is far, nor numbers so small that they are slow
static inline float power_of(float x)
{
    x = x < 1 ? x : 1;
    x = x > 0.015625f ? x : 0;
    x *= x;
    x *= x;
    x *= x;
    return x * x;
}

static void weigh(float *restrict sum, float *restrict weight, const float *const row[3],
                  const float *restrict there, const float offset_scale[2], int64_t count)
{
    const float *restrict a = row[0], *restrict b = row[1], *restrict c = row[2];
    float offset = offset_scale[0], scale = offset_scale[1];
    for (int64_t i = 0; i < count; i++) {
        float x = power_of(offset - ((a[i] + b[i]) + c[i]) * scale);
        weight[i] += x;
        sum[i] += x * there[i];
    }
}

static void weigh_squares(float *restrict sum, float *restrict weight, const float *const row[3],
                          const float *restrict there, const float offset_scale[2], int64_t count)
{
    const float *restrict a = row[0], *restrict b = row[1], *restrict c = row[2];
    float offset = offset_scale[0], scale = offset_scale[1];
    for (int64_t i = 0; i < count; i++) {
        float x = power_of(offset - ((a[i] + b[i]) + c[i]) * scale);
        weight[i] += x;
        sum[i] += x * (there[i] * there[i]);
    }
}

void JOIN(pel__likeness_init_, SUFFIX)(pel__likeness_set *out)
{
    *out = (pel__likeness_set){ compare, add_three, weigh, weigh_squares };
}
