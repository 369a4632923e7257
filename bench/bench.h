/* SPDX-License-Identifier: Apache-2.0 */
/* bench.h: time a block of code: the best of some seconds, or once when PELLUCID_BENCH_ONCE is set.
 */
#ifndef PELLUCID_BENCH_H
#define PELLUCID_BENCH_H

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include <pellucid/pellucid.h>

static inline double bench_now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/** Print `name,ms,MB/s` of the code, which works through `bytes`. */
#define BENCH(name, bytes, ...)                                                                    \
    do {                                                                                           \
        double bench_best = 1e9, bench_end = bench_now() + 2;                                      \
        int bench_rounds = getenv("PELLUCID_BENCH_ONCE") ? 1 : 1000;                               \
        for (int bench_i = 0; bench_i < bench_rounds; bench_i++) {                                 \
            double bench_start = bench_now();                                                      \
            if (bench_i > 2 && bench_start > bench_end)                                            \
                break;                                                                             \
            __VA_ARGS__;                                                                           \
            double bench_took = bench_now() - bench_start;                                         \
            bench_best = bench_took < bench_best ? bench_took : bench_best;                        \
        }                                                                                          \
        printf("%s,%.2f ms,%.0f MB/s\n", name, 1e3 * bench_best, 1e-6 * (bytes) / bench_best);     \
    } while (0)

/** Stop when a call fails. */
#define BENCH_OK(call)                                                                             \
    do {                                                                                           \
        if ((call) != PEL_OK) {                                                                    \
            fprintf(stderr, "%s: %s\n", #call, pel_error());                                       \
            exit(1);                                                                               \
        }                                                                                          \
    } while (0)

#endif
