/* SPDX-License-Identifier: Apache-2.0 */
/* values.h: stored numbers as a format holds them: without a scale, in a type it knows. */
#ifndef PEL_WRITE_VALUES_H
#define PEL_WRITE_VALUES_H

#include <pellucid/volume.h>

/** How stored numbers of a shape become those of a file. Zeroed is closed. */
typedef struct pel__values {
    pel_dtype from, to;
    bool scaled; /* value = slope*stored + inter */
    double slope, inter;
    void *room; /* owned; NULL: numbers go through as they are */
} pel__values;

/** True when a scale is to be applied, and the smallest float type that holds what it gives. */
bool pel__values_scaled(const pel_volume *shape);
pel_dtype pel__values_float(const pel_volume *shape);

/** What a format without a scale holds: the stored type, or that float. */
pel_dtype pel__values_type(const pel_volume *shape);

/** `to` holds every number: integers of no more bits (and sign), or a float. */
pel_status pel__values_open(pel__values *out, const pel_volume *shape, pel_dtype to);

/** The `count` numbers of a slab as the file has them; valid until the next call. */
void *pel__values_of(pel__values *values, void *slab, int64_t count);

void pel__values_close(pel__values *values);

/** Bytes that it holds. */
int64_t pel__values_memory(const pel_volume *shape, pel_dtype to);

#endif
