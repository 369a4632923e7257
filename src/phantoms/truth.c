/* SPDX-License-Identifier: Apache-2.0 */
/* truth.c: the words of a scene's truth. */
#include "phantoms/scene.h"

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
