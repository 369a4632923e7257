/* SPDX-License-Identifier: Apache-2.0 */
/* brain.h: the brain of the head scene: a smooth hull, folds baked for one person, surfaces. */
#ifndef PEL_PHANTOMS_BRAIN_H
#define PEL_PHANTOMS_BRAIN_H

#include "phantoms/grid.h"
#include "phantoms/shapes.h"

/** What differs from person to person; lengths in mm. Filled by pel__person_of(). */
typedef struct pel__person {
    pel_vec3 grow;    /* size over that of the usual head, along x, y, z */
    pel_vec3 shrink;  /* 1 / grow */
    double lean;      /* how far the middle winds from side to side */
    double petalia;   /* the right half forward of the left */
    double csf;       /* fluid between brain and dura */
    double contact;   /* by how much that varies: where it is above csf the brain touches */
    double open;      /* half the width of a sulcus */
    double cortex;    /* mean thickness of grey matter */
    double ventricle; /* size over the usual */
    double fat, bone; /* thickness under the skin, of the skull */
    double phase;     /* of the slow variations */
} pel__person;

pel__person pel__person_of(int64_t seed);

/** From millimetres of the person to those of the usual head, in which shapes are drawn. */
pel_vec3 pel__person_to_usual(const pel__person *person, pel_vec3 at_mm);
pel_vec3 pel__person_from_usual(const pel__person *person, pel_vec3 usual);
double pel__person_scale(const pel__person *person); /* mean mm of the person in a usual one */

typedef struct pel__brain {
    pel__person person;
    double spacing_mm; /* from one sulcus to the next */
    pel__grid folds;   /* high on gyri, low in sulci */
} pel__brain;

/** Bake the folds. */
pel_status pel__brain_make(pel__brain *out, const pel__person *person, int64_t seed,
                           double spacing_mm);
void pel__brain_free(pel__brain *brain);
int64_t pel__brain_bytes(double spacing_mm); /* upper bound while baking */

/* a distance and the direction in which it grows */
typedef struct pel__face {
    double d;
    pel_vec3 n;
} pel__face;

/* distances to the surfaces of the cerebrum, in usual mm; `hull` fills sulci and fissures */
typedef struct pel__cortex {
    double hull, pial, white;
    double gyrus; /* 1 on the middle of a gyrus, -1 in that of a sulcus */
} pel__cortex;

/** All three are hull + 30 or more where the point is outside by that much. */
pel__cortex pel__cortex_at(const pel__brain *brain, pel_vec3 usual);

/** The smooth outer surface of the cerebrum, and its normal outward. */
pel__face pel__cerebrum_hull(const pel__brain *brain, pel_vec3 usual);

/** The folds at a point of the hull: the baked value over its usual size, and its slope per mm. */
double pel__fold_at(const pel__brain *brain, pel_vec3 usual, pel_vec3 *slope);

/** How high above (positive) or below the arch of the corpus callosum. */
double pel__over_callosum(pel_vec3 usual);

/* cerebellum: hull, grey and white */
typedef struct pel__cerebellum {
    double hull, pial, white;
} pel__cerebellum;

pel__cerebellum pel__cerebellum_at(pel_vec3 usual);
double pel__stem_at(pel_vec3 usual); /* midbrain, pons and medulla, without the cord */

/** The whole brain as a mask: cerebrum with its sulci and ventricles, cerebellum, stem. */
double pel__brain_at(const pel__brain *brain, pel_vec3 usual);

/** Evenly spread within -1..1, for item `n` of a seed. */
double pel__chance(int64_t seed, int64_t n);

/** Slow variation within -1..1, about 60 mm from crest to crest. */
double pel__slow(pel_vec3 p, double phase);

#endif
