/* SPDX-License-Identifier: Apache-2.0 */
/* x86.h: what the x86 variants put into a kernel table. */
#ifndef PEL_KERNELS_X86_H
#define PEL_KERNELS_X86_H

#include "kernels/kernels.h"

void pel__ramp_init_avx2(pel__kernels *out);

#endif
