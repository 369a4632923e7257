/* SPDX-License-Identifier: Apache-2.0 */
/* figure.c: a drawing list becomes PNG, SVG or PDF; wraps cairo and pango. */
#include <cairo-pdf.h>
#include <cairo-svg.h>
#include <math.h>
#include <pango/pangocairo.h>
#include <stdlib.h>
#include <string.h>

#include <pellucid/write.h>

#include "base/job.h"
#include "base/memory.h"
#include "base/outfile.h"
#include "base/status.h"
#include "base/text.h"

enum { MOST_PIXELS = 32767 }; /* cairo's own limit of a side */

/* what a figure is drawn with */
typedef struct canvas {
    cairo_t *cairo;
    PangoFontMap *fonts;
    PangoContext *context;
    double dpi; /* raster: pixels per inch, edges land on whole pixels; 0: vectors */
} canvas;

static pel_status cairo_failure(const char *path, cairo_status_t status)
{
    return pel__fail(status == CAIRO_STATUS_NO_MEMORY ? PEL_EMEMORY : PEL_EIO,
                     "%s: drawing failed: %s", path, cairo_status_to_string(status));
}

static bool canvas_open(canvas *out, cairo_surface_t *surface, double dpi)
{
    *out = (canvas){ .cairo = cairo_create(surface), .dpi = dpi };
    if (dpi > 0)
        cairo_scale(out->cairo, dpi / 72, dpi / 72);
    // outlines as they are designed: no hinting, which differs between machines
    cairo_font_options_t *options = cairo_font_options_create();
    cairo_font_options_set_antialias(options, CAIRO_ANTIALIAS_GRAY);
    cairo_font_options_set_hint_style(options, CAIRO_HINT_STYLE_NONE);
    cairo_font_options_set_hint_metrics(options, CAIRO_HINT_METRICS_OFF);
    out->fonts = pango_cairo_font_map_new();
    out->context = pango_font_map_create_context(out->fonts);
    pango_cairo_context_set_font_options(out->context, options);
    pango_cairo_context_set_resolution(out->context, 72);
    cairo_font_options_destroy(options);
    return cairo_status(out->cairo) == CAIRO_STATUS_SUCCESS;
}

static void canvas_close(canvas *to)
{
    g_object_unref(to->context);
    g_object_unref(to->fonts);
    cairo_destroy(to->cairo);
}

static void use_colour(const canvas *to, pel_colour c)
{
    cairo_set_source_rgba(to->cairo, (double)c.r, (double)c.g, (double)c.b, (double)c.a);
}

// the nearest whole pixel in a raster
static double snapped(const canvas *to, double pt)
{
    return to->dpi > 0 ? rint(pt * to->dpi / 72) * 72 / to->dpi : pt;
}

static bool axis_parallel(const pel_draw *draw)
{
    for (int i = 1; i < draw->point_count; i++)
        if (draw->points[i][0] != draw->points[i - 1][0] &&
            draw->points[i][1] != draw->points[i - 1][1])
            return false;
    return true;
}

// lines along the axes are whole pixels wide and sharp in a raster
static void draw_line(const canvas *to, const pel_draw *draw)
{
    bool sharp = to->dpi > 0 && axis_parallel(draw);
    double pixel = to->dpi > 0 ? 72 / to->dpi : 0, width = draw->width;
    if (sharp)
        width = fmax(1, rint(width / pixel)) * pixel;
    double shift = sharp && (int64_t)rint(width / pixel) % 2 ? pixel / 2 : 0;
    cairo_new_path(to->cairo);
    for (int i = 0; i < draw->point_count; i++) {
        double x = draw->points[i][0], y = draw->points[i][1];
        if (sharp) {
            x = snapped(to, x - shift) + shift;
            y = snapped(to, y - shift) + shift;
        }
        cairo_line_to(to->cairo, x, y);
    }
    use_colour(to, draw->colour);
    cairo_set_line_width(to->cairo, width);
    cairo_set_line_cap(to->cairo, sharp ? CAIRO_LINE_CAP_BUTT : CAIRO_LINE_CAP_ROUND);
    cairo_set_line_join(to->cairo, CAIRO_LINE_JOIN_MITER);
    cairo_stroke(to->cairo);
}

static void draw_area(const canvas *to, const pel_draw *draw)
{
    bool sharp = axis_parallel(draw);
    cairo_new_path(to->cairo);
    for (int i = 0; i < draw->point_count; i++)
        cairo_line_to(to->cairo, sharp ? snapped(to, draw->points[i][0]) : draw->points[i][0],
                      sharp ? snapped(to, draw->points[i][1]) : draw->points[i][1]);
    cairo_close_path(to->cairo);
    use_colour(to, draw->colour);
    cairo_fill(to->cairo);
}

static void draw_text(const canvas *to, const pel_draw *draw)
{
    PangoLayout *layout = pango_layout_new(to->context);
    PangoFontDescription *font = pango_font_description_from_string("DejaVu Sans");
    pango_font_description_set_absolute_size(font, draw->size * PANGO_SCALE);
    pango_font_description_set_weight(font, draw->bold ? PANGO_WEIGHT_BOLD : PANGO_WEIGHT_NORMAL);
    pango_layout_set_font_description(layout, font);
    pango_layout_set_text(layout, draw->text, -1);
    PangoRectangle box;
    pango_layout_get_extents(layout, NULL, &box);

    cairo_save(to->cairo);
    use_colour(to, draw->colour);
    cairo_translate(to->cairo, draw->points[0][0], draw->points[0][1]);
    cairo_rotate(to->cairo, -draw->turn * G_PI / 180);
    cairo_move_to(to->cairo, -draw->anchor_x * box.width / PANGO_SCALE,
                  -draw->anchor_y * box.height / PANGO_SCALE);
    pango_cairo_show_layout(to->cairo, layout);
    cairo_restore(to->cairo);
    pango_font_description_free(font);
    g_object_unref(layout);
}

// a stored channel as 0 to 65535
static uint64_t wide_at(const pel_image *image, int64_t index)
{
    if (image->dtype == PEL_UINT8)
        return ((const uint8_t *)image->data)[index] * UINT64_C(257);
    if (image->dtype == PEL_UINT16)
        return ((const uint16_t *)image->data)[index];
    return (uint64_t)pel__int_from(65535 * (double)((const float *)image->data)[index], 0, 65535);
}

// cairo's 32 bits: alpha, red, green, blue, premultiplied; rounded once
static uint32_t packed_at(const pel_image *image, int64_t pixel)
{
    const uint64_t opaque = 65535, byte = 257;
    int n = image->channels;
    int64_t at = pixel * n;
    uint64_t a = n == 2 || n == 4 ? wide_at(image, at + n - 1) : opaque;
    uint32_t out = (uint32_t)((a + byte / 2) / byte) << 24;
    for (int c = 0; c < 3; c++) {
        uint64_t v = wide_at(image, at + (n > 2 ? c : 0)) * a;
        out |= (uint32_t)((v + opaque * byte / 2) / (opaque * byte)) << (16 - 8 * c);
    }
    return out;
}

static bool is_opaque(const pel_image *image)
{
    if (image->channels % 2)
        return true;
    for (int64_t i = 0; i < image->width * image->height; i++)
        if (wide_at(image, (i + 1) * image->channels - 1) != 65535)
            return false;
    return true;
}

static cairo_surface_t *surface_of(const pel_image *image)
{
    cairo_surface_t *surface =
        cairo_image_surface_create(is_opaque(image) ? CAIRO_FORMAT_RGB24 : CAIRO_FORMAT_ARGB32,
                                   (int)image->width, (int)image->height);
    if (cairo_surface_status(surface) != CAIRO_STATUS_SUCCESS)
        return surface;
    cairo_surface_flush(surface);
    unsigned char *bytes = cairo_image_surface_get_data(surface);
    for (int64_t y = 0; y < image->height; y++) {
        uint32_t *row = (uint32_t *)(void *)(bytes + y * cairo_image_surface_get_stride(surface));
        for (int64_t x = 0; x < image->width; x++)
            row[x] = packed_at(image, y * image->width + x);
    }
    cairo_surface_mark_dirty(surface);
    return surface;
}

// every pixel of the picture becomes an exact rectangle: no smoothing, no soft edge
static pel_status draw_image(const canvas *to, const pel_draw *draw, const char *path)
{
    const pel_image *image = &draw->image;
    if (image->width > MOST_PIXELS || image->height > MOST_PIXELS)
        return pel__fail(PEL_EUNSUPPORTED,
                         "%s: a picture of %lldx%lld pixels is too large for a figure; write it "
                         "as data, or crop or shrink it",
                         path, (long long)image->width, (long long)image->height);
    double x0 = snapped(to, draw->points[0][0]), y0 = snapped(to, draw->points[0][1]);
    double x1 = snapped(to, draw->points[1][0]), y1 = snapped(to, draw->points[1][1]);
    cairo_surface_t *surface = surface_of(image);
    cairo_status_t status = cairo_surface_status(surface);
    if (status == CAIRO_STATUS_SUCCESS) {
        cairo_save(to->cairo);
        cairo_translate(to->cairo, x0, y0);
        cairo_scale(to->cairo, (x1 - x0) / (double)image->width, (y1 - y0) / (double)image->height);
        cairo_set_source_surface(to->cairo, surface, 0, 0);
        cairo_pattern_set_filter(cairo_get_source(to->cairo), CAIRO_FILTER_NEAREST);
        cairo_rectangle(to->cairo, 0, 0, (double)image->width, (double)image->height);
        cairo_fill(to->cairo);
        cairo_restore(to->cairo);
        status = cairo_status(to->cairo);
    }
    cairo_surface_destroy(surface);
    return status == CAIRO_STATUS_SUCCESS ? PEL_OK : cairo_failure(path, status);
}

static pel_status draw_all(const canvas *to, const pel_figure *figure, const char *path)
{
    if (figure->background.a > 0) {
        use_colour(to, figure->background);
        cairo_paint(to->cairo);
    }
    pel_status s = PEL_OK;
    for (int i = 0; i < figure->count && s == PEL_OK; i++) {
        const pel_draw *draw = &figure->item[i];
        if (draw->kind == PEL_DRAW_IMAGE)
            s = draw_image(to, draw, path);
        else if (draw->kind == PEL_DRAW_TEXT)
            draw_text(to, draw);
        else if (draw->kind == PEL_DRAW_AREA && draw->width == 0)
            draw_area(to, draw);
        else
            draw_line(to, draw);
        if (s == PEL_OK)
            s = pel__cancelled();
    }
    if (s == PEL_OK && cairo_status(to->cairo) != CAIRO_STATUS_SUCCESS)
        s = cairo_failure(path, cairo_status(to->cairo));
    return s;
}

static pel_status draw_on(cairo_surface_t *surface, const pel_figure *figure, double dpi,
                          const char *path)
{
    canvas to;
    pel_status s = canvas_open(&to, surface, dpi) ? draw_all(&to, figure, path)
                                                  : cairo_failure(path, cairo_status(to.cairo));
    canvas_close(&to);
    return s;
}

/* ---- PNG ---- */

// cairo's premultiplied pixels as RGB, or RGBA when the background shows through
static pel_status unpack(pel_image *out, cairo_surface_t *surface, bool alpha)
{
    int width = cairo_image_surface_get_width(surface),
        height = cairo_image_surface_get_height(surface);
    pel_status s = pel_image_new(out, width, height, alpha ? 4 : 3, PEL_UINT8);
    if (s != PEL_OK)
        return s;
    cairo_surface_flush(surface);
    const unsigned char *bytes = cairo_image_surface_get_data(surface);
    uint8_t *pixel = out->data;
    for (int y = 0; y < height; y++) {
        const unsigned char *line = bytes + (int64_t)y * cairo_image_surface_get_stride(surface);
        const uint32_t *row = (const uint32_t *)(const void *)line;
        for (int x = 0; x < width; x++, pixel += out->channels) {
            uint32_t a = alpha ? row[x] >> 24 : 255;
            for (int c = 0; c < 3; c++) {
                uint32_t v = row[x] >> (16 - 8 * c) & 255;
                pixel[c] = (uint8_t)(a == 0 ? 0 : (v * 255 + a / 2) / a);
            }
            if (alpha)
                pixel[3] = (uint8_t)a;
        }
    }
    return PEL_OK;
}

pel_status pel_write_raster(pel_image *out, const pel_figure *figure)
{
    *out = (pel_image){ 0 };
    double dpi = figure->dpi > 0 ? figure->dpi : 100;
    double width = rint(figure->width_pt * dpi / 72), height = rint(figure->height_pt * dpi / 72);
    if (!(width >= 1 && height >= 1 && width <= MOST_PIXELS && height <= MOST_PIXELS))
        return pel__fail(PEL_EPARAM,
                         "the figure would be %.0fx%.0f pixels; 1 to %d a side can be drawn, "
                         "choose another size or dpi",
                         width, height, MOST_PIXELS);
    cairo_surface_t *surface =
        cairo_image_surface_create(CAIRO_FORMAT_ARGB32, (int)width, (int)height);
    pel_status s = cairo_surface_status(surface) == CAIRO_STATUS_SUCCESS
                       ? draw_on(surface, figure, dpi, "the figure")
                       : cairo_failure("the figure", cairo_surface_status(surface));
    if (s == PEL_OK)
        s = unpack(out, surface, figure->background.a < 1);
    cairo_surface_destroy(surface);
    if (s != PEL_OK)
        return s;
    out->dpi = dpi;
    out->mm_per_pixel = figure->mm_per_pt > 0 ? figure->mm_per_pt * 72 / dpi : NAN;
    out->provenance = pel__strdup(figure->provenance);
    return PEL_OK;
}

static pel_status write_png(const char *path, const pel_figure *figure)
{
    pel_image image;
    pel_status s = pel__during(pel_write_raster(&image, figure), "%s", path);
    if (s == PEL_OK)
        s = pel_write_image(path, &image);
    pel_image_free(&image);
    return s;
}

/* ---- SVG and PDF ---- */

static cairo_status_t collect(void *closure, const unsigned char *bytes, unsigned int count)
{
    pel__text *to = closure;
    pel__text_add_bytes(to, bytes, count);
    return to->failed ? CAIRO_STATUS_NO_MEMORY : CAIRO_STATUS_SUCCESS;
}

// provenance and scale, as the PNG carries them
static void add_facts(pel__text *to, const pel_figure *figure)
{
    char number[32] = "null";
    if (figure->mm_per_pt > 0)
        pel__format_number(number, figure->mm_per_pt);
    pel__text_add(to, "{\"mm_per_pt\":%s,\"provenance\":%s}", number,
                  figure->provenance ? figure->provenance : "null");
}

static cairo_surface_t *pdf_surface(pel__text *to, const pel_figure *figure)
{
    cairo_surface_t *surface =
        cairo_pdf_surface_create_for_stream(collect, to, figure->width_pt, figure->height_pt);
    pel__text facts = { 0 };
    add_facts(&facts, figure);
    // no time of day: the same figure gives the same bytes
    cairo_pdf_surface_set_metadata(surface, CAIRO_PDF_METADATA_CREATE_DATE, "2000-01-01T00:00:00Z");
    cairo_pdf_surface_set_metadata(surface, CAIRO_PDF_METADATA_CREATOR, "pellucid " PEL_VERSION);
    if (facts.text)
        cairo_pdf_surface_set_metadata(surface, CAIRO_PDF_METADATA_KEYWORDS, facts.text);
    pel__text_free(&facts);
    return surface;
}

static void add_escaped(pel__text *to, const char *text)
{
    for (; *text; text++)
        if (*text == '<' || *text == '&' || *text == '>')
            pel__text_add(to, *text == '<' ? "&lt;" : *text == '&' ? "&amp;" : "&gt;");
        else
            pel__text_add_bytes(to, text, 1);
}

// where an id that cairo made begins: "surface12", #image7; NULL: no more of them
static const char *next_id(const char *at, const char *end, const char **digits)
{
    static const char *const words[] = { "surface", "image", "mask", "pattern", "clip" };
    for (; at < end; at++) {
        if (*at != '"' && *at != '#')
            continue;
        for (size_t w = 0; w < sizeof words / sizeof *words; w++) {
            size_t length = strlen(words[w]);
            const char *after = at + 1 + length;
            if (after < end && strncmp(at + 1, words[w], length) == 0 && *after >= '0' &&
                *after <= '9') {
                *digits = after;
                return at;
            }
        }
    }
    return NULL;
}

/* numbers in the order they were met */
typedef struct numbering {
    long *seen; // malloc'd
    int count, capacity;
    bool failed;
} numbering;

static int ordinal(numbering *n, long number)
{
    for (int i = 0; i < n->count; i++)
        if (n->seen[i] == number)
            return i + 1;
    if (n->count == n->capacity) {
        int capacity = 2 * n->capacity + 16;
        long *grown = realloc(n->seen, (size_t)capacity * sizeof *grown);
        if (!grown) {
            n->failed = true;
            return 0;
        }
        n->seen = grown;
        n->capacity = capacity;
    }
    n->seen[n->count++] = number;
    return n->count;
}

// cairo counts its surfaces through the life of the process; ids count within this file
static void renumber(pel__text *to, const char *svg, const char *end)
{
    numbering numbers = { 0 };
    const char *at = svg, *digits;
    char *after;
    for (; next_id(at, end, &digits); at = after) {
        pel__text_add_bytes(to, at, (size_t)(digits - at));
        pel__text_add(to, "%d", ordinal(&numbers, strtol(digits, &after, 10)));
    }
    pel__text_add_bytes(to, at, (size_t)(end - at));
    to->failed |= numbers.failed;
    free(numbers.seen);
}

// viewers smooth pictures unless they are told not to
static void add_sharp(pel__text *to, const char *svg, size_t size)
{
    static const char tag[] = "<image ";
    const char *end = svg + size, *hit;
    while ((hit = memmem(svg, (size_t)(end - svg), tag, sizeof tag - 1))) {
        hit += sizeof tag - 1;
        pel__text_add_bytes(to, svg, (size_t)(hit - svg));
        pel__text_add(to, "image-rendering=\"optimizeSpeed\" style=\"image-rendering:pixelated\" ");
        svg = hit;
    }
    pel__text_add_bytes(to, svg, (size_t)(end - svg));
}

// the facts go in as <metadata>, the first child of <svg>
static void finish_svg(pel__text *to, const pel__text *drawn, const pel_figure *figure)
{
    const char *root = drawn->text ? strstr(drawn->text, "<svg") : NULL;
    const char *body = root ? strchr(root, '>') : NULL;
    if (!body)
        return;
    body++;
    pel__text_add_bytes(to, drawn->text, (size_t)(body - drawn->text));
    pel__text facts = { 0 };
    add_facts(&facts, figure);
    pel__text_add(to, "\n<metadata>");
    add_escaped(to, facts.text ? facts.text : "");
    pel__text_add(to, "</metadata>");
    pel__text numbered = { 0 };
    renumber(&numbered, body, drawn->text + drawn->length);
    if (numbered.text)
        add_sharp(to, numbered.text, numbered.length);
    to->failed |= facts.failed || numbered.failed;
    pel__text_free(&facts);
    pel__text_free(&numbered);
}

static pel_status write_bytes(const char *path, const pel__text *text)
{
    if (text->failed || !text->text)
        return pel__fail(PEL_EMEMORY, "%s: no memory for the figure", path);
    pel__outfile file;
    pel_status s = pel__outfile_open(&file, path);
    if (s == PEL_OK)
        s = pel__outfile_write(&file, text->text, (int64_t)text->length);
    if (s == PEL_OK)
        s = pel__outfile_commit(&file);
    pel__outfile_close(&file);
    return s;
}

static pel_status write_vectors(const char *path, const pel_figure *figure, bool pdf)
{
    pel__text drawn = { 0 }, finished = { 0 };
    cairo_surface_t *surface = pdf ? pdf_surface(&drawn, figure)
                                   : cairo_svg_surface_create_for_stream(
                                         collect, &drawn, figure->width_pt, figure->height_pt);
    if (!pdf)
        cairo_svg_surface_set_document_unit(surface, CAIRO_SVG_UNIT_PT);
    pel_status s = cairo_surface_status(surface) == CAIRO_STATUS_SUCCESS
                       ? draw_on(surface, figure, 0, path)
                       : cairo_failure(path, cairo_surface_status(surface));
    cairo_surface_finish(surface);
    if (s == PEL_OK && cairo_surface_status(surface) != CAIRO_STATUS_SUCCESS)
        s = cairo_failure(path, cairo_surface_status(surface));
    cairo_surface_destroy(surface);
    if (s == PEL_OK && !pdf)
        finish_svg(&finished, &drawn, figure);
    if (s == PEL_OK)
        s = write_bytes(path, pdf ? &drawn : &finished);
    pel__text_free(&drawn);
    pel__text_free(&finished);
    return s;
}

bool pel_can_write_figure(const char *path)
{
    return pel__ends_with(path, ".png") || pel__ends_with(path, ".svg") ||
           pel__ends_with(path, ".pdf");
}

pel_status pel_write_figure(const char *path, const pel_figure *figure)
{
    if (!(figure->width_pt > 0 && figure->height_pt > 0))
        return pel__fail(PEL_EPARAM, "%s: the figure is empty", path);
    if (pel__ends_with(path, ".png"))
        return write_png(path, figure);
    if (pel__ends_with(path, ".svg") || pel__ends_with(path, ".pdf"))
        return write_vectors(path, figure, pel__ends_with(path, ".pdf"));
    return pel__fail(PEL_EPARAM, "%s: a figure is written as .png, .svg or .pdf", path);
}
