/* SPDX-License-Identifier: Apache-2.0 */
/* raster.c: triangles to pixels, band by band. */
#include "flatten/raster.h"

#include <math.h>

#include "base/job.h"
#include "base/memory.h"
#include "base/orient.h"

enum { BAND = 32 };

typedef struct rastering {
    const pel__raster *grid;
    const pel_mesh *flat;
    pel__raster_hit hit;
    void *user;
} rastering;

pel__raster pel__raster_around(const pel_mesh *flat, double pixel_mm)
{
    double lo[2] = { INFINITY, INFINITY }, hi[2] = { -INFINITY, -INFINITY };
    for (int64_t t = 0; t < flat->triangles; t++)
        for (int k = 0; k < 3; k++)
            for (int r = 0; r < 2; r++) {
                double x = (double)flat->point_mm[flat->triangle[t][k]][r];
                lo[r] = fmin(lo[r], x);
                hi[r] = fmax(hi[r], x);
            }
    if (!(lo[0] <= hi[0]))
        return (pel__raster){ 0, 0, pixel_mm, 0, 0 };
    double from[2] = { floor(lo[0] / pixel_mm), floor(lo[1] / pixel_mm) };
    double to[2] = { ceil(hi[0] / pixel_mm), ceil(hi[1] / pixel_mm) };
    return (pel__raster){ from[0] * pixel_mm, to[1] * pixel_mm, pixel_mm,
                          pel__int_from(fmax(to[0] - from[0], 1), 1, (int64_t)1 << 40),
                          pel__int_from(fmax(to[1] - from[1], 1), 1, (int64_t)1 << 40) };
}

// left of a->b, or on it where it is a left or a top edge of a counter-clockwise triangle
static bool within(const double a[2], const double b[2], const double p[2])
{
    int side = pel__orient(a, b, p);
    return side > 0 || (side == 0 && (b[1] < a[1] || (b[1] == a[1] && b[0] < a[0])));
}

static int64_t first_index(double from, double pixel, int64_t least)
{
    return pel__int_from(fmax(floor(from / pixel - 0.5), (double)least), least, (int64_t)1 << 40);
}

static int64_t last_index(double to, double pixel, int64_t most)
{
    return pel__int_from(fmin(ceil(to / pixel - 0.5), (double)most), -1, most);
}

static void raster_triangle(const rastering *r, int64_t t, int64_t first_row, int64_t last_row)
{
    const pel__raster *g = r->grid;
    double at[3][2];
    for (int k = 0; k < 3; k++)
        for (int c = 0; c < 2; c++)
            at[k][c] = (double)r->flat->point_mm[r->flat->triangle[t][k]][c];
    double low = fmin(at[0][1], fmin(at[1][1], at[2][1])),
           high = fmax(at[0][1], fmax(at[1][1], at[2][1]));
    int64_t from = first_index(g->top_mm - high, g->pixel_mm, first_row);
    int64_t to = last_index(g->top_mm - low, g->pixel_mm, last_row);
    if (from > to)
        return;
    int side = pel__orient(at[0], at[1], at[2]);
    if (side == 0)
        return;
    const double *a = at[0], *b = side > 0 ? at[1] : at[2], *c = side > 0 ? at[2] : at[1];
    double left = fmin(a[0], fmin(b[0], c[0])), right = fmax(a[0], fmax(b[0], c[0]));
    int64_t start = first_index(left - g->left_mm, g->pixel_mm, 0);
    int64_t end = last_index(right - g->left_mm, g->pixel_mm, g->width - 1);
    for (int64_t row = from; row <= to; row++)
        for (int64_t column = start; column <= end; column++) {
            const double p[2] = { g->left_mm + ((double)column + 0.5) * g->pixel_mm,
                                  g->top_mm - ((double)row + 0.5) * g->pixel_mm };
            if (within(a, b, p) && within(b, c, p) && within(c, a, p))
                r->hit(r->user, t, column, row);
        }
}

static pel_status raster_band(void *user, int64_t band)
{
    const rastering *r = user;
    int64_t first = band * BAND, last = first + BAND - 1;
    last = last < r->grid->height ? last : r->grid->height - 1;
    for (int64_t t = 0; t < r->flat->triangles; t++)
        raster_triangle(r, t, first, last);
    return PEL_OK;
}

pel_status pel__raster_mesh(const pel__raster *grid, const pel_mesh *flat, pel__raster_hit hit,
                            void *user, const char *step)
{
    rastering r = { grid, flat, hit, user };
    return pel__parallel((grid->height + BAND - 1) / BAND, raster_band, &r, step);
}
