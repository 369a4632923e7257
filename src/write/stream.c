/* SPDX-License-Identifier: Apache-2.0 */
/* stream.c: bytes to a file, plain or as gzip members coded in parallel; wraps libdeflate. */
#include "write/stream.h"

#include <libdeflate.h>
#include <string.h>

#include "base/job.h"
#include "base/memory.h"
#include "base/status.h"

// RFC 1952: ten bytes, the length of the extra field, PL and its four bytes; CRC and length behind
enum { BLOCK = 256 << 10, MOST_BLOCKS = 32, HEAD = 20, TAIL = 8 };

static void put_u32(uint8_t *to, uint32_t value)
{
    for (int i = 0; i < 4; i++)
        to[i] = (uint8_t)(value >> 8 * i);
}

// room for the member of `size` bytes; libdeflate's bound is the same for every level
static int64_t member_room(int64_t size)
{
    return HEAD + TAIL + (int64_t)libdeflate_deflate_compress_bound(NULL, (size_t)size);
}

// one whole member; its length
static pel_status code_member(uint8_t *out, int64_t room, const void *bytes, int64_t size,
                              int level, int64_t *length)
{
    struct libdeflate_compressor *coder = libdeflate_alloc_compressor(level);
    if (!coder)
        return pel__fail(PEL_EMEMORY, "no memory to compress");
    size_t packed = libdeflate_deflate_compress(coder, bytes, (size_t)size, out + HEAD,
                                                (size_t)(room - HEAD - TAIL));
    libdeflate_free_compressor(coder);
    if (packed == 0)
        return pel__fail(PEL_EIO, "compression failed");
    *length = HEAD + (int64_t)packed + TAIL;
    static const uint8_t head[16] = { 0x1f, 0x8b, 8, 4, 0, 0, 0, 0, 0, 255, 8, 0, 'P', 'L', 4, 0 };
    memcpy(out, head, sizeof head);
    put_u32(out + sizeof head, (uint32_t)*length);
    put_u32(out + *length - 8, libdeflate_crc32(0, bytes, (size_t)size));
    put_u32(out + *length - 4, (uint32_t)size);
    return PEL_OK;
}

int64_t pel__zlib_room(int64_t size)
{
    return (int64_t)libdeflate_zlib_compress_bound(NULL, (size_t)size);
}

pel_status pel__zlib_pack(int64_t *length, void *out, int64_t room, const void *bytes, int64_t size,
                          int level)
{
    struct libdeflate_compressor *coder = libdeflate_alloc_compressor(level);
    if (!coder)
        return pel__fail(PEL_EMEMORY, "no memory to compress");
    *length = (int64_t)libdeflate_zlib_compress(coder, bytes, (size_t)size, out, (size_t)room);
    libdeflate_free_compressor(coder);
    return *length ? PEL_OK : pel__fail(PEL_EIO, "compression failed");
}

pel_status pel__zlib_unpack(void *out, int64_t size, const void *bytes, int64_t packed)
{
    struct libdeflate_decompressor *coder = libdeflate_alloc_decompressor();
    if (!coder)
        return pel__fail(PEL_EMEMORY, "no memory to unpack");
    bool ok = libdeflate_zlib_decompress(coder, bytes, (size_t)packed, out, (size_t)size, NULL) ==
              LIBDEFLATE_SUCCESS;
    libdeflate_free_decompressor(coder);
    return ok ? PEL_OK : pel__fail(PEL_EIO, "packed bytes do not unpack");
}

uint32_t pel__crc32(const void *bytes, int64_t size)
{
    return libdeflate_crc32(0, bytes, (size_t)size);
}

static int64_t blocks_for(int64_t bytes)
{
    int64_t blocks = bytes / BLOCK + (bytes % BLOCK != 0);
    return blocks < 1 ? 1 : blocks > MOST_BLOCKS ? MOST_BLOCKS : blocks;
}

int64_t pel__stream_memory(int level, int64_t bytes)
{
    // a coder per worker on top: about 1 MB at the highest level
    return level ? blocks_for(bytes) * (BLOCK + member_room(BLOCK)) + pel__threads() * (1 << 20)
                 : 0;
}

pel_status pel__stream_open(pel__stream *out, const char *path, int level, int64_t bytes)
{
    *out = (pel__stream){ .level = level, .blocks = blocks_for(bytes) };
    pel_status s = pel__outfile_open(&out->file, path);
    if (s == PEL_OK && level)
        s = pel__alloc(&out->in, out->blocks, BLOCK, "compression");
    if (s == PEL_OK && level)
        s = pel__alloc(&out->out, out->blocks, member_room(BLOCK), "compression");
    if (s == PEL_OK && level)
        s = pel__alloc(&out->lengths, out->blocks, sizeof *out->lengths, "compression");
    if (s != PEL_OK)
        pel__stream_close(out);
    return s;
}

// the head as it lies in the file
static pel_status write_head(pel__stream *to, const void *bytes, int64_t size, bool again)
{
    if (!to->level)
        return again ? pel__outfile_patch(&to->file, 0, bytes, size)
                     : pel__outfile_write(&to->file, bytes, size);
    uint8_t *member;
    int64_t length = 0, room = member_room(size);
    pel_status s = pel__alloc(&member, room, 1, "compression");
    if (s == PEL_OK)
        s = code_member(member, room, bytes, size, 0, &length);
    if (s == PEL_OK)
        s = again ? pel__outfile_patch(&to->file, 0, member, length)
                  : pel__outfile_write(&to->file, member, length);
    pel__free(member);
    return s;
}

pel_status pel__stream_head(pel__stream *to, const void *bytes, int64_t size)
{
    return write_head(to, bytes, size, false);
}

pel_status pel__stream_rehead(pel__stream *to, const void *bytes, int64_t size)
{
    return write_head(to, bytes, size, true);
}

static pel_status code_block(void *user, int64_t block)
{
    pel__stream *to = user;
    int64_t left = to->filled - block * BLOCK, room = member_room(BLOCK);
    return code_member(to->out + block * room, room, to->in + block * BLOCK,
                       left < BLOCK ? left : BLOCK, to->level, &to->lengths[block]);
}

// code the batch in parallel, and write its members in order
static pel_status flush(pel__stream *to)
{
    int64_t blocks = to->filled / BLOCK + (to->filled % BLOCK != 0), room = member_room(BLOCK);
    pel_status s = pel__parallel(blocks, code_block, to, NULL);
    for (int64_t b = 0; s == PEL_OK && b < blocks; b++)
        s = pel__outfile_write(&to->file, to->out + b * room, to->lengths[b]);
    to->filled = 0;
    return s;
}

pel_status pel__stream_write(pel__stream *to, const void *bytes, int64_t size)
{
    if (!to->level)
        return pel__outfile_write(&to->file, bytes, size);
    const uint8_t *next = bytes;
    pel_status s = PEL_OK;
    while (s == PEL_OK && size > 0) {
        int64_t free_bytes = to->blocks * BLOCK - to->filled;
        int64_t part = size < free_bytes ? size : free_bytes;
        memcpy(to->in + to->filled, next, (size_t)part);
        to->filled += part;
        next += part;
        size -= part;
        if (to->filled == to->blocks * BLOCK)
            s = flush(to);
    }
    return s;
}

pel_status pel__stream_end(pel__stream *to)
{
    return to->filled ? flush(to) : PEL_OK;
}

pel_status pel__stream_commit(pel__stream *to)
{
    return pel__outfile_commit(&to->file);
}

void pel__stream_close(pel__stream *to)
{
    pel__outfile_close(&to->file);
    pel__free(to->in);
    pel__free(to->out);
    pel__free(to->lengths);
    *to = (pel__stream){ 0 };
}
