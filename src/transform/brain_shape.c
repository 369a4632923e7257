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

/* of the halves below `floor_mm`, lower behind by `tilt`, nothing belongs to the first lump */
typedef struct shape {
    double floor_mm, tilt;
    lump lumps[7];
} shape;

enum { SHAPES = 2 };
static const shape shapes[SHAPES] = {
    // fitted to the mean of the brains of three adults, 1450 ml
    { -30.2,
      0.19,
      { { { 0, -4.4, 1.6 }, { 66.6, 75.4, 68.3 } },
        { { 2.3, 51.9, 1.6 }, { 49.3, 31.4, 34.6 } },
        { { 33.8, 16.7, -20.4 }, { 25.5, 24.9, 31.8 } },
        { { 20.9, -36.9, -32.4 }, { 32.4, 27.6, 31.2 } },
        { { 0, -38.2, -33.5 }, { 16.4, 25.5, 19.7 } },
        { { 0, -23.4, 3.7 }, { 34.6, 42.7, 61.2 } },
        { { 0, -23, -48.7 }, { 15.4, 9, 19.9 } } } },
    // longer, its cerebellum as far back as the halves
    { -14,
      0.08,
      { { { 0, 4, 16 }, { 65, 86, 60 } },     // both halves
        { { 18, 54, -10 }, { 22, 32, 15 } },  // above the orbits
        { { 36, 16, -18 }, { 24, 42, 20 } },  // temporal lobe
        { { 22, -43, -35 }, { 29, 30, 21 } }, // cerebellum
        { { 0, -39, -33 }, { 16, 26, 21 } },  // its middle
        { { 0, -10, -22 }, { 17, 16, 26 } },  // stem
        { { 0, -20, -48 }, { 11, 12, 22 } } } },
};

static double over(pel_vec3 p, const lump *l)
{
    pel_vec3 q = { (fabs(p.x) - l->centre.x) / l->radii.x, (p.y - l->centre.y) / l->radii.y,
                   (p.z - l->centre.z) / l->radii.z };
    return pel__dot(q, q) - 1;
}

static bool is_within(pel_vec3 p, const shape *kind)
{
    double floor_mm = kind->floor_mm - kind->tilt * (p.y > 0 ? 0 : -p.y);
    for (int n = 0; n < 7; n++)
        if (over(p, &kind->lumps[n]) < 0 && (n > 0 || p.z > floor_mm))
            return true;
    return false;
}

static double reach_along(pel_vec3 direction, const shape *kind)
{
    double r = 130;
    while (r > 20 && !is_within(pel__scale(direction, r), kind))
        r -= 0.5;
    return r;
}

/* how often its faces are parted; points of a coarser one are the first of a finer one */
enum { PARTS = 4, FEW = 162, MORE = 642 };

// unit points of the sphere become those of the usual brain, a little rounded
static pel_status usual_brain(pel__balloon *out, const shape *kind)
{
    pel_status s = pel__balloon_new(out, PARTS, (pel_vec3){ 0 }, 1);
    for (int64_t p = 0; p < out->points && s == PEL_OK; p++)
        out->at[p] = pel__scale(out->at[p], reach_along(out->at[p], kind));
    if (s == PEL_OK) {
        pel__balloon_relax(out, 3);
        pel__balloon_normals(out);
    }
    return s;
}

/* ---- laying it in ---- */

enum { FREE = 9, MOVES = 13, STARTS = 27 };

typedef struct pose {
    double by[FREE]; // shift in mm, turn in degrees, scale in percent of 100
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
    int64_t points; // the first of its points, that are looked at
    const pel__head *head;
    const pel__levels *levels;
    const pel__head *depth;
    pel_affine head_from_ras;
    double size;      // in percent beside 100, that heads of that width have
    double window_mm; // how far on both sides of the edge is looked
} fitting;

static bool is_in_grid(const pel__head *h, pel_vec3 p)
{
    return p.x >= 0 && p.y >= 0 && p.z >= 0 && p.x <= (double)(h->n[0] - 1) * h->mm[0] &&
           p.y <= (double)(h->n[1] - 1) * h->mm[1] && p.z <= (double)(h->n[2] - 1) * h->mm[2];
}

// brightness, but nothing counts as brighter than brain: fat and contrast agent do not pull
static double plain_at(const fitting *f, pel_vec3 at, pel_vec3 normal, double by_mm)
{
    const pel__levels *l = f->levels;
    double v = pel__head_at(f->head, pel__plus(at, pel__scale(normal, by_mm)));
    double most = l->middle + 0.2 * (l->middle - l->least);
    return v < most ? v : most;
}

static double limit(double x)
{
    return x > 0 ? x < 1 ? x : 1 : 0;
}

// 0 to 1: bright below, dark just above; more if it is bright again behind the dark. Between brain
// and air lie skull and scalp: less than 0 where nothing could
static double edge_at(const fitting *f, pel_vec3 at, pel_vec3 normal)
{
    const double least_mm = 3, usual_mm = 8, lost = 0.6;
    const double clear = 0.3, buried = 0.3;
    const pel__levels *l = f->levels;
    double room = 1;
    if (f->depth)
        room = limit((pel__head_at(f->depth, at) - least_mm) / (usual_mm - least_mm));
    if (room <= 0)
        return -lost;
    double inside = 0, dark = INFINITY, outside = 0, behind = 0, range = l->middle - l->least;
    for (int n = 1; n <= 4; n++)
        inside += plain_at(f, at, normal, -f->window_mm * 0.35 * n) / 4;
    for (int n = 1; n <= 4; n++) {
        double v = plain_at(f, at, normal, f->window_mm * 0.25 * n);
        dark = fmin(dark, v);
        outside += v / 4;
    }
    double far = dark;
    dark = 0.5 * (dark + outside);
    for (int n = 0; n < 4; n++)
        behind = fmax(behind, plain_at(f, at, normal, f->window_mm * 0.5 + 4.0 * n));
    // layers of the skull have dark below them, the brain next to none
    double lowest = INFINITY;
    for (int n = 1; n <= 5; n++)
        lowest = fmin(lowest, plain_at(f, at, normal, -3.0 * n));
    inside = 0.5 * (inside + fmin(lowest, inside));
    double bright = limit((inside - l->least) / range), step = limit((inside - dark) / range);
    double worth = step * bright * (behind > l->head ? 1 : 0.5);
    // what goes on as bright for a centimetre is brain still
    for (int n = 2; n <= 5; n++)
        far = fmin(far, plain_at(f, at, normal, 2.0 * n));
    worth -= buried * limit(1 - (inside - far) / range / clear);
    return room * worth - (1 - room) * lost;
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
    for (int64_t n = 0; n < f->points; n++) {
        pel_vec3 at = pel_affine_point(m, f->usual->at[n]);
        if (!is_in_grid(f->head, at))
            continue;
        seen++;
        sum += edge_at(f, at, pel__unit(pel_affine_direction(turn, f->usual->normal[n])));
    }
    if (seen < f->points / 8)
        return -1;
    double odd = 0, mean = (p->by[6] + p->by[7] + p->by[8]) / 3;
    for (int a = 6; a < 9; a++)
        odd += (p->by[a] - mean) * (p->by[a] - mean);
    double off = mean - f->size;
    return sum / (double)seen - 0.0002 * odd - 0.0001 * off * off;
}

// a shift, a turn, one end of the brain moved while the other stays, or its size
static pose moved(const pose *p, int move, double by)
{
    static const double step[FREE] = { 8, 8, 8, 10, 10, 10, 6, 6, 6 };
    static const double half_mm[3] = { 65, 86, 65 };
    pose q = *p;
    if (move < 6) {
        q.by[move] += by * step[move];
    } else if (move < 12) {
        int axis = (move - 6) / 2, side = move % 2 ? 1 : -1;
        double part = by * step[6 + axis];
        pel_vec3 along = pel__unit(pel__column(matrix_of(p), axis));
        along = pel__scale(along, side * half_mm[axis] * part / 100);
        q.by[6 + axis] += part;
        q.by[0] += along.x;
        q.by[1] += along.y;
        q.by[2] += along.z;
    } else {
        for (int a = 6; a < FREE; a++)
            q.by[a] += by * step[a];
    }
    return q;
}

// one move after the other, by steps that halve
static double climb(const fitting *f, pose *p, double scale, double least)
{
    double best = worth(f, p);
    for (; scale >= least; scale /= 2)
        for (bool better = true; better;) {
            better = false;
            for (int move = 0; move < MOVES; move++)
                for (int sign = -1; sign <= 1; sign += 2) {
                    pose q = moved(p, move, sign * scale);
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
static int first_poses(start *starts, pel_vec3 centre, double size, bool oriented)
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
    for (int x = -1; x <= 1 && oriented; x++)
        for (int y = -1; y <= 1; y++)
            for (int z = -1; z <= 1; z++)
                starts->pose[count++] =
                    (pose){ { centre.x, centre.y, centre.z, 40.0 * x, 40.0 * y, 40.0 * z } };
    for (int n = 0; n < count; n++)
        for (int a = 6; a < FREE; a++)
            starts->pose[n].by[a] = size;
    return count;
}

// more points and a narrower look find where its edge lies
static pel_status climb_closely(void *user, int64_t n)
{
    start *s = user;
    fitting near = *s->f;
    near.points = MORE;
    climb(&near, &s->pose[n], 1, 0.5);
    near.window_mm = 4;
    s->worth[n] = climb(&near, &s->pose[n], 0.5, 0.12);
    return PEL_OK;
}

static void best_first(start *s, int count)
{
    for (int n = 1; n < count; n++)
        for (int m = n; m > 0 && s->worth[m] > s->worth[m - 1]; m--) {
            pose p = s->pose[m];
            double w = s->worth[m];
            s->pose[m] = s->pose[m - 1];
            s->worth[m] = s->worth[m - 1];
            s->pose[m - 1] = p;
            s->worth[m - 1] = w;
        }
}

/* a pose of one of the shapes, and what it is worth */
typedef struct fitted {
    pel__balloon usual;
    pose pose;
    double worth;
} fitted;

// few points of the first shape find which way it lies
static pel_status find_starts(start *out, fitting *f, pel_vec3 centre, bool oriented)
{
    int count = first_poses(out, centre, f->size, oriented);
    f->points = FEW;
    f->window_mm = 9;
    pel_status s = pel__parallel(count, climb_from, out, NULL);
    best_first(out, count);
    return s;
}

// each shape from the best of these; the one worth most stays
static pel_status choose_shape(fitted *best, const start *starts, fitting *f)
{
    enum { KEPT = 2 };
    pel_status s = PEL_OK;
    best->worth = -INFINITY;
    for (int n = 0; n < SHAPES && s == PEL_OK; n++) {
        pel__balloon usual = { 0 };
        start near = *starts;
        s = usual_brain(&usual, &shapes[n]);
        f->usual = &usual;
        if (s == PEL_OK)
            s = pel__parallel(KEPT, climb_closely, &near, NULL);
        best_first(&near, KEPT);
        if (s == PEL_OK && near.worth[0] > best->worth) {
            pel__balloon_free(&best->usual);
            *best = (fitted){ usual, near.pose[0], near.worth[0] };
            usual = (pel__balloon){ 0 };
        }
        pel__balloon_free(&usual);
    }
    return s;
}

pel_status pel__shape_fit(pel__balloon *out, pel_affine *usual_from_mm, const pel__place *place,
                          const pel__levels *levels, const pel_affine *axes)
{
    const double small_mm = 62; // radius of the largest ball in the head of a small adult
    pel_affine ras_from_head, m, head_from_ras = axes ? *axes : pel_affine_identity();
    fitting f = { .head = &place->head,
                  .depth = place->depth.value ? &place->depth : NULL,
                  .levels = levels,
                  .head_from_ras = head_from_ras };
    start starts = { .f = &f };
    fitted best = { 0 };
    if (f.depth)
        f.size = fmax(-30, fmin(100 * (place->radius_mm / small_mm - 1), 0));
    pel_affine_invert(&ras_from_head, head_from_ras);
    pel_vec3 centre = pel_affine_point(ras_from_head, place->centre_mm);
    pel_status s = usual_brain(out, &shapes[0]);
    f.usual = out;
    if (s == PEL_OK)
        s = find_starts(&starts, &f, centre, axes);
    if (s == PEL_OK)
        s = choose_shape(&best, &starts, &f);
    pel__balloon_free(out);
    *out = best.usual;
    if (s != PEL_OK) {
        pel__balloon_free(out);
        return s;
    }
    m = pel_affine_multiply(head_from_ras, matrix_of(&best.pose));
    pel_affine_invert(usual_from_mm, m);
    for (int64_t p = 0; p < out->points; p++)
        out->at[p] = pel_affine_point(m, out->at[p]);
    pel__balloon_normals(out);
    return PEL_OK;
}
