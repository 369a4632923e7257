/* SPDX-License-Identifier: Apache-2.0 */
/* Real heads: one head stored in four axis orders gives one picture. argv[1]: the data folder. */
#include "check.h"

static const char *folder;

static bool draw(pel_image *out, const char *name, int mode)
{
    char path[4096];
    snprintf(path, sizeof path, "%s/6_conformance/nifti_space/%s.nii.gz", folder, name);
    FILE *there = fopen(path, "rb");
    if (!there)
        return false;
    fclose(there);
    pel_input_params input = pel_input_defaults();
    pel_camera_params camera = pel_camera_defaults();
    pel_raycast_params params = pel_raycast_defaults();
    pel_look look;
    pel_volume v;
    input.orient = "RAS";
    params.picture = "150";
    params.mode = mode;
    assert_ok(pel_input_read(&v, path, &input, false));
    assert_ok(pel_look_load(&look, "auto"));
    assert_ok(pel_raycast(out, &v, &look, &camera, &params));
    pel_volume_free(&v);
    return true;
}

static void one_head_in_four_axis_orders_gives_one_picture(void **state)
{
    (void)state;
    static const char *const names[] = { "RAS", "LPI", "PIR", "SLA" };
    for (int mode = PEL_COMPOSITE; mode <= PEL_MIP; mode++) {
        pel_image first;
        if (!draw(&first, names[0], mode)) {
            printf("skipped: no data at %s\n", folder);
            return;
        }
        int shown = 0;
        for (int n = 0; n < 150 * 150; n++)
            shown += ((const uint8_t *)first.data)[3 * n] != ((const uint8_t *)first.data)[0];
        assert_true(shown > 2000);
        for (int i = 1; i < 4; i++) {
            pel_image next;
            assert_true(draw(&next, names[i], mode));
            for (int n = 0; n < 150 * 150 * 3; n++)
                assert_in_range(((const uint8_t *)next.data)[n] + 1,
                                ((const uint8_t *)first.data)[n],
                                ((const uint8_t *)first.data)[n] + 2);
            pel_image_free(&next);
        }
        pel_image_free(&first);
    }
}

int main(int count, char **words)
{
    folder = count > 1 ? words[1] : "../shared/data";
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_head_in_four_axis_orders_gives_one_picture),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
