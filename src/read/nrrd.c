/* SPDX-License-Identifier: Apache-2.0 */
/* nrrd.c: NRRD0001 to NRRD0005, attached and detached (teem.sourceforge.net/nrrd/format.html). */
#include "read/nrrd.h"

#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/maths.h"
#include "base/memory.h"
#include "base/status.h"
#include "read/comment.h"
#include "read/header.h"
#include "volume/volume.h"

enum { SPATIAL, CHANNEL, FRAME, MOST_FRAME_AXES = 4 };

/* which axis of the file is what in memory */
typedef struct roles {
    int of[PEL__NRRD_AXES];
    int spatial[3], spatial_count;
    int frame[MOST_FRAME_AXES], frame_count;
} roles;

static bool is(const pel__opening *opening, const uint8_t *head, int64_t count)
{
    (void)opening;
    return count >= 8 && memcmp(head, "NRRD", 4) == 0 && head[4] >= '0' && head[4] <= '9';
}

/* ---- what each axis is ---- */

static bool one_of(const char *word, const char *const *list)
{
    for (; *list; list++)
        if (strcmp(word, *list) == 0)
            return true;
    return false;
}

static bool is_domain(const char *kind)
{
    static const char *const kinds[] = { "domain", "space", NULL };
    return one_of(kind, kinds);
}

static bool is_sequence(const char *kind)
{
    static const char *const kinds[] = { "list", "time", NULL };
    return one_of(kind, kinds);
}

static bool is_unknown(const char *kind)
{
    static const char *const kinds[] = { "", "???", "none", NULL };
    return one_of(kind, kinds);
}

// of a space with time: an axis that runs along time alone
static bool along_time(const pel__nrrd *n, const pel__nrrd_axis *axis)
{
    const double *d = axis->direction;
    return axis->has_direction && n->space_axes == 4 && d[0] == 0 && d[1] == 0 && d[2] == 0;
}

static int role_of(const pel__nrrd *n, int a, bool kinds_told, int spatial_count)
{
    const pel__nrrd_axis *axis = &n->axis[a];
    bool domain = n->has_directions ? axis->has_direction && !along_time(n, axis)
                  : kinds_told      ? is_domain(axis->kind)
                                    : is_unknown(axis->kind);
    if (domain && spatial_count < 3)
        return SPATIAL;
    if (domain || is_sequence(axis->kind) || is_domain(axis->kind) || along_time(n, axis))
        return FRAME;
    if (!is_unknown(axis->kind))
        return CHANNEL;
    return a == 0 && axis->size <= 4 ? CHANNEL : FRAME;
}

static pel_status find_roles(roles *out, const pel__nrrd *n)
{
    *out = (roles){ 0 };
    bool kinds_told = false;
    for (int a = 0; a < n->axes; a++)
        kinds_told |= is_domain(n->axis[a].kind);
    for (int a = 0; a < n->axes; a++) {
        int role = role_of(n, a, kinds_told, out->spatial_count);
        out->of[a] = role;
        if (role == SPATIAL)
            out->spatial[out->spatial_count++] = a;
        if (role == FRAME && out->frame_count == MOST_FRAME_AXES)
            return pel__fail(PEL_EUNSUPPORTED,
                             "%s: has more than %d axes beside those of space; split it first "
                             "(unu slice)",
                             n->name, MOST_FRAME_AXES);
        if (role == FRAME)
            out->frame[out->frame_count++] = a;
    }
    // a table of numbers: its first list is as good as space
    if (out->spatial_count == 0) {
        int a = out->frame_count ? out->frame[0] : n->axes - 1;
        out->of[a] = SPATIAL;
        out->spatial[out->spatial_count++] = a;
        if (out->frame_count)
            memmove(out->frame, out->frame + 1, sizeof *out->frame * (size_t)--out->frame_count);
    }
    return PEL_OK;
}

static pel_meaning meaning_of(const char *kind, int64_t channels)
{
    if (channels == 3 && (strcmp(kind, "RGB-color") == 0 || strcmp(kind, "3-color") == 0))
        return PEL_RGB;
    if (channels == 4 && (strcmp(kind, "RGBA-color") == 0 || strcmp(kind, "4-color") == 0))
        return PEL_RGBA;
    return channels == 2 && strcmp(kind, "complex") == 0 ? PEL_COMPLEX : PEL_SCALAR;
}

static pel_status set_dims(pel_volume *shape, const pel__nrrd *n, const roles *r)
{
    int64_t dim[8] = { r->spatial_count, 1, 1, 1, 1, 1, 1, 1 }, channels = 1;
    for (int i = 0; i < r->spatial_count; i++)
        dim[i + 1] = n->axis[r->spatial[i]].size;
    for (int i = 0; i < r->frame_count; i++)
        dim[i + 4] = n->axis[r->frame[i]].size;
    if (r->frame_count)
        dim[0] = 3 + r->frame_count;
    for (int a = 0; a < n->axes; a++) {
        if (r->of[a] != CHANNEL)
            continue;
        if (!pel__multiply(&channels, channels, n->axis[a].size) || channels > INT_MAX)
            return pel__fail(PEL_EFORMAT, "%s: has more than 2147483647 numbers per voxel",
                             n->name);
        shape->meaning = meaning_of(n->axis[a].kind, channels);
    }
    shape->channels = (int)channels;
    return pel__header_dims(shape, dim, false, n->name);
}

/* ---- the grid ---- */

// lengths of a unit in millimetres; 0: not known
static double unit_mm(const char *unit)
{
    static const struct {
        const char *name;
        double mm;
    } units[] = { { "mm", 1 },
                  { "millimeter", 1 },
                  { "millimeters", 1 },
                  { "millimetre", 1 },
                  { "cm", 10 },
                  { "m", 1000 },
                  { "meter", 1000 },
                  { "meters", 1000 },
                  { "um", 0.001 },
                  { "\xc2\xb5m", 0.001 },
                  { "\xce\xbcm", 0.001 },
                  { "micron", 0.001 },
                  { "microns", 0.001 },
                  { "micrometer", 0.001 },
                  { "micrometers", 0.001 },
                  { "nm", 1e-6 } };
    for (size_t i = 0; i < sizeof units / sizeof *units; i++)
        if (strcmp(unit, units[i].name) == 0)
            return units[i].mm;
    return 0;
}

// the signs that lead to RAS; false: the space does not say where left is
static bool signs_of(const char *space, double sign[3])
{
    bool left = strncmp(space, "left-", 5) == 0, right = strncmp(space, "right-", 6) == 0;
    sign[0] = left ? -1 : 1;
    sign[1] = strstr(space, "-posterior-") ? -1 : 1;
    sign[2] = 1;
    return left || right;
}

// how far samples are apart along an axis when no vector says it; 0: unknown
static double spacing_of(const pel__nrrd_axis *axis)
{
    if (isfinite(axis->spacing))
        return fabs(axis->spacing);
    int64_t steps = axis->size - axis->node;
    double range = fabs(axis->max - axis->min);
    return isfinite(range) && steps > 0 ? range / (double)steps : 0;
}

// columns for the axes that the file does not have: at right angles to the others
static void complete(pel_affine *grid, int have)
{
    if (have == 1) {
        pel_vec3 x = pel__unit(pel__column(*grid, 0));
        pel_vec3 other = fabs(x.y) < 0.9 ? (pel_vec3){ 0, 1, 0 } : (pel_vec3){ 0, 0, 1 };
        pel_vec3 z = pel__unit(pel__cross(x, other));
        pel__set_column(grid, 1, pel__cross(z, x));
    }
    pel_vec3 x = pel__unit(pel__column(*grid, 0)), y = pel__unit(pel__column(*grid, 1));
    if (have < 3)
        pel__set_column(grid, 2, pel__unit(pel__cross(x, y)));
}

static bool usable(const pel_affine *grid)
{
    double lengths = 1;
    for (int c = 0; c < 3; c++)
        lengths *= pel__length(pel__column(*grid, c));
    return isfinite(lengths) && fabs(pel__determinant(*grid)) > 1e-9 * lengths;
}

static void warn_of_unit(const pel__nrrd *n, const char *unit, double mm)
{
    if (mm == 0 && *unit && strcmp(unit, "???") != 0)
        pel__note("%s: its unit of length '%s' is not known; numbers are taken as they are "
                  "(--spacing DX,DY,DZ sets them)",
                  n->name, unit);
    else if (mm != 0 && mm != 1)
        pel__note("%s: is in %s; taken as millimetres times %g", n->name, unit, mm);
}

// vectors in the header's space; false when they span no volume
static bool grid_of_space(pel_volume *shape, const pel__nrrd *n, const roles *r)
{
    double sign[3], mm[3] = { 1, 1, 1 };
    bool named = signs_of(n->space, sign);
    shape->unit_known = named && !n->has_space_units;
    for (int w = 0; n->has_space_units && w < 3 && w < n->space_axes; w++) {
        double unit = unit_mm(n->space_unit[w]);
        shape->unit_known = unit != 0 && (w == 0 || shape->unit_known);
        mm[w] = unit != 0 ? unit : 1;
        if (w == 0)
            warn_of_unit(n, n->space_unit[w], unit);
    }
    pel_affine grid = pel_affine_identity();
    for (int w = 0; w < 3; w++) {
        // 0 + keeps a zero from becoming -0
        for (int i = 0; i < r->spatial_count; i++)
            grid.m[w][i] =
                w < n->space_axes ? 0 + sign[w] * mm[w] * n->axis[r->spatial[i]].direction[w] : 0;
        grid.m[w][3] = w < n->space_axes ? 0 + sign[w] * mm[w] * n->origin[w] : 0;
    }
    complete(&grid, r->spatial_count);
    if (!usable(&grid)) {
        pel__note("%s: its space directions span no volume; they were ignored", n->name);
        return false;
    }
    shape->mm_from_ijk = grid;
    shape->oriented = named;
    return true;
}

static void grid_of_spacings(pel_volume *shape, const pel__nrrd *n, const roles *r)
{
    shape->mm_from_ijk = pel_affine_identity();
    bool known = true;
    for (int i = 0; i < r->spatial_count; i++) {
        const pel__nrrd_axis *axis = &n->axis[r->spatial[i]];
        double mm = unit_mm(axis->unit), spacing = spacing_of(axis);
        if (i == 0)
            warn_of_unit(n, axis->unit, mm);
        known = known && mm != 0 && spacing > 0;
        shape->mm_from_ijk.m[i][i] = spacing > 0 ? spacing * (mm != 0 ? mm : 1) : 1;
    }
    shape->unit_known = known;
}

static void set_frames(pel_volume *shape, const pel__nrrd *n, const roles *r)
{
    static const struct {
        const char *name;
        int code;
    } units[] = { { "s", 8 },   { "sec", 8 },   { "second", 8 }, { "seconds", 8 },
                  { "ms", 16 }, { "msec", 16 }, { "us", 24 },    { "Hz", 32 } };
    pel_fields *f = &shape->fields;
    for (int i = 0; i < r->frame_count; i++) {
        const pel__nrrd_axis *axis = &n->axis[r->frame[i]];
        bool time = along_time(n, axis);
        const char *unit = time ? n->space_unit[3] : axis->unit;
        f->step[i] = time ? axis->direction[3] : spacing_of(axis);
        if (i > 0)
            continue;
        f->step_offset = time ? n->origin[3] : isfinite(axis->min) ? axis->min : 0;
        for (size_t u = 0; u < sizeof units / sizeof *units; u++)
            if (strcmp(unit, units[u].name) == 0)
                f->time_unit = units[u].code;
    }
}

/* ---- open ---- */

static pel_status set_fields(pel_volume *shape, const pel__nrrd *n)
{
    pel_fields *f = &shape->fields;
    snprintf(f->format, sizeof f->format, "NRRD");
    snprintf(f->description, sizeof f->description, "%s", n->content);
    if (n->has_old_range)
        pel__note("%s: tells the range its values had before they were quantized; they are taken "
                  "as stored",
                  n->name);
    pel_status s = pel__keep_comment(f, n->provenance.text, n->name);
    return s == PEL_OK ? pel__keep_comment(f, n->keys.text, n->name) : s;
}

// where each axis of the file steps in memory; `*plain` when that is the order it is in
static pel_status open_order(pel_source *out, pel__opening *opening, const pel__layout *layout,
                             const pel__nrrd *n, const roles *r)
{
    int64_t size[PEL__NRRD_AXES], stride[PEL__NRRD_AXES], step = 1, place[PEL__NRRD_AXES];
    int count = 0, kept = 0;
    bool plain = true;
    for (int role = CHANNEL, turn = 0; turn < 3; role = turn == 0 ? SPATIAL : FRAME, turn++)
        for (int a = 0; a < n->axes; a++)
            if (r->of[a] == role) {
                place[a] = step;
                step *= n->axis[a].size;
            }
    // file axes from slowest to fastest; those of one sample count for nothing
    for (int a = n->axes - 1; a >= 0; a--)
        if (n->axis[a].size > 1) {
            size[count] = n->axis[a].size;
            stride[count++] = place[a];
        }
    for (int i = 1; i < count; i++)
        plain &= stride[i] < stride[i - 1];
    if (plain)
        return pel__voxels_open(out, opening, layout);
    // neighbours that stay neighbours are one axis
    for (int i = 0; i < count; i++)
        if (kept && stride[kept - 1] == stride[i] * size[i]) {
            size[kept - 1] *= size[i];
            stride[kept - 1] = stride[i];
        } else {
            size[kept] = size[i];
            stride[kept++] = stride[i];
        }
    if (kept > 9)
        return pel__fail(PEL_EUNSUPPORTED,
                         "%s: its axes are in an order that is not read; put those of space first "
                         "(unu permute)",
                         n->name);
    return pel__voxels_open_strided(out, opening, layout, kept, size, stride);
}

static pel_status open_volume(pel_source *out, pel__opening *opening, const pel__nrrd *n)
{
    roles r;
    pel_volume *shape = &out->shape;
    pel__layout layout = { .big_endian = n->big_endian };
    shape->dtype = n->dtype;
    shape->slope = 1;
    pel_status s = find_roles(&r, n);
    if (s == PEL_OK)
        s = set_dims(shape, n, &r);
    if (s == PEL_OK)
        s = pel__volume_check_shape(shape, n->name);
    if (s == PEL_OK)
        s = set_fields(shape, n);
    if (s != PEL_OK)
        return s;
    if (!n->has_directions || !grid_of_space(shape, n, &r))
        grid_of_spacings(shape, n, &r);
    set_frames(shape, n, &r);
    if (n->parts.coding == PEL__DIGITS)
        layout.big_endian = __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__;
    else if (!n->has_endian && pel_dtype_bytes(n->dtype) > 1)
        pel__note("%s: does not say its byte order; little-endian is taken", n->name);
    s = pel__parts_open(opening, &n->parts, n->dtype, pel_volume_bytes(shape), &layout.offset);
    return s == PEL_OK ? open_order(out, opening, &layout, n, &r) : s;
}

static pel_status open_nrrd(pel_source *out, pel__opening *opening)
{
    pel__nrrd n;
    pel_status s = pel__nrrd_fields(&n, opening->bytes);
    if (s == PEL_OK)
        s = open_volume(out, opening, &n);
    pel__nrrd_free(&n);
    return s;
}

const pel__format pel__nrrd_format = { "NRRD", is, open_nrrd };
