/* SPDX-License-Identifier: Apache-2.0 */
/* codec.h: one compressed frame of a DICOM file becomes numbers. */
#ifndef PEL_READ_CODEC_H
#define PEL_READ_CODEC_H

#include <pellucid/base.h>

/** What the file says a frame is; the codestream must say the same. */
typedef struct pel__codec_frame {
    int64_t rows, columns; /* 1 to 65535 */
    int samples;           /* of a pixel: 1, 3 or 4 */
    int bits_allocated;    /* of a sample: 8 or 16; RLE also 24, 32 ... 64 */
} pel__codec_frame;

/**
 * A way pixels are compressed. A frame is `size` bytes in one piece: fragments are joined before.
 * `name` is the file's, for messages.
 */
typedef struct pel__codec {
    const char *name; /* "JPEG 2000" */

    /**
     * `out` gets rows*columns*samples numbers of bits_allocated/8 bytes (24 bits: three) in the
     * machine's order, row by row, the samples of a pixel together. They are what was coded, put
     * into the low bits: colours are not changed (YBR stays YBR; what JPEG 2000 transforms inside
     * the codestream comes back as RGB), nothing is rescaled, and a number the codestream calls
     * signed fills the cell as two's complement. Chroma at half size is brought to full size.
     *
     * PEL_EFORMAT: the codestream is damaged, cut short, or has other sizes than `frame`.
     * PEL_EUNSUPPORTED: a process this build does not decode. PEL_EMEMORY: beyond the job's limit.
     * `out` then holds anything. Bytes after the end of the codestream are not looked at.
     */
    pel_status (*decode)(void *out, const pel__codec_frame *frame, const uint8_t *bytes,
                         int64_t size, const char *name);

    /* memory taken beyond `out`: at most this for each sample of the frame, and PEL__CODEC_BYTES */
    int sample_bytes;

    /* no codestream gives more bytes of pixels than this for one of its own: what claims more can
     * be refused before `out` is got */
    int64_t ratio;
} pel__codec;

enum { PEL__CODEC_BYTES = 16 << 20 };

extern const pel__codec pel__codec_rle;      /* DICOM PS3.5 annex G */
extern const pel__codec pel__codec_jpeg;     /* ITU-T T.81: every process DICOM names */
extern const pel__codec pel__codec_jpegls;   /* ITU-T T.87 */
extern const pel__codec pel__codec_jpeg2000; /* ITU-T T.800, through OpenJPEG */

/** What a JPEG codestream itself says (Adobe's marker, names of components) of three samples; where
 * the file's photometric interpretation says otherwise, it is that which is wrong. JFIF's marker is
 * written with any colours. */
typedef enum pel__codec_colours {
    PEL__CODEC_UNSAID,
    PEL__CODEC_RGB,
    PEL__CODEC_YBR
} pel__codec_colours;

pel__codec_colours pel__codec_jpeg_colours(const uint8_t *bytes, int64_t size);

/* for the codecs themselves */

/** Numbers of a frame. */
int64_t pel__codec_count(const pel__codec_frame *frame);

/** PEL_EFORMAT naming both, unless the codestream (`what`: "JPEG") is as large as `frame` and its
 * samples fit into the bits allocated. */
pel_status pel__codec_same(const pel__codec_frame *frame, int64_t rows, int64_t columns,
                           int samples, int bits, const char *what, const char *name);

/** Turn `count` bytes at the start of `out` into numbers of 16 bits, in place. */
void pel__codec_widen(void *out, int64_t count);

#endif
