/* SPDX-License-Identifier: Apache-2.0 */
#include "grids.h"

#include <math.h>

#include "transform/brain.h"

/* the brain of a head scene, and its truth from the part=brain scene: what is not background */
static pel_volume find(const char *spec, const pel_brain_params *params, pel_brain_found *found)
{
    pel_volume in = scene(spec), mask;
    assert_ok(pel_brain(&mask, found, &in, NULL, params));
    pel_volume_free(&in);
    return mask;
}

static pel_volume truth(const char *keys)
{
    char spec[256];
    snprintf(spec, sizeof spec, "head?part=brain&softness=0&vessels=0&contrast=t1&%s", keys);
    pel_volume in = scene(spec), mask;
    assert_ok(pel_threshold(&mask, &in, 1, INFINITY));
    pel_volume_free(&in);
    return mask;
}

static double dice(const pel_volume *a, const pel_volume *b)
{
    const uint8_t *p = a->data, *q = b->data;
    int64_t both = 0, sum = 0;
    for (int64_t i = 0; i < pel_volume_count(a); i++) {
        both += p[i] && q[i];
        sum += (p[i] != 0) + (q[i] != 0);
    }
    return 2 * (double)both / (double)sum;
}

static const double sure = 0.75; /* scores below that are warned of */

static void the_brain_of_a_head_is_found_whatever_the_contrast(void **state)
{
    (void)state;
    static const char *const contrasts[] = { "t1", "t2", "flair", "t1gd", "pd", "t2star", "ct" };
    pel_brain_params params = pel_brain_defaults();
    pel_brain_found found;
    pel_volume want = truth("spacing=3&seed=11");
    // CT goes the longest way, and T1 is met below
    for (int c = is_sanitized() ? 6 : 0; c < 7; c++) {
        char spec[128];
        snprintf(spec, sizeof spec, "head?spacing=3&seed=11&snr=30&bias=20&contrast=%s",
                 contrasts[c]);
        pel_volume mask = find(spec, &params, &found);
        assert_true(dice(&mask, &want) > 0.92);
        // fluid as bright as brain leaves little to see in voxels of 3 mm
        bool alike = strcmp(contrasts[c], "pd") == 0;
        assert_true(found.score > (alike ? 0.5 : sure));
        assert_false(found.stripped);
        pel_volume_free(&mask);
    }
    pel_volume_free(&want);
}

static void a_head_may_be_turned(void **state)
{
    (void)state;
    pel_brain_params params = pel_brain_defaults();
    pel_brain_found found;
    const char *keys = "spacing=2.5&seed=12&turn=40,0,0&fov=220";
    char spec[128];
    snprintf(spec, sizeof spec, "head?%s", keys);
    pel_volume want = truth(keys), mask = find(spec, &params, &found);
    assert_true(dice(&mask, &want) > 0.92);
    pel_volume_free(&mask);
    pel_volume_free(&want);
}

static void a_head_may_be_rounder_than_the_usual_one(void **state)
{
    (void)state;
    const double part[3] = { 1.1, 0.9, 1.05 };
    pel_brain_params params = pel_brain_defaults();
    pel_brain_found found;
    pel_volume want = truth("spacing=3.5&seed=21"), mask;
    pel_volume in = scene("head?spacing=3.5&seed=21&contrast=t1&snr=30");
    for (int a = 0; a < 3; a++)
        for (int row = 0; row < 3; row++)
            in.mm_from_ijk.m[row][a] *= part[a];
    assert_ok(pel_brain(&mask, &found, &in, NULL, &params));
    assert_true(dice(&mask, &want) > 0.97);
    pel_volume_free(&mask);
    pel_volume_free(&want);
    pel_volume_free(&in);
}

static void slices_may_be_thick(void **state)
{
    (void)state;
    pel_brain_params params = pel_brain_defaults();
    pel_brain_found found;
    pel_volume want = truth("spacing=2.5,2.5,6&seed=31");
    pel_volume mask = find("head?spacing=2.5,2.5,6&seed=31&snr=40", &params, &found);
    assert_true(dice(&mask, &want) > 0.95);
    assert_true(found.score > sure);
    pel_volume_free(&mask);
    pel_volume_free(&want);
}

// half a turn about y: axes i and k run backwards
static void turn_over(pel_volume *v)
{
    uint8_t *p = v->data;
    const int64_t *n = v->dims;
    assert_int_equal(v->dtype, PEL_UINT8);
    for (int64_t k = 0; k < n[2] / 2; k++)
        for (int64_t j = 0; j < n[1]; j++)
            for (int64_t i = 0; i < n[0]; i++) {
                uint8_t *a = p + (k * n[1] + j) * n[0] + i;
                uint8_t *b = p + ((n[2] - 1 - k) * n[1] + j) * n[0] + n[0] - 1 - i, old = *a;
                *a = *b;
                *b = old;
            }
}

static void where_nobody_knows_how_the_head_lies_it_may_stand_on_its_crown(void **state)
{
    (void)state;
    pel_brain_params params = pel_brain_defaults();
    pel_brain_found found;
    const char *keys = "spacing=3&seed=11";
    char spec[128];
    snprintf(spec, sizeof spec, "head?%s&contrast=t1", keys);
    pel_volume want = truth(keys), in = scene(spec), mask;
    turn_over(&in);
    turn_over(&want);
    in.oriented = false;
    assert_ok(pel_brain(&mask, &found, &in, NULL, &params));
    assert_true(dice(&mask, &want) > 0.9);
    pel_volume_free(&mask);
    pel_volume_free(&want);
    pel_volume_free(&in);
}

static void where_there_is_no_brain_it_says_so(void **state)
{
    (void)state;
    static const char *const scenes[] = { "sphere?dims=50&spacing=4&radius=75", "letters?spacing=2",
                                          "ramp?dims=50&spacing=4",
                                          "head?part=empty&spacing=2.5&contrast=t2",
                                          "sphere?dims=44&spacing=4&radius=0&noise=30" };
    pel_brain_params params = pel_brain_defaults();
    pel_brain_found found;
    for (int n = 0; n < (is_sanitized() ? 1 : 5); n++) {
        pel_volume in = scene(scenes[n]), mask;
        assert_int_equal(pel_brain(&mask, &found, &in, NULL, &params), PEL_EDATA);
        assert_null(mask.data);
        pel_volume_free(&in);
    }
}

static void a_stripped_brain_is_known_and_its_foreground_given(void **state)
{
    (void)state;
    static const char *const scenes[] = { "head?part=brain&spacing=4&seed=3&contrast=t2",
                                          "head?part=brain&spacing=4&seed=7&contrast=t1" };
    pel_brain_params params = pel_brain_defaults();
    pel_brain_found found;
    for (int n = 0; n < (is_sanitized() ? 1 : 2); n++) {
        pel_volume in = scene(scenes[n]), mask;
        assert_ok(pel_brain(&mask, &found, &in, NULL, &params));
        assert_true(found.stripped);
        pel_volume lit;
        assert_ok(pel_threshold(&lit, &in, 1, INFINITY));
        assert_true(dice(&mask, &lit) > 0.95);
        pel_volume_free(&lit);
        pel_volume_free(&mask);
        pel_volume_free(&in);
    }
}

static double volume_with(const pel_volume *in, const pel_volume *prior, double border, int csf)
{
    pel_brain_params params = pel_brain_defaults();
    pel_brain_found found;
    pel_volume mask;
    params.border = border;
    params.csf = csf;
    assert_ok(pel_brain(&mask, &found, in, prior, &params));
    pel_volume_free(&mask);
    return found.volume_mm3;
}

static void the_border_moves_the_edge_both_ways_and_the_fluid_outward(void **state)
{
    (void)state;
    pel_volume in = scene("head?spacing=4&seed=11&contrast=t2"), near = truth("spacing=4&seed=11");
    double plain = volume_with(&in, &near, 0, PEL_CSF_OUT);
    assert_true(volume_with(&in, &near, 4, PEL_CSF_OUT) > 1.05 * plain);
    assert_true(volume_with(&in, &near, -4, PEL_CSF_OUT) < 0.95 * plain);
    assert_true(volume_with(&in, &near, 0, PEL_CSF_IN) > 1.05 * plain);
    pel_volume_free(&in);
    pel_volume_free(&near);
}

static void a_result_that_is_wrong_scores_low(void **state)
{
    (void)state;
    // tissue leaks out of the first, and fills little of the second
    static const char *const balls[] = { "radius=45&center=0,0,20", "radius=80&center=0,0,-30" };
    pel_brain_params params = pel_brain_defaults();
    pel_brain_found found;
    pel_volume in = scene("head?spacing=3&seed=11"), want = truth("spacing=3&seed=11");
    for (int n = 0; n < 2; n++) {
        char spec[128];
        snprintf(spec, sizeof spec, "sphere?dims=60,75,67&spacing=3&%s", balls[n]);
        pel_volume ball = scene(spec), prior, mask;
        assert_ok(pel_threshold(&prior, &ball, 50, INFINITY));
        assert_ok(pel_brain(&mask, &found, &in, &prior, &params));
        assert_true(dice(&mask, &want) < 0.8);
        assert_true(found.score < sure);
        pel_volume_free(&mask);
        pel_volume_free(&prior);
        pel_volume_free(&ball);
    }
    pel_volume_free(&want);
    pel_volume_free(&in);
}

/* a ball of 40 mm with a cleft of 9 mm and one of 2 mm, both open to the outside */
static pel_volume cleft_ball(void)
{
    pel_volume v = scene("sphere?dims=66&spacing=1.5&radius=5&dtype=float32");
    float *to = v.data;
    for (int64_t k = 0; k < 66; k++)
        for (int64_t j = 0; j < 66; j++)
            for (int64_t i = 0; i < 66; i++) {
                double x = 1.5 * (double)(i - 33), y = 1.5 * (double)(j - 33),
                       z = 1.5 * (double)(k - 33);
                bool in = x * x + y * y + z * z < 40 * 40;
                bool cleft = (z > 0 && fabs(x) < 4.5) || (z < -10 && fabs(x) < 1);
                *to++ = in && !cleft ? 100 : 10;
            }
    return v;
}

// how deep within what is found around its middle, where a ball of that radius is looked for first
static pel_volume hull_around_middle(int64_t low[3], const pel_volume *image, double radius_mm,
                                     const pel__edge *edge)
{
    pel__levels levels = { 0, 100, 30, 100 };
    pel__head head = pel__head_of(image);
    pel_vec3 middle = { 0.5 * (double)head.n[0] * head.mm[0], 0.5 * (double)head.n[1] * head.mm[1],
                        0.5 * (double)head.n[2] * head.mm[2] };
    pel__balloon b;
    pel_volume depth;
    assert_ok(pel__balloon_new(&b, 4, middle, radius_mm));
    assert_ok(pel__tissue_find(&depth, low, &head, &levels, edge, &b));
    pel__balloon_free(&b);
    return depth;
}

// how deep two places of it lie below the hull: in the wide cleft, in the narrow one
static void hull_at_clefts(double depth_mm[2], const pel__edge *edge)
{
    int64_t low[3];
    pel_volume image = cleft_ball(), depth = hull_around_middle(low, &image, 40, edge);
    pel__head hull = pel__head_of(&depth);
    for (int n = 0; n < 2; n++) {
        pel_vec3 at = { 49.5 - 1.5 * (double)low[0], 49.5 - 1.5 * (double)low[1],
                        (n ? 29.5 : 74.5) - 1.5 * (double)low[2] };
        depth_mm[n] = pel__head_at(&hull, at);
    }
    pel_volume_free(&image);
    pel_volume_free(&depth);
}

static void wide_fluid_is_given_back_by_the_stem_and_sulci_are_passed_over(void **state)
{
    (void)state;
    pel__edge edge = { .fluid = PEL__FLUID_DARK, .brain = 100, .rim = 100, .beyond_mm = 0.6 };
    double depth_mm[2];
    edge.usual_from_mm = pel_affine_identity();
    hull_at_clefts(depth_mm, &edge);
    assert_true(depth_mm[0] > 2 && depth_mm[1] > 2);
    edge.is_placed = true;
    hull_at_clefts(depth_mm, &edge);
    assert_true(depth_mm[0] > 2 && depth_mm[1] > 2);
    // the middle of the ball becomes that of the stem
    edge.usual_from_mm.m[0][3] = -49.5;
    edge.usual_from_mm.m[1][3] = -49.5 - 22;
    edge.usual_from_mm.m[2][3] = -49.5 - 22;
    hull_at_clefts(depth_mm, &edge);
    assert_true(depth_mm[0] < -1 && depth_mm[1] > 2);
}

static double soft_step(double from_mm, double at_mm)
{
    double x = (at_mm - from_mm) / 1.5 + 0.5;
    return x > 0 ? x < 1 ? x : 1 : 0;
}

/* a ball of tissue, 2 mm of fluid, a film of dura; and how deep below a ball around it */
static void fill_ball(pel_volume *image, pel_volume *depth, double radius_mm, double outline_mm,
                      double dura)
{
    float *v = image->data, *d = depth->data;
    for (int64_t k = 0; k < image->dims[2]; k++)
        for (int64_t j = 0; j < image->dims[1]; j++)
            for (int64_t i = 0; i < image->dims[0]; i++) {
                double x = (double)i - 30.3, y = (double)j - 29.9, z = (double)k - 30.1;
                double r = sqrt(x * x + y * y + z * z);
                double film = soft_step(radius_mm + 2, r) - soft_step(radius_mm + 3.2, r);
                *v++ = (float)(100 - 75 * soft_step(radius_mm, r) + dura * film);
                *d++ = (float)(outline_mm - r);
            }
}

// how far from the middle the outline lies, on average
static double outline_of(const pel_volume *depth)
{
    const float *d = depth->data;
    double inside = 0;
    for (int64_t i = 0; i < pel_volume_count(depth); i++) {
        double part = 0.5 + (double)d[i];
        inside += part > 0 ? part < 1 ? part : 1 : 0;
    }
    return cbrt(inside * 0.75 / PEL_PI);
}

// rings around the middle: how bright what ends at each radius is, smeared over a voxel
typedef struct ring {
    double radius_mm, value;
} ring;

static pel_volume rings(int64_t n, double voxel_mm, const ring *ring)
{
    char spec[128];
    snprintf(spec, sizeof spec, "sphere?dims=%d&spacing=%g&radius=5&dtype=float32", (int)n,
             voxel_mm);
    pel_volume v = scene(spec);
    float *to = v.data;
    for (int64_t k = 0; k < n; k++)
        for (int64_t j = 0; j < n; j++)
            for (int64_t i = 0; i < n; i++) {
                double x = (double)i - 0.5 * (double)n, y = (double)j - 0.5 * (double)n,
                       z = (double)k - 0.5 * (double)n;
                double r = voxel_mm * sqrt(x * x + y * y + z * z), value = ring[0].value;
                for (int q = 0; ring[q].radius_mm > 0; q++) {
                    double part = (r - ring[q].radius_mm) / voxel_mm + 0.5;
                    part = part > 0 ? part < 1 ? part : 1 : 0;
                    value += part * (ring[q + 1].value - ring[q].value);
                }
                *to++ = (float)value;
            }
    return v;
}

// of the ball that has the volume of what is found
static double found_radius(int64_t n, double voxel_mm, const ring *ring, const pel__edge *edge)
{
    int64_t low[3];
    pel_volume image = rings(n, voxel_mm, ring);
    pel_volume depth = hull_around_middle(low, &image, ring[0].radius_mm, edge);
    double mm = pel_volume_spacing_mm(&depth).x, inside = 0;
    const float *d = depth.data;
    for (int64_t i = 0; i < pel_volume_count(&depth); i++) {
        double part = (double)d[i] / mm + 0.5;
        inside += part > 0 ? part < 1 ? part : 1 : 0;
    }
    pel_volume_free(&image);
    pel_volume_free(&depth);
    return mm * cbrt(inside * 0.75 / PEL_PI);
}

static void the_hull_is_no_larger_where_voxels_are(void **state)
{
    (void)state;
    static const ring ball[] = { { 45, 100 }, { 0, 0 } };
    pel__edge edge = { .fluid = PEL__FLUID_DARK, .brain = 100, .rim = 100 };
    double fine = found_radius(84, 1.5, ball, &edge), coarse = found_radius(42, 3, ball, &edge);
    assert_true(fabs(fine - 45) < 0.4);
    assert_true(fabs(coarse - fine) < 0.3);
}

static void below_bright_fluid_tissue_ends_half_way_to_it(void **state)
{
    (void)state;
    static const ring head[] = { { 37, 100 }, { 41, 125 }, { 47, 230 }, { 0, 0 } };
    pel__edge edge = { .fluid = PEL__FLUID_BRIGHT, .brain = 100, .rim = 230 };
    double r = found_radius(84, 1.5, head, &edge);
    assert_true(fabs(r - 41) < 0.4);
    edge.with_fluid = true;
    r = found_radius(84, 1.5, head, &edge);
    assert_true(fabs(r - 47) < 0.6);
}

static void the_border_settles_between_voxels_where_tissue_ends_below_dura(void **state)
{
    (void)state;
    static const struct {
        double radius, outline, dura;
    } balls[] = { { 20, 21, 0 }, { 20.4, 21.4, 0 }, { 20, 19.6, 0 }, { 20, 22.6, 60 } };
    pel_volume image = scene("sphere?dims=61&spacing=1&radius=5&dtype=float32"), depth;
    assert_ok(pel_volume_like(&depth, &image, PEL_FLOAT32));
    for (int n = 0; n < 4; n++) {
        fill_ball(&image, &depth, balls[n].radius, balls[n].outline, balls[n].dura);
        assert_ok(pel__border_settle(&depth, &image, 0.6));
        assert_true(fabs(outline_of(&depth) - balls[n].radius - 0.6) < 0.2);
    }
    pel_volume_free(&image);
    pel_volume_free(&depth);
}

// levels as in Hounsfield units, and made positive by 1024
static void a_ct_is_known_by_its_levels(void **state)
{
    (void)state;
    pel_brain_params params = pel_brain_defaults();
    pel_brain_found found;
    pel_volume in = scene("head?spacing=4&seed=5&contrast=ct&dtype=int16"), plain, moved;
    assert_ok(pel_brain(&plain, &found, &in, NULL, &params));
    int16_t *v = in.data;
    for (int64_t i = 0; i < pel_volume_count(&in); i++)
        v[i] = (int16_t)(v[i] + 1024);
    assert_ok(pel_brain(&moved, &found, &in, NULL, &params));
    assert_true(dice(&plain, &moved) > 0.97);
    pel_volume_free(&plain);
    pel_volume_free(&moved);
    pel_volume_free(&in);
}

static void a_prior_elsewhere_or_empty_is_refused(void **state)
{
    (void)state;
    pel_brain_params params = pel_brain_defaults();
    pel_brain_found found;
    pel_volume in = scene("head?spacing=3.5"), mask;
    pel_volume prior = scene("sphere?dims=30&radius=5"), empty = scene("sphere?dims=30&radius=0");
    assert_int_equal(pel_brain(&mask, &found, &in, &empty, &params), PEL_EDATA);
    assert_non_null(strstr(pel_error(), "--prior"));
    pel_volume whole = scene("sphere?dims=60,60,60&spacing=4&radius=90"), all;
    assert_ok(pel_threshold(&all, &whole, 50, INFINITY));
    assert_int_equal(pel_brain(&mask, &found, &in, &all, &params), PEL_EDATA);
    assert_non_null(strstr(pel_error(), "more than any brain"));
    pel_volume_free(&all);
    pel_volume_free(&whole);
    prior.mm_from_ijk.m[0][3] += 1000;
    assert_int_equal(pel_brain(&mask, &found, &in, &prior, &params), PEL_EDATA);
    pel_volume_free(&prior);
    // the truth as a prior leads to the truth
    prior = truth("spacing=3.5");
    assert_ok(pel_brain(&mask, &found, &in, &prior, &params));
    assert_true(dice(&mask, &prior) > 0.93);
    pel_volume_free(&mask);
    pel_volume_free(&prior);
    pel_volume_free(&empty);
    pel_volume_free(&in);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_brain_of_a_head_is_found_whatever_the_contrast),
        cmocka_unit_test(a_stripped_brain_is_known_and_its_foreground_given),
        cmocka_unit_test(where_there_is_no_brain_it_says_so),
        cmocka_unit_test(where_nobody_knows_how_the_head_lies_it_may_stand_on_its_crown),
        cmocka_unit_test(a_prior_elsewhere_or_empty_is_refused),
        cmocka_unit_test(the_border_settles_between_voxels_where_tissue_ends_below_dura),
        cmocka_unit_test(below_bright_fluid_tissue_ends_half_way_to_it),
        cmocka_unit_test(a_ct_is_known_by_its_levels),
        cmocka_unit_test(a_result_that_is_wrong_scores_low),
        cmocka_unit_test(the_hull_is_no_larger_where_voxels_are),
        cmocka_unit_test(wide_fluid_is_given_back_by_the_stem_and_sulci_are_passed_over),
        cmocka_unit_test(the_border_moves_the_edge_both_ways_and_the_fluid_outward),
        cmocka_unit_test(a_head_may_be_turned),
        cmocka_unit_test(a_head_may_be_rounder_than_the_usual_one),
        cmocka_unit_test(slices_may_be_thick),
    };
    size_t count = sizeof tests / sizeof *tests;
    // the last eight take the ways of the others again; threads meet in the first already
    if (is_sanitized())
        count -= 8;
#ifdef __SANITIZE_THREAD__
    count = 1;
#endif
    return _cmocka_run_group_tests("brain", tests, count, NULL, NULL);
}
