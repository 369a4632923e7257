/* SPDX-License-Identifier: Apache-2.0 */
/* bench_vessels.c: responses of one scale, and of ten, on 256^3 noise with a tube in it:
 * bench_vessels [EDGE]; peers/vessels_skimage.py runs scikit-image on the same work. */
#include <math.h>

#include "bench.h"

int main(int count, char **words)
{
    static const struct {
        const char *name, *scales;
        int method;
    } cases[] = { { "frangi, one scale of 2 voxels", "2", PEL_VESSELS_FRANGI },
                  { "jerman, one scale of 2 voxels", "2", PEL_VESSELS_JERMAN },
                  { "jerman, ten scales of 0.6 to 4", "0.6:4:10", PEL_VESSELS_JERMAN },
                  { "oof, one radius of 2.8 voxels", "2", PEL_VESSELS_OOF } };
    int edge = count > 1 ? atoi(words[1]) : 256;
    pel_volume volume;
    char spec[100];
    snprintf(spec, sizeof spec, "tubes?dims=%d&spacing=1&noise=5", edge);
    BENCH_OK(pel_phantom(&volume, spec));
    for (int i = 0; i < 4; i++) {
        pel_vessels_params p = pel_vessels_defaults();
        p.method = cases[i].method;
        p.scales = cases[i].scales;
        BENCH(cases[i].name, (double)pel_volume_count(&volume), {
            pel_volume out;
            BENCH_OK(pel_vessels(&out, NULL, &volume, NULL, &p));
            pel_volume_free(&out);
        });
    }
    pel_volume_free(&volume);
    return 0;
}
