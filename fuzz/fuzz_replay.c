/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz_replay.c: how a file was made, found in any bytes and parsed. */
#include <stdlib.h>
#include <string.h>

#include <pellucid/pipeline.h>

#include "fuzz.h"
#include "read/made.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    // an exact-size copy, so that one byte too far is seen
    uint8_t *bytes = malloc(size ? size : 1);
    if (!bytes)
        return 0;
    memcpy(bytes, data, size);
    char *json = pel__made_find(bytes, size);
    pel_recipe recipe;
    if (json && pel_recipe_parse(&recipe, json, "x.png") == PEL_OK)
        pel_recipe_free(&recipe);
    free(json);
    free(bytes);
    return 0;
}
