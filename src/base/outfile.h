/* SPDX-License-Identifier: Apache-2.0 */
/* outfile.h: an output that is whole or absent (P11). */
#ifndef PEL_BASE_OUTFILE_H
#define PEL_BASE_OUTFILE_H

#include <pellucid/base.h>

/**
 * A file being written beside its final name. "-" is standard output; it, devices and pipes are
 * written through. A link is followed. Zeroed is closed.
 */
typedef struct pel__outfile {
    char *path, *temporary; /* owned; temporary NULL: written through */
    int fd;
    int64_t written;
    bool open;
    bool part; /* of a folder that is synced and put in place as a whole */
} pel__outfile;

pel_status pel__outfile_open(pel__outfile *out, const char *path);

/** A new file of a pel__outfolder, under its own name at once. */
pel_status pel__outfile_open_part(pel__outfile *out, const char *path);

pel_status pel__outfile_write(pel__outfile *out, const void *bytes, int64_t size);

/** Overwrite earlier bytes; PEL_EUNSUPPORTED where it is written through. */
pel_status pel__outfile_patch(pel__outfile *out, int64_t at, const void *bytes, int64_t size);

/** fsync and close, not yet in place: of several files all are synced before the first is put
 * there.
 */
pel_status pel__outfile_sync(pel__outfile *out);

/** Sync where that was not done, and rename into place. */
pel_status pel__outfile_commit(pel__outfile *out);

/** An unnamed file for passing use, where `beside` lies; gone when closed. */
pel_status pel__outfile_scratch(int *fd, const char *beside);

/** Drop what was not committed; harmless afterwards. */
void pel__outfile_close(pel__outfile *out);

/** A failure with what errno says of it and what helps. */
pel_status pel__outfile_errno(const char *path, const char *doing);

/** A hidden name beside `path`, malloc'd; NULL when memory ran out. */
char *pel__outfile_temporary(const char *path, uint32_t number);

/** Make the entry of `path` in its folder survive a power cut. */
void pel__outfile_sync_folder(const char *path);

#endif
