/* SPDX-License-Identifier: Apache-2.0 */
/* parts.c: from a text header to the stream of its voxels. */
#include "read/parts.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/memory.h"
#include "base/status.h"

enum { MOST_FILES = 65536, NAME = 4096 };

/* ---- names ---- */

void pel__parts_free(pel__parts *parts)
{
    pel__text_free(&parts->names);
}

pel_status pel__parts_add(pel__parts *parts, const char *name, const char *header)
{
    if (parts->count == MOST_FILES)
        return pel__fail(PEL_EUNSUPPORTED, "%s: names more than %d data files; it is damaged",
                         header, MOST_FILES);
    pel__text_add_bytes(&parts->names, name, strlen(name) + 1);
    parts->count++;
    return parts->names.failed
               ? pel__fail(PEL_EMEMORY, "%s: no memory for the names of its files", header)
               : PEL_OK;
}

pel_status pel__parts_list(pel__parts *parts, pel__lines *lines)
{
    for (;;) {
        const char *line;
        char name[NAME];
        pel_status s = pel__lines_next(lines, &line);
        if (s != PEL_OK || !line)
            return s;
        if (strlen(line) >= NAME)
            return pel__fail(PEL_EFORMAT, "%s: names a data file at too great length",
                             lines->bytes->name);
        snprintf(name, sizeof name, "%s", line);
        if (*pel__trim(name))
            s = pel__parts_add(parts, pel__trim(name), lines->bytes->name);
        if (s != PEL_OK)
            return s;
    }
}

// "%03d" alone among what printf knows: its width; -1 when it is none
static int conversion(const char *at, size_t *length, bool *zeros)
{
    const char *c = at + 1;
    int width = 0;
    *zeros = *c == '0';
    for (; *c >= '0' && *c <= '9' && width < 100; c++)
        width = 10 * width + (*c - '0');
    *length = (size_t)(c - at) + 1;
    return (*c == 'd' || *c == 'i' || *c == 'u') && width < 100 ? width : -1;
}

pel_status pel__parts_pattern(pel__parts *parts, const char *pattern, double min, double max,
                              double step, const char *header)
{
    size_t length = 0;
    bool zeros = false;
    const char *at = strchr(pattern, '%');
    int width = at ? conversion(at, &length, &zeros) : -1;
    if (width < 0 || strchr(at + length, '%') || strlen(pattern) > NAME / 2)
        return pel__fail(PEL_EFORMAT,
                         "%s: its pattern of data files '%.80s' does not hold one %%d; its header "
                         "is damaged",
                         header, pattern);
    double last = (max - min) / step;
    if (!(last >= 0 && last < MOST_FILES) || !(min > -1e9 && min < 1e9 && max > -1e9 && max < 1e9))
        return pel__fail(PEL_EFORMAT,
                         "%s: its data files are numbered from %g to %g by %g, which cannot be; "
                         "its header is damaged",
                         header, min, max, step);
    pel_status s = PEL_OK;
    for (int64_t i = 0; s == PEL_OK && i <= (int64_t)last; i++) {
        char name[NAME];
        int number = (int)(min + (double)i * step);
        if (zeros)
            snprintf(name, sizeof name, "%.*s%0*d%s", (int)(at - pattern), pattern, width, number,
                     at + length);
        else
            snprintf(name, sizeof name, "%.*s%*d%s", (int)(at - pattern), pattern, width, number,
                     at + length);
        s = pel__parts_add(parts, name, header);
    }
    return s;
}

/* ---- a file beside the header ---- */

static bool leaves_folder(const char *name)
{
    if (*name == '/' || *name == '~' || !*name)
        return true;
    for (const char *part = name; part; part = strchr(part, '/'), part = part ? part + 1 : NULL)
        if (strncmp(part, "..", 2) == 0 && (part[2] == '/' || !part[2]))
            return true;
    return false;
}

// links are followed, and must end in the header's folder
static pel_status check_link(const char *folder, const char *path, const char *shown)
{
    char *home = realpath(folder, NULL), *target = home ? realpath(path, NULL) : NULL;
    struct stat about;
    size_t length = home ? strlen(home) : 0;
    pel_status s = PEL_OK;
    if (!target || stat(target, &about) != 0)
        s = pel__fail(PEL_EIO, "%s: its data file %s cannot be opened: %s; copy both files", shown,
                      path, strerror(errno));
    else if (strncmp(target, home, length) != 0 || (length > 1 && target[length] != '/'))
        s = pel__fail(PEL_EUNSUPPORTED,
                      "%s: its data file %s is a link out of the header's folder, which is not "
                      "followed; copy the file beside the header",
                      shown, path);
    else if (!S_ISREG(about.st_mode))
        s = pel__fail(PEL_EUNSUPPORTED, "%s: its data file %s is no ordinary file", shown, path);
    free(home);
    free(target);
    return s;
}

// `shown`: the header, as messages name it
static pel_status open_beside(pel__bytes **out, const pel__opening *o, const char *name,
                              const char *shown, pel__hash *hash)
{
    char path[2 * NAME], folder[NAME];
    *out = NULL;
    if (o->alone)
        return pel__fail(PEL_EUNSUPPORTED,
                         "%s: its voxels are in another file, %.200s; name the header's own file, "
                         "or make one file of the two",
                         shown, name);
    if (leaves_folder(name))
        return pel__fail(PEL_EUNSUPPORTED,
                         "%s: names a data file outside its own folder, '%.200s', which is not "
                         "opened; copy that file beside the header and write its name alone there",
                         shown, name);
    while (strncmp(name, "./", 2) == 0)
        name += 2;
    const char *slash = strrchr(o->name, '/');
    int prefix = slash ? (int)(slash - o->name) + 1 : 0;
    snprintf(folder, sizeof folder, "%.*s", prefix ? prefix : 1, prefix ? o->name : ".");
    snprintf(path, sizeof path, "%.*s%s", prefix, o->name, name);
    if (!o->zip) {
        pel_status s = check_link(folder, path, shown);
        return s == PEL_OK ? pel__bytes_open_file(out, path, hash) : s;
    }
    int64_t index = pel__zip_find(o->zip, path);
    if (index < 0)
        return pel__fail(PEL_EIO,
                         "%s: its data file %s is not in the archive; put both files into it",
                         shown, path);
    return pel__zip_member(out, o->zip, index, hash);
}

/* ---- one file's voxels ---- */

static pel_status skip_lines(pel__bytes *b, int64_t count)
{
    for (int64_t line = 0; line < count;) {
        const uint8_t *head;
        uint8_t taken[PEL__PEEK];
        int64_t got;
        pel_status s = pel__bytes_peek(b, &head, &got);
        if (s != PEL_OK)
            return s;
        if (got == 0)
            return pel__fail(PEL_EFORMAT,
                             "%s: has fewer than the %lld lines that its header wants skipped",
                             b->name, (long long)count);
        const uint8_t *end = memchr(head, '\n', (size_t)got);
        line += end != NULL;
        s = pel__bytes_read(b, taken, end ? end - head + 1 : got, &got);
        if (s != PEL_OK)
            return s;
    }
    return PEL_OK;
}

// from a file to where its voxels begin; owns `file`, also on failure
static pel_status decode(pel__bytes **out, pel__bytes *file, const pel__parts *parts,
                         pel_dtype dtype, int64_t bytes, int64_t *offset)
{
    pel_status s = skip_lines(file, parts->skip_lines);
    bool raw = parts->coding == PEL__RAW, text = parts->coding >= PEL__DIGITS;
    *out = NULL;
    *offset = pel__bytes_at(file);
    if (s == PEL_OK && parts->skip_bytes < 0 && (!raw || file->size < 0))
        s = pel__fail(PEL_EUNSUPPORTED,
                      "%s: its voxels are said to be the last bytes of what is compressed or "
                      "piped, whose length nobody knows before its end; unpack the file first",
                      file->name);
    else if (s == PEL_OK && parts->skip_bytes < 0)
        *offset = file->size > bytes ? file->size - bytes : 0;
    else if (raw && !pel__add(offset, *offset, parts->skip_bytes))
        s = pel__fail(PEL_EFORMAT, "%s: skips more bytes than a file can have", file->name);
    // text is characters: they are skipped before they are read as numbers
    if (s == PEL_OK && text)
        s = pel__bytes_seek(file, *offset + parts->skip_bytes);
    if (s != PEL_OK) {
        pel__bytes_close(file);
        return s;
    }
    if (raw) {
        *out = file;
        return PEL_OK;
    }
    *offset = text ? 0 : parts->skip_bytes;
    s = pel__bytes_rest(out, file);
    return s == PEL_OK ? pel__bytes_decode(out, *out, parts->coding, dtype) : s;
}

/* ---- many files, one after the other ---- */

typedef struct chain {
    pel__opening near; // the header's name, owned, and its archive, borrowed
    char *shown;       // owned
    pel__parts parts;
    pel_dtype dtype;
    int64_t each;      // bytes of voxels in a file
    const char **name; // of each file, within parts.names; owned
    pel__hash *hash;   // borrowed
    int64_t hashed_files, hashed_bytes;
    pel__bytes *current;
    int64_t index, offset; // of `current`, and where its voxels begin
} chain;

// let go of the current file; what is hashed is hashed to its end
static pel_status leave(chain *c)
{
    pel_status s = PEL_OK;
    if (c->current && c->index == c->hashed_files) {
        int64_t size;
        s = pel__bytes_finish(c->current, &size);
        c->hashed_files++;
        c->hashed_bytes += s == PEL_OK ? size : 0;
    }
    pel__bytes_close(c->current);
    c->current = NULL;
    return s;
}

static pel_status enter(chain *c, int64_t index)
{
    if (c->current && c->index == index)
        return PEL_OK;
    pel_status s = leave(c);
    pel__bytes *file;
    if (s == PEL_OK)
        s = open_beside(&file, &c->near, c->name[index], c->shown,
                        index == c->hashed_files ? c->hash : NULL);
    c->index = index;
    if (s == PEL_OK)
        s = decode(&c->current, file, &c->parts, c->dtype, c->each, &c->offset);
    return s;
}

static pel_status next_of_chain(pel__bytes *b, void *out, int64_t most, int64_t *got)
{
    chain *c = b->state;
    int64_t index = b->pos / c->each, at = b->pos % c->each, left = c->each - at;
    *got = 0;
    if (index >= c->parts.count)
        return PEL_OK;
    int64_t want = most < left ? most : left;
    pel_status s = enter(c, index);
    if (s == PEL_OK)
        s = pel__bytes_seek(c->current, c->offset + at);
    if (s == PEL_OK)
        s = pel__bytes_need(c->current, out, want, "the voxels");
    if (s == PEL_OK && want == left)
        s = pel__bytes_end(c->current);
    if (s == PEL_OK)
        *got = want;
    return s;
}

static pel_status finish_chain(pel__bytes *b, int64_t *size)
{
    chain *c = b->state;
    pel_status s = leave(c);
    while (s == PEL_OK && c->hashed_files < c->parts.count) {
        s = enter(c, c->hashed_files);
        if (s == PEL_OK)
            s = leave(c);
    }
    *size = c->hashed_bytes;
    return s;
}

static void close_chain(pel__bytes *b)
{
    chain *c = b->state;
    if (!c)
        return;
    pel__bytes_close(c->current);
    pel__parts_free(&c->parts);
    pel__free(c->near.name);
    pel__free(c->shown);
    pel__free(c->name);
    pel__free(c);
}

static pel_status copy_name(char **out, const char *name)
{
    int64_t length = (int64_t)strlen(name) + 1;
    pel_status s = pel__alloc(out, length, 1, "a file name");
    if (s == PEL_OK)
        memcpy(*out, name, (size_t)length);
    return s;
}

// every file is there, and none is shorter than its voxels
static pel_status look_at_all(pel__bytes *b)
{
    chain *c = b->state;
    bool raw = c->parts.coding == PEL__RAW;
    pel__hash *hash = c->hash;
    pel_status s = PEL_OK;
    int64_t most = 0;
    c->hash = NULL;
    c->hashed_files = -1;
    for (int64_t i = 0; s == PEL_OK && i < c->parts.count; i++) {
        s = enter(c, i);
        if (s != PEL_OK)
            break;
        const pel__bytes *file = c->current;
        if (raw && file->size >= 0 && file->size - c->offset < c->each)
            s = pel__fail(PEL_EFORMAT,
                          "%s: has %lld bytes of voxels, but its header %s promises %lld; it is "
                          "cut short or its header is damaged",
                          file->name,
                          (long long)(file->size > c->offset ? file->size - c->offset : 0),
                          c->shown, (long long)c->each);
        int64_t has = file->most > c->each ? c->each : file->most;
        most += has;
        if (file->buffer_bytes > b->buffer_bytes)
            b->buffer_bytes = file->buffer_bytes;
    }
    pel_status left = leave(c);
    c->hash = hash;
    c->hashed_files = 0;
    b->most = most;
    if (raw)
        b->size = most;
    return s == PEL_OK ? left : s;
}

static pel_status open_chain(pel__bytes **out, const pel__opening *o, const char *shown,
                             const pel__parts *parts, pel_dtype dtype, int64_t bytes)
{
    chain *c;
    *out = NULL;
    if (bytes % parts->count)
        return pel__fail(PEL_EFORMAT,
                         "%s: its voxels do not divide into the %lld files it names; its header is "
                         "damaged",
                         shown, (long long)parts->count);
    pel_status s = pel__bytes_new(out, shown, NULL);
    if (s != PEL_OK)
        return s;
    pel__bytes *b = *out;
    s = pel__alloc_zero(&c, 1, sizeof *c, "a reader");
    if (s != PEL_OK)
        return s;
    b->state = c;
    b->next = next_of_chain;
    b->finish = finish_chain;
    b->close = close_chain;
    b->jumps = true;
    c->near.zip = o->zip;
    c->near.alone = o->alone;
    c->hash = o->hash;
    c->dtype = dtype;
    c->each = bytes / parts->count;
    c->parts = *parts;
    c->parts.names = (pel__text){ 0 };
    pel__text_add_bytes(&c->parts.names, parts->names.text, parts->names.length);
    if (c->parts.names.failed)
        return pel__fail(PEL_EMEMORY, "%s: no memory for the names of its files", shown);
    s = copy_name(&c->near.name, o->name);
    if (s == PEL_OK)
        s = copy_name(&c->shown, shown);
    if (s == PEL_OK)
        s = pel__alloc(&c->name, parts->count, sizeof *c->name, "the names of data files");
    if (s != PEL_OK)
        return s;
    const char *name = c->parts.names.text;
    for (int64_t i = 0; i < parts->count; i++, name += strlen(name) + 1)
        c->name[i] = name;
    return look_at_all(b);
}

/* ---- all together ---- */

pel_status pel__parts_open(pel__opening *o, const pel__parts *parts, pel_dtype dtype, int64_t bytes,
                           int64_t *offset)
{
    *offset = 0;
    pel__bytes *voxels = o->bytes;
    if (parts->count == 0) {
        o->bytes = NULL;
        pel_status s = decode(&voxels, voxels, parts, dtype, bytes, offset);
        o->bytes = voxels;
        return s;
    }
    const char *shown = o->bytes->name;
    // the header's bytes come before the data's in the hash
    int64_t size;
    voxels = NULL;
    pel_status s = pel__bytes_finish(o->bytes, &size);
    if (s == PEL_OK && parts->count == 1)
        s = open_beside(&voxels, o, parts->names.text, shown, o->hash);
    else if (s == PEL_OK)
        s = open_chain(&voxels, o, shown, parts, dtype, bytes);
    if (s == PEL_OK && parts->count == 1)
        s = decode(&voxels, voxels, parts, dtype, bytes, offset);
    if (s != PEL_OK) {
        pel__bytes_close(voxels);
        return s;
    }
    o->spent = o->bytes;
    o->bytes = voxels;
    return s;
}
