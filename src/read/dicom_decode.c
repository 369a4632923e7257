/* SPDX-License-Identifier: Apache-2.0 */
/* dicom_decode.c: the stored bytes of a frame of a DICOM file become numbers or colours. */
#include <string.h>

#include "base/memory.h"
#include "base/status.h"
#include "read/dicom_table.h"

// bytes of a sample in memory
static int cell_of(const pel__dicom_pixels *p)
{
    return p->allocated <= 8 ? 1 : p->allocated <= 16 ? 2 : p->allocated / 8;
}

static int64_t count_of(const pel__dicom_pixels *p)
{
    return p->rows * p->columns * p->samples;
}

int64_t pel__dicom_decode_bytes(const pel__dicom_reader *r)
{
    const pel__dicom_pixels *p = &r->pixels;
    int64_t bytes = 2 * count_of(p) * cell_of(p);
    if (p->codec)
        bytes += count_of(p) * p->codec->sample_bytes + PEL__CODEC_BYTES;
    return bytes;
}

/* ---- bits to whole numbers in the machine's order ---- */

static void swap(uint8_t *p, int64_t count, int bytes)
{
    for (int64_t i = 0; i < count; i++, p += bytes)
        for (int k = 0; k < bytes / 2; k++) {
            uint8_t low = p[k];
            p[k] = p[bytes - 1 - k];
            p[bytes - 1 - k] = low;
        }
}

// 1 and 12 bits: the lowest bit of the first byte is the lowest of the first number (PS3.5, annex
// D)
static void unpack(void *out, const uint8_t *bytes, int64_t first_bit, int64_t count, int bits)
{
    uint32_t mask = (1u << bits) - 1;
    for (int64_t i = 0; i < count; i++) {
        int64_t bit = first_bit + i * bits;
        uint32_t pool = bytes[bit / 8];
        if (bit % 8 + bits > 8)
            pool |= (uint32_t)bytes[bit / 8 + 1] << 8;
        uint32_t value = pool >> bit % 8 & mask;
        if (bits == 1)
            ((uint8_t *)out)[i] = (uint8_t)value;
        else
            ((uint16_t *)out)[i] = (uint16_t)value;
    }
}

static void copy_plain(void *out, const pel__dicom_reader *r, int64_t n, const uint8_t *bytes)
{
    const pel__dicom_pixels *p = &r->pixels;
    int cell = cell_of(p);
    bool big = __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__;
    if (p->allocated % 8) {
        unpack(out, bytes, n * p->bits % 8, count_of(p), p->allocated);
        return;
    }
    memcpy(out, bytes, (size_t)(count_of(p) * cell));
    if (r->dicom->syntax->big_pixels != big)
        swap(out, count_of(p), cell);
}

// pixels outside of the image are as dark as any
static void darken_padding(void *numbers, const pel__dicom_pixels *p)
{
    uint8_t *small = numbers;
    uint16_t *wide = numbers;
    int64_t count = p->bright_padding < 0 ? 0 : count_of(p);
    for (int64_t i = 0; i < count && cell_of(p) == 1; i++)
        small[i] = small[i] == p->bright_padding ? 0 : small[i];
    for (int64_t i = 0; i < count && cell_of(p) == 2; i++)
        wide[i] = wide[i] == p->bright_padding ? 0 : wide[i];
}

/* ---- bits that do not belong to the number ---- */

#define CUT(type, wide)                                                                            \
    do {                                                                                           \
        type *v = numbers;                                                                         \
        wide sign = is_signed ? (wide)1 << (p->stored - 1) : 0;                                    \
        wide mask = (wide)(~(wide)0 >> (8 * (int)sizeof(wide) - p->stored));                       \
        for (int64_t i = 0; i < count; i++)                                                        \
            v[i] = (type)((((wide)v[i] >> shift & mask) ^ sign) - sign);                           \
    } while (0)

static void cut_bits(void *numbers, const pel__dicom_pixels *p, bool is_signed)
{
    // run lengths hold the cells as they are, all else only the numbers
    int cell = cell_of(p), shift = p->codec && p->codec != &pel__codec_rle ? 0 : p->shift;
    int64_t count = count_of(p);
    if (p->stored == 8 * cell)
        return;
    if (cell == 1)
        CUT(uint8_t, uint32_t);
    else if (cell == 2)
        CUT(uint16_t, uint32_t);
    else if (cell == 4)
        CUT(uint32_t, uint32_t);
    else
        CUT(uint64_t, uint64_t);
}

/* ---- colours ---- */

// samples of a colour, `bytes` long, from planes to pixels
static void interleave(uint8_t *out, const uint8_t *planes, int64_t pixels, int bytes)
{
    for (int64_t i = 0; i < pixels; i++)
        for (int c = 0; c < 3; c++, out += bytes)
            memcpy(out, planes + (c * pixels + i) * bytes, (size_t)bytes);
}

// Y1 Y2 Cb Cr of two pixels (PS3.3, C.7.6.3.1.2)
static void widen_colour(uint8_t *out, const uint8_t *pairs, int64_t pixels)
{
    for (int64_t i = 0; i < pixels; i++) {
        const uint8_t *pair = pairs + i / 2 * 4;
        *out++ = pair[i % 2];
        *out++ = pair[2];
        *out++ = pair[3];
    }
}

static int64_t rounded(int64_t millionths, int64_t most)
{
    int64_t value = (millionths + 500000) >= 0 ? (millionths + 500000) / 1000000 : 0;
    return value < most ? value : most;
}

// full range, ITU-R BT.601, as PS3.3, C.7.6.3.1.2 has it
static void rgb_of_ybr(int64_t c[3], int64_t half, int64_t most)
{
    int64_t y = c[0] * 1000000, b = c[1] - half, r = c[2] - half;
    c[0] = rounded(y + 1402000 * r, most);
    c[1] = rounded(y - 344136 * b - 714136 * r, most);
    c[2] = rounded(y + 1772000 * b, most);
}

static void to_rgb(void *samples, const pel__dicom_pixels *p)
{
    int64_t pixels = p->rows * p->columns, half = (int64_t)1 << (p->stored - 1), c[3];
    for (int64_t i = 0; i < 3 * pixels; i += 3) {
        for (int k = 0; k < 3; k++)
            c[k] = cell_of(p) == 1 ? ((uint8_t *)samples)[i + k] : ((uint16_t *)samples)[i + k];
        rgb_of_ybr(c, half, 2 * half - 1);
        for (int k = 0; k < 3; k++)
            if (cell_of(p) == 1)
                ((uint8_t *)samples)[i + k] = (uint8_t)c[k];
            else
                ((uint16_t *)samples)[i + k] = (uint16_t)c[k];
    }
}

static bool is_ybr(const pel__dicom_reader *r, const uint8_t *bytes, int64_t size)
{
    const pel__dicom_pixels *p = &r->pixels;
    const char *kind = r->dicom->photometric;
    bool says = strncmp(kind, "YBR_FULL", 8) == 0;
    // in place of the header, what a JPEG says itself counts
    pel__codec_colours own = PEL__CODEC_UNSAID;
    if (p->codec == &pel__codec_jpeg)
        own = pel__codec_jpeg_colours(bytes, size);
    return p->samples == 3 && p->stored <= 16 &&
           (own == PEL__CODEC_UNSAID ? says : own == PEL__CODEC_YBR);
}

/* ---- palettes ---- */

static uint32_t entry_of(const pel__dicom_lut *lut, int64_t index, bool big_endian)
{
    int64_t entries = pel__int_from(lut->about[0], 0, 65536);
    entries = entries ? entries : 65536;
    index = index < 0 ? 0 : index < entries ? index : entries - 1;
    if (lut->size >= 2 * entries)
        return pel__dicom_u16(lut->bytes + 2 * index, big_endian);
    index ^= big_endian;
    return index < lut->size ? lut->bytes[index] : 0;
}

// 8 when entries have 16 bits and use them
static int shift_of(const pel__dicom_lut *lut, bool big_endian)
{
    for (int64_t i = 0; 2 * i + 1 < lut->size; i++)
        if (entry_of(lut, i, big_endian) > 255)
            return 8;
    return 0;
}

static void colour_indices(uint8_t *out, const void *index, const pel__dicom_reader *r)
{
    const pel__dicom_pixels *p = &r->pixels;
    bool big = r->dicom->syntax->big_endian, is_signed = r->dicom->is_signed == 1;
    int shift = 0;
    for (int c = 0; c < 3; c++)
        shift |= shift_of(&r->dicom->palette[c], big);
    for (int64_t i = 0; i < p->rows * p->columns; i++) {
        int64_t at = cell_of(p) == 1
                         ? is_signed ? ((const int8_t *)index)[i] : ((const uint8_t *)index)[i]
                     : is_signed ? ((const int16_t *)index)[i]
                                 : ((const uint16_t *)index)[i];
        for (int c = 0; c < 3; c++) {
            const pel__dicom_lut *lut = &r->dicom->palette[c];
            int64_t first =
                lut->about[1] > -65536 && lut->about[1] < 65536 ? (int64_t)lut->about[1] : 0;
            *out++ = (uint8_t)(entry_of(lut, at - first, big) >> shift);
        }
    }
}

/* ---- a frame ---- */

static pel_status decode_numbers(void *out, const pel__dicom_reader *r, int64_t n,
                                 const uint8_t *bytes, int64_t size)
{
    const pel__dicom_pixels *p = &r->pixels;
    if (p->codec) {
        pel__codec_frame frame = { p->rows, p->columns, p->samples, p->allocated };
        return p->codec->decode(out, &frame, bytes, size, r->from->name);
    }
    if (p->halved) {
        widen_colour(out, bytes, p->rows * p->columns);
        return PEL_OK;
    }
    if (p->samples == 1 || r->dicom->planar != 1) {
        copy_plain(out, r, n, bytes);
        return PEL_OK;
    }
    void *planes;
    pel_status s = pel__alloc(&planes, count_of(p), cell_of(p), "a frame");
    if (s != PEL_OK)
        return s;
    copy_plain(planes, r, n, bytes);
    interleave(out, planes, p->rows * p->columns, cell_of(p));
    pel__free(planes);
    return s;
}

pel_status pel__dicom_decode(void *out, const pel__dicom_reader *r, int64_t n, const uint8_t *bytes,
                             int64_t size)
{
    const pel__dicom_pixels *p = &r->pixels;
    bool palette = p->samples == 1 && p->channels == 3;
    void *index = NULL;
    pel_status s = palette ? pel__alloc(&index, count_of(p), cell_of(p), "a frame") : PEL_OK;
    void *numbers = palette ? index : out;
    if (s == PEL_OK)
        s = decode_numbers(numbers, r, n, bytes, size);
    if (s == PEL_OK)
        darken_padding(numbers, p);
    if (s == PEL_OK && !r->dicom->is_float)
        cut_bits(numbers, p, r->dicom->is_signed == 1);
    if (s == PEL_OK && is_ybr(r, bytes, size))
        to_rgb(numbers, p);
    if (s == PEL_OK && palette)
        colour_indices(out, index, r);
    pel__free(index);
    return s;
}
