/* SPDX-License-Identifier: Apache-2.0 */
/* lines.c: centre lines as a table or as a PLY of points and edges. */
#include <string.h>

#include "base/outfile.h"
#include "base/status.h"
#include "base/text.h"
#include "write/write.h"

bool pel_can_write_lines(const char *path)
{
    return pel__ends_with(path, ".csv") || pel__ends_with(path, ".ply");
}

// a thousandth of a thousandth of a millimetre
static void add_number(pel__text *to, double value, char after)
{
    char number[32];
    pel__format_number(number, (double)(int64_t)(value * 1e6 + (value < 0 ? -0.5 : 0.5)) / 1e6);
    pel__text_add(to, "%s%c", number, after);
}

static void add_table(pel__text *to, const pel_lines *lines)
{
    pel__text_add(to, "branch,from,to,x_mm,y_mm,z_mm,radius_mm,along_mm,length_mm\n");
    for (int64_t b = 0; b < lines->branches; b++) {
        const pel_branch *branch = &lines->branch[b];
        for (int64_t n = 0; n < branch->count; n++) {
            const pel_line_point *p = &lines->point[branch->first + n];
            pel__text_add(to, "%lld,%lld,%lld,", (long long)b, (long long)branch->from,
                          (long long)branch->to);
            for (int a = 0; a < 3; a++)
                add_number(to, p->mm[a], ',');
            add_number(to, p->radius_mm, ',');
            add_number(to, p->along_mm, ',');
            add_number(to, branch->length_mm, '\n');
        }
    }
}

static void add_head(pel__text *to, const pel_lines *lines, const char *provenance)
{
    pel__text_add(to, "ply\nformat ascii 1.0\ncomment coordinates: %s\n",
                  lines->oriented ? "RAS mm" : "mm, orientation unknown");
    pel__text_add(to, "comment pellucid %s\n", pel_version());
    if (provenance)
        pel__text_add(to, "comment %s\n", provenance);
    pel__text_add(to,
                  "element vertex %lld\nproperty float x\nproperty float y\nproperty float z\n"
                  "property float radius\nproperty int branch\n"
                  "element edge %lld\nproperty int vertex1\nproperty int vertex2\nend_header\n",
                  (long long)lines->points, (long long)(lines->points - lines->branches));
}

static void add_points_and_edges(pel__text *to, const pel_lines *lines)
{
    for (int64_t b = 0; b < lines->branches; b++)
        for (int64_t n = 0; n < lines->branch[b].count; n++) {
            const pel_line_point *p = &lines->point[lines->branch[b].first + n];
            for (int a = 0; a < 3; a++)
                add_number(to, p->mm[a], ' ');
            add_number(to, p->radius_mm, ' ');
            pel__text_add(to, "%lld\n", (long long)b);
        }
    for (int64_t b = 0; b < lines->branches; b++)
        for (int64_t n = 1; n < lines->branch[b].count; n++)
            pel__text_add(to, "%lld %lld\n", (long long)(lines->branch[b].first + n - 1),
                          (long long)(lines->branch[b].first + n));
}

pel_status pel_write_lines(const char *path, const pel_lines *lines, const char *provenance)
{
    pel__text text = { 0 };
    pel_status s = PEL_OK;
    if (pel__ends_with(path, ".csv"))
        add_table(&text, lines);
    else if (pel__ends_with(path, ".ply")) {
        add_head(&text, lines, provenance);
        add_points_and_edges(&text, lines);
    } else
        return pel__fail(
            PEL_EPARAM, "%s: its ending is none that lines are written to; use .csv or .ply", path);
    if (text.failed)
        s = pel__fail(PEL_EMEMORY, "%s: no memory for lines", path);
    if (s == PEL_OK)
        s = pel_write_text(path, text.text);
    pel__text_free(&text);
    return s;
}
