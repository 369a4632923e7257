/* SPDX-License-Identifier: Apache-2.0 */
/* paper.c: sizes of figures and ranges of values from their texts. */
#include "see/paper.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/params.h"
#include "base/status.h"
#include "base/text.h"

static double points_of(const char *text, double dpi)
{
    pel_length length;
    if (!pel__parse_length(&length, text) || !(length.value > 0) || !isfinite(length.value))
        return NAN;
    bool mm = pel__ends_with(text, "mm");
    switch (length.unit) {
    case PEL_CM:
        return length.value / 2.54 * 72;
    case PEL_IN:
        return length.value * 72;
    case PEL_VX:
        return NAN;
    default:
        return mm ? length.value / 25.4 * 72 : length.value / dpi * 72;
    }
}

pel_status pel__paper_size(double *width_pt, double *height_pt, const char *text, double dpi)
{
    *width_pt = *height_pt = NAN;
    if (!text)
        return PEL_OK;
    // the x of "px" is followed by nothing or another x
    const char *cross = strchr(text, 'x');
    if (cross && cross > text && cross[-1] == 'p')
        cross = strchr(cross + 1, 'x');
    char width[64];
    snprintf(width, sizeof width, "%.*s", cross ? (int)(cross - text) : 63, text);
    *width_pt = points_of(width, dpi);
    if (cross)
        *height_pt = points_of(cross + 1, dpi);
    if (isnan(*width_pt) || (cross && isnan(*height_pt)))
        return pel__fail(PEL_EPARAM,
                         "--size is '%s'; it wants a width such as 16cm, 6in or 1200px, or width "
                         "and height such as 1200x800",
                         text);
    return PEL_OK;
}
