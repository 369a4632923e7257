/* SPDX-License-Identifier: Apache-2.0 */
/* head.c: a head as T1-weighted MRI shows one: skin, fat, bone, fluid, folded grey and white
 * matter, ventricles, eyes, airways, and a face that shows which way it looks. */
#include "base/maths.h"
#include "base/memory.h"
#include "kernels/curves.h"
#include "phantoms/scene.h"

enum {
    SKIN = 1,
    FAT,
    MUSCLE,
    BONE,
    MARROW,
    FLUID,
    GREY,
    WHITE,
    VENTRICLE,
    EYE,
    AIR,
};
static const char *const names[] = {
    "skin",        "fat",          "muscle",    "bone", "marrow", "cerebrospinal fluid",
    "grey matter", "white matter", "ventricle", "eye",  "air",    NULL,
};

/* T1-like intensities of an 8-bit volume, by label */
static const double intensity[] = { 0, 105, 200, 92, 22, 120, 42, 112, 172, 38, 48, 6 };

/* the middle of the cranium */
static const pel_vec3 middle = { 0, -8, 20 };

/* ---- shapes: distances in mm, below 0 inside ---- */

static double smaller(double a, double b)
{
    return a < b ? a : b;
}

static double larger(double a, double b)
{
    return a > b ? a : b;
}

// the union of two shapes with a fillet of about `round` mm
static double join(double a, double b, double round)
{
    double h = 0.5 + 0.5 * (b - a) / round;
    h = h < 0 ? 0 : h > 1 ? 1 : h;
    return b + (a - b) * h - round * h * (1 - h);
}

static double carve(double a, double b, double round)
{
    return -join(-a, b, round);
}

// first order: exact at the surface, good near it
static double ellipsoid(pel_vec3 p, double x, double y, double z, pel_vec3 radii)
{
    pel_vec3 q = { (p.x - x) / radii.x, (p.y - y) / radii.y, (p.z - z) / radii.z };
    pel_vec3 g = { q.x / radii.x, q.y / radii.y, q.z / radii.z };
    double k = pel__length(q), slope = pel__length(g);
    return slope > 0 ? k * (k - 1) / slope : -smaller(radii.x, smaller(radii.y, radii.z));
}

static double ball(pel_vec3 p, double x, double y, double z, double radius)
{
    return pel__length((pel_vec3){ p.x - x, p.y - y, p.z - z }) - radius;
}

// a rod with round ends whose radius changes from a to b
static double rod(pel_vec3 p, pel_vec3 a, double radius_a, pel_vec3 b, double radius_b)
{
    pel_vec3 ab = pel__minus(b, a), ap = pel__minus(p, a);
    double t = pel__dot(ap, ab) / pel__dot(ab, ab);
    t = t < 0 ? 0 : t > 1 ? 1 : t;
    return pel__length(pel__minus(ap, pel__scale(ab, t))) - radius_a - t * (radius_b - radius_a);
}

/* in the functions below `m` is the point with x made positive: the head is all but symmetric */

static double nose_and_mouth(pel_vec3 p, pel_vec3 m, double d)
{
    double nose = rod(p, (pel_vec3){ 0, 84, -6 }, 5, (pel_vec3){ 0, 99, -34 }, 8);
    nose = join(nose, ball(m, 10, 91, -38, 6.5), 6);
    d = join(d, nose, 7);
    d = carve(d, rod(m, (pel_vec3){ 6, 96, -46 }, 3, (pel_vec3){ 5, 88, -34 }, 3), 2);
    d = join(d, ellipsoid(p, 0, 84, -57, (pel_vec3){ 22, 8, 5 }), 6);
    d = join(d, ellipsoid(p, 0, 83, -67, (pel_vec3){ 19, 8, 5.5 }), 6);
    d = carve(d, ellipsoid(p, 0, 94, -62, (pel_vec3){ 24, 9, 1 }), 2);
    return join(d, ball(p, 0, 68, -84, 17), 16);
}

static double ear(pel_vec3 m)
{
    double shell = ellipsoid(m, 72, -14, -12, (pel_vec3){ 9, 15, 27 });
    shell = carve(shell, ellipsoid(m, 83, -9, -10, (pel_vec3){ 9, 9, 18 }), 3);
    return larger(shell, ellipsoid(m, 72, -14, -12, (pel_vec3){ 8, 17, 29 }));
}

static double skin_distance(pel_vec3 p, pel_vec3 m)
{
    double d = ellipsoid(p, middle.x, middle.y, middle.z, (pel_vec3){ 75, 97, 73 });
    if (p.z > 30 && d > 12)
        return d;
    d = join(d, ellipsoid(p, 0, -50, -28, (pel_vec3){ 62, 50, 46 }), 12);
    d = join(d, ellipsoid(p, 0, 30, -40, (pel_vec3){ 66, 58, 60 }), 16);
    pel_vec3 neck = { p.x, p.y + 24, p.z < -50 ? 0 : p.z + 50 };
    d = join(d, ellipsoid(neck, 0, 0, 0, (pel_vec3){ 55, 60, 55 }), 20);
    if (p.y > 40) {
        d = join(d, ellipsoid(m, 20, 75, 5, (pel_vec3){ 19, 8, 6 }), 12);
        d = carve(d, ball(m, 33, 92, -14, 14), 9);
        d = join(d, ball(m, 31, 66, -14, 13.7), 3);
        d = nose_and_mouth(p, m, d);
    }
    return m.x > 60 ? join(d, ear(m), 3) : d;
}

// the floor of the brain without its lobes below, mm above the origin
static double floor_height(pel_vec3 p)
{
    return p.y > 20 ? -4 - 0.1 * (p.y - 20) : -4 - 0.075 * (20 - p.y);
}

// the inside of the skull
static double cavity_distance(pel_vec3 p, pel_vec3 m)
{
    double d = ellipsoid(p, middle.x, middle.y, middle.z, (pel_vec3){ 62, 83, 60 });
    if (p.z > 20)
        return d;
    d = carve(d, p.z - floor_height(p) + 3, 6);
    d = join(d, ellipsoid(m, 35, 4, -14, (pel_vec3){ 22, 42, 19 }), 5);
    d = join(d, ellipsoid(p, 0, -22, -22, (pel_vec3){ 24, 22, 26 }), 6);
    return join(d, ellipsoid(p, 0, -54, -26, (pel_vec3){ 52, 35, 33 }), 8);
}

/* ---- folds ---- */

/* plane waves; on a sphere their sum has winding lines of zeros, all about as far apart */
static const struct {
    pel_vec3 direction;
    double phase;
} waves[] = {
    { { 0.319, -0.167, 0.933 }, 1.796 },  { { -0.392, 0.513, 0.763 }, 0.284 },
    { { 0.182, -0.694, 0.697 }, 1.473 },  { { 0.397, 0.827, 0.399 }, 5.304 },
    { { -0.939, -0.300, 0.170 }, 0.382 }, { { 0.847, -0.525, 0.085 }, 0.403 },
    { { -0.187, 0.950, -0.251 }, 5.626 }, { { -0.503, -0.785, -0.361 }, 0.008 },
    { { 0.813, 0.264, -0.519 }, 2.042 },  { { -0.837, 0.140, -0.528 }, 4.389 },
    { { 0.353, -0.431, -0.831 }, 2.009 }, { { -0.013, 0.389, -0.921 }, 1.484 },
};
enum { WAVES = sizeof waves / sizeof *waves };

static const double fold_radius = 68; // mm, of the sphere on which sulci are drawn

/* about how far, in mm, the nearest sulcus runs from the direction of a point of the cerebrum */
static double sulcus_distance(pel_vec3 m, double spacing_mm, double *depth_mm)
{
    pel_vec3 u = pel__unit((pel_vec3){ m.x / 60, (m.y - middle.y) / 80, (m.z - 16) / 58 });
    double k = PEL_PI * fold_radius / spacing_mm, f = 0;
    pel_vec3 slope = { 0 };
    for (int i = 0; i < WAVES; i++) {
        double angle = k * pel__dot(waves[i].direction, u) + waves[i].phase;
        f += pel__sine(angle);
        slope = pel__plus(slope, pel__scale(waves[i].direction, pel__sine(angle + PEL_PI / 2)));
    }
    slope = pel__minus(slope, pel__scale(u, pel__dot(slope, u)));
    // where the sum is flat a line of zeros would swell to a lake
    double steep = sqrt(pel__dot(slope, slope) + 0.7);
    *depth_mm = 16 + 5 * pel__sine(5 * u.y + 2) * pel__sine(4 * u.z + 7 * u.x + 1);
    return fabs(f) / steep / k * fold_radius;
}

/* how high above (positive) or below the arch of the corpus callosum, in mm */
static double over_callosum(pel_vec3 p)
{
    double y = (p.y + 6) / 36, z = (p.z - 6) / 24;
    return (sqrt(y * y + z * z) - 1) * 26;
}

/* ---- paint ---- */

typedef struct brush {
    double edge_mm, value;
    double cover_mm; /* what is laid ends here: below the skin, or anywhere */
    int label;
} brush;

static void lay(brush *b, double distance_mm, int label)
{
    distance_mm = larger(distance_mm, b->cover_mm);
    b->value += pel__inside(distance_mm, b->edge_mm) * (intensity[label] - b->value);
    if (distance_mm <= 0)
        b->label = label;
}

static void lay_cerebrum(brush *b, pel_vec3 p, pel_vec3 m, double folds)
{
    // sulci reach down from the outer side, not from the base
    double outer = ellipsoid(p, 0, middle.y, 21, (pel_vec3){ 59.5, 80.5, 57.5 });
    double temporal = ellipsoid(m, 35, 4, -14, (pel_vec3){ 20.5, 40, 17.5 });
    double hull = join(carve(outer, p.z - floor_height(p), 8), temporal, 5);
    outer = smaller(outer, temporal);
    if (hull > 2)
        return;
    double surface = hull;
    if (outer > -28) {
        double depth, line = sulcus_distance(m, folds, &depth);
        double width = 0.55 + 0.035 * larger(0, depth + outer);
        surface = carve(hull, larger(line - width, -outer - depth), 3.5);
    }
    // the two halves meet below the callosum only; the gap between them winds a little
    double arch = over_callosum(p);
    double gap = fabs(p.x - 1.6 * pel__sine(0.07 * p.y + 0.04 * p.z)) - 0.6;
    surface = carve(surface, larger(gap, 4 - arch), 2.5);
    lay(b, surface, GREY);
    lay(b, surface + 2.9, WHITE);
}

static void lay_deep(brush *b, pel_vec3 p, pel_vec3 m)
{
    double arch = over_callosum(p);
    if (arch > 8 || m.x > 45)
        return;
    lay(b, larger(larger(fabs(arch) - 3.2, m.x - 20), 2 - p.z), WHITE);
    lay(b, ellipsoid(m, 11, -18, 8, (pel_vec3){ 8.5, 15, 9 }), GREY);
    lay(b, ellipsoid(m, 26, 6, 8, (pel_vec3){ 6, 20, 12 }), GREY);
    lay(b, ellipsoid(m, 13, 16, 14, (pel_vec3){ 5, 12, 9 }), GREY);
    double horn = ellipsoid(m, 11, 2, 20, (pel_vec3){ 6, 27, 5.5 });
    horn = join(horn, ellipsoid(m, 20, -36, 13, (pel_vec3){ 6, 17, 7 }), 6);
    lay(b, horn, VENTRICLE);
    lay(b, ellipsoid(p, 0, -10, 4, (pel_vec3){ 1.8, 13, 10 }), VENTRICLE);
}

static void lay_hindbrain(brush *b, pel_vec3 p, pel_vec3 m)
{
    if (p.z > 14 || p.y > 10)
        return;
    double hull = join(ellipsoid(m, 22, -56, -34, (pel_vec3){ 27, 29, 22 }),
                       ellipsoid(p, 0, -52, -32, (pel_vec3){ 14, 24, 22 }), 6);
    if (hull < 3) {
        // leaves that fan out from the fourth ventricle
        pel_vec3 from = { 0.25 * p.x, p.y + 26, p.z + 30 };
        double leaf = pel__sine(38 * from.z / (pel__length(from) + 12) + 0.04 * m.x);
        double bite = larger(1.1 * fabs(leaf) + 0.05, -(hull + 6) / 4) - 0.5;
        double surface = carve(hull, 2 * bite, 1);
        lay(b, surface, GREY);
        lay(b, larger(hull + 4.5, 2.4 - 3.2 * fabs(leaf) + larger(0, hull + 13) / 5), WHITE);
        lay(b, hull + 13, WHITE);
    }
    double stem = rod(p, (pel_vec3){ 0, -18, 4 }, 12, (pel_vec3){ 0, -32, -58 }, 8);
    stem = join(stem, rod(p, (pel_vec3){ 0, -32, -58 }, 8, (pel_vec3){ 0, -40, -120 }, 6), 3);
    lay(b, join(stem, ellipsoid(p, 0, -17, -24, (pel_vec3){ 17, 12, 14 }), 4), WHITE);
    lay(b, ellipsoid(p, 0, -34, -30, (pel_vec3){ 6, 4, 12 }), VENTRICLE);
}

static void lay_face(brush *b, pel_vec3 p, pel_vec3 m)
{
    // jaw and teeth, tongue, the bones of the cheek
    if (p.z < -40) {
        double bow = sqrt(p.x * p.x + (p.y - 34) * (p.y - 34) * 0.75) - 34;
        double jaw = larger(larger(fabs(bow) - 6, fabs(p.z + 80) - 9), 20 - p.y);
        lay(b, jaw, BONE);
        lay(b, jaw + 2.5, MARROW);
        lay(b, larger(larger(fabs(bow) - 3, fabs(p.z + 62) - 9), 28 - p.y), BONE);
        lay(b, ellipsoid(p, 0, 30, -62, (pel_vec3){ 22, 32, 14 }), MUSCLE);
    }
    double orbit = rod(m, (pel_vec3){ 31, 64, -13 }, 16, (pel_vec3){ 14, 36, -12 }, 5);
    lay(b, orbit - 2.2, BONE);
    lay(b, orbit, FAT);
    lay(b, rod(m, (pel_vec3){ 30, 54, -13 }, 2, (pel_vec3){ 13, 34, -11 }, 2), WHITE);
    lay(b, ball(m, 31, 66, -14, 12.5), FLUID);
    lay(b, ball(m, 31, 66, -14, 12), EYE);
    lay(b, ellipsoid(m, 31, 74.5, -14, (pel_vec3){ 4.5, 2, 4.5 }), GREY);
    // airways: sinuses, nose, throat
    double air = ellipsoid(m, 29, 54, -42, (pel_vec3){ 12, 15, 13 });
    air = smaller(air, ellipsoid(m, 12, 76, 8, (pel_vec3){ 9, 3.5, 7 }));
    air = smaller(air, ellipsoid(m, 6, 22, -18, (pel_vec3){ 8, 10, 8 }));
    lay(b, air - 1.5, BONE);
    lay(b, air, AIR);
    double passage = larger(larger(m.x - 10 + 0.07 * (p.z + 46), fabs(p.z + 36) - 13),
                            larger(p.y - 84 - 0.3 * p.z - 12, 10 - p.y));
    passage = join(passage, rod(p, (pel_vec3){ 0, 8, -36 }, 9, (pel_vec3){ 0, 2, -120 }, 8), 6);
    double wall = larger(fabs(fabs(m.x - 5) - 1.5) - 1.2, fabs(p.z + 36) - 11);
    lay(b, larger(passage, -wall), AIR);
}

static void lay_spine(brush *b, pel_vec3 p)
{
    if (p.z > -48)
        return;
    double disc = p.z + 66 - 17 * floor((p.z + 66) / 17) - 8.5;
    double body = larger(ellipsoid(p, 0, -24, p.z, (pel_vec3){ 12, 9, 1e3 }), fabs(disc) - 6.5);
    lay(b, body, BONE);
    lay(b, body + 1.5, MARROW);
    double arch = fabs(ball((pel_vec3){ p.x, p.y, -60 }, 0, -40, -60, 13)) - 3;
    lay(b, larger(arch, fabs(disc) - 5), BONE);
    lay(b, ball((pel_vec3){ p.x, p.y, -60 }, 0, -39, -60, 9.5), FLUID);
    lay(b, rod(p, (pel_vec3){ 0, -36, -40 }, 7.5, (pel_vec3){ 0, -40, -120 }, 6), WHITE);
}

static int paint(const pel__canvas *canvas, pel_vec3 p, double *value)
{
    brush b = { canvas->edge_mm, canvas->params->background, -1e9, 0 };
    pel_vec3 m = { fabs(p.x), p.y, p.z };
    double cavity = cavity_distance(p, m);
    *value = b.value;
    if (cavity > -3) {
        double skin = skin_distance(p, m);
        if (skin > canvas->edge_mm)
            return 0;
        lay(&b, skin, SKIN);
        lay(&b, skin + 2, FAT);
        lay(&b, skin + 5.5 + 1.5 * (p.z < -10), MUSCLE);
        b.cover_mm = skin + 3;
        if (p.z < 20)
            lay_face(&b, p, m);
        lay_spine(&b, p);
        lay(&b, cavity - 7, BONE);
        lay(&b, cavity - 5, MARROW);
        lay(&b, cavity - 2.2, BONE);
        b.cover_mm = -1e9;
    }
    lay(&b, cavity, FLUID);
    if (cavity < 2) {
        lay_hindbrain(&b, p, m);
        lay_cerebrum(&b, p, m, canvas->params->folds);
        lay_deep(&b, p, m);
    }
    *value = b.value;
    return b.label;
}

static void truth(const pel__canvas *canvas, pel__text *json)
{
    pel__truth_number(json, "edge_mm", canvas->edge_mm);
    pel__truth_point(json, "nose_tip_mm", (pel_vec3){ 0, 107, -34 });
    pel__truth_point(json, "left_eye_mm", (pel_vec3){ -31, 66, -14 });
    pel__truth_point(json, "right_eye_mm", (pel_vec3){ 31, 66, -14 });
    pel__truth_number(json, "eye_radius_mm", 12);
    pel__text_add(json, ",\"values\":{");
    for (int n = 0; names[n]; n++)
        pel__text_add(json, "%s\"%s\":%g", n ? "," : "", names[n], intensity[n + 1]);
    pel__text_add(json, "}");
}

static const pel_param table[] = {
    PEL__GRID_ROWS("180,224,200", "uint8"),
    PEL_NUMBER(pel__scene_params, background, "0", -1e30, 1e30, NULL, "value outside"),
    PEL_LENGTH(pel__scene_params, softness, "1.8vx", 0, 1e6, "width of an edge; 0: hard"),
    PEL_NUMBER(pel__scene_params, folds, "12", 4, 100, "mm", "from one sulcus to the next"),
};
static const pel_schema schema = PEL_SCHEMA(
    pel__scene_params, "head", "a head as T1-weighted MRI shows one, face and folded brain", table);
const pel__scene pel__scene_head = { &schema, NULL, paint, truth, names };
