/* SPDX-License-Identifier: Apache-2.0 */
/* voxels_hexahedra.c: cells between corners that are no planes: each face is two triangles, and
 * each pixel sorts what it meets. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/job.h"
#include "base/memory.h"
#include "base/status.h"
#include "see/voxels.h"

/* an edge line lies before the faces it belongs to, in box coordinates */
static const double before_faces = 0.002;

typedef struct corner {
    double x, y; // pixels of the raster
    double depth;
} corner;

/* what one ray meets at one depth: up to two faces, the nearer first, or a line */
typedef struct hit {
    double depth;
    int32_t pixel, order;
    float alpha[2];
    uint32_t rgb[2];
} hit;

typedef struct hits {
    hit *item;
    int64_t count, capacity;
} hits;

/* faces and lines of the lattice go by numbers: faces across axis 0, 1, 2, then edges along them */
typedef struct bent {
    const pel__cubes *grid;
    const pel__corners *corners;
    const pel__style *style;
    bool perspective;
    corner *corner;
    double half_px;              // of an edge line
    int64_t first[7];            // number of the first of each kind
    int64_t tiles_across, tiles; // of the raster
    int64_t *start;              // per tile, into `list`; one more than tiles
    int64_t *list;
} bent;

/* ---- the lattice ---- */

static int64_t kind_count(const int64_t dims[3], int kind)
{
    int64_t count = 1;
    for (int a = 0; a < 3; a++)
        count *= dims[a] + (kind < 3 ? a == kind : a != kind - 3);
    return count;
}

static int kind_of(const bent *b, int64_t number)
{
    int kind = 0;
    while (number >= b->first[kind + 1])
        kind++;
    return kind;
}

static void indices_of(const bent *b, int64_t number, int kind, int64_t n[3])
{
    int64_t rest = number - b->first[kind];
    for (int a = 0; a < 3; a++) {
        int64_t size = b->grid->dims[a] + (kind < 3 ? a == kind : a != kind - 3);
        n[a] = rest % size;
        rest /= size;
    }
}

static const corner *corner_at(const bent *b, const int64_t n[3], const int d[3])
{
    const int64_t *dims = b->grid->dims;
    return &b->corner[((n[2] + d[2]) * (dims[1] + 1) + n[1] + d[1]) * (dims[0] + 1) + n[0] + d[0]];
}

static pel__cell cell_at(const bent *b, const int64_t n[3])
{
    const int64_t *dims = b->grid->dims;
    for (int a = 0; a < 3; a++)
        if (n[a] < 0 || n[a] >= dims[a])
            return (pel__cell){ 0, 0 };
    return b->grid->cell[(n[2] * dims[1] + n[1]) * dims[0] + n[0]];
}

// the cells below and above a face that show it
static bool face_cells(const bent *b, const int64_t n[3], int a, pel__cell cells[2])
{
    int64_t below[3] = { n[0], n[1], n[2] };
    below[a]--;
    cells[0] = cell_at(b, below);
    cells[1] = cell_at(b, n);
    bool any = cells[0].rgb || cells[1].rgb;
    return any && !(b->style->hide && cells[0].rgb && cells[1].rgb);
}

static bool edge_there(const bent *b, const int64_t n[3], int a)
{
    int filled = 0;
    for (int i = 0; i < 4; i++) {
        int64_t m[3] = { n[0], n[1], n[2] };
        m[(a + 1) % 3] -= i & 1;
        m[(a + 2) % 3] -= i >> 1;
        filled += cell_at(b, m).rgb != 0;
    }
    return b->style->hide ? filled > 0 && filled < 4 : filled > 0;
}

// corners of a face in order round it, or the two ends of an edge
static int outline(const bent *b, const int64_t n[3], int kind, const corner *out[4])
{
    if (kind >= 3) {
        int end[3] = { kind == 3, kind == 4, kind == 5 };
        out[0] = corner_at(b, n, (const int[3]){ 0, 0, 0 });
        out[1] = corner_at(b, n, end);
        return 2;
    }
    for (int i = 0; i < 4; i++) {
        int d[3] = { 0, 0, 0 };
        d[(kind + 1) % 3] = i == 1 || i == 2;
        d[(kind + 2) % 3] = i >= 2;
        out[i] = corner_at(b, n, d);
    }
    return 4;
}

/* ---- which tile meets what ---- */

typedef void (*visitor)(bent *b, int64_t tile, int64_t number);

static void count_one(bent *b, int64_t tile, int64_t number)
{
    (void)number;
    b->start[tile + 1]++;
}

static void list_one(bent *b, int64_t tile, int64_t number)
{
    b->list[b->start[tile]++] = number;
}

static void visit_tiles(bent *b, int64_t number, int kind, const int64_t n[3], visitor visit)
{
    const corner *c[4];
    int count = outline(b, n, kind, c);
    double low[2] = { INFINITY, INFINITY }, high[2] = { -INFINITY, -INFINITY };
    for (int i = 0; i < count; i++) {
        low[0] = fmin(low[0], c[i]->x);
        low[1] = fmin(low[1], c[i]->y);
        high[0] = fmax(high[0], c[i]->x);
        high[1] = fmax(high[1], c[i]->y);
    }
    double room = (kind >= 3 ? b->half_px : 0) + 1;
    int64_t down = b->tiles / b->tiles_across - 1, last = b->tiles_across - 1;
    int64_t x1 = pel__int_from(floor((high[0] + room) / PEL__TILE), -1, last);
    int64_t y1 = pel__int_from(floor((high[1] + room) / PEL__TILE), -1, down);
    int64_t x0 = pel__int_from(floor((low[0] - room) / PEL__TILE), 0, last + 1);
    for (int64_t y = pel__int_from(floor((low[1] - room) / PEL__TILE), 0, down + 1); y <= y1; y++)
        for (int64_t x = x0; x <= x1; x++)
            visit(b, y * b->tiles_across + x, number);
}

static void visit_all(bent *b, visitor visit)
{
    int kinds = b->style->edges ? 6 : 3;
    pel__cell cells[2];
    for (int kind = 0; kind < kinds; kind++)
        for (int64_t number = b->first[kind]; number < b->first[kind + 1]; number++) {
            int64_t n[3];
            indices_of(b, number, kind, n);
            if (kind < 3 ? face_cells(b, n, kind, cells) : edge_there(b, n, kind - 3))
                visit_tiles(b, number, kind, n, visit);
        }
}

static pel_status make_lists(bent *b)
{
    for (int kind = 0; kind < 6; kind++)
        b->first[kind + 1] = b->first[kind] + kind_count(b->grid->dims, kind);
    pel_status s = pel__alloc_zero(&b->start, b->tiles + 1, sizeof *b->start, "tiles");
    if (s != PEL_OK)
        return s;
    visit_all(b, count_one);
    for (int64_t t = 0; t < b->tiles; t++)
        b->start[t + 1] += b->start[t];
    s = pel__alloc(&b->list, b->start[b->tiles] + 1, sizeof *b->list, "faces of the tiles");
    if (s != PEL_OK)
        return s;
    visit_all(b, list_one);
    // filling moved each start to the next one's
    memmove(b->start + 1, b->start, (size_t)b->tiles * sizeof *b->start);
    b->start[0] = 0;
    return PEL_OK;
}

double pel__hexahedra_bytes(const int64_t dims[3])
{
    double corners = 1, cells = 1;
    for (int a = 0; a < 3; a++) {
        corners *= (double)dims[a] + 1;
        cells *= (double)dims[a];
    }
    // places, faces and edges in two tiles each, and what the rays of a tile meet
    return (sizeof(corner) + 3 * sizeof(double)) * corners + 6 * 2 * 8 * cells + (64 << 20);
}

/* ---- one tile ---- */

static pel_status add_hit(hits *to, hit one)
{
    if (to->count == to->capacity) {
        int64_t capacity = to->capacity ? 2 * to->capacity : 4096;
        pel_status s = pel__realloc(&to->item, capacity, sizeof *to->item, "what rays meet");
        if (s != PEL_OK)
            return s;
        to->capacity = capacity;
    }
    one.order = (int32_t)(to->count & INT32_MAX);
    to->item[to->count++] = one;
    return PEL_OK;
}

static int by_pixel_and_depth(const void *a, const void *b)
{
    const hit *x = a, *y = b;
    if (x->pixel != y->pixel)
        return x->pixel < y->pixel ? -1 : 1;
    if (x->depth != y->depth)
        return x->depth < y->depth ? -1 : 1;
    return x->order < y->order ? -1 : 1;
}

static double twice_area(const corner *a, const corner *b, double x, double y)
{
    return (b->x - a->x) * (y - a->y) - (b->y - a->y) * (x - a->x);
}

// of two triangles beside an edge exactly one owns a point on it
static bool within(const corner *a, const corner *b, double w)
{
    return w > 0 || (w == 0 && (b->y > a->y || (b->y == a->y && b->x < a->x)));
}

// perspective: what is linear in the picture is 1/depth
static double depth_of(const bent *b, const corner *const t[3], const double w[3])
{
    double sum = w[0] + w[1] + w[2];
    if (!b->perspective)
        return (w[0] * t[0]->depth + w[1] * t[1]->depth + w[2] * t[2]->depth) / sum;
    return sum / (w[0] / t[0]->depth + w[1] / t[1]->depth + w[2] / t[2]->depth);
}

static pel_status draw_triangle(const bent *b, hits *to, const pel__patch *p,
                                const corner *const given[3], const hit cells[2])
{
    const corner *t[3] = { given[0], given[1], given[2] };
    double area = twice_area(t[0], t[1], t[2]->x, t[2]->y);
    if (area < 0) {
        t[1] = given[2];
        t[2] = given[1];
    }
    // seen from above (area of one sign) or from below: the nearer cell's face comes first
    hit one = cells[area < 0];
    double x0 = fmin(t[0]->x, fmin(t[1]->x, t[2]->x)), x1 = fmax(t[0]->x, fmax(t[1]->x, t[2]->x));
    double y0 = fmin(t[0]->y, fmin(t[1]->y, t[2]->y)), y1 = fmax(t[0]->y, fmax(t[1]->y, t[2]->y));
    int64_t left = pel__int_from(ceil(x0 - p->dx), p->x0, p->x1);
    int64_t right = pel__int_from(floor(x1 - p->dx), p->x0 - 1, p->x1 - 1);
    int64_t bottom = pel__int_from(floor(y1 - p->dy), p->y0 - 1, p->y1 - 1);
    pel_status s = PEL_OK;
    for (int64_t j = pel__int_from(ceil(y0 - p->dy), p->y0, p->y1); j <= bottom; j++)
        for (int64_t i = left; i <= right && s == PEL_OK; i++) {
            int64_t pixel = (j - p->y0) * PEL__TILE + i - p->x0;
            double x = (double)i + p->dx, y = (double)j + p->dy;
            const double w[3] = { twice_area(t[1], t[2], x, y), twice_area(t[2], t[0], x, y),
                                  twice_area(t[0], t[1], x, y) };
            if ((p->wanted && !p->wanted[pixel]) || !within(t[1], t[2], w[0]) ||
                !within(t[2], t[0], w[1]) || !within(t[0], t[1], w[2]))
                continue;
            one.pixel = (int32_t)pixel;
            one.depth = depth_of(b, t, w);
            s = add_hit(to, one);
        }
    return s;
}

static uint32_t shaded(uint32_t rgb, float shade)
{
    uint32_t out = rgb & PEL__FILLED;
    for (int c = 0; c < 30; c += 10)
        out |= (uint32_t)(shade * (float)(rgb >> c & 1023) + 0.5f) << c;
    return out;
}

static pel_status draw_face(const bent *b, hits *to, const pel__patch *p, const int64_t n[3],
                            int kind)
{
    const corner *c[4];
    pel__cell cell[2];
    face_cells(b, n, kind, cell);
    outline(b, n, kind, c);
    // the cell below shows its upper face
    for (int side = 0; side < 2; side++)
        cell[side].rgb = shaded(cell[side].rgb, b->style->shade[kind][!side]);
    const hit ways[2] = {
        { 0, 0, 0, { cell[0].alpha, cell[1].alpha }, { cell[0].rgb, cell[1].rgb } },
        { 0, 0, 0, { cell[1].alpha, cell[0].alpha }, { cell[1].rgb, cell[0].rgb } }
    };
    pel_status s = draw_triangle(b, to, p, (const corner *[3]){ c[0], c[1], c[2] }, ways);
    return s == PEL_OK ? draw_triangle(b, to, p, (const corner *[3]){ c[0], c[2], c[3] }, ways) : s;
}

static pel_status draw_edge(const bent *b, hits *to, const pel__patch *p, const int64_t n[3],
                            int kind)
{
    const corner *c[4];
    outline(b, n, kind, c);
    double ex = c[1]->x - c[0]->x, ey = c[1]->y - c[0]->y, length2 = ex * ex + ey * ey;
    double blur = p->blur, most = fmin(1, b->half_px / blur);
    pel_colour colour = b->style->edge;
    pel__cell line = { 0, (uint32_t)(1023 * colour.r + 0.5f) |
                              (uint32_t)(1023 * colour.g + 0.5f) << 10 |
                              (uint32_t)(1023 * colour.b + 0.5f) << 20 | PEL__FILLED };
    pel_status s = PEL_OK;
    for (int64_t j = p->y0; j < p->y1; j++)
        for (int64_t i = p->x0; i < p->x1 && s == PEL_OK; i++) {
            int64_t pixel = (j - p->y0) * PEL__TILE + i - p->x0;
            double x = (double)i + p->dx - c[0]->x, y = (double)j + p->dy - c[0]->y;
            double along = length2 > 0 ? fmax(0, fmin(1, (x * ex + y * ey) / length2)) : 0;
            double aside =
                sqrt((x - along * ex) * (x - along * ex) + (y - along * ey) * (y - along * ey));
            double cover = (b->half_px + blur - aside) / (2 * blur);
            if ((p->wanted && !p->wanted[pixel]) || !(cover > 0))
                continue;
            float alpha = colour.a * (float)(fmin(cover, 1) * most);
            double depth = c[0]->depth + along * (c[1]->depth - c[0]->depth) - before_faces;
            s = add_hit(to, (hit){ depth, (int32_t)pixel, 0, { alpha, 0 }, { line.rgb, 0 } });
        }
    return s;
}

static void gather_hits(pel__gathered *out, const hits *from)
{
    for (int64_t i = 0; i < from->count; i++) {
        const hit *h = &from->item[i];
        for (int side = 0; side < 2; side++)
            if (h->rgb[side])
                pel__gather(&out[h->pixel], (float)(h->rgb[side] & 1023),
                            (float)(h->rgb[side] >> 10 & 1023), (float)(h->rgb[side] >> 20 & 1023),
                            h->alpha[side]);
    }
}

static pel_status draw_patch(void *user, const pel__patch *p, pel__gathered *out)
{
    const bent *b = user;
    hits met = { 0 };
    pel_status s = PEL_OK;
    for (int i = 0; i < PEL__TILE * PEL__TILE; i++)
        out[i] = (pel__gathered){ 0, 0, 0, 1 };
    for (int64_t i = b->start[p->tile]; i < b->start[p->tile + 1] && s == PEL_OK; i++) {
        int64_t n[3];
        int kind = kind_of(b, b->list[i]);
        indices_of(b, b->list[i], kind, n);
        s = kind < 3 ? draw_face(b, &met, p, n, kind) : draw_edge(b, &met, p, n, kind);
    }
    if (s == PEL_OK && met.count) {
        qsort(met.item, (size_t)met.count, sizeof *met.item, by_pixel_and_depth);
        gather_hits(out, &met);
    }
    pel__free(met.item);
    return s;
}

static pel_status place_corners(bent *b, const pel__view *view, const pel__raster *raster)
{
    const int64_t *dims = b->grid->dims;
    int64_t count = (dims[0] + 1) * (dims[1] + 1) * (dims[2] + 1);
    pel_status s = pel__alloc(&b->corner, count, sizeof *b->corner, "corners on paper");
    for (int64_t n = 0; n < count && s == PEL_OK; n++) {
        const double at[3] = { b->corners->at[0][n], b->corners->at[1][n], b->corners->at[2][n] };
        double pt[2];
        corner *to = &b->corner[n];
        to->depth = pel__view_place(view, at, pt);
        to->x = pt[0] / raster->pixel_pt - (double)raster->left;
        to->y = pt[1] / raster->pixel_pt - (double)raster->top;
    }
    return s;
}

pel_status pel__hexahedra_draw(pel_image *out, const pel__cubes *grid, const pel__corners *corners,
                               const pel__style *style, const pel__view *view,
                               const pel__raster *raster)
{
    bent b = { .grid = grid, .corners = corners, .style = style };
    b.perspective = view->perspective;
    b.half_px = style->edge_pt / 2 / raster->pixel_pt;
    b.tiles_across = (raster->width + PEL__TILE - 1) / PEL__TILE;
    b.tiles = b.tiles_across * ((raster->height + PEL__TILE - 1) / PEL__TILE);
    pel_status s = place_corners(&b, view, raster);
    if (s == PEL_OK)
        s = make_lists(&b);
    if (s == PEL_OK)
        s = pel__raster_draw(out, raster, draw_patch, &b);
    pel__free(b.corner);
    pel__free(b.start);
    pel__free(b.list);
    return s;
}
