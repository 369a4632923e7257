/* SPDX-License-Identifier: Apache-2.0 */
/* lines.c: points joined to branches. */
#include <math.h>

#include <pellucid/mesh.h>

#include "base/memory.h"

pel_status pel_lines_new(pel_lines *out, int64_t points, int64_t branches)
{
    *out = (pel_lines){ 0 };
    pel_status s = pel__alloc_zero(&out->point, points + 1, sizeof *out->point, "lines");
    if (s == PEL_OK)
        s = pel__alloc_zero(&out->branch, branches + 1, sizeof *out->branch, "lines");
    if (s != PEL_OK) {
        pel_lines_free(out);
        return s;
    }
    out->points = points;
    out->branches = branches;
    return s;
}

void pel_lines_free(pel_lines *lines)
{
    pel__free(lines->point);
    pel__free(lines->branch);
    *lines = (pel_lines){ 0 };
}

void pel_lines_measure(pel_lines *lines)
{
    for (int64_t b = 0; b < lines->branches; b++) {
        pel_branch *branch = &lines->branch[b];
        pel_line_point *p = lines->point + branch->first;
        double sum = 0, length = 0;
        for (int64_t n = 0; n < branch->count; n++) {
            if (n) {
                double x = p[n].mm[0] - p[n - 1].mm[0], y = p[n].mm[1] - p[n - 1].mm[1];
                double z = p[n].mm[2] - p[n - 1].mm[2];
                length += sqrt(x * x + y * y + z * z);
            }
            p[n].along_mm = length;
            sum += p[n].radius_mm;
        }
        branch->length_mm = length;
        branch->radius_mm = branch->count ? sum / (double)branch->count : 0;
    }
}
