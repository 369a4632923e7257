/* SPDX-License-Identifier: Apache-2.0 */
/* bench_big.c: a dense volume of 8 bits, 2048^3 or N^3 voxels, made on the fly in a folder: read
 * into a scene slab by slab and drawn. Two balls must show where geometry says, one of them beyond
 * 4 GB. `make bench-big`; bench_big [N [FOLDER]]. */
#include "bench.h"

#include <math.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/statvfs.h>
#include <unistd.h>

enum { SIZE = 1024, NOISE = 64, BALL = 255 };

static int64_t n;

// of the near ball and the far one, in voxels
static double middle(int ball)
{
    return ball ? 0.93 * (double)n : 0.07 * (double)n;
}

static double radius(void)
{
    return 0.03 * (double)n;
}

// noise, so that no brick is of one number; balls over it
static void fill_slice(uint8_t *out, int64_t k)
{
    uint32_t random = (uint32_t)k * 2654435761u;
    for (int64_t i = 0; i < n * n; i++) {
        random = random * 1664525u + 1013904223u;
        out[i] = (uint8_t)(random >> 24) % NOISE;
    }
    for (int ball = 0; ball < 2; ball++) {
        double m = middle(ball), dz = (double)k - m;
        for (int64_t j = (int64_t)(m - radius()); dz * dz < radius() * radius() && j < n; j++) {
            double dy = (double)j - m, left = radius() * radius() - dz * dz - dy * dy;
            int64_t half = left > 0 ? (int64_t)sqrt(left) : -1;
            for (int64_t i = -half; i <= half; i++)
                out[j * n + (int64_t)m + i] = BALL;
        }
    }
}

static void write_volume(const char *path)
{
    FILE *file = fopen(path, "wb");
    uint8_t *slice = malloc((size_t)(n * n));
    if (!file || !slice)
        exit(1);
    fprintf(file,
            "NRRD0004\ntype: uint8\ndimension: 3\nsizes: %lld %lld %lld\nspace: RAS\nspace "
            "directions: (1,0,0) (0,1,0) (0,0,1)\nencoding: raw\n\n",
            (long long)n, (long long)n, (long long)n);
    for (int64_t k = 0; k < n; k++) {
        fill_slice(slice, k);
        if (fwrite(slice, 1, (size_t)(n * n), file) != (size_t)(n * n)) {
            fprintf(stderr, "%s: no room; name another folder\n", path);
            unlink(path);
            exit(1);
        }
    }
    free(slice);
    if (fclose(file) != 0)
        exit(1);
}

static double resident_gb(void)
{
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return 1024e-9 * (double)usage.ru_maxrss;
}

static pel_scene *read_scene(const char *path, int mode)
{
    pel_read_params read = pel_read_defaults();
    pel_raycast_params params = pel_raycast_defaults();
    pel_source source;
    pel_look look;
    pel_scene *scene;
    params.mode = mode;
    BENCH_OK(pel_look_load(&look, "gray"));
    look.window[0] = 0;
    look.window[1] = BALL;
    BENCH_OK(pel_open_volume(&source, path, &read));
    BENCH_OK(pel_scene_new(&scene, NULL, NULL, &params));
    BENCH_OK(pel_scene_add_source(scene, &source, &look));
    pel_source_close(&source);
    return scene;
}

// share of the pixels that balls cover, of those that they should
static double covered(const pel_image *image, double mm_per_pixel)
{
    int64_t bright = 0;
    for (int64_t i = 0; i < image->width * image->height; i++)
        bright += ((const uint8_t *)image->data)[image->channels * i] > (BALL + NOISE) / 2;
    double r = radius() / mm_per_pixel;
    return (double)bright / (2 * acos(-1) * r * r);
}

static void draw(const pel_scene *scene)
{
    pel_camera_params aim = pel_camera_defaults();
    pel_camera camera;
    pel_image image;
    int64_t samples;
    aim.elev = 17;
    aim.azim = 120;
    BENCH_OK(pel_scene_aim(&camera, scene, &aim));
    double start = bench_now();
    BENCH_OK(pel_scene_frame(&image, scene, &camera, &samples));
    double took = bench_now() - start, share = covered(&image, camera.mm_per_pixel);
    printf("big/mip,%.2f s,%.0f M samples/s; the balls cover %.3f of their discs\n", took,
           1e-6 * (double)samples / took, share);
    for (int ball = 0; ball < 2; ball++) {
        double u, v, depth;
        pel_vec3 mm = { middle(ball), middle(ball), middle(ball) };
        bool seen = pel_camera_project(&camera, mm, &u, &v, &depth);
        int64_t at = (int64_t)v * image.width + (int64_t)u;
        if (!seen || ((const uint8_t *)image.data)[image.channels * at] < BALL - 1) {
            fprintf(stderr, "ball %d is not where it should be\n", ball);
            exit(1);
        }
    }
    if (fabs(share - 1) > 0.1)
        exit(1);
    pel_image_free(&image);
}

int main(int argc, char **argv)
{
    n = argc > 1 ? atoll(argv[1]) : 2048;
    const char *folder = argc > 2 ? argv[2] : ".";
    double gb = 1e-9 * (double)n * (double)n * (double)n;
    char path[4096];
    struct statvfs disk;
    if (n < 64 || n > 4096 || statvfs(folder, &disk) != 0)
        return 1;
    printf("big: %lld^3 voxels need %.1f GB of memory and %.1f GB of disk in %s\n", (long long)n,
           1.25 * gb, gb, folder);
    fflush(stdout);
    if ((double)disk.f_bavail * (double)disk.f_frsize < 1.05e9 * gb) {
        fprintf(stderr, "%s has no room; name another folder\n", folder);
        return 1;
    }
    snprintf(path, sizeof path, "%s/bench_big.%d.nrrd", folder, (int)getpid());
    write_volume(path);
    double start = bench_now();
    pel_scene *scene = read_scene(path, PEL_MIP);
    unlink(path);
    printf("big/read,%.2f s,%.0f MB/s; memory %.2f GB, %.3f of the voxels\n", bench_now() - start,
           1e3 * gb / (bench_now() - start), resident_gb(), resident_gb() / gb);
    fflush(stdout);
    draw(scene);
    printf("big/all,memory %.2f GB, %.3f of the voxels\n", resident_gb(), resident_gb() / gb);
    pel_scene_free(scene);
    return 0;
}
