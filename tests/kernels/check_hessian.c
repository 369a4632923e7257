/* SPDX-License-Identifier: Apache-2.0 */
/* check_hessian.c: every variant of derivatives, eigenvalues and responses against the C reference,
 * bit for bit, with poisoned guards; eigenvalues against their definition; `bench` times them. */
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "kernels/kernels.h"

enum { MOST = 131, PAD = PEL__HESSIAN_PAD, GUARD = 16, REACH = 7, POISON = 0x5a };
enum { ROOM = (MOST / PAD + 1) * PAD + GUARD };

static int16_t levels[2 * REACH + 1][ROOM + PAD];
static int32_t rows[3][2 * REACH + 1][ROOM + PAD];
static double sums[6][ROOM + 2 * REACH + 2 * PAD];
static int32_t weight[3][REACH + 1];
static pel__derivatives along = { REACH, { weight[0], weight[1], weight[2] } };

static int32_t scrambled(int64_t n)
{
    uint64_t x = (uint64_t)n * 0x9e3779b97f4a7c15u;
    return (int32_t)(x >> 32);
}

static void fill(void)
{
    int64_t n = 1;
    for (int t = 0; t <= 2 * REACH; t++)
        for (int i = 0; i < ROOM + PAD; i++) {
            levels[t][i] = (int16_t)(scrambled(n++) >> 16);
            for (int a = 0; a < 3; a++)
                rows[a][t][i] = scrambled(n++) >> 5;
        }
    for (int m = 0; m < 6; m++)
        for (int i = 0; i < ROOM + 2 * REACH + 2 * PAD; i++)
            sums[m][i] = (double)(scrambled(n++) >> (i % 23));
    // matrices that are zero, round, or nearly so
    for (int m = 0; m < 6; m++)
        for (int i = 0; i < 24; i++)
            sums[m][i] = i < 8 ? 0 : i < 16 ? (m < 3 ? 5 : 0) : (m < 3 ? 7 : 1e-9 * i);
    for (int order = 0; order < 3; order++)
        for (int t = 0; t <= REACH; t++)
            weight[order][t] = scrambled(n++) >> 22;
}

/* all results of one set of kernels, guards included */
typedef struct results {
    int32_t level[3][ROOM], run[ROOM];
    double row[6][ROOM], along[3][ROOM], value[3][ROOM];
    float response[PEL__RIDGE_KINDS][ROOM];
} results;

static void run(results *r, const pel__hessian_set *set, int64_t count)
{
    static const double scale[] = { 0.5, 0.25, 0.125, 0.5, 0.3, 0.2 };
    const int16_t *level_at[2 * REACH + 1];
    const int32_t *row_at[3][2 * REACH + 1], *const *row[3];
    memset(r, POISON, sizeof *r);
    memset(r->run, 0, sizeof r->run);
    for (int t = 0; t <= 2 * REACH; t++) {
        level_at[t] = levels[t];
        for (int a = 0; a < 3; a++)
            row_at[a][t] = rows[a][t];
    }
    for (int a = 0; a < 3; a++)
        row[a] = row_at[a] + REACH;
    int32_t *const level[] = { r->level[0], r->level[1], r->level[2] };
    double *const sum[] = { r->row[0], r->row[1], r->row[2], r->row[3], r->row[4], r->row[5] };
    double *const value[] = { r->value[0], r->value[1], r->value[2] };
    const double *const sums_at[] = { sums[0], sums[1], sums[2], sums[3], sums[4], sums[5] };
    set->levels(level, level_at + REACH, &along, count);
    set->rows(sum, row, &along, count);
    for (int order = 0; order < 3; order++)
        set->along(r->along[order], sums[order] + REACH, &along, order, count);
    set->eigen(value, sums_at, scale, count);
    for (int kind = 0; kind < PEL__RIDGE_KINDS; kind++)
        set->ridge[kind](r->response[kind], (const double *const *)value, 1e5, count);
    set->runs(r->run, rows[0][0], rows[0][1], 3, count);
}

// the characteristic polynomial is zero at each, and they add up to the trace
static int check_eigenvalues(const results *r)
{
    for (int i = 0; i < MOST; i++) {
        double a = 0.5 * sums[0][i], b = 0.25 * sums[1][i], c = 0.125 * sums[2][i];
        double d = 0.5 * sums[3][i], e = 0.3 * sums[4][i], f = 0.2 * sums[5][i];
        double norm = sqrt(a * a + b * b + c * c + 2 * (d * d + e * e + f * f));
        double trace = r->value[0][i] + r->value[1][i] + r->value[2][i];
        if (!(fabs(trace - a - b - c) <= 1e-12 * norm) || r->value[0][i] > r->value[1][i] ||
            r->value[1][i] > r->value[2][i])
            return printf("matrix %d: trace or order\n", i);
        for (int m = 0; m < 3; m++) {
            double v = r->value[m][i], x = a - v, y = b - v, z = c - v;
            double det = x * (y * z - f * f) - d * (d * z - f * e) + e * (d * f - y * e);
            if (!(fabs(det) <= 1e-12 * norm * norm * norm))
                return printf("matrix %d: value %d is %g off\n", i, m, det);
        }
    }
    return 0;
}

// axes in any order and turned round: the same bits
static int check_symmetry(const pel__hessian_set *set)
{
    static const int order[6][3] = { { 0, 1, 2 }, { 0, 2, 1 }, { 1, 0, 2 },
                                     { 1, 2, 0 }, { 2, 0, 1 }, { 2, 1, 0 } };
    static const double one[] = { 1, 1, 1, 1, 1, 1 };
    // of axes a and b: ii jj kk ij ik jk
    static const int entry[3][3] = { { 0, 3, 4 }, { 3, 1, 5 }, { 4, 5, 2 } };
    static double turned[6][ROOM], value[2][3][ROOM];
    for (int o = 0; o < 6; o++)
        for (int signs = 0; signs < 8; signs++) {
            for (int a = 0; a < 3; a++)
                for (int b = a; b < 3; b++)
                    for (int i = 0; i < MOST + PAD; i++) {
                        bool flip = (signs >> a & 1) != (signs >> b & 1);
                        double v = sums[entry[order[o][a]][order[o][b]]][i] / 3;
                        turned[entry[a][b]][i] = flip ? -v : v;
                    }
            const double *const at[] = { turned[0], turned[1], turned[2],
                                         turned[3], turned[4], turned[5] };
            int which = o || signs;
            double *const to[] = { value[which][0], value[which][1], value[which][2] };
            set->eigen(to, at, one, MOST);
            for (int m = 0; m < 3; m++)
                if (memcmp(value[which][m], value[0][m], MOST * sizeof(double)) != 0)
                    return printf("order %d, signs %d: other bits\n", o, signs);
        }
    return 0;
}

static void bench(const pel__hessian_set *set, const char *name)
{
    static results r;
    struct timespec from, to;
    clock_gettime(CLOCK_MONOTONIC, &from);
    for (int n = 0; n < 20000; n++)
        run(&r, set, 128);
    clock_gettime(CLOCK_MONOTONIC, &to);
    double ns = 1e9 * (double)(to.tv_sec - from.tv_sec) + (double)(to.tv_nsec - from.tv_nsec);
    printf("hessian %s,%.2f ns a voxel, reach %d, all responses\n", name, ns / 20000 / 128, REACH);
}

int main(int count, char **words)
{
    static const char *const names[] = { "none", "sse4", "avx2", "avx512", "neon" };
    static pel__kernels ref, fast;
    static results want, got;
    int bad = 0;
    fill();
    pel__kernels_init(&ref, PEL__CPU_NONE);
    for (int level = 0; level <= (int)pel__cpu_best(); level++) {
        pel__kernels_init(&fast, (pel__cpu)level);
        if (count > 1 && strcmp(words[1], "bench") == 0)
            bench(&fast.hessian, names[level]);
        else
            // results are whole up to a multiple of the pad; what lies within the count is compared
            for (int64_t n = 1; n <= MOST; n += 1 + n / 7) {
                run(&want, &ref.hessian, n);
                run(&got, &fast.hessian, n);
                for (int a = 0; a < 3; a++) {
                    bad |= memcmp(want.level[a], got.level[a], (size_t)n * 4) != 0;
                    bad |= memcmp(want.along[a], got.along[a], (size_t)n * 8) != 0;
                    bad |= memcmp(want.value[a], got.value[a], (size_t)n * 8) != 0;
                }
                for (int m = 0; m < 6; m++)
                    bad |= memcmp(want.row[m], got.row[m], (size_t)n * 8) != 0;
                for (int kind = 0; kind < PEL__RIDGE_KINDS; kind++)
                    bad |= memcmp(want.response[kind], got.response[kind], (size_t)n * 4) != 0;
                bad |= memcmp(want.run, got.run, (size_t)n * 4) != 0;
                const unsigned char *end = (const unsigned char *)(got.value[2] + ROOM - GUARD);
                for (int b = 0; b < GUARD * 8; b++)
                    bad |= end[b] != POISON;
                if (bad)
                    return printf("%s differs at %d voxels\n", names[level], (int)n), 1;
            }
    }
    run(&want, &ref.hessian, MOST);
    return check_eigenvalues(&want) || check_symmetry(&ref.hessian);
}
