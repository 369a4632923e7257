/* SPDX-License-Identifier: Apache-2.0 */
/* inject.h: make the n-th allocation, write, read... of the library fail. For tests that link the
 * `inject` dependency of tests/meson.build, whose linker flags put inject.c between the library and
 * the system. Not thread-safe beyond counting: run the work under test on one thread. */
#ifndef PELLUCID_TESTS_INJECT_H
#define PELLUCID_TESTS_INJECT_H

#include <stdbool.h>
#include <stdint.h>

typedef enum inject_call {
    INJECT_MEMORY, /* malloc, calloc, realloc, and xxHash's own */
    INJECT_OPEN,
    INJECT_READ,  /* read, pread */
    INJECT_WRITE, /* write, pwrite */
    INJECT_SYNC,  /* fsync, syncfs */
    INJECT_RENAME,
    INJECT_STAT, /* fstat */
    INJECT_CALLS,
} inject_call;

/** Call number `at` (from 0, counted from now) fails with `error`, and with `on` all after it. */
void inject(inject_call call, int64_t at, int error, bool on);

/** Reads and writes do at most `most` bytes at a time; 0: all, as asked. */
void inject_short(int64_t most);

/** Everything works again. */
void inject_nothing(void);

/** Calls that were made to fail since inject(). */
int64_t inject_failures(void);

#endif
