/* SPDX-License-Identifier: Apache-2.0 */
/* cast.h: packets of rays through bricks of voxels; one source for every level of CPU. */
#ifndef PEL_KERNELS_CAST_H
#define PEL_KERNELS_CAST_H

#include <pellucid/base.h>

enum { PEL__CAST_LANES = 16, PEL__CAST_KINDS = 3, PEL__CAST_WEIGHT_BITS = 14 };

/** What is made of a ray. */
typedef enum pel__cast_way {
    PEL__CAST_UNLIT,   /* composite */
    PEL__CAST_LIT,     /* composite with light, or opacity by gradient, or both */
    PEL__CAST_EXTREME, /* greatest number, or with sign -1 the least */
    PEL__CAST_MEAN,
    PEL__CAST_WAYS
} pel__cast_way;

/**
 * What all rays share. Numbers are those in the bricks: uint8, int16 or float32, in this order of
 * kinds; integers count 2^14 times (what interpolation makes of them), gradients twice more.
 */
typedef struct pel__caster {
    char *const *brick; /* at voxel (0,0,0) of each; two voxels around it are there too */
    int bits;           /* a brick has 2^bits voxels each way; along z the last ones fewer */
    int32_t depth;      /* voxels along z */
    int32_t bricks[3], cells[3];
    int32_t row, plane; /* bytes from one y, z to the next */
    int fraction;       /* positions are voxel indices in units of 2^-fraction; at least 16 */
    /* per cell of 8^3 voxels: 0 where something is; d where all cells nearer than d are empty */
    const uint8_t *distance;
    const float *bound; /* per cell: sign*greatest number of its samples */
    float sign;
    float least_left; /* a ray ends when less of what lies behind could be seen */
    /* the look: entry scale*number + shift, cut to a whole one from 0 to top */
    float scale, shift, top;
    const float (*rgba)[4]; /* colour, and alpha of a whole step */
    const float *thickness; /* alpha = 1 - exp(-thickness) */
    bool lit;
    float ambient, diffuse, specular;
    const float *power; /* of the cosine from 0 to power_top, in that many parts */
    float power_top;
    float faint;         /* every other sample whose alpha is no more has its neighbours' light */
    float metric[6];     /* of a gradient's square: xx yy zz, and twice xy xz yz */
    const float *factor; /* of thickness by the gradient's length; NULL: none */
    float factor_scale, factor_top;
    float fading; /* of a cut face's share in the light, per step */
} pel__caster;

/** One run of every lane's ray, and what was gathered so far. Lanes that have none have count 0. */
typedef struct pel__packet {
    _Alignas(64) int32_t p[3][PEL__CAST_LANES]; /* the first sample; within the volume */
    int32_t dp[3][PEL__CAST_LANES];
    int32_t count[PEL__CAST_LANES]; /* samples */
    int32_t from[PEL__CAST_LANES];  /* of the first, from an even one that none is earlier than */
    float first[PEL__CAST_LANES], last[PEL__CAST_LANES]; /* weights of the ends, in steps */
    float face_light[PEL__CAST_LANES];                   /* 0: the run begins at no face */
    float face_from[PEL__CAST_LANES];                    /* steps from there to the first sample */
    float light[3][PEL__CAST_LANES], half[3][PEL__CAST_LANES]; /* times a gradient: the cosine */
    float rgb[3][PEL__CAST_LANES], left[PEL__CAST_LANES];
    float best[PEL__CAST_LANES];                         /* sign*number; -infinity: none yet */
    float sum[PEL__CAST_LANES], weight[PEL__CAST_LANES]; /* of numbers that are not NaN */
    int32_t samples[PEL__CAST_LANES];
} pel__packet;

typedef void pel__cast_run(const pel__caster *cast, pel__packet *packet);

/** Every way of every kind, and how many lanes of a packet they work on. */
typedef struct pel__cast_set {
    int lanes;
    pel__cast_run *run[PEL__CAST_WAYS][PEL__CAST_KINDS];
} pel__cast_set;

/** Fill in one kind (u8 i16 f32) of a level. */
typedef void pel__cast_init(pel__cast_set *out);

pel__cast_init pel__cast_init_u8_c, pel__cast_init_i16_c, pel__cast_init_f32_c;
pel__cast_init pel__cast_init_u8_sse4, pel__cast_init_i16_sse4, pel__cast_init_f32_sse4;
pel__cast_init pel__cast_init_u8_avx2, pel__cast_init_i16_avx2, pel__cast_init_f32_avx2;
pel__cast_init pel__cast_init_u8_avx512, pel__cast_init_i16_avx512, pel__cast_init_f32_avx512;
pel__cast_init pel__cast_init_u8_neon, pel__cast_init_i16_neon, pel__cast_init_f32_neon;

#endif
