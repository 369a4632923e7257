/* SPDX-License-Identifier: Apache-2.0 */
/* raw.c: voxels without a header; the person says what they are. */
#include <stdio.h>
#include <string.h>

#include "base/status.h"
#include "base/text.h"
#include "read/header.h"

enum { WORDS = 4 };

static bool is(const pel__opening *opening, const uint8_t *head, int64_t count)
{
    (void)head;
    (void)count;
    return opening->params->raw != NULL;
}

static pel_status wrong(const char *text, const char *why)
{
    return pel__fail(PEL_EPARAM,
                     "--raw is '%s': %s; it wants SHAPE,TYPE,ORDER[,OFFSET] such as "
                     "256x256x128,int16,le",
                     text, why);
}

// "a,b,c" into words; 0 when there are too many or one is too long
static int split(char word[WORDS][64], const char *text)
{
    int count = 0;
    for (;;) {
        size_t length = strcspn(text, ",");
        if (count == WORDS || length > 63)
            return 0;
        snprintf(word[count++], 64, "%.*s", (int)length, text);
        if (!text[length])
            return count;
        text += length + 1;
    }
}

static pel_status parse_shape(pel_volume *shape, const char *text, const char *whole)
{
    int64_t dim[8] = { 0 };
    for (;;) {
        char number[64];
        size_t length = strcspn(text, "x");
        snprintf(number, sizeof number, "%.*s", (int)length, text);
        if (dim[0] == 7 || !pel__parse_integer(&dim[dim[0] + 1], number, 1, INT64_MAX / 2))
            return wrong(whole, "the shape is not one to seven whole numbers with x between");
        dim[0]++;
        if (!text[length])
            return pel__header_dims(shape, dim, false, "--raw");
        text += length + 1;
    }
}

static pel_status parse(pel_volume *shape, pel__layout *layout, const char *text)
{
    char word[WORDS][64] = { "" };
    int count = split(word, text);
    if (count < 3)
        return wrong(text, "it has too few or too many parts");
    pel_status s = parse_shape(shape, word[0], text);
    if (s == PEL_OK)
        s = pel__during(pel_dtype_parse(&shape->dtype, word[1]), "--raw");
    if (s != PEL_OK)
        return s;
    layout->big_endian = pel__same_word(word[2], "be");
    if (!layout->big_endian && !pel__same_word(word[2], "le"))
        return wrong(text, "the byte order is neither le nor be");
    if (count == 4 && !pel__parse_integer(&layout->offset, word[3], 0, INT64_MAX / 2))
        return wrong(text, "the offset is no count of bytes");
    return PEL_OK;
}

static pel_status open_raw(pel_source *out, pel__opening *opening)
{
    pel__layout layout = { 0 };
    pel_volume *shape = &out->shape;
    pel_status s = parse(shape, &layout, opening->params->raw);
    if (s != PEL_OK)
        return s;
    shape->channels = 1;
    shape->slope = 1;
    shape->mm_from_ijk = pel_affine_identity();
    snprintf(shape->fields.format, sizeof shape->fields.format, "raw");
    // a wrong shape is the commonest mistake, and bytes left over betray it
    int64_t size = opening->bytes->size, voxels = pel_volume_bytes(shape);
    if (size >= 0 && voxels >= 0 && size - layout.offset > voxels)
        pel__note("%s: has %lld bytes more than --raw %s takes; is the shape right?",
                  opening->bytes->name, (long long)(size - layout.offset - voxels),
                  opening->params->raw);
    return pel__voxels_open(out, opening, &layout);
}

const pel__format pel__raw = { "raw", is, open_raw };
