/* SPDX-License-Identifier: Apache-2.0 */
/* raycast_cast.c: what a pixel's ray finds in a scene: every mode, every body. */
#include <math.h>
#include <string.h>

#include "see/raycast_first.h"
#include "see/raycast_shade.h"

// of several bodies the one with the greatest (least) value, the nearer one where they are equal
static void extremum(pel__found *out, const pel_scene *scene, const pel__ray *rays)
{
    float sign = scene->params.mode == PEL_MINIP ? -1 : 1;
    for (int b = 0; b < scene->bodies; b++) {
        pel__found found;
        pel__march(&found, scene, scene->body[b], &rays[b]);
        int64_t samples = out->samples + found.samples;
        bool is_met = out->met || found.met;
        float gain = sign * (found.value - out->value);
        if (found.at >= 0 && (out->at < 0 || gain > 0 || (gain == 0 && found.at < out->at))) {
            *out = found;
            out->body = b;
        }
        out->samples = samples;
        out->met = is_met;
    }
}

static void light_hit(float rgb[3], const pel__body *body, const pel__ray *ray, const pel__hit *hit)
{
    pel__lighting how = { .weight = 1, .cut = hit->is_face ? 1 : 0, .facing = hit->facing };
    float magnitude = hit->has_normal ? 1 : 0;
    if (body->transfer.lit)
        pel__light_up(rgb, &body->transfer, ray, hit->normal, magnitude, how);
}

static void first_hit(pel__found *out, const pel_scene *scene, const pel__ray *rays)
{
    pel__hit nearest = { .at = INFINITY };
    for (int b = 0; b < scene->bodies; b++) {
        pel__hit hit;
        out->met = out->met || rays[b].runs > 1;
        if (pel__first(&hit, scene->body[b], &rays[b]) && hit.at < nearest.at) {
            nearest = hit;
            out->body = b;
        }
        out->samples += hit.cells;
    }
    if (!(nearest.at < INFINITY))
        return;
    const pel__body *body = scene->body[out->body];
    const pel__ray *ray = &rays[out->body];
    float opacity;
    out->at = nearest.at;
    out->has_normal = nearest.has_normal;
    memcpy(out->normal, nearest.normal, sizeof out->normal);
    out->value = scene->params.mode == PEL_BAND
                     ? pel__band(scene, body, ray, nearest.at, &out->samples)
                     : pel__hit_value(body, ray, &nearest);
    pel_look_colour(&body->look, (double)out->value, out->rgb, &opacity);
    light_hit(out->rgb, body, ray, &nearest);
    out->alpha = 1;
}

void pel__cast(pel__found *out, const pel_scene *scene, const pel__ray *rays)
{
    *out = (pel__found){ .value = NAN, .at = -1 };
    int mode = scene->params.mode;
    if (mode == PEL_FIRST || mode == PEL_BAND)
        first_hit(out, scene, rays);
    else if (mode == PEL_MIP || mode == PEL_MINIP)
        extremum(out, scene, rays);
    else
        pel__march(out, scene, scene->body[0], &rays[0]);
}
