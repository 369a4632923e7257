/* SPDX-License-Identifier: Apache-2.0 */
/* nrrd.c: NRRD, attached (.nrrd) and detached (.nhdr with .raw or .raw.gz). */
#include <math.h>
#include <string.h>

#include "base/status.h"
#include "volume/volume.h"
#include "write/text_file.h"

enum { COMMENT = 6 };

static void number(pel__text *out, double value)
{
    char text[32];
    pel__format_number(text, value == 0 ? 0 : value);
    pel__text_add(out, "%s", text);
}

// of a vector in RAS, in LPS: what ITK and Slicer write
static void vector(pel__text *out, const pel_affine *grid, int column, bool named)
{
    for (int w = 0; w < 3; w++) {
        pel__text_add(out, w ? "," : "(");
        number(out, named && w < 2 ? -grid->m[w][column] : grid->m[w][column]);
    }
    pel__text_add(out, ")");
}

static const char *kind_of_channels(const pel_volume *shape)
{
    return shape->meaning == PEL_RGB       ? "RGB-color"
           : shape->meaning == PEL_RGBA    ? "RGBA-color"
           : shape->meaning == PEL_COMPLEX ? "complex"
                                           : "vector";
}

static const char *unit_of_time(int code)
{
    return code == 8 ? "s" : code == 16 ? "ms" : code == 24 ? "us" : code == 32 ? "Hz" : "";
}

static void axes(pel__text *out, const pel__text_file *f)
{
    const pel_volume *shape = f->shape;
    int64_t channels = pel__volume_channels(shape);
    pel__text_add(out, "dimension: %d\nsizes:", 3 + (channels > 1) + (int)f->frame_axes);
    if (channels > 1)
        pel__text_add(out, " %lld", (long long)channels);
    for (int a = 0; a < 3; a++)
        pel__text_add(out, " %lld", (long long)shape->dims[a]);
    for (int a = 0; a < f->frame_axes; a++)
        pel__text_add(out, " %lld", (long long)f->frames[a]);
    pel__text_add(out, "\nkinds:%s%s space space space", channels > 1 ? " " : "",
                  channels > 1 ? kind_of_channels(shape) : "");
    for (int a = 0; a < f->frame_axes; a++)
        pel__text_add(out, a == 0 && shape->fields.time_unit ? " time" : " list");
    pel__text_add(out, "\n");
}

// where frames are along their axes
static void frames(pel__text *out, const pel__text_file *f)
{
    const pel_fields *fields = &f->shape->fields;
    const char *first = pel__volume_channels(f->shape) > 1 ? " nan nan nan nan" : " nan nan nan";
    pel__text_add(out, "spacings:%s", first);
    for (int a = 0; a < f->frame_axes; a++) {
        pel__text_add(out, " ");
        number(out, fields->step[a] != 0 ? fields->step[a] : NAN);
    }
    pel__text_add(out, "\naxis mins:%s", first);
    for (int a = 0; a < f->frame_axes; a++) {
        pel__text_add(out, " ");
        number(out, a == 0 && fields->step_offset != 0 ? fields->step_offset : NAN);
    }
    pel__text_add(out, "\nunits:%s \"\" \"\" \"\"",
                  pel__volume_channels(f->shape) > 1 ? " \"\"" : "");
    for (int a = 0; a < f->frame_axes; a++)
        pel__text_add(out, " \"%s\"", a == 0 ? unit_of_time(fields->time_unit) : "");
    pel__text_add(out, "\n");
}

static void space(pel__text *out, const pel__text_file *f)
{
    const pel_volume *shape = f->shape;
    pel_affine grid = pel__volume_affine(shape);
    pel__text_add(out,
                  shape->oriented ? "space: left-posterior-superior\n" : "space dimension: 3\n");
    pel__text_add(out, "space directions:%s", pel__volume_channels(shape) > 1 ? " none" : "");
    for (int a = 0; a < 3; a++) {
        pel__text_add(out, " ");
        vector(out, &grid, a, shape->oriented);
    }
    for (int a = 0; a < f->frame_axes; a++)
        pel__text_add(out, " none");
    pel__text_add(out, "\nspace origin: ");
    vector(out, &grid, 3, shape->oriented);
    const char *unit = shape->unit_known ? "mm" : "";
    pel__text_add(out, "\nspace units: \"%s\" \"%s\" \"%s\"\n", unit, unit, unit);
}

// a value on one line: ends of lines and backslashes as the format wants them
static void escaped(pel__text *out, const char *text, size_t length)
{
    for (size_t i = 0; i < length && text[i]; i++)
        if (text[i] == '\\')
            pel__text_add(out, "\\\\");
        else if (text[i] == '\n')
            pel__text_add(out, "\\n");
        else if (text[i] != '\r')
            pel__text_add_bytes(out, &text[i], 1);
}

// lines that a NRRD header gave: each of them key:=value
static bool are_keys(const char *text, size_t length)
{
    for (size_t at = 0; at < length;) {
        const char *end = memchr(text + at, '\n', length - at);
        size_t line = end ? (size_t)(end - text) - at : length - at;
        const char *colon = memchr(text + at, ':', line);
        if (!colon || colon == text + at || colon + 1 >= text + at + line || colon[1] != '=' ||
            text[at] == '#' || memchr(text + at, '\r', line) || memchr(text + at, 0, line) ||
            (colon - text - (ptrdiff_t)at == 8 && memcmp(text + at, "pellucid", 8) == 0))
            return false;
        at += line + 1;
    }
    return length > 0;
}

static bool is_provenance(const pel_extension *e)
{
    static const char start[] = "{\"pellucid\":";
    return e->code == COMMENT && e->size >= (int64_t)sizeof start - 1 &&
           memcmp(e->bytes, start, sizeof start - 1) == 0;
}

static void comments(pel__text *out, const pel_fields *fields)
{
    for (int i = 0; i < fields->extension_count; i++) {
        const pel_extension *e = &fields->extensions[i];
        const char *text = (const char *)e->bytes;
        size_t length = (size_t)e->size;
        // NIfTI pads them
        while (length && text[length - 1] == 0)
            length--;
        if (e->code != COMMENT || is_provenance(e) || length == 0)
            continue;
        if (are_keys(text, length)) {
            pel__text_add_bytes(out, text, length);
            if (text[length - 1] != '\n')
                pel__text_add(out, "\n");
        } else {
            pel__text_add(out, "comment:=");
            escaped(out, text, length);
            pel__text_add(out, "\n");
        }
    }
}

static void head(pel__text *out, const pel__text_file *f, const char *provenance)
{
    const pel_fields *fields = &f->shape->fields;
    const char *type = f->values.to == PEL_FLOAT32   ? "float"
                       : f->values.to == PEL_FLOAT64 ? "double"
                                                     : pel_dtype_name(f->values.to);
    pel__text_add(out, "NRRD0004\n# written by pellucid\ntype: %s\n", type);
    axes(out, f);
    space(out, f);
    if (f->frame_axes)
        frames(out, f);
    if (*fields->description) {
        pel__text_add(out, "content: ");
        escaped(out, fields->description, strlen(fields->description));
        pel__text_add(out, "\n");
    }
    pel__text_add(out, "endian: little\nencoding: %s\n", f->is_packed ? "gzip" : "raw");
    comments(out, fields);
    if (provenance) {
        pel__text_add(out, "pellucid:=");
        escaped(out, provenance, strlen(provenance));
        pel__text_add(out, "\n");
    }
    // detached headers end with the file, attached ones with a blank line
    if (f->apart)
        pel__text_add(out, "data file: %s\n", f->voxels_name);
    else
        pel__text_add(out, "\n");
}

static void note_losses(const pel__text_file *f)
{
    const pel_fields *fields = &f->shape->fields;
    if (f->values.scaled)
        pel__note("%s: NRRD holds no scale: %s numbers are written as %s values", f->what->path,
                  pel_dtype_name(f->shape->dtype), pel_dtype_name(f->values.to));
    int others = 0;
    for (int i = 0; i < fields->extension_count; i++)
        others += fields->extensions[i].code != COMMENT;
    if (others)
        pel__note("%s: %d header extensions of NIfTI are left out; .nii keeps them", f->what->path,
                  others);
}

static const pel__text_format nrrd = { "NRRD", ".nhdr", ".raw", ".raw.gz",
                                       true,   false,   head,   note_losses };

pel_status pel__write_nrrd(const pel__writing *what)
{
    return pel__text_file_write(&nrrd, what);
}

int64_t pel__write_nrrd_memory(const char *path, const pel_volume *shape)
{
    (void)path;
    return pel__text_file_memory(shape);
}
