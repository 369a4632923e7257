/* SPDX-License-Identifier: Apache-2.0 */
/* slice.c: slices laid out on paper: rasters, axes, letters, colour bars, scale bar. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <pellucid/see.h>

#include "base/job.h"
#include "base/maths.h"
#include "base/memory.h"
#include "base/params.h"
#include "base/status.h"
#include "base/text.h"
#include "image/axes.h"
#include "see/paper.h"
#include "volume/volume.h"

enum { MOST_OVERLAYS = 8, MOST_ROWS = 64 };

static const double tile_gap = 4, panel_gap = 10, bar_width = 9, bar_most = 300;
static const double single_pt = 290, sheet_pt = 482; // 17 cm: the width of a page's text

static const pel_param table[] = {
    PEL_CHOICE(pel_slice_params, axis, "z", "x|y|z", "the axis to cut: world, or i, j, k unknown"),
    PEL_NUMBERS(pel_slice_params, at, NULL, -1e9, 1e9, "mm", "MM",
                "where along the axis; with --ortho X,Y,Z; default the middle"),
    PEL_NUMBERS(pel_slice_params, index, NULL, 0, 1e15, "voxels", "K",
                "the voxel index of the slice instead, from 0; with --ortho I,J,K"),
    PEL_SWITCH(pel_slice_params, ortho, "three planes: sagittal, coronal, axial"),
    PEL_TEXT(pel_slice_params, mosaic, NULL, "CxR", "C columns and R rows of evenly spaced slices"),
    PEL_SWITCH(pel_slice_params, sweep,
               "a row of seven evenly spaced slices; with --ortho one row per axis"),
    PEL_SWITCH(pel_slice_params, radiological, "the patient's left on the picture's right"),
    PEL_SWITCH(pel_slice_params, colorbar, "draw the colours with their values"),
    PEL_SWITCH(pel_slice_params, scale_bar, "draw a length of so many mm"),
    PEL_TEXTS(pel_slice_params, overlay, "FILE,LOOK[,LO:HI]",
              "colour a second volume over it, thresholded; coolwarm shows both signs"),
    PEL_NUMBER(pel_slice_params, overlay_opacity, "0.7", 0, 1, NULL, "how much an overlay covers"),
    PEL_TEXT(pel_slice_params, title, NULL, "TEXT", "a line above the figure"),
    { "size", PEL_KIND_TEXT, offsetof(pel_slice_params, picture), NULL, 0, 0, NULL, NULL, "SIZE",
      "of the figure: 16cm, 6in, 1200px or 1200x800; default by its content" },
    PEL_NUMBER(pel_slice_params, dpi, "300", 10, 10000, "per inch", "print density of PNG"),
};
pel_slice_params pel_slice_defaults(void)
{
    pel_slice_params params;
    pel_schema_defaults(&pel_slice_schema, &params);
    return params;
}

/* ---- overlays ---- */

pel_status pel_overlay_parse(pel_overlay *out, char **file, const char *text)
{
    *out = (pel_overlay){ .lo = NAN, .hi = NAN };
    *file = NULL;
    // from the end: file names may hold commas
    const char *last = strrchr(text, ','), *look = last, *end = text + strlen(text);
    if (last && strchr(last, ':')) {
        double ends[2];
        pel_status s = pel__parse_range(ends, last + 1, "--overlay LO:HI", false);
        if (s != PEL_OK)
            return s;
        out->lo = ends[0];
        out->hi = ends[1];
        end = last;
        look = NULL;
        for (const char *c = text; c < end; c++)
            look = *c == ',' ? c : look;
    }
    if (!look || look == text || look + 1 == end)
        return pel__fail(PEL_EPARAM, "--overlay is '%s'; it wants FILE,LOOK or FILE,LOOK,LO:HI",
                         text);
    char name[256];
    float map[256][3];
    snprintf(name, sizeof name, "%.*s", (int)(end - look - 1), look + 1);
    // a colour map is a look with nothing else to say
    pel_status s = pel_colormap(map, name);
    if (s == PEL_OK && !pel__same_word(name, "gray") && !pel__same_word(name, "labels")) {
        s = pel_look_load(&out->look, "gray");
        snprintf(out->look.colormap, sizeof out->look.colormap, "%s", name);
    } else
        s = pel_look_load(&out->look, name);
    if (s != PEL_OK)
        return pel__during(s, "--overlay");
    size_t length = (size_t)(look - text);
    *file = strndup(text, length);
    const char *slash = memrchr(text, '/', length);
    const char *base = slash ? slash + 1 : text;
    snprintf(out->label, sizeof out->label, "%.*s", (int)(text + length - base), base);
    return *file ? PEL_OK : pel__fail(PEL_EMEMORY, "no memory for the name of an overlay");
}

static bool shows_both_signs(const pel_overlay *overlay)
{
    return pel__same_word(overlay->look.colormap, "coolwarm") ||
           pel__same_word(overlay->look.colormap, "coolwarm_r");
}

/* an overlay made ready */
typedef struct film {
    pel_overlay overlay;    // look fitted, window by the threshold
    bool signs, by_index;   // both signs; grids matched voxel by voxel
    pel_affine ijk_from_mm; // of the overlay
} film;

static pel_status prepare_film(film *out, const pel_volume *in, const pel_overlay *overlay)
{
    *out = (film){ .overlay = *overlay, .signs = shows_both_signs(overlay) };
    const pel_volume *v = overlay->volume;
    pel_status s = pel__volume_check_shape(v, overlay->label);
    if (s != PEL_OK)
        return s;
    out->by_index = !v->oriented || !in->oriented;
    if (out->by_index && memcmp(v->dims, in->dims, sizeof v->dims) != 0)
        return pel__fail(PEL_EDATA,
                         "%s: the orientation of %s is unknown and their grids differ, so "
                         "nobody knows where it lies; --assume tells it (LAS, RAS...)",
                         overlay->label, v->oriented ? "the volume under it" : "the overlay");
    if (!pel_affine_invert(&out->ijk_from_mm, pel__volume_affine(v)))
        return pel__fail(PEL_EDATA, "%s: its mm_from_ijk has no inverse", overlay->label);
    pel_look *look = &out->overlay.look;
    if (!isnan(overlay->lo)) {
        look->window[0] = out->signs ? -overlay->hi : overlay->lo;
        look->window[1] = overlay->hi;
    }
    s = pel_look_fit(look, v);
    if (out->signs && isnan(overlay->lo)) {
        double most = fmax(fabs(look->window[0]), fabs(look->window[1]));
        look->window[0] = -most;
        look->window[1] = most;
    }
    return s;
}

static bool is_shown(const film *f, double value)
{
    if (isnan(value) || value == 0)
        return false;
    if (isnan(f->overlay.lo))
        return true;
    return f->signs ? fabs(value) >= f->overlay.lo : value >= f->overlay.lo;
}

// the overlay's value at a voxel centre of the volume under it
static double film_value(const film *f, pel_vec3 mm, const int64_t ijk[3])
{
    const pel_volume *v = f->overlay.volume;
    if (f->by_index)
        return pel_volume_at(v, ijk[0], ijk[1], ijk[2]);
    pel_vec3 at = pel_affine_point(f->ijk_from_mm, mm);
    if (!f->overlay.look.labels)
        return pel_volume_sample(v, at);
    return pel_volume_at(v, (int64_t)floor(at.x + 0.5), (int64_t)floor(at.y + 0.5),
                         (int64_t)floor(at.z + 0.5));
}

/* ---- the raster of one slice ---- */

typedef struct paint {
    const pel_volume *in;
    const pel_look *look;
    const pel_slice_plane *plane;
    const film *films;
    int film_count;
    double cover;
    const float *values;
    uint8_t *out;
} paint;

static void put(uint8_t out[4], const float rgb[3], double cover)
{
    for (int c = 0; c < 3; c++) {
        double under = out[3] ? out[c] : 255;
        out[c] = (uint8_t)(under + cover * (255 * (double)rgb[c] - under) + 0.5);
    }
    out[3] = 255;
}

static pel_status paint_row(void *user, int64_t v)
{
    const paint *p = user;
    const pel_slice_plane *plane = p->plane;
    int64_t ijk[3] = { 0 };
    ijk[plane->axis] = plane->index;
    ijk[plane->down] = plane->down_falls ? plane->height - 1 - v : v;
    for (int64_t u = 0; u < plane->width; u++) {
        uint8_t *pixel = p->out + 4 * (v * plane->width + u);
        double value = (double)p->values[v * plane->width + u];
        float rgb[3], opacity;
        if (!isnan(value)) {
            pel_look_colour(p->look, value, rgb, &opacity);
            put(pixel, rgb, 1);
        }
        if (p->film_count == 0)
            continue;
        ijk[plane->across] = plane->across_falls ? plane->width - 1 - u : u;
        pel_vec3 mm =
            pel_affine_point(plane->mm_from_px, (pel_vec3){ (double)u + 0.5, (double)v + 0.5, 0 });
        for (int f = 0; f < p->film_count; f++) {
            double over = film_value(&p->films[f], mm, ijk);
            if (!is_shown(&p->films[f], over))
                continue;
            pel_look_colour(&p->films[f].overlay.look, over, rgb, &opacity);
            put(pixel, rgb, p->cover);
        }
    }
    return PEL_OK;
}

static pel_status paint_slice(pel_image *out, paint *p)
{
    pel_image values;
    pel_status s = pel_slice_values(&values, p->in, p->plane);
    if (s != PEL_OK)
        return s;
    s = pel_image_new(out, p->plane->width, p->plane->height, 4, PEL_UINT8);
    if (s == PEL_OK) {
        p->values = values.data;
        p->out = out->data;
        s = pel__parallel(p->plane->height, paint_row, p, NULL);
    }
    pel_image_free(&values);
    if (s != PEL_OK)
        pel_image_free(out);
    return s;
}

/* ---- layout ---- */

/* everything on the paper; lengths in pt, y down */
typedef struct sheet {
    const pel_volume *in;
    const pel_slice_params *params;
    pel_slice_plane *plane;
    int count, columns, rows;
    bool axes;  // ticks and numbers at each panel; else tiles
    bool in_mm; // the spacing means millimetres
    film film[MOST_OVERLAYS];
    int film_count;
    pel__bar bar[MOST_OVERLAYS + 1];
    int bar_count;
    double pt_per_mm;
    bool bare;                                      // captions are numbers only
    double column_mm[MOST_ROWS], row_mm[MOST_ROWS]; // widest and tallest panel
    double left, below, caption, head, bars;        // room for annotations
    double width, height;
} sheet;

static double panel_width(const sheet *sheet, const pel_slice_plane *plane)
{
    return (double)plane->width * plane->pixel_mm[0] * sheet->pt_per_mm;
}

static double panel_height(const sheet *sheet, const pel_slice_plane *plane)
{
    return (double)plane->height * plane->pixel_mm[1] * sheet->pt_per_mm;
}

static double gap(const sheet *sheet)
{
    return sheet->axes ? panel_gap : tile_gap;
}

static void axis_label(char out[32], const sheet *sheet, int world, bool oblique)
{
    const char *name = sheet->in->oriented ? "xyz" : "ijk";
    snprintf(out, 32, "%s%c%s", oblique ? "\u2248" : "", name[world], sheet->in_mm ? " (mm)" : "");
}

static pel__axis across_axis(const sheet *sheet, const pel_slice_plane *p, const char *label)
{
    return (pel__axis){
        .lo = p->left_mm, .hi = p->right_mm, .length_pt = panel_width(sheet, p), .label = label
    };
}

static pel__axis up_axis(const sheet *sheet, const pel_slice_plane *p, const char *label)
{
    return (pel__axis){ .lo = p->bottom_mm,
                        .hi = p->top_mm,
                        .length_pt = panel_height(sheet, p),
                        .vertical = true,
                        .label = label };
}

// rooms beside the panels at the scale as it is now
static void measure_rooms(sheet *sheet)
{
    sheet->left = sheet->below = 0;
    for (int i = 0; sheet->axes && i < sheet->count; i++) {
        pel__axis across = across_axis(sheet, &sheet->plane[i], "x");
        pel__axis up = up_axis(sheet, &sheet->plane[i], "y");
        sheet->left = fmax(sheet->left, pel__axis_room_pt(&up));
        sheet->below = fmax(sheet->below, pel__axis_room_pt(&across));
    }
    double pictures = 0;
    for (int r = 0; r < sheet->rows; r++)
        pictures += sheet->row_mm[r] * sheet->pt_per_mm + (r ? gap(sheet) + sheet->caption : 0);
    sheet->bars = 0;
    for (int b = 0; b < sheet->bar_count; b++) {
        sheet->bar[b].axis.length_pt = fmin(pictures, bar_most);
        sheet->bars += panel_gap + pel__bar_room_pt(&sheet->bar[b]);
    }
}

static double fixed_width(const sheet *sheet)
{
    return 2 * PEL__MARGIN_PT + sheet->columns * sheet->left + (sheet->columns - 1) * gap(sheet) +
           sheet->bars;
}

static double fixed_height(const sheet *sheet)
{
    return 2 * PEL__MARGIN_PT + sheet->head + sheet->rows * (sheet->caption + sheet->below) +
           (sheet->rows - 1) * gap(sheet);
}

static double total(const double *mm, int count)
{
    double sum = 0;
    for (int i = 0; i < count; i++)
        sum += mm[i];
    return sum;
}

static void measure_cells(sheet *sheet)
{
    for (int i = 0; i < sheet->count; i++) {
        const pel_slice_plane *p = &sheet->plane[i];
        double *w = &sheet->column_mm[i % sheet->columns], *h = &sheet->row_mm[i / sheet->columns];
        *w = fmax(*w, (double)p->width * p->pixel_mm[0]);
        *h = fmax(*h, (double)p->height * p->pixel_mm[1]);
    }
}

// a whole number of pixels per voxel, where that is near
static double snapped_scale(const sheet *sheet, double pt_per_mm)
{
    double least = INFINITY, pixel = 72 / sheet->params->dpi;
    for (int i = 0; i < sheet->count; i++)
        for (int c = 0; c < 2; c++)
            least = fmin(least, sheet->plane[i].pixel_mm[c]);
    double pixels = floor(pt_per_mm * least / pixel * 1.05);
    return pixels >= 1 ? pixels * pixel / least : pt_per_mm;
}

static pel_status fit_scale(sheet *sheet)
{
    double width, height;
    pel_status s = pel__paper_size(&width, &height, sheet->params->picture, sheet->params->dpi);
    if (s != PEL_OK)
        return s;
    double across = total(sheet->column_mm, sheet->columns), up = total(sheet->row_mm, sheet->rows);
    // without a size: one slice 10 cm, several across a page
    bool one = sheet->count == 1;
    sheet->pt_per_mm = (one ? single_pt : sheet_pt) / fmax(across, one ? up : across);
    // rooms depend on the scale by the ticks they hold: a few rounds settle it
    for (int round = 0; round < 4; round++) {
        measure_rooms(sheet);
        double wide = isnan(width) ? sheet_pt : width,
               high = isnan(height) ? 1.4 * sheet_pt : height;
        double scale =
            fmin((wide - fixed_width(sheet)) / across, (high - fixed_height(sheet)) / up);
        if (isnan(width) && one)
            scale = fmin(scale, single_pt / fmax(across, up));
        else if (!isnan(width) && isnan(height))
            scale = (wide - fixed_width(sheet)) / across;
        if (!(scale > 0))
            return pel__fail(PEL_EPARAM,
                             "--size %s leaves no room for the pictures beside their axes; choose "
                             "a larger one",
                             sheet->params->picture ? sheet->params->picture : "(default)");
        sheet->pt_per_mm = isnan(width) ? snapped_scale(sheet, scale) : scale;
    }
    measure_rooms(sheet);
    double pixel = 72 / sheet->params->dpi;
    sheet->width = isnan(width) ? across * sheet->pt_per_mm + fixed_width(sheet) : width;
    sheet->height = isnan(height) ? up * sheet->pt_per_mm + fixed_height(sheet) : height;
    sheet->width = ceil(sheet->width / pixel - 1e-6) * pixel;
    sheet->height = ceil(sheet->height / pixel - 1e-6) * pixel;
    return PEL_OK;
}

/* ---- drawing ---- */

// a letter on a dark patch, so that it reads on any picture
static void draw_letter(pel__pen *pen, double x, double y, char letter)
{
    const pel_colour shade = { 0, 0, 0, 0.45f, true };
    char text[2] = { letter, 0 };
    if (!letter)
        return;
    double w = 0.62 * PEL__LABEL_PT, h = 0.62 * PEL__LABEL_PT;
    pel__pen_box(pen, x - w, y - h, 2 * w, 2 * h, shade);
    pel__pen_bold(pen, (pel__place){ x, y, 0.5, 0.5, 0 }, PEL__LABEL_PT, text, pel__paper);
}

static void draw_letters(pel__pen *pen, const pel_slice_plane *plane, const double box[4])
{
    double inset = 0.62 * PEL__LABEL_PT + 2.5, x = box[0] + box[2] / 2, y = box[1] + box[3] / 2;
    draw_letter(pen, box[0] + inset, y, plane->letters[0]);
    draw_letter(pen, box[0] + box[2] - inset, y, plane->letters[1]);
    draw_letter(pen, x, box[1] + inset, plane->letters[2]);
    draw_letter(pen, x, box[1] + box[3] - inset, plane->letters[3]);
}

// as many decimals as tell neighbouring slices apart
static void position_text(char out[48], const pel_volume *in, const pel_slice_plane *plane)
{
    pel_vec3 spacing = pel_volume_spacing_mm(in);
    double thick = plane->axis == 0 ? spacing.x : plane->axis == 1 ? spacing.y : spacing.z;
    double tick = 0.1;
    while (tick > 0.2 * thick && tick > 1e-9)
        tick /= 10;
    pel__number_text(rint(plane->at_mm / tick) * tick, 7, out);
}

static void caption_text(char out[96], const sheet *sheet, const pel_slice_plane *plane)
{
    static const char *const views[3] = { "sagittal, ", "coronal, ", "axial, " };
    const char *equals = plane->oblique ? "\u2248" : "=";
    const char *unit = sheet->axes ? " mm" : "";
    long long index = plane->index;
    char number[48];
    position_text(number, sheet->in, plane);
    if (!sheet->in->oriented)
        snprintf(number, sizeof number, "%lld", index);
    if (sheet->bare)
        snprintf(out, 96, "%s", number);
    else if (!sheet->in->oriented)
        snprintf(out, 96, "%c = %s", "ijk"[plane->axis], number);
    else
        snprintf(out, 96, "%s%c %s %s%s", sheet->axes ? views[plane->world] : "",
                 "xyz"[plane->world], equals, number, unit);
}

// over narrow tiles the numbers have to do
static void shorten_captions(sheet *sheet)
{
    bool narrow = false;
    for (int i = 0; i < sheet->count; i++) {
        char text[96];
        caption_text(text, sheet, &sheet->plane[i]);
        double room = panel_width(sheet, &sheet->plane[i]) + tile_gap - 2;
        narrow |= pel__text_width_pt(text, PEL__TEXT_PT) > room;
    }
    sheet->bare = narrow && !sheet->axes;
}

static void draw_axes(pel__pen *pen, const sheet *sheet, const pel_slice_plane *plane,
                      const double box[4])
{
    char across[32], up[32];
    axis_label(across, sheet, plane->world == 0 ? 1 : 0, plane->oblique);
    axis_label(up, sheet, plane->world == 2 ? 1 : 2, plane->oblique);
    pel__axis x = across_axis(sheet, plane, across), y = up_axis(sheet, plane, up);
    pel__pen_frame(pen, box[0], box[1], box[2], box[3]);
    pel__axis_draw(pen, &x, box[0], box[1] + box[3]);
    pel__axis_draw(pen, &y, box[0], box[1] + box[3]);
}

static void draw_panel(pel__pen *pen, const sheet *sheet, const pel_look *look, int n,
                       const double box[4])
{
    const pel_slice_plane *plane = &sheet->plane[n];
    paint p = { .in = sheet->in,
                .look = look,
                .plane = plane,
                .films = sheet->film,
                .film_count = sheet->film_count,
                .cover = sheet->params->overlay_opacity };
    pel_image image = { 0 };
    if (pen->status == PEL_OK)
        pen->status = paint_slice(&image, &p);
    pel__pen_image(pen, box[0], box[1], box[2], box[3], &image);
    char text[96];
    caption_text(text, sheet, plane);
    double size = sheet->axes ? PEL__LABEL_PT : PEL__TEXT_PT;
    if (sheet->caption > 0)
        pel__pen_text(pen, (pel__place){ box[0] + box[2] / 2, box[1] - 2, 0.5, 1, 0 }, size, text,
                      pel__ink);
    if (sheet->axes)
        draw_axes(pen, sheet, plane, box);
    bool first = n == 0 || sheet->plane[n - 1].world != plane->world;
    if (sheet->axes || first)
        draw_letters(pen, plane, box);
}

static double narrowest_panel(const sheet *sheet)
{
    double least = INFINITY;
    for (int i = 0; i < sheet->count; i++)
        least = fmin(least, panel_width(sheet, &sheet->plane[i]));
    return least;
}

// title, or what a lone slice is, to the left; scale bar to the right
static void draw_head(pel__pen *pen, const sheet *sheet, double left, double right)
{
    double middle = PEL__MARGIN_PT + (sheet->head - PEL__GAP_PT) / 2;
    char text[96];
    caption_text(text, sheet, &sheet->plane[0]);
    if (sheet->caption == 0)
        pel__pen_text(pen, (pel__place){ left, middle, 0, 0.5, 0 }, PEL__LABEL_PT, text, pel__ink);
    if (sheet->params->title)
        pel__pen_bold(pen, (pel__place){ left, middle, 0, 0.5, 0 }, PEL__TITLE_PT,
                      sheet->params->title, pel__ink);
    if (!sheet->params->scale_bar)
        return;
    // a length that leaves the words beside it alone
    const char *title = sheet->params->title;
    double words = title                 ? pel__text_width_pt(title, 1.15 * PEL__TITLE_PT)
                   : sheet->caption == 0 ? pel__text_width_pt(text, PEL__LABEL_PT)
                                         : 0;
    double most = fmin(0.5 * narrowest_panel(sheet), 110), mm_per_pt = 1 / sheet->pt_per_mm;
    double length = pel__scale_bar_mm(most * mm_per_pt), free_pt = right - left - words - 8;
    for (int i = 0; i < 4 && pel__scale_bar_room_pt(length, mm_per_pt) > free_pt; i++)
        length = pel__scale_bar_mm(0.99 * length);
    pel__scale_bar_draw(pen, right, middle, length, mm_per_pt);
}

static double on_pixel(const sheet *sheet, double pt)
{
    double pixel = 72 / sheet->params->dpi;
    return rint(pt / pixel) * pixel;
}

static pel_status draw_sheet(pel_figure *out, const sheet *sheet, const pel_look *look)
{
    pel__pen pen = { .figure = out };
    double across = total(sheet->column_mm, sheet->columns) * sheet->pt_per_mm;
    double up = total(sheet->row_mm, sheet->rows) * sheet->pt_per_mm;
    // what is left over of a size that was asked for goes to both sides
    double spare_x = fmax(0, sheet->width - across - fixed_width(sheet)) / 2;
    double spare_y = fmax(0, sheet->height - up - fixed_height(sheet)) / 2;
    double x0 = PEL__MARGIN_PT + spare_x, y = PEL__MARGIN_PT + sheet->head + spare_y, right = 0;
    double first = y + sheet->caption, last = first;
    for (int r = 0; r < sheet->rows; r++) {
        double high = sheet->row_mm[r] * sheet->pt_per_mm, x = x0;
        y += sheet->caption;
        for (int c = 0; c < sheet->columns; c++) {
            int n = r * sheet->columns + c;
            double wide = sheet->column_mm[c] * sheet->pt_per_mm;
            x += sheet->left;
            if (n < sheet->count) {
                double w = panel_width(sheet, &sheet->plane[n]);
                double h = panel_height(sheet, &sheet->plane[n]);
                double box[4] = { on_pixel(sheet, x + (wide - w) / 2),
                                  on_pixel(sheet, y + high - h), w, h };
                draw_panel(&pen, sheet, look, n, box);
            }
            right = fmax(right, x + wide);
            x += wide + gap(sheet);
        }
        last = y + high;
        y += high + sheet->below + gap(sheet);
    }
    draw_head(&pen, sheet, x0 + sheet->left, right);
    for (int b = 0; b < sheet->bar_count; b++) {
        const pel__bar *bar = &sheet->bar[b];
        right += panel_gap;
        pel__bar_draw(&pen, bar, right, (first + last + bar->axis.length_pt) / 2);
        right += pel__bar_room_pt(bar);
    }
    return pen.status;
}

static void add_bar(sheet *sheet, const pel_look *look, const char *label, double hidden)
{
    sheet->bar[sheet->bar_count++] = (pel__bar){ .look = look,
                                                 .width_pt = bar_width,
                                                 .hidden = hidden,
                                                 .axis = { .lo = look->window[0],
                                                           .hi = look->window[1],
                                                           .vertical = true,
                                                           .right = true,
                                                           .label = label } };
}

static void add_bars(sheet *sheet, const pel_look *look)
{
    if (!sheet->params->colorbar)
        return;
    if (!look->labels)
        add_bar(sheet, look, NULL, 0);
    for (int f = 0; f < sheet->film_count; f++) {
        const pel_overlay *o = &sheet->film[f].overlay;
        if (!o->look.labels)
            add_bar(sheet, &o->look, o->label, sheet->film[f].signs && o->lo > 0 ? o->lo : 0);
    }
}

static void choose_grid(sheet *sheet)
{
    const pel_slice_params *params = sheet->params;
    int axes = params->ortho ? 3 : 1;
    bool tiles = params->mosaic || params->sweep;
    sheet->axes = !tiles;
    sheet->columns = sheet->count;
    if (params->sweep)
        sheet->columns = sheet->count < 7 * axes ? (sheet->count + axes - 1) / axes : 7;
    if (params->mosaic) {
        long columns = strtol(params->mosaic, NULL, 10);
        sheet->columns = sheet->count < columns ? sheet->count : (int)columns;
    }
    sheet->rows = (sheet->count + sheet->columns - 1) / sheet->columns;
    sheet->caption = 1.17 * (tiles ? PEL__TEXT_PT : PEL__LABEL_PT) + 2;
    // one slice's caption shares the line of its scale bar
    if (sheet->count == 1 && params->scale_bar && !params->title)
        sheet->caption = 0;
    if (params->title || params->scale_bar)
        sheet->head = 1.17 * PEL__TITLE_PT + PEL__GAP_PT;
}

static void tell_oddities(const pel_volume *in)
{
    pel_affine a = pel__volume_affine(in);
    double worst = 0;
    for (int c = 0; c < 3; c++)
        worst = fmax(worst, fabs(pel__dot(pel__unit(pel__column(a, c)),
                                          pel__unit(pel__column(a, (c + 1) % 3)))));
    if (worst > 1e-3)
        pel__note("the grid is sheared (%.1f degrees); slices show its voxels as rectangles",
                  asin(fmin(worst, 1)) * 180 / PEL_PI);
}

static pel_status prepare(sheet *sheet, const pel_overlay *overlays, int count)
{
    if (count > MOST_OVERLAYS)
        return pel__fail(PEL_EPARAM, "%d overlays; at most %d can be drawn", count, MOST_OVERLAYS);
    for (int f = 0; f < count; f++) {
        pel_status s = prepare_film(&sheet->film[f], sheet->in, &overlays[f]);
        if (s != PEL_OK)
            return s;
    }
    sheet->film_count = count;
    sheet->in_mm = sheet->in->unit_known || sheet->in->oriented;
    if (sheet->params->scale_bar && !sheet->in_mm)
        return pel__fail(PEL_EDATA, "--scale-bar needs the size of a voxel in mm, and this volume "
                                    "does not say it; --spacing DX,DY,DZ does");
    return PEL_OK;
}

pel_status pel_slice(pel_figure *out, const pel_volume *in, const pel_look *look,
                     const pel_overlay *overlays, int overlay_count, const pel_slice_params *params)
{
    *out = (pel_figure){ 0 };
    sheet *sheet;
    pel_status s = pel__alloc_zero(&sheet, 1, sizeof *sheet, "the layout of slices");
    if (s != PEL_OK)
        return s;
    sheet->in = in;
    sheet->params = params;
    s = pel_slice_planes(&sheet->plane, &sheet->count, in, params);
    if (s == PEL_OK)
        s = prepare(sheet, overlays, overlay_count);
    if (s == PEL_OK) {
        tell_oddities(in);
        choose_grid(sheet);
        measure_cells(sheet);
        add_bars(sheet, look);
        s = fit_scale(sheet);
    }
    if (s == PEL_OK) {
        out->width_pt = sheet->width;
        out->height_pt = sheet->height;
        out->dpi = params->dpi;
        out->background = pel__paper;
        out->mm_per_pt = sheet->in_mm ? 1 / sheet->pt_per_mm : 0;
        shorten_captions(sheet);
        s = draw_sheet(out, sheet, look);
    }
    if (s != PEL_OK)
        pel_figure_free(out);
    free(sheet->plane);
    pel__free(sheet);
    return s;
}

// the drawn pixels twice (as cairo's and as PNG's), the rasters, their values, fonts
static int64_t plan(const void *params, const pel_volume *shape)
{
    enum { FONTS = 12 << 20 };
    sheet *sheet;
    pel_status s = pel__alloc_zero(&sheet, 1, sizeof *sheet, "the layout of slices");
    if (s != PEL_OK)
        return -1;
    sheet->in = shape;
    sheet->params = params;
    double bytes = FONTS;
    s = pel_slice_planes(&sheet->plane, &sheet->count, shape, params);
    if (s == PEL_OK) {
        choose_grid(sheet);
        measure_cells(sheet);
        s = fit_scale(sheet);
    }
    if (s == PEL_OK) {
        double pixel = 72 / sheet->params->dpi, bars = 60.0 * (1 + sheet->params->overlay.count);
        bytes += 8 * (sheet->width + bars) * sheet->height / (pixel * pixel);
        for (int i = 0; i < sheet->count; i++)
            bytes += 8.0 * (double)sheet->plane[i].width * (double)sheet->plane[i].height;
    }
    free(sheet->plane);
    pel__free(sheet);
    return s == PEL_OK && bytes < 9e18 ? (int64_t)bytes : -1;
}

const pel_schema pel_slice_schema = {
    .name = "slice",
    .summary = "slices as a figure with axes in mm, or as data",
    .params_size = sizeof(pel_slice_params),
    .params = table,
    .count = sizeof table / sizeof *table,
    .plan = plan,
};
