/* SPDX-License-Identifier: Apache-2.0 */
/* packed.h: bytes as one gzip or zlib stream, coded by blocks in parallel. */
#ifndef PEL_WRITE_PACKED_H
#define PEL_WRITE_PACKED_H

#include "base/outfile.h"

/**
 * A stream that any reader of gzip or zlib takes as one: blocks of 256 KB, each coded without the
 * others and ended at a byte, follow each other in it. For formats whose readers stop at the end of
 * the first gzip member (pynrrd) or know zlib only (MetaImage). Zeroed is closed.
 */
typedef struct pel__packed {
    pel__outfile *to; /* borrowed */
    bool gzip;        /* else zlib */
    int level;        /* 1 to 9 */
    int64_t blocks;   /* of a batch */
    uint8_t *in;      /* owned; a batch of blocks, and how full it is */
    int64_t filled;
    uint8_t *out;     /* owned; room for each coded block */
    int64_t *lengths; /* owned; of the coded blocks */
    uint32_t *sums;   /* owned; of the blocks */
    uint32_t sum;     /* CRC-32 or Adler-32 of all so far */
    int64_t total;    /* bytes so far */
} pel__packed;

/** `bytes`: about how many will come, which bounds the memory; `level` from 1, above 9 as 9. */
pel_status pel__packed_open(pel__packed *out, pel__outfile *to, bool gzip, int64_t level,
                            int64_t bytes);
pel_status pel__packed_write(pel__packed *to, const void *bytes, int64_t size);

/** Code what is left, and the checksum. */
pel_status pel__packed_end(pel__packed *to);

/** Harmless twice. */
void pel__packed_close(pel__packed *to);

/** Bytes that it holds. */
int64_t pel__packed_memory(int64_t bytes);

#endif
