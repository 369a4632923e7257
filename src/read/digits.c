/* SPDX-License-Identifier: Apache-2.0 */
/* digits.c: numbers written as decimal or hexadecimal text, as a stream of bytes. */
#include <ctype.h>
#include <string.h>

#include "base/job.h"
#include "base/memory.h"
#include "base/status.h"
#include "base/text.h"
#include "read/coding.h"

enum { INPUT = 64 << 10, LONGEST = 400 };

typedef struct digits {
    pel_dtype dtype;
    int item; // bytes of a number; a hex byte has 1
    bool hex;
    uint8_t number[8]; // the current one, and how much of it was given
    int given;
    int used, count; // of the input
    char input[INPUT];
} digits;

// the next character; -1 at the end
static pel_status next_character(pel__bytes *b, int *out)
{
    digits *d = b->state;
    *out = -1;
    if (d->used == d->count) {
        int64_t got;
        pel_status s = pel__bytes_read(b->inner, d->input, INPUT, &got);
        if (s == PEL_OK)
            s = pel__cancelled();
        if (s != PEL_OK)
            return s;
        d->used = 0;
        d->count = (int)got;
    }
    if (d->used < d->count)
        *out = (unsigned char)d->input[d->used++];
    return PEL_OK;
}

static bool separates(int c)
{
    return c == ',' || (c >= 0 && isspace(c));
}

// a word in `word`; "" at the end
static pel_status next_word(pel__bytes *b, char word[LONGEST])
{
    int c, length = 0;
    pel_status s;
    do
        s = next_character(b, &c);
    while (s == PEL_OK && separates(c));
    while (s == PEL_OK && c >= 0 && !separates(c) && length < LONGEST - 1) {
        word[length++] = (char)c;
        s = next_character(b, &c);
    }
    word[length] = 0;
    return s;
}

static pel_status wrong(const pel__bytes *b, const char *word)
{
    const digits *d = b->state;
    return pel__fail(PEL_EFORMAT,
                     "%s: among its voxels is '%.40s', which is no %s; the file is damaged",
                     b->name, word, d->hex ? "hexadecimal number" : pel_dtype_name(d->dtype));
}

// a whole number of a type, also written 5.0 or 5e3
static bool parse_whole(uint64_t *out, const char *word, pel_dtype dtype)
{
    bool minus = *word == '-';
    const char *at = word + (*word == '-' || *word == '+');
    uint64_t value = 0;
    int bits = 8 * (int)pel_dtype_bytes(dtype);
    bool is_signed =
        dtype == PEL_INT8 || dtype == PEL_INT16 || dtype == PEL_INT32 || dtype == PEL_INT64;
    uint64_t most = is_signed ? ((uint64_t)1 << (bits - 1)) - !minus
                    : minus   ? 0
                              : UINT64_MAX >> (64 - bits);
    if (!isdigit((unsigned char)*at))
        return false;
    for (; isdigit((unsigned char)*at); at++)
        if (__builtin_mul_overflow(value, 10, &value) ||
            __builtin_add_overflow(value, (uint64_t)(*at - '0'), &value))
            return false;
    double real;
    if (*at) {
        if (!pel__parse_number(&real, word) || !(real >= -0x1p53 && real <= 0x1p53) ||
            real != (double)(int64_t)real)
            return false;
        value = (uint64_t)(real < 0 ? -real : real);
    }
    *out = minus ? (uint64_t)0 - value : value;
    return value <= most;
}

static bool parse(digits *d, const char *word)
{
    double real;
    uint64_t whole;
    if (pel_dtype_is_float(d->dtype)) {
        if (!pel__parse_number(&real, word))
            return false;
        float single = (float)real;
        memcpy(d->number, d->item == 4 ? (void *)&single : (void *)&real, (size_t)d->item);
        return true;
    }
    if (!parse_whole(&whole, word, d->dtype))
        return false;
    const uint8_t *from = (const uint8_t *)&whole;
    memcpy(d->number, __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__ ? from + 8 - d->item : from,
           (size_t)d->item);
    return true;
}

static int hex_value(int c)
{
    return c >= '0' && c <= '9'   ? c - '0'
           : c >= 'a' && c <= 'f' ? c - 'a' + 10
           : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                  : -1;
}

// two digits, between which there may be white space
static pel_status next_hex(pel__bytes *b, bool *ended)
{
    digits *d = b->state;
    int value = 0;
    for (int i = 0; i < 2; i++) {
        int c;
        pel_status s;
        do
            s = next_character(b, &c);
        while (s == PEL_OK && c >= 0 && isspace(c));
        if (s != PEL_OK)
            return s;
        if (c < 0) {
            *ended = true;
            return PEL_OK;
        }
        if (hex_value(c) < 0)
            return wrong(b, (char[]){ (char)c, 0 });
        value = 16 * value + hex_value(c);
    }
    d->number[0] = (uint8_t)value;
    return PEL_OK;
}

static pel_status next_number(pel__bytes *b, bool *ended)
{
    digits *d = b->state;
    char word[LONGEST];
    if (d->hex)
        return next_hex(b, ended);
    pel_status s = next_word(b, word);
    *ended = s == PEL_OK && !*word;
    return s == PEL_OK && *word && !parse(d, word) ? wrong(b, word) : s;
}

static pel_status next_of_digits(pel__bytes *b, void *out, int64_t most, int64_t *got)
{
    digits *d = b->state;
    bool ended = false;
    pel_status s = PEL_OK;
    *got = 0;
    while (*got < most) {
        if (d->given == d->item) {
            s = next_number(b, &ended);
            if (s != PEL_OK || ended)
                break;
            d->given = 0;
        }
        ((uint8_t *)out)[(*got)++] = d->number[d->given++];
    }
    return s;
}

static pel_status rewind_digits(pel__bytes *b)
{
    digits *d = b->state;
    d->used = d->count = 0;
    d->given = d->item;
    return pel__bytes_seek(b->inner, 0);
}

static void close_digits(pel__bytes *b)
{
    pel__free(b->state);
}

static pel_status open_digits(pel__bytes **out, pel__bytes *inner, pel_dtype dtype, bool hex)
{
    digits *d;
    *out = NULL;
    pel_status s = pel__alloc_zero(&d, 1, sizeof *d, "a decoder of text");
    if (s == PEL_OK)
        s = pel__bytes_new(out, inner->name, NULL);
    if (s != PEL_OK) {
        pel__free(d);
        pel__bytes_close(inner);
        return s;
    }
    d->dtype = dtype;
    d->hex = hex;
    d->item = d->given = hex ? 1 : (int)pel_dtype_bytes(dtype);
    pel__bytes *b = *out;
    b->next = next_of_digits;
    b->rewind = inner->jumps || inner->rewind ? rewind_digits : NULL;
    b->close = close_digits;
    b->state = d;
    b->inner = inner;
    b->buffer_bytes = (int64_t)sizeof *d + inner->buffer_bytes;
    // a number is a digit and a separator at least, a hex byte two digits
    if (inner->most < INT64_MAX / 8)
        b->most = (inner->most / 2 + 1) * d->item;
    return PEL_OK;
}

pel_status pel__bytes_digits(pel__bytes **out, pel__bytes *inner, pel_dtype dtype)
{
    return open_digits(out, inner, dtype, false);
}

pel_status pel__bytes_hex(pel__bytes **out, pel__bytes *inner)
{
    return open_digits(out, inner, PEL_UINT8, true);
}
