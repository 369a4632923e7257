/* SPDX-License-Identifier: Apache-2.0 */
/* png.c: PNG pictures of 8 and 16 bits; wraps libpng for this room. */
#include <png.h>
#include <setjmp.h>
#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "base/params.h"
#include "base/status.h"
#include "read/flat.h"
#include "read/stack.h"
#include "volume/volume.h"

enum { MOST_RATIO = 1040 * 8, LITTLE = 64 << 10 };

/* what libpng's callbacks need; the first failure stands */
typedef struct taking {
    const uint8_t *bytes;
    int64_t size, at;
    const char *name;
    pel_status status;
    png_bytepp rows;   // owned
    bool wide;         // the shape has 16 bits
    int64_t row_bytes; // of the shape
} taking;

static bool is(const pel__opening *opening, const uint8_t *head, int64_t count)
{
    (void)opening;
    return count >= 4 && memcmp(head, "\x89PNG", 4) == 0;
}

static void fail(png_structp png, png_const_charp text)
{
    taking *t = png_get_error_ptr(png);
    if (t->status == PEL_OK)
        t->status = pel__fail(PEL_EFORMAT,
                              "%s: cannot be decoded as PNG: %s; the file is damaged or cut short: "
                              "copy or download it again",
                              t->name, text);
    longjmp(png_jmpbuf(png), 1);
}

static void ignore(png_structp png, png_const_charp text)
{
    (void)png;
    (void)text;
}

static void take(png_structp png, png_bytep out, size_t count)
{
    taking *t = png_get_io_ptr(png);
    if ((int64_t)count > t->size - t->at)
        png_error(png, "it ends too early");
    memcpy(out, t->bytes + t->at, count);
    t->at += (int64_t)count;
}

// nothing that setjmp could lose lives in here
static void decode_rows(png_structp png, png_infop info)
{
    taking *t = png_get_io_ptr(png);
    png_read_info(png, info);
    if (png_get_color_type(png, info) == PNG_COLOR_TYPE_PALETTE)
        png_set_palette_to_rgb(png);
    else
        png_set_packing(png);
    if (t->wide && __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__)
        png_set_swap(png);
    png_set_interlace_handling(png);
    png_read_update_info(png, info);
    if ((int64_t)png_get_rowbytes(png, info) != t->row_bytes)
        png_error(png, "it is not what its header says");
    png_read_image(png, t->rows);
    png_read_end(png, info);
}

static uint32_t big_32(const uint8_t *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

// libpng makes room for a chunk before it reads it: none may promise much more than its file has
static pel_status check_chunks(const uint8_t *bytes, int64_t size, const char *name)
{
    enum { SIGNATURE = 8, AROUND = 12 };
    for (int64_t at = SIGNATURE; at + 8 <= size;) {
        int64_t length = big_32(bytes + at), left = size - at - 8;
        if (length > left && length > LITTLE)
            return pel__fail(PEL_EFORMAT,
                             "%s: has a PNG chunk of %lld bytes where %lld are left: the file is "
                             "damaged or ends too early; copy or download it again",
                             name, (long long)length, (long long)left);
        at += length + AROUND;
    }
    return PEL_OK;
}

static pel_status decode(const pel_volume *shape, const uint8_t *bytes, int64_t size,
                         const char *name, void *out)
{
    taking t = { .bytes = bytes, .size = size, .name = name };
    t.wide = shape->dtype == PEL_UINT16;
    t.row_bytes = shape->dims[0] * pel__volume_channels(shape) * pel_dtype_bytes(shape->dtype);
    t.status = check_chunks(bytes, size, name);
    if (t.status == PEL_OK)
        t.status = pel__alloc(&t.rows, shape->dims[1], sizeof *t.rows, "rows");
    if (t.status != PEL_OK)
        return t.status;
    for (int64_t y = 0; y < shape->dims[1]; y++)
        t.rows[y] = (uint8_t *)out + y * t.row_bytes;
    png_structp png = png_create_read_struct(PNG_LIBPNG_VER_STRING, &t, fail, ignore);
    png_infop info = png ? png_create_info_struct(png) : NULL;
    if (!info)
        t.status = pel__fail(PEL_EMEMORY, "%s: no memory for libpng", name);
    else if (setjmp(png_jmpbuf(png)) == 0) {
        png_set_read_fn(png, &t, take);
        png_set_user_limits(png, 0x7fffffff, 0x7fffffff);
        // colour profiles and texts are nobody's data here
        png_set_keep_unknown_chunks(png, PNG_HANDLE_CHUNK_NEVER, NULL, 0);
        decode_rows(png, info);
    }
    png_destroy_read_struct(&png, &info, NULL);
    pel__free(t.rows);
    return t.status;
}

// "voxel_mm" of our own slices: three numbers, with every digit
static bool voxel_of(const uint8_t *words, int64_t length, double mm[3])
{
    static const char key[] = "voxel_mm";
    char text[128];
    pel_numbers n;
    int64_t left = length - (int64_t)sizeof key;
    if (left <= 0 || left >= (int64_t)sizeof text || memcmp(words, key, sizeof key) != 0)
        return false;
    snprintf(text, sizeof text, "%.*s", (int)left, (const char *)words + sizeof key);
    if (!pel__parse_numbers(&n, text, ',') || n.count != 3 || !(n.value[0] > 0) ||
        !(n.value[1] > 0) || !(n.value[2] > 0))
        return false;
    memcpy(mm, n.value, 3 * sizeof *mm);
    return true;
}

/* who says how large a pixel is */
enum { NOBODY, PHYS, OURS };

// pHYs and our words lie before the pixels, within the first bytes
static int spacing_of(const uint8_t *head, int64_t count, double mm[3])
{
    int said = NOBODY;
    for (int64_t at = 8; at + 21 <= count; at += 12 + (int64_t)big_32(head + at)) {
        const uint8_t *kind = head + at + 4, *data = head + at + 8;
        int64_t length = big_32(head + at);
        if (memcmp(kind, "IDAT", 4) == 0)
            break;
        if (memcmp(kind, "tEXt", 4) == 0 && at + 8 + length <= count && voxel_of(data, length, mm))
            return OURS;
        if (memcmp(kind, "pHYs", 4) == 0 && data[8] == 1 && big_32(data) && big_32(data + 4)) {
            mm[0] = mm[2] = 1000.0 / big_32(data);
            mm[1] = 1000.0 / big_32(data + 4);
            said = PHYS;
        }
    }
    return said;
}

static void set_spacing(pel_volume *shape, const uint8_t *head, int64_t count, const char *name)
{
    double mm[3];
    int said = spacing_of(head, count, mm);
    if (said == NOBODY || (said == PHYS && pel__is_print_density(mm[0]))) {
        pel__note("%s: does not say how large a pixel is: 1x1x1; --spacing DX,DY,DZ sets it", name);
        return;
    }
    pel__stack_grid(shape, mm, true);
    if (said == OURS) {
        snprintf(shape->fields.format, sizeof shape->fields.format, "PNG (pellucid)");
        pel__note("%s: voxels are %.6gx%.6gx%.6g mm by its voxel_mm", name, mm[0], mm[1], mm[2]);
    } else
        pel__note("%s: pixels are %.6gx%.6g mm by its pHYs", name, mm[0], mm[1]);
}

static pel_status open_png(pel_source *out, pel__opening *opening)
{
    static const int channels[] = { [0] = 1, [2] = 3, [3] = 3, [4] = 2, [6] = 4 };
    const uint8_t *head;
    int64_t count;
    const char *name = opening->bytes->name;
    pel_status s = pel__bytes_peek(opening->bytes, &head, &count);
    if (s != PEL_OK)
        return s;
    if (count < 33)
        return pel__fail(PEL_EFORMAT, "%s: ends within its PNG header; copy or download it again",
                         name);
    uint32_t width = big_32(head + 16), height = big_32(head + 20);
    int bits = head[24], kind = head[25];
    if (memcmp(head, "\x89PNG\r\n\x1a\n", 8) != 0 || memcmp(head + 12, "IHDR", 4) != 0 ||
        kind > 6 || !channels[kind] || width > INT32_MAX || height > INT32_MAX ||
        (bits != 1 && bits != 2 && bits != 4 && bits != 8 && bits != 16))
        return pel__fail(PEL_EFORMAT, "%s: its PNG header is damaged; copy or download it again",
                         name);
    pel__flat_shape(&out->shape, width, height, channels[kind], bits == 16 ? PEL_UINT16 : PEL_UINT8,
                    "PNG");
    set_spacing(&out->shape, head, count, name);
    return pel__flat_open(out, opening, decode, MOST_RATIO);
}

const pel__format pel__png_format = { "PNG", is, open_png };
