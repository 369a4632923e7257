/* SPDX-License-Identifier: Apache-2.0 */
/* ticks.h: where an axis is labelled, and with what. */
#ifndef PEL_IMAGE_TICKS_H
#define PEL_IMAGE_TICKS_H

#include <pellucid/base.h>

/** Evenly spaced ticks inside a range. Tick n stands at step * (first + n). */
typedef struct pel__ticks {
    int64_t first; /* in steps from zero */
    double step;
    int count;    /* 0: the range is empty or not finite */
    int decimals; /* of the labels */
    int exponent; /* labels are divided by ten to this: 0, or a multiple of three */
} pel__ticks;

/**
 * About `wanted` ticks at round numbers within lo to hi: the best by simplicity, coverage and
 * density after Talbot, Lin, Hanrahan: An Extension of Wilkinson's Algorithm for Positioning Tick
 * Labels on Axes, IEEE TVCG 16(6), 2010; ticks never lie outside the range.
 */
void pel__ticks_fit(pel__ticks *out, double lo, double hi, int wanted);

double pel__ticks_at(const pel__ticks *ticks, int n);

/** The label of tick n, with a true minus sign, UTF-8. */
void pel__ticks_label(const pel__ticks *ticks, int n, char out[48]);

/** Ten to a whole power, exactly rounded. */
double pel__power_of_ten(int exponent);

/** " ×10³" for an axis whose labels are divided; "" for exponent 0. */
void pel__exponent_text(int exponent, char out[48]);

/** A number for people: at most `digits` significant ones, a true minus sign, no trailing zeros. */
void pel__number_text(double value, int digits, char out[48]);

#endif
