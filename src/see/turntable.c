/* SPDX-License-Identifier: Apache-2.0 */
/* turntable.c: the cameras of a film that goes around its scene. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include <pellucid/see.h>

#include "base/exact.h"
#include "base/maths.h"
#include "base/memory.h"
#include "base/params.h"
#include "base/status.h"
#include "base/text.h"
#include "image/camera.h"

static const pel_param table[] = {
    PEL_INTEGER(pel_turntable_params, turntable, "0", 0, 100000, "frames",
                "a film around the scene: so many frames, none of them twice"),
    PEL_NUMBER(pel_turntable_params, arc, "360", -360, 360, "degrees",
               "how far around; below 360 both ends are shown; negative: the other way"),
    PEL_TEXT(pel_turntable_params, axis, NULL, "S|z|X,Y,Z",
             "turn about this: L R A P S I, x y z, or a direction; default z"),
};
const pel_schema pel_turntable_schema =
    PEL_SCHEMA(pel_turntable_params, "turntable", "a film that goes around", table);

pel_turntable_params pel_turntable_defaults(void)
{
    pel_turntable_params params;
    pel_schema_defaults(&pel_turntable_schema, &params);
    return params;
}

static pel_status find_axis(pel_vec3 *out, const char *text, bool oriented)
{
    static const struct {
        const char *word;
        pel_vec3 axis;
    } named[] = { { "x", { 1, 0, 0 } },  { "y", { 0, 1, 0 } },  { "z", { 0, 0, 1 } },
                  { "R", { 1, 0, 0 } },  { "L", { -1, 0, 0 } }, { "A", { 0, 1, 0 } },
                  { "P", { 0, -1, 0 } }, { "S", { 0, 0, 1 } },  { "I", { 0, 0, -1 } } };
    enum { LETTERS = 3 }; // from here on they are anatomical
    for (int i = 0; i < (int)(sizeof named / sizeof *named); i++) {
        if (!pel__same_word(text, named[i].word))
            continue;
        *out = named[i].axis;
        return i < LETTERS || oriented
                   ? PEL_OK
                   : pel__fail(PEL_EDATA,
                               "--axis %s needs to know where that is, but the orientation of the "
                               "volume is unknown; say which way its axes point with --assume "
                               "(such as --assume RAS), or turn about x, y or z",
                               text);
    }
    pel_numbers n;
    if (!pel__parse_numbers(&n, text, ',') || n.count != 3 ||
        !(pel__length((pel_vec3){ n.value[0], n.value[1], n.value[2] }) > 0))
        return pel__fail(PEL_EPARAM,
                         "--axis is '%s'; it wants L, R, A, P, S, I, x, y, z or a direction X,Y,Z",
                         text);
    *out = pel__unit((pel_vec3){ n.value[0], n.value[1], n.value[2] });
    return PEL_OK;
}

// right-handed about a unit axis (Rodrigues)
static pel_vec3 turned(pel_vec3 v, pel_vec3 axis, double degrees)
{
    double c = pel__cos_degrees(degrees), s = pel__sin_degrees(degrees);
    pel_vec3 along = pel__scale(axis, pel__dot(axis, v) * (1 - c));
    return pel__plus(pel__plus(pel__scale(v, c), pel__scale(pel__cross(axis, v), s)), along);
}

static double degrees_of(const pel_turntable_params *params, int64_t n)
{
    bool whole = fabs(params->arc) == 360;
    int64_t parts = whole ? params->turntable : params->turntable - 1;
    return parts > 0 ? params->arc * (double)n / (double)parts : 0;
}

static pel_vec3 centre_of(const pel_camera_params *camera, const pel_vec3 corners_mm[8])
{
    const double *c = camera->center.value;
    pel_vec3 centre = { 0 };
    for (int i = 0; i < 8; i++)
        centre = pel__plus(centre, pel__scale(corners_mm[i], 0.125));
    return camera->center.count == 3 ? (pel_vec3){ c[0], c[1], c[2] } : centre;
}

// one scale for all frames: that of the angle from which the scene looks largest
static void fit(pel_camera *cameras, int64_t count, const pel_camera_params *camera,
                pel_vec3 centre, const pel_vec3 corners_mm[8])
{
    double most = 0;
    for (int64_t n = 0; n < count; n++) {
        pel_camera plain = cameras[n];
        plain.focal_px /= camera->zoom;
        most = fmax(most, pel__camera_fit(&plain, centre, corners_mm));
    }
    for (int64_t n = 0; n < count; n++)
        if (cameras[n].perspective)
            cameras[n].eye_mm = pel__minus(centre, pel__scale(cameras[n].forward, most));
        else if (isnan(camera->mm_per_pixel) && most > 0)
            cameras[n].mm_per_pixel = most / camera->zoom;
}

pel_status pel_turntable(pel_camera **out, const pel_scene *scene, const pel_camera_params *camera,
                         const pel_turntable_params *params)
{
    *out = NULL;
    bool oriented;
    pel_camera first;
    pel_vec3 axis, corners[8];
    pel_status s = pel_schema_check(&pel_turntable_schema, params);
    if (s == PEL_OK && params->turntable < 1)
        s = pel__fail(PEL_EPARAM, "--turntable wants the number of frames");
    pel_scene_box(scene, corners, &oriented);
    if (s == PEL_OK)
        s = find_axis(&axis, params->axis ? params->axis : "z", oriented);
    if (s == PEL_OK)
        s = pel_scene_aim(&first, scene, camera);
    if (s == PEL_OK)
        s = pel__alloc(out, params->turntable, sizeof **out, "the cameras of a film");
    if (s != PEL_OK)
        return s;
    pel_camera *cameras = *out;
    pel_vec3 centre = centre_of(camera, corners);
    for (int64_t n = 0; n < params->turntable; n++) {
        double degrees = degrees_of(params, n);
        cameras[n] = first;
        cameras[n].right = turned(first.right, axis, degrees);
        cameras[n].down = turned(first.down, axis, degrees);
        cameras[n].forward = turned(first.forward, axis, degrees);
        pel_vec3 arm = pel__minus(first.eye_mm, centre);
        cameras[n].eye_mm = pel__plus(centre, turned(arm, axis, degrees));
    }
    fit(cameras, params->turntable, camera, centre, corners);
    return PEL_OK;
}

void pel_turntable_free(pel_camera *cameras)
{
    pel__free(cameras);
}
