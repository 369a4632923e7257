/* SPDX-License-Identifier: Apache-2.0 */
/* coding.c: the rest of a stream as a stream, and the codings by their names. */
#include "read/coding.h"

#include <string.h>

#include "base/memory.h"
#include "base/status.h"

/* ---- the rest: `state` is the byte of `inner` where it starts ---- */

static int64_t start(const pel__bytes *b)
{
    return (int64_t)(intptr_t)b->state;
}

static pel_status next_of_rest(pel__bytes *b, void *out, int64_t most, int64_t *got)
{
    pel_status s = b->jumps ? pel__bytes_seek(b->inner, start(b) + b->pos) : PEL_OK;
    return s == PEL_OK ? pel__bytes_read(b->inner, out, most, got) : s;
}

static pel_status rewind_rest(pel__bytes *b)
{
    return pel__bytes_seek(b->inner, start(b));
}

pel_status pel__bytes_rest(pel__bytes **out, pel__bytes *inner)
{
    pel_status s = pel__bytes_new(out, inner->name, NULL);
    if (s != PEL_OK) {
        *out = NULL;
        pel__bytes_close(inner);
        return s;
    }
    pel__bytes *b = *out;
    int64_t at = pel__bytes_at(inner);
    b->next = next_of_rest;
    b->rewind = inner->rewind ? rewind_rest : NULL;
    b->state = (void *)(intptr_t)at;
    b->jumps = inner->jumps;
    b->size = inner->size < 0 ? -1 : inner->size > at ? inner->size - at : 0;
    b->most = inner->most == INT64_MAX ? INT64_MAX : inner->most > at ? inner->most - at : 0;
    b->buffer_bytes = inner->buffer_bytes;
    b->inner = inner;
    return PEL_OK;
}

/* ---- by name ---- */

static pel_status undo_gzip(pel__bytes **out, pel__bytes *inner, bool or_zlib)
{
    const uint8_t *head;
    int64_t got;
    *out = NULL;
    pel_status s = pel__bytes_peek(inner, &head, &got);
    bool gzip = s == PEL_OK && got >= 3 && head[0] == 0x1f && head[1] == 0x8b;
    if (gzip)
        return pel__bytes_gunzip(out, inner);
    if (s == PEL_OK && or_zlib)
        return pel__bytes_unzlib(out, inner);
    if (s == PEL_OK)
        s = pel__fail(PEL_EFORMAT,
                      "%s: its header says that the voxels are gzipped, but no gzip data is there; "
                      "the file is damaged",
                      inner->name);
    pel__bytes_close(inner);
    return s;
}

pel_status pel__bytes_decode(pel__bytes **out, pel__bytes *inner, pel__coding coding,
                             pel_dtype dtype)
{
    switch (coding) {
    case PEL__GZIP:
    case PEL__ZLIB:
        return undo_gzip(out, inner, coding == PEL__ZLIB);
    case PEL__BZIP2:
        return pel__bytes_bunzip2(out, inner);
    case PEL__DIGITS:
        return pel__bytes_digits(out, inner, dtype);
    case PEL__HEX:
        return pel__bytes_hex(out, inner);
    default:
        *out = inner;
        return PEL_OK;
    }
}
