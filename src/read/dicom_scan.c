/* SPDX-License-Identifier: Apache-2.0 */
/* dicom_scan.c: the DICOM files of a folder tree, a pattern or an archive, and what their heads
 * say.
 */
#include "read/dicom_scan.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/job.h"
#include "base/memory.h"
#include "base/status.h"
#include "base/text.h"
#include "read/series.h"
#include "read/stack.h"

enum { NAME = 4096, DEEPEST = 16, MOST_FILES = 1 << 20 };

/* ---- names ---- */

static const char *last_part(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

// .dcm and .ima; names without an ending, or with a number as one (of UIDs and of old scanners)
static bool may_be_dicom(const char *name)
{
    const char *last = last_part(name), *dot = strrchr(last, '.');
    if (!*last || *last == '.')
        return false;
    return !dot || pel__ends_with(last, ".dcm") || pel__ends_with(last, ".ima") ||
           pel__ends_with(last, ".dicom") || pel__ends_with(last, ".dcm.gz") ||
           strspn(dot + 1, "0123456789") == strlen(dot + 1);
}

static pel_status add_name(pel__dicom_set *set, const char *name)
{
    char *path;
    int64_t length = (int64_t)strlen(name) + 1;
    if (set->files == MOST_FILES)
        return pel__fail(PEL_EUNSUPPORTED, "%s: holds more than %d files; name a folder within it",
                         set->name, MOST_FILES);
    pel_status s = pel__alloc(&path, length, 1, "a file name");
    if (s != PEL_OK)
        return s;
    memcpy(path, name, (size_t)length);
    return pel__dicom_add_file(set, path);
}

/* ---- folders ---- */

// links are not followed: a tree ends, and does not lead out of itself
static pel_status walk(pel__dicom_set *set, const char *path, int depth)
{
    DIR *folder = opendir(path);
    if (!folder)
        return pel__fail(PEL_EIO, "%s: the folder cannot be opened: %s", path, strerror(errno));
    pel_status s = PEL_OK;
    for (struct dirent *entry; s == PEL_OK && (entry = readdir(folder));) {
        char inner[NAME];
        struct stat about;
        bool slash = path[strlen(path) - 1] != '/';
        int length = snprintf(inner, sizeof inner, "%s%s%s", path, slash ? "/" : "", entry->d_name);
        if (*entry->d_name == '.' || length >= (int)sizeof inner || lstat(inner, &about) != 0)
            continue;
        if (S_ISREG(about.st_mode) && !pel__series_is_slice(inner))
            s = add_name(set, inner);
        else if (S_ISDIR(about.st_mode) && depth < DEEPEST)
            s = walk(set, inner, depth + 1);
        if (s == PEL_OK)
            s = pel__cancelled();
    }
    closedir(folder);
    return s;
}

static bool file_is(const char *path)
{
    pel__bytes *bytes = NULL;
    const uint8_t *head;
    int64_t count;
    struct stat about;
    if (stat(path, &about) != 0 || !S_ISREG(about.st_mode))
        return false;
    pel_status s = pel__bytes_open_file(&bytes, path, NULL);
    if (s == PEL_OK)
        s = pel__bytes_gunzip(&bytes, bytes);
    if (s == PEL_OK)
        s = pel__bytes_peek(bytes, &head, &count);
    bool is = s == PEL_OK && pel__dicom_is(head, count);
    pel__bytes_close(bytes);
    return is;
}

// whether files of the folder itself are slices (1) or DICOM (2); 0: neither
static int kind_of_folder(const char *path)
{
    DIR *folder = opendir(path);
    int kind = 0;
    for (struct dirent *entry; folder && kind < 2 && (entry = readdir(folder));) {
        char inner[NAME];
        int length = snprintf(inner, sizeof inner, "%s/%s", path, entry->d_name);
        if (*entry->d_name == '.' || length >= (int)sizeof inner)
            continue;
        if (pel__series_is_slice(inner))
            kind = 1;
        else if (file_is(inner))
            kind = 2;
    }
    if (folder)
        closedir(folder);
    return kind;
}

bool pel__dicom_is_folder(const char *path)
{
    struct stat about;
    if (stat(path, &about) == 0) {
        int kind = kind_of_folder(path);
        pel__dicom_set set = { .name = path };
        bool found = kind == 2;
        if (kind == 0 && walk(&set, path, 0) == PEL_OK)
            for (int64_t i = 0; i < set.files && !found; i++)
                found = file_is(set.file[i].name);
        pel__dicom_set_free(&set);
        return found;
    }
    glob_t names = { 0 };
    bool found = false;
    glob(path, GLOB_NOSORT, NULL, &names);
    for (size_t i = 0; i < names.gl_pathc && !found; i++)
        found = !pel__series_is_slice(names.gl_pathv[i]) && file_is(names.gl_pathv[i]);
    globfree(&names);
    return found;
}

static pel_status list_pattern(pel__dicom_set *set, const char *pattern)
{
    glob_t names = { 0 };
    pel_status s = PEL_OK;
    glob(pattern, GLOB_NOSORT, NULL, &names);
    for (size_t i = 0; s == PEL_OK && i < names.gl_pathc; i++) {
        struct stat about;
        if (stat(names.gl_pathv[i], &about) == 0 && S_ISREG(about.st_mode))
            s = add_name(set, names.gl_pathv[i]);
    }
    globfree(&names);
    return s;
}

static int by_name(const void *a, const void *b)
{
    return pel__natural_order(((const pel__dicom_file *)a)->name,
                              ((const pel__dicom_file *)b)->name);
}

// a folder lists its files in any order; what is said of them must not depend on it
pel_status pel__dicom_list_folder(pel__dicom_set *set, const char *path)
{
    struct stat about;
    pel_status s = stat(path, &about) == 0 ? walk(set, path, 0) : list_pattern(set, path);
    if (s == PEL_OK)
        qsort(set->file, (size_t)set->files, sizeof *set->file, by_name);
    return s;
}

/* ---- archives ---- */

static bool is_below(const char *name, const char *folder)
{
    size_t length = strlen(folder);
    while (length > 0 && folder[length - 1] == '/')
        length--;
    return length == 0 || (strncmp(name, folder, length) == 0 && name[length] == '/');
}

static bool member_is(pel__zip *zip, int64_t index)
{
    pel__bytes *bytes;
    const uint8_t *head;
    int64_t count;
    if (pel__zip_member(&bytes, zip, index, NULL) != PEL_OK)
        return false;
    bool is = pel__bytes_peek(bytes, &head, &count) == PEL_OK && pel__dicom_is(head, count);
    pel__bytes_close(bytes);
    return is;
}

bool pel__dicom_is_in_zip(pel__zip *zip, const char *folder)
{
    for (int64_t i = 0; i < pel__zip_count(zip); i++) {
        const char *name = pel__zip_name(zip, i);
        if (name && is_below(name, folder) && may_be_dicom(name) && member_is(zip, i))
            return true;
    }
    return false;
}

pel_status pel__dicom_list_zip(pel__dicom_set *set, pel__zip *zip, const char *folder)
{
    pel_status s = PEL_OK;
    for (int64_t i = 0; i < pel__zip_count(zip) && s == PEL_OK; i++) {
        const char *name = pel__zip_name(zip, i);
        if (name && is_below(name, folder) && may_be_dicom(name))
            s = add_name(set, name);
    }
    return s;
}

/* ---- what the heads say ---- */

// ISO 8859-1 and UTF-8 become UTF-8; of other alphabets only what is ASCII is kept
static void to_utf8(char text[PEL__DICOM_TEXT], const char *charset)
{
    char out[PEL__DICOM_TEXT];
    size_t n = 0;
    bool latin = strcmp(charset, "ISO_IR 100") == 0, utf8 = strcmp(charset, "ISO_IR 192") == 0;
    for (const char *c = text; *c && n + 3 < sizeof out; c++) {
        unsigned char byte = (unsigned char)*c;
        if (byte < 128 || utf8)
            out[n++] = *c;
        else if (latin) {
            out[n++] = (char)(0xc0 | byte >> 6);
            out[n++] = (char)(0x80 | (byte & 0x3f));
        } else
            out[n++] = '?';
    }
    out[n] = 0;
    memcpy(text, out, n + 1);
}

static bool same_letters(const char *a, const char *b, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (tolower((unsigned char)a[i]) != tolower((unsigned char)b[i]))
            return false;
    return true;
}

// a description that repeats part of the patient's name says nothing
static void hide_patient(pel__dicom *d)
{
    for (const char *at = d->patient; *at;) {
        size_t length = strcspn(at, "^= ,"), rest = strlen(d->description);
        for (size_t i = 0; length >= 3 && i + length <= rest; i++)
            if (same_letters(d->description + i, at, length)) {
                *d->description = 0;
                break;
            }
        at += length + (at[length] != 0);
    }
    memset(d->patient, 0, sizeof d->patient);
}

void pel__dicom_clean(pel__dicom *d)
{
    to_utf8(d->description, d->charset);
    hide_patient(d);
}

// a header is believed only as far as bytes can be behind it
pel_status pel__dicom_check(pel__dicom_file *file, pel__bytes *bytes)
{
    const pel__dicom *d = &file->head;
    pel__dicom_reader r;
    pel_status s;
    if (bytes->jumps) {
        s = pel__dicom_reader_open(&r, d, bytes);
        file->stored = r.stored;
        file->open_bytes = s == PEL_OK ? pel__dicom_open_bytes(&r) : 0;
        pel__dicom_reader_free(&r);
        return s;
    }
    pel__dicom_pixels p;
    int64_t need, bits;
    s = pel__dicom_pixels_of(&p, d, bytes->name);
    // kept pixels grow by half of them at most, while both are there
    r = (pel__dicom_reader){ .dicom = d, .pixels = p };
    file->stored = pel__dicom_most_stored(&p);
    file->open_bytes = pel__dicom_open_bytes(&r) + 2 * pel__dicom_most_held(d, bytes->name);
    // a compressed frame has at least the eight bytes of its item
    bits = p.codec ? 64 : p.bits;
    if (s == PEL_OK && (!pel__multiply(&need, bits, p.frames) || need / 8 > bytes->most))
        s = pel__fail(PEL_EFORMAT,
                      "%s: promises %lld frames, more than so small a file can hold; it is cut "
                      "short or its header is damaged",
                      bytes->name, (long long)p.frames);
    return s;
}

pel_status pel__dicom_open_file(pel__bytes **out, const pel__dicom_file *file, pel__zip *zip,
                                pel__hash *hash)
{
    pel__bytes *raw;
    *out = NULL;
    pel_status s = zip ? pel__zip_member(&raw, zip, pel__zip_find(zip, file->name), hash)
                       : pel__bytes_open_file(&raw, file->name, hash);
    return s == PEL_OK ? pel__bytes_gunzip(out, raw) : s;
}

typedef struct scan {
    pel__dicom_set *set;
    pel__zip *zip;
} scan;

static pel_status scan_file(void *user, int64_t n)
{
    const scan *w = user;
    pel__dicom_file *file = &w->set->file[n];
    pel__bytes *bytes;
    const uint8_t *head;
    int64_t count = 0;
    pel_status s = pel__dicom_open_file(&bytes, file, w->zip, NULL);
    if (s == PEL_OK)
        s = pel__bytes_peek(bytes, &head, &count);
    if (s == PEL_OK && pel__dicom_is(head, count)) {
        s = pel__dicom_parse(&file->head, &bytes, false);
        if (s == PEL_OK && file->head.has_pixels)
            s = pel__dicom_check(file, bytes);
        if (s == PEL_OK)
            pel__dicom_clean(&file->head);
    }
    pel__bytes_close(bytes);
    // what is damaged is left out only where that is allowed
    if (s == PEL_EFORMAT && pel__allows(w->set->params, "mixed")) {
        pel__dicom_free(&file->head);
        file->damaged = true;
        return PEL_OK;
    }
    return s;
}

// files that are no images of DICOM are let go
static void drop_others(pel__dicom_set *set)
{
    int64_t kept = 0, damaged = 0;
    for (int64_t i = 0; i < set->files; i++) {
        pel__dicom_file *file = &set->file[i];
        damaged += file->damaged;
        if (file->head.has_pixels) {
            set->file[kept++] = *file;
            continue;
        }
        pel__dicom_free(&file->head);
        pel__free(file->name);
    }
    if (damaged)
        pel__note("%s: %lld damaged files are left out", set->name, (long long)damaged);
    set->others = set->files - kept - damaged;
    set->files = kept;
}

pel_status pel__dicom_scan(pel__dicom_set *set, pel__zip *zip)
{
    scan w = { set, zip };
    pel_status s = PEL_OK;
    // an archive is read by one thread
    for (int64_t i = 0; zip && i < set->files && s == PEL_OK; i++)
        s = scan_file(&w, i);
    if (!zip)
        s = pel__parallel(set->files, scan_file, &w, NULL);
    if (s != PEL_OK)
        return s;
    int64_t there = set->files;
    drop_others(set);
    if (set->files == 0)
        return pel__fail(PEL_EDATA, "%s: holds no images among its %lld files of DICOM", set->name,
                         (long long)there);
    return PEL_OK;
}
