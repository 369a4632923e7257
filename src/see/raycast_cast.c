/* SPDX-License-Identifier: Apache-2.0 */
/* raycast_cast.c: what a pixel's ray finds in a scene: every mode, all that is in it. */
#include <math.h>
#include <string.h>

#include "see/raycast_first.h"
#include "see/raycast_shade.h"
#include "see/sheet.h"

// of several bodies the one with the greatest (least) value, the nearer one where they are equal
static void extremum(pel__found *out, const pel_scene *scene, const pel__sight *sight)
{
    float sign = scene->params.mode == PEL_MINIP ? -1 : 1;
    for (int b = 0; b < scene->bodies; b++) {
        pel__found found;
        pel__march(&found, scene, scene->body[b], &sight->ray[b]);
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
        pel__light_up(rgb, &body->transfer, &ray->light, hit->normal, magnitude, how);
}

// the values behind a mesh are those of the first volume
static float band_behind(pel__found *out, const pel_scene *scene, const pel__sight *sight)
{
    int b = out->body < 0 ? 0 : out->body;
    return scene->bodies ? pel__band(scene, scene->body[b], &sight->ray[b], out->at, &out->samples)
                         : NAN;
}

static void show_body(pel__found *out, const pel_scene *scene, const pel__sight *sight,
                      const pel__hit *hit)
{
    const pel__body *body = scene->body[out->body];
    const pel__ray *ray = &sight->ray[out->body];
    float opacity;
    out->at = hit->at;
    out->has_normal = hit->has_normal;
    memcpy(out->normal, hit->normal, sizeof out->normal);
    out->value = scene->params.mode == PEL_BAND ? band_behind(out, scene, sight)
                                                : pel__hit_value(body, ray, hit);
    pel_look_colour(&body->look, (double)out->value, out->rgb, &opacity);
    light_hit(out->rgb, body, ray, hit);
}

// in a band the first volume's look gives the colour, the mesh the light
static void show_sheet(pel__found *out, const pel_scene *scene, const pel__sight *sight,
                       const pel__fragment *hit)
{
    float rgba[4], opacity;
    out->at = hit->at;
    out->body = -1;
    out->triangle = hit->triangle;
    out->has_normal = true;
    pel__sheet_shade(rgba, out->normal, &out->value, scene, sight, hit);
    memcpy(out->rgb, rgba, sizeof out->rgb);
    if (scene->params.mode != PEL_BAND)
        return;
    out->value = band_behind(out, scene, sight);
    if (scene->bodies == 0)
        return;
    const pel__transfer *t = &scene->body[0]->transfer;
    pel_look_colour(&scene->body[0]->look, (double)out->value, out->rgb, &opacity);
    if (t->lit)
        pel__light_up(out->rgb, t, &sight->ray[0].light, out->normal, 1,
                      (pel__lighting){ .weight = 1 });
}

static void first_hit(pel__found *out, const pel_scene *scene, const pel__sight *sight)
{
    const pel__fragment before = { .mm = 0, .sheet = -1 };
    pel__fragment fragment = { .at = INFINITY };
    pel__hit nearest = { .at = INFINITY };
    for (int b = 0; b < scene->bodies; b++) {
        pel__hit hit;
        out->met = out->met || sight->ray[b].runs > 1;
        if (pel__first(&hit, scene->body[b], &sight->ray[b]) && hit.at < nearest.at) {
            nearest = hit;
            out->body = b;
        }
        out->samples += hit.cells;
    }
    bool has_fragment = pel__sheet_next(&fragment, scene, sight, &before);
    if (has_fragment && fragment.at <= nearest.at)
        show_sheet(out, scene, sight, &fragment);
    else if (nearest.at < INFINITY)
        show_body(out, scene, sight, &nearest);
    out->met = out->met || has_fragment;
    out->alpha = out->at >= 0 ? 1 : 0;
}

void pel__cast(pel__found *out, const pel_scene *scene, const pel__sight *sight)
{
    *out = (pel__found){ .value = NAN, .at = -1 };
    int mode = scene->params.mode;
    bool alone = scene->bodies == 1 && scene->sheets == 0 && !scene->params.preintegrate;
    if (mode == PEL_FIRST || mode == PEL_BAND)
        first_hit(out, scene, sight);
    else if (mode == PEL_MIP || mode == PEL_MINIP)
        extremum(out, scene, sight);
    else if (mode == PEL_COMPOSITE && !alone)
        pel__mix_bodies(out, scene, sight);
    else
        pel__march(out, scene, scene->body[0], &sight->ray[0]);
}
