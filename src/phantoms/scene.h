/* SPDX-License-Identifier: Apache-2.0 */
/* scene.h: what a scene is: a table of keys, a value at every point of the world, and its truth. */
#ifndef PEL_PHANTOMS_SCENE_H
#define PEL_PHANTOMS_SCENE_H

#include <pellucid/phantoms.h>

#include "base/text.h"

/** The keys of all scenes; the table of a scene names those it knows. */
typedef struct pel__scene_params {
    size_t size;
    pel_numbers dims, spacing, fov, samples, center, rotate, turn, axis, gradient;
    const char *orientation, *only;
    int dtype; /* pel_dtype; one more: what the scene thinks best */
    int contrast, part;
    double value, background, radius, tube, thickness, length, offset, folds;
    double snr, bias, vessels, vein;
    pel_length softness;
    double noise;
    int64_t seed;
} pel__scene_params;

/** A scene about to be painted. */
typedef struct pel__canvas {
    const pel__scene_params *params;
    pel_vec3 center_mm, axis; /* axis: unit vector */
    double edge_mm;           /* width of the ramp of an edge; 0: hard */
    double noise;             /* standard deviation */
    bool rician;              /* noise of a magnitude: of two parts, only their length is seen */
    bool signed_values;       /* too low for an unsigned type */
    void *state;              /* what prepare() made, one block of pel__alloc() */
} pel__canvas;

/** A volume of truth beside the labels. */
typedef struct pel__field {
    const char *name; /* of its file, without ending */
    bool mask;        /* 0 or 1, uint8; else float32 */
} pel__field;

/** What may be NULL: prepare, bake, release, bytes, clear; fields, field and lines. */
typedef struct pel__scene {
    const pel_schema *schema;
    pel_status (*prepare)(pel__canvas *canvas);        /* checks words; cheap */
    pel_status (*bake)(pel__canvas *canvas);           /* the work before the first voxel */
    void (*release)(pel__canvas *canvas);              /* what is in the state */
    int64_t (*bytes)(const pel__scene_params *params); /* upper bound of what bake() holds */
    /* value at a point of the world; returns its label, 0 outside of everything */
    int (*paint)(const pel__canvas *canvas, pel_vec3 at_mm, double *value);
    /* at a point outside of everything: how far in mm there is nothing else, at least */
    double (*clear)(const pel__canvas *canvas, pel_vec3 at_mm);
    void (*truth)(const pel__canvas *canvas, pel__text *json); /* members: ,"key":value */
    const char *const *labels; /* names of labels 1 and up, ended by NULL */
    const pel__field *fields;  /* ended by a name of NULL */
    double (*field)(const pel__canvas *canvas, pel_vec3 at_mm, int which);
    void (*lines)(const pel__canvas *canvas, pel__text *csv); /* centre lines */
} pel__scene;

extern const pel__scene pel__scene_sphere, pel__scene_ramp, pel__scene_slab, pel__scene_cylinder,
    pel__scene_torus, pel__scene_letters, pel__scene_head, pel__scene_craniotomy, pel__scene_tubes;

/** A turn about x, then y, then z; `degrees` has three numbers. */
pel_affine pel__turned(const pel_numbers *degrees);

/** The finaliser of splitmix64 (Steele, Lea, Flood 2014). */
static inline uint64_t pel__scramble(uint64_t x)
{
    x += 0x9e3779b97f4a7c15u;
    x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9u;
    x = (x ^ x >> 27) * 0x94d049bb133111ebu;
    return x ^ x >> 31;
}

/** How much of an edge's ramp lies inside: 1 well inside (distance below 0), 0 outside, linear
 * between. */
static inline double pel__inside(double distance_mm, double edge_mm)
{
    if (edge_mm <= 0)
        return distance_mm <= 0 ? 1 : 0;
    double t = 0.5 - distance_mm / edge_mm;
    return t < 0 ? 0 : t > 1 ? 1 : t;
}

/** `,"key":` and numbers, into the truth. */
void pel__truth_number(pel__text *json, const char *key, double value);
void pel__truth_point(pel__text *json, const char *key, pel_vec3 value);

/* rows that every scene has, so that a table names only its own keys and defaults */
#define PEL__GRID_ROWS(dims_default, dtype_default)                                                \
    PEL__GRID_ROWS_AT(dims_default, "1", dtype_default)

#define PEL__GRID_ROWS_AT(dims_default, spacing_default, dtype_default)                            \
    PEL_NUMBERS(pel__scene_params, dims, dims_default, 1, 65536, "voxels", "N|NX,NY,NZ",           \
                "voxels along x, y, z"),                                                           \
        PEL_CHOICE(pel__scene_params, dtype, dtype_default, PEL__DTYPES, "type of the voxels"),    \
        PEL_NUMBERS(pel__scene_params, samples, "1", 1, 64, "points", "N|NX,NY,NZ",                \
                    "points averaged in a voxel along x, y, z"),                                   \
        PEL__COMMON_ROWS(spacing_default)

/* as above, where the field of view is given in mm and the number of voxels follows */
#define PEL__FOV_ROWS(fov_default)                                                                 \
    PEL_NUMBERS(pel__scene_params, dims, NULL, 1, 65536, "voxels", "N|NX,NY,NZ",                   \
                "voxels along x, y, z; default: those of fov"),                                    \
        PEL_NUMBERS(pel__scene_params, fov, fov_default, 1e-3, 1e6, "mm", "N|NX,NY,NZ",            \
                    "field of view along x, y, z"),                                                \
        PEL_CHOICE(pel__scene_params, dtype, "auto", PEL__DTYPES "|auto",                          \
                   "type of the voxels; auto: uint8, in CT int16, of fractions float32"),          \
        PEL_NUMBERS(pel__scene_params, samples, NULL, 1, 64, "points", "N|NX,NY,NZ",               \
                    "points averaged in a voxel along x, y, z; default: more along long edges"),   \
        PEL__COMMON_ROWS("1")

#define PEL__COMMON_ROWS(spacing_default)                                                          \
    PEL_NUMBERS(pel__scene_params, spacing, spacing_default, 1e-6, 1e6, "mm", "D|DX,DY,DZ",        \
                "voxel size along x, y, z"),                                                       \
        PEL_TEXT(pel__scene_params, orientation, "RAS", "RAS|unknown",                             \
                 "order in which the grid is stored; the scene does not move"),                    \
        PEL_NUMBERS(pel__scene_params, rotate, "0,0,0", -360, 360, "degrees", "RX,RY,RZ",          \
                    "turn the grid (not the scene) about x, then y, then z"),                      \
        PEL_NUMBER(pel__scene_params, noise, "0", 0, 1e9, "value", "standard deviation of noise"), \
        PEL_INTEGER(pel__scene_params, seed, "1", 0, 9e15, NULL,                                   \
                    "which noise, and of heads which person")

/* rows of scenes that are one solid */
#define PEL__SOLID_ROWS                                                                            \
    PEL_NUMBER(pel__scene_params, value, "100", -1e30, 1e30, NULL, "value inside"),                \
        PEL_NUMBER(pel__scene_params, background, "0", -1e30, 1e30, NULL, "value outside"),        \
        PEL_NUMBERS(pel__scene_params, center, "0,0,0", -1e6, 1e6, "mm", "X,Y,Z",                  \
                    "where the middle lies"),                                                      \
        PEL_LENGTH(pel__scene_params, softness, "1vx", 0, 1e6,                                     \
                   "width over which an edge goes from value to background; 0: hard")

#define PEL__DTYPES "uint8|int8|uint16|int16|uint32|int32|uint64|int64|float32|float64"

#endif
