/* SPDX-License-Identifier: Apache-2.0 */
/* lines.h: a header made of lines of text, bounded in length and count. */
#ifndef PEL_READ_LINES_H
#define PEL_READ_LINES_H

#include "base/text.h"
#include "read/bytes.h"

/** Lines taken one by one from a stream, which stays just behind the last. Zeroed but for `bytes`.
 */
typedef struct pel__lines {
    pel__bytes *bytes; /* borrowed */
    pel__text line;    /* the current one; owned */
    int64_t count;     /* lines taken */
    int64_t length;    /* bytes taken */
} pel__lines;

/**
 * The next line without its end (\n or \r\n), valid until the next call; NULL at the end of the
 * stream. A header of more than 8 MB or 100000 lines, or with bytes that no text has, is refused.
 */
pel_status pel__lines_next(pel__lines *lines, const char **line);

void pel__lines_free(pel__lines *lines);

/* ---- words and numbers of a line ---- */

/** Cut white space off both ends, in place; returns the start. */
char *pel__trim(char *text);

/** The next word between blanks, into `out`; where it ends, or NULL when there is none or it is
 * longer than `room` - 1. */
const char *pel__next_word(char *out, size_t room, const char *text);

/** Up to `most` numbers between blanks or commas; -1 when something else is there. */
int pel__parse_row(double *out, int most, const char *text);

#endif
