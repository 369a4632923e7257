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

static pel__tiff_layout layout_of(const pel_volume *shape, int level)
{
    pel__tiff_layout l = { .width = shape->dims[0],
                           .height = shape->dims[1],
                           .channels = are_colours(shape) ? (int)pel__volume_channels(shape) : 1,
                           .colours = are_colours(shape),
                           .dtype = pel__values_type(shape),
                           .level = level,
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

static void note_losses(const writer *w, const char *path)
{
    char axes[8];
    pel_volume_orientation(w->shape, axes);
    if (w->shape->oriented)
        pel__note("%s: TIFF holds no orientation: axes %s and the origin are left out; use .nii to "
                  "keep them",
                  path, axes);
    if (w->shape->meaning == PEL_COMPLEX)
        pel__note("%s: ImageJ knows no complex numbers: real and imaginary parts are two channels",
                  path);
    if (w->values.scaled)
        pel__note("%s: TIFF holds no scale: %s numbers are written as %s values", path,
                  pel_dtype_name(w->shape->dtype), pel_dtype_name(w->values.to));
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

static int level_of(const pel__writing *what)
{
    return what->params.tiff == PEL_TIFF_NONE ? 0 : (int)what->params.gzip_level;
}

pel_status pel__write_tiff(const pel__writing *what)
{
    const pel_volume *shape = &what->source->shape;
    writer w = { .shape = shape };
    w.apart = !are_colours(shape) && pel__volume_channels(shape) > 1;
    pel__tiff_layout layout = layout_of(shape, level_of(what));
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
        note_losses(&w, what->path);
    pel__values_close(&w.values);
    pel__free(w.planes);
    pel__tiff_out_close(&w.file);
    return s;
}

int64_t pel__write_tiff_memory(const char *path, const pel_volume *shape)
{
    (void)path;
    pel__tiff_layout layout = layout_of(shape, 1);
    int64_t slab = pel__slab_bytes(shape), at_once = pel__slab_slices(shape);
    bool apart = !are_colours(shape) && pel__volume_channels(shape) > 1;
    int64_t written = slab / pel_dtype_bytes(shape->dtype) * pel_dtype_bytes(layout.dtype);
    if (apart)
        at_once = pel__volume_channels(shape);
    return slab + pel__values_memory(shape, layout.dtype) +
           (apart ? written / pel__slab_slices(shape) : 0) +
           pel__tiff_out_memory(&layout, pages_of(shape), at_once) + ROOM_OF_WORDS;
}

/* ---- pictures ---- */

pel_status pel__write_tiff_image(const char *path, const pel_image *image)
{
    pel__tiff_layout layout = { .width = image->width,
                                .height = image->height,
                                .channels = image->channels,
                                .colours = image->channels >= 3,
                                .dtype = image->dtype,
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
