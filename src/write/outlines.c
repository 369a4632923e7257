/* SPDX-License-Identifier: Apache-2.0 */
/* outlines.c: closed outlines within slices, as a table or as SVG, one after the other. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "base/outfile.h"
#include "base/status.h"
#include "base/text.h"
#include "write/write.h"

enum { ENOUGH = 1 << 16 }; /* bytes that are gathered before they are written */

struct pel_outlines {
    pel__outfile file;
    bool svg;
    char unit[8];
    int64_t slice, contours; // of the slice; -1: none yet
    pel__text text;
};

bool pel_can_write_outlines(const char *path)
{
    return pel__ends_with(path, ".csv") || pel__ends_with(path, ".svg");
}

static pel_status put(pel_outlines *to, size_t keep)
{
    if (to->text.failed)
        return pel__fail(PEL_EMEMORY, "%s: no memory for an outline", to->file.path);
    if (to->text.length <= keep)
        return PEL_OK;
    pel_status s = pel__outfile_write(&to->file, to->text.text, (int64_t)to->text.length);
    pel__text_free(&to->text);
    return s;
}

static void add_number(pel__text *to, const char *before, double value)
{
    char number[32];
    // a thousand times finer than any voxel: what is beyond is rounding
    pel__format_number(number, floor(value * 1e6 + 0.5) / 1e6);
    pel__text_add(to, "%s%s", before, number);
}

static void start_svg(pel_outlines *to, const double lo[2], const double hi[2])
{
    double width = hi[0] - lo[0], height = hi[1] - lo[1];
    add_number(&to->text, "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"", width);
    add_number(&to->text, strcmp(to->unit, "mm") == 0 ? "mm\" height=\"" : "px\" height=\"",
               height);
    add_number(&to->text, strcmp(to->unit, "mm") == 0 ? "mm\" viewBox=\"" : "px\" viewBox=\"",
               lo[0]);
    add_number(&to->text, " ", lo[1]);
    add_number(&to->text, " ", width);
    add_number(&to->text, " ", height);
    pel__text_add(&to->text, "\" fill=\"#00000022\" stroke=\"#c00000\" stroke-width=\"0.2%%\" "
                             "fill-rule=\"evenodd\">\n");
}

pel_status pel_outlines_open(pel_outlines **out, const char *path, const double lo[2],
                             const double hi[2], const char *unit)
{
    *out = NULL;
    if (!pel_can_write_outlines(path))
        return pel__fail(PEL_EPARAM,
                         "%s: its ending is none that outlines are written to; use "
                         ".csv or .svg",
                         path);
    pel_outlines *o;
    pel_status s = pel__alloc_zero(&o, 1, sizeof *o, "a file of outlines");
    if (s != PEL_OK)
        return s;
    o->svg = pel__ends_with(path, ".svg");
    o->slice = -1;
    snprintf(o->unit, sizeof o->unit, "%s", unit);
    s = pel__outfile_open(&o->file, path);
    if (s != PEL_OK) {
        pel_outlines_close(o);
        return s;
    }
    if (o->svg)
        start_svg(o, lo, hi);
    else
        pel__text_add(&o->text, "slice,contour,hole,point,x_%s,y_%s,z_%s\n", unit, unit, unit);
    *out = o;
    return PEL_OK;
}

static void add_rows(pel_outlines *to, bool hole, const double (*point)[3], int64_t points)
{
    for (int64_t n = 0; n < points; n++) {
        pel__text_add(&to->text, "%lld,%lld,%d,%lld", (long long)to->slice, (long long)to->contours,
                      hole, (long long)n);
        for (int a = 0; a < 3; a++)
            add_number(&to->text, ",", point[n][a]);
        pel__text_add(&to->text, "\n");
    }
}

static void add_path(pel_outlines *to, const double (*point)[3], int64_t points)
{
    for (int64_t n = 0; n < points; n++) {
        add_number(&to->text, n ? " L" : " M", point[n][0]);
        add_number(&to->text, " ", point[n][1]);
    }
    pel__text_add(&to->text, " Z");
}

static void end_slice(pel_outlines *to)
{
    if (to->svg && to->slice >= 0)
        pel__text_add(&to->text, "\"/></g>\n");
}

pel_status pel_outlines_add(pel_outlines *to, int64_t slice, bool hole, const double (*point)[3],
                            int64_t points)
{
    if (slice != to->slice) {
        end_slice(to);
        if (to->svg)
            pel__text_add(&to->text, "<g id=\"slice-%lld\"><path d=\"", (long long)slice);
        to->slice = slice;
        to->contours = 0;
    }
    if (to->svg)
        add_path(to, point, points);
    else
        add_rows(to, hole, point, points);
    to->contours++;
    return put(to, ENOUGH);
}

pel_status pel_outlines_commit(pel_outlines *outlines)
{
    end_slice(outlines);
    if (outlines->svg)
        pel__text_add(&outlines->text, "</svg>\n");
    pel_status s = put(outlines, 0);
    return s == PEL_OK ? pel__outfile_commit(&outlines->file) : s;
}

void pel_outlines_close(pel_outlines *outlines)
{
    if (!outlines)
        return;
    pel__outfile_close(&outlines->file);
    pel__text_free(&outlines->text);
    pel__free(outlines);
}
