/* SPDX-License-Identifier: Apache-2.0 */
/* compose.c: pictures made of pictures: one fading into another, many on one sheet. */
#include <string.h>

#include <pellucid/image.h>

#include "base/status.h"

static bool alike(const pel_image *a, const pel_image *b)
{
    return a->channels == b->channels && a->dtype == b->dtype;
}

// of colours that are not premultiplied, each weighs as much as it is opaque
static void blend_rgba(uint8_t *to, const uint8_t *with, int64_t mine, int64_t theirs)
{
    int64_t a = mine * to[3], b = theirs * with[3], both = a + b;
    for (int c = 0; c < 3 && both > 0; c++)
        to[c] = (uint8_t)((a * to[c] + b * with[c] + both / 2) / both);
    int64_t all = mine + theirs;
    to[3] = (uint8_t)((both + all / 2) / all);
}

pel_status pel_image_blend(pel_image *image, const pel_image *with, int64_t part, int64_t parts)
{
    if (image->width != with->width || image->height != with->height || !alike(image, with) ||
        image->dtype != PEL_UINT8)
        return pel__fail(PEL_EPARAM, "pictures fade into each other when both are colours of 8 "
                                     "bits and of one size");
    if (part < 0 || parts < 1 || part > parts || parts > 1 << 20)
        return pel__fail(PEL_EPARAM, "a picture cannot fade by %lld of %lld", (long long)part,
                         (long long)parts);
    uint8_t *to = image->data;
    const uint8_t *from = with->data;
    int64_t count = image->width * image->height * image->channels, mine = parts - part;
    if (image->channels == 4)
        for (int64_t i = 0; i < count; i += 4)
            blend_rgba(to + i, from + i, mine, part);
    else
        for (int64_t i = 0; i < count; i++)
            to[i] = (uint8_t)((mine * to[i] + part * from[i] + parts / 2) / parts);
    return PEL_OK;
}

pel_status pel_image_paste(pel_image *image, const pel_image *tile, int64_t x, int64_t y)
{
    if (!alike(image, tile) || x < 0 || y < 0 || tile->width > image->width - x ||
        tile->height > image->height - y)
        return pel__fail(PEL_EPARAM, "a picture of %lldx%lld does not fit at %lld,%lld",
                         (long long)tile->width, (long long)tile->height, (long long)x,
                         (long long)y);
    int64_t pixel = tile->channels * pel_dtype_bytes(tile->dtype), row = tile->width * pixel;
    for (int64_t line = 0; line < tile->height; line++)
        memcpy((char *)image->data + ((y + line) * image->width + x) * pixel,
               (const char *)tile->data + line * row, (size_t)row);
    return PEL_OK;
}
