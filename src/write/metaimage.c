/* SPDX-License-Identifier: Apache-2.0 */
/* metaimage.c: MetaImage, attached (.mha) and detached (.mhd with .raw or .zraw). */
#include <math.h>
#include <string.h>

#include "base/maths.h"
#include "base/status.h"
#include "volume/volume.h"
#include "write/text_file.h"

// what MetaIO has room for in a comment; a longer one overruns it
enum { MOST_COMMENT = 200, MOST_AXES = 7 };

static const char *const types[PEL_DTYPE_COUNT] = {
    [PEL_UINT8] = "UCHAR",       [PEL_INT8] = "CHAR",       [PEL_UINT16] = "USHORT",
    [PEL_INT16] = "SHORT",       [PEL_UINT32] = "UINT",     [PEL_INT32] = "INT",
    [PEL_UINT64] = "ULONG_LONG", [PEL_INT64] = "LONG_LONG", [PEL_FLOAT32] = "FLOAT",
    [PEL_FLOAT64] = "DOUBLE",
};

static void row(pel__text *out, const char *key, const double *values, int count)
{
    pel__text_add(out, "%s =", key);
    for (int i = 0; i < count; i++) {
        char text[32];
        pel__format_number(text, values[i] == 0 ? 0 : values[i]);
        pel__text_add(out, " %s", text);
    }
    pel__text_add(out, "\n");
}

// ITK's convention: row a is where axis a runs, in LPS
static void grid(pel__text *out, const pel__text_file *f, int count)
{
    static const double sign[3] = { -1, -1, 1 };
    const pel_volume *shape = f->shape;
    pel_affine a = pel__volume_affine(shape);
    double matrix[MOST_AXES * MOST_AXES] = { 0 }, offset[MOST_AXES] = { 0 }, spacing[MOST_AXES];
    for (int axis = 0; axis < count; axis++) {
        if (axis >= 3) {
            matrix[axis * count + axis] = 1;
            spacing[axis] = shape->fields.step[axis - 3] > 0 ? shape->fields.step[axis - 3] : 1;
            offset[axis] = axis == 3 ? shape->fields.step_offset : 0;
            continue;
        }
        spacing[axis] = pel__length(pel__column(a, axis));
        offset[axis] = sign[axis] * a.m[axis][3];
        for (int w = 0; w < 3; w++)
            matrix[axis * count + w] = sign[w] * a.m[w][axis] / spacing[axis];
    }
    row(out, "TransformMatrix", matrix, count * count);
    row(out, "Offset", offset, count);
    row(out, "ElementSpacing", spacing, count);
}

// the letters of where axes come from, as ITK has them; ??? where nobody knows
static void letters(pel__text *out, const pel_volume *shape)
{
    static const char towards[] = "LRPASI", from[] = "RLAPIS";
    char to[8], code[4] = "???";
    pel_volume_orientation(shape, to);
    for (int i = 0; shape->oriented && i < 3; i++)
        code[i] = from[strchr(towards, to[i]) - towards];
    pel__text_add(out, "AnatomicalOrientation = %s\n", code);
}

static void head(pel__text *out, const pel__text_file *f, const char *provenance)
{
    const pel_volume *shape = f->shape;
    const char *words = shape->fields.description;
    int count = 3 + (int)f->frame_axes;
    int64_t channels = pel__volume_channels(shape);
    pel__text_add(out, "ObjectType = Image\nNDims = %d\n", count);
    if (*words && !strpbrk(words, "\r\n"))
        pel__text_add(out, "Comment = %.*s\n", MOST_COMMENT, words);
    if (provenance)
        pel__text_add(out, "Pellucid = %s\n", provenance);
    pel__text_add(out, "BinaryData = True\nBinaryDataByteOrderMSB = False\nCompressedData = %s\n",
                  f->is_packed ? "True" : "False");
    if (f->is_packed)
        pel__text_add(out, "CompressedDataSize = %20lld\n", (long long)f->packed_bytes);
    grid(out, f, count);
    letters(out, shape);
    pel__text_add(out, "DistanceUnits = %s\nDimSize = %lld %lld %lld",
                  shape->unit_known ? "mm" : "?", (long long)shape->dims[0],
                  (long long)shape->dims[1], (long long)shape->dims[2]);
    for (int a = 0; a < f->frame_axes; a++)
        pel__text_add(out, " %lld", (long long)f->frames[a]);
    if (channels > 1)
        pel__text_add(out, "\nElementNumberOfChannels = %lld", (long long)channels);
    pel__text_add(out, "\nElementType = MET_%s\nElementDataFile = %s\n", types[f->values.to],
                  f->apart ? f->voxels_name : "LOCAL");
}

static void note_losses(const pel__text_file *f)
{
    const char *path = f->what->path;
    const pel_volume *shape = f->shape;
    int kept = 0;
    for (int i = 0; i < shape->fields.extension_count; i++) {
        const pel_extension *e = &shape->fields.extensions[i];
        kept += e->size > 12 && memcmp(e->bytes, "{\"pellucid\":", 12) == 0;
    }
    if (f->values.scaled)
        pel__note("%s: readers of MetaImage apply no scale: %s numbers are written as %s values",
                  path, pel_dtype_name(shape->dtype), pel_dtype_name(f->values.to));
    if (f->values.to != PEL_UINT8 && (shape->meaning == PEL_RGB || shape->meaning == PEL_RGBA))
        pel__note("%s: MetaImage does not say that channels of %s are colours; .nrrd does", path,
                  pel_dtype_name(f->values.to));
    if (shape->meaning == PEL_COMPLEX)
        pel__note("%s: MetaImage does not say that two channels are a complex number; .nrrd does",
                  path);
    if (f->frame_axes && shape->fields.time_unit)
        pel__note("%s: MetaImage holds no unit of time; .nrrd and .nii do", path);
    if (shape->fields.extension_count > kept)
        pel__note("%s: %d header extensions are left out; .nii keeps them", path,
                  shape->fields.extension_count - kept);
}

static const pel__text_format metaimage = { "MetaImage", ".mhd", ".raw", ".zraw",
                                            false,       true,   head,   note_losses };

pel_status pel__write_metaimage(const pel__writing *what)
{
    return pel__text_file_write(&metaimage, what);
}

int64_t pel__write_metaimage_memory(const char *path, const pel_volume *shape)
{
    (void)path;
    return pel__text_file_memory(shape);
}
