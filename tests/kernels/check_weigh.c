/* SPDX-License-Identifier: Apache-2.0 */
/* check_weigh.c: every variant of the weighted sum against the C reference, bit for bit, on odd
 * lengths, with poisoned guards; `check_weigh bench` times them. */
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "kernels/kernels.h"

enum { MOST = 150, GUARD = 16, REACH = 9, POISON = 0x5a };

static float rows[2 * REACH + 1][MOST + GUARD];

static void fill(void)
{
    for (int t = 0; t <= 2 * REACH; t++)
        for (int i = 0; i < MOST + GUARD; i++)
            rows[t][i] =
                (i * 31 + t * 17) % 97 == 0 ? NAN : (float)((i * 7919 + t * 104729) % 4096) / 7;
}

static int compare(pel__weigh *ref, pel__weigh *fast)
{
    float weight[REACH + 1], want[MOST + GUARD], got[MOST + GUARD];
    const float *at[2 * REACH + 1];
    for (int t = 0; t <= REACH; t++)
        weight[t] = 1 / (float)(3 + t);
    for (int start = 0; start < 8; start++)
        for (int count = 0; count + start <= MOST; count += 1 + count / 40)
            for (int reach = 0; reach <= REACH; reach += 3) {
                for (int t = 0; t <= 2 * REACH; t++)
                    at[t] = rows[t] + start;
                memset(want, POISON, sizeof want);
                memset(got, POISON, sizeof got);
                ref(want, at + REACH, weight, reach, count);
                fast(got, at + REACH, weight, reach, count);
                if (memcmp(want, got, sizeof want) != 0) {
                    printf("differs: start %d, count %d, reach %d\n", start, count, reach);
                    return 1;
                }
            }
    return 0;
}

static void bench(pel__weigh *weigh, const char *name)
{
    const float *at[2 * REACH + 1];
    float weight[REACH + 1] = { 0.5f }, out[MOST];
    struct timespec from, to;
    for (int t = 0; t <= 2 * REACH; t++)
        at[t] = rows[t];
    clock_gettime(CLOCK_MONOTONIC, &from);
    for (int n = 0; n < 100000; n++)
        weigh(out, at + REACH, weight, REACH, 128);
    clock_gettime(CLOCK_MONOTONIC, &to);
    double ns = 1e9 * (double)(to.tv_sec - from.tv_sec) + (double)(to.tv_nsec - from.tv_nsec);
    printf("weigh %s,%.2f ns a float of %d rows\n", name, ns / 100000 / 128, 2 * REACH + 1);
}

int main(int count, char **words)
{
    static const char *const names[] = { "none", "sse4", "avx2", "avx512", "neon" };
    pel__kernels ref, fast;
    int bad = 0;
    fill();
    pel__kernels_init(&ref, PEL__CPU_NONE);
    for (int level = 0; level <= (int)pel__cpu_best(); level++) {
        pel__kernels_init(&fast, (pel__cpu)level);
        if (count > 1 && strcmp(words[1], "bench") == 0)
            bench(fast.weigh, names[level]);
        else
            bad |= compare(ref.weigh, fast.weigh);
    }
    return bad;
}
