/* SPDX-License-Identifier: Apache-2.0 */
/* zip.c: wraps libzip. */
#include "read/zip.h"

#include <stdio.h>
#include <string.h>
#include <zip.h>

#include "base/memory.h"
#include "base/status.h"

enum { MOST_RATIO = 1032 };

struct pel__zip {
    zip_t *archive;
    char *name; // of the archive, for messages
};

typedef struct member {
    zip_t *archive;
    zip_file_t *file;
    zip_uint64_t index;
} member;

static pel_status make(pel__zip **out, const char *name)
{
    pel_status s = pel__alloc_zero(out, 1, sizeof **out, "an archive");
    if (s != PEL_OK)
        return s;
    size_t length = strlen(name) + 1;
    s = pel__alloc(&(*out)->name, (int64_t)length, 1, "a file name");
    if (s == PEL_OK)
        memcpy((*out)->name, name, length);
    return s;
}

static pel_status opened(pel__zip **out, zip_error_t *error, pel_status s)
{
    if (s == PEL_OK && !(*out)->archive)
        s = pel__fail(PEL_EFORMAT, "%s: is no readable zip archive: %s", (*out)->name,
                      zip_error_strerror(error));
    zip_error_fini(error);
    if (s != PEL_OK) {
        pel__zip_close(*out);
        *out = NULL;
    }
    return s;
}

pel_status pel__zip_open_file(pel__zip **out, const char *path)
{
    zip_error_t error;
    zip_error_init(&error);
    int code = 0;
    pel_status s = make(out, path);
    if (s == PEL_OK) {
        (*out)->archive = zip_open(path, ZIP_RDONLY, &code);
        zip_error_init_with_code(&error, code);
    }
    return opened(out, &error, s);
}

pel_status pel__zip_open_memory(pel__zip **out, const void *bytes, size_t size, const char *name)
{
    zip_error_t error;
    zip_error_init(&error);
    pel_status s = make(out, name);
    if (s == PEL_OK) {
        zip_source_t *source = zip_source_buffer_create(bytes, size, 0, &error);
        if (source)
            (*out)->archive = zip_open_from_source(source, ZIP_RDONLY, &error);
        if (!(*out)->archive)
            zip_source_free(source);
    }
    return opened(out, &error, s);
}

void pel__zip_close(pel__zip *zip)
{
    if (!zip)
        return;
    if (zip->archive)
        zip_discard(zip->archive);
    pel__free(zip->name);
    pel__free(zip);
}

int64_t pel__zip_count(const pel__zip *zip)
{
    return zip_get_num_entries(zip->archive, 0);
}

const char *pel__zip_name(const pel__zip *zip, int64_t index)
{
    return zip_get_name(zip->archive, (zip_uint64_t)index, 0);
}

int64_t pel__zip_find(const pel__zip *zip, const char *name)
{
    return zip_name_locate(zip->archive, name, 0);
}

static pel_status next_of_member(pel__bytes *b, void *out, int64_t most, int64_t *got)
{
    member *m = b->state;
    zip_int64_t n = zip_fread(m->file, out, (zip_uint64_t)most);
    *got = n > 0 ? n : 0;
    if (n < 0)
        return pel__fail(PEL_EFORMAT, "%s: is damaged in its archive: %s", b->name,
                         zip_error_strerror(zip_file_get_error(m->file)));
    return PEL_OK;
}

static pel_status open_member(pel__bytes *b)
{
    member *m = b->state;
    if (m->file)
        zip_fclose(m->file);
    m->file = zip_fopen_index(m->archive, m->index, 0);
    if (!m->file)
        return pel__fail(PEL_EFORMAT, "%s: cannot be taken out of its archive: %s", b->name,
                         zip_error_strerror(zip_get_error(m->archive)));
    return PEL_OK;
}

static void close_member(pel__bytes *b)
{
    member *m = b->state;
    if (m->file)
        zip_fclose(m->file);
    pel__free(m);
}

pel_status pel__zip_member(pel__bytes **out, pel__zip *zip, int64_t index, pel__hash *hash)
{
    zip_stat_t about;
    zip_stat_init(&about);
    char name[4096];
    *out = NULL;
    // of an entry that was not changed libzip knows name and sizes, or it fails
    if (zip_stat_index(zip->archive, (zip_uint64_t)index, 0, &about) != 0)
        return pel__fail(PEL_EFORMAT, "%s: an entry of the archive cannot be read", zip->name);
    snprintf(name, sizeof name, "%s::%s", zip->name, about.name);
    pel_status s = pel__bytes_new(out, name, hash);
    if (s != PEL_OK)
        return s;
    pel__bytes *b = *out;
    member *m;
    s = pel__alloc_zero(&m, 1, sizeof *m, "an archive member");
    if (s == PEL_OK) {
        *m = (member){ zip->archive, NULL, (zip_uint64_t)index };
        b->next = next_of_member;
        b->rewind = open_member;
        b->close = close_member;
        b->state = m;
        b->buffer_bytes = 64 << 10; // what libzip and zlib hold of a member
        // the size an archive claims is no more to be trusted than deflate can make of its bytes
        if (about.comp_size < INT64_MAX / MOST_RATIO)
            b->most = ((int64_t)about.comp_size + 1) * MOST_RATIO;
        if (about.size < (zip_uint64_t)b->most)
            b->most = (int64_t)about.size;
        s = open_member(b);
    }
    if (s != PEL_OK) {
        pel__bytes_close(b);
        *out = NULL;
    }
    return s;
}
