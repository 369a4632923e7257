/* SPDX-License-Identifier: Apache-2.0 */
/* mgh.c: FreeSurfer's MGH and MGZ, version 1. */
#include <limits.h>
#include <math.h>
#include <string.h>

#include "base/maths.h"
#include "base/status.h"
#include "base/text.h"
#include "volume/volume.h"
#include "write/stream.h"
#include "write/values.h"
#include "write/write.h"

enum { HEADER = 284, FOOTER = 20 };

typedef struct writer {
    const pel_volume *shape;
    pel__stream file;
    pel__values values;
} writer;

/* ---- what it can hold ---- */

// the type in the file; false: none holds these numbers
static bool type_for(pel_dtype *out, const pel_volume *shape)
{
    static const struct {
        pel_dtype from, to;
    } types[] = { { PEL_UINT8, PEL_UINT8 },    { PEL_INT8, PEL_INT16 },
                  { PEL_INT16, PEL_INT16 },    { PEL_UINT16, PEL_INT32 },
                  { PEL_INT32, PEL_INT32 },    { PEL_FLOAT32, PEL_FLOAT32 },
                  { PEL_FLOAT64, PEL_FLOAT32 } };
    *out = PEL_FLOAT32;
    if (pel__values_scaled(shape))
        return true;
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        if (types[i].from == shape->dtype) {
            *out = types[i].to;
            return true;
        }
    return false;
}

static pel_status check(const pel_volume *shape, const char *path, pel_dtype *type)
{
    int64_t frames = pel__volume_frames(shape);
    if (pel__volume_channels(shape) > 1)
        return pel__fail(PEL_EUNSUPPORTED,
                         "%s: MGH holds one number per voxel, and here are %lld; choose one with "
                         "--channel, or write .nii",
                         path, (long long)pel__volume_channels(shape));
    if (!type_for(type, shape))
        return pel__fail(PEL_EUNSUPPORTED,
                         "%s: MGH holds uint8, int16, int32 and float32, and not every %s is one; "
                         "give --dtype int32 or --dtype float32",
                         path, pel_dtype_name(shape->dtype));
    for (int a = 0; a < 3; a++)
        if (shape->dims[a] > INT32_MAX || frames > INT32_MAX)
            return pel__fail(PEL_EUNSUPPORTED, "%s: has more voxels along an axis than MGH can say",
                             path);
    return PEL_OK;
}

static void note_losses(const writer *w, const char *path)
{
    const pel_volume *shape = w->shape;
    if (w->values.scaled)
        pel__note("%s: MGH holds no scale: %s numbers are written as float32 values", path,
                  pel_dtype_name(shape->dtype));
    else if (shape->dtype == PEL_FLOAT64)
        pel__note("%s: MGH holds no float64: numbers are rounded to float32; .nii keeps them",
                  path);
    else if (w->values.to != shape->dtype)
        pel__note("%s: MGH holds no %s: numbers are written as %s", path,
                  pel_dtype_name(shape->dtype), pel_dtype_name(w->values.to));
    int more = 0;
    for (int a = 1; a < 4; a++)
        more += shape->fields.extra_dims[a] > 1;
    if (more)
        pel__note("%s: MGH has one axis of frames: %lld frames follow each other; .nii keeps axes",
                  path, (long long)pel__volume_frames(shape));
    if (shape->fields.extension_count || *shape->fields.description)
        pel__note("%s: MGH holds no description or header extensions; .nii keeps them", path);
    if (!shape->oriented && shape->unit_known)
        pel__note("%s: MGH holds no voxel size without an orientation; .nii does", path);
    if (shape->oriented && !shape->unit_known)
        pel__note("%s: MGH is always in millimetres, which these numbers are not known to be",
                  path);
}

/* ---- bytes ---- */

static void put_integer(uint8_t *to, int64_t value, int bytes)
{
    for (int i = 0; i < bytes; i++)
        to[i] = (uint8_t)(value >> 8 * (bytes - 1 - i));
}

static void put_real(uint8_t *to, double value)
{
    float single = (float)value;
    uint32_t bits;
    memcpy(&bits, &single, 4);
    put_integer(to, bits, 4);
}

static void put_grid(uint8_t *header, const pel_volume *shape)
{
    pel_affine grid = pel__volume_affine(shape);
    double centre[3] = { grid.m[0][3], grid.m[1][3], grid.m[2][3] };
    put_integer(header + 28, shape->oriented, 2);
    for (int a = 0; a < 3; a++) {
        double length = pel__length(pel__column(grid, a));
        float spacing = (float)length;
        put_real(header + 30 + 4 * a, length);
        for (int w = 0; w < 3; w++) {
            float direction = (float)(grid.m[w][a] / length);
            put_real(header + 42 + 12 * a + 4 * w, (double)direction);
            // with the rounded numbers, so that a reader finds voxel 0 again
            centre[w] += (double)(direction * spacing) * ((double)shape->dims[a] / 2);
        }
    }
    for (int w = 0; w < 3; w++)
        put_real(header + 78 + 4 * w, centre[w]);
}

static pel_status put_header(writer *w)
{
    static const int codes[PEL_DTYPE_COUNT] = {
        [PEL_UINT8] = 0, [PEL_INT32] = 1, [PEL_FLOAT32] = 3, [PEL_INT16] = 4
    };
    uint8_t header[HEADER] = { 0 };
    put_integer(header, 1, 4);
    for (int a = 0; a < 3; a++)
        put_integer(header + 4 + 4 * a, w->shape->dims[a], 4);
    put_integer(header + 16, pel__volume_frames(w->shape), 4);
    put_integer(header + 20, codes[w->values.to], 4);
    put_grid(header, w->shape);
    return pel__stream_write(&w->file, header, HEADER);
}

// the repetition time in milliseconds, where frames have one
static pel_status put_footer(writer *w)
{
    uint8_t footer[FOOTER] = { 0 };
    const pel_fields *f = &w->shape->fields;
    double ms = f->time_unit == 8 ? 1000 : f->time_unit == 16 ? 1 : f->time_unit == 24 ? 0.001 : 0;
    if (pel__volume_frames(w->shape) > 1)
        put_real(footer, ms * f->step[0]);
    return pel__stream_write(&w->file, footer, FOOTER);
}

static void to_big_endian(void *numbers, int64_t count, int64_t bytes)
{
    if (__BYTE_ORDER__ == __ORDER_BIG_ENDIAN__)
        return;
    for (int64_t i = 0; bytes == 2 && i < count; i++)
        ((uint16_t *)numbers)[i] = __builtin_bswap16(((uint16_t *)numbers)[i]);
    for (int64_t i = 0; bytes == 4 && i < count; i++)
        ((uint32_t *)numbers)[i] = __builtin_bswap32(((uint32_t *)numbers)[i]);
}

static pel_status take(void *user, void *slab, int64_t first, int64_t count)
{
    (void)first;
    writer *w = user;
    int64_t numbers = count * w->shape->dims[0] * w->shape->dims[1];
    int64_t bytes = pel_dtype_bytes(w->values.to);
    void *values = pel__values_of(&w->values, slab, numbers);
    to_big_endian(values, numbers, bytes);
    return pel__stream_write(&w->file, values, numbers * bytes);
}

static int level_for(const char *path, int64_t level)
{
    return pel__ends_with(path, ".mgh") ? 0 : (int)level;
}

pel_status pel__write_mgh(const pel__writing *what)
{
    const pel_volume *shape = &what->source->shape;
    writer w = { .shape = shape };
    pel_dtype type = PEL_FLOAT32;
    pel_status s = check(shape, what->path, &type);
    if (s != PEL_OK)
        return s;
    s = pel__values_open(&w.values, shape, type);
    if (s == PEL_OK)
        s = pel__stream_open(&w.file, what->path, level_for(what->path, what->params.gzip_level),
                             pel_volume_bytes(shape));
    if (s == PEL_OK)
        s = put_header(&w);
    if (s == PEL_OK)
        s = pel__pull(what->source, take, &w);
    if (s == PEL_OK)
        s = put_footer(&w);
    if (s == PEL_OK)
        s = pel__finish(what->source);
    if (s == PEL_OK)
        s = pel__stream_end(&w.file);
    if (s == PEL_OK)
        note_losses(&w, what->path);
    if (s == PEL_OK)
        s = pel__stream_commit(&w.file);
    pel__values_close(&w.values);
    pel__stream_close(&w.file);
    return s;
}

int64_t pel__write_mgh_memory(const char *path, const pel_volume *shape)
{
    pel_dtype type;
    if (!type_for(&type, shape))
        return -1;
    return pel__slab_bytes(shape) + pel__values_memory(shape, type) +
           pel__stream_memory(level_for(path, 1), pel_volume_bytes(shape));
}
