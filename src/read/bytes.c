/* SPDX-License-Identifier: Apache-2.0 */
/* bytes.c: what all streams share, and the kinds file, standard input and memory. */
#include "read/bytes.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/job.h"
#include "base/memory.h"
#include "base/status.h"

enum { CHUNK = 256 << 10, REST = 64 << 10, FIRST_GROWTH = 1 << 20 };

pel_status pel__bytes_new(pel__bytes **out, const char *name, pel__hash *hash)
{
    pel_status s = pel__alloc_zero(out, 1, sizeof **out, "a stream");
    if (s != PEL_OK)
        return s;
    size_t length = strlen(name) + 1;
    s = pel__alloc(&(*out)->name, (int64_t)length, 1, "a file name");
    if (s != PEL_OK) {
        pel__free(*out);
        *out = NULL;
        return s;
    }
    memcpy((*out)->name, name, length);
    (*out)->size = -1;
    (*out)->most = INT64_MAX;
    (*out)->hash = hash;
    return PEL_OK;
}

void pel__bytes_close(pel__bytes *bytes)
{
    if (!bytes)
        return;
    if (bytes->close)
        bytes->close(bytes);
    pel__bytes_close(bytes->inner);
    pel__free(bytes->name);
    pel__free(bytes);
}

// one call of the kind; bytes seen for the first time are hashed
static pel_status produce(pel__bytes *b, void *out, int64_t most, int64_t *got)
{
    pel_status s = b->next(b, out, most, got);
    if (s != PEL_OK)
        return s;
    int64_t end = b->pos + *got;
    if (b->pos <= b->hashed && end > b->hashed) {
        if (b->hash)
            pel__hash_add(b->hash, (char *)out + (b->hashed - b->pos), (size_t)(end - b->hashed));
        b->hashed = end;
    }
    b->pos = end;
    return PEL_OK;
}

pel_status pel__bytes_peek(pel__bytes *b, const uint8_t **head, int64_t *got)
{
    if (b->head_used) {
        memmove(b->head, b->head + b->head_used, (size_t)(b->head_count - b->head_used));
        b->head_count -= b->head_used;
        b->head_used = 0;
    }
    pel_status s = PEL_OK;
    for (int64_t more = 1; s == PEL_OK && more && b->head_count < PEL__PEEK;) {
        s = produce(b, b->head + b->head_count, PEL__PEEK - b->head_count, &more);
        if (s == PEL_OK)
            b->head_count += (int)more;
    }
    *head = b->head;
    *got = b->head_count;
    return s;
}

pel_status pel__bytes_read(pel__bytes *b, void *out, int64_t want, int64_t *got)
{
    int64_t done = b->head_count - b->head_used;
    done = done < want ? done : want;
    memcpy(out, b->head + b->head_used, (size_t)done);
    b->head_used += (int)done;
    pel_status s = PEL_OK;
    for (int64_t more = 1; s == PEL_OK && more && done < want;) {
        s = produce(b, (char *)out + done, want - done, &more);
        if (s == PEL_OK)
            done += more;
    }
    *got = done;
    return s;
}

static pel_status ends_early(const pel__bytes *b, int64_t from, int64_t got, int64_t want,
                             const char *what)
{
    return pel__fail(PEL_EFORMAT,
                     "%s: ends after %lld bytes, in the middle of %s (which needs %lld); the "
                     "file is cut short: copy or download it again",
                     b->name, (long long)(from + got), what, (long long)(from + want));
}

pel_status pel__bytes_need(pel__bytes *b, void *out, int64_t want, const char *what)
{
    int64_t got, from = pel__bytes_at(b);
    pel_status s = pel__bytes_read(b, out, want, &got);
    return s == PEL_OK && got < want ? ends_early(b, from, got, want, what) : s;
}

pel_status pel__bytes_need_new(pel__bytes *b, uint8_t **out, int64_t want, const char *what)
{
    *out = NULL;
    pel_status s = PEL_OK;
    for (int64_t done = 0, room = 0; s == PEL_OK && done < want; done = room) {
        room = done ? 2 * done : FIRST_GROWTH;
        room = room < want ? room : want;
        s = pel__realloc(out, room, 1, what);
        if (s == PEL_OK)
            s = pel__bytes_need(b, *out + done, room - done, what);
    }
    if (s != PEL_OK) {
        pel__free(*out);
        *out = NULL;
    }
    return s;
}

pel_status pel__bytes_need_at(pel__bytes *b, int64_t at, void *out, int64_t want, const char *what)
{
    pel_status s = PEL_OK;
    int64_t done = 0;
    for (int64_t got = 1; s == PEL_OK && got && done < want; done += got)
        s = b->next_at(b, at + done, (char *)out + done, want - done, &got);
    return s == PEL_OK && done < want ? ends_early(b, at, done, want, what) : s;
}

static pel_status hash_gap(pel__bytes *b, int64_t to)
{
    uint8_t *chunk;
    pel_status s = pel__alloc(&chunk, CHUNK, 1, "a buffer");
    for (int64_t got = 1; s == PEL_OK && got && b->hashed < to; b->hashed += got) {
        int64_t most = to - b->hashed < CHUNK ? to - b->hashed : CHUNK;
        s = b->next_at(b, b->hashed, chunk, most, &got);
        pel__hash_add(b->hash, chunk, (size_t)got);
    }
    pel__free(chunk);
    return s;
}

pel_status pel__bytes_hash_to(pel__bytes *b, int64_t to, const void *known, int64_t at)
{
    if (!b->hash || to <= b->hashed)
        return PEL_OK;
    int64_t before = known && at < to ? at : to;
    pel_status s = before > b->hashed ? hash_gap(b, before) : PEL_OK;
    if (s != PEL_OK || b->hashed >= to || b->hashed < before)
        return s;
    pel__hash_add(b->hash, (const char *)known + (b->hashed - at), (size_t)(to - b->hashed));
    b->hashed = to;
    return PEL_OK;
}

int64_t pel__bytes_at(const pel__bytes *b)
{
    return b->pos - (b->head_count - b->head_used);
}

static pel_status skip(pel__bytes *b, int64_t count)
{
    void *chunk;
    pel_status s = pel__alloc(&chunk, CHUNK, 1, "a buffer");
    for (int64_t got = 1; s == PEL_OK && count > 0 && got; count -= got) {
        s = pel__bytes_read(b, chunk, count < CHUNK ? count : CHUNK, &got);
        if (s == PEL_OK)
            s = pel__cancelled();
    }
    pel__free(chunk);
    return s;
}

// go to a byte that `next` will give
static void jump(pel__bytes *b, int64_t at)
{
    b->head_used = b->head_count = 0;
    b->pos = at;
}

pel_status pel__bytes_seek(pel__bytes *b, int64_t at)
{
    int64_t here = pel__bytes_at(b);
    if (at == here)
        return PEL_OK;
    if (!b->jumps && at < here) {
        if (!b->rewind)
            return pel__fail(PEL_EUNSUPPORTED,
                             "%s: is a stream and cannot be read twice; save it to a file first",
                             b->name);
        pel_status s = b->rewind(b);
        if (s != PEL_OK)
            return s;
        jump(b, 0);
    }
    if (b->jumps) {
        jump(b, at);
        return PEL_OK;
    }
    return skip(b, at - pel__bytes_at(b));
}

pel_status pel__bytes_end(pel__bytes *b)
{
    if (!b->inner)
        return PEL_OK;
    void *rest;
    pel_status s = pel__alloc(&rest, REST, 1, "a buffer");
    if (s != PEL_OK)
        return s;
    // reading past the last voxel is what verifies the checksum of the last member
    int64_t got;
    s = pel__bytes_read(b, rest, REST, &got);
    if (s == PEL_OK && got == REST)
        pel__note("%s: goes on after the last voxel its header promises; the rest, with its "
                  "checksum, was not read",
                  b->name);
    pel__free(rest);
    return s;
}

pel_status pel__bytes_finish(pel__bytes *b, int64_t *size)
{
    while (b->inner)
        b = b->inner;
    if (b->finish)
        return b->finish(b, size);
    if (b->jumps)
        jump(b, b->hashed);
    pel_status s = b->hashed == b->size ? PEL_OK : skip(b, INT64_MAX);
    *size = b->hashed;
    return s;
}

/* ---- file and standard input: `state` is the descriptor ---- */

static int descriptor(const pel__bytes *b)
{
    return (int)(intptr_t)b->state;
}

// at: -1 for a stream
static pel_status next_of_file_at(pel__bytes *b, int64_t at, void *out, int64_t most, int64_t *got)
{
    size_t count = (size_t)(most < 1 << 30 ? most : 1 << 30);
    ssize_t n;
    do
        n = at >= 0 ? pread(descriptor(b), out, count, at) : read(descriptor(b), out, count);
    while (n < 0 && errno == EINTR && pel__cancelled() == PEL_OK);
    *got = n > 0 ? n : 0;
    if (n < 0 && errno != EINTR)
        return pel__fail(PEL_EIO, "%s: reading failed at byte %lld: %s", b->name,
                         (long long)(at >= 0 ? at : b->pos), strerror(errno));
    return n < 0 ? pel__cancelled() : PEL_OK;
}

static pel_status next_of_file(pel__bytes *b, void *out, int64_t most, int64_t *got)
{
    return next_of_file_at(b, b->jumps ? b->pos : -1, out, most, got);
}

static void close_file(pel__bytes *b)
{
    close(descriptor(b));
}

pel_status pel__bytes_open_file(pel__bytes **out, const char *path, pel__hash *hash)
{
    *out = NULL;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    struct stat about;
    if (fd < 0)
        return pel__fail(PEL_EIO, "%s: cannot be opened: %s", path, strerror(errno));
    pel_status s = PEL_OK;
    if (fstat(fd, &about) != 0)
        s = pel__fail(PEL_EIO, "%s: cannot be looked at: %s", path, strerror(errno));
    else if (S_ISDIR(about.st_mode))
        s = pel__fail(PEL_EUNSUPPORTED, "%s: is a folder, not a file; name a file", path);
    if (s == PEL_OK)
        s = pel__bytes_new(out, path, hash);
    if (s != PEL_OK) {
        close(fd);
        return s;
    }
    pel__bytes *b = *out;
    b->next = next_of_file;
    b->close = close_file;
    b->state = (void *)(intptr_t)fd;
    if (S_ISREG(about.st_mode)) {
        b->jumps = true;
        b->next_at = next_of_file_at;
        b->size = b->most = about.st_size;
    }
    return PEL_OK;
}

pel_status pel__bytes_open_stdin(pel__bytes **out, pel__hash *hash)
{
    pel_status s = pel__bytes_new(out, "standard input", hash);
    if (s != PEL_OK)
        return s;
    (*out)->next = next_of_file;
    (*out)->state = (void *)(intptr_t)STDIN_FILENO;
    return PEL_OK;
}

/* ---- memory: `state` is the first byte ---- */

static pel_status next_of_memory_at(pel__bytes *b, int64_t at, void *out, int64_t most,
                                    int64_t *got)
{
    int64_t left = b->size - at;
    *got = left < 0 ? 0 : left < most ? left : most;
    if (*got)
        memcpy(out, (const char *)b->state + at, (size_t)*got);
    return PEL_OK;
}

static pel_status next_of_memory(pel__bytes *b, void *out, int64_t most, int64_t *got)
{
    return next_of_memory_at(b, b->pos, out, most, got);
}

pel_status pel__bytes_open_memory(pel__bytes **out, const void *bytes, size_t size,
                                  const char *name, pel__hash *hash)
{
    pel_status s = pel__bytes_new(out, name, hash);
    if (s != PEL_OK)
        return s;
    (*out)->next = next_of_memory;
    (*out)->next_at = next_of_memory_at;
    (*out)->state = (void *)(uintptr_t)bytes;
    (*out)->jumps = true;
    (*out)->size = (*out)->most = (int64_t)size;
    return PEL_OK;
}
