/* SPDX-License-Identifier: Apache-2.0 */
/* lines.c: a header made of lines of text. */
#include "read/lines.h"

#include <ctype.h>
#include <string.h>

#include "base/status.h"

enum { MOST_BYTES = 8 << 20, MOST_LINES = 100000 };

void pel__lines_free(pel__lines *lines)
{
    pel__text_free(&lines->line);
}

static pel_status append(pel__lines *l, const uint8_t *head, int64_t count)
{
    uint8_t taken[PEL__PEEK];
    int64_t got;
    l->length += count;
    if (l->length > MOST_BYTES || l->count >= MOST_LINES)
        return pel__fail(PEL_EFORMAT,
                         "%s: its header is longer than %d lines or 8 MB; it is damaged",
                         l->bytes->name, MOST_LINES);
    if (memchr(head, 0, (size_t)count))
        return pel__fail(PEL_EFORMAT, "%s: line %lld of its header is not text; it is damaged",
                         l->bytes->name, (long long)l->count + 1);
    pel__text_add_bytes(&l->line, head, (size_t)count);
    if (l->line.failed)
        return pel__fail(PEL_EMEMORY, "%s: no memory for its header", l->bytes->name);
    return pel__bytes_read(l->bytes, taken, count, &got);
}

pel_status pel__lines_next(pel__lines *l, const char **line)
{
    *line = NULL;
    l->line.length = 0;
    for (bool ended = false; !ended;) {
        const uint8_t *head;
        int64_t got;
        pel_status s = pel__bytes_peek(l->bytes, &head, &got);
        if (s != PEL_OK)
            return s;
        if (got == 0 && l->line.length == 0)
            return PEL_OK;
        const uint8_t *end = memchr(head, '\n', (size_t)got);
        ended = end || got == 0;
        s = append(l, head, end ? end - head + 1 : got);
        if (s != PEL_OK)
            return s;
    }
    size_t length = l->line.length;
    if (l->line.text[length - 1] == '\n')
        length--;
    if (length && l->line.text[length - 1] == '\r')
        length--;
    l->line.text[length] = 0;
    l->count++;
    *line = l->line.text;
    return PEL_OK;
}

char *pel__trim(char *text)
{
    while (isspace((unsigned char)*text))
        text++;
    size_t length = strlen(text);
    while (length && isspace((unsigned char)text[length - 1]))
        text[--length] = 0;
    return text;
}

const char *pel__next_word(char *out, size_t room, const char *text)
{
    while (isspace((unsigned char)*text))
        text++;
    size_t length = strcspn(text, " \t\v\f\r\n");
    if (length == 0 || length >= room)
        return NULL;
    memcpy(out, text, length);
    out[length] = 0;
    return text + length;
}

int pel__parse_row(double *out, int most, const char *text)
{
    int count = 0;
    for (;;) {
        while (isspace((unsigned char)*text) || *text == ',')
            text++;
        if (!*text)
            return count;
        char *end;
        double value = pel__strtod(text, &end);
        if (end == text || count == most || (*end && !isspace((unsigned char)*end) && *end != ','))
            return -1;
        out[count++] = value;
        text = end;
    }
}
