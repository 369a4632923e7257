/* SPDX-License-Identifier: Apache-2.0 */
/* jpeg_encode.c: JPEG codestreams for tests; straight from ITU-T T.81, without any haste. */
#include "jpeg_encode.h"

static const double PI = 3.14159265358979323846;

enum { SOF1 = 0xc1, SOF3 = 0xc3, DHT = 0xc4, SOI = 0xd8, EOI = 0xd9, SOS = 0xda, DQT = 0xdb };

typedef struct coder {
    codecs_stream to;
    const pel__codec_frame *frame;
    const jpeg_way *way;
    uint32_t window;
    int held;                       // bits in it
    int code[2][256], bits[2][256]; // by symbol; DC or lossless, AC
    int most_h, most_v;
} coder;

static void put_marker(coder *c, int marker)
{
    codecs_put_byte(&c->to, 0xff);
    codecs_put_byte(&c->to, marker);
}

static void put_segment(coder *c, int marker, int payload)
{
    put_marker(c, marker);
    codecs_put_be16(&c->to, payload + 2);
}

// --- bits ---

static void put_bits(coder *c, int value, int bits)
{
    for (int i = bits - 1; i >= 0; i--) {
        c->window = c->window << 1 | (value >> i & 1);
        if (++c->held < 8)
            continue;
        codecs_put_byte(&c->to, (int)(c->window & 0xff));
        if ((c->window & 0xff) == 0xff)
            codecs_put_byte(&c->to, 0);
        c->held = 0;
    }
}

static void flush(coder *c)
{
    while (c->held)
        put_bits(c, 1, 1);
}

// --- Huffman tables ---

static int symbol_count(int table)
{
    return table == 0 ? 17 : 255;
}

// symbol number i of a table; the long codes have the usual symbols last
static int symbol_at(const coder *c, int table, int i)
{
    return c->way->codes == JPEG_SHORT ? i : symbol_count(table) - 1 - i;
}

static int length_at(const coder *c, int table, int i)
{
    if (c->way->codes == JPEG_SHORT)
        return table == 0 ? 5 : 8;
    if (table == 0)
        return i < 15 ? i + 1 : 16;
    return i < 64 ? 7 : 14;
}

static void put_table(coder *c, int table)
{
    int count = symbol_count(table), code = 0, before = 1;
    put_segment(c, DHT, 17 + count);
    codecs_put_byte(&c->to, table << 4 | 1);
    for (int bits = 1; bits <= 16; bits++) {
        int of_length = 0;
        for (int i = 0; i < count; i++)
            of_length += length_at(c, table, i) == bits;
        codecs_put_byte(&c->to, of_length);
    }
    for (int i = 0; i < count; i++, code++) {
        int symbol = symbol_at(c, table, i), bits = length_at(c, table, i);
        code <<= bits - before;
        before = bits;
        codecs_put_byte(&c->to, symbol);
        c->code[table][symbol] = code;
        c->bits[table][symbol] = bits;
    }
}

static int category_of(int value)
{
    int size = 0;
    for (int v = abs(value); v; v >>= 1)
        size++;
    return size;
}

static void put_symbol(coder *c, int table, int run, int value)
{
    int size = category_of(value), symbol = run << 4 | size;
    put_bits(c, c->code[table][symbol], c->bits[table][symbol]);
    if (size < 16)
        put_bits(c, value < 0 ? value - 1 : value, size);
}

// --- headers ---

static int at_least_one(int factor)
{
    return factor ? factor : 1;
}

static void put_start(coder *c, int process)
{
    const pel__codec_frame *f = c->frame;
    put_marker(c, SOI);
    c->most_h = c->most_v = 1;
    put_segment(c, process, 6 + 3 * f->samples);
    codecs_put_byte(&c->to, c->way->precision);
    codecs_put_be16(&c->to, (int)f->rows);
    codecs_put_be16(&c->to, (int)f->columns);
    codecs_put_byte(&c->to, f->samples);
    for (int i = 0; i < f->samples; i++) {
        int h = at_least_one(c->way->h[i]), v = at_least_one(c->way->v[i]);
        codecs_put_byte(&c->to, 10 + i);
        codecs_put_byte(&c->to, h << 4 | v);
        codecs_put_byte(&c->to, 0);
        c->most_h = h > c->most_h ? h : c->most_h;
        c->most_v = v > c->most_v ? v : c->most_v;
    }
    put_table(c, 0);
    if (process == SOF1)
        put_table(c, 1);
    if (c->way->restart) {
        put_segment(c, 0xdd, 2);
        codecs_put_be16(&c->to, c->way->restart);
    }
}

static void put_scan(coder *c, int first, int count, int selection, int end)
{
    put_segment(c, SOS, 4 + 2 * count);
    codecs_put_byte(&c->to, count);
    for (int i = first; i < first + count; i++) {
        codecs_put_byte(&c->to, 10 + i);
        codecs_put_byte(&c->to, 0x11);
    }
    codecs_put_byte(&c->to, selection);
    codecs_put_byte(&c->to, end);
    codecs_put_byte(&c->to, c->way->point);
}

static void put_restart(coder *c, int64_t unit)
{
    flush(c);
    put_marker(c, (int)(0xd0 + (unit / c->way->restart - 1) % 8));
}

static bool restarts_before(const coder *c, int64_t unit)
{
    return c->way->restart && unit > 0 && unit % c->way->restart == 0;
}

// --- lossless: annex H ---

typedef struct lossless {
    coder c;
    const void *numbers;
} lossless;

static int sample(const lossless *l, int64_t x, int64_t y, int component)
{
    const pel__codec_frame *f = l->c.frame;
    return codecs_at(l->numbers, f, (y * f->columns + x) * f->samples + component) >>
           l->c.way->point;
}

static int prediction(const lossless *l, int64_t x, int64_t y, int component, int64_t first_row)
{
    const jpeg_way *w = l->c.way;
    if (y == first_row)
        return x == 0 ? 1 << (w->precision - w->point - 1) : sample(l, x - 1, y, component);
    if (x == 0)
        return sample(l, 0, y - 1, component);
    int a = sample(l, x - 1, y, component), b = sample(l, x, y - 1, component);
    int above_left = sample(l, x - 1, y - 1, component);
    const int by_selection[] = { 0,
                                 a,
                                 b,
                                 above_left,
                                 a + b - above_left,
                                 a + (int)floor((b - above_left) / 2.0),
                                 b + (int)floor((a - above_left) / 2.0),
                                 (a + b) / 2 };
    return by_selection[w->selection];
}

static void put_difference(coder *c, int difference)
{
    // modulo 2^16, as the number nearest to zero
    difference = (difference + 65536) % 65536;
    put_symbol(c, 0, 0, difference > 32768 ? difference - 65536 : difference);
}

static void lossless_scan(lossless *l, int first, int count)
{
    coder *c = &l->c;
    int64_t first_row = 0, columns = c->frame->columns;
    put_scan(c, first, count, c->way->selection, 0);
    for (int64_t y = 0; y < c->frame->rows; y++)
        for (int64_t x = 0; x < columns; x++) {
            if (restarts_before(c, y * columns + x)) {
                put_restart(c, y * columns + x);
                first_row = y;
            }
            for (int i = first; i < first + count; i++)
                put_difference(c, sample(l, x, y, i) - prediction(l, x, y, i, first_row));
        }
    flush(c);
}

codecs_stream jpeg_lossless(const pel__codec_frame *frame, const void *numbers, const jpeg_way *way)
{
    lossless l = { .c = { .frame = frame, .way = way }, .numbers = numbers };
    put_start(&l.c, SOF3);
    for (int i = 0; way->apart && i < frame->samples; i++)
        lossless_scan(&l, i, 1);
    if (!way->apart)
        lossless_scan(&l, 0, frame->samples);
    put_marker(&l.c, EOI);
    return l.c.to;
}

// --- sequential DCT: annexes A and F ---

// a component at its own size, of whole MCUs
typedef struct plane {
    int64_t columns, rows, across, down, real_columns, real_rows;
    double *in, *out;
} plane;

typedef struct dct {
    coder c;
    plane planes[4];
    int64_t mcu_columns, mcu_rows;
    int last[4];
} dct;

static const int ZIGZAG_ROW[64] = { 0, 0, 1, 2, 1, 0, 0, 1, 2, 3, 4, 3, 2, 1, 0, 0,
                                    1, 2, 3, 4, 5, 6, 5, 4, 3, 2, 1, 0, 0, 1, 2, 3,
                                    4, 5, 6, 7, 7, 6, 5, 4, 3, 2, 1, 2, 3, 4, 5, 6,
                                    7, 7, 6, 5, 4, 3, 4, 5, 6, 7, 7, 6, 5, 6, 7, 7 };
static const int ZIGZAG_COLUMN[64] = { 0, 1, 0, 0, 1, 2, 3, 2, 1, 0, 0, 1, 2, 3, 4, 5,
                                       4, 3, 2, 1, 0, 0, 1, 2, 3, 4, 5, 6, 7, 6, 5, 4,
                                       3, 2, 1, 0, 1, 2, 3, 4, 5, 6, 7, 7, 6, 5, 4, 3,
                                       2, 3, 4, 5, 6, 7, 7, 6, 5, 4, 5, 6, 7, 7, 6, 7 };

static double basis(int frequency, int at)
{
    return cos((2 * at + 1) * frequency * PI / 16) * (frequency ? 0.5 : sqrt(0.125));
}

// quantized coefficient of a block (row v, column u)
static int coefficient(const dct *d, const double *block, int64_t step, int u, int v)
{
    double sum = 0, middle = 1 << (d->c.way->precision - 1);
    for (int y = 0; y < 8; y++)
        for (int x = 0; x < 8; x++)
            sum += (block[y * step + x] - middle) * basis(u, x) * basis(v, y);
    return (int)lround(sum / d->c.way->quantum);
}

static void undo_block(const dct *d, double *out, int64_t step, const int zigzag[64])
{
    for (int y = 0; y < 8; y++)
        for (int x = 0; x < 8; x++) {
            double sum = 1 << (d->c.way->precision - 1);
            for (int k = 0; k < 64; k++)
                sum += zigzag[k] * d->c.way->quantum * basis(ZIGZAG_COLUMN[k], x) *
                       basis(ZIGZAG_ROW[k], y);
            double top = (1 << d->c.way->precision) - 1;
            out[y * step + x] = sum < 0 ? 0 : sum > top ? top : sum;
        }
}

static void put_block(dct *d, int component, int64_t block_x, int64_t block_y)
{
    plane *p = d->planes + component;
    int64_t at = 8 * block_y * p->columns + 8 * block_x;
    int zigzag[64], run = 0;
    for (int k = 0; k < 64; k++)
        zigzag[k] = coefficient(d, p->in + at, p->columns, ZIGZAG_COLUMN[k], ZIGZAG_ROW[k]);
    put_symbol(&d->c, 0, 0, zigzag[0] - d->last[component]);
    d->last[component] = zigzag[0];
    for (int k = 1; k < 64; k++) {
        if (zigzag[k] == 0) {
            run++;
            continue;
        }
        for (; run > 15; run -= 16)
            put_symbol(&d->c, 1, 15, 0);
        put_symbol(&d->c, 1, run, zigzag[k]);
        run = 0;
    }
    if (run)
        put_symbol(&d->c, 1, 0, 0);
    undo_block(d, p->out + at, p->columns, zigzag);
}

static void dct_scan(dct *d, int first, int count)
{
    const jpeg_way *w = d->c.way;
    plane *p = d->planes + first;
    int64_t columns = count > 1 ? d->mcu_columns : (p->real_columns + 7) / 8;
    int64_t rows = count > 1 ? d->mcu_rows : (p->real_rows + 7) / 8;
    memset(d->last, 0, sizeof d->last);
    put_scan(&d->c, first, count, 0, 63);
    for (int64_t unit = 0; unit < columns * rows; unit++) {
        if (restarts_before(&d->c, unit)) {
            put_restart(&d->c, unit);
            memset(d->last, 0, sizeof d->last);
        }
        for (int i = first; i < first + count; i++) {
            int h = count > 1 ? at_least_one(w->h[i]) : 1,
                v = count > 1 ? at_least_one(w->v[i]) : 1;
            for (int n = 0; n < h * v; n++)
                put_block(d, i, unit % columns * h + n % h, unit / columns * v + n / h);
        }
    }
    flush(&d->c);
}

static int64_t at_most(int64_t i, int64_t most)
{
    return i < most ? i : most;
}

// the mean of the pixels under each sample; beyond the frame its edge goes on
static void shrink(dct *d, int component, const void *numbers)
{
    const pel__codec_frame *f = d->c.frame;
    plane *p = d->planes + component;
    int h = at_least_one(d->c.way->h[component]), v = at_least_one(d->c.way->v[component]);
    p->across = d->c.most_h / h;
    p->down = d->c.most_v / v;
    p->columns = 8 * h * d->mcu_columns;
    p->rows = 8 * v * d->mcu_rows;
    p->real_columns = (f->columns * h + d->c.most_h - 1) / d->c.most_h;
    p->real_rows = (f->rows * v + d->c.most_v - 1) / d->c.most_v;
    p->in = malloc((size_t)(p->columns * p->rows) * sizeof(double));
    p->out = calloc((size_t)(p->columns * p->rows), sizeof(double));
    assert_true(p->in && p->out);
    for (int64_t i = 0; i < p->columns * p->rows; i++) {
        double sum = 0;
        for (int64_t n = 0; n < p->across * p->down; n++) {
            int64_t x = at_most(i % p->columns * p->across + n % p->across, f->columns - 1);
            int64_t y = at_most(i / p->columns * p->down + n / p->across, f->rows - 1);
            sum += codecs_at(numbers, f, (y * f->columns + x) * f->samples + component);
        }
        p->in[i] = sum / (double)(p->across * p->down);
    }
}

// between samples whose distance is 2 pixels; other distances repeat them
static double between(double at, int64_t ratio, int64_t count, int64_t *low)
{
    double place = ratio == 2 ? (at + 0.5) / 2 - 0.5 : floor(at / (double)ratio);
    place = place < 0 ? 0 : place > (double)(count - 1) ? (double)(count - 1) : place;
    *low = (int64_t)place;
    return place - (double)*low;
}

static double grown(const plane *p, int64_t x, int64_t y)
{
    int64_t x0, y0;
    double dx = between((double)x, p->across, p->real_columns, &x0);
    double dy = between((double)y, p->down, p->real_rows, &y0);
    int64_t x1 = at_most(x0 + 1, p->real_columns - 1), y1 = at_most(y0 + 1, p->real_rows - 1);
    return (1 - dy) *
               ((1 - dx) * p->out[y0 * p->columns + x0] + dx * p->out[y0 * p->columns + x1]) +
           dy * ((1 - dx) * p->out[y1 * p->columns + x0] + dx * p->out[y1 * p->columns + x1]);
}

codecs_stream jpeg_dct(const pel__codec_frame *frame, const void *numbers, const jpeg_way *way,
                       double **decoded)
{
    dct d = { .c = { .frame = frame, .way = way } };
    put_start(&d.c, SOF1);
    put_segment(&d.c, DQT, way->wide ? 129 : 65);
    codecs_put_byte(&d.c.to, way->wide << 4);
    for (int k = 0; k < 64; k++) {
        if (way->wide)
            codecs_put_byte(&d.c.to, way->quantum >> 8);
        codecs_put_byte(&d.c.to, way->quantum);
    }
    d.mcu_columns = (frame->columns + 8 * d.c.most_h - 1) / (8 * d.c.most_h);
    d.mcu_rows = (frame->rows + 8 * d.c.most_v - 1) / (8 * d.c.most_v);
    for (int i = 0; i < frame->samples; i++)
        shrink(&d, i, numbers);
    for (int i = 0; way->apart && i < frame->samples; i++)
        dct_scan(&d, i, 1);
    if (!way->apart)
        dct_scan(&d, 0, frame->samples);
    put_marker(&d.c, EOI);
    *decoded = malloc((size_t)pel__codec_count(frame) * sizeof **decoded);
    assert_non_null(*decoded);
    for (int64_t i = 0; i < pel__codec_count(frame); i++) {
        int64_t pixel = i / frame->samples;
        (*decoded)[i] =
            grown(d.planes + i % frame->samples, pixel % frame->columns, pixel / frame->columns);
    }
    for (int i = 0; i < frame->samples; i++) {
        free(d.planes[i].in);
        free(d.planes[i].out);
    }
    return d.c.to;
}

size_t jpeg_segment(const codecs_stream *stream, int marker)
{
    for (size_t i = 0; i + 4 <= stream->size; i++)
        if (stream->bytes[i] == 0xff && stream->bytes[i + 1] == marker)
            return i + 4;
    fail_msg("no marker %x", marker);
    return 0;
}
