/* SPDX-License-Identifier: Apache-2.0 */
/* apng.c: APNG: PNG chunks of frames, each the rectangle that changed. By the APNG specification
 * (wiki.mozilla.org/APNG_Specification) and PNG's (RFC 2083). */
#include <math.h>
#include <string.h>

#include "base/status.h"
#include "write/film.h"
#include "write/stream.h"
#include "write/write.h"

enum { LEVEL = 2, FILTER_UP = 2 };

static void put_u32(uint8_t *to, uint64_t value)
{
    for (int i = 0; i < 4; i++)
        to[i] = (uint8_t)(value >> (24 - 8 * i));
}

static pel_status add_chunk(pel__blob *to, const char name[4], const void *bytes, int64_t size)
{
    uint8_t head[8], sum[4];
    put_u32(head, (uint64_t)size);
    memcpy(head + 4, name, 4);
    pel_status s = pel__blob_add(to, head, 8);
    if (s == PEL_OK)
        s = pel__blob_add(to, bytes, size);
    if (s != PEL_OK)
        return s;
    put_u32(sum, pel__crc32(to->bytes + to->size - size - 4, size + 4));
    return pel__blob_add(to, sum, 4);
}

static pel_status add_text(pel__blob *to, const char *metadata)
{
    static const char keyword[] = "pellucid"; // its zero ends the keyword
    pel__blob text = { 0 };
    pel_status s = pel__blob_add(&text, keyword, sizeof keyword);
    if (s == PEL_OK)
        s = pel__blob_add(&text, metadata, (int64_t)strlen(metadata));
    if (s == PEL_OK)
        s = add_chunk(to, "tEXt", text.bytes, text.size);
    pel__blob_free(&text);
    return s;
}

static pel_status add_head(pel__blob *to, const pel_film *film)
{
    static const uint8_t signature[8] = { 0x89, 'P', 'N', 'G', 13, 10, 26, 10 };
    uint8_t ihdr[13] = { 0 }, actl[8], phys[9];
    uint32_t per_metre = pel__image_density(&film->like);
    put_u32(ihdr, (uint64_t)film->like.width);
    put_u32(ihdr + 4, (uint64_t)film->like.height);
    ihdr[8] = 8;
    ihdr[9] = film->like.channels == 4 ? 6 : 2;
    put_u32(actl, (uint64_t)film->shown);
    put_u32(actl + 4, (uint64_t)film->params.loop);
    put_u32(phys, per_metre);
    put_u32(phys + 4, per_metre);
    phys[8] = 1;
    pel_status s = pel__blob_add(to, signature, 8);
    if (s == PEL_OK)
        s = add_chunk(to, "IHDR", ihdr, sizeof ihdr);
    if (s == PEL_OK)
        s = add_chunk(to, "acTL", actl, sizeof actl);
    if (s == PEL_OK)
        s = add_chunk(to, "sRGB", "\0", 1);
    if (s == PEL_OK && per_metre)
        s = add_chunk(to, "pHYs", phys, sizeof phys);
    return s == PEL_OK ? add_text(to, film->metadata) : s;
}

static pel_status open(pel_film *film)
{
    pel__blob head = { 0 };
    pel_status s = PEL_OK;
    if (film->like.width > 0x7fffffff || film->like.height > 0x7fffffff || film->shown > 0x3fffffff)
        s = pel__fail(PEL_EUNSUPPORTED, "%s: too large for APNG", film->path);
    if (s == PEL_OK)
        s = add_head(&head, film);
    if (s == PEL_OK)
        s = pel__outfile_open(&film->file, film->path);
    if (s == PEL_OK)
        s = pel__outfile_write(&film->file, head.bytes, head.size);
    pel__blob_free(&head);
    return s;
}

// a fraction of seconds in two 16-bit numbers
static void set_delay(uint8_t *to, double fps)
{
    double scale = fps == floor(fps) ? 1 : fps < 65 ? 1000 : 100;
    uint64_t over = (uint64_t)scale, under = (uint64_t)nearbyint(fps * scale);
    to[0] = (uint8_t)(over >> 8);
    to[1] = (uint8_t)over;
    to[2] = (uint8_t)(under >> 8);
    to[3] = (uint8_t)under;
}

static pel_status add_control(pel__blob *to, const pel_film *film, int64_t n, pel__patch p)
{
    uint8_t fctl[26] = { 0 };
    put_u32(fctl, (uint64_t)(n ? 2 * n - 1 : 0));
    put_u32(fctl + 4, (uint64_t)p.width);
    put_u32(fctl + 8, (uint64_t)p.height);
    put_u32(fctl + 12, (uint64_t)p.x);
    put_u32(fctl + 16, (uint64_t)p.y);
    set_delay(fctl + 20, film->params.fps);
    return add_chunk(to, "fcTL", fctl, sizeof fctl);
}

// rows of the rectangle, each less the one above it
static pel_status filter_rows(pel__blob *rows, const pel_image *frame, pel__patch p)
{
    int64_t pixel = frame->channels, wide = p.width * pixel;
    pel_status s = pel__blob_reserve(rows, p.height * (wide + 1));
    uint8_t *to = rows->bytes;
    for (int64_t y = 0; s == PEL_OK && y < p.height; y++) {
        const uint8_t *row =
            (const uint8_t *)frame->data + ((p.y + y) * frame->width + p.x) * pixel;
        const uint8_t *above = row - frame->width * pixel;
        *to++ = FILTER_UP;
        if (y == 0)
            memcpy(to, row, (size_t)wide);
        for (int64_t i = 0; y && i < wide; i++)
            to[i] = (uint8_t)(row[i] - above[i]);
        to += wide;
    }
    rows->size = s == PEL_OK ? p.height * (wide + 1) : 0;
    return s;
}

static pel_status pack(const pel_film *film, int64_t n, const pel_image *frame,
                       const pel_image *before, pel__blob *out)
{
    pel__patch p = pel__film_patch(frame, before);
    if (p.width == 0)
        p = (pel__patch){ 0, 0, 1, 1 };
    pel__blob rows = { 0 }, data = { 0 };
    pel_status s = filter_rows(&rows, frame, p);
    int64_t room = pel__zlib_room(rows.size), length = 0;
    if (s == PEL_OK)
        s = pel__blob_reserve(&data, room + 4);
    if (s == PEL_OK)
        s = pel__zlib_pack(&length, data.bytes + 4, room, rows.bytes, rows.size, LEVEL);
    if (s == PEL_OK)
        s = add_control(out, film, n, p);
    if (s == PEL_OK && n == 0)
        s = add_chunk(out, "IDAT", data.bytes + 4, length);
    else if (s == PEL_OK) {
        put_u32(data.bytes, (uint64_t)(2 * n));
        s = add_chunk(out, "fdAT", data.bytes, length + 4);
    }
    pel__blob_free(&rows);
    pel__blob_free(&data);
    return s;
}

static pel_status put(pel_film *film, const pel_image *frame, const pel__blob *packed)
{
    (void)frame;
    return pel__outfile_write(&film->file, packed->bytes, packed->size);
}

static pel_status end(pel_film *film)
{
    pel__blob last = { 0 };
    pel_status s = add_chunk(&last, "IEND", "", 0);
    if (s == PEL_OK)
        s = pel__outfile_write(&film->file, last.bytes, last.size);
    pel__blob_free(&last);
    return s;
}

const pel__film_format pel__film_apng = { .ending = ".apng",
                                          .open = open,
                                          .pack = pack,
                                          .put = put,
                                          .end = end,
                                          .bytes_per_pixel = 13,
                                          .bytes_beside = 1 << 20 };
