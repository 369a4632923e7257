/* SPDX-License-Identifier: Apache-2.0 */
/* raycast_mix.c: several volumes and meshes along one ray, front to back: where volumes overlap
 * their opacities add and their colours mix by them; a mesh lies between the stretches that it
 * parts. */
#include <math.h>
#include <string.h>

#include "see/raycast_walk.h"
#include "see/sheet.h"

/* what a body is along a ray, stretch by stretch: each is of one colour and opacity */
typedef struct strand {
    const pel_scene *scene;
    const pel__body *body;
    const pel__ray *ray;
    pel__walk walk;
    int run;
    int64_t k;
    bool from_face;
    int64_t samples;
    double lo, hi;             /* the stretch, in steps; infinite: no more */
    double at;                 /* where its value is taken */
    float rgb[3], rate, value; /* rate: optical thickness of a step */
} strand;

static bool next_run(strand *s)
{
    while (++s->run < s->ray->runs) {
        pel__walk_set_run(&s->walk, s->body, s->ray, s->ray->run[s->run]);
        s->from_face = s->walk.facing > 0;
        s->k = s->walk.first;
        if (s->body->transfer.integral) {
            s->k--; // from the run's own start to the first sample
            return true;
        }
        if (s->walk.first <= s->walk.last)
            return true;
    }
    return false;
}

static bool set_stretch(strand *s, const float rgba[4], float thickness, float value,
                        const pel__spot *spot, pel__lighting how)
{
    float lit[4];
    memcpy(lit, rgba, sizeof lit);
    how.weight = 1;
    s->rate = thickness * pel__shade(lit, thickness, value, s->body, s->ray, spot, how);
    s->value = value;
    memcpy(s->rgb, lit, sizeof s->rgb);
    return s->rate > 0 && s->hi > s->lo;
}

// the length around sample k
static bool next_sample(strand *s)
{
    const pel__field *f = &s->body->field;
    const pel__transfer *t = &s->body->transfer;
    const pel__walk *w = &s->walk;
    const pel__run *run = &s->ray->run[s->run];
    pel__spot spot;
    float rgba[4], thickness;
    int64_t k = s->k, cell = pel__walk_locate(&spot, f, w, k);
    if (s->scene->skip && !t->occupied[cell]) {
        s->k += pel__walk_leave(w, k);
        s->from_face = false;
        return false;
    }
    float value = t->labels ? pel__nearest(f, &spot) : pel__trilinear(f, &spot);
    s->k++;
    s->samples++;
    if (isnan(value) || !pel__look_up(rgba, &thickness, t, value)) {
        s->from_face = false;
        return false;
    }
    s->at = (double)k;
    s->lo = k == w->first ? run->lo : (double)k - 0.5;
    s->hi = k == w->last ? run->hi : (double)k + 0.5;
    return set_stretch(s, rgba, thickness, value, &spot, pel__walk_lighting(w, k, s->from_face));
}

/* ---- pre-integrated: from sample to sample, the mean over the values between them ---- */

static float value_at(const strand *s, pel__spot *spot, int64_t *cell, double at)
{
    const pel__walk *w = &s->walk;
    float p[3], way = (float)(at - (double)w->k0);
    for (int a = 0; a < 3; a++)
        p[a] = w->p0[a] + way * w->dp[a];
    *cell = pel__locate(spot, &s->body->field, p);
    return pel__trilinear(&s->body->field, spot);
}

// the integral of thickness (3) and of colour times thickness up to a place in the table
static void integral_to(double out[4], const pel__transfer *t, double x)
{
    int64_t i = x > 0 ? x < PEL__TABLE ? (int64_t)x : PEL__TABLE : 0;
    double way = x - (double)i;
    int64_t next = i < PEL__TABLE ? i + 1 : i;
    for (int c = 0; c < 4; c++) {
        double a = t->thickness[i], b = t->thickness[next];
        a *= c < 3 ? (double)t->rgba[i][c] : 1;
        b *= c < 3 ? (double)t->rgba[next][c] : 1;
        // within a cell of the table it is linear, beyond the table constant
        double slope = x >= 0 && x <= PEL__TABLE ? b - a : 0;
        out[c] = t->integral[i][c] + way * (a + 0.5 * way * slope);
    }
}

static bool between(float rgba[4], float *thickness, const pel__transfer *t, float from, float to)
{
    double a = ((double)from - (double)t->lo) * (double)t->scale;
    double b = ((double)to - (double)t->lo) * (double)t->scale, lo[4], hi[4];
    // values as good as equal have the table's own entry
    if (!(fabs(b - a) > 1e-3))
        return pel__look_up(rgba, thickness, t, from);
    integral_to(lo, t, fmin(a, b));
    integral_to(hi, t, fmax(a, b));
    double all = hi[3] - lo[3];
    if (!(all > 0))
        return false;
    for (int c = 0; c < 3; c++)
        rgba[c] = (float)((hi[c] - lo[c]) / all);
    *thickness = (float)(all / fabs(b - a));
    rgba[3] = (float)(1 - pel__exp(-(double)*thickness));
    return true;
}

static bool next_segment(strand *s)
{
    const pel__transfer *t = &s->body->transfer;
    const pel__walk *w = &s->walk;
    const pel__run *run = &s->ray->run[s->run];
    int64_t k = s->k++, cell;
    pel__spot spot;
    float rgba[4], thickness;
    s->lo = k < w->first ? run->lo : (double)k;
    s->hi = k >= w->last ? run->hi : (double)k + 1;
    float from = value_at(s, &spot, &cell, s->lo);
    if (s->scene->skip && k >= w->first && !t->occupied[cell]) {
        // as far as samples stay in this cell nothing is between them
        int64_t steps = pel__walk_leave(w, k);
        if (steps > 1) {
            s->k = k + steps;
            s->from_face = false;
            return false;
        }
    }
    float to = value_at(s, &spot, &cell, s->hi);
    s->at = 0.5 * (s->lo + s->hi);
    s->samples++;
    if (isnan(from) || isnan(to) || !between(rgba, &thickness, t, from, to)) {
        s->from_face = false;
        return false;
    }
    float middle = value_at(s, &spot, &cell, s->at);
    pel__lighting how = pel__walk_lighting(w, k < w->first ? w->first : k, s->from_face);
    return set_stretch(s, rgba, thickness, middle, &spot, how);
}

static void next_stretch(strand *s)
{
    bool is_segment = s->body->transfer.integral != NULL;
    for (;;) {
        if (s->k > s->walk.last && !next_run(s)) {
            s->lo = s->hi = INFINITY;
            return;
        }
        if (is_segment ? next_segment(s) : next_sample(s))
            return;
    }
}

static void start_strand(strand *s, const pel_scene *scene, int b, const pel__sight *sight)
{
    *s = (strand){ .scene = scene, .body = scene->body[b], .ray = &sight->ray[b], .k = 1 };
    pel__walk_start(&s->walk, s->ray, (int64_t)ceil(s->ray->run[0].lo));
    s->walk.last = 0;
    if (s->ray->runs > 1)
        next_stretch(s);
    else
        s->lo = s->hi = INFINITY;
}

/* ---- mixing ---- */

typedef struct mixing {
    pel__found *out;
    const pel_scene *scene;
    const pel__sight *sight;
    strand strand[PEL__BODIES];
    pel__fragment fragment; /* the next one */
    bool has_fragment;
    float left, layer_at;
} mixing;

static void take_layers(mixing *m, double at, float value, int body)
{
    if (m->out->at >= 0 || m->out->alpha < m->layer_at)
        return;
    m->out->at = at > 0 ? at : 0;
    m->out->value = value;
    m->out->body = body;
}

static void add(mixing *m, const float rgb[3], float alpha)
{
    float share = m->left * alpha;
    for (int c = 0; c < 3; c++)
        m->out->rgb[c] += share * rgb[c];
    m->out->alpha += share;
    m->left *= 1 - alpha;
}

// all strands between two places where none of them begins or ends
static void add_stretch(mixing *m, double from, double to)
{
    double thickness = 0, most = 0, rgb[3] = { 0 };
    int body = 0;
    for (int b = 0; b < m->scene->bodies; b++) {
        const strand *s = &m->strand[b];
        double part = s->lo <= from && s->hi >= to ? (double)s->rate * (to - from) : 0;
        thickness += part;
        for (int c = 0; c < 3; c++)
            rgb[c] += part * (double)s->rgb[c];
        if (part > most) {
            most = part;
            body = b;
        }
    }
    if (!(thickness > 0))
        return;
    float mixed[3];
    for (int c = 0; c < 3; c++)
        mixed[c] = (float)(rgb[c] / thickness);
    add(m, mixed, (float)(1 - pel__exp(-thickness)));
    take_layers(m, m->strand[body].at, m->strand[body].value, body);
}

static void add_fragment(mixing *m)
{
    float rgba[4], normal[3], value;
    pel__sheet_shade(rgba, normal, &value, m->scene, m->sight, &m->fragment);
    add(m, rgba, rgba[3]);
    bool was_open = m->out->at < 0;
    take_layers(m, m->fragment.at, value, -1);
    if (was_open && m->out->at >= 0) {
        m->out->triangle = m->fragment.triangle;
        m->out->has_normal = true;
        memcpy(m->out->normal, normal, sizeof normal);
    }
    pel__fragment after = m->fragment;
    m->has_fragment =
        m->left >= PEL__NOTHING_LEFT && pel__sheet_next(&m->fragment, m->scene, m->sight, &after);
}

// the next place where a strand begins or ends, or a mesh lies
static double next_place(const mixing *m, double from)
{
    double next = m->has_fragment ? m->fragment.at : INFINITY;
    for (int b = 0; b < m->scene->bodies; b++) {
        const strand *s = &m->strand[b];
        next = fmin(next, s->lo > from ? s->lo : s->hi);
    }
    return next;
}

void pel__mix_bodies(pel__found *out, const pel_scene *scene, const pel__sight *sight)
{
    const pel__fragment before = { .mm = 0, .sheet = -1 };
    mixing m = { .out = out, .scene = scene, .sight = sight, .left = 1 };
    m.layer_at = (float)scene->params.layer_at;
    m.has_fragment = pel__sheet_next(&m.fragment, scene, sight, &before);
    out->met = m.has_fragment;
    for (int b = 0; b < scene->bodies; b++) {
        start_strand(&m.strand[b], scene, b, sight);
        out->met = out->met || sight->ray[b].runs > 1;
    }
    for (double from = -INFINITY; m.left >= PEL__NOTHING_LEFT;) {
        double to = next_place(&m, from);
        if (to == INFINITY)
            break;
        if (to > from && from > -INFINITY)
            add_stretch(&m, from, to);
        from = to;
        for (int b = 0; b < scene->bodies; b++)
            while (m.strand[b].hi <= from)
                next_stretch(&m.strand[b]);
        while (m.has_fragment && m.fragment.at <= from && m.left >= PEL__NOTHING_LEFT)
            add_fragment(&m);
    }
    for (int b = 0; b < scene->bodies; b++)
        out->samples += m.strand[b].samples;
    out->alpha = out->alpha < 1 ? out->alpha : 1;
}
