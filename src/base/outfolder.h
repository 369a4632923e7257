/* SPDX-License-Identifier: Apache-2.0 */
/* outfolder.h: a folder of files as one output that is whole or absent (P11). */
#ifndef PEL_BASE_OUTFOLDER_H
#define PEL_BASE_OUTFOLDER_H

#include <pellucid/base.h>

/** A folder being filled beside its final place. Zeroed is closed. */
typedef struct pel__outfolder {
    char *path, *temporary; /* owned */
    void *files; /* the temporary folder, open, so that it can be emptied without memory */
} pel__outfolder;

/**
 * Begin. A folder that is there already is replaced as a whole, so it may hold nothing but what
 * `is_ours` says of each name that an earlier run left; anything else is refused.
 */
pel_status pel__outfolder_open(pel__outfolder *out, const char *path,
                               bool (*is_ours)(const void *user, const char *name),
                               const void *user);

/** The path of file `name` while the folder is filled: malloc'd; NULL when memory ran out. */
char *pel__outfolder_file(const pel__outfolder *folder, const char *name);

/** Sync all files and put the folder in place. */
pel_status pel__outfolder_commit(pel__outfolder *folder);

/** Drop what was not committed; harmless afterwards. */
void pel__outfolder_close(pel__outfolder *folder);

#endif
