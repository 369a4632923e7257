/* SPDX-License-Identifier: Apache-2.0 */
/* spool.c: frames kept aside in an unnamed file, to be shown or looked at again. */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/memory.h"
#include "base/status.h"
#include "write/film.h"
#include "write/stream.h"

enum { LEVEL = 1 };

pel_status pel__spool_open(pel__spool *out, const char *beside)
{
    *out = (pel__spool){ .fd = -1 };
    return pel__outfile_scratch(&out->fd, beside);
}

static int64_t bytes_of(const pel_image *frame)
{
    return frame->width * frame->height * frame->channels * pel_dtype_bytes(frame->dtype);
}

pel_status pel__spool_pack(pel__blob *out, const pel_image *frame)
{
    int64_t size = bytes_of(frame), room = pel__zlib_room(size), length = 0;
    pel_status s = pel__blob_reserve(out, room);
    if (s == PEL_OK)
        s = pel__zlib_pack(&length, out->bytes, room, frame->data, size, LEVEL);
    out->size = length;
    return s;
}

static pel_status broken(const char *doing)
{
    return pel__fail(PEL_EIO, "frames kept aside: %s: %s; is the disk full?", doing,
                     strerror(errno));
}

pel_status pel__spool_put(pel__spool *spool, const pel_image *frame, const pel__blob *packed)
{
    if (spool->count == spool->room) {
        int64_t room = 2 * spool->room + 64;
        pel_status s = pel__realloc(&spool->kept, room, sizeof *spool->kept, "a film's frames");
        if (s != PEL_OK)
            return s;
        spool->room = room;
    }
    for (int64_t done = 0; done < packed->size;) {
        ssize_t n = pwrite(spool->fd, packed->bytes + done, (size_t)(packed->size - done),
                           spool->end + done);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return broken("write failed");
        done += n;
    }
    struct pel__kept *kept = &spool->kept[spool->count++];
    *kept = (struct pel__kept){ spool->end, packed->size, *frame };
    kept->head.data = NULL;
    kept->head.layer_count = 0;
    kept->head.provenance = NULL;
    spool->end += packed->size;
    return PEL_OK;
}

static pel_status unpack(const pel__spool *spool, const struct pel__kept *kept, void *packed,
                         pel_image *out)
{
    for (int64_t done = 0; done < kept->size;) {
        ssize_t n =
            pread(spool->fd, (char *)packed + done, (size_t)(kept->size - done), kept->at + done);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return broken("read failed");
        done += n;
    }
    return pel__zlib_unpack(out->data, bytes_of(out), packed, kept->size);
}

pel_status pel__spool_get(const pel__spool *spool, int64_t n, pel_image *out)
{
    const struct pel__kept *kept = &spool->kept[n];
    void *packed = NULL;
    *out = kept->head;
    pel_status s = pel__alloc(&out->data, bytes_of(out), 1, "a frame");
    if (s == PEL_OK)
        s = pel__alloc(&packed, kept->size, 1, "a packed frame");
    if (s == PEL_OK)
        s = unpack(spool, kept, packed, out);
    pel__free(packed);
    if (s != PEL_OK)
        pel_image_free(out);
    return s;
}

void pel__spool_close(pel__spool *spool)
{
    if (spool->fd >= 0)
        close(spool->fd);
    pel__free(spool->kept);
    *spool = (pel__spool){ .fd = -1 };
}
