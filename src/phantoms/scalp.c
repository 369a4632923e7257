/* SPDX-License-Identifier: Apache-2.0 */
/* scalp.c: the outside of the head scene: face, skin, fat, muscle, skull, airways, spine. */
#include "phantoms/head.h"

/* the middle of the cranium */
static const pel_vec3 middle = { 0, -8, 20 };

// whether a part of this reach about x, y, z can matter where the rest is d away
static bool near(pel_vec3 p, double x, double y, double z, double reach, double d)
{
    double a = p.x - x, b = p.y - y, c = p.z - z, r = reach + (d > 0 ? d : 0);
    return a * a + b * b + c * c < r * r;
}

static double nose_and_mouth(pel_vec3 p, pel_vec3 m, double d)
{
    double nose = pel__rod(p, (pel_vec3){ 0, 85, -4 }, 4.5, (pel_vec3){ 0, 99, -33 }, 7.5);
    nose = pel__join(nose, pel__ball(p, 0, 101, -35, 7.5), 4);
    nose = pel__join(nose, pel__ellipsoid(m, 10, 92, -38, (pel_vec3){ 6, 8, 6 }), 5);
    d = pel__join(d, nose, 7);
    d = pel__carve(d, pel__rod(m, (pel_vec3){ 6, 97, -46 }, 2.8, (pel_vec3){ 5, 88, -34 }, 3), 2);
    // the groove above the upper lip
    d = pel__carve(d, pel__rod(p, (pel_vec3){ 0, 96, -46 }, 1.6, (pel_vec3){ 0, 95, -54 }, 1.8), 4);
    double bow = 0.08 * m.x * m.x / 20 - 0.6 * pel__smaller(m.x, 4) / 4;
    pel_vec3 q = { p.x, p.y, p.z + bow };
    d = pel__join(d, pel__ellipsoid(q, 0, 84.5, -57.5, (pel_vec3){ 22, 8, 4.6 }), 5);
    d = pel__join(d, pel__ellipsoid(p, 0, 83.5, -67, (pel_vec3){ 18.5, 8, 5.2 }), 5);
    d = pel__carve(d, pel__ellipsoid(q, 0, 94, -62, (pel_vec3){ 25, 9, 0.9 }), 2);
    // below the lower lip, then the chin
    d = pel__carve(d, pel__rod(m, (pel_vec3){ 0, 94, -76 }, 4, (pel_vec3){ 14, 88, -75 }, 3), 8);
    return pel__join(d, pel__ellipsoid(p, 0, 70, -86, (pel_vec3){ 19, 17, 14 }), 14);
}

static double ear(pel_vec3 m)
{
    // leans back and stands off
    pel_vec3 q = { m.x + 0.38 * (m.y + 6), m.y - 0.25 * (m.z + 12), m.z };
    double shell = pel__ellipsoid(q, 74, -14, -12, (pel_vec3){ 5, 13, 25 });
    // helix, antihelix and bowl
    double bowl = pel__ellipsoid(q, 80, -12, -9, (pel_vec3){ 7, 9.5, 20 });
    shell = pel__carve(shell, bowl, 2.5);
    double fold = pel__rod(q, (pel_vec3){ 75, -17, -22 }, 2.2, (pel_vec3){ 76, -15, 0 }, 2);
    fold =
        pel__join(fold, pel__rod(q, (pel_vec3){ 76, -15, 0 }, 2, (pel_vec3){ 74, -9, 6 }, 1.6), 2);
    shell = pel__join(shell, fold, 2.5);
    // tragus and lobe
    shell = pel__join(shell, pel__ball(q, 72, -3, -14, 3.4), 3);
    shell = pel__join(shell, pel__ellipsoid(q, 73, -10, -33, (pel_vec3){ 3, 6, 6.5 }), 4);
    pel_vec3 out = { 77, -7, -14 }, drum = { 50, -6, -14 };
    return pel__carve(shell, pel__rod(m, out, 2.6, drum, 2.2), 2);
}

// brows, sockets, lids and cheekbones
static double eyes_and_cheeks(pel_vec3 m, double d)
{
    d = pel__join(d, pel__ellipsoid(m, 21, 76, 4, (pel_vec3){ 21, 8, 6 }), 12);
    d = pel__carve(d, pel__ellipsoid(m, 31, 93, -13, (pel_vec3){ 17, 14, 12 }), 8);
    d = pel__join(d, pel__ball(m, 31, 66, -14, 14.2), 2.5);
    // the slit between the lids
    d = pel__carve(
        d,
        pel__ellipsoid(m, 31, 80, -17 + 0.004 * (m.x - 31) * (m.x - 31), (pel_vec3){ 13, 3, 0.55 }),
        1.4);
    return pel__join(d, pel__ellipsoid(m, 42, 60, -30, (pel_vec3){ 14, 11, 8 }), 14);
}

double pel__skin_at(pel_vec3 p, pel_vec3 m)
{
    double d = pel__ellipsoid(p, middle.x, middle.y, middle.z, (pel_vec3){ 75, 97, 73 });
    if (p.z > 34 && d > 14)
        return d;
    d = pel__join(d, pel__ellipsoid(p, 0, -50, -28, (pel_vec3){ 62, 50, 46 }), 12);
    d = pel__join(d, pel__ellipsoid(p, 0, 30, -40, (pel_vec3){ 64, 58, 60 }), 16);
    pel_vec3 neck = { p.x, p.y + 24, p.z < -50 ? 0 : p.z + 50 };
    d = pel__join(d, pel__ellipsoid(neck, 0, 0, 0, (pel_vec3){ 55, 60, 55 }), 20);
    // the jaw
    d = pel__join(d, pel__rod(m, (pel_vec3){ 48, 6, -62 }, 10, (pel_vec3){ 12, 66, -88 }, 10), 18);
    if (d < -26)
        return d; // nothing of the face goes that deep
    if (near(m, 31, 72, -14, 58, d))
        d = eyes_and_cheeks(m, d);
    if (near(p, 0, 88, -46, 80, d))
        d = nose_and_mouth(p, m, d);
    return d > -8 && near(m, 72, -14, -12, 44, d) ? pel__join(d, ear(m), 3) : d;
}

double pel__cavity_at(pel_vec3 p, pel_vec3 m)
{
    double d = pel__ellipsoid(p, middle.x, middle.y, middle.z, (pel_vec3){ 62, 83, 60 });
    if (p.z > 20)
        return d;
    double floor = p.y > 20 ? -4 - 0.1 * (p.y - 20) : -4 - 0.075 * (20 - p.y);
    d = pel__carve(d, p.z - floor + 3, 6);
    d = pel__join(d, pel__ellipsoid(m, 35, 4, -14, (pel_vec3){ 22.5, 42, 19.5 }), 5);
    d = pel__join(d, pel__ellipsoid(p, 0, -22, -22, (pel_vec3){ 24, 22, 26 }), 6);
    d = pel__join(d, pel__ellipsoid(p, 0, -54, -27, (pel_vec3){ 53, 35, 33 }), 8);
    // the foramen magnum and the canal below it
    return pel__join(d, pel__rod(p, (pel_vec3){ 0, -34, -50 }, 13, (pel_vec3){ 0, -38, -76 }, 11),
                     5);
}

static void lay_jaw(pel__brush *b, pel_vec3 p, pel_vec3 m)
{
    double bow = sqrt(p.x * p.x + (p.y - 34) * (p.y - 34) * 0.75) - 34;
    double jaw = pel__larger(pel__larger(fabs(bow) - 6, fabs(p.z + 80) - 9), 20 - p.y);
    jaw = pel__join(jaw, pel__rod(m, (pel_vec3){ 40, 20, -76 }, 6, (pel_vec3){ 50, 2, -30 }, 5), 6);
    pel__lay(b, jaw, PEL__BONE);
    pel__lay(b, jaw + 2.5, PEL__MARROW);
    // upper jaw, palate, and teeth side by side along the bow
    double upper = pel__larger(pel__larger(fabs(bow) - 5, fabs(p.z + 46) - 6), 24 - p.y);
    pel__lay(b, upper, PEL__BONE);
    pel__lay(b, upper + 2.4, PEL__MARROW);
    pel__lay(b, pel__larger(pel__larger(bow, fabs(p.z + 46) - 1.6), 24 - p.y), PEL__BONE);
    double along = p.y - 34 > 0.3 * m.x ? p.x : p.y * 1.1;
    double crown = pel__larger(fabs(bow) - 3.4, fabs(fabs(p.z + 61) - 5) - 4.7);
    crown = pel__larger(crown, 0.55 - 3 * fabs(pel__wave(0.42 * along + 0.4)));
    pel__lay(b, pel__larger(crown, 26 - p.y), PEL__TOOTH);
    pel__lay(b, pel__ellipsoid(p, 0, 32, -64, (pel_vec3){ 23, 32, 13 }), PEL__MUSCLE);
}

static void lay_eye(pel__brush *b, pel_vec3 m)
{
    double orbit = pel__rod(m, (pel_vec3){ 31, 64, -13 }, 16, (pel_vec3){ 14, 36, -12 }, 5);
    pel__lay(b, orbit - 2, PEL__BONE);
    pel__lay(b, orbit, PEL__FAT);
    // four straight muscles from the apex to the globe
    for (int n = 0; n < 4; n++) {
        double x = n == 0 ? 11 : n == 1 ? -11 : 0, z = n == 2 ? 10.5 : n == 3 ? -10.5 : 0;
        pel__lay(b,
                 pel__rod(m, (pel_vec3){ 15, 38, -12 }, 1, (pel_vec3){ 31 + x, 62, -14 + z }, 1.9),
                 PEL__MUSCLE);
    }
    pel__lay(b, pel__rod(m, (pel_vec3){ 30, 54, -13 }, 2.6, (pel_vec3){ 13, 34, -11 }, 2.6),
             PEL__FLUID);
    pel__lay(b, pel__rod(m, (pel_vec3){ 30, 54, -13 }, 1.7, (pel_vec3){ 12, 32, -11 }, 1.8),
             PEL__NERVE);
    double globe = pel__join(pel__ball(m, 31, 66, -14, 12.3), pel__ball(m, 31, 72, -14, 7.6), 1.5);
    pel__lay(b, globe, PEL__MUCOSA);
    pel__lay(b, globe + 1, PEL__EYE);
    pel__lay(b, pel__ellipsoid(m, 31, 73.5, -14, (pel_vec3){ 4.8, 2.1, 4.8 }), PEL__LENS);
}

// sinuses: maxillary, frontal, sphenoid, and ethmoid cells
static void lay_sinuses(pel__brush *b, pel_vec3 p, pel_vec3 m)
{
    double air = pel__ellipsoid(m, 29, 54, -40, (pel_vec3){ 12, 15, 13 });
    air = pel__smaller(air, pel__ellipsoid(m, 12, 77, 8, (pel_vec3){ 10, 3.2, 8 }));
    air = pel__smaller(air, pel__ellipsoid(m, 7, 22, -19, (pel_vec3){ 6.5, 10, 8 }));
    pel__lay(b, air - 2, PEL__BONE);
    pel__lay(b, air - 0.7, PEL__MUCOSA);
    pel__lay(b, air, PEL__AIR);
    double cells = pel__ellipsoid(m, 8, 50, -14, (pel_vec3){ 6, 20, 8 });
    double walls =
        1.1 - 1.6 * fabs(pel__wave(0.45 * p.y + 0.2 * p.z) + pel__wave(0.5 * p.z - 0.2 * p.y) +
                         pel__wave(0.6 * p.x + 0.3 * p.y));
    pel__lay(b, cells - 1, PEL__MUCOSA);
    pel__lay(b, pel__larger(cells, walls), PEL__AIR);
}

// the nose: two passages, a septum, two conchae a side; then the throat
static void lay_airways(pel__brush *b, pel_vec3 p, pel_vec3 m)
{
    if (p.y > 8 && m.x < 46)
        lay_sinuses(b, p, m);
    if (m.x > 40) {
        double mastoid = pel__ellipsoid(m, 55, -22, -32, (pel_vec3){ 9, 12, 15 });
        pel__lay(b, mastoid - 1, PEL__BONE);
        double honey = pel__wave(0.9 * p.x) + pel__wave(0.8 * p.y + 1) + pel__wave(0.85 * p.z);
        pel__lay(b, pel__larger(mastoid, 0.9 - fabs(honey)), PEL__AIR);
        pel_vec3 out = { 77, -8, -14 }, drum = { 50, -6, -14 };
        pel__lay(b, pel__rod(m, out, 3, drum, 2.5), PEL__AIR);
        return;
    }
    if (m.x > 26)
        return;
    double passage = pel__ellipsoid(m, 5, 50, -31, (pel_vec3){ 7.5, 44, 10 });
    passage = pel__join(passage,
                        pel__rod(p, (pel_vec3){ 0, 22, -33 }, 8, (pel_vec3){ 0, 10, -38 }, 8), 5);
    pel_vec3 flat = { p.x, p.y - 0.05 * p.z, p.z < -44 ? 0 : p.z + 44 };
    double throat = pel__ellipsoid(flat, 0, 8, 0, (pel_vec3){ 12, 8, 12 });
    pel__lay(b, pel__smaller(passage, throat) - 1.8, PEL__MUCOSA);
    double conchae = pel__ellipsoid(m, 9, 50, -35, (pel_vec3){ 4.5, 26, 4.5 });
    conchae = pel__smaller(conchae, pel__ellipsoid(m, 8.5, 44, -26, (pel_vec3){ 4, 20, 3.2 }));
    double open = pel__larger(passage, 1 - conchae);
    if (p.y > 20)
        open = pel__larger(open, 1.2 - m.x);
    pel__lay(b, pel__join(open, throat, 3), PEL__AIR);
}

static void lay_spine(pel__brush *b, pel_vec3 p)
{
    if (p.z > -54)
        return;
    double disc = p.z + 66 - 17 * floor((p.z + 66) / 17) - 8.5;
    double body =
        pel__larger(pel__ellipsoid(p, 0, -20, p.z, (pel_vec3){ 12, 9, 1e3 }), fabs(disc) - 6.5);
    pel__lay(b, body, PEL__BONE);
    pel__lay(b, body + 1.3, PEL__MARROW);
    double arch = fabs(pel__ball((pel_vec3){ p.x, p.y, -60 }, 0, -38, -60, 14)) - 2.5;
    pel__lay(b, pel__larger(arch, fabs(disc) - 5), PEL__BONE);
    double spinous = pel__rod((pel_vec3){ p.x, p.y, disc }, (pel_vec3){ 0, -52, 0 }, 3,
                              (pel_vec3){ 0, -68, -4 }, 3.5);
    pel__lay(b, spinous, PEL__BONE);
    pel__lay(b, spinous + 1.3, PEL__MARROW);
    pel__lay(b, pel__ball((pel_vec3){ p.x, p.y, -60 }, 0, -38, -60, 9.5), PEL__FLUID);
    pel__lay(b, pel__rod(p, (pel_vec3){ 0, -36, -50 }, 7, (pel_vec3){ 0, -39, -120 }, 5.5),
             PEL__STEM);
}

// muscles of the neck and the jaw with fat between them
static void lay_flesh(pel__brush *b, pel_vec3 p, pel_vec3 m, double under_fat)
{
    pel__lay(b, under_fat, PEL__MUSCLE);
    if (p.z > 2)
        return;
    double weave = pel__wave(0.2 * p.x + 0.04 * p.z) + pel__wave(0.22 * p.y - 0.03 * p.z + 1) +
                   pel__wave(0.17 * m.x - 0.2 * p.y);
    double septum = 5 * fabs(weave - 0.3) - 0.9 - 0.9 * pel__slow(p, 0.4);
    pel__lay(b, pel__larger(septum, under_fat + 1), PEL__FAT);
}

static void lay_skull(pel__brush *b, pel_vec3 m, double cavity, double bone)
{
    pel__lay(b, cavity - bone, PEL__BONE);
    // marrow between the tables, thin at the temples
    double thin = 1.7 + 1.2 * pel__rise(m.x, 45, 62);
    pel__lay(b, pel__larger(cavity - bone + thin, thin - cavity), PEL__MARROW);
}

bool pel__lay_scalp(pel__brush *b, const pel__person *who, pel_vec3 p, double cavity)
{
    pel_vec3 m = { fabs(p.x), p.y, p.z };
    double bone = who->bone * (1 + 0.18 * pel__slow(p, who->phase + 2));
    if (p.z > 34 && cavity - bone < -0.5 * b->edge) {
        // well inside the vault: what lies over it is all covered
        lay_skull(b, m, cavity, bone);
        return true;
    }
    double skin = pel__skin_at(p, m) - 0.6 * (who->fat - 3.5) - 0.6 * (who->bone - 6.5);
    if (skin > b->edge)
        return false;
    double fat = who->fat * (1 + 0.25 * pel__slow(p, who->phase + 1)) * (p.z < -20 ? 1.4 : 1);
    pel__lay(b, skin, PEL__SKIN);
    pel__lay(b, skin + 1.8, PEL__FAT);
    lay_flesh(b, p, m, skin + 1.8 + fat);
    b->cover = skin + 3;
    if (p.z < -20 && p.y > -12)
        lay_jaw(b, p, m);
    lay_skull(b, m, cavity, bone);
    if (p.z < 10 && p.z > -36 && p.y > 26 && m.x < 54) {
        // the roof of the orbit is thin
        b->cover = pel__larger(skin + 3, 2 - cavity);
        lay_eye(b, m);
        b->cover = skin + 3;
    }
    if (p.z < 24 && p.y > -40)
        lay_airways(b, p, m);
    lay_spine(b, p);
    b->cover = -1e9;
    return true;
}
