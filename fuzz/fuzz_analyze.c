/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz_analyze.c: pairs of header and data (Analyze, NIfTI), as members of a stored archive. */
#include <string.h>

#include <zip.h>

#include "fuzz.h"

enum { HEADER = 348, MOST = 1 << 16 };

static int add(zip_t *archive, const char *name, const uint8_t *bytes, size_t size)
{
    zip_source_t *source = zip_source_buffer(archive, bytes, size, 0);
    zip_int64_t index = source ? zip_file_add(archive, name, source, 0) : -1;
    if (index < 0)
        zip_source_free(source);
    return index < 0 || zip_set_file_compression(archive, (zip_uint64_t)index, ZIP_CM_STORE, 0);
}

// the archive of the two files in `out`; its size, 0 when libzip has no memory
static size_t pack(uint8_t out[MOST], const uint8_t *data, size_t header, size_t size)
{
    zip_error_t error;
    zip_source_t *buffer = zip_source_buffer_create(NULL, 0, 0, &error);
    zip_t *archive = buffer ? zip_open_from_source(buffer, ZIP_TRUNCATE, &error) : NULL;
    if (!archive) {
        zip_source_free(buffer);
        return 0;
    }
    zip_source_keep(buffer);
    zip_int64_t got = -1;
    if (add(archive, "x.hdr", data, header) ||
        add(archive, "x.img", data + header, size - header) || zip_close(archive) != 0)
        zip_discard(archive);
    else if (zip_source_open(buffer) == 0) {
        got = zip_source_read(buffer, out, MOST);
        zip_source_close(buffer);
    }
    zip_source_free(buffer);
    return got > 0 ? (size_t)got : 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static uint8_t archive[MOST];
    if (size > MOST / 2)
        return 0;
    // the last byte, when odd, leaves room for header extensions
    size_t header = size ? HEADER + (data[size - 1] & 1 ? 4 + 32 : 0) : 0;
    header = header < size ? header : size;
    size_t packed = pack(archive, data, header, size);
    if (packed)
        fuzz_read(archive, packed, "x.zip");
    return 0;
}
