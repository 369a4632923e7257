/* SPDX-License-Identifier: Apache-2.0 */
/* whole.c: a file held in memory: bytes, lines, words and numbers taken one after the other. */
#include "read/whole.h"

#include <ctype.h>
#include <string.h>

#include "base/job.h"
#include "base/memory.h"
#include "base/status.h"
#include "base/text.h"

enum { FIRST = 1 << 16, MOST_DIGITS = 15, MOST_POWER = 22 };

static const struct {
    int bytes;
    bool whole;
} items[] = { { 1, true }, { 1, true }, { 2, true }, { 2, true },  { 4, true },
              { 4, true }, { 8, true }, { 8, true }, { 4, false }, { 8, false } };

int pel__item_bytes(pel__item item)
{
    return items[item].bytes;
}

bool pel__item_is_whole(pel__item item)
{
    return items[item].whole;
}

double pel__item_get(const uint8_t *bytes, pel__item item, bool big_endian)
{
    uint64_t raw = 0;
    int count = items[item].bytes;
    float single;
    double twice;
    for (int i = 0; i < count; i++)
        raw |= (uint64_t)bytes[i] << 8 * (big_endian ? count - 1 - i : i);
    uint32_t low = (uint32_t)raw;
    switch (item) {
    case PEL__ITEM_I8:
        return (int8_t)raw;
    case PEL__ITEM_I16:
        return (int16_t)raw;
    case PEL__ITEM_I32:
        return (int32_t)low;
    case PEL__ITEM_I64:
        return (double)(int64_t)raw;
    case PEL__ITEM_F32:
        return memcpy(&single, &low, sizeof single), (double)single;
    case PEL__ITEM_F64:
        return memcpy(&twice, &raw, sizeof twice), twice;
    default:
        return (double)raw;
    }
}

pel_status pel__whole_read(pel__whole *out, pel__bytes *bytes)
{
    *out = (pel__whole){ .name = bytes->name };
    int64_t room = 0, got = 1;
    pel_status s = PEL_OK;
    while (s == PEL_OK && got) {
        if (out->size == room) {
            int64_t left = bytes->size - pel__bytes_at(bytes) + 1;
            room = room ? 2 * room : bytes->size >= 0 && left > 0 ? left : FIRST;
            s = pel__realloc(&out->bytes, room + 1, 1, "the file");
        }
        if (s == PEL_OK)
            s = pel__bytes_read(bytes, out->bytes + out->size, room - out->size, &got);
        if (s == PEL_OK)
            s = pel__cancelled();
        if (s == PEL_OK)
            out->size += got;
    }
    if (s == PEL_OK)
        out->bytes[out->size] = 0;
    else
        pel__whole_free(out);
    return s;
}

void pel__whole_free(pel__whole *whole)
{
    pel__free(whole->bytes);
    *whole = (pel__whole){ 0 };
}

const uint8_t *pel__whole_take(pel__whole *w, int64_t count)
{
    if (count < 0 || count > w->size - w->at)
        return NULL;
    w->at += count;
    return w->bytes + w->at - count;
}

const uint8_t *pel__whole_items(pel__whole *w, int64_t count, int64_t size)
{
    int64_t bytes;
    return pel__multiply(&bytes, count, size) ? pel__whole_take(w, bytes) : NULL;
}

char *pel__whole_line(pel__whole *w)
{
    if (w->at >= w->size)
        return NULL;
    char *line = (char *)w->bytes + w->at;
    char *end = memchr(line, '\n', (size_t)(w->size - w->at));
    w->at = end ? end - (char *)w->bytes + 1 : w->size;
    if (!end)
        end = (char *)w->bytes + w->size;
    if (end > line && end[-1] == '\r')
        end--;
    *end = 0;
    return line;
}

static bool is_blank(uint8_t c)
{
    return c == ' ' || (c >= '\t' && c <= '\r') || c == 0;
}

char *pel__whole_word(pel__whole *w)
{
    while (w->at < w->size && is_blank(w->bytes[w->at]))
        w->at++;
    if (w->at >= w->size)
        return NULL;
    char *word = (char *)w->bytes + w->at;
    while (w->at < w->size && !is_blank(w->bytes[w->at]))
        w->at++;
    w->bytes[w->at] = 0;
    w->at += w->at < w->size;
    return word;
}

char *pel__cut_word(char **line)
{
    char *at = *line;
    while (*at && is_blank((uint8_t)*at))
        at++;
    if (!*at)
        return NULL;
    char *word = at;
    while (*at && !is_blank((uint8_t)*at))
        at++;
    if (*at)
        *at++ = 0;
    *line = at;
    return word;
}

// what fits a double exactly, divided or multiplied once by a power that does (Clinger 1990)
static bool quick_number(double *out, const char *at)
{
    static const double power[MOST_POWER + 1] = { 1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                                  1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
                                                  1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22 };
    bool minus = *at == '-', point = false;
    int64_t value = 0;
    int digits = 0, behind = 0;
    at += minus;
    for (; *at && digits <= MOST_DIGITS; at++) {
        if (*at == '.' && !point) {
            point = true;
            continue;
        }
        if (!isdigit((unsigned char)*at))
            return false;
        value = 10 * value + (*at - '0');
        digits += value != 0 || point;
        behind += point;
    }
    if (*at || (digits == 0 && at[-1] != '0') || digits > MOST_DIGITS || behind > MOST_POWER)
        return false;
    double number = (double)value / power[behind];
    *out = minus ? -number : number;
    return true;
}

bool pel__word_number(double *out, const char *word)
{
    return quick_number(out, word) || pel__parse_number(out, word);
}

pel_status pel__whole_numbers(double **out, pel__whole *w, int64_t count, const char *what)
{
    *out = NULL;
    // a number is a digit and a blank at least
    if (count < 0 || count > (w->size - w->at + 1) / 2)
        return pel__whole_short(w, what);
    pel_status s = pel__alloc(out, count + 1, sizeof **out, what);
    for (int64_t i = 0; i < count && s == PEL_OK; i++) {
        const char *word = pel__whole_word(w);
        if (!word)
            s = pel__whole_short(w, what);
        else if (!pel__word_number(*out + i, word))
            s = pel__fail(PEL_EFORMAT, "%s: among %s is '%.40s', which is no number", w->name, what,
                          word);
        if (s == PEL_OK && i % 65536 == 0)
            s = pel__cancelled();
    }
    if (s != PEL_OK) {
        pel__free(*out);
        *out = NULL;
    }
    return s;
}

pel_status pel__whole_short(const pel__whole *w, const char *what)
{
    return pel__fail(PEL_EFORMAT,
                     "%s: ends in the middle of %s, or promises more of it than there is; the file "
                     "is cut short or damaged",
                     w->name, what);
}
