/* SPDX-License-Identifier: Apache-2.0 */
/* sheet_shade.c: what a mesh shows where a ray meets it: its colour, lit, and lines along edges. */
#include <math.h>
#include <string.h>

#include "base/maths.h"
#include "see/raycast_shade.h"
#include "see/sheet.h"

// of whole numbers the nearest corner's, never one between
static double number_at(const pel__sheet *sheet, const pel_array *array, const pel__fragment *at,
                        int channel)
{
    if (array->per_triangle || !sheet->corner)
        return pel_array_get(array, at->triangle, channel);
    const int32_t *corner = sheet->corner[at->place];
    if (array->kind == PEL_ARRAY_LABELS) {
        int most = at->share[1] > at->share[0] ? 1 : 0;
        most = at->share[2] > at->share[most] ? 2 : most;
        return pel_array_get(array, corner[most], channel);
    }
    double sum = 0;
    for (int c = 0; c < 3; c++)
        sum += at->share[c] * pel_array_get(array, corner[c], channel);
    return sum;
}

// the normal that the mesh says its surface has; false: it says none
static bool smooth_normal(float out[3], const pel__sheet *sheet, const pel__fragment *at)
{
    if (!sheet->normal)
        return false;
    for (int a = 0; a < 3; a++) {
        double sum = sheet->corner ? 0 : (double)sheet->normal[at->triangle][a];
        for (int c = 0; c < 3 && sheet->corner; c++)
            sum += at->share[c] * (double)sheet->normal[sheet->corner[at->place][c]][a];
        out[a] = (float)sum;
    }
    return pel__dot3(out, out) > 0;
}

static void to_floats(float out[3], pel_vec3 v)
{
    out[0] = (float)v.x;
    out[1] = (float)v.y;
    out[2] = (float)v.z;
}

static void flat_normal(float out[3], const pel__sheet *sheet, const pel__fragment *at)
{
    pel_vec3 p[3];
    for (int c = 0; c < 3; c++)
        p[c] = pel__sheet_point(sheet, sheet->corner[at->place][c]);
    to_floats(out, pel__unit(pel__cross(pel__minus(p[1], p[0]), pel__minus(p[2], p[0]))));
}

// nothing behind an edge, or what turns the other side to the viewer
static bool is_outline(const pel__sheet *sheet, const pel__sight *sight, const pel__fragment *at,
                       int c)
{
    const int32_t *corner = sheet->corner[at->place];
    int32_t across = sheet->across[at->place][c];
    if (across < 0)
        return true;
    pel_vec3 from = pel__sheet_point(sheet, corner[(c + 1) % 3]);
    pel_vec3 edge = pel__minus(pel__sheet_point(sheet, corner[(c + 2) % 3]), from);
    pel_vec3 here = pel__minus(pel__sheet_point(sheet, corner[c]), from);
    pel_vec3 there = pel__minus(pel__sheet_point(sheet, across), from);
    double facing = pel__dot(pel__cross(edge, here), sight->direction);
    return facing * pel__dot(pel__cross(there, edge), sight->direction) <= 0;
}

double pel__line_share(const pel__sheet *sheet, const pel__sight *sight, const pel__fragment *at)
{
    pel_vec3 p[3], hit = pel__plus(sight->origin_mm, pel__scale(sight->direction, at->mm));
    double pixel = pel__pixel_mm(sight->camera, hit), most = 0, wide = sight->footprint;
    for (int c = 0; c < 3; c++)
        p[c] = pel__sheet_point(sheet, sheet->corner[at->place][c]);
    pel_vec3 normal = pel__cross(pel__minus(p[1], p[0]), pel__minus(p[2], p[0]));
    for (int c = 0; c < 3; c++) {
        pel_vec3 edge = pel__minus(p[(c + 2) % 3], p[(c + 1) % 3]);
        pel_vec3 inward = pel__unit(pel__cross(normal, edge));
        // a mm away from the edge within the triangle, as many mm as seen
        double foreshort = fabs(pel__dot(pel__unit(pel__cross(sight->direction, edge)), inward));
        double height = at->share[c] * pel__length(normal) / pel__length(edge);
        double away = height * foreshort / pixel, half = 0.5 * sheet->line_width.value;
        if (sheet->line_width.unit != PEL_PX)
            half *= foreshort / pixel;
        // where no other side shows the other half, all of the line is on this one
        double reach = 0.5 * wide;
        bool alone = away - reach < 2 * half && is_outline(sheet, sight, at, c);
        double from = alone ? away - reach : -half, to = alone ? 2 * half : half;
        // what of the ray's width lies within the line's
        most = fmax(most, fmin(away + reach, to) - fmax(away - reach, from));
    }
    return most < wide ? most / wide : 1;
}

// lines over the face, or alone
static void draw_lines(float rgba[4], const pel__sheet *sheet, const pel__sight *sight,
                       const pel__fragment *at)
{
    const float line[] = { sheet->line.r, sheet->line.g, sheet->line.b };
    float share = (float)pel__line_share(sheet, sight, at);
    float over = share * (sheet->line.set ? sheet->line.a : rgba[3]);
    float under = sheet->lines_alone ? 0 : (1 - over) * rgba[3], all = over + under;
    for (int c = 0; c < 3 && all > 0 && sheet->line.set; c++)
        rgba[c] = (over * line[c] + under * rgba[c]) / all;
    rgba[3] = all;
}

static void set_colour(float rgba[4], float *value, const pel__sheet *sheet,
                       const pel__fragment *at)
{
    float opacity;
    memcpy(rgba, sheet->face, sizeof sheet->face);
    rgba[3] = sheet->opacity;
    *value = NAN;
    if (sheet->values.data) {
        *value = (float)number_at(sheet, &sheet->values, at, 0);
        if (!isnan(*value))
            pel_look_colour(&sheet->look, (double)*value, rgba, &opacity);
    } else if (sheet->colours.data)
        for (int c = 0; c < sheet->colours.channels; c++) {
            float part = (float)(number_at(sheet, &sheet->colours, at, c) / 255);
            rgba[c] = c < 3 ? part : part * sheet->opacity;
        }
}

void pel__sheet_shade(float rgba[4], float normal[3], float *value, const pel_scene *scene,
                      const pel__sight *sight, const pel__fragment *at)
{
    const pel__sheet *sheet = scene->sheet[at->sheet];
    const pel__lighting how = { .weight = 1 };
    float smooth[3];
    set_colour(rgba, value, sheet, at);
    if (sheet->corner)
        flat_normal(normal, sheet, at);
    else
        pel__point_normal(normal, sheet, sight, at);
    if (sheet->transfer.lit && smooth_normal(smooth, sheet, at))
        pel__light_up(rgba, &sheet->transfer, &sight->light[at->sheet], smooth,
                      sqrtf(pel__dot3(smooth, smooth)), how);
    else if (sheet->transfer.lit)
        pel__light_up(rgba, &sheet->transfer, &sight->light[at->sheet], normal, 1, how);
    if (sheet->has_lines)
        draw_lines(rgba, sheet, sight, at);
}
