/* SPDX-License-Identifier: Apache-2.0 */
/* nifti_head.c: the header of NIfTI-1 and -2 from a volume's shape; one table of both layouts. */
#include "write/nifti_head.h"

#include <math.h>
#include <string.h>

#include "base/memory.h"
#include "base/status.h"
#include "volume/volume.h"
#include "write/orientation.h"

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "files are written as memory lies");

enum { SIZE_1 = 348, SIZE_2 = 540, FLAG = 4, ESIZE = 8, COMMENT = 6, MOST_SHORT = 32767 };
enum { INTENT_VECTOR = 1007, INTENT_RGB_VECTOR = 2003, INTENT_RGBA_VECTOR = 2004 };

typedef enum type { NONE, BYTE, SHORT, INT, LONG, FLOAT, DOUBLE } type;

static const int type_bytes[] = { 0, 1, 2, 4, 8, 4, 8 };

typedef enum field {
    SIZEOF_HDR,
    REGULAR,
    DIM_INFO,
    DIM,
    INTENT_P,
    INTENT_CODE,
    DATATYPE,
    BITPIX,
    SLICE_START,
    SLICE_END,
    SLICE_CODE,
    SLICE_DURATION,
    PIXDIM,
    VOX_OFFSET,
    SCL_SLOPE,
    SCL_INTER,
    XYZT_UNITS,
    CAL_MAX,
    CAL_MIN,
    TOFFSET,
    QFORM_CODE,
    SFORM_CODE,
    QUATERN,
    QOFFSET,
    SROW,
    DESCRIP,
    AUX_FILE,
    INTENT_NAME,
    MAGIC,
} field;

// where a field lies in each header, and as what
static const struct {
    int at;
    type as;
} places[][2] = {
    [SIZEOF_HDR] = { { 0, INT }, { 0, INT } },
    [REGULAR] = { { 38, BYTE }, { 0, NONE } },
    [DIM_INFO] = { { 39, BYTE }, { 524, BYTE } },
    [DIM] = { { 40, SHORT }, { 16, LONG } },
    [INTENT_P] = { { 56, FLOAT }, { 80, DOUBLE } },
    [INTENT_CODE] = { { 68, SHORT }, { 504, INT } },
    [DATATYPE] = { { 70, SHORT }, { 12, SHORT } },
    [BITPIX] = { { 72, SHORT }, { 14, SHORT } },
    [SLICE_START] = { { 74, SHORT }, { 224, LONG } },
    [SLICE_END] = { { 120, SHORT }, { 232, LONG } },
    [SLICE_CODE] = { { 122, BYTE }, { 496, INT } },
    [SLICE_DURATION] = { { 132, FLOAT }, { 208, DOUBLE } },
    [PIXDIM] = { { 76, FLOAT }, { 104, DOUBLE } },
    [VOX_OFFSET] = { { 108, FLOAT }, { 168, LONG } },
    [SCL_SLOPE] = { { 112, FLOAT }, { 176, DOUBLE } },
    [SCL_INTER] = { { 116, FLOAT }, { 184, DOUBLE } },
    [XYZT_UNITS] = { { 123, BYTE }, { 500, INT } },
    [CAL_MAX] = { { 124, FLOAT }, { 192, DOUBLE } },
    [CAL_MIN] = { { 128, FLOAT }, { 200, DOUBLE } },
    [TOFFSET] = { { 136, FLOAT }, { 216, DOUBLE } },
    [QFORM_CODE] = { { 252, SHORT }, { 344, INT } },
    [SFORM_CODE] = { { 254, SHORT }, { 348, INT } },
    [QUATERN] = { { 256, FLOAT }, { 352, DOUBLE } },
    [QOFFSET] = { { 268, FLOAT }, { 376, DOUBLE } },
    [SROW] = { { 280, FLOAT }, { 400, DOUBLE } },
    [DESCRIP] = { { 148, BYTE }, { 240, BYTE } },
    [AUX_FILE] = { { 228, BYTE }, { 320, BYTE } },
    [INTENT_NAME] = { { 328, BYTE }, { 508, BYTE } },
    [MAGIC] = { { 344, BYTE }, { 4, BYTE } },
};

typedef struct head {
    uint8_t bytes[SIZE_2];
    int version;
} head;

static uint8_t *place(head *h, field f, int index)
{
    return h->bytes + places[f][h->version - 1].at +
           index * type_bytes[places[f][h->version - 1].as];
}

// a number too large for its field is kept at the field's end
static void put_integer(head *h, field f, int index, int64_t value)
{
    type as = places[f][h->version - 1].as;
    int bytes = type_bytes[as];
    if (as == FLOAT) {
        float real = (float)value;
        memcpy(place(h, f, index), &real, sizeof real);
        return;
    }
    int64_t most = bytes == 8 ? INT64_MAX : bytes == 1 ? 255 : ((int64_t)1 << (8 * bytes - 1)) - 1;
    value = value > most ? most : value < -most ? -most : value;
    memcpy(place(h, f, index), &value, (size_t)bytes);
}

static void put_number(head *h, field f, int index, double value)
{
    float less = (float)value;
    if (places[f][h->version - 1].as == DOUBLE)
        memcpy(place(h, f, index), &value, sizeof value);
    else
        memcpy(place(h, f, index), &less, sizeof less);
}

static void put_text(head *h, field f, const char *text, size_t room)
{
    memcpy(place(h, f, 0), text, strnlen(text, room));
}

// the NIfTI type of a voxel with all its channels; 0: none
static int whole_datatype(const pel_volume *shape)
{
    int64_t channels = pel__volume_channels(shape);
    if (shape->meaning == PEL_RGB && channels == 3 && shape->dtype == PEL_UINT8)
        return 128;
    if (shape->meaning == PEL_RGBA && channels == 4 && shape->dtype == PEL_UINT8)
        return 2304;
    if (shape->meaning == PEL_COMPLEX && channels == 2 && shape->dtype == PEL_FLOAT32)
        return 32;
    if (shape->meaning == PEL_COMPLEX && channels == 2 && shape->dtype == PEL_FLOAT64)
        return 1792;
    return 0;
}

static const int datatypes[PEL_DTYPE_COUNT] = {
    [PEL_UINT8] = 2,    [PEL_INT8] = 256,   [PEL_UINT16] = 512,  [PEL_INT16] = 4,
    [PEL_UINT32] = 768, [PEL_INT32] = 8,    [PEL_UINT64] = 1280, [PEL_INT64] = 1024,
    [PEL_FLOAT32] = 16, [PEL_FLOAT64] = 64,
};

// an extension that this writer made before
static bool is_provenance(const pel_extension *extension)
{
    static const char start[] = "{\"pellucid\":";
    return extension->code == COMMENT && extension->size >= (int64_t)sizeof start - 1 &&
           memcmp(extension->bytes, start, sizeof start - 1) == 0;
}

// with its eight bytes in front, a multiple of sixteen
static int64_t extension_bytes(int64_t size)
{
    return (size + ESIZE + 15) / 16 * 16;
}

static int64_t all_extension_bytes(const pel_volume *shape, const char *provenance)
{
    int64_t bytes = provenance ? extension_bytes((int64_t)strlen(provenance)) : 0;
    for (int i = 0; i < shape->fields.extension_count; i++)
        if (!is_provenance(&shape->fields.extensions[i]))
            bytes += extension_bytes(shape->fields.extensions[i].size);
    return bytes;
}

// where the format has no voxel for them, channels are axis 5
static void lay_out_dims(pel__nifti_layout *out, const pel_volume *shape)
{
    int64_t channels = out->planar ? pel__volume_channels(shape) : 1;
    out->dims[0] = pel__volume_axes(shape, out->dims + 1);
    if (channels == 1)
        return;
    for (int a = 4; a < 8; a++)
        out->dims[a] = a == 4 ? pel__volume_frames(shape) : a == 5 ? channels : 1;
    out->dims[0] = 5;
}

pel_status pel__nifti_lay_out(pel__nifti_layout *out, const pel_volume *shape,
                              const char *provenance, int version, int files)
{
    int whole = whole_datatype(shape);
    *out = (pel__nifti_layout){ .version = version ? version : 1, .files = files };
    out->planar = !whole && pel__volume_channels(shape) > 1;
    out->datatype = whole ? whole : datatypes[shape->dtype];
    out->bits =
        (int)(8 * pel_dtype_bytes(shape->dtype) * (out->planar ? 1 : pel__volume_channels(shape)));
    out->extended = all_extension_bytes(shape, provenance);
    lay_out_dims(out, shape);
    // a double that came from NIfTI-2 may not fit a float
    bool came_as_2 = strcmp(shape->fields.format, "NIfTI-2") == 0;
    // vox_offset of NIfTI-1 is a float: multiples of sixteen are exact up to 2^28
    bool fits = out->extended < (1 << 27);
    for (int a = 1; a < 8; a++)
        fits = fits && out->dims[a] <= MOST_SHORT;
    if (!fits && version == 1)
        return pel__fail(PEL_EUNSUPPORTED,
                         "NIfTI-1 holds up to %d voxels along an axis and 128 MB of extensions; "
                         "use --nifti 2",
                         MOST_SHORT);
    if (!fits || (version == 0 && came_as_2))
        out->version = 2;
    return PEL_OK;
}

static void put_axes(head *h, const pel__nifti_layout *layout, const pel_volume *shape)
{
    pel__orientation where = pel__orientation_of(shape);
    put_number(h, PIXDIM, 0, where.q.handed);
    put_number(h, PIXDIM, 1, where.spacing_mm.x);
    put_number(h, PIXDIM, 2, where.spacing_mm.y);
    put_number(h, PIXDIM, 3, where.spacing_mm.z);
    for (int a = 0; a < 4; a++)
        put_number(h, PIXDIM, a + 4, shape->fields.step[a]);
    for (int a = 0; a < 8; a++)
        put_integer(h, DIM, a, layout->dims[a]);
    float bcd[3];
    pel__quaternion_round(bcd, &where.q);
    for (int i = 0; i < 3; i++) {
        put_number(h, QUATERN, i, h->version == 1 ? (double)bcd[i] : where.q.bcd[i]);
        put_number(h, QOFFSET, i, where.q.offset[i]);
        for (int c = 0; c < 4; c++)
            put_number(h, SROW, 4 * i + c, where.sform_code ? where.sform.m[i][c] : 0);
    }
    put_integer(h, QFORM_CODE, 0, where.qform_code);
    put_integer(h, SFORM_CODE, 0, where.sform_code);
    put_integer(h, XYZT_UNITS, 0, (shape->unit_known ? 2 : 0) | (shape->fields.time_unit & 0x38));
}

static void put_meaning(head *h, const pel__nifti_layout *layout, const pel_volume *shape)
{
    const pel_fields *f = &shape->fields;
    int intent = layout->planar && shape->meaning == PEL_RGB    ? INTENT_RGB_VECTOR
                 : layout->planar && shape->meaning == PEL_RGBA ? INTENT_RGBA_VECTOR
                 : layout->planar                               ? INTENT_VECTOR
                                                                : f->intent_code;
    put_integer(h, INTENT_CODE, 0, intent);
    for (int i = 0; i < 3; i++)
        put_number(h, INTENT_P, i, layout->planar ? 0 : f->intent[i]);
    put_text(h, INTENT_NAME, f->intent_name, 16);
    put_integer(h, DATATYPE, 0, layout->datatype);
    put_integer(h, BITPIX, 0, layout->bits);
    bool scaled = isfinite(shape->slope) && isfinite(shape->inter);
    put_number(h, SCL_SLOPE, 0, scaled ? shape->slope : 0);
    put_number(h, SCL_INTER, 0, scaled ? shape->inter : 0);
    put_number(h, CAL_MIN, 0, f->display_lo);
    put_number(h, CAL_MAX, 0, f->display_hi);
}

static void put_acquisition(head *h, const pel_fields *f)
{
    put_integer(h, DIM_INFO, 0,
                (f->freq_dim & 3) | (f->phase_dim & 3) << 2 | (f->slice_dim & 3) << 4);
    put_integer(h, SLICE_START, 0, f->slice_start);
    put_integer(h, SLICE_END, 0, f->slice_end);
    put_integer(h, SLICE_CODE, 0, f->slice_code);
    put_number(h, SLICE_DURATION, 0, f->slice_duration);
    put_number(h, TOFFSET, 0, f->step_offset);
    put_text(h, DESCRIP, f->description, 80);
    put_text(h, AUX_FILE, f->aux_file, 24);
}

static void add_extension(pel__text *out, int code, const void *bytes, int64_t size)
{
    static const char zeros[16];
    int32_t words[2] = { (int32_t)extension_bytes(size), code };
    pel__text_add_bytes(out, words, sizeof words);
    pel__text_add_bytes(out, bytes, (size_t)size);
    pel__text_add_bytes(out, zeros, (size_t)(words[0] - ESIZE - size));
}

void pel__nifti_head(pel__text *out, const pel__nifti_layout *layout, const pel_volume *shape,
                     const char *provenance)
{
    static const char *const magic[2][2] = { { "n+1", "ni1" },
                                             { "n+2\0\r\n\032\n", "ni2\0\r\n\032\n" } };
    head h = { .version = layout->version };
    int size = layout->version == 1 ? SIZE_1 : SIZE_2;
    put_integer(&h, SIZEOF_HDR, 0, size);
    if (layout->version == 1)
        put_integer(&h, REGULAR, 0, 'r');
    put_axes(&h, layout, shape);
    put_meaning(&h, layout, shape);
    put_acquisition(&h, &shape->fields);
    put_integer(&h, VOX_OFFSET, 0,
                layout->files == PEL__NIFTI_SINGLE ? size + FLAG + layout->extended : 0);
    memcpy(place(&h, MAGIC, 0), magic[layout->version - 1][layout->files - 1],
           layout->version == 1 ? 4 : 8);
    pel__text_add_bytes(out, h.bytes, (size_t)size);
    const char flag[FLAG] = { layout->extended > 0, 0, 0, 0 };
    pel__text_add_bytes(out, flag, sizeof flag);
    if (provenance)
        add_extension(out, COMMENT, provenance, (int64_t)strlen(provenance));
}

void pel__nifti_rest(pel__text *out, const pel_volume *shape)
{
    for (int i = 0; i < shape->fields.extension_count; i++) {
        const pel_extension *e = &shape->fields.extensions[i];
        if (!is_provenance(e))
            add_extension(out, e->code, e->bytes, e->size);
    }
}
