/* SPDX-License-Identifier: Apache-2.0 */
/* vessel_lines.c: from a mask of vessels to their centre lines. */
#include <pellucid/pipeline.h>

#include "base/status.h"

pel_status pel_vessel_lines(pel_lines *out, const pel_volume *in, const pel_volume *mask,
                            double level, int polarity)
{
    pel_distance_params inside = pel_distance_defaults();
    pel_volume thin = { 0 }, distance_mm = { 0 };
    *out = (pel_lines){ 0 };
    pel_status s = pel_thin(&thin, mask);
    if (s == PEL_OK)
        s = pel_distance(&distance_mm, mask, &inside);
    const pel_skeleton_input from = { .thin = &thin,
                                      .distance_mm = &distance_mm,
                                      .values = in,
                                      .level = level,
                                      .dark = polarity == PEL_POLARITY_DARK };
    if (s == PEL_OK)
        s = pel_skeleton(out, &from);
    pel_volume_free(&thin);
    pel_volume_free(&distance_mm);
    return s;
}

int64_t pel_vessel_lines_memory(const pel_volume *shape)
{
    // then the thinned mask, the distances, and what a skeleton of one voxel in twenty takes
    int64_t voxels = pel_volume_count(shape), thinning = pel_thin_memory(shape);
    pel_distance_params inside = pel_distance_defaults();
    int64_t distance = pel_distance_schema.plan(&inside, shape),
            lines = 5 * voxels + voxels / 20 * 80;
    int64_t later = voxels + (distance > lines ? distance : lines);
    return thinning > later ? thinning : later;
}
