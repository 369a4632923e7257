/* SPDX-License-Identifier: Apache-2.0 */
/* inject_preload.c: preloaded into the program, lets allocation number PELLUCID_FAIL_AT fail, from
 * the first one after main() began; those of the libraries it stands on count too. */
#include <dlfcn.h>
#include <errno.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void *__libc_malloc(size_t bytes);
void *__libc_calloc(size_t count, size_t bytes);
void *__libc_realloc(void *block, size_t bytes);

#define SHOWN __attribute__((visibility("default")))

static atomic_llong seen;
static atomic_llong fails_at = -1;

// constructors of other libraries may abort without memory: only what main() does is counted
__attribute__((constructor)) static void begin(void)
{
    const char *at = getenv("PELLUCID_FAIL_AT");
    atomic_store(&seen, 0);
    atomic_store(&fails_at, at ? atoll(at) : -1);
}

// said once, so that a test knows when it has gone past the last allocation
static int strikes(void)
{
    long long at = atomic_load(&fails_at);
    if (at < 0 || atomic_fetch_add(&seen, 1) != at)
        return 0;
    static const char told[] = "[injected]\n";
    ssize_t written = write(STDERR_FILENO, told, sizeof told - 1);
    (void)written;
    errno = ENOMEM;
    return 1;
}

SHOWN void *malloc(size_t bytes)
{
    return strikes() ? NULL : __libc_malloc(bytes);
}

SHOWN void *calloc(size_t count, size_t bytes)
{
    return strikes() ? NULL : __libc_calloc(count, bytes);
}

SHOWN void *realloc(void *block, size_t bytes)
{
    return strikes() ? NULL : __libc_realloc(block, bytes);
}
