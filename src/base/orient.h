/* SPDX-License-Identifier: Apache-2.0 */
/* orient.h: on which side of a line a point of the plane lies, without a rounding error. */
#ifndef PEL_BASE_ORIENT_H
#define PEL_BASE_ORIENT_H

#include <pellucid/base.h>

/**
 * 1 when a, b, c turn counter-clockwise (y up), -1 clockwise, 0 when they lie on one line: the sign
 * of the determinant of the exact coordinates (Shewchuk 1997), as long as no product over- or
 * underflows. NaN gives 0.
 */
int pel__orient(const double a[2], const double b[2], const double c[2]);

#endif
