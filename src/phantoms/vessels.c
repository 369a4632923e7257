/* SPDX-License-Identifier: Apache-2.0 */
/* vessels.c: the vessels of the head scene: veins that wander over the cortex and branch, the
 * sinuses they drain into, and the great arteries. */
#include "phantoms/vessels.h"

typedef struct grower {
    pel__rods *tubes;
    const pel__brain *brain;
    int64_t seed, draw; // random numbers used so far
    int branches;
} grower;

/* a vein about to grow */
typedef struct twig {
    pel_vec3 at, towards; // usual mm
    double radius, length;
    int level;
} twig;

static double chance(grower *g)
{
    return pel__chance(g->seed, 50000 + g->draw++);
}

static pel_status put(grower *g, pel_vec3 usual, double radius, int kind)
{
    pel_vec3 at = pel__person_from_usual(&g->brain->person, usual);
    return pel__rods_add(g->tubes, (pel__rod_point){ at, radius, g->branches, kind });
}

// onto the surface that lies `above` mm over the hull
static pel__face settle(const pel__brain *brain, pel_vec3 *p, double above)
{
    pel__face face = { 0 };
    for (int n = 0; n < 3; n++) {
        face = pel__cerebrum_hull(brain, *p);
        face.n = pel__unit(face.n);
        *p = pel__plus(*p, pel__scale(face.n, above - face.d));
    }
    return face;
}

// one step of a vein: it turns a little, and towards the sulcus beside it
static pel_vec3 turn(grower *g, pel_vec3 p, pel_vec3 towards, pel_vec3 normal)
{
    pel_vec3 slope, side = pel__cross(normal, towards);
    pel__fold_at(g->brain, pel__minus(p, pel__scale(normal, 3)), &slope);
    towards = pel__plus(towards, pel__scale(side, 0.22 * chance(g)));
    double steep = pel__length(slope);
    if (steep > 0)
        towards = pel__minus(towards, pel__scale(slope, 0.25 / steep));
    towards = pel__minus(towards, pel__scale(normal, pel__dot(towards, normal)));
    return pel__unit(towards);
}

static pel_status grow(grower *g, twig t)
{
    enum { DEEPEST = 3 };
    const double step = 1.5, least = 0.4;
    twig child[8];
    int children = 0;
    double gone = 0, next = 7 + 4 * chance(g);
    pel_status s = PEL_OK;
    g->branches++;
    for (; s == PEL_OK && gone < t.length; gone += step) {
        double radius = pel__larger(least, t.radius * (1 - 0.5 * gone / t.length));
        pel_vec3 p = t.at;
        pel__face face = settle(g->brain, &p, 0.85 * radius);
        // not below the brain, nor into the gap between the halves
        if (p.z < -6 || (t.level && fabs(p.x) < 5))
            break;
        t.at = p;
        s = put(g, t.at, radius, PEL__VEIN);
        t.towards = turn(g, t.at, t.towards, face.n);
        if (gone > next && t.level < DEEPEST && children < 8 && radius > 1.2 * least) {
            pel_vec3 side = pel__cross(face.n, t.towards);
            double way = chance(g) > 0 ? 1 : -1, tilt = 0.9 + 0.3 * chance(g);
            child[children++] =
                (twig){ t.at, pel__unit(pel__plus(t.towards, pel__scale(side, way * tilt))),
                        0.8 * radius, 0.6 * t.length - 0.3 * gone + 8, t.level + 1 };
            next = gone + 9 + 4 * chance(g);
        }
        t.at = pel__plus(t.at, pel__scale(t.towards, step));
    }
    for (int n = 0; n < children && s == PEL_OK; n++)
        s = grow(g, child[n]);
    return s;
}

// veins leave the sagittal sinus every centimetre or so, on both sides
static pel_status grow_veins(grower *g, double radius)
{
    pel_status s = PEL_OK;
    for (int side = -1; side <= 1; side += 2)
        for (double y = -78; y < 62 && s == PEL_OK; y += 11 + 3 * chance(g)) {
            double r = radius * (1 + 0.12 * chance(g));
            twig t = { { 4.5 * side, y, 76 - 0.008 * (y + 8) * (y + 8) },
                       { side, 0.25 + 0.3 * chance(g), 0 },
                       r,
                       70 + 15 * chance(g),
                       0 };
            s = grow(g, t);
        }
    // and up from the sylvian fissure
    for (int side = -1; side <= 1; side += 2)
        for (double y = -40; y < 30 && s == PEL_OK; y += 22)
            s = grow(g,
                     (twig){ { 62 * side, y, 4 - 0.36 * y }, { 0, 0.2, 1 }, 0.8 * radius, 40, 1 });
    return s;
}

// a line through points, smooth (Catmull-Rom), with radii between the given
static pel_status lay_line(grower *g, const double (*point)[4], int count, double side, int kind)
{
    enum { PARTS = 6 };
    pel_status s = PEL_OK;
    g->branches++;
    for (int i = 0; i + 1 < count; i++)
        for (int part = 0; part < PARTS + (i + 2 == count) && s == PEL_OK; part++) {
            const double *a = point[i ? i - 1 : 0], *b = point[i], *c = point[i + 1],
                         *d = point[i + 2 < count ? i + 2 : i + 1];
            double t = part / (double)PARTS, v[4];
            for (int x = 0; x < 4; x++)
                v[x] = b[x] + 0.5 * t *
                                  (c[x] - a[x] +
                                   t * (2 * a[x] - 5 * b[x] + 4 * c[x] - d[x] +
                                        t * (3 * (b[x] - c[x]) + d[x] - a[x])));
            s = put(g, (pel_vec3){ side * v[0], v[1], v[2] }, v[3], kind);
        }
    return s;
}

/* x, y, z and radius of points on one side; usual mm */
static const double sagittal[][4] = {
    { 0, 74, 26, 1.0 },  { 0, 64, 50, 1.4 },  { 0, 40, 71, 1.8 },
    { 0, 6, 82, 2.4 },   { 0, -30, 80, 2.8 }, { 0, -62, 64, 3.2 },
    { 0, -84, 36, 3.6 }, { 0, -91, 10, 4.0 }, { 0, -90, -4, 4.0 },
};
static const double transverse[][4] = {
    { 0, -90, -4, 3.8 },   { 22, -86, -6, 3.6 },  { 44, -66, -9, 3.6 },
    { 52, -44, -14, 3.4 }, { 46, -34, -28, 3.2 }, { 34, -30, -40, 3.2 },
};
static const double straight[][4] = {
    { 0, -90, -4, 2.2 },
    { 0, -70, 2, 2.0 },
    { 0, -52, 8, 1.6 },
    { 0, -46, 12, 1.2 },
};
static const double carotid[][4] = {
    { 26, -8, -100, 3.0 }, { 24, -8, -70, 2.8 }, { 22, -6, -46, 2.6 }, { 16, 4, -34, 2.4 },
    { 10, 10, -26, 2.2 },  { 9, 18, -20, 2.0 },  { 10, 10, -13, 1.9 }, { 11, 10, -8, 1.8 },
};
static const double middle_cerebral[][4] = {
    { 11, 10, -8, 1.6 }, { 20, 13, -7, 1.5 }, { 30, 12, -3, 1.3 },
    { 33, 2, 3, 1.1 },   { 34, -14, 9, 0.9 }, { 37, -30, 15, 0.7 },
};
static const double basilar[][4] = {
    { 0, -24, -56, 1.6 },
    { 0, -7, -44, 1.7 },
    { 0, -2, -26, 1.7 },
    { 0, -5, -13, 1.6 },
};
static const double vertebral[][4] = {
    { 14, -30, -100, 1.8 },
    { 13, -32, -80, 1.7 },
    { 8, -26, -66, 1.6 },
    { 0, -24, -56, 1.5 },
};

#define LINE(points, side, kind)                                                                   \
    lay_line(g, points, (int)(sizeof(points) / sizeof *(points)), side, kind)

static pel_status lay_great(grower *g)
{
    pel_status s = LINE(sagittal, 1, PEL__SINUS);
    if (s == PEL_OK)
        s = LINE(straight, 1, PEL__SINUS);
    if (s == PEL_OK)
        s = LINE(basilar, 1, PEL__ARTERY);
    for (int side = -1; side <= 1 && s == PEL_OK; side += 2) {
        s = LINE(transverse, side, PEL__SINUS);
        if (s == PEL_OK)
            s = LINE(carotid, side, PEL__ARTERY);
        if (s == PEL_OK)
            s = LINE(middle_cerebral, side, PEL__ARTERY);
        if (s == PEL_OK)
            s = LINE(vertebral, side, PEL__ARTERY);
    }
    return s;
}

pel_status pel__vessels_make(pel__rods *out, const pel__brain *brain, int64_t seed,
                             double radius_mm)
{
    *out = (pel__rods){ 0 };
    grower g = { .tubes = out, .brain = brain, .seed = seed };
    pel_status s = lay_great(&g);
    if (s == PEL_OK)
        s = grow_veins(&g, radius_mm);
    if (s == PEL_OK)
        s = pel__rods_sort(out);
    if (s != PEL_OK)
        pel__rods_free(out);
    return s;
}
