/* SPDX-License-Identifier: Apache-2.0 */
/* raycast_packet.c: rays side by side through one volume, by the kernels; a mesh that a ray meets
 * ends a run of samples, and the next run begins behind it. */
#include <math.h>
#include <string.h>

#include "kernels/kernels.h"
#include "see/raycast_fast.h"
#include "see/raycast_pixels.h"
#include "see/raycast_shade.h"
#include "see/sheet.h"

enum { RUNS = PEL__KEEP_PIECES + 1, ALONE = -1 };

/* the samples of a run of a ray, and the mesh behind it */
typedef struct part {
    double first, last;
    double begin;  // of the whole run, where its face is
    float rgba[4]; // alpha 0: no mesh
    double at;
} part;

/* rays of neighbouring pixels; a lane without one has no runs */
typedef struct bundle {
    pel__ray ray[PEL__CAST_LANES];
    part part[PEL__CAST_LANES][RUNS];
    // where layers would be taken; -1: nowhere yet
    double at[PEL__CAST_LANES];
    bool is_mesh[PEL__CAST_LANES];
    pel__packet packet;
} bundle;

/* ---- rays parted by meshes ---- */

static part whole_part(const pel__run *run)
{
    return (part){ .first = ceil(run->lo), .last = floor(run->hi), .begin = run->lo };
}

static bool add_part(bundle *b, int lane, const pel__run *run, const part *what)
{
    pel__ray *ray = &b->ray[lane];
    if (ray->runs == RUNS)
        return false;
    b->part[lane][ray->runs] = *what;
    ray->run[ray->runs++] = *run;
    return true;
}

// a sample stands for what is around it, half a step each way: a mesh there parts it
static void split(pel__run *before, part *front, pel__run *run, part *rest, double at)
{
    *before = *run;
    *front = *rest;
    if (!(at > run->lo) || rest->first > rest->last) {
        front->last = front->first - 1;
        return;
    }
    before->hi = at;
    front->last = fmin(fmax(ceil(at - 0.5), rest->first), rest->last);
    rest->first = fmin(fmax(floor(at + 0.5), rest->first), rest->last);
    run->lo = at;
}

// false: more meshes lie along the ray than a lane has room for
static bool part_ray(bundle *b, int lane, const pel_scene *scene, const pel__sight *sight)
{
    const pel__fragment before = { .mm = 0, .sheet = -1 };
    const pel__ray *whole = &sight->ray[0];
    pel__fragment mesh;
    bool meets = pel__sheet_next(&mesh, scene, sight, &before), fits = true;
    b->ray[lane] = *whole;
    b->ray[lane].runs = 1;
    // the last turn is what lies behind the volume
    for (int r = 1; r <= whole->runs && fits; r++) {
        const pel__run beyond = { .lo = INFINITY, .hi = INFINITY };
        pel__run run = r < whole->runs ? whole->run[r] : beyond, before_it;
        part rest = r < whole->runs ? whole_part(&run) : (part){ .last = -1 }, front;
        while (meets && fits && mesh.at < run.hi) {
            float normal[3], value;
            split(&before_it, &front, &run, &rest, mesh.at);
            front.at = mesh.at;
            pel__sheet_shade(front.rgba, normal, &value, scene, sight, &mesh);
            fits = add_part(b, lane, &before_it, &front);
            if (front.rgba[3] >= 1)
                return fits;
            pel__fragment last = mesh;
            meets = pel__sheet_next(&mesh, scene, sight, &last);
        }
        if (r < whole->runs && fits)
            fits = add_part(b, lane, &run, &rest);
    }
    return fits;
}

// what has hidden as much as layers ask for is what the ray ends at
static void note_end(bundle *b, int lane, float layer_at, double at, bool is_mesh)
{
    if (b->at[lane] >= 0 || 1 - b->packet.left[lane] < layer_at)
        return;
    b->at[lane] = at > 0 ? at : 0;
    b->is_mesh[lane] = is_mesh;
}

static void add_mesh(bundle *b, int lane, int r, const pel__fast *fast, float layer_at)
{
    pel__packet *p = &b->packet;
    const part *behind = &b->part[lane][r];
    if (r >= b->ray[lane].runs)
        return;
    note_end(b, lane, layer_at, b->ray[lane].run[r].lo, false);
    if (!(behind->rgba[3] > 0) || p->left[lane] < fast->cast.least_left)
        return;
    float share = p->left[lane] * behind->rgba[3];
    for (int c = 0; c < 3; c++)
        p->rgb[c][lane] += share * behind->rgba[c];
    p->left[lane] *= 1 - behind->rgba[3];
    note_end(b, lane, layer_at, behind->at, true);
}

/* ---- packets ---- */

// the light in the grid, so that its product with a gradient by indices is one in the world
static void set_light(bundle *b, int lane, const pel__body *body)
{
    const pel__ray *ray = &b->ray[lane];
    pel__packet *p = &b->packet;
    double unit = pel__fast_gradient_unit(&body->field);
    for (int a = 0; a < 3; a++) {
        const double *m = body->ijk_from_mm.m[a];
        double light = 0, half = 0;
        for (int r = 0; r < 3; r++) {
            light += m[r] * (double)ray->light.to_light[r];
            half += m[r] * (double)ray->light.half[r];
        }
        p->light[a][lane] = (float)(light * unit);
        p->half[a][lane] = (float)(half * unit);
    }
}

static void empty_lane(bundle *b, int lane)
{
    pel__packet *p = &b->packet;
    b->at[lane] = -1;
    b->is_mesh[lane] = false;
    for (int a = 0; a < 3; a++)
        p->rgb[a][lane] = 0;
    p->left[lane] = 1;
    p->best[lane] = -INFINITY;
    p->sum[lane] = p->weight[lane] = 0;
    p->samples[lane] = 0;
}

static int32_t rounded(double x)
{
    return (int32_t)(x < 0 ? x - 0.5 : x + 0.5);
}

// run r of a lane's ray; false where it has none, or no sample in it
static bool set_run(bundle *b, int lane, int r, const pel__body *body, const pel__caster *cast)
{
    const pel__ray *ray = &b->ray[lane];
    pel__packet *p = &b->packet;
    p->count[lane] = 0;
    for (int a = 0; a < 3; a++)
        p->p[a][lane] = p->dp[a][lane] = 0;
    if (r >= ray->runs || p->left[lane] < cast->least_left)
        return false;
    const pel__run *run = &ray->run[r];
    double first = b->part[lane][r].first, last = b->part[lane][r].last;
    double one = 1 << cast->fraction;
    if (first > last)
        return false;
    for (int a = 0; a < 3; a++) {
        p->p[a][lane] = rounded((ray->origin[a] + first * ray->step[a]) * one);
        p->dp[a][lane] = rounded(ray->step[a] * one);
    }
    p->count[lane] = (int32_t)(last - first) + 1;
    p->first[lane] = (float)(first == last ? run->hi - run->lo : first - run->lo + 0.5);
    p->last[lane] = (float)(run->hi - last + 0.5);
    p->face_light[lane] = body->fast->way == PEL__CAST_LIT ? pel__face_light(body, ray, run) : 0;
    p->face_from[lane] = (float)(first - b->part[lane][r].begin);
    return true;
}

// samples of one number lie side by side: the same voxels serve all lanes; even ones stay even
static void align(bundle *b, int r, int lanes)
{
    pel__packet *p = &b->packet;
    double least = INFINITY;
    for (int l = 0; l < lanes; l++)
        if (p->count[l] > 0 && b->part[l][r].first < least)
            least = b->part[l][r].first;
    for (int l = 0; l < lanes; l++)
        p->from[l] = p->count[l] > 0 ? (int32_t)(b->part[l][r].first - 2 * floor(least / 2)) : 0;
}

static void cast_bundle(bundle *b, int lanes, const pel_scene *scene, const pel__body *body)
{
    const pel__fast *fast = body->fast;
    const pel__cast_set *set = &pel__kernels_get()->cast;
    int most = 0;
    for (int l = 0; l < lanes; l++) {
        empty_lane(b, l);
        if (fast->way == PEL__CAST_LIT && b->ray[l].runs > 1)
            set_light(b, l, body);
        if (b->ray[l].runs > most)
            most = b->ray[l].runs;
    }
    // run 0 is the whole way through the volume
    for (int r = 1; r < most; r++) {
        bool any = false;
        for (int l = 0; l < lanes; l++)
            any |= set_run(b, l, r, body, &fast->cast);
        align(b, r, lanes);
        if (any)
            set->run[fast->way][body->field.kind](&fast->cast, &b->packet);
        for (int l = 0; l < lanes && scene->sheets > 0; l++)
            add_mesh(b, l, r, fast, (float)scene->params.layer_at);
    }
}

static void find_lane(pel__found *out, const bundle *b, int lane, const pel__body *body)
{
    const pel__fast *fast = body->fast;
    const pel__packet *p = &b->packet;
    *out = (pel__found){ .value = NAN, .at = b->at[lane], .samples = p->samples[lane] };
    out->body = b->is_mesh[lane] ? -1 : 0;
    // a ray that ended early has seen all there is
    float seen = 1 - p->left[lane];
    bool ended = p->left[lane] < fast->cast.least_left;
    for (int a = 0; a < 3; a++)
        out->rgb[a] = ended ? p->rgb[a][lane] / seen : p->rgb[a][lane];
    out->alpha = ended ? 1 : seen;
    if (fast->way == PEL__CAST_EXTREME && p->best[lane] > -INFINITY)
        out->value =
            (float)pel__fast_value(&body->field, (double)(p->best[lane] * fast->cast.sign));
    if (fast->way == PEL__CAST_MEAN && p->weight[lane] > 0)
        out->value = (float)pel__fast_value(&body->field, (double)(p->sum[lane] / p->weight[lane]));
}

bool pel__fast_is_for(const pel_scene *scene)
{
    return scene->bodies == 1 && scene->body[0]->fast &&
           (scene->sheets == 0 || scene->params.mode == PEL_COMPOSITE);
}

// lanes that have no room for their meshes are cast one by one, at once
static void set_lane(bundle *b, int lane, pel__found *out, const pel_scene *scene,
                     const pel_camera *camera, const double uv[2], double footprint)
{
    if (scene->sheets == 0) {
        pel__ray_set(&b->ray[lane], scene, scene->body[0], camera, uv[0], uv[1]);
        for (int r = 1; r < b->ray[lane].runs; r++)
            b->part[lane][r] = whole_part(&b->ray[lane].run[r]);
        return;
    }
    pel__sight sight;
    pel__sight_set(&sight, scene, camera, uv[0], uv[1]);
    sight.footprint = footprint;
    if (part_ray(b, lane, scene, &sight))
        return;
    pel__cast(out, scene, &sight);
    b->ray[lane].runs = ALONE;
}

void pel__fast_cast(pel__found *out, const pel_scene *scene, const pel_camera *camera,
                    const double (*uv)[2], int count, double footprint)
{
    const pel__body *body = scene->body[0];
    int lanes = pel__kernels_get()->cast.lanes;
    bundle b;
    memset(&b.packet, 0, sizeof b.packet);
    for (int i0 = 0; i0 < count; i0 += lanes) {
        for (int l = 0; l < lanes; l++) {
            b.ray[l].runs = 0;
            if (i0 + l < count)
                set_lane(&b, l, &out[i0 + l], scene, camera, uv[i0 + l], footprint);
        }
        cast_bundle(&b, lanes, scene, body);
        for (int l = 0; l < lanes && i0 + l < count; l++)
            if (b.ray[l].runs != ALONE)
                find_lane(&out[i0 + l], &b, l, body);
    }
}

void pel__fast_tile(pel_image *image, const pel_scene *scene, const pel_camera *camera,
                    const int64_t box[4], int64_t *samples)
{
    int lanes = pel__kernels_get()->cast.lanes;
    int64_t across = lanes >= 8 ? 4 : lanes >= 4 ? 2 : 1, down = lanes / across;
    for (int64_t y0 = box[1]; y0 < box[3]; y0 += down)
        for (int64_t x0 = box[0]; x0 < box[2]; x0 += across) {
            pel__found found[PEL__CAST_LANES];
            double uv[PEL__CAST_LANES][2];
            int64_t at[PEL__CAST_LANES];
            int count = 0;
            for (int64_t y = y0; y < y0 + down && y < box[3]; y++)
                for (int64_t x = x0; x < x0 + across && x < box[2]; x++) {
                    uv[count][0] = (double)x + 0.5;
                    uv[count][1] = (double)y + 0.5;
                    at[count++] = y * image->width + x;
                }
            pel__fast_cast(found, scene, camera, (const double(*)[2])uv, count, 1);
            for (int i = 0; i < count; i++) {
                *samples += found[i].samples;
                pel__pixel_put(image, scene, NULL, &found[i], at[i]);
            }
        }
}
