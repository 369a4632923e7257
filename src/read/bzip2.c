/* SPDX-License-Identifier: Apache-2.0 */
/* bzip2.c: undo bzip2 in bounded memory, every stream and its checksums; wraps libbz2. */
#include <bzlib.h>
#include <string.h>

#include "base/job.h"
#include "base/memory.h"
#include "base/status.h"
#include "read/coding.h"

// 45899235 bytes of zeros become 46: what bzip2's own manual calls the best there is
enum { INPUT = 64 << 10, MOST_RATIO = 1000000, HELD = 4 << 20 };

typedef struct bunzip2 {
    bz_stream stream;
    bool input_ended, ended;
    char input[INPUT];
} bunzip2;

static void *allocate(void *user, int count, int size)
{
    void *block;
    (void)user;
    return pel__alloc(&block, count, size, "the decompressor") == PEL_OK ? block : NULL;
}

static void release(void *user, void *block)
{
    (void)user;
    pel__free(block);
}

// also after a stream: others may follow it; ending what has not begun does nothing
static pel_status start_stream(bunzip2 *z)
{
    BZ2_bzDecompressEnd(&z->stream);
    z->stream.bzalloc = allocate;
    z->stream.bzfree = release;
    if (BZ2_bzDecompressInit(&z->stream, 0, 0) != BZ_OK)
        return pel__fail(PEL_EMEMORY, "no memory for the decompressor");
    return PEL_OK;
}

static pel_status fill(pel__bytes *b)
{
    bunzip2 *z = b->state;
    int64_t got = 0;
    pel_status s = pel__bytes_read(b->inner, z->input, INPUT, &got);
    if (s == PEL_OK)
        s = pel__cancelled();
    z->stream.next_in = z->input;
    z->stream.avail_in = s == PEL_OK ? (unsigned)got : 0;
    z->input_ended = got == 0;
    return s;
}

// at the end of a stream: another one, or nothing that is ours
static pel_status next_stream(pel__bytes *b)
{
    bunzip2 *z = b->state;
    pel_status s = z->stream.avail_in == 0 ? fill(b) : PEL_OK;
    if (s != PEL_OK)
        return s;
    if (z->input_ended || *z->stream.next_in != 'B') {
        if (!z->input_ended)
            pel__note("%s: something that is not bzip2 follows the compressed data; it was ignored",
                      b->name);
        z->ended = true;
        return PEL_OK;
    }
    return start_stream(z);
}

static pel_status failed(const pel__bytes *b, int code)
{
    if (code == BZ_MEM_ERROR)
        return pel__fail(PEL_EMEMORY, "%s: no memory for the decompressor", b->name);
    return pel__fail(PEL_EFORMAT,
                     "%s: its bzip2 data is damaged (noticed after %lld bytes of output); copy or "
                     "download it again",
                     b->name, (long long)b->pos);
}

static pel_status next_of_bzip2(pel__bytes *b, void *out, int64_t most, int64_t *got)
{
    bunzip2 *z = b->state;
    unsigned room = (unsigned)(most < 1 << 30 ? most : 1 << 30);
    z->stream.next_out = out;
    z->stream.avail_out = room;
    pel_status s = PEL_OK;
    while (s == PEL_OK && !z->ended && z->stream.avail_out == room) {
        if (z->stream.avail_in == 0 && !z->input_ended)
            s = fill(b);
        if (s != PEL_OK)
            break;
        int code = BZ2_bzDecompress(&z->stream);
        if (code == BZ_STREAM_END)
            s = z->stream.avail_out == room ? next_stream(b) : PEL_OK;
        else if (code != BZ_OK && code != BZ_SEQUENCE_ERROR)
            s = failed(b, code);
        else if (code == BZ_SEQUENCE_ERROR) // the end of a stream was met by the call before
            s = next_stream(b);
        else if (z->input_ended && z->stream.avail_out == room)
            s = pel__fail(PEL_EFORMAT,
                          "%s: ends in the middle of its compressed data; the file is cut short: "
                          "copy or download it again",
                          b->name);
    }
    *got = s == PEL_OK ? (int64_t)(room - z->stream.avail_out) : 0;
    return s;
}

static pel_status rewind_bzip2(pel__bytes *b)
{
    bunzip2 *z = b->state;
    pel_status s = pel__bytes_seek(b->inner, 0);
    z->stream.avail_in = 0;
    z->input_ended = z->ended = false;
    return s == PEL_OK ? start_stream(z) : s;
}

static void close_bzip2(pel__bytes *b)
{
    bunzip2 *z = b->state;
    BZ2_bzDecompressEnd(&z->stream);
    pel__free(z);
}

pel_status pel__bytes_bunzip2(pel__bytes **out, pel__bytes *inner)
{
    bunzip2 *z;
    *out = NULL;
    pel_status s = pel__alloc_zero(&z, 1, sizeof *z, "the decompressor");
    if (s == PEL_OK)
        s = start_stream(z);
    if (s == PEL_OK)
        s = pel__bytes_new(out, inner->name, NULL);
    if (s != PEL_OK) {
        if (z)
            BZ2_bzDecompressEnd(&z->stream);
        pel__free(z);
        pel__bytes_close(inner);
        return s;
    }
    pel__bytes *b = *out;
    b->next = next_of_bzip2;
    b->rewind = inner->jumps || inner->rewind ? rewind_bzip2 : NULL;
    b->close = close_bzip2;
    b->state = z;
    b->inner = inner;
    b->buffer_bytes = (int64_t)sizeof *z + HELD + inner->buffer_bytes;
    if (!pel__multiply(&b->most, inner->most, MOST_RATIO))
        b->most = INT64_MAX;
    return PEL_OK;
}
