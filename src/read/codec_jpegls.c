/* SPDX-License-Identifier: Apache-2.0 */
/* codec_jpegls.c: JPEG-LS, lossless and near-lossless (ITU-T T.87; LOCO-I of Weinberger, Seroussi
 * and Sapiro 2000). */
#include <stdlib.h>

#include "base/memory.h"
#include "base/status.h"
#include "read/codec_jpeg.h"

enum { SOS = 0xda, DRI = 0xdd, APP8 = 0xe8, SOF55 = 0xf7, LSE = 0xf8 };
enum { CONTEXTS = 365 };

// orders of the samples of a scan
enum { BY_COMPONENT, BY_LINE, BY_PIXEL };

// bits of a run's length by its index (A.2.1, J)
static const uint8_t RUN_BITS[32] = { 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2,  2,  3,  3,  3,  3,
                                      4, 4, 5, 5, 6, 6, 7, 7, 8, 9, 10, 11, 12, 13, 14, 15 };

// statistics of a context: sum of magnitudes of errors, bias, correction, count
typedef struct context {
    int64_t a;
    int32_t b, c, n; // of an interrupted run, b counts negative errors
} context;

// preset coding parameters (C.2.4.1.1); 0: the default
typedef struct presets {
    int most, threshold[3], reset;
} presets;

typedef struct scan {
    pel__jpeg *jpeg;
    presets p;
    int near, step, range; // of an error; 2 near + 1; how many errors there are
    int error_bits, limit; // bits of an error (qbpp), of the longest code
    const int8_t *regions; // of a difference, from -most to most: -4 to 4
    context contexts[CONTEXTS];
    context edge, flat; // of runs interrupted where the pixel above differs, or does not
    int run_index[PEL__JPEG_COMPONENTS];
    uint16_t *above[PEL__JPEG_COMPONENTS], *row[PEL__JPEG_COMPONENTS]; // from -1 to columns
} scan;

// --- bits: a byte of 0xff is followed by one of seven bits, or it is a marker ---

static pel__jpeg_bits fill_slowly(pel__jpeg_bits b)
{
    while (b.count <= 56) {
        bool seven = b.at[-1] == 0xff, there = b.at < b.end;
        if (there && *b.at == 0xff)
            there = b.end - b.at >= 2 && b.at[1] < 0x80;
        if (there) {
            b.window |= (uint64_t)*b.at++ << (56 - b.count + seven);
            b.count += 8 - seven;
        } else {
            b.count += 8;
            b.zeros += 8;
        }
    }
    return b;
}

// have 48 bits or more, which is the longest row of zeros and the bit after it
static inline pel__jpeg_bits fill(pel__jpeg_bits b)
{
    if (b.count >= 48)
        return b;
    if (b.end - b.at >= 8 && b.at[-1] != 0xff) {
        uint64_t eight;
        memcpy(&eight, b.at, 8);
        if (((~eight - 0x0101010101010101u) & eight & 0x8080808080808080u) == 0) {
            if (__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__)
                eight = __builtin_bswap64(eight);
            b.window |= eight >> b.count;
            b.at += (63 - b.count) >> 3;
            b.count |= 56;
            return b;
        }
    }
    return fill_slowly(b);
}

// up to 16 bits, after a fill
static inline int take(pel__jpeg_bits *b, int bits)
{
    // two shifts, as 64 would be one too many
    int value = (int)(b->window >> 1 >> (63 - bits));
    pel__jpeg_drop(b, bits);
    return value;
}

// A.5.3: a number as zeros, a one and `k` bits, or by itself behind the most zeros; -1: no such
// code
static inline int read_golomb(pel__jpeg_bits *bits, int k, int limit, int error_bits)
{
    pel__jpeg_bits b = fill(*bits);
    int zeros = b.window ? __builtin_clzll(b.window) : 64, most = limit - error_bits - 1;
    if (zeros > most)
        return -1;
    pel__jpeg_drop(&b, zeros + 1);
    b = fill(b);
    int value = zeros < most ? zeros << k | take(&b, k) : take(&b, error_bits) + 1;
    *bits = b;
    return value;
}

// --- a sample by its context (A.3 to A.6) ---

static int clamp(int value, int most)
{
    return value < 0 ? 0 : value > most ? most : value;
}

// A.4.2 from a on the left, b above, c above on the left
static inline int edge_prediction(int a, int b, int c)
{
    int low = a < b ? a : b, high = a < b ? b : a;
    return c >= high ? low : c <= low ? high : a + b - c;
}

// A.4.4, A.5.2: the sample of an error; sums are modulo the range
static inline int restored(const scan *s, int prediction, int error)
{
    int value = prediction + error * s->step;
    if (value < -s->near)
        value += s->range * s->step;
    else if (value > s->p.most + s->near)
        value -= s->range * s->step;
    return clamp(value, s->p.most);
}

// A.6: counts, and the correction that keeps their bias small
static inline void learn(const scan *s, context *q, int error)
{
    q->b += error * s->step;
    q->a += abs(error);
    if (q->n == s->p.reset) {
        q->a >>= 1;
        q->b = q->b >= 0 ? q->b >> 1 : -((1 - q->b) >> 1);
        q->n >>= 1;
    }
    q->n++;
    if (q->b <= -q->n) {
        q->b += q->n;
        q->c -= q->c > -128;
        if (q->b <= -q->n)
            q->b = 1 - q->n;
    } else if (q->b > 0) {
        q->b -= q->n;
        q->c += q->c < 127;
        if (q->b > 0)
            q->b = 0;
    }
}

// A.5.1: bits of a code's remainder; at most 17, as a mean of errors is below 2^17
static inline int golomb_bits(int64_t n, int64_t sum)
{
    int k = 0;
    while (n << k < sum)
        k++;
    return k;
}

// -1: no such code
static inline int read_sample(scan *s, pel__jpeg_bits *bits, int index, int prediction)
{
    int negative = index < 0;
    context *q = s->contexts + abs(index);
    int k = golomb_bits(q->n, q->a);
    int code = read_golomb(bits, k, s->limit, s->error_bits);
    // an error may not be larger than the range; code 2 range is beyond both signs
    if (code < 0 || code > 2 * s->range)
        return -1;
    int error = code & 1 ? -(code + 1) / 2 : code / 2;
    // A.5.2: where the bias is negative, errors are mapped the other way round
    if (s->near == 0 && k == 0 && 2 * q->b <= -q->n)
        error = -error - 1;
    prediction = clamp(prediction + (negative ? -q->c : q->c), s->p.most);
    learn(s, q, error);
    return restored(s, prediction, negative ? -error : error);
}

// A.3.3: which differences there are between the neighbours; 0: none
static inline int context_index(const scan *s, int a, int b, int c, int d)
{
    const int8_t *regions = s->regions;
    return 81 * regions[d - b] + 9 * regions[b - c] + regions[c - a];
}

// --- runs (A.7) ---

// the sample that ends a run; `flat`: it is coded against the left one, which is as the one above
static int read_interruption(scan *s, pel__jpeg_bits *bits, bool flat, int left, int above,
                             int run_bits)
{
    context *q = flat ? &s->flat : &s->edge;
    int k = golomb_bits(q->n, q->a + (flat ? q->n >> 1 : 0));
    int code = read_golomb(bits, k, s->limit - run_bits - 1, s->error_bits);
    if (code < 0 || code > 2 * s->range)
        return -1;
    int folded = code + flat, map = folded & 1, error = (folded + map) / 2;
    if ((k != 0 || 2 * q->b >= q->n) == map)
        error = -error;
    q->b += error < 0;
    q->a += (code + 1 - flat) >> 1;
    if (q->n == s->p.reset) {
        q->a >>= 1;
        q->n >>= 1;
        q->b >>= 1;
    }
    q->n++;
    return restored(s, flat ? left : above, !flat && left > above ? -error : error);
}

// length of a run, up to `room`; at its end the row ends or `*interrupted`
static int read_run(pel__jpeg_bits *bits, int *run_index, int room, bool *interrupted)
{
    int length = 0;
    *interrupted = false;
    while (length < room) {
        *bits = fill(*bits);
        if (take(bits, 1) == 0) {
            length += take(bits, RUN_BITS[*run_index]);
            *interrupted = length < room;
            // a run that goes on beyond the row is damage, and ends with it
            return length < room ? length : room;
        }
        int step = 1 << RUN_BITS[*run_index];
        if (length + step <= room && *run_index < 31)
            ++*run_index;
        length += step;
    }
    return room;
}

// samples from x on of `count` components together; 0: no such code
static int read_run_mode(scan *s, pel__jpeg_bits *bits, int first, int count, int x)
{
    int room = (int)s->jpeg->frame->columns - x, *run_index = s->run_index + first;
    bool interrupted;
    int length = read_run(bits, run_index, room, &interrupted);
    for (int c = first; c < first + count; c++)
        for (int i = 0; i < length; i++)
            s->row[c][x + i] = s->row[c][x - 1];
    if (!interrupted)
        return length;
    for (int c = first; c < first + count; c++) {
        uint16_t *row = s->row[c] + x + length;
        int left = row[-1], above = s->above[c][x + length];
        bool flat = count == 1 && abs(left - above) <= s->near;
        int value = read_interruption(s, bits, flat, left, above, RUN_BITS[*run_index]);
        if (value < 0)
            return 0;
        *row = (uint16_t)value;
    }
    *run_index -= *run_index > 0;
    return length + 1;
}

// --- lines, scans, segments ---

// one line of `count` components whose samples come together; false: no such code
static inline __attribute__((always_inline)) bool read_line(scan *s, pel__jpeg_bits *bits,
                                                            int first, int count)
{
    pel__jpeg_bits b = *bits;
    int columns = (int)s->jpeg->frame->columns;
    for (int x = 0; x < columns;) {
        int index[PEL__JPEG_COMPONENTS], any = 0;
        for (int i = 0; i < count; i++) {
            const uint16_t *above = s->above[first + i] + x;
            index[i] = context_index(s, s->row[first + i][x - 1], above[0], above[-1], above[1]);
            any |= index[i];
        }
        if (!any) {
            int length = read_run_mode(s, &b, first, count, x);
            if (length == 0)
                return false;
            x += length;
            continue;
        }
        for (int i = 0; i < count; i++) {
            const uint16_t *above = s->above[first + i] + x;
            uint16_t *row = s->row[first + i] + x;
            int value = read_sample(s, &b, index[i], edge_prediction(row[-1], above[0], above[-1]));
            if (value < 0)
                return false;
            *row = (uint16_t)value;
        }
        x++;
    }
    *bits = b;
    return true;
}

// A.2.1, and above the first line all is zero
static void begin_interval(scan *s)
{
    int a = (s->range + 32) / 64;
    context fresh = { a > 2 ? a : 2, 0, 0, 1 };
    for (int i = 0; i < CONTEXTS; i++)
        s->contexts[i] = fresh;
    s->edge = s->flat = fresh;
    size_t size = (size_t)(s->jpeg->frame->columns + 2) * sizeof **s->row;
    for (int c = 0; c < s->jpeg->scan_count; c++) {
        s->run_index[c] = 0;
        memset(s->above[c] - 1, 0, size);
        memset(s->row[c] - 1, 0, size);
    }
}

static pel_status one_line(scan *s, pel__jpeg_bits *bits, int64_t y)
{
    pel__jpeg *jpeg = s->jpeg;
    int64_t columns = jpeg->frame->columns;
    bool good = true;
    for (int c = 0; c < jpeg->scan_count; c++) {
        // beyond its ends, a line goes on as the one above
        s->above[c][columns] = s->above[c][columns - 1];
        s->row[c][-1] = s->above[c][0];
        if (jpeg->interleave != BY_PIXEL)
            good = good && read_line(s, bits, c, 1);
    }
    if (jpeg->interleave == BY_PIXEL)
        good = read_line(s, bits, 0, jpeg->scan_count);
    if (pel__jpeg_overrun(bits))
        return pel__jpeg_damaged(jpeg, "ends early");
    if (!good)
        return pel__jpeg_damaged(jpeg, "has a code that cannot be");
    for (int c = 0; c < jpeg->scan_count; c++) {
        pel__jpeg_store(jpeg, s->row[c], jpeg->scan[c], y);
        uint16_t *row = s->above[c];
        s->above[c] = s->row[c];
        s->row[c] = row;
    }
    return PEL_OK;
}

static pel_status all_lines(scan *s)
{
    pel__jpeg *jpeg = s->jpeg;
    pel__jpeg_bits bits = pel__jpeg_bits_begin(jpeg);
    pel_status status = PEL_OK;
    begin_interval(s);
    for (int64_t y = 0; status == PEL_OK && y < jpeg->frame->rows; y++) {
        if (y > 0 && jpeg->restart > 0 && y % jpeg->restart == 0) {
            status = pel__jpeg_bits_restart(jpeg, &bits, y / jpeg->restart - 1);
            begin_interval(s);
        }
        if (status == PEL_OK)
            status = one_line(s, &bits, y);
    }
    jpeg->at = bits.at;
    return status;
}

static int at_least(int value, int low, int high)
{
    return value > high || value < low ? low : value;
}

// C.2.4.1.1; false: values that cannot be
static bool fill_presets(scan *s, const presets *given, int precision)
{
    static const int base[3] = { 3, 7, 21 }, small[3] = { 2, 3, 4 }, nears[3] = { 3, 5, 7 };
    presets p = *given;
    p.most = p.most ? p.most : (1 << precision) - 1;
    p.reset = p.reset ? p.reset : 64;
    if (p.most >> precision || s->near > p.most / 2 || p.reset < 3)
        return false;
    int large = ((p.most < 4095 ? p.most : 4095) + 128) / 256, low = s->near + 1;
    for (int i = 0; i < 3; i++) {
        int value = nears[i] * s->near;
        if (p.most >= 128)
            value += large * (base[i] - small[i]) + small[i];
        else {
            int part = base[i] / (256 / (p.most + 1));
            value = value + part > small[i] ? value + part : small[i];
        }
        if (!p.threshold[i])
            p.threshold[i] = at_least(value, low, p.most);
        if (p.threshold[i] < low || p.threshold[i] > p.most)
            return false;
        low = p.threshold[i];
    }
    s->p = p;
    s->step = 2 * s->near + 1;
    s->range = (p.most + 2 * s->near) / s->step + 1;
    int bits = 2;
    while (1 << s->error_bits < s->range)
        s->error_bits++;
    while (1 << bits < p.most + 1)
        bits++;
    s->limit = 2 * (bits + (bits > 8 ? bits : 8));
    return true;
}

// A.3.3 as a table
static void fill_regions(const scan *s, int8_t *middle)
{
    for (int d = 0; d <= s->p.most; d++) {
        int8_t region = (int8_t)(d > s->near);
        for (int i = 0; i < 3; i++)
            region = (int8_t)(region + (d > s->near && d >= s->p.threshold[i]));
        middle[d] = region;
        middle[-d] = (int8_t)-region;
    }
}

static pel_status check_scan(const pel__jpeg *jpeg)
{
    if (jpeg->interleave > BY_PIXEL || (jpeg->interleave == BY_COMPONENT && jpeg->scan_count > 1))
        return pel__jpeg_damaged(jpeg, "has samples in an order that cannot be");
    bool maps = jpeg->point != 0;
    for (int c = 0; c < jpeg->scan_count; c++) {
        const pel__jpeg_component *component = jpeg->components + jpeg->scan[c];
        maps |= component->dc != 0 || component->ac != 0;
        if (component->columns != jpeg->frame->columns || component->rows != jpeg->frame->rows)
            maps = true;
    }
    return maps ? pel__fail(PEL_EUNSUPPORTED,
                            "%s: its JPEG-LS has mapped, shifted or smaller components, which are "
                            "not read: decompress it with dcmdjpls or gdcmconv",
                            jpeg->name)
                : PEL_OK;
}

static pel_status read_scan(pel__jpeg *jpeg, const presets *given)
{
    pel_status status = check_scan(jpeg);
    scan s = { .jpeg = jpeg, .near = jpeg->selection };
    if (status == PEL_OK && !fill_presets(&s, given, jpeg->precision))
        status = pel__jpeg_damaged(jpeg, "has coding parameters that cannot be");
    if (status != PEL_OK)
        return status;
    uint8_t *memory;
    int64_t length = jpeg->frame->columns + 2, regions = 2 * (int64_t)s.p.most + 2;
    status = pel__alloc(&memory, 2 * jpeg->scan_count * length * (int64_t)sizeof **s.row + regions,
                        1, "lines of a JPEG-LS frame");
    if (status != PEL_OK)
        return status;
    for (int c = 0; c < jpeg->scan_count; c++) {
        s.above[c] = (uint16_t *)(void *)memory + 2 * c * length + 1;
        s.row[c] = s.above[c] + length;
    }
    int8_t *middle =
        (int8_t *)memory + 2 * jpeg->scan_count * length * (int64_t)sizeof **s.row + s.p.most;
    fill_regions(&s, middle);
    s.regions = middle;
    status = all_lines(&s);
    pel__free(memory);
    return status;
}

static pel_status read_presets(const pel__jpeg *jpeg, const pel__jpeg_segment *from, presets *out)
{
    int kind = from->size > 0 ? from->bytes[0] : 0;
    if (kind >= 2 && kind <= 4)
        return pel__fail(PEL_EUNSUPPORTED,
                         "%s: its JPEG-LS has mapping tables or sizes beyond 65535, which are not "
                         "read: decompress it with dcmdjpls or gdcmconv",
                         jpeg->name);
    if (kind != 1 || from->size != 11)
        return pel__jpeg_damaged(jpeg, "has coding parameters that cannot be");
    int values[5];
    for (int i = 0; i < 5; i++)
        values[i] = from->bytes[1 + 2 * i] << 8 | from->bytes[2 + 2 * i];
    *out = (presets){ values[0], { values[1], values[2], values[3] }, values[4] };
    return PEL_OK;
}

// C.2.5: lines between restarts, in two to four bytes
static pel_status read_restart(pel__jpeg *jpeg, const pel__jpeg_segment *from)
{
    if (from->size < 2 || from->size > 4)
        return pel__jpeg_damaged(jpeg, "has a restart interval that cannot be");
    uint32_t value = 0;
    for (int64_t i = 0; i < from->size; i++)
        value = value << 8 | from->bytes[i];
    // beyond the rows of any frame is none
    jpeg->restart = value > UINT16_MAX ? 0 : (int)value;
    return PEL_OK;
}

static pel_status read_segment(pel__jpeg *jpeg, const pel__jpeg_segment *from, presets *given)
{
    switch (from->marker) {
    case SOF55:
        return pel__jpeg_frame_header(jpeg, from);
    case LSE:
        return read_presets(jpeg, from, given);
    case DRI:
        return read_restart(jpeg, from);
    case APP8:
        if (from->size == 5 && memcmp(from->bytes, "mrfx", 4) == 0 && from->bytes[4])
            return pel__fail(PEL_EUNSUPPORTED,
                             "%s: its JPEG-LS has its colours transformed, which DICOM does not "
                             "allow: decompress it with dcmdjpls or gdcmconv",
                             jpeg->name);
        return PEL_OK;
    case SOS: {
        pel_status s = pel__jpeg_scan_header(jpeg, from);
        return s == PEL_OK ? read_scan(jpeg, given) : s;
    }
    default:
        return PEL_OK;
    }
}

static pel_status decode(void *out, const pel__codec_frame *frame, const uint8_t *bytes,
                         int64_t size, const char *name)
{
    pel__jpeg jpeg = { .frame = frame, .what = "JPEG-LS", .name = name, .out = out };
    presets given = { 0 };
    jpeg.at = bytes;
    jpeg.end = bytes + size;
    pel_status s = pel__jpeg_begin(&jpeg);
    while (s == PEL_OK && !pel__jpeg_complete(&jpeg)) {
        pel__jpeg_segment next = { 0 };
        s = pel__jpeg_next_segment(&jpeg, &next);
        if (s == PEL_OK)
            s = read_segment(&jpeg, &next, &given);
    }
    return s;
}

// a run of a whole row takes a bit or two
const pel__codec pel__codec_jpegls = { "JPEG-LS", decode, 0, 1 << 20 };
