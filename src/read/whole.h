/* SPDX-License-Identifier: Apache-2.0 */
/* whole.h: a file held in memory with a place in it, for formats that are text or jump about. */
#ifndef PEL_READ_WHOLE_H
#define PEL_READ_WHOLE_H

#include "read/bytes.h"

/** All bytes of a file, a zero behind the last one, and how far they are read. Zeroed is empty. */
typedef struct pel__whole {
    uint8_t *bytes;   /* owned */
    int64_t size, at; /* at: of the next byte */
    const char *name; /* of the file, borrowed */
} pel__whole;

/** The type of a number in a file. */
typedef enum pel__item {
    PEL__ITEM_I8,
    PEL__ITEM_U8,
    PEL__ITEM_I16,
    PEL__ITEM_U16,
    PEL__ITEM_I32,
    PEL__ITEM_U32,
    PEL__ITEM_I64,
    PEL__ITEM_U64,
    PEL__ITEM_F32,
    PEL__ITEM_F64,
    PEL__ITEM_NONE
} pel__item;

/** Bytes of a number. */
int pel__item_bytes(pel__item item);

/** True for whole numbers. */
bool pel__item_is_whole(pel__item item);

/** The number that lies at `bytes`, which need not be aligned. */
double pel__item_get(const uint8_t *bytes, pel__item item, bool big_endian);

/** Read the rest of a stream; memory grows with what arrives. */
pel_status pel__whole_read(pel__whole *out, pel__bytes *bytes);
void pel__whole_free(pel__whole *whole);

/** `count` bytes at the place, which moves behind them; NULL: there are not so many. */
const uint8_t *pel__whole_take(pel__whole *whole, int64_t count);

/** `count` items of `size` bytes; NULL when there are not so many, or the product is too large. */
const uint8_t *pel__whole_items(pel__whole *whole, int64_t count, int64_t size);

/** The next line without its end, cut off in place; NULL: there is none. */
char *pel__whole_line(pel__whole *whole);

/** The next word between blanks, cut off in place with the blank behind it; NULL: there is none. */
char *pel__whole_word(pel__whole *whole);

/** The next word of a line, cut off in place; `*line` moves behind it. NULL: there is none. */
char *pel__cut_word(char **line);

/** A word as a number: exact, and quick for short decimals; false when it is none. */
bool pel__word_number(double *out, const char *word);

/** The next `count` words as numbers, native doubles in a new block; one of them is no number or
 * not there: PEL_EFORMAT. Free with pel__free(). */
pel_status pel__whole_numbers(double **out, pel__whole *whole, int64_t count, const char *what);

/** Fail saying that the file ends in the middle of `what`. */
pel_status pel__whole_short(const pel__whole *whole, const char *what);

#endif
