/* SPDX-License-Identifier: Apache-2.0 */
/* voxels_grid.c: what is in each cell, and where cells lie: planes, gaps, blocks to skip. */
#include <math.h>
#include <string.h>

#include "base/job.h"
#include "base/memory.h"
#include "base/status.h"
#include "base/text.h"
#include "see/keep.h"
#include "see/voxels.h"
#include "volume/volume.h"

enum { TABLE = 16384 };

/* ---- colours and alpha ---- */

/* where alpha comes from */
typedef enum alpha_from { FROM_VALUE, FROM_CONSTANT, FROM_FILE, FROM_COLOUR } alpha_from;

typedef struct filling {
    pel__cubes *grid;
    const pel_voxels_input *in;
    alpha_from alpha;
    bool by_value;                 // colours by the look; else face, or `colours`
    bool has_alpha;                // `colours` do
    float constant;                // alpha
    uint32_t face;                 // packed
    const pel_volume *colours;     // NULL: none
    double slope, inter, lo, span; // of values; window
    bool keeps;
    pel__keep *keep;
    double table_lo, table_step; // values of the table below
    uint32_t *table;             // packed colours of TABLE values; NULL: labels
} filling;

static float within_one(double x)
{
    return (float)(x > 0 ? x < 1 ? x : 1 : 0);
}

static uint32_t packed(const float rgb[3])
{
    uint32_t out = PEL__FILLED;
    for (int c = 0; c < 3; c++) {
        float v = rgb[c] > 0 ? rgb[c] < 1 ? rgb[c] : 1 : 0;
        out |= (uint32_t)(v * 1023 + 0.5f) << (10 * c);
    }
    return out;
}

// components lie together in channels, or one after the other in frames (an array of floats)
static void colour_at(float rgba[4], const pel_volume *v, int64_t index)
{
    int64_t channels = pel__volume_channels(v), voxels = v->dims[0] * v->dims[1] * v->dims[2];
    int64_t count = channels > 1 ? channels : pel__volume_frames(v);
    double scale = pel_dtype_is_float(v->dtype) ? 1 : v->dtype == PEL_UINT16 ? 65535 : 255;
    rgba[3] = 1;
    for (int64_t c = 0; c < count; c++) {
        int64_t at = channels > 1 ? index * channels + c : c * voxels + index;
        double x = pel__stored_get(v->data, v->dtype, at) / scale;
        rgba[c] = within_one(x);
    }
}

static uint32_t look_colour(const filling *f, double value)
{
    if (f->table) {
        double at = (value - f->table_lo) * f->table_step;
        return f->table[(int64_t)(at < 0 ? 0 : at > TABLE - 1 ? TABLE - 1 : at)];
    }
    float rgb[3], opacity;
    pel_look_colour(f->in->look, value, rgb, &opacity);
    return packed(rgb);
}

static float opacity_at(const filling *f, int64_t index)
{
    const pel_volume *v = f->in->opacity;
    double slope, inter;
    pel__volume_scale(v, &slope, &inter);
    return within_one(slope * pel__stored_get(v->data, v->dtype, index) + inter);
}

// coloured voxels are there by their alpha, without one unless they are black
static pel__cell coloured_cell(const filling *f, int64_t index)
{
    float rgba[4];
    colour_at(rgba, f->colours, index);
    pel__cell cell = { rgba[3], packed(rgba) };
    bool there = f->has_alpha ? rgba[3] > 0 : cell.rgb != PEL__FILLED;
    if (f->alpha == FROM_FILE)
        cell.alpha = opacity_at(f, index);
    else if (f->alpha == FROM_CONSTANT)
        cell.alpha = f->constant;
    return there && cell.alpha > 0 ? cell : (pel__cell){ 0, 0 };
}

static pel__cell cell_of(const filling *f, int64_t index)
{
    const pel_volume *v = f->in->values;
    if (f->colours && f->alpha != FROM_VALUE)
        return coloured_cell(f, index);
    double value = f->slope * pel__stored_get(v->data, v->dtype, index) + f->inter;
    float alpha = f->alpha == FROM_VALUE  ? within_one((value - f->lo) / f->span)
                  : f->alpha == FROM_FILE ? opacity_at(f, index)
                  : value == 0            ? 0
                                          : f->constant;
    if (isnan(value) || !(alpha > 0))
        return (pel__cell){ 0, 0 };
    if (f->by_value)
        return (pel__cell){ alpha, look_colour(f, value) };
    float rgba[4];
    if (f->colours)
        colour_at(rgba, f->colours, index);
    return (pel__cell){ alpha, f->colours ? packed(rgba) : f->face };
}

// cells of a row that --keep leaves: whole cells whose centres lie in a run
static void keep_row(const filling *f, pel__cell *row, int64_t j, int64_t k)
{
    const double origin[3] = { 0, (double)j, (double)k }, direction[3] = { 1, 0, 0 };
    int64_t count = f->grid->dims[0], next = 0;
    pel__run run[PEL__KEEP_PIECES];
    int runs = pel__keep_runs(run, f->keep, origin, direction,
                              (pel__run){ 0, (double)(count - 1), { 0 } });
    for (int r = 0; r < runs; r++) {
        for (; next < count && (double)next < run[r].lo; next++)
            row[next] = (pel__cell){ 0, 0 };
        while (next < count && (double)next <= run[r].hi)
            next++;
    }
    for (; next < count; next++)
        row[next] = (pel__cell){ 0, 0 };
}

static pel_status fill_slice(void *user, int64_t k)
{
    const filling *f = user;
    const int64_t *dims = f->grid->dims;
    for (int64_t j = 0; j < dims[1]; j++) {
        int64_t first = (k * dims[1] + j) * dims[0];
        for (int64_t i = 0; i < dims[0]; i++)
            f->grid->cell[first + i] = cell_of(f, first + i);
        if (f->keeps)
            keep_row(f, f->grid->cell + first, j, k);
    }
    return PEL_OK;
}

bool pel_voxels_is_colour(const pel_volume *volume)
{
    if (volume->meaning == PEL_RGB || volume->meaning == PEL_RGBA)
        return true;
    int64_t frames = pel__volume_frames(volume);
    return pel__volume_channels(volume) == 1 && pel_dtype_is_float(volume->dtype) &&
           strcmp(volume->fields.format, "npy") == 0 && (frames == 3 || frames == 4) &&
           volume->fields.axes == 4;
}

static bool has_alpha(const pel_volume *v)
{
    return v->meaning == PEL_RGBA || pel__volume_frames(v) == 4;
}

static pel_status same_grid(const pel_volume *v, const pel__cubes *grid, const char *option,
                            const char *also)
{
    const int64_t *d = grid->dims;
    if (memcmp(v->dims, d, sizeof v->dims) == 0)
        return PEL_OK;
    return pel__fail(PEL_EDATA,
                     "%s: is an array of %lldx%lldx%lld, but the grid drawn (after --resize and "
                     "--crop) is %lldx%lldx%lld; give one of shape (%lld,%lld,%lld%s)",
                     option, (long long)v->dims[0], (long long)v->dims[1], (long long)v->dims[2],
                     (long long)d[0], (long long)d[1], (long long)d[2], (long long)d[0],
                     (long long)d[1], (long long)d[2], also);
}

static pel_status choose_colours(filling *f, const pel_voxels_params *params)
{
    const pel_voxels_input *in = f->in;
    f->colours = in->colours ? in->colours : pel_voxels_is_colour(in->values) ? in->values : NULL;
    if (in->colours && !pel_voxels_is_colour(in->colours))
        return pel__fail(PEL_EDATA, "--colors: holds no colours; it wants an array of shape "
                                    "(nx,ny,nz,4) or (nx,ny,nz,3), floats 0 to 1 or uint8");
    if (in->colours && params->face.set)
        return pel__fail(PEL_EPARAM, "--face and --colors both give the colour; leave one out");
    if (params->face.set)
        f->colours = NULL;
    f->by_value = !f->colours && !params->face.set;
    const float rgb[3] = { params->face.r, params->face.g, params->face.b };
    f->face = packed(rgb);
    f->has_alpha = f->colours && has_alpha(f->colours);
    return f->colours ? same_grid(f->colours, f->grid, "--colors", ",4") : PEL_OK;
}

static pel_status choose_alpha(filling *f, const pel_voxels_params *params)
{
    const char *text = params->opacity;
    double number;
    if (f->in->opacity) {
        f->alpha = FROM_FILE;
        return same_grid(f->in->opacity, f->grid, "--opacity", "");
    }
    if (!text) {
        f->alpha = f->by_value ? FROM_VALUE : f->has_alpha ? FROM_COLOUR : FROM_CONSTANT;
        f->constant = params->face.set ? params->face.a : 1;
        return PEL_OK;
    }
    if (pel__same_word(text, "value")) {
        f->alpha = FROM_VALUE;
        if (pel_voxels_is_colour(f->in->values))
            return pel__fail(PEL_EPARAM, "--opacity value: the input is colours, which have no "
                                         "value; give a number, a file, or leave it out");
        return PEL_OK;
    }
    if (!pel__parse_number(&number, text) || !(number >= 0 && number <= 1))
        return pel__fail(
            PEL_EPARAM, "--opacity is '%s'; it wants value, a number from 0 to 1, or a file", text);
    f->alpha = FROM_CONSTANT;
    f->constant = (float)number;
    return PEL_OK;
}

static pel_status read_keep(filling *f, const pel_voxels_params *params)
{
    f->keeps = params->keep.count > 0;
    if (!f->keeps)
        return PEL_OK;
    pel_status s = pel__alloc(&f->keep, 1, sizeof *f->keep, "what is kept");
    if (s == PEL_OK)
        pel__keep_all(f->keep);
    for (int i = 0; i < params->keep.count && s == PEL_OK; i++)
        s = pel__keep_add(f->keep, params->keep.item[i], pel__volume_affine(f->in->values));
    return s;
}

static pel_status make_table(filling *f)
{
    const pel_look *look = f->in->look;
    f->lo = look->window[0];
    f->span = look->window[1] - look->window[0];
    if (!(f->span > 0))
        f->span = 1;
    if (!f->by_value || look->labels)
        return PEL_OK;
    pel_status s = pel__alloc(&f->table, TABLE, sizeof *f->table, "a table of colours");
    if (s != PEL_OK)
        return s;
    // a look's points may go beyond its window
    double lo = f->lo, hi = f->lo + f->span;
    for (int i = 0; i < look->point_count; i++) {
        lo = fmin(lo, look->points[i].value);
        hi = fmax(hi, look->points[i].value);
    }
    f->table_lo = lo;
    f->table_step = (TABLE - 1) / (hi - lo);
    for (int i = 0; i < TABLE; i++) {
        float rgb[3], opacity;
        pel_look_colour(look, lo + (i + 0.5) / f->table_step, rgb, &opacity);
        f->table[i] = packed(rgb);
    }
    return PEL_OK;
}

pel_status pel__cubes_cells(pel__cubes *grid, const pel_voxels_input *in,
                            const pel_voxels_params *params)
{
    filling f = { .grid = grid, .in = in };
    pel__volume_scale(in->values, &f.slope, &f.inter);
    int64_t count = grid->dims[0] * grid->dims[1] * grid->dims[2];
    pel_status s = choose_colours(&f, params);
    if (s == PEL_OK)
        s = choose_alpha(&f, params);
    if (s == PEL_OK)
        s = read_keep(&f, params);
    if (s == PEL_OK)
        s = make_table(&f);
    if (s == PEL_OK)
        s = pel__alloc(&grid->cell, count, sizeof *grid->cell, "the cells");
    if (s == PEL_OK)
        s = pel__parallel(grid->dims[2], fill_slice, &f, "colour");
    pel__free(f.table);
    pel__free(f.keep);
    return s;
}

/* ---- planes ---- */

/* how an axis of the grid lies in the axes box: cell i covers first + step*i to + |step| */
typedef struct placing {
    double first, width, whole;
    bool falls;
    double unit; // of data coordinates per voxel
} placing;

// `values` was cropped from `whole`: whole steps along the same axes
static pel_status place_in_whole(placing out[3], const pel_voxels_input *in, bool own_box)
{
    const pel_volume *v = in->values, *whole = in->whole && !own_box ? in->whole : v;
    pel_affine back;
    for (int a = 0; a < 3; a++)
        out[a] = (placing){ 0, 1, (double)v->dims[a], false, 1 };
    if (!in->whole)
        return PEL_OK;
    if (!pel_affine_invert(&back, pel__volume_affine(in->whole)))
        return PEL_OK;
    pel_affine from = pel_affine_multiply(back, pel__volume_affine(v));
    for (int a = 0; a < 3; a++) {
        double step = rint(from.m[a][a]), first = rint(from.m[a][3]);
        if (fabs(step - from.m[a][a]) > 1e-6 || fabs(first - from.m[a][3]) > 1e-3 || step == 0)
            return pel__fail(PEL_EDATA, "the grid drawn is no crop of the whole grid");
        out[a].falls = step < 0;
        out[a].width = fabs(step);
        if (whole == v) {
            out[a].whole = out[a].width * (double)v->dims[a];
            continue;
        }
        // the middle of the first cell read, or of the last where it falls
        double lowest = step < 0 ? first + step * (double)(v->dims[a] - 1) : first;
        out[a].first = lowest + 0.5 - out[a].width / 2;
        out[a].whole = (double)whole->dims[a];
    }
    return PEL_OK;
}

static void note_mirror(const placing place[3], const pel_volume *v)
{
    int falls = place[0].falls + place[1].falls + place[2].falls;
    if (falls % 2 && v->oriented)
        pel__note(
            "--crop turns %s axis round, so the picture is a mirror image: the patient's left "
            "and right are exchanged in it",
            falls == 3 ? "every" : "one");
}

// intervals of cells with a gap between neighbours, and an empty margin on both sides
static pel_status lay_planes(pel__planes *out, const placing *p, int64_t cells, double explode,
                             int64_t stride)
{
    bool gaps = explode > 0;
    out->count = (gaps ? 2 * cells - 1 : cells) + 2;
    pel_status s = pel__alloc(&out->edge, out->count + 1, sizeof *out->edge, "planes");
    if (s == PEL_OK)
        s = pel__alloc(&out->at, out->count, sizeof *out->at, "planes");
    if (s != PEL_OK)
        return s;
    int64_t n = 1;
    out->at[0] = out->at[out->count - 1] = PEL__NOTHING;
    for (int64_t i = 0; i < cells; i++) {
        double lo = p->first + (double)i * p->width, hi = lo + p->width;
        // gaps open between cells: places are those of the whole grid, spread
        double shift = explode * (gaps ? lo / p->width : 0);
        out->edge[n] = (lo + shift) * p->unit;
        out->edge[n + 1] = (hi + shift) * p->unit;
        out->at[n++] = i * stride;
        if (gaps && i + 1 < cells)
            out->at[n++] = PEL__NOTHING;
    }
    double margin = out->edge[n] - out->edge[1];
    out->edge[0] = out->edge[1] - margin;
    out->edge[n + 1] = out->edge[n] + margin;
    return PEL_OK;
}

pel_status pel__cubes_planes(pel__cubes *grid, const pel_voxels_input *in,
                             const pel_voxels_params *params)
{
    placing place[3];
    pel_status s = place_in_whole(place, in, params->box == 1);
    if (s != PEL_OK)
        return s;
    note_mirror(place, in->values);
    pel_vec3 mm = pel_volume_spacing_mm(in->whole ? in->whole : in->values);
    const double spacing[3] = { mm.x, mm.y, mm.z };
    int64_t stride = 1;
    for (int a = 0; a < 3 && s == PEL_OK; a++) {
        if (params->units == 1)
            place[a].unit = spacing[a] > 0 ? spacing[a] : 1;
        s = lay_planes(&grid->axis[a], &place[a], grid->dims[a], params->explode, stride);
        stride *= grid->dims[a];
        double cells = place[a].whole / place[a].width;
        grid->lo[a] = 0;
        grid->hi[a] = (place[a].whole + params->explode * (cells - 1)) * place[a].unit;
    }
    return s;
}

/* ---- blocks ---- */

/* blocks of one layer along the last axis */
static pel_status mark_layer(void *user, int64_t layer)
{
    pel__cubes *g = user;
    const pel__planes *x = &g->axis[0], *y = &g->axis[1], *z = &g->axis[2];
    uint8_t *row = g->block + layer * g->blocks[0] * g->blocks[1];
    // what lies one interval beside a block draws its edges in it
    int64_t z0 = layer * PEL__BLOCK - 1, z1 = z0 + PEL__BLOCK + 2;
    for (int64_t c = z0 < 0 ? 0 : z0; c < z1 && c < z->count; c++)
        for (int64_t b = 0; b < y->count && z->at[c] >= 0; b++)
            for (int64_t a = 0; a < x->count && y->at[b] >= 0; a++) {
                if (x->at[a] < 0 || g->cell[x->at[a] + y->at[b] + z->at[c]].rgb == 0)
                    continue;
                for (int64_t v = (b > 0 ? b - 1 : 0) / PEL__BLOCK; v <= (b + 1) / PEL__BLOCK; v++)
                    for (int64_t u = (a > 0 ? a - 1 : 0) / PEL__BLOCK; u <= (a + 1) / PEL__BLOCK;
                         u++)
                        if (u < g->blocks[0] && v < g->blocks[1])
                            row[v * g->blocks[0] + u] = 0;
            }
    return PEL_OK;
}

// the least of a block and its neighbours before it in scan order (after it: sign -1), plus one
static void near_ones(pel__cubes *g, int64_t x, int64_t y, int64_t z, int sign)
{
    const int64_t *n = g->blocks;
    uint8_t *at = &g->block[(z * n[1] + y) * n[0] + x];
    for (int d = 0; d < 13 && *at; d++) {
        int64_t u = x + sign * (d % 3 - 1), v = y + sign * (d / 3 % 3 - 1), w = z - sign * (d < 9);
        if (u < 0 || v < 0 || w < 0 || u >= n[0] || v >= n[1] || w >= n[2])
            continue;
        int near = g->block[(w * n[1] + v) * n[0] + u] + 1;
        *at = near < *at ? (uint8_t)near : *at;
    }
}

// chessboard distance to the nearest block where something is, in two scans (Rosenfeld and Pfaltz
// 1966)
static void measure_emptiness(pel__cubes *g)
{
    const int64_t *n = g->blocks;
    for (int64_t z = 0; z < n[2]; z++)
        for (int64_t y = 0; y < n[1]; y++)
            for (int64_t x = 0; x < n[0]; x++)
                near_ones(g, x, y, z, 1);
    for (int64_t z = n[2] - 1; z >= 0; z--)
        for (int64_t y = n[1] - 1; y >= 0; y--)
            for (int64_t x = n[0] - 1; x >= 0; x--)
                near_ones(g, x, y, z, -1);
}

// the intervals between which blocks are not empty
static void find_ends(pel__cubes *g)
{
    const int64_t *n = g->blocks;
    int64_t lo[3] = { n[0], n[1], n[2] }, hi[3] = { 0, 0, 0 };
    for (int64_t i = 0; i < n[0] * n[1] * n[2]; i++) {
        const int64_t at[3] = { i % n[0], i / n[0] % n[1], i / (n[0] * n[1]) };
        for (int a = 0; a < 3 && g->block[i] == 0; a++) {
            lo[a] = at[a] < lo[a] ? at[a] : lo[a];
            hi[a] = at[a] + 1 > hi[a] ? at[a] + 1 : hi[a];
        }
    }
    for (int a = 0; a < 3; a++) {
        pel__planes *p = &g->axis[a];
        bool any = lo[a] < hi[a];
        p->first = any ? lo[a] * PEL__BLOCK : 0;
        p->end = any && hi[a] * PEL__BLOCK < p->count ? hi[a] * PEL__BLOCK : p->count;
        int64_t from = p->first > 0 ? p->first : 1, to = p->end < p->count ? p->end : p->count - 1;
        double length = p->edge[to] - p->edge[from];
        p->per_unit = length > 0 ? (double)(to - from) / length : 0;
    }
}

pel_status pel__cubes_to_box(pel__cubes *grid, const pel__view *view)
{
    for (int a = 0; a < 3; a++) {
        pel__planes *p = &grid->axis[a];
        for (int64_t n = 0; n <= p->count; n++)
            p->edge[n] = (p->edge[n] - view->lo[a]) * view->scale[a];
        grid->blocks[a] = (p->count + PEL__BLOCK - 1) / PEL__BLOCK;
    }
    int64_t count = grid->blocks[0] * grid->blocks[1] * grid->blocks[2];
    pel_status s = pel__alloc(&grid->block, count, 1, "blocks of cells");
    if (s != PEL_OK)
        return s;
    memset(grid->block, UINT8_MAX, (size_t)count);
    s = pel__parallel(grid->blocks[2], mark_layer, grid, NULL);
    if (s != PEL_OK)
        return s;
    find_ends(grid);
    measure_emptiness(grid);
    return PEL_OK;
}

void pel__cubes_free(pel__cubes *grid)
{
    pel__free(grid->cell);
    pel__free(grid->block);
    for (int a = 0; a < 3; a++) {
        pel__free(grid->axis[a].edge);
        pel__free(grid->axis[a].at);
    }
    *grid = (pel__cubes){ 0 };
}
