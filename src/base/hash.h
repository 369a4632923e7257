/* SPDX-License-Identifier: Apache-2.0 */
/* hash.h: XXH3-128 of bytes as they are read. */
#ifndef PEL_BASE_HASH_H
#define PEL_BASE_HASH_H

#include <pellucid/base.h>

typedef struct pel__hash pel__hash;

pel_status pel__hash_new(pel__hash **out);
void pel__hash_add(pel__hash *hash, const void *bytes, size_t size);

/** 32 hex digits of all added so far. */
void pel__hash_text(const pel__hash *hash, char out[33]);
void pel__hash_free(pel__hash *hash);

#endif
