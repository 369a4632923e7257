/* SPDX-License-Identifier: Apache-2.0 */
/* oracle.h: the topology of a trilinear interpolant by refinement: it is sampled ever finer until
 * its Euler number and its parts are the same whether voxels touch by faces or by corners. */
#ifndef PELLUCID_TESTS_ORACLE_H
#define PELLUCID_TESTS_ORACLE_H

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>

/* of the surface that bounds what is above 0, beyond the field being below */
typedef struct oracle {
    int euler, components;
    bool certain;
} oracle;

typedef struct oracle_grid {
    int n[3];
    uint8_t *in; // n voxels, the outermost below
} oracle_grid;

static bool oracle_at(const oracle_grid *g, int i, int j, int k)
{
    return g->in[((size_t)k * (size_t)g->n[1] + (size_t)j) * (size_t)g->n[0] + (size_t)i];
}

static double oracle_lerp(double a, double b, double t)
{
    return a * (1 - t) + b * t;
}

// `fine` samples per voxel edge, and one more layer all round
static oracle_grid oracle_refine(const float *field, const int dims[3], int fine)
{
    oracle_grid g;
    for (int a = 0; a < 3; a++)
        g.n[a] = (dims[a] - 1) * fine + 3;
    g.in = calloc((size_t)g.n[0] * (size_t)g.n[1] * (size_t)g.n[2], 1);
    for (int k = 1; k < g.n[2] - 1; k++)
        for (int j = 1; j < g.n[1] - 1; j++)
            for (int i = 1; i < g.n[0] - 1; i++) {
                int at[3] = { i - 1, j - 1, k - 1 }, low[3];
                double t[3], v[8];
                for (int a = 0; a < 3; a++) {
                    low[a] = at[a] / fine < dims[a] - 2 ? at[a] / fine : dims[a] - 2;
                    t[a] = (double)(at[a] - low[a] * fine) / fine;
                }
                for (int c = 0; c < 8; c++)
                    v[c] = (double)
                        field[((low[2] + (c >> 2)) * dims[1] + low[1] + (c >> 1 & 1)) * dims[0] +
                              low[0] + (c & 1)];
                for (int c = 0; c < 4; c++)
                    v[c] = oracle_lerp(v[c], v[c + 4], t[2]);
                for (int c = 0; c < 2; c++)
                    v[c] = oracle_lerp(v[c], v[c + 2], t[1]);
                g.in[((size_t)k * (size_t)g.n[1] + (size_t)j) * (size_t)g.n[0] + (size_t)i] =
                    oracle_lerp(v[0], v[1], t[0]) > 0;
            }
    return g;
}

// vertices - edges + faces - cubes; `corners`: of the voxels as closed cubes, else of the lattice
// whose points they are
static int oracle_euler(const oracle_grid *g, bool corners)
{
    int euler = 0;
    for (int k = 0; k + 1 < g->n[2]; k++)
        for (int j = 0; j + 1 < g->n[1]; j++)
            for (int i = 0; i + 1 < g->n[0]; i++)
                for (int span = 0; span < 8; span++) {
                    // the cell that reaches along the axes of `span`
                    int any = 0, all = 1, axes = __builtin_popcount((unsigned)span);
                    for (int c = 0; c < 8; c++) {
                        if ((c & span) != c)
                            continue;
                        int in = oracle_at(g, i + (c & 1), j + (c >> 1 & 1), k + (c >> 2));
                        any |= in;
                        all &= in;
                    }
                    if (corners)
                        euler += any ? ((3 - axes) & 1 ? -1 : 1) : 0;
                    else
                        euler += all ? (axes & 1 ? -1 : 1) : 0;
                }
    return euler;
}

// parts of the voxels of `value`, which touch where so many axes differ: 1 faces, 2 edges, 3
// corners
static int oracle_parts(const oracle_grid *g, bool value, int axes)
{
    int count = 0, *stack = malloc((size_t)g->n[0] * (size_t)g->n[1] * (size_t)g->n[2] * 4);
    uint8_t *seen = calloc((size_t)g->n[0] * (size_t)g->n[1] * (size_t)g->n[2], 1);
    int total = g->n[0] * g->n[1] * g->n[2];
    for (int start = 0; start < total; start++) {
        int depth = 0;
        if (seen[start] || g->in[start] != value)
            continue;
        count++;
        seen[start] = 1;
        stack[depth++] = start;
        while (depth > 0) {
            int at = stack[--depth], i = at % g->n[0], j = at / g->n[0] % g->n[1],
                k = at / g->n[0] / g->n[1];
            for (int n = 0; n < 27; n++) {
                int di = n % 3 - 1, dj = n / 3 % 3 - 1, dk = n / 9 - 1;
                int x = i + di, y = j + dj, z = k + dk;
                if (abs(di) + abs(dj) + abs(dk) > axes || x < 0 || y < 0 || z < 0 || x >= g->n[0] ||
                    y >= g->n[1] || z >= g->n[2])
                    continue;
                int to = (z * g->n[1] + y) * g->n[0] + x;
                if (seen[to] || g->in[to] != value)
                    continue;
                seen[to] = 1;
                stack[depth++] = to;
            }
        }
    }
    free(stack);
    free(seen);
    return count;
}

/** Of a field of `dims` values, sampled `fine` times per voxel edge. */
static inline oracle oracle_of(const float *field, const int dims[3], int fine)
{
    oracle_grid g = oracle_refine(field, dims, fine);
    oracle out = { 0 };
    int euler = oracle_euler(&g, false), in = oracle_parts(&g, true, 1),
        below = oracle_parts(&g, false, 1);
    out.certain = euler == oracle_euler(&g, true) && in == oracle_parts(&g, true, 3) &&
                  below == oracle_parts(&g, false, 3);
    // the border of a solid has twice its Euler number, and parts and gaps part at each component
    out.euler = 2 * euler;
    out.components = in + below - 1;
    free(g.in);
    return out;
}

#endif
