/* SPDX-License-Identifier: Apache-2.0 */
/* hash.c: wraps xxHash. */
#include "base/hash.h"

#include <stdio.h>
#include <xxhash.h>

#include "base/status.h"

// a pel__hash is the library's own state under our name
static XXH3_state_t *state_of(pel__hash *hash)
{
    return (XXH3_state_t *)(void *)hash;
}

pel_status pel__hash_new(pel__hash **out)
{
    XXH3_state_t *state = XXH3_createState();
    *out = (pel__hash *)(void *)state;
    if (!state)
        return pel__fail(PEL_EMEMORY, "no memory for a hash");
    XXH3_128bits_reset(state);
    return PEL_OK;
}

void pel__hash_add(pel__hash *hash, const void *bytes, size_t size)
{
    XXH3_128bits_update(state_of(hash), bytes, size);
}

void pel__hash_text(const pel__hash *hash, char out[33])
{
    XXH128_hash_t sum = XXH3_128bits_digest((const XXH3_state_t *)(const void *)hash);
    snprintf(out, 33, "%016llx%016llx", (unsigned long long)sum.high64,
             (unsigned long long)sum.low64);
}

void pel__hash_free(pel__hash *hash)
{
    if (hash)
        XXH3_freeState(state_of(hash));
}
