/* SPDX-License-Identifier: Apache-2.0 */
#include "grids.h"

static int notes;

static void count_note(void *user, const char *text)
{
    (void)user;
    (void)text;
    notes++;
}

static pel_status apply(pel_volume *volume, const pel_volume *mask)
{
    pel_job job = pel_job_defaults();
    notes = 0;
    job.note = count_note;
    pel_job *before = pel_job_use(&job);
    pel_status s = pel_mask_apply(volume, mask);
    pel_job_use(before);
    return s;
}

// whatever the order in which the mask is stored, the same voxels stay, and without a word
static void a_mask_in_any_axis_order_keeps_the_same_place(void **state)
{
    (void)state;
    static const char *const codes[] = { "RAS", "LPI", "SAR", "PIL" };
    for (int n = 0; n < 4; n++) {
        char spec[128];
        snprintf(spec, sizeof spec,
                 "sphere?dims=12,10,8&radius=3&center=1,2,-1&softness=0&orientation=%s", codes[n]);
        pel_volume volume = scene("slab?thickness=1000&dims=12,10,8&value=5"), mask = scene(spec);
        assert_ok(apply(&volume, &mask));
        assert_int_equal(notes, 0);
        for (int k = 0; k < 8; k++)
            for (int j = 0; j < 10; j++)
                for (int i = 0; i < 12; i++) {
                    pel_vec3 p = pel_affine_point(volume.mm_from_ijk, (pel_vec3){ i, j, k });
                    double r =
                        sqrt((p.x - 1) * (p.x - 1) + (p.y - 2) * (p.y - 2) + (p.z + 1) * (p.z + 1));
                    assert_near(pel_volume_at(&volume, i, j, k), r <= 3 ? 5 : NAN, 0);
                }
        pel_volume_free(&volume);
        pel_volume_free(&mask);
    }
}

static void another_grid_is_used_by_nearest_voxels_and_said(void **state)
{
    (void)state;
    // numbers around zero, many of them zero, on a coarser grid with the same middle
    pel_volume volume = scene("slab?thickness=1000&dims=10&value=5"),
               mask = scene("slab?thickness=0&softness=0&noise=1&dims=9&spacing=1.3&dtype=int8");
    int kept = 0;
    assert_ok(apply(&volume, &mask));
    assert_int_equal(notes, 1);
    for (int k = 0; k < 10; k++)
        for (int j = 0; j < 10; j++)
            for (int i = 0; i < 10; i++) {
                double keep =
                    pel_volume_at(&mask, lround((i - 4.5) / 1.3 + 4), lround((j - 4.5) / 1.3 + 4),
                                  lround((k - 4.5) / 1.3 + 4));
                assert_near(pel_volume_at(&volume, i, j, k), keep != 0 ? 5 : NAN, 0);
                kept += keep != 0;
            }
    assert_true(kept > 300 && kept < 900);
    pel_volume_free(&volume);
    pel_volume_free(&mask);
}

static void integers_become_the_lowest_there_is(void **state)
{
    (void)state;
    int16_t data[4] = { -1000, 40, 300, 20 };
    uint8_t keep[4] = { 0, 0, 1, 1 };
    pel_volume volume = { .dims = { 4, 1, 1 }, .dtype = PEL_INT16, .data = data };
    pel_volume mask = { .dims = { 4, 1, 1 }, .dtype = PEL_UINT8, .data = keep };
    assert_ok(apply(&volume, &mask));
    static const int16_t want[4] = { -1000, -1000, 300, 20 };
    assert_memory_equal(data, want, sizeof want);
}

static void masks_that_do_not_fit_are_refused(void **state)
{
    (void)state;
    float data[8] = { 0 };
    pel_volume volume = { .dims = { 4, 2, 1 }, .dtype = PEL_FLOAT32, .data = data };
    pel_volume mask = { .dims = { 2, 4, 1 }, .dtype = PEL_FLOAT32, .data = data };
    assert_int_equal(apply(&volume, &mask), PEL_EDATA);
    assert_error_says("2x4x1");
    mask = (pel_volume){ .dims = { 4, 2, 1 }, .channels = 3, .dtype = PEL_FLOAT32, .data = data };
    assert_int_equal(apply(&volume, &mask), PEL_EDATA);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_mask_in_any_axis_order_keeps_the_same_place),
        cmocka_unit_test(another_grid_is_used_by_nearest_voxels_and_said),
        cmocka_unit_test(integers_become_the_lowest_there_is),
        cmocka_unit_test(masks_that_do_not_fit_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
