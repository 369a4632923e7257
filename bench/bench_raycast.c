/* SPDX-License-Identifier: Apache-2.0 */
/* bench_raycast.c: frames of a head, 1024x1024, by mode and look, on one thread and on two, beside
 * what the machine can do. */
#include "bench.h"

#include <pthread.h>
#include <string.h>

enum { WORDS = 1 << 23, TURNS = 1 << 26, TABLE = 1 << 16 };

static uint32_t *words, *copy, *table;

static void copy_memory(void)
{
    memcpy(copy, words, WORDS * sizeof *words);
}

// plain arithmetic in registers, which no compiler can shorten
static __attribute__((noinline)) void *multiply(void *sum)
{
    uint64_t a = 1, b = 2, c = 3, d = 4;
    for (int i = 0; i < TURNS; i++) {
        a = (a ^ a << 13) * 5 ^ a >> 7;
        b = (b ^ b << 13) * 5 ^ b >> 7;
        c = (c ^ c << 13) * 5 ^ c >> 7;
        d = (d ^ d << 13) * 5 ^ d >> 7;
    }
    *(volatile uint64_t *)sum = a + b + c + d;
    return NULL;
}

static void one_thread(void)
{
    uint64_t sum;
    multiply(&sum);
}

static void two_threads(void)
{
    uint64_t sum[64];
    pthread_t other;
    if (pthread_create(&other, NULL, multiply, &sum[32]) != 0)
        exit(1);
    multiply(&sum[0]);
    pthread_join(other, NULL);
}

// loads that depend on numbers, from a table that fits the nearer caches
static void look_up(void)
{
    uint32_t sum = 0;
    for (int i = 0; i < WORDS; i++)
        sum += table[words[i] & (TABLE - 1)];
    *(volatile uint32_t *)copy = sum;
}

static double best_of(void (*code)(void))
{
    double best = 1e9;
    for (int i = 0; i < (getenv("PELLUCID_BENCH_ONCE") ? 1 : 5); i++) {
        double start = bench_now();
        code();
        double took = bench_now() - start;
        best = took < best ? took : best;
    }
    return best;
}

// seconds with two threads for twice the work: 2 is a whole second core
static double machine(void)
{
    words = malloc(WORDS * sizeof *words);
    copy = malloc(WORDS * sizeof *words);
    table = calloc(TABLE, sizeof *table);
    if (!words || !copy || !table)
        exit(1);
    uint32_t x = 1;
    for (int i = 0; i < WORDS; i++)
        words[i] = (x = x * 1664525 + 1013904223) >> 8;
    memset(copy, 0, WORDS * sizeof *copy);
    double copying = best_of(copy_memory), one = best_of(one_thread), two = best_of(two_threads);
    printf("machine/copy,%.1f GB/s\n", 1e-9 * 4 * WORDS / copying);
    printf("machine/arithmetic,%.0f M turns/s\n", 1e-6 * TURNS / one);
    printf("machine/table loads,%.0f M/s\n", 1e-6 * WORDS / best_of(look_up));
    printf("machine/second thread,%.2f times\n", 2 * one / two);
    free(words);
    free(copy);
    free(table);
    return 2 * one / two;
}

/* one frame on some threads: seconds, and samples taken */
static double frame_seconds(const pel_scene *scene, const pel_camera *camera, int threads,
                            int64_t *samples)
{
    pel_job job = pel_job_defaults();
    job.threads = threads;
    pel_job_use(&job);
    double best = 1e9;
    for (int i = 0; i < (getenv("PELLUCID_BENCH_ONCE") ? 1 : 5); i++) {
        pel_image frame;
        double start = bench_now();
        BENCH_OK(pel_scene_frame(&frame, scene, camera, samples));
        double took = bench_now() - start;
        best = took < best ? took : best;
        pel_image_free(&frame);
    }
    pel_job_use(NULL);
    return best;
}

int main(void)
{
    static const struct {
        const char *name, *look;
        int mode, quality;
        bool unlit;
    } cases[] = {
        { "composite gray unlit", "gray", PEL_COMPOSITE, 1, true },
        { "composite gray lit", "gray", PEL_COMPOSITE, 1, false },
        { "composite mr-head", "mr-head", PEL_COMPOSITE, 1, false },
        { "composite seed", "seed", PEL_COMPOSITE, 1, false },
        { "mip", "gray", PEL_MIP, 1, false },
        { "mean", "gray", PEL_MEAN, 1, false },
        { "composite mr-head float32", "mr-head", PEL_COMPOSITE, 2, false },
    };
    setvbuf(stdout, NULL, _IOLBF, 0);
    double second = machine();
    pel_volume head;
    BENCH_OK(pel_phantom(&head, "head"));
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        pel_raycast_params params = pel_raycast_defaults();
        pel_camera_params aim = pel_camera_defaults();
        pel_look look;
        pel_scene *scene;
        pel_camera camera;
        int64_t samples;
        params.mode = cases[i].mode;
        params.quality = cases[i].quality;
        aim.fov = 30;
        BENCH_OK(pel_look_load(&look, cases[i].look));
        look.unlit = look.unlit || cases[i].unlit;
        BENCH_OK(pel_scene_new(&scene, &head, &look, &params));
        BENCH_OK(pel_scene_aim(&camera, scene, &aim));
        double one = frame_seconds(scene, &camera, 1, &samples);
        double two = frame_seconds(scene, &camera, 2, &samples);
        printf("raycast/%s,%.1f ms,%.0f M samples/s; two threads %.1f ms: %.2f of the second "
               "thread's gain\n",
               cases[i].name, 1e3 * one, 1e-6 * (double)samples / one, 1e3 * two,
               one / two / second);
        pel_scene_free(scene);
    }
    pel_volume_free(&head);
    return 0;
}
