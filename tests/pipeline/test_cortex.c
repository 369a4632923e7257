/* SPDX-License-Identifier: Apache-2.0 */
#include "check.h"

#include <unistd.h>

#include "base/maths.h"
#include "base/memory.h"
#include "mesh/mesh.h"
#include "pipeline/cortex.h"

/* a ball as a brain, and what is painted in it */
static const double RADIUS = 45, SPACING = 1.5, BOARD_MM = 10, TUBE_MM = 1.3, TUBE_Y = 4;
static const double TUBE_AT = 43.5, DEEP = 100;
enum { DIM = 68, VOLUMES = 3 };
static char folder[] = "/tmp/pel-cortex-XXXXXX";

typedef double (*paint)(double x, double y, double z, double r);

static double ball(double x, double y, double z, double r)
{
    (void)x, (void)y, (void)z;
    return r <= RADIUS;
}

// 1 and -1 in turn every 10 mm, from one to the other within a voxel
static double wave(double mm)
{
    double at = fabs(fmod(fabs(mm), 2 * BOARD_MM) - BOARD_MM) - BOARD_MM / 2;
    return fmin(fmax(2 * at / SPACING, -1), 1);
}

// cells of 10 mm by longitude and latitude, as far down as the ball goes
static double board(double x, double y, double z, double r)
{
    double cell = wave(RADIUS * atan2(x, z)) * wave(RADIUS * asin(y / fmax(r, 1e-9)));
    return r > RADIUS + 3 ? 0 : 125 + 25 * cell;
}

// one two-hundredth of the range 0 to 100
static double faint(double x, double y, double z, double r)
{
    (void)y, (void)z;
    return r > RADIUS + 3 ? 0 : x < 0 ? 50 : 50.5;
}

// an arc at y = 4, 1.5 mm below the surface
static double tube(double x, double y, double z, double r)
{
    double ring = sqrt(x * x + z * z), across = sqrt(TUBE_AT * TUBE_AT - TUBE_Y * TUBE_Y);
    double off = hypot(ring - across, y - TUBE_Y);
    double part = fmin(fmax((TUBE_MM - off) / SPACING + 0.5, 0), 1);
    return (r > RADIUS + 3 ? 0 : DEEP) + (z > 0 ? 100 * part : 0);
}

// `turn`: the grid is another one, askew
static void write_scene(const char *name, paint value, bool turn)
{
    char path[64];
    pel_volume v, shape = { .dims = { DIM, DIM, DIM }, .oriented = true, .unit_known = true };
    const double spacing = turn ? 1.7 : SPACING, angle = turn ? 0.5 : 0;
    const double axis[3][3] = { { cos(angle), -sin(angle), 0 },
                                { sin(angle), cos(angle), 0 },
                                { 0, 0, 1 } };
    shape.mm_from_ijk = pel_affine_identity();
    for (int a = 0; a < 3; a++)
        for (int b = 0; b < 3; b++) {
            shape.mm_from_ijk.m[a][b] = spacing * axis[a][b];
            shape.mm_from_ijk.m[a][3] -= spacing * axis[a][b] * (DIM - 1) / 2.0;
        }
    assert_ok(pel_volume_like(&v, &shape, PEL_FLOAT32));
    float *to = v.data;
    for (int k = 0; k < DIM; k++)
        for (int j = 0; j < DIM; j++)
            for (int i = 0; i < DIM; i++) {
                pel_vec3 mm = pel_affine_point(shape.mm_from_ijk, (pel_vec3){ i, j, k });
                *to++ =
                    (float)value(mm.x, mm.y, mm.z, sqrt(mm.x * mm.x + mm.y * mm.y + mm.z * mm.z));
            }
    snprintf(path, sizeof path, "%s/%s", folder, name);
    assert_ok(pel_write_volume(path, &v, NULL, NULL));
    pel_volume_free(&v);
}

/* ---- runs ---- */

static char redone[256]; // names of the steps that were done
static pel_input_params plain;

static void tell_step(void *user, const char *step, bool now)
{
    (void)user;
    if (now)
        snprintf(redone + strlen(redone), sizeof redone - strlen(redone), "%s;", step);
}

static char *path_of(const char *name)
{
    static char path[4][256];
    static int n;
    n = (n + 1) % 4;
    snprintf(path[n], sizeof path[n], "%s/%s", folder, name);
    return path[n];
}

static pel_cortex_params params_of(void)
{
    pel_cortex_params p = pel_cortex_defaults();
    p.view = 5; // top
    p.radius = 18;
    p.pixel = 0.4;
    p.vessels = 3;
    p.scales = "0.9";
    return p;
}

static pel_status run_with(pel_cortex_params p, const char *out)
{
    const char *names[VOLUMES] = { "board.nii", "faint.nii", "tube.nii" };
    char paths[VOLUMES][256], mask[256], *report;
    pel_cortex_head heads[VOLUMES];
    const pel_cortex_sink sink = { .step = tell_step };
    for (int n = 0; n < VOLUMES; n++) {
        snprintf(paths[n], sizeof paths[n], "%s", path_of(names[n]));
        heads[n] = (pel_cortex_head){ paths[n], &plain };
    }
    snprintf(mask, sizeof mask, "%s", path_of("ball.nii"));
    p.mask = mask;
    *redone = 0;
    pel_status s = pel_cortex(&report, path_of(out), heads, VOLUMES, &p, "{}", &sink);
    assert_true((s == PEL_OK) == (report != NULL));
    free(report);
    return s;
}

static int setup(void **state)
{
    (void)state;
    plain = pel_input_defaults();
    if (!mkdtemp(folder))
        return -1;
    write_scene("ball.nii", ball, false);
    write_scene("board.nii", board, false);
    write_scene("faint.nii", faint, true);
    write_scene("tube.nii", tube, false);
    assert_ok(run_with(params_of(), "out"));
    return 0;
}

static int teardown(void **state)
{
    char command[160];
    (void)state;
    snprintf(command, sizeof command, "rm -r %s", folder);
    return system(command);
}

static pel_volume read_map(const char *name)
{
    char path[96];
    pel_volume v;
    snprintf(path, sizeof path, "out/%s", name);
    assert_ok(pel_read_volume(&v, path_of(path), NULL));
    return v;
}

static pel_mesh read_flat(void)
{
    pel_mesh flat;
    assert_ok(pel_read_mesh(&flat, path_of("out/flat.ply")));
    return flat;
}

static const float *pixel_of(const pel_volume *v, int64_t at)
{
    return (const float *)v->data + at * (v->channels > 1 ? v->channels : 1);
}

/* ---- what the maps are worth ---- */

static void a_chequerboard_of_10_mm_measures_10_mm_on_the_map(void **state)
{
    (void)state;
    pel_volume map = read_map("map1.tif"), position = read_map("position.tif");
    pel_mesh flat = read_flat();
    pel_flat_report report;
    assert_ok(pel_flat_measure(&report, &flat));
    double wrong = fmax(report.most_stretch - 1, 1 - report.least_stretch), before = NAN;
    int64_t width = map.dims[0], middle = 0;
    double nearest = INFINITY;
    for (int64_t at = 0; at < width * map.dims[1]; at++) {
        const float *p = pixel_of(&position, at);
        double off = hypot((double)p[0], (double)p[1]);
        if (off < nearest) {
            nearest = off;
            middle = at;
        }
    }
    int edges = 0;
    for (int64_t at = middle / width * width; at + 1 < (middle / width + 1) * width; at++) {
        double a = (double)*pixel_of(&map, at) - 125, b = (double)*pixel_of(&map, at + 1) - 125;
        if (!(a * b < 0))
            continue;
        double here = (double)(at % width) + a / (a - b);
        const float *p = pixel_of(&position, at);
        // the hull runs a little within the ball that the cells are measured on
        double r = pel__length((pel_vec3){ (double)p[0], (double)p[1], (double)p[2] });
        // one pixel may be wrong where the row does not run along the equator
        if (edges++)
            assert_near((here - before) * 0.4, BOARD_MM * r / RADIUS, BOARD_MM * wrong + 0.15);
        before = here;
    }
    assert_int_equal(edges, 4);
    assert_true(wrong < 0.06);
    pel_mesh_free(&flat);
    pel_volume_free(&map);
    pel_volume_free(&position);
}

static void one_two_hundredth_of_the_range_survives_on_a_grid_of_its_own(void **state)
{
    (void)state;
    pel_volume map = read_map("map2.tif"), position = read_map("position.tif");
    int seen[2] = { 0 };
    for (int64_t at = 0; at < map.dims[0] * map.dims[1]; at++) {
        double x = (double)pixel_of(&position, at)[0];
        if (!(fabs(x) > 4))
            continue;
        assert_near(*pixel_of(&map, at), x < 0 ? 50 : 50.5, 0.001);
        seen[x > 0]++;
    }
    assert_true(seen[0] > 1000 && seen[1] > 1000);
    pel_volume_free(&map);
    pel_volume_free(&position);
}

static void a_pixel_is_found_again_by_its_voxel(void **state)
{
    (void)state;
    pel_volume voxel = read_map("map1_voxel.tif");
    pel_mesh flat = read_flat();
    pel_flatmap_params params = pel_flatmap_defaults();
    pel_flatmap_grid grid;
    params.pixel = 0.4;
    assert_ok(pel_flatmap_grid_of(&grid, &flat, &params));
    int64_t seen = 0, step = is_sanitized() ? 97 : 13;
    for (int64_t at = 0; at < grid.width * grid.height; at += step) {
        const float *ijk = pixel_of(&voxel, at);
        double xy[2], off, mm[3];
        if (isnan(ijk[0]))
            continue;
        for (int a = 0; a < 3; a++)
            mm[a] = SPACING * ((double)ijk[a] - (DIM - 1) / 2.0);
        assert_ok(pel_flat_nearest(xy, &off, &flat, (pel_vec3){ mm[0], mm[1], mm[2] }));
        assert_near((xy[0] - grid.left_mm) / grid.pixel_mm, (double)(at % grid.width) + 0.5, 0.1);
        assert_near((grid.top_mm - xy[1]) / grid.pixel_mm, (double)(at / grid.width) + 0.5, 0.1);
        seen++;
    }
    assert_true(seen > 3000 / step);
    pel_mesh_free(&flat);
    pel_volume_free(&voxel);
}

static void a_vein_lies_on_the_map_where_it_is(void **state)
{
    (void)state;
    char line[256];
    pel_mesh flat = read_flat();
    pel_flatmap_params params = pel_flatmap_defaults();
    pel_flatmap_grid grid;
    params.pixel = 0.4;
    assert_ok(pel_flatmap_grid_of(&grid, &flat, &params));
    FILE *csv = fopen(path_of("out/map_lines.csv"), "r");
    int count = 0;
    double least = INFINITY, most = -INFINITY;
    assert_non_null(csv);
    assert_non_null(fgets(line, sizeof line, csv));
    while (fgets(line, sizeof line, csv)) {
        double u, v, x, y, z, depth;
        pel_vec3 at;
        assert_int_equal(sscanf(line, "%*d,%lf,%lf,%lf,%lf,%lf,%lf", &u, &v, &x, &y, &z, &depth),
                         6);
        // beside the last triangle at the map's edge
        if (!pel_flat_point_mm(&at, &flat, grid.left_mm + u * grid.pixel_mm,
                               grid.top_mm - v * grid.pixel_mm))
            continue;
        // straight above the arc
        assert_near(at.y * TUBE_AT / RADIUS, TUBE_Y, 0.5);
        assert_near(depth, TUBE_AT - RADIUS, 0.7);
        least = fmin(least, x);
        most = fmax(most, x);
        count++;
    }
    fclose(csv);
    assert_true(count > 10 && least < -12 && most > 12);
    pel_mesh_free(&flat);
}

static void parts_of_vessels_are_numbered_on_the_map(void **state)
{
    (void)state;
    pel_volume parts = read_map("map_vessels.tif"), position = read_map("position.tif");
    int64_t seen = 0;
    for (int64_t at = 0; at < parts.dims[0] * parts.dims[1]; at++) {
        double part = (double)*pixel_of(&parts, at);
        if (!(part > 0))
            continue;
        assert_near(pixel_of(&position, at)[1], TUBE_Y * RADIUS / TUBE_AT, 3.5);
        seen += part == 1;
    }
    assert_true(seen > 300);
    pel_volume_free(&parts);
    pel_volume_free(&position);
}

static void what_is_tissue_rather_than_vessels_is_not_shown_unasked(void **state)
{
    (void)state;
    pel_cortex_params p = params_of();
    p.vessels = -1;
    assert_ok(run_with(p, "out"));
    assert_string_equal(redone, "vessels;vessel map;report;");
    assert_int_equal(access(path_of("out/map_vesselness.tif"), F_OK), 0);
    assert_int_not_equal(access(path_of("out/map_vessels.tif"), F_OK), 0);
    assert_int_not_equal(access(path_of("out/vessels_mask.nii.gz"), F_OK), 0);
    p.vessels = 1;
    assert_ok(run_with(p, "out"));
    assert_int_equal(access(path_of("out/map_vessels.tif"), F_OK), 0);
    assert_ok(run_with(params_of(), "out"));
}

static double border_mm(const pel_mesh *mesh)
{
    int32_t *twin;
    double sum = 0;
    assert_ok(pel__mesh_twins(&twin, mesh));
    for (int32_t h = 0; h < 3 * mesh->triangles; h++)
        if (twin[h] < 0)
            sum += pel__length(
                pel__minus(pel__mesh_point(mesh, pel__half_from(mesh, h)),
                           pel__mesh_point(mesh, pel__half_from(mesh, pel__next_half(h)))));
    pel__free(twin);
    return sum;
}

static void a_view_alone_takes_what_is_seen_from_there_with_an_even_border(void **state)
{
    (void)state;
    pel_cortex_params p = params_of();
    pel_topology disk;
    pel_mesh patch;
    pel_vec3 lo, hi;
    p.radius = 0;
    p.pixel = 2;
    p.vessels = 0;
    assert_ok(run_with(p, "half"));
    assert_ok(pel_read_mesh(&patch, path_of("half/patch.ply")));
    assert_ok(pel_mesh_topology(&disk, &patch));
    assert_int_equal(disk.components, 1);
    assert_int_equal(disk.euler, 1);
    pel_mesh_bounds(&patch, &lo, &hi);
    // half a ball but for a rim of two triangles of 2 mm; teeth would make its border longer
    assert_near(lo.z, 3, 2.5);
    assert_near(pel_mesh_area_mm2(&patch), 2 * acos(-1) * RADIUS * (RADIUS - lo.z), 500);
    assert_near(border_mm(&patch), 2 * acos(-1) * sqrt(RADIUS * RADIUS - lo.z * lo.z), 9);
    pel_mesh_free(&patch);
}

static bool report_says(const char *words)
{
    static char text[1 << 20];
    FILE *file = fopen(path_of("unknown/report.html"), "r");
    assert_non_null(file);
    text[fread(text, 1, sizeof text - 1, file)] = 0;
    fclose(file);
    return strstr(text, words) != NULL;
}

static void forget_side(const char *name, const char *out)
{
    pel_volume v;
    assert_ok(pel_read_volume(&v, path_of(name), NULL));
    v.oriented = false;
    assert_ok(pel_write_volume(path_of(out), &v, NULL, NULL));
    pel_volume_free(&v);
}

static void a_head_that_tells_no_side_is_mapped_without_letters(void **state)
{
    (void)state;
    pel_cortex_params p = params_of();
    char mask[256], head[256], *report;
    const pel_cortex_head heads[] = { { head, &plain } };
    pel_mesh surface, patch;
    pel_vec3 lo[2], hi[2];
    forget_side("board.nii", "no_side.nii");
    forget_side("ball.nii", "no_side_mask.nii");
    snprintf(head, sizeof head, "%s", path_of("no_side.nii"));
    snprintf(mask, sizeof mask, "%s", path_of("no_side_mask.nii"));
    p.mask = mask;
    p.vessels = 0;
    assert_int_equal(pel_cortex(&report, path_of("unknown"), heads, 1, &p, "{}", NULL), PEL_EDATA);
    assert_error_says("--assume");
    p.view = 0;
    assert_ok(pel_cortex(&report, path_of("unknown"), heads, 1, &p, "{}", NULL));
    free(report);
    assert_true(report_says("Which side is left is not known"));
    // the page is whole, and fits narrow windows
    assert_true(report_says("width=device-width") && report_says("</style></head><body>"));
    assert_true(report_says("alt=\"volume 1 on the flat map") &&
                report_says("href=\"report.json\"") && report_says("href=\"flat.ply\""));
    // the patch is where the first axis begins
    assert_ok(pel_read_mesh(&surface, path_of("unknown/surface.ply")));
    assert_ok(pel_read_mesh(&patch, path_of("unknown/patch.ply")));
    assert_false(patch.oriented);
    pel_mesh_bounds(&surface, &lo[0], &hi[0]);
    pel_mesh_bounds(&patch, &lo[1], &hi[1]);
    assert_near(lo[1].x, lo[0].x, 0.5);
    assert_true(hi[1].x < 0.5 * (lo[0].x + hi[0].x));
    pel_mesh_free(&surface);
    pel_mesh_free(&patch);
}

static void letters_are_drawn_where_directions_are_known(void **state)
{
    (void)state;
    float *position;
    pel_image map;
    assert_ok(pel_image_new(&map, 40, 40, 1, PEL_FLOAT32));
    assert_ok(pel_image_add_layer(&map, "position", 3, &position));
    map.mm_per_pixel = 1;
    for (int64_t at = 0; at < 1600; at++) {
        ((float *)map.data)[at] = (float)at;
        position[3 * at] = (float)(at % 40);
        position[3 * at + 1] = (float)(-at / 40);
        position[3 * at + 2] = 0;
    }
    for (int known = 0; known < 2; known++) {
        pel_figure figure;
        pel__cortex_figure what = { .title = "t", .unit = "", .oriented = known };
        int letters = 0;
        assert_ok(pel__cortex_look(&what.look, &map, 0, 1));
        assert_ok(pel__cortex_draw(&figure, &map, &what));
        for (int i = 0; i < figure.count; i++)
            letters += figure.item[i].text && strlen(figure.item[i].text) == 1 &&
                       strchr("RLAP", figure.item[i].text[0]);
        assert_int_equal(letters, known ? 4 : 0);
        pel_figure_free(&figure);
    }
    pel_image_free(&map);
}

/* ---- again ---- */

static void a_second_run_redoes_nothing(void **state)
{
    (void)state;
    assert_ok(run_with(params_of(), "out"));
    assert_string_equal(redone, "");
}

static void what_has_changed_is_redone_with_what_follows(void **state)
{
    (void)state;
    pel_cortex_params p = params_of();
    p.depth = "-3:-1";
    assert_ok(run_with(p, "out"));
    assert_string_equal(redone, "map;map;map;vessel map;report;");
    p.scales = "1";
    assert_ok(run_with(p, "out"));
    assert_string_equal(redone, "vessels;vessel map;report;");
    p.radius = 17;
    assert_ok(run_with(p, "out"));
    assert_string_equal(redone, "flatten;grid;map;map;map;vessels;vessel map;report;");
    p.vessels = 0;
    assert_ok(run_with(p, "out"));
    assert_string_equal(redone, "report;");
    assert_int_not_equal(access(path_of("out/vessels.nii.gz"), F_OK), 0);
    assert_ok(run_with(params_of(), "out"));
}

static void what_is_missing_or_touched_is_made_again(void **state)
{
    (void)state;
    assert_int_equal(unlink(path_of("out/flat.ply")), 0);
    FILE *file = fopen(path_of("out/map2.tif"), "ab");
    fputc('x', file);
    fclose(file);
    assert_ok(run_with(params_of(), "out"));
    assert_string_equal(redone, "flatten;map;");
    // as after a run that was stopped: a record that ends early
    assert_int_equal(truncate(path_of("out/stages.txt"), 400), 0);
    assert_ok(run_with(params_of(), "out"));
    assert_non_null(strstr(redone, "report;"));
    assert_ok(run_with(params_of(), "out"));
    assert_string_equal(redone, "");
}

static void files_of_others_are_left_alone(void **state)
{
    (void)state;
    assert_int_equal(run_with(params_of(), "."), PEL_EPARAM);
    assert_error_says("holds other files");
    assert_int_equal(run_with(params_of(), "ball.nii"), PEL_EPARAM);
    assert_error_says("is a file");
}

static void a_record_names_no_file_outside_of_the_folder(void **state)
{
    (void)state;
    FILE *file = fopen(path_of("out/stages.txt"), "a");
    fputs("stage gone 00000000000000000000000000000000\nfile ../board.nii 0\nfile .hidden 0\n",
          file);
    fclose(file);
    assert_ok(run_with(params_of(), "out"));
    assert_int_equal(access(path_of("board.nii"), F_OK), 0);
}

static void wrong_params_are_told_before_anything_is_read(void **state)
{
    (void)state;
    static const struct {
        const char *depth, *stat, *scales, *vessel_depth, *says;
        int at, view;
        int64_t vessels;
    } cases[] = {
        { "5:1", "mean", "1", "-4:3", "depth", 0, 0, 1 },
        { "-4:-1", "mode", "1", "-4:3", "stat", 0, 0, 1 },
        { "-4:-1", "mean,max", "1", "-4:3", "one of them", 0, 0, 1 },
        { "-4:-1", "mean", "3:1", "-4:3", "scales", 0, 0, 1 },
        { "-4:-1", "mean", "1", "3", "vessel-depth", 0, 0, 1 },
        { "-4:-1", "mean", "1", "-4:3", "X,Y,Z", 2, 0, 1 },
        { "-4:-1", "mean", "1", "-4:3", "leave one out", 3, 2, 1 },
        { "-4:-1", "mean", "1", "-4:3", "only volume", 0, 0, 2 },
    };
    for (int n = 0; n < (int)(sizeof cases / sizeof *cases); n++) {
        pel_cortex_params p = pel_cortex_defaults();
        p.depth = cases[n].depth;
        p.stat = cases[n].stat;
        p.scales = cases[n].scales;
        p.vessel_depth = cases[n].vessel_depth;
        p.at.count = cases[n].at;
        p.view = cases[n].view;
        p.vessels = cases[n].vessels;
        assert_int_equal(pel_cortex_check(&p, 1), PEL_EPARAM);
        assert_error_says(cases[n].says);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_chequerboard_of_10_mm_measures_10_mm_on_the_map),
        cmocka_unit_test(one_two_hundredth_of_the_range_survives_on_a_grid_of_its_own),
        cmocka_unit_test(a_pixel_is_found_again_by_its_voxel),
        cmocka_unit_test(a_vein_lies_on_the_map_where_it_is),
        cmocka_unit_test(parts_of_vessels_are_numbered_on_the_map),
        cmocka_unit_test(what_is_tissue_rather_than_vessels_is_not_shown_unasked),
        cmocka_unit_test(a_view_alone_takes_what_is_seen_from_there_with_an_even_border),
        cmocka_unit_test(a_head_that_tells_no_side_is_mapped_without_letters),
        cmocka_unit_test(letters_are_drawn_where_directions_are_known),
        cmocka_unit_test(a_second_run_redoes_nothing),
        cmocka_unit_test(what_has_changed_is_redone_with_what_follows),
        cmocka_unit_test(what_is_missing_or_touched_is_made_again),
        cmocka_unit_test(files_of_others_are_left_alone),
        cmocka_unit_test(a_record_names_no_file_outside_of_the_folder),
        cmocka_unit_test(wrong_params_are_told_before_anything_is_read),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
