/* SPDX-License-Identifier: Apache-2.0 */
/* dicom_table.c: the transfer syntaxes, the attributes that are read, and the values of elements.
 *
 * Attributes are those of DICOM PS3.6; 0019,100A and 0029,1010 are of Siemens, 0043,102F of GE. */
#include "read/dicom_table.h"

#include <math.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"

static const pel__dicom_syntax syntaxes[] = {
    { "1.2.840.10008.1.2.1", "Explicit VR Little Endian", .codec = NULL },
    { "1.2.840.10008.1.2", "Implicit VR Little Endian", .implicit_vr = true },
    { "1.2.840.10008.1.2.2", "Explicit VR Big Endian", .big_endian = true, .big_pixels = true },
    { "1.2.840.10008.1.2.1.99", "Deflated Explicit VR Little Endian", .deflated = true },
    { "1.2.840.113619.5.2", "Implicit VR of GE", .implicit_vr = true, .big_pixels = true },
    { "1.2.840.10008.1.2.5", "RLE Lossless", .codec = &pel__codec_rle },
    { "1.2.840.10008.1.2.4.50", "JPEG Baseline", .codec = &pel__codec_jpeg },
    { "1.2.840.10008.1.2.4.51", "JPEG Extended", .codec = &pel__codec_jpeg },
    { "1.2.840.10008.1.2.4.57", "JPEG Lossless", .codec = &pel__codec_jpeg },
    { "1.2.840.10008.1.2.4.70", "JPEG Lossless SV1", .codec = &pel__codec_jpeg },
    { "1.2.840.10008.1.2.4.80", "JPEG-LS Lossless", .codec = &pel__codec_jpegls },
    { "1.2.840.10008.1.2.4.81", "JPEG-LS Near-lossless", .codec = &pel__codec_jpegls },
    { "1.2.840.10008.1.2.4.90", "JPEG 2000 Lossless", .codec = &pel__codec_jpeg2000 },
    { "1.2.840.10008.1.2.4.91", "JPEG 2000", .codec = &pel__codec_jpeg2000 },
};

const pel__dicom_syntax *pel__dicom_syntax_of(const char *uid)
{
    for (size_t i = 0; i < sizeof syntaxes / sizeof *syntaxes; i++)
        if (strcmp(uid, syntaxes[i].uid) == 0)
            return &syntaxes[i];
    return NULL;
}

/* ---- attributes ---- */

#define OF_FILE(tag, vr, field, count)                                                             \
    {                                                                                              \
        tag, vr, PEL__DICOM_NUMBERS, false, offsetof(pel__dicom, field), count                     \
    }
#define OF_FRAME(tag, vr, field, count)                                                            \
    {                                                                                              \
        tag, vr, PEL__DICOM_NUMBERS, true, offsetof(pel__dicom_frame, field), count                \
    }
#define TEXT_OF_FILE(tag, vr, field)                                                               \
    {                                                                                              \
        tag, vr, PEL__DICOM_STRING, false, offsetof(pel__dicom, field),                            \
            sizeof(((pel__dicom *)0)->field)                                                       \
    }

// in the order of their tags
static const pel__dicom_row rows[] = {
    TEXT_OF_FILE(0x00020002, "UI", class_uid),
    TEXT_OF_FILE(0x00020010, "UI", syntax_uid),
    TEXT_OF_FILE(0x00080005, "CS", charset),
    { 0x00080008, "CS", PEL__DICOM_KIND, true, offsetof(pel__dicom_frame, kind), 0 },
    TEXT_OF_FILE(0x00080016, "UI", class_uid),
    TEXT_OF_FILE(0x00080018, "UI", instance_uid),
    TEXT_OF_FILE(0x00080060, "CS", modality),
    TEXT_OF_FILE(0x0008103e, "LO", description),
    { 0x00089007, "CS", PEL__DICOM_KIND, true, offsetof(pel__dicom_frame, kind), 0 },
    TEXT_OF_FILE(0x00100010, "PN", patient),
    OF_FRAME(0x00180050, "DS", thickness, 1),
    OF_FRAME(0x00180080, "DS", repetition_ms, 1),
    OF_FRAME(0x00180081, "DS", echo_time, 1),
    OF_FRAME(0x00180088, "DS", between, 1),
    OF_FRAME(0x00181060, "DS", trigger_ms, 1),
    OF_FILE(0x00181063, "DS", frame_ms, 1),
    OF_FILE(0x00181164, "DS", imager_spacing, 2),
    OF_FRAME(0x00181242, "IS", duration_ms, 1),
    OF_FILE(0x00182010, "DS", scanned_spacing, 2),
    OF_FRAME(0x00189082, "FD", echo_time, 1),
    OF_FILE(0x0019100a, "US", mosaic_count, 1),
    TEXT_OF_FILE(0x0020000e, "UI", series_uid),
    OF_FILE(0x00200011, "IS", series_number, 1),
    OF_FRAME(0x00200012, "IS", acquisition, 1),
    OF_FRAME(0x00200013, "IS", instance, 1),
    OF_FRAME(0x00200032, "DS", position, 3),
    OF_FRAME(0x00200037, "DS", orientation, 6),
    OF_FRAME(0x00200100, "IS", temporal, 1),
    OF_FRAME(0x00209128, "UL", temporal, 1),
    OF_FRAME(0x00209153, "FD", trigger_ms, 1),
    OF_FRAME(0x00209156, "US", acquisition, 1),
    OF_FILE(0x00280002, "US", samples, 1),
    TEXT_OF_FILE(0x00280004, "CS", photometric),
    OF_FILE(0x00280006, "US", planar, 1),
    OF_FILE(0x00280008, "IS", frames, 1),
    { 0x00280009, "AT", PEL__DICOM_TAG, false, offsetof(pel__dicom, increment), 0 },
    OF_FILE(0x00280010, "US", rows, 1),
    OF_FILE(0x00280011, "US", columns, 1),
    OF_FRAME(0x00280030, "DS", spacing, 2),
    OF_FILE(0x00280034, "IS", aspect, 2),
    OF_FILE(0x00280100, "US", allocated, 1),
    OF_FILE(0x00280101, "US", stored, 1),
    OF_FILE(0x00280102, "US", high_bit, 1),
    OF_FILE(0x00280103, "US", is_signed, 1),
    OF_FILE(0x00280120, "US", padding, 1),
    OF_FRAME(0x00281050, "DS", centre, 1),
    OF_FRAME(0x00281051, "DS", width, 1),
    OF_FRAME(0x00281052, "DS", inter, 1),
    OF_FRAME(0x00281053, "DS", slope, 1),
    OF_FILE(0x00281101, "US", palette[0].about, 3),
    OF_FILE(0x00281102, "US", palette[1].about, 3),
    OF_FILE(0x00281103, "US", palette[2].about, 3),
    { 0x00281201, "OW", PEL__DICOM_BLOCK, false, 0, 0 },
    { 0x00281202, "OW", PEL__DICOM_BLOCK, false, 0, 0 },
    { 0x00281203, "OW", PEL__DICOM_BLOCK, false, 0, 0 },
    { 0x00291010, "OB", PEL__DICOM_BLOCK, false, 0, 0 },
    { 0x00291110, "OB", PEL__DICOM_BLOCK, false, 0, 0 },
    OF_FRAME(0x0043102f, "SS", ge_kind, 1),
    OF_FILE(0x2005100e, "FL", philips_scale, 1),
    { 0x3004000c, "DS", PEL__DICOM_BLOCK, false, 0, 0 },
    OF_FILE(0x3004000e, "DS", dose_scale, 1),
};

const pel__dicom_row *pel__dicom_row_of(uint32_t tag)
{
    size_t lo = 0, hi = sizeof rows / sizeof *rows;
    while (lo < hi) {
        size_t middle = (lo + hi) / 2;
        if (rows[middle].tag == tag)
            return &rows[middle];
        if (rows[middle].tag < tag)
            lo = middle + 1;
        else
            hi = middle;
    }
    return NULL;
}

// functional groups that hold attributes of frames, and what nuclear medicine has in their place
static const uint32_t groups[] = {
    0x00189112, // MR timing
    0x00189114, // MR echo
    0x00189118, // cardiac synchronization
    0x00189226, // MR frame type
    0x00189329, // CT frame type
    0x00209111, // frame content
    0x00209113, // plane position
    0x00209116, // plane orientation
    0x00289110, // pixel measures
    0x00289132, // window
    0x00289145, // pixel value transformation
    0x00540022, // detector information
    0x00540062, // gated information
};

bool pel__dicom_is_group(uint32_t tag)
{
    for (size_t i = 0; i < sizeof groups / sizeof *groups; i++)
        if (groups[i] == tag)
            return true;
    return false;
}

/* ---- values ---- */

static uint64_t bits_of(const uint8_t *p, int count, bool big_endian)
{
    uint64_t bits = 0;
    for (int i = 0; i < count; i++)
        bits = bits << 8 | p[big_endian ? i : count - 1 - i];
    return bits;
}

uint32_t pel__dicom_u32(const uint8_t *p, bool big_endian)
{
    return (uint32_t)bits_of(p, 4, big_endian);
}

uint32_t pel__dicom_u16(const uint8_t *p, bool big_endian)
{
    return (uint32_t)bits_of(p, 2, big_endian);
}

static double float_of(uint64_t bits, int count)
{
    double value;
    float single;
    uint32_t low = (uint32_t)bits;
    memcpy(&single, &low, 4);
    memcpy(&value, &bits, 8);
    return count == 4 ? (double)single : value;
}

/* the numbers of binary VRs; of text: 0 bytes */
static const struct kind {
    char vr[3];
    int bytes;
    bool is_signed, is_float;
} kinds[] = {
    { "US", 2, false, false }, { "SS", 2, true, false },  { "UL", 4, false, false },
    { "SL", 4, true, false },  { "FL", 4, false, true },  { "FD", 8, false, true },
    { "OW", 2, false, false }, { "UV", 8, false, false }, { "SV", 8, true, false },
};

static const struct kind *kind_of(const char *vr)
{
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (strcmp(kinds[i].vr, vr) == 0)
            return &kinds[i];
    return NULL;
}

static double binary(const uint8_t *p, const struct kind *kind, bool big_endian)
{
    uint64_t bits = bits_of(p, kind->bytes, big_endian);
    int unused = 64 - 8 * kind->bytes;
    if (kind->is_float)
        return float_of(bits, kind->bytes);
    return kind->is_signed ? (double)((int64_t)(bits << unused) >> unused) : (double)bits;
}

// a word of a list, without the spaces around it
static const char *next_word(char *out, size_t room, const char *at)
{
    size_t length = strcspn(at, "\\"), lead = strspn(at, " "), end = length;
    while (end > lead && at[end - 1] == ' ')
        end--;
    snprintf(out, room, "%.*s", end > lead ? (int)(end - lead) : 0, at + (lead < end ? lead : 0));
    return at[length] ? at + length + 1 : NULL;
}

void pel__dicom_numbers(double *out, int count, const char *text)
{
    for (int i = 0; i < count && text; i++) {
        char word[40];
        double value;
        text = next_word(word, sizeof word, text);
        for (char *c = word; *c; c++)
            *c = *c == ',' ? '.' : *c;
        if (pel__parse_number(&value, *word == '+' ? word + 1 : word) && isfinite(value))
            out[i] = value;
    }
}

// text ends at its first zero; control characters become spaces
static void text_of(char *out, size_t room, const uint8_t *bytes, int64_t size)
{
    size_t n = 0;
    for (int64_t i = 0; i < size && bytes[i] && n + 1 < room; i++)
        out[n++] = bytes[i] < ' ' || bytes[i] == 127 ? ' ' : (char)bytes[i];
    while (n > 0 && out[n - 1] == ' ')
        n--;
    out[n] = 0;
}

// the third value of ImageType, and of the file all of them
static void take_kind(pel__dicom *d, pel__dicom_frame *to, const uint8_t *bytes, int64_t size)
{
    char text[PEL__DICOM_TEXT];
    text_of(text, sizeof text, bytes, size);
    if (to == &d->shared && !*d->image_type)
        memcpy(d->image_type, text, sizeof text);
    const char *at = text;
    for (int i = 0; i < 3 && at; i++) {
        at = next_word(to->kind, sizeof to->kind, at);
        if (i < 2 && !at)
            *to->kind = 0;
    }
}

void pel__dicom_take(pel__dicom *d, pel__dicom_frame *to, const pel__dicom_row *row, const char *vr,
                     const uint8_t *bytes, int64_t size, bool big_endian)
{
    char *base = row->of_frame ? (char *)to : (char *)d;
    double *numbers = (double *)(void *)(base + row->offset);
    const struct kind *kind = kind_of(vr);
    char text[PEL__DICOM_LONGEST + 1];
    if (row->what == PEL__DICOM_STRING)
        text_of(base + row->offset, (size_t)row->count, bytes, size);
    else if (row->what == PEL__DICOM_KIND)
        take_kind(d, to, bytes, size);
    else if (row->what == PEL__DICOM_TAG && size >= 4)
        *numbers = (double)(pel__dicom_u16(bytes, big_endian) << 16 |
                            pel__dicom_u16(bytes + 2, big_endian));
    else if (row->what == PEL__DICOM_NUMBERS && kind)
        for (int i = 0; i < row->count && (i + 1) * kind->bytes <= size; i++) {
            double value = binary(bytes + i * kind->bytes, kind, big_endian);
            // infinity says nothing
            numbers[i] = isfinite(value) ? value : NAN;
        }
    else if (row->what == PEL__DICOM_NUMBERS) {
        text_of(text, sizeof text, bytes, size);
        pel__dicom_numbers(numbers, row->count, text);
    }
}

/* ---- nothing said ---- */

static void clear_rows(void *base, bool of_frame)
{
    for (size_t r = 0; r < sizeof rows / sizeof *rows; r++) {
        double *numbers = (double *)(void *)((char *)base + rows[r].offset);
        bool are = rows[r].what == PEL__DICOM_NUMBERS || rows[r].what == PEL__DICOM_TAG;
        int count = rows[r].what == PEL__DICOM_TAG ? 1 : rows[r].count;
        for (int i = 0; are && rows[r].of_frame == of_frame && i < count; i++)
            numbers[i] = NAN;
    }
}

void pel__dicom_frame_clear(pel__dicom_frame *f)
{
    *f = (pel__dicom_frame){ 0 };
    clear_rows(f, true);
}

void pel__dicom_clear(pel__dicom *d)
{
    *d = (pel__dicom){ .slice_normal = { NAN, NAN, NAN } };
    clear_rows(d, false);
    pel__dicom_frame_clear(&d->shared);
}

pel__dicom_frame pel__dicom_frame_of(const pel__dicom *d, int64_t n)
{
    pel__dicom_frame f = d->shared;
    if (n >= d->frame_count)
        return f;
    const pel__dicom_frame *own = &d->frame[n];
    for (size_t r = 0; r < sizeof rows / sizeof *rows; r++) {
        const double *from = (const double *)(const void *)((const char *)own + rows[r].offset);
        double *to = (double *)(void *)((char *)&f + rows[r].offset);
        bool said = rows[r].of_frame && rows[r].what == PEL__DICOM_NUMBERS && !isnan(*from);
        for (int i = 0; said && i < rows[r].count; i++)
            to[i] = from[i];
    }
    if (*own->kind)
        memcpy(f.kind, own->kind, sizeof f.kind);
    return f;
}
