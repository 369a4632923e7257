/* SPDX-License-Identifier: Apache-2.0 */
/* orient.c: a rounded determinant where it is sure, else the exact one as a sum of doubles. */
#include "base/orient.h"

#include <math.h>

// a*b as high + low, exactly (Dekker 1971)
static void product(double out[2], double a, double b)
{
    const double split = 134217729; // 2^27 + 1
    double ta = split * a, tb = split * b;
    double ah = ta - (ta - a), al = a - ah, bh = tb - (tb - b), bl = b - bh;
    out[1] = a * b;
    out[0] = al * bl - (((out[1] - ah * bh) - al * bh) - ah * bl);
}

// add a number to a sum of `count` doubles that do not overlap, smallest first
static int grow(double *sum, int count, double more)
{
    int kept = 0;
    for (int i = 0; i < count; i++) {
        double s = more + sum[i], b = s - more;
        double rest = (more - (s - b)) + (sum[i] - b);
        more = s;
        if (rest != 0)
            sum[kept++] = rest;
    }
    if (more != 0)
        sum[kept++] = more;
    return kept;
}

static int exact(const double a[2], const double b[2], const double c[2])
{
    // (a - c) x (b - c) multiplied out; cx*cy falls away
    const double terms[6][2] = { { a[0], b[1] },  { -a[0], c[1] }, { -c[0], b[1] },
                                 { -a[1], b[0] }, { a[1], c[0] },  { c[1], b[0] } };
    double sum[12], part[2];
    int count = 0;
    for (int i = 0; i < 6; i++) {
        product(part, terms[i][0], terms[i][1]);
        count = grow(sum, count, part[0]);
        count = grow(sum, count, part[1]);
    }
    return count == 0 ? 0 : (sum[count - 1] > 0) - (sum[count - 1] < 0);
}

int pel__orient(const double a[2], const double b[2], const double c[2])
{
    double left = (a[0] - c[0]) * (b[1] - c[1]), right = (a[1] - c[1]) * (b[0] - c[0]);
    double det = left - right, bound = 3.3306690738754716e-16 * (fabs(left) + fabs(right));
    if (det > bound || -det > bound)
        return det > 0 ? 1 : -1;
    return exact(a, b, c);
}
