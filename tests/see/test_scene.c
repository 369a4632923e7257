/* SPDX-License-Identifier: Apache-2.0 */
/* Scenes of several volumes and meshes against the over operator and geometry. */
#include "scene.h"

#include "base/hash.h"
#include "see/raycast.h"

static float near_slab(pel_vec3 p)
{
    return p.y > 4 && p.y < 8 ? 1 : 0;
}

static float far_slab(pel_vec3 p)
{
    return p.y > -8 && p.y < -2 ? 1 : 0;
}

// sharp at its faces, so that the over operator is known: opacity from a value of 0.5 up
static pel_look flat_look(double r, double g, double b, double per_mm)
{
    pel_look look = plain_look(0);
    look.point_count = 3;
    look.points[0] = (pel_look_point){ 0, { r, g, b, 0 } };
    look.points[1] = (pel_look_point){ 0.5, { r, g, b, 0 } };
    look.points[2] = (pel_look_point){ 0.5, { r, g, b, per_mm } };
    return look;
}

// a square across y, 2*half wide, of two triangles
static pel_mesh square(double y, double half)
{
    pel_mesh m;
    assert_ok(pel_mesh_new(&m, 4, 2));
    for (int i = 0; i < 4; i++) {
        m.point_mm[i][0] = (float)(i & 1 ? half : -half);
        m.point_mm[i][1] = (float)y;
        m.point_mm[i][2] = (float)(i & 2 ? half : -half);
    }
    static const int32_t tri[2][3] = { { 0, 2, 1 }, { 1, 2, 3 } };
    memcpy(m.triangle, tri, sizeof tri);
    m.oriented = true;
    return m;
}

static pel_sheet_params sheet_of(float r, float g, float b, double opacity)
{
    pel_sheet_params params = pel_sheet_defaults();
    params.face = (pel_colour){ r, g, b, 1, true };
    params.opacity = opacity;
    return params;
}

// what the middle pixel shows, premultiplied
static void middle(double out[4], const pel_scene *scene, const pel_camera_params *aim)
{
    pel_camera camera;
    pel_image image;
    assert_ok(pel_scene_aim(&camera, scene, aim));
    assert_ok(pel_scene_frame(&image, scene, &camera, NULL));
    const float *rgba =
        (const float *)image.data + 4 * (image.height / 2 * image.width + image.width / 2);
    for (int c = 0; c < 4; c++)
        out[c] = (double)rgba[c] * (c < 3 ? (double)rgba[3] : 1);
    pel_image_free(&image);
}

static void assert_over(const double got[4], const double front[4], const double back[4])
{
    for (int c = 0; c < 4; c++) {
        double f = front[c] * (c < 3 ? front[3] : 1), b = back[c] * (c < 3 ? back[3] : 1);
        assert_near(got[c], f + (1 - front[3]) * b, 1.0 / 255);
    }
}

static void two_slabs_of_two_volumes_lie_over_one_another_from_any_side(void **state)
{
    (void)state;
    pel_volume a = cube(41, 1), b = cube(57, 0.7);
    paint(&a, near_slab);
    paint(&b, far_slab);
    pel_look red = flat_look(1, 0.2, 0, 0.2), blue = flat_look(0, 0.1, 1, 0.1);
    pel_camera_params aim;
    pel_raycast_params params;
    front_view(&aim, &params, "5", 1);
    for (int order = 0; order < 2; order++)
        for (int side = 0; side < 2; side++)
            for (int i = 0; i < 3; i++) {
                pel_scene *scene;
                double got[4];
                params.step = (pel_length){ 0.01 + 0.007 * i, PEL_MM };
                assert_ok(pel_scene_new(&scene, NULL, NULL, &params));
                assert_ok(pel_scene_add_volume(scene, order ? &b : &a, order ? &blue : &red));
                assert_ok(pel_scene_add_volume(scene, order ? &a : &b, order ? &red : &blue));
                aim.view = 1 + side;
                aim.roll = 30 * i;
                middle(got, scene, &aim);
                // voxels from 5 to 7 and half a voxel more on each side; -7.7 to -2.1 likewise
                double front[4] = { 1, 0.2, 0, 1 - exp(-0.2 * 3) };
                double back[4] = { 0, 0.1, 1, 1 - exp(-0.1 * 6.3) };
                assert_over(got, side ? back : front, side ? front : back);
                pel_scene_free(scene);
            }
    pel_volume_free(&a);
    pel_volume_free(&b);
    assert_int_equal(pel_memory_in_use(), 0);
}

static float all_one(pel_vec3 p)
{
    (void)p;
    return 1;
}

// where volumes overlap opacities add and colours mix by them, whichever came first
static void overlapping_volumes_mix_in_proportion_and_in_any_order(void **state)
{
    (void)state;
    pel_volume a = cube(20, 1), b = cube(25, 0.8);
    paint(&a, all_one);
    paint(&b, all_one);
    pel_look red = flat_look(1, 0, 0, 0.03), green = flat_look(0, 1, 0, 0.01);
    pel_camera_params aim;
    pel_raycast_params params;
    front_view(&aim, &params, "1", 1);
    params.step = (pel_length){ 0.37, PEL_MM };
    double got[2][4];
    for (int order = 0; order < 2; order++) {
        pel_scene *scene;
        assert_ok(pel_scene_new(&scene, order ? &b : &a, order ? &green : &red, &params));
        assert_ok(pel_scene_add_volume(scene, order ? &a : &b, order ? &red : &green));
        middle(got[order], scene, &aim);
        pel_scene_free(scene);
    }
    double alpha = 1 - exp(-0.04 * 20);
    for (int c = 0; c < 4; c++)
        assert_near(got[0][c], got[1][c], 1e-6);
    assert_near(got[0][3], alpha, 1e-5);
    assert_near(got[0][0], 0.75 * alpha, 1e-5);
    assert_near(got[0][1], 0.25 * alpha, 1e-5);
    pel_volume_free(&a);
    pel_volume_free(&b);
}

static float bumps(pel_vec3 p)
{
    return (float)(0.5 + 0.5 * sin(0.7 * p.x) * sin(0.5 * p.y) * sin(0.9 * p.z));
}

// one volume in a scene with a mesh far off is what it is alone
static void the_general_way_is_the_same_as_that_of_one_volume(void **state)
{
    (void)state;
    pel_volume v = cube(33, 0.9);
    paint(&v, bumps);
    pel_look look = plain_look(0.2);
    look.unlit = false;
    look.opacity[0].value = 0.4;
    look.gradient_count = 2;
    look.gradient[0] = (pel_look_point){ 0, { 0.3 } };
    look.gradient[1] = (pel_look_point){ 0.2, { 1 } };
    pel_camera_params aim = pel_camera_defaults();
    pel_raycast_params params = pel_raycast_defaults();
    params.picture = "40";
    params.bits = 2;
    params.layer.item[params.layer.count++] = "depth";
    params.keep.item[params.keep.count++] = "z < x - y + 25";
    pel_scene *one, *two;
    pel_camera camera;
    pel_image a, b;
    pel_mesh far = square(1e5, 1);
    pel_sheet_params sheet = pel_sheet_defaults();
    assert_ok(pel_scene_new(&one, &v, &look, &params));
    assert_ok(pel_scene_aim(&camera, one, &aim));
    assert_ok(pel_scene_new(&two, &v, &look, &params));
    assert_ok(pel_scene_add_mesh(two, &far, &look, &sheet));
    assert_ok(pel_scene_frame(&a, one, &camera, NULL));
    assert_ok(pel_scene_frame(&b, two, &camera, NULL));
    for (int64_t n = 0; n < 4 * 40 * 40; n++)
        assert_near(((const float *)a.data)[n], ((const float *)b.data)[n], 3e-6);
    for (int64_t n = 0; n < 40 * 40; n++)
        assert_near(layer_of(&a, "depth")[n], layer_of(&b, "depth")[n], 1e-6);
    pel_image_free(&a);
    pel_image_free(&b);
    pel_scene_free(one);
    pel_scene_free(two);
    pel_mesh_free(&far);
    pel_volume_free(&v);
}

static void a_mesh_parts_a_slab_at_its_exact_depth_from_either_side(void **state)
{
    (void)state;
    pel_volume v = cube(20, 1);
    paint(&v, all_one);
    pel_look red = flat_look(1, 0, 0, 0.05), light = plain_look(1);
    pel_mesh m = square(3.3, 9);
    pel_sheet_params sheet = sheet_of(0, 0, 1, 0.4);
    pel_camera_params aim;
    pel_raycast_params params;
    front_view(&aim, &params, "3", 1);
    for (int side = 0; side < 2; side++)
        for (int i = 0; i < 4; i++) {
            pel_scene *scene;
            double got[4];
            // also with a step longer than the slab
            params.step = (pel_length){ i == 3 ? 23 : 0.3 + 1.9 * i, PEL_MM };
            assert_ok(pel_scene_new(&scene, NULL, NULL, &params));
            assert_ok(pel_scene_add_mesh(scene, &m, &light, &sheet));
            assert_ok(pel_scene_add_volume(scene, &v, &red));
            aim.view = 1 + side;
            middle(got, scene, &aim);
            double before = 1 - exp(-0.05 * (side ? 13.3 : 6.7)), left = 1 - before;
            double behind = 1 - exp(-0.05 * (side ? 6.7 : 13.3));
            if (i < 3) {
                assert_near(got[2], left * 0.4, 1e-5);
                assert_near(got[0], before + left * 0.6 * behind, 1e-5);
            }
            pel_scene_free(scene);
        }
    pel_mesh_free(&m);
    pel_volume_free(&v);
}

// a cube's six faces of two triangles each: pixels lie on edges, corners and diagonals
static pel_mesh box(double half)
{
    static const int32_t tri[12][3] = { { 0, 2, 1 }, { 1, 2, 3 }, { 4, 5, 6 }, { 5, 7, 6 },
                                        { 0, 1, 4 }, { 1, 5, 4 }, { 2, 6, 3 }, { 3, 6, 7 },
                                        { 0, 4, 2 }, { 2, 4, 6 }, { 1, 3, 5 }, { 3, 7, 5 } };
    pel_mesh m;
    assert_ok(pel_mesh_new(&m, 8, 12));
    for (int i = 0; i < 8; i++)
        for (int a = 0; a < 3; a++)
            m.point_mm[i][a] = (float)(i >> a & 1 ? half : -half);
    memcpy(m.triangle, tri, sizeof tri);
    m.oriented = true;
    return m;
}

// does a ray pass through a cube around the origin, and where does it enter?
static bool is_within(pel_vec3 o, pel_vec3 d, double half, double *from)
{
    double lo = 0, hi = 1e9, oa[3] = { o.x, o.y, o.z }, da[3] = { d.x, d.y, d.z };
    for (int a = 0; a < 3; a++) {
        double t0 = (-half - oa[a]) / da[a], t1 = (half - oa[a]) / da[a];
        lo = fmax(lo, fmin(t0, t1));
        hi = fmin(hi, fmax(t0, t1));
    }
    *from = lo;
    return lo < hi;
}

static void every_ray_meets_a_closed_mesh_twice_also_through_its_edges(void **state)
{
    (void)state;
    pel_mesh m = box(8);
    pel_look light = plain_look(1);
    pel_sheet_params sheet = sheet_of(1, 1, 1, 0.5);
    pel_raycast_params params = pel_raycast_defaults();
    params.picture = "33";
    params.bits = 2;
    params.layer.item[params.layer.count++] = "depth";
    params.layer_at = 0.4;
    pel_scene *scene;
    assert_ok(pel_scene_new(&scene, NULL, NULL, &params));
    assert_ok(pel_scene_add_mesh(scene, &m, &light, &sheet));
    for (int i = 0; i < 8; i++) {
        pel_camera_params aim = pel_camera_defaults();
        aim.elev = i == 1 ? 45 : i > 1 ? 13 * i : 0;
        aim.azim = i ? 90 + 45 * i : 90;
        aim.mm_per_pixel = i == 7 ? (double)NAN : 1;
        aim.fov = i == 7 ? 40 : (double)NAN;
        pel_camera camera;
        pel_image image;
        assert_ok(pel_scene_aim(&camera, scene, &aim));
        assert_ok(pel_scene_frame(&image, scene, &camera, NULL));
        int inside = 0;
        for (int64_t n = 0; n < 33 * 33; n++) {
            pel_vec3 o, d;
            pel_camera_ray(&camera, (double)(n % 33) + 0.5, (double)(n / 33) + 0.5, &o, &d);
            double lo, wide;
            bool is_in = is_within(o, d, 8 - 1e-6, &lo), is_near = is_within(o, d, 8 + 1e-6, &wide);
            // on the outline a ray may count as inside or outside
            if (is_in != is_near)
                continue;
            inside += is_in;
            assert_near(((const float *)image.data)[4 * n + 3], is_in ? 0.75 : 0, 1e-6);
            if (is_in)
                assert_near(layer_of(&image, "depth")[n], lo, 1e-4);
        }
        assert_true(inside > 200);
        pel_image_free(&image);
    }
    pel_scene_free(scene);
    pel_mesh_free(&m);
}

static void a_mesh_shows_its_colours_numbers_and_triangles(void **state)
{
    (void)state;
    pel_mesh m = square(0, 8);
    float *value;
    uint8_t(*colour)[3];
    int32_t *label;
    assert_ok(pel_mesh_add_array(&m, "colours", PEL_ARRAY_COLOURS, false, 3, &colour));
    assert_ok(pel_mesh_add_array(&m, "thickness", PEL_ARRAY_VALUES, false, 1, &value));
    assert_ok(pel_mesh_add_array(&m, "part", PEL_ARRAY_LABELS, true, 1, &label));
    for (int i = 0; i < 4; i++) {
        colour[i][0] = i & 1 ? 255 : 0;
        value[i] = (float)m.point_mm[i][2];
    }
    label[1] = 5;
    pel_look look = plain_look(1);
    look.window[0] = -10;
    look.window[1] = 10;
    pel_camera_params aim;
    pel_raycast_params params;
    front_view(&aim, &params, "9", 1);
    static const char *const names[] = { "value", "triangle", "normal", "position", "voxel" };
    for (int i = 0; i < 5; i++)
        params.layer.item[params.layer.count++] = names[i];
    static const char *const scalars[] = { NULL, "thickness", "part" };
    for (int i = 0; i < 3; i++) {
        pel_scene *scene;
        pel_camera camera;
        pel_image image;
        pel_sheet_params sheet = pel_sheet_defaults();
        sheet.scalar = scalars[i];
        assert_ok(pel_scene_new(&scene, NULL, NULL, &params));
        assert_ok(pel_scene_add_mesh(scene, &m, &look, &sheet));
        assert_ok(pel_scene_aim(&camera, scene, &aim));
        assert_ok(pel_scene_frame(&image, scene, &camera, NULL));
        for (int n = 0; n < 81; n++) {
            double x = 4 - n % 9, z = 4 - n / 9;
            const float *rgba = (const float *)image.data + 4 * n;
            int triangle = x + z > 0 ? 1 : 0;
            if (x + z == 0)
                triangle = (int)layer_of(&image, "triangle")[n];
            assert_near(layer_of(&image, "triangle")[n], triangle, 0);
            assert_near(layer_of(&image, "position")[3 * n], x, 1e-5);
            assert_near(fabsf(layer_of(&image, "normal")[3 * n + 1]), 1, 1e-6);
            assert_true(layer_of(&image, "voxel")[3 * n] != layer_of(&image, "voxel")[3 * n]);
            double want[] = { (double)NAN, z, triangle ? 5 : 0 };
            assert_near(layer_of(&image, "value")[n], want[i], 1e-5);
            assert_near(rgba[0], i == 0 ? (x + 8) / 16 : (want[i] + 10) / 20, 1e-5);
        }
        pel_image_free(&image);
        pel_scene_free(scene);
    }
    pel_scene *scene;
    pel_sheet_params sheet = pel_sheet_defaults();
    sheet.scalar = "curvature";
    assert_ok(pel_scene_new(&scene, NULL, NULL, &params));
    assert_int_equal(pel_scene_add_mesh(scene, &m, &look, &sheet), PEL_EPARAM);
    assert_error_says("it has: colours, thickness, part");
    pel_scene_free(scene);
    pel_mesh_free(&m);
    assert_int_equal(pel_memory_in_use(), 0);
}

static void a_cut_cuts_meshes_too(void **state)
{
    (void)state;
    pel_mesh m = square(0, 8);
    pel_volume v = cube(20, 1);
    memset(v.data, 0, (size_t)pel_volume_bytes(&v));
    pel_look look = plain_look(1);
    pel_sheet_params sheet = pel_sheet_defaults();
    pel_camera_params aim;
    pel_raycast_params params;
    front_view(&aim, &params, "9", 1);
    params.keep.item[params.keep.count++] = "mm: x < 0.5 or z > 1.5";
    params.keep.item[params.keep.count++] = "x < 99";
    for (int with = 0; with < 2; with++) {
        pel_scene *scene;
        pel_camera camera;
        assert_ok(pel_scene_new(&scene, NULL, NULL, &params));
        assert_ok(pel_scene_add_mesh(scene, &m, &look, &sheet));
        if (!with) {
            assert_int_equal(pel_scene_aim(&camera, scene, &aim), PEL_EPARAM);
            assert_error_says("write mm: before them");
            pel_scene_free(scene);
            continue;
        }
        assert_ok(pel_scene_add_volume(scene, &v, &look));
        pel_image image;
        assert_ok(pel_scene_aim(&camera, scene, &aim));
        assert_ok(pel_scene_frame(&image, scene, &camera, NULL));
        for (int n = 0; n < 81; n++) {
            double x = 4 - n % 9, z = 4 - n / 9;
            assert_near(((const float *)image.data)[4 * n + 3], x < 0.5 || z > 1.5, 0);
        }
        pel_image_free(&image);
        pel_scene_free(scene);
    }
    pel_mesh_free(&m);
    pel_volume_free(&v);
}

static void first_and_band_meet_meshes_too(void **state)
{
    (void)state;
    pel_mesh m = square(9.25, 3);
    pel_volume v = cube(31, 1);
    paint(&v, bumps);
    for (int64_t i = 0; i < 31 * 31 * 31; i++)
        ((float *)v.data)[i] = (float)(i / 31 % 31); // rises with y, from 0 at -15
    pel_look look = plain_look(1);
    pel_sheet_params sheet = pel_sheet_defaults();
    pel_camera_params aim;
    pel_raycast_params params;
    front_view(&aim, &params, "9", 1);
    params.level = 20;
    params.depth = "1:3";
    params.clip_box = "0:30,0:22,0:30"; // a cut at y = 7, where the value is 22
    static const char *const names[] = { "position", "triangle" };
    for (int i = 0; i < 2; i++)
        params.layer.item[params.layer.count++] = names[i];
    for (int mode = PEL_FIRST; mode <= PEL_BAND; mode++) {
        pel_scene *scene;
        pel_camera camera;
        pel_image image;
        params.mode = mode;
        params.keep.count = 0;
        params.clip_box = mode == PEL_FIRST ? NULL : "mm: -15:15,-15:12,-15:15";
        assert_ok(pel_scene_new(&scene, &v, &look, &params));
        assert_ok(pel_scene_add_mesh(scene, &m, &look, &sheet));
        assert_ok(pel_scene_aim(&camera, scene, &aim));
        assert_ok(pel_scene_frame(&image, scene, &camera, NULL));
        // the volume's own face at 15.5, or the cut at 12, hides the mesh at 9.25
        float y = layer_of(&image, "position")[3 * 40 + 1];
        assert_near(y, mode == PEL_FIRST ? 15.5 : 12, 1e-4);
        pel_image_free(&image);
        pel_scene_free(scene);
        // in front of it all, the mesh is met, and the band lies behind it
        pel_mesh front = square(16, 3);
        assert_ok(pel_scene_new(&scene, &v, &look, &params));
        assert_ok(pel_scene_add_mesh(scene, &front, &look, &sheet));
        params.clip_box = NULL;
        params.depth = "3:5";
        pel_scene_free(scene);
        assert_ok(pel_scene_new(&scene, &v, &look, &params));
        assert_ok(pel_scene_add_mesh(scene, &front, &look, &sheet));
        assert_ok(pel_scene_aim(&camera, scene, &aim));
        assert_ok(pel_scene_frame(&image, scene, &camera, NULL));
        assert_near(layer_of(&image, "position")[3 * 40 + 1], 16, 1e-4);
        assert_true(layer_of(&image, "triangle")[40] >= 0);
        // greatest value from y = 13 to 11
        if (mode == PEL_BAND)
            assert_near(((const float *)image.data)[40], 28, 1e-4);
        pel_image_free(&image);
        pel_scene_free(scene);
        pel_mesh_free(&front);
    }
    pel_mesh_free(&m);
    pel_volume_free(&v);
}

static void what_a_scene_cannot_hold_is_refused(void **state)
{
    (void)state;
    pel_mesh m = square(0, 8);
    pel_volume v = cube(5, 1);
    paint(&v, all_one);
    pel_look look = plain_look(1);
    pel_sheet_params sheet = pel_sheet_defaults();
    pel_raycast_params params = pel_raycast_defaults();
    pel_scene *scene;
    pel_camera camera;
    pel_camera_params aim = pel_camera_defaults();
    for (params.mode = PEL_MIP; params.mode <= PEL_MEAN; params.mode++) {
        assert_ok(pel_scene_new(&scene, &v, &look, &params));
        assert_int_equal(pel_scene_add_mesh(scene, &m, &look, &sheet), PEL_EPARAM);
        assert_error_says("a mesh has none");
        assert_int_equal(pel_scene_add_volume(scene, &v, &look),
                         params.mode == PEL_MEAN ? PEL_EPARAM : PEL_OK);
        pel_scene_free(scene);
    }
    params.mode = PEL_COMPOSITE;
    assert_ok(pel_scene_new(&scene, NULL, NULL, &params));
    assert_int_equal(pel_scene_aim(&camera, scene, &aim), PEL_EPARAM);
    assert_error_says("without a volume or a mesh");
    pel_scene_free(scene);
    pel_mesh_free(&m);
    pel_volume_free(&v);
    assert_int_equal(pel_memory_in_use(), 0);
}

static float steep(pel_vec3 p)
{
    return (float)(0.5 + p.y / 20);
}

// a peak of opacity 0.02 wide in value is 0.4 mm of a ramp: far less than a step
static void preintegration_sees_peaks_of_a_look_that_samples_miss(void **state)
{
    (void)state;
    pel_volume v = cube(31, 1);
    paint(&v, steep);
    pel_look look = plain_look(0);
    look.opacity_count = 5;
    const pel_look_point peak[] = {
        { 0, { 0 } }, { 0.61, { 0 } }, { 0.62, { 4 } }, { 0.63, { 0 } }, { 1, { 0 } }
    };
    memcpy(look.opacity, peak, sizeof peak);
    pel_camera_params aim;
    pel_raycast_params params;
    front_view(&aim, &params, "1", 1);
    double want = 1 - exp(-0.5 * 4 * 0.4);
    for (int i = 0; i < 3; i++) {
        pel_scene *scene;
        double with[4], without[4];
        params.step = (pel_length){ 0.9 + 0.61 * i, PEL_MM };
        params.preintegrate = true;
        assert_ok(pel_scene_new(&scene, &v, &look, &params));
        middle(with, scene, &aim);
        pel_scene_free(scene);
        params.preintegrate = false;
        assert_ok(pel_scene_new(&scene, &v, &look, &params));
        middle(without, scene, &aim);
        pel_scene_free(scene);
        assert_near(with[3], want, 2e-3);
        assert_near(with[0], 0.62 * want, 2e-3);
        assert_true(fabs(without[3] - want) > 0.05);
    }
    pel_volume_free(&v);
}

static float label_ball(pel_vec3 p)
{
    return pel__length(p) < 12 ? 7 : 0;
}

// blocks of voxels, lit as the ball they stand for
static void labels_have_the_normals_of_their_smoothed_mask(void **state)
{
    (void)state;
    pel_volume v = cube(33, 1);
    paint(&v, label_ball);
    pel_look look;
    assert_ok(pel_look_load(&look, "labels"));
    pel_camera_params aim;
    pel_raycast_params params;
    front_view(&aim, &params, "17", 1);
    static const char *const names[] = { "normal", "label", "position" };
    for (int i = 0; i < 3; i++)
        params.layer.item[params.layer.count++] = names[i];
    for (int mode = 0; mode < 2; mode++) {
        pel_image image;
        params.mode = mode ? PEL_FIRST : PEL_COMPOSITE;
        params.step = (pel_length){ 0.1, PEL_VX };
        params.layer_at = 0.1;
        assert_ok(pel_raycast(&image, &v, &look, &aim, &params));
        double worst = 1, sum = 0, count = 0;
        for (int n = 0; n < 17 * 17; n++) {
            const float *p = layer_of(&image, "position") + 3 * n;
            const float *normal = layer_of(&image, "normal") + 3 * n;
            pel_vec3 out = pel__unit((pel_vec3){ (double)p[0], (double)p[1], (double)p[2] });
            if (pel__length((pel_vec3){ (double)p[0], 0, (double)p[2] }) > 8)
                continue;
            assert_near(layer_of(&image, "label")[n], 7, 0);
            double cosine =
                out.x * (double)normal[0] + out.y * (double)normal[1] + out.z * (double)normal[2];
            worst = fmin(worst, cosine);
            sum += cosine;
            count++;
        }
        // of the blocks themselves the worst would be 0.58, the mean 0.85
        assert_true(worst > 0.93);
        assert_true(sum / count > 0.98);
        pel_image_free(&image);
    }
    pel_volume_free(&v);
}

static void hash_image(char out[33], const pel_image *image)
{
    pel__hash *hash;
    assert_ok(pel__hash_new(&hash));
    int64_t count = image->width * image->height;
    pel__hash_add(hash, image->data,
                  (size_t)(count * image->channels * pel_dtype_bytes(image->dtype)));
    for (int i = 0; i < image->layer_count; i++)
        pel__hash_add(hash, image->layer[i].data,
                      (size_t)(count * image->layer[i].channels) * sizeof(float));
    pel__hash_text(hash, out);
    pel__hash_free(hash);
}

static void a_scene_has_the_same_bytes_at_any_number_of_threads(void **state)
{
    (void)state;
    pel_volume a = cube(33, 0.9), b = cube(21, 1.7);
    paint(&a, bumps);
    paint(&b, bumps);
    pel_mesh m = box(11);
    pel_look look = plain_look(0.1), lit = look;
    lit.unlit = false;
    pel_sheet_params sheet = pel_sheet_defaults();
    sheet.opacity = 0.3;
    char first[33], next[33];
    for (int t = 0; t < 3; t++) {
        pel_job job = pel_job_defaults();
        job.threads = (int[]){ 1, 2, 7 }[t];
        pel_job *before = pel_job_use(&job);
        pel_raycast_params params = pel_raycast_defaults();
        pel_camera_params aim = pel_camera_defaults();
        params.picture = "90x70";
        params.layer.item[params.layer.count++] = "triangle";
        pel_scene *scene;
        pel_camera camera;
        pel_image image;
        assert_ok(pel_scene_new(&scene, &a, &look, &params));
        assert_ok(pel_scene_add_mesh(scene, &m, &lit, &sheet));
        assert_ok(pel_scene_add_volume(scene, &b, &lit));
        assert_ok(pel_scene_aim(&camera, scene, &aim));
        assert_ok(pel_scene_frame(&image, scene, &camera, NULL));
        hash_image(t ? next : first, &image);
        if (t)
            assert_string_equal(first, next);
        pel_image_free(&image);
        pel_scene_free(scene);
        pel_job_use(before);
    }
    pel_mesh_free(&m);
    pel_volume_free(&a);
    pel_volume_free(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(two_slabs_of_two_volumes_lie_over_one_another_from_any_side),
        cmocka_unit_test(overlapping_volumes_mix_in_proportion_and_in_any_order),
        cmocka_unit_test(the_general_way_is_the_same_as_that_of_one_volume),
        cmocka_unit_test(a_mesh_parts_a_slab_at_its_exact_depth_from_either_side),
        cmocka_unit_test(every_ray_meets_a_closed_mesh_twice_also_through_its_edges),
        cmocka_unit_test(a_mesh_shows_its_colours_numbers_and_triangles),
        cmocka_unit_test(a_cut_cuts_meshes_too),
        cmocka_unit_test(first_and_band_meet_meshes_too),
        cmocka_unit_test(what_a_scene_cannot_hold_is_refused),
        cmocka_unit_test(preintegration_sees_peaks_of_a_look_that_samples_miss),
        cmocka_unit_test(labels_have_the_normals_of_their_smoothed_mask),
        cmocka_unit_test(a_scene_has_the_same_bytes_at_any_number_of_threads),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
