/* SPDX-License-Identifier: Apache-2.0 */
/* header.c: what NIfTI and Analyze headers share. */
#include "read/header.h"

#include <math.h>
#include <string.h>

#include "base/memory.h"
#include "base/status.h"

static const int field_bytes[] = { 1, 2, 4, 8, 4, 8 };

static uint64_t field_bits(const uint8_t *header, int at, int count, bool big_endian)
{
    uint64_t bits = 0;
    for (int i = 0; i < count; i++)
        bits = bits << 8 | header[at + (big_endian ? i : count - 1 - i)];
    return bits;
}

int64_t pel__field_integer(const uint8_t *header, int at, pel__field_kind kind, bool big_endian)
{
    uint64_t bits = field_bits(header, at, field_bytes[kind], big_endian);
    switch (kind) {
    case PEL__I16:
        return (int16_t)bits;
    case PEL__I32:
        return (int32_t)bits;
    default:
        return (int64_t)bits;
    }
}

double pel__field_real(const uint8_t *header, int at, pel__field_kind kind, bool big_endian)
{
    uint64_t bits = field_bits(header, at, field_bytes[kind], big_endian);
    uint32_t low = (uint32_t)bits;
    float single;
    double value;
    memcpy(&single, &low, 4);
    memcpy(&value, &bits, 8);
    return kind == PEL__F32 ? (double)single : value;
}

void pel__field_text(char *out, const uint8_t *header, int at, int length)
{
    memcpy(out, header + at, (size_t)length);
    out[length] = 0;
}

/* one row per type code; 130, 132 and 136 are SPM's of Analyze */
static const struct type {
    int code;
    pel_dtype dtype;
    int channels;
    pel_meaning meaning;
    bool quad;
} types[] = {
    { 2, PEL_UINT8, 1, PEL_SCALAR, false },       { 4, PEL_INT16, 1, PEL_SCALAR, false },
    { 8, PEL_INT32, 1, PEL_SCALAR, false },       { 16, PEL_FLOAT32, 1, PEL_SCALAR, false },
    { 32, PEL_FLOAT32, 2, PEL_COMPLEX, false },   { 64, PEL_FLOAT64, 1, PEL_SCALAR, false },
    { 128, PEL_UINT8, 3, PEL_RGB, false },        { 130, PEL_INT8, 1, PEL_SCALAR, false },
    { 132, PEL_UINT16, 1, PEL_SCALAR, false },    { 136, PEL_UINT32, 1, PEL_SCALAR, false },
    { 256, PEL_INT8, 1, PEL_SCALAR, false },      { 512, PEL_UINT16, 1, PEL_SCALAR, false },
    { 768, PEL_UINT32, 1, PEL_SCALAR, false },    { 1024, PEL_INT64, 1, PEL_SCALAR, false },
    { 1280, PEL_UINT64, 1, PEL_SCALAR, false },   { 1536, PEL_FLOAT64, 1, PEL_SCALAR, true },
    { 1792, PEL_FLOAT64, 2, PEL_COMPLEX, false }, { 2048, PEL_FLOAT64, 2, PEL_COMPLEX, true },
    { 2304, PEL_UINT8, 4, PEL_RGBA, false },
};

pel_status pel__header_type(pel_volume *shape, pel__layout *layout, int64_t code, const char *name)
{
    for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
        const struct type *t = &types[i];
        if (t->code != code)
            continue;
        shape->dtype = t->dtype;
        shape->channels = t->channels;
        shape->meaning = t->meaning;
        layout->convert = t->quad ? PEL__QUAD : PEL__AS_IS;
        if (t->quad)
            pel__note("%s: its 128-bit floats are rounded to float64", name);
        return PEL_OK;
    }
    if (code == 1)
        return pel__fail(PEL_EUNSUPPORTED,
                         "%s: its datatype is 1, bits packed eight to a byte, whose order no "
                         "standard tells; convert it to uint8 with the program that made it",
                         name);
    return pel__fail(PEL_EFORMAT,
                     "%s: its datatype is %lld, which no standard knows; its header is damaged",
                     name, (long long)code);
}

pel_status pel__header_dims(pel_volume *shape, const int64_t dim[8], bool lenient, const char *name)
{
    int axes = (int)dim[0];
    if (dim[0] < 1 || dim[0] > 7)
        return pel__fail(PEL_EFORMAT,
                         "%s: has dim[0] %lld, but a volume has 1 to 7 axes; its header is damaged",
                         name, (long long)dim[0]);
    shape->frames = 1;
    shape->fields.axes = axes;
    for (int a = 1; a <= 7; a++) {
        int64_t n = a > axes || (lenient && a > 3 && dim[a] == 0) ? 1 : dim[a];
        if (n < 1)
            return pel__fail(PEL_EFORMAT,
                             "%s: has dim[%d] %lld, but an axis has at least 1 voxel; its header "
                             "is damaged",
                             name, a, (long long)n);
        if (a <= 3)
            shape->dims[a - 1] = n;
        else if (a <= axes) {
            shape->fields.extra_dims[a - 4] = n;
            if (!pel__multiply(&shape->frames, shape->frames, n))
                return pel__fail(PEL_EFORMAT, "%s: its size does not fit 63 bits", name);
        }
    }
    return PEL_OK;
}

void pel__header_spacing(double pixdim[8], const pel_volume *shape, const char *name)
{
    for (int a = 1; a <= 3; a++) {
        double was = pixdim[a];
        pixdim[a] = !isfinite(was) || was == 0 ? 1 : fabs(was);
        // of an axis the file does not have nobody wants to know
        if (a <= shape->fields.axes && !(was == pixdim[a]))
            pel__note("%s: its voxel size along axis %d is %g, which cannot be; %g is taken "
                      "(--spacing DX,DY,DZ sets it)",
                      name, a, was, pixdim[a]);
    }
}

pel_affine pel__header_base_affine(const double pixdim[8], const pel_volume *shape, bool flip_x)
{
    pel_affine a = pel_affine_identity();
    for (int c = 0; c < 3; c++) {
        double spacing = c < shape->fields.axes ? pixdim[c + 1] : 1;
        a.m[c][c] = c == 0 && flip_x ? -spacing : spacing;
        a.m[c][3] = -((double)(shape->dims[c] - 1) / 2) * a.m[c][c];
    }
    return a;
}
