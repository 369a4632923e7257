/* SPDX-License-Identifier: Apache-2.0 */
/* codec_j2k.h: what a JPEG 2000 codestream (ITU-T T.800) will cost, before it is decoded. */
#ifndef PEL_READ_CODEC_J2K_H
#define PEL_READ_CODEC_J2K_H

#include "read/codec.h"

enum { PEL__J2K_SAMPLE_BYTES = 32 };

/**
 * Find the codestream in a frame (it may lie in JP2 boxes), and walk over all its headers. Its
 * sizes are those of `frame`, every tile is there with all parts it promises, and what a decoder
 * keeps for its tiles, precincts, code-blocks and layers is within PEL__J2K_SAMPLE_BYTES for a
 * sample and PEL__CODEC_BYTES. The marker of its end (EOC) may be missing: `*ended` is then false.
 */
pel_status pel__j2k_check(const pel__codec_frame *frame, const uint8_t **bytes, int64_t *size,
                          bool *ended, const char *name);

#endif
