/* SPDX-License-Identifier: Apache-2.0 */
/* camera.c: where a picture is taken from: aim, rays, projection. */
#include <math.h>

#include <pellucid/image.h>

#include "base/exact.h"
#include "base/maths.h"
#include "base/status.h"
#include "image/camera.h"

static const pel_param table[] = {
    PEL_CHOICE(pel_camera_params, view, "none", "none|front|back|left|right|top|bottom",
               "look at the patient from there; the orientation must be known"),
    PEL_NUMBER(pel_camera_params, elev, NULL, -36000, 36000, "degrees",
               "viewer's height above the xy plane, as matplotlib's; default 30"),
    PEL_NUMBER(pel_camera_params, azim, NULL, -36000, 36000, "degrees",
               "viewer's turn about z, as matplotlib's; default -60, or 120 (the face's side)"),
    PEL_NUMBER(pel_camera_params, roll, "0", -36000, 36000, "degrees",
               "turn the picture clockwise"),
    PEL_NUMBER(pel_camera_params, fov, NULL, 0.1, 160, "degrees",
               "vertical field of view; default orthographic"),
    PEL_NUMBER(pel_camera_params, zoom, "1", 1e-3, 1e4, NULL, "1 fits the scene"),
    PEL_NUMBERS(pel_camera_params, center, NULL, -1e9, 1e9, "mm", "X,Y,Z",
                "world point at the picture's middle; default the middle of the scene"),
    PEL_NUMBER(pel_camera_params, mm_per_pixel, NULL, 1e-9, 1e9, "mm",
               "exact scale of an orthographic picture; default fits the scene"),
};
const pel_schema pel_camera_schema =
    PEL_SCHEMA(pel_camera_params, "camera", "where the picture is taken from", table);

pel_camera_params pel_camera_defaults(void)
{
    pel_camera_params params;
    pel_schema_defaults(&pel_camera_schema, &params);
    return params;
}

enum { NO_VIEW, FRONT, BACK, LEFT, RIGHT, TOP, BOTTOM };

static const struct {
    double elev, azim;
} views[] = {
    [NO_VIEW] = { 30, -60 }, [FRONT] = { 0, 90 }, [BACK] = { 0, -90 },    [LEFT] = { 0, 180 },
    [RIGHT] = { 0, 0 },      [TOP] = { 90, -90 }, [BOTTOM] = { -90, 90 },
};

static void set_axes(pel_camera *camera, const pel_camera_params *params, bool oriented)
{
    double elev = params->elev, azim = params->azim;
    if (isnan(elev))
        elev = views[params->view].elev;
    if (isnan(azim))
        azim = params->view == NO_VIEW && oriented ? 120 : views[params->view].azim;
    double ce = pel__cos_degrees(elev), se = pel__sin_degrees(elev);
    double ca = pel__cos_degrees(azim), sa = pel__sin_degrees(azim);
    pel_vec3 near = { ce * ca, ce * sa, se }, right = { -sa, ca, 0 };
    pel_vec3 up = pel__cross(near, right);
    // the picture turns clockwise when its axes turn the other way
    double cr = pel__cos_degrees(params->roll), sr = pel__sin_degrees(params->roll);
    camera->right = pel__plus(pel__scale(right, cr), pel__scale(up, sr));
    camera->down = pel__minus(pel__scale(right, sr), pel__scale(up, cr));
    camera->forward = pel__scale(near, -1);
}

static pel_status check(const pel_camera_params *params, int64_t width, int64_t height,
                        bool oriented)
{
    pel_status s = pel_schema_check(&pel_camera_schema, params);
    if (s != PEL_OK)
        return s;
    if (width < 1 || height < 1)
        return pel__fail(PEL_EPARAM, "a picture of %lldx%lld pixels cannot be taken",
                         (long long)width, (long long)height);
    if (params->center.count != 0 && params->center.count != 3)
        return pel__fail(PEL_EPARAM, "--center has %d numbers; it wants three: X,Y,Z in mm",
                         params->center.count);
    if (!isnan(params->mm_per_pixel) && !isnan(params->fov))
        return pel__fail(PEL_EPARAM, "--mm-per-pixel and --fov together: a perspective picture has "
                                     "no single scale; leave one out");
    if (!isnan(params->mm_per_pixel) && params->zoom != 1)
        return pel__fail(PEL_EPARAM, "--mm-per-pixel and --zoom both set the scale; leave one out");
    if (params->view != NO_VIEW && !oriented)
        return pel__fail(PEL_EDATA, "--view needs to know where the face is, but the orientation "
                                    "of the volume is unknown; say which way its axes point with "
                                    "--assume (such as --assume RAS), or use --elev and --azim");
    return PEL_OK;
}

// half the picture, less its margin
static double usable(int64_t pixels)
{
    return 0.48 * (double)pixels;
}

static double power_of_two_above(double x)
{
    int exponent;
    double m = frexp(x, &exponent);
    return ldexp(1, m == 0.5 ? exponent - 1 : exponent);
}

double pel__camera_fit(const pel_camera *camera, pel_vec3 centre_mm, const pel_vec3 corners_mm[8])
{
    double fit = 0;
    for (int c = 0; c < 8; c++) {
        pel_vec3 arm = pel__minus(corners_mm[c], centre_mm);
        double x = fabs(pel__dot(arm, camera->right)) / usable(camera->width);
        double y = fabs(pel__dot(arm, camera->down)) / usable(camera->height);
        double depth = pel__dot(arm, camera->forward);
        // in perspective as near as lets every corner into the picture
        fit = fmax(fit, camera->perspective ? camera->focal_px * fmax(x, y) - depth : fmax(x, y));
    }
    return fit;
}

static void place_orthographic(pel_camera *camera, const pel_camera_params *params, pel_vec3 centre,
                               const pel_vec3 corners_mm[8])
{
    double farthest = 0, fit = pel__camera_fit(camera, centre, corners_mm);
    for (int c = 0; c < 8; c++)
        farthest = fmax(farthest, pel__length(pel__minus(corners_mm[c], centre)));
    double distance = farthest > 0 ? power_of_two_above(farthest) : 1;
    camera->eye_mm = pel__minus(centre, pel__scale(camera->forward, distance));
    camera->focal_px = NAN;
    camera->mm_per_pixel = !isnan(params->mm_per_pixel) ? params->mm_per_pixel
                           : fit > 0                    ? fit / params->zoom
                                                        : 1;
}

static void place_perspective(pel_camera *camera, const pel_camera_params *params, pel_vec3 centre,
                              const pel_vec3 corners_mm[8])
{
    double half = params->fov / 2;
    camera->focal_px =
        0.5 * (double)camera->height * pel__cos_degrees(half) / pel__sin_degrees(half);
    double distance = pel__camera_fit(camera, centre, corners_mm);
    camera->eye_mm = pel__minus(centre, pel__scale(camera->forward, distance));
    camera->focal_px *= params->zoom;
    camera->mm_per_pixel = NAN;
}

pel_status pel_camera_aim(pel_camera *out, const pel_camera_params *params, int64_t width,
                          int64_t height, const pel_vec3 corners_mm[8], bool oriented)
{
    *out = (pel_camera){ 0 };
    pel_status s = check(params, width, height, oriented);
    if (s != PEL_OK)
        return s;
    pel_vec3 centre = { 0 };
    for (int c = 0; c < 8; c++)
        centre = pel__plus(centre, pel__scale(corners_mm[c], 0.125));
    if (params->center.count)
        centre =
            (pel_vec3){ params->center.value[0], params->center.value[1], params->center.value[2] };
    out->width = width;
    out->height = height;
    out->perspective = !isnan(params->fov);
    set_axes(out, params, oriented);
    if (out->perspective)
        place_perspective(out, params, centre, corners_mm);
    else
        place_orthographic(out, params, centre, corners_mm);
    return PEL_OK;
}

void pel_camera_ray(const pel_camera *camera, double u, double v, pel_vec3 *origin_mm,
                    pel_vec3 *direction)
{
    double x = u - 0.5 * (double)camera->width, y = v - 0.5 * (double)camera->height;
    pel_vec3 across = pel__plus(pel__scale(camera->right, x), pel__scale(camera->down, y));
    if (camera->perspective) {
        *origin_mm = camera->eye_mm;
        *direction = pel__unit(pel__plus(across, pel__scale(camera->forward, camera->focal_px)));
    } else {
        *origin_mm = pel__plus(camera->eye_mm, pel__scale(across, camera->mm_per_pixel));
        *direction = camera->forward;
    }
}

bool pel_camera_project(const pel_camera *camera, pel_vec3 point_mm, double *u, double *v,
                        double *depth_mm)
{
    pel_vec3 arm = pel__minus(point_mm, camera->eye_mm);
    double x = pel__dot(arm, camera->right), y = pel__dot(arm, camera->down);
    double z = pel__dot(arm, camera->forward);
    bool before = camera->perspective ? z > 0 : z >= 0;
    double scale = camera->perspective ? camera->focal_px / z : 1 / camera->mm_per_pixel;
    *u = 0.5 * (double)camera->width + x * scale;
    *v = 0.5 * (double)camera->height + y * scale;
    *depth_mm = camera->perspective ? pel__length(arm) : z;
    return before;
}
