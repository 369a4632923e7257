/* SPDX-License-Identifier: Apache-2.0 */
/* codec_jpeg.h: what the parts of the JPEG decoder (ITU-T T.81) share: tables, scans, bits. */
#ifndef PEL_READ_CODEC_JPEG_H
#define PEL_READ_CODEC_JPEG_H

#include <string.h>

#include "read/codec.h"

enum { PEL__JPEG_QUICK = 12, PEL__JPEG_LONGEST = 16, PEL__JPEG_COMPONENTS = 4 };

/** What the next bits mean: a coefficient or difference, whole or with bits still to come. */
typedef struct pel__jpeg_entry {
    int16_t value; /* whole, when `left` is 0 */
    uint8_t bits;  /* taken; 0: no such code */
    uint8_t left;  /* bits 0 to 3: more bits that make the value; bits 4 to 7: zeros before it */
} pel__jpeg_entry;

/** A Huffman table (T.81 annex C, F.2.2.3). */
typedef struct pel__jpeg_huffman {
    pel__jpeg_entry quick[1 << PEL__JPEG_QUICK]; /* by the next bits; bits 0: the code is longer */
    int32_t end[PEL__JPEG_LONGEST + 1];          /* one above the last code of a length */
    int32_t shift[PEL__JPEG_LONGEST + 1];        /* code plus this is its index in `symbols` */
    uint8_t symbols[256];
    bool defined, runs; /* runs: an AC table, whose symbols begin with a run of zeros */
} pel__jpeg_huffman;

/**
 * Fill a table from a DHT segment's counts of codes by length and their symbols; `runs` for AC.
 * False when there are more codes than fit into their lengths, or a symbol means nothing.
 */
bool pel__jpeg_huffman_make(pel__jpeg_huffman *table, const uint8_t counts[16],
                            const uint8_t *symbols, bool runs);

/** The code at the top of `window`, where `quick` does not know it. */
pel__jpeg_entry pel__jpeg_huffman_long(const pel__jpeg_huffman *table, uint64_t window);

/** Entropy-coded bits, read ahead. Beyond the end or a marker there are zeros, which are counted.
 */
typedef struct pel__jpeg_bits {
    const uint8_t *at, *end;
    uint64_t window; /* the next bits, from the top */
    int count;       /* of bits in it */
    int64_t zeros;   /* bits of these that were made up so far */
} pel__jpeg_bits;

/** Fill up byte by byte, where there is a 0xff or the end. By value, so that a loop may keep its
 * bits in registers. */
pel__jpeg_bits pel__jpeg_fill_slowly(pel__jpeg_bits b);

/** Have 32 bits or more. */
static inline pel__jpeg_bits pel__jpeg_fill(pel__jpeg_bits b)
{
    if (b.count >= 32)
        return b;
    if (b.end - b.at >= 8) {
        uint64_t eight;
        memcpy(&eight, b.at, 8);
        // without a byte of 0xff, eight bytes are only bits
        if (((~eight - 0x0101010101010101u) & eight & 0x8080808080808080u) == 0) {
            if (__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__)
                eight = __builtin_bswap64(eight);
            b.window |= eight >> b.count;
            b.at += (63 - b.count) >> 3;
            b.count |= 56;
            return b;
        }
    }
    return pel__jpeg_fill_slowly(b);
}

static inline void pel__jpeg_drop(pel__jpeg_bits *b, int bits)
{
    b->window <<= bits;
    b->count -= bits;
}

/** True when bits were taken that are not there. */
static inline bool pel__jpeg_overrun(const pel__jpeg_bits *b)
{
    return b->zeros > b->count;
}

/** Next value by a table, after a fill; `*run` zeros come before it. False: no such code. */
static inline bool pel__jpeg_next(pel__jpeg_bits *b, const pel__jpeg_huffman *table, int *value,
                                  int *run)
{
    pel__jpeg_entry entry = table->quick[b->window >> (64 - PEL__JPEG_QUICK)];
    if (entry.bits == 0)
        entry = pel__jpeg_huffman_long(table, b->window);
    pel__jpeg_drop(b, entry.bits);
    *run = entry.left >> 4;
    *value = entry.value;
    int left = entry.left & 15;
    if (left) {
        // T.81 F.2.2.1: the lower half of the numbers of so many bits is negative
        int v = (int)(b->window >> (64 - left));
        *value = v < 1 << (left - 1) ? v - (1 << left) + 1 : v;
        pel__jpeg_drop(b, left);
    }
    return entry.bits != 0;
}

typedef struct pel__jpeg_component {
    int id, h, v, quantum; /* sampling factors, number of its quantization table */
    int columns, rows;     /* its own size */
    bool seen;             /* a scan had it */
    int dc, ac;            /* tables of its scan */
} pel__jpeg_component;

/** A codestream being decoded. */
typedef struct pel__jpeg {
    const pel__codec_frame *frame;
    const char *what, *name; /* "JPEG"; of the file */
    void *out;
    const uint8_t *at, *end; /* what is left of it */
    int process;             /* SOF marker; 0: not seen yet */
    int precision, count;    /* bits of a sample, components */
    pel__jpeg_component components[PEL__JPEG_COMPONENTS];
    int most_h, most_v;
    int restart;             /* MCUs between restarts; 0: none */
    uint16_t quantum[4][64]; /* in zigzag order */
    bool quantum_defined[4];
    pel__jpeg_huffman (*huffman)[4]; /* two rows: DC or lossless, AC; owned */
    int scan[PEL__JPEG_COMPONENTS];  /* components of the current scan */
    int scan_count;
    int selection, interleave,
        point; /* Ss, Se and Al of its header: what they mean is the process's */
    uint16_t *plane[PEL__JPEG_COMPONENTS]; /* DCT: decoded samples; owned */
} pel__jpeg;

/** A marker segment's payload. */
typedef struct pel__jpeg_segment {
    int marker;
    const uint8_t *bytes;
    int64_t size;
} pel__jpeg_segment;

/** PEL_EFORMAT: the codestream `what`. */
pel_status pel__jpeg_damaged(const pel__jpeg *jpeg, const char *what);

/** Check that it begins as JPEG does. */
pel_status pel__jpeg_begin(const pel__jpeg *jpeg);

/** Take the next segment; what is no marker is skipped. */
pel_status pel__jpeg_next_segment(pel__jpeg *jpeg, pel__jpeg_segment *out);

/** Read a frame or scan header. */
pel_status pel__jpeg_frame_header(pel__jpeg *jpeg, const pel__jpeg_segment *from);
pel_status pel__jpeg_scan_header(pel__jpeg *jpeg, const pel__jpeg_segment *from);

/** True once each component had its scan. */
bool pel__jpeg_complete(const pel__jpeg *jpeg);

/** Put a row of a component into `out`, shifted by jpeg->point. */
void pel__jpeg_store(const pel__jpeg *jpeg, const uint16_t *row, int component, int64_t y);

/** Bits of the current scan begin at jpeg->at. */
pel__jpeg_bits pel__jpeg_bits_begin(const pel__jpeg *jpeg);

/** Go over restart marker `index` (from 0) and begin anew after it. */
pel_status pel__jpeg_bits_restart(pel__jpeg *jpeg, pel__jpeg_bits *b, int64_t index);

/** Decode the current scan; jpeg->at goes behind it. */
pel_status pel__jpeg_lossless_scan(pel__jpeg *jpeg);
pel_status pel__jpeg_dct_scan(pel__jpeg *jpeg);

/** Get planes before the first DCT scan; put them into `out` after the last; free them. */
pel_status pel__jpeg_dct_begin(pel__jpeg *jpeg);
void pel__jpeg_dct_finish(pel__jpeg *jpeg);
void pel__jpeg_dct_free(pel__jpeg *jpeg);

/** Every process of 8 bits with a DCT, through libjpeg. */
pel_status pel__jpeg_8bit(void *out, const pel__codec_frame *frame, const uint8_t *bytes,
                          int64_t size, const char *name);

#endif
