/* SPDX-License-Identifier: Apache-2.0 */
/* voxels_view.c: the projection of matplotlib's 3D axes, forwards and backwards. */
#include <math.h>

#include "base/exact.h"
#include "base/maths.h"
#include "see/voxels.h"

/* matplotlib 3.6, mplot3d: how far the eye is, the length of the box aspect, the part of the figure
 * that axes fill, and the window of projected coordinates they show */
static const double distance = 10, aspect_length = 1.8294640721620434;
static const double subplot_left = 0.125, subplot_right = 0.9, subplot_bottom = 0.11,
                    subplot_top = 0.88;
static const double window_low = -0.095, window_high = 0.09;

static double dot(const double a[3], const double b[3])
{
    return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
}

static void set_directions(pel__view *view, const pel_voxels_params *params)
{
    double ce = pel__cos_degrees(params->elev), se = pel__sin_degrees(params->elev);
    double ca = pel__cos_degrees(params->azim), sa = pel__sin_degrees(params->azim);
    pel_vec3 toward = { ce * ca, ce * sa, se };
    pel_vec3 right = { -sa, ca, 0 };
    pel_vec3 up = pel__cross(toward, right);
    double cr = pel__cos_degrees(params->roll), sr = pel__sin_degrees(params->roll);
    pel_vec3 turned = pel__minus(pel__scale(right, cr), pel__scale(up, sr));
    pel_vec3 risen = pel__plus(pel__scale(up, cr), pel__scale(right, sr));
    const pel_vec3 from[3] = { toward, turned, risen };
    double(*const to[3])[3] = { &view->toward, &view->right, &view->up };
    for (int i = 0; i < 3; i++) {
        (*to[i])[0] = from[i].x;
        (*to[i])[1] = from[i].y;
        (*to[i])[2] = from[i].z;
    }
}

void pel__view_aim(pel__view *view, const pel_voxels_params *params, const double aspect[3],
                   double width_pt, double height_pt)
{
    view->perspective = params->proj == PEL__PERSP;
    set_directions(view, params);
    double length = sqrt(dot(aspect, aspect));
    for (int a = 0; a < 3; a++) {
        double side = aspect[a] * aspect_length / length;
        view->scale[a] = side / (view->hi[a] - view->lo[a]);
        view->eye[a] = side / 2 + distance * view->toward[a];
    }
    // the axes are the largest square in the middle of their part of the figure
    double width = (subplot_right - subplot_left) * width_pt;
    double height = (subplot_top - subplot_bottom) * height_pt;
    double side = fmin(width, height);
    double left = subplot_left * width_pt + (width - side) / 2;
    double bottom = subplot_bottom * height_pt + (height - side) / 2;
    view->axes_pt = side;
    view->scale_pt = side / (window_high - window_low);
    view->x0_pt = left - window_low * view->scale_pt;
    view->y0_pt = height_pt - bottom + window_low * view->scale_pt;
}

double pel__view_place(const pel__view *view, const double data[3], double place_pt[2])
{
    double from_eye[3];
    for (int a = 0; a < 3; a++)
        from_eye[a] = (data[a] - view->lo[a]) * view->scale[a] - view->eye[a];
    double depth = -dot(view->toward, from_eye);
    double by = view->scale_pt / (view->perspective ? depth : distance);
    place_pt[0] = view->x0_pt + by * dot(view->right, from_eye);
    place_pt[1] = view->y0_pt - by * dot(view->up, from_eye);
    return depth;
}

pel__sight pel__view_ray(const pel__view *view, double x_pt, double y_pt)
{
    pel__sight ray = { .span = { 0, INFINITY } };
    double x = (x_pt - view->x0_pt) / view->scale_pt, y = (view->y0_pt - y_pt) / view->scale_pt;
    for (int a = 0; a < 3; a++) {
        double aside = x * view->right[a] + y * view->up[a];
        ray.origin[a] = view->eye[a] + (view->perspective ? 0 : distance * aside);
        ray.direction[a] = (view->perspective ? aside : 0) - view->toward[a];
    }
    return ray;
}

void pel__view_unit(const pel__view *view, double *base, double *slope)
{
    *base = view->perspective ? 0 : distance / view->scale_pt;
    *slope = view->perspective ? 1 / view->scale_pt : 0;
}
