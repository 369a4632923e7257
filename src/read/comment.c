/* SPDX-License-Identifier: Apache-2.0 */
/* comment.c: text of a header that has no field of ours, kept as a NIfTI comment. */
#include "read/comment.h"

#include <string.h>

#include "base/memory.h"
#include "base/status.h"

enum { COMMENT = 6 };

pel_status pel__keep_comment(pel_fields *fields, const char *text, const char *name)
{
    if (!text || !*text)
        return PEL_OK;
    int count = fields->extension_count;
    pel_extension extension = { COMMENT, (int64_t)strlen(text), NULL };
    pel_status s = pel__realloc(&fields->extensions, count + 1, sizeof *fields->extensions,
                                "what a header says");
    if (s == PEL_OK)
        s = pel__alloc(&extension.bytes, extension.size, 1, "what a header says");
    if (s != PEL_OK)
        return pel__during(s, "%s", name);
    memcpy(extension.bytes, text, (size_t)extension.size);
    fields->extensions[count] = extension;
    fields->extension_count = count + 1;
    return PEL_OK;
}
