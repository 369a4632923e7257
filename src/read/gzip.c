/* SPDX-License-Identifier: Apache-2.0 */
/* gzip.c: inflate a gzip, zlib or bare stream in bounded memory, with every checksum; wraps ISA-L.
 */
#include <isa-l/igzip_lib.h>
#include <string.h>

#include "base/job.h"
#include "base/memory.h"
#include "base/status.h"
#include "read/coding.h"

enum { INPUT = 256 << 10, MOST_RATIO = 1032 };

typedef struct gunzip {
    struct inflate_state inflate;
    bool input_ended, ended;
    uint32_t wrapper; // ISAL_GZIP, of which members may follow each other, ISAL_ZLIB, ISAL_DEFLATE
    uint8_t input[INPUT];
} gunzip;

static pel_status cut_short(const pel__bytes *b)
{
    return pel__fail(PEL_EFORMAT,
                     "%s: ends in the middle of its compressed data; the file is cut short: copy "
                     "or download it again",
                     b->name);
}

static pel_status damaged(const pel__bytes *b, int code)
{
    const char *why = code == ISAL_INCORRECT_CHECKSUM ? "its checksum is wrong"
                      : code == ISAL_INVALID_WRAPPER || code == ISAL_UNSUPPORTED_METHOD
                          ? "the header of its compressed data is wrong"
                          : "its compressed data is damaged";
    return pel__fail(PEL_EFORMAT,
                     "%s: %s (noticed after %lld bytes of output); copy or download it again",
                     b->name, why, (long long)b->pos);
}

static void start_member(gunzip *g)
{
    isal_inflate_reset(&g->inflate);
    g->inflate.crc_flag = g->wrapper;
}

static pel_status fill(pel__bytes *b)
{
    gunzip *g = b->state;
    int64_t got;
    pel_status s = pel__bytes_read(b->inner, g->input, INPUT, &got);
    if (s == PEL_OK)
        s = pel__cancelled();
    g->inflate.next_in = g->input;
    g->inflate.avail_in = s == PEL_OK ? (uint32_t)got : 0;
    g->input_ended = got == 0;
    return s;
}

// after a member: zeros are padding, 1f starts the next one, anything else is not ours
static pel_status next_member(pel__bytes *b)
{
    gunzip *g = b->state;
    for (;;) {
        if (g->inflate.avail_in == 0) {
            pel_status s = fill(b);
            if (s != PEL_OK)
                return s;
        }
        if (g->input_ended) {
            g->ended = true;
            return PEL_OK;
        }
        if (*g->inflate.next_in)
            break;
        g->inflate.next_in++;
        g->inflate.avail_in--;
    }
    if (*g->inflate.next_in == 0x1f) {
        start_member(g);
        return PEL_OK;
    }
    pel__note("%s: something that is not gzip follows the compressed data; it was ignored",
              b->name);
    g->ended = true;
    return PEL_OK;
}

static pel_status next_of_gzip(pel__bytes *b, void *out, int64_t most, int64_t *got)
{
    gunzip *g = b->state;
    struct inflate_state *f = &g->inflate;
    uint32_t room = (uint32_t)(most < 1 << 30 ? most : 1 << 30);
    f->next_out = out;
    f->avail_out = room;
    pel_status s = PEL_OK;
    while (s == PEL_OK && !g->ended && f->avail_out == room) {
        if (f->block_state == ISAL_BLOCK_FINISH && g->wrapper != ISAL_GZIP) {
            g->ended = true;
            break;
        }
        if (f->block_state == ISAL_BLOCK_FINISH) {
            s = next_member(b);
            continue;
        }
        if (f->avail_in == 0 && !g->input_ended)
            s = fill(b);
        if (s != PEL_OK)
            break;
        enum isal_block_state was = f->block_state;
        int code = isal_inflate(f);
        if (code < 0)
            s = damaged(b, code);
        else if (g->input_ended && f->avail_out == room && f->block_state == was)
            s = cut_short(b);
    }
    *got = s == PEL_OK ? (int64_t)(room - f->avail_out) : 0;
    return s;
}

static pel_status rewind_gzip(pel__bytes *b)
{
    gunzip *g = b->state;
    pel_status s = pel__bytes_seek(b->inner, 0);
    start_member(g);
    g->inflate.avail_in = 0;
    g->input_ended = g->ended = false;
    return s;
}

static void close_gzip(pel__bytes *b)
{
    pel__free(b->state);
}

// a stream that inflates `inner`, which it owns, also on failure
static pel_status inflate(pel__bytes **out, pel__bytes *inner, uint32_t wrapper)
{
    gunzip *g = NULL;
    pel_status s = pel__alloc(&g, 1, sizeof *g, "the decompressor");
    if (s == PEL_OK)
        s = pel__bytes_new(out, inner->name, NULL);
    if (s != PEL_OK) {
        pel__free(g);
        pel__bytes_close(inner);
        return s;
    }
    isal_inflate_init(&g->inflate);
    g->wrapper = wrapper;
    start_member(g);
    g->input_ended = g->ended = false;
    pel__bytes *b = *out;
    b->next = next_of_gzip;
    b->rewind = inner->jumps || inner->rewind ? rewind_gzip : NULL;
    b->close = close_gzip;
    b->state = g;
    b->inner = inner;
    b->buffer_bytes = (int64_t)sizeof *g + inner->buffer_bytes;
    // deflate cannot do better than 1032 to 1
    if (!pel__multiply(&b->most, inner->most, MOST_RATIO))
        b->most = INT64_MAX;
    return PEL_OK;
}

pel_status pel__bytes_gunzip(pel__bytes **out, pel__bytes *inner)
{
    *out = NULL;
    const uint8_t *head;
    int64_t got;
    pel_status s = pel__bytes_peek(inner, &head, &got);
    if (s != PEL_OK) {
        pel__bytes_close(inner);
        return s;
    }
    if (got >= 3 && head[0] == 0x1f && head[1] == 0x8b)
        return inflate(out, inner, ISAL_GZIP);
    *out = inner;
    return PEL_OK;
}

pel_status pel__bytes_unzlib(pel__bytes **out, pel__bytes *inner)
{
    *out = NULL;
    return inflate(out, inner, ISAL_ZLIB);
}

pel_status pel__bytes_inflate(pel__bytes **out, pel__bytes *inner)
{
    *out = NULL;
    return inflate(out, inner, ISAL_DEFLATE);
}
