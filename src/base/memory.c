/* SPDX-License-Identifier: Apache-2.0 */
/* memory.c: memory that is counted and refused beyond the job's limit. */
#include "base/memory.h"

#include <malloc.h>
#include <math.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "base/job.h"
#include "base/status.h"

enum { ALIGN = 64, ASK_ABOVE = 1 << 20, LARGE = 32 << 20 };

// before each block: where malloc put it, and how long it is
typedef struct head {
    void *raw;
    int64_t bytes;
} head;

// the one number the library keeps across calls, as malloc keeps its own
static atomic_llong in_use;

int64_t pel_memory_in_use(void)
{
    return atomic_load(&in_use);
}

bool pel__multiply(int64_t *out, int64_t a, int64_t b)
{
    return a >= 0 && b >= 0 && !__builtin_mul_overflow(a, b, out);
}

bool pel__add(int64_t *out, int64_t a, int64_t b)
{
    return a >= 0 && b >= 0 && !__builtin_add_overflow(a, b, out);
}

static pel_status refuse(int64_t bytes, const char *what)
{
    return pel__fail(
        PEL_EMEMORY,
        "%s needs %.1f MB more, beyond the limit of %.1f MB; raise --memory, or work on "
        "less with --crop or --resize",
        what, (double)bytes / 1e6, (double)pel__memory_limit() / 1e6);
}

// the bytes of a block that replaces one of `before`, if they may be had
static pel_status check_size(int64_t *bytes, int64_t count, int64_t size, int64_t before,
                             const char *what)
{
    if (!pel__multiply(bytes, count, size) || *bytes > INT64_MAX / 2)
        return pel__fail(PEL_EMEMORY, "%s is too large for this machine", what);
    int64_t more = *bytes - before;
    return more > ASK_ABOVE && more > pel__memory_limit() - pel_memory_in_use() ? refuse(more, what)
                                                                                : PEL_OK;
}

static pel_status no_memory(int64_t bytes, const char *what)
{
    return pel__fail(PEL_EMEMORY, "%s: the system has no %.1f MB left", what, (double)bytes / 1e6);
}

// the first place in a raw block that is aligned and leaves room for the head
static uintptr_t align(const void *raw)
{
    return ((uintptr_t)raw + 2 * ALIGN - 1) & ~(uintptr_t)(ALIGN - 1);
}

// large pages: a fault per 2 MB instead of one per 4 KB, which costs as much as filling them. The
// whole of malloc's mapping, which must stay one so that realloc() can move its pages
static void ask_large_pages(void *raw, int64_t bytes)
{
    enum { PAGE = 4096 };
    if (bytes < LARGE)
        return;
    uintptr_t first = (uintptr_t)raw & ~(uintptr_t)(PAGE - 1);
    uintptr_t end = (uintptr_t)raw + malloc_usable_size(raw);
    (void)madvise((void *)first, end - first, MADV_HUGEPAGE);
}

static pel_status allocate(void *out_pointer, int64_t count, int64_t size, const char *what,
                           bool zero)
{
    void **out = out_pointer;
    *out = NULL;
    int64_t bytes = 0;
    pel_status s = check_size(&bytes, count, size, 0, what);
    if (s != PEL_OK)
        return s;
    size_t whole = (size_t)bytes + 2 * ALIGN;
    void *raw = zero ? calloc(1, whole) : malloc(whole);
    if (!raw)
        return no_memory(bytes, what);
    ask_large_pages(raw, bytes);
    uintptr_t at = align(raw);
    ((head *)at)[-1] = (head){ raw, bytes };
    atomic_fetch_add(&in_use, bytes);
    *out = (void *)at;
    return PEL_OK;
}

pel_status pel__alloc(void *out_pointer, int64_t count, int64_t size, const char *what)
{
    return allocate(out_pointer, count, size, what, false);
}

pel_status pel__alloc_zero(void *out_pointer, int64_t count, int64_t size, const char *what)
{
    return allocate(out_pointer, count, size, what, true);
}

// large blocks grow without a copy: realloc() moves their pages
pel_status pel__realloc(void *in_out_pointer, int64_t count, int64_t size, const char *what)
{
    void **block = in_out_pointer;
    if (!*block)
        return pel__alloc(block, count, size, what);
    head before = ((head *)*block)[-1];
    int64_t bytes = 0;
    pel_status s = check_size(&bytes, count, size, before.bytes, what);
    if (s != PEL_OK)
        return s;
    uintptr_t shift = (uintptr_t)*block - (uintptr_t)before.raw;
    void *raw = realloc(before.raw, (size_t)bytes + 2 * ALIGN);
    if (!raw)
        return no_memory(bytes, what);
    ask_large_pages(raw, bytes);
    uintptr_t at = align(raw);
    int64_t kept = before.bytes < bytes ? before.bytes : bytes;
    if (at - (uintptr_t)raw != shift)
        memmove((void *)at, (char *)raw + shift, (size_t)kept);
    ((head *)at)[-1] = (head){ raw, bytes };
    atomic_fetch_add(&in_use, bytes - before.bytes);
    *block = (void *)at;
    return PEL_OK;
}

void pel__free(void *block)
{
    if (!block)
        return;
    head h = ((head *)block)[-1];
    atomic_fetch_sub(&in_use, h.bytes);
    free(h.raw);
}

char *pel__strdup(const char *text)
{
    if (!text)
        return NULL;
    size_t bytes = strlen(text) + 1;
    char *copy = malloc(bytes);
    return copy ? memcpy(copy, text, bytes) : NULL;
}

int64_t pel__int_from(double value, int64_t lo, int64_t hi)
{
    if (isnan(value))
        return 0 < lo ? lo : 0 > hi ? hi : 0;
    if (value <= (double)lo)
        return lo;
    if (value >= (double)hi)
        return hi;
    return (int64_t)nearbyint(value);
}
