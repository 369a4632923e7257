/* SPDX-License-Identifier: Apache-2.0 */
/* test_turntable.c: cameras of a film: distinct, at one distance, all showing the whole scene. */
#include "check.h"

static pel_scene *scene;
static pel_vec3 corners[8];
static const pel_vec3 centre = { 4, 10, 2.5 };

static int make_scene(void **state)
{
    (void)state;
    pel_volume v;
    pel_look look;
    bool oriented;
    pel_volume shape = { .dims = { 8, 20, 5 }, .oriented = true, .unit_known = true };
    shape.mm_from_ijk = pel_affine_identity();
    for (int a = 0; a < 3; a++)
        shape.mm_from_ijk.m[a][3] = 0.5;
    assert_ok(pel_volume_like(&v, &shape, PEL_UINT8));
    memset(v.data, 7, 8 * 20 * 5);
    pel_raycast_params params = pel_raycast_defaults();
    params.picture = "120x90";
    assert_ok(pel_look_load(&look, "gray"));
    assert_ok(pel_scene_new(&scene, &v, &look, &params));
    pel_volume_free(&v);
    pel_scene_box(scene, corners, &oriented);
    return oriented ? 0 : -1;
}

static int free_scene(void **state)
{
    (void)state;
    pel_scene_free(scene);
    return 0;
}

static double dot(pel_vec3 a, pel_vec3 b)
{
    return a.x * b.x + a.y * b.y + a.z * b.z;
}

static double angle_between(pel_vec3 a, pel_vec3 b)
{
    return acos(fmin(1, fmax(-1, dot(a, b)))) * 180 / acos(-1);
}

static pel_camera *turn(int frames, double arc, const char *axis, const pel_camera_params *camera)
{
    pel_camera *cameras;
    pel_turntable_params params = pel_turntable_defaults();
    params.turntable = frames;
    params.arc = arc;
    params.axis = axis;
    assert_ok(pel_turntable(&cameras, scene, camera, &params));
    return cameras;
}

static void a_whole_turn_has_equal_steps_and_no_frame_twice(void **state)
{
    (void)state;
    pel_camera_params level = pel_camera_defaults();
    level.elev = 0;
    pel_camera *c = turn(8, 360, NULL, &level);
    for (int n = 0; n < 8; n++) {
        assert_near(angle_between(c[n].forward, c[(n + 1) % 8].forward), 45, 1e-9);
        for (int m = 0; m < n; m++)
            assert_true(angle_between(c[n].forward, c[m].forward) > 44);
    }
    pel_turntable_free(c);
}

static void an_arc_shows_both_its_ends(void **state)
{
    (void)state;
    pel_camera_params level = pel_camera_defaults();
    level.elev = 0;
    level.azim = 0;
    pel_camera *c = turn(5, -90, "S", &level);
    assert_near(angle_between(c[0].forward, c[4].forward), 90, 1e-9);
    assert_near(angle_between(c[0].forward, c[1].forward), 22.5, 1e-9);
    // from +x the other way: to -y
    assert_near(c[4].forward.y, 1, 1e-12);
    pel_turntable_free(c);
    c = turn(1, 90, NULL, &level);
    assert_near(c[0].forward.x, -1, 1e-12);
    pel_turntable_free(c);
}

static void cameras_turn_about_any_axis_through_the_middle(void **state)
{
    static const char *const axes[] = { "x", "L", "A", "0,1,1", "-1,2,0.5" };
    (void)state;
    pel_camera_params camera = pel_camera_defaults();
    for (int a = 0; a < 5; a++)
        for (int fov = 0; fov < 2; fov++) {
            camera.fov = fov ? 40 : NAN;
            pel_camera *c = turn(12, 360, axes[a], &camera);
            for (int n = 0; n < 12; n++) {
                pel_vec3 arm = { c[n].eye_mm.x - centre.x, c[n].eye_mm.y - centre.y,
                                 c[n].eye_mm.z - centre.z };
                double far = sqrt(dot(arm, arm));
                assert_near(dot(arm, c[n].forward), -far, 1e-9);
                assert_near(dot(c[n].right, c[n].down), 0, 1e-12);
                assert_near(dot(c[n].right, c[n].forward), 0, 1e-12);
                assert_near(dot(c[n].right, c[n].right), 1, 1e-12);
                pel_vec3 first = { c[0].eye_mm.x - centre.x, c[0].eye_mm.y - centre.y,
                                   c[0].eye_mm.z - centre.z };
                assert_near(far, sqrt(dot(first, first)), 1e-9);
            }
            pel_turntable_free(c);
        }
}

static void the_scene_fits_at_every_angle_and_fills_one(void **state)
{
    (void)state;
    pel_camera_params camera = pel_camera_defaults();
    for (int fov = 0; fov < 2; fov++) {
        camera.fov = fov ? 30 : NAN;
        pel_camera *c = turn(36, 360, "0.3,1,0.2", &camera);
        double widest = 0;
        for (int n = 0; n < 36; n++)
            for (int k = 0; k < 8; k++) {
                double u, v, depth;
                assert_true(pel_camera_project(&c[n], corners[k], &u, &v, &depth));
                widest = fmax(widest, fmax(fabs(u / 120 - 0.5), fabs(v / 90 - 0.5)));
                assert_near(c[n].mm_per_pixel, c[0].mm_per_pixel, 0);
            }
        assert_near(widest, 0.48, 1e-9);
        pel_turntable_free(c);
    }
}

static void what_was_asked_for_wins(void **state)
{
    (void)state;
    pel_camera_params camera = pel_camera_defaults();
    camera.mm_per_pixel = 0.25;
    pel_camera *c = turn(3, 360, NULL, &camera);
    assert_near(c[2].mm_per_pixel, 0.25, 0);
    pel_turntable_free(c);
    camera = pel_camera_defaults();
    pel_camera *plain = turn(3, 360, NULL, &camera);
    camera.zoom = 2;
    c = turn(3, 360, NULL, &camera);
    assert_near(c[1].mm_per_pixel * 2, plain[1].mm_per_pixel, 1e-15);
    pel_turntable_free(c);
    pel_turntable_free(plain);
}

static void wrong_axes_are_refused(void **state)
{
    static const char *const wrong[] = { "Q", "", "1,2", "0,0,0", "1,2,3,4" };
    (void)state;
    pel_camera *c;
    pel_camera_params camera = pel_camera_defaults();
    pel_turntable_params params = pel_turntable_defaults();
    assert_int_equal(pel_turntable(&c, scene, &camera, &params), PEL_EPARAM);
    params.turntable = 4;
    for (int i = 0; i < 5; i++) {
        params.axis = wrong[i];
        assert_int_equal(pel_turntable(&c, scene, &camera, &params), PEL_EPARAM);
        assert_null(c);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_whole_turn_has_equal_steps_and_no_frame_twice),
        cmocka_unit_test(an_arc_shows_both_its_ends),
        cmocka_unit_test(cameras_turn_about_any_axis_through_the_middle),
        cmocka_unit_test(the_scene_fits_at_every_angle_and_fills_one),
        cmocka_unit_test(what_was_asked_for_wins),
        cmocka_unit_test(wrong_axes_are_refused),
    };
    return cmocka_run_group_tests(tests, make_scene, free_scene);
}
