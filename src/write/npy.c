/* SPDX-License-Identifier: Apache-2.0 */
/* npy.c: numpy arrays, version 1: volumes in Fortran order (a[i,j,k]), pictures row by row. */
#include <math.h>
#include <string.h>

#include "base/memory.h"
#include "base/status.h"
#include "base/text.h"
#include "volume/volume.h"
#include "write/stream.h"
#include "write/values.h"
#include "write/write.h"

static const char *const types[PEL_DTYPE_COUNT] = {
    [PEL_UINT8] = "|u1",   [PEL_INT8] = "|i1",    [PEL_UINT16] = "<u2", [PEL_INT16] = "<i2",
    [PEL_UINT32] = "<u4",  [PEL_INT32] = "<i4",   [PEL_UINT64] = "<u8", [PEL_INT64] = "<i8",
    [PEL_FLOAT32] = "<f4", [PEL_FLOAT64] = "<f8",
};

static pel_status put_head(pel__stream *to, const char *type, bool fortran, const int64_t *dims,
                           int count)
{
    enum { BEFORE = 10, ALIGNED = 64 };
    pel__text head = { 0 };
    pel__text_add_bytes(&head, "\x93NUMPY\1\0\0\0", BEFORE);
    pel__text_add(&head, "{'descr': '%s', 'fortran_order': %s, 'shape': (", type,
                  fortran ? "True" : "False");
    for (int i = 0; i < count; i++)
        pel__text_add(&head, i ? ", %lld" : "%lld", (long long)dims[i]);
    // a tuple of one has its comma
    pel__text_add(&head, count == 1 ? ",), }" : "), }");
    while (!head.failed && (head.length + 1) % ALIGNED)
        pel__text_add(&head, " ");
    pel__text_add(&head, "\n");
    pel_status s = PEL_OK;
    if (head.failed)
        s = pel__fail(PEL_EMEMORY, "%s: no memory for its header", to->file.path);
    else {
        head.text[8] = (char)((head.length - BEFORE) & 255);
        head.text[9] = (char)((head.length - BEFORE) >> 8);
        s = pel__stream_write(to, head.text, (int64_t)head.length);
    }
    pel__text_free(&head);
    return s;
}

typedef struct writer {
    const pel_volume *shape;
    pel__stream file;
    pel__values values; // as numbers go into the file
    bool planar;
} writer;

static bool is_complex(const pel_volume *shape)
{
    return shape->meaning == PEL_COMPLEX && pel__volume_channels(shape) == 2 &&
           pel_dtype_is_float(shape->dtype);
}

static pel_status take(void *user, void *slab, int64_t first, int64_t count)
{
    (void)first;
    writer *w = user;
    int64_t numbers = count * w->shape->dims[0] * w->shape->dims[1] *
                      (w->planar ? 1 : pel__volume_channels(w->shape));
    return pel__stream_write(&w->file, pel__values_of(&w->values, slab, numbers),
                             numbers * pel_dtype_bytes(w->values.to));
}

static void note_losses(const writer *w, const char *path)
{
    char axes[8];
    pel_volume_orientation(w->shape, axes);
    pel_vec3 mm = pel_volume_spacing_mm(w->shape);
    if (w->shape->oriented || w->shape->unit_known)
        pel__note(
            "%s: npy holds no grid: axes %s and voxels of %.9gx%.9gx%.9g mm are left out; use "
            ".nii to keep them",
            path, axes, mm.x, mm.y, mm.z);
    if (w->values.scaled)
        pel__note("%s: npy holds no scale: %s numbers are written as %s values", path,
                  pel_dtype_name(w->shape->dtype), pel_dtype_name(w->values.to));
}

static pel_status write_all(writer *w, const pel__writing *what)
{
    int64_t channels = pel__volume_channels(w->shape), dims[8];
    int count = pel__volume_axes(w->shape, dims);
    if (w->planar)
        dims[count++] = channels;
    const char *type = !is_complex(w->shape)         ? types[w->values.to]
                       : w->values.to == PEL_FLOAT32 ? "<c8"
                                                     : "<c16";
    pel_status s = put_head(&w->file, type, true, dims, count);
    for (int64_t c = 0; s == PEL_OK && c < (w->planar ? channels : 1); c++)
        s = w->planar ? pel__pull_channel(what->source, c, take, w)
                      : pel__pull(what->source, take, w);
    if (s == PEL_OK)
        s = pel__finish(what->source);
    if (s == PEL_OK)
        s = pel__stream_commit(&w->file);
    if (s == PEL_OK)
        note_losses(w, what->path);
    return s;
}

pel_status pel__write_npy(const pel__writing *what)
{
    const pel_volume *shape = &what->source->shape;
    writer w = { .shape = shape };
    w.planar = !is_complex(shape) && pel__volume_channels(shape) > 1;
    pel_status s = pel__stream_open(&w.file, what->path, 0, 0);
    if (s == PEL_OK)
        s = pel__values_open(&w.values, shape, pel__values_type(shape));
    if (s == PEL_OK)
        s = write_all(&w, what);
    pel__values_close(&w.values);
    pel__stream_close(&w.file);
    return s;
}

int64_t pel__write_npy_memory(const char *path, const pel_volume *shape)
{
    (void)path;
    return pel__slab_bytes(shape) + pel__values_memory(shape, pel__values_type(shape));
}

pel_status pel__write_npy_image(const char *path, const pel_image *image)
{
    int64_t dims[3] = { image->height, image->width, image->channels };
    int64_t numbers = image->height * image->width * image->channels;
    if (image->scalar && (image->slope != 1 || image->inter != 0))
        pel__note("%s: npy holds no scale: value = %.17g*stored + %.17g", path, image->slope,
                  image->inter);
    pel__stream file;
    pel_status s = pel__stream_open(&file, path, 0, 0);
    if (s == PEL_OK)
        s = put_head(&file, types[image->dtype], false, dims, image->channels > 1 ? 3 : 2);
    if (s == PEL_OK)
        s = pel__stream_write(&file, image->data, numbers * pel_dtype_bytes(image->dtype));
    if (s == PEL_OK)
        s = pel__stream_commit(&file);
    pel__stream_close(&file);
    return s;
}
