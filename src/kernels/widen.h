/* SPDX-License-Identifier: Apache-2.0 */
/* widen.h: voxels of any type as doubles, one function per voxel type, built from widen_tmpl.c. */
#ifndef PEL_KERNELS_WIDEN_H
#define PEL_KERNELS_WIDEN_H

#include <pellucid/base.h>

/** out[i] = in[i], rounded to the nearest double. */
typedef void pel__widen(double *out, const void *in, int64_t count);

pel__widen pel__widen_c_u8, pel__widen_c_i8, pel__widen_c_u16, pel__widen_c_i16, pel__widen_c_u32;
pel__widen pel__widen_c_i32, pel__widen_c_u64, pel__widen_c_i64, pel__widen_c_f32, pel__widen_c_f64;

/** In the order of pel_dtype. */
extern pel__widen *const pel__widen_all[10];

#endif
