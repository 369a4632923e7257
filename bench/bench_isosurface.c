/* SPDX-License-Identifier: Apache-2.0 */
/* bench_isosurface.c: the surface of a volume at a level, its smoothing and its reduction to a
 * tenth: bench_isosurface [VOLUME LEVEL]; peers/isosurface.py runs other tools on the same. */
#include "bench.h"

static pel_mesh copy_of(const pel_volume *volume, const pel_isosurface_params *params)
{
    pel_mesh mesh;
    BENCH_OK(pel_isosurface(&mesh, volume, params));
    return mesh;
}

int main(int count, char **words)
{
    pel_volume volume;
    if (count == 3)
        BENCH_OK(pel_read_volume(&volume, words[1], NULL));
    else
        BENCH_OK(pel_phantom(&volume, "head"));
    pel_isosurface_params params = pel_isosurface_defaults();
    params.level = count == 3 ? atof(words[2]) : 50;
    double bytes = (double)pel_volume_bytes(&volume);
    pel_mesh mesh = { 0 };
    BENCH("isosurface", bytes, {
        pel_mesh_free(&mesh);
        mesh = copy_of(&volume, &params);
    });
    printf("isosurface,%lld triangles\n", (long long)mesh.triangles);
    pel_topology topology;
    double mesh_bytes = (double)pel_mesh_bytes(&mesh);
    BENCH("topology", mesh_bytes, BENCH_OK(pel_mesh_topology(&topology, &mesh)));
    pel_smooth_params smooth = pel_smooth_defaults();
    smooth.smooth = 20;
    pel_smoothed smoothed;
    double start = bench_now();
    BENCH_OK(pel_smooth(&mesh, &smoothed, &smooth));
    printf("smooth 20,%.2f ms,mean shift %.4f mm\n", 1e3 * (bench_now() - start),
           smoothed.mean_shift_mm);
    pel_reduce_params reduce = pel_reduce_defaults();
    reduce.keep_fraction = 0.1;
    reduce.sum_errors = true;
    pel_reduced reduced;
    start = bench_now();
    BENCH_OK(pel_reduce(&mesh, &reduced, &reduce));
    printf("reduce to 0.1,%.2f ms,%lld to %lld triangles, error at most %.4f mm\n",
           1e3 * (bench_now() - start), (long long)reduced.triangles_before,
           (long long)reduced.triangles_after, reduced.error_mm);
    pel_mesh_free(&mesh);
    pel_volume_free(&volume);
    return 0;
}
