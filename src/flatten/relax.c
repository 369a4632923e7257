/* SPDX-License-Identifier: Apache-2.0 */
/* relax.c: projected Newton on energies of a triangle's two stretches. */
#include "flatten/relax.h"

#include <math.h>
#include <string.h>

#include "base/exact.h"
#include "base/job.h"
#include "base/memory.h"
#include "flatten/sparse.h"
#include "flatten/strain.h"

enum { BLOCK = 2048, MOST_STEPS = 60 };

/* an energy of the stretches s >= t, and its derivatives */
typedef struct density {
    double value, s, t, ss, st, tt;
} density;

typedef struct relaxing {
    const pel__patch *patch;
    const pel__surface_walk *walk;
    double angles, areas; // weights; both 0: the worst stretch
    double power, most;   // of the worst stretch: p, and the ln it is measured against
    const double (*uv)[2];
    bool curved;                                  // second derivatives are wanted
    double (*slope)[2], (*corner)[3][2], *matrix; // owned; matrix: 21 numbers a triangle
    double (*move)[2], (*to)[2], *of_block;       // owned
    int64_t blocks;
    pel__sparse *system;
} relaxing;

/* ---- energies of a triangle ---- */

static density mixed(double s, double t, double angles, double areas)
{
    double a = angles, b = areas, st = s * t;
    return (density){ .value = a * (s / t + t / s - 2) + b * (st + 1 / st - 2),
                      .s = a * (1 / t - t / (s * s)) + b * (t - 1 / (s * st)),
                      .t = a * (1 / s - s / (t * t)) + b * (s - 1 / (t * st)),
                      .ss = (2 * a * t + 2 * b / t) / (s * s * s),
                      .tt = (2 * a * s + 2 * b / s) / (t * t * t),
                      .st = b * (1 + 1 / (st * st)) - a * (1 / (s * s) + 1 / (t * t)) };
}

static density worst(double s, double t, double p, double most)
{
    double ls = pel__log(s), lt = pel__log(t);
    double s_up = pel__exp(p * (ls - most)), s_down = pel__exp(p * (-ls - most));
    double t_up = pel__exp(p * (lt - most)), t_down = pel__exp(p * (-lt - most));
    return (density){ .value = s_up + s_down + t_up + t_down,
                      .s = p / s * (s_up - s_down),
                      .t = p / t * (t_up - t_down),
                      .ss = p / (s * s) * ((p - 1) * s_up + (p + 1) * s_down),
                      .tt = p / (t * t) * ((p - 1) * t_up + (p + 1) * t_down) };
}

static density density_of(const relaxing *r, double s, double t)
{
    return r->angles > 0 || r->areas > 0 ? mixed(s, t, r->angles, r->areas)
                                         : worst(s, t, r->power, r->most);
}

/* the four ways a map can change: more of either stretch, a turn, a shear; each a unit vector */
typedef struct modes {
    double stretch[2], of_s[4], of_t[4], turn[4], shear[4];
} modes;

static void unit(double out[2], double x, double y)
{
    double length = pel__strain_norm(x, y);
    out[0] = length > 0 ? x / length : 1;
    out[1] = length > 0 ? y / length : 0;
}

static void outer(double out[4], const double u[2], const double v[2])
{
    for (int i = 0; i < 4; i++)
        out[i] = u[i / 2] * v[i % 2];
}

// the map as a turn, two stretches, and a turn (Blinn 1996); half angles by square roots
static void modes_of(modes *out, const double m[4])
{
    double z1[2], z2[2], b[2], g[2], us_vt[4], ut_vs[4];
    pel__strain_stretch(out->stretch, m);
    unit(z1, m[0] - m[3], m[2] + m[1]);
    unit(z2, m[0] + m[3], m[2] - m[1]);
    double re = z1[0] * z2[0] - z1[1] * z2[1], im = z1[0] * z2[1] + z1[1] * z2[0];
    if (re > 0)
        unit(b, 1 + re, im);
    else
        unit(b, im, 1 - re);
    g[0] = z2[0] * b[0] + z2[1] * b[1];
    g[1] = z2[1] * b[0] - z2[0] * b[1];
    const double us[2] = { b[0], b[1] }, ut[2] = { -b[1], b[0] };
    const double vs[2] = { g[0], -g[1] }, vt[2] = { g[1], g[0] };
    outer(out->of_s, us, vs);
    outer(out->of_t, ut, vt);
    outer(us_vt, us, vt);
    outer(ut_vs, ut, vs);
    for (int i = 0; i < 4; i++) {
        out->turn[i] = (ut_vs[i] - us_vt[i]) * 0.70710678118654752;
        out->shear[i] = (ut_vs[i] + us_vt[i]) * 0.70710678118654752;
    }
}

// add weight * c c^T to an element's upper triangle, c being a mode by the corners
static void add_mode(double matrix[21], const double frame[3], const double by_map[4],
                     double weight)
{
    double corner[3][2];
    const double *c = corner[0];
    if (!(weight > 0))
        return;
    pel__strain_corners(corner, frame, by_map);
    for (int i = 0, at = 0; i < 6; i++)
        for (int j = i; j < 6; j++)
            matrix[at++] += weight * c[i] * c[j];
}

// the second derivatives, modes that would fall taken as flat
static void add_curvature(double matrix[21], const double frame[3], const modes *m, density d,
                          double weight)
{
    double s = m->stretch[0], t = m->stretch[1], half = 0.5 * (d.ss - d.tt);
    double root = pel__strain_norm(half, d.st), middle = 0.5 * (d.ss + d.tt), u[2], both[4];
    double shear = s - t > 1e-6 * s ? (d.s - d.t) / (s - t) : d.ss - d.st;
    // eigenvectors of the 2x2 part by half its angle
    double re = root > 0 ? half / root : 1, im = root > 0 ? d.st / root : 0;
    if (re > 0)
        unit(u, 1 + re, im);
    else
        unit(u, im, 1 - re);
    for (int i = 0; i < 4; i++)
        both[i] = u[0] * m->of_s[i] + u[1] * m->of_t[i];
    add_mode(matrix, frame, both, weight * (middle + root));
    for (int i = 0; i < 4; i++)
        both[i] = u[0] * m->of_t[i] - u[1] * m->of_s[i];
    add_mode(matrix, frame, both, weight * (middle - root));
    add_mode(matrix, frame, m->turn, weight * (d.s + d.t) / (s + t));
    add_mode(matrix, frame, m->shear, weight * shear);
}

static double triangle(relaxing *r, int64_t t)
{
    const int32_t *c = r->patch->mesh.triangle[t];
    const double *frame = r->patch->frame[t];
    double map[4], by_map[4], weight = r->patch->area[t] / r->patch->area_mm2, stretch[2];
    modes m;
    pel__strain_map(map, frame, r->uv[c[0]], r->uv[c[1]], r->uv[c[2]]);
    pel__strain_stretch(stretch, map);
    if (!(stretch[1] > 0))
        return INFINITY;
    if (!r->curved)
        return weight * density_of(r, stretch[0], stretch[1]).value;
    modes_of(&m, map);
    density d = density_of(r, stretch[0], stretch[1]);
    for (int i = 0; i < 4; i++)
        by_map[i] = weight * (d.s * m.of_s[i] + d.t * m.of_t[i]);
    pel__strain_corners(r->corner[t], frame, by_map);
    memset(r->matrix + 21 * t, 0, 21 * sizeof *r->matrix);
    add_curvature(r->matrix + 21 * t, frame, &m, d, weight);
    return weight * d.value;
}

static pel_status triangle_block(void *user, int64_t block)
{
    relaxing *r = user;
    int64_t to = (block + 1) * BLOCK, triangles = r->patch->mesh.triangles;
    double sum = 0;
    for (int64_t t = block * BLOCK; t < to && t < triangles; t++)
        sum += triangle(r, t);
    r->of_block[block] = sum;
    return PEL_OK;
}

static pel_status energy(double *out, relaxing *r, const double (*uv)[2], bool curved)
{
    r->uv = uv;
    r->curved = curved;
    pel_status s = pel__parallel(r->blocks, triangle_block, r, NULL);
    *out = 0;
    for (int64_t b = 0; s == PEL_OK && b < r->blocks; b++)
        *out += r->of_block[b];
    if (s == PEL_OK && curved)
        for (int64_t p = 0; p < r->patch->mesh.points; p++)
            pel__strain_gather(r->slope[p], r->walk, (const double(*)[3][2])r->corner, p);
    return s;
}

/* ---- Newton ---- */

// along the move until it gains enough; `gained`: by what part of the value
static pel_status line_search(double (*uv)[2], relaxing *r, double before, double down,
                              double *gained)
{
    int64_t n = r->patch->mesh.points;
    double step, value;
    *gained = 0;
    pel_status s = pel__strain_free_step(&step, r->patch, (const double(*)[2])uv,
                                         (const double(*)[2])r->move, 1e30);
    step = fmin(1, 0.8 * step);
    for (int tries = 0; s == PEL_OK && tries < 25; tries++, step *= 0.5) {
        for (int64_t p = 0; p < n; p++)
            for (int k = 0; k < 2; k++)
                r->to[p][k] = uv[p][k] + step * r->move[p][k];
        s = energy(&value, r, (const double(*)[2])r->to, false);
        if (s == PEL_OK && value <= before + 1e-4 * step * down) {
            memcpy(uv, r->to, (size_t)n * sizeof *uv);
            *gained = (before - value) / (fabs(before) + 1e-12);
            return PEL_OK;
        }
    }
    return s;
}

static pel_status newton(double (*uv)[2], relaxing *r, int most, double enough)
{
    double value, gained = 1;
    int64_t n = r->patch->mesh.points;
    pel_status s = PEL_OK;
    for (int i = 0; s == PEL_OK && i < most && gained > enough; i++) {
        s = energy(&value, r, (const double(*)[2])uv, true);
        if (s == PEL_OK)
            s = pel__sparse_factor(r->system, r->matrix,
                                   1e-9 * pel__sparse_scale(r->system, r->matrix));
        double down = 0;
        for (int64_t p = 0; p < n; p++)
            for (int k = 0; k < 2; k++)
                r->move[p][k] = -r->slope[p][k];
        if (s == PEL_OK)
            s = pel__sparse_solve(r->system, r->move[0], 1);
        for (int64_t p = 0; p < n; p++)
            down += r->slope[p][0] * r->move[p][0] + r->slope[p][1] * r->move[p][1];
        if (s == PEL_OK)
            s = line_search(uv, r, value, down, &gained);
    }
    return s;
}

static double worst_stretch(const relaxing *r, const double (*uv)[2])
{
    double most = 0, map[4], stretch[2];
    for (int64_t t = 0; t < r->patch->mesh.triangles; t++) {
        const int32_t *c = r->patch->mesh.triangle[t];
        pel__strain_map(map, r->patch->frame[t], uv[c[0]], uv[c[1]], uv[c[2]]);
        pel__strain_stretch(stretch, map);
        most = fmax(most, fmax(pel__log(stretch[0]), -pel__log(stretch[1])));
    }
    return most;
}

// the power rises until it can tell the worst stretch from one a hundredth less
static pel_status minimax(double (*uv)[2], relaxing *r)
{
    pel_status s = PEL_OK;
    r->most = worst_stretch(r, (const double(*)[2])uv);
    for (r->power = 2; s == PEL_OK && r->most > 1e-7; r->power *= 2) {
        s = newton(uv, r, 12, 1e-2);
        r->most = worst_stretch(r, (const double(*)[2])uv);
        if (s == PEL_OK)
            s = pel__progress("flatten", fmin(1, r->power * r->most / 300));
        if (r->power * r->most > 300 || r->power > 1e7)
            break;
    }
    return s;
}

static void relaxing_free(relaxing *r)
{
    pel__free(r->slope);
    pel__free(r->corner);
    pel__free(r->matrix);
    pel__free(r->move);
    pel__free(r->to);
    pel__free(r->of_block);
    pel__sparse_free(r->system);
}

static pel_status relaxing_new(relaxing *r)
{
    const pel_mesh *m = &r->patch->mesh;
    r->blocks = (m->triangles + BLOCK - 1) / BLOCK;
    pel_status s = pel__alloc(&r->slope, m->points, sizeof *r->slope, "strain");
    if (s == PEL_OK)
        s = pel__alloc(&r->move, m->points, sizeof *r->move, "strain");
    if (s == PEL_OK)
        s = pel__alloc(&r->to, m->points, sizeof *r->to, "strain");
    if (s == PEL_OK)
        s = pel__alloc(&r->corner, m->triangles, sizeof *r->corner, "strain");
    if (s == PEL_OK)
        s = pel__alloc(&r->matrix, m->triangles, 21 * sizeof *r->matrix, "strain");
    if (s == PEL_OK)
        s = pel__alloc(&r->of_block, r->blocks, sizeof *r->of_block, "strain");
    if (s == PEL_OK)
        s = pel__sparse_new(&r->system, m->points, 2, m->triangle[0], 3, m->triangles);
    return s;
}

pel_status pel__relax(double (*uv)[2], const pel__patch *patch, const pel__surface_walk *walk,
                      pel__relax_kind kind)
{
    relaxing r = { .patch = patch, .walk = walk };
    pel_status s = relaxing_new(&r);
    if (s == PEL_OK && kind == PEL__RELAX_MINIMAX)
        s = minimax(uv, &r);
    else if (s == PEL_OK) {
        r.angles = kind == PEL__RELAX_CONFORMAL ? 1 : 1e-3;
        r.areas = kind == PEL__RELAX_CONFORMAL ? 1e-3 : 1;
        s = newton(uv, &r, MOST_STEPS, 1e-5);
    }
    relaxing_free(&r);
    return s;
}
