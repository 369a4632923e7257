/* SPDX-License-Identifier: Apache-2.0 */
/* dicom.h: one DICOM file: what its data set says of an image, and the pixels of its frames. */
#ifndef PEL_READ_DICOM_H
#define PEL_READ_DICOM_H

#include "read/codec.h"
#include "read/formats.h"

enum { PEL__DICOM_UID = 65, PEL__DICOM_TEXT = 129, PEL__DICOM_WORD = 17 };

/** How a transfer syntax writes elements and pixels. */
typedef struct pel__dicom_syntax {
    const char *uid, *name;
    bool implicit_vr, big_endian, big_pixels, deflated;
    const pel__codec *codec; /* NULL: pixels are not compressed */
} pel__dicom_syntax;

/** What may differ from frame to frame; a number the file does not say is NaN. */
typedef struct pel__dicom_frame {
    double position[3];    /* of the first pixel, LPS mm */
    double orientation[6]; /* of a row, then of a column, LPS */
    double spacing[2];     /* mm from row to row, from column to column */
    double thickness, between;
    double slope, inter, centre, width;
    double echo_time, repetition_ms, trigger_ms, duration_ms;
    double temporal, acquisition, instance; /* numbers that order frames */
    double ge_kind;
    char kind[PEL__DICOM_WORD]; /* third value of ImageType: "M", "P", "AXIAL", "LOCALIZER" ... */
} pel__dicom_frame;

/** A red, green or blue look-up table. */
typedef struct pel__dicom_lut {
    double about[3]; /* entries, first index, bits */
    uint8_t *bytes;  /* owned */
    int64_t size;
} pel__dicom_lut;

/** The data set of one file. Zeroed is valid and empty. */
typedef struct pel__dicom {
    const pel__dicom_syntax *syntax;
    char syntax_uid[PEL__DICOM_UID], class_uid[PEL__DICOM_UID];
    char instance_uid[PEL__DICOM_UID], series_uid[PEL__DICOM_UID];
    char charset[PEL__DICOM_WORD], modality[PEL__DICOM_WORD], photometric[PEL__DICOM_WORD];
    char image_type[PEL__DICOM_TEXT], description[PEL__DICOM_TEXT];
    char patient[PEL__DICOM_TEXT]; /* to keep the name out of the description; never shown */
    double series_number, frames, rows, columns, samples, planar;
    double allocated, stored, high_bit, is_signed;
    double padding;       /* PixelPaddingValue: of pixels outside of the image; NaN: none */
    double philips_scale; /* from stored numbers to those measured, in Philips' MR; NaN: none */
    bool has_modality_lut;
    double frame_ms, increment, dose_scale, mosaic_count;
    double imager_spacing[2], scanned_spacing[2], aspect[2];
    double slice_normal[3]; /* of a Siemens mosaic, LPS */
    double *offset;         /* owned; mm of each frame along the normal, of a dose grid */
    int64_t offsets;
    pel__dicom_lut palette[3];
    pel__dicom_frame shared; /* what holds for every frame that does not say otherwise */
    pel__dicom_frame *frame; /* owned; of an enhanced image; NULL: `shared` holds for all */
    int64_t frame_count, frame_room;
    int64_t pixels_at,
        pixels_size; /* of the pixel data's value in the stream; size -1: undefined */
    bool has_pixels, is_float;
    uint8_t *held; /* owned; the pixel data, where the stream cannot go back to it */
    int64_t held_size;
} pel__dicom;

/** True when the first bytes are those of a DICOM file, with or without its preamble. */
bool pel__dicom_is(const uint8_t *head, int64_t count);

/**
 * Read a data set up to its pixels from the start of `*bytes`, which a deflated one exchanges for
 * the stream that inflates it. `hold`: pixels of a stream that cannot go back are kept in memory,
 * no more than the data set promises. A file without pixels succeeds with `has_pixels` false.
 */
pel_status pel__dicom_parse(pel__dicom *out, pel__bytes **bytes, bool hold);
void pel__dicom_free(pel__dicom *dicom);

/** Free the tables a data set owns; what it says in itself stays. */
void pel__dicom_free_tables(pel__dicom *dicom);

/** What holds for frame n. */
pel__dicom_frame pel__dicom_frame_of(const pel__dicom *dicom, int64_t n);

/** Numbers of images in a Siemens mosaic, and the normal of its slices, from a CSA header. */
void pel__dicom_csa(pel__dicom *dicom, const uint8_t *bytes, int64_t size);

/** Up to `count` numbers of a text with \ between them into `out`; others stay as they are. */
void pel__dicom_numbers(double *out, int count, const char *text);

/* ---- pixels ---- */

/** What frames of a file become. */
typedef struct pel__dicom_pixels {
    pel_dtype dtype;
    int channels;
    pel_meaning meaning;
    int64_t frames, rows, columns;         /* of the file; a mosaic is one frame */
    int64_t bits;                          /* of a frame where it is not compressed */
    int samples, allocated, stored, shift; /* bits of a number; how far it lies from bit 0 */
    bool halved;                           /* YBR_FULL_422: two pixels share their colour */
    int64_t bright_padding;                /* as it lies in the file, what becomes 0; -1: nothing */
    const pel__codec *codec;               /* NULL: not compressed */
} pel__dicom_pixels;

/** Sizes and types, checked: PEL_EFORMAT or PEL_EUNSUPPORTED name the attribute that is wrong. */
pel_status pel__dicom_pixels_of(pel__dicom_pixels *out, const pel__dicom *dicom, const char *name);

typedef struct pel__dicom_fragment {
    int64_t at, size;
} pel__dicom_fragment;

/** Where frames lie in a stream: the offsets of compressed ones are looked up once. */
typedef struct pel__dicom_reader {
    const pel__dicom *dicom;
    pel__dicom_pixels pixels;
    pel__bytes *from;              /* borrowed */
    pel__dicom_fragment *fragment; /* owned; the first is the table of offsets */
    int64_t fragments, room;
    int64_t *first; /* owned; fragment each frame starts with, and one past the last */
    int64_t stored; /* bytes of the largest frame in the file */
} pel__dicom_reader;

pel_status pel__dicom_reader_open(pel__dicom_reader *out, const pel__dicom *dicom,
                                  pel__bytes *from);
void pel__dicom_reader_free(pel__dicom_reader *reader);

/** The stored bytes of frame n in a new block; free with pel__free(). */
pel_status pel__dicom_frame_bytes(uint8_t **out, int64_t *size, const pel__dicom_reader *reader,
                                  int64_t n);

/**
 * Stored bytes of frame n become rows*columns voxels, the first row first. Of RGB, YBR and palettes
 * red, green, blue. Bits beyond BitsStored are cut.
 */
pel_status pel__dicom_decode(void *out, const pel__dicom_reader *reader, int64_t n,
                             const uint8_t *bytes, int64_t size);

/** Bytes that the tables of an open file hold, and the pixels kept of one that cannot go back. */
int64_t pel__dicom_open_bytes(const pel__dicom_reader *reader);

/** Most bytes that a frame takes in the file: what takes more is refused. */
int64_t pel__dicom_most_stored(const pel__dicom_pixels *pixels);

/** Pixels that pel__dicom_parse() keeps of a stream that cannot go back. */
int64_t pel__dicom_most_held(const pel__dicom *dicom, const char *name);

/** Most bytes that decoding a frame holds beside the voxels. */
int64_t pel__dicom_decode_bytes(const pel__dicom_reader *reader);

#endif
