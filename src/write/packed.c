/* SPDX-License-Identifier: Apache-2.0 */
/* packed.c: one gzip or zlib stream, coded by blocks in parallel; wraps zlib. */
#include "write/packed.h"

#include <string.h>
#include <zlib.h>

#include "base/job.h"
#include "base/memory.h"
#include "base/status.h"

// what zlib may add to a block that does not pack, and the bytes a flush adds
enum { BLOCK = 256 << 10, ROOM = BLOCK + BLOCK / 64 + 256, MOST_BLOCKS = 32, RAW_WINDOW = -15 };

static int64_t blocks_for(int64_t bytes)
{
    int64_t blocks = bytes / BLOCK + (bytes % BLOCK != 0);
    return blocks < 1 ? 1 : blocks > MOST_BLOCKS ? MOST_BLOCKS : blocks;
}

int64_t pel__packed_memory(int64_t bytes)
{
    // a coder per worker on top
    return blocks_for(bytes) * (BLOCK + ROOM + 16) + pel__threads() * (int64_t)(1 << 19);
}

pel_status pel__packed_open(pel__packed *out, pel__outfile *to, bool gzip, int64_t level,
                            int64_t bytes)
{
    static const uint8_t gzip_head[10] = { 0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255 };
    static const uint8_t zlib_head[2] = { 0x78, 0x9c };
    *out = (pel__packed){ .to = to,
                          .gzip = gzip,
                          .level = level > 9 ? 9 : (int)level,
                          .blocks = blocks_for(bytes),
                          .sum = gzip ? 0 : 1 };
    pel_status s = pel__alloc(&out->in, out->blocks, BLOCK, "compression");
    if (s == PEL_OK)
        s = pel__alloc(&out->out, out->blocks, ROOM, "compression");
    if (s == PEL_OK)
        s = pel__alloc(&out->lengths, out->blocks, sizeof *out->lengths, "compression");
    if (s == PEL_OK)
        s = pel__alloc(&out->sums, out->blocks, sizeof *out->sums, "compression");
    if (s == PEL_OK)
        s = gzip ? pel__outfile_write(to, gzip_head, sizeof gzip_head)
                 : pel__outfile_write(to, zlib_head, sizeof zlib_head);
    return s;
}

static int64_t block_size(const pel__packed *p, int64_t block)
{
    int64_t left = p->filled - block * BLOCK;
    return left < BLOCK ? left : BLOCK;
}

static pel_status code_block(void *user, int64_t block)
{
    pel__packed *p = user;
    uint8_t *in = p->in + block * BLOCK;
    uInt size = (uInt)block_size(p, block);
    z_stream z = {
        .next_in = in, .avail_in = size, .next_out = p->out + block * ROOM, .avail_out = ROOM
    };
    p->sums[block] = (uint32_t)(p->gzip ? crc32(0, in, size) : adler32(1, in, size));
    if (deflateInit2(&z, p->level, Z_DEFLATED, RAW_WINDOW, 8, Z_DEFAULT_STRATEGY) != Z_OK)
        return pel__fail(PEL_EMEMORY, "no memory to compress");
    int code = deflate(&z, Z_FULL_FLUSH);
    p->lengths[block] = ROOM - (int64_t)z.avail_out;
    bool whole = code == Z_OK && z.avail_in == 0 && z.avail_out > 0;
    deflateEnd(&z);
    return whole ? PEL_OK : pel__fail(PEL_EIO, "compression failed");
}

// code the batch in parallel, and write its blocks in order
static pel_status flush(pel__packed *p)
{
    int64_t blocks = p->filled / BLOCK + (p->filled % BLOCK != 0);
    pel_status s = pel__parallel(blocks, code_block, p, NULL);
    for (int64_t b = 0; s == PEL_OK && b < blocks; b++) {
        s = pel__outfile_write(p->to, p->out + b * ROOM, p->lengths[b]);
        z_off_t size = (z_off_t)block_size(p, b);
        p->sum = (uint32_t)(p->gzip ? crc32_combine(p->sum, p->sums[b], size)
                                    : adler32_combine(p->sum, p->sums[b], size));
    }
    p->total += p->filled;
    p->filled = 0;
    return s;
}

pel_status pel__packed_write(pel__packed *p, const void *bytes, int64_t size)
{
    const uint8_t *next = bytes;
    pel_status s = PEL_OK;
    while (s == PEL_OK && size > 0) {
        int64_t room = p->blocks * BLOCK - p->filled, part = size < room ? size : room;
        memcpy(p->in + p->filled, next, (size_t)part);
        p->filled += part;
        next += part;
        size -= part;
        if (p->filled == p->blocks * BLOCK)
            s = flush(p);
    }
    return s;
}

pel_status pel__packed_end(pel__packed *p)
{
    // an empty last block, and the checksum
    uint8_t tail[10] = { 3, 0 };
    pel_status s = p->filled ? flush(p) : PEL_OK;
    for (int i = 0; i < 4; i++) {
        tail[2 + i] = (uint8_t)(p->sum >> (p->gzip ? 8 * i : 24 - 8 * i));
        tail[6 + i] = (uint8_t)((uint64_t)p->total >> 8 * i);
    }
    return s == PEL_OK ? pel__outfile_write(p->to, tail, p->gzip ? 10 : 6) : s;
}

void pel__packed_close(pel__packed *p)
{
    pel__free(p->in);
    pel__free(p->out);
    pel__free(p->lengths);
    pel__free(p->sums);
    *p = (pel__packed){ 0 };
}
