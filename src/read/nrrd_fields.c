/* SPDX-License-Identifier: Apache-2.0 */
/* nrrd_fields.c: the lines of a NRRD header (teem.sourceforge.net/nrrd/format.html). */
#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/status.h"
#include "read/nrrd.h"

enum { NEWEST = 5, NAME = 4096 };

void pel__nrrd_free(pel__nrrd *nrrd)
{
    pel__parts_free(&nrrd->parts);
    pel__text_free(&nrrd->keys);
    pel__text_free(&nrrd->provenance);
}

static pel_status wrong(const pel__nrrd *n, const char *field, const char *value, const char *why)
{
    return pel__fail(PEL_EFORMAT, "%s: its NRRD field '%s: %.80s' %s; its header is damaged",
                     n->name, field, value, why);
}

// the same whatever the case and the blanks between words, of at most `room` - 1 characters
static void squeeze(char *out, size_t room, const char *text)
{
    size_t count = 0;
    for (; *text && count < room - 1; text++)
        if (!isspace((unsigned char)*text))
            out[count++] = (char)tolower((unsigned char)*text);
    out[count] = 0;
}

/* ---- basic fields ---- */

static const struct type {
    const char *name;
    pel_dtype dtype;
} types[] = {
    { "signedchar", PEL_INT8 },
    { "char", PEL_INT8 },
    { "int8", PEL_INT8 },
    { "int8_t", PEL_INT8 },
    { "uchar", PEL_UINT8 },
    { "unsignedchar", PEL_UINT8 },
    { "uint8", PEL_UINT8 },
    { "uint8_t", PEL_UINT8 },
    { "short", PEL_INT16 },
    { "shortint", PEL_INT16 },
    { "signedshort", PEL_INT16 },
    { "signedshortint", PEL_INT16 },
    { "int16", PEL_INT16 },
    { "int16_t", PEL_INT16 },
    { "ushort", PEL_UINT16 },
    { "unsignedshort", PEL_UINT16 },
    { "unsignedshortint", PEL_UINT16 },
    { "uint16", PEL_UINT16 },
    { "uint16_t", PEL_UINT16 },
    { "int", PEL_INT32 },
    { "signedint", PEL_INT32 },
    { "int32", PEL_INT32 },
    { "int32_t", PEL_INT32 },
    { "uint", PEL_UINT32 },
    { "unsignedint", PEL_UINT32 },
    { "uint32", PEL_UINT32 },
    { "uint32_t", PEL_UINT32 },
    { "longlong", PEL_INT64 },
    { "longlongint", PEL_INT64 },
    { "signedlonglong", PEL_INT64 },
    { "signedlonglongint", PEL_INT64 },
    { "int64", PEL_INT64 },
    { "int64_t", PEL_INT64 },
    { "ulonglong", PEL_UINT64 },
    { "unsignedlonglong", PEL_UINT64 },
    { "unsignedlonglongint", PEL_UINT64 },
    { "uint64", PEL_UINT64 },
    { "uint64_t", PEL_UINT64 },
    { "float", PEL_FLOAT32 },
    { "double", PEL_FLOAT64 },
};

static pel_status set_type(pel__nrrd *n, const char *value)
{
    char word[40];
    squeeze(word, sizeof word, value);
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        if (strcmp(word, types[i].name) == 0) {
            n->dtype = types[i].dtype;
            n->has_type = true;
            return PEL_OK;
        }
    if (strcmp(word, "block") == 0)
        return pel__fail(PEL_EUNSUPPORTED,
                         "%s: holds blocks of bytes of no known type; write it with a numeric type "
                         "(unu convert)",
                         n->name);
    return wrong(n, "type", value, "is no type of NRRD");
}

static pel_status set_dimension(pel__nrrd *n, const char *value)
{
    int64_t count;
    char word[40];
    squeeze(word, sizeof word, value);
    if (n->axes || !pel__parse_integer(&count, word, 1, PEL__NRRD_AXES))
        return wrong(n, "dimension", value, "is not 1 to 16, once");
    n->axes = (int)count;
    for (int a = 0; a < n->axes; a++)
        n->axis[a].spacing = n->axis[a].min = n->axis[a].max = NAN;
    return PEL_OK;
}

static pel_status set_sizes(pel__nrrd *n, const char *value)
{
    char word[32];
    const char *at = value;
    for (int a = 0; a < n->axes; a++) {
        at = pel__next_word(word, sizeof word, at);
        if (!at || !pel__parse_integer(&n->axis[a].size, word, 1, INT64_MAX / 2))
            return wrong(n, "sizes", value, "is not one whole number above 0 per axis");
    }
    n->has_sizes = true;
    return pel__next_word(word, sizeof word, at)
               ? wrong(n, "sizes", value, "has more numbers than axes")
               : PEL_OK;
}

static pel_status set_encoding(pel__nrrd *n, const char *value)
{
    static const struct {
        const char *name;
        pel__coding coding;
    } codings[] = { { "raw", PEL__RAW },     { "gzip", PEL__GZIP },  { "gz", PEL__GZIP },
                    { "bzip2", PEL__BZIP2 }, { "bz2", PEL__BZIP2 },  { "ascii", PEL__DIGITS },
                    { "text", PEL__DIGITS }, { "txt", PEL__DIGITS }, { "hex", PEL__HEX } };
    char word[40];
    squeeze(word, sizeof word, value);
    for (size_t i = 0; i < sizeof codings / sizeof *codings; i++)
        if (strcmp(word, codings[i].name) == 0) {
            n->parts.coding = codings[i].coding;
            n->has_encoding = true;
            return PEL_OK;
        }
    return pel__fail(PEL_EUNSUPPORTED,
                     "%s: its encoding is '%.40s'; raw, gzip, bzip2, ascii and hex are read: "
                     "unu save -f nrrd -e gzip writes it so",
                     n->name, value);
}

static pel_status set_endian(pel__nrrd *n, const char *value)
{
    char word[40];
    squeeze(word, sizeof word, value);
    n->big_endian = strcmp(word, "big") == 0;
    n->has_endian = true;
    return n->big_endian || strcmp(word, "little") == 0
               ? PEL_OK
               : wrong(n, "endian", value, "is neither little nor big");
}

static pel_status set_content(pel__nrrd *n, const char *value)
{
    snprintf(n->content, sizeof n->content, "%s", value);
    return PEL_OK;
}

static pel_status set_line_skip(pel__nrrd *n, const char *value)
{
    return pel__parse_integer(&n->parts.skip_lines, value, 0, INT64_MAX / 4)
               ? PEL_OK
               : wrong(n, "line skip", value, "is no count of lines");
}

static pel_status set_byte_skip(pel__nrrd *n, const char *value)
{
    return pel__parse_integer(&n->parts.skip_bytes, value, -1, INT64_MAX / 4)
               ? PEL_OK
               : wrong(n, "byte skip", value, "is neither a count of bytes nor -1");
}

static pel_status set_old_range(pel__nrrd *n, const char *value)
{
    (void)value;
    n->has_old_range = true;
    return PEL_OK;
}

static pel_status ignore(pel__nrrd *n, const char *value)
{
    (void)n;
    (void)value;
    return PEL_OK;
}

/* ---- fields of the axes ---- */

// one number per axis into the member at `offset` of each
static pel_status set_numbers(pel__nrrd *n, const char *value, size_t offset, const char *field)
{
    double numbers[PEL__NRRD_AXES];
    if (pel__parse_row(numbers, PEL__NRRD_AXES, value) != n->axes)
        return wrong(n, field, value, "is not one number per axis");
    for (int a = 0; a < n->axes; a++)
        memcpy((char *)&n->axis[a] + offset, &numbers[a], sizeof *numbers);
    return PEL_OK;
}

static pel_status set_spacings(pel__nrrd *n, const char *value)
{
    return set_numbers(n, value, offsetof(pel__nrrd_axis, spacing), "spacings");
}

static pel_status set_mins(pel__nrrd *n, const char *value)
{
    return set_numbers(n, value, offsetof(pel__nrrd_axis, min), "axis mins");
}

static pel_status set_maxs(pel__nrrd *n, const char *value)
{
    return set_numbers(n, value, offsetof(pel__nrrd_axis, max), "axis maxs");
}

static pel_status set_centerings(pel__nrrd *n, const char *value)
{
    char word[32];
    for (int a = 0; a < n->axes; a++) {
        value = pel__next_word(word, sizeof word, value);
        if (!value)
            return wrong(n, "centerings", "", "is not one word per axis");
        n->axis[a].node = strcmp(word, "node") == 0;
    }
    return PEL_OK;
}

static pel_status set_kinds(pel__nrrd *n, const char *value)
{
    for (int a = 0; a < n->axes; a++) {
        value = pel__next_word(n->axis[a].kind, sizeof n->axis[a].kind, value);
        if (!value)
            return wrong(n, "kinds", "", "is not one word per axis");
    }
    return PEL_OK;
}

// "mm", with its quotes, or a bare word; NULL when there is none
static const char *next_quoted(char *out, size_t room, const char *text)
{
    while (isspace((unsigned char)*text))
        text++;
    if (*text != '"')
        return pel__next_word(out, room, text);
    const char *end = strchr(text + 1, '"');
    if (!end)
        return NULL;
    snprintf(out, room, "%.*s", (int)(end - text - 1), text + 1);
    return end + 1;
}

static pel_status set_units(pel__nrrd *n, const char *value)
{
    for (int a = 0; a < n->axes; a++) {
        value = next_quoted(n->axis[a].unit, sizeof n->axis[a].unit, value);
        if (!value)
            return wrong(n, "units", "", "is not one quoted unit per axis");
    }
    return PEL_OK;
}

/* ---- fields of space ---- */

// "(1,0,0)" : how many numbers, and where it ends; -1 when it is none
static int parse_vector(double out[4], const char **text)
{
    const char *at = *text;
    while (isspace((unsigned char)*at))
        at++;
    const char *end = strchr(at, ')');
    char inside[256];
    if (*at != '(' || !end || end - at >= (int)sizeof inside)
        return -1;
    snprintf(inside, sizeof inside, "%.*s", (int)(end - at - 1), at + 1);
    *text = end + 1;
    int count = pel__parse_row(out, 4, inside);
    for (int i = 0; i < count; i++)
        if (!isfinite(out[i]))
            return -1;
    return count;
}

static pel_status set_space(pel__nrrd *n, const char *value)
{
    static const struct {
        const char *name, *alias;
        int axes;
    } spaces[] = {
        { "right-anterior-superior", "ras", 3 },
        { "left-anterior-superior", "las", 3 },
        { "left-posterior-superior", "lps", 3 },
        { "right-anterior-superior-time", "rast", 4 },
        { "left-anterior-superior-time", "last", 4 },
        { "left-posterior-superior-time", "lpst", 4 },
        { "scanner-xyz", "scanner-xyz", 3 },
        { "scanner-xyz-time", "scanner-xyz-time", 4 },
        { "3d-right-handed", "3d-right-handed", 3 },
        { "3d-left-handed", "3d-left-handed", 3 },
        { "3d-right-handed-time", "3d-right-handed-time", 4 },
        { "3d-left-handed-time", "3d-left-handed-time", 4 },
    };
    char word[40];
    squeeze(word, sizeof word, value);
    for (size_t i = 0; i < sizeof spaces / sizeof *spaces; i++)
        if (strcmp(word, spaces[i].name) == 0 || strcmp(word, spaces[i].alias) == 0) {
            snprintf(n->space, sizeof n->space, "%s", spaces[i].name);
            n->space_axes = spaces[i].axes;
            return PEL_OK;
        }
    return wrong(n, "space", value, "is no space of NRRD");
}

static pel_status set_space_dimension(pel__nrrd *n, const char *value)
{
    int64_t count;
    if (!pel__parse_integer(&count, value, 1, PEL__NRRD_AXES))
        return wrong(n, "space dimension", value, "is no count of axes");
    if (count > 4)
        return pel__fail(PEL_EUNSUPPORTED,
                         "%s: lies in a space of %lld dimensions; at most 4 are read", n->name,
                         (long long)count);
    n->space_axes = (int)count;
    return PEL_OK;
}

static pel_status set_directions(pel__nrrd *n, const char *value)
{
    const char *at = value;
    for (int a = 0; a < n->axes; a++) {
        char word[32];
        const char *after = pel__next_word(word, sizeof word, at);
        if (after && strcmp(word, "none") == 0) {
            at = after;
            continue;
        }
        if (n->space_axes == 0 || parse_vector(n->axis[a].direction, &at) != n->space_axes)
            return wrong(n, "space directions", value,
                         "is not one vector (as long as the space has axes) or none per axis");
        n->axis[a].has_direction = n->has_directions = true;
    }
    return PEL_OK;
}

static pel_status set_origin(pel__nrrd *n, const char *value)
{
    const char *at = value;
    if (n->space_axes == 0 || parse_vector(n->origin, &at) != n->space_axes)
        return wrong(n, "space origin", value, "is no vector as long as the space has axes");
    n->has_origin = true;
    return PEL_OK;
}

static pel_status set_space_units(pel__nrrd *n, const char *value)
{
    for (int a = 0; a < n->space_axes; a++) {
        value = next_quoted(n->space_unit[a], sizeof n->space_unit[a], value);
        if (!value)
            return wrong(n, "space units", "", "is not one quoted unit per axis of the space");
    }
    n->has_space_units = true;
    return PEL_OK;
}

static pel_status keep_frame(pel__nrrd *n, const char *value)
{
    pel__text_add(&n->keys, "NRRD measurement frame in %s:=%s\n", *n->space ? n->space : "space",
                  value);
    return PEL_OK;
}

/* ---- where the voxels are ---- */

static pel_status set_data_file(pel__nrrd *n, const char *value)
{
    char word[NAME];
    double row[4];
    n->detached = true;
    const char *after = pel__next_word(word, sizeof word, value);
    if (!after)
        return wrong(n, "data file", value, "names no file");
    // LIST is followed by names to the end of the header, which the caller reads
    if (strcmp(word, "LIST") == 0)
        return PEL_OK;
    int count = strchr(word, '%') ? pel__parse_row(row, 4, after) : 0;
    if (count >= 3 && row[2] != 0)
        return pel__parts_pattern(&n->parts, word, row[0], row[1], row[2], n->name);
    return pel__parts_add(&n->parts, value, n->name);
}

/* ---- the lines ---- */

static const struct field {
    const char *name; // squeezed
    pel_status (*set)(pel__nrrd *n, const char *value);
    bool of_axes; // `dimension` must come before
} fields[] = {
    { "type", set_type, false },
    { "dimension", set_dimension, false },
    { "sizes", set_sizes, true },
    { "encoding", set_encoding, false },
    { "endian", set_endian, false },
    { "content", set_content, false },
    { "lineskip", set_line_skip, false },
    { "byteskip", set_byte_skip, false },
    { "datafile", set_data_file, false },
    { "spacings", set_spacings, true },
    { "axismins", set_mins, true },
    { "axismaxs", set_maxs, true },
    { "centerings", set_centerings, true },
    { "centers", set_centerings, true },
    { "kinds", set_kinds, true },
    { "units", set_units, true },
    { "space", set_space, false },
    { "spacedimension", set_space_dimension, false },
    { "spacedirections", set_directions, true },
    { "spaceorigin", set_origin, false },
    { "spaceunits", set_space_units, false },
    { "measurementframe", keep_frame, false },
    { "oldmin", set_old_range, false },
    { "oldmax", set_old_range, false },
    { "min", ignore, false },
    { "max", ignore, false },
    { "number", ignore, false },
    { "thicknesses", ignore, false },
    { "labels", ignore, false },
    { "sampleunits", ignore, false },
    { "blocksize", ignore, false },
};

static pel_status set_field(pel__nrrd *n, const char *name, const char *value)
{
    char word[40];
    squeeze(word, sizeof word, name);
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++) {
        if (strcmp(word, fields[i].name) != 0)
            continue;
        if (fields[i].of_axes && n->axes == 0)
            return wrong(n, name, value, "comes before 'dimension'");
        return fields[i].set(n, value);
    }
    pel__note("%s: its NRRD field '%.40s' is not known; it was ignored", n->name, name);
    return PEL_OK;
}

// \\ and \n in a value stand for a backslash and an end of line
static void unescape(char *text)
{
    char *to = text;
    for (const char *at = text; *at; at++) {
        bool escaped = at[0] == '\\' && (at[1] == '\\' || at[1] == 'n');
        at += escaped;
        *to++ = escaped && *at == 'n' ? '\n' : *at;
    }
    *to = 0;
}

static pel_status take_line(pel__nrrd *n, const char *line)
{
    // what was kept may be changed, and the line is the reader's
    pel__text copy = { 0 };
    pel__text_add(&copy, "%s", line);
    if (copy.failed)
        return pel__fail(PEL_EMEMORY, "%s: no memory for its header", n->name);
    char *colon = strchr(copy.text, ':');
    pel_status s = PEL_OK;
    if (!colon)
        s = pel__fail(PEL_EFORMAT,
                      "%s: line '%.60s' of its header is neither 'field: value' nor 'key:=value'; "
                      "its header is damaged",
                      n->name, copy.text);
    else if (colon[1] == '=') {
        *colon = 0;
        if (strcmp(copy.text, "pellucid") == 0) {
            unescape(colon + 2);
            n->provenance.length = 0;
            pel__text_add(&n->provenance, "%s", colon + 2);
        } else
            pel__text_add(&n->keys, "%s:=%s\n", copy.text, colon + 2);
    } else {
        *colon = 0;
        s = set_field(n, pel__trim(copy.text), pel__trim(colon + 1));
    }
    if (s == PEL_OK && (n->keys.failed || n->provenance.failed))
        s = pel__fail(PEL_EMEMORY, "%s: no memory for its header", n->name);
    pel__text_free(&copy);
    return s;
}

static pel_status check_magic(const pel__nrrd *n, const char *line)
{
    int64_t version;
    if (!line || strncmp(line, "NRRD", 4) != 0 || !pel__parse_integer(&version, line + 4, 0, 9999))
        return pel__fail(PEL_EFORMAT, "%s: does not start with NRRD0001 to NRRD0005; it is damaged",
                         n->name);
    if (version < 1 || version > NEWEST)
        return pel__fail(PEL_EUNSUPPORTED, "%s: is NRRD version %lld; 1 to %d are read", n->name,
                         (long long)version, NEWEST);
    return PEL_OK;
}

static pel_status read_lines(pel__nrrd *n, pel__lines *lines)
{
    const char *line;
    pel_status s = pel__lines_next(lines, &line);
    if (s == PEL_OK)
        s = check_magic(n, line);
    while (s == PEL_OK) {
        s = pel__lines_next(lines, &line);
        if (s != PEL_OK || !line || !*line)
            break;
        bool detached = n->detached;
        if (*line != '#')
            s = take_line(n, line);
        if (s == PEL_OK && n->detached && !detached && n->parts.count == 0)
            s = pel__parts_list(&n->parts, lines);
    }
    if (s == PEL_OK && !line && !n->detached)
        return pel__fail(PEL_EFORMAT,
                         "%s: its header ends without the blank line before the voxels, and names "
                         "no data file; it is cut short",
                         n->name);
    return s;
}

pel_status pel__nrrd_fields(pel__nrrd *n, pel__bytes *bytes)
{
    pel__lines lines = { .bytes = bytes };
    *n = (pel__nrrd){ .name = bytes->name };
    pel_status s = read_lines(n, &lines);
    pel__lines_free(&lines);
    if (s != PEL_OK)
        return s;
    const char *missing = !n->axes                             ? "dimension"
                          : !n->has_sizes                      ? "sizes"
                          : !n->has_type                       ? "type"
                          : !n->has_encoding                   ? "encoding"
                          : n->detached && n->parts.count == 0 ? "data file"
                                                               : NULL;
    if (missing)
        return pel__fail(PEL_EFORMAT, "%s: its header lacks '%s'; it is cut short or damaged",
                         n->name, missing);
    return PEL_OK;
}
