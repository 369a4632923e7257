/* SPDX-License-Identifier: Apache-2.0 */
/* brain_shape.c: the usual shape of a brain, laid into a head where its edge is clearest. */
#include "transform/brain.h"

#include <string.h>

#include "base/job.h"
#include "base/memory.h"
#include "base/status.h"
#include "kernels/curves.h"

/* ---- the usual shape: RAS mm about the middle of the brain ---- */

typedef struct lump {
    pel_vec3 centre, radii; // of an ellipsoid; its mirror image belongs to it
} lump;

/* an adult brain is about 170 mm long, 135 mm wide and 130 mm high with its cerebellum */
static const lump lumps[] = {
    { { 0, 4, 16 }, { 65, 86, 60 } },                                          // both halves
    { { 18, 54, -10 }, { 22, 32, 15 } },                                       // above the orbits
    { { 36, 16, -18 }, { 24, 42, 20 } },                                       // temporal lobe
    { { 22, -43, -35 }, { 29, 30, 21 } },                                      // cerebellum
    { { 0, -39, -33 }, { 16, 26, 21 } },  { { 0, -10, -22 }, { 17, 16, 26 } }, // stem
    { { 0, -20, -48 }, { 11, 12, 22 } },
};
static const double floor_mm = -14; // of the halves, without their temporal lobes

static double over(pel_vec3 p, const lump *l)
{
    pel_vec3 q = { (fabs(p.x) - l->centre.x) / l->radii.x, (p.y - l->centre.y) / l->radii.y,
                   (p.z - l->centre.z) / l->radii.z };
    return pel__dot(q, q) - 1;
}

static bool is_within(pel_vec3 p)
{
    for (size_t n = 0; n < sizeof lumps / sizeof *lumps; n++)
        if (over(p, &lumps[n]) < 0 && (n > 0 || p.z > floor_mm - 0.08 * (p.y > 0 ? 0 : -p.y)))
            return true;
    return false;
}

static double reach_along(pel_vec3 direction)
{
    double r = 130;
    while (r > 20 && !is_within(pel__scale(direction, r)))
        r -= 0.5;
    return r;
}

// unit points of the sphere become those of the usual brain, a little rounded
static pel_status usual_brain(pel__balloon *out, int parts)
{
    pel_status s = pel__balloon_new(out, parts, (pel_vec3){ 0 }, 1);
    for (int64_t p = 0; p < out->points && s == PEL_OK; p++)
        out->at[p] = pel__scale(out->at[p], reach_along(out->at[p]));
    if (s == PEL_OK) {
        pel__balloon_relax(out, 3);
        pel__balloon_normals(out);
    }
    return s;
}

/* ---- laying it in ---- */

enum { MOVES = 9, STARTS = 27 };

typedef struct pose {
    double by[MOVES]; // shift in mm, turn in degrees, scale in percent of 100
} pose;

static pel_affine matrix_of(const pose *p)
{
    const double to_rad = PEL_PI / 180;
    pel_affine m = pel_affine_identity();
    for (int a = 0; a < 3; a++)
        m.m[a][a] = 1 + p->by[6 + a] / 100;
    for (int a = 0; a < 3; a++) {
        double c = pel__sine(p->by[3 + a] * to_rad + PEL_PI / 2),
               s = pel__sine(p->by[3 + a] * to_rad);
        int u = (a + 1) % 3, v = (a + 2) % 3;
        pel_affine turn = pel_affine_identity();
        turn.m[u][u] = turn.m[v][v] = c;
        turn.m[u][v] = -s;
        turn.m[v][u] = s;
        m = pel_affine_multiply(turn, m);
    }
    for (int a = 0; a < 3; a++)
        m.m[a][3] = p->by[a];
    return m;
}

typedef struct fitting {
    const pel__balloon *usual;
    const pel__head *head;
    const pel__levels *levels;
    pel_affine head_from_ras;
    double window_mm; // how far on both sides of the edge is looked
} fitting;

static bool is_in_grid(const pel__head *h, pel_vec3 p)
{
    return p.x >= 0 && p.y >= 0 && p.z >= 0 && p.x <= (double)(h->n[0] - 1) * h->mm[0] &&
           p.y <= (double)(h->n[1] - 1) * h->mm[1] && p.z <= (double)(h->n[2] - 1) * h->mm[2];
}

// 0 to 1: bright below, dark just above; more if it is bright again behind the dark
static double edge_at(const fitting *f, pel_vec3 at, pel_vec3 normal)
{
    const pel__levels *l = f->levels;
    double inside = 0, dark = INFINITY, behind = 0, range = l->middle - l->least;
    for (int n = 1; n <= 4; n++)
        inside +=
            pel__head_at(f->head, pel__plus(at, pel__scale(normal, -f->window_mm * 0.35 * n))) / 4;
    for (int n = 0; n <= 4; n++) {
        double v =
            pel__head_at(f->head, pel__plus(at, pel__scale(normal, f->window_mm * 0.25 * n)));
        dark = v < dark ? v : dark;
    }
    for (int n = 0; n < 4; n++) {
        double v =
            pel__head_at(f->head, pel__plus(at, pel__scale(normal, f->window_mm * 0.5 + 4.0 * n)));
        behind = v > behind ? v : behind;
    }
    // layers of the skull have dark below them, the brain next to none
    double lowest = INFINITY;
    for (int n = 1; n <= 5; n++) {
        double v = pel__head_at(f->head, pel__plus(at, pel__scale(normal, -3.0 * n)));
        lowest = v < lowest ? v : lowest;
    }
    inside = 0.5 * (inside + (lowest < inside ? lowest : inside));
    double bright = (inside - l->least) / range;
    bright = bright > 1 ? 1 : bright;
    double step = (inside - dark) / range;
    step = step < 0 ? 0 : step > 1 ? 1 : step;
    return step * (bright > 0 ? bright : 0) * (behind > l->head ? 1 : 0.5);
}

// mean edge over the points within the grid, less what is far from the usual
static double worth(const fitting *f, const pose *p)
{
    pel_affine m = pel_affine_multiply(f->head_from_ras, matrix_of(p));
    pel_affine turn = m, back;
    if (!pel_affine_invert(&back, m))
        return -1;
    for (int r = 0; r < 3; r++)
        for (int c = 0; c < 3; c++)
            turn.m[r][c] = back.m[c][r];
    double sum = 0;
    int64_t seen = 0;
    for (int64_t n = 0; n < f->usual->points; n++) {
        pel_vec3 at = pel_affine_point(m, f->usual->at[n]);
        if (!is_in_grid(f->head, at))
            continue;
        seen++;
        sum += edge_at(f, at, pel__unit(pel_affine_direction(turn, f->usual->normal[n])));
    }
    if (seen < f->usual->points / 8)
        return -1;
    double odd = 0, mean = (p->by[6] + p->by[7] + p->by[8]) / 3;
    for (int a = 6; a < 9; a++)
        odd += (p->by[a] - mean) * (p->by[a] - mean);
    return sum / (double)seen - 0.0002 * odd - 0.0001 * mean * mean;
}

// one move after the other, by steps that halve
static double climb(const fitting *f, pose *p, double scale, double least)
{
    static const double step[MOVES] = { 8, 8, 8, 10, 10, 10, 6, 6, 6 };
    double best = worth(f, p);
    for (; scale >= least; scale /= 2)
        for (bool better = true; better;) {
            better = false;
            for (int a = 0; a < MOVES; a++)
                for (int sign = -1; sign <= 1; sign += 2) {
                    pose q = *p;
                    q.by[a] += sign * scale * step[a];
                    double w = worth(f, &q);
                    if (w > best + 1e-4) {
                        best = w;
                        *p = q;
                        better = true;
                    }
                }
        }
    return best;
}

typedef struct start {
    const fitting *f;
    pose pose[STARTS];
    double worth[STARTS];
} start;

static pel_status climb_from(void *user, int64_t n)
{
    start *s = user;
    s->worth[n] = climb(s->f, &s->pose[n], 1, 1);
    return PEL_OK;
}

// every turn by -40, 0 and 40 degrees about the three axes; where nobody knows how the head lies,
// the 24 ways in which its axes may lie along those of the grid
static int first_poses(start *starts, pel_vec3 centre, bool oriented)
{
    int count = 0;
    for (int x = 0; x < 4 && !oriented; x++) {
        for (int z = 0; z < 4; z++)
            starts->pose[count++] =
                (pose){ { centre.x, centre.y, centre.z, 90.0 * x, 0, 90.0 * z } };
        for (int y = -1; y <= 1; y += 2)
            starts->pose[count++] =
                (pose){ { centre.x, centre.y, centre.z, 90.0 * x, 90.0 * y, 0 } };
    }
    if (!oriented)
        return count;
    for (int x = -1; x <= 1; x++)
        for (int y = -1; y <= 1; y++)
            for (int z = -1; z <= 1; z++)
                starts->pose[count++] =
                    (pose){ { centre.x, centre.y, centre.z, 40.0 * x, 40.0 * y, 40.0 * z } };
    return count;
}

static pel_status fit_pose(pose *out, fitting *f, pel_vec3 centre, bool oriented)
{
    pel__balloon usual = { 0 };
    start starts = { .f = f };
    int count = first_poses(&starts, centre, oriented), best = 0;
    // few points find which way it lies
    pel_status s = usual_brain(&usual, 2);
    f->usual = &usual;
    f->window_mm = 9;
    if (s == PEL_OK)
        s = pel__parallel(count, climb_from, &starts, NULL);
    for (int n = 1; n < count; n++)
        best = starts.worth[n] > starts.worth[best] ? n : best;
    pel__balloon_free(&usual);
    // more points and a narrower look find where its edge lies
    if (s == PEL_OK)
        s = usual_brain(&usual, 3);
    if (s == PEL_OK) {
        climb(f, &starts.pose[best], 1, 0.5);
        f->window_mm = 4;
        climb(f, &starts.pose[best], 1, 0.12);
    }
    *out = starts.pose[best];
    pel__balloon_free(&usual);
    return s;
}

pel_status pel__shape_fit(pel__balloon *out, const pel__head *head, const pel__levels *levels,
                          pel_vec3 centre_mm, const pel_affine *axes)
{
    pel_affine ras_from_head, m, head_from_ras = axes ? *axes : pel_affine_identity();
    fitting f = { .head = head, .levels = levels, .head_from_ras = head_from_ras };
    pose best;
    *out = (pel__balloon){ 0 };
    pel_affine_invert(&ras_from_head, head_from_ras);
    pel_status s = fit_pose(&best, &f, pel_affine_point(ras_from_head, centre_mm), axes);
    if (s == PEL_OK)
        s = usual_brain(out, 4);
    if (s != PEL_OK)
        return s;
    m = pel_affine_multiply(head_from_ras, matrix_of(&best));
    for (int64_t p = 0; p < out->points; p++)
        out->at[p] = pel_affine_point(m, out->at[p]);
    pel__balloon_normals(out);
    return PEL_OK;
}
