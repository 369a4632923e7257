/* SPDX-License-Identifier: Apache-2.0 */
/* span.h: least and greatest of rows, element by element; one function per voxel type, built from
 * span_tmpl.c. */
#ifndef PEL_KERNELS_SPAN_H
#define PEL_KERNELS_SPAN_H

#include <pellucid/base.h>

/** lo[i] = min(lo[i], in[i]), hi[i] = max(hi[i], in[i]), all of one type; NaN changes neither. */
typedef void pel__span(void *lo, void *hi, const void *in, int64_t count);

pel__span pel__span_c_u8, pel__span_c_i8, pel__span_c_u16, pel__span_c_i16, pel__span_c_u32;
pel__span pel__span_c_i32, pel__span_c_u64, pel__span_c_i64, pel__span_c_f32, pel__span_c_f64;

#endif
