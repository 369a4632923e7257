/* SPDX-License-Identifier: Apache-2.0 */
/* text.c: numbers and lists as text, whatever the locale; a growing string. */
#include "base/text.h"

#include <ctype.h>
#include <errno.h>
#include <locale.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

// a short decimal number exactly: its digits and the power of ten are whole numbers that double
// holds, and one multiplication or division rounds right (Clinger 1990); false: not such a one
static bool read_short(double *out, const char *text, char **end)
{
    static const double tens[] = { 1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                   1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
                                   1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22 };
    const char *at = text + (*text == '-' || *text == '+'), *point = NULL;
    int64_t digits = 0;
    int count = 0, after = 0, exponent = 0;
    for (; isdigit((unsigned char)*at) || (*at == '.' && !point); at++) {
        if (*at == '.') {
            point = at;
            continue;
        }
        if (++count > 15)
            return false;
        digits = 10 * digits + (*at - '0');
        after += point != NULL;
    }
    if (count == 0 || *at == 'x' || *at == 'X')
        return false;
    if (*at == 'e' || *at == 'E') {
        const char *power = at + 1 + (at[1] == '-' || at[1] == '+');
        int power_digits = 0;
        for (; isdigit((unsigned char)power[power_digits]); power_digits++)
            if (power_digits == 2)
                return false;
            else
                exponent = 10 * exponent + (power[power_digits] - '0');
        if (power_digits == 0)
            return false;
        exponent = at[1] == '-' ? -exponent : exponent;
        at = power + power_digits;
    }
    exponent -= after;
    if (exponent < -22 || exponent > 22)
        return false;
    double value = (double)digits;
    value = exponent < 0 ? value / tens[-exponent] : value * tens[exponent];
    *out = *text == '-' ? -value : value;
    if (end)
        *end = (char *)(uintptr_t)at;
    return true;
}

double pel__strtod(const char *text, char **end)
{
    double exact;
    if (read_short(&exact, text, end))
        return exact;
    locale_t plain = newlocale(LC_NUMERIC_MASK, "C", (locale_t)0);
    if (!plain)
        return strtod(text, end);
    locale_t before = uselocale(plain);
    double value = strtod(text, end);
    uselocale(before);
    freelocale(plain);
    return value;
}

bool pel__parse_number(double *out, const char *text)
{
    char *end;
    if (isspace((unsigned char)*text))
        return false;
    double value = pel__strtod(text, &end);
    if (end == text || *end)
        return false;
    *out = value;
    return true;
}

bool pel__parse_integer(int64_t *out, const char *text, int64_t lo, int64_t hi)
{
    char *end;
    if (isspace((unsigned char)*text))
        return false;
    errno = 0;
    long long value = strtoll(text, &end, 10);
    if (end == text || *end || errno || value < lo || value > hi)
        return false;
    *out = value;
    return true;
}

void pel__format_number(char out[32], double value)
{
    if (fabs(value) < 1e15 && value == trunc(value)) {
        snprintf(out, 32, "%.0f", value);
        return;
    }
    for (int digits = 1; digits <= 17; digits++) {
        snprintf(out, 32, "%.*g", digits, value);
        for (char *c = out; *c; c++)
            if (*c == ',')
                *c = '.';
        double back;
        if (value != value || (pel__parse_number(&back, out) && back == value))
            return;
    }
}

bool pel__ends_with(const char *name, const char *ending)
{
    size_t n = strlen(name), e = strlen(ending);
    return n >= e && strcasecmp(name + n - e, ending) == 0;
}

bool pel__same_word(const char *a, const char *b)
{
    for (;; a++, b++) {
        int x = *a == '-' ? '_' : tolower((unsigned char)*a);
        int y = *b == '-' ? '_' : tolower((unsigned char)*b);
        if (x != y)
            return false;
        if (!x)
            return true;
    }
}

static bool make_room(pel__text *to, size_t more)
{
    if (to->failed)
        return false;
    if (to->length + more + 1 <= to->capacity)
        return true;
    size_t capacity = (to->length + more + 1) * 2;
    char *grown = realloc(to->text, capacity);
    if (!grown) {
        to->failed = true;
        return false;
    }
    to->text = grown;
    to->capacity = capacity;
    return true;
}

void pel__text_add_bytes(pel__text *to, const void *bytes, size_t count)
{
    if (!make_room(to, count))
        return;
    memcpy(to->text + to->length, bytes, count);
    to->length += count;
    to->text[to->length] = 0;
}

void pel__text_add(pel__text *to, const char *format, ...)
{
    va_list args, again;
    va_start(args, format);
    va_copy(again, args);
    int count = vsnprintf(NULL, 0, format, args);
    if (count >= 0 && make_room(to, (size_t)count)) {
        vsnprintf(to->text + to->length, (size_t)count + 1, format, again);
        to->length += (size_t)count;
    }
    va_end(again);
    va_end(args);
}

void pel__text_free(pel__text *text)
{
    free(text->text);
    *text = (pel__text){ 0 };
}
