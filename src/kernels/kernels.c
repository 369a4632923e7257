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

static void init_cast(pel__cast_set *out, pel__cpu level)
{
    static pel__cast_init *const all[][PEL__CAST_KINDS] = {
        [PEL__CPU_NONE] = { pel__cast_init_u8_c, pel__cast_init_i16_c, pel__cast_init_f32_c },
#if defined(__x86_64__)
        [PEL__CPU_SSE4] = { pel__cast_init_u8_sse4, pel__cast_init_i16_sse4,
                            pel__cast_init_f32_sse4 },
        [PEL__CPU_AVX2] = { pel__cast_init_u8_avx2, pel__cast_init_i16_avx2,
                            pel__cast_init_f32_avx2 },
        [PEL__CPU_AVX512] = { pel__cast_init_u8_avx512, pel__cast_init_i16_avx512,
                              pel__cast_init_f32_avx512 },
#elif defined(__aarch64__)
        [PEL__CPU_NEON] = { pel__cast_init_u8_neon, pel__cast_init_i16_neon,
                            pel__cast_init_f32_neon },
#endif
    };
    for (int kind = 0; kind < PEL__CAST_KINDS; kind++)
        all[level][kind](out);
}

void pel__kernels_init(pel__kernels *out, pel__cpu level)
{
    pel__ramp_init_c(out);
    out->weigh = pel__weigh_c;
    pel__hessian_init_c(&out->hessian);
    pel__likeness_init_c(&out->likeness);
    init_cast(&out->cast, level);
#if defined(__x86_64__)
    if (level >= PEL__CPU_AVX2 && level <= PEL__CPU_AVX512) {
        pel__ramp_init_avx2(out);
        out->weigh = level == PEL__CPU_AVX2 ? pel__weigh_avx2 : pel__weigh_avx512;
        bool wide = level == PEL__CPU_AVX512;
        (wide ? pel__hessian_init_avx512 : pel__hessian_init_avx2)(&out->hessian);
        (wide ? pel__likeness_init_avx512 : pel__likeness_init_avx2)(&out->likeness);
    }
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
    // until they have been measured ahead on such a machine, packets of 16 are only on request
    if (level == PEL__CPU_AVX512 && !wanted)
        init_cast(&chosen.cast, PEL__CPU_AVX2);
}

const pel__kernels *pel__kernels_get(void)
{
    pthread_once(&once, choose);
    return &chosen;
}
