/* SPDX-License-Identifier: Apache-2.0 */
/* Pictures in fixed point, by packets of rays, against those in float32. */
#include "scene.h"

#include "see/raycast_fast.h"

enum { NORMAL = 1, REFERENCE = 2, WIDE = 150, HIGH = 110, PIXELS = WIDE * HIGH };

static float blobs(pel_vec3 p)
{
    double a = pel__length(pel__minus(p, (pel_vec3){ 9, 6, -4 })), b = pel__length(p);
    return (float)(900 * fmax(0, 1 - a / 14) + 600 * fmax(0, 1 - b / 23)) *
               (float)(1 + 0.1 * sin(p.x) * sin(0.8 * p.y)) +
           (float)(20 + 0.5 * b);
}

// the blobs on a tilted grid of uneven voxels, as numbers of a type
static pel_volume make(pel_dtype dtype)
{
    pel_volume floats = cube(75, 0.7), v;
    floats.mm_from_ijk.m[0][1] = 0.1;
    floats.mm_from_ijk.m[2][0] = -0.13;
    floats.mm_from_ijk.m[1][1] = 0.8;
    paint(&floats, blobs);
    if (dtype == PEL_FLOAT32)
        return floats;
    assert_ok(pel_volume_like(&v, &floats, dtype));
    v.slope = dtype == PEL_UINT8 ? 5 : dtype == PEL_INT8 ? -5 : 0.5;
    v.inter = dtype == PEL_UINT16 ? -100 : dtype == PEL_INT8 ? 640 : 0;
    for (int64_t i = 0; i < pel_volume_count(&v); i++) {
        double n = floor(((double)((float *)floats.data)[i] - v.inter) / v.slope + 0.5);
        if (pel_dtype_bytes(dtype) == 1)
            ((uint8_t *)v.data)[i] = (uint8_t)(int)n;
        else
            ((uint16_t *)v.data)[i] = (uint16_t)(int)n;
    }
    pel_volume_free(&floats);
    return v;
}

/* one way to look at them */
typedef struct view {
    int mode;
    bool lit, gradient, perspective, cut;
    double per_mm;
    int panes; // of a mesh within; a packet has room for 32
} view;

static pel_look look_of(const view *how)
{
    pel_look look = plain_look(how->per_mm);
    look.window[1] = 1000;
    look.opacity[0].value = 60;
    look.opacity[1].value = 1000;
    look.unlit = !how->lit;
    look.specular = 0.3;
    look.power = 25;
    if (how->gradient) {
        look.gradient_count = 2;
        look.gradient[0] = (pel_look_point){ 5, { 0.05 } };
        look.gradient[1] = (pel_look_point){ 80, { 1 } };
    }
    return look;
}

// triangles across the volume, one behind the other, seen through
static void add_panes(pel_scene *scene, const view *how)
{
    pel_mesh m;
    pel_look look = look_of(how);
    pel_sheet_params params = pel_sheet_defaults();
    params.face = (pel_colour){ 0.8f, 0.3f, 0.1f, 1, true };
    params.opacity = 0.9 / how->panes;
    assert_ok(pel_mesh_new(&m, 3 * how->panes, how->panes));
    for (int i = 0; i < 3 * how->panes; i++) {
        m.point_mm[i][0] = i % 3 == 1 ? 40 : -20;
        m.point_mm[i][1] = (float)(15 - 25.0 * (i / 3) / how->panes + i % 3);
        m.point_mm[i][2] = i % 3 == 2 ? 40 : -20;
        m.triangle[i / 3][i % 3] = i;
    }
    m.oriented = true;
    assert_ok(pel_scene_add_mesh(scene, &m, &look, &params));
    pel_mesh_free(&m);
}

static void take_every_step(const pel__body *body)
{
    int64_t cells = body->field.cells[0] * body->field.cells[1] * body->field.cells[2];
    for (int64_t c = 0; c < cells; c++) {
        if (body->fast->distance)
            body->fast->distance[c] = 0;
        if (body->fast->bound)
            body->fast->bound[c] = INFINITY;
    }
}

static pel_image draw(const pel_volume *v, const view *how, int quality, bool skip)
{
    pel_look look = look_of(how);
    pel_camera_params aim = pel_camera_defaults();
    pel_raycast_params params = pel_raycast_defaults();
    params.picture = "150x110";
    params.mode = how->mode;
    params.quality = quality;
    params.step = (pel_length){ 0.5, PEL_VX };
    aim.elev = 17;
    aim.azim = 131;
    aim.fov = how->perspective ? 40 : (double)NAN;
    if (how->cut)
        params.keep.item[params.keep.count++] = "z < x - 10 or y < 30 and x > 20";
    pel_scene *scene;
    pel_camera camera;
    pel_image image;
    assert_ok(pel_scene_new(&scene, v, &look, &params));
    if (how->panes > 0)
        add_panes(scene, how);
    assert_ok(pel_scene_aim(&camera, scene, &aim));
    const pel__body *body = scene->body[0];
    assert_true((quality == NORMAL) == (body->fast != NULL));
    if (!skip)
        take_every_step(body);
    assert_ok(pel_scene_frame(&image, scene, &camera, NULL));
    pel_scene_free(scene);
    return image;
}

static const view views[] = {
    { PEL_COMPOSITE, false, false, false, false, 0.05, 0 },
    { PEL_COMPOSITE, false, false, true, true, 2, 0 },
    { PEL_COMPOSITE, true, false, false, false, 0.05, 0 },
    { PEL_COMPOSITE, true, false, true, false, 3, 0 },
    { PEL_COMPOSITE, true, false, false, true, 3, 0 },
    { PEL_COMPOSITE, true, true, true, true, 1, 0 },
    { PEL_COMPOSITE, false, true, false, false, 0.2, 0 },
    { PEL_MIP, false, false, true, false, 1, 0 },
    { PEL_MIP, false, false, false, true, 1, 0 },
    { PEL_MINIP, false, false, false, true, 1, 0 },
    { PEL_MEAN, false, false, true, false, 1, 0 },
    { PEL_MEAN, false, false, false, true, 1, 0 },
    { PEL_COMPOSITE, false, false, false, false, 0.05, 1 },
    { PEL_COMPOSITE, true, false, true, true, 3, 4 },
    { PEL_COMPOSITE, true, true, false, true, 0.5, 40 },
};
enum { VIEWS = sizeof views / sizeof *views };

// a sanitizer sees every view, each with another type
static int view_step(void)
{
    return is_sanitized() ? 4 : 1;
}

static int first_view(int type)
{
    return type % view_step();
}

static const pel_dtype dtypes[] = { PEL_UINT8, PEL_INT8, PEL_UINT16, PEL_INT16, PEL_FLOAT32 };

static void normal_is_reference_within_1_255_and_50_db(void **state)
{
    (void)state;
    for (int d = 0; d < 5; d++) {
        pel_volume v = make(dtypes[d]);
        for (int i = first_view(d); i < VIEWS; i += view_step()) {
            pel_image a = draw(&v, &views[i], NORMAL, true),
                      b = draw(&v, &views[i], REFERENCE, true);
            double square = 0;
            int off = 0, shown = 0;
            for (int n = 0; n < 3 * PIXELS; n++) {
                int one = ((uint8_t *)a.data)[n], other = ((uint8_t *)b.data)[n];
                square += (one - other) * (one - other);
                off += abs(one - other) > 1;
                shown += other != ((uint8_t *)b.data)[n % 3];
            }
            double psnr = 10 * log10(255.0 * 255 / (square / (3 * PIXELS) + 1e-9));
            if (psnr < 50 || off > 3 * PIXELS / 1000 || shown < 3000)
                fail_msg("view %d of %s: %.1f dB, %d numbers off, %d shown", i,
                         pel_dtype_name(dtypes[d]), psnr, off, shown);
            pel_image_free(&a);
            pel_image_free(&b);
        }
        pel_volume_free(&v);
    }
    assert_int_equal(pel_memory_in_use(), 0);
}

static void leaps_change_no_bit(void **state)
{
    (void)state;
    for (int d = 0; d < 5; d++) {
        pel_volume v = make(dtypes[d]);
        for (int i = first_view(d); i < VIEWS; i += view_step()) {
            pel_image a = draw(&v, &views[i], NORMAL, true), b = draw(&v, &views[i], NORMAL, false);
            assert_memory_equal(a.data, b.data, 3 * PIXELS);
            pel_image_free(&a);
            pel_image_free(&b);
        }
        pel_volume_free(&v);
    }
}

// two slabs that end where cells of 8 voxels do, one of them rough
static float slabs(pel_vec3 p)
{
    double j = p.y + 31.5;
    bool smooth = j > 8 && j < 16;
    bool rough = j > 24 && j < 32;
    return rough ? (float)(0.6 + 0.4 * sin(p.x)) : smooth ? 1 : 0;
}

// faint, so that samples may take the light of those before them
static pel_image see_slabs(const pel_volume *v, double nearer_mm, bool skip)
{
    pel_look look = plain_look(0.004);
    pel_camera_params aim;
    pel_raycast_params params;
    pel_scene *scene;
    pel_camera camera;
    pel_image image;
    look.opacity[0].value = look.opacity[1].value = 0.01;
    look.opacity_count = 3;
    look.opacity[2] = look.opacity[1];
    look.opacity[2].value = 1;
    look.unlit = false;
    front_view(&aim, &params, "40", 1);
    params.bits = 1;
    aim.center = (pel_numbers){ .count = 3, .value = { 0, nearer_mm, 0 } };
    assert_ok(pel_scene_new(&scene, v, &look, &params));
    assert_ok(pel_scene_aim(&camera, scene, &aim));
    if (!skip)
        take_every_step(scene->body[0]);
    assert_ok(pel_scene_frame(&image, scene, &camera, NULL));
    pel_scene_free(scene);
    return image;
}

static void a_leap_forgets_the_light_before_it(void **state)
{
    (void)state;
    pel_volume v = cube(64, 1);
    paint(&v, slabs);
    // every place of samples, by pairs
    for (int i = 0; i < 4; i++) {
        pel_image a = see_slabs(&v, 0.25 * i, true), b = see_slabs(&v, 0.25 * i, false);
        assert_int_equal(a.channels, 3);
        assert_memory_equal(a.data, b.data, (size_t)(2 * 3 * a.width * a.height));
        pel_image_free(&a);
        pel_image_free(&b);
    }
    pel_volume_free(&v);
}

static void packets_give_the_same_bytes_to_any_number_of_threads(void **state)
{
    (void)state;
    pel_volume v = make(PEL_UINT16);
    for (int i = 0; i < VIEWS; i += view_step()) {
        pel_image first = { 0 };
        static const int threads[] = { 1, 2, 7 };
        for (int t = 0; t < 3; t++) {
            pel_job job = pel_job_defaults();
            job.threads = threads[t];
            pel_job *before = pel_job_use(&job);
            pel_image image = draw(&v, &views[i], NORMAL, true);
            pel_job_use(before);
            if (t)
                assert_memory_equal(image.data, first.data, 3 * PIXELS);
            if (t)
                pel_image_free(&image);
            else
                first = image;
        }
        pel_image_free(&first);
    }
    pel_volume_free(&v);
}

static float solid(pel_vec3 p)
{
    return pel__length(p) < 20 ? 613 : 0;
}

// whatever is behind and however early a ray ends; 50.4/255 is 50, and not 51 as with a little
// white
static void an_opaque_solid_has_its_colour_alone(void **state)
{
    (void)state;
    pel_volume v = cube(60, 1);
    paint(&v, solid);
    pel_camera_params camera = pel_camera_defaults();
    pel_raycast_params params = pel_raycast_defaults();
    params.picture = "60";
    for (int i = 0; i < 12; i++) {
        pel_look look = plain_look(0);
        double grey = 50.4 / 255;
        look.point_count = 3;
        look.points[0] = (pel_look_point){ 0, { grey, grey, grey, 0 } };
        look.points[1] = (pel_look_point){ 1, { grey, grey, grey, 0 } };
        look.points[2] = (pel_look_point){ 1, { grey, grey, grey, 0.4 * (i + 1) } };
        pel_image image;
        assert_ok(pel_raycast(&image, &v, &look, &camera, &params));
        for (int y = 25; y < 35; y++)
            for (int x = 25; x < 35; x++)
                assert_int_equal(((uint8_t *)image.data)[3 * (60 * y + x)], 50);
        pel_image_free(&image);
    }
    pel_volume_free(&v);
}

static void layers_data_and_labels_are_left_to_float32(void **state)
{
    (void)state;
    pel_volume v = make(PEL_UINT8);
    pel_look look = plain_look(1);
    pel_scene *scene;
    for (int i = 0; i < 7; i++) {
        pel_raycast_params params = pel_raycast_defaults();
        params.quality = i == 0 ? REFERENCE : NORMAL;
        params.bits = i == 1 ? 2 : i == 2 ? 1 : 0;
        params.mode = i == 2 ? PEL_MIP : PEL_COMPOSITE;
        params.layer.count = i == 3;
        params.layer.item[0] = "depth";
        look.labels = i == 4;
        params.preintegrate = i == 6;
        assert_ok(pel_scene_new(&scene, &v, &look, &params));
        assert_true((scene->body[0]->fast != NULL) == (i == 5));
        pel_scene_free(scene);
    }
    pel_volume_free(&v);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(normal_is_reference_within_1_255_and_50_db),
        cmocka_unit_test(leaps_change_no_bit),
        cmocka_unit_test(a_leap_forgets_the_light_before_it),
        cmocka_unit_test(packets_give_the_same_bytes_to_any_number_of_threads),
        cmocka_unit_test(an_opaque_solid_has_its_colour_alone),
        cmocka_unit_test(layers_data_and_labels_are_left_to_float32),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
