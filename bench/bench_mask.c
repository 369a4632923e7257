/* SPDX-License-Identifier: Apache-2.0 */
/* bench_mask.c: distance, parts, ball morphology and Gaussian of a volume above a level:
 * bench_mask [VOLUME LEVEL]; peers/filters.py runs other tools on the same. */
#include <math.h>

#include "bench.h"

int main(int count, char **words)
{
    pel_volume volume, mask;
    if (count == 3)
        BENCH_OK(pel_read_volume(&volume, words[1], NULL));
    else
        BENCH_OK(pel_phantom(&volume, "head"));
    double bytes = (double)pel_volume_count(&volume);
    BENCH_OK(pel_threshold(&mask, &volume, count == 3 ? atof(words[2]) : 100, INFINITY));
    pel_distance_params distance = pel_distance_defaults();
    BENCH("distance", bytes, {
        pel_volume out;
        BENCH_OK(pel_distance(&out, &mask, &distance));
        pel_volume_free(&out);
    });
    pel_components_params components = pel_components_defaults();
    BENCH("components", bytes, {
        pel_volume out;
        int64_t found;
        BENCH_OK(pel_components(&out, NULL, &found, &mask, &components));
        pel_volume_free(&out);
    });
    static const char *const names[] = { "erode 3vx", "dilate 3vx", "open 3vx", "close 10vx" };
    static const int operations[] = { PEL_ERODE, PEL_DILATE, PEL_OPEN, PEL_CLOSE };
    for (int i = 0; i < 4; i++) {
        pel_morphology_params morphology = pel_morphology_defaults();
        morphology.operation = operations[i];
        morphology.radius = (pel_length){ i == 3 ? 10 : 3, PEL_VX };
        BENCH(names[i], bytes, {
            pel_volume out;
            BENCH_OK(pel_morphology(&out, &mask, &morphology));
            pel_volume_free(&out);
        });
    }
    pel_gaussian_params gaussian = pel_gaussian_defaults();
    gaussian.sigma = (pel_length){ 2, PEL_VX };
    BENCH("gaussian 2vx", bytes, {
        pel_volume out;
        BENCH_OK(pel_gaussian(&out, &volume, &gaussian));
        pel_volume_free(&out);
    });
    pel_volume_free(&mask);
    pel_volume_free(&volume);
    return 0;
}
