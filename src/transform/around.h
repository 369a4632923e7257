/* SPDX-License-Identifier: Apache-2.0 */
/* around.h: the 3x3x3 voxels around one as bits, i fastest, and what hangs together among them. */
#ifndef PEL_TRANSFORM_AROUND_H
#define PEL_TRANSFORM_AROUND_H

#include <stdint.h>
#include <stdlib.h>

/* bit 13 is the voxel itself */
enum { PEL__MIDDLE = 13, PEL__AROUND = 27 };

/** Of each bit those that touch it: by a face; by a face or an edge; at all. */
typedef struct pel__beside {
    uint32_t by_face[PEL__AROUND], by_edge[PEL__AROUND], at_all[PEL__AROUND];
} pel__beside;

static inline pel__beside pel__beside_tables(void)
{
    pel__beside out = { { 0 }, { 0 }, { 0 } };
    for (int a = 0; a < PEL__AROUND; a++)
        for (int b = 0; b < PEL__AROUND; b++) {
            int steps = 0, longest = 0;
            for (int size = 1; size < PEL__AROUND; size *= 3) {
                int way = abs(a / size % 3 - b / size % 3);
                longest = way > longest ? way : longest;
                steps += way;
            }
            out.by_face[a] |= (uint32_t)(steps == 1) << b;
            out.by_edge[a] |= (uint32_t)(longest == 1 && steps <= 2) << b;
            out.at_all[a] |= (uint32_t)(longest == 1) << b;
        }
    return out;
}

/** The part of `set` that hangs together with the lowest bit of `seed`. */
static inline uint32_t pel__flood(uint32_t set, uint32_t seed, const uint32_t *beside)
{
    uint32_t part = 0, fresh = seed & -seed;
    while (fresh) {
        part |= fresh;
        uint32_t next = 0;
        for (; fresh; fresh &= fresh - 1)
            next |= beside[__builtin_ctz(fresh)];
        fresh = next & set & ~part;
    }
    return part;
}

/** The 27 voxels around `at`, bytes of 0 and 1 whose rows and slices lie so far apart. */
static inline uint32_t pel__around(const uint8_t *at, int64_t row, int64_t slice)
{
    uint32_t bits = 0;
    int bit = 0;
    for (int k = -1; k <= 1; k++)
        for (int j = -1; j <= 1; j++) {
            const uint8_t *line = at + k * slice + j * row;
            bits |= (uint32_t)(line[-1] | line[0] << 1 | line[1] << 2) << bit;
            bit += 3;
        }
    return bits;
}

#endif
