/* SPDX-License-Identifier: Apache-2.0 */
/* exact.h: elementary functions with the same bits on every machine, where libm's may differ. */
#ifndef PEL_BASE_EXACT_H
#define PEL_BASE_EXACT_H

#include <pellucid/base.h>

/** e^x within 2 ulp; 0 below -708, infinity above 709. */
double pel__exp(double x);

/** Natural logarithm within 2 ulp; x > 0 and finite. */
double pel__log(double x);

/** x^y for x >= 0; 0^0 is 1. */
double pel__pow(double x, double y);

/** Sine and cosine of degrees; exact at multiples of 90. */
double pel__sin_degrees(double degrees);
double pel__cos_degrees(double degrees);

/** The angle (0 to pi, radian) of a direction with sine >= 0; any length but 0. */
double pel__angle(double cosine, double sine);

#endif
