/* SPDX-License-Identifier: Apache-2.0 */
/* check_cast.c: packets of rays at every level against one lane of plain C, bit for bit, for every
 * kind and way; `check_cast bench` times them. */
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

#include "kernels/kernels.h"

/* a volume of 2x1x3 bricks of 16^3 voxels and two more around */
enum { X = 29, Y = 16, Z = 41, EDGE = 20, BRICKS = 6, CELLS = 4 * 2 * 6, TOP = 4096, RAYS = 256 };
enum { FRACTION = 22, ROUNDS = 24 };

pel__cast_init pel__cast_init_u8_wide, pel__cast_init_i16_wide, pel__cast_init_f32_wide;

static const char *const level_names[] = { "none", "sse4", "avx2", "avx512", "neon" };
static const char *const way_names[] = { "unlit", "lit", "extreme", "mean" };
static const char *const kind_names[] = { "u8", "i16", "f32" };

static _Alignas(64) char block[BRICKS][EDGE * EDGE * EDGE * 4 + 64];
static char *brick[BRICKS];
static uint8_t distance[CELLS + 3];
static float bound[CELLS];
static _Alignas(64) float rgba[TOP + 1][4];
static float thickness[TOP + 1], power[TOP + 1], factor[TOP + 1];

static uint32_t state = 12345;

// repeatable noise, 0 to 1
static double noise(void)
{
    state = state * 1664525 + 1013904223;
    return (double)(state >> 8) / (1 << 24);
}

// number of a voxel: noise in blobs, else nothing
static double number_at(int kind, int x, int y, int z)
{
    x = x < 0 ? 0 : x < X ? x : X - 1;
    y = y < 0 ? 0 : y < Y ? y : Y - 1;
    z = z < 0 ? 0 : z < Z ? z : Z - 1;
    if ((x / 7 + y / 9 + z / 8) % 3)
        return 0;
    uint32_t mixed = (uint32_t)((z * Y + y) * X + x) * 2654435761u;
    double part = (double)(mixed >> 16) / 65535;
    if (kind == 2 && mixed % 97 == 0)
        return NAN;
    return kind == 0 ? floor(255 * part) : kind == 1 ? floor(32767 * part) : part;
}

static void put(char *at, int kind, double number)
{
    if (kind == 0)
        *(uint8_t *)at = (uint8_t)number;
    else if (kind == 1)
        *(int16_t *)(void *)at = (int16_t)number;
    else
        *(float *)(void *)at = (float)number;
}

// room that nothing behind can be read of; kept until the program ends
static char *room(size_t size)
{
    size_t page = 65536, all = (size + page - 1) / page * page;
    char *at = mmap(NULL, all + page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (at == MAP_FAILED || mprotect(at + all, page, PROT_NONE) != 0)
        exit(1);
    return at + all - size;
}

// the last bricks along z end two voxels behind the volume, and 64 bytes
static void fill_bricks(int kind)
{
    static char *last[3][2];
    int size = kind == 0 ? 1 : 2 * kind, low = Z % 16 + 4;
    for (int b = 0; b < BRICKS; b++) {
        int planes = b < 4 ? EDGE : low;
        char *numbers = block[b];
        if (b >= 4) {
            if (!last[kind][b - 4])
                last[kind][b - 4] = room((size_t)(planes * EDGE * EDGE * size + 64));
            numbers = last[kind][b - 4];
        }
        brick[b] = numbers + 2 * (EDGE * EDGE + EDGE + 1) * size;
        for (int i = 0; i < planes * EDGE * EDGE; i++)
            put(numbers + i * size, kind,
                number_at(kind, b % 2 * 16 + i % EDGE - 2, i / EDGE % EDGE - 2,
                          b / 2 * 16 + i / EDGE / EDGE - 2));
    }
}

// nothing where all numbers are 0; chessboard distance by asking all others
static void fill_cells(int kind, double unit)
{
    bool empty[CELLS];
    for (int c = 0; c < CELLS; c++) {
        int x0 = c % 4 * 8, y0 = c / 4 % 2 * 8, z0 = c / 8 * 8;
        double most = -INFINITY;
        empty[c] = true;
        for (int i = 0; i < 729; i++) {
            double n = number_at(kind, x0 + i % 9, y0 + i / 9 % 9, z0 + i / 81);
            empty[c] = empty[c] && n == 0;
            most = n > most ? n : most;
        }
        bound[c] = (float)(most * unit * 1.00001);
    }
    for (int c = 0; c < CELLS; c++) {
        distance[c] = 255;
        for (int o = 0; o < CELLS; o++) {
            int dx = abs(c % 4 - o % 4), dy = abs(c / 4 % 2 - o / 4 % 2), dz = abs(c / 8 - o / 8);
            int d = dx > dy ? dx : dy;
            d = d > dz ? d : dz;
            if (!empty[o] && d < distance[c])
                distance[c] = (uint8_t)d;
        }
    }
}

static void fill_tables(void)
{
    for (int i = 0; i <= TOP; i++) {
        for (int c = 0; c < 3; c++)
            rgba[i][c] = (float)noise();
        thickness[i] = i < 40 ? 0 : (float)(0.3 * noise());
        rgba[i][3] = (float)(1 - exp(-(double)thickness[i]));
        power[i] = (float)i / TOP;
        factor[i] = (float)noise();
    }
}

static pel__caster make_cast(int kind, int round)
{
    double unit = kind == 2 ? 1 : 1 << PEL__CAST_WEIGHT_BITS;
    double most = kind == 0 ? 255 : kind == 1 ? 32767 : 1;
    fill_bricks(kind);
    fill_cells(kind, unit);
    int size = kind == 0 ? 1 : 2 * kind;
    pel__caster c = { .brick = brick,
                      .bits = 4,
                      .depth = Z,
                      .bricks = { 2, 1, 3 },
                      .cells = { 4, 2, 6 },
                      .row = EDGE * size,
                      .plane = EDGE * EDGE * size,
                      .fraction = FRACTION,
                      .distance = distance,
                      .bound = bound,
                      .sign = 1,
                      .least_left = round % 3 ? 1.0f / 1024 : 0.3f,
                      .scale = (float)(TOP / (most * unit)),
                      .shift = 0.5f,
                      .top = TOP,
                      .rgba = (const float(*)[4])rgba,
                      .thickness = thickness,
                      .lit = round % 4 != 3,
                      .ambient = 0.2f,
                      .diffuse = 0.7f,
                      .specular = round % 2 ? 0.3f : 0,
                      .power = power,
                      .power_top = TOP,
                      .factor = round % 3 ? NULL : factor,
                      .faint = round % 3 ? 0.2f * (float)(round % 2) : 0,
                      .factor_top = TOP,
                      .fading = 0.17f };
    float square = (float)(1 / (unit * unit * most * most));
    const float metric[6] = {
        square, square * 1.1f, square * 0.8f, square * 0.1f, 0, square * 0.2f
    };
    memcpy(c.metric, metric, sizeof metric);
    c.factor_scale = 2048;
    return c;
}

/* what is known of every ray */
typedef struct ray {
    int32_t p[3], dp[3], count, from;
    float number[5]; // weights of the ends, face, light
} ray;

// from a place in the volume to another; every other 16 lie close together, as those of a picture
static void make_rays(ray rays[RAYS])
{
    static const int n[3] = { X, Y, Z };
    double ends[2][3] = { { 0 } };
    for (int i = 0; i < RAYS; i++) {
        double from[3], to[3], way = 0, apart = i % 32 < 16 ? 1 : i % 64 < 48 ? 0.03 : 0.1;
        for (int a = 0; a < 3; a++) {
            for (int e = 0; e < 2; e++)
                if (i % 16 == 0 || apart == 1)
                    ends[e][a] = noise() * n[a] - 0.5;
            // some end in the last slice
            if (i % 16 == 0 && i % 128 >= 64 && a == 2)
                ends[1][a] = Z - 0.9;
            from[a] = fmin(fmax(ends[0][a] + apart * noise(), -0.5), n[a] - 0.6);
            to[a] = fmin(fmax(ends[1][a] + apart * noise(), -0.5), n[a] - 0.6);
            to[a] = i % 16 == 3 && a ? from[a] : to[a];
            way = fmax(way, fabs(to[a] - from[a]));
        }
        int odd = apart < 1 && i % 64 < 48 ? 3 : i % 11;
        rays[i].count = odd < 3 ? odd : (int)(way * 3) + 1;
        rays[i].from = apart < 1 ? i % 3 / 2 : i % 7;
        for (int a = 0; a < 3; a++) {
            rays[i].p[a] = (int32_t)floor(from[a] * (1 << FRACTION));
            rays[i].dp[a] = (int32_t)((to[a] - from[a]) / (rays[i].count + 1) * (1 << FRACTION));
        }
        for (int c = 0; c < 5; c++)
            rays[i].number[c] = (float)noise();
        rays[i].number[2] = i % 3 ? 0.8f : 0;
    }
}

static void load_lane(pel__packet *p, int lane, const ray *r)
{
    for (int a = 0; a < 3; a++) {
        p->p[a][lane] = r->count ? r->p[a] : 0;
        p->dp[a][lane] = r->count ? r->dp[a] : 0;
        p->light[a][lane] = r->number[3] * 1e-5f * (float)(a + 1);
        p->half[a][lane] = r->number[4] * 1e-5f;
        p->rgb[a][lane] = 0;
    }
    p->count[lane] = r->count;
    p->from[lane] = r->from;
    p->first[lane] = r->number[0] + 0.5f;
    p->last[lane] = r->number[1] + 0.5f;
    p->face_light[lane] = r->number[2];
    p->face_from[lane] = 0.5f * r->number[0];
    p->left[lane] = 1;
    p->best[lane] = -INFINITY;
    p->sum[lane] = p->weight[lane] = 0;
    p->samples[lane] = 0;
}

// what rays bring home, twice over each: a second run goes on where the first ended
static void cast_all(float out[RAYS][7], const pel__cast_set *set, const pel__caster *cast,
                     const ray rays[RAYS], const int what[2])
{
    for (int first = 0; first < RAYS; first += set->lanes) {
        pel__packet p;
        memset(&p, 0x5a, sizeof p);
        for (int l = 0; l < set->lanes; l++)
            load_lane(&p, l, &rays[first + l]);
        set->run[what[0]][what[1]](cast, &p);
        set->run[what[0]][what[1]](cast, &p);
        for (int l = 0; l < set->lanes; l++) {
            const float all[7] = { p.rgb[0][l], p.rgb[1][l], p.rgb[2][l], p.left[l],
                                   p.best[l],   p.sum[l],    p.weight[l] };
            memcpy(out[first + l], all, sizeof all);
        }
        for (int l = set->lanes; l < PEL__CAST_LANES; l++) {
            int32_t guard;
            memcpy(&guard, &p.left[l], sizeof guard);
            if (guard != 0x5a5a5a5a) {
                printf("cast: lane %d of %d is written\n", l, set->lanes);
                exit(1);
            }
        }
    }
}

static double seconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static void measure(const pel__cast_set *set, const int what[2], const char *level)
{
    static float out[RAYS][7];
    ray rays[RAYS];
    pel__caster cast = make_cast(what[1], 1);
    memset(distance, 0, sizeof distance);
    make_rays(rays);
    int64_t samples = 0;
    for (int i = 0; i < RAYS; i++)
        samples += 2 * rays[i].count;
    double best = 1e9;
    for (int i = 0; i < 20; i++) {
        double start = seconds();
        cast_all(out, set, &cast, rays, what);
        double took = seconds() - start;
        best = took < best ? took : best;
    }
    printf("cast/%s %s,%s,%.2f ns per sample at most\n", way_names[what[0]], kind_names[what[1]],
           level, best * 1e9 / (double)samples);
}

static int compare(const pel__cast_set *ref, const pel__cast_set *fast, const char *level)
{
    static float want[RAYS][7], got[RAYS][7];
    int wrong = 0;
    ray rays[RAYS];
    for (int kind = 0; kind < PEL__CAST_KINDS; kind++)
        for (int round = 0; round < ROUNDS; round++) {
            pel__caster cast = make_cast(kind, round);
            make_rays(rays);
            for (int way = 0; way < PEL__CAST_WAYS; way++) {
                const int what[2] = { way, kind };
                cast_all(want, ref, &cast, rays, what);
                cast_all(got, fast, &cast, rays, what);
                if (memcmp(want, got, sizeof want) != 0) {
                    printf("cast %s %s %s: differs in round %d\n", way_names[way], kind_names[kind],
                           level, round);
                    wrong++;
                }
            }
        }
    return wrong;
}

int main(int count, char **words)
{
    pel__kernels ref, fast;
    pel__kernels_init(&ref, PEL__CPU_NONE);
    int wrong = 0, best = (int)pel__cpu_best();
    bool bench = count > 1 && strcmp(words[1], "bench") == 0;
    fill_tables();
    pel__cast_set wide;
    pel__cast_init_u8_wide(&wide);
    pel__cast_init_i16_wide(&wide);
    pel__cast_init_f32_wide(&wide);
    wrong += compare(&ref.cast, &wide, "16 lanes of C");
    for (int level = 0; level <= best; level++) {
        // levels of another architecture lie in between
        if (best == PEL__CPU_NEON && level > PEL__CPU_NONE && level < PEL__CPU_NEON)
            continue;
        pel__kernels_init(&fast, (pel__cpu)level);
        wrong += compare(&ref.cast, &fast.cast, level_names[level]);
        for (int way = 0; bench && way < PEL__CAST_WAYS; way++)
            for (int kind = 0; kind < PEL__CAST_KINDS; kind++)
                measure(&fast.cast, (const int[]){ way, kind }, level_names[level]);
    }
    printf("cast: %d results differ from the reference\n", wrong);
    return wrong != 0;
}
