/* SPDX-License-Identifier: Apache-2.0 */
/* webp.c: animated WebP, its frames coded on their own; wraps libwebp. The container is Google's
 * "WebP Container Specification". */
#include <string.h>
#include <webp/encode.h>

#include "base/status.h"
#include "write/film.h"

enum { MOST_SIDE = 16383, RIFF_HEAD = 12, CHUNK_HEAD = 8, EFFORT = 2 };

static void put_u24(uint8_t *to, int64_t value)
{
    for (int i = 0; i < 3; i++)
        to[i] = (uint8_t)(value >> 8 * i);
}

static void put_u32(uint8_t *to, int64_t value)
{
    put_u24(to, value);
    to[3] = (uint8_t)(value >> 24);
}

// chunks are of even length
static pel_status add_chunk(pel__blob *to, const char name[4], const void *bytes, int64_t size)
{
    uint8_t head[CHUNK_HEAD];
    memcpy(head, name, 4);
    put_u32(head + 4, size);
    pel_status s = pel__blob_add(to, head, sizeof head);
    if (s == PEL_OK)
        s = pel__blob_add(to, bytes, size);
    return s == PEL_OK && size % 2 ? pel__blob_add(to, "", 1) : s;
}

static pel_status open(pel_film *film)
{
    int64_t width = film->like.width, height = film->like.height;
    if (width > MOST_SIDE || height > MOST_SIDE)
        return pel__fail(PEL_EUNSUPPORTED,
                         "%s: WebP is at most %d pixels wide and high; choose "
                         ".apng or numbered pictures",
                         film->path, MOST_SIDE);
    // the size of the file is filled in at the end; alpha, animation and XMP are announced
    uint8_t vp8x[10] = { (uint8_t)(film->like.channels == 4 ? 0x16 : 0x06) };
    uint8_t anim[6] = { 255, 255, 255, 0 };
    put_u24(vp8x + 4, width - 1);
    put_u24(vp8x + 7, height - 1);
    anim[4] = (uint8_t)film->params.loop;
    anim[5] = (uint8_t)(film->params.loop >> 8);
    pel__blob head = { 0 };
    pel_status s = pel__blob_add(&head, "RIFF\0\0\0\0WEBP", RIFF_HEAD);
    if (s == PEL_OK)
        s = add_chunk(&head, "VP8X", vp8x, sizeof vp8x);
    if (s == PEL_OK)
        s = add_chunk(&head, "ANIM", anim, sizeof anim);
    if (s == PEL_OK)
        s = pel__outfile_open(&film->file, film->path);
    if (s == PEL_OK)
        s = pel__outfile_write(&film->file, head.bytes, head.size);
    pel__blob_free(&head);
    return s;
}

static bool configure(WebPConfig *config, const pel_film *film)
{
    if (!WebPConfigInit(config))
        return false;
    int64_t quality = film->params.film_quality;
    config->lossless = quality == 0;
    config->exact = 1;
    config->method = EFFORT;
    config->quality = quality ? (float)quality : 20; // lossless: how hard it tries
    return WebPValidateConfig(config) != 0;
}

// the frame's own chunks: what a file of this one picture holds behind its heads
static pel_status add_frame(pel__blob *out, const pel_film *film, int64_t n, pel__patch p,
                            const WebPMemoryWriter *coded)
{
    const uint8_t *bytes = coded->mem + RIFF_HEAD;
    int64_t size = (int64_t)coded->size - RIFF_HEAD;
    if (size > CHUNK_HEAD && memcmp(bytes, "VP8X", 4) == 0) {
        bytes += CHUNK_HEAD + 10;
        size -= CHUNK_HEAD + 10;
    }
    uint8_t anmf[CHUNK_HEAD + 16] = "ANMF";
    put_u32(anmf + 4, size + 16);
    put_u24(anmf + 8, p.x / 2);
    put_u24(anmf + 11, p.y / 2);
    put_u24(anmf + 14, p.width - 1);
    put_u24(anmf + 17, p.height - 1);
    put_u24(anmf + 20, pel__film_delay(film, n, 1000));
    anmf[23] = 2; // it replaces what was there, and stays
    pel_status s = pel__blob_add(out, anmf, sizeof anmf);
    return s == PEL_OK ? pel__blob_add(out, bytes, size) : s;
}

static pel_status code(const pel_film *film, const WebPConfig *config, WebPPicture *picture,
                       const uint8_t *pixels, const pel_image *frame)
{
    int stride = (int)(frame->width * frame->channels);
    picture->use_argb = config->lossless;
    int taken = frame->channels == 4 ? WebPPictureImportRGBA(picture, pixels, stride)
                                     : WebPPictureImportRGB(picture, pixels, stride);
    if (taken && WebPEncode(config, picture))
        return PEL_OK;
    bool memory = !taken || picture->error_code == VP8_ENC_ERROR_OUT_OF_MEMORY ||
                  picture->error_code == VP8_ENC_ERROR_BITSTREAM_OUT_OF_MEMORY;
    return pel__fail(memory ? PEL_EMEMORY : PEL_EIO, "%s: WebP: a frame could not be coded (%d)",
                     film->path, (int)picture->error_code);
}

// frames begin at even pixels
static pel__patch even(pel__patch p)
{
    if (p.width == 0)
        return (pel__patch){ 0, 0, 1, 1 };
    int64_t x = p.x & 1, y = p.y & 1;
    return (pel__patch){ p.x - x, p.y - y, p.width + x, p.height + y };
}

static pel_status pack(const pel_film *film, int64_t n, const pel_image *frame,
                       const pel_image *before, pel__blob *out)
{
    WebPConfig config;
    WebPPicture picture;
    WebPMemoryWriter coded;
    if (!configure(&config, film) || !WebPPictureInit(&picture))
        return pel__fail(PEL_EUNSUPPORTED, "%s: libwebp is of another version", film->path);
    pel__patch p = even(pel__film_patch(frame, before));
    picture.width = (int)p.width;
    picture.height = (int)p.height;
    picture.writer = WebPMemoryWrite;
    picture.custom_ptr = &coded;
    WebPMemoryWriterInit(&coded);
    const uint8_t *pixels =
        (const uint8_t *)frame->data + (p.y * frame->width + p.x) * frame->channels;
    pel_status s = code(film, &config, &picture, pixels, frame);
    if (s == PEL_OK)
        s = add_frame(out, film, n, p, &coded);
    WebPPictureFree(&picture);
    WebPMemoryWriterClear(&coded);
    return s;
}

static pel_status put(pel_film *film, const pel_image *frame, const pel__blob *packed)
{
    (void)frame;
    return pel__outfile_write(&film->file, packed->bytes, packed->size);
}

static pel_status end(pel_film *film)
{
    static const char before[] = "<x:xmpmeta xmlns:x=\"adobe:ns:meta/\"><rdf:RDF xmlns:rdf=\""
                                 "http://www.w3.org/1999/02/22-rdf-syntax-ns#\"><rdf:Description "
                                 "xmlns:pellucid=\"pellucid\"><pellucid:made><![CDATA[";
    static const char after[] = "]]></pellucid:made></rdf:Description></rdf:RDF></x:xmpmeta>";
    pel__blob xmp = { 0 }, chunk = { 0 };
    uint8_t size[4];
    pel_status s = pel__blob_add(&xmp, before, sizeof before - 1);
    if (s == PEL_OK)
        s = pel__blob_add(&xmp, film->metadata, (int64_t)strlen(film->metadata));
    if (s == PEL_OK)
        s = pel__blob_add(&xmp, after, sizeof after - 1);
    if (s == PEL_OK)
        s = add_chunk(&chunk, "XMP ", xmp.bytes, xmp.size);
    if (s == PEL_OK)
        s = pel__outfile_write(&film->file, chunk.bytes, chunk.size);
    put_u32(size, film->file.written - 8);
    if (s == PEL_OK && film->file.written > 0xfffffffe)
        s = pel__fail(PEL_EUNSUPPORTED, "%s: WebP holds at most 4 GB", film->path);
    if (s == PEL_OK)
        s = pel__outfile_patch(&film->file, 4, size, 4);
    pel__blob_free(&xmp);
    pel__blob_free(&chunk);
    return s;
}

const pel__film_format pel__film_webp = { .ending = ".webp",
                                          .open = open,
                                          .pack = pack,
                                          .put = put,
                                          .end = end,
                                          .bytes_per_pixel = 64,
                                          .bytes_beside = 8 << 20 };
