/* SPDX-License-Identifier: Apache-2.0 */
/* metaimage.c: MetaImage, .mha and .mhd (itk.org's MetaIO, as ITK and VTK read it). */
#include <ctype.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/maths.h"
#include "base/memory.h"
#include "base/status.h"
#include "read/comment.h"
#include "read/header.h"
#include "read/parts.h"
#include "volume/volume.h"

enum { MOST_AXES = 7, NAME = 4096 };

/* the header */
typedef struct meta {
    const char *name;
    int axes;
    int64_t size[MOST_AXES];
    bool has_size, has_type, ended, big_endian, compressed, text, local;
    bool has_spacing, has_element_size, has_matrix;
    pel_dtype dtype;
    int64_t channels, header_size;
    double spacing[MOST_AXES], element_size[MOST_AXES], offset[MOST_AXES];
    double matrix[MOST_AXES * MOST_AXES];
    double slope, inter;
    char letters[16], unit[16];
    pel__parts parts;
    pel__text comment, provenance; // owned
} meta;

static bool is(const pel__opening *opening, const uint8_t *head, int64_t count)
{
    bool named = pel__ends_with(opening->name, ".mha") || pel__ends_with(opening->name, ".mhd");
    static const char *const starts[] = { "ObjectType", "NDims", "Comment", "ObjectSubType" };
    for (int i = 0; i < 4; i++) {
        int64_t length = (int64_t)strlen(starts[i]);
        // only the first of these words is one that no other text starts with
        if (count > length && memcmp(head, starts[i], (size_t)length) == 0 && (i == 0 || named))
            return true;
    }
    return false;
}

static pel_status wrong(const meta *m, const char *key, const char *value, const char *why)
{
    return pel__fail(PEL_EFORMAT, "%s: its MetaImage field '%s = %.80s' %s; its header is damaged",
                     m->name, key, value, why);
}

/* ---- fields ---- */

static pel_status set_object(meta *m, const char *value)
{
    return strcmp(value, "Image") == 0
               ? PEL_OK
               : pel__fail(PEL_EUNSUPPORTED, "%s: is a MetaIO file of a '%.40s', no image", m->name,
                           value);
}

static pel_status set_axes(meta *m, const char *value)
{
    int64_t count;
    if (m->axes || !pel__parse_integer(&count, value, 1, 10))
        return wrong(m, "NDims", value, "is no count of axes, once");
    if (count > MOST_AXES)
        return pel__fail(PEL_EUNSUPPORTED, "%s: has %lld axes; at most %d are read", m->name,
                         (long long)count, MOST_AXES);
    m->axes = (int)count;
    return PEL_OK;
}

static pel_status set_size(meta *m, const char *value)
{
    char word[32];
    const char *at = value;
    if (m->axes == 0)
        return wrong(m, "DimSize", value, "comes before NDims");
    for (int a = 0; a < m->axes; a++) {
        at = pel__next_word(word, sizeof word, at);
        if (!at || !pel__parse_integer(&m->size[a], word, 1, INT64_MAX / 2))
            return wrong(m, "DimSize", value, "is not one whole number above 0 per axis");
    }
    m->has_size = true;
    return PEL_OK;
}

static const struct type {
    const char *name;
    pel_dtype dtype;
} types[] = {
    { "MET_CHAR", PEL_INT8 },         { "MET_UCHAR", PEL_UINT8 },
    { "MET_SHORT", PEL_INT16 },       { "MET_USHORT", PEL_UINT16 },
    { "MET_INT", PEL_INT32 },         { "MET_UINT", PEL_UINT32 },
    { "MET_LONG", PEL_INT32 },        { "MET_ULONG", PEL_UINT32 },
    { "MET_LONG_LONG", PEL_INT64 },   { "MET_FLOAT", PEL_FLOAT32 },
    { "MET_ULONG_LONG", PEL_UINT64 }, { "MET_DOUBLE", PEL_FLOAT64 },
    { "MET_ASCII_CHAR", PEL_INT8 },
};

// MET_FLOAT_ARRAY is MET_FLOAT of several channels
static pel_status set_type(meta *m, const char *value)
{
    char word[40];
    snprintf(word, sizeof word, "%s", value);
    size_t length = strlen(word);
    if (length > 6 && strcmp(word + length - 6, "_ARRAY") == 0)
        word[length - 6] = 0;
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        if (strcmp(word, types[i].name) == 0) {
            m->dtype = types[i].dtype;
            m->has_type = true;
            return PEL_OK;
        }
    return pel__fail(PEL_EUNSUPPORTED,
                     "%s: its ElementType is '%.40s', which is no number; write it with a numeric "
                     "type",
                     m->name, value);
}

static bool truth(const char *value)
{
    return *value == 'T' || *value == 't' || *value == '1';
}

static pel_status set_binary(meta *m, const char *value)
{
    m->text = !truth(value);
    return PEL_OK;
}

static pel_status set_order(meta *m, const char *value)
{
    m->big_endian = truth(value);
    return PEL_OK;
}

static pel_status set_compressed(meta *m, const char *value)
{
    m->compressed = truth(value);
    return PEL_OK;
}

static pel_status set_channels(meta *m, const char *value)
{
    return pel__parse_integer(&m->channels, value, 1, INT_MAX)
               ? PEL_OK
               : wrong(m, "ElementNumberOfChannels", value, "is no count of channels");
}

static pel_status set_header_size(meta *m, const char *value)
{
    return pel__parse_integer(&m->header_size, value, -1, INT64_MAX / 4)
               ? PEL_OK
               : wrong(m, "HeaderSize", value, "is neither a count of bytes nor -1");
}

static pel_status set_row(meta *m, const char *key, const char *value, double *out, int count)
{
    double row[MOST_AXES * MOST_AXES];
    if (m->axes == 0 || pel__parse_row(row, MOST_AXES * MOST_AXES, value) != count)
        return wrong(m, key, value, "does not have as many numbers as NDims wants");
    for (int i = 0; i < count; i++)
        if (!isfinite(row[i]))
            return wrong(m, key, value, "holds what is no number");
    memcpy(out, row, sizeof *row * (size_t)count);
    return PEL_OK;
}

static pel_status set_spacing(meta *m, const char *value)
{
    m->has_spacing = true;
    return set_row(m, "ElementSpacing", value, m->spacing, m->axes);
}

static pel_status set_element_size(meta *m, const char *value)
{
    m->has_element_size = true;
    return set_row(m, "ElementSize", value, m->element_size, m->axes);
}

static pel_status set_matrix(meta *m, const char *value)
{
    m->has_matrix = true;
    return set_row(m, "TransformMatrix", value, m->matrix, m->axes * m->axes);
}

static pel_status set_offset(meta *m, const char *value)
{
    return set_row(m, "Offset", value, m->offset, m->axes);
}

static pel_status set_letters(meta *m, const char *value)
{
    snprintf(m->letters, sizeof m->letters, "%s", value);
    return PEL_OK;
}

static pel_status set_unit(meta *m, const char *value)
{
    snprintf(m->unit, sizeof m->unit, "%s", value);
    return PEL_OK;
}

static pel_status set_number(meta *m, const char *key, const char *value, double *out)
{
    return pel__parse_number(out, value) && isfinite(*out) ? PEL_OK
                                                           : wrong(m, key, value, "is no number");
}

static pel_status set_slope(meta *m, const char *value)
{
    return set_number(m, "ElementToIntensityFunctionSlope", value, &m->slope);
}

static pel_status set_inter(meta *m, const char *value)
{
    return set_number(m, "ElementToIntensityFunctionOffset", value, &m->inter);
}

static pel_status set_comment(meta *m, const char *value)
{
    m->comment.length = 0;
    pel__text_add(&m->comment, "%s", value);
    return m->comment.failed ? pel__fail(PEL_EMEMORY, "%s: no memory for its comment", m->name)
                             : PEL_OK;
}

static pel_status set_provenance(meta *m, const char *value)
{
    m->provenance.length = 0;
    pel__text_add(&m->provenance, "%s", value);
    return m->provenance.failed ? pel__fail(PEL_EMEMORY, "%s: no memory for its header", m->name)
                                : PEL_OK;
}

static pel_status set_data_file(meta *m, const char *value)
{
    char word[NAME];
    double row[4];
    m->ended = true;
    const char *after = pel__next_word(word, sizeof word, value);
    if (!after)
        return wrong(m, "ElementDataFile", value, "names no file");
    m->local = pel__same_word(word, "local");
    if (m->local || strcmp(word, "LIST") == 0)
        return PEL_OK;
    int count = strchr(word, '%') ? pel__parse_row(row, 4, after) : 0;
    if (count >= 3 && row[2] != 0)
        return pel__parts_pattern(&m->parts, word, row[0], row[1], row[2], m->name);
    return pel__parts_add(&m->parts, value, m->name);
}

static const struct field {
    const char *name;
    pel_status (*set)(meta *m, const char *value);
} fields[] = {
    { "ObjectType", set_object },
    { "NDims", set_axes },
    { "DimSize", set_size },
    { "ElementType", set_type },
    { "BinaryData", set_binary },
    { "BinaryDataByteOrderMSB", set_order },
    { "ElementByteOrderMSB", set_order },
    { "CompressedData", set_compressed },
    { "ElementNumberOfChannels", set_channels },
    { "HeaderSize", set_header_size },
    { "ElementSpacing", set_spacing },
    { "ElementSize", set_element_size },
    { "TransformMatrix", set_matrix },
    { "Rotation", set_matrix },
    { "Orientation", set_matrix },
    { "Offset", set_offset },
    { "Position", set_offset },
    { "Origin", set_offset },
    { "AnatomicalOrientation", set_letters },
    { "DistanceUnits", set_unit },
    { "ElementToIntensityFunctionSlope", set_slope },
    { "ElementToIntensityFunctionOffset", set_inter },
    { "Comment", set_comment },
    { "Pellucid", set_provenance },
    { "ElementDataFile", set_data_file },
};

// other fields (a patient's name, what wrote it) say nothing about the voxels
static pel_status take_line(meta *m, const char *line)
{
    pel__text copy = { 0 };
    pel__text_add(&copy, "%s", line);
    if (copy.failed)
        return pel__fail(PEL_EMEMORY, "%s: no memory for its header", m->name);
    char *text = pel__trim(copy.text), *equals = text + strcspn(text, "=:");
    pel_status s = PEL_OK;
    if (*text && !*equals)
        s = pel__fail(PEL_EFORMAT,
                      "%s: line '%.60s' of its header is no 'field = value'; its header is damaged",
                      m->name, text);
    else if (*text) {
        *equals = 0;
        const char *key = pel__trim(text), *value = pel__trim(equals + 1);
        for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
            if (strcmp(key, fields[i].name) == 0)
                s = fields[i].set(m, value);
    }
    pel__text_free(&copy);
    return s;
}

static pel_status read_lines(meta *m, pel__bytes *bytes)
{
    pel__lines lines = { .bytes = bytes };
    const char *line = "";
    pel_status s = PEL_OK;
    while (s == PEL_OK && !m->ended) {
        s = pel__lines_next(&lines, &line);
        if (s != PEL_OK || !line)
            break;
        s = take_line(m, line);
    }
    if (s == PEL_OK && m->ended && !m->local && m->parts.count == 0)
        s = pel__parts_list(&m->parts, &lines);
    pel__lines_free(&lines);
    if (s != PEL_OK)
        return s;
    const char *missing = !m->axes                                          ? "NDims"
                          : !m->has_size                                    ? "DimSize"
                          : !m->has_type                                    ? "ElementType"
                          : !m->ended || (!m->local && m->parts.count == 0) ? "ElementDataFile"
                                                                            : NULL;
    return missing ? pel__fail(PEL_EFORMAT, "%s: its header lacks '%s'; it is cut short or damaged",
                               m->name, missing)
                   : PEL_OK;
}

/* ---- the grid ---- */

// RAI: the axes run from right to left, anterior to posterior, inferior to superior
static bool axes_of_letters(pel__axes *out, const char *letters)
{
    char to[4] = "";
    static const char from[] = "RLAPIS", towards[] = "LRPASI";
    for (int i = 0; i < 3; i++) {
        const char *at = letters[i] ? strchr(from, letters[i]) : NULL;
        if (!at)
            return false;
        to[i] = towards[at - from];
    }
    return !letters[3] && pel__orientation_parse(out, to) == PEL_OK;
}

static bool usable(const pel_affine *grid)
{
    double lengths = 1;
    for (int c = 0; c < 3; c++)
        lengths *= pel__length(pel__column(*grid, c));
    return isfinite(lengths) && fabs(pel__determinant(*grid)) > 1e-9 * lengths;
}

static double unit_mm(const meta *m, bool *known)
{
    double mm = strcmp(m->unit, "cm") == 0 ? 10 : strcmp(m->unit, "um") == 0 ? 0.001 : 1;
    *known = strcmp(m->unit, "?") != 0;
    if (mm != 1)
        pel__note("%s: is in %s; taken as millimetres times %g", m->name, m->unit, mm);
    return mm;
}

// ITK's convention: row a of the matrix is where axis a runs, in LPS
static pel_affine grid_of_matrix(const meta *m, const double spacing[3], double mm)
{
    static const double sign[3] = { -1, -1, 1 };
    pel_affine grid = pel_affine_identity();
    for (int w = 0; w < 3; w++) {
        for (int a = 0; a < 3; a++) {
            bool there = a < m->axes && w < m->axes;
            double direction = !there          ? (a == w)
                               : m->has_matrix ? m->matrix[a * m->axes + w]
                                               : (a == w);
            grid.m[w][a] = 0 + sign[w] * direction * spacing[a];
        }
        grid.m[w][3] = w < m->axes ? 0 + sign[w] * mm * m->offset[w] : 0;
    }
    return grid;
}

static void set_grid(pel_volume *shape, const meta *m)
{
    double spacing[3] = { 1, 1, 1 }, mm = unit_mm(m, &shape->unit_known);
    const double *given = m->has_spacing        ? m->spacing
                          : m->has_element_size ? m->element_size
                                                : NULL;
    for (int a = 0; a < 3 && a < m->axes; a++) {
        double said = given ? given[a] : 1;
        spacing[a] = mm * (said == 0 ? 1 : fabs(said));
        if (given && !(said > 0))
            pel__note("%s: its spacing along axis %d is %g, which cannot be; %g is taken "
                      "(--spacing DX,DY,DZ sets it)",
                      m->name, a + 1, said, spacing[a]);
    }
    shape->unit_known &= given != NULL;
    pel_affine grid = grid_of_matrix(m, spacing, mm);
    bool unsure = strcmp(m->letters, "???") == 0;
    pel__axes axes;
    if (!usable(&grid)) {
        pel__note("%s: its TransformMatrix spans no volume; it was ignored", m->name);
        for (int a = 0; a < 3; a++)
            grid.m[a][a] = spacing[a];
        shape->oriented = false;
    } else if (m->has_matrix)
        shape->oriented = m->axes >= 3 && !unsure;
    else if (m->axes >= 3 && axes_of_letters(&axes, m->letters)) {
        pel_affine lettered = pel__orientation_affine(&axes, spacing);
        for (int w = 0; w < 3; w++)
            lettered.m[w][3] = grid.m[w][3];
        grid = lettered;
        shape->oriented = true;
    }
    shape->mm_from_ijk = grid;
}

static pel_status set_dims(pel_volume *shape, const meta *m)
{
    int64_t dim[8] = { m->axes, 1, 1, 1, 1, 1, 1, 1 };
    for (int a = 0; a < m->axes; a++)
        dim[a + 1] = m->size[a];
    pel_status s = pel__header_dims(shape, dim, false, m->name);
    for (int a = 3; s == PEL_OK && a < m->axes; a++)
        shape->fields.step[a - 3] = m->has_spacing ? m->spacing[a] : 0;
    if (s == PEL_OK && m->axes > 3)
        shape->fields.step_offset = m->offset[3];
    return s;
}

/* ---- open ---- */

static void set_values(pel_volume *shape, const meta *m)
{
    shape->dtype = m->dtype;
    shape->channels = (int)m->channels;
    if (m->dtype == PEL_UINT8 && (m->channels == 3 || m->channels == 4))
        shape->meaning = m->channels == 3 ? PEL_RGB : PEL_RGBA;
    shape->slope = m->slope != 0 ? m->slope : 1;
    shape->inter = m->inter;
    snprintf(shape->fields.format, sizeof shape->fields.format, "MetaImage");
}

static pel_status open_volume(pel_source *out, pel__opening *opening, meta *m)
{
    pel_volume *shape = &out->shape;
    pel__layout layout = { .big_endian = m->big_endian };
    set_values(shape, m);
    pel_status s = set_dims(shape, m);
    if (s == PEL_OK)
        s = pel__volume_check_shape(shape, m->name);
    bool is_short = m->comment.length < sizeof shape->fields.description;
    if (m->comment.text && is_short)
        snprintf(shape->fields.description, sizeof shape->fields.description, "%s",
                 m->comment.text);
    if (s == PEL_OK && !is_short)
        s = pel__keep_comment(&shape->fields, m->comment.text, m->name);
    if (s == PEL_OK)
        s = pel__keep_comment(&shape->fields, m->provenance.text, m->name);
    if (s != PEL_OK)
        return s;
    set_grid(shape, m);
    m->parts.coding = m->text ? PEL__DIGITS : m->compressed ? PEL__ZLIB : PEL__RAW;
    m->parts.skip_bytes = m->header_size;
    if (m->text)
        layout.big_endian = __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__;
    // HeaderSize counts from the start of the file, of what is behind the header too
    if (m->local && m->header_size > 0) {
        s = m->header_size < pel__bytes_at(opening->bytes)
                ? wrong(m, "HeaderSize", "...", "lies inside the header")
                : pel__bytes_seek(opening->bytes, m->header_size);
        m->parts.skip_bytes = 0;
    }
    if (s == PEL_OK && m->header_size > 0 && m->compressed && !m->local)
        s = pel__fail(PEL_EUNSUPPORTED,
                      "%s: its compressed data file has a header of its own, which is not read; "
                      "write it with ITK or VTK again",
                      m->name);
    if (s == PEL_OK)
        s = pel__parts_open(opening, &m->parts, m->dtype, pel_volume_bytes(shape), &layout.offset);
    return s == PEL_OK ? pel__voxels_open(out, opening, &layout) : s;
}

static pel_status open_meta(pel_source *out, pel__opening *opening)
{
    meta m = { .name = opening->bytes->name, .channels = 1, .slope = 1 };
    pel_status s = read_lines(&m, opening->bytes);
    if (s == PEL_OK)
        s = open_volume(out, opening, &m);
    pel__parts_free(&m.parts);
    pel__text_free(&m.comment);
    pel__text_free(&m.provenance);
    return s;
}

const pel__format pel__metaimage = { "MetaImage", is, open_meta };
