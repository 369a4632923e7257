/* SPDX-License-Identifier: Apache-2.0 */
/* made.c: what pellucid wrote into a file of how it was made. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <pellucid/read.h>

#include "base/memory.h"
#include "base/status.h"
#include "base/text.h"
#include "read/made.h"

enum { PART = 2 << 20, COMMENT = 6 };

static const char start[] = "{\"pellucid\":";

/* ---- the text in bytes ---- */

// where the JSON that begins at `text` ends; NULL: it does not
static const char *json_end(const char *text, const char *end)
{
    int depth = 0;
    bool quoted = false;
    for (; text < end; text++) {
        if (quoted && *text == '\\')
            text++;
        else if (*text == '"')
            quoted = !quoted;
        else if (!quoted && *text == '{')
            depth++;
        else if (!quoted && *text == '}' && --depth == 0)
            return text + 1;
    }
    return NULL;
}

// SVG writes < as &lt;
static void unescape(pel__text *out, const char *text, const char *end)
{
    static const struct {
        const char *word, *stands_for;
    } words[] = { { "&lt;", "<" }, { "&gt;", ">" }, { "&amp;", "&" }, { "&quot;", "\"" } };
    while (text < end) {
        int w = 0;
        while (w < 4 && ((size_t)(end - text) < strlen(words[w].word) ||
                         memcmp(text, words[w].word, strlen(words[w].word)) != 0))
            w++;
        if (w == 4)
            pel__text_add_bytes(out, text, 1);
        else
            pel__text_add(out, "%s", words[w].stands_for);
        text += w == 4 ? 1 : strlen(words[w].word);
    }
}

static bool begins(const char *bytes, size_t size, const char *with)
{
    return size >= strlen(with) && memcmp(bytes, with, strlen(with)) == 0;
}

static int hex_digit(char c)
{
    return c >= '0' && c <= '9' ? c - '0' : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

// a half of a pair becomes ?
static void add_utf8(pel__text *out, int code)
{
    char bytes[4] = { 0 };
    if (code < 0x80)
        bytes[0] = (char)code;
    else if (code < 0x800) {
        bytes[0] = (char)(0xc0 | code >> 6);
        bytes[1] = (char)(0x80 | (code & 63));
    } else if (code < 0xd800 || code > 0xdfff) {
        bytes[0] = (char)(0xe0 | code >> 12);
        bytes[1] = (char)(0x80 | (code >> 6 & 63));
        bytes[2] = (char)(0x80 | (code & 63));
    } else
        bytes[0] = '?';
    pel__text_add_bytes(out, bytes, strnlen(bytes, sizeof bytes));
}

static void decode_hex(pel__text *out, const char *hex, const char *end)
{
    for (; end - hex >= 4; hex += 4) {
        int code = 0;
        for (int i = 0; i < 4; i++)
            code = code < 0 || hex_digit(hex[i]) < 0 ? -1 : code << 4 | hex_digit(hex[i]);
        if (code < 0)
            return;
        add_utf8(out, code);
    }
}

// up to the parenthesis that closes it: others stand behind a backslash
static void decode_literal(pel__text *out, const char *text, const char *end)
{
    for (; text < end && *text != ')'; text++) {
        text += *text == '\\' && end - text > 1;
        pel__text_add_bytes(out, text, 1);
    }
}

// PDF keeps keywords of plain letters as they are, others as UTF-16 in hex
static void decode_keywords(pel__text *out, const char *bytes, const char *end)
{
    static const char key[] = "/Keywords ", plain[] = "(", hex[] = "<FEFF";
    const char *at = memmem(bytes, (size_t)(end - bytes), key, sizeof key - 1);
    if (!at)
        return;
    at += sizeof key - 1;
    size_t left = (size_t)(end - at);
    if (begins(at, left, plain))
        decode_literal(out, at + sizeof plain - 1, end);
    else if (begins(at, left, hex))
        decode_hex(out, at + sizeof hex - 1, end);
}

// GIF cuts comments into pieces of at most 255 bytes
static void join_pieces(pel__text *out, const char *bytes, const char *end)
{
    while (bytes < end && *bytes) {
        size_t size = (unsigned char)*bytes++;
        if ((size_t)(end - bytes) < size)
            return;
        pel__text_add_bytes(out, bytes, size);
        bytes += size;
    }
}

static char *found(const char *bytes, const char *end)
{
    pel__text out = { 0 };
    const char *hit =
        end > bytes ? memmem(bytes, (size_t)(end - bytes), start, sizeof start - 1) : NULL;
    const char *stop = hit ? json_end(hit, end) : NULL;
    if (stop)
        pel__text_add_bytes(&out, hit, (size_t)(stop - hit));
    if (out.failed)
        pel__text_free(&out);
    return out.text;
}

// some formats wrap the text: unwrapped, it is looked for again
char *pel__made_find(const void *bytes, size_t size)
{
    const char *text = bytes, *end = text + size;
    pel__text plain = { 0 };
    if (size == 0)
        return NULL;
    if (begins(text, size, "GIF8")) {
        const char *hit = memmem(text + 1, size - 1, start, sizeof start - 1);
        if (hit)
            join_pieces(&plain, hit - 1, end);
    } else if (begins(text, size, "%PDF"))
        decode_keywords(&plain, text, end);
    else if (begins(text, size, "<?xml"))
        unescape(&plain, text, end);
    else
        return found(text, end);
    char *out = plain.text && !plain.failed ? found(plain.text, plain.text + plain.length) : NULL;
    pel__text_free(&plain);
    return out;
}

/* ---- files ---- */

static size_t read_at(int fd, char *to, size_t size, off_t at)
{
    size_t done = 0;
    while (done < size) {
        ssize_t n = pread(fd, to + done, size - done, at + (off_t)done);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            break;
        done += (size_t)n;
    }
    return done;
}

// the first and the last part: pictures say it before, films and TIFF behind what is long
static pel_status search(char **out, int fd, off_t size)
{
    char *part;
    pel_status s = pel__alloc(&part, PART, 1, "a part of a file");
    if (s != PEL_OK)
        return s;
    *out = pel__made_find(part, read_at(fd, part, PART, 0));
    if (!*out && size > PART)
        *out = pel__made_find(part, read_at(fd, part, PART, size - PART));
    pel__free(part);
    return PEL_OK;
}

// packed volumes: what their readers keep as a comment
static char *of_volume(const char *path)
{
    pel_source source;
    char *out = NULL;
    if (pel_open_volume(&source, path, NULL) != PEL_OK)
        return NULL;
    const pel_fields *f = &source.shape.fields;
    for (int i = 0; i < f->extension_count && !out; i++)
        if (f->extensions[i].code == COMMENT)
            out = pel__made_find(f->extensions[i].bytes, (size_t)f->extensions[i].size);
    pel_source_close(&source);
    return out;
}

pel_status pel_read_made(char **out, const char *path)
{
    struct stat info;
    *out = NULL;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0 || fstat(fd, &info) != 0) {
        pel_status s = pel__fail(PEL_EIO, "%s: %s", path, strerror(errno));
        if (fd >= 0)
            close(fd);
        return s;
    }
    pel_status s = S_ISREG(info.st_mode) ? search(out, fd, info.st_size) : PEL_OK;
    close(fd);
    if (s == PEL_OK && !*out)
        *out = of_volume(path);
    if (s != PEL_OK || *out)
        return s;
    return pel__fail(PEL_EDATA,
                     "%s: does not say how it was made: not written by pellucid, by "
                     "--provenance none, or in a format without room for it (then "
                     "--sidecar keeps it beside the file)",
                     path);
}
