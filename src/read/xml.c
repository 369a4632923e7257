/* SPDX-License-Identifier: Apache-2.0 */
/* xml.c: XML as a row of calls, and base64; wraps expat. */
#include "read/xml.h"

#include <expat.h>
#include <string.h>

#include "base/job.h"
#include "base/status.h"

typedef struct parsing {
    const pel__xml *calls;
    XML_Parser parser;
    pel_status status;
} parsing;

static void stop_on_failure(parsing *p)
{
    if (p->status != PEL_OK)
        XML_StopParser(p->parser, XML_FALSE);
}

static void start(void *user, const XML_Char *name, const XML_Char **attributes)
{
    parsing *p = user;
    p->status = p->calls->start(p->calls->user, name, attributes);
    stop_on_failure(p);
}

static void end(void *user, const XML_Char *name)
{
    parsing *p = user;
    if (p->status == PEL_OK)
        p->status = p->calls->end(p->calls->user, name);
    stop_on_failure(p);
}

static void text(void *user, const XML_Char *bytes, int count)
{
    parsing *p = user;
    if (p->status == PEL_OK)
        p->status = p->calls->text(p->calls->user, bytes, count);
    stop_on_failure(p);
}

pel_status pel__xml_parse(const pel__xml *calls, const void *bytes, int64_t size, bool whole,
                          const char *file)
{
    enum { PART = 1 << 22 };
    parsing p = { calls, XML_ParserCreate(NULL), PEL_OK };
    if (!p.parser)
        return pel__fail(PEL_EMEMORY, "%s: no memory to read its XML", file);
    XML_SetUserData(p.parser, &p);
    XML_SetElementHandler(p.parser, start, end);
    if (calls->text)
        XML_SetCharacterDataHandler(p.parser, text);
    for (int64_t at = 0; p.status == PEL_OK && (at < size || at == 0); at += PART) {
        int64_t part = size - at < PART ? size - at : PART;
        bool good = XML_Parse(p.parser, (const char *)bytes + at, (int)part,
                              whole && at + part == size) == XML_STATUS_OK;
        if (p.status == PEL_OK && !good)
            p.status = pel__fail(PEL_EFORMAT, "%s: its XML is damaged in line %lld: %s", file,
                                 (long long)XML_GetCurrentLineNumber(p.parser),
                                 XML_ErrorString(XML_GetErrorCode(p.parser)));
        if (p.status == PEL_OK)
            p.status = pel__cancelled();
    }
    XML_ParserFree(p.parser);
    return p.status;
}

bool pel__xml_is(const char *name, const char *word)
{
    const char *colon = strrchr(name, ':');
    return strcmp(colon ? colon + 1 : name, word) == 0;
}

const char *pel__xml_attribute(const char *const *attributes, const char *name)
{
    for (int i = 0; attributes[i]; i += 2)
        if (pel__xml_is(attributes[i], name))
            return attributes[i + 1];
    return NULL;
}

// of a digit its six bits, 64 of padding, 65 of a blank, -1 else
static int digit_of(char c)
{
    if (c >= 'A' && c <= 'Z')
        return c - 'A';
    if (c >= 'a' && c <= 'z')
        return c - 'a' + 26;
    if (c >= '0' && c <= '9')
        return c - '0' + 52;
    if (c == ' ' || (c >= '\t' && c <= '\r'))
        return 65;
    return c == '+' ? 62 : c == '/' ? 63 : c == '=' ? 64 : -1;
}

int64_t pel__base64_decode(char *bytes, int64_t count)
{
    int64_t out = 0;
    uint32_t bits = 0;
    int digits = 0, padding = 0;
    for (int64_t i = 0; i < count; i++) {
        int digit = digit_of(bytes[i]);
        if (digit < 0 || (digit < 64 && padding))
            return -1;
        if (digit == 65)
            continue;
        padding += digit == 64;
        bits = bits << 6 | (uint32_t)(digit & 63);
        if (++digits < 4)
            continue;
        if (padding > 2)
            return -1;
        for (int b = 0; b < 3 - padding; b++)
            bytes[out++] = (char)(bits >> (16 - 8 * b));
        bits = 0;
        digits = padding = 0;
    }
    return digits ? -1 : out;
}
