/* SPDX-License-Identifier: Apache-2.0 */
/* codec_jpeg_bits.c: Huffman tables and bits of JPEG (ITU-T T.81 annexes C and F). */
#include "base/status.h"
#include "read/codec_jpeg.h"

// what a symbol says, before the bits that follow it are known; bits 0: it says nothing
static pel__jpeg_entry entry_of(int symbol, int bits, bool runs)
{
    if (runs)
        return (pel__jpeg_entry){ 0, (uint8_t)bits, (uint8_t)symbol };
    // H.1.2.2: category 16 is the difference 32768, and has no bits more
    if (symbol == 16)
        return (pel__jpeg_entry){ INT16_MIN, (uint8_t)bits, 0 };
    return (pel__jpeg_entry){ 0, (uint8_t)(symbol < 16 ? bits : 0), (uint8_t)(symbol & 15) };
}

// a code at the top of PEL__JPEG_QUICK bits, with its following bits where they fit too
static void fill_quick(pel__jpeg_huffman *table, int code, pel__jpeg_entry entry)
{
    int free_bits = PEL__JPEG_QUICK - entry.bits, left = entry.left & 15;
    pel__jpeg_entry *to = table->quick + (code << free_bits);
    for (int i = 0; i < 1 << free_bits; i++) {
        to[i] = entry;
        if (left == 0 || left > free_bits)
            continue;
        int v = i >> (free_bits - left);
        to[i].value = (int16_t)(v < 1 << (left - 1) ? v - (1 << left) + 1 : v);
        to[i].bits = (uint8_t)(entry.bits + left);
        to[i].left = entry.left & 0xf0;
    }
}

bool pel__jpeg_huffman_make(pel__jpeg_huffman *table, const uint8_t counts[16],
                            const uint8_t *symbols, bool runs)
{
    *table = (pel__jpeg_huffman){ .defined = true, .runs = runs };
    int code = 0, index = 0;
    for (int bits = 1; bits <= PEL__JPEG_LONGEST; bits++, code <<= 1) {
        table->shift[bits] = index - code;
        for (int i = 0; i < counts[bits - 1]; i++, code++, index++) {
            pel__jpeg_entry entry = entry_of(symbols[index], bits, runs);
            if (code >= 1 << bits || index == 256 || entry.bits == 0)
                return false;
            table->symbols[index] = symbols[index];
            if (bits <= PEL__JPEG_QUICK)
                fill_quick(table, code, entry);
        }
        table->end[bits] = code;
    }
    return true;
}

pel__jpeg_entry pel__jpeg_huffman_long(const pel__jpeg_huffman *table, uint64_t window)
{
    for (int bits = PEL__JPEG_QUICK + 1; bits <= PEL__JPEG_LONGEST; bits++) {
        int code = (int)(window >> (64 - bits));
        if (code < table->end[bits])
            return entry_of(table->symbols[code + table->shift[bits]], bits, table->runs);
    }
    return (pel__jpeg_entry){ 0 };
}

pel__jpeg_bits pel__jpeg_fill_slowly(pel__jpeg_bits b)
{
    while (b.count <= 56) {
        bool stuffed = b.end - b.at >= 2 && b.at[0] == 0xff && b.at[1] == 0;
        if (b.at < b.end && (*b.at != 0xff || stuffed)) {
            b.window |= (uint64_t)*b.at << (56 - b.count);
            b.at += 1 + stuffed;
        } else
            b.zeros += 8;
        b.count += 8;
    }
    return b;
}

pel__jpeg_bits pel__jpeg_bits_begin(const pel__jpeg *jpeg)
{
    return (pel__jpeg_bits){ .at = jpeg->at, .end = jpeg->end };
}

pel_status pel__jpeg_bits_restart(pel__jpeg *jpeg, pel__jpeg_bits *b, int64_t index)
{
    const uint8_t *at = b->at;
    // what is left of the interval, and fill bytes before the marker
    while (jpeg->end - at >= 2 && (at[0] != 0xff || at[1] < 0xc0 || at[1] == 0xff))
        at++;
    if (jpeg->end - at < 2 || at[1] != 0xd0 + index % 8)
        return pel__jpeg_damaged(jpeg, "lacks a restart marker");
    jpeg->at = at + 2;
    *b = pel__jpeg_bits_begin(jpeg);
    return PEL_OK;
}
