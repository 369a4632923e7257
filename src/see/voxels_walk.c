/* SPDX-License-Identifier: Apache-2.0 */
/* voxels_walk.c: a ray's way through the lattice, plane by plane, and the faces and edges it meets.
 */
#include <math.h>

#include "see/voxels.h"

/* less than this let through cannot be seen */
static const float opaque = 1.0f / 4096;

/* where a ray is: in interval m[a] of each axis, having passed plane `plane` of `axis` at `t` */
typedef struct walker {
    const pel__cubes *grid;
    double origin[3], direction[3], inverse[3];
    int64_t m[3], way[3], ahead[3]; // way: 1 or -1; ahead: 1 or 0, of the plane after m
    int64_t offset[3];              // of interval m: its part of the cell's number
    double next[3];                 // distance of the plane ahead on each axis
    double far;                     // where nothing more is met
    int axis;
    double t;
} walker;

static inline double plane_at(const walker *w, int a, int64_t plane)
{
    return (w->grid->axis[a].edge[plane] - w->origin[a]) * w->inverse[a];
}

// to interval m of axis a, which is inside
static inline void arrive(walker *w, int a, int64_t m)
{
    w->m[a] = m;
    w->offset[a] = w->grid->axis[a].at[m];
    w->next[a] = w->direction[a] == 0 ? INFINITY : plane_at(w, a, m + w->ahead[a]);
}

// the interval that holds x, counted out and then looked up
static int64_t interval_of(const pel__planes *p, double x)
{
    double counted = (double)p->first + (x - p->edge[p->first]) * p->per_unit;
    int64_t m = counted > (double)p->first ? (int64_t)counted : p->first;
    m = m < p->end - 1 ? m : p->end - 1;
    while (m > p->first && p->edge[m] > x)
        m--;
    while (m < p->end - 1 && p->edge[m + 1] <= x)
        m++;
    return m;
}

// true when plane `a` ahead comes before a distance on axis `axis`: lower axes first at a tie
static bool comes_before(const walker *w, int a, double t, int axis)
{
    return w->next[a] < t || (w->next[a] == t && a < axis);
}

// over the plane ahead on axis a; false when that leads out
static inline bool pass(walker *w, int a)
{
    int64_t m = w->m[a] + w->way[a];
    if (m < w->grid->axis[a].first || m >= w->grid->axis[a].end)
        return false;
    arrive(w, a, m);
    return true;
}

// true when the plane behind interval m comes before that distance too, so that m is not too far
static bool is_behind(const walker *w, int a, int64_t m, double t, int axis)
{
    double behind = plane_at(w, a, m + 1 - w->ahead[a]);
    return behind < t || (behind == t && a < axis);
}

// to the interval of axis a that the ray is in once all planes before t, where `axis` is crossed,
// have been passed: where the point lies, and then by the same comparison that steps make
static bool catch_up(walker *w, int a, double t, int axis)
{
    int64_t first = w->m[a], m;
    if (!(w->direction[a] == 0) && !comes_before(w, a, t, axis))
        return true;
    m = interval_of(&w->grid->axis[a], w->origin[a] + t * w->direction[a]);
    while (w->direction[a] != 0 && m != first && !is_behind(w, a, m, t, axis))
        m -= w->way[a];
    arrive(w, a, m);
    while (comes_before(w, a, t, axis))
        if (!pass(w, a))
            return false;
    return true;
}

static bool catch_up_others(walker *w, double t, int axis)
{
    bool there = true;
    for (int a = 0; a < 3 && there; a++)
        there = a == axis || catch_up(w, a, t, axis);
    return there;
}

// to the first interval; false when the ray misses the lattice
static bool enter(walker *w, const pel__cubes *grid, const pel__sight *ray)
{
    double in = ray->span.near, out = ray->span.far;
    w->grid = grid;
    w->axis = 0;
    for (int a = 0; a < 3; a++) {
        const pel__planes *p = &grid->axis[a];
        double lo = p->edge[p->first] - ray->origin[a], hi = p->edge[p->end] - ray->origin[a];
        w->origin[a] = ray->origin[a];
        w->direction[a] = ray->direction[a];
        w->inverse[a] = 1 / ray->direction[a];
        w->ahead[a] = ray->direction[a] > 0;
        w->way[a] = ray->direction[a] > 0 ? 1 : -1;
        if (ray->direction[a] == 0) {
            if (lo > 0 || hi < 0)
                return false;
            continue;
        }
        double t0 = lo * w->inverse[a], t1 = hi * w->inverse[a];
        double near = t0 < t1 ? t0 : t1, far = t0 < t1 ? t1 : t0;
        in = near > in ? near : in;
        out = far < out ? far : out;
    }
    if (!(in < out))
        return false;
    w->t = in;
    w->far = out;
    for (int a = 0; a < 3; a++)
        arrive(w, a, w->ahead[a] ? grid->axis[a].first : grid->axis[a].end - 1);
    return catch_up_others(w, in, -1);
}

static inline bool cross(walker *w, int a)
{
    w->axis = a;
    w->t = w->next[a];
    return pass(w, a);
}

// over the plane that comes first; written out for each axis, as this is where the time goes
static inline bool step(walker *w)
{
    if (w->next[0] <= w->next[1])
        return w->next[0] <= w->next[2] ? cross(w, 0) : cross(w, 2);
    return w->next[1] <= w->next[2] ? cross(w, 1) : cross(w, 2);
}

// how many blocks away something is drawn; 0: in this one
static inline int emptiness(const walker *w)
{
    const pel__cubes *g = w->grid;
    return g
        ->block[((w->m[2] >> PEL__BITS) * g->blocks[1] + (w->m[1] >> PEL__BITS)) * g->blocks[0] +
                (w->m[0] >> PEL__BITS)];
}

// out of the blocks around, nearer than `reach`, where nothing is: by the same planes in the same
// order as steps would take
static bool leap(walker *w, int reach)
{
    double t = INFINITY;
    int axis = 0;
    int64_t to = 0;
    for (int a = 0; a < 3; a++) {
        if (w->direction[a] == 0)
            continue;
        const pel__planes *p = &w->grid->axis[a];
        int64_t block = w->m[a] >> PEL__BITS;
        int64_t up = (block + reach) * PEL__BLOCK, down = (block - reach + 1) * PEL__BLOCK;
        int64_t plane =
            w->ahead[a] ? (up < p->end ? up : p->end) : (down > p->first ? down : p->first);
        double at = plane_at(w, a, plane);
        if (at < t) {
            t = at;
            axis = a;
            to = w->ahead[a] ? plane : plane - 1;
        }
    }
    const pel__planes *along = &w->grid->axis[axis];
    if (t > w->far || to < along->first || to >= along->end || !catch_up_others(w, t, axis))
        return false;
    w->axis = axis;
    w->t = t;
    arrive(w, axis, to);
    return true;
}

static inline pel__cell cell_at(const walker *w)
{
    const pel__cell *cell = w->grid->cell;
    int64_t at = w->offset[0] + w->offset[1] + w->offset[2];
    return at >= 0 ? cell[at] : (pel__cell){ 0, 0 };
}

static inline void gather_cell(pel__gathered *out, pel__cell cell, float alpha)
{
    pel__gather(out, (float)(cell.rgb & 1023), (float)(cell.rgb >> 10 & 1023),
                (float)(cell.rgb >> 20 & 1023), alpha);
}

// every cell shows its entry and its exit face: both at once, as nothing is between them
static pel__gathered walk_cells(walker *w)
{
    pel__gathered out = { 0, 0, 0, 1 };
    for (bool there = true; there && out.through >= opaque;) {
        pel__cell cell = cell_at(w);
        if (cell.rgb) {
            gather_cell(&out, cell, 2 * cell.alpha - cell.alpha * cell.alpha);
            there = step(w);
        } else {
            int reach = emptiness(w);
            there = reach ? leap(w, reach) : step(w);
        }
    }
    return out;
}

/* ---- faces one by one, with edges ---- */

/* lines on paper at the distance of a ray */
typedef struct pencil {
    const pel__style *style;
    double base, slope; // box units of a point of paper
    double blur_pt;
} pencil;

static bool filled_at(const pel__cubes *g, const int64_t m[3])
{
    for (int a = 0; a < 3; a++)
        if (m[a] < 0 || m[a] >= g->axis[a].count)
            return false;
    int64_t at = g->axis[0].at[m[0]] + g->axis[1].at[m[1]] + g->axis[2].at[m[2]];
    return at >= 0 && g->cell[at].rgb != 0;
}

// an edge is drawn where a face beside it is: of four cells around it some are filled
static bool edge_there(const walker *w, const pel__style *style, int a, int64_t plane_a, int b,
                       int64_t plane_b)
{
    int64_t m[3] = { w->m[0], w->m[1], w->m[2] };
    int filled = 0;
    for (int i = 0; i < 4; i++) {
        m[a] = plane_a - (i & 1);
        m[b] = plane_b - (i >> 1);
        filled += filled_at(w->grid, m);
    }
    return style->hide ? filled > 0 && filled < 4 : filled > 0;
}

// the same edge is also met where its other plane is crossed beside it: the first of both draws it
static bool met_before(const walker *w, int a, int64_t plane_a, int b, int64_t plane_b)
{
    const pel__planes *p = &w->grid->axis[a];
    if (w->direction[b] == 0)
        return false;
    double other = plane_at(w, b, plane_b);
    if (other > w->t || (other == w->t && b > a))
        return false;
    double x = w->origin[a] + other * w->direction[a];
    return p->edge[plane_a > 0 ? plane_a - 1 : 0] <= x &&
           x <= p->edge[plane_a < p->count ? plane_a + 1 : p->count];
}

// edges of the face just crossed, on axis a at plane `plane`, that pass by within a line's width
static void gather_edges(pel__gathered *out, const walker *w, const pencil *pen, int64_t plane)
{
    int a = w->axis;
    double unit = pen->base + pen->slope * w->t, half = pen->style->edge_pt / 2 * unit;
    double blur = pen->blur_pt * unit;
    for (int n = 1; n < 3; n++) {
        int b = (a + n) % 3;
        double da = fabs(w->direction[a]), db = fabs(w->direction[b]);
        double x = w->origin[b] + w->t * w->direction[b], slant = da / sqrt(da * da + db * db);
        for (int64_t j = w->m[b]; j <= w->m[b] + 1; j++) {
            double aside = fabs(x - w->grid->axis[b].edge[j]) * slant;
            double cover = (half + blur - aside) / (2 * blur);
            if (!(cover > 0) || met_before(w, a, plane, b, j) ||
                !edge_there(w, pen->style, a, plane, b, j))
                continue;
            // a line thinner than its soft end is fainter
            double most = fmin(1, half / blur);
            pel_colour c = pen->style->edge;
            pel__gather(out, 1023 * c.r, 1023 * c.g, 1023 * c.b,
                        c.a * (float)(fmin(cover, 1) * most));
        }
    }
}

static void gather_face(pel__gathered *out, pel__cell cell, float shade)
{
    pel__gather(out, shade * (float)(cell.rgb & 1023), shade * (float)(cell.rgb >> 10 & 1023),
                shade * (float)(cell.rgb >> 20 & 1023), cell.alpha);
}

static void walk_faces(pel__gathered *out, walker *w, const pencil *pen)
{
    const pel__style *style = pen->style;
    pel__cell before = { 0, 0 };
    // where the ray begins is no plane, and nothing is near
    bool crossed = false;
    for (bool there = true; there || before.rgb;) {
        pel__cell cell = there ? cell_at(w) : (pel__cell){ 0, 0 };
        bool up = w->direction[w->axis] > 0, between = before.rgb && cell.rgb;
        if (style->edges && there && crossed)
            gather_edges(out, w, pen, up ? w->m[w->axis] : w->m[w->axis] + 1);
        // a face looks to where its cell is not
        if (before.rgb && !(style->hide && between))
            gather_face(out, before, style->shade[w->axis][up]);
        if (cell.rgb && !(style->hide && between))
            gather_face(out, cell, style->shade[w->axis][!up]);
        if (!there || out->through < opaque)
            return;
        before = cell;
        crossed = true;
        int reach = cell.rgb ? 0 : emptiness(w);
        there = reach ? leap(w, reach) : step(w);
    }
}

void pel__walk(pel__gathered *out, const pel__cubes *grid, const pel__style *style,
               const pel__view *view, const pel__sight *ray, double blur_pt)
{
    walker w;
    *out = (pel__gathered){ 0, 0, 0, 1 };
    if (!enter(&w, grid, ray))
        return;
    bool shaded = style->shade[0][0] != 1 || style->shade[0][1] != 1 || style->shade[2][0] != 1;
    if (!style->hide && !style->edges && !shaded) {
        *out = walk_cells(&w);
        return;
    }
    pencil pen = { .style = style, .blur_pt = blur_pt };
    pel__view_unit(view, &pen.base, &pen.slope);
    walk_faces(out, &w, &pen);
}
