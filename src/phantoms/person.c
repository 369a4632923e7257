/* SPDX-License-Identifier: Apache-2.0 */
/* person.c: what differs from person to person, and the way to the usual head. */
#include "phantoms/brain.h"
#include "phantoms/scene.h"

double pel__chance(int64_t seed, int64_t n)
{
    uint64_t key = pel__scramble(pel__scramble((uint64_t)seed) ^ (uint64_t)n);
    return (double)(key >> 11) * 0x1p-52 - 1;
}

pel__person pel__person_of(int64_t seed)
{
    double c[14];
    for (int n = 0; n < 14; n++)
        c[n] = pel__chance(seed, 1000 + n);
    pel__person person = {
        .grow = { 1 + 0.02 * c[0] + 0.035 * c[1], 1 + 0.02 * c[0] + 0.035 * c[2],
                  1 + 0.02 * c[0] + 0.035 * c[3] },
        .lean = 2.2 + 0.8 * c[4],
        .petalia = 2.5 * c[5],
        .csf = 2.6 + 1.0 * c[6],
        .contact = 1.5 + 1.0 * c[7],
        .open = 0.45 + 0.2 * c[8],
        .cortex = 2.6 + 0.15 * c[9],
        .ventricle = 1 + 0.2 * c[10],
        .fat = 3.5 + 1.5 * c[11],
        .bone = 6.5 + 1.0 * c[12],
        .phase = 3 * c[13],
    };
    pel_vec3 grow = person.grow;
    person.shrink = (pel_vec3){ 1 / grow.x, 1 / grow.y, 1 / grow.z };
    return person;
}

double pel__slow(pel_vec3 p, double phase)
{
    return 0.5 * (pel__wave(0.105 * p.x + 0.07 * p.y + 2 * phase) +
                  pel__wave(0.09 * p.z - 0.075 * p.y + 0.04 * p.x - phase));
}

// how far to the right the middle lies
static double middle_of(const pel__person *person, double y, double z)
{
    return person->lean * pel__wave(0.05 * y + 0.03 * z + person->phase);
}

pel_vec3 pel__person_to_usual(const pel__person *person, pel_vec3 at)
{
    pel_vec3 p = { at.x * person->shrink.x, at.y * person->shrink.y, at.z * person->shrink.z };
    p.x -= middle_of(person, p.y, p.z);
    // along y by where the point lies in x, most at the ends
    double side = p.x * (1 / 60.0);
    p.y -= person->petalia * side * (1 - side * side / 3) *
           pel__within(p.y * p.y * (1 / 6400.0), 0, 1);
    return p;
}

pel_vec3 pel__person_from_usual(const pel__person *person, pel_vec3 usual)
{
    // the way back is a small step from the identity: repeat it
    pel_vec3 at = usual;
    for (int n = 0; n < 12; n++)
        at = pel__plus(at, pel__minus(usual, pel__person_to_usual(person, at)));
    return at;
}

double pel__person_scale(const pel__person *person)
{
    return (person->grow.x + person->grow.y + person->grow.z) / 3;
}
