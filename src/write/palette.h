/* SPDX-License-Identifier: Apache-2.0 */
/* palette.h: few colours that stand for the many of a whole film. */
#ifndef PEL_WRITE_PALETTE_H
#define PEL_WRITE_PALETTE_H

#include <pellucid/image.h>

enum { PEL__COLOURS = 255 }; /* one of 256 is left for transparent pixels */

/** Colours counted in cells of 6 bits per channel. Zeroed is closed. */
typedef struct pel__palette {
    struct pel__cell *cell; /* owned */
    uint8_t *nearest;       /* owned; per cell, once made */
    int count;
    uint8_t rgb[PEL__COLOURS][3];
    int spread; /* about how far apart neighbours are, in 8-bit steps */
} pel__palette;

pel_status pel__palette_open(pel__palette *out);

/** Count the pixels of a picture, RGB or RGBA uint8; those less than half opaque are left out. */
void pel__palette_count(pel__palette *palette, const pel_image *image);

/**
 * Choose the colours. Boxes are cut in Oklab (Ottosson 2020) at the mean of their widest axis, the
 * one of greatest variance first (Wu 1991), then moved by k-means; up to 255 cells they are the
 * colours themselves. `all`: cells that no pixel had get their nearest colour too.
 */
pel_status pel__palette_make(pel__palette *palette, bool all);

/** The number of the colour that stands for r, g, b. */
static inline uint8_t pel__palette_index(const pel__palette *palette, int r, int g, int b)
{
    return palette->nearest[(r >> 2) << 12 | (g >> 2) << 6 | b >> 2];
}

void pel__palette_close(pel__palette *palette);

/** Bytes that it holds. */
int64_t pel__palette_bytes(void);

#endif
