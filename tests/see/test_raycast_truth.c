/* SPDX-License-Identifier: Apache-2.0 */
/* The ray caster against what geometry says; errors are stated, and shrink as theory has it. */
#include "scene.h"

static float all_one(pel_vec3 p)
{
    (void)p;
    return 1;
}

/* the truth holds in fixed point as in float32, if only to the 16 bits of its pictures */
static bool fast;

static double slack(void)
{
    return fast ? 3e-5 : 0;
}

// RGBA in float32, whatever it was drawn in
static void widen(pel_image *image)
{
    int64_t count = image->width * image->height * 4;
    float *rgba = malloc((size_t)count * sizeof *rgba);
    assert_non_null(rgba);
    for (int64_t i = 0; i < count; i++)
        rgba[i] = (float)((uint16_t *)image->data)[i] / 65535;
    pel_image wide;
    assert_ok(pel_image_new(&wide, image->width, image->height, 4, PEL_FLOAT32));
    memcpy(wide.data, rgba, (size_t)count * sizeof *rgba);
    wide.mm_per_pixel = image->mm_per_pixel;
    wide.camera = image->camera;
    free(rgba);
    pel_image_free(image);
    *image = wide;
}

static pel_image draw(const pel_volume *v, const pel_look *look, const pel_camera_params *camera,
                      const pel_raycast_params *params)
{
    pel_image image;
    pel_raycast_params with = *params;
    if (fast) {
        with.bits = 1;
        assert_ok(pel_colour_parse(&with.background, "transparent"));
    }
    assert_ok(pel_raycast(&image, v, look, camera, &with));
    if (fast)
        widen(&image);
    return image;
}

static int in_fixed_point(void **state)
{
    (void)state;
    fast = true;
    return 0;
}

static int in_float32(void **state)
{
    (void)state;
    fast = false;
    return 0;
}

// the whole cube is one slab: 1 - exp(-mu L) at any angle, as path lengths are exact
static void a_slab_absorbs_by_beer_lambert_at_any_angle(void **state)
{
    (void)state;
    pel_volume v = cube(20, 1.3);
    paint(&v, all_one);
    pel_look look = plain_look(0.03);
    pel_camera_params camera;
    pel_raycast_params params;
    front_view(&camera, &params, "9x9", 1);
    for (int i = 0; i < 6; i++) {
        camera.azim = 90 + 7 * i;
        camera.elev = 5 * i;
        camera.roll = 31 * i;
        params.step = (pel_length){ 0.3 + 0.17 * i, PEL_MM };
        pel_image image = draw(&v, &look, &camera, &params);
        for (int64_t y = 0; y < 9; y++)
            for (int64_t x = 0; x < 9; x++) {
                pel_vec3 o, d;
                pel_camera_ray(&image.camera, (double)x + 0.5, (double)y + 0.5, &o, &d);
                double lo = -1e9, hi = 1e9, oa[3] = { o.x, o.y, o.z }, da[3] = { d.x, d.y, d.z };
                for (int a = 0; a < 3; a++) {
                    double t0 = (-13 - oa[a]) / da[a], t1 = (13 - oa[a]) / da[a];
                    lo = fmax(lo, fmin(t0, t1));
                    hi = fmin(hi, fmax(t0, t1));
                }
                const float *rgba = (const float *)image.data + 4 * (y * 9 + x);
                assert_near(rgba[3], 1 - exp(-0.03 * (hi - lo)), 2e-6 + slack());
                assert_near(rgba[0], 1, 1e-6);
            }
        pel_image_free(&image);
    }
    pel_volume_free(&v);
}

// a ball of 20 mm whose edge is `edge_mm` wide; 0: a voxel, so that it is as sharp as a grid can be
static double edge_mm, voxel_mm;

// an edge below 0: a thin soft shell instead, that wide on both sides of 20 mm
static double profile(double radius, double edge)
{
    if (edge < 0) {
        double off = (radius - 20) / edge, left = off * off < 1 ? 1 - off * off : 0;
        return left * left;
    }
    double t = (20 - radius) / edge + 0.5;
    t = t < 0 ? 0 : t > 1 ? 1 : t;
    return edge > voxel_mm ? t * t * (3 - 2 * t) : t;
}

static float ball(pel_vec3 p)
{
    return (float)profile(pel__length(p), edge_mm != 0 ? edge_mm : voxel_mm);
}

// what a ray at this distance from the middle gathers: the chord, or an integral of the soft edge
static double gathered(double r2)
{
    if (edge_mm == 0)
        return r2 < 400 ? 2 * sqrt(400 - r2) : 0;
    double sum = 0;
    for (double t = 0.005; t < 26; t += 0.01)
        sum += 0.02 * profile(sqrt(r2 + t * t), edge_mm);
    return sum;
}

// greatest error of 1 - exp(-mu chord) over a picture of the ball, the sharp one's rim left out
static double ball_error(double edge, double voxel, double step)
{
    pel_volume v = cube((int64_t)(52 / voxel), voxel);
    edge_mm = edge;
    voxel_mm = voxel;
    paint(&v, ball);
    pel_look look = plain_look(0.02);
    pel_camera_params camera;
    pel_raycast_params params;
    front_view(&camera, &params, "40", 1.2);
    camera.azim = 130;
    camera.elev = 20;
    params.step = (pel_length){ step, PEL_MM };
    pel_image image = draw(&v, &look, &camera, &params);
    double worst = 0;
    for (int i = 0; i < 1600; i++) {
        double x = 1.2 * (i % 40 - 19.5), y = 1.2 * (i / 40 - 19.5), r2 = x * x + y * y;
        if (edge == 0 && r2 > 17 * 17 && r2 < 23 * 23)
            continue;
        double alpha = (double)((const float *)image.data)[4 * i + 3];
        worst = fmax(worst, fabs(alpha - (1 - exp(-0.02 * gathered(r2)))));
    }
    pel_image_free(&image);
    pel_volume_free(&v);
    return worst;
}

// trilinear interpolation errs with the square of the voxel
static void a_soft_sphere_converges_with_the_square_of_the_voxel(void **state)
{
    (void)state;
    double coarse = ball_error(8, 2, 0.5), middle = ball_error(8, 1, 0.25),
           fine = ball_error(8, 0.5, 0.125);
    assert_true(coarse < 8e-3);
    assert_true(middle < coarse / 3.3);
    assert_true(fine < middle / 3.3);
}

static void a_thin_shell_converges_with_the_square_of_the_voxel(void **state)
{
    (void)state;
    double coarse = ball_error(-4, 2, 0.5), middle = ball_error(-4, 1, 0.25),
           fine = ball_error(-4, 0.5, 0.125);
    assert_true(coarse < 0.03);
    assert_true(middle < coarse / 3.3);
    assert_true(fine < middle / 3.3);
}

// 1 - exp(-mu chord): the grid's own blur of the edge is first order in the voxel
static void a_sharp_sphere_absorbs_along_its_chords(void **state)
{
    (void)state;
    double coarse = ball_error(0, 2, 0.5), middle = ball_error(0, 1, 0.25),
           fine = ball_error(0, 0.5, 0.125);
    assert_true(coarse < 0.012);
    assert_true(middle < coarse / 1.8);
    assert_true(fine < middle / 1.8);
}

static float ramp_along_ray(pel_vec3 p)
{
    return (float)(0.5 + p.y / 40);
}

// opacity mu*(0.5 + y/40) through 40 mm, seen along -y; colour grey by value
static double ramp_error(double step)
{
    pel_volume v = cube(41, 1);
    paint(&v, ramp_along_ray);
    pel_look look = plain_look(0.08);
    pel_camera_params camera;
    pel_raycast_params params;
    front_view(&camera, &params, "1", 1);
    params.step = (pel_length){ step, PEL_MM };
    params.clip_box = "0:40,0:40,0:40"; // faces at +-20 mm, so that border voxels do not matter
    pel_image image = draw(&v, &look, &camera, &params);
    // truth by fine quadrature: from y = 20 (near) to -20, with tau' = mu*v, colour = v
    double tau = 0, grey = 0, h = 40.0 / 200000;
    for (int i = 0; i < 200000; i++) {
        double value = 0.5 + (20 - (i + 0.5) * h) / 40, mu = 0.08 * value;
        grey += exp(-tau - 0.5 * mu * h) * mu * value * h;
        tau += mu * h;
    }
    const float *rgba = image.data;
    double alpha = (double)rgba[3], error = fabs((double)rgba[0] * alpha - grey);
    assert_near(alpha, 1 - exp(-tau), 2e-5 + slack());
    pel_image_free(&image);
    pel_volume_free(&v);
    return error;
}

// the colour of a step weighs by its middle: second order in the step
static void a_ramp_converges_with_the_square_of_the_step(void **state)
{
    (void)state;
    double coarse = ramp_error(4), middle = ramp_error(2), fine = ramp_error(1);
    assert_true(coarse < 0.02);
    assert_true(middle < coarse / 3);
    assert_true(fine < middle / 3);
}

static float tilted(pel_vec3 p)
{
    return (float)(0.3 * p.x - 0.2 * p.y + 0.1 * p.z);
}

// greatest and least of a linear field lie on the ends of the ray, within a step of them
static void the_extrema_of_a_ramp_are_its_ends(void **state)
{
    (void)state;
    pel_volume v = cube(31, 1);
    paint(&v, tilted);
    pel_look look = plain_look(1);
    pel_camera_params camera;
    pel_raycast_params params;
    front_view(&camera, &params, "15", 1);
    const char *names[] = { "value", "depth", "position", "voxel" };
    for (int i = 0; i < 4; i++)
        params.layer.item[params.layer.count++] = names[i];
    params.clip_box = "0:30,0:30,0:30";
    params.step = (pel_length){ 0.05, PEL_MM };
    for (int mode = PEL_MIP; mode <= PEL_MEAN; mode++) {
        params.mode = mode;
        params.layer.count = mode == PEL_MEAN ? 1 : 4;
        pel_image image = draw(&v, &look, &camera, &params);
        for (int n = 0; n < 225; n++) {
            // the front view: x falls to the right, z downward; the ray runs from y = 15 to -15
            double x = 7 - n % 15, z = 7 - n / 15, want = 0.3 * x + 0.1 * z;
            double sign = mode == PEL_MIP ? 1 : mode == PEL_MINIP ? -1 : 0;
            float value = ((const float *)image.data)[n];
            assert_near(value, want + sign * 3, mode == PEL_MEAN ? 2e-5 : 0.2 * 0.05 + 1e-5);
            assert_near(layer_of(&image, "value")[n], value, 0);
            if (mode == PEL_MEAN)
                continue;
            const float *mm = layer_of(&image, "position") + 3 * n;
            assert_near(mm[0], x, 1e-4);
            assert_near(mm[1], -15 * sign, 0.051);
            assert_near(mm[2], z, 1e-4);
            assert_near(value, 0.3 * (double)mm[0] - 0.2 * (double)mm[1] + 0.1 * (double)mm[2],
                        1e-5);
            assert_near(layer_of(&image, "voxel")[3 * n + 1], (double)mm[1] + 15, 1e-4);
            assert_near(layer_of(&image, "depth")[n], 32 - (double)mm[1], 1e-3);
        }
        pel_image_free(&image);
    }
    pel_volume_free(&v);
}

/* ---- scalar modes as 8-bit greys, which are made in fixed point ---- */

static pel_volume typed(const pel_volume *floats, pel_dtype dtype)
{
    pel_volume v;
    assert_ok(pel_volume_like(&v, floats, dtype));
    for (int64_t i = 0; i < pel_volume_count(&v); i++) {
        float value = ((const float *)floats->data)[i];
        if (dtype == PEL_UINT8)
            ((uint8_t *)v.data)[i] = (uint8_t)value;
        else if (dtype == PEL_INT16)
            ((int16_t *)v.data)[i] = (int16_t)value;
        else
            ((float *)v.data)[i] = value;
    }
    return v;
}

static float corner(pel_vec3 p)
{
    int i = (p.x > 0) + 2 * (p.y > 0) + 4 * (p.z > 0);
    static const float values[8] = { 20, 190, 75, 240, 130, 10, 222, 60 };
    return values[i];
}

// trilinear between the corners at +-5 mm, and as at them beyond
static double in_cell(pel_vec3 p)
{
    double value = 0, part[3] = { p.x / 10 + 0.5, p.y / 10 + 0.5, p.z / 10 + 0.5 };
    for (int a = 0; a < 3; a++)
        part[a] = fmin(fmax(part[a], 0), 1);
    for (int c = 0; c < 8; c++) {
        double weight = 1;
        for (int a = 0; a < 3; a++)
            weight *= c >> a & 1 ? part[a] : 1 - part[a];
        pel_vec3 at = { c & 1 ? 5 : -5, c & 2 ? 5 : -5, c & 4 ? 5 : -5 };
        value += weight * (double)corner(at);
    }
    return value;
}

// greatest, least and mean of the cell's cubic along a ray through the cube of +-10 mm
static int through_cell(double out[3], const pel_camera *camera, double u, double v)
{
    enum { PARTS = 1500 };
    pel_vec3 o, d;
    pel_camera_ray(camera, u, v, &o, &d);
    double lo = -1e9, hi = 1e9, oa[3] = { o.x, o.y, o.z }, da[3] = { d.x, d.y, d.z };
    for (int a = 0; a < 3; a++) {
        double t0 = (-10 - oa[a]) / da[a], t1 = (10 - oa[a]) / da[a];
        lo = fmax(lo, fmin(t0, t1));
        hi = fmin(hi, fmax(t0, t1));
    }
    out[0] = out[2] = 0;
    out[1] = 1e9;
    for (int i = 0; i < PARTS; i++) {
        double t = lo + (hi - lo) * (i + 0.5) / PARTS;
        double value = in_cell(pel__plus(o, pel__scale(d, t)));
        out[0] = fmax(out[0], value);
        out[1] = fmin(out[1], value);
        out[2] += value / PARTS;
    }
    return hi - lo > 0.5;
}

static void scalar_modes_of_a_trilinear_cell_are_those_of_its_cubic(void **state)
{
    (void)state;
    static const pel_dtype dtypes[] = { PEL_UINT8, PEL_INT16, PEL_FLOAT32 };
    pel_volume floats = cube(2, 10);
    paint(&floats, corner);
    pel_look look = plain_look(1);
    look.window[1] = 255;
    for (int i = 0; i < 18; i++) {
        pel_volume v = typed(&floats, dtypes[i % 3]);
        pel_camera_params camera;
        pel_raycast_params params;
        pel_image image;
        front_view(&camera, &params, "11", NAN);
        params.bits = 0;
        params.mode = PEL_MIP + i / 3 % 3;
        params.step = (pel_length){ 0.02, PEL_MM };
        camera.view = 0;
        camera.azim = 20 + 57 * i;
        camera.elev = -50 + 7 * i;
        camera.fov = i % 2 ? 35 : (double)NAN;
        assert_ok(pel_raycast(&image, &v, &look, &camera, &params));
        int seen = 0;
        for (int n = 0; n < 121; n++) {
            double truth[3];
            if (!through_cell(truth, &image.camera, n % 11 + 0.5, n / 11 + 0.5))
                continue;
            assert_near(((const uint8_t *)image.data)[3 * n], truth[i / 3 % 3], 1);
            seen++;
        }
        assert_true(seen > 30);
        pel_image_free(&image);
        pel_volume_free(&v);
    }
    pel_volume_free(&floats);
}

static float two_slabs(pel_vec3 p)
{
    return fabs(p.x + 6) < 3 ? 1 : fabs(p.x - 6) < 3 ? 0.5f : 0;
}

// red 0.8, then blue 0.4, or the other way round: the over operator from either side
static void two_translucent_slabs_composite_in_order_from_any_side(void **state)
{
    (void)state;
    pel_volume v = cube(25, 1);
    paint(&v, two_slabs);
    pel_look look = plain_look(0);
    look.point_count = 7;
    const pel_look_point points[] = {
        { 0, { 0, 0, 1, 0 } },       { 0.49, { 0, 0, 1, 0 } }, { 0.49, { 0, 0, 1, 0.1 } },
        { 0.51, { 0, 0, 1, 0.1 } },  { 0.51, { 0, 0, 1, 0 } }, { 0.99, { 1, 0, 0, 0 } },
        { 0.99, { 1, 0, 0, 0.25 } },
    };
    memcpy(look.points, points, sizeof points);
    pel_camera_params camera;
    pel_raycast_params params;
    front_view(&camera, &params, "3", 1);
    params.step = (pel_length){ 0.01, PEL_MM };
    for (int side = 0; side < 2; side++) {
        camera.view = side ? 3 : 4;
        pel_image image = draw(&v, &look, &camera, &params);
        const float *rgba = (const float *)image.data + 4 * 4;
        // voxel centres of a slab at -8..-4, its plateau 4 mm; at 0.5 the ramp of 0.02 adds 2 edges
        double red = 1 - exp(-0.25 * (4 + 2 * 0.01)), blue = 1 - exp(-0.1 * (4 + 2 * 0.02));
        // the red slab's own ramps pass 0.49 to 0.51 on both sides: 0.02 of a voxel of blue each
        double thin = 1 - exp(-0.1 * 0.02);
        double r, b;
        if (side) {
            // from the left: thin, red, thin, blue
            r = (1 - thin) * red;
            b = thin + (1 - thin) * (1 - red) * (thin + (1 - thin) * blue);
        } else {
            r = (1 - blue) * (1 - thin) * red;
            b = blue + (1 - blue) * (thin + (1 - thin) * (1 - red) * thin);
        }
        assert_near((double)rgba[0] * (double)rgba[3], r, 1.0 / 255);
        assert_near((double)rgba[2] * (double)rgba[3], b, 1.0 / 255);
        pel_image_free(&image);
    }
    pel_volume_free(&v);
}

// a soft spot where `mark` says, and the middle of its spot in the picture
static pel_vec3 mark;

static float spot(pel_vec3 p)
{
    pel_vec3 arm = pel__minus(p, mark);
    double t = fmax(0, 1 - pel__dot(arm, arm) / 36);
    return (float)(t * t * t);
}

static void middle_of_spot(const pel_image *image, double *u, double *v)
{
    double sum = 0, su = 0, sv = 0;
    const float *rgba = image->data;
    for (int64_t y = 0; y < image->height; y++)
        for (int64_t x = 0; x < image->width; x++) {
            double w = (double)rgba[4 * (y * image->width + x) + 3];
            if (!(w > 0))
                continue;
            sum += w;
            su += w * ((double)x + 0.5);
            sv += w * ((double)y + 0.5);
        }
    *u = su / sum;
    *v = sv / sum;
}

// marks 50 mm apart, parallel to the picture, measure 50.00 mm in it, at any angle and scale
static void marks_50_mm_apart_measure_50_mm_at_any_angle(void **state)
{
    (void)state;
    pel_volume v = cube(64, 1);
    // thin: alpha is as good as linear in what lies along the ray
    pel_look look = plain_look(0.01);
    pel_camera_params camera;
    pel_raycast_params params;
    front_view(&camera, &params, "181x160", NAN);
    for (int i = is_sanitized() ? 4 : 0; i < 5; i++) {
        camera.elev = -40 + 23 * i;
        camera.azim = 17 + 71 * i;
        camera.roll = 13 * i;
        camera.zoom = 1.2 + 0.11 * i;
        double u[2], w[2];
        pel_camera taken = { 0 };
        for (int m = 0; m < 2; m++) {
            pel_image image;
            // the first picture tells which way right is
            mark = pel__scale(taken.right, 25 * (m ? 1 : -1));
            if (m == 0) {
                pel_raycast_params tiny = params;
                tiny.picture = "2";
                image = draw(&v, &look, &camera, &tiny);
                mark = pel__scale(image.camera.right, -25);
                pel_image_free(&image);
            }
            paint(&v, spot);
            image = draw(&v, &look, &camera, &params);
            middle_of_spot(&image, &u[m], &w[m]);
            taken = image.camera;
            double pu, pv, depth;
            assert_true(pel_camera_project(&taken, mark, &pu, &pv, &depth));
            // it lands where the projection says, within a hundredth of a mm
            assert_near(pu * taken.mm_per_pixel, u[m] * taken.mm_per_pixel, 0.01);
            assert_near(pv * taken.mm_per_pixel, w[m] * taken.mm_per_pixel, 0.01);
            assert_near(image.mm_per_pixel, taken.mm_per_pixel, 0);
            pel_image_free(&image);
        }
        double mm = taken.mm_per_pixel * hypot(u[1] - u[0], w[1] - w[0]);
        assert_near(mm, 50, 0.01);
    }
    pel_volume_free(&v);
}

#define IN_BOTH(test)                                                                              \
    cmocka_unit_test_setup(test, in_float32), cmocka_unit_test_setup(test, in_fixed_point)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_BOTH(a_slab_absorbs_by_beer_lambert_at_any_angle),
        IN_BOTH(a_soft_sphere_converges_with_the_square_of_the_voxel),
        IN_BOTH(a_sharp_sphere_absorbs_along_its_chords),
        IN_BOTH(a_ramp_converges_with_the_square_of_the_step),
        IN_BOTH(a_thin_shell_converges_with_the_square_of_the_voxel),
        cmocka_unit_test(scalar_modes_of_a_trilinear_cell_are_those_of_its_cubic),
        cmocka_unit_test_setup(the_extrema_of_a_ramp_are_its_ends, in_float32),
        IN_BOTH(two_translucent_slabs_composite_in_order_from_any_side),
        IN_BOTH(marks_50_mm_apart_measure_50_mm_at_any_angle),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
