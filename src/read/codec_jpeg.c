/* SPDX-License-Identifier: Apache-2.0 */
/* codec_jpeg.c: the segments of a JPEG codestream (ITU-T T.81 annex B), and who decodes it. */
#include "read/codec_jpeg.h"

#include "base/memory.h"
#include "base/status.h"

enum {
    SOF0 = 0xc0,
    SOF1 = 0xc1,
    SOF2 = 0xc2,
    SOF3 = 0xc3,
    DHT = 0xc4,
    JPG = 0xc8,
    DAC = 0xcc,
    SOF15 = 0xcf,
    RST0 = 0xd0,
    SOI = 0xd8,
    EOI = 0xd9,
    SOS = 0xda,
    DQT = 0xdb,
    DRI = 0xdd,
    APP14 = 0xee,
};

pel_status pel__jpeg_damaged(const pel__jpeg *jpeg, const char *what)
{
    return pel__fail(PEL_EFORMAT,
                     "%s: a %s frame %s: the file is damaged or cut short; copy or export it again",
                     jpeg->name, jpeg->what, what);
}

pel_status pel__jpeg_begin(const pel__jpeg *jpeg)
{
    if (jpeg->end - jpeg->at < 2 || jpeg->at[0] != 0xff || jpeg->at[1] != SOI)
        return pel__jpeg_damaged(jpeg, "does not begin as JPEG does");
    return PEL_OK;
}

static int big16(const uint8_t *bytes)
{
    return bytes[0] << 8 | bytes[1];
}

// skip to the next marker (below SOF0 there are none); false at the end
static bool next_marker(pel__jpeg *jpeg, int *marker)
{
    while (jpeg->end - jpeg->at >= 2) {
        *marker = jpeg->at[1];
        if (jpeg->at[0] == 0xff && *marker >= SOF0 && *marker != 0xff) {
            jpeg->at += 2;
            return true;
        }
        jpeg->at++;
    }
    return false;
}

static bool stands_alone(int marker)
{
    return marker >= RST0 && marker <= EOI;
}

pel_status pel__jpeg_next_segment(pel__jpeg *jpeg, pel__jpeg_segment *out)
{
    if (!next_marker(jpeg, &out->marker) || out->marker == EOI)
        return pel__jpeg_damaged(jpeg, "ends early");
    out->bytes = jpeg->at;
    out->size = 0;
    if (stands_alone(out->marker))
        return PEL_OK;
    int64_t left = jpeg->end - jpeg->at;
    int length = left < 2 ? 0 : big16(jpeg->at);
    if (length < 2 || length > left)
        return pel__jpeg_damaged(jpeg, "has a segment that reaches beyond its end");
    out->bytes += 2;
    out->size = length - 2;
    jpeg->at += length;
    return PEL_OK;
}

static bool is_frame_header(int marker)
{
    return marker <= SOF15 && marker != DHT && marker != JPG && marker != DAC;
}

static pel_status read_huffman_tables(pel__jpeg *jpeg, const pel__jpeg_segment *from)
{
    const uint8_t *at = from->bytes, *end = at + from->size;
    while (at < end) {
        int count = 0;
        for (int i = 0; end - at >= 17 && i < 16; i++)
            count += at[1 + i];
        if (end - at < 17 + count || at[0] >> 4 > 1 || (at[0] & 15) > 3 ||
            !pel__jpeg_huffman_make(&jpeg->huffman[at[0] >> 4][at[0] & 15], at + 1, at + 17,
                                    at[0] >> 4 == 1))
            return pel__jpeg_damaged(jpeg, "has a Huffman table that cannot be");
        at += 17 + count;
    }
    return PEL_OK;
}

static pel_status read_quantum_tables(pel__jpeg *jpeg, const pel__jpeg_segment *from)
{
    const uint8_t *at = from->bytes, *end = at + from->size;
    while (at < end) {
        int wide = at[0] >> 4, number = at[0] & 15;
        if (wide > 1 || number > 3 || end - at < 1 + 64 * (1 + wide))
            return pel__jpeg_damaged(jpeg, "has a quantization table that cannot be");
        at++;
        for (int k = 0; k < 64; k++, at += 1 + wide)
            jpeg->quantum[number][k] = (uint16_t)(wide ? big16(at) : at[0]);
        jpeg->quantum_defined[number] = true;
    }
    return PEL_OK;
}

static pel_status read_restart(pel__jpeg *jpeg, const pel__jpeg_segment *from)
{
    if (from->size != 2)
        return pel__jpeg_damaged(jpeg, "has a restart interval that cannot be");
    jpeg->restart = big16(from->bytes);
    return PEL_OK;
}

static pel_status read_components(pel__jpeg *jpeg, const uint8_t *at)
{
    jpeg->most_h = jpeg->most_v = 1;
    for (int i = 0; i < jpeg->count; i++, at += 3) {
        pel__jpeg_component *c = jpeg->components + i;
        *c = (pel__jpeg_component){ .id = at[0], .h = at[1] >> 4, .v = at[1] & 15 };
        c->quantum = at[2];
        if (c->h < 1 || c->h > 4 || c->v < 1 || c->v > 4 || c->quantum > 3)
            return pel__jpeg_damaged(jpeg, "has a component that cannot be");
        jpeg->most_h = c->h > jpeg->most_h ? c->h : jpeg->most_h;
        jpeg->most_v = c->v > jpeg->most_v ? c->v : jpeg->most_v;
    }
    for (int i = 0; i < jpeg->count; i++) {
        pel__jpeg_component *c = jpeg->components + i;
        c->columns = ((int)jpeg->frame->columns * c->h + jpeg->most_h - 1) / jpeg->most_h;
        c->rows = ((int)jpeg->frame->rows * c->v + jpeg->most_v - 1) / jpeg->most_v;
    }
    return PEL_OK;
}

pel_status pel__jpeg_frame_header(pel__jpeg *jpeg, const pel__jpeg_segment *from)
{
    if (jpeg->process)
        return pel__jpeg_damaged(jpeg, "has two frame headers");
    if (from->size < 6 || from->size < 6 + 3 * from->bytes[5])
        return pel__jpeg_damaged(jpeg, "has a frame header that is too short");
    jpeg->process = from->marker;
    jpeg->precision = from->bytes[0];
    jpeg->count = from->bytes[5];
    pel_status s = pel__codec_same(jpeg->frame, big16(from->bytes + 1), big16(from->bytes + 3),
                                   jpeg->count, jpeg->precision, jpeg->what, jpeg->name);
    if (s == PEL_OK && jpeg->precision < 2)
        s = pel__jpeg_damaged(jpeg, "has samples of less than two bits");
    return s == PEL_OK ? read_components(jpeg, from->bytes + 6) : s;
}

static int component_of(const pel__jpeg *jpeg, int id)
{
    for (int i = 0; i < jpeg->count; i++)
        if (jpeg->components[i].id == id)
            return i;
    return -1;
}

pel_status pel__jpeg_scan_header(pel__jpeg *jpeg, const pel__jpeg_segment *from)
{
    int count = from->size < 1 ? 0 : from->bytes[0];
    if (count < 1 || count > jpeg->count || from->size < 4 + 2 * count)
        return pel__jpeg_damaged(jpeg, "has a scan header that cannot be");
    const uint8_t *at = from->bytes + 1;
    int blocks = 0;
    for (int i = 0; i < count; i++, at += 2) {
        int index = component_of(jpeg, at[0]);
        if (index < 0 || jpeg->components[index].seen || at[1] >> 4 > 3 || (at[1] & 15) > 3)
            return pel__jpeg_damaged(jpeg, "has a scan of a component that cannot be");
        pel__jpeg_component *c = jpeg->components + index;
        c->seen = true;
        c->dc = at[1] >> 4;
        c->ac = at[1] & 15;
        blocks += c->h * c->v;
        jpeg->scan[i] = index;
    }
    // B.2.3
    if (count > 1 && blocks > 10)
        return pel__jpeg_damaged(jpeg, "has more than ten blocks in a unit");
    jpeg->scan_count = count;
    jpeg->selection = at[0];
    jpeg->interleave = at[1];
    jpeg->point = at[2] & 15;
    return PEL_OK;
}

bool pel__jpeg_complete(const pel__jpeg *jpeg)
{
    for (int i = 0; i < jpeg->count; i++)
        if (!jpeg->components[i].seen)
            return false;
    return jpeg->process != 0;
}

void pel__jpeg_store(const pel__jpeg *jpeg, const uint16_t *row, int component, int64_t y)
{
    int64_t columns = jpeg->frame->columns, step = jpeg->frame->samples;
    int64_t first = y * columns * step + component;
    if (jpeg->frame->bits_allocated == 8) {
        uint8_t *to = (uint8_t *)jpeg->out + first;
        for (int64_t x = 0; x < columns; x++)
            to[x * step] = (uint8_t)(row[x] << jpeg->point);
    } else {
        uint16_t *to = (uint16_t *)jpeg->out + first;
        for (int64_t x = 0; x < columns; x++)
            to[x * step] = (uint16_t)(row[x] << jpeg->point);
    }
}

static pel_status read_segment(pel__jpeg *jpeg, const pel__jpeg_segment *from)
{
    if (from->marker == DHT)
        return read_huffman_tables(jpeg, from);
    if (from->marker == DQT)
        return read_quantum_tables(jpeg, from);
    if (from->marker == DRI)
        return read_restart(jpeg, from);
    pel_status s = PEL_OK;
    if (is_frame_header(from->marker)) {
        s = pel__jpeg_frame_header(jpeg, from);
        return s == PEL_OK && jpeg->process != SOF3 ? pel__jpeg_dct_begin(jpeg) : s;
    }
    if (from->marker != SOS)
        return PEL_OK;
    s = pel__jpeg_scan_header(jpeg, from);
    if (s != PEL_OK)
        return s;
    return jpeg->process == SOF3 ? pel__jpeg_lossless_scan(jpeg) : pel__jpeg_dct_scan(jpeg);
}

// own decoder: lossless, and sequential of 12 bits
static pel_status decode_own(pel__jpeg *jpeg)
{
    pel_status s = pel__alloc_zero(&jpeg->huffman, 2, sizeof *jpeg->huffman, "Huffman tables");
    while (s == PEL_OK && !pel__jpeg_complete(jpeg)) {
        pel__jpeg_segment next = { 0 };
        s = pel__jpeg_next_segment(jpeg, &next);
        if (s == PEL_OK)
            s = read_segment(jpeg, &next);
    }
    if (s == PEL_OK && jpeg->process != SOF3)
        pel__jpeg_dct_finish(jpeg);
    pel__jpeg_dct_free(jpeg);
    pel__free(jpeg->huffman);
    return s;
}

static const char *process_name(int marker)
{
    static const char *const names[16] = {
        [0] = "baseline",
        [1] = "extended sequential",
        [2] = "progressive",
        [3] = "lossless",
        [5] = "hierarchical sequential",
        [6] = "hierarchical progressive",
        [7] = "hierarchical lossless",
        [9] = "arithmetic-coded sequential",
        [10] = "arithmetic-coded progressive",
        [11] = "arithmetic-coded lossless",
        [13] = "hierarchical arithmetic-coded sequential",
        [14] = "hierarchical arithmetic-coded progressive",
        [15] = "hierarchical arithmetic-coded lossless",
    };
    return names[marker & 15];
}

// read on to the frame header; `*colours` is what markers before it say of the samples
static pel_status find_frame_header(pel__jpeg *jpeg, pel__jpeg_segment *out,
                                    pel__codec_colours *colours)
{
    *colours = PEL__CODEC_UNSAID;
    pel_status s = pel__jpeg_begin(jpeg);
    while (s == PEL_OK) {
        s = pel__jpeg_next_segment(jpeg, out);
        if (s != PEL_OK || is_frame_header(out->marker))
            return s;
        if (out->marker == APP14 && out->size >= 12 && memcmp(out->bytes, "Adobe", 5) == 0)
            *colours = out->bytes[11] ? PEL__CODEC_YBR : PEL__CODEC_RGB;
    }
    return s;
}

pel__codec_colours pel__codec_jpeg_colours(const uint8_t *bytes, int64_t size)
{
    pel__jpeg jpeg = { .what = "JPEG", .name = "", .at = bytes, .end = bytes + size };
    pel__jpeg_segment header = { 0 };
    pel__codec_colours colours;
    if (find_frame_header(&jpeg, &header, &colours) != PEL_OK)
        return PEL__CODEC_UNSAID;
    // the names of the components are their colours
    const uint8_t *at = header.bytes;
    if (header.size >= 15 && at[5] == 3 && at[6] == 'R' && at[9] == 'G' && at[12] == 'B')
        return PEL__CODEC_RGB;
    return colours;
}

static pel_status decode(void *out, const pel__codec_frame *frame, const uint8_t *bytes,
                         int64_t size, const char *name)
{
    pel__jpeg jpeg = {
        .frame = frame, .what = "JPEG", .name = name, .out = out, .at = bytes, .end = bytes + size
    };
    pel__jpeg_segment header = { 0 };
    pel__codec_colours colours;
    pel_status s = find_frame_header(&jpeg, &header, &colours);
    if (s != PEL_OK)
        return s;
    int precision = header.size > 0 ? header.bytes[0] : 0;
    if (header.marker <= SOF2 && precision == 8)
        return pel__jpeg_8bit(out, frame, bytes, size, name);
    jpeg.at = bytes;
    if (header.marker == SOF3 || (header.marker == SOF1 && precision == 12))
        return decode_own(&jpeg);
    return pel__fail(PEL_EUNSUPPORTED,
                     "%s: is %s JPEG of %d bits, which is not read: decompress it with dcmdjpeg or "
                     "gdcmconv",
                     name, process_name(header.marker), precision);
}

const pel__codec pel__codec_jpeg = { "JPEG", decode, 4, 4096 };
