/* SPDX-License-Identifier: Apache-2.0 */
/* dicom_pixels.c: where the frames of a DICOM file lie, and their bytes. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "base/status.h"
#include "read/dicom_table.h"

enum { MOST_SIDE = 65535, MOST_FRAMES = INT32_MAX };

/* ---- sizes and types ---- */

static pel_status whole(int64_t *out, double value, int64_t lo, int64_t hi, const char *what,
                        const char *name)
{
    if (isnan(value))
        return pel__fail(PEL_EFORMAT, "%s: does not say its %s; its header is damaged", name, what);
    if (!(value >= (double)lo && value <= (double)hi && floor(value) == value))
        return pel__fail(PEL_EFORMAT,
                         "%s: its %s is %g, which cannot be (%lld to %lld); its header is damaged",
                         name, what, value, (long long)lo, (long long)hi);
    *out = (int64_t)value;
    return PEL_OK;
}

static double or_else(double value, double other)
{
    return isnan(value) ? other : value;
}

static pel_status bits_of(int64_t *allocated, const pel__dicom *d, const char *name)
{
    int64_t stored = 0, high;
    pel_status s = whole(allocated, d->allocated, 1, 64, "BitsAllocated", name);
    int64_t a = *allocated;
    if (s != PEL_OK)
        return s;
    if (d->is_float ? a != 32 && a != 64
                    : a != 1 && a != 8 && a != 12 && a != 16 && a != 32 && a != 64)
        return pel__fail(PEL_EUNSUPPORTED,
                         "%s: has %lld bits allocated for each %snumber, which is not read; "
                         "convert it with dcmconv or gdcmconv",
                         name, (long long)a, d->is_float ? "floating-point " : "");
    s = whole(&stored, or_else(d->stored, (double)a), 1, a, "BitsStored", name);
    if (s == PEL_OK)
        s = whole(&high, or_else(d->high_bit, (double)stored - 1), stored - 1, a - 1, "HighBit",
                  name);
    return s;
}

static pel_dtype dtype_of(const pel__dicom *d, int64_t allocated)
{
    bool is_signed = d->is_signed == 1;
    if (d->is_float)
        return allocated == 64 ? PEL_FLOAT64 : PEL_FLOAT32;
    if (allocated <= 8)
        return is_signed ? PEL_INT8 : PEL_UINT8;
    if (allocated <= 16)
        return is_signed ? PEL_INT16 : PEL_UINT16;
    if (allocated <= 32)
        return is_signed ? PEL_INT32 : PEL_UINT32;
    return is_signed ? PEL_INT64 : PEL_UINT64;
}

static bool starts(const char *text, const char *with)
{
    return strncmp(text, with, strlen(with)) == 0;
}

static pel_status colours_of(pel__dicom_pixels *p, const pel__dicom *d, int64_t samples,
                             const char *name)
{
    const char *kind = d->photometric;
    bool palette = strcmp(kind, "PALETTE COLOR") == 0;
    bool small = p->allocated == 8 || p->allocated == 16;
    bool grey = samples == 1 && (!*kind || starts(kind, "MONOCHROME"));
    bool colour = samples == 3 &&
                  (!*kind || strcmp(kind, "RGB") == 0 || (small && starts(kind, "YBR_FULL")) ||
                   strcmp(kind, "YBR_ICT") == 0 || strcmp(kind, "YBR_RCT") == 0);
    p->channels = palette ? 3 : (int)samples;
    p->meaning = p->channels == 3 ? PEL_RGB : PEL_SCALAR;
    if (palette && samples == 1 && small) {
        p->dtype = PEL_UINT8;
        if (d->palette[0].bytes && d->palette[1].bytes && d->palette[2].bytes)
            return PEL_OK;
        return pel__fail(PEL_EUNSUPPORTED,
                         "%s: has palette colours without a plain palette (a segmented one is not "
                         "read); dcm2img or gdcmconv make RGB of it",
                         name);
    }
    if (grey || (colour && !d->is_float))
        return PEL_OK;
    return pel__fail(PEL_EUNSUPPORTED,
                     "%s: its pixels are '%s' of %lld samples, which is not read; gdcmconv or "
                     "dcmconv make RGB or MONOCHROME2 of it",
                     name, kind, (long long)samples);
}

// a padding that would be among the brightest; dark ones are outside as they are
static int64_t bright_padding(const pel__dicom_pixels *p, const pel__dicom *d)
{
    double value = d->padding < 0 ? d->padding + 65536 : d->padding;
    bool grey = p->channels == 1 && !d->is_float && d->is_signed != 1 && p->allocated <= 16;
    // where numbers grow towards black the brightest are the least
    if (!grey || strcmp(d->photometric, "MONOCHROME1") == 0 ||
        !(value >= (double)(1 << (p->stored - 1)) && value < (double)(1 << p->allocated)))
        return -1;
    return (int64_t)value;
}

pel_status pel__dicom_pixels_of(pel__dicom_pixels *out, const pel__dicom *d, const char *name)
{
    int64_t allocated = 0, samples = 0, sign;
    *out = (pel__dicom_pixels){ 0 };
    pel_status s = whole(&out->rows, d->rows, 1, MOST_SIDE, "Rows", name);
    if (s == PEL_OK)
        s = whole(&out->columns, d->columns, 1, MOST_SIDE, "Columns", name);
    if (s == PEL_OK)
        s = whole(&samples, or_else(d->samples, 1), 1, 4, "SamplesPerPixel", name);
    if (s == PEL_OK)
        s = whole(&out->frames, or_else(d->frames, 1), 1, MOST_FRAMES, "NumberOfFrames", name);
    if (s == PEL_OK)
        s = whole(&sign, or_else(d->is_signed, 0), 0, 1, "PixelRepresentation", name);
    if (s == PEL_OK)
        s = bits_of(&allocated, d, name);
    if (s != PEL_OK)
        return s;
    out->dtype = dtype_of(d, allocated);
    out->allocated = (int)allocated;
    s = colours_of(out, d, samples, name);
    if (s != PEL_OK)
        return s;
    out->samples = (int)samples;
    out->stored = (int)or_else(d->stored, (double)allocated);
    out->shift = (int)or_else(d->high_bit, out->stored - 1) + 1 - out->stored;
    out->bright_padding = bright_padding(out, d);
    out->codec = d->pixels_size < 0 ? d->syntax->codec : NULL;
    out->bits = out->rows * out->columns * samples * allocated;
    // of two pixels the colour is stored once, unless the bytes are there for each
    int64_t all;
    out->halved = !out->codec && samples == 3 && allocated == 8 &&
                  strcmp(d->photometric, "YBR_FULL_422") == 0 && out->columns % 2 == 0 &&
                  pel__multiply(&all, out->bits / 8, out->frames) && d->pixels_size < all;
    if (out->halved)
        out->bits = out->bits / 3 * 2;
    return PEL_OK;
}

/* ---- bytes of the stream ---- */

static pel_status cut_short(const pel__dicom_reader *r)
{
    return pel__fail(PEL_EFORMAT,
                     "%s: ends before its last pixel; the file is cut short: copy or download it "
                     "again",
                     r->from->name);
}

// where the bytes that are there end
static int64_t end_of(const pel__dicom_reader *r)
{
    return r->dicom->held ? r->dicom->pixels_at + r->dicom->held_size : r->from->size;
}

static pel_status read_at(const pel__dicom_reader *r, int64_t at, uint8_t *out, int64_t count)
{
    int64_t end = end_of(r);
    if (count > end - at)
        return cut_short(r);
    if (r->dicom->held) {
        memcpy(out, r->dicom->held + (at - r->dicom->pixels_at), (size_t)count);
        return PEL_OK;
    }
    pel_status s = pel__bytes_seek(r->from, at);
    return s == PEL_OK ? pel__bytes_need(r->from, out, count, "the pixels") : s;
}

/* ---- fragments of compressed pixels ---- */

static pel_status add_fragment(pel__dicom_reader *r, int64_t at, int64_t size)
{
    if (r->fragments == r->room) {
        int64_t room = r->room ? 2 * r->room : 8;
        pel_status s = pel__realloc(&r->fragment, room, sizeof *r->fragment, "a list of fragments");
        if (s != PEL_OK)
            return s;
        r->room = room;
    }
    r->fragment[r->fragments++] = (pel__dicom_fragment){ at, size };
    return PEL_OK;
}

// items up to the delimiter; the file may end behind a whole one, and empty ones say nothing
static pel_status list_fragments(pel__dicom_reader *r)
{
    int64_t at = r->dicom->pixels_at, end = end_of(r);
    pel_status s = PEL_OK;
    while (s == PEL_OK && end - at >= 8) {
        uint8_t head[8];
        s = read_at(r, at, head, sizeof head);
        uint32_t tag = pel__dicom_u16(head, false) << 16 | pel__dicom_u16(head + 2, false);
        int64_t size = pel__dicom_u32(head + 4, false);
        if (s != PEL_OK || tag == 0xfffee0dd)
            break;
        at += 8;
        if (tag != 0xfffee000)
            s = pel__fail(PEL_EFORMAT,
                          "%s: has no fragment of pixels in byte %lld, where one should begin; the "
                          "file is damaged",
                          r->from->name, (long long)at);
        else if (size > end - at)
            s = cut_short(r);
        else if (size || r->fragments == 0)
            s = add_fragment(r, at, size);
        at += size;
    }
    return s;
}

// frame n starts with the fragment that the table of offsets names
static bool start_by_table(pel__dicom_reader *r)
{
    const pel__dicom_fragment *table = &r->fragment[0];
    int64_t frames = r->pixels.frames, base = table->at + table->size, f = 1;
    if (table->size != 4 * frames)
        return false;
    for (int64_t n = 0; n < frames; n++) {
        uint8_t entry[4];
        if (read_at(r, table->at + 4 * n, entry, 4) != PEL_OK)
            return false;
        int64_t want = base + 8 + pel__dicom_u32(entry, false);
        while (f < r->fragments && r->fragment[f].at < want)
            f++;
        if (f == r->fragments || r->fragment[f].at != want || (n == 0 && f != 1))
            return false;
        r->first[n] = f;
    }
    return true;
}

// a codestream starts with a marker of its own: of JPEG and JPEG-LS FFD8, of JPEG 2000 FF4F
static bool start_by_marker(pel__dicom_reader *r)
{
    int64_t n = 0;
    for (int64_t f = 1; f < r->fragments; f++) {
        uint8_t head[4] = { 0 };
        if (r->fragment[f].size < 4 || read_at(r, r->fragment[f].at, head, 4) != PEL_OK)
            continue;
        if (head[0] != 0xff || (head[1] != 0xd8 && head[1] != 0x4f) || head[2] != 0xff)
            continue;
        if (n == r->pixels.frames)
            return false;
        r->first[n++] = f;
    }
    return n == r->pixels.frames && r->first[0] == 1;
}

static pel_status start_frames(pel__dicom_reader *r)
{
    int64_t frames = r->pixels.frames, there = r->fragments - 1;
    if (there < frames)
        return cut_short(r);
    pel_status s = pel__alloc(&r->first, frames + 1, sizeof *r->first, "a list of frames");
    if (s != PEL_OK)
        return s;
    r->first[frames] = r->fragments;
    if (there != frames && (frames == 1 || start_by_table(r) || start_by_marker(r))) {
        r->first[0] = 1;
        return PEL_OK;
    }
    if (there != frames)
        return pel__fail(PEL_EFORMAT,
                         "%s: has %lld fragments of pixels for %lld frames, and nothing tells "
                         "which belong together; the file is damaged",
                         r->from->name, (long long)there, (long long)frames);
    for (int64_t n = 0; n < frames; n++)
        r->first[n] = n + 1;
    return PEL_OK;
}

/* ---- opening ---- */

int64_t pel__dicom_most_stored(const pel__dicom_pixels *p)
{
    // what a coder cannot shrink grows by a little
    int64_t bytes = (p->bits + 7) / 8;
    return p->codec ? 2 * bytes + (64 << 10) : bytes + 1;
}

// frames are as large as their codestreams can give, and these no larger than coders make them
static pel_status check_stored(pel__dicom_reader *r)
{
    const pel__dicom_pixels *p = &r->pixels;
    int64_t frame = p->rows * p->columns * p->samples * ((p->allocated + 7) / 8);
    for (int64_t n = 0; n < p->frames; n++) {
        int64_t size = 0;
        for (int64_t f = r->first[n]; f < r->first[n + 1]; f++)
            size += r->fragment[f].size;
        if (frame / p->codec->ratio > size || size > pel__dicom_most_stored(p))
            return pel__fail(PEL_EFORMAT,
                             "%s: has %lld bytes of %s for a frame of %lld bytes, %s; it is "
                             "damaged",
                             r->from->name, (long long)size, p->codec->name, (long long)frame,
                             size > frame ? "which need fewer" : "which they cannot hold");
        r->stored = size > r->stored ? size : r->stored;
    }
    return PEL_OK;
}

int64_t pel__dicom_open_bytes(const pel__dicom_reader *r)
{
    const pel__dicom *d = r->dicom;
    int64_t bytes = r->room * (int64_t)sizeof *r->fragment + d->held_size +
                    d->frame_room * (int64_t)sizeof *d->frame +
                    d->offsets * (int64_t)sizeof *d->offset;
    for (int c = 0; c < 3; c++)
        bytes += d->palette[c].size;
    return bytes + (r->first ? (r->pixels.frames + 1) * (int64_t)sizeof *r->first : 0);
}

static pel_status check_plain(const pel__dicom_reader *r)
{
    const pel__dicom *d = r->dicom;
    int64_t need, end = end_of(r);
    if (d->pixels_size < 0)
        return pel__fail(PEL_EFORMAT,
                         "%s: its pixels are compressed, but its transfer syntax says that they "
                         "are not; it is damaged",
                         r->from->name);
    if (!pel__multiply(&need, r->pixels.bits, r->pixels.frames))
        return pel__fail(PEL_EFORMAT, "%s: its size does not fit 63 bits", r->from->name);
    need = (need + 7) / 8;
    if (d->pixels_size < need)
        return pel__fail(PEL_EFORMAT,
                         "%s: has %lld bytes of pixels, but its header promises %lld; it is "
                         "damaged",
                         r->from->name, (long long)d->pixels_size, (long long)need);
    return need > end - d->pixels_at ? cut_short(r) : PEL_OK;
}

pel_status pel__dicom_reader_open(pel__dicom_reader *out, const pel__dicom *d, pel__bytes *from)
{
    *out = (pel__dicom_reader){ .dicom = d, .from = from };
    pel_status s = pel__dicom_pixels_of(&out->pixels, d, from->name);
    out->stored = (out->pixels.bits + 7) / 8 + 1;
    if (s == PEL_OK && !out->pixels.codec)
        s = check_plain(out);
    else if (s == PEL_OK) {
        s = list_fragments(out);
        if (s == PEL_OK)
            s = start_frames(out);
        if (s == PEL_OK)
            s = check_stored(out);
    }
    if (s != PEL_OK)
        pel__dicom_reader_free(out);
    return s;
}

void pel__dicom_reader_free(pel__dicom_reader *r)
{
    pel__free(r->fragment);
    pel__free(r->first);
    *r = (pel__dicom_reader){ 0 };
}

/* ---- the bytes of a frame ---- */

pel_status pel__dicom_frame_bytes(uint8_t **out, int64_t *size, const pel__dicom_reader *r,
                                  int64_t n)
{
    int64_t at = r->dicom->pixels_at + n * r->pixels.bits / 8;
    *size = (n * r->pixels.bits % 8 + r->pixels.bits + 7) / 8;
    *out = NULL;
    if (!r->pixels.codec) {
        pel_status s = pel__alloc(out, *size, 1, "a frame");
        return s == PEL_OK ? read_at(r, at, *out, *size) : s;
    }
    *size = 0;
    for (int64_t f = r->first[n]; f < r->first[n + 1]; f++)
        *size += r->fragment[f].size;
    pel_status s = pel__alloc(out, *size + 1, 1, "a compressed frame");
    int64_t done = 0;
    for (int64_t f = r->first[n]; s == PEL_OK && f < r->first[n + 1]; f++) {
        s = read_at(r, r->fragment[f].at, *out + done, r->fragment[f].size);
        done += r->fragment[f].size;
    }
    return s;
}
