/* SPDX-License-Identifier: Apache-2.0 */
/* film.h: frames on their way into a film, and what a film format has to do. */
#ifndef PEL_WRITE_FILM_H
#define PEL_WRITE_FILM_H

#include <pellucid/write.h>

#include <pthread.h>

#include "base/outfile.h"

/** Bytes that grow; zeroed is empty. */
typedef struct pel__blob {
    uint8_t *bytes; /* owned */
    int64_t size, room;
} pel__blob;

/** Room for `more` bytes behind what is there; the caller fills them and counts them. */
pel_status pel__blob_reserve(pel__blob *blob, int64_t more);
pel_status pel__blob_add(pel__blob *blob, const void *bytes, int64_t size);
void pel__blob_free(pel__blob *blob);

/** Frames kept aside, packed, in an unnamed file beside the film: memory does not grow with them.
 */
typedef struct pel__spool {
    int fd;
    int64_t count, room, end;
    struct pel__kept {
        int64_t at, size;
        pel_image head; /* without data, layers and provenance */
    } * kept;           /* owned */
} pel__spool;

pel_status pel__spool_open(pel__spool *out, const char *beside);
pel_status pel__spool_pack(pel__blob *out, const pel_image *frame);
pel_status pel__spool_put(pel__spool *spool, const pel_image *frame, const pel__blob *packed);
/** Frame `n` as it was, any thread; the caller frees it. */
pel_status pel__spool_get(const pel__spool *spool, int64_t n, pel_image *out);
void pel__spool_close(pel__spool *spool);

/** What changed between two pictures of one size; without `before` all of it. */
typedef struct pel__patch {
    int64_t x, y, width, height; /* 0 wide: nothing */
} pel__patch;
pel__patch pel__film_patch(const pel_image *frame, const pel_image *before);

/** A film format; all but `pack` is called by one thread at a time, frames in order. */
typedef struct pel__film_format {
    const char *ending;
    bool keeps; /* frames are read again at the end: they are spooled */
    /* what can be told before anything is drawn; may be NULL */
    pel_status (*check)(const pel_film *film);
    pel_status (*open)(pel_film *film); /* the first frame is known */
    /* any thread, any order; may be NULL */
    pel_status (*pack)(const pel_film *film, int64_t n, const pel_image *frame,
                       const pel_image *before, pel__blob *out);
    pel_status (*put)(pel_film *film, const pel_image *frame, const pel__blob *packed);
    pel_status (*end)(pel_film *film);
    void (*close)(pel_film *film); /* may be NULL */
    int64_t bytes_per_pixel;       /* that packing one frame takes, at most */
    int64_t bytes_beside;          /* tables and the like */
} pel__film_format;

enum { PEL__FILM_WORKERS = 16 };

/** A frame between being added and being written. */
typedef struct pel__film_slot {
    pel_image frame;
    pel__blob packed, kept;
    bool ready;
} pel__film_slot;

struct pel_film {
    char *path; /* owned */
    const pel__film_format *format;
    void *state; /* of the format, which frees it */
    pel_film_params params;
    int64_t frames, shown; /* given, and played: with ping_pong more */
    pel_camera *cameras;   /* owned; NULL: none */
    pel_image like;        /* the first frame without data; owns its provenance */
    char *metadata;        /* owned; JSON in ASCII */
    pel__outfile file;     /* opened by the format */
    pel__spool spool;
    bool spools;

    pel_job *job; /* of the thread that began it */
    int workers, slots;
    pthread_t worker[PEL__FILM_WORKERS];
    pthread_mutex_t lock; /* guards what follows */
    pthread_cond_t change;
    pel__film_slot slot[PEL__FILM_WORKERS + 2];
    int64_t added, taken, put; /* frames so far: handed over, begun, written */
    bool putting, closing;
    pel_status status;
    char error[1024];
};

/** Which of the frames given is shown as number `n`. */
int64_t pel__film_source(const pel_film *film, int64_t n);

/** How long number `n` is shown, in such units; rounding does not add up. */
int64_t pel__film_delay(const pel_film *film, int64_t n, double per_second);

extern const pel__film_format pel__film_apng, pel__film_gif, pel__film_webp, pel__film_mp4,
    pel__film_webm;

/** Metadata of a film; malloc'd; NULL when memory ran out. */
char *pel__film_metadata(const pel_film *film);

#endif
