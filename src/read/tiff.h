/* SPDX-License-Identifier: Apache-2.0 */
/* tiff.h: the pages of a TIFF file, one by one; what they are together is tiff_stack.c's. */
#ifndef PEL_READ_TIFF_H
#define PEL_READ_TIFF_H

#include "read/formats.h"

typedef struct pel__tiff pel__tiff;

/** One page as it is given: numbers in the machine's order, channels of a pixel together. */
typedef struct pel__tiff_page {
    int64_t width, height;
    int channels;
    pel_meaning meaning;
    pel_dtype dtype;
    bool reduced;       /* a smaller copy or a mask of another page */
    int orientation;    /* TIFF's tag; 1: row 0 is the top, column 0 the left */
    double per_unit[2]; /* pixels per resolution unit along x and y; 0: not said */
    int unit;           /* of the resolution: 1 none, 2 inch, 3 cm */
    int64_t plain_at;   /* where its pixels lie as they are given but for the byte order; -1 */
    const char *remark; /* what a person should know of its colours; NULL: nothing */
} pel__tiff_page;

/** True when the first bytes are a TIFF's or a BigTIFF's. */
bool pel__tiff_is(const uint8_t *head, int64_t count);

/**
 * Find the pages of a file whose bytes can be read at any place; `bytes` is borrowed. Directories
 * that lie outside of the file or lead back to earlier ones are refused.
 */
pel_status pel__tiff_open(pel__tiff **out, pel__bytes *bytes);

int64_t pel__tiff_count(const pel__tiff *tiff);
bool pel__tiff_big_endian(const pel__tiff *tiff);

/** What page `n` is; refused when it promises more than its bytes can hold. */
pel_status pel__tiff_describe(pel__tiff *tiff, int64_t n, pel__tiff_page *page);

/**
 * The ImageDescription of page `n`, malloc'd; NULL: it has none. `indices`: from now on numbers of
 * palette and white-is-zero pages are given as they are.
 */
pel_status pel__tiff_description(pel__tiff *tiff, int64_t n, char **out);
void pel__tiff_keep_indices(pel__tiff *tiff);

/** Decode page `n`, which must be like `page`. Safe in parallel. */
pel_status pel__tiff_read(pel__tiff *tiff, int64_t n, const pel__tiff_page *page, void *out);

/**
 * Hash the file to the end of the pixels of page `n`, in which `pixels` lie as pel__tiff_read()
 * gave them. Pages in their order; one call at a time.
 */
pel_status pel__tiff_hash(pel__tiff *tiff, int64_t n, const pel__tiff_page *page,
                          const void *pixels);

/** The same for plain pixels of such a page at `at`. */
pel_status pel__tiff_hash_at(pel__tiff *tiff, int64_t at, const pel__tiff_page *page,
                             const void *pixels);

/** `count` plain numbers at `at` in the file, in the machine's order. Safe in parallel. */
pel_status pel__tiff_read_at(pel__tiff *tiff, int64_t at, pel_dtype dtype, void *out,
                             int64_t count);

/** libtiff's first warning so far; "": none. */
const char *pel__tiff_warning(const pel__tiff *tiff);

/** Bytes held while `page` is read on every thread. */
int64_t pel__tiff_buffer(const pel__tiff *tiff, const pel__tiff_page *page);

/** NULL is harmless. */
void pel__tiff_close(pel__tiff *tiff);

#endif
