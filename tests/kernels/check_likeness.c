/* SPDX-License-Identifier: Apache-2.0 */
/* check_likeness.c: every variant of comparing and weighing rows against the C reference, bit for
 * bit, on odd lengths, with poisoned guards; `check_likeness bench` times them. */
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "kernels/kernels.h"

enum { MOST = 150, GUARD = 18, POISON = 0x5a };

static float row[4][MOST + GUARD];

static const float offset_scale[] = { 1.2f, 1e-3f };

static void fill(void)
{
    for (int t = 0; t < 4; t++)
        for (int i = 0; i < MOST + GUARD; i++)
            row[t][i] =
                (i * 31 + t * 17) % 97 == 0 ? NAN : (float)((i * 7919 + t * 104729) % 4096) / 7;
}

/* all that one set makes of rows from `start` on */
typedef struct result {
    float compared[MOST + GUARD], three[MOST + GUARD], sum[2][MOST + GUARD];
    float weight[2][MOST + GUARD];
} result;

static void make(result *out, const pel__likeness_set *set, int start, int count)
{
    float square[MOST + GUARD];
    const float *const rows[] = { row[0] + start, row[1] + start, row[2] + start };
    memset(out, POISON, sizeof *out);
    for (int m = 0; m < 2; m++)
        for (int i = 0; i < count; i++)
            out->sum[m][i] = out->weight[m][i] = 1;
    set->compare(out->compared, rows[0], rows[1], square, count);
    set->add_three(out->three, rows, count);
    set->weigh(out->sum[0], out->weight[0], rows, row[3], offset_scale, count);
    set->weigh_squares(out->sum[1], out->weight[1], rows, row[3], offset_scale, count);
}

// which payload a number that is none has, nobody asks
static int differ(const float *a, const float *b, size_t count)
{
    for (size_t n = 0; n < count; n++)
        if (memcmp(a + n, b + n, sizeof *a) != 0 && !(isnan(a[n]) && isnan(b[n])))
            return 1;
    return 0;
}

static int compare(const pel__likeness_set *ref, const pel__likeness_set *fast)
{
    static result want, got;
    for (int start = 0; start < 8; start++)
        for (int count = 0; count + start <= MOST; count++) {
            make(&want, ref, start, count);
            make(&got, fast, start, count);
            if (differ((const float *)&want, (const float *)&got, sizeof want / sizeof(float))) {
                printf("differs: start %d, count %d\n", start, count);
                return 1;
            }
        }
    return 0;
}

static void bench(const pel__likeness_set *set, const char *name)
{
    static result out;
    struct timespec from, to;
    clock_gettime(CLOCK_MONOTONIC, &from);
    for (int n = 0; n < 100000; n++)
        make(&out, set, 0, 128);
    clock_gettime(CLOCK_MONOTONIC, &to);
    double ns = 1e9 * (double)(to.tv_sec - from.tv_sec) + (double)(to.tv_nsec - from.tv_nsec);
    printf("likeness %s,%.2f ns a float\n", name, ns / 100000 / 128);
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
            bench(&fast.likeness, names[level]);
        else
            bad |= compare(&ref.likeness, &fast.likeness);
    }
    return bad;
}
