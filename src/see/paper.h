/* SPDX-License-Identifier: Apache-2.0 */
/* paper.h: how large a figure is to be. */
#ifndef PEL_SEE_PAPER_H
#define PEL_SEE_PAPER_H

#include <pellucid/base.h>

/**
 * "16cm", "160mm", "6in", "1200px" or "1200" (pixels at `dpi`) as a width, and behind an x a
 * height; NaN where it was not given. PEL_EPARAM names what is wrong.
 */
pel_status pel__paper_size(double *width_pt, double *height_pt, const char *text, double dpi);

#endif
