/* SPDX-License-Identifier: Apache-2.0 */
/* keep.c: reads inequalities by recursive descent into a union of convex pieces, and clips rays. */
#include "see/keep.h"

#include <ctype.h>
#include <math.h>
#include <string.h>
#include <strings.h>

#include "base/memory.h"
#include "base/status.h"
#include "base/text.h"

enum { MOST_DEPTH = 32 };

/* a linear expression: v[0] x + v[1] y + v[2] z + v[3] */
typedef struct linear {
    double v[4];
} linear;

typedef struct reader {
    const char *text, *at;
    pel_affine mm_from_ijk;
    bool in_mm;
    int depth;
} reader;

void pel__keep_all(pel__keep *out)
{
    *out = (pel__keep){ .count = 1 };
}

static void skip_blanks(reader *r)
{
    while (isspace((unsigned char)*r->at))
        r->at++;
}

static bool take(reader *r, const char *word)
{
    skip_blanks(r);
    size_t length = strlen(word);
    if (strncasecmp(r->at, word, length) != 0 ||
        (isalpha((unsigned char)word[length - 1]) && isalnum((unsigned char)r->at[length])))
        return false;
    r->at += length;
    return true;
}

static pel_status wrong(const reader *r, const char *what)
{
    return pel__fail(PEL_EPARAM,
                     "--keep '%s': %s at '%s'; it wants linear inequalities in x y z, such as "
                     "'z < x - y + 5 and x > 10'",
                     r->text, what, *r->at ? r->at : "the end");
}

static pel_status deeper(reader *r)
{
    return ++r->depth > MOST_DEPTH ? wrong(r, "too many brackets") : PEL_OK;
}

/* ---- linear expressions ---- */

static pel_status read_sum(reader *r, linear *out);

static bool is_constant(const linear *a)
{
    return a->v[0] == 0 && a->v[1] == 0 && a->v[2] == 0;
}

static pel_status read_atom(reader *r, linear *out)
{
    *out = (linear){ { 0 } };
    static const char *const names[] = { "x", "y", "z" };
    for (int i = 0; i < 3; i++)
        if (take(r, names[i])) {
            out->v[i] = 1;
            return PEL_OK;
        }
    if (take(r, "(")) {
        pel_status s = deeper(r);
        if (s == PEL_OK)
            s = read_sum(r, out);
        if (s == PEL_OK && !take(r, ")"))
            s = wrong(r, "a bracket is not closed");
        r->depth--;
        return s;
    }
    skip_blanks(r);
    // a plain number: strtod would also take inf, nan and signs
    if (!isdigit((unsigned char)*r->at) && *r->at != '.')
        return wrong(r, "no number, x, y or z");
    char *end;
    out->v[3] = pel__strtod(r->at, &end);
    if (end == r->at || !isfinite(out->v[3]))
        return wrong(r, "no number");
    r->at = end;
    return PEL_OK;
}

static pel_status read_signed(reader *r, linear *out)
{
    double sign = 1;
    for (;;) {
        if (take(r, "-"))
            sign = -sign;
        else if (!take(r, "+"))
            break;
    }
    pel_status s = read_atom(r, out);
    for (int i = 0; i < 4; i++)
        out->v[i] *= sign;
    return s;
}

static bool starts_atom(reader *r)
{
    skip_blanks(r);
    return *r->at == '(' ||
           (*r->at && strchr("xyzXYZ", *r->at) && !isalnum((unsigned char)r->at[1]));
}

// factors: 2*x, 2x, x/3
static pel_status read_product(reader *r, linear *out)
{
    pel_status s = read_signed(r, out);
    while (s == PEL_OK) {
        linear b;
        bool divide = take(r, "/");
        if (!divide && !take(r, "*") && !starts_atom(r))
            break;
        s = read_signed(r, &b);
        if (s != PEL_OK)
            break;
        if (divide && (!is_constant(&b) || b.v[3] == 0))
            return wrong(r, "a division by something else than a number");
        if (!is_constant(&b) && !is_constant(out))
            return wrong(r, "a product of coordinates, which is not linear,");
        linear a = is_constant(&b) ? *out : b;
        double factor = is_constant(&b) ? b.v[3] : out->v[3];
        for (int i = 0; i < 4; i++)
            out->v[i] = divide ? a.v[i] / factor : a.v[i] * factor;
    }
    return s;
}

static pel_status read_sum(reader *r, linear *out)
{
    pel_status s = read_product(r, out);
    while (s == PEL_OK) {
        linear b;
        double sign = take(r, "+") ? 1 : take(r, "-") ? -1 : 0;
        if (sign == 0)
            break;
        s = read_product(r, &b);
        for (int i = 0; i < 4; i++)
            out->v[i] += sign * b.v[i];
    }
    return s;
}

/* ---- inequalities ---- */

static pel_status add_plane(reader *r, pel__piece *piece, linear a, bool strict)
{
    if (piece->count == PEL__KEEP_PLANES)
        return wrong(r, "more than 24 inequalities");
    pel__plane plane = { { a.v[0], a.v[1], a.v[2] }, a.v[3], strict };
    if (r->in_mm) {
        // n.(A ijk + t) + d
        const double(*m)[4] = r->mm_from_ijk.m;
        for (int c = 0; c < 3; c++)
            plane.n[c] = a.v[0] * m[0][c] + a.v[1] * m[1][c] + a.v[2] * m[2][c];
        plane.d = a.v[3] + a.v[0] * m[0][3] + a.v[1] * m[1][3] + a.v[2] * m[2][3];
    }
    for (int i = 0; i < 3; i++)
        if (!isfinite(plane.n[i]))
            return wrong(r, "a number too large");
    if (!isfinite(plane.d))
        return wrong(r, "a number too large");
    piece->plane[piece->count++] = plane;
    return PEL_OK;
}

static bool read_relation(reader *r, bool *less, bool *strict)
{
    static const struct {
        const char *word;
        bool less, strict;
    } all[] = {
        { "<=", true, false }, { ">=", false, false }, { "<", true, true }, { ">", false, true }
    };
    for (int i = 0; i < 4; i++)
        if (take(r, all[i].word)) {
            *less = all[i].less;
            *strict = all[i].strict;
            return true;
        }
    return false;
}

static pel_status read_comparison(reader *r, pel__keep *out)
{
    pel__keep_all(out);
    linear a;
    pel_status s = read_sum(r, &a);
    bool less, strict;
    for (int n = 0; s == PEL_OK; n++) {
        if (!read_relation(r, &less, &strict))
            return n ? PEL_OK : wrong(r, "no < <= > or >=");
        linear b, difference;
        s = read_sum(r, &b);
        for (int i = 0; i < 4; i++)
            difference.v[i] = less ? a.v[i] - b.v[i] : b.v[i] - a.v[i];
        if (s == PEL_OK)
            s = add_plane(r, &out->piece[0], difference, strict);
        a = b;
    }
    return s;
}

static pel_status join_and(reader *r, pel__keep *to, const pel__keep *other)
{
    pel__keep *both;
    if (to->count * other->count > PEL__KEEP_PIECES)
        return wrong(r, "more than 32 pieces");
    pel_status s = pel__alloc_zero(&both, 1, sizeof *both, "an expression");
    if (s != PEL_OK)
        return s;
    for (int i = 0; i < to->count && s == PEL_OK; i++)
        for (int j = 0; j < other->count && s == PEL_OK; j++) {
            pel__piece *piece = &both->piece[both->count++];
            *piece = to->piece[i];
            if (piece->count + other->piece[j].count > PEL__KEEP_PLANES)
                s = wrong(r, "more than 24 inequalities");
            for (int p = 0; s == PEL_OK && p < other->piece[j].count; p++)
                piece->plane[piece->count++] = other->piece[j].plane[p];
        }
    if (s == PEL_OK)
        *to = *both;
    pel__free(both);
    return s;
}

static pel_status join_or(reader *r, pel__keep *to, const pel__keep *other)
{
    if (to->count + other->count > PEL__KEEP_PIECES)
        return wrong(r, "more than 32 pieces");
    for (int i = 0; i < other->count; i++)
        to->piece[to->count++] = other->piece[i];
    return PEL_OK;
}

static pel_status read_either(reader *r, pel__keep *out);

// `(` may open an expression or a sum: the one that reads is meant
static pel_status read_factor(reader *r, pel__keep *out)
{
    const char *start = r->at;
    int depth = r->depth;
    if (take(r, "(") && deeper(r) == PEL_OK) {
        bool less, strict;
        if (read_either(r, out) == PEL_OK && take(r, ")")) {
            const char *after = r->at;
            skip_blanks(r);
            bool goes_on = *r->at && strchr("+-*/", *r->at);
            if (!goes_on && !read_relation(r, &less, &strict)) {
                r->at = after;
                r->depth = depth;
                return PEL_OK;
            }
        }
        if (r->depth > MOST_DEPTH)
            return PEL_EPARAM;
    }
    r->at = start;
    r->depth = depth;
    return read_comparison(r, out);
}

typedef pel_status (*part)(reader *r, pel__keep *out);
typedef pel_status (*joiner)(reader *r, pel__keep *to, const pel__keep *other);

static pel_status read_joined(reader *r, pel__keep *out, part part, const char *word, joiner join)
{
    pel__keep *other;
    pel_status s = pel__alloc(&other, 1, sizeof *other, "an expression");
    if (s != PEL_OK)
        return s;
    s = part(r, out);
    while (s == PEL_OK && take(r, word)) {
        s = part(r, other);
        if (s == PEL_OK)
            s = join(r, out, other);
    }
    pel__free(other);
    return s;
}

static pel_status read_both(reader *r, pel__keep *out)
{
    return read_joined(r, out, read_factor, "and", join_and);
}

static pel_status read_either(reader *r, pel__keep *out)
{
    return read_joined(r, out, read_both, "or", join_or);
}

pel_status pel__keep_add(pel__keep *keep, const char *text, pel_affine mm_from_ijk)
{
    reader r = { .text = text, .at = text, .mm_from_ijk = mm_from_ijk };
    pel__keep *more;
    if (strlen(text) > 4096)
        return pel__fail(PEL_EPARAM, "--keep: an expression of more than 4096 bytes");
    pel_status s = pel__alloc(&more, 1, sizeof *more, "an expression");
    if (s != PEL_OK)
        return s;
    r.in_mm = take(&r, "mm:");
    s = read_either(&r, more);
    skip_blanks(&r);
    if (s == PEL_OK && *r.at)
        s = wrong(&r, "something unexpected");
    if (s == PEL_OK)
        s = join_and(&r, keep, more);
    pel__free(more);
    return s;
}

static pel_status wrong_box(const char *text)
{
    return pel__fail(PEL_EPARAM,
                     "--clip-box is '%s'; it wants X0:X1,Y0:Y1,Z0:Z1, any end of them left out, "
                     "the lower first",
                     text);
}

// one end of a range: a number or nothing
static bool read_end(reader *r, double *out, double none)
{
    char *end;
    skip_blanks(r);
    *out = pel__strtod(r->at, &end);
    if (end == r->at)
        *out = none;
    r->at = end;
    skip_blanks(r);
    return !isnan(*out);
}

pel_status pel__keep_add_box(pel__keep *keep, const char *text, pel_affine mm_from_ijk)
{
    reader r = { .text = text, .at = text, .mm_from_ijk = mm_from_ijk };
    pel__keep *box;
    pel_status s = pel__alloc(&box, 1, sizeof *box, "a box");
    if (s != PEL_OK)
        return s;
    pel__keep_all(box);
    r.in_mm = take(&r, "mm:");
    for (int a = 0; a < 3 && s == PEL_OK; a++) {
        double lo, hi;
        if (!read_end(&r, &lo, -INFINITY) || *r.at++ != ':' || !read_end(&r, &hi, INFINITY) ||
            !(lo <= hi) || *r.at != (a < 2 ? ',' : 0)) {
            s = wrong_box(text);
            break;
        }
        r.at++;
        linear above = { { 0 } }, below = { { 0 } };
        above.v[a] = -1;
        above.v[3] = lo;
        below.v[a] = 1;
        below.v[3] = -hi;
        if (isfinite(lo))
            s = add_plane(&r, &box->piece[0], above, false);
        if (s == PEL_OK && isfinite(hi))
            s = add_plane(&r, &box->piece[0], below, false);
    }
    r.at = "";
    if (s == PEL_OK)
        s = join_and(&r, keep, box);
    pel__free(box);
    return s;
}

bool pel__keep_in_mm(const char *text)
{
    reader r = { .text = text, .at = text };
    return take(&r, "mm:");
}

void pel__keep_moved(pel__keep *out, const pel__keep *in, pel_affine from_to)
{
    *out = *in;
    for (int i = 0; i < in->count; i++)
        for (int p = 0; p < in->piece[i].count; p++) {
            const pel__plane *was = &in->piece[i].plane[p];
            pel__plane *plane = &out->piece[i].plane[p];
            for (int c = 0; c < 3; c++)
                plane->n[c] = was->n[0] * from_to.m[0][c] + was->n[1] * from_to.m[1][c] +
                              was->n[2] * from_to.m[2][c];
            plane->d = was->d + was->n[0] * from_to.m[0][3] + was->n[1] * from_to.m[1][3] +
                       was->n[2] * from_to.m[2][3];
        }
}

/* ---- rays ---- */

static bool clip(pel__run *run, const pel__plane *plane, const double o[3], const double d[3])
{
    double at = plane->n[0] * o[0] + plane->n[1] * o[1] + plane->n[2] * o[2] + plane->d;
    double slope = plane->n[0] * d[0] + plane->n[1] * d[1] + plane->n[2] * d[2];
    if (slope == 0)
        return plane->strict ? at < 0 : at <= 0;
    double t = -at / slope, margin = plane->strict ? -1e-9 : 1e-9;
    if (slope > 0)
        run->hi = fmin(run->hi, t + margin);
    else if (t - margin > run->lo) {
        run->lo = t - margin;
        memcpy(run->face, plane->n, sizeof run->face);
    }
    return run->lo <= run->hi;
}

// put a run in its place, joined with those it touches
static int insert(pel__run *runs, int count, pel__run run)
{
    int kept = 0;
    for (int i = 0; i < count; i++) {
        if (runs[i].lo <= run.hi && run.lo <= runs[i].hi) {
            double hi = fmax(run.hi, runs[i].hi);
            run = runs[i].lo < run.lo ? runs[i] : run;
            run.hi = hi;
        } else
            runs[kept++] = runs[i];
    }
    int at = kept;
    for (; at > 0 && runs[at - 1].lo > run.lo; at--)
        runs[at] = runs[at - 1];
    runs[at] = run;
    return kept + 1;
}

int pel__keep_runs(pel__run *out, const pel__keep *keep, const double origin[3],
                   const double direction[3], pel__run whole)
{
    int count = 0;
    for (int i = 0; i < keep->count; i++) {
        const pel__piece *piece = &keep->piece[i];
        pel__run run = whole;
        bool there = run.lo <= run.hi;
        for (int p = 0; p < piece->count && there; p++)
            there = clip(&run, &piece->plane[p], origin, direction);
        if (there)
            count = insert(out, count, run);
    }
    return count;
}
