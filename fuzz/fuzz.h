/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz.h: what every fuzz target shares: an exact-size copy, a small memory limit, no leaks. */
#ifndef PELLUCID_FUZZ_H
#define PELLUCID_FUZZ_H

#include <stddef.h>
#include <stdint.h>

/** One input; never fails, but aborts (or lets a sanitizer speak) where the library is wrong. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/** Read `data` as a volume file of this name and free it. */
void fuzz_read(const uint8_t *data, size_t size, const char *name);

/** Read the file at `path` with --raw `raw` (NULL: none) and free it. */
void fuzz_read_path(const char *path, const char *raw);

/** Read the folder or pattern `path` with --allow and --slices (NULL: none) and free it. */
void fuzz_read_folder(const char *path, const char *allow, const char *slices);

/** Read `data` as a mesh file of this name and free it. */
void fuzz_read_mesh(const uint8_t *data, size_t size, const char *name);

#endif
