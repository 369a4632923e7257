/* SPDX-License-Identifier: Apache-2.0 */
/* truth.c: sines that are the same everywhere, and the words of a scene's truth. */
#include "base/maths.h"
#include "phantoms/scene.h"

double pel__sine(double x)
{
    // fold to half a period around zero, where sin is odd and its series is short
    double turns = x * (1 / PEL_PI);
    int64_t n = (int64_t)(turns < 0 ? turns - 0.5 : turns + 0.5);
    double r = (x - (double)n * 3.141592653589793) - (double)n * 1.2246467991473532e-16, q = r * r;
    double s =
        r * (1 + q * (-1.0 / 6 +
                      q * (1.0 / 120 +
                           q * (-1.0 / 5040 +
                                q * (1.0 / 362880 +
                                     q * (-1.0 / 39916800 +
                                          q * (1.0 / 6227020800 + q * (-1.0 / 1307674368000 +
                                                                       q / 355687428096000))))))));
    return n & 1 ? -s : s;
}

void pel__truth_number(pel__text *json, const char *key, double value)
{
    char text[32];
    pel__format_number(text, value);
    pel__text_add(json, ",\"%s\":%s", key, text);
}

void pel__truth_point(pel__text *json, const char *key, pel_vec3 value)
{
    char x[32], y[32], z[32];
    pel__format_number(x, value.x);
    pel__format_number(y, value.y);
    pel__format_number(z, value.z);
    pel__text_add(json, ",\"%s\":[%s,%s,%s]", key, x, y, z);
}
