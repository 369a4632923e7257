/* SPDX-License-Identifier: Apache-2.0 */
/* raycast_march.c: one ray through the field, in float32: composite, extremum, mean. */
#include <math.h>

#include "see/raycast_walk.h"

typedef struct compositing {
    float rgb[3], alpha; /* gathered */
    float left;          /* transmittance */
    float at;            /* layers are taken where alpha passes this */
} compositing;

static void composite(pel__found *out, compositing *c, const pel_scene *scene,
                      const pel__body *body, const pel__ray *ray, const pel__walk *w)
{
    const pel__field *f = &body->field;
    const pel__transfer *t = &body->transfer;
    pel__spot at;
    // true while all samples since the run's first face were something
    bool from_face = w->facing > 0;
    for (int64_t k = w->first; k <= w->last;) {
        int64_t cell = pel__walk_locate(&at, f, w, k);
        if (scene->skip && !t->occupied[cell]) {
            k += pel__walk_leave(w, k);
            from_face = false;
            continue;
        }
        float value = t->labels ? pel__nearest(f, &at) : pel__trilinear(f, &at), rgba[4], thickness;
        out->samples++;
        if (!isnan(value) && pel__look_up(rgba, &thickness, t, value)) {
            pel__shade(rgba, thickness, value, body, ray, &at, pel__walk_lighting(w, k, from_face));
            float share = c->left * rgba[3];
            for (int i = 0; i < 3; i++)
                c->rgb[i] += share * rgba[i];
            c->alpha += share;
            c->left *= 1 - rgba[3];
            if (out->at < 0 && c->alpha >= c->at) {
                out->at = (double)k;
                out->value = value;
            }
            if (c->left < PEL__NOTHING_LEFT)
                return;
        } else
            from_face = false;
        k++;
    }
}

// `sign` 1: greatest, -1: least
static void extremum(pel__found *out, const pel_scene *scene, const pel__body *body,
                     const pel__walk *w, float sign)
{
    const pel__field *f = &body->field;
    const float *bound = sign > 0 ? f->cell_hi : f->cell_lo;
    bool labels = body->transfer.labels;
    pel__spot at;
    for (int64_t k = w->first; k <= w->last;) {
        int64_t cell = pel__walk_locate(&at, f, w, k);
        if (scene->skip && out->at >= 0 && !(sign * bound[cell] > sign * out->value)) {
            k += pel__walk_leave(w, k);
            continue;
        }
        float value = labels ? pel__nearest(f, &at) : pel__trilinear(f, &at);
        out->samples++;
        if (!isnan(value) && (out->at < 0 || sign * value > sign * out->value)) {
            out->value = value;
            out->at = (double)k;
        }
        k++;
    }
}

static void mean(pel__found *out, double *sum, double *weight, const pel__body *body,
                 const pel__walk *w)
{
    const pel__field *f = &body->field;
    bool labels = body->transfer.labels;
    pel__spot at;
    for (int64_t k = w->first; k <= w->last; k++) {
        pel__walk_locate(&at, f, w, k);
        float value = labels ? pel__nearest(f, &at) : pel__trilinear(f, &at);
        out->samples++;
        if (isnan(value))
            continue;
        double share = (double)pel__walk_weight(w, k);
        *sum += share * (double)value;
        *weight += share;
    }
}

void pel__march(pel__found *out, const pel_scene *scene, const pel__body *body, const pel__ray *ray)
{
    *out = (pel__found){ .value = NAN, .at = -1 };
    compositing c = { .left = 1, .at = (float)scene->params.layer_at };
    double sum = 0, weight = 0;
    pel__walk w;
    // run[0] is the whole way through the volume
    pel__walk_start(&w, ray, (int64_t)ceil(ray->run[0].lo));
    for (int r = 1; r < ray->runs; r++) {
        pel__walk_set_run(&w, body, ray, ray->run[r]);
        if (w.first > w.last)
            continue;
        out->met = true;
        if (scene->params.mode == PEL_COMPOSITE && c.left >= PEL__NOTHING_LEFT)
            composite(out, &c, scene, body, ray, &w);
        else if (scene->params.mode == PEL_MIP)
            extremum(out, scene, body, &w, 1);
        else if (scene->params.mode == PEL_MINIP)
            extremum(out, scene, body, &w, -1);
        else if (scene->params.mode == PEL_MEAN)
            mean(out, &sum, &weight, body, &w);
    }
    if (scene->params.mode == PEL_MEAN && weight > 0)
        out->value = (float)(sum / weight);
    for (int i = 0; i < 3; i++)
        out->rgb[i] = c.rgb[i];
    out->alpha = c.alpha < 1 ? c.alpha : 1;
}
