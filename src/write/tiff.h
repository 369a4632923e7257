/* SPDX-License-Identifier: Apache-2.0 */
/* tiff.h: pages on their way into a TIFF file. */
#ifndef PEL_WRITE_TIFF_H
#define PEL_WRITE_TIFF_H

#include <pellucid/write.h>

#include "base/outfile.h"

/** What every page is like. */
typedef struct pel__tiff_layout {
    int64_t width, height;
    int channels; /* of a pixel, interleaved */
    bool colours; /* 3 or 4 of them are RGB or RGBA, alpha not premultiplied */
    pel_dtype dtype;
    int packing;        /* PEL_TIFF_...: of strips; none: a page is one strip */
    int level;          /* of the packing, 1 fast to 12 small */
    bool part;          /* the file is one of an output folder */
    double per_unit[2]; /* pixels per unit along x and y; 0: unknown */
    int unit;           /* TIFF's: 1 none, 2 inch, 3 cm */
} pel__tiff_layout;

/**
 * A file being written; zeroed is closed. Pages come first and directories last, so that the
 * description may be what is known at the end; BigTIFF where the offsets need it.
 */
typedef struct pel__tiff_out {
    pel__outfile file;
    pel__tiff_layout layout;
    int64_t rows, strips; /* of a strip, of a page */
    int64_t pages;
    int64_t *offset, *bytes; /* owned; of each strip written */
    int64_t count, room;     /* of strips */
} pel__tiff_out;

pel_status pel__tiff_out_open(pel__tiff_out *out, const char *path, const pel__tiff_layout *layout);

/** Pages one after the other; their strips are packed in parallel. */
pel_status pel__tiff_out_pages(pel__tiff_out *to, const void *pixels, int64_t pages);

/** Write the directories; `description` (ASCII; NULL: none) goes with the first page. */
pel_status pel__tiff_out_end(pel__tiff_out *to, const char *description);

/** Put the file in place; drop what was not. */
pel_status pel__tiff_out_commit(pel__tiff_out *to);
void pel__tiff_out_close(pel__tiff_out *to);

/** Bytes held while `at_once` of `pages` pages are given. */
int64_t pel__tiff_out_memory(const pel__tiff_layout *layout, int64_t pages, int64_t at_once);

/** Notes of what a volume has that TIFF does not hold. */
void pel__tiff_note_losses(const char *path, const pel_volume *shape);

#endif
