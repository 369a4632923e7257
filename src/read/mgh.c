/* SPDX-License-Identifier: Apache-2.0 */
/* mgh.c: FreeSurfer's MGH and MGZ, version 1
 * (surfer.nmr.mgh.harvard.edu/fswiki/FsTutorial/MghFormat). */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/maths.h"
#include "base/memory.h"
#include "base/status.h"
#include "base/text.h"
#include "read/header.h"
#include "volume/volume.h"

enum { HEADER = 284, FOOTER = 20, VERSION = 1, MOST_TYPE = 10 };

static int32_t integer(const uint8_t *header, int at)
{
    return (int32_t)pel__field_integer(header, at, PEL__I32, true);
}

// version 1 and a type, unless the name says it
static bool is(const pel__opening *opening, const uint8_t *head, int64_t count)
{
    const char *name = opening->name;
    if (pel__ends_with(name, ".mgh") || pel__ends_with(name, ".mgz") ||
        pel__ends_with(name, ".mgh.gz"))
        return true;
    if (count < 28 || integer(head, 0) != VERSION || head[20] || head[21] || head[22] ||
        head[23] > MOST_TYPE)
        return false;
    for (int a = 1; a < 5; a++)
        if (integer(head, 4 * a) < 1)
            return false;
    return true;
}

static pel_status set_type(pel_volume *shape, int32_t code, const char *name)
{
    static const struct {
        int code;
        pel_dtype dtype;
    } types[] = {
        { 0, PEL_UINT8 }, { 1, PEL_INT32 }, { 3, PEL_FLOAT32 }, { 4, PEL_INT16 }, { 10, PEL_UINT16 }
    };
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        if (types[i].code == code) {
            shape->dtype = types[i].dtype;
            return PEL_OK;
        }
    if (code >= 0 && code < MOST_TYPE)
        return pel__fail(
            PEL_EUNSUPPORTED,
            "%s: its type is %d (long, bits, tensors and such); mri_convert -odt float "
            "makes numbers of it",
            name, (int)code);
    return pel__fail(PEL_EFORMAT,
                     "%s: its type is %d, which MGH does not know; its header is damaged", name,
                     (int)code);
}

static pel_status set_dims(pel_volume *shape, const uint8_t *header, const char *name)
{
    int64_t frames = integer(header, 16);
    int64_t dim[8] = { frames > 1 ? 4 : 3, 1, 1, 1, frames, 1, 1, 1 };
    for (int a = 0; a < 3; a++)
        dim[a + 1] = integer(header, 4 + 4 * a);
    if (frames < 1)
        return pel__fail(PEL_EFORMAT, "%s: has %lld frames; its header is damaged", name,
                         (long long)frames);
    return pel__header_dims(shape, dim, false, name);
}

// the scanner's space at the middle of the volume; in float32, as nibabel has it
static void set_grid(pel_volume *shape, const uint8_t *header, const char *name)
{
    bool good = pel__field_integer(header, 28, PEL__I16, true) > 0;
    // without a good orientation: FreeSurfer's own, coronal slices of 1 mm
    static const float coronal[9] = { -1, 0, 0, 0, 0, -1, 0, 1, 0 };
    float spacing[3] = { 1, 1, 1 }, direction[9], centre[3] = { 0 };
    memcpy(direction, coronal, sizeof direction);
    for (int a = 0; good && a < 3; a++) {
        spacing[a] = (float)pel__field_real(header, 30 + 4 * a, PEL__F32, true);
        centre[a] = (float)pel__field_real(header, 78 + 4 * a, PEL__F32, true);
        for (int w = 0; w < 3; w++)
            direction[3 * a + w] =
                (float)pel__field_real(header, 42 + 12 * a + 4 * w, PEL__F32, true);
    }
    pel_affine grid = pel_affine_identity();
    double lengths = 1;
    for (int w = 0; w < 3; w++) {
        grid.m[w][3] = (double)centre[w];
        for (int a = 0; a < 3; a++) {
            grid.m[w][a] = (double)(direction[3 * a + w] * spacing[a]);
            grid.m[w][3] -= grid.m[w][a] * ((double)shape->dims[a] / 2);
        }
        // the file knows no more than float32 of it
        grid.m[w][3] = (double)(float)grid.m[w][3];
    }
    for (int a = 0; a < 3; a++)
        lengths *= pel__length(pel__column(grid, a));
    shape->unit_known = shape->oriented = good;
    if (!(fabs(pel__determinant(grid)) > 1e-9 * lengths) || !isfinite(lengths) ||
        !isfinite(grid.m[0][3] + grid.m[1][3] + grid.m[2][3])) {
        pel__note("%s: its axes span no volume; they were ignored", name);
        grid = pel_affine_identity();
        shape->unit_known = shape->oriented = false;
    } else if (!good)
        pel__note("%s: says that its orientation and voxel size are not known; FreeSurfer takes "
                  "coronal slices of 1 mm (--assume LIA and --spacing declare it)",
                  name);
    shape->mm_from_ijk = grid;
}

// the repetition time lies behind the voxels; of several frames it is their step
static pel_status read_footer(pel_volume *shape, pel__bytes *bytes)
{
    uint8_t footer[FOOTER];
    int64_t got, size = pel_volume_bytes(shape), at = pel__bytes_at(bytes), end;
    bool can = bytes->jumps || bytes->rewind;
    if (shape->frames < 2 || !can || !pel__add(&end, at, size) || end > bytes->most)
        return PEL_OK;
    pel_status s = pel__bytes_seek(bytes, end);
    if (s == PEL_OK)
        s = pel__bytes_read(bytes, footer, FOOTER, &got);
    if (s == PEL_OK && got >= 4) {
        double ms = pel__field_real(footer, 0, PEL__F32, true);
        if (isfinite(ms) && ms > 0) {
            shape->fields.step[0] = ms;
            shape->fields.time_unit = 16;
        }
    }
    return s == PEL_OK ? pel__bytes_seek(bytes, at) : s;
}

static pel_status open_mgh(pel_source *out, pel__opening *opening)
{
    uint8_t header[HEADER];
    pel__bytes *bytes = opening->bytes;
    pel_volume *shape = &out->shape;
    pel__layout layout = { .offset = HEADER, .big_endian = true };
    pel_status s = pel__bytes_need(bytes, header, HEADER, "the MGH header");
    if (s == PEL_OK && integer(header, 0) != VERSION)
        s = pel__fail(PEL_EFORMAT,
                      "%s: its version is %d, but MGH files have 1; it is no MGH file, or damaged",
                      bytes->name, (int)integer(header, 0));
    if (s == PEL_OK)
        s = set_dims(shape, header, bytes->name);
    if (s == PEL_OK)
        s = set_type(shape, integer(header, 20), bytes->name);
    if (s == PEL_OK)
        s = pel__volume_check_shape(shape, bytes->name);
    if (s != PEL_OK)
        return s;
    shape->channels = 1;
    shape->slope = 1;
    snprintf(shape->fields.format, sizeof shape->fields.format, "MGH");
    set_grid(shape, header, bytes->name);
    s = read_footer(shape, bytes);
    return s == PEL_OK ? pel__voxels_open(out, opening, &layout) : s;
}

const pel__format pel__mgh = { "MGH", is, open_mgh };
