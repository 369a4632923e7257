/* SPDX-License-Identifier: Apache-2.0 */
/* zip.h: the members of a zip archive as streams; nothing is unpacked to disk. */
#ifndef PEL_READ_ZIP_H
#define PEL_READ_ZIP_H

#include "read/bytes.h"

typedef struct pel__zip pel__zip;

/** Open an archive file, or the archive in memory (not copied) that `name` stands for. */
pel_status pel__zip_open_file(pel__zip **out, const char *path);
pel_status pel__zip_open_memory(pel__zip **out, const void *bytes, size_t size, const char *name);

/** How many entries, and the name of one (NULL: unreadable), owned by the archive. */
int64_t pel__zip_count(const pel__zip *zip);
const char *pel__zip_name(const pel__zip *zip, int64_t index);

/** The entry of exactly this name; -1 when there is none. */
int64_t pel__zip_find(const pel__zip *zip, const char *name);

/** Open a member as a stream; the archive must outlive it. */
pel_status pel__zip_member(pel__bytes **out, pel__zip *zip, int64_t index, pel__hash *hash);

/** NULL is harmless. */
void pel__zip_close(pel__zip *zip);

#endif
