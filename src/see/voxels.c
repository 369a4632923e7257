/* SPDX-License-Identifier: Apache-2.0 */
/* voxels.c: the operation: its parameters, the look's window, and the figure put together. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/job.h"
#include "base/memory.h"
#include "base/params.h"
#include "base/status.h"
#include "base/text.h"
#include "see/paper.h"
#include "see/voxels.h"
#include "volume/volume.h"

/* matplotlib leaves this share of the range free on both sides; along z in perspective nothing */
static const double margin = 0.05;
static const double title_room_pt = 24;

static const pel_param table[] = {
    PEL_TEXT(pel_voxels_params, opacity, NULL, "value|CONST|FILE",
             "alpha of each face: the value over the look's window, one number, or a file; default "
             "value, or the alpha of --face, --colors or an RGBA array"),
    PEL_COLOUR(pel_voxels_params, face, NULL, "one colour for every voxel that is not 0"),
    PEL_FILE(pel_voxels_params, colors, "RGBA of each voxel: an array of shape (nx,ny,nz,4)"),
    PEL_TEXT(pel_voxels_params, edge, "none", "COLOUR|none", "draw the edges of the cubes"),
    PEL_NUMBER(pel_voxels_params, edge_width, "0.5", 0.01, 100, "pt", "width of --edge lines"),
    PEL_NUMBER(pel_voxels_params, explode, "0", 0, 100, "voxels",
               "empty room between neighbouring cubes"),
    PEL_CHOICE(pel_voxels_params, hidden, "show", "show|hide",
               "faces between two filled voxels; hide leaves them out, as matplotlib does"),
    PEL_CHOICE(pel_voxels_params, shade, "off", "off|on", "light the faces as matplotlib does"),
    PEL_TEXTS(pel_voxels_params, keep, "EXPR",
              "keep whole voxels whose centres satisfy this: 'z < x - y + 5' in voxel indices, "
              "'mm: x > 0', and, or"),
    PEL_TEXT(pel_voxels_params, corners, NULL, "X.npy,Y.npy,Z.npy",
             "places of the voxels' corners, each of shape (nx+1,ny+1,nz+1)"),
    PEL_NUMBER(pel_voxels_params, elev, "30", -180, 180, "degrees",
               "of the viewer above the floor"),
    PEL_NUMBER(pel_voxels_params, azim, "320", -1080, 1080, "degrees",
               "of the viewer round the z axis, from x towards y"),
    PEL_NUMBER(pel_voxels_params, roll, "0", -1080, 1080, "degrees", "turn the camera"),
    PEL_CHOICE(pel_voxels_params, proj, "persp", "persp|ortho", "projection, matplotlib's"),
    PEL_TEXT(pel_voxels_params, box_aspect, "data", "data|equal|4:4:3",
             "sides of the axes box: set_box_aspect(shape), true cubes, or three numbers"),
    PEL_CHOICE(pel_voxels_params, box, "grid", "grid|drawn",
               "what the axes box holds: the grid before --crop, or what is left of it"),
    PEL_CHOICE(pel_voxels_params, axes, "on", "on|off", "panes, axes, ticks and labels"),
    PEL_CHOICE(pel_voxels_params, grid, "on", "on|off", "grid lines on the panes"),
    PEL_CHOICE(pel_voxels_params, units, "voxels", "voxels|mm",
               "what the axes count; mm also gives voxels their true shape"),
    { "size", PEL_KIND_TEXT, offsetof(pel_voxels_params, picture), "30cm", 0, 0, NULL, NULL, "SIZE",
      "of the figure: 16cm, 6in, 1200px or 1200x800" },
    PEL_NUMBER(pel_voxels_params, dpi, "100", 10, 10000, "per inch",
               "pixels of PNG, and of the cubes in SVG and PDF"),
    PEL_COLOUR(pel_voxels_params, background, NULL, "of the figure, or transparent; default white"),
    PEL_TEXT(pel_voxels_params, title, NULL, "TEXT", "a line above the figure"),
};

static pel_status page_of(const pel_voxels_params *params, double *width, double *height)
{
    pel_status s = pel__paper_size(width, height, params->picture, params->dpi);
    if (s != PEL_OK)
        return s;
    if (isnan(*width))
        return pel__fail(PEL_EPARAM, "--size is missing; it wants 30cm, 12in or 1200px");
    *height = isnan(*height) ? *width : *height;
    double most = fmax(*width, *height) * params->dpi / 72;
    if (!(most <= 32767))
        return pel__fail(PEL_EPARAM,
                         "--size %s at --dpi %g is %.0f pixels a side; at most 32767 can be drawn",
                         params->picture, params->dpi, most);
    return PEL_OK;
}

// cells, rays and 16 bits of every pixel; then the page in cairo, twice, the picture and its PNG
static int64_t plan(const void *user, const pel_volume *shape)
{
    enum { FONTS = 16 << 20, CELL = sizeof(pel__cell), PIXEL = 16 + 8 + 16 };
    const pel_voxels_params *params = user;
    double width, height;
    if (page_of(params, &width, &height) != PEL_OK)
        return -1;
    double cells = (double)shape->dims[0] * (double)shape->dims[1] * (double)shape->dims[2];
    double pixels = width * height * params->dpi * params->dpi / (72 * 72);
    double held = CELL * cells + cells / 64 + FONTS + PIXEL * pixels;
    if (params->corners)
        held += pel__hexahedra_bytes(shape->dims);
    return held < 9e18 ? (int64_t)held : -1;
}

const pel_schema pel_voxels_schema = {
    .name = "voxels",
    .summary = "every voxel as a cube",
    .params_size = sizeof(pel_voxels_params),
    .params = table,
    .count = sizeof table / sizeof *table,
    .plan = plan,
};

pel_voxels_params pel_voxels_defaults(void)
{
    pel_voxels_params params;
    pel_schema_defaults(&pel_voxels_schema, &params);
    return params;
}

pel_status pel_voxels_fit(pel_look *look, const pel_volume *whole)
{
    if (isnan(look->window[0]) && !pel_voxels_is_colour(whole)) {
        pel_source source;
        pel_stats stats;
        pel_status s = pel_source_of_volume(&source, whole);
        if (s == PEL_OK)
            s = pel_source_stats(&stats, &source);
        pel_source_close(&source);
        if (s != PEL_OK)
            return s;
        if (!isfinite(stats.min) || !isfinite(stats.max))
            return pel__fail(PEL_EDATA, "the values have no finite range (infinity, or nothing but "
                                        "NaN); give one with --window LO,HI");
        bool same = stats.min == stats.max;
        look->window[0] = same && stats.max != 0 ? stats.max - 1 : stats.min;
        look->window[1] = same && stats.max == 0 ? 1 : stats.max;
    } else if (isnan(look->window[0])) {
        look->window[0] = 0;
        look->window[1] = 1;
    }
    return pel_look_fit(look, whole);
}

/* ---- the view ---- */

static pel_status parse_aspect(double out[3], const char *text)
{
    const char *at = text;
    for (int a = 0; a < 3; a++) {
        char *end;
        out[a] = pel__strtod(at, &end);
        if (end == at || *end != (a < 2 ? ':' : 0) || !(out[a] > 0) || !(out[a] < 1e9))
            return pel__fail(PEL_EPARAM,
                             "--box-aspect is '%s'; it wants data, equal, or three sides as 4:4:3",
                             text);
        at = end + 1;
    }
    return PEL_OK;
}

// limits with their margins, and the sides of the box
static pel_status set_view(pel__view *view, const pel__cubes *grid, const pel_voxels_params *params,
                           double width, double height)
{
    double aspect[3];
    for (int a = 0; a < 3; a++) {
        double range = grid->hi[a] - grid->lo[a];
        double free = a == 2 && params->proj == PEL__PERSP ? 0 : margin * range;
        view->lo[a] = grid->lo[a] - free;
        view->hi[a] = grid->hi[a] + free;
        aspect[a] = pel__same_word(params->box_aspect, "equal") ? range + 2 * free : range;
    }
    pel_status s = PEL_OK;
    if (!pel__same_word(params->box_aspect, "data") && !pel__same_word(params->box_aspect, "equal"))
        s = parse_aspect(aspect, params->box_aspect);
    if (s == PEL_OK)
        pel__view_aim(view, params, aspect, width, height);
    return s;
}

// matplotlib's light from the left front, a little above: LightSource(azdeg=225, altdeg=19.4712)
static pel_status set_style(pel__style *style, const pel_voxels_params *params)
{
    static const float light[3] = { -2.0f / 3, -2.0f / 3, 1.0f / 3 };
    style->hide = params->hidden == 1;
    style->edges = params->edge && !pel__same_word(params->edge, "none");
    style->edge_pt = params->edge_width;
    for (int a = 0; a < 3; a++)
        for (int side = 0; side < 2; side++) {
            float towards = side ? light[a] : -light[a];
            style->shade[a][side] = params->shade ? 0.3f + 0.7f * (towards + 1) / 2 : 1;
        }
    if (!style->edges)
        return PEL_OK;
    pel_status s = pel_colour_parse(&style->edge, params->edge);
    style->edges = style->edge.a > 0;
    return pel__during(s, "--edge");
}

// the pixels that the box of the grid can touch
static void set_raster(pel__raster *raster, const pel__view *view, const pel__cubes *grid,
                       const pel__style *style, const pel_voxels_params *params,
                       const int64_t page[2])
{
    double low[2] = { INFINITY, INFINITY }, high[2] = { -INFINITY, -INFINITY };
    for (int n = 0; n < 8; n++) {
        double at[3], pt[2];
        for (int a = 0; a < 3; a++)
            at[a] = n >> a & 1 ? grid->hi[a] : grid->lo[a];
        pel__view_place(view, at, pt);
        for (int c = 0; c < 2; c++) {
            low[c] = fmin(low[c], pt[c]);
            high[c] = fmax(high[c], pt[c]);
        }
    }
    raster->pixel_pt = 72 / params->dpi;
    int64_t from[2], to[2];
    for (int c = 0; c < 2; c++) {
        double line = (style->edges ? style->edge_pt / 2 : 0) / raster->pixel_pt + 1;
        from[c] = pel__int_from(floor(low[c] / raster->pixel_pt - line), 0, page[c] - 1);
        to[c] = pel__int_from(ceil(high[c] / raster->pixel_pt + line), from[c] + 1, page[c]);
    }
    raster->left = from[0];
    raster->top = from[1];
    raster->width = to[0] - from[0];
    raster->height = to[1] - from[1];
}

/* ---- the figure ---- */

typedef struct scene {
    const pel_voxels_input *in;
    const pel_voxels_params *params;
    pel__cubes grid;
    pel__corners corners;
    bool bent; // corners that are no planes
    pel__view view;
    pel__style style;
} scene;

static pel_status place_cells(scene *s)
{
    if (!s->in->corners[0])
        return pel__cubes_planes(&s->grid, s->in, s->params);
    bool planes;
    if (s->params->explode > 0)
        return pel__fail(PEL_EPARAM, "--explode and --corners both place the cubes; leave one out");
    pel_status status = pel__corners_read(&s->corners, s->in);
    if (status == PEL_OK)
        status = pel__corners_to_planes(&planes, &s->grid, &s->corners);
    s->bent = status == PEL_OK && !planes;
    return status;
}

static pel_status prepare(scene *s, double width, double height)
{
    pel_status status = set_style(&s->style, s->params);
    if (status == PEL_OK)
        status = place_cells(s);
    if (status == PEL_OK)
        status = set_view(&s->view, &s->grid, s->params, width, height);
    if (status == PEL_OK)
        status = pel__cubes_cells(&s->grid, s->in, s->params);
    if (status == PEL_OK && !s->bent)
        status = pel__cubes_to_box(&s->grid, &s->view);
    return status;
}

static void draw_cubes(pel__pen *pen, scene *s, const int64_t page[2])
{
    pel_image image = { 0 };
    pel__raster raster;
    set_raster(&raster, &s->view, &s->grid, &s->style, s->params, page);
    if (pen->status == PEL_OK)
        pen->status = s->bent ? pel__hexahedra_draw(&image, &s->grid, &s->corners, &s->style,
                                                    &s->view, &raster)
                              : pel__voxels_draw(&image, &s->grid, &s->style, &s->view, &raster);
    double pixel = raster.pixel_pt;
    pel__pen_image(pen, (double)raster.left * pixel, (double)raster.top * pixel,
                   (double)raster.width * pixel, (double)raster.height * pixel, &image);
}

static pel_status check(const pel_voxels_input *in, const pel_voxels_params *params)
{
    pel_status s = pel_schema_check(&pel_voxels_schema, params);
    if (s == PEL_OK)
        s = pel__volume_check_shape(in->values, "the volume");
    if (s == PEL_OK && (!in->values->data || !in->look))
        s = pel__fail(PEL_EPARAM, "cubes need a volume with voxels, and a look");
    return s;
}

pel_status pel_voxels(pel_figure *out, const pel_voxels_input *in, const pel_voxels_params *params)
{
    double width, height;
    *out = (pel_figure){ 0 };
    scene s = { .in = in, .params = params };
    pel_status status = check(in, params);
    if (status == PEL_OK)
        status = page_of(params, &width, &height);
    memcpy(s.grid.dims, in->values->dims, sizeof s.grid.dims);
    if (status == PEL_OK)
        status = prepare(&s, width, height);
    if (status == PEL_OK) {
        // whole pixels; matplotlib counts them from the lower edge
        double per_pt = params->dpi / 72;
        const int64_t page[2] = { pel__int_from(width * per_pt, 1, 32767),
                                  pel__int_from(height * per_pt, 1, 32767) };
        s.view.y0_pt += (double)page[1] / per_pt - height;
        *out =
            (pel_figure){ .width_pt = (double)page[0] / per_pt,
                          .height_pt = (double)page[1] / per_pt,
                          .dpi = params->dpi,
                          .background = params->background.set ? params->background : pel__paper };
        pel__pen pen = { .figure = out };
        if (params->axes == 0)
            pel__voxels_axes(&pen, &s.view, params, 1 + params->explode);
        draw_cubes(&pen, &s, page);
        if (params->title)
            pel__pen_bold(&pen, (pel__place){ width / 2, title_room_pt, 0.5, 0, 0 }, PEL__TITLE_PT,
                          params->title, pel__ink);
        status = pen.status;
    }
    pel__cubes_free(&s.grid);
    pel__corners_free(&s.corners);
    if (status != PEL_OK)
        pel_figure_free(out);
    return status;
}
