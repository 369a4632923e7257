/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz_series.c: a folder of slices or of DICOM files. The first byte chooses --allow, --slices and
 * whether a pattern names the files; then each file is the length of its name (one byte), the name,
 * its size (two bytes, little-endian) and its bytes. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fuzz.h"

enum { MOST_FILES = 12, NAME = 48, PATH = 128 };

static char folder[] = "/tmp/pellucid-fuzz-XXXXXX";

static void remove_folder(void)
{
    rmdir(folder);
}

// a name that stays in the folder
static void name_of(char out[NAME], const uint8_t *bytes, size_t size)
{
    size = size < NAME - 1 ? size : NAME - 1;
    memcpy(out, bytes, size);
    out[size] = 0;
    for (size_t i = 0; i < size; i++)
        if (out[i] == '/' || out[i] == 0)
            out[i] = '_';
    if (!*out || *out == '.')
        snprintf(out, NAME, "hidden");
}

static void path_of(char out[PATH], const char *name)
{
    snprintf(out, PATH, "%s/%.*s", folder, NAME, name);
}

static int write_file(const char *name, const uint8_t *bytes, size_t size)
{
    char path[PATH];
    path_of(path, name);
    FILE *file = fopen(path, "wb");
    if (!file)
        return 0;
    fwrite(bytes, 1, size, file);
    fclose(file);
    return 1;
}

static int write_files(char names[MOST_FILES][NAME], const uint8_t *data, size_t size)
{
    int count = 0;
    while (count < MOST_FILES && size > 0) {
        size_t length = data[0] < size - 1 ? data[0] : size - 1;
        name_of(names[count], data + 1, length);
        data += 1 + length;
        size -= 1 + length;
        if (size < 2)
            break;
        size_t bytes = (size_t)data[0] | (size_t)data[1] << 8;
        data += 2;
        size -= 2;
        bytes = bytes < size ? bytes : size;
        count += write_file(names[count], data, bytes);
        data += bytes;
        size -= bytes;
    }
    return count;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const allows[] = { NULL, "gaps", "mixed", "gaps,mixed" };
    static const char *const slices[] = { NULL, "::2", "1:", "::-1" };
    static int made;
    char names[MOST_FILES][NAME], path[PATH];
    if (!made) {
        if (!mkdtemp(folder))
            abort();
        atexit(remove_folder);
        made = 1;
    }
    if (size < 1)
        return 0;
    int count = write_files(names, data + 1, size - 1);
    snprintf(path, sizeof path, "%s%s", folder, data[0] & 16 ? "/*[a-z]*" : "");
    fuzz_read_folder(path, allows[data[0] & 3], slices[data[0] >> 2 & 3]);
    for (int i = 0; i < count; i++) {
        path_of(path, names[i]);
        unlink(path);
    }
    return 0;
}
