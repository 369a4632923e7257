/* SPDX-License-Identifier: Apache-2.0 */
/* widen.c: the table of widening loops, in the order of pel_dtype. */
#include "kernels/widen.h"

pel__widen *const pel__widen_all[10] = {
    pel__widen_c_u8,  pel__widen_c_i8,  pel__widen_c_u16, pel__widen_c_i16, pel__widen_c_u32,
    pel__widen_c_i32, pel__widen_c_u64, pel__widen_c_i64, pel__widen_c_f32, pel__widen_c_f64,
};
