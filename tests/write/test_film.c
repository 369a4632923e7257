/* SPDX-License-Identifier: Apache-2.0 */
/* test_film.c: films: names, order, sizes, the same bytes at any number of threads, nothing left
 * behind. */
#include "check.h"

#include <sys/stat.h>
#include <unistd.h>

#include "write/film.h"
#include "write/palette.h"

enum { WIDTH = 61, HEIGHT = 47, FRAMES = 7 };

static char folder[64];

static int make_folder(void **state)
{
    (void)state;
    snprintf(folder, sizeof folder, "/tmp/pel-films-XXXXXX");
    return mkdtemp(folder) ? 0 : -1;
}

static int remove_folder(void **state)
{
    char command[128];
    (void)state;
    snprintf(command, sizeof command, "rm -r %s", folder);
    return system(command);
}

static const char *in_folder(const char *name)
{
    static char path[128];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    return path;
}

// a square that moves over a slope
static void make_frame(pel_image *out, int n, int channels)
{
    assert_ok(pel_image_new(out, WIDTH, HEIGHT, channels, PEL_UINT8));
    uint8_t *p = out->data;
    for (int y = 0; y < HEIGHT; y++)
        for (int x = 0; x < WIDTH; x++, p += channels) {
            bool inside = x >= 5 * n && x < 5 * n + 12 && y > 10 && y < 30;
            p[0] = inside ? 200 : (uint8_t)(x * 4);
            p[1] = (uint8_t)(y * 5);
            p[2] = (uint8_t)(inside ? 30 : 90);
            if (channels == 4)
                p[3] = inside ? 255 : 0;
        }
}

static pel_status write_film(const char *path, int channels, const pel_film_params *params)
{
    pel_film *film;
    pel_status s = pel_film_open(&film, path, FRAMES, NULL, params);
    for (int n = 0; s == PEL_OK && n < FRAMES; n++) {
        pel_image frame;
        make_frame(&frame, n, channels);
        s = pel_film_add(film, &frame);
        assert_null(frame.data);
    }
    if (s == PEL_OK)
        s = pel_film_end(film);
    pel_film_free(film);
    return s;
}

static char *read_file(const char *path, size_t *size)
{
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    char *bytes = malloc(1 << 20);
    *size = fread(bytes, 1, 1 << 20, file);
    fclose(file);
    return bytes;
}

static void bytes_do_not_depend_on_threads(void **state)
{
    static const char *const names[] = { "a.apng", "a.gif", "a.webp" };
    (void)state;
    for (int i = 0; i < 3; i++)
        for (int channels = 3; channels <= 4; channels++) {
            char *first = NULL;
            size_t length = 0;
            pel_film_params params = pel_film_defaults();
            params.ping_pong = channels == 3;
            params.dither = true;
            for (int threads = 1; threads <= 7; threads += 3) {
                pel_job job = pel_job_defaults();
                job.threads = threads;
                pel_job_use(&job);
                pel_status s = write_film(in_folder(names[i]), channels, &params);
                pel_job_use(NULL);
                if (s == PEL_EUNSUPPORTED)
                    continue; // built without it
                assert_ok(s);
                size_t size;
                char *bytes = read_file(in_folder(names[i]), &size);
                if (!first) {
                    first = bytes;
                    length = size;
                    continue;
                }
                assert_int_equal(size, length);
                assert_memory_equal(bytes, first, size);
                free(bytes);
            }
            free(first);
        }
}

static uint32_t big_endian(const uint8_t *b)
{
    return (uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 | (uint32_t)b[2] << 8 | b[3];
}

static void an_apng_counts_its_frames_and_its_chunks_in_order(void **state)
{
    (void)state;
    pel_film_params params = pel_film_defaults();
    params.ping_pong = true;
    params.loop = 3;
    params.fps = 12.5;
    assert_ok(write_film(in_folder("b.apng"), 3, &params));
    size_t size;
    uint8_t *bytes = (uint8_t *)read_file(in_folder("b.apng"), &size);
    uint32_t next = 0, controls = 0;
    for (size_t at = 8; at + 12 <= size; at += 12 + big_endian(bytes + at)) {
        const uint8_t *chunk = bytes + at + 8;
        const char *name = (const char *)bytes + at + 4;
        if (memcmp(name, "acTL", 4) == 0) {
            assert_int_equal(big_endian(chunk), 2 * FRAMES - 2);
            assert_int_equal(big_endian(chunk + 4), 3);
        }
        if (memcmp(name, "fcTL", 4) == 0) {
            assert_int_equal((chunk[20] << 8) + chunk[21], 1000);
            assert_int_equal((chunk[22] << 8) + chunk[23], 12500);
            controls++;
        }
        if (memcmp(name, "fcTL", 4) == 0 || memcmp(name, "fdAT", 4) == 0)
            assert_int_equal(big_endian(chunk), next++);
    }
    assert_int_equal(controls, 2 * FRAMES - 2);
    free(bytes);
}

static void a_patch_is_what_changed(void **state)
{
    pel_image a, b;
    (void)state;
    make_frame(&a, 0, 3);
    make_frame(&b, 0, 3);
    assert_int_equal(pel__film_patch(&b, &a).width, 0);
    ((uint8_t *)b.data)[(3 * WIDTH + 7) * 3 + 1] ^= 1;
    ((uint8_t *)b.data)[(9 * WIDTH + 4) * 3 + 2] ^= 1;
    pel__patch p = pel__film_patch(&b, &a);
    assert_int_equal(p.x, 4);
    assert_int_equal(p.y, 3);
    assert_int_equal(p.width, 4);
    assert_int_equal(p.height, 7);
    assert_int_equal(pel__film_patch(&b, NULL).width, WIDTH);
    pel_image_free(&a);
    pel_image_free(&b);
}

static void delays_add_up(void **state)
{
    (void)state;
    pel_film film = { .params = pel_film_defaults() };
    int64_t sum = 0;
    film.params.fps = 24;
    for (int n = 0; n < 240; n++)
        sum += pel__film_delay(&film, n, 100);
    assert_int_equal(sum, 1000);
}

static void names_tell_the_number_once(void **state)
{
    char path[4096];
    (void)state;
    assert_ok(pel_film_frame_path(path, "a/%03d.png", 7));
    assert_string_equal(path, "a/007.png");
    assert_ok(pel_film_frame_path(path, "f%d.tif", 1234));
    assert_string_equal(path, "f1234.tif");
    static const char *const wrong[] = { "a.png", "%s.png",     "%d%d.png",
                                         "%.png", "%5000d.png", "%-3d.png" };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        assert_int_equal(pel_film_frame_path(path, wrong[i], 1), PEL_EPARAM);
    assert_true(pel_can_write_film("a.GIF"));
    assert_true(pel_can_write_film("%03d.png"));
    assert_false(pel_can_write_film("a.png"));
    assert_false(pel_can_write_film("%03d.xyz"));
}

static void wrong_frames_are_refused_and_leave_nothing(void **state)
{
    (void)state;
    pel_film *film;
    pel_image frame, other;
    struct stat info;
    assert_ok(pel_film_open(&film, in_folder("c.apng"), 2, NULL, NULL));
    make_frame(&frame, 0, 3);
    assert_ok(pel_film_add(film, &frame));
    assert_ok(pel_image_new(&other, 5, 5, 3, PEL_UINT8));
    assert_int_equal(pel_film_add(film, &other), PEL_EPARAM);
    assert_null(other.data);
    assert_int_equal(pel_film_end(film), PEL_EPARAM);
    assert_error_says("1 frames of 2");
    pel_film_free(film);
    assert_int_equal(stat(in_folder("c.apng"), &info), -1);
    assert_ok(pel_film_open(&film, in_folder("c.apng"), 1, NULL, NULL));
    assert_ok(pel_image_new(&other, 5, 5, 1, PEL_FLOAT32));
    assert_int_equal(pel_film_add(film, &other), PEL_EUNSUPPORTED);
    pel_film_free(film);
    pel_film_params fast = pel_film_defaults();
    fast.fps = 60;
    assert_int_equal(pel_film_open(&film, "x.gif", 1, NULL, &fast), PEL_EPARAM);
    assert_int_equal(pel_film_open(&film, "x.png", 1, NULL, NULL), PEL_EPARAM);
    assert_int_equal(pel_film_open(&film, "x.gif", 0, NULL, NULL), PEL_EPARAM);
    pel_film_free(NULL);
}

static void a_full_disk_is_an_error_of_the_film(void **state)
{
    (void)state;
    if (access("/dev/full", W_OK) != 0)
        skip();
    pel_film_params params = pel_film_defaults();
    assert_int_equal(write_film("/dev/full", 3, &params), PEL_EPARAM);
    char link_path[128];
    snprintf(link_path, sizeof link_path, "%s/full.apng", folder);
    assert_int_equal(symlink("/dev/full", link_path), 0);
    assert_int_equal(write_film(link_path, 3, &params), PEL_EIO);
    assert_error_says("space");
}

static void few_colours_are_kept_as_they_are(void **state)
{
    (void)state;
    pel__palette palette;
    pel_image image;
    assert_ok(pel_image_new(&image, 200, 1, 3, PEL_UINT8));
    uint8_t *p = image.data;
    for (int i = 0; i < 200; i++) {
        p[3 * i] = (uint8_t)(i < 100 ? 255 : 4 * (i % 64) + 1);
        p[3 * i + 1] = (uint8_t)(i < 100 ? 255 : 8 * (i % 32) + 3);
        p[3 * i + 2] = (uint8_t)(i < 100 ? 255 : 77);
    }
    assert_ok(pel__palette_open(&palette));
    pel__palette_count(&palette, &image);
    assert_ok(pel__palette_make(&palette, false));
    for (int i = 0; i < 200; i++) {
        const uint8_t *q =
            palette.rgb[pel__palette_index(&palette, p[3 * i], p[3 * i + 1], p[3 * i + 2])];
        assert_memory_equal(q, p + 3 * i, 3);
    }
    pel__palette_close(&palette);
    pel_image_free(&image);
}

static void many_colours_are_near_and_the_background_is_exact(void **state)
{
    (void)state;
    pel__palette palette;
    pel_image image;
    enum { SIDE = 256 };
    assert_ok(pel_image_new(&image, SIDE, SIDE * 2, 3, PEL_UINT8));
    uint8_t *p = image.data;
    memset(p, 255, SIDE * SIDE * 2 * 3);
    for (int y = 0; y < SIDE; y++)
        for (int x = 0; x < SIDE; x++) {
            uint8_t *q = p + 3 * (y * SIDE + x);
            q[0] = (uint8_t)x;
            q[1] = (uint8_t)(y / 2 + x / 2);
            q[2] = (uint8_t)y;
        }
    assert_ok(pel__palette_open(&palette));
    pel__palette_count(&palette, &image);
    assert_ok(pel__palette_make(&palette, true));
    assert_int_equal(palette.count, PEL__COLOURS);
    double sum = 0;
    for (int i = 0; i < SIDE * SIDE; i++) {
        const uint8_t *c =
            palette.rgb[pel__palette_index(&palette, p[3 * i], p[3 * i + 1], p[3 * i + 2])];
        for (int k = 0; k < 3; k++)
            sum += abs(c[k] - p[3 * i + k]);
    }
    // a plane of colours cut into 255 cells of 16x16 would be off by 4 on average
    assert_true(sum / (3 * SIDE * SIDE) < 5);
    const uint8_t *white = palette.rgb[pel__palette_index(&palette, 255, 255, 255)];
    assert_memory_equal(white, "\377\377\377", 3);
    pel__palette_close(&palette);
    pel_image_free(&image);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bytes_do_not_depend_on_threads),
        cmocka_unit_test(an_apng_counts_its_frames_and_its_chunks_in_order),
        cmocka_unit_test(a_patch_is_what_changed),
        cmocka_unit_test(delays_add_up),
        cmocka_unit_test(names_tell_the_number_once),
        cmocka_unit_test(wrong_frames_are_refused_and_leave_nothing),
        cmocka_unit_test(a_full_disk_is_an_error_of_the_film),
        cmocka_unit_test(few_colours_are_kept_as_they_are),
        cmocka_unit_test(many_colours_are_near_and_the_background_is_exact),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
