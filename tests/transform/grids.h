/* SPDX-License-Identifier: Apache-2.0 */
/* grids.h: volumes that the tests of this room make and compare. */
#ifndef PELLUCID_TESTS_GRIDS_H
#define PELLUCID_TESTS_GRIDS_H

#include "check.h"

/** A phantom as a volume. */
static inline pel_volume scene(const char *spec)
{
    pel_volume v;
    assert_ok(pel_phantom(&v, spec));
    return v;
}

/** Every voxel of `v` has the value that `of` has at the same place in the world. */
static inline void assert_nothing_moved(const pel_volume *v, const pel_volume *of)
{
    pel_affine of_from_mm;
    assert_true(pel_affine_invert(&of_from_mm, of->mm_from_ijk));
    for (int64_t k = 0; k < v->dims[2]; k++)
        for (int64_t j = 0; j < v->dims[1]; j++)
            for (int64_t i = 0; i < v->dims[0]; i++) {
                pel_vec3 at = { (double)i, (double)j, (double)k };
                at = pel_affine_point(of_from_mm, pel_affine_point(v->mm_from_ijk, at));
                assert_near(at.x, round(at.x), 1e-9);
                assert_near(at.y, round(at.y), 1e-9);
                assert_near(at.z, round(at.z), 1e-9);
                assert_near(pel_volume_at(v, i, j, k),
                            pel_volume_at(of, lround(at.x), lround(at.y), lround(at.z)), 0);
            }
}

#endif
