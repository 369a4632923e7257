/* SPDX-License-Identifier: Apache-2.0 */
/* ramp.c: the table of C ramps, in the order of pel_dtype. */
#include "kernels/ramp.h"

#include <string.h>

void pel__ramp_init_c(pel__kernels *out)
{
    static pel__ramp *const all[PEL__RAMP_TYPES] = {
        pel__ramp_c_u8,  pel__ramp_c_i8,  pel__ramp_c_u16, pel__ramp_c_i16, pel__ramp_c_u32,
        pel__ramp_c_i32, pel__ramp_c_u64, pel__ramp_c_i64, pel__ramp_c_f32, pel__ramp_c_f64,
    };
    memcpy(out->ramp, all, sizeof all);
}
