/* SPDX-License-Identifier: Apache-2.0 */
/* camera.c: where a picture is taken from: aim, rays, projection. */
#include <math.h>
#include <stdlib.h>

#include <pellucid/image.h>

#include "base/exact.h"
#include "base/maths.h"
#include "base/status.h"
#include "image/camera.h"
#include "image/look.h"

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
    { "camera", PEL_KIND_TEXT, offsetof(pel_camera_params, camera), NULL, 0, 0, NULL, NULL,
      "JSON|FILE",
      "take the picture as this camera: JSON with K, distortion, R, t as OpenCV, or one saved "
      "here" },
    PEL_FILE(pel_camera_params, save_camera, "write the camera as used, as JSON"),
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

/* ---- a camera that is given ---- */

pel_status pel_camera_load(pel_camera *out, const char *file_or_json)
{
    if (*file_or_json == '{')
        return pel_camera_from_json(out, file_or_json);
    char *text;
    *out = (pel_camera){ 0 };
    pel_status s = pel__text_file(&text, file_or_json, "camera");
    if (s == PEL_OK)
        s = pel__during(pel_camera_from_json(out, text), "%s", file_or_json);
    free(text);
    return s;
}

static pel_status check_alone(const pel_camera_params *params)
{
    for (int i = 0; i < pel_camera_schema.count; i++) {
        const pel_param *param = &pel_camera_schema.params[i];
        if (param->offset != offsetof(pel_camera_params, camera) &&
            param->offset != offsetof(pel_camera_params, save_camera) &&
            !pel_schema_is_default(&pel_camera_schema, params, param))
            return pel__fail(PEL_EPARAM,
                             "--camera says all of where the picture is taken from; "
                             "leave out --%s",
                             param->name);
    }
    return PEL_OK;
}

static void scale_to(pel_camera *c, int64_t width, int64_t height)
{
    double across = (double)width / (double)c->width, down = (double)height / (double)c->height;
    c->focal_px *= across;
    c->focal_y_px *= down;
    c->principal_px[0] *= across;
    c->principal_px[1] *= down;
    c->mm_per_pixel /= across;
    c->width = width;
    c->height = height;
}

static pel_status take_given(pel_camera *out, const pel_camera_params *params, int64_t width,
                             int64_t height)
{
    pel_status s = check_alone(params);
    if (s == PEL_OK)
        s = pel_camera_load(out, params->camera);
    if (s != PEL_OK)
        return s;
    double rows = (double)width * (double)out->height / (double)out->width;
    if (fabs(rows - (double)height) >= 1)
        return pel__fail(PEL_EPARAM,
                         "--size %lldx%lld has another shape than the camera's picture "
                         "of %lldx%lld; leave --size out, or keep the shape",
                         (long long)width, (long long)height, (long long)out->width,
                         (long long)out->height);
    scale_to(out, width, height);
    return PEL_OK;
}

pel_status pel_camera_aim(pel_camera *out, const pel_camera_params *params, int64_t width,
                          int64_t height, const pel_vec3 corners_mm[8], bool oriented)
{
    *out = (pel_camera){ 0 };
    pel_status s = check(params, width, height, oriented);
    if (s == PEL_OK && params->camera)
        return take_given(out, params, width, height);
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

/* ---- the lens ---- */

// OpenCV's model (calib3d): where a point at x, y of the plane at distance 1 seems to be; `slope`
// (may be NULL) is d(out)/d(x, y), row by row
static void distort(double out[2], double slope[4], const double k[8], double x, double y)
{
    double r = x * x + y * y;
    double over = 1 + r * (k[0] + r * (k[1] + r * k[4]));
    double under = 1 + r * (k[5] + r * (k[6] + r * k[7]));
    double radial = over / under;
    out[0] = x * radial + 2 * k[2] * x * y + k[3] * (r + 2 * x * x);
    out[1] = y * radial + k[2] * (r + 2 * y * y) + 2 * k[3] * x * y;
    if (!slope)
        return;
    double over_by_r = k[0] + r * (2 * k[1] + r * 3 * k[4]);
    double under_by_r = k[5] + r * (2 * k[6] + r * 3 * k[7]);
    double by_r = 2 * (over_by_r * under - over * under_by_r) / (under * under);
    slope[0] = radial + x * x * by_r + 2 * k[2] * y + 6 * k[3] * x;
    slope[1] = x * y * by_r + 2 * k[2] * x + 2 * k[3] * y;
    slope[2] = x * y * by_r + 2 * k[2] * x + 2 * k[3] * y;
    slope[3] = radial + y * y * by_r + 6 * k[2] * y + 2 * k[3] * x;
}

static double turn_of(const double slope[4])
{
    return slope[0] * slope[3] - slope[1] * slope[2];
}

// beyond where the model folds over, what it says is of no lens
static bool is_unfolded(const double k[8], double x, double y)
{
    enum { PLACES = 32 };
    for (int i = 1; i <= PLACES; i++) {
        double seen[2], slope[4], part = (double)i / PLACES;
        distort(seen, slope, k, part * x, part * y);
        if (!(turn_of(slope) > 0))
            return false;
    }
    return true;
}

// Newton's method
static bool undistort(double xy[2], const pel_camera *c, double u, double v)
{
    double want[2] = { (u - c->principal_px[0]) / c->focal_px,
                       (v - c->principal_px[1]) / c->focal_y_px };
    double x = want[0], y = want[1], got[2], slope[4];
    for (int i = 0; i < 60; i++) {
        distort(got, slope, c->distortion, x, y);
        double du = want[0] - got[0], dv = want[1] - got[1];
        double area = turn_of(slope);
        if (!(area > 0))
            return false;
        double dx = (slope[3] * du - slope[1] * dv) / area;
        double dy = (slope[0] * dv - slope[2] * du) / area;
        x += dx;
        y += dy;
        if (fabs(dx) * c->focal_px < 1e-10 && fabs(dy) * c->focal_y_px < 1e-10) {
            xy[0] = x;
            xy[1] = y;
            return is_unfolded(c->distortion, x, y);
        }
    }
    return false;
}

static void ray_of_lens(const pel_camera *c, double u, double v, pel_vec3 *direction)
{
    double xy[2];
    if (!undistort(xy, c, u, v)) {
        *direction = pel__scale(c->forward, -1);
        return;
    }
    pel_vec3 across = pel__plus(pel__scale(c->right, xy[0]), pel__scale(c->down, xy[1]));
    *direction = pel__unit(pel__plus(across, c->forward));
}

void pel_camera_ray(const pel_camera *camera, double u, double v, pel_vec3 *origin_mm,
                    pel_vec3 *direction)
{
    if (camera->has_lens) {
        *origin_mm = camera->eye_mm;
        ray_of_lens(camera, u, v, direction);
        return;
    }
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
    if (camera->has_lens) {
        double seen[2];
        distort(seen, NULL, camera->distortion, x / z, y / z);
        *u = camera->principal_px[0] + camera->focal_px * seen[0];
        *v = camera->principal_px[1] + camera->focal_y_px * seen[1];
        *depth_mm = pel__length(arm);
        return before;
    }
    double scale = camera->perspective ? camera->focal_px / z : 1 / camera->mm_per_pixel;
    *u = 0.5 * (double)camera->width + x * scale;
    *v = 0.5 * (double)camera->height + y * scale;
    *depth_mm = camera->perspective ? pel__length(arm) : z;
    return before;
}
