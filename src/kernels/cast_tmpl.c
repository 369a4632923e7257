/* SPDX-License-Identifier: Apache-2.0 */
/* cast_tmpl.c: a packet of rays through bricks of one kind; the build compiles it once per kind
 * (KIND 0 uint8, 1 int16, 2 float32) and level of CPU (PEL__LANES lanes), with SUFFIX. */
#include "kernels/cast.h"
#include "kernels/lanes.h"

#define JOIN_(a, b) a##b
#define JOIN(a, b)  JOIN_(a, b)

enum {
    ONE = 1 << PEL__CAST_WEIGHT_BITS,
    CELL_BITS = 3,
    STRETCH = 8,
    BATCH = 4,
    BYTES = KIND == 0 ? 1 : 2 * KIND
};

/* ---- between two voxels along x ---- */

#if KIND == 2
typedef lane_f weight_x;

LANES_INLINE weight_x weigh(lane_i p, int fraction)
{
    lane_i part = p & lanes_int((1 << fraction) - 1);
    return lanes_to_float(part) * (1 / (float)(1 << fraction));
}

#else
typedef lane_i weight_x;

// both weights as 16-bit halves
LANES_INLINE weight_x weigh(lane_i p, int fraction)
{
    lane_i w = (p >> (fraction - PEL__CAST_WEIGHT_BITS)) & (ONE - 1);
    return (w << 16) - w + ONE;
}

#endif

/* ---- samples ---- */

/* where a packet is among the voxels */
typedef struct spot {
    lane_places at;     // the lower corners
    lane_window window; // if they are near: close together in one brick
    weight_x x;
    lane_f y, z;   // way to the upper ones
    lane_f row[4]; // values along x at y, z: 00 10 01 11
} spot;

LANES_INLINE void find_weights(spot *out, const pel__caster *c, const lane_i p[3])
{
    float unit = 1 / (float)(1 << c->fraction);
    lane_i part = lanes_int((1 << c->fraction) - 1);
    out->x = weigh(p[0], c->fraction);
    out->y = lanes_to_float(p[1] & part) * unit;
    out->z = lanes_to_float(p[2] & part) * unit;
}

LANES_INLINE void find(spot *out, const pel__caster *c, const lane_i p[3])
{
    lane_i number = lanes_int(0), inner[3];
    for (int a = 2; a >= 0; a--) {
        lane_i i = p[a] >> c->fraction, b = lanes_max_int(i, lanes_int(0)) >> c->bits;
        inner[a] = i - (b << c->bits);
        number = a == 2 ? b : number * c->bricks[a] + b;
    }
    out->at =
        lanes_places(c->brick, number, inner[0] * BYTES + inner[1] * c->row + inner[2] * c->plane);
    find_weights(out, c, p);
}

/* the brick that samples close together were last found in */
typedef struct nearby {
    lane_lowest lowest[3]; // lane along each axis
    const char *at;        // voxel (0,0,0) of the brick
    int32_t first[3];      // of its voxels
    uint32_t most[3];      // of lower corners, counted from one before the first
} nearby;

LANES_INLINE void aim(nearby *out, const lane_i p[3])
{
    for (int a = 0; LANES_WINDOW && a < 3; a++) {
        out->lowest[a] = lanes_lowest(p[a]);
        out->most[a] = 0;
    }
}

LANES_INLINE bool reaches(const nearby *n, const int32_t low[3])
{
    bool fits = true;
    for (int a = 0; a < 3; a++)
        fits &= (uint32_t)(low[a] - n->first[a] + 1) < n->most[a];
    return fits;
}

// samples may need voxels up to `reach` beyond their lower corner
static __attribute__((noinline)) void find_brick(nearby *out, const pel__caster *c,
                                                 const int32_t low[3], int reach)
{
    int32_t number = 0;
    for (int a = 2; a >= 0; a--) {
        int32_t b = (low[a] > 0 ? low[a] : 0) >> c->bits;
        number = number * c->bricks[a] + b;
        out->first[a] = b << c->bits;
        out->most[a] = (uint32_t)((1 << c->bits) - reach + 2);
    }
    out->at = c->brick[number];
    // the last bricks end two voxels behind the volume
    int32_t left = c->depth - reach - out->first[2] + 2;
    if (left < (int32_t)out->most[2])
        out->most[2] = left > 0 ? (uint32_t)left : 0;
}

// false where lanes lie apart, or need more voxels than a brick has
LANES_INLINE bool find_near(spot *out, const pel__caster *c, nearby *n, const lane_i p[3],
                            int reach)
{
    int32_t low[3];
    lane_i way[3], i[3];
    for (int a = 0; a < 3; a++)
        i[a] = p[a] >> c->fraction;
    if (!LANES_WINDOW || !lanes_near(low, way, i, n->lowest))
        return false;
    if (!reaches(n, low)) {
        find_brick(n, c, low, reach);
        if (!reaches(n, low))
            return false;
    }
    int64_t at = (int64_t)(low[0] - n->first[0]) * BYTES;
    at += (low[1] - n->first[1]) * c->row + (int64_t)(low[2] - n->first[2]) * c->plane;
    lanes_window_set(&out->window, n->at + at, way);
    find_weights(out, c, p);
    return true;
}

#if KIND == 2

// between voxels x and x+1 (x -1, 0 or 1) of the row at y, z (-1 to 2) from the lower corner
LANES_INLINE lane_f along(const spot *s, const pel__caster *c, int x, int y, int z)
{
    lane_f v[2];
    lanes_pairs_f32(v, &s->at, y * c->row + z * c->plane + x * BYTES);
    return lanes_mix(v[0], v[1], s->x);
}

// from one voxel before to one after
LANES_INLINE lane_f slope_along(const spot *s, const pel__caster *c, int y, int z)
{
    return along(s, c, 1, y, z) - along(s, c, -1, y, z);
}

#else

LANES_INLINE lane_i dot_along(const spot *s, const pel__caster *c, int x, int y, int z)
{
    int32_t offset = y * c->row + z * c->plane + x * BYTES;
    return lanes_dot16(KIND == 0 ? lanes_pairs_u8(&s->at, offset) : lanes_pairs_i16(&s->at, offset),
                       s->x);
}

LANES_INLINE lane_f along(const spot *s, const pel__caster *c, int x, int y, int z)
{
    return lanes_to_float(dot_along(s, c, x, y, z));
}

LANES_INLINE lane_f slope_along(const spot *s, const pel__caster *c, int y, int z)
{
    return lanes_to_float(dot_along(s, c, 1, y, z) - dot_along(s, c, -1, y, z));
}

#endif

/* rows of the planes -1 to 3 around a window, from -1 to 3 in twos */
typedef struct around {
    lane_i rows[5][4];
} around;

LANES_INLINE lane_i near_dot(const spot *s, const around *v, int x, int y, int z)
{
#if KIND == 2
    (void)s, (void)v, (void)x, (void)y, (void)z;
    return lanes_int(0);
#else
    lane_i low = v->rows[z + 1][y + 1], high = v->rows[z + 2][y + 1];
    return lanes_dot16(lanes_window_pairs(&s->window, x, low, high), s->x);
#endif
}

LANES_INLINE lane_f near_along(const spot *s, const around *v, int y, int z)
{
    return lanes_to_float(near_dot(s, v, 0, y, z));
}

LANES_INLINE void load_planes(around *v, const char *at, const pel__caster *c)
{
    for (int z = 0; z < 3; z++)
        lanes_window_rows(&v->rows[z + 1][1], at + (int64_t)z * c->plane, c->row, 2);
}

LANES_INLINE void load_around(around *v, const char *at, const pel__caster *c)
{
    for (int z = -1; z < 4; z++) {
        bool outer = z < 0 || z > 2;
        const char *from = at + (int64_t)z * c->plane - (outer ? 0 : c->row);
        lanes_window_rows(&v->rows[z + 1][outer], from, c->row, outer ? 2 : 4);
    }
}

LANES_INLINE lane_f sample(spot *s, const pel__caster *c, bool near)
{
    around v;
    if (near)
        load_planes(&v, s->window.at, c);
    for (int r = 0; r < 4; r++)
        s->row[r] = near ? near_along(s, &v, r & 1, r >> 1) : along(s, c, 0, r & 1, r >> 1);
    return lanes_mix(lanes_mix(s->row[0], s->row[1], s->y), lanes_mix(s->row[2], s->row[3], s->y),
                     s->z);
}

/* differences over two voxels: along x of the sample's four rows; and along them, of the rows
 * beyond: y -1 and 2 at z 0 and 1, z -1 and 2 at y 0 and 1 */
typedef struct slopes {
    lane_f x[4], y[2][2], z[2][2];
} slopes;

LANES_INLINE void find_slopes(slopes *out, const spot *s, const pel__caster *c)
{
    for (int r = 0; r < 4; r++)
        out->x[r] = slope_along(s, c, r & 1, r >> 1);
    for (int k = 0; k < 2; k++)
        for (int e = 0; e < 2; e++) {
            out->y[k][e] = along(s, c, 0, 3 * e - 1, k);
            out->z[k][e] = along(s, c, 0, k, 3 * e - 1);
        }
}

LANES_INLINE void find_slopes_near(slopes *out, const spot *s, const pel__caster *c)
{
    around v, further;
    load_around(&v, s->window.at, c);
    // eight bytes of 16 bits end before the last voxel
    if (KIND == 1)
        load_planes(&further, s->window.at + 2 * BYTES, c);
    for (int r = 0; r < 4; r++) {
        int y = r & 1, z = r >> 1;
        lane_i after = KIND == 1 ? near_dot(s, &further, -1, y, z) : near_dot(s, &v, 1, y, z);
        out->x[r] = lanes_to_float(after - near_dot(s, &v, -1, y, z));
    }
    for (int k = 0; k < 2; k++)
        for (int e = 0; e < 2; e++) {
            out->y[k][e] = near_along(s, &v, 3 * e - 1, k);
            out->z[k][e] = near_along(s, &v, k, 3 * e - 1);
        }
}

// twice the central differences of the interpolated field
LANES_INLINE void gradient(lane_f g[3], const spot *s, const pel__caster *c, bool near)
{
    slopes d;
    lane_f y[2], z[2];
    if (near)
        find_slopes_near(&d, s, c);
    else
        find_slopes(&d, s, c);
    for (int k = 0; k < 2; k++) {
        y[k] = lanes_mix(s->row[2 * k + 1] - d.y[k][0], d.y[k][1] - s->row[2 * k], s->y);
        z[k] = lanes_mix(s->row[2 + k] - d.z[k][0], d.z[k][1] - s->row[k], s->z);
    }
    g[0] = lanes_mix(lanes_mix(d.x[0], d.x[1], s->y), lanes_mix(d.x[2], d.x[3], s->y), s->z);
    g[1] = lanes_mix(y[0], y[1], s->z);
    g[2] = lanes_mix(z[0], z[1], s->y);
}

LANES_INLINE lane_i entry(lane_f x, float top)
{
    return lanes_to_int(lanes_min(lanes_max(x, lanes_float(0)), lanes_float(top)));
}

// 1 - e^-x for x >= 0, 0 at 0: 2^-y by a polynomial within 2e-7
LANES_INLINE lane_f absorbed(lane_f x)
{
    lane_f y = lanes_min(x * 1.44269504f, lanes_float(120));
    lane_i whole = lanes_to_int(y);
    lane_f f = lanes_to_float(whole) - y;
    lane_f e = lanes_float(1.3333558e-3f);
    e = e * f + 9.6181291e-3f;
    e = e * f + 5.5504109e-2f;
    e = e * f + 2.4022651e-1f;
    e = e * f + 6.9314718e-1f;
    e = e * f + 1;
    return 1 - (lane_f)((lane_i)e - (whole << 23));
}

/* ---- the way through the volume ---- */

/* all lanes are at sample k, side by side, at an even one whenever they go on; a lane has samples
 * from..end-1, and waits at its first and its last */
typedef struct walk {
    lane_i p[3], dp[3], from, end;
    int32_t k;
    lane_i taken;
    nearby near;
} walk;

LANES_INLINE void start(walk *w, const pel__packet *packet)
{
    for (int a = 0; a < 3; a++) {
        w->p[a] = lanes_load_int(packet->p[a]);
        w->dp[a] = lanes_load_int(packet->dp[a]);
    }
    w->k = 0;
    w->from = lanes_load_int(packet->from);
    w->end = w->from + lanes_load_int(packet->count);
    w->taken = lanes_load_int(packet->samples);
    aim(&w->near, w->p);
}

// those that have a sample number k
LANES_INLINE lane_i at_sample(const walk *w, int32_t k)
{
    return (w->from <= k) & (k < w->end);
}

LANES_INLINE void find_cell(lane_i cell[3], const pel__caster *c, const walk *w)
{
    for (int a = 0; a < 3; a++)
        cell[a] = lanes_max_int(w->p[a] >> c->fraction, lanes_int(0)) >> CELL_BITS;
}

LANES_INLINE lane_i cell_number(const pel__caster *c, const lane_i cell[3])
{
    return (cell[2] * c->cells[1] + cell[1]) * c->cells[0] + cell[0];
}

// samples to the first that may be beyond the cells nearer than `distance`; a little less for
// rounding
LANES_INLINE lane_i clear_way(const walk *w, const pel__caster *c, const lane_i cell[3],
                              lane_i distance)
{
    int shift = c->fraction + CELL_BITS;
    lane_f least = lanes_float(1e9f);
    for (int a = 0; a < 3; a++) {
        lane_i up = lanes_min_int(cell[a] + distance, lanes_int(c->cells[a])) << shift;
        lane_i low = cell[a] - distance + 1, there = w->dp[a] >= 0;
        // the first cells reach out to the volume's face
        low = lanes_max_int(low << shift, lanes_int(0)) - ((low <= 0) & lanes_int(1 << shift));
        lane_f way = lanes_to_float((there & (up - w->p[a])) | (~there & (w->p[a] - low)));
        lane_f speed = lanes_abs(lanes_to_float(w->dp[a]));
        least = lanes_min(way / lanes_max(speed, lanes_float(1e-3f)), least);
    }
    return lanes_to_int(lanes_max(least * (1 - 0x1p-20f), lanes_float(0))) + 1;
}

// all go on by what the least of the `active` may, and of those of `alive` that wait for theirs, to
// a sample of even number; false where that is none
LANES_INLINE bool leap(walk *w, const pel__caster *c, const lane_i cell[3], lane_i distance,
                       lane_i active, lane_i alive)
{
    lane_i n = lanes_min_int(clear_way(w, c, cell, distance), w->end - w->k);
    lane_i waits = alive & ~active;
    n = (active & n) | (waits & (w->from - w->k)) | (~alive & INT32_MAX);
    int32_t all = (w->k + lanes_least_int(n)) & ~1;
    lane_i on = lanes_min_int(w->end, lanes_int(all)) - lanes_max_int(w->from, lanes_int(w->k));
    on = lanes_max_int(on, lanes_int(0));
    for (int a = 0; a < 3; a++)
        w->p[a] += on * w->dp[a];
    bool goes = all > w->k;
    w->k = all;
    return goes;
}

/* ---- composite ---- */

/* the light on a sample: how it faces it, and how it shines, 0 to 1 each */
typedef struct lighting {
    lane_f facing, shine;
} lighting;

typedef struct gathered {
    lane_f rgb[3], left;
    lane_i face;     // all samples since the run's face were something
    lighting before; // of the sample before
    lane_i known;    // where there was one
} gathered;

// by the gradient and its square
LANES_INLINE lighting light_of(const lane_f g[3], lane_f square, const pel__caster *c,
                               const pel__packet *packet)
{
    lane_f l = lanes_float(0), h = lanes_float(0);
    for (int a = 0; a < 3; a++) {
        l += g[a] * lanes_load(packet->light[a]);
        h += g[a] * lanes_load(packet->half[a]);
    }
    // where the field is flat no surface turns away from the light
    lane_i flat = ~(square > 0);
    lane_f inverse = 1 / lanes_sqrt(lanes_pick(flat, lanes_float(1), square));
    lighting out = { .facing = lanes_pick(flat, lanes_float(1), lanes_abs(l) * inverse) };
    if (c->specular > 0) {
        lane_i i = entry(lanes_abs(h) * inverse * c->power_top + 0.5f, c->power_top);
        out.shine = lanes_keep(~flat, lanes_floats(c->power, i));
    }
    return out;
}

// `cut` is the share of a cut's face, which is matt
LANES_INLINE void light_up(lane_f rgba[4], lighting by, lane_f cut, const pel__caster *c,
                           const pel__packet *packet)
{
    lane_f facing = lanes_mix(by.facing, lanes_load(packet->face_light), cut);
    lane_f body = facing * c->diffuse + c->ambient, shine = by.shine * c->specular * (1 - cut);
    for (int a = 0; a < 3; a++)
        rgba[a] = lanes_min(rgba[a] * body + shine, lanes_float(1));
}

/* a sample on its way into what is gathered */
typedef struct taken {
    spot s;
    lane_f value, rgba[4];
    lane_i at; // entry of the look
} taken;

/* how it is taken: of a whole step (weight NULL) or a part */
typedef struct manner {
    bool lit, near;
    const lane_f *weight;
} manner;

LANES_INLINE void look_up(taken *t, const pel__caster *c, bool near)
{
    t->value = sample(&t->s, c, near);
    t->at = entry(t->value * c->scale + c->shift, c->top);
}

LANES_INLINE void colour(taken *t, const pel__caster *c, manner how)
{
    lanes_rows(t->rgba, c->rgba, t->at);
    if (how.weight)
        t->rgba[3] = absorbed(lanes_floats(c->thickness, t->at) * *how.weight);
}

// the gradient; returns its square
LANES_INLINE lane_f steepness(lane_f g[3], const taken *t, const pel__caster *c, bool near)
{
    const float *m = c->metric;
    gradient(g, &t->s, c, near);
    return g[0] * (g[0] * m[0] + g[1] * m[3] + g[2] * m[4]) + g[1] * (g[1] * m[1] + g[2] * m[5]) +
           g[2] * g[2] * m[2];
}

LANES_INLINE lighting shade(taken *t, const pel__caster *c, const pel__packet *packet, manner how)
{
    lane_f g[3], square = steepness(g, t, c, how.near);
    if (c->factor) {
        lane_f length = lanes_sqrt(lanes_max(square, lanes_float(0)));
        lane_i f = entry(length * c->factor_scale + 0.5f, c->factor_top);
        lane_f weight = lanes_floats(c->factor, f);
        if (how.weight)
            weight *= *how.weight;
        t->rgba[3] = absorbed(lanes_floats(c->thickness, t->at) * weight);
    }
    return light_of(g, square, c, packet);
}

LANES_INLINE lane_i is_something(const taken *t)
{
    lane_i some = t->rgba[3] > 0;
    return KIND == 2 ? some & (t->value == t->value) : some;
}

// what of the `active` is something, lit; `k` counts from the first of the run
LANES_INLINE void light(taken *t, lighting by, const gathered *g, const pel__caster *c,
                        const pel__packet *packet, lane_i k)
{
    lane_f cut = lanes_float(0);
    if (lanes_any(g->face)) {
        lane_f way = lanes_to_float(k) + lanes_load(packet->face_from);
        cut = lanes_keep(g->face, lanes_max(1 - way * c->fading, lanes_float(0)));
    }
    light_up(t->rgba, by, cut, c, packet);
}

LANES_INLINE void put(gathered *g, const taken *t, lane_i some)
{
    lane_f share = g->left * lanes_keep(some, t->rgba[3]);
    for (int a = 0; a < 3; a++)
        g->rgb[a] += share * t->rgba[a];
    g->left -= share;
}

// sample k of each ray, with the light of its own gradient
LANES_INLINE void gather(gathered *g, taken *t, const pel__caster *c, const pel__packet *packet,
                         lane_i k, lane_i active, manner how)
{
    lane_i some = active & is_something(t);
    if (how.lit && lanes_any(some)) {
        lighting by = shade(t, c, packet, how);
        if (c->lit)
            light(t, by, g, c, packet, k);
    }
    put(g, t, some);
    if (how.lit)
        g->face &= some | ~active;
}

LANES_INLINE lane_i is_active(const gathered *g, const pel__caster *c, const walk *w)
{
    return at_sample(w, w->k) & (g->left >= c->least_left);
}

LANES_INLINE void step(gathered *g, taken *t, const pel__caster *c, const pel__packet *packet,
                       walk *w, manner how)
{
    lane_i active = is_active(g, c, w);
    gather(g, t, c, packet, w->k + 1 - w->from, active, how);
    w->taken -= active;
    w->k++;
}

/* two samples, of which the second has its gradient; the first, where it is faint, has the mean
 * light of its neighbours, and elsewhere a gradient too. Which it is each lane knows by itself. */
LANES_INLINE void two_lit_steps(gathered *g, taken t[2], const pel__caster *c,
                                const pel__packet *packet, walk *w, manner how)
{
    lane_i there[2];
    for (int i = 0; i < 2; i++)
        there[i] = at_sample(w, w->k + i) & is_something(&t[i]);
    lighting by[2] = { 0 };
    if (lanes_any(there[1]))
        by[1] = shade(&t[1], c, packet, how);
    lane_i between = g->known & there[1] & (g->left * t[0].rgba[3] <= c->faint);
    by[0].facing = 0.5f * (g->before.facing + by[1].facing);
    by[0].shine = 0.5f * (g->before.shine + by[1].shine);
    if (lanes_any(there[0] & ~between)) {
        lighting own = shade(&t[0], c, packet, how);
        by[0].facing = lanes_pick(between, by[0].facing, own.facing);
        by[0].shine = lanes_pick(between, by[0].shine, own.shine);
    }
    g->before = by[1];
    g->known = there[1];
    for (int i = 0; i < 2; i++) {
        lane_i active = is_active(g, c, w);
        light(&t[i], by[i], g, c, packet, w->k + 1 - w->from);
        put(g, &t[i], active & there[i]);
        g->face &= there[i] | ~active;
        w->taken -= active;
        w->k++;
    }
}

// finds the next samples; false where some are not near
LANES_INLINE bool find_samples(taken t[BATCH], lane_i after[3], const pel__caster *c, walk *w,
                               int reach)
{
    bool near = true;
    memcpy(after, w->p, sizeof w->p);
    for (int i = 0; i < BATCH; i++) {
        near = near && find_near(&t[i].s, c, &w->near, after, reach);
        lane_i now = at_sample(w, w->k + i);
        for (int a = 0; a < 3; a++)
            after[a] += w->dp[a] & now;
    }
    return near;
}

LANES_INLINE void find_apart(taken t[BATCH], const pel__caster *c, const walk *w)
{
    lane_i p[3];
    memcpy(p, w->p, sizeof p);
    for (int i = 0; i < BATCH; i++) {
        lane_i now = at_sample(w, w->k + i);
        find(&t[i].s, c, p);
        for (int a = 0; a < 3; a++)
            p[a] += w->dp[a] & now;
    }
}

// stage by stage: none waits for what another looks up
LANES_INLINE void take(gathered *g, taken t[BATCH], const pel__caster *c, const pel__packet *packet,
                       walk *w, manner how)
{
    for (int i = 0; i < BATCH; i++)
        look_up(&t[i], c, how.near);
    for (int i = 0; i < BATCH; i += 2) {
        for (int n = i; n < i + 2; n++)
            colour(&t[n], c, how);
        if (how.lit && c->faint > 0)
            two_lit_steps(g, &t[i], c, packet, w, how);
        else
            for (int n = i; n < i + 2; n++)
                step(g, &t[n], c, packet, w, how);
    }
}

LANES_INLINE void steps(gathered *g, const pel__caster *c, const pel__packet *packet, walk *w,
                        bool lit)
{
    taken t[BATCH];
    lane_i after[3];
    if (find_samples(t, after, c, w, lit ? 2 : 1))
        take(g, t, c, packet, w, (manner){ .lit = lit, .near = true });
    else {
        find_apart(t, c, w);
        take(g, t, c, packet, w, (manner){ .lit = lit });
        aim(&w->near, after);
    }
    memcpy(w->p, after, sizeof after);
}

// the first or last sample of a run, which stands for another length than a step
LANES_INLINE void end_step(gathered *g, const pel__caster *c, const pel__packet *packet, walk *w,
                           lane_i k, lane_i active, manner how)
{
    lane_i cell[3];
    find_cell(cell, c, w);
    lane_i empty = lanes_bytes(c->distance, cell_number(c, cell)) > 0;
    g->face &= ~(active & empty);
    active &= ~empty;
    if (!lanes_any(active))
        return;
    taken t;
    find(&t.s, c, w->p);
    look_up(&t, c, false);
    colour(&t, c, how);
    gather(g, &t, c, packet, k, active, how);
    w->taken -= active;
}

LANES_INLINE void through(gathered *g, const pel__caster *c, const pel__packet *packet, walk *w,
                          bool lit)
{
    for (;;) {
        lane_i alive = (w->k < w->end) & (g->left >= c->least_left), cell[3];
        if (!lanes_any(alive))
            return;
        lane_i active = alive & (w->from <= w->k);
        find_cell(cell, c, w);
        lane_i distance = lanes_bytes(c->distance, cell_number(c, cell));
        if (!lanes_any(active & (distance == 0)) && leap(w, c, cell, distance, active, alive)) {
            g->face &= ~active;
            g->known = lanes_int(0);
            continue;
        }
        for (int i = 0; i < STRETCH; i += BATCH)
            steps(g, c, packet, w, lit);
    }
}

LANES_INLINE void composite(const pel__caster *c, pel__packet *packet, bool lit)
{
    walk w;
    gathered g = { .left = lanes_load(packet->left), .face = lanes_load(packet->face_light) > 0 };
    for (int a = 0; a < 3; a++)
        g.rgb[a] = lanes_load(packet->rgb[a]);
    start(&w, packet);
    lane_i count = lanes_load_int(packet->count);
    lane_i going = (count > 0) & (g.left >= c->least_left);
    lane_f weight = lanes_load(packet->first);
    manner how = { .lit = lit, .weight = &weight };
    end_step(&g, c, packet, &w, lanes_int(0), going, how);
    for (int a = 0; a < 3; a++)
        w.p[a] += w.dp[a] & (count > 1);
    // between the ends
    w.from += 1;
    w.end -= 1;
    through(&g, c, packet, &w, lit);
    going = (count > 1) & (g.left >= c->least_left);
    weight = lanes_load(packet->last);
    end_step(&g, c, packet, &w, count - 1, going, how);
    for (int a = 0; a < 3; a++)
        lanes_store(packet->rgb[a], g.rgb[a]);
    lanes_store(packet->left, g.left);
    lanes_store_int(packet->samples, w.taken);
}

static void composite_unlit(const pel__caster *cast, pel__packet *packet)
{
    composite(cast, packet, false);
}

static void composite_lit(const pel__caster *cast, pel__packet *packet)
{
    composite(cast, packet, true);
}

/* ---- the scalar modes ---- */

// a lane with `left` samples goes on by n, at most to its last, which lies within the volume
LANES_INLINE void hop(walk *w, lane_i *left, lane_i n)
{
    lane_i on = lanes_max_int(lanes_min_int(n, *left - 1), lanes_int(0));
    for (int a = 0; a < 3; a++)
        w->p[a] += on * w->dp[a];
    *left -= n;
}

// here each lane leaps for itself: what one has found says little about the next
static void extreme(const pel__caster *c, pel__packet *packet)
{
    walk w;
    start(&w, packet);
    lane_f best = lanes_load(packet->best);
    lane_i left = lanes_load_int(packet->count), active, cell[3];
    while (lanes_any(active = left > 0)) {
        find_cell(cell, c, &w);
        lane_i beaten = active & (lanes_floats(c->bound, cell_number(c, cell)) <= best);
        if (lanes_any(beaten)) {
            hop(&w, &left, clear_way(&w, c, cell, lanes_int(1)) & beaten);
            if (!lanes_any(active & ~beaten))
                continue;
        }
        for (int i = 0; i < STRETCH / 2; i++) {
            spot s;
            active = left > 0;
            find(&s, c, w.p);
            // NaN is never greater
            lane_f value = lanes_max(sample(&s, c, false) * c->sign, best);
            best = lanes_pick(active, value, best);
            w.taken -= active;
            hop(&w, &left, lanes_int(1));
        }
    }
    lanes_store(packet->best, best);
    lanes_store_int(packet->samples, w.taken);
}

LANES_INLINE lane_f value_at(const pel__caster *c, walk *w)
{
    spot s;
    if (find_near(&s, c, &w->near, w->p, 1))
        return sample(&s, c, true);
    find(&s, c, w->p);
    aim(&w->near, w->p);
    return sample(&s, c, false);
}

static void mean(const pel__caster *c, pel__packet *packet)
{
    walk w;
    start(&w, packet);
    lane_f sum = lanes_load(packet->sum), weight = lanes_load(packet->weight);
    lane_f first = lanes_load(packet->first), last = lanes_load(packet->last);
    while (lanes_any(w.k < w.end)) {
        lane_i active = at_sample(&w, w.k);
        lane_f value = value_at(c, &w), share = lanes_pick(w.k == w.end - 1, last, lanes_float(1));
        share = lanes_pick(w.k == w.from, first, share);
        lane_i some = active & (value == value);
        sum += lanes_keep(some, value * share);
        weight += lanes_keep(some, share);
        w.taken -= active;
        // lanes at their last sample stay there, within the volume
        for (int a = 0; a < 3; a++)
            w.p[a] += w.dp[a] & active & (w.k + 1 < w.end);
        w.k++;
    }
    lanes_store(packet->sum, sum);
    lanes_store(packet->weight, weight);
    lanes_store_int(packet->samples, w.taken);
}

void JOIN(pel__cast_init_, SUFFIX)(pel__cast_set *out)
{
    out->lanes = PEL__LANES;
    out->run[PEL__CAST_UNLIT][KIND] = composite_unlit;
    out->run[PEL__CAST_LIT][KIND] = composite_lit;
    out->run[PEL__CAST_EXTREME][KIND] = extreme;
    out->run[PEL__CAST_MEAN][KIND] = mean;
}
