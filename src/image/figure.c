/* SPDX-License-Identifier: Apache-2.0 */
/* figure.c: a drawing list, filled one thing at a time. */
#include <stdlib.h>
#include <string.h>

#include <pellucid/image.h>

#include "base/memory.h"
#include "base/status.h"

static void free_draw(pel_draw *draw)
{
    pel__free(draw->points);
    free(draw->text);
    pel_image_free(&draw->image);
}

void pel_figure_free(pel_figure *figure)
{
    for (int i = 0; i < figure->count; i++)
        free_draw(&figure->item[i]);
    pel__free(figure->item);
    free(figure->provenance);
    *figure = (pel_figure){ 0 };
}

// a new item with room for its points, at the end of the list
static pel_status add(pel_figure *figure, pel_draw **out, pel_draw_kind kind, int points,
                      pel_colour colour)
{
    if (figure->count == figure->capacity) {
        int capacity = figure->capacity ? 2 * figure->capacity : 64;
        pel_status s = pel__realloc(&figure->item, capacity, sizeof *figure->item, "a figure");
        if (s != PEL_OK)
            return s;
        figure->capacity = capacity;
    }
    pel_draw draw = { .kind = kind, .colour = colour, .point_count = points };
    pel_status s = pel__alloc(&draw.points, points, sizeof *draw.points, "a figure");
    if (s != PEL_OK)
        return s;
    *out = &figure->item[figure->count++];
    **out = draw;
    return PEL_OK;
}

pel_status pel_figure_line(pel_figure *figure, const double (*points)[2], int count,
                           double width_pt, pel_colour colour)
{
    pel_draw *draw;
    pel_status s = add(figure, &draw, PEL_DRAW_LINE, count, colour);
    if (s != PEL_OK)
        return s;
    memcpy(draw->points, points, (size_t)count * sizeof *points);
    draw->width = width_pt;
    return PEL_OK;
}

pel_status pel_figure_area(pel_figure *figure, const double (*points)[2], int count,
                           pel_colour colour)
{
    pel_draw *draw;
    pel_status s = add(figure, &draw, PEL_DRAW_AREA, count, colour);
    if (s == PEL_OK)
        memcpy(draw->points, points, (size_t)count * sizeof *points);
    return s;
}

pel_status pel_figure_text(pel_figure *figure, double x, double y, const char *text, double size_pt,
                           double anchor_x, double anchor_y, double turn, pel_colour colour)
{
    pel_draw *draw;
    pel_status s = add(figure, &draw, PEL_DRAW_TEXT, 1, colour);
    if (s != PEL_OK)
        return s;
    draw->points[0][0] = x;
    draw->points[0][1] = y;
    draw->size = size_pt;
    draw->anchor_x = anchor_x;
    draw->anchor_y = anchor_y;
    draw->turn = turn;
    draw->text = pel__strdup(text);
    return draw->text ? PEL_OK : pel__fail(PEL_EMEMORY, "no memory for the text of a figure");
}

pel_status pel_figure_image(pel_figure *figure, double x, double y, double width_pt,
                            double height_pt, pel_image *image)
{
    pel_draw *draw;
    pel_status s = add(figure, &draw, PEL_DRAW_IMAGE, 2, (pel_colour){ 0 });
    if (s != PEL_OK)
        return s;
    draw->points[0][0] = x;
    draw->points[0][1] = y;
    draw->points[1][0] = x + width_pt;
    draw->points[1][1] = y + height_pt;
    draw->image = *image;
    *image = (pel_image){ 0 };
    return PEL_OK;
}
