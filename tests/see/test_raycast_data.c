/* SPDX-License-Identifier: Apache-2.0 */
/* Real heads: one head stored in four axis orders gives one picture, and fixed point that of
 * float32. argv[1]: the data folder. */
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

/* one picture of a real volume under a look */
static bool draw_look(pel_image *out, const char *name, const char *look_name, int quality)
{
    char path[4096];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *there = fopen(path, "rb");
    if (!there)
        return false;
    fclose(there);
    pel_input_params input = pel_input_defaults();
    pel_camera_params camera = pel_camera_defaults();
    pel_raycast_params params = pel_raycast_defaults();
    pel_look look;
    pel_volume v;
    params.picture = "400";
    params.quality = quality;
    assert_ok(pel_input_read(&v, path, &input, false));
    assert_ok(pel_look_load(&look, look_name));
    assert_ok(pel_raycast(out, &v, &look, &camera, &params));
    pel_volume_free(&v);
    return true;
}

static void normal_is_reference_under_every_built_in_look(void **state)
{
    (void)state;
    static const char *const files[] = { "1_t1_heads/chris_t1.nii.gz",
                                         "1_t1_heads/head_1p6mm.nii.gz", "3_ct/headsq_ct.nii.gz",
                                         "8_vessels/chris_mra.nii.gz" };
    for (size_t f = 0; f < sizeof files / sizeof *files; f++)
        for (const char *const *look = pel_look_names(); *look; look++) {
            pel_image a, b;
            if (strcmp(*look, "labels") == 0)
                continue;
            if (!draw_look(&a, files[f], *look, 1)) {
                printf("skipped: no data at %s\n", folder);
                return;
            }
            assert_true(draw_look(&b, files[f], *look, 2));
            double square = 0;
            int off = 0, count = 400 * 400;
            for (int n = 0; n < count; n++) {
                int worst = 0;
                for (int c = 0; c < 3; c++) {
                    int d = ((uint8_t *)a.data)[3 * n + c] - ((uint8_t *)b.data)[3 * n + c];
                    square += d * d;
                    worst = abs(d) > worst ? abs(d) : worst;
                }
                off += worst > 1;
            }
            double psnr = 10 * log10(255.0 * 255 / (square / (3 * count) + 1e-9));
            printf("%s %s: %.1f dB, %.3f %% within 1/255\n", files[f], *look, psnr,
                   100 - 100.0 * off / count);
            assert_true(psnr >= 50);
            assert_true(off <= count / 1000);
            pel_image_free(&a);
            pel_image_free(&b);
        }
}

int main(int count, char **words)
{
    folder = count > 1 ? words[1] : "../shared/data";
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_head_in_four_axis_orders_gives_one_picture),
        cmocka_unit_test(normal_is_reference_under_every_built_in_look),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
