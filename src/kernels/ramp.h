/* SPDX-License-Identifier: Apache-2.0 */
/* ramp.h: the C references of the ramp, one per voxel type, built from ramp_tmpl.c. */
#ifndef PEL_KERNELS_RAMP_H
#define PEL_KERNELS_RAMP_H

#include "kernels/kernels.h"

pel__ramp pel__ramp_c_u8, pel__ramp_c_i8, pel__ramp_c_u16, pel__ramp_c_i16, pel__ramp_c_u32;
pel__ramp pel__ramp_c_i32, pel__ramp_c_u64, pel__ramp_c_i64, pel__ramp_c_f32, pel__ramp_c_f64;

void pel__ramp_init_c(pel__kernels *out);

#endif
