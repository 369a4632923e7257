/* SPDX-License-Identifier: Apache-2.0 */
/* header.h: what NIfTI and Analyze headers share: fields in either byte order, type codes, axes. */
#ifndef PEL_READ_HEADER_H
#define PEL_READ_HEADER_H

#include "read/formats.h"

/** Kinds of a field in a file. */
typedef enum pel__field_kind {
    PEL__U8,
    PEL__I16,
    PEL__I32,
    PEL__I64,
    PEL__F32,
    PEL__F64
} pel__field_kind;

/** An integer field (not F32, F64) and a real one, at byte `at`. */
int64_t pel__field_integer(const uint8_t *header, int at, pel__field_kind kind, bool big_endian);
double pel__field_real(const uint8_t *header, int at, pel__field_kind kind, bool big_endian);

/** Up to `length` characters as a terminated text. */
void pel__field_text(char *out, const uint8_t *header, int at, int length);

/** Set type, channels and meaning of `shape`, and the layout's conversion, from a NIfTI type code;
 * refuses unknown ones. */
pel_status pel__header_type(pel_volume *shape, pel__layout *layout, int64_t code, const char *name);

/**
 * Set dims, frames and extra dims from dim[8]; `name` is the file. `lenient`: an extra axis of 0
 * counts as 1.
 */
pel_status pel__header_dims(pel_volume *shape, const int64_t dim[8], bool lenient,
                            const char *name);

/** Make pixdim[1..3] positive and finite, with a note where they were not. */
void pel__header_spacing(double pixdim[8], const pel_volume *shape, const char *name);

/** diag(spacing), the middle of the volume at 0; x runs down when `flip_x`. */
pel_affine pel__header_base_affine(const double pixdim[8], const pel_volume *shape, bool flip_x);

#endif
