/* SPDX-License-Identifier: Apache-2.0 */
/* raycast_walk.h: samples k*step of a run of a ray through a body, and leaps over empty cells. */
#ifndef PEL_SEE_RAYCAST_WALK_H
#define PEL_SEE_RAYCAST_WALK_H

#include <math.h>

#include "see/raycast_shade.h"

/** A run of samples: padded position p0 + (k - k0)*dp, k = first to last. */
typedef struct pel__walk {
    float p0[3], dp[3], inverse[3]; /* inverse: voxels to steps */
    int64_t k0, first, last;
    float weight_first, weight_last; /* of a whole step, for the ends */
    float start;                     /* of the run, in k - k0 */
    float facing;                    /* light on its first face; 0: no face */
    float fading;                    /* of the face's share, per step */
} pel__walk;

static inline int64_t pel__walk_locate(pel__spot *out, const pel__field *f, const pel__walk *w,
                                       int64_t k)
{
    float s = (float)(k - w->k0), p[3];
    for (int a = 0; a < 3; a++)
        p[a] = w->p0[a] + s * w->dp[a];
    return pel__locate(out, f, p);
}

// how many samples on the ray leaves this cell; a skip goes to the one before that, at least one on
static inline int64_t pel__walk_leave(const pel__walk *w, int64_t k)
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

static inline float pel__walk_weight(const pel__walk *w, int64_t k)
{
    return k == w->first ? w->weight_first : k == w->last ? w->weight_last : 1;
}

static inline pel__lighting pel__walk_lighting(const pel__walk *w, int64_t k, bool from_face)
{
    pel__lighting how = { .weight = pel__walk_weight(w, k), .facing = w->facing };
    if (from_face) {
        float share = 1 - ((float)(k - w->k0) - w->start) * w->fading;
        how.cut = share > 0 ? share : 0;
    }
    return how;
}

// positions count from the first sample in the volume, whatever is kept of it: same bits for all
static inline void pel__walk_start(pel__walk *out, const pel__ray *ray, int64_t k0)
{
    out->k0 = k0;
    for (int a = 0; a < 3; a++) {
        out->p0[a] = (float)(ray->origin[a] + (double)k0 * ray->step[a] + PEL__PAD);
        out->dp[a] = (float)ray->step[a];
        out->inverse[a] = out->dp[a] != 0 ? 1 / out->dp[a] : 0;
    }
}

static inline void pel__walk_set_run(pel__walk *out, const pel__body *body, const pel__ray *ray,
                                     pel__run run)
{
    out->facing = pel__face_light(body, ray, &run);
    out->start = (float)(run.lo - (double)out->k0);
    out->fading = body->cut_fading;
    out->first = (int64_t)ceil(run.lo);
    out->last = (int64_t)floor(run.hi);
    out->weight_first = (float)((double)out->first - run.lo + 0.5);
    out->weight_last = (float)(run.hi - (double)out->last + 0.5);
    if (out->first == out->last)
        out->weight_first = out->weight_last = (float)(run.hi - run.lo);
}

#endif
