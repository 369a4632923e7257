/* SPDX-License-Identifier: Apache-2.0 */
/* check_ramp.c: every variant of the ramp against the C reference, bit for bit, on odd lengths,
 * with poisoned guards; `check_ramp bench` times them. */
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include <pellucid/volume.h>

#include "kernels/kernels.h"

enum { MOST = 131, GUARD = 16, LONG = 1 << 20, POISON = 0x5a };

static const char *const level_names[] = { "none", "sse4", "avx2", "avx512", "neon" };

// values that tell variants apart: ends of the type, NaN, infinities, halves; repeatable noise else
static double sample(pel_dtype type, int64_t i)
{
    double lo, hi;
    pel_dtype_range(type, &lo, &hi);
    if (pel_dtype_is_float(type)) {
        const double odd[] = { NAN, INFINITY, -INFINITY, 0.0, -0.0, 1e-45, 16777217.0, 0.1 };
        return i % 3 ? (double)((i * 7919) % 4096) / 16 - 100 : odd[(i / 3) % 8];
    }
    if (i % 11 == 0)
        return i % 2 ? lo : hi > 9e18 ? 9e18 : hi;
    double noise = (double)((i * 7919) % 251);
    return lo < 0 ? noise - 125 : noise;
}

static void put(void *to, pel_dtype type, int64_t i, double value)
{
    switch (type) {
#define PUT(name, ctype)                                                                           \
    case name:                                                                                     \
        ((ctype *)to)[i] = (ctype)value;                                                           \
        break;
        PUT(PEL_UINT8, uint8_t)
        PUT(PEL_INT8, int8_t)
        PUT(PEL_UINT16, uint16_t)
        PUT(PEL_INT16, int16_t)
        PUT(PEL_UINT32, uint32_t)
        PUT(PEL_INT32, int32_t)
        PUT(PEL_UINT64, uint64_t)
        PUT(PEL_INT64, int64_t)
        PUT(PEL_FLOAT32, float)
        PUT(PEL_FLOAT64, double)
#undef PUT
    case PEL_DTYPE_COUNT:
        break;
    }
}

// 0 when the variant is right; every start within a vector and every length
static int compare(const pel__kernels *ref, const pel__kernels *fast, pel_dtype type,
                   const char *level)
{
    static _Alignas(64) char in[(MOST + GUARD) * 8];
    static float want[MOST + GUARD], got[MOST + GUARD];
    for (int64_t i = 0; i < MOST + GUARD; i++)
        put(in, type, i, sample(type, i));
    for (int start = 0; start < GUARD; start++)
        for (int64_t n = 0; n <= MOST - GUARD; n++) {
            const char *from = in + start * pel_dtype_bytes(type);
            memset(want, POISON, sizeof want);
            memset(got, POISON, sizeof got);
            ref->ramp[type](want + start, from, n, 1.0 / 3, -0.7);
            fast->ramp[type](got + start, from, n, 1.0 / 3, -0.7);
            if (memcmp(want, got, sizeof want) != 0) {
                printf("ramp %s %s: differs at start %d, length %lld\n", pel_dtype_name(type),
                       level, start, (long long)n);
                return 1;
            }
        }
    return 0;
}

static double seconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static void measure(const pel__kernels *table, pel_dtype type, const char *level)
{
    static _Alignas(64) char in[(size_t)LONG * 8];
    static float out[LONG];
    for (int64_t i = 0; i < LONG; i++)
        put(in, type, i, (double)(i % 100));
    double best = 1e9;
    for (int round = 0; round < 9; round++) {
        double start = seconds();
        table->ramp[type](out, in, LONG, 0.5, 1);
        double took = seconds() - start;
        best = took < best ? took : best;
    }
    printf("ramp/%s,%s,%.3f ns per voxel\n", pel_dtype_name(type), level, best * 1e9 / LONG);
}

int main(int count, char **words)
{
    pel__kernels ref, fast;
    pel__kernels_init(&ref, PEL__CPU_NONE);
    int wrong = 0, best = (int)pel__cpu_best();
    bool bench = count > 1 && strcmp(words[1], "bench") == 0;
    for (int level = 0; level <= best; level++) {
        // levels of another architecture lie in between
        if (best == PEL__CPU_NEON && level > PEL__CPU_NONE && level < PEL__CPU_NEON)
            continue;
        pel__kernels_init(&fast, (pel__cpu)level);
        for (int type = 0; type < PEL_DTYPE_COUNT; type++) {
            wrong += compare(&ref, &fast, (pel_dtype)type, level_names[level]);
            if (bench)
                measure(&fast, (pel_dtype)type, level_names[level]);
        }
    }
    printf("ramp: %d variants differ from the reference\n", wrong);
    return wrong != 0;
}
