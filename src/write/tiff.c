/* SPDX-License-Identifier: Apache-2.0 */
/* tiff.c: a TIFF or BigTIFF file of pages that are alike (TIFF 6.0, BigTIFF): strips, then
 * directories. */
#include "write/tiff.h"

#include <math.h>
#include <string.h>

#include "base/job.h"
#include "base/memory.h"
#include "base/status.h"
#include "base/text.h"
#include "write/stream.h"
#include "write/zstd.h"

enum { HEAD = 16, STRIP = 256 << 10, MOST_TAGS = 20 };
enum { ASCII = 2, SHORT = 3, LONG = 4, RATIONAL = 5, LONG8 = 16 };

static const int64_t most_classic = (int64_t)UINT32_MAX - (1 << 20);

static int64_t pixel_bytes(const pel__tiff_layout *l)
{
    return l->channels * pel_dtype_bytes(l->dtype);
}

static bool is_packed(const pel__tiff_layout *l)
{
    return l->packing != PEL_TIFF_NONE;
}

static int64_t rows_of_strip(const pel__tiff_layout *l)
{
    int64_t row = l->width * pixel_bytes(l), rows = is_packed(l) ? STRIP / row : l->height;
    return rows < 1 ? 1 : rows > l->height ? l->height : rows;
}

// differences of neighbours are smaller; all readers know them for 8 and 16 bits
static bool is_predicted(const pel__tiff_layout *l)
{
    return is_packed(l) && pel_dtype_bytes(l->dtype) <= 2;
}

pel_status pel__tiff_out_open(pel__tiff_out *out, const char *path, const pel__tiff_layout *layout)
{
    *out = (pel__tiff_out){ .layout = *layout };
    out->rows = rows_of_strip(layout);
    out->strips = (layout->height + out->rows - 1) / out->rows;
    if (layout->width > INT32_MAX || layout->height > INT32_MAX)
        return pel__fail(PEL_EUNSUPPORTED, "%s: a page of TIFF cannot be that large", path);
    const uint8_t head[HEAD] = { 0 };
    pel_status s = layout->part ? pel__outfile_open_part(&out->file, path)
                                : pel__outfile_open(&out->file, path);
    return s == PEL_OK ? pel__outfile_write(&out->file, head, HEAD) : s;
}

/* ---- strips ---- */

typedef struct packing {
    const pel__tiff_out *to;
    const uint8_t *pixels;
    uint8_t *packed; // `room` bytes per strip
    int64_t room;
    int64_t *length;
} packing;

static void difference(uint8_t *row, int64_t pixels, int channels, int64_t bytes)
{
    int64_t numbers = pixels * channels;
    if (bytes == 1)
        for (int64_t i = numbers - 1; i >= channels; i--)
            row[i] = (uint8_t)(row[i] - row[i - channels]);
    else
        for (int64_t i = numbers - 1; i >= channels; i--)
            ((uint16_t *)row)[i] =
                (uint16_t)(((uint16_t *)row)[i] - ((uint16_t *)row)[i - channels]);
}

static int64_t rows_in(const pel__tiff_out *to, int64_t strip)
{
    int64_t first = strip * to->rows, left = to->layout.height - first;
    return left < to->rows ? left : to->rows;
}

static pel_status pack(void *user, int64_t item)
{
    const packing *p = user;
    const pel__tiff_layout *l = &p->to->layout;
    int64_t page = item / p->to->strips, strip = item % p->to->strips;
    int64_t row = l->width * pixel_bytes(l), rows = rows_in(p->to, strip);
    const uint8_t *from = p->pixels + (page * l->height + strip * p->to->rows) * row;
    uint8_t *copy = NULL;
    pel_status s = PEL_OK;
    if (is_predicted(l)) {
        s = pel__alloc(&copy, rows, row, "a strip");
        if (s != PEL_OK)
            return s;
        memcpy(copy, from, (size_t)(rows * row));
        for (int64_t r = 0; r < rows; r++)
            difference(copy + r * row, l->width, l->channels, pel_dtype_bytes(l->dtype));
    }
    uint8_t *out = p->packed + item * p->room;
    s = l->packing == PEL_TIFF_ZSTD ? pel__zstd_pack(&p->length[item], out, p->room,
                                                     copy ? copy : from, rows * row, l->level)
                                    : pel__zlib_pack(&p->length[item], out, p->room,
                                                     copy ? copy : from, rows * row, l->level);
    pel__free(copy);
    return s;
}

static pel_status put_strip(pel__tiff_out *to, const void *bytes, int64_t size)
{
    pel_status s = PEL_OK;
    if (to->count == to->room) {
        int64_t room = to->room ? 2 * to->room : 256;
        s = pel__realloc(&to->offset, room, sizeof *to->offset, "places of strips");
        if (s == PEL_OK)
            s = pel__realloc(&to->bytes, room, sizeof *to->bytes, "lengths of strips");
        to->room = s == PEL_OK ? room : to->room;
    }
    if (s != PEL_OK)
        return s;
    // words begin at even places
    if (to->file.written % 2)
        s = pel__outfile_write(&to->file, "", 1);
    to->offset[to->count] = to->file.written;
    to->bytes[to->count++] = size;
    return s == PEL_OK ? pel__outfile_write(&to->file, bytes, size) : s;
}

static int64_t packed_room(const pel__tiff_layout *l)
{
    int64_t bytes = rows_of_strip(l) * l->width * pixel_bytes(l);
    return l->packing == PEL_TIFF_ZSTD ? pel__zstd_room(bytes) : pel__zlib_room(bytes);
}

pel_status pel__tiff_out_pages(pel__tiff_out *to, const void *pixels, int64_t pages)
{
    const pel__tiff_layout *l = &to->layout;
    int64_t bytes = l->width * l->height * pixel_bytes(l), items = pages * to->strips;
    pel_status s = PEL_OK;
    to->pages += pages;
    if (!is_packed(l)) {
        for (int64_t i = 0; i < pages && s == PEL_OK; i++)
            s = put_strip(to, (const uint8_t *)pixels + i * bytes, bytes);
        return s;
    }
    packing p = { .to = to, .pixels = pixels, .room = packed_room(l) };
    s = pel__alloc(&p.packed, items, p.room, "packed strips");
    if (s == PEL_OK)
        s = pel__alloc(&p.length, items, sizeof *p.length, "lengths of strips");
    if (s == PEL_OK)
        s = pel__parallel(items, pack, &p, NULL);
    for (int64_t i = 0; i < items && s == PEL_OK; i++)
        s = put_strip(to, p.packed + i * p.room, p.length[i]);
    pel__free(p.packed);
    pel__free(p.length);
    return s;
}

/* ---- directories ---- */

/* one directory being made: entries, and values too long for them, which lie before it */
typedef struct directory {
    pel__text *bytes;
    int64_t at; // where bytes begin in the file
    bool big;
    int count;
    struct {
        uint16_t tag, type;
        int64_t count;
        uint8_t value[8];
    } entry[MOST_TAGS];
} directory;

static const int type_bytes[] = {
    [ASCII] = 1, [SHORT] = 2, [LONG] = 4, [RATIONAL] = 8, [LONG8] = 8
};

static void put_place(uint8_t *to, int64_t place, bool big)
{
    uint32_t low = (uint32_t)place;
    uint64_t whole = (uint64_t)place;
    if (big)
        memcpy(to, &whole, 8);
    else
        memcpy(to, &low, 4);
}

static void add(directory *d, uint16_t tag, uint16_t type, int64_t count, const void *values)
{
    int64_t size = count * type_bytes[type];
    d->entry[d->count].tag = tag;
    d->entry[d->count].type = type;
    d->entry[d->count].count = count;
    uint8_t *value = d->entry[d->count++].value;
    memset(value, 0, 8);
    if (size <= (d->big ? 8 : 4)) {
        memcpy(value, values, (size_t)size);
        return;
    }
    put_place(value, d->at + (int64_t)d->bytes->length, d->big);
    pel__text_add_bytes(d->bytes, values, (size_t)size);
    if (size % 2)
        pel__text_add_bytes(d->bytes, "", 1);
}

static void add_short(directory *d, uint16_t tag, int value)
{
    uint16_t v = (uint16_t)value;
    add(d, tag, SHORT, 1, &v);
}

static void add_shorts(directory *d, uint16_t tag, int value, int count)
{
    uint16_t v[4] = { (uint16_t)value, (uint16_t)value, (uint16_t)value, (uint16_t)value };
    add(d, tag, SHORT, count, v);
}

static void add_long(directory *d, uint16_t tag, int64_t value)
{
    uint32_t v = (uint32_t)value;
    add(d, tag, LONG, 1, &v);
}

// places and lengths of the strips of a page
static void add_strips(directory *d, uint16_t tag, const int64_t *value, int64_t count)
{
    int size = d->big ? 8 : 4;
    uint8_t *values;
    if (pel__alloc(&values, count, size, "places of strips") != PEL_OK) {
        d->bytes->failed = true;
        return;
    }
    for (int64_t i = 0; i < count; i++)
        put_place(values + i * size, value[i], d->big);
    add(d, tag, d->big ? LONG8 : LONG, count, values);
    pel__free(values);
}

// the fraction of 32-bit numbers next to a value (continued fractions)
static void add_rational(directory *d, uint16_t tag, double value)
{
    double p[2] = { 0, 1 }, q[2] = { 1, 0 }, rest = value;
    for (int i = 0; i < 40; i++) {
        double whole = floor(rest), next_p = whole * p[1] + p[0], next_q = whole * q[1] + q[0];
        if (next_p > UINT32_MAX || next_q > UINT32_MAX)
            break;
        p[0] = p[1];
        q[0] = q[1];
        p[1] = next_p;
        q[1] = next_q;
        if (rest == whole || fabs(p[1] / q[1] - value) <= 1e-16 * value)
            break;
        rest = 1 / (rest - whole);
    }
    const uint32_t fraction[2] = { (uint32_t)p[1], (uint32_t)(q[1] > 0 ? q[1] : 1) };
    add(d, tag, RATIONAL, 1, fraction);
}

static int sample_format(pel_dtype dtype)
{
    if (pel_dtype_is_float(dtype))
        return 3;
    return dtype == PEL_INT8 || dtype == PEL_INT16 || dtype == PEL_INT32 || dtype == PEL_INT64 ? 2
                                                                                               : 1;
}

// in ascending order of tags
static void add_entries(directory *d, const pel__tiff_out *to, int64_t page,
                        const char *description)
{
    const pel__tiff_layout *l = &to->layout;
    static const char software[] = "pellucid " PEL_VERSION;
    bool colours = l->colours && l->channels >= 3;
    int extras = l->channels - (colours ? 3 : 1);
    add_long(d, 256, l->width);
    add_long(d, 257, l->height);
    add_shorts(d, 258, (int)pel_dtype_bytes(l->dtype) * 8, l->channels);
    // 50000: Zstandard, as libtiff registered it
    static const int compression[] = {
        [PEL_TIFF_DEFLATE] = 8, [PEL_TIFF_NONE] = 1, [PEL_TIFF_ZSTD] = 50000
    };
    add_short(d, 259, compression[l->packing]);
    add_short(d, 262, colours ? 2 : 1);
    if (description && page == 0)
        add(d, 270, ASCII, (int64_t)strlen(description) + 1, description);
    add_strips(d, 273, to->offset + page * to->strips, to->strips);
    add_short(d, 277, l->channels);
    add_long(d, 278, to->rows);
    add_strips(d, 279, to->bytes + page * to->strips, to->strips);
    if (l->per_unit[0] > 0 && l->per_unit[1] > 0) {
        add_rational(d, 282, l->per_unit[0]);
        add_rational(d, 283, l->per_unit[1]);
    }
    add_short(d, 284, 1);
    if (l->per_unit[0] > 0 && l->per_unit[1] > 0)
        add_short(d, 296, l->unit);
    if (page == 0)
        add(d, 305, ASCII, sizeof software, software);
    if (is_predicted(l))
        add_short(d, 317, 2);
    if (extras > 0)
        add_shorts(d, 338, colours ? 2 : 0, extras);
    add_shorts(d, 339, sample_format(l->dtype), l->channels);
}

static void put_number(pel__text *to, int64_t value, int size)
{
    uint8_t bytes[8];
    uint16_t word = (uint16_t)value;
    if (size == 2)
        memcpy(bytes, &word, 2);
    else
        put_place(bytes, value, size == 8);
    pel__text_add_bytes(to, bytes, (size_t)size);
}

/* directories being made, each linked from the one before */
typedef struct chain {
    pel__text bytes;
    int64_t at; // where they begin in the file
    bool big;
    size_t link;   // in bytes: where the place of the next one is to be written
    int64_t first; // place of the first
} chain;

static void put_directory(chain *c, const pel__tiff_out *to, int64_t page, const char *description)
{
    const int word = c->big ? 8 : 4;
    directory d = { .bytes = &c->bytes, .at = c->at, .big = c->big };
    add_entries(&d, to, page, description);
    int64_t place = c->at + (int64_t)c->bytes.length;
    if (page == 0)
        c->first = place;
    else if (!c->bytes.failed)
        put_place((uint8_t *)c->bytes.text + c->link, place, c->big);
    put_number(&c->bytes, d.count, c->big ? 8 : 2);
    for (int i = 0; i < d.count; i++) {
        put_number(&c->bytes, d.entry[i].tag, 2);
        put_number(&c->bytes, d.entry[i].type, 2);
        put_number(&c->bytes, d.entry[i].count, word);
        pel__text_add_bytes(&c->bytes, d.entry[i].value, (size_t)word);
    }
    c->link = c->bytes.length;
    put_number(&c->bytes, 0, word);
}

static pel_status put_head(pel__tiff_out *to, const chain *c)
{
    uint8_t head[HEAD] = { 0 };
    bool motorola = __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__;
    uint16_t magic = c->big ? 43 : 42, size = 8;
    memcpy(head, motorola ? "MM" : "II", 2);
    memcpy(head + 2, &magic, 2);
    if (c->big)
        memcpy(head + 4, &size, 2);
    put_place(head + (c->big ? 8 : 4), c->first, c->big);
    return pel__outfile_patch(&to->file, 0, head, HEAD);
}

pel_status pel__tiff_out_end(pel__tiff_out *to, const char *description)
{
    pel_status s = PEL_OK;
    if (to->file.written % 2)
        s = pel__outfile_write(&to->file, "", 1);
    chain c = { .at = to->file.written };
    c.big = c.at + to->pages * (MOST_TAGS * 20 + to->strips * 8) +
                (description ? (int64_t)strlen(description) : 0) >
            most_classic;
    for (int64_t page = 0; page < to->pages && s == PEL_OK; page++) {
        put_directory(&c, to, page, description);
        s = c.bytes.failed
                ? pel__fail(PEL_EMEMORY, "%s: no memory for its directories", to->file.path)
                : pel__cancelled();
    }
    if (s == PEL_OK)
        s = pel__outfile_write(&to->file, c.bytes.text, (int64_t)c.bytes.length);
    if (s == PEL_OK)
        s = put_head(to, &c);
    pel__text_free(&c.bytes);
    return s;
}

pel_status pel__tiff_out_commit(pel__tiff_out *to)
{
    return pel__outfile_commit(&to->file);
}

void pel__tiff_out_close(pel__tiff_out *to)
{
    pel__outfile_close(&to->file);
    pel__free(to->offset);
    pel__free(to->bytes);
    *to = (pel__tiff_out){ 0 };
}

int64_t pel__tiff_out_memory(const pel__tiff_layout *l, int64_t pages, int64_t at_once)
{
    int64_t rows = rows_of_strip(l), strips = (l->height + rows - 1) / rows;
    int64_t strip = rows * l->width * pixel_bytes(l);
    // places and lengths double as they grow; directories hold them once more
    int64_t held = pages * (strips * 96 + 2 * MOST_TAGS * 20);
    if (is_packed(l))
        held += at_once * strips * packed_room(l) + pel__threads() * strip;
    return held;
}
