/* SPDX-License-Identifier: Apache-2.0 */
/* raycast_smooth.c: outlines without steps: a pixel whose colour is not its neighbours' becomes the
 * mean of rays all over it. */
#include <math.h>
#include <string.h>

#include "see/raycast_fast.h"
#include "see/raycast_pixels.h"
#include "see/sheet.h"

enum { RAYS = 16, RAYS_WITH_LINES = 4, EDGE = PEL__TILE + 2, BLOCK = 4 };

// colours nearer than this leave no step that is seen
static const float even = 20 / 255.0f;

/* a tile, and one pixel more on every side, so that no pixel depends on how tiles lie */
typedef struct patch {
    const pel_scene *scene;
    const pel_camera *camera;
    int64_t x0, y0, x1, y1; // with the border, within the picture
    bool fast, all;         // all: outlines of volumes count
    int64_t samples;        // of the picture, without the border
    struct spot {
        float rgba[4];
        bool counts; // its outline is one to smooth: a mesh's, where auto looks for them
    } spot[EDGE * EDGE];
} patch;

bool pel__smooth_is_asked(const pel_scene *scene)
{
    int mode = scene->params.mode;
    bool shades = mode == PEL_COMPOSITE || mode == PEL_FIRST, lit = scene->sheets > 0;
    if (scene->params.antialias != PEL_ANTIALIAS_AUTO || scene->params.bits != 0)
        return scene->params.antialias == PEL_ANTIALIAS_ON && scene->params.bits == 0;
    for (int i = 0; i < scene->sheets; i++)
        lit = lit && scene->sheet[i]->transfer.lit;
    return shades && lit;
}

static struct spot *at(patch *p, int64_t x, int64_t y)
{
    return &p->spot[(y - p->y0) * EDGE + x - p->x0];
}

static void cast(pel__sight *sight, pel__found *found, const patch *p, double u, double v,
                 double footprint)
{
    pel__sight_set(sight, p->scene, p->camera, u, v);
    sight->footprint = footprint;
    pel__cast(found, p->scene, sight);
}

static bool differs(const struct spot *a, const struct spot *b)
{
    bool far = false;
    for (int c = 0; c < 4; c++)
        far = far || !(fabsf(a->rgba[c] - b->rgba[c]) <= even);
    return far && (a->counts || b->counts);
}

static bool is_edge(patch *p, int64_t x, int64_t y)
{
    for (int64_t v = y > p->y0 ? y - 1 : y; v <= y + 1 && v < p->y1; v++)
        for (int64_t u = x > p->x0 ? x - 1 : x; u <= x + 1 && u < p->x1; u++)
            if (differs(at(p, x, y), at(p, u, v)))
                return true;
    return false;
}

// n places of which no two share a row or a column: (i, i with its bits turned round)
static void places(double uv[][2], int n, int64_t x, int64_t y)
{
    for (int i = 0; i < n; i++) {
        int turned = 0;
        for (int bit = 1; bit < n; bit *= 2)
            turned = 2 * turned + (i & bit ? 1 : 0);
        uv[i][0] = (double)x + (i + 0.5) / n;
        uv[i][1] = (double)y + (turned + 0.5) / n;
    }
}

static void mean(float out[4], patch *p, int64_t x, int64_t y)
{
    // lines know their share of a pixel, and ask for fewer
    int rays = RAYS;
    for (int s = 0; s < p->scene->sheets; s++)
        rays = p->scene->sheet[s]->has_lines ? RAYS_WITH_LINES : rays;
    double uv[RAYS][2], footprint = sqrt(1.0 / rays);
    pel__found found[RAYS];
    places(uv, rays, x, y);
    if (p->fast)
        pel__fast_cast(found, p->scene, p->camera, (const double(*)[2])uv, rays, footprint);
    memset(out, 0, 4 * sizeof *out);
    for (int i = 0; i < rays; i++) {
        pel__sight sight;
        float rgba[4];
        if (!p->fast)
            cast(&sight, &found[i], p, uv[i][0], uv[i][1], footprint);
        pel__pixel_colour(rgba, p->scene, &found[i]);
        for (int c = 0; c < 4; c++)
            out[c] += rgba[c] / (float)rays;
        p->samples += found[i].samples;
    }
}

// what the middle of a pixel shows: a pixel of the picture, unless it is of the border
static void put_middle(patch *p, pel_image *image, const int64_t box[4], int64_t x, int64_t y,
                       const pel__sight *sight, const pel__found *found)
{
    struct spot *here = at(p, x, y);
    pel__pixel_colour(here->rgba, p->scene, found);
    here->counts = p->all || (found->at >= 0 && found->body < 0);
    if (x < box[0] || y < box[1] || x >= box[2] || y >= box[3])
        return;
    pel__pixel_put(image, p->scene, sight, found, y * image->width + x);
    p->samples += found->samples;
}

static void cast_middles(patch *p, pel_image *image, const int64_t box[4])
{
    for (int64_t y = p->y0; y < p->y1; y++)
        for (int64_t x = p->x0; x < p->x1; x++) {
            pel__sight sight;
            pel__found found;
            cast(&sight, &found, p, (double)x + 0.5, (double)y + 0.5, 1);
            put_middle(p, image, box, x, y, &sight, &found);
        }
}

static void cast_blocks(patch *p, pel_image *image, const int64_t box[4])
{
    for (int64_t y = p->y0; y < p->y1; y += BLOCK)
        for (int64_t x = p->x0; x < p->x1; x += BLOCK) {
            int64_t wide = p->x1 - x < BLOCK ? p->x1 - x : BLOCK;
            int64_t high = p->y1 - y < BLOCK ? p->y1 - y : BLOCK;
            double uv[BLOCK * BLOCK][2];
            pel__found found[BLOCK * BLOCK];
            int count = (int)(wide * high);
            for (int i = 0; i < count; i++) {
                uv[i][0] = (double)(x + i % wide) + 0.5;
                uv[i][1] = (double)(y + i / wide) + 0.5;
            }
            pel__fast_cast(found, p->scene, p->camera, (const double(*)[2])uv, count, 1);
            for (int i = 0; i < count; i++)
                put_middle(p, image, box, x + i % wide, y + i / wide, NULL, &found[i]);
        }
}

void pel__smooth_tile(pel_image *image, const pel_scene *scene, const pel_camera *camera,
                      const int64_t box[4], int64_t *samples)
{
    patch p = { .scene = scene,
                .camera = camera,
                .x0 = box[0] > 0 ? box[0] - 1 : 0,
                .y0 = box[1] > 0 ? box[1] - 1 : 0,
                .x1 = box[2] < image->width ? box[2] + 1 : image->width,
                .y1 = box[3] < image->height ? box[3] + 1 : image->height,
                .fast = pel__fast_is_for(scene) };
    // a volume's own grain beside a mesh is not an outline
    p.all = scene->bodies == 0 || scene->params.antialias == PEL_ANTIALIAS_ON;
    if (p.fast)
        cast_blocks(&p, image, box);
    else
        cast_middles(&p, image, box);
    for (int64_t y = box[1]; y < box[3]; y++)
        for (int64_t x = box[0]; x < box[2]; x++)
            if (is_edge(&p, x, y)) {
                float rgba[4];
                mean(rgba, &p, x, y);
                pel__pixel_put_colour(image, rgba, y * image->width + x);
            }
    *samples += p.samples;
}
