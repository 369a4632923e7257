/* SPDX-License-Identifier: Apache-2.0 */
/* text.h: numbers and lists as text, whatever the locale; a growing string. */
#ifndef PEL_BASE_TEXT_H
#define PEL_BASE_TEXT_H

#include <pellucid/base.h>

/** Parse a whole text as a number (also nan, inf), in the C locale; false when anything is left
 * over. */
bool pel__parse_number(double *out, const char *text);

/** As strtod() in the C locale: `*end` (may be NULL) is where it stopped. */
double pel__strtod(const char *text, char **end);

/** Parse a whole text as a decimal integer within lo to hi. */
bool pel__parse_integer(int64_t *out, const char *text, int64_t lo, int64_t hi);

/** The shortest text that reads back as the same double, with a point in any locale. */
void pel__format_number(char out[32], double value);

/** True when `name` ends in `ending`, case-insensitively. */
bool pel__ends_with(const char *name, const char *ending);

/** True when two words are the same but for case and _ against -. */
bool pel__same_word(const char *a, const char *b);

/** A growing string; zeroed is valid. `failed` is set when memory ran out, and text is then cut. */
typedef struct pel__text {
    char *text; /* malloc'd; NULL while empty */
    size_t length, capacity;
    bool failed;
} pel__text;

__attribute__((format(printf, 2, 3))) void pel__text_add(pel__text *to, const char *format, ...);
void pel__text_add_bytes(pel__text *to, const void *bytes, size_t count);
void pel__text_free(pel__text *text);

#endif
