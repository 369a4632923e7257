/* SPDX-License-Identifier: Apache-2.0 */
/* bytes.h: bytes from anywhere: a file, memory, standard input, a zip member; gzip on top of any.
 */
#ifndef PEL_READ_BYTES_H
#define PEL_READ_BYTES_H

#include <pellucid/base.h>

#include "base/hash.h"

enum { PEL__PEEK = 1024 };

/**
 * A stream of bytes. The kinds fill the functions; everybody else calls pel__bytes_*(). Raw kinds
 * (all but gzip) feed `hash` with each byte once, in file order, whatever order they are read in.
 */
typedef struct pel__bytes pel__bytes;
struct pel__bytes {
    /* up to `most` of the bytes at `pos`; *got is 0 only at the end */
    pel_status (*next)(pel__bytes *self, void *out, int64_t most, int64_t *got);
    pel_status (*rewind)(pel__bytes *self); /* back to byte 0; NULL: impossible */
    /* as `next` at any place and on any thread, without hashing; NULL: impossible */
    pel_status (*next_at)(pel__bytes *self, int64_t at, void *out, int64_t most, int64_t *got);
    /* hash what was not read yet; NULL: the kind reads straight on */
    pel_status (*finish)(pel__bytes *self, int64_t *size);
    void (*close)(pel__bytes *self); /* frees what the kind owns */
    void *state;
    char *name;           /* of the file, as messages show it; owned */
    bool jumps;           /* `next` reads at any `pos` */
    int64_t size;         /* bytes there are; -1: not known before the end */
    int64_t most;         /* there cannot be more than this */
    int64_t buffer_bytes; /* held while open */
    int64_t pos;          /* of the byte that `next` gives */
    pel__hash *hash;      /* borrowed; NULL: none */
    int64_t hashed;       /* bytes from the start that are in it */
    pel__bytes *inner;    /* what gzip is read from; owned */
    uint8_t head[PEL__PEEK];
    int head_used, head_count; /* peeked at and not yet read */
};

/** Open a file; `hash` (may be NULL) must outlive it. Pipes and devices become streams. */
pel_status pel__bytes_open_file(pel__bytes **out, const char *path, pel__hash *hash);

/** Standard input, which is not closed. */
pel_status pel__bytes_open_stdin(pel__bytes **out, pel__hash *hash);

/** Bytes in memory, not copied. */
pel_status pel__bytes_open_memory(pel__bytes **out, const void *bytes, size_t size,
                                  const char *name, pel__hash *hash);

/** Inflate `inner` when it starts as gzip does, else `*out` is `inner`. Owns it, also on failure.
 */
pel_status pel__bytes_gunzip(pel__bytes **out, pel__bytes *inner);

/** A new stream named `name` for a kind to fill. */
pel_status pel__bytes_new(pel__bytes **out, const char *name, pel__hash *hash);

/** The next bytes without taking them: `*got` of at most PEL__PEEK, fewer only near the end. */
pel_status pel__bytes_peek(pel__bytes *bytes, const uint8_t **head, int64_t *got);

/** Read up to `want` bytes; fewer only at the end. */
pel_status pel__bytes_read(pel__bytes *bytes, void *out, int64_t want, int64_t *got);

/** Read exactly `want` bytes, or fail saying that the file ends in the middle of `what`. */
pel_status pel__bytes_need(pel__bytes *bytes, void *out, int64_t want, const char *what);

/** As pel__bytes_need() into a new block that grows with what arrives; free with pel__free(). */
pel_status pel__bytes_need_new(pel__bytes *bytes, uint8_t **out, int64_t want, const char *what);

/** As pel__bytes_need() at any place, for kinds with `next_at`: safe in parallel, not hashed. */
pel_status pel__bytes_need_at(pel__bytes *bytes, int64_t at, void *out, int64_t want,
                              const char *what);

/**
 * Hash the file up to byte `to`, reading what was not hashed yet; `known` bytes from `at` to `to`
 * need not be read again (NULL: none). For kinds with `next_at`; one call at a time.
 */
pel_status pel__bytes_hash_to(pel__bytes *bytes, int64_t to, const void *known, int64_t at);

/** Where the next byte is. */
int64_t pel__bytes_at(const pel__bytes *bytes);

/** Go to byte `at`; back only where the stream can. */
pel_status pel__bytes_seek(pel__bytes *bytes, int64_t at);

/** Check what follows the wanted bytes: a checksum is verified, a small rest allowed. */
pel_status pel__bytes_end(pel__bytes *bytes);

/** Hash what was not read yet, to the end of the raw file; `*size` becomes its bytes. */
pel_status pel__bytes_finish(pel__bytes *bytes, int64_t *size);

/** NULL is harmless. */
void pel__bytes_close(pel__bytes *bytes);

#endif
