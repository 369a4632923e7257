/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz_raw.c: headerless data: the first line is --raw, the rest is the file. */
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char raw[256] = "", path[64];
    const uint8_t *end = size ? memchr(data, '\n', size) : NULL;
    size_t length = end ? (size_t)(end - data) : 0;
    if (!end || length >= sizeof raw)
        return 0;
    memcpy(raw, data, length);
    int fd = memfd_create("raw", 0);
    if (fd < 0)
        return 0;
    ssize_t written = write(fd, end + 1, size - length - 1);
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    if (written == (ssize_t)(size - length - 1))
        fuzz_read_path(path, raw);
    close(fd);
    return 0;
}
