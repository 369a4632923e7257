/* SPDX-License-Identifier: Apache-2.0 */
/* Pictures in fixed point have the bytes kept here at any CPU level and number of threads, and lose
 * no level of grey. */
#include "scene.h"

#include "base/hash.h"

enum { WIDE = 64, HIGH = 48 };

/* one way to look: mode, lit, opacity by gradient, cut away */
static const struct {
    int mode;
    bool lit, gradient, cut;
} ways[] = {
    { PEL_COMPOSITE, false, false, false }, { PEL_COMPOSITE, true, false, false },
    { PEL_COMPOSITE, true, true, true },    { PEL_MIP, false, false, false },
    { PEL_MINIP, false, false, true },      { PEL_MEAN, false, false, false },
};
enum { WAYS = sizeof ways / sizeof *ways };

static const pel_dtype dtypes[] = { PEL_UINT8, PEL_INT16, PEL_FLOAT32 };

// of each type, each way
static const char *const kept[3][WAYS] = {
    { "7c1da86e4c650073", "6f5d89820c435d73", "531db8b32c98d7c9", "3f39809f2e5c8de1",
      "11180a9d1b9ab9de", "984ff8c561b834cf" },
    { "2aab5a5b42982eb3", "be8329772abb4cfc", "be95f583d6492224", "793f084294e847f6",
      "cbe28daf84acdfec", "79b9c61fafffe8fe" },
    { "884c1a4d4c53ae94", "06f9255b32a64410", "577978eb78137951", "c2598f4e7affbd5f",
      "97f1cef1273d0879", "d2b3767bfcd2a896" },
};

// two blobs and a grid of dots in whole numbers, 0 to 250, over empty space
static int number_at(int x, int y, int z)
{
    int a = (x - 20) * (x - 20) + (y - 33) * (y - 33) + (z - 25) * (z - 25);
    int b = (x - 50) * (x - 50) + (y - 30) * (y - 30) + (z - 60) * (z - 60);
    int n = 250 - a / 2 > 160 - b / 3 ? 250 - a / 2 : 160 - b / 3;
    int dot = x % 16 == 9 && y % 16 == 9 && z % 16 == 9 ? 240 : 0;
    return n > 0 ? n - (x * 7 + y * 5 + z * 3) % 11 * (n > 20) : dot;
}

// more than one brick each way
static pel_volume make(pel_dtype dtype)
{
    pel_volume shape = { .dims = { 70, 66, 81 }, .oriented = true, .unit_known = true }, v;
    shape.mm_from_ijk = pel_affine_identity();
    shape.mm_from_ijk.m[1][1] = 1.25;
    assert_ok(pel_volume_like(&v, &shape, dtype));
    for (int64_t i = 0; i < pel_volume_count(&v); i++) {
        int n = number_at((int)(i % 70), (int)(i / 70 % 66), (int)(i / 70 / 66));
        if (dtype == PEL_UINT8)
            ((uint8_t *)v.data)[i] = (uint8_t)n;
        else if (dtype == PEL_INT16)
            ((int16_t *)v.data)[i] = (int16_t)(100 * n - 5000);
        else
            ((float *)v.data)[i] = 0.125f * (float)n;
    }
    return v;
}

static pel_look look_over(double lo, double hi, bool lit, bool gradient)
{
    pel_look look = plain_look(0.15);
    look.window[0] = look.opacity[0].value = lo;
    look.window[1] = look.opacity[1].value = hi;
    look.opacity[0].value += 0.05 * (hi - lo);
    look.unlit = !lit;
    look.specular = 0.25;
    look.power = 16;
    look.gradient_count = gradient ? 2 : 0;
    look.gradient[1] = (pel_look_point){ 0.1 * (hi - lo), { 1 } };
    return look;
}

static void draw(char digest[33], const pel_volume *v, int type, int way)
{
    double lo = type == 1 ? -5000 : 0, hi = type == 0 ? 250 : type == 1 ? 20000 : 31.25;
    pel_look look = look_over(lo, hi, ways[way].lit, ways[way].gradient);
    pel_camera_params camera = pel_camera_defaults();
    pel_raycast_params params = pel_raycast_defaults();
    pel_image image;
    pel__hash *hash;
    params.picture = "64x48";
    params.mode = ways[way].mode;
    camera.elev = 23;
    camera.azim = 130 + 40 * way + 11 * type;
    camera.fov = way % 2 ? 30 : (double)NAN;
    if (ways[way].cut)
        params.keep.item[params.keep.count++] = "z < x + 20 or y < 30";
    assert_ok(pel_raycast(&image, v, &look, &camera, &params));
    assert_ok(pel__hash_new(&hash));
    pel__hash_add(hash, image.data, (size_t)3 * WIDE * HIGH);
    pel__hash_text(hash, digest);
    pel__hash_free(hash);
    pel_image_free(&image);
}

static void every_kind_and_way_has_its_kept_bytes_on_1_2_and_7_threads(void **state)
{
    (void)state;
    static const int threads[] = { 1, 2, 7 };
    int wrong = 0;
    for (int type = 0; type < 3; type++) {
        pel_volume v = make(dtypes[type]);
        for (int i = 0; i < 3 * WAYS; i++) {
            char digest[33];
            pel_job job = pel_job_defaults();
            job.threads = threads[i % 3];
            pel_job *before = pel_job_use(&job);
            draw(digest, &v, type, i / 3);
            pel_job_use(before);
            bool same = strncmp(digest, kept[type][i / 3], 16) == 0;
            if (!same)
                print_message("type %d, way %d, %d threads: %.16s\n", type, i / 3, threads[i % 3],
                              digest);
            wrong += !same;
        }
        pel_volume_free(&v);
    }
    assert_int_equal(wrong, 0);
}

/* ---- no level is lost ---- */

// 64x64 columns, seen along them, one pixel each
static pel_volume columns(int (*number)(int column))
{
    pel_volume shape = { .dims = { 64, 4, 64 }, .oriented = true, .unit_known = true }, v;
    shape.mm_from_ijk = pel_affine_identity();
    assert_ok(pel_volume_like(&v, &shape, PEL_INT16));
    for (int64_t i = 0; i < pel_volume_count(&v); i++)
        ((int16_t *)v.data)[i] = (int16_t)number((int)(i % 64 + i / 256 * 64));
    return v;
}

static pel_image look_along(const pel_volume *v, int mode, int bits, double hi)
{
    pel_look look = plain_look(50);
    look.window[1] = hi;
    look.opacity_count = 1;
    look.opacity[0] = (pel_look_point){ 0, { 50 } };
    pel_camera_params camera;
    pel_raycast_params params;
    pel_image image;
    front_view(&camera, &params, "64", 1);
    params.mode = mode;
    params.bits = bits;
    assert_ok(pel_raycast(&image, v, &look, &camera, &params));
    return image;
}

static int ramp(int column)
{
    return column;
}

// colours of an opaque object in fixed point, values in float32: 16 bits each
static void a_ramp_of_4096_levels_keeps_4096_levels(void **state)
{
    (void)state;
    pel_volume v = columns(ramp);
    for (int mode = PEL_COMPOSITE; mode <= PEL_MEAN; mode++) {
        pel_image image = look_along(&v, mode, 1, 4095);
        assert_int_equal(image.dtype, PEL_UINT16);
        static bool taken[65536];
        memset(taken, 0, sizeof taken);
        int levels = 0;
        for (int64_t i = 0; i < 4096; i++) {
            int level = ((const uint16_t *)image.data)[image.channels * i];
            levels += !taken[level];
            taken[level] = true;
        }
        assert_int_equal(levels, 4096);
        pel_image_free(&image);
    }
    pel_volume_free(&v);
}

static int faint(int column)
{
    return 500 + (column / 8 + column / 512) % 2 * 5;
}

// 5 of 1000 in squares: 1.3 of 255 greys
static void a_contrast_of_a_200th_of_the_range_is_seen_in_8_bits(void **state)
{
    (void)state;
    pel_volume v = columns(faint);
    for (int mode = PEL_COMPOSITE; mode <= PEL_MEAN; mode++) {
        pel_image image = look_along(&v, mode, 0, 1000);
        int least = 255, most = 0;
        for (int i = 0; i < 4096; i++) {
            int x = i % 64 % 8, y = i / 64 % 8, grey = ((const uint8_t *)image.data)[3 * i];
            // middles of squares
            if (x < 2 || x > 5 || y < 2 || y > 5)
                continue;
            least = grey < least ? grey : least;
            most = grey > most ? grey : most;
        }
        assert_in_range(most - least, 1, 2);
        pel_image_free(&image);
    }
    pel_volume_free(&v);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_kind_and_way_has_its_kept_bytes_on_1_2_and_7_threads),
        cmocka_unit_test(a_ramp_of_4096_levels_keeps_4096_levels),
        cmocka_unit_test(a_contrast_of_a_200th_of_the_range_is_seen_in_8_bits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
