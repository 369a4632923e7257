/* SPDX-License-Identifier: Apache-2.0 */
/* voxels_draw.c: one ray for each pixel, eight where neighbours differ, tile by tile. */
#include <math.h>

#include "base/job.h"
#include "base/memory.h"
#include "see/voxels.h"

/* neighbours that differ by more than this are an edge between them */
static const float differs = 0.06f;

/* eight rays in a pixel, in sixteenths from its middle: no two in a row or column (the standard
 * pattern of Direct3D 11) */
enum { RAYS = 8 };
static const int spread[RAYS][2] = { { 1, -3 }, { -1, 3 },  { 5, 1 }, { -3, -5 },
                                     { -5, 5 }, { -7, -1 }, { 3, 7 }, { 7, -7 } };

typedef struct painting {
    pel_image *image;
    const pel__raster *raster;
    pel__patch_drawer drawer;
    void *user;
    int64_t tiles_across;
    pel__gathered *middle; // what the ray through each pixel's middle met
} painting;

static void store(pel_image *image, int64_t index, const pel__gathered *sum)
{
    uint16_t *to = (uint16_t *)image->data + 4 * index;
    float alpha = 1 - sum->through;
    const float rgb[3] = { sum->r, sum->g, sum->b };
    for (int c = 0; c < 3; c++) {
        float v = alpha > 0 ? rgb[c] / (1023 * alpha) : 0;
        to[c] = (uint16_t)((v > 1 ? 1 : v) * 65535 + 0.5f);
    }
    to[3] = (uint16_t)(alpha * 65535 + 0.5f);
}

static pel__patch patch_at(const painting *p, int64_t tile)
{
    pel__patch t = { .tile = tile, .dx = 0.5, .dy = 0.5, .blur = 0.5 };
    t.x0 = tile % p->tiles_across * PEL__TILE;
    t.y0 = tile / p->tiles_across * PEL__TILE;
    t.x1 = t.x0 + PEL__TILE < p->raster->width ? t.x0 + PEL__TILE : p->raster->width;
    t.y1 = t.y0 + PEL__TILE < p->raster->height ? t.y0 + PEL__TILE : p->raster->height;
    return t;
}

static pel_status draw_middles(void *user, int64_t tile)
{
    const painting *p = user;
    pel__gathered met[PEL__TILE * PEL__TILE];
    pel__patch t = patch_at(p, tile);
    pel_status s = p->drawer(p->user, &t, met);
    for (int64_t y = t.y0; y < t.y1; y++)
        for (int64_t x = t.x0; x < t.x1; x++)
            p->middle[y * p->raster->width + x] = met[(y - t.y0) * PEL__TILE + x - t.x0];
    return s;
}

static bool far_apart(const pel__gathered *a, const pel__gathered *b)
{
    const float most = 1023 * differs;
    return fabsf(a->r - b->r) > most || fabsf(a->g - b->g) > most || fabsf(a->b - b->b) > most ||
           fabsf(a->through - b->through) > differs;
}

static bool at_edge(const painting *p, int64_t x, int64_t y)
{
    int64_t w = p->raster->width, h = p->raster->height, at = y * w + x;
    const pel__gathered *m = p->middle;
    return (x > 0 && far_apart(&m[at], &m[at - 1])) ||
           (x + 1 < w && far_apart(&m[at], &m[at + 1])) ||
           (y > 0 && far_apart(&m[at], &m[at - w])) || (y + 1 < h && far_apart(&m[at], &m[at + w]));
}

// the pixels of a tile that want more rays; false: none
static bool choose(uint8_t wanted[PEL__TILE * PEL__TILE], const painting *p, const pel__patch *t)
{
    bool any = false;
    for (int64_t y = t->y0; y < t->y1; y++)
        for (int64_t x = t->x0; x < t->x1; x++) {
            bool edge = at_edge(p, x, y);
            wanted[(y - t->y0) * PEL__TILE + x - t->x0] = edge;
            any = any || edge;
        }
    return any;
}

static pel_status refine(pel__gathered sum[PEL__TILE * PEL__TILE], const painting *p,
                         const uint8_t *wanted, pel__patch t)
{
    pel__gathered met[PEL__TILE * PEL__TILE];
    const float share = 1.0f / RAYS;
    pel_status s = PEL_OK;
    for (int i = 0; i < PEL__TILE * PEL__TILE; i++)
        sum[i] = (pel__gathered){ 0, 0, 0, 0 };
    t.wanted = wanted;
    t.blur = 0.25;
    for (int n = 0; n < RAYS && s == PEL_OK; n++) {
        t.dx = 0.5 + spread[n][0] / 16.0;
        t.dy = 0.5 + spread[n][1] / 16.0;
        s = p->drawer(p->user, &t, met);
        for (int i = 0; i < PEL__TILE * PEL__TILE && s == PEL_OK; i++)
            if (wanted[i]) {
                sum[i].r += share * met[i].r;
                sum[i].g += share * met[i].g;
                sum[i].b += share * met[i].b;
                sum[i].through += share * met[i].through;
            }
    }
    return s;
}

static pel_status draw_pixels(void *user, int64_t tile)
{
    const painting *p = user;
    pel__gathered sum[PEL__TILE * PEL__TILE];
    uint8_t wanted[PEL__TILE * PEL__TILE] = { 0 };
    pel__patch t = patch_at(p, tile);
    pel_status s = choose(wanted, p, &t) ? refine(sum, p, wanted, t) : PEL_OK;
    for (int64_t y = t.y0; y < t.y1; y++)
        for (int64_t x = t.x0; x < t.x1; x++) {
            int64_t at = y * p->raster->width + x, in = (y - t.y0) * PEL__TILE + x - t.x0;
            store(p->image, at, wanted[in] ? &sum[in] : &p->middle[at]);
        }
    return s;
}

pel_status pel__raster_draw(pel_image *out, const pel__raster *raster, pel__patch_drawer drawer,
                            void *user)
{
    painting p = { .image = out, .raster = raster, .drawer = drawer, .user = user };
    p.tiles_across = (raster->width + PEL__TILE - 1) / PEL__TILE;
    int64_t tiles = p.tiles_across * ((raster->height + PEL__TILE - 1) / PEL__TILE);
    pel_status s = pel_image_new(out, raster->width, raster->height, 4, PEL_UINT16);
    if (s == PEL_OK)
        s = pel__alloc(&p.middle, raster->width * raster->height, sizeof *p.middle,
                       "rays of a picture");
    if (s == PEL_OK)
        s = pel__parallel(tiles, draw_middles, &p, "draw");
    if (s == PEL_OK)
        s = pel__parallel(tiles, draw_pixels, &p, "smooth");
    pel__free(p.middle);
    if (s != PEL_OK)
        pel_image_free(out);
    return s;
}

/* ---- rays through the lattice ---- */

enum { SPOT = 8 }; /* pixels of a side of what knows one nearest and one farthest distance */

typedef struct lattice {
    const pel__cubes *grid;
    const pel__style *style;
    const pel__view *view;
    const pel__raster *raster;
    int64_t spots[2];
    pel__span *spot; // between which distances a ray there can meet anything
} lattice;

// the pixels and distances of a block's box, with room for lines on its edges
static void place_block(const lattice *l, const int64_t block[3], double low[3], double high[3])
{
    const pel__view *view = l->view;
    double line = l->style->edges ? l->style->edge_pt : 0, base, slope;
    for (int c = 0; c < 3; c++) {
        low[c] = INFINITY;
        high[c] = -INFINITY;
    }
    for (int n = 0; n < 8; n++) {
        double at[3], place[3];
        for (int a = 0; a < 3; a++) {
            // the margins round the grid hold nothing but the outer halves of lines
            const pel__planes *p = &l->grid->axis[a];
            int64_t plane = (block[a] + (n >> a & 1)) * PEL__BLOCK;
            plane = plane < 1 ? 1 : plane > p->count - 1 ? p->count - 1 : plane;
            at[a] = p->edge[plane] / view->scale[a] + view->lo[a];
        }
        place[2] = pel__view_place(view, at, place);
        for (int c = 0; c < 3; c++) {
            low[c] = fmin(low[c], place[c]);
            high[c] = fmax(high[c], place[c]);
        }
    }
    pel__view_unit(view, &base, &slope);
    double room = line / l->raster->pixel_pt + 1, deep = 4 * line * (base + slope * high[2]) + 1e-9;
    for (int c = 0; c < 2; c++) {
        double origin = (double)(c ? l->raster->top : l->raster->left);
        low[c] = (low[c] / l->raster->pixel_pt - origin - room) / SPOT;
        high[c] = (high[c] / l->raster->pixel_pt - origin + room) / SPOT;
    }
    low[2] -= deep;
    high[2] += deep;
}

static void widen_spots(const lattice *l, const int64_t block[3])
{
    double low[3], high[3];
    place_block(l, block, low, high);
    int64_t x1 = pel__int_from(floor(high[0]), -1, l->spots[0] - 1);
    int64_t y1 = pel__int_from(floor(high[1]), -1, l->spots[1] - 1);
    int64_t x0 = pel__int_from(floor(low[0]), 0, l->spots[0]);
    for (int64_t y = pel__int_from(floor(low[1]), 0, l->spots[1]); y <= y1; y++)
        for (int64_t x = x0; x <= x1; x++) {
            pel__span *s = &l->spot[y * l->spots[0] + x];
            s->near = low[2] < s->near ? low[2] : s->near;
            s->far = high[2] > s->far ? high[2] : s->far;
        }
}

// where each spot's rays begin and end: the blocks that are not empty, thrown on the raster
static pel_status make_spots(lattice *l)
{
    const pel__cubes *g = l->grid;
    l->spots[0] = (l->raster->width + SPOT - 1) / SPOT;
    l->spots[1] = (l->raster->height + SPOT - 1) / SPOT;
    int64_t count = l->spots[0] * l->spots[1];
    pel_status s = pel__alloc(&l->spot, count, sizeof *l->spot, "where rays begin");
    if (s != PEL_OK)
        return s;
    for (int64_t i = 0; i < count; i++)
        l->spot[i] = (pel__span){ INFINITY, -INFINITY };
    int64_t n = 0, block[3];
    for (block[2] = 0; block[2] < g->blocks[2]; block[2]++)
        for (block[1] = 0; block[1] < g->blocks[1]; block[1]++)
            for (block[0] = 0; block[0] < g->blocks[0]; block[0]++)
                if (g->block[n++] == 0)
                    widen_spots(l, block);
    return PEL_OK;
}

static pel_status draw_patch(void *user, const pel__patch *p, pel__gathered *out)
{
    const lattice *l = user;
    double pixel = l->raster->pixel_pt;
    for (int64_t y = p->y0; y < p->y1; y++)
        for (int64_t x = p->x0; x < p->x1; x++) {
            int64_t in = (y - p->y0) * PEL__TILE + x - p->x0;
            const pel__span *span = &l->spot[y / SPOT * l->spots[0] + x / SPOT];
            out[in] = (pel__gathered){ 0, 0, 0, 1 };
            if ((p->wanted && !p->wanted[in]) || !(span->near <= span->far))
                continue;
            pel__sight ray = pel__view_ray(l->view, ((double)(l->raster->left + x) + p->dx) * pixel,
                                           ((double)(l->raster->top + y) + p->dy) * pixel);
            ray.span = *span;
            pel__walk(&out[in], l->grid, l->style, l->view, &ray, p->blur * pixel);
        }
    return PEL_OK;
}

pel_status pel__voxels_draw(pel_image *out, const pel__cubes *grid, const pel__style *style,
                            const pel__view *view, const pel__raster *raster)
{
    lattice l = { .grid = grid, .style = style, .view = view, .raster = raster };
    pel_status s = make_spots(&l);
    if (s == PEL_OK)
        s = pel__raster_draw(out, raster, draw_patch, &l);
    pel__free(l.spot);
    return s;
}
