/* SPDX-License-Identifier: Apache-2.0 */
/* Points as balls and discs, and lines along edges, against geometry worked out ray by ray. */
#include "scene.h"

#include "base/exact.h"
#include "see/raycast.h"

enum { POINTS = 60, WIDE = 41, PIXELS = WIDE * WIDE };

// numbers that a seed fixes, from -1 to 1
static double noise(uint32_t *seed)
{
    *seed = *seed * 1664525u + 1013904223u;
    return (double)(*seed >> 8) / (1 << 23) - 1;
}

static pel_mesh cloud_of(int64_t count)
{
    pel_mesh m;
    float(*normal)[3];
    uint32_t seed = 7;
    assert_ok(pel_mesh_new(&m, count, 0));
    assert_ok(pel_mesh_add_array(&m, "normals", PEL_ARRAY_NORMALS, false, 3, &normal));
    for (int64_t i = 0; i < count; i++) {
        pel_vec3 n = pel__unit((pel_vec3){ noise(&seed), noise(&seed), noise(&seed) });
        for (int a = 0; a < 3; a++)
            m.point_mm[i][a] = (float)(12 * noise(&seed));
        // some have none
        normal[i][0] = i % 5 ? (float)n.x : 0;
        normal[i][1] = i % 5 ? (float)n.y : 0;
        normal[i][2] = i % 5 ? (float)n.z : 0;
    }
    m.oriented = true;
    return m;
}

static double pixel_at(const pel_camera *c, pel_vec3 p)
{
    return c->perspective ? pel__dot(pel__minus(p, c->eye_mm), c->forward) / c->focal_px
                          : c->mm_per_pixel;
}

// where a ray meets point i, by the quadratic formula or the plane; NAN: nowhere
static double meet(const pel_mesh *m, int64_t i, const pel_camera *c, pel_vec3 o, pel_vec3 d,
                   const pel_sheet_params *how)
{
    const float *q = m->point_mm[i], *n = ((float(*)[3])m->array[0].data)[i];
    pel_vec3 p = { (double)q[0], (double)q[1], (double)q[2] };
    double r = how->point_size.value / 2;
    if (how->point_size.unit == PEL_PX)
        r *= pixel_at(c, p);
    pel_vec3 from = pel__minus(o, p);
    if (how->point_shape == 0) {
        double b = pel__dot(from, d), root = b * b - pel__dot(from, from) + r * r;
        return root < 0 ? (double)NAN : -b - sqrt(root);
    }
    pel_vec3 face = { (double)n[0], (double)n[1], (double)n[2] };
    if (!(pel__dot(face, face) > 0))
        face = d;
    double t = -pel__dot(from, face) / pel__dot(face, d);
    return pel__length(pel__plus(from, pel__scale(d, t))) <= r ? t : (double)NAN;
}

static void check_pixel(const pel_image *image, int n, const pel_camera *c, const pel_mesh *m,
                        const pel_sheet_params *how, int *met)
{
    pel_vec3 o, d;
    double first = INFINITY, left = 1;
    int64_t which = -1;
    pel_camera_ray(c, n % WIDE + 0.5, n / WIDE + 0.5, &o, &d);
    for (int64_t i = 0; i < m->points; i++) {
        double t = meet(m, i, c, o, d, how);
        left *= isnan(t) ? 1 : 1 - how->opacity;
        if (t < first) {
            first = t;
            which = i;
        }
    }
    assert_near(((const float *)image->data)[4 * n + 3], 1 - left, 1e-5);
    if (which < 0)
        return;
    (*met)++;
    assert_near(layer_of(image, "triangle")[n], which, 0);
    assert_near(layer_of(image, "depth")[n], first, 2e-4);
}

static void a_ray_meets_every_ball_and_disc_on_its_way_where_geometry_says(void **state)
{
    (void)state;
    pel_mesh m = cloud_of(POINTS);
    pel_look light = plain_look(1);
    pel_camera_params aim;
    pel_raycast_params params;
    front_view(&aim, &params, "41", 0.7);
    params.layer.item[params.layer.count++] = "depth";
    params.layer.item[params.layer.count++] = "triangle";
    params.layer_at = 0.4;
    for (int i = 0; i < 8; i++) {
        pel_sheet_params how = pel_sheet_defaults();
        pel_scene *scene;
        pel_camera camera;
        pel_image image;
        int met = 0;
        how.opacity = 0.5;
        how.point_shape = i & 1;
        how.point_size = (pel_length){ i & 2 ? 7 : 4.5, i & 2 ? PEL_PX : PEL_MM };
        aim.fov = i & 4 ? 50 : (double)NAN;
        aim.mm_per_pixel = i & 4 ? (double)NAN : 0.7;
        aim.roll = 10 * i;
        assert_ok(pel_scene_new(&scene, NULL, NULL, &params));
        assert_ok(pel_scene_add_mesh(scene, &m, &light, &how));
        assert_ok(pel_scene_aim(&camera, scene, &aim));
        assert_ok(pel_scene_frame(&image, scene, &camera, NULL));
        for (int n = 0; n < PIXELS; n++)
            check_pixel(&image, n, &camera, &m, &how, &met);
        assert_true(met > PIXELS / 8);
        pel_image_free(&image);
        pel_scene_free(scene);
    }
    pel_mesh_free(&m);
    assert_int_equal(pel_memory_in_use(), 0);
}

// one frame of a mesh alone
static pel_image drawn(const pel_mesh *m, const pel_look *look, const pel_sheet_params *how,
                       const pel_camera_params *aim, const pel_raycast_params *params)
{
    pel_scene *scene;
    pel_camera camera;
    pel_image image;
    assert_ok(pel_scene_new(&scene, NULL, NULL, params));
    assert_ok(pel_scene_add_mesh(scene, m, look, how));
    assert_ok(pel_scene_aim(&camera, scene, aim));
    assert_ok(pel_scene_frame(&image, scene, &camera, NULL));
    pel_scene_free(scene);
    return image;
}

static void points_show_their_colours_numbers_or_labels_and_unlit_nothing_else(void **state)
{
    (void)state;
    pel_mesh m = cloud_of(POINTS);
    float *intensity;
    uint8_t(*colour)[3];
    assert_ok(pel_mesh_add_array(&m, "intensity", PEL_ARRAY_VALUES, false, 1, &intensity));
    for (int64_t i = 0; i < POINTS; i++)
        intensity[i] = (float)i / POINTS;
    pel_look look = plain_look(1);
    pel_camera_params aim;
    pel_raycast_params params;
    front_view(&aim, &params, "41", 0.7);
    params.layer.item[params.layer.count++] = "triangle";
    params.layer.item[params.layer.count++] = "value";
    pel_sheet_params how = pel_sheet_defaults();
    how.point_size = (pel_length){ 4, PEL_MM };
    for (int round = 0; round < 4; round++) {
        // intensities, colours before these, intensities asked for, one colour for all
        if (round == 1) {
            assert_ok(pel_mesh_add_array(&m, "colours", PEL_ARRAY_COLOURS, false, 3, &colour));
            for (int64_t i = 0; i < POINTS; i++)
                colour[i][1] = (uint8_t)(3 * i);
        }
        how.scalar = round == 2 ? "intensity" : NULL;
        how.face = (pel_colour){ 0.25f, 0.5f, 1, 1, round == 3 };
        pel_image image = drawn(&m, &look, &how, &aim, &params);
        int met = 0;
        for (int n = 0; n < PIXELS; n++) {
            const float *rgba = (const float *)image.data + 4 * n;
            float which = layer_of(&image, "triangle")[n];
            if (isnan(which))
                continue;
            double i = (double)which, grey = i / POINTS;
            const double want[] = { grey, 3 * i / 255, grey, 0.5 };
            assert_near(rgba[1], want[round], 1e-6);
            assert_near(rgba[0], round == 1 ? 0 : round == 3 ? 0.25 : grey, 1e-6);
            if (round == 0 || round == 2)
                assert_near(layer_of(&image, "value")[n], grey, 1e-6);
            met++;
        }
        assert_true(met > PIXELS / 8);
        pel_image_free(&image);
    }
    pel_mesh_free(&m);
}

// a ball without a normal is lit as a ball, one with a normal as what it lies on
static void a_normal_lights_its_point(void **state)
{
    (void)state;
    pel_mesh m;
    float(*normal)[3];
    pel_look look = plain_look(1);
    look.unlit = false;
    look.ambient = 0;
    look.diffuse = 1;
    look.specular = 0;
    pel_camera_params aim;
    pel_raycast_params params;
    front_view(&aim, &params, "41", 0.1);
    pel_sheet_params how = pel_sheet_defaults();
    how.face = (pel_colour){ 1, 1, 1, 1, true };
    how.point_size = (pel_length){ 4, PEL_MM };
    assert_ok(pel_mesh_new(&m, 1, 0));
    m.oriented = true;
    pel_image bare = drawn(&m, &look, &how, &aim, &params);
    assert_ok(pel_mesh_add_array(&m, "normals", PEL_ARRAY_NORMALS, false, 3, &normal));
    normal[0][0] = 0.6f;
    normal[0][1] = 0.8f;
    pel_image own = drawn(&m, &look, &how, &aim, &params);
    int inside = 0;
    for (int n = 0; n < PIXELS; n++) {
        double x = 0.1 * (n % WIDE - WIDE / 2), z = 0.1 * (n / WIDE - WIDE / 2);
        double square = 4 - x * x - z * z;
        if (fabs(square) < 1e-6)
            continue;
        assert_near(((const float *)bare.data)[4 * n + 3], square > 0, 0);
        if (square < 0)
            continue;
        assert_near(((const float *)bare.data)[4 * n], sqrt(square) / 2, 1e-5);
        assert_near(((const float *)own.data)[4 * n], 0.8, 1e-5);
        inside++;
    }
    assert_near(inside, 400 * 3.14159, 20);
    pel_image_free(&bare);
    pel_image_free(&own);
    pel_mesh_free(&m);
}

static float all_one(pel_vec3 p)
{
    (void)p;
    return 1;
}

static void a_translucent_ball_within_a_volume_parts_it_where_the_ray_enters(void **state)
{
    (void)state;
    pel_volume v = cube(20, 1);
    pel_mesh m;
    paint(&v, all_one);
    pel_look red = plain_look(0), light = plain_look(1);
    red.point_count = 1;
    red.points[0] = (pel_look_point){ 0, { 1, 0, 0, 0.05 } };
    pel_sheet_params how = pel_sheet_defaults();
    how.face = (pel_colour){ 0, 0, 1, 1, true };
    how.opacity = 0.4;
    how.point_size = (pel_length){ 3, PEL_MM };
    assert_ok(pel_mesh_new(&m, 1, 0));
    m.point_mm[0][1] = 2;
    pel_camera_params aim;
    pel_raycast_params params;
    pel_scene *scene;
    pel_camera camera;
    pel_image image;
    front_view(&aim, &params, "1", 1);
    assert_ok(pel_scene_new(&scene, &v, &red, &params));
    assert_ok(pel_scene_add_mesh(scene, &m, &light, &how));
    assert_ok(pel_scene_aim(&camera, scene, &aim));
    assert_ok(pel_scene_frame(&image, scene, &camera, NULL));
    const float *rgba = image.data;
    // from the face at 10 to the ball at 3.5
    double left = exp(-0.05 * 6.5);
    assert_near((double)rgba[2] * (double)rgba[3], left * 0.4, 1e-5);
    assert_near(rgba[3], 1 - 0.6 * exp(-0.05 * 20), 1e-5);
    pel_image_free(&image);
    pel_scene_free(scene);
    pel_mesh_free(&m);
    pel_volume_free(&v);
}

static void points_are_as_wide_as_they_lie_apart_unless_told(void **state)
{
    (void)state;
    pel_mesh m;
    pel_look look = plain_look(1);
    pel_camera_params aim;
    pel_raycast_params params;
    pel_sheet_params how = pel_sheet_defaults();
    front_view(&aim, &params, "200", 0.1);
    // a grid 2 mm wide and deep, 5 mm apart along x, each point twice
    assert_ok(pel_mesh_new(&m, 2 * 216, 0));
    m.oriented = true;
    for (int i = 0; i < 2 * 216; i++) {
        m.point_mm[i][0] = (float)(5 * (i / 2 % 6)) - 12.5f;
        m.point_mm[i][1] = (float)(2 * (i / 12 % 6));
        m.point_mm[i][2] = (float)(2 * (i / 72));
    }
    pel_image image = drawn(&m, &look, &how, &aim, &params);
    const float *row = (const float *)image.data + 4 * 200 * 105;
    int across = 0;
    // from the columns at -2.5 and 2.5 mm, 3 mm each: within 5 mm around the first
    for (int x = 50; x < 100; x++)
        across += row[4 * x + 3] > 0;
    assert_true(across > 20 && across <= 30);
    int widest = across;
    for (int y = 60; y < 140; y++) {
        int now = 0;
        for (int x = 50; x < 100; x++)
            now += ((const float *)image.data)[4 * (200 * y + x) + 3] > 0;
        widest = now > widest ? now : widest;
    }
    assert_near(widest, 30, 1);
    pel_image_free(&image);
    pel_mesh_free(&m);
}

/* ---- lines ---- */

// a square 16 mm wide that stands upright, its normal (-s, c, 0)
static pel_mesh square(double c, double s)
{
    static const int32_t tri[2][3] = { { 0, 1, 2 }, { 2, 1, 3 } };
    pel_mesh m;
    assert_ok(pel_mesh_new(&m, 4, 2));
    for (int i = 0; i < 4; i++) {
        double x = i & 1 ? 8 : -8;
        m.point_mm[i][0] = (float)(x * c);
        m.point_mm[i][1] = (float)(x * s);
        m.point_mm[i][2] = i & 2 ? 8 : -8;
    }
    memcpy(m.triangle, tri, sizeof tri);
    m.oriented = true;
    return m;
}

static double sum_of(const pel_image *image, int channel)
{
    double sum = 0;
    for (int n = 0; n < image->width * image->height; n++) {
        const float *rgba = (const float *)image->data + 4 * n;
        sum += (double)rgba[channel] * (channel < 3 ? (double)rgba[3] : 1);
    }
    return sum;
}

// of w, the sides' whole width inside and half on both sides of the diagonal, by counting places
static double covered(double a, double b, double w)
{
    enum { PLACES = 1000 };
    double diagonal = sqrt(a * a + b * b);
    int64_t within = 0;
    for (int i = 0; i < PLACES; i++)
        for (int j = 0; j < PLACES; j++) {
            double x = (i + 0.5) * a / PLACES, y = (j + 0.5) * b / PLACES;
            bool side = x < w || y < w || a - x < w || b - y < w;
            within += side || fabs(b * x - a * y) < 0.5 * w * diagonal;
        }
    return (double)within * a * b / PLACES / PLACES;
}

// outlines have all of their width inside, where there is something to draw on
static void lines_are_as_wide_as_asked_on_paper_or_on_the_surface(void **state)
{
    (void)state;
    pel_look look = plain_look(1);
    pel_camera_params aim;
    pel_raycast_params params;
    front_view(&aim, &params, "240", 0.1);
    for (int i = 0; i < 4; i++) {
        double seen = i & 1 ? 0.6 : 1; // of its width: sides lie between pixels
        pel_mesh m = square(seen, i & 1 ? 0.8 : 0);
        pel_sheet_params how = pel_sheet_defaults();
        how.wireframe = true;
        how.edge_width = (pel_length){ i & 2 ? 3 : 0.4, i & 2 ? PEL_PX : PEL_MM };
        pel_image image = drawn(&m, &look, &how, &aim, &params);
        double w = how.edge_width.value;
        double area = i & 2 ? covered(160, 160 * seen, w) : covered(16, 16, w) * seen * 100;
        assert_near(sum_of(&image, 3) / area, 1, 0.02);
        pel_image_free(&image);
        pel_mesh_free(&m);
    }
}

static void lines_lie_over_translucent_faces_in_exactly_their_colour(void **state)
{
    (void)state;
    pel_mesh m = square(1, 0);
    pel_look look = plain_look(1);
    look.unlit = false;
    look.ambient = 0.5;
    look.diffuse = 0;
    look.specular = 0;
    pel_camera_params aim;
    pel_raycast_params params;
    front_view(&aim, &params, "33", 0.5);
    pel_sheet_params how = pel_sheet_defaults();
    how.opacity = 0.25;
    how.face = (pel_colour){ 0, 1, 0, 1, true };
    how.edge = (pel_colour){ 1, 0, 0, 0.5f, true };
    how.edge_width = (pel_length){ 2, PEL_MM };
    pel_image image = drawn(&m, &look, &how, &aim, &params);
    // on the diagonal, which no light dims; and in the middle of a triangle, half as bright
    const float *on = (const float *)image.data + 4 * (16 * 33 + 16);
    const float *off = (const float *)image.data + 4 * (10 * 33 + 12);
    const float *beside = (const float *)image.data + 4 * (22 * 33 + 20);
    double all = 0.5 + 0.5 * 0.25;
    assert_near(on[3], all, 1e-6);
    assert_near(on[0], 0.5 / all, 1e-6);
    assert_near(on[1], 0.5 * 0.25 * 0.5 / all, 1e-6);
    off = off[0] > 0 ? beside : off;
    assert_near(off[3], 0.25, 1e-6);
    assert_near(off[1], 0.5, 1e-6);
    assert_near(off[0], 0, 0);
    pel_image_free(&image);
    // the first hit of a wireframe is a line, whole, or nothing
    how.wireframe = true;
    params.mode = PEL_FIRST;
    params.layer.item[params.layer.count++] = "triangle";
    image = drawn(&m, &look, &how, &aim, &params);
    int lines = 0;
    for (int n = 0; n < 33 * 33; n++)
        lines += !isnan(layer_of(&image, "triangle")[n]);
    assert_true(lines > 4 * 32 && lines < 33 * 33 * 2 / 3);
    pel_image_free(&image);
    pel_mesh_free(&m);
}

/* ---- outlines ---- */

enum { ACROSS = 41 };

// a black square turned in the plane of the picture, before white
static pel_image turned_square(double degrees, bool unlit, pel_raycast_params *params)
{
    double c = pel__cos_degrees(degrees), s = pel__sin_degrees(degrees);
    pel_mesh m = square(1, 0);
    for (int i = 0; i < 4; i++) {
        double x = (double)m.point_mm[i][0], z = (double)m.point_mm[i][2];
        m.point_mm[i][0] = (float)(c * x - s * z);
        m.point_mm[i][2] = (float)(s * x + c * z);
    }
    pel_look look = plain_look(1);
    look.unlit = unlit;
    look.ambient = 1;
    look.diffuse = look.specular = 0;
    pel_sheet_params how = pel_sheet_defaults();
    how.face = (pel_colour){ 0, 0, 0, 1, true };
    pel_camera_params aim = pel_camera_defaults();
    aim.view = 1;
    aim.mm_per_pixel = 0.5;
    params->picture = "41";
    pel_image image = drawn(&m, &look, &how, &aim, params);
    pel_mesh_free(&m);
    return image;
}

// share of pixel (x,y) that the square covers, by counting places
static double covered_by_square(int x, int y, double degrees)
{
    enum { PLACES = 64 };
    double c = pel__cos_degrees(degrees), s = pel__sin_degrees(degrees);
    int within = 0;
    for (int i = 0; i < PLACES * PLACES; i++) {
        double u = 0.5 * (x + (i % PLACES + 0.5) / PLACES - ACROSS / 2.0);
        double v = 0.5 * (y + (i / PLACES + 0.5) / (double)PLACES - ACROSS / 2.0);
        within += fabs(c * u - s * v) < 8 && fabs(s * u + c * v) < 8;
    }
    return (double)within / PLACES / PLACES;
}

static void a_pixel_at_an_outline_has_as_much_of_each_side_as_lies_within_it(void **state)
{
    (void)state;
    static const double angles[] = { 0, 3, 17, 45, 80 };
    for (int a = 0; a < 5; a++) {
        double worst = 0, sum = 0;
        pel_raycast_params params = pel_raycast_defaults();
        pel_image image = turned_square(angles[a], false, &params);
        for (int y = 0; y < ACROSS; y++)
            for (int x = 0; x < ACROSS; x++) {
                double seen = 1 - ((uint8_t *)image.data)[3 * (y * ACROSS + x)] / 255.0;
                // the picture's x runs with or against the square's: both are tried
                double off = fmin(fabs(seen - covered_by_square(x, y, angles[a])),
                                  fabs(seen - covered_by_square(x, y, -angles[a])));
                worst = fmax(worst, off);
                sum += seen;
            }
        assert_true(worst < 0.15);
        assert_near(sum, 32 * 32, 16);
        pel_image_free(&image);
    }
}

static bool is_mixed(const pel_image *image)
{
    bool mixed = false;
    for (int n = 0; n < 3 * ACROSS * ACROSS; n++)
        mixed = mixed || (((uint8_t *)image->data)[n] % 255 != 0);
    return mixed;
}

static void data_layers_and_unlit_pictures_are_of_the_middle_of_a_pixel(void **state)
{
    (void)state;
    pel_raycast_params params = pel_raycast_defaults(), plain = params;
    static const char *const names[] = { "depth", "position", "triangle" };
    for (int i = 0; i < 3; i++)
        params.layer.item[params.layer.count++] = plain.layer.item[plain.layer.count++] = names[i];
    plain.antialias = PEL_ANTIALIAS_OFF;
    pel_image smooth = turned_square(17, false, &params);
    pel_image steps = turned_square(17, false, &plain);
    assert_true(is_mixed(&smooth));
    assert_false(is_mixed(&steps));
    for (int i = 0; i < 3; i++)
        assert_memory_equal(layer_of(&smooth, names[i]), layer_of(&steps, names[i]),
                            (size_t)(ACROSS * ACROSS * smooth.layer[i].channels) * sizeof(float));
    pel_image_free(&smooth);
    pel_image_free(&steps);
    steps = turned_square(17, true, &params);
    assert_false(is_mixed(&steps));
    pel_image_free(&steps);
    for (params.bits = 1; params.bits <= 2; params.bits++) {
        plain.bits = params.bits;
        smooth = turned_square(17, false, &params);
        steps = turned_square(17, false, &plain);
        assert_memory_equal(smooth.data, steps.data,
                            (size_t)(params.bits == 1 ? 6 : 16) * ACROSS * ACROSS);
        pel_image_free(&smooth);
        pel_image_free(&steps);
    }
    params.bits = 2;
    params.antialias = PEL_ANTIALIAS_ON;
    pel_scene *scene;
    assert_int_equal(pel_scene_new(&scene, NULL, NULL, &params), PEL_EPARAM);
    assert_error_says("data are never mixed");
    params.bits = 0;
    smooth = turned_square(17, true, &params);
    assert_true(is_mixed(&smooth));
    pel_image_free(&smooth);
}

static void what_cannot_be_drawn_is_refused_with_the_reason(void **state)
{
    (void)state;
    pel_mesh cloud = cloud_of(5), nothing, flat = square(1, 0);
    pel_look look = plain_look(1);
    pel_raycast_params params = pel_raycast_defaults();
    pel_scene *scene;
    int32_t *part;
    assert_ok(pel_mesh_new(&nothing, 0, 0));
    assert_ok(pel_mesh_add_array(&flat, "part", PEL_ARRAY_LABELS, true, 1, &part));
    assert_ok(pel_scene_new(&scene, NULL, NULL, &params));
    pel_sheet_params how = pel_sheet_defaults();
    assert_int_equal(pel_scene_add_mesh(scene, &nothing, &look, &how), PEL_EDATA);
    assert_error_says("has no points");
    how.wireframe = true;
    assert_int_equal(pel_scene_add_mesh(scene, &cloud, &look, &how), PEL_EPARAM);
    assert_error_says("only points are drawn");
    how = pel_sheet_defaults();
    how.point_size = (pel_length){ 2, PEL_VX };
    assert_int_equal(pel_scene_add_mesh(scene, &cloud, &look, &how), PEL_EPARAM);
    assert_error_says("--point-size wants mm");
    how = pel_sheet_defaults();
    how.points = true;
    how.scalar = "part";
    assert_int_equal(pel_scene_add_mesh(scene, &flat, &look, &how), PEL_EPARAM);
    assert_error_says("numbers are of triangles");
    how = pel_sheet_defaults();
    cloud.placeless = true;
    assert_int_equal(pel_scene_add_mesh(scene, &cloud, &look, &how), PEL_EUNSUPPORTED);
    assert_error_says("--add");
    pel_scene_free(scene);
    pel_mesh_free(&cloud);
    pel_mesh_free(&flat);
    pel_mesh_free(&nothing);
    assert_int_equal(pel_memory_in_use(), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_ray_meets_every_ball_and_disc_on_its_way_where_geometry_says),
        cmocka_unit_test(points_show_their_colours_numbers_or_labels_and_unlit_nothing_else),
        cmocka_unit_test(a_normal_lights_its_point),
        cmocka_unit_test(a_translucent_ball_within_a_volume_parts_it_where_the_ray_enters),
        cmocka_unit_test(points_are_as_wide_as_they_lie_apart_unless_told),
        cmocka_unit_test(lines_are_as_wide_as_asked_on_paper_or_on_the_surface),
        cmocka_unit_test(lines_lie_over_translucent_faces_in_exactly_their_colour),
        cmocka_unit_test(a_pixel_at_an_outline_has_as_much_of_each_side_as_lies_within_it),
        cmocka_unit_test(data_layers_and_unlit_pictures_are_of_the_middle_of_a_pixel),
        cmocka_unit_test(what_cannot_be_drawn_is_refused_with_the_reason),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
