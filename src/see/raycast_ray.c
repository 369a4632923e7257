/* SPDX-License-Identifier: Apache-2.0 */
/* raycast_ray.c: the ray of a pixel, in the grid of a body and within what is kept of it. */
#include <math.h>
#include <string.h>

#include "base/maths.h"
#include "see/sheet.h"

static void to_floats(float out[3], pel_vec3 v)
{
    out[0] = (float)v.x;
    out[1] = (float)v.y;
    out[2] = (float)v.z;
}

static pel_vec3 in_world(const pel_camera *camera, pel_vec3 in_picture)
{
    pel_vec3 flat =
        pel__minus(pel__scale(camera->right, in_picture.x), pel__scale(camera->down, in_picture.y));
    return pel__minus(flat, pel__scale(camera->forward, in_picture.z));
}

// where the ray is within the box of voxel faces, counted in steps
static pel__run through_box(const pel__ray *ray, const int64_t dims[3])
{
    pel__run run = { 0, INFINITY, { 0 } };
    for (int a = 0; a < 3; a++) {
        double lo = -0.5 - ray->origin[a], hi = (double)dims[a] - 0.5 - ray->origin[a];
        if (ray->step[a] == 0) {
            if (lo > 0 || hi < 0)
                return (pel__run){ 1, 0, { 0 } };
            continue;
        }
        double t0 = lo / ray->step[a], t1 = hi / ray->step[a];
        if (fmin(t0, t1) > run.lo) {
            run = (pel__run){ fmin(t0, t1), run.hi, { 0 } };
            run.face[a] = 1;
        }
        run.hi = fmin(run.hi, fmax(t0, t1));
    }
    return run;
}

static void set_light(pel__light *out, pel_vec3 in_picture, const pel_camera *camera,
                      pel_vec3 direction)
{
    pel_vec3 to_eye = pel__scale(direction, -1);
    bool head = in_picture.x == 0 && in_picture.y == 0;
    pel_vec3 light = head ? to_eye : in_world(camera, in_picture);
    to_floats(out->to_light, light);
    to_floats(out->half, pel__unit(pel__plus(light, to_eye)));
}

void pel__ray_set(pel__ray *ray, const pel_scene *scene, const pel__body *body,
                  const pel_camera *camera, double u, double v)
{
    pel_camera_ray(camera, u, v, &ray->origin_mm, &ray->direction);
    pel_vec3 o = pel_affine_point(body->ijk_from_mm, ray->origin_mm);
    pel_vec3 d =
        pel__scale(pel_affine_direction(body->ijk_from_mm, ray->direction), scene->step_mm);
    const double origin[3] = { o.x, o.y, o.z }, step[3] = { d.x, d.y, d.z };
    memcpy(ray->origin, origin, sizeof origin);
    memcpy(ray->step, step, sizeof step);
    set_light(&ray->light, body->light, camera, ray->direction);
    ray->run[0] = through_box(ray, body->shape.dims);
    ray->runs = 1;
    if (ray->run[0].lo <= ray->run[0].hi)
        ray->runs += pel__keep_runs(ray->run + 1, &body->keep, origin, step, ray->run[0]);
}

void pel__sight_set(pel__sight *sight, const pel_scene *scene, const pel_camera *camera, double u,
                    double v)
{
    sight->camera = camera;
    sight->footprint = 1;
    pel_camera_ray(camera, u, v, &sight->origin_mm, &sight->direction);
    for (int b = 0; b < scene->bodies; b++)
        pel__ray_set(&sight->ray[b], scene, scene->body[b], camera, u, v);
    if (scene->sheets == 0)
        return;
    for (int s = 0; s < scene->sheets; s++)
        set_light(&sight->light[s], scene->sheet[s]->light, camera, sight->direction);
    pel_vec3 d = pel__scale(sight->direction, scene->step_mm);
    const double origin[3] = { sight->origin_mm.x, sight->origin_mm.y, sight->origin_mm.z };
    const double step[3] = { d.x, d.y, d.z };
    sight->kept_runs = pel__keep_runs(sight->kept, &scene->keep_mm, origin, step,
                                      (pel__run){ 0, INFINITY, { 0 } });
}
