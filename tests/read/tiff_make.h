/* SPDX-License-Identifier: Apache-2.0 */
/* tiff_make.h: TIFF files that libtiff writes for the tests of their reader. */
#ifndef PELLUCID_TESTS_READ_TIFF_MAKE_H
#define PELLUCID_TESTS_READ_TIFF_MAKE_H

#include <tiffio.h>

#include "make.h"

enum { W = 37, H = 21 };

/* in what a page differs from the others */
enum { WIDER, HIGHER, NARROWER_TYPE, MORE_CHANNELS, COLOURED };

/* what libtiff is to write; zero is its or the test's default */
typedef struct tiff_spec {
    const char *mode; /* "w" */
    int bits, samples, format, photometric, planar, compression, predictor;
    int rows, tile, orientation, extra, unit, subfile;
    int odd_page; /* that page (from 1) differs, in: */
    int odd;
    int pages, width, height;
    float resolution[2];
    const char *description;
} tiff_spec;

/* photometric 0 is white-is-zero, so one more is written in a tiff_spec */
#define PHOTO(name) (PHOTOMETRIC_##name + 1)

/** The file that is written and read. */
extern const char tiff_path[6];

/** Byte i of the pixels of a page. */
void tiff_fill(uint8_t *out, int64_t count, int page);

/** With its defaults. */
tiff_spec tiff_complete(tiff_spec s);

void write_tiff(const tiff_spec *given);
pel_status read_tiff(pel_volume *out, const char *slices, const char *allow);
void assert_notes_say(const char *part);

/** A folder to work in, and notes that are kept. */
int enter_tiff(void **state);
int leave_tiff(void **state);

#endif
