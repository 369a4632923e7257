/* SPDX-License-Identifier: Apache-2.0 */
#include "check.h"

static const char TUBES[] = "tubes?dims=96&spacing=0.4&noise=6&value=100&background=20";

static pel_volume scene(const char *field)
{
    pel_source source;
    pel_volume v;
    if (field)
        assert_ok(pel_phantom_field_open(&source, TUBES, field));
    else
        assert_ok(pel_phantom_open(&source, TUBES));
    assert_ok(pel_source_read(&v, &source));
    pel_source_close(&source);
    return v;
}

/* points of the true centre lines, 0.2 mm apart */
typedef struct truth {
    double (*point)[4]; // x y z radius
    int64_t count;
} truth;

static truth true_lines(void)
{
    char *csv, *rest;
    truth t = { malloc(20000 * sizeof *t.point), 0 };
    double before[4] = { 0 };
    int branch_before = -1;
    assert_ok(pel_phantom_lines(&csv, TUBES));
    rest = strchr(csv, '\n') + 1;
    for (char *line; (line = strsep(&rest, "\n")) && *line;) {
        double p[4];
        int branch;
        assert_int_equal(sscanf(line, "%lf,%lf,%lf,%lf,%d", &p[0], &p[1], &p[2], &p[3], &branch),
                         5);
        double way =
            sqrt(pow(p[0] - before[0], 2) + pow(p[1] - before[1], 2) + pow(p[2] - before[2], 2));
        int steps = branch == branch_before ? (int)ceil(way / 0.2) : 1;
        for (int s = 1; s <= steps; s++, t.count++)
            for (int a = 0; a < 4; a++)
                t.point[t.count][a] =
                    steps == 1 ? p[a] : before[a] + (p[a] - before[a]) * s / steps;
        memcpy(before, p, sizeof before);
        branch_before = branch;
    }
    free(csv);
    return t;
}

static double far(const double a[3], const double b[3])
{
    return sqrt((a[0] - b[0]) * (a[0] - b[0]) + (a[1] - b[1]) * (a[1] - b[1]) +
                (a[2] - b[2]) * (a[2] - b[2]));
}

// all lines lie in the middle of tubes, with their radius, but close to where tubes meet
static void check_points(const pel_lines *lines, const truth *t)
{
    int64_t off = 0, wrong = 0;
    double sum = 0;
    for (int64_t n = 0; n < lines->points; n++) {
        double least = 99, radius = 0;
        for (int64_t m = 0; m < t->count; m++) {
            double d = far(lines->point[n].mm, t->point[m]);
            radius = d < least ? t->point[m][3] : radius;
            least = fmin(least, d);
        }
        // a tenth of a millimetre is how far apart the true points are
        off += least > 0.1 + 0.3 * 0.4;
        wrong += fabs(lines->point[n].radius_mm / radius - 1) > 0.1;
        sum += least;
    }
    if (off > lines->points / 25 || wrong > lines->points / 12)
        fail_msg("of %d points %d lie off, %d radii are wrong; mean %g mm", (int)lines->points,
                 (int)off, (int)wrong, sum / (double)lines->points);
}

// every tube has a line
static void check_tubes(const pel_lines *lines, const truth *t)
{
    int64_t missed = 0, inside = 0;
    for (int64_t m = 0; m < t->count; m++) {
        double least = 99;
        for (int64_t n = 0; n < lines->points; n++)
            least = fmin(least, far(lines->point[n].mm, t->point[m]));
        bool within = fabs(t->point[m][2]) < 10.5;
        inside += within;
        missed += within && least > 0.5;
    }
    if (missed > inside / 100)
        fail_msg("%d of %d true points have no line", (int)missed, (int)inside);
}

static void check_graph(const pel_lines *lines)
{
    // two junctions, at (8,12,0) and (-2,13,4), of three branches each; all others have two ends
    int64_t *meeting = calloc((size_t)lines->nodes, sizeof *meeting);
    int64_t junctions = 0;
    for (int64_t b = 0; b < lines->branches; b++) {
        const pel_branch *branch = &lines->branch[b];
        const pel_line_point *p = lines->point + branch->first;
        meeting[branch->from]++;
        meeting[branch->to]++;
        assert_true(branch->count > 1 && branch->length_mm > 1);
        assert_near(p[0].along_mm, 0, 0);
        assert_near(p[branch->count - 1].along_mm, branch->length_mm, 0);
    }
    for (int64_t n = 0; n < lines->nodes; n++) {
        junctions += meeting[n] == 3;
        assert_true(meeting[n] == 1 || meeting[n] == 3);
    }
    assert_int_equal(junctions, 2);
    assert_int_equal(lines->branches, 14);
    free(meeting);
}

static void centre_lines_and_radii_of_tubes_in_noise_are_the_true_ones(void **state)
{
    (void)state;
    pel_volume in = scene(NULL), distance = scene("vessels"), mask;
    pel_lines lines;
    truth t = true_lines();
    assert_ok(pel_threshold(&mask, &distance, -INFINITY, 0));
    assert_ok(pel_vessel_lines(&lines, &in, &mask, 60, PEL_POLARITY_BRIGHT));
    check_points(&lines, &t);
    check_tubes(&lines, &t);
    check_graph(&lines);
    free(t.point);
    pel_lines_free(&lines);
    pel_volume_free(&in);
    pel_volume_free(&distance);
    pel_volume_free(&mask);
    assert_int_equal(pel_memory_in_use(), 0);
}

static void a_ring_is_one_closed_branch_and_nothing_has_no_lines(void **state)
{
    (void)state;
    pel_volume in, mask, other;
    pel_lines lines;
    assert_ok(pel_phantom(&in, "torus?dims=60&radius=15&tube=4&spacing=1"));
    assert_ok(pel_threshold(&mask, &in, 50, INFINITY));
    assert_ok(pel_vessel_lines(&lines, &in, &mask, 50, PEL_POLARITY_BRIGHT));
    assert_int_equal(lines.branches, 1);
    assert_int_equal(lines.branch[0].from, lines.branch[0].to);
    assert_near(lines.branch[0].length_mm, 2 * 3.14159265 * 15, 3);
    assert_near(lines.branch[0].radius_mm, 4, 0.2);
    pel_lines_free(&lines);
    memset(mask.data, 0, (size_t)pel_volume_bytes(&mask));
    assert_ok(pel_vessel_lines(&lines, &in, &mask, 50, PEL_POLARITY_BRIGHT));
    assert_int_equal(lines.points + lines.branches + lines.nodes, 0);
    pel_lines_free(&lines);
    assert_ok(pel_phantom(&other, "torus?dims=30"));
    assert_int_equal(pel_vessel_lines(&lines, &other, &mask, 50, 0), PEL_EPARAM);
    pel_volume_free(&other);
    pel_volume_free(&in);
    pel_volume_free(&mask);
}

// how far from the middle of a vein that is thinner than a voxel: along x
static double off_middle(const double at[3])
{
    return sqrt(pow(at[1] - 10.3, 2) + pow(at[2] - 9.8, 2));
}

static void a_vein_thinner_than_a_voxel_is_found_in_its_middle_and_so_are_its_ends(void **state)
{
    (void)state;
    pel_volume in, mask;
    pel_lines lines;
    pel_volume shape = { .dims = { 30, 20, 20 }, .mm_from_ijk = pel_affine_identity() };
    assert_ok(pel_volume_like(&in, &shape, PEL_FLOAT32));
    assert_ok(pel_volume_like(&mask, &shape, PEL_UINT8));
    for (int64_t n = 0; n < 30 * 20 * 20; n++) {
        const double at[3] = { (double)(n % 30), (double)(n / 30 % 20), (double)(n / 600) };
        double off = off_middle(at), along = fmax(fmax(4 - at[0], at[0] - 25), 0);
        // half of what a full vessel would reach is 50
        ((float *)in.data)[n] = (float)(45 * exp(-off * off / 0.8 - along * along));
        ((uint8_t *)mask.data)[n] = off < 0.6 && along == 0;
    }
    assert_ok(pel_vessel_lines(&lines, &in, &mask, 50, PEL_POLARITY_BRIGHT));
    assert_int_equal(lines.branches, 1);
    assert_true(lines.points >= 20);
    for (int64_t n = 0; n < lines.points; n++)
        assert_near(off_middle(lines.point[n].mm), 0, 0.2);
    pel_lines_free(&lines);
    pel_volume_free(&in);
    pel_volume_free(&mask);
}

static void lines_are_written_as_a_table_and_as_points_with_edges(void **state)
{
    (void)state;
    pel_lines lines;
    char text[2000] = { 0 };
    assert_ok(pel_lines_new(&lines, 3, 1));
    lines.nodes = 2;
    lines.oriented = true;
    lines.branch[0] = (pel_branch){ .count = 3, .to = 1 };
    for (int n = 0; n < 3; n++)
        lines.point[n] = (pel_line_point){ .mm = { 1.5 * n, -2, 0.25 }, .radius_mm = 0.5 + n };
    pel_lines_measure(&lines);
    for (int ply = 0; ply < 2; ply++) {
        const char *name = ply ? "lines_test.ply" : "lines_test.csv";
        assert_ok(pel_write_lines(name, &lines, "{\"made\":1}"));
        FILE *file = fopen(name, "rb");
        assert_non_null(file);
        text[fread(text, 1, sizeof text - 1, file)] = 0;
        fclose(file);
        remove(name);
        assert_non_null(strstr(text, ply ? "element edge 2\n" : "0,0,1,1.5,-2,0.25,1.5,1.5,3\n"));
        assert_non_null(strstr(text, ply ? "comment {\"made\":1}\n" : "branch,from,to,x_mm"));
        assert_non_null(strstr(text, ply ? "\n3 -2 0.25 2.5 0\n0 1\n1 2\n" : ",3,3\n"));
    }
    assert_int_equal(pel_write_lines("lines_test.txt", &lines, NULL), PEL_EPARAM);
    pel_lines_free(&lines);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(centre_lines_and_radii_of_tubes_in_noise_are_the_true_ones),
        cmocka_unit_test(a_ring_is_one_closed_branch_and_nothing_has_no_lines),
        cmocka_unit_test(a_vein_thinner_than_a_voxel_is_found_in_its_middle_and_so_are_its_ends),
        cmocka_unit_test(lines_are_written_as_a_table_and_as_points_with_edges),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
