/* SPDX-License-Identifier: Apache-2.0 */
/* brain.c: the brain of the head scene. Folds are stripes that a short-range activator and a
 * longer-range inhibitor leave of noise (Young 1984, "A local activator-inhibitor model of
 * vertebrate skin patterns") in a thin shell under the hull, started from the great sulci; from
 * there they go down with the depth. A stripe's phase tells how far its middle is. */
#include "phantoms/brain.h"

#include <string.h>

#include "base/job.h"
#include "base/memory.h"
#include "kernels/curves.h"

static const double apart = 6;      /* mm that the halves are moved apart where folds are baked */
static const double squeeze = 0.35; /* of the depth, where folds are looked up */
static const double thin = 10;      /* mm, thickness of the shell in which folds are baked */

/* ---- the hull ---- */

static inline pel__face ellipsoid_face(pel_vec3 p, double x, double y, double z, pel_vec3 radii)
{
    pel_vec3 by = { 1 / radii.x, 1 / radii.y, 1 / radii.z };
    pel_vec3 q = { (p.x - x) * by.x, (p.y - y) * by.y, (p.z - z) * by.z };
    pel_vec3 g = { q.x * by.x, q.y * by.y, q.z * by.z };
    double k = pel__length(q), slope = pel__length(g);
    if (slope <= 0)
        return (pel__face){ -pel__smaller(radii.x, radii.z), { 1, 0, 0 } };
    return (pel__face){ k * (k - 1) / slope, pel__scale(g, 1 / slope) };
}

static pel_vec3 mix(pel_vec3 a, pel_vec3 b, double of_a)
{
    return pel__plus(pel__scale(a, of_a), pel__scale(b, 1 - of_a));
}

/* normals turn over a longer way than surfaces, so that folds do not break deep inside */
static const double turning = 14;

// the rounded union of two faces
static pel__face join_faces(pel__face a, pel__face b, double round)
{
    double h = pel__rise(b.d - a.d, -turning, turning);
    return (pel__face){ pel__join(a.d, b.d, round), mix(a.n, b.n, h) };
}

// what both hold
static pel__face meet_faces(pel__face a, pel__face b, double round)
{
    double h = pel__rise(a.d - b.d, -turning, turning);
    return (pel__face){ -pel__join(-a.d, -b.d, round), mix(a.n, b.n, h) };
}

// the floor of the brain without its lobes below, mm above the origin
static double floor_height(double y)
{
    return y > 20 ? -4 - 0.1 * (y - 20) : -4 - 0.075 * (20 - y);
}

double pel__over_callosum(pel_vec3 p)
{
    double y = (p.y + 6) * (1 / 37.0), z = (p.z - 6) * (1 / 24.0);
    return (sqrt(y * y + z * z) - 1) * 26;
}

static pel__face whole_hull(const pel__brain *brain, pel_vec3 p, pel_vec3 m)
{
    const pel__person *who = &brain->person;
    pel__face outer = ellipsoid_face(m, 0, -8, 21, (pel_vec3){ 60, 81, 58 });
    outer.d += who->csf - 2 + who->contact * pel__slow(p, who->phase);
    pel__face below = { floor_height(m.y) - m.z, { 0, 0, -1 } };
    outer = meet_faces(outer, below, 8);
    pel__face temporal = ellipsoid_face(m, 35, 4, -14, (pel_vec3){ 20.5, 40, 17.5 });
    return join_faces(outer, temporal, 5);
}

// a sheet of fluid between temporal lobe and the lobes above, down to the insula
static pel__face sylvian(pel_vec3 m)
{
    double v = (m.z - 3 + 0.36 * m.y + 2.2 * pel__wave(0.11 * m.y + 0.05 * m.x)) * 0.94;
    pel__face bank = { 0.8 + 0.08 * pel__larger(0, m.x - 46) - fabs(v),
                       { 0, v > 0 ? -0.34 : 0.34, v > 0 ? -0.94 : 0.94 } };
    pel__face insula = { m.x - 32 + 0.5 * pel__larger(0, m.y - 12), { 1, 0, 0 } };
    bank = join_faces(bank, insula, 2);
    pel__face ends = { 38 - fabs(m.y - 1), { 0, m.y > 1 ? -1 : 1, 0 } };
    return join_faces(bank, ends, 2);
}

// with the fissures cut in; m is the point with its own side made positive
static pel__face cut_hull(pel__face whole, pel_vec3 m)
{
    pel__face gap = { 0.8 - m.x, { -1, 0, 0 } };
    // it ends on the callosum
    double y = (m.y + 6) / 37, z = (m.z - 6) / 24, far = sqrt(y * y + z * z) + 1e-9;
    pel__face floor = { pel__over_callosum(m) - 4, { 0, y / far, z / far } };
    gap = join_faces(gap, floor, 2);
    whole = meet_faces(whole, gap, 3);
    return m.x > 8 && fabs(m.y) < 56 ? meet_faces(whole, sylvian(m), 3) : whole;
}

pel__face pel__cerebrum_hull(const pel__brain *brain, pel_vec3 p)
{
    pel__face face = whole_hull(brain, p, (pel_vec3){ fabs(p.x), p.y, p.z });
    face.n.x *= p.x < 0 ? -1 : 1;
    return face;
}

/* ---- folds ---- */

typedef struct line {
    pel_vec3 a, b, c;
} line;

/* the sulci that everybody has, of one half, by three points each; x grows outward */
static const line great_sulci[] = {
    { { 2, -24, 80 }, { 28, -14, 68 }, { 58, 4, 22 } },    // central
    { { 22, 8, 72 }, { 42, 12, 52 }, { 57, 18, 20 } },     // precentral
    { { 20, -36, 76 }, { 44, -30, 56 }, { 58, -18, 26 } }, // postcentral
    { { 54, 26, -20 }, { 57, -20, -6 }, { 46, -58, 26 } }, // superior temporal
    { { 28, -44, 68 }, { 30, -62, 54 }, { 22, -80, 34 } }, // intraparietal
    { { 22, 16, 70 }, { 22, 38, 60 }, { 18, 60, 38 } },    // superior frontal
    { { 46, 22, 42 }, { 42, 44, 30 }, { 30, 62, 14 } },    // inferior frontal
    { { 1, 52, 8 }, { 1, 34, 42 }, { 1, -6, 48 } },        // cingulate
    { { 1, -6, 48 }, { 1, -34, 46 }, { 2, -42, 70 } },     // its marginal part
    { { 2, -68, 56 }, { 1, -56, 30 }, { 1, -48, 10 } },    // parieto-occipital
    { { 2, -86, 12 }, { 1, -68, 10 }, { 1, -50, 10 } },    // calcarine
};
enum { GREAT = sizeof great_sulci / sizeof *great_sulci };

static double to_great_sulcus(pel_vec3 m)
{
    double nearest = 1e9;
    for (int n = 0; n < GREAT; n++) {
        const line *l = &great_sulci[n];
        double d = pel__smaller(pel__rod(m, l->a, 0, l->b, 0), pel__rod(m, l->b, 0, l->c, 0));
        nearest = pel__smaller(nearest, d);
    }
    return nearest;
}

typedef struct baking {
    const pel__brain *brain;
    int64_t seed;
    float *state; // +1 on gyri, -1 in sulci, 0 outside of the shell
    float *bias;  // pulls great sulci down; NAN outside of the shell
} baking;

static pel_status start_slice(void *user, int64_t k)
{
    const baking *b = user;
    const pel__grid *g = &b->brain->folds;
    int64_t slice = g->n[0] * g->n[1];
    for (int64_t node = k * slice; node < (k + 1) * slice; node++) {
        pel_vec3 p = pel__grid_node(g, node), m = p;
        double side = p.x < 0 ? -1 : 1;
        m.x = fabs(p.x) - apart;
        p.x = side * m.x;
        double depth = -cut_hull(whole_hull(b->brain, p, m), m).d;
        b->bias[node] = NAN;
        b->state[node] = 0;
        if (depth < -2 || depth > thin)
            continue;
        double far = to_great_sulcus(pel__plus(m, (pel_vec3){ 0, 2 * side, 0 })) / 1.8;
        double pull = far > 5 ? 0 : pel__exp2(-0.72 * far * far);
        b->bias[node] = (float)(-0.05 - 0.3 * pull);
        b->state[node] = (float)(pel__chance(b->seed, node) - 4 * pull);
    }
    return PEL_OK;
}

// what activates less what inhibits, pulled, and pushed to both ends
static void react(const baking *b, const float *near, int64_t count, bool last)
{
    float *far = b->brain->folds.value;
    for (int64_t i = 0; i < count; i++) {
        float f = near[i] - far[i];
        far[i] = f;
        if (last)
            continue;
        if (isnan(b->bias[i])) {
            b->state[i] = 0;
            continue;
        }
        f += b->bias[i];
        b->state[i] = f / sqrtf(f * f + 0.01f);
    }
}

static pel_status grow_folds(const baking *b, float *scratch, double spacing_mm)
{
    enum { STEPS = 14 };
    const pel__grid *g = &b->brain->folds;
    int64_t count = g->n[0] * g->n[1] * g->n[2];
    // the difference of Gaussians of s and 2 s passes waves of 6.54 s best
    double near_mm = spacing_mm / 6.54;
    pel__grid state = *g;
    state.value = b->state;
    for (int step = 0; step < STEPS; step++) {
        pel_status s = pel__grid_blur(&state, scratch, near_mm);
        memcpy(g->value, b->state, (size_t)count * sizeof(float));
        // a blur by sqrt(3) s more makes the wider one
        if (s == PEL_OK)
            s = pel__grid_blur(g, scratch, 1.7320508 * near_mm);
        if (s != PEL_OK)
            return s;
        react(b, b->state, count, step == STEPS - 1);
    }
    return PEL_OK;
}

static void limits(pel_vec3 *lo, pel_vec3 *hi)
{
    *lo = (pel_vec3){ -76, -98, -42 };
    *hi = (pel_vec3){ 76, 82, 88 };
}

int64_t pel__brain_bytes(double spacing_mm)
{
    pel_vec3 lo, hi;
    limits(&lo, &hi);
    double h = spacing_mm / 5;
    double nodes = ((hi.x - lo.x) / h + 2) * ((hi.y - lo.y) / h + 2) * ((hi.z - lo.z) / h + 2);
    return (int64_t)(4 * sizeof(float) * nodes) + 65536;
}

pel_status pel__brain_make(pel__brain *out, const pel__person *person, int64_t seed,
                           double spacing_mm)
{
    *out = (pel__brain){ .person = *person, .spacing_mm = spacing_mm };
    pel_vec3 lo, hi;
    limits(&lo, &hi);
    pel_status s = pel__grid_new(&out->folds, lo, hi, spacing_mm / 5);
    int64_t count = out->folds.n[0] * out->folds.n[1] * out->folds.n[2];
    float *work = NULL;
    if (s == PEL_OK)
        s = pel__alloc(&work, 3 * count, sizeof(float), "folds of a phantom");
    if (s == PEL_OK) {
        baking b = { out, seed, work, work + count };
        s = pel__parallel(out->folds.n[2], start_slice, &b, NULL);
        if (s == PEL_OK)
            s = grow_folds(&b, work + 2 * count, spacing_mm);
    }
    pel__free(work);
    if (s != PEL_OK)
        pel__brain_free(out);
    return s;
}

void pel__brain_free(pel__brain *brain)
{
    pel__grid_free(&brain->folds);
}

double pel__fold_at(const pel__brain *brain, pel_vec3 p, pel_vec3 *slope)
{
    p.x += p.x < 0 ? -apart : apart;
    double f = pel__grid_at(&brain->folds, p, slope);
    return f;
}

// atan2(y, x) for y of 0 or more; within 2e-5
static double angle_of(double y, double x)
{
    double a = fabs(x), lo = pel__smaller(a, y), hi = pel__larger(a, y);
    double t = hi > 0 ? lo / hi : 0, q = t * t;
    double r = t * (0.99997726 +
                    q * (-0.33262347 +
                         q * (0.19354346 + q * (-0.11643287 + q * (0.05265332 - q * 0.01172120)))));
    if (y > a)
        r = PEL_PI / 2 - r;
    return x < 0 ? PEL_PI - r : r;
}

/* ---- surfaces ---- */

// how deep sulci go
static double sulcus_depth(pel_vec3 m, double phase)
{
    double depth =
        15 + 5 * pel__wave(0.1 * m.y + 0.06 * m.z + phase) * pel__wave(0.09 * m.z - 0.08 * m.x + 1);
    // none where the halves hold together
    double free = -pel__join(22 - m.x, 2 - pel__over_callosum(m), 8);
    return depth * pel__rise(free, -3, 5);
}

pel__cortex pel__cortex_at(const pel__brain *brain, pel_vec3 p)
{
    const pel__person *who = &brain->person;
    double side = p.x < 0 ? -1 : 1;
    pel_vec3 m = { fabs(p.x), p.y, p.z };
    pel__face whole = whole_hull(brain, p, m);
    pel__cortex c = { whole.d, whole.d, whole.d + who->cortex, 1 };
    if (whole.d > 8)
        return c;
    pel__face cut = cut_hull(whole, m);
    double depth = -cut.d;
    c.pial = cut.d;
    c.white = c.pial + who->cortex;
    if (depth > 24)
        return c;

    // folds are looked up nearer to the hull, drifting sideways on the way down
    pel_vec3 n = { side * cut.n.x, cut.n.y, cut.n.z };
    double up = (1 - squeeze) * depth, drift = 0.22 * depth;
    pel_vec3 q = { p.x + up * n.x + drift * pel__wave(0.11 * p.y + 0.07 * p.z + who->phase),
                   p.y + up * n.y + drift * pel__wave(0.1 * p.z + 0.08 * p.x),
                   p.z + up * n.z + drift * pel__wave(0.09 * p.x + 0.1 * p.y) };
    q.x = side * pel__larger(side * q.x, -4);
    q.x += side * apart;
    pel_vec3 slope;
    double f = pel__grid_at(&brain->folds, q, &slope), steep = pel__length(slope);
    double k = 2 * PEL_PI / brain->spacing_mm, phase = angle_of(steep / k, f);
    double along = steep > 0 ? pel__dot(slope, n) / steep : 0;
    double stretch = sqrt(1 - (1 - squeeze * squeeze) * along * along);
    double from_sulcus = (PEL_PI - phase) / (k * stretch);

    double mouth = pel__within(1 - depth * (1 / 7.0), 0, 1);
    double width = who->open + 1.1 * mouth * mouth;
    // none reaches the middle of a lobe, where walls face each other
    double deepest = sulcus_depth(m, who->phase) * pel__rise(pel__length(n), 0.3, 0.75);
    double notch = pel__larger(from_sulcus - width, depth - deepest);
    c.pial = pel__carve(cut.d, notch, 1.8);
    c.gyrus = pel__wave(PEL_PI / 2 - phase);
    c.white = c.pial + who->cortex * (1 + 0.12 * c.gyrus);
    return c;
}

pel__cerebellum pel__cerebellum_at(pel_vec3 p)
{
    pel_vec3 m = { fabs(p.x), p.y, p.z };
    double hull = pel__join(pel__ellipsoid(m, 24, -56, -34, (pel_vec3){ 29, 31, 23.5 }),
                            pel__ellipsoid(p, 0, -51, -31, (pel_vec3){ 14, 27, 24 }), 6);
    pel__cerebellum c = { hull, hull, hull + 2 };
    if (hull > 4 || hull < -26)
        return c;
    // leaves fan out from the fourth ventricle and bend; deep fissures, and folia between them
    pel_vec3 from = { 0.35 * p.x, p.y + 24, p.z + 31 };
    double far = pel__length(from);
    double turn = from.z / (far + 10) + 0.0012 * m.x + 0.05 * pel__wave(0.16 * far + 0.05 * m.x);
    double fissure = fabs(pel__wave(9.5 * turn + 0.7 + 0.02 * m.x)),
           leaf = fabs(pel__wave(33 * turn + 0.06 * m.x + 0.8 * pel__wave(0.3 * far)));
    double deep = pel__larger(4.5 * fissure - 0.5, -(hull + 11)),
           fine = pel__larger(1.9 * leaf - 0.35, -(hull + 4));
    c.pial = pel__carve(pel__carve(hull, deep, 1), fine, 1);
    // the white tree: a trunk, branches between fissures, twigs into the folia
    double trunk = hull + 17.5, branch = pel__larger(3.1 - 4.5 * fissure, hull + 6.5),
           twig = pel__larger(1.35 - 1.9 * leaf, hull + 3.4);
    c.white = pel__join(trunk, pel__join(branch, pel__larger(twig, 2.4 - 4.5 * fissure), 1), 3);
    c.white = pel__larger(c.white, c.pial + 1);
    return c;
}

double pel__stem_at(pel_vec3 p)
{
    double stem = pel__rod(p, (pel_vec3){ 0, -18, 4 }, 13, (pel_vec3){ 0, -30, -40 }, 9);
    stem =
        pel__join(stem, pel__rod(p, (pel_vec3){ 0, -30, -40 }, 9, (pel_vec3){ 0, -37, -66 }, 7), 4);
    return pel__join(stem, pel__ellipsoid(p, 0, -16, -24, (pel_vec3){ 17, 12, 14 }), 4);
}

double pel__brain_at(const pel__brain *brain, pel_vec3 p)
{
    double d = pel__cerebrum_hull(brain, p).d;
    d = pel__smaller(d, pel__cerebellum_at(p).hull);
    return pel__smaller(d, pel__stem_at(p));
}
