/* SPDX-License-Identifier: Apache-2.0 */
/* jpeg_encode.h: JPEG codestreams for tests, lossless and sequential DCT, after ITU-T T.81. */
#ifndef PELLUCID_TESTS_READ_JPEG_ENCODE_H
#define PELLUCID_TESTS_READ_JPEG_ENCODE_H

#include "codecs.h"

/** The Huffman tables: all codes short, or most of them longer than decoders look up at once. */
typedef enum jpeg_codes { JPEG_SHORT, JPEG_LONG } jpeg_codes;

/** How to encode; zeroed is: one scan, no restarts, all components at full size. */
typedef struct jpeg_way {
    int precision;
    int selection, point; /* lossless: predictor 1 to 7, bits left out */
    int restart;          /* MCUs; 0: none */
    bool apart;           /* a scan for each component */
    jpeg_codes codes;
    int h[4], v[4]; /* DCT: sampling factors; 0: 1 */
    int quantum;    /* DCT: of every coefficient */
    bool wide;      /* DCT: 16-bit quantization tables */
} jpeg_way;

/** Numbers of a frame as lossless JPEG (SOF3); what `point` cuts off is lost. */
codecs_stream jpeg_lossless(const pel__codec_frame *frame, const void *numbers,
                            const jpeg_way *way);

/**
 * Numbers of a frame as extended sequential JPEG (SOF1). `*decoded` becomes what an exact decoder
 * gives, as real numbers: the quantized coefficients by the definition of the inverse transform,
 * brought to full size by linear interpolation between the centres of samples; malloc'd.
 */
codecs_stream jpeg_dct(const pel__codec_frame *frame, const void *numbers, const jpeg_way *way,
                       double **decoded);

/** Where the payload of the first segment with this marker begins. */
size_t jpeg_segment(const codecs_stream *stream, int marker);

#endif
