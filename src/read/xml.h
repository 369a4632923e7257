/* SPDX-License-Identifier: Apache-2.0 */
/* xml.h: XML as a row of calls, one for each element and text. */
#ifndef PEL_READ_XML_H
#define PEL_READ_XML_H

#include <pellucid/base.h>

/** What is called; a failure ends the parsing. `text` may be NULL, and comes in pieces. */
typedef struct pel__xml {
    void *user;
    /* attributes: name, value, name, value ..., NULL; names without their namespace */
    pel_status (*start)(void *user, const char *name, const char *const *attributes);
    pel_status (*end)(void *user, const char *name);
    pel_status (*text)(void *user, const char *text, int64_t count);
} pel__xml;

/** Parse a document; PEL_EFORMAT says where it is damaged. `whole` false: more of it follows, which
 * is not looked at. */
pel_status pel__xml_parse(const pel__xml *calls, const void *bytes, int64_t size, bool whole,
                          const char *file);

/** The value of an attribute; NULL: none. */
const char *pel__xml_attribute(const char *const *attributes, const char *name);

/** True when a name without its namespace is `word`. */
bool pel__xml_is(const char *name, const char *word);

/**
 * Undo base64 (RFC 4648) in place: blanks are passed over, what follows padding is decoded on.
 * Returns the bytes there are then; -1: a character that it has not.
 */
int64_t pel__base64_decode(char *text, int64_t count);

#endif
