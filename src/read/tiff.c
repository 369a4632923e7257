/* SPDX-License-Identifier: Apache-2.0 */
/* tiff.c: finds and decodes the pages of a TIFF file; wraps libtiff for this room. */
#include "read/tiff.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <tiffio.h>

#include "base/job.h"
#include "base/memory.h"
#include "base/status.h"
#include "read/samples.h"

enum { TEXT = 256, MOST_TAGS = 4096, MOST_SAMPLES = 1024, MOST_DESCRIPTION = 64 << 20 };

/* one libtiff handle: its own place in the file and its own first error */
typedef struct handle {
    struct handle *next;
    pel__tiff *of;
    TIFF *tif;
    int64_t at, page; // byte that comes next; page whose directory is read, -1 none
    pel_status io;    // of the bytes below; its message stands
    bool warned;
    char error[TEXT];
} handle;

/* where a page lies in the file */
typedef struct page_place {
    int64_t directory;
    int64_t plain_at, end; // of its pixels, once it was described; plain_at -1: they are coded
} page_place;

struct pel__tiff {
    pel__bytes *bytes; // borrowed
    int64_t size;
    bool big, big_endian, indices;
    int64_t count, room;
    page_place *page; // owned
    pthread_mutex_t lock;
    handle *idle; // owned
    char warning[TEXT];
};

/* ---- libtiff reads our bytes and complains to us ---- */

static tmsize_t read_bytes(thandle_t user, void *out, tmsize_t count)
{
    handle *h = (handle *)user;
    pel__bytes *bytes = h->of->bytes;
    pel_status s = PEL_OK;
    int64_t done = 0;
    for (int64_t got = 1; s == PEL_OK && got && done < count; done += got)
        s = bytes->next_at(bytes, h->at + done, (char *)out + done, count - done, &got);
    if (s != PEL_OK)
        h->io = s;
    h->at += done;
    // a failure is a short read: libtiff 4.5 takes -1 for a length and writes before its buffer
    return done;
}

static tmsize_t write_bytes(thandle_t user, void *bytes, tmsize_t count)
{
    (void)user;
    (void)bytes;
    (void)count;
    return -1;
}

static toff_t seek_bytes(thandle_t user, toff_t to, int whence)
{
    handle *h = (handle *)user;
    int64_t from = whence == SEEK_CUR ? h->at : whence == SEEK_END ? h->of->size : 0, at;
    if (to > INT64_MAX || !pel__add(&at, from, (int64_t)to))
        return (toff_t)-1;
    h->at = at;
    return (toff_t)at;
}

static toff_t size_of_bytes(thandle_t user)
{
    return (toff_t)((handle *)user)->of->size;
}

static int close_bytes(thandle_t user)
{
    (void)user;
    return 0;
}

static int on_error(TIFF *tif, void *user, const char *module, const char *format, va_list list)
{
    (void)tif;
    (void)module;
    handle *h = user;
    if (!*h->error)
        vsnprintf(h->error, sizeof h->error, format, list);
    return 1;
}

static int on_warning(TIFF *tif, void *user, const char *module, const char *format, va_list list)
{
    (void)tif;
    (void)module;
    handle *h = user;
    // private tags are everywhere and nobody's trouble
    if (strncmp(format, "Unknown field", 13) == 0)
        return 1;
    h->warned = true;
    pthread_mutex_lock(&h->of->lock);
    if (!*h->of->warning)
        vsnprintf(h->of->warning, sizeof h->of->warning, format, list);
    pthread_mutex_unlock(&h->of->lock);
    return 1;
}

static void free_handle(handle *h)
{
    if (h->tif)
        TIFFClose(h->tif);
    pel__free(h);
}

// the header is read, no directory; strips stay as long as they are
static pel_status new_handle(handle **out, pel__tiff *t)
{
    pel_status s = pel__alloc_zero(out, 1, sizeof **out, "a TIFF handle");
    if (s != PEL_OK)
        return s;
    handle *h = *out;
    h->of = t;
    h->page = -1;
    TIFFOpenOptions *options = TIFFOpenOptionsAlloc();
    if (options) {
        TIFFOpenOptionsSetErrorHandlerExtR(options, on_error, h);
        TIFFOpenOptionsSetWarningHandlerExtR(options, on_warning, h);
        // no single array can be longer than what the file's bytes could fill
        TIFFOpenOptionsSetMaxSingleMemAlloc(options, (tmsize_t)(t->size * 8 + (64 << 20)));
        h->tif = TIFFClientOpenExt(t->bytes->name, "rhmc", (thandle_t)h, read_bytes, write_bytes,
                                   seek_bytes, close_bytes, size_of_bytes, NULL, NULL, options);
        TIFFOpenOptionsFree(options);
    }
    if (h->tif)
        return PEL_OK;
    s = h->io != PEL_OK ? h->io
                        : pel__fail(PEL_EFORMAT, "%s: is no readable TIFF file: %s", t->bytes->name,
                                    *h->error ? h->error : "no memory");
    free_handle(h);
    return s;
}

static pel_status borrow(handle **out, pel__tiff *t)
{
    pthread_mutex_lock(&t->lock);
    *out = t->idle;
    if (*out)
        t->idle = (*out)->next;
    pthread_mutex_unlock(&t->lock);
    if (!*out)
        return new_handle(out, t);
    (*out)->io = PEL_OK;
    (*out)->warned = false;
    *(*out)->error = 0;
    return PEL_OK;
}

static void give_back(handle *h)
{
    pthread_mutex_lock(&h->of->lock);
    h->next = h->of->idle;
    h->of->idle = h;
    pthread_mutex_unlock(&h->of->lock);
}

// what libtiff said, or what went wrong below it
static pel_status page_failed(const handle *h, int64_t n, const char *what)
{
    if (h->io != PEL_OK)
        return h->io;
    return pel__fail(PEL_EFORMAT,
                     "%s: page %lld (from 0) %s: %s; the file is damaged or cut short: copy or "
                     "download it again",
                     h->of->bytes->name, (long long)n, what,
                     *h->error ? h->error : "libtiff gives no reason");
}

/* ---- the chain of directories ---- */

bool pel__tiff_is(const uint8_t *head, int64_t count)
{
    return count >= 4 && (memcmp(head, "II*\0", 4) == 0 || memcmp(head, "MM\0*", 4) == 0 ||
                          memcmp(head, "II+\0", 4) == 0 || memcmp(head, "MM\0+", 4) == 0);
}

static uint64_t number(const pel__tiff *t, const uint8_t *bytes, int size)
{
    uint64_t value = 0;
    for (int i = 0; i < size; i++)
        value = value << 8 | bytes[t->big_endian ? i : size - 1 - i];
    return value;
}

static pel_status need(pel__tiff *t, int64_t at, void *out, int64_t size)
{
    return pel__bytes_need_at(t->bytes, at, out, size, "a TIFF directory");
}

static pel_status add_page(pel__tiff *t, int64_t at)
{
    pel_status s = PEL_OK;
    if (t->count == t->room) {
        int64_t room = t->room ? 2 * t->room : 64;
        s = pel__realloc(&t->page, room, sizeof *t->page, "the list of pages");
        t->room = s == PEL_OK ? room : t->room;
    }
    if (s == PEL_OK)
        t->page[t->count++] = (page_place){ .directory = at, .plain_at = -1 };
    return s;
}

static pel_status damaged(const pel__tiff *t, const char *why)
{
    return pel__fail(PEL_EFORMAT,
                     "%s: page %lld (from 0) %s; the file is damaged or cut short: copy or "
                     "download it again",
                     t->bytes->name, (long long)t->count, why);
}

// follow the links; Brent's algorithm finds a loop without remembering every place
static pel_status find_pages(pel__tiff *t)
{
    uint8_t head[16], bytes[8];
    const int link = t->big ? 8 : 4, counter = t->big ? 8 : 2, tag = t->big ? 20 : 12;
    pel_status s = need(t, 0, head, t->big ? 16 : 8);
    if (s != PEL_OK)
        return s;
    uint64_t at = number(t, head + (t->big ? 8 : 4), link), seen = 0;
    for (int64_t power = 1; at != 0;) {
        if (at == seen)
            return damaged(t, "is an earlier page again: its directories form a loop");
        if (at >= (uint64_t)t->size)
            return damaged(t, "has its directory beyond the end of the file");
        s = need(t, (int64_t)at, bytes, counter);
        uint64_t tags = s == PEL_OK ? number(t, bytes, counter) : 0;
        if (s == PEL_OK && (tags == 0 || tags > MOST_TAGS))
            return damaged(t, "has an impossible number of tags");
        if (s == PEL_OK)
            s = need(t, (int64_t)at + counter + (int64_t)tags * tag, bytes, link);
        if (s == PEL_OK)
            s = add_page(t, (int64_t)at);
        if (s == PEL_OK && t->count % 1024 == 0)
            s = pel__cancelled();
        if (s != PEL_OK)
            return s;
        if (t->count == power) {
            seen = at;
            power *= 2;
        }
        at = number(t, bytes, link);
    }
    if (t->count == 0)
        return pel__fail(PEL_EFORMAT, "%s: is a TIFF file without a page", t->bytes->name);
    return PEL_OK;
}

pel_status pel__tiff_open(pel__tiff **out, pel__bytes *bytes)
{
    pel_status s = pel__alloc_zero(out, 1, sizeof **out, "a TIFF reader");
    if (s != PEL_OK)
        return s;
    pel__tiff *t = *out;
    uint8_t head[4];
    pthread_mutex_init(&t->lock, NULL);
    t->bytes = bytes;
    t->size = bytes->size;
    s = need(t, 0, head, 4);
    t->big_endian = head[0] == 'M';
    t->big = s == PEL_OK && (head[2] == '+' || head[3] == '+');
    if (s == PEL_OK)
        s = find_pages(t);
    if (s != PEL_OK) {
        pel__tiff_close(t);
        *out = NULL;
    }
    return s;
}

void pel__tiff_close(pel__tiff *t)
{
    if (!t)
        return;
    while (t->idle) {
        handle *h = t->idle;
        t->idle = h->next;
        free_handle(h);
    }
    pthread_mutex_destroy(&t->lock);
    pel__free(t->page);
    pel__free(t);
}

int64_t pel__tiff_count(const pel__tiff *t)
{
    return t->count;
}

bool pel__tiff_big_endian(const pel__tiff *t)
{
    return t->big_endian;
}

const char *pel__tiff_warning(const pel__tiff *t)
{
    return t->warning;
}

void pel__tiff_keep_indices(pel__tiff *t)
{
    t->indices = true;
}

pel_status pel__tiff_read_at(pel__tiff *t, int64_t at, pel_dtype dtype, void *out, int64_t count)
{
    pel__layout layout = { .big_endian = t->big_endian };
    pel_status s =
        pel__bytes_need_at(t->bytes, at, out, count * pel_dtype_bytes(dtype), "the pixels");
    if (s == PEL_OK)
        pel__layout_convert(&layout, dtype, out, out, count);
    return s;
}

/* ---- what a page is ---- */

/* a page as libtiff decodes it */
typedef struct stored {
    uint32_t width, height;
    uint16_t bits, format, samples, planar, photometric, compression, extras;
    bool tiled, rgba; // rgba: only libtiff's conversion to eight bits knows it
    pel__samples in;  // how numbers become ours
    uint16_t *map[3]; // libtiff's
    int shift;        // of the map's numbers down to eight bits
} stored;

static pel_status read_directory(handle *h, int64_t n)
{
    if (h->page == n)
        return PEL_OK;
    h->page = -1;
    if (!TIFFSetSubDirectory(h->tif, (uint64_t)h->of->page[n].directory))
        return page_failed(h, n, "has a directory that cannot be read");
    h->page = n;
    uint16_t photometric = 0, compression = 0;
    TIFFGetFieldDefaulted(h->tif, TIFFTAG_COMPRESSION, &compression);
    TIFFGetField(h->tif, TIFFTAG_PHOTOMETRIC, &photometric);
    if (compression == COMPRESSION_JPEG && photometric == PHOTOMETRIC_YCBCR)
        TIFFSetField(h->tif, TIFFTAG_JPEGCOLORMODE, JPEGCOLORMODE_RGB);
    if (compression == COMPRESSION_SGILOG || compression == COMPRESSION_SGILOG24)
        TIFFSetField(h->tif, TIFFTAG_SGILOGDATAFMT, SGILOGDATAFMT_FLOAT);
    return PEL_OK;
}

static pel_status unsupported(const handle *h, int64_t n, const char *format, int value)
{
    char what[TEXT];
    snprintf(what, sizeof what, format, value);
    return pel__fail(PEL_EUNSUPPORTED,
                     "%s: page %lld (from 0) %s, which is not read; save it as plain grey or RGB "
                     "TIFF (ImageJ, or tiffcp -c zip)",
                     h->of->bytes->name, (long long)n, what);
}

// the type of a number, and how its bits become it
static pel_status set_type(stored *p, pel__tiff_page *page, const handle *h, int64_t n)
{
    pel__samples *in = &p->in;
    bool is_float = p->format == SAMPLEFORMAT_IEEEFP, complex = false;
    if (p->format == SAMPLEFORMAT_COMPLEXIEEEFP && p->samples == 1 &&
        (p->bits == 64 || p->bits == 128)) {
        is_float = complex = true;
        in->bits = p->bits / 2;
    } else
        in->bits = p->bits;
    in->is_signed = p->format == SAMPLEFORMAT_INT;
    in->is_float = is_float;
    in->swapped_24 = h->of->big_endian != (__BYTE_ORDER__ == __ORDER_BIG_ENDIAN__);
    if (is_float && in->bits != 16 && in->bits != 24 && in->bits != 32 && in->bits != 64)
        return unsupported(h, n, "holds floats of %d bits", in->bits);
    if (p->format > SAMPLEFORMAT_VOID && !is_float)
        return unsupported(h, n, "holds numbers of TIFF's sample format %d", p->format);
    if (!is_float && (in->bits < 1 || (in->bits > 32 && in->bits != 64)))
        return unsupported(h, n, "holds integers of %d bits", in->bits);
    page->dtype = pel__samples_dtype(in);
    page->channels = complex ? 2 : p->samples;
    page->meaning = complex ? PEL_COMPLEX : PEL_SCALAR;
    return PEL_OK;
}

static pel_status set_palette(stored *p, pel__tiff_page *page, handle *h, int64_t n)
{
    if (p->samples != 1 || p->bits > 16 || p->in.is_float ||
        !TIFFGetField(h->tif, TIFFTAG_COLORMAP, &p->map[0], &p->map[1], &p->map[2]))
        return unsupported(h, n, "has a palette for numbers of %d bits", p->bits);
    p->shift = pel__samples_map_shift(p->map, p->bits);
    page->dtype = PEL_UINT8;
    page->channels = 3;
    page->meaning = PEL_RGB;
    page->remark = "the colours of its palette are given, in eight bits";
    return PEL_OK;
}

static void set_rgb(stored *p, pel__tiff_page *page, const uint16_t *extra)
{
    if (p->samples == 3)
        page->meaning = PEL_RGB;
    if (p->samples != 4)
        return;
    page->meaning = PEL_RGBA;
    if (p->extras && extra[0] == EXTRASAMPLE_ASSOCALPHA)
        page->remark = "its colours are multiplied by their alpha, and given so";
}

static pel_status set_colours(stored *p, pel__tiff_page *page, handle *h, int64_t n)
{
    uint16_t *extra = NULL, extras = 0;
    TIFFGetFieldDefaulted(h->tif, TIFFTAG_EXTRASAMPLES, &extras, &extra);
    p->extras = extras;
    switch (p->photometric) {
    case PHOTOMETRIC_MINISWHITE:
        p->in.invert = !p->in.is_float && !p->in.is_signed && !h->of->indices;
        page->remark =
            p->in.invert ? "white is zero in it; turned, so that larger is brighter" : NULL;
        return PEL_OK;
    case PHOTOMETRIC_RGB:
        set_rgb(p, page, extra);
        return PEL_OK;
    case PHOTOMETRIC_PALETTE:
        if (h->of->indices)
            return PEL_OK;
        return set_palette(p, page, h, n);
    case PHOTOMETRIC_SEPARATED:
        page->remark = "its inks (cyan, magenta, yellow, black) are given as channels";
        return PEL_OK;
    case PHOTOMETRIC_CIELAB:
    case PHOTOMETRIC_ICCLAB:
    case PHOTOMETRIC_ITULAB:
        page->remark = "its L, a, b are given as channels, as stored";
        return PEL_OK;
    case PHOTOMETRIC_LOGL:
    case PHOTOMETRIC_LOGLUV:
        page->remark = "its luminance (CIE XYZ where it has colour) is given";
        return PEL_OK;
    case PHOTOMETRIC_YCBCR:
        page->meaning = PEL_RGB;
        p->rgba = p->compression != COMPRESSION_JPEG;
        if (p->bits != 8 || p->samples != 3)
            return unsupported(h, n, "holds YCbCr of %d bits", p->bits);
        return PEL_OK;
    default:
        return PEL_OK;
    }
}

// bytes of pixels that a byte of a codec can stand for, with room to spare
static int64_t most_ratio(int compression)
{
    switch (compression) {
    case COMPRESSION_NONE:
        return 1;
    case COMPRESSION_PACKBITS:
        return 64;
    case COMPRESSION_ADOBE_DEFLATE:
    case COMPRESSION_DEFLATE:
        return 1040;
    case COMPRESSION_LZW:
    case COMPRESSION_JPEG:
    case COMPRESSION_OJPEG:
        return 4096;
    case COMPRESSION_ZSTD:
        return 1 << 16;
    default:
        return 1 << 20;
    }
}

// a page cannot hold more than the bytes of its strips or tiles, as far as they are there
static pel_status check_promise(const handle *h, int64_t n, const stored *p)
{
    int64_t bits, room, there = 0, size = h->of->size;
    uint32_t count = p->tiled ? TIFFNumberOfTiles(h->tif) : TIFFNumberOfStrips(h->tif);
    for (uint32_t i = 0; i < count && there < size; i++) {
        uint64_t at = TIFFGetStrileOffset(h->tif, i), bytes = TIFFGetStrileByteCount(h->tif, i);
        if (at >= (uint64_t)size)
            continue;
        uint64_t left = (uint64_t)size - at;
        there += (int64_t)(bytes < left ? bytes : left);
    }
    // subsampled colour keeps half or less of the samples
    int samples = p->rgba ? 1 : p->samples;
    // what is there is shorter than a file, so only the promise can be too large
    room = there < INT64_MAX / 8 / most_ratio(p->compression)
               ? there * 8 * most_ratio(p->compression)
               : INT64_MAX;
    if (!pel__multiply(&bits, p->width, p->height) ||
        !pel__multiply(&bits, bits, (int64_t)p->bits * samples))
        return damaged(h->of, "has a size that does not fit 63 bits");
    if (bits > room)
        return pel__fail(PEL_EFORMAT,
                         "%s: page %lld (from 0) promises %ux%u pixels of %d bits, more than its "
                         "%lld bytes in the file can hold; it is cut short or its header is "
                         "damaged",
                         h->of->bytes->name, (long long)n, p->width, p->height,
                         p->bits * p->samples, (long long)there);
    return PEL_OK;
}

// pixels that lie in the file one after the other, needing at most a swap
static int64_t plain_place(const handle *h, const stored *p, int64_t bytes)
{
    if (p->tiled || p->compression != COMPRESSION_NONE || (p->planar != 1 && p->samples > 1) ||
        p->rgba || p->map[0] || !pel__samples_are_plain(&p->in))
        return -1;
    uint32_t strips = TIFFNumberOfStrips(h->tif), rows = p->height;
    TIFFGetFieldDefaulted(h->tif, TIFFTAG_ROWSPERSTRIP, &rows);
    rows = rows == 0 || rows > p->height ? p->height : rows;
    uint64_t first = TIFFGetStrileOffset(h->tif, 0), next = first;
    uint64_t strip = (uint64_t)bytes / p->height * rows;
    for (uint32_t i = 0; i < strips; i++) {
        uint64_t left = first + (uint64_t)bytes - next, size = TIFFGetStrileByteCount(h->tif, i);
        bool last = i == strips - 1;
        if (TIFFGetStrileOffset(h->tif, i) != next || (last ? size < left : size != strip))
            return -1;
        next += size;
    }
    return (int64_t)first;
}

// past the last byte of the pixels, as far as the file goes
static int64_t end_of_pixels(const handle *h, const stored *p)
{
    uint64_t end = 0, size = (uint64_t)h->of->size;
    uint32_t count = p->tiled ? TIFFNumberOfTiles(h->tif) : TIFFNumberOfStrips(h->tif);
    for (uint32_t i = 0; i < count; i++) {
        uint64_t at = TIFFGetStrileOffset(h->tif, i), bytes = TIFFGetStrileByteCount(h->tif, i);
        at = at < size ? at : size;
        bytes = bytes < size - at ? bytes : size - at;
        end = at + bytes > end ? at + bytes : end;
    }
    return (int64_t)end;
}

static void read_about(const handle *h, pel__tiff_page *page)
{
    float x = 0, y = 0;
    uint16_t unit = RESUNIT_INCH, orientation = 1;
    uint32_t kind = 0;
    TIFFGetFieldDefaulted(h->tif, TIFFTAG_RESOLUTIONUNIT, &unit);
    TIFFGetField(h->tif, TIFFTAG_XRESOLUTION, &x);
    TIFFGetField(h->tif, TIFFTAG_YRESOLUTION, &y);
    TIFFGetFieldDefaulted(h->tif, TIFFTAG_ORIENTATION, &orientation);
    TIFFGetFieldDefaulted(h->tif, TIFFTAG_SUBFILETYPE, &kind);
    page->per_unit[0] = x > 0 && x < 1e30f ? (double)x : 0;
    page->per_unit[1] = y > 0 && y < 1e30f ? (double)y : 0;
    page->unit = unit;
    page->orientation = orientation;
    page->reduced = kind & (FILETYPE_REDUCEDIMAGE | FILETYPE_MASK);
}

static int64_t page_bytes(const pel__tiff_page *page)
{
    return page->width * page->height * page->channels * pel_dtype_bytes(page->dtype);
}

static pel_status describe(handle *h, int64_t n, pel__tiff_page *page, stored *p)
{
    *page = (pel__tiff_page){ .plain_at = -1 };
    *p = (stored){ .bits = 1, .format = 1, .samples = 1, .planar = 1 };
    pel_status s = read_directory(h, n);
    if (s != PEL_OK)
        return s;
    TIFF *tif = h->tif;
    TIFFGetField(tif, TIFFTAG_IMAGEWIDTH, &p->width);
    TIFFGetField(tif, TIFFTAG_IMAGELENGTH, &p->height);
    TIFFGetFieldDefaulted(tif, TIFFTAG_BITSPERSAMPLE, &p->bits);
    TIFFGetFieldDefaulted(tif, TIFFTAG_SAMPLEFORMAT, &p->format);
    TIFFGetFieldDefaulted(tif, TIFFTAG_SAMPLESPERPIXEL, &p->samples);
    TIFFGetFieldDefaulted(tif, TIFFTAG_PLANARCONFIG, &p->planar);
    TIFFGetFieldDefaulted(tif, TIFFTAG_COMPRESSION, &p->compression);
    p->photometric = PHOTOMETRIC_MINISBLACK;
    TIFFGetField(tif, TIFFTAG_PHOTOMETRIC, &p->photometric);
    p->tiled = TIFFIsTiled(tif);
    page->width = p->width;
    page->height = p->height;
    if (!p->width || !p->height || p->samples < 1 || p->samples > MOST_SAMPLES)
        return page_failed(h, n, "has no pixels or an impossible number of channels");
    if (!TIFFIsCODECConfigured(p->compression))
        return unsupported(h, n,
                           p->compression == 34712 ? "is coded as JPEG 2000 (%d)"
                                                   : "is coded in TIFF's way %d",
                           p->compression);
    s = set_type(p, page, h, n);
    if (s == PEL_OK)
        s = set_colours(p, page, h, n);
    if (s == PEL_OK)
        s = check_promise(h, n, p);
    if (s == PEL_OK) {
        page->plain_at = plain_place(h, p, page_bytes(page));
        read_about(h, page);
    }
    // libtiff passes over tags that it cannot read
    return s == PEL_OK ? h->io : s;
}

pel_status pel__tiff_describe(pel__tiff *t, int64_t n, pel__tiff_page *page)
{
    handle *h;
    stored p;
    pel_status s = borrow(&h, t);
    if (s != PEL_OK)
        return s;
    s = describe(h, n, page, &p);
    if (s != PEL_OK)
        h->page = -1;
    else {
        t->page[n].plain_at = page->plain_at;
        t->page[n].end = end_of_pixels(h, &p);
    }
    give_back(h);
    return s;
}

pel_status pel__tiff_description(pel__tiff *t, int64_t n, char **out)
{
    handle *h;
    const char *text = NULL;
    *out = NULL;
    pel_status s = borrow(&h, t);
    if (s != PEL_OK)
        return s;
    s = read_directory(h, n);
    if (s == PEL_OK && TIFFGetField(h->tif, TIFFTAG_IMAGEDESCRIPTION, &text) && text &&
        strlen(text) < MOST_DESCRIPTION) {
        *out = pel__strdup(text);
        if (!*out)
            s = pel__fail(PEL_EMEMORY, "%s: no memory for its description", t->bytes->name);
    }
    if (s == PEL_OK && h->io != PEL_OK) {
        s = h->io;
        free(*out);
        *out = NULL;
    }
    if (s != PEL_OK)
        h->page = -1;
    give_back(h);
    return s;
}

/* ---- decoding ---- */

typedef struct decoding {
    handle *h;
    const stored *p;
    const pel__tiff_page *page;
    int64_t n;
    uint8_t *chunk, *row; // one strip or tile; one row of numbers
    uint8_t *out;
} decoding;

// `count` pixels from packed bytes to their place; plane: which sample they are, -1 all
static void place(const decoding *d, const uint8_t *packed, int64_t x, int64_t y, int64_t count,
                  int plane)
{
    const stored *p = d->p;
    int64_t item = pel_dtype_bytes(d->page->dtype), pixel = item * d->page->channels;
    uint8_t *to = d->out + (y * d->page->width + x) * pixel;
    int per_pixel = plane >= 0 ? 1 : d->page->meaning == PEL_COMPLEX ? 2 : p->samples;
    if (p->map[0]) {
        pel__samples_unpack(&p->in, d->row, packed, count);
        pel__samples_map(to, d->row, count, p->bits, p->map, p->shift);
    } else if (plane < 0)
        pel__samples_unpack(&p->in, to, packed, count * per_pixel);
    else {
        pel__samples_unpack(&p->in, d->row, packed, count);
        to += plane * item;
        for (int64_t i = 0; i < count; i++)
            memcpy(to + i * pixel, d->row + i * item, (size_t)item);
    }
}

static pel_status decode_failed(const decoding *d, const char *what, uint32_t which)
{
    char text[TEXT];
    snprintf(text, sizeof text, "cannot be decoded in %s %u", what, which);
    return page_failed(d->h, d->n, text);
}

// codecs that go on after damage only warn of it
static bool is_short(const decoding *d, tmsize_t got, tmsize_t want)
{
    int c = d->p->compression;
    bool careless = c == COMPRESSION_JPEG || c == COMPRESSION_CCITTRLE ||
                    c == COMPRESSION_CCITTFAX3 || c == COMPRESSION_CCITTFAX4;
    return got < want || (careless && d->h->warned);
}

static pel_status read_strips(decoding *d)
{
    const stored *p = d->p;
    TIFF *tif = d->h->tif;
    uint32_t rows = p->height, planes = p->planar == 2 ? p->samples : 1, strip = 0;
    TIFFGetFieldDefaulted(tif, TIFFTAG_ROWSPERSTRIP, &rows);
    rows = rows == 0 || rows > p->height ? p->height : rows;
    tmsize_t row_bytes = TIFFScanlineSize(tif);
    bool direct = planes == 1 && !p->map[0] && pel__samples_are_plain(&p->in) &&
                  row_bytes == d->page->width * d->page->channels * pel_dtype_bytes(d->page->dtype);
    pel_status s = direct ? PEL_OK : pel__alloc(&d->chunk, row_bytes, rows, "a strip");
    for (uint32_t plane = 0; plane < planes && s == PEL_OK; plane++)
        for (uint32_t y = 0; y < p->height && s == PEL_OK; y += rows, strip++) {
            uint32_t count = p->height - y < rows ? p->height - y : rows;
            tmsize_t want = row_bytes * (tmsize_t)count;
            uint8_t *to = direct ? d->out + (int64_t)y * row_bytes : d->chunk;
            if (is_short(d, TIFFReadEncodedStrip(tif, strip, to, want), want))
                return decode_failed(d, "strip", strip);
            for (uint32_t r = 0; r < count && !direct; r++)
                place(d, d->chunk + (tmsize_t)r * row_bytes, 0, y + r, p->width,
                      planes > 1 ? (int)plane : -1);
            s = pel__cancelled();
        }
    return s;
}

static pel_status read_tiles(decoding *d)
{
    const stored *p = d->p;
    TIFF *tif = d->h->tif;
    uint32_t width = 0, height = 0, planes = p->planar == 2 ? p->samples : 1, tile = 0;
    TIFFGetField(tif, TIFFTAG_TILEWIDTH, &width);
    TIFFGetField(tif, TIFFTAG_TILELENGTH, &height);
    tmsize_t bytes = TIFFTileSize(tif), row_bytes = TIFFTileRowSize(tif);
    if (!width || !height || bytes <= 0 || row_bytes <= 0)
        return page_failed(d->h, d->n, "has tiles of an impossible size");
    pel_status s = pel__alloc(&d->chunk, bytes, 1, "a tile");
    for (uint32_t plane = 0; plane < planes; plane++)
        for (uint32_t y = 0; y < p->height && s == PEL_OK; y += height)
            for (uint32_t x = 0; x < p->width && s == PEL_OK; x += width, tile++) {
                uint32_t rows = p->height - y < height ? p->height - y : height;
                uint32_t columns = p->width - x < width ? p->width - x : width;
                if (is_short(d, TIFFReadEncodedTile(tif, tile, d->chunk, bytes), bytes))
                    return decode_failed(d, "tile", tile);
                for (uint32_t r = 0; r < rows; r++)
                    place(d, d->chunk + (tmsize_t)r * row_bytes, x, y + r, columns,
                          planes > 1 ? (int)plane : -1);
                s = pel__cancelled();
            }
    return s;
}

// subsampled colours that no codec turns to RGB: libtiff's own conversion, rows as they lie
static pel_status read_colours(decoding *d)
{
    const stored *p = d->p;
    int64_t pixels = (int64_t)p->width * p->height;
    uint32_t *raster;
    pel_status s = pel__alloc(&raster, pixels, sizeof *raster, "a page in colour");
    if (s != PEL_OK)
        return s;
    d->chunk = (uint8_t *)raster;
    if (!TIFFReadRGBAImageOriented(d->h->tif, p->width, p->height, raster, d->page->orientation, 1))
        return page_failed(d->h, d->n, "cannot be decoded");
    for (int64_t i = 0; i < pixels; i++) {
        d->out[3 * i] = (uint8_t)TIFFGetR(raster[i]);
        d->out[3 * i + 1] = (uint8_t)TIFFGetG(raster[i]);
        d->out[3 * i + 2] = (uint8_t)TIFFGetB(raster[i]);
    }
    return PEL_OK;
}

static bool alike(const pel__tiff_page *a, const pel__tiff_page *b)
{
    return a->width == b->width && a->height == b->height && a->channels == b->channels &&
           a->dtype == b->dtype && a->meaning == b->meaning;
}

static pel_status decode(pel__tiff *t, int64_t n, const pel__tiff_page *page, void *out)
{
    pel__tiff_page now;
    stored p;
    handle *h;
    pel_status s = borrow(&h, t);
    if (s != PEL_OK)
        return s;
    decoding d = { .h = h, .p = &p, .page = &now, .n = n, .out = out };
    s = describe(h, n, &now, &p);
    h->warned = false;
    if (s == PEL_OK && !alike(&now, page))
        s = pel__fail(PEL_EFORMAT, "%s: page %lld (from 0) is no longer what it was",
                      t->bytes->name, (long long)n);
    if (s == PEL_OK)
        s = pel__alloc(&d.row, (int64_t)p.width + 8, 8, "a row");
    if (s == PEL_OK)
        s = p.rgba ? read_colours(&d) : p.tiled ? read_tiles(&d) : read_strips(&d);
    s = s == PEL_OK ? h->io : s;
    pel__free(d.chunk);
    pel__free(d.row);
    if (s != PEL_OK)
        h->page = -1;
    give_back(h);
    return s;
}

pel_status pel__tiff_read(pel__tiff *t, int64_t n, const pel__tiff_page *page, void *out)
{
    int64_t at = t->page[n].plain_at;
    return at < 0 ? decode(t, n, page, out)
                  : pel__tiff_read_at(t, at, page->dtype, out,
                                      page->width * page->height * page->channels);
}

pel_status pel__tiff_hash_at(pel__tiff *t, int64_t at, const pel__tiff_page *page,
                             const void *pixels)
{
    bool swapped = t->big_endian != (__BYTE_ORDER__ == __ORDER_BIG_ENDIAN__);
    bool as_read = !swapped || pel_dtype_bytes(page->dtype) == 1;
    return pel__bytes_hash_to(t->bytes, at + page_bytes(page), as_read ? pixels : NULL, at);
}

pel_status pel__tiff_hash(pel__tiff *t, int64_t n, const pel__tiff_page *page, const void *pixels)
{
    const page_place *place = &t->page[n];
    return place->plain_at < 0 ? pel__bytes_hash_to(t->bytes, place->end, NULL, 0)
                               : pel__tiff_hash_at(t, place->plain_at, page, pixels);
}

int64_t pel__tiff_buffer(const pel__tiff *t, const pel__tiff_page *page)
{
    enum { HANDLE = 64 << 10 };
    // a decoded strip and its coded bytes, each at most a page, and a row
    int64_t bytes = page_bytes(page);
    int64_t coded = bytes < t->size ? bytes : t->size;
    return pel__threads() * (bytes + coded + page->width * 8 + HANDLE) +
           t->room * (int64_t)sizeof *t->page;
}
