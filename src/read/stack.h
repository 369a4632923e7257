/* SPDX-License-Identifier: Apache-2.0 */
/* stack.h: what files of pages say of the stack they make: sizes, order, voxel size; which slices.
 */
#ifndef PEL_READ_STACK_H
#define PEL_READ_STACK_H

#include "read/formats.h"

/** A run of planes of OME-XML: `count` from page `page` on, the first of them z, c, t. */
typedef struct pel__planes {
    int64_t page, z, c, t, count;
} pel__planes;

/** What a description says; zero and NaN: nothing. */
typedef struct pel__stack {
    const char *said_by; /* "ImageJ", "OME-XML"; NULL: nobody */
    int64_t images;      /* planes in all */
    int64_t size[3];     /* slices z, channels c, frames t */
    char order[4];       /* of planes, the fastest first: "CZT" */
    double spacing[3];   /* of a voxel in `unit_mm`; ImageJ says z only */
    double unit_mm[3];   /* mm in the unit of the spacing; 0: unknown */
    double voxel_mm[3];  /* what pellucid wrote itself; 0: it did not */
    double seconds;      /* between frames */
    pel__planes *planes; /* owned; where OME-XML says so one by one */
    int64_t planes_count, planes_room;
    bool elsewhere; /* some planes are in other files */
} pel__stack;

/** Understand an ImageDescription; one of another program leaves `out` empty. */
pel_status pel__imagej_parse(pel__stack *out, const char *text);

/**
 * OME-XML; `file` is the name of the file it is in. Only the first image counts. Damaged XML is
 * as none, with a note.
 */
pel_status pel__ome_parse(pel__stack *out, const char *text, const char *file);

/** Millimetres in a unit of length as ImageJ and OME write it; 0: it is none. */
double pel__unit_mm(const char *word);

void pel__stack_free(pel__stack *stack);

/** Slices chosen by `text` (numpy's START:STOP:STEP) of `count`; NULL: all. */
typedef struct pel__slices {
    int64_t start, step, count;
} pel__slices;

pel_status pel__slices_choose(pel__slices *out, const char *text, int64_t count, const char *name);

/**
 * Slices of `slice_bytes` that one thread reads at a time of `count` that are read together.
 * Threads that fill one large page of memory at the same time would each have the system clear it.
 */
int64_t pel__stack_run(int64_t count, int64_t slice_bytes);

/** Slices to read together, so that threads rarely wait for each other. */
int64_t pel__stack_slab(int64_t slice_bytes, bool unproven);

/** PEL_EPARAM when --allow has other words than these. */
pel_status pel__allow_check(const pel_read_params *params);

/** True when the words of --allow (gaps, mixed) hold this one. */
bool pel__allows(const pel_read_params *params, const char *word);

/** True when a pixel of `mm` is one of the densities of printers and screens, which programs write
 * without being asked. */
bool pel__is_print_density(double mm);

/** Set a grid of voxels of this size, voxel 0 at the origin; NaN and 0 become 1. */
void pel__stack_grid(pel_volume *shape, const double spacing_mm[3], bool unit_known);

#endif
