/* SPDX-License-Identifier: Apache-2.0 */
/* dicom_parse.c: the data set of a DICOM file (PS3.10 and PS3.5), up to its pixels. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/job.h"
#include "base/memory.h"
#include "base/status.h"
#include "base/text.h"
#include "read/coding.h"
#include "read/dicom_table.h"

enum {
    WINDOW = 32 << 10,
    PREAMBLE = 128,
    DEEPEST = 24,            // sequences in sequences
    MOST_BLOCK = 16 << 20,   // bytes of a table or private header
    MOST_HEADER = 512 << 20, // bytes before the pixels
    MOST_FRAMES = 1 << 24,
    LEAST_FRAME = 32, // bytes of the header that describe a frame
};

enum { ITEM = 0xfffe, PIXELS = 0x7fe00010, FLOATS = 0x7fe00008, DOUBLES = 0x7fe00009 };
static const uint32_t ITEM_START = 0xfffee000, ITEM_END = 0xfffee00d, SEQUENCE_END = 0xfffee0dd;
static const uint32_t SHARED = 0x52009229, PER_FRAME = 0x52009230, MODALITY_LUT = 0x00283000;

/* where values of the present data set go */
enum { NOWHERE = -2, TO_SHARED = -1 };

typedef struct reader {
    pel__dicom *d;
    pel__bytes *bytes;
    uint8_t *window; // owned
    int64_t at;      // of window[0] in the stream
    int64_t used, have;
    bool exact; // read no further than asked, so that another stream can go on
    bool big_endian, implicit_vr;
    int depth;
} reader;

typedef struct element {
    uint32_t tag;
    char vr[3];
    int64_t length; // -1: undefined
} element;

/* ---- the first bytes ---- */

static const char all_vrs[] =
    "AE AS AT CS DA DS DT FD FL IS LO LT OB OD OF OL OV OW PN SH SL SQ SS ST SV "
    "TM UC UI UL UN UR US UT UV ";

static bool is_vr(const uint8_t *p)
{
    char word[4] = { (char)p[0], (char)p[1], ' ', 0 };
    return p[0] >= 'A' && p[1] >= 'A' && strstr(all_vrs, word) != NULL;
}

// a data set may start without the preamble: with the file's meta group, or the first of an image
static bool starts_bare(const uint8_t *p, int64_t count)
{
    if (count < 12)
        return false;
    bool big = p[0] == 0 && p[1] == 8;
    uint32_t group = pel__dicom_u16(p, big), number = pel__dicom_u16(p + 2, big);
    uint32_t length = pel__dicom_u32(p + 4, big);
    if (group == 2)
        return number <= 0x0102 && is_vr(p + 4);
    // of an implicit one the length must do: 0008,0000 holds four bytes, the next ones are short
    return group == 8 && number <= 0x0018 &&
           (is_vr(p + 4) || (!big && length <= 64 && length % 2 == 0));
}

bool pel__dicom_is(const uint8_t *head, int64_t count)
{
    return (count >= PREAMBLE + 4 && memcmp(head + PREAMBLE, "DICM", 4) == 0) ||
           starts_bare(head, count);
}

/* ---- bytes ---- */

static int64_t place(const reader *r)
{
    return r->at + r->used;
}

static pel_status cut_short(const reader *r, const char *what)
{
    return pel__fail(PEL_EFORMAT,
                     "%s: ends after %lld bytes, in the middle of %s; the file is cut short: copy "
                     "or download it again",
                     r->bytes->name, (long long)(r->at + r->have), what);
}

// at least `want` bytes in the window, unless the stream ends before
static pel_status fill(reader *r, int64_t want)
{
    if (r->have - r->used >= want)
        return PEL_OK;
    int64_t left = r->have - r->used, got;
    memmove(r->window, r->window + r->used, (size_t)left);
    r->at += r->used;
    r->used = 0;
    r->have = left;
    pel_status s =
        pel__bytes_read(r->bytes, r->window + left, (r->exact ? want : WINDOW) - left, &got);
    r->have += s == PEL_OK ? got : 0;
    return s;
}

static pel_status fetch(reader *r, const uint8_t **out, int64_t want, const char *what)
{
    pel_status s = fill(r, want);
    if (s == PEL_OK && r->have - r->used < want)
        return cut_short(r, what);
    *out = r->window + r->used;
    r->used += want;
    return s;
}

static pel_status skip(reader *r, int64_t count)
{
    if (count <= r->have - r->used) {
        r->used += count;
        return PEL_OK;
    }
    int64_t to = place(r) + count;
    if (to > MOST_HEADER)
        return pel__fail(PEL_EUNSUPPORTED,
                         "%s: has more than %d MB before its pixels; its header is damaged",
                         r->bytes->name, MOST_HEADER >> 20);
    bool beyond = r->bytes->size >= 0 && to > r->bytes->size;
    pel_status s = beyond ? PEL_OK : pel__bytes_seek(r->bytes, to);
    if (s == PEL_OK && (beyond || pel__bytes_at(r->bytes) < to))
        return cut_short(r, "its header");
    r->at = to;
    r->used = r->have = 0;
    return s;
}

// images the data set has said so far: their number comes before all that is told of each
static int64_t frames_of(const pel__dicom *d)
{
    return pel__int_from(isnan(d->frames) ? 1 : d->frames, 0, MOST_FRAMES);
}

// a long value into a new block
static pel_status fetch_block(reader *r, uint8_t **out, int64_t size)
{
    int64_t there = r->have - r->used;
    there = there < size ? there : size;
    *out = NULL;
    if (size > MOST_BLOCK)
        return skip(r, size);
    pel_status s = pel__alloc(out, there + 1, 1, "a table of the header");
    if (s != PEL_OK)
        return s;
    memcpy(*out, r->window + r->used, (size_t)there);
    r->used += there;
    for (int64_t done = there; s == PEL_OK && done < size;) {
        const uint8_t *part;
        int64_t count = size - done < WINDOW / 2 ? size - done : WINDOW / 2;
        s = fetch(r, &part, count, "a table of its header");
        if (s == PEL_OK)
            s = pel__realloc(out, done + count, 1, "a table of the header");
        if (s == PEL_OK)
            memcpy(*out + done, part, (size_t)count);
        done += count;
    }
    if (s != PEL_OK) {
        pel__free(*out);
        *out = NULL;
    }
    return s;
}

/* ---- elements ---- */

static bool has_long_length(const char *vr)
{
    static const char longs[] = "OB OD OF OL OV OW SQ SV UC UN UR UT UV ";
    return strstr(longs, vr) != NULL;
}

static void length_of(element *e, uint32_t bits)
{
    e->length = bits == UINT32_MAX ? -1 : (int64_t)bits;
}

// `ended`: the stream is at its end where an element would begin
static pel_status read_element(reader *r, element *e, bool *ended)
{
    const uint8_t *p = NULL;
    pel_status s = fill(r, 8);
    *ended = s == PEL_OK && r->have == r->used;
    if (s != PEL_OK || *ended)
        return s;
    s = fetch(r, &p, 8, "its header");
    if (s != PEL_OK)
        return s;
    e->tag = pel__dicom_u16(p, r->big_endian) << 16 | pel__dicom_u16(p + 2, r->big_endian);
    *e->vr = 0;
    // where letters should be and are none, the length is as without letters
    bool letters = p[4] >= 'A' && p[4] <= 'Z' && p[5] >= 'A' && p[5] <= 'Z';
    if (e->tag >> 16 == ITEM || r->implicit_vr || !letters) {
        length_of(e, pel__dicom_u32(p + 4, r->big_endian));
        return PEL_OK;
    }
    snprintf(e->vr, sizeof e->vr, "%c%c", p[4], p[5]);
    if (!has_long_length(e->vr)) {
        e->length = pel__dicom_u16(p + 6, r->big_endian);
        return PEL_OK;
    }
    s = fetch(r, &p, 4, "its header");
    if (s == PEL_OK)
        length_of(e, pel__dicom_u32(p, r->big_endian));
    return s;
}

static pel__dicom_frame *frame_for(const reader *r, int64_t to)
{
    return to >= 0 ? &r->d->frame[to] : &r->d->shared;
}

static pel_status take_block(reader *r, const element *e)
{
    pel__dicom *d = r->d;
    uint8_t *bytes;
    pel_status s = fetch_block(r, &bytes, e->length);
    if (s != PEL_OK || !bytes)
        return s;
    if (e->tag == 0x00291010 || e->tag == 0x00291110)
        pel__dicom_csa(d, bytes, e->length);
    if (e->tag >> 8 == 0x002812) {
        pel__dicom_lut *lut = &d->palette[(e->tag & 3) - 1];
        pel__free(lut->bytes);
        lut->bytes = bytes;
        lut->size = e->length;
        return PEL_OK;
    }
    if (e->tag == 0x3004000c) {
        pel__free(d->offset);
        d->offset = NULL;
        // as many numbers as separators can part, and no more than frames
        int64_t count = 1, most = frames_of(d);
        for (int64_t i = 0; i < e->length && count < most; i++)
            count += bytes[i] == '\\';
        s = pel__realloc(&bytes, e->length + 1, 1, "a table of the header");
        if (s == PEL_OK)
            s = pel__alloc_zero(&d->offset, count, sizeof *d->offset, "places of frames");
        if (s == PEL_OK) {
            bytes[e->length] = 0;
            d->offsets = count;
            pel__dicom_numbers(d->offset, (int)count, (const char *)bytes);
        }
    }
    pel__free(bytes);
    return s;
}

static pel_status take_value(reader *r, const element *e, int64_t to, bool top)
{
    const pel__dicom_row *row = to == NOWHERE ? NULL : pel__dicom_row_of(e->tag);
    if (!row || (!row->of_frame && !top))
        return skip(r, e->length);
    if (row->what == PEL__DICOM_BLOCK)
        return take_block(r, e);
    const uint8_t *p = NULL;
    int64_t count = e->length < PEL__DICOM_LONGEST ? e->length : PEL__DICOM_LONGEST;
    pel_status s = fetch(r, &p, count, "its header");
    // what has no type of its own is in the type of the dictionary
    bool own = *e->vr && strcmp(e->vr, "UN") != 0;
    if (s == PEL_OK)
        pel__dicom_take(r->d, frame_for(r, to), row,
                        own && is_vr((const uint8_t *)e->vr) ? e->vr : row->vr, p, count,
                        r->big_endian);
    return s == PEL_OK ? skip(r, e->length - count) : s;
}

/* ---- sequences ---- */

static pel_status read_items(reader *r, const element *sequence, int64_t to, bool per_frame);

// what is told of more frames than there are goes nowhere
static pel_status add_frame(reader *r, int64_t *to)
{
    pel__dicom *d = r->d;
    int64_t frames = frames_of(d);
    *to = NOWHERE;
    if (d->frame_count >= frames)
        return PEL_OK;
    if (d->frame_count > place(r) / LEAST_FRAME)
        return pel__fail(PEL_EFORMAT,
                         "%s: describes %lld frames in %lld bytes, which cannot be; its header is "
                         "damaged",
                         r->bytes->name, (long long)d->frame_count, (long long)place(r));
    if (d->frame_count == d->frame_room) {
        int64_t room = d->frame_room ? 2 * d->frame_room : 16;
        room = room < frames ? room : frames;
        pel_status s = pel__realloc(&d->frame, room, sizeof *d->frame, "the list of frames");
        if (s != PEL_OK)
            return s;
        d->frame_room = room;
    }
    *to = d->frame_count++;
    pel__dicom_frame_clear(&d->frame[*to]);
    return PEL_OK;
}

static bool is_pixels(uint32_t tag)
{
    return tag == PIXELS || tag == FLOATS || tag == DOUBLES;
}

static pel_status read_sequence(reader *r, const element *e, int64_t to, bool top)
{
    int64_t child = NOWHERE;
    r->d->has_modality_lut |= top && e->tag == MODALITY_LUT;
    if (top && (e->tag == SHARED || e->tag == PER_FRAME))
        child = TO_SHARED;
    else if (to != NOWHERE && pel__dicom_is_group(e->tag))
        child = to;
    if (child == NOWHERE && e->length >= 0)
        return skip(r, e->length);
    // what is of unknown type and length is written without types (PS3.5, 6.2.2)
    bool was = r->implicit_vr, big = r->big_endian;
    if (strcmp(e->vr, "UN") == 0) {
        r->implicit_vr = true;
        r->big_endian = false;
    }
    pel_status s = read_items(r, e, child, top && e->tag == PER_FRAME);
    r->implicit_vr = was;
    r->big_endian = big;
    return s;
}

// one data set: the file's own, or that of an item; `top` ends at the pixels
static pel_status read_dataset(reader *r, int64_t end, int64_t to, bool top)
{
    while (place(r) < end) {
        element e;
        bool ended;
        pel_status s = read_element(r, &e, &ended);
        if (s != PEL_OK)
            return s;
        if (ended)
            return top ? PEL_OK : cut_short(r, "a sequence of its header");
        if (e.tag == ITEM_END || e.tag == SEQUENCE_END)
            return PEL_OK;
        if (top && is_pixels(e.tag)) {
            r->d->has_pixels = true;
            r->d->is_float = e.tag != PIXELS;
            r->d->pixels_at = place(r);
            r->d->pixels_size = e.length;
            return PEL_OK;
        }
        if (e.length < 0 || strcmp(e.vr, "SQ") == 0 ||
            (!*e.vr && (e.tag == SHARED || e.tag == PER_FRAME || e.tag == MODALITY_LUT ||
                        pel__dicom_is_group(e.tag))))
            s = read_sequence(r, &e, to, top);
        else
            s = take_value(r, &e, to, top);
        if (s == PEL_OK && place(r) > MOST_HEADER)
            s = skip(r, MOST_HEADER);
        if (s == PEL_OK)
            s = pel__cancelled();
        if (s != PEL_OK)
            return s;
    }
    return PEL_OK;
}

static pel_status read_item(reader *r, int64_t end, int64_t length, int64_t to, bool per_frame)
{
    pel_status s = PEL_OK;
    if (per_frame)
        s = add_frame(r, &to);
    int64_t last = length < 0 ? end : place(r) + length;
    if (s == PEL_OK && to == NOWHERE && length >= 0)
        return skip(r, length);
    return s == PEL_OK ? read_dataset(r, last < end ? last : end, to, false) : s;
}

static pel_status read_items(reader *r, const element *sequence, int64_t to, bool per_frame)
{
    int64_t end = sequence->length < 0 ? INT64_MAX : place(r) + sequence->length;
    if (r->depth == DEEPEST)
        return pel__fail(PEL_EFORMAT,
                         "%s: has sequences in sequences more than %d deep; its header is damaged",
                         r->bytes->name, DEEPEST);
    r->depth++;
    pel_status s = PEL_OK;
    for (int64_t n = 0; s == PEL_OK && place(r) < end; n++) {
        element e;
        bool ended;
        s = read_element(r, &e, &ended);
        if (s != PEL_OK)
            break;
        if (ended)
            s = cut_short(r, "a sequence of its header");
        else if (e.tag == SEQUENCE_END)
            break;
        else if (e.tag != ITEM_START)
            s = pel__fail(PEL_EFORMAT,
                          "%s: has tag %04X,%04X in byte %lld where an item of sequence %04X,%04X "
                          "should begin; its header is damaged",
                          r->bytes->name, e.tag >> 16, e.tag & 0xffff, (long long)place(r),
                          sequence->tag >> 16, sequence->tag & 0xffff);
        else
            // of groups but those of frames the first item counts
            s = read_item(r, end, e.length, n == 0 || per_frame ? to : NOWHERE, per_frame);
    }
    r->depth--;
    return s;
}

/* ---- the file ---- */

// the meta group: always with types, little-endian, and read to its last byte only
static pel_status read_meta(reader *r)
{
    const uint8_t *head;
    int64_t count;
    pel_status s = pel__bytes_peek(r->bytes, &head, &count);
    bool preamble = s == PEL_OK && count >= PREAMBLE + 4 && memcmp(head + PREAMBLE, "DICM", 4) == 0;
    const uint8_t *unused;
    r->exact = true;
    if (preamble)
        s = fetch(r, &unused, PREAMBLE + 4, "its preamble");
    while (s == PEL_OK) {
        element e;
        bool ended;
        s = pel__bytes_peek(r->bytes, &head, &count);
        if (s != PEL_OK || count < 2 || pel__dicom_u16(head, false) != 2)
            break;
        s = read_element(r, &e, &ended);
        if (s == PEL_OK && e.length < 0)
            s = pel__fail(PEL_EFORMAT, "%s: has no length in its meta group; it is damaged",
                          r->bytes->name);
        if (s == PEL_OK)
            s = take_value(r, &e, TO_SHARED, true);
    }
    r->exact = false;
    return s;
}

static pel_status inflate(reader *r, pel__bytes **bytes)
{
    pel__bytes *rest = NULL;
    pel_status s = pel__bytes_rest(&rest, *bytes);
    *bytes = NULL;
    if (s == PEL_OK)
        s = pel__bytes_inflate(bytes, rest);
    r->bytes = *bytes;
    r->at = r->used = r->have = 0;
    return s;
}

// what the first element looks like counts more than what the meta group says
static pel_status choose_syntax(reader *r, pel__bytes **bytes)
{
    static const pel__dicom_syntax plain = { "", "a plain one", .codec = NULL };
    pel__dicom *d = r->d;
    d->syntax = *d->syntax_uid ? pel__dicom_syntax_of(d->syntax_uid) : &plain;
    if (!d->syntax)
        return pel__fail(PEL_EUNSUPPORTED,
                         "%s: its transfer syntax %s is not read; dcmdjpeg of dcmtk or gdcmconv "
                         "--raw make a plain file of it",
                         r->bytes->name, d->syntax_uid);
    pel_status s = d->syntax->deflated ? inflate(r, bytes) : PEL_OK;
    const uint8_t *head;
    int64_t count;
    if (s == PEL_OK)
        s = pel__bytes_peek(r->bytes, &head, &count);
    if (s != PEL_OK)
        return s;
    bool known = count >= 8;
    r->implicit_vr = known ? !is_vr(head + 4) : d->syntax->implicit_vr;
    if (d->syntax == &plain && known && head[0] == 0 && head[1] != 0)
        d->syntax = pel__dicom_syntax_of("1.2.840.10008.1.2.2");
    r->big_endian = d->syntax->big_endian;
    return PEL_OK;
}

int64_t pel__dicom_most_held(const pel__dicom *d, const char *name)
{
    pel__dicom_pixels p;
    int64_t bytes, total;
    if (pel__dicom_pixels_of(&p, d, name) != PEL_OK)
        return 0;
    bytes = (p.bits + 7) / 8;
    // coded pixels that do not shrink grow by a little
    if (p.codec)
        bytes += bytes / 2 + 4096;
    if (!pel__multiply(&total, bytes, p.frames))
        return 0;
    return d->pixels_size >= 0 && d->pixels_size < total ? d->pixels_size : total;
}

// the pixels of a stream that cannot go back: those that the header promises
static pel_status hold_pixels(reader *r)
{
    pel__dicom *d = r->d;
    int64_t most = pel__dicom_most_held(d, r->bytes->name), room = 0;
    pel_status s = PEL_OK;
    while (s == PEL_OK && d->held_size < most) {
        const uint8_t *part;
        int64_t want = most - d->held_size < WINDOW / 4 ? most - d->held_size : WINDOW / 4;
        s = fill(r, want);
        int64_t count = r->have - r->used < want ? r->have - r->used : want;
        if (s != PEL_OK || count == 0)
            break;
        if (d->held_size + count > room) {
            room = room ? 2 * room : WINDOW;
            room = room < d->held_size + count ? d->held_size + count : room;
            s = pel__realloc(&d->held, room, 1, "the pixels");
        }
        if (s == PEL_OK)
            s = fetch(r, &part, count, "its pixels");
        if (s == PEL_OK)
            memcpy(d->held + d->held_size, part, (size_t)count);
        d->held_size += s == PEL_OK ? count : 0;
        if (s == PEL_OK)
            s = pel__cancelled();
    }
    return s;
}

static pel_status parse(reader *r, pel__bytes **bytes, bool hold)
{
    pel_status s = read_meta(r);
    if (s == PEL_OK)
        s = choose_syntax(r, bytes);
    if (s == PEL_OK)
        s = read_dataset(r, INT64_MAX, TO_SHARED, true);
    if (s == PEL_OK && hold && r->d->has_pixels && !r->bytes->jumps)
        s = hold_pixels(r);
    return s;
}

pel_status pel__dicom_parse(pel__dicom *out, pel__bytes **bytes, bool hold)
{
    reader r = { .d = out, .bytes = *bytes };
    pel__dicom_clear(out);
    pel_status s = pel__alloc(&r.window, WINDOW, 1, "a buffer");
    if (s == PEL_OK)
        s = parse(&r, bytes, hold);
    pel__free(r.window);
    if (s != PEL_OK)
        pel__dicom_free(out);
    return s;
}

void pel__dicom_free_tables(pel__dicom *d)
{
    for (int i = 0; i < 3; i++) {
        pel__free(d->palette[i].bytes);
        d->palette[i].bytes = NULL;
    }
    pel__free(d->offset);
    pel__free(d->frame);
    pel__free(d->held);
    d->offset = NULL;
    d->frame = NULL;
    d->held = NULL;
    d->offsets = d->frame_count = d->frame_room = d->held_size = 0;
}

void pel__dicom_free(pel__dicom *d)
{
    pel__dicom_free_tables(d);
    *d = (pel__dicom){ 0 };
}
