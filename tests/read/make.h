/* SPDX-License-Identifier: Apache-2.0 */
/* make.h: files for the readers' tests, made byte by byte. */
#ifndef PELLUCID_TESTS_READ_MAKE_H
#define PELLUCID_TESTS_READ_MAKE_H

#include "check.h"

enum { MAKE_MOST = 1 << 16 };

/** A NIfTI file to make; make_nifti_defaults() is 4 x 3 x 2 int16. */
typedef struct make_nifti_spec {
    int version; /* 1 or 2 */
    bool big, pair;
    int dims[8]; /* with the count of axes first */
    int code, bits;
    double offset, slope, inter, pixdim[8], quatern[3], qoffset[3], srow[12];
    int qform_code, sform_code, units;
    const void *extension; /* after the header; NULL: none */
    int extension_bytes;
} make_nifti_spec;

make_nifti_spec make_nifti_defaults(void);

/** Bytes of the voxels a spec promises. */
int64_t make_voxel_bytes(const make_nifti_spec *spec);

/** The whole single file, voxel byte i being 37*i + 11; its size. Of a pair only the header. */
size_t make_nifti(uint8_t out[MAKE_MOST], const make_nifti_spec *spec);

/** Byte i of the voxels made above. */
uint8_t make_byte(int64_t i);

/** One gzip member; its size. */
size_t make_gzip(uint8_t *out, size_t room, const void *bytes, size_t size);

/** Write a file; fails the test when that is impossible. */
void make_file(const char *path, const void *bytes, size_t size);

/** A new folder to work in, entered; make_leave() removes it and its files. */
void make_enter(void);
void make_leave(void);

/** Notes of the library from now on end in make_notes; NULL job again with make_quiet(). */
extern char make_notes[4096];
void make_listen(void);
void make_quiet(void);

#endif
