/* SPDX-License-Identifier: Apache-2.0 */
/* make_dicom.h: DICOM files for tests, made element by element. */
#ifndef PELLUCID_TESTS_READ_MAKE_DICOM_H
#define PELLUCID_TESTS_READ_MAKE_DICOM_H

#include "make.h"

/** How a file is written. */
typedef enum make_syntax {
    MAKE_EXPLICIT,
    MAKE_IMPLICIT,
    MAKE_BIG,
    MAKE_DEFLATED,
    MAKE_GE, /* implicit, with big-endian pixels */
    MAKE_RLE,
    MAKE_SYNTAXES
} make_syntax;

/** A data set: elements in the order of their tags. Zeroed is empty; make_set_free() ends it. */
typedef struct make_set {
    struct make_element *element;
    int count;
} make_set;

void make_set_free(make_set *set);

/** A text; numbers as text; an unsigned number of 16 bits, or several; bytes as they are. What has
 * the tag already is replaced. */
void make_text(make_set *set, uint32_t tag, const char *vr, const char *value);
void make_short(make_set *set, uint32_t tag, int value);
void make_shorts(make_set *set, uint32_t tag, const uint16_t *value, int count);
void make_double(make_set *set, uint32_t tag, double value);
void make_bytes(make_set *set, uint32_t tag, const char *vr, const void *bytes, size_t size);

/** An item of a sequence; the set moves into it. `open`: its length is not said. */
void make_item(make_set *set, uint32_t tag, make_set *item, bool open);

/** Fragments of compressed pixels, the table of offsets first; the first call clears. */
void make_fragment(make_set *set, const void *bytes, size_t size);

void make_remove(make_set *set, uint32_t tag);

/** An MR image of 4 columns and 3 rows, unsigned 16 bits, pixel i being 100*instance + i; slices
 * are 2.5 mm apart, pixels 1.5 x 2 mm. */
make_set make_image(int instance);

/** Numbers as pixels of `bits` allocated (a multiple of 8). */
void make_pixels(make_set *set, int bits, const int64_t *value, int count);

/** Write with preamble and meta group into `out` (MAKE_MOST bytes); the size. */
size_t make_dicom(uint8_t *out, const make_set *set, make_syntax syntax);

/** As make_dicom() with another UID of the transfer syntax, written as explicit. */
size_t make_dicom_uid(uint8_t *out, const make_set *set, const char *uid);

/** Write to a file and free the set. */
void make_dicom_file(const char *path, make_set *set, make_syntax syntax);

/** One frame in RLE (PS3.5, annex G) of little-endian numbers of `bytes` each, literally. */
size_t make_rle(uint8_t *out, const uint8_t *numbers, int count, int bytes);

/** make_image(1) with frames of 12 pixels that count on from 0; the same from 300 in RLE; with
 * eight palette entries of `entry_bits` from index `first` on. */
make_set make_frames(int frames);
make_set make_rle_image(int frames);
make_set make_palette(int entry_bits, int first, bool is_signed);

/** Where the calls below write the file. */
extern uint8_t make_whole[MAKE_MOST];

/** Write and read, which succeeds, or fails with a message that says why; the set ends. */
pel_volume make_must_read(make_set *set, make_syntax syntax);
void make_must_fail(make_set *set, make_syntax syntax, const char *why);

/** Stored number of column i, row j (from the top) of slice k of an oriented volume. */
double make_stored(const pel_volume *volume, int64_t i, int64_t j, int64_t k);

/** The first slice counts up from `first`. */
void make_check_ramp(const pel_volume *volume, double first);

/** Read a path with these --series and --allow, which succeeds (make_notes then holds its notes
 * alone), or fails with a message that says why and nothing left in memory. */
pel_volume make_must_open(const char *path, const char *series, const char *allow);
void make_must_refuse(const char *path, const char *series, const char *allow, const char *why);

/** `count` slices of make_image(), the first of them of instance `first`. */
void make_check_slices(const pel_volume *volume, int first, int count);

#endif
