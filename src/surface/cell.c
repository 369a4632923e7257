/* SPDX-License-Identifier: Apache-2.0 */
/* cell.c: all ways of a trilinear surface through a cell, found from its rules when asked for. */
#include "surface/cell.h"

#include <math.h>
#include <string.h>

#include "base/memory.h"
#include "base/status.h"

enum { EDGES = 12, MOST_LOOPS = 4 };

// corners of the faces, counter-clockwise as seen from outside the cell
static const uint8_t face_corner[6][4] = { { 0, 4, 6, 2 }, { 1, 3, 7, 5 }, { 0, 1, 5, 4 },
                                           { 2, 6, 7, 3 }, { 0, 2, 3, 1 }, { 4, 5, 7, 6 } };

/* the closed lines in which the surface meets the cell's boundary */
typedef struct lines {
    int count;
    int length[MOST_LOOPS];
    uint8_t edge[MOST_LOOPS][EDGES];
    uint8_t above[MOST_LOOPS], below[MOST_LOOPS]; // regions on either side
} lines;

static int edge_between(int a, int b)
{
    int axis = (a ^ b) >> 1, low = a & b; // 1, 2, 4 becomes 0, 1, 2
    int rest = axis == 0 ? low >> 1 : axis == 1 ? (low & 1) | (low >> 1 & 2) : low & 3;
    return 4 * axis + rest;
}

static bool is_unsure(int signs, int face)
{
    int s[4];
    for (int n = 0; n < 4; n++)
        s[n] = signs >> face_corner[face][n] & 1;
    return s[0] == s[2] && s[1] == s[3] && s[0] != s[1];
}

// each piece of line on a face runs with what is above on its right, seen from outside
static void lines_on_face(uint8_t next[EDGES], int signs, int face, bool joined)
{
    int enters[2], leaves[2], n_in = 0, n_out = 0;
    bool leaves_first = false;
    for (int n = 0; n < 4; n++) {
        int a = face_corner[face][n], b = face_corner[face][(n + 1) % 4];
        if ((signs >> a & 1) == (signs >> b & 1))
            continue;
        if (signs >> b & 1) {
            enters[n_in++] = edge_between(a, b);
        } else {
            leaves_first |= n_in == 0;
            leaves[n_out++] = edge_between(a, b);
        }
    }
    // the way out that follows each way in belongs to the same corner above
    for (int n = 0; n < n_in; n++) {
        int same = leaves_first ? (n + 1) % n_out : n;
        next[enters[n]] = (uint8_t)leaves[joined ? (same + 1) % n_out : same];
    }
}

static void join(uint8_t region[8], int a, int b)
{
    int lo = region[a] < region[b] ? region[a] : region[b],
        hi = region[a] < region[b] ? region[b] : region[a];
    for (int c = 0; c < 8; c++)
        if (region[c] == hi)
            region[c] = (uint8_t)lo;
}

static void find_regions(uint8_t region[8], int signs, int joined)
{
    for (int c = 0; c < 8; c++)
        region[c] = (uint8_t)c;
    for (int e = 0; e < EDGES; e++) {
        int a = pel__cell_low(e), b = pel__cell_high(e);
        if ((signs >> a & 1) == (signs >> b & 1))
            join(region, a, b);
    }
    for (int f = 0; f < 6; f++) {
        const uint8_t *c = face_corner[f];
        if (!is_unsure(signs, f))
            continue;
        // of both diagonals that one is joined whose sign wins
        bool first_above = signs >> c[0] & 1, wins = joined >> f & 1;
        join(region, c[first_above == wins ? 0 : 1], c[first_above == wins ? 2 : 3]);
    }
}

static void find_lines(lines *out, int signs, int joined, const uint8_t region[8])
{
    uint8_t next[EDGES];
    bool seen[EDGES] = { false };
    *out = (lines){ 0 };
    memset(next, 255, sizeof next);
    for (int f = 0; f < 6; f++)
        lines_on_face(next, signs, f, joined >> f & 1);
    for (int e = 0; e < EDGES; e++) {
        if (next[e] == 255 || seen[e])
            continue;
        int n = out->count++, low = pel__cell_low(e), high = pel__cell_high(e);
        bool low_above = signs >> low & 1;
        out->above[n] = region[low_above ? low : high];
        out->below[n] = region[low_above ? high : low];
        for (int at = e; !seen[at]; at = next[at]) {
            seen[at] = true;
            out->edge[n][out->length[n]++] = (uint8_t)at;
        }
    }
}

/* ---- triangles ---- */

static bool on_face(int e, int face)
{
    int axis = face / 2, side = face & 1, low = pel__cell_low(e);
    return axis != e / 4 && (low >> axis & 1) == side;
}

// squared distance of the middles of two edges
static double apart(int a, int b)
{
    double sum = 0;
    for (int axis = 0; axis < 3; axis++) {
        double p = a / 4 == axis ? 0.5 : pel__cell_low(a) >> axis & 1,
               q = b / 4 == axis ? 0.5 : pel__cell_low(b) >> axis & 1;
        sum += (p - q) * (p - q);
    }
    return sum;
}

// the cost of a chord; none may lie in a face, where the neighbour might draw it too
static double chord(int a, int b)
{
    for (int f = 0; f < 6; f++)
        if (on_face(a, f) && on_face(b, f))
            return INFINITY;
    return apart(a, b);
}

static void add_triangle(pel__cells *c, int p, int q, int r)
{
    uint8_t *to = c->triangle[c->triangle_count++];
    to[0] = (uint8_t)p;
    to[1] = (uint8_t)q;
    to[2] = (uint8_t)r;
    c->ways[c->way_count].triangles++;
}

static int add_inner(pel__cells *c, const uint8_t *edge, int count)
{
    pel__cell_way *way = &c->ways[c->way_count];
    for (int n = 0; n < count; n++)
        way->rim[way->inner] |= (uint16_t)(1 << edge[n]);
    return PEL__CELL_INNER + way->inner++;
}

static void split(pel__cells *c, const uint8_t *edge, int8_t middle[EDGES][EDGES], int i, int j)
{
    if (j - i < 2)
        return;
    int m = middle[i][j];
    add_triangle(c, edge[i], edge[m], edge[j]);
    split(c, edge, middle, i, m);
    split(c, edge, middle, m, j);
}

// a disk: the triangulation with the shortest chords (dynamic programming), or a fan of a point
static void fill_disk(pel__cells *c, const uint8_t *edge, int n)
{
    double cost[EDGES][EDGES] = { { 0 } };
    int8_t middle[EDGES][EDGES];
    for (int gap = 2; gap < n; gap++)
        for (int i = 0; i + gap < n; i++) {
            int j = i + gap;
            double own = gap == n - 1 ? 0 : chord(edge[i], edge[j]);
            cost[i][j] = INFINITY;
            middle[i][j] = (int8_t)(i + 1);
            for (int m = i + 1; m < j; m++)
                if (own + cost[i][m] + cost[m][j] < cost[i][j]) {
                    cost[i][j] = own + cost[i][m] + cost[m][j];
                    middle[i][j] = (int8_t)m;
                }
        }
    if (cost[0][n - 1] < INFINITY) {
        split(c, edge, middle, 0, n - 1);
        return;
    }
    int point = add_inner(c, edge, n);
    for (int i = 0; i < n; i++)
        add_triangle(c, edge[i], edge[(i + 1) % n], point);
}

/* the cheapest band of triangles between two lines, from edge 0 of the first */
typedef struct band {
    double cost;
    int start;
    bool step[2 * EDGES]; // along the first line, or back along the second
} band;

// it begins along the first line. `run`: steps just made along the second, fewer than all of them,
// or a chord would be drawn twice
static void find_band(band *best, const uint8_t *a, int m, const uint8_t *b, int n, int start)
{
    double cost[EDGES + 1][EDGES + 1][EDGES] = { { { 0 } } };
    uint8_t before[EDGES + 1][EDGES + 1] = {
        { 0 }
    }; // the run of the cheapest way to a step along a
    for (int i = 1; i <= m; i++)
        for (int j = 0; j <= n; j++) {
            double own = chord(a[i % m], b[(start + 2 * n - j) % n]), least = INFINITY;
            for (int run = 0; run < n && i > 1; run++)
                if (cost[i - 1][j][run] < least) {
                    least = cost[i - 1][j][run];
                    before[i][j] = (uint8_t)run;
                }
            cost[i][j][0] = own + (i > 1 ? least : j == 0 ? 0 : INFINITY);
            for (int run = 1; run < n; run++)
                cost[i][j][run] = own + (j > 0 ? cost[i][j - 1][run - 1] : INFINITY);
        }
    int last = 0;
    for (int run = 1; run < n; run++)
        if (cost[m][n][run] < cost[m][n][last])
            last = run;
    if (!(cost[m][n][last] < best->cost))
        return;
    best->cost = cost[m][n][last];
    best->start = start;
    for (int i = m, j = n, run = last; i > 0; i--) {
        for (; run > 0; run--)
            best->step[i + j-- - 1] = false;
        best->step[i + j - 1] = true;
        run = before[i][j];
    }
}

static void draw_band(pel__cells *c, const band *best, const uint8_t *a, int m, const uint8_t *b,
                      int n)
{
    for (int s = 0, i = 0, j = 0; s < m + n; s++) {
        int p = a[i % m], q = b[(best->start + 2 * n - j) % n];
        if (best->step[s])
            add_triangle(c, p, a[++i % m], q);
        else
            add_triangle(c, p, b[(best->start + 2 * n - ++j) % n], q);
    }
}

// where edge s/3 of the way along the second line is nearest to that of the first
static int nearest_start(const uint8_t *a, int m, const uint8_t *b, int n)
{
    double least = INFINITY;
    int start = 0;
    for (int k = 0; k < n; k++) {
        double sum = 0;
        for (int s = 0; s < 3; s++)
            sum += apart(a[s * m / 3], b[(k + n - s * n / 3) % n]);
        if (sum < least) {
            least = sum;
            start = k;
        }
    }
    return start;
}

// a tunnel with a waist of three points, each the mean of a third of both lines
static void draw_waist(pel__cells *c, const uint8_t *a, int m, const uint8_t *b, int n)
{
    int waist[3], start = nearest_start(a, m, b, n);
    for (int s = 0; s < 3; s++) {
        uint8_t rim[2 * EDGES];
        int count = 0;
        for (int i = s * m / 3; i < (s + 1) * m / 3; i++)
            rim[count++] = a[i];
        for (int j = s * n / 3; j < (s + 1) * n / 3; j++)
            rim[count++] = b[(start + n - j) % n];
        waist[s] = add_inner(c, rim, count);
    }
    for (int s = 0; s < 3; s++) {
        int here = waist[s], next = waist[(s + 1) % 3], last_a = (s + 1) * m / 3,
            last_b = (s + 1) * n / 3;
        for (int i = s * m / 3; i < last_a; i++)
            add_triangle(c, a[i], a[(i + 1) % m], here);
        for (int j = s * n / 3; j < last_b; j++)
            add_triangle(c, here, b[(start + 2 * n - j - 1) % n], b[(start + 2 * n - j) % n]);
        add_triangle(c, a[last_a % m], next, here);
        add_triangle(c, here, next, b[(start + 2 * n - last_b) % n]);
    }
}

// a tunnel: the second line runs the other way round it
static void fill_tunnel(pel__cells *c, const uint8_t *a, int m, const uint8_t *b, int n)
{
    band best = { .cost = INFINITY };
    for (int start = 0; start < n; start++)
        find_band(&best, a, m, b, n, start);
    if (best.cost < INFINITY)
        draw_band(c, &best, a, m, b, n);
    else
        draw_waist(c, a, m, b, n);
}

/* ---- ways and states ---- */

static void begin_way(pel__cells *c)
{
    c->ways[c->way_count] = (pel__cell_way){ .first = (uint16_t)c->triangle_count };
}

static void add_plain_way(pel__cells *c, const lines *l)
{
    begin_way(c);
    for (int n = 0; n < l->count; n++)
        fill_disk(c, l->edge[n], l->length[n]);
    c->way_count++;
}

static void add_tunnel_way(pel__cells *c, pel__cell_state *state, const lines *l, int a, int b)
{
    bool above = l->below[a] == l->below[b];
    uint8_t *joins = c->joins[c->way_count];
    begin_way(c);
    fill_tunnel(c, l->edge[a], l->length[a], l->edge[b], l->length[b]);
    for (int n = 0; n < l->count; n++)
        if (n != a && n != b)
            fill_disk(c, l->edge[n], l->length[n]);
    joins[0] = above ? l->above[a] : l->below[a];
    joins[1] = above ? l->above[b] : l->below[b];
    c->way_count++;
    state->tunnels++;
}

static void add_state(pel__cells *c, int signs, int joined)
{
    lines l;
    pel__cell_state *state = &c->states[c->state_count++];
    *state = (pel__cell_state){ .way = (uint16_t)c->way_count };
    find_regions(state->region, signs, joined);
    find_lines(&l, signs, joined, state->region);
    add_plain_way(c, &l);
    // two lines with one region between them may be the mouths of a tunnel
    for (int a = 0; a < l.count; a++)
        for (int b = a + 1; b < l.count; b++)
            if (l.above[a] == l.above[b] || l.below[a] == l.below[b])
                add_tunnel_way(c, state, &l, a, b);
}

// bits of `packed` spread over the faces that are set in `faces`
static int spread(int packed, int faces)
{
    int out = 0;
    for (int f = 0; f < 6; f++)
        if (faces >> f & 1) {
            out |= (packed & 1) << f;
            packed >>= 1;
        }
    return out;
}

pel_status pel__cells_new(pel__cells **out)
{
    pel_status s = pel__alloc_zero(out, 1, sizeof **out, "the ways through a cell");
    if (s != PEL_OK)
        return s;
    pel__cells *c = *out;
    for (int signs = 0; signs < PEL__CELL_SIGNS; signs++) {
        for (int f = 0; f < 6; f++)
            c->unsure[signs] |= (uint8_t)(is_unsure(signs, f) << f);
        c->state[signs] = (uint16_t)c->state_count;
        int faces = c->unsure[signs];
        for (int packed = 0; packed < 1 << __builtin_popcount((unsigned)faces); packed++)
            add_state(c, signs, spread(packed, faces));
        c->sure[signs] = !faces && c->states[c->state[signs]].tunnels == 0;
    }
    return PEL_OK;
}

/* ---- one cell ---- */

// whether what is above meets on the face; ties are below
static bool face_joins(const double above[8], int face)
{
    const uint8_t *c = face_corner[face];
    double first = above[c[0]] * above[c[2]], second = above[c[1]] * above[c[3]];
    return above[c[0]] > 0 ? first > second : second > first;
}

// whether corners 0 and 3 of a slice (or 1 and 2) meet at the turn of their quadratic
static bool slice_joins(const double above[8], bool of_above, int corner)
{
    int across = 3 - corner, b = corner ^ 1, d = across ^ 1;
    double a0 = above[corner], a1 = above[corner + 4] - a0;
    double c0 = above[across], c1 = above[across + 4] - c0;
    double b0 = above[b], b1 = above[b + 4] - b0, d0 = above[d], d1 = above[d + 4] - d0;
    double k2 = a1 * c1 - b1 * d1, k1 = a0 * c1 + c0 * a1 - b0 * d1 - d0 * b1;
    double t = -k1 / (2 * k2);
    if (!(t > 0 && t < 1) || !(k2 < 0))
        return false;
    double at = a0 + t * a1, ct = c0 + t * c1, bt = b0 + t * b1, dt = d0 + t * d1;
    if (of_above)
        return at > 0 && ct > 0 && bt <= 0 && dt <= 0 && at * ct > bt * dt;
    return at <= 0 && ct <= 0 && bt > 0 && dt > 0 && at * ct >= bt * dt;
}

static const pel__cell_way *find_tunnel(const pel__cells *cells, const pel__cell_state *state,
                                        int signs, const double above[8])
{
    for (int corner = 0; corner < 2; corner++)
        for (int of_above = 0; of_above < 2; of_above++) {
            if (!slice_joins(above, of_above, corner))
                continue;
            // an edge along z that crosses the slice ends in a corner of that sign
            int c = corner, d = 3 - corner;
            int p = state->region[(signs >> c & 1) == of_above ? c : c + 4],
                q = state->region[(signs >> d & 1) == of_above ? d : d + 4];
            for (int n = 1; n <= state->tunnels; n++) {
                const uint8_t *joins = cells->joins[state->way + n];
                if ((joins[0] == p && joins[1] == q) || (joins[0] == q && joins[1] == p))
                    return &cells->ways[state->way + n];
            }
        }
    return &cells->ways[state->way];
}

const pel__cell_way *pel__cell_find(const pel__cells *cells, int signs, const double above[8])
{
    int at = cells->state[signs], bit = 0;
    for (int f = 0; f < 6; f++)
        if (cells->unsure[signs] >> f & 1)
            at += face_joins(above, f) << bit++;
    const pel__cell_state *state = &cells->states[at];
    if (state->tunnels == 0)
        return &cells->ways[state->way];
    return find_tunnel(cells, state, signs, above);
}
