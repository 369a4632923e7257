/* SPDX-License-Identifier: Apache-2.0 */
/* Surfaces along rays: depths against geometry and against a search by small steps; bands. */
#include "scene.h"

static pel_vec3 slope = { 0.31, -0.23, 0.17 };

static float ramp(pel_vec3 p)
{
    return (float)pel__dot(slope, p);
}

// a camera of its own for each number, every third in perspective
static pel_camera_params any_camera(int i)
{
    pel_camera_params camera = pel_camera_defaults();
    camera.elev = -85 + 31 * i % 170;
    camera.azim = 47 * i;
    camera.roll = 19 * i;
    camera.zoom = 1.3;
    camera.fov = i % 3 == 2 ? 35 : (double)NAN;
    return camera;
}

static pel_raycast_params surface(double level)
{
    pel_raycast_params params = pel_raycast_defaults();
    static const char *const names[] = { "value", "depth", "position", "voxel", "normal" };
    params.mode = PEL_FIRST;
    params.level = level;
    params.picture = "23x19";
    params.bits = 2;
    for (int i = 0; i < 5; i++)
        params.layer.item[params.layer.count++] = names[i];
    return params;
}

static pel_image draw(const pel_volume *v, const pel_camera_params *camera,
                      const pel_raycast_params *params)
{
    pel_image image;
    pel_look look = plain_look(1);
    assert_ok(pel_raycast(&image, v, &look, camera, params));
    return image;
}

static void ray_of(const pel_image *image, int64_t at, pel_vec3 *o, pel_vec3 *d)
{
    pel_camera_ray(&image->camera, (double)(at % image->width) + 0.5,
                   (double)(at / image->width) + 0.5, o, d);
}

static void the_depth_and_normal_of_a_plane_are_exact_for_any_camera_and_step(void **state)
{
    (void)state;
    pel_volume v = cube(25, 1.1);
    paint(&v, ramp);
    pel_vec3 down = pel__scale(pel__unit(slope), -1);
    int seen = 0;
    for (int i = 0; i < 12; i++) {
        pel_camera_params camera = any_camera(i);
        pel_raycast_params params = surface(0.4);
        params.step = (pel_length){ 0.3 + i, PEL_VX };
        params.clip_box = "0:24,0:24,0:24"; // beyond them values are constant
        pel_image image = draw(&v, &camera, &params);
        const float *depth = layer_of(&image, "depth"), *value = layer_of(&image, "value");
        for (int64_t n = 0; n < image.width * image.height; n++) {
            pel_vec3 o, d;
            ray_of(&image, n, &o, &d);
            double want = (0.4 - pel__dot(slope, o)) / pel__dot(slope, d);
            // what starts within the box at a higher value is seen on the box's face
            if (isnan(depth[n]) || value[n] > 0.4001f)
                continue;
            bool inner = true;
            seen++;
            assert_near(depth[n], want, 1e-4);
            assert_near(value[n], 0.4, 1e-6);
            pel_vec3 p = pel__plus(o, pel__scale(d, want));
            assert_near(layer_of(&image, "position")[3 * n + 1], p.y, 1e-4);
            assert_near(layer_of(&image, "voxel")[3 * n + 2], p.z / 1.1 + 12, 1e-4);
            const float *normal = layer_of(&image, "normal") + 3 * n;
            const float *ijk = layer_of(&image, "voxel") + 3 * n;
            // beside the border the gradient sees what is constant beyond it
            for (int a = 0; a < 3; a++)
                inner = inner && ijk[a] > 1 && ijk[a] < 23;
            if (!inner)
                continue;
            assert_near(normal[0], down.x, 1e-4);
            assert_near(normal[1], down.y, 1e-4);
            assert_near(normal[2], down.z, 1e-4);
        }
        pel_image_free(&image);
    }
    assert_true(seen > 500);
    pel_volume_free(&v);
}

static float ball(pel_vec3 p)
{
    return (float)(12 - pel__length(p));
}

static double sphere_error(double voxel)
{
    pel_volume v = cube((int64_t)(30 / voxel), voxel);
    paint(&v, ball);
    double worst = 0;
    for (int i = 0; i < 4; i++) {
        pel_camera_params camera = any_camera(i);
        pel_raycast_params params = surface(0);
        pel_image image = draw(&v, &camera, &params);
        const float *depth = layer_of(&image, "depth");
        for (int64_t n = 0; n < image.width * image.height; n++) {
            pel_vec3 o, d;
            ray_of(&image, n, &o, &d);
            double middle = -pel__dot(o, d);
            double apart = pel__length(pel__plus(o, pel__scale(d, middle)));
            if (apart > 10)
                continue;
            assert_true(depth[n] > 0);
            double want = middle - sqrt(144 - apart * apart);
            worst = fmax(worst, fabs((double)depth[n] - want));
            const float *normal = layer_of(&image, "normal") + 3 * n;
            pel_vec3 p = pel__scale(pel__plus(o, pel__scale(d, want)), 1 / 12.0);
            assert_true((double)normal[0] * p.x + (double)normal[1] * p.y +
                            (double)normal[2] * p.z >
                        0.999);
        }
        pel_image_free(&image);
    }
    pel_volume_free(&v);
    return worst;
}

// the grid's own error: interpolation errs with the square of the voxel
static void the_depth_of_a_sphere_converges_with_the_square_of_the_voxel(void **state)
{
    (void)state;
    double coarse = sphere_error(2), middle = sphere_error(1), fine = sphere_error(0.5);
    assert_true(coarse < 0.15);
    assert_true(middle < coarse / 3);
    assert_true(fine < middle / 3);
}

static uint32_t seed;

static float noise(pel_vec3 p)
{
    (void)p;
    seed = seed * 1664525u + 1013904223u;
    return (float)(seed >> 8) / 16777216.0f;
}

// the interpolated value in double, straight from its definition; NaN outside
static double interpolated(const pel_volume *v, const double ijk[3])
{
    int64_t n = v->dims[0], i[3];
    double t[3], sum = 0;
    for (int a = 0; a < 3; a++) {
        if (ijk[a] < -0.5 || ijk[a] > (double)n - 0.5)
            return NAN;
        i[a] = (int64_t)floor(ijk[a]);
        t[a] = ijk[a] - (double)i[a];
    }
    for (int c = 0; c < 8; c++) {
        int64_t at[3];
        double share = 1;
        for (int a = 0; a < 3; a++) {
            int up = c >> a & 1;
            at[a] = i[a] + up < 0 ? 0 : i[a] + up >= n ? n - 1 : i[a] + up;
            share *= up ? t[a] : 1 - t[a];
        }
        sum += share * (double)((const float *)v->data)[(at[2] * n + at[1]) * n + at[0]];
    }
    return sum;
}

// small steps, then halves: an independent way to the first crossing
static double search(const pel_volume *v, pel_vec3 o, pel_vec3 d, double level)
{
    pel_affine ijk_from_mm;
    assert_true(pel_affine_invert(&ijk_from_mm, pel__volume_affine(v)));
    pel_vec3 from = pel_affine_point(ijk_from_mm, o), by = pel_affine_direction(ijk_from_mm, d);
    double before = 0;
    for (double t = 0; t < 80; t += 0.002) {
        const double p[3] = { from.x + t * by.x, from.y + t * by.y, from.z + t * by.z };
        if (!(interpolated(v, p) >= level)) {
            before = t;
            continue;
        }
        double lo = before, hi = t;
        for (int i = 0; i < 50; i++) {
            double m = 0.5 * (lo + hi);
            const double q[3] = { from.x + m * by.x, from.y + m * by.y, from.z + m * by.z };
            if (interpolated(v, q) >= level)
                hi = m;
            else
                lo = m;
        }
        return hi;
    }
    return NAN;
}

static void crossings_of_noise_are_where_a_search_by_small_steps_finds_them(void **state)
{
    (void)state;
    seed = 7;
    pel_volume v = cube(14, 1.3);
    paint(&v, noise);
    int compared = 0, sooner = 0;
    for (int i = 0; i < 3; i++) {
        pel_camera_params camera = any_camera(i);
        pel_raycast_params params = surface(i == 1 ? 0.97 : 0.8);
        params.picture = "17";
        pel_image image = draw(&v, &camera, &params);
        const float *depth = layer_of(&image, "depth");
        for (int64_t n = 0; n < image.width * image.height; n++) {
            pel_vec3 o, d;
            ray_of(&image, n, &o, &d);
            double want = search(&v, o, d, params.level);
            // a peak lower than a small step is wide may be missed by the search alone
            if (isnan(want) || (double)depth[n] < want - 1e-4) {
                sooner += !isnan(depth[n]);
                continue;
            }
            assert_near(depth[n], want, 1e-4);
            compared++;
        }
        pel_image_free(&image);
    }
    assert_true(compared > 200);
    assert_true(sooner < 4);
    pel_volume_free(&v);
}

static float sheet(pel_vec3 p)
{
    return fabs(p.y) < 0.1 ? 1 : 0;
}

// one voxel thin, and seen however far apart samples are
static void a_thin_sheet_is_met_whatever_the_step(void **state)
{
    (void)state;
    pel_volume v = cube(31, 1);
    paint(&v, sheet);
    pel_camera_params camera;
    pel_raycast_params params;
    front_view(&camera, &params, "9", 1);
    params = surface(0.999);
    params.picture = "9";
    params.step = (pel_length){ 7, PEL_VX };
    pel_image image = draw(&v, &camera, &params);
    for (int n = 0; n < 81; n++)
        assert_near(layer_of(&image, "position")[3 * n + 1], 0.001, 1e-5);
    pel_image_free(&image);
    pel_volume_free(&v);
}

static void a_cut_is_a_surface_that_shows_the_data(void **state)
{
    (void)state;
    pel_volume v = cube(31, 1);
    paint(&v, ball);
    pel_camera_params camera;
    pel_raycast_params params;
    front_view(&camera, &params, "9", 1);
    params = surface(0);
    params.picture = "9";
    params.keep.item[params.keep.count++] = "mm: y <= 3";
    pel_image image = draw(&v, &camera, &params);
    for (int n = 0; n < 81; n++) {
        pel_vec3 p = { 4 - n % 9, 3, 4 - n / 9 };
        assert_near(layer_of(&image, "position")[3 * n + 1], 3, 1e-5);
        assert_near(layer_of(&image, "value")[n], ball(p), 1e-5);
        assert_near(layer_of(&image, "normal")[3 * n + 1], 1, 1e-6);
    }
    pel_image_free(&image);
    pel_volume_free(&v);
}

static float blocks(pel_vec3 p)
{
    return p.y > 4.6 || p.y < -7 ? 0 : p.x > 0 ? 17 : 3;
}

static void labels_are_met_at_the_faces_of_their_voxels(void **state)
{
    (void)state;
    pel_volume v = cube(21, 1);
    paint(&v, blocks);
    pel_camera_params camera;
    pel_raycast_params params;
    front_view(&camera, &params, "9", 1);
    params = surface(NAN);
    params.picture = "9";
    params.layer.item[params.layer.count++] = "label";
    pel_look look;
    pel_image image;
    assert_ok(pel_look_load(&look, "labels"));
    assert_ok(pel_raycast(&image, &v, &look, &camera, &params));
    for (int n = 0; n < 81; n++) {
        // the last voxel that is one has its centre at y = 4
        assert_near(layer_of(&image, "position")[3 * n + 1], 4.5, 1e-5);
        assert_near(layer_of(&image, "label")[n], n % 9 < 4 ? 17 : 3, 0);
    }
    pel_image_free(&image);
    pel_volume_free(&v);
}

static float along_y(pel_vec3 p)
{
    return (float)(10 - p.y);
}

// values rise by one per mm into the volume
static void a_band_takes_the_least_mean_and_greatest_between_its_depths(void **state)
{
    (void)state;
    pel_volume v = cube(41, 1);
    paint(&v, along_y);
    static const struct {
        const char *depth;
        double want[3];
    } cases[] = {
        { "0:5", { 4, 6.5, 9 } },          { "2:2", { 6, 6, 6 } },
        { "1.3:3.8", { 5.3, 6.55, 7.8 } }, { "-2:1", { 2, 3.5, 5 } },
        { "20:40", { 24, 27, 30 } }, // ends with the volume, at 30
        { "40:50", { NAN, NAN, NAN } },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        for (int stat = 0; stat < 3; stat++) {
            pel_camera_params camera;
            pel_raycast_params params;
            front_view(&camera, &params, "5", 1);
            params = surface(4);
            params.mode = PEL_BAND;
            params.picture = "5";
            params.depth = cases[i].depth;
            params.stat = stat;
            params.step = (pel_length){ 0.7, PEL_MM };
            params.clip_box = "0:40,0:40,0:40";
            pel_image image = draw(&v, &camera, &params);
            for (int n = 0; n < 25; n++) {
                // its end is met within a step; means of the cut off part by as much
                double most = i == 4 ? 0.5 : 2e-5;
                assert_near(((const float *)image.data)[n], cases[i].want[stat], most);
                assert_near(layer_of(&image, "value")[n], cases[i].want[stat], most);
                assert_near(layer_of(&image, "position")[3 * n + 1], 6, 1e-5);
            }
            pel_image_free(&image);
        }
    static const char *const wrong[] = { "", "3", "3:", "5:2", "a:b", "0:nan", "0:1:2", "0:20000" };
    pel_raycast_params params = surface(4);
    pel_camera_params camera = pel_camera_defaults();
    pel_look look = plain_look(1);
    params.mode = PEL_BAND;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        pel_image image;
        params.depth = wrong[i];
        assert_int_equal(pel_raycast(&image, &v, &look, &camera, &params), PEL_EPARAM);
        assert_error_says("--depth");
    }
    pel_volume_free(&v);
    assert_int_equal(pel_memory_in_use(), 0);
}

static float two_parts(pel_vec3 p)
{
    return pel__length(p) < 9 ? 100 + (float)(seed = seed * 5 + 1, (seed >> 20) % 10)
                              : 10 + (float)(seed = seed * 5 + 1, (seed >> 20) % 10);
}

// left to itself the level parts the two kinds of values there are: unlit, the surface shows it
static void the_level_left_open_parts_the_values_in_two(void **state)
{
    (void)state;
    pel_volume v = cube(31, 1);
    paint(&v, two_parts);
    pel_camera_params camera;
    pel_raycast_params params;
    front_view(&camera, &params, "3", 1);
    params = surface(NAN);
    params.picture = "3";
    pel_image image = draw(&v, &camera, &params);
    float level = layer_of(&image, "value")[4];
    assert_true(level > 19 && level < 100);
    assert_near(layer_of(&image, "position")[3 * 4 + 1], 9, 1);
    pel_image_free(&image);
    pel_volume_free(&v);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_depth_and_normal_of_a_plane_are_exact_for_any_camera_and_step),
        cmocka_unit_test(the_depth_of_a_sphere_converges_with_the_square_of_the_voxel),
        cmocka_unit_test(crossings_of_noise_are_where_a_search_by_small_steps_finds_them),
        cmocka_unit_test(a_thin_sheet_is_met_whatever_the_step),
        cmocka_unit_test(a_cut_is_a_surface_that_shows_the_data),
        cmocka_unit_test(labels_are_met_at_the_faces_of_their_voxels),
        cmocka_unit_test(a_band_takes_the_least_mean_and_greatest_between_its_depths),
        cmocka_unit_test(the_level_left_open_parts_the_values_in_two),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
