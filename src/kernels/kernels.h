/* SPDX-License-Identifier: Apache-2.0 */
/* kernels.h: inner loops on plain arrays, picked once for this CPU; every variant gives the C
 * reference's bits. */
#ifndef PEL_KERNELS_H
#define PEL_KERNELS_H

#include <pellucid/base.h>

#include "kernels/cast.h"
#include "kernels/hessian.h"
#include "kernels/likeness.h"
#include "kernels/weigh.h"

enum { PEL__RAMP_TYPES = 10 }; /* as many as pel_dtype, in its order */

/** out[i] = (float)(scale*in[i] + offset), in double; NaN stays NaN. */
typedef void pel__ramp(float *out, const void *in, int64_t count, double scale, double offset);

typedef struct pel__kernels {
    pel__ramp *ramp[PEL__RAMP_TYPES];
    pel__weigh *weigh;
    pel__cast_set cast;
    pel__hessian_set hessian;
    pel__likeness_set likeness;
} pel__kernels;

/** What a CPU can do, each level including the ones before it on its architecture. */
typedef enum pel__cpu {
    PEL__CPU_NONE,
    PEL__CPU_SSE4,
    PEL__CPU_AVX2,
    PEL__CPU_AVX512,
    PEL__CPU_NEON
} pel__cpu;

/** The best level of this machine. */
pel__cpu pel__cpu_best(void);

/** Fill a table for a level this machine has. */
void pel__kernels_init(pel__kernels *out, pel__cpu level);

/** The table in use: the machine's best, or PELLUCID_CPU=none|sse4|avx2|avx512|neon when that is
 * lower. */
const pel__kernels *pel__kernels_get(void);

#endif
