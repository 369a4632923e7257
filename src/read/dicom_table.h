/* SPDX-License-Identifier: Apache-2.0 */
/* dicom_table.h: which attributes of a DICOM data set are read, and where they go. */
#ifndef PEL_READ_DICOM_TABLE_H
#define PEL_READ_DICOM_TABLE_H

#include "read/dicom.h"

/* longest value of a row but BLOCK, in bytes; what is longer is cut */
enum { PEL__DICOM_LONGEST = 1024 };

/** An attribute. */
typedef struct pel__dicom_row {
    uint32_t tag;
    char vr[3]; /* where the file does not say it */
    enum {
        PEL__DICOM_STRING,  /* `count` characters with the zero */
        PEL__DICOM_NUMBERS, /* `count` doubles */
        PEL__DICOM_KIND,    /* an image type */
        PEL__DICOM_TAG,     /* a tag as a double */
        PEL__DICOM_BLOCK,   /* bytes of any length */
    } what;
    bool of_frame; /* `offset` is in a pel__dicom_frame, else in pel__dicom */
    size_t offset;
    int count;
} pel__dicom_row;

/** NULL: not read. */
const pel__dicom_row *pel__dicom_row_of(uint32_t tag);

/** True for a sequence whose items hold attributes of frames. */
bool pel__dicom_is_group(uint32_t tag);

/** NULL: unknown. */
const pel__dicom_syntax *pel__dicom_syntax_of(const char *uid);

/** Put the value of a row into the file or the frame `to`. */
void pel__dicom_take(pel__dicom *dicom, pel__dicom_frame *to, const pel__dicom_row *row,
                     const char *vr, const uint8_t *bytes, int64_t size, bool big_endian);

uint32_t pel__dicom_u32(const uint8_t *bytes, bool big_endian);
uint32_t pel__dicom_u16(const uint8_t *bytes, bool big_endian);

/** Nothing said: numbers are NaN. */
void pel__dicom_clear(pel__dicom *dicom);
void pel__dicom_frame_clear(pel__dicom_frame *frame);

#endif
