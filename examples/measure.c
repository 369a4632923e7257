/* SPDX-License-Identifier: Apache-2.0 */
/* measure.c: how many millilitres of a scan are brighter than a value: measure [SCAN [VALUE]]. */
#include <stdio.h>
#include <stdlib.h>

#include <pellucid/pellucid.h>

int main(int count, char **words)
{
    const char *name = count > 1 ? words[1] : "phantom:sphere?radius=30";
    double level = count > 2 ? atof(words[2]) : 50;

    pel_input_params params = pel_input_defaults();
    pel_volume volume;
    if (pel_input_read(&volume, name, &params, false) != PEL_OK) {
        fprintf(stderr, "measure: %s\n", pel_error());
        return 1;
    }
    int64_t above = 0;
    for (int64_t k = 0; k < volume.dims[2]; k++)
        for (int64_t j = 0; j < volume.dims[1]; j++)
            for (int64_t i = 0; i < volume.dims[0]; i++)
                above += pel_volume_at(&volume, i, j, k) > level;
    pel_vec3 edge = pel_volume_spacing_mm(&volume);
    printf("%.2f ml above %g\n", (double)above * edge.x * edge.y * edge.z / 1000, level);
    pel_volume_free(&volume);
    return 0;
}
