/* SPDX-License-Identifier: Apache-2.0 */
#include "check.h"
#include "phantoms/tissue.h"

static const char small[] = "head?spacing=4&noise=3";

static void the_head_has_the_same_bytes_at_1_2_and_7_threads(void **state)
{
    (void)state;
    pel_volume v[3];
    static const int threads[] = { 1, 2, 7 };
    for (int n = 0; n < 3; n++) {
        pel_job job = pel_job_defaults();
        job.threads = threads[n];
        pel_job *before = pel_job_use(&job);
        assert_ok(pel_phantom(&v[n], small));
        pel_job_use(before);
        assert_memory_equal(v[n].data, v[0].data, (size_t)pel_volume_bytes(&v[0]));
    }
    for (int n = 0; n < 3; n++)
        pel_volume_free(&v[n]);
}

// voxels where nothing is near are skipped along a row: rows along y and z must agree
static void rows_along_any_axis_hold_the_same_head(void **state)
{
    (void)state;
    static const char *const order[] = { "ASR", "SRA", "LPI" };
    static const char *const part[] = { "whole", "brain" };
    for (int p = 0; p < 2; p++) {
        char spec[96];
        pel_volume ras;
        snprintf(spec, sizeof spec, "head?folds=20&spacing=3&part=%s&turn=10,20,30", part[p]);
        assert_ok(pel_phantom(&ras, spec));
        pel_affine ras_from_mm;
        assert_true(pel_affine_invert(&ras_from_mm, ras.mm_from_ijk));
        for (int o = 0; o < 3; o++) {
            pel_volume v;
            snprintf(spec, sizeof spec,
                     "head?folds=20&spacing=3&part=%s&turn=10,20,30&orientation=%s", part[p],
                     order[o]);
            assert_ok(pel_phantom(&v, spec));
            int64_t wrong = 0;
            for (int64_t n = 0; n < pel_volume_count(&v); n++) {
                int64_t i = n % v.dims[0], j = n / v.dims[0] % v.dims[1],
                        k = n / v.dims[0] / v.dims[1];
                pel_vec3 at = { (double)i, (double)j, (double)k };
                at = pel_affine_point(ras_from_mm, pel_affine_point(v.mm_from_ijk, at));
                wrong += pel_volume_at(&v, i, j, k) !=
                         pel_volume_at(&ras, lround(at.x), lround(at.y), lround(at.z));
            }
            assert_int_equal(wrong, 0);
            pel_volume_free(&v);
        }
        pel_volume_free(&ras);
    }
}

static int at_mm(const pel_volume *v, pel_vec3 mm)
{
    pel_affine ijk_from_mm;
    assert_true(pel_affine_invert(&ijk_from_mm, v->mm_from_ijk));
    pel_vec3 at = pel_affine_point(ijk_from_mm, mm);
    return (int)pel_volume_at(v, lround(at.x), lround(at.y), lround(at.z));
}

static pel_vec3 mark(const char *spec, const char *key)
{
    char *json, words[64];
    pel_vec3 at = { 0 };
    assert_ok(pel_phantom_truth(&json, spec));
    snprintf(words, sizeof words, "\"%s\":[", key);
    const char *found = strstr(json, words);
    assert_non_null(found);
    assert_int_equal(sscanf(found + strlen(words), "%lf,%lf,%lf", &at.x, &at.y, &at.z), 3);
    free(json);
    return at;
}

// wherever the head is turned and moved, its eyes are where the truth says
static void the_truth_says_where_the_eyes_are(void **state)
{
    (void)state;
    static const char *const specs[] = { "head?spacing=2", "head?spacing=2&seed=9",
                                         "head?spacing=2&turn=0,30,45&center=5,-4,3" };
    for (int n = 0; n < 3; n++) {
        pel_volume v;
        assert_ok(pel_phantom_labels(&v, specs[n]));
        assert_int_equal(at_mm(&v, mark(specs[n], "left_eye_mm")), PEL__EYE);
        assert_int_equal(at_mm(&v, mark(specs[n], "right_eye_mm")), PEL__EYE);
        pel_volume_free(&v);
    }
    // the nose stands out in front, and nothing does behind or above
    pel_volume v;
    assert_ok(pel_phantom_labels(&v, specs[0]));
    pel_vec3 nose = mark(specs[0], "nose_tip_mm");
    assert_true(nose.y > 95 && fabs(nose.x) < 5);
    nose.y -= 3;
    assert_true(at_mm(&v, nose) != PEL__NOTHING);
    assert_int_equal(at_mm(&v, (pel_vec3){ 0, -110, 20 }), PEL__NOTHING);
    assert_int_equal(at_mm(&v, (pel_vec3){ 0, 0, 99 }), PEL__NOTHING);
    pel_volume_free(&v);
}

static pel_volume field_of(const char *spec, const char *name)
{
    pel_source source;
    pel_volume v;
    assert_ok(pel_phantom_field_open(&source, spec, name));
    assert_ok(pel_source_read(&v, &source));
    pel_source_close(&source);
    return v;
}

static void tissues_have_the_volumes_of_adults(void **state)
{
    (void)state;
    static const struct {
        int tissue;
        double lo, hi; // ml
    } adult[] = { { PEL__GREY, 350, 650 }, { PEL__WHITE, 330, 620 }, { PEL__VENTRICLE, 10, 45 },
                  { PEL__FOLIA, 45, 140 }, { PEL__STEM, 20, 45 },    { PEL__BONE, 250, 700 },
                  { PEL__NERVE, 0.3, 3 },  { PEL__FLUID, 150, 500 }, { PEL__EYE, 7, 16 },
                  { PEL__VEIN, 2, 20 },    { PEL__SINUS, 5, 30 } };
    for (int seed = 1; seed <= 4; seed++) {
        char spec[64];
        double ml[PEL__TISSUE_COUNT] = { 0 }, brain = 0;
        snprintf(spec, sizeof spec, "head?spacing=2&seed=%d", seed);
        pel_volume v, mask = field_of(spec, "brain");
        assert_ok(pel_phantom_labels(&v, spec));
        for (int64_t n = 0; n < pel_volume_count(&v); n++) {
            ml[((const uint8_t *)v.data)[n]] += 8e-3;
            brain += 8e-3 * ((const uint8_t *)mask.data)[n];
        }
        for (size_t n = 0; n < sizeof adult / sizeof *adult; n++)
            if (!(ml[adult[n].tissue] > adult[n].lo && ml[adult[n].tissue] < adult[n].hi))
                fail_msg("seed %d: tissue %d has %g ml", seed, adult[n].tissue,
                         ml[adult[n].tissue]);
        if (!(brain > 1100 && brain < 1500))
            fail_msg("seed %d: a brain of %g ml", seed, brain);
        pel_volume_free(&v);
        pel_volume_free(&mask);
    }
}

/* ---- surfaces ---- */

// a region of cortex about the origin
static const char cortex[] = "head?fov=36&spacing=1&center=40,0,-40&vessels=0";

static void labels_change_where_the_surfaces_are(void **state)
{
    (void)state;
    pel_volume v, pial = field_of(cortex, "pial"), white = field_of(cortex, "white");
    assert_ok(pel_phantom_labels(&v, cortex));
    int64_t grey = 0;
    for (int64_t n = 0; n < pel_volume_count(&v); n++) {
        int label = ((const uint8_t *)v.data)[n];
        double p = (double)((const float *)pial.data)[n],
               w = (double)((const float *)white.data)[n];
        if (label == PEL__GREY)
            assert_true(p <= 0 && w > 0);
        if (label == PEL__WHITE)
            assert_true(w <= 0);
        if (label == PEL__FLUID)
            assert_true(p > 0);
        grey += label == PEL__GREY;
    }
    assert_true(grey > 5000);
    pel_volume_free(&v);
    pel_volume_free(&pial);
    pel_volume_free(&white);
}

// half of a voxel is white matter where the white surface crosses it
static void half_a_voxel_is_white_at_the_white_surface(void **state)
{
    (void)state;
    pel_volume v, white = field_of("head?fov=30&spacing=0.5&center=40,0,-40", "white");
    assert_ok(pel_phantom(&v, "head?fov=30&spacing=0.5&center=40,0,-40&only=white_matter"));
    assert_int_equal(v.dtype, PEL_FLOAT32);
    const float *f = v.data, *w = white.data;
    double sum = 0;
    int64_t crossings = 0;
    for (int64_t n = 0; n + 1 < pel_volume_count(&v); n++) {
        if ((n + 1) % v.dims[0] == 0 || (w[n] > 0) == (w[n + 1] > 0) || w[n] == w[n + 1])
            continue;
        // where both cross, as parts of a voxel; a surface seen at a slant is left out
        double a = (double)w[n] / (double)(w[n] - w[n + 1]);
        if (fabsf(w[n] - w[n + 1]) < 0.25F || (f[n] > 0.5F) == (f[n + 1] > 0.5F))
            continue;
        double b = ((double)f[n] - 0.5) / (double)(f[n] - f[n + 1]);
        sum += fabs(a - b);
        crossings++;
    }
    assert_true(crossings > 1000);
    assert_true(sum / (double)crossings < 0.1);
    pel_volume_free(&v);
    pel_volume_free(&white);
}

// from the pial surface inward along the steepest way until white matter begins
static void the_cortex_is_as_thick_as_the_truth_says(void **state)
{
    (void)state;
    const char *spec = "head?fov=40&spacing=0.5&center=40,0,-40&vessels=0";
    pel_volume pial = field_of(spec, "pial"), white = field_of(spec, "white");
    const float *p = pial.data, *w = white.data;
    int64_t step[3] = { 1, pial.dims[0], pial.dims[0] * pial.dims[1] }, count = 0;
    double sum = 0;
    for (int64_t n = 0; n < pel_volume_count(&pial); n += 7) {
        int64_t ijk[3] = { n % step[1], n / step[1] % pial.dims[1], n / step[2] };
        if (fabsf(p[n]) > 0.2F || w[n] < 1)
            continue;
        double at[3], g[3], length = 0, s = 0;
        bool inside = true;
        for (int a = 0; a < 3; a++)
            inside &= ijk[a] > 10 && ijk[a] < pial.dims[a] - 11;
        if (!inside)
            continue;
        for (int a = 0; a < 3; a++) {
            g[a] = (double)(w[n + step[a]] - w[n - step[a]]);
            length += g[a] * g[a];
            at[a] = (double)ijk[a];
        }
        length = sqrt(length);
        double value = 1;
        for (; s < 10 && value > 0 && length > 0; s += 0.1) {
            int64_t m = 0;
            for (int a = 0; a < 3; a++)
                m += step[a] * lround(at[a] - s * g[a] / length);
            value = (double)w[m];
        }
        if (s >= 10)
            continue;
        sum += 0.5 * s - (double)p[n];
        count++;
    }
    assert_true(count > 500);
    double mm = sum / (double)count;
    if (!(mm > 2.1 && mm < 3.1))
        fail_msg("the cortex is %g mm thick", mm);
    pel_volume_free(&pial);
    pel_volume_free(&white);
}

/* ---- contrasts ---- */

static void values_are_what_the_fractions_of_tissues_add_up_to(void **state)
{
    (void)state;
    static const char *const name[] = { NULL,
#define NAME(constant, words, ...) words,
                                        PEL__TISSUES(NAME) };
    static const double t2[] = { 0,
#define T2(constant, words, t1, gd, weight, ...) weight,
                                 PEL__TISSUES(T2) };
    const char *grid = "head?folds=20&fov=176,216,192&spacing=8&samples=2";
    char spec[128];
    pel_volume whole;
    snprintf(spec, sizeof spec, "%s&contrast=t2&dtype=float64", grid);
    assert_ok(pel_phantom(&whole, spec));
    int64_t count = pel_volume_count(&whole);
    double *sum = calloc((size_t)count, sizeof *sum), *parts = calloc((size_t)count, sizeof *parts);
    for (int t = 1; t < PEL__TISSUE_COUNT; t++) {
        pel_volume v;
        snprintf(spec, sizeof spec, "%s&only=%s&folds=20&dtype=float64", grid, name[t]);
        assert_ok(pel_phantom(&v, spec));
        for (int64_t n = 0; n < count; n++) {
            double part = ((const double *)v.data)[n];
            assert_true(part >= 0 && part <= 1);
            sum[n] += part * t2[t];
            parts[n] += part;
        }
        pel_volume_free(&v);
    }
    for (int64_t n = 0; n < count; n++) {
        assert_near(sum[n], ((const double *)whole.data)[n], 1e-9);
        assert_true(parts[n] < 1 + 1e-9);
    }
    free(sum);
    free(parts);
    pel_volume_free(&whole);
}

static void seven_contrasts_tell_grey_white_and_fluid_apart(void **state)
{
    (void)state;
    static const struct {
        const char *contrast;
        int order[3]; // from dark to bright
    } cases[] = {
        { "t1", { PEL__FLUID, PEL__GREY, PEL__WHITE } },
        { "t1gd", { PEL__FLUID, PEL__GREY, PEL__WHITE } },
        { "t2", { PEL__WHITE, PEL__GREY, PEL__FLUID } },
        { "flair", { PEL__FLUID, PEL__WHITE, PEL__GREY } },
        { "pd", { PEL__WHITE, PEL__FLUID, PEL__GREY } },
        { "t2star", { PEL__WHITE, PEL__GREY, PEL__FLUID } },
        { "ct", { PEL__FLUID, PEL__WHITE, PEL__GREY } },
    };
    const char *grid = "fov=40&spacing=2&center=40,0,-40&softness=0";
    pel_volume labels;
    char spec[128];
    snprintf(spec, sizeof spec, "head?folds=20&%s", grid);
    assert_ok(pel_phantom_labels(&labels, spec));
    for (int c = 0; c < 7; c++) {
        pel_volume v;
        snprintf(spec, sizeof spec, "head?folds=20&%s&contrast=%s", grid, cases[c].contrast);
        assert_ok(pel_phantom(&v, spec));
        assert_int_equal(v.dtype, c == 6 ? PEL_INT16 : PEL_UINT8);
        double of[PEL__TISSUE_COUNT] = { 0 };
        for (int64_t k = 0; k < v.dims[2]; k++)
            for (int64_t i = 0; i < v.dims[0]; i++)
                of[(int)pel_volume_at(&labels, i, 9, k)] = pel_volume_at(&v, i, 9, k);
        assert_true(of[cases[c].order[0]] < of[cases[c].order[1]]);
        assert_true(of[cases[c].order[1]] < of[cases[c].order[2]]);
        pel_volume_free(&v);
    }
    pel_volume_free(&labels);
    pel_volume ct;
    assert_ok(pel_phantom(&ct, "head?spacing=8&contrast=ct"));
    assert_near(pel_volume_at(&ct, 0, 0, ct.dims[2] - 1), -1000, 0);
    pel_volume_free(&ct);
}

static void noise_of_a_magnitude_is_never_below_zero_and_lifts_air(void **state)
{
    (void)state;
    const double sd = 165.0 / 20;
    pel_volume v;
    assert_ok(pel_phantom(&v, "head?fov=40&spacing=1&center=300,0,0&snr=20&dtype=float32"));
    double sum = 0, squares = 0, n = (double)pel_volume_count(&v);
    for (int64_t i = 0; i < pel_volume_count(&v); i++) {
        double x = (double)((const float *)v.data)[i];
        assert_true(x >= 0);
        sum += x;
        squares += x * x;
    }
    // Rayleigh's distribution
    assert_near(sum / n, sd * 1.2533141, 0.02 * sd);
    assert_near(squares / n, 2 * sd * sd, 0.05 * sd * sd);
    pel_volume_free(&v);
}

static void bias_is_smooth_and_as_strong_as_asked(void **state)
{
    (void)state;
    const char *grid =
        "head?fov=120,150,80&spacing=4&center=0,8,-24&dtype=float32&softness=0&part=brain";
    char spec[160];
    pel_volume even, uneven;
    assert_ok(pel_phantom(&even, grid));
    snprintf(spec, sizeof spec, "%s&bias=40", grid);
    assert_ok(pel_phantom(&uneven, spec));
    double lo = 9, hi = 0;
    for (int64_t n = 0; n < pel_volume_count(&even); n++) {
        double a = (double)((const float *)even.data)[n];
        double ratio = (double)((const float *)uneven.data)[n] / a;
        if (a > 0) {
            lo = ratio < lo ? ratio : lo;
            hi = ratio > hi ? ratio : hi;
        }
    }
    assert_true(lo > 0.69 && lo < 0.95 && hi < 1.31 && hi > 1.05);
    pel_volume_free(&even);
    pel_volume_free(&uneven);
}

static void a_thick_slice_is_the_mean_of_thin_ones(void **state)
{
    (void)state;
    pel_volume thin, thick;
    const char *rest = "center=30,0,-40&softness=0&dtype=float64";
    char spec[160];
    snprintf(spec, sizeof spec, "head?dims=40,40,24&%s", rest);
    assert_ok(pel_phantom(&thin, spec));
    // by default a long edge gets more points
    snprintf(spec, sizeof spec, "head?dims=40,40,8&spacing=1,1,3&%s", rest);
    assert_ok(pel_phantom(&thick, spec));
    for (int64_t k = 0; k < 8; k++)
        for (int64_t j = 0; j < 40; j++)
            for (int64_t i = 0; i < 40; i++) {
                double mean =
                    (pel_volume_at(&thin, i, j, 3 * k) + pel_volume_at(&thin, i, j, 3 * k + 1) +
                     pel_volume_at(&thin, i, j, 3 * k + 2)) /
                    3;
                assert_near(pel_volume_at(&thick, i, j, k), mean, 1e-9);
            }
    pel_volume_free(&thin);
    pel_volume_free(&thick);
}

/* ---- parts, vessels, the opened skull ---- */

static void a_stripped_brain_has_nothing_around_it_and_an_empty_head_no_brain(void **state)
{
    (void)state;
    pel_volume stripped, mask = field_of("head?spacing=4", "brain"), empty, whole;
    assert_ok(pel_phantom_labels(&stripped, "head?spacing=4&part=brain"));
    assert_ok(pel_phantom_labels(&empty, "head?spacing=4&part=empty"));
    assert_ok(pel_phantom_labels(&whole, "head?spacing=4"));
    for (int64_t n = 0; n < pel_volume_count(&mask); n++) {
        int in = ((const uint8_t *)mask.data)[n], s = ((const uint8_t *)stripped.data)[n],
            e = ((const uint8_t *)empty.data)[n], w = ((const uint8_t *)whole.data)[n];
        assert_int_equal(s, in ? w : PEL__NOTHING);
        assert_true(e != PEL__GREY && e != PEL__WHITE && e != PEL__FOLIA);
        if (w == PEL__SKIN || w == PEL__BONE)
            assert_int_equal(e, w);
    }
    pel_volume_free(&stripped);
    pel_volume_free(&mask);
    pel_volume_free(&empty);
    pel_volume_free(&whole);
}

static void the_brain_is_inside_its_mask(void **state)
{
    (void)state;
    pel_volume v, mask = field_of("head?spacing=3&seed=4", "brain");
    assert_ok(pel_phantom_labels(&v, "head?spacing=3&seed=4"));
    int64_t out = 0, in = 0;
    for (int64_t n = 0; n < pel_volume_count(&v); n++) {
        int label = ((const uint8_t *)v.data)[n];
        bool tissue = label == PEL__GREY || label == PEL__WHITE || label == PEL__DEEP ||
                      label == PEL__VENTRICLE || label == PEL__FOLIA;
        in += tissue && ((const uint8_t *)mask.data)[n];
        out += tissue && !((const uint8_t *)mask.data)[n];
    }
    assert_true(out * 200 < in);
    pel_volume_free(&v);
    pel_volume_free(&mask);
}

// every point of the centre lines lies in a vessel, as deep as its radius says
static void vessels_run_along_their_centre_lines(void **state)
{
    (void)state;
    const char *spec = "head?fov=40&spacing=1&center=35,10,-50&seed=3";
    char *csv;
    assert_ok(pel_phantom_lines(&csv, spec));
    assert_int_equal(strncmp(csv, "x_mm,y_mm,z_mm,radius_mm,branch,kind\n", 37), 0);
    pel_volume v = field_of(spec, "vessels"), labels;
    assert_ok(pel_phantom_labels(&labels, spec));
    int64_t lines = 0, inside = 0;
    double least = 9, most = 0;
    for (char *line = strchr(csv, '\n') + 1; *line; line = strchr(line, '\n') + 1, lines++) {
        pel_vec3 at;
        double radius;
        int branch;
        char kind[16];
        assert_int_equal(sscanf(line, "%lf,%lf,%lf,%lf,%d,%15[^\n]", &at.x, &at.y, &at.z, &radius,
                                &branch, kind),
                         6);
        if (kind[0] == 'v' && kind[1] == 'e' && kind[2] == 'i') {
            least = fmin(least, radius);
            most = fmax(most, radius);
        }
        if (fabs(at.x) > 18 || fabs(at.y) > 18 || fabs(at.z) > 18)
            continue;
        // the nearest voxel's middle is at most 0.87 mm away
        pel_vec3 ijk = { at.x + 19.5, at.y + 19.5, at.z + 19.5 };
        double d = pel_volume_at(&v, lround(ijk.x), lround(ijk.y), lround(ijk.z));
        double dx = ijk.x - round(ijk.x), dy = ijk.y - round(ijk.y), dz = ijk.z - round(ijk.z);
        assert_true(d <= sqrt(dx * dx + dy * dy + dz * dz) - radius + 1e-3);
        int label = (int)pel_volume_at(&labels, lround(ijk.x), lround(ijk.y), lround(ijk.z));
        inside += d <= 0;
        if (d <= 0)
            assert_true(label >= PEL__VEIN && label <= PEL__SINUS);
    }
    assert_true(lines > 3000 && inside > 100);
    assert_true(least > 0.39 && least < 0.5 && most > 0.9 && most < 1.2);
    free(csv);
    pel_volume_free(&v);
    pel_volume_free(&labels);
}

static void an_opened_skull_lays_the_cortex_bare(void **state)
{
    (void)state;
    const char *spec = "craniotomy?spacing=2&radius=25&axis=-1,0,0.4";
    pel_volume v, exposed = field_of(spec, "exposed");
    assert_ok(pel_phantom_labels(&v, spec));
    pel_vec3 from = mark(spec, "window_from_mm"), to = mark(spec, "window_direction");
    // from outside inward there is air until the brain or a vessel on it
    int first = PEL__NOTHING;
    double deep = 110;
    for (; deep > 0 && first == PEL__NOTHING; deep -= 0.5) {
        pel_vec3 at = { from.x + deep * to.x, from.y + deep * to.y, from.z + deep * to.z };
        if (fabs(at.x) < 88 && fabs(at.z) < 98)
            first = at_mm(&v, at);
    }
    assert_true(first == PEL__GREY || first == PEL__FLUID || first == PEL__VEIN ||
                first == PEL__WHITE);
    int64_t bare = 0;
    for (int64_t n = 0; n < pel_volume_count(&v); n++)
        bare += ((const uint8_t *)exposed.data)[n];
    // a disk of 25 mm, 3 mm thick, is 5.9 ml; the brain is round
    assert_true(bare * 8 > 4000 && bare * 8 < 11000);
    pel_volume_free(&v);
    pel_volume_free(&exposed);
}

static void seeds_are_different_people(void **state)
{
    (void)state;
    pel_volume a, b, c;
    assert_ok(pel_phantom(&a, "head?spacing=4&seed=1"));
    assert_ok(pel_phantom(&b, "head?spacing=4&seed=2"));
    assert_ok(pel_phantom(&c, "head?spacing=4"));
    int64_t other = 0;
    for (int64_t n = 0; n < pel_volume_count(&a); n++)
        other += ((const uint8_t *)a.data)[n] != ((const uint8_t *)b.data)[n];
    assert_true(other > pel_volume_count(&a) / 10);
    assert_memory_equal(a.data, c.data, (size_t)pel_volume_bytes(&a));
    pel_volume_free(&a);
    pel_volume_free(&b);
    pel_volume_free(&c);
}

static void a_tissue_that_is_not_there_lists_those_that_are(void **state)
{
    (void)state;
    pel_volume v;
    pel_source source;
    assert_int_equal(pel_phantom(&v, "head?only=gray"), PEL_EPARAM);
    assert_error_says("grey matter");
    assert_int_equal(pel_phantom_field_open(&source, "head", "pia"), PEL_EPARAM);
    assert_error_says("pial");
    assert_int_equal(pel_memory_in_use(), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_head_has_the_same_bytes_at_1_2_and_7_threads),
        cmocka_unit_test(rows_along_any_axis_hold_the_same_head),
        cmocka_unit_test(the_truth_says_where_the_eyes_are),
        cmocka_unit_test(tissues_have_the_volumes_of_adults),
        cmocka_unit_test(labels_change_where_the_surfaces_are),
        cmocka_unit_test(half_a_voxel_is_white_at_the_white_surface),
        cmocka_unit_test(the_cortex_is_as_thick_as_the_truth_says),
        cmocka_unit_test(values_are_what_the_fractions_of_tissues_add_up_to),
        cmocka_unit_test(seven_contrasts_tell_grey_white_and_fluid_apart),
        cmocka_unit_test(noise_of_a_magnitude_is_never_below_zero_and_lifts_air),
        cmocka_unit_test(bias_is_smooth_and_as_strong_as_asked),
        cmocka_unit_test(a_thick_slice_is_the_mean_of_thin_ones),
        cmocka_unit_test(a_stripped_brain_has_nothing_around_it_and_an_empty_head_no_brain),
        cmocka_unit_test(the_brain_is_inside_its_mask),
        cmocka_unit_test(vessels_run_along_their_centre_lines),
        cmocka_unit_test(an_opened_skull_lays_the_cortex_bare),
        cmocka_unit_test(seeds_are_different_people),
        cmocka_unit_test(a_tissue_that_is_not_there_lists_those_that_are),
    };
    // a truth that no thread and no byte of memory changes
    if (is_sanitized())
        cmocka_set_test_filter("the_head_*");
    return cmocka_run_group_tests(tests, NULL, NULL);
}
