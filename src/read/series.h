/* SPDX-License-Identifier: Apache-2.0 */
/* series.h: a folder of slices, or the files a pattern names, as one volume. */
#ifndef PEL_READ_SERIES_H
#define PEL_READ_SERIES_H

#include <pellucid/read.h>

/** True when a path is a folder, or a pattern (* ? [) that is no file's name. */
bool pel__series_is(const char *path);

/**
 * Open the TIFF, PNG and JPEG files of a folder or pattern as slices along k, in natural order
 * (slice2 before slice10). Missing numbers, repeated ones, other sizes and types are refused unless
 * params allow them; the order is told in a note.
 */
pel_status pel__series_open(pel_source *out, const char *path, const pel_read_params *params);

/** True when a name has the ending of a slice: TIFF, PNG or JPEG. */
bool pel__series_is_slice(const char *name);

/** Less than, equal to or more than 0, as people order names: numbers by their value. */
int pel__natural_order(const char *a, const char *b);

#endif
