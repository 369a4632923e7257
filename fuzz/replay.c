/* SPDX-License-Identifier: Apache-2.0 */
/* replay.c: a main that runs a fuzz target on files, so that a corpus is an ordinary test. Every
 * file is also cut short at many places. */
#include <stdio.h>
#include <stdlib.h>

#include "fuzz.h"

enum { MOST = 1 << 20, CUTS = 97 };

int main(int count, char **names)
{
    int failed = 0;
    for (int i = 1; i < count; i++) {
        FILE *file = fopen(names[i], "rb");
        uint8_t *bytes = malloc(MOST);
        size_t size = file && bytes ? fread(bytes, 1, MOST, file) : 0;
        if (!file || !bytes) {
            fprintf(stderr, "%s: cannot be read\n", names[i]);
            failed = 1;
        } else
            LLVMFuzzerTestOneInput(bytes, size);
        for (size_t cut = 0; size && cut < CUTS; cut++)
            LLVMFuzzerTestOneInput(bytes, size * cut / CUTS);
        if (file)
            fclose(file);
        free(bytes);
    }
    printf("%d files and their beginnings\n", count - 1);
    return failed || count < 2;
}
