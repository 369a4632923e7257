/* SPDX-License-Identifier: Apache-2.0 */
/* memory.h: checked sizes, and memory that is counted and refused beyond the job's limit. */
#ifndef PEL_BASE_MEMORY_H
#define PEL_BASE_MEMORY_H

#include <pellucid/base.h>

/** a*b and a+b in int64; false when negative or too large. */
bool pel__multiply(int64_t *out, int64_t a, int64_t b);
bool pel__add(int64_t *out, int64_t a, int64_t b);

/**
 * `count` items of `size` bytes, 64-byte aligned, uninitialised / zeroed; free with pel__free().
 * `what` names it in the message. Never called with a count that a header alone promises.
 */
pel_status pel__alloc(void *out_pointer, int64_t count, int64_t size, const char *what);
pel_status pel__alloc_zero(void *out_pointer, int64_t count, int64_t size, const char *what);

/** Change the size of a block (NULL: new); on failure the old one stands. */
pel_status pel__realloc(void *in_out_pointer, int64_t count, int64_t size, const char *what);

/** NULL is harmless. */
void pel__free(void *block);

/** malloc'd copy of a text, for results the caller gives to free(); NULL when there is no memory or
 * text. */
char *pel__strdup(const char *text);

/** Float to integer without surprises: NaN gives 0, beyond the range the nearest end, ties to even.
 */
int64_t pel__int_from(double value, int64_t lo, int64_t hi);

#endif
