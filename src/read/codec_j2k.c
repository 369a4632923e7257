/* SPDX-License-Identifier: Apache-2.0 */
/* codec_j2k.c: the headers of a JPEG 2000 codestream (ITU-T T.800 annex A), against bombs. */
#include "read/codec_j2k.h"

#include <string.h>

#include "base/memory.h"
#include "base/status.h"

enum {
    SOC = 0xff4f,
    CAP = 0xff50,
    SIZ = 0xff51,
    COD = 0xff52,
    COC = 0xff53,
    SOT = 0xff90,
    SOD = 0xff93,
    EOC = 0xffd9,
};

// about what OpenJPEG keeps; a few bytes more or less are in the constant part of the promise
enum {
    TILE_BYTES = 6000,
    TILE_COMPONENT_BYTES = 1200,
    PRECINCT_BYTES = 240,
    BLOCK_BYTES = 800,
    BLOCK_LAYER_BYTES = 32, // a piece of a code-block's data
    PASSES_BYTES = 8000,    // 164 segments, where each pass has its own
    SAMPLE_BYTES = 10,      // two numbers of 32 bits, and two bytes of codestream
};

typedef struct walk {
    const pel__codec_frame *frame;
    const char *name;
    const uint8_t *start, *at, *end;
    int64_t tile_columns, tile_rows, tiles; // size of the largest; how many
    int64_t block_bytes;                    // of one component of one tile, at worst
    uint8_t *parts, *promised;              // tile-parts seen and promised (0: not said); owned
} walk;

static pel_status damaged(const walk *w, const char *what)
{
    return pel__fail(
        PEL_EFORMAT,
        "%s: a JPEG 2000 frame %s: the file is damaged or cut short; copy or export it again",
        w->name, what);
}

static int64_t big(const uint8_t *bytes, int count)
{
    uint64_t value = 0;
    for (int i = 0; i < count; i++)
        value = value << 8 | bytes[i];
    return (int64_t)value;
}

// a marker segment's payload
typedef struct segment {
    int marker;
    const uint8_t *bytes;
    int64_t size;
} segment;

static pel_status next_segment(walk *w, segment *out)
{
    *out = (segment){ 0 };
    if (w->end - w->at < 2)
        return damaged(w, "ends in its headers");
    out->marker = (int)big(w->at, 2);
    if (out->marker >> 8 != 0xff)
        return damaged(w, "has something else where a marker should be");
    w->at += 2;
    if (out->marker == SOD || out->marker == EOC || out->marker == SOC)
        return PEL_OK;
    int64_t length = w->end - w->at < 2 ? 0 : big(w->at, 2);
    if (length < 2 || length > w->end - w->at)
        return damaged(w, "has a segment that reaches beyond its end");
    out->bytes = w->at + 2;
    out->size = length - 2;
    w->at += length;
    return PEL_OK;
}

static int64_t pieces(int64_t count, int64_t size)
{
    return (count + size - 1) / size;
}

static int64_t smaller(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static pel_status is_high_throughput(const walk *w)
{
    return pel__fail(PEL_EUNSUPPORTED,
                     "%s: is High-Throughput JPEG 2000 (HTJ2K), which is not read: convert it to "
                     "another transfer syntax first",
                     w->name);
}

// components of the image and reference grid area (A.5.1)
static pel_status read_sizes(walk *w, const segment *from)
{
    const uint8_t *b = from->bytes;
    int64_t count = from->size < 36 ? 0 : big(b + 34, 2);
    if (from->marker != SIZ || count < 1 || from->size < 36 + 3 * count)
        return damaged(w, "does not begin with its sizes");
    if (b[0] & 0x40)
        return is_high_throughput(w);
    int64_t x1 = big(b + 2, 4), y1 = big(b + 6, 4), x0 = big(b + 10, 4), y0 = big(b + 14, 4);
    int64_t tile_x = big(b + 18, 4), tile_y = big(b + 22, 4);
    int64_t tile_x0 = big(b + 26, 4), tile_y0 = big(b + 30, 4);
    for (int64_t i = 0; i < count; i++) {
        const uint8_t *component = b + 36 + 3 * i;
        pel_status s = pel__codec_same(w->frame, y1 - y0, x1 - x0, (int)count,
                                       (component[0] & 127) + 1, "JPEG 2000", w->name);
        if (s != PEL_OK)
            return s;
        if (component[1] != 1 || component[2] != 1)
            return pel__fail(
                PEL_EUNSUPPORTED,
                "%s: its JPEG 2000 has components of different sizes, which DICOM does "
                "not allow: convert it to another transfer syntax first",
                w->name);
    }
    if (tile_x < 1 || tile_y < 1 || tile_x0 > x0 || tile_y0 > y0 || tile_x0 + tile_x <= x0 ||
        tile_y0 + tile_y <= y0)
        return damaged(w, "has tiles that cannot be");
    w->tiles = pieces(x1 - tile_x0, tile_x) * pieces(y1 - tile_y0, tile_y);
    w->tile_columns = smaller(tile_x, x1 - x0);
    w->tile_rows = smaller(tile_y, y1 - y0);
    return w->tiles <= 65535 ? PEL_OK : damaged(w, "has more tiles than can be numbered");
}

// how a component is cut up (A.6.1, A.6.2)
typedef struct cutting {
    int levels, block_x, block_y, style;
    const uint8_t *precincts; // sizes by resolution; NULL: the largest
    int64_t layers;
} cutting;

static pel_status read_cutting(const walk *w, cutting *out, const uint8_t *b, int64_t size,
                               bool precincts)
{
    if (size < 5 || b[0] > 32 || (precincts && size < 6 + b[0]) || b[1] > 8 || b[2] > 8 ||
        b[1] + b[2] > 8)
        return damaged(w, "has a coding style that cannot be");
    if (b[3] & 0xc0)
        return is_high_throughput(w);
    *out = (cutting){ b[0], b[1] + 2, b[2] + 2, b[3], precincts ? b + 5 : NULL, out->layers };
    return PEL_OK;
}

// bytes kept for one resolution of one component of a tile
static int64_t resolution_bytes(const walk *w, const cutting *c, int level, int64_t *precincts)
{
    int shift = c->levels - level, bands = level ? 3 : 1, half = level ? 1 : 0;
    int px = c->precincts ? c->precincts[level] & 15 : 15;
    int py = c->precincts ? c->precincts[level] >> 4 : 15;
    // one more, as nothing need begin at a multiple
    int64_t columns = (w->tile_columns >> shift) + 2, rows = (w->tile_rows >> shift) + 2;
    int64_t across = (columns >> px) + 2, down = (rows >> py) + 2;
    int bx = (int)smaller(c->block_x, px > half ? px - half : 0);
    int by = (int)smaller(c->block_y, py > half ? py - half : 0);
    int64_t blocks = ((columns >> half >> bx) + across) * ((rows >> half >> by) + down);
    *precincts = across * down;
    int64_t of_block = BLOCK_BYTES + c->layers * BLOCK_LAYER_BYTES;
    int64_t cost = bands * (*precincts * PRECINCT_BYTES + blocks * of_block);
    // bypass or termination: segments by passes, for each layer, but none without a few bits
    if (c->style & 5)
        cost += smaller(PASSES_BYTES * smaller(blocks * bands * c->layers, 1 << 30),
                        128 * (w->end - w->start));
    return cost;
}

static void add_up(walk *w, const cutting *c)
{
    int64_t sum = 0, most_precincts = 0;
    for (int level = 0; level <= c->levels; level++) {
        int64_t precincts;
        sum += resolution_bytes(w, c, level, &precincts);
        most_precincts = precincts > most_precincts ? precincts : most_precincts;
    }
    // a mark for each packet that may come
    sum += 2 * c->layers * (c->levels + 1) * most_precincts;
    w->block_bytes = sum > w->block_bytes ? sum : w->block_bytes;
}

// COD and COC, of the image or of a tile
static pel_status read_style(walk *w, const segment *from, int64_t *layers)
{
    const uint8_t *b = from->bytes;
    int64_t head = from->marker == COD ? 5 : 2;
    if (from->size < head)
        return damaged(w, "has a coding style that cannot be");
    if (from->marker == COD)
        *layers = big(b + 2, 2);
    cutting c = { .layers = *layers };
    bool precincts = b[from->marker == COD ? 0 : 1] & 1;
    pel_status s = read_cutting(w, &c, b + head, from->size - head, precincts);
    if (s == PEL_OK)
        add_up(w, &c);
    return s;
}

// segments of a header up to `last` (SOT or SOD)
static pel_status read_header(walk *w, int last, int64_t *layers, segment *out)
{
    for (;;) {
        pel_status s = next_segment(w, out);
        if (s != PEL_OK || out->marker == last)
            return s;
        if (out->marker == CAP)
            return is_high_throughput(w);
        if (out->marker == EOC || out->marker == SOC || out->marker == SOD || out->marker == SOT)
            return damaged(w, "has a marker out of its place");
        if (out->marker == COD || out->marker == COC)
            s = read_style(w, out, layers);
        if (s != PEL_OK)
            return s;
    }
}

// all tile-parts; the first SOT was read
static pel_status read_tile_parts(walk *w, segment *part, int64_t layers)
{
    while (part->marker == SOT) {
        // A.4.2: tile, length from the marker on, number of the part, how many there are
        if (part->size != 8 || big(part->bytes, 2) >= w->tiles)
            return damaged(w, "has a tile that cannot be");
        int64_t tile = big(part->bytes, 2), length = big(part->bytes + 2, 4);
        const uint8_t *start = part->bytes - 4;
        int64_t left = w->end - start;
        if (w->parts[tile] != part->bytes[6] || w->parts[tile] == 255)
            return damaged(w, "has parts of a tile out of order");
        w->parts[tile]++;
        if (part->bytes[7])
            w->promised[tile] = part->bytes[7];
        segment inside;
        int64_t of_tile = layers;
        pel_status s = read_header(w, SOD, &of_tile, &inside);
        if (s != PEL_OK)
            return s;
        // 0: up to the end, where a byte may make the size even
        if (length == 0) {
            w->end -= w->end[-1] == 0 && big(w->end - 3, 2) == EOC;
            return PEL_OK;
        }
        if (length > left || start + length < w->at)
            return damaged(w, "has a tile that reaches beyond its end");
        w->at = start + length;
        if (w->at == w->end)
            return PEL_OK;
        s = next_segment(w, part);
        if (s != PEL_OK)
            return s;
    }
    w->end = w->at;
    return part->marker == EOC ? PEL_OK : damaged(w, "has a marker out of its place");
}

static pel_status read_tiles(walk *w, segment *part, int64_t layers)
{
    pel_status s = pel__alloc_zero(&w->parts, w->tiles, 2, "tiles of a JPEG 2000 frame");
    if (s != PEL_OK)
        return s;
    w->promised = w->parts + w->tiles;
    s = read_tile_parts(w, part, layers);
    for (int64_t i = 0; s == PEL_OK && i < w->tiles; i++)
        if (w->parts[i] == 0 || w->parts[i] < w->promised[i])
            s = damaged(w, "lacks some of its tiles");
    pel__free(w->parts);
    return s;
}

static pel_status check_cost(const walk *w)
{
    int64_t count = pel__codec_count(w->frame), samples = w->frame->samples;
    int64_t cost = w->tiles * (TILE_BYTES + samples * TILE_COMPONENT_BYTES) +
                   samples * w->block_bytes + count * SAMPLE_BYTES;
    if (cost <= count * PEL__J2K_SAMPLE_BYTES + PEL__CODEC_BYTES)
        return PEL_OK;
    return pel__fail(PEL_EFORMAT,
                     "%s: a JPEG 2000 frame is cut into so many pieces that decoding it would take "
                     "%lld MB: it is damaged, or convert it to another transfer syntax first",
                     w->name, (long long)(cost / 1000000));
}

// JP2 (annex I): the contents of the first box that holds a codestream
static pel_status find_codestream(walk *w)
{
    static const uint8_t signature[12] = { 0, 0, 0, 12, 'j', 'P', ' ', ' ', 13, 10, 0x87, 10 };
    int64_t left = w->end - w->at;
    if (left < 12 || memcmp(w->at, signature, 12) != 0)
        return PEL_OK;
    for (; left >= 8; left = w->end - w->at) {
        int64_t length = big(w->at, 4), head = 8;
        bool found = memcmp(w->at + 4, "jp2c", 4) == 0;
        if (length == 1 && left >= 16) {
            length = big(w->at + 8, 8);
            head = 16;
        } else if (length == 0)
            length = left;
        if (length < head || length > left)
            break;
        if (found) {
            w->end = w->at + length;
            w->at += head;
            return PEL_OK;
        }
        w->at += length;
    }
    return damaged(w, "has no codestream in its boxes");
}

pel_status pel__j2k_check(const pel__codec_frame *frame, const uint8_t **bytes, int64_t *size,
                          bool *ended, const char *name)
{
    walk w = { .frame = frame, .name = name, .at = *bytes, .end = *bytes + *size };
    segment next;
    int64_t layers = 0;
    pel_status s = find_codestream(&w);
    if (s != PEL_OK)
        return s;
    w.start = w.at;
    if (w.end - w.at < 2 || big(w.at, 2) != SOC)
        return damaged(&w, "does not begin as JPEG 2000 does");
    w.at += 2;
    s = next_segment(&w, &next);
    if (s == PEL_OK)
        s = read_sizes(&w, &next);
    if (s == PEL_OK)
        s = read_header(&w, SOT, &layers, &next);
    if (s == PEL_OK)
        s = read_tiles(&w, &next, layers);
    if (s == PEL_OK)
        s = check_cost(&w);
    *bytes = w.start;
    *size = w.end - w.start;
    *ended = s == PEL_OK && big(w.end - 2, 2) == EOC;
    return s;
}
