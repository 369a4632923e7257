/* SPDX-License-Identifier: Apache-2.0 */
#include "check.h"

#include "base/exact.h"
#include "base/maths.h"

static void box(pel_vec3 out[8], double x, double y, double z)
{
    for (int c = 0; c < 8; c++)
        out[c] = (pel_vec3){ c & 1 ? x : -x, c & 2 ? y : -y, c & 4 ? z : -z };
}

static pel_camera aim(const pel_camera_params *params, int64_t width, int64_t height)
{
    pel_vec3 corners[8];
    pel_camera camera;
    box(corners, 80, 100, 90);
    assert_ok(pel_camera_aim(&camera, params, width, height, corners, true));
    return camera;
}

static void elementary_functions_agree_with_libm(void **state)
{
    (void)state;
    for (int i = -7000; i <= 7000; i++) {
        double x = i / 10.0;
        assert_near(pel__exp(x) / exp(x), 1, 4e-16);
        assert_near(pel__sin_degrees(x), sin(x * PEL_PI / 180), 4e-15);
        assert_near(pel__cos_degrees(x), cos(x * PEL_PI / 180), 4e-15);
    }
    for (int i = 1; i < 5000; i++) {
        assert_near(pel__log(i * 0.37), log(i * 0.37), 2e-15);
        assert_near(pel__pow(i / 5000.0, 12.5), pow(i / 5000.0, 12.5), 1e-14);
    }
    for (int turn = -8; turn <= 8; turn++) {
        assert_near(fabs(pel__sin_degrees(90 * turn)), turn & 1, 0);
        assert_near(fabs(pel__cos_degrees(90 * turn)), !(turn & 1), 0);
    }
    assert_near(pel__pow(0, 0), 1, 0);
    assert_near(pel__exp(-1000), 0, 0);
}

static void projecting_undoes_a_ray(void **state)
{
    (void)state;
    for (int i = 0; i < 60; i++) {
        pel_camera_params params = pel_camera_defaults();
        params.elev = -90 + 3.1 * i;
        params.azim = 37.0 * i;
        params.roll = 11.0 * i;
        params.fov = i & 1 ? 30.0 + i : (double)NAN;
        params.zoom = 1 + 0.1 * i;
        pel_camera camera = aim(&params, 640, 480);
        for (int p = 0; p < 20; p++) {
            double u = 32.5 * p, v = 470.25 - 21 * p, u2, v2, depth;
            pel_vec3 o, d;
            pel_camera_ray(&camera, u, v, &o, &d);
            assert_near(pel__length(d), 1, 1e-14);
            assert_true(
                pel_camera_project(&camera, pel__plus(o, pel__scale(d, 77 + p)), &u2, &v2, &depth));
            assert_near(u2, u, 1e-9);
            assert_near(v2, v, 1e-9);
            assert_near(depth, 77 + p, 1e-9);
        }
        double u, v, depth;
        pel_vec3 behind = pel__minus(camera.eye_mm, camera.forward);
        assert_false(pel_camera_project(&camera, behind, &u, &v, &depth));
    }
}

static void axes_are_a_right_handed_frame_at_every_angle(void **state)
{
    (void)state;
    for (int i = 0; i < 100; i++) {
        pel_camera_params params = pel_camera_defaults();
        params.elev = -90 + 1.8 * i;
        params.azim = 7.3 * i;
        params.roll = 3.7 * i;
        pel_camera c = aim(&params, 100, 100);
        pel_vec3 cross = pel__cross(c.right, c.down);
        assert_near(pel__length(pel__minus(cross, c.forward)), 0, 1e-14);
        assert_near(pel__dot(c.right, c.down), 0, 1e-14);
        assert_near(pel__length(c.right), 1, 1e-14);
    }
}

// matplotlib: the viewer stands at (cos e cos a, cos e sin a, sin e), z up in the picture
static void angles_are_matplotlibs(void **state)
{
    (void)state;
    pel_camera_params params = pel_camera_defaults();
    params.elev = 30;
    params.azim = -60;
    pel_camera c = aim(&params, 100, 100);
    assert_near(c.forward.x, -cos(PEL_PI / 6) * cos(PEL_PI / 3), 1e-15);
    assert_near(c.forward.y, cos(PEL_PI / 6) * sin(PEL_PI / 3), 1e-15);
    assert_near(c.forward.z, -0.5, 1e-15);
    assert_near(c.right.z, 0, 1e-15);
    assert_true(c.right.x > 0);
    assert_true(c.down.z < 0);
}

static void the_face_looks_at_the_viewer_when_it_is_known(void **state)
{
    (void)state;
    pel_camera_params params = pel_camera_defaults();
    pel_vec3 corners[8];
    pel_camera known, unknown;
    box(corners, 80, 100, 90);
    assert_ok(pel_camera_aim(&known, &params, 100, 100, corners, true));
    assert_ok(pel_camera_aim(&unknown, &params, 100, 100, corners, false));
    assert_true(known.forward.y < -0.5);
    assert_true(unknown.forward.y > 0.5);
}

static void views_show_the_named_side(void **state)
{
    (void)state;
    // forward, right and down of each view
    static const double want[6][9] = {
        { 0, -1, 0, -1, 0, 0, 0, 0, -1 }, { 0, 1, 0, 1, 0, 0, 0, 0, -1 },
        { 1, 0, 0, 0, -1, 0, 0, 0, -1 },  { -1, 0, 0, 0, 1, 0, 0, 0, -1 },
        { 0, 0, -1, 1, 0, 0, 0, -1, 0 },  { 0, 0, 1, -1, 0, 0, 0, -1, 0 },
    };
    for (int view = 1; view <= 6; view++) {
        pel_camera_params params = pel_camera_defaults();
        params.view = view;
        pel_camera c = aim(&params, 100, 100);
        const double got[9] = { c.forward.x, c.forward.y, c.forward.z, c.right.x, c.right.y,
                                c.right.z,   c.down.x,    c.down.y,    c.down.z };
        for (int i = 0; i < 9; i++)
            assert_near(got[i], want[view - 1][i], 0);
    }
}

static void a_view_of_an_unknown_side_is_refused(void **state)
{
    (void)state;
    pel_camera_params params = pel_camera_defaults();
    pel_vec3 corners[8];
    pel_camera camera;
    box(corners, 1, 1, 1);
    params.view = 1;
    assert_int_equal(pel_camera_aim(&camera, &params, 10, 10, corners, false), PEL_EDATA);
    assert_error_says("--assume");
}

static void roll_turns_the_picture_clockwise(void **state)
{
    (void)state;
    pel_camera_params params = pel_camera_defaults();
    params.view = 1;
    params.roll = 90;
    pel_camera c = aim(&params, 100, 100);
    double u, v, depth;
    // up on the head is now to the right
    assert_true(pel_camera_project(&c, (pel_vec3){ 0, 0, 50 }, &u, &v, &depth));
    assert_true(u > 60);
    assert_near(v, 50, 1e-9);
}

static void the_whole_box_is_in_the_picture_with_its_margin(void **state)
{
    (void)state;
    for (int i = 0; i < 40; i++) {
        pel_camera_params params = pel_camera_defaults();
        params.elev = -90 + 4.5 * i;
        params.azim = 29 * i;
        params.fov = i & 1 ? 5.0 + 3 * i : (double)NAN;
        pel_camera c = aim(&params, 300, 200);
        double lo = 1e9, most = 0;
        for (int n = 0; n < 8; n++) {
            double u, v, depth;
            pel_vec3 p = { n & 1 ? 80 : -80, n & 2 ? 100 : -100, n & 4 ? 90 : -90 };
            assert_true(pel_camera_project(&c, p, &u, &v, &depth));
            most = fmax(most, fmax(fabs(u - 150) / 150, fabs(v - 100) / 100));
            lo = fmin(lo, depth);
        }
        assert_near(most, 0.96, 1e-9);
        assert_true(lo >= 0);
    }
}

static void a_given_scale_is_exact(void **state)
{
    (void)state;
    pel_camera_params params = pel_camera_defaults();
    params.mm_per_pixel = 0.2;
    pel_camera c = aim(&params, 100, 100);
    assert_near(c.mm_per_pixel, 0.2, 0);
    params.fov = 30;
    pel_vec3 corners[8];
    box(corners, 1, 1, 1);
    assert_int_equal(pel_camera_aim(&c, &params, 10, 10, corners, true), PEL_EPARAM);
    assert_error_says("--fov");
}

static void the_eye_plane_does_not_depend_on_the_angle(void **state)
{
    (void)state;
    pel_camera_params params = pel_camera_defaults();
    // half diagonal of the box: sqrt(80^2 + 100^2 + 90^2) = 156.5, so 256 mm
    for (int i = 0; i < 10; i++) {
        params.azim = 36 * i;
        assert_near(pel__length(aim(&params, 10, 10).eye_mm), 256, 1e-12);
    }
}

static const char *const photograph =
    "{\"size\": [640, 480], \"fx\": 700, \"fy\": 710, \"cx\": 319.5, \"cy\": 239.5,"
    " \"distortion\": [-0.2, 0.1, 0.001, -0.002, 0.01],"
    " \"R\": [[1, 0, 0], [0, 0, -1], [0, 1, 0]], \"t\": [5, 6, 300]}";

static void same_camera(const pel_camera *a, const pel_camera *b, double most)
{
    for (int i = 0; i < 30; i++) {
        pel_vec3 o, d, p, q;
        double u = (double)a->width * (i % 6) / 5, v = (double)a->height * (i / 6) / 4;
        pel_camera_ray(a, u, v, &o, &d);
        pel_camera_ray(b, u, v, &p, &q);
        assert_near(pel__length(pel__minus(o, p)), 0, most);
        assert_near(pel__length(pel__minus(d, q)), 0, most);
    }
}

static void a_camera_comes_back_from_its_json(void **state)
{
    (void)state;
    for (int i = 0; i < 4; i++) {
        pel_camera_params params = pel_camera_defaults();
        pel_camera camera, back;
        params.elev = 13;
        params.roll = 7 * i;
        params.fov = i == 1 ? 31 : (double)NAN;
        camera = aim(&params, 300, 200);
        if (i == 2)
            assert_ok(pel_camera_from_json(&camera, photograph));
        if (i == 3)
            camera.right = pel__scale(camera.right, -1); // of an array whose sides are unknown
        char *json = pel_camera_to_json(&camera), within[2048];
        snprintf(within, sizeof within, "{\"version\": \"x\", \"camera\": %s}", json);
        assert_ok(pel_camera_from_json(&back, json));
        same_camera(&camera, &back, 1e-12);
        assert_ok(pel_camera_from_json(&back, within));
        same_camera(&camera, &back, 1e-12);
        free(json);
    }
}

// R looks along world y, its down is -z: the middle of the picture is the axis, half a pixel on
static void a_photographs_camera_is_read_as_opencv_means_it(void **state)
{
    (void)state;
    pel_camera c;
    assert_ok(pel_camera_from_json(&c, photograph));
    pel_vec3 o, d;
    pel_camera_ray(&c, 320, 240, &o, &d);
    assert_near(d.y, 1, 1e-12);
    assert_near(o.x, -5, 1e-12);
    assert_near(o.y, -300, 1e-12);
    assert_near(o.z, 6, 1e-12);
    double u, v, depth;
    assert_true(pel_camera_project(&c, (pel_vec3){ -5, 0, 6 }, &u, &v, &depth));
    assert_near(u, 320, 1e-9);
    assert_near(v, 240, 1e-9);
    assert_near(depth, 300, 1e-12);
    // up in the world is up in the picture
    assert_true(pel_camera_project(&c, (pel_vec3){ -5, 0, 20 }, &u, &v, &depth));
    assert_true(v < 240);
    assert_false(pel_camera_project(&c, (pel_vec3){ 0, -400, 0 }, &u, &v, &depth));
}

static void distortion_is_undone_to_a_ten_billionth_of_a_pixel(void **state)
{
    (void)state;
    pel_camera c;
    assert_ok(pel_camera_from_json(&c, photograph));
    for (int i = 0; i < 300; i++) {
        double u = 640.0 * (i % 20) / 19, v = 480.0 * (i / 20) / 14, u2, v2, depth;
        pel_vec3 o, d;
        pel_camera_ray(&c, u, v, &o, &d);
        assert_near(pel__length(d), 1, 1e-15);
        assert_true(pel_camera_project(&c, pel__plus(o, pel__scale(d, 250)), &u2, &v2, &depth));
        assert_near(u2, u, 2e-10);
        assert_near(v2, v, 2e-10);
        assert_near(depth, 250, 1e-10);
    }
    // a lens that folds the picture's corners over: no ray ends there
    c.distortion[0] = -1;
    c.distortion[1] = 0;
    pel_vec3 o, d;
    pel_camera_ray(&c, 0, 0, &o, &d);
    assert_true(pel__dot(d, c.forward) < 0);
}

static void a_given_camera_is_scaled_to_the_picture_and_stands_alone(void **state)
{
    (void)state;
    pel_vec3 corners[8];
    pel_camera c, twice;
    pel_camera_params params = pel_camera_defaults();
    box(corners, 80, 100, 90);
    params.camera = photograph;
    assert_ok(pel_camera_aim(&c, &params, 640, 480, corners, false));
    assert_ok(pel_camera_aim(&twice, &params, 1280, 960, corners, false));
    assert_int_equal(twice.height, 960);
    pel_vec3 o, d, p, q;
    pel_camera_ray(&c, 100, 70, &o, &d);
    pel_camera_ray(&twice, 200, 140, &p, &q);
    assert_near(pel__length(pel__minus(d, q)), 0, 1e-12);
    assert_int_equal(pel_camera_aim(&c, &params, 640, 640, corners, false), PEL_EPARAM);
    assert_error_says("another shape");
    params.elev = 10;
    assert_int_equal(pel_camera_aim(&c, &params, 640, 480, corners, false), PEL_EPARAM);
    assert_error_says("leave out --elev");
    params.camera = "/nowhere/camera.json";
    params.elev = (double)NAN;
    assert_int_equal(pel_camera_aim(&c, &params, 640, 480, corners, false), PEL_EIO);
    assert_error_says("camera file");
}

static void a_wrong_camera_says_what_is_wrong(void **state)
{
    (void)state;
#define SIZE "\"size\": [64, 48], "
#define POSE "\"R\": [1, 0, 0, 0, 1, 0, 0, 0, 1], \"t\": [0, 0, 1]"
#define K    "\"K\": [[9, 0, 1], [0, 9, 1], [0, 0, 1]], "
    static const struct {
        const char *json, *says;
    } wrong[] = {
        { "", "no JSON" },
        { "[1]", "a JSON object" },
        { "{}", "size of its picture" },
        { "{\"size\": [64], " K POSE "}", "width and height" },
        { "{\"size\": [64, 0.5], " K POSE "}", "size of its picture" },
        { "{" SIZE POSE "}", "\"fx\" wants" },
        { "{" SIZE "\"K\": [[9, 0, 1], [0, 9, 1]], " POSE "}", "three rows" },
        { "{" SIZE "\"K\": [[9, 0.1, 1], [0, 9, 1], [0, 0, 1]], " POSE "}", "skewed" },
        { "{" SIZE "\"K\": [[-9, 0, 1], [0, 9, 1], [0, 0, 1]], " POSE "}", "above 0" },
        { "{" SIZE K "\"t\": [0, 0, 1]}", "\"R\" wants" },
        { "{" SIZE K "\"R\": [1, 0, 0, 0, 1, 0, 0, 0, 1]}", "\"t\" wants" },
        { "{" SIZE K "\"R\": [2, 0, 0, 0, 1, 0, 0, 0, 1], \"t\": [0, 0, 1]}", "right angles" },
        { "{" SIZE K "\"R\": [-1, 0, 0, 0, 1, 0, 0, 0, 1], \"t\": [0, 0, 1]}", "mirror" },
        { "{" SIZE K "\"R\": [[1, 0, \"a\"]], \"t\": [0, 0, 1]}", "\"R\" wants" },
        { "{" SIZE K "\"distortion\": [1, 2], " POSE "}", "4, 5 or 8" },
        { "{" SIZE K "\"distortion\": 1, " POSE "}", "4, 5 or 8" },
        { "{" SIZE "\"eye_mm\": [0, 0], \"right\": [1, 0, 0]}", "\"eye_mm\" wants" },
        { "{" SIZE "\"eye_mm\": [0, 0, 0], \"right\": [1, 0, 0], \"down\": [0, 1, 0],"
          " \"forward\": [0, 0, 1]}",
          "\"mm_per_pixel\" wants" },
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        pel_camera c;
        assert_int_not_equal(pel_camera_from_json(&c, wrong[i].json), PEL_OK);
        assert_error_says(wrong[i].says);
        assert_int_equal(c.width, 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(elementary_functions_agree_with_libm),
        cmocka_unit_test(projecting_undoes_a_ray),
        cmocka_unit_test(axes_are_a_right_handed_frame_at_every_angle),
        cmocka_unit_test(angles_are_matplotlibs),
        cmocka_unit_test(the_face_looks_at_the_viewer_when_it_is_known),
        cmocka_unit_test(views_show_the_named_side),
        cmocka_unit_test(a_view_of_an_unknown_side_is_refused),
        cmocka_unit_test(roll_turns_the_picture_clockwise),
        cmocka_unit_test(the_whole_box_is_in_the_picture_with_its_margin),
        cmocka_unit_test(a_given_scale_is_exact),
        cmocka_unit_test(the_eye_plane_does_not_depend_on_the_angle),
        cmocka_unit_test(a_camera_comes_back_from_its_json),
        cmocka_unit_test(a_photographs_camera_is_read_as_opencv_means_it),
        cmocka_unit_test(distortion_is_undone_to_a_ten_billionth_of_a_pixel),
        cmocka_unit_test(a_given_camera_is_scaled_to_the_picture_and_stands_alone),
        cmocka_unit_test(a_wrong_camera_says_what_is_wrong),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
