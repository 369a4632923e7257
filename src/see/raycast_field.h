/* SPDX-License-Identifier: Apache-2.0 */
/* raycast_field.h: a volume as the ray caster holds it: bricks of stored numbers. */
#ifndef PEL_SEE_RAYCAST_FIELD_H
#define PEL_SEE_RAYCAST_FIELD_H

#include <pellucid/volume.h>

/** What bricks hold. */
typedef enum pel__kind { PEL__KIND_U8, PEL__KIND_I16, PEL__KIND_F32 } pel__kind;

enum { PEL__APRON = 2, PEL__CELL_BITS = 3 };

/**
 * Integers of 8 and 16 bits lie as they are stored (bias turns signed bytes and unsigned words into
 * the two kinds), all else as float32 values: value = slope*(number + bias) + inter.
 *
 * Bricks of 2^bits voxels each way, with PEL__APRON more on every side: interpolation and gradient
 * of a sample need one brick. Beyond the volume its border is repeated. Bricks of one number alone
 * are stored once per number. Cells of 8^3 voxels know the least and greatest value of samples
 * whose lower corner is one of theirs; the first cells also take corners at -1.
 */
typedef struct pel__field {
    int64_t dims[3];
    pel__kind kind;
    double slope, inter;
    int bias;
    int bits;
    int64_t bricks[3];
    int64_t row, plane; /* numbers from one y, z to the next, in a brick */
    char **brick;       /* owned; at the brick's voxel (0,0,0); several may be one */
    int64_t cells[3];
    float *cell_lo, *cell_hi; /* owned; lo > hi: nothing but NaN */
    float lo, hi;             /* of all values; lo > hi: none */
    char **block;             /* owned; as allocated, NULL where a brick is shared */
    char **shared;            /* owned; bricks of one number */
    int shared_count;
} pel__field;

pel_status pel__field_new(pel__field *out, const pel_volume *volume);

/** From frame 0 of a source, a few slices at a time, so that nothing else holds the voxels. */
pel_status pel__field_read(pel__field *out, pel_source *source);

void pel__field_free(pel__field *field);

/** Bytes that reading one from a source holds beside it. */
int64_t pel__field_slab_bytes(const pel_volume *shape);

/** Bytes of a field of this shape. */
int64_t pel__field_bytes(const pel_volume *shape);

static inline int64_t pel__kind_bytes(pel__kind kind)
{
    return kind == PEL__KIND_U8 ? 1 : kind == PEL__KIND_I16 ? 2 : 4;
}

/** The value of a stored number. */
static inline float pel__field_value(const pel__field *f, double number)
{
    return (float)(f->slope * (number + f->bias) + f->inter);
}

/** `count` values along x from `offset` numbers after `at`. */
static inline void pel__field_row(float *out, const pel__field *f, const char *at, int64_t offset,
                                  int count)
{
    if (f->kind == PEL__KIND_U8)
        for (int i = 0; i < count; i++)
            out[i] = pel__field_value(f, ((const uint8_t *)at)[offset + i]);
    else if (f->kind == PEL__KIND_I16)
        for (int i = 0; i < count; i++)
            out[i] = pel__field_value(f, ((const int16_t *)at)[offset + i]);
    else
        for (int i = 0; i < count; i++)
            out[i] = ((const float *)at)[offset + i];
}

/** Where voxel (i,j,k) lies, each from -1 to dims - 1; numbers around it follow by row and plane.
 */
static inline const char *pel__field_at(const pel__field *f, const int64_t ijk[3])
{
    int64_t brick[3], inner[3];
    for (int a = 0; a < 3; a++) {
        brick[a] = (ijk[a] > 0 ? ijk[a] : 0) >> f->bits;
        inner[a] = ijk[a] - (brick[a] << f->bits);
    }
    int64_t number = (brick[2] * f->bricks[1] + brick[1]) * f->bricks[0] + brick[0];
    return f->brick[number] +
           (inner[2] * f->plane + inner[1] * f->row + inner[0]) * pel__kind_bytes(f->kind);
}

/** The cell of samples whose lower corner is voxel (i,j,k). */
static inline int64_t pel__field_cell(const pel__field *f, const int64_t ijk[3])
{
    int64_t c[3];
    for (int a = 0; a < 3; a++)
        c[a] = (ijk[a] > 0 ? ijk[a] : 0) >> PEL__CELL_BITS;
    return (c[2] * f->cells[1] + c[1]) * f->cells[0] + c[0];
}

#endif
