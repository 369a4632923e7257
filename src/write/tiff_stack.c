/* SPDX-License-Identifier: Apache-2.0 */
/* tiff_stack.c: volumes as TIFF stacks that ImageJ opens with their voxel size, and pictures with
 * their scale and words. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/status.h"
#include "base/text.h"
#include "volume/volume.h"
#include "write/tiff.h"
#include "write/values.h"
#include "write/write.h"

enum { ROOM_OF_WORDS = 64 << 10 };

typedef struct writer {
    const pel_volume *shape;
    pel__tiff_out file;
    pel__values values; // as numbers go into the file
    bool apart;         // channels are pages of their own
    void *planes;       // owned; a slice, channel after channel
} writer;

static bool are_colours(const pel_volume *shape)
{
    return shape->meaning == PEL_RGB || shape->meaning == PEL_RGBA;
}

static pel__tiff_layout layout_of(const pel_volume *shape, const pel_write_params *params)
{
    pel__tiff_layout l = { .width = shape->dims[0],
                           .height = shape->dims[1],
                           .channels = are_colours(shape) ? (int)pel__volume_channels(shape) : 1,
                           .colours = are_colours(shape),
                           .dtype = pel__values_type(shape),
                           .packing = params->tiff,
                           .level = (int)params->gzip_level,
                           .unit = 1 };
    pel_vec3 mm = pel_volume_spacing_mm(shape);
    if (shape->unit_known) {
        l.per_unit[0] = 1 / mm.x;
        l.per_unit[1] = 1 / mm.y;
    }
    return l;
}

static int64_t pages_of(const pel_volume *shape)
{
    return shape->dims[2] * pel__volume_frames(shape) *
           (are_colours(shape) ? 1 : pel__volume_channels(shape));
}

static void add_number(pel__text *to, const char *before, double value)
{
    char word[32];
    pel__format_number(word, value);
    pel__text_add(to, "%s%s", before, word);
}

// ImageJ's lines; it passes over keys it does not know
static void describe(pel__text *to, const pel_volume *shape, const char *provenance)
{
    int64_t channels = are_colours(shape) ? 1 : pel__volume_channels(shape);
    int64_t frames = pel__volume_frames(shape), slices = shape->dims[2];
    pel_vec3 mm = pel_volume_spacing_mm(shape);
    pel__text_add(to, "ImageJ=1.53t\nimages=%lld\n", (long long)pages_of(shape));
    if (channels > 1)
        pel__text_add(to, "channels=%lld\n", (long long)channels);
    if (slices > 1 || channels > 1 || frames > 1)
        pel__text_add(to, "slices=%lld\n", (long long)slices);
    if (frames > 1)
        pel__text_add(to, "frames=%lld\n", (long long)frames);
    if ((channels > 1) + (slices > 1) + (frames > 1) > 1)
        pel__text_add(to, "hyperstack=true\n");
    if (channels > 1)
        pel__text_add(to, "mode=grayscale\n");
    if (shape->unit_known) {
        add_number(to, "unit=mm\nspacing=", mm.z);
        // tags hold seven digits as most readers take them; this holds all
        add_number(to, "\nvoxel_mm=", mm.x);
        add_number(to, ",", mm.y);
        add_number(to, ",", mm.z);
        pel__text_add(to, "\n");
    }
    if (frames > 1 && shape->fields.time_unit == 8 && shape->fields.step[0] > 0) {
        add_number(to, "finterval=", shape->fields.step[0]);
        pel__text_add(to, "\n");
    }
    pel__text_add(to, "loop=false\n");
    if (provenance)
        pel__text_add(to, "pellucid=%s\n", provenance);
}

static pel_status put_slices(writer *w, const void *numbers, int64_t count)
{
    if (!w->apart)
        return pel__tiff_out_pages(&w->file, numbers, count);
    int64_t channels = pel__volume_channels(w->shape), item = pel_dtype_bytes(w->values.to);
    int64_t pixels = w->shape->dims[0] * w->shape->dims[1];
    pel_status s = PEL_OK;
    for (int64_t n = 0; n < count && s == PEL_OK; n++) {
        const char *from = (const char *)numbers + n * pixels * channels * item;
        for (int64_t c = 0; c < channels; c++)
            for (int64_t i = 0; i < pixels; i++)
                memcpy((char *)w->planes + (c * pixels + i) * item,
                       from + (i * channels + c) * item, (size_t)item);
        s = pel__tiff_out_pages(&w->file, w->planes, channels);
    }
    return s;
}

static pel_status take(void *user, void *slab, int64_t first, int64_t count)
{
    (void)first;
    writer *w = user;
    int64_t numbers =
        count * w->shape->dims[0] * w->shape->dims[1] * pel__volume_channels(w->shape);
    return put_slices(w, pel__values_of(&w->values, slab, numbers), count);
}

void pel__tiff_note_losses(const char *path, const pel_volume *shape)
{
    char axes[8];
    pel_volume_orientation(shape, axes);
    if (shape->oriented)
        pel__note("%s: TIFF holds no orientation: axes %s and the origin are left out; use .nii to "
                  "keep them",
                  path, axes);
    if (shape->meaning == PEL_COMPLEX)
        pel__note("%s: ImageJ knows no complex numbers: real and imaginary parts are two channels",
                  path);
    if (pel__values_scaled(shape))
        pel__note("%s: TIFF holds no scale: %s numbers are written as %s values", path,
                  pel_dtype_name(shape->dtype), pel_dtype_name(pel__values_type(shape)));
}

static pel_status end(writer *w, const pel__writing *what)
{
    const char *hash = what->source->shape.fields.hash;
    char *provenance = pel__provenance_with_hash(what->provenance, hash);
    pel__text words = { 0 };
    describe(&words, w->shape, provenance);
    pel_status s = words.failed || (what->provenance && !provenance)
                       ? pel__fail(PEL_EMEMORY, "%s: no memory for its words", what->path)
                       : pel__tiff_out_end(&w->file, words.text);
    pel__text_free(&words);
    free(provenance);
    return s;
}

pel_status pel__write_tiff(const pel__writing *what)
{
    const pel_volume *shape = &what->source->shape;
    writer w = { .shape = shape };
    w.apart = !are_colours(shape) && pel__volume_channels(shape) > 1;
    pel__tiff_layout layout = layout_of(shape, &what->params);
    pel_status s = pel__tiff_out_open(&w.file, what->path, &layout);
    if (s == PEL_OK)
        s = pel__values_open(&w.values, shape, layout.dtype);
    if (s == PEL_OK && w.apart)
        s = pel__alloc(&w.planes, shape->dims[0] * shape->dims[1] * pel__volume_channels(shape),
                       pel_dtype_bytes(layout.dtype), "a slice");
    if (s == PEL_OK)
        s = pel__pull(what->source, take, &w);
    if (s == PEL_OK)
        s = pel__finish(what->source);
    if (s == PEL_OK)
        s = end(&w, what);
    if (s == PEL_OK)
        s = pel__tiff_out_commit(&w.file);
    if (s == PEL_OK)
        pel__tiff_note_losses(what->path, shape);
    pel__values_close(&w.values);
    pel__free(w.planes);
    pel__tiff_out_close(&w.file);
    return s;
}

int64_t pel__write_tiff_memory(const char *path, const pel_volume *shape)
{
    (void)path;
    const pel_write_params params = pel_write_defaults();
    pel__tiff_layout layout = layout_of(shape, &params);
    int64_t slab = pel__slab_bytes(shape), at_once = pel__slab_slices(shape);
    bool apart = !are_colours(shape) && pel__volume_channels(shape) > 1;
    int64_t written = slab / pel_dtype_bytes(shape->dtype) * pel_dtype_bytes(layout.dtype);
    if (apart)
        at_once = pel__volume_channels(shape);
    return slab + pel__values_memory(shape, layout.dtype) +
           (apart ? written / pel__slab_slices(shape) : 0) +
           pel__tiff_out_memory(&layout, pages_of(shape), at_once) + ROOM_OF_WORDS;
}

/* ---- a slice of a folder ---- */

pel_status pel__write_tiff_slice(const pel__writing *file, const pel_volume *shape, pel_dtype dtype,
                                 const void *numbers)
{
    pel_volume slice = *shape;
    slice.dims[2] = 1;
    writer w = { .shape = &slice, .values.to = dtype };
    w.apart = !are_colours(shape) && pel__volume_channels(shape) > 1;
    pel__tiff_layout layout = layout_of(&slice, &file->params);
    layout.part = true;
    pel_status s = pel__tiff_out_open(&w.file, file->path, &layout);
    if (s == PEL_OK && w.apart)
        s = pel__alloc(&w.planes, shape->dims[0] * shape->dims[1] * pel__volume_channels(shape),
                       pel_dtype_bytes(dtype), "a slice");
    if (s == PEL_OK)
        s = put_slices(&w, numbers, 1);
    pel__text words = { 0 };
    describe(&words, &slice, file->provenance);
    if (s == PEL_OK && words.failed)
        s = pel__fail(PEL_EMEMORY, "%s: no memory for its words", file->path);
    if (s == PEL_OK)
        s = pel__tiff_out_end(&w.file, words.text);
    if (s == PEL_OK)
        s = pel__tiff_out_commit(&w.file);
    pel__text_free(&words);
    pel__free(w.planes);
    pel__tiff_out_close(&w.file);
    return s;
}

int64_t pel__write_tiff_slice_memory(const pel_volume *shape)
{
    const pel_write_params params = pel_write_defaults();
    pel__tiff_layout layout = layout_of(shape, &params);
    int64_t pages = are_colours(shape) ? 1 : pel__volume_channels(shape);
    int64_t bytes = shape->dims[0] * shape->dims[1] * pel__volume_channels(shape) *
                    pel_dtype_bytes(layout.dtype);
    return (pages > 1 ? bytes : 0) + pel__tiff_out_memory(&layout, pages, pages);
}

/* ---- pictures ---- */

pel_status pel__write_tiff_image(const char *path, const pel_image *image)
{
    pel__tiff_layout layout = { .width = image->width,
                                .height = image->height,
                                .channels = image->channels,
                                .colours = image->channels >= 3,
                                .dtype = image->dtype,
                                .packing = PEL_TIFF_DEFLATE,
                                .level = (int)pel_write_defaults().gzip_level,
                                .unit = image->dpi > 0 ? 2 : 3 };
    // of the print where one was asked for, else of the anatomy
    double per_unit = image->dpi > 0            ? image->dpi
                      : image->mm_per_pixel > 0 ? 10 / image->mm_per_pixel
                                                : 0;
    layout.per_unit[0] = layout.per_unit[1] = per_unit;
    char *words = pel__image_metadata(image);
    pel__tiff_out file = { 0 };
    pel_status s = words ? pel__tiff_out_open(&file, path, &layout)
                         : pel__fail(PEL_EMEMORY, "%s: no memory for its metadata", path);
    if (s == PEL_OK)
        s = pel__tiff_out_pages(&file, image->data, 1);
    if (s == PEL_OK)
        s = pel__tiff_out_end(&file, words);
    if (s == PEL_OK)
        s = pel__tiff_out_commit(&file);
    pel__tiff_out_close(&file);
    free(words);
    return s;
}
