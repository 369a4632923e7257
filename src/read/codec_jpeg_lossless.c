/* SPDX-License-Identifier: Apache-2.0 */
/* codec_jpeg_lossless.c: lossless JPEG (ITU-T T.81 annex H): a prediction and a difference each. */
#include "base/memory.h"
#include "base/status.h"
#include "read/codec_jpeg.h"

// rows of one component: the one above, the current one, and its differences
typedef struct lines {
    uint16_t *above, *row, *difference;
    const pel__jpeg_huffman *table;
} lines;

// differences of one row of all components of the scan; false: no such code
static bool read_differences(pel__jpeg_bits *bits, const lines *l, int count, int columns)
{
    pel__jpeg_bits b = *bits;
    int bad = 0, run;
    for (int x = 0; x < columns; x++)
        for (int c = 0; c < count; c++) {
            int value;
            b = pel__jpeg_fill(b);
            bad |= !pel__jpeg_next(&b, l[c].table, &value, &run);
            l[c].difference[x] = (uint16_t)value;
        }
    *bits = b;
    return !bad;
}

// the same for a scan of one component, whose table stays in a register
static bool read_differences_of_one(pel__jpeg_bits *bits, const lines *l, int columns)
{
    pel__jpeg_bits b = *bits;
    const pel__jpeg_huffman *table = l->table;
    uint16_t *difference = l->difference;
    int bad = 0, run;
    for (int x = 0; x < columns; x++) {
        int value;
        b = pel__jpeg_fill(b);
        bad |= !pel__jpeg_next(&b, table, &value, &run);
        difference[x] = (uint16_t)value;
    }
    *bits = b;
    return !bad;
}

// table H.1: from a on the left, b above, c above on the left
static inline int predict(int selection, int a, int b, int c)
{
    switch (selection) {
    case 1:
        return a;
    case 2:
        return b;
    case 3:
        return c;
    case 4:
        return a + b - c;
    case 5:
        return a + ((b - c) >> 1);
    case 6:
        return b + ((a - c) >> 1);
    default:
        return (a + b) >> 1;
    }
}

// a row below another; sums are modulo 2^16 (H.1.2.1). Inlined once per selection.
static inline __attribute__((always_inline)) void add_row(const lines *l, int selection,
                                                          int columns)
{
    const uint16_t *above = l->above, *difference = l->difference;
    uint16_t *row = l->row;
    // the first sample is predicted by the one above
    int a = row[0] = (uint16_t)(above[0] + difference[0]);
    for (int x = 1; x < columns; x++)
        a = row[x] = (uint16_t)(predict(selection, a, above[x], above[x - 1]) + difference[x]);
}

static void undo_prediction(const lines *l, int selection, int columns)
{
    switch (selection) {
    case 1:
        add_row(l, 1, columns);
        break;
    case 2:
        add_row(l, 2, columns);
        break;
    case 3:
        add_row(l, 3, columns);
        break;
    case 4:
        add_row(l, 4, columns);
        break;
    case 5:
        add_row(l, 5, columns);
        break;
    case 6:
        add_row(l, 6, columns);
        break;
    default:
        add_row(l, 7, columns);
    }
}

// the first row, and the first after a restart: each sample by the one on its left
static void undo_first_row(const lines *l, int start, int columns)
{
    int a = start;
    for (int x = 0; x < columns; x++)
        a = l->row[x] = (uint16_t)(a + l->difference[x]);
}

static pel_status one_row(pel__jpeg *jpeg, pel__jpeg_bits *bits, lines *l, int64_t y, bool first)
{
    int columns = (int)jpeg->frame->columns;
    bool good = jpeg->scan_count == 1 ? read_differences_of_one(bits, l, columns)
                                      : read_differences(bits, l, jpeg->scan_count, columns);
    if (pel__jpeg_overrun(bits))
        return pel__jpeg_damaged(jpeg, "ends early");
    if (!good)
        return pel__jpeg_damaged(jpeg, "has a code that its table lacks");
    for (int c = 0; c < jpeg->scan_count; c++) {
        if (first)
            undo_first_row(l + c, 1 << (jpeg->precision - jpeg->point - 1), columns);
        else
            undo_prediction(l + c, jpeg->selection, columns);
        pel__jpeg_store(jpeg, l[c].row, jpeg->scan[c], y);
        uint16_t *free_row = l[c].above;
        l[c].above = l[c].row;
        l[c].row = free_row;
    }
    return PEL_OK;
}

static pel_status all_rows(pel__jpeg *jpeg, lines *l)
{
    int64_t rows = jpeg->frame->rows, interval = rows;
    if (jpeg->restart > 0)
        interval = jpeg->restart / jpeg->frame->columns;
    pel__jpeg_bits bits = pel__jpeg_bits_begin(jpeg);
    pel_status s = PEL_OK;
    for (int64_t y = 0; s == PEL_OK && y < rows; y++) {
        bool first = y % interval == 0;
        if (first && y > 0)
            s = pel__jpeg_bits_restart(jpeg, &bits, y / interval - 1);
        if (s == PEL_OK)
            s = one_row(jpeg, &bits, l, y, first);
    }
    jpeg->at = bits.at;
    return s;
}

static pel_status check_scan(const pel__jpeg *jpeg)
{
    if (jpeg->selection < 1 || jpeg->selection > 7)
        return pel__jpeg_damaged(jpeg, "has a predictor that is not 1 to 7");
    if (jpeg->point >= jpeg->precision)
        return pel__jpeg_damaged(jpeg, "shifts away all bits");
    // H.1.1: restarts are between rows
    if (jpeg->restart % jpeg->frame->columns != 0)
        return pel__jpeg_damaged(jpeg, "restarts in the middle of a row");
    for (int c = 0; c < jpeg->scan_count; c++) {
        const pel__jpeg_component *component = jpeg->components + jpeg->scan[c];
        if (component->columns != jpeg->frame->columns || component->rows != jpeg->frame->rows)
            return pel__fail(
                PEL_EUNSUPPORTED,
                "%s: its lossless JPEG has components of different sizes, which are not "
                "read: decompress it with dcmdjpeg or gdcmconv",
                jpeg->name);
        if (!jpeg->huffman[0][component->dc].defined)
            return pel__jpeg_damaged(jpeg, "lacks a Huffman table");
    }
    return PEL_OK;
}

pel_status pel__jpeg_lossless_scan(pel__jpeg *jpeg)
{
    lines l[PEL__JPEG_COMPONENTS];
    uint16_t *rows;
    pel_status s = check_scan(jpeg);
    if (s == PEL_OK)
        s = pel__alloc(&rows, 3 * jpeg->scan_count * jpeg->frame->columns, sizeof *rows,
                       "rows of a JPEG frame");
    if (s != PEL_OK)
        return s;
    for (int c = 0; c < jpeg->scan_count; c++) {
        l[c].above = rows + 3 * c * jpeg->frame->columns;
        l[c].row = l[c].above + jpeg->frame->columns;
        l[c].difference = l[c].row + jpeg->frame->columns;
        l[c].table = &jpeg->huffman[0][jpeg->components[jpeg->scan[c]].dc];
    }
    s = all_rows(jpeg, l);
    pel__free(rows);
    return s;
}
