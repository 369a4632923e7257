/* SPDX-License-Identifier: Apache-2.0 */
/* contours.c: outlines of a slice: a walk along pixel edges with the object on one side. */
#include "surface/contours.h"

#include <string.h>

#include "base/memory.h"
#include "base/status.h"

/* directions of a walk with the object on its right in array order, and the turn to each side */
enum { EAST, SOUTH, WEST, NORTH };
static const int step_i[] = { 1, 0, -1, 0 }, step_j[] = { 0, 1, 0, -1 };

typedef struct walk {
    const pel__bits *bits;
    int64_t k;
    int64_t i, j; // corner before pixel (i, j)
    int way;
} walk;

static bool set_at(const walk *w, int64_t i, int64_t j)
{
    const int64_t *n = w->bits->dims;
    return i >= 0 && j >= 0 && i < n[0] && j < n[1] &&
           (pel__bits_row(w->bits, j, w->k)[i >> 6] >> (i & 63) & 1);
}

// the pixels ahead of a corner, left and right of the way
static bool ahead(const walk *w, bool right)
{
    int side = (w->way + (right ? 1 : 3)) & 3;
    // from the corner half a pixel on and half a pixel aside
    int64_t di = step_i[w->way] + step_i[side], dj = step_j[w->way] + step_j[side];
    return set_at(w, w->i + (di < 0 ? -1 : 0), w->j + (dj < 0 ? -1 : 0));
}

// pixels that touch at a corner are joined: left first
static void turn(walk *w)
{
    if (ahead(w, false))
        w->way = (w->way + 3) & 3;
    else if (!ahead(w, true))
        w->way = (w->way + 1) & 3;
}

static pel_status add_corner(pel__outlines *with, int64_t *count, const walk *w)
{
    if (*count == with->room) {
        int64_t room = with->room ? 2 * with->room : 1024;
        pel_status s = pel__realloc(&with->point, room, sizeof *with->point, "an outline");
        if (s != PEL_OK)
            return s;
        with->room = room;
    }
    double *p = with->point[(*count)++];
    p[0] = (double)w->i - 0.5;
    p[1] = (double)w->j - 0.5;
    p[2] = (double)w->k;
    return PEL_OK;
}

// twice the area by array axes; the walk has the object on its right
static double area_of(double (*point)[3], int64_t count)
{
    double sum = 0;
    for (int64_t n = 0; n < count; n++) {
        const double *a = point[n], *b = point[(n + 1) % count];
        sum += a[0] * b[1] - b[0] * a[1];
    }
    return sum;
}

static void mark(pel__outlines *with, const walk *w)
{
    pel__bits_row(&with->walked, w->j, 0)[w->i >> 6] |= UINT64_C(1) << (w->i & 63);
}

// around from the side of pixel (i, j) towards the row before it; corners only where it turns
static pel_status walk_around(pel__outlines *with, int64_t *count, const pel__bits *bits, int64_t k,
                              int64_t i, int64_t j)
{
    walk w = { bits, k, i, j, EAST };
    pel_status s = PEL_OK;
    *count = 0;
    do {
        int before = w.way;
        if (w.way == EAST)
            mark(with, &w);
        w.i += step_i[w.way];
        w.j += step_j[w.way];
        turn(&w);
        if (w.way != before)
            s = add_corner(with, count, &w);
    } while (s == PEL_OK && (w.i != i || w.j != j || w.way != EAST));
    return s;
}

static void place(double (*point)[3], int64_t count, int64_t slice, const pel_affine *out_from_ijk)
{
    for (int64_t n = 0; n < count; n++) {
        pel_vec3 at = { point[n][0], point[n][1], (double)slice };
        at = pel_affine_point(*out_from_ijk, at);
        point[n][0] = at.x;
        point[n][1] = at.y;
        point[n][2] = at.z;
    }
}

static pel_status hand_out(pel__outlines *with, int64_t count, int64_t slice,
                           const pel_affine *out_from_ijk, const pel_shell_sink *sink,
                           pel_shell_found *found)
{
    pel_contour contour = { .slice = slice, .hole = area_of(with->point, count) < 0 };
    contour.points = count;
    place(with->point, count, slice, out_from_ijk);
    contour.point = (const double(*)[3])with->point;
    found->contours++;
    found->holes += contour.hole;
    return sink->contour(sink->user, &contour);
}

pel_status pel__outlines_walk(pel__outlines *with, const pel__bits *bits, int64_t k, int64_t slice,
                              const pel_affine *out_from_ijk, const pel_shell_sink *sink,
                              pel_shell_found *found)
{
    const int64_t flat[3] = { bits->dims[0], bits->dims[1], 1 };
    pel_status s = PEL_OK;
    if (!with->walked.word)
        s = pel__bits_new(&with->walked, flat);
    if (s != PEL_OK)
        return s;
    memset(with->walked.word, 0, (size_t)(bits->words * bits->dims[1]) * sizeof(uint64_t));
    for (int64_t j = 0; j < bits->dims[1]; j++)
        for (int64_t w = 0; w < bits->words; w++) {
            uint64_t above = j ? pel__bits_row(bits, j - 1, k)[w] : 0, *walked;
            uint64_t sides = pel__bits_row(bits, j, k)[w] & ~above;
            walked = &pel__bits_row(&with->walked, j, 0)[w];
            while (s == PEL_OK && (sides & ~*walked)) {
                int64_t i = w * 64 + __builtin_ctzll(sides & ~*walked), count;
                s = walk_around(with, &count, bits, k, i, j);
                if (s == PEL_OK)
                    s = hand_out(with, count, slice, out_from_ijk, sink, found);
            }
        }
    return s;
}

void pel__outlines_free(pel__outlines *with)
{
    pel__bits_free(&with->walked);
    pel__free(with->point);
    *with = (pel__outlines){ 0 };
}
