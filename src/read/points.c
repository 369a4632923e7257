/* SPDX-License-Identifier: Apache-2.0 */
/* points.c: points as lines of three numbers, as spreadsheets and other programs list them. */
#include <string.h>

#include "base/status.h"
#include "mesh/mesh.h"
#include "read/formats.h"
#include "read/whole.h"

// commas and semicolons are blanks
static int cut_numbers(double out[3], char *line)
{
    int count = 0;
    for (char *c = line; *c; c++)
        if (*c == ',' || *c == ';')
            *c = ' ';
    for (char *word; count < 3 && (word = pel__cut_word(&line)); count++)
        if (!pel__word_number(&out[count], word))
            return count ? -1 : 0;
    return count;
}

static pel_status read_lines(pel_mesh *out, pel__whole *file)
{
    pel_status s = PEL_OK;
    int64_t number = 0;
    for (char *line; s == PEL_OK && (line = pel__whole_line(file));) {
        double point[3];
        number++;
        int count = *line == '#' ? 0 : cut_numbers(point, line);
        // words alone are a heading
        if (count == 0)
            continue;
        if (count != 3)
            return pel__fail(PEL_EFORMAT, "%s: line %lld has no three numbers X,Y,Z", file->name,
                             (long long)number);
        s = pel__mesh_resize(out, out->points + 1, 0);
        for (int a = 0; a < 3 && s == PEL_OK; a++)
            out->point_mm[out->points - 1][a] = (float)point[a];
    }
    return s == PEL_OK ? pel__during(pel_mesh_check(out), "%s", file->name) : s;
}

pel_status pel_read_points(pel_mesh *out, const char *path)
{
    *out = (pel_mesh){ 0 };
    if (pel_can_read_mesh(path))
        return pel_read_mesh(out, path);
    pel_read_params params = pel_read_defaults();
    pel__opening opening = { .params = &params };
    pel__whole file = { 0 };
    pel_status s = pel__hash_new(&opening.hash);
    if (s == PEL_OK)
        s = pel__open_path(&opening, path);
    if (s == PEL_OK)
        s = pel__whole_read(&file, opening.bytes);
    if (s == PEL_OK)
        s = read_lines(out, &file);
    pel__whole_free(&file);
    pel__opening_free(&opening);
    if (s != PEL_OK)
        pel_mesh_free(out);
    return s;
}
