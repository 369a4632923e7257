/* SPDX-License-Identifier: Apache-2.0 */
/* orientation.c: words for the directions of axes, "RAS", and what they mean. */
#include <ctype.h>
#include <string.h>

#include "base/maths.h"
#include "base/status.h"
#include "volume/volume.h"

pel_status pel__orientation_parse(pel__axes *out, const char *code)
{
    static const char letters[] = "LRPAIS";
    pel__axes axes = { 0 };
    int seen = 0;
    for (int a = 0; a < 3 && code[a]; a++) {
        const char *at = strchr(letters, toupper((unsigned char)code[a]));
        if (!at)
            break;
        int n = (int)(at - letters);
        axes.world[a] = n / 2;
        axes.sign[a] = n % 2 ? 1 : -1;
        seen |= 1 << n / 2;
    }
    if (strlen(code) != 3 || seen != 7)
        return pel__fail(PEL_EPARAM,
                         "'%s' is no orientation; it wants one letter each of L/R, P/A and I/S in "
                         "the order of the axes, such as RAS or LPI",
                         code);
    *out = axes;
    return PEL_OK;
}

pel_affine pel__orientation_affine(const pel__axes *axes, const double spacing_mm[3])
{
    pel_affine a = { 0 };
    for (int c = 0; c < 3; c++)
        a.m[axes->world[c]][c] = axes->sign[c] * spacing_mm[c];
    a.m[3][3] = 1;
    return a;
}
