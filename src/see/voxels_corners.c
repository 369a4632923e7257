/* SPDX-License-Identifier: Apache-2.0 */
/* voxels_corners.c: corners given one by one: planes where they are some, else hexahedra whose
 * faces are sorted in every pixel. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/job.h"
#include "base/memory.h"
#include "base/status.h"
#include "see/voxels.h"
#include "volume/volume.h"

/* ---- corners ---- */

static int64_t corner_index(const pel__corners *c, int64_t i, int64_t j, int64_t k)
{
    return (k * (c->dims[1] + 1) + j) * (c->dims[0] + 1) + i;
}

static pel_status read_axis(double *out, const pel__corners *c, const pel_volume *v, char name)
{
    int64_t step[3], stride = 1;
    double slope, inter;
    pel__volume_scale(v, &slope, &inter);
    for (int a = 0; a < 3; a++) {
        if (!v->data || (v->dims[a] != c->dims[a] + 1 && v->dims[a] != 1))
            return pel__fail(PEL_EDATA,
                             "--corners: the %c of corners is an array of %lldx%lldx%lld; voxels "
                             "of %lldx%lldx%lld have corners of %lldx%lldx%lld",
                             name, (long long)v->dims[0], (long long)v->dims[1],
                             (long long)v->dims[2], (long long)c->dims[0], (long long)c->dims[1],
                             (long long)c->dims[2], (long long)c->dims[0] + 1,
                             (long long)c->dims[1] + 1, (long long)c->dims[2] + 1);
        // an axis one long holds for all, as numpy broadcasts
        step[a] = v->dims[a] == 1 ? 0 : stride;
        stride *= v->dims[a];
    }
    for (int64_t k = 0; k <= c->dims[2]; k++)
        for (int64_t j = 0; j <= c->dims[1]; j++)
            for (int64_t i = 0; i <= c->dims[0]; i++) {
                int64_t from = i * step[0] + j * step[1] + k * step[2];
                double x = slope * pel__stored_get(v->data, v->dtype, from) + inter;
                if (!isfinite(x))
                    return pel__fail(PEL_EDATA,
                                     "--corners: the %c of corner %lld,%lld,%lld is no number",
                                     name, (long long)i, (long long)j, (long long)k);
                out[corner_index(c, i, j, k)] = x;
            }
    return PEL_OK;
}

pel_status pel__corners_read(pel__corners *out, const pel_voxels_input *in)
{
    *out = (pel__corners){ .dims = { 0 } };
    memcpy(out->dims, in->values->dims, sizeof out->dims);
    int64_t count = (out->dims[0] + 1) * (out->dims[1] + 1) * (out->dims[2] + 1);
    pel_status s = PEL_OK;
    for (int a = 0; a < 3 && s == PEL_OK; a++) {
        s = pel__alloc(&out->at[a], count, sizeof *out->at[a], "corners");
        if (s == PEL_OK)
            s = read_axis(out->at[a], out, in->corners[a], "xyz"[a]);
    }
    return s;
}

void pel__corners_free(pel__corners *corners)
{
    for (int a = 0; a < 3; a++)
        pel__free(corners->at[a]);
    *corners = (pel__corners){ .dims = { 0 } };
}

static int64_t along(const pel__corners *c, int a, int64_t n)
{
    return corner_index(c, a == 0 ? n : 0, a == 1 ? n : 0, a == 2 ? n : 0);
}

// 1: rises with its own index alone, -1: falls, 0: neither
static int direction(const pel__corners *c, int a)
{
    const double *x = c->at[a];
    int64_t n[3];
    bool rises = true, falls = true;
    for (n[0] = 1; n[0] <= c->dims[a]; n[0]++) {
        double before = x[along(c, a, n[0] - 1)], now = x[along(c, a, n[0])];
        rises = rises && now >= before;
        falls = falls && now <= before;
    }
    for (n[2] = 0; n[2] <= c->dims[2]; n[2]++)
        for (n[1] = 0; n[1] <= c->dims[1]; n[1]++)
            for (n[0] = 0; n[0] <= c->dims[0]; n[0]++)
                if (x[corner_index(c, n[0], n[1], n[2])] != x[along(c, a, n[a])])
                    return 0;
    return rises ? 1 : falls ? -1 : 0;
}

static pel_status planes_along(pel__planes *out, const pel__corners *c, int a, bool falls,
                               int64_t stride)
{
    int64_t cells = c->dims[a];
    out->count = cells + 2;
    pel_status s = pel__alloc(&out->edge, out->count + 1, sizeof *out->edge, "planes");
    if (s == PEL_OK)
        s = pel__alloc(&out->at, out->count, sizeof *out->at, "planes");
    if (s != PEL_OK)
        return s;
    out->at[0] = out->at[cells + 1] = PEL__NOTHING;
    for (int64_t i = 0; i <= cells; i++)
        out->edge[i + 1] = c->at[a][along(c, a, falls ? cells - i : i)];
    for (int64_t i = 0; i < cells; i++)
        out->at[i + 1] = (falls ? cells - 1 - i : i) * stride;
    double margin = out->edge[cells + 1] - out->edge[1];
    out->edge[0] = out->edge[1] - margin;
    out->edge[cells + 2] = out->edge[cells + 1] + margin;
    return PEL_OK;
}

pel_status pel__corners_to_planes(bool *are, pel__cubes *grid, const pel__corners *corners)
{
    int way[3];
    int64_t count = (corners->dims[0] + 1) * (corners->dims[1] + 1) * (corners->dims[2] + 1);
    *are = true;
    for (int a = 0; a < 3; a++) {
        grid->lo[a] = INFINITY;
        grid->hi[a] = -INFINITY;
        for (int64_t n = 0; n < count; n++) {
            grid->lo[a] = fmin(grid->lo[a], corners->at[a][n]);
            grid->hi[a] = fmax(grid->hi[a], corners->at[a][n]);
        }
        if (!(grid->hi[a] - grid->lo[a] > 0) || !isfinite(grid->hi[a] - grid->lo[a]))
            return pel__fail(PEL_EDATA,
                             "--corners: every corner has the same %c, so the cubes "
                             "have no size along it",
                             "xyz"[a]);
        way[a] = direction(corners, a);
        *are = *are && way[a] != 0;
    }
    int64_t stride = 1;
    pel_status s = PEL_OK;
    for (int a = 0; a < 3 && *are && s == PEL_OK; a++) {
        s = planes_along(&grid->axis[a], corners, a, way[a] < 0, stride);
        stride *= corners->dims[a];
    }
    return s;
}
