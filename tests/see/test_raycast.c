/* SPDX-License-Identifier: Apache-2.0 */
/* The ray caster's guarantees: same bytes, unlit, cuts, depths of data, layers, refusals. */
#include "scene.h"

#include "base/hash.h"
#include "see/raycast.h"

static float blobs(pel_vec3 p)
{
    double a = pel__length(pel__minus(p, (pel_vec3){ 4, 3, -2 })), b = pel__length(p);
    return (float)(fmax(0, 1 - a / 7) + 0.6 * fmax(0, 1 - b / 11)) *
           (float)(1 + 0.2 * sin(3 * p.x) * sin(2 * p.y));
}

static pel_image draw(const pel_volume *v, const pel_look *look, const pel_camera_params *camera,
                      const pel_raycast_params *params)
{
    pel_image image;
    assert_ok(pel_raycast(&image, v, look, camera, params));
    return image;
}

// a lit, bumpy scene with everything in it
static pel_look rich_look(void)
{
    pel_look look = plain_look(0.4);
    look.opacity[0].value = 0.15;
    look.unlit = false;
    look.gradient_count = 2;
    look.gradient[0] = (pel_look_point){ 0, { 0.3 } };
    look.gradient[1] = (pel_look_point){ 0.2, { 1 } };
    return look;
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

static void the_same_bytes_come_from_any_number_of_threads(void **state)
{
    (void)state;
    pel_volume v = cube(33, 0.9);
    paint(&v, blobs);
    pel_look look = rich_look();
    pel_camera_params camera = pel_camera_defaults();
    pel_raycast_params params = pel_raycast_defaults();
    params.picture = "101x77";
    params.level = 0.3;
    const char *names[] = { "value", "depth", "position", "voxel", "normal", "opacity" };
    for (int i = 0; i < 6; i++)
        params.layer.item[params.layer.count++] = names[i];
    for (int mode = 0; mode < 6; mode++)
        for (int bits = 0; bits < 3; bits++) {
            char first[33] = "", next[33];
            params.mode = mode;
            params.bits = bits;
            params.layer.count = mode == PEL_MEAN ? 1 : 6;
            camera.fov = bits == 1 ? 25 : (double)NAN;
            static const int threads[] = { 1, 2, 7 };
            for (int t = 0; t < 3; t++) {
                pel_job job = pel_job_defaults();
                job.threads = threads[t];
                pel_job *before = pel_job_use(&job);
                pel_image image = draw(&v, &look, &camera, &params);
                pel_job_use(before);
                hash_image(t ? next : first, &image);
                if (t)
                    assert_string_equal(next, first);
                pel_image_free(&image);
            }
        }
    pel_volume_free(&v);
    assert_int_equal(pel_memory_in_use(), 0);
}

static void skipping_empty_space_changes_no_bit(void **state)
{
    (void)state;
    pel_volume v = cube(45, 0.9);
    paint(&v, blobs);
    for (int64_t i = 0; i < 300; i++)
        ((float *)v.data)[i * 131] = NAN;
    // lone voxels at the edges of cells, which a skip too far would miss
    for (int64_t i = 0; i < 500; i++)
        ((float *)v.data)[i * 179] = 1;
    pel_look look = rich_look();
    pel_camera_params camera = pel_camera_defaults();
    pel_raycast_params params = pel_raycast_defaults();
    params.picture = "90";
    params.layer.item[params.layer.count++] = "depth";
    for (int i = 0; i < 24; i += is_sanitized() ? 5 : 1) {
        params.mode = i % 3;
        params.step = (pel_length){ i % 4 == 0 ? 1.3 : i % 2 ? 0.5 : 0.11, PEL_VX };
        camera.azim = 15 * i;
        camera.elev = i == 5 ? 90 : 7 * i - 80;
        pel_scene *scene;
        pel_camera aimed;
        assert_ok(pel_scene_new(&scene, &v, &look, &params));
        assert_ok(pel_scene_aim(&aimed, scene, &camera));
        pel_image with, without;
        int64_t few, all;
        assert_ok(pel_scene_frame(&with, scene, &aimed, &few));
        scene->skip = false;
        assert_ok(pel_scene_frame(&without, scene, &aimed, &all));
        char a[33], b[33];
        hash_image(a, &with);
        hash_image(b, &without);
        assert_string_equal(a, b);
        assert_true(few < all);
        pel_image_free(&with);
        pel_image_free(&without);
        pel_scene_free(scene);
    }
    pel_volume_free(&v);
}

static void an_unknown_side_is_drawn_in_array_order_whichever_way_x_runs(void **state)
{
    (void)state;
    pel_volume v = cube(40, 1.5);
    paint(&v, blobs);
    v.oriented = false;
    pel_look look = rich_look();
    pel_camera_params camera = pel_camera_defaults();
    pel_raycast_params params = pel_raycast_defaults();
    params.picture = "80";
    camera.roll = 20;
    for (int perspective = 0; perspective < 2; perspective++) {
        camera.fov = perspective ? 30 : (double)NAN;
        camera.center = (pel_numbers){ 3, { 5, -3, 2 } };
        pel_image rising = draw(&v, &look, &camera, &params);
        for (int c = 0; c < 4; c++)
            v.mm_from_ijk.m[0][c] = -v.mm_from_ijk.m[0][c];
        camera.center.value[0] = -5;
        pel_image falling = draw(&v, &look, &camera, &params);
        for (int c = 0; c < 4; c++)
            v.mm_from_ijk.m[0][c] = -v.mm_from_ijk.m[0][c];
        const uint8_t *a = rising.data, *b = falling.data;
        for (int64_t i = 0; i < rising.width * rising.height * rising.channels; i++)
            assert_near(a[i], b[i], 1);
        pel_image_free(&rising);
        pel_image_free(&falling);
    }
    pel_volume_free(&v);
}

static float solid(pel_vec3 p)
{
    return pel__length(p) < 8 ? 0.6f : 0;
}

// unlit is the transfer function's colour and nothing else, whatever way the surface faces
static void an_unlit_solid_has_exactly_its_colour(void **state)
{
    (void)state;
    pel_volume v = cube(25, 1);
    paint(&v, solid);
    pel_look look = plain_look(0);
    look.point_count = 3;
    look.points[0] = (pel_look_point){ 0, { 0.2, 0.4, 0.8, 0 } };
    look.points[1] = (pel_look_point){ 0.3, { 0.2, 0.4, 0.8, 0 } };
    look.points[2] = (pel_look_point){ 0.3, { 0.2, 0.4, 0.8, 500 } };
    pel_camera_params camera;
    pel_raycast_params params;
    front_view(&camera, &params, "41", 0.5);
    params.bits = 0;
    look.ambient = 0.1;
    look.specular = 1;
    int inside = 0;
    for (int i = 0; i < 5; i++) {
        camera.azim = 90 + 33 * i;
        camera.elev = 12 * i;
        pel_image image = draw(&v, &look, &camera, &params);
        assert_int_equal(image.channels, 3);
        const uint8_t *rgb = image.data;
        for (int n = 0; n < 41 * 41; n++, rgb += 3) {
            double x = 0.5 * (n % 41 - 20), y = 0.5 * (n / 41 - 20), r = hypot(x, y);
            if (r < 6.5) {
                inside++;
                assert_int_equal(rgb[0], 51);
                assert_int_equal(rgb[1], 102);
                assert_int_equal(rgb[2], 204);
            } else if (r > 9.5)
                assert_int_equal(rgb[0] + rgb[1] + rgb[2], 3 * 255);
        }
        pel_image_free(&image);
    }
    assert_true(inside > 1000);
    // the same scene lit is shaded: the test above can tell
    look.unlit = false;
    pel_image lit = draw(&v, &look, &camera, &params);
    assert_int_not_equal(((const uint8_t *)lit.data)[3 * (20 * 41 + 8)], 51);
    pel_image_free(&lit);
    pel_volume_free(&v);
}

static void a_ramp_of_4096_levels_keeps_them_at_16_bits(void **state)
{
    (void)state;
    pel_volume shape = { .dims = { 4096, 2, 2 }, .oriented = true }, v;
    shape.mm_from_ijk = pel_affine_identity();
    shape.mm_from_ijk.m[0][0] = 1.0 / 1024;
    shape.mm_from_ijk.m[0][3] = -2047.5 / 1024;
    assert_ok(pel_volume_like(&v, &shape, PEL_INT16));
    for (int i = 0; i < 4 * 4096; i++)
        ((int16_t *)v.data)[i] = (int16_t)(i % 4096);
    pel_look look = plain_look(1);
    pel_camera_params camera;
    pel_raycast_params params;
    front_view(&camera, &params, "4098x1", 1.0 / 1024);
    params.bits = 1;
    for (int mode = is_sanitized() ? PEL_MEAN : PEL_MIP; mode <= PEL_MEAN; mode++) {
        params.mode = mode;
        pel_image image = draw(&v, &look, &camera, &params);
        assert_true(image.scalar);
        const uint16_t *stored = image.data;
        assert_int_equal(stored[0], 0);
        assert_int_equal(stored[4097], 0);
        for (int i = 0; i < 4096; i++) {
            assert_true(stored[4096 - i] > 0);
            assert_near(image.slope * stored[4096 - i] + image.inter, i, 0.04);
            assert_true(i == 0 || stored[4096 - i] > stored[4097 - i]);
        }
        pel_image_free(&image);
    }
    pel_volume_free(&v);
}

// what is left after a cut has the colour it had, and the cut shows what lay behind it
static void a_cut_keeps_every_other_pixels_colour(void **state)
{
    (void)state;
    pel_volume v = cube(33, 0.9);
    paint(&v, blobs);
    pel_look look = rich_look();
    pel_camera_params camera;
    pel_raycast_params params;
    front_view(&camera, &params, "80", 0.4);
    params.bits = 0;
    camera.azim = 60;
    pel_image whole = draw(&v, &look, &camera, &params);
    // right of a plane that holds the view direction nothing is left; left of it all is as it was
    pel_vec3 right = whole.camera.right;
    char keep[128];
    snprintf(keep, sizeof keep, "mm: %.17g*x + %.17g*y < 0", right.x, right.y);
    params.keep.item[params.keep.count++] = keep;
    pel_image cut = draw(&v, &look, &camera, &params);
    int changed = 0;
    for (int n = 0; n < 80 * 80; n++) {
        const uint8_t *a = (const uint8_t *)whole.data + 3 * n,
                      *b = (const uint8_t *)cut.data + 3 * n;
        if (n % 80 < 40)
            assert_memory_equal(a, b, 3);
        else {
            assert_int_equal(b[0] + b[1] + b[2], 3 * 255);
            changed += a[0] != b[0];
        }
    }
    assert_true(changed > 100);
    pel_image_free(&whole);
    pel_image_free(&cut);
    pel_volume_free(&v);
}

// a cut through a solid shows its full value at once: no half transparent skin of the cut
static void a_cut_face_shows_the_data_without_a_halo(void **state)
{
    (void)state;
    pel_volume v = cube(25, 1);
    paint(&v, solid);
    pel_look look = plain_look(0);
    look.opacity[1].v[0] = 400;
    look.opacity[0].value = 0.59; // a value mixed with what was cut away would be clear
    look.opacity[1].value = 0.6;
    pel_camera_params camera;
    pel_raycast_params params;
    front_view(&camera, &params, "9", 1);
    params.keep.item[params.keep.count++] = "y < 12.37";
    params.layer.item[params.layer.count++] = "position";
    params.layer.item[params.layer.count++] = "value";
    params.step = (pel_length){ 0.25, PEL_MM };
    pel_image image = draw(&v, &look, &camera, &params);
    for (int n = 0; n < 81; n++) {
        if (hypot(n % 9 - 4, n / 9 - 4) > 5)
            continue;
        assert_near(layer_of(&image, "value")[n], 0.6, 1e-6);
        float y = layer_of(&image, "position")[3 * n + 1];
        assert_true(y < 0.37f && y > 0.37f - 0.26f);
        assert_near(((const float *)image.data)[4 * n + 3], 1, 1e-5);
    }
    pel_image_free(&image);
    pel_volume_free(&v);
}

static void layers_agree_with_each_other_and_the_volume(void **state)
{
    (void)state;
    pel_volume v = cube(33, 0.9);
    paint(&v, blobs);
    v.mm_from_ijk.m[0][1] = 0.2; // sheared
    pel_look look = rich_look();
    pel_camera_params camera = pel_camera_defaults();
    pel_raycast_params params = pel_raycast_defaults();
    params.picture = "60";
    const char *names[] = { "value", "depth", "position", "voxel", "normal", "opacity=x.npy" };
    for (int i = 0; i < 6; i++)
        params.layer.item[params.layer.count++] = names[i];
    pel_affine ijk_from_mm;
    assert_true(pel_affine_invert(&ijk_from_mm, v.mm_from_ijk));
    for (int mode = 0; mode < 3; mode++) {
        params.mode = mode;
        camera.fov = mode == 1 ? 40 : (double)NAN;
        pel_image image = draw(&v, &look, &camera, &params);
        int seen = 0;
        for (int n = 0; n < 3600; n++) {
            float value = layer_of(&image, "value")[n], depth = layer_of(&image, "depth")[n];
            const float *mm = layer_of(&image, "position") + 3 * n;
            const float *ijk = layer_of(&image, "voxel") + 3 * n;
            const float *normal = layer_of(&image, "normal") + 3 * n;
            float opacity = layer_of(&image, "opacity")[n];
            assert_true(isnan(depth) == isnan(value));
            if (isnan(value)) {
                assert_true(isnan(mm[0]) && isnan(ijk[2]) && isnan(normal[1]));
                assert_true(isnan(opacity) || opacity < 0.5f);
                continue;
            }
            seen++;
            assert_true(opacity >= 0.5f);
            pel_vec3 p = { (double)mm[0], (double)mm[1], (double)mm[2] }, o, d;
            pel_camera_ray(&image.camera, n % 60 + 0.5, n / 60 + 0.5, &o, &d);
            pel_vec3 q = pel__plus(o, pel__scale(d, (double)depth));
            assert_near(pel__length(pel__minus(p, q)), 0, 1e-4);
            pel_vec3 at = pel_affine_point(ijk_from_mm, p);
            assert_near(at.x, ijk[0], 1e-4);
            assert_near(at.z, ijk[2], 1e-4);
            assert_near(pel_volume_sample(&v, at), value, 1e-4);
            if (!isnan(normal[0]))
                assert_near(sqrt((double)(normal[0] * normal[0] + normal[1] * normal[1] +
                                          normal[2] * normal[2])),
                            1, 1e-6);
        }
        assert_true(seen > 100);
        pel_image_free(&image);
    }
    pel_volume_free(&v);
}

static float dome(pel_vec3 p)
{
    return (float)(30 - pel__length(p));
}

// the gradient of a cone of values points to its tip: normals point away from it
static void normals_point_from_high_to_low_values(void **state)
{
    (void)state;
    pel_volume v = cube(41, 1);
    paint(&v, dome);
    pel_look look = plain_look(0);
    look.opacity[0].value = 14;
    look.opacity[1] = (pel_look_point){ 14.1, { 100 } };
    pel_camera_params camera = pel_camera_defaults();
    pel_raycast_params params = pel_raycast_defaults();
    params.picture = "40";
    params.layer.item[params.layer.count++] = "normal";
    params.layer.item[params.layer.count++] = "position";
    pel_image image = draw(&v, &look, &camera, &params);
    int seen = 0;
    for (int n = 0; n < 1600; n++) {
        const float *mm = layer_of(&image, "position") + 3 * n;
        const float *normal = layer_of(&image, "normal") + 3 * n;
        if (isnan(mm[0]))
            continue;
        double r = sqrt((double)(mm[0] * mm[0] + mm[1] * mm[1] + mm[2] * mm[2]));
        assert_near((double)(normal[0] * mm[0] + normal[1] * mm[1] + normal[2] * mm[2]) / r, 1,
                    2e-3);
        seen++;
    }
    assert_true(seen > 150);
    pel_image_free(&image);
    pel_volume_free(&v);
}

static void every_voxel_type_and_scale_gives_the_same_picture(void **state)
{
    (void)state;
    pel_volume floats = cube(12, 1);
    for (int i = 0; i < 12 * 12 * 12; i++)
        ((float *)floats.data)[i] = (float)(i * 37 % 100);
    pel_look look = plain_look(1);
    look.window[1] = look.opacity[1].value = 100;
    pel_camera_params camera = pel_camera_defaults();
    pel_raycast_params params = pel_raycast_defaults();
    params.picture = "30";
    params.quality = 2;
    char want[33], got[33];
    pel_image image = draw(&floats, &look, &camera, &params);
    hash_image(want, &image);
    pel_image_free(&image);
    for (int type = 0; type < PEL_DTYPE_COUNT; type++) {
        pel_volume v;
        assert_ok(pel_volume_like(&v, &floats, (pel_dtype)type));
        v.slope = 2;
        v.inter = -4;
        for (int i = 0; i < 12 * 12 * 12; i++) {
            double stored = (((double)((float *)floats.data)[i]) + 4) / 2;
            // halves do not fit whole types: let those keep slope 1
            if (!pel_dtype_is_float((pel_dtype)type)) {
                v.slope = 1;
                v.inter = -4;
                stored = (double)((float *)floats.data)[i] + 4;
            }
            switch (type) {
            case PEL_UINT8:
            case PEL_INT8:
                ((uint8_t *)v.data)[i] = (uint8_t)stored;
                break;
            case PEL_UINT16:
            case PEL_INT16:
                ((uint16_t *)v.data)[i] = (uint16_t)stored;
                break;
            case PEL_UINT32:
            case PEL_INT32:
                ((uint32_t *)v.data)[i] = (uint32_t)stored;
                break;
            case PEL_UINT64:
            case PEL_INT64:
                ((uint64_t *)v.data)[i] = (uint64_t)stored;
                break;
            case PEL_FLOAT32:
                ((float *)v.data)[i] = (float)stored;
                break;
            default:
                ((double *)v.data)[i] = stored;
            }
        }
        image = draw(&v, &look, &camera, &params);
        hash_image(got, &image);
        assert_string_equal(got, want);
        pel_image_free(&image);
        pel_volume_free(&v);
    }
    pel_volume_free(&floats);
}

static void a_background_may_be_a_colour_or_nothing(void **state)
{
    (void)state;
    pel_volume v = cube(9, 1);
    paint(&v, solid);
    pel_look look = plain_look(0.05);
    pel_camera_params camera;
    pel_raycast_params params;
    front_view(&camera, &params, "30", 1);
    params.bits = 0;
    assert_ok(pel_colour_parse(&params.background, "tomato"));
    pel_image image = draw(&v, &look, &camera, &params);
    assert_int_equal(image.channels, 3);
    assert_int_equal(((const uint8_t *)image.data)[1], 99);
    pel_image_free(&image);
    assert_ok(pel_colour_parse(&params.background, "transparent"));
    image = draw(&v, &look, &camera, &params);
    assert_int_equal(image.channels, 4);
    assert_int_equal(((const uint8_t *)image.data)[3], 0);
    const uint8_t *middle = (const uint8_t *)image.data + 4 * (15 * 30 + 15);
    // not premultiplied: the grey of value 0.6 whatever the opacity
    assert_in_range(middle[0], 152, 153);
    assert_in_range(middle[3], 50, 80);
    pel_image_free(&image);
    pel_volume_free(&v);
}

static void sizes_are_pixels_or_paper(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        double dpi;
        int64_t width, height;
        double dpi_out;
    } cases[] = {
        { "1024x768", NAN, 1024, 768, 0 }, { "512", NAN, 512, 512, 0 },
        { "30cm", 100, 1181, 1181, 100 },  { "2in", NAN, 600, 600, 300 },
        { "12x8in", 50, 600, 400, 50 },    { "10cmx5cm", 254, 1000, 500, 254 },
        { "300px", 72, 300, 300, 72 },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        pel_raycast_params params = pel_raycast_defaults();
        params.picture = cases[i].text;
        params.dpi = cases[i].dpi;
        int64_t width, height;
        double dpi;
        assert_ok(pel_raycast_size(&params, &width, &height, &dpi));
        assert_int_equal(width, cases[i].width);
        assert_int_equal(height, cases[i].height);
        assert_near(dpi, cases[i].dpi_out, 0);
    }
    static const char *const wrong[] = { "",    "0",   "-5",  "1.5",    "9999999",
                                         "5vx", "axb", "10x", "1e-9cm", "nan" };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        pel_raycast_params params = pel_raycast_defaults();
        params.picture = wrong[i];
        int64_t width, height;
        double dpi;
        assert_int_equal(pel_raycast_size(&params, &width, &height, &dpi), PEL_EPARAM);
        assert_error_says("--size");
    }
}

static float rising_in_y(pel_vec3 mm)
{
    return (float)(mm.y + 10);
}

static void a_mean_left_to_itself_is_shown_up_to_two_thirds_of_the_values(void **state)
{
    (void)state;
    pel_volume v = cube(20, 1);
    paint(&v, rising_in_y);
    pel_look look;
    pel_camera_params camera = pel_camera_defaults();
    pel_raycast_params params = pel_raycast_defaults();
    pel_image open, full, given;
    params.picture = "24";
    params.mode = PEL_MEAN;
    assert_ok(pel_look_load(&look, "auto"));
    assert_ok(pel_raycast(&open, &v, &look, &camera, &params));
    // slices and this picture start from the same window
    assert_ok(pel_look_load(&look, "gray"));
    assert_ok(pel_look_fit(&look, &v));
    assert_ok(pel_raycast(&full, &v, &look, &camera, &params));
    look.window[1] -= (look.window[1] - look.window[0]) / 3;
    assert_ok(pel_raycast(&given, &v, &look, &camera, &params));
    assert_memory_equal(open.data, given.data, 24 * 24 * 3);
    assert_memory_not_equal(open.data, full.data, 24 * 24 * 3);
    pel_image_free(&open);
    pel_image_free(&full);
    pel_image_free(&given);
    pel_volume_free(&v);
}

static void what_cannot_be_drawn_is_refused(void **state)
{
    (void)state;
    pel_volume v = cube(5, 1);
    pel_look look = plain_look(1);
    pel_camera_params camera = pel_camera_defaults();
    pel_raycast_params params = pel_raycast_defaults();
    pel_image image;
    params.layer.item[0] = "depht=x.npy";
    params.layer.count = 1;
    assert_int_equal(pel_raycast(&image, &v, &look, &camera, &params), PEL_EPARAM);
    assert_error_says("depht");
    params.layer.item[0] = "depth";
    params.mode = PEL_MEAN;
    assert_int_equal(pel_raycast(&image, &v, &look, &camera, &params), PEL_EPARAM);
    assert_error_says("mean");
    params.mode = PEL_COMPOSITE;
    params.step = (pel_length){ 1e-8, PEL_MM };
    assert_int_equal(pel_raycast(&image, &v, &look, &camera, &params), PEL_EPARAM);
    assert_error_says("--step");
    params.step = (pel_length){ 1, PEL_CM };
    assert_int_equal(pel_raycast(&image, &v, &look, &camera, &params), PEL_EPARAM);
    params.step = (pel_length){ NAN, PEL_MM };
    v.oriented = false;
    camera.view = 1;
    assert_int_equal(pel_raycast(&image, &v, &look, &camera, &params), PEL_EDATA);
    assert_error_says("--assume");
    camera.view = 0;
    v.mm_from_ijk.m[2][2] = 0;
    assert_int_equal(pel_raycast(&image, &v, &look, &camera, &params), PEL_EDATA);
    pel_volume_free(&v);
    assert_int_equal(pel_memory_in_use(), 0);
}

static void one_voxel_and_nothing_but_nan_are_drawn(void **state)
{
    (void)state;
    pel_look look;
    assert_ok(pel_look_load(&look, "auto"));
    pel_camera_params camera = pel_camera_defaults();
    pel_raycast_params params = pel_raycast_defaults();
    params.picture = "20";
    for (int mode = 0; mode < 4; mode++) {
        params.mode = mode;
        pel_volume v = cube(1, 1);
        pel_image image = draw(&v, &look, &camera, &params);
        pel_image_free(&image);
        ((float *)v.data)[0] = NAN;
        image = draw(&v, &look, &camera, &params);
        assert_int_equal(((const uint8_t *)image.data)[3 * 210], mode ? 0 : 255);
        pel_image_free(&image);
        pel_volume_free(&v);
    }
}

static void a_cancelled_picture_leaves_nothing(void **state)
{
    (void)state;
    pel_volume v = cube(20, 1);
    pel_look look = plain_look(1);
    pel_camera_params camera = pel_camera_defaults();
    pel_raycast_params params = pel_raycast_defaults();
    pel_job job = pel_job_defaults();
    pel_job *before = pel_job_use(&job);
    pel_job_cancel(&job);
    pel_image image;
    assert_int_equal(pel_raycast(&image, &v, &look, &camera, &params), PEL_ECANCELLED);
    assert_null(image.data);
    pel_job_use(before);
    pel_volume_free(&v);
    assert_int_equal(pel_memory_in_use(), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_same_bytes_come_from_any_number_of_threads),
        cmocka_unit_test(skipping_empty_space_changes_no_bit),
        cmocka_unit_test(an_unknown_side_is_drawn_in_array_order_whichever_way_x_runs),
        cmocka_unit_test(an_unlit_solid_has_exactly_its_colour),
        cmocka_unit_test(a_ramp_of_4096_levels_keeps_them_at_16_bits),
        cmocka_unit_test(a_cut_keeps_every_other_pixels_colour),
        cmocka_unit_test(a_cut_face_shows_the_data_without_a_halo),
        cmocka_unit_test(layers_agree_with_each_other_and_the_volume),
        cmocka_unit_test(normals_point_from_high_to_low_values),
        cmocka_unit_test(every_voxel_type_and_scale_gives_the_same_picture),
        cmocka_unit_test(a_background_may_be_a_colour_or_nothing),
        cmocka_unit_test(sizes_are_pixels_or_paper),
        cmocka_unit_test(a_mean_left_to_itself_is_shown_up_to_two_thirds_of_the_values),
        cmocka_unit_test(what_cannot_be_drawn_is_refused),
        cmocka_unit_test(one_voxel_and_nothing_but_nan_are_drawn),
        cmocka_unit_test(a_cancelled_picture_leaves_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
