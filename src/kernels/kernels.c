/* SPDX-License-Identifier: Apache-2.0 */
/* kernels.c: asks the CPU once, and fills the table. */
#include "kernels/kernels.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "kernels/ramp.h"
#if defined(__x86_64__)
#include "kernels/x86/x86.h"
#endif

static const char *const names[] = { "none", "sse4", "avx2", "avx512", "neon" };

pel__cpu pel__cpu_best(void)
{
#if defined(__x86_64__)
    __builtin_cpu_init();
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
        __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq"))
        return PEL__CPU_AVX512;
    if (__builtin_cpu_supports("avx2"))
        return PEL__CPU_AVX2;
    if (__builtin_cpu_supports("sse4.1"))
        return PEL__CPU_SSE4;
    return PEL__CPU_NONE;
#elif defined(__aarch64__)
    return PEL__CPU_NEON;
#else
    return PEL__CPU_NONE;
#endif
}

void pel__kernels_init(pel__kernels *out, pel__cpu level)
{
    pel__ramp_init_c(out);
    out->weigh = pel__weigh_c;
#if defined(__x86_64__)
    if (level >= PEL__CPU_AVX2 && level <= PEL__CPU_AVX512) {
        pel__ramp_init_avx2(out);
        out->weigh = level == PEL__CPU_AVX2 ? pel__weigh_avx2 : pel__weigh_avx512;
    }
#else
    (void)level;
#endif
}

static pel__kernels chosen;
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void choose(void)
{
    pel__cpu level = pel__cpu_best();
    const char *wanted = getenv("PELLUCID_CPU");
    for (int i = 0; wanted && i < (int)(sizeof names / sizeof *names); i++)
        if (strcmp(wanted, names[i]) == 0 && (pel__cpu)i < level)
            level = (pel__cpu)i;
    pel__kernels_init(&chosen, level);
}

const pel__kernels *pel__kernels_get(void)
{
    pthread_once(&once, choose);
    return &chosen;
}
