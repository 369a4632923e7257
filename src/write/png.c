/* SPDX-License-Identifier: Apache-2.0 */
/* png.c: PNG of 8 and 16 bits with scale and metadata; wraps libpng. */
#include <math.h>
#include <png.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/job.h"
#include "base/outfile.h"
#include "base/status.h"
#include "base/text.h"
#include "volume/volume.h"
#include "write/write.h"

enum { LEVEL = 2 };

// what libpng's callbacks need; the first failure stands
typedef struct sink {
    pel__outfile file;
    pel_status status;
} sink;

/* what is encoded */
typedef struct picture {
    const pel_image *image;
    const char *metadata; // JSON
    char voxel_mm[100];   // of a slice: the exact size of a voxel; "": unknown
    bool part;            // the file is one of an output folder
} picture;

static void put(png_structp png, png_bytep bytes, png_size_t size)
{
    sink *to = png_get_io_ptr(png);
    to->status = pel__outfile_write(&to->file, bytes, (int64_t)size);
    if (to->status != PEL_OK)
        png_error(png, "write failed");
}

static void flush(png_structp png)
{
    (void)png;
}

static void fail(png_structp png, png_const_charp text)
{
    sink *to = png_get_error_ptr(png);
    if (to->status == PEL_OK)
        to->status = pel__fail(PEL_EIO, "%s: PNG: %s", to->file.path, text);
    longjmp(png_jmpbuf(png), 1);
}

static void ignore(png_structp png, png_const_charp text)
{
    (void)png;
    (void)text;
}

uint32_t pel__image_density(const pel_image *image)
{
    double per_metre = image->dpi > 0            ? image->dpi / 0.0254
                       : image->mm_per_pixel > 0 ? 1000 / image->mm_per_pixel
                                                 : 0;
    return per_metre >= 1 && per_metre < 2147483647 ? (uint32_t)nearbyint(per_metre) : 0;
}

static void put_text(png_structp png, png_infop info, const char *keyword, const char *words)
{
    // libpng's fields are not const; it copies both
    char key[16], *text = (char *)(uintptr_t)words;
    snprintf(key, sizeof key, "%s", keyword);
    png_text chunk = { .compression = PNG_TEXT_COMPRESSION_NONE, .key = key, .text = text };
    png_set_text(png, info, &chunk, 1);
}

static void put_head(png_structp png, png_infop info, const picture *p)
{
    const pel_image *image = p->image;
    static const int kinds[] = { 0, PNG_COLOR_TYPE_GRAY, PNG_COLOR_TYPE_GRAY_ALPHA,
                                 PNG_COLOR_TYPE_RGB, PNG_COLOR_TYPE_RGB_ALPHA };
    bool wide = image->dtype == PEL_UINT16;
    png_set_IHDR(png, info, (uint32_t)image->width, (uint32_t)image->height, wide ? 16 : 8,
                 kinds[image->channels], PNG_INTERLACE_NONE, PNG_COMPRESSION_TYPE_DEFAULT,
                 PNG_FILTER_TYPE_DEFAULT);
    if (!image->scalar)
        png_set_sRGB(png, info, PNG_sRGB_INTENT_PERCEPTUAL);
    uint32_t per_metre = pel__image_density(image);
    if (per_metre)
        png_set_pHYs(png, info, per_metre, per_metre, PNG_RESOLUTION_METER);
    // before the words that may be long, so that readers of a few bytes find it
    if (*p->voxel_mm)
        put_text(png, info, "voxel_mm", p->voxel_mm);
    put_text(png, info, "pellucid", p->metadata);
    png_write_info(png, info);
    if (wide)
        png_set_swap(png);
}

// one filter and a low level: three times as fast as the defaults and a tenth longer
static void encode(png_structp png, png_infop info, const picture *p)
{
    sink *to = png_get_io_ptr(png);
    const pel_image *image = p->image;
    png_set_compression_level(png, LEVEL);
    png_set_filter(png, 0, PNG_FILTER_UP);
    put_head(png, info, p);
    int64_t row_bytes = image->width * image->channels * pel_dtype_bytes(image->dtype);
    for (int64_t y = 0; y < image->height; y++) {
        to->status = pel__progress("encoding", (double)y / (double)image->height);
        if (to->status != PEL_OK)
            png_error(png, "cancelled");
        png_write_row(png, (png_const_bytep)image->data + y * row_bytes);
    }
    png_write_end(png, info);
}

// nothing that setjmp could lose lives in here
static pel_status run(sink *to, const picture *p)
{
    png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, to, fail, ignore);
    png_infop info = png ? png_create_info_struct(png) : NULL;
    if (!info) {
        png_destroy_write_struct(&png, NULL);
        return pel__fail(PEL_EMEMORY, "%s: no memory to encode", to->file.path);
    }
    if (setjmp(png_jmpbuf(png)) == 0) {
        png_set_write_fn(png, to, put, flush);
        png_set_user_limits(png, 0x7fffffff, 0x7fffffff);
        encode(png, info, p);
    }
    png_destroy_write_struct(&png, &info);
    return to->status;
}

static pel_status write_picture(const char *path, picture *p)
{
    const pel_image *image = p->image;
    if (image->width > 0x7fffffff || image->height > 0x7fffffff)
        return pel__fail(PEL_EUNSUPPORTED, "%s: too large for PNG", path);
    sink to = { .status = PEL_OK };
    char *metadata = pel__image_metadata(image);
    p->metadata = metadata;
    pel_status s = !metadata ? pel__fail(PEL_EMEMORY, "%s: no memory for its metadata", path)
                   : p->part ? pel__outfile_open_part(&to.file, path)
                             : pel__outfile_open(&to.file, path);
    if (s == PEL_OK)
        s = run(&to, p);
    if (s == PEL_OK)
        s = pel__outfile_commit(&to.file);
    pel__outfile_close(&to.file);
    free(metadata);
    return s;
}

pel_status pel__write_png_image(const char *path, const pel_image *image)
{
    if (image->dtype != PEL_UINT8 && image->dtype != PEL_UINT16)
        return pel__fail(
            PEL_EUNSUPPORTED,
            "%s: PNG holds 8 or 16 bits, and this picture is %s; write .npy or .nii.gz", path,
            pel_dtype_name(image->dtype));
    picture p = { .image = image };
    return write_picture(path, &p);
}

pel_status pel__write_png_slice(const pel__writing *file, const pel_volume *shape,
                                const void *numbers)
{
    pel_vec3 mm = pel_volume_spacing_mm(shape);
    pel_image image = { .width = shape->dims[0],
                        .height = shape->dims[1],
                        .channels = (int)pel__volume_channels(shape),
                        .dtype = shape->dtype,
                        .data = (void *)(uintptr_t)numbers,
                        .scalar = pel__volume_channels(shape) == 1,
                        .slope = 1,
                        .mm_per_pixel = shape->unit_known && mm.x == mm.y ? mm.x : NAN,
                        .provenance = (char *)(uintptr_t)file->provenance };
    picture p = { .image = &image, .part = true };
    char word[3][32];
    pel__format_number(word[0], mm.x);
    pel__format_number(word[1], mm.y);
    pel__format_number(word[2], mm.z);
    if (shape->unit_known)
        snprintf(p.voxel_mm, sizeof p.voxel_mm, "%s,%s,%s", word[0], word[1], word[2]);
    return write_picture(file->path, &p);
}
