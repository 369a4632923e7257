/* SPDX-License-Identifier: Apache-2.0 */
/* bench_voxels.c: cubes of a head on a page of 1181x1181 pixels: all of them, 50^3, and with edges.
 */
#include "bench.h"

int main(void)
{
    static const struct {
        const char *name;
        int64_t side; /* voxels along each axis; 0: as they are */
        const char *edge;
        int hidden;
    } cases[] = {
        { "voxels/whole", 0, "none", 0 },
        { "voxels/50^3", 50, "none", 0 },
        { "voxels/50^3 edges", 50, "#0008", 0 },
        { "voxels/50^3 hide", 50, "none", 1 },
    };
    pel_volume head;
    BENCH_OK(pel_phantom(&head, "head"));
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        pel_volume small = { 0 };
        pel_look look;
        double n = (double)cases[i].side;
        const pel_numbers sides = { 3, { n, n, n } };
        if (cases[i].side)
            BENCH_OK(pel_resize(&small, &head, &sides));
        const pel_volume *drawn = cases[i].side ? &small : &head;
        pel_voxels_params params = pel_voxels_defaults();
        params.edge = cases[i].edge;
        params.hidden = cases[i].hidden;
        BENCH_OK(pel_look_load(&look, "gray"));
        BENCH_OK(pel_voxels_fit(&look, drawn));
        const pel_voxels_input in = { .values = drawn, .look = &look };
        BENCH(cases[i].name, (double)pel_volume_bytes(drawn), {
            pel_figure figure;
            BENCH_OK(pel_voxels(&figure, &in, &params));
            pel_figure_free(&figure);
        });
        pel_volume_free(&small);
    }
    pel_volume_free(&head);
    return 0;
}
