/* SPDX-License-Identifier: Apache-2.0 */
/* raycast_march.c: one ray through the field, in float32: composite, extremum, mean. */
#include <math.h>

#include "see/raycast_shade.h"

static const float NOTHING_LEFT = 0x1p-20f; /* of what lies behind, once a ray may end */

/* a run of samples: padded position p0 + (k - k0)*dp, k = first to last */
typedef struct walk {
    float p0[3], dp[3], inverse[3]; /* inverse: voxels to steps */
    int64_t k0, first, last;
    float weight_first, weight_last; /* of a whole step, for the ends */
    float start;                     /* of the run, in k - k0 */
    float facing;                    /* light on its first face; 0: no face */
    float fading;                    /* of the face's share, per step */
} walk;

static inline int64_t locate(pel__spot *out, const pel__field *f, const walk *w, int64_t k)
{
    float s = (float)(k - w->k0), p[3];
    for (int a = 0; a < 3; a++)
        p[a] = w->p0[a] + s * w->dp[a];
    return pel__locate(out, f, p);
}

// how many samples on the ray leaves this cell; a skip goes to the one before that, at least one on
static inline int64_t steps_to_leave(const walk *w, int64_t k)
{
    float s = (float)(k - w->k0), least = 1e9f;
    for (int a = 0; a < 3; a++) {
        if (w->dp[a] == 0)
            continue;
        // cells start at the first voxel; the first one reaches back to the volume's face
        float p = w->p0[a] + s * w->dp[a];
        int i = (int)p - PEL__PAD, cell = (i > 0 ? i : 0) >> PEL__CELL_BITS;
        int end = w->dp[a] > 0 ? (cell + 1) << PEL__CELL_BITS
                  : cell > 0   ? cell << PEL__CELL_BITS
                               : -1;
        float edge = (float)(end + PEL__PAD);
        float steps = (edge - p) * w->inverse[a];
        if (steps < least)
            least = steps;
    }
    return least > 1 ? (int64_t)least : 1;
}

typedef struct compositing {
    float rgb[3], alpha; /* gathered */
    float left;          /* transmittance */
    float at;            /* layers are taken where alpha passes this */
} compositing;

static float weight_at(const walk *w, int64_t k)
{
    return k == w->first ? w->weight_first : k == w->last ? w->weight_last : 1;
}

static pel__lighting lighting_at(const walk *w, int64_t k, bool from_face)
{
    pel__lighting how = { .weight = weight_at(w, k), .facing = w->facing };
    if (from_face) {
        float share = 1 - ((float)(k - w->k0) - w->start) * w->fading;
        how.cut = share > 0 ? share : 0;
    }
    return how;
}

static void composite(pel__found *out, compositing *c, const pel_scene *scene,
                      const pel__body *body, const pel__ray *ray, const walk *w)
{
    const pel__field *f = &body->field;
    const pel__transfer *t = &body->transfer;
    pel__spot at;
    // true while all samples since the run's first face were something
    bool from_face = w->facing > 0;
    for (int64_t k = w->first; k <= w->last;) {
        int64_t cell = locate(&at, f, w, k);
        if (scene->skip && !t->occupied[cell]) {
            k += steps_to_leave(w, k);
            from_face = false;
            continue;
        }
        float value = t->labels ? pel__nearest(f, &at) : pel__trilinear(f, &at), rgba[4], thickness;
        out->samples++;
        if (!isnan(value) && pel__look_up(rgba, &thickness, t, value)) {
            pel__shade(rgba, thickness, body, ray, &at, lighting_at(w, k, from_face));
            float share = c->left * rgba[3];
            for (int i = 0; i < 3; i++)
                c->rgb[i] += share * rgba[i];
            c->alpha += share;
            c->left *= 1 - rgba[3];
            if (out->at < 0 && c->alpha >= c->at) {
                out->at = (double)k;
                out->value = value;
            }
            if (c->left < NOTHING_LEFT)
                return;
        } else
            from_face = false;
        k++;
    }
}

// `sign` 1: greatest, -1: least
static void extremum(pel__found *out, const pel_scene *scene, const pel__body *body, const walk *w,
                     float sign)
{
    const pel__field *f = &body->field;
    const float *bound = sign > 0 ? f->cell_hi : f->cell_lo;
    bool labels = body->transfer.labels;
    pel__spot at;
    for (int64_t k = w->first; k <= w->last;) {
        int64_t cell = locate(&at, f, w, k);
        if (scene->skip && out->at >= 0 && !(sign * bound[cell] > sign * out->value)) {
            k += steps_to_leave(w, k);
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

static void mean(pel__found *out, double *sum, double *weight, const pel__body *body, const walk *w)
{
    const pel__field *f = &body->field;
    bool labels = body->transfer.labels;
    pel__spot at;
    for (int64_t k = w->first; k <= w->last; k++) {
        locate(&at, f, w, k);
        float value = labels ? pel__nearest(f, &at) : pel__trilinear(f, &at);
        out->samples++;
        if (isnan(value))
            continue;
        double share = (double)weight_at(w, k);
        *sum += share * (double)value;
        *weight += share;
    }
}

// positions count from the first sample in the volume, whatever is kept of it: same bits for all
static void start_walk(walk *out, const pel__ray *ray, int64_t k0)
{
    out->k0 = k0;
    for (int a = 0; a < 3; a++) {
        out->p0[a] = (float)(ray->origin[a] + (double)k0 * ray->step[a] + PEL__PAD);
        out->dp[a] = (float)ray->step[a];
        out->inverse[a] = out->dp[a] != 0 ? 1 / out->dp[a] : 0;
    }
}

static void set_run(walk *out, const pel__body *body, const pel__ray *ray, pel__run run)
{
    float face[3], normal[3] = { (float)run.face[0], (float)run.face[1], (float)run.face[2] };
    pel__to_world(face, body, normal);
    float length = sqrtf(pel__dot3(face, face));
    // never darker than half, so that the data stay legible
    out->facing = length > 0 ? 0.5f + 0.5f * fabsf(pel__dot3(face, ray->light)) / length : 0;
    out->start = (float)(run.lo - (double)out->k0);
    out->fading = body->cut_fading;
    out->first = (int64_t)ceil(run.lo);
    out->last = (int64_t)floor(run.hi);
    out->weight_first = (float)((double)out->first - run.lo + 0.5);
    out->weight_last = (float)(run.hi - (double)out->last + 0.5);
    if (out->first == out->last)
        out->weight_first = out->weight_last = (float)(run.hi - run.lo);
}

void pel__march(pel__found *out, const pel_scene *scene, const pel__body *body, const pel__ray *ray)
{
    *out = (pel__found){ .value = NAN, .at = -1 };
    compositing c = { .left = 1, .at = (float)scene->params.layer_at };
    double sum = 0, weight = 0;
    walk w;
    // run[0] is the whole way through the volume
    start_walk(&w, ray, (int64_t)ceil(ray->run[0].lo));
    for (int r = 1; r < ray->runs; r++) {
        set_run(&w, body, ray, ray->run[r]);
        if (w.first > w.last)
            continue;
        out->met = true;
        if (scene->params.mode == PEL_COMPOSITE && c.left >= NOTHING_LEFT)
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
