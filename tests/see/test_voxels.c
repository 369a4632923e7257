/* SPDX-License-Identifier: Apache-2.0 */
/* Cubes against what Porter and Duff say of two faces each, and against each other. */
#include "check.h"

#include "see/voxels.h"
#include "volume/volume.h"

enum { PAGE = 300 };

static pel_volume block(int64_t x, int64_t y, int64_t z)
{
    pel_volume shape = { .dims = { x, y, z }, .mm_from_ijk = pel_affine_identity() }, out;
    assert_ok(pel_volume_like(&out, &shape, PEL_FLOAT32));
    for (int64_t i = 0; i < x * y * z; i++)
        ((float *)out.data)[i] = 1;
    return out;
}

static pel_voxels_params plain(void)
{
    pel_voxels_params p = pel_voxels_defaults();
    p.axes = 1;
    p.picture = "300px";
    p.proj = PEL__ORTHO;
    p.box_aspect = "equal";
    return p;
}

/* a page of RGBA, 16 bits, with the picture where the figure has it */
typedef struct page {
    uint16_t rgba[PAGE * PAGE][4];
} page;

static page *draw(pel_voxels_input in, const pel_voxels_params *params)
{
    pel_look look;
    pel_figure figure;
    page *out = calloc(1, sizeof *out);
    assert_ok(pel_look_load(&look, "gray"));
    assert_ok(pel_voxels_fit(&look, in.whole ? in.whole : in.values));
    in.look = &look;
    assert_ok(pel_voxels(&figure, &in, params));
    assert_int_equal(figure.count, 1);
    const pel_draw *item = &figure.item[0];
    double per_pt = params->dpi / 72;
    int64_t x0 = (int64_t)rint(item->points[0][0] * per_pt);
    int64_t y0 = (int64_t)rint(item->points[0][1] * per_pt);
    for (int64_t y = 0; y < item->image.height; y++)
        memcpy(out->rgba[(y0 + y) * PAGE + x0],
               (uint16_t *)item->image.data + 4 * y * item->image.width,
               (size_t)item->image.width * 8);
    pel_figure_free(&figure);
    return out;
}

static page *draw_values(const pel_volume *v, const pel_voxels_params *params)
{
    return draw((pel_voxels_input){ .values = v }, params);
}

// the middle of the square the axes lie in, where the middle of the box is seen
static const uint16_t *middle(const page *p)
{
    double side = 0.77 * PAGE, left = 0.125 * PAGE + (0.775 * PAGE - side) / 2;
    int64_t x = (int64_t)(left + side * 0.095 / 0.185);
    int64_t y = (int64_t)(PAGE - 0.11 * PAGE - side * 0.095 / 0.185);
    return p->rgba[y * PAGE + x];
}

static pel_colour colour(const char *text)
{
    pel_colour out;
    assert_ok(pel_colour_parse(&out, text));
    return out;
}

static void a_cube_alone_shows_its_entry_and_its_exit_face(void **state)
{
    (void)state;
    pel_volume v = block(1, 1, 1);
    pel_voxels_params p = plain();
    p.face = colour("red");
    p.opacity = "0.3";
    page *seen = draw_values(&v, &p);
    assert_near(middle(seen)[3] / 65535.0, 1 - 0.7 * 0.7, 1e-5);
    assert_near(middle(seen)[0] / 65535.0, 1, 1e-3);
    assert_near(middle(seen)[2] / 65535.0, 0, 1e-3);
    free(seen);
    pel_volume_free(&v);
}

// front to back six faces: two of the block, two red ones, two of the block
static void the_red_centre_of_a_block_is_seen_as_analysis_says(void **state)
{
    (void)state;
    const double a = 0.19, t = 1 - a;
    pel_volume v = block(3, 3, 3), c = { 0 };
    pel_volume shape = { .dims = { 3, 3, 3 }, .channels = 4, .meaning = PEL_RGBA };
    assert_ok(pel_volume_like(&c, &shape, PEL_FLOAT32));
    float *rgba = c.data;
    for (int i = 0; i < 27; i++) {
        const float blue[4] = { 0.2f, 0.4f, 0.8f, 0.19f }, red[4] = { 1, 0, 0, 0.19f };
        memcpy(rgba + 4 * i, i == 13 ? red : blue, sizeof red);
    }
    pel_voxels_params p = plain();
    p.elev = 0;
    p.azim = 0;
    page *seen = draw((pel_voxels_input){ .values = &v, .colours = &c }, &p);
    const double block_colour[3] = { 0.2, 0.4, 0.8 }, red[3] = { 1, 0, 0 };
    double cover = 1 - pow(t, 6);
    for (int i = 0; i < 3; i++) {
        double pair = 1 - t * t;
        double sum = block_colour[i] * pair * (1 + pow(t, 4)) + red[i] * pair * t * t;
        assert_near(middle(seen)[i] / 65535.0, sum / cover, 0.5 / 255);
    }
    assert_near(middle(seen)[3] / 65535.0, cover, 1e-4);
    free(seen);
    pel_volume_free(&v);
    pel_volume_free(&c);
}

// along x each column of cubes lets (1-a)^(2n) through: that counts them
static void the_example_of_three_layers_has_fourteen_cubes(void **state)
{
    (void)state;
    static const float example[3][3][3] = { { { 1, 0, 1 }, { 0, 0, 1 }, { 0, 1, 0 } },
                                            { { 0, 1, 1 }, { 1, 0, 0 }, { 1, 0, 1 } },
                                            { { 1, 1, 0 }, { 1, 1, 1 }, { 0, 0, 0 } } };
    pel_volume v = block(3, 3, 3);
    for (int i = 0; i < 27; i++)
        ((float *)v.data)[i] = example[i % 3][i / 3 % 3][i / 9];
    pel_voxels_params p = plain();
    p.elev = 0;
    p.azim = 0;
    p.face = colour("#fff");
    p.opacity = "0.5";
    page *seen = draw_values(&v, &p);
    // a cube is a third of the range, and the range 1/1.1 of the side of the box
    double side = 0.77 * PAGE, box = 1.8294640721620434 / sqrt(3) * side / 0.185 / 10 / 1.1;
    double x0 = 0.125 * PAGE + (0.775 * PAGE - side) / 2 + side * 0.095 / 0.185;
    double y0 = PAGE - 0.11 * PAGE - side * 0.095 / 0.185, cubes = 0;
    for (int j = 0; j < 3; j++)
        for (int k = 0; k < 3; k++) {
            int64_t x = (int64_t)(x0 + (j - 1) * box / 3), y = (int64_t)(y0 - (k - 1) * box / 3);
            double through = 1 - seen->rgba[y * PAGE + x][3] / 65535.0, here = 0;
            for (int i = 0; i < 3; i++)
                here += example[i][j][k] != 0;
            assert_near(log(through) / log(0.25), here, 0.01);
            cubes += here;
        }
    assert_near(cubes, 14, 0);
    free(seen);
    pel_volume_free(&v);
}

static void fill_random(pel_volume *v, unsigned seed)
{
    for (int64_t i = 0; i < pel_volume_count(v); i++) {
        seed = seed * 1664525u + 1013904223u;
        ((float *)v->data)[i] = (float)(seed >> 8) / (1 << 24);
    }
}

static void same_pages(page *a, page *b)
{
    assert_memory_equal(a, b, sizeof *a);
    free(a);
    free(b);
}

// what is taken away may as well have been empty: nothing else moves or changes its colour
static void what_a_crop_leaves_keeps_its_place_and_colour(void **state)
{
    (void)state;
    pel_volume whole = block(7, 6, 5), part, empty;
    fill_random(&whole, 3);
    assert_ok(pel_crop(&part, &whole, "2:6,:4,1:"));
    assert_ok(pel_volume_like(&empty, &whole, PEL_FLOAT32));
    memcpy(empty.data, whole.data, 7 * 6 * 5 * 4);
    for (int i = 0; i < 7 * 6 * 5; i++)
        if (i % 7 < 2 || i % 7 >= 6 || i / 7 % 6 >= 4 || i / 42 < 1)
            ((float *)empty.data)[i] = 0;
    for (int proj = 0; proj < 2; proj++) {
        pel_voxels_params p = plain();
        p.proj = proj;
        same_pages(draw((pel_voxels_input){ .values = &part, .whole = &whole }, &p),
                   draw((pel_voxels_input){ .values = &empty, .whole = &whole }, &p));
        p.keep = (pel_texts){ 1, { "x >= 2 and x < 6 and y < 4 and z > 0" } };
        page *kept = draw_values(&whole, &p);
        p.keep.count = 0;
        same_pages(kept, draw((pel_voxels_input){ .values = &empty, .whole = &whole }, &p));
    }
    pel_volume_free(&whole);
    pel_volume_free(&part);
    pel_volume_free(&empty);
}

static void a_crop_that_turns_an_axis_round_draws_the_mirror_image(void **state)
{
    (void)state;
    pel_volume whole = block(4, 5, 6), part, turned;
    fill_random(&whole, 5);
    assert_ok(pel_crop(&part, &whole, ":,::-1,:3"));
    assert_ok(pel_volume_like(&turned, &whole, PEL_FLOAT32));
    for (int k = 0; k < 3; k++)
        for (int j = 0; j < 5; j++)
            for (int i = 0; i < 4; i++)
                ((float *)turned.data)[(k * 5 + j) * 4 + i] =
                    ((float *)whole.data)[(k * 5 + 4 - j) * 4 + i];
    pel_voxels_params p = plain();
    same_pages(draw((pel_voxels_input){ .values = &part, .whole = &whole }, &p),
               draw((pel_voxels_input){ .values = &turned, .whole = &whole }, &p));
    pel_volume_free(&whole);
    pel_volume_free(&part);
    pel_volume_free(&turned);
}

static int noted;

static void keep_note(void *user, const char *text)
{
    (void)user;
    noted += strstr(text, "mirror image") != NULL;
}

static void a_mirrored_crop_is_told_only_where_sides_are_known(void **state)
{
    (void)state;
    pel_volume whole = block(4, 4, 4), part;
    pel_job job = pel_job_defaults();
    job.note = keep_note;
    pel_job_use(&job);
    for (int known = 0; known < 2; known++) {
        whole.oriented = known;
        assert_ok(pel_crop(&part, &whole, "::-1"));
        pel_voxels_params p = plain();
        noted = 0;
        free(draw((pel_voxels_input){ .values = &part, .whole = &whole }, &p));
        assert_int_equal(noted, known);
        pel_volume_free(&part);
    }
    pel_job_use(NULL);
    pel_volume_free(&whole);
}

static double unlike(const page *a, const page *b)
{
    int64_t count = 0;
    for (int64_t i = 0; i < PAGE * PAGE; i++) {
        double worst = 0, aa = a->rgba[i][3] / 65535.0, ba = b->rgba[i][3] / 65535.0;
        for (int c = 0; c < 3; c++)
            worst = fmax(worst, fabs(aa * a->rgba[i][c] - ba * b->rgba[i][c]) / 65535.0);
        count += fmax(worst, fabs(aa - ba)) > 2.0 / 255;
    }
    return (double)count / (PAGE * PAGE);
}

// corners of the grid itself, turned so far that they are no planes when `bend` is above 0
static void make_corners(pel_volume corner[3], const pel_volume *v, double bend)
{
    pel_volume shape = { .dims = { v->dims[0] + 1, v->dims[1] + 1, v->dims[2] + 1 } };
    for (int a = 0; a < 3; a++)
        assert_ok(pel_volume_like(&corner[a], &shape, PEL_FLOAT64));
    int64_t n = 0;
    for (int64_t k = 0; k < shape.dims[2]; k++)
        for (int64_t j = 0; j < shape.dims[1]; j++)
            for (int64_t i = 0; i < shape.dims[0]; i++, n++) {
                ((double *)corner[0].data)[n] = (double)i + bend * (double)j;
                ((double *)corner[1].data)[n] = (double)j - bend * (double)i;
                ((double *)corner[2].data)[n] = (double)k;
            }
}

static void corners_that_are_the_grid_change_nothing(void **state)
{
    (void)state;
    pel_volume v = block(4, 5, 3), corner[3];
    fill_random(&v, 7);
    make_corners(corner, &v, 0);
    pel_voxels_params p = plain();
    same_pages(
        draw((pel_voxels_input){ .values = &v, .corners = { &corner[0], &corner[1], &corner[2] } },
             &p),
        draw_values(&v, &p));
    for (int a = 0; a < 3; a++)
        pel_volume_free(&corner[a]);
    pel_volume_free(&v);
}

// the sorted triangles of cells a millionth askew against rays through the lattice
static void hexahedra_and_the_lattice_draw_the_same_cubes(void **state)
{
    (void)state;
    pel_volume v = block(4, 5, 3), corner[3];
    fill_random(&v, 11);
    for (int i = 0; i < 60; i += 3)
        ((float *)v.data)[i] = 0;
    make_corners(corner, &v, 1e-6);
    for (int way = 0; way < 8; way++) {
        pel_voxels_params p = plain();
        p.proj = way & 1;
        p.hidden = way >> 1 & 1;
        p.shade = way >> 2;
        page *bent = draw(
            (pel_voxels_input){ .values = &v, .corners = { &corner[0], &corner[1], &corner[2] } },
            &p);
        page *straight = draw_values(&v, &p);
        assert_true(unlike(bent, straight) < 0.001);
        free(bent);
        free(straight);
    }
    for (int a = 0; a < 3; a++)
        pel_volume_free(&corner[a]);
    pel_volume_free(&v);
}

// a sparse grid drawn leaping over empty blocks, and step by step
static void leaps_over_empty_blocks_change_no_bit(void **state)
{
    (void)state;
    pel_volume v = block(61, 47, 53);
    memset(v.data, 0, (size_t)pel_volume_bytes(&v));
    for (int i = 0; i < 40; i++)
        ((float *)v.data)[(i * 7919 + 13) % (61 * 47 * 53)] = (float)(i + 1) / 40;
    pel_look look;
    assert_ok(pel_look_load(&look, "gray"));
    assert_ok(pel_voxels_fit(&look, &v));
    pel_voxels_input in = { .values = &v, .look = &look };
    for (int proj = 0; proj < 2; proj++)
        for (int edges = 0; edges < 2; edges++) {
            pel_voxels_params p = plain();
            p.proj = proj;
            pel__cubes grid = { .dims = { 61, 47, 53 } };
            pel__view view = { .lo = { 0, 0, 0 }, .hi = { 61, 47, 53 } };
            pel__style style = { .edges = edges, .edge = { 0, 0, 0, 1, true }, .edge_pt = 1 };
            for (int a = 0; a < 3; a++)
                style.shade[a][0] = style.shade[a][1] = 1;
            pel__raster raster = { 0, 0, 200, 200, 1 };
            pel_image leaping, stepping;
            assert_ok(pel__cubes_cells(&grid, &in, &p));
            assert_ok(pel__cubes_planes(&grid, &in, &p));
            pel__view_aim(&view, &p, (const double[3]){ 61, 47, 53 }, 200, 200);
            assert_ok(pel__cubes_to_box(&grid, &view));
            assert_ok(pel__voxels_draw(&leaping, &grid, &style, &view, &raster));
            memset(grid.block, 0, (size_t)(grid.blocks[0] * grid.blocks[1] * grid.blocks[2]));
            assert_ok(pel__voxels_draw(&stepping, &grid, &style, &view, &raster));
            assert_memory_equal(leaping.data, stepping.data, 200 * 200 * 8);
            pel_image_free(&leaping);
            pel_image_free(&stepping);
            pel__cubes_free(&grid);
        }
    pel_volume_free(&v);
}

static uint64_t hash_of(const page *p)
{
    uint64_t h = 14695981039346656037u;
    for (size_t i = 0; i < sizeof *p; i++)
        h = (h ^ ((const uint8_t *)p)[i]) * 1099511628211u;
    return h;
}

static void a_picture_has_the_kept_bits_at_1_2_and_7_threads(void **state)
{
    (void)state;
    static const uint64_t kept[4] = { 10796856667798206239u, 13380785563302800455u,
                                      9047668610480668498u, 4805235022860342200u };
    pel_volume v = block(9, 8, 7), corner[3];
    fill_random(&v, 17);
    make_corners(corner, &v, 0.1);
    for (int way = 0; way < 4; way++)
        for (int i = 0; i < 3; i++) {
            pel_job job = pel_job_defaults();
            job.threads = (const int[]){ 1, 2, 7 }[i];
            pel_job_use(&job);
            pel_voxels_params p = plain();
            pel_voxels_input in = { .values = &v };
            p.proj = way & 1;
            p.edge = way == 1 ? "#0008" : way == 2 ? "black" : "none";
            p.explode = way == 2 ? 0.5 : 0;
            for (int a = 0; a < 3 && way == 3; a++)
                in.corners[a] = &corner[a];
            page *seen = draw(in, &p);
            if (hash_of(seen) != kept[way])
                print_message("way %d: %llu\n", way, (unsigned long long)hash_of(seen));
            assert_true(hash_of(seen) == kept[way]);
            free(seen);
            pel_job_use(NULL);
        }
    for (int a = 0; a < 3; a++)
        pel_volume_free(&corner[a]);
    pel_volume_free(&v);
}

// two opaque cubes along the view, the one behind smaller on the page by perspective
static void a_nearer_opaque_face_hides_edges_and_a_translucent_one_does_not(void **state)
{
    (void)state;
    pel_volume v = block(3, 1, 1);
    ((float *)v.data)[1] = 0;
    pel_voxels_params p = plain();
    p.proj = PEL__PERSP;
    p.elev = 0;
    p.azim = 0;
    p.face = colour("#ffffff");
    p.edge = "black";
    p.edge_width = 1;
    int64_t dark[2] = { 0, 0 };
    for (int translucent = 0; translucent < 2; translucent++) {
        p.opacity = translucent ? "0.1" : "1";
        page *seen = draw_values(&v, &p);
        int64_t y = PAGE - (int64_t)(0.11 * PAGE + 0.77 * PAGE * 0.095 / 0.185);
        for (int64_t x = 0; x < PAGE; x++) {
            const uint16_t *px = seen->rgba[y * PAGE + x];
            dark[translucent] += px[3] > 30000 && px[0] < 40000;
        }
        free(seen);
    }
    // lines across the middle row: two of the front cube; through it also those behind
    assert_in_range(dark[0], 2, 4);
    assert_true(dark[1] >= dark[0] + 4);
    pel_volume_free(&v);
}

static void hide_leaves_out_faces_between_filled_voxels_and_no_others(void **state)
{
    (void)state;
    pel_volume v = block(4, 1, 1);
    ((float *)v.data)[2] = 0;
    pel_voxels_params p = plain();
    p.elev = 0;
    p.azim = 0;
    p.face = colour("red");
    p.opacity = "0.25";
    // cells 0 and 1 share a face: of six, four are left
    page *all = draw_values(&v, &p);
    assert_near(middle(all)[3] / 65535.0, 1 - pow(0.75, 6), 1e-4);
    p.hidden = 1;
    page *outer = draw_values(&v, &p);
    assert_near(middle(outer)[3] / 65535.0, 1 - pow(0.75, 4), 1e-4);
    free(all);
    free(outer);
    pel_volume_free(&v);
}

static void shading_is_that_of_matplotlibs_light(void **state)
{
    (void)state;
    pel_volume v = block(1, 1, 1);
    pel_voxels_params p = plain();
    p.elev = 90;
    p.azim = 0;
    p.face = colour("#ffffff");
    p.shade = 1;
    // the top looks up; the light comes from 19.4712 degrees above the floor
    page *seen = draw_values(&v, &p);
    assert_near(middle(seen)[0] / 65535.0, 0.3 + 0.7 * (1.0 / 3 + 1) / 2, 1.0 / 512);
    free(seen);
    pel_volume_free(&v);
}

static void what_is_filled(void **state)
{
    (void)state;
    pel_volume v = block(2, 1, 1);
    float *x = v.data;
    x[0] = NAN;
    x[1] = -3;
    pel_voxels_params p = plain();
    p.elev = 0;
    p.azim = 0;
    p.face = colour("#f008");
    page *seen = draw_values(&v, &p);
    assert_near(middle(seen)[3] / 65535.0, 1 - pow(1 - 136.0 / 255, 2), 1e-4);
    free(seen);
    // one value for all is opaque by value, unless it is 0
    x[0] = x[1] = 7;
    p.face.set = false;
    seen = draw_values(&v, &p);
    assert_int_equal(middle(seen)[3], 65535);
    free(seen);
    x[0] = x[1] = 0;
    seen = draw_values(&v, &p);
    assert_int_equal(middle(seen)[3], 0);
    free(seen);
    pel_volume_free(&v);
}

static void wrong(const pel_voxels_input *in, const pel_voxels_params *p, const char *part)
{
    pel_look look;
    pel_figure figure;
    pel_voxels_input with = *in;
    assert_ok(pel_look_load(&look, "gray"));
    assert_ok(pel_voxels_fit(&look, in->values));
    with.look = &look;
    assert_int_not_equal(pel_voxels(&figure, &with, p), PEL_OK);
    assert_error_says(part);
    assert_int_equal(figure.count, 0);
}

static void what_does_not_fit_is_refused_with_what_would(void **state)
{
    (void)state;
    pel_volume v = block(3, 2, 2), c = block(2, 2, 2), corner[3];
    make_corners(corner, &c, 0);
    pel_voxels_params p = plain();
    pel_voxels_input in = { .values = &v, .opacity = &c };
    wrong(&in, &p, "shape (3,2,2)");
    in = (pel_voxels_input){ .values = &v, .colours = &c };
    wrong(&in, &p, "--colors: holds no colours");
    c.channels = 4;
    c.meaning = PEL_RGBA;
    wrong(&in, &p, "shape (3,2,2,4)");
    c.channels = 0;
    in = (pel_voxels_input){ .values = &v, .corners = { &corner[0], &corner[1], &corner[2] } };
    wrong(&in, &p, "have corners of 4x3x3");
    in = (pel_voxels_input){ .values = &v };
    p.opacity = "1.5";
    wrong(&in, &p, "--opacity is '1.5'; it wants value, a number from 0 to 1");
    p = plain();
    p.box_aspect = "4:4";
    wrong(&in, &p, "--box-aspect is '4:4'");
    p = plain();
    p.edge = "blackish";
    wrong(&in, &p, "--edge");
    p = plain();
    p.picture = "30vx";
    wrong(&in, &p, "--size is '30vx'");
    p = plain();
    p.picture = "300cm";
    p.dpi = 1000;
    wrong(&in, &p, "at most 32767");
    p = plain();
    p.keep = (pel_texts){ 1, { "x < q" } };
    wrong(&in, &p, "--keep 'x < q'");
    p = plain();
    p.explode = 1;
    in.corners[0] = &corner[0];
    wrong(&in, &p, "--explode and --corners");
    for (int a = 0; a < 3; a++)
        pel_volume_free(&corner[a]);
    pel_volume_free(&v);
    pel_volume_free(&c);
}

static void axes_are_vectors_behind_the_cubes(void **state)
{
    (void)state;
    pel_volume v = block(5, 5, 5);
    pel_look look;
    pel_figure figure;
    assert_ok(pel_look_load(&look, "gray"));
    assert_ok(pel_voxels_fit(&look, &v));
    pel_voxels_input in = { .values = &v, .look = &look };
    for (int azim = 20; azim < 360; azim += 45) {
        pel_voxels_params p = plain();
        p.axes = 0;
        p.azim = azim;
        p.elev = azim > 180 ? -30 : 30;
        int kinds[4] = { 0 };
        assert_ok(pel_voxels(&figure, &in, &p));
        for (int i = 0; i < figure.count; i++) {
            kinds[figure.item[i].kind]++;
            for (int n = 0; n < figure.item[i].point_count; n++)
                for (int c = 0; c < 2; c++)
                    assert_in_range((int64_t)figure.item[i].points[n][c], 0, 216);
        }
        assert_int_equal(kinds[PEL_DRAW_AREA], 3);
        assert_int_equal(kinds[PEL_DRAW_IMAGE], 1);
        // three names, and six numbers on each axis, 0 to 5
        assert_int_equal(kinds[PEL_DRAW_TEXT], 3 + 18);
        assert_int_equal(figure.item[figure.count - 1].kind, PEL_DRAW_IMAGE);
        pel_figure_free(&figure);
    }
    pel_volume_free(&v);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_cube_alone_shows_its_entry_and_its_exit_face),
        cmocka_unit_test(the_red_centre_of_a_block_is_seen_as_analysis_says),
        cmocka_unit_test(the_example_of_three_layers_has_fourteen_cubes),
        cmocka_unit_test(what_a_crop_leaves_keeps_its_place_and_colour),
        cmocka_unit_test(a_crop_that_turns_an_axis_round_draws_the_mirror_image),
        cmocka_unit_test(a_mirrored_crop_is_told_only_where_sides_are_known),
        cmocka_unit_test(corners_that_are_the_grid_change_nothing),
        cmocka_unit_test(hexahedra_and_the_lattice_draw_the_same_cubes),
        cmocka_unit_test(leaps_over_empty_blocks_change_no_bit),
        cmocka_unit_test(a_picture_has_the_kept_bits_at_1_2_and_7_threads),
        cmocka_unit_test(a_nearer_opaque_face_hides_edges_and_a_translucent_one_does_not),
        cmocka_unit_test(hide_leaves_out_faces_between_filled_voxels_and_no_others),
        cmocka_unit_test(shading_is_that_of_matplotlibs_light),
        cmocka_unit_test(what_is_filled),
        cmocka_unit_test(what_does_not_fit_is_refused_with_what_would),
        cmocka_unit_test(axes_are_vectors_behind_the_cubes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
