/* SPDX-License-Identifier: Apache-2.0 */
/* samples.h: numbers of any number of bits, packed as TIFF packs them. */
#ifndef PEL_READ_SAMPLES_H
#define PEL_READ_SAMPLES_H

#include <pellucid/volume.h>

/** How numbers lie, and what becomes of them. Whole bytes are in the machine's order. */
typedef struct pel__samples {
    int bits; /* 1 to 32 and 64; floats 16, 24, 32, 64 */
    bool is_signed, is_float;
    bool invert;     /* the largest number becomes zero: unsigned integers only */
    bool swapped_24; /* 24 bits came in the machine's order, not the highest first */
} pel__samples;

/** The smallest type that holds them all. */
pel_dtype pel__samples_dtype(const pel__samples *samples);

/** True when they need no change at all. */
bool pel__samples_are_plain(const pel__samples *samples);

/** `count` numbers, the first bit the highest of packed[0], to an array of the dtype. */
void pel__samples_unpack(const pel__samples *samples, void *out, const uint8_t *packed,
                         int64_t count);

/** How far the numbers of a colour map are shifted to be eight bits: 0 where all are below 256,
 * else 8. */
int pel__samples_map_shift(uint16_t *const map[3], int bits);

/** Colours of `count` indices (uint8 up to 8 bits, else uint16) as RGB in eight bits. */
void pel__samples_map(uint8_t *out, const void *index, int64_t count, int bits,
                      uint16_t *const map[3], int shift);

#endif
