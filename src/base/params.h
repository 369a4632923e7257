/* SPDX-License-Identifier: Apache-2.0 */
/* params.h: what operations need of their own tables. */
#ifndef PEL_BASE_PARAMS_H
#define PEL_BASE_PARAMS_H

#include <pellucid/base.h>

/** The value of choice number `index` of "a|b|c" in `out`; false past the end. */
bool pel__choice(char out[64], const char *choices, int index);

/** A length with its unit: "12", "2vx", "30cm". */
bool pel__parse_length(pel_length *out, const char *text);

/** "1,2,3" or "2x3x4" (when `separator` is 'x'). */
bool pel__parse_numbers(pel_numbers *out, const char *text, char separator);

/**
 * "LO:HI", the lower number first; PEL_EPARAM names `option` and the text. When `open` an end that
 * is left out is infinite, else both are finite.
 */
pel_status pel__parse_range(double range[2], const char *text, const char *option, bool open);

/** A length in mm, given the size of a voxel; NaN for px, cm and in of paper. */
double pel__length_mm(pel_length length, double voxel_mm);

#endif
