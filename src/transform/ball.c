/* SPDX-License-Identifier: Apache-2.0 */
/* ball.c: for each row that a ball meets, how far it reaches along i. */
#include "transform/ball.h"

#include <math.h>

#include "base/memory.h"
#include "base/status.h"
#include "volume/volume.h"

// the greatest whole number of edges that stays within the rest of the radius
static int64_t within(double rest, double edge)
{
    return rest < 0 ? -1 : (int64_t)floor(sqrt(rest) / edge * (1 + 1e-12));
}

pel_status pel__ball_set(pel__ball *out, pel_length radius, const pel_volume *grid)
{
    pel_vec3 mm = pel_volume_spacing_mm(grid);
    double edge[3] = { mm.x, mm.y, mm.z };
    *out = (pel__ball){ 0 };
    if (radius.unit != PEL_MM && radius.unit != PEL_VX)
        return pel__fail(PEL_EPARAM, "a ball has a radius in mm, or in voxels as 2vx");
    if (!(radius.value >= 0))
        return pel__fail(PEL_EPARAM, "a ball has a radius of 0 or more");
    // 1 and a bit, so that 3 steps of 0.1 mm are within 0.3 mm
    double r = radius.value * (1 + 1e-9);
    for (int a = 0; a < 3; a++) {
        if (radius.unit == PEL_VX)
            edge[a] = 1;
        if (!(edge[a] > 0) || r / edge[a] > 30000)
            return pel__fail(PEL_EPARAM, "a ball of this radius is more than 30000 voxels wide");
        // what reaches beyond the grid from one end to the other finds nothing more
        int64_t far = (int64_t)(r / edge[a]);
        out->radius[a] = far < grid->dims[a] ? far : grid->dims[a];
    }
    int64_t across = 2 * out->radius[1] + 1, down = 2 * out->radius[2] + 1;
    out->rows = across * down;
    pel_status s = pel__alloc(&out->reach, out->rows, sizeof *out->reach, "a ball");
    for (int64_t n = 0; s == PEL_OK && n < out->rows; n++) {
        double y = (double)(n % across - out->radius[1]) * edge[1];
        double z = (double)(n / across - out->radius[2]) * edge[2];
        int64_t reach = within(r * r - y * y - z * z, edge[0]);
        out->reach[n] = (int16_t)(reach < out->radius[0] ? reach : out->radius[0]);
    }
    return s;
}
