/* SPDX-License-Identifier: Apache-2.0 */
/* read.c: from a path or bytes to an open volume: standard input, archives, partners, formats. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/memory.h"
#include "base/status.h"
#include "base/text.h"
#include "read/dicom_open.h"
#include "read/dicom_scan.h"
#include "read/formats.h"
#include "read/series.h"
#include "read/stack.h"
#include "volume/volume.h"

enum { NAME = 4096 };

static const pel_param table[] = {
    PEL_TEXT(pel_read_params, raw, NULL, "SHAPE,TYPE,ORDER",
             "headerless: 256x256x128,int16,le[,OFFSET]"),
    PEL_TEXT(pel_read_params, slices, NULL, "START:STOP:STEP",
             "of a folder of slices or a TIFF stack only these, as numpy counts"),
    PEL_TEXT(pel_read_params, series, NULL, "NUMBER",
             "of DICOM with several series this one: its number or UID"),
    PEL_TEXT(pel_read_params, allow, NULL, "gaps,mixed",
             "accept missing slices; leave out slices of another size or type"),
};
const pel_schema pel_read_schema = PEL_SCHEMA(pel_read_params, "read", "read a volume file", table);

pel_read_params pel_read_defaults(void)
{
    pel_read_params params;
    pel_schema_defaults(&pel_read_schema, &params);
    return params;
}

void pel__opening_free(pel__opening *o)
{
    pel__bytes_close(o->bytes);
    pel__bytes_close(o->spent);
    pel__zip_close(o->zip);
    pel__hash_free(o->hash);
    pel__free(o->name);
    *o = (pel__opening){ 0 };
}

pel_status pel__opening_finish(pel__opening *o, pel_fields *fields)
{
    int64_t size, before = 0;
    pel_status s = pel__bytes_finish(o->bytes, &size);
    if (s == PEL_OK && o->spent)
        s = pel__bytes_finish(o->spent, &before);
    if (s != PEL_OK)
        return s;
    pel__hash_text(o->hash, fields->hash);
    fields->bytes = size + before;
    return PEL_OK;
}

static pel_status check_name(const char *name)
{
    if (strlen(name) >= NAME)
        return pel__fail(PEL_EPARAM, "%.60s...: the name is too long", name);
    return PEL_OK;
}

static pel_status set_name(pel__opening *o, const char *name)
{
    int64_t length = (int64_t)strlen(name) + 1;
    pel_status s = check_name(name);
    if (s != PEL_OK)
        return s;
    pel__free(o->name);
    s = pel__alloc(&o->name, length, 1, "a file name");
    if (s == PEL_OK)
        memcpy(o->name, name, (size_t)length);
    return s;
}

static bool exists(const pel__opening *o, const char *name)
{
    return o->zip ? pel__zip_find(o->zip, name) >= 0 : access(name, F_OK) == 0;
}

// open the file or member `name` and undo gzip
static pel_status open_bytes(pel__opening *o, const char *name)
{
    pel__bytes *raw = NULL;
    pel_status s = set_name(o, name);
    if (s == PEL_OK)
        s = o->zip ? pel__zip_member(&raw, o->zip, pel__zip_find(o->zip, name), o->hash)
                   : pel__bytes_open_file(&raw, name, o->hash);
    return s == PEL_OK ? pel__bytes_gunzip(&o->bytes, raw) : s;
}

/* ---- pairs: x.hdr and x.img, either of them with .gz ---- */

// the four letters before .gz, "" when the name is shorter
static size_t ending_at(const char *name)
{
    size_t length = strlen(name);
    if (pel__ends_with(name, ".gz"))
        length -= 3;
    return length >= 4 ? length - 4 : 0;
}

static bool ending_is(const char *name, const char *ending)
{
    char four[5] = { 0 };
    snprintf(four, sizeof four, "%s", name + ending_at(name));
    return pel__same_word(four, ending);
}

bool pel__partner_name(char out[4096], const char *name, int which)
{
    bool header = ending_is(name, ".hdr");
    if (!header && !ending_is(name, ".img"))
        return false;
    size_t at = ending_at(name);
    bool capitals = name[at + 1] == 'H' || name[at + 1] == 'I';
    const char *ending = header ? (capitals ? ".IMG" : ".img") : (capitals ? ".HDR" : ".hdr");
    snprintf(out, 4096, "%.*s%s%s", (int)at, name, ending, which ? ".gz" : "");
    return which < 2;
}

static bool find_partner(const pel__opening *o, char out[NAME])
{
    for (int which = 0; pel__partner_name(out, o->name, which); which++)
        if (exists(o, out))
            return true;
    return false;
}

pel_status pel__open_partner(pel__opening *o)
{
    char partner[NAME];
    const char *shown = o->bytes->name;
    if (o->alone)
        return pel__fail(PEL_EUNSUPPORTED,
                         "%s: is the header of a pair, whose data is in another file; name the "
                         ".hdr file, or make one .nii of the two",
                         shown);
    if (!find_partner(o, partner)) {
        bool known = pel__partner_name(partner, o->name, 0);
        return pel__fail(PEL_EIO,
                         "%s: is the header of a pair, but its data file %s is not there; copy "
                         "both files",
                         shown, known ? partner : ".img");
    }
    // the header's bytes come before the data's in the hash
    int64_t size;
    pel_status s = pel__bytes_finish(o->bytes, &size);
    o->spent = o->bytes;
    o->bytes = NULL;
    return s == PEL_OK ? open_bytes(o, partner) : s;
}

/* ---- which file a path means ---- */

// x stands for x.nii, x.hdr..., with or without .gz; .img for its .hdr
static pel_status find_file(const pel__opening *o, char out[NAME], const char *name)
{
    int found = 0;
    pel_status s = check_name(name);
    snprintf(out, NAME, "%s", name);
    if (s != PEL_OK || exists(o, name))
        return s;
    char other[NAME];
    snprintf(other, NAME, "%.*s.gz", NAME - 4, name);
    if (pel__formats_know(name) && exists(o, other)) {
        snprintf(out, NAME, "%s", other);
        return PEL_OK;
    }
    static const char *const endings[] = { ".nii", ".nii.gz", ".hdr", ".hdr.gz", ".npy" };
    for (int i = 0; i < 5 && !pel__formats_know(name); i++) {
        snprintf(other, NAME, "%.*s%s", NAME - 8, name, endings[i]);
        if (exists(o, other) && found++ == 0)
            snprintf(out, NAME, "%s", other);
    }
    if (found > 1)
        return pel__fail(PEL_EPARAM, "%s: stands for %s and %d more; write the whole name", name,
                         out, found - 1);
    return PEL_OK; // a name that is not there fails when it is opened
}

/* ---- archives ---- */

static bool is_volume_member(const pel__zip *zip, const char *name)
{
    const char *last = strrchr(name, '/');
    char partner[NAME];
    last = last ? last + 1 : name;
    if (!*last || strncmp(last, "._", 2) == 0 || strncmp(name, "__MACOSX/", 9) == 0 ||
        strlen(name) > NAME - 8 || !pel__formats_know(name))
        return false;
    // of a pair the header stands for both
    if (ending_is(name, ".img"))
        for (int which = 0; pel__partner_name(partner, name, which); which++)
            if (pel__zip_find(zip, partner) >= 0)
                return false;
    return true;
}

// the volumes in an archive: how many, the first, and a list of the first few for a message
static int64_t list_volumes(const pel__zip *zip, const char **first, char list[512])
{
    int64_t count = 0;
    bool cut = false;
    *first = NULL;
    *list = 0;
    for (int64_t i = 0; i < pel__zip_count(zip); i++) {
        const char *name = pel__zip_name(zip, i);
        if (!name || !is_volume_member(zip, name))
            continue;
        if (!*first)
            *first = name;
        count++;
        if (cut)
            continue;
        size_t used = strlen(list);
        cut = count > 8 || used + strlen(name) + 3 > 500;
        snprintf(list + used, 512 - used, "%s%s", used ? ", " : "", cut ? "..." : name);
    }
    return count;
}

static pel_status choose_member(const pel__opening *o, char out[NAME], const char *archive,
                                const char *member)
{
    const char *first;
    char list[512];
    if (member && *member) {
        pel_status s = find_file(o, out, member);
        if (s != PEL_OK || pel__zip_find(o->zip, out) >= 0)
            return s;
        int64_t count = list_volumes(o->zip, &first, list);
        return pel__fail(PEL_EIO, "%s: has no member '%s'; its volumes are: %s", archive, member,
                         count ? list : "none");
    }
    int64_t count = list_volumes(o->zip, &first, list);
    if (count == 0)
        return pel__fail(PEL_EUNSUPPORTED,
                         "%s: holds no volume that is read (NIfTI, Analyze 7.5, NRRD, MetaImage, "
                         "MGH, npy) among its "
                         "%lld entries",
                         archive, (long long)pel__zip_count(o->zip));
    if (count > 1)
        return pel__fail(PEL_EPARAM, "%s: holds %lld volumes; name one as %s::MEMBER, of %s",
                         archive, (long long)count, archive, list);
    snprintf(out, NAME, "%s", first);
    return PEL_OK;
}

// a folder of the archive, or all of it, stands for the DICOM files below
static bool means_dicom(const pel__opening *o, const char *folder)
{
    const char *first;
    char list[512];
    if (pel__zip_find(o->zip, folder) >= 0 && !pel__ends_with(folder, "/"))
        return false;
    return (*folder || list_volumes(o->zip, &first, list) == 0) &&
           pel__dicom_is_in_zip(o->zip, folder);
}

static pel_status open_member(pel__opening *o, const char *archive, const char *member)
{
    char name[NAME];
    pel_status s = check_name(member ? member : "");
    if (s == PEL_OK && means_dicom(o, member ? member : "")) {
        o->dicom = true;
        return set_name(o, member ? member : "");
    }
    if (s == PEL_OK)
        s = choose_member(o, name, archive, member);
    return s == PEL_OK ? open_bytes(o, name) : s;
}

static bool is_zip(const uint8_t *head, int64_t count)
{
    return count >= 4 && memcmp(head, "PK", 2) == 0 &&
           (memcmp(head + 2, "\3\4", 2) == 0 || memcmp(head + 2, "\5\6", 2) == 0);
}

// scan.zip::member, unless a file really has that name
static bool split_member(char archive[NAME], const char **member, const char *path)
{
    const char *at = strstr(path, "::");
    *member = NULL;
    if (!at || at == path || (size_t)(at - path) >= NAME || access(path, F_OK) == 0)
        return false;
    snprintf(archive, NAME, "%.*s", (int)(at - path), path);
    *member = at + 2;
    return true;
}

pel_status pel__open_path(pel__opening *o, const char *path)
{
    char name[NAME];
    const char *member;
    if (strcmp(path, "-") == 0) {
        pel__bytes *raw;
        pel_status s = set_name(o, "-");
        o->alone = true;
        if (s == PEL_OK)
            s = pel__bytes_open_stdin(&raw, o->hash);
        return s == PEL_OK ? pel__bytes_gunzip(&o->bytes, raw) : s;
    }
    if (split_member(name, &member, path)) {
        pel_status s = pel__zip_open_file(&o->zip, name);
        return s == PEL_OK ? open_member(o, name, member) : s;
    }
    pel_status s = find_file(o, name, path);
    if (s == PEL_OK)
        s = open_bytes(o, name);
    if (s != PEL_OK || o->params->raw)
        return s;
    const uint8_t *head;
    int64_t count;
    s = pel__bytes_peek(o->bytes, &head, &count);
    if (s != PEL_OK || !is_zip(head, count) || o->bytes->inner)
        return s;
    pel__bytes_close(o->bytes);
    o->bytes = NULL;
    pel__hash_free(o->hash);
    o->hash = NULL;
    s = pel__hash_new(&o->hash);
    if (s == PEL_OK)
        s = pel__zip_open_file(&o->zip, path);
    return s == PEL_OK ? open_member(o, path, NULL) : s;
}

/* ---- what the file is ---- */

static bool starts_pair(const pel__opening *o, const uint8_t *head, int64_t count)
{
    for (int f = 0; pel__formats[f]; f++)
        if (pel__formats[f]->is(o, head, count))
            return false;
    return ending_is(o->name, ".img");
}

// the data file was named: go on with its header
static pel_status open_header_of(pel__opening *o)
{
    char header[NAME] = ".hdr";
    if (o->alone || !find_partner(o, header)) {
        if (!o->alone)
            pel__partner_name(header, o->name, 0);
        return pel__fail(PEL_EIO,
                         "%s: is the data of a pair, but its header %s is not there; copy both "
                         "files, or give --raw",
                         o->bytes->name, header);
    }
    pel__bytes_close(o->bytes);
    o->bytes = NULL;
    pel__hash_free(o->hash);
    o->hash = NULL;
    pel_status s = pel__hash_new(&o->hash);
    return s == PEL_OK ? open_bytes(o, header) : s;
}

// `shown`: the path, for messages about all of it
static pel_status open_format(pel_source *out, pel__opening *o, const char *shown)
{
    const uint8_t *head;
    int64_t count;
    if (o->dicom)
        return pel__dicom_open_zip(out, o, shown);
    pel_status s = pel__bytes_peek(o->bytes, &head, &count);
    if (s == PEL_OK && starts_pair(o, head, count)) {
        s = open_header_of(o);
        if (s == PEL_OK)
            s = pel__bytes_peek(o->bytes, &head, &count);
    }
    if (s != PEL_OK)
        return s;
    for (int f = 0; pel__formats[f]; f++)
        if (pel__formats[f]->is(o, head, count)) {
            s = pel__formats[f]->open(out, o);
            if (s != PEL_OK)
                pel_source_close(out);
            return s;
        }
    return pel__formats_refuse(o, head, count);
}

pel_status pel_open_volume(pel_source *out, const char *path, const pel_read_params *params)
{
    *out = (pel_source){ 0 };
    pel_read_params defaults = pel_read_defaults();
    pel__opening opening = { .params = params ? params : &defaults };
    pel_status s = pel_schema_check(&pel_read_schema, opening.params);
    if (s == PEL_OK)
        s = pel__allow_check(opening.params);
    if (s == PEL_OK)
        s = pel__hash_new(&opening.hash);
    if (s == PEL_OK && !opening.params->raw && pel__series_is(path)) {
        const pel_read_params *given = opening.params;
        pel__opening_free(&opening);
        return pel__dicom_is_folder(path) ? pel__dicom_open_folder(out, path, given)
                                          : pel__series_open(out, path, given);
    }
    if (s == PEL_OK)
        s = pel__open_path(&opening, path);
    if (s == PEL_OK)
        s = open_format(out, &opening, path);
    pel__opening_free(&opening);
    return s;
}

static pel_status read_and_close(pel_volume *out, pel_source *source)
{
    pel_status s = pel_source_read(out, source);
    pel_source_close(source);
    return s;
}

pel_status pel_read_volume(pel_volume *out, const char *path, const pel_read_params *params)
{
    *out = (pel_volume){ 0 };
    pel_source source;
    pel_status s = pel_open_volume(&source, path, params);
    return s == PEL_OK ? read_and_close(out, &source) : s;
}

pel_status pel__open_memory(pel__opening *o, const void *bytes, size_t size, const char *name)
{
    pel__bytes *raw;
    if (is_zip(bytes, (int64_t)size)) {
        pel_status s = pel__zip_open_memory(&o->zip, bytes, size, name);
        return s == PEL_OK ? open_member(o, name, NULL) : s;
    }
    o->alone = true;
    pel_status s = set_name(o, name);
    if (s == PEL_OK)
        s = pel__bytes_open_memory(&raw, bytes, size, name, o->hash);
    return s == PEL_OK ? pel__bytes_gunzip(&o->bytes, raw) : s;
}

pel_status pel_read_volume_bytes(pel_volume *out, const void *bytes, size_t size, const char *name)
{
    *out = (pel_volume){ 0 };
    pel_source source = { 0 };
    pel_read_params defaults = pel_read_defaults();
    pel__opening opening = { .params = &defaults };
    pel_status s = pel__hash_new(&opening.hash);
    if (s == PEL_OK)
        s = pel__open_memory(&opening, bytes, size, name);
    if (s == PEL_OK)
        s = open_format(&source, &opening, name);
    pel__opening_free(&opening);
    return s == PEL_OK ? read_and_close(out, &source) : s;
}
