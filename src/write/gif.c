/* SPDX-License-Identifier: Apache-2.0 */
/* gif.c: GIF89a with one palette for all frames, coded by frames in parallel (CompuServe 1990;
 * the code is Welch's of 1984). */
#include <string.h>

#include "base/job.h"
#include "base/memory.h"
#include "base/status.h"
#include "write/film.h"
#include "write/palette.h"

enum { TRANSPARENT = PEL__COLOURS, CLEAR = 256, STOP = 257, FIRST_CODE = 258, MOST_CODES = 4096 };

typedef struct gif {
    pel__palette palette;
} gif;

/* ---- LZW ---- */

enum { SLOTS = 16384 };

/* codes known so far, found by their prefix and next byte */
typedef struct coder {
    pel__blob *out;
    uint32_t bits;
    int bit_count, width, next;
    uint8_t block[255];
    int filled;
    uint32_t key[SLOTS]; // prefix << 8 | byte, plus one; 0: empty
    uint16_t code[SLOTS];
} coder;

static pel_status put_byte(coder *c, uint8_t byte)
{
    c->block[c->filled++] = byte;
    if (c->filled < 255)
        return PEL_OK;
    const uint8_t size = 255;
    pel_status s = pel__blob_add(c->out, &size, 1);
    c->filled = 0;
    return s == PEL_OK ? pel__blob_add(c->out, c->block, 255) : s;
}

static pel_status put_code(coder *c, int code)
{
    pel_status s = PEL_OK;
    c->bits |= (uint32_t)code << c->bit_count;
    for (c->bit_count += c->width; c->bit_count >= 8 && s == PEL_OK; c->bit_count -= 8) {
        s = put_byte(c, (uint8_t)c->bits);
        c->bits >>= 8;
    }
    return s;
}

static void forget(coder *c)
{
    memset(c->key, 0, sizeof c->key);
    c->width = 9;
    c->next = FIRST_CODE;
}

// where the code of this pair is, or would go
static uint32_t place_of(const coder *c, uint32_t key)
{
    uint32_t at = key * 2654435761u >> 18;
    while (c->key[at] && c->key[at] != key)
        at = (at + 1) % SLOTS;
    return at;
}

static pel_status code_bytes(coder *c, const uint8_t *byte, int64_t count)
{
    forget(c);
    pel_status s = put_code(c, CLEAR);
    int prefix = byte[0];
    for (int64_t i = 1; i < count && s == PEL_OK; i++) {
        uint32_t key = ((uint32_t)prefix << 8 | byte[i]) + 1, at = place_of(c, key);
        if (c->key[at]) {
            prefix = c->code[at];
            continue;
        }
        s = put_code(c, prefix);
        prefix = byte[i];
        if (c->next == MOST_CODES) {
            s = s == PEL_OK ? put_code(c, CLEAR) : s;
            forget(c);
            continue;
        }
        c->key[at] = key;
        c->code[at] = (uint16_t)c->next;
        // the reader learns a code one step later
        if (c->next++ == 1 << c->width && c->width < 12)
            c->width++;
    }
    if (s == PEL_OK)
        s = put_code(c, prefix);
    // that code too makes the reader learn one
    if (c->next == 1 << c->width && c->width < 12)
        c->width++;
    return s == PEL_OK ? put_code(c, STOP) : s;
}

static pel_status code_pixels(pel__blob *out, const uint8_t *byte, int64_t count)
{
    coder *c;
    pel_status s = pel__alloc(&c, 1, sizeof *c, "a coder");
    if (s != PEL_OK)
        return s;
    *c = (coder){ .out = out, .width = 9 };
    const uint8_t least = 8, end = 0;
    s = pel__blob_add(out, &least, 1);
    if (s == PEL_OK)
        s = code_bytes(c, byte, count);
    if (s == PEL_OK && c->bit_count)
        s = put_byte(c, (uint8_t)c->bits);
    const uint8_t left = (uint8_t)c->filled;
    if (s == PEL_OK && left)
        s = pel__blob_add(out, &left, 1);
    if (s == PEL_OK)
        s = pel__blob_add(out, c->block, left);
    pel__free(c);
    return s == PEL_OK ? pel__blob_add(out, &end, 1) : s;
}

/* ---- pixels to numbers of colours ---- */

static int clamp(int v)
{
    return v < 0 ? 0 : v > 255 ? 255 : v;
}

// Bayer's threshold of order 8, -32 to 31: fixed in the picture, so it does not flicker
static int threshold(int64_t x, int64_t y)
{
    int v = 0;
    for (int bit = 0; bit < 3; bit++) {
        int a = (int)(x >> bit & 1), b = (int)(y >> bit & 1);
        v |= ((a ^ b) << 1 | b) << (4 - 2 * bit);
    }
    return v - 32;
}

static void set_numbers(uint8_t *to, const pel_image *frame, const gif *g, bool dither)
{
    const uint8_t *p = frame->data;
    const pel__palette *palette = &g->palette;
    for (int64_t y = 0; y < frame->height; y++)
        for (int64_t x = 0; x < frame->width; x++, p += frame->channels) {
            if (frame->channels == 4 && p[3] < 128) {
                *to++ = TRANSPARENT;
                continue;
            }
            uint8_t plain = pel__palette_index(palette, p[0], p[1], p[2]);
            // a colour that the palette has needs no pattern
            if (dither && memcmp(palette->rgb[plain], p, 3) != 0) {
                int d = threshold(x, y) * palette->spread / 64;
                plain =
                    pel__palette_index(palette, clamp(p[0] + d), clamp(p[1] + d), clamp(p[2] + d));
            }
            *to++ = plain;
        }
}

/* ---- frames ---- */

typedef struct batch {
    const pel_film *film;
    int64_t first;
    pel__blob *packed; // one per frame of the batch
} batch;

static void put_u16(uint8_t *to, int64_t value)
{
    to[0] = (uint8_t)value;
    to[1] = (uint8_t)(value >> 8);
}

static pel_status add_heads(pel__blob *out, const pel_film *film, int64_t n, pel__patch p)
{
    bool clears = film->like.channels == 4; // what is transparent again must be cleared
    uint8_t control[8] = {
        0x21, 0xf9, 4, (uint8_t)((clears ? 2 : 1) << 2 | 1), 0, 0, TRANSPARENT, 0
    };
    uint8_t place[10] = { 0x2c };
    put_u16(control + 4, pel__film_delay(film, n, 100));
    put_u16(place + 1, p.x);
    put_u16(place + 3, p.y);
    put_u16(place + 5, p.width);
    put_u16(place + 7, p.height);
    pel_status s = pel__blob_add(out, control, sizeof control);
    return s == PEL_OK ? pel__blob_add(out, place, sizeof place) : s;
}

// the rectangle's numbers, packed to the front; those that stay as they are become transparent
static void cut_patch(uint8_t *numbers, const uint8_t *before, int64_t width, pel__patch p)
{
    uint8_t *to = numbers;
    for (int64_t y = p.y; y < p.y + p.height; y++)
        for (int64_t x = p.x; x < p.x + p.width; x++) {
            int64_t at = y * width + x;
            *to++ = before && before[at] == numbers[at] ? TRANSPARENT : numbers[at];
        }
}

static pel_status load_numbers(uint8_t *to, const pel_film *film, int64_t n)
{
    pel_image frame;
    pel_status s = pel__spool_get(&film->spool, pel__film_source(film, n), &frame);
    if (s == PEL_OK)
        set_numbers(to, &frame, film->state, film->params.dither);
    pel_image_free(&frame);
    return s;
}

// numbers of colours as one-byte pixels
static pel__patch patch_of(uint8_t *now, uint8_t *before, const pel_image *like)
{
    pel_image a = { .width = like->width, .height = like->height, .channels = 1, .data = now };
    pel_image b = a;
    b.data = before;
    pel__patch p = pel__film_patch(&a, before ? &b : NULL);
    return p.width ? p : (pel__patch){ 0, 0, 1, 1 };
}

static pel_status code_frame(void *user, int64_t item)
{
    const batch *b = user;
    const pel_film *film = b->film;
    int64_t n = b->first + item, pixels = film->like.width * film->like.height;
    bool changes = n > 0 && film->like.channels == 3;
    uint8_t *now = NULL, *before = NULL;
    pel_status s = pel__alloc(&now, pixels, 1, "a frame");
    if (s == PEL_OK)
        s = load_numbers(now, film, n);
    if (s == PEL_OK && changes)
        s = pel__alloc(&before, pixels, 1, "a frame");
    if (s == PEL_OK && changes)
        s = load_numbers(before, film, n - 1);
    if (s == PEL_OK) {
        pel__patch p = patch_of(now, before, &film->like);
        cut_patch(now, before, film->like.width, p);
        s = add_heads(&b->packed[item], film, n, p);
        if (s == PEL_OK)
            s = code_pixels(&b->packed[item], now, p.width * p.height);
    }
    pel__free(now);
    pel__free(before);
    return s;
}

/* ---- the file ---- */

static pel_status add_comment(pel__blob *to, const char *text)
{
    static const uint8_t head[2] = { 0x21, 0xfe };
    pel_status s = pel__blob_add(to, head, 2);
    for (size_t left = strlen(text); left && s == PEL_OK;) {
        uint8_t size = (uint8_t)(left < 255 ? left : 255);
        s = pel__blob_add(to, &size, 1);
        if (s == PEL_OK)
            s = pel__blob_add(to, text, size);
        text += size;
        left -= size;
    }
    return s == PEL_OK ? pel__blob_add(to, "", 1) : s;
}

static pel_status add_loop(pel__blob *to, int64_t loop)
{
    uint8_t bytes[19] = "\x21\xff\x0bNETSCAPE2.0\x03\x01";
    // it counts how often the film starts again
    put_u16(bytes + 16, loop ? loop - 1 : 0);
    return loop == 1 ? PEL_OK : pel__blob_add(to, bytes, sizeof bytes);
}

static pel_status write_head(pel_film *film)
{
    const gif *g = film->state;
    uint8_t head[13] = "GIF89a", colours[256][3] = { { 0 } };
    put_u16(head + 6, film->like.width);
    put_u16(head + 8, film->like.height);
    head[10] = 0xf7; // a table of 256 colours, 8 bits each
    memcpy(colours, g->palette.rgb, sizeof g->palette.rgb);
    pel__blob to = { 0 };
    pel_status s = pel__blob_add(&to, head, sizeof head);
    if (s == PEL_OK)
        s = pel__blob_add(&to, colours, sizeof colours);
    if (s == PEL_OK)
        s = add_loop(&to, film->params.loop);
    if (s == PEL_OK)
        s = add_comment(&to, film->metadata);
    if (s == PEL_OK)
        s = pel__outfile_write(&film->file, to.bytes, to.size);
    pel__blob_free(&to);
    return s;
}

static pel_status check(const pel_film *film)
{
    if (film->params.fps > 50)
        return pel__fail(PEL_EPARAM,
                         "%s: GIF counts in 1/100 s, and viewers show at most 50 frames "
                         "per second; choose --fps 50 or another format",
                         film->path);
    return PEL_OK;
}

static pel_status open(pel_film *film)
{
    if (film->like.width > 65535 || film->like.height > 65535)
        return pel__fail(PEL_EUNSUPPORTED, "%s: GIF is at most 65535 pixels wide and high",
                         film->path);
    gif *g;
    pel_status s = pel__alloc_zero(&g, 1, sizeof *g, "a GIF");
    if (s != PEL_OK)
        return s;
    film->state = g;
    s = pel__palette_open(&g->palette);
    return s == PEL_OK ? pel__outfile_open(&film->file, film->path) : s;
}

static pel_status put(pel_film *film, const pel_image *frame, const pel__blob *packed)
{
    (void)packed;
    gif *g = film->state;
    pel__palette_count(&g->palette, frame);
    return PEL_OK;
}

static pel_status write_frames(pel_film *film)
{
    pel__blob packed[PEL__FILM_WORKERS] = { { 0 } };
    int most = pel__threads() < PEL__FILM_WORKERS ? pel__threads() : PEL__FILM_WORKERS;
    pel_status s = PEL_OK;
    for (int64_t n = 0; n < film->shown && s == PEL_OK; n += most) {
        int64_t count = film->shown - n < most ? film->shown - n : most;
        batch b = { film, n, packed };
        s = pel__progress("encoding", (double)n / (double)film->shown);
        if (s == PEL_OK)
            s = pel__parallel(count, code_frame, &b, NULL);
        for (int64_t i = 0; i < count && s == PEL_OK; i++) {
            s = pel__outfile_write(&film->file, packed[i].bytes, packed[i].size);
            packed[i].size = 0;
        }
    }
    for (int i = 0; i < PEL__FILM_WORKERS; i++)
        pel__blob_free(&packed[i]);
    return s;
}

static pel_status end(pel_film *film)
{
    gif *g = film->state;
    pel_status s = pel__palette_make(&g->palette, film->params.dither);
    if (s == PEL_OK)
        s = write_head(film);
    if (s == PEL_OK)
        s = write_frames(film);
    return s == PEL_OK ? pel__outfile_write(&film->file, ";", 1) : s;
}

static void close(pel_film *film)
{
    gif *g = film->state;
    if (g)
        pel__palette_close(&g->palette);
    pel__free(g);
    film->state = NULL;
}

const pel__film_format pel__film_gif = { .ending = ".gif",
                                         .keeps = true,
                                         .check = check,
                                         .open = open,
                                         .put = put,
                                         .end = end,
                                         .close = close,
                                         .bytes_per_pixel = 16,
                                         .bytes_beside = 32 << 20 };
