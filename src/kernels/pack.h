/* SPDX-License-Identifier: Apache-2.0 */
/* pack.h: voxels of any type as one bit each, built from pack_tmpl.c; and bits as bytes again. */
#ifndef PEL_KERNELS_PACK_H
#define PEL_KERNELS_PACK_H

#include <pellucid/base.h>

/**
 * Bit i (of out[i / 64], lowest first) tells whether the value v = scale*in[i] + offset, in double,
 * lies in lo <= v <= hi; when lo > hi whether v >= lo or v <= hi. NaN lies nowhere. Bits behind the
 * last voxel of the last word are 0.
 */
typedef void pel__pack(uint64_t *out, const void *in, int64_t count, const double line[2],
                       const double range[2]);

pel__pack pel__pack_c_u8, pel__pack_c_i8, pel__pack_c_u16, pel__pack_c_i16, pel__pack_c_u32;
pel__pack pel__pack_c_i32, pel__pack_c_u64, pel__pack_c_i64, pel__pack_c_f32, pel__pack_c_f64;

/** In the order of pel_dtype. */
extern pel__pack *const pel__pack_all[10];

/**
 * As pel__pack() for stored numbers: x >= from, or x <= from unless `rising`; `from` is a number of
 * the type. For all but the types of 64 bits.
 */
typedef void pel__pack_from(uint64_t *out, const void *in, int64_t count, double from, bool rising);

pel__pack_from pel__pack_from_c_u8, pel__pack_from_c_i8, pel__pack_from_c_u16, pel__pack_from_c_i16;
pel__pack_from pel__pack_from_c_u32, pel__pack_from_c_i32, pel__pack_from_c_u64,
    pel__pack_from_c_i64, pel__pack_from_c_f32, pel__pack_from_c_f64;

/** In the order of pel_dtype. */
extern pel__pack_from *const pel__pack_from_all[10];

/** out[i] = bit i of `in`, 0 or 1. */
void pel__unpack(uint8_t *out, const uint64_t *in, int64_t count);

#endif
