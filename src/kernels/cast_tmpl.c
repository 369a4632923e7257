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
    STRETCH = 4,
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

LANES_INLINE lane_f along(const lane_places *at, int32_t offset, weight_x w)
{
    lane_f v[2];
    lanes_pairs_f32(v, at, offset);
    return lanes_mix(v[0], v[1], w);
}
#else
typedef lane_i weight_x;

// both weights as 16-bit halves
LANES_INLINE weight_x weigh(lane_i p, int fraction)
{
    lane_i w = (p >> (fraction - PEL__CAST_WEIGHT_BITS)) & (ONE - 1);
    return (w << 16) - w + ONE;
}

LANES_INLINE lane_f along(const lane_places *at, int32_t offset, weight_x w)
{
    lane_i pairs = KIND == 0 ? lanes_pairs_u8(at, offset) : lanes_pairs_i16(at, offset);
    return lanes_to_float(lanes_dot16(pairs, w));
}
#endif

/* ---- samples ---- */

/* where a packet is among the voxels */
typedef struct spot {
    lane_places at; // the lower corners
    weight_x x;
    lane_f y, z;   // way to the upper ones
    lane_f row[4]; // values along x at y, z: 00 10 01 11
} spot;

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
    float unit = 1 / (float)(1 << c->fraction);
    lane_i part = lanes_int((1 << c->fraction) - 1);
    out->x = weigh(p[0], c->fraction);
    out->y = lanes_to_float(p[1] & part) * unit;
    out->z = lanes_to_float(p[2] & part) * unit;
}

LANES_INLINE lane_f sample(spot *s, const pel__caster *c)
{
    for (int r = 0; r < 4; r++)
        s->row[r] = along(&s->at, (r & 1 ? c->row : 0) + (r & 2 ? c->plane : 0), s->x);
    return lanes_mix(lanes_mix(s->row[0], s->row[1], s->y), lanes_mix(s->row[2], s->row[3], s->y),
                     s->z);
}

// a row at y, z from -1 to 2
LANES_INLINE lane_f row_at(const spot *s, const pel__caster *c, int y, int z)
{
    return along(&s->at, y * c->row + z * c->plane, s->x);
}

// twice the central differences of the interpolated field
LANES_INLINE void gradient(lane_f g[3], const spot *s, const pel__caster *c)
{
    lane_f x[4], y[2], z[2];
    for (int r = 0; r < 4; r++) {
        int32_t at = (r & 1 ? c->row : 0) + (r & 2 ? c->plane : 0);
        x[r] = along(&s->at, at + BYTES, s->x) - along(&s->at, at - BYTES, s->x);
    }
    for (int k = 0; k < 2; k++) {
        y[k] = lanes_mix(s->row[2 * k + 1], row_at(s, c, 2, k), s->y) -
               lanes_mix(row_at(s, c, -1, k), s->row[2 * k], s->y);
        z[k] = lanes_mix(s->row[2 + k], row_at(s, c, k, 2), s->z) -
               lanes_mix(row_at(s, c, k, -1), s->row[k], s->z);
    }
    g[0] = lanes_mix(lanes_mix(x[0], x[1], s->y), lanes_mix(x[2], x[3], s->y), s->z);
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

typedef struct walk {
    lane_i p[3], dp[3], k, end; // sample k of those before end
    lane_i taken;
} walk;

LANES_INLINE void start(walk *w, const pel__packet *packet)
{
    for (int a = 0; a < 3; a++) {
        w->p[a] = lanes_load_int(packet->p[a]);
        w->dp[a] = lanes_load_int(packet->dp[a]);
    }
    w->k = lanes_int(0);
    w->end = lanes_load_int(packet->count);
    w->taken = lanes_load_int(packet->samples);
}

// lanes that are through stay where they are, within the volume
LANES_INLINE void advance(walk *w, lane_i active)
{
    for (int a = 0; a < 3; a++)
        w->p[a] += w->dp[a] & active;
    w->k -= active;
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

// on to the last sample that is surely within the cells nearer than `distance`, one at least;
// rounding is far below a step
LANES_INLINE void leap(walk *w, const pel__caster *c, const lane_i cell[3], lane_i distance,
                       lane_i which)
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
    lane_i n = lanes_max_int(lanes_to_int(least), lanes_int(1));
    n = lanes_min_int(n, w->end - w->k) & which;
    for (int a = 0; a < 3; a++)
        w->p[a] += n * w->dp[a];
    w->k += n;
}

/* ---- composite ---- */

typedef struct gathered {
    lane_f rgb[3], left;
    lane_i face; // all samples since the run's face were something
} gathered;

LANES_INLINE void light_up(lane_f rgba[4], const lane_f g[3], lane_f square, lane_f cut,
                           const pel__caster *c, const pel__packet *packet)
{
    lane_f l = lanes_float(0), h = lanes_float(0);
    for (int a = 0; a < 3; a++) {
        l += g[a] * lanes_load(packet->light[a]);
        h += g[a] * lanes_load(packet->half[a]);
    }
    // where the field is flat no surface turns away from the light
    lane_i flat = square <= 0;
    lane_f inverse = 1 / lanes_sqrt(lanes_pick(flat, lanes_float(1), square));
    lane_f facing = lanes_pick(flat, lanes_float(1), lanes_abs(l) * inverse);
    facing = lanes_mix(facing, lanes_load(packet->face_light), cut);
    lane_f body = facing * c->diffuse + c->ambient, shine = lanes_float(0);
    if (c->specular > 0) {
        lane_i i = entry(lanes_abs(h) * inverse * c->power_top + 0.5f, c->power_top);
        shine = lanes_keep(~flat, lanes_floats(c->power, i)) * c->specular * (1 - cut);
    }
    for (int a = 0; a < 3; a++)
        rgba[a] = lanes_min(rgba[a] * body + shine, lanes_float(1));
}

LANES_INLINE void shade(lane_f rgba[4], lane_i at, lane_f weight, const spot *s,
                        const pel__caster *c, const pel__packet *packet, lane_f cut)
{
    const float *m = c->metric;
    lane_f g[3];
    gradient(g, s, c);
    lane_f square = g[0] * (g[0] * m[0] + g[1] * m[3] + g[2] * m[4]) +
                    g[1] * (g[1] * m[1] + g[2] * m[5]) + g[2] * g[2] * m[2];
    if (c->factor) {
        lane_f length = lanes_sqrt(lanes_max(square, lanes_float(0)));
        lane_i f = entry(length * c->factor_scale + 0.5f, c->factor_top);
        weight *= lanes_floats(c->factor, f);
        rgba[3] = absorbed(lanes_floats(c->thickness, at) * weight);
    }
    if (c->lit)
        light_up(rgba, g, square, cut, c, packet);
}

// `weight` NULL: of a whole step
LANES_INLINE void composite_step(gathered *g, const pel__caster *c, const pel__packet *packet,
                                 const walk *w, lane_i active, const lane_f *weight, bool lit)
{
    spot s;
    find(&s, c, w->p);
    lane_f value = sample(&s, c), rgba[4];
    lane_i at = entry(value * c->scale + c->shift, c->top);
    lanes_rows(rgba, c->rgba, at);
    if (weight)
        rgba[3] = absorbed(lanes_floats(c->thickness, at) * *weight);
    lane_i some = active & (rgba[3] > 0);
    if (KIND == 2)
        some &= value == value;
    if (lit && lanes_any(some)) {
        lane_f cut = lanes_float(0);
        if (lanes_any(g->face)) {
            lane_f way = lanes_to_float(w->k) + lanes_load(packet->face_from);
            cut = lanes_keep(g->face, lanes_max(1 - way * c->fading, lanes_float(0)));
        }
        shade(rgba, at, weight ? *weight : lanes_float(1), &s, c, packet, cut);
    }
    if (lit)
        g->face &= some | ~active;
    lane_f share = g->left * lanes_keep(some, rgba[3]);
    for (int a = 0; a < 3; a++)
        g->rgb[a] += share * rgba[a];
    g->left -= share;
}

// the first or last sample of a run, which stands for another length than a step
LANES_INLINE void end_step(gathered *g, const pel__caster *c, const pel__packet *packet, walk *w,
                           lane_i active, const float *weights, bool lit)
{
    lane_i cell[3];
    find_cell(cell, c, w);
    lane_i empty = lanes_bytes(c->distance, cell_number(c, cell)) > 0;
    lane_f weight = lanes_load(weights);
    g->face &= ~(active & empty);
    active &= ~empty;
    if (!lanes_any(active))
        return;
    composite_step(g, c, packet, w, active, &weight, lit);
    w->taken -= active;
}

LANES_INLINE void through(gathered *g, const pel__caster *c, const pel__packet *packet, walk *w,
                          bool lit)
{
    for (;;) {
        lane_i active = (w->k < w->end) & (g->left >= c->least_left), cell[3];
        if (!lanes_any(active))
            return;
        find_cell(cell, c, w);
        lane_i distance = lanes_bytes(c->distance, cell_number(c, cell));
        lane_i empty = active & (distance > 0);
        if (lanes_any(empty)) {
            leap(w, c, cell, distance, empty);
            g->face &= ~empty;
            if (!lanes_any(active & ~empty))
                continue;
        }
        for (int i = 0; i < STRETCH; i++) {
            active = (w->k < w->end) & (g->left >= c->least_left);
            composite_step(g, c, packet, w, active, NULL, lit);
            w->taken -= active;
            advance(w, active);
        }
    }
}

LANES_INLINE void composite(const pel__caster *c, pel__packet *packet, bool lit)
{
    walk w;
    gathered g = { .left = lanes_load(packet->left), .face = lanes_load(packet->face_light) > 0 };
    for (int a = 0; a < 3; a++)
        g.rgb[a] = lanes_load(packet->rgb[a]);
    start(&w, packet);
    lane_i count = w.end, going = (count > 0) & (g.left >= c->least_left);
    end_step(&g, c, packet, &w, going, packet->first, lit);
    w.end = count - 1;
    advance(&w, w.end > 0);
    through(&g, c, packet, &w, lit);
    going = (count > 1) & (g.left >= c->least_left);
    lane_i on = (w.end - w.k) & going;
    for (int a = 0; a < 3; a++)
        w.p[a] += on * w.dp[a];
    w.k += on;
    end_step(&g, c, packet, &w, going, packet->last, lit);
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

static void extreme(const pel__caster *c, pel__packet *packet)
{
    walk w;
    start(&w, packet);
    lane_f best = lanes_load(packet->best);
    for (;;) {
        lane_i active = w.k < w.end, cell[3];
        if (!lanes_any(active))
            break;
        find_cell(cell, c, &w);
        lane_i beaten = active & (lanes_floats(c->bound, cell_number(c, cell)) <= best);
        if (lanes_any(beaten)) {
            leap(&w, c, cell, lanes_int(1), beaten);
            if (!lanes_any(active & ~beaten))
                continue;
        }
        for (int i = 0; i < STRETCH; i++) {
            spot s;
            active = w.k < w.end;
            find(&s, c, w.p);
            // NaN is never greater
            lane_f value = lanes_max(sample(&s, c) * c->sign, best);
            best = lanes_pick(active, value, best);
            w.taken -= active;
            advance(&w, active);
        }
    }
    lanes_store(packet->best, best);
    lanes_store_int(packet->samples, w.taken);
}

static void mean(const pel__caster *c, pel__packet *packet)
{
    walk w;
    start(&w, packet);
    lane_f sum = lanes_load(packet->sum), weight = lanes_load(packet->weight);
    lane_f first = lanes_load(packet->first), last = lanes_load(packet->last);
    for (;;) {
        lane_i active = w.k < w.end;
        if (!lanes_any(active))
            break;
        spot s;
        find(&s, c, w.p);
        lane_f value = sample(&s, c), share = lanes_pick(w.k == w.end - 1, last, lanes_float(1));
        share = lanes_pick(w.k == 0, first, share);
        lane_i some = active & (value == value);
        sum += lanes_keep(some, value * share);
        weight += lanes_keep(some, share);
        w.taken -= active;
        advance(&w, active & (w.k + 1 < w.end));
        w.k -= active & (w.k + 1 >= w.end);
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
